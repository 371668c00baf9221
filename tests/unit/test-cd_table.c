/*
 * SubstreamID -> CD: S1CDMax, S1Fmt and S1DSS, linear and two-level CD tables
 * (IHI 0070 3.3.2, 5.2, 5.3, 7.3.7, 7.3.9).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"
#include "tables.h"

enum {
    STREAM_DISABLED = 0x06, BAD_SUBSTREAMID = 0x08, CD_FETCH = 0x09,
    BAD_CD = 0x0a, BAD_STE = 0x04,
};

enum { LINEAR = 0, LEAVES_4K = 1, LEAVES_64K = 2, RESERVED = 3 };

#define TABLE UINT64_C(0x48000000)
/* No SubstreamID */
#define NONE UINT32_MAX

/* An STE with 2^@s1cdmax CDs at @base. */
static ConfigWords ste_with(uint64_t base, unsigned fmt, unsigned s1cdmax,
                            unsigned s1dss)
{
    ConfigWords ste = config_ste_stage1(base);

    config_set_bits(&ste, 5, 4, fmt);
    config_set_bits(&ste, 63, 59, s1cdmax);
    config_set_bits(&ste, 65, 64, s1dss);
    return ste;
}

static MsmmuRequest with_ssid(uint32_t ssid)
{
    return (MsmmuRequest) {
        .sid = SID, .ssid = ssid == NONE ? 0xdead : ssid,
        .ssid_valid = ssid != NONE,
    };
}

static MsmmuStatus fetch_ssid(Fixture *f, const ConfigWords *ste,
                              uint32_t ssid, MsmmuContext *ctx,
                              MsmmuFault *fault)
{
    const MsmmuRequest rq = with_ssid(ssid);

    return fetch(f, &rq, ste, NULL, ctx, fault);
}

/* The type of the fault of a transaction with @ssid, or 0. */
static unsigned fault_with(Fixture *f, const ConfigWords *ste, uint32_t ssid)
{
    MsmmuContext ctx;
    MsmmuFault fault;

    return fetch_ssid(f, ste, ssid, &ctx, &fault) == MSMMU_STATUS_FAULT ?
           fault.type : 0;
}

/* A CD at @pa that can be told from others. */
static void put_cd(Fixture *f, uint64_t pa, uint16_t asid)
{
    ConfigWords cd = config_cd(asid, 0);

    config_put(f, pa, &cd);
}

