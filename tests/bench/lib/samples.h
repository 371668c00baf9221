/*
 * What can be said of a series of samples.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_SAMPLES_H
#define MSMMU_BENCH_SAMPLES_H

#include <glib.h>

typedef struct Summary {
    double median;
    double q1;                  /* a quarter of the samples is below */
    double q3;                  /* and a quarter above */
    double spread;              /* (q3 - q1) / median; 0 if the median is */
    /* What the median of all samples there could be is between these. */
    double low;
    double high;
} Summary;

/* Of doubles, of which there is one at least. They stay in their order. */
Summary samples_summarize(const GArray *samples);

/* The least that two of them differ by; 0 if no two do. */
double samples_grain(const GArray *samples);

#endif
