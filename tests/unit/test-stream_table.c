/*
 * StreamID -> STE: which entry is fetched, from where, and which StreamIDs are
 * out of range (IHI 0070 3.3.1, 5.1, 6.3.24, 6.3.25, 7.3.3, 7.3.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"
#include "context.h"

#define BASE UINT64_C(0x200000000000)
#define L2_BASE UINT64_C(0x300000000000)

/* FMT and SPLIT of STRTAB_BASE_CFG */
#define TWO_LEVEL (1u << 16)
#define SPLIT(n) ((uint32_t)(n) << 6)

enum { BAD_STREAMID = 0x02, STE_FETCH = 0x03 };

static Fixture *new_fixture(unsigned sid_bits, bool two_level)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f;

    config.sid_bits = sid_bits;
    config.two_level = two_level;
    f = fixture_new(&config);
    /* RECINVSID */
    fixture_set_reg32(f, SMMU_CR2, 0x2);
    return f;
}

static void set_table(Fixture *f, uint64_t base, uint32_t cfg)
{
    fixture_set_reg64(f, SMMU_STRTAB_BASE, base);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, cfg);
}

/* Fails the test unless the STE of @sid is what is at @pa. */
static void assert_ste_at(Fixture *f, uint32_t sid, uint64_t pa)
{
    uint64_t ste[8], mark = pa ^ UINT64_C(0x123456789abcdef0);
    MsmmuFault fault;

    for (unsigned i = 0; i < 8; i++) {
        fixture_write64(f, pa + 8 * i, mark + i);
    }
    g_assert_cmpint(msmmu_stream_table_fetch(f->m, sid, ste, NULL, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmphex(ste[i], ==, mark + i);
        fixture_write64(f, pa + 8 * i, 0);
    }
}

static void assert_fault(Fixture *f, uint32_t sid, uint8_t type,
                         uint64_t fetch_address)
{
    uint64_t ste[8];
    MsmmuFault fault;

    g_assert_cmpint(msmmu_stream_table_fetch(f->m, sid, ste, NULL, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, type);
    g_assert_cmphex(fault.fetch_address, ==, fetch_address);
}

static void assert_bad_sid(Fixture *f, uint32_t sid)
{
    assert_fault(f, sid, BAD_STREAMID, 0);
}

/* ---- Linear ---- */

static void test_linear_sizes(void)
{
    Fixture *f = new_fixture(32, true);

    for (unsigned log2size = 0; log2size <= 32; log2size++) {
        uint64_t last = (UINT64_C(1) << log2size) - 1;

        set_table(f, BASE, log2size);
        assert_ste_at(f, 0, BASE);
        assert_ste_at(f, last, BASE + 64 * last);
        if (log2size < 32) {
            assert_bad_sid(f, last + 1);
            assert_bad_sid(f, UINT32_MAX);
        }
    }
    fixture_free(f);
}

static void test_linear_base_is_aligned(void)
{
    Fixture *f = new_fixture(16, true);

    set_table(f, BASE | 0xffffc0, 8);
    assert_ste_at(f, 3, BASE + 0xffc000 + 3 * 64);
    set_table(f, BASE | 0xffffc0, 0);
    assert_ste_at(f, 0, BASE + 0xffffc0);
    fixture_free(f);
}

/* 6.3.24: by the literal LOG2SIZE, not what SIDSIZE leaves of it. */
static void test_alignment_is_by_literal_log2size(void)
{
    Fixture *f = new_fixture(4, false);

    set_table(f, BASE | 0x18000, 10);
    assert_ste_at(f, 5, BASE + 0x10000 + 5 * 64);
    assert_bad_sid(f, 16);
    /* More than all addresses: the table is at 0. */
    set_table(f, BASE, 63);
    assert_ste_at(f, 15, 15 * 64);
    fixture_free(f);
}

static void test_sidsize_caps_log2size(void)
{
    for (unsigned sidsize = 0; sidsize <= 6; sidsize++) {
        Fixture *f = new_fixture(sidsize, false);
        uint32_t last = (1u << sidsize) - 1;

        set_table(f, BASE, 20);
        assert_ste_at(f, last, BASE + 64 * last);
        assert_bad_sid(f, last + 1);
        fixture_free(f);
    }
}

static void test_reserved_fmt_is_linear(void)
{
    Fixture *f = new_fixture(16, true);

    for (unsigned fmt = 2; fmt < 4; fmt++) {
        set_table(f, BASE, fmt << 16 | SPLIT(8) | 12);
        assert_ste_at(f, 4095, BASE + 64 * 4095);
    }
    fixture_free(f);
}

static void test_fmt_returns_to_linear(void)
{
    Fixture *f = new_fixture(16, true);

    config_put_l1std(f, BASE, L2_BASE, 9);
    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 12);
    assert_ste_at(f, 7, L2_BASE + 7 * 64);
    set_table(f, BASE, SPLIT(8) | 12);
    assert_ste_at(f, 7, BASE + 7 * 64);
    fixture_free(f);
}

static void test_no_two_level_tables_without_st_level(void)
{
    Fixture *f = new_fixture(6, false);

    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 6);
    assert_ste_at(f, 63, BASE + 63 * 64);
    fixture_free(f);
}

