/*
 * The VMSAv8-64 translation table walk (Arm ARM D8.2, D8.3; IHI 0070 3.4,
 * 7.3.22), and what stage 1 makes of the leaf it finds (Arm ARM D8.4; IHI 0070
 * 13.4).
 *
 * One walker serves every granule, level, size and stage. It knows of the
 * stage only what MsmmuWalk says, and reads descriptors through a function, so
 * a stage 1 table in IPA space is walked by the same code.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

/* ---- The walk ---- */

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

static uint64_t to_descriptor(const MsmmuWalk *walk, const void *bytes)
{
    uint64_t word = msmmu_load_le64(bytes);

    return walk->big_endian ? __builtin_bswap64(word) : word;
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
        level >= msmmu_granule_facts[walk->granule].lowest_block_level;
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
    uint64_t address = descriptor & VMSA_ADDRESS & ~msmmu_low_mask(size_log2);

    if (walk->granule == MSMMU_64K) {
        address |= msmmu_prep(VMSA_ADDRESS_HIGH,
                              msmmu_get(descriptor, VMSA_ADDRESS_HIGH_64K));
    }
    return address;
}

MsmmuStatus msmmu_walk(const MsmmuWalk *walk, uint64_t input, MsmmuLeaf *leaf,
                       MsmmuFault *fault)
{
    unsigned page_log2 = msmmu_granule_facts[walk->granule].shift;
    unsigned table_log2 = first_table_log2(walk);
    uint64_t table = walk->table_address;

    *leaf = (MsmmuLeaf) { .level = walk->start_level };
    if (input & ~msmmu_low_mask(walk->input_bits)) {
        return walk_fault(walk, EVT_F_TRANSLATION, fault);
    }
    for (int level = walk->start_level; ; level++) {
        unsigned span_log2 = msmmu_granule_level_shift(walk->granule, level);
        uint64_t offset = (input >> span_log2) * VMSA_DESCRIPTOR_BYTES &
                          msmmu_low_mask(table_log2);
        uint8_t bytes[VMSA_DESCRIPTOR_BYTES];
        MsmmuStatus status;
        bool found;

        table = (table & ~msmmu_low_mask(table_log2)) | offset;
        status = walk->fetch(walk->opaque, table, bytes, fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        leaf->descriptor = to_descriptor(walk, bytes);
        if (!is_legal(walk, leaf->descriptor, level)) {
            return walk_fault(walk, EVT_F_TRANSLATION, fault);
        }
        found = is_leaf(leaf->descriptor, level);
        table = output_address(walk, leaf->descriptor,
                               found ? span_log2 : page_log2);
        if (table & ~msmmu_low_mask(walk->output_bits)) {
            return walk_fault(walk, EVT_F_ADDR_SIZE, fault);
        }
        if (found) {
            leaf->address = table;
            leaf->level = level;
            leaf->size_log2 = span_log2;
            break;
        }
        leaf->tables |= leaf->descriptor;
        table_log2 = page_log2;
    }
    if (!(leaf->descriptor & VMSA_AF) && !walk->access_flag_off) {
        return walk_fault(walk, EVT_F_ACCESS, fault);
    }
    return MSMMU_STATUS_OK;
}

/* ---- Stage 1: permissions ---- */

/* Which bits of @tables restrict a leaf below them (Arm ARM D8.4.1.2). */
static uint64_t hierarchical_bits(const MsmmuTableBase *ttb, bool one_privilege,
                                  uint64_t tables)
{
    if (ttb->hierarchical_off) {
        return 0;
    }
    /* APTable[0] and PXNTable are RES0 where there is one privilege. */
    if (one_privilege) {
        tables &= ~(VMSA_APTABLE_NO_UNPRIV | VMSA_PXNTABLE);
    }
    return tables;
}

/* Remove execution of what is writable, for WXN. */
static uint8_t without_wx(uint8_t perms)
{
    return perms & MSMMU_PERM_WRITE ? perms & ~MSMMU_PERM_EXEC : perms;
}

/*
 * Arm ARM Tables D8-62 to D8-66, R_XTSQH (PAN) and I_CVRWF (EPAN). CD.UWXN has
 * no effect: with VMSAv8-64, what is writable unprivileged is never executable
 * privileged (IHI 0070 5.4, CD.UWXN).
 */
static void stage1_permissions(const MsmmuContext *ctx,
                               const MsmmuTableBase *ttb,
                               const MsmmuLeaf *leaf, uint8_t perms[2])
{
    bool one_privilege = ctx->world == MSMMU_WORLD_NS_EL2;
    uint64_t tables = hierarchical_bits(ttb, one_privilege, leaf->tables);
    uint64_t d = leaf->descriptor;
    bool read_only = d & VMSA_AP_READ_ONLY || tables & VMSA_APTABLE_READ_ONLY;
    bool for_unpriv = d & VMSA_AP_UNPRIV && !(tables & VMSA_APTABLE_NO_UNPRIV);
    bool uxn = d & VMSA_UXN || tables & VMSA_UXNTABLE;
    bool pxn = d & VMSA_PXN || tables & VMSA_PXNTABLE;
    uint8_t data = MSMMU_PERM_READ | (read_only ? 0 : MSMMU_PERM_WRITE);
    uint8_t unpriv = for_unpriv ? data : 0;
    uint8_t priv = data;

    /* XN is in UXN's place, and AP[1] means nothing (IHI 0070 13.4.1). */
    if (one_privilege ? !uxn : !pxn && !(unpriv & MSMMU_PERM_WRITE)) {
        priv |= MSMMU_PERM_EXEC;
    }
    if (!uxn) {
        unpriv |= MSMMU_PERM_EXEC;
    }
    if (ctx->write_execute_never) {
        priv = without_wx(priv);
        unpriv = without_wx(unpriv);
    }
    if (ctx->privileged_access_never && !one_privilege &&
        (for_unpriv || (ctx->enhanced_pan && unpriv & MSMMU_PERM_EXEC))) {
        priv &= ~(MSMMU_PERM_READ | MSMMU_PERM_WRITE);
    }
    perms[0] = one_privilege ? priv : unpriv;
    perms[1] = priv;
}

/* ---- Stage 1 ---- */

/* A descriptor of stage 1 in PA space. */
static MsmmuStatus fetch_pa(void *opaque, uint64_t address, void *bytes,
                            MsmmuFault *fault)
{
    Msmmu *m = opaque;

    if (m->ops->read(m->opaque, address, bytes, VMSA_DESCRIPTOR_BYTES)) {
        return MSMMU_STATUS_OK;
    }
    *fault = (MsmmuFault) {
        .type = EVT_F_WALK_EABT,
        .stage = 1,
        .class = MSMMU_CLASS_TT,
        .fetch_address = address,
    };
    return MSMMU_STATUS_FAULT;
}

MsmmuStatus msmmu_walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuTranslation *out, MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    bool upper = va >> 55 & 1;
    const MsmmuTableBase *ttb = &ctx->ttb[upper];
    MsmmuWalk walk = {
        .stage = 1,
        .granule = ttb->granule,
        .input_bits = ttb->input_bits,
        .output_bits = ctx->s1_output_bits,
        .big_endian = ctx->s1_big_endian,
        .access_flag_off = ctx->s1_access_flag_off,
        .table_address = ttb->table_pa,
        .fetch = fetch_pa,
        .opaque = m,
    };
    uint64_t sign;
    MsmmuStatus status;
    MsmmuLeaf leaf;

    /* EPDx == 1, and the upper half in worlds that have none (5.4.1.1). */
    if (ttb->disabled) {
        return walk_fault(&walk, EVT_F_TRANSLATION, fault);
    }
    walk.start_level = msmmu_granule_start_level(walk.granule,
                                                 walk.input_bits);
    /* Bits above the input size are copies of bit 55, or do not fit (3.4.1). */
    sign = upper ? ~msmmu_low_mask(walk.input_bits) : 0;
    status = msmmu_walk(&walk, effective_va ^ sign, &leaf, fault);
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    *out = (MsmmuTranslation) {
        .first_va = effective_va & ~msmmu_low_mask(leaf.size_log2),
        .first_pa = leaf.address,
        .size_log2 = leaf.size_log2,
        .leaf_level = leaf.level,
        .granule = walk.granule,
        /* Without ASIDs nG has no effect: all match any ASID (3.17.1). */
        .global = ctx->world == MSMMU_WORLD_NS_EL2 ||
                  !(leaf.descriptor & VMSA_NG),
        .contiguous = leaf.descriptor & VMSA_CONTIGUOUS,
        .attributes = msmmu_attributes_stage1(ctx->mair, leaf.descriptor),
    };
    stage1_permissions(ctx, ttb, &leaf, out->perms);
    return MSMMU_STATUS_OK;
}
