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
#include "hit.h"
#include "walk_cache.h"
#include "walk_levels.h"

/* With the granule of 4KB: of a page, and of what a last table maps. */
#define PAGE_4K_LOG2 12
#define BLOCK_4K_LOG2 21

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
    unsigned page_log2;         /* of the granule */
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
        .page_log2 = ttb->first.page_log2,
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
        .page_log2 = ctx->s2.first.page_log2,
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
    const uint64_t within = walk_mask_below(stage->page_log2);
    const uint64_t index = within & ~WALK_OFFSET_IN_DESCRIPTOR;
    const uint64_t needed = VMSA_VALID | VMSA_TABLE_OR_PAGE | VMSA_AF;
    uint64_t at = (table & VMSA_ADDRESS) |
        (stage->input >> (stage->page_log2 - WALK_DESCRIPTOR_LOG2) & index);
    uint64_t descriptor = 0;

    if (!msmmu_read_word(m, at, &descriptor)) {
        return false;
    }
    leaf->descriptor = descriptor;
    leaf->address = descriptor & VMSA_ADDRESS & ~within;
    leaf->tables = table & WALK_CACHE_LIMITS;
    leaf->level = MSMMU_LAST_LEVEL;
    leaf->size_log2 = stage->page_log2;
    leaf->contiguous = descriptor & VMSA_CONTIGUOUS;
    return !(needed & ~descriptor) && !(leaf->address & stage->first->beyond);
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
        uint64_t within = walk_mask_below(stage->page_log2);

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

/* Nor are tables plain that nothing is translated through. */
static WALK_ALWAYS_INLINE
bool is_served(const Quick *quick, const Stage *stage,
               const MsmmuTableBase *ttb, const bool nested)
{
    return ttb->first.plain && !(nested && !quick->ctx->table_regime) &&
        !(stage->input & ~walk_mask_below(ttb->input_bits));
}

/* What comes of out->leaf. */
static WALK_ALWAYS_INLINE
bool settle_stage1(const Quick *quick, const Stage *stage,
                   const MsmmuTableBase *ttb, MsmmuStage1Result *out)
{
    msmmu_stage1_permissions(quick->ctx, ttb, &out->leaf, out->perms,
                             &out->clean);
    out->ttb = ttb;
    out->va = stage->address;
    out->size_log2 = out->leaf.size_log2;
    out->ipa = out->leaf.address | (out->va & walk_mask_below(out->size_log2));
    return is_settled(quick->access, out->perms, out->clean);
}

