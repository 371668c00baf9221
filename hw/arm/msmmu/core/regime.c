/*
 * Regimes: which contexts share cached translations (IHI 0070 3.3.3, 3.17,
 * 5.4.1).
 *
 * Software must give contexts of one ASID and VMID the same tables, or else
 * what they find is UNPREDICTABLE. Here they never share more than a walk of
 * their own would find: the regime is the ASID, the VMID and every field that
 * a translation depends on. For the same reason a global entry serves one
 * regime only, though invalidations treat it as global.
 *
 * With both stages there is a second regime, of stage 2 alone, for the stage 2
 * translations of the tables of stage 1: contexts of one VMID share it,
 * whatever their stage 1 is. Streams that have stage 2 alone do not: what they
 * cache has attributes that depend on the stream.
 *
 * A regime lives as long as a context names it, and some time after, in which
 * its entries wait for the next such context. It is freed through
 * MsmmuOps.retire, because translations that run may still hold it.
 *
 * Nothing here looks at all regimes, but to make room for more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "tlb.h"

#define FIRST_BUCKET_BITS 6

/* ---- Tags; marks of what was dropped ---- */

static void set_tag(MsmmuRegime *regime, unsigned which, uint64_t tag)
{
    msmmu_store(&regime->tag[which], tag);
}

static void forget_counts(MsmmuRegime *regime)
{
    for (uint32_t sizes = regime->sizes; sizes; sizes &= sizes - 1) {
        unsigned n = __builtin_ctz(sizes);

        regime->use[n] = (TlbUse) { 0, 0 };
    }
    msmmu_store_relaxed(&regime->sizes, 0);
}

/*
 * Global entries that stay are counted with those that are gone: as many as
 * there can be, so that the numbers do not grow for ever.
 */
static void limit_counts(MsmmuRegime *regime)
{
    const MsmmuTlb *tlb = regime->tlb;

    for (uint32_t sizes = regime->sizes; sizes; sizes &= sizes - 1) {
        uint32_t *count = &regime->use[__builtin_ctz(sizes)].entries;

        *count = MIN(*count, (tlb->set_mask + 1) * TLB_WAYS);
    }
}

static void unset_global(MsmmuRegime *regime)
{
    if (regime->has_global) {
        regime->has_global = false;
        g_queue_unlink(&regime->vm->global, &regime->in_global);
        msmmu_store_relaxed(&regime->tlb->with_global,
                            regime->tlb->with_global - 1);
    }
}

void msmmu_regime_set_global(MsmmuRegime *regime)
{
    if (!regime->has_global) {
        regime->has_global = true;
        g_queue_push_tail_link(&regime->vm->global, &regime->in_global);
        msmmu_store_relaxed(&regime->tlb->with_global,
                            regime->tlb->with_global + 1);
    }
}

void msmmu_regime_renew(MsmmuRegime *regime, bool all)
{
    MsmmuTlb *tlb = regime->tlb;

    if (all) {
        set_tag(regime, TAG_GLOBAL, tlb->next_tag++);
        unset_global(regime);
    }
    set_tag(regime, TAG_OF_ASID, tlb->next_tag++);
    regime_forget_tables(regime);
    if (regime->has_global) {
        limit_counts(regime);
    } else {
        forget_counts(regime);
    }
    regime_bump_epoch(regime);
}

uint64_t msmmu_tlb_mark(MsmmuTlb *tlb)
{
    msmmu_store(&tlb->marks, tlb->marks + 1);
    return tlb->marks;
}

static bool was_dropped(const MsmmuRegime *regime)
{
    const MsmmuTlb *tlb = regime->tlb;
    const TlbVm *vm = regime->vm;

    return tlb->dropped > regime->checked ||
        tlb->world_dropped[regime->key.world] > regime->checked ||
        vm->dropped > regime->checked ||
        (regime->key.stage1 && vm->stage1_dropped > regime->checked);
}

/* What was given up has no tags that an entry may have, and gets none. */
void msmmu_regime_check(MsmmuRegime *regime)
{
    if (regime->checked == regime->tlb->marks) {
        return;
    }
    if (regime->vm && was_dropped(regime)) {
        msmmu_regime_renew(regime, true);
    }
    msmmu_store(&regime->checked, regime->tlb->marks);
}

void msmmu_regime_catch_up(MsmmuRegime *regime)
{
    MsmmuTlb *tlb = regime->tlb;

    g_mutex_lock(&tlb->lock);
    msmmu_regime_check(regime);
    g_mutex_unlock(&tlb->lock);
}

/* ---- VMIDs ---- */

static uint32_t vm_id(MsmmuWorld world, uint16_t vmid)
{
    return (uint32_t)world << 16 | vmid;
}

TlbVm *msmmu_tlb_vm(const MsmmuTlb *tlb, MsmmuWorld world, uint16_t vmid)
{
    return g_hash_table_lookup(tlb->vms, GUINT_TO_POINTER(vm_id(world, vmid)));
}

