/*
 * A builder of VMSAv8-64 translation tables in the fake memory of a fixture.
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
#define TABLES_UNPRIV   UINT64_C(0x040)     /* AP[1] */
#define TABLES_RO       UINT64_C(0x080)     /* AP[2] */
#define TABLES_AF       UINT64_C(0x400)
#define TABLES_NG       UINT64_C(0x800)
#define TABLES_PXN      (UINT64_C(1) << 53)
#define TABLES_UXN      (UINT64_C(1) << 54)
/* A leaf that everybody may read and write, non-global, accessed. */
#define TABLES_RW       (TABLES_UNPRIV | TABLES_AF | TABLES_NG)

typedef struct Tables {
    Fixture *f;
    unsigned kb;                /* 4, 16 or 64 */
    unsigned input_bits;
    bool big_endian;
    uint64_t root;              /* the first table */
    uint64_t next;              /* where the next table goes */
} Tables;

/* Tables at @pa, which is aligned to 64 KiB, and above. */
Tables tables_new(Fixture *f, unsigned kb, unsigned input_bits, uint64_t pa);

/* The level at which a stage 1 walk starts. */
int tables_start_level(const Tables *t);
/* log2 of what one descriptor of @level spans. */
unsigned tables_shift(unsigned kb, int level);
/* log2 of the size in bytes of the first table. */
unsigned tables_root_log2(const Tables *t);

/* Where the descriptor of @level for @va is; creates the tables above it. */
uint64_t tables_slot(Tables *t, uint64_t va, int level);
/* Write @descriptor there. */
void tables_set(Tables *t, uint64_t va, int level, uint64_t descriptor);
/* OR @bits into what is there. */
void tables_or(Tables *t, uint64_t va, int level, uint64_t bits);
/* A page at level 3, else a block, at @pa with @attributes. */
void tables_map(Tables *t, uint64_t va, int level, uint64_t pa,
                uint64_t attributes);

#endif
