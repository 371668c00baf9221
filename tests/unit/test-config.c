/*
 * The configuration cache: what is cached, what an invalidation drops, and
 * what happens when both meet (IHI 0070 3.21.3, 4.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <time.h>

#include "config_tables.h"
#include "progress.h"

enum { BAD_STREAMID = 0x02, STE_FETCH = 0x03, BAD_STE = 0x04, BAD_CD = 0x0a };

/* Reads of a lookup that misses: STE and CD. */
#define READS_OF_STAGE1 2

static Fixture *new_fixture(unsigned log2size)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg32(f, SMMU_CR2, 0x2);
    fixture_set_reg64(f, SMMU_STRTAB_BASE, FIXTURE_STRTAB);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, log2size);
    return f;
}

static void put_stage1(Fixture *f, uint32_t sid, uint16_t asid)
{
    ConfigWords cd = config_cd(asid, 0x1000);

    config_put_stage1(f, sid, &cd);
}

/* The ASID that transactions of @sid have now. */
static unsigned asid_of(Fixture *f, uint32_t sid)
{
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(config_get(f, sid, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(ctx->sid, ==, sid);
    return ctx->asid;
}

static unsigned reads_of(Fixture *f, uint32_t sid)
{
    f->reads = 0;
    config_status(f, sid);
    return f->reads;
}

static void test_hit(void)
{
    Fixture *f = new_fixture(8);
    const MsmmuContext *first, *second;
    MsmmuFault fault;

    put_stage1(f, 1, 100);
    put_stage1(f, 2, 200);
    g_assert_cmpuint(reads_of(f, 1), ==, READS_OF_STAGE1);
    g_assert_cmpuint(reads_of(f, 1), ==, 0);
    g_assert_cmpuint(reads_of(f, 2), ==, READS_OF_STAGE1);
    g_assert_cmpuint(asid_of(f, 1), ==, 100);
    g_assert_cmpuint(asid_of(f, 2), ==, 200);
    config_get(f, 1, &first, &fault);
    config_get(f, 1, &second, &fault);
    g_assert_true(first == second);
    fixture_free(f);
}

/* 6.3.9.6: what was fetched while SMMUEN changed is not used or cached. */
static void test_nothing_cached_when_smmuen_changed(void)
{
    Fixture *f = new_fixture(8);
    const MsmmuRequest rq = { .sid = 1 };
    const uint32_t before = f->m->gate;
    const MsmmuContext *ctx;
    MsmmuFault fault;

    msmmu_gate_set(f->m, true);
    put_stage1(f, 1, 100);
    g_assert_cmpint(msmmu_config_get(f->m, &rq, before, &ctx, &fault), ==,
                    MSMMU_STATUS_AGAIN);
    put_stage1(f, 1, 101);
    g_assert_cmpuint(asid_of(f, 1), ==, 101);
    g_assert_cmpuint(reads_of(f, 1), ==, 0);
    fixture_free(f);
}

/* Until it is invalidated, a changed structure may not be looked at. */
static void test_used_until_invalidated(void)
{
    Fixture *f = new_fixture(8);

    put_stage1(f, 1, 100);
    g_assert_cmpuint(asid_of(f, 1), ==, 100);
    put_stage1(f, 1, 101);
    g_assert_cmpuint(asid_of(f, 1), ==, 100);
    msmmu_config_drop_streams(f->m, 1, 1);
    g_assert_cmpuint(asid_of(f, 1), ==, 101);
    fixture_free(f);
}

static void test_bypass_and_abort_are_cached(void)
{
    Fixture *f = new_fixture(8);
    ConfigWords bypass = config_ste_bypass(), abort = config_ste_abort();

    config_put_ste(f, 1, &bypass);
    config_put_ste(f, 2, &abort);
    g_assert_cmpint(config_status(f, 1), ==, MSMMU_STATUS_BYPASS);
    g_assert_cmpint(config_status(f, 2), ==, MSMMU_STATUS_ABORT_SILENT);
    f->reads = 0;
    g_assert_cmpint(config_status(f, 1), ==, MSMMU_STATUS_BYPASS);
    g_assert_cmpint(config_status(f, 2), ==, MSMMU_STATUS_ABORT_SILENT);
    g_assert_cmpuint(f->reads, ==, 0);
    fixture_free(f);
}

/* 3.21.3: no knowledge of a failed fetch is kept; here of no fault. */
static void test_faults_are_not_cached(void)
{
    Fixture *f = new_fixture(8);
    ConfigWords cd = config_cd(9, 0x1000);

    config_assert_fault(f, 3, BAD_STE);
    put_stage1(f, 3, 9);
    g_assert_cmpuint(asid_of(f, 3), ==, 9);

    config_set_bits(&cd, 31, 31, 0);
    config_put_stage1(f, 4, &cd);
    config_assert_fault(f, 4, BAD_CD);
    put_stage1(f, 4, 10);
    g_assert_cmpuint(asid_of(f, 4), ==, 10);

    put_stage1(f, 5, 11);
    fixture_fail(f, FIXTURE_STRTAB + 5 * 64, FIXTURE_STRTAB + 5 * 64);
    config_assert_fault(f, 5, STE_FETCH);
    fixture_heal(f);
    g_assert_cmpuint(asid_of(f, 5), ==, 11);

    config_assert_fault(f, 256, BAD_STREAMID);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 9);
    put_stage1(f, 256, 12);
    g_assert_cmpuint(asid_of(f, 256), ==, 12);
    fixture_free(f);
}

/* The same StreamID, with and without a SubstreamID. */
static void test_substreams_are_kept_apart(void)
{
    Fixture *f = new_fixture(8);
    const MsmmuRequest rq = { .sid = 1, .ssid_valid = true };
    const MsmmuContext *ctx;
    MsmmuFault fault;

    put_stage1(f, 1, 100);
    g_assert_cmpuint(asid_of(f, 1), ==, 100);
    g_assert_cmpint(msmmu_config_get(f->m, &rq, f->m->gate, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmpuint(asid_of(f, 1), ==, 100);
    fixture_free(f);
}

/* ---- Scopes ---- */

static bool is_cached(Fixture *f, uint32_t sid)
{
    return reads_of(f, sid) == 0;
}

static void test_scopes(void)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0, 0 }, { 5, 5 }, { 4, 7 }, { 8, 15 }, { 0, 31 }, { 31, 31 },
        { 16, UINT32_MAX }, { 0, UINT32_MAX }, { 32, UINT32_MAX },
    };
    Fixture *f = new_fixture(8);

    for (unsigned sid = 0; sid < 32; sid++) {
        put_stage1(f, sid, sid);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(ranges); i++) {
        for (unsigned sid = 0; sid < 32; sid++) {
            config_status(f, sid);
            g_assert_true(is_cached(f, sid));
        }
        msmmu_config_drop_streams(f->m, ranges[i].first, ranges[i].last);
        for (unsigned sid = 0; sid < 32; sid++) {
            bool dropped = sid >= ranges[i].first && sid <= ranges[i].last;

            g_assert_cmpint(is_cached(f, sid), ==, !dropped);
        }
    }
    msmmu_config_drop_all(f->m);
    for (unsigned sid = 0; sid < 32; sid++) {
        g_assert_false(is_cached(f, sid));
    }
    fixture_free(f);
}

