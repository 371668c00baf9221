/*
 * An instance of the core over fake guest memory, for unit tests.
 *
 * Memory is sparse: every address reads as zero until it is written. Accesses
 * to chosen ranges can be made to fail. What the core asks of its adapter is
 * recorded. Tests name registers and types as spec/ does, but expect words that
 * are written out from the specification.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_FIXTURE_H
#define MSMMU_TESTS_FIXTURE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "internal.h"
#include "spec/regs.h"

/* Where fixture_enable() puts things in the fake memory. */
#define FIXTURE_STRTAB UINT64_C(0x80000000)
#define FIXTURE_CMDQ   UINT64_C(0x90000000)
#define FIXTURE_EVENTQ UINT64_C(0xa0000000)

typedef struct FixtureEvent {
    uint64_t word[4];
} FixtureEvent;

typedef struct Fixture Fixture;

struct Fixture {
    Msmmu *m;

    /* What was recorded since the last fixture_forget(). */
    unsigned irqs[MSMMU_CORE_IRQS];     /* pulses on the lines */
    GArray *messages;           /* MsmmuMessage; also those that aborted */
    GArray *unmaps;             /* MsmmuInvalidation */
    GPtrArray *guest_errors;    /* char * */
    bool deferred;              /* ops->defer was called */
    unsigned reads;             /* calls of ops->read */
    unsigned writes;            /* calls of ops->write */
    unsigned updates;           /* calls of ops->update */

    /* Called at the begin of every ops->read, without any lock, if set. */
    void (*on_read)(Fixture *f, uint64_t pa, size_t len);
    /* Called at the begin of every ops->update, if set. */
    void (*on_update)(Fixture *f, uint64_t pa);
    /* Called at the begin of every ops->irq, if set. */
    void (*on_irq)(Fixture *f, MsmmuIrq irq);
    /* Called at the begin of every ops->message, if set. */
    void (*on_message)(Fixture *f, const MsmmuMessage *message);
    /* ops->irq does not deliver: the test calls msmmu_irq_deliver(). */
    bool irqs_wait;
    void *hook_data;

    int64_t now;                /* what ops->now returns */

    /* Private. */
    GMutex lock;
    uint8_t *flat;              /* all of memory, or NULL */
    uint64_t flat_size;
    GHashTable *pages;          /* page number -> 4096 bytes */
    GArray *faults;             /* ranges whose accesses fail */
    GPtrArray *retired;
    unsigned queue_log2;
};

/* ---- Life ---- */

/* @config NULL: the default configuration. Fails the test on an error. */
Fixture *fixture_new(const MsmmuConfig *config);
/*
 * The same for benches: memory is @flat, of @size bytes, which the caller gives
 * and takes back, and @ops stand in for those that record; their opaque pointer
 * is the fixture.
 */
Fixture *fixture_new_over(const MsmmuConfig *config, const MsmmuOps *ops,
                          void *flat, uint64_t size);
void fixture_free(Fixture *f);
/* Clear all that was recorded. */
void fixture_forget(Fixture *f);
/* Free what the core retired: a grace period has passed. */
void fixture_collect(Fixture *f);

/* ---- Memory ---- */

void fixture_read(Fixture *f, uint64_t pa, void *buf, size_t len);
void fixture_write(Fixture *f, uint64_t pa, const void *buf, size_t len);
/* Little-endian words. */
uint64_t fixture_read64(Fixture *f, uint64_t pa);
void fixture_write64(Fixture *f, uint64_t pa, uint64_t value);
/*
 * If the word at @pa is @expected, make it @desired, in one step as a CPU does
 * it. False if it is not.
 */
bool fixture_swap64(Fixture *f, uint64_t pa, uint64_t expected,
                    uint64_t desired);
/* @count words from @words at @pa. */
void fixture_write_words(Fixture *f, uint64_t pa, const uint64_t *words,
                         unsigned count);
/* All memory reads as zero again. */
void fixture_wipe(Fixture *f);
/* From now on the core's accesses that touch first..last fail. */
void fixture_fail(Fixture *f, uint64_t first, uint64_t last);
/* All accesses work again. */
void fixture_heal(Fixture *f);

/* ---- Registers ---- */

/* Accesses that must not abort. */
uint32_t fixture_reg32(Fixture *f, uint64_t offset);
uint64_t fixture_reg64(Fixture *f, uint64_t offset);
void fixture_set_reg32(Fixture *f, uint64_t offset, uint32_t value);
void fixture_set_reg64(Fixture *f, uint64_t offset, uint64_t value);

/*
 * Program the instance as an operating system does: a linear Stream table of
 * 2^8 STEs at FIXTURE_STRTAB, both queues with 2^7 entries, interrupts on,
 * RECINVSID, and SMMUEN, EVENTQEN and CMDQEN.
 */
void fixture_enable(Fixture *f);
/* The queues only, with 2^@log2 entries each; CR0 is left with them on. */
void fixture_enable_queues(Fixture *f, unsigned log2);

/* ---- Queues, as software sees them ---- */

/* Write one command behind the last and advance CMDQ_PROD. */
void fixture_command(Fixture *f, uint64_t word0, uint64_t word1);
/* Call msmmu_run_deferred() until nothing is left. */
void fixture_settle(Fixture *f);
/* CMDQ_CONS.ERR */
unsigned fixture_cerror(Fixture *f);

/* Take the oldest event; false if there is none. */
bool fixture_event(Fixture *f, FixtureEvent *event);
/* The type (byte 0) of the oldest event, which is taken; -1 if none. */
int fixture_event_type(Fixture *f);

/* ---- Messages ---- */
unsigned fixture_message_count(Fixture *f);
const MsmmuMessage *fixture_message(Fixture *f, unsigned index);

/* ---- Unmaps ---- */
unsigned fixture_unmap_count(Fixture *f);
const MsmmuInvalidation *fixture_unmap(Fixture *f, unsigned index);
/* Whether there was one, of everything. */
bool fixture_unmapped_all(Fixture *f);

#endif
