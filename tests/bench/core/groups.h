/*
 * What is measured of the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_GROUPS_H
#define MSMMU_BENCH_GROUPS_H

#include "bench.h"

/* hits.c: cached translations, by working set, instances and streams */
void bench_hits(Bench *b);
/* misses.c: walks, configurations, faults */
void bench_misses(Bench *b);
/* commands.c: invalidations */
void bench_commands(Bench *b);

#endif
