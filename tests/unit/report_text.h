/*
 * Reports of the core as text, for tests to compare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_REPORT_TEXT_H
#define MSMMU_TESTS_REPORT_TEXT_H

#include "core.h"

typedef struct ReportText {
    MsmmuReporter reporter;
    GString *all;               /* a line for each value, indented */
    GString *texts;             /* the values called "text", a line each */
    unsigned depth;
} ReportText;

void report_text_init(ReportText *t);
void report_text_free(ReportText *t);

/* Fails the test, and prints both, unless @actual is @expected. */
void report_text_expect(const char *actual, const char *expected);

/* The value of the first line that is "NAME: ...", or NULL; to be freed. */
char *report_text_value(const ReportText *t, const char *name);

#endif
