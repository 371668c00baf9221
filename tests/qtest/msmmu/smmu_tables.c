/*
 * CDs and stage 1 translation tables for qtests: see smmu.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "smmu.h"

#define CD_BYTES 64
#define CD_T0SZ(bits) (64ULL - (bits))
#define CD_T1SZ(bits) ((64ULL - (bits)) << 16)
#define CD_IPS_48 QCD_IPS(5)
#define CD_ASET (1ULL << 47)
#define CD_WALK_CACHED (1ULL << 8 | 1ULL << 10 | 3ULL << 12)
/* Attribute 0 is Normal Write-Back, as all descriptors here say */
#define MAIR 0xff

#define DESCRIPTOR_TABLE 3ULL
#define DESCRIPTOR_PAGE 3ULL
#define DESCRIPTOR_VALID 1ULL
#define DESCRIPTOR_BYTES 8

const QGranule qgranules[QNUM_GRANULES] = {
    { "4k", 12, 0ULL << 6, 2ULL << 22 },
    { "16k", 14, 2ULL << 6, 1ULL << 22 },
    { "64k", 16, 1ULL << 6, 3ULL << 22 },
};

QContext qcontext_new(QSmmu *s, const QGranule *granule, uint16_t asid)
{
    QContext c = {
        .s = s,
        .granule = granule,
        .cd = qsmmu_alloc(s, CD_BYTES, CD_BYTES),
        .table = qsmmu_alloc(s, 1ULL << granule->shift, 1ULL << granule->shift),
        .asid = asid,
    };

    qtest_writeq(s->qts, c.cd,
                 CD_T0SZ(QTABLE_INPUT_BITS) | granule->tg0 | CD_WALK_CACHED |
                 CD_T1SZ(QTABLE_INPUT_BITS) | granule->tg1 | QCD_EPD1 |
                 QCD_V | CD_IPS_48 | QCD_AA64 | QCD_R | QCD_A | CD_ASET |
                 QCD_ASID(asid));
    qtest_writeq(s->qts, c.cd + 8, c.table);
    qtest_writeq(s->qts, c.cd + 24, MAIR);
    return c;
}

void qcontext_change_cd(const QContext *c, uint64_t clear, uint64_t set)
{
    QTestState *qts = c->s->qts;

    qtest_writeq(qts, c->cd, (qtest_readq(qts, c->cd) & ~clear) | set);
}

void qcontext_attach(const QContext *c, uint32_t sid)
{
    qsmmu_set_ste(c->s, sid, QSTE_S1 | c->cd, QSTE1_SHCFG_INCOMING);
}

/* Levels needed for @bits of input, and so the first one (D8.2). */
static int start_level(unsigned shift, unsigned bits)
{
    return 4 - DIV_ROUND_UP(bits - shift, shift - 3);
}

void qcontext_map(const QContext *c, uint64_t va, uint64_t pa, uint64_t attrs)
{
    QTestState *qts = c->s->qts;
    unsigned shift = c->granule->shift;
    uint64_t size = 1ULL << shift;
    uint64_t table = c->table;

    va &= (1ULL << QTABLE_INPUT_BITS) - 1;
    for (int level = start_level(shift, QTABLE_INPUT_BITS);; level++) {
        unsigned low = shift + (3 - level) * (shift - 3);
        uint64_t slot = table + ((va >> low) & (size / DESCRIPTOR_BYTES - 1)) *
                                DESCRIPTOR_BYTES;
        uint64_t descriptor = qtest_readq(qts, slot);

        if (level == 3) {
            qtest_writeq(qts, slot,
                         attrs ? pa | attrs | DESCRIPTOR_PAGE : 0);
            return;
        }
        if (!(descriptor & DESCRIPTOR_VALID)) {
            descriptor = qsmmu_alloc(c->s, size, size) | DESCRIPTOR_TABLE;
            qtest_writeq(qts, slot, descriptor);
        }
        table = descriptor & ~(size - 1) & ((1ULL << 48) - 1);
    }
}
