/*
 * Translations of both stages in several threads beside changes of the tables
 * and their invalidation (3.21.1): one that begins after an invalidation
 * completed must not find what was there before; and a write that is let
 * through left its leaf dirty (3.13).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "progress.h"
#include "streams.h"

/* Opcodes of 4.4 */
enum { NH_ALL = 0x10, NH_VA = 0x12, NH_VAA = 0x13, S12_VMALL = 0x28,
       S2_IPA = 0x2a };

#define load(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)

/* ---- Both stages ---- */

enum { THREADS = 3, PAGES = 24, CHANGES = 1200, CHANGES_PER_WAIT = 40 };

#define VA UINT64_C(0x0000123440000000)
#define IPA UINT64_C(0x0000456780000000)

/*
 * Nested, each VA is at one of two IPAs; another stream has the same stage 2
 * alone. The PA of a page is the number of the change that put it there.
 */
typedef struct Shared {
    Stream nested;
    Stream stage2;
    unsigned at[PAGES];         /* at which of the IPAs a VA is */
    uint32_t by_va[PAGES];      /* the least PA, in pages, that it has */
    uint32_t by_ipa[2 * PAGES];
    uint32_t stop;
} Shared;

static uint64_t va_of(unsigned page)
{
    return VA + page * 0x1000;
}

/* The second half of the IPAs is in another table. */
static uint64_t ipa_of(unsigned page)
{
    return IPA + page % PAGES * 0x1000 + page / PAGES * 0x200000;
}

typedef struct Reader {
    Shared *shared;
    uint32_t random;
    Progress done[2];           /* of stage 2 alone, nested */
} Reader;

static gpointer reader(gpointer data)
{
    Reader *r = data;
    Shared *shared = r->shared;

    while (!load(&shared->stop)) {
        bool nested = r->random >> 31;
        unsigned page = (r->random >> 8) % (nested ? PAGES : 2 * PAGES);
        uint32_t least = load(nested ? &shared->by_va[page]
                                     : &shared->by_ipa[page]);
        MsmmuResult result =
            stream_access(nested ? &shared->nested : &shared->stage2,
                          nested ? va_of(page) : ipa_of(page), false);

        r->random = r->random * 1664525 + 1013904223;
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmpuint(result.pa >> 12, >=, least);
        g_assert_cmpuint(result.pa >> 12, <, CHANGES);
        progress_step(&r->done[nested]);
    }
    return NULL;
}

static void put_stage2(Shared *shared, unsigned ipa_page, unsigned change)
{
    tables_map(&shared->nested.s2, ipa_of(ipa_page), 3,
               (uint64_t)change << 12, TABLES_S2_RW);
}

/* A hypervisor moves a page: by IPA, and then all that combines it. */
static void move_page(Shared *shared, unsigned page, unsigned change)
{
    unsigned ipa_page = page + shared->at[page] * PAGES;

    put_stage2(shared, ipa_page, change);
    if (change % 16 == 0) {
        stream_tlbi(&shared->nested, S12_VMALL, 0);
    } else {
        stream_tlbi(&shared->nested, S2_IPA, ipa_of(ipa_page));
    }
    store(&shared->by_ipa[ipa_page], change);
    if (change % 3 == 0) {
        stream_tlbi(&shared->nested, NH_ALL, 0);
    } else {
        stream_tlbi(&shared->nested, NH_VAA, va_of(page));
    }
    store(&shared->by_va[page], change);
}

/* A guest maps a VA to the other IPA, where a page was put before. */
static void remap_page(Shared *shared, unsigned page, unsigned change)
{
    unsigned ipa_page = page + !shared->at[page] * PAGES;

    put_stage2(shared, ipa_page, change);
    stream_tlbi(&shared->nested, S2_IPA, ipa_of(ipa_page));
    store(&shared->by_ipa[ipa_page], change);
    shared->at[page] = !shared->at[page];
    tables_map(&shared->nested.s1, va_of(page), 3, ipa_of(ipa_page),
               change % 2 ? TABLES_RW : TABLES_RW & ~TABLES_NG);
    stream_tlbi(&shared->nested, NH_VA, va_of(page));
    store(&shared->by_va[page], change);
}

