/*
 * What CMD_SYNC signals (4.7.3): its message, literal commands, order, aborts;
 * events for PEs (4.1.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "configs.h"
#include "fixture.h"

/* Where messages go to, in memory that exists. */
#define TARGET UINT64_C(0xb0001234)

/* Queues on, and a message for global errors. */
static Fixture *fixture_with_messages(const char *config)
{
    const MsmmuConfig c = config_of(config);
    Fixture *f = fixture_new(&c);

    fixture_set_reg64(f, 0x68, TARGET + 4);
    fixture_set_reg32(f, 0x70, 0x70707070);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

static uint32_t word_at(Fixture *f, uint64_t pa)
{
    return fixture_read64(f, pa & ~UINT64_C(7)) >> 8 * (pa & 7);
}

/* ---- Messages ------------------------------------------------------------ */

static void see_consumed(Fixture *f, const MsmmuMessage *message)
{
    if (message->irq == MSMMU_CORE_IRQ_CMDQ_SYNC) {
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, fixture_reg32(f, 0x98));
    }
}

/*
 * ComplSignal in bits 13:12, MSH 23:22, MSIAttr 27:24, MSIData 63:32,
 * MSIAddress 119:66.
 */
static void test_sync_message(void)
{
    static const struct {
        const char *config;
        uint64_t word0;
        uint64_t word1;
        bool sent;
        struct {
            uint64_t pa;
            uint32_t data;
            uint8_t memory_type;
            uint8_t shareability;
        } message;
    } cases[] = {
        { "", 0xdeadbeef0fc01046, 0x00000000b0001234, true,
          { 0xb0001234, 0xdeadbeef, 0xff, 3 } },
        { "", 0x000000000f801046, 0x0000ffffb0001234, true,
          { 0xffffb0001234, 0, 0xff, 2 } },
        /* Shareability 1 is Reserved, and 0 */
        { "", 0x000000010f401046, 0x0000000000000004, true,
          { 0x4, 0x1, 0xff, 0 } },
        { "", 0x0000000105001046, 0x00000000b0001234, true,
          { 0xb0001234, 0x1, 0x44, 2 } },
        { "", 0x0000000100c01046, 0x00000000b0001234, true,
          { 0xb0001234, 0x1, 0x00, 2 } },
        /* Bits outside of the field are taken as zero. */
        { "", 0x0000000101001046, 0xff00000000000003, false,
          { 0, 0, 0, 0 } },
        { "", 0x0000000101001046, 0xff00000000001003, true,
          { 0x1000, 0x1, 0x04, 2 } },
        /* The comparison is of the whole field, then the OAS cuts it. */
        { "oas=32", 0x0000000101001046, 0x00000001b0001234, true,
          { 0xb0001234, 0x1, 0x04, 2 } },
        { "oas=32", 0x0000000101001046, 0x0000000100000000, true,
          { 0, 0x1, 0x04, 2 } },
        /* 4.1.6: the field ends at bit 47, 51 or 55, by version. */
        { "arch=3.0", 0x0000000101001046, 0x0001000000000000, false,
          { 0, 0, 0, 0 } },
        { "arch=3.1", 0x0000000101001046, 0x0001000000000000, true,
          { 0, 0x1, 0x04, 2 } },
        { "arch=3.3", 0x0000000101001046, 0x0010000000000000, false,
          { 0, 0, 0, 0 } },
        { "arch=3.4", 0x0000000101001046, 0x0010000000000000, true,
          { 0, 0x1, 0x04, 2 } },
        { "arch=3.1,oas=52,granules=64k", 0x0000000101001046,
          0x0008000000000000, true,
          { 0x8000000000000, 0x1, 0x04, 2 } },
        /* Without MSIs the parameters are IGNORED. */
        { "msi=off", 0xdeadbeef0fc01046, 0x00000000b0001234, false,
          { 0, 0, 0, 0 } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_messages(cases[i].config);

        g_test_message("%s 0x%" PRIx64 " 0x%" PRIx64, cases[i].config,
                       cases[i].word0, cases[i].word1);
        f->on_message = see_consumed;
        fixture_command(f, cases[i].word0, cases[i].word1);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 1);
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 1);
        g_assert_cmpuint(fixture_message_count(f), ==, cases[i].sent);
        if (cases[i].sent) {
            const MsmmuMessage *got = fixture_message(f, 0);

            g_assert_cmpint(got->irq, ==, MSMMU_CORE_IRQ_CMDQ_SYNC);
            g_assert_cmphex(got->pa, ==, cases[i].message.pa);
            g_assert_cmphex(got->data, ==, cases[i].message.data);
            g_assert_cmphex(got->attributes.memory_type, ==,
                            cases[i].message.memory_type);
            g_assert_cmphex(got->attributes.shareability, ==,
                            cases[i].message.shareability);
            g_assert_cmphex(word_at(f, cases[i].message.pa), ==,
                            cases[i].message.data);
        }
        fixture_free(f);
    }
}

