/*
 * Invalidations: each command, with as much cached as there may be, through
 * the Command queue and as a call of what it leads to.
 *
 * Before each sample what the last one dropped is cached again. Commands that
 * name addresses go by many, each of other pages, as long as there are enough;
 * those that drop everything are measured one at a time. Filling a cache of
 * thousands evicts the code of commands from the host's caches: so each sample
 * comes right behind the same command to a twin, an instance that has nothing,
 * and one to this instance for a VMID that nobody has.
 * And where pages of one stream count, a page of another stream is cached, too:
 * a cache that is known to be empty would be a case of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "access.h"
#include "groups.h"
#include "spec/cmd.h"

#define BATCH 64
#define CASES_MAX 96

#define VMID ((uint64_t)WORLD_VMID << 32)
#define NOBODYS_VMID 0x8000
#define ASID (UINT64_C(1) << 48)
/* 4.4.1.1: (NUM + 1) * 2^SCALE pages; TG: 4KB */
#define RIL(num, scale) ((uint64_t)(num) << 12 | (uint64_t)(scale) << 20)
#define TG_4K (UINT64_C(1) << 10)
#define LEAF UINT64_C(1)

typedef struct Kind {
    const char *name;
    CacheKind stages;
    uint64_t word0;
    uint64_t word1;
    unsigned pages;             /* that one command names; 0: it drops all */
    bool streams;               /* it names a stream, and not an address */
} Kind;

static const Kind kinds[] = {
    { "tlbi-va", KIND_STAGE1, CMD_TLBI_NH_VA | VMID | ASID, LEAF, 1, false },
    { "tlbi-vaa", KIND_STAGE1, CMD_TLBI_NH_VAA | VMID, LEAF, 1, false },
    { "tlbi-va-nested", KIND_NESTED, CMD_TLBI_NH_VA | VMID | ASID, LEAF, 1,
      false },
    { "tlbi-ipa", KIND_STAGE2, CMD_TLBI_S2_IPA | VMID, LEAF, 1, false },
    { "tlbi-ril-16", KIND_STAGE1, CMD_TLBI_NH_VA | VMID | ASID | RIL(15, 0),
      TG_4K | LEAF, 16, false },
    { "tlbi-ril-992", KIND_STAGE1, CMD_TLBI_NH_VA | VMID | ASID | RIL(30, 5),
      TG_4K | LEAF, 992, false },
    { "tlbi-ril-64k", KIND_STAGE1, CMD_TLBI_NH_VA | VMID | ASID | RIL(1, 15),
      TG_4K | LEAF, 65536, false },
    { "tlbi-asid", KIND_STAGE1, CMD_TLBI_NH_ASID | VMID | ASID, 0, 0, false },
    { "tlbi-vmid-s1", KIND_STAGE1, CMD_TLBI_NH_ALL | VMID, 0, 0, false },
    { "tlbi-vmid", KIND_STAGE1, CMD_TLBI_S12_VMALL | VMID, 0, 0, false },
    { "tlbi-all", KIND_STAGE1, CMD_TLBI_NSNH_ALL, 0, 0, false },
    { "cfgi-ste", KIND_STAGE1, CMD_CFGI_STE, LEAF, 1, true },
    { "cfgi-cd", KIND_STAGE1, CMD_CFGI_CD, LEAF, 1, true },
    { "cfgi-cd-all", KIND_STAGE1, CMD_CFGI_CD_ALL, 0, 1, true },
    { "cfgi-all", KIND_STAGE1, CMD_CFGI_STE_RANGE, CMD1_RANGE_ALL, 0, true },
    { "sync", KIND_STAGE1, CMD_SYNC, 0, 1, false },
};

typedef enum How {
    BY_QUEUE,                   /* many commands, of which it is told at once */
    BY_ONE,                     /* one command through the queue */
    BY_CALL,
} How;

static const char *const how_names[] = {
    [BY_QUEUE] = "queue",
    [BY_ONE] = "one",
    [BY_CALL] = "call",
};

typedef struct Case {
    const Kind *kind;
    World *w;
    World *twin;
    How how;
    bool by_streams;
    unsigned streams;           /* that are cached, */
    unsigned pages;             /* and pages of each */
    unsigned batch;
    unsigned at;                /* what the next command names */
    unsigned dropped;           /* where the last sample began */
    MsmmuInvalidation calls[BATCH];
} Case;

