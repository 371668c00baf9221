/*
 * The Command queue: wrapping, slices, errors and recovery (3.5, 4.1, 7.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

#define CERROR_ILL_WORD 1
#define CERROR_ABT_WORD 2

static Fixture *fixture_with_queue(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

/* The command at index 0 was not consumed, because its fetch aborted. */
static void check_aborted(Fixture *f)
{
    g_assert_cmpuint(fixture_cerror(f), ==, CERROR_ABT_WORD);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
}

static void check_consumed(Fixture *f)
{
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
}

/* ---- The queue ----------------------------------------------------------- */

/* Queues of several sizes, wrapped several times. */
static void test_wrap(void)
{
    static const unsigned sizes[] = { 0, 1, 2, 7, 9 };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Fixture *f = fixture_new(NULL);
        unsigned entries = 1u << sizes[i];

        fixture_enable_queues(f, sizes[i]);
        fixture_forget(f);
        for (unsigned n = 0; n < 5 * entries + 3; n++) {
            fixture_command(f, (uint64_t)n << 32 | 0x03, 0);
            g_assert_cmpuint(fixture_unmap_count(f), ==, n + 1);
            g_assert_cmpuint(fixture_unmap(f, n)->first, ==, n);
            g_assert_cmphex(fixture_reg32(f, 0x9c), ==,
                            (n + 1) & (2 * entries - 1));
        }
        check_consumed(f);
        fixture_free(f);
    }
}

/* Put @count CFGI_STE of StreamIDs 0.. into an unused queue of 2^@log2. */
static void fill(Fixture *f, unsigned log2, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        unsigned index = n & ((1u << log2) - 1);

        fixture_write64(f, FIXTURE_CMDQ + 16 * index,
                        (uint64_t)n << 32 | 0x03);
        fixture_write64(f, FIXTURE_CMDQ + 16 * index + 8, 0);
    }
}

static void test_full(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, 4);
    fixture_forget(f);
    fill(f, 4, 16);
    fixture_set_reg32(f, 0x98, 0x10);           /* same index, other wrap */
    g_assert_cmpuint(fixture_unmap_count(f), ==, 16);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x10);
    fixture_free(f);
}

/* 3.5.1: with inconsistent indexes nothing is consumed. */
static void test_inconsistent(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, 4);
    fixture_forget(f);
    fill(f, 4, 16);
    fixture_set_reg32(f, 0x98, 0x11);           /* PROD > CONS, wrapped */
    g_assert_cmpuint(fixture_unmap_count(f), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    fixture_set_reg32(f, 0x98, 0x2);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
    fixture_free(f);
}

/* A queue of the largest size is worked off in slices. */
static void test_slices(void)
{
    Fixture *f = fixture_new(NULL);
    const unsigned count = 5000;
    unsigned slices = 0;

    fixture_enable_queues(f, 13);
    fixture_forget(f);
    fill(f, 13, count);
    fixture_set_reg32(f, 0x98, count);
    g_assert_true(f->deferred);
    g_assert_cmpuint(fixture_unmap_count(f), <, 1000);
    while (f->deferred) {
        f->deferred = false;
        msmmu_run_deferred(f->m);
        slices++;
    }
    g_assert_cmpuint(slices, >, 4);
    g_assert_cmpuint(fixture_unmap_count(f), ==, count);
    for (unsigned n = 0; n < count; n++) {
        g_assert_cmpuint(fixture_unmap(f, n)->first, ==, n);
    }
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, count);
    fixture_free(f);
}