/* SIG_NONE and SIG_SEV have no message, whatever the parameters are. */
static void test_sync_without_message(void)
{
    Fixture *f = fixture_with_messages("sev=on");

    fixture_command(f, 0xdeadbeef0fc00046, TARGET);
    fixture_command(f, 0xdeadbeef0fc02046, TARGET);
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 2);
    g_assert_cmpuint(fixture_message_count(f), ==, 0);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 0);

    /* CS = 3 is illegal: nothing is signalled but the error. */
    fixture_command(f, 0xdeadbeef0fc03046, TARGET);
    g_assert_cmpuint(fixture_cerror(f), ==, 1);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_cmpint(fixture_message(f, 0)->irq, ==, MSMMU_CORE_IRQ_GERROR);
    fixture_free(f);
}

/* No enable holds it back: all that IRQ_CTRL has is off here. */
static void test_sync_needs_no_enable(void)
{
    Fixture *f = fixture_with_messages("");

    fixture_set_reg32(f, 0x50, 0);
    fixture_command(f, 0x0000000101001046, TARGET);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 1);
    fixture_free(f);
}

static void put_sync(Fixture *f, unsigned index, uint32_t data, uint64_t pa)
{
    fixture_write64(f, FIXTURE_CMDQ + 16 * index, (uint64_t)data << 32 |
                                                  0x0f801046);
    fixture_write64(f, FIXTURE_CMDQ + 16 * index + 8, pa);
}

/* The abort of a prior message is in GERROR when the next is complete. */
static void see_prior_abort(Fixture *f, const MsmmuMessage *message)
{
    switch (message->data) {
    case 1:
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 1);
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x00);
        break;
    case 2:
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 2);
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x00);
        g_assert_cmphex(word_at(f, TARGET), ==, 1);
        break;
    case 3:
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 3);
        g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x10);
        break;
    }
}

static void test_sync_order(void)
{
    Fixture *f = fixture_with_messages("");

    put_sync(f, 0, 1, TARGET);
    put_sync(f, 1, 2, 0xd0000000);
    put_sync(f, 2, 3, TARGET);
    fixture_fail(f, 0xd0000000, 0xd0000fff);
    f->on_message = see_prior_abort;
    fixture_set_reg32(f, 0x98, 3);

    /* The error stops no command; it has an interrupt of its own. */
    g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 3);
    g_assert_cmphex(fixture_reg32(f, 0x60), ==, 0x10);
    g_assert_cmpuint(fixture_message_count(f), ==, 4);
    g_assert_cmphex(fixture_message(f, 0)->data, ==, 1);
    g_assert_cmphex(fixture_message(f, 1)->data, ==, 2);
    g_assert_cmpint(fixture_message(f, 2)->irq, ==, MSMMU_CORE_IRQ_GERROR);
    g_assert_cmphex(fixture_message(f, 3)->data, ==, 3);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_CMDQ_SYNC], ==, 3);
    g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_GERROR], ==, 1);
    fixture_free(f);
}