static GQueue *queue_in_vm(MsmmuRegime *regime)
{
    return regime->key.stage1 ? &regime->vm->stage1 : &regime->vm->stage2;
}

static void join_vm(MsmmuRegime *regime)
{
    MsmmuTlb *tlb = regime->tlb;
    uint32_t id = vm_id(regime->key.world, regime->key.vmid);
    TlbVm *vm = g_hash_table_lookup(tlb->vms, GUINT_TO_POINTER(id));

    if (!vm) {
        vm = g_new0(TlbVm, 1);
        vm->id = id;
        g_hash_table_insert(tlb->vms, GUINT_TO_POINTER(id), vm);
    }
    vm->users++;
    regime->vm = vm;
    regime->in_vm.data = regime;
    regime->in_global.data = regime;
    g_queue_push_tail_link(queue_in_vm(regime), &regime->in_vm);
}

static void leave_vm(MsmmuRegime *regime)
{
    TlbVm *vm = regime->vm;

    unset_global(regime);
    g_queue_unlink(queue_in_vm(regime), &regime->in_vm);
    regime->vm = NULL;
    if (!--vm->users) {
        g_hash_table_remove(regime->tlb->vms, GUINT_TO_POINTER(vm->id));
    }
}

/* ---- Finding ---- */

static uint64_t id_of_key(const MsmmuRegimeKey *key)
{
    return regime_id(key->world, key->vmid, key->asid, key->stage1);
}

static MsmmuRegime *find(const MsmmuTlb *tlb, const MsmmuRegimeKey *key)
{
    MsmmuRegime *regime = regime_first(tlb, id_of_key(key));

    while (regime && memcmp(&regime->key, key, sizeof(*key))) {
        regime = regime->next;
    }
    return regime;
}

static void put_into_bucket(MsmmuRegime *regime)
{
    MsmmuTlb *tlb = regime->tlb;
    MsmmuRegime **bucket = &tlb->buckets[regime_bucket(tlb, regime->id)];

    regime->next = *bucket;
    *bucket = regime;
}

static void take_from_bucket(MsmmuRegime *regime)
{
    MsmmuTlb *tlb = regime->tlb;
    MsmmuRegime **at = &tlb->buckets[regime_bucket(tlb, regime->id)];

    while (*at != regime) {
        at = &(*at)->next;
    }
    *at = regime->next;
}

/*
 * Another one with its StreamWorld, VMID and ASID. Software that follows 3.17
 * has none, or a few: what one ASID names is one address space.
 */
static bool has_namesake(const MsmmuRegime *regime)
{
    const MsmmuRegime *other = regime_first(regime->tlb, regime->id);

    while (other && (other == regime || other->id != regime->id)) {
        other = other->next;
    }
    return other;
}

static void count_namesakes(MsmmuTlb *tlb, int more)
{
    msmmu_store_relaxed(&tlb->namesakes, tlb->namesakes + more);
}

/* Once in so many regimes that each of them pays little for it. */
static void make_more_buckets(MsmmuTlb *tlb)
{
    tlb->bucket_bits++;
    g_free(tlb->buckets);
    tlb->buckets = g_new0(MsmmuRegime *, (size_t)1 << tlb->bucket_bits);
    for (unsigned i = 0; i < tlb->regimes->len; i++) {
        MsmmuRegime *regime = g_ptr_array_index(tlb->regimes, i);

        if (regime) {
            put_into_bucket(regime);
        }
    }
}

/* ---- Life ---- */

static uint32_t take_slot(MsmmuTlb *tlb, MsmmuRegime *regime)
{
    GArray *slots = tlb->free_slots;
    uint32_t slot;

    if (!slots->len) {
        g_ptr_array_add(tlb->regimes, regime);
        msmmu_store(&tlb->slots, tlb->regimes->len);
        return tlb->regimes->len - 1;
    }
    slot = g_array_index(slots, uint32_t, slots->len - 1);
    g_array_set_size(slots, slots->len - 1);
    g_ptr_array_index(tlb->regimes, slot) = regime;
    return slot;
}

static void give_slot(MsmmuTlb *tlb, uint32_t slot)
{
    g_ptr_array_index(tlb->regimes, slot) = NULL;
    g_array_append_val(tlb->free_slots, slot);
}

/*
 * Regimes mostly have the same addresses. Multiples of the golden ratio are as
 * far from each other as so many can be, wherever one stops. Those that are in
 * the same set all the same begin at another way of it.
 */
static TlbSalt salt_of(const MsmmuTlb *tlb, uint32_t slot)
{
    uint64_t place = (uint64_t)(slot * UINT32_C(0x9e3779b1)) <<
                     tlb->place_bits >> 32;

    return (TlbSalt) {
        .first = place - place % TLB_WAYS,
        .turn = slot % TLB_WAYS,
    };
}

