/*
 * Tests in the qos graph: the DMA test engine on each PCI host that there is,
 * what an instance in front makes of it, and that QEMU's own drivers and tests
 * of PCI devices work behind ours (tests/qtest/msmmu/meson.build has the list).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/module.h"
#include "hw/net/e1000_regs.h"
#include "libqos/e1000e.h"
#include "libqos/qgraph.h"
#include "libqos/qgraph_internal.h"
#include "libqos/msmmu-engine.h"
#include "libqos/msmmu-machine.h"

/* Two ranges, each of a multiple of any granule, and where they are mapped */
#define RANGE 0x20000
#define ALIGN 0x10000
#define IOVA 0x10000000ULL
/* Never mapped, and nothing there without an SMMU */
#define NOWHERE 0x3f000000ULL

#define ENGINE_SID QMSMMU_ENGINE_DEVFN

/* ---- Memory ------------------------------------------------------------ */

/* A range of guest RAM, for the CPU and for the device */
typedef struct Buffer {
    QTestState *qts;
    uint64_t pa;
    uint64_t iova;
} Buffer;

static bool translated(const QMsmmuHost *host)
{
    return host && host->front != QMSMMU_FRONT_NONE;
}

/* Behind an SMMU the @n-th is mapped backwards, granule by granule. */
static Buffer buffer_new(QMsmmuEngine *e, QGuestAllocator *alloc, unsigned n)
{
    QTestState *qts = e->dev.bus->qts;
    uint64_t pa = ROUND_UP(guest_alloc(alloc, RANGE + ALIGN), ALIGN);
    Buffer b = { .qts = qts, .pa = pa, .iova = pa };

    qtest_memset(qts, pa, 0, RANGE);
    if (translated(e->host)) {
        uint64_t granule = 1ULL << e->host->tables.shift;

        b.iova = IOVA + n * 0x10000000ULL;
        for (uint64_t at = 0; at < RANGE; at += granule) {
            qmsmmu_map(e->host, b.iova + at, pa + RANGE - granule - at, true);
        }
    }
    return b;
}

/* The CPU's address of the byte that the device has at @offset */
static uint64_t cpu_address(const QMsmmuEngine *e, const Buffer *b,
                            uint64_t offset)
{
    uint64_t granule = translated(e->host) ? 1ULL << e->host->tables.shift
                                           : RANGE;

    return b->pa + RANGE - granule - ROUND_DOWN(offset, granule) +
           offset % granule;
}

/* CRC-32 as the data sheet names it, from its definition */
static uint32_t crc32_bytewise(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int i = 0; i < 8; i++) {
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
}

/* ---- The engine, on any path ------------------------------------------- */

#define FILLED 3
#define FILLED_BYTES 0x1a001
#define PATTERN 0x8877665544332211ULL

static uint8_t filled_byte(uint64_t i)
{
    return PATTERN >> (i % 8 * 8);
}

static void test_copy_fill_checksum(void *obj, void *data,
                                    QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    Buffer from = buffer_new(e, alloc, 0), to = buffer_new(e, alloc, 1);
    QJob fill = { .op = QOP_FILL, .size = FILLED_BYTES, .operand = PATTERN,
                  .addr = from.iova + FILLED };
    QJob checksum = { .op = QOP_CHECKSUM, .size = FILLED_BYTES,
                      .addr = from.iova + FILLED };
    QJob copy = { .op = QOP_COPY, .size = FILLED_BYTES,
                  .addr = from.iova + FILLED, .addr2 = to.iova + 0x777 };
    uint32_t crc = UINT32_MAX;
    QResult r;

    qengine_run_ok(&e->engine, &fill, 0x1b);
    for (uint64_t i = 0; i < FILLED_BYTES; i++) {
        crc = crc32_bytewise(crc, filled_byte(i));
    }
    r = qengine_run_ok(&e->engine, &checksum, 0x1b);
    g_assert_cmphex(r.result, ==, ~crc);
    r = qengine_run(&e->engine, &copy);
    g_assert_cmpuint(r.status, ==, QSTATUS_OK);
    for (uint64_t i = 0; i < FILLED_BYTES; i += 0x101) {
        uint64_t first = cpu_address(e, &from, FILLED + i);
        uint64_t second = cpu_address(e, &to, 0x777 + i);

        g_assert_cmphex(qtest_readb(from.qts, first), ==, filled_byte(i));
        g_assert_cmphex(qtest_readb(to.qts, second), ==, filled_byte(i));
    }
    g_assert_cmphex(qtest_readb(to.qts, cpu_address(e, &to, 0x776)), ==, 0);
    if (translated(e->host)) {
        qsmmu_expect_no_event(&e->host->smmu);
    }
}

