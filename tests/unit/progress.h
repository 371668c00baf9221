/*
 * Waiting for the progress of other threads. A loaded host may let one of them
 * run for a long time before the others begin: a test that needs several of
 * them at work counts what each has done, and waits for that.
 *
 * There is no limit of time here: it would be a guess about the host. What
 * runs the tests has one for each program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_PROGRESS_H
#define MSMMU_TESTS_PROGRESS_H

#include <glib.h>

/* What one thread counts, or several; others may read it at any time. */
typedef struct Progress {
    unsigned done;
} Progress;

/* One more is done. */
void progress_step(Progress *p);
unsigned progress_done(const Progress *p);
/* Wait for @count more than there are now. */
void progress_wait(const Progress *p, unsigned count);
/*
 * Until a step was taken from its beginning to its end after this call began,
 * by one of the @threads that count together: all may be in the middle of one.
 */
void progress_wait_whole(const Progress *p, unsigned threads);

#endif
