/*
 * Stage 1: which table base serves a VA, and what its leaf permits, with Direct
 * permissions (IHI 0070 3.4.1, 5.4, 13.4.1; Arm ARM D8.2.4, D8.4.1, D8.4.5,
 * D8.5.2, G5.5.5, G5.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "perm_sets.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

/* ---- The table base ---- */

/* Whether all bits of a 32-bit VA above those that @ttb resolves are @one. */
static bool in_range(const MsmmuTableBase *ttb, uint64_t va, bool one)
{
    uint64_t above = UINT32_MAX & ~msmmu_low_mask(ttb->input_bits);

    return (va & above) == (one ? above : 0);
}

/*
 * The table base that serves a VMSAv8-32 VA, -1 for none: TxSZ decides, even of
 * a half that EPDx disables (Arm ARM G5.5.5; 5.4.1.1). If both sizes are 0 all
 * is TTB0's; if one is 0, its half has all that the other has not; else there
 * may be a gap.
 */
static int select_base_aarch32(const MsmmuContext *ctx, uint64_t va)
{
    bool lower_is_all = ctx->ttb[0].input_bits == VMSA32_VA_BITS;
    bool upper_is_all = ctx->ttb[1].input_bits == VMSA32_VA_BITS;

    if (va & ~msmmu_low_mask(VMSA32_VA_BITS)) {
        return -1;
    }
    if (!lower_is_all && in_range(&ctx->ttb[0], va, false)) {
        return 0;
    }
    if (!upper_is_all && in_range(&ctx->ttb[1], va, true)) {
        return 1;
    }
    return lower_is_all ? 0 : upper_is_all ? 1 : -1;
}

/* The table base that serves @va, NULL and *why for none (3.4.1). */
static const MsmmuTableBase *select_base(const MsmmuContext *ctx, uint64_t va,
                                         const char **why)
{
    int half = ctx->s1.format == MSMMU_AARCH32 ?
               select_base_aarch32(ctx, va) : (int)(va >> 55 & 1);

    if (half < 0) {
        *why = "the VA is outside what CD.T0SZ and T1SZ leave to either base";
        return NULL;
    }
    /* EPDx == 1, and the upper half in worlds that have none (5.4.1.1). */
    if (ctx->ttb[half].disabled) {
        *why = half ? "no walks for the upper half of VAs: CD.EPD1, or a "
                      "StreamWorld that has none" :
                      "no walks for the lower half of VAs: CD.EPD0";
        return NULL;
    }
    return &ctx->ttb[half];
}

/*
 * What the walk resolves of @va. VMSAv8-64: bits above the input size are
 * copies of bit 55, or do not fit; of the upper half, the copies are ones.
 */
static uint64_t walk_input(const MsmmuContext *ctx, const MsmmuTableBase *ttb,
                           uint64_t va)
{
    uint64_t above = ~msmmu_low_mask(ttb->input_bits);

    if (ctx->s1.format == MSMMU_AARCH32) {
        return va & ~above;
    }
    va = msmmu_effective_va(ctx, va);
    return va >> 55 & 1 ? va ^ above : va;
}

MsmmuStatus msmmu_stage1_walk(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuWalk *walk, uint64_t *input,
                              const MsmmuTableBase **ttb, MsmmuFault *fault)
{
    const char *why;
    const MsmmuTableBase *base = select_base(ctx, va, &why);

    if (!base) {
        return msmmu_input_fault(EVT_F_TRANSLATION, why, fault);
    }
    *walk = (MsmmuWalk) {
        .m = m,
        .stage = 1,
        .tables = &ctx->s1,
        .granule = base->granule,
        .input_bits = base->input_bits,
        .first = &base->first,
        .through = ctx->stage2 ? &ctx->s2 : NULL,
        .table_regime = ctx->table_regime,
    };
    *input = walk_input(ctx, base, va);
    *ttb = base;
    return MSMMU_STATUS_OK;
}

/* ---- Permissions ---- */

/* NS-EL2 knows no unprivileged accesses (13.4.1). */
static bool one_privilege(const MsmmuContext *ctx)
{
    return ctx->world == MSMMU_WORLD_NS_EL2;
}

/* Which bits of the tables above a leaf restrict it (Arm ARM Table D8-50). */
static uint64_t hierarchical_bits(const MsmmuContext *ctx,
                                  const MsmmuTableBase *ttb)
{
    if (ttb->hierarchical_off) {
        return 0;
    }
    /* APTable[0] and PXNTable are RES0 where there is one privilege. */
    return one_privilege(ctx) ? VMSA_APTABLE_READ_ONLY | VMSA_UXNTABLE
                              : VMSA_APTABLE | VMSA_XNTABLE;
}