static MsmmuRegime *create(MsmmuTlb *tlb, const MsmmuRegimeKey *key)
{
    MsmmuRegime *regime = g_new0(MsmmuRegime, 1);

    if (tlb->regimes->len >> tlb->bucket_bits) {
        make_more_buckets(tlb);
    }
    regime->tlb = tlb;
    regime->key = *key;
    regime->id = id_of_key(key);
    regime->in_idle.data = regime;
    regime->slot = take_slot(tlb, regime);
    regime->checked = tlb->marks;
    join_vm(regime);
    msmmu_regime_renew(regime, true);
    regime->salt = salt_of(tlb, regime->slot);
    put_into_bucket(regime);
    count_namesakes(tlb, has_namesake(regime));
    return regime;
}

/* The regime of @key, with one user more. */
static MsmmuRegime *intern(MsmmuTlb *tlb, const MsmmuRegimeKey *key)
{
    MsmmuRegime *regime = find(tlb, key);

    if (!regime) {
        regime = create(tlb, key);
    } else if (!regime->users) {
        /*
         * While nobody used it, its tables may have changed without a TLBI.
         * What walks of before found in them does not count.
         */
        regime_forget_tables(regime);
        regime_bump_epoch(regime);
        g_queue_unlink(&tlb->idle, &regime->in_idle);
    }
    regime->users++;
    return regime;
}

static bool has_tables_behind_stage2(const MsmmuContext *ctx)
{
    return ctx->stage1 && ctx->stage2;
}

void msmmu_tlb_intern(Msmmu *m, MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegimeKey key;

    g_mutex_lock(&tlb->lock);
    msmmu_regime_key(&key, ctx);
    ctx->regime = intern(tlb, &key);
    ctx->salt = ctx->regime->salt;
    ctx->table_regime = NULL;
    if (has_tables_behind_stage2(ctx)) {
        msmmu_regime_key_of_tables(&key, ctx);
        ctx->table_regime = intern(tlb, &key);
    }
    g_mutex_unlock(&tlb->lock);
}

void msmmu_tlb_find_regimes(Msmmu *m, MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegimeKey key;

    g_mutex_lock(&tlb->lock);
    msmmu_regime_key(&key, ctx);
    ctx->regime = find(tlb, &key);
    ctx->table_regime = NULL;
    if (has_tables_behind_stage2(ctx)) {
        msmmu_regime_key_of_tables(&key, ctx);
        ctx->table_regime = find(tlb, &key);
    }
    g_mutex_unlock(&tlb->lock);
}

/* Whoever still looks up something in it finds nothing. */
static void give_up(MsmmuTlb *tlb, MsmmuRegime *regime)
{
    count_namesakes(tlb, -has_namesake(regime));
    take_from_bucket(regime);
    leave_vm(regime);
    give_slot(tlb, regime->slot);
    set_tag(regime, TAG_OF_ASID, TLB_NO_TAG);
    set_tag(regime, TAG_GLOBAL, TLB_NO_TAG);
    msmmu_store(&regime->table_tag, TLB_NO_TAG);
}

/* Returns a regime that is to be retired, or NULL: the longest idle one. */
static MsmmuRegime *unuse(MsmmuTlb *tlb, MsmmuRegime *regime)
{
    if (!regime || --regime->users) {
        return NULL;
    }
    regime_forget_tables(regime);
    g_queue_push_tail_link(&tlb->idle, &regime->in_idle);
    if (tlb->idle.length <= TLB_IDLE_REGIMES) {
        return NULL;
    }
    regime = g_queue_pop_head_link(&tlb->idle)->data;
    give_up(tlb, regime);
    return regime;
}

void msmmu_tlb_release(Msmmu *m, const MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegime *gone[2];

    g_mutex_lock(&tlb->lock);
    gone[0] = unuse(tlb, ctx->regime);
    gone[1] = unuse(tlb, ctx->table_regime);
    g_mutex_unlock(&tlb->lock);
    for (unsigned i = 0; i < G_N_ELEMENTS(gone); i++) {
        if (gone[i]) {
            m->ops->retire(m->opaque, gone[i]);
        }
    }
}

void msmmu_regimes_init(MsmmuTlb *tlb)
{
    tlb->next_tag = TLB_NO_TAG + 1;
    tlb->regimes = g_ptr_array_new_with_free_func(g_free);
    tlb->free_slots = g_array_new(false, false, sizeof(uint32_t));
    tlb->vms = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    tlb->bucket_bits = FIRST_BUCKET_BITS;
    tlb->buckets = g_new0(MsmmuRegime *, (size_t)1 << tlb->bucket_bits);
}

void msmmu_regimes_free(MsmmuTlb *tlb)
{
    g_ptr_array_unref(tlb->regimes);
    g_array_unref(tlb->free_slots);
    g_hash_table_unref(tlb->vms);
    g_free(tlb->buckets);
}
