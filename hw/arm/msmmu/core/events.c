/*
 * Event records (IHI 0070 7.3) and the Event queue (7.2, 7.4).
 *
 * This is the only place that knows the layout of a record. An event that
 * cannot be written is lost (there are no stalled transactions): silently if
 * the queue is off or has an abort pending, with the overflow flag if it is
 * full. A write that aborts is synchronous: EVENTQ_PROD stays, so that all
 * entries before it are valid (7.2.2).
 *
 * With STE.MEV, an event is merged into a record that differs in the offset
 * within a page at most, was written a moment ago, and is still in the queue:
 * software that has consumed it may have mended its cause (7.3.1, 3.5.5). Of
 * what is written a few records are remembered, so that the cost is bounded.
 * Events before a valid STE is found are not merged, though they might be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"
#include "names.h"
#include "queue.h"
#include "spec/evt.h"
#include "spec/regs.h"

/* Fields that some types have and others do not. */
enum {
    HAS_SSV = 1 << 0,           /* SSV qualifies SubstreamID */
    HAS_SSID = 1 << 1,          /* SubstreamID is always valid */
    HAS_REASON = 1 << 2,
    HAS_ACCESS = 1 << 3,        /* RnW, InD, PnU and InputAddr */
    HAS_STAGE = 1 << 4,         /* S2 and CLASS */
    HAS_FETCH = 1 << 5,
    HAS_IPA = 1 << 6,
    HAS_TTRNW = 1 << 7,
    HAS_STREAM_ONLY = 1 << 8,
};

#define TRANSLATION_RELATED (HAS_SSV | HAS_ACCESS | HAS_STAGE | HAS_IPA)

static const uint16_t layout[] = {
    [EVT_C_BAD_STREAMID] = HAS_SSV,
    [EVT_F_STE_FETCH] = HAS_SSV | HAS_REASON | HAS_FETCH,
    [EVT_C_BAD_STE] = HAS_SSV,
    [EVT_F_STREAM_DISABLED] = HAS_STREAM_ONLY,
    [EVT_C_BAD_SUBSTREAMID] = HAS_SSID,
    [EVT_F_CD_FETCH] = HAS_SSV | HAS_REASON | HAS_FETCH,
    [EVT_C_BAD_CD] = HAS_SSV,
    [EVT_F_WALK_EABT] = HAS_SSV | HAS_REASON | HAS_ACCESS | HAS_STAGE |
                        HAS_FETCH,
    [EVT_F_TRANSLATION] = TRANSLATION_RELATED,
    [EVT_F_ADDR_SIZE] = TRANSLATION_RELATED,
    [EVT_F_ACCESS] = TRANSLATION_RELATED,
    [EVT_F_PERMISSION] = TRANSLATION_RELATED | HAS_TTRNW,
};

bool msmmu_event_is_translation_related(const MsmmuFault *fault)
{
    return fault->type == EVT_F_TRANSLATION ||
           fault->type == EVT_F_ADDR_SIZE ||
           fault->type == EVT_F_ACCESS ||
           fault->type == EVT_F_PERMISSION;
}

/*
 * InD is 0 for writes, whatever INSTCFG says (7.3.12, 7.3.13). An atomic access
 * is a write, unless reading is all that it lacks permission for (13.1.1;
 * IMPLEMENTATION DEFINED in SMMUv3.0).
 */
static uint64_t encode_access(const MsmmuRequest *rq, const MsmmuFault *fault)
{
    return msmmu_prep(EVT1_RNW, !rq->write || fault->lacks_read) |
           msmmu_prep(EVT1_IND, fault->instruction && !rq->write) |
           msmmu_prep(EVT1_PNU, fault->privileged);
}

