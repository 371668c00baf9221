/*
 * The cache of translations (IHI 0070 3.17, 4.4, 16.2).
 *
 * One entry is one leaf, whatever its size, in a set that its address, size
 * and regime select; lookups probe the sizes in use, that of the last hit
 * first. With two stages an entry may be a fragment of its stage 1 leaf, and
 * invalidating any address of the leaf drops every fragment of it.
 *
 * Where software changed the size of a leaf, entries of both sizes may be
 * cached, until it invalidates any of their addresses. A lookup uses one of
 * them, whole; F_TLB_CONFLICT does not arise (3.21.1.3). A read that is under
 * way beside the first write may replace the entry that the write made with a
 * writable-clean one again: the next write walks, and finds the leaf dirty.
 *
 * Lookups take no lock: a set has a sequence number, odd while an entry is
 * written. Whole address spaces are dropped by giving their regime fresh tags
 * (tlb.h); single entries by clearing their tag. What a walk found is cached
 * only if nothing of its regime was invalidated since it began.
 *
 * An invalidation drops what it names and no more, with two exceptions: the
 * entries of a configuration that no stream uses any more may go with others
 * like it (regime.c), and everything goes once in about 2^31 invalidations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb.h"
#include "tlb_lookup.h"
#include "walk.h"
#include "spec/bits.h"

#define get(p) msmmu_load(p)
#define put(p, value) msmmu_store(p, value)
#define put_relaxed(p, value) msmmu_store_relaxed(p, value)

/* ---- Lookup ---- */

static bool look_up(Msmmu *m, MsmmuRegime *regime, uint64_t va, bool peek,
                    MsmmuTranslation *out)
{
    TlbHit hit;

    if (!tlb_look_up(m->tlb, regime, va, peek, &hit)) {
        return false;
    }
    tlb_unpack(out, &hit);
    return true;
}

bool msmmu_tlb_lookup(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                      MsmmuTranslation *out)
{
    return look_up(m, ctx->regime, tlb_input(ctx, va), false, out);
}

bool msmmu_tlb_peek(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                    MsmmuTranslation *out)
{
    return look_up(m, ctx->regime, tlb_input(ctx, va), true, out);
}

/* Without a trace: the sizes of what holds tables are not those of data. */
bool msmmu_tlb_lookup_table(Msmmu *m, MsmmuRegime *regime, uint64_t ipa,
                            MsmmuTranslation *out)
{
    return look_up(m, regime, ipa, true, out);
}

/* ---- Changes; under tlb->lock ---- */

static void begin_write(TlbSet *set)
{
    put_relaxed(&set->sequence, set->sequence + 1);
}

static void end_write(TlbSet *set)
{
    put(&set->sequence, set->sequence + 1);
}

MsmmuRegime *msmmu_tlb_owner(const MsmmuTlb *tlb, const TlbSet *set,
                             unsigned way)
{
    uint32_t slot = msmmu_get(set->attr[way], ENTRY_SLOT);
    bool global = set->pa[way] & ENTRY_GLOBAL;
    MsmmuRegime *regime;

    if (set->tag[way] < tlb->floor || slot >= tlb->regimes->len) {
        return NULL;
    }
    regime = g_ptr_array_index(tlb->regimes, slot);
    if (!regime || regime_tag(regime->tags, global) != set->tag[way]) {
        return NULL;
    }
    return regime;
}

/* An entry with @tag, which has @size, is no more. */
static void uncount(MsmmuTlb *tlb, uint32_t tag, unsigned size)
{
    if (tag >= tlb->floor && !--tlb->counts[size]) {
        tlb->leaves[size] = 0;
        put_relaxed(&tlb->sizes, tlb->sizes & ~MSMMU_BIT(size));
    }
}

static void count(MsmmuTlb *tlb, unsigned size, unsigned leaf)
{
    tlb->counts[size]++;
    tlb->leaves[size] |= MSMMU_BIT(leaf);
    put_relaxed(&tlb->sizes, tlb->sizes | MSMMU_BIT(size));
}

void msmmu_tlb_drop(MsmmuTlb *tlb, TlbSet *set, unsigned way)
{
    uint32_t tag = set->tag[way];

    put(&set->tag[way], 0);
    uncount(tlb, tag, set->key[way] & ENTRY_SIZE);
}

/* The same address again, else one that nobody can find, else any. */
static unsigned choose_way(MsmmuTlb *tlb, const TlbSet *set, uint64_t key,
                           uint64_t tags)
{
    unsigned chosen = TLB_WAYS;

    for (unsigned way = 0; way < TLB_WAYS; way++) {
        if (set->key[way] == key && set->tag[way] &&
            (set->tag[way] == regime_tag(tags, false) ||
             set->tag[way] == regime_tag(tags, true))) {
            return way;
        }
        if (!msmmu_tlb_owner(tlb, set, way)) {
            chosen = way;
        }
    }
    if (chosen == TLB_WAYS) {
        tlb->random = tlb->random * 1664525 + 1013904223;
        chosen = (tlb->random >> 16) % TLB_WAYS;
    }
    return chosen;
}

