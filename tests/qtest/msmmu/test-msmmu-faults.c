/*
 * Transactions that do not get through: what is recorded, what the device gets,
 * which interrupt fires; and what guests' mistakes do to the queues.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "rig.h"

#define IOVA 0x10000000ULL
#define IOVA_OUT 0x20000000ULL
#define DATA QRIG_DATA
#define OUT (QRIG_DATA + 0x100000)
#define ASID 5

/* Event words (7.3.12 onwards) */
#define EVT1_RNW (1ULL << 35)
#define EVT1_CLASS_IN (2ULL << 40)
#define EVT1_CLASS_TT (1ULL << 40)

/* usb-ehci: where the test puts it, and its registers (EHCI 2.3) */
#define EHCI_BAR 0x400000
#define EHCI_USBCMD 0x20
#define EHCI_ASYNCLISTADDR 0x38
#define EHCI_RUN_ASYNC 0x21

typedef struct Fixture {
    QRig *rig;
    QSmmu *s;
    QEdu *edu;
    QContext c;
} Fixture;

/* A context with a readable and writable page at IOVA_OUT, nothing at IOVA */
static Fixture start(void)
{
    Fixture f = { .rig = qrig_new_one("granules=4k") };

    f.s = &f.rig->smmu[0];
    f.edu = &f.rig->edu[0];
    f.c = qcontext_new(f.s, &qgranules[0], ASID);
    qcontext_attach(&f.c, QRIG_SID);
    qcontext_map(&f.c, IOVA_OUT, OUT, QPTE_RW);
    return f;
}

static void end(Fixture *f)
{
    qrig_free(f->rig);
}

/* What a load of 8 bytes at @iova leaves in the device */
static uint64_t load(Fixture *f, uint64_t iova)
{
    qtest_writeq(f->rig->qts, OUT, 0x0123456789abcdefULL);
    qedu_load(f->edu, IOVA_OUT, 8);
    qedu_load(f->edu, iova, 8);
    qedu_store(f->edu, IOVA_OUT + 0x100, 8);
    return qtest_readq(f->rig->qts, OUT + 0x100);
}

/* ---- Records ----------------------------------------------------------- */

static void test_translation_fault_record(void)
{
    Fixture f = start();
    QEvent e;

    qedu_load(f.edu, IOVA + 0x128, 4);
    e = qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    g_assert_cmphex(e.word[0], ==, 0x0000000800000010ULL);
    g_assert_cmphex(e.word[1], ==, EVT1_RNW | EVT1_CLASS_IN);
    g_assert_cmphex(e.word[2], ==, IOVA + 0x128);
    g_assert_cmphex(e.word[3], ==, 0);

    qedu_store(f.edu, IOVA + 0x3f0, 16);
    e = qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    g_assert_cmphex(e.word[1], ==, EVT1_CLASS_IN);
    g_assert_cmphex(e.word[2], ==, IOVA + 0x3f0);
    end(&f);
}

static const struct {
    const char *name;
    uint64_t pa;
    uint64_t attrs;
    bool store;
    unsigned type;      /* 0: none */
} leaves[] = {
    { "read-only page, load", DATA, QPTE_RW | QPTE_READ_ONLY, false, 0 },
    { "read-only page, store", DATA, QPTE_RW | QPTE_READ_ONLY, true,
      QEVT_F_PERMISSION },
    { "privileged page", DATA, QPTE_RW & ~QPTE_USER, false,
      QEVT_F_PERMISSION },
    { "access flag", DATA, QPTE_RW & ~QPTE_AF, false, QEVT_F_ACCESS },
    { "access flag before permission", DATA,
      (QPTE_RW | QPTE_READ_ONLY) & ~QPTE_AF, true, QEVT_F_ACCESS },
};

static void test_leaf_faults(void)
{
    Fixture f = start();

    for (unsigned i = 0; i < ARRAY_SIZE(leaves); i++) {
        g_test_message("%s", leaves[i].name);
        qcontext_map(&f.c, IOVA, leaves[i].pa, leaves[i].attrs);
        qsmmu_tlbi_all(f.s);
        if (leaves[i].store) {
            qedu_store(f.edu, IOVA, 8);
        } else {
            qedu_load(f.edu, IOVA, 8);
        }
        if (leaves[i].type) {
            qsmmu_expect_event(f.s, leaves[i].type, QRIG_SID);
        } else {
            qsmmu_expect_no_event(f.s);
        }
    }
    end(&f);
}

