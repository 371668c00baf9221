/*
 * The life of the DMA test engine: resets, unplug and migration while it works.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "qobject/qdict.h"
#include "engine.h"
#include "rig.h"
#include "stream.h"

#define ENGINE "-device msmmu-engine,id=e,bus=rc1,"
#define ARGS QRIG_MACHINE "-device msmmu-rc,id=rc1 "
#define DATA QRIG_DATA
#define OTHER (QRIG_DATA + 0x1000000)
#define RING 0x45000000ULL
/* In the window of virt's platform bus, where nothing is */
#define NOWHERE 0x3f000000ULL

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

/* ---- Resets and unplug ------------------------------------------------- */

static void begin_endless(void)
{
    QJob job = { .op = QOP_CHECKSUM, .size = 8, .count = UINT32_MAX,
                 .pattern = QPATTERN_STRIDED, .addr = DATA };

    qjob_write(&engine, RING, &job);
    qengine_ring_enable(&engine, 1, RING, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==,
                    QRING_RUNNING);
}

static void write_devctl(uint16_t value)
{
    uint8_t cap = qrc_find_capability(&rc, 0, QRIG_DEVFN, PCI_CAP_ID_EXP);

    qrc_config_writew(&rc, 0, QRIG_DEVFN, cap + PCI_EXP_DEVCTL, value);
}

/* CTRL.RESET, a Function Level Reset, the machine's */
static void test_resets(void)
{
    start();
    for (unsigned how = 0; how < 3; how++) {
        qengine_set_pasid(&engine, 7);
        qengine_set_atomics(&engine, true);
        qtest_writeq(qts, engine.local + 8, 0x77);
        begin_endless();
        if (how == 0) {
            qengine_writel(&engine, QENGINE_CTRL, 1);
            g_assert_cmphex(qrc_config_readl(&rc, 0, QRIG_DEVFN, 0x104), ==,
                            0x00071406);
        } else if (how == 1) {
            write_devctl(PCI_EXP_DEVCTL_BCR_FLR);
        } else {
            qtest_system_reset(qts);
        }
        if (how) {
            g_assert_cmphex(qrc_config_readl(&rc, 0, QRIG_DEVFN, 0x104), ==,
                            0x00001406);
            engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
        }
        g_assert_cmphex(qengine_readl(&engine, QENGINE_STATUS), ==, 0);
        for (unsigned reg = 0; reg < 0x40; reg += 4) {
            g_assert_cmphex(qengine_ring_readl(&engine, 1, reg), ==, 0);
        }
        g_assert_cmphex(qtest_readq(qts, engine.local + 8), ==, 0x77);
        qengine_writel(&engine, QENGINE_CTRL, 1);
        engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
    }
    end();
}

/* A descriptor that resets its own function, and one for its registers */
static void test_own_reset(void)
{
    uint8_t cap;
    QJob job;
    QResult r;

    start();
    cap = qrc_find_capability(&rc, 0, QRIG_DEVFN, PCI_CAP_ID_EXP);
    job = (QJob) {
        .op = QOP_FILL, .size = 2, .operand = PCI_EXP_DEVCTL_BCR_FLR,
        .addr = qrc_config(&rc, 0, QRIG_DEVFN, cap + PCI_EXP_DEVCTL),
    };
    qengine_post(&engine, &job);
    qtest_readl(qts, DATA);
    engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
    g_assert_cmphex(qengine_ring_readl(&engine, 0, QRING_CONS), ==, 0);
    job = (QJob) { .op = QOP_WRITE, .size = 8, .count = 100, .addr = DATA };
    qengine_run_ok(&engine, &job, 100);

    /* A device cannot get at its own registers while it works. */
    job = (QJob) { .op = QOP_READ, .size = 4, .addr = engine.regs };
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmpuint(r.detail, ==, 2);
    /* Its local memory is memory. */
    job = (QJob) { .op = QOP_COPY, .size = 8, .addr = engine.local,
                   .addr2 = engine.local + 8 };
    qtest_writeq(qts, engine.local, 0x1234);
    qengine_run_ok(&engine, &job, 2);
    g_assert_cmphex(qtest_readq(qts, engine.local + 8), ==, 0x1234);
    end();
}

static void start_behind_port(void)
{
    qts = qtest_init(ARGS "-device pcie-root-port,id=p,bus=rc1,addr=3,"
                     "chassis=1 -device msmmu-engine,id=e,bus=p");
    rc = qrc_get(qts, 0);
    qrc_bridge_setup(&rc, 0x18, 1, rc.mmio32_pci, 0x100000);
    qrc_slot_power_on(&rc, 0x18);
    engine = qengine_init(&rc, 1, 0, 0);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_REQUESTER), ==, 0x100);
}

