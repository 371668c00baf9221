/*
 * What is cached changes no answer: random streams that share ASID, VMID and
 * tables and differ in little else, on an instance that keeps its translations
 * and on one that walks for each transaction. And each answer holds for all of
 * the block that it names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "oracle_legality.h"
#include "random_config.h"
#include "rig.h"

#define GUESTS 30
#define ROUNDS 10
#define TRANSACTIONS 250
#define STREAMS 8
#define ADDRESSES 10

/* All tables are in here; CDs are above it. */
#define ARENA_LOG2 18
#define PAGE 4096
#define CDS UINT64_C(0x1000000)

enum { KEEPS, WALKS, INSTANCES };

typedef struct Pair {
    Fixture *f[INSTANCES];
    GRand *r;
    uint64_t address[ADDRESSES];
    unsigned hits;              /* answered without a read of memory */
    unsigned blocks;
    unsigned updates;
} Pair;

/* ---- The guest ---- */

static void put(Pair *p, uint64_t pa, const uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < INSTANCES; i++) {
        fixture_write_words(p->f[i], pa, words, count);
    }
}

static void put_tables(Pair *p)
{
    uint64_t words[PAGE / 8];

    for (uint64_t pa = 0; pa < UINT64_C(1) << ARENA_LOG2; pa += PAGE) {
        for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
            words[i] = random_descriptor(p->r, ARENA_LOG2);
            /* Most: valid, a Table or a Page, readable by all, accessed. */
            words[i] |= random_one_in(p->r, 4) ? 0 : 0x443;
        }
        put(p, pa, words, G_N_ELEMENTS(words));
    }
}

static uint64_t in_arena(GRand *r)
{
    return random_size(r, ARENA_LOG2) & ~UINT64_C(0xfff);
}

/* Fields of a CD, or an STE, that a translation may depend on. */
typedef struct Field {
    unsigned hi, lo;
} Field;

static const Field cd_fields[] = {
    { 5, 0 }, { 14, 14 }, { 15, 15 }, { 21, 16 }, { 30, 30 }, { 34, 32 },
    { 35, 35 }, { 36, 36 }, { 37, 37 }, { 38, 38 }, { 39, 39 }, { 40, 40 },
    { 41, 41 }, { 42, 42 }, { 43, 43 }, { 45, 45 }, { 48, 48 }, { 65, 65 },
    { 66, 66 }, { 67, 67 }, { 123, 123 }, { 129, 129 }, { 130, 130 },
    { 186, 186 }, { 223, 192 },
};

static const Field ste_fields[] = {
    { 1, 1 }, { 2, 2 }, { 89, 89 }, { 95, 95 }, { 99, 96 }, { 100, 100 },
    { 104, 101 }, { 109, 108 }, { 113, 112 }, { 115, 114 }, { 128, 128 },
    { 165, 160 }, { 167, 166 }, { 173, 172 }, { 178, 176 }, { 180, 180 },
    { 181, 181 }, { 182, 182 }, { 183, 183 }, { 184, 184 }, { 186, 186 },
    { 187, 187 }, { 195, 195 },
};

/* @base with one field changed, or as it is. */
static ConfigWords variant(GRand *r, const ConfigWords *base,
                           const Field *fields, unsigned count)
{
    const Field *field = &fields[g_rand_int_range(r, 0, count)];
    ConfigWords words = *base;

    if (!random_one_in(r, 4)) {
        config_set_bits(&words, field->hi, field->lo,
                        random64(r) >> (63 - (field->hi - field->lo)));
    }
    return words;
}

/* {HA, HD}, as far as the instance has them (IDR0.HTTU). */
static unsigned random_updates(GRand *r, const MsmmuRegisters *regs)
{
    static const unsigned most[] = { 0, 1, 2, 2 };
    static const unsigned ha_hd[] = { 0, 2, 3 };

    return random_one_in(r, 3) ?
        ha_hd[g_rand_int_range(r, 0, most[regs->idr[0] >> 6 & 3] + 1)] : 0;
}