/* ---- What a command names ---- */

static bool has_vmid(const Kind *kind)
{
    return !kind->streams && kind->word0 & VMID;
}

/* How many of them, one after the other, name what is cached. */
static unsigned targets(const Case *c)
{
    if (!c->kind->pages) {
        return 1;
    }
    if (c->kind->streams) {
        return c->streams;
    }
    return MAX(c->pages / c->kind->pages, 1);
}

static void put_command(const Case *c, World *w, unsigned target)
{
    const Kind *kind = c->kind;
    uint64_t word0 = kind->word0;
    uint64_t word1 = kind->word1;

    if (kind->pages && kind->streams) {
        word0 |= (uint64_t)target << 32;
    } else if (kind->pages && kind->word0 != CMD_SYNC) {
        word1 |= world_address(c->w, target * kind->pages);
    }
    world_command(w, word0, word1);
}

/* ---- Samples ---- */

static void refill_target(Case *c, unsigned target)
{
    if (c->kind->streams) {
        world_touch(c->w, target, 0);
        return;
    }
    for (unsigned i = 0; i < c->kind->pages && i < c->pages; i++) {
        world_touch(c->w, 0, target * c->kind->pages + i);
    }
}

/* Cache again what the last sample dropped. */
static void refill(Case *c)
{
    fixture_collect(c->w->f);
    if (!c->by_streams) {
        world_touch(c->w, 1, c->w->shape.pages - 1);
    }
    if (!c->kind->pages) {
        world_fill(c->w, c->streams, c->pages);
        return;
    }
    for (unsigned i = 0; c->pages && i < c->batch; i++) {
        refill_target(c, (c->dropped + i) % targets(c));
    }
}

static void prepare(void *data)
{
    Case *c = data;

    world_check(c->w);
    refill(c);
    if (has_vmid(c->kind)) {
        world_command(c->w, c->kind->word0 | (uint64_t)NOBODYS_VMID << 32,
                      c->kind->word1);
        world_run(c->w);
    }
    c->dropped = c->at;
    for (unsigned i = 0; i < c->batch; i++) {
        put_command(c, c->w, c->at);
        c->at = (c->at + 1) % targets(c);
    }
    put_command(c, c->twin, 0);
    world_run(c->twin);
}

static void run_queue(void *data, G_GNUC_UNUSED unsigned long operations)
{
    const Case *c = data;

    world_run(c->w);
}

/* What the commands lead to is learnt by running them, but for CFGI_CD. */
static void prepare_calls(void *data)
{
    Case *c = data;
    MsmmuInvalidation warm;

    refill(c);
    c->dropped = c->at;
    for (unsigned i = 0; i < c->batch; i++) {
        put_command(c, c->w, c->at);
        world_run(c->w);
        c->calls[i] = c->w->last;
        c->at = (c->at + 1) % targets(c);
    }
    refill(c);
    warm = c->calls[0];
    msmmu_invalidate(c->twin->f->m, &warm);
    if (has_vmid(c->kind)) {
        warm.vmid |= NOBODYS_VMID;
        msmmu_invalidate(c->w->f->m, &warm);
    }
}

static void run_calls(void *data, unsigned long operations)
{
    const Case *c = data;

    for (unsigned long i = 0; i < operations; i++) {
        msmmu_invalidate(c->w->f->m, &c->calls[i]);
    }
}

/* ---- Cases ---- */

typedef struct Cases {
    Bench *b;
    World *twin;
    Case *cases[CASES_MAX];
    BenchCase benches[CASES_MAX];
    unsigned count;
} Cases;

static bool has_call(const Kind *kind)
{
    unsigned opcode = kind->word0 & 0xff;

    return opcode != CMD_SYNC && opcode != CMD_CFGI_CD;
}

static unsigned batch_of(const Case *c)
{
    bool nothing = !c->pages || c->kind->word0 == CMD_SYNC;

    if (!c->kind->pages || c->how == BY_ONE) {
        return 1;
    }
    return nothing ? BATCH : MIN(targets(c), BATCH);
}

