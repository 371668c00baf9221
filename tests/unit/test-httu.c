/*
 * Hardware update of the Access flag and the dirty state, end to end, of one
 * stage and of both (IHI 0070 3.13, 5.2 S2HA, 5.4 HA; Arm ARM D8.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

#define VA UINT64_C(0x123456789000)
#define IPA UINT64_C(0x2345678000)
#define PA UINT64_C(0x3456789000)

/* HA and HD of the CD, S2HA and S2HD of the STE; HAFT of both. */
enum { HA = 1, HD = 2, S2HA = 4, S2HD = 8, HAFT = 16, S2HAFT = 32 };

/* Leaves that are neither accessed nor dirty, and what becomes of them. */
#define S1_NEW (TABLES_UNPRIV | TABLES_RO | TABLES_NG | TABLES_DBM)
#define S1_CLEAN (S1_NEW | TABLES_AF)
#define S1_DIRTY (S1_CLEAN & ~TABLES_RO)
#define S2_NEW (TABLES_S2_READ | TABLES_S2_WB | TABLES_DBM)
#define S2_CLEAN (S2_NEW | TABLES_AF)
#define S2_DIRTY (S2_CLEAN | TABLES_S2_WRITE)
#define SOFTWARE UINT64_C(0x0780000000000000)   /* bits [58:55] */

static void enable(Stages *s, unsigned updates)
{
    config_set_bits(&s->r.cd, 43, 43, !!(updates & HA));
    config_set_bits(&s->r.cd, 42, 42, !!(updates & HD));
    config_set_bits(&s->r.cd, 67, 67, !!(updates & HAFT));
    config_set_bits(&s->ste, 184, 184, !!(updates & S2HA));
    config_set_bits(&s->ste, 183, 183, !!(updates & S2HD));
    config_set_bits(&s->ste, 187, 187, !!(updates & S2HAFT));
    stages_put(s);
}

/* Both stages, of 4KB, with @updates enabled, and the page at VA. */
static void setup(Stages *s, unsigned updates, uint64_t s1, uint64_t s2)
{
    stages_init(s, "httu=table", 4, 4);
    tables_map(&s->r.t, VA, 3, IPA, s1);
    stages_page(s, IPA, PA, s2);
    enable(s, updates);
}

static uint64_t leaf1(Stages *s)
{
    return tables_get(&s->r.t, VA, 3);
}

static uint64_t leaf2(Stages *s)
{
    return tables_get(&s->s2, IPA, 3);
}

static void expect_leaves(Stages *s, uint64_t s1, uint64_t s2)
{
    g_assert_cmphex(leaf1(s), ==, IPA | TABLES_PAGE | s1);
    g_assert_cmphex(leaf2(s), ==, PA | TABLES_PAGE | s2);
}

/* Forwarded with exactly @perms, after that many updates. */
static void expect_updates(Stages *s, MsmmuRequest rq, unsigned perms,
                           unsigned updates)
{
    MsmmuResult result;

    s->r.f->updates = 0;
    result = translate(&s->r, rq);
    g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(result.pa, ==, PA | (rq.iova & 0xfff));
    g_assert_cmpuint(result.perms, ==, perms);
    g_assert_cmpuint(s->r.f->updates, ==, updates);
}

/* From the cache alone. */
static void expect_hit(Stages *s, MsmmuRequest rq, unsigned perms)
{
    s->r.f->reads = 0;
    expect_updates(s, rq, perms, 0);
    g_assert_cmpuint(s->r.f->reads, ==, 0);
}

enum { RD = 1, WR = 2, EX = 4 };

/* ---- One stage at a time ---- */

/*
 * Each setting of the four flags, for a leaf of either stage that is new: what
 * a read and a write do to it. HD without HA is as if it were 0.
 */
