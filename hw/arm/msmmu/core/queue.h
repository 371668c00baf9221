/*
 * Circular queues in memory (IHI 0070 3.5.1): where an entry is, and how many
 * are used, from the BASE register and a pair of indexes with wrap flags.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_QUEUE_H
#define MSMMU_CORE_QUEUE_H

#include <glib.h>

#include "spec/bits.h"
#include "spec/regs.h"

typedef struct MsmmuQueue {
    uint64_t base;              /* aligned */
    uint32_t entries;           /* a power of two */
    uint32_t index_mask;        /* the index and its wrap flag */
    uint8_t entry_log2;         /* bytes of one entry */
} MsmmuQueue;

/*
 * The queue that @base_reg describes. LOG2SIZE is capped at @max_log2 (IDR1),
 * and the address is aligned to the queue or to 32 bytes, the larger (6.3.26).
 */
static inline MsmmuQueue msmmu_queue(uint64_t base_reg, unsigned max_log2,
                                     unsigned entry_log2)
{
    unsigned log2 = MIN(msmmu_get(base_reg, Q_BASE_LOG2SIZE), max_log2);
    unsigned align = MAX(log2 + entry_log2, 5);

    return (MsmmuQueue) {
        .base = base_reg & Q_BASE_ADDR & ~msmmu_low_mask(align),
        .entries = UINT32_C(1) << log2,
        .index_mask = msmmu_low_mask(log2 + 1),
        .entry_log2 = entry_log2,
    };
}

/*
 * Entries between @cons and @prod. More than the queue has if the two are
 * inconsistent, which is for the caller to answer as 3.5.1 permits.
 */
static inline uint32_t msmmu_queue_used(const MsmmuQueue *q, uint32_t prod,
                                        uint32_t cons)
{
    return (prod - cons) & q->index_mask;
}

static inline uint64_t msmmu_queue_entry(const MsmmuQueue *q, uint32_t index)
{
    return q->base + ((uint64_t)(index & (q->entries - 1)) << q->entry_log2);
}

/* @reg with its index advanced by one; bits above the wrap flag are zero. */
static inline uint32_t msmmu_queue_advance(const MsmmuQueue *q, uint32_t reg)
{
    return (reg & ~(uint32_t)Q_INDEX) | ((reg + 1) & q->index_mask);
}

#endif
