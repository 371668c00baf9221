/*
 * Commands (IHI 0070 chapter 4): opcodes, fields and values, and which fields
 * each command has.
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

/* Opcodes (4.1.1) */
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
#define CMD_TLBI_EL3_ALL        0x18
#define CMD_TLBI_EL3_VA         0x1a
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
#define CMD_TLBI_S_EL2_ALL      0x50
#define CMD_TLBI_S_EL2_ASID     0x51
#define CMD_TLBI_S_EL2_VA       0x52
#define CMD_TLBI_S_EL2_VAA      0x53
#define CMD_TLBI_S_S12_VMALL    0x58
#define CMD_TLBI_S_S2_IPA       0x5a
#define CMD_TLBI_SNH_ALL        0x60
#define CMD_DPTI_ALL            0x70
#define CMD_DPTI_PA             0x73

/* ---- Fields ---- */

#define CMD0_OPCODE             MSMMU_MASK(7, 0)

/* CFGI and PREFETCH (4.2, 4.3) */
#define CMD0_SSEC               MSMMU_BIT(10)
#define CMD0_SSV                MSMMU_BIT(11)
#define CMD0_SUBSTREAM_ID       MSMMU_MASK(31, 12)
#define CMD0_STREAM_ID          MSMMU_MASK(63, 32)
#define CMD1_LEAF               MSMMU_BIT(0)
#define CMD1_RANGE              MSMMU_MASK(4, 0)
#define   CMD1_RANGE_ALL        31
#define CMD1_SIZE               MSMMU_MASK(4, 0)
#define CMD1_STRIDE             MSMMU_MASK(9, 5)

/* TLBI (4.4) */
#define CMD0_NUM                MSMMU_MASK(16, 12)
#define CMD0_SCALE              MSMMU_MASK(25, 20)
#define   CMD0_SCALE_LOW        MSMMU_MASK(24, 20)
#define   CMD0_SCALE_HIGH       MSMMU_BIT(25)       /* with DS */
#define   CMD0_SCALE_MAX        39                  /* as which more acts */
#define CMD0_VMID               MSMMU_MASK(47, 32)
#define CMD0_ASID               MSMMU_MASK(63, 48)
#define CMD1_TTL128             MSMMU_BIT(7)        /* with D128 */
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
#define CMD0_MSH                MSMMU_MASK(23, 22)
#define CMD0_MSI_ATTR           MSMMU_MASK(27, 24)
#define CMD0_MSI_DATA           MSMMU_MASK(63, 32)
#define CMD1_MSI_ADDRESS        MSMMU_MASK(55, 2)

/* ---- Words ---- */

/* When bits of a command are a field; else they are Reserved. */
typedef enum CmdWhen {
    CMD_ALWAYS,
    CMD_NEVER,
    CMD_WITH_STAGE_2,
    CMD_WITH_RIL,
    CMD_WITH_TG,                /* RIL, and TG of this command is not 0 */
    CMD_WITH_TG_AND_DS,
    CMD_FROM_3_1,               /* version 3.1 on */
    CMD_FROM_3_4,
    CMD_WHENS
} CmdWhen;

/*
 * The words that commands are made of, from bit 0 up: F(when, mask) for each
 * field, and for what is in none.
 */
#define CMD_WORD(word, F) CMD_##word(F)

/* Bits 63:0 */
#define CMD_W0_STREAMS(F) \
    (F(CMD_ALWAYS, CMD0_OPCODE) + F(CMD_NEVER, MSMMU_MASK(9, 8)) + \
     F(CMD_ALWAYS, CMD0_SSEC) + F(CMD_ALWAYS, CMD0_STREAM_ID))
#define CMD_W0_PREFETCH(F) \
    (CMD_W0_STREAMS(F) + F(CMD_ALWAYS, CMD0_SSV) + \
     F(CMD_ALWAYS, CMD0_SUBSTREAM_ID))
#define CMD_W0_CD(F) \
    (CMD_W0_STREAMS(F) + F(CMD_NEVER, CMD0_SSV) + \
     F(CMD_ALWAYS, CMD0_SUBSTREAM_ID))
