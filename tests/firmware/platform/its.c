/*
 * GIC ITS: the LPIs of processor 0, then each ITS's own tables and commands
 * (Arm IHI 0069, chapters 5 and 12).
 *
 * The ITS translates (DeviceID, EventID) by the device's interrupt translation
 * table to (INTID, collection), and the collection to a redistributor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "its.h"

/* Of all addresses that are given to the GIC: write-back, Inner Shareable */
#define CACHED_AT(inner, share) (7UL << (inner) | 1UL << (share))
/* What reads as 0 there is a GIC that does not see what is in caches. */
#define SHAREABLE (3UL << 10)

/* The redistributor's */
#define GICR_CTLR 0x0000
#define GICR_CTLR_ENABLE_LPIS 1u
#define GICR_CTLR_RWP BIT(3)
#define GICR_TYPER 0x0008
#define GICR_TYPER_NUMBER(typer) BITS(typer, 23, 8)
#define GICR_PROPBASER 0x0070
#define GICR_PENDBASER 0x0078
#define GICR_PENDBASER_ZEROED BIT(62)

/* The ITS's */
#define GITS_CTLR 0x0000
#define GITS_CTLR_ENABLED 1u
#define GITS_CTLR_QUIESCENT BIT(31)
#define GITS_TYPER 0x0008
#define GITS_TYPER_ENTRY_BYTES(typer) (BITS(typer, 7, 4) + 1)
#define GITS_TYPER_DEVICES(typer) BIT(BITS(typer, 17, 13) + 1)
#define GITS_TYPER_PTA BIT(19)
#define GITS_CBASER 0x0080
#define GITS_CWRITER 0x0088
#define GITS_CREADR 0x0090
#define GITS_CREADR_STALLED 1u
#define GITS_BASER(n) (0x0100 + 8 * (n))
#define GITS_BASERS 8
#define GITS_BASER_TYPE(baser) BITS(baser, 58, 56)
#define GITS_BASER_NO_TABLE 0
#define GITS_BASER_DEVICES 1
#define GITS_BASER_ENTRY_BYTES(baser) (BITS(baser, 52, 48) + 1)
#define GITS_BASER_PAGES_64K (2UL << 8)
#define GITS_BASER_PAGES (3UL << 8)
#define GITS_VALID BIT(63)
#define GITS_TRANSLATER 0x10040

/* Commands are four words. */
#define COMMAND_WORDS 4
#define COMMAND_BYTES 32
#define MAPD 0x08
#define MAPC 0x09
#define MAPTI 0x0a
#define INV 0x0c
#define SYNC 0x05

#define QUEUE_BYTES (64 * KIB)
#define TABLE_BYTES (64 * KIB)              /* a page: 8192 entries of 8 */
#define EVENT_BITS 5                        /* of each device */
#define COLLECTION 0

#define LPI_BITS 14                         /* INTIDs below 2^14 */
#define LPI_CONFIGURATION (0x80 | 2 | 1)    /* priority; RES1; enabled */
#define PATIENCE_MS 5000

static uint8_t *configuration;              /* a byte for each LPI */
static uint32_t next_lpi = GIC_FIRST_LPI;

/*
 * Tables and queues are in memory as the processor's caches see it. A GIC that
 * cannot do the same says so in what is read back.
 */
static void write_base(uintptr_t at, uint64_t value)
{
    write64(at, value);
    if (!(read64(at) & SHAREABLE)) {
        fail("the GIC is not coherent: 0x%lx reads as 0x%lx", value,
             read64(at));
    }
}

/*
 * Tables of the redistributor; of what is pending before they are zeroed.
 * Neither may change under LPIs that are on, which need not go off again.
 */
static void start_lpis(void)
{
    uintptr_t regs = gic_redistributor();

    write32(regs + GICR_CTLR, read32(regs + GICR_CTLR) &
            ~GICR_CTLR_ENABLE_LPIS);
    while (read32(regs + GICR_CTLR) & GICR_CTLR_RWP) {
        cpu_relax();
    }
    if (read32(regs + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS) {
        fail("LPIs are on, and their tables those of whoever ran before");
    }
    configuration = memory_take(BIT(LPI_BITS) - GIC_FIRST_LPI, 64 * KIB);
    write_base(regs + GICR_PROPBASER, (uintptr_t)configuration |
               CACHED_AT(7, 10) | (LPI_BITS - 1));
    write_base(regs + GICR_PENDBASER,
               (uintptr_t)memory_take(BIT(LPI_BITS) / 8, 64 * KIB) |
               CACHED_AT(7, 10) | GICR_PENDBASER_ZEROED);
    write32(regs + GICR_CTLR, read32(regs + GICR_CTLR) |
            GICR_CTLR_ENABLE_LPIS);
}

static void command(Its *its, uint64_t word0, uint64_t word1, uint64_t word2)
{
    uint64_t *to = its->commands + its->next / sizeof(uint64_t);

    to[0] = word0;
    to[1] = word1;
    to[2] = word2;
    to[3] = 0;
    its->next = (its->next + COMMAND_BYTES) % QUEUE_BYTES;
}

/* Have the commands executed, and visible to the redistributor. */
static void synchronize(Its *its)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    command(its, SYNC, 0, its->target);
    write64(its->regs + GITS_CWRITER, its->next);
    while (read64(its->regs + GITS_CREADR) != its->next) {
        if (read64(its->regs + GITS_CREADR) & GITS_CREADR_STALLED ||
            cpu_milliseconds() > end) {
            fail("%s: the ITS stopped at command 0x%lx", fdt_name(its->node),
                 read64(its->regs + GITS_CREADR));
        }
    }
}

