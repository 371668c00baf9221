/*
 * The walker of both formats and stages: what drives it and what it finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WALK_H
#define MSMMU_CORE_WALK_H

#include "internal.h"
#include "window.h"
#include "spec/regs.h"
#include "spec/vmsa.h"

/* All that a walk does is one function, for each kind of it. */
#define WALK_ALWAYS_INLINE inline __attribute__((always_inline))

/* One stage of translation through one table base. */
typedef struct MsmmuWalk {
    Msmmu *m;
    uint8_t stage;              /* 1 or 2 */
    MsmmuFaultClass class;      /* what stage 2 is for; told to the recorder */
    MsmmuRecorder *recorder;
    MsmmuGranule granule;
    uint8_t input_bits;         /* inputs are below 2^input_bits */
    bool probe;                 /* nothing is updated, as if it had been */
    const MsmmuTables *tables;
    const MsmmuFirstTable *first;
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
 * Where walks through @tables begin, if the first one is at @address, for
 * inputs of @input_bits. Addresses are of PA space, or, if @in_ipa_space,
 * behind stage 2.
 */
MsmmuFirstTable msmmu_first_table(const Msmmu *m, const MsmmuTables *tables,
                                  MsmmuGranule granule, int start_level,
                                  unsigned input_bits, uint64_t address,
                                  bool in_ipa_space);

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

/*
 * Whether @leaf, of @tables, is not to be cached, for nT: at level 1
 * of IDR3.BBML, such a Block is not, so that it meets no entry of another size;
 * at level 2 the bit is ignored (3.21.1.2, 3.21.1.3).
 */
static WALK_ALWAYS_INLINE
bool msmmu_leaf_is_transient(const Msmmu *m, const MsmmuTables *tables,
                             const MsmmuLeaf *leaf)
{
    return G_UNLIKELY(leaf->descriptor & VMSA_NT) &&
           leaf->level < MSMMU_LAST_LEVEL &&
           tables->format == MSMMU_AARCH64 &&
           msmmu_get(m->regs.idr[3], IDR3_BBML) == 1;
}

/*
 * What is seldom needed of a walk. Faults: no rule lets @descriptor be where it
 * is; a table's or a leaf's address is too large; a leaf's Access flag is 0,
 * unless it is set now or need not be (3.13.2). A Table descriptor is about to
 * be used, with HAFT (3.13.6). The descriptor of @at, on the way of @input, was
 * fetched, or was not; it spans 2^@span_log2 bytes.
 */
MsmmuStatus msmmu_walk_illegal(const MsmmuWalk *walk, uint64_t descriptor,
                               int level, MsmmuFault *fault);
MsmmuStatus msmmu_walk_too_large(const MsmmuWalk *walk, bool leaf,
                                 MsmmuFault *fault);
MsmmuStatus msmmu_walk_not_accessed(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                    MsmmuFault *fault);
MsmmuStatus msmmu_walk_mark_table(const MsmmuWalk *walk, MsmmuLeaf *table,
                                  MsmmuFault *fault);
void msmmu_walk_record(const MsmmuWalk *walk, uint64_t input,
                       const MsmmuLeaf *at, unsigned span_log2, bool fetched);

/* ---- descriptor.c ---- */

/*
 * Read the descriptor at @address of the space that @walk's are in, which is
 * memory at *pa (0 if there is none). *word is in little-endian order. FAULT:
 * of stage 2 with CLASS == TT, or F_WALK_EABT; AGAIN: as msmmu_walk().
 */
MsmmuStatus msmmu_descriptor_fetch(const MsmmuWalk *walk, uint64_t address,
                                   uint64_t *pa, uint64_t *word,
                                   MsmmuFault *fault);

/* F_WALK_EABT: the descriptor at @pa cannot be read, or updated. */
MsmmuStatus msmmu_descriptor_abort(const MsmmuWalk *walk, uint64_t pa,
                                   MsmmuFault *fault);

/*
 * Change the descriptor at @address, of the space that @walk's are in, from
 * @expected to @desired, in little-endian order. As msmmu_descriptor_fetch().
 */
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

/*
 * log2 of the aligned block around a VA of @ttb that is all @ttb's, 64: any. A
 * Block of a base whose TxSZ is 0 may reach into the addresses of the other,
 * which are aligned to their size (Arm ARM G5.5.5.1): it ends there. Others of
 * VMSAv8-32 are smaller than what their base serves.
 */
static inline unsigned msmmu_stage1_border_log2(const MsmmuContext *ctx,
                                                const MsmmuTableBase *ttb)
{
    const MsmmuTableBase *other = &ctx->ttb[ttb == &ctx->ttb[0]];

    return G_UNLIKELY(ctx->s1.format == MSMMU_AARCH32) &&
           ttb->input_bits == VMSA32_VA_BITS ? other->input_bits : 64;
}

/*
 * What follows from the rest of @ctx, of which all of stage 1 is decoded: call
 * it when that is so, and after each change.
 */
void msmmu_stage1_prepare(const Msmmu *m, MsmmuContext *ctx);

/* A leaf that AP[2] makes read-only until it is written (3.13.3). */
static inline bool msmmu_stage1_is_dirtiable(const MsmmuContext *ctx,
                                             uint64_t descriptor)
{
    return ctx->s1.update_dirty && descriptor & VMSA_DBM;
}

/*
 * AP and XN of @leaf as APTable and XNTable limit them (Arm ARM Tables D8-62 to
 * D8-64, G5-7, G5-8): a number that has what takes permissions away.
 */
enum {
    MSMMU_LEAF_NO_UNPRIV = 1 << 0,
    MSMMU_LEAF_READ_ONLY = 1 << 1,
    MSMMU_LEAF_PXN = 1 << 2,
    MSMMU_LEAF_UXN = 1 << 3,
};

/*
 * MSMMU_PERM_* of @leaf by privilege, with a writable-clean leaf taken as
 * writable; *clean if it is one.
 */
static WALK_ALWAYS_INLINE
void msmmu_stage1_permissions(const MsmmuContext *ctx,
                              const MsmmuTableBase *ttb, const MsmmuLeaf *leaf,
                              uint8_t perms[2], bool *clean)
{
    uint64_t tables = leaf->tables & ttb->hierarchical;
    uint64_t d = leaf->descriptor ^ VMSA_AP_UNPRIV;
    bool dirtiable = msmmu_stage1_is_dirtiable(ctx, d);
    unsigned ap, xn;
    uint8_t both;

    *clean = dirtiable && d & VMSA_AP_READ_ONLY &&
             !(tables & VMSA_APTABLE_READ_ONLY);
    d &= dirtiable ? ~VMSA_AP_READ_ONLY : UINT64_MAX;
    ap = msmmu_get(d, VMSA_AP) | msmmu_get(tables, VMSA_APTABLE);
    xn = msmmu_get(d, VMSA_XN) | msmmu_get(tables, VMSA_XNTABLE);
    both = ctx->leaf_perms[ap | xn << 2];
    perms[0] = MSMMU_PERMS_UNPRIV(both);
    perms[1] = MSMMU_PERMS_PRIV(both);
}

/* ---- stage2.c ---- */

/* What stage 2 makes of an IPA; writable-clean as for stage 1. */
typedef struct MsmmuStage2Result {
    MsmmuWalk walk;
    MsmmuLeaf leaf;
    uint64_t pa;
    uint8_t perms[2];
    bool clean;
} MsmmuStage2Result;

/* What follows from the rest of @s2. As msmmu_stage1_prepare(). */
void msmmu_stage2_prepare(const Msmmu *m, MsmmuStage2 *s2);

/* What the leaf of @out permits; what is writable-clean is writable. */
static WALK_ALWAYS_INLINE
void msmmu_stage2_permissions(const MsmmuStage2 *s2, MsmmuStage2Result *out)
{
    uint64_t d = out->leaf.descriptor;
    uint8_t both;

    out->clean = s2->tables.update_dirty && d & VMSA_DBM &&
                 !(d & VMSA_S2AP_WRITE);
    d |= out->clean ? VMSA_S2AP_WRITE : 0;
    both = s2->perms[msmmu_get(d, VMSA_S2AP) | msmmu_get(d, VMSA_S2XN) << 2];
    out->perms[0] = MSMMU_PERMS_UNPRIV(both);
    out->perms[1] = MSMMU_PERMS_PRIV(both);
}

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
    return !(msmmu_access_needs(access) &
             ~(access->privileged ? perms[1] : perms[0]));
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
