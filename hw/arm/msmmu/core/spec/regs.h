/*
 * The registers of the Non-secure programming interface (IHI 0070 6.2, 6.3):
 * offsets, fields and values.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_REGS_H
#define MSMMU_CORE_SPEC_REGS_H

#include "bits.h"

/* Offsets in Page 0 (6.2.1). */
#define SMMU_IDR0               0x0000
#define SMMU_IDR1               0x0004
#define SMMU_IDR2               0x0008
#define SMMU_IDR3               0x000c
#define SMMU_IDR4               0x0010
#define SMMU_IDR5               0x0014
#define SMMU_IIDR               0x0018
#define SMMU_AIDR               0x001c
#define SMMU_CR0                0x0020
#define SMMU_CR0ACK             0x0024
#define SMMU_CR1                0x0028
#define SMMU_CR2                0x002c
#define SMMU_STATUSR            0x0040
#define SMMU_GBPA               0x0044
#define SMMU_IRQ_CTRL           0x0050
#define SMMU_IRQ_CTRLACK        0x0054
#define SMMU_GERROR             0x0060
#define SMMU_GERRORN            0x0064
#define SMMU_GERROR_IRQ_CFG0    0x0068
#define SMMU_GERROR_IRQ_CFG1    0x0070
#define SMMU_GERROR_IRQ_CFG2    0x0074
#define SMMU_STRTAB_BASE        0x0080
#define SMMU_STRTAB_BASE_CFG    0x0088
#define SMMU_CMDQ_BASE          0x0090
#define SMMU_CMDQ_PROD          0x0098
#define SMMU_CMDQ_CONS          0x009c
#define SMMU_EVENTQ_BASE        0x00a0
#define SMMU_EVENTQ_IRQ_CFG0    0x00b0
#define SMMU_EVENTQ_IRQ_CFG1    0x00b8
#define SMMU_EVENTQ_IRQ_CFG2    0x00bc

/* Offsets in Page 1 (6.2.2), from the base of Page 0. */
#define SMMU_PAGE_1             0x10000
#define SMMU_EVENTQ_PROD        0x100a8
#define SMMU_EVENTQ_CONS        0x100ac

/* Where OPTIONAL pages begin (6.1). */
#define SMMU_PAGES_END          0x20000

/* IDR0 (6.3.1) */
#define IDR0_S2P                MSMMU_BIT(0)
#define IDR0_S1P                MSMMU_BIT(1)
#define IDR0_TTF                MSMMU_MASK(3, 2)
#define   IDR0_TTF_AARCH32      1
#define   IDR0_TTF_AARCH64      2
#define IDR0_COHACC             MSMMU_BIT(4)
#define IDR0_BTM                MSMMU_BIT(5)
#define IDR0_HTTU               MSMMU_MASK(7, 6)
#define   IDR0_HTTU_NONE        0
#define   IDR0_HTTU_ACCESS      1
#define   IDR0_HTTU_DIRTY       2
#define   IDR0_HTTU_TABLES      3
#define IDR0_DORMHINT           MSMMU_BIT(8)
#define IDR0_HYP                MSMMU_BIT(9)
#define IDR0_ATS                MSMMU_BIT(10)
#define IDR0_NS1ATS             MSMMU_BIT(11)
#define IDR0_ASID16             MSMMU_BIT(12)
#define IDR0_MSI                MSMMU_BIT(13)
#define IDR0_SEV                MSMMU_BIT(14)
#define IDR0_ATOS               MSMMU_BIT(15)
#define IDR0_PRI                MSMMU_BIT(16)
#define IDR0_VMW                MSMMU_BIT(17)
#define IDR0_VMID16             MSMMU_BIT(18)
#define IDR0_CD2L               MSMMU_BIT(19)
#define IDR0_VATOS              MSMMU_BIT(20)
#define IDR0_TTENDIAN           MSMMU_MASK(22, 21)
#define   IDR0_TTENDIAN_MIXED   0
#define   IDR0_TTENDIAN_LITTLE  2
#define   IDR0_TTENDIAN_BIG     3
#define IDR0_ATSRECERR          MSMMU_BIT(23)
#define IDR0_STALL_MODEL        MSMMU_MASK(25, 24)
#define   IDR0_STALL_MODEL_BOTH 0
#define   IDR0_STALL_MODEL_TERMINATE 1
#define   IDR0_STALL_MODEL_STALL 2
#define IDR0_TERM_MODEL         MSMMU_BIT(26)
#define IDR0_ST_LEVEL           MSMMU_MASK(28, 27)
#define   IDR0_ST_LEVEL_LINEAR  0
#define   IDR0_ST_LEVEL_2       1
#define IDR0_RME_IMPL           MSMMU_BIT(30)
#define IDR0_RES0               (MSMMU_BIT(29) | MSMMU_BIT(31))