/* UXN is in VMSAv8-32 XN, for both privileges. */
#define NOT_UXN PERM_SET_WITHOUT(MSMMU_LEAF_UXN)
#define NOT_PXN PERM_SET_WITHOUT(MSMMU_LEAF_PXN)

/* WXN of what is @writable (Arm ARM R_FYMXJ, R_SYMMB, G5.6.3.2). */
static PermSet wxn(const MsmmuContext *ctx, PermSet writable)
{
    return ctx->write_execute_never ? writable : 0;
}

/*
 * VMSAv8-64 (Arm ARM Tables D8-65 and D8-66). What is writable unprivileged is
 * never executable privileged (R_VWLLR), so CD.UWXN would have no effect (5.4).
 */
static void execution_aarch64(const MsmmuContext *ctx, PermSets *unpriv,
                              PermSets *priv)
{
    unpriv->exec = NOT_UXN & ~wxn(ctx, unpriv->write);
    priv->exec = NOT_PXN & ~wxn(ctx, priv->write) & ~unpriv->write;
}

/*
 * VMSAv8-32 LPAE: only what is readable is executable, XN is for both
 * privileges, and what is writable unprivileged matters with UWXN only (Arm ARM
 * G5.6.3).
 */
static void execution_aarch32(const MsmmuContext *ctx, PermSets *unpriv,
                              PermSets *priv)
{
    PermSet uwxn = ctx->unpriv_write_execute_never ? unpriv->write : 0;

    unpriv->exec = unpriv->read & NOT_UXN & ~wxn(ctx, unpriv->write);
    priv->exec = NOT_UXN & NOT_PXN & ~wxn(ctx, priv->write) & ~uwxn;
}

/*
 * PAN takes data accesses from the privileged, never execution (Arm ARM
 * R_XTSQH, R_PMTWB; EPAN: R_ZGCNT).
 */
static void privileged_never(const MsmmuContext *ctx, const PermSets *unpriv,
                             PermSets *priv)
{
    PermSet never = unpriv->read | (ctx->enhanced_pan ? NOT_UXN : 0);

    priv->read &= ~never;
    priv->write &= ~never;
}

/* What each kind of leaf, a combination of MSMMU_LEAF_*, permits. */
static void decode_permissions(MsmmuContext *ctx)
{
    PermSets priv = {
        .read = UINT16_MAX,
        .write = PERM_SET_WITHOUT(MSMMU_LEAF_READ_ONLY),
    };
    PermSets unpriv = {
        .read = PERM_SET_WITHOUT(MSMMU_LEAF_NO_UNPRIV),
        .write = priv.write & PERM_SET_WITHOUT(MSMMU_LEAF_NO_UNPRIV),
    };

    if (one_privilege(ctx)) {
        /* XN is in UXN's place, and AP[1] and PXN mean nothing (13.4.1). */
        priv.exec = NOT_UXN & ~wxn(ctx, priv.write);
        unpriv = priv;
    } else if (ctx->s1.format == MSMMU_AARCH32) {
        execution_aarch32(ctx, &unpriv, &priv);
    } else {
        execution_aarch64(ctx, &unpriv, &priv);
    }
    if (!one_privilege(ctx) && ctx->privileged_access_never) {
        privileged_never(ctx, &unpriv, &priv);
    }
    perm_sets_list(&unpriv, &priv, ctx->leaf_perms);
}

/* ---- What follows ---- */

static void prepare_base(const Msmmu *m, const MsmmuContext *ctx,
                         MsmmuTableBase *ttb)
{
    int level = msmmu_granule_start_level(ttb->granule, ttb->input_bits);

    ttb->first = msmmu_first_table(m, &ctx->s1, ttb->granule, level,
                                   ttb->input_bits, ttb->table_pa,
                                   ctx->stage2);
    ttb->hierarchical = hierarchical_bits(ctx, ttb);
}

void msmmu_stage1_prepare(const Msmmu *m, MsmmuContext *ctx)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ctx->ttb); i++) {
        if (!ctx->ttb[i].disabled) {
            prepare_base(m, ctx, &ctx->ttb[i]);
        }
    }
    decode_permissions(ctx);
    for (unsigned i = 0; i < G_N_ELEMENTS(ctx->leaf_types); i++) {
        ctx->leaf_types[i] = msmmu_attributes_stage1_type(ctx, i);
    }
}
