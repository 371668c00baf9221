/*
 * Memory that PCI functions use from before the operating system starts.
 *
 * Firmware or another processor set the functions up, and they go on while the
 * system boots: a display with its frame buffer, a controller with its queues.
 * The system must let them, by translating the memory's addresses to
 * themselves. ACPI's IORT and the device tree say so.
 *
 * The memory is the device's own, apart from the machine's RAM: no firmware and
 * no system takes it for free, whichever way they learn of RAM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_RESERVED_MEMORY_H
#define HW_ARM_MSMMU_RESERVED_MEMORY_H

#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "hw/qdev-core.h"
#include "qom/object.h"

#define TYPE_MSMMU_RESERVED_MEMORY "msmmu-reserved-memory"
OBJECT_DECLARE_SIMPLE_TYPE(MsmmuReservedMemory, MSMMU_RESERVED_MEMORY)

/* Base and size are multiples of it, whatever page size the system has. */
#define MSMMU_RESERVED_MEMORY_ALIGN 0x10000

#define MSMMU_RESERVED_MEMORY_BASE_AUTO UINT64_MAX

/* Arm DEN 0049 E.e, 3.1.1.5: access attributes */
enum {
    MSMMU_RESERVED_DEVICE_NGNRNE = 0,
    MSMMU_RESERVED_DEVICE_NGNRE = 1,
    MSMMU_RESERVED_DEVICE_NGRE = 2,
    MSMMU_RESERVED_DEVICE_GRE = 3,
    MSMMU_RESERVED_NORMAL_NC = 4,
    MSMMU_RESERVED_NORMAL_WB = 5,
};

/* A function on the root bus of a root complex of ours. */
typedef struct MsmmuRequester {
    PCIBus *bus;
    uint8_t devfn;
} MsmmuRequester;

struct MsmmuReservedMemory {
    DeviceState parent_obj;

    /* Properties */
    char *device_ids;       /* joined by '+' */
    uint64_t base;          /* or MSMMU_RESERVED_MEMORY_BASE_AUTO */
    uint64_t size;
    bool remap;             /* the system may map it elsewhere later */
    bool privileged;        /* the functions' accesses are */
    uint8_t attributes;     /* of the functions' accesses */

    GArray *requesters;     /* of MsmmuRequester */
    MemoryRegion ram;
};

#endif /* HW_ARM_MSMMU_RESERVED_MEMORY_H */
