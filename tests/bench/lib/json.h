/*
 * JSON, written one value at a time, a value a line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_BENCH_JSON_H
#define MSMMU_BENCH_JSON_H

#include <glib.h>
#include <stdbool.h>

/* @name is NULL in lists, and for the whole. @bracket is '{' or '['. */
void json_begin(GString *s, const char *name, char bracket);
void json_end(GString *s, char bracket);
void json_text(GString *s, const char *name, const char *value);
/* Six digits. */
void json_number(GString *s, const char *name, double value);
void json_boolean(GString *s, const char *name, bool value);

#endif
