/*
 * What the walker writes: the Access flag of leaves and of tables, and the
 * dirty state; of one descriptor at a time, as it is in memory (IHI 0070 3.13;
 * Arm ARM D8.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walks.h"

static unsigned stage_number(gconstpointer data)
{
    return GPOINTER_TO_UINT(data);
}

/* A walk of either stage that tests can go on from. */
typedef struct Walked {
    MsmmuStatus status;
    MsmmuWalk walk;
    MsmmuLeaf leaf;
    MsmmuFault fault;
} Walked;

static Walked walk(Stage *s, uint64_t input, bool probe)
{
    const MsmmuAccess access = { .privileged = true, .probe = probe };
    const MsmmuTableBase *ttb;
    MsmmuStage2Result result;
    Walked w = { .fault = { 0 } };
    uint64_t walk_input;

    stage_prepare(s);
    if (s->number == 2) {
        w.status = msmmu_stage2_translate(s->f->m, &s->s2, input, &access,
                                          MSMMU_CLASS_IN, &result, &w.fault);
        w.walk = result.walk;
        w.leaf = result.leaf;
        return w;
    }
    w.status = msmmu_stage1_walk(s->f->m, &s->s1, input, &w.walk, &walk_input,
                                 &ttb, &w.fault);
    g_assert_cmpint(w.status, ==, MSMMU_STATUS_OK);
    w.walk.probe = probe;
    w.status = msmmu_walk(&w.walk, walk_input, &w.leaf, &w.fault);
    return w;
}

/* Readable, not writable, not accessed. */
static uint64_t read_only(const Stage *s)
{
    return s->number == 1 ? TABLES_UNPRIV | TABLES_RO :
                            TABLES_S2_READ | TABLES_S2_WB;
}

/* ---- Sweep: granule, level, endianness ---- */

typedef void SweepFunction(Stage *s, int level);

static void sweep(unsigned stage, SweepFunction *function)
{
    static const unsigned kb[] = { 4, 16, 64 };
    Fixture *f = fixture_new(NULL);
    unsigned swept = 0;

    for (unsigned g = 0; g < G_N_ELEMENTS(kb); g++) {
        for (int level = 0; level <= 3; level++) {
            for (unsigned bits = 0; bits < 4; bits++) {
                bool wide = bits & 1, big = bits & 2;
                int start = kb[g] == 64 || (kb[g] == 16 && stage == 2) ? 1 : 0;
                Stage s = stage_new(f, stage, kb[g], 48, start);
                Tables t = s.t;

                if (level < start || !tables_has_leaf(kb[g], level, wide)) {
                    continue;
                }
                t.wide = wide;
                t.big_endian = big;
                s = stage_of(stage, &t);
                f->updates = 0;
                function(&s, level);
                swept++;
            }
        }
    }
    g_test_message("swept: stage %u: %u leaves", stage, swept);
    fixture_free(f);
}

/* ---- The Access flag of leaves (3.13.2) ---- */

static void access_flag(Stage *s, int level)
{
    uint64_t leaf;

    tables_map(&s->t, 0, level, 0, read_only(s));
    leaf = tables_get(&s->t, 0, level);
    stage_expect_fault(s, 0, F_ACCESS, 0);
    g_assert_cmphex(tables_get(&s->t, 0, level), ==, leaf);

    stage_tables(s)->access_flag_off = true;
    stage_expect(s, 0, 0, tables_shift(s->t.kb, level));
    g_assert_cmphex(tables_get(&s->t, 0, level), ==, leaf);
    g_assert_cmpuint(s->f->updates, ==, 0);

    /* HA makes AFFD IGNORED. */
    stage_tables(s)->update_access = true;
    stage_expect(s, 0, 0, tables_shift(s->t.kb, level));
    g_assert_cmphex(tables_get(&s->t, 0, level), ==, leaf | 0x400);
    g_assert_cmpuint(s->f->updates, ==, 1);
    stage_expect(s, 0, 0, tables_shift(s->t.kb, level));
    g_assert_cmpuint(s->f->updates, ==, 1);
}

static void test_access_flag(gconstpointer data)
{
    sweep(stage_number(data), access_flag);
}

/* ---- The dirty state (3.13.3) ---- */

static void dirty_state(Stage *s, int level)
{
    uint64_t leaf;
    Walked w;

    stage_tables(s)->update_access = true;
    stage_tables(s)->update_dirty = true;
    tables_map(&s->t, 0, level, 0, read_only(s) | TABLES_DBM);
    leaf = tables_get(&s->t, 0, level);
    w = walk(s, 0, false);
    g_assert_cmpint(w.status, ==, MSMMU_STATUS_OK);
    g_assert_cmphex(tables_get(&s->t, 0, level), ==, leaf | 0x400);
    g_assert_cmpint(msmmu_walk_mark_dirty(&w.walk, &w.leaf, &w.fault), ==,
                    MSMMU_STATUS_OK);
    /* AP[2] is cleared, S2AP[1] is set; DBM stays. */
    g_assert_cmphex(tables_get(&s->t, 0, level), ==,
                    s->number == 1 ? (leaf | 0x400) & ~UINT64_C(0x80) :
                                     leaf | 0x480);
    g_assert_cmphex(w.leaf.descriptor, ==, tables_get(&s->t, 0, level));
    g_assert_cmpuint(s->f->updates, ==, 2);
}

