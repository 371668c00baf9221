/*
 * The insides of the translation cache, shared by tlb.c, regime.c and their
 * tests.
 *
 * A regime stands for all contexts whose translations cannot differ. Each has
 * two tags, numbers that no other regime has or had: one for entries that
 * TLBI by ASID drops, one for global entries. An entry counts only while its
 * tag is one of its regime's, so that a whole address space is dropped by
 * giving the regime fresh tags.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_TLB_H
#define MSMMU_CORE_TLB_H

#include "internal.h"

#define TLB_WAYS 4
#define TLB_REGIME_BUCKETS 64
/* Regimes that no context uses are kept up to this number, with their TLB. */
#define TLB_IDLE_REGIMES 64
/* Sizes of entries and leaves, as powers of two. */
#define TLB_SIZES 64

/* All of a context that a translation depends on; other bytes are zero. */
typedef struct MsmmuRegimeKey {
    MsmmuTableBase ttb[2];
    uint64_t mair;
    MsmmuAttributes incoming;   /* as far as the output depends on it */
    uint32_t world;
    uint16_t asid;
    uint16_t vmid;
    MsmmuTables s1;
    MsmmuStage2 s2;
    bool stage1;
    bool stage2;
    bool of_tables;             /* its translations are for table walks */
    bool write_execute_never;
    bool unpriv_write_execute_never;
    bool privileged_access_never;
    bool enhanced_pan;
} MsmmuRegimeKey;

struct MsmmuRegime {
    /* Read without the lock. */
    uint64_t tags;              /* low half: by ASID; high half: global */
    uint32_t epoch;             /* how often something of it was invalidated */
    uint32_t salt;              /* spreads regimes over the sets */
    /* The rest under the lock. */
    MsmmuRegimeKey key;
    MsmmuRegime *next;          /* in the same bucket */
    uint32_t slot;              /* index in MsmmuTlb.regimes */
    unsigned users;             /* contexts that may be found */
    bool has_global;            /* a global entry may be cached */
};

/*
 * Four entries. Lookups touch the first half, and the second on a hit. Words
 * are read and written atomically; a reader that sees @sequence even and
 * unchanged saw one state. Tag 0 is no entry.
 */
typedef struct TlbSet {
    uint32_t sequence;          /* odd while entries change */
    uint32_t unused;
    uint32_t tag[TLB_WAYS];
    uint64_t key[TLB_WAYS];     /* first VA, and log2 of the size */
    uint64_t unused2;
    uint64_t pa[TLB_WAYS];      /* first PA, and ENTRY_* below 4 KiB */
    uint64_t attr[TLB_WAYS];
} TlbSet;

_Static_assert(sizeof(TlbSet) == 128, "two cache lines");

struct MsmmuTlb {
    /* Read by lookups. */
    TlbSet *sets;
    uint32_t set_mask;
    uint32_t set_bits;
    uint64_t sizes;             /* bit n: entries of 2^n bytes may exist */
    uint8_t last_size;          /* of the last hit, to be tried first */
    uint8_t unused[64];         /* what follows is written more often */

    uint32_t global_epoch;      /* how often TLBI by VA was about global ones */
    uint32_t slots;             /* regimes->len, to be read without the lock */

    GMutex lock;
    uint64_t leaves[TLB_SIZES]; /* by size: the sizes of their leaves */
    unsigned counts[TLB_SIZES]; /* by size: entries with a tag >= floor */
    uint32_t next_tag;
    uint32_t floor;             /* tags below are of dropped entries */
    uint32_t random;
    unsigned idle;              /* regimes without users */
    unsigned with_global;       /* regimes with has_global */
    GPtrArray *regimes;         /* by slot; NULL where one was removed */
    MsmmuRegime *buckets[TLB_REGIME_BUCKETS];
    void *memory;               /* that holds the sets */
};

/* What an entry holds in the low bits of its PA, and beside it. */
#define ENTRY_PERMS_UNPRIV  MSMMU_MASK(2, 0)
#define ENTRY_PERMS_PRIV    MSMMU_MASK(5, 3)
#define ENTRY_GLOBAL        MSMMU_BIT(6)
#define ENTRY_CONTIGUOUS    MSMMU_BIT(7)
#define ENTRY_GRANULE       MSMMU_MASK(9, 8)
#define ENTRY_LEVEL         MSMMU_MASK(11, 10)
#define ENTRY_ADDRESS       MSMMU_MASK(63, 12)
#define ENTRY_MEMORY_TYPE   MSMMU_MASK(7, 0)
#define ENTRY_SHAREABILITY  MSMMU_MASK(9, 8)
#define ENTRY_FROM_DEVICE   MSMMU_BIT(10)
#define ENTRY_SLOT          MSMMU_MASK(63, 32)
/* In the key. */
#define ENTRY_SIZE          MSMMU_MASK(5, 0)

_Static_assert((ENTRY_PERMS_UNPRIV ^ ENTRY_PERMS_PRIV ^ ENTRY_GLOBAL ^
                ENTRY_CONTIGUOUS ^ ENTRY_GRANULE ^ ENTRY_LEVEL ^
                ENTRY_ADDRESS) == UINT64_MAX, "an entry's PA word");

/*
 * Where an entry goes. Neighbours are in neighbouring sets, so that a range is
 * one run through memory; each run of as many as there are sets begins
 * elsewhere.
 */
static inline TlbSet *tlb_set(const MsmmuTlb *tlb, const MsmmuRegime *regime,
                              uint64_t va, unsigned size)
{
    uint64_t number = va >> size;
    uint32_t index = number + (number >> tlb->set_bits) * 0x9e3779b1u +
                     regime->salt + size * 0x85ebca6bu;

    return &tlb->sets[index & tlb->set_mask];
}

/* ---- regime.c; all under tlb->lock ---- */

static inline uint32_t regime_tag(uint64_t tags, bool global)
{
    return global ? tags >> 32 : tags;
}

/* The bucket of regimes with this ASID, VMID and world. */
MsmmuRegime **msmmu_regime_bucket(MsmmuTlb *tlb, MsmmuWorld world,
                                  uint16_t vmid, uint16_t asid);

/* Fresh tags, for global entries too if @all. Bumps the epoch. */
void msmmu_regime_renew(MsmmuTlb *tlb, MsmmuRegime *regime, bool all);

void msmmu_regime_bump_epoch(MsmmuRegime *regime);
void msmmu_regimes_free(MsmmuTlb *tlb);

/* ---- tlb.c; under tlb->lock ---- */

/* The regime of an entry, if it is one that a lookup could find. */
MsmmuRegime *msmmu_tlb_owner(const MsmmuTlb *tlb, const TlbSet *set,
                             unsigned way);

void msmmu_tlb_drop(MsmmuTlb *tlb, TlbSet *set, unsigned way);

/* No entry that there is counts any more. */
void msmmu_tlb_forget_counts(MsmmuTlb *tlb);

/* Forget every entry, word by word: tags are about to be used again. */
void msmmu_tlb_wipe(MsmmuTlb *tlb);

#endif