/* It has gone, and another one can come. */
static void expect_unplugged(void)
{
    QJob job = { .op = QOP_WRITE, .size = 8, .addr = DATA };

    qtest_qmp_eventwait(qts, "DEVICE_DELETED");
    g_assert_cmphex(qrc_config_readl(&rc, 1, 0, 0), ==, UINT32_MAX);
    qtest_qmp_assert_success(qts, "{ 'execute': 'device_add',"
                             " 'arguments': { 'driver': 'msmmu-engine',"
                             " 'id': 'e', 'bus': 'p' } }");
    qrc_slot_power_on(&rc, 0x18);
    engine = qengine_init(&rc, 1, 0, 0);
    qengine_run_ok(&engine, &job, 1);
    qtest_quit(qts);
}

#define SLOT_OFF (PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PWR_OFF)

static void test_unplug(void)
{
    uint8_t cap;

    start_behind_port();
    cap = qrc_find_capability(&rc, 0, 0x18, PCI_CAP_ID_EXP);
    begin_endless();
    qrc_config_writew(&rc, 0, 0x18, cap + PCI_EXP_SLTCTL, SLOT_OFF);
    expect_unplugged();
}

/*
 * By a transaction of its own, of many that were to follow; long after its BARs
 * were disabled, when nothing but its slot knows it any more.
 */
static void test_own_unplug(void)
{
    QJob job = { .op = QOP_FILL, .size = 2, .count = 1,
                 .operand = PCI_COMMAND_MASTER };
    uint8_t cap;

    start_behind_port();
    cap = qrc_find_capability(&rc, 0, 0x18, PCI_CAP_ID_EXP);
    job.addr = qrc_config(&rc, 1, 0, PCI_COMMAND);
    qjob_write(&engine, RING, &job);
    job = (QJob) { .op = QOP_CHECKSUM, .pattern = QPATTERN_STRIDED, .size = 8,
                   .count = 500000, .addr = DATA };
    qjob_write(&engine, RING + 128, &job);
    job = (QJob) { .op = QOP_FILL, .pattern = QPATTERN_STRIDED, .size = 2,
                   .count = 50, .operand = SLOT_OFF,
                   .addr = qrc_config(&rc, 0, 0x18, cap + PCI_EXP_SLTCTL) };
    qjob_write(&engine, RING + 256, &job);
    qengine_ring_enable(&engine, 1, RING, 2, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 3);
    expect_unplugged();
}

/* ---- Migration --------------------------------------------------------- */

static char *stream;

/*
 * A busy host may let the engine come to its end before the machine is saved.
 * Then this one has shown nothing, and is ended.
 */
static bool came_too_late(void)
{
    uint32_t status = qengine_ring_readl(&engine, 0, QRING_STATUS);

    if (status == QRING_RUNNING) {
        return false;
    }
    g_assert_cmphex(status, ==, QRING_IDLE);
    g_test_message("done before it was saved: once more");
    qtest_quit(qts);
    return true;
}

/* A long job, a ring that is set up, and a word in the local memory */
static uint32_t begin_to_add(uint32_t num)
{
    QJob job = { .op = QOP_ADD, .size = 8, .count = num, .operand = 1,
                 .pattern = QPATTERN_STRIDED, .addr = DATA };
    uint32_t number;

    start();
    qengine_set_atomics(&engine, true);
    qengine_set_pasid(&engine, 5);
    qtest_writeq(qts, DATA, 0);
    qtest_writeq(qts, engine.local + 0x100, 0xfeedfacecafebeefULL);
    number = qengine_post(&engine, &job);
    qengine_ring_enable(&engine, 2, NOWHERE & ~0x7fULL, 5, QRING_IRQ, 0);
    return number;
}

/*
 * In the middle of a copy by scatter list, with counters that count, a second
 * ring of many descriptors, and the local memory. The whole comes out as if it
 * had stayed.
 */
