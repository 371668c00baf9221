/*
 * The VMSAv8-64 walker: what drives it and what it finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WALK_H
#define MSMMU_CORE_WALK_H

#include "internal.h"

/*
 * Reads the VMSA_DESCRIPTOR_BYTES of a descriptor at @address, of the address
 * space that the walked stage outputs. FAULT: *fault is complete but for the
 * access.
 */
typedef MsmmuStatus MsmmuFetch(void *opaque, uint64_t address, void *bytes,
                               MsmmuFault *fault);

/* One stage of translation through one table base. */
typedef struct MsmmuWalk {
    uint8_t stage;              /* 1 or 2 */
    MsmmuGranule granule;
    int8_t start_level;
    uint8_t input_bits;         /* inputs are below 2^input_bits */
    uint8_t output_bits;        /* outputs are below 2^output_bits */
    bool big_endian;
    bool access_flag_off;       /* AF is taken as 1 */
    uint64_t table_address;     /* aligned by the walk to the first table */
    MsmmuFetch *fetch;
    void *opaque;               /* for fetch */
} MsmmuWalk;

/* The Block or Page descriptor that a walk ended at. */
typedef struct MsmmuLeaf {
    uint64_t address;           /* the output of its first byte */
    uint64_t descriptor;
    uint64_t tables;            /* the Table descriptors before it, ORed */
    uint8_t level;
    uint8_t size_log2;          /* of what it maps */
} MsmmuLeaf;

/*
 * Walk as @walk says for @input. Checks, in the order of IHI 0070 7.3.22, all
 * but permissions, which differ between stages and regimes.
 */
MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault);

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
