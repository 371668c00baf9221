/*
 * The walker, claim by claim, for both stages: which inputs it takes, which
 * descriptors, where the first table is, what aborts look like. Sizes and
 * levels are swept in test-walk-sweep.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "walks.h"

static const unsigned granule_kb[] = { 4, 16, 64 };

static unsigned stage_number(gconstpointer data)
{
    return GPOINTER_TO_UINT(data);
}

/* The level at which 48 bits start, at either stage. */
static int start_of(unsigned stage, unsigned kb)
{
    return kb == 64 || (kb == 16 && stage == 2) ? 1 : 0;
}

static Stage stage_48(Fixture *f, unsigned stage, unsigned kb)
{
    return stage_new(f, stage, kb, 48, start_of(stage, kb));
}

/* ---- Inputs (3.4, 3.4.1, 5.4.1.1) ---- */

#define TAGGED_LOW  UINT64_C(0xab00000000001000)
#define TAGGED_HIGH UINT64_C(0xab7fff0000001000)    /* bit 55 is 0 */
#define UPPER       UINT64_C(0xffffff0000001000)
#define TAGGED_UPPER UINT64_C(0x00ffff0000001000)   /* bit 55 is 1 */

static Stage stage_40(Fixture *f)
{
    Stage s = stage_new(f, 1, 4, 40, 0);

    stage_map(&s, 0x1000, 3, 0x5000);
    return s;
}

static void test_no_tbi(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f);

    stage_expect(&s, 0x1000, 0x5000, 12);
    stage_expect(&s, UPPER, 0x5000, 12);
    /* A tag is an address out of range. */
    stage_expect_fault(&s, TAGGED_LOW, F_TRANSLATION, 0);
    stage_expect_fault(&s, TAGGED_UPPER, F_TRANSLATION, 0);
    /* One tag bit is enough. */
    for (unsigned bit = 40; bit < 64; bit++) {
        stage_expect_fault(&s, 0x1000 | UINT64_C(1) << bit, F_TRANSLATION, 0);
        stage_expect_fault(&s, UPPER ^ UINT64_C(1) << bit, F_TRANSLATION, 0);
    }
    fixture_free(f);
}

static void expect_va(const Stage *s, uint64_t va, uint64_t first_va)
{
    MsmmuTranslation t;
    MsmmuFault fault;

    g_assert_cmpint(walk_stage1(s->f->m, &s->s1, va, &t, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_cmphex(t.first_va, ==, first_va);
    g_assert_cmphex(t.first_pa, ==, 0x5000);
}

static void test_tbi0(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f);

    s.s1.ttb[0].top_byte_ignored = true;
    expect_va(&s, TAGGED_LOW, 0x1000);
    stage_expect_fault(&s, TAGGED_UPPER, F_TRANSLATION, 0);
    /* Bits below the tag are still those of the address. */
    stage_expect_fault(&s, TAGGED_HIGH, F_TRANSLATION, 0);
    for (unsigned bit = 40; bit < 56; bit++) {
        stage_expect_fault(&s, TAGGED_LOW | UINT64_C(1) << bit, F_TRANSLATION,
                           0);
    }
    fixture_free(f);
}

static void test_tbi1(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f);

    s.s1.ttb[1].top_byte_ignored = true;
    stage_expect_fault(&s, TAGGED_LOW, F_TRANSLATION, 0);
    expect_va(&s, TAGGED_UPPER, UPPER);
    for (unsigned bit = 40; bit < 56; bit++) {
        stage_expect_fault(&s, TAGGED_UPPER ^ UINT64_C(1) << bit,
                           F_TRANSLATION, 0);
    }
    fixture_free(f);
}

static void test_epd(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f);

    s.s1.ttb[1] = (MsmmuTableBase) { .disabled = true };
    stage_expect(&s, 0x1000, 0x5000, 12);
    f->reads = 0;
    stage_expect_fault(&s, UPPER, F_TRANSLATION, 0);
    g_assert_cmpuint(f->reads, ==, 0);

    s.s1.ttb[1] = s.s1.ttb[0];
    s.s1.ttb[0] = (MsmmuTableBase) { .disabled = true };
    stage_expect(&s, UPPER, 0x5000, 12);
    stage_expect_fault(&s, 0x1000, F_TRANSLATION, 0);
    g_assert_cmpuint(f->reads, ==, 4);
    fixture_free(f);
}