static void test_dirty_state(gconstpointer data)
{
    sweep(stage_number(data), dirty_state);
}

/* ---- The Access flag of tables (3.13.6, Arm ARM R_XYNNS) ---- */

typedef struct Order {
    uint64_t pa[8];
    unsigned count;
} Order;

static void note_update(Fixture *f, uint64_t pa)
{
    Order *order = f->hook_data;

    g_assert_cmpuint(order->count, <, G_N_ELEMENTS(order->pa));
    order->pa[order->count++] = pa;
}

static void table_access_flags(Stage *s, int level)
{
    Order order = { .count = 0 };
    unsigned tables = level - s->t.start_level;
    unsigned n = 0;

    stage_tables(s)->update_access = true;
    stage_tables(s)->update_tables = true;
    tables_map(&s->t, 0, level, 0, read_only(s));
    s->f->on_update = note_update;
    s->f->hook_data = &order;
    g_assert_cmpint(walk(s, 0, false).status, ==, MSMMU_STATUS_OK);
    s->f->on_update = NULL;
    /* From the first down to the leaf. */
    g_assert_cmpuint(order.count, ==, tables + 1);
    for (int l = s->t.start_level; l <= level; l++) {
        g_assert_cmphex(order.pa[n++], ==, tables_slot(&s->t, 0, l));
        g_assert_cmphex(tables_get(&s->t, 0, l) & 0x400, ==, 0x400);
    }
    /* Once is enough. */
    s->f->updates = 0;
    g_assert_cmpint(walk(s, 0, false).status, ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(s->f->updates, ==, 0);
}

static void test_table_access_flags(gconstpointer data)
{
    sweep(stage_number(data), table_access_flags);
}

static void test_no_haft(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, stage_number(data), 4, 48, 0);

    stage_tables(&s)->update_access = true;
    stage_map(&s, 0, 3, 0);
    g_assert_cmpint(walk(&s, 0, false).status, ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(f->updates, ==, 0);
    fixture_free(f);
}

/* ---- What faults is not marked ---- */

static void test_faults_mark_nothing(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, stage_number(data), 4, 48, 0);
    MsmmuTables *tables = stage_tables(&s);

    tables->output_bits = 40;
    tables->update_access = true;
    tables->update_tables = true;
    /* A leaf that is too far away, below tables that are used. */
    tables_map(&s.t, 0, 3, UINT64_C(1) << 40, read_only(&s));
    stage_expect_fault(&s, 0, F_ADDR_SIZE, 0);
    g_assert_cmphex(tables_get(&s.t, 0, 3) & 0x400, ==, 0);
    g_assert_cmpuint(f->updates, ==, 3);
    /* A table that is. */
    f->updates = 0;
    tables_set(&s.t, UINT64_C(1) << 39, 0, UINT64_C(1) << 40 | 3);
    stage_expect_fault(&s, UINT64_C(1) << 39, F_ADDR_SIZE, 0);
    /* Nothing at all, and a block where there is none. */
    stage_expect_fault(&s, UINT64_C(2) << 39, F_TRANSLATION, 0);
    tables_set(&s.t, UINT64_C(3) << 39, 0, read_only(&s) | 1);
    stage_expect_fault(&s, UINT64_C(3) << 39, F_TRANSLATION, 0);
    g_assert_cmpuint(f->updates, ==, 0);
    fixture_free(f);
}

/* ---- Asking only ---- */

