/*
 * Events: the record of every type as literal words (7.3), the queue's
 * protocol, overflow, aborts, interrupts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"
#include "spec/evt.h"

static Fixture *fixture_with_queue(unsigned log2)
{
    Fixture *f = fixture_new(NULL);

    fixture_enable_queues(f, log2);
    fixture_forget(f);
    return f;
}

static const MsmmuRequest plain_read = {
    .iova = 0x123456789abcdef0, .sid = 0x0001a2b3,
};

static void record(Fixture *f, unsigned n)
{
    const MsmmuRequest rq = { .iova = 0x1000, .sid = n };
    const MsmmuFault fault = { .type = EVT_C_BAD_STE };

    msmmu_event_record(f->m, &rq, &fault);
}

/* ---- Records ------------------------------------------------------------- */

typedef struct Case {
    const char *name;
    MsmmuRequest rq;
    MsmmuFault fault;
    uint64_t word[4];
} Case;

static void check_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Fixture *f = fixture_with_queue(7);
        FixtureEvent event;

        g_test_message("%s", cases[i].name);
        msmmu_event_record(f->m, &cases[i].rq, &cases[i].fault);
        g_assert_true(fixture_event(f, &event));
        for (int w = 0; w < 4; w++) {
            g_assert_cmphex(event.word[w], ==, cases[i].word[w]);
        }
        g_assert_false(fixture_event(f, &event));
        fixture_free(f);
    }
}

#define RQ(...) { .iova = 0x123456789abcdef0, .sid = 0x0001a2b3, __VA_ARGS__ }
#define RQ_SSID RQ(.ssid = 0xfedcb, .ssid_valid = true)
#define ADDR 0x123456789abcdef0

