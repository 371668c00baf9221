/*
 * Migration to a file and from it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_STREAM_H
#define TESTS_QTEST_MSMMU_STREAM_H

#include "libqtest.h"

/* Save a machine to the file. It is stopped afterwards. */
void qstream_save(QTestState *qts, const char *path);

/* Wait for the end of a migration that was begun. */
void qstream_wait_until_saved(QTestState *qts);

/* The machine of this command line, running on from the file. */
QTestState *qstream_load(const char *args, const char *path);

/*
 * The machine of this command line refuses the file: it ends with an error,
 * and what it says matches the pattern.
 */
void qstream_expect_refusal(const char *args, const char *path,
                            const char *pattern);

#endif /* TESTS_QTEST_MSMMU_STREAM_H */
