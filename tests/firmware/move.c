/*
 * Step 8: devices move data, and it lands where the tables say.
 *
 * Every way in which an instance can translate, by stages and granules, is
 * tried, in turn, and by all devices of the machine at once: their addresses
 * are the same, their StreamIDs are, and the data must not meet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

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

void move_everything(Machine *machine)
{
    void *mark = memory_mark();

    for (unsigned index = 0; do_round(machine, index); index++) {
        memory_release(mark);
    }
}
