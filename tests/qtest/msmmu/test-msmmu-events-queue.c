/*
 * The Event queue through the registers (IHI 0070 3.5.1, 7.2, 7.4): wrap,
 * overflow, aborts, its enable, its interrupt, all of its sizes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene.h"

#define HOLE (QSCENE_IOVA + 0x100000)
#define FLAG (1u << 31)
#define ABT QGERROR_EVENTQ_ABT_ERR
#define CR0_ON (QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN)
#define CR0_OFF (QCR0_CMDQEN | QCR0_SMMUEN)
/* Flash: can be read, not written */
#define FLASH 0x0ULL

static QScene scene;
static QSmmu *s;

/* @n faults in a row, at addresses that tell them apart */
static void fault(uint32_t first, uint32_t n)
{
    const QJob job = {
        .op = QOP_READ, .flags = QFLAG_CONTINUE, .size = 1, .count = n,
        .addr = HOLE + first,
    };
    QResult r = qengine_run(&scene.engine, &job);

    g_assert_cmpuint(r.failed, ==, n);
}

static uint32_t prod(void)
{
    return qsmmu_readl(s, QSMMU_EVENTQ_PROD);
}

static void set_cons(uint32_t value)
{
    qsmmu_writel(s, QSMMU_EVENTQ_CONS, value);
}

/* InputAddr of entry @index */
static uint64_t entry(uint32_t index)
{
    return qtest_readq(scene.qts, s->eventq + index * 32 + 16);
}

/* A queue of 2^log2 entries at @base, with these indexes */
static void set_queue(uint64_t base, unsigned log2, uint32_t p, uint32_t c)
{
    qsmmu_set_cr0(s, CR0_OFF);
    s->eventq = base;
    s->eventq_log2 = log2;
    qsmmu_writeq(s, QSMMU_EVENTQ_BASE, base | log2);
    qsmmu_writel(s, QSMMU_EVENTQ_PROD, p);
    set_cons(c);
    qsmmu_set_cr0(s, CR0_ON);
}

static void start(unsigned log2)
{
    uint64_t size;

    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    s = &scene.rig->smmu[0];
    size = MAX(32ULL << log2, 4096);
    set_queue(qsmmu_alloc(s, size, size), log2, 0, 0);
    qsmmu_catch_lines(s);
}

static void end(void)
{
    qrig_free(scene.rig);
}

/* ---- Wrap, sizes --------------------------------------------------------- */

static void test_wrap(void)
{
    for (unsigned log2 = 0; log2 < 4; log2++) {
        const uint32_t entries = 1u << log2;
        uint32_t n = 0;

        start(log2);
        while (n < 7 * entries) {
            uint32_t some = 1 + n % entries;

            fault(n, some);
            for (uint32_t i = 0; i < some; i++) {
                g_assert_cmphex(entry((n + i) % entries), ==, HOLE + n + i);
            }
            n += some;
            g_assert_cmphex(prod(), ==, n & (2 * entries - 1));
            set_cons(n & (2 * entries - 1));
        }
        g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
        end();
    }
}

/* IDR1.EVENTQS = 19 and no more: the last entries of the largest queue */
static void test_largest(void)
{
    const uint32_t entries = 1u << 19;
    /* 16 MiB, aligned to their size */
    const uint64_t base = 0x4c000000;

    for (unsigned log2 = 19; log2 < 32; log2 += 6) {
        start(0);
        g_assert_cmpuint(qsmmu_readl(s, QSMMU_IDR1) >> 16 & 31, ==, 19);
        set_queue(base, log2, entries - 1, entries - 1);
        fault(0, 2);
        g_assert_cmphex(prod(), ==, entries + 1);
        g_assert_cmphex(entry(entries - 1), ==, HOLE);
        g_assert_cmphex(entry(0), ==, HOLE + 1);
        /* Full but for one, with both wrap flags */
        set_queue(base, log2, entries - 1, 0);
        fault(2, 1);
        g_assert_cmphex(prod(), ==, entries);
        fault(3, 1);
        g_assert_cmphex(prod(), ==, FLAG | entries);
        set_queue(base, log2, 2 * entries - 1, 2 * entries - 1);
        fault(4, 1);
        g_assert_cmphex(prod(), ==, 0);
        g_assert_cmphex(entry(entries - 1), ==, HOLE + 4);
        end();
    }
}

/* ---- Overflow (7.4) ------------------------------------------------------ */