/* Each half has its own tables, granule and size. */
static void test_halves(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f);
    Tables other = tables_new(f, 64, 36, WALKS_AT + 0x1000000);

    tables_map(&other, 0x10000, 3, 0xf0000, TABLES_RW);
    s.s1.ttb[1] = walks_context(&other).ttb[1];
    stage_expect(&s, 0x1000, 0x5000, 12);
    stage_expect(&s, UINT64_C(0xfffffff000010000), 0xf0000, 16);
    stage_expect_fault(&s, UINT64_C(0xffffffe000010000), F_TRANSLATION, 0);
    stage_expect_fault(&s, UINT64_C(0xfffffff000001000), F_TRANSLATION, 0);
    stage_expect_fault(&s, 0x10000, F_TRANSLATION, 0);
    fixture_free(f);
}

/* ---- Descriptors (Tables D8-48, D8-17, D8-27, D8-36) ---- */

static void test_illegal_descriptors(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    unsigned swept = 0;

    for (unsigned g = 0; g < G_N_ELEMENTS(granule_kb); g++) {
        unsigned kb = granule_kb[g];

        for (int level = start_of(stage_number(data), kb); level <= 3;
             level++) {
            for (unsigned type = 0; type < 3; type++) {
                Stage s = stage_48(f, stage_number(data), kb);
                bool block = type == 1 && level < 3 &&
                             tables_has_leaf(kb, level, false);

                tables_set(&s.t, 0, level, stage_rw(&s) | type);
                if (block) {
                    stage_expect_leaf(&s, 0, 0, tables_shift(kb, level),
                                      level);
                } else {
                    stage_expect_fault(&s, 0, F_TRANSLATION, 0);
                }
                swept++;
            }
        }
    }
    g_test_message("swept: stage %u: %u descriptors", stage_number(data),
                   swept);
    fixture_free(f);
}

/* A block, whose bits [1:0] are 0b01. */
typedef struct BlockClaim {
    const char *claim;
    unsigned stage;
    unsigned kb;
    int level;
    bool wide;
    bool legal;
} BlockClaim;

static const BlockClaim block_claims[] = {
    { "s1-4k-block-at-level-0-without-ds-faults", 1, 4, 0, false, false },
    { "s2-4k-block-at-level-0-without-ds-faults", 2, 4, 0, false, false },
    { "s1-16k-block-at-level-1-without-ds-faults", 1, 16, 1, false, false },
    { "s2-16k-block-at-level-1-without-ds-faults", 2, 16, 1, false, false },
    { "s1-64k-block-at-level-1-without-lpa-faults", 1, 64, 1, false, false },
    { "s2-64k-block-at-level-1-without-lpa-faults", 2, 64, 1, false, false },
    { "s1-4k-block-at-level-0-with-ds", 1, 4, 0, true, true },
    { "s2-4k-block-at-level-0-with-ds", 2, 4, 0, true, true },
    { "s1-16k-block-at-level-1-with-ds", 1, 16, 1, true, true },
    { "s2-16k-block-at-level-1-with-ds", 2, 16, 1, true, true },
    { "s1-64k-block-at-level-1-with-lpa", 1, 64, 1, true, true },
    { "s2-64k-block-at-level-1-with-lpa", 2, 64, 1, true, true },
    { "s1-4k-block-at-level-minus-1-faults", 1, 4, -1, true, false },
    { "s2-4k-block-at-level-minus-1-faults", 2, 4, -1, true, false },
    { "s1-16k-block-at-level-0-with-ds-faults", 1, 16, 0, true, false },
    { "s2-16k-block-at-level-0-with-ds-faults", 2, 16, 0, true, false },
};

