/*
 * Transactions from end to end: the gate, bypass, translation, termination,
 * the event as software reads it, and invalidation by command.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"
#include "tlb.h"

/* ---- SMMUEN = 0 (3.4, 6.3.14) ---- */

static void test_disabled(void)
{
    MsmmuConfig c = rig_config(40);
    Rig r = { .f = fixture_new(&c) };
    MsmmuResult result;

    fixture_enable_queues(r.f, 7);
    fixture_set_reg32(r.f, 0x44, 0x80001000);   /* GBPA: SHCFG incoming */
    result = translate(&r, reading(UINT64_C(0xffffffffff)));
    g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(result.pa, ==, UINT64_C(0xffffffffff));
    g_assert_cmpuint(result.size_log2, ==, 40);
    g_assert_cmpuint(result.perms, ==, 7);
    g_assert_true(result.attributes.from_device);

    /* Beyond the output size: an abort, and no event. */
    result = translate(&r, reading(UINT64_C(0x10000000000)));
    g_assert_cmpint(result.disposition, ==, MSMMU_ABORT);
    result = translate(&r, reading(UINT64_MAX));
    g_assert_cmpint(result.disposition, ==, MSMMU_ABORT);

    fixture_set_reg32(r.f, 0x44, 0x80101000);   /* ABORT */
    result = translate(&r, reading(0x1000));
    g_assert_cmpint(result.disposition, ==, MSMMU_ABORT);
    rig_free(&r);
}

static void test_disabled_attributes(void)
{
    static const struct {
        uint32_t gbpa;
        uint8_t type;
        uint8_t sh;
    } cases[] = {
        { 0x0000, 0xff, 0 },            /* Non-shareable */
        { 0x2000, 0xff, 2 },
        { 0x3000, 0xff, 3 },
        { 0x3010, 0x00, 2 },            /* MemAttr: Device is OSH */
        { 0x3011, 0x04, 2 },
        { 0x3015, 0x44, 2 },            /* iNC-oNC too */
        { 0x3017, 0x4f, 3 },            /* oNC iWB */
        { 0x301a, 0xbb, 3 },            /* oWT iWT */
        { 0x301f, 0xff, 3 },
        { 0x3014, 0x00, 2 },            /* reserved: Device-nGnRnE */
        { 0x3c00, 0xee, 3 },            /* ALLOCCFG: read-allocate only */
        { 0x3b00, 0x55, 3 },            /* write-allocate, transient */
        { 0x3900, 0xcc, 3 },            /* neither: not transient */
        { 0x3c15, 0x44, 2 },            /* no hints for NC */
    };
    MsmmuConfig c = rig_config(40);
    Rig r = { .f = fixture_new(&c) };

    fixture_enable_queues(r.f, 7);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        MsmmuResult result;

        g_test_message("GBPA 0x%x", cases[i].gbpa);
        fixture_set_reg32(r.f, 0x44, 0x80000000 | cases[i].gbpa);
        result = translate(&r, reading(0x1000));
        g_assert_cmphex(result.attributes.memory_type, ==, cases[i].type);
        g_assert_cmpuint(result.attributes.shareability, ==, cases[i].sh);
        g_assert_false(result.attributes.from_device);
    }
    rig_free(&r);
}

/* ---- STE.Config: abort, bypass ---- */

