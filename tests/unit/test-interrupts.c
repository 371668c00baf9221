/*
 * Interrupts: edges, lines and messages of each source, their order, the
 * protocol of IRQ_CTRL, aborts. Offsets and words as in 6.3.16 to 6.3.23,
 * 6.3.30 to 6.3.32. (CMD_SYNC: test-interrupts-sync.c; beside other threads:
 * test-interrupts-threads.c.)
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configs.h"
#include "fixture.h"
#include "spec/evt.h"

/* Where messages go to, in memory that exists. */
#define TARGET UINT64_C(0xb0001234)

/* The sources that registers configure. */
typedef struct Source {
    const char *name;
    MsmmuIrq irq;
    uint32_t enable;            /* in IRQ_CTRL */
    uint32_t cfg0;              /* offsets of *_IRQ_CFGn */
    uint32_t cfg1;
    uint32_t cfg2;
    uint32_t abort;             /* in GERROR */
} Source;

static const Source sources[] = {
    { "EVENTQ", MSMMU_CORE_IRQ_EVENTQ, 0x4, 0xb0, 0xb8, 0xbc, 0x20 },
    { "GERROR", MSMMU_CORE_IRQ_GERROR, 0x1, 0x68, 0x70, 0x74, 0x80 },
};
#define EVENTQ (&sources[0])
#define GERROR (&sources[1])

static void configure(Fixture *f, const Source *source, uint64_t address,
                      uint32_t data, uint32_t attributes)
{
    fixture_set_reg64(f, source->cfg0, address);
    fixture_set_reg32(f, source->cfg1, data);
    fixture_set_reg32(f, source->cfg2, attributes);
}

/* Queues on; both sources configured for one word each, and then enabled. */
static Fixture *fixture_with_messages(const char *config)
{
    const MsmmuConfig c = config_of(config);
    Fixture *f = fixture_new(&c);

    configure(f, EVENTQ, TARGET, 0xe0e0e0e0, 0x1);
    configure(f, GERROR, TARGET + 4, 0x70707070, 0x1);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

static void record(Fixture *f, uint32_t sid)
{
    const MsmmuRequest rq = { .iova = 0x1000, .sid = sid };
    const MsmmuFault fault = { .type = EVT_C_BAD_STE };

    msmmu_event_record(f->m, &rq, &fault);
}

/* Make an edge of @source arise, as long as its error is not active. */
static void trigger(Fixture *f, const Source *source)
{
    FixtureEvent event;

    if (source == EVENTQ) {
        while (fixture_event(f, &event)) {
            continue;
        }
        record(f, 1);
    } else {
        msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
        fixture_set_reg32(f, 0x64, fixture_reg32(f, 0x60));
    }
}

static uint32_t word_at(Fixture *f, uint64_t pa)
{
    return fixture_read64(f, pa & ~UINT64_C(7)) >> 8 * (pa & 7);
}

/* ---- Messages ------------------------------------------------------------ */

static void test_message_of_source(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        const Source *s = &sources[i];
        Fixture *f = fixture_new(NULL);
        const MsmmuMessage *message;

        g_test_message("%s", s->name);
        configure(f, s, 0xffffb0001234, 0xcafef00d, 0x3f);
        fixture_enable_queues(f, 7);
        fixture_forget(f);
        trigger(f, s);
        g_assert_cmpuint(fixture_message_count(f), ==, 1);
        message = fixture_message(f, 0);
        g_assert_cmpint(message->irq, ==, s->irq);
        g_assert_cmphex(message->pa, ==, 0xffffb0001234);
        g_assert_cmphex(message->data, ==, 0xcafef00d);
        g_assert_cmphex(word_at(f, 0xffffb0001234), ==, 0xcafef00d);

        /* 3.18.2: the line is pulsed, too. */
        for (int irq = 0; irq < MSMMU_CORE_IRQS; irq++) {
            g_assert_cmpuint(f->irqs[irq], ==, irq == (int)s->irq);
        }
        fixture_free(f);
    }
}

