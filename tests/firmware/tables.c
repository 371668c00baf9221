/*
 * Translation tables: pages at level 3, and the tables above them (Arm ARM D8).
 *
 * A table is as large as a granule and has one entry for each 8 bytes of it, so
 * a granule of 2^n bytes resolves n - 3 bits of the input at each level: 9 with
 * 4K, 11 with 16K, 13 with 64K. Where the walk begins follows from how many
 * bits are left above the page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

#define TABLE_OR_PAGE 3UL
#define ADDRESS 0x0000fffffffff000UL

static void *new_table(const Tables *t)
{
    return memory_take(1UL << t->granule_shift, 1UL << t->granule_shift);
}

void tables_init(Tables *t, unsigned granule_shift, unsigned input_bits,
                 bool big_endian, uint64_t bias)
{
    *t = (Tables) {
        .granule_shift = granule_shift,
        .input_bits = input_bits,
        .big_endian = big_endian,
        .bias = bias,
    };
    t->root = new_table(t);
}

static void store(const Tables *t, uint64_t *entry, uint64_t descriptor)
{
    *entry = tables_swap(t->big_endian, descriptor);
}

static uint64_t *next_table(const Tables *t, uint64_t *entry)
{
    if (!*entry) {
        store(t, entry, ((uintptr_t)new_table(t) + t->bias) | TABLE_OR_PAGE);
    }
    return (uint64_t *)((tables_swap(t->big_endian, *entry) & ADDRESS) -
                        t->bias);
}

uint64_t *tables_find(Tables *t, uint64_t input)
{
    unsigned stride = t->granule_shift - 3;
    unsigned shift = t->granule_shift;
    uint64_t *table = t->root, *entry;

    while (shift + stride < t->input_bits) {
        shift += stride;
    }
    for (;; shift -= stride) {
        entry = table + (input >> shift & (BIT(stride) - 1));
        if (shift == t->granule_shift) {
            return entry;
        }
        table = next_table(t, entry);
    }
}

uint64_t *tables_map(Tables *t, uint64_t input, uint64_t output,
                     uint64_t attributes)
{
    uint64_t *entry = tables_find(t, input);

    store(t, entry, output | attributes | TABLE_OR_PAGE);
    return entry;
}
