/*
 * Updates of descriptors that somebody else changes meanwhile, or that cannot
 * be updated (IHI 0070 3.13, 7.3.12; Arm ARM D8.5.2.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

#define VA UINT64_C(0x123456789000)
#define IPA UINT64_C(0x2345678000)
#define PA UINT64_C(0x3456789000)

#define S1_NEW (TABLES_UNPRIV | TABLES_RO | TABLES_NG | TABLES_DBM)
#define S1_CLEAN (S1_NEW | TABLES_AF)
#define S1_DIRTY (S1_CLEAN & ~TABLES_RO)
#define S2_NEW (TABLES_S2_READ | TABLES_S2_WB | TABLES_DBM)
#define S2_CLEAN (S2_NEW | TABLES_AF)
#define S2_DIRTY (S2_CLEAN | TABLES_S2_WRITE)
#define SOFTWARE UINT64_C(0x0780000000000000)   /* bits [58:55] */

/* Both stages, with all updates enabled, and the page at VA. */
static void setup(Stages *s, uint64_t s1, uint64_t s2)
{
    stages_init(s, "httu=dirty", 4, 4);
    tables_map(&s->r.t, VA, 3, IPA, s1);
    stages_page(s, IPA, PA, s2);
    config_set_bits(&s->r.cd, 43, 42, 3);       /* HA, HD */
    config_set_bits(&s->ste, 184, 183, 3);      /* S2HA, S2HD */
    stages_put(s);
}

/* PAs of the descriptors of VA's page */
static uint64_t slot1(Stages *s)
{
    return stages_pa(s, tables_slot(&s->r.t, VA, 3));
}

static uint64_t slot2(Stages *s, uint64_t ipa)
{
    return tables_slot(&s->s2, ipa, 3);
}

/* ---- Updates that abort (7.3.12) ---- */

/* Memory that can be read, and not updated */
static void fail_at(Fixture *f, uint64_t pa)
{
    const uint64_t *target = f->hook_data;

    if (pa == *target) {
        fixture_fail(f, pa, pa + 7);
    }
}

