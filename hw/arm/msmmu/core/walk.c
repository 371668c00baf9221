/*
 * The translation table walk of VMSAv8-64 and VMSAv8-32 LPAE (Arm ARM D8.2,
 * D8.3, D8.5, G5.5; IHI 0070 3.4, 3.13, 7.3.22).
 *
 * One walker serves every granule, level, size, format and stage. It knows of
 * the stage only what MsmmuWalk says; descriptor.c knows where descriptors are,
 * so a stage 1 table in IPA space is walked by the same code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/vmsa.h"

/*
 * Translation-related faults are about the input of the stage. A stage 2 walk
 * for a table of stage 1 is told apart by its caller (7.3.13).
 */
static MsmmuStatus walk_fault(const MsmmuWalk *walk, uint8_t type,
                              const char *why, MsmmuFault *fault)
{
    *fault = (MsmmuFault) {
        .type = type,
        .stage = walk->stage,
        .class = MSMMU_CLASS_IN,
        .why = why,
    };
    return MSMMU_STATUS_FAULT;
}

/*
 * Log2 of the size in bytes of the first table: from two entries up, or
 * several tables concatenated at stage 2 (Arm ARM D8.2.2, D8.2.5). Each
 * descriptor spans 2^@span_log2 bytes.
 */
static unsigned first_table_log2(const MsmmuWalk *walk, unsigned span_log2)
{
    unsigned index_bits = walk->input_bits - span_log2;

    return index_bits + __builtin_ctz(VMSA_DESCRIPTOR_BYTES);
}

/*
 * Where the first table is: at TTBx or S2TTB, aligned to its size, but to 64
 * bytes at least where VMSAv8-64 has an effective output size of 52 bits,
 * whatever the granule (5.2 STE.S2TTB, 5.4 CD.TTB0).
 */
static uint64_t first_table(const MsmmuWalk *walk, unsigned size_log2)
{
    bool wide = walk->tables.format == MSMMU_AARCH64 &&
                walk->tables.output_bits >= VMSA_WIDE_ADDRESS_BITS;
    unsigned align_log2 = wide ? MAX(size_log2, VMSA_WIDE_TABLE_ALIGN_LOG2) :
                                 size_log2;

    return walk->table_address & ~msmmu_low_mask(align_log2);
}

/* ---- Descriptors ---- */

/* Between the order of the table and that of the host; its own inverse. */
static uint64_t in_order(const MsmmuWalk *walk, uint64_t word)
{
    return walk->tables.big_endian ? __builtin_bswap64(word) : word;
}

/* The descriptor of @leaf is about to become @desired. */
static void record_update(const MsmmuWalk *walk, const MsmmuLeaf *leaf,
                          uint64_t desired)
{
    msmmu_step(walk->recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_UPDATE,
        .stage = walk->stage,
        .class = walk->class,
        .level = leaf->level,
        .through_stage2 = walk->through,
        .ipa = walk->through ? leaf->descriptor_address : 0,
        .pa = leaf->descriptor_pa,
        .words = 2,
        .word = { leaf->descriptor, desired },
    });
}

/* Set @bits of @leaf's descriptor in memory, and clear @cleared. */
static MsmmuStatus update(const MsmmuWalk *walk, uint64_t bits,
                          uint64_t cleared, MsmmuLeaf *leaf,
                          MsmmuFault *fault)
{
    uint64_t desired = (leaf->descriptor | bits) & ~cleared;
    MsmmuStatus status;

    if (walk->recorder) {
        record_update(walk, leaf, desired);
    }
    status =
        msmmu_descriptor_update(walk, leaf->descriptor_address,
                                in_order(walk, leaf->descriptor),
                                in_order(walk, desired), fault);

    leaf->descriptor = desired;
    return status;
}

static bool is_leaf(uint64_t descriptor, int level)
{
    return level == MSMMU_LAST_LEVEL || !(descriptor & VMSA_TABLE_OR_PAGE);
}

/* Whether descriptors hold addresses of 52 bits. */
static bool is_wide(const MsmmuWalk *walk)
{
    return msmmu_granule_is_wide(walk->granule, walk->tables.ds,
                                 walk->tables.lpa);
}

/* Table D8-48, and blocks only where the granule has them. */
static bool is_legal(const MsmmuWalk *walk, uint64_t descriptor, int level)
{
    return descriptor & VMSA_VALID &&
        (descriptor & VMSA_TABLE_OR_PAGE ||
         msmmu_granule_has_block(walk->granule, level, is_wide(walk)));
}

/*
 * The address that @descriptor outputs, of something of 2^@size_log2 bytes;
 * bits below are RES0, or nT, or other fields (Arm ARM Tables D8-50 to D8-53).
 *
 * Bits [15:12] of the 64KB granule are more of the address. Where addresses
 * have no more than 48 bits, it is IMPLEMENTATION DEFINED whether they fault
 * when they are not zero (Arm ARM R_WDZFC), and here they do.
 */
