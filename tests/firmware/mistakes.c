/*
 * Make mistakes: "mistake=NAME", or "mistake=all", on every instance.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mistakes.h"

#define BYTES 64
#define SEED 7
#define SILENCE_MS 50                   /* that long, nothing comes any more */

static const MistakeList *const lists[] = {
    &mistakes_registers, &mistakes_streams, &mistakes_tables,
    &mistakes_interrupts,
};

/* What was seen */
typedef struct Seen {
    DmaEnd end;
    bool moved;
    uint64_t event[EVENT_WORDS];
    bool overflow;
    uint32_t errors;
    unsigned command_error;
    bool queue_stops;
    bool interrupted;
    bool message;
} Seen;

/* ---- Tools of those who make them --------------------------------------- */

DmaEnd lab_transfer(Lab *lab, bool physical)
{
    Port *port = lab->port;

    return dma_transfer(&port->dma, DMA_COPY,
                        physical ? (uintptr_t)port->source : IOVA_SOURCE,
                        physical ? (uintptr_t)port->target : IOVA_TARGET,
                        BYTES);
}

void lab_warm_up(Lab *lab)
{
    port_fill(lab->port, SEED);
    if (lab_transfer(lab, false) != DMA_DONE ||
        !port_has_moved(lab->port, SEED, BYTES)) {
        tap_result(false, "%s: translates before the mistake",
                   fdt_name(lab->smmu->node));
    }
    port_fill(lab->port, SEED);
}

void lab_stop(Lab *lab)
{
    smmu_disable(lab->smmu);
    smmu_configure(lab->smmu);
}

void lab_change_ste(Lab *lab, unsigned word, uint64_t clear, uint64_t set)
{
    uint64_t *ste = smmu_ste(lab->smmu, lab->port->sid);

    ste[word] = (ste[word] & ~clear) | set;
    smmu_invalidate_ste(lab->smmu, lab->port->sid);
}

void lab_change_cd(Lab *lab, unsigned word, uint64_t clear, uint64_t set)
{
    uint64_t *cd = lab->stream->cd;

    cd[word] = (cd[word] & ~clear) | set;
    smmu_command(lab->smmu, CMD_CFGI_CD | CMD_SID(lab->port->sid), CMD_LEAF);
    smmu_sync(lab->smmu);
}

uint64_t *lab_descriptor(Lab *lab, uint64_t address)
{
    Stream *stream = lab->stream;

    return tables_find(stream->stage1 ? &stream->s1 : &stream->s2, address);
}

bool lab_has_one_stage(const Lab *lab)
{
    return !lab->smmu->features.stage1 || !lab->smmu->features.stage2;
}

bool lab_lacks_granule(const Lab *lab)
{
    return lab->smmu->features.num_granules < SMMU_GRANULES_MAX;
}

/* 0 is 4K, 1 is 64K, 2 is 16K. */
unsigned lab_missing_granule(const Lab *lab)
{
    uint32_t idr5 = read32(lab->smmu->regs + IDR5);

    return !(idr5 & IDR5_GRAN4K) ? 0 : !(idr5 & IDR5_GRAN64K) ? 1 : 2;
}

/* ---- Before ------------------------------------------------------------- */

static bool find_way(const Lab *lab, unsigned stages, Way *way)
{
    for (unsigned i = 0; port_way(lab->port, i, way); i++) {
        if (!stages || stages == way->stage1 + 2u * way->stage2) {
            return true;
        }
    }
    return false;
}

/* A device of this instance, or NULL */
static Port *find_port(Machine *machine, const Smmu *smmu)
{
    for (unsigned i = 0; i < machine->num_ports; i++) {
        if (machine->ports[i].smmu == smmu) {
            return machine->ports + i;
        }
    }
    return NULL;
}

/* From nothing: what is left of the last mistake is not to be seen. */
static void set_up(Lab *lab, const Way *way)
{
    Smmu *smmu = lab->smmu;

    pci_set_master(&lab->port->dma.pci, false);
    lab->port->dma.substream = false;
    lab->port->dma.kind->start(&lab->port->dma);
    smmu->streams_made = 0;
    lab->port->messages = 0;
    smmu_create_stream_table(smmu, machine_last_sid(lab->machine, smmu));
    smmu_create_queues(smmu);
    if (!smmu_enable(smmu)) {
        fail("%s cannot be enabled", fdt_name(smmu->node));
    }
    port_prepare(lab->port, way);
    lab_warm_up(lab);
}

/* ---- After -------------------------------------------------------------- */

static bool never(void *unused)
{
    (void)unused;
    return false;
}

