/*
 * Regimes: which contexts share cached translations, and how long regimes live.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cache.h"
#include "tlb_lookup.h"

/* ---- Sharing ---- */

static void test_sharing(void)
{
    Cache *c = cache_new();
    MsmmuContext first = context_of(0, 1);
    MsmmuContext other = context_of(0, 1);

    /* What does not concern translations does not matter. */
    other.sid = 7;
    other.ssid = 3;
    other.abort = true;
    other.record = true;
    other.inst_cfg = 2;
    other.priv_cfg = 3;
    msmmu_tlb_intern(&c->m, &first);
    msmmu_tlb_intern(&c->m, &other);
    g_assert_true(first.regime == other.regime);
    insert_page(c, &first, 0x1000, false);
    g_assert_true(hit(c, &other, 0x1000));
    cache_free(c);
}

static void test_disabled_base_is_ignored(void)
{
    Cache *c = cache_new();
    MsmmuContext a = context_of(0, 1);
    MsmmuContext b = context_of(0, 1);

    a.ttb[1].disabled = true;
    b.ttb[1] = (MsmmuTableBase) {
        .disabled = true,
        /* With AArch32 it says where the other half ends. */
        .input_bits = a.ttb[1].input_bits,
    };
    msmmu_tlb_intern(&c->m, &a);
    msmmu_tlb_intern(&c->m, &b);
    g_assert_true(a.regime == b.regime);
    cache_free(c);
}

/* ---- Every field ---- */

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CLEAR_PADDING(p) __builtin_clear_padding(p)
#endif
#endif

#ifdef CLEAR_PADDING

/* Fields of MsmmuContext that no translation depends on, or of one stage. */
typedef struct Field {
    size_t offset;
    size_t size;
} Field;

#define FIELD(name) \
    { offsetof(MsmmuContext, name), sizeof(((MsmmuContext *)NULL)->name) }

/* Padding, of which GCC 12 does not see what is behind the 256th byte. */
#define GAP(before, after) \
    { offsetof(MsmmuContext, before) + sizeof(((MsmmuContext *)NULL)->before), \
      offsetof(MsmmuContext, after) - offsetof(MsmmuContext, before) - \
      sizeof(((MsmmuContext *)NULL)->before) }

static const Field without_effect[] = {
    GAP(record, mair), GAP(incoming, regime),
    FIELD(sid), FIELD(ssid), FIELD(ssid_valid), FIELD(outcome),
    FIELD(merge_events), FIELD(s2_record), FIELD(abort), FIELD(record),
    FIELD(priv_cfg), FIELD(inst_cfg), FIELD(bypass_stage1), FIELD(regime),
    FIELD(table_regime), FIELD(salt),
    FIELD(counters), FIELD(direct), FIELD(ignores_top_byte),
    FIELD(takes_address_as_is), FIELD(bypass_bits),
    /* Checked before any translation is looked for. */
    FIELD(ttb[0].privileged_only), FIELD(ttb[1].privileged_only),
    /* What follows from the others. */
    FIELD(ttb[0].first), FIELD(ttb[1].first), FIELD(ttb[0].hierarchical),
    FIELD(ttb[1].hierarchical), FIELD(s2.first), FIELD(s2.perms),
    FIELD(leaf_perms), FIELD(leaf_types),
};
static const Field of_stage1[] = {
    FIELD(s1), FIELD(ttb), FIELD(write_execute_never),
    FIELD(unpriv_write_execute_never), FIELD(privileged_access_never),
    FIELD(enhanced_pan), FIELD(mair),
};
static const Field of_stage2[] = {
    FIELD(s2),
};
/* Hints alone have an effect on stage 1: see test-attributes.c. */
static const Field of_stage2_alone[] = {
    FIELD(incoming),
};

static bool is_in(size_t byte, const Field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (byte - fields[i].offset < fields[i].size) {
            return true;
        }
    }
    return false;
}

static bool has_effect(CacheKind kind, size_t byte)
{
    return !is_in(byte, without_effect, G_N_ELEMENTS(without_effect)) &&
        !(kind == KIND_STAGE2 &&
          is_in(byte, of_stage1, G_N_ELEMENTS(of_stage1))) &&
        !(kind == KIND_STAGE1 &&
          is_in(byte, of_stage2, G_N_ELEMENTS(of_stage2))) &&
        !(kind != KIND_STAGE2 &&
          is_in(byte, of_stage2_alone, G_N_ELEMENTS(of_stage2_alone)));
}

/*
 * Whatever a context has, and will have, tells regimes apart, unless it is
 * listed above: each byte in turn, so that a new field cannot be forgotten.
 */
