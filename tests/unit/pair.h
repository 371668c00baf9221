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

/* ---- The guest ---- */

/* Another word of it, anywhere. */
void pair_change_tables(Pair *p);
/* Of one of its streams and of its addresses, or somewhere near. */
MsmmuRequest pair_request(Pair *p);

typedef void PairTransact(Pair *p, void *opaque);

/*
 * The life of a guest, on instances of its own, which update descriptors if
 * @updating: @rounds of other streams, with so many @transactions each. Both
 * are to have the same tables at its end.
 */
void pair_run(Pair *p, bool updating, unsigned rounds, unsigned transactions,
              PairTransact *transact, void *opaque);

/* ---- Both ---- */

/* @f is to forget its translations. */
void pair_forget_translations(Fixture *f);

void pair_assert_same(const MsmmuResult *a, const MsmmuResult *b);
/* Takes them. */
void pair_assert_same_events(Pair *p);

#endif