static void encode(const Msmmu *m, const MsmmuRequest *rq,
                   const MsmmuFault *fault, uint64_t evt[EVT_WORDS])
{
    uint64_t addresses = msmmu_low_mask(m->config.oas_bits);
    unsigned has;

    g_assert(fault->type < G_N_ELEMENTS(layout) && layout[fault->type]);
    has = layout[fault->type];
    memset(evt, 0, EVT_WORDS * sizeof(*evt));

    evt[0] = msmmu_prep(EVT0_TYPE, fault->type) |
             msmmu_prep(EVT0_STREAM_ID, rq->sid);
    if (has & (HAS_SSV | HAS_SSID) && rq->ssid_valid) {
        evt[0] |= msmmu_prep(EVT0_SUBSTREAM_ID, rq->ssid);
        evt[0] |= msmmu_prep(EVT0_SSV, !!(has & HAS_SSV));
    }
    if (has & HAS_REASON) {
        evt[1] |= msmmu_prep(EVT1_REASON, fault->reason);
    }
    if (has & HAS_ACCESS) {
        evt[1] |= encode_access(rq, fault);
        evt[2] = msmmu_prep(EVT2_INPUT_ADDR, rq->iova);
    }
    if (has & HAS_STAGE) {
        evt[1] |= msmmu_prep(EVT1_S2, fault->stage == 2) |
                  msmmu_prep(EVT1_CLASS, fault->class);
    }
    /* UNKNOWN unless stage 2 refused a table of stage 1 (7.3.16). */
    if (has & HAS_TTRNW && fault->stage == 2 &&
        fault->class == MSMMU_CLASS_TT) {
        evt[1] |= msmmu_prep(EVT1_TTRNW, fault->read_not_write);
    }
    /* Address bits above the OAS are RES0. */
    if (has & HAS_FETCH) {
        evt[3] = fault->fetch_address & addresses & EVT3_FETCH_ADDR;
    }
    if (has & HAS_IPA && fault->stage == 2) {
        evt[3] = fault->ipa & addresses & EVT3_IPA;
    }
}

/* ---- Merging (7.3.1) ------------------------------------------------- */

/* Records further apart in time are not in "quick succession". */
#define MERGE_NS 1000000

/* An event on its way to the queue. */
typedef struct Record {
    uint64_t word[EVT_WORDS];
    bool may_merge;
    int64_t now;                /* if it may */
} Record;

/* All types that have an InputAddr here ignore its offset in a page. */
static bool is_same(const uint64_t a[EVT_WORDS], const uint64_t b[EVT_WORDS])
{
    return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] &&
           !((a[2] ^ b[2]) & ~EVT2_MERGED);
}

/* Whether @record is in the last @used records of the queue already. */
static bool is_merged(const Msmmu *m, const Record *record, uint32_t used)
{
    const MsmmuRecentEvents *recent = &m->recent;

    /* Not if software has changed the queue since the last record. */
    if (!record->may_merge || recent->queue != m->regs.eventq_base ||
        recent->prod != (m->regs.eventq_prod & Q_INDEX)) {
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(recent->slot); i++) {
        uint64_t number = recent->slot[i].number;

        if (number && recent->written - number < used &&
            record->now - recent->slot[i].since < MERGE_NS &&
            is_same(record->word, recent->slot[i].word)) {
            return true;
        }
    }
    return false;
}

/* @record was written, and EVENTQ_PROD moved. */
static void remember(Msmmu *m, const Record *record)
{
    MsmmuRecentEvents *recent = &m->recent;
    unsigned i = recent->next % G_N_ELEMENTS(recent->slot);

    recent->written++;
    recent->queue = m->regs.eventq_base;
    recent->prod = m->regs.eventq_prod & Q_INDEX;
    if (record->may_merge) {
        recent->slot[i].number = recent->written;
        recent->slot[i].since = record->now;
        memcpy(recent->slot[i].word, record->word, sizeof(record->word));
        recent->next++;
    }
}

void msmmu_event_forget(Msmmu *m)
{
    g_mutex_lock(&m->lock);
    m->recent = (MsmmuRecentEvents) { 0 };
    g_mutex_unlock(&m->lock);
}