static void test_compare(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    Buffer one = buffer_new(e, alloc, 0), other = buffer_new(e, alloc, 1);
    QJob compare = { .op = QOP_COMPARE, .size = RANGE, .addr = one.iova,
                     .addr2 = other.iova };
    QResult r;

    g_assert_cmpuint(qengine_run(&e->engine, &compare).status, ==, QSTATUS_OK);
    qtest_writeb(one.qts, cpu_address(e, &other, 0x12345), 1);
    r = qengine_run(&e->engine, &compare);
    g_assert_cmpuint(r.status, ==, QSTATUS_MISMATCH);
    g_assert_cmphex(r.result, ==, 0x12345);
}

static void test_atomic_add(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    Buffer b = buffer_new(e, alloc, 0);
    QJob add = { .op = QOP_ADD, .size = 8, .addr = b.iova, .operand = 5 };

    qtest_writeq(b.qts, cpu_address(e, &b, 0), 37);
    qengine_set_atomics(&e->engine, true);
    g_assert_cmphex(qengine_run_ok(&e->engine, &add, 1).result, ==, 37);
    g_assert_cmphex(qtest_readq(b.qts, cpu_address(e, &b, 0)), ==, 42);
}

/* An MSI is a write of the function: it takes the way of its DMA. */
static void test_msi(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    Buffer b = buffer_new(e, alloc, 0);
    QJob nop = { .op = QOP_NOP, .flags = QFLAG_IRQ };

    qengine_ring_writel(&e->engine, 0, QRING_CTRL, 0);
    qengine_ring_enable(&e->engine, 0, QENGINE_RING0, QENGINE_RING0_LOG2,
                        QRING_LOCAL | QRING_IRQ, 0);
    qengine_msix_setup(&e->engine, 0, b.iova + 0x40, 0xfeedc0de);
    qengine_run_ok(&e->engine, &nop, 0);
    g_assert_cmphex(qtest_readl(b.qts, cpu_address(e, &b, 0x40)), ==,
                    0xfeedc0de);
}

/* What is between the engine and memory, and what it can carry */
static void test_substreams(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    QMsmmuFront front = e->host ? e->host->front : QMSMMU_FRONT_NONE;
    QJob read = { .op = QOP_READ, .size = 8, .addr = QMSMMU_RAM,
                  .attr = QATTR_SSID(1) };
    QResult r;
    QEvent event;

    if (e->engine.rc.ecam) {
        qengine_set_pasid(&e->engine, 7);
    }
    r = qengine_run(&e->engine, &read);
    if (front != QMSMMU_FRONT_INSTANCE) {
        g_assert_cmpuint(qengine_readl(&e->engine, QENGINE_BUS), ==,
                         front == QMSMMU_FRONT_NONE ? 0 : 1);
        g_assert_cmpuint(r.status, ==, QSTATUS_NOT_SUPPORTED);
        g_assert_cmpuint(r.detail, ==, 1);
        g_assert_cmpuint(r.transactions, ==, 0);
        return;
    }
    /* One CD, or none: no SubstreamID is legal; SSV is RES0 here (7.3.9). */
    g_assert_cmpuint(qengine_readl(&e->engine, QENGINE_BUS), ==, 2);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmpuint(r.detail, ==, 0);
    event = qsmmu_expect_event(&e->host->smmu, QEVT_C_BAD_SUBSTREAMID,
                               ENGINE_SID);
    g_assert_cmphex(event.word[0], ==, 0x0000003000001008ULL);
}

static void test_nothing_there(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    QJob write = { .op = QOP_WRITE, .size = 4, .addr = NOWHERE };
    QResult r = qengine_run(&e->engine, &write);

    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmphex(r.fault, ==, NOWHERE);
    if (translated(e->host)) {
        qsmmu_expect_event(&e->host->smmu, QEVT_F_TRANSLATION, ENGINE_SID);
    }
}

/* ---- An instance in front ---------------------------------------------- */

static const struct {
    const char *name;
    uint32_t idr0, idr0_mask;
    uint32_t idr1, idr1_mask;
    uint32_t idr5, idr5_mask;
} instances[] = {
    /* IDR0: S2P, S1P, TTF; IDR1: SSIDSIZE; IDR5: OAS, GRAN* (6.3) */
    { "msmmu-rc-4k", 0xb, 0xf, 8 << 6, 0x1f << 6, 0x10, 0x70 },
    { "msmmu-rc-16k", 0xa, 0xf, 0, 0x1f << 6, 0x22, 0x77 },
    { "msmmu-rc-64k", 0xa, 0xf, 0, 0x1f << 6, 0x40, 0x70 },
    { "msmmu-rc-s2", 0x9, 0xf, 0, 0x1f << 6, 0x71, 0x77 },
    { "msmmu-pcie0", 0x8, 0xc, 0, 0, 0x70, 0x70 },
};

