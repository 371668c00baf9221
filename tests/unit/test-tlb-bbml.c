/*
 * Changing the size of leaves that are in use (3.21.1): what each level of
 * IDR3.BBML promises.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "counters.h"
#include "streams.h"

#define VA UINT64_C(0x0000123440000000)
#define PA UINT64_C(0x0000789ac0000000)
#define NT (UINT64_C(1) << 16)
#define CONTIGUOUS (UINT64_C(1) << 52)

/* Opcodes of 4.4 */
enum { NH_ALL = 0x10, NH_VA = 0x12, NH_VAA = 0x13, S2_IPA = 0x2a };

/* SMMUv3.1 for level 0, since 3.2 has 1 or 2 (2.9). */
static Fixture *fixture_of_level(unsigned bbml)
{
    MsmmuConfig c = streams_config();

    c.arch_minor = bbml ? 2 : 1;
    c.ril = MSMMU_SWITCH_ON;
    c.bbml = bbml;
    return streams_fixture(&c, false);
}

/* The tables that map what the stream names. */
static Tables *tables_of(Stream *s)
{
    return s->kind == KIND_STAGE2 ? &s->s2 : &s->s1;
}

static uint64_t rights_of(const Stream *s)
{
    return s->kind == KIND_STAGE2 ? TABLES_S2_RW : TABLES_RW;
}

/* A table of pages that lead from 2 MiB at VA to @pa, as a descriptor. */
static uint64_t table_of_pages(Stream *s, uint64_t table, uint64_t pa,
                               uint64_t attributes)
{
    for (unsigned n = 0; n < 512; n++) {
        fixture_write64(s->f, table + 8 * n,
                        (pa + n * 0x1000) | TABLES_PAGE | attributes);
    }
    return table | 3;
}

/* ---- nT ---- */

/* Leaves of the stream's first stage that walks led to, of this level. */
static uint64_t walks_to_leaves(const Stream *s, int level)
{
    unsigned stage = s->kind == KIND_STAGE2 ? 2 : 1;

    return msmmu_counters_of(s->f->m, 5)->leaves[stage - 1][MSMMU_4K][level];
}

/*
 * A Block with nT is used; whether it is cached is the level's business. Each
 * walk to it counts once.
 */
