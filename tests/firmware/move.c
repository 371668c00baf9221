/*
 * Step 8: devices move data, and it lands where the tables say.
 *
 * Every way in which an instance can translate, by stages and granules, is
 * tried, in turn; then all devices of the machine are at work together. Their
 * addresses are the same, their StreamIDs are, and the data must not meet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

#define REPEAT 64
#define REPEAT_MAX 4096

/* A port that is to move data in this round, or has no way left */
typedef struct Move {
    bool active;
    Way way;
    size_t bytes;
    uint32_t seed;
    DmaEnd end;
} Move;

static void prepare(Port *port, Move *move, unsigned index, uint32_t seed)
{
    *move = (Move) {
        .active = port->smmu ? port_way(port, index, &move->way) : !index,
        .bytes = port->dma.kind->largest < PORT_BYTES
               ? port->dma.kind->largest : PORT_BYTES,
        .seed = seed,
    };
    if (move->active && port->smmu) {
        port_way(port, index, &move->way);
    }
    if (move->active) {
        port_prepare(port, &move->way);
        port_fill(port, seed);
    }
}

/* Without an SMMU the device has to be told where memory really is. */
static void begin(Port *port, const Move *move)
{
    uint64_t from = port->smmu ? IOVA_SOURCE : (uintptr_t)port->source;
    uint64_t to = port->smmu ? IOVA_TARGET : (uintptr_t)port->target;

    port->dma.kind->begin(&port->dma, DMA_COPY, from, to, move->bytes);
}

static void judge(const Port *port, const Move *move)
{
    bool moved = port_has_moved(port, move->seed, move->bytes);

    tap_result(moved && move->end == DMA_DONE,
               "segment %u, %s: %s: %lu KiB land where the tables say",
               port->host.segment,
               port->smmu ? fdt_name(port->smmu->node) : "no SMMU",
               port->smmu ? port_way_name(&move->way) : "untranslated",
               move->bytes / KIB);
    if (move->end != DMA_DONE) {
        tap_note("  the transfer %s", dma_end_name(move->end));
    }
}

/* No transfer has faulted. */
static void judge_smmus(Machine *machine)
{
    uint64_t event[EVENT_WORDS];

    for (unsigned i = 0; i < machine->num_smmus; i++) {
        Smmu *smmu = machine->smmus + i;

        while (smmu_next_event(smmu, event)) {
            tap_result(false, "%s has no event", fdt_name(smmu->node));
            smmu_print_event(event);
        }
        if (smmu_active_errors(smmu)) {
            tap_result(false, "%s has no error", fdt_name(smmu->node));
            smmu_print_errors(smmu);
        }
    }
}

/* Way number @index of each; false when none has one */
static bool do_round(Machine *machine, unsigned index)
{
    static Move moves[PORTS_MAX];
    bool any = false;

    for (unsigned i = 0; i < machine->num_ports; i++) {
        prepare(machine->ports + i, moves + i, index,
                (index << 16) + (i << 8) + 1);
        any |= moves[i].active;
    }
    for (unsigned i = 0; i < machine->num_ports; i++) {
        if (moves[i].active) {
            begin(machine->ports + i, moves + i);
        }
    }
    for (unsigned i = 0; i < machine->num_ports; i++) {
        if (moves[i].active) {
            moves[i].end = dma_wait(&machine->ports[i].dma);
        }
    }
    for (unsigned i = 0; i < machine->num_ports; i++) {
        if (moves[i].active) {
            judge(machine->ports + i, moves + i);
            port_forget(machine->ports + i);
        }
    }
    judge_smmus(machine);
    return any;
}

/* ---- All at the same time ----------------------------------------------- */

/* The last way is that with most levels; the same copy, over and over */
static void prepare_long(Port *port, Move *move, uint32_t seed,
                         uint32_t repeat)
{
    unsigned ways = 1;
    Way way;

    while (port->smmu && port_way(port, ways, &way)) {
        ways++;
    }
    prepare(port, move, port->smmu ? ways - 1 : 0, seed);
    port->dma.repeat = port->dma.kind->repeats ? repeat : 0;
}

static bool all_are_busy(Machine *machine)
{
    bool busy = true;

    for (unsigned i = 0; i < machine->num_ports; i++) {
        Dma *dma = &machine->ports[i].dma;

        busy &= dma->kind->poll(dma) == DMA_BUSY;
    }
    return busy;
}

static bool end_long(Port *port, Move *move)
{
    move->end = dma_wait(&port->dma);
    port->dma.repeat = 0;
    port_forget(port);
    return move->end == DMA_DONE &&
        port_has_moved(port, move->seed, move->bytes);
}

/* Sets @busy if none had ended when the last one had begun. */
static bool try_together(Machine *machine, uint32_t repeat, bool *busy)
{
    static Move moves[PORTS_MAX];
    bool moved = true;

    for (unsigned i = 0; i < machine->num_ports; i++) {
        prepare_long(machine->ports + i, moves + i, repeat + i, repeat);
    }
    for (unsigned i = 0; i < machine->num_ports; i++) {
        begin(machine->ports + i, moves + i);
    }
    *busy = all_are_busy(machine);
    for (unsigned i = 0; i < machine->num_ports; i++) {
        moved &= end_long(machine->ports + i, moves + i);
    }
    return moved;
}

/* A slow processor takes longer to start them: then they get more to do. */
static void move_together(Machine *machine)
{
    void *mark = memory_mark();
    bool busy = false, moved = true;

    for (uint32_t repeat = REPEAT; !busy && moved && repeat <= REPEAT_MAX;
         repeat *= 4) {
        moved = try_together(machine, repeat, &busy);
        memory_release(mark);
    }
    tap_result(busy && moved, "all devices (%u), at work at the same time, "
               "leave each other alone", machine->num_ports);
    judge_smmus(machine);
}

void move_everything(Machine *machine)
{
    void *mark = memory_mark();

    for (unsigned index = 0; do_round(machine, index); index++) {
        memory_release(mark);
    }
    move_together(machine);
}
