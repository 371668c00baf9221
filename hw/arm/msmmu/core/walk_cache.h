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
#define WALK_CACHE_INLINE inline __attribute__((always_inline))
/* What Table descriptors limit below them: all of it is in these bits. */
#define WALK_CACHE_LIMITS MSMMU_MASK(63, 59)

/* As in a set of the TLB: who reads the same even sequence twice saw one. */
struct WalkCacheEntry {
    uint64_t sequence;
    uint64_t key;               /* the first address of the block, and 1 */
    uint64_t tag;
    uint64_t tag_behind;
    uint64_t table;             /* its PA, WALK_CACHE_LIMITS, and 1 */
};

/* Blocks of 2^span_log2 bytes in a regime; its tables may be behind stage 2. */
typedef struct WalkCacheSpace {
    MsmmuRegime *regime;
    MsmmuRegime *behind;        /* NULL: not behind stage 2 */
    unsigned span_log2;
} WalkCacheSpace;

/* What a walk found is to be kept as this, which was so before it began. */
typedef struct WalkCachePlace {
    uint64_t key;
    uint64_t tag;
    uint64_t tag_behind;
    WalkCacheEntry *entry;
    uint32_t gate;
} WalkCachePlace;

static inline uint64_t walk_cache_tag(MsmmuRegime *regime)
{
    regime_refresh(regime);
    return msmmu_load(&regime->table_tag);
}

static inline uint64_t walk_cache_tag_behind(const WalkCacheSpace *space)
{
    return space->behind ? walk_cache_tag(space->behind) : TLB_NO_TAG;
}

static inline WalkCacheEntry *walk_cache_entry(const MsmmuTlb *tlb,
                                               const WalkCacheSpace *space,
                                               uint64_t number)
{
    uint32_t place = number + space->regime->salt.first / TLB_WAYS;

    return &tlb->walks[place % WALK_CACHE_ENTRIES];
}

/* The table word for the block around @address, 0 if it is not cached. */
static WALK_CACHE_INLINE
uint64_t walk_cache_find(const MsmmuTlb *tlb,
                         const WalkCacheSpace *space, uint64_t address)
{
    uint64_t number = address >> space->span_log2;
    const WalkCacheEntry *entry = walk_cache_entry(tlb, space, number);
    uint64_t tag = walk_cache_tag(space->regime);
    uint64_t tag_behind = walk_cache_tag_behind(space);
    uint64_t sequence = msmmu_load(&entry->sequence);
    uint64_t table;

    if (sequence & 1 ||
        msmmu_load(&entry->key) != (number << space->span_log2 | 1) ||
        msmmu_load(&entry->tag) != tag ||
        msmmu_load(&entry->tag_behind) != tag_behind) {
        return 0;
    }
    table = msmmu_load(&entry->table);
    return msmmu_load_relaxed(&entry->sequence) == sequence ? table : 0;
}

/* ---- walk_cache.c ---- */

/* Where to keep the table for the block around @address. */
WalkCachePlace msmmu_walk_cache_place(const Msmmu *m,
                                      const WalkCacheSpace *space,
                                      uint64_t address);

/*
 * Keep it: its PA, and those of WALK_CACHE_LIMITS. Not if SMMUEN changed since,
 * or a regime was given up.
 */
void msmmu_walk_cache_keep(Msmmu *m, const WalkCachePlace *place,
                           uint64_t table);

#endif
