/*
 * Walks of stage 1 whose tables are behind stage 2: each descriptor is where
 * stage 2 has it, and what stage 2 refuses is told as its fault (IHI 0070 3.4,
 * 3.13.5, 7.3.12 to 7.3.16, 7.3.22).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "walks.h"

/* Where the tables of stage 2 and of stage 1 are, and what the latter map. */
#define S2_AT       UINT64_C(0x80000000)
#define S1_IPA      UINT64_C(0x20000000)
#define S1_PA       UINT64_C(0x5000000000)

static const unsigned granule_kb[] = { 4, 16, 64 };

typedef struct Nested {
    Fixture *f;
    Tables s2;
    Stage s1;
} Nested;

/*
 * Stage 1 of 48 bits, whose tables are in @room bytes at S1_IPA. Stage 2 has
 * them in pages in descending order, with one between any two.
 */
static Nested *nested_new(unsigned kb1, unsigned kb2, uint64_t room)
{
    Nested *n = g_new0(Nested, 1);
    uint64_t page = kb2 * 1024;
    uint64_t pages = room / page;
    Tables t;

    n->f = fixture_new(NULL);
    n->s2 = tables_new_at_level(n->f, kb2, 40, kb2 == 4 ? 1 : 2, S2_AT);
    for (uint64_t i = 0; i < pages; i++) {
        tables_map(&n->s2, S1_IPA + i * page, 3,
                   S1_PA + 2 * (pages - 1 - i) * page, TABLES_S2_RW);
    }
    t = tables_new(n->f, kb1, 48, S1_IPA);
    t.through = &n->s2;
    n->s1 = stage_of(1, &t);
    n->s1.s1.s1.output_bits = 40;
    n->s1.s1.stage2 = true;
    n->s1.s1.s2 = walks_stage2(&n->s2);
    return n;
}

static void nested_free(Nested *n)
{
    fixture_free(n->f);
    g_free(n);
}

static MsmmuTables *s2_tables(Nested *n)
{
    return &n->s1.s1.s2.tables;
}

/* The leaf of stage 2 for the page that has @ipa. */
static uint64_t s2_leaf(Nested *n, uint64_t ipa)
{
    return tables_get(&n->s2, ipa, 3);
}

static void set_s2_leaf(Nested *n, uint64_t ipa, uint64_t descriptor)
{
    tables_set(&n->s2, ipa, 3, descriptor);
}

/* Stage 1 faults for VA 0; all fields are as expected. */
static void expect_fault(const Nested *n, const MsmmuFault *expected)
{
    MsmmuTranslation t;
    MsmmuFault fault;

    memset(&fault, 0x5a, sizeof(fault));
    g_assert_cmpint(walk_stage1(n->f->m, &n->s1.s1, 0, &t, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, expected->type);
    g_assert_cmpuint(fault.stage, ==, expected->stage);
    g_assert_cmpint(fault.class, ==, expected->class);
    if (fault.type == F_WALK_EABT) {
        g_assert_cmphex(fault.fetch_address, ==, expected->fetch_address);
    } else {
        g_assert_cmphex(fault.ipa, ==, expected->ipa);
    }
    if (fault.type == F_PERMISSION) {
        g_assert_cmpint(fault.read_not_write, ==, expected->read_not_write);
    }
}

/* ---- Where descriptors are ---- */

/*
 * Every part of every table is looked up by itself: a table of stage 1 may span
 * pages of stage 2 that are anywhere.
 */
static void test_discontiguous(void)
{
    unsigned swept = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(granule_kb); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(granule_kb); j++) {
            Nested *n = nested_new(granule_kb[i], granule_kb[j], 0x200000);
            unsigned shift = tables_shift(granule_kb[i], 3);
            unsigned entries = granule_kb[i] * 1024 / 8;

            /* Leaves all over the last table, in all of its pages. */
            for (uint64_t k = 0; k < 64; k++) {
                uint64_t index = (k * 37 + 1) % 64 * (entries / 64) + k % 8;

                stage_map(&n->s1, index << shift, 3, (index + 1) << shift);
            }
            for (uint64_t k = 0; k < 64; k++) {
                uint64_t index = (k * 37 + 1) % 64 * (entries / 64) + k % 8;

                stage_expect(&n->s1, index << shift, (index + 1) << shift,
                             shift);
                swept++;
            }
            nested_free(n);
        }
    }
    g_test_message("swept: %u leaves of 9 pairs of granules", swept);
}

