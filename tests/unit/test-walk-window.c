/*
 * Descriptors that the core reads in place: where its window onto memory is,
 * and nowhere else. The window shows other words than ops->read, so that tests
 * see which of them a walk took.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walks.h"

#define PAGES 512
/* Behind ops->read, a page leads here; in the window, elsewhere. */
#define BY_READ UINT64_C(0x100000000)
#define IN_PLACE UINT64_C(0x200000000)

/* A table of level 3 with PAGES pages, and its copy in the window. */
typedef struct View {
    Stage s;
    uint64_t table;             /* the PA of the table */
    uint64_t word[PAGES];
    MsmmuWindow window;
} View;

static uint64_t in_order(const View *v, uint64_t word)
{
    return v->s.t.big_endian ? GUINT64_TO_BE(word) : GUINT64_TO_LE(word);
}

static View *view_new(Fixture *f, unsigned stage, bool big_endian)
{
    View *v = g_new0(View, 1);
    Tables t;

    v->s = stage_new(f, stage, 4, 48, 0);
    t = v->s.t;
    t.big_endian = big_endian;
    v->s = stage_of(stage, &t);
    for (unsigned i = 0; i < PAGES; i++) {
        stage_map(&v->s, 4096 * i, 3, BY_READ + 4096 * i);
        v->word[i] = in_order(v, stage_rw(&v->s) | TABLES_PAGE |
                                 (IN_PLACE + 4096 * i));
    }
    /* The last of four tables, one after the other. */
    v->table = v->s.t.next - 4096;
    return v;
}

/* The window has the words first..last of the table. */
static void show(View *v, unsigned first, unsigned last)
{
    v->window = (MsmmuWindow) {
        .first = v->table + 8 * first,
        .size = 8 * (last - first + 1),
        .host = &v->word[first],
    };
    msmmu_set_window(v->s.f->m, &v->window);
}

/* Page @i is one that the window has, or one that is read. */
static void expect_page(View *v, unsigned i, bool in_place)
{
    v->s.f->reads = 0;
    stage_expect(&v->s, 4096 * i, (in_place ? IN_PLACE : BY_READ) + 4096 * i,
                 12);
    g_assert_cmpuint(v->s.f->reads, ==, in_place ? 3 : 4);
}

static void sweep(gconstpointer data, void (*function)(View *v))
{
    for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
        Fixture *f = fixture_new(NULL);
        View *v = view_new(f, GPOINTER_TO_UINT(data), big_endian);

        function(v);
        g_free(v);
        fixture_free(f);
    }
}

/* ---- What is in it ---- */

static void limits(View *v)
{
    static const struct {
        unsigned first, last;
    } windows[] = { { 0, 511 }, { 0, 0 }, { 511, 511 }, { 7, 300 } };

    for (unsigned w = 0; w < G_N_ELEMENTS(windows); w++) {
        show(v, windows[w].first, windows[w].last);
        for (unsigned i = 0; i < PAGES; i++) {
            expect_page(v, i, i >= windows[w].first && i <= windows[w].last);
        }
    }
}

static void test_limits(gconstpointer data)
{
    sweep(data, limits);
}

/* ---- It comes and goes ---- */

static void another(View *v)
{
    expect_page(v, 5, false);
    show(v, 0, 511);
    expect_page(v, 5, true);
    v->word[5] = 0;
    stage_expect_fault(&v->s, 4096 * 5, F_TRANSLATION, 0);
    show(v, 6, 511);
    expect_page(v, 5, false);
    expect_page(v, 6, true);
    msmmu_set_window(v->s.f->m, NULL);
    expect_page(v, 6, false);
}

static void test_another(gconstpointer data)
{
    sweep(data, another);
}

/* ---- What cannot be read elsewhere ---- */

static void aborts(View *v)
{
    show(v, 0, 10);
    fixture_fail(v->s.f, v->table, v->table + 4095);
    expect_page(v, 10, true);
    stage_expect_fault(&v->s, 4096 * 11, F_WALK_EABT, v->table + 8 * 11);
    fixture_heal(v->s.f);
}

static void test_aborts(gconstpointer data)
{
    sweep(data, aborts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned stage = 1; stage <= 2; stage++) {
        stage_add_test("window-is-read-in-place-and-no-word-more", stage,
                       test_limits);
        stage_add_test("window-is-the-last-that-was-set", stage,
                       test_another);
        stage_add_test("window-hides-aborts-and-no-more", stage, test_aborts);
    }
    return g_test_run();
}
