/*
 * The walker: every granule, level, input and output size, at both ends, and
 * each fault with all of its fields.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "fixture.h"
#include "tables.h"
#include "walk.h"
#include "walks.h"

/* Events (IHI 0070 7.3) */
enum {
    F_WALK_EABT = 0x0b,
    F_TRANSLATION = 0x10,
    F_ADDR_SIZE = 0x11,
    F_ACCESS = 0x12,
};

#define TABLES_AT UINT64_C(0x40000000)

static const unsigned granule_kb[] = { 4, 16, 64 };

static MsmmuGranule granule_of(unsigned kb)
{
    return kb == 4 ? MSMMU_4K : kb == 16 ? MSMMU_16K : MSMMU_64K;
}

static MsmmuTableBase base_of(const Tables *t)
{
    return (MsmmuTableBase) {
        .granule = granule_of(t->kb),
        .input_bits = t->input_bits,
        .table_pa = t->root,
    };
}

/* Both halves through the same tables. */
static MsmmuContext context_of(const Tables *t)
{
    return (MsmmuContext) {
        .stage1 = true,
        .ttb = { base_of(t), base_of(t) },
        .s1.output_bits = 48,
        .s1.big_endian = t->big_endian,
        .mair = UINT64_C(0xff),
    };
}

static void expect_pa(Fixture *f, const MsmmuContext *ctx, uint64_t va,
                      uint64_t first_pa, unsigned size_log2)
{
    MsmmuTranslation t;
    MsmmuFault fault = { 0 };

    g_test_message("VA 0x%" PRIx64, va);
    if (walk_stage1(f->m, ctx, va, &t, &fault) != MSMMU_STATUS_OK) {
        g_error("event 0x%x for VA 0x%" PRIx64, fault.type, va);
    }
    g_assert_cmphex(t.first_pa, ==, first_pa);
    g_assert_cmpuint(t.size_log2, ==, size_log2);
    g_assert_cmphex(t.first_va, ==, va >> size_log2 << size_log2);
}

