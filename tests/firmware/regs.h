/*
 * Registers, commands and events of SMMUv3, as far as this program uses them
 * (IHI 0070 G.b: chapter 6 registers, 4.1 commands, 7.3 events).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_REGS_H
#define FIRMWARE_REGS_H

#include "platform.h"

/* ---- Identification (6.3.1 to 6.3.8) ------------------------------------ */

#define IDR0 0x00
#define IDR0_S2P BIT(0)
#define IDR0_S1P BIT(1)
#define IDR0_TTF_AA64 BIT(3)                    /* and 32-bit ones: BIT(2) */
#define IDR0_COHACC BIT(4)
#define IDR0_HTTU(idr0) BITS(idr0, 7, 6)
#define IDR0_HYP BIT(9)
#define IDR0_ATS BIT(10)
#define IDR0_MSI BIT(13)
#define IDR0_TTENDIAN(idr0) BITS(idr0, 22, 21)
#define TTENDIAN_MIXED 0                        /* 2: little-endian */
#define TTENDIAN_BIG 3
#define IDR0_STALL_MODEL(idr0) BITS(idr0, 25, 24)
#define STALL_FORCED 2
#define IDR0_TERM_MODEL BIT(26)
#define IDR0_ST_LEVEL(idr0) BITS(idr0, 28, 27)
#define IDR1 0x04
#define IDR1_SIDSIZE(idr1) BITS(idr1, 5, 0)
#define IDR1_SSIDSIZE(idr1) BITS(idr1, 10, 6)
#define IDR1_EVENTQS(idr1) BITS(idr1, 20, 16)
#define IDR1_CMDQS(idr1) BITS(idr1, 25, 21)
#define IDR1_QUEUES_PRESET BIT(29)
#define IDR1_TABLES_PRESET BIT(30)
#define IDR3 0x0c
#define IDR5 0x14
#define IDR5_OAS(idr5) BITS(idr5, 2, 0)
#define IDR5_GRAN4K BIT(4)
#define IDR5_GRAN16K BIT(5)
#define IDR5_GRAN64K BIT(6)
#define AIDR 0x1c
#define AIDR_MINOR(aidr) BITS(aidr, 3, 0)

/* ---- Control (6.3.9 to 6.3.18) ------------------------------------------ */

#define CR0 0x20
#define CR0ACK 0x24
#define CR0_SMMUEN BIT(0)
#define CR0_EVENTQEN BIT(2)
#define CR0_CMDQEN BIT(3)
#define CR1 0x28
/* Tables, then queues: Inner Shareable, outer and inner write-back */
#define CR1_TABLES_CACHED (3u << 10 | 1u << 8 | 1u << 6)
#define CR1_QUEUES_CACHED (3u << 4 | 1u << 2 | 1u)
#define CR2 0x2c
#define CR2_RECINVSID BIT(1)
#define GBPA 0x44
#define GBPA_ABORT BIT(20)
#define GBPA_UPDATE BIT(31)
#define IRQ_CTRL 0x50
#define IRQ_CTRLACK 0x54
#define IRQ_CTRL_GERROR BIT(0)
#define IRQ_CTRL_EVENTQ BIT(2)

/* ---- Global errors (6.3.19 to 6.3.23) ----------------------------------- */

#define GERROR 0x60
#define GERRORN 0x64
#define GERROR_CMDQ_ERR BIT(0)
#define GERROR_EVENTQ_ABT_ERR BIT(2)
#define GERROR_IRQ_CFG 0x68

/* ---- Stream table and queues (6.3.24 to 6.3.32) ------------------------- */

#define STRTAB_BASE 0x80
#define STRTAB_BASE_CFG 0x88
#define STRTAB_FMT_TWO_LEVEL (1u << 16)
#define STRTAB_SPLIT(split) ((uint32_t)(split) << 6)
#define CMDQ_BASE 0x90
#define CMDQ_PROD 0x98
#define CMDQ_CONS 0x9c
#define CMDQ_CONS_ERR(cons) BITS(cons, 30, 24)
#define EVENTQ_BASE 0xa0
#define EVENTQ_IRQ_CFG 0xb0
/* In page 1, at 0x10000 */
#define EVENTQ_PROD 0x100a8
#define EVENTQ_CONS 0x100ac
#define QUEUE_OVERFLOW BIT(31)

/* xxx_IRQ_CFG0, 1, 2: address, data, attributes */
#define IRQ_CFG_DATA 8
#define IRQ_CFG_ATTRIBUTES 12
#define IRQ_CFG_DEVICE_NGNRE 1u

/* ---- Commands (4.1.1) --------------------------------------------------- */

