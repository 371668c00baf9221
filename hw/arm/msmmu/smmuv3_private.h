/*
 * What the files of the QEMU device msmmu-smmuv3 share.
 *
 * The device lends the core (core/core.h) QEMU's memory, interrupts and
 * threads, and PCI devices the core's translations. It knows no field of a
 * structure of IHI 0070.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_SMMUV3_PRIVATE_H
#define HW_ARM_MSMMU_SMMUV3_PRIVATE_H

#include "exec/memory.h"
#include "hw/sysbus.h"
#include "hw/arm/msmmu/smmuv3.h"
#include "hw/arm/msmmu/stream.h"
#include "migration/vmstate.h"
#include "qemu/queue.h"
#include "system/runstate.h"
#include "core/core.h"

/* RequesterIDs of one PCI segment, the StreamIDs that an attached bus takes. */
#define MSMMU_REQUESTER_IDS 0x10000

typedef struct MsmmuAttachment MsmmuAttachment;
typedef struct MsmmuDmaRegion MsmmuDmaRegion;

/*
 * Where terminated transactions go: an address space that answers all of them
 * alike (terminate.c).
 */
#define MSMMU_SINK_PARTS 4

typedef struct MsmmuSink {
    MemoryRegion space;
    MemoryRegion root;          /* in it, of the parts */
    MemoryRegion part[MSMMU_SINK_PARTS];
    AddressSpace as;
} MsmmuSink;

/*
 * The system's memory at host addresses (host_map.c). Whoever looks into it
 * holds the big lock, or is in an RCU read-side critical section.
 */
typedef struct MsmmuHostRanges MsmmuHostRanges;

typedef struct MsmmuHostMap {
    Msmmu *core;
    MsmmuHostRanges *ranges;    /* RCU */
    MemoryListener listener;
    bool stale;                 /* @ranges; under the big lock */
} MsmmuHostMap;

/* The registers that tell what an instance is: compared, never loaded. */
typedef struct MsmmuIdentity {
    uint32_t idr[6];
    uint32_t iidr;
    uint32_t aidr;
} MsmmuIdentity;

struct MsmmuSmmuv3State {
    SysBusDevice parent_obj;

    /* Properties (properties.c) */
    MsmmuConfig config;
    char *primary_bus;
    int numa_node;              /* or MSMMU_NUMA_NODE_NONE */

    /* From realize on */
    Msmmu *core;
    MsmmuRegisters *regs;
    MemoryRegion mmio;

    /* host_map.c */
    MsmmuHostMap host_map;

    /* interrupts.c */
    qemu_irq irqs[MSMMU_NUM_IRQS];
    bool in_message;            /* an MSI is being written */
    bool work_deferred;         /* msmmu_run_deferred() is due */
    QEMUBH *irq_bh;
    QEMUBH *work_bh;
    VMChangeStateEntry *run_state;

    /* dma.c */
    GArray *ranges;             /* of MsmmuBusRange */
    GPtrArray *attachments;     /* of MsmmuAttachment, one for each range */

    /* terminate.c */
    MsmmuSink raz_wi;
    MsmmuSink abort;
    unsigned event_loop_turn;

    /* notifier.c */
    QLIST_HEAD(, MsmmuDmaRegion) listeners;     /* with a notifier */

    /* monitor.c */
    char *explain_query;        /* NULL: none was set */

    /* observe.c */
    MsmmuRecorder tracer;

    /* vmstate.c */
    MsmmuIdentity saved_identity;
};

/*
 * What one PCI function, or the bridge that answers for it, sees as memory
 * (dma.c).
 */
struct MsmmuDmaRegion {
    IOMMUMemoryRegion iommu;
    AddressSpace as;
    MsmmuSmmuv3State *s;
    Msmmu *core;                /* s->core */
    /* StreamID = first_sid | *bus_number << 8 */
    uint32_t first_sid;
    const uint8_t *bus_number;
    uint64_t place;             /* StreamID, and where config_lookup.h has it */
    uint8_t root_bus_number;    /* where bus_number points for a root bus */
    QLIST_ENTRY(MsmmuDmaRegion) listener;
};

static inline const char *msmmu_smmuv3_id(const MsmmuSmmuv3State *s)
{
    const char *id = s->parent_obj.parent_obj.id;

    return id ? id : "";
}

/* properties.c */
void msmmu_properties_init(MsmmuSmmuv3State *s);
void msmmu_properties_finalize(MsmmuSmmuv3State *s);
void msmmu_properties_class_init(ObjectClass *oc);

/* device.c: whether a region is the registers of some instance */
bool msmmu_smmuv3_has_registers(const MemoryRegion *mr);