static void test_enables(void)
{
    for (unsigned n = 0; n < 4 * 4; n++) {
        unsigned flags1 = n % 4, flags2 = n / 4;
        bool access = flags1 & HA && flags2 * S2HA & S2HA;
        bool dirty = flags1 == (HA | HD) && flags2 == 3;
        Stages s;

        g_test_message("HD HA %u%u, S2HD S2HA %u%u", flags1 >> 1, flags1 & 1,
                       flags2 >> 1, flags2 & 1);
        setup(&s, flags1 | flags2 * S2HA, S1_NEW | SOFTWARE,
              S2_NEW | SOFTWARE);
        if (!access) {
            expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x12,
                         CLASS_IN | RNW | (flags1 & HA ? S2 : 0),
                         flags1 & HA ? IPA : 0);
            expect_leaves(&s, (flags1 & HA ? S1_CLEAN : S1_NEW) | SOFTWARE,
                          S2_NEW | SOFTWARE);
            stages_free(&s);
            continue;
        }
        /* Unprivileged execution: it may not be writable elsewhere. */
        expect_updates(&s, reading(VA), RD | EX, 2);
        expect_leaves(&s, S1_CLEAN | SOFTWARE, S2_CLEAN | SOFTWARE);
        expect_hit(&s, reading(VA), RD | EX);
        if (dirty) {
            expect_updates(&s, writing(VA), RD | WR | EX, 2);
            expect_leaves(&s, S1_DIRTY | SOFTWARE, S2_DIRTY | SOFTWARE);
            expect_hit(&s, writing(VA), RD | WR | EX);
            expect_hit(&s, reading(VA), RD | WR | EX);
        } else {
            bool by_stage1 = flags1 != (HA | HD);

            expect_fault(&s.r, writing(VA), MSMMU_ABORT, 0x13,
                         CLASS_IN | (by_stage1 ? 0 : S2), by_stage1 ? 0 : IPA);
            expect_leaves(&s, S1_CLEAN | SOFTWARE, S2_CLEAN | SOFTWARE);
        }
        stages_free(&s);
    }
}

/* The first access is a write: both flags, of both stages. */
static void test_write_first(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_NEW, S2_NEW);
    expect_updates(&s, writing(VA | 0x678), RD | WR | EX, 4);
    expect_leaves(&s, S1_DIRTY, S2_DIRTY);
    expect_hit(&s, writing(VA), RD | WR | EX);
    stages_free(&s);
}

/* With HA, AFFD is IGNORED: the flag is set, not taken as set. */
static void test_affd(void)
{
    Stages s;

    setup(&s, 0, S1_NEW, S2_NEW);
    config_set_bits(&s.r.cd, 35, 35, 1);        /* AFFD */
    config_set_bits(&s.ste, 181, 181, 1);       /* S2AFFD */
    enable(&s, 0);
    expect_updates(&s, reading(VA), RD | EX, 0);
    expect_leaves(&s, S1_NEW, S2_NEW);
    enable(&s, HA | S2HA);
    expect_updates(&s, reading(VA), RD | EX, 2);
    expect_leaves(&s, S1_CLEAN, S2_CLEAN);
    stages_free(&s);
}

/* Writable-clean counts as writable, also where writable is not executable. */
static void test_execution_of_clean(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_CLEAN, S2_CLEAN);
    config_set_bits(&s.r.cd, 36, 36, 1);        /* WXN */
    enable(&s, HA | HD | S2HA | S2HD);
    expect_updates(&s, reading(VA), RD, 0);
    config_set_bits(&s.r.cd, 36, 36, 0);
    enable(&s, HA | HD | S2HA | S2HD);
    expect_updates(&s, reading(VA), RD | EX, 0);
    /* What is writable unprivileged is not executable privileged. */
    expect_updates(&s, (MsmmuRequest) {
        .sid = SID, .iova = VA, .privileged = true,
    }, RD, 0);
    expect_leaves(&s, S1_CLEAN, S2_CLEAN);
    stages_free(&s);
}

/* ---- What was refused leaves no trace ---- */

