/*
 * The configuration cache: (StreamID, SubstreamID) -> MsmmuContext (IHI 0070
 * 3.3.3, 3.21.3, 4.3; 16.2.1).
 *
 * A set-associative array of pointers to contexts, which never change. Any
 * number of threads look up without a lock. Slots change under m->lock only;
 * a context that leaves its slot goes to ops->retire, so that who found it may
 * keep on using it.
 *
 * Each invalidation begins a new epoch, and a context is published only in the
 * epoch in which its fetch began. So a context that is found was fetched after
 * the last invalidation that covers it. Structures that could not be fetched
 * and ILLEGAL ones are not cached; 3.21.3 permits that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context.h"
#include "counters.h"

#define SETS_LOG2 10
#define SETS (1u << SETS_LOG2)
#define WAYS 4

struct MsmmuContextCache {
    uint64_t epoch;
    MsmmuContext *slot[SETS][WAYS];
    uint8_t victim[SETS];       /* the way to give up next, by set */
};

/*
 * RequesterIDs are dense at both ends, with a few bus numbers, so that folding
 * the upper bits onto the lower ones is hash enough.
 */
static unsigned set_of(uint32_t sid, uint32_t ssid)
{
    uint32_t spread = sid ^ ssid * 0x9e3779b1u;

    return (spread ^ spread >> SETS_LOG2 ^ spread >> (2 * SETS_LOG2)) % SETS;
}

static bool is_for(const MsmmuContext *ctx, uint32_t sid, uint32_t ssid,
                   bool ssid_valid)
{
    return ctx->sid == sid && ctx->ssid == ssid &&
           ctx->ssid_valid == ssid_valid;
}

static const MsmmuContext *lookup(const MsmmuContextCache *cache,
                                  const MsmmuRequest *rq)
{
    uint32_t ssid = rq->ssid_valid ? rq->ssid : 0;
    MsmmuContext *const *ways = cache->slot[set_of(rq->sid, ssid)];

    for (unsigned w = 0; w < WAYS; w++) {
        const MsmmuContext *ctx = msmmu_load(&ways[w]);

        if (ctx && is_for(ctx, rq->sid, ssid, rq->ssid_valid)) {
            return ctx;
        }
    }
    return NULL;
}

/* @ctx is in no slot any more. Without m->lock. */
static void let_go(Msmmu *m, MsmmuContext *ctx)
{
    if (ctx->regime) {
        msmmu_tlb_release(m, ctx);
    }
    m->ops->retire(m->opaque, ctx);
}

/* The slot for @ctx in its set: that of its key, a free one, or a victim. */
static MsmmuContext **slot_for(MsmmuContextCache *cache,
                               const MsmmuContext *ctx)
{
    unsigned set = set_of(ctx->sid, ctx->ssid);
    MsmmuContext **ways = cache->slot[set];
    MsmmuContext **free_slot = NULL;

    for (unsigned w = 0; w < WAYS; w++) {
        if (!ways[w]) {
            free_slot = &ways[w];
        } else if (is_for(ways[w], ctx->sid, ctx->ssid, ctx->ssid_valid)) {
            return &ways[w];
        }
    }
    return free_slot ? free_slot : &ways[cache->victim[set]++ % WAYS];
}

/*
 * Whether the next transaction may go without fetching what @rq has fetched: a
 * probe has left the Access flag of the stage 2 pages alone that hold the CD.
 */
static bool may_be_kept(const MsmmuRequest *rq, const MsmmuContext *ctx)
{
    return !(rq->probe && ctx->stage1 && ctx->stage2 &&
             ctx->s2.tables.update_access);
}

/*
 * Make @ctx found by others, if nothing was invalidated since @epoch. Either
 * way it stays valid until the caller's translation ends.
 */
static void publish(Msmmu *m, MsmmuContext *ctx, uint64_t epoch)
{
    MsmmuContextCache *cache = m->contexts;
    MsmmuContext *loser = ctx;

    g_mutex_lock(&m->lock);
    if (cache->epoch == epoch) {
        MsmmuContext **slot = slot_for(cache, ctx);

        loser = *slot;
        msmmu_store(slot, ctx);
    }
    g_mutex_unlock(&m->lock);
    if (loser) {
        let_go(m, loser);
    }
}

/* Fetch the configuration for @rq, of which the adapter may want to know. */
static MsmmuStatus fetch(Msmmu *m, const MsmmuRequest *rq, MsmmuContext *fresh,
                         MsmmuFault *fault)
{
    MsmmuRequest told = *rq;
    MsmmuStatus status;

    told.recorder = msmmu_recorder(m, rq);
    msmmu_step_transaction(told.recorder, rq);
    status = msmmu_context_fetch(m, &told, fresh, fault);
    fresh->counters = msmmu_counters_of(m, rq->sid);
    return status;
}

