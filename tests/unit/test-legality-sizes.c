/*
 * Sizes that make an STE or a CD ILLEGAL: every value of S2T0SZ, S2SL0, S2TG,
 * T0SZ, T1SZ, TG0 and TG1 on instances of every size, against tables that are
 * written out from the Arm ARM and the prose of IHI 0070 5.2 and 5.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context.h"
#include "oracle_legality.h"
#include "tables.h"

static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

/* Stages 1 and 2, both formats, all granules; v3.1 or later. */
static MsmmuRegisters ids_with(unsigned oas, bool ds, bool stt, bool vax)
{
    return (MsmmuRegisters) {
        .idr = { 0x0100000f, 0, 0, stt << 9, 0,
                 0x70 | oas | ds << 7 | vax << 10 },
        .aidr = 1 + oas % 4,
    };
}

/* ---- Stage 2, VMSAv8-64 ---- */

/* Arm ARM Tables D8-19, D8-29, D8-38; -2: Reserved. */
static int start_level(unsigned kb, unsigned sl2, unsigned sl0)
{
    static const int with_4kb[8] = { 2, 1, 0, 3, -1, -2, -2, -2 };
    static const int with_16kb[4] = { 3, 2, 1, 0 };
    static const int with_64kb[4] = { 3, 2, 1, -2 };

    return kb == 4 ? with_4kb[sl2 << 2 | sl0] :
           kb == 16 ? with_16kb[sl0] : with_64kb[sl0];
}

/*
 * PA bits that a start level takes (AArch64.S2InvalidSL): fewer would not fill
 * a table of the level below.
 */
static unsigned pa_bits_needed(unsigned kb, int level)
{
    static const struct {
        unsigned kb;
        int level;
        unsigned bits;
    } needs[] = {
        { 4, -1, 52 }, { 4, 0, 44 }, { 16, 0, 52 }, { 16, 1, 42 },
        { 64, 1, 44 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (needs[i].kb == kb && needs[i].level == level) {
            return needs[i].bits;
        }
    }
    return 0;
}

typedef struct Stage2Case {
    unsigned kb, sl2, sl0, t0sz, oas_bits;
    bool ds, stt;
} Stage2Case;

/* Whether the Arm ARM's tables have it, and IAS and OAS allow it. */
static bool stage2_legal(const Stage2Case *c)
{
    /* SL2 is RES0 unless DS; DS is RES0 with 64KB. */
    int level = start_level(c->kb, c->kb == 4 && c->ds ? c->sl2 : 0, c->sl0);
    bool wide = c->kb == 64 || c->ds;

    if (level == -2 || c->oas_bits < pa_bits_needed(c->kb, level) ||
        (c->kb == 16 && level == 0 && !c->ds) ||
        64 - c->t0sz > MAX(40, c->oas_bits)) {
        return false;
    }
    for (unsigned i = 0; i < tables_stage2_starts_count; i++) {
        const TablesStart *start = &tables_stage2_starts[i];

        if (start->kb == c->kb && start->level == level &&
            c->t0sz >= start->txsz_min && c->t0sz <= start->txsz_max) {
            return (start->need != TABLES_WIDE || wide) &&
                   (start->need != TABLES_SMALL || c->stt);
        }
    }
    return false;
}

static ConfigWords stage2_ste(const Stage2Case *c)
{
    ConfigWords ste = { {
        0xd, UINT64_C(0x100000000000), UINT64_C(0x0008000000000000),
    } };

    config_set_bits(&ste, 165, 160, c->t0sz);
    config_set_bits(&ste, 167, 166, c->sl0);
    config_set_bits(&ste, 175, 174, c->kb == 4 ? 0 : c->kb == 64 ? 1 : 2);
    config_set_bits(&ste, 194, 194, c->sl2);
    config_set_bits(&ste, 195, 195, c->ds);
    return ste;
}

/* Every S2T0SZ and S2SL0 of one granule on one instance; how many are legal. */
static unsigned sweep_stage2(unsigned oas, unsigned kb, bool ds, bool stt)
{
    MsmmuRegisters ids = ids_with(oas, ds, stt, false);
    unsigned legal = 0;

    for (unsigned i = 0; i < 64 * 8; i++) {
        Stage2Case c = {
            .kb = kb, .sl2 = i >> 8, .sl0 = i >> 6 & 3, .t0sz = i % 64,
            .oas_bits = sizes[oas], .ds = ds, .stt = stt,
        };
        ConfigWords ste = stage2_ste(&c);
        bool expected = stage2_legal(&c);

        if (msmmu_ste_illegal(&ids, ste.word) == expected) {
            g_error("%u KB, SL %u:%u, T0SZ %u, OAS %u, DS %d, STT %d: %s",
                    kb, c.sl2, c.sl0, c.t0sz, c.oas_bits, ds, stt,
                    expected ? "legal" : "illegal");
        }
        g_assert_cmpint(oracle_ste_illegal(&ids, &ste) == NULL, ==, expected);
        legal += expected;
    }
    return legal;
}

static void test_stage2_starts(void)
{
    static const unsigned granules[] = { 4, 16, 64 };
    unsigned legal = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 3 * 4; i++) {
        unsigned n = sweep_stage2(i / 12, granules[i % 3], i / 3 & 1,
                                  i / 6 & 1);

        g_assert_cmpuint(n, >, 0);
        legal += n;
    }
    g_test_message("%u legal of %u", legal,
                   (unsigned)G_N_ELEMENTS(sizes) * 12 * 512);
}

