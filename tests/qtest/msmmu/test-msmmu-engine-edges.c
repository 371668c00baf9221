/*
 * The DMA test engine where something changes under its hands, or where things
 * end: registers of configuration space, interrupts that are masked, buses,
 * address spaces, the sizes of SubstreamIDs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "config.h"
#include "engine.h"
#include "its.h"
#include "rig.h"

#define ENGINE "-device msmmu-engine,bus=rc1,"
#define ARGS QRIG_MACHINE "-device msmmu-rc,id=rc1 "
#define SID 0x10
#define IOVA 0x10000000ULL
#define DATA QRIG_DATA
#define RING 0x45000000ULL
#define ITS_TABLES 0x46000000ULL
#define LPI_TABLES 0x47000000ULL

static QTestState *qts;
static QRc rc;
static QEngine engine;

static void start(void)
{
    qts = qtest_init(ARGS ENGINE "addr=1");
    rc = qrc_get(qts, 0);
    engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
}

static void end(void)
{
    qtest_quit(qts);
}

static void expect_status(const QResult *r, unsigned status, unsigned detail)
{
    g_assert_cmpuint(r->status, ==, status);
    g_assert_cmpuint(r->detail, ==, detail);
}

static QJob endless(void)
{
    return (QJob) { .op = QOP_VERIFY, .pattern = QPATTERN_STRIDED, .size = 8,
                    .count = UINT32_MAX, .addr = DATA };
}

/* ---- Configuration space midway ---------------------------------------- */

static void test_master_off(void)
{
    QJob job = endless();
    uint32_t number;
    QResult r;

    start();
    number = qengine_post(&engine, &job);
    qjob_write(&engine, RING, &job);
    qengine_ring_enable(&engine, 1, RING, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_STATUS), ==, 3);
    qrc_config_writew(&rc, 0, QRIG_DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY);
    r = qengine_finish(&engine, number);
    expect_status(&r, QSTATUS_ABORTED, 1);
    g_assert_cmphex(r.fault, ==, DATA);
    g_assert_cmpuint(r.transactions, >, 1);
    g_assert_cmpuint(r.failed, ==, 1);
    /* This one cannot even tell. */
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(2));
    g_assert_cmphex(qtest_readb(qts, RING + 120), ==, QSTATUS_NONE);
    /* Nor take up another */
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, RING, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(1));
    qrc_config_writew(&rc, 0, QRIG_DEVFN, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    job.count = 1;
    qengine_run_ok(&engine, &job, 1);
    end();
}

/* Transactions with SSID 1 are translated by @c, and those without any. */
static void attach_substreams(QSmmu *s, const QContext *c)
{
    uint64_t table = qsmmu_alloc(s, 128, 128), words[8];

    qtest_memread(qts, c->cd, words, sizeof(words));
    qtest_memwrite(qts, table, words, sizeof(words));
    qtest_memwrite(qts, table + 64, words, sizeof(words));
    qsmmu_set_ste(s, SID, QSTE_S1 | table | 1ULL << 59,
                  QSTE1_SHCFG_INCOMING | QSTE1_S1DSS(2));
}

