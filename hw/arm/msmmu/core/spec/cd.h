/*
 * The Context Descriptor and the level 1 Context Descriptor, as arrays of
 * 64-bit words (IHI 0070 5.3, 5.4).
 *
 * A field is found in word n = bit / 64; the comment above each word gives its
 * place in the bit numbering of the specification.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_CD_H
#define MSMMU_CORE_SPEC_CD_H

#include "bits.h"

/* ---- L1CD, 8 bytes (5.3) ------------------------------------------------ */

#define L1CD_BYTES              8
#define L1CD_SIZE_LOG2          3

#define L1CD_V                  MSMMU_BIT(0)
#define L1CD_L2PTR              MSMMU_MASK(55, 12)
#define L1CD_RES0               (MSMMU_MASK(11, 1) | MSMMU_MASK(63, 56))

/* The tables that L1CDs point to (5.2 STE.S1Fmt) */
#define CD_LEAF_4K_LOG2         12
#define CD_LEAF_64K_LOG2        16

/* ---- CD, 64 bytes (5.4) ------------------------------------------------- */

#define CD_WORDS                8
#define CD_BYTES                64
#define CD_SIZE_LOG2            6

/* Word 0: bits [63:0] */
#define CD_T0SZ                 MSMMU_MASK(5, 0)
/* TxSZ of VMSAv8-32 LPAE; the other bits of the fields are IGNORED */
#define     CD_T0SZ_AARCH32         MSMMU_MASK(2, 0)
#define     CD_T1SZ_AARCH32         MSMMU_MASK(18, 16)
#define CD_TG0                  MSMMU_MASK(7, 6)
#define     CD_TG0_4K               0
#define     CD_TG0_64K              1
#define     CD_TG0_16K              2
#define CD_IR0                  MSMMU_MASK(9, 8)
#define CD_OR0                  MSMMU_MASK(11, 10)
#define CD_SH0                  MSMMU_MASK(13, 12)
#define CD_EPD0                 MSMMU_BIT(14)
#define CD_ENDI                 MSMMU_BIT(15)
#define CD_T1SZ                 MSMMU_MASK(21, 16)
#define CD_TG1                  MSMMU_MASK(23, 22)
#define     CD_TG1_16K              1
#define     CD_TG1_4K               2
#define     CD_TG1_64K              3
#define CD_IR1                  MSMMU_MASK(25, 24)
#define CD_OR1                  MSMMU_MASK(27, 26)
#define CD_SH1                  MSMMU_MASK(29, 28)
#define CD_EPD1                 MSMMU_BIT(30)
#define CD_V                    MSMMU_BIT(31)
#define CD_IPS                  MSMMU_MASK(34, 32)
#define     CD_IPS_32               0
#define     CD_IPS_36               1
#define     CD_IPS_40               2
#define     CD_IPS_42               3
#define     CD_IPS_44               4
#define     CD_IPS_48               5
#define     CD_IPS_52               6
#define     CD_IPS_56               7
#define CD_AFFD                 MSMMU_BIT(35)
#define CD_WXN                  MSMMU_BIT(36)
#define CD_UWXN                 MSMMU_BIT(37)
#define CD_TBI0                 MSMMU_BIT(38)
#define CD_TBI1                 MSMMU_BIT(39)
#define CD_PAN                  MSMMU_BIT(40)
#define CD_AA64                 MSMMU_BIT(41)
#define CD_HD                   MSMMU_BIT(42)
#define CD_HA                   MSMMU_BIT(43)
#define CD_S                    MSMMU_BIT(44)
#define CD_R                    MSMMU_BIT(45)
#define CD_A                    MSMMU_BIT(46)
#define CD_ASET                 MSMMU_BIT(47)
#define CD_ASID                 MSMMU_MASK(63, 48)
#define CD_ASID_HIGH            MSMMU_MASK(63, 56)

/* Word 1: bits [127:64] */
#define CD_NSCFG0               MSMMU_BIT(0)
/* DisCH0 with IDR5.D128 */
#define CD_HAD0                 MSMMU_BIT(1)
#define CD_E0PD0                MSMMU_BIT(2)
#define CD_HAFT                 MSMMU_BIT(3)
#define CD_TTB0                 MSMMU_MASK(55, 4)
#define CD_WORD1_RES0           MSMMU_MASK(57, 56)
#define CD_PNCH                 MSMMU_BIT(58)
#define CD_EPAN                 MSMMU_BIT(59)
#define CD_HWU059               MSMMU_BIT(60)
#define CD_HWU060               MSMMU_BIT(61)
/* The next two are SKL0 with IDR5.D128 */
#define CD_HWU061               MSMMU_BIT(62)
#define CD_HWU062               MSMMU_BIT(63)

/* Word 2: bits [191:128] */
#define CD_NSCFG1               MSMMU_BIT(0)
/* DisCH1 with IDR5.D128 */
#define CD_HAD1                 MSMMU_BIT(1)
#define CD_E0PD1                MSMMU_BIT(2)
#define CD_AIE                  MSMMU_BIT(3)
#define CD_TTB1                 MSMMU_MASK(55, 4)
#define CD_WORD2_RES0           MSMMU_MASK(57, 56)
#define CD_DS                   MSMMU_BIT(58)
#define CD_PIE                  MSMMU_BIT(59)
#define CD_HWU159               MSMMU_BIT(60)
#define CD_HWU160               MSMMU_BIT(61)
/* The next two are SKL1 with IDR5.D128 */
#define CD_HWU161               MSMMU_BIT(62)
#define CD_HWU162               MSMMU_BIT(63)