static void probe(Stage *s, int level)
{
    uint64_t leaf, tables = 0;
    Walked w;

    stage_tables(s)->update_access = true;
    stage_tables(s)->update_dirty = true;
    stage_tables(s)->update_tables = true;
    tables_map(&s->t, 0, level, 0, read_only(s) | TABLES_DBM);
    leaf = tables_get(&s->t, 0, level);
    w = walk(s, 0, true);
    g_assert_cmpint(w.status, ==, MSMMU_STATUS_OK);
    g_assert_cmphex(w.leaf.descriptor, ==, leaf | 0x400);
    g_assert_cmpint(msmmu_walk_mark_dirty(&w.walk, &w.leaf, &w.fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_cmphex(tables_get(&s->t, 0, level), ==, leaf);
    for (int l = s->t.start_level; l < level; l++) {
        tables |= tables_get(&s->t, 0, l);
    }
    g_assert_cmphex(tables & 0x400, ==, 0);
    g_assert_cmpuint(s->f->updates, ==, 0);
}

static void test_probe(gconstpointer data)
{
    sweep(stage_number(data), probe);
}

/* ---- Descriptors that change, or cannot be changed ---- */

/* Another agent clears the descriptor just before it is compared. */
static void change(Fixture *f, uint64_t pa)
{
    fixture_write64(f, pa, 0);
}

static void test_changed(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, stage_number(data), 4, 48, 0);
    Walked w;

    stage_tables(&s)->update_access = true;
    stage_tables(&s)->update_dirty = true;
    tables_map(&s.t, 0, 3, 0, read_only(&s) | TABLES_DBM);
    f->on_update = change;
    g_assert_cmpint(walk(&s, 0, false).status, ==, MSMMU_STATUS_AGAIN);
    g_assert_cmphex(tables_get(&s.t, 0, 3), ==, 0);
    f->on_update = NULL;
    stage_expect_fault(&s, 0, F_TRANSLATION, 0);

    tables_map(&s.t, 0, 3, 0, read_only(&s) | TABLES_DBM | TABLES_AF);
    w = walk(&s, 0, false);
    f->on_update = change;
    g_assert_cmpint(msmmu_walk_mark_dirty(&w.walk, &w.leaf, &w.fault), ==,
                    MSMMU_STATUS_AGAIN);
    g_assert_cmphex(tables_get(&s.t, 0, 3), ==, 0);

    stage_tables(&s)->update_tables = true;
    f->on_update = NULL;
    tables_map(&s.t, 0, 3, 0, read_only(&s) | TABLES_AF);
    f->on_update = change;
    g_assert_cmpint(walk(&s, 0, false).status, ==, MSMMU_STATUS_AGAIN);
    g_assert_cmphex(fixture_read64(f, s.t.root), ==, 0);
    fixture_free(f);
}

/* Memory that can be read but not updated; FetchAddr is the descriptor's PA. */
static void fail_update(Fixture *f, uint64_t pa)
{
    fixture_fail(f, pa, pa + 7);
}

static void test_abort(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, stage_number(data), 4, 48, 0);
    Walked w;

    stage_tables(&s)->update_access = true;
    stage_tables(&s)->update_dirty = true;
    tables_map(&s.t, 0, 3, 0, read_only(&s) | TABLES_DBM);
    f->on_update = fail_update;
    stage_expect_fault(&s, 0, F_WALK_EABT, tables_slot(&s.t, 0, 3));
    fixture_heal(f);
    f->on_update = NULL;

    w = walk(&s, 0, false);
    g_assert_cmpint(w.status, ==, MSMMU_STATUS_OK);
    f->on_update = fail_update;
    g_assert_cmpint(msmmu_walk_mark_dirty(&w.walk, &w.leaf, &w.fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(w.fault.type, ==, F_WALK_EABT);
    g_assert_cmpuint(w.fault.stage, ==, s.number);
    g_assert_cmpint(w.fault.class, ==,
                    s.number == 1 ? MSMMU_CLASS_TT : MSMMU_CLASS_IN);
    g_assert_cmphex(w.fault.fetch_address, ==, tables_slot(&s.t, 0, 3));
    fixture_free(f);
}

/* R_XDPXQ: one of a contiguous group. */
static void test_contiguous(gconstpointer data)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, stage_number(data), 4, 48, 0);

    stage_tables(&s)->update_access = true;
    for (unsigned i = 0; i < 16; i++) {
        tables_map(&s.t, i * 0x1000, 3, i * 0x1000,
                   read_only(&s) | TABLES_CONT);
    }
    g_assert_cmpint(walk(&s, 0x5000, false).status, ==, MSMMU_STATUS_OK);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(tables_get(&s.t, i * 0x1000, 3) & 0x400, ==,
                        i == 5 ? 0x400 : 0);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned stage = 1; stage <= 2; stage++) {
#define ADD(claim, function) stage_add_test(claim, stage, function)
        ADD("access-flag-affd-and-ha", test_access_flag);
        ADD("dirty-state-is-one-bit-of-one-descriptor", test_dirty_state);
        ADD("haft-marks-tables-from-the-first-down", test_table_access_flags);
        ADD("without-haft-af-of-tables-is-ignored", test_no_haft);
        ADD("what-faults-is-not-marked", test_faults_mark_nothing);
        ADD("probe-changes-no-memory", test_probe);
        ADD("descriptor-that-changed-is-read-again", test_changed);
        ADD("update-that-aborts-is-walk-eabt", test_abort);
        ADD("update-is-of-one-of-a-contiguous-group", test_contiguous);
#undef ADD
    }
    return g_test_run();
}