/* Records of these have neither an address nor attributes. */
static void test_configuration_records(void)
{
    static const Case cases[] = {
        { "C_BAD_STREAMID", RQ(), { .type = EVT_C_BAD_STREAMID },
          { 0x0001a2b300000002, 0, 0, 0 } },
        { "C_BAD_STREAMID, SSV", RQ_SSID, { .type = EVT_C_BAD_STREAMID },
          { 0x0001a2b3fedcb802, 0, 0, 0 } },
        { "C_BAD_STE", RQ(.write = true), { .type = EVT_C_BAD_STE },
          { 0x0001a2b300000004, 0, 0, 0 } },
        { "C_BAD_STE, SSV", RQ_SSID, { .type = EVT_C_BAD_STE },
          { 0x0001a2b3fedcb804, 0, 0, 0 } },
        { "F_STREAM_DISABLED", RQ(), { .type = EVT_F_STREAM_DISABLED },
          { 0x0001a2b300000006, 0, 0, 0 } },
        { "F_STREAM_DISABLED has no SubstreamID", RQ_SSID,
          { .type = EVT_F_STREAM_DISABLED },
          { 0x0001a2b300000006, 0, 0, 0 } },
        { "C_BAD_SUBSTREAMID has no SSV", RQ_SSID,
          { .type = EVT_C_BAD_SUBSTREAMID },
          { 0x0001a2b3fedcb008, 0, 0, 0 } },
        { "C_BAD_CD", RQ(), { .type = EVT_C_BAD_CD },
          { 0x0001a2b30000000a, 0, 0, 0 } },
        { "C_BAD_CD, SSV", RQ_SSID, { .type = EVT_C_BAD_CD },
          { 0x0001a2b3fedcb80a, 0, 0, 0 } },
        { "StreamID of 32 bits", { .sid = 0xffffffff },
          { .type = EVT_C_BAD_STREAMID }, { 0xffffffff00000002, 0, 0, 0 } },
        { "SubstreamID without SSV is not told", RQ(.ssid = 0xfedcb),
          { .type = EVT_C_BAD_STE }, { 0x0001a2b300000004, 0, 0, 0 } },
        { "attributes and addresses of the fault are not told", RQ(),
          { .type = EVT_C_BAD_CD, .stage = 2, .class = MSMMU_CLASS_IN,
            .instruction = true, .privileged = true, .reason = 7,
            .ipa = 0x5000, .fetch_address = 0x6000 },
          { 0x0001a2b30000000a, 0, 0, 0 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases));
}

/* FetchAddr[55:3] is in the last word; upstream put F_CD_FETCH's elsewhere. */
static void test_fetch_records(void)
{
    static const Case cases[] = {
        { "F_STE_FETCH", RQ(),
          { .type = EVT_F_STE_FETCH, .fetch_address = 0x0000123456789ac0 },
          { 0x0001a2b300000003, 0, 0, 0x0000123456789ac0 } },
        { "F_STE_FETCH, SSV, Reason", RQ_SSID,
          { .type = EVT_F_STE_FETCH, .fetch_address = 0x8, .reason = 0xabcd },
          { 0x0001a2b3fedcb803, 0xabcd, 0, 0x8 } },
        { "F_STE_FETCH, bits above the OAS are RES0", RQ(),
          { .type = EVT_F_STE_FETCH, .fetch_address = UINT64_MAX },
          { 0x0001a2b300000003, 0, 0, 0x0000fffffffffff8 } },
        { "F_CD_FETCH", RQ(.write = true),
          { .type = EVT_F_CD_FETCH, .fetch_address = 0x0000876543210040 },
          { 0x0001a2b300000009, 0, 0, 0x0000876543210040 } },
        { "F_CD_FETCH, SSV", RQ_SSID,
          { .type = EVT_F_CD_FETCH, .fetch_address = 0x40 },
          { 0x0001a2b3fedcb809, 0, 0, 0x40 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases));
}

/* RnW is bit 99, InD 98, PnU 97, S2 103, CLASS 105:104. */
static void test_walk_abort_records(void)
{
    static const Case cases[] = {
        { "read", RQ(),
          { .type = EVT_F_WALK_EABT, .stage = 1, .class = MSMMU_CLASS_TT,
            .fetch_address = 0x0000800012345678 },
          { 0x0001a2b30000000b, 0x0000010800000000, ADDR,
            0x0000800012345678 } },
        { "write, privileged", RQ(.write = true),
          { .type = EVT_F_WALK_EABT, .stage = 1, .class = MSMMU_CLASS_TT,
            .privileged = true, .fetch_address = 0x1008 },
          { 0x0001a2b30000000b, 0x0000010200000000, ADDR, 0x1008 } },
        { "SSV, Reason", RQ_SSID,
          { .type = EVT_F_WALK_EABT, .stage = 1, .class = MSMMU_CLASS_TT,
            .reason = 0x42, .fetch_address = 0x1008 },
          { 0x0001a2b3fedcb80b, 0x0000010800000042, ADDR, 0x1008 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases));
}

/* The four Translation-related faults have one layout: CLASS IN at stage 1. */
static void test_translation_records(void)
{
    static const uint8_t types[] = { 0x10, 0x11, 0x12, 0x13 };
    static const struct {
        const char *name;
        MsmmuRequest rq;
        bool instruction;
        bool privileged;
        uint64_t word0;
        uint64_t word1;
    } variants[] = {
        { "unprivileged data read", RQ(), false, false,
          0x0001a2b300000000, 0x0000020800000000 },
        { "unprivileged data write", RQ(.write = true), false, false,
          0x0001a2b300000000, 0x0000020000000000 },
        { "privileged data read", RQ(), false, true,
          0x0001a2b300000000, 0x0000020a00000000 },
        { "privileged data write", RQ(.write = true), false, true,
          0x0001a2b300000000, 0x0000020200000000 },
        { "instruction fetch", RQ(), true, false,
          0x0001a2b300000000, 0x0000020c00000000 },
        { "privileged instruction fetch", RQ(), true, true,
          0x0001a2b300000000, 0x0000020e00000000 },
        { "InD is 0 for writes", RQ(.write = true), true, false,
          0x0001a2b300000000, 0x0000020000000000 },
        { "before the overrides: instruction, privileged",
          RQ(.instruction = true, .privileged = true), false, false,
          0x0001a2b300000000, 0x0000020800000000 },
        { "SSV", RQ_SSID, false, false,
          0x0001a2b3fedcb800, 0x0000020800000000 },
    };

    for (size_t t = 0; t < G_N_ELEMENTS(types); t++) {
        for (size_t v = 0; v < G_N_ELEMENTS(variants); v++) {
            const Case c = {
                .name = variants[v].name,
                .rq = variants[v].rq,
                .fault = {
                    .type = types[t], .stage = 1, .class = MSMMU_CLASS_IN,
                    .instruction = variants[v].instruction,
                    .privileged = variants[v].privileged,
                    .fetch_address = 0x1000, .ipa = 0x2000,
                },
                .word = {
                    variants[v].word0 | types[t], variants[v].word1, ADDR, 0
                },
            };

            check_cases(&c, 1);
        }
    }
}

/* IPA[11:0] are 0, S2 is set; TTRnW is bit 108. */
static void test_stage2_records(void)
{
    static const Case cases[] = {
        { "input", RQ(),
          { .type = EVT_F_TRANSLATION, .stage = 2, .class = MSMMU_CLASS_IN,
            .ipa = 0x0000123456789abc },
          { 0x0001a2b300000010, 0x0000028800000000, ADDR,
            0x0000123456789000 } },
        { "table", RQ(.write = true),
          { .type = EVT_F_ADDR_SIZE, .stage = 2, .class = MSMMU_CLASS_TT,
            .ipa = 0x0000123456789ab8 },
          { 0x0001a2b300000011, 0x0000018000000000, ADDR,
            0x0000123456789000 } },
        { "IPA bits above the OAS are RES0", RQ_SSID,
          { .type = EVT_F_ACCESS, .stage = 2, .class = MSMMU_CLASS_IN,
            .privileged = true, .instruction = true, .ipa = UINT64_MAX },
          { 0x0001a2b3fedcb812, 0x0000028e00000000, ADDR,
            0x0000fffffffff000 } },
        { "CD fetch", RQ(),
          { .type = EVT_F_PERMISSION, .stage = 2, .class = MSMMU_CLASS_CD,
            .ipa = 0x5fff },
          { 0x0001a2b300000013, 0x0000008800000000, ADDR, 0x5000 } },
        { "external abort for a CD", RQ(),
          { .type = EVT_F_WALK_EABT, .stage = 2, .class = MSMMU_CLASS_CD,
            .ipa = 0x5000, .fetch_address = 0x1008 },
          { 0x0001a2b30000000b, 0x0000008800000000, ADDR, 0x1008 } },
        { "external abort for an input", RQ(.write = true),
          { .type = EVT_F_WALK_EABT, .stage = 2, .class = MSMMU_CLASS_IN,
            .ipa = 0x5000, .fetch_address = 0x1008 },
          { 0x0001a2b30000000b, 0x0000028000000000, ADDR, 0x1008 } },
    };

    check_cases(cases, G_N_ELEMENTS(cases));
}

/* Of F_PERMISSION with CLASS TT alone, whatever RnW is. */
static void test_ttrnw(void)
{
    for (unsigned n = 0; n < 4 * 3 * 2 * 2; n++) {
        uint8_t type = 0x10 + n % 4;
        unsigned class = n / 4 % 3;
        bool read = n / 12 % 2, write = n / 24;
        bool told = type == 0x13 && class == 1 && read;
        const Case c = {
            .name = "TTRnW",
            .rq = RQ(.write = write),
            .fault = {
                .type = type, .stage = 2, .class = class,
                .read_not_write = read, .ipa = 0x5000,
            },
            .word = {
                UINT64_C(0x0001a2b300000000) | type,
                UINT64_C(0x0000008000000000) | (uint64_t)class << 40 |
                (write ? 0 : UINT64_C(0x800000000)) |
                (told ? UINT64_C(0x100000000000) : 0), ADDR, 0x5000,
            },
        };

        check_cases(&c, 1);
    }
}

/* Addresses of 52 bits, where the OAS has as many */
static void test_wide_records(void)
{
    static const MsmmuFault fault = {
        .type = EVT_F_TRANSLATION, .stage = 2, .class = MSMMU_CLASS_IN,
        .ipa = UINT64_MAX,
    };
    static const MsmmuFault fetch = {
        .type = EVT_F_CD_FETCH, .fetch_address = UINT64_MAX,
    };
    MsmmuConfig config = msmmu_config_default();
    FixtureEvent event;
    Fixture *f;

    config.oas_bits = 52;
    f = fixture_new(&config);
    fixture_enable_queues(f, 7);
    msmmu_event_record(f->m, &plain_read, &fault);
    msmmu_event_record(f->m, &plain_read, &fetch);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[3], ==, UINT64_C(0x000ffffffffff000));
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[3], ==, UINT64_C(0x000ffffffffffff8));
    fixture_free(f);
}

static void test_not_recorded(void)
{
    const MsmmuFault fault = { .type = EVT_F_TRANSLATION, .stage = 1 };
    Fixture *f = fixture_with_queue(7);
    MsmmuRequest rq = plain_read;

    rq.probe = true;
    msmmu_event_record(f->m, &rq, &fault);
    rq.probe = false;
    rq.continued = true;
    msmmu_event_record(f->m, &rq, &fault);
    g_assert_cmpint(fixture_event_type(f), ==, -1);
    g_assert_cmpuint(f->writes, ==, 0);
    fixture_free(f);
}

/* ---- The queue ----------------------------------------------------------- */

/* Queues of several sizes, wrapped several times: order and positions. */
static void test_wrap(void)
{
    static const unsigned sizes[] = { 0, 1, 2, 7, 10 };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Fixture *f = fixture_with_queue(sizes[i]);
        unsigned entries = 1u << sizes[i];
        FixtureEvent event;

        for (unsigned n = 0; n < 5 * entries + 3; n++) {
            record(f, n);
            g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ +
                                              32 * (n % entries)), ==,
                            (uint64_t)n << 32 | 0x04);
            g_assert_cmphex(fixture_reg32(f, 0x100a8), ==,
                            (n + 1) & (2 * entries - 1));
            g_assert_true(fixture_event(f, &event));
            g_assert_cmphex(event.word[0], ==, (uint64_t)n << 32 | 0x04);
        }
        fixture_free(f);
    }
}