static void test_aborts(void)
{
    /* Of what page stage 2's descriptor is updated; NONE: stage 1's is. */
    enum { NONE, CD, TABLE, DATA };
    static const struct {
        unsigned page;
        bool write;             /* of the transaction */
        uint64_t s1, s2;        /* s2: of that page */
        uint64_t word1;
    } cases[] = {
        { NONE, false, S1_NEW, 0, CLASS_TT },
        { NONE, true, S1_CLEAN, 0, CLASS_TT },
        { CD, false, S1_CLEAN, S2_NEW, CLASS_CD | S2 },
        { TABLE, false, S1_CLEAN, S2_NEW, CLASS_TT | S2 },
        { TABLE, true, S1_CLEAN, S2_CLEAN, CLASS_TT | S2 },
        { DATA, false, S1_CLEAN, S2_NEW, CLASS_IN | S2 },
        { DATA, true, S1_DIRTY, S2_CLEAN, CLASS_IN | S2 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool write = cases[i].write;
        MsmmuRequest rq = write ? writing(VA) : reading(VA);
        unsigned page = cases[i].page;
        uint64_t ipa, target;
        Stages s;

        g_test_message("case %u", i);
        setup(&s, cases[i].s1, S2_DIRTY);
        ipa = page == CD ? STAGES_CD_AT :
              page == TABLE ? tables_slot(&s.r.t, VA, 3) & ~0xfffull : IPA;
        if (page) {
            stages_page(&s, ipa, stages_pa(&s, ipa), cases[i].s2);
            stages_flush(&s);
        }
        target = page ? slot2(&s, ipa) : slot1(&s);
        s.r.f->hook_data = &target;
        s.r.f->on_update = fail_at;
        expect_fault(&s.r, rq, MSMMU_ABORT, 0x0b,
                     (write ? 0 : RNW) | cases[i].word1, target);
        s.r.f->on_update = NULL;
        fixture_heal(s.r.f);
        g_assert_cmpint(translate(&s.r, rq).disposition, ==, MSMMU_FORWARD);
        stages_free(&s);
    }
}

/* ---- A change between the fetch and the update ---- */

typedef struct Change {
    uint64_t pa;                /* of the descriptor */
    uint64_t flipped;           /* bits of it */
    unsigned times;
    unsigned made;
} Change;

static void change(Fixture *f, uint64_t pa)
{
    Change *c = f->hook_data;

    if (pa == c->pa && c->made < c->times) {
        fixture_write64(f, pa, fixture_read64(f, pa) ^ c->flipped);
        c->made++;
    }
}

/* Software's bits may change all the time; the walk is made once. */
static void test_software_bits(void)
{
    for (unsigned n = 0; n < 4; n++) {
        Change c = { .times = 9, .flipped = SOFTWARE };
        bool of_stage2 = n & 1, write = n & 2;
        unsigned reads;
        Stages s;

        setup(&s, write ? S1_CLEAN : S1_NEW, write ? S2_CLEAN : S2_NEW);
        translate(&s.r, reading(0));            /* caches the CD */
        fixture_event_type(s.r.f);
        s.r.f->reads = 0;
        translate(&s.r, reading(0x1000));
        fixture_event_type(s.r.f);
        c.pa = of_stage2 ? slot2(&s, IPA) : slot1(&s);
        s.r.f->hook_data = &c;
        s.r.f->on_update = change;
        s.r.f->reads = 0;
        s.r.f->updates = 0;
        g_assert_cmphex(translate(&s.r, write ? writing(VA) :
                                                reading(VA)).pa, ==, PA);
        g_assert_cmpuint(c.made, ==, 9);
        g_assert_cmpuint(s.r.f->updates, ==, 2 + 9);
        reads = s.r.f->reads;
        /*
         * A first table, by the short way of a miss and by a quick walk, that
         * leads where nothing is cached; stage 2 for four addresses or five
         * (that of the first table is cached), stage 1, and a look each time
         */
        g_assert_cmpuint(reads, ==, 2 + 4 * 4 + 4 + 4 + 9);
        g_assert_cmphex(tables_get(&s.r.t, VA, 3), ==,
                        IPA | TABLES_PAGE | (write ? S1_DIRTY : S1_CLEAN) |
                        (of_stage2 ? 0 : SOFTWARE));
        g_assert_cmphex(tables_get(&s.s2, IPA, 3), ==,
                        PA | TABLES_PAGE | (write ? S2_DIRTY : S2_CLEAN) |
                        (of_stage2 ? SOFTWARE : 0));
        stages_free(&s);
    }
}

/* Another output address: what is there now is what counts (I_YZSVV). */
static void test_other_address(void)
{
    for (unsigned n = 0; n < 4; n++) {
        const uint64_t bit = UINT64_C(1) << 30;
        Change c = { .times = 1, .flipped = bit };
        bool of_stage2 = n & 1, write = n & 2;
        Stages s;

        setup(&s, write ? S1_CLEAN : S1_NEW, write ? S2_CLEAN : S2_NEW);
        stages_page(&s, IPA ^ bit, PA ^ bit, S2_NEW);
        c.pa = of_stage2 ? slot2(&s, IPA) : slot1(&s);
        s.r.f->hook_data = &c;
        s.r.f->on_update = change;
        for (unsigned i = 0; i < 2; i++) {
            g_assert_cmphex(translate(&s.r, write ? writing(VA) :
                                                    reading(VA)).pa, ==,
                            PA ^ bit);
        }
        g_assert_cmpuint(c.made, ==, 1);
        stages_free(&s);
    }
}

/* Unmapped meanwhile: it stays so, with a fault. */
static void test_unmapped(void)
{
    for (unsigned n = 0; n < 4; n++) {
        Change c = { .times = 1, .flipped = 1 };
        bool of_stage2 = n & 1, write = n & 2;
        Stages s;

        setup(&s, write ? S1_CLEAN : S1_NEW, write ? S2_CLEAN : S2_NEW);
        c.pa = of_stage2 ? slot2(&s, IPA) : slot1(&s);
        s.r.f->hook_data = &c;
        s.r.f->on_update = change;
        expect_fault(&s.r, write ? writing(VA) : reading(VA), MSMMU_ABORT,
                     0x10, CLASS_IN | (of_stage2 ? S2 : 0) | (write ? 0 : RNW),
                     of_stage2 ? IPA : 0);
        if (of_stage2) {
            g_assert_cmphex(tables_get(&s.s2, IPA, 3), ==,
                            PA | 2 | (write ? S2_CLEAN : S2_NEW));
        } else {
            g_assert_cmphex(tables_get(&s.r.t, VA, 3), ==,
                            IPA | 2 | (write ? S1_CLEAN : S1_NEW));
        }
        stages_free(&s);
    }
}

/* Somebody else marked it first: fine. */
static void test_marked_by_others(void)
{
    Change c = { .times = 1, .flipped = TABLES_AF };
    Stages s;

    setup(&s, S1_NEW, S2_DIRTY);
    c.pa = slot1(&s);
    s.r.f->hook_data = &c;
    s.r.f->on_update = change;
    s.r.f->updates = 0;
    g_assert_cmphex(translate(&s.r, reading(VA)).pa, ==, PA);
    g_assert_cmpuint(s.r.f->updates, ==, 1);
    g_assert_cmphex(tables_get(&s.r.t, VA, 3), ==,
                    IPA | TABLES_PAGE | S1_CLEAN);
    stages_free(&s);
}

/*
 * Whoever changes a descriptor each time that it is to be updated makes the
 * transaction end with F_WALK_EABT, also when it is only for the CD's fetch.
 */
static void test_endless_changes(void)
{
    for (unsigned n = 0; n < 3; n++) {
        /* Contiguous means nothing to one descriptor. */
        Change c = { .times = UINT_MAX, .flipped = TABLES_CONT };
        uint64_t ipa = n == 1 ? IPA : STAGES_CD_AT;
        Stages s;

        setup(&s, S1_NEW, S2_NEW);
        if (n == 2) {
            stages_page(&s, ipa, stages_pa(&s, ipa), S2_NEW);
            stages_flush(&s);
        }
        c.pa = n ? slot2(&s, ipa) : slot1(&s);
        s.r.f->hook_data = &c;
        s.r.f->on_update = change;
        expect_fault(&s.r, reading(VA), MSMMU_ABORT, 0x0b,
                     n == 0 ? CLASS_TT | RNW : n == 1 ? CLASS_IN | S2 | RNW :
                     CLASS_CD | S2 | RNW, c.pa);
        /* Far more often than any software does it */
        g_assert_cmpuint(c.made, >, 1000);
        g_assert_cmpuint(c.made, <, 10000);
        s.r.f->on_update = NULL;
        g_assert_cmpint(translate(&s.r, reading(VA)).disposition, ==,
                        MSMMU_FORWARD);
        stages_free(&s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/httu/" claim, function)
    ADD("updates-that-abort-are-f_walk_eabt", test_aborts);
    ADD("software-bits-do-not-start-a-walk-over", test_software_bits);
    ADD("a-changed-address-is-walked-to", test_other_address);
    ADD("what-is-unmapped-meanwhile-faults", test_unmapped);
    ADD("what-others-marked-is-marked", test_marked_by_others);
    ADD("endless-changes-come-to-an-end", test_endless_changes);
#undef ADD
    return g_test_run();
}