/* The Reserved S2TG, and granules that the instance lacks. */
static void test_stage2_granules(void)
{
    static const unsigned gran[] = { 1 << 4, 1 << 6, 1 << 5, 0 };

    for (unsigned have = 1; have < 8; have++) {
        for (unsigned tg = 0; tg < 4; tg++) {
            MsmmuRegisters ids = ids_with(5, false, false, false);
            ConfigWords ste = stage2_ste(&(Stage2Case) {
                .kb = 4, .t0sz = tg == 1 ? 30 : 34, .sl0 = tg ? 1 : 0,
            });

            ids.idr[5] = 5 | have << 4;
            config_set_bits(&ste, 175, 174, tg);
            g_assert_cmpint(msmmu_ste_illegal(&ids, ste.word), ==,
                            !(ids.idr[5] & gran[tg]));
        }
    }
}

/* ---- Stage 2, VMSAv8-32 LPAE ---- */

/*
 * Arm ARM Table G5-5. S2T0SZ[5:4] and S2TG are IGNORED, and what the OAS is
 * does not matter: inputs have up to 40 bits.
 */
static void test_stage2_aa32_starts(void)
{
    static const struct {
        unsigned sl0;
        int t0sz_min, t0sz_max;
    } table[] = { { 0, -2, 7 }, { 1, -8, 1 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 64 * 4 * 4; i++) {
        unsigned t0sz = i % 64, sl0 = i / 64 % 4, tg = i / 256 % 4;
        MsmmuRegisters ids = ids_with(i / 1024, i & 1, i & 2, false);
        ConfigWords ste = { { 0xd, UINT64_C(0x100000000000) } };
        int value = t0sz % 16 < 8 ? (int)(t0sz % 16) : (int)(t0sz % 16) - 16;
        bool expected = sl0 < 2 && value >= table[sl0].t0sz_min &&
                        value <= table[sl0].t0sz_max;
        MsmmuSteStage2 s2;

        config_set_bits(&ste, 165, 160, t0sz);
        config_set_bits(&ste, 167, 166, sl0);
        config_set_bits(&ste, 175, 174, tg);
        g_assert_cmpint(msmmu_ste_illegal(&ids, ste.word), ==, !expected);
        if (expected) {
            s2 = msmmu_ste_stage2(&ids, ste.word);
            g_assert_cmpint(s2.input_bits, ==, 32 - value);
            g_assert_cmpint(s2.start_level, ==, sl0 ? 1 : 2);
            g_assert_cmpint(s2.granule, ==, MSMMU_4K);
        }
    }
}

/* S2FWB, S2HA, S2HD, S2HAFT and S2PIE are not for VMSAv8-32 LPAE. */
static void test_stage2_aa32_features(void)
{
    static const unsigned bits[] = { 89, 184, 183, 187, 188 };
    MsmmuRegisters ids = ids_with(5, false, false, false);
    ConfigWords plain = { { 0xd, UINT64_C(0x100000000000) } };

    ids.idr[0] |= 3 << 6;
    ids.idr[3] = 1 << 8 | 1 << 19;
    g_assert_false(msmmu_ste_illegal(&ids, plain.word));
    for (unsigned i = 0; i < G_N_ELEMENTS(bits); i++) {
        ConfigWords ste = plain;

        config_set_bits(&ste, bits[i], bits[i], 1);
        g_assert_true(msmmu_ste_illegal(&ids, ste.word));
    }
    /* Without FWB and S2PI the two are RES0. */
    ids.idr[3] = 0;
    config_set_bits(&plain, 89, 89, 1);
    config_set_bits(&plain, 188, 188, 1);
    g_assert_false(msmmu_ste_illegal(&ids, plain.word));
}

/* ---- Stage 1 ---- */

/* 5.4 T0SZ: the limits, by granule and by what the instance has. */
static bool txsz_legal(unsigned kb, unsigned txsz, bool ds, bool stt, bool vax)
{
    unsigned least = vax && (kb == 64 || ds) ? 12 : 16;
    unsigned most = !stt ? 39 : kb == 64 ? 47 : 48;

    return txsz >= least && txsz <= most;
}

/* One half of a CD with the other one disabled. */
static ConfigWords half_cd(unsigned x, unsigned tg, unsigned txsz, bool ds)
{
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 14, 14, x == 1);
    config_set_bits(&cd, 30, 30, x == 0);
    config_set_bits(&cd, x ? 21 : 5, x ? 16 : 0, txsz);
    config_set_bits(&cd, x ? 23 : 7, x ? 22 : 6, tg);
    config_set_bits(&cd, 186, 186, ds);
    return cd;
}

