/*
 * Message-signalled interrupts that go where nothing takes them: the errors of
 * IHI 0070 7.5; and where a guest could do harm with them: to registers of the
 * instance itself, of another one, of the device whose DMA they tell of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "engine.h"
#include "msi.h"

/* Behind the registers of instance @n, where its slot is empty */
#define HOLE(n) (0x0b040000ULL + (n) * 0x80000)
/* Registers of edu, docs/specs/edu.rst of QEMU */
#define EDU_DMA_SRC 0x80
#define EDU_DMA_DST 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_CMD 0x98

#define ENGINE "-device msmmu-engine,addr=2,bus=rc1 "

static const char *const defaults[] = { "", "" };

static QRig *start(unsigned num, const char *more)
{
    QRig *rig = qrig_new(num, defaults, more);

    for (unsigned i = 0; i < num; i++) {
        qsmmu_start(&rig->smmu[i]);
    }
    return rig;
}

/* These errors are active, and no others: acknowledge them. */
static void expect_errors(QSmmu *s, uint32_t expected)
{
    uint32_t gerror;

    qmsi_settle(s->qts);
    gerror = qsmmu_readl(s, QSMMU_GERROR);
    g_assert_cmphex(gerror ^ qsmmu_readl(s, QSMMU_GERRORN), ==, expected);
    qsmmu_writel(s, QSMMU_GERRORN, gerror);
}

/* ---- Errors -------------------------------------------------------------- */

static void test_hole(void)
{
    QRig *rig = start(2, "");
    QSmmu *s = &rig->smmu[0];

    qsmmu_catch_lines(s);
    for (int pass = 0; pass < 2; pass++) {
        /* The error has an interrupt of its own, and the record is there. */
        qmsi_configure(s, QMSI_EVENTQ, HOLE(0), 1);
        qmsi_cause_event(rig, 0);
        expect_errors(s, QGERROR_MSI_EVENTQ_ABT_ERR);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        g_assert_cmpuint(qsmmu_num_events(s), ==, 1);

        /* The message that it configured arrives: then that says so. */
        qmsi_configure(s, QMSI_GERROR, QRIG_DATA, 0xdeadbeef);
        qtest_writel(rig->qts, QRIG_DATA, 0);
        qmsi_sync(s, HOLE(0), 1);
        expect_errors(s, QGERROR_MSI_CMDQ_ABT_ERR);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
        g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA), ==, 0xdeadbeef);

        /* The error that it cannot tell of, and one more (7.5.1) */
        qmsi_configure(s, QMSI_GERROR, HOLE(0), 1);
        qmsi_sync(s, HOLE(0), 1);
        expect_errors(s, QGERROR_MSI_CMDQ_ABT_ERR |
                         QGERROR_MSI_GERROR_ABT_ERR);
        qsmmu_push(s, 0, 0);
        qsmmu_wait_commands(s);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR) ^
                        qsmmu_readl(s, QSMMU_GERRORN), ==,
                        QGERROR_CMDQ_ERR | QGERROR_MSI_GERROR_ABT_ERR);
        qsmmu_skip_command(s);
        expect_errors(s, 0);

        qmsi_configure(s, QMSI_GERROR, 0, 0);
        g_assert_true(qsmmu_line_fired(s, QSMMU_LINE_GERROR));
    }
    /* The other instance knows nothing of it. */
    g_assert_cmphex(qsmmu_readl(&rig->smmu[1], QSMMU_GERROR), ==, 0);
    qrig_free(rig);
}

/* The instance goes on, and so do its messages when they have a target. */
static void test_goes_on(void)
{
    QRig *rig = start(1, "");
    QSmmu *s = &rig->smmu[0];

    for (unsigned i = 1; i <= 3; i++) {
        qmsi_sync(s, HOLE(0), i);
        qmsi_sync(s, QRIG_DATA, i);
        g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA), ==, i);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_GERROR), ==,
                        QGERROR_MSI_CMDQ_ABT_ERR);
    }
    qrig_free(rig);
}

/* ---- Registers of instances ---------------------------------------------- */

static void test_own_registers(void)
{
    static const uint32_t regs[] = {
        QSMMU_CR0, QSMMU_IRQ_CTRL, QSMMU_GERRORN, QSMMU_CMDQ_PROD,
        QSMMU_EVENTQ_CONS, QSMMU_GBPA, 0x1fffc,
    };
    QRig *rig = start(1, "");
    QSmmu *s = &rig->smmu[0];

    for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
        uint64_t pa = s->regs + regs[i];
        uint32_t before;

        g_test_message("0x%x", regs[i]);
        qmsi_configure(s, QMSI_EVENTQ, pa, 0x80000000);
        qmsi_cause_event(rig, 0);
        expect_errors(s, QGERROR_MSI_EVENTQ_ABT_ERR);
        qmsi_configure(s, QMSI_EVENTQ, 0, 0);

        qmsi_configure(s, QMSI_GERROR, pa, 0x80000000);
        qmsi_sync(s, pa, 0x80000000);
        expect_errors(s, QGERROR_MSI_CMDQ_ABT_ERR |
                         QGERROR_MSI_GERROR_ABT_ERR);
        qmsi_configure(s, QMSI_GERROR, 0, 0);

        before = qsmmu_readl(s, regs[i]);
        g_assert_cmphex(before & 0x80000000, ==, 0);
        g_assert_cmphex(qsmmu_readl(s, QSMMU_CR0), ==,
                        QCR0_SMMUEN | QCR0_CMDQEN | QCR0_EVENTQEN);
    }
    qrig_free(rig);
}

