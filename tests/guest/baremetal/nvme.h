/*
 * An NVMe controller as a DMA master: one I/O queue, a command at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_NVME_H
#define BAREMETAL_NVME_H

#include "platform.h"

#define NVME_PAGE 4096
#define NVME_MAX_PAGES 128              /* of one command; MDTS is 512 KiB */
#define NVME_MEMORY_BYTES (6 * NVME_PAGE)

typedef struct NvmeQueue {
    uint32_t *commands;
    const uint32_t *completions;
    unsigned number;
    unsigned tail;
    unsigned head;
    unsigned phase;
} NvmeQueue;

typedef struct Nvme {
    uintptr_t regs;
    uint8_t *memory;
    uint64_t iova;                      /* of @memory */
    NvmeQueue admin;
    NvmeQueue io;
    uint32_t status;                    /* of the last completion */
} Nvme;

/*
 * @memory has NVME_MEMORY_BYTES, and is @iova for the controller. Its interrupt
 * must have been enabled.
 */
bool nvme_start(Nvme *nvme, uintptr_t regs, void *memory, uint64_t iova);

/*
 * Move pages, each a multiple of NVME_PAGE: from the disk to memory, or from
 * memory to the disk. False if the controller says no, or nothing in time.
 */
bool nvme_to_memory(Nvme *nvme, const uint64_t *pages, unsigned count);
bool nvme_from_memory(Nvme *nvme, const uint64_t *pages, unsigned count);

#endif
