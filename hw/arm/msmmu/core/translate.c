/*
 * The way of a transaction through the SMMU (IHI 0070 3.3.2, 3.4, 3.12, chapter
 * 15): the gate, its configuration, its translation, its end.
 *
 * With a cached configuration and a cached translation, no lock is taken and
 * nothing is allocated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/ste.h"

/* ---- How it ends ---- */

static MsmmuResult terminated(MsmmuDisposition how)
{
    return (MsmmuResult) { .disposition = how };
}

/* Untranslated, as all addresses within the output size are. */
static MsmmuResult bypassed(const Msmmu *m, const MsmmuRequest *rq,
                            const MsmmuOverrides *overrides)
{
    return (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = rq->iova,
        .size_log2 = m->config.oas_bits,
        .perms = MSMMU_PERM_READ | MSMMU_PERM_WRITE | MSMMU_PERM_EXEC,
        .attributes = msmmu_attributes_incoming(overrides),
    };
}

static bool beyond_output_size(const Msmmu *m, uint64_t pa)
{
    return pa & ~msmmu_low_mask(m->config.oas_bits);
}

/* ---- What kind of access it is (13.1.2, 13.1.4, 13.7) ---- */

/* Writes are data, and stay data. */
static bool is_instruction(const MsmmuContext *ctx, const MsmmuRequest *rq)
{
    if (rq->write) {
        return false;
    }
    return ctx->inst_cfg == STE_INSTCFG_INCOMING ?
        rq->instruction : ctx->inst_cfg == STE_INSTCFG_INST;
}

static bool is_privileged(const MsmmuContext *ctx, const MsmmuRequest *rq)
{
    return ctx->priv_cfg == STE_PRIVCFG_INCOMING ?
        rq->privileged : ctx->priv_cfg == STE_PRIVCFG_PRIV;
}

/*
 * What the device may do, in its own terms: INSTCFG may make data of the
 * instruction fetches that it marks as such, or the reverse.
 */
static uint8_t perms_of_device(const MsmmuContext *ctx, uint8_t perms)
{
    uint8_t result = perms & MSMMU_PERM_WRITE;
    bool read = perms & (ctx->inst_cfg == STE_INSTCFG_INST ?
                         MSMMU_PERM_EXEC : MSMMU_PERM_READ);
    bool exec = perms & (ctx->inst_cfg == STE_INSTCFG_DATA ?
                         MSMMU_PERM_READ : MSMMU_PERM_EXEC);

    return result | (read ? MSMMU_PERM_READ : 0) |
        (exec ? MSMMU_PERM_EXEC : 0);
}

static bool is_permitted(const MsmmuTranslation *t, const MsmmuAccess *access)
{
    return t->perms[access->privileged] & msmmu_access_needs(access) &&
        !(access->write && t->clean);
}

/* ---- Faults (3.12, 5.5, 7.3) ---- */

static bool is_translation_related(const MsmmuFault *fault)
{
    return fault->type == EVT_F_TRANSLATION ||
        fault->type == EVT_F_ADDR_SIZE ||
        fault->type == EVT_F_ACCESS ||
        fault->type == EVT_F_PERMISSION;
}

static void record(Msmmu *m, const MsmmuRequest *rq, const MsmmuContext *ctx,
                   MsmmuFault *fault)
{
    fault->instruction = is_instruction(ctx, rq);
    fault->privileged = is_privileged(ctx, rq);
    msmmu_event_record(m, rq, fault);
}

/* What rules over Translation-related faults: CD.A and CD.R, or STE.S2R. */
static MsmmuResult faulted(Msmmu *m, const MsmmuRequest *rq,
                           const MsmmuContext *ctx, MsmmuFault *fault)
{
    bool abort = true;
    bool recorded = true;

    if (is_translation_related(fault) && fault->stage == 2) {
        recorded = ctx->s2_record;
    } else if (is_translation_related(fault) && ctx->stage1) {
        recorded = ctx->record;
        abort = ctx->abort;
    }
    if (recorded) {
        record(m, rq, ctx, fault);
    }
    return terminated(abort ? MSMMU_ABORT : MSMMU_RAZ_WI);
}

/* ---- The gate (3.4, 6.3.14) ---- */

/* SMMUEN is 0: no stream has a configuration. */
static MsmmuResult bypass_all(const Msmmu *m, const MsmmuRequest *rq)
{
    uint32_t gbpa = msmmu_load(&m->regs.gbpa);
    MsmmuOverrides overrides = {
        .mt_cfg = gbpa & GBPA_MTCFG,
        .mem_attr = msmmu_get(gbpa, GBPA_MEMATTR),
        .alloc_cfg = msmmu_get(gbpa, GBPA_ALLOCCFG),
        .sh_cfg = msmmu_get(gbpa, GBPA_SHCFG),
    };

    /* An address that is too large aborts without an event. */
    if (gbpa & GBPA_ABORT || beyond_output_size(m, rq->iova)) {
        return terminated(MSMMU_ABORT);
    }
    return bypassed(m, rq, &overrides);
}

/* ---- Bypass of one stream (3.4, 13.3) ---- */

