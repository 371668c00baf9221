/*
 * The Command queue at work: of every size, in slices with other work between
 * them, stopped and resumed, in error and mended, saved and reset midway
 * (IHI 0070 3.5.1, 4.1, 6.3.26 to 6.3.28, 7.1).
 *
 * While the machine is stopped only the first slice of a queue is worked off,
 * so that tests find it midway.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "rig.h"
#include "stream.h"

#define IOVA 0x10000000ULL
#define PAGE 0x1000ULL
#define ASID 5

#define MAX_LOG2 19
#define SLICE 256               /* commands, at most (implementation-defined) */
#define CONS_INDEX 0xfffff
#define ERR_ILL (1u << 24)
#define ERR_ABT (2u << 24)
#define SYNC_IRQ (1ULL << 12)
#define ILLEGAL 0xffULL

#define RAM_END 0x50100000ULL   /* with -m 257M */

static void stop(QTestState *qts)
{
    qtest_qmp_assert_success(qts, "{ 'execute': 'stop' }");
}

static void cont(QTestState *qts)
{
    qtest_qmp_assert_success(qts, "{ 'execute': 'cont' }");
}

static uint32_t cons(const QSmmu *s)
{
    return qsmmu_readl(s, QSMMU_CMDQ_CONS);
}

static uint32_t active_errors(const QSmmu *s)
{
    return qsmmu_readl(s, QSMMU_GERROR) ^ qsmmu_readl(s, QSMMU_GERRORN);
}

static void acknowledge(const QSmmu *s, uint32_t bits)
{
    qsmmu_writel(s, QSMMU_GERRORN, qsmmu_readl(s, QSMMU_GERRORN) ^ bits);
}

/* Until CMDQ_CONS is @index; a long queue takes a while. */
static void wait_until(const QSmmu *s, uint32_t index)
{
    gint64 end = g_get_monotonic_time() + 60 * G_TIME_SPAN_SECOND;

    while ((cons(s) & CONS_INDEX) != index) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
    }
}

static void put(const QSmmu *s, uint32_t index, uint64_t word0,
                uint64_t word1)
{
    uint64_t pa = s->cmdq + (index & ((1u << s->cmdq_log2) - 1)) * 16ULL;

    qtest_writeq(s->qts, pa, word0);
    qtest_writeq(s->qts, pa + 8, word1);
}

/* The same command at all of @count places from 0 on */
static void fill(const QSmmu *s, uint32_t count, uint64_t word0,
                 uint64_t word1)
{
    g_autofree uint64_t *commands = g_new(uint64_t, 2 * count);

    for (uint32_t i = 0; i < count; i++) {
        commands[2 * i] = cpu_to_le64(word0);
        commands[2 * i + 1] = cpu_to_le64(word1);
    }
    qtest_bufwrite(s->qts, s->cmdq, commands, 16ULL * count);
}

#define NH_VA (QCMD_TLBI_NH_VA | (uint64_t)ASID << 48)

/* A rig whose first SMMU has a queue of 2^@log2 TLBIs of no page in use */
static QRig *start(unsigned log2, const char *properties, QContext *context)
{
    QRig *rig = qrig_new(1, &properties, "");
    QSmmu *s = &rig->smmu[0];

    qsmmu_setup_queues(s, log2, 7);
    qsmmu_setup_two_level(s, 18, 8);
    qsmmu_writel(s, QSMMU_CR2, QCR2_RECINVSID);
    qsmmu_set_irq_ctrl(s, QIRQ_GERROR);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    *context = qcontext_new(s, &qgranules[0], ASID);
    qcontext_attach(context, QRIG_SID);
    qsmmu_tlbi_all(s);

    /* From an empty queue at 0 */
    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    fill(s, 1u << log2, NH_VA, 0x70000000);
    return rig;
}

/*
 * A page is cached and then unmapped: the command at @index, a TLBI of this
 * page, is done as soon as the device faults there.
 */
static void plant(QRig *rig, QContext *c, uint32_t index, unsigned page)
{
    uint64_t va = IOVA + page * PAGE;

    qcontext_map(c, va, QRIG_DATA + page * PAGE, QPTE_RW);
    qedu_load(&rig->edu[0], va, 8);
    qsmmu_expect_no_event(&rig->smmu[0]);
    qcontext_map(c, va, 0, 0);
    put(&rig->smmu[0], index, NH_VA, va);
}

