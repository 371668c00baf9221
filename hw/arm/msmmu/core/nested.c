/*
 * Stage 1, stage 2, and both in combination (IHI 0070 3.3.2, 3.4, 13.1, 13.4;
 * Arm ARM D8.2, D8.4, D8.6).
 *
 * Most translations find leaves that permit them in plain tables, and nothing
 * is to be updated: those are made by one function that asks no more than that.
 * All else is left to another that begins anew, and can tell what is wrong.
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
#include "walk_cache.h"
#include "walk_levels.h"

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

static WALK_ALWAYS_INLINE
void from_stage1(const MsmmuContext *ctx, const Stage1Result *s1,
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

static WALK_ALWAYS_INLINE
void from_stage2(const MsmmuContext *ctx, uint64_t ipa,
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
static WALK_ALWAYS_INLINE
void restrict_to_stage2(uint64_t va, const MsmmuStage2Result *s2,
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

/*
 * What the stages make together, each NULL if there is none: of @ipa, if it is
 * stage 1.
 */
static WALK_ALWAYS_INLINE
void combine(const MsmmuContext *ctx, uint64_t ipa, bool probe,
             const Stage1Result *s1, const MsmmuStage2Result *s2,
             MsmmuTranslation *out)
{
    if (s1) {
        from_stage1(ctx, s1, out);
    } else {
        from_stage2(ctx, ipa, s2, out);
    }
    if (s1 && s2) {
        restrict_to_stage2(s1->va, s2, out);
    }
    if ((s1 && s1->clean) || (s2 && s2->clean)) {
        withhold_write(out);
    }
    out->transient =
        (s1 && msmmu_walk_is_transient(&s1->walk, &s1->leaf)) ||
        (s2 && msmmu_walk_is_transient(&s2->walk, &s2->leaf));
    if (s2) {
        out->attributes = msmmu_attributes_stage2(s2->walk.m, &ctx->s2,
                                                  s2->leaf.descriptor,
                                                  out->attributes);
    }
    if (!ctx->counters || probe) {
        return;
    }
    if (s1) {
        msmmu_count_leaf(ctx->counters, 1, s1->walk.granule, s1->leaf.level,
                         s1->leaf.contiguous);
    }
    if (s2) {
        msmmu_count_leaf(ctx->counters, 2, s2->walk.granule, s2->leaf.level,
                         s2->leaf.contiguous);
    }
}

/* ---- What most translations are ---- */

/* What is told of one. */
typedef struct Quick {
    bool from_cache;            /* a table came from the walk cache */
} Quick;

/* Whether a leaf with @perms lets @access pass as it is. */
static inline bool is_settled(const MsmmuAccess *access,
                              const uint8_t perms[2], bool clean)
{
    return msmmu_access_permitted(access, perms) &&
           !(clean && access->write);
}

/* From @table, as the walk cache has it, on. */
static WALK_ALWAYS_INLINE
bool walk_last(const MsmmuWalk *walk, uint64_t table, uint64_t input,
               MsmmuLeaf *leaf)
{
    const WalkKind kind = { .plain = true, .direct = true, .quick = true };
    const unsigned shift = msmmu_granule_facts[walk->granule].shift;
    const uint64_t index = walk_mask_below(shift) & ~WALK_OFFSET_IN_DESCRIPTOR;

    leaf->level = MSMMU_LAST_LEVEL;
    leaf->tables = table & WALK_CACHE_LIMITS;
    leaf->descriptor_address = (table & ~WALK_CACHE_LIMITS) |
        (input >> (shift - WALK_DESCRIPTOR_LOG2) & index);
    return walk_fetch(walk, leaf, NULL, kind) == MSMMU_STATUS_OK &&
        walk_finish(walk, input, shift, leaf, NULL, kind) == MSMMU_STATUS_OK;
}

/*
 * @address of @regime: from the table that the walk cache has for it, or else
 * through all tables, and the last one is kept, if @keep.
 */
static WALK_ALWAYS_INLINE
bool quick_walk(const MsmmuWalk *walk, MsmmuRegime *regime, uint64_t address,
                uint64_t input, bool keep, Quick *quick, MsmmuLeaf *leaf,
                const WalkKind kind)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[walk->granule];
    const uint64_t within = walk_mask_below(facts->shift);
    WalkCacheSearch search;

    if (regime && walk_cache_find(walk->m, regime, walk->table_regime, address,
                                  facts->shift + facts->stride, &search)) {
        quick->from_cache = true;
        return walk_last(walk, search.table, input, leaf);
    }
    if (walk_as(walk, input, leaf, NULL, kind) != MSMMU_STATUS_OK) {
        return false;
    }
    if (regime && keep && leaf->level == MSMMU_LAST_LEVEL &&
        walk->first->level < MSMMU_LAST_LEVEL) {
        msmmu_walk_cache_keep(walk->m, &search, walk->table_regime,
                              (leaf->descriptor_pa & ~within) |
                              (leaf->tables & WALK_CACHE_LIMITS));
    }
    return true;
}

/*
 * Whether a table of stage 1, of @ttb, is in one piece in memory. A leaf of
 * stage 2 is no smaller than its granule.
 */
static inline bool is_in_one_piece(const MsmmuContext *ctx,
                                   const MsmmuTableBase *ttb)
{
    return !ctx->stage2 || ctx->s2.granule >= ttb->granule;
}

