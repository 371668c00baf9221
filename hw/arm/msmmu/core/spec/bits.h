/*
 * Masks, fields and little-endian words: the notation of the files in spec/.
 *
 * A field is one mask, written as Arm prints it: MSMMU_MASK(hi, lo).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_BITS_H
#define MSMMU_CORE_SPEC_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bits hi down to lo of a 64-bit word, 63 >= hi >= lo >= 0. */
#define MSMMU_MASK(hi, lo) \
    ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))
#define MSMMU_BIT(n) (UINT64_C(1) << (n))

/*
 * Whether every bit of a 64-bit word belongs to exactly one field. @fields is
 * a macro: fields(F) is (F(mask of a field) + F(mask of the next) + ...). With
 * 64 bits in all, the sum is all ones only if no bit is there twice.
 */
#define MSMMU_TILES(fields) \
    (fields(MSMMU_ITSELF) == ~UINT64_C(0) && fields(MSMMU_WIDTH) == 64)
#define MSMMU_ITSELF(mask) (mask)
#define MSMMU_WIDTH(mask) __builtin_popcountll(mask)

/* The value of the field that @mask selects, shifted down to bit 0. */
static inline uint64_t msmmu_get(uint64_t word, uint64_t mask)
{
    return (word & mask) >> __builtin_ctzll(mask);
}

/* @value placed at the field that @mask selects; surplus bits are cut off. */
static inline uint64_t msmmu_prep(uint64_t mask, uint64_t value)
{
    return (value << __builtin_ctzll(mask)) & mask;
}

/* @word with the field that @mask selects replaced by @value. */
static inline uint64_t msmmu_set(uint64_t word, uint64_t mask, uint64_t value)
{
    return (word & ~mask) | msmmu_prep(mask, value);
}

static inline uint64_t msmmu_low_mask(unsigned bits)
{
    return bits >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
}

/* Guest structures are little-endian in memory (IHI 0070 3.1, 5). */
static inline uint64_t msmmu_le64(uint64_t word)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word)
                                                  : word;
}

/* At any address. */
static inline uint64_t msmmu_load_le64(const void *from)
{
    uint64_t word;

    memcpy(&word, from, sizeof(word));
    return msmmu_le64(word);
}

static inline void msmmu_store_le64(void *to, uint64_t value)
{
    value = msmmu_le64(value);
    memcpy(to, &value, sizeof(value));
}

#endif
