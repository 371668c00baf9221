/*
 * What the files of the core share: the instance, a fault, a translation, and
 * one prototype for each step of a translation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_INTERNAL_H
#define MSMMU_CORE_INTERNAL_H

#include "configuration.h"
#include "spec/bits.h"

typedef struct MsmmuTlb MsmmuTlb;
typedef struct MsmmuContextCache MsmmuContextCache;
typedef struct MsmmuCommandFields MsmmuCommandFields;
typedef struct MsmmuCounters MsmmuCounters;

/* Records written last that others may be merged into (7.3.1). */
typedef struct MsmmuRecentEvents {
    uint64_t written;           /* how many records were, of any kind */
    uint64_t queue;             /* EVENTQ_BASE and EVENTQ_PROD after the last */
    uint32_t prod;
    unsigned next;              /* of slot[], to be given up */
    struct {
        uint64_t number;        /* counts from 1; 0: nothing is here */
        int64_t since;          /* ops->now when it was written */
        uint64_t word[4];
    } slot[8];
} MsmmuRecentEvents;

struct Msmmu {
    MsmmuConfig config;
    const MsmmuOps *ops;
    void *opaque;
    const MsmmuWindow *window;  /* never NULL */

    /*
     * Odd while SMMUEN is 1, and another value after each change of it. What
     * was read between two equal values was read under one setting of the
     * registers that SMMUEN Guards. Changes under the lock.
     */
    uint32_t gate;
    MsmmuRegisters regs;

    /* Guards gerror, the event queue's output and changes of the caches. */
    GMutex lock;
    MsmmuTlb *tlb;
    MsmmuContextCache *contexts;
    MsmmuCommandFields *command_fields;
    MsmmuCounters *counters;
    bool keeps_explanations;

    /* What events may be merged into (events.c). Under the lock. */
    MsmmuRecentEvents recent;
    /* Events for PEs: msmmu_sev_events(). */
    uint64_t sev_events;

    /* Lines for ops->guest_error in the second that began at this time. */
    int64_t guest_error_since;
    unsigned guest_error_lines;
    unsigned guest_error_dropped;
};

/*
 * A register that another thread may be writing: one load or store, no
 * tearing. What belongs together (the Event queue, GERROR) is used under
 * m->lock.
 */
#define msmmu_load(reg) __atomic_load_n(reg, __ATOMIC_ACQUIRE)
#define msmmu_store(reg, value) __atomic_store_n(reg, value, __ATOMIC_RELEASE)
#define msmmu_load_relaxed(reg) __atomic_load_n(reg, __ATOMIC_RELAXED)
#define msmmu_store_relaxed(reg, value) \
    __atomic_store_n(reg, value, __ATOMIC_RELAXED)

static inline bool msmmu_gate_is_open(uint32_t gate)
{
    return gate & 1;
}

/* Whether the gate is as it was before all that was read up to now. */
static inline bool msmmu_gate_holds(const Msmmu *m, uint32_t gate)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&m->gate, __ATOMIC_RELAXED) == gate;
}

/* Who wants to know what is done for @rq: its recorder, or the adapter's. */
static inline MsmmuRecorder *msmmu_recorder(const Msmmu *m,
                                            const MsmmuRequest *rq)
{
    return rq && rq->recorder ? rq->recorder :
           m->ops->recorder ? m->ops->recorder(m->opaque) : NULL;
}

/* @recorder is about to be told of what is done for @rq. */
static inline void msmmu_step_transaction(MsmmuRecorder *recorder,
                                          const MsmmuRequest *rq)
{
    if (recorder) {
        msmmu_step(recorder, &(MsmmuStep) {
            .kind = MSMMU_STEP_TRANSACTION, .request = rq,
        });
    }
}

/*
 * One fault or event, flat and complete; events.c alone makes a record of it.
 * StreamID, SubstreamID, RnW and InputAddr of the record are the request's.
 * InD and PnU are what the STE made of the request's (7.3), for the types that
 * have them.
 */
