/*
 * What QEMU's own SMMUv3 model gets wrong about walks, permissions and the TLB
 * (docs/devel/upstream-differences.rst), and ours right: each with tables in
 * guest memory, and DMA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "probe.h"

#define PAGE 0x1000ULL
#define BEYOND (1ULL << 44)             /* of oas=44 */
#define BLOCK_BYTES 0x200000ULL

#define CD0_TBI0 (1ULL << 38)
#define CD0_TBI1 (1ULL << 39)
#define TABLE_READ_ONLY (1ULL << 62)    /* APTable[1] */
#define QPTE_UXN (1ULL << 54)

#define EVT1_S2 (1ULL << 39)

/* Read, and see how it ended. */
static void expect(QProbe *p, uint64_t iova, uint32_t attr, uint64_t ended)
{
    g_assert_cmphex(qprobe_read(p, iova, attr), ==, ended);
}

/* Where an access of @stage is to fault */
static void expect_fault(QProbe *p, unsigned stage, uint64_t ended)
{
    expect(p, QPROBE_IOVA, 0, ended);
    g_assert_cmphex(p->event.word[1] & EVT1_S2, ==, stage == 2 ? EVT1_S2 : 0);
}

/* Tables of one stage, 4K, for 39 bits, and what is translated by them */
static QSetup setup_of(QProbe *p, unsigned stage)
{
    return stage == 1 ? qsetup_stage1(p, 12, 39) : qsetup_stage2(p, 12, 39);
}

static QTables *tables_of(QSetup *x, unsigned stage)
{
    return stage == 1 ? &x->s1 : &x->s2;
}

static uint64_t leaf_of(unsigned stage)
{
    return stage == 1 ? QPTE_RW : QS2_RW;
}

/* ---- Walks -------------------------------------------------------------- */

/* DS = 0, outputs of 48 bits (Arm ARM D8.3.1) */
static void test_blocks(void)
{
    static const struct {
        unsigned shift;
        unsigned input_bits;
        int level;              /* where the walk starts, and no Block may be */
    } cases[] = { { 12, 48, 0 }, { 14, 47, 1 }, { 16, 48, 1 } };
    QProbe p = qprobe_new("stage=nested,oas=48");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned stage = 1; stage <= 2; stage++) {
            QSetup x = stage == 1
                ? qsetup_stage1(&p, cases[i].shift, cases[i].input_bits)
                : qsetup_stage2(&p, cases[i].shift, cases[i].input_bits);
            QTables *t = tables_of(&x, stage);

            g_test_message("%uK, stage %u", 1 << (cases[i].shift - 10), stage);
            g_assert_cmpint(t->start_level, ==, cases[i].level);
            qsetup_attach(&p, &x);
            expect(&p, QPROBE_IOVA, 0, QENDED_OK);
            qtables_map(t, 0, 0, leaf_of(stage), cases[i].level);
            qsmmu_tlbi_all(p.s);
            expect_fault(&p, stage, QENDED_BY(F_TRANSLATION));
        }
    }
    qprobe_free(&p);
}

/* Not F_WALK_EABT: nothing is fetched from there (7.3.14). */
static void test_table_address(void)
{
    QProbe p = qprobe_new("stage=nested,oas=44");

    for (unsigned stage = 1; stage <= 2; stage++) {
        for (int level = 1; level < 3; level++) {
            QSetup x = setup_of(&p, stage);
            QTables *t = tables_of(&x, stage);
            uint64_t slot = qtables_slot(t, QPROBE_IOVA, level);

            qtables_write(t, slot, qtables_read(t, slot) | BEYOND);
            qsetup_attach(&p, &x);
            expect_fault(&p, stage, QENDED_BY(F_ADDR_SIZE));
        }
    }
    qprobe_free(&p);
}

/* The order of 7.3.22, one fault taken away after the other */
static void test_order(void)
{
    QProbe p = qprobe_new("stage=nested,oas=44");

    for (unsigned stage = 1; stage <= 2; stage++) {
        QSetup x = setup_of(&p, stage);
        QTables *t = tables_of(&x, stage);
        uint64_t leaf = leaf_of(stage) & ~(QPTE_USER | QPTE_AF);

        qtables_map(t, QPROBE_IOVA, BEYOND | p.data, leaf, 3);
        qsetup_attach(&p, &x);
        expect_fault(&p, stage, QENDED_BY(F_ADDR_SIZE));
        qtables_map(t, QPROBE_IOVA, p.data, leaf, 3);
        expect_fault(&p, stage, QENDED_BY(F_ACCESS));
        qtables_map(t, QPROBE_IOVA, p.data, leaf | QPTE_AF, 3);
        expect_fault(&p, stage, QENDED_BY(F_PERMISSION));
        qtables_map(t, QPROBE_IOVA, p.data, leaf_of(stage), 3);
        expect(&p, QPROBE_IOVA, 0, QENDED_OK);
    }
    qprobe_free(&p);
}

