/*
 * Commands (IHI 0070 chapter 4): what the Command queue (commands.c), the
 * fields of commands (command_fields.c) and the TLB invalidations (tlbi.c)
 * share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_COMMANDS_H
#define MSMMU_CORE_COMMANDS_H

#include "internal.h"
#include "spec/cmd.h"

/* No instance has commands from here on. */
#define COMMAND_OPCODES (CMD_SYNC + 1)

/* ---- command_fields.c ---- */

/* The name of an opcode of 4.1.1, as printed there; NULL if it has none. */
const char *msmmu_command_name(unsigned opcode);

/* What an instance takes as Reserved: it never changes. */
struct MsmmuCommandFields {
    /* With index 1: of commands whose TG is not 0. */
    uint64_t reserved[COMMAND_OPCODES][2][CMD_WORDS];
};

/* The Reserved bits of a command that the instance has (4.1.5). */
static inline const uint64_t *msmmu_command_reserved(
    const Msmmu *m, const uint64_t cmd[CMD_WORDS])
{
    bool tg = msmmu_get(cmd[1], CMD1_TG) != CMD1_TG_ANY;

    return m->command_fields->reserved[msmmu_get(cmd[0], CMD0_OPCODE)][tg];
}

/* ---- tlbi.c ---- */

/*
 * Do a CMD_TLBI_* that the instance has, of which the Reserved bits are 0, and
 * say in *cost which part of a slice of commands it takes. Returns NULL, or why
 * its parameters are ILLEGAL: then it did nothing.
 */
const char *msmmu_tlbi_run(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                           unsigned *cost);

#endif
