/*
 * The configuration cache with substreams: what it keeps apart, and what each
 * CMD_CFGI_* drops (IHI 0070 4.3, 5.3.1, 5.4.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"
#include "tables.h"

enum { STREAM_DISABLED = 0x06, BAD_SUBSTREAMID = 0x08 };

/* CMD_CFGI_*: opcodes (4.1.3) */
enum { CFGI_STE = 0x03, CFGI_STE_RANGE = 0x04, CFGI_CD = 0x05,
       CFGI_CD_ALL = 0x06 };

#define TABLE UINT64_C(0x48000000)
#define LEAF UINT64_C(0x49000000)
/* No SubstreamID */
#define NONE UINT32_MAX

static Fixture *new_enabled(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = fixture_new(&config);

    fixture_enable(f);
    return f;
}

/* 2^@s1cdmax CDs for stream @sid, with ASIDs 100 and up. */
static void put_linear(Fixture *f, uint32_t sid, unsigned s1cdmax,
                       unsigned s1dss)
{
    ConfigWords ste = config_ste_stage1(TABLE);

    config_set_bits(&ste, 63, 59, s1cdmax);
    config_set_bits(&ste, 65, 64, s1dss);
    config_put_ste(f, sid, &ste);
    for (unsigned i = 0; i < 1u << s1cdmax; i++) {
        ConfigWords cd = config_cd(100 + i, 0);

        config_put(f, TABLE + 64 * i, &cd);
    }
}

static MsmmuStatus get(Fixture *f, uint32_t sid, uint32_t ssid,
                       const MsmmuContext **ctx, MsmmuFault *fault)
{
    const MsmmuRequest rq = {
        .sid = sid, .ssid = ssid, .ssid_valid = ssid != NONE,
    };

    *fault = (MsmmuFault) { .type = 0 };
    return msmmu_config_get(f->m, &rq, msmmu_load(&f->m->gate), ctx, fault);
}

/* The lookup is answered from the cache. */
static bool is_cached(Fixture *f, uint32_t sid, uint32_t ssid)
{
    const MsmmuRequest rq = {
        .sid = sid, .ssid = ssid, .ssid_valid = ssid != NONE,
    };

    return msmmu_config_peek(f->m, &rq) != NULL;
}

static unsigned asid_of(Fixture *f, uint32_t sid, uint32_t ssid)
{
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(get(f, sid, ssid, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(ctx->sid, ==, sid);
    g_assert_cmpuint(ctx->ssid_valid, ==, ssid != NONE);
    return ctx->asid;
}

/* SubstreamID [31:12], StreamID [63:32] */
static void command(Fixture *f, unsigned opcode, uint32_t sid, uint32_t ssid,
                    uint64_t word1)
{
    fixture_command(f, opcode | (uint64_t)ssid << 12 | (uint64_t)sid << 32,
                    word1);
    fixture_settle(f);
    g_assert_cmpuint(fixture_cerror(f), ==, 0);
}

static void test_kept_apart(void)
{
    Fixture *f = new_enabled();

    put_linear(f, 1, 3, 0);
    put_linear(f, 2, 3, 0);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmpuint(asid_of(f, 1, i), ==, 100 + i);
        g_assert_cmpuint(asid_of(f, 2, i), ==, 100 + i);
    }
    f->reads = 0;
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmpuint(asid_of(f, 1, i), ==, 100 + i);
    }
    g_assert_cmpuint(f->reads, ==, 0);
    fixture_free(f);
}

