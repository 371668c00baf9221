/*
 * Which streams an invalidation concerns, and at which input addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "streams.h"

typedef struct Affected {
    bool is;
    uint64_t first;
    uint64_t last;
} Affected;

static Affected affected(Fixture *f, uint32_t sid,
                         const MsmmuInvalidation *inv)
{
    Affected a = { .first = 1, .last = 0 };

    a.is = msmmu_stream_is_affected(f->m, sid, inv, &a.first, &a.last);
    return a;
}

static bool is_affected(Fixture *f, uint32_t sid, const MsmmuInvalidation *inv)
{
    return affected(f, sid, inv).is;
}

static void check_range(Fixture *f, uint32_t sid, const MsmmuInvalidation *inv,
                        uint64_t first, uint64_t last)
{
    Affected a = affected(f, sid, inv);

    g_assert_true(a.is);
    g_assert_cmphex(a.first, ==, first);
    g_assert_cmphex(a.last, ==, last);
}

static void test_affected_by_scope(void)
{
    Fixture *f = fixture_new(NULL);
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ALL };

    check_range(f, 5, &inv, 0, UINT64_MAX);
    inv = (MsmmuInvalidation) {
        .scope = MSMMU_INV_STREAMS, .first = 4, .last = 5,
    };
    g_assert_false(is_affected(f, 3, &inv));
    check_range(f, 4, &inv, 0, UINT64_MAX);
    check_range(f, 5, &inv, 0, UINT64_MAX);
    g_assert_false(is_affected(f, 6, &inv));

    /* While disabled nothing is translated, and no structure is read. */
    inv = (MsmmuInvalidation) { .scope = MSMMU_INV_VMID_S1 };
    g_assert_false(is_affected(f, 5, &inv));
    g_assert_cmpuint(f->reads, ==, 0);
    fixture_free(f);
}

/* A stream whose configuration is in doubt is told, and records nothing. */
static void test_affected_in_doubt(void)
{
    Fixture *f = fixture_new(NULL);
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_VA, .first = 0x1000, .last = 0x1fff,
    };

    fixture_enable(f);
    f->reads = 0;
    check_range(f, 5, &inv, 0, UINT64_MAX);
    g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_FAULT);
    f->reads = 0;
    check_range(f, 5, &inv, 0, UINT64_MAX);
    g_assert_cmpuint(f->reads, ==, 0);
    g_assert_false(fixture_event(f, &(FixtureEvent) { }));
    fixture_free(f);
}

/*
 * What was copied came from the configuration that was cached then. What
 * software wrote since is not in force before it is fetched (4.3).
 */
static void test_evicted(void)
{
    const MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 7 };
    Fixture *f = fixture_new(NULL);
    ConfigWords cd = config_cd(7, 0x1000);

    config_put_stage1(f, 0, &cd);
    fixture_enable(f);
    fixture_set_reg32(f, 0x20, 0);
    fixture_set_reg32(f, 0x88, 16);             /* 2^16 StreamIDs */
    fixture_set_reg32(f, 0x20, 0xd);
    g_assert_cmpint(config_status(f, 0), ==, MSMMU_STATUS_OK);
    g_assert_true(is_affected(f, 0, &inv));

    cd = config_cd(8, 0x2000);
    config_put_stage1(f, 0, &cd);
    g_assert_true(is_affected(f, 0, &inv));
    for (uint32_t sid = 1; sid < 0x4000; sid++) {
        ConfigWords bypass = config_ste_bypass();

        config_put_ste(f, sid, &bypass);
        g_assert_cmpint(config_status(f, sid), ==, MSMMU_STATUS_BYPASS);
    }
    fixture_collect(f);
    g_assert_true(is_affected(f, 0, &inv));
    fixture_free(f);
}

static void test_untranslated(void)
{
    Fixture *f = fixture_new(NULL);
    const MsmmuInvalidation inv = { .scope = MSMMU_INV_VMID_S1 };
    const ConfigWords bypass = config_ste_bypass();
    const ConfigWords abort = config_ste_abort();

    config_put_ste(f, 5, &bypass);
    config_put_ste(f, 6, &abort);
    fixture_enable(f);
    g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_BYPASS);
    g_assert_cmpint(config_status(f, 6), ==, MSMMU_STATUS_ABORT_SILENT);
    g_assert_false(is_affected(f, 5, &inv));
    g_assert_false(is_affected(f, 6, &inv));
    fixture_free(f);
}