/*
 * One instance starts the other one's commands, whose message comes back: that
 * is sent in a turn of its own, and nothing goes round in circles.
 */
static void test_other_instance(void)
{
    QRig *rig = start(2, "");
    QSmmu *a = &rig->smmu[0], *b = &rig->smmu[1];
    uint32_t prod = qsmmu_readl(b, QSMMU_CMDQ_PROD);
    uint64_t pa = b->cmdq + prod * 16;

    qtest_writeq(rig->qts, pa, QCMD_SYNC | 0x1000 | 0xffffffffULL << 32);
    qtest_writeq(rig->qts, pa + 8, a->regs + QSMMU_EVENTQ_CONS);
    qtest_writeq(rig->qts, pa + 16, QCMD_SYNC | 0x1000 | 0xabcULL << 32);
    qtest_writeq(rig->qts, pa + 24, QRIG_DATA);
    qmsi_sync(a, b->regs + QSMMU_CMDQ_PROD, prod + 2);
    qsmmu_wait_commands(b);
    g_assert_cmphex(qsmmu_readl(b, QSMMU_CMDQ_CONS), ==, prod + 2);
    g_assert_cmphex(qtest_readl(rig->qts, QRIG_DATA), ==, 0xabc);
    /* OVACKFLG and an index of eight bits */
    g_assert_cmphex(qsmmu_readl(a, QSMMU_EVENTQ_CONS), ==, 0x800000ff);
    expect_errors(a, 0);
    expect_errors(b, 0);
    qrig_free(rig);
}

/* ---- Registers of devices ------------------------------------------------ */

/*
 * Each transaction of the engine that faults rings its doorbell: ring 1 has
 * nothing more to do than it was told before.
 */
static void test_doorbell(void)
{
    QRig *rig = start(1, ENGINE);
    QSmmu *s = &rig->smmu[0];
    QEngine e = qengine_init(&rig->rc[0], 0, QMSI_OTHER_DEVFN, 2);
    QJob job = {
        .op = QOP_FILL, .size = 8, .count = 40, .step = 4096,
        .flags = QFLAG_CONTINUE,
    };

    qengine_ring_enable(&e, 1, QENGINE_RING0 + 0x1000, 1, QRING_LOCAL, 0);
    qjob_write(&e, e.local + QENGINE_RING0 + 0x1000, &job);
    qmsi_configure(s, QMSI_EVENTQ, e.regs + QENGINE_RING(1) + QRING_PROD, 1);
    for (int pass = 0; pass < 4; pass++) {
        QEvent event;

        qengine_run(&e, &job);
        qengine_ring_wait(&e, 1);
        while (qsmmu_pop_event(s, &event)) {
            continue;
        }
    }
    qmsi_settle(rig->qts);
    qengine_ring_wait(&e, 1);
    g_assert_cmpuint(qengine_ring_readl(&e, 1, QRING_CONS), ==, 1);
    expect_errors(s, 0);
    qrig_free(rig);
}

/*
 * The message of a fault powers off the slot of the device that is in the
 * middle of its DMA: the device goes when that is over.
 */
static void test_unplug(void)
{
    QRig *rig = start(1, "-device pcie-root-port,id=rp,bus=rc1,addr=3,"
                         "chassis=1,slot=1 " QRIG_EDU "id=hot,bus=rp");
    QSmmu *s = &rig->smmu[0];
    const QRc *rc = &rig->rc[0];
    uint8_t exp = qrc_find_capability(rc, 0, 0x18, PCI_CAP_ID_EXP);
    QEvent event = {};
    QEdu edu;

    qrc_slot_power_on(rc, 0x18);
    qrc_bridge_setup(rc, 0x18, 0x20, 0x12300000, 0x200000);
    edu = qedu_init(rc, 0x20, 0, 0x23);
    qmsi_configure(s, QMSI_EVENTQ, qrc_config(rc, 0, 0x18,
                                              exp + PCI_EXP_SLTCTL),
                   PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PCC |
                   PCI_EXP_SLTCTL_ATTN_IND_OFF);
    /* Its registers are gone when the DMA is over: it cannot be waited for. */
    qtest_writeq(rig->qts, edu.regs + EDU_DMA_SRC, 0x1234);
    qtest_writeq(rig->qts, edu.regs + EDU_DMA_DST, 0x40000);
    qtest_writeq(rig->qts, edu.regs + EDU_DMA_COUNT, 8);
    qtest_writeq(rig->qts, edu.regs + EDU_DMA_CMD, 1);
    qtest_clock_step(rig->qts, 101 * 1000000);
    qmsi_settle(rig->qts);
    g_assert_true(qsmmu_pop_event(s, &event));
    g_assert_cmphex(qevent_sid(&event), ==, 0x2000);
    g_assert_cmphex(qrc_config_readl(rc, 0x20, 0, PCI_VENDOR_ID), ==,
                    0xffffffff);
    expect_errors(s, 0);
    qmsi_cause_event(rig, 0);
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) qtest_add_func("/msmmu/msi-aborts/" name, func)
    ADD("each-message-to-a-hole-has-its-error", test_hole);
    ADD("the-instance-goes-on", test_goes_on);
    ADD("own-registers-abort", test_own_registers);
    ADD("instances-do-not-go-round-in-circles", test_other_instance);
    ADD("doorbell-of-the-device-that-faults", test_doorbell);
    ADD("unplugging-the-device-that-faults", test_unplug);
#undef ADD
    return g_test_run();
}
