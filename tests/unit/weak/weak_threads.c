/*
 * The threads of an execution: coroutines, which a seed switches between;
 * mutexes; and grace periods.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "weak_private.h"

#define STACK_SIZE (256 * 1024)
#define RETIRED 256
/* An execution that takes more steps does not end. */
#define STEPS 2000000

typedef struct Thread {
    ucontext_t context;
    char *stack;
    WeakOrder order;
    bool done;
    const void *waits_for;      /* a mutex, or NULL */
    bool reading;
    unsigned readings;
    WeakClock read;             /* what its last reading ended after */
} Thread;

typedef struct Retired {
    void *p;
    WeakClock after;
    /* Of each thread: the reading that must end first, or 0. */
    unsigned waits_for[WEAK_THREADS];
} Retired;

/* There is one execution at a time. */
static struct {
    bool running;
    uint32_t seed;
    uint64_t random;
    unsigned count;
    unsigned self;
    unsigned steps;
    unsigned switch_in;         /* one step of so many */
    unsigned old_in;            /* one load of so many */
    Thread thread[WEAK_THREADS];
    ucontext_t outside;
    WeakThread *run;
    void *opaque;
    Retired retired[RETIRED];
    unsigned retirements;
    WeakClock retirement;       /* all that was retired, is unreachable since */
    bool tolerates;
    unsigned complaints;
} w;

/* ---- Chance ---- */

static uint32_t next_random(void)
{
    w.random ^= w.random >> 12;
    w.random ^= w.random << 25;
    w.random ^= w.random >> 27;
    return (w.random * UINT64_C(0x2545f4914f6cdd1d)) >> 32;
}

unsigned weak_random(unsigned limit)
{
    return next_random() % limit;
}

/* Executions differ in how often they switch, and how old what they find is. */
static void choose_temper(void)
{
    static const unsigned switches[] = { 2, 4, 10, 25, 60, 200 };
    static const unsigned olds[] = { 1, 2, 4, 12, 40 };

    w.switch_in = switches[weak_random(G_N_ELEMENTS(switches))];
    w.old_in = olds[weak_random(G_N_ELEMENTS(olds))];
}

bool weak_wants_old(void)
{
    return !weak_random(w.old_in);
}

/* ---- Complaints ---- */

/* Of an assertion, too: which execution it was. */
static void tell_seed(int number)
{
    char line[64];
    int length = snprintf(line, sizeof(line), "# in the execution of seed %u\n",
                          w.seed);

    if (w.running && length > 0) {
        ssize_t unused = write(STDERR_FILENO, line, length);

        (void)unused;
    }
    sigaction(number, &(struct sigaction) { .sa_handler = SIG_DFL }, NULL);
    raise(number);
}

void weak_complain(const char *what, const void *p)
{
    w.complaints++;
    if (!w.tolerates) {
        fprintf(stderr, "# %s, at %p, by thread %u\n", what, p, w.self);
        abort();
    }
}

unsigned weak_tolerate(bool tolerate)
{
    unsigned complaints = w.complaints;

    w.tolerates = tolerate;
    w.complaints = 0;
    return complaints;
}

/* ---- Turns ---- */

bool weak_is_running(void)
{
    return w.running;
}

unsigned weak_self(void)
{
    return w.self;
}

WeakOrder *weak_order(void)
{
    return &w.thread[w.self].order;
}

bool weak_on_stack(const void *p)
{
    uintptr_t first = (uintptr_t)w.thread[w.self].stack;

    return (uintptr_t)p - first < STACK_SIZE;
}

void weak_join(WeakClock *into, const WeakClock *from)
{
    for (unsigned i = 0; i < WEAK_THREADS; i++) {
        into->at[i] = MAX(into->at[i], from->at[i]);
    }
}

static bool may_run(const Thread *t)
{
    return !t->done && !t->waits_for;
}

/* Let any thread that may run do so; false if there is none. */
static bool switch_thread(ucontext_t *from)
{
    unsigned ready[WEAK_THREADS];
    unsigned count = 0;

    for (unsigned i = 0; i < w.count; i++) {
        if (may_run(&w.thread[i])) {
            ready[count++] = i;
        }
    }
    if (!count) {
        return false;
    }
    w.self = ready[weak_random(count)];
    if (from != &w.thread[w.self].context) {
        swapcontext(from, &w.thread[w.self].context);
    }
    return true;
}

void weak_yield(void)
{
    if (w.running) {
        switch_thread(&w.thread[w.self].context);
    }
}

void weak_step(void)
{
    if (++w.steps > STEPS) {
        weak_complain("no end", NULL);
        abort();
    }
    w.thread[w.self].order.now.at[w.self]++;
    if (!weak_random(w.switch_in)) {
        weak_yield();
    }
}

