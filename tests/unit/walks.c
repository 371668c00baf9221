/*
 * One stage of translation alone, for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "walks.h"
#include "spec/vmsa.h"

MsmmuGranule walks_granule(unsigned kb)
{
    return kb == 4 ? MSMMU_4K : kb == 16 ? MSMMU_16K : MSMMU_64K;
}

static MsmmuTables common(const Tables *t)
{
    return (MsmmuTables) {
        .ds = t->wide && t->kb != 64,
        .lpa = t->wide && t->kb == 64,
        .big_endian = t->big_endian,
        .output_bits = t->wide ? 52 : 48,
    };
}

MsmmuContext walks_context(const Tables *t)
{
    MsmmuTableBase base = {
        .granule = walks_granule(t->kb),
        .input_bits = t->input_bits,
        .table_pa = t->root,
    };

    return (MsmmuContext) {
        .stage1 = true,
        .ttb = { base, base },
        .s1 = common(t),
        .mair = UINT64_C(0xff),
    };
}

MsmmuStage2 walks_stage2(const Tables *t)
{
    return (MsmmuStage2) {
        .tables = common(t),
        .granule = walks_granule(t->kb),
        .start_level = t->start_level,
        .input_bits = t->input_bits,
        .table_pa = t->root,
    };
}

MsmmuStatus walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                        MsmmuTranslation *out, MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    const MsmmuTableBase *ttb;
    MsmmuWalk walk;
    uint64_t input;
    MsmmuLeaf leaf;
    MsmmuStatus status = msmmu_stage1_walk(m, ctx, va, &walk, &input, &ttb,
                                           fault);

    if (status == MSMMU_STATUS_OK) {
        status = msmmu_walk(&walk, input, &leaf, fault);
    }
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    *out = (MsmmuTranslation) {
        .first_va = effective_va >> leaf.size_log2 << leaf.size_log2,
        .first_pa = leaf.address,
        .size_log2 = leaf.size_log2,
        .leaf_level = leaf.level,
        .granule = walk.granule,
        .global = ctx->world == MSMMU_WORLD_NS_EL2 ||
                  !(leaf.descriptor & VMSA_NG),
        .contiguous = leaf.contiguous,
        .attributes = msmmu_attributes_stage1(ctx->mair, leaf.descriptor),
    };
    msmmu_stage1_permissions(ctx, ttb, &leaf, out->perms, &out->clean);
    return MSMMU_STATUS_OK;
}

MsmmuStatus walk_stage2(Msmmu *m, const MsmmuStage2 *s2, uint64_t ipa,
                        MsmmuLeaf *leaf, MsmmuFault *fault)
{
    const MsmmuAccess access = { .privileged = true };
    MsmmuStage2Result result;
    MsmmuStatus status = msmmu_stage2_translate(m, s2, ipa, &access,
                                                MSMMU_CLASS_IN, &result,
                                                fault);

    *leaf = result.leaf;
    return status;
}