#define CMD_W0_STREAM(F) \
    (CMD_W0_STREAMS(F) + F(CMD_NEVER, CMD0_SSV) + \
     F(CMD_NEVER, CMD0_SUBSTREAM_ID))
#define CMD_W0_RANGE(F) \
    (F(CMD_ALWAYS, CMD0_OPCODE) + F(CMD_NEVER, MSMMU_MASK(11, 8)) + \
     F(CMD_WITH_TG, CMD0_NUM) + F(CMD_NEVER, MSMMU_MASK(19, 17)) + \
     F(CMD_WITH_TG, CMD0_SCALE_LOW) + \
     F(CMD_WITH_TG_AND_DS, CMD0_SCALE_HIGH) + \
     F(CMD_NEVER, MSMMU_MASK(31, 26)))
#define CMD_W0_NO_RANGE(F) \
    (F(CMD_ALWAYS, CMD0_OPCODE) + F(CMD_NEVER, MSMMU_MASK(31, 8)))
#define CMD_W0_NH_VA(F) \
    (CMD_W0_RANGE(F) + F(CMD_WITH_STAGE_2, CMD0_VMID) + \
     F(CMD_ALWAYS, CMD0_ASID))
#define CMD_W0_NH_VAA(F) \
    (CMD_W0_RANGE(F) + F(CMD_WITH_STAGE_2, CMD0_VMID) + \
     F(CMD_NEVER, CMD0_ASID))
#define CMD_W0_EL2_VA(F) \
    (CMD_W0_RANGE(F) + F(CMD_NEVER, CMD0_VMID) + F(CMD_ALWAYS, CMD0_ASID))
#define CMD_W0_EL2_VAA(F) \
    (CMD_W0_RANGE(F) + F(CMD_NEVER, CMD0_VMID) + F(CMD_NEVER, CMD0_ASID))
#define CMD_W0_NH_ASID(F) \
    (CMD_W0_NO_RANGE(F) + F(CMD_WITH_STAGE_2, CMD0_VMID) + \
     F(CMD_ALWAYS, CMD0_ASID))
#define CMD_W0_VMID(F) \
    (CMD_W0_NO_RANGE(F) + F(CMD_WITH_STAGE_2, CMD0_VMID) + \
     F(CMD_NEVER, CMD0_ASID))
#define CMD_W0_EL2_ASID(F) \
    (CMD_W0_NO_RANGE(F) + F(CMD_NEVER, CMD0_VMID) + F(CMD_ALWAYS, CMD0_ASID))
#define CMD_W0_OPCODE(F) \
    (CMD_W0_NO_RANGE(F) + F(CMD_NEVER, CMD0_VMID) + F(CMD_NEVER, CMD0_ASID))
#define CMD_W0_SYNC(F) \
    (F(CMD_ALWAYS, CMD0_OPCODE) + F(CMD_NEVER, MSMMU_MASK(11, 8)) + \
     F(CMD_ALWAYS, CMD0_CS) + F(CMD_NEVER, MSMMU_MASK(21, 14)) + \
     F(CMD_ALWAYS, CMD0_MSH) + F(CMD_ALWAYS, CMD0_MSI_ATTR) + \
     F(CMD_NEVER, MSMMU_MASK(31, 28)) + F(CMD_ALWAYS, CMD0_MSI_DATA))

/* Bits 127:64; bits of a PA or IPA as in 4.1.6 */
#define CMD_W1_NONE(F) F(CMD_NEVER, MSMMU_MASK(63, 0))
#define CMD_W1_LEAF(F) \
    (F(CMD_ALWAYS, CMD1_LEAF) + F(CMD_NEVER, MSMMU_MASK(63, 1)))
#define CMD_W1_STREAMS(F) \
    (F(CMD_ALWAYS, CMD1_RANGE) + F(CMD_NEVER, MSMMU_MASK(63, 5)))