static WALK_ALWAYS_INLINE
bool quick_stage1(Quick *quick, uint64_t va, const bool nested,
                  MsmmuStage1Result *out)
{
    const MsmmuContext *ctx = quick->ctx;
    const MsmmuTableBase *ttb = &ctx->ttb[va >> 55 & 1];
    const Stage stage = stage1(ctx, va, nested);
    uint64_t table;

    if (!is_served(quick, &stage, ttb, nested)) {
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
    return settle_stage1(quick, &stage, ttb, out);
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

    combine(quick->m, quick->ctx, ipa, s1, s2, &t);
    if (t.transient) {
        return false;
    }
    count_leaves(quick->ctx, quick->access, s1, s2);
    *out = tlb_pack(&t);
    return true;
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

static G_GNUC_NO_INLINE
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
static WALK_ALWAYS_INLINE
bool insert(Quick *quick, uint32_t gate, const TlbEntry *entry,
            uint64_t epoch, TlbHit *hit)
{
    Msmmu *m = quick->m;

    if (!msmmu_gate_holds(m, gate)) {
        return false;
    }
    msmmu_tlb_insert_entry(m->tlb, quick->ctx->regime, entry, epoch);
    *hit = hit_of(entry);
    return true;
}

static WALK_ALWAYS_INLINE
bool answer(const MsmmuContext *ctx, const MsmmuRequest *rq,
            const TlbHit *found, MsmmuHit *hit)
{
    if (msmmu_is_counted(rq)) {
        msmmu_count(&ctx->counters->transactions);
    }
    *hit = (MsmmuHit) {
        .first_pa = found->pa & ENTRY_ADDRESS,
        .size_log2 = found->size,
        .perms = msmmu_get(found->pa, rq->privileged ? ENTRY_PERMS_PRIV
                                                     : ENTRY_PERMS_UNPRIV),
        .attributes = tlb_attributes(found),
    };
    return true;
}

/* All sorts of them, and what is cached but was no hit at first glance. */
static G_GNUC_NO_INLINE
bool miss(Msmmu *m, const MsmmuContext *ctx, const MsmmuRequest *rq,
          uint32_t gate, MsmmuHit *hit)
{
    const MsmmuAccess access = msmmu_access_incoming(rq);
    Quick quick = { .m = m, .ctx = ctx, .access = &access };
    MsmmuRegime *regime = ctx->regime;
    uint64_t va = hit_input(ctx, rq->iova);
    TlbHit found = { .key = 0 };
    TlbEntry entry = { .key = 0 };
    uint64_t epoch;

    if (!tlb_lacks(m->tlb, regime, va) &&
        tlb_look_up(m->tlb, regime, va, false, &found)) {
        uint8_t perms[] = {
            msmmu_get(found.pa, ENTRY_PERMS_UNPRIV),
            msmmu_get(found.pa, ENTRY_PERMS_PRIV),
        };

        return msmmu_access_permitted(&access, perms) &&
            answer(ctx, rq, &found, hit);
    }
    if (msmmu_recorder(m, rq)) {
        return false;
    }
    epoch = msmmu_tlb_epoch(m, ctx);
    return quick_stages(&quick, rq->iova, &entry) &&
        insert(&quick, gate, &entry, epoch, &found) &&
        answer(ctx, rq, &found, hit);
}

/*
 * The same, for what is most frequent: a page of 4KB in a table that the walk
 * cache has, of stage 1 alone.
 */
static WALK_ALWAYS_INLINE
bool miss_of_page(Msmmu *m, const MsmmuContext *ctx, const MsmmuRequest *rq,
                  uint32_t gate, MsmmuHit *hit)
{
    const MsmmuAccess access = msmmu_access_incoming(rq);
    const MsmmuTableBase *ttb = &ctx->ttb[rq->iova >> 55 & 1];
    Quick quick = { .m = m, .ctx = ctx, .access = &access };
    Stage stage = stage1(ctx, rq->iova, false);
    MsmmuStage1Result s1 = { .ttb = NULL };
    TlbHit found = { .key = 0 };
    TlbEntry entry = { .key = 0 };
    uint64_t epoch, table;

    if (!tlb_lacks(m->tlb, ctx->regime, stage.address) ||
        !is_served(&quick, &stage, ttb, false)) {
        return miss(m, ctx, rq, gate, hit);
    }
    stage.page_log2 = PAGE_4K_LOG2;
    stage.space.span_log2 = BLOCK_4K_LOG2;
    epoch = tlb_epoch(m->tlb, ctx->regime);
    table = find_table(&quick, &stage);
    if (G_UNLIKELY(!table)) {
        return miss(m, ctx, rq, gate, hit);
    }
    return !msmmu_recorder(m, rq) &&
        walk_last(m, &stage, table, &s1.leaf) &&
        settle_stage1(&quick, &stage, ttb, &s1) &&
        make_entry(&quick, s1.ipa, &s1, NULL, &entry) &&
        insert(&quick, gate, &entry, epoch, &found) &&
        answer(ctx, rq, &found, hit);
}

bool msmmu_miss(Msmmu *m, const MsmmuRequest *rq, MsmmuHit *hit)
{
    uint32_t gate = msmmu_load(&m->gate);
    const MsmmuContext *ctx;

    if (!msmmu_gate_is_open(gate) || rq->probe) {
        return false;
    }
    ctx = config_find(m, config_key(rq->sid, rq->ssid, rq->ssid_valid));
    if (!ctx || !ctx->direct) {
        return false;
    }
    return ctx->stage1 && !ctx->stage2 &&
           ctx->ttb[rq->iova >> 55 & 1].granule == MSMMU_4K ?
           miss_of_page(m, ctx, rq, gate, hit) : miss(m, ctx, rq, gate, hit);
}