static void check_nt(unsigned bbml, CacheKind kind, bool cached)
{
    Fixture *f = fixture_of_level(bbml);
    Stream s = stream_new(f, 5, kind, 7, 3);

    stream_map(&s, VA, 2, PA, NT);
    if (kind == KIND_NESTED) {
        tables_map(&s.s2, PA, 2, PA, TABLES_S2_RW);
    }
    stream_expect(&s, VA + 0x12345, PA + 0x12345);
    g_assert_cmpint(stream_hits(&s, VA), ==, cached);
    g_assert_cmpint(stream_hits(&s, VA + 0x1ff000), ==, cached);
    g_assert_cmpint(stream_access(&s, VA, true).disposition, ==,
                    MSMMU_FORWARD);
    g_assert_cmpuint(walks_to_leaves(&s, 2), ==, cached ? 1 : 4);
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

static void test_nt(void)
{
    static const CacheKind kinds[] = {
        KIND_STAGE1, KIND_STAGE2, KIND_NESTED, KIND_EL2,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        check_nt(0, kinds[i], true);
        check_nt(1, kinds[i], false);
        check_nt(2, kinds[i], true);
    }
}

/* nT of stage 2 below a page of stage 1; the reverse is above. */
static void test_nt_of_stage2(void)
{
    for (unsigned bbml = 0; bbml < 3; bbml++) {
        Fixture *f = fixture_of_level(bbml);
        Stream s = stream_new(f, 5, KIND_NESTED, 7, 3);

        stream_map(&s, VA, 3, PA, 0);
        tables_map(&s.s2, PA, 2, PA + 0x40000000, TABLES_S2_RW | NT);
        stream_expect(&s, VA, PA + 0x40000000);
        g_assert_cmpint(stream_hits(&s, VA), ==, bbml != 1);
        fixture_free(f);
    }
}

/* In Pages and Tables, bit 16 is of the address. */
static void test_nt_in_pages(void)
{
    Fixture *f = fixture_of_level(1);
    Stream s = stream_new(f, 5, KIND_STAGE1, 7, 3);

    stream_map(&s, VA, 3, PA + 0x10000, 0);
    stream_expect(&s, VA, PA + 0x10000);
    g_assert_true(stream_hits(&s, VA));
    fixture_free(f);
}

/* ---- The procedures of 3.21.1 ---- */

/* Every page leads where it always did. Returns how many did without a walk. */
static unsigned check_all_pages(Stream *s)
{
    unsigned hits = 0;

    for (unsigned n = 0; n < 512; n++) {
        uint64_t at = n * 0x1000 + 0x10 * (n % 256);

        hits += stream_hits(s, VA + at);
        stream_expect(s, VA + at, PA + at);
    }
    g_assert_cmpint(fixture_event_type(s->f), ==, -1);
    return hits;
}

typedef struct Change {
    Stream s;
    uint64_t slot;              /* of the level 2 descriptor */
    uint64_t block;
    uint64_t table;
} Change;

static Change change_new(Fixture *f, CacheKind kind)
{
    Change c = { .s = stream_new(f, 5, kind, 7, 3) };
    uint64_t rights = rights_of(&c.s);

    if (kind == KIND_NESTED) {
        tables_map(&c.s.s2, PA, 2, PA, TABLES_S2_RW);
    }
    c.slot = tables_slot(tables_of(&c.s), VA, 2);
    c.block = PA | TABLES_BLOCK | rights;
    c.table = table_of_pages(&c.s, tables_of(&c.s)->next + 0x100000, PA,
                             rights);
    fixture_write64(f, c.slot, c.block);
    return c;
}

/* The range of the block, and what is known of tables (Leaf = 0). */
static void change_invalidate(Change *c)
{
    uint8_t opcode = c->s.kind == KIND_STAGE2 ? S2_IPA : NH_VA;

    stream_tlbi(&c->s, opcode, VA);
    for (unsigned n = 0; n < 512; n++) {
        stream_tlbi(&c->s, opcode, VA + n * 0x1000);
    }
}

/* Level 1: through a Block with nT, both ways; no fault on the way. */
static void test_level_1(void)
{
    static const CacheKind kinds[] = {
        KIND_STAGE1, KIND_STAGE2, KIND_NESTED,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture *f = fixture_of_level(1);
        Change c = change_new(f, kinds[i]);

        check_all_pages(&c.s);
        fixture_write64(f, c.slot, c.block | NT);
        check_all_pages(&c.s);
        change_invalidate(&c);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 0);
        fixture_write64(f, c.slot, c.table);
        check_all_pages(&c.s);
        change_invalidate(&c);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 0);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 512);

        fixture_write64(f, c.slot, c.block | NT);
        check_all_pages(&c.s);
        change_invalidate(&c);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 0);
        fixture_write64(f, c.slot, c.block);
        check_all_pages(&c.s);
        change_invalidate(&c);
        /* One walk for all of the block */
        g_assert_cmpuint(check_all_pages(&c.s), ==, 511);
        fixture_free(f);
    }
}

/* Level 2: straight, both ways, with entries of both sizes on the way. */
static void test_level_2(void)
{
    static const CacheKind kinds[] = {
        KIND_STAGE1, KIND_STAGE2, KIND_NESTED,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        Fixture *f = fixture_of_level(2);
        Change c = change_new(f, kinds[i]);

        g_assert_cmpuint(check_all_pages(&c.s), ==, 511);
        fixture_write64(f, c.slot, c.table);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 512);
        change_invalidate(&c);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 0);

        /* Half of the pages are cached, then the block. */
        change_invalidate(&c);
        for (unsigned n = 0; n < 512; n += 2) {
            stream_expect(&c.s, VA + n * 0x1000, PA + n * 0x1000);
        }
        fixture_write64(f, c.slot, c.block);
        check_all_pages(&c.s);
        change_invalidate(&c);
        g_assert_cmpuint(check_all_pages(&c.s), ==, 511);
        fixture_free(f);
    }
}

/* Level 0: break before make; in between, a fault and nothing of before. */
static void test_level_0(void)
{
    Fixture *f = fixture_of_level(0);
    Change c = change_new(f, KIND_STAGE1);

    check_all_pages(&c.s);
    fixture_write64(f, c.slot, 0);
    change_invalidate(&c);
    g_assert_cmpint(stream_access(&c.s, VA, false).disposition, ==,
                    MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(f), ==, 0x10);   /* F_TRANSLATION */
    fixture_write64(f, c.slot, c.table);
    g_assert_cmpuint(check_all_pages(&c.s), ==, 0);
    fixture_free(f);
}