static uint64_t output_address(const MsmmuWalk *walk, uint64_t descriptor,
                               unsigned size_log2)
{
    bool ds = walk->granule != MSMMU_64K && walk->tables.ds;
    uint64_t address = descriptor & (ds ? VMSA_ADDRESS_DS : VMSA_ADDRESS) &
                       ~msmmu_low_mask(size_log2);

    if (ds) {
        address |= msmmu_prep(VMSA_ADDRESS_TOP_DS,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_DS));
    }
    if (walk->granule == MSMMU_64K) {
        address |= msmmu_prep(VMSA_ADDRESS_HIGH,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_64K));
    }
    return address;
}

/*
 * @address as the last stage puts it out. VMSAv8-32 LPAE has 40 bits, and what
 * exceeds a smaller OAS is silently cut off (3.4; 7.3.12 says so for tables).
 * VMSAv8-64 outputs are within the OAS, or fault.
 */
static uint64_t fit_output(const MsmmuWalk *walk, uint64_t address)
{
    if (walk->tables.format == MSMMU_AARCH32 && !walk->through) {
        address &= msmmu_low_mask(walk->m->config.oas_bits);
    }
    return address;
}

/* ---- The walk ---- */

/* A Table descriptor is about to be used, with HAFT (3.13.6). */
static MsmmuStatus mark_table_accessed(const MsmmuWalk *walk, MsmmuLeaf *table,
                                       MsmmuFault *fault)
{
    if (!walk->tables.update_tables || table->descriptor & VMSA_AF) {
        return MSMMU_STATUS_OK;
    }
    return update(walk, VMSA_AF, 0, table, fault);
}

/* The Access flag of a leaf (3.13.2); AFFD is IGNORED with HA (5.4). */
static MsmmuStatus check_access_flag(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                     MsmmuFault *fault)
{
    if (leaf->descriptor & VMSA_AF) {
        return MSMMU_STATUS_OK;
    }
    if (walk->tables.update_access) {
        return update(walk, VMSA_AF, 0, leaf, fault);
    }
    if (walk->tables.access_flag_off) {
        return MSMMU_STATUS_OK;
    }
    return walk_fault(walk, EVT_F_ACCESS,
                      "the Access flag is 0, and hardware does not set it",
                      fault);
}

/*
 * What a leaf says of itself. Of a block larger than the output size, only what
 * is within that is mapped. The Contiguous bit is a hint that is not taken:
 * what is cached is what one descriptor maps, so that none can be
 * misprogrammed (Arm ARM D8.7.1). nT causes no fault (3.21.1.2); whether the
 * leaf is cached is the caller's business.
 */
static MsmmuStatus finish(const MsmmuWalk *walk, uint64_t address, int level,
                          MsmmuLeaf *leaf, MsmmuFault *fault)
{
    leaf->address = fit_output(walk, address);
    leaf->size_log2 = MIN(msmmu_granule_level_shift(walk->granule, level),
                          walk->tables.output_bits);
    leaf->contiguous = leaf->descriptor & VMSA_CONTIGUOUS &&
        msmmu_granule_has_contiguous(walk->granule, level);
    return check_access_flag(walk, leaf, fault);
}

/* The rule by which @descriptor ends the walk in a Translation fault. */
static const char *broken_rule(uint64_t descriptor, int level)
{
    return !(descriptor & VMSA_VALID) ?
           "the descriptor is not valid: bit[0] = 0" :
           level == MSMMU_LAST_LEVEL ?
           "a Reserved descriptor: bits[1:0] = 0b01 at level 3" :
           "this granule has no Block at this level";
}

static MsmmuDescriptorType type_of(const MsmmuWalk *walk, uint64_t descriptor,
                                   int level)
{
    if (!is_legal(walk, descriptor, level)) {
        return descriptor & VMSA_VALID ? MSMMU_DESCRIPTOR_ILLEGAL
                                       : MSMMU_DESCRIPTOR_INVALID;
    }
    return level == MSMMU_LAST_LEVEL ? MSMMU_DESCRIPTOR_PAGE :
           is_leaf(descriptor, level) ? MSMMU_DESCRIPTOR_BLOCK
                                      : MSMMU_DESCRIPTOR_TABLE;
}

/* The descriptor of @leaf, on the way of @input, was fetched, or was not. */
static void record(const MsmmuWalk *walk, uint64_t input, const MsmmuLeaf *leaf,
                   uint64_t output, unsigned size_log2, bool fetched)
{
    int level = (int8_t)leaf->level;

    msmmu_step(walk->recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_DESCRIPTOR,
        .stage = walk->stage,
        .class = walk->class,
        .level = level,
        .type = type_of(walk, leaf->descriptor, level),
        .through_stage2 = walk->through,
        .unreadable = !fetched,
        .ipa = walk->through ? leaf->descriptor_address : 0,
        .pa = leaf->descriptor_pa,
        .words = fetched,
        .word = { leaf->descriptor },
        .input = input,
        .output = output,
        .size_log2 = size_log2,
    });
}

