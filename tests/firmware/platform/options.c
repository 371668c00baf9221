/*
 * Options: words NAME=VALUE of the kernel's command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* What follows "@name=", up to a space, or NULL */
static const char *find(const char *name)
{
    FdtNode chosen = fdt_named("chosen");
    const char *at = chosen ? fdt_property(chosen, "bootargs", NULL) : NULL;

    while (at && *at) {
        const char *n = name;

        while (*n && *n == *at) {
            n++;
            at++;
        }
        if (!*n && *at == '=') {
            return at + 1;
        }
        while (*at && *at != ' ') {
            at++;
        }
        at += *at == ' ';
    }
    return NULL;
}

uint64_t option_number(const char *name, uint64_t fallback)
{
    const char *at = find(name);
    uint64_t value = 0;

    if (!at) {
        return fallback;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (*at - '0');
    }
    return value;
}

bool option_is(const char *name, const char *value)
{
    const char *at = find(name);

    while (at && *value && *value == *at) {
        value++;
        at++;
    }
    return at && !*value && (!*at || *at == ' ');
}

bool option_given(const char *name)
{
    return find(name);
}