static void test_every_field(void)
{
    unsigned apart = 0, alike = 0;
    MsmmuContext used;

    memset(&used, 0xff, sizeof(used));
    CLEAR_PADDING(&used);
    for (CacheKind kind = KIND_STAGE1; kind <= KIND_NESTED; kind++) {
        Cache *c = cache_new();
        MsmmuContext base = context_of_kind(kind, 1, 1);

        msmmu_tlb_intern(&c->m, &base);
        for (size_t i = 0; i < sizeof(base); i++) {
            MsmmuContext other = context_of_kind(kind, 1, 1);
            bool same;

            /* What is no field. Flags are bytes that are 0 or 1. */
            if (!((uint8_t *)&used)[i]) {
                continue;
            }
            ((uint8_t *)&other)[i] ^= 1;
            msmmu_tlb_intern(&c->m, &other);
            same = other.regime == base.regime;
            if (same == has_effect(kind, i)) {
                g_error("kind %d, byte %zu of MsmmuContext", kind, i);
            }
            apart += !same;
            alike += same;
        }
        cache_free(c);
    }
    g_test_message("%u bytes tell apart, %u do not", apart, alike);
    g_assert_cmpuint(apart, >, 3 * 40);
}

#else

static void test_every_field(void)
{
    g_test_skip("this compiler does not tell which bytes are padding");
}

#endif

/* Nor are global entries shared between regimes. */
static void test_not_sharing(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx[4];

    for (unsigned i = 0; i < G_N_ELEMENTS(ctx); i++) {
        ctx[i] = context_of(1, 1);
    }
    ctx[1].asid = 2;
    ctx[2].vmid = 2;
    ctx[3].ttb[0].table_pa = 0x3000;
    for (unsigned i = 0; i < G_N_ELEMENTS(ctx); i++) {
        msmmu_tlb_intern(&c->m, &ctx[i]);
        insert_page(c, &ctx[i], 0x1000 * i, i & 1);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(ctx); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(ctx); j++) {
            g_assert_cmpint(hit(c, &ctx[i], 0x1000 * j), ==, i == j);
        }
    }
    cache_free(c);
}

/* ---- Life ---- */

static void test_idle_regimes(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    MsmmuContext again;

    /* One that is used again soon finds its entries. */
    insert_page(c, &ctx, 0x1000, false);
    msmmu_tlb_release(&c->m, &ctx);
    again = interned(c, 0, 1);
    g_assert_true(hit(c, &again, 0x1000));

    /* Idle ones do not pile up; entries of used ones stay. */
    for (unsigned asid = 2; asid < 5000; asid++) {
        MsmmuContext other = interned(c, 0, asid);

        insert_page(c, &other, 0x7000, asid & 1);
        msmmu_tlb_release(&c->m, &other);
    }
    g_assert_true(hit(c, &again, 0x1000));
    g_assert_cmpuint(c->m.tlb->regimes->len, <=, TLB_IDLE_REGIMES + 2);
    g_assert_cmpuint(c->retired->len, >=, 4000);
    cache_free(c);
}

/* Many address spaces of one ASID, which none should be, are many to search. */
static void test_namesakes(void)
{
    enum { SPACES = 3000 };
    const MsmmuInvalidation by_asid = { .scope = MSMMU_INV_ASID, .asid = 1 };
    const MsmmuInvalidation by_page = by_va(0, 1, 0, 0xfff);
    Cache *c = cache_new();
    g_autofree MsmmuContext *ctx = g_new0(MsmmuContext, SPACES);

    for (unsigned n = 0; n < SPACES; n++) {
        MsmmuContext other = interned(c, 0, 2 + n);

        msmmu_tlb_release(&c->m, &other);
    }
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_asid), ==, 1);
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_page), ==, 1);
    for (unsigned n = 0; n < SPACES; n++) {
        ctx[n] = context_of(0, 1);
        ctx[n].ttb[0].table_pa = n << 12;
        msmmu_tlb_intern(&c->m, &ctx[n]);
    }
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_asid), >, 100);
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_page), >, 100);
    for (unsigned n = 0; n < SPACES; n++) {
        msmmu_tlb_release(&c->m, &ctx[n]);
    }
    for (unsigned n = 0; n < SPACES; n++) {
        MsmmuContext other = interned(c, 0, 2 + n);

        msmmu_tlb_release(&c->m, &other);
    }
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_asid), ==, 1);
    g_assert_cmpuint(msmmu_tlb_invalidation_cost(&c->m, &by_page), ==, 1);
    cache_free(c);
}

