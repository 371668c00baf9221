/*
 * The parts of an explanation (explain.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_EXPLAIN_H
#define MSMMU_CORE_EXPLAIN_H

#include "report.h"

/* explain.c: what comes of a transaction, and why, as it was at that time. */
typedef struct MsmmuExplanation MsmmuExplanation;

/* In place of @old, whose memory is used again; NULL for none. */
MsmmuExplanation *msmmu_explanation_new(Msmmu *m, const MsmmuRequest *rq,
                                        MsmmuExplanation *old);
void msmmu_explanation_free(MsmmuExplanation *e);
void msmmu_explanation_report(const MsmmuExplanation *e,
                              const MsmmuRequest *rq, MsmmuReporter *r);

/* explain_fields.c: the fields of what was fetched, as a list "fields". */
void msmmu_explain_fields(const MsmmuStep *step, MsmmuReporter *r);

/* explain_steps.c: a step as an object of a list. */
void msmmu_explain_step(const MsmmuStep *step, MsmmuReporter *r);
/* The same file: members for where a block of addresses goes, and who may. */
void msmmu_explain_mapping(uint64_t input, uint64_t output, unsigned size_log2,
                           const uint8_t perms[2], MsmmuReporter *r);

/*
 * explain_caches.c: the object "caches": what is cached, where that is not what
 * memory holds, and what comes of it then. Arrays of MsmmuStep: all of them
 * from memory, and those from the caches that were cached.
 */
void msmmu_explain_caches(const MsmmuEnd *memory, const MsmmuEnd *caches,
                          const GArray *steps, const GArray *cached,
                          MsmmuReporter *r);

/* explain.c: the members that say what comes of @rq. */
void msmmu_explain_end(const MsmmuEnd *end, MsmmuReporter *r);

#endif