#define CMD_W1_PREFETCH(F) \
    (F(CMD_ALWAYS, CMD1_SIZE) + F(CMD_FROM_3_1, CMD1_STRIDE) + \
     F(CMD_NEVER, MSMMU_MASK(11, 10)) + F(CMD_ALWAYS, CMD1_ADDRESS))
#define CMD_W1_HINTS(F) \
    (F(CMD_ALWAYS, CMD1_LEAF) + F(CMD_NEVER, MSMMU_MASK(6, 1)) + \
     F(CMD_NEVER, CMD1_TTL128) + F(CMD_WITH_TG, CMD1_TTL) + \
     F(CMD_WITH_RIL, CMD1_TG))
#define CMD_W1_PA(F) \
    (F(CMD_FROM_3_1, MSMMU_MASK(51, 48)) + \
     F(CMD_FROM_3_4, MSMMU_MASK(55, 52)) + F(CMD_NEVER, MSMMU_MASK(63, 56)))
#define CMD_W1_VA(F) (CMD_W1_HINTS(F) + F(CMD_ALWAYS, CMD1_ADDRESS))
#define CMD_W1_IPA(F) \
    (CMD_W1_HINTS(F) + F(CMD_ALWAYS, MSMMU_MASK(47, 12)) + CMD_W1_PA(F))
#define CMD_W1_SYNC(F) \
    (F(CMD_NEVER, MSMMU_MASK(1, 0)) + F(CMD_ALWAYS, MSMMU_MASK(47, 2)) + \
     CMD_W1_PA(F))

/*
 * Each command that an instance may have: opcode, its two words, section.
 * CMD_CFGI_ALL is CMD_CFGI_STE_RANGE.
 */
#define CMD_EACH(X) \
    X(PREFETCH_CONFIG, W0_PREFETCH, W1_NONE, "4.2.1") \
    X(PREFETCH_ADDR, W0_PREFETCH, W1_PREFETCH, "4.2.2") \
    X(CFGI_STE, W0_STREAM, W1_LEAF, "4.3.1") \
    X(CFGI_STE_RANGE, W0_STREAM, W1_STREAMS, "4.3.2") \
    X(CFGI_CD, W0_CD, W1_LEAF, "4.3.3") \
    X(CFGI_CD_ALL, W0_STREAM, W1_NONE, "4.3.4") \
    X(TLBI_NH_ALL, W0_VMID, W1_NONE, "4.4.2.1") \
    X(TLBI_NH_ASID, W0_NH_ASID, W1_NONE, "4.4.2.2") \
    X(TLBI_NH_VAA, W0_NH_VAA, W1_VA, "4.4.2.3") \
    X(TLBI_NH_VA, W0_NH_VA, W1_VA, "4.4.2.4") \
    X(TLBI_EL2_ALL, W0_OPCODE, W1_NONE, "4.4.2.7") \
    X(TLBI_EL2_VA, W0_EL2_VA, W1_VA, "4.4.2.8") \
    X(TLBI_EL2_VAA, W0_EL2_VAA, W1_VA, "4.4.2.9") \
    X(TLBI_EL2_ASID, W0_EL2_ASID, W1_NONE, "4.4.2.10") \
    X(TLBI_S2_IPA, W0_NH_VAA, W1_IPA, "4.4.3.1") \
    X(TLBI_S12_VMALL, W0_VMID, W1_NONE, "4.4.3.2") \
    X(TLBI_NSNH_ALL, W0_OPCODE, W1_NONE, "4.4.4.1") \
    X(SYNC, W0_SYNC, W1_SYNC, "4.7.3")

/* Every bit of each word is in one of the masks. */
#define CMD_MASK(when, mask) MSMMU_ITSELF(mask)
#define CMD_WIDTH(when, mask) MSMMU_WIDTH(mask)
#define CMD_WORD_TILES(word) \
    (CMD_WORD(word, CMD_MASK) == ~UINT64_C(0) && \
     CMD_WORD(word, CMD_WIDTH) == 64)
#define CMD_TILES(name, word0, word1, section) \
    _Static_assert(CMD_WORD_TILES(word0) && CMD_WORD_TILES(word1), #name);
CMD_EACH(CMD_TILES)

#endif