/* LOG2SIZE is capped at EVENTQS, and the base aligned to the queue. */
static void test_size_cap(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg64(f, 0xa0, (FIXTURE_EVENTQ + 0xffffe0) | 31);
    fixture_set_reg32(f, 0x100a8, 0x7ffff);
    fixture_set_reg32(f, 0x100ac, 0x7ffff);
    fixture_set_reg32(f, 0x20, CR0_EVENTQEN);
    record(f, 7);
    g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ + 32 * 0x7ffff), ==,
                    0x0000000700000004);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000);
    fixture_free(f);
}

static void test_disabled(void)
{
    Fixture *f = fixture_with_queue(1);

    record(f, 0);
    record(f, 1);
    fixture_set_reg32(f, 0x20, CR0_CMDQEN);
    f->writes = 0;
    record(f, 2);
    g_assert_cmpuint(f->writes, ==, 0);
    /* Full and disabled: no overflow (7.4). */
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x2);
    fixture_free(f);
}

/* Upstream never set OVFLG and raised EVENTQ_ABT_ERR instead. */
static void test_overflow(void)
{
    Fixture *f = fixture_with_queue(2);
    FixtureEvent event;

    for (unsigned n = 0; n < 4; n++) {
        record(f, n);
    }
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x4);

    /* The first one too many toggles OVFLG, further ones do not. */
    for (unsigned n = 4; n < 7; n++) {
        record(f, n);
        g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000004);
    }
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 0);

    /* Unconsumed records are as they were. */
    g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ), ==, 0x04);

    /* With space, recording goes on though the overflow is not acked. */
    g_assert_true(fixture_event(f, &event));
    record(f, 7);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000005);

    /* A second overflow is not told before the first is acknowledged. */
    record(f, 8);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000005);
    fixture_set_reg32(f, 0x100ac, 0x80000001);
    record(f, 9);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x00000005);
    fixture_free(f);
}

