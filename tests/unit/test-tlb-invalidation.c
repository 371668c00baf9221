/*
 * The translation cache: what each invalidation drops, and what it leaves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "cache.h"

/* ---- Scopes (3.17, 4.4) ---- */

static void test_scopes(void)
{
    enum { VA = 0x4000 };
    /* By the letters of the cases below: which leave it cached */
    static const struct {
        MsmmuWorld world;
        uint16_t vmid, asid;
        bool global;
        const char *stays;
    } entries[] = {
        { MSMMU_WORLD_NS_EL1, 1, 1, false, "wzs" },
        { MSMMU_WORLD_NS_EL1, 1, 2, false, "waxXzs" },
        { MSMMU_WORLD_NS_EL1, 2, 1, false, "wvVaxyXzs" },
        { MSMMU_WORLD_NS_EL2, 0, 0, true, "1vVaxyXs" },
        { MSMMU_WORLD_NS_EL2_E2H, 0, 1, false, "1wvVaxyXzs" },
    };
    static const struct {
        char name;
        MsmmuInvalidation inv;
    } cases[] = {
        { 'L', { .scope = MSMMU_INV_ALL } },
        { '1', { .scope = MSMMU_INV_WORLD, .world = MSMMU_WORLD_NS_EL1 } },
        { 'w', { .scope = MSMMU_INV_WORLD, .world = MSMMU_WORLD_NS_EL2 } },
        { 'v', { .scope = MSMMU_INV_VMID, .vmid = 1 } },
        { 'V', { .scope = MSMMU_INV_VMID_S1, .vmid = 1 } },
        { 'a', { .scope = MSMMU_INV_ASID, .vmid = 1, .asid = 1 } },
        { 'x', { .scope = MSMMU_INV_VA, .vmid = 1, .asid = 1, .first = VA,
                 .last = VA + 0xfff } },
        { 'y', { .scope = MSMMU_INV_VA_ANY_ASID, .vmid = 1, .first = VA,
                 .last = VA + 0xfff } },
        /* All addresses: the same, though every set is looked at. */
        { 'X', { .scope = MSMMU_INV_VA, .vmid = 1, .asid = 1, .first = 0,
                 .last = UINT64_MAX } },
        /* EL2 without ASIDs: whatever ASID the command has (4.4.2.8). */
        { 'z', { .scope = MSMMU_INV_VA, .world = MSMMU_WORLD_NS_EL2,
                 .asid = 77, .first = VA, .last = VA + 0xfff } },
        { 's', { .scope = MSMMU_INV_STREAMS, .first = 0,
                 .last = UINT64_MAX } },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Cache *c = cache_new();
        MsmmuContext ctx[G_N_ELEMENTS(entries)];

        for (unsigned e = 0; e < G_N_ELEMENTS(entries); e++) {
            ctx[e] = context_of(entries[e].vmid, entries[e].asid);
            ctx[e].world = entries[e].world;
            msmmu_tlb_intern(&c->m, &ctx[e]);
            insert_page(c, &ctx[e], VA, entries[e].global);
        }
        invalidate(c, &cases[i].inv);
        for (unsigned e = 0; e < G_N_ELEMENTS(entries); e++) {
            g_test_message("case %c entry %u", cases[i].name, e);
            g_assert_cmpint(hit(c, &ctx[e], VA), ==,
                            strchr(entries[e].stays, cases[i].name) != NULL);
        }
        cache_free(c);
    }
}

