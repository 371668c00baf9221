/*
 * Both stages at once, by DMA: where stage 1 tables and CDs come from, whose
 * fault it is, what remains cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "nested.h"

#define PAGE 0x1000ULL
#define VA 0x10000000ULL
#define IPA 0x20000000ULL
#define DATA QRIG_DATA
#define VMID_FIELD ((uint64_t)QNESTED_VMID << 32)
#define ASID_FIELD ((uint64_t)QNESTED_ASID << 48)

/* Event word 1 (7.3.13) */
#define EVT1_RNW (1ULL << 35)
#define EVT1_S2 (1ULL << 39)
#define EVT1_CLASS_CD (0ULL << 40)
#define EVT1_CLASS_TT (1ULL << 40)
#define EVT1_CLASS_IN (2ULL << 40)
#define EVT1_TTRNW (1ULL << 44)

/* ---- Tables behind stage 2 --------------------------------------------- */

/*
 * A table of the first stage has an entry in each page of the second that it
 * spans, and these pages are not contiguous.
 */
static void check_discontiguous(QRig *rig, unsigned shift1, unsigned shift2)
{
    QNested *f = qnested_attach(rig, 0, shift1, 39, shift2);
    uint64_t table = 1ULL << shift1, part = MIN(1ULL << shift2, table);
    uint64_t last = 0;

    g_test_message("%uk over %uk", 1 << (shift1 - 10), 1 << (shift2 - 10));
    for (uint64_t at = 0; at < table; at += part) {
        uint64_t va = 0x40000000 + (at / 8 + 3) * table;
        uint64_t slot = qtables_map(&f->s1, va, IPA, QPTE_RW, 3);
        uint64_t pa = qtables_pa(&f->s1, slot);

        qtables_map(&f->s2, IPA, DATA, QS2_RW, 3);
        g_assert_cmphex(slot % table / part, ==, at / part);
        if (at) {
            g_assert_cmphex(pa, !=, last + part);
        }
        last = pa;
        qnested_check_load(f, va, DATA, 0x100, at >> 8);
        qnested_expect(f, va + table, false, QEVT_F_TRANSLATION);
    }
    qsmmu_tlbi_all(f->s);
    qnested_free(f);
}

static void test_discontiguous(void)
{
    static const unsigned shifts[] = { 12, 14, 16 };
    QRig *rig = qrig_new_one("stage=nested");

    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            check_discontiguous(rig, shifts[i], shifts[j]);
        }
    }
    qrig_free(rig);
}

/* Stage 1 tables and CD beyond the first of several concatenated tables */
static void test_tables_beyond_first(void)
{
    QRig *rig = qrig_new_one("stage=nested");
    QNested *f = g_new0(QNested, 1);

    f->rig = rig;
    f->qts = rig->qts;
    f->s = &rig->smmu[0];
    f->edu = &rig->edu[0];
    f->s2 = qtables_stage2(f->s, 12, 42, 1);
    f->s2.next_ipa = 5ULL << 39;
    f->s1 = qtables_nested(&f->s2, 12, 48);
    f->s2.next_ipa = 7ULL << 39;
    f->cd_ipa = qcd_alloc(f->s, &f->s2);
    f->ste = qste_nested(&f->s2, QNESTED_VMID, 48, f->cd_ipa);
    f->cd = qcd_new(&f->s1, QNESTED_ASID, 48);
    qnested_configure(f);
    f->s2.next_ipa = 3ULL << 39;
    qnested_map(f, VA, (6ULL << 39) + IPA, DATA);
    qnested_check_load(f, VA, DATA, 0x1000, 1);
    qnested_end(f);
}

/* ---- Records (7.3.12 to 7.3.16) ---------------------------------------- */

static void expect_words(QNested *f, unsigned type, uint64_t word1,
                         uint64_t va, uint64_t word3)
{
    QEvent e = qsmmu_expect_event(f->s, type, QRIG_SID);

    g_assert_cmphex(e.word[0], ==, (uint64_t)QRIG_SID << 32 | type);
    g_assert_cmphex(e.word[1], ==, word1);
    g_assert_cmphex(e.word[2], ==, va);
    g_assert_cmphex(e.word[3], ==, word3);
}

/* What a leaf of stage 2 can be wrong with, for a read */
static const struct {
    const char *name;
    uint64_t output;
    uint64_t attrs;
    unsigned type;
    uint64_t word1_of_table;
} wrongs[] = {
    { "invalid", 0, 0, QEVT_F_TRANSLATION, 0 },
    { "Access flag", DATA, QS2_RW & ~QPTE_AF, QEVT_F_ACCESS, 0 },
    { "output size", 1ULL << 40, QS2_RW, QEVT_F_ADDR_SIZE, 0 },
    { "no read", DATA, QS2_RW & ~QS2_READ, QEVT_F_PERMISSION, EVT1_TTRNW },
};

