/*
 * What has to be fetched: translations, configurations; and faults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "access.h"
#include "groups.h"

/* Distinct pages, or streams, in a sample. */
#define MANY 512
#define FAULTS 256

/* ---- Translations ---- */

/* What was invalidated before. */
typedef enum MissAfter {
    AFTER_ALL,                  /* everything, what leads to tables too */
    AFTER_LEAF,                 /* leaves, one by one */
} MissAfter;

static const char *const after_names[] = {
    [AFTER_ALL] = "all",
    [AFTER_LEAF] = "leaf",
};

typedef struct MissCase {
    WorldShape shape;
    MissAfter after;
    BenchCase bench;
    World *w;
    World *twin;                /* misses right before, for the host's caches */
    Access *access;
} MissCase;

static void invalidate_all(World *w)
{
    const MsmmuInvalidation inv = {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    };

    msmmu_invalidate(w->f->m, &inv);
}

static void invalidate_leaf(World *w, unsigned page)
{
    uint64_t va = world_address(w, page);
    bool stage1 = w->shape.kind != KIND_STAGE2;
    const MsmmuInvalidation inv = {
        .scope = stage1 ? MSMMU_INV_VA : MSMMU_INV_IPA,
        .world = MSMMU_WORLD_NS_EL1,
        .asid = stage1 ? 1 : 0,
        .vmid = WORLD_VMID,
        .leaf_only = true,
        .first = va,
        .last = va | 0xfff,
        .granule_shift = 12,
        .ttl = 3,
    };

    msmmu_invalidate(w->f->m, &inv);
}

static void make_misses(void *data)
{
    MissCase *c = data;

    if (c->after == AFTER_ALL) {
        invalidate_all(c->w);
    } else {
        for (unsigned i = 0; i < c->shape.pages; i++) {
            invalidate_leaf(c->w, i);
        }
    }
    g_assert_cmpuint(world_cached(c->w, 1, c->shape.pages), ==, 0);
    invalidate_all(c->twin);
    world_touch(c->twin, 0, 0);
}

static void run_misses(void *data, unsigned long operations)
{
    MissCase *c = data;

    access_run(c->access, operations);
}

static MissCase miss_case(CacheKind kind, const char *stages, MissAfter after,
                          unsigned stride_log2, unsigned pages)
{
    return (MissCase) {
        .shape = {
            .kind = kind, .pages = pages, .streams = 1,
            .stride_log2 = stride_log2,
        },
        .after = after,
        .bench = {
            "miss",
            { { "stages", 0, stages },
              { "after", 0, after_names[after] },
              { "pages", pages, NULL },
              { "layout", 0, stride_log2 == 12 ? "dense" : "sparse" } },
            .prepare = make_misses, .run = run_misses, .operations = pages,
        },
    };
}

static void translations(Bench *b)
{
    static const struct {
        CacheKind kind;
        const char *name;
    } kinds[] = {
        { KIND_STAGE1, "s1" }, { KIND_STAGE2, "s2" },
        { KIND_NESTED, "nested" },
    };
    MissCase cases[4 * G_N_ELEMENTS(kinds)];
    BenchCase benches[G_N_ELEMENTS(cases)];
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        CacheKind kind = kinds[i].kind;
        const char *name = kinds[i].name;

        cases[n++] = miss_case(kind, name, AFTER_ALL, 12, 1);
        cases[n++] = miss_case(kind, name, AFTER_ALL, 12, MANY);
        cases[n++] = miss_case(kind, name, AFTER_ALL, 21, MANY);
        cases[n++] = miss_case(kind, name, AFTER_LEAF, 12, MANY);
    }
    for (unsigned i = 0; i < n; i++) {
        MissCase *c = &cases[i];

        c->w = world_new(&c->shape);
        c->twin = world_new(&c->shape);
        c->access = access_new(&c->w, 1, ACCESS_SHUFFLED);
        c->bench.data = c;
        benches[i] = c->bench;
    }
    bench_group(b, benches, n);
    for (unsigned i = 0; i < n; i++) {
        access_free(cases[i].access);
        world_free(cases[i].twin);
        world_free(cases[i].w);
    }
}

