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

/* Untranslated, as all addresses within the output size are. */
static inline MsmmuResult hit_bypass(const Msmmu *m, uint64_t iova,
                                     MsmmuAttributes attributes)
{
    return (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = iova & msmmu_low_mask(m->config.oas_bits),
        .size_log2 = m->config.oas_bits,
        .perms = MSMMU_PERM_READ | MSMMU_PERM_WRITE | MSMMU_PERM_EXEC,
        .attributes = attributes,
    };
}

/* @iova as the TLB has it, in a direct context. */
static inline uint64_t hit_input(const MsmmuContext *ctx, uint64_t iova)
{
    unsigned bits = ctx->ignored_bits;

    return (uint64_t)((int64_t)(iova << bits) >> bits);
}

/* In a direct context: false, if it is not cached or not permitted. */
static inline HIT_ALWAYS_INLINE
bool hit_translate(Msmmu *m, const MsmmuContext *ctx, const MsmmuRequest *rq,
                   MsmmuResult *result)
{
    const MsmmuAccess access = msmmu_access_incoming(rq);
    TlbHit hit = { .key = 0 };
    unsigned size;
    uint8_t perms;

    if (G_UNLIKELY(!tlb_glance(m->tlb, ctx->regime, hit_input(ctx, rq->iova),
                               &hit))) {
        return false;
    }
    perms = msmmu_get(hit.pa, access.privileged ? ENTRY_PERMS_PRIV
                                                : ENTRY_PERMS_UNPRIV);
    if (G_UNLIKELY(msmmu_access_needs(&access) & ~perms)) {
        return false;
    }
    size = hit.key & ENTRY_SIZE;
    *result = (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = (hit.pa & ENTRY_ADDRESS) | (rq->iova & msmmu_low_mask(size)),
        .size_log2 = size,
        .perms = perms,
        .attributes = tlb_attributes(&hit),
    };
    return true;
}

/* False: msmmu_translate_in_full() knows what comes of @rq. */
static inline HIT_ALWAYS_INLINE
bool msmmu_hit(Msmmu *m, const MsmmuRequest *rq, MsmmuResult *result)
{
    const MsmmuContext *ctx;

    if (G_UNLIKELY(!msmmu_gate_is_open(msmmu_load(&m->gate)))) {
        return false;
    }
    ctx = config_find(m, config_key(rq->sid, rq->ssid, rq->ssid_valid));
    if (G_UNLIKELY(!ctx)) {
        return false;
    }
    if (G_LIKELY(ctx->direct)) {
        if (G_UNLIKELY(!hit_translate(m, ctx, rq, result))) {
            return false;
        }
    } else if (ctx->outcome == MSMMU_STATUS_BYPASS &&
               !(rq->iova & ~msmmu_low_mask(ctx->bypass_bits))) {
        *result = hit_bypass(m, rq->iova, ctx->incoming);
    } else {
        return false;
    }
    if (G_LIKELY(msmmu_is_counted(rq))) {
        msmmu_count(&ctx->counters->transactions);
    }
    return true;
}

#endif
