/*
 * Mistakes with STEs and what they point to; with stage 2, which is in them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mistakes.h"

#define CONFIG_RESERVED STE_CONFIG(2)
#define S2SL0_MASK STE_S2SL0(3)
#define S2TG_MASK STE_S2TG(3)
#define S1CONTEXTPTR 0x00ffffffffffffc0UL

static uint64_t *ste_of(Lab *lab)
{
    return smmu_ste(lab->smmu, lab->port->sid);
}

static void ste_invalid(Lab *lab)
{
    lab_change_ste(lab, 0, STE_V, 0);
}

static void ste_config_reserved(Lab *lab)
{
    lab_change_ste(lab, 0, STE_CONFIG_MASK, CONFIG_RESERVED);
}

/* Config of the stage that there is not, with all else as it was */
static void ste_missing_stage(Lab *lab)
{
    lab_change_ste(lab, 0, STE_CONFIG_MASK,
                   lab->smmu->features.stage1 ? STE_CONFIG_S2
                                              : STE_CONFIG_S1);
}

/* The first word is there, and the device is faster than the others. */
static void ste_valid_first(Lab *lab)
{
    uint64_t *ste = ste_of(lab);

    for (unsigned i = 1; i < STE_WORDS; i++) {
        ste[i] = 0;
    }
    smmu_invalidate_ste(lab->smmu, lab->port->sid);
}

/* Memory says "abort", the SMMU's configuration cache does not. */
static void cfgi_forgotten(Lab *lab)
{
    ste_of(lab)[0] = STE_V;
    cpu_barrier();
}

static void sync_forgotten(Lab *lab)
{
    ste_of(lab)[0] = STE_V;
    smmu_command(lab->smmu, CMD_CFGI_STE | CMD_SID(lab->port->sid), 0);
    smmu_submit(lab->smmu);
}

/* The STE of the next function instead: as one who ignores "iommu-map" does */
static void wrong_stream_id(Lab *lab)
{
    uint64_t ste[STE_WORDS];

    stream_make_ste(lab->stream, STREAM_NO_FLAGS, ste);
    smmu_set_ste(lab->smmu, lab->port->sid + 1, ste);
    ste_invalid(lab);
}

static bool has_two_levels(const Lab *lab)
{
    return lab->smmu->streams.two_level;
}

/* One STE, that of the first StreamID */
static void span_too_small(Lab *lab)
{
    uint64_t *l1std = lab->smmu->streams.base + (lab->port->sid >> 8);

    *l1std = (*l1std & ~31UL) | 1;
    smmu_invalidate_ste(lab->smmu, lab->port->sid);
}

static void cd_nowhere(Lab *lab)
{
    lab_change_ste(lab, 0, S1CONTEXTPTR, NOWHERE);
}

static bool knows_substreams(const Lab *lab)
{
    return lab->port->dma.kind == &dma_engine;
}

/* The STE has S1CDMax = 0: one CD, for transactions without SubstreamID */
static void substream_not_expected(Lab *lab)
{
    lab->port->dma.substream = true;
    lab->port->dma.ssid = 3;
}

/* ---- Stage 2 ------------------------------------------------------------ */

/* One level more than 32 bits of IPA have need of, with every granule */
static void s2_start_level(Lab *lab)
{
    lab_change_ste(lab, 2, S2SL0_MASK, STE_S2SL0(2));
}

static void s2_granule_missing(Lab *lab)
{
    lab_change_ste(lab, 2, S2TG_MASK, STE_S2TG(lab_missing_granule(lab)));
}

static void s2_not_mapped(Lab *lab)
{
    *lab_descriptor(lab, IOVA_SOURCE) = 0;
    stream_invalidate_all(lab->stream);
}

static void s2r_clear(Lab *lab)
{
    s2_not_mapped(lab);
    lab_change_ste(lab, 2, STE_S2R, 0);
}

