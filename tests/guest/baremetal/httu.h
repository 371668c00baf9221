/*
 * Hardware update of descriptors: a test.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_HTTU_H
#define BAREMETAL_HTTU_H

#include "gic.h"

/* Records on the console, one line each, as those of the probe under Linux */
void test_httu(void);

#endif
