/*
 * QEMU's edu (its docs/specs/edu.rst): a buffer of 4 KiB that is filled from
 * memory or written to it, in a tenth of a second. It does not tell of aborts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dma.h"

#define DMA_SOURCE 0x80
#define DMA_TARGET 0x88
#define DMA_COUNT 0x90
#define DMA_COMMAND 0x98
#define COMMAND_START 1u
#define COMMAND_TO_MEMORY 2u
#define COMMAND_IRQ 4u
#define BUFFER 0x40000
#define LARGEST 2048            /* QEMU 7.2 refuses the whole buffer */

/* The MSI capability */
#define MSI_ENABLE (1u << 16)
#define MSI_ADDRESS 4
#define MSI_DATA 12

static void start(Dma *dma)
{
    dma->count = 0;
}

static void move(Dma *dma, uint64_t from, uint64_t to, size_t bytes,
                 uint32_t command)
{
    write64(dma->pci.bar[0] + DMA_SOURCE, from);
    write64(dma->pci.bar[0] + DMA_TARGET, to);
    write64(dma->pci.bar[0] + DMA_COUNT, bytes);
    write64(dma->pci.bar[0] + DMA_COMMAND, command | COMMAND_START);
}

static DmaEnd poll(Dma *dma)
{
    return read64(dma->pci.bar[0] + DMA_COMMAND) & COMMAND_START ? DMA_BUSY
                                                                 : DMA_DONE;
}

static void begin(Dma *dma, DmaOperation operation, uint64_t from,
                  uint64_t to, size_t bytes)
{
    if (operation != DMA_WRITE) {
        move(dma, from, BUFFER, bytes, operation == DMA_READ ? COMMAND_IRQ
                                                             : 0);
    }
    if (operation == DMA_COPY) {
        dma_wait(dma);
    }
    if (operation != DMA_READ) {
        move(dma, BUFFER, to, bytes, COMMAND_TO_MEMORY | COMMAND_IRQ);
    }
}

/* MSI with addresses of 64 bits */
static void set_message(Dma *dma, uint64_t address, uint32_t data)
{
    uintptr_t capability = dma->pci.config +
        pci_capability(&dma->pci, PCI_CAP_MSI);

    write32(capability + MSI_ADDRESS, address);
    write32(capability + MSI_ADDRESS + 4, address >> 32);
    write32(capability + MSI_DATA, data);
    write32(capability, read32(capability) | MSI_ENABLE);
}

const DmaKind dma_edu = {
    .name = "edu",
    .id = 0x11e81234,
    .largest = LARGEST,
    .tells_ends = false,
    .start = start,
    .begin = begin,
    .poll = poll,
    .set_message = set_message,
};
