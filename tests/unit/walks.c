/*
 * One stage of translation alone, without permission checks, for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "walks.h"
#include "spec/vmsa.h"

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
        .contiguous = leaf.descriptor & VMSA_CONTIGUOUS,
        .attributes = msmmu_attributes_stage1(ctx->mair, leaf.descriptor),
    };
    msmmu_stage1_permissions(ctx, ttb, &leaf, out->perms, &out->clean);
    return MSMMU_STATUS_OK;
}
