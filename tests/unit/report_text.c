/*
 * Reports of the core as text, for tests to compare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "report_text.h"

static void name(ReportText *t, const char *what)
{
    g_string_append_printf(t->all, "%*s%s:", 2 * t->depth, "",
                           what ? what : "-");
}

static void begin(MsmmuReporter *r, const char *what, bool list)
{
    ReportText *t = (ReportText *)r;

    name(t, what);
    g_string_append(t->all, list ? " [\n" : "\n");
    t->depth++;
}

static void end(MsmmuReporter *r, G_GNUC_UNUSED bool list)
{
    ReportText *t = (ReportText *)r;

    g_assert_cmpuint(t->depth, >, 0);
    t->depth--;
}

static void string(MsmmuReporter *r, const char *what, const char *value)
{
    ReportText *t = (ReportText *)r;

    name(t, what);
    g_string_append_printf(t->all, " %s\n", value);
    if (what && !strcmp(what, "text")) {
        g_string_append_printf(t->texts, "%s\n", value);
    }
}

static void number(MsmmuReporter *r, const char *what, uint64_t value)
{
    ReportText *t = (ReportText *)r;

    name(t, what);
    g_string_append_printf(t->all, " %" PRIu64 "\n", value);
}

static void boolean(MsmmuReporter *r, const char *what, bool value)
{
    ReportText *t = (ReportText *)r;

    name(t, what);
    g_string_append_printf(t->all, " %s\n", value ? "true" : "false");
}

void report_text_init(ReportText *t)
{
    *t = (ReportText) {
        .reporter = { begin, end, string, number, boolean },
        .all = g_string_new(NULL),
        .texts = g_string_new(NULL),
    };
}

void report_text_free(ReportText *t)
{
    g_assert_cmpuint(t->depth, ==, 0);
    g_string_free(t->all, true);
    g_string_free(t->texts, true);
}

void report_text_expect(const char *actual, const char *expected)
{
    if (strcmp(actual, expected)) {
        g_printerr("# expected:\n%s# got:\n%s", expected, actual);
        g_test_fail();
    }
}

char *report_text_value(const ReportText *t, const char *what)
{
    g_auto(GStrv) lines = g_strsplit(t->all->str, "\n", -1);
    g_autofree char *start = g_strdup_printf("%s: ", what);

    for (char **line = lines; *line; line++) {
        const char *text = *line + strspn(*line, " ");

        if (g_str_has_prefix(text, start)) {
            return g_strdup(text + strlen(start));
        }
    }
    return NULL;
}
