/*
 * The cache of where stage 2 has the tables of stage 1 (IHI 0070 4.4, 16.2):
 * what it saves, what drops it, and what never gets into it.
 *
 * It shows where software breaks the rules: stage 2 leads the IPA of a table to
 * another page, with another table, and nothing is invalidated, or not that.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report_text.h"
#include "rig_stages.h"

#define VMID UINT64_C(7)
/* Of one last table of stage 1; what it maps is backed by stage 2. */
#define VA UINT64_C(0x12340000)
#define IPA UINT64_C(0x70000000)
#define PA UINT64_C(0x300000000)
#define DATA_SIZE UINT64_C(0x40000)
/* A page with another such table. */
#define MOVED UINT64_C(0x208000000)

/* The n-th page of VA, and what the first table and the other make of it. */
static uint64_t va_of(unsigned n)
{
    return VA + n * 0x1000;
}

static uint64_t old_pa(unsigned n)
{
    return PA + DATA_SIZE - 0x1000 - n * 0x1000;
}

static uint64_t new_pa(unsigned n)
{
    return old_pa(n ^ 16);
}

/* The IPA of the page that holds the last table for VA. */
static uint64_t table_ipa(Stages *s)
{
    return tables_slot(&s->r.t, VA, 3) & ~UINT64_C(0xfff);
}

static void setup(Stages *s, const char *properties)
{
    stages_init(s, properties, 4, 4);
    stages_back(s, IPA, PA, DATA_SIZE);
    for (unsigned n = 0; n < 32; n++) {
        uint64_t other = IPA + (n ^ 16) * 0x1000;

        tables_map(&s->r.t, va_of(n), 3, IPA + n * 0x1000, TABLES_RW);
        fixture_write64(s->r.f, MOVED + (VA >> 12 & 511) * 8 + n * 8,
                        other | TABLES_RW | TABLES_PAGE);
    }
}

/* Stage 2 leads to the other table from now on. */
static void move(Stages *s)
{
    stages_page(s, table_ipa(s), MOVED, TABLES_S2_RW);
}

static uint64_t pa_of(Stages *s, unsigned n)
{
    return translate(&s->r, reading(va_of(n))).pa;
}

/* ---- What it saves ------------------------------------------------------- */

static void test_reads(void)
{
    Stages s;

    setup(&s, "");
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    s.r.f->reads = 0;
    g_assert_cmphex(pa_of(&s, 1), ==, old_pa(1));
    /* Four descriptors of stage 1, and four for what they lead to */
    g_assert_cmpuint(s.r.f->reads, ==, 8);
    stages_free(&s);
}

static void test_block(void)
{
    Stages s;

    /* 2 MiB blocks of stage 2 hold all tables of stage 1 */
    setup(&s, "");
    for (uint64_t at = 0; at < STAGES_S1_SIZE; at += 0x200000) {
        for (uint64_t page = 0; page < 0x200000; page += 0x1000) {
            uint8_t copy[0x1000];

            fixture_read(s.r.f, stages_pa(&s, STAGES_S1_AT + at + page), copy,
                         sizeof(copy));
            fixture_write(s.r.f, 0x240000000 + at + page, copy, sizeof(copy));
        }
    }
    for (uint64_t at = 0; at < STAGES_S1_SIZE; at += 0x200000) {
        tables_map(&s.s2, STAGES_S1_AT + at, 2, 0x240000000 + at,
                   TABLES_S2_RW);
    }
    stages_flush(&s);
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    s.r.f->reads = 0;
    g_assert_cmphex(pa_of(&s, 1), ==, old_pa(1));
    g_assert_cmpuint(s.r.f->reads, ==, 8);

    /* Any address of the block drops it. */
    tables_map(&s.s2, STAGES_S1_AT, 2, 0x280000000, TABLES_S2_RW);
    fixture_command(s.r.f, 0x2a | VMID << 32, STAGES_S1_AT + 0x1ff000);
    g_assert_cmpint(translate(&s.r, reading(va_of(2))).disposition, ==,
                    MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(s.r.f), ==, 0x10);
    stages_free(&s);
}

/* ---- What drops it (4.4) ------------------------------------------------- */