/* False: stage1_translate() says what comes of it. */
static WALK_ALWAYS_INLINE
bool quick_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                  const MsmmuAccess *access, Quick *quick, Stage1Result *out,
                  const WalkKind kind)
{
    const MsmmuTableBase *ttb = &ctx->ttb[va >> 55 & 1];
    uint64_t above = ~walk_mask_below(ttb->input_bits);
    uint64_t input;

    /* Nor are tables plain that nothing is translated through. */
    if (!ttb->first.plain) {
        return false;
    }
    out->ttb = ttb;
    out->va = msmmu_effective_va(ctx, va);
    input = va >> 55 & 1 ? out->va ^ above : out->va;
    out->walk = (MsmmuWalk) {
        .m = m,
        .granule = ttb->granule,
        .tables = &ctx->s1,
        .first = &ttb->first,
        .table_regime = ctx->table_regime,
    };
    if (input & above ||
        !quick_walk(&out->walk, ctx->regime, out->va, input,
                    !access->probe && is_in_one_piece(ctx, ttb), quick,
                    &out->leaf, kind)) {
        return false;
    }
    msmmu_stage1_permissions(ctx, ttb, &out->leaf, out->perms, &out->clean);
    out->size_log2 = out->leaf.size_log2;
    out->ipa = out->leaf.address |
               (out->va & msmmu_low_mask(out->size_log2));
    return is_settled(access, out->perms, out->clean);
}

/* False: msmmu_stage2_translate() says what comes of it. */
static WALK_ALWAYS_INLINE
bool quick_stage2(Msmmu *m, const MsmmuStage2 *s2, MsmmuRegime *regime,
                  uint64_t ipa, const MsmmuAccess *access, Quick *quick,
                  MsmmuStage2Result *out)
{
    const WalkKind kind = { .plain = true, .direct = true, .quick = true };

    out->walk = (MsmmuWalk) {
        .m = m,
        .granule = s2->granule,
        .tables = &s2->tables,
        .first = &s2->first,
    };
    if (!s2->first.plain || ipa & ~msmmu_low_mask(s2->input_bits) ||
        !quick_walk(&out->walk, regime, ipa, ipa, !access->probe, quick,
                    &out->leaf, kind)) {
        return false;
    }
    msmmu_stage2_permissions(s2, out);
    out->pa = out->leaf.address | (ipa & msmmu_low_mask(out->leaf.size_log2));
    return is_settled(access, out->perms, out->clean);
}

static G_GNUC_NO_INLINE
bool quick_single(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                  const MsmmuAccess *access, Quick *quick,
                  MsmmuTranslation *out)
{
    const WalkKind kind = { .plain = true, .direct = true, .quick = true };
    Stage1Result s1;

    if (!quick_stage1(m, ctx, va, access, quick, &s1, kind)) {
        return false;
    }
    combine(ctx, s1.ipa, access->probe, &s1, NULL, out);
    return true;
}

static G_GNUC_NO_INLINE
bool quick_second(Msmmu *m, const MsmmuContext *ctx, uint64_t ipa,
                  const MsmmuAccess *access, Quick *quick,
                  MsmmuTranslation *out)
{
    MsmmuStage2Result s2;

    if (ipa & ~msmmu_low_mask(msmmu_ias_bits(&m->regs)) ||
        !quick_stage2(m, &ctx->s2, ctx->regime, ipa, access, quick, &s2)) {
        return false;
    }
    combine(ctx, ipa, access->probe, NULL, &s2, out);
    return true;
}

static G_GNUC_NO_INLINE
bool quick_nested(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                  const MsmmuAccess *access, Quick *quick,
                  MsmmuTranslation *out)
{
    const WalkKind kind = { .plain = true, .quick = true };
    MsmmuStage2Result s2;
    Stage1Result s1;

    if (!quick_stage1(m, ctx, va, access, quick, &s1, kind) ||
        !quick_stage2(m, &ctx->s2, ctx->table_regime, s1.ipa, access, quick,
                      &s2)) {
        return false;
    }
    combine(ctx, s1.ipa, access->probe, &s1, &s2, out);
    return true;
}

static bool quick_stages(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                         const MsmmuAccess *access, Quick *quick,
                         MsmmuTranslation *out)
{
    return !ctx->stage1 ? quick_second(m, ctx, va, access, quick, out) :
           ctx->stage2 ? quick_nested(m, ctx, va, access, quick, out) :
                         quick_single(m, ctx, va, access, quick, out);
}

bool msmmu_translate_from_tables(Msmmu *m, const MsmmuContext *ctx,
                                 uint64_t va, const MsmmuAccess *access,
                                 MsmmuTranslation *out)
{
    Quick quick = { .from_cache = false };

    return quick_stages(m, ctx, va, access, &quick, out) && quick.from_cache;
}

/* ---- All of them ---- */

MsmmuStatus msmmu_translate_stages(Msmmu *m, const MsmmuContext *ctx,
                                   uint64_t va, const MsmmuAccess *access,
                                   MsmmuTranslation *out, MsmmuFault *fault)
{
    Quick quick = { .from_cache = false };
    Stage1Result s1;
    MsmmuStage2Result s2;
    MsmmuStatus status;

    if (!access->told && quick_stages(m, ctx, va, access, &quick, out)) {
        return MSMMU_STATUS_OK;
    }
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
    if (status == MSMMU_STATUS_OK) {
        combine(ctx, s1.ipa, access->probe, ctx->stage1 ? &s1 : NULL,
                ctx->stage2 ? &s2 : NULL, out);
    }
    return status;
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