static ConfigWords base_ste(GRand *r, const MsmmuRegisters *regs)
{
    ConfigWords ste;
    unsigned tries = 0;

    do {
        ste = random_ste(r, regs);
        config_set_bits(&ste, 55, 6, CDS >> 6);
        config_set_bits(&ste, 63, 59, 0);
        config_set_bits(&ste, 184, 184, random_updates(r, regs) >> 1);
        config_set_bits(&ste, 183, 183, random_updates(r, regs) & 1);
        config_set_bits(&ste, 247, 196, in_arena(r) >> 4);
    } while ((oracle_ste_illegal(regs, &ste) ||
              config_bits(&ste, 3, 1) < 5) && ++tries < 50);
    return ste;
}

static ConfigWords base_cd(GRand *r, const MsmmuRegisters *regs,
                           const ConfigWords *ste)
{
    ConfigWords cd;
    unsigned tries = 0;

    do {
        cd = random_cd(r, regs);
        config_set_bits(&cd, 43, 43, random_updates(r, regs) >> 1);
        config_set_bits(&cd, 42, 42, random_updates(r, regs) & 1);
        config_set_bits(&cd, 119, 68, in_arena(r) >> 4);
        config_set_bits(&cd, 183, 132, in_arena(r) >> 4);
    } while (oracle_cd_illegal(regs, ste, &cd) && ++tries < 50);
    return cd;
}

/*
 * Streams with variants of one STE and of one CD. Where a CD is in IPA space,
 * it is whatever stage 2 leads to.
 */
static void put_streams(Pair *p)
{
    const MsmmuRegisters *regs = &p->f[KEEPS]->m->regs;
    ConfigWords ste = base_ste(p->r, regs);
    ConfigWords cd = base_cd(p->r, regs, &ste);

    for (unsigned sid = 0; sid < STREAMS; sid++) {
        ConfigWords ste_n = variant(p->r, &ste, ste_fields,
                                    G_N_ELEMENTS(ste_fields));
        ConfigWords cd_n = variant(p->r, &cd, cd_fields,
                                   G_N_ELEMENTS(cd_fields));

        config_set_bits(&ste_n, 55, 6, (CDS >> 6) + sid);
        put(p, FIXTURE_STRTAB + 64 * sid, ste_n.word, 8);
        put(p, CDS + 64 * sid, cd_n.word, 8);
    }
    for (unsigned i = 0; i < ADDRESSES; i++) {
        uint64_t address = random_size(p->r, g_rand_int_range(p->r, 20, 53));

        address = random_one_in(p->r, 3) ? ~address : address;
        p->address[i] = random_one_in(p->r, 8) ?
            address ^ random64(p->r) << 56 : address;
    }
}

/* ---- Transactions ---- */

static void forget_translations(Fixture *f)
{
    msmmu_tlb_invalidate(f->m, &(MsmmuInvalidation) {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    });
}

static MsmmuRequest random_request(Pair *p)
{
    uint64_t flags = random64(p->r);

    return (MsmmuRequest) {
        .sid = g_rand_int_range(p->r, 0, STREAMS),
        .iova = p->address[g_rand_int_range(p->r, 0, ADDRESSES)] ^
                (random_one_in(p->r, 2) ? random_size(p->r, 16) : 0),
        .write = flags & 1,
        .instruction = flags & 2,
        .privileged = flags & 4,
        .probe = !(flags & 0x38),
    };
}

static MsmmuResult ask(Pair *p, unsigned i, const MsmmuRequest *rq)
{
    fixture_forget(p->f[i]);
    return msmmu_translate(p->f[i]->m, rq);
}

static void assert_same(const MsmmuResult *a, const MsmmuResult *b)
{
    g_assert_cmpint(a->disposition, ==, b->disposition);
    g_assert_cmphex(a->pa, ==, b->pa);
    g_assert_cmpuint(a->size_log2, ==, b->size_log2);
    g_assert_cmphex(a->perms, ==, b->perms);
    g_assert_cmphex(a->attributes.memory_type, ==, b->attributes.memory_type);
    g_assert_cmpint(a->attributes.shareability, ==,
                    b->attributes.shareability);
    g_assert_cmpint(a->attributes.from_device, ==, b->attributes.from_device);
}

