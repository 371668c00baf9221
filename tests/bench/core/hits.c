/*
 * Cached translations: by working set, by instances and streams, and with more
 * pages than the cache holds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "access.h"
#include "groups.h"

/* In smoke, sizes are cut to this. */
#define SMOKE_MAX 64
#define CASES_MAX 32
#define INSTANCES_MAX 10

/* One case, and the instances that it needs. */
typedef struct HitCase {
    unsigned instances;
    WorldShape shape;
    AccessPattern pattern;
    BenchCase bench;
    World *worlds[INSTANCES_MAX];
    Access *access;
} HitCase;

static unsigned cut(const Bench *b, unsigned n)
{
    return bench_is_smoke(b) ? MIN(n, SMOKE_MAX) : n;
}

/* All must be there, but for what a set had no room for. */
static void warm_up(const HitCase *c)
{
    for (unsigned i = 0; i < c->instances; i++) {
        World *w = c->worlds[i];
        const WorldShape *s = &w->shape;

        world_fill(w, s->streams, s->pages);
        world_fill(w, s->streams, s->pages);
        if (!s->tlb_entries) {
            unsigned all = s->streams * s->pages;

            g_assert_cmpuint(world_cached(w, s->streams, s->pages), >=,
                             all - all / 8);
        }
    }
}

static void set_up(const Bench *b, HitCase *c)
{
    WorldShape shape = c->shape;

    shape.pages = cut(b, shape.pages);
    shape.streams = cut(b, shape.streams);
    for (unsigned i = 0; i < c->instances; i++) {
        c->worlds[i] = world_new(&shape);
    }
    c->access = access_new(c->worlds, c->instances, c->pattern);
    if (!c->bench.data) {
        c->bench.data = c->access;
    }
    warm_up(c);
}

static void tear_down(HitCase *c)
{
    access_free(c->access);
    for (unsigned i = 0; i < c->instances; i++) {
        world_free(c->worlds[i]);
    }
}

/* Set up what is wanted, measure in turns, and tear down. */
static void measure(Bench *b, HitCase *cases, unsigned count)
{
    BenchCase wanted[CASES_MAX];
    HitCase *up[CASES_MAX];
    unsigned n = 0;

    g_assert_cmpuint(count, <=, CASES_MAX);
    for (unsigned i = 0; i < count; i++) {
        if (bench_wants(b, &cases[i].bench, 1)) {
            set_up(b, &cases[i]);
            up[n] = &cases[i];
            wanted[n++] = cases[i].bench;
        }
    }
    if (n) {
        bench_group(b, wanted, n);
    }
    for (unsigned i = 0; i < n; i++) {
        tear_down(up[i]);
    }
}

/* ---- By working set ---- */

static const unsigned working_sets[] = {
    1, 16, 200, 1024, 4096, 16384, 65536,
};

static void by_working_set(Bench *b, CacheKind kind, const char *stages)
{
    HitCase cases[2 * G_N_ELEMENTS(working_sets)];
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(working_sets); i++) {
        for (AccessPattern p = ACCESS_RANDOM; p <= ACCESS_CYCLIC; p++) {
            cases[n++] = (HitCase) {
                .instances = 1,
                .shape = {
                    .kind = kind, .pages = working_sets[i], .streams = 1,
                    .stride_log2 = 12,
                },
                .pattern = p,
                .bench = {
                    "hit",
                    { { "pages", working_sets[i], NULL },
                      { "stages", 0, stages },
                      { "pattern", 0, access_pattern_names[p] } },
                    .run = access_run,
                },
            };
        }
    }
    measure(b, cases, n);
}

/* ---- By instances and streams ---- */

static void by_number(Bench *b)
{
    static const struct {
        unsigned instances;
        unsigned streams;
        unsigned pages;
    } rows[] = {
        { 1, 1, 200 }, { 10, 1, 200 }, { 1, 100, 2 }, { 1, 1000, 1 },
        { 1, 4000, 1 }, { 1, 10000, 1 }, { 1, 1, 10000 }, { 10, 1000, 1 },
    };
    HitCase cases[G_N_ELEMENTS(rows)];

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        cases[i] = (HitCase) {
            .instances = rows[i].instances,
            .shape = {
                .kind = KIND_STAGE1, .pages = rows[i].pages,
                .streams = rows[i].streams, .stride_log2 = 12,
            },
            .pattern = ACCESS_RANDOM,
            .bench = {
                "many",
                { { "instances", rows[i].instances, NULL },
                  { "streams", rows[i].streams, NULL },
                  { "pages", rows[i].pages, NULL } },
                .run = access_run,
            },
        };
    }
    measure(b, cases, G_N_ELEMENTS(rows));
}

/* ---- More pages than entries ---- */

static double hit_rate(void *data)
{
    const HitCase *c = data;
    World *w = c->worlds[0];
    const MsmmuRequest rq = { .sid = 0 };
    const MsmmuContext *ctx = msmmu_config_peek(w->f->m, &rq);
    unsigned hits = 0;

    for (unsigned i = 0; i < c->access->length; i++) {
        unsigned page = c->access->steps[i].page;
        MsmmuTranslation t;

        hits += msmmu_tlb_peek(w->f->m, ctx, world_address(w, page), &t);
        world_touch(w, 0, page);
    }
    return 100.0 * hits / c->access->length;
}

#define ENTRIES_OVER 4096

static void over_capacity(Bench *b)
{
    static const unsigned pages[] = { 4096, 4224, 4608, 6144, 8192 };
    HitCase cases[4 * G_N_ELEMENTS(pages)];
    unsigned n = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
        for (AccessPattern p = ACCESS_RANDOM; p <= ACCESS_CYCLIC; p++) {
            HitCase c = {
                .instances = 1,
                .shape = {
                    .kind = KIND_STAGE1, .pages = pages[i], .streams = 1,
                    .stride_log2 = 12, .tlb_entries = ENTRIES_OVER,
                },
                .pattern = p,
                .bench = {
                    "over",
                    { { "pages", pages[i], NULL },
                      { "entries", ENTRIES_OVER, NULL },
                      { "pattern", 0, access_pattern_names[p] } },
                    .run = access_run,
                },
            };

            cases[n++] = c;
            c.bench.name = "over-hits";
            c.bench.unit = "%";
            c.bench.more_is_better = true;
            c.bench.value = hit_rate;
            c.bench.data = &cases[n];
            cases[n++] = c;
        }
    }
    measure(b, cases, n);
}

void bench_hits(Bench *b)
{
    by_working_set(b, KIND_STAGE1, "s1");
    by_working_set(b, KIND_NESTED, "nested");
    by_number(b);
    over_capacity(b);
}
