/*
 * The interrupt of the Event queue, turned on and off by software, beside
 * threads that record events (6.3.16, 3.18.2): what is off is off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"
#include "progress.h"
#include "spec/evt.h"

#define TARGET UINT64_C(0xb0001234)

enum { RECORDERS = 3, ROUNDS = 200, ROUNDS_PER_WAIT = 5 };

typedef struct Recorder {
    Fixture *f;
    Progress recorded;
    bool stop;
} Recorder;

static void *recorder(void *opaque)
{
    const MsmmuRequest rq = { .iova = 0x1000, .sid = 1 };
    const MsmmuFault fault = { .type = EVT_C_BAD_STE };
    Recorder *r = opaque;

    while (!__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE)) {
        msmmu_event_record(r->f->m, &rq, &fault);
        progress_step(&r->recorded);
    }
    return NULL;
}

/* Queues on, and a message for the Event queue. */
static Fixture *fixture_with_message(void)
{
    Fixture *f = fixture_new(NULL);

    fixture_set_reg64(f, 0xb0, TARGET);
    fixture_set_reg32(f, 0xb8, 0xe0e0e0e0);
    fixture_set_reg32(f, 0xbc, 0x1);
    fixture_enable_queues(f, 7);
    fixture_forget(f);
    return f;
}

/* Take what is in the queue, and acknowledge that more was lost. */
static void take_all(Fixture *f)
{
    fixture_set_reg32(f, 0x100ac, fixture_reg32(f, 0x100a8));
}

/* In every so many rounds until an event was recorded whole. */
static void let_record(const Recorder *r, unsigned round)
{
    if (round % ROUNDS_PER_WAIT == 0) {
        progress_wait_whole(&r->recorded, RECORDERS);
    }
}

/*
 * Others fill the queue, again and again; this thread, as the big lock would,
 * delivers, and turns the interrupt on and off.
 */
static void test_disabling_beside_dma(void)
{
    Recorder r = { .f = fixture_with_message() };
    Fixture *f = r.f;
    GThread *threads[RECORDERS];
    unsigned arrived = 0;

    f->irqs_wait = true;
    for (unsigned i = 0; i < RECORDERS; i++) {
        threads[i] = g_thread_new("recorder", recorder, &r);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        fixture_set_reg32(f, 0x50, 0x5);
        take_all(f);
        if (round % 2) {
            let_record(&r, round);
            msmmu_irq_deliver(f->m, MSMMU_CORE_IRQ_EVENTQ);
        }
        fixture_set_reg32(f, 0x50, 0x1);
        arrived = fixture_message_count(f);
        take_all(f);
        let_record(&r, round);
        msmmu_irq_deliver(f->m, MSMMU_CORE_IRQ_EVENTQ);
        g_assert_cmpuint(fixture_message_count(f), ==, arrived);
        g_assert_cmpuint(f->irqs[MSMMU_CORE_IRQ_EVENTQ], ==, arrived);
    }
    __atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
    for (unsigned i = 0; i < RECORDERS; i++) {
        g_thread_join(threads[i]);
    }
    g_test_message("%u messages of %u events", arrived,
                   progress_done(&r.recorded));
    g_assert_cmpuint(arrived, >, 0);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/interrupts/what-is-disabled-is-so-beside-dma",
                    test_disabling_beside_dma);
    return g_test_run();
}
