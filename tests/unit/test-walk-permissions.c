/*
 * Stage 1 permissions: every combination of what a leaf, the tables above it
 * and the CD say, against the tables that the Arm ARM prints.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "walks.h"

enum { R = MSMMU_PERM_READ, W = MSMMU_PERM_WRITE, X = MSMMU_PERM_EXEC };

/* ---- What the Arm ARM says ---- */

/* Table D8-65: two Exception levels. UXN, PXN, AP[2], AP[1]; then by WXN. */
static const struct {
    unsigned uxn, pxn, ap2, ap1;
    unsigned priv[2], unpriv[2];
} table_d8_65[] = {
    { 0, 0, 0, 0, { R | W | X, R | W }, { X, X } },
    { 0, 0, 0, 1, { R | W, R | W }, { R | W | X, R | W } },
    { 0, 0, 1, 0, { R | X, R | X }, { X, X } },
    { 0, 0, 1, 1, { R | X, R | X }, { R | X, R | X } },
    { 0, 1, 0, 0, { R | W, R | W }, { X, X } },
    { 0, 1, 0, 1, { R | W, R | W }, { R | W | X, R | W } },
    { 0, 1, 1, 0, { R, R }, { X, X } },
    { 0, 1, 1, 1, { R, R }, { R | X, R | X } },
    { 1, 0, 0, 0, { R | W | X, R | W }, { 0, 0 } },
    { 1, 0, 0, 1, { R | W, R | W }, { R | W, R | W } },
    { 1, 0, 1, 0, { R | X, R | X }, { 0, 0 } },
    { 1, 0, 1, 1, { R | X, R | X }, { R, R } },
    { 1, 1, 0, 0, { R | W, R | W }, { 0, 0 } },
    { 1, 1, 0, 1, { R | W, R | W }, { R | W, R | W } },
    { 1, 1, 1, 0, { R, R }, { 0, 0 } },
    { 1, 1, 1, 1, { R, R }, { R, R } },
};

/* Table D8-66: one Exception level. XN, AP[2]; then by WXN. */
static const struct {
    unsigned xn, ap2;
    unsigned priv[2];
} table_d8_66[] = {
    { 0, 0, { R | W | X, R | W } },
    { 0, 1, { R | X, R | X } },
    { 1, 0, { R | W, R | W } },
    { 1, 1, { R, R } },
};

/*
 * VMSAv8-32, two privileges: G5.6.1.1 (AP), G5.6.3 (XN, PXN, "read access is
 * permitted"), G5.6.3.2. XN, PXN, AP[2], AP[1]; then by UWXN << 1 | WXN.
 */
static const struct {
    unsigned xn, pxn, ap2, ap1;
    unsigned priv[4], unpriv[4];
} lpae[] = {
    { 0, 0, 0, 0, { R | W | X, R | W, R | W | X, R | W }, { 0, 0, 0, 0 } },
    { 0, 0, 0, 1, { R | W | X, R | W, R | W, R | W },
      { R | W | X, R | W, R | W | X, R | W } },
    { 0, 0, 1, 0, { R | X, R | X, R | X, R | X }, { 0, 0, 0, 0 } },
    { 0, 0, 1, 1, { R | X, R | X, R | X, R | X },
      { R | X, R | X, R | X, R | X } },
    { 0, 1, 0, 0, { R | W, R | W, R | W, R | W }, { 0, 0, 0, 0 } },
    { 0, 1, 0, 1, { R | W, R | W, R | W, R | W },
      { R | W | X, R | W, R | W | X, R | W } },
    { 0, 1, 1, 0, { R, R, R, R }, { 0, 0, 0, 0 } },
    { 0, 1, 1, 1, { R, R, R, R }, { R | X, R | X, R | X, R | X } },
    { 1, 0, 0, 0, { R | W, R | W, R | W, R | W }, { 0, 0, 0, 0 } },
    { 1, 0, 0, 1, { R | W, R | W, R | W, R | W },
      { R | W, R | W, R | W, R | W } },
    { 1, 0, 1, 0, { R, R, R, R }, { 0, 0, 0, 0 } },
    { 1, 0, 1, 1, { R, R, R, R }, { R, R, R, R } },
    { 1, 1, 0, 0, { R | W, R | W, R | W, R | W }, { 0, 0, 0, 0 } },
    { 1, 1, 0, 1, { R | W, R | W, R | W, R | W },
      { R | W, R | W, R | W, R | W } },
    { 1, 1, 1, 0, { R, R, R, R }, { 0, 0, 0, 0 } },
    { 1, 1, 1, 1, { R, R, R, R }, { R, R, R, R } },
};

