/*
 * How many events there are: STE.MEV (IHI 0070 5.2, 7.3.1), transactions that
 * QEMU cuts into pieces, instances that know nothing of each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene.h"

#define IOVA QSCENE_IOVA
/* Not mapped */
#define HOLE (QSCENE_IOVA + 0x100000)
#define MS 1000000

static QScene scene;

/* @count reads of 8 bytes at @iova, and at every @step bytes from there */
static void read_often(QScene *f, uint64_t iova, uint64_t step,
                       uint32_t count)
{
    const QJob job = {
        .op = QOP_READ, .pattern = QPATTERN_STRIDED, .flags = QFLAG_CONTINUE,
        .size = 8, .count = count, .addr = iova, .step = step,
    };
    QResult r = qengine_run(&f->engine, &job);

    g_assert_cmpuint(r.failed, ==, count);
}

static void set_mev(QScene *f, bool mev)
{
    f->ste.word[1] &= ~QSTE1_MEV;
    f->ste.word[1] |= mev ? QSTE1_MEV : 0;
    qscene_configure(f);
}

/* Take all events, which are of @type. Returns how many there were. */
static unsigned take(QScene *f, unsigned type)
{
    unsigned n = 0;
    QEvent e;

    while (qsmmu_pop_event(f->s, &e)) {
        g_assert_cmphex(e.word[0], ==, type | QEVT0_SID(QSCENE_SID));
        n++;
    }
    return n;
}

/* ---- STE.MEV ----------------------------------------------------------- */

static void test_mev(void)
{
    QEvent e;

    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);

    set_mev(&scene, false);
    read_often(&scene, HOLE + 8, 0, 20);
    g_assert_cmpuint(take(&scene, QEVT_F_TRANSLATION), ==, 20);

    /* One page, then four in turn: what is recorded is the first of each */
    set_mev(&scene, true);
    read_often(&scene, HOLE + 8, 8, 20);
    e = qsmmu_expect_event(scene.s, QEVT_F_TRANSLATION, QSCENE_SID);
    g_assert_cmphex(e.word[2], ==, HOLE + 8);
    for (unsigned i = 0; i < 5; i++) {
        read_often(&scene, HOLE + 16 + i, 0x1000, 4);
    }
    for (unsigned i = 0; i < 4; i++) {
        g_assert_true(qsmmu_pop_event(scene.s, &e));
        g_assert_cmphex(e.word[2], ==, HOLE + 16 + 0x1000 * i);
    }
    qsmmu_expect_no_event(scene.s);

    /* A write is something else; and what was consumed is over. */
    for (unsigned i = 0; i < 3; i++) {
        qscene_access(&scene, &qscene_variants[QVARIANT_WRITE], HOLE);
        qscene_access(&scene, &qscene_variants[QVARIANT_READ], HOLE);
    }
    g_assert_cmpuint(take(&scene, QEVT_F_TRANSLATION), ==, 2);
    qscene_end(&scene);
}

/* Time is the guest's: a record stands for less than a millisecond. */
static void test_time(void)
{
    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    set_mev(&scene, true);
    read_often(&scene, HOLE, 0, 5);
    qtest_clock_step(scene.qts, MS - 1);
    read_often(&scene, HOLE, 0, 5);
    g_assert_cmpuint(qsmmu_num_events(scene.s), ==, 1);
    qtest_clock_step(scene.qts, 1);
    read_often(&scene, HOLE, 0, 5);
    g_assert_cmpuint(take(&scene, QEVT_F_TRANSLATION), ==, 2);
    qscene_end(&scene);
}

/* The configuration is merged where a valid STE says so, and only there. */
static void test_configuration(void)
{
    qscene_start(&scene, QSCENE_PROPERTIES);
    for (unsigned mev = 0; mev < 2; mev++) {
        const unsigned several = mev ? 1 : 6;

        qscene_build(&scene, QSCENE_NESTED);
        set_mev(&scene, mev);
        scene.cd.word[0] &= ~QCD_V;
        qscene_configure(&scene);
        read_often(&scene, HOLE, 0x10000, 6);
        g_assert_cmpuint(take(&scene, QEVT_C_BAD_CD), ==, several);

        /* Of stage 2, for the CD */
        qtables_write(&scene.s2, qscene_leaf2(&scene, scene.cd_table), 0);
        qscene_invalidate(&scene);
        read_often(&scene, HOLE, 8, 6);
        g_assert_cmpuint(take(&scene, QEVT_F_TRANSLATION), ==, several);

        scene.ste.word[1] &= ~3ULL;
        qste_write(scene.s, QSCENE_SID, &scene.ste);
        read_often(&scene, HOLE, 0x10000, 6);
        g_assert_cmpuint(take(&scene, QEVT_F_STREAM_DISABLED), ==, several);

        scene.ste.word[0] &= ~QSTE_V;
        qste_write(scene.s, QSCENE_SID, &scene.ste);
        read_often(&scene, HOLE, 8, 6);
        g_assert_cmpuint(take(&scene, QEVT_C_BAD_STE), ==, 6);

        /* Bypass, and an address that is too large */
        qscene_build(&scene, QSCENE_S1);
        scene.ste.word[0] = QSTE_BYPASS;
        set_mev(&scene, mev);
        read_often(&scene, 1ULL << 48, 8, 6);
        g_assert_cmpuint(take(&scene, QEVT_F_ADDR_SIZE), ==, several);
    }
    qscene_end(&scene);
}

