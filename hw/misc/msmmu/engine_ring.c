/*
 * Rings of descriptors of the device msmmu-engine.
 *
 * A bottom half gives each running ring a turn, and comes back for as long as a
 * ring runs. A turn has a credit, of which every transaction and every byte
 * takes its share, descriptors without any too, and ends early where they are
 * slow: however large the numbers are that a guest writes, the main loop goes
 * on soon. While the machine is stopped there are no turns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "hw/pci/msix.h"
#include "engine.h"
#include "trace.h"

/* ---- State ---- */

static unsigned number_of(const MsmmuEngine *s, const EngineRing *ring)
{
    return ring - s->ring;
}

static void notify(MsmmuEngine *s, const EngineRing *ring)
{
    PCIDevice *dev = PCI_DEVICE(s);

    if (FIELD_EX32(ring->ctrl, RING_CTRL, IRQ) && msix_enabled(dev)) {
        msix_notify(dev, number_of(s, ring));
    }
}

static void halt(MsmmuEngine *s, EngineRing *ring, uint8_t why)
{
    trace_msmmu_engine_halt(msmmu_engine_id(s), number_of(s, ring), why);
    ring->state = RING_HALTED;
    ring->why = why;
    ring->job.active = false;
    notify(s, ring);
}

/* Run, or not, as PROD and CONS say. */
static void look_for_work(MsmmuEngine *s, EngineRing *ring)
{
    uint32_t ready = ring->prod - ring->cons;

    if (ready > 1u << ring->size_log2) {
        halt(s, ring, HALT_DOORBELL);
    } else if (ready) {
        ring->state = RING_RUNNING;
        qemu_bh_schedule(s->bh);
    } else {
        ring->state = RING_IDLE;
    }
}

void msmmu_engine_ring_enable(EngineRing *ring)
{
    ring->state = RING_IDLE;
    ring->prod = 0;
    ring->cons = 0;
}

void msmmu_engine_ring_disable(EngineRing *ring)
{
    ring->state = RING_DISABLED;
    ring->why = HALT_NONE;
    ring->job.active = false;
}

void msmmu_engine_ring_doorbell(MsmmuEngine *s, EngineRing *ring,
                                uint32_t prod)
{
    bool is_back = prod - ring->cons < ring->prod - ring->cons;

    ring->prod = prod;
    if (ring->state != RING_IDLE && ring->state != RING_RUNNING) {
        return;
    }
    if (is_back) {
        halt(s, ring, HALT_DOORBELL);
    } else {
        look_for_work(s, ring);
    }
}

/* ---- Descriptors in memory ---- */

static uint64_t descriptor_address(const EngineRing *ring)
{
    uint64_t place = ring->cons & ((1u << ring->size_log2) - 1);

    return ring->base + (place << ENGINE_DESCRIPTOR_LOG2);
}

static bool is_local(const EngineRing *ring)
{
    return FIELD_EX32(ring->ctrl, RING_CTRL, LOCAL);
}

/* An access of the ring's own, which no descriptor counts */
static bool ring_access(EngineTurn *turn, uint64_t iova, void *buf,
                        uint32_t size, bool write)
{
    MsmmuTransaction t = msmmu_engine_transaction(turn->ring->attr);

    t.iova = iova;
    t.size = size;
    t.write = write;
    turn->credit -= ENGINE_TRANSACTION_COST;
    return engine_is_ok(msmmu_engine_bus_access(turn->bus, &t, false, buf));
}

static bool read_descriptor(EngineTurn *turn, uint64_t word[DESC_WORDS])
{
    uint64_t address = descriptor_address(turn->ring);

    if (is_local(turn->ring)) {
        turn->credit -= ENGINE_TRANSACTION_COST;
        msmmu_engine_local_read(turn->s, address, word,
                                ENGINE_DESCRIPTOR_SIZE);
        return true;
    }
    return ring_access(turn, address, word, ENGINE_DESCRIPTOR_SIZE, false);
}

static bool write_words(EngineTurn *turn, unsigned first, unsigned num)
{
    uint64_t address = descriptor_address(turn->ring) +
                       first * sizeof(uint64_t);
    uint64_t word[DESC_WORDS];

    for (unsigned i = 0; i < num; i++) {
        word[i] = cpu_to_le64(turn->ring->job.word[first + i]);
    }
    if (is_local(turn->ring)) {
        msmmu_engine_local_write(turn->s, address, word,
                                 num * sizeof(uint64_t));
        return true;
    }
    return ring_access(turn, address, word, num * sizeof(uint64_t), true);
}

static bool write_results(EngineTurn *turn)
{
    if (!write_words(turn, DESC_TIME, DESC_STATUS - DESC_TIME)) {
        return false;
    }
    /* STATUS last: who sees it sees the others, and all data. */
    smp_wmb();
    return turn->ring->job.active && write_words(turn, DESC_STATUS, 1);
}

/* ---- Descriptors at work ---- */

static bool is_running(const EngineTurn *turn)
{
    return turn->ring->state == RING_RUNNING;
}

