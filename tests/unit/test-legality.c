/*
 * Legality of STEs and CDs: the core against a transcription of the
 * specification's pseudocode, on random words and ID registers; and by hand,
 * what other models of the SMMU got wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "context.h"
#include "oracle_legality.h"
#include "random_config.h"

#define CASES 400000

/* ---- The comparison ---- */

/* @hits: reason -> how often; a reason that never came up fails the test. */
static void count(GHashTable *hits, const char *why)
{
    gpointer n = g_hash_table_lookup(hits, why);

    g_hash_table_insert(hits, (gpointer)why,
                        GUINT_TO_POINTER(GPOINTER_TO_UINT(n) + 1));
}

static void assert_all_hit(GHashTable *hits, const char *const *reasons)
{
    g_assert_cmpuint(g_hash_table_size(hits), ==,
                     g_strv_length((char **)reasons));
    for (; *reasons; reasons++) {
        unsigned n = GPOINTER_TO_UINT(g_hash_table_lookup(hits, *reasons));

        g_test_message("%7u %s", n, *reasons);
        g_assert_cmpuint(n, >, 0);
    }
}

static GRand *new_rand(void)
{
    uint32_t seed = g_test_rand_int();

    g_test_message("seed 0x%08x", seed);
    return g_rand_new_with_seed(seed);
}

static void dump(const char *what, const ConfigWords *words)
{
    for (unsigned i = 0; i < 8; i++) {
        g_test_message("%s word %u: 0x%016" PRIx64, what, i, words->word[i]);
    }
}

static void dump_ids(const MsmmuRegisters *regs)
{
    g_test_message("IDR0 %08x IDR1 %08x IDR3 %08x IDR5 %08x AIDR %x CR2 %x",
                   regs->idr[0], regs->idr[1], regs->idr[3], regs->idr[5],
                   regs->aidr, regs->cr2);
}

static void test_ste_oracle(void)
{
    static const char *const reasons[] = {
        "legal disabled", "legal bypass", "legal stage 1", "legal stage 2",
        "legal nested", "V", "Config-S1P", "Config-S2P", "EATS-split",
        "EATS-full", "EATS-dpt", "EATS-dpt-s2s", "STRW", "S1STALLD",
        "S1CDMax", "S1Fmt", "S1ContextPtr", "S2S-unsupported", "S2S-forced",
        "S2AA64-32", "S2AA64-64", "S2HA", "S2HD", "S2HAFT", "S2TG", "S2TTB",
        "S2T0SZ",
        "S2SL0-aa64-reserved", "S2SL0-aa64-inconsistent",
        "S2SL0-aa32-reserved", "S2SL0-aa32-inconsistent", "S2ENDI-big",
        "S2ENDI-little", "S2PIE", "S2POE-direct", "S2POE-pbha", "S2POI",
        "S2VMID", "VMSPtr", "S2FWB", NULL,
    };
    static const char *const legal[] = {
        "legal disabled", "legal disabled", "legal disabled",
        "legal disabled", "legal bypass", "legal stage 1", "legal stage 2",
        "legal nested",
    };
    GRand *r = new_rand();
    GHashTable *hits = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < CASES; i++) {
        MsmmuRegisters regs;
        ConfigWords ste;
        const char *why;

        random_ids(r, &regs);
        ste = random_ste(r, &regs);
        why = oracle_ste_illegal(&regs, &ste);
        if (msmmu_ste_illegal(&regs, ste.word) != (why != NULL)) {
            dump_ids(&regs);
            dump("STE", &ste);
            g_error("case %u: the oracle says %s", i, why ? why : "legal");
        }
        count(hits, why ? why : legal[config_bits(&ste, 3, 1)]);
    }
    assert_all_hit(hits, reasons);
    g_hash_table_unref(hits);
    g_rand_free(r);
}

static MsmmuWorld world_of(const MsmmuRegisters *regs, const ConfigWords *ste)
{
    bool hyp = regs->idr[0] >> 9 & 1;

    if (!hyp || config_bits(ste, 3, 1) != 5 ||
        config_bits(ste, 95, 94) != 2) {
        return MSMMU_WORLD_NS_EL1;
    }
    return regs->cr2 & 1 ? MSMMU_WORLD_NS_EL2_E2H : MSMMU_WORLD_NS_EL2;
}

