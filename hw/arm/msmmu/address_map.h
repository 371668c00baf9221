/*
 * Where virt-msmmu puts what virt does not have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_ADDRESS_MAP_H
#define HW_ARM_MSMMU_ADDRESS_MAP_H

#include "hw/arm/msmmu/machine.h"

/* The room that each instance's registers have. */
#define MSMMU_SMMU_SLOT_SIZE 0x80000

/**
 * msmmu_address_map_check: can this machine have root complexes?
 * @vms: the machine, initialised
 * @errp: set when virt has no high PCIe window to share
 *
 * Returns: true if it can
 */
bool msmmu_address_map_check(const VirtMachineState *vms, Error **errp);

/**
 * msmmu_address_map_share_window: give half of pcie.0's high window away
 * @vms: the machine; msmmu_address_map_check() must have succeeded
 *
 * To be called once, before the first root complex is mapped.
 */
void msmmu_address_map_share_window(VirtMachineState *vms);

/**
 * msmmu_address_map_rc: addresses and interrupts of a root complex
 * @vms: the machine, whose high window is shared already
 * @slot: below MSMMU_MAX_ROOT_COMPLEXES
 */
MsmmuRcResources msmmu_address_map_rc(const VirtMachineState *vms,
                                      unsigned slot);

/**
 * msmmu_address_map_smmu: registers of an SMMUv3 instance
 * @slot: below MSMMU_MAX_INSTANCES
 */
hwaddr msmmu_address_map_smmu(unsigned slot);

/**
 * msmmu_address_map_smmu_spi: the first of its MSMMU_NUM_IRQS interrupts
 * @slot: below MSMMU_MAX_INSTANCES
 */
uint32_t msmmu_address_map_smmu_spi(unsigned slot);

/**
 * msmmu_address_map_place_reserved: find room for reserved memory
 * @size: a multiple of MSMMU_RESERVED_MEMORY_ALIGN
 * @base: set on success
 * @errp: set when there is none
 */
bool msmmu_address_map_place_reserved(hwaddr size, hwaddr *base,
                                      Error **errp);

/**
 * msmmu_address_map_check_reserved: may reserved memory be there?
 * @vms: the machine
 * @base: not 0
 * @size: not 0
 * @errp: set when something else is or may be there
 */
bool msmmu_address_map_check_reserved(const VirtMachineState *vms,
                                      hwaddr base, hwaddr size, Error **errp);

#endif /* HW_ARM_MSMMU_ADDRESS_MAP_H */
