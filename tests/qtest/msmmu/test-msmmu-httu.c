/*
 * Hardware update of translation tables, by DMA: what a transaction changes in
 * guest memory, and what it does not (IHI 0070 3.13).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "nested.h"

#define PAGE 0x1000ULL
#define VA 0x10000000ULL
#define IPA 0x20000000ULL
#define DATA QRIG_DATA
#define HTTU_DIRTY "stage=nested,httu=dirty,ttendian=mixed"

/* The second flash of virt: ROM that a file can fill */
#define ROM 0x04000000ULL

#define EVT1_S2 (1ULL << 39)
#define EVT1_CLASS_TT (1ULL << 40)
#define EVT1_CLASS_IN (2ULL << 40)
#define EVT1_RNW (1ULL << 35)

/* One stage of it alone: the tables, and what configures them */
typedef struct OneStage {
    QRig *rig;
    QSmmu *s;
    QEdu *edu;
    int stage;
    QTables t;
    uint64_t cd_pa;
    QSte ste;
    QCd cd;
} OneStage;

static void configure(OneStage *o, bool ha, bool hd)
{
    const uint64_t s2 = QSTE2_HA | QSTE2_HD, s1 = QCD_HA | QCD_HD;

    o->ste.word[2] = (o->ste.word[2] & ~s2) |
                     (o->stage == 2 && ha ? QSTE2_HA : 0) |
                     (o->stage == 2 && hd ? QSTE2_HD : 0);
    o->cd.word[0] = (o->cd.word[0] & ~s1) | (ha ? QCD_HA : 0) |
                    (hd ? QCD_HD : 0);
    qcd_write(o->s, NULL, o->cd_pa, &o->cd);
    qste_write(o->s, QRIG_SID, &o->ste);
    qsmmu_tlbi_all(o->s);
}

static OneStage one_stage(QRig *rig, int stage, bool big_endian)
{
    OneStage o = {
        .rig = rig,
        .s = &rig->smmu[0],
        .edu = &rig->edu[0],
        .stage = stage,
        .t = {
            .s = &rig->smmu[0], .shift = 12, .input_bits = 39,
            .start_level = 1, .big_endian = big_endian,
        },
    };

    qtables_create(&o.t);
    o.cd_pa = qcd_alloc(o.s, NULL);
    o.cd = qcd_new(&o.t, QNESTED_ASID, 40);
    o.ste = stage == 1 ? qste_stage1(o.cd_pa)
                       : qste_stage2(&o.t, QNESTED_VMID, 40);
    configure(&o, false, false);
    return o;
}

/* ---- One descriptor ---------------------------------------------------- */

/* AP[2] and S2AP[1]: writable is 0 in the one and 1 in the other */
#define S1_CLEAN (QPTE_RW | QPTE_READ_ONLY | QPTE_DBM)
#define S1_DIRTY (QPTE_RW | QPTE_DBM)
#define S2_CLEAN (QS2_RO | QPTE_DBM)
#define S2_DIRTY (QS2_RW | QPTE_DBM)

