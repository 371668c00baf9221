/*
 * Sweeps of the walker: stage x granule x first level x leaf level x input size
 * x output size x endianness, first and last page, and each limit with what is
 * just beyond it. What exists is what the Arm ARM's tables list (tables.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "fixture.h"
#include "tables.h"
#include "walks.h"

/* Where tables go, but for the first. */
#define TABLES_AT UINT64_C(0x40000000)
/* Room for the largest set of concatenated tables, and their alignment. */
#define ROOT_SIZE UINT64_C(0x100000)

static const unsigned output_sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

/* ---- One combination ---- */

typedef struct Combination {
    unsigned stage;
    const TablesStart *start;
    unsigned input_bits;
    bool wide;
    bool big_endian;
    unsigned output_bits;
    int level;                  /* of leaves */
} Combination;

typedef struct Setup {
    const Combination *c;
    Fixture *f;
    Tables t;
    MsmmuContext s1;
    MsmmuStage2 s2;
    uint64_t limit;             /* the first address that is too large */
    uint64_t span;              /* of one leaf */
    uint64_t last;              /* the last input */
} Setup;

static unsigned bits_in_descriptors(const Combination *c)
{
    return c->wide ? 52 : 48;
}

/*
 * The first table is the last thing that fits the output size, and low bits of
 * its address are not zero, to no effect.
 */
static Setup set_up(Fixture *f, const Combination *c)
{
    unsigned bits = MIN(c->output_bits, bits_in_descriptors(c));
    Setup s = {
        .c = c,
        .f = f,
        .limit = UINT64_C(1) << bits,
        .span = UINT64_C(1) << tables_shift(c->start->kb, c->level),
        .last = (UINT64_C(1) << c->input_bits) - 1,
    };
    uint64_t ignored;

    fixture_wipe(f);
    s.t = tables_new_at_level(f, c->start->kb, c->input_bits, c->start->level,
                              s.limit - ROOT_SIZE);
    s.t.next = TABLES_AT;
    s.t.wide = c->wide;
    s.t.big_endian = c->big_endian;
    ignored = ((UINT64_C(1) << tables_root_log2(&s.t)) - 1) & ~UINT64_C(0xf);
    s.s1 = walks_context(&s.t);
    s.s1.s1.output_bits = c->output_bits;
    s.s1.ttb[0].table_pa |= ignored;
    s.s1.ttb[1].table_pa |= ignored;
    s.s2 = walks_stage2(&s.t);
    s.s2.tables.output_bits = c->output_bits;
    s.s2.table_pa |= ignored;
    return s;
}

static uint64_t attributes(const Setup *s)
{
    return s->c->stage == 1 ? TABLES_RW : TABLES_S2_RW;
}

static void map(Setup *s, uint64_t input, uint64_t output)
{
    tables_map(&s->t, input, s->c->level, output, attributes(s));
}

static const char *name_of(const Combination *c)
{
    static char name[128];

    g_snprintf(name, sizeof(name), "stage %u, %uK, %u bits from level %d to %u "
               "bits, leaf at %d, %s, %s endian", c->stage, c->start->kb,
               c->input_bits, c->start->level, c->output_bits, c->level,
               c->wide ? "wide" : "narrow", c->big_endian ? "big" : "little");
    return name;
}

