/*
 * Stage 1: which table base serves a VA, and what its leaf permits (IHI 0070
 * 3.4.1, 13.4; Arm ARM D8.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

MsmmuStatus msmmu_stage1_walk(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuWalk *walk, uint64_t *input,
                              const MsmmuTableBase **ttb, MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    bool upper = va >> 55 & 1;
    const MsmmuTableBase *base = &ctx->ttb[upper];

    /* EPDx == 1, and the upper half in worlds that have none (5.4.1.1). */
    if (base->disabled) {
        *fault = (MsmmuFault) {
            .type = EVT_F_TRANSLATION,
            .stage = 1,
            .class = MSMMU_CLASS_IN,
        };
        return MSMMU_STATUS_FAULT;
    }
    *walk = (MsmmuWalk) {
        .m = m,
        .stage = 1,
        .tables = ctx->s1,
        .granule = base->granule,
        .start_level = msmmu_granule_start_level(base->granule,
                                                 base->input_bits),
        .input_bits = base->input_bits,
        .table_address = base->table_pa,
        .through = ctx->stage2 ? &ctx->s2 : NULL,
    };
    /* Bits above the input size are copies of bit 55, or do not fit (3.4.1). */
    *input = effective_va ^ (upper ? ~msmmu_low_mask(base->input_bits) : 0);
    *ttb = base;
    return MSMMU_STATUS_OK;
}

/* ---- Permissions ---- */

/* Which bits of @tables restrict a leaf below them (Arm ARM D8.4.1.2). */
static uint64_t hierarchical_bits(const MsmmuTableBase *ttb, bool one_privilege,
                                  uint64_t tables)
{
    if (ttb->hierarchical_off) {
        return 0;
    }
    /* APTable[0] and PXNTable are RES0 where there is one privilege. */
    if (one_privilege) {
        tables &= ~(VMSA_APTABLE_NO_UNPRIV | VMSA_PXNTABLE);
    }
    return tables;
}

/* Remove execution of what is writable, for WXN. */
static uint8_t without_wx(uint8_t perms)
{
    return perms & MSMMU_PERM_WRITE ? perms & ~MSMMU_PERM_EXEC : perms;
}

/*
 * Arm ARM Tables D8-62 to D8-66, R_XTSQH (PAN) and I_CVRWF (EPAN). CD.UWXN has
 * no effect: with VMSAv8-64, what is writable unprivileged is never executable
 * privileged (IHI 0070 5.4, CD.UWXN).
 */
void msmmu_stage1_permissions(const MsmmuContext *ctx,
                              const MsmmuTableBase *ttb,
                              const MsmmuLeaf *leaf, uint8_t perms[2],
                              bool *clean)
{
    bool one_privilege = ctx->world == MSMMU_WORLD_NS_EL2;
    uint64_t tables = hierarchical_bits(ttb, one_privilege, leaf->tables);
    uint64_t d = leaf->descriptor;
    bool dirtiable = ctx->s1.update_dirty && d & VMSA_DBM;
    bool read_only = (d & VMSA_AP_READ_ONLY && !dirtiable) ||
                     tables & VMSA_APTABLE_READ_ONLY;
    bool for_unpriv = d & VMSA_AP_UNPRIV && !(tables & VMSA_APTABLE_NO_UNPRIV);
    bool uxn = d & VMSA_UXN || tables & VMSA_UXNTABLE;
    bool pxn = d & VMSA_PXN || tables & VMSA_PXNTABLE;
    uint8_t data = MSMMU_PERM_READ | (read_only ? 0 : MSMMU_PERM_WRITE);
    uint8_t unpriv = for_unpriv ? data : 0;
    uint8_t priv = data;

    /* XN is in UXN's place, and AP[1] means nothing (IHI 0070 13.4.1). */
    if (one_privilege ? !uxn : !pxn && !(unpriv & MSMMU_PERM_WRITE)) {
        priv |= MSMMU_PERM_EXEC;
    }
    if (!uxn) {
        unpriv |= MSMMU_PERM_EXEC;
    }
    if (ctx->write_execute_never) {
        priv = without_wx(priv);
        unpriv = without_wx(unpriv);
    }
    if (ctx->privileged_access_never && !one_privilege &&
        (for_unpriv || (ctx->enhanced_pan && unpriv & MSMMU_PERM_EXEC))) {
        priv &= ~(MSMMU_PERM_READ | MSMMU_PERM_WRITE);
    }
    perms[0] = one_privilege ? priv : unpriv;
    perms[1] = priv;
    *clean = dirtiable && d & VMSA_AP_READ_ONLY;
}
