/*
 * The three translation granules (Arm ARM D8.2.8 to D8.2.10, IHI 0070 3.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_GRANULE_H
#define MSMMU_CORE_GRANULE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum MsmmuGranule {
    MSMMU_4K,
    MSMMU_16K,
    MSMMU_64K,
} MsmmuGranule;

#define MSMMU_LAST_LEVEL 3

/* What follows from a granule; one row each in granule.c. */
typedef struct MsmmuGranuleFacts {
    uint8_t shift;              /* log2 of the page size */
    uint8_t stride;             /* address bits that one level resolves */
    uint8_t lowest_block_level; /* blocks are legal from here to level 2 */
    uint8_t lowest_block_level_ds;      /* with DS == 1 */
    uint8_t lowest_block_level_lpa;     /* with 52-bit physical addresses */
} MsmmuGranuleFacts;

extern const MsmmuGranuleFacts msmmu_granule_facts[3];

/* log2 of what one descriptor at @level, up to MSMMU_LAST_LEVEL, spans. */
static inline unsigned msmmu_granule_level_shift(MsmmuGranule granule,
                                                 int level)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[granule];

    return facts->shift + (MSMMU_LAST_LEVEL - level) * facts->stride;
}

/*
 * Whether blocks exist at @level, with DS as the walk has it and 52-bit
 * physical addresses (@lpa) as the instance does (Arm ARM Tables D8-17, D8-27,
 * D8-36).
 */
static inline bool msmmu_granule_has_block(MsmmuGranule granule, int level,
                                           bool ds, bool lpa)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[granule];

    return level >= (ds ? facts->lowest_block_level_ds :
                     lpa ? facts->lowest_block_level_lpa :
                     facts->lowest_block_level) && level < MSMMU_LAST_LEVEL;
}

/*
 * The level at which a stage 1 walk for inputs of @input_bits starts: the
 * nearest to the last from which the levels resolve them all.
 */
int msmmu_granule_start_level(MsmmuGranule granule, unsigned input_bits);

#endif
