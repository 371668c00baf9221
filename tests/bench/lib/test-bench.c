/*
 * Tests of what the benches share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib/gstdio.h>
#include <unistd.h>

#include "bench.h"
#include "json.h"
#include "samples.h"

static Summary summary_of(const double *values, unsigned count)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));

    g_array_append_vals(samples, values, count);
    return samples_summarize(samples);
}

static void test_quartiles(void)
{
    const double values[] = { 50, 10, 40, 20, 30 };
    Summary s = summary_of(values, 5);

    g_assert_cmpfloat(s.q1, ==, 20);
    g_assert_cmpfloat(s.median, ==, 30);
    g_assert_cmpfloat(s.q3, ==, 40);
    g_assert_cmpfloat_with_epsilon(s.spread, 20.0 / 30, 0.000001);
    s = summary_of(values, 4);
    g_assert_cmpfloat(s.median, ==, 30);
    g_assert_cmpfloat(s.q1, ==, 17.5);
    s = summary_of(values, 1);
    g_assert_cmpfloat(s.q1, ==, 50);
    g_assert_cmpfloat(s.q3, ==, 50);
}

/* 95 of 100 times, with 21 samples, from the 6th to the 16th. */
static void test_interval_of_the_median(void)
{
    double values[100];

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        values[i] = 1 + i * 37 % 100;
    }
    g_assert_cmpfloat(summary_of(values, 100).low, ==, 40);
    g_assert_cmpfloat(summary_of(values, 100).high, ==, 61);
    for (unsigned i = 0; i < 21; i++) {
        values[i] = 1 + i * 8 % 21;
    }
    g_assert_cmpfloat(summary_of(values, 21).low, ==, 6);
    g_assert_cmpfloat(summary_of(values, 21).high, ==, 16);
    values[0] = 9;
    values[1] = 2;
    values[2] = 5;
    g_assert_cmpfloat(summary_of(values, 3).low, ==, 2);
    g_assert_cmpfloat(summary_of(values, 3).high, ==, 9);
}

static void test_grain_of_a_clock(void)
{
    double values[] = { 50, 20, 90, 20, 30 };
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));

    g_array_append_vals(samples, values, 5);
    g_assert_cmpfloat(samples_grain(samples), ==, 10);
    g_array_set_size(samples, 1);
    g_assert_cmpfloat(samples_grain(samples), ==, 0);
    g_array_append_vals(samples, values, 1);
    g_assert_cmpfloat(samples_grain(samples), ==, 0);
}

static void test_median_of_nothing_has_no_spread(void)
{
    const double values[] = { 0, 0, 1 };

    g_assert_cmpfloat(summary_of(values, 3).spread, ==, 0);
}

static void test_json(void)
{
    g_autoptr(GString) s = g_string_new(NULL);

    json_begin(s, NULL, '{');
    json_text(s, "a\"b", "c\\d\n");
    json_begin(s, "list", '[');
    json_number(s, NULL, 1.5);
    json_number(s, NULL, 1000000000);
    json_end(s, ']');
    json_begin(s, "empty", '{');
    json_end(s, '}');
    json_boolean(s, "yes", true);
    json_end(s, '}');
    g_assert_cmpstr(s->str, ==,
                    "{\n\"a\\\"b\": \"c\\\\d\\u000a\",\n\"list\": [\n1.5,\n"
                    "1e+09\n],\n\"empty\": {\n},\n\"yes\": true\n}");
}

/* ---- Rounds ---- */

static GString *trace;

static void prepare(void *data)
{
    g_string_append_printf(trace, "%s-", (char *)data);
}

static void run(void *data, unsigned long operations)
{
    g_string_append_printf(trace, "%s%lu ", (char *)data, operations);
}

static double value(void *data)
{
    g_string_append_printf(trace, "%s ", (char *)data);
    return 7;
}

static Bench *bench(const char *options)
{
    g_auto(GStrv) words = g_strsplit(options, " ", -1);
    int count = g_strv_length(words);
    /* What is parsed is taken out of it. */
    g_autofree char **copy = g_memdup2(words, (count + 1) * sizeof(char *));
    char **left = copy;
    Bench *b = bench_new("test", "A test", &count, &left);

    trace = g_string_new(NULL);
    return b;
}

static void expect(Bench *b, const char *expected)
{
    g_assert_cmpint(bench_end(b), ==, 0);
    g_assert_cmpstr(trace->str, ==, expected);
    g_string_free(trace, TRUE);
}

static char a[] = "a", b[] = "b", c[] = "c";

static const BenchCase cases[] = {
    { "a", { { "n", 1, NULL } }, .data = a, .prepare = prepare, .run = run,
      .operations = 2 },
    { "b", { { "n", 0, "x" } }, .data = b, .run = run, .operations = 3 },
    { "c", .data = c, .value = value },
};

static void test_rounds_turn_around(void)
{
    Bench *bench3 = bench("x -q --rounds 3 --repeats 0 --tries 1");

    bench_group(bench3, cases, 3);
    expect(bench3, "a-a2 b3 c c b3 a-a2 a-a2 b3 c ");
}

