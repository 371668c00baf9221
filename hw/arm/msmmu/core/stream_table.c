/*
 * StreamID -> Stream Table Entry: linear and two-level Stream tables
 * (IHI 0070 3.3.1, 5.1, 6.3.24, 6.3.25).
 *
 * A lookup ends at an STE, with an external abort (F_STE_FETCH), or outside the
 * table (C_BAD_STREAMID). The registers may change while this runs: each is
 * read once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context.h"
#include "spec/evt.h"
#include "spec/regs.h"

/* Where the STEs are, decoded from the registers for one lookup. */
typedef struct StreamTable {
    uint64_t base;              /* of STEs, or of L1STDs if two_level */
    unsigned sid_bits;          /* the effective LOG2SIZE */
    bool two_level;
    unsigned split;
} StreamTable;

/* 6.3.25: Reserved values of SPLIT behave as 6. */
static unsigned effective_split(uint32_t cfg)
{
    unsigned split = msmmu_get(cfg, STRTAB_BASE_CFG_SPLIT);

    switch (split) {
    case STRTAB_BASE_CFG_SPLIT_8:
    case STRTAB_BASE_CFG_SPLIT_10:
        return split;
    default:
        return STRTAB_BASE_CFG_SPLIT_6;
    }
}

static StreamTable stream_table(const Msmmu *m)
{
    uint64_t base = msmmu_load(&m->regs.strtab_base);
    uint32_t cfg = msmmu_load(&m->regs.strtab_base_cfg);
    unsigned log2size = msmmu_get(cfg, STRTAB_BASE_CFG_LOG2SIZE);
    unsigned sidsize = msmmu_get(m->regs.idr[1], IDR1_SIDSIZE);
    StreamTable table = { .sid_bits = MIN(log2size, sidsize) };
    unsigned table_log2;

    /* Reserved values of FMT behave as linear; RES0 without ST_LEVEL. */
    table.two_level = msmmu_get(m->regs.idr[0], IDR0_ST_LEVEL) != 0 &&
        msmmu_get(cfg, STRTAB_BASE_CFG_FMT) == STRTAB_BASE_CFG_FMT_2_LEVEL;
    if (table.two_level) {
        table.split = effective_split(cfg);
        table_log2 = log2size > table.split ? log2size - table.split : 0;
        table_log2 = MAX(STE_SIZE_LOG2, table_log2 + L1STD_SIZE_LOG2);
    } else {
        table_log2 = log2size + STE_SIZE_LOG2;
    }
    /* Aligned to its size as LOG2SIZE has it, not as SIDSIZE limits it. */
    table.base = base & STRTAB_BASE_ADDR & ~msmmu_low_mask(table_log2);
    return table;
}

/* 6.3.12 CR2.RECINVSID: these events may be unwanted. */
static MsmmuStatus bad_stream_id(const Msmmu *m, const char *why,
                                 MsmmuFault *fault)
{
    msmmu_config_fault(EVT_C_BAD_STREAMID, why, fault);
    return msmmu_load(&m->regs.cr2) & CR2_RECINVSID ?
           MSMMU_STATUS_FAULT : MSMMU_STATUS_ABORT_SILENT;
}

static void record(MsmmuRecorder *recorder, uint64_t pa, const uint64_t *word,
                   unsigned words, bool read)
{
    MsmmuStep step = {
        .kind = words == STE_WORDS ? MSMMU_STEP_STE : MSMMU_STEP_L1STD,
        .pa = pa,
        .unreadable = !read,
        .words = read ? words : 0,
    };

    memcpy(step.word, word, step.words * sizeof(*word));
    msmmu_step(recorder, &step);
}

/*
 * Read one structure of the Stream table. 3.4.3 (5): of the permitted
 * behaviours for an address beyond the OAS, this one does not truncate it but
 * reports F_STE_FETCH. FetchAddr has no bits above the OAS (7.3.4).
 */
static MsmmuStatus fetch(Msmmu *m, uint64_t pa, uint64_t *word,
                         unsigned words, MsmmuRecorder *recorder,
                         MsmmuFault *fault)
{
    unsigned oas = msmmu_output_bits(&m->regs,
                                     msmmu_get(m->regs.idr[5], IDR5_OAS));
    uint64_t mask = msmmu_low_mask(oas);
    bool fits = !(pa & ~mask);
    bool read = fits && msmmu_read_structure(m, pa, word, words);

    if (recorder) {
        record(recorder, pa, word, words, read);
    }
    if (read) {
        return MSMMU_STATUS_OK;
    }
    *fault = (MsmmuFault) {
        .type = EVT_F_STE_FETCH,
        .fetch_address = pa & mask,
        .why = fits ? "external abort: there is no memory at this PA" :
               "the address exceeds the OAS",
    };
    return MSMMU_STATUS_FAULT;
}

/*
 * The address of the STE of @sid, by way of its L1STD. The conditions for
 * C_BAD_STREAMID are those of 7.3.3 (2).
 */
static MsmmuStatus level2_address(Msmmu *m, const StreamTable *table,
                                  uint32_t sid, uint64_t *pa,
                                  MsmmuRecorder *recorder, MsmmuFault *fault)
{
    uint64_t l1_pa = table->base +
                     ((uint64_t)sid >> table->split) * L1STD_BYTES;
    uint64_t index = sid & msmmu_low_mask(table->split);
    uint64_t l1std;
    MsmmuStatus status = fetch(m, l1_pa, &l1std, 1, recorder, fault);
    unsigned span, table_log2;

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    span = msmmu_get(l1std, L1STD_SPAN);
    if (span == L1STD_SPAN_INVALID) {
        return bad_stream_id(m, "L1STD.Span = 0: no STEs for this StreamID",
                             fault);
    }
    if (span > L1STD_SPAN_MAX || span > table->split + 1) {
        return bad_stream_id(m, "L1STD.Span is Reserved, or more than SPLIT "
                             "permits", fault);
    }
    if (index >> (span - 1)) {
        return bad_stream_id(m, "the StreamID is beyond L1STD.Span", fault);
    }
    /* The array of 2^(Span - 1) STEs is aligned to its size. */
    table_log2 = span - 1 + STE_SIZE_LOG2;
    *pa = (l1std & L1STD_L2PTR & ~msmmu_low_mask(table_log2)) +
          index * STE_BYTES;
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_stream_table_fetch(Msmmu *m, uint32_t sid,
                                     uint64_t ste[STE_WORDS],
                                     MsmmuRecorder *recorder,
                                     MsmmuFault *fault)
{
    StreamTable table = stream_table(m);
    uint64_t pa = table.base + (uint64_t)sid * STE_BYTES;

    if ((uint64_t)sid >> table.sid_bits) {
        return bad_stream_id(m, "the StreamID is beyond the Stream table "
                             "(STRTAB_BASE_CFG.LOG2SIZE, IDR1.SIDSIZE)",
                             fault);
    }
    if (table.two_level) {
        MsmmuStatus status = level2_address(m, &table, sid, &pa, recorder,
                                            fault);

        if (status != MSMMU_STATUS_OK) {
            return status;
        }
    }
    return fetch(m, pa, ste, STE_WORDS, recorder, fault);
}
