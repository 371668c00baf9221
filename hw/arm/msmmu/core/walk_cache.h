/*
 * The cache of where walks end: which table of the last level serves a block of
 * addresses, so that a miss reads one descriptor (IHI 0070 3.17, 4.4.1).
 *
 * An entry is of one regime, and counts while that has the same table tag, a
 * number as the tags of tlb.h: the regime gets another one with whatever drops
 * an address space of it, and with each invalidation by address that is about
 * tables (Leaf = 0) and names the regime, whatever the address. Tables that are
 * themselves behind stage 2 count while the regime that has them is unchanged,
 * too; any invalidation of that changes its tag.
 *
 * The tags are noted before any descriptor is read. So what is found by a walk
 * that an invalidation overtakes has an old tag, and is never used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WALK_CACHE_H
#define MSMMU_CORE_WALK_CACHE_H

#include "tlb.h"

#define WALK_CACHE_ENTRIES 1024u
/* What Table descriptors limit below them: all of it is in these bits. */
#define WALK_CACHE_LIMITS MSMMU_MASK(63, 59)

/* As in a set of the TLB: who reads the same even sequence twice saw one. */
struct WalkCacheEntry {
    uint64_t sequence;
    uint64_t key;               /* the first address of the block, and 1 */
    uint64_t tag;
    uint64_t tag_behind;
    uint64_t table;             /* its PA, and WALK_CACHE_LIMITS */
};

/* What is looked for, and as what it is to be kept if it is not found. */
typedef struct WalkCacheSearch {
    uint64_t key;
    uint64_t tag;
    uint64_t tag_behind;
    uint64_t table;             /* what was found */
    WalkCacheEntry *entry;
    uint32_t gate;
} WalkCacheSearch;

/*
 * The table for the block of 2^@span_log2 bytes around @address in @regime.
 * @behind: the regime of stage 2 that tables are behind, or NULL.
 */
static inline bool walk_cache_find(const Msmmu *m, MsmmuRegime *regime,
                                   MsmmuRegime *behind, uint64_t address,
                                   unsigned span_log2, WalkCacheSearch *search)
{
    uint64_t number = address >> span_log2;
    WalkCacheEntry *entry =
        &m->tlb->walks[(number + regime->salt) % WALK_CACHE_ENTRIES];
    uint64_t sequence;

    search->entry = entry;
    search->key = number << span_log2 | 1;
    search->gate = msmmu_load(&m->gate);
    regime_refresh(regime);
    search->tag = msmmu_load(&regime->table_tag);
    search->tag_behind = TLB_NO_TAG;
    if (behind) {
        regime_refresh(behind);
        search->tag_behind = msmmu_load(&behind->table_tag);
    }
    sequence = msmmu_load(&entry->sequence);
    if (sequence & 1 || msmmu_load(&entry->key) != search->key ||
        msmmu_load(&entry->tag) != search->tag ||
        msmmu_load(&entry->tag_behind) != search->tag_behind) {
        return false;
    }
    search->table = msmmu_load(&entry->table);
    return msmmu_load_relaxed(&entry->sequence) == sequence;
}

/* ---- walk_cache.c ---- */

/*
 * Keep @table, PA and limits, for what was not found, unless SMMUEN changed
 * since, or the regime was given up.
 */
void msmmu_walk_cache_keep(Msmmu *m, const WalkCacheSearch *search,
                           bool is_behind, uint64_t table);

#endif
