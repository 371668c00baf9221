/*
 * The Stream Table Entry and the level 1 Stream Table Descriptor, as arrays of
 * 64-bit words (IHI 0070 5.1, 5.2).
 *
 * A field is found in word n = bit / 64; the comment above each word gives its
 * place in the bit numbering of the specification.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_STE_H
#define MSMMU_CORE_SPEC_STE_H

#include "bits.h"

/* ---- L1STD, 8 bytes (5.1) ---------------------------------------------- */

#define L1STD_BYTES             8
#define L1STD_SIZE_LOG2         3

#define L1STD_SPAN              MSMMU_MASK(4, 0)
#define     L1STD_SPAN_INVALID      0
#define     L1STD_SPAN_MAX          11
#define L1STD_L2PTR             MSMMU_MASK(55, 6)
#define L1STD_RES0              (MSMMU_BIT(5) | MSMMU_MASK(63, 56))

/* ---- STE, 64 bytes (5.2) ------------------------------------------------ */

#define STE_WORDS               8
#define STE_BYTES               64
#define STE_SIZE_LOG2           6

/* Word 0: bits [63:0] */
#define STE_V                   MSMMU_BIT(0)
#define STE_CONFIG              MSMMU_MASK(3, 1)
#define     STE_CONFIG_ABORT        0
#define     STE_CONFIG_BYPASS       4
#define     STE_CONFIG_S1           5
#define     STE_CONFIG_S2           6
#define     STE_CONFIG_NESTED       7
/* Config is made of three flags. */
#define STE_CONFIG_S1_ENABLED   MSMMU_BIT(1)
#define STE_CONFIG_S2_ENABLED   MSMMU_BIT(2)
#define STE_CONFIG_PASS         MSMMU_BIT(3)
#define STE_S1FMT               MSMMU_MASK(5, 4)
#define     STE_S1FMT_LINEAR        0
#define     STE_S1FMT_4K_L2         1
#define     STE_S1FMT_64K_L2        2
#define STE_S1CONTEXTPTR        MSMMU_MASK(55, 6)
#define STE_WORD0_RES0          MSMMU_MASK(58, 56)
#define STE_S1CDMAX             MSMMU_MASK(63, 59)

/* Word 1: bits [127:64] */
#define STE_S1DSS               MSMMU_MASK(1, 0)
#define     STE_S1DSS_TERMINATE     0
#define     STE_S1DSS_BYPASS        1
#define     STE_S1DSS_SSID0         2
#define STE_S1CIR               MSMMU_MASK(3, 2)
#define STE_S1COR               MSMMU_MASK(5, 4)
#define STE_S1CSH               MSMMU_MASK(7, 6)
#define STE_S2HWU59             MSMMU_BIT(8)
#define STE_S2HWU60             MSMMU_BIT(9)
#define STE_S2HWU61             MSMMU_BIT(10)
#define STE_S2HWU62             MSMMU_BIT(11)
#define STE_DRE                 MSMMU_BIT(12)
#define STE_CONT                MSMMU_MASK(16, 13)
#define STE_DCP                 MSMMU_BIT(17)
#define STE_PPAR                MSMMU_BIT(18)
#define STE_MEV                 MSMMU_BIT(19)
#define STE_SW_RESERVED         MSMMU_MASK(23, 20)
#define STE_S1PIE               MSMMU_BIT(24)
#define STE_S2FWB               MSMMU_BIT(25)
#define STE_S1MPAM              MSMMU_BIT(26)
#define STE_S1STALLD            MSMMU_BIT(27)
#define STE_EATS                MSMMU_MASK(29, 28)
#define     STE_EATS_ABORT          0
#define     STE_EATS_FULL           1
#define     STE_EATS_SPLIT          2
#define     STE_EATS_DPT            3
#define STE_STRW                MSMMU_MASK(31, 30)
#define     STE_STRW_EL1            0
#define     STE_STRW_EL2            2
/* Set in the two encodings that are Reserved in a Non-secure STE. */
#define STE_STRW_RESERVED_NS    MSMMU_BIT(30)
#define STE_MEMATTR             MSMMU_MASK(35, 32)
#define STE_MTCFG               MSMMU_BIT(36)
#define STE_ALLOCCFG            MSMMU_MASK(40, 37)
#define     STE_ALLOCCFG_OVERRIDE   8
#define     STE_ALLOCCFG_READ       4
#define     STE_ALLOCCFG_WRITE      2
#define     STE_ALLOCCFG_TRANSIENT  1
#define STE_WORD1_RES0          MSMMU_MASK(43, 41)
#define STE_SHCFG               MSMMU_MASK(45, 44)
#define     STE_SHCFG_NONE          0
#define     STE_SHCFG_INCOMING      1
#define     STE_SHCFG_OUTER         2
#define     STE_SHCFG_INNER         3
#define STE_NSCFG               MSMMU_MASK(47, 46)
#define STE_PRIVCFG             MSMMU_MASK(49, 48)
#define     STE_PRIVCFG_INCOMING    0
#define     STE_PRIVCFG_RESERVED    1
#define     STE_PRIVCFG_UNPRIV      2
#define     STE_PRIVCFG_PRIV        3
#define STE_INSTCFG             MSMMU_MASK(51, 50)
#define     STE_INSTCFG_INCOMING    0
#define     STE_INSTCFG_RESERVED    1
#define     STE_INSTCFG_DATA        2
#define     STE_INSTCFG_INST        3
#define STE_WORD1_IMPDEF        MSMMU_MASK(63, 52)

