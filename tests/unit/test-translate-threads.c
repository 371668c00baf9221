/*
 * Translations in several threads beside changes of the tables and their
 * invalidation. A translation that begins after an invalidation completed
 * must not find what was there before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"
#include "fixture.h"
#include "progress.h"
#include "tables.h"
#include "tlb.h"

#define TABLES_AT UINT64_C(0x40000000)
#define THREADS 3
#define PAGES 48
#define CHANGES 3000
#define CHANGES_PER_WAIT 100
#define SID 5

typedef struct Shared {
    Fixture *f;
    /* By page: its generation is the PA that it has at least. */
    uint32_t generation[PAGES];
    uint32_t stop;
} Shared;

typedef struct Reader {
    Shared *shared;
    uint32_t random;
    Progress translations;
} Reader;

/* Page @i: the first ones are 2 MiB blocks, every third one is global. */
enum { BLOCKS = 8 };

static uint64_t va_of(unsigned i)
{
    return i < BLOCKS ? UINT64_C(0x40000000) + i * 0x200000 : i * 0x1000;
}

static uint64_t pa_of(unsigned i, uint32_t generation)
{
    return (uint64_t)generation << (i < BLOCKS ? 21 : 12);
}

static gpointer reader(gpointer data)
{
    Reader *r = data;

    while (!__atomic_load_n(&r->shared->stop, __ATOMIC_ACQUIRE)) {
        unsigned i;
        uint32_t least;
        MsmmuResult result;
        MsmmuRequest rq = { .sid = SID };

        r->random = r->random * 1664525 + 1013904223;
        i = (r->random >> 8) % PAGES;
        rq.sid += r->random >> 24 & 1;
        rq.iova = va_of(i) + 0x18;
        least = __atomic_load_n(&r->shared->generation[i], __ATOMIC_ACQUIRE);
        result = msmmu_translate(r->shared->f->m, &rq);
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa & 0xfff, ==, 0x18);
        g_assert_cmphex(result.pa, >=, pa_of(i, least));
        /* At most one change was under way when it began; then come more. */
        g_assert_cmphex(result.pa >> (i < BLOCKS ? 21 : 12), <=, CHANGES + 1);
        progress_step(&r->translations);
    }
    return NULL;
}

static void put_page(Tables *t, unsigned i, uint32_t generation)
{
    tables_map(t, va_of(i), i < BLOCKS ? 2 : 3, pa_of(i, generation),
               i % 3 ? TABLES_RW : TABLES_RW & ~TABLES_NG);
}

/* Commands of chapter 4 that cover page @i of ASID 1, of every kind. */
static void invalidate(Fixture *f, unsigned i, unsigned kind)
{
    uint64_t va = va_of(i);
    uint64_t asid = UINT64_C(1) << 48;

    if (kind % 8 == 1 && i % 3) {
        fixture_command(f, 0x11 | asid, 0);             /* NH_ASID */
    } else if (kind % 8 == 2) {
        fixture_command(f, 0x13, va);                   /* NH_VAA */
    } else if (kind % 64 == 3) {
        fixture_command(f, 0x10, 0);                    /* NH_ALL */
    } else {
        fixture_command(f, 0x12 | asid, va);            /* NH_VA */
    }
    if (kind % 16 == 4) {
        fixture_command(f, 0x05 | (uint64_t)SID << 32, 1);      /* CFGI_CD */
    }
    fixture_settle(f);
}

static void test_beside_invalidation(void)
{
    Shared shared = { .f = fixture_new(NULL) };
    Fixture *f = shared.f;
    Reader readers[THREADS];
    GThread *threads[THREADS];
    ConfigWords cd;
    Tables t;

    fixture_enable(f);
    t = tables_new(f, 4, 48, TABLES_AT);
    cd = config_cd(1, t.root);
    config_put_stage1(f, SID, &cd);
    config_put_stage1(f, SID + 1, &cd);
    for (unsigned i = 0; i < PAGES; i++) {
        shared.generation[i] = 1;
        put_page(&t, i, 1);
    }
    for (unsigned n = 0; n < THREADS; n++) {
        readers[n] = (Reader) { .shared = &shared, .random = n };
        threads[n] = g_thread_new("reader", reader, &readers[n]);
    }
    for (unsigned change = 2; change < CHANGES; change++) {
        unsigned i = g_test_rand_int_range(0, PAGES);

        put_page(&t, i, change);
        invalidate(f, i, change);
        __atomic_store_n(&shared.generation[i], change, __ATOMIC_RELEASE);
        if (change % CHANGES_PER_WAIT == 0) {
            progress_wait_whole(&readers[change / CHANGES_PER_WAIT % THREADS]
                                .translations, 1);
        }
    }
    __atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
    for (unsigned n = 0; n < THREADS; n++) {
        g_thread_join(threads[n]);
        g_test_message("thread %u: %u translations", n,
                       progress_done(&readers[n].translations));
    }
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    fixture_free(f);
}

/* ---- One set, whose entries are replaced all the time ---- */

enum { ALIASES = 12, INSERTS = 400000, INSERTS_PER_WAIT = 20000 };

typedef struct Looker {
    Msmmu *m;
    const MsmmuContext *ctx;
    Progress lookups;
    uint32_t stop;
    unsigned hits;
} Looker;

static gpointer looker(gpointer data)
{
    Looker *l = data;

    while (!__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE)) {
        uint64_t va = progress_done(&l->lookups) % ALIASES * 0x1000;
        MsmmuTranslation t;

        if (msmmu_tlb_lookup(l->m, l->ctx, va, &t)) {
            /* Every part of it is of the same entry. */
            g_assert_cmphex(t.first_va, ==, va);
            g_assert_cmphex(t.first_pa, ==, va << 8);
            g_assert_cmphex(t.attributes.memory_type, ==, va >> 12);
            l->hits++;
        }
        progress_step(&l->lookups);
    }
    return NULL;
}

static void test_replacement(void)
{
    Msmmu m = { .config = { .tlb_entries = TLB_WAYS } };
    MsmmuContext ctx = { .stage1 = true, .asid = 1 };
    Looker l = { .m = &m, .ctx = &ctx };
    GThread *thread;

    msmmu_tlb_init(&m);
    msmmu_tlb_intern(&m, &ctx);
    thread = g_thread_new("looker", looker, &l);
    for (unsigned n = 1; n <= INSERTS; n++) {
        uint64_t va = g_test_rand_int_range(0, ALIASES) * 0x1000;
        MsmmuTranslation t = {
            .first_va = va,
            .first_pa = va << 8,
            .size_log2 = 12,
            .leaf_level = 3,
            .attributes = { .memory_type = va >> 12 },
        };

        msmmu_tlb_insert(&m, &ctx, &t, msmmu_tlb_epoch(&m, &ctx));
        if (n % INSERTS_PER_WAIT == 0) {
            /* Meanwhile some stay, and each alias is looked for: it hits. */
            progress_wait_whole(&l.lookups, ALIASES);
        }
    }
    __atomic_store_n(&l.stop, 1, __ATOMIC_RELEASE);
    g_thread_join(thread);
    g_test_message("%u hits of %u", l.hits, progress_done(&l.lookups));
    g_assert_cmpuint(l.hits, >=, INSERTS / INSERTS_PER_WAIT);
    msmmu_tlb_free(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/translate/beside-invalidation",
                    test_beside_invalidation);
    g_test_add_func("/msmmu/tlb/entries-are-never-torn", test_replacement);
    return g_test_run();
}
