/*
 * How a translation is found in the cache (tlb.h), lock-free.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_TLB_LOOKUP_H
#define MSMMU_CORE_TLB_LOOKUP_H

#include "tlb.h"
#include "walk.h"
#include "spec/bits.h"

#define TLB_LOOKUP_ATTEMPTS 8

/* All of a lookup is one function, though it is compiled for each caller. */
#define TLB_ALWAYS_INLINE __attribute__((always_inline))

/* What was found, in the words of the entry: see ENTRY_*. */
typedef struct TlbHit {
    uint64_t key;
    uint64_t size;              /* as in the key */
    uint64_t pa;
    uint64_t attr;
} TlbHit;

static inline TLB_ALWAYS_INLINE
bool tlb_read(const TlbEntry *entry, const MsmmuRegime *regime, TlbHit *hit)
{
    if (msmmu_load(&entry->key) != hit->key ||
        !regime_has_tag(regime, msmmu_load(&entry->tag))) {
        return false;
    }
    hit->pa = msmmu_load(&entry->pa);
    hit->attr = msmmu_load(&entry->attr);
    return true;
}

/* Find hit->key in the set of @place, first there. */
static inline TLB_ALWAYS_INLINE
bool tlb_probe(const MsmmuTlb *tlb, const MsmmuRegime *regime, uint32_t place,
               TlbHit *hit)
{
    const uint32_t set = place / TLB_WAYS;
    const unsigned way = place % TLB_WAYS;
    const TlbEntry *entries = tlb_entries(tlb, set);

    for (unsigned attempt = 0; attempt < TLB_LOOKUP_ATTEMPTS; attempt++) {
        uint64_t state = msmmu_load(&tlb->states[set]);
        bool found = (state & MSMMU_BIT(way)) &&
                     tlb_read(&entries[way], regime, hit);
        uint32_t aside = msmmu_get(state, SET_ASIDE);

        for (; G_UNLIKELY(!found && aside); aside &= aside - 1) {
            found = tlb_read(&entries[__builtin_ctz(aside)], regime, hit);
        }
        if (!found) {
            return false;
        }
        if (G_LIKELY(msmmu_load_relaxed(&tlb->states[set]) == state)) {
            return true;
        }
    }
    return false;
}

/*
 * The size of the last hit near @va, which is to be looked for with
 * tlb_glance(); 0, if tlb_look_up() is to be asked.
 */
static inline TLB_ALWAYS_INLINE
unsigned tlb_hinted_size(const MsmmuTlb *tlb, const MsmmuContext *ctx,
                         uint64_t va)
{
    const MsmmuRegime *regime = ctx->regime;

    if (G_UNLIKELY(msmmu_load(&regime->checked) != msmmu_load(&tlb->marks))) {
        return 0;
    }
    return TLB_SIZE_MIN +
           msmmu_load_relaxed(&regime->last_size[tlb_hint(va)]);
}

/*
 * What is cached of 2^@size bytes around @va, at its own way, not global.
 * False: ask tlb_look_up(). hit->attr is read if @attributes are wanted.
 */
static inline TLB_ALWAYS_INLINE
bool tlb_glance(const MsmmuTlb *tlb, const MsmmuContext *ctx, uint64_t va,
                unsigned size, const bool attributes, TlbHit *hit)
{
    const uint64_t low = ~(~UINT64_C(0) << size);
    const uint32_t place = tlb_place(tlb, ctx->salt, va >> size, size);
    const TlbEntry *entry = &tlb->entries[place];
    const uint64_t *states = &tlb->states[place / TLB_WAYS];
    uint64_t state = msmmu_load(states);

    if (!(state >> place % TLB_WAYS & 1)) {
        return false;
    }
    hit->size = size;
    hit->key = (va | low) - (low - size);
    if (msmmu_load(&entry->key) != hit->key ||
        msmmu_load(&entry->tag) !=
        msmmu_load_relaxed(&ctx->regime->tag[TAG_OF_ASID])) {
        return false;
    }
    hit->pa = msmmu_load(&entry->pa);
    if (attributes) {
        hit->attr = msmmu_load(&entry->attr);
    }
    return msmmu_load_relaxed(states) == state;
}

