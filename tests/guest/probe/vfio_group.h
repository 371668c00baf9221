/*
 * VFIO: groups in containers, and memory that is mapped for their devices
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VFIO_GROUP_H
#define VFIO_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* vfio_group.c: devices that user space drives, and their groups */

typedef struct VfioGroup {
    int number;
    int fd;
    int container;
    /* The container is another group's, too */
    bool shares;
    /* Bit n: pages of 2^n bytes, as VFIO tells them */
    uint64_t page_sizes;
    /* The last IOVA that can be mapped; 0 where the kernel does not say */
    uint64_t last_iova;
    /* What went wrong, and the reason; NULL if nothing did */
    const char *failed;
    const char *error;
} VfioGroup;

bool vfio_is_bridge(const char *bdf);
bool vfio_take(const char *bdf);
void vfio_give(const char *bdf);
bool vfio_group_open(VfioGroup *group, int number, int iommu_type,
                     const VfioGroup *other);
void vfio_group_close(VfioGroup *group);

/* vfio_area.c: memory that devices reach at I/O virtual addresses */

typedef struct Area {
    uint8_t *reserved;
    size_t reserved_bytes;
    uint8_t *memory;
    size_t memory_bytes;
    /* From iova on, so much in pieces, whose places in memory are shuffled */
    int container;
    uint64_t iova;
    size_t bytes;
    size_t piece;
} Area;

bool area_get(Area *area, size_t bytes);
void area_free(Area *area);
bool area_map(Area *area, int container, uint64_t iova, size_t bytes,
              size_t piece, bool writable);
bool area_unmap(Area *area);
uint8_t *area_at(const Area *area, uint64_t offset);

#endif /* VFIO_GROUP_H */
