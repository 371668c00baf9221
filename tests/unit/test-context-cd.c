/*
 * CD -> MsmmuContext: what is decoded, what is ignored, what is C_BAD_CD
 * (IHI 0070 5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"

#define BAD_CD 0x0a

static void test_cd_fields(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(0xabcd, UINT64_C(0x123456789000));
    MsmmuContext ctx = decoded(f, &cd);

    g_assert_cmpint(ctx.sid, ==, SID);
    g_assert_false(ctx.ssid_valid);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL1);
    g_assert_cmphex(ctx.asid, ==, 0xabcd);
    g_assert_cmpint(ctx.vmid, ==, 0);
    g_assert_false(ctx.ttb[0].disabled);
    g_assert_cmpint(ctx.ttb[0].granule, ==, MSMMU_4K);
    g_assert_cmpint(ctx.ttb[0].input_bits, ==, 48);
    g_assert_cmphex(ctx.ttb[0].table_pa, ==, UINT64_C(0x123456789000));
    g_assert_false(ctx.ttb[0].top_byte_ignored);
    g_assert_false(ctx.ttb[0].hierarchical_off);
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.s1.output_bits, ==, 48);
    g_assert_false(ctx.s1.big_endian);
    g_assert_true(ctx.abort);
    g_assert_true(ctx.record);
    g_assert_cmphex(ctx.mair, ==, 0xff);

    /* TTB1: T1SZ 25, TG1 16KB, EPD1 0, TBI1, HAD1; not TBI0, not HAD0 */
    config_set_bits(&cd, 21, 16, 25);
    config_set_bits(&cd, 23, 22, 1);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 39, 39, 1);
    config_set_bits(&cd, 129, 129, 1);
    config_set_bits(&cd, 183, 132, 0x432100);
    /* AFFD, WXN, PAN; A and R off; MAIR */
    config_set_bits(&cd, 35, 35, 1);
    config_set_bits(&cd, 36, 36, 1);
    config_set_bits(&cd, 40, 40, 1);
    config_set_bits(&cd, 46, 45, 0);
    config_set_bits(&cd, 255, 192, UINT64_C(0x0123456789abcdef));
    ctx = decoded(f, &cd);
    g_assert_false(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.ttb[1].granule, ==, MSMMU_16K);
    g_assert_cmpint(ctx.ttb[1].input_bits, ==, 39);
    g_assert_cmphex(ctx.ttb[1].table_pa, ==, 0x4321000);
    g_assert_true(ctx.ttb[1].top_byte_ignored);
    g_assert_true(ctx.ttb[1].hierarchical_off);
    g_assert_false(ctx.ttb[0].top_byte_ignored);
    g_assert_false(ctx.ttb[0].hierarchical_off);
    g_assert_true(ctx.s1.access_flag_off);
    g_assert_true(ctx.write_execute_never);
    g_assert_true(ctx.privileged_access_never);
    g_assert_false(ctx.abort);
    g_assert_false(ctx.record);
    g_assert_cmphex(ctx.mair, ==, UINT64_C(0x0123456789abcdef));

    /* TBI0 and HAD0; HADx are IGNORED without IDR3.HAD. */
    config_set_bits(&cd, 39, 38, 1);
    config_set_bits(&cd, 65, 65, 1);
    config_set_bits(&cd, 129, 129, 0);
    ctx = decoded(f, &cd);
    g_assert_true(ctx.ttb[0].top_byte_ignored);
    g_assert_true(ctx.ttb[0].hierarchical_off);
    g_assert_false(ctx.ttb[1].top_byte_ignored);
    g_assert_false(ctx.ttb[1].hierarchical_off);
    f->m->regs.idr[3] &= ~(1u << 2);
    g_assert_false(decoded(f, &cd).ttb[0].hierarchical_off);
    fixture_free(f);
}

/* RES0 without IDR3.E0PD; one for each half. */
static void test_e0pd(void)
{
    for (int minor = 2; minor < 5; minor++) {
        Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, 48, minor);
        ConfigWords cd = config_cd(1, 0);

        config_set_bits(&cd, 21, 16, 16);
        config_set_bits(&cd, 23, 22, 2);
        config_set_bits(&cd, 30, 30, 0);
        config_set_bits(&cd, 66, 66, 1);
        g_assert_cmpint(decoded(f, &cd).ttb[0].privileged_only, ==,
                        minor >= 3);
        g_assert_false(decoded(f, &cd).ttb[1].privileged_only);
        config_set_bits(&cd, 66, 66, 0);
        config_set_bits(&cd, 130, 130, 1);
        g_assert_cmpint(decoded(f, &cd).ttb[1].privileged_only, ==,
                        minor >= 3);
        g_assert_false(decoded(f, &cd).ttb[0].privileged_only);
        fixture_free(f);
    }
}

