/*
 * What the files of the simulation share. They are not instrumented themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WEAK_PRIVATE_H
#define MSMMU_TESTS_WEAK_PRIVATE_H

#include "weak.h"

/* How much of each thread is before something, in steps of its own. */
typedef struct WeakClock {
    uint32_t at[WEAK_THREADS];
} WeakClock;

/* The order that one thread sees. */
typedef struct WeakOrder {
    WeakClock now;              /* what happens before its next step */
    WeakClock unfenced;         /* what an acquire fence would add */
    WeakClock fence;            /* what the last release fence passes on */
} WeakOrder;

/* ---- weak_threads.c ---- */

/* Whether an execution is under way; without one, accesses are plain. */
bool weak_is_running(void);
/* The thread that runs, its order, and whether @p is on its stack. */
unsigned weak_self(void);
WeakOrder *weak_order(void);
bool weak_on_stack(const void *p);
/* Before a step that others can see: maybe some others' come first. */
void weak_step(void);
/* Whether a load may find an old value here, by the seed. */
bool weak_wants_old(void);
void weak_complain(const char *what, const void *p);

void weak_join(WeakClock *into, const WeakClock *from);

/* ---- The C library's own, for those that stand in for them ---- */

void __libc_free(void *p);
void *__libc_realloc(void *p, size_t size);

/* ---- weak_memory.c ---- */

void weak_memory_begin(void);

uint64_t weak_load(const void *p, unsigned size, int order);
void weak_store(void *p, unsigned size, uint64_t value, int order);
/* The newest value, for one step that writes @desired of it, or does not. */
uint64_t weak_newest(const void *p, unsigned size, int order);
void weak_swap(void *p, unsigned size, uint64_t value, int order);
void weak_fence(int order);
/* A plain access is about to be made. */
void weak_plain(const void *p, size_t size, bool write);
/* These bytes go back to the allocator; or are not to be touched any more. */
void weak_forget(const void *p, size_t size);
void weak_poison(void *p, const WeakClock *after);

#endif