static bool is_done(QRig *rig, unsigned page)
{
    QSmmu *s = &rig->smmu[0];

    qedu_load(&rig->edu[0], IOVA + page * PAGE, 8);
    if (!qsmmu_num_events(s)) {
        return false;
    }
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    return true;
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
    QRig *rig = start(MAX_LOG2, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];

    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR1) >> 21 & 0x1f, ==, MAX_LOG2);
    qsmmu_catch_lines(s);
    for (unsigned round = 0; round < 2; round++) {
        uint32_t from = round * count;
        uint32_t to = (from + count) & CONS_INDEX;
        uint32_t before = from, now;
        unsigned seen = 0;

        plant(rig, &c, 0, 0);
        plant(rig, &c, count / 2, 1);
        plant(rig, &c, count - 1, 2);
        put(s, count - 2, QCMD_SYNC | SYNC_IRQ, 0);
        stop(rig->qts);
        qsmmu_writel(s, QSMMU_CMDQ_PROD, to);
        g_assert_cmpuint(cons(s), >, from);
        g_assert_cmpuint(cons(s), <=, from + SLICE);
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        cont(rig->qts);
        for (now = cons(s); now != to; now = cons(s)) {
            uint32_t done = (now - from) & CONS_INDEX;

            g_assert_cmpuint(done, >=, (before - from) & CONS_INDEX);
            g_assert_cmpuint(done, <=, count);
            seen += now != before;
            before = now;
        }
        g_test_message("%u values of CONS seen", seen);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        for (unsigned page = 0; page < 3; page++) {
            g_assert_true(is_done(rig, page));
        }
    }
    g_assert_cmphex(cons(s), ==, 0);
    g_assert_cmphex(active_errors(s), ==, 0);
    qrig_free(rig);
}

/* Each size, each several times around */
static void test_sizes(void)
{
    for (unsigned log2 = 0; log2 <= 10; log2++) {
        const uint32_t wrap = (2u << log2) - 1;
        QContext c;
        QRig *rig = start(log2, "granules=4k", &c);
        QSmmu *s = &rig->smmu[0];
        uint32_t at = 0;

        for (unsigned n = 0; n < 7; n++) {
            uint32_t some = MIN(1u << log2, 1 + n * 37);

            plant(rig, &c, at + some - 1, n);
            at = (at + some) & wrap;
            qsmmu_writel(s, QSMMU_CMDQ_PROD, at);
            wait_until(s, at);
            g_assert_true(is_done(rig, n));
            put(s, at + wrap, NH_VA, 0x70000000);
        }
        qrig_free(rig);
    }
}

/* LOG2SIZE beyond CMDQS acts as CMDQS, and the base is aligned to the size. */
static void test_base(void)
{
    QContext c;
    QRig *rig = start(MAX_LOG2, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];
    uint64_t odd = s->cmdq | 0x7fffe0 | 31;

    plant(rig, &c, (1u << MAX_LOG2) - 1, 0);
    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, odd);
    g_assert_cmphex(qtest_readq(rig->qts, s->regs + QSMMU_CMDQ_BASE), ==,
                    odd);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x80000);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0x7ffff);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    g_assert_cmphex(cons(s), ==, 0x80000);
    g_assert_true(is_done(rig, 0));

    /* Guarded while the queue is enabled */
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | 3);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 5);
    g_assert_cmphex(qtest_readq(rig->qts, s->regs + QSMMU_CMDQ_BASE), ==,
                    odd);
    g_assert_cmphex(cons(s), ==, 0x80000);
    qrig_free(rig);
}

