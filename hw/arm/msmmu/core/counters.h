/*
 * What is counted of each stream, and the last transactions that were
 * terminated: for people, without effect on anything.
 *
 * Counting costs a load and a store, unordered and without a lock: where two
 * threads make transactions of one stream at the same moment, one of them may
 * not be counted. Counters belong to a StreamID, so they stay when its
 * configuration is invalidated; they begin again with the reset of the
 * instance, and do not migrate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_COUNTERS_H
#define MSMMU_CORE_COUNTERS_H

#include "explain.h"

/* StreamIDs that have counters of their own; the others share one set. */
#define MSMMU_COUNTED_STREAMS 1024
/* Terminated transactions that are remembered. */
#define MSMMU_REMEMBERED_FAULTS 16
#define MSMMU_EVENT_TYPES 0x26

struct MsmmuStreamCounters {
    uint64_t transactions;      /* while SMMUEN is 1, terminated ones too */
    uint64_t terminated;
    uint64_t faults[MSMMU_EVENT_TYPES]; /* by event type; recorded or not */
    uint64_t leaves[2][3][4];   /* of walks: by stage - 1, granule, level */
    uint64_t contiguous[2][3][4];       /* of them, with the Contiguous bit */
    uint64_t refused[3];        /* by granule that TG names and is not here */
};

/* A transaction that was terminated. */
typedef struct MsmmuTermination {
    uint64_t number;            /* counted from 1 */
    int64_t time_us;            /* since the beginning of 1970, UTC */
    MsmmuRequest rq;
    MsmmuFault fault;           /* of type 0: no event stands for it */
    bool recorded;              /* the fault was to be recorded */
    bool abort;                 /* else RAZ/WI */
    MsmmuExplanation *explanation;      /* as things were then, or NULL */
} MsmmuTermination;

typedef struct MsmmuCounters {
    GMutex lock;
    GHashTable *streams;        /* StreamID -> MsmmuStreamCounters */
    MsmmuStreamCounters others;
    uint64_t terminations;
    MsmmuTermination last[MSMMU_REMEMBERED_FAULTS];     /* a ring */
    MsmmuExplanation *spare;    /* of the last that fell out, or NULL */
} MsmmuCounters;

void msmmu_counters_init(Msmmu *m);
void msmmu_counters_free(Msmmu *m);
/* All are zero, nothing is remembered. */
void msmmu_counters_reset(Msmmu *m);

/* The counters of @sid, valid for the life of the instance. */
MsmmuStreamCounters *msmmu_counters_of(Msmmu *m, uint32_t sid);

/* An explanation that nobody needs any more, or NULL: it is the caller's. */
MsmmuExplanation *msmmu_counters_take_spare(Msmmu *m);

/*
 * The transaction of @rq was terminated; its counters are @counters. Takes over
 * how->explanation.
 */
void msmmu_counters_terminated(Msmmu *m, const MsmmuRequest *rq,
                               MsmmuStreamCounters *counters,
                               const MsmmuTermination *how);

/* @rq's structures name granules that the instance lacks: 1 << MsmmuGranule */
void msmmu_counters_refused(Msmmu *m, const MsmmuRequest *rq,
                            unsigned granules);

static inline void msmmu_count(uint64_t *counter)
{
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + 1,
                     __ATOMIC_RELAXED);
}

/* Whether @rq is a transaction, and not part of one that was counted. */
static inline bool msmmu_is_counted(const MsmmuRequest *rq)
{
    return !(rq->probe | rq->continued);
}

/* A leaf of @stage at @level, 0 to 3, was walked to. */
static inline __attribute__((always_inline))
void msmmu_count_leaf(MsmmuStreamCounters *counters, unsigned stage,
                      MsmmuGranule granule, unsigned level, bool contiguous)
{
    msmmu_count(&counters->leaves[stage - 1][granule][level]);
    if (contiguous) {
        msmmu_count(&counters->contiguous[stage - 1][granule][level]);
    }
}

#endif
