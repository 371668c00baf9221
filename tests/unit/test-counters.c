/*
 * The counters of streams, the last terminated transactions, the recorder of an
 * adapter, and questions as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "counters.h"
#include "report_text.h"
#include "rig_stages.h"

typedef void Report(Msmmu *m, MsmmuReporter *r);

static void expect_report(Fixture *f, Report *report, const char *expected)
{
    ReportText t;

    report_text_init(&t);
    report(f->m, &t.reporter);
    report_text_expect(t.all->str, expected);
    report_text_free(&t);
}

static char *value_of(Fixture *f, Report *report, const char *name)
{
    ReportText t;
    char *value;

    report_text_init(&t);
    report(f->m, &t.reporter);
    value = report_text_value(&t, name);
    report_text_free(&t);
    return value;
}

static void expect_value(Fixture *f, Report *report, const char *name,
                         const char *expected)
{
    g_autofree char *value = value_of(f, report, name);

    g_assert_cmpstr(value, ==, expected);
}

static void drop_events(Fixture *f)
{
    FixtureEvent event;

    while (fixture_event(f, &event)) {
        continue;
    }
}

static void cfgi_all(Fixture *f)
{
    fixture_command(f, 0x04, 31);
}

/* ---- Counters ---- */

static void test_exact(void)
{
    Rig r = rig_new(44);
    MsmmuRequest probe = reading(0x1000), piece = reading(0x9000);

    probe.probe = true;
    piece.continued = true;
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&r.t, 0x200000, 2, 0x400000, TABLES_RW | TABLES_RO);
    for (unsigned i = 0; i < 10; i++) {
        translate(&r, reading(0x1000));
        translate(&r, reading(0x200000));
        translate(&r, writing(0x200000));
        translate(&r, reading(0x9000));
        translate(&r, probe);
        translate(&r, piece);
        cfgi_all(r.f);
    }
    drop_events(r.f);
    expect_report(r.f, msmmu_report_streams,
                  "-: [\n"
                  "  -:\n"
                  "    sid: 0x5\n"
                  "    transactions: 40\n"
                  "    terminated: 20\n"
                  "    faults:\n"
                  "      F_TRANSLATION: 10\n"
                  "      F_PERMISSION: 10\n"
                  "    stage-1-leaves:\n"
                  "      2M: 1\n"
                  "      4K: 1\n"
                  "    stage-2-leaves:\n"
                  "    stage-1-contiguous:\n"
                  "    stage-2-contiguous:\n"
                  "    refused-granules:\n");
    rig_free(&r);
}

static void test_both_stages(void)
{
    Stages s;
    ReportText t;

    stages_init(&s, "granules=4k+64k", 64, 4);
    stages_back(&s, 0x80000000, UINT64_C(0x120000000), 0x10000);
    tables_map(&s.r.t, 0x10000, 3, 0x80000000, TABLES_RW);
    translate(&s.r, reading(0x10000));
    translate(&s.r, reading(0x10000));
    translate(&s.r, reading(0x11000));
    report_text_init(&t);
    msmmu_report_streams(s.r.f->m, &t.reporter);
    g_assert_nonnull(strstr(t.all->str, "    stage-1-leaves:\n"
                            "      64K: 2\n"
                            "    stage-2-leaves:\n"
                            "      4K: 2\n"));
    report_text_free(&t);
    stages_free(&s);
}

/*
 * At @stage of @kb, every leaf there is: one without the Contiguous bit, one
 * with it. All lead to address 0.
 */
static void walk_to_leaves(Stages *s, unsigned stage, unsigned kb)
{
    Tables *t = stage == 1 ? &s->r.t : &s->s2;
    uint64_t attributes = stage == 1 ? TABLES_RW : TABLES_S2_RW;

    for (int level = 0; level <= 3; level++) {
        uint64_t va = UINT64_C(1) << tables_shift(kb, level);

        if (tables_has_leaf(kb, level, t->wide)) {
            tables_map(t, va, level, 0, attributes);
            tables_map(t, va * 2, level, 0, attributes | TABLES_CONT);
            for (unsigned i = 0; i < 3; i++) {
                expect_pa(&s->r, reading(va), 0);
                expect_pa(&s->r, reading(va * 2), 0);
            }
        }
    }
}