/* PASID Control and Device Control 2 are taken away from a descriptor. */
static void test_permission_withdrawn(void)
{
    const char *properties = "ssidsize=8";
    QRig *rig = qrig_new(1, &properties, ENGINE "addr=2");
    QSmmu *s = &rig->smmu[0];
    QEngine e = qengine_init(&rig->rc[0], 0, SID, 1);
    QContext c;
    QJob job = endless();
    uint32_t number;
    QResult r;

    qts = rig->qts;
    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], 1);
    qcontext_map(&c, IOVA, DATA, QPTE_RW);
    attach_substreams(s, &c);
    qengine_set_pasid(&e, 1);
    qengine_set_atomics(&e, true);
    job.addr = IOVA;
    job.attr = QATTR_SSID(1);
    number = qengine_post(&e, &job);
    g_assert_cmphex(qengine_readl(&e, QENGINE_STATUS), ==, 1);
    qengine_set_pasid(&e, 0);
    r = qengine_finish(&e, number);
    expect_status(&r, QSTATUS_NOT_SUPPORTED, 2);
    g_assert_cmpuint(r.transactions, >, 0);

    job.attr = 0;
    job.op = QOP_ADD;
    job.operand = 1;
    number = qengine_post(&e, &job);
    g_assert_cmphex(qengine_readl(&e, QENGINE_STATUS), ==, 1);
    qengine_set_atomics(&e, false);
    r = qengine_finish(&e, number);
    expect_status(&r, QSTATUS_NOT_SUPPORTED, 6);
    g_assert_cmpuint(r.transactions, >, 0);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, r.transactions);
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

/* ---- Interrupts -------------------------------------------------------- */

#define MSIX_ENTRY(vector) (engine.msix + (vector) * PCI_MSIX_ENTRY_SIZE)

static void write_msix_control(uint16_t value)
{
    uint8_t cap = qrc_find_capability(&rc, 0, QRIG_DEVFN, PCI_CAP_ID_MSIX);

    qrc_config_writew(&rc, 0, QRIG_DEVFN, cap + PCI_MSIX_FLAGS, value);
}

/* Bit 0 of the PBA, wherever the capability says that it is */
static bool is_pending(void)
{
    uint8_t cap = qrc_find_capability(&rc, 0, QRIG_DEVFN, PCI_CAP_ID_MSIX);
    uint32_t pba = qrc_config_readl(&rc, 0, QRIG_DEVFN, cap + PCI_MSIX_PBA);

    g_assert_cmphex(pba & 7, ==, 4);
    return qtest_readl(qts, engine.msix + (pba & ~7u)) & 1;
}

static void expect_lpi(unsigned n, bool pending)
{
    g_assert_cmpint(qits_lpi_pending(qts, LPI_TABLES, QITS_FIRST_LPI + n), ==,
                    pending);
}

/* The engine, a ring of which interrupts by LPIs */
static QIts start_with_lpis(void)
{
    QIts its;

    start();
    qits_enable_lpis(qts, LPI_TABLES);
    its = qits_init(qts, rc.its, ITS_TABLES);
    qits_map(&its, QRIG_DEVFN, QITS_FIRST_LPI);
    qengine_ring_writel(&engine, 0, QRING_CTRL, QRING_ENABLE | QRING_IRQ);
    return its;
}

