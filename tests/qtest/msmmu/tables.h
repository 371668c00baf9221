/*
 * Translation tables for qtests: any granule, start level and size, either
 * endianness, 52-bit addresses, and stage 1 tables that are in IPA space.
 *
 * The layouts are literal, from the Arm ARM (DDI 0487 D8.3), and owe nothing to
 * the implementation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_TABLES_H
#define TESTS_QTEST_MSMMU_TABLES_H

#include "smmu.h"

/* Stage 2 leaves (Table D8-53): Normal Write-Back, Inner Shareable, AF */
#define QS2_MEMATTR_WB (0xfULL << 2)
#define QS2_READ (1ULL << 6)
#define QS2_WRITE (1ULL << 7)
#define QS2_DEVICE_RW (QS2_READ | QS2_WRITE | QPTE_AF)
#define QS2_RO (QS2_MEMATTR_WB | QS2_READ | QPTE_SHARED | QPTE_AF)
#define QS2_RW (QS2_RO | QS2_WRITE)
/* Both stages */
#define QPTE_DBM (1ULL << 51)
#define QPTE_VALID 1ULL
#define QPTE_TABLE 3ULL
#define QPTE_PAGE 3ULL
#define QPTE_BLOCK 1ULL

/* How descriptors hold bits [51:48] of an address */
typedef enum QWide {
    QWIDE_NO,
    QWIDE_LPA,              /* 64K: in bits [15:12] */
    QWIDE_DS,               /* 4K, 16K: [49:48] in place, [51:50] in [9:8] */
} QWide;

typedef struct QTables {
    QSmmu *s;
    unsigned shift;         /* of the granule: 12, 14 or 16 */
    unsigned input_bits;
    int start_level;        /* -1..3 */
    QWide wide;
    bool big_endian;
    uint64_t root;          /* of the first table, or of several in a row */
    /*
     * NULL, or the stage 2 that translates the addresses of these tables,
     * which are IPAs then.
     */
    struct QTables *behind;
    /* Of stage 2: where qtables_alloc_ipa() goes on */
    uint64_t next_ipa;
} QTables;

/* The level at which a stage 1 walk of @input_bits starts */
int qtables_stage1_start(unsigned shift, unsigned input_bits);

/* Log2 of what a descriptor of @level maps */
unsigned qtables_span_log2(const QTables *t, int level);

/* Allocate the first table. All other fields of @t are set. */
void qtables_create(QTables *t);

/*
 * Empty tables in PA space, for @input_bits and the start of a stage 1 walk,
 * or for stage 2 at @start_level.
 */
QTables qtables_stage1(QSmmu *s, unsigned shift, unsigned input_bits);
QTables qtables_stage2(QSmmu *s, unsigned shift, unsigned input_bits,
                       int start_level);
/* Empty tables of stage 1 in the IPA space of @stage2 */
QTables qtables_nested(QTables *stage2, unsigned shift, unsigned input_bits);

/*
 * @size bytes of zeroed IPA space, mapped by @stage2 as pages that are nowhere
 * contiguous in PA space.
 */
uint64_t qtables_alloc_ipa(QTables *stage2, uint64_t size, uint64_t align);

/* Where the descriptor of @level for @input is; makes the tables above it. */
uint64_t qtables_slot(QTables *t, uint64_t input, int level);

/* Read and write a descriptor at the address that qtables_slot() returned. */
uint64_t qtables_read(const QTables *t, uint64_t slot);
void qtables_write(const QTables *t, uint64_t slot, uint64_t descriptor);

/* @address as a descriptor has it */
uint64_t qtables_encode(const QTables *t, uint64_t address);

/*
 * Map the page or block of @level at @input to @output, with @attrs; unmap it
 * if @attrs is 0. Returns the slot.
 */
uint64_t qtables_map(QTables *t, uint64_t input, uint64_t output,
                     uint64_t attrs, int level);

/* What @input is translated to by valid descriptors. */
uint64_t qtables_lookup(const QTables *t, uint64_t input);

/* The PA of an address of the space that the tables are in */
uint64_t qtables_pa(const QTables *t, uint64_t address);

#endif /* TESTS_QTEST_MSMMU_TABLES_H */