/* ---- Two levels ---- */

/* 3.3.1.2, Figure 3.2 */
static void test_example_of_the_specification(void)
{
    Fixture *f = new_fixture(16, true);

    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 10);
    config_put_l1std(f, BASE, 0x4000, 9);
    config_put_l1std(f, BASE + 8, 0x2f00, 3);
    config_put_l1std(f, BASE + 16, 0, 0);
    config_put_l1std(f, BASE + 24, 0x10000, 1);
    assert_ste_at(f, 0, 0x4000);
    assert_ste_at(f, 255, 0x4000 + 255 * 64);
    assert_ste_at(f, 256, 0x2f00);
    assert_ste_at(f, 259, 0x2f00 + 3 * 64);
    assert_bad_sid(f, 260);
    assert_bad_sid(f, 511);
    assert_bad_sid(f, 512);
    assert_bad_sid(f, 767);
    assert_ste_at(f, 768, 0x10000);
    assert_bad_sid(f, 769);
    assert_bad_sid(f, 1024);
    fixture_free(f);
}

/* 7.3.3 (2): every Span, with every split point; the limit is 2^(Span-1). */
static void test_span_limits(void)
{
    static const unsigned splits[] = { 6, 8, 10 };
    Fixture *f = new_fixture(20, true);

    for (unsigned i = 0; i < G_N_ELEMENTS(splits); i++) {
        unsigned split = splits[i];
        uint32_t first = 5u << split;

        set_table(f, BASE, TWO_LEVEL | SPLIT(split) | 20);
        for (unsigned span = 0; span < 32; span++) {
            uint32_t count = span ? 1u << (span - 1) : 0;

            config_put_l1std(f, BASE + 5 * 8, L2_BASE, span);
            if (span == 0 || span > split + 1 || span > 11) {
                assert_bad_sid(f, first);
                assert_bad_sid(f, first + (1u << split) - 1);
                continue;
            }
            assert_ste_at(f, first, L2_BASE);
            assert_ste_at(f, first + count - 1, L2_BASE + 64 * (count - 1));
            if (count < 1u << split) {
                assert_bad_sid(f, first + count);
                assert_bad_sid(f, first + (1u << split) - 1);
            }
        }
    }
    fixture_free(f);
}

static void test_reserved_split_is_6(void)
{
    Fixture *f = new_fixture(20, true);

    for (unsigned split = 0; split < 32; split++) {
        unsigned effective = split == 8 || split == 10 ? split : 6;

        set_table(f, BASE, TWO_LEVEL | SPLIT(split) | 20);
        config_put_l1std(f, BASE + 3 * 8, L2_BASE, effective + 1);
        assert_ste_at(f, (3u << effective) + 17, L2_BASE + 17 * 64);
        config_put_l1std(f, BASE + 3 * 8, L2_BASE, effective + 2);
        assert_bad_sid(f, (3u << effective) + 17);
        config_put_l1std(f, BASE + 3 * 8, 0, 0);
    }
    fixture_free(f);
}

/* 5.1: L2Ptr is aligned to the size of the array it points to. */
static void test_l2ptr_is_aligned(void)
{
    Fixture *f = new_fixture(20, true);

    set_table(f, BASE, TWO_LEVEL | SPLIT(10) | 20);
    for (unsigned span = 1; span <= 11; span++) {
        uint64_t size = UINT64_C(64) << (span - 1);

        config_put_l1std(f, BASE, L2_BASE + 0xfffc0, span);
        assert_ste_at(f, 0, L2_BASE + (0xfffc0 & ~(size - 1)));
    }
    fixture_free(f);
}

/* 6.3.24: to its size, but at least 64 bytes; RES0 bits are not address. */
static void test_l1_base_is_aligned(void)
{
    Fixture *f = new_fixture(20, true);

    config_put_l1std(f, BASE + 0xffffc0, L2_BASE, 9);
    set_table(f, BASE + 0xffffc0, TWO_LEVEL | SPLIT(8) | 11);
    assert_ste_at(f, 1, L2_BASE + 64);
    config_put_l1std(f, BASE + 0xff8000, L2_BASE + 0x10000, 9);
    set_table(f, BASE + 0xffffc0, TWO_LEVEL | SPLIT(8) | 20);
    assert_ste_at(f, 1, L2_BASE + 0x10000 + 64);
    fixture_write64(f, BASE + 0xff8000,
                    (L2_BASE + 0x10000) | 9 | UINT64_C(0xff) << 56 | 1 << 5);
    assert_ste_at(f, 2, L2_BASE + 0x10000 + 128);
    fixture_free(f);
}

