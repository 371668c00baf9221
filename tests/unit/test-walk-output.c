/*
 * What descriptors lead to: addresses of 48 and of 52 bits as literal words,
 * output sizes, and what comes first when several things are wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walks.h"

static unsigned stage_number(gconstpointer data)
{
    return GPOINTER_TO_UINT(data);
}

/* 48 bits of input; tables that are wide if @wide. */
static Stage stage_48(Fixture *f, unsigned stage, unsigned kb, bool wide)
{
    int start = kb == 64 || (kb == 16 && stage == 2) ? 1 : 0;
    Stage s = stage_new(f, stage, kb, 48, start);
    Tables t = s.t;

    t.wide = wide;
    return stage_of(stage, &t);
}

/* Bits that make a valid leaf at either stage, without SH. */
static uint64_t valid(const Stage *s)
{
    return stage_rw(s) | 1;
}

/* ---- Addresses in leaves (Arm ARM Tables D8-52, D8-53) ---- */

static void test_literal_leaves(gconstpointer data)
{
    static const struct {
        const char *name;
        unsigned kb;
        bool wide;
        int level;
        uint64_t word;          /* bits of the descriptor */
        uint64_t address;
    } cases[] = {
        { "4KB page", 4, false, 3, 0x0000fffffffff002, 0x0000fffffffff000 },
        { "4KB page with DS", 4, true, 3, 0x0003fffffffff302,
          0x000ffffffffff000 },
        { "4KB page with DS, bit 48", 4, true, 3, 0x0001000000000002,
          0x0001000000000000 },
        { "4KB page with DS, bit 49", 4, true, 3, 0x0002000000000002,
          0x0002000000000000 },
        { "4KB page with DS, bit 50", 4, true, 3, 0x0000000000000102,
          0x0004000000000000 },
        { "4KB page with DS, bit 51", 4, true, 3, 0x0000000000000202,
          0x0008000000000000 },
        { "2MB block", 4, false, 2, 0x0000ffffffe00000, 0x0000ffffffe00000 },
        { "2MB block with DS", 4, true, 2, 0x0003ffffffe00300,
          0x000fffffffe00000 },
        { "1GB block with DS", 4, true, 1, 0x0003ffffc0000300,
          0x000fffffc0000000 },
        { "512GB block with DS", 4, true, 0, 0x0003ff8000000300,
          0x000fff8000000000 },
        { "16KB page", 16, false, 3, 0x0000ffffffffc002, 0x0000ffffffffc000 },
        { "16KB page with DS", 16, true, 3, 0x0003ffffffffc302,
          0x000fffffffffc000 },
        { "16KB page with DS, bits [13:12] RES0", 16, true, 3,
          0x0003fffffffff302, 0x000fffffffffc000 },
        { "32MB block with DS", 16, true, 2, 0x0003fffffe000300,
          0x000ffffffe000000 },
        { "64GB block with DS", 16, true, 1, 0x0003fff000000300,
          0x000ffff000000000 },
        { "64KB page", 64, false, 3, 0x0000ffffffff0002, 0x0000ffffffff0000 },
        { "64KB page with LPA", 64, true, 3, 0x0000fffffffff002,
          0x000fffffffff0000 },
        { "64KB page with LPA, bit 48", 64, true, 3, 0x0000000000001002,
          0x0001000000000000 },
        { "64KB page with LPA, bit 49", 64, true, 3, 0x0000000000002002,
          0x0002000000000000 },
        { "64KB page with LPA, bit 50", 64, true, 3, 0x0000000000004002,
          0x0004000000000000 },
        { "64KB page with LPA, bit 51", 64, true, 3, 0x0000000000008002,
          0x0008000000000000 },
        { "64KB page with LPA, bits [49:48] RES0", 64, true, 3,
          0x0003000000000302, 0 },
        { "512MB block with LPA", 64, true, 2, 0x0000ffffe000f000,
          0x000fffffe0000000 },
        { "4TB block with LPA", 64, true, 1, 0x0000fc000000f000,
          0x000ffc0000000000 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stage s = stage_48(f, stage_number(data), cases[i].kb, cases[i].wide);

        g_test_message("%s", cases[i].name);
        tables_set(&s.t, 0, cases[i].level, valid(&s) | cases[i].word);
        stage_expect_leaf(&s, 0, cases[i].address,
                          tables_shift(cases[i].kb, cases[i].level),
                          cases[i].level);
    }
    g_test_message("swept: stage %u: %zu leaves", stage_number(data),
                   G_N_ELEMENTS(cases));
    fixture_free(f);
}

/* ---- Addresses in tables (Tables D8-50, D8-51) ---- */

static void test_literal_tables(gconstpointer data)
{
    static const struct {
        unsigned kb;
        bool wide;
        uint64_t word;          /* a Table descriptor */
        uint64_t address;
    } cases[] = {
        { 4, false, 0x0000aaaaaaaaa003, 0x0000aaaaaaaaa000 },
        { 4, true, 0x0002aaaaaaaaa203, 0x000aaaaaaaaaa000 },
        { 4, true, 0x0001555555555103, 0x0005555555555000 },
        { 16, false, 0x0000aaaaaaaa8003, 0x0000aaaaaaaa8000 },
        { 16, true, 0x0002aaaaaaaab203, 0x000aaaaaaaaa8000 },
        { 16, true, 0x0001555555557103, 0x0005555555554000 },
        { 64, false, 0x0000aaaaaaaa0003, 0x0000aaaaaaaa0000 },
        { 64, true, 0x0000aaaaaaaaa003, 0x000aaaaaaaaa0000 },
        { 64, true, 0x0000555555555003, 0x0005555555550000 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int above = 0; above < 3; above++) {
            Stage s = stage_48(f, stage_number(data), cases[i].kb,
                               cases[i].wide);
            int level = s.t.start_level + above;

            if (level >= 3) {
                continue;
            }
            tables_set(&s.t, 0, level, cases[i].word);
            /* The first entry of the next table: an abort tells where it is. */
            fixture_fail(f, cases[i].address, cases[i].address + 7);
            stage_expect_fault(&s, 0, F_WALK_EABT, cases[i].address);
            fixture_heal(f);
        }
    }
    fixture_free(f);
}

/* ---- Output sizes (3.4, 5.2 STE.S2PS, 5.4 CD.IPS) ---- */

/* Not F_WALK_EABT: the table is never read. */
static void test_table_beyond(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);

    for (int level = 0; level < 3; level++) {
        Stage s = stage_48(f, stage_number(data), 4, false);

        stage_tables(&s)->output_bits = 40;
        tables_set(&s.t, 0, level, (UINT64_C(1) << 40) | 3);
        fixture_fail(f, UINT64_C(1) << 40, UINT64_MAX);
        f->reads = 0;
        stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
        g_assert_cmpuint(f->reads, ==, level + 1);
        fixture_heal(f);
    }
    fixture_free(f);
}

