/*
 * The configuration cache against a model: whatever software rewrites,
 * invalidates and uses, each lookup answers as the structures were when they
 * were last fetched, and what a command covers is fetched anew (IHI 0070
 * 3.21.3, 4.3). And its lists: what a command looks at is what it covers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_lookup.h"
#include "context_helpers.h"

/* CMD_CFGI_*: opcodes (4.1.3) */
enum { CFGI_STE = 0x03, CFGI_STE_RANGE = 0x04, CFGI_CD = 0x05,
       CFGI_CD_ALL = 0x06 };
/* STE.S1DSS (5.2) */
enum { S1DSS_TERMINATE, S1DSS_BYPASS, S1DSS_SSID0 };

#define SSIDS 4
/* No SubstreamID */
#define NONE SSIDS
#define KEYS (SSIDS + 1)
#define CHAIN_MAX 4

/* Of three chains, and neighbours. */
static const uint32_t pool[] = {
    0, 1, 2, 3, 1 << 14 | 1, 1 << 14, 2 << 14 | 2, 0x5a00, 0x5aff,
};

#define POOL ((int)G_N_ELEMENTS(pool))

/* What a lookup comes to; of translations the ASID, which tells CDs apart. */
typedef struct Answer {
    MsmmuStatus status;
    unsigned asid;
} Answer;

/* As software has written them. */
typedef struct Stream {
    unsigned s1dss;
    unsigned table;             /* of two */
    unsigned asid[2][SSIDS];    /* by table */
} Stream;

typedef struct Model {
    Fixture *f;
    GRand *rand;
    unsigned asids;             /* so many were given out */
    Stream streams[POOL];
    /* What is cached, and as what. */
    bool cached[POOL][KEYS];
    Answer as[POOL][KEYS];
    bool during_fetch;          /* the next one is met by a command */
    bool covered[POOL][KEYS];   /* by that command */
} Model;

/* ---- Structures ---- */

static uint64_t table_pa(unsigned n, unsigned table)
{
    return UINT64_C(0x48000000) + (n * 2 + table) * 0x1000;
}

static void write_ste(Model *w, unsigned n)
{
    ConfigWords ste = config_ste_stage1(table_pa(n, w->streams[n].table));

    config_set_bits(&ste, 63, 59, 2);
    config_set_bits(&ste, 65, 64, w->streams[n].s1dss);
    config_put_ste(w->f, pool[n], &ste);
}

static void write_cd(Model *w, unsigned n, unsigned table, unsigned ssid)
{
    unsigned asid = ++w->asids & 0xffff;
    ConfigWords cd = config_cd(asid, 0x1000);

    w->streams[n].asid[table][ssid] = asid;
    config_put(w->f, table_pa(n, table) + 64 * ssid, &cd);
}

static void rewrite_some(Model *w)
{
    unsigned n = g_rand_int_range(w->rand, 0, POOL);

    if (g_rand_boolean(w->rand)) {
        w->streams[n].s1dss = g_rand_int_range(w->rand, 0, 3);
        w->streams[n].table = g_rand_int_range(w->rand, 0, 2);
        write_ste(w, n);
    } else {
        write_cd(w, n, g_rand_int_range(w->rand, 0, 2),
                 g_rand_int_range(w->rand, 0, SSIDS));
    }
}

/* What the structures say now (5.2 S1DSS). */
static Answer in_memory(const Model *w, unsigned n, unsigned key)
{
    const Stream *s = &w->streams[n];
    bool faults = key == NONE ? s->s1dss == S1DSS_TERMINATE :
                  key == 0 && s->s1dss == S1DSS_SSID0;
    unsigned index = key == NONE ? 0 : key;

    if (faults) {
        return (Answer) { MSMMU_STATUS_FAULT, 0 };
    }
    if (key == NONE && s->s1dss == S1DSS_BYPASS) {
        return (Answer) { MSMMU_STATUS_BYPASS, 0 };
    }
    return (Answer) { MSMMU_STATUS_OK, s->asid[s->table][index] };
}

/* ---- Commands ---- */

