/*
 * Step 3: the Command queue and the Event queue (IHI 0070 3.5, 4.1, 7.2).
 *
 * Each is a ring of 2^log2 entries in memory. The one who writes moves PROD,
 * the one who reads moves CONS. Above the index is a flag that changes with
 * each wrap: equal indexes mean empty with equal flags, full with other ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

/* An instance may have smaller ones (IDR1.CMDQS, EVENTQS). */
#define QUEUE_LOG2 7
#define PATIENCE_MS 10000

static uint32_t position(const SmmuQueue *queue, uint32_t value)
{
    return value & ((2u << queue->log2) - 1);
}

static uint64_t *entry(const SmmuQueue *queue, unsigned words)
{
    return queue->entries + (queue->index & ((1u << queue->log2) - 1)) * words;
}

/* 6.3.26: aligned to its size. */
static void create(SmmuQueue *queue, unsigned largest, unsigned words)
{
    size_t bytes;

    queue->log2 = largest < QUEUE_LOG2 ? largest : QUEUE_LOG2;
    bytes = (words * sizeof(uint64_t)) << queue->log2;
    queue->entries = memory_take(bytes, bytes);
    queue->index = 0;
}

void smmu_create_queues(Smmu *smmu)
{
    create(&smmu->commands, smmu->features.commands_log2, CMD_WORDS);
    create(&smmu->events, smmu->features.events_log2, EVENT_WORDS);
}

/* ---- Commands ----------------------------------------------------------- */

static bool has_room(const Smmu *smmu)
{
    uint32_t cons = read32(smmu->regs + CMDQ_CONS);

    return position(&smmu->commands, smmu->commands.index - cons) <
           1u << smmu->commands.log2;
}

bool smmu_is_idle(const Smmu *smmu)
{
    return position(&smmu->commands, read32(smmu->regs + CMDQ_CONS)) ==
           smmu->commands.index;
}

/* A command error stops the queue (7.1): the caller looks at GERROR. */
static bool wait_until(const Smmu *smmu, bool (*condition)(const Smmu *))
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    while (!condition(smmu)) {
        if (smmu_active_errors(smmu) & GERROR_CMDQ_ERR ||
            cpu_milliseconds() > end) {
            return false;
        }
        cpu_relax();
    }
    return true;
}

void smmu_submit(Smmu *smmu)
{
    /* write32() has a barrier: the commands are there before PROD says so. */
    write32(smmu->regs + CMDQ_PROD, smmu->commands.index);
}

/*
 * 3.21.2: a command that was not consumed yet is not to be written over, so in
 * a full queue that does not move any more there is no place for this one. The
 * next smmu_sync() finds that out.
 */
void smmu_command(Smmu *smmu, uint64_t word0, uint64_t word1)
{
    uint64_t *to = entry(&smmu->commands, CMD_WORDS);

    if (!has_room(smmu)) {
        smmu_submit(smmu);
        if (!wait_until(smmu, has_room)) {
            return;
        }
    }
    to[0] = word0;
    to[1] = word1;
    smmu->commands.index = position(&smmu->commands,
                                    smmu->commands.index + 1);
}

/* 4.7.3: it is consumed when all before it are complete, so CONS is enough. */
bool smmu_sync(Smmu *smmu)
{
    smmu_command(smmu, CMD_SYNC, 0);
    smmu_submit(smmu);
    return wait_until(smmu, smmu_is_idle);
}

/* ---- Events ------------------------------------------------------------- */

/* 7.4: OVFLG is acknowledged by writing it back with CONS. */
bool smmu_next_event(Smmu *smmu, uint64_t *event)
{
    SmmuQueue *queue = &smmu->events;
    uint32_t prod = read32(smmu->regs + EVENTQ_PROD);
    const uint64_t *from = entry(queue, EVENT_WORDS);

    if (position(queue, prod) == queue->index) {
        return false;
    }
    cpu_barrier();
    for (unsigned i = 0; i < EVENT_WORDS; i++) {
        event[i] = from[i];
    }
    queue->index = position(queue, queue->index + 1);
    write32(smmu->regs + EVENTQ_CONS, queue->index |
            (prod & QUEUE_OVERFLOW));
    return true;
}

const char *smmu_event_name(unsigned type)
{
    switch (type) {
    case EVT_NONE:
        return "no event";
    case C_BAD_STREAMID:
        return "C_BAD_STREAMID";
    case F_STE_FETCH:
        return "F_STE_FETCH";
    case C_BAD_STE:
        return "C_BAD_STE";
    case C_BAD_SUBSTREAMID:
        return "C_BAD_SUBSTREAMID";
    case F_CD_FETCH:
        return "F_CD_FETCH";
    case C_BAD_CD:
        return "C_BAD_CD";
    case F_WALK_EABT:
        return "F_WALK_EABT";
    case F_TRANSLATION:
        return "F_TRANSLATION";
    case F_ADDR_SIZE:
        return "F_ADDR_SIZE";
    case F_ACCESS:
        return "F_ACCESS";
    case F_PERMISSION:
        return "F_PERMISSION";
    default:
        return "another event";
    }
}

/* What is in a record depends on its type: configuration has no address. */
void smmu_print_event(const uint64_t *event)
{
    static const char *const classes[] = { "CD", "TT", "IN", "reserved" };
    unsigned type = EVENT_TYPE(event);

    print("#   event 0x%x %s: StreamID 0x%lx", type, smmu_event_name(type),
          EVENT_SID(event));
    if (EVENT_SSV(event)) {
        print(", SubstreamID 0x%lx", EVENT_SSID(event));
    }
    if (type >= F_TRANSLATION) {
        print(", %s of 0x%lx, stage %u, class %s",
              EVENT_RNW(event) ? "read" : "write", EVENT_INPUT(event),
              EVENT_S2(event) ? 2 : 1, classes[EVENT_CLASS(event)]);
    } else if (type == F_STE_FETCH || type == F_CD_FETCH ||
               type == F_WALK_EABT) {
        print(", fetch of 0x%lx", EVENT_FETCH(event));
    }
    print("\n");
}
