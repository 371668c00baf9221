/*
 * A translation cache alone, for its tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cache.h"
#include "commands.h"

static void op_retire(void *opaque, void *p)
{
    Cache *c = opaque;

    g_ptr_array_add(c->retired, p);
}

static void op_unmap(G_GNUC_UNUSED void *opaque,
                     G_GNUC_UNUSED const MsmmuInvalidation *inv)
{
}

static void op_guest_error(G_GNUC_UNUSED void *opaque,
                           G_GNUC_UNUSED const char *line)
{
}

Cache *cache_new(void)
{
    Cache *c = g_new0(Cache, 1);

    /* IDR0: S2P, S1P, TTF, Hyp, ASID16, VMID16; IDR3.RIL; IDR5: DS, GRAN* */
    c->m.regs.idr[0] = 0x4120b;
    c->m.regs.idr[3] = 0x400;
    c->m.regs.idr[5] = 0xf0;
    c->ops.retire = op_retire;
    c->ops.unmap = op_unmap;
    c->ops.guest_error = op_guest_error;
    c->retired = g_ptr_array_new_with_free_func(g_free);
    c->m.ops = &c->ops;
    c->m.opaque = c;
    c->m.config.tlb_entries = ENTRIES;
    msmmu_tlb_init(&c->m);
    return c;
}

void cache_free(Cache *c)
{
    msmmu_tlb_free(&c->m);
    g_ptr_array_unref(c->retired);
    g_free(c);
}

MsmmuContext context_of(uint16_t vmid, uint16_t asid)
{
    return (MsmmuContext) {
        .stage1 = true,
        .world = MSMMU_WORLD_NS_EL1,
        .vmid = vmid,
        .asid = asid,
        .ttb = {
            { .granule = MSMMU_4K, .input_bits = 48, .table_pa = 0x1000 },
            { .granule = MSMMU_4K, .input_bits = 48, .table_pa = 0x2000 },
        },
        .s1.output_bits = 48,
    };
}

MsmmuContext context_of_kind(CacheKind kind, uint16_t vmid, uint16_t asid)
{
    MsmmuContext ctx = context_of(vmid, asid);

    ctx.stage1 = kind != KIND_STAGE2;
    ctx.stage2 = kind == KIND_STAGE2 || kind == KIND_NESTED;
    if (kind == KIND_EL2) {
        ctx.world = MSMMU_WORLD_NS_EL2;
        ctx.ttb[1].disabled = true;
    } else if (kind == KIND_EL2_E2H) {
        ctx.world = MSMMU_WORLD_NS_EL2_E2H;
    }
    return ctx;
}

MsmmuContext interned(Cache *c, uint16_t vmid, uint16_t asid)
{
    MsmmuContext ctx = context_of(vmid, asid);

    msmmu_tlb_intern(&c->m, &ctx);
    return ctx;
}

const CacheLeafSize leaf_sizes[LEAF_SIZES] = {
    { MSMMU_4K, 3, 12 }, { MSMMU_4K, 2, 21 }, { MSMMU_4K, 1, 30 },
    { MSMMU_16K, 3, 14 }, { MSMMU_16K, 2, 25 },
    { MSMMU_64K, 3, 16 }, { MSMMU_64K, 2, 29 },
    { MSMMU_4K, 0, 39 }, { MSMMU_16K, 1, 36 }, { MSMMU_64K, 1, 42 },
};

MsmmuTranslation leaf(unsigned size, uint64_t va, uint64_t pa)
{
    uint64_t mask = (UINT64_C(1) << leaf_sizes[size].log2) - 1;

    return (MsmmuTranslation) {
        .first_va = va & ~mask,
        .first_pa = pa & ~mask,
        .size_log2 = leaf_sizes[size].log2,
        .leaf_level = leaf_sizes[size].level,
        .granule = leaf_sizes[size].granule,
        .perms = { 1, 7 },
        .attributes = { .memory_type = 0xff, .shareability = 3 },
    };
}

MsmmuTranslation page(uint64_t va, uint64_t pa)
{
    return leaf(0, va, pa);
}

uint64_t epoch_of(Cache *c, const MsmmuContext *ctx)
{
    return msmmu_tlb_epoch(&c->m, ctx);
}

void insert(Cache *c, const MsmmuContext *ctx, const MsmmuTranslation *t)
{
    msmmu_tlb_insert(&c->m, ctx, t, epoch_of(c, ctx));
}

void insert_page(Cache *c, const MsmmuContext *ctx, uint64_t va, bool global)
{
    MsmmuTranslation t = page(va, va ^ 0x123456000);

    t.global = global;
    insert(c, ctx, &t);
}

bool hit(Cache *c, const MsmmuContext *ctx, uint64_t va)
{
    MsmmuTranslation t;

    return msmmu_tlb_lookup(&c->m, ctx, va, &t);
}

void invalidate(Cache *c, const MsmmuInvalidation *inv)
{
    msmmu_tlb_invalidate(&c->m, inv);
}

bool tlbi(Cache *c, uint64_t word0, uint64_t word1)
{
    unsigned cost = 1;

    return !msmmu_tlbi_run(&c->m, (const uint64_t[]) { word0, word1 }, &cost);
}

MsmmuInvalidation by_va(uint16_t vmid, uint16_t asid, uint64_t first,
                        uint64_t last)
{
    return (MsmmuInvalidation) {
        .scope = MSMMU_INV_VA,
        .world = MSMMU_WORLD_NS_EL1,
        .vmid = vmid,
        .asid = asid,
        .first = first,
        .last = last,
    };
}