/* The IPA page of the CD: CLASS = CD */
static void test_cd_fetch(void)
{
    const uint64_t va = VA + 0x128;

    for (unsigned i = 0; i < ARRAY_SIZE(wrongs); i++) {
        QNested *f = qnested_new("stage=nested");
        uint64_t page = f->cd_ipa & ~(PAGE - 1);
        uint64_t pa = qtables_lookup(&f->s2, page);

        g_test_message("%s", wrongs[i].name);
        qnested_map(f, VA, IPA, DATA);
        qnested_check_load(f, VA, DATA, 0x100, i);

        qtables_map(&f->s2, page, wrongs[i].output, wrongs[i].attrs, 3);
        qsmmu_cfgi_all(f->s);
        qsmmu_tlbi_all(f->s);
        for (int store = 0; store < 2; store++) {
            qnested_access(f, va, store);
            expect_words(f, wrongs[i].type,
                         EVT1_S2 | EVT1_CLASS_CD | (store ? 0 : EVT1_RNW),
                         va, page);
        }

        /* Once it is right, the CD is fetched anew: failures are not kept. */
        qtables_map(&f->s2, page, pa, QS2_RW, 3);
        qsmmu_push(f->s, QCMD_TLBI_S12_VMALL | VMID_FIELD, 0);
        qsmmu_sync(f->s);
        qnested_check_load(f, VA, DATA, 0x100, i + 1);
        qnested_end(f);
    }
}

/* STE.S2R rules over these faults, too: the CD is not there to have a CD.R. */
static void test_cd_fetch_s2r(void)
{
    QNested *f = qnested_new("stage=nested");

    qtables_map(&f->s2, f->cd_ipa & ~(PAGE - 1), 0, 0, 3);
    f->ste.word[2] &= ~QSTE2_R;
    qste_write(f->s, QRIG_SID, &f->ste);
    qnested_expect(f, VA, false, 0);
    qnested_end(f);
}

/* The CD's page goes to where no memory is: F_CD_FETCH with the PA (7.3.10) */
static void test_cd_fetch_abort(void)
{
    QNested *f = qnested_new("stage=nested");
    QEvent e;

    qtables_map(&f->s2, f->cd_ipa & ~(PAGE - 1), 0x3f000000, QS2_RW, 3);
    qsmmu_cfgi_all(f->s);
    qnested_access(f, VA, false);
    e = qsmmu_expect_event(f->s, QEVT_F_CD_FETCH, QRIG_SID);
    g_assert_cmphex(e.word[3], ==, 0x3f000000 + (f->cd_ipa & (PAGE - 1)));

    /* A walk for the CD that aborts is one of stage 2 (7.3.12). */
    qtables_write(&f->s2, qtables_slot(&f->s2, f->cd_ipa, 2),
                  0x3f000000 | QPTE_TABLE);
    qsmmu_cfgi_all(f->s);
    qsmmu_tlbi_all(f->s);
    qnested_access(f, VA, true);
    expect_words(f, QEVT_F_WALK_EABT, EVT1_S2 | EVT1_CLASS_CD, VA,
                 0x3f000000 + ((f->cd_ipa >> 12) & 0x1ff) * 8);
    qnested_end(f);
}

/* The IPA page of a stage 1 descriptor: CLASS = TT, IPA of the descriptor */
static void test_table_fetch(void)
{
    const uint64_t va = VA + 0x5128;
    QRig *rig = qrig_new_one("stage=nested");

    for (unsigned i = 0; i < ARRAY_SIZE(wrongs); i++) {
        for (int level = 1; level <= 3; level++) {
            QNested *f = qnested_attach(rig, 0, 12, 39, 12);
            uint64_t slot, page;

            g_test_message("%s, table of level %d", wrongs[i].name, level);
            qnested_map(f, va & ~(PAGE - 1), IPA, DATA);
            slot = qtables_slot(&f->s1, va, level);
            page = slot & ~(PAGE - 1);
            qtables_map(&f->s2, page, wrongs[i].output, wrongs[i].attrs, 3);
            qsmmu_cfgi_all(f->s);
            qsmmu_tlbi_all(f->s);
            for (int store = 0; store < 2; store++) {
                qnested_access(f, va, store);
                expect_words(f, wrongs[i].type, EVT1_S2 | EVT1_CLASS_TT |
                             wrongs[i].word1_of_table | (store ? 0 : EVT1_RNW),
                             va, page);
            }
            qnested_free(f);
        }
    }
    qrig_free(rig);
}