/*
 * 7.3.13: a 64K table over pages of 4K that are not all there. The IPA is that
 * of the descriptor, without its bits [11:0].
 */
static void test_class_tt(void)
{
    QProbe p = qprobe_new("stage=nested");
    QSetup x;
    uint64_t slot;

    qsetup_nested(&p, &x);
    x.s1 = qtables_nested(&x.s2, 16, 42);
    x.cd = qcd_new(&x.s1, QPROBE_ASID, 40);
    slot = qtables_slot(&x.s1, QPROBE_IOVA + 0x12340000, 3);
    g_assert_cmphex(slot & 0xf000, !=, 0);
    g_assert_cmphex(slot & 0xfff, !=, 0);
    qtables_map(&x.s2, slot, 0, 0, 3);
    qsetup_attach(&p, &x);
    expect(&p, QPROBE_IOVA + 0x12340000, 0, QENDED_BY(F_TRANSLATION));
    /* S2, CLASS = TT, RnW */
    g_assert_cmphex(p.event.word[1], ==, 0x18800000000ULL);
    g_assert_cmphex(p.event.word[3], ==, slot & ~0xfffULL);
    qprobe_free(&p);
}

/* 5.4 CD.TBI1, of addresses whose bit 55 is 1 */
static void test_tbi1(void)
{
    const uint64_t upper = 0xffffff8000000000ULL | QPROBE_IOVA;
    const uint64_t tagged = upper & 0x5affffffffffffffULL;
    QProbe p = qprobe_new("");
    QSetup x = qsetup_stage1(&p, 12, 39);

    /* TTB1: T1SZ = 25, TG1 = 4K, the tables of TTB0 */
    x.cd.word[0] &= ~QCD_EPD1;
    x.cd.word[0] |= 2ULL << 22 | 1ULL << 24 | 1ULL << 26 | 3ULL << 28;
    x.cd.word[2] |= x.cd.word[1];
    for (unsigned tbi = 0; tbi < 4; tbi++) {
        x.cd.word[0] &= ~(CD0_TBI0 | CD0_TBI1);
        x.cd.word[0] |= (tbi & 1 ? CD0_TBI0 : 0) | (tbi & 2 ? CD0_TBI1 : 0);
        qsetup_attach(&p, &x);
        g_test_message("TBI0 %u, TBI1 %u", tbi & 1, tbi >> 1);
        expect(&p, upper, 0, QENDED_OK);
        expect(&p, tagged, 0, tbi & 2 ? QENDED_OK : QENDED_BY(F_TRANSLATION));
        expect(&p, QPROBE_IOVA | 0x5aULL << 56, 0,
               tbi & 1 ? QENDED_OK : QENDED_BY(F_TRANSLATION));
    }
    qprobe_free(&p);
}

/* 5.2 STE.S2T0SZ: inputs of 48 bits, outputs of 40 */
static void test_s2t0sz(void)
{
    QProbe p = qprobe_new("stage=2,oas=48");
    QSetup x = qsetup_stage2(&p, 12, 48);

    qtables_map(&x.s2, 1ULL << 47, p.data, QS2_RW, 3);
    x.ste.word[2] &= ~QSTE2_PS_MASK;
    x.ste.word[2] |= QSTE2_PS(qps_code(40));
    qsetup_attach(&p, &x);
    expect(&p, 1ULL << 47, 0, QENDED_OK);
    qprobe_free(&p);
}

/* S2SL0 of each level of 4K, and the inputs that fit it: one more, one less */
static void test_s2sl0(void)
{
    static const struct {
        unsigned sl0;
        unsigned least;
        unsigned most;
    } cases[] = { { 0, 25, 34 }, { 1, 31, 43 }, { 2, 40, 48 } };
    QProbe p = qprobe_new("stage=2,oas=48");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned bits = 25; bits <= 48; bits++) {
            bool fits = bits >= cases[i].least && bits <= cases[i].most;
            QSetup x = qsetup_stage2(&p, 12, 39);

            x.ste.word[2] &= ~(QSTE2_T0SZ_MASK | QSTE2_SL0_MASK);
            x.ste.word[2] |= QSTE2_T0SZ(bits) | QSTE2_SL0(cases[i].sl0);
            /* All is empty: only the STE can be at fault. */
            x.ste.word[3] = qsmmu_alloc(p.s, 16 * PAGE, 16 * PAGE);
            qsetup_attach(&p, &x);
            g_test_message("S2SL0 %u, %u bits", cases[i].sl0, bits);
            expect(&p, 0, 0, fits ? QENDED_BY(F_TRANSLATION)
                                  : QENDED_BY(C_BAD_STE));
        }
    }
    qprobe_free(&p);
}