static void test_stage1_sizes(void)
{
    /* TG0 and TG1 in KB; 0 is Reserved. */
    static const unsigned kb[2][4] = { { 4, 64, 16, 0 }, { 0, 16, 4, 64 } };
    ConfigWords ste = config_ste_stage1(0x1000);

    for (unsigned i = 0; i < 2 * 4 * 64 * 16; i++) {
        unsigned x = i & 1, tg = i >> 1 & 3, txsz = i >> 3 & 63;
        bool has_ds = i >> 9 & 1, ds = i >> 10 & 1, stt = i >> 11 & 1;
        bool vax = i >> 12 & 1;
        MsmmuRegisters ids = ids_with(6, has_ds, stt, vax);
        ConfigWords cd = half_cd(x, tg, txsz, ds);
        bool expected = kb[x][tg] &&
                        txsz_legal(kb[x][tg], txsz, has_ds && ds, stt, vax);

        g_assert_cmpint(msmmu_cd_illegal(&ids, MSMMU_WORLD_NS_EL1, ste.word,
                                         cd.word), ==, !expected);
        g_assert_cmpint(oracle_cd_illegal(&ids, &ste, &cd) == NULL, ==,
                        expected);
    }
}

/* No TxSZ and no TGx is out of range with VMSAv8-32 LPAE. */
static void test_stage1_aa32_sizes(void)
{
    MsmmuRegisters ids = ids_with(5, false, false, false);
    ConfigWords ste = config_ste_stage1(0x1000);

    for (unsigned i = 0; i < 2 * 4 * 64; i++) {
        unsigned x = i & 1, tg = i >> 1 & 3, txsz = i >> 3;
        ConfigWords cd = half_cd(x, tg, txsz, true);
        MsmmuCdHalf half;

        config_set_bits(&cd, 41, 41, 0);
        g_assert_false(msmmu_cd_illegal(&ids, MSMMU_WORLD_NS_EL1, ste.word,
                                        cd.word));
        half = msmmu_cd_half(&ids, MSMMU_WORLD_NS_EL1, cd.word, x);
        g_assert_cmpint(half.input_bits, ==, 32 - (int)(txsz % 8));
        g_assert_cmpint(half.granule, ==, MSMMU_4K);
        g_assert_false(half.ds);
    }
}

/* ---- Table bases ---- */