/* 6.3.25, SPLIT >= LOG2SIZE: one L1STD, of whose span not all is reached. */
static void test_split_above_log2size(void)
{
    Fixture *f = new_fixture(20, true);

    config_put_l1std(f, BASE, L2_BASE, 11);
    set_table(f, BASE, TWO_LEVEL | SPLIT(10) | 4);
    assert_ste_at(f, 15, L2_BASE + 15 * 64);
    assert_bad_sid(f, 16);
    fixture_free(f);
}

/* ---- Faults ---- */

static void test_recinvsid_0_is_silent(void)
{
    Fixture *f = new_fixture(16, true);
    uint64_t ste[8];
    MsmmuFault fault;

    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 10);
    fixture_set_reg32(f, SMMU_CR2, 0);
    g_assert_cmpint(msmmu_stream_table_fetch(f->m, 1024, ste, NULL, &fault), ==,
                    MSMMU_STATUS_ABORT_SILENT);
    g_assert_cmpint(msmmu_stream_table_fetch(f->m, 5, ste, NULL, &fault), ==,
                    MSMMU_STATUS_ABORT_SILENT);
    g_assert_cmpint(config_status(f, 5), ==, MSMMU_STATUS_ABORT_SILENT);
    fixture_free(f);
}

static void test_abort_of_the_ste(void)
{
    Fixture *f = new_fixture(16, true);

    set_table(f, BASE, 10);
    fixture_fail(f, BASE + 9 * 64 + 56, BASE + 9 * 64 + 63);
    assert_fault(f, 9, STE_FETCH, BASE + 9 * 64);
    assert_ste_at(f, 10, BASE + 10 * 64);
    config_put_l1std(f, BASE, L2_BASE, 9);
    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 10);
    fixture_fail(f, L2_BASE + 3 * 64, L2_BASE + 3 * 64);
    assert_fault(f, 3, STE_FETCH, L2_BASE + 3 * 64);
    fixture_free(f);
}

static void test_abort_of_the_l1std(void)
{
    Fixture *f = new_fixture(16, true);

    set_table(f, BASE, TWO_LEVEL | SPLIT(8) | 16);
    fixture_fail(f, BASE + 0x12 * 8, BASE + 0x12 * 8 + 7);
    assert_fault(f, 0x1234, STE_FETCH, BASE + 0x12 * 8);
    fixture_free(f);
}

/* 3.4.3 (5), 7.3.4: FetchAddr[55:OAS] are RES0. */
static void test_l2ptr_beyond_the_oas(void)
{
    MsmmuConfig config = msmmu_config_default();
    Fixture *f;

    config.oas_bits = 36;
    f = fixture_new(&config);
    fixture_set_reg32(f, SMMU_CR2, 0x2);
    config_put_l1std(f, 0x10000, UINT64_C(0x1234500000), 9);
    set_table(f, 0x10000, TWO_LEVEL | SPLIT(8) | 10);
    assert_fault(f, 3, STE_FETCH, UINT64_C(0x234500000) + 3 * 64);
    config_put_l1std(f, 0x10000, UINT64_C(0xf34500000), 9);
    assert_ste_at(f, 3, UINT64_C(0xf34500000) + 3 * 64);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) \
    g_test_add_func("/msmmu/stream_table/" name, function)
    TEST("linear-ends-at-log2size", test_linear_sizes);
    TEST("linear-base-is-aligned-to-the-size", test_linear_base_is_aligned);
    TEST("alignment-is-by-literal-log2size",
         test_alignment_is_by_literal_log2size);
    TEST("sidsize-caps-log2size", test_sidsize_caps_log2size);
    TEST("reserved-fmt-is-linear", test_reserved_fmt_is_linear);
    TEST("fmt-0-is-linear-again", test_fmt_returns_to_linear);
    TEST("fmt-is-ignored-without-st_level",
         test_no_two_level_tables_without_st_level);
    TEST("two-level-example-of-3.3.1.2", test_example_of_the_specification);
    TEST("span-reaches-2^(span-1)-entries", test_span_limits);
    TEST("reserved-split-acts-as-6", test_reserved_split_is_6);
    TEST("l2ptr-is-aligned-to-the-span", test_l2ptr_is_aligned);
    TEST("l1-base-is-aligned-to-its-size", test_l1_base_is_aligned);
    TEST("split-above-log2size-has-one-l1std", test_split_above_log2size);
    TEST("recinvsid-0-records-nothing", test_recinvsid_0_is_silent);
    TEST("ste-abort-is-f_ste_fetch", test_abort_of_the_ste);
    TEST("l1std-abort-is-f_ste_fetch", test_abort_of_the_l1std);
    TEST("l2ptr-beyond-the-oas-is-f_ste_fetch", test_l2ptr_beyond_the_oas);
    return g_test_run();
}
