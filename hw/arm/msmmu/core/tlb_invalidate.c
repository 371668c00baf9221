/*
 * What an invalidation drops of the cached translations (IHI 0070 3.17, 4.4).
 *
 * By address, the sets are visited where entries of the named regimes can be
 * (tlb_drop.c), or all sets if those are fewer: the cost is bounded by the size
 * of the cache and not by the range. By ASID, regimes get fresh tags; by VMID
 * or more, there is a mark that tells them to (tlb.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tlb_drop.h"

/* Of the pages of a range; each may be looked for. */
#define PAGES_PER_COST 256
/* Each has sets of its own. */
#define REGIMES_PER_COST 16

/*
 * Of @inv, which is by address or ASID.
 *
 * Entries of stage 2 alone are of IPAs, and go with none of stage 1 (4.4.2).
 * Entries that combine both stages are of VAs: they go with all of stage 1, but
 * not by IPA, which software pairs with one of stage 1 (4.4.3.1, 16.2.1).
 */
static Named named_by(const MsmmuInvalidation *inv)
{
    const uint64_t any_asid = ~REGIME_ID_ASID;
    bool one_asid = inv->scope == MSMMU_INV_VA || inv->scope == MSMMU_INV_ASID;

    return (Named) {
        .id = regime_id(inv->world, inv->vmid, inv->asid,
                        inv->scope != MSMMU_INV_IPA),
        .bits = {
            [TAG_OF_ASID] = one_asid ? UINT64_MAX : any_asid,
            /* Whatever their ASID; not asked for those that go by it. */
            [TAG_GLOBAL] = any_asid,
        },
    };
}

/* ---- By address; under tlb->lock ---- */

/* An invalidation by address under way. */
typedef struct Sweep {
    MsmmuTlb *tlb;
    const MsmmuInvalidation *inv;
    Named named;
    uint64_t left;              /* sets until looking at all is less */
    bool all_sets;              /* look at all */
    bool looked;                /* that was done */
} Sweep;

/*
 * Where entries of the regime's size number @n can be: what the range touches,
 * rounded out to the largest of their leaves.
 */
static Range groups_of(const MsmmuRegime *regime, const MsmmuInvalidation *inv,
                       unsigned n)
{
    unsigned largest = 31 - __builtin_clz(regime->use[n].leaves);
    uint64_t leaf = msmmu_low_mask(TLB_SIZE_MIN + largest);
    unsigned shift = TLB_SIZE_MIN + n + TLB_WAYS_LOG2;

    return (Range) { (inv->first & ~leaf) >> shift,
                     (inv->last | leaf) >> shift };
}

/* The page of this number, where all entries are whole leaves. */
static void drop_page(Search *search, uint64_t number)
{
    MsmmuTlb *tlb = search->tlb;
    uint64_t group = number >> TLB_WAYS_LOG2;
    uint32_t place = tlb_place(tlb, search->regime->salt, number, search->size);
    uint32_t set = place / TLB_WAYS;
    uint64_t state = tlb->states[set];
    uint64_t way = MSMMU_BIT(place % TLB_WAYS);
    const TlbName *name = &tlb->names[set];

    if (!(state & SET_UNIFORM)) {
        msmmu_tlb_drop_in_mixed_set(search, set);
    } else if (state & way && is_named(search, name, group) &&
               fits_hints(search->inv, msmmu_get(name->key, ENTRY_GRANULE),
                          msmmu_get(name->key, ENTRY_LEVEL))) {
        drop_ways(tlb, set, state, way);
        search->dropped++;
    }
}

static void drop_range(Sweep *sweep, Search *search, unsigned n)
{
    Range groups = groups_of(search->regime, sweep->inv, n);

    if (groups.last - groups.first >= sweep->left) {
        sweep->all_sets = true;
        return;
    }
    sweep->left -= groups.last - groups.first + 1;
    msmmu_tlb_drop_in_groups(search, groups);
}

static void sweep_size(Sweep *sweep, Search *search, unsigned n)
{
    const MsmmuInvalidation *inv = sweep->inv;
    uint32_t leaves = search->regime->use[n].leaves;

    search->size = TLB_SIZE_MIN + n;
    search->dropped = 0;
    if (leaves == UINT32_C(1) << n && sweep->left &&
        inv->first >> search->size == inv->last >> search->size) {
        sweep->left--;
        search->leaf = NO_LEAF;
        drop_page(search, inv->first >> search->size);
    } else {
        drop_range(sweep, search, n);
    }
    if (search->dropped) {
        tlb_uncount(search->regime, search->size, search->dropped);
    }
}

