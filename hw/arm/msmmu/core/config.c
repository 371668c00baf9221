/*
 * The configuration cache: (StreamID, SubstreamID) -> MsmmuContext (IHI 0070
 * 3.3.3, 3.21.3, 4.3; 16.2.1).
 *
 * A table of chains of contexts, which never change. Any number of threads look
 * up without a lock (config_lookup.h). Chains change under m->lock only; a
 * context that leaves its chain goes to ops->retire, so that who found it may
 * keep on using it. Two further kinds of lists lead to what an invalidation
 * covers: all of a stream, or all that is cached, whichever is shorter. What
 * one stream costs does not depend on what others have.
 *
 * Each invalidation begins a new epoch, and a context is published only in the
 * epoch in which its fetch began. So a context that is found was fetched after
 * the last invalidation that covers it. Structures that could not be fetched
 * and ILLEGAL ones are not cached; 3.21.3 permits that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_lookup.h"
#include "context.h"
#include "counters.h"

/* In one bucket. */
#define CHAIN_MAX 4
/* As many streams as are looked for in the time that a command takes. */
#define STREAMS_PER_COST 32

static uint64_t key_of(const MsmmuRequest *rq)
{
    return config_key(rq->sid, rq->ssid, rq->ssid_valid);
}

/* @e can be found no more. Without m->lock. */
static void let_go(Msmmu *m, MsmmuConfigEntry *e)
{
    if (e->ctx.regime) {
        msmmu_tlb_release(m, &e->ctx);
    }
    m->ops->retire(m->opaque, e);
}

static void let_all_go(Msmmu *m, GQueue *dropped)
{
    GList *link;

    while ((link = g_queue_pop_head_link(dropped))) {
        let_go(m, link->data);
    }
}

/* ---- Lists, under m->lock ------------------------------------------------ */

/* Where the first entry of the stream @sid is, or where it would be put. */
static MsmmuConfigEntry **first_of(MsmmuContextCache *cache, uint32_t sid)
{
    MsmmuConfigEntry **at =
        &cache->streams[config_bucket(config_key(sid, 0, false))];

    while (*at && (*at)->ctx.sid != sid) {
        at = &(*at)->next_stream;
    }
    return at;
}

static GList *list_of(MsmmuContextCache *cache, uint32_t sid)
{
    MsmmuConfigEntry *first = *first_of(cache, sid);

    return first ? &first->of_stream : NULL;
}

/* As the first of its stream. */
static void put_into_stream(MsmmuContextCache *cache, MsmmuConfigEntry *e)
{
    MsmmuConfigEntry **at = first_of(cache, e->ctx.sid), *second = *at;

    e->of_stream = (GList) { .data = e };
    e->next_stream = NULL;
    if (second) {
        e->of_stream.next = &second->of_stream;
        second->of_stream.prev = &e->of_stream;
        e->next_stream = second->next_stream;
    }
    *at = e;
}

static void take_from_stream(MsmmuContextCache *cache, MsmmuConfigEntry *e)
{
    GList *next = e->of_stream.next, *prev = e->of_stream.prev;

    if (next) {
        next->prev = prev;
    }
    if (prev) {
        prev->next = next;
    } else {
        MsmmuConfigEntry **at = first_of(cache, e->ctx.sid);

        *at = e->next_stream;
        if (next) {
            *at = next->data;
            (*at)->next_stream = e->next_stream;
        }
    }
}

static void put_in(MsmmuContextCache *cache, MsmmuConfigEntry *e)
{
    MsmmuConfigEntry **bucket = &cache->buckets[config_bucket(e->key)];

    put_into_stream(cache, e);
    e->of_all = (GList) { .data = e };
    g_queue_push_tail_link(&cache->all, &e->of_all);
    e->next = *bucket;
    msmmu_store(bucket, e);
}

/* From the cache into @dropped. */
static void take_out(MsmmuContextCache *cache, MsmmuConfigEntry *e,
                     GQueue *dropped)
{
    MsmmuConfigEntry **at = &cache->buckets[config_bucket(e->key)];

    while (*at != e) {
        at = &(*at)->next;
    }
    msmmu_store(at, e->next);
    take_from_stream(cache, e);
    g_queue_unlink(&cache->all, &e->of_all);
    g_queue_push_tail_link(dropped, &e->of_all);
}

/* ---- Lookup -------------------------------------------------------------- */

