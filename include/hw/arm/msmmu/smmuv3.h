/*
 * One SMMUv3 instance as a QEMU device.
 *
 * The machine maps the instance's registers (sysbus region 0), wires its
 * interrupts and describes it to the guest. Which PCI buses it translates is
 * kept here, as a list of StreamID ranges.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_SMMUV3_H
#define HW_ARM_MSMMU_SMMUV3_H

#include "hw/pci/pci.h"
#include "qom/object.h"

#define TYPE_MSMMU_SMMUV3 "msmmu-smmuv3"
OBJECT_DECLARE_SIMPLE_TYPE(MsmmuSmmuv3State, MSMMU_SMMUV3)

/* The order of the sysbus interrupts (IHI 0070, 3.18). */
enum {
    MSMMU_IRQ_EVENTQ,
    MSMMU_IRQ_PRIQ,
    MSMMU_IRQ_CMDQ_SYNC,
    MSMMU_IRQ_GERROR,
    MSMMU_NUM_IRQS
};

/*
 * The slot of a root bus that no device gets when an instance serves the bus.
 * The DeviceID of the instance's own MSIs is the RequesterID that function 0
 * of that slot would have (IHI 0070 3.18, 14.1): an expander's bus has a number
 * of its own, so that no two instances share one in a segment.
 */
#define MSMMU_MSI_SLOT 31

/* Of an instance, or a root complex, that is near no node in particular */
#define MSMMU_NUMA_NODE_NONE (-1)

/* A root bus, and the StreamID of its RequesterID 0. */
typedef struct MsmmuBusRange {
    PCIBus *bus;
    uint32_t sid_base;
} MsmmuBusRange;

/**
 * msmmu_smmuv3_attach_bus: translate a PCI segment
 * @s: a realized instance, or one that is being realized
 * @bus: a root bus without an IOMMU
 * @sid_base: the StreamID of RequesterID 0, a multiple of 0x10000
 * @errp: set when the range of 0x10000 StreamIDs is misaligned, overlaps
 *        another one of @s or exceeds its StreamID size (a range from 0 may),
 *        or when @bus has an IOMMU already
 *
 * From here on everything on @bus and behind it is translated by @s, with
 * StreamID = @sid_base + RequesterID.
 *
 * Returns: true on success
 */
bool msmmu_smmuv3_attach_bus(MsmmuSmmuv3State *s, PCIBus *bus,
                             uint32_t sid_base, Error **errp);

/**
 * msmmu_smmuv3_bus_ranges: the segments that an instance translates
 * @s: the instance
 *
 * Returns: an array of MsmmuBusRange, owned by @s
 */
const GArray *msmmu_smmuv3_bus_ranges(MsmmuSmmuv3State *s);

/**
 * msmmu_smmuv3_numa_node: the NUMA node that an instance is near to
 * @s: the instance
 *
 * Returns: MSMMU_NUMA_NODE_NONE if none was given
 */
int msmmu_smmuv3_numa_node(const MsmmuSmmuv3State *s);

/* Who the MSIs of an instance come from, for the controller they go to. */
typedef struct MsmmuMsiSource {
    PCIBus *bus;            /* the root bus whose MSI controller it is */
    uint32_t device_id;     /* as the devices on the bus have RequesterIDs */
} MsmmuMsiSource;

/**
 * msmmu_smmuv3_msi_source: what firmware tables say of an instance's MSIs
 * @s: a realized instance
 * @source: filled in on success
 *
 * The bus is the first that the instance serves: its primary bus, if it has
 * one. All instances that have a bus have different ones, so no two share a
 * DeviceID at one controller.
 *
 * Returns: false for an instance without MSIs, or that serves no bus: nobody
 * else's DeviceIDs are its neighbours then
 */
bool msmmu_smmuv3_msi_source(MsmmuSmmuv3State *s, MsmmuMsiSource *source);

#endif /* HW_ARM_MSMMU_SMMUV3_H */
