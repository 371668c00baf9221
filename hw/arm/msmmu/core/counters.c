/*
 * The counters of streams and the last terminated transactions (counters.h):
 * where they are kept, and how they are reported.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "counters.h"
#include "names.h"
#include "report.h"

/* ---- Life ---- */

void msmmu_counters_init(Msmmu *m)
{
    MsmmuCounters *c = g_new0(MsmmuCounters, 1);

    g_mutex_init(&c->lock);
    c->streams = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    m->counters = c;
}

/* With the lock, or by the last. */
static void forget_terminations(MsmmuCounters *c)
{
    for (unsigned i = 0; i < MSMMU_REMEMBERED_FAULTS; i++) {
        g_clear_pointer(&c->last[i].explanation, msmmu_explanation_free);
    }
    g_clear_pointer(&c->spare, msmmu_explanation_free);
    c->terminations = 0;
}

void msmmu_counters_free(Msmmu *m)
{
    forget_terminations(m->counters);
    g_hash_table_unref(m->counters->streams);
    g_mutex_clear(&m->counters->lock);
    g_clear_pointer(&m->counters, g_free);
}

/*
 * Translations that run count on meanwhile, so the words are stored one by one;
 * and contexts hold on to the counters, so they stay where they are.
 */
static void clear(MsmmuStreamCounters *counters)
{
    uint64_t *word = (uint64_t *)counters;

    for (size_t i = 0; i < sizeof(*counters) / sizeof(*word); i++) {
        __atomic_store_n(&word[i], 0, __ATOMIC_RELAXED);
    }
}

void msmmu_counters_reset(Msmmu *m)
{
    MsmmuCounters *c = m->counters;
    GHashTableIter iter;
    gpointer counters;

    g_mutex_lock(&c->lock);
    g_hash_table_iter_init(&iter, c->streams);
    while (g_hash_table_iter_next(&iter, NULL, &counters)) {
        clear(counters);
    }
    clear(&c->others);
    forget_terminations(c);
    g_mutex_unlock(&c->lock);
}

/* ---- Counting ---- */

MsmmuStreamCounters *msmmu_counters_of(Msmmu *m, uint32_t sid)
{
    MsmmuCounters *c = m->counters;
    MsmmuStreamCounters *found;

    g_mutex_lock(&c->lock);
    found = g_hash_table_lookup(c->streams, GUINT_TO_POINTER(sid));
    if (!found && g_hash_table_size(c->streams) < MSMMU_COUNTED_STREAMS) {
        found = g_new0(MsmmuStreamCounters, 1);
        g_hash_table_insert(c->streams, GUINT_TO_POINTER(sid), found);
    }
    g_mutex_unlock(&c->lock);
    return found ? found : &c->others;
}

MsmmuExplanation *msmmu_counters_take_spare(Msmmu *m)
{
    MsmmuCounters *c = m->counters;
    MsmmuExplanation *spare;

    g_mutex_lock(&c->lock);
    spare = g_steal_pointer(&c->spare);
    g_mutex_unlock(&c->lock);
    return spare;
}

void msmmu_counters_terminated(Msmmu *m, const MsmmuRequest *rq,
                               MsmmuStreamCounters *counters,
                               const MsmmuTermination *how)
{
    MsmmuCounters *c = m->counters;
    MsmmuExplanation *old;
    MsmmuTermination *entry;

    if (counters) {
        msmmu_count(&counters->transactions);
        msmmu_count(&counters->terminated);
        if (how->fault.type) {
            msmmu_count(&counters->faults[how->fault.type]);
        }
    }
    g_mutex_lock(&c->lock);
    entry = &c->last[c->terminations % MSMMU_REMEMBERED_FAULTS];
    old = entry->explanation;
    *entry = *how;
    entry->rq = *rq;
    entry->rq.recorder = NULL;
    entry->number = ++c->terminations;
    entry->time_us = g_get_real_time();
    if (!c->spare) {
        c->spare = g_steal_pointer(&old);
    }
    g_mutex_unlock(&c->lock);
    g_clear_pointer(&old, msmmu_explanation_free);
}

void msmmu_counters_refused(Msmmu *m, const MsmmuRequest *rq,
                            unsigned granules)
{
    MsmmuStreamCounters *counters;

    if (!granules || !msmmu_is_counted(rq)) {
        return;
    }
    counters = msmmu_counters_of(m, rq->sid);
    for (unsigned g = 0; g < G_N_ELEMENTS(counters->refused); g++) {
        if (granules & (1u << g)) {
            msmmu_count(&counters->refused[g]);
        }
    }
}

/* ---- Reports ---- */

