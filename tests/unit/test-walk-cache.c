/*
 * The cache of last tables (IHI 0070 3.17, 4.4, 16.2): what it saves, what
 * drops it, and what never gets into it.
 *
 * It shows where software breaks the rules: a table is replaced by another one,
 * in a Table descriptor, and nothing is invalidated, or not that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_text.h"
#include "rig_stages.h"

#define VMID UINT64_C(7)
#define VA UINT64_C(0x12340000)
#define IPA UINT64_C(0x70000000)
#define PA UINT64_C(0x300000000)
#define RNW (UINT64_C(1) << 35)
#define PAGES 32u
/* Another last table, for VA or for IPA: pages are swapped in it. */
#define OTHER UINT64_C(0x208000000)
#define OTHER_IPA UINT64_C(0x208000000)

typedef enum Kind {
    STAGE1,
    STAGE2,
    NESTED,
    KINDS,
} Kind;

typedef struct World {
    Stages s;
    Rig *r;
    Kind kind;
} World;

static const char *const kind_names[] = { "stage 1", "stage 2", "nested" };

static uint64_t input(const World *w, unsigned n)
{
    return (w->kind == STAGE2 ? IPA : VA) + n * 0x1000;
}

static uint64_t old_pa(unsigned n)
{
    return PA + (PAGES - 1 - n) * 0x1000;
}

static uint64_t new_pa(unsigned n)
{
    return old_pa(n ^ 16);
}

static uint64_t pa_of(World *w, unsigned n)
{
    return translate(w->r, reading(input(w, n))).pa;
}

/* The tables that lead from an input, and what is replaced in them. */
static Tables *tables_of(World *w)
{
    return w->kind == STAGE2 ? &w->s.s2 : &w->r->t;
}

static void setup_stage1(World *w)
{
    for (unsigned n = 0; n < PAGES; n++) {
        bool direct = w->kind == STAGE1;

        tables_map(&w->r->t, VA + n * 0x1000, 3,
                   direct ? old_pa(n) : IPA + n * 0x1000, TABLES_RW);
        fixture_write64(w->r->f, OTHER + (VA >> 12 & 511) * 8 + n * 8,
                        (direct ? new_pa(n) : IPA + (n ^ 16) * 0x1000) |
                        TABLES_RW | TABLES_PAGE);
    }
}

static void setup(World *w, Kind kind, const char *properties)
{
    *w = (World) { .kind = kind, .r = &w->s.r };
    if (kind == STAGE1) {
        g_autofree char *text = g_strdup_printf("stage=nested,%s", properties);
        MsmmuConfig config = config_of(text);

        w->s.r = rig_new_with(&config);
    } else {
        stages_init(&w->s, properties, kind == STAGE2 ? 0 : 4, 4);
        stages_back(&w->s, IPA, PA, PAGES * 0x1000);
        /* The other table of stage 1. */
        stages_page(&w->s, OTHER_IPA, OTHER, TABLES_S2_RW);
    }
    if (kind != STAGE2) {
        setup_stage1(w);
        return;
    }
    for (unsigned n = 0; n < PAGES; n++) {
        fixture_write64(w->r->f, OTHER + (IPA >> 12 & 511) * 8 + n * 8,
                        new_pa(n) | TABLES_S2_RW | TABLES_PAGE);
    }
}

/* A nested walk keeps a table when stage 2 of all tables was cached before. */
static void warm_up(World *w)
{
    for (unsigned n = 0; n < 2; n++) {
        g_assert_cmphex(pa_of(w, n), ==, old_pa(n));
    }
}

static void replace_table(World *w)
{
    uint64_t slot = tables_slot(tables_of(w), input(w, 0), 2);

    fixture_write64(w->r->f, w->kind == NESTED ? stages_pa(&w->s, slot) : slot,
                    OTHER | TABLES_PAGE);
}

/* ---- What it saves ---- */

static void test_reads(void)
{
    static const unsigned reads[] = { 1, 1, 2 };

    for (Kind kind = 0; kind < KINDS; kind++) {
        World w;

        g_test_message("%s", kind_names[kind]);
        setup(&w, kind, "oas=48");
        warm_up(&w);
        w.r->f->reads = 0;
        g_assert_cmphex(pa_of(&w, 2), ==, old_pa(2));
        g_assert_cmpuint(w.r->f->reads, ==, reads[kind]);
        stages_free(&w.s);
    }
}