typedef struct Cover {
    uint32_t first, last;
    unsigned index;             /* of a CD; NONE: all of the streams */
} Cover;

static bool covers(const Cover *c, unsigned n, unsigned key)
{
    return pool[n] >= c->first && pool[n] <= c->last &&
        (c->index == NONE || key == c->index || (c->index == 0 && key == NONE));
}

/* SubstreamID [31:12], StreamID [63:32]; Leaf and Range in word 1. */
static Cover command_some(Model *w)
{
    uint32_t sid = pool[g_rand_int_range(w->rand, 0, POOL)];
    unsigned opcode = g_rand_int_range(w->rand, CFGI_STE, CFGI_CD_ALL + 1);
    uint64_t word1 = g_rand_int_range(w->rand, 0, 2), ssid = 0;
    Cover c = { sid, sid, NONE };

    if (opcode == CFGI_CD) {
        ssid = c.index = g_rand_int_range(w->rand, 0, SSIDS);
    } else if (opcode == CFGI_STE_RANGE) {
        word1 = g_rand_int_range(w->rand, 0, 32);
        c.last = sid | ((UINT64_C(2) << word1) - 1);
        c.first = c.last - ((UINT64_C(2) << word1) - 1);
    }
    fixture_command(w->f, opcode | ssid << 12 | (uint64_t)sid << 32, word1);
    fixture_settle(w->f);
    g_assert_cmpuint(fixture_cerror(w->f), ==, 0);
    return c;
}

static void invalidate_some(Model *w)
{
    Cover c = command_some(w);

    for (int n = 0; n < POOL; n++) {
        for (unsigned key = 0; key < KEYS; key++) {
            w->cached[n][key] = w->cached[n][key] && !covers(&c, n, key);
            w->covered[n][key] |= covers(&c, n, key);
        }
    }
}

/* ---- Lookups ---- */

static MsmmuRequest request(unsigned n, unsigned key)
{
    return (MsmmuRequest) {
        .sid = pool[n],
        .ssid = key == NONE ? 0 : key,
        .ssid_valid = key != NONE,
    };
}

static bool is_cached(const Model *w, unsigned n, unsigned key)
{
    const MsmmuRequest rq = request(n, key);

    return msmmu_config_peek(w->f->m, &rq);
}

static bool is_same(const Answer *a, const Answer *b)
{
    return a->status == b->status && a->asid == b->asid;
}

static Answer look_up(const Model *w, unsigned n, unsigned key)
{
    const MsmmuRequest rq = request(n, key);
    const MsmmuContext *ctx;
    MsmmuFault fault;
    MsmmuStatus status = msmmu_config_get(w->f->m, &rq,
                                          msmmu_load(&w->f->m->gate), &ctx,
                                          &fault);

    return (Answer) {
        status, status == MSMMU_STATUS_OK ? ctx->asid : 0,
    };
}

/* Software rewrites and invalidates between two reads of a fetch. */
static void meet(Fixture *f, uint64_t pa, size_t len)
{
    Model *w = f->hook_data;

    if (pa >= FIXTURE_CMDQ && pa < FIXTURE_EVENTQ) {
        return;
    }
    (void)len;
    f->on_read = NULL;
    w->during_fetch = true;
    for (int i = g_rand_int_range(w->rand, 0, 3); i > 0; i--) {
        rewrite_some(w);
    }
    if (g_rand_boolean(w->rand)) {
        invalidate_some(w);
    }
}

