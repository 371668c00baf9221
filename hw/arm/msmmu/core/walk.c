/*
 * The translation table walk of VMSAv8-64 and VMSAv8-32 LPAE (Arm ARM D8.2,
 * D8.3, G5.5; IHI 0070 3.4, 3.13, 7.3.22).
 *
 * One walker serves every granule, level, size, format and stage. It knows of
 * the stage only what MsmmuWalk says; descriptor.c knows where descriptors are,
 * so a stage 1 table in IPA space is walked by the same code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

/*
 * Translation-related faults are about the input of the stage. A stage 2 walk
 * for a table of stage 1 is told apart by its caller (7.3.13).
 */
static MsmmuStatus walk_fault(const MsmmuWalk *walk, uint8_t type,
                              MsmmuFault *fault)
{
    *fault = (MsmmuFault) {
        .type = type,
        .stage = walk->stage,
        .class = MSMMU_CLASS_IN,
    };
    return MSMMU_STATUS_FAULT;
}

/*
 * Log2 of the size in bytes of the first table, to which it is aligned: from
 * two entries up, or several tables concatenated at stage 2 (Arm ARM D8.2.5,
 * Tables D8-25, D8-34, D8-42).
 */
static unsigned first_table_log2(const MsmmuWalk *walk)
{
    unsigned index_bits = walk->input_bits -
        msmmu_granule_level_shift(walk->granule, walk->start_level);

    return index_bits + __builtin_ctz(VMSA_DESCRIPTOR_BYTES);
}

/* ---- Descriptors ---- */

/* Between the order of the table and that of the host; its own inverse. */
static uint64_t in_order(const MsmmuWalk *walk, uint64_t word)
{
    return walk->tables.big_endian ? __builtin_bswap64(word) : word;
}

/*
 * Set @bits of the descriptor at @address, which holds *descriptor, and clear
 * @cleared.
 */
static MsmmuStatus update(const MsmmuWalk *walk, uint64_t address,
                          uint64_t bits, uint64_t cleared,
                          uint64_t *descriptor, MsmmuFault *fault)
{
    uint64_t desired = (*descriptor | bits) & ~cleared;
    MsmmuStatus status =
        msmmu_descriptor_update(walk, address, in_order(walk, *descriptor),
                                in_order(walk, desired), fault);

    *descriptor = desired;
    return status;
}

static bool is_leaf(uint64_t descriptor, int level)
{
    return level == MSMMU_LAST_LEVEL || !(descriptor & VMSA_TABLE_OR_PAGE);
}

/* Table D8-48, and blocks only where the granule has them. */
static bool is_legal(const MsmmuWalk *walk, uint64_t descriptor, int level)
{
    if (!(descriptor & VMSA_VALID)) {
        return false;
    }
    if (level == MSMMU_LAST_LEVEL) {
        return descriptor & VMSA_TABLE_OR_PAGE;
    }
    return descriptor & VMSA_TABLE_OR_PAGE ||
        msmmu_granule_has_block(walk->granule, level,
                                msmmu_granule_is_wide(walk->granule,
                                                      walk->tables.ds,
                                                      walk->tables.lpa));
}

/*
 * The address that @descriptor outputs, of something of 2^@size_log2 bytes.
 * With the 64KB granule, bits [15:12] are more of the address; without 52-bit
 * addresses it is IMPLEMENTATION DEFINED whether they fault when they are not
 * zero (Arm ARM R_WDZFC), and here they do.
 */
static uint64_t output_address(const MsmmuWalk *walk, uint64_t descriptor,
                               unsigned size_log2)
{
    uint64_t mask = walk->tables.ds && walk->granule != MSMMU_64K ?
                    VMSA_ADDRESS_DS : VMSA_ADDRESS;
    uint64_t address = descriptor & mask & ~msmmu_low_mask(size_log2);

    if (walk->granule == MSMMU_64K) {
        address |= msmmu_prep(VMSA_ADDRESS_HIGH,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_64K));
    } else if (walk->tables.ds) {
        address |= msmmu_prep(VMSA_ADDRESS_TOP_DS,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_DS));
    }
    return address;
}

/* ---- The walk ---- */

/* A Table descriptor is about to be used, with HAFT (3.13.6). */
static MsmmuStatus mark_table_accessed(const MsmmuWalk *walk, uint64_t address,
                                       uint64_t *descriptor,
                                       MsmmuFault *fault)
{
    if (!walk->tables.update_tables || *descriptor & VMSA_AF) {
        return MSMMU_STATUS_OK;
    }
    return update(walk, address, VMSA_AF, 0, descriptor, fault);
}

/* The Access flag of a leaf (3.13.2). */
static MsmmuStatus check_access_flag(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                     MsmmuFault *fault)
{
    if (leaf->descriptor & VMSA_AF) {
        return MSMMU_STATUS_OK;
    }
    if (walk->tables.update_access) {
        return update(walk, leaf->descriptor_address, VMSA_AF, 0,
                      &leaf->descriptor, fault);
    }
    if (walk->tables.access_flag_off) {
        return MSMMU_STATUS_OK;
    }
    return walk_fault(walk, EVT_F_ACCESS, fault);
}

MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault)
{
    unsigned page_log2 = msmmu_granule_facts[walk->granule].shift;
    unsigned table_log2 = first_table_log2(walk);
    uint64_t table = walk->table_address;

    *leaf = (MsmmuLeaf) { .level = 0 };
    if (input & ~msmmu_low_mask(walk->input_bits)) {
        return walk_fault(walk, EVT_F_TRANSLATION, fault);
    }
    for (int level = walk->start_level; ; level++) {
        unsigned span_log2 = msmmu_granule_level_shift(walk->granule, level);
        uint64_t offset = (input >> span_log2) * VMSA_DESCRIPTOR_BYTES &
                          msmmu_low_mask(table_log2);
        uint64_t word;
        MsmmuStatus status;
        bool found;

        leaf->descriptor_address = (table & ~msmmu_low_mask(table_log2)) |
                                   offset;
        status = msmmu_descriptor_fetch(walk, leaf->descriptor_address, &word,
                                        fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        leaf->descriptor = in_order(walk, word);
        if (!is_legal(walk, leaf->descriptor, level)) {
            return walk_fault(walk, EVT_F_TRANSLATION, fault);
        }
        found = is_leaf(leaf->descriptor, level);
        table = output_address(walk, leaf->descriptor,
                               found ? span_log2 : page_log2);
        if (table & ~msmmu_low_mask(walk->tables.output_bits)) {
            return walk_fault(walk, EVT_F_ADDR_SIZE, fault);
        }
        if (found) {
            leaf->address = table;
            leaf->level = level;
            leaf->size_log2 = span_log2;
            return check_access_flag(walk, leaf, fault);
        }
        status = mark_table_accessed(walk, leaf->descriptor_address,
                                     &leaf->descriptor, fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        leaf->tables |= leaf->descriptor;
        table_log2 = page_log2;
    }
}

MsmmuStatus msmmu_walk_mark_dirty(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                  MsmmuFault *fault)
{
    uint64_t set = VMSA_AF | (walk->stage == 2 ? VMSA_S2AP_WRITE : 0);
    uint64_t cleared = walk->stage == 1 ? VMSA_AP_READ_ONLY : 0;

    return update(walk, leaf->descriptor_address, set, cleared,
                  &leaf->descriptor, fault);
}