/* What the tables above limit is limited. */
static void test_limits(void)
{
    World w;

    setup(&w, STAGE1, "oas=48");
    tables_or(&w.r->t, VA, 1, UINT64_C(1) << 62);       /* APTable: no writes */
    warm_up(&w);
    expect_fault(w.r, writing(input(&w, 2)), MSMMU_ABORT, 0x13,
                 CLASS_IN, 0);
    stages_free(&w.s);
}

/* The last descriptor is looked at as that of any walk. */
static void test_last(void)
{
    static const struct {
        uint64_t set;
        uint64_t cleared;
        uint8_t event;
        bool write;
    } cases[] = {
        { 0, 1, 0x10, false },                      /* not valid */
        { 0, 2, 0x10, false },                      /* reserved */
        { UINT64_C(1) << 41, 0, 0x11, false },      /* beyond the OAS */
        { 0, TABLES_AF, 0x12, false },
        { TABLES_RO, 0, 0x13, true },
    };
    World w;

    setup(&w, STAGE1, "oas=40");
    warm_up(&w);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t va = input(&w, i + 2);
        uint64_t slot = tables_slot(&w.r->t, va, 3);
        uint64_t d = fixture_read64(w.r->f, slot);

        fixture_write64(w.r->f, slot, (d | cases[i].set) & ~cases[i].cleared);
        expect_fault(w.r, cases[i].write ? writing(va) : reading(va),
                     MSMMU_ABORT, cases[i].event,
                     CLASS_IN | (cases[i].write ? 0 : RNW), 0);
        fixture_write64(w.r->f, slot, d);
        g_assert_cmphex(translate(w.r, reading(va)).pa, ==, old_pa(i + 2));
    }
    stages_free(&w.s);
}

/* ---- What drops it (4.4) ---- */

#define S1_ONLY (1u << STAGE1)
#define S2_ONLY (1u << STAGE2)
#define BOTH (1u << NESTED)
#define ANY (S1_ONLY | S2_ONLY | BOTH)
#define ASID1 (UINT64_C(1) << 48)

static const struct Command {
    const char *name;
    uint64_t word0;
    uint64_t word1;
    unsigned drops;             /* bits: of which kinds */
} commands[] = {
    { "CMD_SYNC", 0x46, 0, 0 },
    { "NH_ALL", 0x10, 0, S1_ONLY | BOTH },
    { "NH_ASID", 0x11 | ASID1, 0, S1_ONLY | BOTH },
    { "NH_ASID, another", 0x11 | ASID1 << 1, 0, 0 },
    { "NH_VA", 0x12 | ASID1, VA, S1_ONLY | BOTH },
    { "NH_VA, leaf only", 0x12 | ASID1, VA | 1, 0 },
    { "NH_VA, another ASID", 0x12 | ASID1 << 1, VA, 0 },
    { "NH_VA, a range", 0x12 | ASID1 | 31 << 12, VA | 0x400, S1_ONLY | BOTH },
    { "NH_VA, a range, leaf only", 0x12 | ASID1 | 31 << 12, VA | 0x401, 0 },
    { "NH_VAA", 0x13, VA, S1_ONLY | BOTH },
    { "NH_VAA, leaf only", 0x13, VA | 1, 0 },
    { "S12_VMALL", 0x28, 0, ANY },
    { "S2_IPA", 0x2a, IPA, S2_ONLY | BOTH },
    { "S2_IPA, leaf only", 0x2a, IPA | 1, BOTH },
    { "NSNH_ALL", 0x30, 0, ANY },
    { "EL2_ALL", 0x20, 0, 0 },
    { "CFGI_ALL", 0x04, 31, ANY },
    { "CFGI_STE", 0x03 | (uint64_t)SID << 32, 1, ANY },
};

