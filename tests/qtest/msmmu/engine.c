/*
 * A driver of the DMA test engine: see engine.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pci_regs.h"
#include "engine.h"

#define MIB 0x100000ULL

/* BARs, within the MiB of the function */
#define LOCAL_OFFSET 0x10000
#define MSIX_OFFSET 0x20000

#define PASID_CONTROL 0x106
#define ATOMIC_REQUESTER (1 << 6)

/* Accesses until a ring comes to an end, at most */
#define PATIENCE 1000000

QEngine qengine_init(const QRc *rc, uint8_t bus, uint8_t devfn, unsigned index)
{
    uint32_t pci = rc->mmio32_pci + index * MIB;
    QEngine e = {
        .rc = *rc,
        .bus = bus,
        .devfn = devfn,
        .regs = rc->mmio32 + index * MIB,
        .local = rc->mmio32 + index * MIB + LOCAL_OFFSET,
        .local_pci = pci + LOCAL_OFFSET,
        .msix = rc->mmio32 + index * MIB + MSIX_OFFSET,
    };

    g_assert_cmphex(qrc_config_readl(rc, bus, devfn, PCI_VENDOR_ID), ==,
                    QENGINE_DEVICE_ID);
    qrc_config_writel(rc, bus, devfn, PCI_BASE_ADDRESS_0, pci);
    qrc_config_writel(rc, bus, devfn, PCI_BASE_ADDRESS_2, pci + LOCAL_OFFSET);
    qrc_config_writel(rc, bus, devfn, PCI_BASE_ADDRESS_4, pci + MSIX_OFFSET);
    qrc_config_writew(rc, bus, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    qengine_ring_enable(&e, 0, QENGINE_RING0, QENGINE_RING0_LOG2, QRING_LOCAL,
                        0);
    return e;
}

/* Place a BAR; returns its address on the bus. */
static uint64_t place(QPCIDevice *dev, int bar)
{
    QPCIBar placed = qpci_iomap(dev, bar, NULL);

    g_assert_false(placed.is_io);
    return placed.addr;
}

QEngine qengine_init_pci(QPCIDevice *dev, const QRc *rc)
{
    uint64_t pci[] = { place(dev, 0), place(dev, 2), place(dev, 4) };
    uint64_t cpu = rc ? rc->mmio32 - rc->mmio32_pci : 0;
    QEngine e = {
        .rc = rc ? *rc : (QRc) { .qts = dev->bus->qts },
        .pci = dev,
        .bus = dev->devfn >> 8,
        .devfn = dev->devfn,
        .regs = pci[0] + cpu,
        .local = pci[1] + cpu,
        .local_pci = pci[1],
        .msix = pci[2] + cpu,
    };

    qpci_device_enable(dev);
    qengine_ring_enable(&e, 0, QENGINE_RING0, QENGINE_RING0_LOG2, QRING_LOCAL,
                        0);
    return e;
}

/* ---- Configuration space ----------------------------------------------- */

static uint8_t find_capability(const QEngine *e, uint8_t id)
{
    return e->pci ? qpci_find_capability(e->pci, id, 0)
                  : qrc_find_capability(&e->rc, e->bus, e->devfn, id);
}

static void config_writew(const QEngine *e, uint16_t reg, uint16_t value)
{
    if (e->rc.ecam) {
        qrc_config_writew(&e->rc, e->bus, e->devfn, reg, value);
    } else {
        g_assert_cmphex(reg, <, 0x100);
        qpci_config_writew(e->pci, reg, value);
    }
}

/* ---- Registers --------------------------------------------------------- */

uint32_t qengine_readl(const QEngine *e, uint32_t reg)
{
    return qtest_readl(e->rc.qts, e->regs + reg);
}

uint64_t qengine_readq(const QEngine *e, uint32_t reg)
{
    return qtest_readq(e->rc.qts, e->regs + reg);
}

void qengine_writel(const QEngine *e, uint32_t reg, uint32_t value)
{
    qtest_writel(e->rc.qts, e->regs + reg, value);
}

void qengine_writeq(const QEngine *e, uint32_t reg, uint64_t value)
{
    qtest_writeq(e->rc.qts, e->regs + reg, value);
}

void qengine_set_pasid(const QEngine *e, uint16_t control)
{
    config_writew(e, PASID_CONTROL, control);
}

void qengine_set_atomics(const QEngine *e, bool enable)
{
    config_writew(e, find_capability(e, PCI_CAP_ID_EXP) + PCI_EXP_DEVCTL2,
                  enable ? ATOMIC_REQUESTER : 0);
}

void qengine_msix_setup(const QEngine *e, unsigned vector, uint64_t address,
                        uint32_t data)
{
    uint64_t entry = e->msix + vector * PCI_MSIX_ENTRY_SIZE;

    qtest_writel(e->rc.qts, entry + PCI_MSIX_ENTRY_LOWER_ADDR, address);
    qtest_writel(e->rc.qts, entry + PCI_MSIX_ENTRY_UPPER_ADDR, address >> 32);
    qtest_writel(e->rc.qts, entry + PCI_MSIX_ENTRY_DATA, data);
    qtest_writel(e->rc.qts, entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
    config_writew(e, find_capability(e, PCI_CAP_ID_MSIX) + PCI_MSIX_FLAGS,
                  PCI_MSIX_FLAGS_ENABLE);
}

/* ---- Descriptors ------------------------------------------------------- */

void qjob_encode(const QJob *job, uint64_t word[QENGINE_WORDS])
{
    const uint64_t words[QENGINE_WORDS] = {
        [0] = job->op | job->pattern << 8 | job->pattern2 << 12 | job->flags |
              (uint64_t)job->attr << 32,
        [1] = job->size | (uint64_t)job->count << 32,
        [2] = job->addr,
        [3] = job->step,
        [4] = job->addr2,
        [5] = job->step2,
        [6] = job->operand,
        [7] = job->operand2,
        [8] = job->seed,
        [9] = job->local,
        [10] = job->attr2,
    };

    memcpy(word, words, sizeof(words));
}

void qjob_write(const QEngine *e, uint64_t pa, const QJob *job)
{
    uint64_t word[QENGINE_WORDS];

    qjob_encode(job, word);
    for (int i = 0; i < QENGINE_WORDS; i++) {
        word[i] = cpu_to_le64(word[i]);
    }
    qtest_memwrite(e->rc.qts, pa, word, sizeof(word));
}

QResult qjob_result(const QEngine *e, uint64_t pa)
{
    uint64_t word[QENGINE_WORDS];

    qtest_memread(e->rc.qts, pa, word, sizeof(word));
    for (int i = 0; i < QENGINE_WORDS; i++) {
        word[i] = le64_to_cpu(word[i]);
    }
    g_assert_cmphex(word[15] & 0xffff0000, ==, 0);
    return (QResult) {
        .time = word[11],
        .transactions = word[12],
        .result = word[13],
        .fault = word[14],
        .status = word[15] & 0xff,
        .detail = word[15] >> 8 & 0xff,
        .failed = word[15] >> 32,
    };
}

/* ---- Rings ------------------------------------------------------------- */

uint32_t qengine_ring_readl(const QEngine *e, unsigned n, uint32_t reg)
{
    return qengine_readl(e, QENGINE_RING(n) + reg);
}

void qengine_ring_writel(const QEngine *e, unsigned n, uint32_t reg,
                         uint32_t value)
{
    qengine_writel(e, QENGINE_RING(n) + reg, value);
}

void qengine_ring_enable(const QEngine *e, unsigned n, uint64_t base,
                         unsigned size_log2, uint32_t ctrl, uint32_t attr)
{
    qengine_writeq(e, QENGINE_RING(n) + QRING_BASE, base);
    qengine_ring_writel(e, n, QRING_SIZE, size_log2);
    qengine_ring_writel(e, n, QRING_ATTR, attr);
    qengine_ring_writel(e, n, QRING_CTRL, ctrl | QRING_ENABLE);
}

uint32_t qengine_ring_wait(const QEngine *e, unsigned n)
{
    for (int i = 0; i < PATIENCE; i++) {
        uint32_t status = qengine_ring_readl(e, n, QRING_STATUS);

        if ((status & 0xff) != QRING_RUNNING) {
            return status;
        }
    }
    g_error("ring %u does not come to an end", n);
}

uint64_t qengine_slot(const QEngine *e, uint32_t number)
{
    return e->local + QENGINE_RING0 +
           number % (1u << QENGINE_RING0_LOG2) * QENGINE_DESCRIPTOR_BYTES;
}

uint32_t qengine_post(const QEngine *e, const QJob *job)
{
    uint32_t prod = qengine_ring_readl(e, 0, QRING_PROD);
    QJob one = *job;

    one.count = MAX(job->count, 1);
    qjob_write(e, qengine_slot(e, prod), &one);
    qengine_ring_writel(e, 0, QRING_PROD, prod + 1);
    return prod;
}

QResult qengine_finish(const QEngine *e, uint32_t number)
{
    g_assert_cmphex(qengine_ring_wait(e, 0), ==, QRING_IDLE);
    g_assert_cmpuint(qengine_ring_readl(e, 0, QRING_CONS), ==, number + 1);
    return qjob_result(e, qengine_slot(e, number));
}

QResult qengine_run(const QEngine *e, const QJob *job)
{
    return qengine_finish(e, qengine_post(e, job));
}

QResult qengine_run_ok(const QEngine *e, const QJob *job,
                       uint64_t transactions)
{
    QResult r = qengine_run(e, job);

    g_assert_cmpuint(r.status, ==, QSTATUS_OK);
    g_assert_cmpuint(r.detail, ==, 0);
    g_assert_cmpuint(r.failed, ==, 0);
    g_assert_cmpuint(r.transactions, ==, transactions);
    return r;
}
