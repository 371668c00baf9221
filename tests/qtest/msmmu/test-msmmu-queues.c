/*
 * The Command queue, the Event queue, GERROR, interrupts and reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "rig.h"

#define IOVA 0x10000000ULL
#define ASID 5

/* CMDQ_CONS.ERR (6.3.28), and CMD_SYNC's CS (4.7.3) */
#define CONS_ERR(cons) ((cons) >> 24 & 0x7f)
#define CERROR_ILL 1
#define CERROR_ABT 2
#define SYNC_IRQ (1ULL << 12)

static void count_lines(const QSmmu *s, bool fired[4])
{
    for (unsigned line = 0; line < 4; line++) {
        fired[line] = qsmmu_line_fired(s, line);
    }
}

static void expect_lines(const QSmmu *s, unsigned mask)
{
    bool fired[4];

    count_lines(s, fired);
    for (unsigned line = 0; line < 4; line++) {
        g_assert_cmpint(fired[line], ==, mask >> line & 1);
    }
}

/* ---- Commands ---------------------------------------------------------- */

static void test_sync_interrupt(void)
{
    QRig *rig = qrig_new_one("");
    QSmmu *s = &rig->smmu[0];

    qsmmu_catch_lines(s);
    qsmmu_sync(s);
    expect_lines(s, 0);
    qsmmu_command(s, QCMD_SYNC | SYNC_IRQ, 0);
    expect_lines(s, 1 << QSMMU_LINE_CMDQ_SYNC);
    qrig_free(rig);
}

/* What an instance without the feature, or no instance, takes (4.1.3) */
static const struct {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    const char *properties;
} illegal[] = {
    { "opcode 0", 0, 0, "" },
    { "opcode 0xff", 0xff, 0, "" },
    { "Secure command", QCMD_CFGI_STE | 1 << 10, 0, "" },
    { "TLBI_EL2_ALL", QCMD_TLBI_EL2_ALL, 0, "" },
    { "ATC_INV", QCMD_ATC_INV, 0, "" },
    { "CMD_SYNC, CS = 3", QCMD_SYNC | 3 << 12, 0, "" },
    { "TLBI, TG = 4K, NUM = SCALE = TTL = 0", QCMD_TLBI_NH_VA, 1 << 10, "" },
    { "TLBI, TG = 16K, TTL = 1", QCMD_TLBI_NH_VA, 2 << 10 | 1 << 8, "" },
};

/* The queue stops at the command; the driver mends it and goes on (7.1, 7.5) */
static void test_illegal_commands(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(illegal); i++) {
        QRig *rig = qrig_new_one(illegal[i].properties);
        QSmmu *s = &rig->smmu[0];
        uint32_t at = qsmmu_readl(s, QSMMU_CMDQ_PROD);
        uint32_t cons;

        g_test_message("%s", illegal[i].name);
        qsmmu_catch_lines(s);
        qsmmu_push(s, illegal[i].word0, illegal[i].word1);
        qsmmu_wait_commands(s);
        cons = qsmmu_readl(s, QSMMU_CMDQ_CONS);
        g_assert_cmphex(CONS_ERR(cons), ==, CERROR_ILL);
        g_assert_cmphex(cons & 0xfffff, ==, at);
        g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
        expect_lines(s, 1 << QSMMU_LINE_GERROR);

        /* Nothing moves until the error is acknowledged */
        qsmmu_push(s, QCMD_SYNC | SYNC_IRQ, 0);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_CONS) & 0xfffff, ==, at);
        expect_lines(s, 0);

        qtest_writeq(rig->qts, s->cmdq + at * 16, QCMD_SYNC);
        qtest_writeq(rig->qts, s->cmdq + at * 16 + 8, 0);
        qsmmu_writel(s, QSMMU_GERRORN, qsmmu_readl(s, QSMMU_GERROR));
        qsmmu_wait_commands(s);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_CONS) & 0xfffff, ==, at + 2);
        expect_lines(s, 1 << QSMMU_LINE_CMDQ_SYNC);
        qrig_free(rig);
    }
}