/* The page itself: CLASS = IN; the IPA is another than the address. */
static void test_final_address(void)
{
    const uint64_t va = VA + 0x5128;
    QNested *f = qnested_new("stage=nested");

    qnested_map(f, va & ~(PAGE - 1), IPA + 0x3000, DATA);
    for (unsigned i = 0; i < ARRAY_SIZE(wrongs); i++) {
        g_test_message("%s", wrongs[i].name);
        qtables_map(&f->s2, IPA + 0x3000, wrongs[i].output, wrongs[i].attrs,
                    3);
        qsmmu_tlbi_all(f->s);
        qnested_access(f, va, false);
        expect_words(f, wrongs[i].type, EVT1_S2 | EVT1_CLASS_IN | EVT1_RNW,
                     va, IPA + 0x3000);
    }
    qnested_end(f);
}

/* A fault of stage 1 is reported as such, and before one of stage 2. */
static void test_stage_1_fault(void)
{
    static const struct {
        const char *name;
        uint64_t ipa;
        uint64_t attrs;
        bool store;
        unsigned type;
    } cases[] = {
        { "invalid", 0, 0, false, QEVT_F_TRANSLATION },
        { "Access flag", IPA, QPTE_RW & ~QPTE_AF, false, QEVT_F_ACCESS },
        { "read-only", IPA, QPTE_RW | QPTE_READ_ONLY, true,
          QEVT_F_PERMISSION },
        { "IPA beyond CD.IPS", 1ULL << 41, QPTE_RW, false, QEVT_F_ADDR_SIZE },
    };
    QNested *f = qnested_new("stage=nested");
    uint64_t rnw;

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_test_message("%s", cases[i].name);
        qtables_map(&f->s1, VA, cases[i].ipa, cases[i].attrs, 3);
        qsmmu_tlbi_all(f->s);
        rnw = EVT1_RNW;
        if (cases[i].store) {
            rnw = 0;
        }
        qnested_access(f, VA, cases[i].store);
        expect_words(f, cases[i].type, EVT1_CLASS_IN | rnw, VA, 0);
    }
    qnested_end(f);
}

/* 5.2 STE.S2PTW: stage 1 tables in Device memory are refused. */
static void test_s2ptw(void)
{
    QNested *f = qnested_new("stage=nested");
    uint64_t slot = qtables_slot(&f->s1, VA, 3), page = slot & ~(PAGE - 1);

    qnested_map(f, VA, IPA, DATA);
    qtables_map(&f->s2, page, qtables_lookup(&f->s2, page), QS2_DEVICE_RW, 3);
    qnested_expect(f, VA, false, 0);
    f->ste.word[2] |= QSTE2_PTW;
    qnested_configure(f);
    qsmmu_tlbi_all(f->s);
    qnested_access(f, VA, false);
    expect_words(f, QEVT_F_PERMISSION,
                 EVT1_S2 | EVT1_CLASS_TT | EVT1_TTRNW | EVT1_RNW, VA, page);
    qnested_end(f);
}

/* ---- Permissions ------------------------------------------------------- */

/* Both stages must permit, whatever was cached before. */
static void test_permissions(void)
{
    QNested *f = qnested_new("stage=nested");

    for (unsigned i = 0; i < 8; i++) {
        bool s1_write = i & 1, s2_read = i & 2, s2_write = i & 4;

        qtables_map(&f->s1, VA, IPA,
                    s1_write ? QPTE_RW : QPTE_RW | QPTE_READ_ONLY, 3);
        qtables_map(&f->s2, IPA, DATA, QS2_MEMATTR_WB | QPTE_AF |
                    (s2_read ? QS2_READ : 0) | (s2_write ? QS2_WRITE : 0), 3);
        qsmmu_tlbi_all(f->s);
        for (int again = 0; again < 2; again++) {
            qnested_expect(f, VA, true, s1_write && s2_write ? 0 :
                                        QEVT_F_PERMISSION);
            qnested_expect(f, VA, false, s2_read ? 0 : QEVT_F_PERMISSION);
        }
    }
    qnested_end(f);
}

