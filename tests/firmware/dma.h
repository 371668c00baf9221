/*
 * Devices that move data, to see what the SMMU makes of it.
 *
 * msmmu-engine (docs/specs/msmmu-engine.rst) tells how each transfer ended.
 * QEMU's edu, where there is no engine, does not, and takes its time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_DMA_H
#define FIRMWARE_DMA_H

#include "pci.h"

typedef enum DmaOperation {
    DMA_READ,                   /* from @from to the device */
    DMA_WRITE,                  /* what the device has to @to */
    DMA_COPY,
} DmaOperation;

typedef enum DmaEnd {
    DMA_BUSY,
    DMA_DONE,                   /* as far as the device can tell */
    DMA_ABORTED,
    DMA_TERMINATED,             /* reads as zeros, writes are ignored */
    DMA_BROKEN,                 /* anything else */
} DmaEnd;

typedef struct Dma Dma;

typedef struct DmaKind {
    const char *name;
    uint32_t id;                /* device << 16 | vendor */
    size_t largest;             /* transfer, in bytes */
    bool tells_ends;            /* DMA_ABORTED and DMA_TERMINATED */
    bool repeats;
    void (*start)(Dma *dma);
    void (*begin)(Dma *dma, DmaOperation operation, uint64_t from,
                  uint64_t to, size_t bytes);
    DmaEnd (*poll)(Dma *dma);
    /* Send this message at the end of each transfer. */
    void (*set_message)(Dma *dma, uint64_t address, uint32_t data);
} DmaKind;

struct Dma {
    const DmaKind *kind;
    PciDevice pci;
    uint32_t count;             /* of transfers */
    bool substream;             /* with this SubstreamID */
    uint32_t ssid;
    uint32_t repeat;            /* each copy is made so often again */
};

extern const DmaKind dma_engine, dma_edu;

/* The first device on the bus that is of a kind known here */
bool dma_open(PciHost *host, Dma *dma);

/* Begin a transfer and wait for its end. */
DmaEnd dma_transfer(Dma *dma, DmaOperation operation, uint64_t from,
                    uint64_t to, size_t bytes);
DmaEnd dma_wait(Dma *dma);

const char *dma_end_name(DmaEnd end);

#endif