/*
 * Whether it is clear at first glance that tlb_look_up() would find nothing:
 * all that is cached is of the size of the last hit, and its own way in the set
 * is free, with nothing aside.
 */
static inline TLB_ALWAYS_INLINE
bool tlb_lacks(const MsmmuTlb *tlb, MsmmuRegime *regime, uint64_t va)
{
    uint32_t size, place;
    uint64_t state;

    regime_refresh(regime);
    size = msmmu_load_relaxed(&regime->last_size[tlb_hint(va)]);
    if (msmmu_load_relaxed(&regime->sizes) & ~(UINT32_C(1) << size)) {
        return false;
    }
    size += TLB_SIZE_MIN;
    place = tlb_place(tlb, regime->salt, va >> size, size);
    state = msmmu_load(&tlb->states[place / TLB_WAYS]);
    return !(state & (MSMMU_BIT(place % TLB_WAYS) | SET_ASIDE));
}

/* The size of a hit is tried first by the next lookup, but for a @peek. */
static inline TLB_ALWAYS_INLINE
bool tlb_look_up(const MsmmuTlb *tlb, MsmmuRegime *regime, uint64_t va,
                 const bool peek, TlbHit *hit)
{
    uint8_t *hint = &regime->last_size[tlb_hint(va)];
    unsigned last, n;
    uint32_t sizes;

    regime_refresh(regime);
    sizes = msmmu_load_relaxed(&regime->sizes);
    last = msmmu_load_relaxed(hint);
    for (n = last; sizes; sizes &= ~(UINT32_C(1) << n)) {
        uint64_t number;
        uint32_t place;

        if (G_UNLIKELY(!(sizes >> n & 1))) {
            n = __builtin_ctz(sizes);
        }
        hit->size = TLB_SIZE_MIN + n;
        number = va >> hit->size;
        hit->key = number << hit->size | hit->size;
        place = tlb_place(tlb, regime->salt, number, hit->size);
        if (tlb_probe(tlb, regime, place, hit)) {
            if (!peek && G_UNLIKELY(n != last)) {
                msmmu_store_relaxed(hint, n);
            }
            return true;
        }
    }
    return false;
}

static inline MsmmuAttributes tlb_attributes(const TlbHit *hit)
{
    return (MsmmuAttributes) {
        .memory_type = msmmu_get(hit->attr, ENTRY_MEMORY_TYPE),
        .shareability = msmmu_get(hit->attr, ENTRY_SHAREABILITY),
        .from_device = hit->attr & ENTRY_FROM_DEVICE,
    };
}

static inline TLB_ALWAYS_INLINE
void tlb_unpack(MsmmuTranslation *out, const TlbHit *hit)
{
    uint64_t pa = hit->pa;

    *out = (MsmmuTranslation) {
        .first_va = hit->key & ~ENTRY_SIZE,
        .first_pa = pa & ENTRY_ADDRESS,
        .size_log2 = hit->size,
        .leaf_level = msmmu_get(pa, ENTRY_LEVEL),
        .granule = msmmu_get(pa, ENTRY_GRANULE),
        .global = pa & ENTRY_GLOBAL,
        .contiguous = pa & ENTRY_CONTIGUOUS,
        .perms = {
            msmmu_get(pa, ENTRY_PERMS_UNPRIV),
            msmmu_get(pa, ENTRY_PERMS_PRIV),
        },
        .attributes = tlb_attributes(hit),
    };
}

static inline uint64_t tlb_input(const MsmmuContext *ctx, uint64_t va)
{
    return ctx->stage1 ? msmmu_effective_va(ctx, va) : va;
}

#endif