static void use_some(Model *w)
{
    unsigned n = g_rand_int_range(w->rand, 0, POOL);
    unsigned key = g_rand_int_range(w->rand, 0, KEYS);
    bool was_cached = w->cached[n][key];
    Answer before = in_memory(w, n, key), found;

    w->during_fetch = false;
    memset(w->covered, 0, sizeof(w->covered));
    w->f->hook_data = w;
    w->f->on_read = g_rand_int_range(w->rand, 0, 4) ? NULL : meet;
    found = look_up(w, n, key);
    w->f->on_read = NULL;
    if (was_cached) {
        g_assert_true(is_same(&found, &w->as[n][key]));
        return;
    }
    if (!w->during_fetch) {
        g_assert_true(is_same(&found, &before));
    }
    /* What is kept is no older than a command that covers it. */
    if (is_cached(w, n, key)) {
        g_assert_false(w->covered[n][key]);
        g_assert_cmpint(found.status, !=, MSMMU_STATUS_FAULT);
        w->cached[n][key] = true;
        w->as[n][key] = found;
    } else {
        g_assert_true(w->during_fetch || found.status == MSMMU_STATUS_FAULT);
    }
}

/* ---- The lists ---- */

static unsigned bucket_of_stream(uint32_t sid)
{
    return config_bucket(config_key(sid, 0, false));
}

/* How many are in the chain of a bucket. */
static unsigned check_chain(const MsmmuContextCache *cache, unsigned bucket)
{
    unsigned length = 0;

    for (MsmmuConfigEntry *e = cache->buckets[bucket]; e; e = e->next) {
        g_assert_cmpuint(config_bucket(e->key), ==, bucket);
        length++;
    }
    g_assert_cmpuint(length, <=, CHAIN_MAX);
    return length;
}

/* How many are of the stream whose first entry is @first, and are its own. */
static unsigned check_stream(const MsmmuConfigEntry *first, unsigned bucket)
{
    const GList *prev = NULL;
    unsigned length = 0;

    g_assert_cmpuint(bucket_of_stream(first->ctx.sid), ==, bucket);
    for (const GList *l = &first->of_stream; l; prev = l, l = l->next) {
        const MsmmuConfigEntry *e = l->data;

        g_assert_true(l == &e->of_stream && l->prev == prev);
        g_assert_cmpuint(e->ctx.sid, ==, first->ctx.sid);
        length++;
    }
    for (const MsmmuConfigEntry *other = first->next_stream; other;
         other = other->next_stream) {
        g_assert_cmpuint(other->ctx.sid, !=, first->ctx.sid);
    }
    return length;
}

/* All that is found is on the list of its stream, and on that of all. */
static void check_lists(const Fixture *f)
{
    const MsmmuContextCache *cache = f->m->contexts;
    unsigned found = 0, of_streams = 0;

    for (unsigned bucket = 0; bucket < CONFIG_BUCKETS; bucket++) {
        found += check_chain(cache, bucket);
        for (const MsmmuConfigEntry *first = cache->streams[bucket]; first;
             first = first->next_stream) {
            of_streams += check_stream(first, bucket);
        }
    }
    g_assert_cmpuint(of_streams, ==, found);
    g_assert_cmpuint(g_queue_get_length(&f->m->contexts->all), ==, found);
    g_assert_cmpuint(g_list_length(cache->all.head), ==, found);
}

/* ---- The tests ---- */

static Fixture *new_enabled(void)
{
    MsmmuConfig config = full_config();
    Fixture *f = fixture_new(&config);

    fixture_enable(f);
    fixture_set_reg32(f, SMMU_CR0, 0);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 16);
    fixture_set_reg32(f, SMMU_CR0, CR0_SMMUEN | CR0_CMDQEN);
    return f;
}

static void check_cached(const Model *w)
{
    for (int n = 0; n < POOL; n++) {
        for (unsigned key = 0; key < KEYS; key++) {
            g_assert_cmpint(is_cached(w, n, key), ==, w->cached[n][key]);
        }
    }
}

static void test_model(void)
{
    g_autoptr(GRand) r = g_rand_new_with_seed(g_test_rand_int());
    Model w = { .f = new_enabled(), .rand = r };

    for (int n = 0; n < POOL; n++) {
        w.streams[n].s1dss = S1DSS_SSID0;
        write_ste(&w, n);
        for (unsigned i = 0; i < 2 * SSIDS; i++) {
            write_cd(&w, n, i / SSIDS, i % SSIDS);
        }
    }
    for (unsigned round = 0; round < 20000; round++) {
        switch (g_rand_int_range(r, 0, 8)) {
        case 0:
            rewrite_some(&w);
            break;
        case 1:
            invalidate_some(&w);
            fixture_collect(w.f);
            break;
        default:
            use_some(&w);
        }
        check_cached(&w);
        if (round % 500 == 0) {
            check_lists(w.f);
        }
    }
    fixture_free(w.f);
}

