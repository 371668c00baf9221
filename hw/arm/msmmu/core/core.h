/*
 * The SMMUv3 core: one emulated instance, without QEMU.
 *
 * This is the only header that an adapter includes, with observe.h in it; and
 * hit.h, where it has translations made by the million. The core knows the
 * architecture (Arm IHI 0070), the adapter memory, interrupts and devices,
 * which it lends through MsmmuOps.
 *
 * Threads. msmmu_translate() may run in any number of threads at any time.
 * All other calls that name an Msmmu are made by one thread at a time (in
 * QEMU: under the big lock), but may run beside msmmu_translate(). The core
 * holds its own short lock only while it changes a cache, GERROR or a queue's
 * output, and calls no operation but write() under it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_H
#define MSMMU_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

#include "observe.h"

typedef struct Msmmu Msmmu;

/* ---- Configuration: what this instance implements -------------------- */

/* Translation granules, a set (IDR5.GRAN4K, GRAN16K, GRAN64K). */
enum {
    MSMMU_GRANULES_4K = 1 << 0,
    MSMMU_GRANULES_16K = 1 << 1,
    MSMMU_GRANULES_64K = 1 << 2,
};

/* Stages of translation, a set (IDR0.S1P, S2P). */
enum {
    MSMMU_STAGE_1 = 1 << 0,
    MSMMU_STAGE_2 = 1 << 1,
};

/* The lowest architecture version that permits the chosen features. */
#define MSMMU_ARCH_AUTO (-1)

/* As many StreamID bits as are of use: 20, or 6 without two-level tables. */
#define MSMMU_SID_AUTO (~0u)

/* Translation table formats, a set (IDR0.TTF). */
enum {
    MSMMU_FORMAT_AARCH64 = 1 << 0,      /* VMSAv8-64 */
    MSMMU_FORMAT_AARCH32 = 1 << 1,      /* VMSAv8-32 LPAE */
};

/* Endianness of translation tables (IDR0.TTENDIAN). */
typedef enum MsmmuEndian {
    MSMMU_ENDIAN_LITTLE,
    MSMMU_ENDIAN_BIG,
    MSMMU_ENDIAN_MIXED,         /* as CD.ENDI and STE.S2ENDI say */
} MsmmuEndian;

/* Hardware update of translation tables (IDR0.HTTU), each with the last. */
typedef enum MsmmuHttu {
    MSMMU_HTTU_NONE,
    MSMMU_HTTU_ACCESS,          /* the Access flag */
    MSMMU_HTTU_DIRTY,           /* and the dirty state */
    MSMMU_HTTU_TABLES,          /* and the Access flag of Table descriptors */
} MsmmuHttu;

/* How faults of stage 1 end a transaction (IDR0.TERM_MODEL). */
typedef enum MsmmuTermModel {
    MSMMU_TERM_CONFIGURABLE,    /* as CD.A says */
    MSMMU_TERM_ABORT,           /* with an abort; CD.A must be 1 */
} MsmmuTermModel;

/*
 * A feature that some versions permit, some demand and others forbid. AUTO is
 * ON where the version demands it, else OFF, but for: range invalidation, ON
 * where a version that permits it may be chosen; HAD, ON with stage 1; and
 * two-level CD tables, ON with substreams.
 */
typedef enum MsmmuSwitch {
    MSMMU_SWITCH_AUTO,
    MSMMU_SWITCH_ON,
    MSMMU_SWITCH_OFF,
} MsmmuSwitch;

#define MSMMU_BBML_AUTO (~0u)

/*
 * Features of one instance. Every field is checked by msmmu_new(); the ID
 * registers follow from it and the behaviour follows from the ID registers.
 */
