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
    /* The same where msmmu_granule_is_wide(). */
    uint8_t lowest_block_level_wide;
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
 * Whether descriptors hold addresses of 52 bits: with 64KB where physical
 * addresses have as many (@lpa), else with DS == 1, which means nothing to
 * 64KB (Arm ARM Tables D8-50 to D8-53).
 */
static inline bool msmmu_granule_is_wide(MsmmuGranule granule, bool ds,
                                         bool lpa)
{
    return granule == MSMMU_64K ? lpa : ds;
}

/*
 * Whether blocks exist at @level; @wide is msmmu_granule_is_wide() (Arm ARM
 * Tables D8-17, D8-27, D8-36).
 */
static inline bool msmmu_granule_has_block(MsmmuGranule granule, int level,
                                           bool wide)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[granule];

    return level >= (wide ? facts->lowest_block_level_wide :
                            facts->lowest_block_level) &&
        level < MSMMU_LAST_LEVEL;
}

/*
 * Whether leaves of @level have a Contiguous bit: where blocks exist only if
 * they are wide, it is RES0 (Arm ARM J1.1.4.66).
 */
static inline bool msmmu_granule_has_contiguous(MsmmuGranule granule, int level)
{
    return level >= msmmu_granule_facts[granule].lowest_block_level;
}

/*
 * The level at which a stage 1 walk for inputs of @input_bits starts: the
 * nearest to the last from which the levels resolve them all.
 */
static inline int msmmu_granule_start_level(MsmmuGranule granule,
                                            unsigned input_bits)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[granule];
    int above = (int)input_bits - 1 - facts->shift;
    int level = MSMMU_LAST_LEVEL;

    /* Arm ARM Tables D8-18, D8-28, D8-37: a quotient of 4 at most */
    for (int i = 1; i <= 4; i++) {
        level -= above >= i * facts->stride;
    }
    return level;
}

#endif
