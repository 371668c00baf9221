/*
 * Threads on a machine with weak memory, simulated in one thread of the host.
 *
 * Code that is compiled with -fsanitize=thread calls a function for each access
 * to memory. Here they are not those of ThreadSanitizer: they run the threads
 * of an execution in turns that a seed decides, and an atomic load may find any
 * value that C11 permits it to find, also an old one that no x86 would show.
 * What is needed for an order and what is not thus makes a difference on every
 * host, and an execution is the same each time.
 *
 * Of the executions that C11 has, those are left out where a store takes effect
 * before another of the same location that was executed earlier, and where a
 * load finds what is stored later in the execution; the last is why a load is
 * never moved down. A load that is moved up finds an old value.
 *
 * Noticed are: plain accesses that race with others, accesses to what was
 * freed, threads that wait for each other, and what the test itself asserts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WEAK_H
#define MSMMU_TESTS_WEAK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define WEAK_THREADS 6

/* What one thread of an execution does. */
typedef void WeakThread(void *opaque, unsigned number);

/*
 * Run @count threads from the state that there is, and return when all have
 * ended. The same @seed is the same execution.
 */
void weak_execute(uint32_t seed, unsigned count, WeakThread *thread,
                  void *opaque);

/* A number below @limit, by the seed. */
unsigned weak_random(unsigned limit);
/* Another thread may run. */
void weak_yield(void);

/*
 * What is retired is freed when all that were reading then have ended, as RCU
 * does; outside of an execution at once.
 */
void weak_read_lock(void);
void weak_read_unlock(void);
void weak_retire(void *p);

/*
 * Count what is noticed of races and freed memory, from now on, and go on; this
 * returns the count so far and begins anew. For tests of the simulation.
 */
unsigned weak_tolerate(bool tolerate);

#endif
