/*
 * Dropping what an invalidation by address names, in the sets where it can be.
 *
 * A range of one regime and size is visited by the set, if there is anything in
 * it (tlb.h); or all sets are, for all regimes and sizes at once. An entry goes
 * with any address of the stage 1 leaf that it is of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb_drop.h"

/* ---- One regime and size ---- */

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

/*
 * Most entries of a size are whole leaves. Some sizes are of no leaf: entries
 * end where the output size does, or the other table base begins.
 */
static void learn_whole_leaf(Search *search)
{
    for (MsmmuGranule g = MSMMU_4K; g <= MSMMU_64K; g++) {
        for (int level = MSMMU_LAST_LEVEL; level >= 0; level--) {
            if (msmmu_granule_level_shift(g, level) == search->size) {
                learn_leaf(search, msmmu_prep(ENTRY_GRANULE, g) |
                                   msmmu_prep(ENTRY_LEVEL, level));
                return;
            }
        }
    }
    search->leaf = NO_LEAF;
    search->numbers = (Range) { 1, 0 };
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

void msmmu_tlb_drop_in_mixed_set(Search *search, uint32_t set)
{
    uint64_t ways = search->tlb->states[set] & SET_VALID;

    for (; ways; ways &= ways - 1) {
        unsigned way = __builtin_ctzll(ways);
        const TlbEntry *entry = &tlb_entries(search->tlb, set)[way];
        uint64_t number = entry->key >> search->size;

        if ((entry->key & ENTRY_SIZE) == search->size &&
            is_meant(search, entry->tag) &&
            pages_that_go(search, entry->pa, number >> TLB_WAYS_LOG2) &
            MSMMU_BIT(number % TLB_WAYS)) {
            drop_ways(search->tlb, set, search->tlb->states[set],
                      MSMMU_BIT(way));
            search->dropped++;
        }
    }
}

/* Of pages of a group, which ways they have in a uniform set: tlb_place(). */
static uint64_t own_ways(const MsmmuRegime *regime, uint64_t pages)
{
    /* Those that trade places with others, for each bit of the turn. */
    static const uint16_t lower[TLB_WAYS_LOG2] = {
        0x5555, 0x3333, 0x0f0f, 0x00ff,
    };

    for (unsigned bit = 0; bit < TLB_WAYS_LOG2; bit++) {
        if (regime->salt.turn >> bit & 1) {
            pages = (pages & lower[bit]) << (1 << bit) |
                    (pages >> (1 << bit) & lower[bit]);
        }
    }
    return pages;
}

/* Of a set, which has something, what goes of @group. */
static void drop_in_set(Search *search, uint32_t set, uint64_t group)
{
    MsmmuTlb *tlb = search->tlb;
    uint64_t state = tlb->states[set];
    const TlbName *name = &tlb->names[set];

    if (!(state & SET_UNIFORM)) {
        msmmu_tlb_drop_in_mixed_set(search, set);
    } else if (is_named(search, name, group)) {
        uint64_t pages = pages_that_go(search, name->key, group);
        uint64_t ways = state & own_ways(search->regime, pages);

        drop_ways(tlb, set, state, ways);
        search->dropped += __builtin_popcountll(ways);
    }
}

/* Bit n: group number @group + n, which may begin below 0, goes as a whole. */
static uint64_t whole_groups(const Search *search, int64_t group)
{
    int64_t first = (search->numbers.first + TLB_WAYS - 1) / TLB_WAYS;
    int64_t end = (search->numbers.last + 1) / TLB_WAYS;

    first = MAX(first, group);
    end = MIN(end, group + 64);
    return first >= end ? 0 :
           msmmu_low_mask(end - first) << (first - group);
}

/*
 * Those of @count sets in a row that are full and of one group, the first one
 * of that with this name and so on, lose all. Returns which, as bits. Most of a
 * range is of this kind, so this is as short as it can be.
 */
static __attribute__((noinline))
uint64_t drop_full_sets(uint64_t *states, const TlbName *names, unsigned count,
                        TlbName name, uint64_t span)
{
    uint64_t gone = 0;

    for (unsigned i = 0; i < count; i++, name.key += span) {
        uint64_t state = states[i];

        if ((state & SET_FULL) == SET_FULL && names[i].key == name.key &&
            names[i].tag == name.tag) {
            msmmu_store(&states[i], state - SET_VALID + SET_SEQUENCE_ONE);
            gone |= MSMMU_BIT(i);
        }
    }
    return gone;
}

/* Of the 64 sets that begin with that of @group: those in @bits. */
static void drop_in_sets(Search *search, uint32_t word, uint64_t bits,
                         uint64_t group)
{
    MsmmuTlb *tlb = search->tlb;
    uint64_t whole = bits & whole_groups(search, group);

    if (whole) {
        unsigned i = __builtin_ctzll(whole);
        unsigned count = 64 - __builtin_clzll(whole) - i;
        unsigned shift = search->size + TLB_WAYS_LOG2;
        uint64_t gone = drop_full_sets(
            &tlb->states[word * 64 + i], &tlb->names[word * 64 + i], count,
            (TlbName) {
                (group + i) << shift | search->leaf | search->size,
                search->tag[TAG_OF_ASID],
            }, UINT64_C(1) << shift) << i;

        tlb->occupied[word] &= ~gone;
        search->dropped += TLB_WAYS * __builtin_popcountll(gone);
        bits &= ~gone;
    }
    for (; bits; bits &= bits - 1) {
        unsigned i = __builtin_ctzll(bits);

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

/* Groups in a row are in sets in a row, to where these or those end (tlb.h). */
void msmmu_tlb_drop_in_groups(Search *search, Range groups)
{
    const MsmmuTlb *tlb = search->tlb;

    learn_whole_leaf(search);
    while (groups.first <= groups.last) {
        uint32_t set = tlb_place(tlb, search->regime->salt,
                                 groups.first << TLB_WAYS_LOG2, search->size) /
                       TLB_WAYS;
        uint32_t offset = groups.first & tlb->set_mask;
        uint64_t run = MIN(groups.last - groups.first + 1,
                           (uint64_t)tlb->set_mask + 1 - MAX(set, offset));

        drop_in_run(search, set, run, groups.first);
        groups.first += run;
    }
}

/* ---- All sets ---- */

static bool touches(const MsmmuInvalidation *inv, uint64_t first, uint64_t last)
{
    return first <= inv->last && last >= inv->first;
}

/* Of the leaf that @entry, which a lookup finds, is or is a part of. */
static bool names_leaf(const MsmmuInvalidation *inv, const TlbEntry *entry)
{
    MsmmuGranule granule = msmmu_get(entry->pa, ENTRY_GRANULE);
    int level = msmmu_get(entry->pa, ENTRY_LEVEL);
    uint64_t leaf = msmmu_low_mask(msmmu_granule_level_shift(granule, level));
    uint64_t va = entry->key & ~ENTRY_SIZE;

    return fits_hints(inv, granule, level) &&
        touches(inv, va & ~leaf, va | leaf);
}

/* Of all ways of a set, whoever they are of. */
static void drop_named_in_set(MsmmuTlb *tlb, uint32_t set,
                              const MsmmuInvalidation *inv, const Named *named)
{
    uint64_t ways = tlb->states[set] & SET_VALID;

    for (; ways; ways &= ways - 1) {
        unsigned way = __builtin_ctzll(ways);
        const TlbEntry *entry = &tlb_entries(tlb, set)[way];
        MsmmuRegime *regime = msmmu_tlb_owner(tlb, entry);

        if (regime && names_regime(named, regime, entry->pa & ENTRY_GLOBAL) &&
            names_leaf(inv, entry)) {
            drop_ways(tlb, set, tlb->states[set], MSMMU_BIT(way));
            tlb_uncount(regime, entry->key & ENTRY_SIZE, 1);
        }
    }
}

/* The same, where all entries are of one regime, size and group. */
static void drop_named_in_uniform_set(MsmmuTlb *tlb, uint32_t set,
                                      const MsmmuInvalidation *inv,
                                      const Named *named)
{
    uint64_t state = tlb->states[set];
    const TlbEntry *any = &tlb_entries(tlb, set)[__builtin_ctzll(state)];
    MsmmuRegime *regime = msmmu_tlb_owner(tlb, any);
    Search search = {
        .tlb = tlb, .regime = regime, .inv = inv, .leaf = NO_LEAF,
    };

    if (!regime || !names_regime(named, regime, any->pa & ENTRY_GLOBAL)) {
        return;
    }
    search.size = any->key & ENTRY_SIZE;
    search.tag[TAG_OF_ASID] = any->tag;
    drop_in_set(&search, set, any->key / TLB_WAYS >> search.size);
    if (search.dropped) {
        tlb_uncount(regime, search.size, search.dropped);
    }
}

/* Of those that have anything. */
void msmmu_tlb_drop_in_all_sets(MsmmuTlb *tlb, const MsmmuInvalidation *inv,
                                const Named *named)
{
    for (uint32_t word = 0; word <= tlb->set_mask / 64; word++) {
        uint64_t bits = tlb->occupied[word];

        for (; bits; bits &= bits - 1) {
            uint32_t set = word * 64 + __builtin_ctzll(bits);

            if (tlb->states[set] & SET_UNIFORM) {
                drop_named_in_uniform_set(tlb, set, inv, named);
            } else {
                drop_named_in_set(tlb, set, inv, named);
            }
        }
    }
}
