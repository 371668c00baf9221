/*
 * Records: what the probe tells the host
 *
 * A record is one line "msmmu: {...}" with a flat JSON object. It goes through
 * /dev/kmsg, so that the kernel itself puts it on the console between its own
 * lines and never inside one, in the order in which things happened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

static int log_fd = -1;

void report_open(void)
{
    log_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static void append(Record *record, const char *text, size_t bytes)
{
    /* Two bytes stay free for the closing brace and the line's end. */
    if (record->used + bytes + 3 > sizeof(record->text)) {
        record->full = true;
        return;
    }
    memcpy(record->text + record->used, text, bytes);
    record->used += bytes;
    record->text[record->used] = '\0';
}

static void append_quoted(Record *record, const char *text)
{
    append(record, "\"", 1);
    for (; *text && !record->full; text++) {
        unsigned char c = *text;

        if (c == '"' || c == '\\') {
            append(record, "\\", 1);
            append(record, text, 1);
        } else if (c < 0x20 || c > 0x7e) {
            append(record, ".", 1);
        } else if (record->used + 40 < sizeof(record->text)) {
            append(record, text, 1);
        }
    }
    append(record, "\"", 1);
}

static void append_name(Record *record, const char *name)
{
    append(record, ",\"", 2);
    append(record, name, strlen(name));
    append(record, "\":", 2);
}

void record_begin(Record *record, const char *kind)
{
    memset(record, 0, sizeof(*record));
    /* Level 1: shown also when the user's command line says "quiet". */
    append(record, "<1>msmmu: {\"kind\":", 18);
    append_quoted(record, kind);
}

void record_text(Record *record, const char *name, const char *value)
{
    append_name(record, name);
    append_quoted(record, value);
}

void record_number(Record *record, const char *name, long long value)
{
    char text[24];

    append_name(record, name);
    append(record, text, snprintf(text, sizeof(text), "%lld", value));
}

void record_hex(Record *record, const char *name, unsigned long long value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%llx", value);
    record_text(record, name, text);
}

void record_end(Record *record)
{
    strcpy(record->text + record->used, "}\n");
    record->used += 2;
    /* Without the kernel's log the console has to do, without the "<1>". */
    if (log_fd < 0 || write(log_fd, record->text, record->used) < 0) {
        if (write(STDOUT_FILENO, record->text + 3, record->used - 3) < 0) {
            _exit(1);
        }
    }
}

void report_error(const char *what, const char *format, ...)
{
    char text[400];
    Record record;
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    record_begin(&record, "error");
    record_text(&record, "what", what);
    record_text(&record, "text", text);
    record_end(&record);
}
