/*
 * What an invalidation drops of the cached translations (IHI 0070 3.17, 4.4).
 *
 * By address, the sets are visited where entries of the named regimes can be,
 * if there is anything in them, or all sets if those are fewer: the cost is
 * bounded by the size of the cache and not by the range. An entry goes with
 * any address of the stage 1 leaf that it is of. By ASID, regimes get fresh
 * tags; by VMID or more, there is a mark that tells them to (tlb.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb.h"

/* Of the pages of a range; each may be looked for. */
#define PAGES_PER_COST 256
/* Each has sets of its own. */
#define REGIMES_PER_COST 16

/* ---- What is named ---- */

/*
 * Whether @inv, by address or ASID, is about this regime; @global: about global
 * entries of it.
 *
 * Entries of stage 2 alone are of IPAs, and go with none of stage 1 (4.4.2).
 * Entries that combine both stages are of VAs: they go with all of stage 1, but
 * not by IPA, which software pairs with one of stage 1 (4.4.3.1, 16.2.1).
 */
static bool names_regime(const MsmmuInvalidation *inv,
                         const MsmmuRegime *regime, bool global)
{
    const MsmmuRegimeKey *key = &regime->key;

    if (key->world != inv->world || key->vmid != inv->vmid) {
        return false;
    }
    switch (inv->scope) {
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

static bool touches(const MsmmuInvalidation *inv, uint64_t first, uint64_t last)
{
    return first <= inv->last && last >= inv->first;
}

/* An entry that @regime's lookups find. */
static bool names_entry(const MsmmuInvalidation *inv,
                        const MsmmuRegime *regime, const TlbEntry *entry)
{
    MsmmuGranule granule = msmmu_get(entry->pa, ENTRY_GRANULE);
    int level = msmmu_get(entry->pa, ENTRY_LEVEL);
    uint64_t leaf = msmmu_low_mask(msmmu_granule_level_shift(granule, level));
    uint64_t va = entry->key & ~ENTRY_SIZE;

    return names_regime(inv, regime, entry->pa & ENTRY_GLOBAL) &&
        fits_hints(inv, granule, level) && touches(inv, va & ~leaf, va | leaf);
}

/* ---- Sets ---- */

/* A set without @ways. */
static inline void drop_ways(MsmmuTlb *tlb, uint32_t set, uint64_t state,
                             uint64_t ways)
{
    state &= ~(ways | ways << TLB_WAYS);
    msmmu_store(&tlb->states[set], state + SET_SEQUENCE_ONE);
    if (!(state & SET_VALID)) {
        tlb->occupied[set / 64] &= ~MSMMU_BIT(set % 64);
    }
}

/* ---- One regime and size ---- */

/* Inclusive; first > last: none. */
typedef struct Range {
    uint64_t first;
    uint64_t last;
} Range;

/* For entries of one regime and one size. Numbers are of addresses >> size. */
typedef struct Search {
    MsmmuTlb *tlb;
    MsmmuRegime *regime;
    const MsmmuInvalidation *inv;
    unsigned size;
    uint64_t tag[TAGS];         /* of what is meant, or TLB_NO_TAG */
    /* Of entries with this in their pa, these numbers go. */
    uint64_t leaf;
    Range numbers;
    unsigned dropped;
} Search;

/* What goes of entries of leaves as @pa says: all that touch the range. */
static void learn_leaf(Search *search, uint64_t pa)
{
    const MsmmuInvalidation *inv = search->inv;
    MsmmuGranule granule = msmmu_get(pa, ENTRY_GRANULE);
    int level = msmmu_get(pa, ENTRY_LEVEL);
    uint64_t leaf = msmmu_low_mask(msmmu_granule_level_shift(granule, level));

    search->leaf = pa & ENTRY_LEAF;
    search->numbers = fits_hints(inv, granule, level) ?
        (Range) { (inv->first & ~leaf) >> search->size,
                  (inv->last | leaf) >> search->size } :
        (Range) { 1, 0 };
}

/* What the pa of entries that are whole leaves says of those. */
static uint64_t whole_leaf(unsigned size)
{
    for (MsmmuGranule g = MSMMU_4K; g <= MSMMU_64K; g++) {
        for (int level = MSMMU_LAST_LEVEL; level >= 0; level--) {
            if (msmmu_granule_level_shift(g, level) == size) {
                return msmmu_prep(ENTRY_GRANULE, g) |
                       msmmu_prep(ENTRY_LEVEL, level);
            }
        }
    }
    g_assert_not_reached();
}

/* Those pages of a group that go, all of them of leaves as @pa says. */
static uint64_t pages_that_go(Search *search, uint64_t pa, uint64_t group)
{
    uint64_t first = group * TLB_WAYS;
    uint64_t last = first + TLB_WAYS - 1;

    if ((pa & ENTRY_LEAF) != search->leaf) {
        learn_leaf(search, pa);
    }
    first = MAX(first, search->numbers.first);
    last = MIN(last, search->numbers.last);
    return first > last ? 0 :
           msmmu_low_mask(last - first + 1) << first % TLB_WAYS;
}

static inline bool is_meant(const Search *search, const TlbEntry *entry)
{
    return entry->tag == search->tag[TAG_OF_ASID] ||
        entry->tag == search->tag[TAG_GLOBAL];
}

/* Where an entry is of another regime or group, or of no one any more. */
static void drop_in_mixed_set(Search *search, uint32_t set)
{
    uint64_t ways = search->tlb->states[set] & SET_VALID;

    for (; ways; ways &= ways - 1) {
        unsigned way = __builtin_ctzll(ways);
        const TlbEntry *entry = &tlb_entries(search->tlb, set)[way];
        uint64_t number = entry->key >> search->size;

        if ((entry->key & ENTRY_SIZE) == search->size &&
            is_meant(search, entry) &&
            pages_that_go(search, entry->pa, number >> TLB_WAYS_LOG2) &
            MSMMU_BIT(number % TLB_WAYS)) {
            drop_ways(search->tlb, set, search->tlb->states[set],
                      MSMMU_BIT(way));
            search->dropped++;
        }
    }
}

/* Of pages of a group, which ways they have in a uniform set. */
static uint64_t own_ways(const MsmmuRegime *regime, uint64_t pages)
{
    pages <<= tlb_turn(regime);
    return (pages | pages >> TLB_WAYS) & SET_VALID;
}

/* Of a set, which has something, what goes of @group. */
static void drop_in_set(Search *search, uint32_t set, uint64_t group)
{
    MsmmuTlb *tlb = search->tlb;
    uint64_t state = tlb->states[set];
    const TlbEntry *any;

    if (!(state & SET_UNIFORM)) {
        drop_in_mixed_set(search, set);
        return;
    }
    any = &tlb_entries(tlb, set)[__builtin_ctzll(state)];
    if (any->key / TLB_WAYS >> search->size == group &&
        (any->key & ENTRY_SIZE) == search->size && is_meant(search, any)) {
        uint64_t pages = pages_that_go(search, any->pa, group);
        uint64_t ways = state & own_ways(search->regime, pages);

        drop_ways(tlb, set, state, ways);
        search->dropped += __builtin_popcountll(ways);
    }
}

/* Bit n: group number @group + n goes as a whole. */
static uint64_t whole_groups(const Search *search, uint64_t group)
{
    uint64_t first = (search->numbers.first + TLB_WAYS - 1) / TLB_WAYS;
    uint64_t end = (search->numbers.last + 1) / TLB_WAYS;

    first = MAX(first, group);
    end = MIN(end, group + 64);
    return first >= end ? 0 :
           msmmu_low_mask(end - first) << (first - group);
}

/*
 * Of the 64 sets that begin with that of @group: those in @bits. Most of a
 * range are sets that are full and go as a whole, for which this takes no
 * longer than it must.
 */
static void drop_in_sets(Search *search, uint32_t word, uint64_t bits,
                         uint64_t group)
{
    MsmmuTlb *tlb = search->tlb;
    uint64_t *states = &tlb->states[word * 64];
    const TlbEntry *entries = tlb_entries(tlb, word * 64);
    const unsigned shift = search->size + TLB_WAYS_LOG2;
    const uint64_t key = group << shift | search->size;
    /* Of the group's first page. */
    const unsigned way = tlb_turn(search->regime);
    const uint64_t tag = search->tag[TAG_OF_ASID], leaf = search->leaf;
    const uint64_t whole = whole_groups(search, group);
    uint64_t rest = bits & ~whole;

    for (bits &= whole; bits; bits &= bits - 1) {
        unsigned i = __builtin_ctzll(bits);
        const TlbEntry *first = &entries[i * TLB_WAYS + way];
        uint64_t state = states[i];

        if ((state & SET_FULL) == SET_FULL &&
            first->key == key + ((uint64_t)i << shift) && first->tag == tag &&
            (first->pa & ENTRY_LEAF) == leaf) {
            msmmu_store(&states[i], state - SET_VALID + SET_SEQUENCE_ONE);
            tlb->occupied[word] &= ~(bits & -bits);
            search->dropped += TLB_WAYS;
        } else {
            rest |= bits & -bits;
        }
    }
    for (; rest; rest &= rest - 1) {
        unsigned i = __builtin_ctzll(rest);

        drop_in_set(search, word * 64 + i, group + i);
    }
}

/* @count sets, and as many groups, in a row: those that have anything. */
static void drop_in_run(Search *search, uint32_t set, uint32_t count,
                        uint64_t group)
{
    uint32_t last = set + count - 1;

    for (uint32_t word = set / 64; word <= last / 64; word++) {
        uint64_t bits = search->tlb->occupied[word];

        if (word == set / 64) {
            bits &= ~msmmu_low_mask(set % 64);
        }
        if (word == last / 64) {
            bits &= msmmu_low_mask(last % 64 + 1);
        }
        drop_in_sets(search, word, bits, group - set + word * 64);
    }
}

static void drop_in_group(Search *search, uint64_t group)
{
    MsmmuTlb *tlb = search->tlb;
    uint32_t set = tlb_set(tlb, search->regime, group, search->size);

    if (tlb->states[set] & SET_VALID) {
        drop_in_set(search, set, group);
    }
}

/* Groups in a row are in sets in a row, to where these or those end (tlb.h). */
static void drop_in_groups(Search *search, Range groups)
{
    const MsmmuTlb *tlb = search->tlb;

    while (groups.first <= groups.last) {
        uint32_t set = tlb_set(tlb, search->regime, groups.first, search->size);
        uint32_t offset = groups.first & tlb->set_mask;
        uint64_t run = MIN(groups.last - groups.first + 1,
                           (uint64_t)tlb->set_mask + 1 - MAX(set, offset));

        drop_in_run(search, set, run, groups.first);
        groups.first += run;
    }
}

/* ---- All sets ---- */

/* Of all ways of a set, whoever they are of. */
static void drop_named_in_set(MsmmuTlb *tlb, uint32_t set,
                              const MsmmuInvalidation *inv)
{
    uint64_t ways = tlb->states[set] & SET_VALID;

    for (; ways; ways &= ways - 1) {
        unsigned way = __builtin_ctzll(ways);
        const TlbEntry *entry = &tlb_entries(tlb, set)[way];
        MsmmuRegime *regime = msmmu_tlb_owner(tlb, entry);

        if (regime && names_entry(inv, regime, entry)) {
            drop_ways(tlb, set, tlb->states[set], MSMMU_BIT(way));
            tlb_uncount(regime, entry->key & ENTRY_SIZE, 1);
        }
    }
}

/* The same, where all entries are of one regime, size and group. */
static void drop_named_in_uniform_set(MsmmuTlb *tlb, uint32_t set,
                                      const MsmmuInvalidation *inv)
{
    uint64_t state = tlb->states[set];
    const TlbEntry *any = &tlb_entries(tlb, set)[__builtin_ctzll(state)];
    MsmmuRegime *regime = msmmu_tlb_owner(tlb, any);
    Search search = { .tlb = tlb, .regime = regime, .inv = inv };

    if (!regime || !names_regime(inv, regime, any->pa & ENTRY_GLOBAL)) {
        return;
    }
    search.size = any->key & ENTRY_SIZE;
    search.tag[TAG_OF_ASID] = any->tag;
    learn_leaf(&search, any->pa);
    drop_in_set(&search, set, any->key / TLB_WAYS >> search.size);
    if (search.dropped) {
        tlb_uncount(regime, search.size, search.dropped);
    }
}

/* Of those that have anything. */
static void drop_named_in_sets(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    for (uint32_t word = 0; word <= tlb->set_mask / 64; word++) {
        uint64_t bits = tlb->occupied[word];

        for (; bits; bits &= bits - 1) {
            uint32_t set = word * 64 + __builtin_ctzll(bits);

            if (tlb->states[set] & SET_UNIFORM) {
                drop_named_in_uniform_set(tlb, set, inv);
            } else {
                drop_named_in_set(tlb, set, inv);
            }
        }
    }
}

/* ---- By address; under tlb->lock ---- */

/* An invalidation by address under way. */
typedef struct Sweep {
    MsmmuTlb *tlb;
    const MsmmuInvalidation *inv;
    uint64_t left;              /* sets until looking at all is less */
    bool all_sets;              /* look at all, in the end */
} Sweep;

/*
 * Where entries of the regime's size number @n can be: what the range touches,
 * rounded out to the largest of their leaves.
 */
static Range groups_of(const MsmmuRegime *regime, const MsmmuInvalidation *inv,
                       unsigned n)
{
    unsigned largest = 31 - __builtin_clz(regime->leaves[n]);
    uint64_t leaf = msmmu_low_mask(TLB_SIZE_MIN + largest);
    unsigned shift = TLB_SIZE_MIN + n + TLB_WAYS_LOG2;

    return (Range) { (inv->first & ~leaf) >> shift,
                     (inv->last | leaf) >> shift };
}

static void sweep_size(Sweep *sweep, Search *search, unsigned n)
{
    Range groups = groups_of(search->regime, sweep->inv, n);

    if (groups.last - groups.first >= sweep->left) {
        sweep->all_sets = true;
        return;
    }
    sweep->left -= groups.last - groups.first + 1;
    search->size = TLB_SIZE_MIN + n;
    learn_leaf(search, whole_leaf(search->size));
    search->dropped = 0;
    if (groups.first == groups.last) {
        drop_in_group(search, groups.first);
    } else {
        drop_in_groups(search, groups);
    }
    if (search->dropped) {
        tlb_uncount(search->regime, search->size, search->dropped);
    }
}

static void sweep_regime(Sweep *sweep, MsmmuRegime *regime)
{
    Search search = {
        .tlb = sweep->tlb,
        .regime = regime,
        .inv = sweep->inv,
    };
    bool local, global;

    msmmu_regime_check(regime);
    local = names_regime(sweep->inv, regime, false);
    global = regime->has_global && names_regime(sweep->inv, regime, true);
    if (!local && !global) {
        return;
    }
    search.tag[TAG_OF_ASID] = local ? regime->tag[TAG_OF_ASID] : TLB_NO_TAG;
    search.tag[TAG_GLOBAL] = global ? regime->tag[TAG_GLOBAL] : TLB_NO_TAG;
    /* Dropping the last entry of a size takes it away. */
    for (uint32_t sizes = regime->sizes; sizes; sizes &= sizes - 1) {
        sweep_size(sweep, &search, __builtin_ctz(sizes));
    }
    /* Where the tables of stage 1 are is known by leaves of stage 2. */
    if (!sweep->inv->leaf_only || regime->key.of_tables) {
        msmmu_regime_forget_tables(regime);
    }
    msmmu_regime_bump_epoch(regime);
}

/* This may take the regime under way out of the list. */
static void sweep_list(Sweep *sweep, const GQueue *regimes)
{
    for (GList *at = regimes->head, *next; at; at = next) {
        next = at->next;
        sweep_regime(sweep, at->data);
    }
}

/* By ASID, and all that is global. */
static void sweep_asid(Sweep *sweep)
{
    const MsmmuInvalidation *inv = sweep->inv;
    MsmmuRegime *regime = msmmu_regime_first(sweep->tlb, inv->world, inv->vmid,
                                             inv->asid);

    for (; regime; regime = regime->next) {
        sweep_regime(sweep, regime);
    }
    if (sweep->tlb->with_global) {
        const TlbVm *vm = msmmu_tlb_vm(sweep->tlb, inv->world, inv->vmid);

        if (vm) {
            sweep_list(sweep, &vm->global);
        }
    }
}

/* All of stage 1, or stage 2 alone. */
static void sweep_vmid(Sweep *sweep)
{
    const MsmmuInvalidation *inv = sweep->inv;
    const TlbVm *vm = msmmu_tlb_vm(sweep->tlb, inv->world, inv->vmid);

    if (vm) {
        sweep_list(sweep, inv->scope == MSMMU_INV_IPA ? &vm->stage2
                                                      : &vm->stage1);
    }
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
        .left = (uint64_t)tlb->set_mask + 1,
    };

    if (inv->scope == MSMMU_INV_VA) {
        sweep_asid(&sweep);
        /* Walks under way in regimes of other ASIDs may find global ones. */
        msmmu_store(&tlb->global_epoch, tlb->global_epoch + 1);
    } else {
        sweep_vmid(&sweep);
    }
    if (sweep.all_sets) {
        drop_named_in_sets(tlb, inv);
    }
}

/* ---- Of whole address spaces; under tlb->lock ---- */

static void invalidate_asid(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    MsmmuRegime *regime = msmmu_regime_first(tlb, inv->world, inv->vmid,
                                             inv->asid);

    for (; regime; regime = regime->next) {
        if (names_regime(inv, regime, false)) {
            msmmu_regime_check(regime);
            msmmu_regime_renew(regime, false);
        }
    }
}

static void invalidate_vmid(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    TlbVm *vm = msmmu_tlb_vm(tlb, inv->world, inv->vmid);

    if (vm && inv->scope == MSMMU_INV_VMID) {
        vm->dropped = msmmu_tlb_mark(tlb);
    } else if (vm) {
        vm->stage1_dropped = msmmu_tlb_mark(tlb);
    }
}

/*
 * In steps of less than a microsecond. No more than the whole TLB is searched,
 * for one regime or for many.
 */
unsigned msmmu_tlb_invalidation_cost(const Msmmu *m,
                                     const MsmmuInvalidation *inv)
{
    uint64_t pages = (inv->last - inv->first) >>
                     msmmu_granule_facts[MSMMU_4K].shift;
    unsigned cost = 1;

    if (inv->scope == MSMMU_INV_VA || inv->scope == MSMMU_INV_VA_ANY_ASID ||
        inv->scope == MSMMU_INV_IPA) {
        cost += MIN(pages, m->config.tlb_entries) / PAGES_PER_COST;
    }
    if (inv->scope == MSMMU_INV_VA_ANY_ASID || inv->scope == MSMMU_INV_IPA ||
        (inv->scope == MSMMU_INV_VA &&
         msmmu_load_relaxed(&m->tlb->with_global))) {
        cost += msmmu_load(&m->tlb->slots) / REGIMES_PER_COST;
    }
    return cost;
}

void msmmu_tlb_invalidate(Msmmu *m, const MsmmuInvalidation *inv)
{
    MsmmuTlb *tlb = m->tlb;

    g_mutex_lock(&tlb->lock);
    switch (inv->scope) {
    case MSMMU_INV_ALL:
        tlb->dropped = msmmu_tlb_mark(tlb);
        break;
    case MSMMU_INV_WORLD:
        tlb->world_dropped[inv->world] = msmmu_tlb_mark(tlb);
        break;
    case MSMMU_INV_VMID:
    case MSMMU_INV_VMID_S1:
        invalidate_vmid(tlb, inv);
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