/* A translation that still uses a retired regime does no harm. */
static void test_retired_regime(void)
{
    Cache *c = cache_new();
    MsmmuContext old = interned(c, 0, 1);
    MsmmuContext fresh;
    uint64_t epoch = epoch_of(c, &old);
    MsmmuTranslation t = page(0x1000, 0x5000);

    msmmu_tlb_release(&c->m, &old);
    for (unsigned asid = 2; !c->retired->len; asid++) {
        MsmmuContext other = interned(c, 0, asid);

        msmmu_tlb_release(&c->m, &other);
    }
    fresh = interned(c, 0, 1);
    msmmu_tlb_insert(&c->m, &old, &t, epoch);
    g_assert_false(hit(c, &old, 0x1000));
    g_assert_false(hit(c, &fresh, 0x1000));
    cache_free(c);
}

/* Nor what is cached in its place. */
static void test_successor_of_retired_regime(void)
{
    Cache *c = cache_new();
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    MsmmuContext old = interned(c, 0, 1), fresh;

    insert_page(c, &old, 0x1000, false);
    msmmu_tlb_release(&c->m, &old);
    for (unsigned asid = 2; !c->retired->len; asid++) {
        MsmmuContext other = interned(c, 0, asid);

        msmmu_tlb_release(&c->m, &other);
    }
    g_assert_false(hit(c, &old, 0x1000));
    fresh = interned(c, 0, 1);
    fresh.regime->salt = old.regime->salt;
    for (unsigned i = 0; i < 200; i++) {
        insert_page(c, &fresh, 0x1000, false);
        g_assert_true(hit(c, &fresh, 0x1000));
        g_assert_false(hit(c, &old, 0x1000));
        /* It is behind with these, and stays what it is. */
        invalidate(c, i & 1 ? &inv :
                   &(MsmmuInvalidation) { .scope = MSMMU_INV_ALL });
    }
    cache_free(c);
}

/* No tag is another one's, if they differ in their upper halves alone. */
static void test_tags_are_whole(void)
{
    const MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    TlbHit found = { .key = 0 };

    insert_page(c, &ctx, 0x1000, false);
    g_assert_true(tlb_glance(c->m.tlb, &ctx, 0x1000, TLB_SIZE_MIN, true,
                             &found));
    c->m.tlb->next_tag = ctx.regime->tag[TAG_OF_ASID] + (UINT64_C(1) << 32);
    invalidate(c, &inv);
    g_assert_cmphex(ctx.regime->tag[TAG_OF_ASID], >, UINT32_MAX);
    insert_page(c, &ctx, 0x100000, false);
    g_assert_false(tlb_glance(c->m.tlb, &ctx, 0x1000, TLB_SIZE_MIN, true,
                             &found));
    g_assert_false(hit(c, &ctx, 0x1000));
    cache_free(c);
}

/*
 * While a global entry stays, those that TLBI by ASID drops stay counted. It is
 * no more than fit in, however often: a number that began again at 0 would hide
 * what is there.
 */
static void test_counts_are_bounded(void)
{
    const MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);

    insert_page(c, &ctx, 0x1000, true);
    for (unsigned i = 0; i < 2 * ENTRIES; i++) {
        insert_page(c, &ctx, 0x2000, false);
        invalidate(c, &inv);
        g_assert_cmpuint(ctx.regime->use[0].entries, <=, ENTRIES);
    }
    insert_page(c, &ctx, 0x2000, false);
    g_assert_true(hit(c, &ctx, 0x1000));
    g_assert_true(hit(c, &ctx, 0x2000));
    cache_free(c);
}

/*
 * A range of one regime has the sets of other addresses, and of another regime:
 * what fills those stays, in the same ways, to the last page.
 */
static void test_full_sets_of_others(void)
{
    enum { PAGES = 4 * TLB_WAYS };
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    MsmmuContext other = interned(c, 0, 2);
    uint32_t place = tlb_place(c->m.tlb, ctx.salt, 0, TLB_SIZE_MIN);
    MsmmuInvalidation inv = by_va(0, 1, 0, PAGES * 0x1000 - 1);
    uint64_t far = ENTRIES;

    other.regime->salt = ctx.regime->salt;
    while (tlb_place(c->m.tlb, ctx.salt, far, TLB_SIZE_MIN) != place) {
        far += TLB_WAYS;
    }
    far *= 0x1000;
    for (unsigned round = 0; round < 2; round++) {
        const MsmmuContext *owner = round ? &other : &ctx;
        uint64_t first = round ? 0 : far;

        insert_page(c, &ctx, (far + PAGES * 0x1000) * 3, false);
        for (unsigned n = 0; n < PAGES; n++) {
            insert_page(c, owner, first + n * 0x1000, false);
        }
        invalidate(c, &inv);
        for (unsigned n = 0; n < PAGES; n++) {
            g_assert_true(hit(c, owner, first + n * 0x1000));
        }
        inv = by_va(0, 1, 0, UINT64_MAX);
        invalidate(c, &inv);
        inv = by_va(0, 1, 0, PAGES * 0x1000 - 1);
    }
    cache_free(c);
}

/* ---- Many ---- */

