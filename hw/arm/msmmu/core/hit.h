/*
 * What the caches alone make of a transaction: the way that nearly all of them
 * go, as one function (IHI 0070 3.3.2).
 *
 * Nothing is locked, copied or decoded: an entry of the TLB is used as it is
 * packed. Whatever is not plain, a miss, a fault, an atomic access, or one that
 * an override or CD.E0PDx has a say in, is left to quick.c, and to translate.c,
 * which has the whole story.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_HIT_H
#define MSMMU_CORE_HIT_H

#include "config_lookup.h"
#include "counters.h"
#include "tlb_lookup.h"

#define HIT_ALWAYS_INLINE __attribute__((always_inline))

/* What goes on, and where: as an MsmmuResult, for all of its bytes. */
typedef struct MsmmuHit {
    uint64_t first_pa;
    unsigned size_log2;
    uint8_t perms;
    MsmmuAttributes attributes;
} MsmmuHit;

static inline MsmmuResult hit_result(const MsmmuHit *hit, uint64_t iova)
{
    return (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = hit->first_pa | (iova & msmmu_low_mask(hit->size_log2)),
        .size_log2 = hit->size_log2,
        .perms = hit->perms,
        .attributes = hit->attributes,
    };
}

/* Untranslated, as all addresses within the output size are. */
static inline MsmmuHit hit_bypass(const Msmmu *m, MsmmuAttributes attributes)
{
    return (MsmmuHit) {
        .first_pa = 0,
        .size_log2 = m->config.oas_bits,
        .perms = MSMMU_PERM_READ | MSMMU_PERM_WRITE | MSMMU_PERM_EXEC,
        .attributes = attributes,
    };
}

/* @iova as the TLB has it, in a direct context. */
static inline uint64_t hit_input(const MsmmuContext *ctx, uint64_t iova)
{
    return ctx->ignores_top_byte ? (uint64_t)((int64_t)(iova << 8) >> 8) : iova;
}

/*
 * At @va of a direct context, what is cached with 2^@size bytes. False, if it
 * is not, or does not permit @needs, which is one of MSMMU_PERM_* or nothing,
 * which is never permitted.
 */
static inline HIT_ALWAYS_INLINE
bool hit_of_size(const MsmmuTlb *tlb, const MsmmuContext *ctx,
                 const MsmmuRequest *rq, unsigned needs, uint64_t va,
                 unsigned size, const bool attributes, MsmmuHit *hit)
{
    TlbHit found = { .key = 0 };
    uint64_t perms;

    if (G_UNLIKELY(!tlb_glance(tlb, ctx, va, size, attributes, &found))) {
        return false;
    }
    perms = rq->privileged ? msmmu_get(found.pa, ENTRY_PERMS_PRIV) : found.pa;
    if (G_UNLIKELY(!(perms & needs))) {
        return false;
    }
    *hit = (MsmmuHit) {
        .first_pa = found.pa & ENTRY_ADDRESS,
        .size_log2 = size,
        .perms = msmmu_get(perms, ENTRY_PERMS_UNPRIV),
        .attributes = tlb_attributes(&found),
    };
    if (G_LIKELY(msmmu_is_counted(rq))) {
        msmmu_count(&ctx->counters->transactions);
    }
    return true;
}

/* What decides on @rq; NULL, if that is not cached. */
static inline HIT_ALWAYS_INLINE
const MsmmuContext *msmmu_hit_context(const Msmmu *m, const MsmmuRequest *rq,
                                      unsigned bucket)
{
    return G_LIKELY(msmmu_gate_is_open(msmmu_load(&m->gate))) ?
           config_find_in(m, bucket,
                          config_key(rq->sid, rq->ssid, rq->ssid_valid)) : NULL;
}

/* Whether a page of 4 KiB is to be looked for, which is the most frequent. */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit_is_page(const Msmmu *m, const MsmmuContext *ctx,
                       const MsmmuRequest *rq)
{
    return G_LIKELY(ctx->takes_address_as_is) &&
        G_LIKELY(tlb_hinted_size(m->tlb, ctx, rq->iova) == TLB_SIZE_MIN);
}

/*
 * That: what follows from its size is known to the compiler, and to a processor
 * before it has the hint.
 */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit_page(const Msmmu *m, const MsmmuContext *ctx,
                    const MsmmuRequest *rq, unsigned needs,
                    const bool attributes, MsmmuHit *hit)
{
    return hit_of_size(m->tlb, ctx, rq, needs, rq->iova, TLB_SIZE_MIN,
                       attributes, hit);
}

/* All others, and what is not translated. */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit_other(const Msmmu *m, const MsmmuContext *ctx,
                     const MsmmuRequest *rq, unsigned needs,
                     const bool attributes, MsmmuHit *hit)
{
    if (ctx->direct) {
        const MsmmuTlb *tlb = m->tlb;
        const uint64_t va = hit_input(ctx, rq->iova);
        const unsigned size = tlb_hinted_size(tlb, ctx, va);

        return size && hit_of_size(tlb, ctx, rq, needs, va, size, attributes,
                                   hit);
    }
    if (ctx->outcome != MSMMU_STATUS_BYPASS ||
        rq->iova & ~msmmu_low_mask(ctx->bypass_bits)) {
        return false;
    }
    *hit = hit_bypass(m, ctx->incoming);
    if (G_LIKELY(msmmu_is_counted(rq))) {
        msmmu_count(&ctx->counters->transactions);
    }
    return true;
}

/*
 * False: ask msmmu_miss(). hit->attributes are found only if they are wanted.
 * @bucket: config_bucket() of config_key().
 */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit(const Msmmu *m, const MsmmuRequest *rq, unsigned bucket,
               const bool attributes, MsmmuHit *hit)
{
    const MsmmuContext *ctx = msmmu_hit_context(m, rq, bucket);
    const MsmmuAccess access = msmmu_access_incoming(rq);
    const unsigned needs = access.atomic ? 0 : msmmu_access_needs(&access);

    if (G_UNLIKELY(!ctx)) {
        return false;
    }
    return msmmu_hit_is_page(m, ctx, rq) ?
           msmmu_hit_page(m, ctx, rq, needs, attributes, hit) :
           msmmu_hit_other(m, ctx, rq, needs, attributes, hit);
}

/* ---- quick.c ---- */

/*
 * What msmmu_hit() leaves over is mostly a miss, and most of those are made
 * here, hit->attributes included. False: all is as it was, and
 * msmmu_translate_in_full() knows what comes of @rq.
 */
bool msmmu_miss(Msmmu *m, const MsmmuRequest *rq, MsmmuHit *hit);

#endif
