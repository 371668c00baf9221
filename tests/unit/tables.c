/*
 * A builder of VMSAv8-64 translation tables in the fake memory of a fixture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tables.h"

/* Lowest address bit that each level resolves (Tables D8-16, D8-26, D8-35). */
static const struct {
    unsigned kb;
    unsigned shift[4];
} granules[] = {
    { 4, { 39, 30, 21, 12 } },
    { 16, { 47, 36, 25, 14 } },
    { 64, { 0, 42, 29, 16 } },
};

unsigned tables_shift(unsigned kb, int level)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(granules); i++) {
        if (granules[i].kb == kb) {
            return granules[i].shift[level];
        }
    }
    g_assert_not_reached();
}

int tables_start_level(const Tables *t)
{
    for (int level = t->kb == 64 ? 1 : 0; level < 3; level++) {
        if (t->input_bits > tables_shift(t->kb, level)) {
            return level;
        }
    }
    return 3;
}

unsigned tables_root_log2(const Tables *t)
{
    return t->input_bits - tables_shift(t->kb, tables_start_level(t)) + 3;
}

Tables tables_new(Fixture *f, unsigned kb, unsigned input_bits, uint64_t pa)
{
    g_assert_cmphex(pa & 0xffff, ==, 0);
    return (Tables) {
        .f = f,
        .kb = kb,
        .input_bits = input_bits,
        .root = pa,
        .next = pa + 0x10000,
    };
}

static uint64_t load(const Tables *t, uint64_t pa)
{
    uint64_t word = fixture_read64(t->f, pa);

    return t->big_endian ? GUINT64_SWAP_LE_BE(word) : word;
}

static void store(const Tables *t, uint64_t pa, uint64_t word)
{
    fixture_write64(t->f, pa,
                    t->big_endian ? GUINT64_SWAP_LE_BE(word) : word);
}

uint64_t tables_slot(Tables *t, uint64_t va, int level)
{
    uint64_t table = t->root;

    /* Only the low bits select, in either half of the addresses. */
    va &= (UINT64_C(1) << t->input_bits) - 1;
    for (int l = tables_start_level(t); ; l++) {
        unsigned shift = tables_shift(t->kb, l);
        unsigned entries = t->kb * 1024 / 8;
        uint64_t pa = table + (va >> shift) % entries * 8;
        uint64_t descriptor;

        if (l == level) {
            return pa;
        }
        g_assert_cmpint(l, <, level);
        descriptor = load(t, pa);
        if ((descriptor & 3) != 3) {
            descriptor = t->next | 3;
            t->next += t->kb * 1024;
            store(t, pa, descriptor);
        }
        table = descriptor & 0x0000fffffffff000;
    }
}

void tables_set(Tables *t, uint64_t va, int level, uint64_t descriptor)
{
    store(t, tables_slot(t, va, level), descriptor);
}

void tables_or(Tables *t, uint64_t va, int level, uint64_t bits)
{
    uint64_t pa = tables_slot(t, va, level);

    store(t, pa, load(t, pa) | bits);
}

void tables_map(Tables *t, uint64_t va, int level, uint64_t pa,
                uint64_t attributes)
{
    tables_set(t, va, level,
               pa | attributes | (level == 3 ? TABLES_PAGE : TABLES_BLOCK));
}
