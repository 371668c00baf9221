/*
 * The CD of a nested stream is in IPA space: what stage 2 makes of its fetch,
 * how that is recorded, and what may be kept of it (IHI 0070 3.4.3, 5.4.1, 5.5,
 * 7.3.12 to 7.3.16, 7.3.22).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context_helpers.h"
#include "tables.h"

enum {
    BAD_STE = 0x04, BAD_SUBSTREAMID = 0x08, CD_FETCH = 0x09, BAD_CD = 0x0a,
    WALK_EABT = 0x0b, TRANSLATION = 0x10, ADDR_SIZE = 0x11, ACCESS = 0x12,
    PERMISSION = 0x13,
};

#define S2TTB UINT64_C(0x10000000)
#define CD_IPA UINT64_C(0x7fff0040)
#define CD_PAGE UINT64_C(0x44444000)        /* where stage 2 puts its page */
#define CD_AT (CD_PAGE | 0x40)
/* Word 1 of an event: S2, CLASS == CD, RnW, InD, PnU */
#define S2 (UINT64_C(1) << 39)
#define RNW (UINT64_C(1) << 35)
#define IND (UINT64_C(1) << 34)
#define PNU (UINT64_C(1) << 33)

typedef struct Nest {
    Fixture *f;
    Tables s2;
    ConfigWords ste, cd;
} Nest;

static Nest nest_new_of(const MsmmuConfig *config)
{
    Nest n = {
        .f = fixture_new(config),
        .ste = config_ste_nested(CD_IPA, 0x77, S2TTB),
        .cd = config_cd(0x55, UINT64_C(0x123456000)),
    };

    fixture_enable(n.f);
    n.s2 = tables_new_at_level(n.f, 4, 40, 1, S2TTB);
    tables_map(&n.s2, CD_IPA, 3, CD_PAGE, TABLES_S2_RW);
    config_put(n.f, CD_AT, &n.cd);
    config_put_ste(n.f, SID, &n.ste);
    return n;
}

static Nest nest_new(void)
{
    MsmmuConfig config = full_config();

    return nest_new_of(&config);
}

static MsmmuStatus get_for(Nest *n, const MsmmuRequest *rq,
                           const MsmmuContext **ctx, MsmmuFault *fault)
{
    *fault = (MsmmuFault) { .type = 0 };
    config_put_ste(n->f, SID, &n->ste);
    return msmmu_config_get(n->f->m, rq, msmmu_load(&n->f->m->gate), ctx,
                            fault);
}

static MsmmuStatus get(Nest *n, const MsmmuContext **ctx, MsmmuFault *fault)
{
    return get_for(n, &(MsmmuRequest) { .sid = SID }, ctx, fault);
}

/* A transaction of the stream aborts, as the record with these words says. */
static void expect_event(Nest *n, MsmmuRequest rq, uint8_t type,
                         uint64_t word1, uint64_t word3)
{
    FixtureEvent event;

    rq.sid = SID;
    config_put_ste(n->f, SID, &n->ste);
    g_assert_cmpint(msmmu_translate(n->f->m, &rq).disposition, ==,
                    MSMMU_ABORT);
    g_assert_true(fixture_event(n->f, &event));
    g_assert_cmphex(event.word[0], ==, (uint64_t)SID << 32 | type);
    g_assert_cmphex(event.word[1], ==, word1);
    g_assert_cmphex(event.word[2], ==, rq.iova);
    g_assert_cmphex(event.word[3], ==, word3);
    g_assert_false(fixture_event(n->f, &event));
}

/* ---- Where the CD is ---- */

static void test_cd_is_in_ipa_space(void)
{
    Nest n = nest_new();
    ConfigWords decoy = config_cd(1, 0);
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_put(n.f, CD_IPA, &decoy);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_true(ctx->stage1);
    g_assert_true(ctx->stage2);
    g_assert_cmphex(ctx->asid, ==, 0x55);
    g_assert_cmphex(ctx->vmid, ==, 0x77);
    g_assert_cmphex(ctx->ttb[0].table_pa, ==, UINT64_C(0x123456000));
    g_assert_cmphex(ctx->s2.table_pa, ==, S2TTB);
    fixture_free(n.f);
}

