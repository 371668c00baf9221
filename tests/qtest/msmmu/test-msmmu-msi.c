/*
 * Message-signalled interrupts of SMMUs where they are to go: ITSes, beside
 * those of devices, memory, a GICv2m frame (IHI 0070 3.18).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "engine.h"
#include "msi.h"

#define ENGINE "-device msmmu-engine,addr=2,bus="
#define ASID 5

/* EventIDs that the tests give to the sources of an instance */
enum { EVENTQ_ID, GERROR_ID, SYNC_ID };

static const char *const defaults[] = { "", "", "" };

static void configure(const QRig *rig, unsigned n)
{
    qmsi_configure(&rig->smmu[n], QMSI_EVENTQ, qmsi_doorbell(rig, n),
                   EVENTQ_ID);
    qmsi_configure(&rig->smmu[n], QMSI_GERROR, qmsi_doorbell(rig, n),
                   GERROR_ID);
}

/* @num instances, started, each with the MSIs of its own ITS */
static QRig *start(unsigned num, const char *more)
{
    QRig *rig = qrig_new(num, defaults, more);

    qmsi_start_its(rig);
    for (unsigned i = 0; i < num; i++) {
        qsmmu_start(&rig->smmu[i]);
        configure(rig, i);
    }
    return rig;
}

static uint32_t smmu_lpi(unsigned n, unsigned event)
{
    return qmsi_lpi(n, QMSI_DEVICE_ID, event);
}

/* ---- ITS ----------------------------------------------------------------- */

static void test_sources(void)
{
    QRig *rig = start(3, "");

    for (unsigned i = 0; i < rig->num; i++) {
        QSmmu *s = &rig->smmu[i];

        g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR0) & 1 << 13, !=, 0);
        qmsi_expect_lpis(rig, 0);
        qmsi_cause_event(rig, i);
        qmsi_expect_lpis(rig, smmu_lpi(i, EVENTQ_ID), 0);
        qmsi_cause_error(s);
        qmsi_expect_lpis(rig, smmu_lpi(i, GERROR_ID), 0);
        qmsi_sync(s, qmsi_doorbell(rig, i), SYNC_ID);
        qmsi_expect_lpis(rig, smmu_lpi(i, SYNC_ID), 0);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==,
                        QGERROR_CMDQ_ERR);
    }
    qrig_free(rig);
}

/* Each line has its edge, with an MSI and without (3.18.2). */
static void test_lines(void)
{
    for (int with_msi = 0; with_msi < 2; with_msi++) {
        QRig *rig = start(1, "");
        QSmmu *s = &rig->smmu[0];

        if (!with_msi) {
            qmsi_configure(s, QMSI_EVENTQ, 0, EVENTQ_ID);
            qmsi_configure(s, QMSI_GERROR, 0, GERROR_ID);
        }
        qsmmu_catch_lines(s);
        qmsi_cause_event(rig, 0);
        qmsi_settle(rig->qts);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
        qmsi_cause_error(s);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        qmsi_sync(s, with_msi ? qmsi_doorbell(rig, 0) : 0, SYNC_ID);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        g_assert_false(qsmmu_line_fired(s, QSMMU_LINE_PRIQ));
        if (with_msi) {
            qmsi_expect_lpis(rig, smmu_lpi(0, EVENTQ_ID),
                             smmu_lpi(0, GERROR_ID), smmu_lpi(0, SYNC_ID), 0);
        } else {
            qmsi_expect_lpis(rig, 0);
        }
        qrig_free(rig);
    }
}

/*
 * An engine whose job faults, the instance that records that and edu signal
 * through one ITS, with the same EventID 0; and so does all that in another
 * segment. The devices' MSIs are translated, the instance's are not.
 */
