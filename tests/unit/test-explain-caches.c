/*
 * Explanations beside the caches: what is stale is told, nothing is changed,
 * and what is foretold happens.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "counters.h"
#include "progress.h"
#include "report_text.h"
#include "rig_stages.h"
#include "tlb.h"

static void explain(Fixture *f, MsmmuRequest rq, ReportText *t)
{
    report_text_init(t);
    msmmu_explain(f->m, &rq, &t->reporter);
}

/* The first line "@name: ..." of the explanation of @rq is @expected. */
static void expect(Fixture *f, MsmmuRequest rq, const char *name,
                   const char *expected)
{
    ReportText t;
    g_autofree char *value = NULL;

    explain(f, rq, &t);
    value = report_text_value(&t, name);
    g_assert_cmpstr(value, ==, expected);
    report_text_free(&t);
}

/* The last of its texts: what comes of it by the caches, if they differ. */
static void expect_last(Fixture *f, MsmmuRequest rq, const char *expected)
{
    g_auto(GStrv) lines = NULL;
    ReportText t;

    explain(f, rq, &t);
    lines = g_strsplit(t.texts->str, "\n", -1);
    g_assert_cmpstr(lines[g_strv_length(lines) - 2], ==, expected);
    report_text_free(&t);
}

/* ---- Stale ---- */

static void test_stale_translation(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect(r.f, reading(0x1000), "configuration", "none");
    expect_pa(&r, reading(0x1000), 0x5000);
    expect(r.f, reading(0x1000), "configuration", "cached");
    expect(r.f, reading(0x1000), "translation", "cached");
    expect(r.f, reading(0x1000), "advice", NULL);

    tables_set(&r.t, 0x1000, 3, 0);
    expect(r.f, reading(0x1000), "event", "F_TRANSLATION");
    expect(r.f, reading(0x1000), "translation", "stale");
    expect(r.f, reading(0x1000), "advice", "the tables changed: CMD_TLBI_* "
           "with CMD_SYNC is missing");
    expect_last(r.f, reading(0x1000), "goes on to PA 0x5000 (4K, rwx)");
    expect_pa(&r, reading(0x1000), 0x5000);

    fixture_command(r.f, 0x30, 0);              /* TLBI_NSNH_ALL */
    expect(r.f, reading(0x1000), "translation", "none");
    rig_free(&r);
}

static void test_stale_configuration(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    config_set_bits(&r.cd, 63, 48, 0x22);       /* ASID */
    config_put_stage1(r.f, SID, &r.cd);
    expect(r.f, reading(0x1000), "configuration", "stale");
    expect(r.f, reading(0x1000), "field", "CD.ASID");
    expect(r.f, reading(0x1000), "cached", "0x1");
    expect(r.f, reading(0x1000), "memory", "0x22");
    expect(r.f, reading(0x1000), "advice", "the STE or CD changed: "
           "CMD_CFGI_STE or CMD_CFGI_CD with CMD_SYNC is missing");

    /* One that memory refuses */
    config_set_bits(&r.cd, 31, 31, 0);
    config_put_stage1(r.f, SID, &r.cd);
    expect(r.f, reading(0x1000), "configuration", "stale");
    expect(r.f, reading(0x1000), "event", "C_BAD_CD");
    expect_last(r.f, reading(0x1000), "goes on to PA 0x5000 (4K, rwx)");

    fixture_command(r.f, 0x03 | (uint64_t)SID << 32, 1);
    expect(r.f, reading(0x1000), "configuration", "none");
    rig_free(&r);
}

/* It is seen where no translation is cached, too. */
static void test_stale_configuration_alone(void)
{
    Rig r = rig_new(44);
    Tables other = tables_new(r.f, 4, 48, 0x48000000);
    ConfigWords cd = config_cd(1, other.root);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&other, 0x2000, 3, 0x6000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    expect(r.f, reading(0x2000), "configuration", "cached");
    config_put_stage1(r.f, SID, &cd);
    expect(r.f, reading(0x2000), "configuration", "stale");
    expect(r.f, reading(0x2000), "field", "CD.TTB0");
    g_assert_cmpint(translate(&r, reading(0x2000)).disposition, ==,
                    MSMMU_ABORT);
    g_assert_cmpint(fixture_event_type(r.f), ==, 0x10);
    rig_free(&r);
}