static void expect_fault(Fixture *f, const MsmmuContext *ctx, uint64_t va,
                         uint8_t type, uint64_t fetch_address)
{
    MsmmuTranslation t;
    MsmmuFault fault;

    g_test_message("VA 0x%" PRIx64 " event 0x%x", va, type);
    memset(&fault, 0x5a, sizeof(fault));
    g_assert_cmpint(walk_stage1(f->m, ctx, va, &t, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, type);
    g_assert_cmpuint(fault.stage, ==, 1);
    /* 7.3.12: CLASS is TT for aborts, 7.3.13 ff.: IN for stage 1 */
    g_assert_cmpint(fault.class, ==, type == F_WALK_EABT ? MSMMU_CLASS_TT :
                                                           MSMMU_CLASS_IN);
    g_assert_cmphex(fault.fetch_address, ==, fetch_address);
    g_assert_cmphex(fault.ipa, ==, 0);
    g_assert_false(fault.nsipa);
    g_assert_cmphex(fault.reason, ==, 0);
}

/* ---- The sweep ---- */

static unsigned least_input_bits(unsigned kb)
{
    return kb == 64 ? 17 : 16;  /* 5.4 CD.T0SZ with STT */
}

static bool leaf_is_legal(unsigned kb, int level)
{
    return level == 3 || level == 2 || (level == 1 && kb == 4);
}

/* The first and the last leaf of @level of either half. */
static void sweep_leaves(Fixture *f, Tables *t, int level)
{
    unsigned shift = tables_shift(t->kb, level);
    uint64_t last = (UINT64_C(1) << t->input_bits) - 1;
    uint64_t sign = ~last;
    uint64_t pa_first = (UINT64_C(1) << 47) >> shift << shift;
    uint64_t pa_last = (UINT64_C(1) << 48) - (UINT64_C(1) << shift);
    MsmmuContext ctx = context_of(t);

    if (last >> shift == 0) {
        pa_last = pa_first;     /* one leaf only */
    }
    tables_map(t, 0, level, pa_first, TABLES_RW);
    tables_map(t, last, level, pa_last, TABLES_RW);
    expect_pa(f, &ctx, 0, pa_first, shift);
    expect_pa(f, &ctx, last, pa_last, shift);
    expect_pa(f, &ctx, sign, pa_first, shift);
    expect_pa(f, &ctx, UINT64_MAX, pa_last, shift);
    /* One more than fits, one less than the upper half has. */
    expect_fault(f, &ctx, last + 1, F_TRANSLATION, 0);
    expect_fault(f, &ctx, sign - 1, F_TRANSLATION, 0);
}

static void test_sweep(void)
{
    Fixture *f = fixture_new(NULL);
    uint64_t at = TABLES_AT;
    unsigned leaves = 0;

    for (unsigned g = 0; g < G_N_ELEMENTS(granule_kb); g++) {
        unsigned kb = granule_kb[g];

        for (unsigned n = least_input_bits(kb); n <= 48; n++) {
            for (int level = 0; level <= 3; level++) {
                for (unsigned big = 0; big < 2; big++) {
                    Tables t = tables_new(f, kb, n, at);

                    if (level < t.start_level ||
                        !leaf_is_legal(kb, level)) {
                        continue;
                    }
                    t.big_endian = big;
                    sweep_leaves(f, &t, level);
                    at += 0x100000;
                    leaves++;
                }
            }
        }
    }
    g_assert_cmpuint(leaves, >=, 300);
    fixture_free(f);
}

/* ---- Input range (3.4, 3.4.1, 5.4.1.1) ---- */

static void test_tbi(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 40, TABLES_AT);
    MsmmuContext ctx = context_of(&t);
    MsmmuTranslation low, high;
    MsmmuFault fault;

    tables_map(&t, 0x1000, 3, 0x5000, TABLES_RW);
    /* A tag is an address out of range without TBI. */
    expect_fault(f, &ctx, UINT64_C(0xab00000000001000), F_TRANSLATION, 0);
    expect_fault(f, &ctx, UINT64_C(0xabffff0000001000), F_TRANSLATION, 0);

    /* TBI0 is for the lower half, TBI1 for the upper one. */
    ctx.ttb[0].top_byte_ignored = true;
    g_assert_cmpint(walk_stage1(f->m, &ctx,
                                      UINT64_C(0xab00000000001000), &low,
                                      &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmphex(low.first_pa, ==, 0x5000);
    g_assert_cmphex(low.first_va, ==, 0x1000);
    expect_fault(f, &ctx, UINT64_C(0xabffff0000001000), F_TRANSLATION, 0);

    ctx.ttb[0].top_byte_ignored = false;
    ctx.ttb[1].top_byte_ignored = true;
    expect_fault(f, &ctx, UINT64_C(0xab00000000001000), F_TRANSLATION, 0);
    g_assert_cmpint(walk_stage1(f->m, &ctx,
                                      UINT64_C(0x00ffff0000001000), &high,
                                      &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmphex(high.first_pa, ==, 0x5000);
    g_assert_cmphex(high.first_va, ==, UINT64_C(0xffffff0000001000));

    /* Bits below the tag are still the sign. */
    ctx.ttb[0].top_byte_ignored = true;
    expect_fault(f, &ctx, UINT64_C(0x0000010000001000), F_TRANSLATION, 0);
    expect_fault(f, &ctx, UINT64_C(0x0040000000001000), F_TRANSLATION, 0);
    expect_fault(f, &ctx, UINT64_C(0xfffffe0000001000), F_TRANSLATION, 0);
    expect_fault(f, &ctx, UINT64_C(0x0080000000001000), F_TRANSLATION, 0);
    fixture_free(f);
}

static void test_epd(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 40, TABLES_AT);
    MsmmuContext ctx = context_of(&t);
    uint64_t upper = UINT64_C(0xffffff0000001000);

    tables_map(&t, 0x1000, 3, 0x5000, TABLES_RW);
    ctx.ttb[1] = (MsmmuTableBase) { .disabled = true };
    expect_pa(f, &ctx, 0x1000, 0x5000, 12);
    f->reads = 0;
    expect_fault(f, &ctx, upper, F_TRANSLATION, 0);
    g_assert_cmpuint(f->reads, ==, 0);

    ctx.ttb[1] = ctx.ttb[0];
    ctx.ttb[0] = (MsmmuTableBase) { .disabled = true };
    expect_pa(f, &ctx, upper, 0x5000, 12);
    expect_fault(f, &ctx, 0x1000, F_TRANSLATION, 0);
    fixture_free(f);
}

/* ---- Descriptors ---- */

static void test_illegal_descriptors(void)
{
    static const struct {
        unsigned kb;
        int level;
        unsigned type;          /* bits[1:0] */
        bool valid;
    } cases[] = {
        { 4, 0, 1, false }, { 4, 1, 1, true }, { 4, 2, 1, true },
        { 4, 3, 1, false }, { 4, 3, 3, true },
        { 16, 0, 1, false }, { 16, 1, 1, false }, { 16, 2, 1, true },
        { 16, 3, 1, false }, { 16, 3, 3, true },
        { 64, 1, 1, false }, { 64, 2, 1, true }, { 64, 3, 1, false },
        { 64, 3, 3, true },
        { 4, 0, 0, false }, { 4, 1, 0, false }, { 4, 2, 2, false },
        { 4, 3, 2, false }, { 16, 0, 2, false }, { 64, 1, 2, false },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        unsigned shift = tables_shift(cases[i].kb, cases[i].level);
        Tables t = tables_new(f, cases[i].kb, 48, TABLES_AT + i * 0x100000);
        MsmmuContext ctx = context_of(&t);

        g_test_message("%uK level %d type %u", cases[i].kb, cases[i].level,
                       cases[i].type);
        tables_set(&t, 0, cases[i].level, TABLES_RW | cases[i].type);
        if (cases[i].valid) {
            expect_pa(f, &ctx, 0, 0, shift);
        } else {
            expect_fault(f, &ctx, 0, F_TRANSLATION, 0);
        }
    }
    fixture_free(f);
}

/* Bits that a leaf or a table does not use for its address are ignored. */
static void test_res0_address_bits(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);

    /* bits[50:48] of a 4KB descriptor; bits[20:12] of a 2MB block */
    tables_map(&t, 0, 3, UINT64_C(0x0007000000005000), TABLES_RW);
    expect_pa(f, &ctx, 0, 0x5000, 12);
    tables_map(&t, 0x200000, 2, 0x601ff000, TABLES_RW);
    expect_pa(f, &ctx, 0x2abcde, 0x60000000, 21);
    fixture_free(f);
}

static void test_contiguous(void)
{
    uint64_t contiguous = UINT64_C(1) << 52;
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);

    /* Misprogrammed: addresses that are neither contiguous nor aligned. */
    tables_map(&t, 0, 3, 0x7000, TABLES_RW | contiguous);
    tables_map(&t, 0x1000, 3, 0x3000, TABLES_RW);
    tables_map(&t, 0x2000, 3, 0xfff000, TABLES_RW | contiguous);
    expect_pa(f, &ctx, 0, 0x7000, 12);
    expect_pa(f, &ctx, 0x1000, 0x3000, 12);
    expect_pa(f, &ctx, 0x2000, 0xfff000, 12);
    expect_fault(f, &ctx, 0x3000, F_TRANSLATION, 0);
    fixture_free(f);
}

/* ---- Output size (3.4, 5.4 CD.IPS) ---- */

static void test_output_size(void)
{
    static const unsigned output_bits[] = { 32, 36, 40, 42, 44, 48 };
    Fixture *f = fixture_new(NULL);
    uint64_t at = TABLES_AT;

    for (unsigned g = 0; g < 3; g++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(output_bits); i++) {
            unsigned n = output_bits[i];
            unsigned kb = granule_kb[g];
            Tables t = tables_new(f, kb, 48, at);
            MsmmuContext ctx = context_of(&t);
            uint64_t page = kb * 1024;
            uint64_t limit = UINT64_C(1) << n;
            unsigned block = tables_shift(kb, 2);

            ctx.s1.output_bits = n;
            tables_map(&t, 0, 3, limit - page, TABLES_RW);
            expect_pa(f, &ctx, 0, limit - page, tables_shift(kb, 3));
            tables_map(&t, UINT64_C(1) << 46, 2,
                       limit - (UINT64_C(1) << block), TABLES_RW);
            expect_pa(f, &ctx, UINT64_C(1) << 46,
                      limit - (UINT64_C(1) << block), block);
            if (n < 48) {
                tables_map(&t, page, 3, limit, TABLES_RW);
                expect_fault(f, &ctx, page, F_ADDR_SIZE, 0);
                tables_map(&t, page, 3, UINT64_C(1) << 47, TABLES_RW);
                expect_fault(f, &ctx, page, F_ADDR_SIZE, 0);
                tables_map(&t, UINT64_C(1) << 46, 2,
                           MAX(limit, UINT64_C(1) << block), TABLES_RW);
                expect_fault(f, &ctx, UINT64_C(1) << 46, F_ADDR_SIZE, 0);
            }
            at += 0x100000;
        }
    }
    fixture_free(f);
}