static void test_contiguous(void)
{
    static const struct {
        unsigned kb;
        unsigned walks;
        const char *leaves;
        /* Where blocks need wide descriptors, the bit is RES0. */
        const char *contiguous;
    } rows[] = {
        { 4, 8, "      512G: 2\n      1G: 2\n      2M: 2\n      4K: 2\n",
          "      1G: 1\n      2M: 1\n      4K: 1\n" },
        { 16, 6, "      64G: 2\n      32M: 2\n      16K: 2\n",
          "      32M: 1\n      16K: 1\n" },
        { 64, 6, "      4T: 2\n      512M: 2\n      64K: 2\n",
          "      512M: 1\n      64K: 1\n" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows) * 2; i++) {
        unsigned kb = rows[i / 2].kb, stage = i % 2 + 1;
        g_autofree char *pages = g_strdup_printf("      4K: %u\n",
                                                 rows[i / 2].walks);
        const char *leaves[3] = { NULL, stage == 1 ? rows[i / 2].leaves : "",
                                  stage == 2 ? rows[i / 2].leaves : pages };
        g_autofree char *expected = NULL;
        Stages s;
        ReportText t;

        stages_init(&s, "granules=4k+16k+64k,ds=on,oas=52,vax=52",
                    stage == 1 ? kb : 0, stage == 1 ? 4 : kb);
        if (stage == 1) {
            stages_page(&s, 0, 0, TABLES_S2_RW);
        }
        walk_to_leaves(&s, stage, kb);
        report_text_init(&t);
        msmmu_report_streams(s.r.f->m, &t.reporter);
        expected = g_strdup_printf(
            "    stage-1-leaves:\n%s    stage-2-leaves:\n%s"
            "    stage-1-contiguous:\n%s    stage-2-contiguous:\n%s"
            "    refused-granules:\n", leaves[1], leaves[2],
            stage == 1 ? rows[i / 2].contiguous : "",
            stage == 2 ? rows[i / 2].contiguous : "");
        g_assert_cmpstr(strstr(t.all->str, "    stage-1-leaves"), ==, expected);
        report_text_free(&t);
        stages_free(&s);
    }
}

static void test_refused_granules(void)
{
    MsmmuConfig config = msmmu_config_default();
    ConfigWords ste;
    Rig r;

    config.granules = MSMMU_GRANULES_4K;
    config.stages = MSMMU_STAGE_1 | MSMMU_STAGE_2;
    r = rig_new_with(&config);
    config_set_bits(&r.cd, 7, 6, 1);            /* TG0: 64KB */
    config_put_stage1(r.f, SID, &r.cd);
    translate(&r, reading(0x1000));
    expect_value(r.f, msmmu_report_streams, "C_BAD_CD", "1");
    expect_value(r.f, msmmu_report_streams, "64K", "1");
    ste = config_ste_stage2(7, 0x40000000);
    config_set_bits(&ste, 175, 174, 2);         /* S2TG: 16KB */
    config_put_ste(r.f, SID, &ste);
    translate(&r, reading(0x1000));
    translate(&r, reading(0x1000));
    expect_value(r.f, msmmu_report_streams, "C_BAD_STE", "2");
    expect_value(r.f, msmmu_report_streams, "16K", "2");
    drop_events(r.f);
    rig_free(&r);
}

/* Not with the configuration, but with the instance. */
static void test_life(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    translate(&r, reading(0x1000));
    cfgi_all(r.f);
    translate(&r, reading(0x1000));
    expect_value(r.f, msmmu_report_streams, "transactions", "2");
    msmmu_reset(r.f->m);
    expect_value(r.f, msmmu_report_streams, "transactions", NULL);
    fixture_enable(r.f);
    translate(&r, reading(0x1000));
    expect_value(r.f, msmmu_report_streams, "transactions", "1");
    rig_free(&r);
}

/* Bounded: those beyond the first 1024 StreamIDs are counted as others. */
static void test_bounded(void)
{
    Rig r = rig_new(44);
    ReportText t;

    for (uint32_t sid = 0x1000; sid < 0x1000 + 1024 + 3; sid++) {
        MsmmuRequest rq = { .sid = sid };

        translate(&r, rq);
    }
    drop_events(r.f);
    report_text_init(&t);
    msmmu_report_streams(r.f->m, &t.reporter);
    g_assert_nonnull(strstr(t.all->str, "    sid: 0x13ff\n"));
    g_assert_null(strstr(t.all->str, "    sid: 0x1400\n"));
    g_assert_nonnull(strstr(t.all->str, "    sid: others\n"
                            "    transactions: 3\n"));
    report_text_free(&t);
    rig_free(&r);
}

