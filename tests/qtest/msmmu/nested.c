/*
 * A device behind both stages: see nested.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "nested.h"

#define OUTPUT_BITS 40

static int stage2_start(unsigned shift)
{
    return shift == 12 ? 1 : 2;
}

QNested *qnested_attach(QRig *rig, unsigned n, unsigned shift1,
                        unsigned input_bits, unsigned shift2)
{
    QNested *f = g_new0(QNested, 1);

    f->rig = rig;
    f->qts = rig->qts;
    f->s = &rig->smmu[n];
    f->edu = &rig->edu[n];
    f->s2 = qtables_stage2(f->s, shift2, OUTPUT_BITS, stage2_start(shift2));
    f->s2.next_ipa = QNESTED_TABLES_IPA;
    f->s1 = qtables_nested(&f->s2, shift1, input_bits);
    f->cd_ipa = qcd_alloc(f->s, &f->s2);
    f->ste = qste_nested(&f->s2, QNESTED_VMID, OUTPUT_BITS, f->cd_ipa);
    f->cd = qcd_new(&f->s1, QNESTED_ASID, OUTPUT_BITS);
    qnested_configure(f);
    return f;
}

QNested *qnested_new(const char *properties)
{
    return qnested_attach(qrig_new_one(properties), 0, 12, 39, 12);
}

void qnested_free(QNested *f)
{
    g_free(f);
}

void qnested_end(QNested *f)
{
    qrig_free(f->rig);
    qnested_free(f);
}

void qnested_configure(QNested *f)
{
    qcd_write(f->s, &f->s2, f->cd_ipa, &f->cd);
    qste_write(f->s, QRIG_SID, &f->ste);
}

void qnested_map(QNested *f, uint64_t va, uint64_t ipa, uint64_t pa)
{
    qtables_map(&f->s1, va, ipa, QPTE_RW, 3);
    qtables_map(&f->s2, ipa, pa, QS2_RW, 3);
}

void qnested_check_load(QNested *f, uint64_t va, uint64_t pa, uint32_t len,
                        uint8_t seed)
{
    unsigned n = f->edu - f->rig->edu;
    uint64_t out = QNESTED_OUT + n * 0x10000;

    qnested_map(f, QNESTED_OUT_VA, out, out);
    qrig_fill(f->rig, pa, len, seed);
    qtest_memset(f->qts, out, 0, len);
    qrig_copy(f->rig, n, va, QNESTED_OUT_VA, len);
    qsmmu_expect_no_event(f->s);
    qrig_check(f->rig, out, len, seed);
}

void qnested_access(QNested *f, uint64_t va, bool store)
{
    if (store) {
        qedu_store(f->edu, va, 8);
    } else {
        qedu_load(f->edu, va, 8);
    }
}

void qnested_expect(QNested *f, uint64_t va, bool store, unsigned type)
{
    qnested_access(f, va, store);
    if (type) {
        qsmmu_expect_event(f->s, type, QRIG_SID);
    } else {
        qsmmu_expect_no_event(f->s);
    }
}
