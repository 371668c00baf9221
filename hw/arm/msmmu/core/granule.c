/*
 * The three translation granules as data. All that differs between them
 * follows from one row, and this is the only file that has their numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "granule.h"

const MsmmuGranuleFacts msmmu_granule_facts[3] = {
    [MSMMU_4K] = {
        .shift = 12, .stride = 9, .lowest_block_level = 1,
        .lowest_block_level_wide = 0,
    }, [MSMMU_16K] = {
        .shift = 14, .stride = 11, .lowest_block_level = 2,
        .lowest_block_level_wide = 1,
    }, [MSMMU_64K] = {
        .shift = 16, .stride = 13, .lowest_block_level = 2,
        .lowest_block_level_wide = 1,
    },
};
