/*
 * The levels of a walk (Arm ARM D8.2, D8.3, G5.5; IHI 0070 7.3.22), compiled
 * for each kind of walk that there is: into walk.c, and into nested.c for what
 * most misses need.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WALK_LEVELS_H
#define MSMMU_CORE_WALK_LEVELS_H

#include "walk.h"
#include "spec/evt.h"

#define WALK_DESCRIPTOR_LOG2 3
#define WALK_OFFSET_IN_DESCRIPTOR ((uint64_t)VMSA_DESCRIPTOR_BYTES - 1)

_Static_assert(1 << WALK_DESCRIPTOR_LOG2 == VMSA_DESCRIPTOR_BYTES, "its size");

/*
 * What is known of a walk while it is compiled, so that no question about it is
 * asked later.
 */
typedef struct WalkKind {
    /* Through what MsmmuFirstTable calls plain tables; nobody is told. */
    bool plain;
    bool direct;                /* its descriptors are in PA space */
    /*
     * Plain, too: nothing is updated, and faults are not told. Where it does
     * not end at a leaf that has its Access flag, or stage 2 of a table is not
     * cached, the walk ends with AGAIN, for another kind to say what comes.
     */
    bool quick;
} WalkKind;

/* As msmmu_low_mask(), of fewer than 64 bits. */
static inline uint64_t walk_mask_below(unsigned bits)
{
    return (UINT64_C(1) << bits) - 1;
}

/*
 * @address as the last stage puts it out. VMSAv8-32 LPAE has 40 bits, and what
 * exceeds a smaller OAS is silently cut off (3.4; 7.3.12 says so for tables).
 * VMSAv8-64 outputs are within the OAS, or fault.
 */
static inline uint64_t walk_fit_output(const Msmmu *m,
                                       const MsmmuTables *tables,
                                       bool in_ipa_space, uint64_t address)
{
    if (tables->format == MSMMU_AARCH32 && !in_ipa_space) {
        address &= msmmu_low_mask(m->config.oas_bits);
    }
    return address;
}

/* Between the order of the table and that of the host; its own inverse. */
static inline uint64_t walk_in_order(const MsmmuWalk *walk, uint64_t word)
{
    return walk->tables->big_endian ? __builtin_bswap64(word) : word;
}

static inline bool walk_is_table(uint64_t descriptor, int level)
{
    return level < MSMMU_LAST_LEVEL &&
           !(~descriptor & (VMSA_VALID | VMSA_TABLE_OR_PAGE));
}

/* Whether descriptors hold addresses of 52 bits. */
static inline bool walk_is_wide(const MsmmuWalk *walk)
{
    return msmmu_granule_is_wide(walk->granule, walk->tables->ds,
                                 walk->tables->lpa);
}

/* Table D8-48, and blocks only where the granule has them. */
static inline bool walk_is_legal(const MsmmuWalk *walk, uint64_t descriptor,
                                 int level)
{
    return descriptor & VMSA_VALID &&
        (descriptor & VMSA_TABLE_OR_PAGE ||
         msmmu_granule_has_block(walk->granule, level, walk_is_wide(walk)));
}

/*
 * The address that @descriptor outputs, of something that is aligned as @mask
 * says; bits below are RES0, or nT, or other fields (Arm ARM Tables D8-50 to
 * D8-53).
 *
 * Bits [15:12] of the 64KB granule are more of the address. Where addresses
 * have no more than 48 bits, it is IMPLEMENTATION DEFINED whether they fault
 * when they are not zero (Arm ARM R_WDZFC), and here they do.
 */
static WALK_ALWAYS_INLINE
uint64_t walk_output_address(const MsmmuWalk *walk, uint64_t descriptor,
                             uint64_t mask, const WalkKind kind)
{
    bool ds = !kind.plain && walk->granule != MSMMU_64K && walk->tables->ds;
    uint64_t address = descriptor & (ds ? VMSA_ADDRESS_DS : VMSA_ADDRESS) &
                       mask;

    if (ds) {
        address |= msmmu_prep(VMSA_ADDRESS_TOP_DS,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_DS));
    }
    if (!kind.plain && walk->granule == MSMMU_64K) {
        address |= msmmu_prep(VMSA_ADDRESS_HIGH,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_64K));
    }
    return address;
}

/* The same, if it fits. */
static WALK_ALWAYS_INLINE
uint64_t walk_fitting(const MsmmuWalk *walk, uint64_t address,
                      const WalkKind kind)
{
    return kind.plain ? address :
           walk_fit_output(walk->m, walk->tables, walk->through, address);
}

/* ---- The walk ---- */

/* Where stage 2 has *pa, which is an IPA, for a read, if that is cached. */
static inline bool walk_find_table(const MsmmuWalk *walk, uint64_t *pa,
                                   MsmmuTranslation *t)
{
    if (!walk->table_regime ||
        !msmmu_tlb_lookup_table(walk->m, walk->table_regime, *pa, t)) {
        return false;
    }
    *pa = t->first_pa | (*pa & msmmu_low_mask(t->size_log2));
    return true;
}

