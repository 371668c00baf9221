/*
 * VMSAv8-32 LPAE: which base serves a VA, first levels and input sizes of both
 * stages, outputs of 40 bits (IHI 0070 3.4, 5.2, 5.4; Arm ARM G5.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "context_helpers.h"
#include "walks.h"

#define PAGE UINT64_C(0x1000)
#define ALL  (UINT64_C(1) << 32)
/* Pages of either half lead to places of their own. */
#define LOWER_PA UINT64_C(0x1000000000)
#define UPPER_PA UINT64_C(0x2000000000)

static void make_lpae(MsmmuTables *tables)
{
    tables->format = MSMMU_AARCH32;
    tables->output_bits = 40;
}

/* ---- Stage 1: the base (Table G5-2) ---- */

typedef struct Halves {
    Fixture *f;
    Tables t[2];
    MsmmuContext ctx;
} Halves;

static Halves halves_new(Fixture *f, unsigned t0sz, unsigned t1sz, bool big)
{
    Halves h = { .f = f };

    fixture_wipe(f);
    h.t[0] = tables_new(f, 4, 32 - t0sz, WALKS_AT);
    h.t[1] = tables_new(f, 4, 32 - t1sz, WALKS_AT + 0x10000000);
    h.t[0].big_endian = big;
    h.t[1].big_endian = big;
    h.ctx = walks_context(&h.t[0]);
    h.ctx.ttb[1] = walks_context(&h.t[1]).ttb[1];
    make_lpae(&h.ctx.s1);
    return h;
}

/* Where the regions end and begin: columns of Table G5-2. */
static uint64_t lower_end(unsigned t0sz, unsigned t1sz)
{
    if (t0sz) {
        return ALL >> t0sz;
    }
    return t1sz ? ALL - (ALL >> t1sz) : ALL;
}

static uint64_t upper_begin(unsigned t0sz, unsigned t1sz)
{
    if (t1sz) {
        return ALL - (ALL >> t1sz);
    }
    return t0sz ? ALL >> t0sz : ALL;
}

static uint64_t first_pa(const Halves *h, uint64_t va, uint8_t *event)
{
    MsmmuTranslation t = { 0 };
    MsmmuFault fault = { 0 };
    MsmmuStatus status = walk_stage1(h->f->m, &h->ctx, va, &t, &fault);

    *event = fault.type;
    if (status == MSMMU_STATUS_OK) {
        g_assert_cmphex(t.first_va, ==, va >> t.size_log2 << t.size_log2);
    } else {
        g_assert_cmpuint(fault.stage, ==, 1);
        g_assert_cmpint(fault.class, ==, MSMMU_CLASS_IN);
    }
    return t.first_pa;
}

/* @va is served by the half that the sizes give it, or by none. */
static void check_va(Halves *h, uint64_t va, unsigned t0sz, unsigned t1sz)
{
    bool lower = va < lower_end(t0sz, t1sz);
    bool upper = va >= upper_begin(t0sz, t1sz) && va < ALL;
    uint64_t page = va & ~(PAGE - 1);
    uint64_t pa;
    uint8_t event;

    if (lower) {
        tables_map(&h->t[0], va, 3, LOWER_PA | page, TABLES_RW);
    } else if (upper) {
        tables_map(&h->t[1], va, 3, UPPER_PA | page, TABLES_RW);
    }
    h->f->reads = 0;
    pa = first_pa(h, va, &event);
    if (lower || upper ? event || pa != (lower ? LOWER_PA | page :
                                                 UPPER_PA | page) :
                         event != F_TRANSLATION || h->f->reads) {
        g_error("T0SZ %u T1SZ %u VA 0x%" PRIx64 ": event 0x%x, PA 0x%" PRIx64,
                t0sz, t1sz, va, event, pa);
    }
}

