/*
 * One stage of translation alone, for tests: through tables that tables.c
 * built, from a configuration that says the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WALKS_H
#define MSMMU_TESTS_WALKS_H

#include "tables.h"
#include "walk.h"

MsmmuGranule walks_granule(unsigned kb);

/*
 * Stage 1 with both halves of the addresses, or stage 2, through @t. The output
 * size is what descriptors can hold: 52 bits if @t is wide, else 48.
 */
MsmmuContext walks_context(const Tables *t);
MsmmuStage2 walks_stage2(const Tables *t);

/* Stage 1 of @ctx for @va; permissions are not checked. */
MsmmuStatus walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                        MsmmuTranslation *out, MsmmuFault *fault);

/*
 * What a transaction finds for @va is what walk_stage1() found, @status, with
 * *@t or *@fault, if it permits that: read, written, by either privilege.
 */
void walk_expect_translations(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuStatus status, const MsmmuTranslation *t,
                              const MsmmuFault *fault);

/* Stage 2, for a read that is privileged. */
MsmmuStatus walk_stage2(Msmmu *m, const MsmmuStage2 *s2, uint64_t ipa,
                        MsmmuLeaf *leaf, MsmmuFault *fault);

/* ---- One stage and its tables, whichever it is ---- */

/* Events (IHI 0070 7.3) */
enum {
    F_WALK_EABT = 0x0b,
    F_TRANSLATION = 0x10,
    F_ADDR_SIZE = 0x11,
    F_ACCESS = 0x12,
    F_PERMISSION = 0x13,
};

/* Where tables go, 1 MiB and more apart. */
#define WALKS_AT UINT64_C(0x40000000)

typedef struct Stage {
    unsigned number;            /* 1 or 2 */
    Fixture *f;
    Tables t;
    /* Either is valid. */
    MsmmuContext s1;
    MsmmuStage2 s2;
} Stage;

/* Stage @number with tables at WALKS_AT, in memory that is wiped. */
Stage stage_new(Fixture *f, unsigned number, unsigned kb, unsigned input_bits,
                int start_level);
/* The same for tables that are at hand. */
Stage stage_of(unsigned number, const Tables *t);

/*
 * Have what follows from its configuration follow: where a test calls the core
 * itself, after the last change. What is called stage_ or walk_ here does so.
 */
void stage_prepare(Stage *s);

/* What the stage's tables have in common, to be changed. */
MsmmuTables *stage_tables(Stage *s);
/* TABLES_RW or TABLES_S2_RW. */
uint64_t stage_rw(const Stage *s);
/* A leaf of @level for @input, with stage_rw(). */
void stage_map(Stage *s, uint64_t input, int level, uint64_t output);

/* A walk for @input ends at 2^@size_log2 bytes at @first. */
void stage_expect(const Stage *s, uint64_t input, uint64_t first,
                  unsigned size_log2);
/* The same, with a leaf of @level. */
void stage_expect_leaf(const Stage *s, uint64_t input, uint64_t first,
                       unsigned size_log2, int level);
/*
 * A walk for @input faults, with all fields as 7.3 says. @fetch_address is that
 * of an F_WALK_EABT, else 0.
 */
void stage_expect_fault(const Stage *s, uint64_t input, uint8_t type,
                        uint64_t fetch_address);

/* Have @function test /msmmu/walk/s@stage-@claim; its data is @stage. */
void stage_add_test(const char *claim, unsigned stage, GTestDataFunc function);

#endif
