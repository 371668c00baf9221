/*
 * JSON, written one value at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "json.h"

static void text(GString *s, const char *value)
{
    g_string_append_c(s, '"');
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\') {
            g_string_append_printf(s, "\\%c", *c);
        } else if ((unsigned char)*c < 0x20) {
            g_string_append_printf(s, "\\u%04x", *c);
        } else {
            g_string_append_c(s, *c);
        }
    }
    g_string_append_c(s, '"');
}

/* Whatever comes before a value. */
static void next(GString *s, const char *name)
{
    char last = s->len ? s->str[s->len - 1] : 0;

    if (last) {
        g_string_append(s, last == '{' || last == '[' ? "\n" : ",\n");
    }
    if (name) {
        text(s, name);
        g_string_append(s, ": ");
    }
}

void json_begin(GString *s, const char *name, char bracket)
{
    next(s, name);
    g_string_append_c(s, bracket);
}

void json_end(GString *s, char bracket)
{
    g_string_append_c(s, '\n');
    g_string_append_c(s, bracket);
}

void json_text(GString *s, const char *name, const char *value)
{
    next(s, name);
    text(s, value);
}

void json_number(GString *s, const char *name, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    next(s, name);
    g_string_append(s, g_ascii_formatd(digits, sizeof(digits), "%.6g", value));
}

void json_boolean(GString *s, const char *name, bool value)
{
    next(s, name);
    g_string_append(s, value ? "true" : "false");
}
