/*
 * DMA of real devices through instances that differ: granules, tables of their
 * own, what stays cached and what goes, StreamIDs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "rig.h"

#define IOVA 0x10000000ULL
#define IOVA_OUT 0x20000000ULL
#define ASID 5

/* Pages of a granule, apart from those of every other test */
static uint64_t page(const QGranule *granule, unsigned n)
{
    return QRIG_DATA + ((uint64_t)n << granule->shift);
}

/*
 * Copy a page by way of two other pages' addresses. Two pages that follow each
 * other in IOVA do not in memory.
 */
static void check_copy(QRig *rig, unsigned n, const QContext *c, unsigned base)
{
    const QGranule *g = c->granule;
    uint64_t size = 1ULL << g->shift;
    uint64_t middle = size - 0x800;
    uint8_t seed = 0x40 + base;

    qcontext_map(c, IOVA, page(g, base + 3), QPTE_RW);
    qcontext_map(c, IOVA + size, page(g, base), QPTE_RW);
    qcontext_map(c, IOVA_OUT, page(g, base + 2), QPTE_RW);

    qrig_fill(rig, page(g, base + 3) + middle, 0x800, seed);
    qrig_fill(rig, page(g, base), 0x800, seed + 1);
    qtest_memset(rig->qts, page(g, base + 2), 0, 0x1000);
    qrig_copy(rig, n, IOVA + middle, IOVA_OUT, 0x1000);
    qrig_check(rig, page(g, base + 2), 0x800, seed);
    qrig_check(rig, page(g, base + 2) + 0x800, 0x800, seed + 1);
    qsmmu_expect_no_event(c->s);
}

static void test_granules_side_by_side(void)
{
    const char *properties[] = { "granules=4k", "granules=16k",
                                 "granules=64k" };
    QRig *rig = qrig_new(QNUM_GRANULES, properties, "");
    QContext c[QNUM_GRANULES];

    for (int i = 0; i < QNUM_GRANULES; i++) {
        qsmmu_start(&rig->smmu[i]);
        /* IDR5.GRAN4K, GRAN16K and GRAN64K are bits 4, 5 and 6 */
        g_assert_cmphex(qsmmu_readl(&rig->smmu[i], QSMMU_IDR5) & 0x70, ==,
                        0x10 << i);
        c[i] = qcontext_new(&rig->smmu[i], &qgranules[i], ASID);
        qcontext_attach(&c[i], QRIG_SID);
    }
    for (int i = 0; i < QNUM_GRANULES; i++) {
        check_copy(rig, i, &c[i], 0x10 * i);
    }
    qrig_free(rig);
}

/* Each granule on an instance with all of them, one after the other */
static void test_granules_on_one_instance(void)
{
    QRig *rig = qrig_new_one("granules=64k+4k+16k");

    for (int i = 0; i < QNUM_GRANULES; i++) {
        QContext c = qcontext_new(&rig->smmu[0], &qgranules[i], ASID + i);

        qcontext_attach(&c, QRIG_SID);
        check_copy(rig, 0, &c, 0x10 * i);
    }
    qrig_free(rig);
}

/* IHI 0070 5.4, CD.TG0: a granule that this instance has not is illegal */
static void test_granule_not_implemented(void)
{
    const char *properties[] = { "granules=4k", "granules=16k",
                                 "granules=64k" };
    QRig *rig = qrig_new(QNUM_GRANULES, properties, "");

    for (int i = 0; i < QNUM_GRANULES; i++) {
        QSmmu *s = &rig->smmu[i];

        qsmmu_start(s);
        for (int g = 0; g < QNUM_GRANULES; g++) {
            QContext c = qcontext_new(s, &qgranules[g], ASID + g);

            qcontext_attach(&c, QRIG_SID);
            qcontext_map(&c, IOVA, page(&qgranules[g], 1), QPTE_RW);
            qedu_load(&rig->edu[i], IOVA, 8);
            if (g == i) {
                qsmmu_expect_no_event(s);
                continue;
            }
            qsmmu_expect_event(s, QEVT_C_BAD_CD, QRIG_SID);

            /* With EPD0 = 1 TG0 is ignored: an ordinary fault */
            qcontext_change_cd(&c, 0, QCD_EPD0);
            qsmmu_cfgi_all(s);
            qedu_load(&rig->edu[i], IOVA, 8);
            qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
        }
    }
    qrig_free(rig);
}

