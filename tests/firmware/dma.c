/*
 * Devices that move data: what does not depend on their kind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dma.h"

#define PATIENCE_MS 30000

bool dma_open(PciHost *host, Dma *dma)
{
    static const DmaKind *const kinds[] = { &dma_engine, &dma_edu };

    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        *dma = (Dma) { .kind = kinds[i] };
        if (pci_open_id(host, kinds[i]->id, &dma->pci)) {
            dma->kind->start(dma);
            return true;
        }
    }
    return false;
}

DmaEnd dma_wait(Dma *dma)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;
    DmaEnd how;

    while ((how = dma->kind->poll(dma)) == DMA_BUSY) {
        if (cpu_milliseconds() > end) {
            return DMA_BUSY;
        }
        cpu_relax();
    }
    /* What it has written is seen after this. */
    cpu_barrier();
    return how;
}

DmaEnd dma_transfer(Dma *dma, DmaOperation operation, uint64_t from,
                    uint64_t to, size_t bytes)
{
    dma->kind->begin(dma, operation, from, to, bytes);
    return dma_wait(dma);
}

const char *dma_end_name(DmaEnd end)
{
    static const char *const names[] = {
        "does not end", "ends well", "is aborted",
        "is terminated, as if nothing was wrong", "is refused by the device",
    };

    return names[end];
}
