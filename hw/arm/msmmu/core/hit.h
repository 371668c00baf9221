/*
 * What the caches alone make of a transaction: the way that nearly all of them
 * go, as one function (IHI 0070 3.3.2).
 *
 * Nothing is locked, copied or decoded: an entry of the TLB is used as it is
 * packed. Whatever is not plain, a miss, a fault or an access that an override
 * or CD.E0PDx has a say in, is left to translate.c, which has the whole story.
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

/* In a direct context: false, if it is not cached or not permitted. */
static inline HIT_ALWAYS_INLINE
bool hit_translate(Msmmu *m, const MsmmuContext *ctx, const MsmmuRequest *rq,
                   const bool attributes, MsmmuHit *hit)
{
    const MsmmuAccess access = msmmu_access_incoming(rq);
    TlbHit found = { .key = 0 };
    uint64_t perms;

    if (G_UNLIKELY(!tlb_glance(m->tlb, ctx, hit_input(ctx, rq->iova),
                               attributes, &found))) {
        return false;
    }
    perms = access.privileged ? msmmu_get(found.pa, ENTRY_PERMS_PRIV)
                              : found.pa;
    if (G_UNLIKELY(msmmu_access_needs(&access) & ~perms)) {
        return false;
    }
    *hit = (MsmmuHit) {
        .first_pa = found.pa & ENTRY_ADDRESS,
        .size_log2 = found.size,
        .perms = msmmu_get(perms, ENTRY_PERMS_UNPRIV),
        .attributes = tlb_attributes(&found),
    };
    return true;
}

/*
 * False: ask msmmu_miss(). hit->attributes are found only if they are wanted.
 * @bucket: config_bucket() of config_key().
 */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit(Msmmu *m, const MsmmuRequest *rq, unsigned bucket,
               const bool attributes, MsmmuHit *hit)
{
    const MsmmuContext *ctx;

    if (G_UNLIKELY(!msmmu_gate_is_open(msmmu_load(&m->gate)))) {
        return false;
    }
    ctx = config_find_in(m, bucket,
                         config_key(rq->sid, rq->ssid, rq->ssid_valid));
    if (G_UNLIKELY(!ctx)) {
        return false;
    }
    if (G_LIKELY(ctx->direct)) {
        if (G_UNLIKELY(!hit_translate(m, ctx, rq, attributes, hit))) {
            return false;
        }
    } else if (ctx->outcome == MSMMU_STATUS_BYPASS &&
               !(rq->iova & ~msmmu_low_mask(ctx->bypass_bits))) {
        *hit = hit_bypass(m, ctx->incoming);
    } else {
        return false;
    }
    if (G_LIKELY(msmmu_is_counted(rq))) {
        msmmu_count(&ctx->counters->transactions);
    }
    return true;
}

/* ---- quick.c ---- */

/*
 * What msmmu_hit() leaves over is mostly a miss, and most of those are made
 * here, hit->attributes included. False: all is as it was, and
 * msmmu_translate_in_full() knows what comes of @rq.
 */
bool msmmu_miss(Msmmu *m, const MsmmuRequest *rq, MsmmuHit *hit);

#endif