static void test_refused_writes(void)
{
    static const struct {
        const char *why;
        uint64_t s1, s2;
        uint64_t table;         /* bits of a Table descriptor */
        bool pan;
        uint64_t word1;
    } cases[] = {
        { "AP[2], DBM 0", S1_CLEAN & ~TABLES_DBM, S2_CLEAN, 0, false, 0 },
        { "AP[1]", S1_CLEAN & ~TABLES_UNPRIV, S2_CLEAN, 0, false, 0 },
        { "APTable[1]", S1_CLEAN, S2_CLEAN, UINT64_C(1) << 62, false, 0 },
        { "APTable[0]", S1_CLEAN, S2_CLEAN, UINT64_C(1) << 61, false, 0 },
        { "PAN", S1_CLEAN, S2_CLEAN, 0, true, PNU },
        { "S2AP[1], DBM 0", S1_CLEAN, S2_CLEAN & ~TABLES_DBM, 0, false, S2 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool by_stage2 = cases[i].word1 & S2;
        MsmmuRequest rq = writing(VA);
        Stages s;

        g_test_message("%s", cases[i].why);
        setup(&s, HA | HD | S2HA | S2HD, cases[i].s1, cases[i].s2);
        tables_or(&s.r.t, VA, 1, cases[i].table);
        config_set_bits(&s.r.cd, 40, 40, cases[i].pan);
        enable(&s, HA | HD | S2HA | S2HD);
        rq.privileged = cases[i].pan;
        s.r.f->updates = 0;
        expect_fault(&s.r, rq, MSMMU_ABORT, 0x13, CLASS_IN | cases[i].word1,
                     IPA * by_stage2);
        g_assert_cmpuint(s.r.f->updates, ==, 0);
        expect_leaves(&s, cases[i].s1, cases[i].s2);
        stages_free(&s);
    }
}

/* A stage 2 fault of any type for the output of stage 1 */
static void test_unmapped_output(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_CLEAN, S2_CLEAN);
    tables_set(&s.s2, IPA, 3, 0);
    expect_fault(&s.r, writing(VA), MSMMU_ABORT, 0x10, CLASS_IN | S2, IPA);
    g_assert_cmphex(leaf1(&s), ==, IPA | TABLES_PAGE | S1_CLEAN);
    stages_free(&s);
}

/* ---- Stage 1 tables behind stage 2 ---- */

/* The stage 2 leaf of the page that holds the last table of stage 1. */
static uint64_t table_page(Stages *s)
{
    return tables_slot(&s->r.t, VA, 3) & ~0xfffull;
}

static void set_table_page(Stages *s, uint64_t attributes)
{
    uint64_t ipa = table_page(s);

    stages_page(s, ipa, stages_pa(s, ipa), attributes);
    stages_flush(s);
}

static uint64_t table_page_leaf(Stages *s)
{
    return tables_get(&s->s2, table_page(s), 3) & ~UINT64_C(0xfffffffff003);
}

/*
 * An update of a stage 1 descriptor is a write at stage 2: of the Access flag
 * for a read, of the dirty state for a write.
 */
static void test_table_page(void)
{
    static const struct {
        bool write;             /* of the transaction */
        uint64_t s1;
        unsigned updates;
        uint64_t page;          /* of the table, at stage 2 */
        bool refused;
        uint64_t page_after;
    } cases[] = {
        /* Not writable: nothing comes of the update. */
        { false, S1_NEW, HA | S2HA, S2_CLEAN, true, S2_CLEAN },
        { false, S1_NEW, HA | S2HA | S2HD, S2_CLEAN & ~TABLES_DBM, true,
          S2_CLEAN & ~TABLES_DBM },
        { true, S1_CLEAN, HA | HD | S2HA, S2_CLEAN, true, S2_CLEAN },
        /* Writable-clean: marked, before stage 1 is. */
        { false, S1_NEW, HA | S2HA | S2HD, S2_NEW, false, S2_DIRTY },
        { true, S1_CLEAN, HA | HD | S2HA | S2HD, S2_NEW, false, S2_DIRTY },
        /* Writable, whoever keeps the flags of stage 2 */
        { false, S1_NEW, HA, S2_DIRTY, false, S2_DIRTY },
        { true, S1_NEW, HA | HD, S2_DIRTY, false, S2_DIRTY },
        /* No update at stage 1: the page is only read. */
        { false, S1_CLEAN, HA | HD | S2HA | S2HD, S2_NEW, false, S2_CLEAN },
        { true, S1_DIRTY, HA | HD | S2HA | S2HD, S2_NEW, false, S2_CLEAN },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool write = cases[i].write;
        MsmmuRequest rq = write ? writing(VA) : reading(VA);
        Stages s;

        g_test_message("case %u", i);
        setup(&s, cases[i].updates, cases[i].s1, S2_DIRTY);
        set_table_page(&s, cases[i].page);
        if (cases[i].refused) {
            /* TTRnW is 0: a write of the descriptor, whatever RnW is. */
            expect_fault(&s.r, rq, MSMMU_ABORT, 0x13,
                         CLASS_TT | S2 | (rq.write ? 0 : RNW),
                         table_page(&s));
            expect_leaves(&s, cases[i].s1, S2_DIRTY);
        } else {
            g_assert_cmpint(translate(&s.r, rq).disposition, ==,
                            MSMMU_FORWARD);
            expect_leaves(&s, rq.write ? S1_DIRTY : S1_CLEAN, S2_DIRTY);
        }
        g_assert_cmphex(table_page_leaf(&s), ==, cases[i].page_after);
        stages_free(&s);
    }
}