static void test_translated(void)
{
    static const struct {
        const char *name;
        MsmmuInvalidation inv;
        bool affected;
    } cases[] = {
        { "world", { .scope = MSMMU_INV_WORLD }, true },
        { "other world",
          { .scope = MSMMU_INV_WORLD, .world = MSMMU_WORLD_NS_EL2 }, false },
        { "VMID", { .scope = MSMMU_INV_VMID }, true },
        { "other VMID", { .scope = MSMMU_INV_VMID, .vmid = 1 }, false },
        { "VMID, stage 1", { .scope = MSMMU_INV_VMID_S1 }, true },
        { "ASID", { .scope = MSMMU_INV_ASID, .asid = 7 }, true },
        { "other ASID", { .scope = MSMMU_INV_ASID, .asid = 8 }, false },
        { "VA", { .scope = MSMMU_INV_VA, .asid = 7 }, true },
        { "VA of another ASID may be global",
          { .scope = MSMMU_INV_VA, .asid = 8 }, true },
        { "VA of any ASID", { .scope = MSMMU_INV_VA_ANY_ASID }, true },
        { "IPA without stage 2", { .scope = MSMMU_INV_IPA }, false },
    };
    Fixture *f = fixture_new(NULL);
    const ConfigWords cd = config_cd(7, 0x1000);

    config_put_stage1(f, 5, &cd);
    fixture_enable(f);
    g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_OK);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(is_affected(f, 5, &cases[i].inv), ==,
                        cases[i].affected);
    }
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

/*
 * With TBI0 or TBI1 (CD [38], [39]) a page is at 256 input addresses, and all
 * of them become invalid with one command (4.4.2).
 */
static void test_ranges(void)
{
    static const struct {
        const char *name;
        unsigned tbi;
        bool epd1;
        MsmmuInvalidation inv;
        uint64_t first;
        uint64_t last;
    } cases[] = {
        { "VA", 0, false,
          { .scope = MSMMU_INV_VA, .first = 0x5000, .last = 0x5fff },
          0x5000, 0x5fff },
        { "VA of any ASID", 0, false,
          { .scope = MSMMU_INV_VA_ANY_ASID, .first = 0x5000, .last = 0x8fff },
          0x5000, 0x8fff },
        { "VA, TBI0", 1, false,
          { .scope = MSMMU_INV_VA, .first = 0x5000, .last = 0x5fff },
          0, UINT64_MAX },
        { "VA of any ASID, TBI0", 1, false,
          { .scope = MSMMU_INV_VA_ANY_ASID, .first = 0x5000, .last = 0x5fff },
          0, UINT64_MAX },
        { "VA of the upper half, TBI0", 1, false,
          { .scope = MSMMU_INV_VA, .first = 0xffff000000005000,
            .last = 0xffff000000005fff },
          0xffff000000005000, 0xffff000000005fff },
        { "VA, TBI1", 2, false,
          { .scope = MSMMU_INV_VA, .first = 0x5000, .last = 0x5fff },
          0x5000, 0x5fff },
        { "VA of the upper half, TBI1", 2, false,
          { .scope = MSMMU_INV_VA, .first = 0xffff000000005000,
            .last = 0xffff000000005fff },
          0, UINT64_MAX },
        { "VA of the upper half, TBI1 without walks", 2, true,
          { .scope = MSMMU_INV_VA, .first = 0xffff000000005000,
            .last = 0xffff000000005fff },
          0xffff000000005000, 0xffff000000005fff },
        { "ASID", 0, false,
          { .scope = MSMMU_INV_ASID, .asid = 7, .last = UINT64_MAX },
          0, UINT64_MAX },
        { "world", 0, false, { .scope = MSMMU_INV_WORLD, .last = UINT64_MAX },
          0, UINT64_MAX },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_new(NULL);
        ConfigWords cd = config_cd(7, 0x1000);

        g_test_message("%s", cases[i].name);
        config_set_bits(&cd, 30, 30, cases[i].epd1);
        config_set_bits(&cd, 23, 22, 2);        /* TG1: 4KB */
        config_set_bits(&cd, 21, 16, 16);       /* T1SZ */
        config_set_bits(&cd, 39, 38, cases[i].tbi);
        config_put_stage1(f, 5, &cd);
        fixture_enable(f);
        g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_OK);
        check_range(f, 5, &cases[i].inv, cases[i].first, cases[i].last);
        fixture_free(f);
    }
}

/* ---- Both stages, and EL2 ---- */

#define PAGE 0x5000