/* A command drops all that it names, and leaves what is behind that. */
static void check_command(const Case *c)
{
    const Kind *kind = c->kind;
    unsigned named = kind->pages && !kind->streams ? kind->pages : c->pages;

    if (kind->streams || kind->word0 == CMD_SYNC || !c->pages) {
        return;
    }
    put_command(c, c->w, 0);
    world_run(c->w);
    world_check(c->w);
    g_assert_cmpuint(world_cached(c->w, 1, MIN(named, c->pages)), ==, 0);
    if (named < c->pages) {
        g_assert_cmpuint(world_cached(c->w, 1, c->pages), >=,
                         (c->pages - named) * 7 / 8);
    }
    world_fill(c->w, c->streams, c->pages);
}

/* Pages of one stream, or one page of each of many. */
typedef struct Cached {
    bool by_streams;
    unsigned number;
} Cached;

static void add(Cases *all, const Kind *kind, How how, Cached cached)
{
    Case *c = g_new0(Case, 1);
    BenchCase bench = {
        kind->name,
        { { cached.by_streams ? "streams" : "cached", cached.number, NULL },
          { "how", 0, how_names[how] } },
        .data = c,
        .prepare = how == BY_CALL ? prepare_calls : prepare,
        .run = how == BY_CALL ? run_calls : run_queue,
    };

    unsigned number = bench_is_smoke(all->b) ? MIN(cached.number, 100)
                                             : cached.number;
    unsigned streams = cached.by_streams ? number : 1;
    unsigned pages = cached.by_streams ? 1 : number;

    g_assert_cmpuint(all->count, <, CASES_MAX);
    if (!bench_wants(all->b, &bench, 1)) {
        g_free(c);
        return;
    }
    *c = (Case) { .kind = kind, .how = how, .by_streams = cached.by_streams,
                  .streams = streams, .pages = pages };
    c->batch = batch_of(c);
    c->twin = all->twin;
    c->w = world_new(&(WorldShape) {
        .kind = kind->stages, .pages = MAX(pages, 1) + 1,
        .streams = cached.by_streams ? streams : 2, .stride_log2 = 12,
        /* Twice what is cached, of the second stream nearly nothing. */
        .tlb_entries = cached.by_streams ? 0 :
            MAX(4096, 2u << g_bit_storage(MAX(pages, 1) - 1)),
    });
    world_fill(c->w, streams, MAX(pages, 1));
    if (!pages) {
        const MsmmuInvalidation all_of_it = {
            .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
        };

        msmmu_invalidate(c->w->f->m, &all_of_it);
    }
    check_command(c);
    bench.operations = c->batch;
    all->cases[all->count] = c;
    all->benches[all->count++] = bench;
}

static void measure(Cases *all)
{
    bench_group(all->b, all->benches, all->count);
    for (unsigned i = 0; i < all->count; i++) {
        world_free(all->cases[i]->w);
        g_free(all->cases[i]);
    }
    all->count = 0;
}

static void add_all_ways(Cases *all, const Kind *kind, Cached cached)
{
    add(all, kind, BY_QUEUE, cached);
    if (kind->pages) {
        add(all, kind, BY_ONE, cached);
    }
    if (has_call(kind)) {
        add(all, kind, BY_CALL, cached);
    }
}

/* ---- Groups ---- */

/* One stream with more and more pages. */
static void by_pages(Cases *all, const Kind *kind)
{
    static const unsigned pages[] = {
        0, 1, 16, 255, 992, 4096, 16384, 65536,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
        add_all_ways(all, kind, (Cached) { false, pages[i] });
    }
    measure(all);
}

/* More and more streams with one page each. */
static void by_streams(Cases *all, const Kind *kind)
{
    static const unsigned streams[] = { 1, 100, 1000, 4000, 10000 };

    for (unsigned i = 0; i < G_N_ELEMENTS(streams); i++) {
        add_all_ways(all, kind, (Cached) { true, streams[i] });
    }
    measure(all);
}

void bench_commands(Bench *b)
{
    Cases all = {
        .b = b,
        .twin = world_new(&(WorldShape) { KIND_STAGE1, 1, 1, 12, 0 }),
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (kinds[i].word0 == CMD_SYNC) {
            add_all_ways(&all, &kinds[i], (Cached) { false, 0 });
            measure(&all);
            continue;
        }
        if (!kinds[i].streams) {
            by_pages(&all, &kinds[i]);
        }
        if (kinds[i].stages == KIND_STAGE1 && kinds[i].pages <= 1) {
            by_streams(&all, &kinds[i]);
        }
    }
    world_free(all.twin);
}