/* The ASID of the CD that serves @ssid, which must translate. */
static unsigned asid_with(Fixture *f, const ConfigWords *ste, uint32_t ssid)
{
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch_ssid(f, ste, ssid, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_true(ctx.stage1);
    g_assert_cmpint(ctx.ssid_valid, ==, ssid != NONE);
    g_assert_cmphex(ctx.ssid, ==, ssid == NONE ? 0 : ssid);
    return ctx.asid;
}

static Fixture *new_full(void)
{
    MsmmuConfig config = full_config();

    return new_fixture_of(&config);
}

/* ---- Which CD ---- */

/* What becomes of a transaction: ASID 100 + index, or one of these. */
enum { BYPASS = -1, DISABLED = -2, BAD = -3 };

static const struct {
    unsigned config, s1cdmax, s1dss;
    int none, zero, one, three, four;   /* by SubstreamID */
} selections[] = {
    /* No substreams: S1DSS is IGNORED. */
    { 5, 0, 0, 100, BAD, BAD, BAD, BAD },
    { 5, 0, 1, 100, BAD, BAD, BAD, BAD },
    { 5, 0, 2, 100, BAD, BAD, BAD, BAD },
    { 5, 0, 3, 100, BAD, BAD, BAD, BAD },
    /* 0b00 and the Reserved 0b11 terminate what has no SubstreamID. */
    { 5, 2, 0, DISABLED, 100, 101, 103, BAD },
    { 5, 2, 3, DISABLED, 100, 101, 103, BAD },
    { 5, 2, 1, BYPASS, 100, 101, 103, BAD },
    /* CD 0 is not for SubstreamID 0. */
    { 5, 2, 2, 100, DISABLED, 101, 103, BAD },
    { 5, 1, 2, 100, DISABLED, 101, BAD, BAD },
    { 5, 3, 0, DISABLED, 100, 101, 103, 104 },
    /* Stage 1 disabled */
    { 4, 2, 2, BYPASS, BAD, BAD, BAD, BAD },
};

static void expect_selection(Fixture *f, const ConfigWords *ste,
                             uint32_t ssid, int expected)
{
    MsmmuContext ctx;
    MsmmuFault fault;
    MsmmuStatus status = fetch_ssid(f, ste, ssid, &ctx, &fault);

    switch (expected) {
    case BYPASS:
        g_assert_cmpint(status, ==, MSMMU_STATUS_BYPASS);
        g_assert_cmpint(ctx.outcome, ==, MSMMU_STATUS_BYPASS);
        break;
    case DISABLED:
    case BAD:
        g_assert_cmpint(status, ==, MSMMU_STATUS_FAULT);
        g_assert_cmphex(fault.type, ==, expected == BAD ? BAD_SUBSTREAMID
                                                        : STREAM_DISABLED);
        break;
    default:
        g_assert_cmpint(asid_with(f, ste, ssid), ==, expected);
    }
}

static void test_selection(void)
{
    Fixture *f = new_full();

    for (unsigned i = 0; i < 8; i++) {
        put_cd(f, TABLE + 64 * i, 100 + i);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(selections); i++) {
        ConfigWords ste = ste_with(TABLE, LINEAR, selections[i].s1cdmax,
                                   selections[i].s1dss);

        config_set_bits(&ste, 3, 1, selections[i].config);
        expect_selection(f, &ste, NONE, selections[i].none);
        expect_selection(f, &ste, 0, selections[i].zero);
        expect_selection(f, &ste, 1, selections[i].one);
        expect_selection(f, &ste, 3, selections[i].three);
        expect_selection(f, &ste, 4, selections[i].four);
    }
    fixture_free(f);
}

/* Without IDR1.SSIDSIZE, S1CDMax, S1Fmt and S1DSS are IGNORED. */
static void test_no_ssidsize(void)
{
    MsmmuConfig config = full_config();
    Fixture *f;

    config.ssid_bits = 0;
    f = new_fixture_of(&config);
    put_cd(f, TABLE + 0x40, 7);
    for (unsigned i = 0; i < 32 * 16; i++) {
        ConfigWords ste = ste_with(TABLE + 0x40, i % 4, i / 16, i / 4 % 4);

        g_assert_cmpint(asid_with(f, &ste, NONE), ==, 7);
        g_assert_cmphex(fault_with(f, &ste, 0), ==, BAD_SUBSTREAMID);
    }
    fixture_free(f);
}

/* S1CDMax goes up to SSIDSIZE, and SubstreamIDs up to 2^S1CDMax. */
static void test_limits(void)
{
    for (unsigned ssid_bits = 1; ssid_bits <= 20; ssid_bits++) {
        MsmmuConfig config = full_config();
        Fixture *f;

        config.ssid_bits = ssid_bits;
        f = new_fixture_of(&config);
        for (unsigned s1cdmax = 1; s1cdmax < 32; s1cdmax++) {
            ConfigWords ste = ste_with(TABLE, LINEAR, s1cdmax, 0);
            uint32_t end = s1cdmax < 31 ? 1u << s1cdmax : INT32_MAX;

            if (s1cdmax > ssid_bits) {
                g_assert_cmphex(fault_with(f, &ste, 0), ==, BAD_STE);
                continue;
            }
            put_cd(f, TABLE + 64 * (uint64_t)(end - 1), s1cdmax);
            g_assert_cmpint(asid_with(f, &ste, end - 1), ==, s1cdmax);
            g_assert_cmphex(fault_with(f, &ste, end), ==, BAD_SUBSTREAMID);
            g_assert_cmphex(fault_with(f, &ste, 0xffffffe), ==,
                            BAD_SUBSTREAMID);
        }
        fixture_free(f);
    }
}

/* 7.3.22: C_BAD_STE first, C_BAD_SUBSTREAMID and then the CD. */
static void test_order(void)
{
    Fixture *f = new_full();
    ConfigWords ste = ste_with(TABLE, LINEAR, 2, 0);

    fixture_fail(f, TABLE, TABLE + 0xfff);
    g_assert_cmphex(fault_with(f, &ste, 4), ==, BAD_SUBSTREAMID);
    g_assert_cmphex(fault_with(f, &ste, NONE), ==, STREAM_DISABLED);
    g_assert_cmphex(fault_with(f, &ste, 1), ==, CD_FETCH);
    config_set_bits(&ste, 91, 91, 1);
    g_assert_cmphex(fault_with(f, &ste, 4), ==, BAD_STE);
    fixture_heal(f);
    config_set_bits(&ste, 91, 91, 0);
    g_assert_cmphex(fault_with(f, &ste, 1), ==, BAD_CD);
    fixture_free(f);
}

/* S1DSS == 0b01 fetches no CD. */
static void test_bypass_reads_the_ste_only(void)
{
    Fixture *f = new_full();
    ConfigWords ste = ste_with(TABLE, LEAVES_4K, 8, 1);
    MsmmuContext ctx;
    MsmmuFault fault;

    fixture_fail(f, TABLE, TABLE + 0xffff);
    fixture_forget(f);
    g_assert_cmpint(fetch_ssid(f, &ste, NONE, &ctx, &fault), ==,
                    MSMMU_STATUS_BYPASS);
    g_assert_cmpuint(f->reads, ==, 1);
    g_assert_false(ctx.stage1);
    fixture_free(f);
}

/* ---- Linear tables ---- */

/* Aligned to its size: RES0 bits of S1ContextPtr are taken as zero. */
static void test_linear_alignment(void)
{
    Fixture *f = new_full();

    for (unsigned s1cdmax = 1; s1cdmax <= 20; s1cdmax++) {
        /* [S1CDMax + 5:6] are RES0. */
        uint64_t res0 = (UINT64_C(1) << (s1cdmax + 6)) - 64;
        ConfigWords ste = ste_with(TABLE | res0, LINEAR, s1cdmax, 0);
        ConfigWords reserved = ste_with(TABLE | res0, RESERVED, s1cdmax, 0);

        put_cd(f, TABLE + 64, 10 + s1cdmax);
        g_assert_cmpint(asid_with(f, &ste, 1), ==, 10 + s1cdmax);
        g_assert_cmpint(asid_with(f, &reserved, 1), ==, 10 + s1cdmax);
    }
    fixture_free(f);
}

/* ---- Two-level tables ---- */

typedef struct Format {
    unsigned fmt;
    unsigned leaf_bits;         /* SubstreamID bits of a leaf table */
    uint64_t leaf_size;
} Format;

static const Format formats[] = {
    { LEAVES_4K, 6, 0x1000 }, { LEAVES_64K, 10, 0x10000 },
};

/* First and last CD of first and last leaf, for each S1CDMax. */
static void test_two_level(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(formats) * 20; i++) {
        const Format *format = &formats[i / 20];
        unsigned s1cdmax = 1 + i % 20;
        Fixture *f = new_full();
        ConfigWords ste = ste_with(TABLE, format->fmt, s1cdmax, 2);
        uint32_t last = (1u << s1cdmax) - 1;
        uint32_t last_leaf = last >> format->leaf_bits;
        uint64_t first_at = UINT64_C(0x6000000000);
        uint64_t last_at = first_at + last_leaf * format->leaf_size;
        uint64_t in_leaf = last & ((1u << format->leaf_bits) - 1);

        fixture_write64(f, TABLE, first_at | 1);
        fixture_write64(f, TABLE + 8 * (uint64_t)last_leaf, last_at | 1);
        put_cd(f, first_at, 100);
        put_cd(f, first_at + 64, 101);
        put_cd(f, last_at + 64 * in_leaf, 200);
        g_assert_cmpint(asid_with(f, &ste, NONE), ==, 100);
        g_assert_cmpint(asid_with(f, &ste, last), ==, 200);
        if (s1cdmax > 1) {
            g_assert_cmpint(asid_with(f, &ste, 1), ==, 101);
        }
        g_assert_cmphex(fault_with(f, &ste, last + 1), ==, BAD_SUBSTREAMID);
        fixture_free(f);
    }
}

