/*
 * STE and CD -> MsmmuContext: the effective values of what a legal structure
 * says (IHI 0070 3.4, 5.2, 5.4, 13.1.4).
 *
 * Nothing is decoded from a structure that is ILLEGAL, so decoding cannot fail.
 * What an instance lacks is RES0 or IGNORED, and what means nothing here is
 * left at zero, so that contexts which translate alike look alike.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "legality.h"
#include "walk.h"

/* ---- The STE ---- */

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
    MsmmuOverrides overrides = { .sh_cfg = STE_SHCFG_INCOMING };

    if (idr1 & IDR1_ATTR_TYPES_OVR) {
        overrides = (MsmmuOverrides) {
            .mt_cfg = ste[1] & STE_MTCFG,
            .mem_attr = msmmu_get(ste[1], STE_MEMATTR),
            .alloc_cfg = msmmu_get(ste[1], STE_ALLOCCFG),
            .sh_cfg = msmmu_get(ste[1], STE_SHCFG),
        };
    }
    if (idr1 & IDR1_ATTR_PERMS_OVR) {
        ctx->priv_cfg = perms_override(ste[1], STE_PRIVCFG);
        ctx->inst_cfg = perms_override(ste[1], STE_INSTCFG);
    }
    ctx->incoming = msmmu_attributes_incoming(&overrides);
}

/* CD.SHx, STE.S2SH0: the Reserved 0b01 behaves as 0b00. */
static uint8_t effective_shareability(unsigned sh)
{
    return sh == VMSA_SH_OUTER || sh == VMSA_SH_INNER ? sh : VMSA_SH_NONE;
}

/*
 * A table base as an address. With 52-bit outputs of VMSAv8-64 bits [5:0] are
 * taken as zero (5.2 S2TTB, 5.4 TTB0). One of VMSAv8-32 LPAE has 40 bits; as a
 * PA it is truncated to a smaller OAS (3.4).
 */
static uint64_t table_address(const Msmmu *m, const MsmmuTables *tables,
                              uint64_t ttb, bool in_ipa_space)
{
    if (tables->format == MSMMU_AARCH64 && tables->output_bits >= 52) {
        ttb &= ~msmmu_low_mask(6);
    }
    if (!in_ipa_space) {
        ttb &= msmmu_low_mask(msmmu_oas_bits(&m->regs));
    }
    return ttb;
}

/* What both stages make of HA, HD, HAFT and AFFD, on this instance. */
static void decode_updates(const Msmmu *m, bool ha, bool hd, bool haft,
                           bool affd, MsmmuTables *tables)
{
    unsigned httu = msmmu_get(m->regs.idr[0], IDR0_HTTU);
    bool aa64 = tables->format == MSMMU_AARCH64;

    tables->update_access = aa64 && ha && httu != IDR0_HTTU_NONE;
    /* HD without HA behaves as 0. */
    tables->update_dirty = tables->update_access && hd &&
                           httu >= IDR0_HTTU_DIRTY;
    tables->update_tables = tables->update_access && haft &&
                            httu == IDR0_HTTU_TABLES;
    /* With HA, AFFD is IGNORED. */
    tables->access_flag_off = affd && !tables->update_access;
}

static void decode_stage2(const Msmmu *m, const uint64_t *ste,
                          MsmmuContext *ctx)
{
    MsmmuSteStage2 fields = msmmu_ste_stage2(&m->regs, ste);
    MsmmuStage2 *s2 = &ctx->s2;

    s2->tables = (MsmmuTables) {
        .format = fields.format,
        .ds = fields.ds,
        .lpa = msmmu_oas_bits(&m->regs) >= 52,
        .big_endian = ste[2] & STE_S2ENDI,
        .output_bits = fields.output_bits,
    };
    decode_updates(m, ste[2] & STE_S2HA, ste[2] & STE_S2HD,
                   ste[2] & STE_S2HAFT, ste[2] & STE_S2AFFD, &s2->tables);
    s2->granule = fields.granule;
    s2->start_level = fields.start_level;
    s2->input_bits = fields.input_bits;
    s2->table_pa = table_address(m, &s2->tables, fields.ttb, false);
    if (fields.ds) {
        s2->shareability =
            effective_shareability(msmmu_get(ste[2], STE_S2SH0));
    }
    /* IGNORED unless stage 1 translates as well. */
    s2->protected_walk = msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_NESTED &&
                         (ste[2] & STE_S2PTW);
    s2->force_write_back = msmmu_get(m->regs.idr[3], IDR3_FWB) &&
                           (ste[1] & STE_S2FWB);
    ctx->s2_record = ste[2] & STE_S2R;
    msmmu_stage2_prepare(m, s2);
}

void msmmu_context_decode_ste(const Msmmu *m, const uint64_t *ste,
                              MsmmuContext *ctx)
{
    decode_overrides(m, ste, ctx);
    ctx->merge_events = ste[1] & STE_MEV;
    ctx->world = stream_world(m, ste);
    if (!msmmu_ste_ignores_s2vmid(&m->regs, ste)) {
        ctx->vmid = msmmu_get(ste[2], STE_S2VMID);
    }
    ctx->stage2 = ste[0] & STE_CONFIG_S2_ENABLED;
    if (ctx->stage2) {
        decode_stage2(m, ste, ctx);
    }
}

/* ---- The CD ---- */

