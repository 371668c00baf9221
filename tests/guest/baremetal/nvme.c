/*
 * NVMe: NVM Express base specification 1.4, chapters 3 to 6.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "gic.h"
#include "nvme.h"

/* 3.1: controller registers */
#define CC 0x14
#define CC_ENABLE (1u | 6u << 16 | 4u << 20)    /* entries of 64 and 16 bytes */
#define CSTS 0x1c
#define CSTS_READY 1u
#define AQA 0x24
#define ASQ 0x28
#define ACQ 0x30
#define DOORBELLS 0x1000

/* 4.2, 5, 6: opcodes and words of a command */
#define CREATE_IO_SQ 0x01
#define CREATE_IO_CQ 0x05
#define IO_WRITE 0x01
#define IO_READ 0x02
#define COMMAND_WORDS 16
#define NAMESPACE_WORD 1
#define PRP1_WORD 6
#define PRP2_WORD 8

/* 4.6: words of a completion */
#define COMPLETION_WORDS 4
#define STATUS_WORD 3
#define STATUS_PHASE(word) ((word) >> 16 & 1)
#define STATUS_CODE(word) ((word) >> 17)

#define ENTRIES 16
#define BLOCK_BYTES 512
#define PATIENCE_MS 60000

enum { ADMIN_SQ, ADMIN_CQ, IO_SQ, IO_CQ, PRP_LIST };

static uint64_t iova_of(const Nvme *nvme, unsigned page)
{
    return nvme->iova + page * NVME_PAGE;
}

static bool set_enabled(Nvme *nvme, bool on)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    write32(nvme->regs + CC, on ? CC_ENABLE : 0);
    while ((read32(nvme->regs + CSTS) & CSTS_READY) != on) {
        if (cpu_milliseconds() > end) {
            return false;
        }
    }
    return true;
}

static void init_queue(Nvme *nvme, NvmeQueue *queue, unsigned number)
{
    *queue = (NvmeQueue) {
        .commands = (uint32_t *)(nvme->memory + 2 * number * NVME_PAGE),
        .completions = (uint32_t *)(nvme->memory +
                                    (2 * number + 1) * NVME_PAGE),
        .number = number,
        .phase = 1,
    };
}

static void ring(Nvme *nvme, unsigned doorbell, uint32_t value)
{
    write32(nvme->regs + DOORBELLS + 4 * doorbell, value);
}

static uint32_t read_status(const uint32_t *completion)
{
    return __atomic_load_n(completion + STATUS_WORD, __ATOMIC_ACQUIRE);
}

static bool execute(Nvme *nvme, NvmeQueue *queue, const uint32_t *command)
{
    uint32_t *to = queue->commands + queue->tail * COMMAND_WORDS;
    const uint32_t *completion = queue->completions +
        queue->head * COMPLETION_WORDS;
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    for (unsigned i = 0; i < COMMAND_WORDS; i++) {
        to[i] = command[i];
    }
    queue->tail = (queue->tail + 1) % ENTRIES;
    ring(nvme, 2 * queue->number, queue->tail);
    while (STATUS_PHASE(read_status(completion)) != queue->phase) {
        if (cpu_milliseconds() > end) {
            nvme->status = UINT32_MAX;
            return false;
        }
        gic_wait();
    }
    cpu_barrier();
    nvme->status = STATUS_CODE(read_status(completion));
    queue->head = (queue->head + 1) % ENTRIES;
    queue->phase ^= queue->head == 0;
    ring(nvme, 2 * queue->number + 1, queue->head);
    return nvme->status == 0;
}

static bool create_io_queue(Nvme *nvme)
{
    uint32_t command[COMMAND_WORDS] = { CREATE_IO_CQ };

    command[PRP1_WORD] = iova_of(nvme, IO_CQ);
    command[PRP1_WORD + 1] = iova_of(nvme, IO_CQ) >> 32;
    command[10] = (ENTRIES - 1) << 16 | 1;
    command[11] = 1 << 1 | 1;           /* interrupt 0, contiguous */
    if (!execute(nvme, &nvme->admin, command)) {
        return false;
    }
    command[0] = CREATE_IO_SQ;
    command[PRP1_WORD] = iova_of(nvme, IO_SQ);
    command[PRP1_WORD + 1] = iova_of(nvme, IO_SQ) >> 32;
    command[11] = 1 << 16 | 1;          /* completed in queue 1, contiguous */
    return execute(nvme, &nvme->admin, command);
}

bool nvme_start(Nvme *nvme, uintptr_t regs, void *memory, uint64_t iova)
{
    *nvme = (Nvme) { .regs = regs, .memory = memory, .iova = iova };
    init_queue(nvme, &nvme->admin, 0);
    init_queue(nvme, &nvme->io, 1);
    if (!set_enabled(nvme, false)) {
        return false;
    }
    write32(regs + AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
    write64(regs + ASQ, iova_of(nvme, ADMIN_SQ));
    write64(regs + ACQ, iova_of(nvme, ADMIN_CQ));
    return set_enabled(nvme, true) && create_io_queue(nvme);
}

/* 4.3: the first page, and the second or a list of all further ones */
static bool transfer(Nvme *nvme, uint32_t opcode, const uint64_t *pages,
                     unsigned count)
{
    uint64_t *list = (uint64_t *)(nvme->memory + PRP_LIST * NVME_PAGE);
    uint64_t second = count == 2 ? pages[1] : iova_of(nvme, PRP_LIST);
    uint32_t command[COMMAND_WORDS] = { opcode };

    if (!count) {
        return true;
    }
    for (unsigned i = 1; i < count; i++) {
        list[i - 1] = pages[i];
    }
    command[NAMESPACE_WORD] = 1;
    command[PRP1_WORD] = pages[0];
    command[PRP1_WORD + 1] = pages[0] >> 32;
    command[PRP2_WORD] = second;
    command[PRP2_WORD + 1] = second >> 32;
    command[12] = count * (NVME_PAGE / BLOCK_BYTES) - 1;
    return execute(nvme, &nvme->io, command);
}

bool nvme_to_memory(Nvme *nvme, const uint64_t *pages, unsigned count)
{
    return transfer(nvme, IO_READ, pages, count);
}

bool nvme_from_memory(Nvme *nvme, const uint64_t *pages, unsigned count)
{
    return transfer(nvme, IO_WRITE, pages, count);
}