/* 3.5.1: inconsistent indexes count as full. */
static void test_inconsistent(void)
{
    Fixture *f = fixture_with_queue(2);

    fixture_set_reg32(f, 0x100ac, 0x1);         /* CONS beyond PROD */
    f->writes = 0;
    record(f, 0);
    g_assert_cmpuint(f->writes, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x80000000);
    fixture_free(f);
}

/* ---- Aborts -------------------------------------------------------------- */

static void test_abort(void)
{
    Fixture *f = fixture_with_queue(7);

    record(f, 0);
    fixture_fail(f, FIXTURE_EVENTQ + 32, FIXTURE_EVENTQ + 63);
    fixture_forget(f);
    record(f, 1);
    /* Synchronous: PROD stays. */
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x4);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 0);

    /* Nothing is written while the error is active. */
    fixture_heal(f);
    f->writes = 0;
    record(f, 2);
    g_assert_cmpuint(f->writes, ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);

    /* Acknowledged, recording goes on at the same place. */
    fixture_set_reg32(f, 0x64, 0x4);
    record(f, 3);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x2);
    g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ + 32), ==,
                    0x0000000300000004);
    fixture_free(f);
}

/* While the abort is not acknowledged a full queue does not overflow. */
static void test_abort_precedes_overflow(void)
{
    Fixture *f = fixture_with_queue(0);

    record(f, 0);
    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    record(f, 1);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
    fixture_free(f);
}