/* Each step: so many faults, then what PROD is; then CONS is written. */
static void test_overflow(void)
{
    static const struct {
        const char *name;
        uint32_t faults;
        uint32_t prod;
        uint32_t cons;
    } steps[] = {
        { "full is no overflow", 4, 4, 0 },
        { "the first that is lost", 1, FLAG | 4, 0 },
        { "others are not told", 3, FLAG | 4, 2 },
        { "space, the overflow unacknowledged", 2, FLAG | 6, 2 },
        { "the next overflow is not told", 1, FLAG | 6, FLAG | 2 },
        { "acknowledged, and still full", 1, 6, FLAG | 2 },
        { "not acknowledged: CONS has the old value", 1, 6, 3 },
        { "acknowledged with space", 1, 7, 3 },
        { "and again", 1, FLAG | 7, FLAG | 7 },
        { "empty", 2, FLAG | 1, FLAG | 1 },
        { "", 0, FLAG | 1, FLAG | 1 },
    };

    start(2);
    for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
        g_test_message("%s", steps[i].name);
        if (steps[i].faults) {
            fault(0, steps[i].faults);
        }
        g_assert_cmphex(prod(), ==, steps[i].prod);
        /* Upstream raises EVENTQ_ABT_ERR for a full queue. */
        g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
        set_cons(steps[i].cons);
    }
    end();
}

/* Nothing overwrites what is not consumed. */
static void test_full_keeps(void)
{
    start(2);
    fault(0, 9);
    for (uint32_t i = 0; i < 4; i++) {
        g_assert_cmphex(entry(i), ==, HOLE + i);
    }
    end();
}

/* OVFLG and OVACKFLG as they come: an overflow is a difference of the two. */
static void test_overflow_flags(void)
{
    for (unsigned n = 0; n < 4; n++) {
        uint32_t ovflg = n & 1 ? FLAG : 0, ovackflg = n & 2 ? FLAG : 0;

        start(1);
        set_queue(s->eventq, 1, ovflg | 2, ovackflg);
        g_assert_cmphex(prod(), ==, ovflg | 2);
        fault(0, 1);
        g_assert_cmphex(prod(), ==, (ovackflg ^ FLAG) | 2);
        end();
    }
}

/* CONS beyond PROD: full, as long as it is so (3.5.1). */
static void test_inconsistent(void)
{
    static const struct {
        uint32_t prod;
        uint32_t cons;
    } states[] = { { 0, 1 }, { 3, 8 | 2 }, { 0, 7 }, { 8 | 4, 3 } };

    for (unsigned i = 0; i < ARRAY_SIZE(states); i++) {
        start(3);
        set_queue(s->eventq, 3, states[i].prod, states[i].cons);
        qtest_memset(scene.qts, s->eventq, 0x5a, 8 * 32);
        fault(0, 2);
        g_assert_cmphex(prod(), ==, FLAG | states[i].prod);
        for (uint32_t e = 0; e < 8; e++) {
            g_assert_cmphex(entry(e), ==, 0x5a5a5a5a5a5a5a5aULL);
        }
        /* Mended */
        set_cons(FLAG | states[i].prod);
        fault(7, 1);
        g_assert_cmphex(prod(), ==, FLAG | ((states[i].prod + 1) & 15));
        g_assert_cmphex(entry(states[i].prod & 7), ==, HOLE + 7);
        end();
    }
}

/* ---- Enable (6.3.9.4) ---------------------------------------------------- */

static void test_enable(void)
{
    start(1);
    fault(0, 1);
    qsmmu_set_cr0(s, CR0_OFF);
    fault(1, 3);
    g_assert_cmphex(prod(), ==, 1);
    qsmmu_set_cr0(s, CR0_ON);
    g_assert_cmphex(prod(), ==, 1);
    fault(5, 1);
    g_assert_cmphex(prod(), ==, 2);
    g_assert_cmphex(entry(1), ==, HOLE + 5);
    /* Full and disabled: no overflow (7.4) */
    qsmmu_set_cr0(s, CR0_OFF);
    fault(6, 1);
    g_assert_cmphex(prod(), ==, 2);
    qsmmu_set_cr0(s, CR0_ON);
    fault(7, 1);
    g_assert_cmphex(prod(), ==, FLAG | 2);
    /* PROD and BASE are guarded while EVENTQEN is 1. */
    qsmmu_writel(s, QSMMU_EVENTQ_PROD, 0);
    g_assert_cmphex(prod(), ==, FLAG | 2);
    /* Recorded, too, without SMMUEN? Nothing is translated then. */
    qsmmu_set_cr0(s, CR0_ON & ~QCR0_SMMUEN);
    set_cons(FLAG | 2);
    qscene_expect_none(&scene, &qscene_variants[QVARIANT_READ], QSCENE_DATA,
                       QSTATUS_OK);
    end();
}