/* ---- Pieces ------------------------------------------------------------ */

/* Two separate DMAs of edu at consecutive addresses, MEV = 0: two events */
static void test_adjacent_words(void)
{
    static const uint32_t sizes[] = { 1, 2, 4, 8, 16, 64 };
    const char *properties = "granules=4k";
    QRig *rig = qrig_new(1, &properties, "");
    QSmmu *s = &rig->smmu[0];
    QContext c;
    QEvent e;

    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], 5);
    qcontext_attach(&c, QRIG_SID);
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
        uint32_t size = sizes[i / 2];

        for (unsigned n = 0; n < 2; n++) {
            if (i & 1) {
                qedu_store(&rig->edu[0], HOLE + n * size, size);
            } else {
                qedu_load(&rig->edu[0], HOLE + n * size, size);
            }
        }
        g_assert_cmpuint(qsmmu_num_events(s), ==, 2);
        for (unsigned n = 0; n < 2; n++) {
            g_assert_true(qsmmu_pop_event(s, &e));
            g_assert_cmphex(e.word[2], ==, HOLE + n * size);
        }
    }
    qrig_free(rig);
}

/*
 * The same in one turn of the event loop, where only the calls of the memory
 * core tell them apart: the engine, as a device that marks nothing.
 */
static void test_adjacent_in_one_turn(void)
{
    static const uint32_t sizes[] = { 1, 2, 3, 4, 6, 8, 12, 16, 64, 512 };
    QEvent e;

    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
        uint32_t size = sizes[i / 2];
        const QJob job = {
            .op = i & 1 ? QOP_WRITE : QOP_READ,
            .flags = QFLAG_CONTINUE | QFLAG_UNMARKED,
            .size = size, .count = 5, .addr = HOLE,
        };
        QResult r = qengine_run(&scene.engine, &job);

        g_test_message("5 %s of %u bytes", i & 1 ? "writes" : "reads", size);
        g_assert_cmpuint(r.failed, ==, 5);
        g_assert_cmpuint(qsmmu_num_events(scene.s), ==, 5);
        for (unsigned n = 0; n < 5; n++) {
            g_assert_true(qsmmu_pop_event(scene.s, &e));
            g_assert_cmphex(e.word[2], ==, HOLE + n * size);
        }
    }
    qscene_end(&scene);
}

/* ---- Two instances ------------------------------------------------------ */

/* The same StreamID, and the same addresses, behind each */
static void test_two_instances(void)
{
    const char *properties[] = { "granules=4k", "granules=4k" };
    QRig *rig = qrig_new(2, properties,
                         "-device msmmu-engine,bus=rc1,addr=2.0 "
                         "-device msmmu-engine,bus=rc2,addr=2.0");
    QEngine engine[2];
    QContext c[2];

    for (unsigned i = 0; i < 2; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        engine[i] = qengine_init(&rig->rc[i], 0, QSCENE_SID, 1);
        c[i] = qcontext_new(s, &qgranules[0], 5);
        qcontext_attach(&c[i], QSCENE_SID);
        qsmmu_catch_lines(s);
    }
    for (unsigned faulty = 0; faulty < 2; faulty++) {
        qcontext_map(&c[!faulty], IOVA, QSCENE_DATA, QPTE_RW);
        qcontext_map(&c[faulty], IOVA, 0, 0);
        for (unsigned i = 0; i < 2; i++) {
            const QJob job = { .op = QOP_FILL, .size = 8, .addr = IOVA };
            QResult r;

            qsmmu_tlbi_all(&rig->smmu[i]);
            r = qengine_run(&engine[i], &job);
            g_assert_cmpuint(r.status, ==, i == faulty ? QSTATUS_ABORTED
                                                       : QSTATUS_OK);
        }
        qsmmu_expect_event(&rig->smmu[faulty], QEVT_F_TRANSLATION,
                           QSCENE_SID);
        qsmmu_expect_no_event(&rig->smmu[!faulty]);
        g_assert_true(qsmmu_line_fired(&rig->smmu[faulty],
                                       QSMMU_LINE_EVENTQ));
        g_assert_false(qsmmu_line_fired(&rig->smmu[!faulty],
                                        QSMMU_LINE_EVENTQ));
    }
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/events-merge/" claim, function)
    ADD("mev-merges-pages", test_mev);
    ADD("mev-merges-for-a-millisecond", test_time);
    ADD("mev-merges-behind-a-valid-ste", test_configuration);
    ADD("dmas-of-adjacent-words-are-two", test_adjacent_words);
    ADD("adjacent-dmas-in-one-turn-are-told-apart",
        test_adjacent_in_one_turn);
    ADD("instances-have-events-of-their-own", test_two_instances);
#undef ADD
    return g_test_run();
}