/* A refused update of stage 1 leaves the page of the data clean as well. */
static void test_refused_update(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_CLEAN, S2_CLEAN);
    set_table_page(&s, S2_CLEAN & ~TABLES_DBM);
    expect_fault(&s.r, writing(VA), MSMMU_ABORT, 0x13, CLASS_TT | S2,
                 table_page(&s));
    expect_leaves(&s, S1_CLEAN, S2_CLEAN);
    stages_free(&s);
}

/*
 * All that a transaction goes through is marked accessed, the page of the CD
 * too, which is never marked dirty (3.13.3.1).
 */
static void test_accessed_everywhere(void)
{
    uint64_t ipas[6] = { STAGES_CD_AT };
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_NEW, S2_NEW);
    for (int level = 0; level <= 3; level++) {
        ipas[1 + level] = tables_slot(&s.r.t, VA, level) & ~0xfffull;
    }
    ipas[5] = IPA;
    for (unsigned i = 0; i < 6; i++) {
        stages_page(&s, ipas[i], stages_pa(&s, ipas[i]), S2_NEW);
    }
    stages_flush(&s);
    /* Six pages, and the last table is dirty, since the leaf was updated. */
    expect_updates(&s, reading(VA), RD | EX, 6 + 1 + 1);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_cmphex(tables_get(&s.s2, ipas[i], 3) &
                        ~UINT64_C(0xfffffffff003), ==,
                        i == 4 ? S2_DIRTY : S2_CLEAN);
    }
    expect_leaves(&s, S1_CLEAN, S2_CLEAN);
    stages_free(&s);
}

/* ---- Table descriptors (3.13.6) ---- */

static void test_table_descriptors(void)
{
    for (unsigned n = 0; n < 4; n++) {
        bool haft = n & 1, s2haft = n & 2;
        Stages s;

        setup(&s, HA | S2HA | (haft ? HAFT : 0) | (s2haft ? S2HAFT : 0),
              S1_NEW, S2_NEW);
        translate(&s.r, reading(VA));
        for (int level = 0; level < 3; level++) {
            g_assert_cmphex(tables_get(&s.r.t, VA, level) & TABLES_AF, ==,
                            haft ? TABLES_AF : 0);
            g_assert_cmphex(tables_get(&s.s2, IPA, level) & TABLES_AF, ==,
                            s2haft ? TABLES_AF : 0);
        }
        stages_free(&s);
    }
}

/* ---- Sizes, and what is cached ---- */

/* A block of stage 1 is marked once, the pages of stage 2 one by one. */
static void test_block_over_pages(void)
{
    const uint64_t ipa = IPA & ~0x1fffffull;
    Stages s;

    stages_init(&s, "httu=dirty", 4, 4);
    tables_map(&s.r.t, VA & ~0x1fffffull, 2, ipa, S1_CLEAN);
    for (unsigned i = 0; i < 3; i++) {
        stages_page(&s, ipa + i * 0x1000, PA + i * 0x1000, S2_CLEAN);
    }
    enable(&s, HA | HD | S2HA | S2HD);
    for (unsigned i = 0; i < 3; i++) {
        translate(&s.r, reading((VA & ~0x1fffffull) + i * 0x1000));
    }
    for (unsigned i = 0; i < 2; i++) {
        MsmmuRequest rq = writing((VA & ~0x1fffffull) + i * 0x1000);

        s.r.f->updates = 0;
        g_assert_cmphex(translate(&s.r, rq).pa, ==, PA + i * 0x1000);
        g_assert_cmpuint(s.r.f->updates, ==, i ? 1 : 2);
        s.r.f->reads = 0;
        g_assert_cmphex(translate(&s.r, rq).pa, ==, PA + i * 0x1000);
        g_assert_cmpuint(s.r.f->reads, ==, 0);
    }
    g_assert_cmphex(tables_get(&s.r.t, VA, 2), ==,
                    ipa | TABLES_BLOCK | S1_DIRTY);
    g_assert_cmphex(tables_get(&s.s2, ipa + 0x1000, 3), ==,
                    (PA + 0x1000) | TABLES_PAGE | S2_DIRTY);
    g_assert_cmphex(tables_get(&s.s2, ipa + 0x2000, 3), ==,
                    (PA + 0x2000) | TABLES_PAGE | S2_CLEAN);
    stages_free(&s);
}

