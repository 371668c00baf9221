/*
 * Transactions that an SMMUv3 instance terminates, with an abort or as RAZ/WI
 * (IHI 0070 3.12.1), and the pieces that QEMU cuts them into.
 *
 * Both kinds are translated into an address space of our own that answers the
 * access: with an error, or with zeros and success. Its addresses are ones that
 * no memory has, for those who look up a translated address in the system's
 * memory whatever the address space is (vhost).
 *
 * QEMU's memory core accesses what is not RAM in pieces and asks for a
 * translation before each; address_space_map() asks once and then once more.
 * Each answer would record an event. One transaction of a device must record
 * one, so what a thread terminated last is remembered, and a further piece of
 * it gets the same answer without asking the core. A piece
 *  - is of the same function, direction, thread and 4 KiB block, and made in
 *    the same RCU read-side critical section, which each call of the memory
 *    core is,
 *  - is made in the same turn of the main loop, if that makes it: a vCPU stays
 *    in its critical section for long,
 *  - begins where the last piece ended, with nothing translated in between,
 *  - is smaller than the last one, unless that had the full size: the core
 *    takes the largest power of two that is left.
 * The size is known only when the piece is accessed. One that turns out to be
 * too big is a transaction of its own, in the block of the last one, and asks
 * the core then for its event. (One that is asked for again is of
 * address_space_map(), which does not continue a smaller piece, and comes back
 * in another critical section to write what it was given.)
 *
 * 512 pieces of 4 KiB would take long, whatever is done for each. So what goes
 * on after the full size has a second piece of one byte, and the rest of the
 * block is RAM: ones or zeros that are read, and a page that is written and
 * that nobody reads. The memory core returns the error of any piece for all of
 * them, and what it asks for in this block after that is not of this
 * transaction, as RAM is never cut.
 *
 * For pieces the memory core takes the big lock. A thread of its own in which a
 * device does DMA (iothread) must not wait for that: the main loop waits for
 * the thread, with the lock, when the device is reset or unplugged. Where the
 * lock is not held all of the block is RAM, then: what is aborted is neither
 * read nor written, but the device is not told. (Those that have such threads
 * map what they access, and have not been told there either.)
 *
 * What calls the memory core from within a critical section of its own, and
 * makes separate DMAs in it which fit this pattern, records one event for two
 * of them: they are events that differ in InputAddr[11:0] at most, which 7.3.1
 * permits to merge. (STE.MEV need not be respected here, 3.5.5.) Both are
 * aborted, because the second one begins with the piece of one byte; a third
 * would take one of 9 bytes, or of 8 and of 1, right before it to be told of no
 * error. Such sections are the execution of a vCPU, the access to a device's
 * registers that makes the device do its DMAs at once, and virtio's look into
 * its rings. A DMA that crosses into the next 4 KiB block records another event
 * there, as one that was cut by the interconnect does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qapi/error.h"
#include "block/aio.h"
#include "smmuv3_private.h"
#include "trace.h"

/* Answers hold for this block: a transaction never crosses it. */
#define BLOCK_SIZE 0x1000
#define BLOCK_MASK ((hwaddr)BLOCK_SIZE - 1)

/* Above every physical address (52 bits at most) */
#define SINK_BASE (1ULL << 63)

/* The largest piece that the memory core makes */
#define FULL_PIECE 8

/* What answers an access, each a block at SINK_BASE + part * BLOCK_SIZE */
enum {
    PART_PIECE,                 /* pieces of up to FULL_PIECE bytes */
    PART_BYTE,                  /* pieces of one byte */
    PART_READ,                  /* RAM, for what is left */
    PART_WRITE,
};

QEMU_BUILD_BUG_ON(PART_WRITE + 1 != MSMMU_SINK_PARTS);

/* The transaction of msmmu_terminated_region. */
typedef struct Terminated {
    hwaddr iova;                /* of the last piece that was translated */
    unsigned done;              /* bytes of it that were accessed */
    unsigned max_size;          /* that it can have as a further piece */
    unsigned part;              /* that answers it */
    unsigned turn;
    unsigned long section;
    MsmmuDisposition disposition;
    bool write;
} Terminated;

static __thread Terminated terminated;
__thread MsmmuDmaRegion *msmmu_terminated_region;

/* ---- Pieces ----------------------------------------------------------- */

static void next_turn(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    qatomic_inc(&s->event_loop_turn);
}

/*
 * Have the main loop tell when the callback that makes this DMA is over. All
 * that holds the big lock is of it, vCPUs too. Other threads have event loops
 * of their own, which cannot tell here, where each would disturb the others.
 */