static void test_migration(void)
{
    const char *args = ARGS ENGINE "addr=1 ";
    const uint32_t num = 2000000;
    uint32_t number;
    uint64_t done;
    QResult r;

    do {
        number = begin_to_add(num);
        qstream_save(qts, stream);
    } while (came_too_late());
    /* Stopped: nothing moves any more. */
    done = qtest_readq(qts, DATA);
    g_test_message("%" PRIu64 " of %" PRIu32 " done", done, num);
    g_assert_cmpuint(done, <, num);
    g_assert_cmpuint(done, ==, qengine_readq(&engine, QENGINE_RING(0) +
                                                      QRING_TRANSACTIONS));
    g_usleep(20000);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, done);
    qtest_quit(qts);

    qts = qstream_load(args, stream);
    rc.qts = qts;
    engine.rc.qts = qts;
    r = qengine_finish(&engine, number);
    g_assert_cmpuint(r.status, ==, QSTATUS_OK);
    g_assert_cmpuint(r.transactions, ==, num);
    g_assert_cmpuint(r.result, ==, num - 1);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, num);
    g_assert_cmphex(qtest_readq(qts, engine.local + 0x100), ==,
                    0xfeedfacecafebeefULL);
    g_assert_cmphex(qrc_config_readl(&rc, 0, QRIG_DEVFN, 0x104), ==,
                    0x00051406);
    g_assert_cmphex(qengine_readq(&engine, QENGINE_RING(2) + QRING_BASE), ==,
                    NOWHERE);
    g_assert_cmphex(qengine_ring_readl(&engine, 2, QRING_CTRL), ==, 5);
    g_assert_cmphex(qengine_ring_readl(&engine, 2, QRING_STATUS), ==, 1);
    end();

    /* Another PASID width is another device. */
    qstream_expect_refusal(ARGS ENGINE "addr=1,pasid-bits=4", stream,
                           "*msmmu-engine*");
}

/* A doorbell taken back while its descriptor is at work, then migration */
static void test_migration_of_a_halt(void)
{
    start();
    begin_endless();
    qengine_ring_writel(&engine, 1, QRING_PROD, 0);
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==,
                    QRING_HALTED_BY(3));
    qstream_save(qts, stream);
    qtest_quit(qts);
    qts = qstream_load(ARGS ENGINE "addr=1 ", stream);
    rc.qts = qts;
    engine.rc.qts = qts;
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==,
                    QRING_HALTED_BY(3));
    g_assert_cmphex(qtest_readb(qts, RING + 120), ==, QSTATUS_NONE);
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    begin_endless();
    end();
}

/* Unlike bytes at any two places of 8 MiB */
static void make_page(uint32_t n, uint8_t page[4096])
{
    for (uint32_t i = 0; i < 4096; i++) {
        page[i] = n ^ n >> 8 ^ i * 7 ^ i >> 8;
    }
}

/* Bytes of a copy through a list: none twice, none left out */
static void test_migration_of_lists(void)
{
    const uint32_t pages = 0x800, part = 0x1007;
    QJob job = { .op = QOP_COPY, .pattern = QPATTERN_SCATTER, .size = 1,
                 .count = pages * 4096 / part, .addr = 0x1000,
                 .addr2 = OTHER };
    uint32_t number, whole = job.count * part / 4096;
    uint8_t page[4096], found[4096];
    QResult r;

    do {
        start();
        for (uint32_t i = 0; i < pages; i++) {
            make_page(i, page);
            qtest_memwrite(qts, DATA + i * 4096, page, 4096);
        }
        for (unsigned i = 0; i < job.count; i++) {
            qtest_writeq(qts, engine.local + 0x1000 + 16 * i, DATA + i * part);
            qtest_writeq(qts, engine.local + 0x1008 + 16 * i, part);
        }
        number = qengine_post(&engine, &job);
        qstream_save(qts, stream);
    } while (came_too_late());
    g_test_message("%" PRIu64 " bytes",
                   qengine_readq(&engine, QENGINE_RING(0) + QRING_BYTES));
    qtest_quit(qts);
    qts = qstream_load(ARGS ENGINE "addr=1 ", stream);
    rc.qts = qts;
    engine.rc.qts = qts;
    r = qengine_finish(&engine, number);
    g_assert_cmpuint(r.status, ==, QSTATUS_OK);
    g_assert_cmphex(qengine_readq(&engine, QENGINE_RING(0) + QRING_BYTES), ==,
                    2 * (uint64_t)job.count * part);
    for (uint32_t i = 0; i < whole; i++) {
        make_page(i, page);
        qtest_memread(qts, OTHER + i * 4096, found, 4096);
        g_assert_cmpmem(found, 4096, page, 4096);
    }
    end();
}

int main(int argc, char **argv)
{
    g_autofree char *name =
        g_strdup_printf("%s/msmmu-engine-%d", g_get_tmp_dir(), (int)getpid());
    int status;

    g_test_init(&argc, &argv, NULL);
    stream = name;
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("resets-stop-it", test_resets);
    ADD("it-may-reset-itself", test_own_reset);
    ADD("unplug-while-it-works", test_unplug);
    ADD("it-may-unplug-itself", test_own_unplug);
    ADD("migration-midway", test_migration);
    ADD("migration-midway-in-a-list", test_migration_of_lists);
    ADD("migration-of-a-doorbell-taken-back", test_migration_of_a_halt);
#undef ADD
    status = g_test_run();
    unlink(stream);
    return status;
}