static const struct {
    const char *name;
    bool ha, hd, store;
    uint64_t before[2];     /* of stage 1 and of stage 2 */
    uint64_t after[2];
    unsigned type;
} cases[] = {
    { "Access flag, load", true, false, false,
      { QPTE_RW & ~QPTE_AF, QS2_RW & ~QPTE_AF }, { QPTE_RW, QS2_RW } },
    { "Access flag, store", true, false, true,
      { QPTE_RW & ~QPTE_AF, QS2_RW & ~QPTE_AF }, { QPTE_RW, QS2_RW } },
    { "Access flag without HA", false, false, false,
      { QPTE_RW & ~QPTE_AF, QS2_RW & ~QPTE_AF },
      { QPTE_RW & ~QPTE_AF, QS2_RW & ~QPTE_AF }, QEVT_F_ACCESS },
    { "accessed already", true, true, false,
      { QPTE_RW, QS2_RW }, { QPTE_RW, QS2_RW } },
    { "clean, load", true, true, false,
      { S1_CLEAN, S2_CLEAN }, { S1_CLEAN, S2_CLEAN } },
    { "clean, store", true, true, true,
      { S1_CLEAN, S2_CLEAN }, { S1_DIRTY, S2_DIRTY } },
    { "clean and not accessed, store", true, true, true,
      { S1_CLEAN & ~QPTE_AF, S2_CLEAN & ~QPTE_AF }, { S1_DIRTY, S2_DIRTY } },
    { "clean and not accessed, load", true, true, false,
      { S1_CLEAN & ~QPTE_AF, S2_CLEAN & ~QPTE_AF }, { S1_CLEAN, S2_CLEAN } },
    { "clean without HD, store", true, false, true,
      { S1_CLEAN, S2_CLEAN }, { S1_CLEAN, S2_CLEAN }, QEVT_F_PERMISSION },
    { "read-only, store", true, true, true,
      { QPTE_RW | QPTE_READ_ONLY, QS2_RO },
      { QPTE_RW | QPTE_READ_ONLY, QS2_RO }, QEVT_F_PERMISSION },
    { "dirty, store", true, true, true,
      { S1_DIRTY, S2_DIRTY }, { S1_DIRTY, S2_DIRTY } },
};

static void check_cases(QRig *rig, int stage, bool big_endian)
{
    OneStage o = one_stage(rig, stage, big_endian);

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t leaf, slot;

        g_test_message("stage %d, %s-endian: %s", stage,
                       big_endian ? "big" : "little", cases[i].name);
        configure(&o, cases[i].ha, cases[i].hd);
        slot = qtables_map(&o.t, VA, DATA, cases[i].before[stage - 1], 3);
        /* Twice: the second time what was cached is enough. */
        for (int again = 0; again < 2; again++) {
            if (cases[i].store) {
                qedu_store(o.edu, VA, 8);
            } else {
                qedu_load(o.edu, VA, 8);
            }
            if (cases[i].type) {
                qsmmu_expect_event(o.s, cases[i].type, QRIG_SID);
            } else {
                qsmmu_expect_no_event(o.s);
            }
            leaf = qtables_read(&o.t, slot);
            g_assert_cmphex(leaf, ==,
                            DATA | QPTE_PAGE | cases[i].after[stage - 1]);
        }
    }
}

static void test_one_descriptor(void)
{
    QRig *rig = qrig_new_one(HTTU_DIRTY);

    for (int i = 0; i < 4; i++) {
        check_cases(rig, 1 + (i & 1), i & 2);
    }
    qrig_free(rig);
}

/* A write after a cached read marks the page dirty; and once only. */
static void test_write_after_cached_read(void)
{
    QRig *rig = qrig_new_one(HTTU_DIRTY);

    for (int stage = 1; stage <= 2; stage++) {
        OneStage o = one_stage(rig, stage, false);
        uint64_t clean = stage == 1 ? S1_CLEAN : S2_CLEAN;
        uint64_t dirty = stage == 1 ? S1_DIRTY : S2_DIRTY;
        uint64_t slot = qtables_map(&o.t, VA, DATA, clean, 3);

        configure(&o, true, true);
        qedu_load(o.edu, VA, 8);
        g_assert_cmphex(qtables_read(&o.t, slot), ==,
                        DATA | QPTE_PAGE | clean);
        qedu_store(o.edu, VA, 8);
        g_assert_cmphex(qtables_read(&o.t, slot), ==,
                        DATA | QPTE_PAGE | dirty);

        /* Cleaned without TLBI: the cached page may be written. */
        qtables_write(&o.t, slot, DATA | QPTE_PAGE | clean);
        qedu_store(o.edu, VA, 8);
        g_assert_cmphex(qtables_read(&o.t, slot), ==,
                        DATA | QPTE_PAGE | clean);
        qsmmu_tlbi_all(o.s);
        qedu_store(o.edu, VA, 8);
        g_assert_cmphex(qtables_read(&o.t, slot), ==,
                        DATA | QPTE_PAGE | dirty);
        qsmmu_expect_no_event(o.s);
    }
    qrig_free(rig);
}

/* ---- Both stages (3.13.5) ---------------------------------------------- */

