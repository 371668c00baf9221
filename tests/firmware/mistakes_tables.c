/*
 * Mistakes with CDs, translation tables and TLBs, at stage 1.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mistakes.h"

#define OUTPUT_4G (4UL << 30)
#define IDR0_TTF_AA64_ONLY(idr0) (BITS(idr0, 3, 2) == 2)

static uint32_t idr0(const Lab *lab)
{
    return read32(lab->smmu->regs + IDR0);
}

/* ---- The CD ------------------------------------------------------------- */

static void cd_invalid(Lab *lab)
{
    lab_change_cd(lab, 0, CD_V, 0);
}

static void cd_granule_missing(Lab *lab)
{
    lab_change_cd(lab, 0, CD_TG0(3), CD_TG0(lab_missing_granule(lab)));
}

/* 61 bits */
static void t0sz_out_of_range(Lab *lab)
{
    lab_change_cd(lab, 0, CD_T0SZ_MASK, CD_T0SZ(61));
}

static bool has_aa64_only(const Lab *lab)
{
    return IDR0_TTF_AA64_ONLY(idr0(lab));
}

static void aa64_clear(Lab *lab)
{
    lab_change_cd(lab, 0, CD_AA64, 0);
}

static bool endian_is_fixed(const Lab *lab)
{
    return lab->smmu->features.ttendian != TTENDIAN_MIXED;
}

static void wrong_endian(Lab *lab)
{
    lab_change_cd(lab, 0, CD_ENDI,
                  stream_default_endian(lab->smmu) ? 0 : CD_ENDI);
}

/* TTB0 and a root table in a place where nothing answers */
static void ttb_nowhere(Lab *lab)
{
    lab_change_cd(lab, 1, UINT64_MAX, NOWHERE);
    stream_invalidate_all(lab->stream);
}

static void cfgi_cd_forgotten(Lab *lab)
{
    lab->stream->cd[0] &= ~CD_V;
    cpu_barrier();
}

/* ---- How faults end ----------------------------------------------------- */

/* With the invalidation that it takes: nothing hides behind an old entry. */
static void change_descriptor(Lab *lab, uint64_t iova, uint64_t clear,
                              uint64_t set)
{
    uint64_t *descriptor = lab_descriptor(lab, iova);
    bool big_endian = lab->stream->big_endian;
    uint64_t value = tables_swap(big_endian, *descriptor);

    *descriptor = tables_swap(big_endian, (value & ~clear) | set);
    stream_invalidate_all(lab->stream);
}

static void not_mapped(Lab *lab)
{
    change_descriptor(lab, IOVA_SOURCE, UINT64_MAX, 0);
}

/* TERM_MODEL = 1: faults are always aborts, and CD.A must be 1. */
static bool can_terminate(const Lab *lab)
{
    return !(idr0(lab) & IDR0_TERM_MODEL) && lab->port->dma.kind->tells_ends;
}

static void cd_a_clear(Lab *lab)
{
    not_mapped(lab);
    lab_change_cd(lab, 0, CD_A, 0);
}

static void cd_r_clear(Lab *lab)
{
    not_mapped(lab);
    lab_change_cd(lab, 0, CD_R, 0);
}

/* ---- Descriptors -------------------------------------------------------- */

static void af_clear(Lab *lab)
{
    change_descriptor(lab, IOVA_SOURCE, PAGE_AF, 0);
}

static void privileged_only(Lab *lab)
{
    change_descriptor(lab, IOVA_SOURCE, PAGE_S1_EL0, 0);
}

static void read_only(Lab *lab)
{
    change_descriptor(lab, IOVA_TARGET, 0, PAGE_S1_READ_ONLY);
}

/* IPS: 32 bits, and a page at 4 GiB */
static void output_too_large(Lab *lab)
{
    lab_change_cd(lab, 0, CD_IPS(7), CD_IPS(0));
    change_descriptor(lab, IOVA_SOURCE, 0, OUTPUT_4G);
}

static bool output_is_larger(const Lab *lab)
{
    return lab->smmu->features.output_size > 0;
}

static void mair_device(Lab *lab)
{
    change_descriptor(lab, IOVA_TARGET, PAGE_S1_ATTR(7), PAGE_S1_ATTR(1));
}

/* ---- TLBs --------------------------------------------------------------- */

static void tlbi_forgotten(Lab *lab)
{
    *lab_descriptor(lab, IOVA_SOURCE) = 0;
    cpu_barrier();
}

