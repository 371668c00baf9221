/*
 * STE -> MsmmuContext, and the fetch of the CD: what is decoded, what is
 * ignored, what is C_BAD_STE, C_BAD_SUBSTREAMID or F_CD_FETCH (IHI 0070 5.2).
 * What the CD says is in test-context-cd.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context_helpers.h"
#include "oracle_legality.h"

enum {
    BAD_STE = 0x04, BAD_SUBSTREAMID = 0x08, CD_FETCH = 0x09, BAD_CD = 0x0a,
};

/* ---- STE ---- */

static void test_ste_v_0(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste;

    memset(&ste, 0xff, sizeof(ste));
    for (unsigned config = 0; config < 8; config++) {
        config_set_bits(&ste, 3, 0, config << 1);
        g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
    }
    fixture_free(f);
}

static void test_config_0xx(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest plain = { .sid = SID };
    const MsmmuRequest substream = {
        .sid = SID, .ssid = 7, .ssid_valid = true,
    };
    ConfigWords ste;
    MsmmuContext ctx;
    MsmmuFault fault;

    memset(&ste, 0xff, sizeof(ste));
    for (unsigned config = 0; config < 4; config++) {
        config_set_bits(&ste, 3, 1, config);
        g_assert_cmpint(fetch(f, &plain, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_ABORT_SILENT);
        g_assert_cmpint(fetch(f, &substream, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_ABORT_SILENT);
        g_assert_cmpint(ctx.outcome, ==, MSMMU_STATUS_ABORT_SILENT);
    }
    fixture_free(f);
}

static void test_no_stage2(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(1, 0x1000);

    config_set_bits(&ste, 3, 1, 6);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    config_set_bits(&ste, 3, 1, 7);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    /* S2AA64 = 1, with sensible values. */
    ste.word[2] = UINT64_C(0x000d005800000000);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    fixture_free(f);
}

static MsmmuContext bypassed(Fixture *f, const ConfigWords *ste)
{
    const MsmmuRequest rq = { .sid = SID };
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, ste, NULL, &ctx, &fault), ==,
                    MSMMU_STATUS_BYPASS);
    g_assert_false(ctx.stage1);
    g_assert_false(ctx.stage2);
    return ctx;
}

/* 5.2: MemAttr, MTCFG, ALLOCCFG, SHCFG, PRIVCFG, INSTCFG */
static void test_overrides(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_bypass();
    MsmmuContext ctx = bypassed(f, &ste);

    g_assert_true(ctx.incoming.from_device);
    g_assert_cmphex(ctx.incoming.memory_type, ==, 0xff);
    g_assert_cmpint(ctx.incoming.shareability, ==, 0);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);

    config_set_bits(&ste, 99, 96, 0xb);
    config_set_bits(&ste, 100, 100, 1);
    config_set_bits(&ste, 104, 101, 0xd);
    config_set_bits(&ste, 109, 108, 3);
    config_set_bits(&ste, 113, 112, 3);
    config_set_bits(&ste, 115, 114, 2);
    ctx = bypassed(f, &ste);
    /* oWT iWB, Read-Allocate, Transient; Inner Shareable */
    g_assert_false(ctx.incoming.from_device);
    g_assert_cmphex(ctx.incoming.memory_type, ==, 0x26);
    g_assert_cmpint(ctx.incoming.shareability, ==, 3);
    g_assert_cmpint(ctx.priv_cfg, ==, 3);
    g_assert_cmpint(ctx.inst_cfg, ==, 2);

    /* The Reserved 0b01 behaves as 0b00. */
    config_set_bits(&ste, 113, 112, 1);
    config_set_bits(&ste, 115, 114, 1);
    ctx = bypassed(f, &ste);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);

    /* 6.3.2: without ATTR_PERMS_OVR and ATTR_TYPES_OVR they are RES0. */
    memset(&ste.word[1], 0xff, 8);
    f->m->regs.idr[1] &= ~(1u << 26 | 1u << 27);
    ctx = bypassed(f, &ste);
    g_assert_true(ctx.incoming.from_device);
    g_assert_cmphex(ctx.incoming.memory_type, ==, 0xff);
    g_assert_cmpint(ctx.incoming.shareability, ==, 0);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);
    fixture_free(f);
}

/*
 * Every bit of a stage 1 STE, flipped alone: it counts only if the default
 * instance has the feature. RES0, IGNORED, software's and IMPLEMENTATION
 * DEFINED bits do not.
 */
static void test_every_ste_bit(void)
{
    /* V, Config, S1ContextPtr, S1STALLD, and the overrides */
    static const struct {
        unsigned hi, lo;
    } counts[] = {
        { 0, 0 }, { 3, 1 }, { 55, 6 }, { 91, 91 }, { 104, 96 },
        { 109, 108 }, { 115, 112 },
    };
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    /* Overrides of which each bit makes a difference */
    config_set_bits(&ste, 99, 96, 0xa);
    config_set_bits(&ste, 100, 100, 1);
    config_set_bits(&ste, 104, 101, 0xc);
    config_set_bits(&ste, 109, 108, 2);
    config_set_bits(&ste, 113, 112, 2);
    config_set_bits(&ste, 115, 114, 2);
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &plain, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned bit = 0; bit < 512; bit++) {
        ConfigWords changed = ste;
        bool expected = false;

        for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
            expected |= bit <= counts[i].hi && bit >= counts[i].lo;
        }
        config_set_bits(&changed, bit, bit, !config_bits(&ste, bit, bit));
        fetch(f, &rq, &changed, NULL, &ctx, &fault);
        g_assert_cmpint(same_context(&plain, &ctx), ==, !expected);
    }
    fixture_free(f);
}