static void test_identification(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuHost *host = obj;
    const QSmmu *s = &host->smmu;
    unsigned i = 0;

    while (strcmp(instances[i].name, host->name)) {
        i++;
        g_assert_cmpuint(i, <, ARRAY_SIZE(instances));
    }
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR0) & instances[i].idr0_mask, ==,
                    instances[i].idr0);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR1) & instances[i].idr1_mask, ==,
                    instances[i].idr1);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_IDR5) & instances[i].idr5_mask, ==,
                    instances[i].idr5);
    /* CR0 is acknowledged, and the Command queue runs: what started it. */
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CR0ACK), ==, 0xd);
    qsmmu_sync(&host->smmu);
}

static void test_fault_is_one_event(void *obj, void *data,
                                    QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    QSmmu *s = &e->host->smmu;
    QJob read = { .op = QOP_READ, .size = 0x123, .addr = IOVA + 0x4567 };
    QResult r = qengine_run(&e->engine, &read);
    QEvent event;

    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmphex(r.fault, ==, IOVA + 0x4567);
    g_assert_cmpuint(r.failed, ==, 1);
    /* F_TRANSLATION (7.3.13): RnW, CLASS = IN; in stage 2 with the IPA */
    event = qsmmu_expect_event(s, QEVT_F_TRANSLATION, ENGINE_SID);
    g_assert_cmphex(event.word[0], ==, 0x0000003000000010ULL);
    g_assert_cmphex(event.word[1], ==, e->host->stage2 ? 0x28800000000ULL
                                                       : 0x20800000000ULL);
    g_assert_cmphex(event.word[2], ==, IOVA + 0x4567);
    g_assert_cmphex(event.word[3], ==, e->host->stage2 ? IOVA + 0x4000 : 0);
}

static void test_map_and_unmap(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuEngine *e = obj;
    QSmmu *s = &e->host->smmu;
    uint64_t first = ROUND_UP(guest_alloc(alloc, RANGE + ALIGN), ALIGN);
    uint64_t second = first + ALIGN;
    QTestState *qts = e->dev.bus->qts;
    QJob write = { .op = QOP_FILL, .size = 8, .addr = IOVA, .operand = 1 };

    qtest_memset(qts, first, 0, RANGE);
    qmsmmu_map(e->host, IOVA, first, true);
    qengine_run_ok(&e->engine, &write, 1);
    qmsmmu_map(e->host, IOVA, second, true);
    write.operand = 2;
    qengine_run_ok(&e->engine, &write, 1);
    g_assert_cmphex(qtest_readq(qts, first), ==, 1);
    g_assert_cmphex(qtest_readq(qts, second), ==, 2);
    qsmmu_expect_no_event(s);

    qmsmmu_map(e->host, IOVA, second, false);
    g_assert_cmpuint(qengine_run(&e->engine, &write).status, ==,
                     QSTATUS_ABORTED);
    qsmmu_expect_event(s, QEVT_F_PERMISSION, ENGINE_SID);
    qmsmmu_unmap(e->host, IOVA);
    g_assert_cmpuint(qengine_run(&e->engine, &write).status, ==,
                     QSTATUS_ABORTED);
    qsmmu_expect_event(s, QEVT_F_TRANSLATION, ENGINE_SID);
}

/* ---- Two instances ----------------------------------------------------- */

#define PAIR \
    "-device msmmu-rc,id=rc1 " \
    "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,granules=4k " \
    "-device msmmu-engine,bus=rc1,addr=1.0 " \
    "-device msmmu-rc,id=rc2 " \
    "-device msmmu-smmuv3,id=smmu2,primary-bus=rc2,granules=64k " \
    "-device msmmu-engine,bus=rc2,addr=1.0"

/* The same StreamID and IOVA, each with its own memory */
static void test_two_instances(void *obj, void *data, QGuestAllocator *alloc)
{
    QMsmmuMachine *machine = obj;
    QMsmmuHost *host[2];
    QMsmmuEngine *e[2];
    uint64_t pa[2];
    QJob write = { .op = QOP_FILL, .size = 8, .addr = IOVA };

    for (unsigned i = 0; i < 2; i++) {
        host[i] = qmsmmu_machine_host(machine, i);
        e[i] = qmsmmu_engine_at(host[i], QPCI_DEVFN(1, 0));
        pa[i] = ROUND_UP(guest_alloc(alloc, 2 * ALIGN), ALIGN);
        qmsmmu_map(host[i], IOVA, pa[i], true);
    }
    for (unsigned i = 0; i < 2; i++) {
        write.operand = 0x100 + i;
        qengine_run_ok(&e[i]->engine, &write, 1);
    }
    g_assert_cmphex(qtest_readq(machine->qts, pa[0]), ==, 0x100);
    g_assert_cmphex(qtest_readq(machine->qts, pa[1]), ==, 0x101);

    /* 4 KiB on: the end of a page of the one, not of the other's */
    write.addr += 0x1000;
    g_assert_cmpuint(qengine_run(&e[0]->engine, &write).status, ==,
                     QSTATUS_ABORTED);
    qengine_run_ok(&e[1]->engine, &write, 1);
    qsmmu_expect_event(&host[0]->smmu, QEVT_F_TRANSLATION, QPCI_DEVFN(1, 0));
    qsmmu_expect_no_event(&host[1]->smmu);
}

