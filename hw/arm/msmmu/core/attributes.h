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

/* The attributes of a transaction that no stage 1 translates (13.2, 13.3). */
MsmmuAttributes msmmu_attributes_incoming(const MsmmuOverrides *overrides);

/* What a stage 1 Block or Page descriptor selects (5.4 CD.MAIR0, 13.4.2). */
MsmmuAttributes msmmu_attributes_stage1(uint64_t mair, uint64_t descriptor);

/*
 * What stage 2 makes of @stage1, the attributes that come out of stage 1 or, in
 * bypass, in from the device (13.1.5, 13.4, 13.5; Arm ARM D8.6.6). @descriptor
 * is the stage 2 leaf.
 */
MsmmuAttributes msmmu_attributes_stage2(const MsmmuStage2 *s2,
                                        uint64_t descriptor,
                                        MsmmuAttributes stage1);

/* Whether a stage 2 leaf makes Device memory of stage 1 tables (S2PTW). */
bool msmmu_attributes_stage2_is_device(const MsmmuStage2 *s2,
                                       uint64_t descriptor);

/*
 * @stage1 as a device with @overrides gets it: allocation and transient hints
 * of the input are combined with those of stage 1 (13.4.2).
 */
MsmmuAttributes msmmu_attributes_combine(const MsmmuOverrides *overrides,
                                         MsmmuAttributes stage1);

#endif
