/*
 * The cache of translations (IHI 0070 3.17, 4.4, 16.2).
 *
 * One entry is one leaf, whatever its size, in a set that its address, size
 * and regime select; lookups probe the sizes in use, that of the last hit
 * first. With two stages an entry may be a fragment of its stage 1 leaf, and
 * invalidating any address of the leaf drops every fragment of it.
 *
 * Lookups take no lock: a set has a sequence number, odd while an entry is
 * written. Whole address spaces are dropped by giving their regime fresh tags
 * (tlb.h); single entries by clearing their tag. What a walk found is cached
 * only if nothing of its regime was invalidated since it began.
 *
 * An invalidation drops what it names and no more, with two exceptions: the
 * entries of a configuration that no stream uses any more may go with others
 * like it (regime.c), and everything goes once in about 2^31 invalidations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tlb.h"
#include "walk.h"
#include "spec/bits.h"

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

#define LOOKUP_ATTEMPTS 8

#define get(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define put(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)
#define get_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define put_relaxed(p, value) __atomic_store_n(p, value, __ATOMIC_RELAXED)

/* ---- Sets ---- */

/*
 * Neighbours are in neighbouring sets, so that a range is one run through
 * memory; each run of as many as there are sets begins elsewhere.
 */
static TlbSet *set_of(const MsmmuTlb *tlb, const MsmmuRegime *regime,
                      uint64_t va, unsigned size)
{
    uint64_t number = va >> size;
    uint32_t index = number + (number >> tlb->set_bits) * 0x9e3779b1u +
                     regime->salt + size * 0x85ebca6bu;

    return &tlb->sets[index & tlb->set_mask];
}

static uint64_t key_of(uint64_t va, unsigned size)
{
    return (va & ~msmmu_low_mask(size)) | size;
}

/* ---- Lookup ---- */

static bool probe(const TlbSet *set, uint64_t key, uint64_t tags,
                  uint64_t *pa, uint64_t *attr)
{
    for (unsigned attempt = 0; attempt < LOOKUP_ATTEMPTS; attempt++) {
        uint32_t sequence = get(&set->sequence);
        bool found = false;

        for (unsigned way = 0; way < TLB_WAYS; way++) {
            uint32_t tag;

            if (get(&set->key[way]) != key) {
                continue;
            }
            tag = get(&set->tag[way]);
            if (tag == regime_tag(tags, false) ||
                tag == regime_tag(tags, true)) {
                *pa = get(&set->pa[way]);
                *attr = get(&set->attr[way]);
                found = true;
                break;
            }
        }
        if (!(sequence & 1) && get_relaxed(&set->sequence) == sequence) {
            return found;
        }
    }
    return false;
}

static void unpack(MsmmuTranslation *out, uint64_t key, uint64_t pa,
                   uint64_t attr)
{
    *out = (MsmmuTranslation) {
        .first_va = key & ~ENTRY_SIZE,
        .first_pa = pa & ENTRY_ADDRESS,
        .size_log2 = key & ENTRY_SIZE,
        .leaf_level = msmmu_get(pa, ENTRY_LEVEL),
        .granule = msmmu_get(pa, ENTRY_GRANULE),
        .global = pa & ENTRY_GLOBAL,
        .contiguous = pa & ENTRY_CONTIGUOUS,
        .perms = {
            msmmu_get(pa, ENTRY_PERMS_UNPRIV),
            msmmu_get(pa, ENTRY_PERMS_PRIV),
        },
        .attributes = {
            .memory_type = msmmu_get(attr, ENTRY_MEMORY_TYPE),
            .shareability = msmmu_get(attr, ENTRY_SHAREABILITY),
            .from_device = attr & ENTRY_FROM_DEVICE,
        },
    };
}