/* The deviation by name: 16 pages of stage 2 in one table of stage 1. */
static void test_64k_over_4k(void)
{
    Nested *n = nested_new(64, 4, 0x100000);

    for (uint64_t page = 0; page < 16; page++) {
        uint64_t va = page * 512 << 16;     /* 512 entries to a page */

        stage_map(&n->s1, va, 3, (page + 1) << 16);
    }
    for (uint64_t page = 0; page < 16; page++) {
        stage_expect(&n->s1, page * 512 << 16, (page + 1) << 16, 16);
    }
    /* They are where stage 2 says. */
    g_assert_cmphex(fixture_read64(n->f, tables_output(&n->s2,
                        tables_slot(&n->s1.t, UINT64_C(15) * 512 << 16, 3))),
                    ==, 0x100000 | TABLES_RW | 3);
    nested_free(n);
}

/* ---- What stage 2 refuses ---- */

static void test_faults_of_stage2(void)
{
    static const struct {
        const char *name;
        uint64_t clear, set;
        uint8_t type;
    } cases[] = {
        { "not there", 1, 0, F_TRANSLATION },
        { "too far away", 0, UINT64_C(1) << 47, F_ADDR_SIZE },
        { "not accessed", TABLES_AF, 0, F_ACCESS },
        { "not readable", TABLES_S2_READ, 0, F_PERMISSION },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int level = 0; level <= 3; level++) {
            Nested *n = nested_new(4, 4, 0x100000);
            uint64_t ipa;

            g_test_message("%s, level %d", cases[i].name, level);
            stage_map(&n->s1, 0, 3, 0);
            ipa = tables_slot(&n->s1.t, 0, level);
            s2_tables(n)->output_bits = 44;
            set_s2_leaf(n, ipa, (s2_leaf(n, ipa) & ~cases[i].clear) |
                                cases[i].set);
            expect_fault(n, &(MsmmuFault) {
                .type = cases[i].type, .stage = 2, .class = MSMMU_CLASS_TT,
                .ipa = ipa, .read_not_write = true,
            });
            nested_free(n);
        }
    }
}