typedef struct MsmmuFault {
    uint8_t type;               /* EVT_* of spec/evt.h */
    uint8_t stage;              /* 1 or 2 for Translation-related faults */
    MsmmuFaultClass class;
    bool instruction;           /* after INSTCFG */
    bool privileged;            /* after PRIVCFG */
    bool lacks_read;            /* an atomic access may write, but not read */
    bool read_not_write;        /* TTRnW of a stage 2 fault of CLASS TT */
    bool may_merge;             /* STE.MEV, of a valid STE */
    uint64_t ipa;               /* valid for stage 2 */
    uint64_t fetch_address;     /* of an STE, CD or descriptor fetch */
    uint16_t reason;
    const char *why;            /* for people: which rule was broken, or NULL */
} MsmmuFault;

/* A Translation-related fault of stage 1 about its input (CLASS == IN). */
static inline MsmmuStatus msmmu_input_fault(uint8_t type, const char *why,
                                            MsmmuFault *fault)
{
    *fault = (MsmmuFault) {
        .type = type,
        .stage = 1,
        .class = MSMMU_CLASS_IN,
        .why = why,
    };
    return MSMMU_STATUS_FAULT;
}

/* The access that a walk is for, after PRIVCFG and INSTCFG (13.1.2, 13.7). */
typedef struct MsmmuAccess {
    bool write;
    bool atomic;                /* a write that reads, too */
    bool instruction;
    bool privileged;
    bool probe;                 /* changes no guest memory */
    bool told;                  /* this is part of an MsmmuToldAccess */
} MsmmuAccess;

/*
 * An access whose steps are told. Apart, because every transaction makes an
 * MsmmuAccess, and only those that the TLB does not answer can be told.
 */
typedef struct MsmmuToldAccess {
    MsmmuAccess access;
    MsmmuRecorder *recorder;
} MsmmuToldAccess;

static inline MsmmuToldAccess msmmu_told(MsmmuAccess access,
                                         MsmmuRecorder *recorder)
{
    access.told = recorder;
    return (MsmmuToldAccess) { access, recorder };
}

static inline MsmmuRecorder *msmmu_access_recorder(const MsmmuAccess *access)
{
    return access->told ? ((const MsmmuToldAccess *)access)->recorder : NULL;
}

/*
 * What @rq is before PRIVCFG and INSTCFG. Writes are data, and stay data,
 * atomic ones too (16.7.6).
 */
static inline MsmmuAccess msmmu_access_incoming(const MsmmuRequest *rq)
{
    return (MsmmuAccess) {
        .write = rq->write,
        .atomic = rq->atomic & rq->write,
        .instruction = rq->instruction & !rq->write,
        .privileged = rq->privileged,
        .probe = rq->probe,
    };
}

static inline MsmmuAccess msmmu_access_of(const MsmmuContext *ctx,
                                          const MsmmuRequest *rq)
{
    MsmmuAccess access = msmmu_access_incoming(rq);

    if (G_UNLIKELY(ctx->priv_cfg != STE_PRIVCFG_INCOMING)) {
        access.privileged = ctx->priv_cfg == STE_PRIVCFG_PRIV;
    }
    if (G_UNLIKELY(ctx->inst_cfg != STE_INSTCFG_INCOMING)) {
        access.instruction = ctx->inst_cfg == STE_INSTCFG_INST && !rq->write;
    }
    return access;
}

/* MSMMU_PERM_* of both privileges in a byte. */
#define MSMMU_PERMS(unpriv, priv) ((unpriv) | (priv) << 3)
#define MSMMU_PERMS_UNPRIV(perms) ((perms) & 7)
#define MSMMU_PERMS_PRIV(perms) ((perms) >> 3)

