/*
 * Mistakes with registers and queues.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mistakes.h"

#define RESERVED_COMMAND 0xff
#define LINEAR_LOG2 6

/* Something that faults, where the fault itself is not the point */
static void spoil_ste(Lab *lab)
{
    lab_change_ste(lab, 0, STE_V, 0);
}

/* The last thing is SMMUEN, in all that are about base registers. */
static void spoil(Lab *lab, uintptr_t offset, uint64_t value)
{
    lab_stop(lab);
    write64(lab->smmu->regs + offset, value);
    smmu_turn_on(lab->smmu);
}

static void issue(Lab *lab, uint64_t word0, uint64_t word1)
{
    smmu_command(lab->smmu, word0, word1);
    smmu_submit(lab->smmu);
    smmu_sync(lab->smmu);
}

/* ---- Stream table registers --------------------------------------------- */

/* No device of a slot has a StreamID below 8 but those of slot 0. */
static void shrink_table(Lab *lab)
{
    uint32_t config = read32(lab->smmu->regs + STRTAB_BASE_CFG) & ~63u;

    lab_stop(lab);
    write32(lab->smmu->regs + STRTAB_BASE_CFG, config | 3);
}

static void log2size_too_small(Lab *lab)
{
    shrink_table(lab);
    smmu_turn_on(lab->smmu);
}

static void recinvsid_clear(Lab *lab)
{
    shrink_table(lab);
    write32(lab->smmu->regs + CR2, 0);
    smmu_turn_on(lab->smmu);
}

/* A linear table, which begins 64 bytes after a multiple of its size */
static void strtab_misaligned(Lab *lab)
{
    size_t bytes = STE_WORDS * sizeof(uint64_t) << LINEAR_LOG2;
    uint64_t *table = memory_take(2 * bytes, bytes);

    table += STE_WORDS;
    stream_make_ste(lab->stream, STREAM_NO_FLAGS,
                    table + lab->port->sid * STE_WORDS);
    lab_stop(lab);
    write64(lab->smmu->regs + STRTAB_BASE, (uintptr_t)table);
    write32(lab->smmu->regs + STRTAB_BASE_CFG, LINEAR_LOG2);
    smmu_turn_on(lab->smmu);
}

static bool sid_is_small(const Lab *lab)
{
    return !(lab->port->sid >> LINEAR_LOG2);
}

static void strtab_nowhere(Lab *lab)
{
    spoil(lab, STRTAB_BASE, NOWHERE);
}

static void strtab_while_on(Lab *lab)
{
    write64(lab->smmu->regs + STRTAB_BASE, NOWHERE);
}

/* ---- Enable bits -------------------------------------------------------- */

static void cmdqen_forgotten(Lab *lab)
{
    smmu_set_cr0(lab->smmu, CR0_EVENTQEN | CR0_SMMUEN);
    smmu_command(lab->smmu, CMD_SYNC, 0);
    smmu_submit(lab->smmu);
}

static void eventqen_forgotten(Lab *lab)
{
    spoil_ste(lab);
    smmu_set_cr0(lab->smmu, CR0_CMDQEN | CR0_SMMUEN);
}

static void gbpa_without_update(Lab *lab)
{
    smmu_disable(lab->smmu);
    smmu_set_global_abort(lab->smmu, false);
    write32(lab->smmu->regs + GBPA,
            read32(lab->smmu->regs + GBPA) | GBPA_ABORT);
}

static void cr1_not_cacheable(Lab *lab)
{
    lab_stop(lab);
    write32(lab->smmu->regs + CR1, 0);
    smmu_turn_on(lab->smmu);
}

/* ---- The Command queue -------------------------------------------------- */