enum { MANY = 10000 };

/* Each is found, invalidated and given up without looking at the others. */
static void test_many(void)
{
    Cache *c = cache_new();
    g_autofree MsmmuContext *ctx = g_new(MsmmuContext, MANY);
    unsigned hits = 0;

    for (unsigned i = 0; i < MANY; i++) {
        ctx[i] = interned(c, i / 100, i);
        insert_page(c, &ctx[i], 0x1000 * i, false);
    }
    for (unsigned i = 0; i < MANY; i++) {
        MsmmuContext same = interned(c, i / 100, i);

        g_assert_true(same.regime == ctx[i].regime);
        msmmu_tlb_release(&c->m, &same);
    }
    for (unsigned i = 0; i < MANY; i += 2) {
        invalidate(c, &(MsmmuInvalidation) {
            .scope = MSMMU_INV_ASID, .vmid = i / 100, .asid = i,
        });
    }
    for (unsigned vmid = 0; vmid < MANY / 100; vmid += 2) {
        invalidate(c, &(MsmmuInvalidation) {
            .scope = MSMMU_INV_VMID, .vmid = vmid,
        });
    }
    for (unsigned i = 0; i < MANY; i++) {
        if (hit(c, &ctx[i], 0x1000 * i)) {
            g_assert_true(i % 2 && i / 100 % 2);
            hits++;
        }
    }
    /* Of a quarter; some made room for others. */
    g_assert_cmpuint(hits, >=, ENTRIES / 4 * 3 / 4);
    for (unsigned i = 0; i < MANY; i++) {
        msmmu_tlb_release(&c->m, &ctx[i]);
    }
    g_assert_cmpuint(c->retired->len, ==, MANY - TLB_IDLE_REGIMES);
    /* Their places are used again. */
    for (unsigned i = 0; i < MANY; i++) {
        ctx[i] = interned(c, 0, i);
    }
    g_assert_cmpuint(c->m.tlb->regimes->len, <=, MANY + TLB_IDLE_REGIMES);
    cache_free(c);
}

/*
 * A range drops the pages of a group that it has, wherever its regime begins in
 * a set; and of two groups that take turns in one.
 */
static void test_parts_of_a_group(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    uint64_t groups[2] = { 0, ENTRIES };

    while (tlb_place(c->m.tlb, ctx.salt, groups[1], TLB_SIZE_MIN) !=
           tlb_place(c->m.tlb, ctx.salt, 0, TLB_SIZE_MIN)) {
        groups[1] += TLB_WAYS;
    }
    for (unsigned n = 0; n < TLB_WAYS * TLB_WAYS * TLB_WAYS; n++) {
        unsigned turn = n / TLB_WAYS / TLB_WAYS;
        unsigned first = n / TLB_WAYS % TLB_WAYS, last = n % TLB_WAYS;
        uint64_t group = groups[n % G_N_ELEMENTS(groups)] << 12;
        MsmmuInvalidation all = by_va(0, 1, group, group + 0xffff);
        MsmmuInvalidation some = by_va(0, 1, group + (first << 12),
                                       group + (last << 12));

        ctx.regime->salt.turn = turn;
        insert_page(c, &ctx, group + (first << 12), false);
        invalidate(c, &all);
        g_assert_false(hit(c, &ctx, group + (first << 12)));
        for (unsigned page = 0; page < TLB_WAYS; page++) {
            insert_page(c, &ctx, group + page * 0x1000, false);
        }
        if (first <= last) {
            invalidate(c, &some);
        }
        for (unsigned page = 0; page < TLB_WAYS; page++) {
            g_assert_cmpint(hit(c, &ctx, group + page * 0x1000), ==,
                            page < first || page > last);
        }
        invalidate(c, &all);
    }
    cache_free(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/tlb/" claim, function)
    ADD("contexts-alike-share", test_sharing);
    ADD("disabled-table-base-does-not-matter", test_disabled_base_is_ignored);
    ADD("every-field-of-a-context-tells-regimes-apart", test_every_field);
    ADD("contexts-that-differ-never-share", test_not_sharing);
    ADD("idle-regimes-are-bounded", test_idle_regimes);
    ADD("retired-regime-is-not-found", test_retired_regime);
    ADD("retired-regime-does-not-find-what-its-successor-caches",
        test_successor_of_retired_regime);
    ADD("tags-are-whole", test_tags_are_whole);
    ADD("counts-of-what-may-be-gone-are-bounded", test_counts_are_bounded);
    ADD("full-sets-of-others-stay", test_full_sets_of_others);
    ADD("parts-of-a-group-go", test_parts_of_a_group);
    ADD("ten-thousand", test_many);
    ADD("those-of-one-asid-are-charged-for", test_namesakes);
#undef ADD
    return g_test_run();
}
