/*
 * The translation cache: entries, who shares them, what time does to them, and
 * which make room for others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cache.h"

/* ---- Entries ---- */

static void test_sizes(void)
{
    static const uint64_t vas[] = {
        0, UINT64_C(0x123456789abc), UINT64_C(0xffff923456789abc),
        UINT64_MAX,
    };
    Cache *c = cache_new();

    for (unsigned s = 0; s < LEAF_SIZES; s++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(vas); i++) {
            MsmmuContext ctx = interned(c, s, i);
            MsmmuTranslation in = leaf(s, vas[i], UINT64_C(0xf7edcba98000));
            MsmmuTranslation out;
            uint64_t last = in.first_va +
                            (UINT64_C(1) << leaf_sizes[s].log2) - 1;

            in.global = i & 1;
            in.contiguous = i & 2;
            in.perms[0] = i;
            in.attributes.memory_type = 0x40 + i;
            in.attributes.shareability = i == 1 ? 0 : i;
            g_assert_false(hit(c, &ctx, vas[i]));
            insert(c, &ctx, &in);
            g_assert_true(msmmu_tlb_lookup(&c->m, &ctx, vas[i], &out));
            g_assert_cmphex(out.first_va, ==, in.first_va);
            g_assert_cmphex(out.first_pa, ==, in.first_pa);
            g_assert_cmpuint(out.size_log2, ==, in.size_log2);
            g_assert_cmpuint(out.leaf_level, ==, in.leaf_level);
            g_assert_cmpint(out.granule, ==, in.granule);
            g_assert_cmpint(out.global, ==, in.global);
            g_assert_cmpint(out.contiguous, ==, in.contiguous);
            g_assert_cmphex(out.perms[0], ==, in.perms[0]);
            g_assert_cmphex(out.perms[1], ==, in.perms[1]);
            g_assert_cmphex(out.attributes.memory_type, ==,
                            in.attributes.memory_type);
            g_assert_cmphex(out.attributes.shareability, ==,
                            in.attributes.shareability);
            g_assert_false(out.attributes.from_device);
            g_assert_true(hit(c, &ctx, in.first_va));
            g_assert_true(hit(c, &ctx, last));
            g_assert_false(hit(c, &ctx, in.first_va - 1));
            g_assert_false(hit(c, &ctx, last + 1));
        }
    }
    cache_free(c);
}

static void test_tbi(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx = context_of(0, 1);

    ctx.ttb[1].top_byte_ignored = true;
    msmmu_tlb_intern(&c->m, &ctx);
    insert_page(c, &ctx, UINT64_C(0xffffff0000001000), false);
    insert_page(c, &ctx, 0x1000, false);
    g_assert_true(hit(c, &ctx, UINT64_C(0x12ffff0000001000)));
    g_assert_false(hit(c, &ctx, UINT64_C(0x1200000000001000)));
    cache_free(c);
}

/* ---- Regimes ---- */

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
    b.ttb[1] = (MsmmuTableBase) { .disabled = true };
    msmmu_tlb_intern(&c->m, &a);
    msmmu_tlb_intern(&c->m, &b);
    g_assert_true(a.regime == b.regime);
    cache_free(c);
}

static void test_not_sharing(void)
{
    Cache *c = cache_new();
    MsmmuContext variants[21];
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(variants); i++) {
        variants[i] = context_of(0, 1);
    }
    n++;
    variants[n++].asid = 2;
    variants[n++].vmid = 1;
    variants[n++].world = MSMMU_WORLD_NS_EL2;
    variants[n++].s1.output_bits = 40;
    variants[n++].s1.big_endian = true;
    variants[n++].s1.access_flag_off = true;
    variants[n++].write_execute_never = true;
    variants[n++].privileged_access_never = true;
    variants[n++].enhanced_pan = true;
    variants[n++].mair = 1;
    for (unsigned x = 0; x < 2; x++) {
        variants[n++].ttb[x].disabled = true;
        variants[n++].ttb[x].granule = MSMMU_16K;
        variants[n++].ttb[x].input_bits = 47;
        variants[n++].ttb[x].hierarchical_off = true;
        variants[n++].ttb[x].table_pa = 0x3000;
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(variants));
    for (unsigned i = 0; i < n; i++) {
        msmmu_tlb_intern(&c->m, &variants[i]);
    }
    for (unsigned i = 0; i < n; i++) {
        /* Global entries are not shared either. */
        insert_page(c, &variants[i], 0x1000, i & 1);
        for (unsigned j = i + 1; j < n; j++) {
            g_assert_true(variants[i].regime != variants[j].regime);
            g_assert_false(hit(c, &variants[j], 0x1000));
        }
    }
    cache_free(c);
}

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