/* IDR1 (6.3.2) */
#define IDR1_SIDSIZE            MSMMU_MASK(5, 0)
#define IDR1_SSIDSIZE           MSMMU_MASK(10, 6)
#define IDR1_PRIQS              MSMMU_MASK(15, 11)
#define IDR1_EVENTQS            MSMMU_MASK(20, 16)
#define IDR1_CMDQS              MSMMU_MASK(25, 21)
#define IDR1_ATTR_PERMS_OVR     MSMMU_BIT(26)
#define IDR1_ATTR_TYPES_OVR     MSMMU_BIT(27)
#define IDR1_REL                MSMMU_BIT(28)
#define IDR1_QUEUES_PRESET      MSMMU_BIT(29)
#define IDR1_TABLES_PRESET      MSMMU_BIT(30)
#define IDR1_ECMDQ              MSMMU_BIT(31)

/* IDR3 (6.3.4) */
#define IDR3_HAD                MSMMU_BIT(2)
#define IDR3_PBHA               MSMMU_BIT(3)
#define IDR3_XNX                MSMMU_BIT(4)
#define IDR3_PPS                MSMMU_BIT(5)
#define IDR3_MPAM               MSMMU_BIT(7)
#define IDR3_FWB                MSMMU_BIT(8)
#define IDR3_STT                MSMMU_BIT(9)
#define IDR3_RIL                MSMMU_BIT(10)
#define IDR3_BBML               MSMMU_MASK(12, 11)
#define IDR3_E0PD               MSMMU_BIT(13)
#define IDR3_PTWNNC             MSMMU_BIT(14)
#define IDR3_DPT                MSMMU_BIT(15)
#define IDR3_PASIDTT            MSMMU_BIT(16)
#define IDR3_EPAN               MSMMU_BIT(17)
#define IDR3_S1PI               MSMMU_BIT(18)
#define IDR3_S2PI               MSMMU_BIT(19)
#define IDR3_S2PO               MSMMU_BIT(20)
#define IDR3_THE                MSMMU_BIT(21)
#define IDR3_MTEPERM            MSMMU_BIT(22)
#define IDR3_AIE                MSMMU_BIT(23)
#define IDR3_RES0 \
    (MSMMU_MASK(1, 0) | MSMMU_BIT(6) | MSMMU_MASK(31, 24))

/* IDR5 (6.3.6) */
#define IDR5_OAS                MSMMU_MASK(2, 0)
#define   IDR5_OAS_32           0
#define   IDR5_OAS_36           1
#define   IDR5_OAS_40           2
#define   IDR5_OAS_42           3
#define   IDR5_OAS_44           4
#define   IDR5_OAS_48           5
#define   IDR5_OAS_52           6
#define   IDR5_OAS_56           7
#define IDR5_GRAN4K             MSMMU_BIT(4)
#define IDR5_GRAN16K            MSMMU_BIT(5)
#define IDR5_GRAN64K            MSMMU_BIT(6)
#define IDR5_DS                 MSMMU_BIT(7)
#define IDR5_D128               MSMMU_BIT(8)
#define IDR5_VAX                MSMMU_MASK(11, 10)
#define   IDR5_VAX_48           0
#define   IDR5_VAX_52           1
#define   IDR5_VAX_56           2
#define IDR5_STALL_MAX          MSMMU_MASK(31, 16)
#define IDR5_RES0 \
    (MSMMU_BIT(3) | MSMMU_BIT(9) | MSMMU_MASK(15, 12))

