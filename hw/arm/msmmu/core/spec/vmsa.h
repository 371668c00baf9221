/*
 * Translation table descriptors of VMSAv8-64 with Direct permissions (Arm ARM
 * D8.3.1) and of VMSAv8-32 LPAE, which has the same fields in the same places
 * (Arm ARM G5.5.2, G5.5.3); and the attributes they select (Arm ARM D24.2
 * MAIR_ELx, IHI 0070 5.4 CD.MAIR0).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_VMSA_H
#define MSMMU_CORE_SPEC_VMSA_H

#include "bits.h"

#define VMSA_DESCRIPTOR_BYTES   8

/* The largest addresses, and what first tables are then aligned to */
#define VMSA_WIDE_ADDRESS_BITS  52
#define VMSA_WIDE_TABLE_ALIGN_LOG2  6

/* VAs of VMSAv8-32 */
#define VMSA32_VA_BITS          32

/* All descriptors (Table D8-48) */
#define VMSA_VALID              MSMMU_BIT(0)
/* Table at levels 0 to 2 (else Block); Page at level 3 (else reserved) */
#define VMSA_TABLE_OR_PAGE      MSMMU_BIT(1)
/* Next-level table or output address, down to the table or leaf size */
#define VMSA_ADDRESS            MSMMU_MASK(47, 12)
/* With the 64KB granule: bits [51:48] of the address */
#define VMSA_ADDRESS_HIGH_64K   MSMMU_MASK(15, 12)
#define VMSA_ADDRESS_HIGH       MSMMU_MASK(51, 48)
/* With DS, 4KB and 16KB: bits [49:12]; and [51:50], in place of SH if a leaf */
#define VMSA_ADDRESS_DS         MSMMU_MASK(49, 12)
#define VMSA_ADDRESS_HIGH_DS    MSMMU_MASK(9, 8)
#define VMSA_ADDRESS_TOP_DS     MSMMU_MASK(51, 50)

/* All valid descriptors of Non-secure tables: ignored by hardware */
#define VMSA_SOFTWARE           MSMMU_MASK(58, 55)

/* Block and Page descriptors (Table D8-52) */
#define VMSA_ATTRINDX           MSMMU_MASK(4, 2)
#define VMSA_NS                 MSMMU_BIT(5)
#define VMSA_AP                 MSMMU_MASK(7, 6)
#define     VMSA_AP_UNPRIV          MSMMU_BIT(6)    /* AP[1] */
#define     VMSA_AP_READ_ONLY       MSMMU_BIT(7)    /* AP[2] */
#define VMSA_SH                 MSMMU_MASK(9, 8)
#define     VMSA_SH_NONE            0
#define     VMSA_SH_OUTER           2
#define     VMSA_SH_INNER           3
#define VMSA_AF                 MSMMU_BIT(10)
#define VMSA_NG                 MSMMU_BIT(11)
#define VMSA_NT                 MSMMU_BIT(16)       /* Blocks */
#define VMSA_GP                 MSMMU_BIT(50)
#define VMSA_DBM                MSMMU_BIT(51)
#define VMSA_CONTIGUOUS         MSMMU_BIT(52)
#define VMSA_XN                 MSMMU_MASK(54, 53)
#define VMSA_PXN                MSMMU_BIT(53)
/* XN with one privilege, and with VMSAv8-32 LPAE, where it is for all */
#define VMSA_UXN                MSMMU_BIT(54)

/* Block and Page descriptors of stage 2 (Table D8-53) */
#define VMSA_S2_MEMATTR         MSMMU_MASK(5, 2)
#define VMSA_S2AP               MSMMU_MASK(7, 6)
#define VMSA_S2AP_READ          MSMMU_BIT(6)        /* S2AP[0] */
#define VMSA_S2AP_WRITE         MSMMU_BIT(7)        /* S2AP[1] */
#define VMSA_S2XN               MSMMU_MASK(54, 53)
#define     VMSA_S2XN_NONE          0
#define     VMSA_S2XN_PRIV          1
#define     VMSA_S2XN_ALL           2
#define     VMSA_S2XN_UNPRIV        3
#define     VMSA_S2XN_1             MSMMU_BIT(54)

/* Table descriptors (Table D8-50) */
#define VMSA_XNTABLE            MSMMU_MASK(60, 59)
#define VMSA_PXNTABLE           MSMMU_BIT(59)
#define VMSA_UXNTABLE           MSMMU_BIT(60)       /* XNTable likewise */
#define VMSA_APTABLE            MSMMU_MASK(62, 61)
#define     VMSA_APTABLE_NO_UNPRIV  MSMMU_BIT(61)   /* APTable[0] */
#define     VMSA_APTABLE_READ_ONLY  MSMMU_BIT(62)   /* APTable[1] */
#define VMSA_NSTABLE            MSMMU_BIT(63)

/* MAIR.Attr<n>: one byte each */
#define MAIR_OUTER              MSMMU_MASK(7, 4)    /* 0: Device */
#define MAIR_INNER              MSMMU_MASK(3, 0)
#define     MAIR_DEVICE_TYPE        MSMMU_MASK(3, 2)
#define     MAIR_WT_TRANSIENT_RW    3
#define     MAIR_NON_CACHEABLE      4               /* in both halves */

/* The fields of a leaf do not overlap. */
_Static_assert((VMSA_VALID ^ VMSA_TABLE_OR_PAGE ^ VMSA_ATTRINDX ^ VMSA_NS ^
                VMSA_AP ^ VMSA_SH ^ VMSA_AF ^ VMSA_NG ^ VMSA_ADDRESS ^
                VMSA_GP ^ VMSA_DBM ^ VMSA_CONTIGUOUS ^ VMSA_PXN ^ VMSA_UXN) ==
               (MSMMU_MASK(47, 0) | MSMMU_MASK(54, 50)), "VMSAv8-64 leaf");
_Static_assert((VMSA_PXNTABLE ^ VMSA_UXNTABLE ^ VMSA_APTABLE ^ VMSA_NSTABLE) ==
               MSMMU_MASK(63, 59), "VMSAv8-64 table");

#endif