static bool lookup_size(const MsmmuTlb *tlb, const MsmmuRegime *regime,
                        uint64_t tags, uint64_t va, unsigned size,
                        MsmmuTranslation *out)
{
    uint64_t key = key_of(va, size);
    uint64_t pa, attr;

    if (!probe(set_of(tlb, regime, va, size), key, tags, &pa, &attr)) {
        return false;
    }
    unpack(out, key, pa, attr);
    /* These tags may be another's since, if the numbers started again. */
    return get_relaxed(&regime->tags) == tags;
}

bool msmmu_tlb_lookup(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                      MsmmuTranslation *out)
{
    MsmmuTlb *tlb = m->tlb;
    const MsmmuRegime *regime = ctx->regime;
    uint64_t tags = get(&regime->tags);
    uint64_t sizes = get_relaxed(&tlb->sizes);
    unsigned last = get_relaxed(&tlb->last_size);

    va = ctx->stage1 ? msmmu_effective_va(ctx, va) : va;
    if (sizes & MSMMU_BIT(last) &&
        lookup_size(tlb, regime, tags, va, last, out)) {
        return true;
    }
    for (sizes &= ~MSMMU_BIT(last); sizes; sizes &= sizes - 1) {
        unsigned size = __builtin_ctzll(sizes);

        if (lookup_size(tlb, regime, tags, va, size, out)) {
            put_relaxed(&tlb->last_size, size);
            return true;
        }
    }
    return false;
}

/* ---- Changes; under tlb->lock ---- */

static void begin_write(TlbSet *set)
{
    put_relaxed(&set->sequence, set->sequence + 1);
}

static void end_write(TlbSet *set)
{
    put(&set->sequence, set->sequence + 1);
}

/* The regime of an entry, if it is one that a lookup could find. */
static MsmmuRegime *owner(const MsmmuTlb *tlb, const TlbSet *set, unsigned way)
{
    uint32_t slot = msmmu_get(set->attr[way], ENTRY_SLOT);
    bool global = set->pa[way] & ENTRY_GLOBAL;
    MsmmuRegime *regime;

    if (set->tag[way] < tlb->floor || slot >= tlb->regimes->len) {
        return NULL;
    }
    regime = g_ptr_array_index(tlb->regimes, slot);
    if (!regime || regime_tag(regime->tags, global) != set->tag[way]) {
        return NULL;
    }
    return regime;
}

/* An entry with @tag, which has @size, is no more. */
static void uncount(MsmmuTlb *tlb, uint32_t tag, unsigned size)
{
    if (tag >= tlb->floor && !--tlb->counts[size]) {
        tlb->leaves[size] = 0;
        put_relaxed(&tlb->sizes, tlb->sizes & ~MSMMU_BIT(size));
    }
}

static void count(MsmmuTlb *tlb, unsigned size, unsigned leaf)
{
    tlb->counts[size]++;
    tlb->leaves[size] |= MSMMU_BIT(leaf);
    put_relaxed(&tlb->sizes, tlb->sizes | MSMMU_BIT(size));
}

static void drop(MsmmuTlb *tlb, TlbSet *set, unsigned way)
{
    uint32_t tag = set->tag[way];

    put(&set->tag[way], 0);
    uncount(tlb, tag, set->key[way] & ENTRY_SIZE);
}

/* The same address again, else one that nobody can find, else any. */
static unsigned choose_way(MsmmuTlb *tlb, const TlbSet *set, uint64_t key,
                           uint64_t tags)
{
    unsigned chosen = TLB_WAYS;

    for (unsigned way = 0; way < TLB_WAYS; way++) {
        if (set->key[way] == key && set->tag[way] &&
            (set->tag[way] == regime_tag(tags, false) ||
             set->tag[way] == regime_tag(tags, true))) {
            return way;
        }
        if (!owner(tlb, set, way)) {
            chosen = way;
        }
    }
    if (chosen == TLB_WAYS) {
        tlb->random = tlb->random * 1664525 + 1013904223;
        chosen = (tlb->random >> 16) % TLB_WAYS;
    }
    return chosen;
}

uint32_t msmmu_tlb_epoch(const MsmmuContext *ctx)
{
    return get(&ctx->regime->epoch);
}

