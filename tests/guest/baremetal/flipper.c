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

static uint64_t next_value(uint64_t old)
{
    return (old & ~PAGE_SOFTWARE) | ((old + ONE) & PAGE_SOFTWARE);
}

static uint64_t add_exclusive(uint64_t *word)
{
    uint64_t old, new, sum;
    uint32_t failed;

    asm volatile("1: ldaxr %0, [%4]\n"
                 "add %1, %0, %5\n"
                 "and %1, %1, %6\n"
                 "bic %2, %0, %6\n"
                 "orr %2, %2, %1\n"
                 "stlxr %w3, %2, [%4]\n"
                 "cbnz %w3, 1b\n"
                 : "=&r" (old), "=&r" (sum), "=&r" (new), "=&r" (failed)
                 : "r" (word), "r" (ONE), "r" (PAGE_SOFTWARE)
                 : "memory");
    return old;
}

static uint64_t add_compare_and_swap(uint64_t *word)
{
    uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(word, &old, next_value(old), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        continue;
    }
    return old;
}

static void count(Flipper *f, unsigned i, uint64_t old)
{
    unsigned found = (old & PAGE_SOFTWARE) >> PAGE_SOFTWARE_SHIFT;

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
            count(f, i, i % 2 ? add_exclusive(f->words[i])
                              : add_compare_and_swap(f->words[i]));
        }
    }
    for (unsigned i = 0; i < f->count; i++) {
        count(f, i, add_compare_and_swap(f->words[i]));
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
        flipper->expected[i] =
            (*flipper->words[i] & PAGE_SOFTWARE) >> PAGE_SOFTWARE_SHIFT;
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