static void test_beside_devices(void)
{
    QRig *rig = start(2, ENGINE "rc1 " ENGINE "rc2 ");
    const QJob fault = {
        .op = QOP_READ, .size = 8, .count = 1, .addr = 0x100000,
        .flags = QFLAG_IRQ,
    };
    QEngine engine[2];
    uint32_t number[2];

    for (unsigned i = 0; i < 2; i++) {
        uint64_t doorbell = qmsi_doorbell(rig, i);
        /* As much as the doorbell is mapped, elsewhere in each segment. */
        uint64_t iova = 0x20000000 + i * 0x1000000 + (doorbell & 0xfff);
        QContext c = qcontext_new(&rig->smmu[i], &qgranules[0], ASID);

        qcontext_map(&c, iova & ~0xfffULL, doorbell & ~0xfffULL, QPTE_RW);
        qcontext_attach(&c, QMSI_OTHER_DEVFN);
        qcontext_attach(&c, QRIG_DEVFN);
        engine[i] = qengine_init(&rig->rc[i], 0, QMSI_OTHER_DEVFN, 2);
        qengine_ring_writel(&engine[i], 0, QRING_CTRL, 0);
        qengine_ring_enable(&engine[i], 0, QENGINE_RING0, QENGINE_RING0_LOG2,
                            QRING_LOCAL | QRING_IRQ, 0);
        qengine_msix_setup(&engine[i], 0, iova, 0);
        qedu_msi_setup(&rig->edu[i], iova, 0);
    }
    for (int pass = 0; pass < 8; pass++) {
        QEvent event;

        for (unsigned i = 0; i < 2; i++) {
            number[i] = qengine_post(&engine[i], &fault);
        }
        for (unsigned i = 0; i < 2; i++) {
            qedu_raise_irq(&rig->edu[i]);
            qmsi_sync(&rig->smmu[i], qmsi_doorbell(rig, i), SYNC_ID);
        }
        for (unsigned i = 0; i < 2; i++) {
            QResult r = qengine_finish(&engine[i], number[i]);

            g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
            qedu_lower_irq(&rig->edu[i]);
        }
        qmsi_expect_lpis(rig,
                         smmu_lpi(0, EVENTQ_ID), smmu_lpi(0, SYNC_ID),
                         qmsi_lpi(0, QMSI_OTHER_DEVFN, 0),
                         qmsi_lpi(0, QRIG_DEVFN, 0),
                         smmu_lpi(1, EVENTQ_ID), smmu_lpi(1, SYNC_ID),
                         qmsi_lpi(1, QMSI_OTHER_DEVFN, 0),
                         qmsi_lpi(1, QRIG_DEVFN, 0), 0);
        for (unsigned i = 0; i < 2; i++) {
            event = qsmmu_expect_event(&rig->smmu[i], QEVT_F_TRANSLATION,
                                       QMSI_OTHER_DEVFN);
            g_assert_cmphex(event.word[2], ==, 0x100000);
            g_assert_cmphex(qsmmu_readl(&rig->smmu[i], QSMMU_GERROR), ==, 0);
        }
    }
    qrig_free(rig);
}

/* A DeviceID means what the ITS makes of it that is written to. */
static void test_other_its(void)
{
    QRig *rig = start(2, "");

    qmsi_configure(&rig->smmu[0], QMSI_EVENTQ, qmsi_doorbell(rig, 1),
                   EVENTQ_ID);
    qmsi_cause_event(rig, 0);
    qmsi_expect_lpis(rig, smmu_lpi(1, EVENTQ_ID), 0);
    qrig_free(rig);
}

/*
 * pcie.0 and its expanders share virt's ITS. There the instance of each is slot
 * 31 of its own bus: 0xf8, and 0x40f8 of bus 64.
 */
