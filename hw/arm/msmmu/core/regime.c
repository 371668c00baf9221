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
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "attributes.h"
#include "tlb.h"

/* ---- Tags ---- */

static void set_tags(MsmmuRegime *regime, uint32_t by_asid, uint32_t global)
{
    __atomic_store_n(&regime->tags, (uint64_t)global << 32 | by_asid,
                     __ATOMIC_RELEASE);
}

/* All numbers were used: start again, with nothing cached. */
static void restart_tags(MsmmuTlb *tlb)
{
    msmmu_tlb_wipe(tlb);
    tlb->next_tag = 1;
    tlb->floor = 1;
    for (unsigned i = 0; i < tlb->regimes->len; i++) {
        MsmmuRegime *regime = g_ptr_array_index(tlb->regimes, i);

        if (regime) {
            set_tags(regime, tlb->next_tag, tlb->next_tag + 1);
            tlb->next_tag += 2;
        }
    }
}

void msmmu_regime_bump_epoch(MsmmuRegime *regime)
{
    __atomic_store_n(&regime->epoch, regime->epoch + 1, __ATOMIC_RELEASE);
}

void msmmu_regime_renew(MsmmuTlb *tlb, MsmmuRegime *regime, bool all)
{
    uint32_t global;

    msmmu_regime_bump_epoch(regime);
    if (tlb->next_tag >= UINT32_MAX - 1) {
        restart_tags(tlb);
    }
    global = regime_tag(regime->tags, true);
    if (all) {
        global = tlb->next_tag++;
        tlb->with_global -= regime->has_global;
        regime->has_global = false;
    }
    set_tags(regime, tlb->next_tag++, global);
}

/* ---- Finding ---- */

static uint32_t mix(uint32_t h, uint32_t word)
{
    h = (h ^ word) * UINT32_C(0x9e3779b1);
    return h ^ h >> 15;
}

MsmmuRegime **msmmu_regime_bucket(MsmmuTlb *tlb, MsmmuWorld world,
                                  uint16_t vmid, uint16_t asid)
{
    uint32_t h = mix(mix(world, vmid), asid);

    return &tlb->buckets[h % TLB_REGIME_BUCKETS];
}

/*
 * Copied field by field, because of the padding between them. privileged_only
 * is checked before any translation is looked for, so it changes none.
 */
static void key_table_base(MsmmuTableBase *key, const MsmmuTableBase *ttb,
                           MsmmuFormat format)
{
    key->disabled = ttb->disabled;
    /* With VMSAv8-32, the sizes of both halves say which one serves a VA. */
    if (!ttb->disabled || format == MSMMU_AARCH32) {
        key->input_bits = ttb->input_bits;
    }
    if (ttb->disabled) {
        return;
    }
    key->granule = ttb->granule;
    key->top_byte_ignored = ttb->top_byte_ignored;
    key->hierarchical_off = ttb->hierarchical_off;
    key->shareability = ttb->shareability;
    key->table_pa = ttb->table_pa;
}

static void key_tables(MsmmuTables *key, const MsmmuTables *tables)
{
    key->format = tables->format;
    key->ds = tables->ds;
    key->lpa = tables->lpa;
    key->big_endian = tables->big_endian;
    key->access_flag_off = tables->access_flag_off;
    key->update_access = tables->update_access;
    key->update_dirty = tables->update_dirty;
    key->update_tables = tables->update_tables;
    key->output_bits = tables->output_bits;
}

static void key_stage2(MsmmuStage2 *key, const MsmmuStage2 *s2)
{
    key_tables(&key->tables, &s2->tables);
    key->granule = s2->granule;
    key->start_level = s2->start_level;
    key->input_bits = s2->input_bits;
    key->protected_walk = s2->protected_walk;
    key->force_write_back = s2->force_write_back;
    key->shareability = s2->shareability;
    key->table_pa = s2->table_pa;
}

static void key_of(MsmmuRegimeKey *key, const MsmmuContext *ctx)
{
    memset(key, 0, sizeof(*key));
    key->world = ctx->world;
    key->asid = ctx->asid;
    key->vmid = ctx->vmid;
    key->stage1 = ctx->stage1;
    key->stage2 = ctx->stage2;
    if (ctx->stage1) {
        key_table_base(&key->ttb[0], &ctx->ttb[0], ctx->s1.format);
        key_table_base(&key->ttb[1], &ctx->ttb[1], ctx->s1.format);
        key->mair = ctx->mair;
        key->incoming = msmmu_attributes_hints(ctx->incoming);
        key_tables(&key->s1, &ctx->s1);
        key->write_execute_never = ctx->write_execute_never;
        key->unpriv_write_execute_never = ctx->unpriv_write_execute_never;
        key->privileged_access_never = ctx->privileged_access_never;
        key->enhanced_pan = ctx->enhanced_pan;
    }
    if (ctx->stage2) {
        key_stage2(&key->s2, &ctx->s2);
    }
    if (!ctx->stage1) {
        key->incoming = ctx->incoming;
    }
}

static void key_of_tables(MsmmuRegimeKey *key, const MsmmuContext *ctx)
{
    memset(key, 0, sizeof(*key));
    key->world = ctx->world;
    key->vmid = ctx->vmid;
    key->stage2 = true;
    key->of_tables = true;
    key_stage2(&key->s2, &ctx->s2);
}

