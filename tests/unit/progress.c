/*
 * Waiting for the progress of other threads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "progress.h"

/* Short: on a host that is idle, most of a wait is this. */
#define NAP_US 20

void progress_step(Progress *p)
{
    __atomic_add_fetch(&p->done, 1, __ATOMIC_RELEASE);
}

unsigned progress_done(const Progress *p)
{
    return __atomic_load_n(&p->done, __ATOMIC_ACQUIRE);
}

/*
 * It sleeps, and does not only yield: what waits uses up none of the time that
 * a loaded host gives to the test.
 */
void progress_wait(const Progress *p, unsigned count)
{
    unsigned before = progress_done(p);

    while (progress_done(p) - before < count) {
        g_usleep(NAP_US);
    }
}

void progress_wait_whole(const Progress *p, unsigned threads)
{
    progress_wait(p, threads + 1);
}