/* A translation: one leaf, or what remains of it in combination. */
typedef struct MsmmuTranslation {
    uint64_t first_va;          /* aligned to the size */
    uint64_t first_pa;
    uint8_t size_log2;          /* of what is cached: leaf or intersection */
    uint8_t leaf_level;         /* stage 1 leaf's level, for TTL and counters */
    MsmmuGranule granule;
    bool global;                /* nG == 0 */
    bool contiguous;
    /*
     * MSMMU_PERM_* by privilege: [0] unprivileged, [1] privileged; of all
     * stages, without the write that a leaf is to be marked dirty for.
     */
    uint8_t perms[2];
    bool transient;             /* not to be cached, for nT in a Block */
    MsmmuAttributes attributes;
} MsmmuTranslation;

/* ---- features.c, id_registers.c: MsmmuConfig -> ID registers ---- */

/* Resolve what is AUTO. False and @error: no SMMUv3 can be that. */
bool msmmu_features_check(MsmmuConfig *config, GError **error);
/* Of a configuration that was checked. */
void msmmu_id_registers_fill(const MsmmuConfig *config, MsmmuRegisters *regs);

/* The IAS: bits of the largest IPA (3.4). */
unsigned msmmu_ias_bits(const MsmmuRegisters *regs);

/* ---- stream_table.c, context.c, config.c ---- */

/*
 * The configuration for @rq: from the cache, else fetched, decoded, checked
 * and cached. OK, BYPASS (for its attributes): *ctx is valid until the
 * caller's translation ends. FAULT: *fault says what to record (type C_* or
 * F_STE_FETCH, F_CD_FETCH). ABORT_SILENT: by STE.Config, or C_BAD_STREAMID
 * with CR2.RECINVSID = 0; *ctx may be NULL. AGAIN: the gate is not @gate any
 * more, so what was fetched is worth nothing.
 */
MsmmuStatus msmmu_config_get(Msmmu *m, const MsmmuRequest *rq, uint32_t gate,
                             const MsmmuContext **ctx, MsmmuFault *fault);

/*
 * The same from memory, whatever is cached, into *ctx, which has no regime;
 * ctx->outcome is FAULT if there is none.
 */
MsmmuStatus msmmu_config_read(Msmmu *m, const MsmmuRequest *rq,
                              MsmmuContext *ctx, MsmmuFault *fault);

/*
 * What is cached for @rq, or NULL; nothing is fetched. Valid as that of
 * msmmu_config_get().
 */
const MsmmuContext *msmmu_config_peek(Msmmu *m, const MsmmuRequest *rq);

/* Caches of configuration; all take m->lock themselves (4.3). */
void msmmu_config_init(Msmmu *m);
void msmmu_config_free(Msmmu *m);
void msmmu_config_drop_all(Msmmu *m);
/* StreamIDs first..last inclusive, with all of their substreams. */
void msmmu_config_drop_streams(Msmmu *m, uint32_t first, uint32_t last);
void msmmu_config_drop_substream(Msmmu *m, uint32_t sid, uint32_t ssid);
/* How long msmmu_config_drop_streams() takes, in commands that look at one. */
unsigned msmmu_config_drop_cost(Msmmu *m, uint32_t first, uint32_t last);

/* ---- nested.c (the walker itself: walk.h) ---- */

/*
 * Translate @va for @access through the stages that @ctx has: walk, check
 * permissions, update the Access flag and the dirty state (unless
 * access->probe), and combine. Does not look at the TLB. FAULT: @fault says
 * all but what the access was (RnW, InD, PnU). AGAIN: a descriptor changed
 * while it was to be updated; @fault is what to report when that happens too
 * often.
 */
MsmmuStatus msmmu_translate_stages(Msmmu *m, const MsmmuContext *ctx,
                                   uint64_t va, const MsmmuAccess *access,
                                   MsmmuTranslation *out, MsmmuFault *fault);

/* ---- quick.c ---- */

/*
 * What msmmu_translate_stages() makes of most, if nobody is told: false if it
 * needs more than reading plain tables, or if it is not by the walk cache that
 * the last ones were found, for one stage at least, but @by_cache is true.
 */
bool msmmu_quick(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                 const MsmmuAccess *access, bool by_cache,
                 MsmmuTranslation *out);

/* ---- nested.c ---- */