static void test_block(gconstpointer data)
{
    const BlockClaim *b = data;
    int start = b->kb == 4 && b->level == -1 ? -1 :
                b->kb == 16 && b->level == 0 ? 0 : start_of(b->stage, b->kb);
    unsigned bits = start == -1 ? 52 : 48;
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, b->stage, b->kb, bits, start);
    Tables t = s.t;

    t.wide = b->wide;
    s = stage_of(b->stage, &t);
    tables_set(&s.t, 0, b->level, stage_rw(&s) | 1);
    if (b->legal) {
        stage_expect_leaf(&s, 0x123456, 0, tables_shift(b->kb, b->level),
                          b->level);
    } else {
        stage_expect_fault(&s, 0x123456, F_TRANSLATION, 0);
    }
    fixture_free(f);
}

/* DS says nothing of 64KB, nor does the PA size of 4KB and 16KB. */
static void test_wide_by_granule(gconstpointer data)
{
    static const int level[] = { 0, 1, 1 };
    Fixture *f = fixture_new(NULL);

    for (unsigned g = 0; g < G_N_ELEMENTS(granule_kb); g++) {
        Stage s = stage_48(f, stage_number(data), granule_kb[g]);

        stage_tables(&s)->output_bits = 52;
        stage_tables(&s)->ds = granule_kb[g] == 64;
        stage_tables(&s)->lpa = granule_kb[g] != 64;
        tables_set(&s.t, 0, level[g], stage_rw(&s) | 1);
        stage_expect_fault(&s, 0, F_TRANSLATION, 0);
    }
    fixture_free(f);
}

/* Bits that a leaf or a table does not use for its address are ignored. */
static void test_res0(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, stage_number(data), 4);

    /* 4KB: bits[50:48] */
    stage_map(&s, 0, 3, UINT64_C(0x0007000000005000));
    stage_expect(&s, 0, 0x5000, 12);
    /* A 2MB block: bits[20:17], nT, bits[15:12] */
    stage_map(&s, 0x200000, 2, 0x601ff000);
    stage_expect(&s, 0x2abcde, 0x60000000, 21);
    /* A 1GB block: bits[29:12] */
    stage_map(&s, 0x40000000, 1, 0xbffff000);
    stage_expect(&s, 0x40000000, 0x80000000, 30);
    /* A 16KB page and table: bits[13:12]; a 32MB block: bits[24:12] */
    s = stage_48(f, stage_number(data), 16);
    stage_map(&s, 0, 3, 0x7000);
    stage_expect(&s, 0, 0x4000, 14);
    tables_or(&s.t, 0, 2, 0x3000);
    stage_expect(&s, 0, 0x4000, 14);
    stage_map(&s, 0x2000000, 2, 0x3fff000);
    stage_expect(&s, 0x2000000, 0x2000000, 25);
    /* A 512MB block: bits[28:16] */
    s = stage_48(f, stage_number(data), 64);
    stage_map(&s, 0x20000000, 2, 0x3fff0000);
    stage_expect(&s, 0x20000000, 0x20000000, 29);
    fixture_free(f);
}

/* IGNORED in tables: [58:51], [11:2]; of stage 2 [62:59] are RES0. */
static void test_ignored_in_tables(gconstpointer data)
{
    uint64_t ignored = UINT64_C(0x07f8000000000ffc);
    Fixture *f = fixture_new(NULL);

    for (unsigned g = 0; g < G_N_ELEMENTS(granule_kb); g++) {
        unsigned kb = granule_kb[g];
        Stage s = stage_48(f, stage_number(data), kb);

        stage_map(&s, 0, 3, 0);
        for (int level = s.t.start_level; level < 3; level++) {
            tables_or(&s.t, 0, level, ignored);
        }
        stage_expect(&s, 0, 0, tables_shift(kb, 3));
        g_assert_cmpuint(f->updates, ==, 0);
    }
    fixture_free(f);
}

/* ---- Hints: the Contiguous bit (D8.7.1) and nT (3.21.1) ---- */

