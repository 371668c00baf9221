/*
 * Random instances, structures, tables and transactions: mostly legal, now and
 * then with a fault in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_GENERATE_H
#define MSMMU_TESTS_ORACLE_GENERATE_H

#include "oracle.h"
#include "random.h"

#define SCENE_STREAMS 3
#define SCENE_SUBSTREAMS 3

/* One instance, as it is programmed, and who speaks to it. */
typedef struct Scene {
    uint64_t seed;              /* of what memory holds */
    Random random;
    const Oracle *oracle;
    unsigned badness;           /* how many of 1000 choices go wrong */
    unsigned aborts;            /* one page of so many; 0: none */
    unsigned roms;
    uint32_t sids[SCENE_STREAMS];
    uint32_t ssids[SCENE_SUBSTREAMS];
    bool twins;                 /* the first two streams share all tables */
    MsmmuRequest last;
} Scene;

/* Values to be written before SMMUEN. */
typedef struct SceneRegisters {
    uint32_t cr0;
    uint32_t cr2;
    uint32_t gbpa;
    uint64_t strtab_base;
    uint32_t strtab_cfg;
} SceneRegisters;

void generate_config(Random *r, MsmmuConfig *c);
/* @s->oracle->id is known, the registers are not yet. */
SceneRegisters generate_registers(Scene *s);
/* The next transaction of @s. */
MsmmuRequest generate_request(Scene *s);

/* An OracleFill; @opaque is the Scene. */
void generate_words(void *opaque, uint64_t pa, const OracleRole *role,
                    uint64_t *words, unsigned count);
void generate_descriptor(const Scene *s, Random *r, const OracleRole *role,
                         uint64_t *word);

/* ---- Shared ------------------------------------------------------------- */

/* An address below 2^@bits, likely to be at a limit. */
uint64_t generate_address(Random *r, unsigned bits);

static inline bool goes_wrong(const Scene *s, Random *r)
{
    return random_below(r, 1000) < s->badness;
}

static inline void set_field(uint64_t *words, unsigned hi, unsigned lo,
                             uint64_t value)
{
    uint64_t mask = (UINT64_MAX >> (63 - (hi - lo))) << lo % 64;

    words[lo / 64] = (words[lo / 64] & ~mask) | (value << lo % 64 & mask);
}

#endif
