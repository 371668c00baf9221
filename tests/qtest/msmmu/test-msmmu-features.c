/*
 * Instances with different features side by side in one machine: each does what
 * its ID registers say, refuses what they do not, and knows nothing of another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "nested.h"

#define VA 0x10000000ULL
#define IPA 0x20000000ULL
#define DATA QRIG_DATA
#define ASID 5
#define VMID 7

/* ---- Side by side ------------------------------------------------------ */

/* One rig with each stage setting, and what they have of IDR0.{S1P,S2P} */
static const char *const stages[] = { "stage=1", "stage=2", "stage=nested" };
static const uint32_t stage_bits[] = { 2, 1, 3 };

/* An STE of instance @i's own kind that maps VA to @pa */
static QSte translation_to(QSmmu *s, unsigned i, uint64_t pa)
{
    QTables s2 = qtables_stage2(s, 12, 40, 1);
    QTables s1;
    uint64_t cd_address;
    QCd cd;

    if (i == 1) {
        qtables_map(&s2, VA, pa, QS2_RW, 3);
        return qste_stage2(&s2, VMID, 40);
    }
    s2.next_ipa = QNESTED_TABLES_IPA;
    s1 = i ? qtables_nested(&s2, 12, 39) : qtables_stage1(s, 12, 39);
    qtables_map(&s1, VA, i ? IPA : pa, QPTE_RW, 3);
    qtables_map(&s2, IPA, pa, QS2_RW, 3);
    cd_address = qcd_alloc(s, i ? &s2 : NULL);
    cd = qcd_new(&s1, ASID, 40);
    qcd_write(s, i ? &s2 : NULL, cd_address, &cd);
    return i ? qste_nested(&s2, VMID, 40, cd_address)
             : qste_stage1(cd_address);
}

/* The same StreamID and address on each, each its own memory */
static void test_stages_side_by_side(void)
{
    QRig *rig = qrig_new(3, stages, "");

    for (int i = 0; i < 3; i++) {
        QSte ste;

        qsmmu_start(&rig->smmu[i]);
        g_assert_cmphex(qsmmu_readl(&rig->smmu[i], QSMMU_IDR0) & 3, ==,
                        stage_bits[i]);
        ste = translation_to(&rig->smmu[i], i, DATA + i * 0x1000);
        qste_write(&rig->smmu[i], QRIG_SID, &ste);
        qtest_writeq(rig->qts, DATA + i * 0x1000, 0x1111 * (i + 1));
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 3; i++) {
            qedu_load(&rig->edu[i], VA, 8);
            qedu_store(&rig->edu[i], VA + 8 + 8 * pass, 8);
            qsmmu_expect_no_event(&rig->smmu[i]);
        }
        for (int i = 0; i < 3; i++) {
            g_assert_cmphex(qtest_readq(rig->qts, DATA + i * 0x1000 + 8 +
                                        8 * pass), ==, 0x1111 * (i + 1));
        }
        /* Each of them forgets; the others' caches hold. */
        qsmmu_tlbi_all(&rig->smmu[pass]);
        qsmmu_cfgi_all(&rig->smmu[pass]);
    }
    qrig_free(rig);
}

/* 5.2 STE.Config: a stage that is not there is ILLEGAL, on that instance. */
static void test_config_not_implemented(void)
{
    QRig *rig = qrig_new(3, stages, "");

    for (int i = 0; i < 3; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        for (int kind = 0; kind < 3; kind++) {
            QSte ste = translation_to(s, kind, DATA);

            qste_write(s, QRIG_SID, &ste);
            qsmmu_tlbi_all(s);
            qedu_load(&rig->edu[i], VA, 8);
            if ((stage_bits[kind] & stage_bits[i]) == stage_bits[kind]) {
                qsmmu_expect_no_event(s);
            } else {
                qsmmu_expect_event(s, QEVT_C_BAD_STE, QRIG_SID);
            }
        }
    }
    qrig_free(rig);
}

