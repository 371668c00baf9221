/*
 * Transactions to be measured: which of them, in which order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_ACCESS_H
#define MSMMU_BENCH_ACCESS_H

#include "world.h"

typedef enum AccessPattern {
    ACCESS_RANDOM,
    ACCESS_CYCLIC,
    ACCESS_SHUFFLED,            /* each once, and again in the same order */
} AccessPattern;

extern const char *const access_pattern_names[];

/* Where one of them goes. */
typedef struct AccessStep {
    uint32_t page;
    uint16_t stream;
    uint16_t world;
} AccessStep;

typedef struct Access {
    World **worlds;
    AccessStep *steps;
    unsigned length;
    unsigned at;                /* where the next begins */
} Access;

/* Over all pages and streams of @count worlds that are alike. */
Access *access_new(World **worlds, unsigned count, AccessPattern pattern);
void access_free(Access *a);

/* The next transactions; each must be forwarded. For BenchCase.run. */
void access_run(void *data, unsigned long operations);

#endif
