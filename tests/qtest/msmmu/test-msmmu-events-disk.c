/*
 * The events of a disk whose driver gave it addresses that are not mapped
 * (IHI 0070 7.2, 7.3.1): QEMU's nvme, which does DMA in the three ways that
 * QEMU's devices have.
 *
 * Commands are fetched by one DMA. Identify data is stored by one DMA for each
 * page of its list. Sectors are mapped for as long as the disk takes, by way of
 * QEMU's bounce buffer, which has 4 KiB for each function.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "rig.h"

#define SID 0x18
#define BAR_OFFSET (5u << 20)       /* in the 32-bit window */

/* In IOVA space, and from QRIG_DATA on: pages that are mapped */
#define RINGS 0x10000u
enum { ADMIN_SQ, ADMIN_CQ, IO_CQ, IO_SQ, NUM_RINGS };

#define SQE_BYTES 64
#define CQE_BYTES 16
#define RING_ENTRIES 16u
#define PAGE 0x1000u
#define SECTOR 512u
#define PATIENCE_MS 600000

/* Controller registers, command opcodes (NVM Express 1.4) */
enum {
    CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30,
    ADMIN_TAIL = 0x1000, IO_TAIL = 0x1008,
};
enum { CREATE_SQ = 1, CREATE_CQ = 5, IDENTIFY = 6 };
enum { WRITE = 1, READ = 2 };

#define CC_ENABLE 0x00460001u       /* entries of 64 and of 16 bytes */
#define IDENTIFY_CONTROLLER 1u
#define QUEUE_1 ((RING_ENTRIES - 1) << 16 | 1)
#define CONTIGUOUS 1u
#define FOR_CQ_1 (1u << 16)

typedef struct Disk {
    QRig *rig;
    QTestState *qts;
    QSmmu *s;
    uint64_t regs;
    unsigned tail[NUM_RINGS];
} Disk;

typedef struct Command {
    unsigned opcode;
    uint64_t prp1;
    uint64_t prp2;
    uint32_t dw10;
    uint32_t dw11;
    uint32_t dw12;
} Command;

static uint64_t ring_pa(unsigned ring)
{
    return QRIG_DATA + ring * PAGE;
}

/* A disk takes its time, of the host's clock. */
static void wait_completed(Disk *d, unsigned number)
{
    uint64_t status = ring_pa(IO_CQ) + number * CQE_BYTES + 12;

    for (unsigned i = 0; i < PATIENCE_MS; i++) {
        if (qtest_readl(d->qts, status) >> 16 & 1) {
            return;
        }
        g_usleep(1000);
    }
    g_error("command %u does not come to an end", number);
}

/* Post a command, and let it come to its end, if it has one. */
static void run(Disk *d, unsigned ring, const Command *c)
{
    uint64_t sqe = ring_pa(ring) + d->tail[ring] * SQE_BYTES;

    qtest_memset(d->qts, sqe, 0, SQE_BYTES);
    qtest_writel(d->qts, sqe, c->opcode | d->tail[ring] << 16);
    qtest_writel(d->qts, sqe + 4, ring == IO_SQ);
    qtest_writeq(d->qts, sqe + 24, c->prp1);
    qtest_writeq(d->qts, sqe + 32, c->prp2);
    qtest_writel(d->qts, sqe + 40, c->dw10);
    qtest_writel(d->qts, sqe + 44, c->dw11);
    qtest_writel(d->qts, sqe + 48, c->dw12);
    d->tail[ring]++;
    qtest_writel(d->qts, d->regs + (ring == IO_SQ ? IO_TAIL : ADMIN_TAIL),
                 d->tail[ring]);
    for (unsigned i = 0; i < 200; i++) {
        qtest_clock_step(d->qts, 1000000);
    }
    if (ring == IO_SQ) {
        wait_completed(d, d->tail[ring] - 1);
    }
}

static void map_rings(Disk *d)
{
    QContext c = qcontext_new(d->s, &qgranules[0], 5);

    for (unsigned i = 0; i < NUM_RINGS; i++) {
        qcontext_map(&c, RINGS + i * PAGE, ring_pa(i), QPTE_RW);
    }
    qcontext_attach(&c, SID);
}

static void start(Disk *d)
{
    const char *properties = "granules=4k";
    QRc *rc;

    *d = (Disk) {
        .rig = qrig_new(1, &properties,
                        "-drive if=none,id=d,driver=null-co,size=64M,"
                        "read-zeroes=on,latency-ns=1000000 "
                        "-device nvme,serial=1,drive=d,bus=rc1,addr=3.0"),
    };
    d->qts = d->rig->qts;
    d->s = &d->rig->smmu[0];
    rc = &d->rig->rc[0];
    d->regs = rc->mmio32 + BAR_OFFSET;
    qsmmu_start(d->s);
    map_rings(d);
    qrc_config_writel(rc, 0, SID, 0x10, rc->mmio32_pci + BAR_OFFSET);
    qrc_config_writel(rc, 0, SID, 0x14, 0);
    qrc_config_writew(rc, 0, SID, 4, 6);    /* memory, bus master */
    qtest_writel(d->qts, d->regs + AQA,
                 (RING_ENTRIES - 1) << 16 | (RING_ENTRIES - 1));
    qtest_writeq(d->qts, d->regs + ASQ, RINGS + ADMIN_SQ * PAGE);
    qtest_writeq(d->qts, d->regs + ACQ, RINGS + ADMIN_CQ * PAGE);
    qtest_writel(d->qts, d->regs + CC, CC_ENABLE);
    g_assert_cmphex(qtest_readl(d->qts, d->regs + CSTS), ==, 1);
}

