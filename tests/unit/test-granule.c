/*
 * Granules: the rows, and the start levels of stage 1 for every input size,
 * against the numbers that the Arm ARM prints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "granule.h"

static void test_levels(void)
{
    /* Tables D8-17, D8-27, D8-36: what a leaf maps */
    static const struct {
        MsmmuGranule granule;
        int level;
        uint64_t bytes;
        bool leaf;
    } cases[] = {
        { MSMMU_4K, 3, 4096, true },
        { MSMMU_4K, 2, 2097152, true },
        { MSMMU_4K, 1, 1073741824, true },
        { MSMMU_4K, 0, UINT64_C(549755813888), false },
        { MSMMU_16K, 3, 16384, true },
        { MSMMU_16K, 2, 33554432, true },
        { MSMMU_16K, 1, UINT64_C(68719476736), false },
        { MSMMU_64K, 3, 65536, true },
        { MSMMU_64K, 2, 536870912, true },
        { MSMMU_64K, 1, UINT64_C(4398046511104), false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MsmmuGranuleFacts *facts =
            &msmmu_granule_facts[cases[i].granule];

        g_test_message("granule %d level %d", cases[i].granule,
                       cases[i].level);
        g_assert_cmphex(UINT64_C(1) <<
                        msmmu_granule_level_shift(cases[i].granule,
                                                  cases[i].level),
                        ==, cases[i].bytes);
        g_assert_cmpint(cases[i].level == 3 ||
                        cases[i].level >= facts->lowest_block_level,
                        ==, cases[i].leaf);
    }
}

static void test_start_levels(void)
{
    /* Tables D8-18, D8-28, D8-37, by TxSZ */
    static const struct {
        MsmmuGranule granule;
        int level;
        unsigned txsz_min;
        unsigned txsz_max;
    } cases[] = {
        { MSMMU_4K, 0, 16, 24 },
        { MSMMU_4K, 1, 25, 33 },
        { MSMMU_4K, 2, 34, 42 },
        { MSMMU_4K, 3, 43, 48 },
        { MSMMU_16K, 0, 16, 16 },
        { MSMMU_16K, 1, 17, 27 },
        { MSMMU_16K, 2, 28, 38 },
        { MSMMU_16K, 3, 39, 48 },
        { MSMMU_64K, 1, 16, 21 },
        { MSMMU_64K, 2, 22, 34 },
        { MSMMU_64K, 3, 35, 47 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned txsz = cases[i].txsz_min; txsz <= cases[i].txsz_max;
             txsz++) {
            g_test_message("granule %d TxSZ %u", cases[i].granule, txsz);
            g_assert_cmpint(msmmu_granule_start_level(cases[i].granule,
                                                      64 - txsz),
                            ==, cases[i].level);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/granule/levels-span-what-the-arm-arm-says",
                    test_levels);
    g_test_add_func("/msmmu/granule/start-level-for-every-input-size",
                    test_start_levels);
    return g_test_run();
}
