/*
 * Memory attributes of forwarded transactions (IHI 0070 chapter 13).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_ATTRIBUTES_H
#define MSMMU_CORE_ATTRIBUTES_H

#include "internal.h"
#include "spec/vmsa.h"

/* Overrides of what the device gave, encoded alike in STEs and in GBPA. */
typedef struct MsmmuOverrides {
    bool mt_cfg;
    uint8_t mem_attr;
    uint8_t alloc_cfg;
    uint8_t sh_cfg;
} MsmmuOverrides;

/*
 * What comes in: the defaults of what a PCI device cannot say, or the overrides
 * (13.1.3, 13.1.4, 13.2, 13.3).
 */
MsmmuAttributes msmmu_attributes_incoming(const MsmmuOverrides *overrides);

/* Of an MSI: the fields MemAttr and SH that configure it (3.18, 6.3.23). */
MsmmuAttributes msmmu_attributes_message(unsigned mem_attr, unsigned sh);

/* The type that AttrIndx @index selects, for @ctx->leaf_types. */
uint8_t msmmu_attributes_stage1_type(const MsmmuContext *ctx, unsigned index);

/* The type that stage 2, with the leaf @descriptor, makes of @type. */
uint8_t msmmu_attributes_stage2_type(const Msmmu *m, const MsmmuStage2 *s2,
                                     uint64_t descriptor, uint8_t type);

/* Whether stage 2 alone makes Device memory of what a leaf maps. */
bool msmmu_attributes_stage2_is_device(const Msmmu *m, const MsmmuStage2 *s2,
                                       uint64_t descriptor);

/* All of @incoming that the output of stage 1 depends on. */
MsmmuAttributes msmmu_attributes_hints(MsmmuAttributes incoming);

/* ---- What each translation has to do with ---- */

/* MemAttr[2:0] of a stage 2 leaf with S2FWB; below are the Device types. */
enum {
    FWB_RESERVED = 4,
    FWB_NON_CACHEABLE,
    FWB_WRITE_BACK,
    FWB_INPUT,
};
#define FWB_MEMATTR         MSMMU_MASK(2, 0)

/* The same without S2FWB. */
#define MEMATTR_ALL_WRITE_BACK      15

static inline bool attributes_of_device(uint8_t type)
{
    return !(type & MAIR_OUTER);
}

static inline bool attributes_cacheable(uint8_t type)
{
    return !attributes_of_device(type) &&
        type != (msmmu_prep(MAIR_OUTER, MAIR_NON_CACHEABLE) |
                 msmmu_prep(MAIR_INNER, MAIR_NON_CACHEABLE));
}

/* Device and Normal iNC-oNC are Outer Shareable (13.1.7). */
static inline MsmmuAttributes attributes_consistent(uint8_t type,
                                                    uint8_t shareability)
{
    return (MsmmuAttributes) {
        .memory_type = type,
        .shareability = attributes_cacheable(type) ? shareability
                                                   : VMSA_SH_OUTER,
    };
}

/*
 * The SH of a leaf, or with DS, where the 4KB and 16KB granules have none,
 * @configured. The reserved value is CONSTRAINED UNPREDICTABLE in leaves, here
 * Non-shareable as elsewhere.
 */
static inline unsigned attributes_shareability(const MsmmuTables *tables,
                                               MsmmuGranule granule,
                                               uint64_t descriptor,
                                               uint8_t configured)
{
    unsigned sh = tables->ds && granule != MSMMU_64K ?
                  configured : msmmu_get(descriptor, VMSA_SH);

    return sh == VMSA_SH_OUTER || sh == VMSA_SH_INNER ? sh : VMSA_SH_NONE;
}

/*
 * What comes out of stage 1: what the leaf, which @ttb led to, selects of
 * CD.MAIR, with the allocation and transient hints of @ctx->incoming (13.4.2).
 *
 * IMPLEMENTATION DEFINED: stage 2 gets the effective shareability, which is
 * Outer Shareable for Device and Normal iNC-oNC (Arm ARM R_NSCNC).
 */
static inline __attribute__((always_inline))
MsmmuAttributes msmmu_attributes_stage1(const MsmmuContext *ctx,
                                        const MsmmuTableBase *ttb,
                                        uint64_t descriptor)
{
    uint8_t type = ctx->leaf_types[msmmu_get(descriptor, VMSA_ATTRINDX)];
    unsigned sh = attributes_shareability(&ctx->s1, ttb->granule, descriptor,
                                          ttb->shareability);

    return attributes_consistent(type, sh);
}

/* Arm ARM Table D8-103 */
static inline unsigned attributes_stronger_shareability(unsigned a, unsigned b)
{
    if (a == VMSA_SH_OUTER || b == VMSA_SH_OUTER) {
        return VMSA_SH_OUTER;
    }
    return MAX(a, b);
}

/* Whether stage 2 leaves every type as it is. */
static inline bool attributes_kept(const MsmmuStage2 *s2, uint64_t descriptor)
{
    unsigned attr = msmmu_get(descriptor, VMSA_S2_MEMATTR);

    return s2->force_write_back ? msmmu_get(attr, FWB_MEMATTR) == FWB_INPUT
                                : attr == MEMATTR_ALL_WRITE_BACK;
}

/*
 * What stage 2 makes of @input, which came out of stage 1 or, past it, in from
 * the device (13.1.5, 13.1.6, 13.4.3; Arm ARM D8.6.5 to D8.6.7). @descriptor is
 * the stage 2 leaf.
 */
static inline
MsmmuAttributes msmmu_attributes_stage2(const Msmmu *m, const MsmmuStage2 *s2,
                                        uint64_t descriptor,
                                        MsmmuAttributes input)
{
    unsigned sh = attributes_shareability(&s2->tables, s2->granule, descriptor,
                                          s2->shareability);
    bool kept = attributes_kept(s2, descriptor);
    uint8_t type = G_LIKELY(kept) ? input.memory_type :
                   msmmu_attributes_stage2_type(m, s2, descriptor,
                                                input.memory_type);
    MsmmuAttributes result =
        attributes_consistent(type,
                              attributes_stronger_shareability(
                                  input.shareability, sh));

    result.from_device = input.from_device && sh == VMSA_SH_NONE && kept;
    return result;
}

#endif
