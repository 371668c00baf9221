/*
 * The configuration of a transaction: its STE and, where stage 1 translates,
 * its CD, fetched, checked and decoded into an MsmmuContext (IHI 0070 3.3.2,
 * 5.2, 5.4).
 *
 * Faults come in the order of 7.3.22: what makes the STE unusable, then the
 * SubstreamID, then the CD. Nothing is decoded from a structure that is
 * ILLEGAL, so decoding cannot fail.
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

/*
 * 5.2 STE.STRW, of a legal STE. Where the field is RES0 or IGNORED, the world
 * is NS-EL1.
 */
static MsmmuWorld stream_world(const Msmmu *m, const uint64_t *ste)
{
    if (!msmmu_get(m->regs.idr[0], IDR0_HYP) ||
        msmmu_get(ste[0], STE_CONFIG) != STE_CONFIG_S1 ||
        msmmu_get(ste[1], STE_STRW) != STE_STRW_EL2) {
        return MSMMU_WORLD_NS_EL1;
    }
    return msmmu_load(&m->regs.cr2) & CR2_E2H ?
           MSMMU_WORLD_NS_EL2_E2H : MSMMU_WORLD_NS_EL2;
}

/* PRIVCFG and INSTCFG: the Reserved 0b01 behaves as 0b00, use incoming. */
static uint8_t perms_override(uint64_t ste_word, uint64_t mask)
{
    unsigned cfg = msmmu_get(ste_word, mask);

    return cfg == STE_PRIVCFG_RESERVED ? STE_PRIVCFG_INCOMING : cfg;
}

/*
 * The overrides of the transaction's attributes (13.1.4), which RES0 fields
 * leave alone. IMPLEMENTATION DEFINED: they apply to PCIe devices as well.
 */
static void decode_overrides(const Msmmu *m, const uint64_t *ste,
                             MsmmuContext *ctx)
{
    uint32_t idr1 = m->regs.idr[1];

    ctx->sh_cfg = STE_SHCFG_INCOMING;
    if (idr1 & IDR1_ATTR_TYPES_OVR) {
        ctx->mt_cfg = ste[1] & STE_MTCFG;
        ctx->mem_attr = msmmu_get(ste[1], STE_MEMATTR);
        ctx->alloc_cfg = msmmu_get(ste[1], STE_ALLOCCFG);
        ctx->sh_cfg = msmmu_get(ste[1], STE_SHCFG);
    }
    if (idr1 & IDR1_ATTR_PERMS_OVR) {
        ctx->priv_cfg = perms_override(ste[1], STE_PRIVCFG);
        ctx->inst_cfg = perms_override(ste[1], STE_INSTCFG);
    }
}

static void decode_table_base(const Msmmu *m, const uint64_t *cd, unsigned x,
                              MsmmuContext *ctx)
{
    MsmmuCdHalf half = msmmu_cd_half(&m->regs, ctx->world, cd, x);
    MsmmuTableBase *ttb = &ctx->ttb[x];

    ttb->disabled = half.disabled;
    if (!half.disabled) {
        ttb->granule = half.granule;
        ttb->input_bits = 64 - half.txsz;
        ttb->top_byte_ignored = half.tbi;
        ttb->hierarchical_off = half.had;
        ttb->privileged_only = half.e0pd;
        ttb->table_pa = half.ttb;
    }
}

/*
 * A legal CD. The attributes of table walks (IRx, ORx, SHx), ASET, AMAIR and
 * PBHA have no effect: memory is coherent, and there is no broadcast
 * invalidation. UWXN is IGNORED with VMSAv8-64, NSCFGx for Non-secure streams.
 */
static void decode_cd(const Msmmu *m, const uint64_t *cd, MsmmuContext *ctx)
{
    ctx->asid = ctx->world == MSMMU_WORLD_NS_EL2 ?
                0 : msmmu_get(cd[0], CD_ASID);
    decode_table_base(m, cd, 0, ctx);
    decode_table_base(m, cd, 1, ctx);
    ctx->s1.output_bits = msmmu_output_bits(&m->regs,
                                            msmmu_get(cd[0], CD_IPS));
    ctx->s1.big_endian = cd[0] & CD_ENDI;
    ctx->s1.access_flag_off = cd[0] & CD_AFFD;
    ctx->write_execute_never = cd[0] & CD_WXN;
    /* EL2 without E2H knows no unprivileged accesses. */
    ctx->privileged_access_never = ctx->world != MSMMU_WORLD_NS_EL2 &&
                                   (cd[0] & CD_PAN);
    ctx->enhanced_pan = ctx->privileged_access_never &&
                        msmmu_get(m->regs.idr[3], IDR3_EPAN) &&
                        (cd[1] & CD_EPAN);
    ctx->abort = cd[0] & CD_A;
    ctx->record = cd[0] & CD_R;
    ctx->mair = cd[3];
}

/*
 * Fetch the CD, check and decode it. S1ContextPtr is within the OAS, or the
 * STE would be ILLEGAL, so the fetch cannot be out of range.
 */
static MsmmuStatus configure_stage1(Msmmu *m, const uint64_t *ste,
                                    MsmmuContext *ctx, MsmmuFault *fault)
{
    uint64_t cd_pa = ste[0] & STE_S1CONTEXTPTR;
    uint64_t cd[CD_WORDS];

    if (!msmmu_read_structure(m, cd_pa, cd, CD_WORDS)) {
        *fault = (MsmmuFault) {
            .type = EVT_F_CD_FETCH,
            .fetch_address = cd_pa,
        };
        return MSMMU_STATUS_FAULT;
    }
    if (msmmu_cd_illegal(&m->regs, ctx->world, ste, cd)) {
        return config_fault(EVT_C_BAD_CD, fault);
    }
    ctx->stage1 = true;
    decode_cd(m, cd, ctx);
    return MSMMU_STATUS_OK;
}

/* What STE.Config makes of the stream, of a legal STE. */
static MsmmuStatus configure(Msmmu *m, const uint64_t *ste,
                             MsmmuContext *ctx, MsmmuFault *fault)
{
    /* 0b000, and the Reserved 0b0xx, abort silently (5.2). */
    if (!(ste[0] & STE_CONFIG_PASS)) {
        return MSMMU_STATUS_ABORT_SILENT;
    }
    /* No instance has stage 2 or substreams (IDR0.S2P, IDR1.SSIDSIZE). */
    g_assert(!(ste[0] & STE_CONFIG_S2_ENABLED));
    if (ctx->ssid_valid) {
        return config_fault(EVT_C_BAD_SUBSTREAMID, fault);
    }
    decode_overrides(m, ste, ctx);
    ctx->world = stream_world(m, ste);
    return ste[0] & STE_CONFIG_S1_ENABLED ?
           configure_stage1(m, ste, ctx, fault) : MSMMU_STATUS_BYPASS;
}

MsmmuStatus msmmu_context_fetch(Msmmu *m, const MsmmuRequest *rq,
                                MsmmuContext *ctx, MsmmuFault *fault)
{
    uint64_t ste[STE_WORDS];
    MsmmuStatus status = msmmu_stream_table_fetch(m, rq->sid, ste, fault);

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
    ctx->outcome = configure(m, ste, ctx, fault);
    return ctx->outcome;
}
