/*
 * Both stages in combination: where a VA leads, at which size, and what is
 * cached of it (IHI 0070 3.3.2, Arm ARM D8.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

static const unsigned granules[] = { 4, 16, 64 };

/* 48-bit addresses, and 52-bit ones. */
static const char *const widths[] = { "", "ds=on,vax=52,oas=52" };

/* ---- Leaves of all sizes over leaves of all sizes ---- */

/* Where leaves are: multiples of 4TB, the largest. */
#define VA UINT64_C(0x100000000000)
#define IPA UINT64_C(0x080000000000)
#define PA UINT64_C(0x280000000000)
#define PA_WIDE UINT64_C(0xa280000000000)
/* From the first to the last fragment of a stage 1 leaf. */
#define PA_STEP UINT64_C(0x100000000000)

typedef struct Leaves {
    Stages s;
    bool wide;
    int level1;
    int level2;
    uint64_t size1;
    uint64_t size2;
    uint64_t pa;
} Leaves;

/* @va leads to @pa, at the size of the smaller leaf; the same when cached. */
static void expect_leaf(Leaves *l, uint64_t va, uint64_t pa)
{
    for (unsigned i = 0; i < 2; i++) {
        MsmmuResult result = translate(&l->s.r, reading(va));

        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa, ==, pa);
        g_assert_cmphex(UINT64_C(1) << result.size_log2, ==,
                        MIN(l->size1, l->size2));
        g_assert_cmphex(l->s.r.f->reads, ==, i ? 0 : l->s.r.f->reads);
        l->s.r.f->reads = 0;
    }
}

/* One leaf of stage 1 that is part of one of stage 2, or all of it. */
static void within_stage2(Leaves *l)
{
    uint64_t part = l->size2 - l->size1;

    tables_map(&l->s.r.t, VA, l->level1, IPA + part, TABLES_RW);
    tables_map(&l->s.s2, IPA, l->level2, l->pa, TABLES_S2_RW);
    expect_leaf(l, VA, l->pa + part);
    expect_leaf(l, VA + l->size1 / 2 + 1, l->pa + part + l->size1 / 2 + 1);
    expect_leaf(l, VA + l->size1 - 1, l->pa + l->size2 - 1);
}

/* One leaf of stage 1, of which stage 2 maps the first and the last part. */
static void beyond_stage2(Leaves *l)
{
    uint64_t last = l->size1 - l->size2;

    tables_map(&l->s.r.t, VA, l->level1, IPA, TABLES_RW);
    tables_map(&l->s.s2, IPA, l->level2, l->pa, TABLES_S2_RW);
    tables_map(&l->s.s2, IPA + last, l->level2, l->pa + PA_STEP,
               TABLES_S2_RW);
    expect_leaf(l, VA, l->pa);
    expect_leaf(l, VA + l->size2 - 1, l->pa + l->size2 - 1);
    expect_leaf(l, VA + last, l->pa + PA_STEP);
    expect_leaf(l, VA + l->size1 - 1, l->pa + PA_STEP + l->size2 - 1);
    if (last > l->size2) {
        expect_fault(&l->s.r, reading(VA + l->size2), MSMMU_ABORT, 0x10,
                     CLASS_IN | S2 | RNW, IPA + l->size2);
        expect_fault(&l->s.r, reading(VA + last - 1), MSMMU_ABORT, 0x10,
                     CLASS_IN | S2 | RNW, (IPA + last - 1) & ~0xfffull);
    }
}

static void test_leaves_of(unsigned kb1, unsigned kb2, bool wide, int level1,
                           int level2)
{
    g_autofree Leaves *l = g_new0(Leaves, 1);

    stages_init(&l->s, widths[wide], kb1, kb2);
    l->wide = wide;
    l->level1 = level1;
    l->level2 = level2;
    l->size1 = UINT64_C(1) << tables_shift(kb1, level1);
    l->size2 = UINT64_C(1) << tables_shift(kb2, level2);
    l->pa = wide ? PA_WIDE : PA;
    if (l->size1 <= l->size2) {
        within_stage2(l);
    } else {
        beyond_stage2(l);
    }
    stages_free(&l->s);
}

