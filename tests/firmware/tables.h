/*
 * Step 6: translation tables of VMSAv8-64, for either stage.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_TABLES_H
#define FIRMWARE_TABLES_H

#include "platform.h"

/* Page descriptors (Arm ARM D8.3) */
#define PAGE_S1_EL0 BIT(6)              /* AP[1] */
#define PAGE_S1_READ_ONLY BIT(7)        /* AP[2] */
#define PAGE_S2_READ BIT(6)             /* S2AP[0] */
#define PAGE_S2_WRITE BIT(7)            /* S2AP[1] */
#define PAGE_S2_NORMAL (0xfUL << 2)     /* MemAttr: write-back */
#define PAGE_S2_DEVICE (0x1UL << 2)     /* MemAttr: Device-nGnRE */
#define PAGE_S1_ATTR(index) ((uint64_t)(index) << 2)    /* of CD.MAIR */
#define PAGE_SHARED (3UL << 8)          /* Inner Shareable */
#define PAGE_AF BIT(10)
#define PAGE_NG BIT(11)
#define PAGE_DBM BIT(51)

/* Left to software, in leaves of both stages */
#define PAGE_SOFTWARE_SHIFT 55
#define PAGE_SOFTWARE (0xfUL << PAGE_SOFTWARE_SHIFT)

typedef struct Tables {
    unsigned granule_shift;
    unsigned input_bits;
    bool big_endian;
    uint64_t bias;              /* from a table's address to what finds it */
    uint64_t *root;             /* one table, not concatenated */
} Tables;

void tables_init(Tables *t, unsigned granule_shift, unsigned input_bits,
                 bool big_endian, uint64_t bias);

/* A descriptor in memory from its value, or its value from what is there */
static inline uint64_t tables_swap(bool big_endian, uint64_t word)
{
    return big_endian ? __builtin_bswap64(word) : word;
}

/* Where a page's descriptor is; the tables above it are made if need be. */
uint64_t *tables_find(Tables *t, uint64_t input);

/* Map one page; returns where its descriptor is. */
uint64_t *tables_map(Tables *t, uint64_t input, uint64_t output,
                     uint64_t attributes);

#endif
