/*
 * The address map and the interrupt lines of virt-msmmu.
 *
 * Low, in a hole of virt's map between its virtio-mmio transports and its
 * platform bus:
 *
 *   0x0b000000 + n * 0x80000   registers of SMMU n: pages 0 and 1, VATOS,
 *                              Command queue control pages (IHI 0070, 6.1)
 *   0x0b600000 + n * 0x20000   ITS of root complex n
 *   0x0b800000 + n * 0x10000   I/O ports of root complex n; they stay below
 *                              4 GiB for ACPI's sake
 *   0x0bc00000                 4 MiB for reserved memory; the user can place it
 *                              above RAM instead
 *
 * High, the upper half of virt's own high PCIe window (pcie.0 keeps the lower
 * one), because firmware maps that window and little else above RAM. Root
 * complex n has the n-th 8 GiB of it:
 *
 *   + 0          256 MiB         ECAM
 *   + 512 MiB    512 MiB         32-bit window, at 0x10000000 on the bus
 *   + 4 GiB      4 GiB - 64 KiB  64-bit window, untranslated; a full 4 GiB
 *                                makes Linux complain of a conflict
 *
 * Interrupts: virt uses SPIs 0 to 175, of which 112 to 175 are the platform
 * bus's. It fills them from below, so its last ones serve the instances that
 * have no root complex of their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "qapi/error.h"
#include "hw/boards.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci_bus.h"
#include "target/arm/cpu.h"
#include "target/arm/internals.h"
#include "address_map.h"

#define SMMU_BASE 0x0b000000
#define ITS_BASE 0x0b600000
#define ITS_SIZE 0x20000
#define PIO_BASE 0x0b800000
#define PIO_SIZE 0x10000
#define RESERVED_BASE 0x0bc00000
#define LOW_END 0x0c000000

#define RC_SLOT_SIZE (8 * GiB)
#define RC_MMIO32_OFFSET (512 * MiB)
#define RC_MMIO32_PCI 0x10000000
#define RC_MMIO32_SIZE (512 * MiB)
#define RC_MMIO64_OFFSET (4 * GiB)
#define RC_MMIO64_SIZE (4 * GiB - 64 * KiB)

#define RC_FIRST_SPI 176
#define SMMU_FIRST_SPI (RC_FIRST_SPI + MSMMU_MAX_ROOT_COMPLEXES * PCI_NUM_PINS)
#define SPI_END 256
#define SMMU_OWN_SPIS ((SPI_END - SMMU_FIRST_SPI) / MSMMU_NUM_IRQS)
#define SMMU_MORE_FIRST_SPI \
    (RC_FIRST_SPI - (MSMMU_MAX_INSTANCES - SMMU_OWN_SPIS) * MSMMU_NUM_IRQS)

QEMU_BUILD_BUG_ON(SMMU_BASE + MSMMU_MAX_INSTANCES * MSMMU_SMMU_SLOT_SIZE >
                  ITS_BASE);
QEMU_BUILD_BUG_ON(ITS_BASE + MSMMU_MAX_ROOT_COMPLEXES * ITS_SIZE > PIO_BASE);
QEMU_BUILD_BUG_ON(PIO_BASE + MSMMU_MAX_ROOT_COMPLEXES * PIO_SIZE > LOW_END);
QEMU_BUILD_BUG_ON(SMMU_OWN_SPIS < MSMMU_MAX_ROOT_COMPLEXES);

bool msmmu_address_map_check(const VirtMachineState *vms, Error **errp)
{
    const MemMapEntry *window = &vms->memmap[VIRT_HIGH_PCIE_MMIO];
    hwaddr window_end = window->base + window->size;
    int pa_bits = arm_pamax(ARM_CPU(first_cpu));

    if (!vms->highmem) {
        error_setg(errp, TYPE_MSMMU_ROOT_COMPLEX " needs address space above "
                   "4 GiB: remove highmem=off from -machine");
        return false;
    }
    if (window_end > BIT_ULL(pa_bits)) {
        error_setg(errp, "the address map does not fit the CPU's address "
                   "size: the PCIe windows end at 0x%" HWADDR_PRIx
                   ", the CPU has %d address bits", window_end, pa_bits);
        return false;
    }
    if (!vms->highmem_mmio) {
        error_setg(errp, TYPE_MSMMU_ROOT_COMPLEX " needs the high PCIe "
                   "window: remove highmem-mmio=off from -machine");
        return false;
    }
    return true;
}

void msmmu_address_map_share_window(VirtMachineState *vms)
{
    MemMapEntry *window = &vms->memmap[VIRT_HIGH_PCIE_MMIO];
    Object *host = OBJECT(BUS(vms->bus)->parent);
    Object *alias = object_resolve_path_component(host, "pcie-mmio-high[0]");

    window->size /= 2;
    g_assert(window->size >= MSMMU_MAX_ROOT_COMPLEXES * RC_SLOT_SIZE);
    memory_region_set_size(MEMORY_REGION(alias), window->size);
}

MsmmuRcResources msmmu_address_map_rc(const VirtMachineState *vms,
                                      unsigned slot)
{
    const MemMapEntry *window = &vms->memmap[VIRT_HIGH_PCIE_MMIO];
    hwaddr base = window->base + window->size + slot * RC_SLOT_SIZE;

    g_assert(slot < MSMMU_MAX_ROOT_COMPLEXES);
    return (MsmmuRcResources) {
        .ecam = { base, PCIE_MMCFG_SIZE_MAX },
        .mmio32 = { base + RC_MMIO32_OFFSET, RC_MMIO32_SIZE },
        .mmio32_pci = RC_MMIO32_PCI,
        .mmio64 = { base + RC_MMIO64_OFFSET, RC_MMIO64_SIZE },
        .pio = { PIO_BASE + slot * PIO_SIZE, PIO_SIZE },
        .its = { ITS_BASE + slot * ITS_SIZE, ITS_SIZE },
        .first_spi = RC_FIRST_SPI + slot * PCI_NUM_PINS,
    };
}

hwaddr msmmu_address_map_smmu(unsigned slot)
{
    g_assert(slot < MSMMU_MAX_INSTANCES);
    return SMMU_BASE + slot * MSMMU_SMMU_SLOT_SIZE;
}

uint32_t msmmu_address_map_smmu_spi(unsigned slot)
{
    g_assert(slot < MSMMU_MAX_INSTANCES);
    if (slot < SMMU_OWN_SPIS) {
        return SMMU_FIRST_SPI + slot * MSMMU_NUM_IRQS;
    }
    return SMMU_MORE_FIRST_SPI + (slot - SMMU_OWN_SPIS) * MSMMU_NUM_IRQS;
}

/* ---- Reserved memory ---------------------------------------------------- */

