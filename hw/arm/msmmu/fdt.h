/*
 * The device tree of virt-msmmu.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_FDT_H
#define HW_ARM_MSMMU_FDT_H

#include "hw/arm/msmmu/machine.h"

/**
 * msmmu_fdt_add_nodes: describe root complexes, ITSes and SMMUs
 * @mms: the machine, with all devices of the command line plugged
 *
 * Adds to the machine's device tree, before virt loads it.
 */
void msmmu_fdt_add_nodes(MsmmuMachineState *mms);

#endif /* HW_ARM_MSMMU_FDT_H */