static void start_with_io(Disk *d)
{
    start(d);
    run(d, ADMIN_SQ, &(Command) { CREATE_CQ, RINGS + IO_CQ * PAGE,
                                  .dw10 = QUEUE_1, .dw11 = CONTIGUOUS });
    run(d, ADMIN_SQ, &(Command) { CREATE_SQ, RINGS + IO_SQ * PAGE,
                                  .dw10 = QUEUE_1,
                                  .dw11 = CONTIGUOUS | FOR_CQ_1 });
    qsmmu_expect_no_event(d->s);
}

/* F_TRANSLATION at each address of @iova, up to 0, in this order */
static void expect_events(Disk *d, bool read, const uint64_t *iova)
{
    QEvent e;

    for (; *iova; iova++) {
        g_assert_true(qsmmu_pop_event(d->s, &e));
        g_assert_cmphex(e.word[0], ==,
                        (uint64_t)SID << 32 | QEVT_F_TRANSLATION);
        g_assert_cmphex(e.word[1], ==, 2ULL << 40 | (uint64_t)read << 35);
        g_assert_cmphex(e.word[2], ==, *iova);
        g_assert_cmphex(e.word[3], ==, 0);
    }
    qsmmu_expect_no_event(d->s);
}

#define EVENTS(...) (const uint64_t[]) { __VA_ARGS__, 0 }

static void test_command_fetch(void)
{
    Disk d;

    start(&d);
    qtest_writel(d.qts, d.regs + CC, 0);
    qtest_writeq(d.qts, d.regs + ASQ, 0x200000);
    qtest_writel(d.qts, d.regs + CC, CC_ENABLE);
    run(&d, ADMIN_SQ, &(Command) { IDENTIFY });
    expect_events(&d, true, EVENTS(0x200000));
    qrig_free(d.rig);
}

static void test_pages(void)
{
    Disk d;

    start(&d);
    run(&d, ADMIN_SQ, &(Command) { IDENTIFY, 0x200000,
                                   .dw10 = IDENTIFY_CONTROLLER });
    expect_events(&d, false, EVENTS(0x200000));
    run(&d, ADMIN_SQ, &(Command) { IDENTIFY, 0x210148, 0x310000,
                                   .dw10 = IDENTIFY_CONTROLLER });
    expect_events(&d, false, EVENTS(0x210148, 0x310000));
    qrig_free(d.rig);
}

/*
 * What is mapped to be read is read at once, unless the bounce buffer turns out
 * to be full: then it is asked for again when there is place.
 */
static void test_mapped_to_read(void)
{
    Disk d;

    start_with_io(&d);
    run(&d, IO_SQ, &(Command) { WRITE, 0x200000,
                                .dw12 = PAGE / SECTOR - 1 });
    expect_events(&d, true, EVENTS(0x200000));
    run(&d, IO_SQ, &(Command) { WRITE, 0x210000, 0x310000,
                                .dw12 = 6 * 1024 / SECTOR - 1 });
    expect_events(&d, true, EVENTS(0x210000, 0x310000, 0x310000));
    qrig_free(d.rig);
}

/*
 * What is mapped to be written is asked for as it is mapped, also where the
 * bounce buffer turns out to be full, and as it is written.
 */
static void test_mapped_to_write(void)
{
    Disk d;

    start_with_io(&d);
    run(&d, IO_SQ, &(Command) { READ, 0x200000,
                                .dw12 = PAGE / SECTOR - 1 });
    expect_events(&d, false, EVENTS(0x200000, 0x200000));
    run(&d, IO_SQ, &(Command) { READ, 0x210000, 0x310000,
                                .dw12 = 6 * 1024 / SECTOR - 1 });
    expect_events(&d, false, EVENTS(0x210000, 0x310000, 0x210000, 0x310000,
                                    0x310000));
    qrig_free(d.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/events-disk/one-for-the-fetch-of-a-command",
                   test_command_fetch);
    qtest_add_func("/msmmu/events-disk/one-for-each-page-of-a-list",
                   test_pages);
    qtest_add_func("/msmmu/events-disk/mappings-to-read-wait-for-place",
                   test_mapped_to_read);
    qtest_add_func("/msmmu/events-disk/mappings-to-write-are-asked-for-twice",
                   test_mapped_to_write);
    return g_test_run();
}