/* The same matrix for global and non-global pages of one ASID. */
static void test_global_and_not(void)
{
    enum { OWN = 0x1000, GLOBAL = 0x2000 };
    static const struct {
        const char *name;
        MsmmuInvalidation inv;
        bool own1, global1, own2, global2;
    } cases[] = {
        { "by ASID 1", { .scope = MSMMU_INV_ASID, .asid = 1 },
          false, true, true, true },
        { "by VA and ASID 1 of own", { .scope = MSMMU_INV_VA, .asid = 1,
          .first = OWN, .last = OWN + 0xfff }, false, true, true, true },
        { "by VA and ASID 1 of global", { .scope = MSMMU_INV_VA, .asid = 1,
          .first = GLOBAL, .last = GLOBAL + 0xfff },
          true, false, true, false },
        { "by VA and ASID 3 of global", { .scope = MSMMU_INV_VA, .asid = 3,
          .first = GLOBAL, .last = GLOBAL + 0xfff },
          true, false, true, false },
        { "by VA and ASID 3 of own", { .scope = MSMMU_INV_VA, .asid = 3,
          .first = OWN, .last = OWN + 0xfff }, true, true, true, true },
        { "by VA, any ASID, of own", { .scope = MSMMU_INV_VA_ANY_ASID,
          .first = OWN, .last = OWN + 0xfff }, false, true, false, true },
        { "by VA, any ASID, of global", { .scope = MSMMU_INV_VA_ANY_ASID,
          .first = GLOBAL, .last = GLOBAL + 0xfff },
          true, false, true, false },
        { "all VAs of ASID 1", { .scope = MSMMU_INV_VA, .asid = 1,
          .last = UINT64_MAX }, false, false, true, false },
        { "VMID 0", { .scope = MSMMU_INV_VMID }, false, false, false, false },
        { "VMID 0, stage 1", { .scope = MSMMU_INV_VMID_S1 },
          false, false, false, false },
        { "VMID 1", { .scope = MSMMU_INV_VMID, .vmid = 1 },
          true, true, true, true },
        { "IPA", { .scope = MSMMU_INV_IPA, .last = UINT64_MAX },
          true, true, true, true },
        { "all", { .scope = MSMMU_INV_ALL }, false, false, false, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Cache *c = cache_new();
        MsmmuContext ctx1 = interned(c, 0, 1);
        MsmmuContext ctx2 = interned(c, 0, 2);

        g_test_message("%s", cases[i].name);
        insert_page(c, &ctx1, OWN, false);
        insert_page(c, &ctx1, GLOBAL, true);
        insert_page(c, &ctx2, OWN, false);
        insert_page(c, &ctx2, GLOBAL, true);
        invalidate(c, &cases[i].inv);
        g_assert_cmpint(hit(c, &ctx1, OWN), ==, cases[i].own1);
        g_assert_cmpint(hit(c, &ctx1, GLOBAL), ==, cases[i].global1);
        g_assert_cmpint(hit(c, &ctx2, OWN), ==, cases[i].own2);
        g_assert_cmpint(hit(c, &ctx2, GLOBAL), ==, cases[i].global2);
        cache_free(c);
    }
}

/* ---- Addresses ---- */

static void test_any_address_of_a_leaf(void)
{
    for (unsigned s = 0; s < LEAF_SIZES; s++) {
        for (unsigned upper = 0; upper < 2; upper++) {
            uint64_t size = UINT64_C(1) << leaf_sizes[s].log2;
            uint64_t va = (upper ? UINT64_C(0xffff800000000000) : 0) +
                          5 * size;
            static const int where[] = { -1, 0, 1, 2, 3 };

            for (unsigned w = 0; w < G_N_ELEMENTS(where); w++) {
                Cache *c = cache_new();
                MsmmuContext ctx = interned(c, 0, 1);
                MsmmuTranslation t = leaf(s, va, 0);
                uint64_t at = where[w] == -1 ? va - 1 :
                              where[w] == 0 ? va :
                              where[w] == 1 ? va + size / 2 :
                              where[w] == 2 ? va + size - 1 : va + size;
                MsmmuInvalidation inv = by_va(0, 1, at, at);

                insert(c, &ctx, &t);
                invalidate(c, &inv);
                g_assert_cmpint(hit(c, &ctx, va), ==,
                                where[w] == -1 || where[w] == 3);
                cache_free(c);
            }
        }
    }
}

/*
 * A stage 1 block over smaller stage 2 pages is cached in fragments: all go
 * with any address of the block, and with TTL = 2 too.
 */
static void test_fragments(void)
{
    static const struct {
        unsigned leaf_level;
        uint64_t leaf_bytes;
        unsigned fragments;
    } cases[] = {
        { 2, 0x200000, 512 },
        { 1, 0x40000000, 2000 },    /* of 262144: looks at every set */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned ttl = 0; ttl < 2; ttl++) {
            Cache *c = cache_new();
            MsmmuContext ctx = interned(c, 0, 1);
            uint64_t block = 4 * cases[i].leaf_bytes;
            uint64_t step = cases[i].leaf_bytes / cases[i].fragments &
                            ~UINT64_C(0xfff);
            uint64_t at = block + 123 * step + 0x10;
            MsmmuInvalidation inv = by_va(0, 1, at, at);
            unsigned before = 0;

            for (unsigned n = 0; n < cases[i].fragments; n++) {
                MsmmuTranslation t = page(block + n * step, n * 0x5000);

                t.leaf_level = cases[i].leaf_level;
                insert(c, &ctx, &t);
                t.first_va += cases[i].leaf_bytes;
                insert(c, &ctx, &t);
            }
            for (unsigned n = 0; n < cases[i].fragments; n++) {
                before += hit(c, &ctx, block + cases[i].leaf_bytes +
                                       n * step);
            }
            g_assert_cmpuint(before, >=, cases[i].fragments * 3 / 4);
            if (ttl) {
                inv.granule_shift = 12;
                inv.ttl = cases[i].leaf_level;
            }
            invalidate(c, &inv);
            for (unsigned n = 0; n < cases[i].fragments; n++) {
                g_assert_false(hit(c, &ctx, block + n * step));
                before -= hit(c, &ctx, block + cases[i].leaf_bytes +
                                       n * step);
            }
            /* The next block is whole. */
            g_assert_cmpuint(before, ==, 0);
            cache_free(c);
        }
    }
}