/* 3.5.1: of what is permitted, nothing is consumed. */
static void test_inconsistent(void)
{
    QContext c;
    QRig *rig = start(4, "granules=4k", &c);
    QSmmu *s = &rig->smmu[0];

    plant(rig, &c, 0, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x11);
    g_assert_cmphex(cons(s), ==, 0);
    g_assert_false(is_done(rig, 0));
    g_assert_cmphex(active_errors(s), ==, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1);
    g_assert_cmphex(cons(s), ==, 1);
    g_assert_true(is_done(rig, 0));
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
    c = qcontext_new(other, &qgranules[0], ASID);
    qcontext_attach(&c, QRIG_SID);
    qcontext_map(&c, IOVA, QRIG_DATA, QPTE_RW);
    qrig_fill(rig, QRIG_DATA, 64, 1);
    fill(s, count, QCMD_TLBI_NH_VA | 0x1f1f000, 0x400);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, count);
    qrig_copy(rig, 1, IOVA, IOVA + 0x100, 64);
    qsmmu_sync(other);
    middle = cons(s);
    g_test_message("%u of %u are consumed", middle, count);
    g_assert_cmpuint(middle, <, count);
    qrig_check(rig, QRIG_DATA + 0x100, 64, 1);
    wait_until(s, count);
    qrig_free(rig);
}

/* A queue of 4096, of which 1000 are produced, midway; a page is at 999. */
static QRig *start_midway(QContext *c)
{
    QRig *rig = start(12, "granules=4k", c);
    QSmmu *s = &rig->smmu[0];

    plant(rig, c, 0, 0);
    plant(rig, c, 999, 1);
    qsmmu_catch_lines(s);
    stop(rig->qts);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1000);
    g_assert_cmpuint(cons(s), >, 0);
    g_assert_cmpuint(cons(s), <=, SLICE);
    return rig;
}

static void test_disable(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];
    uint32_t midway = cons(s);

    qsmmu_set_cr0(s, QCR0_EVENTQEN | QCR0_SMMUEN);
    cont(rig->qts);
    g_assert_true(is_done(rig, 0));
    g_assert_false(is_done(rig, 1));
    g_assert_cmphex(cons(s), ==, midway);

    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    wait_until(s, 1000);
    g_assert_true(is_done(rig, 1));
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
    g_assert_cmpuint(cons(s), <, 1000);
    cont(rig->qts);
    wait_until(s, 4096);
    g_assert_true(is_done(rig, 1));
    qrig_free(rig);
}

/* The one in a later slice: it stops there, in no other way. */
static void test_error_midway(void)
{
    QContext c;
    QRig *rig = start_midway(&c);
    QSmmu *s = &rig->smmu[0];

    put(s, 700, ILLEGAL, 0);
    put(s, 699, QCMD_SYNC | SYNC_IRQ, 0);
    put(s, 701, QCMD_SYNC | SYNC_IRQ, 0);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    cont(rig->qts);
    wait_until(s, 700);
    while (!active_errors(s)) {
        continue;
    }
    g_assert_cmphex(cons(s), ==, ERR_ILL | 700);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
    g_assert_true(is_done(rig, 0));
    g_assert_false(is_done(rig, 1));

    put(s, 700, NH_VA, 0x70000000);
    acknowledge(s, QGERROR_CMDQ_ERR);
    wait_until(s, 1000);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
    g_assert_true(is_done(rig, 1));
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
    g_assert_cmphex(cons(s), ==, 0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_PROD), ==, 0);

    s->memory = QRIG_SMMU_MEMORY(0) + QSMMU_MEMORY_SIZE / 2;
    qsmmu_start(s);
    qsmmu_sync(s);
    g_assert_cmphex(active_errors(s), ==, 0);
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
    fill(&s, 8192, NH_VA, 0x70000000);
    put(&s, 8190, QCMD_SYNC | SYNC_IRQ, 0);
    put(&s, 8191, ILLEGAL, 0);
    qsmmu_set_irq_ctrl(&s, QIRQ_GERROR);
    qsmmu_set_cr0(&s, QCR0_CMDQEN);
    stop(qts);
    qsmmu_writel(&s, QSMMU_CMDQ_PROD, 8192);
    midway = cons(&s);
    g_assert_cmpuint(midway, <=, SLICE);
    qstream_save(qts, path);
    qtest_quit(qts);

    qts = qtest_initf("%s -incoming file:%s", args, path);
    wait_until_loaded(qts);
    cont(qts);
    s.qts = qts;
    wait_until(&s, 8191);
    while (!active_errors(&s)) {
        continue;
    }
    g_assert_cmphex(cons(&s), ==, ERR_ILL | 8191);
    put(&s, 8191, QCMD_SYNC, 0);
    acknowledge(&s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(&s) & CONS_INDEX, ==, 8192);
    qtest_quit(qts);
    unlink(path);
}