/*
 * 5.2 S1Fmt: the L1 table is aligned to its size, 64 bytes at least. With 64KB
 * leaves L2Ptr[15:12] are RES0.
 */
static void test_two_level_alignment(void)
{
    Fixture *f = new_full();

    for (unsigned i = 0; i < G_N_ELEMENTS(formats) * 20; i++) {
        const Format *format = &formats[i / 20];
        unsigned s1cdmax = 1 + i % 20;
        /* [S1CDMax - 4:6], [S1CDMax - 8:6]: RES0 above 9 and 13 */
        unsigned top = s1cdmax - (format->fmt == LEAVES_4K ? 4 : 8);
        bool has_res0 = s1cdmax > (format->fmt == LEAVES_4K ? 9u : 13u);
        uint64_t res0 = has_res0 ? (UINT64_C(2) << top) - 64 : 0;
        ConfigWords ste = ste_with(TABLE | res0, format->fmt, s1cdmax, 0);
        /* L1CD[11:1] and [63:56] are RES0. */
        uint64_t l1cd = UINT64_C(0xff00000070000fff);

        put_cd(f, 0x70000040, 10 + s1cdmax);
        if (format->fmt == LEAVES_64K) {
            l1cd |= 0xf000;
        }
        fixture_write64(f, TABLE, l1cd);
        g_assert_cmpint(asid_with(f, &ste, 1), ==, 10 + s1cdmax);
    }
    fixture_free(f);
}