/* HADx and E0PDx of half @x, RES0 where there is no such thing. */
static void decode_half_controls(const Msmmu *m, const uint64_t *cd,
                                 unsigned x, const MsmmuContext *ctx,
                                 MsmmuTableBase *ttb)
{
    uint32_t idr3 = m->regs.idr[3];
    bool aa64 = ctx->s1.format == MSMMU_AARCH64;

    /* VAs of VMSAv8-32 LPAE have no byte to ignore (3.4.1). */
    ttb->top_byte_ignored = aa64 && (cd[0] & (x ? CD_TBI1 : CD_TBI0));
    ttb->hierarchical_off = (idr3 & IDR3_HAD) &&
                            (cd[1 + x] & (x ? CD_HAD1 : CD_HAD0));
    ttb->privileged_only = aa64 && (idr3 & IDR3_E0PD) &&
                           ctx->world != MSMMU_WORLD_NS_EL2 &&
                           (cd[1 + x] & (x ? CD_E0PD1 : CD_E0PD0));
}

static void decode_table_base(const Msmmu *m, const uint64_t *cd, unsigned x,
                              MsmmuContext *ctx)
{
    MsmmuCdHalf half = msmmu_cd_half(&m->regs, ctx->world, cd, x);
    MsmmuTableBase *ttb = &ctx->ttb[x];

    ttb->disabled = half.disabled;
    /*
     * With VMSAv8-32 both sizes say which half serves a VA, even of one that is
     * disabled; T1SZ is RES0 where there is no TTB1 (5.4.1, 5.4.1.1).
     */
    if (ctx->s1.format == MSMMU_AARCH32) {
        ttb->input_bits = ctx->world == MSMMU_WORLD_NS_EL2 && x ?
                          VMSA32_VA_BITS : half.input_bits;
    }
    if (half.disabled) {
        return;
    }
    ttb->granule = half.granule;
    ttb->input_bits = half.input_bits;
    decode_half_controls(m, cd, x, ctx, ttb);
    ttb->table_pa = table_address(m, &ctx->s1, half.ttb, ctx->stage2);
    if (half.ds) {
        ctx->s1.ds = true;
        ttb->shareability =
            effective_shareability(msmmu_get(cd[0], x ? CD_SH1 : CD_SH0));
    }
}

/* WXN, UWXN, PAN and EPAN. */
static void decode_permissions(const Msmmu *m, const uint64_t *cd,
                               MsmmuContext *ctx)
{
    bool aa64 = ctx->s1.format == MSMMU_AARCH64;
    /* EL2 without E2H knows no unprivileged accesses. */
    bool unpriv = ctx->world != MSMMU_WORLD_NS_EL2;

    ctx->write_execute_never = cd[0] & CD_WXN;
    ctx->unpriv_write_execute_never = !aa64 && unpriv && (cd[0] & CD_UWXN);
    ctx->privileged_access_never = unpriv && (cd[0] & CD_PAN);
    ctx->enhanced_pan = aa64 && ctx->privileged_access_never &&
                        msmmu_get(m->regs.idr[3], IDR3_EPAN) &&
                        (cd[1] & CD_EPAN);
}

/*
 * The attributes of table walks (IRx, ORx, SHx), ASET, AMAIR and PBHA have no
 * effect: memory is coherent, and there is no broadcast invalidation. NSCFGx
 * are IGNORED for Non-secure streams.
 */
void msmmu_context_decode_cd(const Msmmu *m, const uint64_t *cd,
                             MsmmuContext *ctx)
{
    MsmmuFormat format = cd[0] & CD_AA64 ? MSMMU_AARCH64 : MSMMU_AARCH32;

    ctx->stage1 = true;
    ctx->asid = ctx->world == MSMMU_WORLD_NS_EL2 ?
                0 : msmmu_get(cd[0], CD_ASID);
    ctx->s1 = (MsmmuTables) {
        .format = format,
        .lpa = msmmu_oas_bits(&m->regs) >= 52,
        .big_endian = cd[0] & CD_ENDI,
        .output_bits = msmmu_pa_range(&m->regs, format,
                                      msmmu_get(cd[0], CD_IPS)),
    };
    decode_updates(m, cd[0] & CD_HA, cd[0] & CD_HD, cd[1] & CD_HAFT,
                   cd[0] & CD_AFFD, &ctx->s1);
    decode_table_base(m, cd, 0, ctx);
    decode_table_base(m, cd, 1, ctx);
    decode_permissions(m, cd, ctx);
    ctx->abort = cd[0] & CD_A;
    ctx->record = cd[0] & CD_R;
    ctx->mair = cd[3];
    msmmu_stage1_prepare(m, ctx);
}

/* ---- Both, for hits ---- */

/* A base that is disabled translates nothing, whatever the top byte is. */
static bool may_ignore_top_byte(const MsmmuTableBase *ttb)
{
    return ttb->disabled || ttb->top_byte_ignored;
}

void msmmu_context_decode_hits(const Msmmu *m, MsmmuContext *ctx)
{
    const MsmmuTableBase *ttb = ctx->ttb;
    bool ignores = may_ignore_top_byte(&ttb[0]) && may_ignore_top_byte(&ttb[1]);
    bool respects = !ttb[0].top_byte_ignored && !ttb[1].top_byte_ignored;

    ctx->direct = ctx->outcome == MSMMU_STATUS_OK && (ignores || respects) &&
                  !ttb[0].privileged_only && !ttb[1].privileged_only &&
                  ctx->priv_cfg == STE_PRIVCFG_INCOMING &&
                  ctx->inst_cfg == STE_INSTCFG_INCOMING;
    ctx->ignores_top_byte = ignores;
    ctx->takes_address_as_is = ctx->direct && !ignores;
    ctx->bypass_bits = ctx->bypass_stage1 ? msmmu_ias_bits(&m->regs)
                                          : m->config.oas_bits;
}