/* Long ranges are sought all over the TLB: of those, a slice has fewer. */
static void test_slices_of_ranges(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        unsigned most;
    } cases[] = {
        { "NH_VA, 32 << 31 pages", 0x0001000001f1f012, 0x400, 1 },
        { "NH_VAA, 32 << 31 pages", 0x0000000001f1f013, 0x400, 1 },
        { "NH_VA, 1024 pages", 0x000100000051f012, 0x400, 64 },
        { "NH_VA, one page", 0x0001000000000012, 0, 256 },
    };
    MsmmuConfig config = msmmu_config_default();

    config.tlb_entries = 1 << 20;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_new(&config);

        g_test_message("%s", cases[i].name);
        fixture_enable_queues(f, 9);
        fixture_forget(f);
        for (unsigned n = 0; n < 300; n++) {
            fixture_write64(f, FIXTURE_CMDQ + 16 * n, cases[i].word0);
            fixture_write64(f, FIXTURE_CMDQ + 16 * n + 8, cases[i].word1);
        }
        fixture_set_reg32(f, 0x98, 300);
        g_assert_true(f->deferred);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), >, 0);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), <=, cases[i].most);
        fixture_settle(f);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), ==, 300);
        fixture_free(f);
    }
}

/* Disabling the queue stops it between slices; enabling goes on. */
static void test_disable_between_slices(void)
{
    Fixture *f = fixture_new(NULL);
    unsigned done;

    fixture_enable_queues(f, 13);
    fixture_forget(f);
    fill(f, 13, 1000);
    fixture_set_reg32(f, 0x98, 1000);
    done = fixture_unmap_count(f);
    g_assert_cmpuint(done, <, 1000);
    fixture_set_reg32(f, 0x20, 0);
    fixture_settle(f);
    g_assert_cmpuint(fixture_unmap_count(f), ==, done);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, done);
    fixture_set_reg32(f, 0x20, CR0_CMDQEN);
    fixture_settle(f);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 1000);
    fixture_free(f);
}

/* Commands written while the queue was off run when it is enabled. */
static void test_enable_starts(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg64(f, 0x90, FIXTURE_CMDQ | 4);
    fill(f, 4, 3);
    fixture_set_reg32(f, 0x98, 3);
    g_assert_cmpuint(f->reads, ==, 0);
    fixture_set_reg32(f, 0x20, CR0_CMDQEN);
    g_assert_cmpuint(f->reads, ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 3);
    fixture_free(f);
}

/* The base is aligned to the queue, or to 32 bytes (6.3.26). */
static void test_base_alignment(void)
{
    static const struct {
        uint64_t base;
        uint64_t expect;
    } cases[] = {
        { 0x80000ff0 | 8, 0x80000000 }, /* 4096 bytes */
        { 0x80001fe0 | 4, 0x80001f00 },
        { 0x80000020 | 0, 0x80000020 }, /* 16 bytes, aligned to 32 */
        { 0x80000020 | 1, 0x80000020 },
        { 0x800fffe0 | 31, 0x80000000 },        /* capped at 2^19 entries */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_new(NULL);

        fixture_write64(f, cases[i].expect, 0x0000123400000003);
        fixture_set_reg64(f, 0x90, cases[i].base);
        fixture_set_reg32(f, 0x20, CR0_CMDQEN);
        fixture_set_reg32(f, 0x98, 1);
        g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
        g_assert_cmphex(fixture_unmap(f, 0)->first, ==, 0x1234);
        fixture_free(f);
    }
}

/* LOG2SIZE is capped at CMDQS: the wrap flag is bit 19. */
static void test_size_cap(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg64(f, 0x90, FIXTURE_CMDQ | 31);
    fixture_set_reg32(f, 0x98, 0x7ffff);
    fixture_set_reg32(f, 0x9c, 0x7ffff);
    fixture_set_reg32(f, 0x20, CR0_CMDQEN);
    fixture_write64(f, FIXTURE_CMDQ + 16 * 0x7ffff, 0x0000007700000003);
    fixture_set_reg32(f, 0x98, 0x80000);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
    g_assert_cmphex(fixture_unmap(f, 0)->first, ==, 0x77);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x80000);
    fixture_free(f);
}

/* ---- Errors and recovery ------------------------------------------------- */

static void test_abort(void)
{
    Fixture *f = fixture_with_queue();

    fixture_fail(f, FIXTURE_CMDQ, FIXTURE_CMDQ + 15);
    fixture_command(f, 0x03, 0);
    check_aborted(f);

    /* Mended and acknowledged, the command is fetched again. */
    fixture_heal(f);
    fixture_set_reg32(f, 0x64, 0x1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 1);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    fixture_free(f);
}

