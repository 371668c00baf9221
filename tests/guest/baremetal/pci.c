/*
 * PCI Express: the host's node in the device tree, configuration space, BARs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci.h"

#define ID 0x00
#define COMMAND 0x04
#define COMMAND_MEMORY_AND_MASTER 6
#define CLASS_REVISION 0x08
#define BAR0 0x10
#define BAR1 0x14
#define BAR_64BIT 4u
#define DEVFN_BYTES 4096

/* A row of "ranges": phys.hi, two cells of PCI address, two and two more */
#define RANGE_CELLS 7
#define RANGE_SPACE (3u << 24)
#define RANGE_MMIO32 (2u << 24)

#define INTERRUPT_CELLS 10
#define DEVFN_SHIFT 8                   /* in phys.hi */
#define PIN_INTA 1

static void read_window(FdtNode node, PciHost *host)
{
    size_t bytes = 0;

    fdt_property(node, "ranges", &bytes);
    for (unsigned i = 0; i < bytes / 4; i += RANGE_CELLS) {
        if ((fdt_cell(node, "ranges", i) & RANGE_SPACE) == RANGE_MMIO32) {
            host->mmio_pci = fdt_cells(node, "ranges", i + 1);
            host->mmio = fdt_cells(node, "ranges", i + 3);
        }
    }
}

static void read_iommu_map(FdtNode node, PciHost *host)
{
    FdtNode smmu = NULL;

    if (!fdt_property(node, "iommu-map", NULL)) {
        return;
    }
    host->sid_base = fdt_cell(node, "iommu-map", 2);
    while ((smmu = fdt_next_compatible(smmu, "arm,smmu-v3"))) {
        if (fdt_cell(smmu, "phandle", 0) == fdt_cell(node, "iommu-map", 1)) {
            host->smmu = fdt_cells(smmu, "reg", 0);
        }
    }
}

bool pci_next_host(FdtNode *node, PciHost *host)
{
    *node = fdt_next_compatible(*node, "pci-host-ecam-generic");
    if (!*node) {
        return false;
    }
    *host = (PciHost) {
        .node = *node,
        .segment = fdt_cell(*node, "linux,pci-domain", 0),
        .ecam = fdt_cells(*node, "reg", 0),
    };
    read_window(*node, host);
    read_iommu_map(*node, host);
    return true;
}

/* Rows: three cells of address, the pin, then phandle, address, interrupt */
static uint32_t find_spi(const PciHost *host, uint32_t devfn)
{
    uint32_t mask = fdt_cell(host->node, "interrupt-map-mask", 0);
    unsigned row = 0;

    while (fdt_cell(host->node, "interrupt-map", row) !=
               (devfn << DEVFN_SHIFT & mask) ||
           fdt_cell(host->node, "interrupt-map", row + 3) != PIN_INTA) {
        row += INTERRUPT_CELLS;
    }
    return fdt_cell(host->node, "interrupt-map", row + 8);
}

/* One device a root complex is used: it gets the window's begin. */
static void map_bar0(const PciHost *host, PciDevice *device)
{
    uint32_t bar = read32(device->config + BAR0);

    write32(device->config + BAR0, host->mmio_pci);
    if (bar & BAR_64BIT) {
        write32(device->config + BAR1, host->mmio_pci >> 32);
    }
    write32(device->config + COMMAND, COMMAND_MEMORY_AND_MASTER);
    device->bar0 = host->mmio;
}

bool pci_open(const PciHost *host, uint32_t class, PciDevice *device)
{
    for (uint32_t devfn = 0; devfn < 256; devfn++) {
        uintptr_t config = host->ecam + devfn * DEVFN_BYTES;

        if (read32(config + ID) == UINT32_MAX ||
            read32(config + CLASS_REVISION) >> 8 != class) {
            continue;
        }
        *device = (PciDevice) {
            .config = config,
            .sid = host->sid_base + devfn,
            .spi = find_spi(host, devfn),
        };
        map_bar0(host, device);
        return true;
    }
    return false;
}
