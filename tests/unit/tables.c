/*
 * A builder of translation tables in the fake memory of a fixture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "tables.h"

/* ---- Numbers of the Arm ARM ---- */

/*
 * Lowest address bit that each level, from -1, resolves (Tables D8-16, D8-26,
 * D8-35), and the lowest level that has blocks (Tables D8-17, D8-27, D8-36).
 */
static const struct Granule {
    unsigned kb;
    unsigned shift[5];
    int block_level;
    int block_level_wide;
} granules[] = {
    { 4, { 48, 39, 30, 21, 12 }, 1, 0 },
    { 16, { 0, 47, 36, 25, 14 }, 2, 1 },
    { 64, { 0, 0, 42, 29, 16 }, 2, 1 },
};

const TablesStart tables_stage1_starts[] = {
    { 4, -1, 12, 15, TABLES_WIDE },
    { 4, 0, 16, 24, TABLES_ALWAYS },
    { 4, 1, 25, 33, TABLES_ALWAYS },
    { 4, 2, 34, 39, TABLES_ALWAYS },
    { 4, 2, 40, 42, TABLES_SMALL },
    { 4, 3, 43, 48, TABLES_SMALL },
    { 16, 0, 12, 15, TABLES_WIDE },
    { 16, 0, 16, 16, TABLES_ALWAYS },
    { 16, 1, 17, 27, TABLES_ALWAYS },
    { 16, 2, 28, 38, TABLES_ALWAYS },
    { 16, 3, 39, 39, TABLES_ALWAYS },
    { 16, 3, 40, 48, TABLES_SMALL },
    { 64, 1, 12, 15, TABLES_WIDE },
    { 64, 1, 16, 21, TABLES_ALWAYS },
    { 64, 2, 22, 34, TABLES_ALWAYS },
    { 64, 3, 35, 39, TABLES_ALWAYS },
    { 64, 3, 40, 47, TABLES_SMALL },
};
const unsigned tables_stage1_starts_count =
    G_N_ELEMENTS(tables_stage1_starts);

const TablesStart tables_stage2_starts[] = {
    { 4, -1, 12, 15, TABLES_WIDE },
    { 4, 0, 16, 24, TABLES_ALWAYS },
    { 4, 0, 15, 15, TABLES_WIDE },      /* 2 tables */
    { 4, 0, 14, 14, TABLES_WIDE },      /* 4 */
    { 4, 0, 13, 13, TABLES_WIDE },      /* 8 */
    { 4, 0, 12, 12, TABLES_WIDE },      /* 16 */
    { 4, 1, 25, 33, TABLES_ALWAYS },
    { 4, 1, 24, 24, TABLES_ALWAYS },    /* 2 */
    { 4, 1, 23, 23, TABLES_ALWAYS },    /* 4 */
    { 4, 1, 22, 22, TABLES_ALWAYS },    /* 8 */
    { 4, 1, 21, 21, TABLES_ALWAYS },    /* 16 */
    { 4, 2, 40, 42, TABLES_SMALL },
    { 4, 2, 34, 39, TABLES_ALWAYS },
    { 4, 2, 33, 33, TABLES_ALWAYS },    /* 2 */
    { 4, 2, 32, 32, TABLES_ALWAYS },    /* 4 */
    { 4, 2, 31, 31, TABLES_ALWAYS },    /* 8 */
    { 4, 2, 30, 30, TABLES_ALWAYS },    /* 16 */
    { 4, 3, 43, 48, TABLES_SMALL },
    { 4, 3, 42, 42, TABLES_SMALL },     /* 2 */
    { 4, 3, 41, 41, TABLES_SMALL },     /* 4 */
    { 4, 3, 40, 40, TABLES_SMALL },     /* 8 */
    { 4, 3, 39, 39, TABLES_SMALL },     /* 16 */
    { 16, 0, 12, 16, TABLES_WIDE },
    { 16, 1, 17, 27, TABLES_ALWAYS },
    { 16, 1, 16, 16, TABLES_ALWAYS },    /* 2 */
    { 16, 1, 15, 15, TABLES_WIDE },      /* 4 */
    { 16, 1, 14, 14, TABLES_WIDE },      /* 8 */
    { 16, 1, 13, 13, TABLES_WIDE },      /* 16 */
    { 16, 2, 28, 38, TABLES_ALWAYS },
    { 16, 2, 27, 27, TABLES_ALWAYS },    /* 2 */
    { 16, 2, 26, 26, TABLES_ALWAYS },    /* 4 */
    { 16, 2, 25, 25, TABLES_ALWAYS },    /* 8 */
    { 16, 2, 24, 24, TABLES_ALWAYS },    /* 16 */
    { 16, 3, 40, 48, TABLES_SMALL },
    { 16, 3, 39, 39, TABLES_ALWAYS },
    { 16, 3, 38, 38, TABLES_ALWAYS },    /* 2 */
    { 16, 3, 37, 37, TABLES_ALWAYS },    /* 4 */
    { 16, 3, 36, 36, TABLES_ALWAYS },    /* 8 */
    { 16, 3, 35, 35, TABLES_ALWAYS },    /* 16 */
    { 64, 1, 12, 15, TABLES_WIDE },
    { 64, 1, 16, 21, TABLES_ALWAYS },
    { 64, 2, 22, 34, TABLES_ALWAYS },
    { 64, 2, 21, 21, TABLES_ALWAYS },    /* 2 */
    { 64, 2, 20, 20, TABLES_ALWAYS },    /* 4 */
    { 64, 2, 19, 19, TABLES_ALWAYS },    /* 8 */
    { 64, 2, 18, 18, TABLES_ALWAYS },    /* 16 */
    { 64, 3, 40, 47, TABLES_SMALL },
    { 64, 3, 35, 39, TABLES_ALWAYS },
    { 64, 3, 34, 34, TABLES_ALWAYS },    /* 2 */
    { 64, 3, 33, 33, TABLES_ALWAYS },    /* 4 */
    { 64, 3, 32, 32, TABLES_ALWAYS },    /* 8 */
    { 64, 3, 31, 31, TABLES_ALWAYS },    /* 16 */
};
const unsigned tables_stage2_starts_count =
    G_N_ELEMENTS(tables_stage2_starts);