static void test_contiguous(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, stage_number(data), 4);

    /* Misprogrammed: addresses that are neither contiguous nor aligned. */
    stage_map(&s, 0, 3, TABLES_CONT | 0x7000);
    stage_map(&s, 0x1000, 3, 0x3000);
    stage_map(&s, 0x2000, 3, TABLES_CONT | 0xfff000);
    stage_expect(&s, 0, 0x7000, 12);
    stage_expect(&s, 0x1000, 0x3000, 12);
    stage_expect(&s, 0x2000, 0xfff000, 12);
    stage_expect_fault(&s, 0x3000, F_TRANSLATION, 0);
    /* More of them than there are inputs. */
    s = stage_new(f, stage_number(data), 4, 22, 2);
    stage_map(&s, 0, 2, TABLES_CONT | 0x200000);
    stage_expect(&s, 0, 0x200000, 21);
    stage_expect_fault(&s, 0x200000, F_TRANSLATION, 0);
    fixture_free(f);
}

static void test_nt(gconstpointer data)
{
    static const struct {
        unsigned kb;
        int level;
        bool wide;
    } cases[] = {
        { 4, 0, true }, { 4, 1, false }, { 4, 2, false }, { 16, 1, true },
        { 16, 2, false }, { 64, 1, true }, { 64, 2, false },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stage s = stage_48(f, stage_number(data), cases[i].kb);
        Tables t = s.t;

        t.wide = cases[i].wide;
        s = stage_of(stage_number(data), &t);
        stage_map(&s, 0, cases[i].level, TABLES_NT);
        stage_expect_leaf(&s, 0, 0, tables_shift(cases[i].kb, cases[i].level),
                          cases[i].level);
    }
    fixture_free(f);
}

/* ---- Aborts (7.3.12) ---- */

static void test_aborts(gconstpointer data)
{
    uint64_t input = UINT64_C(0x6789abcd0000);
    Fixture *f = fixture_new(NULL);

    for (unsigned g = 0; g < G_N_ELEMENTS(granule_kb); g++) {
        Stage s = stage_48(f, stage_number(data), granule_kb[g]);

        stage_map(&s, input, 3, 0);
        stage_expect(&s, input, 0, tables_shift(granule_kb[g], 3));
        for (int level = s.t.start_level; level <= 3; level++) {
            uint64_t pa = tables_slot(&s.t, input, level);

            fixture_fail(f, pa, pa + 7);
            stage_expect_fault(&s, input, F_WALK_EABT, pa);
            fixture_heal(f);
        }
    }
    fixture_free(f);
}

/* ---- The first table ---- */

/* Aligned to its own size only; lower bits of the base are ignored. */
static void test_small_tables(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    bool two = stage_number(data) == 2;
    const TablesStart *starts = two ? tables_stage2_starts :
                                      tables_stage1_starts;
    unsigned n = two ? tables_stage2_starts_count : tables_stage1_starts_count;
    unsigned swept = 0;

    for (unsigned i = 0; i < n; i++) {
        for (unsigned txsz = starts[i].txsz_min; txsz <= starts[i].txsz_max;
             txsz++) {
            Stage s = stage_new(f, stage_number(data), starts[i].kb,
                                64 - txsz, starts[i].level);
            uint64_t size = UINT64_C(1) << tables_root_log2(&s.t);
            uint64_t last = (UINT64_C(1) << s.t.input_bits) - 1;
            Tables t = s.t;

            t.next = t.root + 0x200000;
            t.root += starts[i].need == TABLES_WIDE ? MAX(size, 64) : size;
            s = stage_of(stage_number(data), &t);
            s.s1.ttb[0].table_pa |= size - 1;
            s.s2.table_pa |= size - 1;
            stage_map(&s, last, 3, 0);
            stage_expect(&s, last, 0, tables_shift(starts[i].kb, 3));
            swept++;
        }
    }
    g_test_message("swept: stage %u: %u first tables", stage_number(data),
                   swept);
    fixture_free(f);
}

