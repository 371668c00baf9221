/*
 * A minimal driver of GICv3 ITSes: see its.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "its.h"

#define VALID (1ULL << 63)

/* Redistributor of CPU 0 on virt (IHI 0069, 12.10) */
#define GICR_BASE 0x080a0000
#define GICR_CTLR (GICR_BASE + 0x00)
#define GICR_PROPBASER (GICR_BASE + 0x70)
#define GICR_PENDBASER (GICR_BASE + 0x78)
#define LPI_ID_BITS 16
#define LPI_ENABLED 1
#define PENDING_OFFSET 0x10000

/* ITS registers (IHI 0069, 12.18) */
enum {
    GITS_CTLR = 0x0000,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_BASER = 0x0100,
    GITS_TRANSLATER = 0x10040,
};
#define GITS_NUM_BASERS 8
#define BASER_TYPE(value) ((value) >> 56 & 7)
#define BASER_PAGE_64K (2 << 8)
#define TYPE_DEVICES 1
#define TYPE_COLLECTIONS 4

/* Commands (IHI 0069, 5.3) */
enum {
    CMD_MAPD = 0x08,
    CMD_MAPC = 0x09,
    CMD_MAPTI = 0x0a,
};
#define EVENT_ID_BITS_MAX 4

/* What lies where in the tables */
#define QUEUE_OFFSET 0x00000
#define COLLECTIONS_OFFSET 0x10000
#define DEVICES_OFFSET 0x20000
#define DEVICES_PAGES 4
#define ITT_OFFSET 0x70000

void qits_enable_lpis(QTestState *qts, uint64_t tables)
{
    qtest_memset(qts, tables, LPI_ENABLED, PENDING_OFFSET);
    qtest_memset(qts, tables + PENDING_OFFSET, 0, PENDING_OFFSET);
    qtest_writeq(qts, GICR_PROPBASER, tables | (LPI_ID_BITS - 1));
    qtest_writeq(qts, GICR_PENDBASER, tables + PENDING_OFFSET);
    qtest_writel(qts, GICR_CTLR, 1);
}

bool qits_lpi_pending(QTestState *qts, uint64_t tables, uint32_t lpi)
{
    uint8_t byte = qtest_readb(qts, tables + PENDING_OFFSET + lpi / 8);

    return byte >> (lpi % 8) & 1;
}

void qits_clear_lpis(QTestState *qts, uint64_t tables, uint32_t lpi,
                     uint32_t num)
{
    qtest_memset(qts, tables + PENDING_OFFSET + lpi / 8, 0, num / 8);
}

static void command(QIts *its, uint64_t dw0, uint64_t dw1, uint64_t dw2)
{
    uint64_t slot = its->tables + QUEUE_OFFSET + its->next_command * 32;

    qtest_writeq(its->qts, slot, dw0);
    qtest_writeq(its->qts, slot + 8, dw1);
    qtest_writeq(its->qts, slot + 16, dw2);
    qtest_writeq(its->qts, slot + 24, 0);
    its->next_command++;
    qtest_writeq(its->qts, its->base + GITS_CWRITER, its->next_command * 32);
    g_assert_cmphex(qtest_readq(its->qts, its->base + GITS_CREADR), ==,
                    its->next_command * 32);
}

QIts qits_init(QTestState *qts, uint64_t base, uint64_t tables)
{
    QIts its = { .qts = qts, .base = base, .tables = tables };

    qtest_memset(qts, tables, 0, QITS_TABLES_SIZE);
    for (int i = 0; i < GITS_NUM_BASERS; i++) {
        uint64_t reg = base + GITS_BASER + i * 8;
        uint64_t type = BASER_TYPE(qtest_readq(qts, reg));

        if (type == TYPE_COLLECTIONS) {
            qtest_writeq(qts, reg, VALID | BASER_PAGE_64K |
                         (tables + COLLECTIONS_OFFSET));
        } else if (type == TYPE_DEVICES) {
            qtest_writeq(qts, reg, VALID | BASER_PAGE_64K |
                         (tables + DEVICES_OFFSET) | (DEVICES_PAGES - 1));
        }
    }
    qtest_writeq(qts, base + GITS_CBASER, VALID | (tables + QUEUE_OFFSET));
    qtest_writel(qts, base + GITS_CTLR, 1);
    command(&its, CMD_MAPC, 0, VALID);
    return its;
}

void qits_map(QIts *its, uint16_t device_id, uint32_t lpi)
{
    qits_map_events(its, device_id, lpi, 1);
}

void qits_map_events(QIts *its, uint16_t device_id, uint32_t lpi,
                     unsigned event_bits)
{
    uint64_t itt = its->tables + ITT_OFFSET + its->next_command * 256;

    g_assert_cmpuint(event_bits, <=, EVENT_ID_BITS_MAX);
    command(its, CMD_MAPD | (uint64_t)device_id << 32, event_bits - 1,
            VALID | itt);
    for (unsigned event = 0; event < 1u << event_bits; event++) {
        command(its, CMD_MAPTI | (uint64_t)device_id << 32,
                event | (uint64_t)(lpi + event) << 32, 0);
    }
}

uint64_t qits_doorbell(const QIts *its)
{
    return its->base + GITS_TRANSLATER;
}