static const struct Granule *granule_of(unsigned kb)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(granules); i++) {
        if (granules[i].kb == kb) {
            return &granules[i];
        }
    }
    g_assert_not_reached();
}

unsigned tables_shift(unsigned kb, int level)
{
    return granule_of(kb)->shift[level + 1];
}

bool tables_has_leaf(unsigned kb, int level, bool wide)
{
    const struct Granule *granule = granule_of(kb);

    return level >= (wide ? granule->block_level_wide : granule->block_level);
}

/* ---- Life ---- */

unsigned tables_root_log2(const Tables *t)
{
    return t->input_bits - tables_shift(t->kb, t->start_level) + 3;
}

Tables tables_new_at_level(Fixture *f, unsigned kb, unsigned input_bits,
                           int start_level, uint64_t pa)
{
    Tables t = {
        .f = f,
        .kb = kb,
        .input_bits = input_bits,
        .start_level = start_level,
        .wide = input_bits > 48,
        .root = pa,
    };
    uint64_t size = UINT64_C(1) << tables_root_log2(&t);

    g_assert_cmphex(pa & 0xffff, ==, 0);
    g_assert_cmphex(pa & (size - 1), ==, 0);
    t.next = pa + MAX(size, 0x10000);
    return t;
}

Tables tables_new(Fixture *f, unsigned kb, unsigned input_bits, uint64_t pa)
{
    for (unsigned i = 0; i < tables_stage1_starts_count; i++) {
        const TablesStart *start = &tables_stage1_starts[i];

        if (start->kb == kb && 64 - input_bits >= start->txsz_min &&
            64 - input_bits <= start->txsz_max) {
            return tables_new_at_level(f, kb, input_bits, start->level, pa);
        }
    }
    g_error("no stage 1 of %u bits with %u KB", input_bits, kb);
}

/* ---- Words in memory ---- */

static uint64_t where(const Tables *t, uint64_t address)
{
    return t->through ? tables_output(t->through, address) : address;
}

static uint64_t load(const Tables *t, uint64_t address)
{
    uint64_t word = fixture_read64(t->f, where(t, address));

    return t->big_endian ? GUINT64_SWAP_LE_BE(word) : word;
}

