/*
 * CD -> MsmmuContext where it depends on features: HTTU, 52-bit addresses,
 * worlds, endianness, VMSAv8-32 LPAE (IHI 0070 5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"

#define BAD_CD 0x0a

/* HA, HD and HAFT against IDR0.HTTU; -1: the CD is ILLEGAL. */
static void test_httu(void)
{
    for (unsigned i = 0; i < HTTU_CASES * 4; i++) {
        MsmmuConfig config = full_config();
        ConfigWords cd = config_cd(1, 0);
        int expected = httu_cases[i / 4].updates[i % 4];
        Fixture *f;
        MsmmuTables t;

        config.httu = i % 4;
        f = new_fixture_of(&config);
        config_set_bits(&cd, 35, 35, 1);
        config_set_bits(&cd, 43, 43, httu_cases[i / 4].ha);
        config_set_bits(&cd, 42, 42, httu_cases[i / 4].hd);
        config_set_bits(&cd, 67, 67, httu_cases[i / 4].haft);
        if (expected < 0) {
            g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
        } else {
            t = decoded(f, &cd).s1;
            g_assert_cmpint(t.update_access | t.update_dirty << 1 |
                            t.update_tables << 2, ==, expected);
            /* With HA, AFFD is IGNORED. */
            g_assert_cmpint(t.access_flag_off, ==, !(expected & 1));
        }
        fixture_free(f);
    }
}

/* CD.DS: RES0 without IDR5.DS, and where both granules are 64KB. */
static void test_ds(void)
{
    for (unsigned has_ds = 0; has_ds < 2; has_ds++) {
        MsmmuConfig config = full_config();
        ConfigWords cd = config_cd(1, 0);
        Fixture *f;

        config.ds = has_ds;
        f = new_fixture_of(&config);
        /* TTB1: 64KB, T1SZ 16; SH0 inner, SH1 outer */
        config_set_bits(&cd, 30, 30, 0);
        config_set_bits(&cd, 21, 16, 16);
        config_set_bits(&cd, 23, 22, 3);
        config_set_bits(&cd, 13, 12, 3);
        config_set_bits(&cd, 29, 28, 2);
        g_assert_false(decoded(f, &cd).s1.ds);
        config_set_bits(&cd, 186, 186, 1);
        g_assert_cmpint(decoded(f, &cd).s1.ds, ==, has_ds);
        g_assert_cmpint(decoded(f, &cd).ttb[0].shareability, ==,
                        has_ds ? 3 : 0);
        g_assert_cmpint(decoded(f, &cd).ttb[1].shareability, ==, 0);
        /* TTB1: 4KB */
        config_set_bits(&cd, 23, 22, 2);
        g_assert_cmpint(decoded(f, &cd).ttb[1].shareability, ==,
                        has_ds ? 2 : 0);
        /* The Reserved SH1 is Non-shareable. */
        config_set_bits(&cd, 29, 28, 1);
        g_assert_cmpint(decoded(f, &cd).ttb[1].shareability, ==, 0);
        /* Both 64KB */
        config_set_bits(&cd, 23, 22, 3);
        config_set_bits(&cd, 7, 6, 1);
        g_assert_false(decoded(f, &cd).s1.ds);
        fixture_free(f);
    }
}

/* T0SZ 12 needs DS or 64KB, and VAX. */
static void test_52_bit_inputs(void)
{
    for (unsigned i = 0; i < 8; i++) {
        MsmmuConfig config = full_config();
        ConfigWords cd = config_cd(1, 0);
        bool vax = i & 1, ds = i & 2, with_64kb = i & 4;
        Fixture *f;

        config.va_bits = vax ? 52 : 48;
        config.ds = vax;        /* DS needs VAX */
        f = new_fixture_of(&config);
        config_set_bits(&cd, 5, 0, 12);
        config_set_bits(&cd, 7, 6, with_64kb);
        config_set_bits(&cd, 186, 186, ds);
        if (vax && (ds || with_64kb)) {
            g_assert_cmpint(decoded(f, &cd).ttb[0].input_bits, ==, 52);
        } else {
            g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
        }
        fixture_free(f);
    }
}

/* 5.4 TTB0: with an effective IPS of 52 bits, [5:0] are taken as zero. */
static void test_ttb_alignment(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords cd = config_cd(1, 0x1230);

    g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==, 0x1230);
    config_set_bits(&cd, 34, 32, 6);
    g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==, 0x1200);
    g_assert_cmpint(decoded(f, &cd).s1.output_bits, ==, 52);
    fixture_free(f);
}

