/*
 * The short way of a transaction against the full one: see ways.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "hit.h"
#include "walk.h"
#include "ways.h"

/* Such tests have caches no larger than this. */
#define TLB_ENTRIES 256

/* ---- That nothing has changed ---- */

/* All of an instance but its cache of tables, which is no answer, and hints. */
typedef struct State {
    MsmmuRegisters regs;
    MsmmuRecentEvents recent;
    MsmmuStreamCounters counters;
    uint64_t terminations;
    uint64_t tlb_states[TLB_ENTRIES / TLB_WAYS];
    TlbEntry tlb_entries[TLB_ENTRIES];
    unsigned writes;
    unsigned updates;
    unsigned messages;
} State;

static void save(State *state, Fixture *f, uint32_t sid)
{
    const MsmmuTlb *tlb = f->m->tlb;
    const size_t entries = tlb->place_mask + 1;

    memset(state, 0, sizeof(*state));
    g_assert_cmpuint(entries, <=, TLB_ENTRIES);
    memcpy(&state->regs, &f->m->regs, sizeof(state->regs));
    memcpy(&state->recent, &f->m->recent, sizeof(state->recent));
    memcpy(&state->counters, msmmu_counters_of(f->m, sid),
           sizeof(state->counters));
    memcpy(state->tlb_states, tlb->states,
           entries / TLB_WAYS * sizeof(state->tlb_states[0]));
    memcpy(state->tlb_entries, tlb->entries,
           entries * sizeof(state->tlb_entries[0]));
    state->terminations = f->m->counters->terminations;
    state->writes = f->writes;
    state->updates = f->updates;
    state->messages = fixture_message_count(f);
}

static void assert_untouched(const State *before, Fixture *f, uint32_t sid)
{
    State after;

    save(&after, f, sid);
    g_assert_cmpmem(before, sizeof(*before), &after, sizeof(after));
}

/* ---- Memory ---- */

static void note_update(Fixture *f, uint64_t pa)
{
    GArray *updated = f->hook_data;

    g_array_append_val(updated, pa);
}

/* The same words were updated, to the same. */
static void assert_same_updates(const Pair *p, GArray *const updated[PAIR])
{
    g_assert_cmpmem(updated[KEEPS]->data, 8 * updated[KEEPS]->len,
                    updated[WALKS]->data, 8 * updated[WALKS]->len);
    for (unsigned i = 0; i < updated[KEEPS]->len; i++) {
        uint64_t pa = g_array_index(updated[KEEPS], uint64_t, i);

        g_assert_cmphex(fixture_read64(p->f[KEEPS], pa), ==,
                        fixture_read64(p->f[WALKS], pa));
    }
}

/* ---- The full way ---- */

static void ignore(G_GNUC_UNUSED MsmmuRecorder *recorder,
                   G_GNUC_UNUSED const MsmmuStep *step)
{
}

MsmmuRecorder ways_recorder = { .step = ignore };

static MsmmuResult ask_in_full(Fixture *f, MsmmuRequest rq)
{
    pair_forget_translations(f);
    rq.recorder = &ways_recorder;
    return msmmu_translate_in_full(f->m, &rq);
}

/* ---- The short one ---- */

/* What is known of a transaction before it is made. */
typedef struct Prospect {
    const MsmmuContext *ctx;    /* NULL: not cached */
    bool cached;                /* the TLB has it, and permits it */
    bool lacked;                /* the TLB does not, at first glance */
    bool by_table;              /* msmmu_quick() does, by the walk cache */
    bool quick;                 /* by any table */
    MsmmuTranslation t;         /* if any of them */
} Prospect;

