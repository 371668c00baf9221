/*
 * Two instances with the same random guest: one that keeps what it caches, and
 * one that is made to forget it.
 *
 * Streams share ASID, VMID and tables, and differ in little else. All tables
 * are in one small arena, so that any descriptor may be of any level, and of
 * both stages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_PAIR_H
#define MSMMU_TESTS_PAIR_H

#include "random_config.h"

#define PAIR_STREAMS 8
#define PAIR_ADDRESSES 10

enum { KEEPS, WALKS, PAIR };

typedef struct Pair {
    Fixture *f[PAIR];
    GRand *r;
    uint64_t address[PAIR_ADDRESSES];
} Pair;

/* Numbers that differ with each run, or are those of $MSMMU_SEED. */
GRand *pair_random(void);

/* Enabled, with the same CR2.E2H and without tables. */
void pair_new(Pair *p, const MsmmuConfig *config);
void pair_free(Pair *p);

/* ---- The guest ---- */

/* Fill the arena. @young: most of it was never accessed. */
void pair_put_tables(Pair *p, bool young);
/* Another word of it, anywhere. */
void pair_change_tables(Pair *p);
/*
 * Streams with variants of one STE and of one CD. Where a CD is in IPA space,
 * it is whatever stage 2 leads to.
 */
void pair_put_streams(Pair *p);
/* Look for addresses that can be read, without a trace: how many there are. */
unsigned pair_aim(Pair *p);

/* One of them, of one of the addresses or somewhere near. */
MsmmuRequest pair_request(Pair *p);

/* ---- Both ---- */

/* @f is to forget its translations. */
void pair_forget_translations(Fixture *f);

void pair_assert_same(const MsmmuResult *a, const MsmmuResult *b);
/* Takes them. */
void pair_assert_same_events(Pair *p);
/* In all of the arena. */
void pair_assert_same_tables(Pair *p);

#endif
