/*
 * What the device msmmu-engine does with each transaction of a descriptor.
 *
 * One step takes the next part of the first range, makes a transaction of it,
 * and does with its data what the operation says, up to the transactions of the
 * second range. Results so far are in the words of the job.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include <zlib.h>
#include "engine.h"
#include "trace.h"

#define PIECE_MAX MSMMU_TRANSACTION_MAX

/* ---- Results ---- */

void msmmu_engine_set_status(EngineJob *job, EngineOutcome out)
{
    uint64_t *status = &job->word[DESC_STATUS];

    *status = FIELD_DP64(*status, DESC_STATUS, STATUS, out.status);
    *status = FIELD_DP64(*status, DESC_STATUS, DETAIL, out.detail);
}

static uint64_t num_failed(const EngineJob *job)
{
    return FIELD_EX64(job->word[DESC_STATUS], DESC_STATUS, FAILED);
}

static void note_failure(EngineJob *job, uint64_t iova, EngineOutcome out)
{
    uint64_t failed = num_failed(job);

    if (failed == 0) {
        msmmu_engine_set_status(job, out);
        job->word[DESC_FAULT] = iova;
    }
    job->word[DESC_STATUS] = FIELD_DP64(job->word[DESC_STATUS], DESC_STATUS,
                                        FAILED, MIN(failed + 1, UINT32_MAX));
}

static void note_bad(EngineJob *job, uint64_t iova, uint8_t detail)
{
    msmmu_engine_set_status(job,
                            engine_outcome(STATUS_BAD_DESCRIPTOR, detail));
    if (detail == BAD_ALIGNMENT) {
        job->word[DESC_FAULT] = iova;
    }
}

static void note_difference(EngineJob *job, uint64_t index)
{
    if (FIELD_EX64(job->word[DESC_STATUS], DESC_STATUS, STATUS) ==
        STATUS_NONE) {
        msmmu_engine_set_status(job, engine_outcome(STATUS_MISMATCH, 0));
        job->word[DESC_RESULT] = index;
    }
}

/* No further transaction is to be made: something happened, or all is gone. */
static bool is_over(const EngineTurn *turn)
{
    const EngineJob *job = &turn->ring->job;
    uint8_t status = FIELD_EX64(job->word[DESC_STATUS], DESC_STATUS, STATUS);

    return !job->active || status == STATUS_BAD_DESCRIPTOR ||
           (status != STATUS_NONE && !turn->op.go_on);
}

/* ---- Transactions ---- */

static MsmmuTransaction *describe(EngineRange *range, const EnginePiece *piece,
                                  bool write)
{
    MsmmuTransaction *t = &range->transaction;

    t->iova = piece->iova;
    t->size = piece->size;
    t->write = write;
    return t;
}

/* Count a transaction that was made. */
static void note(EngineTurn *turn, const MsmmuTransaction *t,
                 EngineOutcome out)
{
    EngineRing *ring = turn->ring;
    EngineJob *job = &ring->job;

    if (trace_event_get_state_backends(TRACE_MSMMU_ENGINE_TRANSACTION)) {
        trace_msmmu_engine_transaction(msmmu_engine_id(turn->s),
                                       t->atomic ? "atomic" :
                                       t->write ? "write" : "read",
                                       t->iova, t->size, out.status);
    }
    turn->credit -= ENGINE_TRANSACTION_COST + t->size * ENGINE_BYTE_COST;
    if (t->size >= ENGINE_CLOCK_BYTES) {
        turn->clock_credit = turn->credit;
    }
    if (!job->active) {
        return;
    }
    job->word[DESC_TRANSACTIONS]++;
    ring->transactions++;
    if (engine_is_ok(out)) {
        ring->bytes += t->size;
    } else {
        note_failure(job, t->iova, out);
    }
}

/* One read or write. False if there is no data, or nobody who wants them. */
static bool transact(EngineTurn *turn, unsigned n, const EnginePiece *piece,
                     bool write, void *buf)
{
    const MsmmuTransaction *t = describe(&turn->op.range[n], piece, write);
    EngineOutcome out = msmmu_engine_bus_access(turn->bus, t,
                                                turn->op.unmarked, buf);

    note(turn, t, out);
    return out.status != STATUS_ABORTED && turn->ring->job.active;
}

/* The next part of range @n. False at its end, or if the descriptor is bad. */
static bool next_piece(EngineTurn *turn, unsigned n, uint32_t max,
                       EnginePiece *piece)
{
    EngineJob *job = &turn->ring->job;
    EngineOutcome out = msmmu_engine_range_next(turn->s, &turn->op.range[n],
                                                &job->cursor[n], max, piece);

    if (!engine_is_ok(out)) {
        note_bad(job, piece->iova, out.detail);
        return false;
    }
    return piece->size > 0;
}

/* ---- Data of the operand ---- */

/* Bytes @from and on of OPERAND, over and over */
static void repeat_operand(const EngineOperation *op, uint64_t from,
                           uint8_t *buf, uint32_t size)
{
    const uint64_t word = cpu_to_le64(ror64(op->operand, from % 8 * 8));
    uint32_t i;

    for (i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
        memcpy(buf + i, &word, sizeof(word));
    }
    memcpy(buf + i, &word, size - i);
}

