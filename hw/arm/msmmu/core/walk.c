/*
 * The translation table walk of VMSAv8-64 and VMSAv8-32 LPAE (Arm ARM D8.2,
 * D8.3, D8.5, G5.5; IHI 0070 3.4, 3.13, 7.3.22).
 *
 * One walker serves every granule, level, size, format and stage. It knows of
 * the stage only what MsmmuWalk says; descriptor.c knows where descriptors are,
 * so a stage 1 table in IPA space is walked by the same code.
 *
 * Its loop, in walk_levels.h, is compiled for several kinds of walks. What most
 * tables are, little-endian ones of VMSAv8-64 with 4KB or 16KB granules and
 * addresses of 48 bits, and what most walks do not, tell somebody or update
 * tables, is plain: all questions about the rest are answered by the compiler.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk_levels.h"

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

/* ---- Where it begins ---- */

/*
 * Where the first table is: at TTBx or S2TTB, aligned to its size, but to 64
 * bytes at least where VMSAv8-64 has an effective output size of 52 bits,
 * whatever the granule (5.2 STE.S2TTB, 5.4 CD.TTB0).
 */
static uint64_t align_table(const MsmmuTables *tables, uint64_t address,
                            unsigned size_log2)
{
    bool wide = tables->format == MSMMU_AARCH64 &&
                tables->output_bits >= VMSA_WIDE_ADDRESS_BITS;
    unsigned align_log2 = wide ? MAX(size_log2, VMSA_WIDE_TABLE_ALIGN_LOG2) :
                                 size_log2;

    return address & ~msmmu_low_mask(align_log2);
}

static bool is_plain(const MsmmuTables *tables, MsmmuGranule granule)
{
    return tables->format == MSMMU_AARCH64 && granule != MSMMU_64K &&
           !tables->ds && !tables->big_endian && !tables->update_tables;
}

/*
 * The first table has two entries or more, or is several tables concatenated at
 * stage 2 (Arm ARM D8.2.2, D8.2.5).
 */
MsmmuFirstTable msmmu_first_table(const Msmmu *m, const MsmmuTables *tables,
                                  MsmmuGranule granule, int start_level,
                                  unsigned input_bits, uint64_t address,
                                  bool in_ipa_space)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[granule];
    unsigned span_log2 = msmmu_granule_level_shift(granule, start_level);
    unsigned size_log2 = input_bits - span_log2 + WALK_DESCRIPTOR_LOG2;

    address = align_table(tables, address, size_log2);
    return (MsmmuFirstTable) {
        .address = walk_fit_output(m, tables, in_ipa_space, address),
        .index = walk_mask_below(size_log2) & ~WALK_OFFSET_IN_DESCRIPTOR,
        .beyond = ~msmmu_low_mask(tables->output_bits),
        .level = start_level,
        .span_log2 = span_log2,
        .page_log2 = facts->shift,
        .block_log2 = facts->shift + facts->stride,
        .plain = is_plain(tables, granule),
    };
}

/* ---- Descriptors ---- */

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
                                walk_in_order(walk, leaf->descriptor),
                                walk_in_order(walk, desired), fault);

    leaf->descriptor = desired;
    return status;
}

/* ---- The walk ---- */

MsmmuStatus msmmu_walk_mark_table(const MsmmuWalk *walk, MsmmuLeaf *table,
                                  MsmmuFault *fault)
{
    if (!walk->tables->update_tables || table->descriptor & VMSA_AF) {
        return MSMMU_STATUS_OK;
    }
    return update(walk, VMSA_AF, 0, table, fault);
}

/* AFFD is IGNORED with HA (5.4). */
MsmmuStatus msmmu_walk_not_accessed(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                    MsmmuFault *fault)
{
    if (walk->tables->update_access) {
        return update(walk, VMSA_AF, 0, leaf, fault);
    }
    if (walk->tables->access_flag_off) {
        return MSMMU_STATUS_OK;
    }
    return walk_fault(walk, EVT_F_ACCESS,
                      "the Access flag is 0, and hardware does not set it",
                      fault);
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

MsmmuStatus msmmu_walk_illegal(const MsmmuWalk *walk, uint64_t descriptor,
                               int level, MsmmuFault *fault)
{
    return walk_fault(walk, EVT_F_TRANSLATION, broken_rule(descriptor, level),
                      fault);
}

MsmmuStatus msmmu_walk_too_large(const MsmmuWalk *walk, bool leaf,
                                 MsmmuFault *fault)
{
    return walk_fault(walk, EVT_F_ADDR_SIZE, leaf ?
                      "the output address exceeds the output size" :
                      "the address of the next table exceeds the output size",
                      fault);
}

static MsmmuDescriptorType type_of(const MsmmuWalk *walk, uint64_t descriptor,
                                   int level)
{
    if (!walk_is_legal(walk, descriptor, level)) {
        return descriptor & VMSA_VALID ? MSMMU_DESCRIPTOR_ILLEGAL
                                       : MSMMU_DESCRIPTOR_INVALID;
    }
    return level == MSMMU_LAST_LEVEL ? MSMMU_DESCRIPTOR_PAGE :
           walk_is_table(descriptor, level) ? MSMMU_DESCRIPTOR_TABLE
                                       : MSMMU_DESCRIPTOR_BLOCK;
}

void msmmu_walk_record(const MsmmuWalk *walk, uint64_t input,
                       const MsmmuLeaf *at, unsigned span_log2, bool fetched)
{
    int level = (int8_t)at->level;
    unsigned size_log2 = walk_is_table(at->descriptor, level) ?
        msmmu_granule_facts[walk->granule].shift : span_log2;

    msmmu_step(walk->recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_DESCRIPTOR,
        .stage = walk->stage,
        .class = walk->class,
        .level = level,
        .type = type_of(walk, at->descriptor, level),
        .through_stage2 = walk->through,
        .unreadable = !fetched,
        .ipa = walk->through ? at->descriptor_address : 0,
        .pa = at->descriptor_pa,
        .words = fetched,
        .word = { at->descriptor },
        .input = input,
        .output = walk_output_address(walk, at->descriptor,
                                      ~walk_mask_below(size_log2),
                                      (WalkKind) { .plain = false }),
        .size_log2 = size_log2,
    });
}

static G_GNUC_NO_INLINE
MsmmuStatus walk_any(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                     MsmmuFault *fault)
{
    return walk_as(walk, input, leaf, fault, (WalkKind) { .plain = false });
}

MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault)
{
    if (G_UNLIKELY(input & ~msmmu_low_mask(walk->input_bits))) {
        return walk_fault(walk, EVT_F_TRANSLATION, walk->stage == 1 ?
                          "the VA has more bits than CD.TxSZ leaves" :
                          "the IPA has more bits than STE.S2T0SZ leaves",
                          fault);
    }
    if (!walk->first->plain || walk->recorder || walk->through) {
        return walk_any(walk, input, leaf, fault);
    }
    return walk_as(walk, input, leaf, fault,
                   (WalkKind) { .plain = true, .direct = true });
}

MsmmuStatus msmmu_walk_mark_dirty(const MsmmuWalk *walk, MsmmuLeaf *leaf,
                                  MsmmuFault *fault)
{
    uint64_t set = VMSA_AF | (walk->stage == 2 ? VMSA_S2AP_WRITE : 0);
    uint64_t cleared = walk->stage == 1 ? VMSA_AP_READ_ONLY : 0;

    return update(walk, set, cleared, leaf, fault);
}