/* 4.3.3: the one CD of a stream is number 0. */
static void test_drop_substream(void)
{
    Fixture *f = new_fixture(8);

    put_stage1(f, 1, 100);
    put_stage1(f, 2, 200);
    config_status(f, 1);
    config_status(f, 2);
    put_stage1(f, 1, 101);
    put_stage1(f, 2, 201);
    msmmu_config_drop_substream(f->m, 1, 0);
    g_assert_cmpuint(asid_of(f, 1), ==, 101);
    g_assert_cmpuint(asid_of(f, 2), ==, 200);
    fixture_free(f);
}

/* Seconds that this thread has run: others on the host do not count. */
static time_t seconds_run(void)
{
    struct timespec t;

    g_assert_cmpint(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t), ==, 0);
    return t.tv_sec;
}

/* An invalidation costs what the cache holds, not what it names. */
static void test_wide_range_is_cheap(void)
{
    Fixture *f = new_fixture(8);
    time_t start = seconds_run();

    for (unsigned i = 0; i < 1000; i++) {
        msmmu_config_drop_streams(f->m, 0, UINT32_MAX);
    }
    /* Looking at each of them a thousand times takes hours. */
    g_assert_cmpint(seconds_run() - start, <, 60);
    fixture_free(f);
}

/*
 * Commands that look for many streams are few in a slice, so that a guest
 * cannot hold the caller for long. CFGI_STE_RANGE is 0x04.
 */
