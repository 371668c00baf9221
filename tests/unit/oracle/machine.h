/*
 * The instance under test: the core over the random memory, with what it does
 * to the outside recorded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_MACHINE_H
#define MSMMU_TESTS_ORACLE_MACHINE_H

#include <glib.h>

#include "core.h"
#include "generate.h"

#define MACHINE_UPDATES 64

/* Bits of a doubleword that the core changed. */
typedef struct MachineUpdate {
    uint64_t pa;
    uint64_t changed;
} MachineUpdate;

typedef struct Machine {
    Msmmu *m;
    OracleMemory *memory;
    MsmmuConfig config;
    GPtrArray *retired;
    uint32_t commands;          /* CMDQ_PROD */
    bool hyp;
    int64_t now;

    /* Since machine_forget() */
    unsigned records;
    uint64_t record[4];         /* the last */
    MachineUpdate updates[MACHINE_UPDATES];
    unsigned update_count;
    unsigned strays;            /* writes to anywhere else */
} Machine;

void machine_init(Machine *mc, OracleMemory *memory);
void machine_finish(Machine *mc);

/* A new instance. False if no instance can be as @c says. */
bool machine_create(Machine *mc, const MsmmuConfig *c);
void machine_program(Machine *mc, const SceneRegisters *regs);
void machine_forget(Machine *mc);
/* Drop all that is cached, by commands; @everything: of all streams at once. */
void machine_invalidate(Machine *mc, const uint32_t *sids, unsigned count,
                        bool everything);
/* Drop what is cached of tables. */
void machine_invalidate_tables(Machine *mc);
/* Drop what is cached of EL2, which has no ASIDs. */
void machine_invalidate_el2(Machine *mc);

#endif
