/*
 * Stage 2 alone, by DMA: concatenated tables, start levels, permissions, what
 * is recorded, VMIDs, invalidation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "config.h"
#include "rig.h"

#define PAGE 0x1000ULL
#define IPA 0x10000000ULL
#define IPA_OUT 0x18000000ULL
#define DATA QRIG_DATA
#define OUT (QRIG_DATA + 0x800000)
#define VMID 7
#define OUTPUT_BITS 48

#define VMID_FIELD(vmid) ((uint64_t)(vmid) << 32)

/* One instance with stage 2, and 4K tables for 40 bits of IPA */
typedef struct Fixture {
    QRig *rig;
    QTestState *qts;
    QSmmu *s;
    QEdu *edu;
    QTables t;
    QSte ste;
} Fixture;

static Fixture start(const char *more)
{
    const char *properties[] = { "stage=2" };
    Fixture f = { .rig = qrig_new(1, properties, more) };

    f.qts = f.rig->qts;
    f.s = &f.rig->smmu[0];
    f.edu = &f.rig->edu[0];
    qsmmu_start(f.s);
    f.t = qtables_stage2(f.s, 12, 40, 1);
    f.ste = qste_stage2(&f.t, VMID, OUTPUT_BITS);
    qste_write(f.s, QRIG_SID, &f.ste);
    return f;
}

static void end(Fixture *f)
{
    qrig_free(f->rig);
}

/* Have the device read a pattern at @ipa, and see it at @pa's page. */
static void check_load(Fixture *f, uint64_t ipa, uint64_t pa, uint8_t seed)
{
    qtables_map(&f->t, IPA_OUT, OUT, QS2_RW, 3);
    qrig_fill(f->rig, pa, 0x100, seed);
    qtest_memset(f->qts, OUT, 0, 0x100);
    qrig_copy(f->rig, 0, ipa, IPA_OUT, 0x100);
    qsmmu_expect_no_event(f->s);
    qrig_check(f->rig, OUT, 0x100, seed);
}

/* ---- Where walks start (Arm ARM D8.2.5 to D8.2.7) ---------------------- */

static const struct {
    const char *name;
    unsigned shift, input_bits;
    int start_level;
} starts[] = {
    { "4k level 0, 48 bits", 12, 48, 0 },
    { "4k level 1, 39 bits: one table", 12, 39, 1 },
    { "4k level 1, 41 bits: 4 tables", 12, 41, 1 },
    { "4k level 1, 43 bits: 16 tables", 12, 43, 1 },
    { "4k level 2, 30 bits", 12, 30, 2 },
    { "4k level 2, 32 bits: 4 tables", 12, 32, 2 },
    { "4k level 2, 34 bits: 16 tables", 12, 34, 2 },
    { "16k level 1, 44 bits", 14, 44, 1 },
    { "16k level 1, 47 bits", 14, 47, 1 },
    { "16k level 2, 38 bits: 4 tables", 14, 38, 2 },
    { "16k level 2, 40 bits: 16 tables", 14, 40, 2 },
    { "16k level 3, 29 bits: 16 tables", 14, 29, 3 },
    { "64k level 1, 48 bits", 16, 48, 1 },
    { "64k level 2, 42 bits", 16, 42, 2 },
    { "64k level 2, 44 bits: 4 tables", 16, 44, 2 },
    { "64k level 2, 46 bits: 16 tables", 16, 46, 2 },
    { "64k level 3, 31 bits: 4 tables", 16, 31, 3 },
};

/* The first and the last page, and one behind each entry of the first table */
static void check_start(Fixture *f, unsigned i)
{
    unsigned span = qtables_span_log2(&f->t, f->t.start_level);
    uint64_t page = 1ULL << f->t.shift;
    uint64_t last = (1ULL << f->t.input_bits) - page;
    unsigned n = 0;

    for (unsigned bit = f->t.input_bits - 1; bit >= MAX(span, 28); bit--) {
        uint64_t ipa = (1ULL << bit) | IPA;

        qtables_map(&f->t, ipa, DATA + n * page, QS2_RW, 3);
        check_load(f, ipa, DATA + n * page, 16 * i + n);
        n++;
    }
    qtables_map(&f->t, 0, DATA + n * page, QS2_RW, 3);
    check_load(f, 0, DATA + n * page, 16 * i + n);
    n++;
    qtables_map(&f->t, last, DATA + n * page, QS2_RW, 3);
    check_load(f, last + page - 0x100, DATA + n * page + page - 0x100,
               16 * i + n);
}