static void test_hints(void)
{
    static const uint8_t granule_shift[] = { 12, 14, 16 };

    for (unsigned s = 0; s < LEAF_SIZES; s++) {
        for (unsigned g = 0; g < 3; g++) {
            for (unsigned ttl = 0; ttl <= 3; ttl++) {
                Cache *c = cache_new();
                MsmmuContext ctx = interned(c, 0, 1);
                MsmmuTranslation t = leaf(s, 0, 0);
                MsmmuInvalidation inv = by_va(0, 1, 0, 0xfff);
                bool fits = leaf_sizes[s].granule == (MsmmuGranule)g &&
                            (ttl == 0 || ttl == leaf_sizes[s].level);

                insert(c, &ctx, &t);
                inv.granule_shift = granule_shift[g];
                inv.ttl = ttl;
                invalidate(c, &inv);
                g_assert_cmpint(hit(c, &ctx, 0), ==, !fits);
                cache_free(c);
            }
        }
    }
}

static void test_ranges(void)
{
    static const struct {
        unsigned first, count;
    } cases[] = {
        { 10, 1 }, { 15, 2 }, { 16, 16 }, { 5, 3 }, { 0, 64 },
        { 100, 992 }, { 0, 1023 }, { 5, 1024 },
        { 7, 1025 }, { 3, 1900 }, { 0, 2000 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Cache *c = cache_new();
        MsmmuContext ctx = interned(c, 0, 1);
        MsmmuContext other = interned(c, 0, 2);
        uint64_t first = cases[i].first * UINT64_C(0x1000);
        MsmmuInvalidation inv =
            by_va(0, 1, first, first + cases[i].count * 0x1000 - 1);
        bool cached[2000];
        unsigned all = 0;

        for (unsigned n = 0; n < 2000; n++) {
            insert_page(c, &ctx, n * 0x1000, false);
        }
        for (unsigned n = 0; n < 16; n++) {
            insert_page(c, &other, n * 0x1000, false);
        }
        for (unsigned n = 0; n < 2000; n++) {
            cached[n] = hit(c, &ctx, n * 0x1000);
            all += cached[n];
        }
        g_assert_cmpuint(all, >=, 1990);
        invalidate(c, &inv);
        for (unsigned n = 0; n < 2000; n++) {
            bool in = n >= cases[i].first &&
                      n < cases[i].first + cases[i].count;

            g_assert_cmpint(hit(c, &ctx, n * 0x1000), ==, !in && cached[n]);
        }
        for (unsigned n = 0; n < 16; n++) {
            g_assert_true(hit(c, &other, n * 0x1000));
        }
        cache_free(c);
    }
}

/* ---- Against a model ---- */

enum { MODEL_SLOTS = 16, MODEL_ROUNDS = 8000 };

/* What can be mistaken for one another. */
static const struct {
    CacheKind kind;
    uint16_t vmid;
    uint16_t asid;
} model_contexts[] = {
    { KIND_STAGE1, 1, 1 }, { KIND_STAGE1, 1, 2 }, { KIND_STAGE1, 2, 1 },
    { KIND_NESTED, 1, 1 }, { KIND_STAGE2, 1, 0 }, { KIND_STAGE2, 2, 0 },
};

#define MODEL_CONTEXTS G_N_ELEMENTS(model_contexts)

/* Of each context, one leaf or fragment of one in each 256 MiB. */
typedef struct Model {
    bool cached;
    uint64_t leaf_bytes;
    MsmmuTranslation t;
} Model;

static bool model_fits(const MsmmuInvalidation *inv, const Model *entry)
{
    static const uint8_t shift[] = { 12, 14, 16 };
    uint64_t first = entry->t.first_va & -entry->leaf_bytes;

    return first <= inv->last && first + entry->leaf_bytes - 1 >= inv->first &&
        (!inv->granule_shift ||
         inv->granule_shift == shift[entry->t.granule]) &&
        (!inv->ttl || inv->ttl == entry->t.leaf_level);
}

static bool model_named(const MsmmuInvalidation *inv, unsigned context,
                        const Model *entry)
{
    bool stage1 = model_contexts[context].kind != KIND_STAGE2;
    bool vmid = inv->vmid == model_contexts[context].vmid;
    bool asid = inv->asid == model_contexts[context].asid;

    switch (inv->scope) {
    case MSMMU_INV_ASID:
        return stage1 && vmid && asid && !entry->t.global;
    case MSMMU_INV_VA:
        return stage1 && vmid && (asid || entry->t.global) &&
            model_fits(inv, entry);
    case MSMMU_INV_VA_ANY_ASID:
        return stage1 && vmid && model_fits(inv, entry);
    case MSMMU_INV_IPA:
        return !stage1 && vmid && model_fits(inv, entry);
    case MSMMU_INV_VMID_S1:
        return stage1 && vmid;
    case MSMMU_INV_VMID:
        return vmid;
    default:
        return true;
    }
}

static MsmmuInvalidation random_invalidation(void)
{
    static const MsmmuInvalidationScope scopes[] = {
        MSMMU_INV_VA, MSMMU_INV_VA, MSMMU_INV_VA, MSMMU_INV_VA,
        MSMMU_INV_VA_ANY_ASID, MSMMU_INV_VA_ANY_ASID, MSMMU_INV_IPA,
        MSMMU_INV_IPA, MSMMU_INV_ASID, MSMMU_INV_VMID_S1, MSMMU_INV_VMID,
        MSMMU_INV_ALL,
    };
    static const uint8_t granule_shift[] = { 0, 0, 12, 12, 14, 16 };
    uint64_t first = (uint64_t)g_test_rand_int_range(0, 1 << 20) << 12;
    MsmmuInvalidation inv = {
        .scope = scopes[g_test_rand_int_range(0, G_N_ELEMENTS(scopes))],
        .asid = g_test_rand_int_range(1, 3),
        .vmid = g_test_rand_int_range(1, 3),
        .first = first,
        .last = first + 0xfff,
        .granule_shift = granule_shift[g_test_rand_int_range(0, 6)],
    };

    if (inv.granule_shift && g_test_rand_bit()) {
        inv.ttl = g_test_rand_int_range(1, 4);
    }
    if (g_test_rand_bit()) {
        inv.last += (uint64_t)g_test_rand_int_range(0, 1 << 18) << 12;
    }
    return inv;
}

/* One of up to 32 MiB; nested, perhaps a 4 KiB fragment of one. */
static void random_entry(Model *entry, unsigned context, unsigned slot)
{
    static const unsigned sizes[] = { 0, 0, 1, 3, 4, 5 };
    unsigned s = sizes[g_test_rand_int_range(0, 6)];
    uint64_t va = ((uint64_t)slot << 28) + g_test_rand_int_range(0, 1 << 28);
    uint64_t pa = (uint64_t)g_test_rand_int() << 20;

    entry->t = leaf(s, va, pa);
    entry->leaf_bytes = UINT64_C(1) << leaf_sizes[s].log2;
    if (model_contexts[context].kind == KIND_NESTED && g_test_rand_bit()) {
        entry->t.first_va = va & ~UINT64_C(0xfff);
        entry->t.size_log2 = 12;
    }
    entry->t.global = model_contexts[context].kind != KIND_STAGE2 &&
                      g_test_rand_int_range(0, 4) == 0;
    entry->cached = true;
}

/* What is dropped is what is named: not less, and not more. */
static void test_model(void)
{
    Cache *c = cache_new();
    MsmmuContext ctx[MODEL_CONTEXTS];
    Model model[MODEL_CONTEXTS][MODEL_SLOTS] = { 0 };
    unsigned lost = 0, kept = 0, dropped = 0;

    for (unsigned i = 0; i < MODEL_CONTEXTS; i++) {
        ctx[i] = context_of_kind(model_contexts[i].kind,
                                 model_contexts[i].vmid,
                                 model_contexts[i].asid);
        msmmu_tlb_intern(&c->m, &ctx[i]);
    }
    for (unsigned round = 0; round < MODEL_ROUNDS; round++) {
        MsmmuInvalidation inv = random_invalidation();

        for (unsigned n = 0; n < 4; n++) {
            unsigned i = g_test_rand_int_range(0, MODEL_CONTEXTS);
            unsigned slot = g_test_rand_int_range(0, MODEL_SLOTS);
            Model *entry = &model[i][slot];

            if (!entry->cached) {
                random_entry(entry, i, slot);
                insert(c, &ctx[i], &entry->t);
            }
        }
        invalidate(c, &inv);
        for (unsigned n = 0; n < MODEL_CONTEXTS * MODEL_SLOTS; n++) {
            unsigned i = n / MODEL_SLOTS;
            Model *entry = &model[i][n % MODEL_SLOTS];
            MsmmuTranslation t;
            bool found;

            if (!entry->cached) {
                continue;
            }
            found = msmmu_tlb_lookup(&c->m, &ctx[i], entry->t.first_va, &t);
            entry->cached = found;
            if (model_named(&inv, i, entry)) {
                g_assert_false(found);
                dropped++;
            } else if (found) {
                g_assert_cmphex(t.first_pa, ==, entry->t.first_pa);
                g_assert_cmpuint(t.size_log2, ==, entry->t.size_log2);
                kept++;
            } else {
                lost++;                 /* replaced */
            }
        }
    }
    g_test_message("%u found, %u dropped, %u replaced", kept, dropped, lost);
    g_assert_cmpuint(kept, >, MODEL_ROUNDS);
    g_assert_cmpuint(dropped, >, MODEL_ROUNDS / 2);
    g_assert_cmpuint(lost, <, MODEL_ROUNDS / 1000);
    cache_free(c);
}

/*
 * The same of neighbours, which share sets: pages of four regimes, some global,
 * some of them fragments, in so few addresses that every kind of set comes
 * about, is emptied, and is filled by others.
 */
enum { NEAR_PAGES = 96, NEAR_ROUNDS = 6000, NEAR_REGIMES = 4 };

typedef struct Near {
    Cache *c;
    MsmmuContext ctx[NEAR_REGIMES];
    Model model[NEAR_REGIMES][NEAR_PAGES];
} Near;

/* Of page @n of regime @i; a fragment is of the 2 MiB around it. */
static MsmmuTranslation near_page(unsigned i, unsigned n)
{
    MsmmuTranslation t = page(n << 12, (uint64_t)g_test_rand_int() << 12);

    t.global = g_test_rand_int_range(0, 8) == 0;
    if (model_contexts[i].kind == KIND_NESTED && g_test_rand_bit()) {
        t.leaf_level = 2;
    }
    return t;
}

static void near_fill(Near *near)
{
    unsigned i = g_test_rand_int_range(0, NEAR_REGIMES);
    unsigned first = g_test_rand_int_range(0, NEAR_PAGES);
    unsigned count = g_test_rand_bit() ? NEAR_PAGES :
                     g_test_rand_int_range(1, 40);

    for (unsigned n = first; n < MIN(first + count, NEAR_PAGES); n++) {
        Model *entry = &near->model[i][n];

        if (!entry->cached) {
            entry->t = near_page(i, n);
            entry->leaf_bytes = entry->t.leaf_level == 2 ? 0x200000 : 0x1000;
            entry->cached = true;
            insert(near->c, &near->ctx[i], &entry->t);
        }
    }
}

static MsmmuInvalidation near_invalidation(void)
{
    MsmmuInvalidation inv = random_invalidation();
    uint64_t first = g_test_rand_int_range(0, NEAR_PAGES);
    uint64_t pages = g_test_rand_bit() ? 1 : g_test_rand_int_range(1, 70);

    inv.first = first << 12 | (g_test_rand_bit() ? 0x123 : 0);
    inv.last = inv.first + (pages << 12) - 1;
    if (pages == 1 && g_test_rand_bit()) {
        inv.last = inv.first | 0xfff;
    }
    return inv;
}

static bool near_lookup(Near *near, unsigned i, const Model *entry)
{
    MsmmuTranslation t;
    bool found = msmmu_tlb_lookup(&near->c->m, &near->ctx[i],
                                  entry->t.first_va, &t);

    if (found) {
        g_assert_cmphex(t.first_pa, ==, entry->t.first_pa);
    }
    return found;
}

/* What was replaced is no more. */
static void near_look(Near *near)
{
    for (unsigned n = 0; n < NEAR_REGIMES * NEAR_PAGES; n++) {
        Model *entry = &near->model[n / NEAR_PAGES][n % NEAR_PAGES];

        entry->cached = entry->cached &&
                        near_lookup(near, n / NEAR_PAGES, entry);
    }
}

static void near_check(Near *near, const MsmmuInvalidation *inv,
                       unsigned *kept, unsigned *dropped)
{
    for (unsigned n = 0; n < NEAR_REGIMES * NEAR_PAGES; n++) {
        unsigned i = n / NEAR_PAGES;
        Model *entry = &near->model[i][n % NEAR_PAGES];

        if (entry->cached) {
            bool named = model_named(inv, i, entry);

            entry->cached = near_lookup(near, i, entry);
            g_assert_cmpint(entry->cached, ==, !named);
            *kept += !named;
            *dropped += named;
        }
    }
}

static void test_neighbours(void)
{
    /* Two share all of their sets, though at different ways. */
    static const TlbSalt salts[NEAR_REGIMES] = {
        { 0, 0 }, { 0, 5 }, { 100 * TLB_WAYS, 10 }, { 200 * TLB_WAYS, 1 },
    };
    Near near = { .c = cache_new() };
    unsigned kept = 0, dropped = 0;

    for (unsigned i = 0; i < NEAR_REGIMES; i++) {
        near.ctx[i] = context_of_kind(model_contexts[i].kind,
                                      model_contexts[i].vmid,
                                      model_contexts[i].asid);
        msmmu_tlb_intern(&near.c->m, &near.ctx[i]);
        near.ctx[i].regime->salt = salts[i];
    }
    for (unsigned round = 0; round < NEAR_ROUNDS; round++) {
        MsmmuInvalidation inv = near_invalidation();

        near_fill(&near);
        near_look(&near);
        invalidate(near.c, &inv);
        near_check(&near, &inv, &kept, &dropped);
    }
    g_test_message("%u found, %u dropped", kept, dropped);
    g_assert_cmpuint(kept, >, NEAR_ROUNDS);
    g_assert_cmpuint(dropped, >, NEAR_ROUNDS);
    cache_free(near.c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/tlb/" claim, function)
    ADD("scopes", test_scopes);
    ADD("global-goes-by-va-whatever-the-asid-and-stays-by-asid",
        test_global_and_not);
    ADD("any-address-of-a-leaf-drops-it", test_any_address_of_a_leaf);
    ADD("all-fragments-of-a-stage-1-leaf-go", test_fragments);
    ADD("ttl-and-tg-leave-other-leaves", test_hints);
    ADD("ranges", test_ranges);
    ADD("drops-what-is-named-and-no-more", test_model);
    ADD("drops-what-is-named-of-neighbours", test_neighbours);
#undef ADD
    return g_test_run();
}