/* R_WDZFC: they fault where no address has more than 48 bits. */
static void test_64k_bits_15_12(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, stage_number(data), 64, false);

    for (unsigned bit = 12; bit < 16; bit++) {
        uint64_t word = valid(&s) | UINT64_C(1) << bit;

        tables_set(&s.t, 0, 3, word | 2);
        stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
        tables_set(&s.t, UINT64_C(1) << 46, 2, word);
        stage_expect_fault(&s, UINT64_C(1) << 46, F_ADDR_SIZE, 0);
        tables_set(&s.t, UINT64_C(1) << 45, 1, UINT64_C(1) << bit | 3);
        stage_expect_fault(&s, UINT64_C(1) << 45, F_ADDR_SIZE, 0);
    }
    fixture_free(f);
}

/*
 * A size of 52 bits that descriptors cannot hold: bits above the 48 that they
 * can are zero, not faults (5.4 CD.IPS).
 */
static void test_larger_than_descriptors(gconstpointer data)
{
    static const unsigned kb[] = { 4, 16 };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(kb); i++) {
        Stage s = stage_48(f, stage_number(data), kb[i], false);

        stage_tables(&s)->output_bits = 52;
        stage_tables(&s)->lpa = true;
        tables_set(&s.t, 0, 3, valid(&s) | 2 | UINT64_C(0x0003800000000300));
        stage_expect(&s, 0, UINT64_C(0x0000800000000000),
                     tables_shift(kb[i], 3));
    }
    fixture_free(f);
}

/* With DS and LPA, smaller output sizes still count. */
static void test_wide_but_small(gconstpointer data)
{
    static const unsigned kb[] = { 4, 16, 64 };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(kb); i++) {
        Stage s = stage_48(f, stage_number(data), kb[i], true);

        for (unsigned bit = 47; bit < 52; bit++) {
            stage_map(&s, 0, 3, UINT64_C(1) << bit);
            stage_tables(&s)->output_bits = 48;
            if (bit < 48) {
                stage_expect(&s, 0, UINT64_C(1) << bit,
                             tables_shift(kb[i], 3));
            } else {
                stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
            }
            stage_tables(&s)->output_bits = 52;
            stage_expect(&s, 0, UINT64_C(1) << bit, tables_shift(kb[i], 3));
        }
    }
    fixture_free(f);
}

/* One half may have 64KB where DS is for the other (5.4 CD.DS). */
static void test_64k_with_ds(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);

    for (unsigned lpa = 0; lpa < 2; lpa++) {
        Stage s = stage_48(f, stage_number(data), 64, lpa);

        stage_tables(&s)->ds = true;
        /* SH is 0b11, and bits [49:48] are RES0. */
        tables_set(&s.t, 0, 3, valid(&s) | 2 | UINT64_C(0x0003000000050300));
        stage_expect(&s, 0, 0x50000, 16);
        tables_or(&s.t, 0, 2, UINT64_C(0x0003000000000300));
        stage_expect(&s, 0, 0x50000, 16);
    }
    fixture_free(f);
}

