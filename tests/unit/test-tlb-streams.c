/*
 * What is cached of real streams and dropped by real commands (3.17, 3.21.1,
 * 4.4): both stages, changes while a walk is under way, writable-clean leaves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "streams.h"

/* Opcodes of 4.4 */
enum {
    NH_ALL = 0x10, NH_ASID = 0x11, NH_VA = 0x12, NH_VAA = 0x13,
    EL2_ALL = 0x20, EL2_ASID = 0x21, EL2_VA = 0x22, EL2_VAA = 0x23,
    S12_VMALL = 0x28, S2_IPA = 0x2a, NSNH_ALL = 0x30,
};

#define VA UINT64_C(0x0000123440000000)
#define IPA UINT64_C(0x0000456780000000)
#define PA UINT64_C(0x0000789ac0000000)

/* ---- Both stages ---- */

/* A 2 MiB block at VA over 512 pages of stage 2, which are not in one piece. */
static void map_block_over_pages(Stream *s)
{
    stream_map(s, VA, 2, IPA, 0);
    for (unsigned n = 0; n < 512; n++) {
        tables_map(&s->s2, IPA + n * 0x1000, 3, PA + n * 0x3000,
                   TABLES_S2_RW);
    }
}

static void read_all(Stream *s)
{
    for (unsigned n = 0; n < 512; n++) {
        stream_expect(s, VA + n * 0x1000 + 8, PA + n * 0x3000 + 8);
    }
}

static unsigned count_hits(Stream *s)
{
    unsigned hits = 0;

    for (unsigned n = 0; n < 512; n++) {
        hits += stream_hits(s, VA + n * 0x1000);
    }
    return hits;
}