static void insert(MsmmuTlb *tlb, MsmmuRegime *regime,
                   const MsmmuTranslation *t)
{
    unsigned size = t->size_log2;
    TlbSet *set = set_of(tlb, regime, t->first_va, size);
    uint64_t key = key_of(t->first_va, size);
    unsigned way = choose_way(tlb, set, key, regime->tags);
    uint64_t pa = t->first_pa |
                  msmmu_prep(ENTRY_PERMS_UNPRIV, t->perms[0]) |
                  msmmu_prep(ENTRY_PERMS_PRIV, t->perms[1]) |
                  msmmu_prep(ENTRY_GLOBAL, t->global) |
                  msmmu_prep(ENTRY_CONTIGUOUS, t->contiguous) |
                  msmmu_prep(ENTRY_GRANULE, t->granule) |
                  msmmu_prep(ENTRY_LEVEL, t->leaf_level);
    uint64_t attr =
        msmmu_prep(ENTRY_MEMORY_TYPE, t->attributes.memory_type) |
        msmmu_prep(ENTRY_SHAREABILITY, t->attributes.shareability) |
        msmmu_prep(ENTRY_FROM_DEVICE, t->attributes.from_device) |
        msmmu_prep(ENTRY_SLOT, regime->slot);

    uncount(tlb, set->tag[way], set->key[way] & ENTRY_SIZE);
    begin_write(set);
    put(&set->tag[way], regime_tag(regime->tags, t->global));
    put(&set->key[way], key);
    put(&set->pa[way], pa);
    put(&set->attr[way], attr);
    end_write(set);
    count(tlb, size, msmmu_granule_level_shift(t->granule, t->leaf_level));
    if (t->global && !regime->has_global) {
        regime->has_global = true;
        tlb->with_global++;
    }
}

void msmmu_tlb_insert(Msmmu *m, const MsmmuContext *ctx,
                      const MsmmuTranslation *t, uint32_t epoch)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegime *regime = ctx->regime;

    g_mutex_lock(&tlb->lock);
    if (regime->epoch == epoch && !regime->gone) {
        insert(tlb, regime, t);
    }
    g_mutex_unlock(&tlb->lock);
}

/* ---- Invalidation by address; under tlb->lock ---- */

/* Whether @inv is about this regime; @global: about global entries of it. */
static bool names_regime(const MsmmuInvalidation *inv,
                         const MsmmuRegime *regime, bool global)
{
    const MsmmuRegimeKey *key = &regime->key;

    switch (inv->scope) {
    case MSMMU_INV_ALL:
        return true;
    case MSMMU_INV_WORLD:
        return key->world == inv->world;
    case MSMMU_INV_VMID:
    case MSMMU_INV_VA_ANY_ASID:
        return key->world == inv->world && key->vmid == inv->vmid;
    case MSMMU_INV_VMID_S1:
        return key->world == inv->world && key->vmid == inv->vmid &&
            key->stage1;
    case MSMMU_INV_ASID:
        return key->world == inv->world && key->vmid == inv->vmid &&
            key->asid == inv->asid && !global;
    case MSMMU_INV_VA:
        return key->world == inv->world && key->vmid == inv->vmid &&
            (key->asid == inv->asid || global);
    case MSMMU_INV_IPA:
        return key->world == inv->world && key->vmid == inv->vmid &&
            key->stage2 && !key->stage1;
    case MSMMU_INV_STREAMS:
        return false;
    }
    return false;
}

/* The hints TG and TTL (4.4.1.1): other leaves may stay, and do. */
static bool fits_hints(const MsmmuInvalidation *inv, MsmmuGranule granule,
                       int level)
{
    if (inv->granule_shift &&
        inv->granule_shift != msmmu_granule_facts[granule].shift) {
        return false;
    }
    return !inv->ttl || inv->ttl == level;
}