/* Masked by its vector, by the function */
static void test_masked(void)
{
    QJob job = { .op = QOP_NOP, .flags = QFLAG_IRQ };
    QIts its = start_with_lpis();

    for (unsigned how = 0; how < 2; how++) {
        qengine_msix_setup(&engine, 0, qits_doorbell(&its), how);
        if (how) {
            write_msix_control(PCI_MSIX_FLAGS_ENABLE |
                               PCI_MSIX_FLAGS_MASKALL);
        } else {
            qtest_writel(qts, MSIX_ENTRY(0) + PCI_MSIX_ENTRY_VECTOR_CTRL, 1);
        }
        qengine_run_ok(&engine, &job, 0);
        expect_lpi(how, false);
        g_assert_true(is_pending());
        if (how) {
            write_msix_control(PCI_MSIX_FLAGS_ENABLE);
        } else {
            qtest_writel(qts, MSIX_ENTRY(0) + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
        }
        expect_lpi(how, true);
        g_assert_false(is_pending());
    }
    end();
}

static void test_no_master_no_message(void)
{
    QJob job = { .op = QOP_NOP, .flags = QFLAG_IRQ };
    QIts its = start_with_lpis();

    qengine_msix_setup(&engine, 0, qits_doorbell(&its), 0);
    qrc_config_writew(&rc, 0, QRIG_DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY);
    qengine_run_ok(&engine, &job, 0);
    expect_lpi(0, false);
    qrc_config_writew(&rc, 0, QRIG_DEVFN, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    qengine_run_ok(&engine, &job, 0);
    expect_lpi(0, true);
    end();
}

/* ---- Addresses --------------------------------------------------------- */

/* Behind the last byte of the address space comes its first. */
static void test_wrap(void)
{
    const char *properties = "granules=4k";
    QRig *rig = qrig_new(1, &properties, ENGINE "addr=2");
    QSmmu *s = &rig->smmu[0];
    QEngine e = qengine_init(&rig->rc[0], 0, SID, 1);
    QJob job = { .op = QOP_WRITE, .flags = QFLAG_CONTINUE, .size = 16,
                 .addr = UINT64_MAX - 7 };
    QContext c;
    QEvent event;
    QResult r;

    qts = rig->qts;
    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], 1);
    qcontext_attach(&c, SID);
    r = qengine_run(&e, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    g_assert_cmpuint(r.transactions, ==, 2);
    g_assert_cmpuint(r.failed, ==, 2);
    g_assert_cmphex(r.fault, ==, UINT64_MAX - 7);
    g_assert_true(qsmmu_pop_event(s, &event));
    g_assert_cmphex(event.word[2], ==, UINT64_MAX - 7);
    event = qsmmu_expect_event(s, QEVT_F_TRANSLATION, SID);
    g_assert_cmphex(event.word[2], ==, 0);

    qcontext_map(&c, 0, DATA, QPTE_RW);
    qtest_writeq(qts, e.local + 8, 0x5a5a5a5aa5a5a5a5ULL);
    r = qengine_run(&e, &job);
    g_assert_cmpuint(r.failed, ==, 1);
    event = qsmmu_expect_event(s, QEVT_F_TRANSLATION, SID);
    g_assert_cmphex(event.word[2], ==, UINT64_MAX - 7);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0x5a5a5a5aa5a5a5a5ULL);
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

/* ---- SubstreamIDs ------------------------------------------------------ */

/* The function has 20 bits, the SMMU 4 or none. */
static void test_ssidsize(void)
{
    static const char *const properties[] = { "ssidsize=4", "ssidsize=0" };

    for (unsigned i = 0; i < ARRAY_SIZE(properties); i++) {
        QRig *rig = qrig_new(1, &properties[i], ENGINE "addr=2");
        QSmmu *s = &rig->smmu[0];
        QEngine e = qengine_init(&rig->rc[0], 0, SID, 1);
        QJob job = { .op = QOP_READ, .size = 8, .addr = IOVA,
                     .attr = QATTR_SSID(0xfffff) };
        QEvent event = {};
        QContext c;
        QResult r;

        g_test_message("%s", properties[i]);
        qengine_set_pasid(&e, 1);
        g_assert_cmphex(qengine_readl(&e, QENGINE_BUS), ==, 2);
        qsmmu_start(s);
        c = qcontext_new(s, &qgranules[0], 1);
        qcontext_map(&c, IOVA, DATA, QPTE_RW);
        qcontext_attach(&c, SID);
        r = qengine_run(&e, &job);
        expect_status(&r, QSTATUS_ABORTED, 0);
        event = qsmmu_expect_event(s, QEVT_C_BAD_SUBSTREAMID, SID);
        g_assert_cmphex(event.word[0], ==, 0x10fffff008ULL);
        job.attr = 0;
        qengine_run_ok(&e, &job, 1);
        qsmmu_expect_no_event(s);
        qrig_free(rig);
    }
}

/* ---- Buses ------------------------------------------------------------- */

static void begin_in_memory(void)
{
    QJob job = endless();

    qjob_write(&engine, RING, &job);
    qengine_ring_enable(&engine, 1, RING, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==,
                    QRING_RUNNING);
}

/* Bridge Control of its port resets it. */
static void test_secondary_bus_reset(void)
{
    QJob job = { .op = QOP_WRITE, .size = 8, .addr = DATA };
    QResult r;

    qts = qtest_init(ARGS "-device pcie-root-port,id=p,bus=rc1,addr=3,"
                     "chassis=1 -device msmmu-engine,id=e,bus=p");
    rc = qrc_get(qts, 0);
    qrc_bridge_setup(&rc, 0x18, 1, rc.mmio32_pci, 0x100000);
    engine = qengine_init(&rc, 1, 0, 0);
    /* An Endpoint, version 2; AtomicOp and PASID were on. */
    g_assert_cmphex(qrc_config_readl(&rc, 1, 0,
                        qrc_find_capability(&rc, 1, 0, PCI_CAP_ID_EXP)) >> 16,
                    ==, 0x0002);
    qengine_set_pasid(&engine, 7);
    qengine_set_atomics(&engine, true);
    begin_in_memory();
    qrc_config_writew(&rc, 0, 0x18, PCI_BRIDGE_CONTROL,
                      PCI_BRIDGE_CTL_BUS_RESET);
    qrc_config_writew(&rc, 0, 0x18, PCI_BRIDGE_CONTROL, 0);
    g_assert_cmphex(qrc_config_readl(&rc, 1, 0, 0x104), ==, 0x00001406);
    engine = qengine_init(&rc, 1, 0, 0);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_STATUS), ==, 0);
    for (unsigned reg = 0; reg < 0x40; reg += 4) {
        g_assert_cmphex(qengine_ring_readl(&engine, 1, reg), ==, 0);
    }
    g_assert_cmphex(qtest_readb(qts, RING + 120), ==, QSTATUS_NONE);
    qengine_run_ok(&engine, &job, 1);
    job.op = QOP_ADD;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_NOT_SUPPORTED, 6);
    end();
}

