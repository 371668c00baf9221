/*
 * The insides of the translation cache, shared by its files and their tests.
 *
 * A regime stands for all contexts whose translations cannot differ. Each has
 * two tags, numbers that no other regime has, had or will have: one for entries
 * that TLBI by ASID drops, one for global entries. An entry counts only while
 * its tag is one of its regime's, so that a whole address space is dropped by
 * giving the regime fresh tags. What names more than one address space leaves a
 * mark at its VMID, its StreamWorld or the TLB; a regime gets its fresh tags
 * when it is used next, which a counter of such marks tells it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_TLB_H
#define MSMMU_CORE_TLB_H

#include "internal.h"

/*
 * Neighbouring pages share a set, so that a range is dropped by as many stores
 * as it has sets.
 */
#define TLB_WAYS_LOG2 4
#define TLB_WAYS (1 << TLB_WAYS_LOG2)
/* Regimes that no context uses are kept up to this number, with their TLB. */
#define TLB_IDLE_REGIMES 64
/* log2 of the sizes of entries and leaves: this, and so many above. */
#define TLB_SIZE_MIN 12
#define TLB_SIZES 31
/* Which size was hit last is kept for so many pieces of the address space. */
#define TLB_HINTS 64
#define TLB_HINT_LOG2 21
#define TLB_WORLDS (MSMMU_WORLD_NS_EL2_E2H + 1)

/*
 * All of a context that a translation depends on; other bytes are zero. What
 * mostly differs comes first: keys are compared from there on.
 */