/* With S1DSS == 0b10, no SubstreamID and SubstreamID 0 are not the same. */
static void test_none_and_zero_are_kept_apart(void)
{
    Fixture *f = new_enabled();
    const MsmmuContext *ctx;
    MsmmuFault fault;

    put_linear(f, 1, 3, 2);
    g_assert_cmpuint(asid_of(f, 1, NONE), ==, 100);
    g_assert_cmpint(get(f, 1, 0, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, STREAM_DISABLED);
    g_assert_cmpuint(asid_of(f, 1, NONE), ==, 100);
    fixture_free(f);
}

/* As many processes as a device may serve find their places. */
static void test_many_substreams(void)
{
    Fixture *f = new_enabled();
    unsigned kept = 0;

    put_linear(f, 1, 11, 0);
    for (unsigned i = 0; i < 2048; i++) {
        asid_of(f, 1, i);
    }
    for (unsigned i = 0; i < 2048; i++) {
        kept += is_cached(f, 1, i);
    }
    g_test_message("%u of 2048 kept", kept);
    g_assert_cmpuint(kept, >, 1800);
    fixture_free(f);
}

/* ---- CMD_CFGI_CD ---- */

static void test_cfgi_cd(void)
{
    for (unsigned leaf = 0; leaf < 2; leaf++) {
        Fixture *f = new_enabled();
        ConfigWords cd = config_cd(900, 0);

        put_linear(f, 1, 3, 0);
        put_linear(f, 2, 3, 0);
        for (unsigned i = 0; i < 8; i++) {
            asid_of(f, 1, i);
            asid_of(f, 2, i);
        }
        config_put(f, TABLE + 64 * 5, &cd);
        command(f, CFGI_CD, 1, 5, leaf);
        for (unsigned i = 0; i < 8; i++) {
            g_assert_cmpint(is_cached(f, 1, i), ==, i != 5);
            g_assert_true(is_cached(f, 2, i));
        }
        g_assert_cmpuint(asid_of(f, 1, 5), ==, 900);
        g_assert_cmpuint(asid_of(f, 2, 5), ==, 105);
        fixture_free(f);
    }
}

/* 4.3.3: CD 0 goes, whatever its role through S1DSS. */
static void test_cfgi_cd_0(void)
{
    Fixture *f = new_enabled();
    ConfigWords cd = config_cd(900, 0);

    put_linear(f, 1, 3, 2);
    put_linear(f, 2, 3, 0);
    put_linear(f, 3, 0, 0);
    asid_of(f, 1, NONE);
    asid_of(f, 1, 1);
    asid_of(f, 2, 0);
    asid_of(f, 3, NONE);
    config_put(f, TABLE, &cd);
    for (uint32_t sid = 1; sid <= 3; sid++) {
        command(f, CFGI_CD, sid, 0, 1);
    }
    g_assert_cmpuint(asid_of(f, 1, NONE), ==, 900);
    g_assert_cmpuint(asid_of(f, 2, 0), ==, 900);
    g_assert_cmpuint(asid_of(f, 3, NONE), ==, 900);
    g_assert_true(is_cached(f, 1, 1));
    fixture_free(f);
}

/* 4.1.7: a SubstreamID that no CD can have. */
static void test_cfgi_cd_out_of_range(void)
{
    Fixture *f = new_enabled();

    put_linear(f, 1, 3, 0);
    for (unsigned i = 0; i < 8; i++) {
        asid_of(f, 1, i);
    }
    command(f, CFGI_CD, 1, 0xfffff, 1);
    command(f, CFGI_CD, 1, 8, 1);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_true(is_cached(f, 1, i));
    }
    fixture_free(f);
}

/* ---- Wider commands ---- */