/* ---- The queue (7.2, 7.4) -------------------------------------------- */

/* Which interrupts a recorded, or lost, event causes. */
typedef struct Outcome {
    const char *what;           /* for who wants to know */
    bool eventq_irq;
    bool gerror_irq;
} Outcome;

/* Put a record into the queue, if it is writable (7.2.1). With m->lock. */
static Outcome put(Msmmu *m, const Record *record)
{
    MsmmuRegisters *regs = &m->regs;
    MsmmuQueue q = msmmu_queue(regs->eventq_base,
                               msmmu_get(regs->idr[1], IDR1_EVENTQS),
                               EVT_SIZE_LOG2);
    uint32_t used = msmmu_queue_used(&q, regs->eventq_prod,
                                     regs->eventq_cons);
    uint8_t bytes[1 << EVT_SIZE_LOG2];

    if (!(regs->cr0ack & CR0_EVENTQEN) ||
        msmmu_gerror_is_active(m, GERROR_EVENTQ_ABT_ERR)) {
        return (Outcome) { .what = "lost: the queue is off, or has an abort" };
    }
    if (used <= q.entries && is_merged(m, record, used)) {
        return (Outcome) { .what = "merged" };
    }
    /* Inconsistent indexes count as full: the last choice of 3.5.1. */
    if (used >= q.entries) {
        if (!((regs->eventq_prod ^ regs->eventq_cons) & EVENTQ_PROD_OVFLG)) {
            msmmu_store(&regs->eventq_prod,
                        regs->eventq_prod ^ EVENTQ_PROD_OVFLG);
        }
        return (Outcome) { .what = "lost: the queue is full" };
    }
    for (unsigned i = 0; i < EVT_WORDS; i++) {
        msmmu_store_le64(bytes + 8 * i, record->word[i]);
    }
    if (!m->ops->write(m->opaque, msmmu_queue_entry(&q, regs->eventq_prod),
                       bytes, sizeof(bytes))) {
        return (Outcome) {
            .what = "lost: external abort",
            .gerror_irq = msmmu_gerror_activate(m, GERROR_EVENTQ_ABT_ERR),
        };
    }
    /* The store is a release: who sees the index sees the record (3.5.2). */
    msmmu_store(&regs->eventq_prod,
                msmmu_queue_advance(&q, regs->eventq_prod));
    remember(m, record);
    return (Outcome) {
        .what = "recorded",
        .eventq_irq = used == 0 && msmmu_irq_pend(m, MSMMU_CORE_IRQ_EVENTQ),
    };
}

static void tell(Msmmu *m, const MsmmuRequest *rq, const Record *record,
                 const char *outcome)
{
    MsmmuRecorder *recorder = msmmu_recorder(m, rq);

    if (recorder) {
        msmmu_step(recorder, &(MsmmuStep) {
            .kind = MSMMU_STEP_EVENT,
            .name = msmmu_event_name(msmmu_get(record->word[0], EVT0_TYPE)),
            .outcome = outcome,
            .words = EVT_WORDS,
            .word = { record->word[0], record->word[1], record->word[2],
                      record->word[3] },
        });
    }
}

void msmmu_event_record(Msmmu *m, const MsmmuRequest *rq,
                        const MsmmuFault *fault)
{
    Record record = { .may_merge = fault->may_merge };
    Outcome outcome;

    if (rq->probe || rq->continued) {
        return;
    }
    encode(m, rq, fault, record.word);
    if (record.may_merge) {
        record.now = m->ops->now(m->opaque);
    }
    g_mutex_lock(&m->lock);
    outcome = put(m, &record);
    g_mutex_unlock(&m->lock);
    tell(m, rq, &record, outcome.what);
    if (outcome.eventq_irq) {
        m->ops->irq(m->opaque, MSMMU_CORE_IRQ_EVENTQ);
    }
    if (outcome.gerror_irq) {
        m->ops->irq(m->opaque, MSMMU_CORE_IRQ_GERROR);
    }
}
