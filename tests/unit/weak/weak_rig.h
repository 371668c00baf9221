/*
 * An enabled instance for executions on weak memory: streams of every kind over
 * a guest memory of atomic words, and the guest that changes it.
 *
 * A test is a row of changes. Before change @n begins the guest's memory leads
 * each transaction to one state, and after it to another; when its
 * invalidations have completed, transactions that begin later must not see the
 * state before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WEAK_RIG_H
#define MSMMU_TESTS_WEAK_RIG_H

#include "config_tables.h"
#include "tables.h"
#include "weak.h"

/* StreamIDs: two with the same CD, one of each of the others. */
enum { SID_A = 1, SID_B, SID_NESTED, SID_STAGE2, SIDS };

#define RIG_PAGES 40
#define RIG_CHANGES 8
#define RIG_VMID 7
#define RIG_ASID 1

typedef struct Rig Rig;

typedef struct Scenario {
    /* After the streams were made, before anything is cached. */
    void (*prepare)(Rig *r);
    /* Change @n, from 1 on: stores of the guest, and its commands. */
    void (*change)(Rig *r, unsigned n);
    /* Where a read of @page by @sid leads after change @n. */
    MsmmuResult (*expect)(const Rig *r, unsigned n, uint32_t sid,
                          unsigned page);
    uint32_t sids;              /* bits: whose transactions */
    unsigned pages;
    unsigned changes;
    unsigned reads;             /* of each reader; 0: a few */
    unsigned tlb_entries;       /* 0: enough */
} Scenario;

struct Rig {
    const Scenario *scenario;
    uint64_t *memory;           /* from PA 0 */
    MsmmuWindow window;         /* all of it: read in place, mostly */
    Fixture *f;
    Tables s1;                  /* of SID_A and SID_B */
    Tables nested;              /* of SID_NESTED, behind s2 */
    Tables s2;                  /* of SID_NESTED and SID_STAGE2 */
    GMutex big_lock;            /* one processor programs the SMMU at a time */
    uint32_t completed;         /* changes */
    unsigned seed;
};

/* As many executions of it as @count, each with readers beside the guest. */
void rig_run(const Scenario *scenario, unsigned count);

/* ---- For what a scenario does ---- */

/* The VA, or IPA, of a page; SID_A's are in one table of level 3. */
uint64_t rig_va(uint32_t sid, unsigned page);
/* Where its descriptor is that has the PA. */
uint64_t rig_slot(Rig *r, uint32_t sid, unsigned page);

/* The guest's processor stores a word; before the execution or in it. */
void rig_store(Rig *r, uint64_t pa, uint64_t word);
uint64_t rig_word(const Rig *r, uint64_t pa);
/* It gives a command and waits for its end. VMID and ASID are put into it. */
void rig_tlbi(Rig *r, uint8_t opcode, uint64_t word1);
void rig_command(Rig *r, uint64_t word0, uint64_t word1);
void rig_set_reg32(Rig *r, uint64_t offset, uint32_t value);

/*
 * State @n of a page: a PA, permissions and attributes that no other page and
 * no other state has. As a descriptor of stage 1 or 2, and as a result.
 */
uint64_t rig_leaf(uint32_t sid, unsigned page, unsigned n);
MsmmuResult rig_state(uint32_t sid, unsigned page, unsigned n);

#endif