static void test_bases(void)
{
    Fixture *f = fixture_new(NULL);
    unsigned swept = 0, gaps = 0;

    for (unsigned sizes = 0; sizes < 64; sizes++) {
        unsigned t0sz = sizes % 8, t1sz = sizes / 8;
        uint64_t edges[] = {
            0, PAGE - 1, ALL / 2 - 1, ALL / 2, ALL - 1, ALL, ALL + PAGE,
            ALL * 2 - 1, lower_end(t0sz, t1sz) - 1, lower_end(t0sz, t1sz),
            upper_begin(t0sz, t1sz) - 1, upper_begin(t0sz, t1sz),
        };

        gaps += lower_end(t0sz, t1sz) < upper_begin(t0sz, t1sz);
        for (unsigned big = 0; big < 2; big++) {
            for (unsigned i = 0; i < G_N_ELEMENTS(edges); i++) {
                Halves h = halves_new(f, t0sz, t1sz, big);

                check_va(&h, edges[i], t0sz, t1sz);
                swept++;
            }
        }
    }
    g_test_message("swept: %u VAs of 64 pairs of sizes, %u with a gap", swept,
                   gaps);
    /* All but those with a 0, and 1 with 1. */
    g_assert_cmpuint(gaps, ==, 48);
    fixture_free(f);
}

static void test_upper_bits(void)
{
    Fixture *f = fixture_new(NULL);
    Halves h = halves_new(f, 0, 0, false);
    uint8_t event;

    tables_map(&h.t[0], 0x5000, 3, LOWER_PA, TABLES_RW);
    g_assert_cmphex(first_pa(&h, 0x5000, &event), ==, LOWER_PA);
    for (unsigned bit = 32; bit < 64; bit++) {
        first_pa(&h, 0x5000 | UINT64_C(1) << bit, &event);
        g_assert_cmphex(event, ==, F_TRANSLATION);
    }
    first_pa(&h, UINT64_C(0xffffffff00005000), &event);
    g_assert_cmphex(event, ==, F_TRANSLATION);
    fixture_free(f);
}

/* EPDx takes the walk from a half, not its addresses (5.4.1.1). */
static void test_epd(void)
{
    Fixture *f = fixture_new(NULL);
    Halves h = halves_new(f, 1, 1, false);
    uint8_t event;

    tables_map(&h.t[0], 0x5000, 3, LOWER_PA, TABLES_RW);
    tables_map(&h.t[1], 0x80005000, 3, UPPER_PA, TABLES_RW);
    h.ctx.ttb[1].disabled = true;
    g_assert_cmphex(first_pa(&h, 0x5000, &event), ==, LOWER_PA);
    first_pa(&h, 0x80005000, &event);
    g_assert_cmphex(event, ==, F_TRANSLATION);
    h.ctx.ttb[1].disabled = false;
    h.ctx.ttb[0].disabled = true;
    g_assert_cmphex(first_pa(&h, 0x80005000, &event), ==, UPPER_PA);
    first_pa(&h, 0x5000, &event);
    g_assert_cmphex(event, ==, F_TRANSLATION);
    fixture_free(f);
}

/* The same, as a CD has it: T1SZ of a disabled half still counts. */
static void test_epd_of_cd(void)
{
    MsmmuConfig config = full_config();
    Fixture *f;
    Tables t;

    config.formats |= MSMMU_FORMAT_AARCH32;
    f = new_fixture_of(&config);
    t = tables_new(f, 4, 32, WALKS_AT);
    for (unsigned t1sz = 0; t1sz < 8; t1sz++) {
        ConfigWords cd = config_cd(1, t.root);  /* EPD1 = 1 */
        Halves h = { .f = f };
        uint64_t end = t1sz ? ALL - (ALL >> t1sz) : ALL;
        uint8_t event;

        config_set_bits(&cd, 41, 41, 0);        /* AA64 */
        config_set_bits(&cd, 5, 0, 0x38);       /* T0SZ[5:3] are IGNORED */
        config_set_bits(&cd, 21, 16, 0x38 | t1sz);
        h.ctx = decoded(f, &cd);
        tables_map(&t, end - 1, 3, LOWER_PA, TABLES_RW);
        g_assert_cmphex(first_pa(&h, end - 1, &event), ==, LOWER_PA);
        first_pa(&h, end, &event);
        g_assert_cmphex(event, ==, F_TRANSLATION);
    }
    fixture_free(f);
}

