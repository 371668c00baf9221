/*
 * A translated stream: words of the STE (IHI 0070 5.2) and the CD (5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stream.h"

#define S1_INPUT_BITS 39
#define S2_INPUT_BITS 32
#define VA_BIAS 0x1000000000UL          /* from IPA or PA to VA */
#define IPA_BIAS 0x40000000UL           /* from PA to IPA */

#define S1_PLAIN (PAGE_S1_EL0 | PAGE_SHARED | PAGE_AF | PAGE_NG)
#define S2_PLAIN \
    (PAGE_S2_READ | PAGE_S2_WRITE | PAGE_S2_NORMAL | PAGE_SHARED | PAGE_AF)

/* Inner, outer write-back, Inner Shareable: IR, OR, SH in this order */
#define CACHED (1UL | 1UL << 2 | 3UL << 4)

#define STE_V BIT(0)
#define STE_CONFIG_S1 (5UL << 1)
#define STE_CONFIG_S2 (6UL << 1)
#define STE_S1_CACHED (CACHED << 2)             /* word 1: S1CIR, COR, CSH */
#define STE_SHCFG_INCOMING (1UL << 44)
#define STE_S2T0SZ(bits) ((64UL - (bits)) << 32)        /* word 2 */
#define STE_S2SL0(value) ((uint64_t)(value) << 38)
#define STE_S2_CACHED (CACHED << 40)
#define STE_S2TG(value) ((uint64_t)(value) << 46)
#define STE_S2PS(value) ((uint64_t)(value) << 48)
#define STE_S2AA64 BIT(51)
#define STE_S2ENDI BIT(52)
#define STE_S2HD BIT(55)
#define STE_S2HA BIT(56)
#define STE_S2R BIT(58)

#define CD_T0SZ(bits) (64UL - (bits))           /* word 0 */
#define CD_TG0(value) ((uint64_t)(value) << 6)
#define CD_CACHED (CACHED << 8)
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
#define CD_MAIR_NORMAL 0xffUL                   /* word 3 */

/* IPS, S2PS: 48 bits, where the instance has as many */
#define SIZE_48_BITS 5

void stream_init(Stream *stream, Smmu *smmu, uint32_t sid, bool stage1,
                 bool stage2, unsigned granule_shift, bool big_endian)
{
    size_t granule = 1UL << granule_shift;

    *stream = (Stream) {
        .smmu = smmu,
        .sid = sid,
        .stage1 = stage1,
        .stage2 = stage2,
        .granule_shift = granule_shift,
        .big_endian = big_endian,
    };
    tables_init(&stream->s2, granule_shift, S2_INPUT_BITS, big_endian, 0);
    stream->area = (uintptr_t)memory_take(0, granule);
    stream->cd = memory_take(granule, granule);
    tables_init(&stream->s1, granule_shift, S1_INPUT_BITS, big_endian,
                stage2 ? IPA_BIAS : 0);
}

uint64_t stream_ipa(const Stream *stream, const void *at)
{
    return (uintptr_t)at + (stream->stage2 ? IPA_BIAS : 0);
}

uint64_t stream_iova(const Stream *stream, const void *at)
{
    return stream_ipa(stream, at) + (stream->stage1 ? VA_BIAS : 0);
}

uint64_t *stream_map_s1(Stream *stream, const void *page, uint64_t attributes)
{
    return tables_map(&stream->s1, stream_iova(stream, page),
                      stream_ipa(stream, page), attributes);
}

uint64_t *stream_map_s2(Stream *stream, const void *page, uint64_t attributes)
{
    return tables_map(&stream->s2, stream_ipa(stream, page), (uintptr_t)page,
                      attributes);
}

/* Mapping the area at stage 1 takes the tables that it needs from the area. */
void stream_map_area(Stream *stream)
{
    size_t granule = 1UL << stream->granule_shift;
    uintptr_t end = (uintptr_t)memory_take(0, granule);

    for (uintptr_t at = stream->area; stream->stage1 && at < end;
         at += granule) {
        stream_map_s1(stream, (void *)at, S1_PLAIN);
    }
    end = (uintptr_t)memory_take(0, granule);
    stream->area_bytes = end - stream->area;
    for (uintptr_t at = stream->area; stream->stage2 && at < end;
         at += granule) {
        stream_map_s2(stream, (void *)at, S2_PLAIN);
    }
}

