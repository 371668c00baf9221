/*
 * One stream and all its structures: see scene.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene.h"

#define VMID 7
#define ASID 5
#define TABLES_IPA 0x700000000ULL

/* An atomic is a write (13.1.1), and writes are data (7.3.13). */
const QVariant qscene_variants[QSCENE_VARIANTS] = {
    { "read", QOP_READ, 0, 0, QEVT1_RNW },
    { "write", QOP_WRITE, 0, 0, 0 },
    { "privileged read", QOP_READ, QATTR_PRIV, 0, QEVT1_RNW | QEVT1_PNU },
    { "fetch", QOP_READ, QATTR_INST, 0, QEVT1_RNW | QEVT1_IND },
    { "atomic", QOP_ADD, 0, 0, 0 },
    { "read of a substream", QOP_READ, QATTR_SSID(QSCENE_SSID),
      QEVT0_SSV | QEVT0_SSID(QSCENE_SSID), QEVT1_RNW },
    { "privileged fetch of a substream", QOP_READ,
      QATTR_SSID(QSCENE_SSID) | QATTR_PRIV | QATTR_INST,
      QEVT0_SSV | QEVT0_SSID(QSCENE_SSID),
      QEVT1_RNW | QEVT1_IND | QEVT1_PNU },
    { "privileged write of a substream", QOP_WRITE,
      QATTR_SSID(QSCENE_SSID) | QATTR_PRIV | QATTR_INST,
      QEVT0_SSV | QEVT0_SSID(QSCENE_SSID), QEVT1_PNU },
};

/* ---- Life -------------------------------------------------------------- */

void qscene_start(QScene *f, const char *properties)
{
    *f = (QScene) {
        .rig = qrig_new(1, &properties,
                        "-device msmmu-engine,bus=rc1,addr=2.0"),
    };
    f->qts = f->rig->qts;
    f->s = &f->rig->smmu[0];
    qsmmu_start(f->s);
    f->engine = qengine_init(&f->rig->rc[0], 0, QSCENE_SID, 1);
    qengine_set_pasid(&f->engine, 7);
    qengine_set_atomics(&f->engine, true);
}

void qscene_end(QScene *f)
{
    qsmmu_expect_no_event(f->s);
    g_assert_cmphex(qsmmu_readl(f->s, QSMMU_GERROR), ==,
                    qsmmu_readl(f->s, QSMMU_GERRORN));
    qrig_free(f->rig);
}

/* ---- Structures -------------------------------------------------------- */

static void build_stage2(QScene *f)
{
    f->s2 = qtables_stage2(f->s, 12, 40, 1);
    f->s2.next_ipa = TABLES_IPA;
    qtables_map(&f->s2, f->stages == QSCENE_S2 ? QSCENE_IOVA : QSCENE_IPA,
                QSCENE_DATA, QS2_RW, 3);
}

static void build_stage1(QScene *f)
{
    const uint64_t size = QSCENE_CD_BYTES << QSCENE_CDS_LOG2;
    bool nested = f->stages == QSCENE_NESTED;

    f->cd_table = nested ? qtables_alloc_ipa(&f->s2, size, 0x1000)
                         : qsmmu_alloc(f->s, size, 0x1000);
    /* Stage 2 has another last table for the CDs than for stage 1. */
    f->s2.next_ipa = ROUND_UP(f->s2.next_ipa, 0x200000);
    f->s1 = nested ? qtables_nested(&f->s2, 12, 39)
                   : qtables_stage1(f->s, 12, 39);
    qtables_map(&f->s1, QSCENE_IOVA, nested ? QSCENE_IPA : QSCENE_DATA,
                QPTE_RW, 3);
    f->cd = qcd_new(&f->s1, ASID, 48);
}