static uint64_t read_counter(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* All that is not zero, by its name. */
static void report_faults(MsmmuReporter *r, const MsmmuStreamCounters *c)
{
    msmmu_report_begin(r, "faults");
    for (unsigned type = 0; type < MSMMU_EVENT_TYPES; type++) {
        uint64_t count = read_counter(&c->faults[type]);

        if (count) {
            msmmu_report_number(r, msmmu_event_name(type), count);
        }
    }
    msmmu_report_end(r);
}

static void report_leaves(MsmmuReporter *r, const char *name,
                          const uint64_t leaves[3][4])
{
    msmmu_report_begin(r, name);
    for (unsigned g = 0; g < 3; g++) {
        for (unsigned level = 0; level < 4; level++) {
            uint64_t count = read_counter(&leaves[g][level]);
            char size[MSMMU_NAME_MAX];

            if (count) {
                msmmu_size_name(msmmu_granule_level_shift(g, level), size);
                msmmu_report_number(r, size, count);
            }
        }
    }
    msmmu_report_end(r);
}

static void report_stream(MsmmuReporter *r, const char *sid,
                          const MsmmuStreamCounters *c)
{
    if (!read_counter(&c->transactions)) {
        return;
    }
    msmmu_report_begin(r, NULL);
    msmmu_report_string(r, "sid", sid);
    msmmu_report_number(r, "transactions", read_counter(&c->transactions));
    msmmu_report_number(r, "terminated", read_counter(&c->terminated));
    report_faults(r, c);
    report_leaves(r, "stage-1-leaves", c->leaves[0]);
    report_leaves(r, "stage-2-leaves", c->leaves[1]);
    report_leaves(r, "stage-1-contiguous", c->contiguous[0]);
    report_leaves(r, "stage-2-contiguous", c->contiguous[1]);
    msmmu_report_begin(r, "refused-granules");
    for (unsigned g = 0; g < 3; g++) {
        uint64_t count = read_counter(&c->refused[g]);
        char size[MSMMU_NAME_MAX];

        if (count) {
            msmmu_size_name(msmmu_granule_level_shift(g, MSMMU_LAST_LEVEL),
                            size);
            msmmu_report_number(r, size, count);
        }
    }
    msmmu_report_end(r);
    msmmu_report_end(r);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    return a < b ? -1 : a > b;
}

void msmmu_report_streams(Msmmu *m, MsmmuReporter *r)
{
    MsmmuCounters *c = m->counters;
    GList *sids;

    msmmu_report_begin_list(r, NULL);
    g_mutex_lock(&c->lock);
    sids = g_list_sort(g_hash_table_get_keys(c->streams), by_number);
    for (GList *l = sids; l; l = l->next) {
        char sid[MSMMU_NAME_MAX];

        g_snprintf(sid, sizeof(sid), "0x%x", GPOINTER_TO_UINT(l->data));
        report_stream(r, sid, g_hash_table_lookup(c->streams, l->data));
    }
    report_stream(r, "others", &c->others);
    g_mutex_unlock(&c->lock);
    g_list_free(sids);
    msmmu_report_end_list(r);
}

static void report_termination(MsmmuReporter *r, const MsmmuTermination *t)
{
    g_autoptr(GDateTime) time =
        g_date_time_new_from_unix_utc(t->time_us / G_USEC_PER_SEC);
    g_autofree char *seconds = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
    g_autofree char *when =
        g_strdup_printf("%s.%06dZ", seconds,
                        (int)(t->time_us % G_USEC_PER_SEC));

    msmmu_report_begin(r, NULL);
    msmmu_report_number(r, "number", t->number);
    msmmu_report_string(r, "time", when);
    msmmu_report_request(r, &t->rq);
    msmmu_report_fault(r, &t->fault);
    msmmu_report_bool(r, "recorded", t->recorded);
    msmmu_report_string(r, "ends", t->abort ? "abort" : "RAZ/WI");
    msmmu_report_bool(r, "explained", t->explanation);
    msmmu_report_end(r);
}

void msmmu_report_faults(Msmmu *m, MsmmuReporter *r)
{
    MsmmuCounters *c = m->counters;
    uint64_t number;

    msmmu_report_begin_list(r, NULL);
    g_mutex_lock(&c->lock);
    number = c->terminations - MIN(c->terminations, MSMMU_REMEMBERED_FAULTS);
    for (; number < c->terminations; number++) {
        report_termination(r, &c->last[number % MSMMU_REMEMBERED_FAULTS]);
    }
    g_mutex_unlock(&c->lock);
    msmmu_report_end_list(r);
}

bool msmmu_explain_fault(Msmmu *m, uint64_t number, MsmmuReporter *r)
{
    MsmmuCounters *c = m->counters;
    const MsmmuTermination *t =
        &c->last[(number - 1) % MSMMU_REMEMBERED_FAULTS];
    bool kept;

    g_mutex_lock(&c->lock);
    kept = number && number <= c->terminations && t->number == number &&
           t->explanation;
    if (kept) {
        msmmu_explanation_report(t->explanation, &t->rq, r);
    }
    g_mutex_unlock(&c->lock);
    return kept;
}
