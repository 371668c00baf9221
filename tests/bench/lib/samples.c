/*
 * What can be said of a series of samples.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include "samples.h"

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Between the two samples that the place lies between. */
static double quantile(const double *sorted, unsigned count, double part)
{
    double place = part * (count - 1);
    unsigned below = place;
    double above = below + 1 < count ? sorted[below + 1] : sorted[below];

    return sorted[below] + (above - sorted[below]) * (place - below);
}

/*
 * Of so many samples, how many are below the interval that the median is in, in
 * 95 of 100 cases: by the binomial distribution, which is nearly a normal one.
 */
static unsigned below_median(unsigned count)
{
    double below = floor(count / 2.0 - 0.98 * sqrt(count)) - 1;

    return MAX(below, 0);
}

static double *sort(const GArray *samples)
{
    double *sorted = g_memdup2(samples->data, samples->len * sizeof(double));

    g_assert_cmpuint(samples->len, >, 0);
    qsort(sorted, samples->len, sizeof(double), compare);
    return sorted;
}

Summary samples_summarize(const GArray *samples)
{
    g_autofree double *sorted = sort(samples);
    Summary s;

    s.median = quantile(sorted, samples->len, 0.5);
    s.q1 = quantile(sorted, samples->len, 0.25);
    s.q3 = quantile(sorted, samples->len, 0.75);
    s.spread = s.median ? (s.q3 - s.q1) / fabs(s.median) : 0;
    s.low = sorted[below_median(samples->len)];
    s.high = sorted[samples->len - 1 - below_median(samples->len)];
    return s;
}

double samples_grain(const GArray *samples)
{
    g_autofree double *sorted = sort(samples);
    double grain = 0;

    for (unsigned i = 1; i < samples->len; i++) {
        double step = sorted[i] - sorted[i - 1];

        if (step > 0 && (grain == 0 || step < grain)) {
            grain = step;
        }
    }
    return grain;
}