/* Whom each command tells, and of which addresses. */
static void test_kinds(void)
{
    enum { NOBODY, ALL, EXACT, BLOCK };
    static const struct {
        const char *name;
        uint8_t opcode;
        uint64_t word1;
        /* Stage 1, stage 2, nested, EL2 or EL2-E2H */
        uint8_t told[4];
    } cases[] = {
        { "NH_ALL", 0x10, 0, { ALL, NOBODY, ALL, NOBODY } },
        { "NH_ASID", 0x11, 0, { ALL, NOBODY, ALL, NOBODY } },
        { "NH_VA", 0x12, PAGE, { EXACT, NOBODY, ALL, NOBODY } },
        { "NH_VA, TTL 3", 0x12, PAGE | 0x700,
          { EXACT, NOBODY, EXACT, NOBODY } },
        { "NH_VA, TTL 2", 0x12, PAGE | 0x600,
          { BLOCK, NOBODY, BLOCK, NOBODY } },
        { "NH_VAA", 0x13, PAGE, { EXACT, NOBODY, ALL, NOBODY } },
        { "EL2_ALL", 0x20, 0, { NOBODY, NOBODY, NOBODY, ALL } },
        { "EL2_VA", 0x22, PAGE, { NOBODY, NOBODY, NOBODY, EXACT } },
        { "EL2_VAA", 0x23, PAGE, { NOBODY, NOBODY, NOBODY, EXACT } },
        { "S12_VMALL", 0x28, 0, { ALL, ALL, ALL, NOBODY } },
        { "S2_IPA", 0x2a, PAGE, { NOBODY, EXACT, ALL, NOBODY } },
        { "S2_IPA, TTL 2", 0x2a, PAGE | 0x600,
          { NOBODY, BLOCK, ALL, NOBODY } },
        { "NSNH_ALL", 0x30, 0, { ALL, ALL, ALL, NOBODY } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
        bool e2h = i & 1;
        Fixture *f = streams_fixture(NULL, e2h);
        Stream streams[] = {
            stream_new(f, 0, KIND_STAGE1, 7, 3),
            stream_new(f, 1, KIND_STAGE2, 7, 0),
            stream_new(f, 2, KIND_NESTED, 7, 3),
            stream_new(f, 3, e2h ? KIND_EL2_E2H : KIND_EL2, 0, 3),
            /* Of other VMIDs */
            stream_new(f, 4, KIND_STAGE1, 8, 3),
            stream_new(f, 5, KIND_STAGE2, 8, 0),
            stream_new(f, 6, KIND_NESTED, 8, 3),
        };

        g_test_message("%s, E2H %d", cases[i / 2].name, e2h);
        for (uint32_t sid = 0; sid < G_N_ELEMENTS(streams); sid++) {
            g_assert_cmpint(config_status(f, sid), ==, MSMMU_STATUS_OK);
        }
        fixture_forget(f);
        stream_tlbi(&streams[0], cases[i / 2].opcode, cases[i / 2].word1);
        for (uint32_t sid = 0; sid < G_N_ELEMENTS(streams); sid++) {
            unsigned told = sid < 4 ? cases[i / 2].told[sid] : NOBODY;
            Affected a = { .is = false };

            for (unsigned u = 0; u < fixture_unmap_count(f) && !a.is; u++) {
                a = affected(f, sid, fixture_unmap(f, u));
            }
            /* NSNH_ALL is about all VMIDs. */
            if (sid >= 4 && cases[i / 2].opcode == 0x30) {
                told = ALL;
            }
            if (a.is != (told != NOBODY)) {
                g_error("stream %u", sid);
            }
            if (!a.is) {
                continue;
            }
            g_assert_cmphex(a.first, ==, told == EXACT ? PAGE : 0);
            g_assert_cmphex(a.last, ==, told == EXACT ? PAGE + 0xfff :
                                        told == BLOCK ? 0x1fffff :
                                        UINT64_MAX);
        }
        fixture_free(f);
    }
}

/* Upstream tells them only where it has one stage. */
static void test_nh_all(void)
{
    Fixture *f = streams_fixture(NULL, false);
    Stream s = stream_new(f, 5, KIND_NESTED, 7, 3);

    stream_map(&s, 0x1000, 3, 0x5000, 0);
    tables_map(&s.s2, 0x5000, 3, 0x7000, TABLES_S2_RW);
    stream_expect(&s, 0x1000, 0x7000);
    fixture_forget(f);
    stream_tlbi(&s, 0x10, 0);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
    check_range(f, 5, fixture_unmap(f, 0), 0, UINT64_MAX);
    fixture_free(f);
}

/*
 * Other ASIDs: entries that are not global are not theirs, global ones may be.
 * EL2-E2H as EL1.
 */
static void test_other_asid(void)
{
    static const struct {
        CacheKind kind;
        uint8_t by_asid, by_va;
    } cases[] = {
        { KIND_STAGE1, 0x11, 0x12 }, { KIND_NESTED, 0x11, 0x12 },
        { KIND_EL2_E2H, 0x21, 0x22 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = streams_fixture(NULL, true);
        Stream s = stream_new(f, 5, cases[i].kind, 0, 3);

        g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_OK);
        s.asid = 4;
        fixture_forget(f);
        stream_tlbi(&s, cases[i].by_asid, 0);
        stream_tlbi(&s, cases[i].by_va, PAGE);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
        g_assert_false(is_affected(f, 5, fixture_unmap(f, 0)));
        g_assert_true(is_affected(f, 5, fixture_unmap(f, 1)));
        fixture_free(f);
    }
}

/*
 * With substreams, S1DSS says what transactions without one use: nothing, no
 * stage 1, or CD 0 (5.2). Nobody copies translations of others.
 */
static void test_substreams(void)
{
    static const struct {
        const char *name;
        CacheKind kind;
        unsigned s1dss;
        MsmmuStatus status;
        bool by_asid, by_other_asid, by_ipa;
    } cases[] = {
        { "terminate", KIND_STAGE1, 0, MSMMU_STATUS_FAULT,
          true, true, true },           /* in doubt: that is not cached */
        { "bypass", KIND_STAGE1, 1, MSMMU_STATUS_BYPASS,
          false, false, false },
        { "CD 0", KIND_STAGE1, 2, MSMMU_STATUS_OK, true, false, false },
        { "bypass to stage 2", KIND_NESTED, 1, MSMMU_STATUS_OK,
          false, false, true },
        { "CD 0, nested", KIND_NESTED, 2, MSMMU_STATUS_OK,
          true, false, true },
    };
    MsmmuConfig config = streams_config();

    config.ssid_bits = 4;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = streams_fixture(&config, false);
        Stream s = stream_new(f, 5, cases[i].kind, 7, 3);
        ConfigWords cd1 = s.cd;
        const MsmmuInvalidation by_asid = {
            .scope = MSMMU_INV_ASID, .vmid = 7, .asid = 3,
            .last = UINT64_MAX,
        };
        MsmmuInvalidation by_other_asid = by_asid;
        const MsmmuInvalidation by_ipa = {
            .scope = MSMMU_INV_IPA, .vmid = 7, .last = 0xfff,
        };

        g_test_message("%s", cases[i].name);
        by_other_asid.asid = 4;
        config_set_bits(&s.ste, 63, 59, 1);                 /* S1CDMax */
        config_set_bits(&s.ste, 65, 64, cases[i].s1dss);    /* S1DSS */
        /* Linear; aligned to two CDs */
        config_set_bits(&s.ste, 51, 6, UINT64_C(0x40010000) >> 6);
        stream_put(&s);
        config_set_bits(&cd1, 63, 48, 4);
        config_put(f, 0x40010000, &s.cd);
        config_put(f, 0x40010040, &cd1);
        g_assert_cmpint(config_status(f, 5), ==, cases[i].status);
        g_assert_cmpint(is_affected(f, 5, &by_asid), ==, cases[i].by_asid);
        g_assert_cmpint(is_affected(f, 5, &by_other_asid), ==,
                        cases[i].by_other_asid);
        g_assert_cmpint(is_affected(f, 5, &by_ipa), ==, cases[i].by_ipa);
        fixture_free(f);
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/notify/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("affected-by-all-and-by-streams", test_affected_by_scope);
    ADD("in-doubt-is-affected", test_affected_in_doubt);
    ADD("an-evicted-configuration-is-in-doubt", test_evicted);
    ADD("untranslated-is-not-affected", test_untranslated);
    ADD("translated-is-affected-by-its-scopes", test_translated);
    ADD("ranges-cover-ignored-top-bytes", test_ranges);
    ADD("each-command-tells-its-kinds-of-streams", test_kinds);
    ADD("nh-all-on-two-stages-tells-of-all", test_nh_all);
    ADD("other-asids-may-have-global-entries", test_other_asid);
    ADD("without-a-substream-cd-0-or-none-counts", test_substreams);
    return g_test_run();
}