/* ---- Aborts (7.2.2, 7.5) ------------------------------------------------- */

/* No memory, memory that cannot be written, this instance's own registers */
static void test_abort(void)
{
    static const uint64_t places[] = { QSCENE_NOWHERE, FLASH, 0x0b000000 };

    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t memory;

        start(2);
        memory = s->eventq;
        set_queue(places[i], 2, 0, 0);
        fault(0, 1);
        g_assert_cmphex(qsmmu_active_errors(s), ==, ABT);
        g_assert_cmphex(prod(), ==, 0);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        /* Empty before and after: no interrupt */
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));

        /* Delivery has stopped, also into memory; once is enough. */
        set_queue(memory, 2, 0, 0);
        fault(1, 9);
        g_assert_cmphex(prod(), ==, 0);
        g_assert_cmphex(qsmmu_active_errors(s), ==, ABT);
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_GERROR));

        /* Acknowledged */
        qsmmu_writel(s, QSMMU_GERRORN, qsmmu_readl(s, QSMMU_GERROR));
        g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
        fault(20, 1);
        g_assert_cmphex(prod(), ==, 1);
        g_assert_cmphex(entry(0), ==, HOLE + 20);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));

        /* And again: the flag toggles back. */
        set_queue(places[i], 2, 0, 0);
        fault(21, 1);
        g_assert_cmphex(qsmmu_active_errors(s), ==, ABT);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR) & ABT, ==, 0);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        end();
    }
}

/* Entries up to PROD are valid, and the one that aborted is tried again. */
static void test_abort_midway(void)
{
    start(2);
    /* The last of RAM, then nothing: a queue of 8 KiB that ends in it */
    set_queue(0x50000000 - 0x1000, 7, 126, 126);
    fault(0, 2);
    g_assert_cmphex(prod(), ==, 128);
    g_assert_cmphex(entry(127), ==, HOLE + 1);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    /* Where a queue of twice the size would go on, there is no memory. */
    set_queue(0x50000000, 8, 1, 0);
    fault(2, 1);
    g_assert_cmphex(qsmmu_active_errors(s), ==, ABT);
    g_assert_cmphex(prod(), ==, 1);
    /* Full, with the error active: no overflow (7.2.1) */
    set_queue(0x50000000, 8, 256, 0);
    fault(3, 1);
    g_assert_cmphex(prod(), ==, 256);
    qsmmu_writel(s, QSMMU_GERRORN, qsmmu_readl(s, QSMMU_GERROR));
    fault(4, 1);
    g_assert_cmphex(prod(), ==, FLAG | 256);
    g_assert_cmphex(qsmmu_active_errors(s), ==, 0);
    end();
}

/* ---- Interrupt (3.18) ---------------------------------------------------- */

static void test_interrupt(void)
{
    start(3);
    fault(0, 1);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    fault(1, 3);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    /* Not emptied, then emptied */
    set_cons(3);
    fault(4, 1);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    set_cons(5);
    fault(5, 1);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    /* An overflow of a queue that is not empty is none. */
    fault(6, 9);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    /* Not enabled: lost, not kept */
    set_cons(FLAG | prod());
    qsmmu_set_irq_ctrl(s, QIRQ_GERROR);
    fault(0, 1);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    qsmmu_set_irq_ctrl(s, QIRQ_GERROR | QIRQ_EVENTQ);
    g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/events-queue/" claim, function)
    ADD("wraps", test_wrap);
    ADD("largest-has-2-to-the-19-entries", test_largest);
    ADD("overflow-step-by-step", test_overflow);
    ADD("full-queue-keeps-its-records", test_full_keeps);
    ADD("overflow-is-a-difference-of-flags", test_overflow_flags);
    ADD("inconsistent-indexes-count-as-full", test_inconsistent);
    ADD("disabled-queue-loses-events-silently", test_enable);
    ADD("aborts-stop-delivery-until-acknowledged", test_abort);
    ADD("entries-before-an-abort-are-valid", test_abort_midway);
    ADD("interrupt-when-not-empty-any-more", test_interrupt);
#undef ADD
    return g_test_run();
}
