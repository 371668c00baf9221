/*
 * STE -> MsmmuContext, stage 2: what the S2* fields say, and where they are
 * IGNORED or RES0 (IHI 0070 3.4, 5.2). How the CD of a nested stream is fetched
 * is in test-context-nested.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"
#include "tables.h"

#define BAD_STE 0x04
#define S2TTB UINT64_C(0x123450000)

static void test_fields(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords ste = config_ste_stage2(0xabcd, S2TTB);
    MsmmuContext ctx = decoded_ste(f, &ste, NULL);

    g_assert_true(ctx.stage2);
    g_assert_false(ctx.stage1);
    g_assert_cmpint(ctx.outcome, ==, MSMMU_STATUS_OK);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL1);
    g_assert_cmphex(ctx.vmid, ==, 0xabcd);
    g_assert_cmphex(ctx.asid, ==, 0);
    g_assert_true(ctx.s2_record);
    g_assert_cmpint(ctx.s2.granule, ==, MSMMU_4K);
    g_assert_cmpint(ctx.s2.start_level, ==, 1);
    g_assert_cmpint(ctx.s2.input_bits, ==, 40);
    g_assert_cmphex(ctx.s2.table_pa, ==, S2TTB);
    g_assert_cmpint(ctx.s2.tables.format, ==, MSMMU_AARCH64);
    g_assert_cmpint(ctx.s2.tables.output_bits, ==, 48);
    g_assert_true(ctx.s2.tables.lpa);
    g_assert_false(ctx.s2.tables.ds);
    g_assert_false(ctx.s2.tables.big_endian);
    g_assert_false(ctx.s2.tables.access_flag_off);
    g_assert_false(ctx.s2.tables.update_access);
    g_assert_false(ctx.s2.tables.update_dirty);
    g_assert_false(ctx.s2.tables.update_tables);
    g_assert_false(ctx.s2.protected_walk);
    g_assert_false(ctx.s2.force_write_back);

    /* S2ENDI, S2AFFD, S2FWB; S2R off */
    config_set_bits(&ste, 180, 180, 1);
    config_set_bits(&ste, 181, 181, 1);
    config_set_bits(&ste, 89, 89, 1);
    config_set_bits(&ste, 186, 186, 0);
    ctx = decoded_ste(f, &ste, NULL);
    g_assert_true(ctx.s2.tables.big_endian);
    g_assert_true(ctx.s2.tables.access_flag_off);
    g_assert_true(ctx.s2.force_write_back);
    g_assert_false(ctx.s2_record);
    fixture_free(f);
}

/* Bits [hi:lo] of an STE that count, with HA, and without. */
typedef struct Counting {
    unsigned hi, lo;
    bool with_ha, without_ha;
} Counting;

static bool counts(const Counting *table, unsigned rows, unsigned bit, bool ha)
{
    for (unsigned i = 0; i < rows; i++) {
        if (bit <= table[i].hi && bit >= table[i].lo) {
            return ha ? table[i].with_ha : table[i].without_ha;
        }
    }
    return false;
}

/*
 * Every bit of a stage 2 STE, flipped alone. S1*, S2PTW, STRW and EATS do not
 * count, nor do features that no instance has (S2PIE, S2POE, S2HWU, DPT).
 */