void qscene_build(QScene *f, QSceneStages stages)
{
    f->stages = stages;
    if (stages & QSCENE_S2) {
        build_stage2(f);
    }
    if (stages & QSCENE_S1) {
        build_stage1(f);
    }
    switch (stages) {
    case QSCENE_S1:
        f->ste = qste_stage1(f->cd_table);
        break;
    case QSCENE_S2:
        f->ste = qste_stage2(&f->s2, VMID, 48);
        break;
    case QSCENE_NESTED:
        f->ste = qste_nested(&f->s2, VMID, 48, f->cd_table);
        break;
    }
    if (stages & QSCENE_S1) {
        f->ste.word[0] |= QSTE_S1CDMAX(QSCENE_CDS_LOG2);
        f->ste.word[1] |= QSTE1_S1DSS(2);
    }
    qscene_configure(f);
}

void qscene_invalidate(QScene *f)
{
    qsmmu_cfgi_all(f->s);
    qsmmu_tlbi_all(f->s);
}

void qscene_configure(QScene *f)
{
    const QTables *behind = f->stages == QSCENE_NESTED ? &f->s2 : NULL;

    if (f->stages & QSCENE_S1) {
        qcd_write(f->s, behind, f->cd_table, &f->cd);
        qcd_write(f->s, behind, f->cd_table + QSCENE_SSID * QSCENE_CD_BYTES,
                  &f->cd);
    }
    qste_write(f->s, QSCENE_SID, &f->ste);
    qscene_invalidate(f);
}

uint64_t qscene_leaf(QScene *f)
{
    return qtables_slot(&f->s1, QSCENE_IOVA, 3);
}

uint64_t qscene_leaf2(QScene *f, uint64_t ipa)
{
    return qtables_slot(&f->s2, ipa, 3);
}

void qscene_change(QTables *t, uint64_t slot, uint64_t clear, uint64_t set)
{
    qtables_write(t, slot, (qtables_read(t, slot) & ~clear) | set);
}

/* ---- Transactions ------------------------------------------------------ */

QResult qscene_access(QScene *f, const QVariant *v, uint64_t iova)
{
    const QJob job = {
        .op = v->op, .attr = v->attr, .size = 8, .addr = iova,
    };

    return qengine_run(&f->engine, &job);
}

/* Which of SSV, SubstreamID and access an event of each type has (7.3) */
enum { SSV = 1, SSID = 2, ACCESS = 4 };

static unsigned fields_of(unsigned type)
{
    switch (type) {
    case QEVT_F_STREAM_DISABLED:
        return 0;
    case QEVT_C_BAD_SUBSTREAMID:
        return SSID;
    case QEVT_C_BAD_STREAMID:
    case QEVT_F_STE_FETCH:
    case QEVT_C_BAD_STE:
    case QEVT_F_CD_FETCH:
    case QEVT_C_BAD_CD:
        return SSV | SSID;
    default:
        return SSV | SSID | ACCESS;
    }
}

void qscene_expect(QScene *f, const QVariant *v, uint64_t iova,
                   uint64_t word0, uint64_t word1, uint64_t word3)
{
    unsigned fields = fields_of(word0 & 0xff);
    uint64_t mask0 = (fields & SSV ? QEVT0_SSV : 0) |
                     (fields & SSID ? QEVT0_SSID(0xfffff) : 0);
    QResult r = qscene_access(f, v, iova);
    QEvent e;

    g_test_message("- %s", v->name);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmpuint(r.detail, ==, 0);
    g_assert_cmpuint(r.failed, ==, 1);
    e = qsmmu_expect_event(f->s, word0 & 0xff, QSCENE_SID);
    g_assert_cmphex(e.word[0], ==, word0 | QEVT0_SID(QSCENE_SID) |
                                   (v->word0 & mask0));
    g_assert_cmphex(e.word[1], ==,
                    word1 | (fields & ACCESS ? v->word1 : 0));
    g_assert_cmphex(e.word[2], ==, fields & ACCESS ? iova : 0);
    g_assert_cmphex(e.word[3], ==, word3);
}

void qscene_expect_none(QScene *f, const QVariant *v, uint64_t iova,
                        unsigned status)
{
    QResult r = qscene_access(f, v, iova);

    g_assert_cmpuint(r.status, ==, status);
    qsmmu_expect_no_event(f->s);
}
