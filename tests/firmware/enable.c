/*
 * Step 4: from reset to translation, in the order of IHI 0070 3.11.
 *
 * Each register is written while what it describes is off: base registers are
 * "Guarded" by their enable bit, and what they do when changed under a running
 * SMMU is not defined (6.2). Each change of CR0 and IRQ_CTRL takes effect when
 * the register beside it says so, not when the write is done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

#define PATIENCE_MS 10000
#define RA_WA_HINT BIT(62)              /* allocate: for reads or for writes */

static bool becomes(uintptr_t at, uint32_t value)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    while (read32(at) != value) {
        if (cpu_milliseconds() > end) {
            return false;
        }
        cpu_relax();
    }
    return true;
}

bool smmu_set_cr0(Smmu *smmu, uint32_t value)
{
    write32(smmu->regs + CR0, value);
    return becomes(smmu->regs + CR0ACK, value);
}

bool smmu_set_irq_ctrl(Smmu *smmu, uint32_t value)
{
    write32(smmu->regs + IRQ_CTRL, value);
    return becomes(smmu->regs + IRQ_CTRLACK, value);
}

static bool gbpa_is_updated(const Smmu *smmu)
{
    uint64_t end = cpu_milliseconds() + PATIENCE_MS;

    while (read32(smmu->regs + GBPA) & GBPA_UPDATE) {
        if (cpu_milliseconds() > end) {
            return false;
        }
        cpu_relax();
    }
    return true;
}

/*
 * 6.3.14: written only while UPDATE is 0, and in effect when it is 0 again.
 * The other fields are how transactions bypass: they stay as they are. What is
 * read of them need not be what was written.
 */
bool smmu_set_global_abort(Smmu *smmu, bool on)
{
    uint32_t gbpa;

    if (!gbpa_is_updated(smmu)) {
        return false;
    }
    gbpa = read32(smmu->regs + GBPA) & ~GBPA_ABORT;
    gbpa |= on ? GBPA_ABORT : 0;
    write32(smmu->regs + GBPA, gbpa | GBPA_UPDATE);
    return gbpa_is_updated(smmu) &&
        !(read32(smmu->regs + GBPA) & GBPA_ABORT) == !on;
}

/*
 * Whoever ran before us may have left it on, and devices at work. From here on
 * until SMMUEN = 1 all transactions do as GBPA says, which at reset may be to
 * bypass: they are to abort, and that must be so before SMMUEN is 0.
 */
bool smmu_disable(Smmu *smmu)
{
    return smmu_set_global_abort(smmu, true) && smmu_set_cr0(smmu, 0) &&
        smmu_set_irq_ctrl(smmu, 0);
}

/* CR1: how the SMMU itself reads and writes memory; CR2: what it records */
static void set_attributes(Smmu *smmu)
{
    write32(smmu->regs + CR1, smmu->features.coherent ?
            CR1_TABLES_CACHED | CR1_QUEUES_CACHED : 0);
    write32(smmu->regs + CR2, CR2_RECINVSID);
}

/* Queues begin empty: both indexes are 0 (3.5.1). */
static void set_bases(Smmu *smmu)
{
    const SmmuStreamTable *table = &smmu->streams;

    write64(smmu->regs + STRTAB_BASE, (uintptr_t)table->base | RA_WA_HINT);
    write32(smmu->regs + STRTAB_BASE_CFG, table->log2 | (table->two_level ?
            STRTAB_FMT_TWO_LEVEL | STRTAB_SPLIT(8) : 0));

    write64(smmu->regs + CMDQ_BASE, (uintptr_t)smmu->commands.entries |
            RA_WA_HINT | smmu->commands.log2);
    write32(smmu->regs + CMDQ_PROD, 0);
    write32(smmu->regs + CMDQ_CONS, 0);
    smmu->commands.index = 0;

    write64(smmu->regs + EVENTQ_BASE, (uintptr_t)smmu->events.entries |
            RA_WA_HINT | smmu->events.log2);
    write32(smmu->regs + EVENTQ_PROD, 0);
    write32(smmu->regs + EVENTQ_CONS, 0);
    smmu->events.index = 0;
}

/*
 * What the caches hold at reset is not defined. CMD_CFGI_ALL is CFGI_STE_RANGE
 * with all of 32 bits; EL2's entries there are only with IDR0.Hyp, and a
 * command that an instance has not is an error (4.4).
 */
static bool invalidate_all(Smmu *smmu)
{
    smmu_command(smmu, CMD_CFGI_STE_RANGE, CMD_RANGE_ALL);
    smmu_command(smmu, CMD_TLBI_NSNH_ALL, 0);
    if (smmu->features.hyp) {
        smmu_command(smmu, CMD_TLBI_EL2_ALL, 0);
    }
    return smmu_sync(smmu);
}

/* Errors of before are not ours. */
static void forget_errors(Smmu *smmu)
{
    smmu_acknowledge_errors(smmu, smmu_active_errors(smmu));
}

/* All that is guarded by an enable bit */
void smmu_configure(Smmu *smmu)
{
    set_attributes(smmu);
    set_bases(smmu);
    smmu_set_messages(smmu);
    forget_errors(smmu);
}

/* Commands, caches, events, interrupts, and only then transactions */
bool smmu_turn_on(Smmu *smmu)
{
    if (!smmu_set_cr0(smmu, CR0_CMDQEN) || !invalidate_all(smmu)) {
        return false;
    }
    return smmu_set_cr0(smmu, CR0_CMDQEN | CR0_EVENTQEN) &&
        smmu_set_irq_ctrl(smmu, IRQ_CTRL_EVENTQ | IRQ_CTRL_GERROR) &&
        smmu_set_cr0(smmu, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
}

bool smmu_enable(Smmu *smmu)
{
    if (!smmu_disable(smmu)) {
        return false;
    }
    smmu_configure(smmu);
    return smmu_turn_on(smmu);
}
