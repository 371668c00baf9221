/*
 * DMA by a device that is assigned to user space
 *
 * An nvme in a VFIO container is driven from here, with no kernel driver: its
 * queues and its data are at I/O virtual addresses that this program maps.
 * With them mapped, Identify Controller must bring the disk's serial number;
 * before, and again after they are unmapped, nothing may come.
 *
 * The memory asks for huge pages, so that blocks are mapped where possible.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"

#define HUGE_BYTES (2UL << 20)
#define HUGE_BYTES_16K (32UL << 20)
#define IOVA_BASE 0x40000000UL

/* Where things are in the memory, and so from IOVA_BASE on */
#define SQ_OFFSET 0x00000
#define CQ_OFFSET 0x10000
#define DATA_OFFSET 0x20000
#define QUEUE_ENTRIES 4

/* NVM Express base specification, 3.1: controller properties */
#define NVME_CC 0x14
#define NVME_CSTS 0x1c
#define NVME_AQA 0x24
#define NVME_ASQ 0x28
#define NVME_ACQ 0x30
#define NVME_SQ0_TAIL 0x1000
#define NVME_CC_ENABLE (1 | 6 << 16 | 4 << 20)
#define NVME_CSTS_READY 1
#define NVME_CSTS_FATAL 2
#define NVME_IDENTIFY 6
#define NVME_IDENTIFY_CONTROLLER 1
#define NVME_SERIAL_OFFSET 4
#define NVME_SERIAL_BYTES 20

#define PCI_COMMAND_OFFSET 4
#define PCI_MEMORY_AND_MASTER 6

typedef struct Assigned {
    int container;
    uint8_t *bar;
    size_t bar_bytes;
    uint8_t *area;
    size_t area_bytes;
    uint8_t *memory;
    size_t bytes;
} Assigned;

static void write32(Assigned *nvme, size_t offset, uint32_t value)
{
    /* volatile: a device's register */
    *(volatile uint32_t *)(nvme->bar + offset) = value;
}

static uint32_t read32(Assigned *nvme, size_t offset)
{
    /* volatile: a device's register */
    return *(volatile uint32_t *)(nvme->bar + offset);
}

static bool enable(Assigned *nvme, bool on)
{
    write32(nvme, NVME_CC, on ? NVME_CC_ENABLE : 0);
    for (int i = 0; i < 500; i++) {
        if ((read32(nvme, NVME_CSTS) & NVME_CSTS_READY) == on) {
            return true;
        }
        sleep_ms(2);
    }
    return false;
}

/* Identify Controller; true when the answer came, with its serial number */
static bool identify(Assigned *nvme, char *serial)
{
    uint32_t *command = (uint32_t *)(nvme->memory + SQ_OFFSET);
    uint16_t *status = (uint16_t *)(nvme->memory + CQ_OFFSET + 14);
    bool came = false;

    memset(nvme->memory, 0, DATA_OFFSET + 0x1000);
    serial[0] = '\0';
    if (!enable(nvme, false)) {
        return false;
    }
    write32(nvme, NVME_AQA, (QUEUE_ENTRIES - 1) << 16 | (QUEUE_ENTRIES - 1));
    write32(nvme, NVME_ASQ, IOVA_BASE + SQ_OFFSET);
    write32(nvme, NVME_ASQ + 4, 0);
    write32(nvme, NVME_ACQ, IOVA_BASE + CQ_OFFSET);
    write32(nvme, NVME_ACQ + 4, 0);
    if (!enable(nvme, true)) {
        return false;
    }
    command[0] = NVME_IDENTIFY | 1 << 16;
    command[6] = IOVA_BASE + DATA_OFFSET;
    command[10] = NVME_IDENTIFY_CONTROLLER;
    __sync_synchronize();
    write32(nvme, NVME_SQ0_TAIL, 1);
    /* The completion's phase bit: 1 in the queue's first round */
    for (int i = 0; i < 150 && !came; i++) {
        came = __atomic_load_n(status, __ATOMIC_ACQUIRE) & 1;
        /* A controller that cannot read its queue says so. */
        if (!came && read32(nvme, NVME_CSTS) & NVME_CSTS_FATAL) {
            break;
        }
        if (!came) {
            sleep_ms(2);
        }
    }
    if (came) {
        memcpy(serial, nvme->memory + DATA_OFFSET + NVME_SERIAL_OFFSET,
               NVME_SERIAL_BYTES);
        serial[NVME_SERIAL_BYTES] = '\0';
        serial[strcspn(serial, " ")] = '\0';
    }
    enable(nvme, false);
    return came;
}

