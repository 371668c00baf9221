/*
 * The walker of both formats and stages: what drives it and what it finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WALK_H
#define MSMMU_CORE_WALK_H

#include "internal.h"

/* One stage of translation through one table base. */
typedef struct MsmmuWalk {
    Msmmu *m;
    uint8_t stage;              /* 1 or 2 */
    MsmmuFaultClass class;      /* what stage 2 is for; told to the recorder */
    MsmmuRecorder *recorder;
    MsmmuGranule granule;
    int8_t start_level;         /* -1..3 */
    uint8_t input_bits;         /* inputs are below 2^input_bits */
    bool probe;                 /* nothing is updated, as if it had been */
    MsmmuTables tables;
    uint64_t table_address;     /* aligned by the walk to the first table */
    /*
     * NULL: descriptors are in PA space. Else in IPA space, and this is the
     * stage 2 that all accesses to them go through.
     */
    const MsmmuStage2 *through;
    /*
     * Where translations by @through are cached, NULL: nowhere. What is not
     * cached yet will be, if SMMUEN is as it was when the gate was @gate.
     */
    MsmmuRegime *table_regime;
    uint32_t gate;
} MsmmuWalk;

/* The Block or Page descriptor that a walk ended at. */
typedef struct MsmmuLeaf {
    uint64_t address;           /* the output of its first byte */
    uint64_t descriptor;        /* after an update of the Access flag */
    uint64_t descriptor_address;
    uint64_t descriptor_pa;     /* the same in memory; 0: stage 2 has none */
    uint64_t tables;            /* the Table descriptors before it, ORed */
    uint8_t level;
    uint8_t size_log2;          /* of what it maps */
    bool contiguous;            /* has the Contiguous bit, where there is one */
} MsmmuLeaf;

/*
 * Walk as @walk says for @input, up to and including the Access flag, which is
 * updated where that is enabled. Checks, in the order of IHI 0070 7.3.22, all
 * but permissions, which differ between stages and regimes. FAULT: *fault is
 * complete but for the access, with CLASS == IN for faults about @input. AGAIN:
 * a descriptor changed while it was updated, and *fault is what to report when
 * that happens too often: F_WALK_EABT.
 */
MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault);

/*
 * Mark @leaf, which is writable-clean and may be written otherwise, dirty: at
 * stage 1 AP[2] becomes 0, at stage 2 S2AP[1] becomes 1 (3.13.3). The same for
 * a probe, without a change of memory.
 */
MsmmuStatus msmmu_walk_mark_dirty(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                  MsmmuFault *fault);

/* Whether @leaf, which @walk ended at, is not to be cached (3.21.1.2). */
bool msmmu_walk_is_transient(const MsmmuWalk *walk, const MsmmuLeaf *leaf);

/* ---- descriptor.c ---- */

/*
 * Read the descriptor at @address of the space that @walk's are in, which is
 * memory at *pa (0 if there is none), or change it from @expected to @desired.
 * Words are in little-endian order. FAULT: of stage 2 with CLASS == TT, or
 * F_WALK_EABT; AGAIN: as msmmu_walk().
 */
MsmmuStatus msmmu_descriptor_fetch(const MsmmuWalk *walk, uint64_t address,
                                   uint64_t *pa, uint64_t *word,
                                   MsmmuFault *fault);
MsmmuStatus msmmu_descriptor_update(const MsmmuWalk *walk, uint64_t address,
                                    uint64_t expected, uint64_t desired,
                                    MsmmuFault *fault);

/* ---- stage1.c ---- */

/*
 * Set up the walk of stage 1 for @va. FAULT: F_TRANSLATION, because no table
 * base serves @va; otherwise *input is what to walk for, *ttb the table base.
 */
MsmmuStatus msmmu_stage1_walk(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuWalk *walk, uint64_t *input,
                              const MsmmuTableBase **ttb, MsmmuFault *fault);

/* log2 of the aligned block around a VA of @ttb that is all @ttb's, 64: any. */
unsigned msmmu_stage1_border_log2(const MsmmuContext *ctx,
                                  const MsmmuTableBase *ttb);

/*
 * MSMMU_PERM_* of @leaf by privilege, with a writable-clean leaf taken as
 * writable; *clean if it is one.
 */
void msmmu_stage1_permissions(const MsmmuContext *ctx,
                              const MsmmuTableBase *ttb,
                              const MsmmuLeaf *leaf, uint8_t perms[2],
                              bool *clean);

/* ---- stage2.c ---- */

/* What stage 2 makes of an IPA; writable-clean as for stage 1. */
typedef struct MsmmuStage2Result {
    MsmmuWalk walk;
    MsmmuLeaf leaf;
    uint64_t pa;
    uint8_t perms[2];
    bool clean;
} MsmmuStage2Result;

/*
 * Translate @ipa, and check that @access is permitted. The dirty state is left
 * to msmmu_walk_mark_dirty(). FAULT: complete, of stage 2, with @class.
 */
MsmmuStatus msmmu_stage2_translate(Msmmu *m, const MsmmuStage2 *s2,
                                   uint64_t ipa, const MsmmuAccess *access,
                                   MsmmuFaultClass class,
                                   MsmmuStage2Result *out, MsmmuFault *fault);

/* ---- Permissions ---- */

/* Those of MSMMU_PERM_* that @access needs. */
static inline uint8_t msmmu_access_needs(const MsmmuAccess *access)
{
    if (access->atomic) {
        return MSMMU_PERM_READ | MSMMU_PERM_WRITE;
    }
    return access->write ? MSMMU_PERM_WRITE :
           access->instruction ? MSMMU_PERM_EXEC : MSMMU_PERM_READ;
}

static inline bool msmmu_access_permitted(const MsmmuAccess *access,
                                          const uint8_t perms[2])
{
    return !(msmmu_access_needs(access) & ~perms[access->privileged]);
}

/* Whether it is for reading that @access, atomic, is not permitted (13.1.1) */
static inline bool msmmu_access_lacks_read(const MsmmuAccess *access,
                                           const uint8_t perms[2])
{
    return access->atomic && perms[access->privileged] & MSMMU_PERM_WRITE;
}

/*
 * @va as stage 1 of @ctx takes it: where the top byte is ignored, it is a copy
 * of bit 55 (IHI 0070 3.4.1).
 */
static inline uint64_t msmmu_effective_va(const MsmmuContext *ctx, uint64_t va)
{
    bool upper = va >> 55 & 1;

    if (ctx->ttb[upper].top_byte_ignored) {
        va = (uint64_t)((int64_t)(va << 8) >> 8);
    }
    return va;
}

#endif