/* ---- Permissions -------------------------------------------------------- */

/* AP[1] = 0, UXN: what the transaction is decides (13.7). */
static void test_unprivileged(void)
{
    QProbe p = qprobe_new("");
    QSetup x = qsetup_stage1(&p, 12, 39);

    qtables_map(&x.s1, QPROBE_IOVA, p.data, QPTE_RW & ~QPTE_USER, 3);
    qtables_map(&x.s1, QPROBE_IOVA + PAGE, p.data, QPTE_RW | QPTE_UXN, 3);
    qsetup_attach(&p, &x);
    expect(&p, QPROBE_IOVA, 0, QENDED_BY(F_PERMISSION));
    expect(&p, QPROBE_IOVA, QATTR_PRIV, QENDED_OK);
    expect(&p, QPROBE_IOVA, 0, QENDED_BY(F_PERMISSION));
    expect(&p, QPROBE_IOVA + PAGE, 0, QENDED_OK);
    expect(&p, QPROBE_IOVA + PAGE, QATTR_INST, QENDED_BY(F_PERMISSION));
    /* STE.PRIVCFG, INSTCFG: the other way round */
    x.ste.word[1] |= QSTE1_PRIVCFG(3) | QSTE1_INSTCFG(2);
    qsetup_attach(&p, &x);
    expect(&p, QPROBE_IOVA, 0, QENDED_OK);
    expect(&p, QPROBE_IOVA + PAGE, QATTR_INST, QENDED_OK);
    qprobe_free(&p);
}

static void test_aptable(void)
{
    QProbe p = qprobe_new("");
    QSetup x = qsetup_stage1(&p, 12, 39);
    uint64_t slot = qtables_slot(&x.s1, QPROBE_IOVA, 2);

    qtables_write(&x.s1, slot, qtables_read(&x.s1, slot) | TABLE_READ_ONLY);
    qsetup_attach(&p, &x);
    for (int i = 0; i < 2; i++) {
        expect(&p, QPROBE_IOVA, 0, QENDED_OK);
        g_assert_cmphex(qprobe_write(&p, QPROBE_IOVA), ==,
                        QENDED_BY(F_PERMISSION));
    }
    qprobe_free(&p);
}

static void test_write_only(void)
{
    QProbe p = qprobe_new("stage=nested");
    QSetup x;

    qsetup_nested(&p, &x);
    qtables_map(&x.s2, qtables_lookup(&x.s1, QPROBE_IOVA), p.data,
                QS2_RW & ~QS2_READ, 3);
    qsetup_attach(&p, &x);
    for (int i = 0; i < 2; i++) {
        g_assert_cmphex(qprobe_write(&p, QPROBE_IOVA), ==, QENDED_OK);
        expect_fault(&p, 2, QENDED_BY(F_PERMISSION));
    }
    qprobe_free(&p);
}

/* ---- The TLB ------------------------------------------------------------ */

static void tlbi_va(QProbe *p, uint16_t asid, uint16_t vmid, uint64_t va,
                    uint64_t hints)
{
    qsmmu_push(p->s, QCMD_TLBI_NH_VA | (uint64_t)vmid << 32 |
               (uint64_t)asid << 48, va | hints);
    qsmmu_sync(p->s);
}

/* 4.4.2.4: nG = 0 goes with any ASID, nG = 1 stays. */
static void test_global(void)
{
    QProbe p = qprobe_new("");
    QSetup x = qsetup_stage1(&p, 12, 39);

    for (int global = 0; global < 2; global++) {
        qtables_map(&x.s1, QPROBE_IOVA, p.data,
                    QPTE_RW & ~(global ? QPTE_NG : 0), 3);
        qsetup_attach(&p, &x);
        expect(&p, QPROBE_IOVA, 0, QENDED_OK);
        qtables_map(&x.s1, QPROBE_IOVA, 0, 0, 3);
        expect(&p, QPROBE_IOVA, 0, QENDED_OK);
        tlbi_va(&p, QPROBE_ASID + 1, 0, QPROBE_IOVA, 0);
        expect(&p, QPROBE_IOVA, 0,
               global ? QENDED_BY(F_TRANSLATION) : QENDED_OK);
    }
    qprobe_free(&p);
}

