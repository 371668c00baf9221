/*
 * What is cached changes no answer: random streams that share ASID, VMID and
 * tables and differ in little else, on an instance that keeps its translations
 * and on one that walks for each transaction. And each answer holds for all of
 * the block that it names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pair.h"
#include "rig.h"

#define GUESTS 16
#define ROUNDS 10
#define TRANSACTIONS 250

typedef struct Test {
    Pair p;
    unsigned hits;              /* answered without a read of memory */
    unsigned blocks;
    unsigned updates;
} Test;

/* ---- Transactions ---- */

static MsmmuResult ask(Pair *p, unsigned i, const MsmmuRequest *rq)
{
    fixture_forget(p->f[i]);
    return msmmu_translate(p->f[i]->m, rq);
}

/*
 * Any other address of the block: walked for as a probe, which changes nothing.
 */
static void check_block(Test *t, const MsmmuRequest *rq,
                        const MsmmuResult *result)
{
    uint64_t low = result->size_log2 >= 64 ? UINT64_MAX :
                   (UINT64_C(1) << result->size_log2) - 1;
    MsmmuRequest other = *rq;
    MsmmuResult there;

    other.probe = true;
    other.iova ^= random64(t->p.r) & low;
    there = ask(&t->p, WALKS, &other);
    pair_assert_same(&there, &(MsmmuResult) {
        .disposition = MSMMU_FORWARD,
        .pa = (result->pa & ~low) | (other.iova & low),
        .size_log2 = result->size_log2,
        .perms = result->perms,
        .attributes = result->attributes,
    });
    t->blocks++;
}

/* The same of both. False if it changed memory. */
static bool compare(Test *t, const MsmmuRequest *rq, MsmmuResult *walked)
{
    Pair *p = &t->p;
    MsmmuResult kept;

    pair_forget_translations(p->f[WALKS]);
    *walked = ask(p, WALKS, rq);
    kept = ask(p, KEEPS, rq);
    pair_assert_same(&kept, walked);
    g_assert_cmpuint(p->f[KEEPS]->updates, ==, p->f[WALKS]->updates);
    t->hits += kept.disposition == MSMMU_FORWARD && !p->f[KEEPS]->reads &&
               p->f[WALKS]->reads;
    pair_assert_same_events(p);
    return !p->f[KEEPS]->updates;
}

/*
 * Descriptors may be anything here, such as of both stages at once. Once one
 * was updated, what was cached before goes; what is cached after that stays.
 */
static void transact(Pair *p, void *opaque)
{
    Test *t = opaque;
    MsmmuRequest rq = pair_request(p);
    MsmmuResult result;

    for (unsigned i = 0; i < 3 && !compare(t, &rq, &result); i++) {
        t->updates++;
        pair_forget_translations(p->f[KEEPS]);
    }
    if (result.disposition == MSMMU_FORWARD) {
        check_block(t, &rq, &result);
    }
    fixture_collect(p->f[KEEPS]);
    fixture_collect(p->f[WALKS]);
}

static void test_random(void)
{
    Test t = { .p.r = pair_random() };

    for (unsigned i = 0; i < GUESTS; i++) {
        pair_run(&t.p, i % 2, ROUNDS, TRANSACTIONS, transact, &t);
    }
    g_test_message("%u hits, %u blocks, %u updates", t.hits, t.blocks,
                   t.updates);
    g_assert_cmpuint(t.hits, >, 100);
    g_assert_cmpuint(t.blocks, >, 100);
    g_assert_cmpuint(t.updates, >, 20);
    g_rand_free(t.p.r);
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
