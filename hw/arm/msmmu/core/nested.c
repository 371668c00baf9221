/*
 * Stage 1, stage 2, and both in combination (IHI 0070 3.3.2, 3.4, 13.1, 13.4;
 * Arm ARM D8.2, D8.4, D8.6).
 *
 * Faults of stage 1 come before those of stage 2 for its output. The dirty
 * state is updated last, when nothing can fault any more but the updates
 * themselves: a refused write may set Access flags, but makes no page of its
 * own dirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "counters.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/vmsa.h"

/* What stage 1 makes of a VA. */
typedef struct Stage1Result {
    const MsmmuTableBase *ttb;
    MsmmuWalk walk;
    MsmmuLeaf leaf;
    uint64_t ipa;
    uint64_t va;                /* the effective one */
    uint8_t size_log2;          /* of the leaf, as far as @ttb serves it */
    uint8_t perms[2];
    bool clean;
} Stage1Result;

static void record(const MsmmuAccess *access, uint64_t va,
                   const Stage1Result *s1)
{
    uint64_t within = msmmu_low_mask(s1->leaf.size_log2);

    msmmu_step(s1->walk.recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_STAGE,
        .stage = 1,
        .class = MSMMU_CLASS_IN,
        .level = s1->leaf.level,
        .input = va,
        .output = s1->leaf.address | (va & within),
        .size_log2 = s1->leaf.size_log2,
        .perms = { s1->perms[0], s1->perms[1] },
        .needs = msmmu_access_needs(access),
        .privileged = access->privileged,
    });
}