/* ---- Time ---- */

static void test_epoch(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    MsmmuContext other = interned(c, 0, 2);
    MsmmuTranslation t = page(0x1000, 0x5000);
    MsmmuInvalidation scopes[] = {
        by_va(0, 1, 0x9000, 0x9fff),
        { .scope = MSMMU_INV_ASID, .asid = 1 },
        { .scope = MSMMU_INV_VMID },
        { .scope = MSMMU_INV_VA_ANY_ASID, .last = UINT64_MAX },
        { .scope = MSMMU_INV_WORLD },
        { .scope = MSMMU_INV_ALL },
    };
    MsmmuInvalidation unrelated = { .scope = MSMMU_INV_ASID, .asid = 2 };
    uint64_t epoch;

    for (unsigned i = 0; i < G_N_ELEMENTS(scopes); i++) {
        epoch = epoch_of(c, &ctx);
        invalidate(c, &scopes[i]);
        msmmu_tlb_insert(&c->m, &ctx, &t, epoch);
        g_assert_false(hit(c, &ctx, 0x1000));
    }
    epoch = epoch_of(c, &ctx);
    invalidate(c, &unrelated);
    msmmu_tlb_insert(&c->m, &ctx, &t, epoch);
    g_assert_true(hit(c, &ctx, 0x1000));
    g_assert_false(hit(c, &other, 0x1000));
    cache_free(c);
}

/*
 * TLBI by VA is about global entries whatever their ASID (4.4.2.4), and so
 * about those that a walk is about to find.
 */
static void test_epoch_of_global(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx = interned(c, 0, 1);
    MsmmuTranslation t = page(0x1000, 0x5000);
    MsmmuInvalidation inv = by_va(0, 2, 0x1000, 0x1fff);
    uint64_t epoch = epoch_of(c, &ctx);

    t.global = true;
    invalidate(c, &inv);
    msmmu_tlb_insert(&c->m, &ctx, &t, epoch);
    g_assert_false(hit(c, &ctx, 0x1000));

    /* Others are not concerned. */
    t.global = false;
    msmmu_tlb_insert(&c->m, &ctx, &t, epoch);
    g_assert_true(hit(c, &ctx, 0x1000));
    cache_free(c);
}

/*
 * Tables of a configuration that is no more may change without a TLBI. What a
 * late walk found in them is of no use to the next such configuration.
 */
static void test_walk_outlives_configuration(void)
{
    Cache *c = cache_new();
    MsmmuContext old = interned(c, 0, 1), fresh;
    MsmmuTranslation t = page(0x1000, 0x5000);
    uint64_t epoch = epoch_of(c, &old);

    /* It ends before there is another. */
    msmmu_tlb_release(&c->m, &old);
    msmmu_tlb_insert(&c->m, &old, &t, epoch);
    fresh = interned(c, 0, 1);
    g_assert_false(hit(c, &fresh, 0x1000));

    /* It ends when there is another. */
    msmmu_tlb_release(&c->m, &fresh);
    epoch = epoch_of(c, &fresh);
    fresh = interned(c, 0, 1);
    msmmu_tlb_insert(&c->m, &old, &t, epoch);
    g_assert_false(hit(c, &fresh, 0x1000));

    /* One configuration of two is enough. */
    old = interned(c, 0, 1);
    epoch = epoch_of(c, &old);
    msmmu_tlb_release(&c->m, &old);
    msmmu_tlb_insert(&c->m, &old, &t, epoch);
    g_assert_true(hit(c, &fresh, 0x1000));
    cache_free(c);
}

/* Nor does a retired regime find what has its tags when they start again. */
static void test_tags_of_retired_regime(void)
{
    Cache *c = cache_new();
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    MsmmuContext old = interned(c, 0, 1), fresh;

    for (unsigned i = 0; i < 50; i++) {
        invalidate(c, &inv);
    }
    msmmu_tlb_release(&c->m, &old);
    for (unsigned asid = 2; !c->retired->len; asid++) {
        MsmmuContext other = interned(c, 0, asid);

        msmmu_tlb_release(&c->m, &other);
    }
    c->m.tlb->next_tag = UINT32_MAX - 1;
    fresh = interned(c, 0, 1);
    fresh.regime->salt = old.regime->salt;
    for (unsigned i = 0; i < 200; i++) {
        insert_page(c, &fresh, 0x1000, false);
        g_assert_true(hit(c, &fresh, 0x1000));
        g_assert_false(hit(c, &old, 0x1000));
        invalidate(c, &inv);
    }
    cache_free(c);
}