/* Three that agree in nothing, used in turns */
static void test_all_different(void)
{
    static const char *const properties[] = {
        "stage=nested,granules=4k,oas=40,vmidsize=8,asidsize=8,arch=3.1",
        "stage=nested,granules=16k,oas=44,httu=dirty,ttendian=mixed",
        "stage=nested,granules=64k,oas=52,vax=52,ssidsize=4,ril=off,arch=3.1",
    };
    static const unsigned shifts[] = { 12, 14, 16 };
    QRig *rig = qrig_new(3, properties, "");
    QNested *f[3];

    for (int i = 0; i < 3; i++) {
        qsmmu_start(&rig->smmu[i]);
        f[i] = qnested_attach(rig, i, shifts[i], 40, shifts[i]);
        qnested_map(f[i], 1ULL << 30, IPA, DATA + 0x100000 * i);
    }
    for (int pass = 0; pass < 4; pass++) {
        for (int i = 0; i < 3; i++) {
            qnested_check_load(f[i], 1ULL << 30, DATA + 0x100000 * i, 0x400,
                               16 * pass + i);
        }
    }
    for (int i = 0; i < 3; i++) {
        qtables_map(&f[i]->s1, 1ULL << 30, 0, 0, 3);
        qsmmu_tlbi_all(f[i]->s);
        for (int j = 0; j < 3; j++) {
            qnested_expect(f[j], 1ULL << 30, false,
                           j <= i ? QEVT_F_TRANSLATION : 0);
        }
    }
    for (int i = 0; i < 3; i++) {
        qnested_free(f[i]);
    }
    qrig_free(rig);
}

/* ---- Output sizes (3.4, 6.3.6) ----------------------------------------- */

/*
 * A page at 2^@bit is beyond the output size, or nothing is there, on the same
 * tables. CD.IPS and STE.S2PS say 48 bits: they are capped.
 */
static void test_output_sizes(void)
{
    static const char *const properties[] = {
        "stage=nested,oas=40", "stage=nested,oas=44", "stage=nested,oas=48",
    };
    static const unsigned sizes[] = { 40, 44, 48 };
    QRig *rig = qrig_new(3, properties, "");

    for (int i = 0; i < 3; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR5) & 7, ==,
                        qps_code(sizes[i]));
        for (int stage = 1; stage <= 2; stage++) {
            QTables s1 = qtables_stage1(s, 12, 48);
            QTables s2 = qtables_stage2(s, 12, 40, 1);
            QTables *t = stage == 1 ? &s1 : &s2;
            QCd cd = qcd_new(&s1, ASID, 48);
            uint64_t cd_pa = qcd_alloc(s, NULL);
            QSte ste = stage == 1 ? qste_stage1(cd_pa)
                                  : qste_stage2(&s2, VMID, 48);

            qcd_write(s, NULL, cd_pa, &cd);
            qste_write(s, QRIG_SID, &ste);
            for (unsigned bit = 39; bit < 48; bit++) {
                qtables_map(t, VA, 1ULL << bit,
                            stage == 1 ? QPTE_RW : QS2_RW, 3);
                qsmmu_tlbi_all(s);
                qedu_load(&rig->edu[i], VA, 8);
                if (bit < sizes[i]) {
                    qsmmu_expect_no_event(s);
                } else {
                    qsmmu_expect_event(s, QEVT_F_ADDR_SIZE, QRIG_SID);
                }
            }
        }
    }
    qrig_free(rig);
}