/* 52-bit table bases: with 64KB or DS, IPS and the OAS permitting. */
static void test_52_bit_ttb(void)
{
    for (unsigned i = 0; i < 16; i++) {
        MsmmuConfig config = full_config();
        ConfigWords cd = config_cd(1, UINT64_C(0x8000000000000));
        bool ds = i & 1, with_64kb = i & 2, ips = i & 4, oas = i & 8;
        Fixture *f;

        config.oas_bits = oas ? 52 : 48;
        f = new_fixture_of(&config);
        config_set_bits(&cd, 7, 6, with_64kb);
        config_set_bits(&cd, 186, 186, ds);
        config_set_bits(&cd, 34, 32, ips ? 6 : 5);
        if (oas && ips && (ds || with_64kb)) {
            g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==,
                            UINT64_C(0x8000000000000));
            g_assert_true(decoded(f, &cd).s1.lpa);
        } else {
            g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
        }
        fixture_free(f);
    }
}

static void test_endian(void)
{
    for (unsigned i = 0; i < 6; i++) {
        MsmmuConfig config = msmmu_config_default();
        ConfigWords cd = config_cd(1, 0);
        bool big = i & 1;
        Fixture *f;

        config.endian = i / 2;
        config_set_bits(&cd, 15, 15, big);
        f = new_fixture_of(&config);
        if (config.endian ==
            (big ? MSMMU_ENDIAN_LITTLE : MSMMU_ENDIAN_BIG)) {
            g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
        } else {
            g_assert_cmpint(decoded(f, &cd).s1.big_endian, ==, big);
        }
        fixture_free(f);
    }
}

static void test_asid_size(void)
{
    MsmmuConfig config = full_config();
    ConfigWords large = config_cd(0x100, 0), small = config_cd(0xff, 0);
    ConfigWords el2 = config_ste_stage1(CD_PA);
    Fixture *f;

    config.asid_bits = 8;
    f = new_fixture_of(&config);
    g_assert_cmphex(cd_fault(f, &large), ==, BAD_CD);
    g_assert_cmphex(decoded(f, &small).asid, ==, 0xff);
    /* EL2 has no ASIDs, EL2-E2H has. */
    config_set_bits(&el2, 95, 94, 2);
    g_assert_cmphex(decoded_ste(f, &el2, &large).asid, ==, 0);
    f->m->regs.cr2 |= 1;
    g_assert_cmphex(fault_of(f, &el2, &large), ==, BAD_CD);
    g_assert_cmphex(decoded_ste(f, &el2, &small).asid, ==, 0xff);
    fixture_free(f);
}

/* ---- EL2-E2H ---- */

/* Like NS-EL1: two tables, EPDx, ASIDs, PAN and E0PD; but no VMID. */
static void test_e2h(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x1000);
    MsmmuContext ctx;

    f->m->regs.cr2 |= 1;
    config_set_bits(&ste, 95, 94, 2);
    config_set_bits(&ste, 143, 128, 0x1234);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 21, 16, 25);
    config_set_bits(&cd, 23, 22, 2);
    config_set_bits(&cd, 14, 14, 1);
    config_set_bits(&cd, 40, 40, 1);
    config_set_bits(&cd, 130, 130, 1);
    config_set_bits(&cd, 123, 123, 1);
    ctx = decoded_ste(f, &ste, &cd);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL2_E2H);
    g_assert_cmphex(ctx.asid, ==, 5);
    g_assert_cmphex(ctx.vmid, ==, 0);
    g_assert_true(ctx.ttb[0].disabled);
    g_assert_false(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.ttb[1].input_bits, ==, 39);
    g_assert_true(ctx.ttb[1].privileged_only);
    g_assert_true(ctx.privileged_access_never);
    g_assert_true(ctx.enhanced_pan);
    fixture_free(f);
}

/* ---- VMSAv8-32 LPAE ---- */

static ConfigWords aa32_cd(void)
{
    ConfigWords cd = config_cd(0x55, UINT64_C(0xff12345000));

    config_set_bits(&cd, 41, 41, 0);
    return cd;
}

