/*
 * Memory that devices reach at I/O virtual addresses, through VFIO
 *
 * An area lies in one huge page where the kernel grants one, so that it is
 * contiguous: an SMMU's pages can be larger than the kernel's. It is mapped in
 * pieces of any size. The pieces are shuffled, so that neighbours by IOVA are
 * none in memory, and a translation that is off by a page shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"
#include "vfio_group.h"

#define HUGE_BYTES (2UL << 20)
#define HUGE_BYTES_16K (32UL << 20)

static size_t huge_page(void)
{
    return sysconf(_SC_PAGESIZE) > 4096 ? HUGE_BYTES_16K : HUGE_BYTES;
}

/* At least @bytes of memory, zero */
bool area_get(Area *area, size_t bytes)
{
    size_t huge = huge_page();
    void *at;

    memset(area, 0, sizeof(*area));
    bytes = (bytes + huge - 1) & -huge;
    at = mmap(NULL, bytes + huge, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) {
        return false;
    }
    area->reserved = at;
    area->reserved_bytes = bytes + huge;
    area->memory = (uint8_t *)(((uintptr_t)at + huge - 1) & -huge);
    area->memory_bytes = bytes;
    madvise(area->memory, bytes, MADV_HUGEPAGE);
    memset(area->memory, 0, bytes);
    return true;
}

void area_free(Area *area)
{
    area_unmap(area);
    if (area->reserved) {
        munmap(area->reserved, area->reserved_bytes);
    }
    memset(area, 0, sizeof(*area));
}

/* Where piece @i is in memory. 7 has no divisor in common with 2^n. */
static size_t place(const Area *area, size_t i)
{
    return (i * 7 + 3) % (area->bytes / area->piece);
}

/* The byte that a device finds at @offset from the area's IOVA */
uint8_t *area_at(const Area *area, uint64_t offset)
{
    return area->memory + place(area, offset / area->piece) * area->piece +
           offset % area->piece;
}

/* VFIO warns, with a whole page of text, of pages larger than the kernel's. */
static bool warns(const Area *area)
{
    return area->piece > (size_t)sysconf(_SC_PAGESIZE);
}

static bool map_piece(const Area *area, size_t i, bool writable)
{
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_DMA_MAP_FLAG_READ |
                 (writable ? VFIO_DMA_MAP_FLAG_WRITE : 0),
        .vaddr = (uintptr_t)area_at(area, i * area->piece),
        .iova = area->iova + i * area->piece,
        .size = area->piece,
    };

    bool good;

    kernel_log_quiet(warns(area));
    good = !ioctl(area->container, VFIO_IOMMU_MAP_DMA, &map);
    kernel_log_quiet(false);
    return good;
}

static bool unmap_range(const Area *area, size_t bytes)
{
    struct vfio_iommu_type1_dma_unmap unmap = {
        .argsz = sizeof(unmap),
        .iova = area->iova,
        .size = bytes,
    };

    bool good;

    kernel_log_quiet(warns(area));
    good = !ioctl(area->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
    kernel_log_quiet(false);
    return good;
}

/*
 * Map the first @bytes, a power of two of pieces. On failure nothing is
 * mapped, and errno tells why.
 */
bool area_map(Area *area, int container, uint64_t iova, size_t bytes,
              size_t piece, bool writable)
{
    int saved;

    area->container = container;
    area->iova = iova;
    area->piece = piece;
    area->bytes = bytes;
    for (size_t i = 0; i < bytes / piece; i++) {
        if (!map_piece(area, i, writable)) {
            saved = errno;
            unmap_range(area, i * piece);
            area->bytes = 0;
            errno = saved;
            return false;
        }
    }
    return true;
}

bool area_unmap(Area *area)
{
    bool good = !area->bytes || unmap_range(area, area->bytes);

    area->bytes = 0;
    return good;
}
