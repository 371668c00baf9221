/*
 * Random numbers that are the same on every machine: splitmix64.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_RANDOM_H
#define MSMMU_TESTS_ORACLE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state;
} Random;

static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t random_hash(uint64_t a, uint64_t b)
{
    return random_mix(random_mix(a + UINT64_C(0x9e3779b97f4a7c15)) ^ b);
}

static inline uint64_t random_next(Random *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(r->state);
}

/* 0 .. @n - 1 */
static inline unsigned random_below(Random *r, unsigned n)
{
    return random_next(r) % n;
}

/* True @percent times in a hundred. */
static inline bool random_percent(Random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

/* @bits random bits. */
static inline uint64_t random_bits(Random *r, unsigned bits)
{
    return bits ? random_next(r) >> (64 - bits) : 0;
}

#endif
