/*
 * STEs and CDs for qtests (IHI 0070 5.2, 5.4), as words to be changed before
 * they are written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_CONFIG_H
#define TESTS_QTEST_MSMMU_CONFIG_H

#include "tables.h"

#define QCONFIG_WORDS 8

/* STE word 1 */
#define QSTE1_S1DSS(x) ((uint64_t)(x) << 0)
#define QSTE1_S2FWB (1ULL << 25)
#define QSTE1_EATS(x) ((uint64_t)(x) << 28)
#define QSTE1_STRW(x) ((uint64_t)(x) << 30)
#define QSTE1_PRIVCFG(x) ((uint64_t)(x) << 48)
#define QSTE1_INSTCFG(x) ((uint64_t)(x) << 50)
/* STE word 2 */
#define QSTE2_VMID(x) ((uint64_t)(x))
#define QSTE2_T0SZ(bits) ((64ULL - (bits)) << 32)
#define QSTE2_T0SZ_MASK (0x3fULL << 32)
#define QSTE2_SL0(x) ((uint64_t)(x) << 38)
#define QSTE2_SL0_MASK QSTE2_SL0(3)
#define QSTE2_TG_MASK (3ULL << 46)
#define QSTE2_PS(code) ((uint64_t)(code) << 48)
#define QSTE2_PS_MASK QSTE2_PS(7)
#define QSTE2_AA64 (1ULL << 51)
#define QSTE2_ENDI (1ULL << 52)
#define QSTE2_AFFD (1ULL << 53)
#define QSTE2_PTW (1ULL << 54)
#define QSTE2_HD (1ULL << 55)
#define QSTE2_HA (1ULL << 56)
#define QSTE2_S (1ULL << 57)
#define QSTE2_R (1ULL << 58)
/* STE word 3 */
#define QSTE3_SL0_2 (1ULL << 2)
#define QSTE3_DS (1ULL << 3)

#define QSTE_NESTED (QSTE_V | 7ULL << 1)

/* CD words */
#define QCD_ENDI (1ULL << 15)
#define QCD_AFFD (1ULL << 35)
#define QCD_HD (1ULL << 42)
#define QCD_HA (1ULL << 43)
#define QCD_ASET (1ULL << 47)
#define QCD2_DS (1ULL << 58)

/* IDR5.OAS, CD.IPS and STE.S2PS encode sizes alike. */
unsigned qps_code(unsigned bits);

typedef struct QSte {
    uint64_t word[QCONFIG_WORDS];
} QSte;

typedef struct QCd {
    uint64_t word[QCONFIG_WORDS];
} QCd;

/*
 * A stage 2 only STE for @t: S2PS says @output_bits, S2R = 1. S2ENDI and S2DS
 * are those of @t.
 */
QSte qste_stage2(const QTables *t, uint16_t vmid, unsigned output_bits);

/* The same with a stage 1 whose CD is at @cd_ipa */
QSte qste_nested(const QTables *t, uint16_t vmid, unsigned output_bits,
                 uint64_t cd_ipa);

/* A stage 1 only STE */
QSte qste_stage1(uint64_t cd_pa);

/* Write the STE to @pa. */
void qste_store(const QSmmu *s, uint64_t pa, const QSte *ste);
/* Write the STE of @sid and CFGI_STE it. */
void qste_write(QSmmu *s, uint32_t sid, const QSte *ste);

/*
 * A CD whose TTB0 is @t: EPD1 = 1, A = 1, R = 1, IPS of @output_bits. ENDI and
 * DS are those of @t.
 */
QCd qcd_new(const QTables *t, uint16_t asid, unsigned output_bits);

/* A place for a CD: in the IPA space of @stage2, unless that is NULL */
uint64_t qcd_alloc(QSmmu *s, QTables *stage2);

/* Write the CD at @address, an IPA if there is a @stage2. The caller CFGIs. */
void qcd_write(const QSmmu *s, const QTables *stage2, uint64_t address,
               const QCd *cd);

#endif /* TESTS_QTEST_MSMMU_CONFIG_H */