static void compare(EngineJob *job, const uint8_t *a, const uint8_t *b,
                    uint32_t size, uint64_t index)
{
    uint32_t i = 0;

    if (memcmp(a, b, size) == 0) {
        return;
    }
    while (a[i] == b[i]) {
        i++;
    }
    note_difference(job, index + i);
}

/* ---- Operations ---- */

static void do_read(EngineTurn *turn, const EnginePiece *piece)
{
    uint64_t offset = turn->op.local + turn->ring->job.done;

    if (transact(turn, 0, piece, false, turn->data)) {
        msmmu_engine_local_write(turn->s, offset, turn->data, piece->size);
    }
}

static void do_write(EngineTurn *turn, const EnginePiece *piece)
{
    msmmu_engine_local_read(turn->s, turn->op.local + turn->ring->job.done,
                            turn->data, piece->size);
    transact(turn, 0, piece, true, turn->data);
}

static void do_fill(EngineTurn *turn, const EnginePiece *piece)
{
    repeat_operand(&turn->op, turn->ring->job.done, turn->data, piece->size);
    transact(turn, 0, piece, true, turn->data);
}

static void do_checksum(EngineTurn *turn, const EnginePiece *piece)
{
    uint64_t *result = &turn->ring->job.word[DESC_RESULT];

    if (transact(turn, 0, piece, false, turn->data)) {
        *result = crc32(*result, turn->data, piece->size);
    }
}

static void do_verify(EngineTurn *turn, const EnginePiece *piece)
{
    EngineJob *job = &turn->ring->job;

    if (transact(turn, 0, piece, false, turn->data)) {
        repeat_operand(&turn->op, job->done, turn->other, piece->size);
        compare(job, turn->data, turn->other, piece->size, job->done);
    }
}

/* What was read, from @offset of it on, meets a part of the second range. */
static void do_second(EngineTurn *turn, const EnginePiece *second,
                      uint32_t offset)
{
    EngineJob *job = &turn->ring->job;
    uint8_t *data = turn->data + offset;

    if (turn->op.op == OP_COPY) {
        transact(turn, 1, second, true, data);
    } else if (transact(turn, 1, second, false, turn->other)) {
        compare(job, data, turn->other, second->size, job->done + offset);
    }
}

/* The second range follows the first even where there is nothing to be done. */
static void do_both(EngineTurn *turn, const EnginePiece *piece)
{
    bool has_data = transact(turn, 0, piece, false, turn->data);
    EnginePiece second;

    for (uint32_t i = 0; i < piece->size && !is_over(turn); i += second.size) {
        if (!next_piece(turn, 1, piece->size - i, &second)) {
            return;
        }
        if (has_data) {
            do_second(turn, &second, i);
        }
    }
}

static void do_atomic(EngineTurn *turn, const EnginePiece *piece)
{
    MsmmuTransaction *t = describe(&turn->op.range[0], piece, true);
    EngineJob *job = &turn->ring->job;
    /* All of the access, unless it was cut */
    uint64_t size = (uint64_t)piece->size + job->cursor[0].left;
    EngineOutcome out;
    uint64_t old;

    if (size != 4 && size != 8) {
        note_bad(job, t->iova, BAD_ATOMIC_SIZE);
        return;
    }
    if (!QEMU_IS_ALIGNED(t->iova, size)) {
        note_bad(job, t->iova, BAD_ALIGNMENT);
        return;
    }
    t->atomic = true;
    out = msmmu_engine_bus_atomic(turn->bus, t, turn->op.unmarked, &turn->op,
                                  &old);
    note(turn, t, out);
    if (job->active && out.status != STATUS_ABORTED) {
        job->word[DESC_RESULT] = old;
    }
}

/* What was read is forgotten: nothing of ours that would take time. */
static void do_touch(EngineTurn *turn, const EnginePiece *piece)
{
    transact(turn, 0, piece, false, turn->data);
}

static void (*const operations[NUM_OPS])(EngineTurn *turn,
                                         const EnginePiece *piece) = {
    [OP_READ] = do_read,
    [OP_WRITE] = do_write,
    [OP_FILL] = do_fill,
    [OP_CHECKSUM] = do_checksum,
    [OP_COMPARE] = do_both,
    [OP_VERIFY] = do_verify,
    [OP_COPY] = do_both,
    [OP_ADD] = do_atomic,
    [OP_SWAP] = do_atomic,
    [OP_CAS] = do_atomic,
    [OP_TOUCH] = do_touch,
};

/* False if the job is complete. */
static bool step(EngineTurn *turn)
{
    EngineJob *job = &turn->ring->job;
    EnginePiece piece;

    if (!operations[turn->op.op] ||
        !next_piece(turn, 0, PIECE_MAX, &piece)) {
        return false;
    }
    operations[turn->op.op](turn, &piece);
    job->done += piece.size;
    return !is_over(turn);
}

bool msmmu_engine_operation_run(EngineTurn *turn)
{
    EngineJob *job = &turn->ring->job;

    while (step(turn)) {
        if (engine_turn_is_over(turn)) {
            return false;
        }
    }
    if (!job->active) {
        return false;
    }
    if (FIELD_EX64(job->word[DESC_STATUS], DESC_STATUS, STATUS) ==
        STATUS_NONE) {
        msmmu_engine_set_status(job, engine_outcome(STATUS_OK, 0));
    }
    return true;
}