/* A queue where no memory is: CERROR_ABT (7.1) */
static void test_command_fetch_abort(void)
{
    QRig *rig = qrig_new_one("");
    QSmmu *s = &rig->smmu[0];

    qsmmu_set_cr0(s, QCR0_SMMUEN);
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, 0x3f000000 | s->cmdq_log2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0);
    qsmmu_set_cr0(s, QCR0_SMMUEN | QCR0_CMDQEN);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1);
    qsmmu_wait_commands(s);
    g_assert_cmphex(CONS_ERR(qsmmu_readl(s, QSMMU_CMDQ_CONS)), ==,
                    CERROR_ABT);
    g_assert_cmphex(qsmmu_active_errors(s), ==, QGERROR_CMDQ_ERR);
    qrig_free(rig);
}

/* A full queue of 2^16 commands is consumed, and others are served meanwhile */
static void test_long_queue(void)
{
    const unsigned log2 = 16, count = 1u << log2;
    const char *properties[] = { "" };
    QRig *rig = qrig_new(1, properties, "");
    QSmmu *s = &rig->smmu[0];
    g_autofree uint64_t *commands = g_new0(uint64_t, 2 * count);

    qsmmu_setup_queues(s, log2, 7);
    for (unsigned i = 0; i < count; i++) {
        commands[2 * i] = cpu_to_le64(QCMD_TLBI_NH_VA);
        commands[2 * i + 1] = cpu_to_le64((uint64_t)i << 12);
    }
    commands[2 * (count - 1)] = cpu_to_le64(QCMD_SYNC | SYNC_IRQ);
    commands[2 * (count - 1) + 1] = 0;
    qtest_memwrite(rig->qts, s->cmdq, commands, 16ULL * count);
    qsmmu_catch_lines(s);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, count);
    qsmmu_wait_commands(s);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_CONS), ==, count);
    expect_lines(s, 1 << QSMMU_LINE_CMDQ_SYNC);
    qrig_free(rig);
}

/* ---- Events ------------------------------------------------------------ */

static void start_faulting(QRig *rig, QContext *c)
{
    *c = qcontext_new(&rig->smmu[0], &qgranules[0], ASID);
    qcontext_attach(c, QRIG_SID);
}

static void test_event_interrupt(void)
{
    QRig *rig = qrig_new_one("granules=4k");
    QSmmu *s = &rig->smmu[0];
    QContext c;

    start_faulting(rig, &c);
    qsmmu_catch_lines(s);
    qedu_load(&rig->edu[0], IOVA, 8);
    expect_lines(s, 1 << QSMMU_LINE_EVENTQ);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);

    /* IRQ_CTRL.EVENTQ_IRQEN = 0: no edge */
    qsmmu_set_irq_ctrl(s, QIRQ_GERROR);
    qedu_load(&rig->edu[0], IOVA, 8);
    expect_lines(s, 0);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    qrig_free(rig);
}

/* A full queue: OVFLG toggles once, GERROR does not (7.4) */
static void test_event_overflow(void)
{
    const char *properties[] = { "granules=4k" };
    QRig *rig = qrig_new(1, properties, "");
    QSmmu *s = &rig->smmu[0];
    const uint32_t overflow = 1u << 31;
    QContext c;
    QEvent e;

    qsmmu_setup_queues(s, 8, 2);
    qsmmu_setup_two_level(s, 16, 8);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    start_faulting(rig, &c);
    for (int i = 0; i < 4; i++) {
        qedu_load(&rig->edu[0], IOVA + i * 0x1000, 8);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_EVENTQ_PROD), ==, i + 1);
    }
    for (int i = 0; i < 3; i++) {
        qedu_load(&rig->edu[0], IOVA, 8);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_EVENTQ_PROD), ==, overflow | 4);
    }
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);

    /* Events are recorded again as soon as there is room */
    for (int i = 0; i < 4; i++) {
        g_assert_true(qsmmu_pop_event(s, &e));
        g_assert_cmphex(e.word[2], ==, IOVA + i * 0x1000);
    }
    qsmmu_writel(s, QSMMU_EVENTQ_CONS,
                 qsmmu_readl(s, QSMMU_EVENTQ_CONS) ^ overflow);
    qedu_load(&rig->edu[0], IOVA, 8);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_EVENTQ_PROD), ==, overflow | 5);
    qrig_free(rig);
}