/* ---- One combination ---- */

/* A bit each; a sweep counts through all of them. */
typedef struct Combination {
    MsmmuWorld world;
    bool uxn, pxn, ap2, ap1, dbm;
    bool uxntable, pxntable, aptable1, aptable0;
    bool had, wxn, uwxn, pan, epan, hd;
} Combination;

typedef struct Expected {
    unsigned unpriv, priv;
    bool clean;
} Expected;

static Combination combination(MsmmuWorld world, unsigned bits)
{
    Combination c = { .world = world };
    bool *const fields[] = {
        &c.uxn, &c.pxn, &c.ap2, &c.ap1, &c.dbm, &c.uxntable, &c.pxntable,
        &c.aptable1, &c.aptable0, &c.had, &c.wxn, &c.uwxn, &c.pan, &c.epan,
        &c.hd,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        *fields[i] = bits >> i & 1;
    }
    return c;
}

#define COMBINATIONS (1 << 15)

/* The effective bits: APTable, XNTable and so on, unless disabled; DBM. */
static Combination effective(Combination c)
{
    bool clean = c.hd && c.dbm && c.ap2;

    if (clean) {
        c.ap2 = false;          /* R_TTLCV, R_NKLQN */
    }
    if (!c.had) {
        /* Table D8-64 */
        c.ap2 |= c.aptable1;
        c.ap1 &= !c.aptable0;
        c.uxn |= c.uxntable;
        c.pxn |= c.pxntable;
    }
    return c;
}

static void apply_pan(const Combination *c, Expected *e)
{
    bool unpriv_data = e->unpriv & (R | W);

    /* R_XTSQH; and for execution before WXN takes it: R_ZGCNT */
    if (c->pan && (unpriv_data || (c->epan && !c->uxn))) {
        e->priv &= X;
    }
}

static Expected expect_aarch64(Combination c)
{
    Combination eff = effective(c);
    Expected e = { .clean = c.hd && c.dbm && c.ap2 && !eff.ap2 };
    unsigned i = 0;

    if (c.world == MSMMU_WORLD_NS_EL2) {
        while (table_d8_66[i].xn != eff.uxn || table_d8_66[i].ap2 != eff.ap2) {
            i++;
        }
        e.priv = table_d8_66[i].priv[c.wxn];
        e.unpriv = e.priv;      /* 13.4.1 */
        return e;
    }
    while (table_d8_65[i].uxn != eff.uxn || table_d8_65[i].pxn != eff.pxn ||
           table_d8_65[i].ap2 != eff.ap2 || table_d8_65[i].ap1 != eff.ap1) {
        i++;
    }
    e.priv = table_d8_65[i].priv[c.wxn];
    e.unpriv = table_d8_65[i].unpriv[c.wxn];
    apply_pan(&eff, &e);
    return e;
}