/* A configuration that is not cached finds translations that still are. */
static void test_stale_behind_a_fresh_configuration(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    expect_pa(&r, reading(0x1000), 0x5000);
    fixture_command(r.f, 0x03 | (uint64_t)SID << 32, 1);
    tables_map(&r.t, 0x1000, 3, 0x6000, TABLES_RW);
    expect(r.f, reading(0x1000), "configuration", "none");
    expect(r.f, reading(0x1000), "translation", "stale");
    expect_last(r.f, reading(0x1000), "goes on to PA 0x5000 (4K, rwx)");
    expect_pa(&r, reading(0x1000), 0x5000);
    rig_free(&r);
}

/* ---- No side effects ---- */

/* All that could change: registers, caches, counters, memory. */
typedef struct Snapshot {
    MsmmuRegisters regs;
    GByteArray *bytes;
    uint64_t memory;            /* a sum of guest memory */
    unsigned writes, updates, events;
} Snapshot;

static void add(Snapshot *s, const void *data, size_t len)
{
    g_byte_array_append(s->bytes, data, len);
}

static void add_context(Snapshot *s, Fixture *f, uint32_t sid)
{
    const MsmmuRequest rq = { .sid = sid };
    const MsmmuContext *ctx = msmmu_config_peek(f->m, &rq);

    add(s, &ctx, sizeof(ctx));
    if (ctx) {
        add(s, ctx, sizeof(*ctx));
        if (ctx->regime) {
            add(s, ctx->regime, sizeof(*ctx->regime));
        }
    }
}

static uint64_t sum_of_memory(Fixture *f)
{
    GHashTableIter iter;
    gpointer key, page;
    uint64_t sum = 0;

    g_hash_table_iter_init(&iter, f->pages);
    while (g_hash_table_iter_next(&iter, &key, &page)) {
        uint64_t hash = *(uint64_t *)key;

        for (unsigned i = 0; i < 4096; i++) {
            hash = (hash ^ ((uint8_t *)page)[i]) * UINT64_C(0x100000001b3);
        }
        sum += hash;
    }
    return sum;
}

static Snapshot snapshot(Fixture *f)
{
    MsmmuTlb *tlb = f->m->tlb;
    MsmmuCounters *c = f->m->counters;
    GHashTableIter iter;
    gpointer sid, counters;
    Snapshot s = {
        .regs = *msmmu_registers(f->m),
        .bytes = g_byte_array_new(),
        .memory = sum_of_memory(f),
        .writes = f->writes,
        .updates = f->updates,
        .events = fixture_reg32(f, 0x100a8),
    };

    add(&s, tlb->entries,
        (tlb->set_mask + 1) * TLB_WAYS * sizeof(*tlb->entries));
    add(&s, tlb->states, (tlb->set_mask + 1) * sizeof(*tlb->states));
    add(&s, &tlb->next_tag, sizeof(tlb->next_tag));
    add(&s, &tlb->idle, sizeof(tlb->idle));
    add(&s, &tlb->regimes->len, sizeof(tlb->regimes->len));
    add_context(&s, f, SID);
    add_context(&s, f, SID + 1);
    add(&s, &c->others, sizeof(c->others));
    add(&s, &c->terminations, sizeof(c->terminations));
    g_hash_table_iter_init(&iter, c->streams);
    while (g_hash_table_iter_next(&iter, &sid, &counters)) {
        add(&s, &sid, sizeof(sid));
        add(&s, counters, sizeof(MsmmuStreamCounters));
    }
    return s;
}

static void expect_same(Snapshot *a, Snapshot *b)
{
    g_assert_true(!memcmp(&a->regs, &b->regs, sizeof(a->regs)));
    g_assert_cmpmem(a->bytes->data, a->bytes->len, b->bytes->data,
                    b->bytes->len);
    g_assert_cmphex(a->memory, ==, b->memory);
    g_assert_cmpuint(a->writes, ==, b->writes);
    g_assert_cmpuint(a->updates, ==, b->updates);
    g_assert_cmphex(a->events, ==, b->events);
    g_byte_array_unref(a->bytes);
    g_byte_array_unref(b->bytes);
}

/* Leaves of every kind: not accessed, writable-clean, read-only, absent. */
static void map_all(Rig *r)
{
    tables_map(&r->t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&r->t, 0x2000, 3, 0x6000, TABLES_UNPRIV | TABLES_NG);
    tables_map(&r->t, 0x3000, 3, 0x7000, TABLES_RW | TABLES_RO | TABLES_DBM);
    tables_map(&r->t, 0x4000, 3, 0x8000, TABLES_RW | TABLES_RO);
    tables_map(&r->t, 0x200000, 2, 0x400000, TABLES_RW);
}