/* Take up the descriptor at CONS. */
static void begin(EngineTurn *turn)
{
    EngineRing *ring = turn->ring;
    EngineJob *job = &ring->job;

    if (!engine_is_ok(msmmu_engine_check_attributes(turn->s, turn->bus,
                                                    ring->attr, false))) {
        halt(turn->s, ring, HALT_ATTRIBUTES);
        return;
    }
    *job = (EngineJob) { .active = true };
    if (!read_descriptor(turn, job->word)) {
        if (is_running(turn)) {
            halt(turn->s, ring, HALT_FETCH);
        }
        return;
    }
    for (unsigned i = 0; i < DESC_WORDS; i++) {
        job->word[i] = i < DESC_TIME ? le64_to_cpu(job->word[i]) : 0;
    }
    trace_msmmu_engine_begin(msmmu_engine_id(turn->s),
                             number_of(turn->s, ring), ring->cons,
                             FIELD_EX64(job->word[DESC_HEAD], DESC_HEAD, OP));
}

static void complete(EngineTurn *turn)
{
    EngineRing *ring = turn->ring;
    uint64_t status = ring->job.word[DESC_STATUS];

    if (!write_results(turn)) {
        if (is_running(turn)) {
            halt(turn->s, ring, HALT_RESULT);
        }
        return;
    }
    if (!is_running(turn)) {
        return;
    }
    trace_msmmu_engine_end(msmmu_engine_id(turn->s),
                           number_of(turn->s, ring), ring->cons,
                           FIELD_EX64(status, DESC_STATUS, STATUS),
                           FIELD_EX64(status, DESC_STATUS, DETAIL),
                           ring->job.word[DESC_TRANSACTIONS]);
    ring->job.active = false;
    ring->cons++;
    if (turn->op.irq) {
        notify(turn->s, ring);
    }
    if (is_running(turn)) {
        look_for_work(turn->s, ring);
    }
}

/* Begin or go on. What it may do is decided anew in each turn. */
static void work_on_descriptor(EngineTurn *turn)
{
    EngineJob *job = &turn->ring->job;
    int64_t start = get_clock();
    bool is_complete = true;
    EngineOutcome out;

    if (!job->active) {
        begin(turn);
        if (!is_running(turn) || !job->active) {
            return;
        }
        start = get_clock();
    }
    out = msmmu_engine_decode(turn->s, turn->bus, job->word, &turn->op);
    if (engine_is_ok(out)) {
        is_complete = msmmu_engine_operation_run(turn);
    } else {
        msmmu_engine_set_status(job, out);
    }
    if (!job->active) {
        return;
    }
    job->word[DESC_TIME] += get_clock() - start;
    if (is_complete) {
        complete(turn);
    }
}

bool msmmu_engine_turn_look(EngineTurn *turn)
{
    if (get_clock() - turn->start > ENGINE_TURN_NS) {
        turn->credit = 0;
    }
    turn->clock_step = MIN(2 * turn->clock_step, ENGINE_CLOCK_CREDIT);
    turn->clock_credit = MAX(turn->credit - turn->clock_step, 0);
    return turn->credit <= 0;
}

static void give_turn(MsmmuEngine *s, EngineBus *bus, EngineRing *ring)
{
    EngineTurn turn = {
        .s = s,
        .bus = bus,
        .ring = ring,
        .credit = ENGINE_TURN_CREDIT,
        .clock_credit = ENGINE_TURN_CREDIT - 1,
        .clock_step = ENGINE_TRANSACTION_COST,
        .start = get_clock(),
    };

    while (is_running(&turn) && !engine_turn_is_over(&turn)) {
        work_on_descriptor(&turn);
    }
    if (ring->state != RING_DISABLED) {
        ring->time += get_clock() - turn.start;
    }
}

/* ---- Turns ---- */

static bool any_running(const MsmmuEngine *s)
{
    for (unsigned i = 0; i < ENGINE_RINGS; i++) {
        if (s->ring[i].state == RING_RUNNING) {
            return true;
        }
    }
    return false;
}

/*
 * An unplug may be what a transaction does: all rings are disabled then. The
 * bus holds the device until an RCU callback, which needs the big lock, and the
 * main loop has that until it has left this function and looked at its guard.
 */
static void give_turns(void *opaque)
{
    MsmmuEngine *s = opaque;
    int64_t start = get_clock();
    EngineBus bus;

    if (!runstate_is_running()) {
        return;     /* run_state_changed() comes back to it */
    }
    bus = msmmu_engine_bus(s);
    for (unsigned i = 0; i < ENGINE_RINGS; i++) {
        EngineRing *ring = &s->ring[s->next_ring];

        s->next_ring = (s->next_ring + 1) % ENGINE_RINGS;
        if (ring->state == RING_RUNNING) {
            give_turn(s, &bus, ring);
        }
        /* Others were waiting long enough for this one. */
        if (get_clock() - start > ENGINE_TURN_NS) {
            break;
        }
    }
    if (any_running(s)) {
        qemu_bh_schedule(s->bh);
    }
}

static void run_state_changed(void *opaque, bool running, RunState state)
{
    MsmmuEngine *s = opaque;

    if (running && any_running(s)) {
        qemu_bh_schedule(s->bh);
    }
}

void msmmu_engine_rings_init(MsmmuEngine *s)
{
    s->bh = qemu_bh_new_guarded(give_turns, s,
                                &DEVICE(s)->mem_reentrancy_guard);
    s->run_state = qemu_add_vm_change_state_handler(run_state_changed, s);
}

void msmmu_engine_rings_reset(MsmmuEngine *s)
{
    qemu_bh_cancel(s->bh);
    memset(s->ring, 0, sizeof(s->ring));
}

void msmmu_engine_rings_exit(MsmmuEngine *s)
{
    msmmu_engine_rings_reset(s);
    g_clear_pointer(&s->run_state, qemu_del_vm_change_state_handler);
    g_clear_pointer(&s->bh, qemu_bh_delete);
}
