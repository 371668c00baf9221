/*
 * An instance and the engine behind it: see probe.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "probe.h"

#define DATA_SIZE 0x200000ULL
#define PATTERN 0x0123456789abcdefULL

QProbe qprobe_get(QRig *rig, unsigned n, uint32_t sid)
{
    QProbe p = {
        .qts = rig->qts,
        .rig = rig,
        .n = n,
        .s = &rig->smmu[n],
        .engine = qengine_init(&rig->rc[n], 0, sid, 1),
        .sid = sid,
        .data = QRIG_DATA + n * DATA_SIZE,
    };

    qengine_set_pasid(&p.engine, 7);
    return p;
}

QProbe qprobe_new_sid(const char *properties, uint32_t sid)
{
    g_autofree char *engine =
        g_strdup_printf("-device msmmu-engine,bus=rc1,addr=%x.%x", sid >> 3,
                        sid & 7);
    QRig *rig = qrig_new(1, &properties, engine);

    qsmmu_start(&rig->smmu[0]);
    return qprobe_get(rig, 0, sid);
}

QProbe qprobe_new(const char *properties)
{
    return qprobe_new_sid(properties, QPROBE_SID);
}

void qprobe_free(QProbe *p)
{
    qsmmu_expect_no_event(p->s);
    qrig_free(p->rig);
}

/* ---- Accesses ----------------------------------------------------------- */

static uint64_t run(QProbe *p, const QJob *job)
{
    QResult r = qengine_run(&p->engine, job);

    p->event = (QEvent) {};
    if (qsmmu_pop_event(p->s, &p->event)) {
        g_assert_cmphex(qevent_sid(&p->event), ==, p->sid);
    }
    qsmmu_expect_no_event(p->s);
    return QENDED(r.status, r.detail, qevent_type(&p->event));
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

void qsetup_nested(QProbe *p, QSetup *x)
{
    const uint64_t ipa = 0x20000000;

    *x = (QSetup) { .stage1 = true, .stage2 = true };
    x->s2 = qtables_stage2(p->s, 12, 40, 1);
    x->s2.next_ipa = 0x700000000ULL;
    qtables_map(&x->s2, ipa, p->data, QS2_RW, LAST_LEVEL);
    x->s1 = qtables_nested(&x->s2, 12, 39);
    qtables_map(&x->s1, QPROBE_IOVA, ipa, QPTE_RW, LAST_LEVEL);
    x->cd_address = qcd_alloc(p->s, &x->s2);
    x->cd = qcd_new(&x->s1, QPROBE_ASID, OUTPUT_BITS);
    x->ste = qste_nested(&x->s2, QPROBE_VMID, OUTPUT_BITS, x->cd_address);
}

void qsetup_attach(QProbe *p, const QSetup *x)
{
    if (x->stage1) {
        qcd_write(p->s, x->stage2 ? &x->s2 : NULL, x->cd_address, &x->cd);
    }
    qste_write(p->s, p->sid, &x->ste);
    qsmmu_tlbi_all(p->s);
}
