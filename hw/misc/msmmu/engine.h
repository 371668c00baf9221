/*
 * What the files of the device msmmu-engine share.
 *
 *   registers -> ring -> descriptor -> operation -> range -> bus
 *
 * A doorbell sets a ring to work in a bottom half; a turn of it takes up
 * descriptors, and makes transactions of them until the credit is used up. What
 * is not complete then waits in the ring, as it does for migration.
 *
 * A transaction can do anything to the machine, to this device too: reset it
 * through its configuration space, or unplug it. Registers of its own are
 * guarded from it. So after each transaction the job may be gone (its .active
 * is false then), and what a turn needs of the PCI core is taken before it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_MISC_MSMMU_ENGINE_H
#define HW_MISC_MSMMU_ENGINE_H

#include "hw/pci/pci_device.h"
#include "hw/arm/msmmu/stream.h"
#include "migration/vmstate.h"
#include "qom/object.h"
#include "system/runstate.h"
#include "engine_layout.h"

#define TYPE_MSMMU_ENGINE "msmmu-engine"
OBJECT_DECLARE_SIMPLE_TYPE(MsmmuEngine, MSMMU_ENGINE)

/* ---- State ---- */

/* How far a range has come. */
typedef struct EngineCursor {
    uint64_t index;         /* of the next access */
    uint64_t address;       /* of what is left of the current one */
    uint32_t left;
} EngineCursor;

/* A descriptor at work; words 11 to 15 are its results so far. */
typedef struct EngineJob {
    bool active;
    uint64_t word[DESC_WORDS];
    EngineCursor cursor[2];
    uint64_t done;          /* bytes of data */
} EngineJob;

typedef struct EngineRing {
    uint64_t base;
    uint32_t size_log2;
    uint32_t ctrl;
    uint32_t attr;
    uint32_t prod;
    uint32_t cons;
    uint8_t state;
    uint8_t why;
    uint64_t time;
    uint64_t transactions;
    uint64_t bytes;
    EngineJob job;
} EngineRing;

struct MsmmuEngine {
    PCIDevice parent_obj;

    /* Properties */
    uint8_t pasid_bits;

    MemoryRegion registers;
    MemoryRegion local;
    QEMUBH *bh;
    VMChangeStateEntry *run_state;
    EngineRing ring[ENGINE_RINGS];
    unsigned next_ring;             /* whose turn comes first */
};

static inline const char *msmmu_engine_id(const MsmmuEngine *s)
{
    const char *id = s->parent_obj.qdev.id;

    return id ? id : "";
}

/* ---- For one turn ---- */

/* How a descriptor, or a transaction, ended: STATUS and DETAIL */
typedef struct EngineOutcome {
    uint8_t status;
    uint8_t detail;
} EngineOutcome;

static inline EngineOutcome engine_outcome(uint8_t status, uint8_t detail)
{
    return (EngineOutcome) { .status = status, .detail = detail };
}

static inline bool engine_is_ok(EngineOutcome out)
{
    return out.status == STATUS_OK;
}

/* What is between the function and memory */
typedef struct EngineBus {
    const MemoryRegion *master;     /* enabled: the function may be a master */
    MsmmuStream *stream;            /* NULL: none that takes attributes */
    MsmmuStreamClass *stream_class;
    AddressSpace *as;               /* as other devices use it */
    MemTxAttrs attrs;
} EngineBus;

/* One of the ranges of a descriptor */
typedef struct EngineRange {
    unsigned pattern;
    uint32_t size;
    uint64_t count;
    uint64_t address;
    uint64_t step;
    uint64_t seed;
    MsmmuTransaction transaction;   /* its attributes; the rest changes */
} EngineRange;

/* A descriptor, decoded */
typedef struct EngineOperation {
    unsigned op;
    bool irq;
    bool go_on;             /* CONTINUE */
    bool unmarked;
    EngineRange range[2];
    uint64_t operand;
    uint64_t operand2;
    uint64_t local;
} EngineOperation;

typedef struct EngineTurn {
    MsmmuEngine *s;
    EngineBus *bus;
    EngineRing *ring;
    EngineOperation op;
    int64_t credit;         /* see engine_ring.c */
    int64_t clock_credit;   /* the clock is looked at when this is left, */
    int64_t clock_step;     /* and then after so much */
    int64_t start;          /* by the host's clock */
    /* Data of one transaction, and what it is compared with */
    uint8_t data[MSMMU_TRANSACTION_MAX];
    uint8_t other[MSMMU_TRANSACTION_MAX];
} EngineTurn;