/* With legal STEs only: no CD is looked at through another. */
static void test_cd_oracle(void)
{
    static const char *const reasons[] = {
        "legal", "V", "S-S1STALLD", "A", "S-unsupported", "S-forced", "ENDI",
        "AA64-32", "AA64-64", "HA", "HD", "HAFT", "ASID", "T0SZ", "T1SZ",
        "TG0", "TTB0",
        "TG1", "TTB1", "PIIP", "PIIU", "PIIP-PIIU", NULL,
    };
    GRand *r = new_rand();
    GHashTable *hits = g_hash_table_new(g_str_hash, g_str_equal);
    unsigned n = 0, worlds[3] = { 0 };

    while (n < CASES) {
        MsmmuRegisters regs;
        ConfigWords ste, cd;
        MsmmuWorld world;
        const char *why;

        random_ids(r, &regs);
        regs.idr[0] |= 1 << 1;
        ste = random_ste(r, &regs);
        config_set_bits(&ste, 3, 1, random_one_in(r, 3) ? 7 : 5);
        if (random_one_in(r, 8)) {
            config_set_bits(&ste, 91, 91, 1);
        }
        if (oracle_ste_illegal(&regs, &ste)) {
            continue;
        }
        cd = random_cd(r, &regs);
        why = oracle_cd_illegal(&regs, &ste, &cd);
        world = world_of(&regs, &ste);
        if (msmmu_cd_illegal(&regs, world, ste.word, cd.word) !=
            (why != NULL)) {
            dump_ids(&regs);
            dump("STE", &ste);
            dump("CD", &cd);
            g_error("case %u: the oracle says %s", n, why ? why : "legal");
        }
        count(hits, why ? why : "legal");
        worlds[world]++;
        n++;
    }
    assert_all_hit(hits, reasons);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(worlds[i], >, 0);
    }
    g_hash_table_unref(hits);
    g_rand_free(r);
}

/* ---- By hand ---- */

/* All features off: stages 1 and 2, VMSAv8-64, 4KB granule, OAS 48, v3.2. */
static MsmmuRegisters plain_ids(void)
{
    return (MsmmuRegisters) {
        .idr = { 0x0100000b, 0, 0, 0, 0, 0x00000015 },
        .aidr = 2,
    };
}

/* S2T0SZ 24 (40 bits), S2SL0 1 (level 1), S2TG 4KB, S2PS 48 bits, S2AA64. */
static ConfigWords plain_stage2(void)
{
    return (ConfigWords) { {
        0xd, UINT64_C(0x100000000000), UINT64_C(0x000d005800000000),
    } };
}

static bool ste_illegal(const MsmmuRegisters *regs, const ConfigWords *ste)
{
    bool illegal = msmmu_ste_illegal(regs, ste->word);

    g_assert_cmpint(illegal, ==, oracle_ste_illegal(regs, ste) != NULL);
    return illegal;
}

static void test_stage2_only_ignores_s1cdmax(void)
{
    MsmmuRegisters ids = plain_ids();
    ConfigWords ste = plain_stage2();

    g_assert_false(ste_illegal(&ids, &ste));
    config_set_bits(&ste, 63, 59, 31);
    g_assert_false(ste_illegal(&ids, &ste));
    ids.idr[1] = 8 << 6;
    g_assert_false(ste_illegal(&ids, &ste));
}

static void test_s1cdmax_needs_ssidsize(void)
{
    MsmmuRegisters ids = plain_ids();
    ConfigWords ste = config_ste_stage1(0x1000);

    for (unsigned s1cdmax = 0; s1cdmax < 32; s1cdmax++) {
        config_set_bits(&ste, 63, 59, s1cdmax);
        /* Without substreams the field is IGNORED. */
        ids.idr[1] = 0;
        g_assert_false(ste_illegal(&ids, &ste));
        ids.idr[1] = 8 << 6;
        g_assert_cmpint(ste_illegal(&ids, &ste), ==, s1cdmax > 8);
    }
}