/* Bits of S1ContextPtr that are not RES0 count: the table is just there. */
static void test_two_level_base(void)
{
    Fixture *f = new_full();

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        /* One L1CD: 64 bytes of alignment */
        ConfigWords ste = ste_with(TABLE + 0x40, formats[i].fmt, 4, 0);

        fixture_write64(f, TABLE + 0x40, 0x70000001);
        put_cd(f, 0x70000040, 42);
        g_assert_cmpint(asid_with(f, &ste, 1), ==, 42);
    }
    fixture_free(f);
}

/* 5.3, 7.3.9: V == 0 -> C_BAD_SUBSTREAMID, with or without a SubstreamID. */
static void test_l1cd_invalid(void)
{
    Fixture *f = new_full();
    ConfigWords ste = ste_with(TABLE, LEAVES_4K, 8, 2);

    fixture_write64(f, TABLE, 0x70000000);
    fixture_write64(f, TABLE + 8, 0x70000001);
    put_cd(f, 0x70000000, 42);
    g_assert_cmphex(fault_with(f, &ste, NONE), ==, BAD_SUBSTREAMID);
    g_assert_cmphex(fault_with(f, &ste, 1), ==, BAD_SUBSTREAMID);
    g_assert_cmpint(asid_with(f, &ste, 64), ==, 42);
    fixture_free(f);
}

/* 3.4.3 (3): an L2Ptr beyond the OAS. */
static void test_l2ptr_beyond_oas(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        MsmmuConfig config = msmmu_config_default();
        uint64_t end = UINT64_C(1) << sizes[i];
        ConfigWords ste = ste_with(TABLE, LEAVES_4K, 6, 0);
        Fixture *f;

        config.ssid_bits = 6;
        config.oas_bits = sizes[i];
        f = new_fixture_of(&config);
        fixture_write64(f, TABLE, (end - 0x1000) | 1);
        put_cd(f, end - 0x1000, 42);
        g_assert_cmpint(asid_with(f, &ste, 0), ==, 42);
        fixture_write64(f, TABLE, end | 1);
        g_assert_cmphex(fault_with(f, &ste, 0), ==, BAD_SUBSTREAMID);
        fixture_write64(f, TABLE, UINT64_C(1) << 55 | 1);
        g_assert_cmphex(fault_with(f, &ste, 0), ==, BAD_SUBSTREAMID);
        fixture_free(f);
    }
}

