/*
 * Step 2: the Stream table (IHI 0070 3.3.1, 5.1, 5.2), indexed by StreamID.
 *
 * Linear: an array of STEs. Two levels: an array of descriptors, each of which
 * points to 256 STEs, or says that there are none; so that memory is only
 * spent where there are devices. An instance need not support the second form.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "smmu.h"

/* STRTAB_BASE_CFG.SPLIT: StreamID bits that index a table of level 2 */
#define SPLIT 8
#define LEVEL2_STES (1u << SPLIT)
#define STE_BYTES (STE_WORDS * sizeof(uint64_t))

/* L1STD (5.1): Span n says that there are 2^(n-1) STEs */
#define L1STD_SPAN (SPLIT + 1)
#define L1STD_L2PTR 0x00ffffffffffffc0UL

/* V = 1 and Config = 0b000: abort, and record nothing */
#define STE_ABORT BIT(0)

static uint64_t *new_stes(unsigned count)
{
    uint64_t *stes = memory_take(count * STE_BYTES, count * STE_BYTES);

    for (unsigned i = 0; i < count; i++) {
        stes[i * STE_WORDS] = STE_ABORT;
    }
    return stes;
}

/* Both kinds of table are aligned to their size (6.3.24), at least 64 bytes. */
void smmu_create_stream_table(Smmu *smmu, uint32_t last)
{
    SmmuStreamTable *table = &smmu->streams;
    size_t bytes;

    table->log2 = SPLIT;
    while (table->log2 < smmu->features.sid_bits && last >> table->log2) {
        table->log2++;
    }
    if (table->log2 > smmu->features.sid_bits) {
        table->log2 = smmu->features.sid_bits;
    }
    table->two_level = smmu->features.two_level && table->log2 >= SPLIT;
    if (!table->two_level) {
        table->base = new_stes(1u << table->log2);
        return;
    }
    bytes = sizeof(uint64_t) << (table->log2 - SPLIT);
    table->base = memory_take(bytes, bytes < 64 ? 64 : bytes);
}

/* A table of level 2 comes when a StreamID of it is first asked for. */
static uint64_t *level2(Smmu *smmu, uint32_t sid)
{
    uint64_t *l1std = smmu->streams.base + (sid >> SPLIT);

    if (!*l1std) {
        uint64_t *stes = new_stes(LEVEL2_STES);

        cpu_barrier();
        *l1std = (uintptr_t)stes | L1STD_SPAN;
        /* 4.3.1: a change of an L1STD takes an invalidation, Leaf = 0. */
        smmu_invalidate_ste(smmu, sid);
    }
    return (uint64_t *)(*l1std & L1STD_L2PTR);
}

uint64_t *smmu_ste(Smmu *smmu, uint32_t sid)
{
    if ((uint64_t)sid >> smmu->streams.log2) {
        return NULL;
    }
    if (smmu->streams.two_level) {
        return level2(smmu, sid) + sid % LEVEL2_STES * STE_WORDS;
    }
    return smmu->streams.base + sid * STE_WORDS;
}

/* Before the queue is on there is nothing to forget: 3.11 does that. */
void smmu_invalidate_ste(Smmu *smmu, uint32_t sid)
{
    if (!(read32(smmu->regs + CR0ACK) & CR0_CMDQEN)) {
        return;
    }
    smmu_command(smmu, CMD_CFGI_STE | CMD_SID(sid), 0);
    smmu_sync(smmu);
}

/*
 * 3.21.3.1: an STE in use is made invalid first, and the SMMU told so. Then
 * all but the first word, which holds V, then the first; then the SMMU is told
 * again, as it may have kept the invalid one.
 */
void smmu_set_ste(Smmu *smmu, uint32_t sid, const uint64_t *words)
{
    uint64_t *ste = smmu_ste(smmu, sid);

    if (!ste) {
        fail("%s: StreamID 0x%x is beyond the Stream table",
             fdt_name(smmu->node), sid);
    }
    ste[0] = 0;
    smmu_invalidate_ste(smmu, sid);
    for (unsigned i = 1; i < STE_WORDS; i++) {
        ste[i] = words[i];
    }
    cpu_barrier();
    ste[0] = words[0];
    smmu_invalidate_ste(smmu, sid);
}
