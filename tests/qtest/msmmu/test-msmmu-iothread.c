/*
 * A device that does its DMA in a thread of its own, beside what the main loop
 * does: invalidations (IHI 0070 3.21, 4.8), faults of other devices, and the
 * device's own end, or that of a bridge in front of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "hw/pci/pci_regs.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "blk.h"
#include "engine.h"
#include "rig.h"

#define THREAD "-object iothread,id=t " QBLK_DRIVE
#define DISK "-device " QBLK_DEVICE ",iothread=t,id=disk,"
#define SID 0x10
#define ASID 5
#define OTHER_ASID 6

/* IOVAs: the queue, pages of data, pages that are nowhere */
#define QUEUE 0x10000000ULL
#define DATA 0x20000000ULL
#define HOLE 0x30000000ULL
#define PAGE 0x1000u
#define PAGES 32u

/* Memory: the queue, and two sets of pages of data */
#define QUEUE_PA QRIG_DATA
#define SET_PA(n) (QRIG_DATA + 0x100000 * (1 + (n)))
#define POISON 0xa5

typedef struct Fixture {
    QRig *rig;
    QTestState *qts;
    QSmmu *s;
    uint32_t sid;
    QContext c[2];
    QBlk disk;
    unsigned beside;        /* commands that ran beside requests */
} Fixture;

/* The pages of @c are set @n. */
static void map_data(const QContext *c, unsigned n)
{
    for (unsigned i = 0; i < PAGES; i++) {
        qcontext_map(c, DATA + i * PAGE, SET_PA(n) + i * PAGE, QPTE_RW);
    }
}

static Fixture start(uint32_t sid, const char *devices)
{
    const char *properties = "granules=4k";
    g_autofree char *more = g_strdup_printf(THREAD "%s", devices);
    Fixture f = { .rig = qrig_new(1, &properties, more), .sid = sid };

    f.qts = f.rig->qts;
    f.s = &f.rig->smmu[0];
    qsmmu_start(f.s);
    for (unsigned n = 0; n < 2; n++) {
        f.c[n] = qcontext_new(f.s, &qgranules[0], ASID + n);
        for (unsigned i = 0; i < QBLK_QUEUE_BYTES; i += PAGE) {
            qcontext_map(&f.c[n], QUEUE + i, QUEUE_PA + i, QPTE_RW);
        }
        map_data(&f.c[n], n);
    }
    qcontext_attach(&f.c[0], sid);
    return f;
}

static void end(Fixture *f)
{
    qsmmu_expect_no_event(f->s);
    qrig_free(f->rig);
}

/* As many requests as there can be, each for all pages at @iova */
static void post_all(Fixture *f, uint64_t iova)
{
    for (unsigned i = 0; i < QBLK_REQUESTS; i++) {
        qblk_post(&f->disk, true, iova, PAGES * PAGE);
    }
}

/* ---- Invalidations ----------------------------------------------------- */

static void poison(Fixture *f)
{
    for (unsigned n = 0; n < 2; n++) {
        qtest_memset(f->qts, SET_PA(n), POISON, PAGES * PAGE);
    }
}

static void check_set(Fixture *f, unsigned n, uint8_t value)
{
    uint8_t found[PAGE], expected[PAGE];

    memset(expected, value, PAGE);
    for (unsigned i = 0; i < PAGES; i++) {
        qtest_memread(f->qts, SET_PA(n) + i * PAGE, found, PAGE);
        g_assert_cmpmem(found, PAGE, expected, PAGE);
    }
}

/* A command with its CMD_SYNC, beside a few more of the requests posted */
static void command(Fixture *f, uint64_t word0, uint64_t word1)
{
    const uint64_t words[2][2] = { { word0, word1 }, { QCMD_SYNC, 0 } };

    qblk_kick(&f->disk, 8);
    qsmmu_run(f->s, words, ARRAY_SIZE(words));
    f->beside += qblk_under_way(&f->disk) > 0;
}

static void change_by_address(Fixture *f, unsigned to)
{
    for (unsigned i = 0; i < PAGES; i++) {
        qcontext_map(&f->c[0], DATA + i * PAGE, SET_PA(to) + i * PAGE,
                     QPTE_RW);
        command(f, QCMD_TLBI_NH_VA | (uint64_t)ASID << 48,
                (DATA + i * PAGE) | 1);
    }
}

