/*
 * The Command queue (IHI 0070 3.5, 7.1) and the commands (chapter 4).
 *
 * A command has taken full effect when its successor is executed, so CMD_SYNC
 * has nothing to wait for. The queue is worked off in slices, so that a guest
 * cannot hold the caller for long. An opcode without a row, or whose feature
 * the instance lacks, is CERROR_ILL.
 *
 * Commands are fetched some at a time. Software must not alter one that it has
 * submitted, nor take it that the SMMU sees if it does, until CMDQ_CONS has
 * moved past it (3.21.2). What was fetched ahead is forgotten at the end of the
 * slice and at an error, so after recovery each command is fetched anew; and an
 * abort is that of the command at CMDQ_CONS, or it is none yet (7.1).
 *
 * Choices. Reserved fields are all ignored, or all faulted with
 * strict_commands (4.1.5). StreamIDs and SubstreamIDs out of range have no
 * effect (4.1.7). While the indexes are inconsistent nothing is consumed
 * (3.5.1). Prefetch commands prefetch nothing (4.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "commands.h"
#include "queue.h"
#include "spec/regs.h"

/* In commands that look at one place each, or at few. */
#define COST_PER_SLICE 256
/* Fetched at a time, at most. */
#define BATCH 32

typedef struct Command {
    uint32_t needs;             /* these bits of IDR0, or CERROR_ILL */
    bool has_ssec;
    /*
     * Do it. Returns NULL, or why the parameters are ILLEGAL: then it did
     * nothing. *cost, which is 1, becomes the part of a slice that it takes.
     * Here and below, Reserved bits are 0.
     */
    const char *(*run)(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                       unsigned *cost);
    /* After CMDQ_CONS has moved past it; may be NULL. */
    void (*consumed)(Msmmu *m, const uint64_t cmd[CMD_WORDS]);
} Command;

/* ---- Configuration ------------------------------------------------------- */

static void invalidate_streams(Msmmu *m, uint32_t first, uint32_t last)
{
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_STREAMS, .first = first, .last = last,
    };

    msmmu_invalidate(m, &inv);
}

static const char *prefetch(G_GNUC_UNUSED Msmmu *m,
                            G_GNUC_UNUSED const uint64_t cmd[CMD_WORDS],
                            G_GNUC_UNUSED unsigned *cost)
{
    return NULL;
}

/* CDs of a stream go with its STE (4.3.1), so this is CFGI_CD_ALL too. */
static const char *cfgi_ste(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                            G_GNUC_UNUSED unsigned *cost)
{
    uint32_t sid = msmmu_get(cmd[0], CMD0_STREAM_ID);

    invalidate_streams(m, sid, sid);
    return NULL;
}

/* Also CFGI_ALL, which is the range of all StreamIDs (4.3.6). */
static const char *cfgi_ste_range(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                                  unsigned *cost)
{
    uint32_t sid = msmmu_get(cmd[0], CMD0_STREAM_ID);
    unsigned range = msmmu_get(cmd[1], CMD1_RANGE);
    uint32_t span = msmmu_low_mask(range + 1);

    *cost = msmmu_config_drop_cost(m, sid & ~span, sid | span);
    invalidate_streams(m, sid & ~span, sid | span);
    return NULL;
}

static const char *cfgi_cd(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                           G_GNUC_UNUSED unsigned *cost)
{
    uint32_t sid = msmmu_get(cmd[0], CMD0_STREAM_ID);
    uint32_t ssid = msmmu_get(cmd[0], CMD0_SUBSTREAM_ID);
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_STREAMS, .first = sid, .last = sid,
    };

    if (ssid >> msmmu_get(m->regs.idr[1], IDR1_SSIDSIZE)) {
        return NULL;
    }
    msmmu_config_drop_substream(m, sid, ssid);
    m->ops->unmap(m->opaque, &inv);
    return NULL;
}

/* ---- Synchronization ----------------------------------------------------- */

static const char *cmd_sync(G_GNUC_UNUSED Msmmu *m,
                            const uint64_t cmd[CMD_WORDS],
                            G_GNUC_UNUSED unsigned *cost)
{
    return msmmu_get(cmd[0], CMD0_CS) == CMD0_CS_RESERVED ?
        "its CS is Reserved (4.7.3)" : NULL;
}

/* ---- The queue ----------------------------------------------------------- */

#define TLBI(features) { .needs = (features), .run = msmmu_tlbi_run }

