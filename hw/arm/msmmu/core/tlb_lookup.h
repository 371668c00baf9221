/*
 * How a translation is found in the cache (tlb.c), lock-free.
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
    uint64_t pa;
    uint64_t attr;
} TlbHit;

static inline uint64_t tlb_key(uint64_t va, unsigned size)
{
    return (va & ~msmmu_low_mask(size)) | size;
}

static inline TLB_ALWAYS_INLINE
bool tlb_probe(const TlbSet *set, uint64_t key, uint64_t tags,
               uint64_t *pa, uint64_t *attr)
{
    for (unsigned attempt = 0; attempt < TLB_LOOKUP_ATTEMPTS; attempt++) {
        uint32_t sequence = msmmu_load(&set->sequence);
        bool found = false;

        for (unsigned way = 0; way < TLB_WAYS; way++) {
            uint32_t tag;

            if (msmmu_load(&set->key[way]) != key) {
                continue;
            }
            tag = msmmu_load(&set->tag[way]);
            if (tag == regime_tag(tags, false) ||
                tag == regime_tag(tags, true)) {
                *pa = msmmu_load(&set->pa[way]);
                *attr = msmmu_load(&set->attr[way]);
                found = true;
                break;
            }
        }
        if (!(sequence & 1) && msmmu_load_relaxed(&set->sequence) == sequence) {
            return found;
        }
    }
    return false;
}

/* At first glance: of the size of the last hit. False: ask tlb_look_up(). */
static inline TLB_ALWAYS_INLINE
bool tlb_glance(const MsmmuTlb *tlb, const MsmmuRegime *regime, uint64_t va,
                TlbHit *hit)
{
    uint64_t tags = msmmu_load(&regime->tags);
    unsigned size = msmmu_load_relaxed(&tlb->last_size);
    const TlbSet *set = tlb_set(tlb, regime, va, size);
    unsigned way = 0;
    uint32_t sequence;

    hit->key = (va >> size) << size | size;
    sequence = msmmu_load(&set->sequence);
    if (msmmu_load(&set->key[0]) != hit->key) {
        way = 1;
        if (msmmu_load(&set->key[1]) != hit->key) {
            way = 2;
            if (msmmu_load(&set->key[2]) != hit->key) {
                way = 3;
                if (msmmu_load(&set->key[3]) != hit->key) {
                    return false;
                }
            }
        }
    }
    if (msmmu_load(&set->tag[way]) != regime_tag(tags, false)) {
        return false;
    }
    hit->pa = msmmu_load(&set->pa[way]);
    hit->attr = msmmu_load(&set->attr[way]);
    return !(sequence & 1) && msmmu_load_relaxed(&set->sequence) == sequence;
}

/* The size of a hit is tried first by the next lookup, but for a @peek. */
static inline TLB_ALWAYS_INLINE
bool tlb_look_up(MsmmuTlb *tlb, const MsmmuRegime *regime, uint64_t va,
                 const bool peek, TlbHit *hit)
{
    uint64_t tags = msmmu_load(&regime->tags);
    uint64_t sizes = msmmu_load_relaxed(&tlb->sizes);
    unsigned last = msmmu_load_relaxed(&tlb->last_size);
    unsigned size = last;

    while (sizes) {
        if (!(sizes & MSMMU_BIT(size))) {
            size = __builtin_ctzll(sizes);
        }
        hit->key = tlb_key(va, size);
        if (tlb_probe(tlb_set(tlb, regime, va, size), hit->key, tags, &hit->pa,
                      &hit->attr)) {
            if (!peek && size != last) {
                msmmu_store_relaxed(&tlb->last_size, size);
            }
            /* Another's tags, if the numbers have just started again. */
            return msmmu_load_relaxed(&regime->tags) == tags;
        }
        sizes &= ~MSMMU_BIT(size);
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
        .size_log2 = hit->key & ENTRY_SIZE,
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
