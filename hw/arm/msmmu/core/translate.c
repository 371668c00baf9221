/*
 * The way of a transaction through the SMMU (IHI 0070 3.3.2, 3.4, 3.12, chapter
 * 15): the gate, its configuration, its translation, its end.
 *
 * With a cached configuration and a cached translation, no lock is taken and
 * nothing is allocated. The same way is gone, without consequences, to explain
 * what would come of a transaction: from memory alone, or from what is cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "attributes.h"
#include "counters.h"
#include "hit.h"
#include "names.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/ste.h"

/* Enough walks for any descriptor that is in use to be updated. */
#define ATTEMPTS 1024

/* ---- How it ends ---- */

static MsmmuResult terminated(MsmmuDisposition how)
{
    return (MsmmuResult) { .disposition = how };
}

static bool is_beyond(uint64_t address, unsigned bits)
{
    return address & ~msmmu_low_mask(bits);
}

/* ---- Permissions (13.1.2, 13.1.4, 13.7) ---- */

/*
 * What the device may do, in its own terms: INSTCFG may make data of the
 * instruction fetches that it marks as such, or the reverse.
 */
static uint8_t perms_of_device(const MsmmuContext *ctx, uint8_t perms)
{
    const uint8_t reads = MSMMU_PERM_READ | MSMMU_PERM_EXEC;
    uint8_t read;

    if (G_LIKELY(ctx->inst_cfg == STE_INSTCFG_INCOMING)) {
        return perms;
    }
    read = ctx->inst_cfg == STE_INSTCFG_INST ? MSMMU_PERM_EXEC
                                             : MSMMU_PERM_READ;
    return perms & read ? perms | reads : perms & ~reads;
}

static bool is_permitted(const MsmmuTranslation *t, const MsmmuAccess *access)
{
    return msmmu_access_permitted(access, t->perms);
}

/* ---- Faults (3.12, 5.5, 7.3) ---- */

/*
 * What rules over Translation-related faults: CD.A and CD.R, or STE.S2R. None
 * rules over a stage 1 that does not translate, nor over @ctx == NULL, faults
 * of the configuration, which are complete.
 */
static void rule_over(const MsmmuRequest *rq, const MsmmuContext *ctx,
                      MsmmuTermination *how)
{
    MsmmuFault *fault = &how->fault;
    bool related = msmmu_event_is_translation_related(fault);

    how->abort = true;
    how->recorded = true;
    if (ctx) {
        const MsmmuAccess access = msmmu_access_of(ctx, rq);

        fault->may_merge = ctx->merge_events;
        fault->instruction = access.instruction;
        fault->privileged = access.privileged;
        if (related && fault->stage == 2) {
            how->recorded = ctx->s2_record;
        } else if (related && ctx->stage1) {
            how->recorded = ctx->record;
            how->abort = ctx->abort;
        }
    }
}

/* How a transaction ends that @status, one of those that fail, came of. */
static MsmmuTermination termination(const MsmmuRequest *rq, MsmmuStatus status,
                                    const MsmmuContext *ctx,
                                    const MsmmuFault *fault)
{
    MsmmuTermination how = { .fault = *fault, .abort = true };

    if (status != MSMMU_STATUS_ABORT_SILENT) {
        rule_over(rq, ctx, &how);
    }
    return how;
}

static void tell(MsmmuRecorder *recorder, const MsmmuRequest *rq,
                 const MsmmuTermination *how)
{
    msmmu_step(recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_TERMINATED,
        .request = rq,
        .stage = how->fault.stage,
        .class = how->fault.class,
        .name = how->fault.type ? msmmu_event_name(how->fault.type)
                                : "no event",
        .outcome = how->fault.why ? how->fault.why : "",
    });
}

static MsmmuResult terminate(Msmmu *m, const MsmmuRequest *rq,
                             MsmmuStatus status, const MsmmuContext *ctx,
                             const MsmmuFault *fault, bool gate_open)
{
    MsmmuTermination how = termination(rq, status, ctx, fault);
    MsmmuRecorder *recorder = msmmu_recorder(m, rq);

    if (recorder) {
        tell(recorder, rq, &how);
    }
    if (how.recorded) {
        msmmu_event_record(m, rq, &how.fault);
    }
    if (msmmu_is_counted(rq)) {
        if (m->keeps_explanations) {
            how.explanation =
                msmmu_explanation_new(m, rq, msmmu_counters_take_spare(m));
        }
        msmmu_counters_terminated(m, rq, !gate_open ? NULL : ctx ?
                                  ctx->counters : msmmu_counters_of(m, rq->sid),
                                  &how);
    }
    return terminated(how.abort ? MSMMU_ABORT : MSMMU_RAZ_WI);
}

/* ---- The gate (3.4, 6.3.14) ---- */

