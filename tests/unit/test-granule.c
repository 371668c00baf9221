/*
 * Granules: what leaves map, where they exist, and the first levels of stage 1
 * for every input size, against the numbers that the Arm ARM prints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "granule.h"

/* Where leaves exist. */
typedef enum Exists {
    NEVER,
    IF_WIDE,                    /* with DS, or FEAT_LPA for 64KB */
    ALWAYS,
} Exists;

/* Tables D8-16, D8-17, D8-26, D8-27, D8-35, D8-36 */
static const struct {
    MsmmuGranule granule;
    int level;
    uint64_t bytes;             /* that a descriptor spans */
    Exists block;
    bool contiguous;            /* there is such a bit: D8.7.1 */
} cases[] = {
    { MSMMU_4K, 3, 4096, NEVER, true },
    { MSMMU_4K, 2, 2097152, ALWAYS, true },
    { MSMMU_4K, 1, 1073741824, ALWAYS, true },
    { MSMMU_4K, 0, UINT64_C(549755813888), IF_WIDE, false },
    { MSMMU_4K, -1, UINT64_C(281474976710656), NEVER, false },
    { MSMMU_16K, 3, 16384, NEVER, true },
    { MSMMU_16K, 2, 33554432, ALWAYS, true },
    { MSMMU_16K, 1, UINT64_C(68719476736), IF_WIDE, false },
    { MSMMU_16K, 0, UINT64_C(140737488355328), NEVER, false },
    { MSMMU_64K, 3, 65536, NEVER, true },
    { MSMMU_64K, 2, 536870912, ALWAYS, true },
    { MSMMU_64K, 1, UINT64_C(4398046511104), IF_WIDE, false },
};

static void test_levels(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("granule %d level %d", cases[i].granule,
                       cases[i].level);
        g_assert_cmphex(UINT64_C(1) <<
                        msmmu_granule_level_shift(cases[i].granule,
                                                  cases[i].level),
                        ==, cases[i].bytes);
    }
}

static void test_blocks(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("granule %d level %d", cases[i].granule,
                       cases[i].level);
        for (unsigned wide = 0; wide < 2; wide++) {
            g_assert_cmpint(msmmu_granule_has_block(cases[i].granule,
                                                    cases[i].level, wide),
                            ==, cases[i].block == ALWAYS ||
                                (wide && cases[i].block == IF_WIDE));
        }
    }
}

static void test_contiguous(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("granule %d level %d", cases[i].granule,
                       cases[i].level);
        g_assert_cmpint(msmmu_granule_has_contiguous(cases[i].granule,
                                                     cases[i].level),
                        ==, cases[i].contiguous);
    }
}

static void test_wide(void)
{
    static const struct {
        MsmmuGranule granule;
        bool ds, lpa, wide;
    } words[] = {
        { MSMMU_4K, false, false, false }, { MSMMU_4K, true, false, true },
        { MSMMU_4K, false, true, false }, { MSMMU_4K, true, true, true },
        { MSMMU_16K, false, false, false }, { MSMMU_16K, true, false, true },
        { MSMMU_16K, false, true, false }, { MSMMU_16K, true, true, true },
        { MSMMU_64K, false, false, false }, { MSMMU_64K, true, false, false },
        { MSMMU_64K, false, true, true }, { MSMMU_64K, true, true, true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_cmpint(msmmu_granule_is_wide(words[i].granule, words[i].ds,
                                              words[i].lpa),
                        ==, words[i].wide);
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
    } starts[] = {
        { MSMMU_4K, -1, 12, 15 },
        { MSMMU_4K, 0, 16, 24 },
        { MSMMU_4K, 1, 25, 33 },
        { MSMMU_4K, 2, 34, 42 },
        { MSMMU_4K, 3, 43, 48 },
        { MSMMU_16K, 0, 12, 16 },
        { MSMMU_16K, 1, 17, 27 },
        { MSMMU_16K, 2, 28, 38 },
        { MSMMU_16K, 3, 39, 48 },
        { MSMMU_64K, 1, 12, 21 },
        { MSMMU_64K, 2, 22, 34 },
        { MSMMU_64K, 3, 35, 47 },
        /* VMSAv8-32: 32 - TxSZ bits (G5.5.7.1) */
        { MSMMU_4K, 1, 32, 33 },
        { MSMMU_4K, 2, 34, 39 },
    };
    unsigned swept = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(starts); i++) {
        for (unsigned txsz = starts[i].txsz_min; txsz <= starts[i].txsz_max;
             txsz++) {
            int level = msmmu_granule_start_level(starts[i].granule,
                                                  64 - txsz);

            if (level != starts[i].level) {
                g_error("granule %d TxSZ %u: level %d, not %d",
                        starts[i].granule, txsz, level, starts[i].level);
            }
            swept++;
        }
    }
    g_test_message("swept: %u sizes of stage 1 inputs", swept);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/granule/" claim, function)
    ADD("levels-span-what-the-arm-arm-says", test_levels);
    ADD("blocks-exist-where-the-arm-arm-says", test_blocks);
    ADD("contiguous-bit-exists-where-the-arm-arm-says", test_contiguous);
    ADD("ds-is-not-for-64k", test_wide);
    ADD("start-level-for-every-input-size", test_start_levels);
#undef ADD
    return g_test_run();
}