static QNested *nested_httu(void)
{
    QNested *f = qnested_new(HTTU_DIRTY);

    f->cd.word[0] |= QCD_HA | QCD_HD;
    f->ste.word[2] |= QSTE2_HA | QSTE2_HD;
    return f;
}

/* The stage 2 leaf of @ipa with other attributes; the slot is returned. */
static uint64_t change_leaf(QNested *f, uint64_t ipa, uint64_t attrs)
{
    uint64_t page = ipa & ~(PAGE - 1);

    return qtables_map(&f->s2, page, qtables_lookup(&f->s2, page), attrs, 3);
}

static uint64_t attributes(QNested *f, uint64_t slot)
{
    return qtables_read(&f->s2, slot) & ~(0x0000fffffffff000ULL | QPTE_PAGE);
}

/* One cold store: the CD's page, each table's, the page; which become what */
static void test_one_store_updates_all(void)
{
    QNested *f = nested_httu();
    uint64_t slots[5], cd, leaf;

    /* The page of the CD must not be that of a table. */
    f->cd_ipa = qcd_alloc(f->s, &f->s2);
    f->ste.word[0] = QSTE_NESTED | f->cd_ipa;
    qnested_map(f, VA, IPA, DATA);
    leaf = qtables_map(&f->s1, VA, IPA, S1_CLEAN & ~QPTE_AF, 3);
    qnested_configure(f);
    for (int level = 1; level <= 3; level++) {
        slots[level] = change_leaf(f, qtables_slot(&f->s1, VA, level),
                                   S2_CLEAN & ~QPTE_AF);
    }
    slots[4] = change_leaf(f, IPA, S2_CLEAN & ~QPTE_AF);
    cd = change_leaf(f, f->cd_ipa, S2_CLEAN & ~QPTE_AF);
    qsmmu_cfgi_all(f->s);
    qsmmu_tlbi_all(f->s);

    qnested_expect(f, VA, true, 0);
    g_assert_cmphex(qtables_read(&f->s1, leaf), ==,
                    IPA | QPTE_PAGE | S1_DIRTY);
    /* Tables that were only read stay clean. */
    g_assert_cmphex(attributes(f, slots[1]), ==, S2_CLEAN);
    g_assert_cmphex(attributes(f, slots[2]), ==, S2_CLEAN);
    g_assert_cmphex(attributes(f, slots[3]), ==, S2_DIRTY);
    g_assert_cmphex(attributes(f, slots[4]), ==, S2_DIRTY);
    /* 3.13.3.1: never dirty for the fetch of a CD */
    g_assert_cmphex(attributes(f, cd), ==, S2_CLEAN);
    qnested_end(f);
}

/* A stage 1 update that stage 2 does not let through (7.3.16, TTRnW = 0) */
static void test_table_not_writable(void)
{
    QNested *f = nested_httu();
    uint64_t slot, table;
    QEvent e;

    qnested_map(f, VA, IPA, DATA);
    slot = qtables_map(&f->s1, VA, IPA, QPTE_RW & ~QPTE_AF, 3);
    table = change_leaf(f, slot, QS2_RO);
    qnested_configure(f);
    qnested_access(f, VA, false);
    e = qsmmu_expect_event(f->s, QEVT_F_PERMISSION, QRIG_SID);
    /* TTRnW, bit 108, is of the update; RnW of the transaction. */
    g_assert_cmphex(e.word[1], ==, EVT1_S2 | EVT1_CLASS_TT | EVT1_RNW);
    g_assert_cmphex(e.word[3], ==, slot & ~(PAGE - 1));
    g_assert_cmphex(qtables_read(&f->s1, slot), ==,
                    IPA | QPTE_PAGE | (QPTE_RW & ~QPTE_AF));
    g_assert_cmphex(attributes(f, table), ==, QS2_RO);
    qnested_end(f);
}

