/*
 * An SMMUv3 instance, driven from its registers (IHI 0070).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_SMMU_H
#define BAREMETAL_SMMU_H

#include "baremetal.h"

#define SMMU_IDR0 0x00
#define SMMU_IDR0_S2P BIT(0)
#define SMMU_IDR0_S1P BIT(1)
#define SMMU_IDR0_HTTU(idr0) ((idr0) >> 6 & 3)
#define SMMU_IDR0_TTENDIAN(idr0) ((idr0) >> 21 & 3)
#define SMMU_TTENDIAN_MIXED 0
#define SMMU_TTENDIAN_BIG 3
#define SMMU_IDR5 0x14
#define SMMU_IDR5_OAS(idr5) ((idr5) & 7)
#define SMMU_IDR5_GRAN4K BIT(4)
#define SMMU_IDR5_GRAN16K BIT(5)
#define SMMU_IDR5_GRAN64K BIT(6)
#define SMMU_GERROR 0x60
#define SMMU_GERRORN 0x64

/* Commands (4.1.1) */
#define CMD_CFGI_STE 0x03
#define CMD_CFGI_STE_RANGE 0x04
#define CMD_TLBI_NH_ALL 0x10
#define CMD_TLBI_NH_ASID 0x11
#define CMD_TLBI_NH_VA 0x12
#define CMD_TLBI_S12_VMALL 0x28
#define CMD_TLBI_S2_IPA 0x2a
#define CMD_TLBI_NSNH_ALL 0x30
#define CMD_SYNC 0x46
#define CMD_VMID(vmid) ((uint64_t)(vmid) << 32)
#define CMD_ASID(asid) ((uint64_t)(asid) << 48)
#define CMD_SID(sid) ((uint64_t)(sid) << 32)
#define CMD_LEAF BIT(0)

#define SMMU_STE_WORDS 8
#define SMMU_CD_WORDS 8
#define SMMU_EVENT_WORDS 4

typedef struct Smmu {
    uintptr_t regs;
    uint64_t *commands;
    uint32_t prod;
    uint64_t *events;
    uint32_t event_cons;
    uint64_t *stream_table;
} Smmu;

/* Queues, a Stream table that aborts all, and translation on */
void smmu_start(Smmu *smmu, uintptr_t regs);
void smmu_stop(Smmu *smmu);

/* What a stream is to do: @words of a whole STE (5.2) */
void smmu_set_ste(Smmu *smmu, uint32_t sid, const uint64_t *words);

/* Put a command in the queue; smmu_sync() waits for all of them. */
void smmu_command(Smmu *smmu, uint64_t word0, uint64_t word1);
void smmu_sync(Smmu *smmu);

/* The next event record; false if there is none. */
bool smmu_next_event(Smmu *smmu, uint64_t *words);

#endif