/*
 * Of sizes of which there is something; dropping the last one ends that. Most
 * commands find nothing, and should not pay for it.
 */
static __attribute__((noinline))
void sweep_sizes(Sweep *sweep, MsmmuRegime *regime, bool local, bool global)
{
    Search search = {
        .tlb = sweep->tlb,
        .regime = regime,
        .inv = sweep->inv,
        .tag = {
            [TAG_OF_ASID] = local ? regime->tag[TAG_OF_ASID] : TLB_NO_TAG,
            [TAG_GLOBAL] = global ? regime->tag[TAG_GLOBAL] : TLB_NO_TAG,
        },
    };

    for (uint32_t sizes = regime->sizes; sizes && !sweep->all_sets;
         sizes &= sizes - 1) {
        sweep_size(sweep, &search, __builtin_ctz(sizes));
    }
}

/*
 * Walks read caches, too. So those of the regime that begin with its new epoch
 * find nothing there that goes: this comes last.
 */
static inline void overtake(const MsmmuInvalidation *inv, MsmmuRegime *regime)
{
    /* Where the tables of stage 1 are is known by leaves of stage 2. */
    if (!inv->leaf_only || regime->key.of_tables) {
        regime_forget_tables(regime);
    }
    regime_bump_epoch(regime);
}

static inline void sweep_regime(Sweep *sweep, MsmmuRegime *regime)
{
    bool local = names_regime(&sweep->named, regime, false);
    bool global = regime->has_global &&
                  names_regime(&sweep->named, regime, true);

    if (!local && !global) {
        return;
    }
    if (G_UNLIKELY(regime->checked != sweep->tlb->marks)) {
        msmmu_regime_check(regime);
    }
    if (regime->sizes && !sweep->looked) {
        sweep_sizes(sweep, regime, local, global);
    }
    overtake(sweep->inv, regime);
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
    MsmmuRegime *regime = regime_first(sweep->tlb, sweep->named.id);

    for (; regime; regime = regime->next) {
        sweep_regime(sweep, regime);
    }
    if (G_UNLIKELY(sweep->tlb->with_global)) {
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

static void sweep_regimes(Sweep *sweep)
{
    MsmmuTlb *tlb = sweep->tlb;

    if (sweep->inv->scope == MSMMU_INV_VA) {
        sweep_asid(sweep);
        /* Walks under way in regimes of other ASIDs may find global ones. */
        msmmu_store(&tlb->global_epoch, tlb->global_epoch + 1);
    } else {
        sweep_vmid(sweep);
    }
}

/*
 * Look where the entries of each named regime would be, or at every set once,
 * whichever is less; then the regimes are overtaken again.
 */
static void invalidate_range(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    Sweep sweep = {
        .tlb = tlb,
        .inv = inv,
        .named = named_by(inv),
        .left = (uint64_t)tlb->set_mask + 1,
    };

    sweep_regimes(&sweep);
    if (G_UNLIKELY(sweep.all_sets)) {
        msmmu_tlb_drop_in_all_sets(tlb, inv, &sweep.named);
        sweep.looked = true;
        sweep_regimes(&sweep);
    }
}

/* ---- Of whole address spaces; under tlb->lock ---- */

static void invalidate_asid(MsmmuTlb *tlb, const MsmmuInvalidation *inv)
{
    Named named = named_by(inv);
    MsmmuRegime *regime = regime_first(tlb, named.id);

    for (; regime; regime = regime->next) {
        if (names_regime(&named, regime, false)) {
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
    const MsmmuTlb *tlb = m->tlb;
    uint64_t pages = (inv->last - inv->first) >>
                     msmmu_granule_facts[MSMMU_4K].shift;
    unsigned cost = 1 + MIN(pages, m->config.tlb_entries) / PAGES_PER_COST;
    unsigned of_asid = msmmu_load_relaxed(&tlb->namesakes) / REGIMES_PER_COST;
    unsigned of_all = msmmu_load(&tlb->slots) / REGIMES_PER_COST;

    switch (inv->scope) {
    case MSMMU_INV_ASID:
        return 1 + of_asid;
    case MSMMU_INV_VA:
        return cost + (msmmu_load_relaxed(&tlb->with_global) ? of_all
                                                             : of_asid);
    case MSMMU_INV_VA_ANY_ASID:
    case MSMMU_INV_IPA:
        return cost + of_all;
    default:
        return 1;
    }
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