/* Not F_WALK_EABT: the table is never read. */
static void test_table_beyond_output_size(void)
{
    Fixture *f = fixture_new(NULL);

    for (int level = 0; level < 3; level++) {
        Tables t = tables_new(f, 4, 48, TABLES_AT + level * 0x100000);
        MsmmuContext ctx = context_of(&t);

        ctx.s1.output_bits = 40;
        tables_set(&t, 0, level, (UINT64_C(1) << 40) | 3);
        fixture_fail(f, UINT64_C(1) << 40, UINT64_MAX);
        f->reads = 0;
        expect_fault(f, &ctx, 0, F_ADDR_SIZE, 0);
        g_assert_cmpuint(f->reads, ==, level + 1);
        fixture_heal(f);
    }
    fixture_free(f);
}

/* 64KB: bits[15:12] are OA[51:48], beyond every output size here. */
static void test_64k_high_bits(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 64, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);

    for (unsigned bit = 12; bit < 16; bit++) {
        tables_map(&t, 0, 3, UINT64_C(1) << bit, TABLES_RW);
        expect_fault(f, &ctx, 0, F_ADDR_SIZE, 0);
        tables_map(&t, UINT64_C(1) << 46, 2, UINT64_C(1) << bit, TABLES_RW);
        expect_fault(f, &ctx, UINT64_C(1) << 46, F_ADDR_SIZE, 0);
        tables_set(&t, UINT64_C(1) << 45, 1, UINT64_C(3) | UINT64_C(1) << bit);
        expect_fault(f, &ctx, UINT64_C(1) << 45, F_ADDR_SIZE, 0);
    }
    fixture_free(f);
}