/* It begins two commands after a multiple of its size. */
static void cmdq_misaligned(Lab *lab)
{
    SmmuQueue *queue = &lab->smmu->commands;
    size_t bytes = CMD_WORDS * sizeof(uint64_t) << queue->log2;
    uint64_t *place = memory_take(2 * bytes, bytes);

    smmu_disable(lab->smmu);
    queue->entries = place + 2 * CMD_WORDS;
    smmu_configure(lab->smmu);
    smmu_turn_on(lab->smmu);
}

static void cmdq_nowhere(Lab *lab)
{
    spoil(lab, CMDQ_BASE, NOWHERE | lab->smmu->commands.log2);
}

static void reserved_command(Lab *lab)
{
    issue(lab, RESERVED_COMMAND, 0);
}

/* As smmu_mend_command() does, but for its last line */
static void gerrorn_forgotten(Lab *lab)
{
    SmmuQueue *queue = &lab->smmu->commands;
    uint32_t cons = read32(lab->smmu->regs + CMDQ_CONS);

    reserved_command(lab);
    queue->entries[(cons & ((1u << queue->log2) - 1)) * CMD_WORDS] = CMD_SYNC;
    smmu_submit(lab->smmu);
    smmu_sync(lab->smmu);
}

/* 2^LOG2SIZE commands: the index is 0 again, and the flag above it is not. */
static void wrap_flag_forgotten(Lab *lab)
{
    Smmu *smmu = lab->smmu;

    lab_stop(lab);
    smmu_set_cr0(smmu, CR0_CMDQEN);
    for (unsigned i = 0; i < 1u << smmu->commands.log2; i++) {
        smmu_command(smmu, CMD_SYNC, 0);
    }
    write32(smmu->regs + CMDQ_PROD, 0);
}

/* ---- Commands that an instance has not ---------------------------------- */

static bool has_no_ats(const Lab *lab)
{
    return !lab->smmu->features.ats;
}

static void atc_inv_without_ats(Lab *lab)
{
    issue(lab, CMD_ATC_INV | CMD_SID(lab->port->sid), 0);
}

static bool has_no_hyp(const Lab *lab)
{
    return !lab->smmu->features.hyp;
}

static void tlbi_el2_without_hyp(Lab *lab)
{
    issue(lab, CMD_TLBI_EL2_ALL, 0);
}

static void tlbi_of_missing_stage(Lab *lab)
{
    issue(lab, lab->smmu->features.stage1 ? CMD_TLBI_S2_IPA
                                          : CMD_TLBI_NH_ASID, 0);
}

/* ---- The Event queue ---------------------------------------------------- */

static void eventq_nowhere(Lab *lab)
{
    spoil(lab, EVENTQ_BASE, NOWHERE | lab->smmu->events.log2);
    spoil_ste(lab);
}

/* Two entries, two faults, and another when nobody has read them */
static void eventq_not_read(Lab *lab)
{
    smmu_disable(lab->smmu);
    lab->smmu->events.log2 = 1;
    smmu_configure(lab->smmu);
    smmu_turn_on(lab->smmu);
    spoil_ste(lab);
    lab_transfer(lab, false);
    lab_transfer(lab, false);
}

