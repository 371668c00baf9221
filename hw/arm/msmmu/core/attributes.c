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
#include "spec/regs.h"
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

/*
 * Two bits of STE.MemAttr and of a stage 2 leaf's MemAttr, for either half,
 * where it is no Device type.
 */
enum {
    MEMATTR_DEVICE,
    MEMATTR_NON_CACHEABLE,
    MEMATTR_WRITE_THROUGH,
    MEMATTR_WRITE_BACK,
};
#define MEMATTR_OUTER       MSMMU_MASK(3, 2)
#define MEMATTR_INNER       MSMMU_MASK(1, 0)
#define MEMATTR_NO_TAG_ACCESS       4

static uint8_t join(uint8_t outer, uint8_t inner)
{
    return msmmu_prep(MAIR_OUTER, outer) | msmmu_prep(MAIR_INNER, inner);
}

/* Device-nGnRnE, -nGnRE, -nGRE, -GRE for 0 to 3. */
static uint8_t device(unsigned number)
{
    return msmmu_prep(MAIR_DEVICE_TYPE, number);
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

/*
 * 5.2 STE.MemAttr, which is Arm ARM Table D8-96. Its reserved values behave as
 * Device-nGnRnE; in stage 2 leaves, CONSTRAINED UNPREDICTABLE, the same.
 */
static uint8_t type_of_mem_attr(uint8_t mem_attr)
{
    unsigned outer = msmmu_get(mem_attr, MEMATTR_OUTER);
    unsigned inner = msmmu_get(mem_attr, MEMATTR_INNER);

    if (outer == MEMATTR_DEVICE) {
        return device(inner);
    }
    if (inner == MEMATTR_DEVICE) {
        return 0;
    }
    return join(half_of_mem_attr(outer), half_of_mem_attr(inner));
}

MsmmuAttributes msmmu_attributes_message(unsigned mem_attr, unsigned sh)
{
    /* 6.3.23: the Reserved value is treated as Non-shareable. */
    bool shareable = sh == VMSA_SH_OUTER || sh == VMSA_SH_INNER;

    return attributes_consistent(type_of_mem_attr(mem_attr),
                      shareable ? sh : VMSA_SH_NONE);
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
    if (overrides->alloc_cfg & STE_ALLOCCFG_OVERRIDE &&
        !attributes_of_device(type)) {
        type = join(replace_hints(msmmu_get(type, MAIR_OUTER),
                                  overrides->alloc_cfg),
                    replace_hints(msmmu_get(type, MAIR_INNER),
                                  overrides->alloc_cfg));
    }
    if (overrides->sh_cfg != STE_SHCFG_INCOMING) {
        shareability = overrides->sh_cfg;
    }
    attributes = attributes_consistent(type, shareability);
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

    if (attributes_of_device(attr)) {
        return attr & MAIR_DEVICE_TYPE;
    }
    return attr & MAIR_INNER ? attr : attr | MAIR_WT_TRANSIENT_RW;
}

/* @type with the hints of @input, unless that says nothing of them (13.4.2). */
static uint8_t with_hints(uint8_t type, uint8_t input)
{
    if (attributes_of_device(type) || !attributes_cacheable(input)) {
        return type;
    }
    return join(combine_hints(msmmu_get(type, MAIR_OUTER),
                              msmmu_get(input, MAIR_OUTER)),
                combine_hints(msmmu_get(type, MAIR_INNER),
                              msmmu_get(input, MAIR_INNER)));
}

uint8_t msmmu_attributes_stage1_type(const MsmmuContext *ctx, unsigned index)
{
    return with_hints(effective_mair_attr(ctx->mair, index),
                      ctx->incoming.memory_type);
}

MsmmuAttributes msmmu_attributes_hints(MsmmuAttributes incoming)
{
    uint8_t weakest = join(HALF_WB_DEFAULT, HALF_WB_DEFAULT);

    return (MsmmuAttributes) {
        .memory_type = with_hints(weakest, incoming.memory_type),
    };
}

/* ---- Stage 2 ---- */

/* Cacheability alone; the hints are those of @half (Arm ARM Table D8-98). */
static uint8_t stronger_half(uint8_t half, uint8_t other)
{
    if (half == MAIR_NON_CACHEABLE || other == MAIR_NON_CACHEABLE) {
        return MAIR_NON_CACHEABLE;
    }
    return other & HALF_WRITE_BACK ? half : half & ~HALF_WRITE_BACK;
}

/* @type, if @other is not stronger (13.1.5; Arm ARM Tables D8-97, D8-98). */
static uint8_t stronger(uint8_t type, uint8_t other)
{
    if (attributes_of_device(type) && attributes_of_device(other)) {
        return MIN(type, other);
    }
    if (attributes_of_device(type) || attributes_of_device(other)) {
        return attributes_of_device(type) ? type : other;
    }
    return join(stronger_half(msmmu_get(type, MAIR_OUTER),
                              msmmu_get(other, MAIR_OUTER)),
                stronger_half(msmmu_get(type, MAIR_INNER),
                              msmmu_get(other, MAIR_INNER)));
}

/* Write-Back, with the hints of @half if it has any (Arm ARM R_THYXB). */
static uint8_t write_back_half(uint8_t half)
{
    return half == MAIR_NON_CACHEABLE ? HALF_WB_DEFAULT
                                      : half | HALF_WRITE_BACK;
}

static uint8_t write_back(uint8_t type)
{
    if (attributes_of_device(type)) {
        return join(HALF_WB_DEFAULT, HALF_WB_DEFAULT);
    }
    return join(write_back_half(msmmu_get(type, MAIR_OUTER)),
                write_back_half(msmmu_get(type, MAIR_INNER)));
}

static bool has_no_tag_access(const Msmmu *m)
{
    return m->regs.idr[3] & IDR3_MTEPERM;
}

/*
 * Arm ARM Tables D8-100, D8-101. Without MTEPERM, MemAttr[3] is RES0, and
 * ignored. With it, 0b111x are as 0b011x (3.23.1), and others with that bit are
 * reserved; all reserved values are Device-nGnRnE.
 */
static uint8_t forced_type(const Msmmu *m, unsigned attr, uint8_t type)
{
    unsigned low = msmmu_get(attr, FWB_MEMATTR);

    if (has_no_tag_access(m) && attr != low && low < FWB_WRITE_BACK) {
        return device(0);
    }
    switch (low) {
    case FWB_INPUT:
        return type;
    case FWB_WRITE_BACK:
        return write_back(type);
    case FWB_NON_CACHEABLE:
        return attributes_of_device(type) ? type :
               join(MAIR_NON_CACHEABLE, MAIR_NON_CACHEABLE);
    case FWB_RESERVED:
        return device(0);
    default:
        return stronger(type, device(low));
    }
}

uint8_t msmmu_attributes_stage2_type(const Msmmu *m, const MsmmuStage2 *s2,
                                     uint64_t descriptor, uint8_t type)
{
    unsigned attr = msmmu_get(descriptor, VMSA_S2_MEMATTR);

    if (s2->force_write_back) {
        return forced_type(m, attr, type);
    }
    if (has_no_tag_access(m) && attr == MEMATTR_NO_TAG_ACCESS &&
        s2->tables.format == MSMMU_AARCH64) {
        attr = MEMATTR_ALL_WRITE_BACK;
    }
    return stronger(type, type_of_mem_attr(attr));
}

bool msmmu_attributes_stage2_is_device(const Msmmu *m, const MsmmuStage2 *s2,
                                       uint64_t descriptor)
{
    uint8_t weakest = join(HALF_WB_DEFAULT, HALF_WB_DEFAULT);

    return attributes_of_device(msmmu_attributes_stage2_type(m, s2, descriptor,
                                                  weakest));
}