/* ---- libqos's e1000e, behind an instance ------------------------------- */

/* libqos's driver, on a bus that has an instance in front */
static void *e1000e_create(void *pci_bus, QGuestAllocator *alloc, void *addr)
{
    return qos_graph_get_node("e1000e")->u.driver.constructor(pci_bus, alloc,
                                                              addr);
}

/* Send an empty packet; returns whether the descriptor was written back. */
static bool e1000e_send(QE1000E_PCI *d, uint64_t data_address)
{
    struct e1000_tx_desc descriptor = {
        .buffer_addr = cpu_to_le64(data_address),
        .lower.data = cpu_to_le32(E1000_TXD_CMD_RS | E1000_TXD_CMD_EOP |
                                  E1000_TXD_DTYP_D | 64),
    };

    e1000e_tx_ring_push(&d->e1000e, &descriptor);
    return le32_to_cpu(descriptor.upper.data) & E1000_TXD_STAT_DD;
}

static void test_e1000e(void *obj, void *data, QGuestAllocator *alloc)
{
    QE1000E_PCI *d = obj;
    QMsmmuHost *host = qmsmmu_host_of_bus(d->pci_dev.bus);
    uint64_t pa = guest_alloc(alloc, 64);
    QEvent event;

    qtest_memset(host->rc.qts, pa, 0, 64);
    g_assert_true(e1000e_send(d, pa));
    qsmmu_expect_no_event(&host->smmu);
    /* Reads of data fault, those of descriptors don't. */
    g_assert_true(e1000e_send(d, IOVA));
    qsmmu_expect_event(&host->smmu, QEVT_F_TRANSLATION, d->pci_dev.devfn);
    /* Nothing is read or written, and each try is an event. */
    qsmmu_set_ste(&host->smmu, d->pci_dev.devfn, 0, 0);
    g_assert_false(e1000e_send(d, pa));
    g_assert_cmpuint(qsmmu_num_events(&host->smmu), >=, 1);
    while (qsmmu_pop_event(&host->smmu, &event)) {
        g_assert_cmphex(qevent_type(&event), ==, QEVT_C_BAD_STE);
        g_assert_cmphex(qevent_sid(&event), ==, d->pci_dev.devfn);
    }
}

/* ---- Nodes ------------------------------------------------------------- */

static void register_tests(void)
{
    QPCIAddress e1000e = { .vendor_id = 0x8086, .device_id = 0x10d3 };
    QOSGraphEdgeOptions at_bus = {
        .before_cmd_line = "-netdev hubport,hubid=0,id=hs0",
        .extra_device_opts = "netdev=hs0",
    };
    QOSGraphTestOptions pair = { .edge.before_cmd_line = PAIR };

    qos_add_test("copy-fill-checksum", "msmmu-engine", test_copy_fill_checksum,
                 NULL);
    qos_add_test("compare-finds-a-byte", "msmmu-engine", test_compare, NULL);
    qos_add_test("atomic-add", "msmmu-engine", test_atomic_add, NULL);
    qos_add_test("msi-goes-the-way-of-dma", "msmmu-engine", test_msi, NULL);
    qos_add_test("substreams-need-an-instance", "msmmu-engine",
                 test_substreams, NULL);
    qos_add_test("nothing-there-aborts", "msmmu-engine", test_nothing_there,
                 NULL);
    qos_add_test("identification", "msmmu-smmuv3", test_identification, NULL);
    qos_add_test("fault-is-one-event", "msmmu-engine-translated",
                 test_fault_is_one_event, NULL);
    qos_add_test("map-and-unmap", "msmmu-engine-translated",
                 test_map_and_unmap, NULL);
    qos_add_test("same-stream-and-address", "msmmu-machine",
                 test_two_instances, &pair);

    add_qpci_address(&at_bus, &e1000e);
    qos_node_create_driver_named("e1000e-translated", "e1000e", e1000e_create);
    qos_node_consumes("e1000e-translated", "msmmu-bus", &at_bus);
    qos_add_test("dma-is-translated", "e1000e-translated", test_e1000e, NULL);
}

libqos_init(register_tests);
