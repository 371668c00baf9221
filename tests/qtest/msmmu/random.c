/*
 * Random test cases that can be repeated: see random.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "random.h"

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    uint64_t value = standard;

    if (text) {
        value = g_ascii_strtoull(text, NULL, 0);
    }
    g_test_message("%s=0x%" PRIx64, name, value);
    return value;
}

uint64_t qrandom_seed(void)
{
    return from_environment("MSMMU_SEED",
                            (uint64_t)g_random_int() << 32 | g_random_int());
}

unsigned qrandom_cases(unsigned standard)
{
    return from_environment("MSMMU_CASES", standard);
}

int64_t qrandom_only_case(void)
{
    const char *text = getenv("MSMMU_CASE");

    return text ? g_ascii_strtoll(text, NULL, 0) : -1;
}

/* SplitMix64 (Steele, Lea, Flood 2014) */
uint64_t qrandom_64(QRandom *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

QRandom qrandom_new(uint64_t seed, uint64_t n)
{
    QRandom r = { .state = seed };

    r.state = qrandom_64(&r) ^ (n * 0xd1342543de82ef95ULL);
    return r;
}

uint32_t qrandom_below(QRandom *r, uint32_t n)
{
    return (qrandom_64(r) >> 32) * (uint64_t)n >> 32;
}

bool qrandom_one_in(QRandom *r, uint32_t n)
{
    return qrandom_below(r, n) == 0;
}
