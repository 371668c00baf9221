/*
 * Properties set both ways: see property.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "property.h"

#define ENGINES "-device msmmu-engine,bus=rc1,addr=2.0 " \
                "-device msmmu-engine,bus=rc2,addr=2.0"

static QRig *start(const QProperty *property)
{
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    const char *with = property->with ?: "";
    const char *comma = *with ? "," : "";
    const char *both[2];

    first = g_strdup_printf("%s=%s%s%s", property->name, property->value[0],
                            comma, with);
    second = g_strdup_printf("%s=%s%s%s", property->name, property->value[1],
                             comma, with);
    both[0] = first;
    both[1] = second;
    return qrig_new(2, both, ENGINES);
}

static void test_both(const void *opaque)
{
    const QProperty *property = opaque;
    QRig *rig = start(property);

    for (unsigned n = 0; n < 2; n++) {
        QProbe p = qprobe_get(rig, n, QPROBE_SID);

        g_test_message("%s=%s", property->name, property->value[n]);
        qsmmu_start(p.s);
        g_assert_cmphex(property->probe(&p), ==, property->outcome[n]);
        qsmmu_expect_no_event(p.s);
    }
    qrig_free(rig);
}

void qproperty_add(const QProperty *properties, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        const QProperty *p = &properties[i];
        g_autofree char *path =
            g_strdup_printf("/msmmu/property/msmmu-smmuv3/%s/%s", p->name,
                            p->claim);

        g_assert_cmpstr(p->value[0], !=, p->value[1]);
        g_assert_cmphex(p->outcome[0], !=, p->outcome[1]);
        qtest_add_data_func(path, p, test_both);
    }
}
