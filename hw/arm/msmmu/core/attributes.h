/*
 * Memory attributes of forwarded transactions (IHI 0070 chapter 13).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_ATTRIBUTES_H
#define MSMMU_CORE_ATTRIBUTES_H

#include "internal.h"

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

/*
 * What comes out of stage 1: what the leaf, which @ttb led to, selects of
 * CD.MAIR, with the allocation and transient hints of @ctx->incoming (13.4.2).
 */
MsmmuAttributes msmmu_attributes_stage1(const MsmmuContext *ctx,
                                        const MsmmuTableBase *ttb,
                                        uint64_t descriptor);

/* The type that AttrIndx @index selects, for @ctx->leaf_types. */
uint8_t msmmu_attributes_stage1_type(const MsmmuContext *ctx, unsigned index);

/*
 * What stage 2 makes of @input, which came out of stage 1 or, past it, in from
 * the device (13.1.5, 13.1.6, 13.4.3; Arm ARM D8.6.5 to D8.6.7). @descriptor is
 * the stage 2 leaf.
 */
MsmmuAttributes msmmu_attributes_stage2(const Msmmu *m, const MsmmuStage2 *s2,
                                        uint64_t descriptor,
                                        MsmmuAttributes input);

/* Whether stage 2 alone makes Device memory of what a leaf maps. */
bool msmmu_attributes_stage2_is_device(const Msmmu *m, const MsmmuStage2 *s2,
                                       uint64_t descriptor);

/* All of @incoming that the output of stage 1 depends on. */
MsmmuAttributes msmmu_attributes_hints(MsmmuAttributes incoming);

#endif
