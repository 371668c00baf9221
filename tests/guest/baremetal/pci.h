/*
 * PCI Express root complexes: the SMMU in front of each, and its endpoints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_PCI_H
#define BAREMETAL_PCI_H

#include "baremetal.h"

#define PCI_CLASS_NVME 0x010802

typedef struct PciHost {
    uint32_t segment;
    uintptr_t ecam;
    uintptr_t mmio;             /* the 32-bit window, as processors see it */
    uint64_t mmio_pci;          /* and as it is on the bus */
    uintptr_t smmu;             /* registers, 0 without one */
    uint32_t sid_base;
    FdtNode node;
} PciHost;

typedef struct PciDevice {
    uintptr_t config;
    uintptr_t bar0;             /* as processors see it */
    uint32_t sid;
    uint32_t spi;               /* of INTA */
} PciDevice;

/* The root complex after @node, false after the last */
bool pci_next_host(FdtNode *node, PciHost *host);

/* The first function of a class on bus 0, with BAR 0 mapped, as bus master */
bool pci_open(const PciHost *host, uint32_t class, PciDevice *device);

#endif