/* ---- The last terminated transactions ---- */

static void test_last_faults(void)
{
    Rig r = rig_new(44);
    ConfigWords abort = config_ste_abort();
    ReportText t;

    for (unsigned i = 0; i < 20; i++) {
        translate(&r, writing(0x1000 * i));
    }
    drop_events(r.f);
    config_put_ste(r.f, SID, &abort);
    cfgi_all(r.f);
    translate(&r, reading(0x99000));
    report_text_init(&t);
    msmmu_report_faults(r.f->m, &t.reporter);
    g_assert_null(strstr(t.all->str, "number: 5\n"));
    g_assert_nonnull(strstr(t.all->str, "number: 6\n"));
    g_assert_nonnull(strstr(t.all->str,
        "    sid: 0x5\n"
        "    iova: 0x13000\n"
        "    write: true\n"
        "    atomic: false\n"
        "    privileged: false\n"
        "    instruction: false\n"
        "    event: F_TRANSLATION\n"
        "    type: 16\n"
        "    section: 7.3.13\n"
        "    stage: 1\n"
        "    class: IN\n"
        "    why: the descriptor is not valid: bit[0] = 0\n"
        "    recorded: true\n"
        "    ends: abort\n"
        "    explained: false\n"));
    g_assert_true(g_str_has_suffix(t.all->str,
        "    iova: 0x99000\n"
        "    write: false\n"
        "    atomic: false\n"
        "    privileged: false\n"
        "    instruction: false\n"
        "    why: STE.Config = 0b0xx: abort, and record nothing\n"
        "    recorded: false\n"
        "    ends: abort\n"
        "    explained: false\n"));
    report_text_free(&t);
    rig_free(&r);
}

/* Their structures as they were: what follows does not change it. */
static void test_kept_explanations(void)
{
    Rig r = rig_new(44);
    ReportText t;

    msmmu_keep_explanations(r.f->m);
    for (unsigned i = 0; i < 20; i++) {
        translate(&r, writing(0x1000 * i));
    }
    drop_events(r.f);
    tables_map(&r.t, 0x13000, 3, 0x5000, TABLES_RW);
    report_text_init(&t);
    g_assert_false(msmmu_explain_fault(r.f->m, 0, &t.reporter));
    g_assert_false(msmmu_explain_fault(r.f->m, 4, &t.reporter));
    g_assert_false(msmmu_explain_fault(r.f->m, 21, &t.reporter));
    g_assert_cmpuint(t.all->len, ==, 0);
    g_assert_true(msmmu_explain_fault(r.f->m, 20, &t.reporter));
    report_text_expect(t.texts->str,
        "STE at PA 0x80000140\n"
        "CD at PA 0x40000140\n"
        "stage 1 level 0 descriptor at PA 0x40000000: 0x0000000000000000: "
        "invalid\n"
        "aborts with F_TRANSLATION (7.3.13) of stage 1, CLASS IN: the "
        "descriptor is not valid: bit[0] = 0; an event is recorded\n");
    report_text_free(&t);
    msmmu_reset(r.f->m);
    report_text_init(&t);
    g_assert_false(msmmu_explain_fault(r.f->m, 20, &t.reporter));
    report_text_free(&t);
    rig_free(&r);
}

/* ---- The recorder of an adapter ---- */

typedef struct Seen {
    MsmmuRecorder recorder;
    unsigned steps;
    GString *kinds;
} Seen;

static Seen seen;

static void see(G_GNUC_UNUSED MsmmuRecorder *recorder, const MsmmuStep *step)
{
    static const char letters[] = "tgLSlCdumfcei";

    g_string_append_c(seen.kinds, letters[step->kind]);
}

static MsmmuRecorder *give_recorder(G_GNUC_UNUSED void *opaque)
{
    return &seen.recorder;
}

static void expect_seen(const char *expected)
{
    g_assert_cmpstr(seen.kinds->str, ==, expected);
    g_string_truncate(seen.kinds, 0);
}

