/*
 * The Command queue at work: of every size, in slices with other work between
 * them, stopped and resumed, saved and reset midway (IHI 0070 3.5.1, 4.1,
 * 6.3.26 to 6.3.28). Errors: test-msmmu-command-queue-errors.c.
 *
 * While the machine is stopped only the first slice of a queue is worked off,
 * so that tests find it midway.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "command_queue.h"
#include "stream.h"

#define MAX_LOG2 19
#define SLICE 256               /* commands, at most (implementation-defined) */
#define SYNC_IRQ (1ULL << 12)

static void stop(QTestState *qts)
{
    qtest_qmp_assert_success(qts, "{ 'execute': 'stop' }");
}

static void cont(QTestState *qts)
{
    qtest_qmp_assert_success(qts, "{ 'execute': 'cont' }");
}

/* ---- Sizes ------------------------------------------------------------- */

/*
 * A full queue of 2^19, twice around. The write of PROD does one slice; CONS
 * never goes back.
 */
static void test_largest(void)
{
    const uint32_t count = 1u << MAX_LOG2;
    QContext c;
    QRig *rig = qcmdq_start(MAX_LOG2, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];

    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR1) >> 21 & 0x1f, ==, MAX_LOG2);
    qsmmu_catch_lines(s);
    for (unsigned round = 0; round < 2; round++) {
        uint32_t from = round * count;
        uint32_t to = (from + count) & QCMDQ_INDEX;
        uint32_t before = from, now;
        unsigned seen = 0;

        qcmdq_plant(rig, &c, 0, 0);
        qcmdq_plant(rig, &c, count / 2, 1);
        qcmdq_plant(rig, &c, count - 1, 2);
        qcmdq_put(s, count - 2, QCMD_SYNC | SYNC_IRQ, 0);
        stop(rig->qts);
        qsmmu_writel(s, QSMMU_CMDQ_PROD, to);
        g_assert_cmpuint(qcmdq_cons(s), >, from);
        g_assert_cmpuint(qcmdq_cons(s), <=, from + SLICE);
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        cont(rig->qts);
        for (now = qcmdq_cons(s); now != to; now = qcmdq_cons(s)) {
            uint32_t done = (now - from) & QCMDQ_INDEX;

            g_assert_cmpuint(done, >=, (before - from) & QCMDQ_INDEX);
            g_assert_cmpuint(done, <=, count);
            seen += now != before;
            before = now;
        }
        g_test_message("%u values of CONS seen", seen);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        for (unsigned page = 0; page < 3; page++) {
            g_assert_true(qcmdq_is_done(rig, page));
        }
    }
    g_assert_cmphex(qcmdq_cons(s), ==, 0);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    qrig_free(rig);
}

/* Each size, each several times around */
static void test_sizes(void)
{
    for (unsigned log2 = 0; log2 <= 10; log2++) {
        const uint32_t wrap = (2u << log2) - 1;
        QContext c;
        QRig *rig = qcmdq_start(log2, "granules=4k", &c);
        QSmmu *s = &rig->smmu[0];
        uint32_t at = 0;

        for (unsigned n = 0; n < 7; n++) {
            uint32_t some = MIN(1u << log2, 1 + n * 37);

            qcmdq_plant(rig, &c, at + some - 1, n);
            at = (at + some) & wrap;
            qsmmu_writel(s, QSMMU_CMDQ_PROD, at);
            qcmdq_wait(s, at);
            g_assert_true(qcmdq_is_done(rig, n));
            qcmdq_put(s, at + wrap, QCMDQ_NH_VA, QCMDQ_NO_PAGE);
        }
        qrig_free(rig);
    }
}

/* LOG2SIZE beyond CMDQS acts as CMDQS, and the base is aligned to the size. */
static void test_base(void)
{
    QContext c;
    QRig *rig = qcmdq_start(MAX_LOG2, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];
    uint64_t odd = s->cmdq | 0x7fffe0 | 31;

    qcmdq_plant(rig, &c, (1u << MAX_LOG2) - 1, 0);
    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, odd);
    g_assert_cmphex(qtest_readq(rig->qts, s->regs + QSMMU_CMDQ_BASE), ==,
                    odd);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x80000);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0x7ffff);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    g_assert_cmphex(qcmdq_cons(s), ==, 0x80000);
    g_assert_true(qcmdq_is_done(rig, 0));

    /* Guarded while the queue is enabled */
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | 3);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 5);
    g_assert_cmphex(qtest_readq(rig->qts, s->regs + QSMMU_CMDQ_BASE), ==,
                    odd);
    g_assert_cmphex(qcmdq_cons(s), ==, 0x80000);
    qrig_free(rig);
}

