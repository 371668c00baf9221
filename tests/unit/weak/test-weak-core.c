/*
 * Transactions beside every kind of invalidation, on a machine with weak
 * memory: what comes of one is what some state between its beginning and its
 * end allows, whole, and nothing is used that was freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "weak_rig.h"

/* IDLE_REGIMES: more than the core keeps, with those that a test gives up. */
enum { EXECUTIONS = 600, IDLE_REGIMES = 62 };

/* Opcodes of 4.3 and 4.4 */
enum {
    CFGI_STE = 0x03, CFGI_ALL = 0x04, CFGI_CD = 0x05,
    NH_ALL = 0x10, NH_ASID = 0x11, NH_VA = 0x12, NH_VAA = 0x13,
    S12_VMALL = 0x28, S2_IPA = 0x2a, NSNH_ALL = 0x30,
};

#define BIT(n) (1u << (n))
#define CMD_SID(sid) ((uint64_t)(sid) << 32)

/* Change @n, from 1 on, is of page (@n - 1) % @pages: the last of @page. */
static unsigned last_change(unsigned n, unsigned page, unsigned pages)
{
    while (n && (n - 1) % pages != page) {
        n--;
    }
    return n;
}

/* ---- Stage 1 by VA, ASID, VMID ---- */

enum { PAGES = 3 };

static MsmmuResult expect_page(const Rig *r, unsigned n, uint32_t sid,
                               unsigned page)
{
    return rig_state(sid, page, last_change(n, page, r->scenario->pages));
}

static void move_page(Rig *r, unsigned n, uint64_t without)
{
    unsigned page = (n - 1) % r->scenario->pages;

    rig_store(r, rig_slot(r, SID_A, page),
              rig_leaf(SID_A, page, n) & ~without);
}

static void change_by_va(Rig *r, unsigned n)
{
    uint64_t va = rig_va(SID_A, (n - 1) % r->scenario->pages);

    move_page(r, n, 0);
    rig_tlbi(r, n % 2 ? NH_VA : NH_VAA, va);
}

static void change_global_by_va(Rig *r, unsigned n)
{
    move_page(r, n, TABLES_NG);
    /* Of another ASID: it covers global entries of all. */
    rig_command(r, UINT64_C(5) << 48 | (uint64_t)RIG_VMID << 32 | NH_VA,
                rig_va(SID_A, (n - 1) % r->scenario->pages));
}

static void change_broadly(Rig *r, unsigned n)
{
    static const uint8_t opcodes[] = { NH_ASID, NH_ALL, NSNH_ALL };
    uint8_t opcode = opcodes[r->seed % G_N_ELEMENTS(opcodes)];

    move_page(r, n, 0);
    rig_tlbi(r, opcode, 0);
}

static void make_global(Rig *r)
{
    for (unsigned page = 0; page < PAGES; page++) {
        rig_store(r, rig_slot(r, SID_A, page),
                  rig_leaf(SID_A, page, 0) & ~TABLES_NG);
    }
}

static void test_by_va(void)
{
    const Scenario scenario = {
        .change = change_by_va, .expect = expect_page,
        .sids = BIT(SID_A) | BIT(SID_B), .pages = PAGES, .changes = 5,
    };

    rig_run(&scenario, EXECUTIONS);
}

static void test_global(void)
{
    const Scenario scenario = {
        .prepare = make_global, .change = change_global_by_va,
        .expect = expect_page, .sids = BIT(SID_A), .pages = PAGES,
        .changes = 5,
    };

    rig_run(&scenario, EXECUTIONS);
}