static void test_stream_bypass(void)
{
    Rig r = rig_new(40);
    ConfigWords ste = config_ste_bypass();
    MsmmuRequest rq;
    MsmmuResult result;

    config_put_ste(r.f, SID, &ste);
    result = translate(&r, writing(UINT64_C(0xfffffffff8)));
    g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(result.pa, ==, UINT64_C(0xfffffffff8));
    g_assert_cmpuint(result.size_log2, ==, 40);
    g_assert_true(result.attributes.from_device);

    /* Beyond the output size: F_ADDR_SIZE of stage 1 (3.4). */
    expect_fault(&r, writing(UINT64_C(0x10000000000)), MSMMU_ABORT, 0x11,
                 CLASS_IN, 0);
    expect_fault(&r, reading(UINT64_MAX), MSMMU_ABORT, 0x11,
                 CLASS_IN | RNW, 0);

    /* The STE's overrides are in the record and in the attributes. */
    config_set_bits(&ste, 113, 112, 3);         /* PRIVCFG: privileged */
    config_set_bits(&ste, 115, 114, 3);         /* INSTCFG: instruction */
    config_set_bits(&ste, 109, 108, 3);         /* SHCFG: inner */
    rq = reading(UINT64_C(0x10000000000));
    rq.sid = 6;
    config_put_ste(r.f, 6, &ste);
    expect_fault(&r, rq, MSMMU_ABORT, 0x11, CLASS_IN | RNW | IND | PNU, 0);
    rq.write = true;
    expect_fault(&r, rq, MSMMU_ABORT, 0x11, CLASS_IN | PNU, 0);
    rq.iova = 0x1000;
    result = translate(&r, rq);
    g_assert_cmpuint(result.attributes.shareability, ==, 3);
    rig_free(&r);
}

static void test_stream_abort(void)
{
    Rig r = rig_new(40);
    ConfigWords ste = config_ste_abort();

    config_put_ste(r.f, SID, &ste);
    g_assert_cmpint(translate(&r, reading(0x1000)).disposition, ==,
                    MSMMU_ABORT);
    rig_free(&r);
}

static void test_configuration_faults(void)
{
    Rig r = rig_new(40);
    MsmmuRequest rq = reading(0x1000);

    rq.sid = 256;                       /* the table has 2^8 entries */
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_ABORT);
    expect_event(&r, UINT64_C(256) << 32 | 0x02, 0, 0, 0);
    rq.sid = 7;                         /* V = 0 */
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_ABORT);
    expect_event(&r, UINT64_C(7) << 32 | 0x04, 0, 0, 0);
    rig_free(&r);
}

/* ---- Translation ---- */

static void test_granules(void)
{
    static const struct {
        unsigned kb;
        unsigned tg0, tg1;              /* 5.4 CD.TG0, CD.TG1 */
    } granules[] = { { 4, 0, 2 }, { 16, 2, 1 }, { 64, 1, 3 } };

    for (unsigned g = 0; g < 3; g++) {
        for (unsigned big = 0; big < 2; big++) {
            Rig r = rig_new(44);
            Tables upper = tables_new(r.f, granules[g].kb, 36,
                                      TABLES_AT + 0x1000000);
            unsigned shift = tables_shift(granules[g].kb, 3);
            MsmmuResult result;

            r.t = tables_new(r.f, granules[g].kb, 42, TABLES_AT);
            tables_map(&r.t, UINT64_C(0x3ffffff0000), 3,
                       UINT64_C(0xfff12340000), TABLES_RW);
            tables_map(&upper, UINT64_MAX, 3, UINT64_C(0xfff56780000),
                       TABLES_RW | TABLES_RO);
            r.cd.word[0] &= ~CD_BIT(EPD1);
            config_set_bits(&r.cd, 5, 0, 64 - 42);
            config_set_bits(&r.cd, 7, 6, granules[g].tg0);
            config_set_bits(&r.cd, 21, 16, 64 - 36);
            config_set_bits(&r.cd, 23, 22, granules[g].tg1);
            r.cd.word[2] = upper.root;
            config_put_stage1(r.f, SID, &r.cd);

            result = translate(&r, reading(UINT64_C(0x3ffffff0008)));
            g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
            g_assert_cmphex(result.pa, ==, UINT64_C(0xfff12340008));
            g_assert_cmpuint(result.size_log2, ==, shift);
            g_assert_cmpuint(result.perms & 3, ==, 3);
            g_assert_cmphex(result.attributes.memory_type, ==, 0xff);
            g_assert_cmphex(result.attributes.shareability, ==, 0);
            g_assert_false(result.attributes.from_device);

            result = translate(&r, reading(UINT64_MAX - 7));
            g_assert_cmphex(result.pa, ==, UINT64_C(0xfff56780000) +
                            (UINT64_C(1) << shift) - 8);
            g_assert_cmpuint(result.perms & 3, ==, 1);
            rig_free(&r);
        }
    }
}