static void check_every_bit(bool ha)
{
    static const Counting table[] = {
        /* V, Config; S2FWB; overrides */
        { 3, 0, true, true }, { 89, 89, true, true },
        { 104, 96, true, true }, { 109, 108, true, true },
        { 115, 112, true, true },
        /* S2VMID; S2T0SZ, S2SL0; S2SH0, S2TG, S2PS, S2AA64, S2ENDI */
        { 143, 128, true, true }, { 167, 160, true, true },
        { 180, 172, true, true },
        /* S2AFFD, S2HD, S2HA, S2S (illegal), S2R, S2HAFT (illegal alone) */
        { 181, 181, false, true }, { 183, 183, true, false },
        { 187, 184, true, true },
        /* S2SL0_2 and S2DS, S2TTB[51:4] */
        { 243, 194, true, true },
    };
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage2(0, S2TTB);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    /* S2DS, so that S2SH0 counts; S2SH0 0b10 and the like for each bit */
    config_set_bits(&ste, 195, 195, 1);
    config_set_bits(&ste, 173, 172, 2);
    config_set_bits(&ste, 178, 176, 2);
    config_set_bits(&ste, 99, 96, 0xa);         /* MemAttr, MTCFG */
    config_set_bits(&ste, 100, 100, 1);
    config_set_bits(&ste, 104, 101, 0xc);       /* ALLOCCFG, SHCFG */
    config_set_bits(&ste, 109, 108, 2);
    config_set_bits(&ste, 113, 112, 2);
    config_set_bits(&ste, 115, 114, 2);
    config_set_bits(&ste, 184, 184, ha);
    g_assert_cmpint(fetch(f, &rq, &ste, NULL, &plain, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned bit = 0; bit < 512; bit++) {
        ConfigWords changed = ste;
        bool expected = counts(table, G_N_ELEMENTS(table), bit, ha);

        config_set_bits(&changed, bit, bit, !config_bits(&ste, bit, bit));
        fetch(f, &rq, &changed, NULL, &ctx, &fault);
        if (same_context(&plain, &ctx) == expected) {
            g_error("bit %u %s", bit, expected ? "counts" : "does not count");
        }
    }
    fixture_free(f);
}

static void test_every_bit(void)
{
    check_every_bit(true);
    check_every_bit(false);
}

/* 3.4, 5.2 S2PS: capped to the OAS; 6 and 7 are Reserved in some versions. */
static void test_s2ps_is_capped(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        MsmmuConfig config = msmmu_config_default();
        Fixture *f;

        config.stages = MSMMU_STAGE_2;
        config.oas_bits = sizes[i];
        f = new_fixture_of(&config);
        for (unsigned ps = 0; ps < 8; ps++) {
            ConfigWords ste = config_ste_stage2(1, 0);

            /* Inputs of 32 bits, from level 1. */
            config_set_bits(&ste, 165, 160, 32);
            config_set_bits(&ste, 178, 176, ps);
            g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.tables.output_bits,
                            ==, MIN(sizes[MIN(ps, 6)], sizes[i]));
        }
        fixture_free(f);
    }
}

/* In SMMUv3.0 S2PS == 6 and 7 behave as 5. */
static void test_s2ps_in_3_0(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f;

    config.stages = MSMMU_STAGE_2;
    config.arch_minor = 0;
    f = new_fixture_of(&config);
    for (unsigned ps = 5; ps < 8; ps++) {
        ConfigWords ste = config_ste_stage2(1, 0);

        config_set_bits(&ste, 178, 176, ps);
        g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.tables.output_bits, ==,
                        48);
    }
    fixture_free(f);
}

/* S2SL0_2, S2SL0 and S2TG as the Arm ARM's tables have them. */
static void test_starts(void)
{
    static const struct {
        unsigned kb, tg, sl2, sl0;
        int level;
    } encodings[] = {
        { 4, 0, 1, 0, -1 }, { 4, 0, 0, 2, 0 }, { 4, 0, 0, 1, 1 },
        { 4, 0, 0, 0, 2 }, { 4, 0, 0, 3, 3 },
        { 16, 2, 0, 3, 0 }, { 16, 2, 0, 2, 1 }, { 16, 2, 0, 1, 2 },
        { 16, 2, 0, 0, 3 },
        { 64, 1, 0, 2, 1 }, { 64, 1, 0, 1, 2 }, { 64, 1, 0, 0, 3 },
    };
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);

    for (unsigned i = 0; i < tables_stage2_starts_count; i++) {
        const TablesStart *start = &tables_stage2_starts[i];
        ConfigWords ste = config_ste_stage2(1, 0);
        MsmmuContext ctx;
        unsigned e = 0;

        while (encodings[e].kb != start->kb ||
               encodings[e].level != start->level) {
            g_assert_cmpuint(++e, <, G_N_ELEMENTS(encodings));
        }
        config_set_bits(&ste, 195, 195, 1);
        config_set_bits(&ste, 175, 174, encodings[e].tg);
        config_set_bits(&ste, 167, 166, encodings[e].sl0);
        config_set_bits(&ste, 194, 194, encodings[e].sl2);
        for (unsigned t = start->txsz_min; t <= start->txsz_max; t++) {
            config_set_bits(&ste, 165, 160, t);
            ctx = decoded_ste(f, &ste, NULL);
            g_assert_cmpint(ctx.s2.start_level, ==, start->level);
            g_assert_cmpint(ctx.s2.input_bits, ==, 64 - t);
            g_assert_cmpint(ctx.s2.tables.ds, ==, start->kb != 64);
        }
    }
    fixture_free(f);
}

