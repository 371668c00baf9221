/*
 * Instances of the core to be measured: streams, tables and pages in a flat
 * memory, whose accesses cost next to nothing.
 *
 * What the core calls does nothing but what it must: the costs that remain are
 * the core's. Structures are built by the unit tests' builders.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_WORLD_H
#define MSMMU_BENCH_WORLD_H

#include "cache.h"
#include "fixture.h"

#define WORLD_VMID 1
/* The input address of the first page. */
#define WORLD_PAGES UINT64_C(0x1000000000)

typedef struct WorldShape {
    CacheKind kind;             /* KIND_STAGE1, KIND_STAGE2 or KIND_NESTED */
    unsigned pages;             /* of 4 KiB, at each stage */
    /* StreamIDs from 0 on, with ASIDs from 1 on. All see the same pages. */
    unsigned streams;
    /* log2 of the distance of pages: 12, or 21 for a table for each */
    unsigned stride_log2;
    unsigned tlb_entries;       /* 0: twice what there is to be cached */
} WorldShape;

typedef struct World {
    Fixture *f;
    WorldShape shape;
    void *memory;
    MsmmuWindow window;         /* of all of it */
    uint32_t cmdq_prod;         /* up to where commands were written */
    MsmmuInvalidation last;     /* what the last command invalidated */
} World;

World *world_new(const WorldShape *shape);
void world_free(World *w);

/* The address of a page; pages behind the last are not mapped. */
static inline uint64_t world_address(const World *w, unsigned page)
{
    return WORLD_PAGES + ((uint64_t)page << w->shape.stride_log2);
}

/* One read, which must be forwarded. */
void world_touch(World *w, unsigned stream, unsigned page);
/* The first @pages pages of the first @streams streams. */
void world_fill(World *w, unsigned streams, unsigned pages);
/* Of those, how many are cached. */
unsigned world_cached(World *w, unsigned streams, unsigned pages);

/* Write commands to the queue, of which the instance is told by world_run(). */
#define WORLD_COMMANDS 1024
void world_command(World *w, uint64_t word0, uint64_t word1);
/* Have the instance consume them all. */
void world_run(World *w);
/* They were consumed, and without an error. */
void world_check(World *w);

/* Consume the events that there are. */
unsigned world_take_events(World *w);

#endif
