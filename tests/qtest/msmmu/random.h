/*
 * Random test cases that can be repeated: the seed and the number of cases are
 * printed, and can be given as MSMMU_SEED and MSMMU_CASES in the environment.
 * MSMMU_CASE=n runs case n only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_RANDOM_H
#define TESTS_QTEST_MSMMU_RANDOM_H

#include "qemu/osdep.h"

typedef struct QRandom {
    uint64_t state;
} QRandom;

/* From MSMMU_SEED, or another one each time */
uint64_t qrandom_seed(void);
/* From MSMMU_CASES, or @standard */
unsigned qrandom_cases(unsigned standard);

/* The case of MSMMU_CASE, to be run alone, or -1 */
int64_t qrandom_only_case(void);

/* The generator of case @n of @seed: cases do not depend on each other. */
QRandom qrandom_new(uint64_t seed, uint64_t n);

uint64_t qrandom_64(QRandom *r);
/* 0..n-1 */
uint32_t qrandom_below(QRandom *r, uint32_t n);
/* True in one of @n cases */
bool qrandom_one_in(QRandom *r, uint32_t n);

#endif /* TESTS_QTEST_MSMMU_RANDOM_H */