static void test_cached(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&r.t, 0x200000, 2, 0x40200000, TABLES_RW);
    expect_pa(&r, reading(0x1010), 0x5010);
    expect_pa(&r, reading(0x201010), 0x40201010);
    r.f->reads = 0;
    expect_pa(&r, writing(0x1ff8), 0x5ff8);
    expect_pa(&r, writing(0x3ffff8), 0x403ffff8);
    g_assert_cmpuint(r.f->reads, ==, 0);
    rig_free(&r);
}

/* A GMutex cannot be locked twice: this would hang. */
static void test_hit_takes_no_lock(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(0x1010), 0x5010);
    g_mutex_lock(&r.f->m->lock);
    g_mutex_lock(&r.f->m->tlb->lock);
    expect_pa(&r, reading(0x1020), 0x5020);
    g_mutex_unlock(&r.f->m->tlb->lock);
    g_mutex_unlock(&r.f->m->lock);
    rig_free(&r);
}

/* ---- Faults ---- */

static void test_events(void)
{
    Rig r = rig_new(44);
    MsmmuRequest rq;
    uint64_t slot;

    tables_map(&r.t, 0x1000, 3, UINT64_C(1) << 44, TABLES_RW);
    tables_map(&r.t, 0x2000, 3, 0x5000, TABLES_UNPRIV | TABLES_NG);
    tables_map(&r.t, 0x3000, 3, 0x5000, TABLES_RW | TABLES_RO);
    tables_map(&r.t, UINT64_C(1) << 46, 3, 0x5000, TABLES_RW);

    expect_fault(&r, reading(0x123), MSMMU_ABORT, 0x10, CLASS_IN | RNW, 0);
    expect_fault(&r, writing(0x123), MSMMU_ABORT, 0x10, CLASS_IN, 0);
    expect_fault(&r, reading(UINT64_MAX), MSMMU_ABORT, 0x10, CLASS_IN | RNW,
                 0);
    expect_fault(&r, reading(0x1123), MSMMU_ABORT, 0x11, CLASS_IN | RNW, 0);
    expect_fault(&r, reading(0x2123), MSMMU_ABORT, 0x12, CLASS_IN | RNW, 0);
    expect_fault(&r, writing(0x3123), MSMMU_ABORT, 0x13, CLASS_IN, 0);

    slot = tables_slot(&r.t, UINT64_C(1) << 46, 2);
    fixture_fail(r.f, slot, slot + 7);
    expect_fault(&r, reading(UINT64_C(1) << 46), MSMMU_ABORT, 0x0b,
                 CLASS_TT | RNW, slot);
    expect_fault(&r, writing(UINT64_C(1) << 46), MSMMU_ABORT, 0x0b,
                 CLASS_TT, slot);

    /* InD and PnU as the device gives them; a write is data (13.1.2). */
    rq = reading(0x123);
    rq.instruction = true;
    rq.privileged = true;
    expect_fault(&r, rq, MSMMU_ABORT, 0x10, CLASS_IN | RNW | IND | PNU, 0);
    rq.write = true;
    expect_fault(&r, rq, MSMMU_ABORT, 0x10, CLASS_IN | PNU, 0);
    rig_free(&r);
}

/* The whole input address is recorded, with its tag (3.4.1). */
static void test_event_with_tag(void)
{
    Rig r = rig_new(44);

    r.cd.word[0] |= CD_BIT(TBI0);
    config_put_stage1(r.f, SID, &r.cd);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(UINT64_C(0x5a00000000001008)), 0x5008);
    expect_pa(&r, reading(UINT64_C(0xa500000000001008)), 0x5008);
    expect_fault(&r, reading(UINT64_C(0x5a00000000002008)), MSMMU_ABORT,
                 0x10, CLASS_IN | RNW, 0);
    expect_fault(&r, reading(UINT64_C(0x5a80000000001008)), MSMMU_ABORT,
                 0x10, CLASS_IN | RNW, 0);
    rig_free(&r);
}