/*
 * The PA at which to read a CD or an L1CD that is at @ipa, for @rq: through
 * stage 2 of @ctx (3.4.3, 5.4), or the same if @ctx has none. FAULT: of stage 2
 * with CLASS == CD.
 */
MsmmuStatus msmmu_locate_cd(Msmmu *m, const MsmmuContext *ctx,
                            const MsmmuRequest *rq, uint64_t ipa, uint64_t *pa,
                            MsmmuFault *fault);

/* ---- tlb.c, regime.c ---- */

/*
 * The cache of translations has a lock of its own, a leaf: all of these but
 * msmmu_tlb_release() may be called with m->lock held or not.
 */
void msmmu_tlb_init(Msmmu *m);
void msmmu_tlb_free(Msmmu *m);

/* Give @ctx, which translates, its regimes. Before it is published. */
void msmmu_tlb_intern(Msmmu *m, MsmmuContext *ctx);

/*
 * Nobody will find @ctx any more. Call it once for each msmmu_tlb_intern(),
 * before @ctx is retired; translations that run may still use @ctx. Without
 * m->lock.
 */
void msmmu_tlb_release(Msmmu *m, const MsmmuContext *ctx);

/* Lock-free. A copy of the cached translation, true if there is one. */
bool msmmu_tlb_lookup(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                      MsmmuTranslation *out);

/*
 * Cache @t, which a walk found that began when msmmu_tlb_epoch() was @epoch.
 * Does nothing if something of the regime was invalidated since, if all
 * contexts of the regime were released, or if @t is transient.
 */
uint64_t msmmu_tlb_epoch(const Msmmu *m, const MsmmuContext *ctx);
void msmmu_tlb_insert(Msmmu *m, const MsmmuContext *ctx,
                      const MsmmuTranslation *t, uint64_t epoch);

/*
 * The same for stage 2 translations of the tables of stage 1, which @regime, a
 * context's table_regime, caches: they are of stage 2 alone, and go with what
 * TLBI commands say of that. A lookup leaves no trace.
 */
bool msmmu_tlb_lookup_table(Msmmu *m, MsmmuRegime *regime, uint64_t ipa,
                            MsmmuTranslation *out);
uint64_t msmmu_tlb_table_epoch(MsmmuRegime *regime);
void msmmu_tlb_insert_table(Msmmu *m, MsmmuRegime *regime,
                            const MsmmuTranslation *t, uint64_t epoch);

/* Drop what @inv names (4.4, 3.17), and how long that may take at most. */
void msmmu_tlb_invalidate(Msmmu *m, const MsmmuInvalidation *inv);
unsigned msmmu_tlb_invalidation_cost(const Msmmu *m,
                                     const MsmmuInvalidation *inv);

/*
 * What a lookup would find, without leaving a trace; and @ctx with the regimes
 * that msmmu_tlb_intern() would find for it, NULL for none, valid until the
 * caller's translation ends.
 */
bool msmmu_tlb_peek(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                    MsmmuTranslation *out);
void msmmu_tlb_find_regimes(Msmmu *m, MsmmuContext *ctx);

/* ---- translate.c ---- */

/* From where a transaction is explained. */
typedef enum MsmmuView {
    MSMMU_VIEW_MEMORY,          /* from memory, whatever is cached */
    MSMMU_VIEW_CACHES,          /* from the caches, then from memory */
} MsmmuView;

/* What comes of a transaction, and by what. */
typedef struct MsmmuEnd {
    MsmmuResult result;
    /* Unless forwarded: of type 0 if there is no event for it. */
    MsmmuFault fault;
    bool recorded;              /* the fault is to be recorded */
    bool configured;            /* @ctx is valid, but for its regime */
    MsmmuContext ctx;
    bool config_cached;         /* it came from the cache */
    bool translation_cached;    /* and this from the TLB */
    bool tables_cached;         /* or from a table that the walk cache has */
    MsmmuTranslation translation;
} MsmmuEnd;

