/*
 * Memory attributes of forwarded transactions (IHI 0070 chapter 13, Arm ARM
 * D8.6).
 *
 * A memory type is one byte as in MAIR_ELx. A device gives none, so its
 * transactions come in with the defaults of 13.1.3, and nothing leaves with
 * attributes that contradict each other (13.1.7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "spec/ste.h"
#include "spec/vmsa.h"

/* One half of a MAIR byte for a cacheable type. */
#define HALF_NON_TRANSIENT  MSMMU_BIT(3)
#define HALF_WRITE_BACK     MSMMU_BIT(2)
#define HALF_READ_ALLOCATE  MSMMU_BIT(1)
#define HALF_WRITE_ALLOCATE MSMMU_BIT(0)
#define HALF_ALLOCATE       (HALF_READ_ALLOCATE | HALF_WRITE_ALLOCATE)
#define HALF_WB_DEFAULT     (HALF_NON_TRANSIENT | HALF_WRITE_BACK | \
                             HALF_ALLOCATE)
#define HALF_WT_DEFAULT     (HALF_NON_TRANSIENT | HALF_ALLOCATE)

/* Two bits of STE.MemAttr, for either half, where it is no Device type. */
enum {
    MEMATTR_DEVICE,
    MEMATTR_NON_CACHEABLE,
    MEMATTR_WRITE_THROUGH,
    MEMATTR_WRITE_BACK,
};
#define MEMATTR_OUTER       MSMMU_MASK(3, 2)
#define MEMATTR_INNER       MSMMU_MASK(1, 0)

static uint8_t join(uint8_t outer, uint8_t inner)
{
    return msmmu_prep(MAIR_OUTER, outer) | msmmu_prep(MAIR_INNER, inner);
}

static bool is_device(uint8_t type)
{
    return !(type & MAIR_OUTER);
}

static bool is_cacheable(uint8_t type)
{
    return !is_device(type) &&
        type != join(MAIR_NON_CACHEABLE, MAIR_NON_CACHEABLE);
}

/* Device and Normal iNC-oNC are Outer Shareable (13.1.7). */
static MsmmuAttributes consistent(uint8_t type, uint8_t shareability)
{
    return (MsmmuAttributes) {
        .memory_type = type,
        .shareability = is_cacheable(type) ? shareability : VMSA_SH_OUTER,
    };
}

/* ---- Hints ---- */

/* @half with the allocation and transient hints of @alloc_cfg. */
static uint8_t replace_hints(uint8_t half, uint8_t alloc_cfg)
{
    if (half == MAIR_NON_CACHEABLE) {
        return half;
    }
    half = (half & HALF_WRITE_BACK) | HALF_NON_TRANSIENT;
    half |= alloc_cfg & STE_ALLOCCFG_READ ? HALF_READ_ALLOCATE : 0;
    half |= alloc_cfg & STE_ALLOCCFG_WRITE ? HALF_WRITE_ALLOCATE : 0;
    /* What does not allocate is not transient (13.1.7). */
    if (alloc_cfg & STE_ALLOCCFG_TRANSIENT && half & HALF_ALLOCATE) {
        half &= ~HALF_NON_TRANSIENT;
    }
    return half;
}

/* No-allocate and transient are stronger (13.1.5). */
static uint8_t combine_hints(uint8_t half, uint8_t input)
{
    if (half == MAIR_NON_CACHEABLE || input == MAIR_NON_CACHEABLE) {
        return half;
    }
    half &= input | HALF_WRITE_BACK;
    return half & HALF_ALLOCATE ? half : half | HALF_NON_TRANSIENT;
}

/* ---- Incoming ---- */

static uint8_t half_of_mem_attr(unsigned bits)
{
    switch (bits) {
    case MEMATTR_WRITE_BACK:
        return HALF_WB_DEFAULT;
    case MEMATTR_WRITE_THROUGH:
        return HALF_WT_DEFAULT;
    default:
        return MAIR_NON_CACHEABLE;
    }
}

