/*
 * Step 9: what the SMMUs and the devices have to tell: an event, a global
 * error, a message; each taken as an interrupt. And the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

#define PATIENCE_MS 10000
#define RESERVED_COMMAND 0xff
#define MESSAGE_EVENTID 0
#define FEW_BYTES 64
#define SYNC_DATA 0x5e9c

/* ---- Events (7.2, 7.3) -------------------------------------------------- */

/* A read of what is not mapped: by the first stage that the stream has */
static bool is_our_fault(const Port *port, const uint64_t *event)
{
    return EVENT_TYPE(event) == F_TRANSLATION &&
        EVENT_SID(event) == port->sid && EVENT_INPUT(event) == IOVA_UNMAPPED &&
        EVENT_RNW(event) && !EVENT_SSV(event) &&
        EVENT_CLASS(event) == EVENT_CLASS_IN &&
        EVENT_S2(event) == !port->stream.stage1;
}

static const char *way_of_interrupts(const Smmu *smmu)
{
    return smmu->wired ? "SPI" : "LPI";
}

static void take_event(Port *port)
{
    Smmu *smmu = port->smmu;
    unsigned before = smmu->eventq.taken;
    uint64_t event[EVENT_WORDS] = { 0 };
    DmaEnd end = dma_transfer(&port->dma, DMA_READ, IOVA_UNMAPPED, 0,
                              FEW_BYTES);
    bool came = smmu_wait_interrupt(&smmu->eventq, before);
    bool found = smmu_next_event(smmu, event);

    tap_result(came && found && is_our_fault(port, event) &&
               (end == DMA_ABORTED || !port->dma.kind->tells_ends),
               "segment %u, %s: a translation fault is an event, and "
               "interrupts as %s %u", port->host.segment,
               fdt_name(smmu->node), way_of_interrupts(smmu),
               smmu->eventq.intid);
    if (found) {
        smmu_print_event(event);
    }
}

/* ---- Global errors (7.5) ------------------------------------------------ */

static void take_error(Smmu *smmu)
{
    unsigned before = smmu->gerror.taken;
    bool came, stopped, again;

    smmu_command(smmu, RESERVED_COMMAND, 0);
    smmu_submit(smmu);
    came = smmu_wait_interrupt(&smmu->gerror, before);
    stopped = smmu_active_errors(smmu) == GERROR_CMDQ_ERR &&
        CMDQ_CONS_ERR(read32(smmu->regs + CMDQ_CONS)) == CERROR_ILL &&
        !smmu_is_idle(smmu);
    tap_result(came && stopped, "%s: a reserved command stops the queue, and "
               "interrupts as %s %u", fdt_name(smmu->node),
               way_of_interrupts(smmu), smmu->gerror.intid);
    smmu_print_errors(smmu);
    smmu_mend_command(smmu);
    again = smmu_sync(smmu) && !smmu_active_errors(smmu);
    tap_result(again, "%s: the queue goes on when the error is acknowledged",
               fdt_name(smmu->node));
}

/* ---- CMD_SYNC (4.7.3) --------------------------------------------------- */

/* Its message can go anywhere, so that a word of memory tells the end. */
static void take_sync(Smmu *smmu)
{
    uint32_t *word = memory_take(sizeof(uint64_t), sizeof(uint64_t));
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    smmu_command(smmu, CMD_SYNC | CMD_SYNC_IRQ | CMD_SYNC_SHARED |
                 CMD_SYNC_CACHED | CMD_SYNC_DATA(SYNC_DATA), (uintptr_t)word);
    smmu_submit(smmu);
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != SYNC_DATA &&
           cpu_milliseconds() < end) {
        cpu_relax();
    }
    tap_result(*word == SYNC_DATA, "%s: CMD_SYNC writes its message to memory",
               fdt_name(smmu->node));
}

/* ---- A device's message ------------------------------------------------- */

static void take(void *port)
{
    ((Port *)port)->messages++;
}

static bool has_message(void *port)
{
    return __atomic_load_n(&((Port *)port)->messages, __ATOMIC_RELAXED);
}

/* The SMMU translates the doorbell's address, the ITS what is written. */
static void take_message(Port *port)
{
    uint64_t doorbell = its_doorbell(port->its);
    uint32_t lpi = its_map(port->its, port->device_id, MESSAGE_EVENTID, take,
                           port);

    if (port->smmu) {
        doorbell = IOVA_DOORBELL + doorbell % ITS_DOORBELL_BYTES;
    }
    port->dma.kind->set_message(&port->dma, doorbell, MESSAGE_EVENTID);
    dma_transfer(&port->dma, DMA_READ,
                 port->smmu ? IOVA_SOURCE : (uintptr_t)port->source, 0,
                 FEW_BYTES);
    tap_result(gic_wait_until(has_message, port, PATIENCE_MS) &&
               port->messages == 1,
               "segment %u: the device's MSI comes as LPI %u",
               port->host.segment, lpi);
}

/* ---- The end ------------------------------------------------------------ */

static DmaEnd copy_physically(Port *port)
{
    port_fill(port, 1);
    return dma_transfer(&port->dma, DMA_COPY, (uintptr_t)port->source,
                        (uintptr_t)port->target, FEW_BYTES);
}

/*
 * An operating system expects an SMMU that is off, and may find its tables and
 * queues anywhere. GBPA says what transactions do meanwhile (6.3.14): to let
 * them pass is for those that no device of theirs can harm.
 */
static void hand_over(Port *port)
{
    Smmu *smmu = port->smmu;
    bool set = smmu_disable(smmu);
    DmaEnd end = copy_physically(port);

    tap_result(set && port_is_untouched(port) &&
               (end == DMA_ABORTED || !port->dma.kind->tells_ends),
               "segment %u, %s: off, with GBPA.ABORT = 1 nothing passes",
               port->host.segment, fdt_name(smmu->node));
    set = smmu_set_global_abort(smmu, false);
    end = copy_physically(port);
    tap_result(set && end == DMA_DONE && port_has_moved(port, 1, FEW_BYTES),
               "segment %u, %s: off, with GBPA.ABORT = 0 all passes",
               port->host.segment, fdt_name(smmu->node));
}

void tell_everything(Machine *machine)
{
    for (unsigned i = 0; i < machine->num_ports; i++) {
        Port *port = machine->ports + i;
        Way way;

        if (port->smmu) {
            port_way(port, 0, &way);
        }
        port_prepare(port, &way);
        port_fill(port, 1);
        if (port->smmu) {
            take_event(port);
        }
        if (port->its) {
            take_message(port);
        }
    }
    for (unsigned i = 0; i < machine->num_smmus; i++) {
        if (machine->smmus[i].features.msi) {
            take_sync(machine->smmus + i);
        }
        take_error(machine->smmus + i);
        tap_result(smmu_disable(machine->smmus + i), "%s: is off",
                   fdt_name(machine->smmus[i].node));
    }
    for (unsigned i = 0; i < machine->num_ports; i++) {
        if (machine->ports[i].smmu) {
            hand_over(machine->ports + i);
        }
    }
}