/* A store that stage 2 refuses leaves the stage 1 descriptor clean. */
static void test_refused_store_leaves_no_trace(void)
{
    QNested *f = nested_httu();
    uint64_t slot;

    qnested_map(f, VA, IPA, DATA);
    slot = qtables_map(&f->s1, VA, IPA, S1_CLEAN, 3);
    qtables_map(&f->s2, IPA, DATA, QS2_RO, 3);
    qnested_configure(f);
    for (int again = 0; again < 2; again++) {
        qnested_expect(f, VA, true, QEVT_F_PERMISSION);
        g_assert_cmphex(qtables_read(&f->s1, slot), ==,
                        IPA | QPTE_PAGE | S1_CLEAN);
        qnested_expect(f, VA, false, 0);
    }
    qnested_end(f);
}

/* ---- What an instance offers (5.2 S2HA, S2HD; 5.4 HA, HD) -------------- */

static void test_not_implemented(void)
{
    static const char *const properties[] = {
        "stage=nested,httu=off", "stage=nested,httu=access",
        "stage=nested,httu=dirty",
    };
    QRig *rig = qrig_new(3, properties, "");

    for (unsigned i = 0; i < 3; i++) {
        QNested *f;

        qsmmu_start(&rig->smmu[i]);
        g_assert_cmphex(qsmmu_readl(&rig->smmu[i], QSMMU_IDR0) >> 6 & 3, ==,
                        i);
        f = qnested_attach(rig, i, 12, 39, 12);
        qnested_map(f, VA, IPA, DATA);
        for (unsigned wanted = 0; wanted < 3; wanted++) {
            uint64_t cd = f->cd.word[0], ste = f->ste.word[2];

            f->cd.word[0] |= (wanted ? QCD_HA : 0) | (wanted == 2 ? QCD_HD : 0);
            qnested_configure(f);
            qnested_expect(f, VA, false, wanted <= i ? 0 : QEVT_C_BAD_CD);
            f->cd.word[0] = cd;
            f->ste.word[2] |= (wanted ? QSTE2_HA : 0) |
                              (wanted == 2 ? QSTE2_HD : 0);
            qnested_configure(f);
            qnested_expect(f, VA, false, wanted <= i ? 0 : QEVT_C_BAD_STE);
            f->ste.word[2] = ste;
        }
        qnested_free(f);
    }
    qrig_free(rig);
}

/* 3.13.6: with HAFT, Table descriptors have an Access flag, too. */
static void test_table_access_flag(void)
{
    static const uint64_t cd1_haft = 1ULL << 3, ste2_haft = 1ULL << 59;
    QRig *rig = qrig_new_one("stage=nested,httu=table");

    for (int stage = 1; stage <= 2; stage++) {
        OneStage o = one_stage(rig, stage, false);

        qtables_map(&o.t, VA, DATA, stage == 1 ? QPTE_RW : QS2_RW, 3);
        for (int haft = 0; haft < 2; haft++) {
            o.ste.word[2] |= stage == 2 && haft ? ste2_haft : 0;
            o.cd.word[1] |= haft ? cd1_haft : 0;
            configure(&o, true, false);
            qedu_load(o.edu, VA, 8);
            qsmmu_expect_no_event(o.s);
            for (int level = 1; level < 3; level++) {
                uint64_t slot = qtables_slot(&o.t, VA, level);

                g_assert_cmphex(qtables_read(&o.t, slot) & 0xfff, ==,
                                haft ? QPTE_AF | QPTE_TABLE : QPTE_TABLE);
            }
        }
    }
    qrig_free(rig);
}

/* ---- Tables that are not RAM (7.3.12) ---------------------------------- */

/* A machine with @words of descriptors in ROM */
static QRig *rig_with_rom(const uint64_t *words, size_t len, char **path)
{
    const char *properties[] = { HTTU_DIRTY };
    g_autofree char *more = NULL;
    int fd = g_file_open_tmp("msmmu-XXXXXX", path, NULL);
    QRig *rig;

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, words, len), ==, len);
    close(fd);
    more = g_strdup_printf("-device loader,addr=0x%llx,force-raw=on,file=%s",
                           ROM, *path);
    rig = qrig_new(1, properties, more);
    qsmmu_start(&rig->smmu[0]);
    return rig;
}

