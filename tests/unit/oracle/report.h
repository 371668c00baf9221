/*
 * One case of the random test in full, as TAP comments.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_REPORT_H
#define MSMMU_TESTS_ORACLE_REPORT_H

#include "machine.h"
#include "oracle.h"

void report_case(const Oracle *o, const Machine *mc, const MsmmuRequest *rq,
                 const OracleOutcome *want, const MsmmuResult *got,
                 bool fresh);

#endif
