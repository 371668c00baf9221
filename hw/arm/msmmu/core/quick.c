/*
 * What most translations are that the TLB has not: leaves that permit them, in
 * plain tables, and nothing is to be updated, recorded or told (IHI 0070
 * 3.3.2).
 *
 * Here is no word of why something is not so. It is left to translate.c and
 * nested.c, which begin anew. The last table of each stage mostly comes from
 * the walk cache, and one descriptor of it is read; what is found is made up as
 * the entry of the TLB that it becomes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "combine.h"
#include "config_lookup.h"
#include "tlb_lookup.h"
#include "walk_cache.h"
#include "walk_levels.h"

/* What is asked, and by which way it is found. */
typedef struct Quick {
    Msmmu *m;
    const MsmmuContext *ctx;
    const MsmmuAccess *access;
    bool by_cache;              /* a last table came from the walk cache */
} Quick;

/* One stage. */
typedef struct Stage {
    WalkCacheSpace space;       /* without a regime: nothing is cached */
    uint64_t address;           /* in that space */
    uint64_t input;             /* of the walk */
    MsmmuGranule granule;
    const MsmmuTables *tables;
    const MsmmuFirstTable *first;
} Stage;

/* Of VAs, by the base that serves @va, whose tables are in IPA space or not. */
static WALK_ALWAYS_INLINE
Stage stage1(const MsmmuContext *ctx, uint64_t va, const bool nested)
{
    const MsmmuTableBase *ttb = &ctx->ttb[va >> 55 & 1];
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    uint64_t above = ~walk_mask_below(ttb->input_bits);

    return (Stage) {
        .space = {
            ctx->regime, nested ? ctx->table_regime : NULL,
            ttb->first.block_log2,
        },
        .address = effective_va,
        .input = va >> 55 & 1 ? effective_va ^ above : effective_va,
        .granule = ttb->granule,
        .tables = &ctx->s1,
        .first = &ttb->first,
    };
}

/* Of IPAs: @nested, those that stage 1 puts out. */
static WALK_ALWAYS_INLINE
Stage stage2(const MsmmuContext *ctx, uint64_t ipa, const bool nested)
{
    return (Stage) {
        .space = {
            nested ? ctx->table_regime : ctx->regime, NULL,
            ctx->s2.first.block_log2,
        },
        .address = ipa,
        .input = ipa,
        .granule = ctx->s2.granule,
        .tables = &ctx->s2.tables,
        .first = &ctx->s2.first,
    };
}

/* ---- Walks ---- */

/* From the last @table on, which the walk cache has. */
static WALK_ALWAYS_INLINE
bool walk_last(const Msmmu *m, const Stage *stage, uint64_t table,
               MsmmuLeaf *leaf)
{
    const MsmmuFirstTable *first = stage->first;
    const uint64_t within = walk_mask_below(first->page_log2);
    const uint64_t index = within & ~WALK_OFFSET_IN_DESCRIPTOR;
    const uint64_t needed = VMSA_VALID | VMSA_TABLE_OR_PAGE | VMSA_AF;
    uint64_t at = (table & VMSA_ADDRESS) |
        (stage->input >> (first->page_log2 - WALK_DESCRIPTOR_LOG2) & index);
    uint64_t descriptor = 0;

    if (!msmmu_read_word(m, at, &descriptor)) {
        return false;
    }
    leaf->descriptor = descriptor;
    leaf->address = descriptor & VMSA_ADDRESS & ~within;
    leaf->tables = table & WALK_CACHE_LIMITS;
    leaf->level = MSMMU_LAST_LEVEL;
    leaf->size_log2 = first->page_log2;
    leaf->contiguous = descriptor & VMSA_CONTIGUOUS;
    return !(needed & ~descriptor) && !(leaf->address & first->beyond);
}

/*
 * From the first one on. The last one is kept, but for probes, and unless it is
 * behind stage 2 in more than one piece: a leaf of that is no smaller than its
 * granule.
 */
static WALK_ALWAYS_INLINE
bool walk_all(const Quick *quick, const Stage *stage, const bool behind,
              MsmmuLeaf *leaf)
{
    const WalkKind kind = { .plain = true, .direct = !behind, .quick = true };
    const MsmmuWalk walk = {
        .m = quick->m,
        .granule = stage->granule,
        .tables = stage->tables,
        .first = stage->first,
        .table_regime = stage->space.behind,
    };
    bool keeps = stage->space.regime && !quick->access->probe &&
                 stage->first->level < MSMMU_LAST_LEVEL &&
                 (!behind || quick->ctx->s2.granule >= stage->granule);
    WalkCachePlace place = { .key = 0 };

    if (keeps) {
        place = msmmu_walk_cache_place(quick->m, &stage->space,
                                       stage->address);
    }
    if (walk_as(&walk, stage->input, leaf, NULL, kind) != MSMMU_STATUS_OK) {
        return false;
    }
    if (keeps && leaf->level == MSMMU_LAST_LEVEL) {
        uint64_t within = walk_mask_below(stage->first->page_log2);

        msmmu_walk_cache_keep(quick->m, &place,
                              (leaf->descriptor_pa & ~within) |
                              (leaf->tables & WALK_CACHE_LIMITS));
    }
    return true;
}

