/*
 * IOMMUFD as a virtual machine's monitor drives it
 *
 * Every function returns 0 or the negative errno that the kernel gave.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef IOMMUFD_H
#define IOMMUFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iommufd_uapi.h"
#include "vfio_group.h"

/* ---- Files ---- */

int iommufd_open(void);
int iommufd_open_device(const char *bdf);
int iommufd_bind(int device, int fd, uint32_t *dev_id);
int iommufd_attach(int device, uint32_t pt_id);
int iommufd_attach_pasid(int device, uint32_t pt_id, uint32_t pasid);
int iommufd_detach(int device);

/* ---- Objects ---- */

int iommufd_destroy(int fd, uint32_t id);
int iommufd_hw_info(int fd, uint32_t dev_id, UapiHwInfoSmmu *smmu,
                    UapiHwInfo *info);
int iommufd_ioas(int fd, uint32_t *ioas);
int iommufd_map(int fd, uint32_t ioas, uint64_t iova, const void *memory,
                size_t bytes, bool writable);
int iommufd_unmap(int fd, uint32_t ioas, uint64_t iova, size_t bytes);
int iommufd_map_area(int fd, uint32_t ioas, Area *area, uint64_t iova,
                     size_t bytes, size_t piece, bool writable);
int iommufd_hwpt(int fd, uint32_t dev_id, uint32_t ioas, uint32_t flags,
                 uint32_t *hwpt);
int iommufd_nested(int fd, uint32_t dev_id, uint32_t viommu,
                   const uint64_t *ste, uint32_t *hwpt);
int iommufd_viommu(int fd, uint32_t dev_id, uint32_t parent,
                   uint32_t *viommu);
int iommufd_vdevice(int fd, uint32_t dev_id, uint32_t viommu, uint64_t sid,
                    uint32_t *vdevice);
int iommufd_veventq(int fd, uint32_t viommu, uint32_t depth,
                    uint32_t *veventq, int *events);
int iommufd_invalidate(int fd, uint32_t viommu, uint32_t type,
                       const uint64_t (*command)[2], uint32_t *count);

#endif /* IOMMUFD_H */