/* IIDR (6.3.7) */
#define IIDR_IMPLEMENTER        MSMMU_MASK(11, 0)
#define IIDR_REVISION           MSMMU_MASK(15, 12)
#define IIDR_VARIANT            MSMMU_MASK(19, 16)
#define IIDR_PRODUCT_ID         MSMMU_MASK(31, 20)

/* AIDR (6.3.8) */
#define AIDR_ARCH_MINOR_REV     MSMMU_MASK(3, 0)
#define AIDR_ARCH_MAJOR_REV     MSMMU_MASK(7, 4)

/* CR0 and CR0ACK (6.3.9, 6.3.10) */
#define CR0_SMMUEN              MSMMU_BIT(0)
#define CR0_PRIQEN              MSMMU_BIT(1)
#define CR0_EVENTQEN            MSMMU_BIT(2)
#define CR0_CMDQEN              MSMMU_BIT(3)
#define CR0_ATSCHK              MSMMU_BIT(4)
#define CR0_VMW                 MSMMU_MASK(8, 6)
#define CR0_DPT_WALK_EN         MSMMU_BIT(10)
#define CR0_RES0 \
    (MSMMU_BIT(5) | MSMMU_BIT(9) | MSMMU_MASK(31, 11))

/* CR1 (6.3.11) */
#define CR1_QUEUE_IC            MSMMU_MASK(1, 0)
#define CR1_QUEUE_OC            MSMMU_MASK(3, 2)
#define CR1_QUEUE_SH            MSMMU_MASK(5, 4)
#define CR1_TABLE_IC            MSMMU_MASK(7, 6)
#define CR1_TABLE_OC            MSMMU_MASK(9, 8)
#define CR1_TABLE_SH            MSMMU_MASK(11, 10)
#define CR1_RES0                MSMMU_MASK(31, 12)

/* CR2 (6.3.12) */
#define CR2_E2H                 MSMMU_BIT(0)
#define CR2_RECINVSID           MSMMU_BIT(1)
#define CR2_PTM                 MSMMU_BIT(2)
#define CR2_REC_CFG_ATS         MSMMU_BIT(3)
#define CR2_RES0                MSMMU_MASK(31, 4)

/* GBPA (6.3.14) */
#define GBPA_MEMATTR            MSMMU_MASK(3, 0)
#define GBPA_MTCFG              MSMMU_BIT(4)
#define GBPA_ALLOCCFG           MSMMU_MASK(11, 8)
#define GBPA_SHCFG              MSMMU_MASK(13, 12)
#define   GBPA_SHCFG_INCOMING   1
#define GBPA_PRIVCFG            MSMMU_MASK(17, 16)
#define GBPA_INSTCFG            MSMMU_MASK(19, 18)
#define GBPA_ABORT              MSMMU_BIT(20)
#define GBPA_UPDATE             MSMMU_BIT(31)
#define GBPA_RES0 \
    (MSMMU_MASK(7, 5) | MSMMU_MASK(15, 14) | MSMMU_MASK(30, 21))

/* IRQ_CTRL and IRQ_CTRLACK (6.3.16, 6.3.18) */
#define IRQ_CTRL_GERROR_IRQEN   MSMMU_BIT(0)
#define IRQ_CTRL_PRIQ_IRQEN     MSMMU_BIT(1)
#define IRQ_CTRL_EVENTQ_IRQEN   MSMMU_BIT(2)
#define IRQ_CTRL_RES0           MSMMU_MASK(31, 3)

/* GERROR and GERRORN (6.3.19, 6.3.20) */
#define GERROR_CMDQ_ERR         MSMMU_BIT(0)
#define GERROR_EVENTQ_ABT_ERR   MSMMU_BIT(2)
#define GERROR_PRIQ_ABT_ERR     MSMMU_BIT(3)
#define GERROR_MSI_CMDQ_ABT_ERR MSMMU_BIT(4)
#define GERROR_MSI_EVENTQ_ABT_ERR MSMMU_BIT(5)
#define GERROR_MSI_PRIQ_ABT_ERR MSMMU_BIT(6)
#define GERROR_MSI_GERROR_ABT_ERR MSMMU_BIT(7)
#define GERROR_SFM_ERR          MSMMU_BIT(8)
#define GERROR_CMDQP_ERR        MSMMU_BIT(9)
#define GERROR_DPT_ERR          MSMMU_BIT(10)
#define GERROR_RES0             (MSMMU_BIT(1) | MSMMU_MASK(31, 11))