static MsmmuOverrides overrides_of(const MsmmuContext *ctx)
{
    return (MsmmuOverrides) {
        .mt_cfg = ctx->mt_cfg,
        .mem_attr = ctx->mem_attr,
        .alloc_cfg = ctx->alloc_cfg,
        .sh_cfg = ctx->sh_cfg,
    };
}

static MsmmuResult bypass_stream(Msmmu *m, const MsmmuRequest *rq,
                                 const MsmmuContext *ctx)
{
    MsmmuOverrides overrides = overrides_of(ctx);

    if (beyond_output_size(m, rq->iova)) {
        MsmmuFault fault = {
            .type = EVT_F_ADDR_SIZE,
            .stage = 1,
            .class = MSMMU_CLASS_IN,
        };

        record(m, rq, ctx, &fault);
        return terminated(MSMMU_ABORT);
    }
    return bypassed(m, rq, &overrides);
}

/* ---- Translation ---- */

/*
 * CD.E0PDx. Decided before the cache is asked, so that nothing can be learnt
 * of what it holds (Arm ARM R_DDFWH).
 */
static bool prevented(const MsmmuContext *ctx, const MsmmuRequest *rq)
{
    return ctx->stage1 && ctx->ttb[rq->iova >> 55 & 1].privileged_only &&
        !is_privileged(ctx, rq);
}

/*
 * From the TLB, else through the tables. What the TLB does not permit is looked
 * up again, so that the fault says where it arose, and the dirty state is
 * updated. AGAIN: SMMUEN or a descriptor changed midway.
 */
static MsmmuStatus look_up(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                           const MsmmuContext *ctx, MsmmuTranslation *t,
                           MsmmuFault *fault)
{
    const MsmmuAccess access = {
        .write = rq->write,
        .instruction = is_instruction(ctx, rq),
        .privileged = is_privileged(ctx, rq),
        .probe = rq->probe,
    };
    MsmmuStatus status;
    uint64_t epoch;

    if (msmmu_tlb_lookup(m, ctx, rq->iova, t) && is_permitted(t, &access)) {
        return MSMMU_STATUS_OK;
    }
    epoch = msmmu_tlb_epoch(m, ctx);
    status = msmmu_translate_stages(m, ctx, rq->iova, &access, t, fault);
    /* While SMMUEN is 0, nothing is put into a cache. */
    if (!msmmu_gate_holds(m, gate)) {
        return MSMMU_STATUS_AGAIN;
    }
    if (status == MSMMU_STATUS_OK && !rq->probe) {
        msmmu_tlb_insert(m, ctx, t, epoch);
    }
    return status;
}

/* False: something changed midway, so that nothing was found. */
static bool translate(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                      const MsmmuContext *ctx, MsmmuResult *result)
{
    MsmmuTranslation t;
    MsmmuFault fault;
    MsmmuStatus status = MSMMU_STATUS_FAULT;
    uint8_t perms;

    if (prevented(ctx, rq)) {
        fault = (MsmmuFault) {
            .type = EVT_F_TRANSLATION,
            .stage = 1,
            .class = MSMMU_CLASS_IN,
        };
    } else {
        status = look_up(m, rq, gate, ctx, &t, &fault);
    }
    if (status == MSMMU_STATUS_FAULT) {
        *result = faulted(m, rq, ctx, &fault);
    }
    if (status != MSMMU_STATUS_OK) {
        return status == MSMMU_STATUS_FAULT;
    }
    perms = t.perms[is_privileged(ctx, rq)];
    if (t.clean) {
        perms &= ~MSMMU_PERM_WRITE;
    }
    perms = perms_of_device(ctx, perms);
    if (ctx->alloc_cfg) {
        MsmmuOverrides overrides = overrides_of(ctx);

        t.attributes = msmmu_attributes_combine(&overrides, t.attributes);
    }
    *result = (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = t.first_pa | (rq->iova & msmmu_low_mask(t.size_log2)),
        .size_log2 = t.size_log2,
        .perms = perms,
        .attributes = t.attributes,
    };
    return true;
}

/* One attempt. False: something changed before all was read, to no effect. */
static bool pass(Msmmu *m, const MsmmuRequest *rq, MsmmuResult *result)
{
    uint32_t gate = msmmu_load(&m->gate);
    const MsmmuContext *ctx;
    MsmmuFault fault;

    if (!msmmu_gate_is_open(gate)) {
        *result = bypass_all(m, rq);
        return true;
    }
    switch (msmmu_config_get(m, rq, gate, &ctx, &fault)) {
    case MSMMU_STATUS_OK:
        return translate(m, rq, gate, ctx, result);
    case MSMMU_STATUS_BYPASS:
        *result = bypass_stream(m, rq, ctx);
        return true;
    case MSMMU_STATUS_ABORT_SILENT:
        *result = terminated(MSMMU_ABORT);
        return true;
    case MSMMU_STATUS_FAULT:
        msmmu_event_record(m, rq, &fault);
        *result = terminated(MSMMU_ABORT);
        return true;
    case MSMMU_STATUS_AGAIN:
        break;
    }
    return false;
}

/*
 * 6.3.9.6: a transaction behaves as though SMMUEN did not change midway. Each
 * further attempt needs a further change.
 */
MsmmuResult msmmu_translate(Msmmu *m, const MsmmuRequest *rq)
{
    MsmmuResult result;

    while (!pass(m, rq, &result)) {
        continue;
    }
    return result;
}