/* Bits [15:12] are part of the address of 4KB, whatever the PA size is. */
static void test_4k_with_lpa(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, stage_number(data), 4, false);

    stage_tables(&s)->lpa = true;
    stage_tables(&s)->output_bits = 52;
    stage_map(&s, 0, 3, 0xf000);
    stage_expect(&s, 0, 0xf000, 12);
    fixture_free(f);
}

/* The output is what must fit, not the first byte of the block (5.4 CD.IPS). */
static void test_block_larger_than_output(gconstpointer data)
{
    static const struct {
        unsigned kb;
        int level;
        unsigned output_bits;
    } cases[] = {
        { 4, 0, 32 }, { 4, 0, 36 }, { 16, 1, 32 }, { 64, 1, 32 },
        { 64, 1, 36 }, { 64, 1, 40 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stage s = stage_48(f, stage_number(data), cases[i].kb, true);
        uint64_t limit = UINT64_C(1) << cases[i].output_bits;
        uint64_t span = UINT64_C(1) << tables_shift(cases[i].kb,
                                                    cases[i].level);

        stage_tables(&s)->output_bits = cases[i].output_bits;
        stage_map(&s, 0, cases[i].level, 0);
        stage_expect_leaf(&s, 0, 0, cases[i].output_bits, cases[i].level);
        stage_expect_leaf(&s, limit - 1, 0, cases[i].output_bits,
                          cases[i].level);
        stage_expect_fault(&s, limit, F_ADDR_SIZE, 0);
        stage_expect_fault(&s, span - 1, F_ADDR_SIZE, 0);
    }
    fixture_free(f);
}

/* ---- What comes first (7.3.22) ---- */

static void test_priorities(gconstpointer data)
{
    uint64_t beyond = UINT64_C(1) << 40;
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, stage_number(data), 4, false);

    stage_tables(&s)->output_bits = 40;
    /* AF = 0 and out of range: the address size comes first. */
    tables_set(&s.t, 0, 3, beyond | 3);
    stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
    tables_set(&s.t, 0x200000, 2, beyond | 1);
    stage_expect_fault(&s, 0x200000, F_ADDR_SIZE, 0);
    /* Illegal and out of range: the translation fault does. */
    tables_set(&s.t, 0x1000, 3, beyond | 1);
    stage_expect_fault(&s, 0x1000, F_TRANSLATION, 0);
    tables_set(&s.t, 0x1000, 3, beyond | 2);
    stage_expect_fault(&s, 0x1000, F_TRANSLATION, 0);
    /* An illegal block without AF at a fitting address. */
    tables_set(&s.t, UINT64_C(1) << 39, 0, 1);
    stage_expect_fault(&s, UINT64_C(1) << 39, F_TRANSLATION, 0);
    /* An abort before what would have been read there. */
    fixture_fail(f, s.t.root, s.t.root + 7);
    stage_expect_fault(&s, 0, F_WALK_EABT, s.t.root);
    /* An input out of range before all. */
    fixture_fail(f, 0, UINT64_MAX);
    stage_expect_fault(&s, UINT64_C(1) << 48, F_TRANSLATION, 0);
    fixture_free(f);
}

/* F_ACCESS before F_PERMISSION, of stage 2 (of stage 1: test-translate). */
static void test_access_before_permission(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_48(f, 2, 4, false);

    tables_map(&s.t, 0, 3, 0x5000, TABLES_S2_WB);
    stage_expect_fault(&s, 0, F_ACCESS, 0);
    tables_map(&s.t, 0, 3, 0x5000, TABLES_S2_WB | TABLES_AF);
    stage_expect_fault(&s, 0, F_PERMISSION, 0);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned stage = 1; stage <= 2; stage++) {
#define ADD(claim, function) stage_add_test(claim, stage, function)
        ADD("leaves-hold-addresses-as-the-arm-arm-says", test_literal_leaves);
        ADD("tables-hold-addresses-as-the-arm-arm-says", test_literal_tables);
        ADD("table-beyond-output-size-is-an-address-size-fault",
            test_table_beyond);
        ADD("64k-bits-15-12-fault-without-lpa", test_64k_bits_15_12);
        ADD("output-size-beyond-descriptors-does-not-fault",
            test_larger_than_descriptors);
        ADD("wide-leaves-fit-the-output-size", test_wide_but_small);
        ADD("ds-says-nothing-of-64k-addresses", test_64k_with_ds);
        ADD("lpa-says-nothing-of-4k-addresses", test_4k_with_lpa);
        ADD("block-larger-than-output-size-faults-beyond-it",
            test_block_larger_than_output);
        ADD("address-size-fault-before-access-fault", test_priorities);
#undef ADD
    }
    g_test_add_func("/msmmu/walk/s2-access-fault-before-permission-fault",
                    test_access_before_permission);
    return g_test_run();
}
