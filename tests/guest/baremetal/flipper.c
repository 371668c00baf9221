/*
 * The flipper adds 1 to the four software bits of a descriptor. Nobody else
 * changes them, so they hold what it left there. If they do not, another wrote
 * the descriptor with bits that it had read before: an update was lost.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "flipper.h"
#include "tables.h"

#define ONE BIT(PAGE_SOFTWARE_SHIFT)

static Flipper *current;

static uint64_t next_value(const Flipper *f, uint64_t word)
{
    uint64_t old = tables_swap(f->big_endian, word);

    return tables_swap(f->big_endian, (old & ~PAGE_SOFTWARE) |
                                      ((old + ONE) & PAGE_SOFTWARE));
}

static uint64_t add_exclusive(const Flipper *f, uint64_t *word)
{
    uint64_t old;
    uint32_t failed;

    do {
        asm volatile("ldaxr %0, [%1]" : "=r" (old) : "r" (word) : "memory");
        asm volatile("stlxr %w0, %1, [%2]" : "=&r" (failed)
                     : "r" (next_value(f, old)), "r" (word) : "memory");
    } while (failed);
    return old;
}

static uint64_t add_compare_and_swap(const Flipper *f, uint64_t *word)
{
    uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(word, &old, next_value(f, old), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        continue;
    }
    return old;
}

/* What the four bits hold */
static unsigned software(const Flipper *f, uint64_t word)
{
    return (tables_swap(f->big_endian, word) & PAGE_SOFTWARE) >>
           PAGE_SOFTWARE_SHIFT;
}

static void count(Flipper *f, unsigned i, uint64_t old)
{
    unsigned found = software(f, old);

    if (found != f->expected[i]) {
        __atomic_store_n(&f->lost, f->lost + 1, __ATOMIC_RELAXED);
    }
    f->expected[i] = (found + 1) % 16;
    __atomic_store_n(&f->flips, f->flips + 1, __ATOMIC_RELAXED);
}

static void run(Flipper *f)
{
    while (!__atomic_load_n(&f->stop, __ATOMIC_ACQUIRE)) {
        for (unsigned i = 0; i < f->count; i++) {
            count(f, i, i % 2 ? add_exclusive(f, f->words[i])
                              : add_compare_and_swap(f, f->words[i]));
        }
    }
    for (unsigned i = 0; i < f->count; i++) {
        count(f, i, add_compare_and_swap(f, f->words[i]));
    }
}

static void wait_for_work(void *unused)
{
    (void)unused;
    for (;;) {
        Flipper *f = __atomic_load_n(&current, __ATOMIC_ACQUIRE);

        if (f) {
            run(f);
            __atomic_store_n(&current, NULL, __ATOMIC_RELEASE);
        }
    }
}

static void start_processor(void)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    static CpuStart start = { stack + sizeof(stack), wait_for_work, NULL };
    static bool started;

    if (!started && !cpu_start(1, &start)) {
        fail("processor 1 does not start");
    }
    started = true;
}

void flipper_start(Flipper *flipper)
{
    start_processor();
    for (unsigned i = 0; i < flipper->count; i++) {
        flipper->expected[i] = software(flipper, *flipper->words[i]);
    }
    flipper->flips = flipper->lost = 0;
    flipper->stop = false;
    __atomic_store_n(&current, flipper, __ATOMIC_RELEASE);
    while (!flipper_flips(flipper)) {
        cpu_relax();
    }
}

void flipper_stop(Flipper *flipper)
{
    __atomic_store_n(&flipper->stop, true, __ATOMIC_RELEASE);
    while (__atomic_load_n(&current, __ATOMIC_ACQUIRE)) {
        cpu_relax();
    }
}

uint64_t flipper_flips(const Flipper *flipper)
{
    return __atomic_load_n(&flipper->flips, __ATOMIC_RELAXED);
}

uint64_t flipper_lost(const Flipper *flipper)
{
    return __atomic_load_n(&flipper->lost, __ATOMIC_RELAXED);
}
