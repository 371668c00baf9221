/*
 * What migration compares of two machines virt-msmmu.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_TOPOLOGY_H
#define HW_ARM_MSMMU_TOPOLOGY_H

#include "hw/arm/msmmu/machine.h"

/**
 * msmmu_topology_register: save the topology and refuse another one
 * @mms: the machine; its devices need not be there yet
 */
void msmmu_topology_register(MsmmuMachineState *mms);

#endif /* HW_ARM_MSMMU_TOPOLOGY_H */
