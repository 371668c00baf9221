/*
 * The life of an instance: SMMUEN, reset and load while transactions are on
 * their way (3.11, 6.3.9.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "progress.h"
#include "rig.h"

#define VA UINT64_C(0x7654321000)
#define PA UINT64_C(0x12345000)
#define OTHER_PA UINT64_C(0x56789000)
#define OTHER_STRTAB UINT64_C(0xb0000000)

#define QUEUES_ON (CR0_CMDQEN | CR0_EVENTQEN)

/* ---- SMMUEN changes during a transaction --------------------------------- */

/* What happens at the first read of @pa. */
typedef struct Midway {
    uint64_t pa;
    void (*happens)(Fixture *f);
} Midway;

static void on_read(Fixture *f, uint64_t pa, G_GNUC_UNUSED size_t len)
{
    Midway *midway = f->hook_data;

    if (pa == midway->pa && midway->happens) {
        void (*happens)(Fixture *f) = midway->happens;

        midway->happens = NULL;
        happens(f);
    }
}

static void arrange(Rig *r, Midway *midway)
{
    r->f->hook_data = midway;
    r->f->on_read = on_read;
}

static void check_happened(Rig *r, const Midway *midway)
{
    g_assert_null(midway->happens);
    r->f->on_read = NULL;
}

static void open_gate(Fixture *f)
{
    fixture_set_reg32(f, SMMU_CR0, QUEUES_ON | CR0_SMMUEN);
}

static void close_gate(Fixture *f)
{
    fixture_set_reg32(f, SMMU_CR0, QUEUES_ON);
}

/* Without any command: what is cached stays. */
static void change_stream_table(Fixture *f)
{
    close_gate(f);
    fixture_set_reg64(f, SMMU_STRTAB_BASE, OTHER_STRTAB);
    open_gate(f);
}

static uint64_t ste_pa(void)
{
    return FIXTURE_STRTAB + SID * 64;
}

/* It is as if it came afterwards; and nothing is cached (6.3.9.6, 3.21.3). */
static void test_closed_during_configuration(void)
{
    Rig r = rig_new(48);
    Midway midway = { ste_pa(), close_gate };
    const ConfigWords abort = config_ste_abort();

    tables_map(&r.t, VA, 3, PA, TABLES_RW);
    arrange(&r, &midway);
    expect_pa(&r, reading(VA), VA);
    check_happened(&r, &midway);

    config_put_ste(r.f, SID, &abort);
    open_gate(r.f);
    g_assert_cmpint(translate(&r, reading(VA)).disposition, ==, MSMMU_ABORT);
    rig_free(&r);
}

static void test_closed_during_walk(void)
{
    Rig r = rig_new(48);
    Midway midway = { .happens = close_gate };

    tables_map(&r.t, VA, 3, PA, TABLES_RW);
    midway.pa = tables_slot(&r.t, VA, 3);
    arrange(&r, &midway);
    expect_pa(&r, reading(VA), VA);
    check_happened(&r, &midway);

    tables_map(&r.t, VA, 3, OTHER_PA, TABLES_RW);
    open_gate(r.f);
    expect_pa(&r, reading(VA), OTHER_PA);
    rig_free(&r);
}

/* Translation-related events are not recorded while SMMUEN is 0. */
static void test_closed_before_a_fault(void)
{
    Rig r = rig_new(48);
    Midway midway = { ste_pa(), close_gate };
    const ConfigWords invalid = { { 0 } };

    /* F_TRANSLATION: there is no leaf. */
    midway.pa = tables_slot(&r.t, VA, 3);
    arrange(&r, &midway);
    expect_pa(&r, reading(VA), VA);
    check_happened(&r, &midway);
    g_assert_cmpint(fixture_event_type(r.f), ==, -1);

    /* C_BAD_STE, C_BAD_STREAMID: of another stream, which is not cached. */
    config_put_ste(r.f, SID + 1, &invalid);
    open_gate(r.f);
    midway = (Midway) { ste_pa() + 64, close_gate };
    arrange(&r, &midway);
    g_assert_cmpint(msmmu_translate(r.f->m, &(MsmmuRequest) {
                        .iova = VA, .sid = SID + 1 }).disposition, ==,
                    MSMMU_FORWARD);
    check_happened(&r, &midway);
    g_assert_cmpint(fixture_event_type(r.f), ==, -1);
    rig_free(&r);
}