static const Mistake mistakes[] = {
    {
        "log2size-too-small",
        "STRTAB_BASE_CFG.LOG2SIZE ends before the device's StreamID",
        "6.3.25, 7.3.3",
        .make = log2size_too_small,
        .event = C_BAD_STREAMID, .end = DMA_ABORTED,
    }, {
        "recinvsid-clear",
        "the same with CR2.RECINVSID = 0", "6.3.12, 7.3.3",
        .make = recinvsid_clear, .end = DMA_ABORTED,
    }, {
        "strtab-misaligned",
        "a linear Stream table is not aligned to its size", "6.3.24",
        .is_possible = sid_is_small, .make = strtab_misaligned,
        .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "strtab-nowhere",
        "STRTAB_BASE points to where there is no memory", "7.3.4",
        .make = strtab_nowhere, .event = F_STE_FETCH, .end = DMA_ABORTED,
    }, {
        "strtab-while-on",
        "STRTAB_BASE is written while SMMUEN = 1", "6.3.24",
        .make = strtab_while_on, .end = DMA_DONE,
    }, {
        "cmdqen-forgotten",
        "commands are given while CR0.CMDQEN = 0", "4.1.2",
        .make = cmdqen_forgotten, .flags = QUEUE_STOPS,
    }, {
        "eventqen-forgotten",
        "a transaction faults while CR0.EVENTQEN = 0", "7.2.1",
        .make = eventqen_forgotten, .end = DMA_ABORTED,
    }, {
        "gbpa-without-update",
        "GBPA.ABORT is written without GBPA.UPDATE, and SMMUEN is 0",
        "6.3.14",
        .make = gbpa_without_update, .end = DMA_DONE, .flags = PHYSICAL,
    }, {
        "cr1-not-cacheable",
        "CR1 says Non-cacheable of tables and queues in cacheable memory",
        "6.3.11",
        .make = cr1_not_cacheable, .end = DMA_DONE,
    }, {
        "cmdq-misaligned",
        "the Command queue is not aligned to its size", "6.3.26",
        .make = cmdq_misaligned, .errors = GERROR_CMDQ_ERR,
        .command_error = CERROR_ILL, .flags = QUEUE_STOPS,
    }, {
        "cmdq-nowhere",
        "CMDQ_BASE points to where there is no memory", "7.1",
        .make = cmdq_nowhere, .errors = GERROR_CMDQ_ERR,
        .command_error = CERROR_ABT, .flags = QUEUE_STOPS,
    }, {
        "reserved-command",
        "a command has an opcode that there is not", "4.1.1, 7.1",
        .make = reserved_command, .errors = GERROR_CMDQ_ERR,
        .command_error = CERROR_ILL, .flags = QUEUE_STOPS,
    }, {
        "gerrorn-forgotten",
        "the command is mended, but the error is not acknowledged", "7.5",
        .make = gerrorn_forgotten, .errors = GERROR_CMDQ_ERR,
        .command_error = CERROR_ILL, .flags = QUEUE_STOPS,
    }, {
        "wrap-flag-forgotten",
        "CMDQ_PROD is written without the wrap flag when the index is 0 again",
        "3.5.1",
        .make = wrap_flag_forgotten, .flags = QUEUE_STOPS,
    }, {
        "atc-inv-without-ats",
        "CMD_ATC_INV, and IDR0.ATS = 0", "4.5.1",
        .is_possible = has_no_ats, .make = atc_inv_without_ats,
        .errors = GERROR_CMDQ_ERR, .command_error = CERROR_ILL,
        .flags = QUEUE_STOPS,
    }, {
        "tlbi-el2-without-hyp",
        "CMD_TLBI_EL2_ALL, and IDR0.Hyp = 0", "4.4",
        .is_possible = has_no_hyp, .make = tlbi_el2_without_hyp,
        .errors = GERROR_CMDQ_ERR, .command_error = CERROR_ILL,
        .flags = QUEUE_STOPS,
    }, {
        "tlbi-of-missing-stage",
        "a TLB invalidation of the stage that the instance has not", "4.4",
        .is_possible = lab_has_one_stage, .make = tlbi_of_missing_stage,
        .errors = GERROR_CMDQ_ERR, .command_error = CERROR_ILL,
        .flags = QUEUE_STOPS,
    }, {
        "eventq-nowhere",
        "EVENTQ_BASE points to where there is no memory", "7.2, 7.5",
        .make = eventq_nowhere, .errors = GERROR_EVENTQ_ABT_ERR,
        .end = DMA_ABORTED,
    }, {
        "eventq-not-read",
        "EVENTQ_CONS is never moved", "7.4",
        .make = eventq_not_read, .event = C_BAD_STE, .end = DMA_ABORTED,
        .flags = OVERFLOW,
    },
};

const MistakeList mistakes_registers = { mistakes, ARRAY_SIZE(mistakes) };