/* 5.2 STE.MemAttr; its reserved values behave as Device-nGnRnE. */
static uint8_t type_of_mem_attr(uint8_t mem_attr)
{
    unsigned outer = msmmu_get(mem_attr, MEMATTR_OUTER);
    unsigned inner = msmmu_get(mem_attr, MEMATTR_INNER);

    if (outer == MEMATTR_DEVICE) {
        return msmmu_prep(MAIR_DEVICE_TYPE, inner);
    }
    if (inner == MEMATTR_DEVICE) {
        return 0;
    }
    return join(half_of_mem_attr(outer), half_of_mem_attr(inner));
}

/* Normal iWB-oWB with all hints, Non-shareable (13.1.3), or the overrides. */
MsmmuAttributes msmmu_attributes_incoming(const MsmmuOverrides *overrides)
{
    uint8_t type = join(HALF_WB_DEFAULT, HALF_WB_DEFAULT);
    uint8_t shareability = VMSA_SH_NONE;
    MsmmuAttributes attributes;

    if (overrides->mt_cfg) {
        type = type_of_mem_attr(overrides->mem_attr);
    }
    if (overrides->alloc_cfg & STE_ALLOCCFG_OVERRIDE && !is_device(type)) {
        type = join(replace_hints(msmmu_get(type, MAIR_OUTER),
                                  overrides->alloc_cfg),
                    replace_hints(msmmu_get(type, MAIR_INNER),
                                  overrides->alloc_cfg));
    }
    if (overrides->sh_cfg != STE_SHCFG_INCOMING) {
        shareability = overrides->sh_cfg;
    }
    attributes = consistent(type, shareability);
    attributes.from_device = !overrides->mt_cfg &&
        !(overrides->alloc_cfg & STE_ALLOCCFG_OVERRIDE) &&
        overrides->sh_cfg == STE_SHCFG_INCOMING;
    return attributes;
}

/* ---- Stage 1 ---- */

/* Attr<n>, with its reserved encodings as 5.4 (CD.MAIR0) has them behave. */
static uint8_t effective_mair_attr(uint64_t mair, unsigned index)
{
    uint8_t attr = mair >> (8 * index);

    if (is_device(attr)) {
        return attr & MAIR_DEVICE_TYPE;
    }
    return attr & MAIR_INNER ? attr : attr | MAIR_WT_TRANSIENT_RW;
}

MsmmuAttributes msmmu_attributes_stage1(uint64_t mair, uint64_t descriptor)
{
    unsigned index = msmmu_get(descriptor, VMSA_ATTRINDX);
    unsigned sh = msmmu_get(descriptor, VMSA_SH);

    /* The reserved value is CONSTRAINED UNPREDICTABLE; here Non-shareable. */
    if (sh != VMSA_SH_OUTER && sh != VMSA_SH_INNER) {
        sh = VMSA_SH_NONE;
    }
    return consistent(effective_mair_attr(mair, index), sh);
}

MsmmuAttributes msmmu_attributes_combine(const MsmmuOverrides *overrides,
                                         MsmmuAttributes stage1)
{
    uint8_t input;
    uint8_t type = stage1.memory_type;

    /* Without an override the hints of the input are the weakest. */
    if (!(overrides->alloc_cfg & STE_ALLOCCFG_OVERRIDE) || is_device(type)) {
        return stage1;
    }
    input = msmmu_attributes_incoming(overrides).memory_type;
    if (is_cacheable(input)) {
        stage1.memory_type =
            join(combine_hints(msmmu_get(type, MAIR_OUTER),
                               msmmu_get(input, MAIR_OUTER)),
                 combine_hints(msmmu_get(type, MAIR_INNER),
                               msmmu_get(input, MAIR_INNER)));
    }
    return stage1;
}

/* ---- Stage 2 ---- */

bool msmmu_attributes_stage2_is_device(const MsmmuStage2 *s2,
                                       uint64_t descriptor)
{
    unsigned attr = msmmu_get(descriptor, VMSA_S2_MEMATTR);

    /* With S2FWB, bit 2 of MemAttr tells Device from Normal. */
    return s2->force_write_back ? !(attr & 4) : !(attr & MEMATTR_OUTER);
}

MsmmuAttributes msmmu_attributes_stage2(const MsmmuStage2 *s2,
                                        uint64_t descriptor,
                                        MsmmuAttributes stage1)
{
    if (msmmu_attributes_stage2_is_device(s2, descriptor)) {
        return consistent(0, VMSA_SH_OUTER);
    }
    return stage1;
}