static void test_starts(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(starts); i++) {
        Fixture f = start("");
        QEvent e;

        g_test_message("%s", starts[i].name);
        f.t = qtables_stage2(f.s, starts[i].shift, starts[i].input_bits,
                             starts[i].start_level);
        f.ste = qste_stage2(&f.t, VMID, OUTPUT_BITS);
        qste_write(f.s, QRIG_SID, &f.ste);
        check_start(&f, i);

        /* One beyond the last */
        if (starts[i].input_bits < OUTPUT_BITS) {
            qedu_load(f.edu, 1ULL << starts[i].input_bits, 8);
            e = qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
            g_assert_cmphex(e.word[3], ==, 1ULL << starts[i].input_bits);
        }
        end(&f);
    }
}

/* ---- Records (7.3.13 to 7.3.16) ---------------------------------------- */

static const struct {
    const char *name;
    uint64_t pa;
    uint64_t attrs;
    bool store;
    unsigned type;
} leaves[] = {
    { "invalid, load", 0, 0, false, QEVT_F_TRANSLATION },
    { "invalid, store", 0, 0, true, QEVT_F_TRANSLATION },
    { "Access flag", DATA, QS2_RW & ~QPTE_AF, false, QEVT_F_ACCESS },
    { "no read", DATA, QS2_RW & ~QS2_READ, false, QEVT_F_PERMISSION },
    { "no write", DATA, QS2_RO, true, QEVT_F_PERMISSION },
    { "neither, load", DATA, QS2_RO & ~QS2_READ, false, QEVT_F_PERMISSION },
    { "neither, store", DATA, QS2_RO & ~QS2_READ, true, QEVT_F_PERMISSION },
    { "Access flag before permission", DATA, QS2_RO & ~QPTE_AF, true,
      QEVT_F_ACCESS },
    { "output beyond S2PS", 1ULL << 40, QS2_RW, false, QEVT_F_ADDR_SIZE },
    { "output size before Access flag", 1ULL << 40, QS2_RW & ~QPTE_AF, false,
      QEVT_F_ADDR_SIZE },
};

static void test_records(void)
{
    Fixture f = start("");
    const uint64_t iova = IPA + 0x5128;

    f.ste = qste_stage2(&f.t, VMID, 40);
    qste_write(f.s, QRIG_SID, &f.ste);
    for (unsigned i = 0; i < ARRAY_SIZE(leaves); i++) {
        QEvent e;

        g_test_message("%s", leaves[i].name);
        qtables_map(&f.t, iova & ~(PAGE - 1), leaves[i].pa, leaves[i].attrs,
                    3);
        qsmmu_tlbi_all(f.s);
        if (leaves[i].store) {
            qedu_store(f.edu, iova, 8);
        } else {
            qedu_load(f.edu, iova, 8);
        }
        e = qsmmu_expect_event(f.s, leaves[i].type, QRIG_SID);
        g_assert_cmphex(e.word[0], ==,
                        (uint64_t)QRIG_SID << 32 | leaves[i].type);
        /* S2, bit 103; CLASS = IN, 105:104; RnW, 99 */
        g_assert_cmphex(e.word[1], ==, 0x28000000000ULL |
                        (leaves[i].store ? 0 : 0x800000000ULL));
        g_assert_cmphex(e.word[2], ==, iova);
        g_assert_cmphex(e.word[3], ==, iova & ~(PAGE - 1));
    }
    end(&f);
}

/* 5.2 STE.S2R: such faults are not recorded, and end with an abort */
static void test_s2r(void)
{
    Fixture f = start("");

    f.ste.word[2] &= ~QSTE2_R;
    qste_write(f.s, QRIG_SID, &f.ste);
    qedu_load(f.edu, IPA, 8);
    qsmmu_expect_no_event(f.s);

    /* An external abort is recorded whatever S2R says (7.3.12). */
    qtables_write(&f.t, qtables_slot(&f.t, IPA, 1),
                  0xfffff0000000ULL | QPTE_TABLE);
    qedu_load(f.edu, IPA, 8);
    qsmmu_expect_event(f.s, QEVT_F_WALK_EABT, QRIG_SID);
    end(&f);
}