static void test_expander(void)
{
    enum { PCIE0_LPI = QITS_FIRST_LPI, EXPANDER_LPI = QITS_FIRST_LPI + 8 };
    const uint64_t lpi_tables = 0x4c000000, its_tables = 0x4d000000;
    static const uint32_t lpis[] = { PCIE0_LPI, EXPANDER_LPI };
    QTestState *qts = qtest_init(QRIG_MACHINE
        "-device msmmu-smmuv3,id=s,primary-bus=pcie.0 "
        "-device pxb-pcie,id=a,bus=pcie.0,bus_nr=64 "
        "-device msmmu-smmuv3,id=t,primary-bus=a");
    QSmmu smmu[2];
    QIts its;

    qits_enable_lpis(qts, lpi_tables);
    its = qits_init(qts, 0x08080000, its_tables);
    qits_map_events(&its, 0xf8, PCIE0_LPI, 2);
    qits_map_events(&its, 0x40f8, EXPANDER_LPI, 2);
    for (unsigned i = 0; i < 2; i++) {
        smmu[i] = qsmmu_get(qts, i, QRIG_SMMU_MEMORY(i));
        qsmmu_start(&smmu[i]);
        qmsi_configure(&smmu[i], QMSI_GERROR, qits_doorbell(&its), GERROR_ID);
    }
    for (unsigned i = 0; i < 2; i++) {
        static const unsigned sources[] = { GERROR_ID, SYNC_ID };

        qmsi_cause_error(&smmu[i]);
        qmsi_sync(&smmu[i], qits_doorbell(&its), SYNC_ID);
        qmsi_settle(qts);
        for (unsigned j = 0; j < ARRAY_SIZE(sources); j++) {
            for (unsigned k = 0; k < 2; k++) {
                g_assert_cmpint(qits_lpi_pending(qts, lpi_tables,
                                                 lpis[k] + sources[j]), ==,
                                k == i);
            }
        }
        qits_clear_lpis(qts, lpi_tables, QITS_FIRST_LPI, 16);
    }
    qtest_quit(qts);
}

/* ---- IRQ_CTRL ------------------------------------------------------------ */

static void test_disabled(void)
{
    QRig *rig = start(1, "");
    QSmmu *s = &rig->smmu[0];

    qsmmu_set_irq_ctrl(s, QIRQ_GERROR);
    qmsi_cause_event(rig, 0);
    qmsi_expect_lpis(rig, 0);
    qsmmu_set_irq_ctrl(s, QIRQ_EVENTQ);
    qmsi_cause_error(s);
    qmsi_expect_lpis(rig, 0);

    /* What was then is not told of later (6.3.16). */
    qsmmu_set_irq_ctrl(s, QIRQ_EVENTQ | QIRQ_GERROR);
    qmsi_expect_lpis(rig, 0);
    qmsi_cause_event(rig, 0);
    qmsi_cause_error(s);
    qmsi_expect_lpis(rig, smmu_lpi(0, EVENTQ_ID), smmu_lpi(0, GERROR_ID), 0);

    /* CMD_SYNC has no enable (4.7.3). */
    qsmmu_set_irq_ctrl(s, 0);
    qmsi_sync(s, qmsi_doorbell(rig, 0), SYNC_ID);
    qmsi_expect_lpis(rig, smmu_lpi(0, SYNC_ID), 0);
    qrig_free(rig);
}

/* ---- Elsewhere ----------------------------------------------------------- */

/* As Linux polls for the completion of CMD_SYNC: at once, four bytes. */
static void test_memory(void)
{
    QRig *rig = start(1, "");
    QSmmu *s = &rig->smmu[0];

    qtest_memset(rig->qts, QRIG_DATA, 0xff, 32);
    qmsi_sync(s, QRIG_DATA + 4, 0xdeadbeef);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA), ==, 0xffffffff);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA + 4), ==, 0xdeadbeef);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA + 8), ==, 0xffffffff);

    /* Bits 1:0 are no part of the address. */
    qmsi_sync(s, QRIG_DATA + 8 + 3, 0);
    g_assert_cmphex(qtest_readq(rig->qts, QRIG_DATA + 8), ==,
                    0xffffffff00000000);

    qmsi_configure(s, QMSI_EVENTQ, QRIG_DATA + 16, 0x12345678);
    qmsi_configure(s, QMSI_GERROR, QRIG_DATA + 20, 0x9abcdef0);
    qmsi_cause_error(s);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA + 20), ==, 0x9abcdef0);
    qmsi_cause_event(rig, 0);
    qmsi_settle(rig->qts);
    g_assert_cmphex(qtest_readq(rig->qts, QRIG_DATA + 16), ==,
                    0x9abcdef012345678);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA + 24), ==, 0xffffffff);
    qmsi_expect_lpis(rig, 0);
    qrig_free(rig);
}