static void drop_if_named(MsmmuTlb *tlb, TlbSet *set, unsigned way,
                          const MsmmuInvalidation *inv)
{
    MsmmuRegime *regime = owner(tlb, set, way);
    MsmmuGranule granule = msmmu_get(set->pa[way], ENTRY_GRANULE);
    int level = msmmu_get(set->pa[way], ENTRY_LEVEL);
    uint64_t leaf = msmmu_low_mask(msmmu_granule_level_shift(granule, level));
    uint64_t va = set->key[way] & ~ENTRY_SIZE;

    if (regime && names_regime(inv, regime, set->pa[way] & ENTRY_GLOBAL) &&
        fits_hints(inv, granule, level) &&
        (va & ~leaf) <= inv->last && (va | leaf) >= inv->first) {
        drop(tlb, set, way);
    }
}

static void drop_named_in_set(MsmmuTlb *tlb, TlbSet *set,
                              const MsmmuInvalidation *inv)
{
    for (unsigned way = 0; way < TLB_WAYS; way++) {
        if (set->tag[way]) {
            drop_if_named(tlb, set, way, inv);
        }
    }
}

/*
 * The sets that entries of one size can be in, as numbers first..last of that
 * size: what the range touches, rounded out to the largest of their leaves.
 */
typedef struct SizeRange {
    uint64_t first;
    uint64_t last;
} SizeRange;

static SizeRange size_range(const MsmmuTlb *tlb, const MsmmuInvalidation *inv,
                            unsigned size)
{
    unsigned largest = 63 - __builtin_clzll(tlb->leaves[size]);
    uint64_t leaf = msmmu_low_mask(MAX(largest, size));

    return (SizeRange) { (inv->first & ~leaf) >> size,
                         (inv->last | leaf) >> size };
}

/* How many sets drop_in_regime() would look at. */
static uint64_t probes_per_regime(const MsmmuTlb *tlb,
                                  const MsmmuInvalidation *inv)
{
    uint64_t probes = 0;

    for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
        SizeRange range = size_range(tlb, inv, __builtin_ctzll(sizes));

        probes += range.last - range.first + 1;
    }
    return probes;
}

static void drop_in_regime(MsmmuTlb *tlb, const MsmmuRegime *regime,
                           const MsmmuInvalidation *inv)
{
    /* Dropping the last entry of a size changes tlb->sizes. */
    for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
        unsigned size = __builtin_ctzll(sizes);
        SizeRange range;

        if (!tlb->counts[size]) {
            continue;
        }
        range = size_range(tlb, inv, size);
        for (uint64_t n = range.first; n <= range.last; n++) {
            drop_named_in_set(tlb, set_of(tlb, regime, n << size, size), inv);
        }
    }
}

/* An invalidation by address under way. */
typedef struct Sweep {
    MsmmuTlb *tlb;
    const MsmmuInvalidation *inv;
    uint64_t probes;            /* sets to look at for each regime */
    uint64_t left;              /* sets until looking at all is less */
    bool all_sets;              /* look at all, in the end */
} Sweep;

static void sweep_regime(Sweep *sweep, MsmmuRegime *regime)
{
    if (!names_regime(sweep->inv, regime, false) &&
        !(regime->has_global && names_regime(sweep->inv, regime, true))) {
        return;
    }
    msmmu_regime_bump_epoch(regime);
    if (sweep->probes > sweep->left) {
        sweep->all_sets = true;
        return;
    }
    sweep->left -= sweep->probes;
    drop_in_regime(sweep->tlb, regime, sweep->inv);
}

/*
 * Look where the entries of each named regime would be, or at every set once,
 * whichever is less.
 */
