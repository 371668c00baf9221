/*
 * Event records (IHI 0070 7.3): types and fields.
 *
 * A record is four 64-bit words; EVT0_ fields are in bits 63:0, EVT1_ fields
 * in bits 127:64 and so on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_EVT_H
#define MSMMU_CORE_SPEC_EVT_H

#include "bits.h"

#define EVT_SIZE_LOG2           5
#define EVT_WORDS               4

#define EVT_F_UUT               0x01
#define EVT_C_BAD_STREAMID      0x02
#define EVT_F_STE_FETCH         0x03
#define EVT_C_BAD_STE           0x04
#define EVT_F_BAD_ATS_TREQ      0x05
#define EVT_F_STREAM_DISABLED   0x06
#define EVT_F_TRANSL_FORBIDDEN  0x07
#define EVT_C_BAD_SUBSTREAMID   0x08
#define EVT_F_CD_FETCH          0x09
#define EVT_C_BAD_CD            0x0a
#define EVT_F_WALK_EABT         0x0b
#define EVT_F_TRANSLATION       0x10
#define EVT_F_ADDR_SIZE         0x11
#define EVT_F_ACCESS            0x12
#define EVT_F_PERMISSION        0x13
#define EVT_F_TLB_CONFLICT      0x20
#define EVT_F_CFG_CONFLICT      0x21
#define EVT_E_PAGE_REQUEST      0x24
#define EVT_F_VMS_FETCH         0x25

#define EVT0_TYPE               MSMMU_MASK(7, 0)
#define EVT0_SSV                MSMMU_BIT(11)
#define EVT0_SUBSTREAM_ID       MSMMU_MASK(31, 12)
#define EVT0_STREAM_ID          MSMMU_MASK(63, 32)
#define EVT0_RES0               MSMMU_MASK(10, 8)

/* Fetch faults have a Reason, the four Translation-related faults a STAG. */
#define EVT1_REASON             MSMMU_MASK(15, 0)
#define EVT1_STAG               MSMMU_MASK(15, 0)
#define EVT1_GPCF               MSMMU_BIT(16)
#define EVT1_STALL              MSMMU_BIT(31)
#define EVT1_PNU                MSMMU_BIT(33)
#define EVT1_IND                MSMMU_BIT(34)
#define EVT1_RNW                MSMMU_BIT(35)
#define EVT1_S2                 MSMMU_BIT(39)
#define EVT1_CLASS              MSMMU_MASK(41, 40)
/* F_PERMISSION alone, with CLASS == TT */
#define EVT1_TTRNW              MSMMU_BIT(44)
/* RES0, or of features that no instance has: NSIPA, Overlay, DirtyBit ... */
#define EVT1_ZERO \
    (MSMMU_MASK(30, 17) | MSMMU_BIT(32) | MSMMU_MASK(38, 36) | \
     MSMMU_MASK(43, 42) | MSMMU_MASK(63, 45))

#define EVT2_INPUT_ADDR         MSMMU_MASK(63, 0)
/* In which records that are merged may differ, but for F_UUT */
#define EVT2_MERGED             MSMMU_MASK(11, 0)

#define EVT3_FETCH_ADDR         MSMMU_MASK(55, 3)
#define EVT3_FETCH_ADDR_RES0    (MSMMU_MASK(63, 56) | MSMMU_MASK(2, 0))
#define EVT3_IPA                MSMMU_MASK(55, 12)
#define EVT3_IPA_RES0           (MSMMU_MASK(63, 56) | MSMMU_MASK(11, 0))

_Static_assert(EVT0_TYPE + EVT0_SSV + EVT0_SUBSTREAM_ID + EVT0_STREAM_ID +
               EVT0_RES0 == UINT64_MAX, "bits 63:0");
/* STAG is Reason in other records; all else of the word: EVT1_ZERO. */
_Static_assert(EVT1_STAG == EVT1_REASON &&
               EVT1_REASON + EVT1_GPCF + EVT1_STALL + EVT1_PNU + EVT1_IND +
               EVT1_RNW + EVT1_S2 + EVT1_CLASS + EVT1_TTRNW + EVT1_ZERO ==
               UINT64_MAX, "bits 127:64");
_Static_assert(EVT3_FETCH_ADDR + EVT3_FETCH_ADDR_RES0 == UINT64_MAX &&
               EVT3_IPA + EVT3_IPA_RES0 == UINT64_MAX, "bits 255:192");

#endif