static void main_of_thread(void)
{
    unsigned self = w.self;

    w.run(w.opaque, self);
    g_assert_false(w.thread[self].reading);
    w.thread[self].done = true;
    for (unsigned i = 0; i < w.count; i++) {
        if (!w.thread[i].done) {
            if (!switch_thread(&w.thread[self].context)) {
                weak_complain("threads wait for each other", NULL);
                abort();
            }
        }
    }
    setcontext(&w.outside);
}

static void prepare(Thread *t, unsigned number)
{
    char *stack = t->stack ? t->stack : malloc(STACK_SIZE);

    *t = (Thread) { .stack = stack };
    t->order.now.at[number] = 1;
    g_assert_cmpint(getcontext(&t->context), ==, 0);
    t->context.uc_stack.ss_sp = stack;
    t->context.uc_stack.ss_size = STACK_SIZE;
    t->context.uc_link = NULL;
    makecontext(&t->context, main_of_thread, 0);
}

void weak_execute(uint32_t seed, unsigned count, WeakThread *thread,
                  void *opaque)
{
    g_assert_cmpuint(count, <=, WEAK_THREADS);
    sigaction(SIGABRT, &(struct sigaction) { .sa_handler = tell_seed }, NULL);
    w.seed = seed;
    w.random = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    w.steps = 0;
    w.count = count;
    w.run = thread;
    w.opaque = opaque;
    w.retirements = 0;
    w.retirement = (WeakClock) { { 0 } };
    choose_temper();
    for (unsigned i = 0; i < count; i++) {
        prepare(&w.thread[i], i);
    }
    weak_memory_begin();
    w.running = true;
    switch_thread(&w.outside);
    w.running = false;
    for (unsigned i = 0; i < w.retirements; i++) {
        g_free(w.retired[i].p);
    }
}

/* ---- Mutexes: GLib's, in what is linked with this ---- */

void g_mutex_init(GMutex *mutex)
{
    mutex->p = NULL;
}

void g_mutex_clear(GMutex *mutex)
{
    g_assert_null(mutex->p);
}

gboolean g_mutex_trylock(GMutex *mutex)
{
    if (w.running) {
        weak_step();
    }
    if (weak_newest(mutex, sizeof(mutex->p), __ATOMIC_ACQUIRE)) {
        return FALSE;
    }
    weak_swap(mutex, sizeof(mutex->p), 1, __ATOMIC_RELAXED);
    return TRUE;
}

void g_mutex_lock(GMutex *mutex)
{
    while (!g_mutex_trylock(mutex)) {
        Thread *t = &w.thread[w.self];

        if (w.running) {
            t->waits_for = mutex;
        }
        if (!w.running || !switch_thread(&t->context)) {
            weak_complain("threads wait for each other", mutex);
            abort();
        }
    }
}

void g_mutex_unlock(GMutex *mutex)
{
    weak_store(mutex, sizeof(mutex->p), 0, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < w.count; i++) {
        if (w.thread[i].waits_for == mutex) {
            w.thread[i].waits_for = NULL;
        }
    }
}

/* ---- Grace periods ---- */

/* Whoever begins to read knows all that was retired before. */
void weak_read_lock(void)
{
    Thread *t = &w.thread[w.self];

    if (!w.running) {
        return;
    }
    weak_step();
    g_assert_false(t->reading);
    t->reading = true;
    t->readings++;
    weak_join(&t->order.now, &w.retirement);
}

/* The last of those that it waited for has ended, as others had before. */
static void retired_ends(const Retired *r)
{
    WeakClock after = r->after;

    for (unsigned i = 0; i < w.count; i++) {
        weak_join(&after, &w.thread[i].read);
    }
    weak_poison(r->p, &after);
}

void weak_read_unlock(void)
{
    Thread *t = &w.thread[w.self];

    if (!w.running) {
        return;
    }
    weak_step();
    t->reading = false;
    t->read = t->order.now;
    for (unsigned i = 0; i < w.retirements; i++) {
        Retired *r = &w.retired[i];
        bool waits = false;

        if (r->waits_for[w.self] != t->readings) {
            continue;
        }
        r->waits_for[w.self] = 0;
        for (unsigned n = 0; n < w.count; n++) {
            waits |= r->waits_for[n];
        }
        if (!waits) {
            retired_ends(r);
        }
    }
}

void weak_retire(void *p)
{
    Retired *r;
    bool waits = false;

    if (!w.running) {
        g_free(p);
        return;
    }
    g_assert_cmpuint(w.retirements, <, RETIRED);
    r = &w.retired[w.retirements++];
    *r = (Retired) { .p = p, .after = weak_order()->now };
    weak_join(&w.retirement, &r->after);
    for (unsigned i = 0; i < w.count; i++) {
        if (w.thread[i].reading) {
            r->waits_for[i] = w.thread[i].readings;
            waits = true;
        }
    }
    if (!waits) {
        retired_ends(r);
    }
}
