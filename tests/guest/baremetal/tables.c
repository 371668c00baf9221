/*
 * Translation tables: pages at level 3, and the tables above them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

#define VALID 1UL
#define TABLE_OR_PAGE 3UL
#define ADDRESS 0x0000fffffffff000UL

static void *new_table(const Tables *t)
{
    return memory_take(1UL << t->granule_shift, 1UL << t->granule_shift);
}

void tables_init(Tables *t, unsigned granule_shift, unsigned input_bits,
                 uint64_t bias)
{
    *t = (Tables) {
        .granule_shift = granule_shift,
        .input_bits = input_bits,
        .bias = bias,
    };
    t->root = new_table(t);
}

uint64_t *tables_map(Tables *t, uint64_t input, uint64_t output,
                     uint64_t attributes)
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
            *entry = output | attributes | TABLE_OR_PAGE;
            return entry;
        }
        if (!(*entry & VALID)) {
            *entry = ((uintptr_t)new_table(t) + t->bias) | TABLE_OR_PAGE;
        }
        table = (uint64_t *)((*entry & ADDRESS) - t->bias);
    }
}