static void test_both_stages(void)
{
    g_autofree Shared *shared = g_new0(Shared, 1);
    Fixture *f = streams_fixture(NULL, false);
    Reader readers[THREADS];
    GThread *threads[THREADS];

    shared->nested = stream_new(f, 1, KIND_NESTED, 7, 3);
    shared->stage2 = stream_new(f, 2, KIND_STAGE2, 7, 0);
    config_set_bits(&shared->stage2.ste, 243, 196,
                    shared->nested.s2.root >> 4);
    stream_put(&shared->stage2);
    for (unsigned page = 0; page < PAGES; page++) {
        put_stage2(shared, page, 1);
        put_stage2(shared, page + PAGES, 1);
        stream_map(&shared->nested, va_of(page), 3, ipa_of(page), 0);
    }
    for (unsigned n = 0; n < THREADS; n++) {
        readers[n] = (Reader) { .shared = shared, .random = n };
        threads[n] = g_thread_new("reader", reader, &readers[n]);
    }
    for (unsigned change = 2; change < CHANGES; change++) {
        unsigned page = g_test_rand_int_range(0, PAGES);

        if (g_test_rand_bit()) {
            move_page(shared, page, change);
        } else {
            remap_page(shared, page, change);
        }
        if (change % CHANGES_PER_WAIT == 0) {
            Reader *r = &readers[change / CHANGES_PER_WAIT % THREADS];

            progress_wait_whole(&r->done[false], 1);
            progress_wait_whole(&r->done[true], 1);
        }
    }
    store(&shared->stop, 1);
    for (unsigned n = 0; n < THREADS; n++) {
        g_thread_join(threads[n]);
        g_test_message("thread %u: %u of stage 2, %u nested", n,
                       progress_done(&readers[n].done[false]),
                       progress_done(&readers[n].done[true]));
    }
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

/* ---- Dirty state ---- */

enum { CLEANINGS = 600, CLEANINGS_PER_WAIT = 20 };

#define DBM (UINT64_C(1) << 51)

typedef struct Dirt {
    Stream s;
    uint64_t slot;
    uint64_t clean;             /* the descriptor */
    uint32_t cleanings;         /* odd while software cleans it */
    uint32_t stop;
    Progress checked;
} Dirt;

/*
 * While nobody cleaned it in between, the leaf is dirty after a write, whatever
 * others read, wrote and cached meanwhile.
 */
static gpointer writer(gpointer data)
{
    Dirt *d = data;

    while (!load(&d->stop)) {
        uint32_t before = load(&d->cleanings);
        uint64_t descriptor;

        g_assert_cmpint(stream_access(&d->s, VA, true).disposition, ==,
                        MSMMU_FORWARD);
        descriptor = fixture_read64(d->s.f, d->slot);
        if (!(before & 1) && load(&d->cleanings) == before) {
            g_assert_cmphex(descriptor, ==, d->clean & ~TABLES_RO);
            progress_step(&d->checked);
        }
    }
    return NULL;
}

static gpointer idle_reader(gpointer data)
{
    Dirt *d = data;

    while (!load(&d->stop)) {
        g_assert_cmpint(stream_access(&d->s, VA, false).disposition, ==,
                        MSMMU_FORWARD);
    }
    return NULL;
}

static void test_dirty(void)
{
    MsmmuConfig c = streams_config();
    GThread *threads[THREADS];
    Dirt d = { .stop = 0 };
    Fixture *f;

    c.httu = MSMMU_HTTU_DIRTY;
    f = streams_fixture(&c, false);
    d.s = stream_new(f, 1, KIND_STAGE1, 7, 3);
    config_set_bits(&d.s.cd, 43, 42, 3);                /* HA, HD */
    stream_put(&d.s);
    stream_map(&d.s, VA, 3, 0x5000, DBM | TABLES_RO);
    d.slot = tables_slot(&d.s.s1, VA, 3);
    d.clean = fixture_read64(f, d.slot);
    for (unsigned n = 0; n < THREADS; n++) {
        threads[n] = g_thread_new("dirt", n ? writer : idle_reader, &d);
    }
    for (unsigned n = 0; n < CLEANINGS; n++) {
        store(&d.cleanings, d.cleanings + 1);
        fixture_write64(f, d.slot, d.clean);
        stream_tlbi(&d.s, NH_VA, VA);
        store(&d.cleanings, d.cleanings + 1);
        g_usleep(n % 4 * 50);
        if (n % CLEANINGS_PER_WAIT == 0) {
            progress_wait_whole(&d.checked, THREADS - 1);
        }
    }
    store(&d.stop, 1);
    for (unsigned n = 0; n < THREADS; n++) {
        g_thread_join(threads[n]);
    }
    g_test_message("%u writes checked beside %u cleanings",
                   progress_done(&d.checked), CLEANINGS);
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/tlb/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("both-stages-beside-invalidation", test_both_stages);
    ADD("a-write-leaves-its-leaf-dirty", test_dirty);
    return g_test_run();
}