/* IPA is the descriptor's, not its page's or its table's. */
static void test_ipa_of_descriptor(void)
{
    Nested *n = nested_new(4, 4, 0x100000);
    uint64_t va = UINT64_C(0x123) << 12;
    uint64_t ipa;
    MsmmuTranslation t;
    MsmmuFault fault;

    stage_map(&n->s1, va, 3, 0);
    ipa = tables_slot(&n->s1.t, va, 3);
    g_assert_cmphex(ipa & 0xfff, ==, 0x123 * 8);
    set_s2_leaf(n, ipa, 0);
    g_assert_cmpint(walk_stage1(n->f->m, &n->s1.s1, va, &t, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.ipa, ==, ipa);
    nested_free(n);
}

/* A table that stage 1 may have, but that stage 2 has no input for. */
static void test_table_beyond_stage2(void)
{
    Nested *n = nested_new(4, 4, 0x100000);
    uint64_t beyond = UINT64_C(1) << 40;

    n->s1.s1.s1.output_bits = 44;
    tables_set(&n->s1.t, 0, 0, beyond | 3);
    expect_fault(n, &(MsmmuFault) {
        .type = F_TRANSLATION, .stage = 2, .class = MSMMU_CLASS_TT,
        .ipa = beyond,
    });
    /* What stage 1 may not have is a fault of its own. */
    n->s1.s1.s1.output_bits = 40;
    expect_fault(n, &(MsmmuFault) {
        .type = F_ADDR_SIZE, .stage = 1, .class = MSMMU_CLASS_IN,
    });
    nested_free(n);
}

/* ---- Aborts (7.3.12) ---- */

static void test_aborts(void)
{
    Nested *n = nested_new(4, 4, 0x100000);

    stage_map(&n->s1, 0, 3, 0);
    for (int level = 0; level <= 3; level++) {
        uint64_t ipa = tables_slot(&n->s1.t, 0, level);
        uint64_t pa = tables_output(&n->s2, ipa);

        /* The descriptor itself, having been found. */
        fixture_fail(n->f, pa, pa + 7);
        expect_fault(n, &(MsmmuFault) {
            .type = F_WALK_EABT, .stage = 1, .class = MSMMU_CLASS_TT,
            .fetch_address = pa,
        });
        fixture_heal(n->f);
        /* The descriptor of stage 2 that tells where it is. */
        pa = tables_slot(&n->s2, ipa, 3);
        fixture_fail(n->f, pa, pa + 7);
        expect_fault(n, &(MsmmuFault) {
            .type = F_WALK_EABT, .stage = 2, .class = MSMMU_CLASS_TT,
            .fetch_address = pa,
        });
        fixture_heal(n->f);
    }
    nested_free(n);
}

/* ---- Updates behind stage 2 (3.13.5) ---- */

static Nested *updating(uint64_t *ipa)
{
    Nested *n = nested_new(4, 4, 0x100000);

    n->s1.s1.s1.update_access = true;
    tables_map(&n->s1.t, 0, 3, 0, TABLES_UNPRIV);
    *ipa = tables_slot(&n->s1.t, 0, 3);
    return n;
}

static void test_update_refused(void)
{
    uint64_t ipa;
    Nested *n = updating(&ipa);

    set_s2_leaf(n, ipa, s2_leaf(n, ipa) & ~TABLES_S2_WRITE);
    expect_fault(n, &(MsmmuFault) {
        .type = F_PERMISSION, .stage = 2, .class = MSMMU_CLASS_TT,
        .ipa = ipa, .read_not_write = false,
    });
    g_assert_cmphex(tables_get(&n->s1.t, 0, 3) & TABLES_AF, ==, 0);
    nested_free(n);
}

/* The update of stage 1 dirties the page that it is in; so does HAFT. */
static void test_update_dirties(void)
{
    uint64_t ipa, leaf;
    Nested *n = updating(&ipa);

    s2_tables(n)->update_access = true;
    s2_tables(n)->update_dirty = true;
    leaf = (s2_leaf(n, ipa) | TABLES_DBM) & ~(TABLES_S2_WRITE | TABLES_AF);
    set_s2_leaf(n, ipa, leaf);
    stage_expect(&n->s1, 0, 0, 12);
    g_assert_cmphex(tables_get(&n->s1.t, 0, 3), ==,
                    3 | TABLES_UNPRIV | TABLES_AF);
    g_assert_cmphex(s2_leaf(n, ipa), ==, leaf | TABLES_S2_WRITE | TABLES_AF);

    n->s1.s1.s1.update_tables = true;
    ipa = tables_slot(&n->s1.t, 0, 1);
    leaf = (s2_leaf(n, ipa) | TABLES_DBM) & ~TABLES_S2_WRITE;
    set_s2_leaf(n, ipa, leaf);
    stage_expect(&n->s1, 0, 0, 12);
    g_assert_cmphex(s2_leaf(n, ipa), ==, leaf | TABLES_S2_WRITE);
    g_assert_cmphex(tables_get(&n->s1.t, 0, 1) & TABLES_AF, ==, TABLES_AF);
    nested_free(n);
}

/* A fetch alone sets the Access flag of stage 2, and dirties nothing. */
static void test_fetch_dirties_nothing(void)
{
    uint64_t ipa, leaf;
    Nested *n = updating(&ipa);

    n->s1.s1.s1.update_access = false;
    tables_or(&n->s1.t, 0, 3, TABLES_AF);
    s2_tables(n)->update_access = true;
    s2_tables(n)->update_dirty = true;
    leaf = (s2_leaf(n, ipa) | TABLES_DBM) & ~(TABLES_S2_WRITE | TABLES_AF);
    set_s2_leaf(n, ipa, leaf);
    stage_expect(&n->s1, 0, 0, 12);
    g_assert_cmphex(s2_leaf(n, ipa), ==, leaf | TABLES_AF);
    nested_free(n);
}

/* An abort of stage 2's own update, for the table of stage 1. */
static void fail_at_descriptor(Fixture *f, uint64_t pa)
{
    uint64_t *s2_descriptor = f->hook_data;

    if (pa == *s2_descriptor) {
        fixture_fail(f, pa, pa + 7);
    }
}

static void test_update_of_stage2_aborts(void)
{
    uint64_t ipa, pa;
    Nested *n = updating(&ipa);

    s2_tables(n)->update_access = true;
    s2_tables(n)->update_dirty = true;
    set_s2_leaf(n, ipa, (s2_leaf(n, ipa) | TABLES_DBM) & ~TABLES_S2_WRITE);
    pa = tables_slot(&n->s2, ipa, 3);
    n->f->hook_data = &pa;
    n->f->on_update = fail_at_descriptor;
    expect_fault(n, &(MsmmuFault) {
        .type = F_WALK_EABT, .stage = 2, .class = MSMMU_CLASS_TT,
        .fetch_address = pa,
    });
    nested_free(n);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/walk/nested-" claim, function)
    ADD("tables-over-discontiguous-pages-of-every-granule",
        test_discontiguous);
    ADD("64k-table-over-discontiguous-4k-pages", test_64k_over_4k);
    ADD("faults-of-stage-2-are-of-class-tt", test_faults_of_stage2);
    ADD("ipa-is-that-of-the-descriptor", test_ipa_of_descriptor);
    ADD("table-beyond-stage-2-inputs", test_table_beyond_stage2);
    ADD("aborts-tell-whose-descriptor", test_aborts);
    ADD("update-needs-write-permission-of-stage-2", test_update_refused);
    ADD("update-of-stage-1-dirties-its-page", test_update_dirties);
    ADD("fetch-of-stage-1-dirties-nothing", test_fetch_dirties_nothing);
    ADD("update-of-stage-2-that-aborts", test_update_of_stage2_aborts);
#undef ADD
    return g_test_run();
}