/* Its name, in a regime without stage 2, is 0. */
static uint64_t with_vmid(const World *w, const struct Command *c,
                          unsigned more)
{
    bool is_tlbi = (c->word0 & 0xff) >= 0x10 && (c->word0 & 0xff) < 0x40;

    return c->word0 |
           (is_tlbi ? (w->kind == STAGE1 ? 0 : VMID) + more : 0) << 32;
}

static void test_commands(void)
{
    for (size_t i = 0; i < KINDS * G_N_ELEMENTS(commands); i++) {
        const struct Command *c = &commands[i / KINDS];
        Kind kind = i % KINDS;
        bool drops = c->drops >> kind & 1;
        World w;

        g_test_message("%s, %s", c->name, kind_names[kind]);
        setup(&w, kind, "granules=4k+16k,hyp=on");
        warm_up(&w);
        replace_table(&w);
        fixture_command(w.r->f, with_vmid(&w, c, 0), c->word1);
        fixture_settle(w.r->f);
        g_assert_cmpuint(fixture_cerror(w.r->f), ==, 0);
        g_assert_cmphex(pa_of(&w, 2), ==, drops ? new_pa(2) : old_pa(2));
        stages_free(&w.s);
    }
}

/* Of another VMID: of no effect, but where all is meant. */
static void test_other_vmid(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const struct Command *c = &commands[i];
        uint8_t opcode = c->word0 & 0xff;
        World w;

        if (opcode < 0x10 || opcode >= 0x30) {
            continue;
        }
        g_test_message("%s", c->name);
        setup(&w, NESTED, "granules=4k+16k,hyp=on");
        warm_up(&w);
        replace_table(&w);
        fixture_command(w.r->f, with_vmid(&w, c, 1), c->word1);
        fixture_settle(w.r->f);
        g_assert_cmphex(pa_of(&w, 2), ==, old_pa(2));
        stages_free(&w.s);
    }
}

/*
 * Behind stage 2, any S2_IPA drops where the tables of stage 1 are: here the
 * page of the last one is another one.
 */
static void test_moved_by_stage2(void)
{
    for (unsigned leaf = 0; leaf < 3; leaf++) {
        uint64_t ipa;
        World w;

        setup(&w, NESTED, "oas=48");
        warm_up(&w);
        ipa = tables_slot(&w.r->t, VA, 3) & ~UINT64_C(0xfff);
        stages_page(&w.s, ipa, OTHER, TABLES_S2_RW);
        if (leaf < 2) {
            fixture_command(w.r->f, 0x2a | VMID << 32, ipa | leaf);
            fixture_settle(w.r->f);
        }
        g_assert_cmphex(pa_of(&w, 2), ==, leaf < 2 ? new_pa(2) : old_pa(2));
        stages_free(&w.s);
    }
}

/* ---- What does not get into it ---- */

static void test_probe(void)
{
    World w;
    MsmmuRequest rq;

    setup(&w, STAGE1, "oas=48");
    rq = reading(input(&w, 0));
    rq.probe = true;
    g_assert_cmphex(translate(w.r, rq).pa, ==, old_pa(0));
    replace_table(&w);
    g_assert_cmphex(pa_of(&w, 1), ==, new_pa(1));
    stages_free(&w.s);
}

/* A table of 16KB is four pages of stage 2, which may be anywhere. */
static void test_scattered(void)
{
    const uint64_t far = 0x1000 / 8 * UINT64_C(0x4000);
    Stages s;

    stages_init(&s, "granules=4k+16k", 16, 4);
    stages_back(&s, IPA, PA, 0x20000);
    for (unsigned n = 0; n < 4; n++) {
        /* The backing is reversed, page by page. */
        tables_map(&s.r.t, n * far, 3, IPA + n * 0x4000, TABLES_RW);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned n = 0; n < 4; n++) {
            MsmmuRequest rq = reading(n * far + round * 0x1000);

            expect_pa(&s.r, rq, stages_pa(&s, IPA + n * 0x4000 +
                                              round * 0x1000));
        }
    }
    stages_free(&s);
}

