/*
 * A second, naive stage 1 walk, written from chapter D8 of the Arm ARM and
 * sections 3.4, 5.4, 7.3.22 and 13.1 of IHI 0070 alone. It shares nothing with
 * the core; tests compare the two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_WALK_H
#define MSMMU_TESTS_ORACLE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* What a CD says, and the StreamWorld. */
typedef struct OracleCd {
    unsigned kb[2];             /* granules: 4, 16 or 64 */
    unsigned txsz[2];
    bool epd[2];
    bool tbi[2];
    bool had[2];
    uint64_t ttb[2];
    unsigned output_bits;       /* effective IPS */
    bool big_endian;
    bool affd;
    bool wxn;
    bool pan;
    bool epan;
    bool el2;                   /* one privilege level, one range */
    uint64_t mair;
} OracleCd;

/* Reads 8 bytes as they are in memory; false aborts. */
typedef bool OracleRead(void *opaque, uint64_t pa, uint8_t bytes[8]);

enum {
    ORACLE_R = 1, ORACLE_W = 2, ORACLE_X = 4,
};

typedef struct OracleResult {
    unsigned event;             /* number of 7.3, or 0 */
    uint64_t fetch_pa;          /* with event 0x0b */
    uint64_t pa;                /* the rest with event 0 */
    unsigned level;
    unsigned size_log2;
    unsigned unpriv;            /* ORACLE_* */
    unsigned priv;
    bool global;
    unsigned mair_attr;
    unsigned shareability;      /* 0, 2, 3 */
} OracleResult;

OracleResult oracle_walk(const OracleCd *cd, uint64_t va, OracleRead *read,
                         void *opaque);

#endif
