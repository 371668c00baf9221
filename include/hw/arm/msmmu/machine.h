/*
 * The machine virt-msmmu: QEMU's virt, with several root complexes and
 * SMMUv3 instances.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_MACHINE_H
#define HW_ARM_MSMMU_MACHINE_H

#include "hw/arm/msmmu/reserved_memory.h"
#include "hw/arm/msmmu/root_complex.h"
#include "hw/arm/msmmu/smmuv3.h"
#include "hw/arm/virt.h"
#include "qemu/notify.h"
#include "qom/object.h"

#define TYPE_MSMMU_MACHINE MACHINE_TYPE_NAME("virt-msmmu")
OBJECT_DECLARE_TYPE(MsmmuMachineState, MsmmuMachineClass, MSMMU_MACHINE)

/* What the address map and the interrupt lines have room for. */
#define MSMMU_MAX_ROOT_COMPLEXES 10
#define MSMMU_MAX_INSTANCES 12
#define MSMMU_MAX_RESERVED 16

/* An SMMUv3 instance in its slot. */
typedef struct MsmmuMachineSmmu {
    MsmmuSmmuv3State *smmu;
    MemMapEntry regs;       /* size is what the instance implements */
    uint32_t first_spi;     /* of MSMMU_NUM_IRQS consecutive ones */
    uint32_t phandle;       /* of its device tree node, 0 before it exists */
} MsmmuMachineSmmu;

/* A root complex in its slot. */
typedef struct MsmmuMachineRc {
    MsmmuRootComplex *rc;
    DeviceState *its;       /* NULL without ITS (its=off, gic-version=2) */
    uint32_t its_phandle;   /* of its device tree node, 0 before it exists */
} MsmmuMachineRc;

struct MsmmuMachineState {
    VirtMachineState parent_obj;

    Notifier machine_done;

    /* In the order of the command line, which is that of the slots */
    MsmmuMachineRc rcs[MSMMU_MAX_ROOT_COMPLEXES];
    unsigned num_rcs;
    MsmmuMachineSmmu smmus[MSMMU_MAX_INSTANCES];
    unsigned num_smmus;
    MsmmuReservedMemory *reserved[MSMMU_MAX_RESERVED];
    unsigned num_reserved;

    /* Of the machine that is saved or loaded: see topology.c */
    char *saved_topology;
    uint32_t saved_topology_size;
};

struct MsmmuMachineClass {
    VirtMachineClass parent_class;

    /* virt's own, called from ours */
    void (*parent_init)(MachineState *ms);
    HotplugHandler *(*parent_get_hotplug_handler)(MachineState *ms,
                                                  DeviceState *dev);
    void (*parent_pre_plug)(HotplugHandler *handler, DeviceState *dev,
                            Error **errp);
    void (*parent_plug)(HotplugHandler *handler, DeviceState *dev,
                        Error **errp);
};

#endif /* HW_ARM_MSMMU_MACHINE_H */