/* Asked as a probe, so that it stays so. */
static Prospect look_ahead(Fixture *f, const MsmmuRequest *rq)
{
    Prospect prospect = { .ctx = msmmu_config_peek(f->m, rq) };
    const MsmmuContext *ctx = prospect.ctx;
    MsmmuAccess access;
    State before;

    if (!ctx || !ctx->regime) {
        return prospect;
    }
    access = msmmu_access_of(ctx, rq);
    access.probe = true;
    prospect.cached = msmmu_tlb_peek(f->m, ctx, rq->iova, &prospect.t) &&
        msmmu_access_permitted(&access, prospect.t.perms);
    prospect.lacked = tlb_lacks(f->m->tlb, ctx->regime,
                                hit_input(ctx, rq->iova));
    if (!prospect.cached) {
        save(&before, f, rq->sid);
        prospect.by_table = msmmu_quick(f->m, ctx, rq->iova, &access, true,
                                        &prospect.t);
        prospect.quick = prospect.by_table ||
            msmmu_quick(f->m, ctx, rq->iova, &access, false, &prospect.t);
        assert_untouched(&before, f, rq->sid);
    }
    return prospect;
}

static WaysKind kind_of(const MsmmuContext *ctx, uint64_t iova)
{
    return !ctx->stage1 ? WAYS_STAGE2 : ctx->stage2 ? WAYS_NESTED :
           ctx->ttb[iova >> 55 & 1].granule == MSMMU_4K ? WAYS_PAGES
                                                        : WAYS_STAGE1;
}

/* What was foreseen came true, if it was the short way that was taken. */
static void assert_foreseen(const Prospect *prospect, const MsmmuRequest *rq,
                            bool taken, const MsmmuResult *result)
{
    const MsmmuTranslation *t = &prospect->t;

    if (taken) {
        g_assert_true(prospect->cached || prospect->quick);
        g_assert_true(prospect->cached || !rq->recorder);
        g_assert_false(rq->probe);
        pair_assert_same(result, &(MsmmuResult) {
            .disposition = MSMMU_FORWARD,
            .pa = t->first_pa | (rq->iova & msmmu_low_mask(t->size_log2)),
            .size_log2 = t->size_log2,
            .perms = t->perms[rq->privileged],
            .attributes = t->attributes,
        });
    } else if (prospect->ctx && prospect->ctx->direct && !rq->probe) {
        /* Whoever can be served is. */
        g_assert_false(prospect->cached);
        g_assert_true(!prospect->quick || rq->recorder);
    }
}

/* ---- Both ---- */

/* Of what is counted of walks, leave what came since @before. */
static void leaves_since(MsmmuStreamCounters *now,
                         const MsmmuStreamCounters *before)
{
    uint64_t *to = &now->leaves[0][0][0];
    const uint64_t *from = &before->leaves[0][0][0];
    size_t words = sizeof(now->leaves) / 8;

    for (size_t i = 0; i < words; i++) {
        to[i] -= from[i];
    }
    to = &now->contiguous[0][0][0];
    from = &before->contiguous[0][0][0];
    for (size_t i = 0; i < words; i++) {
        to[i] -= from[i];
    }
}

/*
 * All the same but leaves, which what is cached adds none to. Where the
 * configuration was fetched, nobody knows what the TLB had for it.
 */
static void assert_same_counters(const State before[PAIR],
                                 const Pair *p, uint32_t sid,
                                 const Prospect *prospect)
{
    MsmmuStreamCounters now[PAIR];

    for (unsigned i = 0; i < PAIR; i++) {
        now[i] = *msmmu_counters_of(p->f[i]->m, sid);
        leaves_since(&now[i], &before[i].counters);
    }
    if (!prospect->ctx || prospect->cached) {
        memset(now[WALKS].leaves, 0, sizeof(now[WALKS].leaves));
        memset(now[WALKS].contiguous, 0, sizeof(now[WALKS].contiguous));
    }
    if (!prospect->ctx) {
        memset(now[KEEPS].leaves, 0, sizeof(now[KEEPS].leaves));
        memset(now[KEEPS].contiguous, 0, sizeof(now[KEEPS].contiguous));
    }
    g_assert_cmpmem(&now[KEEPS], sizeof(now[KEEPS]), &now[WALKS],
                    sizeof(now[WALKS]));
}

