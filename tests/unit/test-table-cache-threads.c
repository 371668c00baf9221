/*
 * Nested translations in several threads, while stage 2 leads to one table of
 * stage 1 after another. What begins after an invalidation completed must not
 * find an older table through what is cached of stage 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "progress.h"
#include "rig_stages.h"

#define THREADS 3
#define CHANGES 600
#define CHANGES_PER_WAIT 50
#define PAGES 512

#define VMID UINT64_C(7)
#define VA UINT64_C(0x40000000)
/* One block of stage 2 at level 1, where each table has 2 MiB to lead to. */
#define DATA UINT64_C(0x8000000000)
#define TABLES_OF_GENERATIONS UINT64_C(0x400000000)

typedef struct Shared {
    Stages s;
    uint64_t table_ipa;
    uint32_t generation;        /* of the table that is there at least */
    uint32_t stop;
} Shared;

typedef struct Reader {
    Shared *shared;
    uint32_t random;
    Progress translations;
} Reader;

static gpointer reader(gpointer data)
{
    Reader *r = data;

    while (!__atomic_load_n(&r->shared->stop, __ATOMIC_ACQUIRE)) {
        MsmmuRequest rq = { .sid = SID };
        uint32_t least;
        MsmmuResult result;
        uint64_t page;

        r->random = r->random * 1664525 + 1013904223;
        page = (r->random >> 8) % PAGES;
        rq.iova = VA + page * 0x1000 + 8;
        least = __atomic_load_n(&r->shared->generation, __ATOMIC_ACQUIRE);
        result = msmmu_translate(r->shared->s.r.f->m, &rq);
        g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
        g_assert_cmphex(result.pa & 0x1fffff, ==, page * 0x1000 + 8);
        g_assert_cmpuint((result.pa - DATA) >> 21, >=, least);
        progress_step(&r->translations);
    }
    return NULL;
}

/* Stage 2 leads to a new table from now on. */
static void put_table(Shared *shared, uint32_t generation)
{
    uint64_t pa = TABLES_OF_GENERATIONS + generation * 0x1000;
    uint64_t words[PAGES];

    for (unsigned n = 0; n < PAGES; n++) {
        words[n] = (DATA + ((uint64_t)generation << 21) + n * 0x1000) |
                   TABLES_RW | TABLES_PAGE;
    }
    fixture_write_words(shared->s.r.f, pa, words, PAGES);
    stages_page(&shared->s, shared->table_ipa, pa, TABLES_S2_RW);
}

/* By IPA it goes with what combines both stages (4.4.3.1); all else is both. */
static void invalidate(Shared *shared, uint32_t kind)
{
    Fixture *f = shared->s.r.f;

    if (kind % 8 == 1) {
        fixture_command(f, 0x28 | VMID << 32, 0);       /* S12_VMALL */
    } else if (kind % 8 == 2) {
        fixture_command(f, 0x30, 0);                    /* NSNH_ALL */
    } else {
        fixture_command(f, 0x2a | VMID << 32, shared->table_ipa);
        fixture_command(f, 0x10 | VMID << 32, 0);       /* NH_ALL */
    }
    if (kind % 16 == 4) {
        fixture_command(f, 0x03 | (uint64_t)SID << 32, 1);      /* CFGI_STE */
    }
    fixture_command(f, 0x46, 0);
    fixture_settle(f);
}

static void test_beside_invalidation(void)
{
    Shared *shared = g_new0(Shared, 1);
    Reader readers[THREADS];
    GThread *threads[THREADS];

    stages_init(&shared->s, "", 4, 4);
    tables_map(&shared->s.s2, DATA, 1, DATA, TABLES_S2_RW);
    tables_map(&shared->s.s2, DATA + 0x40000000, 1, DATA + 0x40000000,
               TABLES_S2_RW);
    shared->table_ipa = tables_slot(&shared->s.r.t, VA, 3) & ~UINT64_C(0xfff);
    put_table(shared, 0);
    stages_flush(&shared->s);
    for (unsigned n = 0; n < THREADS; n++) {
        readers[n] = (Reader) { .shared = shared, .random = n };
        threads[n] = g_thread_new("reader", reader, &readers[n]);
    }
    for (uint32_t change = 1; change < CHANGES; change++) {
        put_table(shared, change);
        invalidate(shared, change);
        __atomic_store_n(&shared->generation, change, __ATOMIC_RELEASE);
        if (change % CHANGES_PER_WAIT == 0) {
            progress_wait_whole(&readers[change / CHANGES_PER_WAIT % THREADS]
                                .translations, 1);
        }
    }
    __atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
    for (unsigned n = 0; n < THREADS; n++) {
        g_thread_join(threads[n]);
        g_test_message("thread %u: %u translations", n,
                       progress_done(&readers[n].translations));
    }
    stages_free(&shared->s);
    g_free(shared);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/table-cache-threads/beside-invalidation",
                    test_beside_invalidation);
    return g_test_run();
}