static void tlbi_wrong_asid(Lab *lab)
{
    tlbi_forgotten(lab);
    smmu_command(lab->smmu, CMD_TLBI_NH_ASID |
                 CMD_ASID(lab->stream->tag + 1), 0);
    smmu_sync(lab->smmu);
}

static void tlbi_wrong_address(Lab *lab)
{
    tlbi_forgotten(lab);
    stream_invalidate_page(lab->stream, IOVA_TARGET, 0);
}

static const Mistake mistakes[] = {
    {
        "cd-invalid",
        "CD.V = 0", "7.3.11",
        .stages = 1, .make = cd_invalid, .event = C_BAD_CD,
        .end = DMA_ABORTED,
    }, {
        "cd-granule-missing",
        "CD.TG0 is a granule that the instance does not offer", "5.4.2",
        .stages = 1, .is_possible = lab_lacks_granule,
        .make = cd_granule_missing, .event = C_BAD_CD, .end = DMA_ABORTED,
    }, {
        "t0sz-out-of-range",
        "CD.T0SZ asks for more bits than there can be", "5.4, T0SZ",
        .stages = 1, .make = t0sz_out_of_range, .event = C_BAD_CD,
        .end = DMA_ABORTED,
    }, {
        "aa64-clear",
        "CD.AA64 = 0, and IDR0.TTF has AArch64 alone", "5.4.2",
        .stages = 1, .is_possible = has_aa64_only, .make = aa64_clear,
        .event = C_BAD_CD, .end = DMA_ABORTED,
    }, {
        "wrong-endian",
        "CD.ENDI is not what IDR0.TTENDIAN permits", "5.4.2",
        .stages = 1, .is_possible = endian_is_fixed, .make = wrong_endian,
        .event = C_BAD_CD, .end = DMA_ABORTED,
    }, {
        "ttb-nowhere",
        "CD.TTB0 points to where there is no memory", "7.3.12",
        .stages = 1, .make = ttb_nowhere, .event = F_WALK_EABT,
        .end = DMA_ABORTED,
    }, {
        "cfgi-cd-forgotten",
        "a CD is changed without CMD_CFGI_CD", "3.21.3, 4.3.3",
        .stages = 1, .make = cfgi_cd_forgotten, .end = DMA_DONE,
    }, {
        "not-mapped",
        "stage 1 does not map the address", "7.3.13",
        .stages = 1, .make = not_mapped, .event = F_TRANSLATION,
        .end = DMA_ABORTED,
    }, {
        "cd-a-clear",
        "the same with CD.A = 0", "5.5",
        .stages = 1, .is_possible = can_terminate, .make = cd_a_clear,
        .event = F_TRANSLATION, .end = DMA_TERMINATED,
    }, {
        "cd-r-clear",
        "the same with CD.R = 0", "5.5",
        .stages = 1, .make = cd_r_clear, .end = DMA_ABORTED,
    }, {
        "af-clear",
        "a page has AF = 0, and CD.HA = 0", "7.3.15",
        .stages = 1, .make = af_clear, .event = F_ACCESS,
        .end = DMA_ABORTED,
    }, {
        "privileged-only",
        "a page is not for EL0, as in tables of the processor's", "13.7",
        .stages = 1, .make = privileged_only, .event = F_PERMISSION,
        .end = DMA_ABORTED,
    }, {
        "read-only",
        "a device writes to a page with AP[2] = 1", "7.3.16",
        .stages = 1, .make = read_only, .event = F_PERMISSION,
        .end = DMA_ABORTED,
    }, {
        "output-too-large",
        "a page is at an address beyond CD.IPS", "7.3.14",
        .stages = 1, .is_possible = output_is_larger,
        .make = output_too_large, .event = F_ADDR_SIZE, .end = DMA_ABORTED,
    }, {
        "mair-device",
        "a page of memory is mapped as Device", "5.4, MAIR",
        .stages = 1, .make = mair_device, .end = DMA_DONE,
    }, {
        "tlbi-forgotten",
        "a page is unmapped without a TLB invalidation", "3.21.1",
        .make = tlbi_forgotten, .end = DMA_DONE,
    }, {
        "tlbi-wrong-asid",
        "a page is unmapped, and another ASID invalidated", "4.4.2",
        .stages = 1, .make = tlbi_wrong_asid, .end = DMA_DONE,
    }, {
        "tlbi-wrong-address",
        "a page is unmapped, and another address invalidated", "4.4.2",
        .stages = 1, .make = tlbi_wrong_address, .end = DMA_DONE,
    },
};

const MistakeList mistakes_tables = { mistakes, ARRAY_SIZE(mistakes) };