/* EPD1 = 1 ignores TG1: TTB0's translation works whatever TG1 says */
static void test_tg1_ignored_with_epd1(void)
{
    QRig *rig = qrig_new_one("granules=4k");
    QContext c = qcontext_new(&rig->smmu[0], &qgranules[0], ASID);

    qcontext_change_cd(&c, 3ULL << 22, qgranules[2].tg1);
    qcontext_attach(&c, QRIG_SID);
    check_copy(rig, 0, &c, 0);

    qcontext_change_cd(&c, QCD_EPD1, 0);
    qsmmu_cfgi_all(&rig->smmu[0]);
    qedu_load(&rig->edu[0], IOVA, 8);
    qsmmu_expect_event(&rig->smmu[0], QEVT_C_BAD_CD, QRIG_SID);
    qrig_free(rig);
}

/* The same StreamID, ASID and IOVA on two instances: two translations */
static void test_instances_share_nothing(void)
{
    const char *properties[] = { "granules=4k", "granules=4k+64k" };
    QRig *rig = qrig_new(2, properties, "");
    QContext c[2];

    for (int i = 0; i < 2; i++) {
        qsmmu_start(&rig->smmu[i]);
        c[i] = qcontext_new(&rig->smmu[i], &qgranules[0], ASID);
        qcontext_attach(&c[i], QRIG_SID);
        qcontext_map(&c[i], IOVA, page(&qgranules[0], i), QPTE_RW);
        qcontext_map(&c[i], IOVA_OUT, page(&qgranules[0], 0x10 + i), QPTE_RW);
        qrig_fill(rig, page(&qgranules[0], i), 0x1000, 0x11 << i);
    }
    for (int i = 0; i < 2; i++) {
        qrig_copy(rig, i, IOVA, IOVA_OUT, 0x1000);
    }
    for (int i = 0; i < 2; i++) {
        qrig_check(rig, page(&qgranules[0], 0x10 + i), 0x1000, 0x11 << i);
    }

    /* What one drops, the other keeps */
    for (int i = 0; i < 2; i++) {
        qcontext_map(&c[i], IOVA, 0, 0);
    }
    qsmmu_tlbi_all(&rig->smmu[0]);
    for (int i = 0; i < 2; i++) {
        qedu_load(&rig->edu[i], IOVA, 8);
    }
    qsmmu_expect_event(&rig->smmu[0], QEVT_F_TRANSLATION, QRIG_SID);
    qsmmu_expect_no_event(&rig->smmu[1]);
    qrig_free(rig);
}

/* ---- What is cached ---------------------------------------------------- */

/* A translation is used until it is invalidated, and not longer (3.17, 4.4) */
static const struct {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    bool goes;
} tlbis[] = {
    { "NSNH_ALL", QCMD_TLBI_NSNH_ALL, 0, true },
    { "NH_ALL", QCMD_TLBI_NH_ALL, 0, true },
    { "NH_ASID", QCMD_TLBI_NH_ASID | (uint64_t)ASID << 48, 0, true },
    { "NH_VA", QCMD_TLBI_NH_VA | (uint64_t)ASID << 48, IOVA | 1, true },
    { "NH_VAA", QCMD_TLBI_NH_VAA, IOVA | 1, true },
    { "NH_VA range", QCMD_TLBI_NH_VA | (uint64_t)ASID << 48 | 15 << 12,
      (IOVA - 0x8000) | 1 << 10 | 1, true },
    { "NH_ASID of another", QCMD_TLBI_NH_ASID | (uint64_t)(ASID + 1) << 48, 0,
      false },
    { "NH_VA of another ASID",
      QCMD_TLBI_NH_VA | (uint64_t)(ASID + 1) << 48, IOVA | 1, false },
    { "NH_VA of another page",
      QCMD_TLBI_NH_VA | (uint64_t)ASID << 48, (IOVA + 0x1000) | 1, false },
};

static void test_tlbi(void)
{
    QRig *rig = qrig_new_one("granules=4k");
    QSmmu *s = &rig->smmu[0];
    QContext c = qcontext_new(s, &qgranules[0], ASID);

    qcontext_attach(&c, QRIG_SID);
    for (unsigned i = 0; i < ARRAY_SIZE(tlbis); i++) {
        g_test_message("%s", tlbis[i].name);
        qcontext_map(&c, IOVA, page(&qgranules[0], 1), QPTE_RW);
        qedu_load(&rig->edu[0], IOVA, 8);
        qsmmu_expect_no_event(s);

        qcontext_map(&c, IOVA, 0, 0);
        qedu_load(&rig->edu[0], IOVA, 8);
        qsmmu_expect_no_event(s);       /* still cached */

        qsmmu_push(s, tlbis[i].word0, tlbis[i].word1);
        qsmmu_sync(s);
        qedu_load(&rig->edu[0], IOVA, 8);
        if (tlbis[i].goes) {
            qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
        } else {
            qsmmu_expect_no_event(s);
        }
        qsmmu_tlbi_all(s);
    }
    qrig_free(rig);
}