/* Fetch the descriptor that *at is of. */
static WALK_ALWAYS_INLINE
MsmmuStatus walk_fetch(const MsmmuWalk *walk, MsmmuLeaf *at, MsmmuFault *fault,
                       const WalkKind kind)
{
    MsmmuStatus status = MSMMU_STATUS_OK;
    MsmmuTranslation t;
    uint64_t word = 0;

    at->descriptor_pa = at->descriptor_address;
    if (!kind.direct && !kind.quick) {
        status = msmmu_descriptor_fetch(walk, at->descriptor_address,
                                        &at->descriptor_pa, &word, fault);
    } else if (!kind.direct && !walk_find_table(walk, &at->descriptor_pa, &t)) {
        status = MSMMU_STATUS_AGAIN;
    } else if (!msmmu_read_word(walk->m, at->descriptor_pa, &word)) {
        status = kind.quick ? MSMMU_STATUS_AGAIN :
                 msmmu_descriptor_abort(walk, at->descriptor_pa, fault);
    }
    at->descriptor = kind.plain ? word : walk_in_order(walk, word);
    return status;
}

/*
 * What a leaf says of itself: F_TRANSLATION, F_ADDR_SIZE, F_ACCESS. What it
 * outputs for @input is what must fit, not its first byte only (5.4 CD.IPS; Arm
 * ARM J1.1.4.75); of a block larger than the output size, only what is within
 * that is mapped. The Contiguous bit is a hint that is not taken: what is
 * cached is what one descriptor maps, so that none can be misprogrammed (Arm
 * ARM D8.7.1). nT causes no fault (3.21.1.2); whether the leaf is cached is the
 * caller's business.
 */
static WALK_ALWAYS_INLINE
MsmmuStatus walk_finish(const MsmmuWalk *walk, uint64_t input,
                        unsigned span_log2, MsmmuLeaf *leaf,
                        MsmmuFault *fault, const WalkKind kind)
{
    const int level = (int8_t)leaf->level;
    uint64_t within = walk_mask_below(span_log2);
    uint64_t address = walk_output_address(walk, leaf->descriptor, ~within,
                                           kind);

    if (G_UNLIKELY(!walk_is_legal(walk, leaf->descriptor, level))) {
        return kind.quick ? MSMMU_STATUS_AGAIN :
               msmmu_walk_illegal(walk, leaf->descriptor, level, fault);
    }
    if (G_UNLIKELY((address | (input & within)) & walk->first->beyond)) {
        return kind.quick ? MSMMU_STATUS_AGAIN :
               msmmu_walk_too_large(walk, true, fault);
    }
    leaf->address = walk_fitting(walk, address, kind);
    leaf->size_log2 = MIN(span_log2, walk->tables->output_bits);
    leaf->contiguous = leaf->descriptor & VMSA_CONTIGUOUS &&
        msmmu_granule_has_contiguous(walk->granule, level);
    if (G_LIKELY(leaf->descriptor & VMSA_AF)) {
        return MSMMU_STATUS_OK;
    }
    return kind.quick ? MSMMU_STATUS_AGAIN :
           msmmu_walk_not_accessed(walk, leaf, fault);
}

/*
 * At each level, in the order of 7.3.22: fetch, F_TRANSLATION (of leaves alone:
 * no Table descriptor is illegal), F_ADDR_SIZE.
 */
static WALK_ALWAYS_INLINE
MsmmuStatus walk_as(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                    MsmmuFault *fault, const WalkKind kind)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[walk->granule];
    const MsmmuFirstTable *first = walk->first;
    const uint64_t within = walk_mask_below(facts->shift);
    uint64_t index = first->index;
    uint64_t table = first->address;
    unsigned span_log2 = first->span_log2;
    MsmmuLeaf at = { .tables = 0 };
    int level = first->level;

    for (;; level++) {
        MsmmuStatus status;

        at.level = level;
        at.descriptor_address = table |
            (input >> (span_log2 - WALK_DESCRIPTOR_LOG2) & index);
        status = walk_fetch(walk, &at, fault, kind);
        if (!kind.plain && walk->recorder) {
            msmmu_walk_record(walk, input, &at, span_log2,
                              status == MSMMU_STATUS_OK);
        }
        if (G_UNLIKELY(status != MSMMU_STATUS_OK)) {
            return status;
        }
        if (!walk_is_table(at.descriptor, level)) {
            break;
        }
        table = walk_output_address(walk, at.descriptor, ~within, kind);
        if (G_UNLIKELY(table & first->beyond)) {
            return kind.quick ? MSMMU_STATUS_AGAIN :
                   msmmu_walk_too_large(walk, false, fault);
        }
        table = walk_fitting(walk, table, kind);
        if (!kind.plain) {
            status = msmmu_walk_mark_table(walk, &at, fault);
            if (status != MSMMU_STATUS_OK) {
                return status;
            }
        }
        at.tables |= at.descriptor;
        index = within & ~WALK_OFFSET_IN_DESCRIPTOR;
        span_log2 -= facts->stride;
    }
    *leaf = at;
    return walk_finish(walk, input, span_log2, leaf, fault, kind);
}

#endif
