/*
 * Commands (IHI 0070 chapter 4): what the Command queue (commands.c) and the
 * TLB invalidations (tlbi.c) share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_COMMANDS_H
#define MSMMU_CORE_COMMANDS_H

#include "internal.h"
#include "spec/cmd.h"

/* ---- tlbi.c ---- */

/*
 * Do a CMD_TLBI_* that the instance offers. False if its parameters are
 * ILLEGAL: then it did nothing.
 */
bool msmmu_tlbi_run(Msmmu *m, const uint64_t cmd[CMD_WORDS]);

/* The part of a slice of commands that it takes. */
unsigned msmmu_tlbi_cost(const Msmmu *m, const uint64_t cmd[CMD_WORDS]);

#endif
