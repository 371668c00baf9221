/*
 * Root complexes with an SMMUv3 and edu each: see rig.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "rig.h"

QRig *qrig_new(unsigned num, const char *const *properties, const char *more)
{
    g_autoptr(GString) args = g_string_new(QRIG_MACHINE);
    QRig *rig = g_new0(QRig, 1);

    g_assert_cmpuint(num, <=, QRIG_MAX);
    for (unsigned i = 0; i < num; i++) {
        g_string_append_printf(args, "-device msmmu-rc,id=rc%u "
                               "-device msmmu-smmuv3,id=smmu%u,"
                               "primary-bus=rc%u%s%s " QRIG_EDU
                               "bus=rc%u,addr=1 ", i + 1, i + 1, i + 1,
                               *properties[i] ? "," : "", properties[i],
                               i + 1);
    }
    g_string_append(args, more);
    rig->qts = qtest_init(args->str);
    rig->num = num;
    for (unsigned i = 0; i < num; i++) {
        rig->rc[i] = qrc_get(rig->qts, i);
        rig->smmu[i] = qsmmu_get(rig->qts, i, QRIG_SMMU_MEMORY(i));
        rig->edu[i] = qedu_init(&rig->rc[i], 0, QRIG_DEVFN, 0);
    }
    return rig;
}

QRig *qrig_new_one(const char *properties)
{
    QRig *rig = qrig_new(1, &properties, "");

    qsmmu_start(&rig->smmu[0]);
    return rig;
}

void qrig_free(QRig *rig)
{
    qtest_quit(rig->qts);
    g_free(rig);
}

void qrig_copy(const QRig *rig, unsigned n, uint64_t src, uint64_t dst,
               uint32_t len)
{
    qedu_load(&rig->edu[n], src, len);
    qedu_store(&rig->edu[n], dst, len);
}

static uint8_t pattern(uint32_t i, uint8_t seed)
{
    return seed ^ (i * 7) ^ (i >> 8);
}

void qrig_fill(const QRig *rig, uint64_t pa, uint32_t len, uint8_t seed)
{
    g_autofree uint8_t *buf = g_malloc(len);

    for (uint32_t i = 0; i < len; i++) {
        buf[i] = pattern(i, seed);
    }
    qtest_memwrite(rig->qts, pa, buf, len);
}

void qrig_check(const QRig *rig, uint64_t pa, uint32_t len, uint8_t seed)
{
    g_autofree uint8_t *buf = g_malloc(len);

    qtest_memread(rig->qts, pa, buf, len);
    for (uint32_t i = 0; i < len; i++) {
        if (buf[i] != pattern(i, seed)) {
            g_error("0x%" PRIx64 ": 0x%02x, expected 0x%02x", pa + i, buf[i],
                    pattern(i, seed));
        }
    }
}
