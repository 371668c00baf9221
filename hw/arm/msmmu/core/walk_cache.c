/*
 * How the cache of last tables is filled: see walk_cache.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk_cache.h"

WalkCachePlace msmmu_walk_cache_place(const Msmmu *m,
                                      const WalkCacheSpace *space,
                                      uint64_t address)
{
    uint64_t number = address >> space->span_log2;
    WalkCachePlace place = { .gate = msmmu_load(&m->gate) };

    place.entry = walk_cache_entry(m->tlb, space, number);
    place.key = number << space->span_log2 | 1;
    place.tag = walk_cache_tag(space->regime);
    place.tag_behind = walk_cache_tag_behind(space);
    if (space->behind && place.tag_behind == TLB_NO_TAG) {
        place.tag = TLB_NO_TAG;
    }
    return place;
}

void msmmu_walk_cache_keep(Msmmu *m, const WalkCachePlace *place,
                           uint64_t table)
{
    MsmmuTlb *tlb = m->tlb;
    WalkCacheEntry *entry = place->entry;

    if (place->tag == TLB_NO_TAG || !msmmu_gate_is_open(place->gate) ||
        !msmmu_gate_holds(m, place->gate)) {
        return;
    }
    g_mutex_lock(&tlb->lock);
    msmmu_store(&entry->sequence, entry->sequence + 1);
    msmmu_store(&entry->key, place->key);
    msmmu_store(&entry->tag, place->tag);
    msmmu_store(&entry->tag_behind, place->tag_behind);
    msmmu_store(&entry->table, table | 1);
    msmmu_store(&entry->sequence, entry->sequence + 1);
    g_mutex_unlock(&tlb->lock);
}
