/*
 * The Command queue in error (IHI 0070 7.1, 6.3.28): the command that is
 * illegal, or cannot be fetched, is removed, replaced or left, and the queue
 * goes on, or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "command_queue.h"

#define RAM_END 0x50100000ULL   /* with -m 257M */

static QRig *start_with_error(QContext *c)
{
    QRig *rig = qcmdq_start(4, "granules=4k", c);
    QSmmu *s = &rig->smmu[0];

    qcmdq_plant(rig, c, 0, 0);
    qcmdq_put(s, 1, QCMDQ_ILLEGAL, 0);
    qcmdq_plant(rig, c, 2, 1);
    qsmmu_catch_lines(s);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 3);
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ILL | 1);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_true(qcmdq_is_done(rig, 0));
    g_assert_false(qcmdq_is_done(rig, 1));
    return rig;
}

/* PROD moves back to CONS, so that no command is left, and on from there. */
static void test_remove(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 1);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    g_assert_false(qcmdq_is_done(rig, 1));
    qcmdq_put(s, 1, QCMD_SYNC, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 3);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 3);
    g_assert_true(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* Commands are added while the error is active, and wait. */
static void test_add(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    qcmdq_plant(rig, &c, 3, 2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 4);
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ILL | 1);
    g_assert_false(qcmdq_is_done(rig, 2));
    qcmdq_put(s, 1, QCMD_SYNC, 0);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 4);
    g_assert_true(qcmdq_is_done(rig, 1));
    g_assert_true(qcmdq_is_done(rig, 2));
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    qrig_free(rig);
}

/* 6.3.28: only GERRORN ends an error, not CMDQEN; CONS may be set then. */
static void test_disable_in_error(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 2);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 2);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 3);
    g_assert_true(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* An illegal command that is not mended is the same error again. */
static void test_not_mended(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];
    uint32_t gerror = qsmmu_readl(s, QSMMU_GERROR);

    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ILL | 1);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==,
                    gerror ^ QGERROR_CMDQ_ERR);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_false(qcmdq_is_done(rig, 1));
    qrig_free(rig);
}

/* Errors of the two queues are acknowledged each by itself. */
static void test_two_errors(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_SMMUEN);
    qsmmu_writeq(s, QSMMU_EVENTQ_BASE, 0x08000000 | 4);
    qsmmu_writel(s, QSMMU_EVENTQ_PROD, 0);
    qsmmu_writel(s, QSMMU_EVENTQ_CONS, 0);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    qedu_load(&rig->edu[0], QCMDQ_IOVA + 9 * QCMDQ_PAGE, 8);
    g_assert_cmphex(qsmmu_active_errors(s), ==,
                          QGERROR_CMDQ_ERR | QGERROR_EVENTQ_ABT_ERR);
    qcmdq_put(s, 1, QCMD_SYNC, 0);
    qsmmu_acknowledge(s, QGERROR_EVENTQ_ABT_ERR);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ILL | 1);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 3);
    qrig_free(rig);
}

/* A queue that memory ends within: CERROR_ABT at the first entry beyond */
static void test_abort_midway(void)
{
    const char *properties = "";
    const unsigned log2 = 17;
    QRig *rig = qrig_new(1, &properties, "-m 257M");
    QSmmu *s = &rig->smmu[0];
    uint64_t elsewhere;

    qsmmu_start(s);
    elsewhere = qsmmu_alloc(s, 16ULL << log2, 16ULL << log2);
    qsmmu_set_cr0(s, 0);
    s->cmdq = RAM_END - (8ULL << log2);
    s->cmdq_log2 = log2;
    qcmdq_fill(s, 1u << (log2 - 1), QCMD_SYNC, 0);
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | log2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x10005);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0xff00);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    qcmdq_wait(s, 0x10000);
    while (!qsmmu_active_errors(s)) {
        continue;
    }
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ABT | 0x10000);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);

    /* Acknowledged but not mended, it is the same again. */
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s), ==, QCMDQ_ERR_ABT | 0x10000);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);

    /* The queue moves to where memory is. */
    qsmmu_set_cr0(s, 0);
    s->cmdq = elsewhere;
    for (unsigned i = 0; i < 5; i++) {
        qcmdq_put(s, 0x10000 + i, QCMD_SYNC, 0);
    }
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | log2);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 0x10000);
    qsmmu_acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(qcmdq_cons(s) & QCMDQ_INDEX, ==, 0x10005);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) \
    qtest_add_func("/msmmu/command-queue-at-work/" name, function)
    ADD("illegal-command-is-removed", test_remove);
    ADD("illegal-command-is-replaced", test_add);
    ADD("disabling-does-not-end-an-error", test_disable_in_error);
    ADD("illegal-command-that-stays-is-an-error-again", test_not_mended);
    ADD("errors-of-two-queues-are-acknowledged-alone", test_two_errors);
    ADD("fetch-abort-midway-and-recovery", test_abort_midway);
#undef ADD
    return g_test_run();
}