/* S2SH0 where descriptors have no SH; the Reserved 0b01 is Non-shareable. */
static void test_shareability(void)
{
    static const uint8_t effective[] = { 0, 0, 2, 3 };
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);

    for (unsigned sh = 0; sh < 4; sh++) {
        ConfigWords ste = config_ste_stage2(1, 0);

        config_set_bits(&ste, 173, 172, sh);
        g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.shareability, ==, 0);
        config_set_bits(&ste, 195, 195, 1);
        g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.shareability, ==,
                        effective[sh]);
        /* S2DS is RES0 with 64KB; 40 bits from level 2 */
        config_set_bits(&ste, 175, 174, 1);
        g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.shareability, ==, 0);
        g_assert_false(decoded_ste(f, &ste, NULL).s2.tables.ds);
    }
    fixture_free(f);
}

/* 5.2 S2TTB: with an effective S2PS of 52 bits, [5:0] are taken as zero. */
static void test_s2ttb_alignment(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords ste = config_ste_stage2(1, 0x1230);

    g_assert_cmphex(decoded_ste(f, &ste, NULL).s2.table_pa, ==, 0x1230);
    config_set_bits(&ste, 178, 176, 6);
    g_assert_cmphex(decoded_ste(f, &ste, NULL).s2.table_pa, ==, 0x1200);
    /* [55:52] are RES0. */
    config_set_bits(&ste, 247, 244, 0xf);
    g_assert_cmphex(decoded_ste(f, &ste, NULL).s2.table_pa, ==, 0x1200);
    fixture_free(f);
}

/* S2HA, S2HD and S2HAFT against IDR0.HTTU; -1: the STE is ILLEGAL. */
static void test_httu(void)
{
    for (unsigned i = 0; i < HTTU_CASES * 4; i++) {
        MsmmuConfig config = full_config();
        ConfigWords ste = config_ste_stage2(1, 0);
        int expected = httu_cases[i / 4].updates[i % 4];
        Fixture *f;
        MsmmuTables t;

        config.httu = i % 4;
        f = new_fixture_of(&config);
        config_set_bits(&ste, 181, 181, 1);
        config_set_bits(&ste, 184, 184, httu_cases[i / 4].ha);
        config_set_bits(&ste, 183, 183, httu_cases[i / 4].hd);
        config_set_bits(&ste, 187, 187, httu_cases[i / 4].haft);
        if (expected < 0) {
            g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
        } else {
            t = decoded_ste(f, &ste, NULL).s2.tables;
            g_assert_cmpint(t.update_access | t.update_dirty << 1 |
                            t.update_tables << 2, ==, expected);
            /* With S2HA, S2AFFD is IGNORED. */
            g_assert_cmpint(t.access_flag_off, ==, !(expected & 1));
        }
        fixture_free(f);
    }
}