/* T0SZ as well: what TTB0 would serve is not TTB1's. */
static void test_epd0_of_cd(void)
{
    MsmmuConfig config = full_config();
    Fixture *f;
    Tables t;

    config.formats |= MSMMU_FORMAT_AARCH32;
    f = new_fixture_of(&config);
    t = tables_new(f, 4, 32, WALKS_AT);
    for (unsigned t0sz = 1; t0sz < 8; t0sz++) {
        ConfigWords cd = config_cd(1, 0);
        Halves h = { .f = f };
        uint64_t end = ALL >> t0sz;
        uint8_t event;

        config_set_bits(&cd, 41, 41, 0);        /* AA64 */
        config_set_bits(&cd, 14, 14, 1);        /* EPD0 */
        config_set_bits(&cd, 30, 30, 0);        /* EPD1 */
        config_set_bits(&cd, 5, 0, t0sz);
        config_set_bits(&cd, 21, 16, 0);        /* T1SZ */
        config_set_bits(&cd, 183, 132, t.root >> 4);
        h.ctx = decoded(f, &cd);
        tables_map(&t, end - 1, 3, UPPER_PA, TABLES_RW);
        tables_map(&t, end, 3, UPPER_PA, TABLES_RW);
        g_assert_cmphex(first_pa(&h, end, &event), ==, UPPER_PA);
        first_pa(&h, end - 1, &event);
        g_assert_cmphex(event, ==, F_TRANSLATION);
    }
    fixture_free(f);
}

/* The last byte of 4 GiB is as good as the others of its page. */
static void test_el2_of_cd(void)
{
    MsmmuConfig config = full_config();
    MsmmuContext ctx;
    ConfigWords ste = config_ste_stage1(CD_PA);
    ConfigWords cd;
    Halves h;
    Tables t;
    uint8_t event;

    config.formats |= MSMMU_FORMAT_AARCH32;
    h.f = new_fixture_of(&config);
    t = tables_new(h.f, 4, 32, WALKS_AT);
    tables_map(&t, ALL - 1, 3, LOWER_PA, TABLES_RW);
    cd = config_cd(1, t.root);
    config_set_bits(&cd, 41, 41, 0);            /* AA64 */
    config_set_bits(&cd, 5, 0, 0);              /* T0SZ */
    config_set_bits(&ste, 95, 94, 2);           /* STRW: EL2 */
    ctx = decoded_ste(h.f, &ste, &cd);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL2);
    h.ctx = ctx;
    g_assert_cmphex(first_pa(&h, ALL - PAGE, &event), ==, LOWER_PA);
    g_assert_cmphex(first_pa(&h, ALL - 1, &event), ==, LOWER_PA);
    first_pa(&h, ALL, &event);
    g_assert_cmphex(event, ==, F_TRANSLATION);
    fixture_free(h.f);
}

/* NS-EL2 has TTB0 alone: what is beyond T0SZ is nobody's. */
static void test_el2(void)
{
    Fixture *f = fixture_new(NULL);

    for (unsigned t0sz = 0; t0sz < 8; t0sz++) {
        Halves h = halves_new(f, t0sz, 0, false);
        uint64_t end = ALL >> t0sz;
        uint8_t event;

        h.ctx.world = MSMMU_WORLD_NS_EL2;
        h.ctx.ttb[1] = (MsmmuTableBase) { .disabled = true, .input_bits = 32 };
        tables_map(&h.t[0], end - 1, 3, LOWER_PA, TABLES_RW);
        g_assert_cmphex(first_pa(&h, end - 1, &event), ==, LOWER_PA);
        first_pa(&h, end, &event);
        g_assert_cmphex(event, ==, F_TRANSLATION);
    }
    fixture_free(f);
}