/* APTable[1] holds for what was cached by a read, too (D8.4). */
static void test_read_only_table(void)
{
    QNested *f = qnested_new("stage=nested");
    uint64_t slot = qtables_slot(&f->s1, VA, 2);

    qnested_map(f, VA, IPA, DATA);
    qtables_write(&f->s1, slot,
                  qtables_read(&f->s1, slot) | 1ULL << 62);
    qnested_expect(f, VA, false, 0);
    qnested_expect(f, VA, true, QEVT_F_PERMISSION);
    qnested_end(f);
}

/* ---- Invalidation ------------------------------------------------------ */

typedef struct Tlbi {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    bool goes;
} Tlbi;

static const Tlbi tlbis[] = {
    { "NSNH_ALL", QCMD_TLBI_NSNH_ALL, 0, true },
    { "S12_VMALL", QCMD_TLBI_S12_VMALL | VMID_FIELD, 0, true },
    { "NH_ALL", QCMD_TLBI_NH_ALL | VMID_FIELD, 0, true },
    { "NH_ASID", QCMD_TLBI_NH_ASID | VMID_FIELD | ASID_FIELD, 0, true },
    { "NH_VA", QCMD_TLBI_NH_VA | VMID_FIELD | ASID_FIELD, VA | 1, true },
    { "NH_VAA", QCMD_TLBI_NH_VAA | VMID_FIELD, VA | 1, true },
    { "S12_VMALL of another", QCMD_TLBI_S12_VMALL | 8ULL << 32, 0, false },
    { "NH_ALL of another", QCMD_TLBI_NH_ALL | 8ULL << 32, 0, false },
    { "NH_ASID of another VMID", QCMD_TLBI_NH_ASID | 8ULL << 32 | ASID_FIELD,
      0, false },
    { "NH_VA of another VMID", QCMD_TLBI_NH_VA | 8ULL << 32 | ASID_FIELD,
      VA | 1, false },
    { "NH_VA of another ASID", QCMD_TLBI_NH_VA | VMID_FIELD | 6ULL << 48,
      VA | 1, false },
    { "NH_VAA of the IPA", QCMD_TLBI_NH_VAA | VMID_FIELD, IPA | 1, false },
};

static void check_tlbi(QNested *f, const Tlbi *tlbi, bool stage_1)
{
    g_test_message("%s, a page unmapped by stage %d", tlbi->name,
                   stage_1 ? 1 : 2);
    qnested_map(f, VA, IPA, DATA);
    qnested_expect(f, VA, false, 0);
    if (stage_1) {
        qtables_map(&f->s1, VA, 0, 0, 3);
    } else {
        qtables_map(&f->s2, IPA, 0, 0, 3);
    }
    qnested_expect(f, VA, false, 0);        /* still cached */
    qsmmu_push(f->s, tlbi->word0, tlbi->word1);
    qsmmu_sync(f->s);
    qnested_expect(f, VA, false, tlbi->goes ? QEVT_F_TRANSLATION : 0);
    qsmmu_tlbi_all(f->s);
}

static void test_tlbi(void)
{
    QNested *f = qnested_new("stage=nested");

    for (unsigned i = 0; i < ARRAY_SIZE(tlbis); i++) {
        check_tlbi(f, &tlbis[i], true);
        check_tlbi(f, &tlbis[i], false);
    }
    qnested_end(f);
}

/* 4.4.3.1: S2_IPA may leave combined entries, with NH_ALL they are gone. */
static void test_s2_ipa(void)
{
    QNested *f = qnested_new("stage=nested");

    qnested_map(f, VA, IPA, DATA);
    qnested_expect(f, VA, false, 0);
    qtables_map(&f->s2, IPA, 0, 0, 3);
    qsmmu_push(f->s, QCMD_TLBI_S2_IPA | VMID_FIELD, IPA | 1);
    qsmmu_push(f->s, QCMD_TLBI_NH_ALL | VMID_FIELD, 0);
    qsmmu_sync(f->s);
    qnested_expect(f, VA, false, QEVT_F_TRANSLATION);
    qnested_end(f);
}

/*
 * A stage 1 block of 2 MiB over stage 2 pages: the TLBI of an address in it
 * drops all that came of it, also when it says that the leaf is of level 2.
 */