/* 7.3.12: CLASS = IN, S2 = 1, FetchAddr of the descriptor */
static void test_walk_abort(void)
{
    Fixture f = start("");
    QEvent e;

    qtables_write(&f.t, qtables_slot(&f.t, IPA, 2),
                  0xfffff0000000ULL | QPTE_TABLE);
    qedu_store(f.edu, IPA + 0x3010, 8);
    e = qsmmu_expect_event(f.s, QEVT_F_WALK_EABT, QRIG_SID);
    g_assert_cmphex(e.word[1], ==, 0x28000000000ULL);
    g_assert_cmphex(e.word[2], ==, IPA + 0x3010);
    g_assert_cmphex(e.word[3], ==, 0xfffff0000000ULL + 3 * 8);
    end(&f);
}

/* 3.4: an address that no IPA can be is refused as of a bypassed stage 1. */
static void test_input_beyond_ias(void)
{
    static const struct {
        const char *properties;
        unsigned bits;
    } cases[] = {
        { "stage=2,oas=40", 40 }, { "stage=2,oas=44", 44 },
        { "stage=2,oas=48", 48 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        QRig *rig = qrig_new_one(cases[i].properties);
        QSmmu *s = &rig->smmu[0];
        QTables t = qtables_stage2(s, 12, 34, 1);
        QSte ste = qste_stage2(&t, VMID, cases[i].bits);
        uint64_t beyond = 1ULL << cases[i].bits;
        QEvent e;

        qste_write(s, QRIG_SID, &ste);
        qedu_load(&rig->edu[0], beyond - 8, 8);
        e = qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
        g_assert_cmphex(e.word[1], ==, 0x28800000000ULL);
        g_assert_cmphex(e.word[3], ==, beyond - PAGE);

        qedu_load(&rig->edu[0], beyond, 8);
        e = qsmmu_expect_event(s, QEVT_F_ADDR_SIZE, QRIG_SID);
        g_assert_cmphex(e.word[1], ==, 0x20800000000ULL);
        g_assert_cmphex(e.word[2], ==, beyond);
        qrig_free(rig);
    }
}

/* ---- Blocks ------------------------------------------------------------ */

/* Each legal block level: a page in the middle of the block */
static void test_blocks(void)
{
    static const struct {
        unsigned shift;
        int level;
        bool legal;
    } cases[] = {
        { 12, 0, false }, { 12, 1, true }, { 12, 2, true },
        { 14, 1, false }, { 14, 2, true },
        { 16, 1, false }, { 16, 2, true },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        Fixture f = start("");
        unsigned shift = cases[i].shift;
        unsigned bits = shift == 14 ? 47 : 48;
        int first = shift == 12 ? 0 : 1;
        uint64_t block;

        g_test_message("%uk level %d", 1 << (shift - 10),
                       cases[i].level);
        f.t = qtables_stage2(f.s, shift, bits, first);
        f.ste = qste_stage2(&f.t, VMID, OUTPUT_BITS);
        qste_write(f.s, QRIG_SID, &f.ste);
        block = 1ULL << qtables_span_log2(&f.t, cases[i].level);
        /* The block is another than that of IPA_OUT, and maps all of RAM. */
        qtables_map(&f.t, (1ULL << 46) + (DATA & ~(block - 1)),
                    DATA & ~(block - 1), QS2_RW, cases[i].level);
        if (cases[i].legal) {
            check_load(&f, (1ULL << 46) + DATA + 0x12300, DATA + 0x12300, i);
        } else {
            qedu_load(f.edu, (1ULL << 46) + DATA, 8);
            qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
        }
        end(&f);
    }
}

/* ---- Permissions ------------------------------------------------------- */

/* S2AP by access: what one access cached does not help another (D8.4). */
static void test_permissions_are_kept_apart(void)
{
    Fixture f = start("");

    for (unsigned s2ap = 0; s2ap < 4; s2ap++) {
        uint64_t attrs = (QS2_RW & ~(QS2_READ | QS2_WRITE)) |
                         (uint64_t)s2ap << 6;

        qtables_map(&f.t, IPA, DATA, attrs, 3);
        qsmmu_tlbi_all(f.s);
        for (unsigned again = 0; again < 2; again++) {
            qedu_load(f.edu, IPA, 8);
            if (s2ap & 1) {
                qsmmu_expect_no_event(f.s);
            } else {
                qsmmu_expect_event(f.s, QEVT_F_PERMISSION, QRIG_SID);
            }
            qedu_store(f.edu, IPA, 8);
            if (s2ap & 2) {
                qsmmu_expect_no_event(f.s);
            } else {
                qsmmu_expect_event(f.s, QEVT_F_PERMISSION, QRIG_SID);
            }
        }
    }
    end(&f);
}

/* ---- VMIDs and invalidation -------------------------------------------- */

static const struct {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    bool goes;
} tlbis[] = {
    { "NSNH_ALL", QCMD_TLBI_NSNH_ALL, 0, true },
    { "S12_VMALL", QCMD_TLBI_S12_VMALL | VMID_FIELD(VMID), 0, true },
    { "S2_IPA", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID), IPA, true },
    { "S2_IPA, leaf", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID), IPA | 1, true },
    { "S2_IPA range", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID) | 31 << 12,
      (IPA - 0x10000) | 1 << 10 | 1, true },
    { "S2_IPA range with level 3",
      QCMD_TLBI_S2_IPA | VMID_FIELD(VMID) | 31 << 12,
      (IPA - 0x10000) | 1 << 10 | 3 << 8 | 1, true },
    { "S12_VMALL of another", QCMD_TLBI_S12_VMALL | VMID_FIELD(VMID + 1), 0,
      false },
    { "S2_IPA of another VMID", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID + 1),
      IPA | 1, false },
    { "S2_IPA of another page", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID),
      (IPA + PAGE) | 1, false },
    { "S2_IPA range below", QCMD_TLBI_S2_IPA | VMID_FIELD(VMID) | 15 << 12,
      (IPA - 0x10000) | 1 << 10 | 1, false },
    { "S2_IPA of another granule",
      QCMD_TLBI_S2_IPA | VMID_FIELD(VMID) | 1 << 12, IPA | 3 << 10 | 1,
      false },
    { "CMD_SYNC alone", 0, 0, false },
};