/* Off and on again, with another Stream table. */
static void test_reopened(void)
{
    Rig r = rig_new(48);
    Midway midway = { ste_pa(), change_stream_table };
    const ConfigWords abort = config_ste_abort();

    config_put(r.f, OTHER_STRTAB + SID * 64, &abort);
    tables_map(&r.t, VA, 3, PA, TABLES_RW);
    arrange(&r, &midway);
    g_assert_cmpint(translate(&r, reading(VA)).disposition, ==, MSMMU_ABORT);
    check_happened(&r, &midway);
    g_assert_cmpint(translate(&r, reading(VA)).disposition, ==, MSMMU_ABORT);
    rig_free(&r);
}

/* ---- Reset and load ------------------------------------------------------ */

static void test_loaded(void)
{
    Rig r = rig_new(48);
    const MsmmuRegisters saved = *msmmu_registers(r.f->m);

    tables_map(&r.t, VA, 3, PA, TABLES_RW);
    msmmu_reset(r.f->m);
    expect_pa(&r, reading(VA), VA);
    *msmmu_registers(r.f->m) = saved;
    g_assert_true(msmmu_loaded(r.f->m, NULL));
    expect_pa(&r, reading(VA), PA);
    close_gate(r.f);
    expect_pa(&r, reading(VA), VA);
    rig_free(&r);
}

enum { STREAMS = 256, RESETS = 400, RESETS_PER_WAIT = 10, TRANSLATORS = 2 };

typedef struct Translator {
    Fixture *f;
    bool stop;
    Progress done;
    unsigned terminated;
} Translator;

static void *translator(void *opaque)
{
    Translator *t = opaque;
    uint32_t sid = 0;

    while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED)) {
        const MsmmuRequest rq = { .iova = 0x1000, .sid = sid++ % STREAMS };
        MsmmuResult result = msmmu_translate(t->f->m, &rq);

        t->terminated += result.disposition != MSMMU_FORWARD;
        progress_step(&t->done);
    }
    return NULL;
}

/*
 * All streams bypass: by their STEs while enabled, by GBPA while not. A
 * Stream table that is gone, but still looked into, would end them.
 */
static void test_reset_beside_translations(void)
{
    Fixture *f = fixture_new(NULL);
    const ConfigWords bypass = config_ste_bypass();
    Translator t[TRANSLATORS] = { 0 };
    GThread *threads[TRANSLATORS];

    for (uint32_t sid = 0; sid < STREAMS; sid++) {
        config_put_ste(f, sid, &bypass);
    }
    for (int i = 0; i < TRANSLATORS; i++) {
        t[i].f = f;
        threads[i] = g_thread_new("translator", translator, &t[i]);
    }
    for (int i = 0; i < RESETS; i++) {
        fixture_enable(f);
        g_usleep(50);
        if (i % RESETS_PER_WAIT == 0) {
            progress_wait_whole(&t[i / RESETS_PER_WAIT % TRANSLATORS].done, 1);
        }
        msmmu_reset(f->m);
    }
    for (int i = 0; i < TRANSLATORS; i++) {
        __atomic_store_n(&t[i].stop, true, __ATOMIC_RELAXED);
        g_thread_join(threads[i]);
        g_assert_cmpuint(t[i].terminated, ==, 0);
    }
    fixture_free(f);
}

#define ADD(path, func) g_test_add_func("/msmmu/instance/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("disabled-during-a-configuration-fetch",
        test_closed_during_configuration);
    ADD("disabled-during-a-walk", test_closed_during_walk);
    ADD("disabled-before-a-fault-is-recorded", test_closed_before_a_fault);
    ADD("enabled-again-with-another-table", test_reopened);
    ADD("loaded-state-translates", test_loaded);
    ADD("reset-beside-translations", test_reset_beside_translations);
    return g_test_run();
}
