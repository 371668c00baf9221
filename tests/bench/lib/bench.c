/*
 * Measuring things that are to be compared with each other: see bench.h.
 *
 * Time is the host's (CLOCK_MONOTONIC), for the clock of a thread is too slow
 * to measure one command. What an empty sample takes is taken off, and what
 * remains is never below 0. A sample is the quickest of several tries: what
 * else the host does can only add to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "json.h"
#include "samples.h"

#define NS_PER_S 1000000000
#define SMOKE_SAMPLE_NS 1000
/* Of one sample: as many as its time allows, up to the number that is asked */
#define TRIES_MIN 2

typedef struct Row {
    char *name;
    char *title;                /* with its parameters */
    char *subject;
    char *unit;
    bool more_is_better;
    BenchParam params[BENCH_PARAMS];
    GArray *samples;            /* double */
    Summary summary;
    bool wide;
} Row;

struct Bench {
    char *name;
    GPtrArray *rows;            /* Row */
    GPtrArray *settings;        /* char *, names and values in turn */
    double overhead_ns;         /* of an empty sample */
    double grain_ns;            /* of the clock: no two times differ by less */
    /* Options */
    int rounds;
    int repeats;
    int tries;
    double sample_ms;
    double spread;
    char *only;
    char *output;
    gboolean smoke;
    gboolean list;
    gboolean quiet;
    /* For counting instructions of one case, under callgrind. */
    int operations;
    GRegex *pattern;
};

/* ---- Time ---- */

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

__attribute__((noinline))
void bench_timed(const BenchCase *c, unsigned long operations)
{
    c->run(c->data, operations);
}

/* In nanoseconds, all operations together. */
static double time_of(const BenchCase *c, unsigned long operations)
{
    int64_t begin;

    if (c->prepare) {
        c->prepare(c->data);
    }
    begin = now_ns();
    bench_timed(c, operations);
    return now_ns() - begin;
}

static void nothing(G_GNUC_UNUSED void *data,
                    G_GNUC_UNUSED unsigned long operations)
{
}

static void learn_clock(Bench *b)
{
    const BenchCase empty = { .run = nothing };
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));

    for (unsigned i = 0; i < 1001; i++) {
        double ns = time_of(&empty, 1);

        g_array_append_val(samples, ns);
    }
    b->overhead_ns = samples_summarize(samples).q1;
    b->grain_ns = samples_grain(samples);
}

/* How many operations fill a try: found by doubling. */
static unsigned long calibrate(const Bench *b, const BenchCase *c)
{
    double wanted = b->smoke ? SMOKE_SAMPLE_NS
                             : b->sample_ms * 1e6 / b->tries;
    unsigned long operations = 1;

    if (c->operations || c->value) {
        return c->operations;
    }
    while (time_of(c, operations) < wanted / 2) {
        operations *= 2;
    }
    return operations;
}

static double sample(const Bench *b, const BenchCase *c,
                     unsigned long operations)
{
    int64_t end = now_ns() + b->sample_ms * 1e6;
    double best = INFINITY;

    if (c->value) {
        return c->value(c->data);
    }
    for (int i = 0; i < b->tries && (i < TRIES_MIN || now_ns() < end); i++) {
        double ns = time_of(c, operations);

        best = MIN(best, ns);
    }
    return MAX(best - b->overhead_ns, 0) / operations;
}

/* ---- Cases and rows ---- */

static char *title_of(const BenchCase *c)
{
    GString *s = g_string_new(c->name);

    for (unsigned i = 0; i < BENCH_PARAMS && c->params[i].name; i++) {
        const BenchParam *p = &c->params[i];

        if (p->text) {
            g_string_append_printf(s, " %s=%s", p->name, p->text);
        } else {
            g_string_append_printf(s, " %s=%" G_GUINT64_FORMAT, p->name,
                                   p->number);
        }
    }
    if (c->subject) {
        g_string_append_printf(s, " (%s)", c->subject);
    }
    return g_string_free(s, FALSE);
}

static bool wants(const Bench *b, const char *title)
{
    return !b->pattern || g_regex_match(b->pattern, title, 0, NULL);
}

bool bench_wants(const Bench *b, const BenchCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *title = title_of(&cases[i]);

        if (wants(b, title)) {
            return true;
        }
    }
    return false;
}

static Row *row_new(const BenchCase *c, char *title)
{
    Row *row = g_new0(Row, 1);

    row->name = g_strdup(c->name);
    row->title = title;
    row->subject = g_strdup(c->subject ? c->subject : "ours");
    row->unit = g_strdup(c->unit ? c->unit : "ns");
    row->more_is_better = c->more_is_better;
    memcpy(row->params, c->params, sizeof(row->params));
    row->samples = g_array_new(FALSE, FALSE, sizeof(double));
    return row;
}

