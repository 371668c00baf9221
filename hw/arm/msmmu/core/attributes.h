/*
 * Memory attributes of forwarded transactions (IHI 0070 chapter 13).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_ATTRIBUTES_H
#define MSMMU_CORE_ATTRIBUTES_H

#include "core.h"

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
 * @stage1 as a device with @overrides gets it: allocation and transient hints
 * of the input are combined with those of stage 1 (13.4.2).
 */
MsmmuAttributes msmmu_attributes_combine(const MsmmuOverrides *overrides,
                                         MsmmuAttributes stage1);

#endif