/* RES0 without IDR3.EPAN; without PAN it changes nothing. */
static void test_epan(void)
{
    for (int minor = 2; minor < 5; minor++) {
        Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, 48, minor);
        ConfigWords cd = config_cd(1, 0);

        config_set_bits(&cd, 123, 123, 1);
        g_assert_false(decoded(f, &cd).enhanced_pan);
        config_set_bits(&cd, 40, 40, 1);
        g_assert_cmpint(decoded(f, &cd).enhanced_pan, ==, minor >= 4);
        config_set_bits(&cd, 123, 123, 0);
        g_assert_false(decoded(f, &cd).enhanced_pan);
        fixture_free(f);
    }
}

/* As for the STE. */
static void check_every_cd_bit(int minor)
{
    /*
     * T0SZ, TG0, EPD0, ENDI, EPD1, V, IPS, AFFD, WXN, TBI0, PAN, AA64, HD,
     * HA, S, R, A, ASID; HAD0, TTB0[51:4]; MAIR0, MAIR1. Not TBI1 and what
     * else is for TTB1, because of EPD1. E0PD0 from 3.3 and EPAN from 3.4.
     */
    static const struct {
        unsigned hi, lo;
        int minor;
    } counts[] = {
        { 7, 0, 0 }, { 15, 14, 0 }, { 36, 30, 0 }, { 38, 38, 0 },
        { 46, 40, 0 }, { 63, 48, 0 }, { 65, 65, 0 }, { 66, 66, 3 },
        { 115, 68, 0 }, { 123, 123, 4 }, { 255, 192, 0 },
    };
    Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, 48, minor);
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    /* IPS 40, so that each of its bits counts; T0SZ 20, PAN likewise. */
    config_set_bits(&cd, 34, 32, 2);
    config_set_bits(&cd, 5, 0, 20);
    config_set_bits(&cd, 40, 40, 1);
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &plain, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned bit = 0; bit < 512; bit++) {
        ConfigWords changed = cd;
        bool expected = false;

        for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
            expected |= bit <= counts[i].hi && bit >= counts[i].lo &&
                        minor >= counts[i].minor;
        }
        config_set_bits(&changed, bit, bit, !config_bits(&cd, bit, bit));
        fetch(f, &rq, &ste, &changed, &ctx, &fault);
        g_assert_cmpint(same_context(&plain, &ctx), ==, !expected);
    }
    fixture_free(f);
}

static void test_every_cd_bit(void)
{
    for (int minor = 1; minor < 5; minor++) {
        check_every_cd_bit(minor);
    }
}

static void test_cd_v_0(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0x1000);

    config_set_bits(&cd, 31, 31, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

/* One half of a CD: where its fields are, and how it encodes granules. */
typedef struct Half {
    unsigned txsz, tg, epd, ttb;        /* the lowest bit of each */
    uint8_t encoding[4];                /* TGx -> MSMMU_GRANULES_*, or 0 */
} Half;

static const Half halves[2] = {
    { 0, 6, 14, 68,
      { MSMMU_GRANULES_4K, MSMMU_GRANULES_64K, MSMMU_GRANULES_16K, 0 } },
    { 16, 22, 30, 132,
      { 0, MSMMU_GRANULES_16K, MSMMU_GRANULES_4K, MSMMU_GRANULES_64K } },
};

/* A CD that is legal but for what is to be tested in half @x. */
static ConfigWords cd_for_half(unsigned x)
{
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 14, 14, x == 1);
    config_set_bits(&cd, 30, 30, x == 0);
    config_set_bits(&cd, 21, 16, 16);
    config_set_bits(&cd, 23, 22, 2);
    return cd;
}