static void row_free(void *p)
{
    Row *row = p;

    g_free(row->name);
    g_free(row->title);
    g_free(row->subject);
    g_free(row->unit);
    g_array_unref(row->samples);
    g_free(row);
}

static void show(const Bench *b, const Row *row)
{
    const Summary *s = &row->summary;

    if (b->smoke) {
        printf("ok %u - %s\n", b->rows->len + 1, row->title);
        return;
    }
    if (b->quiet) {
        return;
    }
    printf("%-56s %10.1f %-4s  %9.1f .. %-9.1f %4.0f %%%s\n", row->title,
           s->median, row->unit, s->q1, s->q3, s->spread * 100,
           row->wide ? "  wide" : "");
    fflush(stdout);
}

/* ---- A group ---- */

typedef struct Turn {
    const BenchCase *c;
    unsigned long operations;
    Row *row;
} Turn;

/* Every other round goes through them backwards. */
static void take_rounds(const Bench *b, Turn *turns, size_t count)
{
    unsigned rounds = b->smoke ? 1 : b->rounds;

    for (unsigned round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            Turn *t = &turns[round % 2 ? count - 1 - i : i];
            double value = sample(b, t->c, t->operations);

            g_array_append_val(t->row->samples, value);
        }
    }
}

static bool summarize(const Bench *b, Turn *turns, size_t count)
{
    bool wide = false;

    for (size_t i = 0; i < count; i++) {
        Row *row = turns[i].row;

        row->summary = samples_summarize(row->samples);
        row->wide = row->summary.high - row->summary.low >
                    b->spread * fabs(row->summary.median) +
                    (turns[i].c->value ? 0 :
                     b->grain_ns / turns[i].operations);
        wide |= row->wide;
    }
    return wide;
}

/* One sample of one case, and nothing to be told of it. */
static void count_only(const Bench *b, const BenchCase *c)
{
    if (c->value) {
        return;
    }
    if (c->prepare) {
        c->prepare(c->data);
    }
    if (c->run) {
        unsigned long operations = c->operations ? c->operations
                                                 : (unsigned)b->operations;

        /* What comes once is not to be counted. */
        c->run(c->data, operations);
        if (c->prepare) {
            c->prepare(c->data);
        }
        bench_timed(c, operations);
        printf("%lu operations\n", operations);
    }
}

static void list_or_count(const Bench *b, const BenchCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *title = title_of(&cases[i]);

        if (!wants(b, title)) {
            continue;
        }
        printf("%s\n", title);
        fflush(stdout);
        if (b->operations) {
            count_only(b, &cases[i]);
        }
    }
}