/* Bits of a table base that are legal, by the effective S2PS or IPS. */
static void test_bases_fit_the_output_size(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 8 * 4; i++) {
        unsigned oas = i / 32, ps = i / 4 % 8, kb = i & 1 ? 64 : 4;
        bool ds = i & 2;
        MsmmuRegisters ids = ids_with(oas, ds, false, false);
        Stage2Case c = { .kb = kb, .t0sz = 32, .ds = ds, .sl0 = kb == 4 };
        ConfigWords ste = stage2_ste(&c), cd = half_cd(0, kb == 64, 32, ds);
        ConfigWords stage1 = config_ste_stage1(0x1000);
        /* 3.4: IPS and S2PS are capped; 48 bits without DS or 64KB. */
        unsigned bits = MIN(sizes[MIN(ps, 6)], sizes[oas]);

        bits = ds || kb == 64 ? bits : MIN(bits, 48);
        config_set_bits(&ste, 178, 176, ps);
        config_set_bits(&cd, 34, 32, ps);
        for (unsigned bit = 16; bit < 52; bit++) {
            config_set_bits(&ste, 243, 196, UINT64_C(1) << (bit - 4));
            config_set_bits(&cd, 115, 68, UINT64_C(1) << (bit - 4));
            g_assert_cmpint(msmmu_ste_illegal(&ids, ste.word), ==,
                            bit >= bits);
            g_assert_cmpint(msmmu_cd_illegal(&ids, MSMMU_WORLD_NS_EL1,
                                             stage1.word, cd.word), ==,
                            bit >= bits);
        }
    }
}

/* VMSAv8-32 LPAE: 40 bits whatever IPS, S2PS and the OAS are. */
static void test_aa32_bases_have_40_bits(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 8; i++) {
        MsmmuRegisters ids = ids_with(i / 8, false, false, false);
        ConfigWords ste = { { 0xd, UINT64_C(0x100000000000) } };
        ConfigWords cd = config_cd(1, 0), stage1 = config_ste_stage1(0x1000);

        config_set_bits(&cd, 41, 41, 0);
        config_set_bits(&ste, 178, 176, i % 8);
        config_set_bits(&cd, 34, 32, i % 8);
        for (unsigned bit = 16; bit < 52; bit++) {
            config_set_bits(&ste, 243, 196, UINT64_C(1) << (bit - 4));
            config_set_bits(&cd, 115, 68, UINT64_C(1) << (bit - 4));
            g_assert_cmpint(msmmu_ste_illegal(&ids, ste.word), ==, bit >= 40);
            g_assert_cmpint(msmmu_cd_illegal(&ids, MSMMU_WORLD_NS_EL1,
                                             stage1.word, cd.word), ==,
                            bit >= 40);
        }
    }
}

/* ---- Which format goes with which ---- */

/* 5.4 AA64: by TTF, the world, and the format of stage 2. */
static void test_formats(void)
{
    for (unsigned i = 0; i < 3 * 3 * 2 * 3; i++) {
        unsigned ttf = 1 + i % 3, world = i / 3 % 3, aa64 = i / 9 % 2;
        /* Stage 1 alone, over VMSAv8-32 LPAE, over VMSAv8-64 */
        unsigned below = i / 18;
        MsmmuRegisters ids = ids_with(5, false, false, false);
        ConfigWords ste = config_ste_stage1(0x1000), cd = config_cd(1, 0);
        bool legal = (aa64 ? ttf & 2 : ttf & 1) &&
                     !(!aa64 && world == MSMMU_WORLD_NS_EL2_E2H) &&
                     !(aa64 && below == 1);

        ids.idr[0] = 0x01000203 | ttf << 2;
        if (below) {
            if (world != MSMMU_WORLD_NS_EL1) {
                continue;
            }
            config_set_bits(&ste, 3, 1, 7);
            config_set_bits(&ste, 179, 179, below - 1);
        }
        config_set_bits(&cd, 41, 41, aa64);
        g_assert_cmpint(msmmu_cd_illegal(&ids, world, ste.word, cd.word), ==,
                        !legal);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/legality/" name, function)
    TEST("s2t0sz-s2sl0-s2tg-are-those-of-the-arm-arm", test_stage2_starts);
    TEST("absent-and-reserved-s2tg-are-illegal", test_stage2_granules);
    TEST("aa32-s2t0sz-and-s2sl0-are-those-of-the-arm-arm",
         test_stage2_aa32_starts);
    TEST("aa32-has-no-s2fwb-s2ha-s2hd-s2haft-s2pie",
         test_stage2_aa32_features);
    TEST("txsz-limits-follow-tg-ds-stt-vax", test_stage1_sizes);
    TEST("aa32-txsz-is-never-illegal", test_stage1_aa32_sizes);
    TEST("table-bases-fit-the-effective-output-size",
         test_bases_fit_the_output_size);
    TEST("aa32-table-bases-have-40-bits", test_aa32_bases_have_40_bits);
    TEST("aa64-must-be-possible", test_formats);
    return g_test_run();
}
