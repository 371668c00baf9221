/*
 * Configurations from text, as one gives the properties of a device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_CONFIGS_H
#define MSMMU_TESTS_CONFIGS_H

#include "core.h"

/*
 * The default configuration but for @text, such as "stage=nested,oas=52,ds=on":
 * the names and values of `-device msmmu-smmuv3`. Numbers need not be
 * possible ones. Dies of a name that it does not know.
 */
MsmmuConfig config_of(const char *text);

#endif
