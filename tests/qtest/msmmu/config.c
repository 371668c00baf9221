/*
 * STEs and CDs for qtests: see config.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "config.h"

#define STRUCTURE_BYTES 64

/* By granule: S2TG and TG0 in place, the level that S2SL0 = 0 stands for */
static const struct {
    unsigned shift;
    uint64_t s2tg;
    uint64_t tg0;
    int sl0_level;
} granules[] = {
    { 12, 0ULL << 46, 0ULL << 6, 2 },
    { 14, 2ULL << 46, 2ULL << 6, 3 },
    { 16, 1ULL << 46, 1ULL << 6, 3 },
};

static unsigned granule_of(const QTables *t)
{
    unsigned i = 0;

    while (granules[i].shift != t->shift) {
        i++;
    }
    return i;
}

unsigned qps_code(unsigned bits)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 52 };

    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        if (sizes[i] == bits) {
            return i;
        }
    }
    g_assert_not_reached();
}

/* VTCR_EL2.SL0 and SL2: levels count down, but for two of the 4K granule */
static void start_level(const QTables *t, uint64_t *word2, uint64_t *word3)
{
    if (t->shift == 12 && t->start_level == 3) {
        *word2 |= QSTE2_SL0(3);
    } else if (t->shift == 12 && t->start_level == -1) {
        *word3 |= QSTE3_SL0_2;
    } else {
        *word2 |= QSTE2_SL0(granules[granule_of(t)].sl0_level -
                            t->start_level);
    }
}

QSte qste_stage2(const QTables *t, uint16_t vmid, unsigned output_bits)
{
    /* Walks: Write-Back, Inner Shareable */
    QSte ste = { {
        QSTE_S2,
        QSTE1_SHCFG_INCOMING,
        QSTE2_VMID(vmid) | QSTE2_T0SZ(t->input_bits) | 0x35ULL << 40 |
        granules[granule_of(t)].s2tg | QSTE2_PS(qps_code(output_bits)) |
        QSTE2_AA64 | (t->big_endian ? QSTE2_ENDI : 0) | QSTE2_R,
        t->root | (t->wide == QWIDE_DS ? QSTE3_DS : 0),
    } };

    start_level(t, &ste.word[2], &ste.word[3]);
    return ste;
}

QSte qste_nested(const QTables *t, uint16_t vmid, unsigned output_bits,
                 uint64_t cd_ipa)
{
    QSte ste = qste_stage2(t, vmid, output_bits);

    ste.word[0] = QSTE_NESTED | cd_ipa;
    return ste;
}

QSte qste_stage1(uint64_t cd_pa)
{
    return (QSte) { { QSTE_S1 | cd_pa, QSTE1_SHCFG_INCOMING } };
}

static void write_words(const QSmmu *s, uint64_t pa,
                        const uint64_t word[QCONFIG_WORDS])
{
    uint64_t bytes[QCONFIG_WORDS];

    for (int i = 0; i < QCONFIG_WORDS; i++) {
        bytes[i] = cpu_to_le64(word[i]);
    }
    qtest_memwrite(s->qts, pa, bytes, sizeof(bytes));
}

void qste_store(const QSmmu *s, uint64_t pa, const QSte *ste)
{
    write_words(s, pa, ste->word);
}

void qste_write(QSmmu *s, uint32_t sid, const QSte *ste)
{
    qste_store(s, qsmmu_ste(s, sid), ste);
    qsmmu_cfgi_ste(s, sid);
}

QCd qcd_new(const QTables *t, uint16_t asid, unsigned output_bits)
{
    return (QCd) { {
        (64 - t->input_bits) | granules[granule_of(t)].tg0 | 0x35ULL << 8 |
        (t->big_endian ? QCD_ENDI : 0) | 25ULL << 16 | QCD_EPD1 | QCD_V |
        QCD_IPS(qps_code(output_bits)) | QCD_AA64 | QCD_R | QCD_A |
        QCD_ASET | QCD_ASID(asid),
        t->root,
        t->wide == QWIDE_DS ? QCD2_DS : 0,
        0xff,       /* Attribute 0: Normal Write-Back */
    } };
}

uint64_t qcd_alloc(QSmmu *s, QTables *stage2)
{
    return stage2 ? qtables_alloc_ipa(stage2, STRUCTURE_BYTES, STRUCTURE_BYTES)
                  : qsmmu_alloc(s, STRUCTURE_BYTES, STRUCTURE_BYTES);
}

void qcd_write(const QSmmu *s, const QTables *stage2, uint64_t address,
               const QCd *cd)
{
    uint64_t pa = stage2 ? qtables_lookup(stage2, address) : address;

    write_words(s, pa, cd->word);
}
