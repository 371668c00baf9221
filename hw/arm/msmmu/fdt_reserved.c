/*
 * Reserved memory in the device tree: a region below /reserved-memory whose
 * iommu-addresses are its own for each function that uses it, and a node for
 * each of those functions, which names the region (bindings
 * reserved-memory/reserved-memory and pci/pci-device).
 *
 * Whether a system may map it elsewhere later, and the attributes of accesses,
 * are things that these bindings have no word for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci-host/gpex.h"
#include "hw/pci/pci_bus.h"
#include "system/device_tree.h"
#include <libfdt.h>
#include "fdt.h"

#define RESERVED_MEMORY "/reserved-memory"

/* A number of bytes at an address, as cells of PCI: 3 and 2 of them */
typedef struct PciRange {
    uint32_t space, address_hi, address_lo, size_hi, size_lo;
} QEMU_PACKED PciRange;

/* Of the range in the property iommu-addresses */
typedef struct IommuAddress {
    uint32_t function;      /* phandle */
    PciRange range;
} QEMU_PACKED IommuAddress;

static bool has_node(void *fdt, const char *path)
{
    return fdt_path_offset(fdt, path) >= 0;
}

/* Append cells to a property, which need not be there. */
static void append_cells(void *fdt, const char *node, const char *property,
                         const void *cells, size_t size)
{
    int ret = fdt_appendprop(fdt, fdt_path_offset(fdt, node), property, cells,
                             size);

    g_assert(ret == 0);
}

/* The phandle of a function's node, which is made if it is not there. */
static uint32_t function_node(MsmmuMachineState *mms,
                              const MsmmuRequester *requester, char **path)
{
    void *fdt = MACHINE(mms)->fdt;
    g_autofree char *bus = msmmu_fdt_bus_node(mms, requester->bus);
    unsigned slot = PCI_SLOT(requester->devfn);
    unsigned function = PCI_FUNC(requester->devfn);
    uint32_t phandle;

    *path = g_strdup_printf("%s/device@%x,%x", bus, slot, function);
    if (has_node(fdt, *path)) {
        return qemu_fdt_get_phandle(fdt, *path);
    }
    phandle = qemu_fdt_alloc_phandle(fdt);
    qemu_fdt_add_subnode(fdt, *path);
    qemu_fdt_setprop_cells(fdt, *path, "reg", requester->devfn << 8, 0, 0, 0,
                           0);
    qemu_fdt_setprop_cell(fdt, *path, "phandle", phandle);
    return phandle;
}

static void add_region(MsmmuMachineState *mms, const MsmmuReservedMemory *rm)
{
    void *fdt = MACHINE(mms)->fdt;
    uint32_t phandle = qemu_fdt_alloc_phandle(fdt);
    uint32_t phandle_cell = cpu_to_be32(phandle);
    bool high = rm->base + rm->size - 1 > UINT32_MAX;
    g_autofree char *node =
        g_strdup_printf(RESERVED_MEMORY "/%s@%" PRIx64, DEVICE(rm)->id,
                        rm->base);
    IommuAddress entry = {
        .range.space = cpu_to_be32(high ? FDT_PCI_RANGE_MMIO_64BIT
                                        : FDT_PCI_RANGE_MMIO),
        .range.address_hi = cpu_to_be32(rm->base >> 32),
        .range.address_lo = cpu_to_be32(rm->base),
        .range.size_hi = cpu_to_be32(rm->size >> 32),
        .range.size_lo = cpu_to_be32(rm->size),
    };

    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_sized_cells(fdt, node, "reg", 2, rm->base, 2, rm->size);
    qemu_fdt_setprop(fdt, node, "no-map", NULL, 0);
    qemu_fdt_setprop_cell(fdt, node, "phandle", phandle);
    for (unsigned i = 0; i < rm->requesters->len; i++) {
        g_autofree char *function = NULL;

        entry.function = cpu_to_be32(
            function_node(mms, &g_array_index(rm->requesters, MsmmuRequester,
                                              i), &function));
        append_cells(fdt, node, "iommu-addresses", &entry, sizeof(entry));
        append_cells(fdt, function, "memory-region", &phandle_cell,
                     sizeof(phandle_cell));
    }
}

void msmmu_fdt_add_reserved_memory(MsmmuMachineState *mms)
{
    void *fdt = MACHINE(mms)->fdt;

    if (mms->num_reserved && !has_node(fdt, RESERVED_MEMORY)) {
        qemu_fdt_add_subnode(fdt, RESERVED_MEMORY);
        qemu_fdt_setprop_cell(fdt, RESERVED_MEMORY, "#address-cells", 2);
        qemu_fdt_setprop_cell(fdt, RESERVED_MEMORY, "#size-cells", 2);
        qemu_fdt_setprop(fdt, RESERVED_MEMORY, "ranges", NULL, 0);
    }
    for (unsigned i = 0; i < mms->num_reserved; i++) {
        add_region(mms, mms->reserved[i]);
    }
}