/*
 * Those that an ITS wants say so in their Type, and how large an entry is. One
 * page of 64 KiB does, where the ITS has such pages.
 */
static void give_tables(Its *its)
{
    its->num_ids = GITS_TYPER_DEVICES(read64(its->regs + GITS_TYPER));
    for (unsigned i = 0; i < GITS_BASERS; i++) {
        uintptr_t at = its->regs + GITS_BASER(i);
        uint64_t baser = read64(at);

        if (GITS_BASER_TYPE(baser) == GITS_BASER_NO_TABLE) {
            continue;
        }
        write_base(at, GITS_VALID |
                   (uintptr_t)memory_take(TABLE_BYTES, TABLE_BYTES) |
                   CACHED_AT(59, 10) | GITS_BASER_PAGES_64K);
        if ((read64(at) & GITS_BASER_PAGES) != GITS_BASER_PAGES_64K) {
            fail("%s: no pages of 64 KiB", fdt_name(its->node));
        }
        if (GITS_BASER_TYPE(baser) == GITS_BASER_DEVICES &&
            its->num_ids > TABLE_BYTES / GITS_BASER_ENTRY_BYTES(baser)) {
            its->num_ids = TABLE_BYTES / GITS_BASER_ENTRY_BYTES(baser);
        }
    }
}

/* GITS_TYPER.PTA: redistributors are named by address or by number. */
static uint64_t find_target(const Its *its)
{
    if (read64(its->regs + GITS_TYPER) & GITS_TYPER_PTA) {
        return gic_redistributor();
    }
    return GICR_TYPER_NUMBER(read64(gic_redistributor() + GICR_TYPER)) << 16;
}

void its_start(Its *its, FdtNode node)
{
    *its = (Its) { .node = node, .regs = fdt_cells(node, "reg", 0) };
    if (!configuration) {
        start_lpis();
    }
    write32(its->regs + GITS_CTLR, 0);
    while (!(read32(its->regs + GITS_CTLR) & GITS_CTLR_QUIESCENT)) {
        cpu_relax();
    }
    give_tables(its);
    its->commands = memory_take(QUEUE_BYTES, QUEUE_BYTES);
    its->target = find_target(its);
    write_base(its->regs + GITS_CBASER, GITS_VALID | (uintptr_t)its->commands |
               CACHED_AT(59, 10) | (QUEUE_BYTES / (4 * KIB) - 1));
    write64(its->regs + GITS_CWRITER, 0);
    write32(its->regs + GITS_CTLR, GITS_CTLR_ENABLED);
    command(its, MAPC, 0, GITS_VALID | its->target | COLLECTION);
    synchronize(its);
}

/* A table for the EventIDs of a device */
static void map_device(Its *its, uint32_t device)
{
    uint64_t typer = read64(its->regs + GITS_TYPER);
    void *table;

    for (unsigned i = 0; i < its->num_devices; i++) {
        if (its->devices[i] == device) {
            return;
        }
    }
    if (device >= its->num_ids) {
        fail("%s: DeviceID 0x%x is beyond its table", fdt_name(its->node),
             device);
    }
    if (its->num_devices == ITS_DEVICES_MAX) {
        fail("%s: more than %u devices", fdt_name(its->node),
             ITS_DEVICES_MAX);
    }
    its->devices[its->num_devices++] = device;
    table = memory_take(GITS_TYPER_ENTRY_BYTES(typer) << EVENT_BITS, 256);
    command(its, MAPD | (uint64_t)device << 32, EVENT_BITS - 1,
            GITS_VALID | (uintptr_t)table);
}

uint32_t its_map(Its *its, uint32_t device, uint32_t event,
                 GicHandler *handler, void *argument)
{
    uint32_t lpi = next_lpi++;

    if (lpi >= BIT(LPI_BITS)) {
        fail("no LPI is left");
    }
    gic_set_handler(lpi, handler, argument);
    configuration[lpi - GIC_FIRST_LPI] = LPI_CONFIGURATION;
    map_device(its, device);
    command(its, MAPTI | (uint64_t)device << 32, event | (uint64_t)lpi << 32,
            COLLECTION);
    command(its, INV | (uint64_t)device << 32, event, 0);
    synchronize(its);
    return lpi;
}

uint64_t its_doorbell(const Its *its)
{
    return its->regs + GITS_TRANSLATER;
}