/*
 * MemAttr in bits 3:0 is STE.MemAttr, SH in bits 5:4. Device types and Normal
 * iNC-oNC are Outer Shareable, whatever SH says.
 */
static void test_attributes(void)
{
    static const struct {
        uint32_t cfg2;
        uint8_t memory_type;
        uint8_t shareability;
    } cases[] = {
        { 0x00, 0x00, 2 }, { 0x31, 0x04, 2 }, { 0x02, 0x08, 2 },
        { 0x13, 0x0c, 2 },
        { 0x04, 0x00, 2 }, { 0x38, 0x00, 2 }, { 0x3c, 0x00, 2 },
        { 0x05, 0x44, 2 }, { 0x35, 0x44, 2 },
        { 0x06, 0x4b, 0 }, { 0x2d, 0xf4, 2 },
        { 0x0a, 0xbb, 0 }, { 0x3a, 0xbb, 3 },
        /* SH = 1 is Reserved, and Non-shareable. */
        { 0x0f, 0xff, 0 }, { 0x1f, 0xff, 0 }, { 0x2f, 0xff, 2 },
        { 0x3f, 0xff, 3 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(sources); j++) {
            Fixture *f = fixture_new(NULL);
            const MsmmuMessage *message;

            g_test_message("%s 0x%x", sources[j].name, cases[i].cfg2);
            configure(f, &sources[j], TARGET, 0, cases[i].cfg2);
            fixture_enable_queues(f, 7);
            trigger(f, &sources[j]);
            message = fixture_message(f, 0);
            g_assert_cmphex(message->attributes.memory_type, ==,
                            cases[i].memory_type);
            g_assert_cmphex(message->attributes.shareability, ==,
                            cases[i].shareability);
            fixture_free(f);
        }
    }
}

static void test_no_address(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        Fixture *f = fixture_new(NULL);

        configure(f, &sources[i], 0x3, 0xffffffff, 0x3f);
        fixture_enable_queues(f, 7);
        g_assert_false(msmmu_irq_is_message(f->m, sources[i].irq));
        trigger(f, &sources[i]);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        g_assert_cmpuint(f->irqs[sources[i].irq], ==, 1);
        fixture_free(f);
    }
}

/* 6.3.21: what is above the OAS is RES0, and not a part of the comparison. */
static void test_address_above_oas(void)
{
    static const struct {
        const char *config;
        uint64_t written;
        uint64_t read;
    } cases[] = {
        { "oas=32", 0x0000000100000000, 0 },
        { "oas=32", 0xffffffffffffffff, 0x00000000fffffffc },
        { "oas=44", 0xffffffffffffffff, 0x00000ffffffffffc },
        { "oas=48", 0x00ff000000000000, 0 },
        { "oas=52,granules=64k", 0xfff1000000000000, 0x0001000000000000 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(sources); j++) {
            const MsmmuConfig c = config_of(cases[i].config);
            Fixture *f = fixture_new(&c);

            g_test_message("%s %s", cases[i].config, sources[j].name);
            configure(f, &sources[j], cases[i].written, 0, 0);
            g_assert_cmphex(fixture_reg64(f, sources[j].cfg0), ==,
                            cases[i].read);
            fixture_enable_queues(f, 7);
            trigger(f, &sources[j]);
            g_assert_cmpuint(fixture_message_count(f), ==, !!cases[i].read);
            if (cases[i].read) {
                g_assert_cmphex(fixture_message(f, 0)->pa, ==,
                                cases[i].read);
            }
            fixture_free(f);
        }
    }
}