/* There is no HTTU and no EPAN (5.4 CD.HA, CD.EPAN). */
static Expected expect_aarch32(Combination c)
{
    Combination eff = effective(c);
    Expected e = { .clean = false };
    unsigned i = 0;

    while (lpae[i].xn != eff.uxn || lpae[i].pxn != eff.pxn ||
           lpae[i].ap2 != eff.ap2 || lpae[i].ap1 != eff.ap1) {
        i++;
    }
    if (c.world == MSMMU_WORLD_NS_EL2) {
        /* AP[1] and PXN are not there, as in Table D8-66. */
        e.priv = (eff.ap2 ? R : R | W) |
                 (eff.uxn || (c.wxn && !eff.ap2) ? 0 : X);
        e.unpriv = e.priv;
        return e;
    }
    e.priv = lpae[i].priv[c.uwxn << 1 | c.wxn];
    e.unpriv = lpae[i].unpriv[c.uwxn << 1 | c.wxn];
    apply_pan(&eff, &e);
    return e;
}

/* ---- What the core says ---- */

static Expected ask(MsmmuFormat format, const Combination *c)
{
    MsmmuContext ctx = {
        .stage1 = true,
        .world = c->world,
        .s1.format = format,
        .s1.update_dirty = c->hd,
        .write_execute_never = c->wxn,
        .unpriv_write_execute_never = c->uwxn,
        .privileged_access_never = c->pan,
        .enhanced_pan = c->pan && c->epan,
        .ttb = {
            { .hierarchical_off = c->had, .input_bits = 32 },
            { .disabled = true },
        },
    };
    MsmmuLeaf leaf = {
        .descriptor = 3 | TABLES_AF | (c->uxn ? TABLES_UXN : 0) |
                      (c->pxn ? TABLES_PXN : 0) | (c->ap2 ? TABLES_RO : 0) |
                      (c->ap1 ? TABLES_UNPRIV : 0) | (c->dbm ? TABLES_DBM : 0),
        .tables = 3 | (uint64_t)c->pxntable << 59 |
                  (uint64_t)c->uxntable << 60 | (uint64_t)c->aptable0 << 61 |
                  (uint64_t)c->aptable1 << 62,
        .level = 3,
    };
    const Msmmu m = { .window = NULL };
    uint8_t perms[2];
    Expected e;

    msmmu_stage1_prepare(&m, &ctx);
    msmmu_stage1_permissions(&ctx, &ctx.ttb[0], &leaf, perms, &e.clean);
    e.unpriv = perms[0];
    e.priv = perms[1];
    return e;
}

static void compare(MsmmuWorld world, unsigned bits, Expected got,
                    Expected want)
{
    if (got.unpriv != want.unpriv || got.priv != want.priv ||
        got.clean != want.clean) {
        g_error("world %d, combination 0x%x: unprivileged %u privileged %u "
                "clean %d, not %u %u %d", world, bits, got.unpriv, got.priv,
                got.clean, want.unpriv, want.priv, want.clean);
    }
}

/* ---- Sweeps ---- */

static const struct {
    const char *claim;
    MsmmuWorld world;
    MsmmuFormat format;
} sweeps[] = {
    { "el1-permissions-as-table-d8-65", MSMMU_WORLD_NS_EL1, MSMMU_AARCH64 },
    { "el2-e2h-permissions-as-table-d8-65", MSMMU_WORLD_NS_EL2_E2H,
      MSMMU_AARCH64 },
    { "el2-permissions-as-table-d8-66", MSMMU_WORLD_NS_EL2, MSMMU_AARCH64 },
    { "lpae-el1-permissions-as-g5-6", MSMMU_WORLD_NS_EL1, MSMMU_AARCH32 },
    { "lpae-el2-permissions-as-g5-6", MSMMU_WORLD_NS_EL2, MSMMU_AARCH32 },
};