/* A Block of 2M over pages of 4K: all that is cached of it goes (4.4.2). */
static void test_block_over_pages(void)
{
    static const uint64_t offsets[] = {
        0, PAGE, 0x80000, BLOCK_BYTES - PAGE,
    };
    /* TG, TTL: none, and a leaf of level 2 */
    static const uint64_t hints[] = { 0, 1 << 10 | 2 << 8, 1 };
    const uint64_t ipa = 0x40000000;
    QProbe p = qprobe_new("stage=nested,ril=on");
    const uint64_t va = QPROBE_IOVA + 0x40000000;
    QSetup x;

    qsetup_nested(&p, &x);
    for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
        qtables_map(&x.s2, ipa + offsets[i], p.data, QS2_RW, 3);
    }
    qsetup_attach(&p, &x);
    for (unsigned n = 0; n < ARRAY_SIZE(hints); n++) {
        qtables_map(&x.s1, va, ipa, QPTE_RW, 2);
        for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
            expect(&p, va + offsets[i], 0, QENDED_OK);
        }
        qtables_map(&x.s1, va, 0, 0, 2);
        for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
            expect(&p, va + offsets[i], 0, QENDED_OK);
        }
        tlbi_va(&p, QPROBE_ASID, QPROBE_VMID, va, hints[n]);
        for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
            expect(&p, va + offsets[i], 0, QENDED_BY(F_TRANSLATION));
        }
    }
    qprobe_free(&p);
}

/* More than 256 pages are cached at once, and none is lost. */
#define PAGES 300

static void test_many(void)
{
    QProbe p = qprobe_new("");
    QSetup x = qsetup_stage1(&p, 12, 39);

    for (unsigned i = 0; i < PAGES; i++) {
        qtables_map(&x.s1, QPROBE_IOVA + i * PAGE, p.data, QPTE_RW, 3);
    }
    qsetup_attach(&p, &x);
    for (unsigned i = 0; i < PAGES; i++) {
        expect(&p, QPROBE_IOVA + i * PAGE, 0, QENDED_OK);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        qtables_map(&x.s1, QPROBE_IOVA + i * PAGE, 0, 0, 3);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        expect(&p, QPROBE_IOVA + i * PAGE, 0, QENDED_OK);
    }
    qprobe_free(&p);
}

/* 4.4.1.1: combinations of TG, NUM, SCALE and TTL that are Reserved */
static void test_ranges(void)
{
    static const struct {
        unsigned tg, num, scale, ttl;
        bool legal;
    } cases[] = {
        { 1, 0, 0, 0, false }, { 2, 0, 0, 0, false }, { 3, 0, 0, 0, false },
        { 2, 0, 0, 1, false },          /* DS = 0: TTL is taken as 0 */
        { 0, 0, 0, 0, true }, { 1, 0, 0, 1, true }, { 3, 0, 0, 1, true },
        { 2, 0, 0, 2, true }, { 2, 1, 0, 1, true }, { 1, 1, 0, 0, true },
        { 1, 0, 1, 0, true },
    };
    QProbe p = qprobe_new("ril=on");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t error;

        qsmmu_push(p.s, QCMD_TLBI_NH_VA | (uint64_t)cases[i].num << 12 |
                   (uint64_t)cases[i].scale << 20,
                   QPROBE_IOVA | cases[i].tg << 10 | cases[i].ttl << 8);
        qsmmu_wait_commands(p.s);
        error = qsmmu_active_errors(p.s) & QGERROR_CMDQ_ERR;
        g_test_message("TG %u, NUM %u, SCALE %u, TTL %u", cases[i].tg,
                       cases[i].num, cases[i].scale, cases[i].ttl);
        g_assert_cmphex(error, ==, cases[i].legal ? 0 : QGERROR_CMDQ_ERR);
        if (error) {
            g_assert_cmphex(qsmmu_readl(p.s, QSMMU_CMDQ_CONS) >> 24, ==, 1);
            qsmmu_skip_command(p.s);
        }
    }
    qprobe_free(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/deviations/" claim, function)
    ADD("blocks-at-illegal-levels-are-f_translation", test_blocks);
    ADD("table-address-beyond-size-is-f_addr_size", test_table_address);
    ADD("f_addr_size-comes-before-f_access", test_order);
    ADD("class-tt-has-the-ipa-of-the-descriptor", test_class_tt);
    ADD("tbi1-is-of-the-upper-half", test_tbi1);
    ADD("s2t0sz-is-not-limited-by-s2ps", test_s2t0sz);
    ADD("s2sl0-must-fit-s2t0sz", test_s2sl0);
    ADD("privilege-and-instruction-count", test_unprivileged);
    ADD("aptable-holds-for-what-is-cached", test_aptable);
    ADD("stage-2-write-only-pages-stay-so", test_write_only);
    ADD("tlbi-by-va-drops-global-entries", test_global);
    ADD("tlbi-of-a-block-drops-all-of-it", test_block_over_pages);
    ADD("cached-entries-are-not-dropped-at-256", test_many);
    ADD("reserved-ranges-are-cerror_ill", test_ranges);
#undef ADD
    return g_test_run();
}