static void test_without_msi(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        const MsmmuConfig c = config_of("msi=off");
        Fixture *f = fixture_new(&c);

        configure(f, &sources[i], UINT64_MAX, UINT32_MAX, UINT32_MAX);
        g_assert_cmphex(fixture_reg64(f, sources[i].cfg0), ==, 0);
        g_assert_cmphex(fixture_reg32(f, sources[i].cfg1), ==, 0);
        g_assert_cmphex(fixture_reg32(f, sources[i].cfg2), ==, 0);
        fixture_set_reg32(f, 0x64, UINT32_MAX);
        g_assert_cmphex(fixture_reg32(f, 0x64), ==, 0x105);
        fixture_set_reg32(f, 0x64, 0);
        fixture_enable_queues(f, 7);
        fixture_forget(f);
        trigger(f, &sources[i]);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        g_assert_cmpuint(f->irqs[sources[i].irq], ==, 1);
        fixture_free(f);
    }
}

/* ---- Order (3.18) -------------------------------------------------------- */

static void see_information(Fixture *f, const MsmmuMessage *message)
{
    if (message->irq == MSMMU_CORE_IRQ_EVENTQ) {
        g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
        g_assert_cmphex(fixture_read64(f, FIXTURE_EVENTQ), ==,
                        0x0000000100000004);
    } else {
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x4);
    }
}

static void test_message_comes_last(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        Fixture *f = fixture_with_messages("");

        f->on_message = see_information;
        trigger(f, &sources[i]);
        g_assert_cmpuint(fixture_message_count(f), ==, 1);
        fixture_free(f);
    }
}

/* 3.18.2: the queue becomes non-empty; an error becomes active. */
static void test_edges(void)
{
    Fixture *f = fixture_with_messages("");
    FixtureEvent event;

    record(f, 1);
    record(f, 2);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_true(fixture_event(f, &event));
    record(f, 3);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_true(fixture_event(f, &event));
    g_assert_true(fixture_event(f, &event));
    record(f, 4);
    g_assert_cmpuint(fixture_message_count(f), ==, 2);

    fixture_forget(f);
    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmpuint(fixture_message_count(f), ==, 2);
    g_assert_cmphex(fixture_message(f, 0)->data, ==, 0x70707070);
    fixture_free(f);
}

/* ---- IRQ_CTRL (6.3.16) --------------------------------------------------- */

/* Each enable Guards the registers of its own source and no others. */
static void test_guards(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(sources); j++) {
            Fixture *f = fixture_new(NULL);
            bool guarded = i == j;

            configure(f, &sources[j], 0x1000, 0x11, 0x01);
            fixture_set_reg32(f, 0x50, sources[i].enable);
            g_assert_cmphex(fixture_reg32(f, 0x54), ==, sources[i].enable);
            fixture_forget(f);
            configure(f, &sources[j], 0x2000, 0x22, 0x02);
            g_assert_cmphex(fixture_reg64(f, sources[j].cfg0), ==,
                            guarded ? 0x1000 : 0x2000);
            g_assert_cmphex(fixture_reg32(f, sources[j].cfg1), ==,
                            guarded ? 0x11 : 0x22);
            g_assert_cmphex(fixture_reg32(f, sources[j].cfg2), ==,
                            guarded ? 0x01 : 0x02);
            g_assert_cmpuint(f->guest_errors->len, ==, guarded ? 3 : 0);

            /* Halves of the address are as Guarded as the whole. */
            fixture_set_reg32(f, sources[j].cfg0 + 4, 0x5);
            g_assert_cmphex(fixture_reg32(f, sources[j].cfg0 + 4), ==,
                            guarded ? 0 : 0x5);

            fixture_set_reg32(f, 0x50, 0);
            configure(f, &sources[j], 0x3000, 0x33, 0x03);
            g_assert_cmphex(fixture_reg64(f, sources[j].cfg0), ==, 0x3000);
            g_assert_cmphex(fixture_reg32(f, sources[j].cfg1), ==, 0x33);
            g_assert_cmphex(fixture_reg32(f, sources[j].cfg2), ==, 0x03);
            fixture_free(f);
        }
    }
}