/* 7.3.10: FetchAddr is that of the L1CD, or of the CD. */
static void test_fetch_aborts(void)
{
    Fixture *f = new_full();
    ConfigWords ste = ste_with(TABLE, LEAVES_4K, 8, 0);
    MsmmuContext ctx;
    MsmmuFault fault;

    fixture_fail(f, TABLE + 24, TABLE + 31);
    fetch_ssid(f, &ste, 3 << 6 | 5, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, CD_FETCH);
    g_assert_cmphex(fault.fetch_address, ==, TABLE + 24);
    fixture_heal(f);
    fixture_write64(f, TABLE + 24, 0x70003001);
    fixture_fail(f, 0x70003140, 0x7000317f);
    fetch_ssid(f, &ste, 3 << 6 | 5, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, CD_FETCH);
    g_assert_cmphex(fault.fetch_address, ==, 0x70003140);
    fixture_free(f);
}

/* Without IDR0.CD2L, S1Fmt 0b01 and 0b10 are illegal if substreams are on. */
static void test_cd2l(void)
{
    MsmmuConfig config = full_config();
    Fixture *f;

    config.two_level_cd = MSMMU_SWITCH_OFF;
    f = new_fixture_of(&config);
    put_cd(f, TABLE, 7);
    for (unsigned fmt = 0; fmt < 4; fmt++) {
        ConfigWords on = ste_with(TABLE, fmt, 4, 0);
        ConfigWords off = ste_with(TABLE, fmt, 0, 0);

        g_assert_cmphex(fault_with(f, &on, 0), ==,
                        fmt == 1 || fmt == 2 ? BAD_STE : 0);
        g_assert_cmpint(asid_with(f, &off, NONE), ==, 7);
    }
    fixture_free(f);
}

/* ---- Behind stage 2 ---- */

#define S2TTB UINT64_C(0x10000000)
#define L1_IPA UINT64_C(0x5000)
#define LEAF_IPA UINT64_C(0x9000)

/* L1CD and CD are in two pages of IPA space. */
static ConfigWords put_nested(Fixture *f, Tables *s2, unsigned s1dss)
{
    ConfigWords ste = config_ste_nested(L1_IPA, 1, S2TTB);

    config_set_bits(&ste, 5, 4, LEAVES_4K);
    config_set_bits(&ste, 63, 59, 7);
    config_set_bits(&ste, 65, 64, s1dss);
    *s2 = tables_new_at_level(f, 4, 40, 1, S2TTB);
    tables_map(s2, L1_IPA, 3, 0x70005000, TABLES_S2_RW);
    tables_map(s2, LEAF_IPA, 3, 0x80009000, TABLES_S2_RW);
    fixture_write64(f, 0x70005008, LEAF_IPA | 1);
    put_cd(f, 0x80009140, 42);
    return ste;
}

/* Both are IPAs, and a fault says which of the two it was about. */
static void test_nested(void)
{
    Fixture *f = new_full();
    Tables s2;
    ConfigWords ste = put_nested(f, &s2, 0);
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(asid_with(f, &ste, 1 << 6 | 5), ==, 42);
    tables_set(&s2, LEAF_IPA, 3, 0);
    fetch_ssid(f, &ste, 1 << 6 | 5, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, 0x10);
    g_assert_cmpint(fault.stage, ==, 2);
    g_assert_cmpint(fault.class, ==, MSMMU_CLASS_CD);
    g_assert_cmphex(fault.ipa, ==, LEAF_IPA + 0x140);
    tables_set(&s2, L1_IPA, 3, 0);
    fetch_ssid(f, &ste, 1 << 6 | 5, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, 0x10);
    g_assert_cmpint(fault.class, ==, MSMMU_CLASS_CD);
    g_assert_cmphex(fault.ipa, ==, L1_IPA + 8);
    fixture_free(f);
}

/* 3.4.3 (4): an L2Ptr beyond the IAS; between OAS and IAS it is an IPA. */
static void test_l2ptr_beyond_ias(void)
{
    MsmmuConfig config = full_config();
    const uint64_t last_page = UINT64_C(0xfffffff000);
    ConfigWords ste;
    Tables s2;
    Fixture *f;

    config.oas_bits = 36;
    config.va_bits = 48;
    config.ds = false;
    f = new_fixture_of(&config);
    ste = put_nested(f, &s2, 0);
    fixture_write64(f, 0x70005008, last_page | 1);
    tables_map(&s2, last_page, 3, 0x80009000, TABLES_S2_RW);
    g_assert_cmpint(asid_with(f, &ste, 1 << 6 | 5), ==, 42);
    fixture_write64(f, 0x70005008, UINT64_C(1) << 40 | 1);
    g_assert_cmphex(fault_with(f, &ste, 1 << 6 | 5), ==, BAD_SUBSTREAMID);
    fixture_free(f);
}