/* Is nothing there now? */
static bool is_free(hwaddr base, hwaddr size)
{
    MemoryRegionSection found =
        memory_region_find(get_system_memory(), base, size);

    if (found.mr) {
        memory_region_unref(found.mr);
        return false;
    }
    return true;
}

bool msmmu_address_map_place_reserved(hwaddr size, hwaddr *base,
                                      Error **errp)
{
    for (hwaddr try = RESERVED_BASE; size <= LOW_END - try;
         try += MSMMU_RESERVED_MEMORY_ALIGN) {
        if (is_free(try, size)) {
            *base = try;
            return true;
        }
    }
    error_setg(errp, "no room for 0x%" HWADDR_PRIx " bytes at 0x%x: give "
               "base=, above RAM", size, RESERVED_BASE);
    return false;
}

bool msmmu_address_map_check_reserved(const VirtMachineState *vms,
                                      hwaddr base, hwaddr size, Error **errp)
{
    const MachineState *ms = MACHINE(vms);
    hwaddr above_ram = vms->memmap[VIRT_MEM].base + ms->ram_size;
    hwaddr limit = vms->memmap[VIRT_HIGH_GIC_REDIST2].base;
    hwaddr last = base + size - 1;

    if (ms->device_memory) {
        above_ram = ms->device_memory->base +
                    memory_region_size(&ms->device_memory->mr);
    }
    if (last < base ||
        !((base >= RESERVED_BASE && last < LOW_END) ||
          (base >= above_ram && last < limit))) {
        error_setg(errp, "base=0x%" HWADDR_PRIx ": with its size it must be in "
                   "0x%x..0x%x or in 0x%" HWADDR_PRIx "..0x%" HWADDR_PRIx,
                   base, RESERVED_BASE, LOW_END - 1, above_ram, limit - 1);
        return false;
    }
    if (!is_free(base, size)) {
        error_setg(errp, "base=0x%" HWADDR_PRIx ": other memory is there",
                   base);
        return false;
    }
    return true;
}