/* ---- Events for PEs ------------------------------------------------------ */

static void test_sev(void)
{
    static const struct {
        const char *config;
        uint64_t events;
    } cases[] = {
        { "", 0 }, { "sev=on", 2 }, { "sev=on,msi=off", 2 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = fixture_with_messages(cases[i].config);

        g_test_message("%s", cases[i].config);
        fixture_command(f, 0x0046, 0);
        fixture_command(f, 0x1046, 0);
        g_assert_cmpuint(msmmu_sev_events(f->m), ==, 0);
        fixture_command(f, 0x2046, 0);
        fixture_command(f, 0x2046, 0);
        g_assert_cmpuint(fixture_cerror(f), ==, 0);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 4);
        g_assert_cmpuint(msmmu_sev_events(f->m), ==, cases[i].events);
        msmmu_reset(f->m);
        g_assert_cmpuint(msmmu_sev_events(f->m), ==, 0);
        fixture_free(f);
    }
}

/* 4.1.2: also when a full Command queue becomes non-full. */
static void test_sev_of_full_queue(void)
{
    static const char *const configs[] = { "", "sev=on" };

    for (size_t i = 0; i < G_N_ELEMENTS(configs); i++) {
        const MsmmuConfig c = config_of(configs[i]);
        Fixture *f = fixture_new(&c);

        fixture_enable_queues(f, 2);
        for (int n = 0; n < 4; n++) {
            fixture_write64(f, FIXTURE_CMDQ + 16 * n, 0x46);
        }
        /* Three of four: not full */
        fixture_set_reg32(f, 0x98, 3);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 3);
        g_assert_cmpuint(msmmu_sev_events(f->m), ==, 0);
        /* Four, around the end; the queue is full once. */
        fixture_set_reg32(f, 0x98, 7);
        g_assert_cmphex(fixture_reg32(f, 0x9c), ==, 7);
        g_assert_cmpuint(msmmu_sev_events(f->m), ==, i);
        fixture_free(f);
    }
}

/* ---- Chains of instances ------------------------------------------------- */

static Fixture *chained;

static void start_chained(G_GNUC_UNUSED Fixture *f,
                          G_GNUC_UNUSED const MsmmuMessage *message)
{
    fixture_set_reg32(chained, 0x98, 1);
    /* Not within the slice of the instance that sent the message */
    g_assert_cmphex(fixture_reg32(chained, 0x9c), ==, 0);
    g_assert_true(chained->deferred);
}

/*
 * A message to another instance's CMDQ_PROD starts its commands, but in a turn
 * of their own: slices within slices would multiply.
 */
static void test_sync_chain(void)
{
    Fixture *f = fixture_with_messages("");

    chained = fixture_with_messages("");
    put_sync(chained, 0, 1, TARGET);
    put_sync(f, 0, 1, TARGET);
    f->on_message = start_chained;
    fixture_set_reg32(f, 0x98, 1);
    g_assert_cmpuint(fixture_message_count(f), ==, 1);
    g_assert_cmphex(fixture_reg32(chained, 0x9c), ==, 0);
    msmmu_run_deferred(chained->m);
    g_assert_cmphex(fixture_reg32(chained, 0x9c), ==, 1);
    fixture_free(chained);
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/interrupts-sync/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("message", test_sync_message);
    ADD("without-irq-has-no-message", test_sync_without_message);
    ADD("needs-no-enable", test_sync_needs_no_enable);
    ADD("messages-in-order-with-aborts", test_sync_order);
    ADD("chained-instances-take-turns", test_sync_chain);
    ADD("sev-counts-syncs", test_sev);
    ADD("sev-when-full-queue-has-room", test_sev_of_full_queue);
    return g_test_run();
}
