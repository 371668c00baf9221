/*
 * Streams of every kind on one enabled instance, end to end: STE, CD and tables
 * in memory, commands in the queue.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_STREAMS_H
#define MSMMU_TESTS_STREAMS_H

#include "cache.h"
#include "config_tables.h"
#include "tables.h"

typedef struct Stream {
    Fixture *f;
    uint32_t sid;
    CacheKind kind;
    uint16_t vmid;
    uint16_t asid;
    ConfigWords ste;
    ConfigWords cd;
    Tables s1;                  /* of 4KB and 48 bits, as the next */
    Tables s2;
} Stream;

/* Both stages, Hyp, every granule, SMMUv3.2 or later. */
MsmmuConfig streams_config(void);

/* An enabled instance; @config NULL: of streams_config(). */
Fixture *streams_fixture(const MsmmuConfig *config, bool e2h);

/*
 * Set up stream @sid, below 64. Nested, its stage 2 maps what it needs to reach
 * its CD and its tables; nothing else is mapped.
 */
Stream stream_new(Fixture *f, uint32_t sid, CacheKind kind, uint16_t vmid,
                  uint16_t asid);

/* Put ste and cd into memory, after the test changed them. */
void stream_put(Stream *s);

/*
 * A leaf of @level that leads from @va to @pa: of stage 1, or of stage 2 alone.
 * @attributes are besides what lets everybody read and write.
 */
void stream_map(Stream *s, uint64_t va, int level, uint64_t pa,
                uint64_t attributes);

MsmmuResult stream_access(Stream *s, uint64_t va, bool write);
/* A read is forwarded to @pa. */
void stream_expect(Stream *s, uint64_t va, uint64_t pa);
/* The same, without a look into memory, or with. */
bool stream_hits(Stream *s, uint64_t va);

/* A TLBI about @s: its VMID and ASID are put into @opcode's word. */
void stream_tlbi(Stream *s, uint8_t opcode, uint64_t word1);

#endif