/* Apart from those that the walk cache helps, which need less of everything. */
static G_GNUC_NO_INLINE
bool walk_all_stage1(const Quick *quick, uint64_t va, MsmmuLeaf *leaf)
{
    const Stage stage = stage1(quick->ctx, va, false);

    return walk_all(quick, &stage, false, leaf);
}

static G_GNUC_NO_INLINE
bool walk_all_behind(const Quick *quick, uint64_t va, MsmmuLeaf *leaf)
{
    const Stage stage = stage1(quick->ctx, va, true);

    return walk_all(quick, &stage, true, leaf);
}

static G_GNUC_NO_INLINE
bool walk_all_stage2(const Quick *quick, uint64_t ipa, const bool nested,
                     MsmmuLeaf *leaf)
{
    const Stage stage = stage2(quick->ctx, ipa, nested);

    return walk_all(quick, &stage, false, leaf);
}

/* The last table for @stage, or 0. */
static WALK_ALWAYS_INLINE
uint64_t find_table(Quick *quick, const Stage *stage)
{
    uint64_t table;

    if (G_UNLIKELY(!stage->space.regime)) {
        return 0;
    }
    table = walk_cache_find(quick->m->tlb, &stage->space, stage->address);
    quick->by_cache |= table != 0;
    return table;
}

/* ---- Stages ---- */

/* Whether a leaf with @perms lets the access pass as it is. */
static inline bool is_settled(const MsmmuAccess *access,
                              const uint8_t perms[2], bool clean)
{
    return msmmu_access_permitted(access, perms) &&
           !(clean && access->write);
}

static WALK_ALWAYS_INLINE
bool quick_stage1(Quick *quick, uint64_t va, const bool nested,
                  MsmmuStage1Result *out)
{
    const MsmmuContext *ctx = quick->ctx;
    const MsmmuTableBase *ttb = &ctx->ttb[va >> 55 & 1];
    const Stage stage = stage1(ctx, va, nested);
    uint64_t table;

    /* Nor are tables plain that nothing is translated through. */
    if (!ttb->first.plain || (nested && !ctx->table_regime) ||
        stage.input & ~walk_mask_below(ttb->input_bits)) {
        return false;
    }
    table = find_table(quick, &stage);
    if (G_LIKELY(table)) {
        if (!walk_last(quick->m, &stage, table, &out->leaf)) {
            return false;
        }
    } else {
        MsmmuLeaf leaf = { .address = 0 };

        if (nested ? !walk_all_behind(quick, va, &leaf)
                   : !walk_all_stage1(quick, va, &leaf)) {
            return false;
        }
        out->leaf = leaf;
    }
    msmmu_stage1_permissions(ctx, ttb, &out->leaf, out->perms, &out->clean);
    out->ttb = ttb;
    out->va = stage.address;
    out->size_log2 = out->leaf.size_log2;
    out->ipa = out->leaf.address | (out->va & walk_mask_below(out->size_log2));
    return is_settled(quick->access, out->perms, out->clean);
}

static WALK_ALWAYS_INLINE
bool quick_stage2(Quick *quick, uint64_t ipa, const bool nested,
                  MsmmuStage2Result *out)
{
    const MsmmuStage2 *s2 = &quick->ctx->s2;
    const Stage stage = stage2(quick->ctx, ipa, nested);
    uint64_t table;

    if (!s2->first.plain || ipa & ~msmmu_low_mask(s2->input_bits)) {
        return false;
    }
    table = find_table(quick, &stage);
    if (G_LIKELY(table)) {
        if (!walk_last(quick->m, &stage, table, &out->leaf)) {
            return false;
        }
    } else {
        MsmmuLeaf leaf = { .address = 0 };

        if (!walk_all_stage2(quick, ipa, nested, &leaf)) {
            return false;
        }
        out->leaf = leaf;
    }
    msmmu_stage2_permissions(s2, out);
    out->pa = out->leaf.address |
              (ipa & walk_mask_below(out->leaf.size_log2));
    return is_settled(quick->access, out->perms, out->clean);
}

/* ---- What they make together ---- */

/* What is not to be cached is left to others. */
static WALK_ALWAYS_INLINE
bool make_entry(const Quick *quick, uint64_t ipa, const MsmmuStage1Result *s1,
                const MsmmuStage2Result *s2, TlbEntry *out)
{
    MsmmuTranslation t = { .first_va = 0 };

    combine(quick->m, quick->ctx, ipa, quick->access->probe, s1, s2, &t);
    *out = tlb_pack(&t);
    return !t.transient;
}