static void test_block_over_pages(void)
{
    static const Tlbi cases[] = {
        { "NH_VA", QCMD_TLBI_NH_VA | VMID_FIELD | ASID_FIELD, VA | 1, true },
        { "NH_VA at its end", QCMD_TLBI_NH_VA | VMID_FIELD | ASID_FIELD,
          (VA + 0x1ff000) | 1, true },
        { "NH_VAA with level 2", QCMD_TLBI_NH_VAA | VMID_FIELD,
          VA | 1 << 10 | 2 << 8 | 1, true },
    };
    QNested *f = qnested_new("stage=nested");

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        static const uint64_t pages[] = { 0, 0x1000, 0xff000, 0x1ff000 };

        g_test_message("%s", cases[i].name);
        qtables_map(&f->s1, VA, IPA, QPTE_RW, 2);
        for (unsigned p = 0; p < ARRAY_SIZE(pages); p++) {
            qtables_map(&f->s2, IPA + pages[p], DATA + p * 0x3000, QS2_RW, 3);
            qnested_check_load(f, VA + pages[p], DATA + p * 0x3000, 0x100, p);
        }
        qtables_map(&f->s1, VA, 0, 0, 2);
        qsmmu_push(f->s, cases[i].word0, cases[i].word1);
        qsmmu_sync(f->s);
        for (unsigned p = 0; p < ARRAY_SIZE(pages); p++) {
            qnested_expect(f, VA + pages[p], false, QEVT_F_TRANSLATION);
        }
    }
    qnested_end(f);
}

/* ---- Which stages an STE of a nested instance has ---------------------- */

static void test_configs(void)
{
    QNested *f = qnested_new("stage=nested");
    QTables s1 = qtables_stage1(f->s, 12, 39);
    uint64_t cd_pa = qcd_alloc(f->s, NULL);
    QCd cd = qcd_new(&s1, QNESTED_ASID, 40);
    QSte ste;

    qcd_write(f->s, NULL, cd_pa, &cd);
    qnested_map(f, VA, IPA, DATA);
    qtables_map(&f->s2, VA, DATA + 0x1000, QS2_RW, 3);
    qtables_map(&s1, VA, DATA + 0x2000, QPTE_RW, 3);
    for (int i = 0; i < 5; i++) {
        qtest_writeq(f->qts, DATA + i * PAGE, 0x1111 * (i + 1));
        qtest_writeq(f->qts, DATA + i * PAGE + 8, 0);
    }
    /* Both, the second, the first, neither: the same address each time */
    for (int i = 0; i < 4; i++) {
        switch (i) {
        case 0:
            ste = f->ste;
            break;
        case 1:
            ste = qste_stage2(&f->s2, QNESTED_VMID, 40);
            break;
        case 2:
            ste = qste_stage1(cd_pa);
            ste.word[2] = QNESTED_VMID;
            break;
        case 3:
            ste = (QSte) { { QSTE_BYPASS, QSTE1_SHCFG_INCOMING } };
            break;
        }
        qste_write(f->s, QRIG_SID, &ste);
        qedu_load(f->edu, i == 3 ? DATA + 3 * PAGE : VA, 8);
        qedu_store(f->edu, (i == 3 ? DATA + 3 * PAGE : VA) + 8, 8);
        qsmmu_expect_no_event(f->s);
        g_assert_cmphex(qtest_readq(f->qts, DATA + i * PAGE + 8), ==,
                        0x1111 * (i + 1));
    }
    qnested_end(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/nested/tables-over-discontiguous-pages",
                   test_discontiguous);
    qtest_add_func("/msmmu/nested/tables-beyond-the-first-start-table",
                   test_tables_beyond_first);
    qtest_add_func("/msmmu/nested/each-ste-config", test_configs);
    qtest_add_func("/msmmu/nested/cd-fetch-fault-records", test_cd_fetch);
    qtest_add_func("/msmmu/nested/cd-fetch-fault-obeys-s2r",
                   test_cd_fetch_s2r);
    qtest_add_func("/msmmu/nested/cd-fetch-aborts", test_cd_fetch_abort);
    qtest_add_func("/msmmu/nested/table-fetch-fault-records",
                   test_table_fetch);
    qtest_add_func("/msmmu/nested/final-address-fault-records",
                   test_final_address);
    qtest_add_func("/msmmu/nested/stage-1-faults-come-first",
                   test_stage_1_fault);
    qtest_add_func("/msmmu/nested/s2ptw-refuses-tables-in-device-memory",
                   test_s2ptw);
    qtest_add_func("/msmmu/nested/both-stages-must-permit",
                   test_permissions);
    qtest_add_func("/msmmu/nested/aptable-holds-after-a-cached-read",
                   test_read_only_table);
    qtest_add_func("/msmmu/nested/tlbi", test_tlbi);
    qtest_add_func("/msmmu/nested/tlbi-by-ipa-with-nh-all", test_s2_ipa);
    qtest_add_func("/msmmu/nested/tlbi-of-a-block-over-pages",
                   test_block_over_pages);
    return g_test_run();
}