/* Two hundred of them in one write of CMDQ_PROD: in order, none left out */
static void test_many(void)
{
    enum { MANY = 200 };
    QRig *rig = start(1, "");
    uint64_t words[MANY][2];

    for (unsigned i = 0; i < MANY; i++) {
        words[i][0] = QCMD_SYNC | 0x1000 | 1 << 24 | (uint64_t)(i + 1) << 32;
        words[i][1] = QRIG_DATA + 4 * (i % 100);
    }
    qsmmu_run(&rig->smmu[0], words, MANY);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_cmpuint(qtest_readl(rig->qts, QRIG_DATA + 4 * i), ==,
                         i + 101);
    }
    qrig_free(rig);
}

/* A GICv2m frame (SBSA, MSI_TYPER and MSI_SETSPI_NS) needs no DeviceID. */
static void test_gicv2m(void)
{
    QRig *rig = qrig_new(1, defaults, "-M gic-version=2");
    QSmmu *s = &rig->smmu[0];
    uint32_t typer = qtest_readl(rig->qts, 0x08020008);
    unsigned intid = (typer >> 16 & 0x3ff) + 7;
    uint64_t icfgr = 0x08000c00 + intid / 16 * 4;
    uint64_t ispendr = 0x08000200 + intid / 32 * 4;

    g_assert_cmpuint(typer & 0x3ff, >, 8);
    qtest_writel(rig->qts, icfgr, qtest_readl(rig->qts, icfgr) |
                                  2u << (intid % 16 * 2));
    qsmmu_start(s);
    g_assert_cmphex(qtest_readl(rig->qts, ispendr) & 1u << intid % 32, ==, 0);
    qmsi_sync(s, 0x08020040, intid);
    g_assert_cmphex(qtest_readl(rig->qts, ispendr) & 1u << intid % 32, !=, 0);
    qrig_free(rig);
}

/* Without an ITS there is memory still. */
static void test_no_controller(void)
{
    QTestState *qts = qtest_init(QRIG_MACHINE "-M its=off "
                                 "-device msmmu-rc,id=rc1 -device "
                                 "msmmu-smmuv3,id=smmu1,primary-bus=rc1");
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));

    qsmmu_start(&s);
    g_assert_cmphex(qsmmu_readl(&s, QSMMU_IDR0) & 1 << 13, !=, 0);
    qmsi_sync(&s, QRIG_DATA, 0xdeadbeef);
    g_assert_cmphex(qtest_readl(qts, QRIG_DATA), ==, 0xdeadbeef);
    g_assert_cmphex(qsmmu_readl(&s, QSMMU_GERROR), ==, 0);
    qtest_quit(qts);
}

/* ---- msi=off ------------------------------------------------------------- */

static void test_msi_off(void)
{
    static const char *const off[] = { "msi=off" };
    QRig *rig = qrig_new(1, off, "");
    QSmmu *s = &rig->smmu[0];

    qmsi_start_its(rig);
    qsmmu_start(s);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR0) & 1 << 13, ==, 0);
    configure(rig, 0);
    for (QMsiSource source = QMSI_EVENTQ; source <= QMSI_GERROR; source++) {
        for (unsigned n = 0; n < 3; n++) {
            g_assert_cmphex(qsmmu_readl(s, qmsi_reg(source, n)), ==, 0);
        }
    }
    qsmmu_catch_lines(s);
    qmsi_cause_event(rig, 0);
    qmsi_cause_error(s);
    qtest_writel(rig->qts, QRIG_DATA, 0);
    qmsi_sync(s, QRIG_DATA, 0xdeadbeef);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA), ==, 0);
    qmsi_expect_lpis(rig, 0);
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_EVENTQ));
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_CMDQ_SYNC));
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) qtest_add_func("/msmmu/msi/" name, func)
    ADD("each-source-arrives-at-its-own-its", test_sources);
    ADD("lines-with-and-without-messages", test_lines);
    ADD("beside-the-msis-of-devices", test_beside_devices);
    ADD("at-the-its-of-another-segment", test_other_its);
    ADD("of-pcie.0-and-of-an-expander", test_expander);
    ADD("nothing-while-disabled-nor-later", test_disabled);
    ADD("to-memory-at-once", test_memory);
    ADD("many-in-order", test_many);
    ADD("to-a-gicv2m-frame", test_gicv2m);
    ADD("without-a-controller", test_no_controller);
    ADD("msi-off", test_msi_off);
#undef ADD
    return g_test_run();
}