static unsigned output_size(const Stream *stream)
{
    unsigned oas = SMMU_IDR5_OAS(read32(stream->smmu->regs + SMMU_IDR5));

    return oas < SIZE_48_BITS ? oas : SIZE_48_BITS;
}

/* TG0 and S2TG are the same: 4K is 0, 64K is 1, 16K is 2. */
static unsigned granule_field(const Stream *stream)
{
    switch (stream->granule_shift) {
    case 12:
        return 0;
    case 16:
        return 1;
    default:
        return 2;
    }
}

static void write_cd(Stream *stream, StreamFlags flags)
{
    stream->cd[0] = CD_T0SZ(S1_INPUT_BITS) | CD_TG0(granule_field(stream)) |
        CD_CACHED | (stream->big_endian ? CD_ENDI : 0) | CD_EPD1 | CD_V |
        CD_IPS(output_size(stream)) | CD_AA64 |
        (flags >= STREAM_ACCESS ? CD_HA : 0) |
        (flags >= STREAM_DIRTY ? CD_HD : 0) | CD_R | CD_A | CD_ASET |
        CD_ASID(STREAM_ASID);
    stream->cd[1] = (uintptr_t)stream->s1.root + stream->s1.bias;
    stream->cd[3] = CD_MAIR_NORMAL;
}

void stream_enable(Stream *stream, StreamFlags flags)
{
    uint64_t ste[SMMU_STE_WORDS] = { STE_V, STE_SHCFG_INCOMING };

    if (stream->stage1) {
        write_cd(stream, flags);
        ste[0] |= STE_CONFIG_S1 | stream_ipa(stream, stream->cd);
        ste[1] |= STE_S1_CACHED;
    }
    if (stream->stage2) {
        ste[0] |= STE_CONFIG_S2;
        /* 32 bits of IPA: S2SL0 of 1, one table, with every granule */
        ste[2] = STREAM_VMID | STE_S2T0SZ(S2_INPUT_BITS) | STE_S2SL0(1) |
            STE_S2_CACHED | STE_S2TG(granule_field(stream)) |
            STE_S2PS(output_size(stream)) | STE_S2AA64 |
            (stream->big_endian ? STE_S2ENDI : 0) |
            (flags >= STREAM_ACCESS ? STE_S2HA : 0) |
            (flags >= STREAM_DIRTY ? STE_S2HD : 0) | STE_S2R;
        ste[3] = (uintptr_t)stream->s2.root;
    }
    smmu_set_ste(stream->smmu, stream->sid, ste);
}

void stream_invalidate_all(Stream *stream)
{
    if (stream->stage2) {
        smmu_command(stream->smmu,
                     CMD_TLBI_S12_VMALL | CMD_VMID(STREAM_VMID), 0);
    } else {
        smmu_command(stream->smmu,
                     CMD_TLBI_NH_ASID | CMD_ASID(STREAM_ASID), 0);
    }
    smmu_sync(stream->smmu);
}

/* Not the leaf alone: a table's address is combined with stage 2, too. */
void stream_invalidate_page(Stream *stream, const void *page)
{
    if (stream->stage2) {
        smmu_command(stream->smmu,
                     CMD_TLBI_S2_IPA | CMD_VMID(STREAM_VMID),
                     stream_ipa(stream, page) | CMD_LEAF);
    }
    if (stream->stage1) {
        smmu_command(stream->smmu,
                     CMD_TLBI_NH_VA | CMD_ASID(STREAM_ASID) |
                     (stream->stage2 ? CMD_VMID(STREAM_VMID) : 0),
                     stream_iova(stream, page) |
                     (stream->stage2 ? 0 : CMD_LEAF));
    }
    smmu_sync(stream->smmu);
}