/* S2PTW is IGNORED without stage 1. */
static void test_s2ptw(void)
{
    Nest n = nest_new();
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_set_bits(&n.ste, 182, 182, 1);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_true(ctx->s2.protected_walk);
    msmmu_config_drop_all(n.f->m);
    config_set_bits(&n.ste, 3, 1, 6);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_false(ctx->s2.protected_walk);
    fixture_free(n.f);
}

/* 3.4.3 (2): an IPA may be larger than a PA; an STE that has more is bad. */
static void test_ipa_beyond_ias(void)
{
    MsmmuConfig config = full_config();
    Nest n;
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config.oas_bits = 36;
    config.ds = false;
    config.va_bits = 48;
    n = nest_new_of(&config);
    /* With VMSAv8-32 LPAE the IAS is 40 bits. */
    n.ste = config_ste_nested(UINT64_C(0xffffffffc0), 1, S2TTB);
    tables_map(&n.s2, UINT64_C(0xfffffff000), 3, CD_PAGE, TABLES_S2_RW);
    config_put(n.f, CD_PAGE + 0xfc0, &n.cd);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    msmmu_config_drop_all(n.f->m);
    n.ste = config_ste_nested(UINT64_C(0x10000000000), 1, S2TTB);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_STE);
    fixture_free(n.f);
}

/* 3.4: only PAs are truncated to an OAS of less than 40 bits. */
static void test_aa32_table_is_in_ipa_space(void)
{
    MsmmuConfig config = full_config();
    const MsmmuContext *ctx;
    MsmmuFault fault;
    Nest n;

    config.oas_bits = 36;
    config.ds = false;
    config.va_bits = 48;
    n = nest_new_of(&config);
    n.cd = config_cd(1, UINT64_C(0xff12345000));
    config_set_bits(&n.cd, 41, 41, 0);
    config_put(n.f, CD_AT, &n.cd);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmphex(ctx->ttb[0].table_pa, ==, UINT64_C(0xff12345000));
    fixture_free(n.f);
}

/* ---- Faults of stage 2 ---- */

/* What stage 2 has for the page of the CD -> the type of the event. */
static const struct {
    uint64_t descriptor;
    uint8_t type;
} stage2_faults[] = {
    { 0, TRANSLATION },
    /* AF == 0 */
    { CD_PAGE | 0x3ff, ACCESS },
    /* S2AP: write-only */
    { CD_PAGE | 0x7bf, PERMISSION },
};

static void test_faults_have_class_cd(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(stage2_faults); i++) {
        Nest n = nest_new();

        tables_set(&n.s2, CD_IPA, 3, stage2_faults[i].descriptor);
        /* IPA[51:12] */
        expect_event(&n, (MsmmuRequest) { .iova = 0xabc123 },
                     stage2_faults[i].type, S2 | RNW,
                     CD_IPA & ~UINT64_C(0xfff));
        fixture_free(n.f);
    }
}

static void test_output_beyond_s2ps(void)
{
    Nest n = nest_new();

    /* S2PS 40 bits */
    config_set_bits(&n.ste, 178, 176, 2);
    tables_set(&n.s2, CD_IPA, 3, UINT64_C(0x100000007ff));
    expect_event(&n, (MsmmuRequest) { .iova = 0xabc123 }, ADDR_SIZE, S2 | RNW,
                 CD_IPA & ~UINT64_C(0xfff));
    fixture_free(n.f);
}

/* RnW, InD and PnU are the transaction's; the overrides count (7.3.13). */
static void test_access_is_that_of_the_transaction(void)
{
    static const struct {
        MsmmuRequest rq;
        unsigned priv_cfg, inst_cfg;
        uint64_t word1;
    } cases[] = {
        { { .iova = 1 }, 0, 0, RNW },
        { { .iova = 2, .privileged = true }, 0, 0, RNW | PNU },
        { { .iova = 3, .instruction = true }, 0, 0, RNW | IND },
        { { .iova = 4, .write = true, .privileged = true }, 0, 0, PNU },
        { { .iova = 5, .privileged = true }, 2, 0, RNW },
        { { .iova = 6 }, 3, 3, RNW | PNU | IND },
        { { .iova = 7, .instruction = true }, 0, 2, RNW },
        /* Writes are data. */
        { { .iova = 8, .write = true }, 3, 3, PNU },
    };
    Nest n = nest_new();

    tables_set(&n.s2, CD_IPA, 3, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        config_set_bits(&n.ste, 113, 112, cases[i].priv_cfg);
        config_set_bits(&n.ste, 115, 114, cases[i].inst_cfg);
        expect_event(&n, cases[i].rq, TRANSLATION, S2 | cases[i].word1,
                     CD_IPA & ~UINT64_C(0xfff));
    }
    fixture_free(n.f);
}

