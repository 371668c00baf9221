/*
 * A naive model of one transaction through an SMMUv3 instance.
 *
 * Written from the specifications alone (IHI 0070 G.b, DDI 0487), with none of
 * the core's code, so that a misreading in one shows against the other: the ID
 * registers, the control registers, guest memory and a transaction in, what
 * must come of it out. Nothing is cached, nothing is fast.
 *
 * Where the specification lets an implementation choose between outcomes, the
 * model chooses as docs/devel/implementation-defined.rst says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_H
#define MSMMU_TESTS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "coverage.h"
#include "memory.h"

/* ---- The instance: ID and control registers (chapter 6) ----------------- */

typedef struct OracleId {
    /* IDR0 */
    bool s1p, s2p, aa32, aa64, hyp, asid16, vmid16, cd2l, st_level;
    bool term_model;
    unsigned httu;              /* 0 none, 1 access, 2 dirty, 3 tables */
    unsigned stall_model;
    unsigned ttendian;          /* 0 mixed, 2 little, 3 big */
    /* IDR1 */
    unsigned ssidsize, sidsize;
    bool types_ovr, perms_ovr;
    /* IDR3 */
    bool had, xnx, stt, fwb, e0pd, epan, mteperm, ptwnnc;
    /* IDR5 */
    bool gran4k, gran16k, gran64k, ds;
    unsigned vax;
    unsigned oas;               /* in bits */
    /* AIDR */
    unsigned minor;
} OracleId;

typedef struct Oracle {
    OracleId id;
    uint32_t cr0;
    uint32_t cr2;
    uint32_t gbpa;
    uint64_t strtab_base;
    uint32_t strtab_cfg;
    OracleMemory *memory;
    OracleCoverage *coverage;
    bool trace;                 /* print what is fetched */
} Oracle;

/* Read everything that the model needs to know of @m from its registers. */
void oracle_read_registers(Oracle *o, Msmmu *m);

/* ---- What must come of it ----------------------------------------------- */

/* A descriptor that hardware updates, as the doubleword in memory. */
typedef struct OracleChange {
    uint64_t pa;
    uint64_t changed;
} OracleChange;

#define ORACLE_CHANGES 64

typedef struct OracleOutcome {
    MsmmuDisposition disposition;
    bool recorded;
    uint64_t record[4];

    /* If forwarded */
    uint64_t pa;
    unsigned size_log2;         /* the largest that may be answered */
    unsigned perms;
    unsigned perms_stale;       /* may be missing if cached before */
    uint8_t memory_type;
    uint8_t shareability;

    OracleChange changes[ORACLE_CHANGES];
    unsigned change_count;
    unsigned probed_updates;    /* that a probe would have led to */

    /* Not NULL: the specification says too little to compare. */
    const char *open;
} OracleOutcome;

/* Write @out: what becomes of @rq. Guest memory is not changed. */
void oracle_translate(const Oracle *o, const MsmmuRequest *rq,
                      OracleOutcome *out);

/*
 * How many bits of input address the context of @rq translates in its lower
 * half (or only range) and upper half; 0 for none. To choose interesting
 * addresses with.
 */
void oracle_input_sizes(const Oracle *o, const MsmmuRequest *rq,
                        unsigned bits[2]);

#endif
