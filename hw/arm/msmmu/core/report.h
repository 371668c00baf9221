/*
 * Reports for people and scripts: a tree of named values that the core tells
 * to whoever writes it down, in JSON for instance. So that the names are the
 * same everywhere, and no adapter needs to know a structure.
 *
 * Addresses and words are strings, "0x..."; counts and levels are numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_REPORT_H
#define MSMMU_CORE_REPORT_H

#include "internal.h"

/* In a list, and at the top, @name is NULL. */
static inline void msmmu_report_begin(MsmmuReporter *r, const char *name)
{
    r->begin(r, name, false);
}

static inline void msmmu_report_end(MsmmuReporter *r)
{
    r->end(r, false);
}

static inline void msmmu_report_begin_list(MsmmuReporter *r, const char *name)
{
    r->begin(r, name, true);
}

static inline void msmmu_report_end_list(MsmmuReporter *r)
{
    r->end(r, true);
}

static inline void msmmu_report_string(MsmmuReporter *r, const char *name,
                                       const char *value)
{
    r->string(r, name, value);
}

static inline void msmmu_report_number(MsmmuReporter *r, const char *name,
                                       uint64_t value)
{
    r->number(r, name, value);
}

static inline void msmmu_report_bool(MsmmuReporter *r, const char *name,
                                     bool value)
{
    r->boolean(r, name, value);
}

/* "0x..." */
void msmmu_report_hex(MsmmuReporter *r, const char *name, uint64_t value);
void msmmu_report_format(MsmmuReporter *r, const char *name, const char *fmt,
                         ...) G_GNUC_PRINTF(3, 4);

/* Members of what is open: who asks for what; why it is refused. */
void msmmu_report_request(MsmmuReporter *r, const MsmmuRequest *rq);
void msmmu_report_fault(MsmmuReporter *r, const MsmmuFault *fault);

#endif
