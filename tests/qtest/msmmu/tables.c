/*
 * Translation tables for qtests: see tables.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "tables.h"

#define DESCRIPTOR_BYTES 8
#define LAST_LEVEL 3
#define ADDRESS_47_12 0x0000fffffffff000ULL
#define ADDRESS_49_12 0x0003fffffffff000ULL

/* Bits that a level resolves: entries of 8 bytes fill a granule */
static unsigned stride(unsigned shift)
{
    return shift - 3;
}

int qtables_stage1_start(unsigned shift, unsigned input_bits)
{
    return 4 - (int)DIV_ROUND_UP(input_bits - shift, stride(shift));
}

unsigned qtables_span_log2(const QTables *t, int level)
{
    return t->shift + (LAST_LEVEL - level) * stride(t->shift);
}

uint64_t qtables_pa(const QTables *t, uint64_t address)
{
    return t->behind ? qtables_lookup(t->behind, address) : address;
}

static uint64_t alloc_table(QTables *t, uint64_t size, uint64_t align)
{
    return t->behind ? qtables_alloc_ipa(t->behind, size, align)
                     : qsmmu_alloc(t->s, size, align);
}

void qtables_create(QTables *t)
{
    unsigned entries_log2 = t->input_bits -
                            qtables_span_log2(t, t->start_level);
    uint64_t size = DESCRIPTOR_BYTES << entries_log2;

    t->root = alloc_table(t, size, MAX(size, 64));
}

static QTables in_pa_space(QSmmu *s, unsigned shift, unsigned input_bits,
                           int start_level)
{
    QTables t = {
        .s = s,
        .shift = shift,
        .input_bits = input_bits,
        .start_level = start_level,
    };

    qtables_create(&t);
    return t;
}

QTables qtables_stage1(QSmmu *s, unsigned shift, unsigned input_bits)
{
    return in_pa_space(s, shift, input_bits,
                       qtables_stage1_start(shift, input_bits));
}

QTables qtables_stage2(QSmmu *s, unsigned shift, unsigned input_bits,
                       int start_level)
{
    return in_pa_space(s, shift, input_bits, start_level);
}

QTables qtables_nested(QTables *stage2, unsigned shift, unsigned input_bits)
{
    QTables t = {
        .s = stage2->s,
        .shift = shift,
        .input_bits = input_bits,
        .start_level = qtables_stage1_start(shift, input_bits),
        .behind = stage2,
    };

    qtables_create(&t);
    return t;
}

uint64_t qtables_alloc_ipa(QTables *stage2, uint64_t size, uint64_t align)
{
    uint64_t page = 1ULL << stage2->shift;
    uint64_t ipa = ROUND_UP(stage2->next_ipa, align);
    uint64_t first = ROUND_DOWN(ipa, page);
    uint64_t end = ROUND_UP(ipa + size, page);

    /* From the last page to the first: the PAs go up as the IPAs go down. */
    for (uint64_t at = end; at > first; at -= page) {
        if (at - page >= ROUND_UP(stage2->next_ipa, page)) {
            qtables_map(stage2, at - page,
                        qsmmu_alloc(stage2->s, page, page), QS2_RW,
                        LAST_LEVEL);
        }
    }
    stage2->next_ipa = ipa + size;
    return ipa;
}

uint64_t qtables_read(const QTables *t, uint64_t slot)
{
    uint64_t pa = qtables_pa(t, slot);
    const uint64_t *known = t->s->written ?
                            g_hash_table_lookup(t->s->written, &pa) : NULL;
    uint64_t word;

    if (t->s->written) {
        word = known ? *known : 0;
    } else {
        word = qtest_readq(t->s->qts, pa);
    }
    return t->big_endian ? bswap64(word) : word;
}

void qtables_write(const QTables *t, uint64_t slot, uint64_t descriptor)
{
    uint64_t word = t->big_endian ? bswap64(descriptor) : descriptor;
    uint64_t pa = qtables_pa(t, slot);

    if (t->s->written) {
        g_hash_table_replace(t->s->written, g_memdup2(&pa, sizeof(pa)),
                             g_memdup2(&word, sizeof(word)));
    }
    qtest_writeq(t->s->qts, pa, word);
}

uint64_t qtables_encode(const QTables *t, uint64_t address)
{
    switch (t->wide) {
    case QWIDE_NO:
        break;
    case QWIDE_LPA:
        return (address & ADDRESS_47_12) | (address >> 48 & 0xf) << 12;
    case QWIDE_DS:
        return (address & ADDRESS_49_12) | (address >> 50 & 3) << 8;
    }
    return address & ADDRESS_47_12;
}

static uint64_t decode(const QTables *t, uint64_t descriptor)
{
    switch (t->wide) {
    case QWIDE_NO:
        break;
    case QWIDE_LPA:
        return (descriptor & ADDRESS_47_12 & ~0xf000ULL) |
               (descriptor >> 12 & 0xf) << 48;
    case QWIDE_DS:
        return (descriptor & ADDRESS_49_12) | (descriptor >> 8 & 3) << 50;
    }
    return descriptor & ADDRESS_47_12;
}

/* The first table may be larger than a granule, and smaller. */
static uint64_t slot_in(const QTables *t, uint64_t table, uint64_t input,
                        int level)
{
    uint64_t index = input >> qtables_span_log2(t, level);

    if (level != t->start_level) {
        index &= (1ULL << stride(t->shift)) - 1;
    }
    return table + index * DESCRIPTOR_BYTES;
}

static uint64_t within_input(const QTables *t, uint64_t input)
{
    return input & ((1ULL << t->input_bits) - 1);
}

uint64_t qtables_slot(QTables *t, uint64_t input, int level)
{
    uint64_t granule = 1ULL << t->shift;
    uint64_t table = t->root;

    input = within_input(t, input);
    for (int l = t->start_level; ; l++) {
        uint64_t slot = slot_in(t, table, input, l);
        uint64_t descriptor;

        if (l == level) {
            return slot;
        }
        g_assert_cmpint(l, <, level);
        descriptor = qtables_read(t, slot);
        if (!(descriptor & QPTE_VALID)) {
            descriptor = qtables_encode(t, alloc_table(t, granule, granule)) |
                         QPTE_TABLE;
            qtables_write(t, slot, descriptor);
        }
        table = decode(t, descriptor) & ~(granule - 1);
    }
}

uint64_t qtables_map(QTables *t, uint64_t input, uint64_t output,
                     uint64_t attrs, int level)
{
    uint64_t slot = qtables_slot(t, input, level);
    uint64_t type = level == LAST_LEVEL ? QPTE_PAGE : QPTE_BLOCK;

    /* With DS the Shareability's place is taken. */
    if (t->wide == QWIDE_DS) {
        attrs &= ~QPTE_SHARED;
    }
    qtables_write(t, slot,
                  attrs ? qtables_encode(t, output) | attrs | type : 0);
    return slot;
}

uint64_t qtables_lookup(const QTables *t, uint64_t input)
{
    uint64_t table = t->root;

    input = within_input(t, input);
    for (int l = t->start_level; ; l++) {
        uint64_t d = qtables_read(t, slot_in(t, table, input, l));
        uint64_t size;

        g_assert_cmphex(d & QPTE_VALID, ==, QPTE_VALID);
        if (l == LAST_LEVEL || !(d & 2)) {
            size = 1ULL << qtables_span_log2(t, l);
            return (decode(t, d) & ~(size - 1)) | (input & (size - 1));
        }
        table = decode(t, d) & ~((1ULL << t->shift) - 1);
    }
}