/* What a new entry of @key takes the place of: the same, or the oldest. */
static MsmmuConfigEntry *loser_to(const MsmmuContextCache *cache, uint64_t key)
{
    MsmmuConfigEntry *e = cache->buckets[config_bucket(key)];
    unsigned length = 1;

    while (e && e->key != key && (e->next || length < CHAIN_MAX)) {
        e = e->next;
        length++;
    }
    return e;
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
 * Make @fresh found by others, if nothing was invalidated since @epoch. Either
 * way it stays valid until the caller's translation ends.
 */
static void publish(Msmmu *m, MsmmuConfigEntry *fresh, uint64_t epoch)
{
    MsmmuContextCache *cache = m->contexts;
    MsmmuConfigEntry *loser = NULL;
    GQueue dropped = G_QUEUE_INIT;
    bool published;

    g_mutex_lock(&m->lock);
    published = cache->epoch == epoch;
    if (published) {
        loser = loser_to(cache, fresh->key);
        if (loser) {
            take_out(cache, loser, &dropped);
        }
        put_in(cache, fresh);
    }
    g_mutex_unlock(&m->lock);
    if (!published) {
        let_go(m, fresh);
    }
    let_all_go(m, &dropped);
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
    uint64_t key = key_of(rq);
    MsmmuConfigEntry *fresh;
    MsmmuStatus status;
    uint64_t epoch;

    *ctx = config_find(m, key);
    if (*ctx) {
        return (*ctx)->outcome;
    }
    epoch = msmmu_load(&m->contexts->epoch);
    fresh = g_new(MsmmuConfigEntry, 1);
    fresh->key = key;
    status = fetch(m, rq, &fresh->ctx, fault);
    /* While SMMUEN is 0, nothing is put into a cache (6.3.9.6). */
    if (!msmmu_gate_holds(m, gate)) {
        g_free(fresh);
        return MSMMU_STATUS_AGAIN;
    }
    if (fresh->ctx.outcome == MSMMU_STATUS_FAULT) {
        g_free(fresh);
        return status;
    }
    if (status == MSMMU_STATUS_OK) {
        msmmu_tlb_intern(m, &fresh->ctx);
    }
    *ctx = &fresh->ctx;
    if (may_be_kept(rq, &fresh->ctx)) {
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
    return config_find(m, key_of(rq));
}

/* ---- Invalidation -------------------------------------------------------- */

static void drop_begin(Msmmu *m)
{
    g_mutex_lock(&m->lock);
    msmmu_store(&m->contexts->epoch, m->contexts->epoch + 1);
}

static void drop_end(Msmmu *m, GQueue *dropped)
{
    g_mutex_unlock(&m->lock);
    let_all_go(m, dropped);
}

/* Take out what is in @list for StreamIDs first..last. */
static void drop_from(MsmmuContextCache *cache, GList *list, uint32_t first,
                      uint32_t last, GQueue *dropped)
{
    while (list) {
        MsmmuConfigEntry *e = list->data;

        list = list->next;
        if (e->ctx.sid >= first && e->ctx.sid <= last) {
            take_out(cache, e, dropped);
        }
    }
}

unsigned msmmu_config_drop_cost(Msmmu *m, uint32_t first, uint32_t last)
{
    unsigned cached;

    g_mutex_lock(&m->lock);
    cached = m->contexts->all.length;
    g_mutex_unlock(&m->lock);
    return 1 + MIN(last - first, cached) / STREAMS_PER_COST;
}

void msmmu_config_drop_streams(Msmmu *m, uint32_t first, uint32_t last)
{
    MsmmuContextCache *cache = m->contexts;
    GQueue dropped = G_QUEUE_INIT;

    drop_begin(m);
    if (last - first < cache->all.length) {
        for (uint64_t sid = first; sid <= last; sid++) {
            drop_from(cache, list_of(cache, sid), sid, sid, &dropped);
        }
    } else {
        drop_from(cache, cache->all.head, first, last, &dropped);
    }
    drop_end(m, &dropped);
}

void msmmu_config_drop_all(Msmmu *m)
{
    msmmu_config_drop_streams(m, 0, UINT32_MAX);
}

static void drop_key(MsmmuContextCache *cache, uint64_t key, GQueue *dropped)
{
    MsmmuConfigEntry *e = cache->buckets[config_bucket(key)];

    while (e && e->key != key) {
        e = e->next;
    }
    if (e) {
        take_out(cache, e, dropped);
    }
}

/* Transactions without a SubstreamID may use the CD with index 0 (4.3.3). */
void msmmu_config_drop_substream(Msmmu *m, uint32_t sid, uint32_t ssid)
{
    GQueue dropped = G_QUEUE_INIT;

    drop_begin(m);
    drop_key(m->contexts, config_key(sid, ssid, true), &dropped);
    if (!ssid) {
        drop_key(m->contexts, config_key(sid, 0, false), &dropped);
    }
    drop_end(m, &dropped);
}

/* ---- Life ---------------------------------------------------------------- */

void msmmu_config_init(Msmmu *m)
{
    m->contexts = g_new0(MsmmuContextCache, 1);
}

/* No translation runs any more. Before msmmu_tlb_free(). */
void msmmu_config_free(Msmmu *m)
{
    GList *link;

    while ((link = g_queue_pop_head_link(&m->contexts->all))) {
        MsmmuConfigEntry *e = link->data;

        if (e->ctx.regime) {
            msmmu_tlb_release(m, &e->ctx);
        }
        g_free(e);
    }
    g_free(m->contexts);
}
