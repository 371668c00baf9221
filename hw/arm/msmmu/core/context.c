/*
 * The configuration of a transaction: its STE and, where stage 1 translates,
 * its CD, fetched, checked and decoded into an MsmmuContext (IHI 0070 3.3.2,
 * 5.2, 5.4).
 *
 * Faults come in the order of 7.3.22: what makes the STE unusable, then the
 * SubstreamID, then stage 2 for the fetch of the CD, then the CD.
 *
 * There are no substreams (IDR1.SSIDSIZE is 0): S1CDMax, S1Fmt and S1DSS are
 * IGNORED, S1ContextPtr points to the one CD of the stream, and a transaction
 * with a SubstreamID is C_BAD_SUBSTREAMID.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context.h"
#include "spec/evt.h"
#include "spec/regs.h"

static MsmmuStatus config_fault(uint8_t type, MsmmuFault *fault)
{
    *fault = (MsmmuFault) { .type = type };
    return MSMMU_STATUS_FAULT;
}

static bool is_translation_related(const MsmmuFault *fault)
{
    return fault->type == EVT_F_TRANSLATION ||
           fault->type == EVT_F_ADDR_SIZE ||
           fault->type == EVT_F_ACCESS ||
           fault->type == EVT_F_PERMISSION;
}

/*
 * Read @words words of a CD or an L1CD at @ipa, little-endian in memory. InD
 * and PnU of an event are the transaction's after the overrides (7.3.12,
 * 7.3.13). ABORT_SILENT: a fault of stage 2 that S2R leaves unrecorded (5.5).
 */
static MsmmuStatus read_cd_words(Msmmu *m, const MsmmuRequest *rq,
                                 const MsmmuContext *ctx, uint64_t ipa,
                                 uint64_t *word, unsigned words,
                                 MsmmuFault *fault)
{
    uint8_t bytes[CD_BYTES];
    MsmmuStatus status =
        msmmu_read_cd_bytes(m, ctx, ipa, bytes, words * sizeof(uint64_t),
                            rq->probe, fault);

    if (status == MSMMU_STATUS_FAULT) {
        const MsmmuAccess access = msmmu_access_of(ctx, rq);

        fault->instruction = access.instruction;
        fault->privileged = access.privileged;
        return is_translation_related(fault) && !ctx->s2_record ?
               MSMMU_STATUS_ABORT_SILENT : status;
    }
    for (unsigned i = 0; status == MSMMU_STATUS_OK && i < words; i++) {
        word[i] = msmmu_load_le64(bytes + i * sizeof(uint64_t));
    }
    return status;
}

/*
 * Fetch the CD, check and decode it. S1ContextPtr is within the OAS or the IAS,
 * or the STE would be ILLEGAL.
 */
static MsmmuStatus configure_stage1(Msmmu *m, const MsmmuRequest *rq,
                                    const uint64_t *ste, MsmmuContext *ctx,
                                    MsmmuFault *fault)
{
    uint64_t cd[CD_WORDS];
    MsmmuStatus status = read_cd_words(m, rq, ctx,
                                       ste[0] & STE_S1CONTEXTPTR, cd,
                                       CD_WORDS, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (msmmu_cd_illegal(&m->regs, ctx->world, ste, cd)) {
        return config_fault(EVT_C_BAD_CD, fault);
    }
    msmmu_context_decode_cd(m, cd, ctx);
    return MSMMU_STATUS_OK;
}

/*
 * What STE.Config makes of the stream, of a legal STE. *configured: nothing
 * stood in the way, and the status is the outcome for all such transactions.
 */
static MsmmuStatus configure(Msmmu *m, const MsmmuRequest *rq,
                             const uint64_t *ste, MsmmuContext *ctx,
                             bool *configured, MsmmuFault *fault)
{
    MsmmuStatus status;

    /* 0b000, and the Reserved 0b0xx, abort silently (5.2). */
    if (!(ste[0] & STE_CONFIG_PASS)) {
        *configured = true;
        return MSMMU_STATUS_ABORT_SILENT;
    }
    if (ctx->ssid_valid) {
        return config_fault(EVT_C_BAD_SUBSTREAMID, fault);
    }
    msmmu_context_decode_ste(m, ste, ctx);
    if (ste[0] & STE_CONFIG_S1_ENABLED) {
        status = configure_stage1(m, rq, ste, ctx, fault);
    } else {
        status = ctx->stage2 ? MSMMU_STATUS_OK : MSMMU_STATUS_BYPASS;
    }
    *configured = status == MSMMU_STATUS_OK || status == MSMMU_STATUS_BYPASS;
    return status;
}

MsmmuStatus msmmu_context_fetch(Msmmu *m, const MsmmuRequest *rq,
                                MsmmuContext *ctx, MsmmuFault *fault)
{
    uint64_t ste[STE_WORDS];
    MsmmuStatus status = msmmu_stream_table_fetch(m, rq->sid, ste, fault);
    bool configured = false;

    *ctx = (MsmmuContext) {
        .sid = rq->sid,
        .ssid = rq->ssid_valid ? rq->ssid : 0,
        .ssid_valid = rq->ssid_valid,
        .outcome = MSMMU_STATUS_FAULT,
    };
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (msmmu_ste_illegal(&m->regs, ste)) {
        return config_fault(EVT_C_BAD_STE, fault);
    }
    status = configure(m, rq, ste, ctx, &configured, fault);
    if (configured) {
        ctx->outcome = status;
    }
    return status;
}
