/*
 * The simulation of weak memory: what C11 permits is found, and what it forbids
 * is not. Each is a small program of two or three threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "weak.h"

#define EXECUTIONS 2000

/* Each execution's outcome is a bit. */
typedef struct Litmus {
    uint64_t x;
    uint64_t y;
    uint32_t narrow;
    uint64_t plain;
    int store;                  /* memory orders */
    int load;
    bool fences;
    GMutex lock;
    uint64_t seen[WEAK_THREADS][2];
    uint64_t *published;
} Litmus;

static Litmus l;

#define load(p, order) __atomic_load_n(p, order)
#define put(p, value, order) __atomic_store_n(p, value, order)

/* Whether any execution of @count threads ends with what @holds. */
static bool may_end(unsigned count, WeakThread *thread, bool (*holds)(void))
{
    bool any = false;

    for (unsigned seed = 0; seed < EXECUTIONS; seed++) {
        l.x = l.y = l.plain = l.narrow = 0;
        memset(l.seen, 0, sizeof(l.seen));
        weak_execute(seed, count, thread, NULL);
        any |= holds();
    }
    return any;
}

/* ---- Message passing ---- */

static void message(G_GNUC_UNUSED void *unused, unsigned number)
{
    if (number == 0) {
        put(&l.x, 1, __ATOMIC_RELAXED);
        if (l.fences) {
            __atomic_thread_fence(__ATOMIC_RELEASE);
        }
        put(&l.y, 1, l.store);
    } else {
        l.seen[1][0] = load(&l.y, l.load);
        if (l.fences) {
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
        }
        l.seen[1][1] = load(&l.x, __ATOMIC_RELAXED);
    }
}

static bool message_is_lost(void)
{
    return l.seen[1][0] && !l.seen[1][1];
}

static bool message_may_be_lost(int how_stored, int how_loaded, bool fences)
{
    l.store = how_stored;
    l.load = how_loaded;
    l.fences = fences;
    return may_end(2, message, message_is_lost);
}

static void test_message(void)
{
    const int relaxed = __ATOMIC_RELAXED;
    const int acquire = __ATOMIC_ACQUIRE;
    const int release = __ATOMIC_RELEASE;

    g_assert_true(message_may_be_lost(relaxed, relaxed, false));
    g_assert_true(message_may_be_lost(release, relaxed, false));
    g_assert_true(message_may_be_lost(relaxed, acquire, false));
    g_assert_false(message_may_be_lost(release, acquire, false));
    g_assert_false(message_may_be_lost(relaxed, relaxed, true));
}

/* ---- Store buffering ---- */

static void buffer(G_GNUC_UNUSED void *unused, unsigned number)
{
    put(number ? &l.y : &l.x, 1, l.store);
    if (l.fences) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    l.seen[number][0] = load(number ? &l.x : &l.y, l.load);
}

static bool both_are_old(void)
{
    return !l.seen[0][0] && !l.seen[1][0];
}

static void test_buffering(void)
{
    l.fences = false;
    l.store = __ATOMIC_RELEASE;
    l.load = __ATOMIC_ACQUIRE;
    g_assert_true(may_end(2, buffer, both_are_old));
    l.store = l.load = __ATOMIC_SEQ_CST;
    g_assert_false(may_end(2, buffer, both_are_old));
    l.store = l.load = __ATOMIC_RELAXED;
    l.fences = true;
    g_assert_false(may_end(2, buffer, both_are_old));
}

/* ---- One location has one order ---- */

static void coherence(G_GNUC_UNUSED void *unused, unsigned number)
{
    if (number == 0) {
        for (unsigned i = 1; i <= 5; i++) {
            put(&l.x, i, __ATOMIC_RELAXED);
        }
        return;
    }
    l.seen[number][0] = load(&l.x, __ATOMIC_RELAXED);
    l.seen[number][1] = load(&l.x, __ATOMIC_RELAXED);
}

static bool goes_back(void)
{
    return l.seen[1][0] > l.seen[1][1] || l.seen[2][0] > l.seen[2][1];
}

static bool stands_still(void)
{
    return l.x == 5 && l.seen[1][1] < 5;
}

/* What one thread has seen, another that knows of it sees, too. */
static void hearsay(G_GNUC_UNUSED void *unused, unsigned number)
{
    if (number == 0) {
        put(&l.x, 1, __ATOMIC_RELAXED);
    } else if (number == 1) {
        l.seen[1][0] = load(&l.x, __ATOMIC_RELAXED);
        put(&l.y, 1, __ATOMIC_RELEASE);
    } else {
        l.seen[2][0] = load(&l.y, __ATOMIC_ACQUIRE);
        l.seen[2][1] = load(&l.x, __ATOMIC_RELAXED);
    }
}

