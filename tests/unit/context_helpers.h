/*
 * What the tests of context.c share: an instance with one stream, whose STE
 * and CD are tried one after the other. The cache is not involved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_CONTEXT_HELPERS_H
#define MSMMU_TESTS_CONTEXT_HELPERS_H

#include "config_tables.h"
#include "context.h"

/* The stream, and where its CD is if nothing else is said. */
#define SID 3
#define CD_PA UINT64_C(0x7000)

/* The default instance, and one with other features. */
Fixture *new_fixture(void);
Fixture *new_fixture_with(unsigned granules, unsigned oas, int minor);
/* The same with all that @config says. */
Fixture *new_fixture_of(const MsmmuConfig *config);

/* An instance that has everything there is, with 52-bit addresses. */
MsmmuConfig full_config(void);

/* The outcome for @rq. @cd NULL: what is at S1ContextPtr stays. */
MsmmuStatus fetch(Fixture *f, const MsmmuRequest *rq, const ConfigWords *ste,
                  const ConfigWords *cd, MsmmuContext *ctx,
                  MsmmuFault *fault);

/* The type of the fault that a transaction ends with, or 0. */
unsigned fault_of(Fixture *f, const ConfigWords *ste, const ConfigWords *cd);
/* The same, with an STE that is legal. */
unsigned cd_fault(Fixture *f, const ConfigWords *cd);

/* The context of a stage 1 stream with @cd, which must be legal. */
MsmmuContext decoded(Fixture *f, const ConfigWords *cd);

/* The context of a stream that translates, without a CD if it is NULL. */
MsmmuContext decoded_ste(Fixture *f, const ConfigWords *ste,
                         const ConfigWords *cd);

/* Whether all that was decoded is the same. */
bool same_context(const MsmmuContext *a, const MsmmuContext *b);

/*
 * {HA, HD, HAFT} of either stage, and what becomes of them by IDR0.HTTU: 1 for
 * the Access flag, 2 the dirty state, 4 Table descriptors; -1: ILLEGAL.
 */
#define HTTU_CASES 7
extern const struct HttuCase {
    unsigned ha, hd, haft;
    int updates[4];
} httu_cases[HTTU_CASES];

#endif