static void change_by_asid(Fixture *f, unsigned to)
{
    map_data(&f->c[0], to);
    command(f, QCMD_TLBI_NH_ASID | (uint64_t)ASID << 48, 0);
}

static void change_all(Fixture *f, unsigned to)
{
    map_data(&f->c[0], to);
    command(f, QCMD_TLBI_NSNH_ALL, 0);
}

/* Another CD: one word of the STE, which is written at once */
static void change_context(Fixture *f, unsigned to)
{
    qtest_writeq(f->qts, qsmmu_ste(f->s, f->sid), QSTE_S1 | f->c[to].cd);
    command(f, QCMD_CFGI_STE | (uint64_t)f->sid << 32, 1);
}

/* What takes nothing from the stream, or what it fetches again at once */
static void disturb(Fixture *f, unsigned i)
{
    const uint64_t asid = (uint64_t)(i & 8 ? ASID : 77) << 48;
    const uint64_t page = DATA + i % PAGES * PAGE;
    const uint64_t commands[][2] = {
        { QCMD_TLBI_NH_VA | asid, page | 1 },
        { QCMD_TLBI_NH_VA | asid, page },
        { QCMD_TLBI_NH_VAA, page },
        { QCMD_TLBI_NH_ASID | asid, 0 },
        { QCMD_TLBI_NSNH_ALL, 0 },
        { QCMD_CFGI_STE | (uint64_t)f->sid << 32, 1 },
        { QCMD_CFGI_STE_RANGE, 31 },
        { QCMD_CFGI_CD | (uint64_t)f->sid << 32, 1 },
        { QCMD_CFGI_CD_ALL | (uint64_t)f->sid << 32, 0 },
    };
    const unsigned which = i % ARRAY_SIZE(commands);

    command(f, commands[which][0], commands[which][1]);
}

/* So that all that can be cached is, before anything else is invalidated */
static void finish_some(Fixture *f)
{
    qblk_kick(&f->disk, 16);
    while (qblk_under_way(&f->disk)) {
        g_usleep(10);
    }
}

/*
 * What is done after the CMD_SYNC goes where the tables say, all of it, and
 * whatever else is invalidated meanwhile.
 */
static void test_invalidations(void)
{
    static void (*const change[])(Fixture *, unsigned) = {
        change_by_address, change_by_asid, change_all, change_context,
    };
    Fixture f = start(SID, DISK "bus=rc1,addr=2");
    unsigned n = 0;

    f.disk = qblk_init(&f.rig->rc[0], 0, SID, 1, QUEUE, QUEUE_PA);
    for (unsigned i = 0; i < 6 * ARRAY_SIZE(change); i++) {
        n = !n;
        post_all(&f, DATA);
        finish_some(&f);
        change[i / 6](&f, n);
        qblk_wait(&f.disk);
        poison(&f);
        post_all(&f, DATA);
        finish_some(&f);
        for (unsigned k = 0; f.disk.started < f.disk.posted; k++) {
            disturb(&f, k);
        }
        qblk_wait(&f.disk);
        check_set(&f, n, 0);
        check_set(&f, !n, POISON);
    }
    g_test_message("%u commands beside requests", f.beside);
    end(&f);
}

/* ---- Faults ------------------------------------------------------------ */

/* Events of @sid, each F_TRANSLATION and of a page not seen before */
static void expect_faults(Fixture *f, unsigned of_disk, unsigned of_edu)
{
    uint64_t seen[2] = {};
    QEvent e;

    while (qsmmu_pop_event(f->s, &e)) {
        const bool is_disk = qevent_sid(&e) == SID;
        const unsigned page = (e.word[2] - HOLE) / PAGE;

        g_assert_cmphex(qevent_type(&e), ==, QEVT_F_TRANSLATION);
        g_assert_cmpuint(page, <, 64);
        g_assert_cmphex(e.word[2] % PAGE, ==, 0);
        g_assert_false(seen[is_disk] >> page & 1);
        seen[is_disk] |= 1ULL << page;
    }
    g_assert_cmpuint(ctpop64(seen[1]), ==, of_disk);
    g_assert_cmpuint(ctpop64(seen[0]), ==, of_edu);
}

/*
 * Reads and writes of 4 KiB in the one thread, and in the main loop reads of
 * edu: an event each, and none is lost or made twice.
 */