static void test_wide_ranges_share_no_slice(void)
{
    static const struct {
        const char *name;
        unsigned cached;
        unsigned range;
        unsigned least, most;   /* commands in a slice */
    } cases[] = {
        { "1024 streams, 2000 cached", 2000, 9, 1, 16 },
        { "1024 streams, 1 cached", 1, 9, 256, 256 },
        { "1 stream, 2000 cached", 2000, 0, 256, 256 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = new_fixture(16);

        g_test_message("%s", cases[i].name);
        for (unsigned sid = 0; sid < cases[i].cached; sid++) {
            put_stage1(f, sid, 1);
            config_status(f, sid);
        }
        fixture_enable_queues(f, 9);
        for (unsigned n = 0; n < 300; n++) {
            /* Of these nothing is cached. */
            fixture_write64(f, FIXTURE_CMDQ + 16 * n, 0x800000000004);
            fixture_write64(f, FIXTURE_CMDQ + 16 * n + 8, cases[i].range);
        }
        fixture_set_reg32(f, 0x98, 300);
        g_assert_true(f->deferred);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), >=, cases[i].least);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), <=, cases[i].most);
        fixture_settle(f);
        g_assert_cmpuint(fixture_reg32(f, 0x9c), ==, 300);
        fixture_free(f);
    }
}

/* ---- Bounds ---- */

enum { IN_ONE_BUCKET = 64, BUCKETS_LOG2 = 14, CHAIN_MAX = 4 };

/* More streams in one place than fit there: all are answered, few are kept. */
static void test_bounded(void)
{
    Fixture *f = new_fixture(20);
    unsigned hits = 0;

    for (uint32_t n = 0; n < IN_ONE_BUCKET; n++) {
        put_stage1(f, n << BUCKETS_LOG2 | n, n);
    }
    for (uint32_t n = 0; n < IN_ONE_BUCKET; n++) {
        g_assert_cmpuint(asid_of(f, n << BUCKETS_LOG2 | n), ==, n);
    }
    g_assert_cmpuint(f->retired->len, ==, IN_ONE_BUCKET - CHAIN_MAX);
    fixture_collect(f);
    /* The oldest went. */
    for (uint32_t n = IN_ONE_BUCKET; n-- > 0; ) {
        f->reads = 0;
        g_assert_cmpuint(asid_of(f, n << BUCKETS_LOG2 | n), ==, n);
        hits += f->reads == 0;
    }
    g_assert_cmpuint(hits, ==, CHAIN_MAX);
    fixture_free(f);
}

/* A whole PCI segment fits, and is dropped to the last. */
static void test_whole_segment(void)
{
    enum { STREAMS = 65536 };
    Fixture *f = new_fixture(16);
    ConfigWords bypass = config_ste_bypass();

    for (uint32_t sid = 0; sid < STREAMS; sid++) {
        config_put_ste(f, sid, &bypass);
        g_assert_cmpint(config_status(f, sid), ==, MSMMU_STATUS_BYPASS);
    }
    f->reads = 0;
    for (uint32_t sid = 0; sid < STREAMS; sid++) {
        config_status(f, sid);
    }
    g_assert_cmpuint(f->reads, ==, 0);
    g_assert_cmpuint(f->retired->len, ==, 0);
    msmmu_config_drop_all(f->m);
    g_assert_cmpuint(f->retired->len, ==, STREAMS);
    fixture_free(f);
}

/* All functions of a bus, and all buses of a function, fit together. */
static void test_usual_streams_do_not_collide(void)
{
    Fixture *f = new_fixture(16);

    for (unsigned i = 0; i < 256; i++) {
        put_stage1(f, i, i);
        put_stage1(f, i << 8, i);
        config_status(f, i);
        config_status(f, i << 8);
    }
    for (unsigned i = 0; i < 256; i++) {
        g_assert_true(is_cached(f, i));
        g_assert_true(is_cached(f, i << 8));
    }
    fixture_free(f);
}

/* ---- Invalidation during a fetch ---- */

/* Between STE and CD, software changes the ASID and invalidates. */
static void invalidate_once(Fixture *f, uint64_t pa, size_t len)
{
    (void)len;
    if (pa == config_cd_pa(1)) {
        f->on_read = NULL;
        put_stage1(f, 1, 101);
        msmmu_config_drop_streams(f->m, 7, 7);
    }
}