static void test_disabled(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        Fixture *f = fixture_with_messages("");

        fixture_set_reg32(f, 0x50, 0x5 & ~sources[i].enable);
        trigger(f, &sources[i]);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        g_assert_cmpuint(f->irqs[sources[i].irq], ==, 0);

        /* What happened before it was enabled makes no interrupt. */
        fixture_set_reg32(f, 0x50, 0x5);
        msmmu_irq_deliver(f->m, sources[i].irq);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        g_assert_cmpuint(f->irqs[sources[i].irq], ==, 0);
        trigger(f, &sources[i]);
        g_assert_cmpuint(fixture_message_count(f), ==, 1);
        g_assert_cmpuint(f->irqs[sources[i].irq], ==, 1);
        fixture_free(f);
    }
}

/* An edge that waits is sent before the disabling is acknowledged. */
static void test_disabling_sends(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        const Source *s = &sources[i];
        Fixture *f = fixture_with_messages("");

        f->irqs_wait = true;
        trigger(f, s);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        /* The other source's enable is none of its business. */
        fixture_set_reg32(f, 0x50, s->enable);
        g_assert_cmpuint(fixture_message_count(f), ==, 0);
        fixture_set_reg32(f, 0x50, 0);
        g_assert_cmpuint(fixture_message_count(f), ==, 1);
        g_assert_cmpuint(f->irqs[s->irq], ==, 1);
        g_assert_cmphex(fixture_message(f, 0)->pa, ==,
                        s == EVENTQ ? TARGET : TARGET + 4);

        /* It is gone: not sent to what is configured and enabled next. */
        configure(f, s, 0xc0000000, 0, 0);
        fixture_set_reg32(f, 0x50, 0x5);
        msmmu_irq_deliver(f->m, s->irq);
        g_assert_cmpuint(fixture_message_count(f), ==, 1);
        fixture_free(f);
    }
}

/* If that aborts, IRQ_CTRLACK does not say so before GERROR does. */
static void test_disabling_aborts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        Fixture *f = fixture_with_messages("");

        f->irqs_wait = true;
        trigger(f, &sources[i]);
        fixture_set_reg32(f, 0x64, fixture_reg32(f, 0x60));
        fixture_fail(f, TARGET, TARGET + 7);
        fixture_set_reg32(f, 0x50, 0);
        g_assert_cmphex(fixture_reg32(f, 0x60) ^ fixture_reg32(f, 0x64), ==,
                        sources[i].abort);
        fixture_free(f);
    }
}

/* ---- Edges that wait ----------------------------------------------------- */

static void test_coalesced(void)
{
    Fixture *f = fixture_with_messages("");

    f->irqs_wait = true;
    trigger(f, EVENTQ);
    trigger(f, EVENTQ);
    trigger(f, GERROR);
    for (int irq = 0; irq < MSMMU_CORE_IRQS; irq++) {
        msmmu_irq_deliver(f->m, irq);
        msmmu_irq_deliver(f->m, irq);
    }
    g_assert_cmpuint(fixture_message_count(f), ==, 2);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_PRIQ], ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    fixture_free(f);
}

static void test_reset_forgets(void)
{
    Fixture *f = fixture_with_messages("");

    f->irqs_wait = true;
    trigger(f, EVENTQ);
    trigger(f, GERROR);
    msmmu_reset(f->m);
    for (int irq = 0; irq < MSMMU_CORE_IRQS; irq++) {
        msmmu_irq_deliver(f->m, irq);
    }
    g_assert_cmpuint(fixture_message_count(f), ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 0);
    fixture_free(f);
}

/* Saved before an edge was delivered, loaded elsewhere: delivered there. */
static void test_saved_edges(void)
{
    Fixture *from = fixture_with_messages(""), *to = fixture_new(NULL);

    from->irqs_wait = true;
    trigger(from, EVENTQ);
    *msmmu_registers(to->m) = *msmmu_registers(from->m);
    g_assert_true(msmmu_loaded(to->m, NULL));
    g_assert_cmphex(msmmu_registers(to->m)->irqs_pending, ==, 0x1);
    msmmu_irq_deliver(to->m, MSMMU_CORE_IRQ_EVENTQ);
    g_assert_cmpuint(fixture_message_count(to), ==, 1);
    g_assert_cmphex(fixture_message(to, 0)->pa, ==, TARGET);
    g_assert_cmphex(fixture_message(to, 0)->data, ==, 0xe0e0e0e0);
    fixture_free(from);
    fixture_free(to);
}