static MsmmuStatus stage1_translate(Msmmu *m, const MsmmuContext *ctx,
                                    uint64_t va, const MsmmuAccess *access,
                                    Stage1Result *out, MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    uint64_t input, within;
    MsmmuStatus status = msmmu_stage1_walk(m, ctx, va, &out->walk, &input,
                                           &out->ttb, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    out->walk.probe = access->probe;
    out->walk.gate = msmmu_load(&m->gate);
    out->walk.recorder = msmmu_access_recorder(access);
    status = msmmu_walk(&out->walk, input, &out->leaf, fault);
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    msmmu_stage1_permissions(ctx, out->ttb, &out->leaf, out->perms,
                             &out->clean);
    if (out->walk.recorder) {
        record(access, va, out);
    }
    if (!msmmu_access_permitted(access, out->perms)) {
        status = msmmu_input_fault(EVT_F_PERMISSION,
                                   "stage 1 does not permit this access",
                                   fault);
        fault->lacks_read = msmmu_access_lacks_read(access, out->perms);
        return status;
    }
    within = msmmu_low_mask(out->leaf.size_log2);
    out->va = effective_va;
    out->ipa = out->leaf.address | (effective_va & within);
    out->size_log2 = MIN(out->leaf.size_log2,
                         msmmu_stage1_border_log2(ctx, out->ttb));
    return MSMMU_STATUS_OK;
}

/* 3.4: what is not translated at stage 1 must fit the IAS. */
static MsmmuStatus check_ipa(const Msmmu *m, uint64_t ipa, MsmmuFault *fault)
{
    if (ipa & ~msmmu_low_mask(msmmu_ias_bits(&m->regs))) {
        return msmmu_input_fault(EVT_F_ADDR_SIZE,
                                 "the address exceeds the IAS", fault);
    }
    return MSMMU_STATUS_OK;
}

/* Updates that were put off: stage 1 first, whose walk is behind stage 2. */
static MsmmuStatus mark_dirty(const MsmmuContext *ctx, Stage1Result *s1,
                              MsmmuStage2Result *s2, MsmmuFault *fault)
{
    MsmmuStatus status = MSMMU_STATUS_OK;

    if (ctx->stage1 && s1->clean) {
        status = msmmu_walk_mark_dirty(&s1->walk, &s1->leaf, fault);
        s1->clean = false;
    }
    if (status == MSMMU_STATUS_OK && ctx->stage2 && s2->clean) {
        status = msmmu_walk_mark_dirty(&s2->walk, &s2->leaf, fault);
        s2->clean = false;
    }
    return status;
}

static void from_stage1(const MsmmuContext *ctx, const Stage1Result *s1,
                        MsmmuTranslation *out)
{
    uint64_t descriptor = s1->leaf.descriptor;
    uint64_t within = msmmu_low_mask(s1->size_log2);

    *out = (MsmmuTranslation) {
        .first_va = s1->va & ~within,
        .first_pa = s1->ipa & ~within,
        .size_log2 = s1->size_log2,
        .leaf_level = s1->leaf.level,
        .granule = s1->walk.granule,
        /* Without ASIDs nG has no effect: all match any ASID (3.17.1). */
        .global = ctx->world == MSMMU_WORLD_NS_EL2 ||
                  !(descriptor & VMSA_NG),
        .contiguous = s1->leaf.contiguous,
        .perms = { s1->perms[0], s1->perms[1] },
        .attributes = msmmu_attributes_stage1(ctx, s1->ttb, descriptor),
    };
}

static void from_stage2(const MsmmuContext *ctx, uint64_t ipa,
                        const MsmmuStage2Result *s2, MsmmuTranslation *out)
{
    *out = (MsmmuTranslation) {
        .first_va = ipa & ~msmmu_low_mask(s2->leaf.size_log2),
        .first_pa = s2->leaf.address,
        .size_log2 = s2->leaf.size_log2,
        .leaf_level = s2->leaf.level,
        .granule = s2->walk.granule,
        .contiguous = s2->leaf.contiguous,
        .perms = { s2->perms[0], s2->perms[1] },
        .attributes = ctx->incoming,
    };
}

/*
 * Narrow @out, of stage 1, to what stage 2 maps alike. Level and granule stay
 * those of the stage 1 leaf: TLBI by VA drops all that came of it.
 */
static void restrict_to_stage2(uint64_t va, const MsmmuStage2Result *s2,
                               MsmmuTranslation *out)
{
    if (s2->leaf.size_log2 < out->size_log2) {
        out->size_log2 = s2->leaf.size_log2;
        out->first_va = va & ~msmmu_low_mask(out->size_log2);
    }
    out->first_pa = s2->pa & ~msmmu_low_mask(out->size_log2);
    out->perms[0] &= s2->perms[0];
    out->perms[1] &= s2->perms[1];
}

/* The first write of what is clean is to walk, and to mark it dirty. */
static void withhold_write(MsmmuTranslation *out)
{
    out->perms[0] &= ~MSMMU_PERM_WRITE;
    out->perms[1] &= ~MSMMU_PERM_WRITE;
}

static void count_leaves(const MsmmuContext *ctx, const Stage1Result *s1,
                         const MsmmuStage2Result *s2)
{
    if (ctx->stage1) {
        msmmu_count_leaf(ctx->counters, 1, s1->walk.granule, s1->leaf.level,
                         s1->leaf.contiguous);
    }
    if (ctx->stage2) {
        msmmu_count_leaf(ctx->counters, 2, s2->walk.granule, s2->leaf.level,
                         s2->leaf.contiguous);
    }
}

MsmmuStatus msmmu_translate_stages(Msmmu *m, const MsmmuContext *ctx,
                                   uint64_t va, const MsmmuAccess *access,
                                   MsmmuTranslation *out, MsmmuFault *fault)
{
    Stage1Result s1;
    MsmmuStage2Result s2;
    MsmmuStatus status;

    s1.ipa = va;
    status = ctx->stage1 ? stage1_translate(m, ctx, va, access, &s1, fault)
                         : check_ipa(m, va, fault);
    if (status == MSMMU_STATUS_OK && ctx->stage2) {
        status = msmmu_stage2_translate(m, &ctx->s2, s1.ipa, access,
                                        MSMMU_CLASS_IN, &s2, fault);
    }
    if (status == MSMMU_STATUS_OK && access->write) {
        status = mark_dirty(ctx, &s1, &s2, fault);
    }
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (ctx->counters && !access->probe) {
        count_leaves(ctx, &s1, &s2);
    }
    if (!ctx->stage1) {
        from_stage2(ctx, s1.ipa, &s2, out);
    } else {
        from_stage1(ctx, &s1, out);
        if (ctx->stage2) {
            restrict_to_stage2(s1.va, &s2, out);
        }
    }
    if ((ctx->stage1 && s1.clean) || (ctx->stage2 && s2.clean)) {
        withhold_write(out);
    }
    out->transient =
        (ctx->stage1 && msmmu_walk_is_transient(&s1.walk, &s1.leaf)) ||
        (ctx->stage2 && msmmu_walk_is_transient(&s2.walk, &s2.leaf));
    if (ctx->stage2) {
        out->attributes = msmmu_attributes_stage2(m, &ctx->s2,
                                                  s2.leaf.descriptor,
                                                  out->attributes);
    }
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_locate_cd(Msmmu *m, const MsmmuContext *ctx,
                            const MsmmuRequest *rq, uint64_t ipa, uint64_t *pa,
                            MsmmuFault *fault)
{
    /* Privileged data (13.1.2), which leaves the dirty state (3.13.3.1). */
    const MsmmuAccess plain = { .privileged = true, .probe = rq->probe };
    const MsmmuToldAccess access = msmmu_told(plain, rq->recorder);
    MsmmuStage2Result s2;
    MsmmuStatus status;

    *pa = ipa;
    if (!ctx->stage2) {
        return MSMMU_STATUS_OK;
    }
    status = msmmu_stage2_translate(m, &ctx->s2, ipa, &access.access,
                                    MSMMU_CLASS_CD, &s2, fault);
    if (status == MSMMU_STATUS_OK) {
        *pa = s2.pa;
    }
    return status;
}
