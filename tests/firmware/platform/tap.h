/*
 * Results as TAP, the Test Anything Protocol: "ok N - claim", the plan last.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLATFORM_TAP_H
#define PLATFORM_TAP_H

#include "platform.h"

/* Was it so? Returns @good. */
bool tap_result(bool good, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What was not tried, and why */
void tap_skip(const char *claim, const char *reason);

/* A detail, on a line of its own */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

void tap_plan(void);

#endif