/* A stage that is dirty already is not updated for the other's sake. */
static void test_one_stage_clean(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_DIRTY, S2_CLEAN);
    expect_updates(&s, reading(VA), RD | EX, 0);
    expect_updates(&s, writing(VA), RD | WR | EX, 1);
    expect_hit(&s, writing(VA), RD | WR | EX);
    stages_free(&s);
    setup(&s, HA | HD | S2HA | S2HD, S1_CLEAN, S2_DIRTY);
    expect_updates(&s, reading(VA), RD | EX, 0);
    expect_updates(&s, writing(VA), RD | WR | EX, 1);
    expect_hit(&s, writing(VA), RD | WR | EX);
    stages_free(&s);
}

/* What was only asked changes nothing and is not remembered. */
static void test_probes(void)
{
    Stages s;

    setup(&s, HA | HD | S2HA | S2HD, S1_NEW, S2_NEW);
    for (unsigned i = 0; i < 4; i++) {
        MsmmuRequest rq = i % 2 ? writing(VA) : reading(VA);

        rq.probe = true;
        s.r.f->updates = 0;
        g_assert_cmphex(translate(&s.r, rq).pa, ==, PA);
        g_assert_cmpuint(s.r.f->updates, ==, 0);
        expect_leaves(&s, S1_NEW, S2_NEW);
    }
    /* The CD's page is accessed now, not when it was only asked about. */
    stages_page(&s, STAGES_CD_AT, stages_pa(&s, STAGES_CD_AT), S2_NEW);
    stages_flush(&s);
    translate(&s.r, (MsmmuRequest) { .sid = SID, .iova = VA, .probe = true });
    expect_updates(&s, reading(VA), RD | EX, 3);
    g_assert_cmphex(tables_get(&s.s2, STAGES_CD_AT, 3) & TABLES_AF, ==,
                    TABLES_AF);
    stages_free(&s);
}

/* In the order of bytes that the tables have */
static void test_big_endian(void)
{
    Stages s;

    stages_init(&s, "httu=dirty,ttendian=mixed", 0, 4);
    config_set_bits(&s.ste, 180, 180, 1);       /* S2ENDI */
    s.s2.big_endian = true;
    stages_page(&s, IPA, PA, S2_NEW | SOFTWARE);
    enable(&s, S2HA | S2HD);
    g_assert_cmphex(translate(&s.r, reading(IPA)).pa, ==, PA);
    g_assert_cmphex(leaf2(&s), ==, PA | TABLES_PAGE | S2_CLEAN | SOFTWARE);
    g_assert_cmphex(translate(&s.r, writing(IPA)).pa, ==, PA);
    g_assert_cmphex(leaf2(&s), ==, PA | TABLES_PAGE | S2_DIRTY | SOFTWARE);
    stages_free(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/httu/" claim, function)
    ADD("ha-and-hd-of-both-stages", test_enables);
    ADD("a-first-write-sets-all", test_write_first);
    ADD("affd-is-ignored-with-ha", test_affd);
    ADD("writable-clean-is-writable-for-execution", test_execution_of_clean);
    ADD("refused-writes-mark-nothing", test_refused_writes);
    ADD("writes-to-nowhere-mark-nothing", test_unmapped_output);
    ADD("updates-of-stage-1-are-writes-at-stage-2", test_table_page);
    ADD("refused-updates-mark-nothing-else", test_refused_update);
    ADD("all-pages-on-the-way-are-accessed", test_accessed_everywhere);
    ADD("haft-is-about-table-descriptors", test_table_descriptors);
    ADD("blocks-over-pages", test_block_over_pages);
    ADD("stages-are-marked-one-by-one", test_one_stage_clean);
    ADD("probes-change-and-cache-nothing", test_probes);
    ADD("big-endian-tables", test_big_endian);
#undef ADD
    return g_test_run();
}