/* 5.5: S2R == 0 suppresses the record of the four faults; S2 always aborts. */
static void test_s2r_0_is_silent(void)
{
    Nest n = nest_new();
    const MsmmuContext *ctx;
    MsmmuRequest rq = { .sid = SID };
    MsmmuFault fault;

    config_set_bits(&n.ste, 186, 186, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(stage2_faults); i++) {
        tables_set(&n.s2, CD_IPA, 3, stage2_faults[i].descriptor);
        g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_ABORT_SILENT);
        g_assert_cmpint(msmmu_translate(n.f->m, &rq).disposition, ==,
                        MSMMU_ABORT);
        g_assert_cmpint(fixture_event_type(n.f), ==, -1);
    }
    /* It was not kept (3.21.3). */
    tables_map(&n.s2, CD_IPA, 3, CD_PAGE, TABLES_S2_RW);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    fixture_free(n.f);
}

/* 7.3.12: an abort of the walk is recorded whatever S2R says. */
static void test_walk_abort(void)
{
    for (unsigned s2r = 0; s2r < 2; s2r++) {
        Nest n = nest_new();
        uint64_t slot = tables_slot(&n.s2, CD_IPA, 3);

        config_set_bits(&n.ste, 186, 186, s2r);
        fixture_fail(n.f, slot, slot + 7);
        expect_event(&n, (MsmmuRequest) { .iova = 0xabc123 }, WALK_EABT,
                     S2 | RNW, slot);
        fixture_free(n.f);
    }
}

/* 7.3.10: FetchAddr is the PA. */
static void test_fetch_abort(void)
{
    for (unsigned s2r = 0; s2r < 2; s2r++) {
        Nest n = nest_new();
        const MsmmuContext *ctx;
        MsmmuFault fault;

        config_set_bits(&n.ste, 186, 186, s2r);
        fixture_fail(n.f, CD_AT, CD_AT + 63);
        g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
        g_assert_cmphex(fault.type, ==, CD_FETCH);
        g_assert_cmphex(fault.fetch_address, ==, CD_AT);
        fixture_free(n.f);
    }
}

