/*
 * A stream whose structures are broken in several ways at once, and which event
 * a transaction of it records: the first of IHI 0070 7.3.22, whole, as 7.3 and
 * 5.5 have it. What is said here is from the specification alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_EVENT_CASE_H
#define TESTS_QTEST_MSMMU_EVENT_CASE_H

#include "config.h"
#include "engine.h"

#define SID 0x10
#define NOWHERE 0x3f000000ULL
#define IOVA 0x0040201000ULL        /* index 1 at levels 1, 2 and 3 */
#define LEVELS 3
#define PAGE 0x1000ULL
#define OUTPUT_BITS 44
#define BEYOND (1ULL << 46)         /* the output size */
#define BEYOND_S2 (1ULL << 41)      /* the input size of stage 2 */
#define ADDRESS 0x0000fffffffff000ULL
#define AP_NONE (3ULL << 6)         /* stage 1: the bits of AP[2:1] */
#define XN_S1 (3ULL << 53)
#define XN_S2 (2ULL << 53)
#define MEV (1ULL << 19)
#define PNU (1ULL << 33)
#define IND (1ULL << 34)
#define RNW (1ULL << 35)
#define S2 (1ULL << 39)
#define CLASS(n) ((uint64_t)(n) << 40)
#define TTRNW (1ULL << 44)

enum { CLASS_CD, CLASS_TT, CLASS_IN };

/* What is in IPA space, if there is any: each page in a GiB of its own */
enum { P_L1CD, P_CD, P_TABLE1, P_TABLE2, P_TABLE3, P_DATA, PAGES };

/* How a descriptor is broken: in the order of 7.3.22 */
enum {
    B_ABORT = 1,                /* fetching it */
    B_INVALID = 2,
    B_SIZE = 4,
    B_ACCESS = 8,
    B_PERMISSION = 16,
    B_NO_READ = 32,             /* of a leaf of stage 2: may be written */
    B_NO_WRITE = 64,            /* the reverse */
    B_CLEAN = 128,              /* of a leaf of stage 1 */
};

typedef struct EventCase {
    bool s1, s2, two_level;
    unsigned privcfg, instcfg, s1dss;
    bool a, r, s2r, mev, ha, hd, s2ha;
    /* the transaction */
    unsigned op;
    uint32_t attr;
    uint64_t iova;
    /* breakages */
    bool sid_out, ste_abort, ste_v, ste_config0;
    bool l1cd_abort, l1cd_v, l2ptr_size;
    bool cd_abort, cd_v;
    bool ipa_out;
    unsigned s1_level[LEVELS + 1];
    unsigned s2_level[PAGES][LEVELS + 1];
} EventCase;

typedef struct EventExpected {
    bool fault;
    unsigned type;
    bool related;               /* S2, CLASS, access are there */
    bool stage2;
    unsigned class;
    uint64_t word3;
    bool lacks_read;
    bool update;                /* TTRnW = 0 */
    bool nowhere;               /* forwarded, and there is no memory */
} EventExpected;

static inline uint64_t ipa_of(unsigned page)
{
    return (uint64_t)(page + 1) << 30 | (uint64_t)(page + 1) << 21 |
           (uint64_t)(page + 1) << 14;
}

static inline uint32_t ssid_of(const EventCase *c)
{
    return c->attr & 1u << 20 ? c->attr & 0xfffff : 0;
}

static inline bool has_ssid(const EventCase *c)
{
    return c->attr & 1u << 20;
}

static inline bool is_atomic(const EventCase *c)
{
    return c->op >= QOP_ADD;
}

static inline bool is_write(const EventCase *c)
{
    return c->op == QOP_WRITE || is_atomic(c);
}

static inline bool is_privileged(const EventCase *c)
{
    return c->privcfg >= 2 ? c->privcfg == 3 : !!(c->attr & QATTR_PRIV);
}

static inline bool is_instruction(const EventCase *c)
{
    bool inst = c->instcfg >= 2 ? c->instcfg == 3 : !!(c->attr & QATTR_INST);

    return inst && !is_write(c);
}

static inline uint64_t cd_offset(const EventCase *c)
{
    return (ssid_of(c) & (c->two_level ? 63 : 255)) * 64;
}

/*
 * What comes of @c: true for an event, unless A, R and S2R say otherwise. If
 * not, it is forwarded, or aborted in silence.
 */
bool event_case_expect(const EventCase *c, EventExpected *x);

/* How the engine's job ends (QSTATUS_*), and whether it is recorded (5.5) */
bool event_case_ends(const EventCase *c, const EventExpected *x,
                     unsigned *status);

/* The record */
void event_case_words(const EventCase *c, const EventExpected *x, uint32_t sid,
                      uint64_t want[4]);

#endif /* TESTS_QTEST_MSMMU_EVENT_CASE_H */
