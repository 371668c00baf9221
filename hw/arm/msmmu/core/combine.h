/*
 * What stage 1 and stage 2 make together of what each of them found (IHI 0070
 * 3.3.2, 13.1.5, 13.4; Arm ARM D8.4, D8.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_COMBINE_H
#define MSMMU_CORE_COMBINE_H

#include "attributes.h"
#include "counters.h"
#include "walk.h"

#define COMBINE_INLINE inline __attribute__((always_inline))

/* What stage 1 makes of a VA. */
typedef struct MsmmuStage1Result {
    const MsmmuTableBase *ttb;
    MsmmuLeaf leaf;
    uint64_t ipa;
    uint64_t va;                /* the effective one */
    uint8_t size_log2;          /* of the leaf, as far as @ttb serves it */
    uint8_t perms[2];
    bool clean;
} MsmmuStage1Result;

static COMBINE_INLINE
void from_stage1(const MsmmuContext *ctx, const MsmmuStage1Result *s1,
                 MsmmuTranslation *out)
{
    uint64_t descriptor = s1->leaf.descriptor;
    uint64_t within = msmmu_low_mask(s1->size_log2);

    *out = (MsmmuTranslation) {
        .first_va = s1->va & ~within,
        .first_pa = s1->ipa & ~within,
        .size_log2 = s1->size_log2,
        .leaf_level = s1->leaf.level,
        .granule = s1->ttb->granule,
        /* Without ASIDs nG has no effect: all match any ASID (3.17.1). */
        .global = ctx->world == MSMMU_WORLD_NS_EL2 ||
                  !(descriptor & VMSA_NG),
        .contiguous = s1->leaf.contiguous,
        .perms = { s1->perms[0], s1->perms[1] },
        .attributes = msmmu_attributes_stage1(ctx, s1->ttb, descriptor),
    };
}

static COMBINE_INLINE
void from_stage2(const MsmmuContext *ctx, uint64_t ipa,
                 const MsmmuStage2Result *s2, MsmmuTranslation *out)
{
    *out = (MsmmuTranslation) {
        .first_va = ipa & ~msmmu_low_mask(s2->leaf.size_log2),
        .first_pa = s2->leaf.address,
        .size_log2 = s2->leaf.size_log2,
        .leaf_level = s2->leaf.level,
        .granule = ctx->s2.granule,
        .contiguous = s2->leaf.contiguous,
        .perms = { s2->perms[0], s2->perms[1] },
        .attributes = ctx->incoming,
    };
}

/*
 * Narrow @out, of stage 1, to what stage 2 maps alike. Level and granule stay
 * those of the stage 1 leaf: TLBI by VA drops all that came of it.
 */
static COMBINE_INLINE
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
static COMBINE_INLINE
void withhold_write(MsmmuTranslation *out)
{
    out->perms[0] &= ~MSMMU_PERM_WRITE;
    out->perms[1] &= ~MSMMU_PERM_WRITE;
}

/*
 * What the stages make together, each NULL if there is none: of @ipa, if it is
 * stage 1.
 */
static COMBINE_INLINE
void combine(const Msmmu *m, const MsmmuContext *ctx, uint64_t ipa,
             const MsmmuStage1Result *s1, const MsmmuStage2Result *s2,
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
        (s1 && msmmu_leaf_is_transient(m, &ctx->s1, &s1->leaf)) ||
        (s2 && msmmu_leaf_is_transient(m, &ctx->s2.tables, &s2->leaf));
    if (s2) {
        out->attributes = msmmu_attributes_stage2(m, &ctx->s2,
                                                  s2->leaf.descriptor,
                                                  out->attributes);
    }
}

/* Those that an access was translated by. */
static COMBINE_INLINE
void count_leaves(const MsmmuContext *ctx, const MsmmuAccess *access,
                  const MsmmuStage1Result *s1, const MsmmuStage2Result *s2)
{
    if (!ctx->counters || access->probe) {
        return;
    }
    if (s1) {
        msmmu_count_leaf(ctx->counters, 1, s1->ttb->granule, s1->leaf.level,
                         s1->leaf.contiguous);
    }
    if (s2) {
        msmmu_count_leaf(ctx->counters, 2, ctx->s2.granule, s2->leaf.level,
                         s2->leaf.contiguous);
    }
}

#endif