static Way way_of(const Prospect *prospect, bool taken,
                  const MsmmuResult *result)
{
    if (taken) {
        return prospect->cached ? WAY_TLB :
               prospect->by_table ? WAY_TABLE : WAY_WALK;
    }
    return result->disposition == MSMMU_FORWARD ? WAY_FULL : WAY_REFUSED;
}

/* By the short way if it takes it, else by the full one. */
static MsmmuResult go(Ways *w, Fixture *f, const MsmmuRequest *rq,
                      const State *before, Prospect *prospect)
{
    MsmmuHit hit = { .first_pa = 0 };
    const MsmmuContext *ctx;
    MsmmuResult result;
    bool taken;

    *prospect = look_ahead(f, rq);
    taken = msmmu_miss(f->m, rq, &hit);
    if (taken) {
        result = hit_result(&hit, rq->iova);
    } else {
        assert_untouched(before, f, rq->sid);
        result = msmmu_translate_in_full(f->m, rq);
    }
    assert_foreseen(prospect, rq, taken, &result);
    ctx = msmmu_config_peek(f->m, rq);
    if (ctx && ctx->regime) {
        WaysKind kind = kind_of(ctx, rq->iova);
        Way way = way_of(prospect, taken, &result);

        w->taken[kind][way]++;
        w->glances += kind == WAYS_PAGES && way == WAY_TABLE &&
                      prospect->lacked;
    }
    return result;
}

void ways_compare(Ways *w, Pair *p, const MsmmuRequest *rq)
{
    GArray *updated[PAIR];
    State before[PAIR];
    MsmmuResult expected, result;
    Prospect prospect;

    for (unsigned i = 0; i < PAIR; i++) {
        updated[i] = g_array_new(false, false, sizeof(uint64_t));
        fixture_forget(p->f[i]);
        p->f[i]->on_update = note_update;
        p->f[i]->hook_data = updated[i];
        save(&before[i], p->f[i], rq->sid);
    }
    expected = ask_in_full(p->f[WALKS], *rq);
    result = go(w, p->f[KEEPS], rq, &before[KEEPS], &prospect);
    pair_assert_same(&result, &expected);
    pair_assert_same_events(p);
    assert_same_updates(p, updated);
    assert_same_counters(before, p, rq->sid, &prospect);
    if (updated[KEEPS]->len) {
        w->updates++;
        pair_forget_translations(p->f[KEEPS]);
    }
    for (unsigned i = 0; i < PAIR; i++) {
        g_array_unref(updated[i]);
        fixture_collect(p->f[i]);
    }
}

/* ---- How often ---- */

static const char *const kind_names[] = {
    "stage 1 of 4KB", "stage 1", "stage 2", "nested",
};

void ways_tell(const Ways *w)
{
    for (WaysKind kind = 0; kind < WAYS_KINDS; kind++) {
        const unsigned *taken = w->taken[kind];

        g_test_message("%s: %u TLB, %u walk cache, %u walk, %u full, "
                       "%u terminated", kind_names[kind], taken[WAY_TLB],
                       taken[WAY_TABLE], taken[WAY_WALK], taken[WAY_FULL],
                       taken[WAY_REFUSED]);
    }
    g_test_message("%u after a glance, %u with updates", w->glances,
                   w->updates);
}

unsigned ways_short(const Ways *w)
{
    unsigned sum = 0;

    for (WaysKind kind = 0; kind < WAYS_KINDS; kind++) {
        for (Way way = WAY_TLB; way <= WAY_WALK; way++) {
            sum += w->taken[kind][way];
        }
    }
    return sum;
}

void ways_assert(const Ways *w, unsigned least)
{
    for (WaysKind kind = 0; kind < WAYS_KINDS; kind++) {
        for (Way way = 0; way < WAYS; way++) {
            g_assert_cmpuint(w->taken[kind][way], >=, least);
        }
    }
    g_assert_cmpuint(w->glances, >=, least);
    g_assert_cmpuint(w->updates, >=, least);
}
