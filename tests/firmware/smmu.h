/*
 * An SMMUv3 instance and how firmware brings it up (IHI 0070).
 *
 *   identify.c      what this instance is: the ID registers
 *   stream_table.c  the Stream table, linear or of two levels
 *   queues.c        the Command queue and the Event queue
 *   enable.c        all of it in the order of 3.11
 *   interrupts.c    events and errors as interrupts: MSIs, else wires
 *   errors.c        global errors: what they say, how to go on
 *
 * What a stream is translated by is in stream.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_SMMU_H
#define FIRMWARE_SMMU_H

#include "its.h"
#include "regs.h"
#include "tap.h"

#define SMMU_GRANULES_MAX 3
#define STE_WORDS 8

/* What an instance offers, from its ID registers */
typedef struct SmmuFeatures {
    bool stage1;
    bool stage2;
    unsigned granule_shift[SMMU_GRANULES_MAX];  /* smallest first */
    unsigned num_granules;
    unsigned output_size;               /* IDR5.OAS, as in CD.IPS, STE.S2PS */
    unsigned sid_bits;
    unsigned ssid_bits;
    bool two_level;                     /* Stream tables */
    unsigned ttendian;
    unsigned commands_log2;             /* of the largest queues */
    unsigned events_log2;
    bool msi;
    bool hyp;                           /* StreamWorlds EL2 and EL2-E2H */
    bool ats;
    bool coherent;                      /* COHACC */
    unsigned httu;
    unsigned minor;                     /* SMMUv3.minor */
} SmmuFeatures;

/* A circular queue (3.5): indexes have a wrap flag above them. */
typedef struct SmmuQueue {
    uint64_t *entries;
    unsigned log2;
    uint32_t index;                     /* ours: PROD or CONS */
} SmmuQueue;

typedef struct SmmuStreamTable {
    uint64_t *base;                     /* STEs, or level 1 descriptors */
    unsigned log2;                      /* of the StreamIDs that it covers */
    bool two_level;
} SmmuStreamTable;

/* Interrupts of one source, as they were taken */
typedef struct SmmuSource {
    const char *name;                   /* as in "interrupt-names" */
    uint32_t intid;
    unsigned taken;
} SmmuSource;

typedef struct Smmu {
    FdtNode node;
    uintptr_t regs;
    SmmuFeatures features;
    SmmuStreamTable streams;
    SmmuQueue commands;
    SmmuQueue events;
    Its *its;                           /* where its MSIs go, or NULL */
    uint32_t device_id;                 /* whose they are there */
    bool wired;                         /* its interrupts are SPIs */
    SmmuSource eventq;
    SmmuSource gerror;
    unsigned streams_made;              /* ASIDs and VMIDs that were given */
} Smmu;

/* ---- identify.c --------------------------------------------------------- */

void smmu_identify(Smmu *smmu, FdtNode node);
void smmu_print_identity(const Smmu *smmu);
/* Is it what the architecture permits, and what this program can drive? */
bool smmu_is_usable(const Smmu *smmu);
unsigned smmu_output_bits(unsigned output_size);

/* ---- stream_table.c ----------------------------------------------------- */

/* A table for StreamIDs up to @last, all of which abort */
void smmu_create_stream_table(Smmu *smmu, uint32_t last);
/* Where a StreamID's STE is; NULL when the table ends before it */
uint64_t *smmu_ste(Smmu *smmu, uint32_t sid);
/* Have the SMMU forget a stream's configuration. */
void smmu_invalidate_ste(Smmu *smmu, uint32_t sid);
/* What a stream is to do: a whole STE, put in place as 3.21.3.1 asks */
void smmu_set_ste(Smmu *smmu, uint32_t sid, const uint64_t *words);

/* ---- queues.c ----------------------------------------------------------- */

void smmu_create_queues(Smmu *smmu);
/* Put a command in the queue; the SMMU is told by smmu_submit(). */
void smmu_command(Smmu *smmu, uint64_t word0, uint64_t word1);
void smmu_submit(Smmu *smmu);
/* Have all been consumed? */
bool smmu_is_idle(const Smmu *smmu);
/* CMD_SYNC, and wait for it; false when the queue does not move any more */
bool smmu_sync(Smmu *smmu);
/* The next event; false if there is none */
bool smmu_next_event(Smmu *smmu, uint64_t *event);
void smmu_print_event(const uint64_t *event);
const char *smmu_event_name(unsigned type);

/* ---- enable.c ----------------------------------------------------------- */

/* Write CR0, or IRQ_CTRL, and wait until it has taken effect. */
bool smmu_set_cr0(Smmu *smmu, uint32_t value);
bool smmu_set_irq_ctrl(Smmu *smmu, uint32_t value);
/* What transactions do while SMMUEN = 0: abort, or bypass the SMMU */
bool smmu_set_global_abort(Smmu *smmu, bool on);
/* From any state to translation; the tables and queues must exist. */
bool smmu_enable(Smmu *smmu);
/* Its three parts: all off, and transactions abort; all registers; all on */
bool smmu_disable(Smmu *smmu);
void smmu_configure(Smmu *smmu);
bool smmu_turn_on(Smmu *smmu);

/* ---- interrupts.c ------------------------------------------------------- */

/* Where its interrupts go: to an ITS of those given, else to the GIC */
void smmu_route_interrupts(Smmu *smmu, Its *its, unsigned num_its);
/* The registers, when IRQ_CTRL is 0 */
void smmu_set_messages(Smmu *smmu);
/* Wait for one more interrupt than @before. */
bool smmu_wait_interrupt(SmmuSource *source, unsigned before);

/* ---- errors.c ----------------------------------------------------------- */

/* The errors that are active (7.5) */
uint32_t smmu_active_errors(const Smmu *smmu);
void smmu_print_errors(const Smmu *smmu);
/* Software has seen these. */
void smmu_acknowledge_errors(Smmu *smmu, uint32_t errors);
/* Of CMDQ_ERR: put a CMD_SYNC where the culprit is, and go on (7.1). */
void smmu_mend_command(Smmu *smmu);

#endif