MsmmuStatus msmmu_config_get(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                             const MsmmuContext **ctx, MsmmuFault *fault)
{
    MsmmuContext *fresh;
    MsmmuStatus status;
    uint64_t epoch;

    *ctx = lookup(m->contexts, rq);
    if (*ctx) {
        return (*ctx)->outcome;
    }
    epoch = msmmu_load(&m->contexts->epoch);
    fresh = g_new(MsmmuContext, 1);
    status = fetch(m, rq, fresh, fault);
    /* While SMMUEN is 0, nothing is put into a cache (6.3.9.6). */
    if (!msmmu_gate_holds(m, gate)) {
        g_free(fresh);
        return MSMMU_STATUS_AGAIN;
    }
    if (fresh->outcome == MSMMU_STATUS_FAULT) {
        g_free(fresh);
        return status;
    }
    if (status == MSMMU_STATUS_OK) {
        msmmu_tlb_intern(m, fresh);
    }
    *ctx = fresh;
    if (may_be_kept(rq, fresh)) {
        publish(m, fresh, epoch);
    } else {
        let_go(m, fresh);
    }
    return status;
}

MsmmuStatus msmmu_config_read(Msmmu *m, const MsmmuRequest *rq,
                              MsmmuContext *ctx, MsmmuFault *fault)
{
    return msmmu_context_fetch(m, rq, ctx, fault);
}

const MsmmuContext *msmmu_config_peek(Msmmu *m, const MsmmuRequest *rq)
{
    return lookup(m->contexts, rq);
}

/* ---- Invalidation -------------------------------------------------------- */

/* What a CMD_CFGI_* covers. */
typedef struct Scope {
    uint32_t first_sid;
    uint32_t last_sid;
    bool one_cd;                /* of each stream, only CD number @ssid */
    uint32_t ssid;
} Scope;

/*
 * Transactions without a SubstreamID may use the CD with index 0 (4.3.3),
 * which is ctx->ssid then.
 */
static bool covers(const Scope *scope, const MsmmuContext *ctx)
{
    return ctx->sid >= scope->first_sid && ctx->sid <= scope->last_sid &&
           (!scope->one_cd || ctx->ssid == scope->ssid);
}

/*
 * Bounded by the size of the cache, however many StreamIDs are covered. The
 * contexts are looked into under m->lock: while they are in their slots, they
 * are not retired.
 */
static void drop(Msmmu *m, const Scope *scope)
{
    MsmmuContextCache *cache = m->contexts;
    g_autoptr(GPtrArray) dropped = g_ptr_array_new();

    g_mutex_lock(&m->lock);
    msmmu_store(&cache->epoch, cache->epoch + 1);
    for (unsigned set = 0; set < SETS; set++) {
        for (unsigned w = 0; w < WAYS; w++) {
            MsmmuContext *ctx = cache->slot[set][w];

            if (ctx && covers(scope, ctx)) {
                msmmu_store(&cache->slot[set][w], NULL);
                g_ptr_array_add(dropped, ctx);
            }
        }
    }
    g_mutex_unlock(&m->lock);
    for (unsigned i = 0; i < dropped->len; i++) {
        let_go(m, dropped->pdata[i]);
    }
}

void msmmu_config_drop_all(Msmmu *m)
{
    msmmu_config_drop_streams(m, 0, UINT32_MAX);
}

void msmmu_config_drop_streams(Msmmu *m, uint32_t first, uint32_t last)
{
    drop(m, &(Scope) { .first_sid = first, .last_sid = last });
}

void msmmu_config_drop_substream(Msmmu *m, uint32_t sid, uint32_t ssid)
{
    drop(m, &(Scope) {
        .first_sid = sid,
        .last_sid = sid,
        .one_cd = true,
        .ssid = ssid,
    });
}

/* ---- Life ---------------------------------------------------------------- */

void msmmu_config_init(Msmmu *m)
{
    m->contexts = g_new0(MsmmuContextCache, 1);
}

/* No translation runs any more. Before msmmu_tlb_free(). */
void msmmu_config_free(Msmmu *m)
{
    for (unsigned set = 0; set < SETS; set++) {
        for (unsigned w = 0; w < WAYS; w++) {
            MsmmuContext *ctx = m->contexts->slot[set][w];

            if (ctx && ctx->regime) {
                msmmu_tlb_release(m, ctx);
            }
            g_free(ctx);
        }
    }
    g_free(m->contexts);
}
