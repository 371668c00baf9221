/*
 * A builder of VMSAv8-64 and VMSAv8-32 LPAE translation tables in the fake
 * memory of a fixture, for either stage.
 *
 * It is naive: every number is written out from the Arm ARM's tables, and
 * nothing of the core's is used. Descriptors are given as whole words, so that
 * tests can build what is wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_TABLES_H
#define MSMMU_TESTS_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "fixture.h"

/* Words of a leaf: attributes without address. */
#define TABLES_PAGE     UINT64_C(0x003)     /* Page: bits[1:0] = 0b11 */
#define TABLES_BLOCK    UINT64_C(0x001)     /* Block: bits[1:0] = 0b01 */
#define TABLES_AF       UINT64_C(0x400)
#define TABLES_NT       (UINT64_C(1) << 16)
#define TABLES_DBM      (UINT64_C(1) << 51)
#define TABLES_CONT     (UINT64_C(1) << 52)

/* Stage 1 */
#define TABLES_UNPRIV   UINT64_C(0x040)     /* AP[1] */
#define TABLES_RO       UINT64_C(0x080)     /* AP[2] */
#define TABLES_NG       UINT64_C(0x800)
#define TABLES_PXN      (UINT64_C(1) << 53)
#define TABLES_UXN      (UINT64_C(1) << 54)
/* A leaf that everybody may read and write, non-global, accessed. */
#define TABLES_RW       (TABLES_UNPRIV | TABLES_AF | TABLES_NG)

/* Stage 2 */
#define TABLES_S2_READ  UINT64_C(0x040)     /* S2AP[0] */
#define TABLES_S2_WRITE UINT64_C(0x080)     /* S2AP[1] */
#define TABLES_S2_WB    UINT64_C(0x03c)     /* MemAttr 0b1111: Normal iWB-oWB */
#define TABLES_S2_XN    (UINT64_C(1) << 54) /* XN, or XN[1] */
#define TABLES_S2_XN_0  (UINT64_C(1) << 53) /* XN[0] */
/* A leaf that everybody may read, write and execute, accessed. */
#define TABLES_S2_RW    (TABLES_S2_READ | TABLES_S2_WRITE | TABLES_S2_WB | \
                         TABLES_AF)

typedef struct Tables Tables;

struct Tables {
    Fixture *f;
    unsigned kb;                /* 4, 16 or 64 */
    unsigned input_bits;
    int start_level;
    bool big_endian;
    /*
     * Addresses have 52 bits, where they are not of the table alone: DS with
     * 4KB and 16KB, FEAT_LPA with 64KB.
     */
    bool wide;
    /*
     * NULL, or the stage 2 that these stage 1 tables are behind: their
     * addresses are IPAs, which it must map before they are written.
     */
    const Tables *through;
    uint64_t root;              /* the first table */
    uint64_t next;              /* where the next table goes */
};

/*
 * Tables of stage 1 at @pa, which is aligned to 64 KiB, and above. @input_bits
 * above 48 make them wide; set it for wide tables with smaller inputs.
 */
Tables tables_new(Fixture *f, unsigned kb, unsigned input_bits, uint64_t pa);

/*
 * Tables of stage 2, or of any stage with its first level chosen. Up to 16
 * first tables are concatenated at @pa, which is aligned to all of them (1 MiB
 * will do).
 */
Tables tables_new_at_level(Fixture *f, unsigned kb, unsigned input_bits,
                           int start_level, uint64_t pa);

/* log2 of what one descriptor of @level, -1 to 3, spans; 0: no such level. */
unsigned tables_shift(unsigned kb, int level);
/* log2 of the size in bytes of the first table, or tables. */
unsigned tables_root_log2(const Tables *t);
/* Whether the Arm ARM has leaves of @level, in tables that are @wide. */
bool tables_has_leaf(unsigned kb, int level, bool wide);

/* @address as the bits of a descriptor. */
uint64_t tables_address(const Tables *t, uint64_t address);

/* Where the descriptor of @level for @va is; creates the tables above it. */
uint64_t tables_slot(Tables *t, uint64_t va, int level);
/* Write @descriptor there. */
void tables_set(Tables *t, uint64_t va, int level, uint64_t descriptor);
/* What is there. */
uint64_t tables_get(Tables *t, uint64_t va, int level);
/* OR @bits into what is there. */
void tables_or(Tables *t, uint64_t va, int level, uint64_t bits);
/* A page at level 3, else a block, at @pa with @attributes. */
void tables_map(Tables *t, uint64_t va, int level, uint64_t pa,
                uint64_t attributes);

/* Where these tables lead @input, which they must map. */
uint64_t tables_output(const Tables *t, uint64_t input);

/* ---- What the Arm ARM allows ---- */

typedef enum TablesNeed {
    TABLES_ALWAYS,
    TABLES_WIDE,                /* needs 52-bit inputs: DS, FEAT_LVA or LPA */
    TABLES_SMALL,               /* needs FEAT_TTST */
} TablesNeed;

/* Inputs of 64 - @txsz_max to 64 - @txsz_min bits start at @level. */
typedef struct TablesStart {
    unsigned kb;
    int level;
    unsigned txsz_min;
    unsigned txsz_max;
    TablesNeed need;
} TablesStart;

/* Stage 1: Tables D8-18, D8-28, D8-37. */
extern const TablesStart tables_stage1_starts[];
extern const unsigned tables_stage1_starts_count;
/* Stage 2: Tables D8-20 to D8-24, D8-30 to D8-33, D8-39 to D8-41. */
extern const TablesStart tables_stage2_starts[];
extern const unsigned tables_stage2_starts_count;

#endif