/* Level 1 and 2: the Contiguous bit may come and go, of pages and of blocks. */
static void test_contiguous(void)
{
    for (unsigned bbml = 1; bbml < 3; bbml++) {
        Fixture *f = fixture_of_level(bbml);
        Change c = change_new(f, KIND_STAGE1);
        uint64_t pages = tables_of(&c.s)->next + 0x200000;

        fixture_write64(f, c.slot, c.block | CONTIGUOUS);
        check_all_pages(&c.s);
        fixture_write64(f, c.slot, c.block);
        check_all_pages(&c.s);
        stream_tlbi(&c.s, NH_ALL, 0);
        fixture_write64(f, c.slot, c.table);
        check_all_pages(&c.s);
        for (unsigned n = 0; n < 512; n++) {
            fixture_write64(f, pages + 8 * n,
                            (PA + n * 0x1000) | TABLES_PAGE | TABLES_RW |
                            (n < 16 ? CONTIGUOUS : 0));
        }
        fixture_write64(f, c.slot, pages | 3);
        check_all_pages(&c.s);
        fixture_free(f);
    }
}

/* ---- Both sizes at once ---- */

typedef struct Both {
    const char *name;
    uint64_t word1;             /* of NH_VA */
    bool block_stays;
    bool page_stays;
} Both;

/*
 * A block, and a page of the table that took its place. The page is cached by
 * a write, which the block does not permit.
 */
static void test_both_sizes(void)
{
    static const Both cases[] = {
        { "nothing of them", VA + 0x200000, true, true },
        { "the page", VA + 0x5000, false, false },
        { "the block, not the page", VA + 0x9000, false, true },
        { "the page's level", (VA + 0x5000) | 0x700, true, false },
        { "the block's level", VA | 0x600, false, true },
        { "the block's level at the page", (VA + 0x5000) | 0x600, false,
          true },
        { "pages of 64KB", VA | 0xf00, true, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_of_level(2);
        Change c = change_new(f, KIND_STAGE1);
        MsmmuResult block, page, result;

        g_test_message("%s", cases[i].name);
        fixture_write64(f, c.slot, c.block | TABLES_RO);
        block = stream_access(&c.s, VA, false);
        g_assert_cmpuint(block.size_log2, ==, 21);
        fixture_write64(f, c.slot, c.table);
        page = stream_access(&c.s, VA + 0x5000, true);
        g_assert_cmpint(page.disposition, ==, MSMMU_FORWARD);
        g_assert_cmpuint(page.size_log2, ==, 12);
        stream_tlbi(&c.s, NH_VA, cases[i].word1);

        /* Elsewhere in the block it alone can be found. */
        g_assert_cmpint(stream_hits(&c.s, VA + 0x7000), ==,
                        cases[i].block_stays);
        /* A write needs the page's entry. */
        f->reads = 0;
        result = stream_access(&c.s, VA + 0x5000, true);
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa, ==, PA + 0x5000);
        if (!cases[i].page_stays) {
            g_assert_cmpuint(f->reads, >, 0);
        } else if (!cases[i].block_stays) {
            g_assert_cmpuint(f->reads, ==, 0);
        }
        g_assert_cmpint(fixture_event_type(f), ==, -1);
        fixture_free(f);
    }
}

/* ---- Never a mixture ---- */

/* What the tables once were: of each another address, type and permission. */
typedef struct Version {
    uint64_t pa;
    uint8_t size_log2;
    uint8_t perms;
    uint8_t memory_type;
} Version;

enum { VERSIONS = 400, PAGES = 512 };

typedef struct History {
    Change c;
    Version version[VERSIONS];
    unsigned current;
    unsigned oldest[PAGES];     /* that may still be cached, by page */
} History;

/* MAIR of the streams: Attr0 is 0xff, the others 0x00. */
static const uint8_t types[] = { 0xff, 0x00 };