/* Blocks and pages of every size; at stage 1 there are none at level 0. */
static void test_s1_leaves(void)
{
    static const unsigned shift[] = { 0, 30, 21, 12 };
    Fixture *f = fixture_new(NULL);
    unsigned swept = 0;

    for (unsigned t0sz = 0; t0sz < 8; t0sz++) {
        for (int level = t0sz < 2 ? 1 : 2; level <= 3; level++) {
            Halves h = halves_new(f, t0sz, 0, false);
            uint64_t last = (ALL >> t0sz) - 1;
            uint64_t pa = LOWER_PA + (UINT64_C(4) << shift[level]);
            uint8_t event;

            tables_map(&h.t[0], last, level, pa, TABLES_RW);
            g_assert_cmphex(first_pa(&h, last, &event), ==, pa);
            tables_set(&h.t[0], last, level, level == 3 ? 1 : 2);
            first_pa(&h, last, &event);
            g_assert_cmphex(event, ==, F_TRANSLATION);
            swept++;
        }
    }
    g_test_message("swept: %u leaves of stage 1", swept);
    fixture_free(f);
}

/* ---- Stage 2: sizes and first levels (Table G5-5) ---- */

static void test_s2(void)
{
    static const struct {
        int t0sz_min, t0sz_max; /* S2T0SZ, signed */
        int start;
    } starts[] = {
        { 2, 7, 2 }, { -2, 1, 2 }, { -2, 1, 1 }, { -8, -3, 1 },
    };
    Fixture *f = fixture_new(NULL);
    unsigned swept = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(starts); i++) {
        for (int t0sz = starts[i].t0sz_min; t0sz <= starts[i].t0sz_max;
             t0sz++) {
            for (int level = starts[i].start; level <= 3; level++) {
                for (unsigned big = 0; big < 2; big++) {
                    Stage s = stage_new(f, 2, 4, 32 - t0sz, starts[i].start);
                    Tables t = s.t;
                    uint64_t last = (UINT64_C(1) << (32 - t0sz)) - 1;
                    unsigned shift = tables_shift(4, level);
                    uint64_t top = (UINT64_C(1) << 40) -
                                   (UINT64_C(1) << shift);

                    t.big_endian = big;
                    s = stage_of(2, &t);
                    make_lpae(&s.s2.tables);
                    stage_map(&s, 0, level, LOWER_PA);
                    stage_map(&s, last, level, top);
                    stage_expect_leaf(&s, 0, LOWER_PA, shift, level);
                    stage_expect_leaf(&s, last, top, shift, level);
                    stage_expect_fault(&s, last + 1, F_TRANSLATION, 0);
                    swept++;
                }
            }
        }
    }
    g_test_message("swept: %u leaves of stage 2", swept);
    fixture_free(f);
}

/* ---- Outputs (3.4, 5.4 CD.IPS, G5.5.2) ---- */

static Stage stage_40(Fixture *f, unsigned number)
{
    Stage s = stage_new(f, number, 4, 32, 1);

    make_lpae(stage_tables(&s));
    return s;
}

/* Bits [47:40] fault, in leaves and in tables; [51:48] are RES0. */
static void test_40_bits(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_40(f, GPOINTER_TO_UINT(data));

    for (unsigned bit = 39; bit < 51; bit++) {
        static const int levels[] = { 1, 2, 3 };

        for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++) {
            uint64_t input = UINT64_C(0x40000000) * i;
            uint64_t address = UINT64_C(1) << bit;

            stage_map(&s, input, levels[i], address);
            if (bit >= 40 && bit < 48) {
                stage_expect_fault(&s, input, F_ADDR_SIZE, 0);
            } else {
                stage_expect_leaf(&s, input, bit < 40 ? address : 0,
                                  tables_shift(4, levels[i]), levels[i]);
            }
        }
    }
    for (unsigned bit = 40; bit < 48; bit++) {
        tables_set(&s.t, 0, 1, UINT64_C(1) << bit | 3);
        f->reads = 0;
        stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
        g_assert_cmpuint(f->reads, ==, 1);
    }
    fixture_free(f);
}