static G_GNUC_NO_INLINE
bool quick_nested(Quick *quick, uint64_t va, TlbEntry *out)
{
    MsmmuStage1Result s1 = { .ttb = NULL };
    MsmmuStage2Result s2 = { .pa = 0 };

    return quick_stage1(quick, va, true, &s1) &&
        quick_stage2(quick, s1.ipa, true, &s2) &&
        make_entry(quick, s1.ipa, &s1, &s2, out);
}

static G_GNUC_NO_INLINE
bool quick_second(Quick *quick, uint64_t ipa, TlbEntry *out)
{
    MsmmuStage2Result s2 = { .pa = 0 };

    /* 3.4: what is not translated at stage 1 must fit the IAS. */
    return !(ipa & ~msmmu_low_mask(msmmu_ias_bits(&quick->m->regs))) &&
        quick_stage2(quick, ipa, false, &s2) &&
        make_entry(quick, ipa, NULL, &s2, out);
}

static G_GNUC_NO_INLINE
bool quick_first(Quick *quick, uint64_t va, TlbEntry *out)
{
    MsmmuStage1Result s1 = { .ttb = NULL };

    return quick_stage1(quick, va, false, &s1) &&
        make_entry(quick, s1.ipa, &s1, NULL, out);
}

static WALK_ALWAYS_INLINE
bool quick_stages(Quick *quick, uint64_t va, TlbEntry *out)
{
    const MsmmuContext *ctx = quick->ctx;

    return !ctx->stage1 ? quick_second(quick, va, out) :
           ctx->stage2 ? quick_nested(quick, va, out) :
                         quick_first(quick, va, out);
}

/* @entry as a lookup would find it. */
static inline TlbHit hit_of(const TlbEntry *entry)
{
    return (TlbHit) {
        .key = entry->key,
        .size = entry->key & ENTRY_SIZE,
        .pa = entry->pa,
        .attr = entry->attr,
    };
}

bool msmmu_quick(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                 const MsmmuAccess *access, bool by_cache,
                 MsmmuTranslation *out)
{
    Quick quick = { .m = m, .ctx = ctx, .access = access };
    TlbEntry entry = { .key = 0 };
    TlbHit hit;

    if (!quick_stages(&quick, va, &entry) || (by_cache && !quick.by_cache)) {
        return false;
    }
    hit = hit_of(&entry);
    tlb_unpack(out, &hit);
    return true;
}

/* ---- All of a transaction ---- */

/* What is not in the TLB: looked for, and put into it. */
static G_GNUC_NO_INLINE
bool fill(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
          const MsmmuAccess *access, uint32_t gate, TlbHit *hit)
{
    Quick quick = { .m = m, .ctx = ctx, .access = access };
    uint64_t epoch = msmmu_tlb_epoch(m, ctx);
    TlbEntry entry = { .key = 0 };

    if (!quick_stages(&quick, va, &entry) || !msmmu_gate_holds(m, gate)) {
        return false;
    }
    msmmu_tlb_insert_entry(m->tlb, ctx->regime, &entry, epoch);
    *hit = hit_of(&entry);
    return true;
}

bool msmmu_miss(Msmmu *m, const MsmmuRequest *rq, MsmmuResult *result)
{
    const MsmmuAccess access = msmmu_access_incoming(rq);
    uint32_t gate = msmmu_load(&m->gate);
    const MsmmuContext *ctx;
    TlbHit hit = { .key = 0 };
    uint8_t perms;

    if (!msmmu_gate_is_open(gate) || rq->probe) {
        return false;
    }
    ctx = config_find(m, config_key(rq->sid, rq->ssid, rq->ssid_valid));
    if (!ctx || !ctx->direct) {
        return false;
    }
    if (!tlb_look_up(m->tlb, ctx->regime, tlb_input(ctx, rq->iova), false,
                     &hit) &&
        (msmmu_recorder(m, rq) ||
         !fill(m, ctx, rq->iova, &access, gate, &hit))) {
        return false;
    }
    perms = msmmu_get(hit.pa, access.privileged ? ENTRY_PERMS_PRIV
                                                : ENTRY_PERMS_UNPRIV);
    if (msmmu_access_needs(&access) & ~perms) {
        return false;
    }
    if (msmmu_is_counted(rq)) {
        msmmu_count(&ctx->counters->transactions);
    }
    *result = (MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = (hit.pa & ENTRY_ADDRESS) |
              (rq->iova & msmmu_low_mask(hit.size)),
        .size_log2 = hit.size,
        .perms = perms,
        .attributes = tlb_attributes(&hit),
    };
    return true;
}