/* A changed STE and CD are seen after CFGI, a failed walk is not cached */
static void test_cfgi(void)
{
    QRig *rig = qrig_new_one("granules=4k");
    QSmmu *s = &rig->smmu[0];
    QContext a = qcontext_new(s, &qgranules[0], ASID);
    QContext b = qcontext_new(s, &qgranules[0], ASID + 1);

    qcontext_map(&a, IOVA, page(&qgranules[0], 0), QPTE_RW);
    qcontext_map(&a, IOVA_OUT, page(&qgranules[0], 2), QPTE_RW);
    qcontext_map(&b, IOVA, page(&qgranules[0], 1), QPTE_RW);
    qrig_fill(rig, page(&qgranules[0], 0), 0x100, 0xa0);
    qrig_fill(rig, page(&qgranules[0], 1), 0x100, 0xb0);

    qcontext_attach(&a, QRIG_SID);
    qrig_copy(rig, 0, IOVA, IOVA_OUT, 0x100);
    qrig_check(rig, page(&qgranules[0], 2), 0x100, 0xa0);

    qcontext_attach(&b, QRIG_SID);
    qedu_load(&rig->edu[0], IOVA, 0x100);
    qsmmu_expect_no_event(s);
    qedu_store(&rig->edu[0], IOVA_OUT, 0x100);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
    qcontext_map(&b, IOVA_OUT, page(&qgranules[0], 3), QPTE_RW);
    qedu_store(&rig->edu[0], IOVA_OUT, 0x100);
    qsmmu_expect_no_event(s);
    qrig_check(rig, page(&qgranules[0], 3), 0x100, 0xb0);

    /* CFGI_CD: the CD becomes invalid */
    qcontext_change_cd(&b, QCD_V, 0);
    qsmmu_push(s, QCMD_CFGI_CD | (uint64_t)QRIG_SID << 32, 1);
    qsmmu_sync(s);
    qedu_load(&rig->edu[0], IOVA, 0x100);
    qsmmu_expect_event(s, QEVT_C_BAD_CD, QRIG_SID);
    qrig_free(rig);
}

/* ---- StreamIDs --------------------------------------------------------- */

static void test_linear_stream_table(void)
{
    const char *properties[] = { "granules=4k,two-level=off,sidsize=6" };
    QRig *rig = qrig_new(1, properties, "");
    QSmmu *s = &rig->smmu[0];
    QContext c;

    /* IDR0.ST_LEVEL, bits 28:27 */
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR0) & 0x18000000, ==, 0);
    qsmmu_setup_queues(s, 8, 7);
    qsmmu_setup_linear(s, 6);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_attach(&c, QRIG_SID);
    check_copy(rig, 0, &c, 0);
    qrig_free(rig);
}

static void test_two_level_splits(void)
{
    static const unsigned splits[] = { 6, 8, 10 };

    for (unsigned i = 0; i < ARRAY_SIZE(splits); i++) {
        const char *properties[] = { "granules=4k" };
        QRig *rig = qrig_new(1, properties, "");
        QSmmu *s = &rig->smmu[0];
        QContext c;

        qsmmu_setup_queues(s, 8, 7);
        qsmmu_setup_two_level(s, 16, splits[i]);
        qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
        c = qcontext_new(s, &qgranules[0], ASID);
        qcontext_attach(&c, QRIG_SID);
        check_copy(rig, 0, &c, 0);
        qrig_free(rig);
    }
}

/* StreamID[15:8] is the bridge's secondary bus number, whatever it is now */
static void test_bus_renumbering(void)
{
    static const uint8_t numbers[] = { 1, 0x42, 0xff, 7 };
    const char *properties[] = { "granules=4k" };
    QRig *rig = qrig_new(1, properties, "-device pcie-root-port,id=rp1,"
                         "bus=rc1,addr=2,chassis=1 " QRIG_EDU
                         "bus=rp1,addr=0");
    QSmmu *s = &rig->smmu[0];
    QContext c;

    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_map(&c, IOVA, page(&qgranules[0], 0), QPTE_RW);
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        uint32_t sid = numbers[i] << 8;
        QEdu edu;

        qrc_bridge_setup(&rig->rc[0], 0x10, numbers[i], 0x10100000, 0x100000);
        edu = qedu_init(&rig->rc[0], numbers[i], 0, 1);

        qedu_load(&edu, IOVA, 8);
        qsmmu_expect_event(s, QEVT_C_BAD_STREAMID, sid);
        qcontext_attach(&c, sid);
        qedu_load(&edu, IOVA, 8);
        qsmmu_expect_no_event(s);
        qsmmu_set_ste(s, sid, 0, 0);
    }
    qrig_free(rig);
}