/* ---- Aborts (7.5) -------------------------------------------------------- */

/* The abort of the Event queue's message is an error with its interrupt. */
static void test_eventq_abort(void)
{
    Fixture *f = fixture_with_messages("");

    fixture_fail(f, TARGET, TARGET + 3);
    trigger(f, EVENTQ);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x20);
    g_assert_cmpuint(fixture_message_count(f), ==, 2);
    g_assert_cmpint(fixture_message(f, 1)->irq, ==, MSMMU_CORE_IRQ_GERROR);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    /* The record is there, and the line has its edge. */
    g_assert_cmphex(fixture_reg32(f, 0x100a8), ==, 0x1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, 1);

    /* Active: messages are sent as before, but nothing is toggled. */
    trigger(f, EVENTQ);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x20);
    g_assert_cmpuint(fixture_message_count(f), ==, 3);
    fixture_heal(f);
    trigger(f, EVENTQ);
    g_assert_cmphex(word_at(f, TARGET), ==, 0xe0e0e0e0);

    /* Acknowledged, and again: the bit toggles back. */
    fixture_set_reg32(f, 0x64, 0x20);
    fixture_fail(f, TARGET, TARGET + 3);
    trigger(f, EVENTQ);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x00);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 2);
    fixture_free(f);
}

/* 7.5.1: MSI_GERROR_ABT_ERR alone triggers no interrupt. */
static void test_gerror_abort(void)
{
    Fixture *f = fixture_with_messages("");

    fixture_fail(f, TARGET + 4, TARGET + 7);
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x81);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);

    /* The next error is told of all the same. */
    msmmu_gerror_raise(f->m, GERROR_EVENTQ_ABT_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x85);
    g_assert_cmpuint(fixture_message_count(f), ==, 2);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 2);

    fixture_set_reg32(f, 0x64, 0x85);
    fixture_heal(f);
    msmmu_gerror_raise(f->m, GERROR_CMDQ_ERR);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x84);
    g_assert_cmphex(word_at(f, TARGET + 4), ==, 0x70707070);
    fixture_free(f);
}

/* An event's message aborts, and so does that of the error of it. */
static void test_both_abort(void)
{
    Fixture *f = fixture_with_messages("");

    fixture_fail(f, TARGET, TARGET + 7);
    trigger(f, EVENTQ);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0xa0);
    g_assert_cmpuint(fixture_message_count(f), ==, 2);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/interrupts/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("each-source-has-its-message-and-its-line", test_message_of_source);
    ADD("attributes-of-messages", test_attributes);
    ADD("no-message-without-address", test_no_address);
    ADD("address-bits-above-the-oas-are-res0", test_address_above_oas);
    ADD("no-message-without-msi", test_without_msi);
    ADD("message-comes-after-what-it-tells-of", test_message_comes_last);
    ADD("one-message-for-each-edge", test_edges);
    ADD("enables-guard-their-own-source", test_guards);
    ADD("nothing-while-disabled-nor-later", test_disabled);
    ADD("disabling-sends-what-waits", test_disabling_sends);
    ADD("disabling-waits-for-aborts", test_disabling_aborts);
    ADD("edges-that-wait-are-one", test_coalesced);
    ADD("reset-forgets-edges", test_reset_forgets);
    ADD("edges-are-saved", test_saved_edges);
    ADD("abort-of-event-queue-message", test_eventq_abort);
    ADD("abort-of-gerror-message-is-silent", test_gerror_abort);
    ADD("abort-of-both-ends", test_both_abort);
    return g_test_run();
}