/* 64K descriptors with 52-bit addresses, and the same bits without (D8.2.9) */
static void test_52_bit_output(void)
{
    static const char *const properties[] = {
        "stage=nested,oas=48", "stage=nested,oas=52",
    };
    QRig *rig = qrig_new(2, properties, "");

    for (int i = 0; i < 2; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        for (int stage = 1; stage <= 2; stage++) {
            QTables s1 = qtables_stage1(s, 16, 48);
            QTables s2 = qtables_stage2(s, 16, 42, 2);
            QTables *t = stage == 1 ? &s1 : &s2;
            QCd cd = qcd_new(&s1, ASID, 52);
            uint64_t cd_pa = qcd_alloc(s, NULL);
            QSte ste = stage == 1 ? qste_stage1(cd_pa)
                                  : qste_stage2(&s2, VMID, 52);
            QEvent e;

            qcd_write(s, NULL, cd_pa, &cd);
            qste_write(s, QRIG_SID, &ste);
            t->wide = QWIDE_LPA;
            qtables_map(t, VA, 0xf000000000000ULL | DATA,
                        stage == 1 ? QPTE_RW : QS2_RW, 3);
            qedu_load(&rig->edu[i], VA, 8);
            if (i == 1) {
                qsmmu_expect_no_event(s);
            } else {
                qsmmu_expect_event(s, QEVT_F_ADDR_SIZE, QRIG_SID);
            }

            /* A next-level table there */
            qtables_write(t, qtables_slot(t, VA, 2),
                          0xabcd0000ULL | 0xf000 | QPTE_TABLE);
            qsmmu_tlbi_all(s);
            qedu_load(&rig->edu[i], VA, 8);
            if (i == 1) {
                e = qsmmu_expect_event(s, QEVT_F_WALK_EABT, QRIG_SID);
                g_assert_cmphex(e.word[3], ==, 0xf0000abcd0000ULL +
                                (VA >> 16 & 0x1fff) * 8);
            } else {
                qsmmu_expect_event(s, QEVT_F_ADDR_SIZE, QRIG_SID);
            }
        }
    }
    qrig_free(rig);
}

/* ---- 52-bit inputs: VAX, DS -------------------------------------------- */

static const struct {
    const char *name;
    unsigned shift;
    QWide wide;
    int start2;         /* of stage 2 for 52 bits */
} wides[] = {
    { "4k", 12, QWIDE_DS, -1 },
    { "16k", 14, QWIDE_DS, 0 },
    { "64k", 16, QWIDE_LPA, 1 },
};

#define TOP (0xdULL << 48)

/* Nested: 52-bit VA, 52-bit IPA, each with its top bits set */
static void test_52_bit_input(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(wides); i++) {
        QRig *rig = qrig_new_one("stage=nested,oas=52,vax=52,ds=on");
        QNested *f = g_new0(QNested, 1);

        g_test_message("%s", wides[i].name);
        f->rig = rig;
        f->qts = rig->qts;
        f->s = &rig->smmu[0];
        f->edu = &rig->edu[0];
        f->s2 = (QTables) {
            .s = f->s, .shift = wides[i].shift, .input_bits = 52,
            .start_level = wides[i].start2, .wide = wides[i].wide,
            .next_ipa = TOP | QNESTED_TABLES_IPA,
        };
        qtables_create(&f->s2);
        f->s1 = (QTables) {
            .s = f->s, .shift = wides[i].shift, .input_bits = 52,
            .start_level = qtables_stage1_start(wides[i].shift, 52),
            .wide = wides[i].wide, .behind = &f->s2,
        };
        qtables_create(&f->s1);
        f->cd_ipa = qcd_alloc(f->s, &f->s2);
        f->ste = qste_nested(&f->s2, VMID, 52, f->cd_ipa);
        f->cd = qcd_new(&f->s1, ASID, 52);
        qnested_configure(f);
        for (unsigned bit = 48; bit < 52; bit++) {
            qnested_map(f, (1ULL << bit) | VA, (1ULL << bit) | IPA,
                        DATA + ((bit - 48) << 16));
            qnested_check_load(f, (1ULL << bit) | VA,
                               DATA + ((bit - 48) << 16), 0x100, bit);
        }
        qnested_expect(f, 1ULL << 52, false, QEVT_F_TRANSLATION);
        qnested_end(f);
    }
}

