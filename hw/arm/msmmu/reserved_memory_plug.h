/*
 * How the machine takes msmmu-reserved-memory in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_RESERVED_MEMORY_PLUG_H
#define HW_ARM_MSMMU_RESERVED_MEMORY_PLUG_H

#include "hw/arm/msmmu/machine.h"

/**
 * msmmu_reserved_memory_pre_plug: find its functions and its place
 * @mms: the machine, with the functions and their instances
 * @rm: not realized yet
 * @errp: set when it cannot be as its properties say
 */
void msmmu_reserved_memory_pre_plug(const MsmmuMachineState *mms,
                                    MsmmuReservedMemory *rm, Error **errp);

/**
 * msmmu_reserved_memory_plug: put it where it has found its place
 * @mms: the machine, which knows it from here on
 * @rm: realized
 */
void msmmu_reserved_memory_plug(MsmmuMachineState *mms,
                                MsmmuReservedMemory *rm);

/**
 * msmmu_reserved_memory_on: does a function of a root bus use any?
 * @mms: the machine
 * @bus: the root bus
 */
bool msmmu_reserved_memory_on(const MsmmuMachineState *mms,
                              const PCIBus *bus);

#endif /* HW_ARM_MSMMU_RESERVED_MEMORY_PLUG_H */
