/*
 * Properties set both ways: see property.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "property.h"

#define ENGINES "-device msmmu-engine,bus=rc1,addr=2.0 " \
                "-device msmmu-engine,bus=rc2,addr=2.0"

#define DATA_SIZE 0x200000ULL
#define PATTERN 0x0123456789abcdefULL

/* ---- The tests ---------------------------------------------------------- */

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
        QProbe p = {
            .qts = rig->qts,
            .rig = rig,
            .n = n,
            .s = &rig->smmu[n],
            .engine = qengine_init(&rig->rc[n], 0, QPROBE_SID, 1),
            .data = QRIG_DATA + n * DATA_SIZE,
        };

        g_test_message("%s=%s", property->name, property->value[n]);
        qengine_set_pasid(&p.engine, 7);
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

/* ---- Accesses ----------------------------------------------------------- */

static uint64_t run(QProbe *p, const QJob *job)
{
    QResult r = qengine_run(&p->engine, job);
    unsigned type = 0;
    QEvent e = {};

    if (qsmmu_pop_event(p->s, &e)) {
        type = qevent_type(&e);
        g_assert_cmphex(qevent_sid(&e), ==, QPROBE_SID);
    }
    qsmmu_expect_no_event(p->s);
    return QENDED(r.status, r.detail, type);
}

uint64_t qprobe_read(QProbe *p, uint64_t iova, uint32_t attr)
{
    const QJob job = { .op = QOP_READ, .size = 8, .addr = iova, .attr = attr };
    uint64_t ended;

    qtest_writeq(p->qts, p->data, PATTERN);
    qtest_writeq(p->qts, p->engine.local, 0);
    ended = run(p, &job);
    g_assert_cmphex(qtest_readq(p->qts, p->engine.local), ==,
                    ended == QENDED_OK ? PATTERN : 0);
    return ended;
}

uint64_t qprobe_write(QProbe *p, uint64_t iova)
{
    const QJob job = {
        .op = QOP_FILL, .size = 8, .addr = iova, .operand = PATTERN,
    };
    uint64_t ended;

    qtest_writeq(p->qts, p->data, 0);
    ended = run(p, &job);
    g_assert_cmphex(qtest_readq(p->qts, p->data), ==,
                    ended == QENDED_OK ? PATTERN : 0);
    return ended;
}

/* ---- Translations ------------------------------------------------------- */

#define OUTPUT_BITS 48
#define LAST_LEVEL 3

QSetup qsetup_tables(QProbe *p, const QTables *t)
{
    QSetup x = { .s1 = *t, .stage1 = true };

    x.cd_address = qcd_alloc(p->s, NULL);
    x.cd = qcd_new(t, QPROBE_ASID, OUTPUT_BITS);
    x.ste = qste_stage1(x.cd_address);
    return x;
}

QSetup qsetup_stage1(QProbe *p, unsigned shift, unsigned input_bits)
{
    QTables t = qtables_stage1(p->s, shift, input_bits);

    qtables_map(&t, QPROBE_IOVA, p->data, QPTE_RW, LAST_LEVEL);
    return qsetup_tables(p, &t);
}

QSetup qsetup_stage2(QProbe *p, unsigned shift, unsigned input_bits)
{
    QSetup x = { .stage2 = true };

    x.s2 = qtables_stage2(p->s, shift, input_bits,
                          qtables_stage1_start(shift, input_bits));
    qtables_map(&x.s2, QPROBE_IOVA, p->data, QS2_RW, LAST_LEVEL);
    x.ste = qste_stage2(&x.s2, QPROBE_VMID, OUTPUT_BITS);
    return x;
}

QSetup qsetup_nested(QProbe *p)
{
    const uint64_t ipa = 0x20000000;
    QSetup x = { .stage1 = true, .stage2 = true };

    x.s2 = qtables_stage2(p->s, 12, 40, 1);
    x.s2.next_ipa = 0x700000000ULL;
    qtables_map(&x.s2, ipa, p->data, QS2_RW, LAST_LEVEL);
    x.s1 = qtables_nested(&x.s2, 12, 39);
    qtables_map(&x.s1, QPROBE_IOVA, ipa, QPTE_RW, LAST_LEVEL);
    x.cd_address = qcd_alloc(p->s, &x.s2);
    x.cd = qcd_new(&x.s1, QPROBE_ASID, OUTPUT_BITS);
    x.ste = qste_nested(&x.s2, QPROBE_VMID, OUTPUT_BITS, x.cd_address);
    return x;
}

void qsetup_attach(QProbe *p, const QSetup *x)
{
    if (x->stage1) {
        qcd_write(p->s, x->stage2 ? &x->s2 : NULL, x->cd_address, &x->cd);
    }
    qste_write(p->s, QPROBE_SID, &x->ste);
    qsmmu_tlbi_all(p->s);
}