/* Conventional PCI: addresses are all that there is. */
static void test_conventional_bus(void)
{
    QJob job = { .op = QOP_FILL, .size = 8, .addr = DATA, .operand = 77 };

    qts = qtest_init(ARGS "-device pcie-pci-bridge,id=p,bus=rc1,addr=3 "
                     "-device msmmu-engine,id=e,bus=p,addr=1");
    rc = qrc_get(qts, 0);
    qrc_bridge_setup(&rc, 0x18, 1, rc.mmio32_pci, 0x100000);
    engine = qengine_init(&rc, 1, 8, 0);
    qengine_run_ok(&engine, &job, 1);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 77);
    end();
}

/* virtio-iommu passes everything until a driver comes. */
static void test_virtio_iommu(void)
{
    QJob job = { .op = QOP_FILL, .size = 8, .addr = DATA, .operand = 77 };
    QResult r;

    qts = qtest_init(QRIG_MACHINE "-device virtio-iommu-pci,addr=3 "
                     "-device msmmu-engine,bus=pcie.0,addr=2");
    rc = qrc_pcie0(qts);
    engine = qengine_init(&rc, 0, SID, 0);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_BUS), ==, 1);
    qengine_run_ok(&engine, &job, 1);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 77);
    qengine_set_pasid(&engine, 7);
    job.attr = QATTR_SSID(1);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_NOT_SUPPORTED, 1);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("bus-master-off-midway", test_master_off);
    ADD("permission-withdrawn-midway", test_permission_withdrawn);
    ADD("masked-vectors-are-pending", test_masked);
    ADD("no-bus-master-no-message", test_no_master_no_message);
    ADD("addresses-wrap", test_wrap);
    ADD("substreams-beyond-ssidsize-are-the-smmus", test_ssidsize);
    ADD("secondary-bus-reset", test_secondary_bus_reset);
    ADD("on-a-conventional-bus", test_conventional_bus);
    ADD("behind-virtio-iommu", test_virtio_iommu);
#undef ADD
    return g_test_run();
}