static void test_recorder(void)
{
    Rig r = rig_new(44);
    MsmmuOps ops = *r.f->m->ops;

    ops.recorder = give_recorder;
    seen.recorder.step = see;
    seen.kinds = g_string_new(NULL);
    r.f->m->ops = &ops;
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    translate(&r, reading(0x1000));
    expect_seen("tSCtddddm");
    translate(&r, reading(0x1000));
    expect_seen("");
    translate(&r, reading(0x2000));
    expect_seen("tddddfe");
    fixture_command(r.f, 0x30, 0);
    expect_seen("ic");
    drop_events(r.f);
    rig_free(&r);
    g_string_free(seen.kinds, true);
}

/* ---- Questions ---- */

static void test_questions(void)
{
    static const struct {
        const char *text;
        const char *error;
        MsmmuRequest rq;
    } cases[] = {
        { "sid=8,iova=0x1000", NULL, { .sid = 8, .iova = 0x1000 } },
        { "iova=0xffffffffffffffff,sid=0xffffffff,ssid=0xfffff", NULL,
          { .sid = UINT32_MAX, .iova = UINT64_MAX, .ssid = 0xfffff,
            .ssid_valid = true } },
        { "sid=0,iova=0,ssid=0,privileged,instruction", NULL,
          { .ssid_valid = true, .privileged = true, .instruction = true } },
        { "sid=0,iova=0,write", NULL, { .write = true } },
        { "sid=0,iova=0,atomic", NULL, { .write = true, .atomic = true } },
        { "", "sid= is missing", { 0 } },
        { "sid=1,", "'' is unknown: say sid=, ssid=, iova=, write, atomic, "
          "privileged, instruction", { 0 } },
        { "sid=1", "iova= is missing", { 0 } },
        { "iova=1", "sid= is missing", { 0 } },
        { "sid=0x100000000,iova=1", "'sid=0x100000000' is no number that "
          "fits", { 0 } },
        { "sid=1,ssid=0x100000,iova=1", "'ssid=0x100000' is no number that "
          "fits", { 0 } },
        { "sid=-1,iova=1", "'sid=-1' is no number that fits", { 0 } },
        { "sid=1,iova=", "'iova=' is no number that fits", { 0 } },
        { "sid=1,iova=1,pasid=1", "'pasid=1' is unknown: sid, ssid and iova "
          "take a value", { 0 } },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        const MsmmuRequest *want = &cases[i].rq;
        MsmmuRequest rq;

        if (!msmmu_request_parse(cases[i].text, &rq, &error)) {
            g_assert_cmpstr(error->message, ==, cases[i].error);
            continue;
        }
        g_assert_null(cases[i].error);
        g_assert_true(rq.probe);
        g_assert_cmphex(rq.sid, ==, want->sid);
        g_assert_cmphex(rq.iova, ==, want->iova);
        g_assert_cmphex(rq.ssid, ==, want->ssid);
        g_assert_cmpint(rq.ssid_valid, ==, want->ssid_valid);
        g_assert_cmpint(rq.write, ==, want->write);
        g_assert_cmpint(rq.atomic, ==, want->atomic);
        g_assert_cmpint(rq.privileged, ==, want->privileged);
        g_assert_cmpint(rq.instruction, ==, want->instruction);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/counters/exact-in-one-thread", test_exact);
    g_test_add_func("/msmmu/counters/leaves-of-both-stages",
                    test_both_stages);
    g_test_add_func("/msmmu/counters/leaves-with-the-contiguous-bit",
                    test_contiguous);
    g_test_add_func("/msmmu/counters/granules-that-the-instance-lacks",
                    test_refused_granules);
    g_test_add_func("/msmmu/counters/survive-cfgi-and-not-reset", test_life);
    g_test_add_func("/msmmu/counters/memory-is-bounded", test_bounded);
    g_test_add_func("/msmmu/counters/last-faults", test_last_faults);
    g_test_add_func("/msmmu/counters/faults-are-explained-as-they-were",
                    test_kept_explanations);
    g_test_add_func("/msmmu/observe/each-step-and-none-on-a-hit",
                    test_recorder);
    g_test_add_func("/msmmu/explain/questions", test_questions);
    return g_test_run();
}
