/*
 * Which streams an invalidation concerns, and at which input addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"

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
    return g_test_run();
}
