/*
 * PCI Express: the host's node in the device tree, configuration space, BARs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pci.h"

#define ID 0x00
#define COMMAND 0x04
#define COMMAND_MEMORY 2u
#define COMMAND_MASTER 4u
#define CLASS_REVISION 0x08
#define BAR(n) (0x10 + 4 * (n))
#define BAR_IO 1u
#define BAR_64BIT 4u
#define BAR_FLAGS 15u
#define CAPABILITIES 0x34
#define DEVFNS 256
#define DEVFN_BYTES 4096

/* A row of "ranges": phys.hi, two cells of PCI address, two and two more */
#define RANGE_CELLS 7
#define RANGE_SPACE (3u << 24)
#define RANGE_MMIO32 (2u << 24)

/* A row of "iommu-map" or "msi-map": first, phandle, first ID, how many */
#define MAP_CELLS 4

/* A row of "interrupt-map": three of address, pin, phandle, 2 + 3 more */
#define INTERRUPT_CELLS 10
#define DEVFN_SHIFT 8                   /* in phys.hi */
#define PIN_INTA 1

static void read_window(PciHost *host)
{
    size_t bytes = 0;

    fdt_property(host->node, "ranges", &bytes);
    for (unsigned i = 0; i < bytes / 4; i += RANGE_CELLS) {
        if ((fdt_cell(host->node, "ranges", i) & RANGE_SPACE) ==
            RANGE_MMIO32) {
            host->mmio_pci = fdt_cells(host->node, "ranges", i + 1);
            host->mmio = fdt_cells(host->node, "ranges", i + 3);
            host->mmio_bytes = fdt_cells(host->node, "ranges", i + 5);
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
    /* "reg" is where the first bus of "bus-range" is. */
    if (fdt_property(*node, "bus-range", NULL)) {
        host->first_bus = fdt_cell(*node, "bus-range", 0);
    }
    read_window(host);
    return true;
}

/* "iommu-map-mask", "msi-map-mask": bits that count; all, without it */
static uint32_t map_mask(const PciHost *host, bool is_msi)
{
    const char *name = is_msi ? "msi-map-mask" : "iommu-map-mask";

    return fdt_property(host->node, name, NULL) ? fdt_cell(host->node, name, 0)
                                                : UINT32_MAX;
}

bool pci_map_id(const PciHost *host, const char *map, uint32_t rid,
                uint32_t *phandle, uint32_t *id)
{
    size_t bytes = 0;

    rid &= map_mask(host, text_equal(map, "msi-map"));
    fdt_property(host->node, map, &bytes);
    for (unsigned i = 0; i < bytes / 4; i += MAP_CELLS) {
        uint32_t first = fdt_cell(host->node, map, i);

        if (rid - first < fdt_cell(host->node, map, i + 3)) {
            *phandle = fdt_cell(host->node, map, i + 1);
            *id = fdt_cell(host->node, map, i + 2) + rid - first;
            return true;
        }
    }
    return false;
}

uint32_t pci_spi(const PciDevice *device)
{
    FdtNode node = device->host->node;
    uint32_t mask = fdt_cell(node, "interrupt-map-mask", 0);
    unsigned row = 0;

    while (fdt_cell(node, "interrupt-map", row) !=
               (device->rid << DEVFN_SHIFT & mask) ||
           fdt_cell(node, "interrupt-map", row + 3) != PIN_INTA) {
        row += INTERRUPT_CELLS;
    }
    return fdt_cell(node, "interrupt-map", row + 8);
}

/* A BAR tells its size by the bits that stay 0 when all are written. */
static uint64_t bar_bytes(uintptr_t at, bool is_64bit)
{
    uint64_t bits;

    write32(at, UINT32_MAX);
    bits = read32(at) & ~BAR_FLAGS;
    if (!is_64bit) {
        return -(uint32_t)bits;
    }
    write32(at + 4, UINT32_MAX);
    return -(bits | (uint64_t)read32(at + 4) << 32);
}

/* Addresses on the bus are multiples of the size. Those of I/O stay unused. */
static void map_bar(PciHost *host, PciDevice *device, unsigned bar)
{
    uintptr_t at = device->config + BAR(bar);
    uint32_t flags = read32(at);
    uint64_t bytes, place;

    if (flags & BAR_IO) {
        return;
    }
    bytes = bar_bytes(at, flags & BAR_64BIT);
    if (!bytes) {
        return;
    }
    place = (host->mmio_pci + host->mmio_used + bytes - 1) & -bytes;
    if (place + bytes > host->mmio_pci + host->mmio_bytes) {
        fail("segment %u: no room for a BAR of 0x%lx bytes", host->segment,
             bytes);
    }
    write32(at, place);
    if (flags & BAR_64BIT) {
        write32(at + 4, place >> 32);
    }
    host->mmio_used = place + bytes - host->mmio_pci;
    device->bar[bar] = host->mmio + place - host->mmio_pci;
}

/* While BARs have sizes in place of addresses the device answers to none. */
static void open(PciHost *host, uint32_t devfn, PciDevice *device)
{
    *device = (PciDevice) {
        .host = host,
        .config = host->ecam + devfn * DEVFN_BYTES,
        .rid = host->first_bus << 8 | devfn,
    };
    write32(device->config + COMMAND, 0);
    for (unsigned bar = 0; bar < PCI_BARS; bar++) {
        uint32_t flags = read32(device->config + BAR(bar));

        map_bar(host, device, bar);
        /* Of 64 bits it has the next one, too. */
        bar += !(flags & BAR_IO) && flags & BAR_64BIT;
    }
    pci_set_master(device, false);
}

void pci_set_master(const PciDevice *device, bool on)
{
    write32(device->config + COMMAND,
            COMMAND_MEMORY | (on ? COMMAND_MASTER : 0));
}

static bool find(PciHost *host, uint32_t offset, unsigned shift, uint32_t value,
                 PciDevice *device)
{
    for (uint32_t devfn = 0; devfn < DEVFNS; devfn++) {
        uintptr_t config = host->ecam + devfn * DEVFN_BYTES;

        if (read32(config + ID) != UINT32_MAX &&
            read32(config + offset) >> shift == value) {
            open(host, devfn, device);
            return true;
        }
    }
    return false;
}

bool pci_open_id(PciHost *host, uint32_t id, PciDevice *device)
{
    return find(host, ID, 0, id, device);
}

bool pci_open_class(PciHost *host, uint32_t class, PciDevice *device)
{
    return find(host, CLASS_REVISION, 8, class, device);
}

uint32_t pci_capability(const PciDevice *device, uint32_t capability)
{
    uint32_t at = read32(device->config + CAPABILITIES) & 0xfc;

    while (at && (read32(device->config + at) & 0xff) != capability) {
        at = read32(device->config + at) >> 8 & 0xfc;
    }
    return at;
}