/* Each with what comes before it; two at least, however long they take. */
static void test_tries_of_a_sample(void)
{
    Bench *three = bench("x -q --rounds 1 --repeats 0 --tries 3 "
                         "--sample-ms 100000");

    bench_group(three, cases, 3);
    expect(three, "a-a2 a-a2 a-a2 b3 b3 b3 c ");
    three = bench("x -q --rounds 1 --repeats 0 --tries 3 --sample-ms 0");
    bench_group(three, cases, 1);
    expect(three, "a-a2 a-a2 ");
}

/* In ms; each is quicker than the one before. */
static unsigned next_try_takes;

static void run_quicker_each_time(G_GNUC_UNUSED void *data,
                                  G_GNUC_UNUSED unsigned long operations)
{
    g_usleep(next_try_takes * 1000);
    next_try_takes /= 300;
}

/* And neither the first one nor all of them together. */
static void test_quickest_try_counts(void)
{
    const BenchCase quicker = { "quicker", .run = run_quicker_each_time,
                                .operations = 1 };
    g_autofree char *path = g_build_filename(g_get_tmp_dir(),
                                             "msmmu-test-bench.XXXXXX", NULL);
    int file = g_mkstemp(path);
    g_autofree char *options =
        g_strconcat("x -q --rounds 1 --repeats 0 --tries 2 --output ", path,
                    NULL);
    g_autofree char *text = NULL;
    const char *median;
    Bench *two = bench(options);

    g_assert_cmpint(file, >=, 0);
    close(file);
    next_try_takes = 300;
    bench_group(two, &quicker, 1);
    expect(two, "");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(g_unlink(path), ==, 0);
    median = strstr(text, "\"median\": ");
    g_assert_nonnull(median);
    g_assert_cmpfloat(g_ascii_strtod(median + 10, NULL), >, 0);
    g_assert_cmpfloat(g_ascii_strtod(median + 10, NULL), <, 100e6);
}

static void test_only_what_is_wanted(void)
{
    Bench *one = bench("x -q --rounds 1 --repeats 0 --tries 1 --only n=x$");

    g_assert_true(bench_wants(one, cases, 3));
    g_assert_false(bench_wants(one, cases, 1));
    bench_group(one, cases, 3);
    expect(one, "b3 ");
}

/* Each sample is as far from the one before as can be. */
static double erratic(G_GNUC_UNUSED void *data)
{
    static unsigned n;

    g_string_append(trace, ".");
    return n++ % 2 ? 1 : 1000;
}

static void test_wide_spreads_are_repeated(void)
{
    const BenchCase wide = { "wide", .value = erratic };
    Bench *two = bench("x -q --rounds 4 --repeats 2 --spread 0.5");

    bench_group(two, &wide, 1);
    expect(two, "............");
    two = bench("x -q --rounds 4 --repeats 2 --spread 5");
    bench_group(two, &wide, 1);
    expect(two, "....");
}

static void test_report(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(),
                                             "msmmu-test-bench.XXXXXX", NULL);
    int file = g_mkstemp(path);
    g_autofree char *options =
        g_strconcat("x -q --rounds 2 --repeats 0 --only ^c --output ", path,
                    NULL);
    g_autofree char *text = NULL;
    Bench *one = bench(options);

    g_assert_cmpint(file, >=, 0);
    close(file);
    bench_setting(one, "compiler", "gcc");
    bench_group(one, cases, 3);
    expect(one, "c c ");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpstr(text, ==,
        "{\n\"schema\": \"msmmu-bench-1\",\n\"bench\": \"test\",\n"
        "\"settings\": {\n\"compiler\": \"gcc\"\n},\n\"rows\": [\n{\n"
        "\"name\": \"c\",\n\"subject\": \"ours\",\n\"params\": {\n},\n"
        "\"unit\": \"ns\",\n\"better\": \"less\",\n\"median\": 7,\n"
        "\"q1\": 7,\n\"q3\": 7,\n\"spread\": 0,\n\"low\": 7,\n\"high\": 7,\n"
        "\"wide\": false,\n"
        "\"samples\": [\n7,\n7\n]\n}\n]\n}\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/bench/quartiles", test_quartiles);
    g_test_add_func("/msmmu/bench/interval-of-the-median",
                    test_interval_of_the_median);
    g_test_add_func("/msmmu/bench/grain-of-a-clock", test_grain_of_a_clock);
    g_test_add_func("/msmmu/bench/median-of-nothing-has-no-spread",
                    test_median_of_nothing_has_no_spread);
    g_test_add_func("/msmmu/bench/json", test_json);
    g_test_add_func("/msmmu/bench/rounds-turn-around", test_rounds_turn_around);
    g_test_add_func("/msmmu/bench/tries-of-a-sample", test_tries_of_a_sample);
    g_test_add_func("/msmmu/bench/quickest-try-counts",
                    test_quickest_try_counts);
    g_test_add_func("/msmmu/bench/only-what-is-wanted",
                    test_only_what_is_wanted);
    g_test_add_func("/msmmu/bench/wide-spreads-are-repeated",
                    test_wide_spreads_are_repeated);
    g_test_add_func("/msmmu/bench/report", test_report);
    return g_test_run();
}