static void test_tlbi(void)
{
    Fixture f = start("");

    for (unsigned i = 0; i < ARRAY_SIZE(tlbis); i++) {
        g_test_message("%s", tlbis[i].name);
        qtables_map(&f.t, IPA, DATA, QS2_RW, 3);
        qedu_load(f.edu, IPA, 8);
        qsmmu_expect_no_event(f.s);

        qtables_map(&f.t, IPA, 0, 0, 3);
        qedu_load(f.edu, IPA, 8);
        qsmmu_expect_no_event(f.s);     /* still cached */

        if (tlbis[i].word0) {
            qsmmu_push(f.s, tlbis[i].word0, tlbis[i].word1);
        }
        qsmmu_sync(f.s);
        qedu_load(f.edu, IPA, 8);
        if (tlbis[i].goes) {
            qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
        } else {
            qsmmu_expect_no_event(f.s);
        }
        qsmmu_tlbi_all(f.s);
    }
    end(&f);
}

/* 4.4.2, 4.1.3: without stage 1 there is no TLBI of it. */
static void test_commands_of_stage_1(void)
{
    static const uint64_t words[] = {
        QCMD_TLBI_NH_ASID, QCMD_TLBI_NH_VA, QCMD_TLBI_NH_VAA,
        QCMD_TLBI_EL2_ALL,
    };
    Fixture f = start("");

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        qsmmu_push(f.s, words[i], 0);
        qsmmu_wait_commands(f.s);
        /* CERROR_ILL */
        g_assert_cmphex(qsmmu_readl(f.s, QSMMU_CMDQ_CONS) >> 24, ==, 1);
        qsmmu_skip_command(f.s);
    }
    end(&f);
}