/* Structures where no memory is: an external abort each (7.3.4, 7.3.10, ..) */
static void test_fetch_aborts(void)
{
    const uint64_t nowhere = 0x3f000000;    /* in the platform bus's window */
    Fixture f = start();
    QEvent e;

    qtest_writeq(f.rig->qts, f.c.cd + 8, 0xfffff0000000ULL);
    qsmmu_cfgi_all(f.s);
    qedu_load(f.edu, IOVA, 8);
    e = qsmmu_expect_event(f.s, QEVT_F_WALK_EABT, QRIG_SID);
    /* Start level 1 of 39 bits: 1 GiB per entry */
    g_assert_cmphex(e.word[3], ==, 0xfffff0000000ULL);
    g_assert_cmphex(e.word[1] & (3ULL << 40), ==, EVT1_CLASS_TT);

    qsmmu_set_ste(f.s, QRIG_SID, QSTE_S1 | nowhere, 0);
    qedu_load(f.edu, IOVA, 8);
    e = qsmmu_expect_event(f.s, QEVT_F_CD_FETCH, QRIG_SID);
    g_assert_cmphex(e.word[3], ==, nowhere);

    /* A second-level table with room for 2^8 STEs */
    qtest_writeq(f.rig->qts, f.s->stream_table, nowhere | 9);
    qsmmu_cfgi_all(f.s);
    qedu_load(f.edu, IOVA, 8);
    e = qsmmu_expect_event(f.s, QEVT_F_STE_FETCH, QRIG_SID);
    g_assert_cmphex(e.word[3], ==, nowhere + QRIG_SID * 64);
    end(&f);
}

/*
 * Queues and structures in registers of an SMMU: aborts, and nothing hangs.
 * Those of another device can be read, but no queue can be written there.
 */
static void test_structures_in_registers(void)
{
    static const struct {
        uint64_t at;
        uint8_t event;
    } registers[] = {
        { 0x0b000000, QEVT_F_CD_FETCH },        /* the instance's own */
        { 0x08000000, QEVT_C_BAD_CD },          /* the GIC's distributor */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(registers); i++) {
        Fixture f = start();

        qsmmu_set_ste(f.s, QRIG_SID, QSTE_S1 | registers[i].at, 0);
        qedu_load(f.edu, IOVA, 8);
        qsmmu_expect_event(f.s, registers[i].event, QRIG_SID);

        /* The Event queue, then: GERROR.EVENTQ_ABT_ERR (7.5) */
        qsmmu_set_cr0(f.s, QCR0_CMDQEN | QCR0_SMMUEN);
        qsmmu_writeq(f.s, QSMMU_EVENTQ_BASE, registers[i].at | 7);
        qsmmu_writel(f.s, QSMMU_EVENTQ_PROD, 0);
        qsmmu_writel(f.s, QSMMU_EVENTQ_CONS, 0);
        qsmmu_set_cr0(f.s, QCR0_CMDQEN | QCR0_SMMUEN | QCR0_EVENTQEN);
        qedu_load(f.edu, IOVA, 8);
        g_assert_cmphex(qsmmu_readl(f.s, QSMMU_GERROR) ^
                        qsmmu_readl(f.s, QSMMU_GERRORN), ==,
                        QGERROR_EVENTQ_ABT_ERR);
        end(&f);
    }
}

/* A last table that is registers of another edu: 0x80 and 0x88 hold words. */
static void test_table_in_registers(void)
{
    const char *properties = "granules=4k";
    QRig *rig = qrig_new(1, &properties, QRIG_EDU "bus=rc1,addr=2");
    QEdu other = qedu_init(&rig->rc[0], 0, 0x10, 1);
    QSmmu *s = &rig->smmu[0];
    uint64_t level2;
    QContext c;

    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_attach(&c, QRIG_SID);
    qcontext_map(&c, IOVA, DATA, QPTE_RW);
    qcontext_map(&c, IOVA_OUT, OUT, QPTE_RW);
    level2 = qtest_readq(rig->qts, c.table) & 0xfffffffff000ULL;
    qtest_writeq(rig->qts, level2 + 8 * (IOVA >> 21), other.regs | 3);
    qtest_writeq(rig->qts, other.regs + 0x80, DATA | QPTE_RW | 3);
    qtest_writeq(rig->qts, other.regs + 0x88, (DATA + 0x1000) | QPTE_RW | 3);

    qrig_fill(rig, DATA, 0x2000, 7);
    for (unsigned page = 0; page < 2; page++) {
        qrig_copy(rig, 0, IOVA + (16 + page) * 0x1000, IOVA_OUT, 0x100);
        qsmmu_expect_no_event(s);
        for (unsigned i = 0; i < 0x100; i += 8) {
            g_assert_cmphex(qtest_readq(rig->qts, OUT + i), ==,
                            qtest_readq(rig->qts, DATA + page * 0x1000 + i));
        }
    }

    /* What the register says now */
    qtest_writeq(rig->qts, other.regs + 0x80, 0);
    qsmmu_tlbi_all(s);
    qedu_load(&rig->edu[0], IOVA + 16 * 0x1000, 8);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    qrig_free(rig);
}

