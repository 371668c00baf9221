/*
 * An SMMUv3 instance: registers (IHI 0070 chapter 6), queues (3.5), a linear
 * Stream table for the functions of one bus (3.3.1.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

#define CR0 0x20
#define CR0ACK 0x24
#define CR0_SMMUEN BIT(0)
#define CR0_EVENTQEN BIT(2)
#define CR0_CMDQEN BIT(3)
#define CR1 0x28
/* Queues and tables: Inner Shareable, write-back in both */
#define CR1_CACHED (3u << 10 | 1u << 8 | 1u << 6 | 3u << 4 | 1u << 2 | 1u)
#define CR2 0x2c
#define CR2_RECINVSID BIT(1)
#define STRTAB_BASE 0x80
#define STRTAB_BASE_CFG 0x88
#define CMDQ_BASE 0x90
#define CMDQ_PROD 0x98
#define CMDQ_CONS 0x9c
#define EVENTQ_BASE 0xa0
#define EVENTQ_PROD 0x100a8
#define EVENTQ_CONS 0x100ac
#define GERROR_CMDQ_ERR BIT(0)

#define STREAMS_LOG2 8
#define COMMANDS_LOG2 8
#define EVENTS_LOG2 8
#define COMMAND_WORDS 2
#define STE_V BIT(0)
#define RANGE_ALL 31

/* An index and, above it, the wrap flag */
#define POSITION(log2, value) ((value) & ((2u << (log2)) - 1))
#define INDEX(log2, value) ((value) & ((1u << (log2)) - 1))

#define PATIENCE_MS 5000

static void set_cr0(Smmu *smmu, uint32_t value)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    write32(smmu->regs + CR0, value);
    while (read32(smmu->regs + CR0ACK) != value) {
        if (cpu_milliseconds() > end) {
            fail("CR0ACK is 0x%x, not 0x%x", read32(smmu->regs + CR0ACK),
                 value);
        }
    }
}

static void *new_queue(unsigned log2, unsigned words)
{
    size_t bytes = (words * sizeof(uint64_t)) << log2;

    return memory_take(bytes, bytes);
}

void smmu_start(Smmu *smmu, uintptr_t regs)
{
    *smmu = (Smmu) {
        .regs = regs,
        .commands = new_queue(COMMANDS_LOG2, COMMAND_WORDS),
        .events = new_queue(EVENTS_LOG2, SMMU_EVENT_WORDS),
        .stream_table = new_queue(STREAMS_LOG2, SMMU_STE_WORDS),
    };
    set_cr0(smmu, 0);
    for (unsigned i = 0; i < 1u << STREAMS_LOG2; i++) {
        smmu->stream_table[i * SMMU_STE_WORDS] = STE_V;
    }
    write32(regs + CR1, CR1_CACHED);
    write32(regs + CR2, CR2_RECINVSID);
    write64(regs + STRTAB_BASE, (uintptr_t)smmu->stream_table);
    write32(regs + STRTAB_BASE_CFG, STREAMS_LOG2);
    write64(regs + CMDQ_BASE, (uintptr_t)smmu->commands | COMMANDS_LOG2);
    write32(regs + CMDQ_PROD, 0);
    write32(regs + CMDQ_CONS, 0);
    write64(regs + EVENTQ_BASE, (uintptr_t)smmu->events | EVENTS_LOG2);
    write32(regs + EVENTQ_PROD, 0);
    write32(regs + EVENTQ_CONS, 0);
    set_cr0(smmu, CR0_CMDQEN);
    smmu_command(smmu, CMD_CFGI_STE_RANGE, RANGE_ALL);
    smmu_command(smmu, CMD_TLBI_NSNH_ALL, 0);
    smmu_sync(smmu);
    set_cr0(smmu, CR0_CMDQEN | CR0_EVENTQEN);
    set_cr0(smmu, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
}

void smmu_stop(Smmu *smmu)
{
    set_cr0(smmu, 0);
}

void smmu_set_ste(Smmu *smmu, uint32_t sid, const uint64_t *words)
{
    uint64_t *ste = smmu->stream_table + sid * SMMU_STE_WORDS;

    if (sid >> STREAMS_LOG2) {
        fail("StreamID 0x%x is beyond the Stream table", sid);
    }
    /* V is set last. */
    for (unsigned i = SMMU_STE_WORDS; i-- > 0; ) {
        ste[i] = words[i];
        cpu_barrier();
    }
    smmu_command(smmu, CMD_CFGI_STE | CMD_SID(sid), CMD_LEAF);
    smmu_sync(smmu);
}

static bool has_room(const Smmu *smmu)
{
    uint32_t cons = read32(smmu->regs + CMDQ_CONS);

    return POSITION(COMMANDS_LOG2, smmu->prod - cons) < 1u << COMMANDS_LOG2;
}

static bool is_empty(const Smmu *smmu)
{
    return POSITION(COMMANDS_LOG2, read32(smmu->regs + CMDQ_CONS)) ==
           smmu->prod;
}

/* The queue's error ends the program: no test here makes one on purpose. */
static void wait_until(const Smmu *smmu, bool (*condition)(const Smmu *))
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    while (!condition(smmu)) {
        if ((read32(smmu->regs + SMMU_GERROR) ^
             read32(smmu->regs + SMMU_GERRORN)) & GERROR_CMDQ_ERR) {
            fail("command error, CMDQ_CONS 0x%x",
                 read32(smmu->regs + CMDQ_CONS));
        }
        if (cpu_milliseconds() > end) {
            fail("the Command queue does not move, CMDQ_CONS 0x%x",
                 read32(smmu->regs + CMDQ_CONS));
        }
    }
}

void smmu_command(Smmu *smmu, uint64_t word0, uint64_t word1)
{
    uint64_t *to = smmu->commands +
        INDEX(COMMANDS_LOG2, smmu->prod) * COMMAND_WORDS;

    if (!has_room(smmu)) {
        write32(smmu->regs + CMDQ_PROD, smmu->prod);
        wait_until(smmu, has_room);
    }
    to[0] = word0;
    to[1] = word1;
    smmu->prod = POSITION(COMMANDS_LOG2, smmu->prod + 1);
}

void smmu_sync(Smmu *smmu)
{
    smmu_command(smmu, CMD_SYNC, 0);
    write32(smmu->regs + CMDQ_PROD, smmu->prod);
    wait_until(smmu, is_empty);
}

bool smmu_next_event(Smmu *smmu, uint64_t *words)
{
    uint32_t prod = POSITION(EVENTS_LOG2, read32(smmu->regs + EVENTQ_PROD));
    const uint64_t *from = smmu->events +
        INDEX(EVENTS_LOG2, smmu->event_cons) * SMMU_EVENT_WORDS;

    if (prod == smmu->event_cons) {
        return false;
    }
    cpu_barrier();
    for (unsigned i = 0; i < SMMU_EVENT_WORDS; i++) {
        words[i] = from[i];
    }
    smmu->event_cons = POSITION(EVENTS_LOG2, smmu->event_cons + 1);
    write32(smmu->regs + EVENTQ_CONS, smmu->event_cons);
    return true;
}
