/*
 * Which streams an invalidation concerns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"

static void test_affected_by_scope(void)
{
    Fixture *f = fixture_new(NULL);
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ALL };

    g_assert_true(msmmu_stream_is_affected(f->m, 5, &inv));
    inv = (MsmmuInvalidation) {
        .scope = MSMMU_INV_STREAMS, .first = 4, .last = 5,
    };
    g_assert_false(msmmu_stream_is_affected(f->m, 3, &inv));
    g_assert_true(msmmu_stream_is_affected(f->m, 4, &inv));
    g_assert_true(msmmu_stream_is_affected(f->m, 5, &inv));
    g_assert_false(msmmu_stream_is_affected(f->m, 6, &inv));

    /* While disabled nothing is translated, and no structure is read. */
    inv = (MsmmuInvalidation) { .scope = MSMMU_INV_VMID_S1 };
    g_assert_false(msmmu_stream_is_affected(f->m, 5, &inv));
    g_assert_cmpuint(f->reads, ==, 0);
    fixture_free(f);
}

/* A stream whose configuration is in doubt is told, and records nothing. */
static void test_affected_in_doubt(void)
{
    Fixture *f = fixture_new(NULL);
    const MsmmuInvalidation inv = { .scope = MSMMU_INV_VMID_S1 };

    fixture_enable(f);
    g_assert_true(msmmu_stream_is_affected(f->m, 5, &inv));
    g_assert_false(fixture_event(f, &(FixtureEvent) { }));
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
    g_assert_false(msmmu_stream_is_affected(f->m, 5, &inv));
    g_assert_false(msmmu_stream_is_affected(f->m, 6, &inv));
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
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(msmmu_stream_is_affected(f->m, 5, &cases[i].inv), ==,
                        cases[i].affected);
    }
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/notify/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("affected-by-all-and-by-streams", test_affected_by_scope);
    ADD("in-doubt-is-affected", test_affected_in_doubt);
    ADD("untranslated-is-not-affected", test_untranslated);
    ADD("translated-is-affected-by-its-scopes", test_translated);
    return g_test_run();
}