/* TGx, IPS, DS, TBIx, E0PDx, EPAN, HA, HD and HAFT do not count. */
static void test_aa32(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords cd = aa32_cd();
    MsmmuContext ctx = decoded(f, &cd), again;

    g_assert_cmpint(ctx.s1.format, ==, MSMMU_AARCH32);
    g_assert_cmpint(ctx.s1.output_bits, ==, 40);
    g_assert_cmpint(ctx.ttb[0].granule, ==, MSMMU_4K);
    /* T0SZ 16 is 0 in three bits. */
    g_assert_cmpint(ctx.ttb[0].input_bits, ==, 32);
    g_assert_cmphex(ctx.ttb[0].table_pa, ==, UINT64_C(0xff12345000));
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_cmphex(ctx.asid, ==, 0x55);

    config_set_bits(&cd, 5, 0, 0x38);
    config_set_bits(&cd, 7, 6, 3);
    config_set_bits(&cd, 34, 32, 0);
    config_set_bits(&cd, 186, 186, 1);
    config_set_bits(&cd, 38, 38, 1);
    config_set_bits(&cd, 66, 66, 1);
    config_set_bits(&cd, 123, 123, 1);
    config_set_bits(&cd, 43, 42, 3);
    config_set_bits(&cd, 67, 67, 1);
    again = decoded(f, &cd);
    g_assert_true(same_context(&ctx, &again));
    fixture_free(f);
}

/* T1SZ, HAD1, AFFD, WXN, UWXN, PAN and ENDI do. */
static void test_aa32_controls(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords cd = aa32_cd();
    MsmmuContext ctx;

    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 21, 16, 0x3f);
    config_set_bits(&cd, 129, 129, 1);
    config_set_bits(&cd, 37, 35, 7);
    config_set_bits(&cd, 40, 40, 1);
    config_set_bits(&cd, 15, 15, 1);
    config_set_bits(&cd, 183, 132, 0x4321);
    ctx = decoded(f, &cd);
    g_assert_false(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.ttb[1].input_bits, ==, 25);
    g_assert_true(ctx.ttb[1].hierarchical_off);
    g_assert_cmphex(ctx.ttb[1].table_pa, ==, 0x43210);
    g_assert_true(ctx.s1.access_flag_off);
    g_assert_true(ctx.write_execute_never);
    g_assert_true(ctx.unpriv_write_execute_never);
    g_assert_true(ctx.privileged_access_never);
    g_assert_true(ctx.s1.big_endian);
    /* UWXN is IGNORED with VMSAv8-64. */
    config_set_bits(&cd, 41, 41, 1);
    config_set_bits(&cd, 119, 68, 0);
    config_set_bits(&cd, 21, 16, 25);
    config_set_bits(&cd, 23, 22, 2);
    g_assert_false(decoded(f, &cd).unpriv_write_execute_never);
    fixture_free(f);
}

/* EL2 has one table, and no unprivileged accesses; EL2-E2H no such CDs. */
static void test_aa32_el2(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = new_fixture_of(&config);
    ConfigWords ste = config_ste_stage1(CD_PA), cd = aa32_cd();
    MsmmuContext ctx;

    config_set_bits(&ste, 95, 94, 2);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 37, 37, 1);
    ctx = decoded_ste(f, &ste, &cd);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL2);
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_false(ctx.unpriv_write_execute_never);
    f->m->regs.cr2 |= 1;
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_CD);
    fixture_free(f);
}

/* 3.4: a PA of 40 bits is truncated to a smaller OAS. */
static void test_aa32_base(void)
{
    MsmmuConfig config = msmmu_config_default();
    ConfigWords cd = aa32_cd();
    Fixture *f;

    config.formats |= MSMMU_FORMAT_AARCH32;
    config.oas_bits = 36;
    f = new_fixture_of(&config);
    g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==,
                    UINT64_C(0xf12345000));
    config_set_bits(&cd, 108, 108, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("ha-hd-haft-need-httu", test_httu);
    TEST("ds-counts-with-4kb-and-16kb", test_ds);
    TEST("52-bit-inputs-need-vax-and-ds-or-64kb", test_52_bit_inputs);
    TEST("ttb-is-aligned-to-64-bytes-with-52-bits", test_ttb_alignment);
    TEST("52-bit-ttb-needs-ips-oas-and-ds-or-64kb", test_52_bit_ttb);
    TEST("endi-must-be-supported", test_endian);
    TEST("8-bit-asid-is-checked-where-there-are-asids", test_asid_size);
    TEST("el2-e2h-has-two-tables-asids-and-pan", test_e2h);
    TEST("aa32-has-4kb-40-bits-and-no-tbi", test_aa32);
    TEST("aa32-has-hierarchy-wxn-uwxn-pan", test_aa32_controls);
    TEST("aa32-el2-has-one-table", test_aa32_el2);
    TEST("aa32-ttb-is-truncated-to-the-oas", test_aa32_base);
    return g_test_run();
}