/* With hardware updates on, before and after the caches were filled. */
static void test_nothing_changes(void)
{
    static const uint64_t iovas[] = {
        0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x234567, 0x40000000,
        UINT64_C(0x1000000000000), UINT64_MAX,
    };
    MsmmuConfig config = rig_config(44);
    Rig r;

    config.httu = MSMMU_HTTU_TABLES;
    config.arch_minor = 4;
    r = rig_new_with(&config);
    config_set_bits(&r.cd, 43, 42, 3);          /* HA, HD */
    config_put_stage1(r.f, SID, &r.cd);
    map_all(&r);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2 * G_N_ELEMENTS(iovas) * 3; i++) {
            MsmmuRequest rq = {
                .sid = SID + i / 2 % 3, .iova = iovas[i / 6],
                .write = i % 2,
            };
            Snapshot before = snapshot(r.f), after;
            ReportText t;

            explain(r.f, rq, &t);
            report_text_free(&t);
            after = snapshot(r.f);
            expect_same(&before, &after);
        }
        expect_pa(&r, reading(0x1234), 0x5234);
        expect_pa(&r, reading(0x200000), 0x400000);
    }
    rig_free(&r);
}

/* What is foretold happens, whatever the leaf is and whatever is cached. */
static void test_foretold(void)
{
    Rig r = rig_new(44);
    unsigned faults = 0;

    map_all(&r);
    for (uint64_t iova = 0; iova < 0x8000; iova += 0x800) {
        for (unsigned how = 0; how < 8; how++) {
            MsmmuRequest rq = {
                .sid = SID, .iova = iova, .write = how & 1,
                .privileged = how & 2, .instruction = how & 4,
            };
            g_autofree char *ends = NULL;
            g_autofree char *type = NULL;
            MsmmuResult result;
            ReportText t;
            int event;

            explain(r.f, rq, &t);
            ends = report_text_value(&t, "ends");
            type = report_text_value(&t, "type");
            result = translate(&r, rq);
            g_assert_cmpstr(ends, ==,
                            result.disposition == MSMMU_FORWARD ? "forward" :
                            "abort");
            event = fixture_event_type(r.f);
            if (event >= 0) {
                g_autofree char *line =
                    g_strdup_printf("    type: %d\n", event);

                g_assert_nonnull(strstr(t.all->str, line));
                faults++;
            }
            g_assert_cmpint(event >= 0, ==,
                            result.disposition != MSMMU_FORWARD);
            report_text_free(&t);
        }
    }
    g_assert_cmpuint(faults, >, 40);
    rig_free(&r);
}

/* ---- Threads ---- */

typedef struct Busy {
    Rig *r;
    Progress translations;
    bool stop;
} Busy;

static gpointer keep_busy(gpointer data)
{
    Busy *busy = data;

    while (!msmmu_load(&busy->stop)) {
        translate(busy->r, reading(0x1000));
        progress_step(&busy->translations);
    }
    return NULL;
}

/* Beside translations and invalidations, with all that is retired kept. */
static void test_threads(void)
{
    Rig r = rig_new(44);
    Busy busy = { .r = &r };
    GThread *thread;

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    thread = g_thread_new("busy", keep_busy, &busy);
    for (unsigned i = 0; i < 500; i++) {
        expect(r.f, reading(0x1000), "ends", "forward");
        fixture_command(r.f, i % 2 ? 0x30 : 0x03 | (uint64_t)SID << 32, 1);
        if (i % 25 == 0) {
            progress_wait_whole(&busy.translations, 1);
        }
    }
    msmmu_store(&busy.stop, true);
    g_thread_join(thread);
    rig_free(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/explain/stale-translations-lack-a-tlbi",
                    test_stale_translation);
    g_test_add_func("/msmmu/explain/stale-configuration-lacks-a-cfgi",
                    test_stale_configuration);
    g_test_add_func("/msmmu/explain/stale-configuration-alone",
                    test_stale_configuration_alone);
    g_test_add_func("/msmmu/explain/stale-behind-a-fresh-configuration",
                    test_stale_behind_a_fresh_configuration);
    g_test_add_func("/msmmu/explain/nothing-changes", test_nothing_changes);
    g_test_add_func("/msmmu/explain/what-is-foretold-happens",
                    test_foretold);
    g_test_add_func("/msmmu/explain/beside-other-threads", test_threads);
    return g_test_run();
}