/* Two functions with a VMID each, the same IPAs, and one after the other */
static void test_vmids(void)
{
    Fixture f = start(QRIG_EDU "bus=rc1,addr=2");
    QEdu other = qedu_init(&f.rig->rc[0], 0, 0x10, 1);
    QTables t = qtables_stage2(f.s, 16, 42, 2);
    QSte ste = qste_stage2(&t, VMID + 1, OUTPUT_BITS);

    qste_write(f.s, 0x10, &ste);
    qtables_map(&f.t, IPA, DATA, QS2_RW, 3);
    qtables_map(&t, IPA, DATA + 0x10000, QS2_RW, 3);
    qtest_writeq(f.qts, DATA, 0x1111);
    qtest_writeq(f.qts, DATA + 0x10000, 0x2222);

    qedu_load(f.edu, IPA, 8);
    qedu_load(&other, IPA, 8);
    qedu_store(f.edu, IPA + 8, 8);
    qedu_store(&other, IPA + 8, 8);
    g_assert_cmphex(qtest_readq(f.qts, DATA + 8), ==, 0x1111);
    g_assert_cmphex(qtest_readq(f.qts, DATA + 0x10008), ==, 0x2222);

    /* What goes of one VMID stays of the other. */
    qtables_map(&f.t, IPA, 0, 0, 3);
    qtables_map(&t, IPA, 0, 0, 3);
    qsmmu_push(f.s, QCMD_TLBI_S12_VMALL | VMID_FIELD(VMID), 0);
    qsmmu_sync(f.s);
    qedu_load(&other, IPA, 8);
    qsmmu_expect_no_event(f.s);
    qedu_load(f.edu, IPA, 8);
    qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);

    /* The second VMID */
    qsmmu_push(f.s, QCMD_TLBI_S2_IPA | VMID_FIELD(VMID + 1), IPA | 1);
    qsmmu_sync(f.s);
    qedu_load(&other, IPA, 8);
    qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, 0x10);
    end(&f);
}

/* IDR0.VMID16: with 16 bits the upper eight tell VMIDs apart */
static void test_vmid_upper_bits(void)
{
    Fixture f = start("");

    f.ste = qste_stage2(&f.t, 0x1200 | VMID, OUTPUT_BITS);
    qste_write(f.s, QRIG_SID, &f.ste);
    qtables_map(&f.t, IPA, DATA, QS2_RW, 3);
    qedu_load(f.edu, IPA, 8);
    qtables_map(&f.t, IPA, 0, 0, 3);
    qsmmu_push(f.s, QCMD_TLBI_S12_VMALL | VMID_FIELD(VMID), 0);
    qsmmu_sync(f.s);
    qedu_load(f.edu, IPA, 8);
    qsmmu_expect_no_event(f.s);
    qsmmu_push(f.s, QCMD_TLBI_S12_VMALL | VMID_FIELD(0x1200 | VMID), 0);
    qsmmu_sync(f.s);
    qedu_load(f.edu, IPA, 8);
    qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/stage2/concatenated-tables-of-each-granule",
                   test_starts);
    qtest_add_func("/msmmu/stage2/blocks-at-legal-levels-only", test_blocks);
    qtest_add_func("/msmmu/stage2/fault-records-as-whole-words",
                   test_records);
    qtest_add_func("/msmmu/stage2/s2r-0-records-nothing", test_s2r);
    qtest_add_func("/msmmu/stage2/walk-abort-record", test_walk_abort);
    qtest_add_func("/msmmu/stage2/input-beyond-the-ias-is-of-stage-1",
                   test_input_beyond_ias);
    qtest_add_func("/msmmu/stage2/permissions-of-cached-pages",
                   test_permissions_are_kept_apart);
    qtest_add_func("/msmmu/stage2/tlbi", test_tlbi);
    qtest_add_func("/msmmu/stage2/tlbi-of-stage-1-is-illegal",
                   test_commands_of_stage_1);
    qtest_add_func("/msmmu/stage2/vmids-share-nothing", test_vmids);
    qtest_add_func("/msmmu/stage2/vmid-upper-bits", test_vmid_upper_bits);
    return g_test_run();
}