static void test_faults(void)
{
    const unsigned of_disk = 48, of_edu = 16;
    Fixture f = start(SID, DISK "bus=rc1,addr=2");

    qcontext_attach(&f.c[1], QRIG_SID);
    f.disk = qblk_init(&f.rig->rc[0], 0, SID, 1, QUEUE, QUEUE_PA);
    for (unsigned n = 0; n < 10; n++) {
        for (unsigned i = 0; i < of_disk; i++) {
            qblk_post(&f.disk, n & 1, HOLE + i * PAGE, PAGE);
        }
        qblk_kick(&f.disk, of_disk);
        for (unsigned i = 0; i < of_edu; i++) {
            qedu_load(&f.rig->edu[0], HOLE + i * PAGE, QEDU_BUFFER_SIZE);
        }
        qblk_wait(&f.disk);
        expect_faults(&f, of_disk, of_edu);
    }
    end(&f);
}

/* ---- Unplug ------------------------------------------------------------ */

#define PORT "-device pcie-root-port,id=p,bus=rc1,addr=3,chassis=1 "
#define PORT_DEVFN 0x18
#define SLOT_OFF (PCI_EXP_SLTCTL_PWR_IND_OFF | PCI_EXP_SLTCTL_PWR_OFF)

static void power_off(Fixture *f)
{
    const QRc *rc = &f->rig->rc[0];
    uint8_t cap = qrc_find_capability(rc, 0, PORT_DEVFN, PCI_CAP_ID_EXP);

    qrc_config_writew(rc, 0, PORT_DEVFN, cap + PCI_EXP_SLTCTL, SLOT_OFF);
}

/* The events of a device that has gone, or has not been configured */
static void drop_events(Fixture *f)
{
    QEvent e;

    while (qsmmu_pop_event(f->s, &e)) {
        g_assert_cmphex(qevent_type(&e), ==, QEVT_F_TRANSLATION);
    }
    qsmmu_writel(f->s, QSMMU_EVENTQ_CONS,
                 qsmmu_readl(f->s, QSMMU_EVENTQ_PROD));
}

/* Wait a little, each time for longer: the thread shall be anywhere. */
static void dawdle(unsigned n)
{
    g_usleep(n * n * 20);
}

#define PATIENCE_MS 60000

/* An id, and the drive, are free a moment after the device has gone. */
static void plug(Fixture *f, QDict *args)
{
    for (unsigned i = 0;; i++) {
        QDict *response = qtest_qmp(f->qts, "{ 'execute': 'device_add',"
                                    " 'arguments': %p }",
                                    qdict_clone_shallow(args));
        bool plugged = qdict_haskey(response, "return");

        if (!plugged && i == PATIENCE_MS) {
            g_error("%s", qdict_get_str(qdict_get_qdict(response, "error"),
                                        "desc"));
        }
        qobject_unref(response);
        if (plugged) {
            break;
        }
        g_usleep(1000);
    }
    qobject_unref(args);
}

static void plug_disk(Fixture *f, const char *bus)
{
    plug(f, qdict_from_jsonf_nofail(
        "{ 'driver': 'virtio-blk-pci', 'id': 'disk', 'bus': %s,"
        " 'drive': 'zeros', 'queue-size': 1024, 'disable-legacy': 'on',"
        " 'iommu_platform': true, 'iothread': 't' }", bus));
}

static uint64_t window(const QRc *rc)
{
    return rc->mmio32_pci + 0x100000;
}

/* With DMA under way that finds its pages, or that faults */
static void test_unplug_device(void)
{
    const QRc *rc;
    Fixture f = start(0x100, PORT DISK "bus=p");

    rc = &f.rig->rc[0];
    for (unsigned n = 0; n < 20; n++) {
        qrc_bridge_setup(rc, PORT_DEVFN, 1, window(rc), 0x100000);
        qrc_slot_power_on(rc, PORT_DEVFN);
        f.disk = qblk_init(rc, 1, 0, 1, QUEUE, QUEUE_PA);
        post_all(&f, DATA);
        qblk_wait(&f.disk);
        qsmmu_expect_no_event(f.s);

        post_all(&f, n & 1 ? HOLE : DATA);
        qblk_kick(&f.disk, QBLK_REQUESTS);
        dawdle(n);
        power_off(&f);
        g_assert_cmphex(qrc_config_readl(rc, 1, 0, 0), ==, UINT32_MAX);
        drop_events(&f);
        qsmmu_tlbi_all(f.s);
        plug_disk(&f, "p");
    }
    end(&f);
}