/* ---- Interrupts ---------------------------------------------------------- */

/* From empty to non-empty only (3.18.2). */
static void test_irq(void)
{
    Fixture *f = fixture_with_queue(7);
    FixtureEvent event;

    record(f, 0);
    record(f, 1);
    record(f, 2);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);
    g_assert_true(fixture_event(f, &event));
    record(f, 3);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);
    g_assert_true(fixture_event(f, &event));
    g_assert_true(fixture_event(f, &event));
    g_assert_true(fixture_event(f, &event));
    g_assert_false(fixture_event(f, &event));
    record(f, 4);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 2);
    fixture_free(f);
}

static void test_irq_needs_enable(void)
{
    Fixture *f = fixture_with_queue(7);

    fixture_set_reg32(f, 0x50, 0x1);
    record(f, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 0);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
    fixture_free(f);
}

/* Record and index are observable no later than the interrupt (3.5.2). */
static void see_event(Fixture *f, MsmmuIrq irq)
{
    g_assert_cmpint(irq, ==, MSMMU_CORE_IRQ_EVENTQ);
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
    g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ), ==, 0x04);
}

static void test_irq_comes_last(void)
{
    Fixture *f = fixture_with_queue(7);

    f->on_irq = see_event;
    record(f, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);
    fixture_free(f);
}

/* ---- Threads ------------------------------------------------------------- */

enum { RECORDERS = 3, RECORDS = 400 };

static void *recorder(void *opaque)
{
    Fixture *f = opaque;

    for (unsigned n = 0; n < RECORDS; n++) {
        record(f, n);
    }
    return NULL;
}

/* Every record of every thread arrives once, whole, while one consumes. */
static void test_threads(void)
{
    Fixture *f = fixture_with_queue(11);
    GThread *threads[RECORDERS];
    unsigned seen[RECORDS] = { 0 };
    unsigned total = 0;
    FixtureEvent event;

    for (int t = 0; t < RECORDERS; t++) {
        threads[t] = g_thread_new("recorder", recorder, f);
    }
    while (total < RECORDERS * RECORDS) {
        if (fixture_event(f, &event)) {
            g_assert_cmphex(event.word[0] & 0xffffffff, ==, 0x04);
            g_assert_cmphex(event.word[0] >> 32, <, RECORDS);
            seen[event.word[0] >> 32]++;
            total++;
        }
    }
    for (int t = 0; t < RECORDERS; t++) {
        g_thread_join(threads[t]);
    }
    for (unsigned n = 0; n < RECORDS; n++) {
        g_assert_cmpuint(seen[n], ==, RECORDERS);
    }
    g_assert_cmphex(fixture_reg32(f, 0x100a8) & 0x80000000, ==, 0);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/events/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("configuration-records", test_configuration_records);
    ADD("fetch-records", test_fetch_records);
    ADD("walk-abort-records", test_walk_abort_records);
    ADD("translation-records", test_translation_records);
    ADD("stage-2-records", test_stage2_records);
    ADD("ttrnw-is-for-tables-that-are-refused", test_ttrnw);
    ADD("addresses-of-52-bits", test_wide_records);
    ADD("probes-and-pieces-record-nothing", test_not_recorded);
    ADD("queue-wraps-at-every-size", test_wrap);
    ADD("log2size-is-capped", test_size_cap);
    ADD("disabled-queue-is-silent", test_disabled);
    ADD("full-queue-toggles-ovflg", test_overflow);
    ADD("inconsistent-indexes-are-full", test_inconsistent);
    ADD("write-abort-and-recovery", test_abort);
    ADD("write-abort-precedes-overflow", test_abort_precedes_overflow);
    ADD("interrupt-when-not-empty-any-more", test_irq);
    ADD("interrupt-needs-its-enable", test_irq_needs_enable);
    ADD("interrupt-comes-last", test_irq_comes_last);
    ADD("threads-record-at-once", test_threads);
    return g_test_run();
}
