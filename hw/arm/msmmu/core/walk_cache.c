/*
 * How the cache of last tables is filled: see walk_cache.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk_cache.h"

static bool may_be_kept(const Msmmu *m, const WalkCacheSearch *search,
                        bool is_behind)
{
    return search->tag != TLB_NO_TAG &&
        (!is_behind || search->tag_behind != TLB_NO_TAG) &&
        msmmu_gate_is_open(search->gate) && msmmu_gate_holds(m, search->gate);
}

void msmmu_walk_cache_keep(Msmmu *m, const WalkCacheSearch *search,
                           bool is_behind, uint64_t table)
{
    MsmmuTlb *tlb = m->tlb;
    WalkCacheEntry *entry = search->entry;

    if (!may_be_kept(m, search, is_behind)) {
        return;
    }
    g_mutex_lock(&tlb->lock);
    msmmu_store(&entry->sequence, entry->sequence + 1);
    msmmu_store(&entry->key, search->key);
    msmmu_store(&entry->tag, search->tag);
    msmmu_store(&entry->tag_behind, search->tag_behind);
    msmmu_store(&entry->table, table);
    msmmu_store(&entry->sequence, entry->sequence + 1);
    g_mutex_unlock(&tlb->lock);
}
