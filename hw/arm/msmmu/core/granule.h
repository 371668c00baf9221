/*
 * The three translation granules (Arm ARM D8.2, IHI 0070 3.4).
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

/* What follows from a granule; one row each in granule.c. */
typedef struct MsmmuGranuleFacts {
    uint8_t shift;              /* log2 of the page size */
    uint8_t stride;             /* address bits that one level resolves */
    uint8_t lowest_block_level; /* blocks are legal from here to level 2 */
} MsmmuGranuleFacts;

extern const MsmmuGranuleFacts msmmu_granule_facts[3];

#endif
