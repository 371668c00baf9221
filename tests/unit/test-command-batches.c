/*
 * Commands that are fetched some at a time: which memory is read for them, and
 * that errors and recovery are as if each was fetched when its turn came
 * (3.5.1, 3.21.2, 7.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"

#define LOG2 7
#define ENTRIES (1u << LOG2)

/* How often each entry of the queue was read, in all. */
typedef struct Reads {
    unsigned of[ENTRIES];
    unsigned calls;
} Reads;

static void see_read(Fixture *f, uint64_t pa, size_t len)
{
    Reads *reads = f->hook_data;

    g_assert_cmphex(pa, >=, FIXTURE_CMDQ);
    g_assert_cmphex(pa + len, <=, FIXTURE_CMDQ + 16 * ENTRIES);
    g_assert_cmpuint(len % 16, ==, 0);
    g_assert_cmpuint(pa % 16, ==, 0);
    for (uint64_t at = pa; at < pa + len; at += 16) {
        reads->of[(at - FIXTURE_CMDQ) / 16]++;
    }
    reads->calls++;
}

static Fixture *fixture_with_queue(Reads *reads)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, LOG2);
    fixture_forget(f);
    *reads = (Reads) { .calls = 0 };
    f->hook_data = reads;
    f->on_read = see_read;
    return f;
}

/* CFGI_STE of StreamID @sid at @index of the queue. */
static void put(Fixture *f, unsigned index, uint32_t sid)
{
    fixture_write64(f, FIXTURE_CMDQ + 16 * (index % ENTRIES),
                    (uint64_t)sid << 32 | 0x03);
    fixture_write64(f, FIXTURE_CMDQ + 16 * (index % ENTRIES) + 8, 0);
}

static void put_illegal(Fixture *f, unsigned index)
{
    fixture_write64(f, FIXTURE_CMDQ + 16 * (index % ENTRIES), 0xff);
}

/* CMDQ_PROD for @number commands since the queue was enabled. */
static void submit(Fixture *f, unsigned number)
{
    fixture_set_reg32(f, 0x98, number % (2 * ENTRIES));
}

static void acknowledge(Fixture *f)
{
    fixture_set_reg32(f, 0x64, fixture_reg32(f, 0x60));
}

/* StreamIDs @first, @first + 1 ... were invalidated, @count in all. */
static void check_done(Fixture *f, uint32_t first, unsigned count)
{
    g_assert_cmpuint(fixture_unmap_count(f), ==, count);
    for (unsigned n = 0; n < count; n++) {
        g_assert_cmphex(fixture_unmap(f, n)->first, ==, first + n);
    }
}

/* At any place in the queue each is read once, and no other. */
static void test_once(void)
{
    for (unsigned count = 1; count <= ENTRIES; count += 21) {
        Reads reads;
        Fixture *f = fixture_with_queue(&reads);
        unsigned number = 0;

        for (unsigned round = 0; round < 12; round++) {
            reads = (Reads) { .calls = 0 };
            fixture_forget(f);
            for (unsigned n = 0; n < count; n++) {
                put(f, number + n, number + n);
            }
            submit(f, number + count);
            check_done(f, number, count);
            for (unsigned n = 0; n < ENTRIES; n++) {
                unsigned after = (n - number) % ENTRIES;

                g_assert_cmpuint(reads.of[n], ==, after < count);
            }
            number += count;
            g_assert_cmphex(fixture_reg32(f, 0x9c), ==,
                            number % (2 * ENTRIES));
        }
        fixture_free(f);
    }
}

/* What this is for. */
static void test_few(void)
{
    Reads reads;
    Fixture *f = fixture_with_queue(&reads);

    for (unsigned n = 0; n < ENTRIES; n++) {
        put(f, n, n);
    }
    submit(f, ENTRIES);
    check_done(f, 0, ENTRIES);
    g_assert_cmpuint(reads.calls, <=, ENTRIES / 16);
    fixture_free(f);
}

/* An abort is that of the command which cannot be read, wherever it is. */
static void test_abort(void)
{
    for (unsigned bad = 0; bad < 70; bad += 3) {
        Reads reads;
        Fixture *f = fixture_with_queue(&reads);

        for (unsigned n = 0; n < 70; n++) {
            put(f, n, n);
        }
        fixture_fail(f, FIXTURE_CMDQ + 16 * bad + 8,
                     FIXTURE_CMDQ + 16 * bad + 8);
        submit(f, 70);
        check_done(f, 0, bad);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x2000000 | bad);
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x1);
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);

        fixture_heal(f);
        fixture_forget(f);
        acknowledge(f);
        check_done(f, bad, 70 - bad);
        g_assert_cmphex(fixture_reg32(f, 0x9c) & 0xfffff, ==, 70);
        fixture_free(f);
    }
}

/* Beyond CMDQ_PROD there may be no memory, nor need there be any. */
static void test_beyond(void)
{
    Reads reads;
    Fixture *f = fixture_with_queue(&reads);

    fixture_fail(f, FIXTURE_CMDQ + 16 * 3, UINT64_MAX);
    for (unsigned n = 0; n < 3; n++) {
        put(f, n, n);
    }
    submit(f, 3);
    check_done(f, 0, 3);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    fixture_free(f);
}

/*
 * 7.1: after an error all that is not consumed is software's again, not only
 * the command that was in error.
 */
static void test_error(void)
{
    for (unsigned bad = 0; bad < 40; bad += 7) {
        Reads reads;
        Fixture *f = fixture_with_queue(&reads);

        for (unsigned n = 0; n < 40; n++) {
            put(f, n, n);
        }
        put_illegal(f, bad);
        submit(f, 40);
        check_done(f, 0, bad);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 0x1000000 | bad);

        for (unsigned n = bad; n < 40; n++) {
            put(f, n, 0x1000 + n);
        }
        fixture_forget(f);
        acknowledge(f);
        check_done(f, 0x1000 + bad, 40 - bad);
        fixture_free(f);
    }
}

/* What is submitted later was not fetched before. */
static void test_later(void)
{
    Reads reads;
    Fixture *f = fixture_with_queue(&reads);

    for (unsigned n = 0; n < 8; n++) {
        put(f, n, 0xbad);
    }
    for (unsigned n = 0; n < 8; n++) {
        put(f, n, n);
        submit(f, n + 1);
    }
    check_done(f, 0, 8);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/command-batches/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("each-command-is-fetched-once", test_once);
    ADD("fetches-are-few", test_few);
    ADD("abort-is-that-of-one-command", test_abort);
    ADD("nothing-beyond-prod-is-needed", test_beyond);
    ADD("after-an-error-all-is-fetched-anew", test_error);
    ADD("nothing-beyond-prod-is-kept", test_later);
    return g_test_run();
}