static void look(Lab *lab, const Mistake *mistake, unsigned before, Seen *seen)
{
    Smmu *smmu = lab->smmu;
    uint32_t prod = read32(smmu->regs + EVENTQ_PROD);

    seen->moved = port_has_moved(lab->port, SEED, BYTES);
    seen->queue_stops = !smmu_is_idle(smmu);
    seen->overflow = (prod ^ read32(smmu->regs + EVENTQ_CONS)) &
        QUEUE_OVERFLOW;
    seen->errors = smmu_active_errors(smmu);
    if (seen->errors & GERROR_CMDQ_ERR) {
        seen->command_error = CMDQ_CONS_ERR(read32(smmu->regs + CMDQ_CONS));
    }
    smmu_next_event(smmu, seen->event);
    if (mistake->event && !(mistake->flags & NO_INTERRUPT)) {
        smmu_wait_interrupt(&smmu->eventq, before);
    } else if (mistake->flags & (NO_INTERRUPT | NO_MESSAGE)) {
        gic_wait_until(never, NULL, SILENCE_MS);
    }
    seen->interrupted = smmu->eventq.taken != before;
    seen->message = lab->port->messages;
}

/* Of a device that does not tell, only the data do. */
static bool end_is_right(const Lab *lab, const Mistake *mistake,
                         const Seen *seen)
{
    if (!lab->port->dma.kind->tells_ends) {
        return seen->moved == (mistake->end == DMA_DONE) ||
            mistake->flags & OR_ABORTED;
    }
    if (mistake->flags & OR_ABORTED && seen->end == DMA_ABORTED) {
        return !seen->moved;
    }
    return seen->end == mistake->end &&
        seen->moved == (seen->end == DMA_DONE);
}

static bool event_is_right(const Lab *lab, const Mistake *mistake,
                           const Seen *seen)
{
    return EVENT_TYPE(seen->event) == mistake->event &&
        (!mistake->event || EVENT_SID(seen->event) == lab->port->sid);
}

static bool is_right(const Lab *lab, const Mistake *mistake, const Seen *seen)
{
    bool interrupts = mistake->event && !(mistake->flags & NO_INTERRUPT);

    return end_is_right(lab, mistake, seen) &&
        event_is_right(lab, mistake, seen) &&
        seen->errors == mistake->errors &&
        seen->command_error == mistake->command_error &&
        seen->overflow == !!(mistake->flags & OVERFLOW) &&
        seen->queue_stops == !!(mistake->flags & QUEUE_STOPS) &&
        seen->interrupted == interrupts && !seen->message;
}

static void print_seen(const Lab *lab, const Mistake *mistake,
                       const Seen *seen)
{
    if (mistake->end != DMA_BUSY) {
        tap_note("  the transfer %s", dma_end_name(seen->end));
    }
    if (EVENT_TYPE(seen->event)) {
        smmu_print_event(seen->event);
    }
    smmu_print_errors(lab->smmu);
    if (seen->overflow) {
        tap_note("  the Event queue has overflowed");
    }
    if (seen->queue_stops) {
        tap_note("  commands are not consumed");
    }
    if (!EVENT_TYPE(seen->event) && !seen->errors) {
        tap_note("  no event, no error");
    }
    if (EVENT_TYPE(seen->event) && !seen->interrupted) {
        tap_note("  no interrupt of the event");
    }
    if (mistake->flags & NO_MESSAGE && !seen->message) {
        tap_note("  no interrupt of the device");
    }
}

/* ---- The run ------------------------------------------------------------ */

/* False when it cannot be made on this instance */
static bool make(Lab *lab, const Mistake *mistake)
{
    Seen seen = { .end = DMA_BUSY };
    unsigned before;
    Way way;

    if (!find_way(lab, mistake->stages, &way) ||
        (mistake->is_possible && !mistake->is_possible(lab))) {
        return false;
    }
    set_up(lab, &way);
    before = lab->smmu->eventq.taken;
    mistake->make(lab);
    if (mistake->end != DMA_BUSY) {
        seen.end = lab_transfer(lab, mistake->flags & PHYSICAL);
    }
    look(lab, mistake, before, &seen);
    tap_result(is_right(lab, mistake, &seen), "%s, %s: %s",
               fdt_name(lab->smmu->node), port_way_name(&way), mistake->name);
    print_seen(lab, mistake, &seen);
    return true;
}

static void make_everywhere(Machine *machine, const Mistake *mistake)
{
    void *mark = memory_mark();
    bool any = false;

    tap_note("%s: %s (%s)", mistake->name, mistake->what, mistake->section);
    for (unsigned i = 0; i < machine->num_smmus; i++) {
        Smmu *smmu = machine->smmus + i;
        Port *port = find_port(machine, smmu);
        Lab lab = { machine, port, smmu, port ? &port->stream : NULL };

        any |= port && make(&lab, mistake);
        if (!option_given("hold")) {
            smmu_disable(smmu);
            memory_release(mark);
        }
    }
    if (!any) {
        tap_skip(mistake->name, "no SMMU here can be driven so");
    }
}

void mistakes_run(Machine *machine)
{
    for (unsigned i = 0; i < ARRAY_SIZE(lists); i++) {
        for (unsigned j = 0; j < lists[i]->count; j++) {
            const Mistake *mistake = lists[i]->mistakes + j;

            if (option_is("mistake", "all") ||
                option_is("mistake", mistake->name)) {
                make_everywhere(machine, mistake);
            }
        }
    }
}