/*
 * A switch behind the port: at the one port of it the disk, at the other an
 * engine, which works in the main loop without end.
 */
#define SWITCH "-device x3130-upstream,id=u,bus=p " \
               "-device xio3130-downstream,id=d0,bus=u,chassis=2,addr=0 " \
               "-device xio3130-downstream,id=d1,bus=u,chassis=3,addr=1 "
#define DISK_BUS 3
#define ENGINE_BUS 4

/* Buses and the window of a bridge */
static void setup_bridge(const QRc *rc, uint8_t bus, uint8_t devfn,
                         uint8_t secondary, uint8_t subordinate)
{
    qrc_config_writel(rc, bus, devfn, PCI_PRIMARY_BUS,
                      subordinate << 16 | secondary << 8 | bus);
    qrc_config_writel(rc, bus, devfn, PCI_MEMORY_BASE,
                      ((window(rc) + 0x100000) & 0xfff00000) |
                      window(rc) >> 16);
    qrc_config_writew(rc, bus, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void setup_switch(const QRc *rc)
{
    setup_bridge(rc, 0, PORT_DEVFN, 1, ENGINE_BUS);
    qrc_slot_power_on(rc, PORT_DEVFN);
    setup_bridge(rc, 1, 0, 2, ENGINE_BUS);
    setup_bridge(rc, 2, 0, DISK_BUS, DISK_BUS);
    setup_bridge(rc, 2, 8, ENGINE_BUS, ENGINE_BUS);
}

/* Reads at @iova, one after the other, without end */
static void begin_endless(const QRc *rc, uint64_t iova)
{
    const QEngine engine = qengine_init(rc, ENGINE_BUS, 0, 2);
    const QJob job = {
        .op = QOP_CHECKSUM, .size = 8, .count = UINT32_MAX, .addr = iova,
        .pattern = QPATTERN_STRIDED, .flags = QFLAG_UNMARKED | QFLAG_CONTINUE,
    };

    qjob_write(&engine, engine.local, &job);
    qengine_ring_enable(&engine, 1, 0, 0, QRING_LOCAL, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==,
                    QRING_RUNNING);
}

/*
 * All at once: the port's slot is turned off. A disk that comes then is on the
 * port's own bus.
 */
static void unplug_bridge(uint64_t disk_iova, uint64_t engine_iova)
{
    const QRc *rc;
    Fixture f = start(DISK_BUS << 8, PORT SWITCH DISK "bus=d0 "
                      "-device msmmu-engine,id=e,bus=d1");

    rc = &f.rig->rc[0];
    qcontext_attach(&f.c[0], ENGINE_BUS << 8);
    setup_switch(rc);
    f.disk = qblk_init(rc, DISK_BUS, 0, 1, QUEUE, QUEUE_PA);
    post_all(&f, disk_iova);
    begin_endless(rc, engine_iova);
    qblk_kick(&f.disk, QBLK_REQUESTS);
    power_off(&f);
    g_assert_cmphex(qrc_config_readl(rc, 1, 0, 0), ==, UINT32_MAX);
    drop_events(&f);

    plug_disk(&f, "p");
    qrc_bridge_setup(rc, PORT_DEVFN, 7, window(rc), 0x100000);
    qrc_slot_power_on(rc, PORT_DEVFN);
    qcontext_attach(&f.c[1], 7 << 8);
    f.disk = qblk_init(rc, 7, 0, 1, QUEUE, QUEUE_PA);
    poison(&f);
    post_all(&f, DATA);
    qblk_wait(&f.disk);
    check_set(&f, 0, POISON);
    check_set(&f, 1, 0);
    end(&f);
}

static void test_unplug_bridge(void)
{
    unplug_bridge(DATA, DATA);
    unplug_bridge(DATA, HOLE);
    unplug_bridge(HOLE, DATA);
    unplug_bridge(HOLE, HOLE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/iothread/" claim, function)
    ADD("invalidations-beside-dma", test_invalidations);
    ADD("faults-beside-those-of-others", test_faults);
    ADD("unplug-of-the-device-beside-dma", test_unplug_device);
    ADD("unplug-of-a-bridge-beside-dma", test_unplug_bridge);
#undef ADD
    return g_test_run();
}