/* What a transaction and a byte cost of a turn's credit */
#define ENGINE_TURN_CREDIT (512 * 1024)
#define ENGINE_TRANSACTION_COST 512
#define ENGINE_BYTE_COST 1
/*
 * What is at an address may be slow: a turn's time, and how often to look at
 * the clock: more and more seldom, up to so much credit; and after each
 * transaction of so many bytes.
 */
#define ENGINE_TURN_NS (2 * 1000 * 1000)
#define ENGINE_CLOCK_CREDIT (16 * 1024)
#define ENGINE_CLOCK_BYTES 128

/* ---- engine_registers.c ---- */

extern const MemoryRegionOps msmmu_engine_register_ops;

/* ---- engine_ring.c ---- */

void msmmu_engine_rings_init(MsmmuEngine *s);
void msmmu_engine_rings_exit(MsmmuEngine *s);
/* All registers to their reset values, no job */
void msmmu_engine_rings_reset(MsmmuEngine *s);

void msmmu_engine_ring_enable(EngineRing *ring);
void msmmu_engine_ring_disable(EngineRing *ring);
void msmmu_engine_ring_doorbell(MsmmuEngine *s, EngineRing *ring,
                                uint32_t prod);

/* Whether it is other things' turn now */
bool msmmu_engine_turn_look(EngineTurn *turn);

static inline bool engine_turn_is_over(EngineTurn *turn)
{
    return turn->credit <= turn->clock_credit && msmmu_engine_turn_look(turn);
}

/* ---- engine_descriptor.c ---- */

/*
 * Check and decode the words of a descriptor. Returns OK, NOT_SUPPORTED or
 * BAD_DESCRIPTOR.
 */
EngineOutcome msmmu_engine_decode(const MsmmuEngine *s, const EngineBus *bus,
                                  const uint64_t word[DESC_WORDS],
                                  EngineOperation *op);

/* OK if the function may make transactions of these attributes. */
EngineOutcome msmmu_engine_check_attributes(const MsmmuEngine *s,
                                            const EngineBus *bus,
                                            uint32_t attr, bool unmarked);

/* ---- engine_operation.c ---- */

/*
 * Go on with the ring's job until it is complete, gone, or the turn's credit is
 * used up. True if it is complete: STATUS is not 0 then.
 */
bool msmmu_engine_operation_run(EngineTurn *turn);

void msmmu_engine_set_status(EngineJob *job, EngineOutcome out);

/* ---- engine_range.c ---- */

typedef struct EnginePiece {
    uint64_t iova;
    uint32_t size;
} EnginePiece;

/*
 * The next part of a range, of at most @max bytes: one transaction. Its size is
 * 0 at the end of the range. Returns OK or BAD_DESCRIPTOR.
 */
EngineOutcome msmmu_engine_range_next(const MsmmuEngine *s,
                                      const EngineRange *range,
                                      EngineCursor *cursor, uint32_t max,
                                      EnginePiece *piece);

/* ---- engine_bus.c ---- */

/* For a turn; in an RCU read-side critical section. */
EngineBus msmmu_engine_bus(MsmmuEngine *s);
/* BUS_* */
unsigned msmmu_engine_bus_kind(MsmmuEngine *s);

/* A transaction of these attributes, to be given an address and so on */
MsmmuTransaction msmmu_engine_transaction(uint32_t attr);

/* Make a transaction. A read that is RAZ fills @buf with zeros. */
EngineOutcome msmmu_engine_bus_access(const EngineBus *bus,
                                      const MsmmuTransaction *t, bool unmarked,
                                      void *buf);

/* An atomic one, of 4 or 8 bytes at a multiple of that; @op is OP_*. */
EngineOutcome msmmu_engine_bus_atomic(const EngineBus *bus,
                                      const MsmmuTransaction *t, bool unmarked,
                                      const EngineOperation *op,
                                      uint64_t *old);

/* The local memory, where offsets wrap; @len is at most its size. */
void msmmu_engine_local_read(const MsmmuEngine *s, uint64_t offset, void *buf,
                             size_t len);
void msmmu_engine_local_write(MsmmuEngine *s, uint64_t offset,
                              const void *buf, size_t len);

/* ---- engine_vmstate.c ---- */

extern const VMStateDescription msmmu_engine_vmstate;

#endif /* HW_MISC_MSMMU_ENGINE_H */