/* Word 2: bits [191:128] */
#define STE_S2VMID              MSMMU_MASK(15, 0)
#define STE_S2VMID_HIGH         MSMMU_MASK(15, 8)
#define STE_WORD2_IMPDEF        MSMMU_MASK(31, 16)
#define STE_S2T0SZ              MSMMU_MASK(37, 32)
/* That of VMSAv8-32 LPAE, signed; the other bits are IGNORED */
#define     STE_S2T0SZ_AARCH32      MSMMU_MASK(35, 32)
#define STE_S2SL0               MSMMU_MASK(39, 38)
#define STE_S2IR0               MSMMU_MASK(41, 40)
#define STE_S2OR0               MSMMU_MASK(43, 42)
#define STE_S2SH0               MSMMU_MASK(45, 44)
#define STE_S2TG                MSMMU_MASK(47, 46)
#define     STE_S2TG_4K             0
#define     STE_S2TG_64K            1
#define     STE_S2TG_16K            2
#define STE_S2PS                MSMMU_MASK(50, 48)
#define STE_S2AA64              MSMMU_BIT(51)
#define STE_S2ENDI              MSMMU_BIT(52)
#define STE_S2AFFD              MSMMU_BIT(53)
#define STE_S2PTW               MSMMU_BIT(54)
#define STE_S2HD                MSMMU_BIT(55)
#define STE_S2HA                MSMMU_BIT(56)
#define STE_S2S                 MSMMU_BIT(57)
#define STE_S2R                 MSMMU_BIT(58)
#define STE_S2HAFT              MSMMU_BIT(59)
#define STE_S2PIE               MSMMU_BIT(60)
#define STE_S2POE               MSMMU_BIT(61)
#define STE_DPT_VMATCH          MSMMU_MASK(63, 62)

/* Word 3: bits [255:192] */
#define STE_S2NSW               MSMMU_BIT(0)
#define STE_S2NSA               MSMMU_BIT(1)
#define STE_S2SL0_2             MSMMU_BIT(2)
#define STE_S2DS                MSMMU_BIT(3)
#define STE_S2TTB               MSMMU_MASK(55, 4)
#define STE_S2SKL               MSMMU_MASK(62, 61)
#define STE_WORD3_RES0          (MSMMU_MASK(60, 56) | MSMMU_BIT(63))

/* Word 4: bits [319:256] */
#define STE_WORD4_IMPDEF        MSMMU_MASK(15, 0)
#define STE_PARTID              MSMMU_MASK(31, 16)
#define STE_S_S2T0SZ            MSMMU_MASK(37, 32)
#define STE_S_S2SL0             MSMMU_MASK(39, 38)
#define STE_WORD4_RES0          MSMMU_MASK(45, 40)
#define STE_S_S2TG              MSMMU_MASK(47, 46)
#define STE_MECID               MSMMU_MASK(63, 48)

/* Word 5: bits [383:320] */
#define STE_PMG                 MSMMU_MASK(7, 0)
#define STE_MPAM_NS             MSMMU_BIT(8)
#define STE_ASSUREDONLY         MSMMU_BIT(9)
#define STE_TL0                 MSMMU_BIT(10)
#define STE_TL1                 MSMMU_BIT(11)
#define STE_VMSPTR              MSMMU_MASK(55, 12)
#define STE_WORD5_RES0          MSMMU_MASK(63, 56)

/* Word 6: bits [447:384] */
#define STE_S2SW                MSMMU_BIT(0)
#define STE_S2SA                MSMMU_BIT(1)
#define STE_S_S2SL0_2           MSMMU_BIT(2)
#define STE_S_S2TTB             MSMMU_MASK(55, 4)
#define STE_S_S2SKL             MSMMU_MASK(62, 61)
#define STE_WORD6_RES0 \
    (MSMMU_BIT(3) | MSMMU_MASK(60, 56) | MSMMU_BIT(63))