static bool hearsay_is_wrong(void)
{
    return l.seen[1][0] && l.seen[2][0] && !l.seen[2][1];
}

static void test_coherence(void)
{
    g_assert_false(may_end(3, coherence, goes_back));
    g_assert_true(may_end(3, coherence, stands_still));
    g_assert_false(may_end(3, hearsay, hearsay_is_wrong));
}

/* ---- Read, modify, write ---- */

static void increments(G_GNUC_UNUSED void *unused, unsigned number)
{
    uint32_t old = 0;

    __atomic_fetch_add(&l.x, 1, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&l.narrow, &old, old + 1, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        l.seen[number][0]++;
    }
}

static bool counts_wrong(void)
{
    return l.x != 3 || l.narrow != 3;
}

static bool swaps_fail(void)
{
    return l.seen[1][0];
}

static void test_increments(void)
{
    g_assert_false(may_end(3, increments, counts_wrong));
    g_assert_true(may_end(3, increments, swaps_fail));
}

/* ---- Plain accesses ---- */

static void locked(G_GNUC_UNUSED void *unused,
                   G_GNUC_UNUSED unsigned number)
{
    g_mutex_lock(&l.lock);
    l.plain++;
    g_mutex_unlock(&l.lock);
}

static void unlocked(G_GNUC_UNUSED void *unused,
                     G_GNUC_UNUSED unsigned number)
{
    l.plain++;
}

/* The second waits for the first, with an order or without. */
static void handed_over(G_GNUC_UNUSED void *unused, unsigned number)
{
    if (number == 0) {
        l.plain = 1;
        put(&l.x, 1, __ATOMIC_RELEASE);
    } else if (load(&l.x, l.load)) {
        l.plain++;
    }
}

static bool adds_up(void)
{
    return l.plain == 3;
}

static bool always(void)
{
    return true;
}

static void test_races(void)
{
    g_assert_true(may_end(3, locked, adds_up));
    l.load = __ATOMIC_ACQUIRE;
    g_assert_true(may_end(2, handed_over, always));
    weak_tolerate(true);
    g_assert_true(may_end(2, unlocked, always));
    g_assert_cmpuint(weak_tolerate(true), >=, EXECUTIONS / 2);
    l.load = __ATOMIC_RELAXED;
    g_assert_true(may_end(2, handed_over, always));
    g_assert_cmpuint(weak_tolerate(false), >, 0);
}

/* ---- Freed memory ---- */

static void reclaim(G_GNUC_UNUSED void *unused, unsigned number)
{
    uint64_t *p;

    weak_read_lock();
    if (number == 0) {
        p = load(&l.published, __ATOMIC_RELAXED);
        put(&l.published, NULL, __ATOMIC_RELEASE);
        weak_retire(p);
        weak_read_unlock();
        return;
    }
    if (l.fences) {
        /* Wrong: what was found in one reading is used in the next. */
        p = load(&l.published, __ATOMIC_ACQUIRE);
        weak_read_unlock();
        weak_read_lock();
    } else {
        p = load(&l.published, __ATOMIC_ACQUIRE);
    }
    if (p) {
        l.seen[number][0] = *p;
    }
    weak_read_unlock();
}

static unsigned reclaims(bool wrong)
{
    unsigned found = 0;

    l.fences = wrong;
    weak_tolerate(true);
    for (unsigned seed = 0; seed < EXECUTIONS; seed++) {
        l.published = g_new0(uint64_t, 1);
        weak_execute(seed, 3, reclaim, NULL);
        found += l.seen[1][0];
    }
    g_assert_cmpuint(found, ==, 0);
    return weak_tolerate(false);
}

static void test_reclaim(void)
{
    g_assert_cmpuint(reclaims(false), ==, 0);
    g_assert_cmpuint(reclaims(true), >, 0);
}

/* ---- The same seed is the same execution ---- */

static void test_seed(void)
{
    uint64_t first[50];

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned seed = 0; seed < G_N_ELEMENTS(first); seed++) {
            uint64_t outcome;

            l.x = 0;
            weak_execute(seed, 3, coherence, NULL);
            outcome = l.seen[1][0] | l.seen[1][1] << 8 |
                      l.seen[2][0] << 16 | l.seen[2][1] << 24;
            if (round) {
                g_assert_cmphex(outcome, ==, first[seed]);
            }
            first[seed] = outcome;
        }
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/weak/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("messages-need-release-and-acquire", test_message);
    ADD("stores-wait-unless-in-sequence", test_buffering);
    ADD("one-location-has-one-order", test_coherence);
    ADD("nothing-comes-between-an-update", test_increments);
    ADD("plain-accesses-race", test_races);
    ADD("freed-memory-is-not-touched", test_reclaim);
    ADD("a-seed-is-an-execution", test_seed);
    return g_test_run();
}
