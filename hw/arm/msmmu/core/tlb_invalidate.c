/*
 * What an invalidation drops of the cached translations (IHI 0070 3.17, 4.4).
 *
 * By address, the sets are visited where entries of the named regimes can be,
 * or all sets if those are fewer: the cost is bounded by the size of the cache
 * and not by the range. An entry goes with any address of the stage 1 leaf
 * that it is of. By ASID, VMID or more, regimes get fresh tags (tlb.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb.h"

/* Of the pages of a range; each may be looked for. */
#define PAGES_PER_COST 256
#define REGIMES_PER_COST 128

/* ---- Invalidation by address; under tlb->lock ---- */

/*
 * Whether @inv is about this regime; @global: about global entries of it.
 *
 * Entries of stage 2 alone are of IPAs, and go with none of stage 1 (4.4.2).
 * Entries that combine both stages are of VAs: they go with all of stage 1, but
 * not by IPA, which software pairs with one of stage 1 (4.4.3.1, 16.2.1).
 */
static bool names_regime(const MsmmuInvalidation *inv,
                         const MsmmuRegime *regime, bool global)
{
    const MsmmuRegimeKey *key = &regime->key;

    if (inv->scope == MSMMU_INV_ALL) {
        return true;
    }
    if (key->world != inv->world) {
        return false;
    }
    if (inv->scope != MSMMU_INV_WORLD && key->vmid != inv->vmid) {
        return false;
    }
    switch (inv->scope) {
    case MSMMU_INV_WORLD:
    case MSMMU_INV_VMID:
        return true;
    case MSMMU_INV_VMID_S1:
    case MSMMU_INV_VA_ANY_ASID:
        return key->stage1;
    case MSMMU_INV_ASID:
        return key->stage1 && key->asid == inv->asid && !global;
    case MSMMU_INV_VA:
        return key->stage1 && (key->asid == inv->asid || global);
    case MSMMU_INV_IPA:
        return !key->stage1;
    default:
        return false;
    }
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
    MsmmuRegime *regime = msmmu_tlb_owner(tlb, set, way);
    MsmmuGranule granule = msmmu_get(set->pa[way], ENTRY_GRANULE);
    int level = msmmu_get(set->pa[way], ENTRY_LEVEL);
    uint64_t leaf = msmmu_low_mask(msmmu_granule_level_shift(granule, level));
    uint64_t va = set->key[way] & ~ENTRY_SIZE;

    if (regime && names_regime(inv, regime, set->pa[way] & ENTRY_GLOBAL) &&
        fits_hints(inv, granule, level) &&
        (va & ~leaf) <= inv->last && (va | leaf) >= inv->first) {
        msmmu_tlb_drop(tlb, set, way);
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

/* Of one size and regime, in one set. The rest can be told apart quickly. */
static void drop_in_set(MsmmuTlb *tlb, TlbSet *set, const MsmmuRegime *regime,
                        unsigned size, const SizeRange *range,
                        const MsmmuInvalidation *inv)
{
    for (unsigned way = 0; way < TLB_WAYS; way++) {
        uint64_t number = set->key[way] >> size;

        if ((set->tag[way] == regime_tag(regime->tags, false) ||
             set->tag[way] == regime_tag(regime->tags, true)) &&
            number >= range->first && number <= range->last) {
            drop_if_named(tlb, set, way, inv);
        }
    }
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
            drop_in_set(tlb, tlb_set(tlb, regime, n << size, size), regime,
                        size, &range, inv);
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

    if (inv->scope == MSMMU_INV_VA) {
        /* Walks under way in regimes of other ASIDs may find global ones. */
        __atomic_store_n(&tlb->global_epoch, tlb->global_epoch + 1,
                         __ATOMIC_RELEASE);
    }
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

/*
 * In steps of less than a microsecond. No more than the whole TLB is searched,
 * and each regime looked at.
 */
unsigned msmmu_tlb_invalidation_cost(const Msmmu *m,
                                     const MsmmuInvalidation *inv)
{
    uint64_t pages = (inv->last - inv->first) >>
                     msmmu_granule_facts[MSMMU_4K].shift;
    unsigned cost = 1 + msmmu_load(&m->tlb->slots) / REGIMES_PER_COST;

    if (inv->scope == MSMMU_INV_VA || inv->scope == MSMMU_INV_VA_ANY_ASID ||
        inv->scope == MSMMU_INV_IPA) {
        cost += MIN(pages, m->config.tlb_entries) / PAGES_PER_COST;
    }
    return cost;
}

void msmmu_tlb_invalidate(Msmmu *m, const MsmmuInvalidation *inv)
{
    MsmmuTlb *tlb = m->tlb;

    g_mutex_lock(&tlb->lock);
    switch (inv->scope) {
    case MSMMU_INV_ALL:
        /* Every entry that there is has a tag below the next. */
        tlb->floor = tlb->next_tag;
        msmmu_tlb_forget_counts(tlb);
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