static void test_s1stalld_counts_with_stage1_only(void)
{
    MsmmuRegisters ids = plain_ids();
    ConfigWords stage1 = config_ste_stage1(0x1000);
    ConfigWords stage2 = plain_stage2(), bypass = config_ste_bypass();

    config_set_bits(&stage1, 91, 91, 1);
    config_set_bits(&stage2, 91, 91, 1);
    config_set_bits(&bypass, 91, 91, 1);
    g_assert_true(ste_illegal(&ids, &stage1));
    g_assert_false(ste_illegal(&ids, &stage2));
    g_assert_false(ste_illegal(&ids, &bypass));
}

static void test_s2ha_needs_httu(void)
{
    MsmmuRegisters ids = plain_ids();

    for (unsigned httu = 0; httu < 4; httu++) {
        ConfigWords ha = plain_stage2(), hd = plain_stage2();

        ids.idr[0] = 0x0100000b | httu << 6;
        config_set_bits(&ha, 184, 184, 1);
        config_set_bits(&hd, 184, 183, 3);
        g_assert_cmpint(ste_illegal(&ids, &ha), ==, httu < 1);
        g_assert_cmpint(ste_illegal(&ids, &hd), ==, httu < 2);
    }
}

/* Another model ends its process instead. */
static void test_s2aa64_0_needs_ttf(void)
{
    MsmmuRegisters ids = plain_ids();
    ConfigWords ste = plain_stage2();

    config_set_bits(&ste, 179, 179, 0);
    g_assert_true(ste_illegal(&ids, &ste));
    ids.idr[0] |= 1 << 2;
    /* S2T0SZ[3:0] = 0b1000 is 40 bits of input from level 1. */
    g_assert_false(ste_illegal(&ids, &ste));
}

/* The size of the input follows S2T0SZ and IAS, not S2PS (5.2 S2T0SZ). */
static void test_s2t0sz_is_limited_by_ias(void)
{
    MsmmuRegisters ids = plain_ids();
    ConfigWords ste = plain_stage2();

    for (unsigned s2ps = 0; s2ps < 8; s2ps++) {
        config_set_bits(&ste, 178, 176, s2ps);
        g_assert_false(ste_illegal(&ids, &ste));
    }
    /* OAS 36: 36 bits of IPA and no more; start at level 1. */
    ids.idr[5] = 0x11;
    config_set_bits(&ste, 165, 160, 28);
    g_assert_false(ste_illegal(&ids, &ste));
    config_set_bits(&ste, 165, 160, 27);
    g_assert_true(ste_illegal(&ids, &ste));
}

/* S2SL0 against S2T0SZ, both ways: 4KB, start at level 0, 1, 2. */
static void test_s2sl0_fits_s2t0sz(void)
{
    static const struct {
        unsigned sl0, first_t0sz, last_t0sz;
    } cases[] = {
        { 2, 16, 24 },          /* level 0: 40 to 48 bits */
        { 1, 21, 33 },          /* level 1: 31 to 43 */
        { 0, 30, 39 },          /* level 2: 22 to 34, but S2T0SZ <= 39 */
    };
    MsmmuRegisters ids = plain_ids();
    ConfigWords ste = plain_stage2();

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned t0sz = 0; t0sz < 64; t0sz++) {
            bool legal = t0sz >= cases[i].first_t0sz &&
                         t0sz <= cases[i].last_t0sz;

            config_set_bits(&ste, 167, 166, cases[i].sl0);
            config_set_bits(&ste, 165, 160, t0sz);
            g_assert_cmpint(ste_illegal(&ids, &ste), ==, !legal);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/legality/" name, function)
    TEST("ste-agrees-with-pseudocode", test_ste_oracle);
    TEST("cd-agrees-with-pseudocode", test_cd_oracle);
    TEST("stage2-only-ignores-s1cdmax", test_stage2_only_ignores_s1cdmax);
    TEST("s1cdmax-is-ignored-without-substreams",
         test_s1cdmax_needs_ssidsize);
    TEST("s1stalld-counts-with-stage1-only",
         test_s1stalld_counts_with_stage1_only);
    TEST("s2ha-without-httu-is-illegal", test_s2ha_needs_httu);
    TEST("s2aa64-0-is-illegal-without-aarch32-tables",
         test_s2aa64_0_needs_ttf);
    TEST("s2t0sz-is-limited-by-ias", test_s2t0sz_is_limited_by_ias);
    TEST("s2sl0-must-fit-s2t0sz", test_s2sl0_fits_s2t0sz);
    return g_test_run();
}