static void store(const Tables *t, uint64_t address, uint64_t word)
{
    fixture_write64(t->f, where(t, address),
                    t->big_endian ? GUINT64_SWAP_LE_BE(word) : word);
}

/* ---- Addresses in descriptors (Tables D8-50 to D8-53) ---- */

uint64_t tables_address(const Tables *t, uint64_t address)
{
    if (!t->wide) {
        return address;
    }
    if (t->kb == 64) {
        /* OA[51:48] in bits [15:12] */
        return (address & UINT64_C(0x0000ffffffffffff)) |
               (address >> 48 & 0xf) << 12;
    }
    /* OA[51:50] in bits [9:8] */
    return (address & UINT64_C(0x0003ffffffffffff)) |
           (address >> 50 & 3) << 8;
}

/* The address in a descriptor, of something of 2^@log2 bytes. */
static uint64_t address_in(const Tables *t, uint64_t descriptor, unsigned log2)
{
    uint64_t aligned = descriptor >> log2 << log2;

    if (!t->wide) {
        return aligned & UINT64_C(0x0000ffffffffffff);
    }
    if (t->kb == 64) {
        return (aligned & UINT64_C(0x0000ffffffffffff)) |
               (descriptor >> 12 & 0xf) << 48;
    }
    return (aligned & UINT64_C(0x0003ffffffffffff)) |
           (descriptor >> 8 & 3) << 50;
}

/* ---- Building ---- */

/* Where the descriptor is that @table has for @va. */
static uint64_t entry(const Tables *t, uint64_t table, uint64_t va, int level)
{
    uint64_t index = va >> tables_shift(t->kb, level);

    /* First tables are as long as the input needs, at either stage. */
    if (level != t->start_level) {
        index %= t->kb * 1024 / 8;
    }
    return table + index * 8;
}

/* Only the low bits select, in either half of the addresses. */
static uint64_t within_input(const Tables *t, uint64_t va)
{
    return va & ((UINT64_C(1) << t->input_bits) - 1);
}

uint64_t tables_slot(Tables *t, uint64_t va, int level)
{
    uint64_t table = t->root;

    va = within_input(t, va);
    for (int l = t->start_level; ; l++) {
        uint64_t slot = entry(t, table, va, l);
        uint64_t descriptor;

        if (l == level) {
            return slot;
        }
        g_assert_cmpint(l, <, level);
        descriptor = load(t, slot);
        if ((descriptor & 3) != 3) {
            descriptor = tables_address(t, t->next) | 3;
            t->next += t->kb * 1024;
            store(t, slot, descriptor);
        }
        table = address_in(t, descriptor, tables_shift(t->kb, 3));
    }
}

void tables_set(Tables *t, uint64_t va, int level, uint64_t descriptor)
{
    store(t, tables_slot(t, va, level), descriptor);
}

uint64_t tables_get(Tables *t, uint64_t va, int level)
{
    return load(t, tables_slot(t, va, level));
}

void tables_or(Tables *t, uint64_t va, int level, uint64_t bits)
{
    tables_set(t, va, level, tables_get(t, va, level) | bits);
}

void tables_map(Tables *t, uint64_t va, int level, uint64_t pa,
                uint64_t attributes)
{
    tables_set(t, va, level, tables_address(t, pa) | attributes |
                             (level == 3 ? TABLES_PAGE : TABLES_BLOCK));
}

uint64_t tables_output(const Tables *t, uint64_t input)
{
    uint64_t table = t->root;

    g_assert_cmphex(input, ==, within_input(t, input));
    for (int level = t->start_level; level <= 3; level++) {
        unsigned shift = tables_shift(t->kb, level);
        uint64_t descriptor = load(t, entry(t, table, input, level));

        if (!(descriptor & 1)) {
            break;
        }
        if (level == 3 || !(descriptor & 2)) {
            return address_in(t, descriptor, shift) |
                   (input & ((UINT64_C(1) << shift) - 1));
        }
        table = address_in(t, descriptor, tables_shift(t->kb, 3));
    }
    g_error("0x%" PRIx64 " is not mapped", input);
}