/* A smaller OAS cuts addresses off, silently: leaves, tables and the first. */
static void test_small_oas(gconstpointer data)
{
    static const unsigned oas[] = { 32, 36 };

    for (unsigned i = 0; i < G_N_ELEMENTS(oas); i++) {
        MsmmuConfig config = msmmu_config_default();
        uint64_t beyond = UINT64_C(1) << oas[i];
        Fixture *f;
        Stage s;

        config.oas_bits = oas[i];
        f = fixture_new(&config);
        s = stage_40(f, GPOINTER_TO_UINT(data));
        stage_map(&s, 0, 3, beyond | 0x5000);
        stage_expect(&s, 0, 0x5000, 12);
        stage_map(&s, 0x40000000, 1, beyond << 1 | 0x40000000);
        stage_expect(&s, 0x40000000, 0x40000000, 30);
        tables_or(&s.t, 0, 1, beyond);
        tables_or(&s.t, 0, 2, beyond);
        stage_expect(&s, 0, 0x5000, 12);
        s.s1.ttb[0].table_pa |= beyond;
        s.s2.table_pa |= beyond;
        stage_expect(&s, 0, 0x5000, 12);
        /* An abort tells the address that was used (7.3.12). */
        fixture_fail(f, s.t.root, s.t.root + 7);
        stage_expect_fault(&s, 0, F_WALK_EABT, s.t.root);
        fixture_free(f);
    }
}

/* What stage 2 translates is not cut off. */
static void test_nested_small_oas(void)
{
    MsmmuConfig config = msmmu_config_default();
    uint64_t far = UINT64_C(0xff00000000);      /* of 40 bits */
    Fixture *f;
    Tables t1, t2;
    MsmmuContext ctx;
    MsmmuTranslation t;
    MsmmuFault fault;

    config.oas_bits = 36;
    f = fixture_new(&config);
    t2 = tables_new_at_level(f, 4, 40, 1, WALKS_AT);
    tables_map(&t2, far, 2, 0x20000000, TABLES_S2_RW);
    t1 = tables_new(f, 4, 32, far);
    t1.through = &t2;
    tables_map(&t1, 0, 3, far | 0x7000, TABLES_RW);
    ctx = walks_context(&t1);
    make_lpae(&ctx.s1);
    ctx.stage2 = true;
    ctx.s2 = walks_stage2(&t2);
    make_lpae(&ctx.s2.tables);
    g_assert_cmpint(walk_stage1(f->m, &ctx, 0, &t, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_cmphex(t.first_pa, ==, far | 0x7000);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/walk/lpae-" claim, function)
    ADD("base-and-gap-by-both-sizes", test_bases);
    ADD("va-of-more-than-32-bits-faults", test_upper_bits);
    ADD("epd-leaves-a-half-its-addresses", test_epd);
    ADD("epd1-of-a-cd-leaves-a-half-its-addresses", test_epd_of_cd);
    ADD("epd0-of-a-cd-leaves-a-half-its-addresses", test_epd0_of_cd);
    ADD("el2-serves-the-last-byte", test_el2_of_cd);
    ADD("el2-has-the-lower-base-alone", test_el2);
    ADD("s1-leaves-of-every-size", test_s1_leaves);
    ADD("s2-every-size-and-first-level", test_s2);
    ADD("nested-ipa-of-40-bits-with-a-smaller-oas", test_nested_small_oas);
#undef ADD
    for (unsigned stage = 1; stage <= 2; stage++) {
        g_autofree char *bits =
            g_strdup_printf("/msmmu/walk/lpae-s%u-outputs-have-40-bits",
                            stage);
        g_autofree char *oas =
            g_strdup_printf("/msmmu/walk/lpae-s%u-outputs-are-cut-to-the-oas",
                            stage);

        g_test_add_data_func(bits, GUINT_TO_POINTER(stage), test_40_bits);
        g_test_add_data_func(oas, GUINT_TO_POINTER(stage), test_small_oas);
    }
    return g_test_run();
}