static bool map_bar(Assigned *nvme, int device)
{
    struct vfio_region_info bar = {
        .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX,
    };
    struct vfio_region_info config = {
        .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
    };
    uint16_t word;

    if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &bar) ||
        ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config)) {
        return false;
    }
    nvme->bar_bytes = bar.size;
    nvme->bar = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED,
                     device, bar.offset);
    if (nvme->bar == MAP_FAILED) {
        return false;
    }
    if (pread(device, &word, 2, config.offset + PCI_COMMAND_OFFSET) != 2) {
        return false;
    }
    word |= PCI_MEMORY_AND_MASTER;
    return pwrite(device, &word, 2, config.offset + PCI_COMMAND_OFFSET) == 2;
}

/* A huge page; kernels with 16K pages have larger ones. */
static bool get_memory(Assigned *nvme)
{
    size_t huge = sysconf(_SC_PAGESIZE) > 4096 ? HUGE_BYTES_16K : HUGE_BYTES;

    nvme->area = mmap(NULL, 2 * huge, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (nvme->area == MAP_FAILED) {
        return false;
    }
    nvme->area_bytes = 2 * huge;
    nvme->memory = (uint8_t *)(((uintptr_t)nvme->area + huge - 1) & -huge);
    nvme->bytes = HUGE_BYTES;
    madvise(nvme->memory, huge, MADV_HUGEPAGE);
    memset(nvme->memory, 0, nvme->bytes);
    return true;
}

static bool set_mapped(Assigned *nvme, bool mapped)
{
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uintptr_t)nvme->memory,
        .iova = IOVA_BASE,
        .size = nvme->bytes,
    };
    struct vfio_iommu_type1_dma_unmap unmap = {
        .argsz = sizeof(unmap),
        .iova = IOVA_BASE,
        .size = nvme->bytes,
    };

    return mapped ? !ioctl(nvme->container, VFIO_IOMMU_MAP_DMA, &map) :
                    !ioctl(nvme->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

/* A mapping of its registers alone keeps the device in use. */
static void release(Assigned *nvme)
{
    if (nvme->bar && nvme->bar != MAP_FAILED) {
        munmap(nvme->bar, nvme->bar_bytes);
    }
    if (nvme->area_bytes) {
        munmap(nvme->area, nvme->area_bytes);
    }
}

/* The three acts; what of them went otherwise, or NULL */
static const char *exercise(Assigned *nvme, char *serial)
{
    char leaked[NVME_SERIAL_BYTES + 1];

    if (identify(nvme, leaked)) {
        return "DMA passed before anything was mapped";
    }
    if (!set_mapped(nvme, true)) {
        return "VFIO_IOMMU_MAP_DMA failed";
    }
    if (!identify(nvme, serial)) {
        return "no answer by DMA to mapped memory";
    }
    if (!set_mapped(nvme, false)) {
        return "VFIO_IOMMU_UNMAP_DMA failed";
    }
    if (identify(nvme, leaked)) {
        return "DMA passed after it was unmapped";
    }
    return NULL;
}

/* Use an nvme whose group is in a container, and report that */
void assign_nvme(int container, int group, const char *bdf)
{
    Assigned nvme = { .container = container };
    char serial[NVME_SERIAL_BYTES + 1] = "";
    int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
    const char *problem;
    Record record;

    errno = 0;
    if (device < 0) {
        problem = "VFIO_GROUP_GET_DEVICE_FD failed";
    } else if (!map_bar(&nvme, device)) {
        problem = "no access to the device's registers";
    } else if (!get_memory(&nvme)) {
        problem = "no memory";
    } else {
        problem = exercise(&nvme, serial);
    }
    record_begin(&record, "assigned");
    record_text(&record, "bdf", bdf);
    record_text(&record, "result", problem ? "failed" : "verified");
    record_text(&record, "serial", serial);
    if (problem) {
        record_text(&record, "error", problem);
        record_text(&record, "errno", errno ? strerror(errno) : "");
    }
    record_end(&record);
    release(&nvme);
    if (device >= 0) {
        close(device);
    }
}