/* 7.3.22 */
static void test_substream_comes_first(void)
{
    Nest n = nest_new();
    const MsmmuRequest rq = { .sid = SID, .ssid = 0, .ssid_valid = true };
    const MsmmuContext *ctx;
    MsmmuFault fault;

    tables_set(&n.s2, CD_IPA, 3, 0);
    g_assert_cmpint(get_for(&n, &rq, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    fixture_free(n.f);
}

/* 5.4 AA64: none over VMSAv8-32 LPAE; the CD is fetched all the same. */
static void test_formats(void)
{
    Nest n = nest_new();
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_set_bits(&n.ste, 179, 179, 0);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_CD);
    config_set_bits(&n.cd, 41, 41, 0);
    config_put(n.f, CD_AT, &n.cd);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmpint(ctx->s1.format, ==, MSMMU_AARCH32);
    g_assert_cmpint(ctx->s2.tables.format, ==, MSMMU_AARCH32);
    fixture_free(n.f);
}

/* ---- The Access flag ---- */

/* With S2HA, a fetch sets AF; a probe changes nothing and keeps nothing. */
static void test_probe_leaves_no_trace(void)
{
    Nest n = nest_new();
    const MsmmuRequest probe = { .sid = SID, .probe = true };
    const uint64_t without_af = CD_PAGE | 0x3ff;
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_set_bits(&n.ste, 184, 184, 1);
    tables_set(&n.s2, CD_IPA, 3, without_af);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpint(get_for(&n, &probe, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_cmphex(ctx->asid, ==, 0x55);
        g_assert_cmphex(tables_get(&n.s2, CD_IPA, 3), ==, without_af);
        g_assert_null(msmmu_config_peek(n.f->m, &probe));
    }
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmphex(tables_get(&n.s2, CD_IPA, 3), ==, without_af | 0x400);
    g_assert_true(msmmu_config_peek(n.f->m, &probe) == ctx);
    g_assert_cmpuint(n.f->updates, ==, 1);
    fixture_free(n.f);
}

/* Without S2HA there is nothing to be done twice. */
static void test_probe_is_kept_without_ha(void)
{
    Nest n = nest_new();
    const MsmmuRequest probe = { .sid = SID, .probe = true };
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(get_for(&n, &probe, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_true(msmmu_config_peek(n.f->m, &probe) == ctx);
    fixture_free(n.f);
}

static void test_probe_records_nothing(void)
{
    Nest n = nest_new();
    const MsmmuRequest probe = { .sid = SID, .probe = true };

    tables_set(&n.s2, CD_IPA, 3, 0);
    config_put_ste(n.f, SID, &n.ste);
    g_assert_cmpint(msmmu_translate(n.f->m, &probe).disposition, ==,
                    MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(n.f), ==, -1);
    fixture_free(n.f);
}

/* Once, something else sets AF just before the SMMU would. */
static void race(Fixture *f, uint64_t pa)
{
    f->on_update = NULL;
    fixture_write64(f, pa, fixture_read64(f, pa) | 0x400 | UINT64_C(1) << 55);
}

static void test_update_race(void)
{
    Nest n = nest_new();
    const MsmmuContext *ctx;
    MsmmuFault fault;

    config_set_bits(&n.ste, 184, 184, 1);
    tables_set(&n.s2, CD_IPA, 3, CD_PAGE | 0x3ff);
    n.f->on_update = race;
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_AGAIN);
    g_assert_null(msmmu_config_peek(n.f->m, &(MsmmuRequest) { .sid = SID }));
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    fixture_free(n.f);
}

/* ---- Invalidation ---- */

/* 16.2: what is cached of the CD goes by StreamID, not by IPA. */
static void test_cached_cd_outlives_its_page(void)
{
    Nest n = nest_new();
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    tables_set(&n.s2, CD_IPA, 3, 0);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_OK);
    msmmu_config_drop_substream(n.f->m, SID, 0);
    g_assert_cmpint(get(&n, &ctx, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, TRANSLATION);
    g_assert_cmpint(fault.class, ==, MSMMU_CLASS_CD);
    fixture_free(n.f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("nested-cd-is-in-ipa-space", test_cd_is_in_ipa_space);
    TEST("s2ptw-counts-if-nested", test_s2ptw);
    TEST("nested-s1contextptr-beyond-ias-is-c_bad_ste", test_ipa_beyond_ias);
    TEST("nested-aa32-ttb-is-not-truncated", test_aa32_table_is_in_ipa_space);
    TEST("stage-2-faults-of-a-cd-have-class-cd", test_faults_have_class_cd);
    TEST("cd-page-beyond-s2ps-is-f_addr_size", test_output_beyond_s2ps);
    TEST("class-cd-events-show-the-transaction",
         test_access_is_that_of_the_transaction);
    TEST("s2r-0-aborts-silently", test_s2r_0_is_silent);
    TEST("abort-of-the-walk-for-a-cd-is-f_walk_eabt", test_walk_abort);
    TEST("nested-f_cd_fetch-has-the-pa", test_fetch_abort);
    TEST("c_bad_substreamid-comes-before-stage-2",
         test_substream_comes_first);
    TEST("aa64-over-aa32-is-c_bad_cd", test_formats);
    TEST("probe-of-a-cd-leaves-no-trace", test_probe_leaves_no_trace);
    TEST("probe-is-kept-where-it-left-out-nothing",
         test_probe_is_kept_without_ha);
    TEST("probe-records-no-fault-of-a-cd", test_probe_records_nothing);
    TEST("update-race-begins-again", test_update_race);
    TEST("cached-cd-outlives-its-page", test_cached_cd_outlives_its_page);
    return g_test_run();
}