/*
 * Fetch the descriptor that *leaf is at, which spans 2^@span_log2 bytes, and
 * decode it: *next is what it outputs, of 2^*size_log2 bytes.
 */
static MsmmuStatus fetch(const MsmmuWalk *walk, int level, unsigned span_log2,
                         uint64_t input, MsmmuLeaf *leaf, uint64_t *next,
                         unsigned *size_log2, MsmmuFault *fault)
{
    uint64_t word = 0;
    MsmmuStatus status = msmmu_descriptor_fetch(walk, leaf->descriptor_address,
                                                &leaf->descriptor_pa, &word,
                                                fault);

    leaf->level = level;
    leaf->descriptor = in_order(walk, word);
    *size_log2 = is_leaf(leaf->descriptor, level) ?
                 span_log2 : msmmu_granule_facts[walk->granule].shift;
    *next = output_address(walk, leaf->descriptor, *size_log2);
    if (walk->recorder) {
        record(walk, input, leaf, *next, *size_log2,
               status == MSMMU_STATUS_OK);
    }
    return status;
}

/*
 * One level of 7.3.22: fetch, F_TRANSLATION, F_ADDR_SIZE; *next is where to.
 * What a leaf outputs for @input is what must fit, not its first byte only (5.4
 * CD.IPS; Arm ARM J1.1.4.75).
 */
static MsmmuStatus look_up(const MsmmuWalk *walk, int level,
                           unsigned span_log2, uint64_t input,
                           MsmmuLeaf *leaf, uint64_t *next, MsmmuFault *fault)
{
    uint64_t within = 0;
    unsigned size_log2;
    MsmmuStatus status = fetch(walk, level, span_log2, input, leaf, next,
                               &size_log2, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (!is_legal(walk, leaf->descriptor, level)) {
        return walk_fault(walk, EVT_F_TRANSLATION,
                          broken_rule(leaf->descriptor, level), fault);
    }
    if (is_leaf(leaf->descriptor, level)) {
        within = input & msmmu_low_mask(size_log2);
    }
    if ((*next | within) & ~msmmu_low_mask(walk->tables.output_bits)) {
        return walk_fault(walk, EVT_F_ADDR_SIZE,
                          is_leaf(leaf->descriptor, level) ?
                          "the output address exceeds the output size" :
                          "the address of the next table exceeds the output "
                          "size", fault);
    }
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[walk->granule];
    unsigned span_log2 = msmmu_granule_level_shift(walk->granule,
                                                   walk->start_level);
    unsigned table_log2 = first_table_log2(walk, span_log2);
    uint64_t table = first_table(walk, table_log2);

    *leaf = (MsmmuLeaf) { .level = 0 };
    if (input & ~msmmu_low_mask(walk->input_bits)) {
        return walk_fault(walk, EVT_F_TRANSLATION, walk->stage == 1 ?
                          "the VA has more bits than CD.TxSZ leaves" :
                          "the IPA has more bits than STE.S2T0SZ leaves",
                          fault);
    }
    for (int level = walk->start_level; ; level++) {
        uint64_t offset = (input >> span_log2) * VMSA_DESCRIPTOR_BYTES;
        MsmmuStatus status;

        leaf->descriptor_address = fit_output(walk, table) |
                                   (offset & msmmu_low_mask(table_log2));
        status = look_up(walk, level, span_log2, input, leaf, &table, fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        if (is_leaf(leaf->descriptor, level)) {
            return finish(walk, table, level, leaf, fault);
        }
        status = mark_table_accessed(walk, leaf, fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        leaf->tables |= leaf->descriptor;
        table_log2 = facts->shift;
        span_log2 -= facts->stride;
    }
}

MsmmuStatus msmmu_walk_mark_dirty(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                  MsmmuFault *fault)
{
    uint64_t set = VMSA_AF | (walk->stage == 2 ? VMSA_S2AP_WRITE : 0);
    uint64_t cleared = walk->stage == 1 ? VMSA_AP_READ_ONLY : 0;

    return update(walk, set, cleared, leaf, fault);
}

/*
 * nT: at level 1 of IDR3.BBML, such a Block is not cached, so that it meets no
 * entry of another size; at level 2 the bit is ignored (3.21.1.2, 3.21.1.3).
 */
bool msmmu_walk_is_transient(const MsmmuWalk *walk, const MsmmuLeaf *leaf)
{
    return leaf->descriptor & VMSA_NT && leaf->level < MSMMU_LAST_LEVEL &&
           walk->tables.format == MSMMU_AARCH64 &&
           msmmu_get(walk->m->regs.idr[3], IDR3_BBML) == 1;
}