static void invalidate_range(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    Sweep sweep = {
        .tlb = tlb,
        .inv = inv,
        .probes = probes_per_regime(tlb, inv),
        .left = (uint64_t)tlb->set_mask + 1,
    };

    if (inv->scope == MSMMU_INV_VA && !tlb->with_global) {
        MsmmuRegime *regime = *msmmu_regime_bucket(tlb, inv->world, inv->vmid,
                                                   inv->asid);

        for (; regime; regime = regime->next) {
            sweep_regime(&sweep, regime);
        }
    } else {
        for (unsigned i = 0; i < tlb->regimes->len; i++) {
            MsmmuRegime *regime = g_ptr_array_index(tlb->regimes, i);

            if (regime) {
                sweep_regime(&sweep, regime);
            }
        }
    }
    for (uint32_t i = 0; sweep.all_sets && i <= tlb->set_mask; i++) {
        drop_named_in_set(tlb, &tlb->sets[i], inv);
    }
}

/* ---- Invalidation of whole address spaces; under tlb->lock ---- */

static void invalidate_asid(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    MsmmuRegime *regime = *msmmu_regime_bucket(tlb, inv->world, inv->vmid,
                                               inv->asid);

    for (; regime; regime = regime->next) {
        if (names_regime(inv, regime, false)) {
            msmmu_regime_renew(tlb, regime, false);
        }
    }
}

static void invalidate_regimes(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    for (unsigned i = 0; i < tlb->regimes->len; i++) {
        MsmmuRegime *regime = g_ptr_array_index(tlb->regimes, i);

        if (regime && names_regime(inv, regime, false)) {
            msmmu_regime_renew(tlb, regime, true);
        }
    }
}

static void forget_counts(MsmmuTlb *tlb)
{
    memset(tlb->counts, 0, sizeof(tlb->counts));
    memset(tlb->leaves, 0, sizeof(tlb->leaves));
    put_relaxed(&tlb->sizes, 0);
}

void msmmu_tlb_wipe(MsmmuTlb *tlb)
{
    for (uint32_t i = 0; i <= tlb->set_mask; i++) {
        for (unsigned way = 0; way < TLB_WAYS; way++) {
            put(&tlb->sets[i].tag[way], 0);
        }
    }
    forget_counts(tlb);
}

void msmmu_tlb_invalidate(Msmmu *m, const MsmmuInvalidation *inv)
{
    MsmmuTlb *tlb = m->tlb;

    g_mutex_lock(&tlb->lock);
    switch (inv->scope) {
    case MSMMU_INV_ALL:
        /* Every entry that there is has a tag below the next. */
        tlb->floor = tlb->next_tag;
        forget_counts(tlb);
        invalidate_regimes(tlb, inv);
        break;
    case MSMMU_INV_WORLD:
    case MSMMU_INV_VMID:
    case MSMMU_INV_VMID_S1:
        invalidate_regimes(tlb, inv);
        break;
    case MSMMU_INV_ASID:
        invalidate_asid(tlb, inv);
        break;
    case MSMMU_INV_VA:
    case MSMMU_INV_VA_ANY_ASID:
    case MSMMU_INV_IPA:
        invalidate_range(tlb, inv);
        break;
    case MSMMU_INV_STREAMS:
        break;
    }
    g_mutex_unlock(&tlb->lock);
}

/* ---- Life ---- */

void msmmu_tlb_init(Msmmu *m)
{
    MsmmuTlb *tlb = g_new0(MsmmuTlb, 1);
    uint32_t sets = MAX(m->config.tlb_entries / TLB_WAYS, 1);

    g_mutex_init(&tlb->lock);
    tlb->set_mask = sets - 1;
    tlb->set_bits = __builtin_ctz(sets);
    tlb->memory = g_malloc0((sets + 1) * sizeof(TlbSet));
    tlb->sets = (TlbSet *)(((uintptr_t)tlb->memory + sizeof(TlbSet) - 1) &
                           ~(uintptr_t)(sizeof(TlbSet) - 1));
    tlb->next_tag = 1;
    tlb->floor = 1;
    tlb->regimes = g_ptr_array_new();
    m->tlb = tlb;
}

void msmmu_tlb_free(Msmmu *m)
{
    MsmmuTlb *tlb = m->tlb;

    msmmu_regimes_free(tlb);
    g_mutex_clear(&tlb->lock);
    g_free(tlb->memory);
    g_free(tlb);
    m->tlb = NULL;
}
