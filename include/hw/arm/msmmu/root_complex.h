/*
 * A PCIe root complex with a segment of its own.
 *
 * Unlike an expander bridge it shares nothing with pcie.0: it has its own
 * ECAM, windows, INTx lines and segment, as the root complexes of a SoC do.
 * It knows no address of the machine: the machine decides where it goes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_ROOT_COMPLEX_H
#define HW_ARM_MSMMU_ROOT_COMPLEX_H

#include "exec/hwaddr.h"
#include "hw/pci/pcie_host.h"
#include "hw/pci-host/gpex.h"
#include "qom/object.h"

#define TYPE_MSMMU_ROOT_COMPLEX "msmmu-rc"
OBJECT_DECLARE_SIMPLE_TYPE(MsmmuRootComplex, MSMMU_ROOT_COMPLEX)

/* Segment numbers are 16 bits; pcie.0 has 0. */
#define MSMMU_SEGMENT_AUTO (-1)
#define MSMMU_SEGMENT_MAX 0xffff

/* One segment's RequesterIDs, and so the StreamIDs that it takes. */
#define MSMMU_REQUESTER_IDS 0x10000

/* What the machine gives to one root complex. */
typedef struct MsmmuRcResources {
    MemMapEntry ecam;
    MemMapEntry mmio32;     /* seen at mmio32_pci on the bus */
    MemMapEntry mmio64;     /* at the same address on the bus */
    MemMapEntry pio;        /* seen at 0 on the bus */
    MemMapEntry its;
    hwaddr mmio32_pci;
    uint32_t first_spi;     /* of PCI_NUM_PINS consecutive ones */
} MsmmuRcResources;

struct MsmmuRootComplex {
    PCIExpressHost parent_obj;

    /* Properties */
    int32_t segment;
    char *smmu_id;
    int64_t sid_base;
    bool canwbs;            /* for ACPI's IORT only: it is always so */
    int32_t numa_node;      /* or MSMMU_NUMA_NODE_NONE */

    GPEXRootState root_device;
    MemoryRegion mmio;
    MemoryRegion mmio_background;
    MemoryRegion io;
    MemoryRegion io_background;
    MemoryRegion mmio32_window;
    MemoryRegion mmio64_window;
    qemu_irq intx[PCI_NUM_PINS];
    char segment_path[sizeof("ffff:00")];

    /* Set by msmmu_root_complex_map() */
    MsmmuRcResources res;
};

/**
 * msmmu_root_complex_bus: the root bus
 * @rc: a realized root complex
 */
PCIBus *msmmu_root_complex_bus(MsmmuRootComplex *rc);

/**
 * msmmu_root_complex_map: place a root complex in the system's address space
 * @rc: a realized root complex, not mapped yet
 * @res: its addresses and interrupts
 * @gic: the interrupt controller, whose inputs are the SPIs
 */
void msmmu_root_complex_map(MsmmuRootComplex *rc, const MsmmuRcResources *res,
                            DeviceState *gic);

#endif /* HW_ARM_MSMMU_ROOT_COMPLEX_H */
