/*
 * The translation table walk of VMSAv8-64 and VMSAv8-32 LPAE (Arm ARM D8.2,
 * D8.3, D8.5, G5.5; IHI 0070 3.4, 3.13, 7.3.22).
 *
 * One walker serves every granule, level, size, format and stage. It knows of
 * the stage only what MsmmuWalk says; descriptor.c knows where descriptors are,
 * so a stage 1 table in IPA space is walked by the same code.
 *
 * It is compiled twice. What most tables are, little-endian ones of VMSAv8-64
 * with 4KB or 16KB granules and addresses of 48 bits, and what most walks do
 * not, tell somebody or update tables, is @plain: all questions about the rest
 * are answered while it is compiled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk.h"
#include "spec/evt.h"
#include "spec/regs.h"
#include "spec/vmsa.h"

/* What depends on the kind of a walk is one function. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

#define DESCRIPTOR_LOG2 3
#define OFFSET_IN_DESCRIPTOR ((uint64_t)VMSA_DESCRIPTOR_BYTES - 1)

_Static_assert(1 << DESCRIPTOR_LOG2 == VMSA_DESCRIPTOR_BYTES, "its size");

/* What is known of a walk while it is compiled. */
typedef struct Kind {
    bool plain;                 /* see above */
    bool direct;                /* its descriptors are in PA space */
} Kind;

/* As msmmu_low_mask(), of fewer than 64 bits. */
static inline uint64_t mask_below(unsigned bits)
{
    return (UINT64_C(1) << bits) - 1;
}

/*
 * Translation-related faults are about the input of the stage. A stage 2 walk
 * for a table of stage 1 is told apart by its caller (7.3.13).
 */
static G_GNUC_NO_INLINE
MsmmuStatus walk_fault(const MsmmuWalk *walk, uint8_t type, const char *why,
                       MsmmuFault *fault)
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

/*
 * @address as the last stage puts it out. VMSAv8-32 LPAE has 40 bits, and what
 * exceeds a smaller OAS is silently cut off (3.4; 7.3.12 says so for tables).
 * VMSAv8-64 outputs are within the OAS, or fault.
 */
static uint64_t fit_output(const Msmmu *m, const MsmmuTables *tables,
                           bool in_ipa_space, uint64_t address)
{
    if (tables->format == MSMMU_AARCH32 && !in_ipa_space) {
        address &= msmmu_low_mask(m->config.oas_bits);
    }
    return address;
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
    unsigned span_log2 = msmmu_granule_level_shift(granule, start_level);
    unsigned size_log2 = input_bits - span_log2 + DESCRIPTOR_LOG2;

    address = align_table(tables, address, size_log2);
    return (MsmmuFirstTable) {
        .address = fit_output(m, tables, in_ipa_space, address),
        .index = mask_below(size_log2) & ~OFFSET_IN_DESCRIPTOR,
        .beyond = ~msmmu_low_mask(tables->output_bits),
        .level = start_level,
        .span_log2 = span_log2,
        .plain = is_plain(tables, granule),
    };
}

/* ---- Descriptors ---- */

