/*
 * The translation cache: entries, what time does to them, and which make room
 * for others.
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

/*
 * Each of these is O(1): what it names gets fresh tags when it is used next. No
 * tag is used twice, however often and in whatever order that is.
 */
static void test_fresh_tags(void)
{
    MsmmuInvalidation scopes[] = {
        { .scope = MSMMU_INV_ASID, .asid = 1 },
        { .scope = MSMMU_INV_VMID },
        { .scope = MSMMU_INV_VMID_S1 },
        { .scope = MSMMU_INV_WORLD },
        { .scope = MSMMU_INV_ALL },
    };
    Cache *c = cache_new();
    MsmmuContext one = interned(c, 0, 1);
    MsmmuContext other = interned(c, 7, 1);

    for (unsigned i = 0; i < 200; i++) {
        const MsmmuInvalidation *inv = &scopes[i % G_N_ELEMENTS(scopes)];
        bool all = inv->scope == MSMMU_INV_ALL ||
                   inv->scope == MSMMU_INV_WORLD;

        insert_page(c, &one, 0x1000, i & 1);
        insert_page(c, &other, 0x1000, i & 1);
        invalidate(c, inv);
        /* Some are not used until the next one. */
        if (i % 3) {
            g_assert_cmpint(hit(c, &one, 0x1000), ==,
                            inv->scope == MSMMU_INV_ASID && (i & 1));
            g_assert_cmpint(hit(c, &other, 0x1000), ==, !all);
        }
    }
    cache_free(c);
}

/* Nothing of what was dropped that way is ever found again. */
static void test_marks_pile_up(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx[3] = {
        interned(c, 1, 1), interned(c, 1, 2), interned(c, 2, 1),
    };

    for (unsigned i = 0; i < 3; i++) {
        insert_page(c, &ctx[i], 0x1000, false);
    }
    for (unsigned i = 0; i < 5; i++) {
        invalidate(c, &(MsmmuInvalidation) {
            .scope = MSMMU_INV_VMID, .vmid = i & 1 ? 1 : 3,
        });
    }
    g_assert_false(hit(c, &ctx[0], 0x1000));
    insert_page(c, &ctx[0], 0x1000, false);
    g_assert_false(hit(c, &ctx[1], 0x1000));
    g_assert_true(hit(c, &ctx[0], 0x1000));
    g_assert_true(hit(c, &ctx[2], 0x1000));
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
    ADD("walks-overtaken-by-an-invalidation-are-not-cached", test_epoch);
    ADD("global-entries-overtaken-by-another-asids-tlbi-are-not-cached",
        test_epoch_of_global);
    ADD("walks-that-outlive-their-configuration-are-not-cached",
        test_walk_outlives_configuration);
    ADD("whole-address-spaces-get-fresh-tags", test_fresh_tags);
    ADD("whole-address-spaces-are-dropped-before-they-are-used",
        test_marks_pile_up);
    ADD("capacity", test_capacity);
    ADD("same-addresses-in-many-asids", test_many_asids);
#undef ADD
    return g_test_run();
}
