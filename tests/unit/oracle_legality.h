/*
 * SteIllegal() and CdIllegal() of IHI 0070 5.2.2 and 5.4.2, transcribed line
 * by line for the Non-secure state: an oracle for the core's own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_LEGALITY_H
#define MSMMU_TESTS_ORACLE_LEGALITY_H

#include "config_tables.h"

/*
 * Which return statement ends the function: NULL for legal, otherwise the
 * field that is to blame.
 */
const char *oracle_ste_illegal(const MsmmuRegisters *regs,
                               const ConfigWords *ste);
const char *oracle_cd_illegal(const MsmmuRegisters *regs,
                              const ConfigWords *ste, const ConfigWords *cd);

#endif