/* An abort of the second half of a command is one, too. */
static void test_abort_within(void)
{
    Fixture *f = fixture_with_queue();

    fixture_fail(f, FIXTURE_CMDQ + 15, FIXTURE_CMDQ + 15);
    fixture_command(f, 0x03, 0);
    check_aborted(f);
    fixture_free(f);
}

static void test_error_stops(void)
{
    Fixture *f = fixture_with_queue();

    /* Two good ones, a bad one, a good one. */
    fixture_write64(f, FIXTURE_CMDQ, 0x0000000100000003);
    fixture_write64(f, FIXTURE_CMDQ + 0x10, 0x0000000200000003);
    fixture_write64(f, FIXTURE_CMDQ + 0x20, 0x00000000000000ff);
    fixture_write64(f, FIXTURE_CMDQ + 0x30, 0x0000000400000003);
    fixture_set_reg32(f, 0x98, 4);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x01000002);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);

    /* While the error is active nothing is fetched, PROD may go back. */
    fixture_forget(f);
    fixture_command(f, 0x0000000500000003, 0);
    fixture_set_reg32(f, 0x98, 4);
    fixture_set_reg32(f, 0x20, CR0_EVENTQEN);
    fixture_set_reg32(f, 0x20, CR0_EVENTQEN | CR0_CMDQEN);
    g_assert_cmpuint(f->reads, ==, 0);

    /* The bad one is replaced and the error acknowledged: PROD unwritten. */
    fixture_write64(f, FIXTURE_CMDQ + 0x20, 0x0000000300000003);
    fixture_set_reg32(f, 0x64, 0x1);
    g_assert_cmpuint(fixture_unmap_count(f), ==, 2);
    g_assert_cmphex(fixture_unmap(f, 0)->first, ==, 3);
    g_assert_cmphex(fixture_unmap(f, 1)->first, ==, 4);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 4);

    /* The next error toggles GERROR back. */
    fixture_command(f, 0xff, 0);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x0);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x01000004);
    fixture_free(f);
}

/* The reason is visible before the error is (7.1). */
static void see_reason(Fixture *f, MsmmuIrq irq)
{
    if (irq == MSMMU_CORE_IRQ_GERROR) {
        g_assert_cmpuint(fixture_cerror(f), ==, CERROR_ILL_WORD);
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
    }
}

static void test_reason_is_visible(void)
{
    Fixture *f = fixture_with_queue();

    f->on_irq = see_reason;
    fixture_command(f, 0xff, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    fixture_free(f);
}

/* A queue base that a guest chose badly is nothing but an abort. */
static void test_wild_base(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_fail(f, 0, UINT64_MAX);
    fixture_set_reg64(f, 0x90, UINT64_MAX);
    fixture_set_reg32(f, 0x98, 0xfffff);
    fixture_set_reg32(f, 0x9c, 0x7ffff);
    fixture_set_reg32(f, 0x20, CR0_CMDQEN);
    g_assert_cmpuint(fixture_cerror(f), ==, CERROR_ABT_WORD);
    g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 0x7ffff);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/command-queue/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("queue-wraps-at-every-size", test_wrap);
    ADD("queue-can-be-full", test_full);
    ADD("inconsistent-indexes-consume-nothing", test_inconsistent);
    ADD("long-queues-are-sliced", test_slices);
    ADD("long-ranges-make-short-slices", test_slices_of_ranges);
    ADD("disabling-stops-between-slices", test_disable_between_slices);
    ADD("enabling-starts-consumption", test_enable_starts);
    ADD("base-is-aligned", test_base_alignment);
    ADD("log2size-is-capped", test_size_cap);
    ADD("fetch-abort-and-recovery", test_abort);
    ADD("fetch-abort-within-a-command", test_abort_within);
    ADD("error-stops-and-recovers", test_error_stops);
    ADD("reason-is-visible-before-the-error", test_reason_is_visible);
    ADD("wild-base-is-an-abort", test_wild_base);
    return g_test_run();
}