static const Command commands[COMMAND_OPCODES] = {
    [CMD_PREFETCH_CONFIG] = { .run = prefetch, .has_ssec = true },
    [CMD_PREFETCH_ADDR] = { .run = prefetch, .has_ssec = true },
    [CMD_CFGI_STE] = { .run = cfgi_ste, .has_ssec = true },
    [CMD_CFGI_STE_RANGE] = { .run = cfgi_ste_range, .has_ssec = true },
    [CMD_CFGI_CD] = {
        .needs = IDR0_S1P, .run = cfgi_cd, .has_ssec = true,
    }, [CMD_CFGI_CD_ALL] = {
        .needs = IDR0_S1P, .run = cfgi_ste, .has_ssec = true,
    },
    [CMD_TLBI_NH_ALL] = TLBI(IDR0_S1P),
    [CMD_TLBI_NH_ASID] = TLBI(IDR0_S1P),
    [CMD_TLBI_NH_VA] = TLBI(IDR0_S1P),
    [CMD_TLBI_NH_VAA] = TLBI(IDR0_S1P),
    [CMD_TLBI_EL2_ALL] = TLBI(IDR0_S1P | IDR0_HYP),
    [CMD_TLBI_EL2_ASID] = TLBI(IDR0_S1P | IDR0_HYP),
    [CMD_TLBI_EL2_VA] = TLBI(IDR0_S1P | IDR0_HYP),
    [CMD_TLBI_EL2_VAA] = TLBI(IDR0_S1P | IDR0_HYP),
    [CMD_TLBI_S12_VMALL] = TLBI(IDR0_S2P),
    [CMD_TLBI_S2_IPA] = TLBI(IDR0_S2P),
    [CMD_TLBI_NSNH_ALL] = TLBI(0),
    [CMD_SYNC] = { .run = cmd_sync, .consumed = msmmu_irq_sync_completed },
};

/* The row of an opcode that the instance has (4.1.3), else NULL. */
static const Command *find(const Msmmu *m, unsigned opcode)
{
    const Command *row;

    if (opcode >= COMMAND_OPCODES) {
        return NULL;
    }
    row = &commands[opcode];
    return row->run && !(row->needs & ~m->regs.idr[0]) ? row : NULL;
}

/*
 * Why the fields of a command make it illegal, whatever their meaning; NULL if
 * they do not. Its Reserved bits are 0 then (4.1.5).
 */
static const char *check_fields(const Msmmu *m, const Command *row,
                                uint64_t cmd[CMD_WORDS])
{
    const uint64_t *reserved = msmmu_command_reserved(m, cmd);

    /* There is no Secure stream on this queue, ever (4.1.6). */
    if (row->has_ssec && cmd[0] & CMD0_SSEC) {
        return "its SSec is 1 (4.1.6)";
    }
    if (m->config.strict_commands &&
        ((cmd[0] & reserved[0]) || (cmd[1] & reserved[1]))) {
        return "a Reserved field is not 0 (4.1.5, strict-commands)";
    }
    cmd[0] &= ~reserved[0];
    cmd[1] &= ~reserved[1];
    return NULL;
}

/* Do a command, of which the Reserved bits are cleared. NULL or why not. */
static const char *execute(Msmmu *m, const Command *row,
                           uint64_t cmd[CMD_WORDS], unsigned *cost)
{
    const char *why;

    if (!row) {
        return "this instance has no such command (4.1.3)";
    }
    why = check_fields(m, row, cmd);
    return why ? why : row->run(m, cmd, cost);
}

/* 7.1: the reason is visible before the error is. */
static void stop(Msmmu *m, unsigned cerror)
{
    msmmu_store(&m->regs.cmdq_cons,
                msmmu_set(m->regs.cmdq_cons, CMDQ_CONS_ERR, cerror));
    msmmu_gerror_raise(m, GERROR_CMDQ_ERR);
}

/* Commands from CMDQ_CONS on that have been fetched. */
typedef struct Fetched {
    unsigned next;
    unsigned count;
    uint64_t cmd[BATCH][CMD_WORDS];
} Fetched;

static bool fetch_some(Msmmu *m, uint64_t pa, unsigned count, Fetched *f)
{
    f->next = 0;
    f->count = count;
    return m->ops->read(m->opaque, pa, f->cmd, count * sizeof(f->cmd[0]));
}

/*
 * Fetch of @used commands as many as are in one piece, or if not all of those
 * can be read, the first. False for an abort of the first.
 */
