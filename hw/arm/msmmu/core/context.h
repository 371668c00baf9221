/*
 * Configuration lookup (IHI 0070 3.3.3): what its files share. StreamID -> STE
 * (stream_table.c) -> CD (cd_table.c), their legality (legality*.c), and what
 * they say as an MsmmuContext (context_decode.c), in order (context.c). The
 * cache of all this, config.c, is the only one that the rest of the core calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_CONTEXT_H
#define MSMMU_CORE_CONTEXT_H

#include "internal.h"
#include "spec/cd.h"
#include "spec/ste.h"

/*
 * Read @words words, of an STE at most, at @pa: little-endian in memory,
 * whatever the host is (5). False for an external abort.
 */
static inline bool msmmu_read_structure(Msmmu *m, uint64_t pa, uint64_t *word,
                                        unsigned words)
{
    if (!m->ops->read(m->opaque, pa, word, words * sizeof(*word))) {
        return false;
    }
    for (unsigned i = 0; i < words; i++) {
        word[i] = msmmu_le64(word[i]);
    }
    return true;
}

/* An event about a structure, of which the transaction is all that is known. */
static inline MsmmuStatus msmmu_config_fault(uint8_t type, const char *why,
                                             MsmmuFault *fault)
{
    *fault = (MsmmuFault) { .type = type, .why = why };
    return MSMMU_STATUS_FAULT;
}

/* ---- stream_table.c ---- */

/*
 * Fetch the STE of stream @sid, and tell @recorder, if any. FAULT:
 * C_BAD_STREAMID or F_STE_FETCH. ABORT_SILENT: C_BAD_STREAMID, as *fault says,
 * but nobody wants it recorded.
 */
MsmmuStatus msmmu_stream_table_fetch(Msmmu *m, uint32_t sid,
                                     uint64_t ste[STE_WORDS],
                                     MsmmuRecorder *recorder,
                                     MsmmuFault *fault);

/* ---- legality_ste.c, legality_cd.c ---- */

/*
 * The rule of SteIllegal() of 5.2.2 that a Non-secure STE breaks, beginning
 * with the field; NULL if it is legal.
 */
const char *msmmu_ste_broken_rule(const MsmmuRegisters *regs,
                                  const uint64_t *ste);

static inline bool msmmu_ste_illegal(const MsmmuRegisters *regs,
                                     const uint64_t *ste)
{
    return msmmu_ste_broken_rule(regs, ste);
}

/* The granule, as 1 << MsmmuGranule, of S2TG that the instance lacks; or 0. */
unsigned msmmu_ste_refused_granules(const MsmmuRegisters *regs,
                                    const uint64_t *ste);

/* Whether no translations of @ste, which lets pass, are VMID-tagged. */
bool msmmu_ste_ignores_s2vmid(const MsmmuRegisters *regs, const uint64_t *ste);

/* What the S2* fields of an STE say, not yet checked. */
typedef struct MsmmuSteStage2 {
    MsmmuFormat format;
    bool granule_reserved;      /* S2TG has no meaning; granule neither */
    MsmmuGranule granule;
    bool ds;                    /* the effective S2DS */
    bool start_level_reserved;  /* S2SL0 has no meaning, or not here */
    int start_level;
    int input_bits;
    unsigned output_bits;       /* the effective S2PS */
    uint64_t ttb;               /* the address in S2TTB */
} MsmmuSteStage2;

MsmmuSteStage2 msmmu_ste_stage2(const MsmmuRegisters *regs,
                                const uint64_t *ste);

/*
 * The rule of CdIllegal() of 5.4.2 that @cd breaks, as for STEs. @world is the
 * StreamWorld of @ste, which is legal.
 */
const char *msmmu_cd_broken_rule(const MsmmuRegisters *regs, MsmmuWorld world,
                                 const uint64_t *ste, const uint64_t *cd);

static inline bool msmmu_cd_illegal(const MsmmuRegisters *regs,
                                    MsmmuWorld world, const uint64_t *ste,
                                    const uint64_t *cd)
{
    return msmmu_cd_broken_rule(regs, world, ste, cd);
}

/* A set of 1 << MsmmuGranule, of TG0 and TG1, that the instance lacks. */
unsigned msmmu_cd_refused_granules(const MsmmuRegisters *regs,
                                   MsmmuWorld world, const uint64_t *cd);

/* What a CD says of one of its two table bases, not yet checked. */
typedef struct MsmmuCdHalf {
    bool disabled;              /* no walks: effective EPDx, or no TTB1 */
    bool granule_reserved;      /* TGx has no meaning; granule neither */
    MsmmuGranule granule;
    bool ds;                    /* DS, where it means something */
    int input_bits;
    uint64_t ttb;               /* the address in TTBx */
} MsmmuCdHalf;

/* Half @x, 0 or 1, of @cd. */
MsmmuCdHalf msmmu_cd_half(const MsmmuRegisters *regs, MsmmuWorld world,
                          const uint64_t *cd, unsigned x);

/* Effective output address bits for a value of CD.IPS or STE.S2PS. */
unsigned msmmu_output_bits(const MsmmuRegisters *regs, unsigned ps);

/* The OAS in bits. */
unsigned msmmu_oas_bits(const MsmmuRegisters *regs);

/* ---- cd_table.c ---- */

/*
 * Which CD of @ste, which is legal and lets pass, serves @rq (5.2 S1CDMax,
 * S1DSS). OK: number *index. BYPASS: none, stage 1 is bypassed. FAULT:
 * C_BAD_SUBSTREAMID, F_STREAM_DISABLED.
 */
MsmmuStatus msmmu_cd_table_select(const MsmmuRegisters *regs,
                                  const uint64_t *ste,
                                  const MsmmuRequest *rq, uint32_t *index,
                                  MsmmuFault *fault);

/*
 * Fetch CD number @index of @ste, through stage 2 if @ctx, which has all that
 * @ste says, has one. FAULT: of stage 2 with CLASS == CD, F_CD_FETCH,
 * C_BAD_SUBSTREAMID. ABORT_SILENT: of stage 2, as *fault says, and not to be
 * recorded. AGAIN: as msmmu_locate_cd().
 */
MsmmuStatus msmmu_cd_table_fetch(Msmmu *m, const MsmmuRequest *rq,
                                 const MsmmuContext *ctx, const uint64_t *ste,
                                 uint32_t index, uint64_t cd[CD_WORDS],
                                 MsmmuFault *fault);

/* ---- context_decode.c ---- */

/* All of @ctx that @ste, which is legal and lets pass, says. */
void msmmu_context_decode_ste(const Msmmu *m, const uint64_t *ste,
                              MsmmuContext *ctx);

/* All of @ctx that @cd, which is legal for @ctx as it is, says. */
void msmmu_context_decode_cd(const Msmmu *m, const uint64_t *cd,
                             MsmmuContext *ctx);

/* What hits need of @ctx, which is complete (hit.h). */
void msmmu_context_decode_hits(const Msmmu *m, MsmmuContext *ctx);

/* ---- context.c ---- */

/*
 * Fetch, check and decode the configuration for @rq. ctx->outcome is FAULT if
 * there is none, whether that is recorded (FAULT) or not (ABORT_SILENT; *fault
 * says why, unless it was Config), or something changed midway (AGAIN);
 * otherwise it is what is returned, and @ctx is complete but for its regime.
 */
MsmmuStatus msmmu_context_fetch(Msmmu *m, const MsmmuRequest *rq,
                                MsmmuContext *ctx, MsmmuFault *fault);

#endif