/* Of the regime, and in the upper half of global entries. */
uint64_t msmmu_tlb_epoch(const Msmmu *m, const MsmmuContext *ctx)
{
    return get(&ctx->regime->epoch) |
           (uint64_t)get(&m->tlb->global_epoch) << 32;
}

uint64_t msmmu_tlb_table_epoch(const MsmmuRegime *regime)
{
    return get(&regime->epoch);
}

/* Whether something that @t depends on was invalidated since @epoch. */
static bool overtaken(const MsmmuTlb *tlb, const MsmmuRegime *regime,
                      const MsmmuTranslation *t, uint64_t epoch)
{
    return regime->epoch != (uint32_t)epoch ||
           (t->global && tlb->global_epoch != epoch >> 32);
}

static void insert(MsmmuTlb *tlb, MsmmuRegime *regime,
                   const MsmmuTranslation *t)
{
    unsigned size = t->size_log2;
    TlbSet *set = tlb_set(tlb, regime, t->first_va, size);
    uint64_t key = tlb_key(t->first_va, size);
    unsigned way = choose_way(tlb, set, key, regime->tags);
    uint64_t pa = t->first_pa |
                  msmmu_prep(ENTRY_PERMS_UNPRIV, t->perms[0]) |
                  msmmu_prep(ENTRY_PERMS_PRIV, t->perms[1]) |
                  msmmu_prep(ENTRY_GLOBAL, t->global) |
                  msmmu_prep(ENTRY_CONTIGUOUS, t->contiguous) |
                  msmmu_prep(ENTRY_GRANULE, t->granule) |
                  msmmu_prep(ENTRY_LEVEL, t->leaf_level);
    uint64_t attr =
        msmmu_prep(ENTRY_MEMORY_TYPE, t->attributes.memory_type) |
        msmmu_prep(ENTRY_SHAREABILITY, t->attributes.shareability) |
        msmmu_prep(ENTRY_FROM_DEVICE, t->attributes.from_device) |
        msmmu_prep(ENTRY_SLOT, regime->slot);

    uncount(tlb, set->tag[way], set->key[way] & ENTRY_SIZE);
    begin_write(set);
    put(&set->tag[way], regime_tag(regime->tags, t->global));
    put(&set->key[way], key);
    put(&set->pa[way], pa);
    put(&set->attr[way], attr);
    end_write(set);
    count(tlb, size, msmmu_granule_level_shift(t->granule, t->leaf_level));
    if (t->global && !regime->has_global) {
        regime->has_global = true;
        tlb->with_global++;
    }
}

static void insert_if_valid(MsmmuTlb *tlb, MsmmuRegime *regime,
                            const MsmmuTranslation *t, uint64_t epoch)
{
    if (t->transient) {
        return;
    }
    g_mutex_lock(&tlb->lock);
    if (regime->users && !overtaken(tlb, regime, t, epoch)) {
        insert(tlb, regime, t);
    }
    g_mutex_unlock(&tlb->lock);
}

void msmmu_tlb_insert(Msmmu *m, const MsmmuContext *ctx,
                      const MsmmuTranslation *t, uint64_t epoch)
{
    insert_if_valid(m->tlb, ctx->regime, t, epoch);
}

/* No such entry is global. */
void msmmu_tlb_insert_table(Msmmu *m, MsmmuRegime *regime,
                            const MsmmuTranslation *t, uint64_t epoch)
{
    insert_if_valid(m->tlb, regime, t, epoch);
}

void msmmu_tlb_forget_counts(MsmmuTlb *tlb)
{
    for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
        unsigned size = __builtin_ctzll(sizes);

        tlb->counts[size] = 0;
        tlb->leaves[size] = 0;
    }
    put_relaxed(&tlb->sizes, 0);
}

void msmmu_tlb_wipe(MsmmuTlb *tlb)
{
    for (uint32_t i = 0; i <= tlb->set_mask; i++) {
        for (unsigned way = 0; way < TLB_WAYS; way++) {
            put(&tlb->sets[i].tag[way], 0);
        }
    }
    msmmu_tlb_forget_counts(tlb);
}

/* ---- Life ---- */

void msmmu_tlb_init(Msmmu *m)
{
    MsmmuTlb *tlb = g_new0(MsmmuTlb, 1);
    uint32_t sets = MAX(m->config.tlb_entries / TLB_WAYS, 1);

    g_mutex_init(&tlb->lock);
    tlb->set_mask = sets - 1;
    tlb->set_bits = __builtin_ctz(sets);
    tlb->memory = g_malloc0((sets + 1) * sizeof(TlbSet));
    tlb->sets = (TlbSet *)(((uintptr_t)tlb->memory + sizeof(TlbSet) - 1) &
                           ~(uintptr_t)(sizeof(TlbSet) - 1));
    tlb->next_tag = 1;
    tlb->floor = 1;
    tlb->regimes = g_ptr_array_new();
    m->tlb = tlb;
}

void msmmu_tlb_free(Msmmu *m)
{
    MsmmuTlb *tlb = m->tlb;

    msmmu_regimes_free(tlb);
    g_mutex_clear(&tlb->lock);
    g_free(tlb->memory);
    g_free(tlb);
    m->tlb = NULL;
}
