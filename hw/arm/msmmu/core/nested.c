/*
 * Stage 1, stage 2, and both in combination (IHI 0070 3.3.2, 3.4, 13.1, 13.4;
 * Arm ARM D8.2, D8.4, D8.6).
 *
 * What most translations are, quick.c makes in one go. All others begin anew
 * here, and can tell what is wrong.
 *
 * Faults of stage 1 come before those of stage 2 for its output. The dirty
 * state is updated last, when nothing can fault any more but the updates
 * themselves: a refused write may set Access flags, but makes no page of its
 * own dirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "combine.h"
#include "walk.h"
#include "spec/evt.h"

static void record(const MsmmuWalk *walk, const MsmmuAccess *access,
                   uint64_t va, const MsmmuStage1Result *s1)
{
    uint64_t within = msmmu_low_mask(s1->leaf.size_log2);

    msmmu_step(walk->recorder, &(MsmmuStep) {
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
                                    MsmmuWalk *walk, MsmmuStage1Result *out,
                                    MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    uint64_t input, within;
    MsmmuStatus status = msmmu_stage1_walk(m, ctx, va, walk, &input,
                                           &out->ttb, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    walk->probe = access->probe;
    walk->gate = msmmu_load(&m->gate);
    walk->recorder = msmmu_access_recorder(access);
    status = msmmu_walk(walk, input, &out->leaf, fault);
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    msmmu_stage1_permissions(ctx, out->ttb, &out->leaf, out->perms,
                             &out->clean);
    if (walk->recorder) {
        record(walk, access, va, out);
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
static MsmmuStatus mark_dirty(const MsmmuContext *ctx, const MsmmuWalk *walk,
                              MsmmuStage1Result *s1, MsmmuStage2Result *s2,
                              MsmmuFault *fault)
{
    MsmmuStatus status = MSMMU_STATUS_OK;

    if (ctx->stage1 && s1->clean) {
        status = msmmu_walk_mark_dirty(walk, &s1->leaf, fault);
        s1->clean = false;
    }
    if (status == MSMMU_STATUS_OK && ctx->stage2 && s2->clean) {
        status = msmmu_walk_mark_dirty(&s2->walk, &s2->leaf, fault);
        s2->clean = false;
    }
    return status;
}

static G_GNUC_NO_INLINE
MsmmuStatus translate_stages(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                             const MsmmuAccess *access, MsmmuTranslation *out,
                             MsmmuFault *fault)
{
    MsmmuStage1Result s1;
    MsmmuWalk walk;
    MsmmuStage2Result s2;
    MsmmuStatus status;

    s1.ipa = va;
    status = ctx->stage1 ?
             stage1_translate(m, ctx, va, access, &walk, &s1, fault) :
             check_ipa(m, va, fault);
    if (status == MSMMU_STATUS_OK && ctx->stage2) {
        status = msmmu_stage2_translate(m, &ctx->s2, s1.ipa, access,
                                        MSMMU_CLASS_IN, &s2, fault);
    }
    if (status == MSMMU_STATUS_OK && access->write) {
        status = mark_dirty(ctx, &walk, &s1, &s2, fault);
    }
    if (status == MSMMU_STATUS_OK) {
        combine(m, ctx, s1.ipa, ctx->stage1 ? &s1 : NULL,
                ctx->stage2 ? &s2 : NULL, out);
        count_leaves(ctx, access, ctx->stage1 ? &s1 : NULL,
                     ctx->stage2 ? &s2 : NULL);
    }
    return status;
}

MsmmuStatus msmmu_translate_stages(Msmmu *m, const MsmmuContext *ctx,
                                   uint64_t va, const MsmmuAccess *access,
                                   MsmmuTranslation *out, MsmmuFault *fault)
{
    if (!access->told && msmmu_quick(m, ctx, va, access, false, out)) {
        return MSMMU_STATUS_OK;
    }
    return translate_stages(m, ctx, va, access, out, fault);
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