typedef struct MsmmuConfig {
    unsigned granules;      /* set of MSMMU_GRANULES_*, not empty */
    unsigned stages;        /* set of MSMMU_STAGE_*, not empty */
    unsigned formats;       /* set of MSMMU_FORMAT_*, with AARCH64 */
    MsmmuEndian endian;
    unsigned oas_bits;      /* output address size: 32 36 40 42 44 48 52 */
    unsigned va_bits;       /* of each table base: 48 52 (IDR5.VAX) */
    bool ds;                /* 52-bit addresses with 4K and 16K (IDR5.DS) */
    /* StreamID bits, 0..32 (IDR1.SIDSIZE), or MSMMU_SID_AUTO */
    unsigned sid_bits;
    bool two_level;         /* two-level Stream tables (IDR0.ST_LEVEL) */
    unsigned ssid_bits;     /* SubstreamID bits, 0..20 (IDR1.SSIDSIZE) */
    MsmmuSwitch two_level_cd;   /* two-level CD tables (IDR0.CD2L) */
    unsigned asid_bits;     /* 8 or 16 (IDR0.ASID16) */
    unsigned vmid_bits;     /* 8 or 16 (IDR0.VMID16) */
    MsmmuSwitch hyp;        /* EL2 and EL2-E2H StreamWorlds (IDR0.Hyp) */
    MsmmuHttu httu;
    bool attr_types_ovr;    /* STEs override memory types (IDR1) */
    bool attr_perms_ovr;    /* STEs override permissions (IDR1) */
    MsmmuTermModel term_model;
    /* A command with a Reserved field that is not 0 is illegal (4.1.5). */
    bool strict_commands;
    bool msi;               /* message-signalled interrupts (IDR0.MSI) */
    bool sev;               /* events for PEs that wait (IDR0.SEV) */
    /* Of IDR3 */
    MsmmuSwitch had;        /* CD.HADx */
    MsmmuSwitch xnx;        /* stage 2 execute-never by privilege */
    MsmmuSwitch stt;        /* small translation tables */
    MsmmuSwitch fwb;        /* STE.S2FWB */
    MsmmuSwitch ril;        /* range invalidation, level hint */
    unsigned bbml;          /* 0..2, or MSMMU_BBML_AUTO */
    MsmmuSwitch e0pd;       /* CD.E0PDx */
    MsmmuSwitch ptwnnc;     /* S2PTW makes walks Normal Non-cacheable */
    MsmmuSwitch epan;       /* CD.EPAN */
    MsmmuSwitch mteperm;    /* NoTagAccess encodings at stage 2 */
    int arch_minor;         /* 0..4 for SMMUv3.0..3.4, or MSMMU_ARCH_AUTO */
    unsigned tlb_entries;   /* cached translations, a power of two */
} MsmmuConfig;

/* The configuration of an instance of which nothing was asked. */
MsmmuConfig msmmu_config_default(void);

/* ---- What the core asks of its adapter -------------------------------- */

/* Memory attributes of what the instance sends on or out (chapter 13). */
typedef struct MsmmuAttributes {
    uint8_t memory_type;    /* as one byte of MAIR_ELx */
    uint8_t shareability;   /* 0 non-shareable, 2 outer, 3 inner */
    bool from_device;       /* the transaction's own attributes are kept */
} MsmmuAttributes;

typedef enum MsmmuIrq {
    MSMMU_CORE_IRQ_EVENTQ,
    MSMMU_CORE_IRQ_PRIQ,
    MSMMU_CORE_IRQ_CMDQ_SYNC,
    MSMMU_CORE_IRQ_GERROR,
    MSMMU_CORE_IRQS,
} MsmmuIrq;

/* A message-signalled interrupt: one write of @data at @pa (3.18). */
typedef struct MsmmuMessage {
    MsmmuIrq irq;           /* what it tells of */
    uint64_t pa;            /* a multiple of 4 */
    uint32_t data;
    MsmmuAttributes attributes;
} MsmmuMessage;

/* Which StreamWorld a translation belongs to (IHI 0070 3.3.3). */
typedef enum MsmmuWorld {
    MSMMU_WORLD_NS_EL1,
    MSMMU_WORLD_NS_EL2,
    MSMMU_WORLD_NS_EL2_E2H,
} MsmmuWorld;

typedef enum MsmmuInvalidationScope {
    MSMMU_INV_ALL,          /* every translation of every world */
    MSMMU_INV_WORLD,        /* every translation of the world */
    MSMMU_INV_VMID,         /* all of the VMID, both stages */
    MSMMU_INV_VMID_S1,      /* stage 1 and combined entries of the VMID */
    MSMMU_INV_ASID,         /* non-global entries of ASID and VMID */
    MSMMU_INV_VA,           /* first..last of ASID and VMID, and global */
    MSMMU_INV_VA_ANY_ASID,  /* first..last of VMID, any ASID */
    MSMMU_INV_IPA,          /* first..last of VMID, stage 2 */
    MSMMU_INV_STREAMS,      /* configuration of first..last StreamIDs */
} MsmmuInvalidationScope;