/* SMMUEN is 0: no stream has a configuration. OK or ABORT_SILENT. */
static MsmmuStatus bypass_all(const Msmmu *m, const MsmmuRequest *rq,
                              MsmmuFault *fault, MsmmuResult *result)
{
    uint32_t gbpa = msmmu_load(&m->regs.gbpa);
    MsmmuOverrides overrides = {
        .mt_cfg = gbpa & GBPA_MTCFG,
        .mem_attr = msmmu_get(gbpa, GBPA_MEMATTR),
        .alloc_cfg = msmmu_get(gbpa, GBPA_ALLOCCFG),
        .sh_cfg = msmmu_get(gbpa, GBPA_SHCFG),
    };
    MsmmuHit hit;

    if (rq->recorder) {
        msmmu_step(rq->recorder, &(MsmmuStep) {
            .kind = MSMMU_STEP_GATE, .words = 1, .word = { gbpa },
        });
    }
    /* An address that is too large aborts without an event. */
    if (gbpa & GBPA_ABORT || is_beyond(rq->iova, m->config.oas_bits)) {
        *fault = (MsmmuFault) {
            .why = gbpa & GBPA_ABORT ?
                   "CR0.SMMUEN = 0 and GBPA.ABORT = 1" :
                   "CR0.SMMUEN = 0, and the address exceeds the OAS",
        };
        return MSMMU_STATUS_ABORT_SILENT;
    }
    hit = hit_bypass(m, msmmu_attributes_incoming(&overrides));
    *result = hit_result(&hit, rq->iova);
    return MSMMU_STATUS_OK;
}

/* ---- Bypass of one stream (3.4, 13.3) ---- */

static MsmmuStatus bypass_stream(const Msmmu *m, const MsmmuRequest *rq,
                                 const MsmmuContext *ctx, MsmmuFault *fault,
                                 MsmmuResult *result)
{
    MsmmuHit hit;

    if (is_beyond(rq->iova, ctx->bypass_bits)) {
        return msmmu_input_fault(EVT_F_ADDR_SIZE, ctx->bypass_stage1 ?
                                 "the address exceeds the IAS" :
                                 "the address exceeds the OAS", fault);
    }
    hit = hit_bypass(m, ctx->incoming);
    *result = hit_result(&hit, rq->iova);
    return MSMMU_STATUS_OK;
}

/* ---- Translation ---- */

/*
 * CD.E0PDx. Decided before the cache is asked, so that nothing can be learnt
 * of what it holds (Arm ARM R_DDFWH).
 */
static bool prevented(const MsmmuContext *ctx, uint64_t va,
                      const MsmmuAccess *access)
{
    return ctx->stage1 && ctx->ttb[va >> 55 & 1].privileged_only &&
        !access->privileged;
}

static MsmmuStatus prevented_fault(MsmmuFault *fault)
{
    return msmmu_input_fault(EVT_F_TRANSLATION,
                             "unprivileged accesses have no translations here: "
                             "CD.E0PDx", fault);
}

/*
 * What a walk finds. It is cached, unless @rq is a probe. AGAIN: SMMUEN changed
 * midway, or a descriptor did; then *fault is what to report at last.
 */
static MsmmuStatus walk(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                        const MsmmuContext *ctx, const MsmmuAccess *access,
                        MsmmuTranslation *t, MsmmuFault *fault)
{
    MsmmuToldAccess told = msmmu_told(*access, msmmu_recorder(m, rq));
    MsmmuStatus status;
    uint64_t epoch = rq->probe ? 0 : msmmu_tlb_epoch(m, ctx);

    msmmu_step_transaction(told.recorder, rq);
    status = msmmu_translate_stages(m, ctx, rq->iova, &told.access, t, fault);
    /* While SMMUEN is 0, nothing is put into a cache. */
    if (!msmmu_gate_holds(m, gate)) {
        *fault = (MsmmuFault) { 0 };
        return MSMMU_STATUS_AGAIN;
    }
    if (status == MSMMU_STATUS_OK && !rq->probe) {
        msmmu_tlb_insert(m, ctx, t, epoch);
    }
    return status;
}

/*
 * From the TLB, else through the tables. What the TLB does not permit is looked
 * up again, so that the fault says where it arose, and the dirty state is
 * updated. AGAIN: as walk().
 */
static MsmmuStatus look_up(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                           const MsmmuContext *ctx, const MsmmuAccess *access,
                           MsmmuTranslation *t, MsmmuFault *fault)
{
    if (prevented(ctx, rq->iova, access)) {
        return prevented_fault(fault);
    }
    if (msmmu_tlb_lookup(m, ctx, rq->iova, t) && is_permitted(t, access)) {
        return MSMMU_STATUS_OK;
    }
    return walk(m, rq, gate, ctx, access, t, fault);
}

