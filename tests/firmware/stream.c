/*
 * A translated stream: words of the CD (IHI 0070 5.4) and the STE (5.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "stream.h"

#define IPA_BIAS 0x40000000UL           /* from PA to IPA */

#define MAIR_NORMAL 0                   /* indexes into CD.MAIR */
#define MAIR_DEVICE 1

/* Inner, outer write-back, Inner Shareable: IR, OR, SH in this order */
#define CACHED (1UL | 1UL << 2 | 3UL << 4)

/* ASIDs and VMIDs have 8 bits, unless IDR0 says 16. */
#define TAG_MAX 255

/* CD.IPS and STE.S2PS may not say more than these tables can (48 bits). */
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
        .tag = ++smmu->streams_made,
    };
    if (stream->tag > TAG_MAX) {
        fail("%s: no ASID is left", fdt_name(smmu->node));
    }
    tables_init(&stream->s2, granule_shift, S2_INPUT_BITS, big_endian, 0);
    stream->area = (uintptr_t)memory_take(0, granule);
    stream->cd = memory_take(granule, granule);
    tables_init(&stream->s1, granule_shift, S1_INPUT_BITS, big_endian,
                stage2 ? IPA_BIAS : 0);
}

bool stream_default_endian(const Smmu *smmu)
{
    return smmu->features.ttendian == TTENDIAN_BIG;
}

uint64_t stream_ipa(const Stream *stream, const void *at)
{
    return (uintptr_t)at + (stream->stage2 ? IPA_BIAS : 0);
}

/* ---- Mappings ----------------------------------------------------------- */

/* PCIe transactions are unprivileged (13.7), so stage 1 permits EL0. */
static uint64_t s1_attributes(StreamMemory memory)
{
    return PAGE_S1_EL0 | PAGE_SHARED | PAGE_AF | PAGE_NG |
        PAGE_S1_ATTR(memory == STREAM_DEVICE ? MAIR_DEVICE : MAIR_NORMAL);
}

static uint64_t s2_attributes(StreamMemory memory)
{
    return PAGE_S2_READ | PAGE_S2_WRITE | PAGE_SHARED | PAGE_AF |
        (memory == STREAM_DEVICE ? PAGE_S2_DEVICE : PAGE_S2_NORMAL);
}

void stream_map(Stream *stream, uint64_t iova, uint64_t pa, size_t bytes,
                StreamMemory memory)
{
    size_t granule = 1UL << stream->granule_shift;

    for (size_t at = 0; at < bytes; at += granule) {
        uint64_t ipa = stream->stage1 ? stream_ipa(stream, (void *)(pa + at))
                                      : iova + at;

        if (stream->stage1) {
            tables_map(&stream->s1, iova + at, ipa, s1_attributes(memory));
        }
        if (stream->stage2) {
            tables_map(&stream->s2, ipa, pa + at, s2_attributes(memory));
        }
    }
}

/* The CD, the tables of stage 1, and whatever else was taken meanwhile */
void stream_map_own(Stream *stream)
{
    size_t granule = 1UL << stream->granule_shift;
    uintptr_t end = (uintptr_t)memory_take(0, granule);

    for (uintptr_t at = stream->area; stream->stage1 && stream->stage2 &&
         at < end; at += granule) {
        tables_map(&stream->s2, stream_ipa(stream, (void *)at), at,
                   s2_attributes(STREAM_NORMAL));
    }
}

/* ---- Fields ------------------------------------------------------------- */

static unsigned output_size(const Stream *stream)
{
    unsigned size = stream->smmu->features.output_size;

    return size < SIZE_48_BITS ? size : SIZE_48_BITS;
}

/* CD.TG0 and STE.S2TG are the same: 4K is 0, 64K is 1, 16K is 2. */
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

void stream_make_cd(const Stream *stream, StreamFlags flags, uint64_t *cd)
{
    cd[0] = CD_T0SZ(S1_INPUT_BITS) | CD_TG0(granule_field(stream)) |
        CD_TABLES0(CACHED) | (stream->big_endian ? CD_ENDI : 0) | CD_EPD1 |
        CD_V | CD_IPS(output_size(stream)) | CD_AA64 |
        (flags >= STREAM_ACCESS ? CD_HA : 0) |
        (flags >= STREAM_DIRTY ? CD_HD : 0) | CD_R | CD_A | CD_ASET |
        CD_ASID(stream->tag);
    cd[1] = stream_ipa(stream, stream->s1.root);
    cd[3] = CD_MAIR(MAIR_NORMAL, CD_MAIR_WRITE_BACK) |
        CD_MAIR(MAIR_DEVICE, CD_MAIR_NGNRE);
}

/*
 * With 32 bits of input the walk of stage 2 begins in one table, not in several
 * side by side, where S2SL0 is 1: at level 1 with 4K, else at level 2.
 */
static void make_stage2(const Stream *stream, StreamFlags flags, uint64_t *ste)
{
    ste[2] = STE_S2VMID(stream->tag) | STE_S2T0SZ(S2_INPUT_BITS) |
        STE_S2SL0(1) | STE_S2_TABLES(CACHED) | STE_S2TG(granule_field(stream)) |
        STE_S2PS(output_size(stream)) | STE_S2AA64 |
        (stream->big_endian ? STE_S2ENDI : 0) |
        (flags >= STREAM_ACCESS ? STE_S2HA : 0) |
        (flags >= STREAM_DIRTY ? STE_S2HD : 0) | STE_S2R;
    ste[3] = (uintptr_t)stream->s2.root;
}

void stream_make_ste(const Stream *stream, StreamFlags flags, uint64_t *ste)
{
    memset(ste, 0, STE_WORDS * sizeof(*ste));
    ste[0] = STE_V;
    ste[1] = STE_SHCFG_INCOMING;
    if (stream->stage1) {
        ste[0] |= STE_CONFIG_S1 | stream_ipa(stream, stream->cd);
        ste[1] |= STE_S1_CD(CACHED);
    }
    if (stream->stage2) {
        ste[0] |= STE_CONFIG_S2;
        make_stage2(stream, flags, ste);
    }
}

void stream_enable(Stream *stream, StreamFlags flags)
{
    uint64_t ste[STE_WORDS];

    if (stream->stage1) {
        stream_make_cd(stream, flags, stream->cd);
    }
    stream_make_ste(stream, flags, ste);
    smmu_set_ste(stream->smmu, stream->sid, ste);
}

/* ---- Invalidation (4.4) ------------------------------------------------- */

/* With both stages entries of stage 1 have the VMID, too. */
void stream_invalidate_all(Stream *stream)
{
    if (stream->stage2) {
        smmu_command(stream->smmu,
                     CMD_TLBI_S12_VMALL | CMD_VMID(stream->tag), 0);
    } else {
        smmu_command(stream->smmu,
                     CMD_TLBI_NH_ASID | CMD_ASID(stream->tag), 0);
    }
    smmu_sync(stream->smmu);
}

/* Not the leaf alone: a table's address is combined with stage 2, too. */
void stream_invalidate_page(Stream *stream, uint64_t iova, uint64_t ipa)
{
    if (stream->stage2) {
        smmu_command(stream->smmu,
                     CMD_TLBI_S2_IPA | CMD_VMID(stream->tag), ipa | CMD_LEAF);
    }
    if (stream->stage1) {
        smmu_command(stream->smmu,
                     CMD_TLBI_NH_VA | CMD_ASID(stream->tag) |
                     (stream->stage2 ? CMD_VMID(stream->tag) : 0),
                     iova | (stream->stage2 ? 0 : CMD_LEAF));
    }
    smmu_sync(stream->smmu);
}
