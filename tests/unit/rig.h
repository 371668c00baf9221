/*
 * An enabled instance with one stream, and transactions of it from end to end:
 * registers, STE, CD and tables in memory, events as software reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_RIG_H
#define MSMMU_TESTS_RIG_H

#include "config_tables.h"
#include "fixture.h"
#include "tables.h"

/* Where its tables are. */
#define TABLES_AT UINT64_C(0x40000000)
/* The stream that a rig sets up. */
#define SID 5

/* Bits of a CD's first word (5.4) */
#define CD_BIT(n) (UINT64_C(1) << (n))
enum { EPD1 = 30, AFFD = 35, WXN = 36, TBI0 = 38, TBI1 = 39, PAN = 40,
       R = 45, A = 46 };

/* Word 1 of an event: CLASS[41:40] S2[39] RnW[35] InD[34] PnU[33] */
#define CLASS_TT (UINT64_C(1) << 40)
#define CLASS_IN (UINT64_C(2) << 40)
#define RNW (UINT64_C(1) << 35)
#define IND (UINT64_C(1) << 34)
#define PNU (UINT64_C(1) << 33)

typedef struct Rig {
    Fixture *f;
    Tables t;
    ConfigWords cd;
} Rig;

/* All granules, and output addresses of @oas_bits. */
MsmmuConfig rig_config(unsigned oas_bits);

/* The stream has 4KB tables for 48 bits of address, and ASID 1. */
Rig rig_new_with(const MsmmuConfig *config);
Rig rig_new(unsigned oas_bits);
/* No event may be left. */
void rig_free(Rig *r);

MsmmuRequest reading(uint64_t iova);
MsmmuRequest writing(uint64_t iova);
MsmmuResult translate(Rig *r, MsmmuRequest rq);

/* @rq is forwarded to @pa. */
void expect_pa(Rig *r, MsmmuRequest rq, uint64_t pa);
/* The oldest event, which is taken. */
void expect_event(Rig *r, uint64_t word0, uint64_t word1, uint64_t word2,
                  uint64_t word3);
/* @rq is terminated as @how, and recorded as @type with @word1 and @word3. */
void expect_fault(Rig *r, MsmmuRequest rq, MsmmuDisposition how, uint8_t type,
                  uint64_t word1, uint64_t word3);

#endif
