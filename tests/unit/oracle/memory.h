/*
 * Guest memory for random tests: sparse, made up as it is looked at.
 *
 * A doubleword that was never written gets its value when the oracle first
 * reads it, from a function that is told what the oracle takes it for; so every
 * pointer leads to something plausible. The core then reads the same values.
 * Whole pages can abort, or abort writes only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_MEMORY_H
#define MSMMU_TESTS_ORACLE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum OracleKind {
    ORACLE_L1STD,
    ORACLE_STE,
    ORACLE_L1CD,
    ORACLE_CD,
    ORACLE_DESCRIPTOR,
} OracleKind;

/* What a reader takes an address for. */
typedef struct OracleRole {
    OracleKind kind;
    uint32_t id;                /* StreamID, SubstreamID or both */
    const uint64_t *ste;        /* of the stream, for CDs and descriptors */
    const uint64_t *cd;
    /* Of a descriptor */
    int stage;
    int level;
    bool vmsa32;
    bool ds;
    bool big_endian;
    bool block;                 /* blocks are legal at the level */
    unsigned page_bits;
    unsigned output_bits;
    unsigned leaf_bits;         /* that a leaf of this level maps */
} OracleRole;

/* Queues are in these 64KB, which never abort. */
#define ORACLE_QUEUES UINT64_C(0x5a530000)

typedef struct OracleMemory OracleMemory;

/* Write @count doublewords, little-endian values, to be found at @pa. */
typedef void OracleFill(void *opaque, uint64_t pa, const OracleRole *role,
                        uint64_t *words, unsigned count);

OracleMemory *oracle_memory_new(void);
void oracle_memory_free(OracleMemory *mem);

/*
 * Forget all contents. @seed decides which pages abort: one of @abort_every,
 * and one of @rom_every aborts writes only (0 for none).
 */
void oracle_memory_reset(OracleMemory *mem, uint64_t seed,
                         unsigned abort_every, unsigned rom_every,
                         OracleFill *fill, void *opaque);

/* The oracle's read of @count doublewords; false for an external abort. */
bool oracle_memory_read(OracleMemory *mem, uint64_t pa,
                        const OracleRole *role, uint64_t *words,
                        unsigned count);
/* Whether a hardware update of @pa would work. */
bool oracle_memory_writable(OracleMemory *mem, uint64_t pa);
/* Whether @pa was read in more than one role. */
bool oracle_memory_is_shared(OracleMemory *mem, uint64_t pa);

/* Accesses as of a machine, of any length; false for an external abort. */
bool oracle_memory_load(OracleMemory *mem, uint64_t pa, void *buf, size_t len);
bool oracle_memory_store(OracleMemory *mem, uint64_t pa, const void *buf,
                         size_t len);

/* A doubleword, past all aborts. */
uint64_t oracle_memory_peek(OracleMemory *mem, uint64_t pa);
void oracle_memory_poke(OracleMemory *mem, uint64_t pa, uint64_t value);

/* Spoil one of the descriptors that were read: forget it or flip a bit. */
void oracle_memory_disturb(OracleMemory *mem, uint64_t random);

#endif
