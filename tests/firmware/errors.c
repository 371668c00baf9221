/*
 * Global errors (IHI 0070 7.1, 7.5): what does not fit into an event.
 *
 * An error is active while its bit differs between GERROR, which the SMMU
 * toggles, and GERRORN, which software does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

uint32_t smmu_active_errors(const Smmu *smmu)
{
    return read32(smmu->regs + GERROR) ^ read32(smmu->regs + GERRORN);
}

void smmu_acknowledge_errors(Smmu *smmu, uint32_t errors)
{
    write32(smmu->regs + GERRORN, read32(smmu->regs + GERRORN) ^ errors);
}

/* 7.1: the reasons in CMDQ_CONS.ERR */
static const char *reason(uint32_t cons)
{
    static const char *const reasons[] = {
        "CERROR_NONE", "CERROR_ILL", "CERROR_ABT", "CERROR_ATC_INV_SYNC",
    };

    return CMDQ_CONS_ERR(cons) < ARRAY_SIZE(reasons)
         ? reasons[CMDQ_CONS_ERR(cons)] : "another reason";
}

void smmu_print_errors(const Smmu *smmu)
{
    uint32_t errors = smmu_active_errors(smmu);
    uint32_t cons = read32(smmu->regs + CMDQ_CONS);

    if (!errors) {
        return;
    }
    print("#   GERROR 0x%x:", errors);
    if (errors & GERROR_CMDQ_ERR) {
        print(" CMDQ_ERR, %s", reason(cons));
    }
    if (errors & GERROR_EVENTQ_ABT_ERR) {
        print(" EVENTQ_ABT_ERR");
    }
    print("\n");
}

/*
 * The queue has stopped at the culprit, where CONS points. In its place goes
 * one that does no harm; then the error is acknowledged, and the queue moves.
 */
void smmu_mend_command(Smmu *smmu)
{
    uint32_t cons = read32(smmu->regs + CMDQ_CONS);
    uint64_t *culprit = smmu->commands.entries +
        (cons & ((1u << smmu->commands.log2) - 1)) * CMD_WORDS;

    culprit[0] = CMD_SYNC;
    culprit[1] = 0;
    cpu_barrier();
    smmu_acknowledge_errors(smmu, GERROR_CMDQ_ERR);
}
