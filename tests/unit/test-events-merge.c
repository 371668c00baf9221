/*
 * Merging of events (IHI 0070 3.5.5, 5.2 STE.MEV, 7.3.1): what becomes one
 * record, and what never does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"
#include "spec/evt.h"

#define PROD 0x100a8
#define CONS 0x100ac
#define OVFLG UINT32_C(0x80000000)
#define MS 1000000

#define AT(address, ...) { .iova = address, __VA_ARGS__ }

/* F_TRANSLATION of stage 1, and how an event may differ from it */
static const MsmmuRequest first_rq = AT(0x5678);
static const MsmmuFault first_fault = {
    .type = EVT_F_TRANSLATION, .stage = 1, .class = MSMMU_CLASS_IN,
    .may_merge = true,
};

static Fixture *fixture_with_queue(unsigned log2)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, log2);
    fixture_forget(f);
    return f;
}

static void record(Fixture *f, uint64_t iova)
{
    MsmmuRequest rq = first_rq;

    rq.iova = iova;
    msmmu_event_record(f->m, &rq, &first_fault);
}

/* Consume all records. */
static unsigned count(Fixture *f)
{
    FixtureEvent event;
    unsigned n = 0;

    while (fixture_event(f, &event)) {
        n++;
    }
    return n;
}

/* ---- What is the same ---------------------------------------------------- */

#define FAULT(name, ...) \
    { .type = EVT_##name, .stage = 1, .class = MSMMU_CLASS_IN, __VA_ARGS__ }
#define STAGE2(name, class_of, page, ...) \
    { .type = EVT_##name, .stage = 2, .class = MSMMU_CLASS_##class_of, \
      .ipa = page, __VA_ARGS__ }
#define ABORT(address) \
    { .type = EVT_F_WALK_EABT, .stage = 1, .class = MSMMU_CLASS_TT, \
      .fetch_address = address }

#define HERE AT(0x5678)
#define PLAIN FAULT(F_TRANSLATION)

typedef struct Pair {
    const char *name;
    MsmmuRequest rq[2];
    MsmmuFault fault[2];
    bool merged;
} Pair;

static const Pair pairs[] = {
    { "identical", { HERE, HERE }, { PLAIN, PLAIN }, true },
    { "InputAddr[11:0]", { HERE, AT(0x5fff) }, { PLAIN, PLAIN }, true },
    { "the next page", { HERE, AT(0x6678) }, { PLAIN, PLAIN }, false },
    { "the page before", { HERE, AT(0x4678) }, { PLAIN, PLAIN }, false },
    { "InputAddr[63]", { HERE, AT(0x8000000000005678) },
      { PLAIN, PLAIN }, false },
    { "StreamID", { HERE, AT(0x5678, .sid = 8) }, { PLAIN, PLAIN }, false },
    { "SSV", { HERE, AT(0x5678, .ssid_valid = true) },
      { PLAIN, PLAIN }, false },
    { "SubstreamID",
      { AT(0x5678, .ssid_valid = true, .ssid = 1),
        AT(0x5678, .ssid_valid = true, .ssid = 2) },
      { PLAIN, PLAIN }, false },
    { "RnW", { HERE, AT(0x5678, .write = true) }, { PLAIN, PLAIN }, false },
    { "an atomic is a write",
      { AT(0x5678, .write = true), AT(0x5678, .write = true, .atomic = true) },
      { PLAIN, PLAIN }, true },
    { "InD", { HERE, HERE },
      { PLAIN, FAULT(F_TRANSLATION, .instruction = true) }, false },
    { "PnU", { HERE, HERE },
      { PLAIN, FAULT(F_TRANSLATION, .privileged = true) }, false },
    { "type", { HERE, HERE }, { PLAIN, FAULT(F_ACCESS) }, false },
    { "S2", { HERE, HERE }, { PLAIN, STAGE2(F_TRANSLATION, IN, 0) }, false },
    { "CLASS", { HERE, HERE },
      { STAGE2(F_TRANSLATION, IN, 0x3456), STAGE2(F_TRANSLATION, TT, 0x3456) },
      false },
    { "the page of IPA", { HERE, HERE },
      { STAGE2(F_TRANSLATION, IN, 0x3456), STAGE2(F_TRANSLATION, IN, 0x3fff) },
      true },
    { "another page of IPA", { HERE, HERE },
      { STAGE2(F_TRANSLATION, IN, 0x3456), STAGE2(F_TRANSLATION, IN, 0x4456) },
      false },
    { "F_ADDR_SIZE", { HERE, AT(0x5000) },
      { FAULT(F_ADDR_SIZE), FAULT(F_ADDR_SIZE) }, true },
    { "F_ACCESS", { HERE, AT(0x5000) },
      { FAULT(F_ACCESS), FAULT(F_ACCESS) }, true },
    { "F_PERMISSION", { HERE, AT(0x5000) },
      { FAULT(F_PERMISSION), FAULT(F_PERMISSION) }, true },
    { "TTRnW", { HERE, HERE },
      { STAGE2(F_PERMISSION, TT, 0x3456),
        STAGE2(F_PERMISSION, TT, 0x3456, .read_not_write = true) }, false },
    { "F_WALK_EABT", { HERE, AT(0x5000) },
      { ABORT(0x1008), ABORT(0x1008) }, true },
    { "FetchAddr", { HERE, HERE }, { ABORT(0x1008), ABORT(0x1010) }, false },
    { "C_BAD_CD, from anywhere", { HERE, AT(0x999999) },
      { { .type = EVT_C_BAD_CD }, { .type = EVT_C_BAD_CD } }, true },
};

static void record_of_pair(Fixture *f, const Pair *pair, unsigned i, bool mev)
{
    MsmmuFault fault = pair->fault[i];

    fault.may_merge = mev;
    msmmu_event_record(f->m, &pair->rq[i], &fault);
}

/* What is kept is the record of the first. */
static void test_pairs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        Fixture *f = fixture_with_queue(7);
        FixtureEvent before, after;

        g_test_message("%s", pairs[i].name);
        record_of_pair(f, &pairs[i], 0, true);
        for (int w = 0; w < 4; w++) {
            before.word[w] = fixture_read64(f, FIXTURE_EVENTQ + 8 * w);
        }
        record_of_pair(f, &pairs[i], 1, true);
        g_assert_cmphex(fixture_reg32(f, PROD), ==, pairs[i].merged ? 1 : 2);
        g_assert_true(fixture_event(f, &after));
        g_assert_cmpmem(&after, sizeof(after), &before, sizeof(before));
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);
        fixture_free(f);
    }
}