/* Between the order of the table and that of the host; its own inverse. */
static uint64_t in_order(const MsmmuWalk *walk, uint64_t word)
{
    return walk->tables->big_endian ? __builtin_bswap64(word) : word;
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

static inline bool is_table(uint64_t descriptor, int level)
{
    return level < MSMMU_LAST_LEVEL &&
           !(~descriptor & (VMSA_VALID | VMSA_TABLE_OR_PAGE));
}

/* Whether descriptors hold addresses of 52 bits. */
static bool is_wide(const MsmmuWalk *walk)
{
    return msmmu_granule_is_wide(walk->granule, walk->tables->ds,
                                 walk->tables->lpa);
}

/* Table D8-48, and blocks only where the granule has them. */
static inline bool is_legal(const MsmmuWalk *walk, uint64_t descriptor,
                            int level)
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
static ALWAYS_INLINE
uint64_t output_address(const MsmmuWalk *walk, uint64_t descriptor,
                        uint64_t mask, const Kind kind)
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
static ALWAYS_INLINE
uint64_t fitting(const MsmmuWalk *walk, uint64_t address, const Kind kind)
{
    return kind.plain ? address :
           fit_output(walk->m, walk->tables, walk->through, address);
}

/* ---- The walk ---- */

/* A Table descriptor is about to be used, with HAFT (3.13.6). */
static MsmmuStatus mark_table_accessed(const MsmmuWalk *walk, MsmmuLeaf *table,
                                       MsmmuFault *fault)
{
    if (!walk->tables->update_tables || table->descriptor & VMSA_AF) {
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

static MsmmuDescriptorType type_of(const MsmmuWalk *walk, uint64_t descriptor,
                                   int level)
{
    if (!is_legal(walk, descriptor, level)) {
        return descriptor & VMSA_VALID ? MSMMU_DESCRIPTOR_ILLEGAL
                                       : MSMMU_DESCRIPTOR_INVALID;
    }
    return level == MSMMU_LAST_LEVEL ? MSMMU_DESCRIPTOR_PAGE :
           is_table(descriptor, level) ? MSMMU_DESCRIPTOR_TABLE
                                       : MSMMU_DESCRIPTOR_BLOCK;
}

/*
 * The descriptor of @at, on the way of @input, was fetched, or was not. It
 * spans 2^@span_log2 bytes.
 */
static G_GNUC_NO_INLINE
void record(const MsmmuWalk *walk, uint64_t input, const MsmmuLeaf *at,
            unsigned span_log2, bool fetched)
{
    int level = (int8_t)at->level;
    unsigned size_log2 = is_table(at->descriptor, level) ?
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
        .output = output_address(walk, at->descriptor,
                                 ~mask_below(size_log2), (Kind) { 0 }),
        .size_log2 = size_log2,
    });
}

/* Fetch the descriptor that *at is of. */
static ALWAYS_INLINE
MsmmuStatus fetch(const MsmmuWalk *walk, MsmmuLeaf *at, MsmmuFault *fault,
                  const Kind kind)
{
    MsmmuStatus status = MSMMU_STATUS_OK;
    uint64_t word = 0;

    if (kind.direct) {
        at->descriptor_pa = at->descriptor_address;
        if (!msmmu_read_word(walk->m, at->descriptor_pa, &word)) {
            status = msmmu_descriptor_abort(walk, at->descriptor_pa, fault);
        }
    } else {
        status = msmmu_descriptor_fetch(walk, at->descriptor_address,
                                        &at->descriptor_pa, &word, fault);
    }
    at->descriptor = kind.plain ? word : in_order(walk, word);
    return status;
}

static G_GNUC_NO_INLINE
MsmmuStatus too_large(const MsmmuWalk *walk, bool leaf, MsmmuFault *fault)
{
    return walk_fault(walk, EVT_F_ADDR_SIZE, leaf ?
                      "the output address exceeds the output size" :
                      "the address of the next table exceeds the output size",
                      fault);
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
static ALWAYS_INLINE
MsmmuStatus finish(const MsmmuWalk *walk, uint64_t input, unsigned span_log2,
                   MsmmuLeaf *leaf, MsmmuFault *fault, const Kind kind)
{
    const int level = (int8_t)leaf->level;
    uint64_t within = mask_below(span_log2);
    uint64_t address = output_address(walk, leaf->descriptor, ~within, kind);

    if (G_UNLIKELY(!is_legal(walk, leaf->descriptor, level))) {
        return walk_fault(walk, EVT_F_TRANSLATION,
                          broken_rule(leaf->descriptor, level), fault);
    }
    if (G_UNLIKELY((address | (input & within)) & walk->first->beyond)) {
        return too_large(walk, true, fault);
    }
    leaf->address = fitting(walk, address, kind);
    leaf->size_log2 = MIN(span_log2, walk->tables->output_bits);
    leaf->contiguous = leaf->descriptor & VMSA_CONTIGUOUS &&
        msmmu_granule_has_contiguous(walk->granule, level);
    return check_access_flag(walk, leaf, fault);
}

/*
 * At each level, in the order of 7.3.22: fetch, F_TRANSLATION (in finish(): no
 * Table descriptor is illegal), F_ADDR_SIZE.
 */
static ALWAYS_INLINE
MsmmuStatus walk_as(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                    MsmmuFault *fault, const Kind kind)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[walk->granule];
    const MsmmuFirstTable *first = walk->first;
    const uint64_t within = mask_below(facts->shift);
    uint64_t index = first->index;
    uint64_t table = first->address;
    unsigned span_log2 = first->span_log2;
    MsmmuLeaf at = { .tables = 0 };
    int level = first->level;

    for (;; level++) {
        MsmmuStatus status;

        at.level = level;
        at.descriptor_address = table |
            (input >> (span_log2 - DESCRIPTOR_LOG2) & index);
        status = fetch(walk, &at, fault, kind);
        if (!kind.plain && walk->recorder) {
            record(walk, input, &at, span_log2, status == MSMMU_STATUS_OK);
        }
        if (G_UNLIKELY(status != MSMMU_STATUS_OK)) {
            return status;
        }
        if (!is_table(at.descriptor, level)) {
            break;
        }
        table = output_address(walk, at.descriptor, ~within, kind);
        if (G_UNLIKELY(table & first->beyond)) {
            return too_large(walk, false, fault);
        }
        table = fitting(walk, table, kind);
        if (!kind.plain) {
            status = mark_table_accessed(walk, &at, fault);
            if (status != MSMMU_STATUS_OK) {
                return status;
            }
        }
        at.tables |= at.descriptor;
        index = within & ~OFFSET_IN_DESCRIPTOR;
        span_log2 -= facts->stride;
    }
    *leaf = at;
    return finish(walk, input, span_log2, leaf, fault, kind);
}

static G_GNUC_NO_INLINE
MsmmuStatus walk_any(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                     MsmmuFault *fault)
{
    return walk_as(walk, input, leaf, fault, (Kind) { .plain = false });
}

static G_GNUC_NO_INLINE
MsmmuStatus walk_plain_through(const MsmmuWalk *walk, uint64_t input,
                               MsmmuLeaf *leaf, MsmmuFault *fault)
{
    return walk_as(walk, input, leaf, fault, (Kind) { .plain = true });
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
    if (G_UNLIKELY(!walk->first->plain || walk->recorder)) {
        return walk_any(walk, input, leaf, fault);
    }
    if (walk->through) {
        return walk_plain_through(walk, input, leaf, fault);
    }
    return walk_as(walk, input, leaf, fault,
                   (Kind) { .plain = true, .direct = true });
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
           walk->tables->format == MSMMU_AARCH64 &&
           msmmu_get(walk->m->regs.idr[3], IDR3_BBML) == 1;
}
