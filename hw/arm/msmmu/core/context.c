/*
 * The configuration of a transaction: its STE and, where stage 1 translates,
 * its CD, fetched, checked and decoded into an MsmmuContext (IHI 0070 3.3.2,
 * 5.2, 5.4).
 *
 * Faults come in the order of 7.3.22: what makes the STE unusable, then the
 * SubstreamID, then stage 2 for the fetch of the CD, then the CD.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context.h"
#include "counters.h"
#include "spec/evt.h"

/* CD number @index: fetched, checked, decoded. */
static MsmmuStatus configure_stage1(Msmmu *m, const MsmmuRequest *rq,
                                    const uint64_t *ste, uint32_t index,
                                    MsmmuContext *ctx, MsmmuFault *fault)
{
    uint64_t cd[CD_WORDS];
    MsmmuStatus status = msmmu_cd_table_fetch(m, rq, ctx, ste, index, cd,
                                              fault);
    const char *broken;

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    broken = msmmu_cd_broken_rule(&m->regs, ctx->world, ste, cd);
    if (broken) {
        msmmu_counters_refused(m, rq, msmmu_cd_refused_granules(&m->regs,
                                                                ctx->world,
                                                                cd));
        return msmmu_config_fault(EVT_C_BAD_CD, broken, fault);
    }
    msmmu_context_decode_cd(m, cd, ctx);
    return MSMMU_STATUS_OK;
}

/*
 * What a legal STE that lets pass makes of @rq. 5.2 S1DSS: where stage 1 is
 * bypassed, all is as though Config were 0b1x0.
 */
static MsmmuStatus configure(Msmmu *m, const MsmmuRequest *rq,
                             const uint64_t *ste, MsmmuContext *ctx,
                             MsmmuFault *fault)
{
    uint32_t index;
    MsmmuStatus status = msmmu_cd_table_select(&m->regs, ste, rq, &index,
                                               fault);

    if (status == MSMMU_STATUS_FAULT) {
        return status;
    }
    msmmu_context_decode_ste(m, ste, ctx);
    if (status == MSMMU_STATUS_OK) {
        return configure_stage1(m, rq, ste, index, ctx, fault);
    }
    ctx->bypass_stage1 = ste[0] & STE_CONFIG_S1_ENABLED && !ctx->stage2;
    return ctx->stage2 ? MSMMU_STATUS_OK : MSMMU_STATUS_BYPASS;
}

MsmmuStatus msmmu_context_fetch(Msmmu *m, const MsmmuRequest *rq,
                                MsmmuContext *ctx, MsmmuFault *fault)
{
    uint64_t ste[STE_WORDS];
    MsmmuStatus status = msmmu_stream_table_fetch(m, rq->sid, ste,
                                                  rq->recorder, fault);
    const char *broken;

    *ctx = (MsmmuContext) {
        .sid = rq->sid,
        .ssid = rq->ssid_valid ? rq->ssid : 0,
        .ssid_valid = rq->ssid_valid,
        .outcome = MSMMU_STATUS_FAULT,
    };
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    broken = msmmu_ste_broken_rule(&m->regs, ste);
    if (broken) {
        msmmu_counters_refused(m, rq, msmmu_ste_refused_granules(&m->regs,
                                                                 ste));
        return msmmu_config_fault(EVT_C_BAD_STE, broken, fault);
    }
    /* 0b000, and the Reserved 0b0xx, abort silently (5.2). */
    if (!(ste[0] & STE_CONFIG_PASS)) {
        ctx->outcome = MSMMU_STATUS_ABORT_SILENT;
        return ctx->outcome;
    }
    status = configure(m, rq, ste, ctx, fault);
    if (status == MSMMU_STATUS_OK || status == MSMMU_STATUS_BYPASS) {
        ctx->outcome = status;
        msmmu_context_decode_hits(m, ctx);
    } else {
        fault->may_merge = ste[1] & STE_MEV;
    }
    return status;
}
