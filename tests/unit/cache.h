/*
 * A translation cache alone, for its tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_CACHE_H
#define MSMMU_TESTS_CACHE_H

#include "tlb.h"

#define ENTRIES 4096

typedef struct Cache {
    Msmmu m;
    MsmmuOps ops;
    GPtrArray *retired;         /* freed with the cache */
} Cache;

Cache *cache_new(void);
void cache_free(Cache *c);

/* What translates for a context: its StreamWorld and its stages. */
typedef enum CacheKind {
    KIND_STAGE1,                /* NS-EL1 */
    KIND_STAGE2,
    KIND_NESTED,
    KIND_EL2,
    KIND_EL2_E2H,
    KINDS
} CacheKind;

/* A context with 4KB granules, of EL1 and stage 1 unless @kind says else. */
MsmmuContext context_of(uint16_t vmid, uint16_t asid);
MsmmuContext context_of_kind(CacheKind kind, uint16_t vmid, uint16_t asid);
/* One that has its regime. */
MsmmuContext interned(Cache *c, uint16_t vmid, uint16_t asid);

/* log2 of leaf sizes by granule and level, as the Arm ARM prints them. */
typedef struct CacheLeafSize {
    MsmmuGranule granule;
    uint8_t level;
    uint8_t log2;
} CacheLeafSize;

/* The last are of 52-bit addresses: DS with 4KB and 16KB, LPA with 64KB. */
#define LEAF_SIZES 10
extern const CacheLeafSize leaf_sizes[LEAF_SIZES];

/* A leaf of leaf_sizes[@size] around @va; a 4 KiB page. */
MsmmuTranslation leaf(unsigned size, uint64_t va, uint64_t pa);
MsmmuTranslation page(uint64_t va, uint64_t pa);

/* When a walk begins. */
uint64_t epoch_of(Cache *c, const MsmmuContext *ctx);
void insert(Cache *c, const MsmmuContext *ctx, const MsmmuTranslation *t);
void insert_page(Cache *c, const MsmmuContext *ctx, uint64_t va, bool global);
bool hit(Cache *c, const MsmmuContext *ctx, uint64_t va);
void invalidate(Cache *c, const MsmmuInvalidation *inv);

/*
 * Consume a TLBI command, as an instance with every feature does: both stages,
 * Hyp, RIL, DS, 16-bit ASIDs and VMIDs. False if it is ILLEGAL.
 */
bool tlbi(Cache *c, uint64_t word0, uint64_t word1);

MsmmuInvalidation by_va(uint16_t vmid, uint16_t asid, uint64_t first,
                        uint64_t last);

#endif
