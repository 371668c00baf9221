/*
 * A minimal driver of virtio-blk-pci for qtests: see blk.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "qemu/bswap.h"
#include "blk.h"

#define MIB 0x100000u
#define PATIENCE_MS 600000

/* The BAR, and the capabilities that tell what is where in it (4.1.4) */
#define BAR PCI_BASE_ADDRESS_4
enum { CAP_COMMON = 1, CAP_NOTIFY = 2 };

/* Common configuration (4.1.4.3) */
enum {
    FEATURE_SELECT = 8, FEATURES = 12, DEVICE_STATUS = 20, QUEUE_SELECT = 22,
    QUEUE_SIZE = 24, QUEUE_ENABLE = 28, QUEUE_DESC = 32, QUEUE_DRIVER = 40,
    QUEUE_DEVICE = 48,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
/* VERSION_1, ACCESS_PLATFORM: bits 32 and 33 (6) */
#define FEATURES_1 3u

/* The memory of the queue */
#define ENTRIES 1024u
#define DESCRIPTORS 0u
#define AVAILABLE 0x4000u
#define USED 0x5000u
#define HEADERS 0x8000u
#define STATUSES 0xa000u

enum { NEXT = 1, WRITE = 2 };
enum { TYPE_IN = 0, TYPE_OUT = 1 };

typedef struct Descriptor {
    uint64_t iova;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
} QEMU_PACKED Descriptor;

typedef struct Header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
} QEMU_PACKED Header;

QEMU_BUILD_BUG_ON(DESCRIPTORS + ENTRIES * sizeof(Descriptor) > AVAILABLE);
QEMU_BUILD_BUG_ON(AVAILABLE + 6 + 2 * ENTRIES > USED);
QEMU_BUILD_BUG_ON(USED + 6 + 8 * ENTRIES > HEADERS);
QEMU_BUILD_BUG_ON(HEADERS + QBLK_REQUESTS * sizeof(Header) > STATUSES);
QEMU_BUILD_BUG_ON(STATUSES + QBLK_REQUESTS > QBLK_QUEUE_BYTES);
QEMU_BUILD_BUG_ON(3 * QBLK_REQUESTS > ENTRIES);

static QTestState *qts_of(const QBlk *b)
{
    return b->rc.qts;
}

/* ---- Set-up ------------------------------------------------------------ */

/* Where the structure @type is: all are in one BAR. */
static uint64_t find_structure(const QBlk *b, uint8_t type)
{
    uint8_t cap = qrc_config_readl(&b->rc, b->bus, b->devfn,
                                   PCI_CAPABILITY_LIST);

    while (cap) {
        uint32_t head = qrc_config_readl(&b->rc, b->bus, b->devfn, cap);

        if ((head & 0xff) == PCI_CAP_ID_VNDR && head >> 24 == type) {
            g_assert_cmphex(qrc_config_readl(&b->rc, b->bus, b->devfn,
                                             cap + 4) & 0xff, ==, 4);
            return b->regs + qrc_config_readl(&b->rc, b->bus, b->devfn,
                                              cap + 8);
        }
        cap = head >> 8;
    }
    g_assert_not_reached();
}

static void set_status(const QBlk *b, uint8_t status)
{
    qtest_writeb(qts_of(b), b->common + DEVICE_STATUS, status);
    g_assert_cmphex(qtest_readb(qts_of(b), b->common + DEVICE_STATUS), ==,
                    status);
}

static void set_queue(const QBlk *b)
{
    QTestState *qts = qts_of(b);

    qtest_memset(qts, b->queue_pa, 0, QBLK_QUEUE_BYTES);
    qtest_writew(qts, b->common + QUEUE_SELECT, 0);
    g_assert_cmpuint(qtest_readw(qts, b->common + QUEUE_SIZE), ==, ENTRIES);
    qtest_writeq(qts, b->common + QUEUE_DESC, b->queue + DESCRIPTORS);
    qtest_writeq(qts, b->common + QUEUE_DRIVER, b->queue + AVAILABLE);
    qtest_writeq(qts, b->common + QUEUE_DEVICE, b->queue + USED);
    qtest_writew(qts, b->common + QUEUE_ENABLE, 1);
}