static bool fetch(Msmmu *m, const MsmmuQueue *q, unsigned used, Fetched *f)
{
    uint32_t cons = m->regs.cmdq_cons;
    uint64_t pa = msmmu_queue_entry(q, cons);
    unsigned count = MIN(used, BATCH);

    count = MIN(count, q->entries - (cons & (q->entries - 1)));
    return fetch_some(m, pa, count, f) ||
           (count > 1 && fetch_some(m, pa, 1, f));
}

static void report_illegal(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                           const char *why)
{
    const char *name = msmmu_command_name(msmmu_get(cmd[0], CMD0_OPCODE));

    msmmu_guest_error(m, "illegal command 0x%016" PRIx64 " 0x%016" PRIx64
                      " (%s): %s", cmd[0], cmd[1], name ? name : "Reserved",
                      why);
}

/* A command as it was fetched, and what came of it, for who wants to know. */
static void tell(Msmmu *m, const uint64_t cmd[CMD_WORDS], const char *outcome)
{
    MsmmuRecorder *recorder = msmmu_recorder(m, NULL);
    const char *name;

    if (recorder) {
        name = msmmu_command_name(msmmu_get(cmd[0], CMD0_OPCODE));
        msmmu_step(recorder, &(MsmmuStep) {
            .kind = MSMMU_STEP_COMMAND,
            .name = name ? name : "Reserved",
            .outcome = outcome,
            .words = CMD_WORDS,
            .word = { cmd[0], cmd[1] },
        });
    }
}

/* Commands that may be consumed now (4.1.2). */
static unsigned pending(Msmmu *m, const MsmmuQueue *q)
{
    uint32_t used = msmmu_queue_used(q, m->regs.cmdq_prod, m->regs.cmdq_cons);

    if (!(m->regs.cr0ack & CR0_CMDQEN) ||
        msmmu_gerror_is_active(m, GERROR_CMDQ_ERR)) {
        return 0;
    }
    if (used > q->entries) {
        msmmu_guest_error(m, "CMDQ_PROD and CMDQ_CONS are inconsistent "
                          "(3.5.1)");
        return 0;
    }
    return used;
}

/*
 * Consume one of @used commands. Returns what it cost, 0 if it could not be
 * consumed.
 */
static unsigned consume(Msmmu *m, const MsmmuQueue *q, unsigned used,
                        Fetched *f)
{
    uint64_t cmd[CMD_WORDS], fetched[CMD_WORDS];
    unsigned cost = 1;
    const Command *row;
    const char *why;

    if (f->next == f->count && !fetch(m, q, used, f)) {
        stop(m, CERROR_ABT);
        return 0;
    }
    for (unsigned i = 0; i < CMD_WORDS; i++) {
        fetched[i] = cmd[i] = msmmu_le64(f->cmd[f->next][i]);
    }
    f->next++;
    row = find(m, msmmu_get(cmd[0], CMD0_OPCODE));
    why = execute(m, row, cmd, &cost);
    tell(m, fetched, why ? why : "done");
    if (why) {
        report_illegal(m, fetched, why);
        stop(m, CERROR_ILL);
        return 0;
    }
    msmmu_store(&m->regs.cmdq_cons,
                msmmu_queue_advance(q, m->regs.cmdq_cons));
    if (used == q->entries) {
        msmmu_sev_send(m);      /* 4.1.2: it was full */
    }
    if (row->consumed) {
        row->consumed(m, cmd);
    }
    return cost;
}

static void run_slice(Msmmu *m)
{
    MsmmuQueue q = msmmu_queue(m->regs.cmdq_base,
                               msmmu_get(m->regs.idr[1], IDR1_CMDQS),
                               CMD_SIZE_LOG2);
    Fetched fetched;
    unsigned used;

    fetched.next = fetched.count = 0;
    for (unsigned spent = 0; spent < COST_PER_SLICE; ) {
        unsigned cost;

        used = pending(m, &q);
        cost = used ? consume(m, &q, used, &fetched) : 0;
        if (!cost) {
            return;
        }
        spent += cost;
    }
    if (pending(m, &q)) {
        m->ops->defer(m->opaque);
    }
}

/*
 * A CMD_SYNC's MSI may be written to CMDQ_PROD of another instance. Were that
 * one's slice a part of this one, then a chain of n instances would consume
 * (COST_PER_SLICE)^n commands at once.
 */
void msmmu_commands_run(Msmmu *m)
{
    static __thread bool in_slice;

    if (in_slice) {
        m->ops->defer(m->opaque);
        return;
    }
    in_slice = true;
    run_slice(m);
    in_slice = false;
}

void msmmu_run_deferred(Msmmu *m)
{
    msmmu_commands_run(m);
}