/*
 * What would come of @rq, a probe, seen from memory or from the caches, which
 * stay as they are. False if SMMUEN changed midway: ask again.
 *
 * What was seen from @memory a moment before, or NULL, saves the way from the
 * caches where they hold nothing but the same configuration.
 */
bool msmmu_translate_view(Msmmu *m, const MsmmuRequest *rq, MsmmuView view,
                          const MsmmuEnd *memory, MsmmuEnd *end);

/* ---- commands.c, command_fields.c ---- */

/* m->command_fields, as the ID registers are; anew if there are such. */
void msmmu_command_fields_init(Msmmu *m);
/* Consume commands: a slice now, the rest through ops->defer (4.1). */
void msmmu_commands_run(Msmmu *m);

/* ---- events.c ---- */

/*
 * Record @fault of transaction @rq in the Event queue (7.2), merge it into a
 * record that is there (7.3.1), or mark the overflow (7.4). Does nothing for a
 * probe and for a continued transaction; whether CR2.RECINVSID and CD.R let the
 * fault be recorded is the caller's business. Without m->lock.
 */
void msmmu_event_record(Msmmu *m, const MsmmuRequest *rq,
                        const MsmmuFault *fault);

/* Merge nothing into the records written so far. */
void msmmu_event_forget(Msmmu *m);

/* F_TRANSLATION, F_ADDR_SIZE, F_ACCESS or F_PERMISSION (3.12). */
bool msmmu_event_is_translation_related(const MsmmuFault *fault);

/* ---- gerror.c ---- */

/* Activate the error @bit of GERROR (7.5), if it is not active yet. */
void msmmu_gerror_raise(Msmmu *m, uint32_t bit);
/*
 * The same, with m->lock held. Returns true if the caller is to call ops->irq
 * for MSMMU_CORE_IRQ_GERROR once it has released the lock.
 */
bool msmmu_gerror_activate(Msmmu *m, uint32_t bit);
/* Whether the error @bit is active. With m->lock, or by who activates it. */
static inline bool msmmu_gerror_is_active(const Msmmu *m, uint32_t bit)
{
    return (msmmu_load(&m->regs.gerror) ^ msmmu_load(&m->regs.gerrorn)) & bit;
}

/* A line for ops->guest_error, at most a few per second. */
void msmmu_guest_error(Msmmu *m, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* ---- interrupts.c ---- */

/*
 * An edge of @irq arises, of which nothing becomes known if its source is
 * disabled now (6.3.16). With m->lock. Returns true if the caller is to call
 * ops->irq once it has released the lock.
 */
bool msmmu_irq_pend(Msmmu *m, MsmmuIrq irq);
/*
 * IRQ_CTRL was written. When this returns, IRQ_CTRLACK has its value, and what
 * arose before has been delivered or aborted if its source is now disabled.
 */
void msmmu_irq_enable(Msmmu *m, uint32_t irq_ctrl);
/* CMD_SYNC @cmd was consumed: the signal that it asks for (4.7.3). */
void msmmu_irq_sync_completed(Msmmu *m, const uint64_t cmd[2]);
/* An event for PEs, if the instance sends any (IDR0.SEV). */
void msmmu_sev_send(Msmmu *m);
/* Whether irqs_pending is a state that the instance can be in. */
bool msmmu_irqs_check(const Msmmu *m);

/* ---- registers.c ---- */
void msmmu_registers_reset(Msmmu *m);
/* Open or close the gate; the value is another one in any case. */
void msmmu_gate_set(Msmmu *m, bool open);
/* Whether the registers are a state that the instance can be in. */
bool msmmu_registers_check(Msmmu *m, GError **error);

/* ---- notify.c ---- */

/* Drop what @inv names here and, through ops->unmap, at all that copied it. */
void msmmu_invalidate(Msmmu *m, const MsmmuInvalidation *inv);
/* Drop every cached configuration and translation, here and at all others. */
void msmmu_invalidate_everything(Msmmu *m);
/* What others copied is void, what is cached here is not. */
void msmmu_notify_all(Msmmu *m);

#endif
