/*
 * The short way of a transaction (msmmu_miss(), msmmu_quick()) against the full
 * one (msmmu_translate_in_full()) on another instance whose caches are empty.
 *
 * That other one tells each step to a recorder, so that it takes no short way
 * itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WAYS_H
#define MSMMU_TESTS_WAYS_H

#include "pair.h"

typedef enum WaysKind {
    WAYS_PAGES,                 /* stage 1 with the granule of 4KB */
    WAYS_STAGE1,                /* with another one */
    WAYS_STAGE2,
    WAYS_NESTED,
    WAYS_KINDS,
} WaysKind;

typedef enum Way {
    WAY_TLB,                    /* short: by what the TLB has, */
    WAY_TABLE,                  /* by a table that the walk cache has, */
    WAY_WALK,                   /* by a walk from the first table on */
    WAY_FULL,                   /* left over, and then forwarded */
    WAY_REFUSED,                /* left over, and then terminated */
    WAYS,
} Way;

typedef struct Ways {
    unsigned taken[WAYS_KINDS][WAYS];
    /* By a table, of pages of 4KB that the TLB lacked at first glance. */
    unsigned glances;
    unsigned updates;
} Ways;

/* One who is told of steps, and forgets them. */
extern MsmmuRecorder ways_recorder;

/*
 * @rq on both instances of @p, by both ways. What was cached in the first goes
 * when a descriptor is updated, as it may be one of several levels.
 */
void ways_compare(Ways *w, Pair *p, const MsmmuRequest *rq);

/* How often each was taken, as a message. */
void ways_tell(const Ways *w);
/* How often a short one was taken, of any kind. */
unsigned ways_short(const Ways *w);
/* Each way of each kind was taken as often as this, or more often. */
void ways_assert(const Ways *w, unsigned least);

#endif