/* What becomes invalid, decoded from a command of chapter 4. */
typedef struct MsmmuInvalidation {
    MsmmuInvalidationScope scope;
    MsmmuWorld world;
    uint16_t asid;
    uint16_t vmid;
    bool leaf_only;         /* cached table descriptors may stay */
    /*
     * Input addresses first..last inclusive, in bytes (StreamIDs for
     * MSMMU_INV_STREAMS). A VA of the upper half is sign-extended to 64 bits.
     */
    uint64_t first;
    uint64_t last;
    /*
     * The TG and TTL hints of 4.4.1.1. granule_shift is 12, 14 or 16, or 0 for
     * none; ttl is the level of the leaf, 1..3, or 0 for any. An entry that
     * does not fit the hints need not be invalidated.
     */
    uint8_t granule_shift;
    uint8_t ttl;
} MsmmuInvalidation;

/*
 * The world as an instance sees it. read and write are the instance's own
 * accesses to the system (IHI 0070 13.8, 14.3), of @len bytes at physical
 * address @pa; they return false for an external abort. A guest chooses @pa:
 * they must not lead back into this instance. So writes of anything but memory
 * abort; reads, which are made without the core's locks, may be of registers,
 * but not of an instance's. No operation may be NULL, unless it says so.
 */
typedef enum MsmmuUpdate {
    MSMMU_UPDATE_DONE,
    MSMMU_UPDATE_CHANGED,       /* memory held another value */
    MSMMU_UPDATE_ABORT,         /* external abort; not memory, or read-only */
} MsmmuUpdate;

typedef struct MsmmuOps {
    bool (*read)(void *opaque, uint64_t pa, void *buf, size_t len);
    bool (*write)(void *opaque, uint64_t pa, const void *buf, size_t len);
    /*
     * If the doubleword at @pa, a multiple of 8, is @expected, make it
     * @desired, in one step that no CPU can come between. Both are the value
     * of the eight bytes in little-endian order. Not under the core's locks.
     */
    MsmmuUpdate (*update)(void *opaque, uint64_t pa, uint64_t expected,
                          uint64_t desired);
    /*
     * An edge of @irq arose, maybe in the middle of an msmmu_translate(): call
     * msmmu_irq_deliver(), at once if this thread may, else soon. Any thread.
     */
    void (*irq)(void *opaque, MsmmuIrq irq);
    /* Pulse a line. Not but from msmmu_irq_deliver(). */
    void (*wire)(void *opaque, MsmmuIrq irq);
    /*
     * Write @message to the system, little-endian, with the DeviceID of this
     * instance, before this returns and after all that the core did before.
     * False: external abort. Unlike write(), it reaches registers of other
     * devices; those of this instance abort. Called by msmmu_irq_deliver(), and
     * as commands are consumed and registers written.
     */
    bool (*message)(void *opaque, const MsmmuMessage *message);
    /* Whoever copied translations that @inv names must drop them. */
    void (*unmap)(void *opaque, const MsmmuInvalidation *inv);
    /* Call msmmu_run_deferred() soon, not from within this call. */
    void (*defer)(void *opaque);
    /*
     * Free @p with g_free() as soon as no msmmu_translate() that runs now can
     * still hold it.
     */
    void (*retire)(void *opaque, void *p);
    /* The guest's time, in nanoseconds from any start on. Any thread. */
    int64_t (*now)(void *opaque);
    /* A mistake of the guest's, told as one line without a line feed. */
    void (*guest_error)(void *opaque, const char *line);
    /*
     * Who is to be told of what happens now, or NULL. The one operation that
     * may be NULL itself. Any thread; not asked where caches answer.
     */
    MsmmuRecorder *(*recorder)(void *opaque);
} MsmmuOps;

/*
 * Memory that the core may read in place: @size bytes from the PA @first on are
 * at @host, and all three are multiples of 8. Whoever else writes there writes
 * each doubleword in one piece.
 */
typedef struct MsmmuWindow {
    uint64_t first;
    uint64_t size;
    const void *host;
} MsmmuWindow;

/* ---- Life ------------------------------------------------------------- */

/*
 * Create an instance in its reset state. Returns NULL and sets @error (domain
 * MSMMU_ERROR) when @config asks for what no SMMUv3 can be; the message names
 * the property and the section. @ops must outlive the instance.
 */
