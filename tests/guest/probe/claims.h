/*
 * Claims: what must be so, and whether it is
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef CLAIMS_H
#define CLAIMS_H

#include <stdbool.h>

bool claim(const char *about, const char *name, bool good,
           const char *format, ...) __attribute__((format(printf, 4, 5)));
void claim_skip(const char *about, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int claims_failed(void);

#endif /* CLAIMS_H */