/* GERROR_IRQ_CFG0, EVENTQ_IRQ_CFG0 (6.3.21, 6.3.30) */
#define IRQ_CFG0_ADDR           MSMMU_MASK(55, 2)
#define IRQ_CFG0_RES0           (MSMMU_MASK(1, 0) | MSMMU_MASK(63, 56))

/* GERROR_IRQ_CFG2, EVENTQ_IRQ_CFG2 (6.3.23, 6.3.32) */
#define IRQ_CFG2_MEMATTR        MSMMU_MASK(3, 0)
#define IRQ_CFG2_SH             MSMMU_MASK(5, 4)
#define IRQ_CFG2_RES0           MSMMU_MASK(31, 6)

/* STRTAB_BASE (6.3.24) */
#define STRTAB_BASE_ADDR        MSMMU_MASK(55, 6)
#define STRTAB_BASE_RA          MSMMU_BIT(62)
#define STRTAB_BASE_RES0 \
    (MSMMU_MASK(5, 0) | MSMMU_MASK(61, 56) | MSMMU_BIT(63))

/* STRTAB_BASE_CFG (6.3.25) */
#define STRTAB_BASE_CFG_LOG2SIZE MSMMU_MASK(5, 0)
#define STRTAB_BASE_CFG_SPLIT   MSMMU_MASK(10, 6)
#define   STRTAB_BASE_CFG_SPLIT_6 6
#define   STRTAB_BASE_CFG_SPLIT_8 8
#define   STRTAB_BASE_CFG_SPLIT_10 10
#define STRTAB_BASE_CFG_FMT     MSMMU_MASK(17, 16)
#define   STRTAB_BASE_CFG_FMT_LINEAR 0
#define   STRTAB_BASE_CFG_FMT_2_LEVEL 1
#define STRTAB_BASE_CFG_RES0    (MSMMU_MASK(15, 11) | MSMMU_MASK(31, 18))

/* CMDQ_BASE, EVENTQ_BASE (6.3.26, 6.3.29); the hint is RA or WA. */
#define Q_BASE_LOG2SIZE         MSMMU_MASK(4, 0)
#define Q_BASE_ADDR             MSMMU_MASK(55, 5)
#define Q_BASE_HINT             MSMMU_BIT(62)
#define Q_BASE_RES0             (MSMMU_MASK(61, 56) | MSMMU_BIT(63))

/* The index of all PROD and CONS registers, with the wrap flag. */
#define Q_INDEX                 MSMMU_MASK(19, 0)

/* CMDQ_CONS (6.3.28) */
#define CMDQ_CONS_ERR           MSMMU_MASK(30, 24)
#define   CERROR_NONE           0
#define   CERROR_ILL            1
#define   CERROR_ABT            2
#define   CERROR_ATC_INV_SYNC   3

/* EVENTQ_PROD, EVENTQ_CONS (6.3.95, 6.3.96) */
#define EVENTQ_PROD_OVFLG       MSMMU_BIT(31)
#define EVENTQ_CONS_OVACKFLG    MSMMU_BIT(31)

/*
 * Every bit of a register is in one field or in RES0: the sum of the masks is
 * all ones only if they are disjoint and complete.
 */
#define MSMMU_REG32_COMPLETE(sum) _Static_assert((sum) == UINT32_MAX, #sum)
#define MSMMU_REG64_COMPLETE(sum) _Static_assert((sum) == UINT64_MAX, #sum)

MSMMU_REG32_COMPLETE(
    IDR0_S2P + IDR0_S1P + IDR0_TTF + IDR0_COHACC + IDR0_BTM + IDR0_HTTU +
    IDR0_DORMHINT + IDR0_HYP + IDR0_ATS + IDR0_NS1ATS + IDR0_ASID16 +
    IDR0_MSI + IDR0_SEV + IDR0_ATOS + IDR0_PRI + IDR0_VMW + IDR0_VMID16 +
    IDR0_CD2L + IDR0_VATOS + IDR0_TTENDIAN + IDR0_ATSRECERR +
    IDR0_STALL_MODEL + IDR0_TERM_MODEL + IDR0_ST_LEVEL + IDR0_RME_IMPL +
    IDR0_RES0);