typedef struct MsmmuRegimeKey {
    uint16_t asid;
    uint16_t vmid;
    uint32_t world;
    MsmmuTableBase ttb[2];
    uint64_t mair;
    MsmmuAttributes incoming;   /* as far as the output depends on it */
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

/*
 * The regimes of one StreamWorld and VMID. The marks are values of
 * MsmmuTlb.marks: when all of it was dropped, and when all of stage 1.
 */
typedef struct TlbVm {
    uint64_t dropped;
    uint64_t stage1_dropped;
    unsigned users;             /* regimes */
    GQueue stage1;              /* of regimes that have it */
    GQueue stage2;              /* of regimes with nothing else */
    GQueue global;              /* of regimes that may have global entries */
    uint32_t id;                /* the key in MsmmuTlb.vms */
} TlbVm;

/* No entry has it. */
#define TLB_NO_TAG 0

enum {
    TAG_OF_ASID,
    TAG_GLOBAL,
    TAGS
};

/* What a regime may have cached of one size. */
typedef struct TlbUse {
    uint32_t entries;           /* not less than there are */
    uint32_t leaves;            /* bit n: of leaves of 2^(12 + n) bytes */
} TlbUse;

struct MsmmuRegime {
    /* Read without the lock. */
    uint8_t last_size[TLB_HINTS];   /* n of the last hit, to be tried first */
    uint64_t tag[TAGS];
    uint64_t table_tag;         /* of what walk_cache.h keeps */
    uint64_t checked;           /* the tags are right after so many marks */
    MsmmuTlb *tlb;
    uint32_t epoch;             /* how often something of it was invalidated */
    TlbSalt salt;
    uint32_t sizes;             /* bit n: of 2^(12 + n) bytes may be cached */
    /* The rest under the lock. */
    bool has_global;            /* a global entry may be cached */
    uint32_t slot;              /* index in MsmmuTlb.regimes */
    unsigned users;             /* contexts that may be found */
    uint64_t id;                /* regime_id() */
    MsmmuRegime *next;          /* in the same bucket */
    TlbVm *vm;                  /* NULL once it was given up */
    GList in_vm;                /* in one of its first two queues */
    TlbUse use[TLB_SIZES];
    GList in_global;            /* if has_global */
    GList in_idle;              /* if there are no users */
    MsmmuRegimeKey key;
};

/* The place of the hint for @va in last_size[]. */
static inline unsigned tlb_hint(uint64_t va)
{
    return (va >> TLB_HINT_LOG2) % TLB_HINTS;
}

/* What lookups read, and MsmmuTlb.states says which are valid. */
typedef struct TlbEntry {
    uint64_t key;               /* first VA, and log2 of the size */
    uint64_t tag;
    uint64_t pa;                /* first PA, and ENTRY_* below 4 KiB */
    uint64_t attr;
} TlbEntry;

_Static_assert(sizeof(TlbEntry) == 32, "two in a cache line");

/*
 * The state of a set, one word. Words are read and written atomically. An entry
 * is written while its way is not valid, and the sequence is another one each
 * time: a reader that sees the same state before and after it read an entry saw
 * one entry. Ways are taken by the low bits of the address; those whose entry
 * is of another address are aside. All entries of a uniform set are pages of
 * one aligned group, each at its own way, with one tag and one kind of leaf.
 */
#define SET_VALID           MSMMU_MASK(15, 0)
#define SET_ASIDE           MSMMU_MASK(31, 16)
#define SET_UNIFORM         MSMMU_BIT(32)
#define SET_FULL            (SET_VALID | SET_UNIFORM)   /* and uniform */
#define SET_SEQUENCE        MSMMU_MASK(63, 33)
#define SET_SEQUENCE_ONE    MSMMU_BIT(33)

/* What all entries of a uniform set have in common. */
typedef struct TlbName {
    uint64_t key;               /* that of the group's first, and ENTRY_LEAF */
    uint64_t tag;
} TlbName;

typedef struct WalkCacheEntry WalkCacheEntry;

struct MsmmuTlb {
    /* Read by lookups. */
    uint64_t *states;           /* by set */
    TlbEntry *entries;          /* by set and way */
    WalkCacheEntry *walks;      /* walk_cache.h */
    uint32_t place_mask;        /* see tlb_place() */
    uint32_t place_bits;
    uint32_t set_mask;
    uint64_t marks;             /* how often more than one ASID was dropped */
    uint8_t unused[64];         /* what follows is written more often */

    uint32_t global_epoch;      /* how often TLBI by VA was about global ones */
    uint32_t slots;             /* regimes->len, to be read without the lock */
    uint32_t namesakes;         /* so many regimes more than regime_id()s */

    GMutex lock;
    uint64_t *occupied;         /* by set, one bit: something is valid */
    TlbName *names;             /* by set, of those that are uniform */
    uint64_t next_tag;
    uint64_t dropped;           /* values of marks: when all of it, */
    uint64_t world_dropped[TLB_WORLDS];         /* or of a StreamWorld, was */
    uint32_t random;
    uint32_t with_global;       /* regimes with has_global */
    GQueue idle;                /* regimes without users, the oldest first */
    GPtrArray *regimes;         /* by slot; NULL where one was removed */
    GArray *free_slots;
    GHashTable *vms;            /* by StreamWorld and VMID */
    MsmmuRegime **buckets;
    unsigned bucket_bits;
    void *memory;               /* that holds the entries */
};

/* What an entry holds in the low bits of its PA, and beside it. */
#define ENTRY_PERMS_UNPRIV  MSMMU_MASK(2, 0)
#define ENTRY_PERMS_PRIV    MSMMU_MASK(5, 3)
#define ENTRY_GLOBAL        MSMMU_BIT(6)
#define ENTRY_CONTIGUOUS    MSMMU_BIT(7)
#define ENTRY_GRANULE       MSMMU_MASK(9, 8)
#define ENTRY_LEVEL         MSMMU_MASK(11, 10)
#define ENTRY_LEAF          (ENTRY_GRANULE | ENTRY_LEVEL)
#define ENTRY_ADDRESS       MSMMU_MASK(63, 12)
#define ENTRY_MEMORY_TYPE   MSMMU_MASK(7, 0)
#define ENTRY_SHAREABILITY  MSMMU_MASK(15, 8)
#define ENTRY_FROM_DEVICE   MSMMU_BIT(16)
#define ENTRY_SLOT          MSMMU_MASK(63, 32)
/* In the key. */
#define ENTRY_SIZE          MSMMU_MASK(5, 0)

_Static_assert(!(ENTRY_LEAF & (MSMMU_BIT(TLB_SIZE_MIN) | ENTRY_SIZE)),
               "both are in the key of a name");
_Static_assert((ENTRY_PERMS_UNPRIV ^ ENTRY_PERMS_PRIV ^ ENTRY_GLOBAL ^
                ENTRY_CONTIGUOUS ^ ENTRY_LEAF ^ ENTRY_ADDRESS) == UINT64_MAX,
               "an entry's PA word");

/*
 * Where an entry is looked for first: place n is way n % TLB_WAYS of set
 * n / TLB_WAYS. @number is that of the VA, without the bits below @size.
 *
 * The pages of an aligned group are in one set; neighbours are in neighbouring
 * sets, so that a range is one run through memory; each run of as many as there
 * are sets begins elsewhere.
 */
static inline uint32_t tlb_place(const MsmmuTlb *tlb, TlbSalt salt,
                                 uint64_t number, unsigned size)
{
    uint32_t run = number >> tlb->place_bits;

    return (((uint32_t)number ^ salt.turn) + salt.first +
            run * (0x9e3779b1u << TLB_WAYS_LOG2) +
            size * (0x85ebca6bu << TLB_WAYS_LOG2)) & tlb->place_mask;
}

static inline TlbEntry *tlb_entries(const MsmmuTlb *tlb, uint32_t set)
{
    return &tlb->entries[(size_t)set << TLB_WAYS_LOG2];
}

/* The name of a uniform set that has @entry. */
static inline TlbName tlb_name(const TlbEntry *entry)
{
    unsigned size = entry->key & ENTRY_SIZE;
    uint64_t first = entry->key & ~((uint64_t)(TLB_WAYS - 1) << size);

    return (TlbName) { first | (entry->pa & ENTRY_LEAF), entry->tag };
}

/* Whether @tag is one of the regime's; a lookup sees the first one mostly. */
static inline bool regime_has_tag(const MsmmuRegime *regime, uint64_t tag)
{
    return tag == msmmu_load_relaxed(&regime->tag[TAG_OF_ASID]) ||
        tag == msmmu_load_relaxed(&regime->tag[TAG_GLOBAL]);
}

/* ---- regime_key.c ---- */

/* Of the translations of @ctx, and of those of its stage 1 tables. */
void msmmu_regime_key(MsmmuRegimeKey *key, const MsmmuContext *ctx);
void msmmu_regime_key_of_tables(MsmmuRegimeKey *key, const MsmmuContext *ctx);

/* ---- Regimes; under tlb->lock ---- */

/* What an invalidation names regimes by, in one word. */
#define REGIME_ID_ASID      MSMMU_MASK(15, 0)
#define REGIME_ID_VMID      MSMMU_MASK(31, 16)
#define REGIME_ID_WORLD     MSMMU_MASK(35, 32)
#define REGIME_ID_STAGE1    MSMMU_BIT(36)

static inline uint64_t regime_id(MsmmuWorld world, uint16_t vmid, uint16_t asid,
                                 bool stage1)
{
    return msmmu_prep(REGIME_ID_ASID, asid) |
           msmmu_prep(REGIME_ID_VMID, vmid) |
           msmmu_prep(REGIME_ID_WORLD, world) |
           msmmu_prep(REGIME_ID_STAGE1, stage1);
}

/* Where those are that agree on StreamWorld, VMID and ASID, among others. */
static inline uint32_t regime_bucket(const MsmmuTlb *tlb, uint64_t id)
{
    return (id & ~REGIME_ID_STAGE1) * UINT64_C(0x9e3779b97f4a7c15) >>
           (64 - tlb->bucket_bits);
}

static inline MsmmuRegime *regime_first(const MsmmuTlb *tlb, uint64_t id)
{
    return tlb->buckets[regime_bucket(tlb, id)];
}

/* Walks that began before this are not cached. */
static inline void regime_bump_epoch(MsmmuRegime *regime)
{
    msmmu_store(&regime->epoch, regime->epoch + 1);
}

/* What is known of its tables does not count; then bump the epoch. */
static inline void regime_forget_tables(MsmmuRegime *regime)
{
    msmmu_store(&regime->table_tag, regime->tlb->next_tag++);
}

/* ---- regime.c; under tlb->lock ---- */

/* NULL if no regime has it. */
TlbVm *msmmu_tlb_vm(const MsmmuTlb *tlb, MsmmuWorld world, uint16_t vmid);

/*
 * Fresh tags, for global entries too if @all. Then the epoch is another one: a
 * walk that notes the new one finds nothing old in any cache that has tags.
 */
void msmmu_regime_renew(MsmmuRegime *regime, bool all);
/* The same for all if a mark says so that came since. */
void msmmu_regime_check(MsmmuRegime *regime);
/* A new mark. */
uint64_t msmmu_tlb_mark(MsmmuTlb *tlb);

void msmmu_regime_set_global(MsmmuRegime *regime);
void msmmu_regimes_init(MsmmuTlb *tlb);
void msmmu_regimes_free(MsmmuTlb *tlb);

/* ---- regime.c; takes the lock ---- */

void msmmu_regime_catch_up(MsmmuRegime *regime);

/* Before its tags or its epoch are looked at without the lock. */
static inline void regime_refresh(MsmmuRegime *regime)
{
    if (G_UNLIKELY(msmmu_load(&regime->checked) !=
                   msmmu_load(&regime->tlb->marks))) {
        msmmu_regime_catch_up(regime);
    }
}

/* For msmmu_tlb_insert(), of a regime that was refreshed before. */
static inline uint64_t tlb_epoch(const MsmmuTlb *tlb,
                                 const MsmmuRegime *regime)
{
    return msmmu_load(&regime->epoch) |
           (uint64_t)msmmu_load(&tlb->global_epoch) << 32;
}

/* @t as an entry, without what is only known when it is inserted. */
static inline TlbEntry tlb_pack(const MsmmuTranslation *t)
{
    return (TlbEntry) {
        .key = t->first_va | t->size_log2,
        .pa = t->first_pa |
              msmmu_prep(ENTRY_PERMS_UNPRIV, t->perms[0]) |
              msmmu_prep(ENTRY_PERMS_PRIV, t->perms[1]) |
              msmmu_prep(ENTRY_GLOBAL, t->global) |
              msmmu_prep(ENTRY_CONTIGUOUS, t->contiguous) |
              msmmu_prep(ENTRY_GRANULE, t->granule) |
              msmmu_prep(ENTRY_LEVEL, t->leaf_level),
        .attr = msmmu_prep(ENTRY_MEMORY_TYPE, t->attributes.memory_type) |
                msmmu_prep(ENTRY_SHAREABILITY, t->attributes.shareability) |
                msmmu_prep(ENTRY_FROM_DEVICE, t->attributes.from_device),
    };
}

/* ---- tlb.c; takes the lock ---- */

/* As msmmu_tlb_insert(). */
void msmmu_tlb_insert_entry(MsmmuTlb *tlb, MsmmuRegime *regime,
                            const TlbEntry *entry, uint64_t epoch);

/* ---- tlb.c; under tlb->lock ---- */

/* The regime of an entry, if it is one that a lookup could find. */
MsmmuRegime *msmmu_tlb_owner(const MsmmuTlb *tlb, const TlbEntry *entry);

/* @regime has @count entries less of @size. */
static inline void tlb_uncount(MsmmuRegime *regime, unsigned size,
                               unsigned count)
{
    unsigned n = size - TLB_SIZE_MIN;

    regime->use[n].entries -= count;
    if (!regime->use[n].entries) {
        regime->use[n].leaves = 0;
        msmmu_store_relaxed(&regime->sizes,
                            regime->sizes & ~(UINT32_C(1) << n));
    }
}

#endif
