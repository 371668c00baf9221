/*
 * SubstreamID -> Context Descriptor: one CD, linear and two-level CD tables
 * (IHI 0070 3.3.2, 3.4.3, 5.2 STE.S1Fmt, 5.3).
 *
 * All addresses are IPAs if stage 2 is enabled, else PAs. Tables are aligned to
 * their size, so an index never carries an address out of the range that
 * S1ContextPtr or L2Ptr was checked for.
 *
 * CONSTRAINED UNPREDICTABLE: bits of S1ContextPtr that are RES0 because of
 * S1CDMax are taken as zero. An L2Ptr beyond the OAS, or the IAS if it is an
 * IPA, is C_BAD_SUBSTREAMID in every version (3.4.3 (3), (4)).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context.h"
#include "spec/evt.h"
#include "spec/regs.h"

/* ---- Which CD ---- */

/* 5.2 S1CDMax: substreams are supported and enabled. */
static bool has_substreams(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return msmmu_get(regs->idr[1], IDR1_SSIDSIZE) &&
           msmmu_get(ste[0], STE_S1CDMAX);
}

/* 7.3.9 C_BAD_SUBSTREAMID comes before 7.3.7 F_STREAM_DISABLED (7.3.22). */
static MsmmuStatus select_by_substream(const MsmmuRegisters *regs,
                                       const uint64_t *ste, uint32_t ssid,
                                       MsmmuFault *fault)
{
    if (!(ste[0] & STE_CONFIG_S1_ENABLED)) {
        return msmmu_config_fault(EVT_C_BAD_SUBSTREAMID,
                                  "a SubstreamID, and STE.Config has no "
                                  "stage 1", fault);
    }
    if (!has_substreams(regs, ste)) {
        return msmmu_config_fault(EVT_C_BAD_SUBSTREAMID,
                                  "a SubstreamID, and STE.S1CDMax or "
                                  "IDR1.SSIDSIZE is 0", fault);
    }
    if (ssid >> msmmu_get(ste[0], STE_S1CDMAX)) {
        return msmmu_config_fault(EVT_C_BAD_SUBSTREAMID,
                                  "the SubstreamID is beyond STE.S1CDMax",
                                  fault);
    }
    /* CD 0 is for transactions without a SubstreamID. */
    if (ssid == 0 && msmmu_get(ste[1], STE_S1DSS) == STE_S1DSS_SSID0) {
        return msmmu_config_fault(EVT_F_STREAM_DISABLED,
                                  "SubstreamID 0 is taken: STE.S1DSS = 0b10",
                                  fault);
    }
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_cd_table_select(const MsmmuRegisters *regs,
                                  const uint64_t *ste,
                                  const MsmmuRequest *rq, uint32_t *index,
                                  MsmmuFault *fault)
{
    *index = rq->ssid_valid ? rq->ssid : 0;
    if (rq->ssid_valid) {
        return select_by_substream(regs, ste, rq->ssid, fault);
    }
    if (!(ste[0] & STE_CONFIG_S1_ENABLED)) {
        return MSMMU_STATUS_BYPASS;
    }
    if (!has_substreams(regs, ste)) {
        return MSMMU_STATUS_OK;
    }
    switch (msmmu_get(ste[1], STE_S1DSS)) {
    case STE_S1DSS_BYPASS:
        return MSMMU_STATUS_BYPASS;
    case STE_S1DSS_SSID0:
        return MSMMU_STATUS_OK;
    default:
        /* 0b00, and the Reserved 0b11 */
        return msmmu_config_fault(EVT_F_STREAM_DISABLED,
                                  "no SubstreamID: STE.S1DSS terminates",
                                  fault);
    }
}

/* ---- Where it is ---- */

/* The layout of a CD table. */
typedef struct CdTable {
    uint64_t base;              /* of CDs, or of L1CDs if leaf_bits != 0 */
    unsigned leaf_bits;         /* SubstreamID bits that index a leaf table */
} CdTable;

static CdTable cd_table(const MsmmuRegisters *regs, const uint64_t *ste)
{
    unsigned s1cdmax = msmmu_get(ste[0], STE_S1CDMAX);
    CdTable table = { .base = ste[0] & STE_S1CONTEXTPTR };
    unsigned table_log2;

    if (!has_substreams(regs, ste)) {
        return table;           /* one CD; S1CDMax may be IGNORED */
    }
    switch (msmmu_get(ste[0], STE_S1FMT)) {
    case STE_S1FMT_4K_L2:
        table.leaf_bits = CD_LEAF_4K_LOG2 - CD_SIZE_LOG2;
        break;
    case STE_S1FMT_64K_L2:
        table.leaf_bits = CD_LEAF_64K_LOG2 - CD_SIZE_LOG2;
        break;
    default:
        /* 0b00, and the Reserved 0b11 */
        break;
    }
    if (!table.leaf_bits) {
        table_log2 = s1cdmax + CD_SIZE_LOG2;
    } else {
        table_log2 = L1CD_SIZE_LOG2 +
            (s1cdmax > table.leaf_bits ? s1cdmax - table.leaf_bits : 0);
    }
    table.base &= ~msmmu_low_mask(table_log2);
    return table;
}

/* The words at @pa, or @pa as the IPA that stage 2 made it of. */
static void record(MsmmuRecorder *recorder, const MsmmuContext *ctx,
                   uint64_t ipa, uint64_t pa, const uint64_t *word,
                   unsigned words, bool read)
{
    MsmmuStep step = {
        .kind = words == CD_WORDS ? MSMMU_STEP_CD : MSMMU_STEP_L1CD,
        .through_stage2 = ctx->stage2,
        .ipa = ctx->stage2 ? ipa : 0,
        .pa = pa,
        .unreadable = !read,
        .words = read ? words : 0,
    };

    memcpy(step.word, word, step.words * sizeof(*word));
    msmmu_step(recorder, &step);
}

/*
 * Where @ipa is in memory. InD and PnU of an event are the transaction's after
 * the overrides (7.3.12, 7.3.13). ABORT_SILENT: a fault of stage 2 that S2R
 * leaves unrecorded (5.5).
 */
static MsmmuStatus locate(Msmmu *m, const MsmmuRequest *rq,
                          const MsmmuContext *ctx, uint64_t ipa, uint64_t *pa,
                          MsmmuFault *fault)
{
    MsmmuStatus status = msmmu_locate_cd(m, ctx, rq, ipa, pa, fault);

    if (status != MSMMU_STATUS_OK) {
        const MsmmuAccess access = msmmu_access_of(ctx, rq);

        fault->instruction = access.instruction;
        fault->privileged = access.privileged;
        if (status == MSMMU_STATUS_FAULT &&
            msmmu_event_is_translation_related(fault) && !ctx->s2_record) {
            status = MSMMU_STATUS_ABORT_SILENT;
        }
    }
    return status;
}

/* Read @words words at @ipa, little-endian in memory. */
static MsmmuStatus read_words(Msmmu *m, const MsmmuRequest *rq,
                              const MsmmuContext *ctx, uint64_t ipa,
                              uint64_t *word, unsigned words,
                              MsmmuFault *fault)
{
    uint64_t pa;
    MsmmuStatus status = locate(m, rq, ctx, ipa, &pa, fault);
    bool read;

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    read = msmmu_read_structure(m, pa, word, words);
    if (rq->recorder) {
        record(rq->recorder, ctx, ipa, pa, word, words, read);
    }
    if (!read) {
        *fault = (MsmmuFault) {
            .type = EVT_F_CD_FETCH,
            .fetch_address = pa,
            .why = "external abort: there is no memory at this PA",
        };
        return MSMMU_STATUS_FAULT;
    }
    return MSMMU_STATUS_OK;
}

/* The leaf table that L1CD number @index points to (5.3, 7.3.9). */
static MsmmuStatus leaf_table(Msmmu *m, const MsmmuRequest *rq,
                              const MsmmuContext *ctx, const CdTable *table,
                              uint32_t index, uint64_t *leaf,
                              MsmmuFault *fault)
{
    unsigned bits = ctx->stage2 ? msmmu_ias_bits(&m->regs)
                                : msmmu_oas_bits(&m->regs);
    uint64_t l1cd, l2ptr;
    MsmmuStatus status = read_words(m, rq, ctx,
                                    table->base + (uint64_t)index * L1CD_BYTES,
                                    &l1cd, 1, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    l2ptr = l1cd & L1CD_L2PTR;
    if (!(l1cd & L1CD_V)) {
        return msmmu_config_fault(EVT_C_BAD_SUBSTREAMID,
                                  "L1CD.V = 0: no CDs for this SubstreamID",
                                  fault);
    }
    if (l2ptr & ~msmmu_low_mask(bits)) {
        return msmmu_config_fault(EVT_C_BAD_SUBSTREAMID,
                                  "L1CD.L2Ptr exceeds the OAS, or the IAS",
                                  fault);
    }
    /* L2Ptr[15:12] are RES0 with leaf tables of 64KB. */
    *leaf = l2ptr & ~msmmu_low_mask(table->leaf_bits + CD_SIZE_LOG2);
    return status;
}

MsmmuStatus msmmu_cd_table_fetch(Msmmu *m, const MsmmuRequest *rq,
                                 const MsmmuContext *ctx, const uint64_t *ste,
                                 uint32_t index, uint64_t cd[CD_WORDS],
                                 MsmmuFault *fault)
{
    CdTable table = cd_table(&m->regs, ste);
    uint64_t leaf = table.base;

    if (table.leaf_bits) {
        MsmmuStatus status = leaf_table(m, rq, ctx, &table,
                                        index >> table.leaf_bits, &leaf,
                                        fault);

        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        index &= msmmu_low_mask(table.leaf_bits);
    }
    return read_words(m, rq, ctx, leaf + (uint64_t)index * CD_BYTES, cd,
                      CD_WORDS, fault);
}