static void test_unsupported_granule(void)
{
    for (unsigned granules = 1; granules < 8; granules++) {
        Fixture *f = new_fixture_with(granules, 48, 1);

        for (unsigned i = 0; i < 2 * 4; i++) {
            const Half *half = &halves[i / 4];
            ConfigWords cd = cd_for_half(i / 4);
            bool supported = granules & half->encoding[i % 4];

            config_set_bits(&cd, half->tg + 1, half->tg, i % 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, supported ? 0 : BAD_CD);
            if (supported) {
                MsmmuContext ctx = decoded(f, &cd);

                g_assert_cmpint(1 << ctx.ttb[i / 4].granule, ==,
                                half->encoding[i % 4]);
            }
            /* With EPDx the field is IGNORED. */
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* 5.4 T0SZ: 16 to 39, in 3.0 as our choice; IGNORED with EPDx (5.4.1.1). */
static void test_txsz_limits(void)
{
    for (int minor = 0; minor < 5; minor++) {
        Fixture *f = new_fixture_with(7, 48, minor);

        for (unsigned i = 0; i < 2 * 4 * 64; i++) {
            const Half *half = &halves[i / 256];
            ConfigWords cd = cd_for_half(i / 256);
            unsigned tg = i / 64 % 4, txsz = i % 64;
            bool legal = half->encoding[tg] && txsz >= 16 && txsz <= 39;

            config_set_bits(&cd, half->tg + 1, half->tg, tg);
            config_set_bits(&cd, half->txsz + 5, half->txsz, txsz);
            g_assert_cmphex(cd_fault(f, &cd), ==, legal ? 0 : BAD_CD);
            if (legal) {
                g_assert_cmpint(decoded(f, &cd).ttb[i / 256].input_bits, ==,
                                64 - txsz);
            }
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* IPS is capped to the OAS; 6 and 7 are above every OAS there is. */
static void test_ips_is_capped(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48 };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 5; i++) {
        unsigned oas = sizes[i / 5];
        Fixture *f = new_fixture_with(7, oas, i % 5);

        for (unsigned ips = 0; ips < 8; ips++) {
            unsigned bits = MIN(ips < 6 ? sizes[ips] : 48, oas);
            ConfigWords cd = config_cd(1, 0);

            config_set_bits(&cd, 34, 32, ips);
            g_assert_cmpint(decoded(f, &cd).s1.output_bits, ==, bits);
        }
        fixture_free(f);
    }
}

/* A table base beyond the effective IPS is C_BAD_CD, no F_ADDR_SIZE. */
static void test_ttb_beyond_ips(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

    for (int minor = 0; minor < 5; minor++) {
        Fixture *f = new_fixture_with(7, 48, minor);

        for (unsigned i = 0; i < 2 * 8; i++) {
            const Half *half = &halves[i / 8];
            uint64_t end = UINT64_C(1) << sizes[i % 8];
            ConfigWords cd = cd_for_half(i / 8);
            /* In 3.0 bits [51:48] are RES0, and taken as zero. */
            bool field_ends = minor == 0 && sizes[i % 8] == 48;

            config_set_bits(&cd, 34, 32, i % 8);
            config_set_bits(&cd, half->ttb + 51, half->ttb, (end - 16) >> 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
            config_set_bits(&cd, half->ttb + 51, half->ttb, end >> 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, field_ends ? 0 : BAD_CD);
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* Bits [55:52] of the field are RES0 with VMSAv8-64. */
static void test_ttb_upper_bits_are_res0(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 119, 116, 0xf);
    config_set_bits(&cd, 115, 68, 0x12345);
    g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==, 0x123450);
    fixture_free(f);
}

static void test_faults_can_not_stall(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 44, 44, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    /* With STALL_MODEL 0b00 it is S1STALLD that forbids it. */
    f->m->regs.idr[0] &= ~(3u << 24);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    fixture_free(f);
}

static void test_term_model(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 46, 46, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    f->m->regs.idr[0] |= 1u << 26;
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

static void test_asid_size(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(0x100, 0), small = config_cd(0xff, 0);

    g_assert_cmphex(decoded(f, &cd).asid, ==, 0x100);
    f->m->regs.idr[0] &= ~(1u << 12);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    g_assert_cmphex(decoded(f, &small).asid, ==, 0xff);
    fixture_free(f);
}

static void test_endi(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 15, 15, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    /* IGNORED if nothing is walked */
    config_set_bits(&cd, 14, 14, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    config_set_bits(&cd, 14, 14, 0);
    f->m->regs.idr[0] &= ~(3u << 21);
    g_assert_true(decoded(f, &cd).s1.big_endian);
    f->m->regs.idr[0] |= 3u << 21;
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    config_set_bits(&cd, 15, 15, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

/* HA, HD without HTTU; AA64 = 0 */
static void test_unsupported_cd_features(void)
{
    static const unsigned bits[] = { 42, 43, 41 };
    Fixture *f = new_fixture();

    for (unsigned i = 0; i < G_N_ELEMENTS(bits); i++) {
        ConfigWords cd = config_cd(1, 0);

        config_set_bits(&cd, bits[i], bits[i],
                        !config_bits(&cd, bits[i], bits[i]));
        g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("cd-fields-are-decoded", test_cd_fields);
    TEST("e0pd-needs-idr3", test_e0pd);
    TEST("epan-needs-idr3-and-pan", test_epan);
    TEST("every-cd-bit-counts-or-does-not", test_every_cd_bit);
    TEST("cd-v-0-is-c_bad_cd", test_cd_v_0);
    TEST("unsupported-granule-is-c_bad_cd-unless-epd",
         test_unsupported_granule);
    TEST("txsz-limits", test_txsz_limits);
    TEST("ips-6-and-7-are-capped", test_ips_is_capped);
    TEST("ttb-beyond-ips-is-c_bad_cd-unless-epd", test_ttb_beyond_ips);
    TEST("ttb-bits-55-to-52-are-res0", test_ttb_upper_bits_are_res0);
    TEST("s-without-stall-is-c_bad_cd", test_faults_can_not_stall);
    TEST("a-0-needs-term_model-0", test_term_model);
    TEST("8-bit-asid-is-checked", test_asid_size);
    TEST("endi-must-be-supported-unless-epd", test_endi);
    TEST("absent-cd-features-are-c_bad_cd", test_unsupported_cd_features);
    return g_test_run();
}