/* 3.5.1: of what is permitted, nothing is consumed. */
static void test_inconsistent(void)
{
    QContext c;
    QRig *rig = qcmdq_start(4, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];

    qcmdq_plant(rig, &c, 0, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x11);
    g_assert_cmphex(qcmdq_cons(s), ==, 0);
    g_assert_false(qcmdq_is_done(rig, 0));
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1);
    g_assert_cmphex(qcmdq_cons(s), ==, 1);
    g_assert_true(qcmdq_is_done(rig, 0));
    qrig_free(rig);
}

/* ---- Slices ------------------------------------------------------------ */

/*
 * Each of these commands is sought in all of a large TLB, for a slice of its
 * own. Meanwhile another instance works, and its device.
 */
static void test_others_go_on(void)
{
    const uint32_t count = 2000;
    const char *properties[] = { "tlb-entries=1048576", "" };
    QRig *rig = qrig_new(2, properties, "");
    QSmmu *s = &rig->smmu[0], *other = &rig->smmu[1];
    uint32_t middle;
    QContext c;

    qsmmu_setup_queues(s, 12, 7);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    qsmmu_start(other);
    c = qcontext_new(other, &qgranules[0], QCMDQ_ASID);
    qcontext_attach(&c, QRIG_SID);
    qcontext_map(&c, QCMDQ_IOVA, QRIG_DATA, QPTE_RW);
    qrig_fill(rig, QRIG_DATA, 64, 1);
    qcmdq_fill(s, count, QCMD_TLBI_NH_VA | 0x1f1f000, 0x400);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, count);
    qrig_copy(rig, 1, QCMDQ_IOVA, QCMDQ_IOVA + 0x100, 64);
    qsmmu_sync(other);
    middle = qcmdq_cons(s);
    g_test_message("%u of %u are consumed", middle, count);
    g_assert_cmpuint(middle, <, count);
    qrig_check(rig, QRIG_DATA + 0x100, 64, 1);
    qcmdq_wait(s, count);
    qrig_free(rig);
}

/* A queue of 4096, of which 1000 are produced, midway; a page is at 999. */
static QRig *start_midway(QContext *c)
{
    QRig *rig = qcmdq_start(12, "granules=4k", c);
    QSmmu *s = &rig->smmu[0];

    qcmdq_plant(rig, c, 0, 0);
    qcmdq_plant(rig, c, 999, 1);
    qsmmu_catch_lines(s);
    stop(rig->qts);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1000);
    g_assert_cmpuint(qcmdq_cons(s), >, 0);
    g_assert_cmpuint(qcmdq_cons(s), <=, SLICE);
    return rig;
}

static void test_disable(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];
    uint32_t midway = qcmdq_cons(s);

    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    cont(rig->qts);
    g_assert_true(qcmdq_is_done(rig, 0));
    g_assert_false(qcmdq_is_done(rig, 1));
    g_assert_cmphex(qcmdq_cons(s), ==, midway);

    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    qcmdq_wait(s, 1000);
    g_assert_true(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* More commands while some are worked off, all in order */
static void test_more(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];

    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1001);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 4096);
    g_assert_cmpuint(qcmdq_cons(s), <, 1000);
    cont(rig->qts);
    qcmdq_wait(s, 4096);
    g_assert_true(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* The one in a later slice: it stops there, in no other way. */
static void test_error_midway(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];

    qcmdq_put(s, 700, QCMDQ_ILLEGAL, 0);
    qcmdq_put(s, 699, QCMD_SYNC | SYNC_IRQ, 0);
    qcmdq_put(s, 701, QCMD_SYNC | SYNC_IRQ, 0);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    cont(rig->qts);
    qcmdq_wait(s, 700);
    while (!qsmmu_active_errors(s)) {
        continue;
    }
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ILL | 700);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
    g_assert_true(qcmdq_is_done(rig, 0));
    g_assert_false(qcmdq_is_done(rig, 1));

    qcmdq_put(s, 700, QCMDQ_NH_VA, QCMDQ_NO_PAGE);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    qcmdq_wait(s, 1000);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
    g_assert_true(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* Nothing of the old queue is left behind after a reset. */
static void test_reset(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];

    qtest_qmp_assert_success(rig->qts, "{ 'execute': 'system_reset' }");
    cont(rig->qts);
    qtest_qmp_eventwait(rig->qts, "RESET");
    g_assert_cmphex(qcmdq_cons(s), ==, 0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_PROD), ==, 0);

    s->memory = QRIG_SMMU_MEMORY(0) + QSMMU_MEMORY_SIZE / 2;
    qsmmu_start(s);
    qsmmu_sync(s);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    qrig_free(rig);
}