static void next_version(History *h)
{
    unsigned n = ++h->current;
    bool block = g_test_rand_bit();
    bool read_only = g_test_rand_bit();
    unsigned type = g_test_rand_int_range(0, 2);
    uint64_t pa = PA + n * UINT64_C(0x200000);
    uint64_t rights = TABLES_RW | (read_only ? TABLES_RO : 0) | type << 2;
    uint64_t table = tables_of(&h->c.s)->next + 0x100000 + 0x1000 * n;

    h->version[n] = (Version) {
        .pa = pa,
        .size_log2 = block ? 21 : 12,
        .perms = MSMMU_PERM_READ | (read_only ? 0 : MSMMU_PERM_WRITE),
        .memory_type = types[type],
    };
    fixture_write64(h->c.s.f, h->c.slot, block ?
                    pa | TABLES_BLOCK | rights :
                    table_of_pages(&h->c.s, table, pa, rights));
}

static void random_invalidation(History *h)
{
    unsigned page = g_test_rand_int_range(0, PAGES);

    if (g_test_rand_bit()) {
        stream_tlbi(&h->c.s, NH_VAA, VA + page * 0x1000);
        h->oldest[page] = h->current;
        return;
    }
    stream_tlbi(&h->c.s, NH_ALL, 0);
    for (page = 0; page < PAGES; page++) {
        h->oldest[page] = h->current;
    }
}

static bool matches(const Version *v, uint64_t at, const MsmmuResult *r)
{
    const uint8_t data = MSMMU_PERM_READ | MSMMU_PERM_WRITE;

    return r->disposition == MSMMU_FORWARD && r->pa == v->pa + at &&
        r->size_log2 == v->size_log2 && (r->perms & data) == v->perms &&
        r->attributes.memory_type == v->memory_type;
}

/* Whether what was found is of the newest version. */
static bool check_read(History *h)
{
    unsigned page = g_test_rand_int_range(0, PAGES);
    uint64_t at = page * 0x1000 + g_test_rand_int_range(0, 0x1000);
    MsmmuResult result = stream_access(&h->c.s, VA + at, false);

    for (unsigned v = h->oldest[page]; v <= h->current; v++) {
        if (matches(&h->version[v], at, &result)) {
            return v == h->current;
        }
    }
    g_error("page %u: 0x%" PRIx64 ", 2^%u bytes, of none of the versions "
            "%u to %u", page, result.pa, result.size_log2, h->oldest[page],
            h->current);
}

/*
 * Blocks and pages come and go without any order, invalidated or not. Every
 * answer is one version of the tables, whole, that the last invalidation of
 * the address left possible.
 */
static void test_versions(void)
{
    g_autofree History *h = g_new0(History, 1);
    unsigned newest = 0, older = 0;

    h->c = change_new(fixture_of_level(2), KIND_STAGE1);
    next_version(h);
    stream_tlbi(&h->c.s, NH_ALL, 0);
    for (unsigned page = 0; page < PAGES; page++) {
        h->oldest[page] = 1;
    }
    while (h->current < VERSIONS - 1) {
        if (g_test_rand_int_range(0, 3) == 0) {
            random_invalidation(h);
        }
        if (g_test_rand_int_range(0, 3) == 0) {
            next_version(h);
        }
        for (unsigned i = 0; i < 20; i++) {
            if (check_read(h)) {
                newest++;
            } else {
                older++;
            }
        }
    }
    g_test_message("%u answers of the newest tables, %u of older ones",
                   newest, older);
    g_assert_cmpuint(newest, >, 1000);
    g_assert_cmpuint(older, >, 1000);
    g_assert_cmpint(fixture_event_type(h->c.s.f), ==, -1);
    fixture_free(h->c.s.f);
}

#define ADD(path, func) g_test_add_func("/msmmu/bbml/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("nt-translates-and-at-level-1-is-not-cached", test_nt);
    ADD("nt-of-stage-2-counts", test_nt_of_stage2);
    ADD("nt-is-no-bit-of-pages", test_nt_in_pages);
    ADD("level-1-changes-sizes-with-nt", test_level_1);
    ADD("level-2-changes-sizes-at-once", test_level_2);
    ADD("level-0-breaks-before-it-makes", test_level_0);
    ADD("contiguous-may-change", test_contiguous);
    ADD("any-address-of-either-size-drops-it", test_both_sizes);
    ADD("never-a-mixture-of-two-tables", test_versions);
    return g_test_run();
}