static bool has_tables_behind_stage2(const MsmmuContext *ctx)
{
    return ctx->stage1 && ctx->stage2;
}

static MsmmuRegime *find(MsmmuRegime *first, const MsmmuRegimeKey *key)
{
    while (first && memcmp(&first->key, key, sizeof(*key))) {
        first = first->next;
    }
    return first;
}

/* ---- Life ---- */

static uint32_t free_slot(MsmmuTlb *tlb)
{
    for (unsigned i = 0; i < tlb->regimes->len; i++) {
        if (!g_ptr_array_index(tlb->regimes, i)) {
            return i;
        }
    }
    g_ptr_array_add(tlb->regimes, NULL);
    msmmu_store(&tlb->slots, tlb->regimes->len);
    return tlb->regimes->len - 1;
}

static MsmmuRegime *create(MsmmuTlb *tlb, MsmmuRegime **bucket,
                           const MsmmuRegimeKey *key)
{
    MsmmuRegime *regime = g_new0(MsmmuRegime, 1);

    regime->key = *key;
    regime->slot = free_slot(tlb);
    g_ptr_array_index(tlb->regimes, regime->slot) = regime;
    msmmu_regime_renew(tlb, regime, true);
    regime->salt = mix(regime->tags, 0);
    regime->next = *bucket;
    *bucket = regime;
    return regime;
}

/* The regime of @key, with one user more. */
static MsmmuRegime *intern(MsmmuTlb *tlb, const MsmmuRegimeKey *key)
{
    MsmmuRegime **bucket = msmmu_regime_bucket(tlb, key->world, key->vmid,
                                               key->asid);
    MsmmuRegime *regime = find(*bucket, key);

    if (!regime) {
        regime = create(tlb, bucket, key);
    } else if (!regime->users) {
        /*
         * While nobody used it, its tables may have changed without a TLBI.
         * What walks of before found in them does not count.
         */
        msmmu_regime_bump_epoch(regime);
        tlb->idle--;
    }
    regime->users++;
    return regime;
}

void msmmu_tlb_intern(Msmmu *m, MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegimeKey key;

    g_mutex_lock(&tlb->lock);
    key_of(&key, ctx);
    ctx->regime = intern(tlb, &key);
    ctx->table_regime = NULL;
    if (has_tables_behind_stage2(ctx)) {
        key_of_tables(&key, ctx);
        ctx->table_regime = intern(tlb, &key);
    }
    g_mutex_unlock(&tlb->lock);
}

static MsmmuRegime *find_key(MsmmuTlb *tlb, const MsmmuRegimeKey *key)
{
    return find(*msmmu_regime_bucket(tlb, key->world, key->vmid, key->asid),
                key);
}

void msmmu_tlb_find_regimes(Msmmu *m, MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegimeKey key;

    g_mutex_lock(&tlb->lock);
    key_of(&key, ctx);
    ctx->regime = find_key(tlb, &key);
    ctx->table_regime = NULL;
    if (has_tables_behind_stage2(ctx)) {
        key_of_tables(&key, ctx);
        ctx->table_regime = find_key(tlb, &key);
    }
    g_mutex_unlock(&tlb->lock);
}

/* Take all regimes without users out of @bucket, and put them before @list. */
static MsmmuRegime *take_idle(MsmmuTlb *tlb, MsmmuRegime **bucket,
                              MsmmuRegime *list)
{
    MsmmuRegime *regime;

    while ((regime = *bucket)) {
        if (regime->users) {
            bucket = &regime->next;
            continue;
        }
        *bucket = regime->next;
        regime->next = list;
        list = regime;
        /* Numbers that no entry has, whoever still looks it up. */
        set_tags(regime, UINT32_MAX, UINT32_MAX);
        tlb->idle--;
        tlb->with_global -= regime->has_global;
        g_ptr_array_index(tlb->regimes, regime->slot) = NULL;
    }
    return list;
}

static void unuse(MsmmuTlb *tlb, MsmmuRegime *regime)
{
    regime->users--;
    tlb->idle += !regime->users;
}

void msmmu_tlb_release(Msmmu *m, const MsmmuContext *ctx)
{
    MsmmuTlb *tlb = m->tlb;
    MsmmuRegime *gone = NULL;

    g_mutex_lock(&tlb->lock);
    unuse(tlb, ctx->regime);
    if (ctx->table_regime) {
        unuse(tlb, ctx->table_regime);
    }
    if (tlb->idle > TLB_IDLE_REGIMES) {
        for (unsigned i = 0; i < TLB_REGIME_BUCKETS; i++) {
            gone = take_idle(tlb, &tlb->buckets[i], gone);
        }
    }
    g_mutex_unlock(&tlb->lock);
    while (gone) {
        MsmmuRegime *next = gone->next;

        m->ops->retire(m->opaque, gone);
        gone = next;
    }
}

void msmmu_regimes_free(MsmmuTlb *tlb)
{
    for (unsigned i = 0; i < tlb->regimes->len; i++) {
        g_free(g_ptr_array_index(tlb->regimes, i));
    }
    g_ptr_array_unref(tlb->regimes);
}