static unsigned this_turn(MsmmuSmmuv3State *s)
{
    static __thread MsmmuSmmuv3State *asked;
    static __thread unsigned asked_in_turn;
    unsigned turn = qatomic_read(&s->event_loop_turn);

    if (bql_locked() && (asked != s || asked_in_turn != turn)) {
        asked = s;
        asked_in_turn = turn;
        aio_bh_schedule_oneshot(qemu_get_aio_context(), next_turn, s);
    }
    return turn;
}

static bool is_in_turn(const Terminated *t)
{
    return t->turn ==
           qatomic_read(&msmmu_terminated_region->s->event_loop_turn);
}

/*
 * Tell the outermost RCU read-side critical section that this thread is in from
 * all others of the thread. RCU notes the grace period in which a section
 * began, an odd number, and writes 0 at its end. Any other value reads as an
 * earlier grace period: who waits for readers waits for the end of this
 * section, as if it had begun a moment sooner.
 */
static unsigned long mark_section(void)
{
    static __thread unsigned long last;
    struct rcu_reader_data *reader = get_ptr_rcu_reader();

    if (qatomic_read(&reader->ctr) & 1) {
        last += 2;
        qatomic_set(&reader->ctr, last);
    }
    return qatomic_read(&reader->ctr);
}

static bool is_in_section(const Terminated *t)
{
    return t->section == qatomic_read(&get_ptr_rcu_reader()->ctr);
}

/* Of the parts that are RAM */
static unsigned ram_part(bool write)
{
    return write ? PART_WRITE : PART_READ;
}

static IOMMUTLBEntry sink_entry(MsmmuSmmuv3State *s, hwaddr iova,
                                MsmmuDisposition disposition, unsigned part)
{
    MsmmuSink *sink = disposition == MSMMU_ABORT ? &s->abort : &s->raz_wi;

    return (IOMMUTLBEntry) {
        .target_as = &sink->as,
        .iova = iova & ~BLOCK_MASK,
        .translated_addr = SINK_BASE + part * BLOCK_SIZE,
        .addr_mask = BLOCK_MASK,
        .perm = IOMMU_RW,
    };
}

/* Of what is cut by its size, a piece of one byte is the last. */
static bool may_go_on(const Terminated *t)
{
    return t->part == PART_BYTE ? t->done == 1 : t->done > 1;
}

/* Whether an access at @iova directly follows the last piece. */
static bool follows(const Terminated *t, hwaddr iova)
{
    return may_go_on(t) && iova == t->iova + t->done && (iova & BLOCK_MASK) &&
        is_in_section(t) && is_in_turn(t);
}

/* The answer to what follows the last piece: a piece of it, or all the rest. */
static IOMMUTLBEntry next_piece(Terminated *t, hwaddr iova)
{
    MsmmuSmmuv3State *s = msmmu_terminated_region->s;

    if (t->part == PART_BYTE) {
        msmmu_terminated_region = NULL;
        return sink_entry(s, iova, t->disposition, ram_part(t->write));
    }
    if (t->done == FULL_PIECE) {
        t->part = PART_BYTE;
        t->max_size = FULL_PIECE;
    } else {
        t->max_size = t->done - 1;
    }
    t->iova = iova;
    t->done = 0;
    return sink_entry(s, iova, t->disposition, t->part);
}

MsmmuPiece msmmu_terminate_continues(MsmmuDmaRegion *region, hwaddr iova,
                                     bool write, IOMMUTLBEntry *entry)
{
    Terminated *t = &terminated;

    if (likely(!msmmu_terminated_region)) {
        return MSMMU_PIECE_FIRST;
    }
    if (msmmu_terminated_region == region && t->write == write) {
        if (t->done == 0 && iova == t->iova && t->max_size == FULL_PIECE &&
            (is_in_section(t) || (bql_locked() && is_in_turn(t)))) {
            return MSMMU_PIECE_AGAIN;
        }
        if (follows(t, iova)) {
            *entry = next_piece(t, iova);
            return MSMMU_PIECE_NEXT;
        }
    }
    msmmu_terminated_region = NULL;
    return MSMMU_PIECE_FIRST;
}

IOMMUTLBEntry msmmu_terminate(MsmmuDmaRegion *region, hwaddr iova, bool write,
                              MsmmuDisposition disposition)
{
    unsigned part = bql_locked() ? PART_PIECE : ram_part(write);

    trace_msmmu_terminate(msmmu_smmuv3_id(region->s), msmmu_dma_sid(region),
                          write ? "write" : "read", iova,
                          disposition == MSMMU_ABORT ? "abort" : "RAZ/WI");
    msmmu_terminated_region = region;
    terminated = (Terminated) {
        .iova = iova,
        .max_size = FULL_PIECE,
        .part = part,
        .turn = this_turn(region->s),
        .section = mark_section(),
        .disposition = disposition,
        .write = write,
    };
    return sink_entry(region->s, iova, disposition, part);
}

void msmmu_terminate_forget(void)
{
    msmmu_terminated_region = NULL;
}

