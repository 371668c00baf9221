/*
 * What things are called, for people.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_NAMES_H
#define MSMMU_CORE_NAMES_H

#include "observe.h"

/* Room for the longest of the names that are written. */
#define MSMMU_NAME_MAX 24

/* Of an event type (7.3); "unknown" if there is none. */
const char *msmmu_event_name(unsigned type);
/* The section that describes it, "7.3.13". */
const char *msmmu_event_section(unsigned type);

/* CLASS: "CD", "TT", "IN" */
const char *msmmu_class_name(MsmmuFaultClass class);

/* "page", "table", ... */
const char *msmmu_descriptor_name(MsmmuDescriptorType type);

/* "4K", "2M", "64G" for 2^@log2 bytes. */
void msmmu_size_name(unsigned log2, char name[MSMMU_NAME_MAX]);

/* MSMMU_PERM_* as "rw-", "r-x". */
void msmmu_perms_name(uint8_t perms, char name[MSMMU_NAME_MAX]);

#endif
