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
 * What calls the memory core from within a critical section of its own, and
 * makes separate DMAs in it which fit this pattern, records one event for them:
 * they are events that differ in InputAddr[11:0] at most, which 7.3.1 permits
 * to merge. (STE.MEV need not be respected here, 3.5.5.) Such sections are the
 * execution of a vCPU, the access to a device's registers that makes the device
 * do its DMAs at once, and virtio's look into its rings. A DMA that
 * crosses into the next 4 KiB block records another event there, as one that
 * was cut by the interconnect does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
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

/* The transaction that this thread terminated last. */
typedef struct Terminated {
    MsmmuDmaRegion *region;     /* NULL: none */
    hwaddr iova;                /* of the last piece that was translated */
    unsigned done;              /* bytes of it that were accessed */
    unsigned max_size;          /* that it can have as a further piece */
    unsigned turn;
    unsigned long section;
    MsmmuDisposition disposition;
    bool write;
} Terminated;

static __thread Terminated terminated;

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
    return t->turn == qatomic_read(&t->region->s->event_loop_turn);
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

static IOMMUTLBEntry sink_entry(MsmmuSmmuv3State *s, hwaddr iova,
                                MsmmuDisposition disposition)
{
    MsmmuSink *sink = disposition == MSMMU_ABORT ? &s->abort : &s->raz_wi;

    return (IOMMUTLBEntry) {
        .target_as = &sink->as,
        .iova = iova & ~BLOCK_MASK,
        .translated_addr = SINK_BASE,
        .addr_mask = BLOCK_MASK,
        .perm = IOMMU_RW,
    };
}

MsmmuPiece msmmu_terminate_continues(MsmmuDmaRegion *region, hwaddr iova,
                                     bool write, IOMMUTLBEntry *entry)
{
    Terminated *t = &terminated;

    if (likely(!t->region)) {
        return MSMMU_PIECE_FIRST;
    }
    if (t->region == region && t->write == write) {
        if (t->done == 0 && iova == t->iova && t->max_size == FULL_PIECE &&
            (is_in_section(t) || (bql_locked() && is_in_turn(t)))) {
            return MSMMU_PIECE_AGAIN;
        }
        if (t->done > 1 && iova == t->iova + t->done && (iova & BLOCK_MASK) &&
            is_in_section(t) && (!bql_locked() || is_in_turn(t))) {
            t->max_size = t->done == FULL_PIECE ? FULL_PIECE : t->done - 1;
            t->iova = iova;
            t->done = 0;
            *entry = sink_entry(region->s, iova, t->disposition);
            return MSMMU_PIECE_NEXT;
        }
    }
    t->region = NULL;
    return MSMMU_PIECE_FIRST;
}

IOMMUTLBEntry msmmu_terminate(MsmmuDmaRegion *region, hwaddr iova, bool write,
                              MsmmuDisposition disposition)
{
    trace_msmmu_terminate(msmmu_smmuv3_id(region->s), msmmu_dma_sid(region),
                          write ? "write" : "read", iova,
                          disposition == MSMMU_ABORT ? "abort" : "RAZ/WI");
    terminated = (Terminated) {
        .region = region,
        .iova = iova,
        .max_size = FULL_PIECE,
        .turn = this_turn(region->s),
        .section = mark_section(),
        .disposition = disposition,
        .write = write,
    };
    return sink_entry(region->s, iova, disposition);
}

void msmmu_terminate_forget(void)
{
    terminated.region = NULL;
}

static void piece_done(hwaddr offset, unsigned size)
{
    Terminated *t = &terminated;

    if (!t->region || offset != SINK_BASE + (t->iova & BLOCK_MASK)) {
        return;
    }
    if (size > t->max_size) {
        /*
         * Another transaction. Should a CPU have mapped the block since the
         * last one, a moment ago, then there is nothing to record.
         */
        msmmu_dma_translate(t->region, t->iova, t->write);
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

/* As few pieces as can be: of the full size, at any address. */
#define SINK_ACCESS {                           \
        .min_access_size = 1,                   \
        .max_access_size = FULL_PIECE,          \
        .unaligned = true,                      \
    }

static const MemoryRegionOps raz_wi_ops = {
    .read_with_attrs = raz_read,
    .write_with_attrs = wi_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = SINK_ACCESS,
    .impl = SINK_ACCESS,
};

static const MemoryRegionOps abort_ops = {
    .read_with_attrs = abort_read,
    .write_with_attrs = abort_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = SINK_ACCESS,
    .impl = SINK_ACCESS,
};

static void sink_init(MsmmuSmmuv3State *s, MsmmuSink *sink,
                      const MemoryRegionOps *ops, const char *kind)
{
    g_autofree char *name = g_strdup_printf("%s-%s", msmmu_smmuv3_id(s), kind);

    memory_region_init_io(&sink->mr, OBJECT(s), ops, s, name, UINT64_MAX);
    /* A register access can lead to a DMA of another device that ends here. */
    sink->mr.disable_reentrancy_guard = true;
    address_space_init(&sink->as, &sink->mr, name);
}

void msmmu_terminate_init(MsmmuSmmuv3State *s)
{
    sink_init(s, &s->raz_wi, &raz_wi_ops, "raz-wi");
    sink_init(s, &s->abort, &abort_ops, "abort");
}

void msmmu_terminate_cleanup(MsmmuSmmuv3State *s)
{
    address_space_destroy(&s->raz_wi.as);
    address_space_destroy(&s->abort.as);
}