/* ---- What the device gets ---------------------------------------------- */

/* CD.A and TERM_MODEL = 0 (3.12.1): an abort, or zeros */
static void test_abort_or_raz(void)
{
    Fixture f = start();

    g_assert_cmphex(load(&f, IOVA), ==, UINT64_MAX);
    qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);

    qcontext_change_cd(&f.c, QCD_A, 0);
    qsmmu_cfgi_all(f.s);
    g_assert_cmphex(load(&f, IOVA), ==, 0);
    qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);

    /* CD.R = 0: the same without record */
    qcontext_change_cd(&f.c, QCD_R, 0);
    qsmmu_cfgi_all(f.s);
    g_assert_cmphex(load(&f, IOVA), ==, 0);
    qsmmu_expect_no_event(f.s);

    qcontext_change_cd(&f.c, 0, QCD_A);
    qsmmu_cfgi_all(f.s);
    g_assert_cmphex(load(&f, IOVA), ==, UINT64_MAX);
    qsmmu_expect_no_event(f.s);
    end(&f);
}

/* Writes that are terminated go nowhere: not to memory at the IOVA, either. */
static void test_terminated_writes_are_dropped(void)
{
    Fixture f = start();

    for (int a = 0; a < 2; a++) {
        qcontext_change_cd(&f.c, QCD_A, a ? QCD_A : 0);
        qsmmu_cfgi_all(f.s);
        qtest_memset(f.rig->qts, DATA, 0x5a, 0x1000);
        qedu_store(f.edu, DATA, 0x1000);
        qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
        for (int i = 0; i < 0x1000; i += 8) {
            g_assert_cmphex(qtest_readq(f.rig->qts, DATA + i), ==,
                            0x5a5a5a5a5a5a5a5aULL);
        }
    }
    end(&f);
}

static const struct {
    uint64_t offset;
    uint32_t len;
    unsigned events;
} dmas[] = {
    { 0, 1, 1 }, { 0, 2, 1 }, { 0, 4, 1 }, { 0, 8, 1 },
    { 0, 3, 1 }, { 1, 5, 1 }, { 0, 6, 1 }, { 3, 7, 1 }, { 0, 15, 1 },
    { 0, 16, 1 }, { 4, 64, 1 }, { 1, 4095, 1 }, { 0, 4096, 1 },
    { 0x123, 0x234, 1 }, { 8, 61, 1 },
    { 0xff8, 16, 2 },       /* two blocks of 4 KiB */
    { 0xffd, 7, 2 },
    { 0x800, 4096, 2 },
};

/* One DMA is one event (per 4 KiB block), not one for each 4 bytes. */
static void test_one_event_per_dma(void)
{
    Fixture f = start();
    QEvent e;

    for (unsigned i = 0; i < ARRAY_SIZE(dmas); i++) {
        for (int access = 0; access < 4; access++) {
            uint64_t iova = IOVA + dmas[i].offset;

            qcontext_change_cd(&f.c, QCD_A, access & 2 ? QCD_A : 0);
            qsmmu_cfgi_all(f.s);
            if (access & 1) {
                qedu_store(f.edu, iova, dmas[i].len);
            } else {
                qedu_load(f.edu, iova, dmas[i].len);
            }
            g_assert_cmpuint(qsmmu_num_events(f.s), ==, dmas[i].events);
            while (qsmmu_pop_event(f.s, &e)) {
                g_assert_cmphex(e.word[2], ==, iova);
                iova = ROUND_UP(iova + 1, 0x1000);
            }
        }
    }
    end(&f);
}