/* Of a regime, by its whole key: the same VA, another ASID. */
static void test_other_asid(void)
{
    World w;
    MsmmuRequest rq;

    setup(&w, STAGE1, "oas=48");
    warm_up(&w);
    replace_table(&w);
    config_set_bits(&w.r->cd, 63, 48, 2);
    config_put_stage1(w.r->f, SID + 1, &w.r->cd);
    rq = reading(input(&w, 2));
    rq.sid = SID + 1;
    g_assert_cmphex(translate(w.r, rq).pa, ==, new_pa(2));
    g_assert_cmphex(pa_of(&w, 2), ==, old_pa(2));
    stages_free(&w.s);
}

/* ---- Walks that are overtaken ---- */

typedef struct Race {
    World *w;
    uint64_t pa;                /* of the last descriptor */
    bool gate;
    unsigned reads;             /* of it */
} Race;

/* The table that the last descriptor is about to be read from is replaced. */
static void overtake(Fixture *f, uint64_t pa, G_GNUC_UNUSED size_t len)
{
    Race *race = f->hook_data;
    const unsigned on = CR0_CMDQEN | CR0_EVENTQEN;

    if (pa != race->pa || race->reads++) {
        return;
    }
    f->on_read = NULL;
    if (race->gate) {
        fixture_set_reg32(f, 0x20, on);
    }
    replace_table(race->w);
    if (race->gate) {
        fixture_set_reg32(f, 0x20, CR0_SMMUEN | on);
    } else {
        fixture_command(f, 0x12 | ASID1, VA);
        fixture_command(f, 0x46, 0);
    }
    f->on_read = overtake;
}

static void test_overtaken(void)
{
    for (unsigned gate = 0; gate < 2; gate++) {
        World w;
        Race race = { .w = &w, .gate = gate };

        setup(&w, STAGE1, "oas=48");
        translate(w.r, reading(0));                     /* caches the CD */
        fixture_event_type(w.r->f);
        race.pa = tables_slot(&w.r->t, VA, 3);
        w.r->f->hook_data = &race;
        w.r->f->on_read = overtake;
        pa_of(&w, 0);
        w.r->f->on_read = NULL;
        g_assert_cmpuint(race.reads, >, 0);
        g_assert_cmphex(pa_of(&w, 1), ==, new_pa(1));
        stages_free(&w.s);
    }
}

/* ---- What is told of it ---- */

static void expect(World *w, const char *name, const char *expected)
{
    MsmmuRequest rq = reading(input(w, 3));
    ReportText t;
    g_autofree char *value = NULL;

    report_text_init(&t);
    msmmu_explain(w->r->f->m, &rq, &t.reporter);
    value = report_text_value(&t, name);
    g_assert_cmpstr(value, ==, expected);
    report_text_free(&t);
}

static void test_explained(void)
{
    for (Kind kind = 0; kind < KINDS; kind++) {
        World w;

        setup(&w, kind, "oas=48");
        expect(&w, "tables", NULL);
        warm_up(&w);
        expect(&w, "tables", "cached");
        expect(&w, "advice", NULL);
        replace_table(&w);
        expect(&w, "tables", "stale");
        expect(&w, "advice", "the tables changed: CMD_TLBI_* with CMD_SYNC is "
               "missing");
        g_assert_cmphex(pa_of(&w, 4), ==, old_pa(4));
        fixture_command(w.r->f, 0x30, 0);
        fixture_settle(w.r->f);
        expect(&w, "advice", NULL);
        g_assert_cmphex(pa_of(&w, 5), ==, new_pa(5));
        stages_free(&w.s);
    }
}

#define ADD(path, func) g_test_add_func("/msmmu/walk-cache/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("saves-all-tables-but-the-last", test_reads);
    ADD("keeps-what-tables-limit", test_limits);
    ADD("checks-the-last-descriptor", test_last);
    ADD("commands-drop-what-they-name", test_commands);
    ADD("is-of-one-vmid", test_other_vmid);
    ADD("is-dropped-with-stage-2", test_moved_by_stage2);
    ADD("is-not-filled-by-probes", test_probe);
    ADD("holds-no-scattered-table", test_scattered);
    ADD("is-of-one-asid", test_other_asid);
    ADD("overtaken", test_overtaken);
    ADD("is-explained", test_explained);
    return g_test_run();
}