Msmmu *msmmu_new(const MsmmuConfig *config, const MsmmuOps *ops, void *opaque,
                 GError **error);
void msmmu_free(Msmmu *m);

#define MSMMU_ERROR (g_quark_from_static_string("msmmu"))

/*
 * From now on the core may read doublewords in @window, NULL for nowhere,
 * without ops->read, which would read the same there. Of the last window, an
 * msmmu_translate() that runs now may make use until it ends.
 */
void msmmu_set_window(Msmmu *m, const MsmmuWindow *window);

/* Return to the state after reset (3.11). Drops all that was cached. */
void msmmu_reset(Msmmu *m);

/* The configuration in force; nothing in it is AUTO. */
const MsmmuConfig *msmmu_config(const Msmmu *m);

/* ---- Registers (chapter 6) -------------------------------------------- */

/* Bytes of register space that the instance implements, from its base. */
uint64_t msmmu_mmio_size(const Msmmu *m);

/*
 * One access of @size bytes at @offset from the base. Return false if the
 * access is to be answered with an abort; *value is then 0.
 */
bool msmmu_mmio_read(Msmmu *m, uint64_t offset, unsigned size,
                     uint64_t *value);
bool msmmu_mmio_write(Msmmu *m, uint64_t offset, unsigned size,
                      uint64_t value);

/*
 * Deliver the edge of @irq that ops->irq told of, through ops->wire and, if
 * an MSI is configured, ops->message (3.18.2). Does nothing if it was delivered
 * already. Several edges are one, if nothing was delivered between (3.18).
 */
void msmmu_irq_deliver(Msmmu *m, MsmmuIrq irq);

/* Whether msmmu_irq_deliver() would call ops->message. */
bool msmmu_irq_is_message(const Msmmu *m, MsmmuIrq irq);

/*
 * How many events were sent to PEs, for CMD_SYNC or because the Command queue
 * was full (IDR0.SEV, 4.1.2, 4.7.3), since the last reset.
 */
uint64_t msmmu_sev_events(const Msmmu *m);

/* Go on with work that was cut into slices. */
void msmmu_run_deferred(Msmmu *m);

/* ---- Translation ------------------------------------------------------- */

enum {
    MSMMU_PERM_READ = 1 << 0,
    MSMMU_PERM_WRITE = 1 << 1,
    MSMMU_PERM_EXEC = 1 << 2,
};

/* A transaction, as it arrives from a device. */
typedef struct MsmmuRequest {
    uint64_t iova;
    uint32_t sid;
    uint32_t ssid;
    bool ssid_valid;
    bool write;
    bool atomic;            /* with write: reads, too (13.1.1, 16.7.6) */
    bool instruction;
    bool privileged;
    /* Only asked, not done: records no event, changes no guest memory. */
    bool probe;
    /*
     * Another piece of a transaction whose first piece already faulted; the
     * fault of the transaction has been recorded.
     */
    bool continued;
    /* Who is told of each step that is made for it, NULL for nobody. */
    MsmmuRecorder *recorder;
} MsmmuRequest;

typedef enum MsmmuDisposition {
    MSMMU_FORWARD,          /* goes on to pa */
    MSMMU_RAZ_WI,           /* terminated: reads as zero, writes ignored */
    MSMMU_ABORT,            /* terminated with an abort */
} MsmmuDisposition;

typedef struct MsmmuResult {
    MsmmuDisposition disposition;
    uint64_t pa;            /* of the byte at iova */
    /*
     * The answer holds for the naturally aligned 2^size_log2 bytes around
     * iova: 12 to 52.
     */
    uint8_t size_log2;
    /*
     * MSMMU_PERM_* that this requester has there. MSMMU_PERM_WRITE is left out
     * while a write has to mark a descriptor dirty: it must be asked for.
     */
    uint8_t perms;
    MsmmuAttributes attributes;
} MsmmuResult;

/*
 * Translate one transaction that does not cross a naturally aligned 4 KiB
 * boundary (IHI 0070 3.3). Records the event of a fault, unless @rq->probe.
 */
MsmmuResult msmmu_translate(Msmmu *m, const MsmmuRequest *rq);

/* The same without the short ways of hit.h. */
MsmmuResult msmmu_translate_in_full(Msmmu *m, const MsmmuRequest *rq);

