/*
 * TLBI commands on instances with different features: what each one names as
 * invalid, or that it is illegal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_TLBI_H
#define MSMMU_TESTS_TLBI_H

#include "fixture.h"

/* What an instance has, and CR2.E2H. */
enum {
    S2 = 1 << 0,                /* besides stage 1 */
    HYP = 1 << 1,
    ID8 = 1 << 2,               /* 8-bit ASIDs and VMIDs */
    NO_RIL = 1 << 3,
    DS = 1 << 4,
    E2H = 1 << 5,
    NO_16K = 1 << 6,
    NO_4K = 1 << 7,
};

/* An instance that @has these, its Command queue on */
Fixture *tlbi_instance(unsigned has);

typedef struct TlbiCase {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    MsmmuInvalidation expect;
} TlbiCase;

/* The command was CERROR_ILL, and the queue stopped at it. */
void tlbi_check_illegal(Fixture *f);
void tlbi_check_consumed(Fixture *f);

/* Every field that the scope has, and no other. */
void tlbi_check_invalidation(const MsmmuInvalidation *is,
                             const MsmmuInvalidation *expect);

/* Each case, with one invalidation, on an instance of its own */
void tlbi_check_cases(const TlbiCase *cases, size_t count, unsigned has);
#define CHECK(cases, has) tlbi_check_cases(cases, G_N_ELEMENTS(cases), has)

/* Legal, and naming nothing that an entry could have. */
void tlbi_check_nothing(const uint64_t words[][2], size_t count,
                        unsigned has);

#endif