/* ---- Aborts (7.3.12) ---- */

static void test_walk_aborts(void)
{
    Fixture *f = fixture_new(NULL);

    for (unsigned g = 0; g < 3; g++) {
        Tables t = tables_new(f, granule_kb[g], 48,
                              TABLES_AT + g * 0x100000);
        MsmmuContext ctx = context_of(&t);
        uint64_t va = UINT64_C(0x6789abcd0000);

        tables_map(&t, va, 3, 0, TABLES_RW);
        expect_pa(f, &ctx, va, 0, tables_shift(granule_kb[g], 3));
        for (int level = t.start_level; level <= 3; level++) {
            uint64_t pa = tables_slot(&t, va, level);

            fixture_fail(f, pa, pa + 7);
            expect_fault(f, &ctx, va, F_WALK_EABT, pa);
            fixture_heal(f);
        }
    }
    fixture_free(f);
}

/* ---- The first table ---- */

static void test_small_tables(void)
{
    Fixture *f = fixture_new(NULL);
    uint64_t at = TABLES_AT;

    for (unsigned g = 0; g < 3; g++) {
        for (unsigned n = least_input_bits(granule_kb[g]); n <= 48; n++) {
            Tables t = tables_new(f, granule_kb[g], n, at);
            MsmmuContext ctx = context_of(&t);
            uint64_t size = UINT64_C(1) << tables_root_log2(&t);
            uint64_t last = (UINT64_C(1) << n) - 1;
            unsigned shift = tables_shift(granule_kb[g], 3);

            /* Aligned to its own size only; lower bits of TTBx are ignored. */
            t.root += size < 0x8000 ? size : 0;
            tables_map(&t, last, 3, 0, TABLES_RW);
            ctx.ttb[0].table_pa = t.root | (size - 1);
            expect_pa(f, &ctx, last, 0, shift);
            at += 0x100000;
        }
    }
    fixture_free(f);
}