/* ---- Configurations ---- */

typedef struct ConfigCase {
    World *w;
    unsigned at;
} ConfigCase;

static void drop_configurations(void *data)
{
    ConfigCase *c = data;

    msmmu_config_drop_all(c->w->f->m);
    fixture_collect(c->w->f);
    c->at = 0;
}

/* Multiples of a prime: neighbours do not follow each other. */
static void get_configurations(void *data, unsigned long operations)
{
    ConfigCase *c = data;
    Msmmu *m = c->w->f->m;
    uint32_t gate = msmmu_load(&m->gate);
    unsigned long found = 0;

    for (unsigned long i = 0; i < operations; i++) {
        const MsmmuRequest rq = { .sid = c->at };
        const MsmmuContext *ctx;
        MsmmuFault fault;

        found += msmmu_config_get(m, &rq, gate, &ctx, &fault) ==
                 MSMMU_STATUS_OK;
        c->at = (c->at + 7919) % c->w->shape.streams;
    }
    g_assert_cmpuint(found, ==, operations);
}

static void configurations(Bench *b)
{
    static const unsigned counts[] = { 1, 100, 1000, 4000, 10000 };
    static const struct {
        CacheKind kind;
        const char *stages;
    } kinds[] = { { KIND_STAGE1, "s1" }, { KIND_NESTED, "nested" } };
    ConfigCase all[G_N_ELEMENTS(counts) + G_N_ELEMENTS(kinds)];
    BenchCase benches[G_N_ELEMENTS(all)];
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        unsigned streams = bench_is_smoke(b) ? MIN(counts[i], 100) : counts[i];

        all[n] = (ConfigCase) { .w = world_new(&(WorldShape) {
            KIND_STAGE1, 1, streams, 12, 0
        }) };
        benches[n] = (BenchCase) {
            "config-hit", { { "streams", counts[i], NULL } },
            .data = &all[n], .run = get_configurations,
        };
        get_configurations(&all[n++], streams);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        all[n] = (ConfigCase) { .w = world_new(&(WorldShape) {
            kinds[i].kind, 1, MANY, 12, 0
        }) };
        benches[n] = (BenchCase) {
            "config-miss",
            { { "streams", MANY, NULL }, { "stages", 0, kinds[i].stages } },
            .data = &all[n], .prepare = drop_configurations,
            .run = get_configurations, .operations = MANY,
        };
        n++;
    }
    bench_group(b, benches, n);
    for (unsigned i = 0; i < n; i++) {
        world_free(all[i].w);
    }
}

/* ---- Faults ---- */

/* The first time, there are none; later, one for each transaction. */
static void take_events(void *data)
{
    World *w = data;
    unsigned events = world_take_events(w);

    g_assert(events == 0 || events == FAULTS);
}

static void run_faults(void *data, unsigned long operations)
{
    World *w = data;

    for (unsigned long i = 0; i < operations; i++) {
        const MsmmuRequest rq = { .iova = world_address(w, 1 + i) };

        g_assert_cmpint(msmmu_translate(w->f->m, &rq).disposition, ==,
                        MSMMU_ABORT);
    }
}

static void faults(Bench *b)
{
    World *w = world_new(&(WorldShape) { KIND_STAGE1, 1, 1, 12, 0 });
    const BenchCase c = {
        "fault", { { "stages", 0, "s1" } }, .data = w,
        .prepare = take_events, .run = run_faults, .operations = FAULTS,
    };

    world_touch(w, 0, 0);
    bench_group(b, &c, 1);
    world_free(w);
}

void bench_misses(Bench *b)
{
    translations(b);
    configurations(b);
    faults(b);
}