/* Nine pairs of granules, and all levels that have leaves of either. */
static void test_all_leaves(void)
{
    unsigned total = 0;

    for (unsigned i = 0; i < 2 * 9; i++) {
        unsigned kb1 = granules[i / 3 % 3], kb2 = granules[i % 3];
        bool wide = i / 9;
        unsigned count = 0;

        for (int level1 = 0; level1 <= 3; level1++) {
            for (int level2 = 0; level2 <= 3; level2++) {
                if (tables_has_leaf(kb1, level1, wide) &&
                    tables_has_leaf(kb2, level2, wide)) {
                    test_leaves_of(kb1, kb2, wide, level1, level2);
                    count++;
                }
            }
        }
        g_test_message("stage 1 %uKB, stage 2 %uKB, %s: %u pairs of levels",
                       kb1, kb2, wide ? "52 bits" : "48 bits", count);
        total += count;
    }
    g_test_message("%u combinations of leaves", total);
    /* (3 + 2 + 2)^2 of 48 bits, (4 + 3 + 3)^2 of 52 */
    g_assert_cmpuint(total, ==, 49 + 100);
}

/* ---- Tables of stage 1 in several pages of stage 2 ---- */

/*
 * The last table of stage 1 is longer than a page of stage 2, and these are not
 * contiguous: every descriptor is where its own page is.
 */
static void test_spread_tables(void)
{
    static const struct {
        unsigned kb1, kb2;
    } pairs[] = { { 16, 4 }, { 64, 4 }, { 64, 16 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
        unsigned entries = pairs[i].kb1 * 1024 / 8;
        unsigned per_page = pairs[i].kb2 * 1024 / 8;
        uint64_t page = pairs[i].kb1 * 1024;
        Stages s;

        stages_init(&s, "", pairs[i].kb1, pairs[i].kb2);
        for (unsigned n = 0; n < entries / per_page; n++) {
            uint64_t first = VA + n * per_page * page;
            uint64_t last = first + (per_page - 1) * page;
            uint64_t ipa = IPA + n * 0x20000;

            tables_map(&s.r.t, first, 3, ipa, TABLES_RW);
            tables_map(&s.r.t, last, 3, ipa + 0x10000, TABLES_RW);
            tables_map(&s.s2, ipa, 3, PA + n * 0x20000, TABLES_S2_RW);
            tables_map(&s.s2, ipa + 0x10000, 3, PA + n * 0x20000 + 0x10000,
                       TABLES_S2_RW);
        }
        for (unsigned n = 0; n < entries / per_page; n++) {
            uint64_t first = VA + n * per_page * page;

            expect_pa(&s.r, reading(first + 0x321), PA + n * 0x20000 + 0x321);
            expect_pa(&s.r, reading(first + (per_page - 1) * page),
                      PA + n * 0x20000 + 0x10000);
        }
        g_test_message("%uKB tables in %u pages of %uKB", pairs[i].kb1,
                       entries / per_page, pairs[i].kb2);
        stages_free(&s);
    }
}

/* ---- What the TLB holds ---- */

/* A page that stage 2 made write-only is not readable after a cached write. */
static void test_write_only_stays_unreadable(void)
{
    Stages s;

    stages_init(&s, "", 4, 4);
    tables_map(&s.r.t, VA, 3, IPA, TABLES_RW);
    stages_page(&s, IPA, PA, TABLES_S2_RW & ~TABLES_S2_READ);
    for (unsigned i = 0; i < 2; i++) {
        MsmmuResult result = translate(&s.r, writing(VA));

        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa, ==, PA);
        /* No read; unprivileged execution is not S2AP's business. */
        g_assert_cmpuint(result.perms, ==, MSMMU_PERM_WRITE | MSMMU_PERM_EXEC);
        expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x13,
                     CLASS_IN | S2 | RNW, IPA);
    }
    stages_free(&s);
}