/*
 * The same while all is cached, and without an invalidation: two functions
 * behind two bridges take each other's numbers, and with them each other's
 * pages, from one DMA to the next. A number that nobody has configured is
 * C_BAD_STREAMID.
 */
static void test_bus_exchange(void)
{
    static const uint8_t numbers[] = { 3, 9 };
    const char *properties[] = { "granules=4k" };
    QRig *rig = qrig_new(1, properties,
                         "-device pcie-root-port,id=rp1,bus=rc1,addr=2,"
                         "chassis=1 -device pcie-root-port,id=rp2,bus=rc1,"
                         "addr=3,chassis=2 " QRIG_EDU "bus=rp1,addr=0 "
                         QRIG_EDU "bus=rp2,addr=0");
    QSmmu *s = &rig->smmu[0];
    const QRc *rc = &rig->rc[0];

    qsmmu_start(s);
    for (int i = 0; i < 2; i++) {
        QContext c = qcontext_new(s, &qgranules[0], ASID + i);

        qcontext_map(&c, IOVA, page(&qgranules[0], i), QPTE_RW);
        qcontext_attach(&c, numbers[i] << 8);
        qtest_writeq(rig->qts, page(&qgranules[0], i), 0x1111 * (i + 1));
    }
    for (unsigned turn = 0; turn < 8; turn++) {
        /* Downwards first, so that no two have the same number. */
        for (int i = 0; i < 2; i++) {
            qrc_bridge_setup(rc, 0x10 + 8 * i, 0x40 + i,
                             0x10100000 + i * 0x100000, 0x100000);
        }
        for (int i = 0; i < 2; i++) {
            uint8_t number = numbers[(i + turn) % 2];
            uint64_t data = page(&qgranules[0], (i + turn) % 2);
            QEdu edu;

            edu = qedu_init(rc, 0x40 + i, 0, 1 + i);
            qedu_load(&edu, IOVA, 8);
            qsmmu_expect_event(s, QEVT_C_BAD_STREAMID, (0x40 + i) << 8);

            qrc_bridge_setup(rc, 0x10 + 8 * i, number,
                             0x10100000 + i * 0x100000, 0x100000);
            edu.bus = number;
            qedu_load(&edu, IOVA, 8);
            qedu_store(&edu, IOVA + 8 * (turn + 1), 8);
            qsmmu_expect_no_event(s);
            g_assert_cmphex(qtest_readq(rig->qts, data + 8 * (turn + 1)), ==,
                            0x1111 * ((i + turn) % 2 + 1));
        }
    }
    qrig_free(rig);
}

/*
 * A PCIe-to-PCI bridge answers for the functions behind it, as 00.0 of its
 * secondary bus (PCI Express to PCI/PCI-X Bridge Specification, 2.3).
 */