/* The same DMA again is another event, and so is the one that follows it. */
static void test_repeated_dmas_are_events(void)
{
    Fixture f = start();

    for (int i = 0; i < 4; i++) {
        qedu_load(f.edu, IOVA, 64);
        qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    }
    for (int i = 0; i < 4; i++) {
        qedu_load(f.edu, IOVA + i * 64, 64);
        qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    }
    /* A fault that was mended is none */
    qcontext_map(&f.c, IOVA, DATA, QPTE_RW);
    qedu_load(f.edu, IOVA, 64);
    qsmmu_expect_no_event(f.s);
    end(&f);
}

/*
 * A device that loads word after word makes as many transactions: usb-ehci
 * loads the 12 words of a queue head so.
 */
static void test_loads_of_words_are_events(void)
{
    const char *properties = "granules=4k";
    const uint8_t devfn = 0x10;
    QRig *rig = qrig_new(1, &properties, "-device usb-ehci,bus=rc1,addr=2");
    QRc *rc = &rig->rc[0];
    QSmmu *s = &rig->smmu[0];
    const uint64_t regs = rc->mmio32 + EHCI_BAR;
    QContext c;
    QEvent e;

    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_attach(&c, devfn);

    qrc_config_writel(rc, 0, devfn, PCI_BASE_ADDRESS_0,
                      rc->mmio32_pci + EHCI_BAR);
    qrc_config_writew(rc, 0, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    qtest_writel(rig->qts, regs + EHCI_ASYNCLISTADDR, IOVA);
    qtest_writel(rig->qts, regs + EHCI_USBCMD, EHCI_RUN_ASYNC);
    qtest_clock_step(rig->qts, 2 * 1000 * 1000);

    for (int i = 0; i < 12; i++) {
        g_assert_true(qsmmu_pop_event(s, &e));
        g_assert_cmphex(e.word[0], ==,
                        (uint64_t)devfn << 32 | QEVT_F_TRANSLATION);
        g_assert_cmphex(e.word[2], ==, IOVA + i * 4);
    }
    qrig_free(rig);
}

/* A DMA that begins in a mapped page faults where the page ends. */
static void test_dma_into_a_hole(void)
{
    Fixture f = start();
    QEvent e;

    qcontext_map(&f.c, IOVA, DATA, QPTE_RW);
    qrig_fill(f.rig, DATA + 0xf00, 0x100, 0x77);
    qedu_load(f.edu, IOVA + 0xf00, 0x200);
    e = qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    g_assert_cmphex(e.word[2], ==, IOVA + 0x1000);
    qedu_store(f.edu, IOVA_OUT, 0x200);
    qrig_check(f.rig, OUT, 0x100, 0x77);
    g_assert_cmphex(qtest_readq(f.rig->qts, OUT + 0x100), ==, UINT64_MAX);
    end(&f);
}

/* ---- Gates: SMMUEN, GBPA, STE.Config ----------------------------------- */

static void test_reset_state_bypasses(void)
{
    const char *properties[] = { "" };
    QRig *rig = qrig_new(1, properties, "");

    /* GBPA.ABORT resets to 0 here (6.3.14) */
    qrig_fill(rig, DATA, 0x1000, 1);
    qrig_copy(rig, 0, DATA, OUT, 0x1000);
    qrig_check(rig, OUT, 0x1000, 1);

    qsmmu_set_gbpa(&rig->smmu[0], QGBPA_ABORT | QGBPA_SHCFG_INCOMING);
    qrig_fill(rig, DATA, 0x1000, 2);
    qrig_copy(rig, 0, DATA, OUT, 0x1000);
    qrig_check(rig, OUT, 0x1000, 1);

    qsmmu_set_gbpa(&rig->smmu[0], QGBPA_SHCFG_INCOMING);
    qrig_copy(rig, 0, DATA, OUT, 0x1000);
    qrig_check(rig, OUT, 0x1000, 2);
    qrig_free(rig);
}

static void test_ste_bypass_and_abort(void)
{
    Fixture f = start();

    qsmmu_set_ste(f.s, QRIG_SID, QSTE_BYPASS, QSTE1_SHCFG_INCOMING);
    qrig_fill(f.rig, DATA, 0x1000, 3);
    qrig_copy(f.rig, 0, DATA, OUT, 0x1000);
    qrig_check(f.rig, OUT, 0x1000, 3);
    qsmmu_expect_no_event(f.s);

    /* Config = 0: aborts, nothing is recorded (5.2) */
    qsmmu_set_ste(f.s, QRIG_SID, QSTE_ABORT, 0);
    qrig_fill(f.rig, DATA, 0x1000, 4);
    qrig_copy(f.rig, 0, DATA, OUT, 0x1000);
    qrig_check(f.rig, OUT, 0x1000, 3);
    qsmmu_expect_no_event(f.s);

    qsmmu_set_ste(f.s, QRIG_SID, 0, 0);
    qedu_load(f.edu, DATA, 8);
    qsmmu_expect_event(f.s, QEVT_C_BAD_STE, QRIG_SID);

    /* Back to SMMUEN = 0 */
    qsmmu_set_cr0(f.s, QCR0_CMDQEN | QCR0_EVENTQEN);
    qrig_copy(f.rig, 0, DATA, OUT, 0x1000);
    qrig_check(f.rig, OUT, 0x1000, 4);
    qsmmu_expect_no_event(f.s);
    end(&f);
}

/* Words that crash other emulators: events, and the machine lives on */
static void test_hostile_configuration(void)
{
    Fixture f = start();

    for (unsigned ips = 6; ips < 8; ips++) {
        qcontext_change_cd(&f.c, QCD_IPS_MASK, QCD_IPS(ips));
        qsmmu_cfgi_all(f.s);
        qedu_load(f.edu, IOVA, 8);
        /* As much as the 48 bits that there are (5.4, CD.IPS) */
        qsmmu_expect_event(f.s, QEVT_F_TRANSLATION, QRIG_SID);
    }

    /* Stage 2 on an instance without, S2AA64 = 0, all sizes 0 */
    qsmmu_set_ste(f.s, QRIG_SID, QSTE_S2, 0);
    qedu_load(f.edu, IOVA, 8);
    qsmmu_expect_event(f.s, QEVT_C_BAD_STE, QRIG_SID);
    end(&f);
}

static void test_random_configuration(void)
{
    Fixture f = start();
    uint64_t ste = qsmmu_ste(f.s, QRIG_SID);
    QEvent e;

    for (int i = 0; i < 400; i++) {
        for (int word = 0; word < 8; word++) {
            uint64_t value = (uint64_t)g_test_rand_int() << 32 |
                             (uint32_t)g_test_rand_int();
            bool cd = i & 1;

            if (word == 0) {
                value |= cd ? QCD_V | QCD_AA64 : QSTE_V;
            }
            qtest_writeq(f.rig->qts, (cd ? f.c.cd : ste) + word * 8, value);
        }
        if (i & 1) {
            qsmmu_set_ste(f.s, QRIG_SID, QSTE_S1 | f.c.cd, 0);
        }
        qsmmu_cfgi_all(f.s);
        qsmmu_tlbi_all(f.s);
        qedu_load(f.edu, IOVA, 4);
        g_assert_cmpuint(qsmmu_num_events(f.s), <=, 1);
        qsmmu_pop_event(f.s, &e);
    }
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/faults/translation-fault-record",
                   test_translation_fault_record);
    qtest_add_func("/msmmu/faults/leaves", test_leaf_faults);
    qtest_add_func("/msmmu/faults/fetch-aborts", test_fetch_aborts);
    qtest_add_func("/msmmu/faults/structures-in-registers",
                   test_structures_in_registers);
    qtest_add_func("/msmmu/faults/table-in-registers-of-a-device",
                   test_table_in_registers);
    qtest_add_func("/msmmu/faults/abort-or-raz", test_abort_or_raz);
    qtest_add_func("/msmmu/faults/terminated-writes-are-dropped",
                   test_terminated_writes_are_dropped);
    qtest_add_func("/msmmu/faults/one-event-per-dma",
                   test_one_event_per_dma);
    qtest_add_func("/msmmu/faults/repeated-dmas-are-events",
                   test_repeated_dmas_are_events);
    qtest_add_func("/msmmu/faults/loads-of-words-are-events",
                   test_loads_of_words_are_events);
    qtest_add_func("/msmmu/faults/dma-into-a-hole", test_dma_into_a_hole);
    qtest_add_func("/msmmu/faults/reset-state-bypasses",
                   test_reset_state_bypasses);
    qtest_add_func("/msmmu/faults/ste-bypass-and-abort",
                   test_ste_bypass_and_abort);
    qtest_add_func("/msmmu/faults/hostile-configuration",
                   test_hostile_configuration);
    qtest_add_func("/msmmu/faults/random-configuration",
                   test_random_configuration);
    return g_test_run();
}
