/*
 * Commands (IHI 0070 chapter 4): opcodes, fields and values.
 *
 * A command is two 64-bit words; CMD0_ fields are in bits 63:0, CMD1_ fields
 * in bits 127:64.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_SPEC_CMD_H
#define MSMMU_CORE_SPEC_CMD_H

#include "bits.h"

#define CMD_SIZE_LOG2           4
#define CMD_WORDS               2

/* Opcodes (4.1.1); those that exist on other Command queues only are out. */
#define CMD_PREFETCH_CONFIG     0x01
#define CMD_PREFETCH_ADDR       0x02
#define CMD_CFGI_STE            0x03
#define CMD_CFGI_STE_RANGE      0x04
#define CMD_CFGI_CD             0x05
#define CMD_CFGI_CD_ALL         0x06
#define CMD_CFGI_VMS_PIDM       0x07
#define CMD_TLBI_NH_ALL         0x10
#define CMD_TLBI_NH_ASID        0x11
#define CMD_TLBI_NH_VA          0x12
#define CMD_TLBI_NH_VAA         0x13
#define CMD_TLBI_EL2_ALL        0x20
#define CMD_TLBI_EL2_ASID       0x21
#define CMD_TLBI_EL2_VA         0x22
#define CMD_TLBI_EL2_VAA        0x23
#define CMD_TLBI_S12_VMALL      0x28
#define CMD_TLBI_S2_IPA         0x2a
#define CMD_TLBI_NSNH_ALL       0x30
#define CMD_ATC_INV             0x40
#define CMD_PRI_RESP            0x41
#define CMD_RESUME              0x44
#define CMD_STALL_TERM          0x45
#define CMD_SYNC                0x46

#define CMD0_OPCODE             MSMMU_MASK(7, 0)

/* CFGI and PREFETCH (4.2, 4.3) */
#define CMD0_SSEC               MSMMU_BIT(10)
#define CMD0_SSV                MSMMU_BIT(11)
#define CMD0_SUBSTREAM_ID       MSMMU_MASK(31, 12)
#define CMD0_STREAM_ID          MSMMU_MASK(63, 32)
#define CMD1_LEAF               MSMMU_BIT(0)
#define CMD1_RANGE              MSMMU_MASK(4, 0)
#define   CMD1_RANGE_ALL        31

/* TLBI (4.4) */
#define CMD0_NUM                MSMMU_MASK(16, 12)
#define CMD0_SCALE              MSMMU_MASK(24, 20)  /* with DS == 0 */
#define CMD0_SCALE_DS           MSMMU_MASK(25, 20)  /* with DS == 1 */
#define   CMD0_SCALE_MAX        39                  /* as which more acts */
#define CMD0_VMID               MSMMU_MASK(47, 32)
#define CMD0_ASID               MSMMU_MASK(63, 48)
#define CMD1_TTL128             MSMMU_BIT(7)        /* without D128: RES0 */
#define CMD1_TTL                MSMMU_MASK(9, 8)
#define CMD1_TG                 MSMMU_MASK(11, 10)
#define   CMD1_TG_ANY           0
#define   CMD1_TG_4K            1
#define   CMD1_TG_16K           2
#define   CMD1_TG_64K           3
#define CMD1_ADDRESS            MSMMU_MASK(63, 12)  /* a VA */
#define CMD1_IPA                MSMMU_MASK(55, 12)

/* SYNC (4.7.3) */
#define CMD0_CS                 MSMMU_MASK(13, 12)
#define   CMD0_CS_NONE          0
#define   CMD0_CS_IRQ           1
#define   CMD0_CS_SEV           2
#define   CMD0_CS_RESERVED      3

/* The fields of one command share no bit. */
_Static_assert(CMD0_OPCODE + CMD0_SSEC + CMD0_SSV + CMD0_SUBSTREAM_ID +
               CMD0_STREAM_ID == UINT64_MAX - MSMMU_MASK(9, 8), "CFGI");
_Static_assert(CMD0_OPCODE + CMD0_NUM + CMD0_SCALE_DS + CMD0_VMID +
               CMD0_ASID == UINT64_MAX - MSMMU_MASK(11, 8) -
               MSMMU_MASK(19, 17) - MSMMU_MASK(31, 26), "TLBI, bits 63:0");
_Static_assert(CMD1_LEAF + CMD1_TTL128 + CMD1_TTL + CMD1_TG + CMD1_ADDRESS ==
               UINT64_MAX - MSMMU_MASK(6, 1), "TLBI, bits 127:64");

#endif