static void test_wider_commands(void)
{
    static const struct {
        unsigned opcode;
        uint64_t word1;
        bool drops_2;
    } cases[] = {
        { CFGI_CD_ALL, 0, false }, { CFGI_STE, 0, false },
        { CFGI_STE, 1, false }, { CFGI_STE_RANGE, 0, false },
        { CFGI_STE_RANGE, 1, true }, { CFGI_STE_RANGE, 31, true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = new_enabled();

        put_linear(f, 1, 3, 2);
        put_linear(f, 2, 3, 2);
        asid_of(f, 1, NONE);
        asid_of(f, 2, NONE);
        for (unsigned ssid = 1; ssid < 8; ssid++) {
            asid_of(f, 1, ssid);
            asid_of(f, 2, ssid);
        }
        command(f, cases[i].opcode, 1, 0, cases[i].word1);
        g_assert_false(is_cached(f, 1, NONE));
        g_assert_cmpint(is_cached(f, 2, NONE), ==, !cases[i].drops_2);
        for (unsigned ssid = 1; ssid < 8; ssid++) {
            g_assert_false(is_cached(f, 1, ssid));
            g_assert_cmpint(is_cached(f, 2, ssid), ==, !cases[i].drops_2);
        }
        fixture_free(f);
    }
}

/* ---- L1CDs ---- */

/* They are never cached: only CDs that were found stay. */
static void test_l1cd_is_not_cached(void)
{
    Fixture *f = new_enabled();
    ConfigWords ste = config_ste_stage1(TABLE), cd = config_cd(7, 0);
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_set_bits(&ste, 5, 4, 1);
    config_set_bits(&ste, 63, 59, 8);
    config_put_ste(f, 1, &ste);
    config_put(f, LEAF + 64, &cd);
    config_put(f, LEAF + 128, &cd);
    g_assert_cmpint(get(f, 1, 1, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    /* 3.21.3: what could not be found is not cached either. */
    fixture_write64(f, TABLE, LEAF | 1);
    g_assert_cmpuint(asid_of(f, 1, 1), ==, 7);
    fixture_write64(f, TABLE, LEAF);
    g_assert_cmpuint(asid_of(f, 1, 1), ==, 7);
    g_assert_cmpint(get(f, 1, 2, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    command(f, CFGI_CD, 1, 1, 0);
    g_assert_cmpint(get(f, 1, 1, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    fixture_free(f);
}

/* ---- Which translations they share ---- */

static const MsmmuContext *context_of(Fixture *f, uint32_t sid, uint32_t ssid)
{
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(get(f, sid, ssid, &ctx, &fault), ==, MSMMU_STATUS_OK);
    return ctx;
}

static void test_regimes(void)
{
    Fixture *f = new_enabled();
    ConfigWords same = config_cd(101, 0);

    put_linear(f, 1, 3, 0);
    put_linear(f, 2, 3, 0);
    config_put(f, TABLE + 64 * 2, &same);
    g_assert_true(context_of(f, 1, 1)->regime == context_of(f, 1, 2)->regime);
    g_assert_true(context_of(f, 1, 1)->regime == context_of(f, 2, 1)->regime);
    g_assert_true(context_of(f, 1, 1)->regime != context_of(f, 1, 3)->regime);
    fixture_free(f);
}

/* A nested stream whose stage 1 is bypassed is as one with stage 2 alone. */
static void test_regime_of_bypassed_stage1(void)
{
    Fixture *f = new_enabled();
    ConfigWords nested = config_ste_nested(0, 0x77, 0x10000000);
    ConfigWords stage2 = config_ste_stage2(0x77, 0x10000000);
    ConfigWords other = config_ste_stage2(0x78, 0x10000000);

    config_set_bits(&nested, 63, 59, 3);
    config_set_bits(&nested, 65, 64, 1);
    config_put_ste(f, 1, &nested);
    config_put_ste(f, 2, &stage2);
    config_put_ste(f, 3, &other);
    g_assert_true(context_of(f, 1, NONE)->regime ==
                  context_of(f, 2, NONE)->regime);
    g_assert_true(context_of(f, 1, NONE)->regime !=
                  context_of(f, 3, NONE)->regime);
    fixture_free(f);
}

/* ---- Against a list ---- */

/* Streams of three chains: three are in the first, two in the second. */
static const uint32_t pool[] = {
    0, 1, 2, 1 << 14 | 1, 1 << 14, 2 << 14 | 2,
};

#define SSIDS 3
#define POOL (G_N_ELEMENTS(pool))

/* What was put into the cache, and not dropped since. SSIDS: without one. */
typedef struct Listed {
    bool cached[POOL][SSIDS + 1];
} Listed;

static uint32_t ssid_number(unsigned n)
{
    return n == SSIDS ? NONE : n;
}

/* Drop what some command names, here and there. */
static void drop_some(Fixture *f, GRand *r, Listed *listed)
{
    uint32_t sid = pool[g_rand_int_range(r, 0, POOL)];
    uint32_t last = sid, ssid = NONE;

    switch (g_rand_int_range(r, 0, 4)) {
    case 0:
        last = sid + g_rand_int_range(r, 0, 3);
        msmmu_config_drop_streams(f->m, sid, last);
        break;
    case 1:
        last = sid + (1 << g_rand_int_range(r, 0, 17)) - 1;
        msmmu_config_drop_streams(f->m, sid, last);
        break;
    case 2:
        ssid = g_rand_int_range(r, 0, SSIDS);
        msmmu_config_drop_substream(f->m, sid, ssid);
        break;
    default:
        msmmu_config_drop_streams(f->m, sid, sid);
    }
    for (unsigned i = 0; i < POOL; i++) {
        for (unsigned n = 0; n <= SSIDS; n++) {
            if (pool[i] >= sid && pool[i] <= last &&
                (ssid == NONE || n == ssid || (ssid == 0 && n == SSIDS))) {
                listed->cached[i][n] = false;
            }
        }
    }
}

static void check_listed(Fixture *f, const Listed *listed)
{
    for (unsigned i = 0; i < POOL; i++) {
        for (unsigned n = 0; n <= SSIDS; n++) {
            g_assert_cmpint(is_cached(f, pool[i], ssid_number(n)), ==,
                            listed->cached[i][n]);
        }
    }
}

/* Whatever is put in and dropped, the cache holds just what a list would. */
static void test_as_a_list(void)
{
    g_autoptr(GRand) r = g_rand_new_with_seed(g_test_rand_int());
    Fixture *f = new_enabled();
    Listed listed = { 0 };

    fixture_set_reg32(f, SMMU_CR0, 0);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 16);
    fixture_set_reg32(f, SMMU_CR0, CR0_SMMUEN);
    for (unsigned i = 0; i < POOL; i++) {
        put_linear(f, pool[i], 2, 2);
    }
    for (unsigned round = 0; round < 4000; round++) {
        unsigned i = g_rand_int_range(r, 0, POOL);
        unsigned n = g_rand_int_range(r, 1, SSIDS + 1);

        if (round % 3) {
            g_assert_cmpuint(asid_of(f, pool[i], ssid_number(n)), ==,
                             n == SSIDS ? 100 : 100 + n);
            listed.cached[i][n] = true;
        } else {
            drop_some(f, r, &listed);
            fixture_collect(f);
        }
        check_listed(f, &listed);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/config/" name, function)
    TEST("each-substream-has-its-context", test_kept_apart);
    TEST("no-substreamid-is-not-substreamid-0",
         test_none_and_zero_are_kept_apart);
    TEST("2048-substreams-find-their-places", test_many_substreams);
    TEST("cfgi_cd-drops-one-substream", test_cfgi_cd);
    TEST("cfgi_cd-0-drops-cd-0-in-every-role", test_cfgi_cd_0);
    TEST("cfgi_cd-out-of-range-has-no-effect", test_cfgi_cd_out_of_range);
    TEST("wider-commands-drop-all-substreams", test_wider_commands);
    TEST("l1cds-are-not-cached", test_l1cd_is_not_cached);
    TEST("substreams-share-translations-if-alike", test_regimes);
    TEST("bypassed-stage-1-shares-with-stage-2",
         test_regime_of_bypassed_stage1);
    TEST("cache-holds-what-a-list-would", test_as_a_list);
    return g_test_run();
}