/* 5.2 S2TTB, 5.4 TTB0: bits [5:0] are zero where the output has 52 bits. */
static void test_64_byte_alignment(gconstpointer data)
{
    static const struct {
        unsigned kb;
        unsigned input_bits;    /* two entries in the first table: 16 bytes */
        int start;
    } cases[] = {
        { 4, 31, 1 }, { 4, 22, 2 }, { 4, 49, -1 }, { 16, 37, 1 },
        { 16, 26, 2 }, { 64, 43, 1 }, { 64, 30, 2 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned wide = cases[i].input_bits > 48; wide < 2; wide++) {
            for (unsigned bits = 48; bits <= 52; bits += 4) {
                Stage s = stage_new(f, stage_number(data), cases[i].kb,
                                    cases[i].input_bits, cases[i].start);
                Tables t = s.t;

                t.wide = wide;
                s = stage_of(stage_number(data), &t);
                stage_tables(&s)->output_bits = bits;
                s.s1.ttb[0].table_pa |= 0x30;
                s.s2.table_pa |= 0x30;
                stage_map(&s, 0, 3, 0);
                if (bits == 52) {
                    stage_expect(&s, 0, 0, tables_shift(cases[i].kb, 3));
                } else {
                    /* What is at 0x30 is nothing. */
                    stage_expect_fault(&s, 0, F_TRANSLATION, 0);
                }
            }
        }
    }
    fixture_free(f);
}

/* Up to 16 first tables, each with a leaf of its own (Arm ARM D8.2.2). */
static void test_concatenated(void)
{
    static const struct {
        unsigned kb;
        int start;
        unsigned input_bits;
        unsigned tables;
    } cases[] = {
        { 4, 1, 41, 4 }, { 4, 2, 32, 4 }, { 16, 2, 38, 4 }, { 64, 2, 44, 8 },
        { 4, 1, 40, 2 }, { 4, 1, 43, 16 }, { 4, 2, 34, 16 }, { 16, 1, 48, 2 },
        { 16, 2, 40, 16 }, { 64, 2, 46, 16 }, { 64, 3, 33, 16 },
        { 4, 0, 52, 16 }, { 16, 1, 51, 16 }, { 16, 3, 29, 16 },
        { 4, 3, 25, 16 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stage s = stage_new(f, 2, cases[i].kb, cases[i].input_bits,
                            cases[i].start);
        unsigned shift = tables_shift(cases[i].kb, 3);
        uint64_t each = (UINT64_C(1) << cases[i].input_bits) / cases[i].tables;

        for (unsigned n = 0; n < cases[i].tables; n++) {
            stage_map(&s, n * each, 3, (n + 1) * 0x100000);
            stage_map(&s, (n + 1) * each - 1, 3, (n + 17) * 0x100000);
        }
        for (unsigned n = 0; n < cases[i].tables; n++) {
            stage_expect(&s, n * each, (n + 1) * 0x100000, shift);
            stage_expect(&s, (n + 1) * each - 1, (n + 17) * 0x100000, shift);
        }
        stage_expect_fault(&s, cases[i].tables * each, F_TRANSLATION, 0);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/walk/" claim, function)
    ADD("tag-without-tbi-is-out-of-range", test_no_tbi);
    ADD("tbi0-is-of-the-lower-half", test_tbi0);
    ADD("tbi1-is-of-the-upper-half", test_tbi1);
    ADD("epd-faults-without-a-walk", test_epd);
    ADD("halves-have-their-own-granule-and-size", test_halves);
    ADD("s2-concatenated-tables-index-beyond-the-first", test_concatenated);
#undef ADD
    for (unsigned i = 0; i < G_N_ELEMENTS(block_claims); i++) {
        char *path = g_strdup_printf("/msmmu/walk/%s", block_claims[i].claim);

        g_test_add_data_func(path, &block_claims[i], test_block);
        g_free(path);
    }
    for (unsigned stage = 1; stage <= 2; stage++) {
#define ADD(claim, function) stage_add_test(claim, stage, function)
        ADD("illegal-descriptors-are-translation-faults",
            test_illegal_descriptors);
        ADD("ds-is-not-for-64k-nor-lpa-for-others", test_wide_by_granule);
        ADD("res0-address-bits-are-ignored", test_res0);
        ADD("ignored-bits-of-tables-are-ignored", test_ignored_in_tables);
        ADD("contiguous-bit-misprogrammed-is-harmless", test_contiguous);
        ADD("nt-is-ignored", test_nt);
        ADD("aborts-tell-the-descriptor", test_aborts);
        ADD("first-table-is-aligned-to-its-size", test_small_tables);
        ADD("first-table-is-aligned-to-64-bytes-with-52-bit-output",
            test_64_byte_alignment);
#undef ADD
    }
    return g_test_run();
}