static void test_fragments(void)
{
    static const struct {
        const char *name;
        uint8_t opcode;
        uint64_t word1;
        bool dropped;
    } cases[] = {
        { "first page", NH_VA, VA, true },
        { "last page", NH_VA, VA + 0x1ff000, true },
        { "some page, TTL 2", NH_VA, (VA + 0x123000) | 0x600, true },
        { "aligned, TTL 2, leaf", NH_VA, VA | 0x601, true },
        { "any ASID, TTL 2", NH_VAA, VA | 0x600, true },
        { "TTL 3, which is stage 2's level", NH_VA, VA | 0x700, false },
        { "TG 64KB", NH_VA, VA | 0xe00, false },
        { "next block", NH_VA, VA + 0x200000, false },
        { "IPA of a page", S2_IPA, IPA, false },
        { "all of stage 1", NH_ALL, 0, true },
        { "by ASID", NH_ASID, 0, true },
        { "the VM", S12_VMALL, 0, true },
        { "all", NSNH_ALL, 0, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = streams_fixture(NULL, false);
        Stream s = stream_new(f, 5, KIND_NESTED, 7, 3);

        g_test_message("%s", cases[i].name);
        map_block_over_pages(&s);
        read_all(&s);
        g_assert_cmpuint(count_hits(&s), ==, 512);
        stream_tlbi(&s, cases[i].opcode, cases[i].word1);
        g_assert_cmpuint(count_hits(&s), ==, cases[i].dropped ? 0 : 512);
        fixture_free(f);
    }
}

/*
 * 4.4.3.1: S2_IPA alone may leave entries that combine both stages, and does;
 * with NH_ALL behind it nothing of the old IPA is left.
 */
static void test_ipa_then_stage1(void)
{
    Fixture *f = streams_fixture(NULL, false);
    Stream s = stream_new(f, 5, KIND_NESTED, 7, 3);

    stream_map(&s, VA, 3, IPA, 0);
    tables_map(&s.s2, IPA, 3, PA, TABLES_S2_RW);
    stream_expect(&s, VA, PA);
    tables_map(&s.s2, IPA, 3, PA + 0x1000, TABLES_S2_RW);
    stream_tlbi(&s, S2_IPA, IPA);
    stream_expect(&s, VA, PA);
    stream_tlbi(&s, NH_ALL, 0);
    stream_expect(&s, VA, PA + 0x1000);
    fixture_free(f);
}

/* Of one VMID: stage 2 alone stays whatever is said about stage 1. */
static void test_stage2_alone(void)
{
    static const struct {
        uint8_t opcode;
        uint64_t word1;
        bool dropped;
    } cases[] = {
        { NH_ALL, 0, false }, { NH_ASID, 0, false }, { NH_VA, IPA, false },
        { NH_VAA, IPA, false }, { S2_IPA, IPA, true },
        { S2_IPA, IPA | 0x700, true }, { S2_IPA, IPA | 0x600, false },
        { S2_IPA, IPA + 0x1000, false }, { S12_VMALL, 0, true },
        { NSNH_ALL, 0, true }, { EL2_ALL, 0, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = streams_fixture(NULL, false);
        Stream s = stream_new(f, 5, KIND_STAGE2, 7, 0);

        g_test_message("%zu", i);
        stream_map(&s, IPA, 3, PA, 0);
        stream_expect(&s, IPA, PA);
        g_assert_true(stream_hits(&s, IPA));
        stream_tlbi(&s, cases[i].opcode, cases[i].word1);
        g_assert_cmpint(stream_hits(&s, IPA), ==, !cases[i].dropped);
        fixture_free(f);
    }
}

/* ---- Worlds ---- */

/* The same addresses, ASIDs and VMIDs: each world keeps its own. */
static void test_worlds(void)
{
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        Fixture *f = streams_fixture(NULL, e2h);
        CacheKind hyp = e2h ? KIND_EL2_E2H : KIND_EL2;
        Stream el1 = stream_new(f, 1, KIND_STAGE1, 0, 1);
        Stream el2 = stream_new(f, 2, hyp, 0, 1);

        stream_map(&el1, VA, 3, PA, 0);
        stream_map(&el2, VA, 3, PA + 0x1000, 0);
        stream_expect(&el1, VA, PA);
        stream_expect(&el2, VA, PA + 0x1000);
        stream_tlbi(&el1, NSNH_ALL, 0);
        g_assert_true(stream_hits(&el2, VA));
        g_assert_false(stream_hits(&el1, VA));
        stream_tlbi(&el2, EL2_VA, VA);
        g_assert_true(stream_hits(&el1, VA));
        g_assert_false(stream_hits(&el2, VA));
        stream_tlbi(&el2, EL2_ALL, VA);
        g_assert_true(stream_hits(&el1, VA));
        g_assert_false(stream_hits(&el2, VA));
        /* By ASID, EL2 without ASIDs has nothing. */
        stream_tlbi(&el2, EL2_ASID, 0);
        g_assert_cmpint(stream_hits(&el2, VA), ==, !e2h);
        fixture_free(f);
    }
}

/* EL2 has no ASIDs, whatever the CD and the command say (5.4, 4.4.2.8). */
static void test_el2_without_asids(void)
{
    Fixture *f = streams_fixture(NULL, false);
    Stream s = stream_new(f, 1, KIND_EL2, 0, 1);

    stream_map(&s, VA, 3, PA, 0);
    stream_expect(&s, VA, PA);
    s.asid = 0x1234;
    stream_tlbi(&s, EL2_VA, VA);
    g_assert_false(stream_hits(&s, VA));
    fixture_free(f);
}

/* ---- Global ---- */

/* Upstream leaves them to the other ASID. */
static void test_global_of_another_asid(void)
{
    Fixture *f = streams_fixture(NULL, false);
    Stream one = stream_new(f, 1, KIND_STAGE1, 7, 1);
    Stream two = stream_new(f, 2, KIND_STAGE1, 7, 2);
    Stream other_vm = stream_new(f, 3, KIND_STAGE1, 8, 2);

    /* nG is bit 11. */
    tables_map(&one.s1, VA, 3, PA, TABLES_RW & ~TABLES_NG);
    tables_map(&two.s1, VA, 3, PA, TABLES_RW & ~TABLES_NG);
    tables_map(&other_vm.s1, VA, 3, PA, TABLES_RW & ~TABLES_NG);
    stream_expect(&one, VA, PA);
    stream_expect(&two, VA, PA);
    stream_expect(&other_vm, VA, PA);
    stream_tlbi(&one, NH_ASID, 0);
    g_assert_true(stream_hits(&one, VA));
    stream_tlbi(&one, NH_VA, VA);
    g_assert_true(stream_hits(&other_vm, VA));
    g_assert_false(stream_hits(&one, VA));
    g_assert_false(stream_hits(&two, VA));
    fixture_free(f);
}

/* Upstream drops all whenever 256 are cached. */
static void test_more_than_256(void)
{
    Fixture *f = streams_fixture(NULL, false);
    Stream s = stream_new(f, 1, KIND_STAGE1, 7, 1);

    for (unsigned n = 0; n < 600; n++) {
        stream_map(&s, VA + n * 0x1000, 3, PA + n * 0x1000, 0);
        stream_expect(&s, VA + n * 0x1000, PA + n * 0x1000);
    }
    for (unsigned n = 0; n < 600; n++) {
        g_assert_true(stream_hits(&s, VA + n * 0x1000));
    }
    fixture_free(f);
}

/* ---- 52 bits ---- */

#define VA52 UINT64_C(0x000ffc0000000000)
#define PA52 UINT64_C(0x0008a40000000000)

static Stream wide_stream(Fixture *f, unsigned kb)
{
    Stream s = stream_new(f, 5, KIND_STAGE1, 7, 3);

    s.s1 = tables_new(f, kb, 52, s.s1.root);
    config_set_bits(&s.cd, 5, 0, 12);                   /* T0SZ */
    config_set_bits(&s.cd, 7, 6, kb == 4 ? 0 : kb == 16 ? 2 : 1);   /* TG0 */
    config_set_bits(&s.cd, 34, 32, 6);                  /* IPS */
    config_set_bits(&s.cd, 186, 186, 1);                /* DS */
    stream_put(&s);
    return s;
}

/* Blocks that only 52-bit addresses have; TTL says nothing of level 0. */
static void test_large_blocks(void)
{
    static const struct {
        const char *name;
        unsigned kb;
        int level;
        uint64_t bytes;
        uint64_t hints;         /* TG and TTL */
        bool dropped;
    } cases[] = {
        { "512 GiB", 4, 0, UINT64_C(1) << 39, 0, true },
        { "512 GiB, TTL 1", 4, 0, UINT64_C(1) << 39, 0x500, false },
        { "512 GiB, TTL 3", 4, 0, UINT64_C(1) << 39, 0x700, false },
        { "64 GiB", 16, 1, UINT64_C(1) << 36, 0, true },
        { "64 GiB, TTL 1", 16, 1, UINT64_C(1) << 36, 0x900, true },
        { "64 GiB, TTL 2", 16, 1, UINT64_C(1) << 36, 0xa00, false },
        { "4 TiB", 64, 1, UINT64_C(1) << 42, 0, true },
        { "4 TiB, TTL 1", 64, 1, UINT64_C(1) << 42, 0xd00, true },
        { "4 TiB, TTL 2", 64, 1, UINT64_C(1) << 42, 0xe00, false },
    };
    MsmmuConfig c = streams_config();

    c.arch_minor = 3;
    c.ds = true;
    c.oas_bits = 52;
    c.va_bits = 52;
    for (size_t i = 0; i < G_N_ELEMENTS(cases) * 3; i++) {
        size_t n = i / 3;
        uint64_t last = cases[n].bytes - 0x10000;
        /* In the first page, in the last, and behind it */
        uint64_t at = i % 3 == 0 ? 0 : i % 3 == 1 ? last : cases[n].bytes;
        Fixture *f = streams_fixture(&c, false);
        Stream s = wide_stream(f, cases[n].kb);

        g_test_message("%s, at 0x%" PRIx64, cases[n].name, at);
        stream_map(&s, VA52, cases[n].level, PA52, 0);
        stream_expect(&s, VA52 + 0x123456789, PA52 + 0x123456789);
        g_assert_true(stream_hits(&s, VA52));
        g_assert_true(stream_hits(&s, VA52 + cases[n].bytes - 1));
        stream_tlbi(&s, NH_VA, (VA52 + at) | cases[n].hints);
        g_assert_cmpint(stream_hits(&s, VA52 + 0x1000), ==,
                        i % 3 == 2 || !cases[n].dropped);
        fixture_free(f);
    }
}

/* ---- VMSAv8-32 LPAE ---- */

#define VA32 UINT64_C(0xc0001000)

/* Stage 1 or stage 2 with tables for 32 bits of address. */
static Stream aarch32_stream(Fixture *f, CacheKind kind)
{
    Stream s = stream_new(f, 5, kind, 7, 3);

    s.s1 = tables_new(f, 4, 32, s.s1.root);
    s.s2 = tables_new_at_level(f, 4, 32, 1, s.s2.root);
    config_set_bits(&s.cd, 5, 0, 0);                    /* T0SZ */
    config_set_bits(&s.cd, 41, 41, 0);                  /* AA64 */
    if (kind == KIND_STAGE2) {
        config_set_bits(&s.ste, 165, 160, 0);           /* S2T0SZ */
        config_set_bits(&s.ste, 167, 166, 1);           /* S2SL0 */
        config_set_bits(&s.ste, 179, 179, 0);           /* S2AA64 */
    }
    stream_put(&s);
    return s;
}

static void test_aarch32(void)
{
    static const struct {
        const char *name;
        uint64_t word1;
        bool dropped;
    } cases[] = {
        { "its page", VA32, true },
        { "TG 4KB, TTL 3", VA32 | 0x700, true },
        { "TG 4KB, TTL 2", VA32 | 0x600, false },
        { "next page", VA32 + 0x1000, false },
        { "the same 32 bits of another VA", VA32 | 0x100000000, false },
    };
    MsmmuConfig c = streams_config();

    c.formats |= MSMMU_FORMAT_AARCH32;
    for (size_t i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
        bool stage2 = i & 1;
        Fixture *f = streams_fixture(&c, false);
        Stream s = aarch32_stream(f, stage2 ? KIND_STAGE2 : KIND_STAGE1);

        g_test_message("stage %d, %s", stage2 + 1, cases[i / 2].name);
        stream_map(&s, VA32, 3, 0x5000, 0);
        stream_expect(&s, VA32 + 4, 0x5004);
        g_assert_true(stream_hits(&s, VA32));
        stream_tlbi(&s, stage2 ? S2_IPA : NH_VA, cases[i / 2].word1);
        g_assert_cmpint(stream_hits(&s, VA32), ==, !cases[i / 2].dropped);
        fixture_free(f);
    }
}

/* ---- While a walk is under way ---- */

typedef struct Midway {
    Stream *s;
    uint64_t descriptor;        /* when it was read, this happens: */
    uint8_t opcodes[3];         /* these commands, about: */
    uint64_t word1[3];
    bool done;
} Midway;

static void interfere(Fixture *f, uint64_t pa, G_GNUC_UNUSED size_t len)
{
    Midway *midway = f->hook_data;

    if (pa != midway->descriptor || midway->done) {
        return;
    }
    /* The walk saw, or is about to see, what was before. */
    midway->done = true;
    for (unsigned i = 0; i < 3 && midway->opcodes[i]; i++) {
        stream_tlbi(midway->s, midway->opcodes[i], midway->word1[i]);
    }
}

/*
 * What the walk finds is used by its transaction, and cached only if no command
 * named it since it began. Commands come before the first descriptor, in the
 * middle, and before the last.
 */
static void test_under_way(void)
{
    static const struct {
        const char *name;
        CacheKind kind;
        Midway midway;
        bool cached;
    } cases[] = {
        { "stage 1, by VA", KIND_STAGE1,
          { .opcodes = { NH_VA }, .word1 = { VA } }, false },
        { "stage 1, IPA", KIND_STAGE1,
          { .opcodes = { S2_IPA }, .word1 = { VA } }, true },
        { "stage 2, by IPA", KIND_STAGE2,
          { .opcodes = { S2_IPA }, .word1 = { VA } }, false },
        { "stage 2, the VM", KIND_STAGE2, { .opcodes = { S12_VMALL } },
          false },
        { "stage 2, all of stage 1", KIND_STAGE2, { .opcodes = { NH_ALL } },
          true },
        { "nested, IPA and stage 1", KIND_NESTED,
          { .opcodes = { S2_IPA, NH_ALL }, .word1 = { IPA } }, false },
        { "nested, IPA and VA", KIND_NESTED,
          { .opcodes = { S2_IPA, NH_VAA }, .word1 = { IPA, VA } }, false },
        { "nested, IPA alone", KIND_NESTED,
          { .opcodes = { S2_IPA }, .word1 = { IPA } }, true },
        { "nested, all", KIND_NESTED, { .opcodes = { NSNH_ALL } }, false },
        { "nested, EL2", KIND_NESTED, { .opcodes = { EL2_ALL } }, true },
        { "EL2, by VA", KIND_EL2,
          { .opcodes = { EL2_VA }, .word1 = { VA } }, false },
        { "EL2, all of EL1", KIND_EL2, { .opcodes = { NSNH_ALL } }, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int level = 0; level < 4; level++) {
            Fixture *f = streams_fixture(NULL, false);
            Stream s = stream_new(f, 5, cases[i].kind, 7, 3);
            Midway midway = cases[i].midway;
            Tables *t = s.kind == KIND_STAGE2 ? &s.s2 : &s.s1;

            g_test_message("%s, level %d", cases[i].name, level);
            stream_map(&s, VA, 3, s.kind == KIND_NESTED ? IPA : PA, 0);
            tables_map(&s.s2, IPA, 3, PA, TABLES_S2_RW);
            /* The configuration is cached. */
            stream_expect(&s, VA, PA);
            stream_tlbi(&s, NSNH_ALL, 0);
            stream_tlbi(&s, EL2_ALL, 0);
            midway.s = &s;
            midway.descriptor = tables_slot(t, VA, level);
            f->hook_data = &midway;
            f->on_read = interfere;
            stream_expect(&s, VA, PA);
            g_assert_true(midway.done);
            f->on_read = NULL;
            g_assert_cmpint(stream_hits(&s, VA), ==, cases[i].cached);
            fixture_free(f);
        }
    }
}

/* ---- Writable-clean leaves (3.13) ---- */

/* CD.HA and HD are [43:42]; DBM is bit 51, AP[2] bit 7. */
#define DBM (UINT64_C(1) << 51)

static Stream clean_stream(Fixture *f)
{
    Stream s = stream_new(f, 5, KIND_STAGE1, 7, 3);

    config_set_bits(&s.cd, 43, 42, 3);
    stream_put(&s);
    stream_map(&s, VA, 3, PA, DBM | TABLES_RO);
    return s;
}

static Fixture *fixture_with_httu(void)
{
    MsmmuConfig c = streams_config();

    c.httu = MSMMU_HTTU_DIRTY;
    return streams_fixture(&c, false);
}

/* The first write marks the leaf, and no later one. */
static void test_clean(void)
{
    Fixture *f = fixture_with_httu();
    Stream s = clean_stream(f);
    uint64_t slot = tables_slot(&s.s1, VA, 3);

    g_assert_cmphex(stream_access(&s, VA, false).perms & MSMMU_PERM_WRITE,
                    ==, 0);
    g_assert_true(stream_hits(&s, VA));
    g_assert_cmphex(fixture_read64(f, slot) & TABLES_RO, ==, TABLES_RO);
    g_assert_cmphex(stream_access(&s, VA, true).perms & MSMMU_PERM_WRITE, ==,
                    MSMMU_PERM_WRITE);
    g_assert_cmphex(fixture_read64(f, slot) & TABLES_RO, ==, 0);
    g_assert_cmpuint(f->updates, ==, 1);
    f->reads = 0;
    g_assert_cmpint(stream_access(&s, VA, true).disposition, ==,
                    MSMMU_FORWARD);
    g_assert_true(stream_hits(&s, VA));
    g_assert_cmpuint(f->reads, ==, 0);
    g_assert_cmpuint(f->updates, ==, 1);

    /* Software cleans it, and says so. */
    fixture_write64(f, slot, fixture_read64(f, slot) | TABLES_RO);
    stream_tlbi(&s, NH_VA, VA);
    g_assert_cmpint(stream_access(&s, VA, true).disposition, ==,
                    MSMMU_FORWARD);
    g_assert_cmphex(fixture_read64(f, slot) & TABLES_RO, ==, 0);
    g_assert_cmpuint(f->updates, ==, 2);
    fixture_free(f);
}

/* A write while the read of a clean leaf is about to be cached. */
static void write_midway(Fixture *f, uint64_t pa, G_GNUC_UNUSED size_t len)
{
    Midway *midway = f->hook_data;

    if (pa == midway->descriptor && !midway->done) {
        MsmmuTranslation t = {
            .first_va = VA, .first_pa = PA, .size_log2 = 12, .leaf_level = 3,
            .perms = { 1, 1 },
        };
        const MsmmuContext *ctx;
        MsmmuFault fault;
        uint64_t epoch;

        midway->done = true;
        g_assert_cmpint(config_get(f, 5, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        epoch = msmmu_tlb_epoch(f->m, ctx);
        g_assert_cmpint(stream_access(midway->s, VA, true).disposition, ==,
                        MSMMU_FORWARD);
        /* What a reader found before the write, cached after it. */
        msmmu_tlb_insert(f->m, ctx, &t, epoch);
    }
}

/*
 * The entry of an older read replaces that of a write: harmless, the next write
 * walks again, finds the leaf dirty and updates nothing.
 */
static void test_old_clean_entry(void)
{
    Fixture *f = fixture_with_httu();
    Stream s = clean_stream(f);
    Midway midway = { .s = &s, .descriptor = tables_slot(&s.s1, VA, 3) };

    f->hook_data = &midway;
    f->on_read = write_midway;
    stream_expect(&s, VA, PA);
    g_assert_true(midway.done);
    f->on_read = NULL;
    g_assert_cmpuint(f->updates, ==, 1);
    g_assert_cmpint(stream_access(&s, VA, true).disposition, ==,
                    MSMMU_FORWARD);
    g_assert_cmphex(stream_access(&s, VA, false).perms & MSMMU_PERM_WRITE,
                    ==, MSMMU_PERM_WRITE);
    g_assert_cmpuint(f->updates, ==, 1);
    g_assert_cmphex(fixture_read64(f, midway.descriptor) & TABLES_RO, ==, 0);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/tlb/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("all-fragments-of-a-nested-block-go-with-any-of-its-addresses",
        test_fragments);
    ADD("combined-entries-stay-by-ipa-and-go-with-stage-1",
        test_ipa_then_stage1);
    ADD("entries-of-stage-2-alone-stay-by-va", test_stage2_alone);
    ADD("worlds-are-apart", test_worlds);
    ADD("el2-has-no-asids", test_el2_without_asids);
    ADD("nh-va-drops-global-entries-of-other-asids",
        test_global_of_another_asid);
    ADD("nothing-is-dropped-at-256-entries", test_more_than_256);
    ADD("blocks-of-52-bits-go-by-their-va", test_large_blocks);
    ADD("aarch32-entries-go-by-their-va", test_aarch32);
    ADD("walks-under-way-are-cached-unless-a-command-names-them",
        test_under_way);
    ADD("first-write-marks-a-clean-leaf-dirty", test_clean);
    ADD("an-old-clean-entry-costs-one-walk", test_old_clean_entry);
    return g_test_run();
}