/* Both are to be of a stream with MEV: it may change meanwhile. */
static void test_mev(void)
{
    for (unsigned n = 0; n < 4; n++) {
        Fixture *f = fixture_with_queue(7);

        record_of_pair(f, &pairs[0], 0, n & 1);
        record_of_pair(f, &pairs[0], 1, n & 2);
        g_assert_cmpuint(count(f), ==, n == 3 ? 1 : 2);
        fixture_free(f);
    }
}

/* ---- When ---------------------------------------------------------------- */

/* Of one thousand in 10 ms, 1 in each ms: since the record, not the event. */
static void test_time(void)
{
    Fixture *f = fixture_with_queue(7);

    for (unsigned n = 0; n < 1000; n++) {
        record(f, 0x5000);
        f->now += MS / 100;
    }
    g_assert_cmpuint(count(f), ==, 10);
    fixture_free(f);
}

/* Software that has consumed a record may have mended its cause. */
static void test_consumed(void)
{
    Fixture *f = fixture_with_queue(3);

    for (unsigned n = 0; n < 40; n++) {
        record(f, 0x5000);
        record(f, 0x5008);
        g_assert_cmpuint(count(f), ==, 1);
    }
    /* The first of three is consumed, the others are not. */
    record(f, 0x5000);
    record(f, 0x6000);
    record(f, 0x7000);
    g_assert_cmpint(fixture_event_type(f), ==, EVT_F_TRANSLATION);
    record(f, 0x7000);
    record(f, 0x6000);
    record(f, 0x5000);
    g_assert_cmpuint(count(f), ==, 3);
    fixture_free(f);
}

/* Several pages, in turn; the memory for that is bounded. */
static void test_in_turn(void)
{
    Fixture *f = fixture_with_queue(7);

    for (unsigned n = 0; n < 100; n++) {
        record(f, 0x1000 * (n % 8));
    }
    g_assert_cmpuint(count(f), ==, 8);
    for (unsigned n = 0; n < 100; n++) {
        record(f, 0x1000 * (n % 9));
    }
    g_assert_cmpuint(count(f), ==, 100);
    fixture_free(f);
}