/* Blocks of 512 GiB with 4K and 64 GiB with 16K exist with DS only. */
static void test_ds_blocks(void)
{
    static const struct {
        unsigned shift;
        int level;
        int start2;
    } cases[] = { { 12, 0, 0 }, { 14, 1, 1 } };

    for (int ds = 0; ds < 2; ds++) {
        QRig *rig = qrig_new_one(ds ? "stage=nested,oas=52,vax=52,ds=on"
                                    : "stage=nested,oas=48");
        QSmmu *s = &rig->smmu[0];

        for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
            for (int stage = 1; stage <= 2; stage++) {
                unsigned shift = cases[i].shift;
                unsigned bits = shift == 12 ? 48 : 47;
                QWide wide = ds ? QWIDE_DS : QWIDE_NO;
                QTables t = {
                    .s = s, .shift = shift, .input_bits = bits,
                    .start_level = cases[i].start2, .wide = wide,
                };
                uint64_t cd_pa = qcd_alloc(s, NULL);
                QSte ste;
                QCd cd;

                g_test_message("DS %d, %uk, stage %d", ds,
                               1 << (shift - 10), stage);
                qtables_create(&t);
                if (stage == 1) {
                    cd = qcd_new(&t, ASID, 48);
                    qcd_write(s, NULL, cd_pa, &cd);
                    ste = qste_stage1(cd_pa);
                } else {
                    ste = qste_stage2(&t, VMID, 48);
                }
                qste_write(s, QRIG_SID, &ste);
                qsmmu_tlbi_all(s);
                qtables_map(&t, 1ULL << 44, 0, stage == 1 ? QPTE_RW : QS2_RW,
                            cases[i].level);
                qtest_writeq(rig->qts, DATA, 0x123456789abcdef0ULL);
                qtest_writeq(rig->qts, DATA + 0x100, 0);
                qedu_load(&rig->edu[0], (1ULL << 44) | DATA, 8);
                if (ds) {
                    qedu_store(&rig->edu[0], (1ULL << 44) | (DATA + 0x100), 8);
                    qsmmu_expect_no_event(s);
                    g_assert_cmphex(qtest_readq(rig->qts, DATA + 0x100), ==,
                                    0x123456789abcdef0ULL);
                } else {
                    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
                }
            }
        }
        qrig_free(rig);
    }
}

/* ---- Endianness (6.3.1 TTENDIAN, 5.2 S2ENDI, 5.4 ENDI) ----------------- */

static void test_endianness(void)
{
    static const char *const properties[] = {
        "stage=nested,ttendian=little", "stage=nested,ttendian=big",
        "stage=nested,ttendian=mixed",
    };
    static const uint32_t idr0[] = { 2, 3, 0 };
    QRig *rig = qrig_new(3, properties, "");

    for (int i = 0; i < 3; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR0) >> 21 & 3, ==, idr0[i]);
        for (int endi = 0; endi < 4; endi++) {
            bool big1 = endi & 1, big2 = endi & 2;
            QNested *f = g_new0(QNested, 1);

            f->rig = rig;
            f->qts = rig->qts;
            f->s = s;
            f->edu = &rig->edu[i];
            f->s2 = qtables_stage2(s, 12, 40, 1);
            f->s2.big_endian = big2;
            f->s2.next_ipa = QNESTED_TABLES_IPA;
            f->s1 = qtables_nested(&f->s2, 12, 39);
            f->s1.big_endian = big1;
            f->cd_ipa = qcd_alloc(s, &f->s2);
            f->ste = qste_nested(&f->s2, VMID, 40, f->cd_ipa);
            f->cd = qcd_new(&f->s1, ASID, 40);
            qnested_configure(f);
            qnested_map(f, VA, IPA, DATA + endi * 0x1000);
            qsmmu_tlbi_all(s);
            if ((i == 0 && big2) || (i == 1 && !big2)) {
                qnested_expect(f, VA, false, QEVT_C_BAD_STE);
            } else if ((i == 0 && big1) || (i == 1 && !big1)) {
                qnested_expect(f, VA, false, QEVT_C_BAD_CD);
            } else {
                qnested_check_load(f, VA, DATA + endi * 0x1000, 0x100, endi);
            }
            qnested_free(f);
        }
    }
    qrig_free(rig);
}

/* ---- Sizes of tags (5.4 ASID, 5.2 S2VMID) ------------------------------ */