static void piece_done(hwaddr offset, unsigned size)
{
    Terminated *t = &terminated;

    if (!msmmu_terminated_region || offset != (t->iova & BLOCK_MASK)) {
        return;
    }
    if (size > t->max_size) {
        /*
         * Another transaction. Should a CPU have mapped the block since the
         * last one, a moment ago, then there is nothing to record.
         */
        msmmu_dma_translate(msmmu_terminated_region, t->iova, t->write);
        t->max_size = FULL_PIECE;
    }
    t->done = size;
}

/* ---- The two address spaces ------------------------------------------- */

static MemTxResult raz_read(void *opaque, hwaddr offset, uint64_t *value,
                            unsigned size, MemTxAttrs attrs)
{
    piece_done(offset, size);
    *value = 0;
    return MEMTX_OK;
}

static MemTxResult wi_write(void *opaque, hwaddr offset, uint64_t value,
                            unsigned size, MemTxAttrs attrs)
{
    piece_done(offset, size);
    return MEMTX_OK;
}

static MemTxResult abort_read(void *opaque, hwaddr offset, uint64_t *value,
                              unsigned size, MemTxAttrs attrs)
{
    piece_done(offset, size);
    /* No device that misses the error shall take this for RAZ. */
    *value = UINT64_MAX;
    return MEMTX_ERROR;
}

static MemTxResult abort_write(void *opaque, hwaddr offset, uint64_t value,
                               unsigned size, MemTxAttrs attrs)
{
    piece_done(offset, size);
    return MEMTX_ERROR;
}

/* Accesses of up to @max bytes, at any address */
#define UP_TO(max) {                            \
        .min_access_size = 1,                   \
        .max_access_size = (max),               \
        .unaligned = true,                      \
    }

#define OPS(read, write, max) {                 \
        .read_with_attrs = (read),              \
        .write_with_attrs = (write),            \
        .endianness = DEVICE_LITTLE_ENDIAN,     \
        .valid = UP_TO(max),                    \
        .impl = UP_TO(max),                     \
    }

/* Of PART_PIECE and PART_BYTE */
static const MemoryRegionOps raz_wi_ops[] = {
    OPS(raz_read, wi_write, FULL_PIECE),
    OPS(raz_read, wi_write, 1),
};

static const MemoryRegionOps abort_ops[] = {
    OPS(abort_read, abort_write, FULL_PIECE),
    OPS(abort_read, abort_write, 1),
};

static void add_part(MsmmuSink *sink, unsigned part)
{
    memory_region_add_subregion(&sink->root, part * BLOCK_SIZE,
                                &sink->part[part]);
}

static void add_pieces(MsmmuSmmuv3State *s, MsmmuSink *sink, unsigned part,
                       const MemoryRegionOps *ops, const char *name)
{
    memory_region_init_io(&sink->part[part], OBJECT(s), &ops[part], s, name,
                          BLOCK_SIZE);
    /* A register access can lead to a DMA of another device that ends here. */
    sink->part[part].disable_reentrancy_guard = true;
    add_part(sink, part);
}

/* No state of the machine: it is not migrated. */
static void add_ram(MsmmuSmmuv3State *s, MsmmuSink *sink, unsigned part,
                    uint8_t value, const char *name)
{
    MemoryRegion *mr = &sink->part[part];

    memory_region_init_ram_nomigrate(mr, OBJECT(s), name, BLOCK_SIZE,
                                     &error_fatal);
    memset(memory_region_get_ram_ptr(mr), value, BLOCK_SIZE);
    add_part(sink, part);
}

static void sink_init(MsmmuSmmuv3State *s, MsmmuSink *sink,
                      const MemoryRegionOps *ops, uint8_t value,
                      const char *kind)
{
    g_autofree char *name = g_strdup_printf("%s-%s", msmmu_smmuv3_id(s), kind);

    memory_region_init(&sink->space, OBJECT(s), name, UINT64_MAX);
    memory_region_init(&sink->root, OBJECT(s), name,
                       MSMMU_SINK_PARTS * BLOCK_SIZE);
    memory_region_add_subregion(&sink->space, SINK_BASE, &sink->root);
    add_pieces(s, sink, PART_PIECE, ops, name);
    add_pieces(s, sink, PART_BYTE, ops, name);
    add_ram(s, sink, PART_READ, value, name);
    add_ram(s, sink, PART_WRITE, value, name);
    address_space_init(&sink->as, &sink->space, name);
}

void msmmu_terminate_init(MsmmuSmmuv3State *s)
{
    sink_init(s, &s->raz_wi, raz_wi_ops, 0, "raz-wi");
    sink_init(s, &s->abort, abort_ops, UINT8_MAX, "abort");
}

void msmmu_terminate_cleanup(MsmmuSmmuv3State *s)
{
    address_space_destroy(&s->raz_wi.as);
    address_space_destroy(&s->abort.as);
}