/* One walk, of an input of stage 2 or a VA. */
static void expect(const Setup *s, uint64_t input, uint8_t event,
                   uint64_t output, unsigned size_log2)
{
    MsmmuFault fault = { 0 };
    MsmmuTranslation t = { 0 };
    MsmmuLeaf leaf;
    MsmmuStatus status;
    uint64_t first = input >> size_log2 << size_log2;

    if (s->c->stage == 1) {
        status = walk_stage1(s->f->m, &s->s1, input, &t, &fault);
    } else {
        status = walk_stage2(s->f->m, &s->s2, input, &leaf, &fault);
        t = (MsmmuTranslation) {
            .first_va = input >> leaf.size_log2 << leaf.size_log2,
            .first_pa = leaf.address,
            .size_log2 = leaf.size_log2,
            .leaf_level = leaf.level,
        };
    }
    if (event ? status != MSMMU_STATUS_FAULT || fault.type != event ||
                fault.stage != s->c->stage || fault.class != MSMMU_CLASS_IN ||
                fault.ipa != (s->c->stage == 1 ? 0 : input) :
                status != MSMMU_STATUS_OK || t.first_pa != output ||
                t.first_va != first || t.size_log2 != size_log2 ||
                t.leaf_level != s->c->level) {
        g_error("%s: input 0x%" PRIx64 ": event 0x%x, not 0x%x; 0x%" PRIx64
                "+2^%u at level %u, not 0x%" PRIx64 "+2^%u",
                name_of(s->c), input, fault.type, event, t.first_pa,
                t.size_log2, t.leaf_level, output, size_log2);
    }
}

/* @input as stage 2 or the lower half has it, and as the upper half has it. */
static void expect_halves(const Setup *s, uint64_t input, uint8_t event,
                          uint64_t output, unsigned size_log2)
{
    expect(s, input, event, output, size_log2);
    if (s->c->stage == 1) {
        expect(s, ~s->last | input, event, output, size_log2);
    }
}

/* ---- What is checked of each ---- */

/* The first and the last byte of the first and of the last leaf. */
static void check_leaves(Setup *s)
{
    unsigned size = MIN(tables_shift(s->c->start->kb, s->c->level),
                        s->c->output_bits);
    uint64_t top = s->limit > s->span ? s->limit - s->span : 0;
    uint64_t below = top > s->span ? top - s->span : 0;
    uint64_t mapped = UINT64_C(1) << size;

    map(s, 0, below);
    map(s, s->last, top);
    expect_halves(s, 0, 0, below, size);
    expect_halves(s, mapped - 1, 0, below, size);
    expect_halves(s, s->last - s->span + 1, 0, top, size);
    if (s->span <= s->limit) {
        expect_halves(s, s->last, 0, top, size);
    } else {
        /* A block larger than the output size, which parts of it exceed. */
        expect_halves(s, s->limit, F_ADDR_SIZE, 0, 0);
        expect_halves(s, s->last, F_ADDR_SIZE, 0, 0);
    }
}

/* One more than the largest input; nothing is read. */
static void check_input_limit(Setup *s)
{
    s->f->reads = 0;
    expect(s, s->last + 1, F_TRANSLATION, 0, 0);
    if (s->c->stage == 1) {
        expect(s, ~s->last - 1, F_TRANSLATION, 0, 0);
    }
    g_assert_cmpuint(s->f->reads, ==, 0);
}

/* Leaves at addresses that descriptors can hold, but that are too large. */
static void check_output_limit(Setup *s)
{
    unsigned bits = bits_in_descriptors(s->c);

    for (unsigned bit = s->c->output_bits; bit < bits; bit++) {
        if (UINT64_C(1) << bit >= s->span) {
            map(s, 0, UINT64_C(1) << bit);
            expect_halves(s, 0, F_ADDR_SIZE, 0, 0);
        }
    }
}

/* A table of @level's just below and just beyond what is too large. */
static void check_table_limit(Setup *s, int level)
{
    unsigned bits = bits_in_descriptors(s->c);
    uint64_t below = s->limit - ROOT_SIZE - s->c->start->kb * 1024;
    unsigned shift = tables_shift(s->c->start->kb, s->c->level);

    tables_set(&s->t, 0, level, tables_address(&s->t, below) | 3);
    map(s, 0, 0);
    expect_halves(s, 0, 0, 0, MIN(shift, s->c->output_bits));
    for (unsigned bit = s->c->output_bits; bit < bits; bit++) {
        tables_set(&s->t, 0, level,
                   tables_address(&s->t, UINT64_C(1) << bit) | 3);
        s->f->reads = 0;
        expect(s, 0, F_ADDR_SIZE, 0, 0);
        g_assert_cmpuint(s->f->reads, ==, level - s->c->start->level + 1);
    }
}

