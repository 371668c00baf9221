/*
 * The device tree of virt-msmmu.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_FDT_H
#define HW_ARM_MSMMU_FDT_H

#include "hw/arm/msmmu/machine.h"

/**
 * msmmu_fdt_add_nodes: describe root complexes, ITSes, SMMUs and reserved
 * memory
 * @mms: the machine, with all devices of the command line plugged
 *
 * Adds to the machine's device tree, before virt loads it.
 */
void msmmu_fdt_add_nodes(MsmmuMachineState *mms);

/* The path of the node of a root bus, or NULL if it has none. */
char *msmmu_fdt_bus_node(MsmmuMachineState *mms, PCIBus *bus);

/* fdt_reserved.c: what is reserved, when its users' root complexes are there */
void msmmu_fdt_add_reserved_memory(MsmmuMachineState *mms);

#endif /* HW_ARM_MSMMU_FDT_H */
