/*
 * PCI Express root complexes, and the endpoints on their first bus.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLATFORM_PCI_H
#define PLATFORM_PCI_H

#include "platform.h"

#define PCI_CLASS_NVME 0x010802
#define PCI_BARS 6

/* Capability identifiers */
#define PCI_CAP_MSI 0x05
#define PCI_CAP_MSIX 0x11

typedef struct PciHost {
    FdtNode node;
    uint32_t segment;
    uintptr_t ecam;
    uintptr_t mmio;             /* the 32-bit window, as processors see it */
    uint64_t mmio_pci;          /* and as it is on the bus */
    uint64_t mmio_bytes;
    uint64_t mmio_used;
    uint32_t first_bus;
} PciHost;

typedef struct PciDevice {
    const PciHost *host;
    uintptr_t config;
    uint32_t rid;               /* RequesterID */
    uintptr_t bar[PCI_BARS];    /* as processors see them, 0 without one */
} PciDevice;

/* The root complex after @node, false after the last */
bool pci_next_host(FdtNode *node, PciHost *host);

/*
 * "iommu-map" or "msi-map": the phandle and the ID that a RequesterID is
 * mapped to; false when it is not mapped.
 */
bool pci_map_id(const PciHost *host, const char *map, uint32_t rid,
                uint32_t *phandle, uint32_t *id);

/*
 * The first function with these IDs (device << 16 | vendor), or of a class,
 * with all its memory BARs mapped. It is no bus master: what it may reach is
 * to be decided first.
 */
bool pci_open_id(PciHost *host, uint32_t id, PciDevice *device);
bool pci_open_class(PciHost *host, uint32_t class, PciDevice *device);

void pci_set_master(const PciDevice *device, bool on);

/* Of INTA */
uint32_t pci_spi(const PciDevice *device);

/* Where in configuration space a capability is, 0 without it */
uint32_t pci_capability(const PciDevice *device, uint32_t capability);

#endif