/* ---- Reset ------------------------------------------------------------- */

static void test_reset(void)
{
    QRig *rig = qrig_new_one("granules=4k");
    QSmmu *s = &rig->smmu[0];
    uint32_t id[8];
    QContext c;

    start_faulting(rig, &c);
    qcontext_map(&c, IOVA, QRIG_DATA, QPTE_RW);
    qedu_load(&rig->edu[0], IOVA, 8);
    for (int i = 0; i < 8; i++) {
        id[i] = qsmmu_readl(s, i * 4);
    }

    qtest_system_reset(rig->qts);
    for (int i = 0; i < 8; i++) {
        g_assert_cmphex(qsmmu_readl(s, i * 4), ==, id[i]);
    }
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CR0), ==, 0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CR0ACK), ==, 0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IRQ_CTRL), ==, 0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==, 0);

    /* What was cached is gone: a new start finds the new tables only */
    qcontext_map(&c, IOVA, 0, 0);
    rig->edu[0] = qedu_init(&rig->rc[0], 0, QRIG_DEVFN, 0);
    s->memory = QRIG_SMMU_MEMORY(1);
    s->memory_end = QRIG_SMMU_MEMORY(2);
    qsmmu_setup_queues(s, 8, 7);
    qsmmu_setup_two_level(s, 16, 8);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    qcontext_attach(&c, QRIG_SID);
    qedu_load(&rig->edu[0], IOVA, 8);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    qrig_free(rig);
}

/* ---- Register accesses ------------------------------------------------- */

/* 64-bit registers by halves (6.2); sizes that do not exist do no harm */
static void test_access_sizes(void)
{
    const char *properties[] = { "" };
    QRig *rig = qrig_new(1, properties, "");
    QSmmu *s = &rig->smmu[0];
    uint64_t base = s->regs + QSMMU_STRTAB_BASE;

    qtest_writel(rig->qts, base, 0x89abc000);
    qtest_writel(rig->qts, base + 4, 0x0000f123);
    g_assert_cmphex(qtest_readq(rig->qts, base) & 0xfffffffffffULL, ==,
                    0x12389abc000ULL);
    g_assert_cmphex(qtest_readl(rig->qts, base), ==, 0x89abc000);
    qtest_writeb(rig->qts, base, 0xff);
    qtest_writew(rig->qts, base, 0xffff);
    g_assert_cmphex(qtest_readl(rig->qts, base), ==, 0x89abc000);
    qtest_readb(rig->qts, base);
    qtest_readw(rig->qts, s->regs + QSMMU_IDR0 + 1);
    qtest_readl(rig->qts, s->regs + QSMMU_IDR0 + 2);
    qtest_readq(rig->qts, s->regs + QSMMU_IDR0 + 4);
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/queues/sync-interrupt", test_sync_interrupt);
    qtest_add_func("/msmmu/queues/illegal-commands-stop-the-queue",
                   test_illegal_commands);
    qtest_add_func("/msmmu/queues/command-fetch-abort",
                   test_command_fetch_abort);
    qtest_add_func("/msmmu/queues/long-queue", test_long_queue);
    qtest_add_func("/msmmu/queues/event-interrupt", test_event_interrupt);
    qtest_add_func("/msmmu/queues/event-overflow", test_event_overflow);
    qtest_add_func("/msmmu/queues/reset", test_reset);
    qtest_add_func("/msmmu/queues/access-sizes", test_access_sizes);
    return g_test_run();
}