static void assert_same_events(Pair *p)
{
    FixtureEvent a, b;

    while (fixture_event(p->f[KEEPS], &a)) {
        g_assert_true(fixture_event(p->f[WALKS], &b));
        for (unsigned i = 0; i < 4; i++) {
            g_assert_cmphex(a.word[i], ==, b.word[i]);
        }
    }
    g_assert_false(fixture_event(p->f[WALKS], &b));
}

/*
 * Any other address of the block: walked for as a probe, which changes nothing.
 */
static void check_block(Pair *p, const MsmmuRequest *rq,
                        const MsmmuResult *result)
{
    uint64_t low = result->size_log2 >= 64 ? UINT64_MAX :
                   (UINT64_C(1) << result->size_log2) - 1;
    MsmmuRequest other = *rq;
    MsmmuResult there;

    other.probe = true;
    other.iova ^= random64(p->r) & low;
    there = ask(p, WALKS, &other);
    assert_same(&there, &(MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = (result->pa & ~low) | (other.iova & low),
        .size_log2 = result->size_log2,
        .perms = result->perms,
        .attributes = result->attributes,
    });
    p->blocks++;
}

/* The same of both. False if it changed memory. */
static bool compare(Pair *p, const MsmmuRequest *rq, MsmmuResult *walked)
{
    MsmmuResult kept;

    forget_translations(p->f[WALKS]);
    *walked = ask(p, WALKS, rq);
    kept = ask(p, KEEPS, rq);
    assert_same(&kept, walked);
    g_assert_cmpuint(p->f[KEEPS]->updates, ==, p->f[WALKS]->updates);
    p->hits += kept.disposition == MSMMU_FORWARD && !p->f[KEEPS]->reads &&
               p->f[WALKS]->reads;
    assert_same_events(p);
    return !p->f[KEEPS]->updates;
}

/*
 * Descriptors may be anything here, such as of both stages at once. Once one
 * was updated, what was cached before goes; what is cached after that stays.
 */
static void transact(Pair *p)
{
    MsmmuRequest rq = random_request(p);
    MsmmuResult result;

    for (unsigned i = 0; i < 3 && !compare(p, &rq, &result); i++) {
        p->updates++;
        forget_translations(p->f[KEEPS]);
    }
    if (result.disposition == MSMMU_FORWARD) {
        check_block(p, &rq, &result);
    }
    fixture_collect(p->f[KEEPS]);
    fixture_collect(p->f[WALKS]);
}

static void assert_same_memory(Pair *p)
{
    uint8_t a[PAGE], b[PAGE];

    for (uint64_t pa = 0; pa < UINT64_C(1) << ARENA_LOG2; pa += PAGE) {
        fixture_read(p->f[KEEPS], pa, a, PAGE);
        fixture_read(p->f[WALKS], pa, b, PAGE);
        g_assert_cmpmem(a, PAGE, b, PAGE);
    }
}

static void run_instance(Pair *p, bool updating)
{
    MsmmuConfig config;
    uint32_t e2h = g_rand_boolean(p->r);

    do {
        config = random_instance(p->r);
    } while (updating && config.httu == MSMMU_HTTU_NONE);
    for (unsigned i = 0; i < INSTANCES; i++) {
        p->f[i] = fixture_new(&config);
        fixture_enable(p->f[i]);
        p->f[i]->m->regs.cr2 |= e2h;
    }
    put_tables(p);
    for (unsigned i = 0; i < ROUNDS; i++) {
        put_streams(p);
        msmmu_config_drop_all(p->f[KEEPS]->m);
        msmmu_config_drop_all(p->f[WALKS]->m);
        forget_translations(p->f[KEEPS]);
        for (unsigned n = 0; n < TRANSACTIONS; n++) {
            transact(p);
        }
    }
    assert_same_memory(p);
    fixture_free(p->f[KEEPS]);
    fixture_free(p->f[WALKS]);
}