/* host_map.c */
void msmmu_host_map_init(MsmmuHostMap *map, Msmmu *core);
/* Nobody uses the core any more. */
void msmmu_host_map_cleanup(MsmmuHostMap *map);
/*
 * Where @len bytes at @pa can be read, until the caller lets go of the big lock
 * or ends its RCU critical section. NULL: they are no memory, or not one piece.
 */
const void *msmmu_host_map_find(const MsmmuHostMap *map, uint64_t pa,
                                size_t len);

/*
 * guest_memory.c: the instance's own accesses (IHI 0070 13.8), with the big
 * lock or in an RCU read-side critical section
 */
bool msmmu_guest_memory_read(void *opaque, uint64_t pa, void *buf, size_t len);
bool msmmu_guest_memory_write(void *opaque, uint64_t pa, const void *buf,
                              size_t len);
MsmmuUpdate msmmu_guest_memory_update(void *opaque, uint64_t pa,
                                      uint64_t expected, uint64_t desired);

/* interrupts.c: interrupts, deferred work */
void msmmu_interrupts_init(MsmmuSmmuv3State *s);
void msmmu_interrupts_cleanup(MsmmuSmmuv3State *s);
/* Forget what is to be done. */
void msmmu_interrupts_reset(MsmmuSmmuv3State *s);
/* ops->irq, wire, message and defer */
void msmmu_interrupts_raise(void *opaque, MsmmuIrq irq);
void msmmu_interrupts_wire(void *opaque, MsmmuIrq irq);
bool msmmu_interrupts_message(void *opaque, const MsmmuMessage *message);
/*
 * Keep devices off the slot of @bus whose RequesterID is the DeviceID of the
 * MSIs of an instance that serves it. False if a device is there already.
 */
bool msmmu_interrupts_reserve_slot(PCIBus *bus, Error **errp);
void msmmu_interrupts_release_slot(PCIBus *bus);
void msmmu_interrupts_defer(void *opaque);

/* dma.c: transactions of PCI devices */
void msmmu_dma_init(MsmmuSmmuv3State *s);
void msmmu_dma_cleanup(MsmmuSmmuv3State *s);
uint32_t msmmu_dma_sid(const MsmmuDmaRegion *region);
/* Have the core translate, and record an event for what it terminates. */
MsmmuResult msmmu_dma_translate(MsmmuDmaRegion *region, hwaddr iova,
                                bool write);

/* terminate.c: transactions that end here */

/* Whether an access is a further piece of a terminated transaction. */
typedef enum MsmmuPiece {
    MSMMU_PIECE_FIRST,      /* it is not */
    MSMMU_PIECE_AGAIN,      /* nothing of it was done, it is asked anew */
    MSMMU_PIECE_NEXT,       /* it directly follows the last piece */
} MsmmuPiece;

void msmmu_terminate_init(MsmmuSmmuv3State *s);
void msmmu_terminate_cleanup(MsmmuSmmuv3State *s);

/*
 * Who made the last transaction of this thread, if it was terminated; NULL: it
 * was not, and the next access is MSMMU_PIECE_FIRST.
 */
extern __thread MsmmuDmaRegion *msmmu_terminated_region;

/*
 * Whether the access that this thread is about to make continues the
 * transaction that it terminated last. For MSMMU_PIECE_NEXT *entry is the
 * answer.
 */
MsmmuPiece msmmu_terminate_continues(MsmmuDmaRegion *region, hwaddr iova,
                                     bool write, IOMMUTLBEntry *entry);

/* The answer to an access that is not forwarded. */
IOMMUTLBEntry msmmu_terminate(MsmmuDmaRegion *region, hwaddr iova, bool write,
                              MsmmuDisposition disposition);

/* No access that this thread makes now continues a terminated transaction. */
void msmmu_terminate_forget(void);

/* stream.c: transactions of devices that say what they are */
void msmmu_stream_class_init(ObjectClass *klass);

/* notifier.c: those who keep copies of translations */
int msmmu_notifier_flag_changed(IOMMUMemoryRegion *mr, IOMMUNotifierFlag old,
                                IOMMUNotifierFlag new, Error **errp);
void msmmu_notifier_replay(IOMMUMemoryRegion *mr, IOMMUNotifier *n);
/* ops->unmap */
void msmmu_notifier_unmap(void *opaque, const MsmmuInvalidation *inv);

/* monitor.c: properties for people, from realize on */
void msmmu_monitor_init(MsmmuSmmuv3State *s);
void msmmu_monitor_cleanup(MsmmuSmmuv3State *s);

/* observe.c: trace events of what the core does */
void msmmu_observe_init(MsmmuSmmuv3State *s);
/* ops->recorder */
MsmmuRecorder *msmmu_observe_recorder(void *opaque);

/* vmstate.c */
extern const VMStateDescription msmmu_smmuv3_vmstate;

#endif