/* The first entry and the last of the first tables lead to faults alone. */
static void check_no_leaf(Setup *s)
{
    int level = s->c->level;

    if (level == 3 || tables_has_leaf(s->c->start->kb, level, s->c->wide)) {
        return;
    }
    map(s, 0, 0);
    map(s, s->last, 0);
    expect_halves(s, 0, F_TRANSLATION, 0, 0);
    expect_halves(s, s->last, F_TRANSLATION, 0, 0);
}

/* ---- All of them ---- */

typedef struct Counts {
    unsigned all;
    unsigned leaves[3][4];      /* by granule and level */
    unsigned no_leaves;
    unsigned starts[3][5];      /* by granule and level + 1 */
} Counts;

static void check(Fixture *f, const Combination *c, Counts *counts)
{
    Setup s = set_up(f, c);
    MsmmuGranule granule = walks_granule(c->start->kb);

    counts->all++;
    counts->starts[granule][c->start->level + 1]++;
    if (!tables_has_leaf(c->start->kb, c->level, c->wide)) {
        counts->no_leaves++;
        check_no_leaf(&s);
        return;
    }
    counts->leaves[granule][c->level]++;
    check_leaves(&s);
    check_input_limit(&s);
    check_output_limit(&s);
    for (int level = c->start->level; level < c->level; level++) {
        s = set_up(f, c);
        check_table_limit(&s, level);
    }
}

/* Leaf level, output size, endianness. */
static void sweep_outputs(Fixture *f, Combination c, Counts *counts)
{
    for (int level = c.start->level; level <= 3; level++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(output_sizes); i++) {
            for (unsigned big = 0; big < 2; big++) {
                c.level = level;
                c.output_bits = output_sizes[i];
                c.big_endian = big;
                check(f, &c, counts);
            }
        }
    }
}

static void sweep(unsigned stage, const TablesStart *starts, unsigned n)
{
    Fixture *f = fixture_new(NULL);
    Counts counts = { 0 };

    for (unsigned i = 0; i < n; i++) {
        for (unsigned txsz = starts[i].txsz_min; txsz <= starts[i].txsz_max;
             txsz++) {
            /* 64KB: FEAT_LVA alone gives VAs of 52 bits. */
            bool only_wide = starts[i].need == TABLES_WIDE &&
                             !(stage == 1 && starts[i].kb == 64);

            for (unsigned wide = only_wide; wide < 2; wide++) {
                Combination c = {
                    .stage = stage,
                    .start = &starts[i],
                    .input_bits = 64 - txsz,
                    .wide = wide,
                };

                sweep_outputs(f, c, &counts);
            }
        }
    }
    for (unsigned g = 0; g < 3; g++) {
        for (int level = -1; level <= 3; level++) {
            static const unsigned kb[] = { 4, 16, 64 };

            if (!tables_shift(kb[g], level)) {
                continue;
            }
            g_test_message("swept: stage %u, %uK: %u from level %d", stage,
                           kb[g], counts.starts[g][level + 1], level);
            g_assert_cmpuint(counts.starts[g][level + 1], >, 0);
            if (tables_has_leaf(kb[g], level, true)) {
                g_test_message("swept: stage %u, %uK: %u leaves at level %d",
                               stage, kb[g], counts.leaves[g][level], level);
                g_assert_cmpuint(counts.leaves[g][level], >, 0);
            }
        }
    }
    g_test_message("swept: stage %u: %u combinations, %u of them of levels "
                   "without leaves", stage, counts.all, counts.no_leaves);
    g_assert_cmpuint(counts.no_leaves, >, 0);
    fixture_free(f);
}

static void test_stage1(void)
{
    sweep(1, tables_stage1_starts, tables_stage1_starts_count);
}

static void test_stage2(void)
{
    sweep(2, tables_stage2_starts, tables_stage2_starts_count);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/walk/s1-every-size-level-and-limit", test_stage1);
    g_test_add_func("/msmmu/walk/s2-every-size-level-and-limit", test_stage2);
    return g_test_run();
}