static void test_termination(void)
{
    static const struct {
        bool abort, record;
        MsmmuDisposition how;
    } cases[] = {
        { false, false, MSMMU_RAZ_WI },
        { false, true, MSMMU_RAZ_WI },
        { true, false, MSMMU_ABORT },
        { true, true, MSMMU_ABORT },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rig r = rig_new(44);
        static const struct {
            uint64_t va;
            uint8_t type;
        } faults[] = {
            { 0x0000, 0x10 }, { 0x1000, 0x11 }, { 0x2000, 0x12 },
            { 0x3000, 0x13 },
        };

        r.cd.word[0] &= ~(CD_BIT(A) | CD_BIT(R));
        r.cd.word[0] |= (uint64_t)cases[i].abort << A |
                        (uint64_t)cases[i].record << R;
        config_put_stage1(r.f, SID, &r.cd);
        tables_map(&r.t, 0x1000, 3, UINT64_C(1) << 44, TABLES_RW);
        tables_map(&r.t, 0x2000, 3, 0x5000, TABLES_UNPRIV);
        tables_map(&r.t, 0x3000, 3, 0x5000, TABLES_AF);
        for (unsigned j = 0; j < G_N_ELEMENTS(faults); j++) {
            g_assert_cmpint(translate(&r, reading(faults[j].va)).disposition,
                            ==, cases[i].how);
            if (cases[i].record) {
                g_assert_cmpint(fixture_event_type(r.f), ==, faults[j].type);
            }
            g_assert_cmpint(fixture_event_type(r.f), ==, -1);
        }
        /* An abort of the walk is not for the CD to rule (3.12). */
        fixture_fail(r.f, r.t.root, r.t.root + 7);
        g_assert_cmpint(translate(&r, reading(0)).disposition, ==,
                        MSMMU_ABORT);
        g_assert_cmpint(fixture_event_type(r.f), ==, 0x0b);
        rig_free(&r);
    }
}

static void test_probes_and_pieces(void)
{
    Rig r = rig_new(44);
    MsmmuRequest rq = reading(0x1000);

    rq.probe = true;
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_ABORT);
    rq.sid = 256;
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_ABORT);
    rq = reading(0x1000);
    expect_fault(&r, rq, MSMMU_ABORT, 0x10, CLASS_IN | RNW, 0);
    rq.continued = true;
    rq.iova += 4;
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_ABORT);
    rig_free(&r);
}

/* ---- Invalidation through the Command queue (4.4.2) ---- */

static void tlbi_nh_va(Rig *r, uint16_t asid, uint64_t va)
{
    fixture_command(r->f, UINT64_C(0x12) | (uint64_t)asid << 48,
                    va & ~UINT64_C(0xfff));
    fixture_settle(r->f);
}

static void tlbi_nh_asid(Rig *r, uint16_t asid)
{
    fixture_command(r->f, UINT64_C(0x11) | (uint64_t)asid << 48, 0);
    fixture_settle(r->f);
}

static void test_tlbi(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&r.t, 0x2000, 3, 0x6000, TABLES_RW & ~TABLES_NG);
    tables_map(&r.t, 0x400000, 2, 0x40000000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    expect_pa(&r, reading(0x2000), 0x6000);
    expect_pa(&r, reading(0x400000), 0x40000000);
    tables_map(&r.t, 0x1000, 3, 0x7000, TABLES_RW);
    tables_map(&r.t, 0x2000, 3, 0x8000, TABLES_RW & ~TABLES_NG);
    tables_map(&r.t, 0x400000, 2, 0x40200000, TABLES_RW);

    /* Of another ASID: only the global one goes. */
    tlbi_nh_va(&r, 9, 0x1000);
    tlbi_nh_va(&r, 9, 0x2000);
    expect_pa(&r, reading(0x1000), 0x5000);
    expect_pa(&r, reading(0x2000), 0x8000);
    tlbi_nh_va(&r, 1, 0x1000);
    expect_pa(&r, reading(0x1000), 0x7000);
    /* Any address of a block. */
    tlbi_nh_va(&r, 1, 0x5ff000);
    expect_pa(&r, reading(0x400000), 0x40200000);

    tables_map(&r.t, 0x1000, 3, 0x9000, TABLES_RW);
    tables_map(&r.t, 0x2000, 3, 0xa000, TABLES_RW & ~TABLES_NG);
    tlbi_nh_asid(&r, 2);
    expect_pa(&r, reading(0x1000), 0x7000);
    tlbi_nh_asid(&r, 1);
    expect_pa(&r, reading(0x1000), 0x9000);
    expect_pa(&r, reading(0x2000), 0x8000);
    fixture_command(r.f, 0x10, 0);              /* NH_ALL */
    fixture_settle(r.f);
    expect_pa(&r, reading(0x2000), 0xa000);
    rig_free(&r);
}

