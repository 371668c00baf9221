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
 * Lookups take no lock: an entry is written while the state of its set says
 * that there is none (tlb.h). Whole address spaces are dropped by giving their
 * regime fresh tags, single entries by the state. What a walk found is cached
 * only if nothing of its regime was invalidated since it began.
 *
 * An invalidation drops what it names and no more, with one exception: the
 * entries of a configuration that no stream uses any more may go with others
 * like it (regime.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb.h"
#include "tlb_lookup.h"
#include "walk.h"
#include "walk_cache.h"
#include "spec/bits.h"

/* Of the translations that find their set full, one in so many is cached. */
#define INSERTED_WHEN_FULL 4
#define NOWHERE TLB_WAYS

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

bool msmmu_tlb_lookup_table(Msmmu *m, MsmmuRegime *regime, uint64_t ipa,
                            MsmmuTranslation *out)
{
    return look_up(m, regime, ipa, true, out);
}

/* ---- Accounts; under tlb->lock ---- */

MsmmuRegime *msmmu_tlb_owner(const MsmmuTlb *tlb, const TlbEntry *entry)
{
    uint32_t slot = msmmu_get(entry->attr, ENTRY_SLOT);
    MsmmuRegime *regime = g_ptr_array_index(tlb->regimes, slot);

    if (!regime) {
        return NULL;
    }
    msmmu_regime_check(regime);
    return regime_has_tag(regime, entry->tag) ? regime : NULL;
}

static void count(MsmmuRegime *regime, unsigned size, unsigned leaf)
{
    unsigned n = size - TLB_SIZE_MIN;

    if (!regime->use[n].entries++) {
        msmmu_store_relaxed(&regime->sizes,
                            regime->sizes | UINT32_C(1) << n);
    }
    regime->use[n].leaves |= UINT32_C(1) << (leaf - TLB_SIZE_MIN);
}

/* ---- Insertion; under tlb->lock ---- */

/* An entry that is to be cached, and where. */
typedef struct Newcomer {
    MsmmuRegime *regime;
    TlbEntry entry;
    uint32_t set;
    unsigned own_way;
    uint64_t state;             /* of the set */
} Newcomer;

/* The same address, again. */
static bool replaces(const Newcomer *new, const TlbEntry *other)
{
    return new->entry.key == other->key &&
        regime_has_tag(new->regime, other->tag);
}

static bool is_taken(const MsmmuTlb *tlb, const Newcomer *new, unsigned way)
{
    return new->state & MSMMU_BIT(way) &&
        msmmu_tlb_owner(tlb, &tlb_entries(tlb, new->set)[way]);
}

/*
 * The way in a set with all sorts of entries: that of the same address, its own
 * one, or any that is free. If the set is full, something has to go: but mostly
 * the newcomer. So where more pages are used in turn than there are entries,
 * most of those that are cached stay until their turn comes again.
 */
static unsigned way_among_others(MsmmuTlb *tlb, const Newcomer *new)
{
    const TlbEntry *entries = tlb_entries(tlb, new->set);
    uint64_t ways = msmmu_get(new->state, SET_ASIDE) | MSMMU_BIT(new->own_way);

    for (ways &= new->state; ways; ways &= ways - 1) {
        unsigned way = __builtin_ctzll(ways);

        if (replaces(new, &entries[way])) {
            return way;
        }
    }
    for (unsigned i = 0; i < TLB_WAYS; i++) {
        unsigned way = (new->own_way + i) % TLB_WAYS;

        if (!is_taken(tlb, new, way)) {
            return way;
        }
    }
    tlb->random = tlb->random * 1664525 + 1013904223;
    return (tlb->random >> 24) % INSERTED_WHEN_FULL ? NOWHERE :
           (tlb->random >> 16) % TLB_WAYS;
}

/* Which way it is to take, and what the set is then. */
static unsigned choose_way(MsmmuTlb *tlb, Newcomer *new)
{
    const TlbEntry *entries = tlb_entries(tlb, new->set);
    uint64_t valid = new->state & SET_VALID;
    TlbName *name = &tlb->names[new->set];
    TlbName fitting = tlb_name(&new->entry);

    if (valid && new->state & SET_UNIFORM) {
        if (name->key == fitting.key && name->tag == fitting.tag) {
            return new->own_way;
        }
        if (!msmmu_tlb_owner(tlb, &entries[__builtin_ctzll(valid)])) {
            valid = 0;
        }
    }
    if (!valid) {
        new->state &= SET_SEQUENCE;
        new->state |= SET_UNIFORM;
        *name = fitting;
        return new->own_way;
    }
    new->state &= ~SET_UNIFORM;
    return way_among_others(tlb, new);
}

/* Readers see the entry only when all of it is there. */
static void write_entry(MsmmuTlb *tlb, Newcomer *new, unsigned way)
{
    TlbEntry *entry = &tlb_entries(tlb, new->set)[way];
    uint64_t state = new->state;

    state &= ~(MSMMU_BIT(way) | msmmu_prep(SET_ASIDE, MSMMU_BIT(way)));
    state += SET_SEQUENCE_ONE;
    /* Who reads this relies on the other ways, too. */
    msmmu_store(&tlb->states[new->set], state);
    msmmu_store(&entry->key, new->entry.key);
    msmmu_store(&entry->tag, new->entry.tag);
    msmmu_store(&entry->pa, new->entry.pa);
    msmmu_store(&entry->attr, new->entry.attr);
    state |= MSMMU_BIT(way);
    if (way != new->own_way) {
        state |= msmmu_prep(SET_ASIDE, MSMMU_BIT(way));
    }
    msmmu_store(&tlb->states[new->set], state + SET_SEQUENCE_ONE);
    tlb->occupied[new->set / 64] |= MSMMU_BIT(new->set % 64);
}

static void insert(MsmmuTlb *tlb, MsmmuRegime *regime, const TlbEntry *entry)
{
    unsigned size = entry->key & ENTRY_SIZE;
    uint64_t number = entry->key >> size;
    bool global = entry->pa & ENTRY_GLOBAL;
    uint32_t place = tlb_place(tlb, regime->salt, number, size);
    uint32_t set = place / TLB_WAYS;
    Newcomer new = {
        .regime = regime,
        .entry = {
            .key = entry->key,
            .tag = regime->tag[global ? TAG_GLOBAL : TAG_OF_ASID],
            .pa = entry->pa,
            .attr = entry->attr | msmmu_prep(ENTRY_SLOT, regime->slot),
        },
        .set = set,
        .own_way = place % TLB_WAYS,
        .state = tlb->states[set],
    };
    unsigned way = choose_way(tlb, &new);

    if (way == NOWHERE) {
        return;
    }
    if (new.state & MSMMU_BIT(way)) {
        const TlbEntry *old = &tlb_entries(tlb, set)[way];
        MsmmuRegime *owner = msmmu_tlb_owner(tlb, old);

        if (owner) {
            tlb_uncount(owner, old->key & ENTRY_SIZE, 1);
        }
    }
    write_entry(tlb, &new, way);
    count(regime, size,
          msmmu_granule_level_shift(msmmu_get(entry->pa, ENTRY_GRANULE),
                                    msmmu_get(entry->pa, ENTRY_LEVEL)));
    if (global) {
        msmmu_regime_set_global(regime);
    }
}

/* ---- What walks found ---- */

/* Of the regime, and in the upper half of global entries. */
uint64_t msmmu_tlb_epoch(const Msmmu *m, const MsmmuContext *ctx)
{
    regime_refresh(ctx->regime);
    return tlb_epoch(m->tlb, ctx->regime);
}

uint64_t msmmu_tlb_table_epoch(MsmmuRegime *regime)
{
    regime_refresh(regime);
    return msmmu_load(&regime->epoch);
}

/* Whether something that @entry depends on was invalidated since @epoch. */
static bool overtaken(const MsmmuTlb *tlb, const MsmmuRegime *regime,
                      const TlbEntry *entry, uint64_t epoch)
{
    return regime->epoch != (uint32_t)epoch ||
           (entry->pa & ENTRY_GLOBAL && tlb->global_epoch != epoch >> 32);
}

/* What a mark was about goes with the tags that it has (tlb.h). */
void msmmu_tlb_insert_entry(MsmmuTlb *tlb, MsmmuRegime *regime,
                            const TlbEntry *entry, uint64_t epoch)
{
    g_mutex_lock(&tlb->lock);
    if (regime->users && !overtaken(tlb, regime, entry, epoch)) {
        insert(tlb, regime, entry);
    }
    g_mutex_unlock(&tlb->lock);
}

static void insert_if_valid(MsmmuTlb *tlb, MsmmuRegime *regime,
                            const MsmmuTranslation *t, uint64_t epoch)
{
    if (!t->transient) {
        const TlbEntry entry = tlb_pack(t);

        msmmu_tlb_insert_entry(tlb, regime, &entry, epoch);
    }
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

/* ---- Life ---- */

/*
 * What lookups read is zero memory that costs nothing until it is used; entries
 * begin at cache lines.
 */
void msmmu_tlb_init(Msmmu *m)
{
    MsmmuTlb *tlb = g_new0(MsmmuTlb, 1);
    uint32_t sets = MAX(m->config.tlb_entries / TLB_WAYS, 1);
    const size_t line = 64;

    g_mutex_init(&tlb->lock);
    tlb->set_mask = sets - 1;
    tlb->place_bits = __builtin_ctz(sets) + TLB_WAYS_LOG2;
    tlb->place_mask = sets * TLB_WAYS - 1;
    tlb->memory = g_malloc0((size_t)sets * TLB_WAYS * sizeof(TlbEntry) + line);
    tlb->entries = (TlbEntry *)(((uintptr_t)tlb->memory + line - 1) &
                                ~(uintptr_t)(line - 1));
    tlb->states = g_new0(uint64_t, sets);
    tlb->walks = g_new0(WalkCacheEntry, WALK_CACHE_ENTRIES);
    tlb->occupied = g_new0(uint64_t, (sets + 63) / 64);
    tlb->names = g_new0(TlbName, sets);
    msmmu_regimes_init(tlb);
    m->tlb = tlb;
}

void msmmu_tlb_free(Msmmu *m)
{
    MsmmuTlb *tlb = m->tlb;

    msmmu_regimes_free(tlb);
    g_mutex_clear(&tlb->lock);
    g_free(tlb->names);
    g_free(tlb->occupied);
    g_free(tlb->walks);
    g_free(tlb->states);
    g_free(tlb->memory);
    g_free(tlb);
    m->tlb = NULL;
}