QBlk qblk_init(const QRc *rc, uint8_t bus, uint8_t devfn, unsigned index,
               uint64_t queue, uint64_t queue_pa)
{
    QBlk b = {
        .rc = *rc,
        .bus = bus,
        .devfn = devfn,
        .regs = rc->mmio32 + index * MIB,
        .queue = queue,
        .queue_pa = queue_pa,
    };

    g_assert_cmphex(qrc_config_readl(rc, bus, devfn, PCI_VENDOR_ID), ==,
                    0x10421af4);
    qrc_config_writel(rc, bus, devfn, BAR, rc->mmio32_pci + index * MIB);
    qrc_config_writel(rc, bus, devfn, BAR + 4, 0);
    qrc_config_writew(rc, bus, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    b.common = find_structure(&b, CAP_COMMON);
    b.notify = find_structure(&b, CAP_NOTIFY);

    set_status(&b, 0);
    set_status(&b, ACKNOWLEDGE | DRIVER);
    qtest_writel(rc->qts, b.common + FEATURE_SELECT, 1);
    qtest_writel(rc->qts, b.common + FEATURES, FEATURES_1);
    set_status(&b, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    set_queue(&b);
    set_status(&b, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    return b;
}

/* ---- Requests ---------------------------------------------------------- */

static void write_descriptors(const QBlk *b, unsigned n, bool writes_memory,
                              uint64_t iova, uint32_t len)
{
    const uint64_t header = b->queue + HEADERS + n * sizeof(Header);
    Descriptor d[3] = {
        { cpu_to_le64(header), cpu_to_le32(sizeof(Header)),
          cpu_to_le16(NEXT), cpu_to_le16(3 * n + 1) },
        { cpu_to_le64(iova), cpu_to_le32(len),
          cpu_to_le16(NEXT | (writes_memory ? WRITE : 0)),
          cpu_to_le16(3 * n + 2) },
        { cpu_to_le64(b->queue + STATUSES + n), cpu_to_le32(1),
          cpu_to_le16(WRITE), 0 },
    };

    qtest_memwrite(qts_of(b), b->queue_pa + DESCRIPTORS + 3 * n * sizeof(d[0]),
                   d, sizeof(d));
}

void qblk_post(QBlk *b, bool writes_memory, uint64_t iova, uint32_t len)
{
    const unsigned n = b->posted;
    const Header header = {
        .type = cpu_to_le32(writes_memory ? TYPE_IN : TYPE_OUT),
    };

    g_assert_cmpuint(n, <, QBLK_REQUESTS);
    write_descriptors(b, n, writes_memory, iova, len);
    qtest_memwrite(qts_of(b), b->queue_pa + HEADERS + n * sizeof(header),
                   &header, sizeof(header));
    qtest_writeb(qts_of(b), b->queue_pa + STATUSES + n, 0xff);
    qtest_writew(qts_of(b), b->queue_pa + AVAILABLE + 4 +
                            2 * ((b->index + n) % ENTRIES), 3 * n);
    b->posted++;
}

void qblk_kick(QBlk *b, unsigned n)
{
    b->started = MIN(b->started + n, b->posted);
    qtest_writew(qts_of(b), b->queue_pa + AVAILABLE + 2,
                 b->index + b->started);
    qtest_writew(qts_of(b), b->notify, 0);
}

unsigned qblk_under_way(const QBlk *b)
{
    return (uint16_t)(b->index + b->started -
                      qtest_readw(qts_of(b), b->queue_pa + USED + 2));
}

void qblk_wait(QBlk *b)
{
    uint8_t status[QBLK_REQUESTS];

    qblk_kick(b, b->posted);
    for (unsigned i = 0; qblk_under_way(b); i++) {
        g_assert_cmpuint(i, <, PATIENCE_MS);
        g_usleep(1000);
    }
    qtest_memread(qts_of(b), b->queue_pa + STATUSES, status, b->posted);
    for (unsigned i = 0; i < b->posted; i++) {
        g_assert_cmpuint(status[i], ==, 0);
    }
    b->index += b->posted;
    b->posted = 0;
    b->started = 0;
}