/* Permissions of a cached entry are those of both stages, by privilege. */
static void test_permissions_of_both(void)
{
    enum { RD = 1, WR = 2, EX = 4 };
    static const struct {
        uint64_t s1, s2;
        unsigned perms[2];      /* unprivileged, privileged */
    } cases[] = {
        { TABLES_UNPRIV, 0xc0, { RD | WR | EX, RD | WR } },
        { TABLES_UNPRIV, 0x40, { RD | EX, RD } },
        { TABLES_UNPRIV, 0x80, { WR | EX, WR } },
        { TABLES_UNPRIV, 0x00, { EX, 0 } },
        { TABLES_UNPRIV | TABLES_RO, 0xc0, { RD | EX, RD | EX } },
        { TABLES_UNPRIV | TABLES_RO, 0x80, { EX, EX } },
        { 0, 0xc0, { EX, RD | WR | EX } },
        { TABLES_UXN, 0x40, { 0, RD | EX } },
        { TABLES_UXN | TABLES_PXN, 0xc0, { 0, RD | WR } },
        { TABLES_UNPRIV | TABLES_RO, 0xc0 | TABLES_S2_XN, { RD, RD } },
        { TABLES_UNPRIV | TABLES_RO, 0xc0 | TABLES_S2_XN_0, { RD | EX, RD } },
        { TABLES_UNPRIV | TABLES_RO,
          0xc0 | TABLES_S2_XN | TABLES_S2_XN_0, { RD, RD | EX } },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stages s;

        g_test_message("case %u", i);
        stages_init(&s, "xnx=on", 4, 4);
        tables_map(&s.r.t, VA, 3, IPA, TABLES_AF | TABLES_NG | cases[i].s1);
        stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_WB | cases[i].s2);
        for (unsigned n = 0; n < 2 * 2 * 3; n++) {
            MsmmuRequest rq = reading(VA);
            unsigned perms = cases[i].perms[n / 3 % 2];
            unsigned needed = 1u << n % 3;
            MsmmuResult result;

            rq.privileged = n / 3 % 2;
            rq.write = needed == WR;
            rq.instruction = needed == EX;
            result = translate(&s.r, rq);
            g_assert_cmpint(result.disposition, ==,
                            perms & needed ? MSMMU_FORWARD : MSMMU_ABORT);
            if (perms & needed) {
                g_assert_cmpuint(result.perms, ==, perms);
            } else {
                g_assert_cmpint(fixture_event_type(s.r.f), ==, 0x13);
            }
        }
        stages_free(&s);
    }
}

/* ---- VMSAv8-32 LPAE ---- */

/*
 * Stage 1 of 32-bit VAs outputs 40 bits, also where the OAS is less. Stage 2
 * takes them in either format, and its own output fits the OAS (3.4).
 */
static void test_aa32(void)
{
    const uint64_t ipa = UINT64_C(0xfedcb00000), pa = UINT64_C(0xabcdef000);

    for (unsigned n = 0; n < 4; n++) {
        unsigned aa32 = n % 2, oas = n / 2 ? 36 : 48;
        Stages s;

        stages_init(&s, oas == 36 ? "oas=36,formats=aa32+aa64" :
                                    "formats=aa32+aa64", 4, 4);
        config_set_bits(&s.ste, 165, 160, aa32 ? 8 : 64 - 40);
        config_set_bits(&s.ste, 167, 166, 1);
        config_set_bits(&s.ste, 179, 179, !aa32);
        s.s2 = tables_new_at_level(s.r.f, 4, 40, 1, STAGES_S2_AT);
        stages_back(&s, STAGES_S1_AT, STAGES_S1_PA, STAGES_S1_SIZE);
        stages_back(&s, STAGES_CD_AT, STAGES_CD_PA, STAGES_CD_SIZE);
        s.r.t = tables_new(s.r.f, 4, 32, STAGES_S1_AT);
        s.r.t.through = &s.s2;
        config_set_bits(&s.r.cd, 41, 41, 0);        /* AA64 */
        config_set_bits(&s.r.cd, 5, 0, 0);          /* T0SZ: 32 bits */
        stages_put(&s);
        tables_map(&s.r.t, 0xfedcb000, 3, ipa, TABLES_RW);
        stages_page(&s, ipa, aa32 && oas == 36 ? pa | UINT64_C(0x5000000000) :
                                                 pa, TABLES_S2_RW);
        for (unsigned i = 0; i < 2; i++) {
            expect_pa(&s.r, reading(0xfedcb678), pa | 0x678);
        }
        expect_fault(&s.r, reading(UINT64_C(0x1fedcb678)), MSMMU_ABORT, 0x10,
                     CLASS_IN | RNW, 0);
        stages_free(&s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/nested/" claim, function)
    ADD("leaves-of-all-sizes-combine", test_all_leaves);
    ADD("tables-are-translated-page-by-page", test_spread_tables);
    ADD("write-only-is-not-readable-after-a-cached-write",
        test_write_only_stays_unreadable);
    ADD("permissions-are-those-of-both-stages", test_permissions_of_both);
    ADD("aa32-outputs-40-bits-to-stage-2", test_aa32);
#undef ADD
    return g_test_run();
}