/* The stage-1 table or the CD by its PA, where an IPA is asked for */
static void nested_cd_by_pa(Lab *lab)
{
    lab_change_ste(lab, 0, S1CONTEXTPTR, (uintptr_t)lab->stream->cd);
}

static void nested_tables_by_pa(Lab *lab)
{
    lab_change_cd(lab, 1, UINT64_MAX, (uintptr_t)lab->stream->s1.root);
    stream_invalidate_all(lab->stream);
}

static const Mistake mistakes[] = {
    {
        "ste-invalid",
        "the stream has no valid STE", "5.2, 7.3.5",
        .make = ste_invalid, .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "ste-config-reserved",
        "STE.Config is a reserved value", "5.2",
        .make = ste_config_reserved, .end = DMA_ABORTED,
    }, {
        "ste-missing-stage",
        "STE.Config enables the stage that the instance has not", "5.2.2",
        .is_possible = lab_has_one_stage, .make = ste_missing_stage,
        .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "ste-valid-first",
        "STE.V is written before the rest of the STE", "3.21.3.1",
        .stages = 2, .make = ste_valid_first,
        .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "cfgi-forgotten",
        "an STE is changed without CMD_CFGI_STE", "3.21.3, 4.3.1",
        .make = cfgi_forgotten, .end = DMA_DONE,
    }, {
        "sync-forgotten",
        "CMD_CFGI_STE is not followed by CMD_SYNC", "4.7.3",
        .make = sync_forgotten, .end = DMA_DONE, .flags = OR_ABORTED,
    }, {
        "wrong-stream-id",
        "the STE is that of another StreamID than iommu-map says", "3.2",
        .make = wrong_stream_id, .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "span-too-small",
        "Span of a level 1 descriptor ends before the StreamID", "5.1, 7.3.3",
        .is_possible = has_two_levels, .make = span_too_small,
        .event = C_BAD_STREAMID, .end = DMA_ABORTED,
    }, {
        "cd-nowhere",
        "S1ContextPtr points to where there is no memory", "7.3.10",
        .stages = 1, .make = cd_nowhere, .event = F_CD_FETCH,
        .end = DMA_ABORTED,
    }, {
        "substream-not-expected",
        "a device uses a PASID, and S1CDMax is 0", "7.3.9",
        .stages = 1, .is_possible = knows_substreams,
        .make = substream_not_expected, .event = C_BAD_SUBSTREAMID,
        .end = DMA_ABORTED,
    }, {
        "s2-start-level",
        "S2SL0 does not fit S2T0SZ and S2TG", "5.2, S2SL0",
        .stages = 2, .make = s2_start_level, .event = C_BAD_STE,
        .end = DMA_ABORTED,
    }, {
        "s2-granule-missing",
        "S2TG is a granule that the instance does not offer", "5.2.2",
        .stages = 2, .is_possible = lab_lacks_granule,
        .make = s2_granule_missing, .event = C_BAD_STE, .end = DMA_ABORTED,
    }, {
        "s2-not-mapped",
        "stage 2 does not map the address", "7.3.13",
        .stages = 2, .make = s2_not_mapped, .event = F_TRANSLATION,
        .end = DMA_ABORTED,
    }, {
        "s2r-clear",
        "the same with STE.S2R = 0", "5.5",
        .stages = 2, .make = s2r_clear, .end = DMA_ABORTED,
    }, {
        "nested-cd-by-pa",
        "with both stages, S1ContextPtr is a PA and not an IPA", "5.2, 7.3.13",
        .stages = 3, .make = nested_cd_by_pa, .event = F_TRANSLATION,
        .end = DMA_ABORTED,
    }, {
        "nested-tables-by-pa",
        "with both stages, CD.TTB0 is a PA and not an IPA", "5.4, 7.3.13",
        .stages = 3, .make = nested_tables_by_pa, .event = F_TRANSLATION,
        .end = DMA_ABORTED,
    },
};

const MistakeList mistakes_streams = { mistakes, ARRAY_SIZE(mistakes) };
