/*
 * Measuring things that are to be compared with each other.
 *
 * Things in one group take turns: each round takes one sample of each, in an
 * order that turns around from round to round, so that what else the host does
 * meets all of them. What is told is the median of the rounds and the quartiles
 * around it. If the median could be elsewhere with other samples, the group
 * gets more rounds; if it still could, that is told, too.
 *
 * The output is a table for people and, for scripts/msmmu-bench, JSON: see
 * docs/devel/benchmarks.rst.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_H
#define MSMMU_BENCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Bench Bench;

/* A parameter: a number, or a text if that is not NULL. */
typedef struct BenchParam {
    const char *name;           /* NULL: none, and none behind it */
    uint64_t number;
    const char *text;
} BenchParam;

#define BENCH_PARAMS 6

typedef struct BenchCase {
    const char *name;
    BenchParam params[BENCH_PARAMS];
    const char *subject;        /* whose code it is; NULL: "ours" */
    const char *unit;           /* NULL: "ns", per operation */
    bool more_is_better;

    void *data;
    /* Before each sample, and not a part of it; may be NULL. */
    void (*prepare)(void *data);
    /* What is measured: @operations of them. */
    void (*run)(void *data, unsigned long operations);
    /* In each sample; 0: as many as fill its time. */
    unsigned long operations;
    /* Instead of both: what the sample is, and not the time. */
    double (*value)(void *data);
} BenchCase;

/*
 * Read the options of the command line, and leave the process if that is what
 * they ask for. @name is what report.json calls all of this.
 */
Bench *bench_new(const char *name, const char *summary, int *argc,
                 char ***argv);

/* Everything is to be small and quick: what it measures is worth nothing. */
bool bench_is_smoke(const Bench *bench);

/* Whether any of the cases is wanted: else nothing need be set up for them. */
bool bench_wants(const Bench *bench, const BenchCase *cases, size_t count);

/* Something about this run that a reader of the report may want to know. */
void bench_setting(Bench *bench, const char *name, const char *value);

/* Measure @count cases in turns. What they refer to must last as long. */
void bench_group(Bench *bench, const BenchCase *cases, size_t count);

/*
 * What is between two looks at the clock, and nothing else is: callgrind can be
 * told to count in this function alone.
 */
void bench_timed(const BenchCase *c, unsigned long operations);

/* Write what was measured. Returns the exit status. */
int bench_end(Bench *bench);

#endif
