/*
 * Properties of the command line, each set both ways: two instances in one
 * machine differ in the value of one property alone, one probe does the same
 * with each, and comes to another outcome.
 *
 * A test is named /msmmu/property/DEVICE/PROPERTY/CLAIM after the property that
 * it sets. tests/qtest/msmmu/check-properties compares these names with what
 * the devices' help lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_PROPERTY_H
#define TESTS_QTEST_MSMMU_PROPERTY_H

#include "probe.h"

typedef struct QProperty {
    const char *name;
    const char *claim;
    const char *value[2];
    const char *with;       /* other properties, of both instances, or NULL */
    uint64_t (*probe)(QProbe *p);
    uint64_t outcome[2];    /* of each value */
} QProperty;

/*
 * Add a test for each. The probe is of an instance that was started, with an
 * engine of StreamID QPROBE_SID behind it.
 */
void qproperty_add(const QProperty *properties, unsigned num);

#endif /* TESTS_QTEST_MSMMU_PROPERTY_H */