/*
 * The same walker with another description: concatenated first tables, as
 * stage 2 has them, here 16 tables at level 2 (Arm ARM D8.2.2).
 */
static void test_concatenated(void)
{
    Fixture *f = fixture_new(NULL);
    MsmmuWalk walk = {
        .stage = 2,
        .granule = MSMMU_4K,
        .start_level = 2,
        .input_bits = 34,
        .tables.output_bits = 40,
        .table_address = TABLES_AT,
        .m = f->m,
    };
    MsmmuLeaf leaf;
    MsmmuFault fault;

    for (uint64_t table = 0; table < 16; table++) {
        uint64_t ipa = table << 30 | UINT64_C(511) << 21;

        fixture_write64(f, TABLES_AT + table * 0x1000 + 511 * 8,
                        table << 32 | TABLES_AF | 1);
        g_assert_cmpint(msmmu_walk(&walk, ipa | 0x1234, &leaf, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_cmphex(leaf.address, ==, table << 32);
        g_assert_cmpuint(leaf.size_log2, ==, 21);
        g_assert_cmpuint(leaf.level, ==, 2);
    }
    g_assert_cmpint(msmmu_walk(&walk, UINT64_C(1) << 34, &leaf, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, F_TRANSLATION);
    g_assert_cmpuint(fault.stage, ==, 2);
    g_assert_cmpint(fault.class, ==, MSMMU_CLASS_IN);
    fixture_free(f);
}

/* ---- Access flag, priorities (7.3.22) ---- */

static void test_access_flag(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);

    tables_map(&t, 0, 3, 0x5000, TABLES_UNPRIV);
    tables_map(&t, 0x40000000, 1, 0x40000000, TABLES_UNPRIV);
    expect_fault(f, &ctx, 0, F_ACCESS, 0);
    expect_fault(f, &ctx, 0x40000000, F_ACCESS, 0);
    ctx.s1.access_flag_off = true;
    expect_pa(f, &ctx, 0, 0x5000, 12);
    expect_pa(f, &ctx, 0x40000000, 0x40000000, 30);
    fixture_free(f);
}

static void test_priorities(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);

    ctx.s1.output_bits = 40;
    /* AF = 0 and out of range: the address size comes first. */
    tables_map(&t, 0, 3, UINT64_C(1) << 40, 0);
    expect_fault(f, &ctx, 0, F_ADDR_SIZE, 0);
    /* Illegal and out of range: the translation fault does. */
    tables_set(&t, 0x1000, 3, (UINT64_C(1) << 40) | 1);
    expect_fault(f, &ctx, 0x1000, F_TRANSLATION, 0);
    /* A block at level 0 of a fitting address and without AF. */
    tables_set(&t, UINT64_C(1) << 39, 0, 1);
    expect_fault(f, &ctx, UINT64_C(1) << 39, F_TRANSLATION, 0);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/walk/" claim, function)
    ADD("first-and-last-leaf-of-every-granule-level-and-input-size",
        test_sweep);
    ADD("tbi-is-of-the-half-it-belongs-to", test_tbi);
    ADD("epd-faults-without-a-walk", test_epd);
    ADD("illegal-descriptors-are-translation-faults",
        test_illegal_descriptors);
    ADD("res0-address-bits-are-ignored", test_res0_address_bits);
    ADD("contiguous-bit-misprogrammed-is-harmless", test_contiguous);
    ADD("leaf-beyond-output-size-is-an-address-size-fault", test_output_size);
    ADD("table-beyond-output-size-is-an-address-size-fault",
        test_table_beyond_output_size);
    ADD("64k-bits-15-12-are-address", test_64k_high_bits);
    ADD("aborts-tell-the-descriptor", test_walk_aborts);
    ADD("first-table-is-aligned-to-its-size", test_small_tables);
    ADD("concatenated-first-tables", test_concatenated);
    ADD("access-flag-and-affd", test_access_flag);
    ADD("address-size-fault-before-access-fault", test_priorities);
#undef ADD
    return g_test_run();
}
