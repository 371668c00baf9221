/*
 * How entries of one regime and size are dropped from the cache (tlb.h), for
 * the files that do it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_TLB_DROP_H
#define MSMMU_CORE_TLB_DROP_H

#include "tlb.h"

/* Regimes that have these bits of this id, for entries of each kind of tag. */
typedef struct Named {
    uint64_t id;
    uint64_t bits[TAGS];
} Named;

static inline bool names_regime(const Named *named, const MsmmuRegime *regime,
                                bool global)
{
    return !((regime->id ^ named->id) &
             named->bits[global ? TAG_GLOBAL : TAG_OF_ASID]);
}

/* The hints TG and TTL (4.4.1.1): other leaves may stay, and do. */
static inline bool fits_hints(const MsmmuInvalidation *inv,
                              MsmmuGranule granule, int level)
{
    if (inv->granule_shift &&
        inv->granule_shift != msmmu_granule_facts[granule].shift) {
        return false;
    }
    return !inv->ttl || inv->ttl == level;
}

/* Inclusive; first > last: none. */
typedef struct Range {
    uint64_t first;
    uint64_t last;
} Range;

/* Nothing in a pa is so. */
#define NO_LEAF UINT64_MAX

/* For entries of one regime and one size. Numbers are of addresses >> size. */
typedef struct Search {
    MsmmuTlb *tlb;
    MsmmuRegime *regime;
    const MsmmuInvalidation *inv;
    unsigned size;
    uint64_t tag[TAGS];         /* of what is meant, or TLB_NO_TAG */
    /* Of entries with this in their pa, these numbers go. */
    uint64_t leaf;              /* or NO_LEAF */
    Range numbers;
    unsigned dropped;
} Search;

static inline bool is_meant(const Search *search, uint64_t tag)
{
    return tag == search->tag[TAG_OF_ASID] || tag == search->tag[TAG_GLOBAL];
}

/* The name of @group's set, but for the kind of leaf. */
static inline bool is_named(const Search *search, const TlbName *name,
                            uint64_t group)
{
    uint64_t key = group << TLB_WAYS_LOG2 << search->size | search->size;

    return !((name->key ^ key) & ~ENTRY_LEAF) && is_meant(search, name->tag);
}

/* A set without @ways. */
static inline void drop_ways(MsmmuTlb *tlb, uint32_t set, uint64_t state,
                             uint64_t ways)
{
    state &= ~(ways | ways << TLB_WAYS);
    msmmu_store(&tlb->states[set], state + SET_SEQUENCE_ONE);
    if (!(state & SET_VALID)) {
        tlb->occupied[set / 64] &= ~MSMMU_BIT(set % 64);
    }
}

/* ---- tlb_drop.c; under tlb->lock ---- */

/* Where an entry is of another regime or group, or of no one any more. */
void msmmu_tlb_drop_in_mixed_set(Search *search, uint32_t set);
/* Of groups first..last, each with as many pages as a set has ways. */
void msmmu_tlb_drop_in_groups(Search *search, Range groups);
/* Of all regimes and sizes. */
void msmmu_tlb_drop_in_all_sets(MsmmuTlb *tlb, const MsmmuInvalidation *inv,
                                const Named *named);

#endif