MSMMU_REG32_COMPLETE(
    IDR1_SIDSIZE + IDR1_SSIDSIZE + IDR1_PRIQS + IDR1_EVENTQS + IDR1_CMDQS +
    IDR1_ATTR_PERMS_OVR + IDR1_ATTR_TYPES_OVR + IDR1_REL +
    IDR1_QUEUES_PRESET + IDR1_TABLES_PRESET + IDR1_ECMDQ);
MSMMU_REG32_COMPLETE(
    IDR3_HAD + IDR3_PBHA + IDR3_XNX + IDR3_PPS + IDR3_MPAM + IDR3_FWB +
    IDR3_STT + IDR3_RIL + IDR3_BBML + IDR3_E0PD + IDR3_PTWNNC + IDR3_DPT +
    IDR3_PASIDTT + IDR3_EPAN + IDR3_S1PI + IDR3_S2PI + IDR3_S2PO + IDR3_THE +
    IDR3_MTEPERM + IDR3_AIE + IDR3_RES0);
MSMMU_REG32_COMPLETE(
    IDR5_OAS + IDR5_GRAN4K + IDR5_GRAN16K + IDR5_GRAN64K + IDR5_DS +
    IDR5_D128 + IDR5_VAX + IDR5_STALL_MAX + IDR5_RES0);
MSMMU_REG32_COMPLETE(
    IIDR_IMPLEMENTER + IIDR_REVISION + IIDR_VARIANT + IIDR_PRODUCT_ID);
MSMMU_REG32_COMPLETE(
    CR0_SMMUEN + CR0_PRIQEN + CR0_EVENTQEN + CR0_CMDQEN + CR0_ATSCHK +
    CR0_VMW + CR0_DPT_WALK_EN + CR0_RES0);
MSMMU_REG32_COMPLETE(
    CR1_QUEUE_IC + CR1_QUEUE_OC + CR1_QUEUE_SH + CR1_TABLE_IC +
    CR1_TABLE_OC + CR1_TABLE_SH + CR1_RES0);
MSMMU_REG32_COMPLETE(
    CR2_E2H + CR2_RECINVSID + CR2_PTM + CR2_REC_CFG_ATS + CR2_RES0);
MSMMU_REG32_COMPLETE(
    GBPA_MEMATTR + GBPA_MTCFG + GBPA_ALLOCCFG + GBPA_SHCFG + GBPA_PRIVCFG +
    GBPA_INSTCFG + GBPA_ABORT + GBPA_UPDATE + GBPA_RES0);
MSMMU_REG32_COMPLETE(
    IRQ_CTRL_GERROR_IRQEN + IRQ_CTRL_PRIQ_IRQEN + IRQ_CTRL_EVENTQ_IRQEN +
    IRQ_CTRL_RES0);
MSMMU_REG32_COMPLETE(
    GERROR_CMDQ_ERR + GERROR_EVENTQ_ABT_ERR + GERROR_PRIQ_ABT_ERR +
    GERROR_MSI_CMDQ_ABT_ERR + GERROR_MSI_EVENTQ_ABT_ERR +
    GERROR_MSI_PRIQ_ABT_ERR + GERROR_MSI_GERROR_ABT_ERR + GERROR_SFM_ERR +
    GERROR_CMDQP_ERR + GERROR_DPT_ERR + GERROR_RES0);
MSMMU_REG64_COMPLETE(IRQ_CFG0_ADDR + IRQ_CFG0_RES0);
MSMMU_REG32_COMPLETE(IRQ_CFG2_MEMATTR + IRQ_CFG2_SH + IRQ_CFG2_RES0);
MSMMU_REG64_COMPLETE(
    STRTAB_BASE_ADDR + STRTAB_BASE_RA + STRTAB_BASE_RES0);
MSMMU_REG32_COMPLETE(
    STRTAB_BASE_CFG_LOG2SIZE + STRTAB_BASE_CFG_SPLIT + STRTAB_BASE_CFG_FMT +
    STRTAB_BASE_CFG_RES0);
MSMMU_REG64_COMPLETE(
    Q_BASE_LOG2SIZE + Q_BASE_ADDR + Q_BASE_HINT + Q_BASE_RES0);

#endif