static void test_rom(void)
{
    for (int stage = 1; stage <= 2; stage++) {
        const uint64_t attrs = stage == 1 ? QPTE_RW : QS2_RW;
        const uint64_t words[] = {
            cpu_to_le64(DATA | QPTE_PAGE | attrs),
            cpu_to_le64((DATA + PAGE) | QPTE_PAGE | (attrs & ~QPTE_AF)),
            cpu_to_le64((DATA + 2 * PAGE) | QPTE_PAGE |
                        (stage == 1 ? S1_CLEAN : S2_CLEAN)),
        };
        g_autofree char *path = NULL;
        QRig *rig = rig_with_rom(words, sizeof(words), &path);
        OneStage o = one_stage(rig, stage, false);
        uint64_t word1 = stage == 2 ? EVT1_S2 | EVT1_CLASS_IN : EVT1_CLASS_TT;
        QEvent e;

        g_assert_cmphex(qtest_readq(rig->qts, ROM), ==,
                        le64_to_cpu(words[0]));
        configure(&o, true, true);
        qtables_write(&o.t, qtables_slot(&o.t, VA, 2), ROM | QPTE_TABLE);

        /* ROM can be read, and that is enough for what is up to date. */
        qedu_store(o.edu, VA, 8);
        qedu_load(o.edu, VA + 2 * PAGE, 8);
        qsmmu_expect_no_event(o.s);

        qedu_load(o.edu, VA + PAGE, 8);
        e = qsmmu_expect_event(o.s, QEVT_F_WALK_EABT, QRIG_SID);
        g_assert_cmphex(e.word[1], ==, word1 | EVT1_RNW);
        g_assert_cmphex(e.word[3], ==, ROM + 8);
        qedu_store(o.edu, VA + 2 * PAGE, 8);
        e = qsmmu_expect_event(o.s, QEVT_F_WALK_EABT, QRIG_SID);
        g_assert_cmphex(e.word[1], ==, word1);
        g_assert_cmphex(e.word[3], ==, ROM + 16);
        for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
            g_assert_cmphex(qtest_readq(rig->qts, ROM + 8 * i), ==,
                            le64_to_cpu(words[i]));
        }
        qrig_free(rig);
        unlink(path);
    }
}

/*
 * A peripheral is neither read nor written: here the SMMU's own registers, in
 * which CR0 would be the word of a descriptor.
 */
static void test_mmio(void)
{
    QRig *rig = qrig_new_one(HTTU_DIRTY);

    for (int stage = 1; stage <= 2; stage++) {
        OneStage o = one_stage(rig, stage, false);
        uint32_t cr0 = qsmmu_readl(o.s, QSMMU_CR0);
        QEvent e;

        configure(&o, true, true);
        qtables_write(&o.t, qtables_slot(&o.t, VA, 2),
                      o.s->regs | QPTE_TABLE);
        qedu_store(o.edu, VA + (QSMMU_CR0 / 8) * PAGE, 8);
        e = qsmmu_expect_event(o.s, QEVT_F_WALK_EABT, QRIG_SID);
        g_assert_cmphex(e.word[3], ==, o.s->regs + QSMMU_CR0);
        g_assert_cmphex(qsmmu_readl(o.s, QSMMU_CR0), ==, cr0);
    }
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/httu/one-descriptor-of-each-stage",
                   test_one_descriptor);
    qtest_add_func("/msmmu/httu/write-after-a-cached-read-marks-dirty",
                   test_write_after_cached_read);
    qtest_add_func("/msmmu/httu/one-store-updates-both-stages",
                   test_one_store_updates_all);
    qtest_add_func("/msmmu/httu/stage-1-table-not-writable-at-stage-2",
                   test_table_not_writable);
    qtest_add_func("/msmmu/httu/refused-store-leaves-pages-clean",
                   test_refused_store_leaves_no_trace);
    qtest_add_func("/msmmu/httu/not-offered-is-illegal",
                   test_not_implemented);
    qtest_add_func("/msmmu/httu/access-flag-of-tables",
                   test_table_access_flag);
    qtest_add_func("/msmmu/httu/rom-cannot-be-updated", test_rom);
    qtest_add_func("/msmmu/httu/peripherals-are-not-accessed", test_mmio);
    return g_test_run();
}
