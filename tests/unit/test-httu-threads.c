/*
 * Updates of descriptors beside a CPU that changes the same descriptors: no
 * change of either is lost (IHI 0070 3.13; Arm ARM R_LFTXR, R_PQJJR).
 *
 * The CPU flips bits [58:55], which are software's, a million times and until
 * both have had their turns, by compare-and-swap, and now and then takes back
 * what the SMMU marked. It is the only one to change those bits, and the SMMU
 * the only one to set the others, so each knows what it must find.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "progress.h"
#include "rig_stages.h"

#define FLIPS 1000000
#define CLEANINGS 100
#define PAGES 4

#define VA UINT64_C(0x123456780000)
#define IPA UINT64_C(0x2345670000)
#define PA UINT64_C(0x3456780000)

/* Writable-clean, and not accessed */
#define S1_NEW (TABLES_UNPRIV | TABLES_RO | TABLES_NG | TABLES_DBM)
#define S2_NEW (TABLES_S2_READ | TABLES_S2_WB | TABLES_DBM)
#define SOFTWARE UINT64_C(0x0780000000000000)   /* bits [58:55] */

typedef struct Descriptor {
    uint64_t pa;
    uint64_t fresh;             /* what it is when nothing is marked */
    uint64_t set, cleared;      /* what the SMMU makes of that: marks */
    uint64_t software;          /* what the CPU wrote last */
    bool clean;                 /* the CPU took the marks back last */
} Descriptor;

typedef struct Shared {
    Stages s;
    /* The leaves of both stages, and stage 2's of the tables */
    Descriptor d[PAGES * 2 + 1];
    unsigned count;
    uint32_t stop;
    unsigned cleaned;           /* by the CPU, what the SMMU had marked */
    unsigned failed;            /* compare-and-swaps of the CPU */
} Shared;

static bool is_marked(const Descriptor *d, uint64_t word)
{
    return (word & (d->set | d->cleared)) == d->set;
}

static void note(Shared *shared, uint64_t pa, uint64_t fresh, uint64_t set,
                 uint64_t cleared)
{
    shared->d[shared->count++] = (Descriptor) {
        .pa = pa, .fresh = fresh, .set = set, .cleared = cleared,
        .clean = true,
    };
    fixture_write64(shared->s.r.f, pa, fresh);
}

/* ---- The CPU ---- */

/* What is in memory is what the CPU left, and marks of the SMMU's. */
static void check(const Descriptor *d, uint64_t word)
{
    uint64_t marks = d->set | d->cleared;

    g_assert_cmphex(word & SOFTWARE, ==, d->software);
    g_assert_cmphex(word & ~(SOFTWARE | marks), ==,
                    d->fresh & ~(SOFTWARE | marks));
    /* Nobody but the CPU takes marks back. */
    g_assert_true(d->clean || is_marked(d, word));
}

static void flip(Shared *shared, Descriptor *d, unsigned n)
{
    Fixture *f = shared->s.r.f;

    for (;;) {
        uint64_t old = fixture_read64(f, d->pa);
        uint64_t new = old ^ ((uint64_t)(n % 15 + 1) << 55);
        bool take_back = n % 16 == 0 && is_marked(d, old);

        check(d, old);
        if (take_back) {
            new = (new & ~d->set) | d->cleared;
        }
        if (fixture_swap64(f, d->pa, old, new)) {
            d->software = new & SOFTWARE;
            d->clean = !is_marked(d, new);
            shared->cleaned += take_back;
            return;
        }
        shared->failed++;
    }
}

static gpointer cpu(gpointer data)
{
    Shared *shared = data;

    for (unsigned n = 0; n < FLIPS || shared->cleaned < CLEANINGS; n++) {
        flip(shared, &shared->d[n % shared->count], n);
    }
    __atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* ---- The SMMU ---- */

static void write_all(Shared *shared)
{
    for (unsigned i = 0; i < PAGES; i++) {
        MsmmuRequest rq = writing(VA + i * 0x1000);

        g_assert_cmphex(translate(&shared->s.r, rq).pa, ==, PA + i * 0x1000);
    }
}

static void setup(Shared *shared)
{
    Stages *s = &shared->s;
    uint64_t table;

    stages_init(s, "httu=dirty", 4, 4);
    for (unsigned i = 0; i < PAGES; i++) {
        tables_map(&s->r.t, VA + i * 0x1000, 3, IPA + i * 0x1000, S1_NEW);
        stages_page(s, IPA + i * 0x1000, PA + i * 0x1000, S2_NEW);
        note(shared, stages_pa(s, tables_slot(&s->r.t, VA + i * 0x1000, 3)),
             (IPA + i * 0x1000) | TABLES_PAGE | S1_NEW, TABLES_AF, TABLES_RO);
        note(shared, tables_slot(&s->s2, IPA + i * 0x1000, 3),
             (PA + i * 0x1000) | TABLES_PAGE | S2_NEW,
             TABLES_AF | TABLES_S2_WRITE, 0);
    }
    /* The page of the descriptors themselves: dirty when they are updated */
    table = tables_slot(&s->r.t, VA, 3) & ~0xfffull;
    note(shared, tables_slot(&s->s2, table, 3),
         stages_pa(s, table) | TABLES_PAGE | S2_NEW,
         TABLES_AF | TABLES_S2_WRITE, 0);
    config_set_bits(&s->r.cd, 43, 42, 3);       /* HA, HD */
    config_set_bits(&s->ste, 184, 183, 3);      /* S2HA, S2HD */
    stages_put(s);
}

static void test_no_lost_update(void)
{
    g_autofree Shared *shared = g_new0(Shared, 1);
    unsigned rounds = 0;
    GThread *thread;

    setup(shared);
    thread = g_thread_new("cpu", cpu, shared);
    while (!__atomic_load_n(&shared->stop, __ATOMIC_ACQUIRE)) {
        write_all(shared);
        stages_flush(&shared->s);
        fixture_collect(shared->s.r.f);
        rounds++;
    }
    g_thread_join(thread);
    /* What the CPU took back last is marked once more. */
    stages_flush(&shared->s);
    write_all(shared);
    for (unsigned i = 0; i < shared->count; i++) {
        const Descriptor *d = &shared->d[i];
        uint64_t word = fixture_read64(shared->s.r.f, d->pa);

        check(d, word);
        /* The page of the tables only if one of them had to be updated. */
        g_assert_true(i == shared->count - 1 || is_marked(d, word));
    }
    g_test_message("%u flips, %u of them taking marks back, %u tried again; "
                   "%u rounds of %u writes, %u updates tried", FLIPS,
                   shared->cleaned, shared->failed, rounds, PAGES,
                   shared->s.r.f->updates);
    /* The two did meet. */
    g_assert_cmpuint(shared->cleaned, >=, CLEANINGS);
    g_assert_cmpuint(shared->s.r.f->updates, >, 4 * PAGES);
    stages_free(&shared->s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/httu/no-update-is-lost-beside-a-cpu",
                    test_no_lost_update);
    return g_test_run();
}