/* A transaction that is not terminated. */
static void count(const MsmmuContext *ctx, const MsmmuRequest *rq)
{
    if (msmmu_is_counted(rq)) {
        msmmu_count(&ctx->counters->transactions);
    }
}

static void forward(const MsmmuRequest *rq, const MsmmuContext *ctx,
                    const MsmmuAccess *access, const MsmmuTranslation *t,
                    MsmmuResult *result)
{
    *result = (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = t->first_pa | (rq->iova & msmmu_low_mask(t->size_log2)),
        .size_log2 = t->size_log2,
        .perms = perms_of_device(ctx, t->perms[access->privileged]),
        .attributes = t->attributes,
    };
}

/* OK: *result is what comes of it. Others as look_up(). */
static MsmmuStatus translate(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                             const MsmmuContext *ctx, MsmmuFault *fault,
                             MsmmuResult *result)
{
    const MsmmuAccess access = msmmu_access_of(ctx, rq);
    MsmmuTranslation t;
    MsmmuStatus status = look_up(m, rq, gate, ctx, &access, &t, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    count(ctx, rq);
    forward(rq, ctx, &access, &t, result);
    return status;
}

/* It was decided by Config: nothing is recorded (5.2). */
static MsmmuStatus aborted_by_config(MsmmuFault *fault)
{
    *fault = (MsmmuFault) {
        .why = "STE.Config = 0b0xx: abort, and record nothing",
    };
    return MSMMU_STATUS_ABORT_SILENT;
}

/*
 * One attempt. OK: *result says what comes of the transaction. FAULT: *fault is
 * complete if *ctx is NULL, else *ctx completes it and rules over it.
 * ABORT_SILENT: *fault says why. AGAIN: something changed before all was read;
 * *fault is what to report when that happens too often, of type 0 if it cannot.
 */
static MsmmuStatus pass(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                        const MsmmuContext **ctx, MsmmuFault *fault,
                        MsmmuResult *result)
{
    MsmmuStatus status;

    if (!msmmu_gate_is_open(gate)) {
        *ctx = NULL;
        return bypass_all(m, rq, fault, result);
    }
    status = msmmu_config_get(m, rq, gate, ctx, fault);

    switch (status) {
    case MSMMU_STATUS_OK:
        status = translate(m, rq, gate, *ctx, fault, result);
        break;
    case MSMMU_STATUS_BYPASS:
        status = bypass_stream(m, rq, *ctx, fault, result);
        if (status == MSMMU_STATUS_OK) {
            count(*ctx, rq);
        }
        return status;
    case MSMMU_STATUS_ABORT_SILENT:
        return *ctx ? aborted_by_config(fault) : status;
    default:
        *ctx = NULL;
        break;
    }
    if (status == MSMMU_STATUS_AGAIN && !msmmu_gate_holds(m, gate)) {
        fault->type = 0;
    }
    return status;
}

/*
 * Whether to begin again, after something changed: always if it was SMMUEN, so
 * often if it was a descriptor.
 */
static bool begins_again(const MsmmuFault *fault, unsigned *left)
{
    *left -= *left > 0;
    return *left || !fault->type;
}

/*
 * 6.3.9.6: a transaction behaves as though SMMUEN did not change midway. Each
 * further attempt needs a further change of it, or of a descriptor just when it
 * was to be updated. Many of those can only be meant to keep this from ending,
 * and count as an external abort of the update (IMPLEMENTATION DEFINED).
 */
MsmmuResult msmmu_translate_in_full(Msmmu *m, const MsmmuRequest *rq)
{
    unsigned left = ATTEMPTS;
    const MsmmuContext *ctx = NULL;
    MsmmuStatus status;
    MsmmuResult result;
    MsmmuFault fault;
    uint32_t gate;

    do {
        gate = msmmu_load(&m->gate);
        fault.type = 0;
        status = pass(m, rq, gate, &ctx, &fault, &result);
    } while (status == MSMMU_STATUS_AGAIN && begins_again(&fault, &left));
    if (status != MSMMU_STATUS_OK) {
        return terminate(m, rq, status, ctx, &fault, msmmu_gate_is_open(gate));
    }
    return result;
}

MsmmuResult msmmu_translate(Msmmu *m, const MsmmuRequest *rq)
{
    const unsigned bucket =
        config_bucket(config_key(rq->sid, rq->ssid, rq->ssid_valid));
    MsmmuHit hit = { .first_pa = 0 };

    return msmmu_hit(m, rq, bucket, true, &hit) || msmmu_miss(m, rq, &hit) ?
           hit_result(&hit, rq->iova) : msmmu_translate_in_full(m, rq);
}

/* ---- Explanations ---- */

/* The configuration as @view finds it, with its regime if the TLB counts. */
static MsmmuStatus view_config(Msmmu *m, const MsmmuRequest *rq,
                               MsmmuView view, MsmmuEnd *end)
{
    const MsmmuContext *cached = view == MSMMU_VIEW_CACHES ?
                                 msmmu_config_peek(m, rq) : NULL;
    MsmmuStatus status;

    end->config_cached = cached;
    if (cached) {
        end->ctx = *cached;
        status = cached->outcome;
    } else {
        status = msmmu_config_read(m, rq, &end->ctx, &end->fault);
        if (status == MSMMU_STATUS_OK && view == MSMMU_VIEW_CACHES) {
            msmmu_tlb_find_regimes(m, &end->ctx);
        }
    }
    end->configured = end->ctx.outcome != MSMMU_STATUS_FAULT;
    return status;
}

static MsmmuStatus view_translation(Msmmu *m, const MsmmuRequest *rq,
                                    uint32_t gate, MsmmuEnd *end)
{
    const MsmmuAccess access = msmmu_access_of(&end->ctx, rq);
    MsmmuTranslation *t = &end->translation;
    MsmmuStatus status = MSMMU_STATUS_OK;

    if (prevented(&end->ctx, rq->iova, &access)) {
        return prevented_fault(&end->fault);
    }
    end->translation_cached = end->ctx.regime &&
        msmmu_tlb_peek(m, &end->ctx, rq->iova, t) && is_permitted(t, &access);
    end->tables_cached = !end->translation_cached && end->ctx.regime &&
        msmmu_quick(m, &end->ctx, rq->iova, &access, true, t);
    if (!end->translation_cached && !end->tables_cached) {
        status = walk(m, rq, gate, &end->ctx, &access, t, &end->fault);
    }
    if (status == MSMMU_STATUS_OK) {
        forward(rq, &end->ctx, &access, t, &end->result);
    }
    return status;
}

static MsmmuStatus view_pass(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                             MsmmuView view, MsmmuEnd *end)
{
    MsmmuStatus status;

    if (!msmmu_gate_is_open(gate)) {
        return bypass_all(m, rq, &end->fault, &end->result);
    }
    status = view_config(m, rq, view, end);
    switch (status) {
    case MSMMU_STATUS_OK:
        return view_translation(m, rq, gate, end);
    case MSMMU_STATUS_BYPASS:
        return bypass_stream(m, rq, &end->ctx, &end->fault, &end->result);
    case MSMMU_STATUS_ABORT_SILENT:
        return end->configured ? aborted_by_config(&end->fault) : status;
    default:
        return status;
    }
}

/* All of two contexts but who uses them, and what follows from the rest. */
static bool is_same_config(const MsmmuContext *a, const MsmmuContext *b)
{
    const size_t first = offsetof(MsmmuContext, sid);

    return !memcmp((const char *)a + first, (const char *)b + first,
                   sizeof(*a) - first);
}

/*
 * Whether all that is cached for @rq is the configuration that @memory has: the
 * caches lead where memory led.
 */
static bool is_as_in_memory(Msmmu *m, const MsmmuRequest *rq,
                            const MsmmuEnd *memory)
{
    const MsmmuContext *cached = msmmu_config_peek(m, rq);
    const MsmmuAccess access = msmmu_access_of(&memory->ctx, rq);
    MsmmuTranslation t;

    return cached && memory->configured &&
        is_same_config(cached, &memory->ctx) && !cached->table_regime &&
        !(cached->regime &&
          (msmmu_tlb_peek(m, cached, rq->iova, &t) ||
           msmmu_quick(m, cached, rq->iova, &access, true, &t)));
}

bool msmmu_translate_view(Msmmu *m, const MsmmuRequest *rq, MsmmuView view,
                          const MsmmuEnd *memory, MsmmuEnd *end)
{
    uint32_t gate = msmmu_load(&m->gate);
    MsmmuStatus status;

    g_assert(rq->probe);
    if (memory && view == MSMMU_VIEW_CACHES && msmmu_gate_is_open(gate) &&
        is_as_in_memory(m, rq, memory)) {
        *end = *memory;
        end->config_cached = true;
        return msmmu_gate_holds(m, gate);
    }
    *end = (MsmmuEnd) { .configured = false };
    status = view_pass(m, rq, gate, view, end);
    if (status == MSMMU_STATUS_AGAIN || !msmmu_gate_holds(m, gate)) {
        return false;
    }
    if (status != MSMMU_STATUS_OK) {
        MsmmuTermination how =
            termination(rq, status, end->configured ? &end->ctx : NULL,
                        &end->fault);

        end->fault = how.fault;
        end->recorded = how.recorded;
        end->result = terminated(how.abort ? MSMMU_ABORT : MSMMU_RAZ_WI);
    }
    return true;
}
