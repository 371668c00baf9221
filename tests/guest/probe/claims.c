/*
 * Claims: what must be so, and whether it is
 *
 * A job that judges for itself, since only it knows what was to be, makes one
 * record for each thing that must be so:
 *
 *     {"kind":"claim","about":"0001:00:01.0","name":"...","result":"ok",
 *      "detail":"..."}
 *
 * "result" is "ok", "not ok" or "skip". The name is the same whatever came of
 * it, and no two claims about one thing have the same. The detail is what was
 * found, or why there was nothing to find.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdarg.h>
#include <stdio.h>

#include "claims.h"
#include "probe.h"

#define DETAIL_BYTES 300

static int failed;

static void report(const char *about, const char *name, const char *result,
                   const char *format, va_list list)
{
    char detail[DETAIL_BYTES];
    Record record;

    vsnprintf(detail, sizeof(detail), format, list);
    record_begin(&record, "claim");
    record_text(&record, "about", about);
    record_text(&record, "name", name);
    record_text(&record, "result", result);
    record_text(&record, "detail", detail);
    record_end(&record);
}

/* It is so, or it is not. Returns @good; the detail may be "". */
bool claim(const char *about, const char *name, bool good,
           const char *format, ...)
{
    va_list list;

    failed += !good;
    va_start(list, format);
    report(about, name, good ? "ok" : "not ok", format, list);
    va_end(list);
    return good;
}

/* It could not be tried, and why. */
void claim_skip(const char *about, const char *name, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    report(about, name, "skip", format, list);
    va_end(list);
}

/* How many were not so, in this process */
int claims_failed(void)
{
    return failed;
}