void bench_group(Bench *b, const BenchCase *cases, size_t count)
{
    g_autofree Turn *turns = g_new0(Turn, count);
    size_t wanted = 0;

    if (b->list || b->operations) {
        list_or_count(b, cases, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        char *title = title_of(&cases[i]);

        if (!wants(b, title)) {
            g_free(title);
            continue;
        }
        turns[wanted++] = (Turn) {
            &cases[i], calibrate(b, &cases[i]), row_new(&cases[i], title),
        };
    }
    for (int left = b->smoke ? 0 : b->repeats; ; left--) {
        take_rounds(b, turns, wanted);
        if (!summarize(b, turns, wanted) || left <= 0) {
            break;
        }
    }
    for (size_t i = 0; i < wanted; i++) {
        show(b, turns[i].row);
        g_ptr_array_add(b->rows, turns[i].row);
    }
}

/* ---- The whole ---- */

static void parse(Bench *b, const char *summary, int *argc, char ***argv)
{
    GOptionEntry entries[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &b->output,
          "write JSON to FILE", "FILE" },
        { "only", 0, 0, G_OPTION_ARG_STRING, &b->only,
          "measure what matches REGEX, as --list names it", "REGEX" },
        { "list", 0, 0, G_OPTION_ARG_NONE, &b->list,
          "say what there is to measure", NULL },
        { "quiet", 'q', 0, G_OPTION_ARG_NONE, &b->quiet, "no table", NULL },
        { "rounds", 0, 0, G_OPTION_ARG_INT, &b->rounds,
          "samples of each; 21", "N" },
        { "repeats", 0, 0, G_OPTION_ARG_INT, &b->repeats,
          "so often as many again while the spread is wide; 2", "N" },
        { "spread", 0, 0, G_OPTION_ARG_DOUBLE, &b->spread,
          "what is wide: where the median may be, as a part of it; 0.1",
          "PART" },
        { "sample-ms", 0, 0, G_OPTION_ARG_DOUBLE, &b->sample_ms,
          "how long a sample is; 2", "MS" },
        { "tries", 0, 0, G_OPTION_ARG_INT, &b->tries,
          "a sample is the quickest of so many; 8", "N" },
        { "operations", 0, 0, G_OPTION_ARG_INT, &b->operations,
          "measure nothing: do N operations of each, in bench_timed(), for "
          "valgrind --tool=callgrind --toggle-collect=bench_timed", "N" },
        { "smoke", 0, 0, G_OPTION_ARG_NONE, &b->smoke,
          "see that everything runs, as a test: prints TAP", NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;

    g_option_context_set_summary(context, summary);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(2);
    }
    g_option_context_free(context);
    if (b->only) {
        b->pattern = g_regex_new(b->only, 0, 0, &error);
        if (!b->pattern) {
            fprintf(stderr, "--only: %s\n", error->message);
            exit(2);
        }
    }
}

Bench *bench_new(const char *name, const char *summary, int *argc,
                 char ***argv)
{
    Bench *b = g_new0(Bench, 1);

    b->name = g_strdup(name);
    b->rows = g_ptr_array_new_with_free_func(row_free);
    b->settings = g_ptr_array_new_with_free_func(g_free);
    b->rounds = 21;
    b->repeats = 2;
    b->spread = 0.1;
    b->sample_ms = 2;
    b->tries = 8;
    parse(b, summary, argc, argv);
    b->rounds = MAX(b->rounds, 1);
    b->tries = b->smoke ? 1 : MAX(b->tries, 1);
    if (!b->list && !b->operations) {
        learn_clock(b);
    }
    return b;
}

bool bench_is_smoke(const Bench *b)
{
    return b->smoke;
}

void bench_setting(Bench *b, const char *name, const char *value)
{
    g_ptr_array_add(b->settings, g_strdup(name));
    g_ptr_array_add(b->settings, g_strdup(value));
}

static void write_params(GString *s, const Row *row)
{
    json_begin(s, "params", '{');
    for (unsigned i = 0; i < BENCH_PARAMS && row->params[i].name; i++) {
        const BenchParam *p = &row->params[i];

        if (p->text) {
            json_text(s, p->name, p->text);
        } else {
            json_number(s, p->name, p->number);
        }
    }
    json_end(s, '}');
}

static void write_row(GString *s, const Row *row)
{
    json_begin(s, NULL, '{');
    json_text(s, "name", row->name);
    json_text(s, "subject", row->subject);
    write_params(s, row);
    json_text(s, "unit", row->unit);
    json_text(s, "better", row->more_is_better ? "more" : "less");
    json_number(s, "median", row->summary.median);
    json_number(s, "q1", row->summary.q1);
    json_number(s, "q3", row->summary.q3);
    json_number(s, "spread", row->summary.spread);
    json_number(s, "low", row->summary.low);
    json_number(s, "high", row->summary.high);
    json_boolean(s, "wide", row->wide);
    json_begin(s, "samples", '[');
    for (unsigned i = 0; i < row->samples->len; i++) {
        json_number(s, NULL, g_array_index(row->samples, double, i));
    }
    json_end(s, ']');
    json_end(s, '}');
}

static char *report(const Bench *b)
{
    GString *s = g_string_new(NULL);

    json_begin(s, NULL, '{');
    json_text(s, "schema", "msmmu-bench-1");
    json_text(s, "bench", b->name);
    json_begin(s, "settings", '{');
    for (unsigned i = 0; i < b->settings->len; i += 2) {
        json_text(s, b->settings->pdata[i], b->settings->pdata[i + 1]);
    }
    json_end(s, '}');
    json_begin(s, "rows", '[');
    for (unsigned i = 0; i < b->rows->len; i++) {
        write_row(s, b->rows->pdata[i]);
    }
    json_end(s, ']');
    json_end(s, '}');
    g_string_append_c(s, '\n');
    return g_string_free(s, FALSE);
}

int bench_end(Bench *b)
{
    int status = 0;

    if (b->smoke) {
        printf("1..%u\n", b->rows->len);
    }
    if (b->output && !b->list && !b->operations) {
        g_autofree char *text = report(b);
        GError *error = NULL;

        if (!g_file_set_contents(b->output, text, -1, &error)) {
            fprintf(stderr, "%s\n", error->message);
            g_error_free(error);
            status = 1;
        }
    }
    g_ptr_array_unref(b->rows);
    g_ptr_array_unref(b->settings);
    g_clear_pointer(&b->pattern, g_regex_unref);
    g_free(b->only);
    g_free(b->output);
    g_free(b->name);
    g_free(b);
    return status;
}