#define CMD_WORDS 2
#define CMD_CFGI_STE 0x03
#define CMD_CFGI_STE_RANGE 0x04
#define CMD_CFGI_CD 0x05
#define CMD_TLBI_NH_ASID 0x11
#define CMD_TLBI_NH_VA 0x12
#define CMD_TLBI_EL2_ALL 0x20
#define CMD_TLBI_S12_VMALL 0x28
#define CMD_TLBI_S2_IPA 0x2a
#define CMD_TLBI_NSNH_ALL 0x30
#define CMD_ATC_INV 0x40
#define CMD_SYNC 0x46
#define CMD_SYNC_IRQ (1u << 12)             /* CS = SIG_IRQ */
#define CMD_SYNC_SHARED (3u << 22)          /* MSH */
#define CMD_SYNC_CACHED (15u << 24)         /* MSIAttr */
#define CMD_SYNC_DATA(data) ((uint64_t)(data) << 32)
#define CMD_VMID(vmid) ((uint64_t)(vmid) << 32)
#define CMD_ASID(asid) ((uint64_t)(asid) << 48)
#define CMD_SID(sid) ((uint64_t)(sid) << 32)
/* Second words */
#define CMD_LEAF BIT(0)
#define CMD_RANGE_ALL 31

/* CMDQ_CONS.ERR (7.1) */
#define CERROR_ILL 1
#define CERROR_ABT 2

/* ---- STE (5.2), by its words of 64 bits --------------------------------- */

#define STE_V BIT(0)                            /* word 0 */
#define STE_CONFIG(value) ((uint64_t)(value) << 1)
#define STE_CONFIG_MASK STE_CONFIG(7)
#define STE_CONFIG_S1 STE_CONFIG(5)
#define STE_CONFIG_S2 STE_CONFIG(6)             /* both: 7 */
#define STE_S1_CD(cached) ((cached) << 2)       /* word 1: S1CIR, COR, CSH */
#define STE_SHCFG_INCOMING (1UL << 44)
#define STE_S2VMID(vmid) ((uint64_t)(vmid))     /* word 2 */
#define STE_S2T0SZ(bits) ((64UL - (bits)) << 32)
#define STE_S2SL0(value) ((uint64_t)(value) << 38)
#define STE_S2_TABLES(cached) ((cached) << 40)  /* S2IR0, OR0, SH0 */
#define STE_S2TG(value) ((uint64_t)(value) << 46)
#define STE_S2PS(value) ((uint64_t)(value) << 48)
#define STE_S2AA64 BIT(51)
#define STE_S2ENDI BIT(52)
#define STE_S2HD BIT(55)
#define STE_S2HA BIT(56)
#define STE_S2R BIT(58)

/* ---- CD (5.4), by its words --------------------------------------------- */

#define CD_T0SZ(bits) (64UL - (bits))           /* word 0 */
#define CD_T0SZ_MASK 63UL
#define CD_TG0(value) ((uint64_t)(value) << 6)
#define CD_TABLES0(cached) ((cached) << 8)      /* IR0, OR0, SH0 */
#define CD_ENDI BIT(15)
#define CD_EPD1 BIT(30)
#define CD_V BIT(31)
#define CD_IPS(value) ((uint64_t)(value) << 32)
#define CD_AA64 BIT(41)
#define CD_HD BIT(42)
#define CD_HA BIT(43)
#define CD_R BIT(45)
#define CD_A BIT(46)
#define CD_ASET BIT(47)
#define CD_ASID(value) ((uint64_t)(value) << 48)
#define CD_MAIR(index, value) ((uint64_t)(value) << 8 * (index))    /* word 3 */
#define CD_MAIR_WRITE_BACK 0xff
#define CD_MAIR_NGNRE 0x04

/* ---- Events (7.3) ------------------------------------------------------- */

#define EVENT_WORDS 4
#define EVENT_TYPE(e) BITS((e)[0], 7, 0)
#define EVENT_SSV(e) BITS((e)[0], 11, 11)
#define EVENT_SSID(e) BITS((e)[0], 31, 12)
#define EVENT_SID(e) BITS((e)[0], 63, 32)
#define EVENT_RNW(e) BITS((e)[1], 35, 35)
#define EVENT_S2(e) BITS((e)[1], 39, 39)
#define EVENT_CLASS(e) BITS((e)[1], 41, 40)
#define EVENT_CLASS_IN 2                        /* the transaction's address */
#define EVENT_INPUT(e) ((e)[2])
#define EVENT_FETCH(e) ((e)[3])

enum {
    EVT_NONE = 0,
    C_BAD_STREAMID = 0x02,
    F_STE_FETCH = 0x03,
    C_BAD_STE = 0x04,
    C_BAD_SUBSTREAMID = 0x08,
    F_CD_FETCH = 0x09,
    C_BAD_CD = 0x0a,
    F_WALK_EABT = 0x0b,
    F_TRANSLATION = 0x10,
    F_ADDR_SIZE = 0x11,
    F_ACCESS = 0x12,
    F_PERMISSION = 0x13,
};

#endif