/* 5.2 S1DSS == 0b01: as though Config were 0b110. */
static void test_nested_bypass(void)
{
    Fixture *f = new_full();
    Tables s2;
    ConfigWords ste = put_nested(f, &s2, 1);
    MsmmuContext ctx;
    MsmmuFault fault;

    config_set_bits(&ste, 143, 128, 0x99);
    tables_set(&s2, L1_IPA, 3, 0);
    g_assert_cmpint(fetch_ssid(f, &ste, NONE, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_false(ctx.stage1);
    g_assert_true(ctx.stage2);
    g_assert_cmphex(ctx.vmid, ==, 0x99);
    g_assert_cmpint(ctx.asid, ==, 0);
    fixture_free(f);
}

/* Stage 2 alone: no SubstreamIDs, whatever S1CDMax says. */
static void test_stage2_only(void)
{
    Fixture *f = new_full();
    Tables s2;
    ConfigWords ste = put_nested(f, &s2, 2);
    MsmmuContext ctx;
    MsmmuFault fault;

    config_set_bits(&ste, 3, 1, 6);
    config_set_bits(&ste, 63, 59, 31);
    g_assert_cmpint(fetch_ssid(f, &ste, NONE, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_false(ctx.stage1);
    g_assert_cmphex(fault_with(f, &ste, 1), ==, BAD_SUBSTREAMID);
    fixture_free(f);
}

/* ---- Events ---- */

/* 7.3.9: SubstreamID is valid without SSV, and 0 if there was none. */
static void test_events(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = fixture_new(&config);
    ConfigWords ste = ste_with(TABLE, LEAVES_4K, 8, 2);
    MsmmuRequest rq = with_ssid(NONE);
    FixtureEvent event;

    fixture_enable(f);
    config_put_ste(f, SID, &ste);
    msmmu_translate(f->m, &rq);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[0], ==, UINT64_C(0x300000008));
    rq = with_ssid(0xabcde);
    msmmu_translate(f->m, &rq);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[0], ==, UINT64_C(0x3abcde008));
    g_assert_cmphex(event.word[1] | event.word[2] | event.word[3], ==, 0);
    rq = with_ssid(0);
    msmmu_translate(f->m, &rq);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[0] & ~UINT64_C(0x800), ==,
                    UINT64_C(0x300000006));
    g_assert_false(fixture_event(f, &event));
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/cd_table/" name, function)
    TEST("s1cdmax-and-s1dss-select", test_selection);
    TEST("no-substreams-without-ssidsize", test_no_ssidsize);
    TEST("substreamids-end-at-2^s1cdmax", test_limits);
    TEST("faults-come-in-order", test_order);
    TEST("s1dss-bypass-fetches-no-cd", test_bypass_reads_the_ste_only);
    TEST("linear-table-is-aligned-to-its-size", test_linear_alignment);
    TEST("two-level-tables-reach-every-cd", test_two_level);
    TEST("l1-table-is-aligned-to-its-size", test_two_level_alignment);
    TEST("l1-table-of-64-bytes-may-be-anywhere", test_two_level_base);
    TEST("l1cd-v-0-is-c_bad_substreamid", test_l1cd_invalid);
    TEST("l2ptr-beyond-oas-is-c_bad_substreamid", test_l2ptr_beyond_oas);
    TEST("f_cd_fetch-is-about-l1cd-or-cd", test_fetch_aborts);
    TEST("s1fmt-needs-cd2l-unless-one-cd", test_cd2l);
    TEST("nested-tables-are-in-ipa-space", test_nested);
    TEST("nested-l2ptr-beyond-ias-is-c_bad_substreamid",
         test_l2ptr_beyond_ias);
    TEST("s1dss-bypass-leaves-stage-2", test_nested_bypass);
    TEST("stage-2-alone-has-no-substreams", test_stage2_only);
    TEST("c_bad_substreamid-has-no-ssv", test_events);
    return g_test_run();
}
