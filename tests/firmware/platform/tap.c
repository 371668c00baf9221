/*
 * Results as TAP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tap.h"

static unsigned count;

bool tap_result(bool good, const char *format, ...)
{
    va_list list;

    print("%s %u - ", good ? "ok" : "not ok", ++count);
    va_start(list, format);
    print_list(format, list);
    va_end(list);
    print("\n");
    return good;
}

void tap_skip(const char *claim, const char *reason)
{
    print("ok %u - %s # SKIP %s\n", ++count, claim, reason);
}

void tap_note(const char *format, ...)
{
    va_list list;

    print("# ");
    va_start(list, format);
    print_list(format, list);
    va_end(list);
    print("\n");
}

void tap_plan(void)
{
    print("1..%u\n", count);
}