/*
 * Whether transactions of stream @sid without a SubstreamID use translations
 * that @inv drops, and if so, at which input addresses: a copy of a result is
 * void if its 2^size_log2 bytes have one in *first..*last. Says more when in
 * doubt, never less; reads no guest memory. Made for ops->unmap, from the
 * thread that it was called in; counts as an msmmu_translate() for ops->retire.
 */
bool msmmu_stream_is_affected(Msmmu *m, uint32_t sid,
                              const MsmmuInvalidation *inv,
                              uint64_t *first, uint64_t *last);

/* ---- What people want to know ------------------------------------------- */

/*
 * Writes down a tree of named values (report.h): objects, and lists of objects
 * whose names are NULL, as is that of the whole.
 */
typedef struct MsmmuReporter MsmmuReporter;

struct MsmmuReporter {
    void (*begin)(MsmmuReporter *r, const char *name, bool list);
    void (*end)(MsmmuReporter *r, bool list);
    void (*string)(MsmmuReporter *r, const char *name, const char *value);
    void (*number)(MsmmuReporter *r, const char *name, uint64_t value);
    void (*boolean)(MsmmuReporter *r, const char *name, bool value);
};

/*
 * The registers; what was counted of each stream; the last transactions that
 * were terminated. Nothing changes.
 */
void msmmu_report_registers(Msmmu *m, MsmmuReporter *r);
void msmmu_report_streams(Msmmu *m, MsmmuReporter *r);
void msmmu_report_faults(Msmmu *m, MsmmuReporter *r);

/*
 * What would come of @rq, and why: each structure and descriptor that memory
 * holds now, and what the caches make of it where that differs. Nothing
 * changes: not the caches, the counters or guest memory; no event is recorded.
 * Counts as an msmmu_translate() for ops->retire.
 */
void msmmu_explain(Msmmu *m, const MsmmuRequest *rq, MsmmuReporter *r);

/*
 * From now on explain each transaction that is terminated as soon as it is, and
 * keep that with it: software that looks later finds other structures. Costs a
 * few walks more for each.
 */
void msmmu_keep_explanations(Msmmu *m);

/*
 * The kept explanation of the terminated transaction of this number, as
 * msmmu_report_faults() counts them. False if it is not kept.
 */
bool msmmu_explain_fault(Msmmu *m, uint64_t number, MsmmuReporter *r);

/*
 * A transaction from a text like "sid=0x10,ssid=3,iova=0x1000,write": sid and
 * iova must be there; atomic, privileged and instruction may be. False and
 * @error if it is no such text.
 */
bool msmmu_request_parse(const char *text, MsmmuRequest *rq, GError **error);

/* ---- State that outlives the process ------------------------------------ */

/*
 * Registers and queue positions, in host order, to be saved and loaded field
 * by field. ID registers are here to be compared, not loaded.
 */
typedef struct MsmmuRegisters {
    uint32_t idr[6];
    uint32_t iidr;
    uint32_t aidr;
    uint32_t cr0;
    uint32_t cr0ack;
    uint32_t cr1;
    uint32_t cr2;
    uint32_t statusr;
    uint32_t gbpa;
    uint32_t irq_ctrl;
    uint32_t irq_ctrlack;
    uint32_t irqs_pending;      /* edges to be delivered; a bit per MsmmuIrq */
    uint64_t gerror_irq_cfg0;
    uint32_t gerror_irq_cfg1;
    uint32_t gerror_irq_cfg2;
    uint64_t eventq_irq_cfg0;
    uint32_t eventq_irq_cfg1;
    uint32_t eventq_irq_cfg2;
    uint32_t gerror;
    uint32_t gerrorn;
    uint64_t strtab_base;
    uint32_t strtab_base_cfg;
    uint64_t cmdq_base;
    uint32_t cmdq_prod;
    uint32_t cmdq_cons;
    uint64_t eventq_base;
    uint32_t eventq_prod;
    uint32_t eventq_cons;
} MsmmuRegisters;

/* The instance's registers, valid for its life. */
MsmmuRegisters *msmmu_registers(Msmmu *m);

/*
 * What the ID registers of @saved tell of another instance than @here, in one
 * line: values, and the properties that they follow from. NULL if they are the
 * same; else to be freed.
 */
char *msmmu_difference(const MsmmuRegisters *here, const MsmmuRegisters *saved);

/*
 * Take up work after the registers were loaded. Returns false and sets @error
 * when their values are none that this instance could have had.
 */
bool msmmu_loaded(Msmmu *m, GError **error);

#endif