/* Word 7: bits [511:448] */
#define STE_S2POI(p)            MSMMU_MASK(4 * (p) + 3, 4 * (p))
#define     STE_S2POI_ENTRIES       16

/* ---- Every bit is one field's ------------------------------------------- */

#define L1STD_FIELDS(F) \
    (F(L1STD_SPAN) + F(L1STD_L2PTR) + F(L1STD_RES0))
_Static_assert(MSMMU_TILES(L1STD_FIELDS), "L1STD");

#define STE_WORD0_FIELDS(F) \
    (F(STE_V) + F(STE_CONFIG) + F(STE_S1FMT) + F(STE_S1CONTEXTPTR) + \
     F(STE_WORD0_RES0) + F(STE_S1CDMAX))
_Static_assert(MSMMU_TILES(STE_WORD0_FIELDS), "STE word 0");

#define STE_WORD1_FIELDS(F) \
    (F(STE_S1DSS) + F(STE_S1CIR) + F(STE_S1COR) + F(STE_S1CSH) + \
     F(STE_S2HWU59) + F(STE_S2HWU60) + F(STE_S2HWU61) + F(STE_S2HWU62) + \
     F(STE_DRE) + F(STE_CONT) + F(STE_DCP) + F(STE_PPAR) + F(STE_MEV) + \
     F(STE_SW_RESERVED) + F(STE_S1PIE) + F(STE_S2FWB) + F(STE_S1MPAM) + \
     F(STE_S1STALLD) + F(STE_EATS) + F(STE_STRW) + F(STE_MEMATTR) + \
     F(STE_MTCFG) + F(STE_ALLOCCFG) + F(STE_WORD1_RES0) + F(STE_SHCFG) + \
     F(STE_NSCFG) + F(STE_PRIVCFG) + F(STE_INSTCFG) + F(STE_WORD1_IMPDEF))
_Static_assert(MSMMU_TILES(STE_WORD1_FIELDS), "STE word 1");

#define STE_WORD2_FIELDS(F) \
    (F(STE_S2VMID) + F(STE_WORD2_IMPDEF) + F(STE_S2T0SZ) + F(STE_S2SL0) + \
     F(STE_S2IR0) + F(STE_S2OR0) + F(STE_S2SH0) + F(STE_S2TG) + \
     F(STE_S2PS) + F(STE_S2AA64) + F(STE_S2ENDI) + F(STE_S2AFFD) + \
     F(STE_S2PTW) + F(STE_S2HD) + F(STE_S2HA) + F(STE_S2S) + F(STE_S2R) + \
     F(STE_S2HAFT) + F(STE_S2PIE) + F(STE_S2POE) + F(STE_DPT_VMATCH))
_Static_assert(MSMMU_TILES(STE_WORD2_FIELDS), "STE word 2");

#define STE_WORD3_FIELDS(F) \
    (F(STE_S2NSW) + F(STE_S2NSA) + F(STE_S2SL0_2) + F(STE_S2DS) + \
     F(STE_S2TTB) + F(STE_S2SKL) + F(STE_WORD3_RES0))
_Static_assert(MSMMU_TILES(STE_WORD3_FIELDS), "STE word 3");

#define STE_WORD4_FIELDS(F) \
    (F(STE_WORD4_IMPDEF) + F(STE_PARTID) + F(STE_S_S2T0SZ) + \
     F(STE_S_S2SL0) + F(STE_WORD4_RES0) + F(STE_S_S2TG) + F(STE_MECID))
_Static_assert(MSMMU_TILES(STE_WORD4_FIELDS), "STE word 4");

#define STE_WORD5_FIELDS(F) \
    (F(STE_PMG) + F(STE_MPAM_NS) + F(STE_ASSUREDONLY) + F(STE_TL0) + \
     F(STE_TL1) + F(STE_VMSPTR) + F(STE_WORD5_RES0))
_Static_assert(MSMMU_TILES(STE_WORD5_FIELDS), "STE word 5");

#define STE_WORD6_FIELDS(F) \
    (F(STE_S2SW) + F(STE_S2SA) + F(STE_S_S2SL0_2) + F(STE_S_S2TTB) + \
     F(STE_S_S2SKL) + F(STE_WORD6_RES0))
_Static_assert(MSMMU_TILES(STE_WORD6_FIELDS), "STE word 6");

_Static_assert((STE_CONFIG_S1_ENABLED | STE_CONFIG_S2_ENABLED |
                STE_CONFIG_PASS) == STE_CONFIG, "STE.Config");

#undef L1STD_FIELDS
#undef STE_WORD0_FIELDS
#undef STE_WORD1_FIELDS
#undef STE_WORD2_FIELDS
#undef STE_WORD3_FIELDS
#undef STE_WORD4_FIELDS
#undef STE_WORD5_FIELDS
#undef STE_WORD6_FIELDS

#endif