/* 5.2 S2VMID: which translations are tagged. */
static void test_vmid(void)
{
    static const struct {
        unsigned stages;
        bool hyp;
        unsigned config, strw, vmid;
    } cases[] = {
        /* Stage 2 alone, both, stage 1 alone in NS-EL1 */
        { 3, true, 6, 0, 0x1234 },
        { 3, true, 7, 0, 0x1234 },
        { 3, true, 5, 0, 0x1234 },
        { 3, false, 5, 0, 0x1234 },
        /* STRW is RES0 without Hyp, IGNORED with stage 2. */
        { 3, false, 5, 2, 0x1234 },
        { 3, true, 6, 2, 0x1234 },
        { 3, true, 6, 3, 0x1234 },
        /* EL2 has no VMIDs. */
        { 3, true, 5, 2, 0 },
        /* Nor have instances without stage 2. */
        { 1, false, 5, 0, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        MsmmuConfig config = msmmu_config_default();
        ConfigWords ste = config_ste_nested(CD_PA, 0x1234, 0x100000);
        ConfigWords cd = config_cd(7, 0);
        Fixture *f;
        Tables t;

        config.stages = cases[i].stages;
        config.hyp = cases[i].hyp ? MSMMU_SWITCH_ON : MSMMU_SWITCH_OFF;
        f = new_fixture_of(&config);
        t = tables_new_at_level(f, 4, 40, 1, 0x100000);
        tables_map(&t, 0, 1, 0, TABLES_S2_RW);
        config_set_bits(&ste, 3, 1, cases[i].config);
        config_set_bits(&ste, 95, 94, cases[i].strw);
        g_assert_cmphex(decoded_ste(f, &ste, &cd).vmid, ==, cases[i].vmid);
        fixture_free(f);
    }
}

/* 8-bit VMIDs are checked unless the field is IGNORED. */
static void test_vmid_size(void)
{
    MsmmuConfig config = msmmu_config_default();
    ConfigWords stage2 = config_ste_stage2(0x1ff, 0), cd = config_cd(1, 0);
    ConfigWords small = config_ste_stage2(0xff, 0);
    ConfigWords stage1 = config_ste_stage1(CD_PA);
    ConfigWords bypass = config_ste_bypass();
    Fixture *f;

    config.stages = MSMMU_STAGE_1 | MSMMU_STAGE_2;
    config.hyp = MSMMU_SWITCH_ON;
    config.vmid_bits = 8;
    f = new_fixture_of(&config);
    config_set_bits(&stage1, 143, 128, 0x100);
    config_set_bits(&bypass, 143, 128, 0x100);
    g_assert_cmphex(fault_of(f, &stage2, NULL), ==, BAD_STE);
    g_assert_cmphex(decoded_ste(f, &small, NULL).vmid, ==, 0xff);
    g_assert_cmphex(fault_of(f, &stage1, &cd), ==, BAD_STE);
    g_assert_cmphex(fault_of(f, &bypass, NULL), ==, 0);
    /* NS-EL2 */
    config_set_bits(&stage1, 95, 94, 2);
    g_assert_cmphex(fault_of(f, &stage1, &cd), ==, 0);
    fixture_free(f);
}

/* S2FWB is RES0 without IDR3.FWB, IGNORED without stage 2. */
static void test_fwb(void)
{
    MsmmuConfig config = msmmu_config_default();
    ConfigWords ste = config_ste_stage2(1, 0);
    Fixture *f;

    config.stages = MSMMU_STAGE_2;
    config.fwb = MSMMU_SWITCH_OFF;
    config_set_bits(&ste, 89, 89, 1);
    f = new_fixture_of(&config);
    g_assert_false(decoded_ste(f, &ste, NULL).s2.force_write_back);
    fixture_free(f);
    config.fwb = MSMMU_SWITCH_ON;
    f = new_fixture_of(&config);
    g_assert_true(decoded_ste(f, &ste, NULL).s2.force_write_back);
    fixture_free(f);
}

/* S2ENDI against IDR0.TTENDIAN. */
static void test_endian(void)
{
    for (unsigned i = 0; i < 6; i++) {
        MsmmuConfig config = msmmu_config_default();
        ConfigWords ste = config_ste_stage2(1, 0);
        bool big = i & 1;
        Fixture *f;

        config.stages = MSMMU_STAGE_2;
        config.endian = i / 2;
        config_set_bits(&ste, 180, 180, big);
        f = new_fixture_of(&config);
        if (config.endian ==
            (big ? MSMMU_ENDIAN_LITTLE : MSMMU_ENDIAN_BIG)) {
            g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
        } else {
            g_assert_cmpint(decoded_ste(f, &ste, NULL).s2.tables.big_endian,
                            ==, big);
        }
        fixture_free(f);
    }
}

/* ---- VMSAv8-32 LPAE ---- */

/* S2TG, S2PS, S2DS and S2SL0_2 do not count; S2T0SZ has four bits. */
static void test_aa32(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords ste = config_ste_stage2(0x1234, 0x1230);
    MsmmuContext ctx;

    config_set_bits(&ste, 179, 179, 0);
    config_set_bits(&ste, 175, 174, 3);
    config_set_bits(&ste, 178, 176, 0);
    config_set_bits(&ste, 195, 194, 3);
    /* -8: 40 bits; then 7, from level 2: 25 bits */
    config_set_bits(&ste, 165, 160, 0x38);
    ctx = decoded_ste(f, &ste, NULL);
    g_assert_cmpint(ctx.s2.tables.format, ==, MSMMU_AARCH32);
    g_assert_cmpint(ctx.s2.tables.output_bits, ==, 40);
    g_assert_false(ctx.s2.tables.ds);
    g_assert_cmpint(ctx.s2.granule, ==, MSMMU_4K);
    g_assert_cmpint(ctx.s2.input_bits, ==, 40);
    g_assert_cmpint(ctx.s2.start_level, ==, 1);
    g_assert_cmphex(ctx.s2.table_pa, ==, 0x1230);
    g_assert_cmphex(ctx.vmid, ==, 0x1234);
    config_set_bits(&ste, 165, 160, 0x27);
    config_set_bits(&ste, 167, 166, 0);
    ctx = decoded_ste(f, &ste, NULL);
    g_assert_cmpint(ctx.s2.input_bits, ==, 25);
    g_assert_cmpint(ctx.s2.start_level, ==, 2);
    fixture_free(f);
}

/* 3.4: a table base of 40 bits is truncated to a smaller OAS. */
static void test_aa32_base_is_truncated(void)
{
    MsmmuConfig config = msmmu_config_default();
    ConfigWords ste = config_ste_stage2(1, UINT64_C(0xff12345000));
    Fixture *f;

    config.stages = MSMMU_STAGE_2;
    config.formats |= MSMMU_FORMAT_AARCH32;
    config.oas_bits = 36;
    config_set_bits(&ste, 179, 179, 0);
    f = new_fixture_of(&config);
    g_assert_cmphex(decoded_ste(f, &ste, NULL).s2.table_pa, ==,
                    UINT64_C(0xf12345000));
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("s2-fields-are-decoded", test_fields);
    TEST("every-stage-2-ste-bit-counts-or-does-not", test_every_bit);
    TEST("s2ps-is-capped-to-the-oas", test_s2ps_is_capped);
    TEST("s2ps-6-and-7-are-48-bits-in-3.0", test_s2ps_in_3_0);
    TEST("s2sl0-and-s2t0sz-are-start-level-and-size", test_starts);
    TEST("s2sh0-counts-with-s2ds-only", test_shareability);
    TEST("s2ttb-is-aligned-to-64-bytes-with-52-bits", test_s2ttb_alignment);
    TEST("s2ha-s2hd-s2haft-need-httu", test_httu);
    TEST("s2vmid-tags-ns-el1-if-there-is-a-stage-2", test_vmid);
    TEST("8-bit-vmid-is-checked-unless-ignored", test_vmid_size);
    TEST("s2fwb-needs-idr3", test_fwb);
    TEST("s2endi-must-be-supported", test_endian);
    TEST("aa32-has-4kb-40-bits-and-signed-s2t0sz", test_aa32);
    TEST("aa32-s2ttb-is-truncated-to-the-oas", test_aa32_base_is_truncated);
    return g_test_run();
}