static void test_conventional_pci(void)
{
    const char *properties[] = { "granules=4k" };
    QRig *rig = qrig_new(1, properties, "-device pcie-pci-bridge,id=br1,"
                         "bus=rc1,addr=3 " QRIG_EDU "bus=br1,addr=4");
    QSmmu *s = &rig->smmu[0];
    QEdu edu;
    QContext c;

    qsmmu_start(s);
    qrc_bridge_setup(&rig->rc[0], 0x18, 5, 0x10100000, 0x100000);
    edu = qedu_init(&rig->rc[0], 5, 0x20, 1);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_map(&c, IOVA, page(&qgranules[0], 0), QPTE_RW);
    qedu_load(&edu, IOVA, 8);
    qsmmu_expect_event(s, QEVT_C_BAD_STREAMID, 0x500);
    qcontext_attach(&c, 0x500);
    qedu_load(&edu, IOVA, 8);
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

/* Two root complexes behind one instance: StreamID = sid-base + RequesterID */
static void test_shared_instance(void)
{
    QTestState *qts = qtest_init(QRIG_MACHINE
        "-device msmmu-rc,id=rc1 "
        "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,sidsize=18 "
        "-device msmmu-rc,id=rc2,smmu=smmu1,sid-base=0x30000 "
        QRIG_EDU "bus=rc1,addr=1 " QRIG_EDU "bus=rc2,addr=1");
    QSmmu smmu = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));
    static const uint32_t sids[] = { 0x00008, 0x30008 };
    QContext c[2];
    QEdu edu[2];

    qsmmu_start(&smmu);
    for (int i = 0; i < 2; i++) {
        QRc rc = qrc_get(qts, i);

        edu[i] = qedu_init(&rc, 0, QRIG_DEVFN, 0);
        qedu_load(&edu[i], IOVA, 8);
        qsmmu_expect_event(&smmu, QEVT_C_BAD_STREAMID, sids[i]);
        c[i] = qcontext_new(&smmu, &qgranules[0], ASID + i);
        qcontext_attach(&c[i], sids[i]);
        qcontext_map(&c[i], IOVA, page(&qgranules[0], i), QPTE_RW);
        qtest_writeq(qts, page(&qgranules[0], i), 0x1111 * (i + 1));
    }
    for (int i = 0; i < 2; i++) {
        qedu_load(&edu[i], IOVA, 8);
        qedu_store(&edu[i], IOVA + 8, 8);
    }
    qsmmu_expect_no_event(&smmu);
    for (int i = 0; i < 2; i++) {
        g_assert_cmphex(qtest_readq(qts, page(&qgranules[0], i) + 8), ==,
                        0x1111 * (i + 1));
    }
    qtest_quit(qts);
}

/* pcie.0 can have an instance, too, and a root complex beside it none */
static void test_pcie0(void)
{
    QTestState *qts = qtest_init(QRIG_MACHINE
        "-device msmmu-rc,id=rc1 "
        "-device msmmu-smmuv3,id=smmu0,primary-bus=pcie.0 "
        QRIG_EDU "bus=pcie.0,addr=1 " QRIG_EDU "bus=rc1,addr=1");
    QSmmu smmu = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));
    QRc rcs[] = { qrc_pcie0(qts), qrc_get(qts, 0) };
    QEdu edus[] = { qedu_init(&rcs[0], 0, QRIG_DEVFN, 0),
                    qedu_init(&rcs[1], 0, QRIG_DEVFN, 0) };
    QContext c;

    qsmmu_start(&smmu);
    c = qcontext_new(&smmu, &qgranules[0], ASID);
    qcontext_attach(&c, QRIG_SID);
    qcontext_map(&c, IOVA, QRIG_DATA, QPTE_RW);
    qtest_writeq(qts, QRIG_DATA, 0x0123456789abcdefULL);

    qedu_load(&edus[0], IOVA, 8);
    qedu_store(&edus[0], IOVA + 8, 8);
    qsmmu_expect_no_event(&smmu);
    g_assert_cmphex(qtest_readq(qts, QRIG_DATA + 8), ==,
                    0x0123456789abcdefULL);
    qedu_load(&edus[1], QRIG_DATA, 8);
    qedu_store(&edus[1], QRIG_DATA + 16, 8);
    g_assert_cmphex(qtest_readq(qts, QRIG_DATA + 16), ==,
                    0x0123456789abcdefULL);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/translation/granules-side-by-side",
                   test_granules_side_by_side);
    qtest_add_func("/msmmu/translation/granules-on-one-instance",
                   test_granules_on_one_instance);
    qtest_add_func("/msmmu/translation/granule-not-implemented-is-bad-cd",
                   test_granule_not_implemented);
    qtest_add_func("/msmmu/translation/tg1-is-ignored-with-epd1",
                   test_tg1_ignored_with_epd1);
    qtest_add_func("/msmmu/translation/instances-share-nothing",
                   test_instances_share_nothing);
    qtest_add_func("/msmmu/translation/tlbi", test_tlbi);
    qtest_add_func("/msmmu/translation/cfgi", test_cfgi);
    qtest_add_func("/msmmu/translation/linear-stream-table",
                   test_linear_stream_table);
    qtest_add_func("/msmmu/translation/two-level-splits",
                   test_two_level_splits);
    qtest_add_func("/msmmu/translation/stream-id-follows-bus-number",
                   test_bus_renumbering);
    qtest_add_func("/msmmu/translation/stream-id-follows-exchanged-numbers",
                   test_bus_exchange);
    qtest_add_func("/msmmu/translation/conventional-pci",
                   test_conventional_pci);
    qtest_add_func("/msmmu/translation/shared-instance",
                   test_shared_instance);
    qtest_add_func("/msmmu/translation/pcie.0", test_pcie0);
    return g_test_run();
}