static void test_s1_substream_fields_are_ignored(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    fetch(f, &rq, &ste, &cd, &plain, &fault);
    for (unsigned i = 0; i < 32 * 16; i++) {
        config_set_bits(&ste, 63, 59, i / 16);
        config_set_bits(&ste, 5, 4, i % 16 / 4);
        config_set_bits(&ste, 65, 64, i % 4);
        g_assert_cmpint(fetch(f, &rq, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_true(same_context(&plain, &ctx));
    }
    fixture_free(f);
}

/* 7.3.9, 7.3.22: after C_BAD_STE, before anything about the CD. */
static void test_substream(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID, .ssid = 0, .ssid_valid = true };
    ConfigWords stage1 = config_ste_stage1(CD_PA), bad = stage1;
    ConfigWords bypass = config_ste_bypass(), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, &stage1, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    fixture_fail(f, CD_PA, CD_PA + 63);
    fetch(f, &rq, &stage1, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    fetch(f, &rq, &bypass, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    config_set_bits(&bad, 91, 91, 1);
    fetch(f, &rq, &bad, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_STE);
    fixture_free(f);
}

/* 3.4.3 (1): a PA beyond the OAS. */
static void test_s1contextptr_beyond_oas(void)
{
    static const struct {
        unsigned oas;
        int minor;
    } cases[] = {
        { 32, 0 }, { 36, 1 }, { 40, 1 }, { 42, 2 }, { 44, 1 }, { 48, 1 },
        { 48, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, cases[i].oas,
                                      cases[i].minor);
        uint64_t end = UINT64_C(1) << cases[i].oas;
        ConfigWords cd = config_cd(1, 0x1000);
        ConfigWords last = config_ste_stage1(end - 64);
        ConfigWords beyond = config_ste_stage1(end);
        ConfigWords highest = config_ste_stage1(UINT64_C(1) << 55);

        g_assert_cmphex(fault_of(f, &last, &cd), ==, 0);
        g_assert_cmphex(fault_of(f, &beyond, &cd), ==, BAD_STE);
        g_assert_cmphex(fault_of(f, &highest, &cd), ==, BAD_STE);
        fixture_free(f);
    }
}

/* 5.2 STRW: RES0 without Hyp, else NS-EL1, NS-EL2 or NS-EL2-E2H. */
static void test_strw(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    for (unsigned strw = 0; strw < 4; strw++) {
        config_set_bits(&ste, 95, 94, strw);
        g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL1);
    }
    f->m->regs.idr[0] |= 1 << 9;
    for (unsigned strw = 0; strw < 4; strw++) {
        static const MsmmuWorld worlds[2][3] = {
            { MSMMU_WORLD_NS_EL1, 0, MSMMU_WORLD_NS_EL2 },
            { MSMMU_WORLD_NS_EL1, 0, MSMMU_WORLD_NS_EL2_E2H },
        };

        config_set_bits(&ste, 95, 94, strw);
        for (unsigned e2h = 0; e2h < 2; e2h++) {
            f->m->regs.cr2 = e2h;
            if (strw & 1) {
                g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
                continue;
            }
            fetch(f, &rq, &ste, &cd, &ctx, &fault);
            g_assert_cmpint(ctx.world, ==, worlds[e2h][strw]);
        }
    }
    fixture_free(f);
}

/*
 * EL2 without E2H: TTB0 only, whatever EPDx says; no ASID, no PAN, and E0PDx
 * and EPAN are RES0.
 */
static void test_el2_has_one_table(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    f->m->regs.idr[0] |= 1 << 9;
    config_set_bits(&ste, 95, 94, 2);
    config_set_bits(&cd, 14, 14, 1);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 40, 40, 1);
    f->m->regs.idr[3] |= 1 << 13 | 1 << 17;
    config_set_bits(&cd, 66, 66, 1);
    config_set_bits(&cd, 130, 130, 1);
    config_set_bits(&cd, 123, 123, 1);
    /* The fields of TTB1 are RES0: T1SZ 63, TG1 Reserved, TTB1 beyond. */
    config_set_bits(&cd, 21, 16, 63);
    config_set_bits(&cd, 183, 132, UINT64_C(0xfffffffffff));
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_false(ctx.ttb[0].disabled);
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.asid, ==, 0);
    g_assert_false(ctx.privileged_access_never);
    g_assert_false(ctx.enhanced_pan);
    g_assert_false(ctx.ttb[0].privileged_only);
    fixture_free(f);
}

/* ---- The CD's fetch ---- */