/* Numbers for tags run out: nothing old is found, and all goes on. */
static void test_tags_start_again(void)
{
    Cache *c = cache_new();
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    MsmmuContext ctx[8];

    for (unsigned i = 0; i < 8; i++) {
        ctx[i] = interned(c, 0, i);
        insert_page(c, &ctx[i], 0x1000 * i, i & 1);
    }
    c->m.tlb->next_tag = UINT32_MAX - 5;
    for (unsigned round = 0; round < 20; round++) {
        invalidate(c, &inv);
        g_assert_false(hit(c, &ctx[1], 0x2000));
        for (unsigned i = 0; i < 8; i++) {
            for (unsigned j = 0; j < 8; j++) {
                g_assert_true(i == j || !hit(c, &ctx[i], 0x1000 * j));
            }
        }
        insert_page(c, &ctx[1], 0x2000, false);
        g_assert_true(hit(c, &ctx[1], 0x2000));
        invalidate(c, &(MsmmuInvalidation) { .scope = MSMMU_INV_ALL });
        g_assert_false(hit(c, &ctx[1], 0x2000));
        insert_page(c, &ctx[1], 0x2000, false);
    }
    g_assert_cmpuint(c->m.tlb->next_tag, <, 1000);
    cache_free(c);
}

/* ---- Replacement ---- */

static void test_capacity(void)
{
    Cache *c = cache_new();
    MsmmuInvalidation inv = { .scope = MSMMU_INV_ASID, .asid = 1 };
    MsmmuContext ctx = interned(c, 0, 1);
    unsigned hits = 0;

    /* Dense pages fill it exactly, also where dropped ones are in the way. */
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned n = 0; n < ENTRIES / 2; n++) {
            insert_page(c, &ctx, n * 0x1000, false);
        }
        for (unsigned n = 0; n < ENTRIES / 2; n++) {
            hits += hit(c, &ctx, n * 0x1000);
        }
        invalidate(c, &inv);
    }
    g_assert_cmpuint(hits, >=, 3 * ENTRIES / 2 * 99 / 100);

    /* Going round more pages than fit does not evict them all. */
    hits = 0;
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned n = 0; n < ENTRIES * 5 / 4; n++) {
            if (hit(c, &ctx, n * 0x1000)) {
                hits += round >= 2;
            } else {
                insert_page(c, &ctx, n * 0x1000, false);
            }
        }
    }
    g_test_message("%u hits", hits);
    g_assert_cmpuint(hits, >=, ENTRIES * 5 / 4 * 4 / 4);
    cache_free(c);
}

/* Streams that use the same addresses do not fight for the same sets. */
static void test_many_asids(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx[64];
    unsigned hits = 0;

    for (unsigned i = 0; i < 64; i++) {
        ctx[i] = interned(c, 0, i);
        for (unsigned n = 0; n < 16; n++) {
            insert_page(c, &ctx[i], 0xffff0000 + n * 0x1000, false);
        }
    }
    for (unsigned i = 0; i < 64; i++) {
        for (unsigned n = 0; n < 16; n++) {
            hits += hit(c, &ctx[i], 0xffff0000 + n * 0x1000);
        }
    }
    g_assert_cmpuint(hits, >=, 64 * 16 * 9 / 10);
    cache_free(c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/tlb/" claim, function)
    ADD("entries-of-every-size-come-back-as-they-went-in", test_sizes);
    ADD("tags-of-addresses-are-ignored-per-half", test_tbi);
    ADD("contexts-alike-share", test_sharing);
    ADD("disabled-table-base-does-not-matter", test_disabled_base_is_ignored);
    ADD("contexts-that-differ-never-share", test_not_sharing);
    ADD("idle-regimes-are-bounded", test_idle_regimes);
    ADD("retired-regime-is-not-found", test_retired_regime);
    ADD("walks-overtaken-by-an-invalidation-are-not-cached", test_epoch);
    ADD("global-entries-overtaken-by-another-asids-tlbi-are-not-cached",
        test_epoch_of_global);
    ADD("walks-that-outlive-their-configuration-are-not-cached",
        test_walk_outlives_configuration);
    ADD("retired-regime-finds-nothing-when-tags-start-again",
        test_tags_of_retired_regime);
    ADD("tags-start-again", test_tags_start_again);
    ADD("capacity", test_capacity);
    ADD("same-addresses-in-many-asids", test_many_asids);
#undef ADD
    return g_test_run();
}