/* A machine that was stopped when it was saved comes up stopped. */
static void wait_until_loaded(QTestState *qts)
{
    g_autofree char *status = NULL;

    do {
        g_autoptr(QDict) reply = qtest_qmp(qts,
                                           "{ 'execute': 'query-status' }");
        QDict *result = qdict_get_qdict(reply, "return");

        g_free(status);
        status = g_strdup(qdict_get_str(result, "status"));
    } while (g_str_equal(status, "inmigrate"));
    g_assert_cmpstr(status, ==, "paused");
}

/* The destination goes on where the source was. */
static void test_migration(void)
{
    const char *args = QRIG_MACHINE "-device msmmu-rc,id=rc1 "
                       "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1";
    g_autofree char *path = NULL;
    QTestState *qts = qtest_init(args);
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));
    int fd = g_file_open_tmp("msmmu-XXXXXX", &path, NULL);
    uint32_t midway;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    qsmmu_setup_queues(&s, 13, 7);
    qcmdq_fill(&s, 8192, QCMDQ_NH_VA, QCMDQ_NO_PAGE);
    qcmdq_put(&s, 8190, QCMD_SYNC | SYNC_IRQ, 0);
    qcmdq_put(&s, 8191, QCMDQ_ILLEGAL, 0);
    qsmmu_set_irq_ctrl(&s, QIRQ_GERROR);
    qsmmu_set_cr0(&s, QCR0_CMDQEN);
    stop(qts);
    qsmmu_writel(&s, QSMMU_CMDQ_PROD, 8192);
    midway = qcmdq_cons(&s);
    g_assert_cmpuint(midway, <=, SLICE);
    qstream_save(qts, path);
    qtest_quit(qts);

    qts = qtest_initf("%s -incoming file:%s", args, path);
    wait_until_loaded(qts);
    cont(qts);
    s.qts = qts;
    qcmdq_wait(&s, 8191);
    while (!qsmmu_active_errors(&s)) {
        continue;
    }
    g_assert_cmphex(qcmdq_cons(&s), ==, QCMDQ_ERR_ILL | 8191);
    qcmdq_put(&s, 8191, QCMD_SYNC, 0);
    qsmmu_acknowledge(&s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(&s) & QCMDQ_INDEX, ==, 8192);
    qtest_quit(qts);
    unlink(path);
}

/* With SMMUEN = 0 commands are consumed all the same (6.3.9.6, 4.2). */
static void test_smmu_off(void)
{
    static const uint64_t words[][2] = {
        { QCMD_PREFETCH_CONFIG, 0 }, { 0x02, 0 }, { QCMD_CFGI_STE_RANGE, 31 },
        { QCMD_TLBI_NSNH_ALL, 0 }, { QCMD_SYNC, 0 },
    };
    QRig *rig = qrig_new_one("");
    QSmmu *s = &rig->smmu[0];

    qsmmu_set_cr0(s, QCR0_CMDQEN);
    qsmmu_run(s, words, ARRAY_SIZE(words));
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    qtest_add_func("/msmmu/command-queue-at-work/" name, function)
    ADD("two-to-the-19-are-consumed-in-slices", test_largest);
    ADD("every-size-wraps", test_sizes);
    ADD("base-is-aligned-and-size-is-capped", test_base);
    ADD("inconsistent-indexes-consume-nothing", test_inconsistent);
    ADD("other-instances-go-on-between-slices", test_others_go_on);
    ADD("disabling-midway-stops-and-enabling-goes-on", test_disable);
    ADD("commands-are-added-midway", test_more);
    ADD("an-error-midway-stops-there", test_error_midway);
    ADD("reset-midway-forgets-the-rest", test_reset);
    ADD("migration-midway-goes-on-at-the-destination", test_migration);
    ADD("commands-run-with-smmuen-0", test_smmu_off);
#undef ADD
    return g_test_run();
}
