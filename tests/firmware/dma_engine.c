/*
 * msmmu-engine: one ring of one descriptor, in the device's local memory, so
 * that an SMMU sees the transfer alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dma.h"

/* BAR 0: ring 0 */
#define RING_BASE 0x1000
#define RING_SIZE 0x1008
#define RING_CTRL 0x100c
#define RING_CTRL_ENABLE 1u
#define RING_CTRL_LOCAL 2u
#define RING_CTRL_IRQ 4u
#define RING_ATTR 0x1010
#define RING_PROD 0x1014
#define RING_CONS 0x1018

/* BAR 2: the descriptor, and data further up */
#define DESCRIPTOR_WORDS 16
#define DATA_OFFSET 0x8000
#define DATA_BYTES 0x8000

#define OP_READ 1u
#define OP_WRITE 2u
#define OP_COPY 7u
#define OP_STRIDED (1u << 8 | 1u << 12) /* both ranges; their STEP is 0 */
#define OP_IRQ (1u << 16)
#define ATTR_SSV (1u << 20)
#define STATUS(word) BITS(word, 7, 0)

#define PASID_CONTROL 0x104             /* the upper half */
#define PASID_ENABLE (1u << 16)

/* An entry of the MSI-X table */
#define MSIX_ADDRESS 0
#define MSIX_DATA 8
#define MSIX_CONTROL 12
#define MSIX_ENABLE (1u << 31)          /* of the capability */

static uintptr_t msix_of(const Dma *dma)
{
    return dma->pci.config + pci_capability(&dma->pci, PCI_CAP_MSIX);
}

static void start(Dma *dma)
{
    uintptr_t regs = dma->pci.bar[0];

    write32(msix_of(dma), read32(msix_of(dma)) & ~MSIX_ENABLE);
    write32(regs + RING_CTRL, 0);
    write64(regs + RING_BASE, 0);
    write32(regs + RING_SIZE, 0);
    write32(regs + RING_ATTR, 0);
    write32(regs + RING_CTRL,
            RING_CTRL_ENABLE | RING_CTRL_LOCAL | RING_CTRL_IRQ);
    dma->count = 0;
}

static void begin(Dma *dma, DmaOperation operation, uint64_t from,
                  uint64_t to, size_t bytes)
{
    static const uint32_t codes[] = {
        [DMA_READ] = OP_READ, [DMA_WRITE] = OP_WRITE, [DMA_COPY] = OP_COPY,
    };
    uint32_t attributes = dma->substream ? ATTR_SSV | dma->ssid : 0;
    uint64_t descriptor[DESCRIPTOR_WORDS] = {
        [0] = codes[operation] | OP_IRQ | OP_STRIDED |
              (uint64_t)attributes << 32,
        [1] = bytes | (dma->repeat + 1UL) << 32,
        [2] = operation == DMA_WRITE ? to : from,
        [4] = to,
        [9] = DATA_OFFSET,
        [10] = operation == DMA_COPY ? attributes : 0,
    };

    if (operation != DMA_COPY && bytes > DATA_BYTES) {
        fail("%lu bytes are more than the engine has", bytes);
    }
    if (dma->substream) {
        write32(dma->pci.config + PASID_CONTROL,
                read32(dma->pci.config + PASID_CONTROL) | PASID_ENABLE);
    }
    for (unsigned i = 0; i < DESCRIPTOR_WORDS; i++) {
        write64(dma->pci.bar[2] + i * sizeof(uint64_t), descriptor[i]);
    }
    write32(dma->pci.bar[0] + RING_PROD, ++dma->count);
}

static DmaEnd poll(Dma *dma)
{
    static const DmaEnd ends[] = { DMA_BUSY, DMA_DONE, DMA_ABORTED,
                                   DMA_TERMINATED };
    uint64_t status = STATUS(read64(dma->pci.bar[2] + 15 * sizeof(uint64_t)));

    if (read32(dma->pci.bar[0] + RING_CONS) != dma->count) {
        return DMA_BUSY;
    }
    return status < ARRAY_SIZE(ends) ? ends[status] : DMA_BROKEN;
}

/* Vector 0 of MSI-X, which is ring 0's; the table may be in any BAR. */
static void set_message(Dma *dma, uint64_t address, uint32_t data)
{
    uint32_t place = read32(msix_of(dma) + 4);
    uintptr_t entry = dma->pci.bar[place & 7] + (place & ~7u);

    write32(msix_of(dma), read32(msix_of(dma)) | MSIX_ENABLE);
    write32(entry + MSIX_ADDRESS, address);
    write32(entry + MSIX_ADDRESS + 4, address >> 32);
    write32(entry + MSIX_DATA, data);
    write32(entry + MSIX_CONTROL, 0);
}

const DmaKind dma_engine = {
    .name = "msmmu-engine",
    .id = 0x11f31234,
    .largest = 1 * MIB,
    .tells_ends = true,
    .repeats = true,
    .start = start,
    .begin = begin,
    .poll = poll,
    .set_message = set_message,
};