/* The table changes, and is invalidated, while it is being walked. */
static void change_during_walk(Fixture *f, uint64_t pa,
                               G_GNUC_UNUSED size_t len)
{
    Rig *r = f->hook_data;

    if (pa == tables_slot(&r->t, 0x1000, 2)) {
        /* The walk goes on in the tables that it began in. */
        Tables other = tables_new(f, 4, 48, TABLES_AT + 0x1000000);

        f->on_read = NULL;
        tables_map(&other, 0x1000, 3, 0x7000, TABLES_RW);
        tables_set(&r->t, 0x1000, 0,
                   (tables_slot(&other, 0x1000, 1) & ~UINT64_C(0xfff)) | 3);
        tlbi_nh_va(r, 1, 0x1000);
    }
}

static void test_walk_overtaken(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    tlbi_nh_va(&r, 1, 0x1000);
    r.f->hook_data = &r;
    r.f->on_read = change_during_walk;
    expect_pa(&r, reading(0x1000), 0x5000);
    g_assert_false(r.f->on_read);
    /* It was right when it began; it must not be found again. */
    expect_pa(&r, reading(0x1000), 0x7000);
    rig_free(&r);
}

/* Faults are not cached. */
static void test_faults_are_not_cached(void)
{
    Rig r = rig_new(44);

    expect_fault(&r, reading(0x1000), MSMMU_ABORT, 0x10, CLASS_IN | RNW, 0);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_UNPRIV);
    expect_fault(&r, reading(0x1000), MSMMU_ABORT, 0x12, CLASS_IN | RNW, 0);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    rig_free(&r);
}

static void disable_once(Fixture *f, G_GNUC_UNUSED uint64_t pa,
                         G_GNUC_UNUSED size_t len)
{
    f->on_read = NULL;
    fixture_set_reg32(f, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN);
    fixture_command(f, 0x30, 0);                        /* NSNH_ALL */
    fixture_settle(f);
}

/* 6.3.9.6: while SMMUEN is 0, what was invalidated does not come back. */
static void test_nothing_cached_once_disabled(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    /* It passed the gate before SMMUEN was cleared, and does so again. */
    r.f->on_read = disable_once;
    expect_pa(&r, reading(0x1000), 0x1000);
    expect_pa(&r, reading(0x1000), 0x1000);

    tables_map(&r.t, 0x1000, 3, 0x6000, TABLES_RW);
    fixture_set_reg32(r.f, SMMU_CR0, CR0_CMDQEN | CR0_EVENTQEN | CR0_SMMUEN);
    expect_pa(&r, reading(0x1000), 0x6000);
    rig_free(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/translate/" claim, function)
    ADD("disabled-passes-what-fits", test_disabled);
    ADD("disabled-takes-attributes-of-gbpa", test_disabled_attributes);
    ADD("bypass-beyond-output-size-is-recorded", test_stream_bypass);
    ADD("config-0-aborts-silently", test_stream_abort);
    ADD("configuration-faults-abort", test_configuration_faults);
    ADD("all-granules-both-halves", test_granules);
    ADD("second-time-from-the-cache", test_cached);
    ADD("hit-takes-no-lock", test_hit_takes_no_lock);
    ADD("events", test_events);
    ADD("event-has-the-tag-of-the-address", test_event_with_tag);
    ADD("termination-by-cd-a-and-r", test_termination);
    ADD("probes-and-pieces-record-nothing", test_probes_and_pieces);
    ADD("tlbi", test_tlbi);
    ADD("walk-overtaken-by-an-invalidation-is-not-cached",
        test_walk_overtaken);
    ADD("nothing-is-cached-once-disabled", test_nothing_cached_once_disabled);
    ADD("faults-are-not-cached", test_faults_are_not_cached);
#undef ADD
    return g_test_run();
}