static void test_tag_sizes(void)
{
    static const char *const properties[] = {
        "stage=nested,asidsize=8,vmidsize=8",
        "stage=nested,asidsize=16,vmidsize=16",
    };
    QRig *rig = qrig_new(2, properties, "");

    for (int i = 0; i < 2; i++) {
        QNested *f;

        qsmmu_start(&rig->smmu[i]);
        g_assert_cmphex(qsmmu_readl(&rig->smmu[i], QSMMU_IDR0) & 0x41000, ==,
                        i ? 0x41000 : 0);
        f = qnested_attach(rig, i, 12, 39, 12);
        qnested_map(f, VA, IPA, DATA);
        qnested_expect(f, VA, false, 0);

        f->cd.word[0] |= QCD_ASID(0x100);
        qnested_configure(f);
        qnested_expect(f, VA, false, i ? 0 : QEVT_C_BAD_CD);
        f->cd.word[0] &= ~QCD_ASID(0x100);
        f->ste.word[2] |= 0x100;
        qnested_configure(f);
        qnested_expect(f, VA, false, i ? 0 : QEVT_C_BAD_STE);

        /* An ASID that differs from that of a cached page in bit 8 only */
        if (i) {
            qtables_map(&f->s1, VA, 0, 0, 3);
            qsmmu_push(f->s, QCMD_TLBI_NH_ASID | 0x107ULL << 32 |
                       (uint64_t)(QNESTED_ASID | 0x100) << 48, 0);
            qsmmu_sync(f->s);
            qnested_expect(f, VA, false, 0);
            qsmmu_push(f->s, QCMD_TLBI_NH_ASID | 0x107ULL << 32 |
                       (uint64_t)QNESTED_ASID << 48, 0);
            qsmmu_sync(f->s);
            qnested_expect(f, VA, false, QEVT_F_TRANSLATION);
        }
        qnested_free(f);
    }
    qrig_free(rig);
}

/* ---- Two-level Stream tables (6.3.25) ---------------------------------- */

/* With IDR0.ST_LEVEL = 0, FMT is RES0: the table is linear whatever it says. */
static void test_two_level_off(void)
{
    static const char *const properties[] = {
        "stage=2,two-level=off", "stage=2,two-level=on",
    };
    QRig *rig = qrig_new(2, properties, "");

    for (int i = 0; i < 2; i++) {
        QSmmu *s = &rig->smmu[i];
        QTables t = qtables_stage2(s, 12, 40, 1);
        QSte ste = qste_stage2(&t, VMID, 40);

        qtables_map(&t, VA, DATA + i * 0x1000, QS2_RW, 3);
        qsmmu_setup_queues(s, 8, 7);
        qsmmu_setup_linear(s, 6);
        qsmmu_writel(s, QSMMU_CR2, QCR2_RECINVSID);
        qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN);
        qste_write(s, QRIG_SID, &ste);
        qsmmu_writel(s, QSMMU_STRTAB_BASE_CFG, 1 << 16 | 6 << 6 | 6);
        qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
        qedu_load(&rig->edu[i], VA, 8);
        if (i == 0) {
            qsmmu_expect_no_event(s);
        } else {
            /* The first STE's first word is an invalid level 1 descriptor. */
            qsmmu_expect_event(s, QEVT_C_BAD_STREAMID, QRIG_SID);
        }
    }
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/features/stages-side-by-side",
                   test_stages_side_by_side);
    qtest_add_func("/msmmu/features/stage-not-implemented-is-bad-ste",
                   test_config_not_implemented);
    qtest_add_func("/msmmu/features/nothing-in-common", test_all_different);
    qtest_add_func("/msmmu/features/output-size-of-each-instance",
                   test_output_sizes);
    qtest_add_func("/msmmu/features/52-bit-output-with-64k",
                   test_52_bit_output);
    qtest_add_func("/msmmu/features/52-bit-input-nested", test_52_bit_input);
    qtest_add_func("/msmmu/features/large-blocks-with-ds-only",
                   test_ds_blocks);
    qtest_add_func("/msmmu/features/table-endianness", test_endianness);
    qtest_add_func("/msmmu/features/asid-and-vmid-sizes", test_tag_sizes);
    qtest_add_func("/msmmu/features/two-level-off-ignores-fmt",
                   test_two_level_off);
    return g_test_run();
}
