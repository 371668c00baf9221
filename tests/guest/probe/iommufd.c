/*
 * IOMMUFD as a virtual machine's monitor drives it: one function for each call
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "iommufd.h"
#include "probe.h"

static int call(int fd, unsigned long number, void *argument)
{
    return ioctl(fd, number, argument) < 0 ? -errno : 0;
}

/* ---- Files ---- */

/* The file, or a negative errno */
int iommufd_open(void)
{
    int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static bool keep_name(const char *folder, const char *name, void *data)
{
    snprintf(data, 32, "%s", name);
    return false;
}

/* The file of a device that vfio-pci has, or a negative errno */
int iommufd_open_device(const char *bdf)
{
    char path[PATH_BYTES], name[32] = "";
    int fd;

    path_join(path, "/sys/bus/pci/devices/%s/vfio-dev", bdf);
    for_each_entry(path, keep_name, name);
    if (!*name) {
        return -ENODEV;
    }
    path_join(path, "/dev/vfio/devices/%s", name);
    fd = open(path, O_RDWR | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int iommufd_bind(int device, int fd, uint32_t *dev_id)
{
    UapiBind bind = { .argsz = sizeof(bind), .iommufd = fd };
    int result = call(device, UAPI_BIND, &bind);

    *dev_id = bind.out_devid;
    return result;
}

/* In place of what it is attached to; it is never without translation. */
int iommufd_attach(int device, uint32_t pt_id)
{
    UapiAttach attach = { .argsz = sizeof(attach), .pt_id = pt_id };

    return call(device, UAPI_ATTACH, &attach);
}

int iommufd_attach_pasid(int device, uint32_t pt_id, uint32_t pasid)
{
    UapiAttach attach = {
        .argsz = sizeof(attach), .flags = UAPI_ATTACH_PASID, .pt_id = pt_id,
        .pasid = pasid,
    };

    return call(device, UAPI_ATTACH, &attach);
}

int iommufd_detach(int device)
{
    UapiDetach detach = { .argsz = sizeof(detach) };

    return call(device, UAPI_DETACH, &detach);
}

/* ---- Address spaces ---- */

int iommufd_destroy(int fd, uint32_t id)
{
    UapiDestroy destroy = { .size = sizeof(destroy), .id = id };

    return call(fd, UAPI_DESTROY, &destroy);
}

int iommufd_ioas(int fd, uint32_t *ioas)
{
    UapiIoasAlloc alloc = { .size = sizeof(alloc) };
    int result = call(fd, UAPI_IOAS_ALLOC, &alloc);

    *ioas = alloc.out_ioas_id;
    return result;
}

int iommufd_map(int fd, uint32_t ioas, uint64_t iova, const void *memory,
                size_t bytes, bool writable)
{
    UapiIoasMap map = {
        .size = sizeof(map),
        .flags = UAPI_MAP_FIXED_IOVA | UAPI_MAP_READABLE |
                 (writable ? UAPI_MAP_WRITEABLE : 0),
        .ioas_id = ioas,
        .user_va = (uintptr_t)memory,
        .length = bytes,
        .iova = iova,
    };

    return call(fd, UAPI_IOAS_MAP, &map);
}

int iommufd_unmap(int fd, uint32_t ioas, uint64_t iova, size_t bytes)
{
    UapiIoasUnmap unmap = {
        .size = sizeof(unmap), .ioas_id = ioas, .iova = iova, .length = bytes,
    };

    return call(fd, UAPI_IOAS_UNMAP, &unmap);
}

/*
 * Map the first @bytes of an area, in pieces that are shuffled as area_map()
 * does. Only the address space's end, or iommufd_unmap(), undoes it: set
 * area->bytes to 0 before area_free().
 */
int iommufd_map_area(int fd, uint32_t ioas, Area *area, uint64_t iova,
                     size_t bytes, size_t piece, bool writable)
{
    int result = 0;

    area->iova = iova;
    area->bytes = bytes;
    area->piece = piece;
    for (size_t at = 0; at < bytes && !result; at += piece) {
        result = iommufd_map(fd, ioas, iova + at, area_at(area, at), piece,
                             writable);
    }
    return result;
}

/* ---- Translations ---- */

int iommufd_hw_info(int fd, uint32_t dev_id, UapiHwInfoSmmu *smmu,
                    UapiHwInfo *info)
{
    *info = (UapiHwInfo) {
        .size = sizeof(*info), .dev_id = dev_id, .data_len = sizeof(*smmu),
        .data_uptr = (uintptr_t)smmu,
    };
    memset(smmu, 0, sizeof(*smmu));
    return call(fd, UAPI_GET_HW_INFO, info);
}

/* A translation of the kernel's own, of all that is in the address space */
int iommufd_hwpt(int fd, uint32_t dev_id, uint32_t ioas, uint32_t flags,
                 uint32_t *hwpt)
{
    UapiHwptAlloc alloc = {
        .size = sizeof(alloc), .flags = flags, .dev_id = dev_id,
        .pt_id = ioas, .data_type = UAPI_HWPT_DATA_NONE,
    };
    int result = call(fd, UAPI_HWPT_ALLOC, &alloc);

    *hwpt = alloc.out_hwpt_id;
    return result;
}

/* A guest's: the first two words of its STE, on top of the parent's stage 2 */
int iommufd_nested(int fd, uint32_t dev_id, uint32_t viommu,
                   const uint64_t *ste, uint32_t *hwpt)
{
    UapiHwptSmmu data = { .ste = { ste[0], ste[1] } };
    UapiHwptAlloc alloc = {
        .size = sizeof(alloc), .dev_id = dev_id, .pt_id = viommu,
        .data_type = UAPI_HWPT_DATA_ARM_SMMUV3, .data_len = sizeof(data),
        .data_uptr = (uintptr_t)&data,
    };
    int result = call(fd, UAPI_HWPT_ALLOC, &alloc);

    *hwpt = alloc.out_hwpt_id;
    return result;
}

/* ---- What a guest's SMMU is made of ---- */

int iommufd_viommu(int fd, uint32_t dev_id, uint32_t parent, uint32_t *viommu)
{
    UapiViommuAlloc alloc = {
        .size = sizeof(alloc), .type = UAPI_VIOMMU_ARM_SMMUV3,
        .dev_id = dev_id, .hwpt_id = parent,
    };
    int result = call(fd, UAPI_VIOMMU_ALLOC, &alloc);

    *viommu = alloc.out_viommu_id;
    return result;
}

int iommufd_vdevice(int fd, uint32_t dev_id, uint32_t viommu, uint64_t sid,
                    uint32_t *vdevice)
{
    UapiVdeviceAlloc alloc = {
        .size = sizeof(alloc), .viommu_id = viommu, .dev_id = dev_id,
        .virt_id = sid,
    };
    int result = call(fd, UAPI_VDEVICE_ALLOC, &alloc);

    *vdevice = alloc.out_vdevice_id;
    return result;
}

int iommufd_veventq(int fd, uint32_t viommu, uint32_t depth,
                    uint32_t *veventq, int *events)
{
    UapiVeventqAlloc alloc = {
        .size = sizeof(alloc), .viommu_id = viommu,
        .type = UAPI_VEVENTQ_ARM_SMMUV3, .veventq_depth = depth,
    };
    int result = call(fd, UAPI_VEVENTQ_ALLOC, &alloc);

    *veventq = alloc.out_veventq_id;
    *events = result ? -1 : (int)alloc.out_veventq_fd;
    return result;
}

/* @count commands; it becomes how many of them the kernel says were done. */
int iommufd_invalidate(int fd, uint32_t viommu, uint32_t type,
                       const uint64_t (*command)[2], uint32_t *count)
{
    UapiInvalidate invalidate = {
        .size = sizeof(invalidate), .hwpt_id = viommu,
        .data_uptr = (uintptr_t)command, .data_type = type,
        .entry_len = sizeof(*command), .entry_num = *count,
    };
    int result = call(fd, UAPI_HWPT_INVALIDATE, &invalidate);

    *count = invalidate.entry_num;
    return result;
}