/* ---- Errors (7.1) ------------------------------------------------------ */

static QRig *start_with_error(QContext *c)
{
    QRig *rig = start(4, "granules=4k", c);
    QSmmu *s = &rig->smmu[0];

    plant(rig, c, 0, 0);
    put(s, 1, ILLEGAL, 0);
    plant(rig, c, 2, 1);
    qsmmu_catch_lines(s);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 3);
    g_assert_cmphex(cons(s), ==, ERR_ILL | 1);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_true(is_done(rig, 0));
    g_assert_false(is_done(rig, 1));
    return rig;
}

/* PROD moves back to CONS, so that no command is left, and on from there. */
static void test_remove(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    qsmmu_writel(s, QSMMU_CMDQ_PROD, 1);
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 1);
    g_assert_cmphex(active_errors(s), ==, 0);
    g_assert_false(is_done(rig, 1));
    put(s, 1, QCMD_SYNC, 0);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 3);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 3);
    g_assert_true(is_done(rig, 1));
    qrig_free(rig);
}

/* Commands are added while the error is active, and wait. */
static void test_add(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];

    plant(rig, &c, 3, 2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 4);
    g_assert_cmphex(cons(s), ==, ERR_ILL | 1);
    g_assert_false(is_done(rig, 2));
    put(s, 1, QCMD_SYNC, 0);
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 4);
    g_assert_true(is_done(rig, 1));
    g_assert_true(is_done(rig, 2));
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
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 2);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 3);
    g_assert_true(is_done(rig, 1));
    qrig_free(rig);
}

/* An illegal command that is not mended is the same error again. */
static void test_not_mended(void)
{
    QContext c;
    QRig *rig = start_with_error(&c);
    QSmmu *s = &rig->smmu[0];
    uint32_t gerror = qsmmu_readl(s, QSMMU_GERROR);

    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s), ==, ERR_ILL | 1);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==,
                    gerror ^ QGERROR_CMDQ_ERR);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_false(is_done(rig, 1));
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
    qedu_load(&rig->edu[0], IOVA + 9 * PAGE, 8);
    g_assert_cmphex(active_errors(s), ==,
                    QGERROR_CMDQ_ERR | QGERROR_EVENTQ_ABT_ERR);
    put(s, 1, QCMD_SYNC, 0);
    acknowledge(s, QGERROR_EVENTQ_ABT_ERR);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s), ==, ERR_ILL | 1);
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(active_errors(s), ==, 0);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 3);
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
    fill(s, 1u << (log2 - 1), QCMD_SYNC, 0);
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | log2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0x10005);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0xff00);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    wait_until(s, 0x10000);
    while (!active_errors(s)) {
        continue;
    }
    g_assert_cmphex(cons(s), ==, ERR_ABT | 0x10000);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);

    /* Acknowledged but not mended, it is the same again. */
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s), ==, ERR_ABT | 0x10000);
    g_assert_cmphex(active_errors(s), ==, QGERROR_CMDQ_ERR);

    /* The queue moves to where memory is. */
    qsmmu_set_cr0(s, 0);
    s->cmdq = elsewhere;
    for (unsigned i = 0; i < 5; i++) {
        put(s, 0x10000 + i, QCMD_SYNC, 0);
    }
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | log2);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 0x10000);
    acknowledge(s, QGERROR_CMDQ_ERR);
    g_assert_cmphex(cons(s) & CONS_INDEX, ==, 0x10005);
    g_assert_cmphex(active_errors(s), ==, 0);
    qrig_free(rig);
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
    g_assert_cmphex(active_errors(s), ==, 0);
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
    ADD("illegal-command-is-removed", test_remove);
    ADD("illegal-command-is-replaced", test_add);
    ADD("disabling-does-not-end-an-error", test_disable_in_error);
    ADD("illegal-command-that-stays-is-an-error-again", test_not_mended);
    ADD("errors-of-two-queues-are-acknowledged-alone", test_two_errors);
    ADD("fetch-abort-midway-and-recovery", test_abort_midway);
    ADD("commands-run-with-smmuen-0", test_smmu_off);
#undef ADD
    return g_test_run();
}
