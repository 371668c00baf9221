/*
 * Mistakes of a bring-up: each is made on an instance that was brought up
 * well, and what the instance then reports is compared with what it must.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_MISTAKES_H
#define FIRMWARE_MISTAKES_H

#include "machine.h"

/* No memory and no device is here, in any machine that this runs on. */
#define NOWHERE 0x0f000000UL

/* Where it is made: the instance, and a device of it with a stream */
typedef struct Lab {
    Machine *machine;
    Port *port;
    Smmu *smmu;
    Stream *stream;
} Lab;

/* What is asked for besides an event, an error, the end of the transfer */
typedef enum MistakeFlags {
    QUEUE_STOPS = 1,            /* commands stay in the Command queue */
    NO_INTERRUPT = 2,           /* there is an event, but none of it */
    OVERFLOW = 4,               /* of the Event queue */
    PHYSICAL = 8,               /* the transfer has addresses of memory */
    NO_MESSAGE = 16,            /* the device's own does not come */
    OR_ABORTED = 32,            /* the transfer may be, too: it is a race */
} MistakeFlags;

typedef struct Mistake {
    const char *name;
    const char *what;
    const char *section;        /* of IHI 0070, unless it says of what */
    /* Stages of the stream: 1, 2, 3 is both, 0 the first that there is */
    unsigned stages;
    bool (*is_possible)(const Lab *lab);        /* NULL: always */
    void (*make)(Lab *lab);
    /* What is to be seen; DMA_BUSY: there is no transfer */
    unsigned event;
    uint32_t errors;
    unsigned command_error;
    DmaEnd end;
    unsigned flags;
} Mistake;

typedef struct MistakeList {
    const Mistake *mistakes;
    unsigned count;
} MistakeList;

extern const MistakeList mistakes_registers, mistakes_streams, mistakes_tables,
    mistakes_interrupts;

/* ---- What several of them do -------------------------------------------- */

/* A small transfer that ends well, so that all of its way is cached */
void lab_warm_up(Lab *lab);
DmaEnd lab_transfer(Lab *lab, bool physical);

/* Off, and all registers written, for one of them to be spoilt */
void lab_stop(Lab *lab);

/* Change a word of the STE or CD in use, and have it fetched again. */
void lab_change_ste(Lab *lab, unsigned word, uint64_t clear, uint64_t set);
void lab_change_cd(Lab *lab, unsigned word, uint64_t clear, uint64_t set);

/* The descriptor of an IOVA at stage 1, or of an IPA at stage 2 */
uint64_t *lab_descriptor(Lab *lab, uint64_t address);

/* Predicates */
bool lab_has_one_stage(const Lab *lab);
bool lab_lacks_granule(const Lab *lab);
/* TG0 or S2TG of a granule that the instance does not offer */
unsigned lab_missing_granule(const Lab *lab);

#endif