static void test_broadly(void)
{
    const Scenario scenario = {
        .change = change_broadly, .expect = expect_page,
        .sids = BIT(SID_A) | BIT(SID_B), .pages = PAGES, .changes = 5,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* One entry, written all the time: each result is of one state. */
static void test_whole(void)
{
    const Scenario scenario = {
        .change = change_by_va, .expect = expect_page, .sids = BIT(SID_A),
        .pages = 1, .changes = RIG_CHANGES, .reads = 12,
    };

    rig_run(&scenario, 8 * EXECUTIONS);
}

/* The same for a global one: a glance is not enough. */
static void test_global_whole(void)
{
    const Scenario scenario = {
        .prepare = make_global, .change = change_global_by_va,
        .expect = expect_page, .sids = BIT(SID_A), .pages = 1,
        .changes = RIG_CHANGES, .reads = 12,
    };

    rig_run(&scenario, 6 * EXECUTIONS);
}

/* All entries are in one set, of which each change closes a way. */
static void test_one_set(void)
{
    const Scenario scenario = {
        .change = change_by_va, .expect = expect_page, .sids = BIT(SID_A),
        .pages = PAGES, .changes = RIG_CHANGES, .reads = 12, .tlb_entries = 16,
    };

    rig_run(&scenario, 5 * EXECUTIONS);
}

/* Who looks up finds the regime renewed by another who does. */
static void test_renewed(void)
{
    const Scenario scenario = {
        .change = change_broadly, .expect = expect_page,
        .sids = BIT(SID_A), .pages = 1, .changes = RIG_CHANGES, .reads = 12,
    };

    rig_run(&scenario, 10 * EXECUTIONS);
}

/* More pages than there are entries: each has to go for another. */
static void test_replacement(void)
{
    const Scenario scenario = {
        .change = change_by_va, .expect = expect_page,
        .sids = BIT(SID_A), .pages = RIG_PAGES, .changes = 2, .reads = 30,
        .tlb_entries = 16,
    };

    rig_run(&scenario, EXECUTIONS / 4);
}

/* ---- Stage 2, alone and behind stage 1 ---- */

static MsmmuResult expect_stage2(G_GNUC_UNUSED const Rig *r, unsigned n,
                                 uint32_t sid, unsigned page)
{
    MsmmuResult state = rig_state(SID_STAGE2, page,
                                  last_change(n, page, PAGES));

    if (sid == SID_NESTED) {
        state.perms = 0;        /* combined: not looked at */
    }
    return state;
}

/* Nested, a VA leads to the IPA that the other stream has. */
static void stage1_to_stage2(Rig *r)
{
    for (unsigned page = 0; page < PAGES; page++) {
        rig_store(r, rig_slot(r, SID_NESTED, page),
                  rig_va(SID_STAGE2, page) | TABLES_PAGE | TABLES_RW);
    }
}

static void change_stage2(Rig *r, unsigned n)
{
    unsigned page = (n - 1) % PAGES;

    rig_store(r, rig_slot(r, SID_STAGE2, page),
              rig_leaf(SID_STAGE2, page, n));
    if (n % 3 == 0) {
        rig_tlbi(r, S12_VMALL, 0);
    } else {
        rig_tlbi(r, S2_IPA, rig_va(SID_STAGE2, page));
        rig_tlbi(r, n % 2 ? NH_ALL : NH_VAA, rig_va(SID_NESTED, page));
    }
}

static void test_stage2(void)
{
    const Scenario scenario = {
        .prepare = stage1_to_stage2, .change = change_stage2,
        .expect = expect_stage2, .sids = BIT(SID_NESTED) | BIT(SID_STAGE2),
        .pages = PAGES, .changes = 4,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* ---- Tables of stage 1 that are cached ---- */

/* A table of level 3 for state @n; stage 1 has its IPA in one descriptor. */
static uint64_t table_of(unsigned n)
{
    return UINT64_C(0x28000000) + n * 0x1000;
}

static void fill_tables(Rig *r, uint32_t sid)
{
    for (unsigned n = 0; n <= RIG_CHANGES; n++) {
        for (unsigned page = 0; page < PAGES; page++) {
            uint64_t slot = rig_slot(r, sid, page);

            rig_store(r, table_of(n) | (slot & 0xff8),
                      rig_leaf(sid, page, n));
        }
    }
}

static MsmmuResult expect_table(G_GNUC_UNUSED const Rig *r, unsigned n,
                                uint32_t sid, unsigned page)
{
    MsmmuResult state = rig_state(sid, page, n);

    if (sid == SID_NESTED) {
        state.perms = 0;
    }
    return state;
}

static uint64_t table_slot(Rig *r, uint32_t sid)
{
    return tables_slot(sid == SID_NESTED ? &r->nested : &r->s1,
                       rig_va(sid, 0), 2);
}

/* Stage 1 has another table: each page is to be named, or all. */
static void change_table(Rig *r, unsigned n)
{
    uint32_t sid = r->scenario->sids & BIT(SID_NESTED) ? SID_NESTED : SID_A;

    rig_store(r, table_slot(r, sid), table_of(n) | TABLES_PAGE);
    if (n % 2) {
        rig_tlbi(r, NH_ASID, 0);
        return;
    }
    for (unsigned page = 0; page < r->scenario->pages; page++) {
        rig_tlbi(r, NH_VAA, rig_va(sid, page));
    }
}

static void prepare_tables(Rig *r)
{
    fill_tables(r, SID_A);
    rig_store(r, table_slot(r, SID_A), table_of(0) | TABLES_PAGE);
}

static void test_tables(void)
{
    Scenario scenario = {
        .prepare = prepare_tables, .change = change_table,
        .expect = expect_table, .sids = BIT(SID_A) | BIT(SID_B),
        .pages = PAGES, .changes = 4,
    };

    rig_run(&scenario, EXECUTIONS);
    /* So that nothing comes after the command that changes the tables. */
    scenario.pages = 1;
    scenario.changes = RIG_CHANGES;
    rig_run(&scenario, EXECUTIONS);
}

static void prepare_nested_tables(Rig *r)
{
    fill_tables(r, SID_NESTED);
    rig_store(r, table_slot(r, SID_NESTED), table_of(0) | TABLES_PAGE);
}

static void test_nested_tables(void)
{
    const Scenario scenario = {
        .prepare = prepare_nested_tables, .change = change_table,
        .expect = expect_table, .sids = BIT(SID_NESTED), .pages = PAGES,
        .changes = 3,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* Stage 2 has the table of stage 1 elsewhere. */
#define TABLE_IPA (2 * UINT64_C(0x40000000))

static void put_table_page(Rig *r, unsigned n)
{
    rig_store(r, tables_slot(&r->s2, TABLE_IPA, 3),
              table_of(n) | TABLES_PAGE | TABLES_S2_RW);
}

static void prepare_moved_tables(Rig *r)
{
    fill_tables(r, SID_NESTED);
    put_table_page(r, 0);
    rig_store(r, table_slot(r, SID_NESTED), TABLE_IPA | TABLES_PAGE);
}

static void change_moved_table(Rig *r, unsigned n)
{
    put_table_page(r, n);
    if (n % 2) {
        rig_tlbi(r, S12_VMALL, 0);
    } else {
        rig_tlbi(r, S2_IPA, TABLE_IPA);
        rig_tlbi(r, NH_ALL, 0);
    }
}

static void test_moved_tables(void)
{
    const Scenario scenario = {
        .prepare = prepare_moved_tables, .change = change_moved_table,
        .expect = expect_table, .sids = BIT(SID_NESTED), .pages = PAGES,
        .changes = 3,
    };

    rig_run(&scenario, 6 * EXECUTIONS);
}

/* Stage 2 has another last table, for what both streams lead to. */
static uint64_t stage2_table_slot(Rig *r)
{
    return tables_slot(&r->s2, rig_va(SID_STAGE2, 0), 2);
}

static void prepare_stage2_tables(Rig *r)
{
    stage1_to_stage2(r);
    fill_tables(r, SID_STAGE2);
    rig_store(r, stage2_table_slot(r), table_of(0) | TABLES_PAGE);
}

static void change_stage2_table(Rig *r, unsigned n)
{
    rig_store(r, stage2_table_slot(r), table_of(n) | TABLES_PAGE);
    if (n % 2) {
        rig_tlbi(r, S12_VMALL, 0);
        return;
    }
    for (unsigned page = 0; page < PAGES; page++) {
        rig_tlbi(r, S2_IPA, rig_va(SID_STAGE2, page));
    }
    rig_tlbi(r, NH_ALL, 0);
}

static MsmmuResult expect_stage2_table(G_GNUC_UNUSED const Rig *r, unsigned n,
                                       uint32_t sid, unsigned page)
{
    MsmmuResult state = rig_state(SID_STAGE2, page, n);

    if (sid == SID_NESTED) {
        state.perms = 0;
    }
    return state;
}

static void test_stage2_tables(void)
{
    const Scenario scenario = {
        .prepare = prepare_stage2_tables, .change = change_stage2_table,
        .expect = expect_stage2_table,
        .sids = BIT(SID_NESTED) | BIT(SID_STAGE2), .pages = PAGES,
        .changes = 3,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* ---- Configuration ---- */

/* A root for state @n, from whose table of level 3 all leads elsewhere. */
static uint64_t root_of(unsigned n)
{
    return UINT64_C(0x28100000) + n * 0x1000;
}

/* Copy the way to the table of level 3, for each state one. */
static void prepare_roots(Rig *r)
{
    uint64_t va = rig_va(SID_A, 0);

    fill_tables(r, SID_A);
    for (unsigned n = 0; n <= RIG_CHANGES; n++) {
        uint64_t table = table_of(n);

        for (int level = 2; level >= 0; level--) {
            uint64_t at = level ? UINT64_C(0x28200000) + n * 0x2000 +
                                  (level - 1) * 0x1000 : root_of(n);

            rig_store(r, at | (tables_slot(&r->s1, va, level) & 0xff8),
                      table | TABLES_PAGE);
            table = at;
        }
    }
    for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
        rig_store(r, config_cd_pa(sid) + 8, root_of(0));
    }
}

/* CD.TTB0 of both streams; they need not change at once. */
static void change_cd(Rig *r, unsigned n)
{
    static const uint8_t opcodes[] = { CFGI_CD, CFGI_STE, CFGI_ALL };
    uint8_t opcode = opcodes[(r->seed + n) % G_N_ELEMENTS(opcodes)];

    for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
        rig_store(r, config_cd_pa(sid) + 8, root_of(n));
    }
    for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
        rig_command(r, CMD_SID(sid) | opcode, opcode == CFGI_ALL ? 31 : 1);
    }
    rig_tlbi(r, NH_ASID, 0);
}

static void test_cd(void)
{
    const Scenario scenario = {
        .prepare = prepare_roots, .change = change_cd,
        .expect = expect_table, .sids = BIT(SID_A) | BIT(SID_B),
        .pages = PAGES, .changes = 4,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* As many regimes wait for a user as may: one more, and they go. */
static void prepare_idle_regimes(Rig *r)
{
    prepare_roots(r);
    for (unsigned asid = 100; asid < 100 + IDLE_REGIMES; asid++) {
        uint64_t pa = config_cd_pa(SID_A);
        MsmmuRequest rq = { .sid = SID_A, .iova = rig_va(SID_A, 0) };

        rig_store(r, pa, (rig_word(r, pa) & ~(UINT64_C(0xffff) << 48)) |
                         (uint64_t)asid << 48);
        g_assert_cmpint(msmmu_translate(r->f->m, &rq).disposition, ==,
                        MSMMU_FORWARD);
        rig_command(r, CMD_SID(SID_A) | CFGI_CD, 1);
    }
    rig_store(r, config_cd_pa(SID_A), rig_word(r, config_cd_pa(SID_B)));
}

static void test_idle_regimes(void)
{
    const Scenario scenario = {
        .prepare = prepare_idle_regimes, .change = change_cd,
        .expect = expect_table, .sids = BIT(SID_A) | BIT(SID_B),
        .pages = PAGES, .changes = 4,
    };

    rig_run(&scenario, EXECUTIONS / 3);
}

/* STE.Config of one stream: bypass or stage 1. */
static MsmmuResult expect_ste(G_GNUC_UNUSED const Rig *r, unsigned n,
                              uint32_t sid, unsigned page)
{
    if (sid == SID_A && n % 2) {
        return (MsmmuResult) { .disposition = MSMMU_FORWARD,
                               .pa = rig_va(sid, page) };
    }
    return rig_state(sid, page, 0);
}

static void change_ste(Rig *r, unsigned n)
{
    ConfigWords ste = n % 2 ? config_ste_bypass() :
                              config_ste_stage1(config_cd_pa(SID_A));

    rig_store(r, FIXTURE_STRTAB + 64 * SID_A, ste.word[0]);
    rig_command(r, CMD_SID(SID_A) | CFGI_STE, 1);
}

static void test_ste(void)
{
    const Scenario scenario = {
        .change = change_ste, .expect = expect_ste,
        .sids = BIT(SID_A) | BIT(SID_B), .pages = PAGES, .changes = 4,
    };

    rig_run(&scenario, EXECUTIONS);
}

/* ---- The gate ---- */

/*
 * SMMUEN is 0 while the configuration changes, or a table: GBPA lets all pass,
 * and nothing is put into a cache. So what is dropped in the beginning is
 * enough (6.3.9.6).
 */
static MsmmuResult expect_gate(const Rig *r, unsigned n, uint32_t sid,
                               unsigned page)
{
    if (n % 2) {
        return (MsmmuResult) { .disposition = MSMMU_FORWARD,
                               .pa = rig_va(sid, page) };
    }
    return expect_table(r, n, sid, page);
}

static void change_gate(Rig *r, unsigned n)
{
    /* CMDQEN, EVENTQEN; SMMUEN */
    if (n % 2) {
        rig_set_reg32(r, SMMU_CR0, 0xc);
        if (r->seed % 2 == 0) {
            rig_command(r, CFGI_ALL, 31);
        }
        rig_tlbi(r, NSNH_ALL, 0);
        return;
    }
    if (r->seed % 2) {
        rig_store(r, table_slot(r, SID_A), table_of(n) | TABLES_PAGE);
    } else {
        for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
            rig_store(r, config_cd_pa(sid) + 8, root_of(n));
        }
    }
    rig_set_reg32(r, SMMU_CR0, 0xd);
}

/* Roots, or one root whose table of level 3 is another one each time. */
static void prepare_gate(Rig *r)
{
    prepare_roots(r);
    if (r->seed % 2) {
        prepare_tables(r);
        for (uint32_t sid = SID_A; sid <= SID_B; sid++) {
            rig_store(r, config_cd_pa(sid) + 8, r->s1.root);
        }
    }
}

static void test_gate(void)
{
    const Scenario scenario = {
        .prepare = prepare_gate, .change = change_gate,
        .expect = expect_gate, .sids = BIT(SID_A), .pages = 1, .changes = 4,
        .reads = 6,
    };

    rig_run(&scenario, 4 * EXECUTIONS);
}

#define ADD(path, func) g_test_add_func("/msmmu/weak/core/" path, func)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("by-va", test_by_va);
    ADD("global-by-va", test_global);
    ADD("by-asid-vmid-and-all", test_broadly);
    ADD("an-entry-is-whole", test_whole);
    ADD("a-global-entry-is-whole", test_global_whole);
    ADD("ways-of-one-set", test_one_set);
    ADD("renewed-by-others", test_renewed);
    ADD("replacement", test_replacement);
    ADD("stage-2", test_stage2);
    ADD("tables", test_tables);
    ADD("nested-tables", test_nested_tables);
    ADD("moved-tables", test_moved_tables);
    ADD("stage-2-tables", test_stage2_tables);
    ADD("cd", test_cd);
    ADD("idle-regimes", test_idle_regimes);
    ADD("ste", test_ste);
    ADD("gate", test_gate);
    return g_test_run();
}
