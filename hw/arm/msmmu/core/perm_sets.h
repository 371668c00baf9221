/*
 * What sixteen kinds of leaves permit, all of them at once: a set has bit n if
 * kind n is in it. So a rule is evaluated once for a configuration, and not for
 * each kind of leaf.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_PERM_SETS_H
#define MSMMU_CORE_PERM_SETS_H

#include "internal.h"

#define PERM_KINDS 16

typedef uint16_t PermSet;

/* Those whose number has this bit, a power of two. */
#define PERM_SET_WITH(bit) \
    ((PermSet)((bit) == 1 ? 0xaaaa : (bit) == 2 ? 0xcccc : \
               (bit) == 4 ? 0xf0f0 : 0xff00))
#define PERM_SET_WITHOUT(bit) ((PermSet)~PERM_SET_WITH(bit))

/* Which kinds permit what to accesses of one privilege. */
typedef struct PermSets {
    PermSet read;
    PermSet write;
    PermSet exec;
} PermSets;

/* Byte n, of which the lowest is the first, is 1 if bit n of @bits is set. */
static inline uint64_t perm_sets_spread(uint8_t bits)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t each = bits * ones & UINT64_C(0x8040201008040201);

    /* No byte carries: 0x80 + 0x7f. */
    return (each + 0x7f * ones) >> 7 & ones;
}

static inline uint64_t perm_sets_bytes(const PermSets *sets, unsigned from)
{
    return MSMMU_PERM_READ * perm_sets_spread(sets->read >> from) |
           MSMMU_PERM_WRITE * perm_sets_spread(sets->write >> from) |
           MSMMU_PERM_EXEC * perm_sets_spread(sets->exec >> from);
}

/* The same as MSMMU_PERMS() of each kind. */
static inline void perm_sets_list(const PermSets *unpriv, const PermSets *priv,
                                  uint8_t perms[PERM_KINDS])
{
    for (unsigned n = 0; n < PERM_KINDS; n += 8) {
        msmmu_store_le64(perms + n, MSMMU_PERMS(perm_sets_bytes(unpriv, n),
                                                perm_sets_bytes(priv, n)));
    }
}

#endif