static void test_sweep(gconstpointer data)
{
    unsigned which = GPOINTER_TO_UINT(data);
    unsigned swept = 0, seen[2][8] = { { 0 } }, clean = 0;

    for (unsigned bits = 0; bits < COMBINATIONS; bits++) {
        Combination c = combination(sweeps[which].world, bits);
        Expected got, want;

        if (sweeps[which].format == MSMMU_AARCH32 && (c.hd || c.epan)) {
            continue;
        }
        got = ask(sweeps[which].format, &c);
        want = sweeps[which].format == MSMMU_AARCH32 ? expect_aarch32(c) :
                                                       expect_aarch64(c);
        compare(c.world, bits, got, want);
        seen[0][got.unpriv]++;
        seen[1][got.priv]++;
        clean += got.clean;
        swept++;
    }
    g_test_message("swept: %s: %u combinations, %u writable-clean",
                   sweeps[which].claim, swept, clean);
    /* Nothing is written without being read; all else was there. */
    for (unsigned privilege = 0; privilege < 2; privilege++) {
        g_assert_cmpuint(seen[privilege][W], ==, 0);
        g_assert_cmpuint(seen[privilege][W | X], ==, 0);
        g_assert_cmpuint(seen[privilege][R], >, 0);
        g_assert_cmpuint(seen[privilege][R | W], >, 0);
        g_assert_cmpuint(seen[privilege][R | X], >, 0);
        g_assert_cmpuint(seen[privilege][R | W | X], >, 0);
    }
    g_assert_cmpint(clean > 0, ==, sweeps[which].format == MSMMU_AARCH64);
}

/* ---- Walked: the bits come from where they are in the tables ---- */

static void test_hierarchy(void)
{
    static const struct {
        const char *name;
        uint64_t bit;
        unsigned unpriv, priv;
    } cases[] = {
        { "none", 0, R | W | X, R | W },
        { "APTable[0]", UINT64_C(1) << 61, X, R | W | X },
        { "APTable[1]", UINT64_C(1) << 62, R | X, R | X },
        { "UXNTable", UINT64_C(1) << 60, R | W, R | W },
        { "PXNTable", UINT64_C(1) << 59, R | W | X, R | W },
        { "APTable[1], PXNTable", UINT64_C(9) << 59, R | X, R },
        { "NSTable", UINT64_C(1) << 63, R | W | X, R | W },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int level = -1; level < 3; level++) {
            Stage s = stage_new(f, 1, 4, 52, -1);
            MsmmuTranslation t;
            MsmmuFault fault;
            unsigned seen;

            g_test_message("%s at level %d", cases[i].name, level);
            stage_map(&s, 0, 3, 0);
            tables_or(&s.t, 0, level, cases[i].bit);
            for (unsigned had = 0; had < 2; had++) {
                s.s1.ttb[0].hierarchical_off = had;
                g_assert_cmpint(walk_stage1(f->m, &s.s1, 0, &t, &fault), ==,
                                MSMMU_STATUS_OK);
                seen = had ? 0 : i;
                g_assert_cmpuint(t.perms[0], ==, cases[seen].unpriv);
                g_assert_cmpuint(t.perms[1], ==, cases[seen].priv);
            }
        }
    }
    fixture_free(f);
}

/* HADx is of the half that it belongs to. */
static void test_had_by_half(void)
{
    Fixture *f = fixture_new(NULL);
    Stage s = stage_new(f, 1, 4, 48, 0);
    MsmmuTranslation t;
    MsmmuFault fault;

    stage_map(&s, 0, 3, 0);
    tables_or(&s.t, 0, 1, UINT64_C(1) << 62);
    for (unsigned half = 0; half < 2; half++) {
        s.s1.ttb[half].hierarchical_off = true;
        s.s1.ttb[!half].hierarchical_off = false;
        walk_stage1(f->m, &s.s1, 0, &t, &fault);
        g_assert_cmpuint(t.perms[0], ==, half ? R | X : R | W | X);
        walk_stage1(f->m, &s.s1, UINT64_C(0xffff000000000000), &t, &fault);
        g_assert_cmpuint(t.perms[0], ==, half ? R | W | X : R | X);
    }
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(sweeps); i++) {
        char *path = g_strdup_printf("/msmmu/walk/%s", sweeps[i].claim);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_sweep);
        g_free(path);
    }
    g_test_add_func("/msmmu/walk/hierarchical-bits-of-every-level-count",
                    test_hierarchy);
    g_test_add_func("/msmmu/walk/had-is-of-the-half-it-belongs-to",
                    test_had_by_half);
    return g_test_run();
}