static void test_random(void)
{
    const char *given = g_getenv("MSMMU_SEED");
    uint32_t seed = given ? g_ascii_strtoull(given, NULL, 0)
                          : (uint32_t)g_test_rand_int();
    Pair p = { .r = g_rand_new_with_seed(seed) };

    g_test_message("seed 0x%08x", seed);
    for (unsigned i = 0; i < GUESTS; i++) {
        run_instance(&p, i % 2);
    }
    g_test_message("%u hits, %u blocks, %u updates", p.hits, p.blocks,
                   p.updates);
    g_assert_cmpuint(p.hits, >, 100);
    g_assert_cmpuint(p.blocks, >, 100);
    g_assert_cmpuint(p.updates, >, 100);
    g_rand_free(p.r);
}

/* ---- VMSAv8-32: two bases, and a Block across their border ---- */

/* TLBI by VA, with an ASID (4.4.2.3) */
#define NH_VA 0x12

/*
 * The Block of 1 GiB that one base has where the other's addresses, 32 MiB,
 * begin or end. Those are the other's, whatever was cached before (Arm ARM
 * G5.5.5.1, Example G5-2). TLBI by any address of the Block drops what is left
 * of it, whose size no leaf has.
 */
static void test_border(void)
{
    static const struct {
        unsigned t0sz, t1sz;
        unsigned half;          /* that has the Block */
        uint64_t block;
        uint64_t within, beyond;
    } cases[] = {
        { 0, 7, 0, 0xc0000000, 0xfdfff000, 0xfe000000 },
        { 0, 7, 0, 0xc0000000, 0xc0000000, 0xfffff000 },
        { 7, 0, 1, 0x00000000, 0x02000000, 0x01fff000 },
        { 7, 0, 1, 0x00000000, 0x3ffff000, 0x00000000 },
        { 0, 3, 0, 0xc0000000, 0xdffff000, 0xe0000000 },
        { 0, 5, 0, 0xc0000000, 0xf7fff000, 0xf8000000 },
    };
    MsmmuConfig config = rig_config(44);

    config.formats |= MSMMU_FORMAT_AARCH32;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rig r = rig_new_with(&config);
        Tables t = tables_new(r.f, 4, 32, TABLES_AT + 0x1000000);
        unsigned other_bits = 32 - MAX(cases[i].t0sz, cases[i].t1sz);
        MsmmuResult result;

        g_test_message("case %u", i);
        tables_map(&t, cases[i].block, 1, 0x80000000, TABLES_RW);
        config_set_bits(&r.cd, 41, 41, 0);          /* AA64 */
        config_set_bits(&r.cd, 30, 30, 0);          /* EPD1 */
        config_set_bits(&r.cd, 5, 0, cases[i].t0sz);
        config_set_bits(&r.cd, 21, 16, cases[i].t1sz);
        config_set_bits(&r.cd, 119, 68,
                        (cases[i].half ? r.t.root : t.root) >> 4);
        config_set_bits(&r.cd, 183, 132,
                        (cases[i].half ? t.root : r.t.root) >> 4);
        config_put_stage1(r.f, SID, &r.cd);
        result = translate(&r, reading(cases[i].within + 8));
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa, ==, 0x80000008 +
                        (cases[i].within & 0x3fffffff));
        g_assert_cmpuint(result.size_log2, ==, other_bits);
        expect_fault(&r, reading(cases[i].beyond), MSMMU_ABORT, 0x10,
                     CLASS_IN | RNW, 0);
        /* And again, from the cache. */
        result = translate(&r, reading(cases[i].within));
        g_assert_cmphex(result.pa, ==, 0x80000000 +
                        (cases[i].within & 0x3fffffff));
        tables_map(&t, cases[i].block, 1, 0x40000000, TABLES_RW);
        fixture_command(r.f, NH_VA | UINT64_C(1) << 48, cases[i].beyond);
        expect_pa(&r, reading(cases[i].within),
                  0x40000000 + (cases[i].within & 0x3fffffff));
        rig_free(&r);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/translate/a-hit-answers-what-a-walk-would",
                    test_random);
    g_test_add_func("/msmmu/translate/a-block-ends-where-the-other-base-begins",
                    test_border);
    return g_test_run();
}