static void test_cd_fetch_abort(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID, .iova = 0xdead000 };
    ConfigWords ste = config_ste_stage1(UINT64_C(0x123456789ac0));
    ConfigWords cd = config_cd(1, 0);
    MsmmuContext ctx;
    MsmmuFault fault;

    fixture_fail(f, UINT64_C(0x123456789aff), UINT64_C(0x123456789aff));
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, CD_FETCH);
    g_assert_cmphex(fault.fetch_address, ==, UINT64_C(0x123456789ac0));
    fixture_free(f);
}

/* 7.3.10: the address is in FetchAddr, bits [247:195]; no InputAddr. */
static void test_cd_fetch_event(void)
{
    Fixture *f = fixture_new(NULL);
    const MsmmuRequest rq = { .sid = SID, .iova = 0xdead000 };
    ConfigWords ste = config_ste_stage1(UINT64_C(0x123456789ac0));
    FixtureEvent event;

    fixture_enable(f);
    config_put_ste(f, SID, &ste);
    fixture_fail(f, UINT64_C(0x123456789ac0), UINT64_C(0x123456789aff));
    g_assert_cmpint(msmmu_translate(f->m, &rq).disposition, ==, MSMMU_ABORT);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[0], ==, UINT64_C(0x300000009));
    g_assert_cmphex(event.word[1], ==, 0);
    g_assert_cmphex(event.word[2], ==, 0);
    g_assert_cmphex(event.word[3], ==, UINT64_C(0x123456789ac0));
    g_assert_false(fixture_event(f, &event));
    fixture_free(f);
}

/* 3.21.3: an STE that is not valid locates no CD. */
static void test_no_cd_through_a_bad_ste(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_stage1(CD_PA);

    config_set_bits(&ste, 91, 91, 1);
    fixture_forget(f);
    g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
    g_assert_cmpuint(f->reads, ==, 1);
    fixture_free(f);
}

/* ---- Anything at all ---- */

static void randomize(GRand *r, ConfigWords *words)
{
    for (unsigned i = 0; i < 8; i++) {
        words->word[i] = (uint64_t)g_rand_int(r) << 32 | g_rand_int(r);
    }
}

static void test_random_structures(void)
{
    uint32_t seed = g_test_rand_int();
    GRand *r = g_rand_new_with_seed(seed);
    unsigned outcomes[256] = { 0 };

    g_test_message("seed 0x%08x", seed);
    for (unsigned granules = 1; granules < 8; granules++) {
        Fixture *f = new_fixture_with(granules, 36, granules % 3);

        for (unsigned i = 0; i < 5000; i++) {
            ConfigWords ste, cd;
            unsigned type;

            randomize(r, &ste);
            randomize(r, &cd);
            if (g_rand_boolean(r)) {
                /* Keep it from being C_BAD_STE or C_BAD_CD at once. */
                config_set_bits(&ste, 0, 0, 1);
                config_set_bits(&ste, 55, 28, 0);
                config_set_bits(&ste, 91, 91, 0);
                config_set_bits(&cd, 31, 31, 1);
                config_set_bits(&cd, 44, 41, 1);
                config_set_bits(&cd, 119, 90, 0);
                config_set_bits(&cd, 183, 154, 0);
            }
            config_set_bits(&ste, 55, 48, 0);
            type = fault_of(f, &ste, &cd);
            outcomes[type]++;
            if (oracle_ste_illegal(&f->m->regs, &ste)) {
                g_assert_cmphex(type, ==, BAD_STE);
            } else if (config_bits(&ste, 3, 1) == 5 &&
                       oracle_cd_illegal(&f->m->regs, &ste, &cd)) {
                g_assert_cmphex(type, ==, BAD_CD);
            } else {
                g_assert_cmphex(type, ==, 0);
            }
        }
        fixture_free(f);
    }
    g_assert_cmpuint(outcomes[0], >, 0);
    g_assert_cmpuint(outcomes[BAD_STE], >, 0);
    g_assert_cmpuint(outcomes[BAD_CD], >, 0);
    g_rand_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("ste-v-0-is-c_bad_ste", test_ste_v_0);
    TEST("config-0xx-aborts-silently", test_config_0xx);
    TEST("stage-2-without-s2p-is-c_bad_ste", test_no_stage2);
    TEST("overrides-are-effective-values", test_overrides);
    TEST("every-ste-bit-counts-or-does-not", test_every_ste_bit);
    TEST("s1cdmax-s1fmt-s1dss-are-ignored-without-substreams",
         test_s1_substream_fields_are_ignored);
    TEST("substreamid-is-c_bad_substreamid", test_substream);
    TEST("s1contextptr-beyond-oas-is-c_bad_ste",
         test_s1contextptr_beyond_oas);
    TEST("strw-selects-the-world", test_strw);
    TEST("el2-has-one-table", test_el2_has_one_table);
    TEST("cd-abort-is-f_cd_fetch", test_cd_fetch_abort);
    TEST("f_cd_fetch-has-a-fetchaddr", test_cd_fetch_event);
    TEST("bad-ste-locates-no-cd", test_no_cd_through_a_bad_ste);
    TEST("random-structures-are-answered", test_random_structures);
    return g_test_run();
}