/* The address in CD_TTBx, of a VMSAv8-64 table, from SMMUv3.1 and in 3.0 */
#define CD_TTB_V8               MSMMU_MASK(51, 4)
#define CD_TTB_V8_3_0           MSMMU_MASK(47, 4)

/* Word 3: bits [255:192], as one register MAIR_ELx */
#define CD_MAIR0                MSMMU_MASK(31, 0)
#define CD_MAIR1                MSMMU_MASK(63, 32)

/* Word 4: bits [319:256] */
#define CD_AMAIR0               MSMMU_MASK(31, 0)
#define CD_AMAIR1               MSMMU_MASK(63, 32)

/* Word 5: bits [383:320] */
#define CD_WORD5_IMPDEF         MSMMU_MASK(31, 0)
#define CD_PARTID               MSMMU_MASK(47, 32)
#define CD_PMG                  MSMMU_MASK(55, 48)
#define CD_WORD5_RES0           MSMMU_MASK(63, 56)

/* Word 6: bits [447:384], PIIU<p> for p = 0..15 */
#define CD_PI_ENTRIES           16
#define CD_PIIU(p)              MSMMU_MASK(3 * (p) + 2, 3 * (p))
#define CD_PIIU_ALL             MSMMU_MASK(47, 0)
#define CD_WORD6_RES0           MSMMU_MASK(63, 48)

/* Word 7: bits [511:448], PIIP<p> for p = 0..15 */
#define CD_PIIP(p)              MSMMU_MASK(3 * (p) + 2, 3 * (p))
#define CD_PIIP_ALL             MSMMU_MASK(47, 0)
#define CD_WORD7_RES0           MSMMU_MASK(63, 48)

/* ---- Every bit is one field's ------------------------------------------- */

#define L1CD_FIELDS(F) \
    (F(L1CD_V) + F(L1CD_L2PTR) + F(L1CD_RES0))
_Static_assert(MSMMU_TILES(L1CD_FIELDS), "L1CD");

#define CD_WORD0_FIELDS(F) \
    (F(CD_T0SZ) + F(CD_TG0) + F(CD_IR0) + F(CD_OR0) + F(CD_SH0) + \
     F(CD_EPD0) + F(CD_ENDI) + F(CD_T1SZ) + F(CD_TG1) + F(CD_IR1) + \
     F(CD_OR1) + F(CD_SH1) + F(CD_EPD1) + F(CD_V) + F(CD_IPS) + F(CD_AFFD) + \
     F(CD_WXN) + F(CD_UWXN) + F(CD_TBI0) + F(CD_TBI1) + F(CD_PAN) + \
     F(CD_AA64) + F(CD_HD) + F(CD_HA) + F(CD_S) + F(CD_R) + F(CD_A) + \
     F(CD_ASET) + F(CD_ASID))
_Static_assert(MSMMU_TILES(CD_WORD0_FIELDS), "CD word 0");

#define CD_WORD1_FIELDS(F) \
    (F(CD_NSCFG0) + F(CD_HAD0) + F(CD_E0PD0) + F(CD_HAFT) + F(CD_TTB0) + \
     F(CD_WORD1_RES0) + F(CD_PNCH) + F(CD_EPAN) + F(CD_HWU059) + \
     F(CD_HWU060) + F(CD_HWU061) + F(CD_HWU062))
_Static_assert(MSMMU_TILES(CD_WORD1_FIELDS), "CD word 1");

#define CD_WORD2_FIELDS(F) \
    (F(CD_NSCFG1) + F(CD_HAD1) + F(CD_E0PD1) + F(CD_AIE) + F(CD_TTB1) + \
     F(CD_WORD2_RES0) + F(CD_DS) + F(CD_PIE) + F(CD_HWU159) + F(CD_HWU160) + \
     F(CD_HWU161) + F(CD_HWU162))
_Static_assert(MSMMU_TILES(CD_WORD2_FIELDS), "CD word 2");

#define CD_WORD3_FIELDS(F) \
    (F(CD_MAIR0) + F(CD_MAIR1))
_Static_assert(MSMMU_TILES(CD_WORD3_FIELDS), "CD word 3");

#define CD_WORD4_FIELDS(F) \
    (F(CD_AMAIR0) + F(CD_AMAIR1))
_Static_assert(MSMMU_TILES(CD_WORD4_FIELDS), "CD word 4");

#define CD_WORD5_FIELDS(F) \
    (F(CD_WORD5_IMPDEF) + F(CD_PARTID) + F(CD_PMG) + F(CD_WORD5_RES0))
_Static_assert(MSMMU_TILES(CD_WORD5_FIELDS), "CD word 5");

#define CD_WORD6_FIELDS(F) \
    (F(CD_PIIU_ALL) + F(CD_WORD6_RES0))
_Static_assert(MSMMU_TILES(CD_WORD6_FIELDS), "CD word 6");

#define CD_WORD7_FIELDS(F) \
    (F(CD_PIIP_ALL) + F(CD_WORD7_RES0))
_Static_assert(MSMMU_TILES(CD_WORD7_FIELDS), "CD word 7");

#undef L1CD_FIELDS
#undef CD_WORD0_FIELDS
#undef CD_WORD1_FIELDS
#undef CD_WORD2_FIELDS
#undef CD_WORD3_FIELDS
#undef CD_WORD4_FIELDS
#undef CD_WORD5_FIELDS
#undef CD_WORD6_FIELDS
#undef CD_WORD7_FIELDS

#endif