/* The fetch began before the invalidation: used once, and not kept. */
static void test_invalidation_during_fetch(void)
{
    Fixture *f = new_fixture(8);
    const MsmmuContext *ctx;
    MsmmuFault fault;

    put_stage1(f, 1, 100);
    f->on_read = invalidate_once;
    g_assert_cmpint(config_get(f, 1, &ctx, &fault), ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(ctx->sid, ==, 1);
    g_assert_false(is_cached(f, 1));
    g_assert_true(is_cached(f, 1));
    g_assert_cmpuint(asid_of(f, 1), ==, 101);
    fixture_free(f);
}

/* Retired, not freed: who has found a context may go on with it. */
static void test_dropped_context_stays_valid(void)
{
    Fixture *f = new_fixture(8);
    const MsmmuContext *ctx;
    MsmmuFault fault;

    put_stage1(f, 1, 100);
    config_get(f, 1, &ctx, &fault);
    msmmu_config_drop_all(f->m);
    g_assert_cmpuint(f->retired->len, >=, 1);
    g_assert_cmpuint(ctx->asid, ==, 100);
    fixture_free(f);
}

/* ---- Threads ---- */

#define STREAMS 16
#define READERS 3
#define ROUNDS 2000
#define ROUNDS_PER_WAIT 100

typedef struct Race {
    Fixture *f;
    unsigned floor[STREAMS];    /* the ASID that was last invalidated for */
    bool stop;
} Race;

typedef struct Reader {
    Race *race;
    Progress lookups;
} Reader;

static gpointer reader(gpointer opaque)
{
    Reader *r = opaque;
    Race *race = r->race;

    while (!__atomic_load_n(&race->stop, __ATOMIC_ACQUIRE)) {
        uint32_t sid = progress_done(&r->lookups) % STREAMS;
        unsigned floor = __atomic_load_n(&race->floor[sid],
                                         __ATOMIC_ACQUIRE);

        g_assert_cmpuint(asid_of(race->f, sid), >=, floor);
        progress_step(&r->lookups);
    }
    return NULL;
}

/* Nothing is found that is older than the last invalidation. */
static void test_race(void)
{
    Race race = { .f = new_fixture(8) };
    Reader readers[READERS];
    GThread *threads[READERS];

    for (unsigned sid = 0; sid < STREAMS; sid++) {
        put_stage1(race.f, sid, 0);
    }
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (Reader) { .race = &race };
        threads[i] = g_thread_new("reader", reader, &readers[i]);
    }
    for (unsigned round = 1; round <= ROUNDS; round++) {
        uint32_t sid = round * 7 % STREAMS;

        put_stage1(race.f, sid, round);
        switch (round % 3) {
        case 0:
            msmmu_config_drop_all(race.f->m);
            break;
        case 1:
            msmmu_config_drop_streams(race.f->m, sid, sid);
            break;
        default:
            msmmu_config_drop_substream(race.f->m, sid, 0);
        }
        __atomic_store_n(&race.floor[sid], round, __ATOMIC_RELEASE);
        if (round % ROUNDS_PER_WAIT == 0) {
            progress_wait_whole(&readers[round / ROUNDS_PER_WAIT % READERS]
                                .lookups, 1);
        }
    }
    __atomic_store_n(&race.stop, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < READERS; i++) {
        g_thread_join(threads[i]);
    }
    fixture_free(race.f);
}

/* Two instances: the same StreamIDs, nothing in common. */
static void test_two_instances(void)
{
    Fixture *a = new_fixture(8), *b = new_fixture(8);

    put_stage1(a, 1, 100);
    put_stage1(b, 1, 200);
    g_assert_cmpuint(asid_of(a, 1), ==, 100);
    g_assert_cmpuint(asid_of(b, 1), ==, 200);
    msmmu_config_drop_all(a->m);
    g_assert_true(is_cached(b, 1));
    g_assert_false(is_cached(a, 1));
    fixture_free(a);
    g_assert_cmpuint(asid_of(b, 1), ==, 200);
    fixture_free(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/config/" name, function)
    TEST("second-lookup-reads-nothing", test_hit);
    TEST("nothing-is-cached-when-smmuen-changed",
         test_nothing_cached_when_smmuen_changed);
    TEST("context-is-used-until-invalidated", test_used_until_invalidated);
    TEST("bypass-and-abort-are-cached", test_bypass_and_abort_are_cached);
    TEST("faults-are-not-cached", test_faults_are_not_cached);
    TEST("substreams-are-kept-apart", test_substreams_are_kept_apart);
    TEST("range-drops-its-streams-only", test_scopes);
    TEST("cd-0-is-that-of-the-stream", test_drop_substream);
    TEST("2^32-streams-are-dropped-at-once", test_wide_range_is_cheap);
    TEST("wide-ranges-share-no-slice", test_wide_ranges_share_no_slice);
    TEST("cache-is-bounded", test_bounded);
    TEST("a-whole-segment-fits", test_whole_segment);
    TEST("usual-streams-do-not-collide", test_usual_streams_do_not_collide);
    TEST("fetch-that-an-invalidation-met-is-not-kept",
         test_invalidation_during_fetch);
    TEST("dropped-context-stays-valid", test_dropped_context_stays_valid);
    TEST("nothing-older-than-an-invalidation-is-found", test_race);
    TEST("two-instances-share-nothing", test_two_instances);
    return g_test_run();
}