/* A stream with many substreams, and one whose list begins where its does. */
enum { MANY_LOG2 = 12, BUSY = 0, BESIDE = 1 << 14 | 1 };

static MsmmuStatus use(Fixture *f, uint32_t sid, uint32_t ssid)
{
    const MsmmuRequest rq = { .sid = sid, .ssid = ssid, .ssid_valid = true };
    const MsmmuContext *ctx;
    MsmmuFault fault;

    return msmmu_config_get(f->m, &rq, msmmu_load(&f->m->gate), &ctx, &fault);
}

/* Entries that one looks at to find all of the stream. */
static unsigned looked_at(const Fixture *f, uint32_t sid)
{
    const MsmmuConfigEntry *e = f->m->contexts->streams[bucket_of_stream(sid)];
    unsigned before = 0;

    for (; e && e->ctx.sid != sid; e = e->next_stream) {
        before++;
    }
    return before + (e ? check_stream(e, bucket_of_stream(sid)) : 0);
}

static void test_own_entries_only(void)
{
    Fixture *f = new_enabled();
    ConfigWords ste = config_ste_stage1(table_pa(0, 0));
    ConfigWords cd = config_cd(1, 0x1000);
    unsigned many;

    g_assert_cmpuint(bucket_of_stream(BUSY), ==, bucket_of_stream(BESIDE));
    config_set_bits(&ste, 63, 59, MANY_LOG2);
    config_put_ste(f, BUSY, &ste);
    config_put_ste(f, BESIDE, &ste);
    for (unsigned i = 0; i < 1u << MANY_LOG2; i++) {
        config_put(f, table_pa(0, 0) + 64 * i, &cd);
    }
    for (unsigned i = 0; i < 1u << MANY_LOG2; i++) {
        g_assert_cmpint(use(f, i ? BUSY : BESIDE, i), ==, MSMMU_STATUS_OK);
    }
    check_lists(f);
    many = looked_at(f, BUSY);
    g_assert_cmpuint(many, >, 3000);
    g_assert_cmpuint(looked_at(f, BESIDE), <=, 2);
    /* The first of the many goes, the last, and one between. */
    msmmu_config_drop_substream(f->m, BUSY, (1 << MANY_LOG2) - 1);
    msmmu_config_drop_substream(f->m, BUSY, 1);
    msmmu_config_drop_substream(f->m, BUSY, 1 << (MANY_LOG2 - 1));
    check_lists(f);
    g_assert_cmpuint(looked_at(f, BUSY), ==, many - 3);
    msmmu_config_drop_streams(f->m, BESIDE, BESIDE);
    check_lists(f);
    g_assert_cmpuint(f->m->contexts->all.length, ==, looked_at(f, BUSY));
    msmmu_config_drop_streams(f->m, BUSY, BUSY);
    g_assert_cmpuint(f->m->contexts->all.length, ==, 0);
    check_lists(f);
    fixture_free(f);
}

/* More than the chains hold: what goes to make room is on no list. */
static void test_evicted(void)
{
    Fixture *f = new_enabled();
    ConfigWords bypass = config_ste_bypass();

    for (uint32_t n = 0; n < 4 * CHAIN_MAX; n++) {
        for (uint32_t i = 0; i < 2; i++) {
            uint32_t sid = (n ^ i) << 14 | (n ^ i);

            config_put_ste(f, sid, &bypass);
            config_status(f, sid);
            check_lists(f);
        }
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) \
    g_test_add_func("/msmmu/config-model/" name, function)
    TEST("answers-as-last-fetched", test_model);
    TEST("a-stream-is-dropped-by-its-own-entries", test_own_entries_only);
    TEST("what-makes-room-is-on-no-list", test_evicted);
    return g_test_run();
}