/* Others between do not matter, unless the queue wraps around. */
static void test_others_between(void)
{
    const MsmmuFault other = { .type = EVT_C_BAD_STE };
    Fixture *f = fixture_with_queue(7);

    record(f, 0x5000);
    for (unsigned n = 0; n < 100; n++) {
        msmmu_event_record(f->m, &first_rq, &other);
    }
    record(f, 0x5000);
    g_assert_cmpuint(count(f), ==, 101);
    fixture_free(f);

    /* One entry: every second index is the same again. */
    f = fixture_with_queue(0);
    for (unsigned n = 0; n < 10; n++) {
        record(f, 0x5000);
        g_assert_cmpuint(count(f), ==, 1);
        msmmu_event_record(f->m, &first_rq, &other);
        record(f, 0x5000);
        /* Full of the other one: this is an overflow. */
        g_assert_cmphex(fixture_reg32(f, PROD) & OVFLG, ==, OVFLG);
        g_assert_cmpuint(count(f), ==, 1);
    }
    fixture_free(f);
}

/* ---- The queue ----------------------------------------------------------- */

/* An event that a full queue represents is not lost (7.4). */
static void test_full(void)
{
    Fixture *f = fixture_with_queue(1);

    record(f, 0x5000);
    record(f, 0x6000);
    record(f, 0x5000);
    record(f, 0x6000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 2);
    record(f, 0x7000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, OVFLG | 2);
    /* What was discarded cannot be merged into. */
    g_assert_cmpuint(count(f), ==, 2);
    record(f, 0x7000);
    g_assert_cmpuint(count(f), ==, 1);
    fixture_free(f);
}

/* Disabled, aborted: nothing is merged, nothing remembered. */
static void test_not_writable(void)
{
    Fixture *f = fixture_with_queue(7);

    fixture_fail(f, FIXTURE_EVENTQ, FIXTURE_EVENTQ + 31);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 0);
    fixture_heal(f);
    fixture_set_reg32(f, 0x64, 0x4);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 1);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 1);
    fixture_free(f);
}

/* Software that writes the queue's registers begins a new one. */
static void test_queue_changed(void)
{
    static const struct {
        const char *name;
        uint64_t base;
        uint32_t prod;
        uint32_t cons;
    } cases[] = {
        { "another base", (FIXTURE_EVENTQ + 0x100000) | 7, 1, 0 },
        { "another size", FIXTURE_EVENTQ | 6, 1, 0 },
        { "another index", FIXTURE_EVENTQ | 7, 3, 2 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_queue(7);

        g_test_message("%s", cases[i].name);
        record(f, 0x5000);
        fixture_set_reg32(f, 0x20, 0);
        fixture_set_reg64(f, 0xa0, cases[i].base);
        fixture_set_reg32(f, PROD, cases[i].prod);
        fixture_set_reg32(f, CONS, cases[i].cons);
        fixture_set_reg32(f, 0x20, 0x4);
        record(f, 0x5000);
        g_assert_cmphex(fixture_reg32(f, PROD), ==, cases[i].prod + 1);
        fixture_free(f);
    }
}

/* The same queue, off and on again: its records are there. */
static void test_queue_again(void)
{
    Fixture *f = fixture_with_queue(7);

    record(f, 0x5000);
    fixture_set_reg32(f, 0x20, 0);
    record(f, 0x5000);
    fixture_set_reg32(f, 0x20, 0x4);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 1);
    /* CONS beyond PROD counts as full. */
    fixture_set_reg32(f, CONS, 2);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, OVFLG | 1);
    fixture_free(f);
}

static void test_reset(void)
{
    Fixture *f = fixture_with_queue(7);

    record(f, 0x5000);
    msmmu_reset(f->m);
    g_assert_cmpuint(f->m->recent.written, ==, 0);
    fixture_enable_queues(f, 7);
    fixture_set_reg32(f, 0x20, 0);
    fixture_set_reg32(f, PROD, 1);
    fixture_set_reg32(f, 0x20, 0x4);
    record(f, 0x5000);
    g_assert_cmphex(fixture_reg32(f, PROD), ==, 2);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/events-merge/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("all-but-the-offset-in-the-page-must-be-equal", test_pairs);
    ADD("mev-is-needed", test_mev);
    ADD("only-what-comes-quickly", test_time);
    ADD("never-into-what-was-consumed", test_consumed);
    ADD("eight-in-turn", test_in_turn);
    ADD("others-between-do-not-matter", test_others_between);
    ADD("into-a-full-queue-is-no-overflow", test_full);
    ADD("never-into-what-was-not-written", test_not_writable);
    ADD("never-into-a-queue-of-before", test_queue_changed);
    ADD("into-the-same-queue-enabled-again", test_queue_again);
    ADD("reset-forgets", test_reset);
    return g_test_run();
}