static void test_commands(void)
{
    static const struct {
        const char *name;
        uint64_t word0;
        uint64_t word1;
        bool at_table;          /* word1 has the IPA of the table besides */
        bool drops;
    } cases[] = {
        { "none, a CMD_SYNC", 0x46, 0, false, false },
        { "NH_ALL", 0x10 | VMID << 32, 0, false, false },
        { "NH_ASID", 0x11 | VMID << 32 | UINT64_C(1) << 48, 0, false, false },
        { "NH_VA", 0x12 | VMID << 32 | UINT64_C(1) << 48, VA, false, false },
        { "NH_VA, of the same number", 0x12 | VMID << 32 | UINT64_C(1) << 48,
          0, true, false },
        { "NH_VAA", 0x13 | VMID << 32, VA, false, false },
        { "EL2_ALL", 0x20, 0, false, false },
        { "S12_VMALL", 0x28 | VMID << 32, 0, false, true },
        { "S12_VMALL, another VMID", 0x28 | (VMID + 1) << 32, 0, false, false },
        { "S2_IPA", 0x2a | VMID << 32, 0, true, true },
        { "S2_IPA, leaf only", 0x2a | VMID << 32, 1, true, true },
        { "S2_IPA, TTL 3", 0x2a | VMID << 32, 0x700, true, true },
        { "S2_IPA, TTL 2", 0x2a | VMID << 32, 0x600, true, false },
        { "S2_IPA, TG 16K", 0x2a | VMID << 32, 0xb00, true, false },
        { "S2_IPA, a range", 0x2a | VMID << 32 | 31 << 12, 0x400, true, true },
        { "S2_IPA, the next page", 0x2a | VMID << 32, 0x1000, true, false },
        { "S2_IPA, of the data", 0x2a | VMID << 32, IPA, false, false },
        { "S2_IPA, another VMID", 0x2a | (VMID + 1) << 32, 0, true, false },
        { "NSNH_ALL", 0x30, 0, false, true },
        { "CFGI_ALL", 0x04, 31, false, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const bool drops = cases[i].drops;
        uint64_t word1 = cases[i].word1;
        Stages s;

        g_test_message("%s", cases[i].name);
        setup(&s, "granules=4k+16k,hyp=on");
        g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
        move(&s);
        if (cases[i].at_table) {
            word1 += table_ipa(&s);
        }
        fixture_command(s.r.f, cases[i].word0, word1);
        fixture_settle(s.r.f);
        g_assert_cmpuint(fixture_cerror(s.r.f), ==, 0);
        g_assert_cmphex(pa_of(&s, 1), ==, drops ? new_pa(1) : old_pa(1));
        stages_free(&s);
    }
}

/* ---- Whose it is --------------------------------------------------------- */

/* Another stream with the same STE, but for @vmid. */
static uint64_t pa_of_another(Stages *s, unsigned vmid, unsigned n)
{
    ConfigWords ste = s->ste;
    MsmmuRequest rq = reading(va_of(n));

    config_set_bits(&ste, 143, 128, vmid);
    config_put_ste(s->r.f, SID + 1, &ste);
    rq.sid = SID + 1;
    return translate(&s->r, rq).pa;
}

/* Contexts of one VMID and stage 2 share it, whatever their stage 1 is. */
static void test_shared(void)
{
    for (unsigned same = 0; same < 2; same++) {
        Stages s;

        setup(&s, "");
        g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
        move(&s);
        g_assert_cmphex(pa_of_another(&s, same ? VMID : VMID + 1, 1), ==,
                        same ? old_pa(1) : new_pa(1));
        stages_free(&s);
    }
}

/* With other tables of stage 2 it is another cache. */
static void test_other_tables(void)
{
    uint8_t root[0x1000];
    Stages s;

    setup(&s, "");
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    move(&s);
    fixture_read(s.r.f, s.s2.root, root, sizeof(root));
    fixture_write(s.r.f, 0x200000000, root, sizeof(root));
    config_set_bits(&s.ste, 243, 196, UINT64_C(0x200000000) >> 4);
    config_put_ste(s.r.f, SID, &s.ste);
    fixture_command(s.r.f, 0x03 | (uint64_t)SID << 32, 1);
    g_assert_cmphex(pa_of(&s, 1), ==, new_pa(1));
    stages_free(&s);
}

/* A stream of stage 2 alone neither has it nor fills it. */
static void test_stage2_alone(void)
{
    MsmmuRequest rq = { .sid = SID + 1 };
    ConfigWords ste;
    Stages s;

    setup(&s, "");
    ste = s.ste;
    config_set_bits(&ste, 3, 1, 6);             /* Config */
    config_put_ste(s.r.f, SID + 1, &ste);
    rq.iova = table_ipa(&s);
    translate(&s.r, rq);
    move(&s);
    g_assert_cmphex(pa_of(&s, 1), ==, new_pa(1));
    g_assert_cmphex(translate(&s.r, rq).pa, !=, MOVED);
    stages_free(&s);
}

/* ---- What does not get into it ------------------------------------------- */

/* A probe fills no cache, but is answered by it. */
static void test_probe(void)
{
    MsmmuRequest rq = reading(va_of(0));
    Stages s;

    rq.probe = true;
    setup(&s, "");
    g_assert_cmphex(translate(&s.r, rq).pa, ==, old_pa(0));
    move(&s);
    g_assert_cmphex(translate(&s.r, rq).pa, ==, new_pa(0));
    g_assert_cmphex(pa_of(&s, 1), ==, new_pa(1));
    stages_free(&s);
}

/* nT: with IDR3.BBML 1 such a Block is not cached (3.21.1.2). */
static void test_transient(void)
{
    Stages s;

    setup(&s, "bbml=1");
    tables_map(&s.s2, STAGES_S1_AT, 2, 0x240000000, TABLES_S2_RW | TABLES_NT);
    for (uint64_t page = 0; page < 0x200000; page += 0x1000) {
        uint8_t copy[0x1000];

        fixture_read(s.r.f, STAGES_S1_PA + STAGES_S1_SIZE - 0x1000 - page,
                     copy, sizeof(copy));
        fixture_write(s.r.f, 0x240000000 + page, copy, sizeof(copy));
    }
    stages_flush(&s);
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    s.r.f->reads = 0;
    g_assert_cmphex(pa_of(&s, 1), ==, old_pa(1));
    g_assert_cmpuint(s.r.f->reads, ==, 4 * (3 + 1) + 4);
    stages_free(&s);
}

/* An update of a descriptor still marks the page that it is on dirty. */
static void test_dirty(void)
{
    const uint64_t clean = TABLES_S2_READ | TABLES_S2_WB | TABLES_AF |
                           TABLES_DBM;
    Stages s;

    setup(&s, "httu=dirty");
    config_set_bits(&s.ste, 183, 183, 1);               /* S2HD */
    config_set_bits(&s.ste, 184, 184, 1);               /* S2HA */
    config_set_bits(&s.r.cd, 43, 43, 1);                /* HA */
    config_set_bits(&s.r.cd, 42, 42, 1);                /* HD */
    stages_put(&s);
    tables_set(&s.r.t, va_of(1), 3, (IPA + 0x1000) | TABLES_PAGE |
               TABLES_UNPRIV | TABLES_NG);
    stages_page(&s, table_ipa(&s), stages_pa(&s, table_ipa(&s)), clean);
    stages_flush(&s);
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    g_assert_cmphex(tables_get(&s.s2, table_ipa(&s), 3) & TABLES_S2_WRITE, ==,
                    0);
    g_assert_cmphex(pa_of(&s, 1), ==, old_pa(1));
    g_assert_cmphex(tables_get(&s.r.t, va_of(1), 3) & TABLES_AF, ==,
                    TABLES_AF);
    g_assert_cmphex(tables_get(&s.s2, table_ipa(&s), 3) & TABLES_S2_WRITE, ==,
                    TABLES_S2_WRITE);
    stages_free(&s);
}

/* ---- Walks that are overtaken -------------------------------------------- */

typedef struct Race {
    Stages *s;
    uint64_t pa;                /* of the last descriptor of stage 2 */
    bool gate;
    unsigned reads;             /* of it */
} Race;

/*
 * The last descriptor of stage 2 for the table is about to be read. What leads
 * to it changes now, and software says so; then what is read is old.
 */
static void overtake(Fixture *f, uint64_t pa, G_GNUC_UNUSED size_t len)
{
    Race *race = f->hook_data;

    if (pa != race->pa || race->reads++) {
        return;
    }
    f->on_read = NULL;
    if (race->gate) {
        fixture_set_reg32(f, 0x20, CR0_CMDQEN | CR0_EVENTQEN);
        fixture_set_reg32(f, 0x20, CR0_SMMUEN | CR0_CMDQEN | CR0_EVENTQEN);
    } else {
        uint8_t page[0x1000];
        uint64_t slot = tables_slot(&race->s->s2, table_ipa(race->s), 2);

        fixture_read(f, pa & ~UINT64_C(0xfff), page, sizeof(page));
        fixture_write(f, 0x210000000, page, sizeof(page));
        fixture_write64(f, slot, 0x210000000 | TABLES_PAGE);
        fixture_write64(f, 0x210000000 | (pa & 0xfff),
                        MOVED | TABLES_S2_RW | TABLES_PAGE);
        fixture_command(f, 0x2a | VMID << 32, table_ipa(race->s));
        fixture_command(f, 0x46, 0);
    }
    f->on_read = overtake;
}

static void test_invalidated_meanwhile(void)
{
    Stages s;
    Race race = { .s = &s };

    setup(&s, "");
    translate(&s.r, reading(0));                /* caches the CD */
    fixture_event_type(s.r.f);
    race.pa = tables_slot(&s.s2, table_ipa(&s), 3);
    s.r.f->hook_data = &race;
    s.r.f->on_read = overtake;
    pa_of(&s, 0);
    g_assert_cmpuint(race.reads, >, 0);
    s.r.f->on_read = NULL;
    g_assert_cmphex(pa_of(&s, 1), ==, new_pa(1));
    stages_free(&s);
}

/* 6.3.9.6: SMMUEN was 0 meanwhile, and nothing from before is cached. */
static void test_disabled_meanwhile(void)
{
    Stages s;
    Race race = { .s = &s, .gate = true };

    setup(&s, "");
    translate(&s.r, reading(0));
    fixture_event_type(s.r.f);
    race.pa = tables_slot(&s.s2, table_ipa(&s), 3);
    s.r.f->hook_data = &race;
    s.r.f->on_read = overtake;
    pa_of(&s, 0);
    /* The transaction began again, and read it again. */
    g_assert_cmpuint(race.reads, ==, 2);
    s.r.f->on_read = NULL;
    stages_free(&s);
}

/* ---- What is told of it -------------------------------------------------- */

static void expect(Fixture *f, MsmmuRequest rq, const char *name,
                   const char *expected)
{
    ReportText t;
    g_autofree char *value = NULL;

    report_text_init(&t);
    msmmu_explain(f->m, &rq, &t.reporter);
    value = report_text_value(&t, name);
    g_assert_cmpstr(value, ==, expected);
    report_text_free(&t);
}

static void test_explained(void)
{
    Stages s;

    setup(&s, "");
    expect(s.r.f, reading(va_of(1)), "tables", NULL);
    g_assert_cmphex(pa_of(&s, 0), ==, old_pa(0));
    expect(s.r.f, reading(va_of(1)), "tables", "cached");
    expect(s.r.f, reading(va_of(1)), "advice", NULL);
    move(&s);
    expect(s.r.f, reading(va_of(1)), "tables", "stale");
    expect(s.r.f, reading(va_of(1)), "advice", "the tables changed: "
           "CMD_TLBI_* with CMD_SYNC is missing");
    g_assert_cmphex(pa_of(&s, 1), ==, old_pa(1));
    fixture_command(s.r.f, 0x2a | VMID << 32, table_ipa(&s));
    expect(s.r.f, reading(va_of(2)), "tables", "cached");
    g_assert_cmphex(pa_of(&s, 2), ==, new_pa(2));
    stages_free(&s);
}

#define ADD(path, func) g_test_add_func("/msmmu/table-cache/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("saves-stage-2-for-tables", test_reads);
    ADD("holds-blocks-of-stage-2", test_block);
    ADD("commands-drop-what-they-name", test_commands);
    ADD("is-shared-within-a-vmid", test_shared);
    ADD("is-of-one-stage-2", test_other_tables);
    ADD("is-not-that-of-stage-2-alone", test_stage2_alone);
    ADD("is-not-filled-by-probes", test_probe);
    ADD("holds-no-transient-block", test_transient);
    ADD("updates-mark-pages-dirty", test_dirty);
    ADD("overtaken-by-an-invalidation", test_invalidated_meanwhile);
    ADD("overtaken-by-smmuen", test_disabled_meanwhile);
    ADD("is-explained", test_explained);
    return g_test_run();
}
