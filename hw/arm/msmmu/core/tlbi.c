/*
 * TLB invalidation commands (IHI 0070 4.4): what each names.
 *
 * A command is decoded into one MsmmuInvalidation. Which commands there are is
 * commands.c's business, what an invalidation drops tlb_invalidate.c's.
 *
 * Reserved fields are 0 here (command_fields.c), so TG says whether there are
 * ranges and hints, and VMID is 0 without stage 2, as in all entries.
 *
 * Choices. An ASID or VMID with more bits than the instance has matches
 * nothing (4.4). Ranges whose Address does not fit TG and TTL begin at Address
 * all the same (4.4.1.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "commands.h"
#include "legality.h"

/* In which StreamWorld a command invalidates. */
typedef enum Where {
    IN_EL1,
    IN_EL2_BY_E2H,              /* EL2 or EL2-E2H, as CR2.E2H says */
    IN_EL2_E2H,
    IN_EL2_AND_E2H,
} Where;

typedef enum Address {
    NO_ADDRESS,
    BY_VA,
    BY_IPA,
} Address;

typedef struct Tlbi {
    MsmmuInvalidationScope scope;
    Where where;
    Address address;
    bool by_asid;
    bool by_vmid;
} Tlbi;

static const Tlbi tlbi[] = {
    [CMD_TLBI_NH_ALL] = {
        .scope = MSMMU_INV_VMID_S1, .by_vmid = true,
    }, [CMD_TLBI_NH_ASID] = {
        .scope = MSMMU_INV_ASID, .by_vmid = true, .by_asid = true,
    }, [CMD_TLBI_NH_VA] = {
        .scope = MSMMU_INV_VA, .by_vmid = true, .by_asid = true,
        .address = BY_VA,
    }, [CMD_TLBI_NH_VAA] = {
        .scope = MSMMU_INV_VA_ANY_ASID, .by_vmid = true, .address = BY_VA,
    }, [CMD_TLBI_EL2_ALL] = {
        .scope = MSMMU_INV_WORLD, .where = IN_EL2_AND_E2H,
    }, [CMD_TLBI_EL2_ASID] = {
        /* Only E2H has ASIDs, and there may be such entries (4.4.2.10). */
        .scope = MSMMU_INV_ASID, .where = IN_EL2_E2H, .by_asid = true,
    }, [CMD_TLBI_EL2_VA] = {
        .scope = MSMMU_INV_VA, .where = IN_EL2_BY_E2H, .by_asid = true,
        .address = BY_VA,
    }, [CMD_TLBI_EL2_VAA] = {
        .scope = MSMMU_INV_VA_ANY_ASID, .where = IN_EL2_BY_E2H,
        .address = BY_VA,
    }, [CMD_TLBI_S12_VMALL] = {
        .scope = MSMMU_INV_VMID, .by_vmid = true,
    }, [CMD_TLBI_S2_IPA] = {
        .scope = MSMMU_INV_IPA, .by_vmid = true, .address = BY_IPA,
    }, [CMD_TLBI_NSNH_ALL] = {
        .scope = MSMMU_INV_WORLD,
    },
};

/* ---- ASID and VMID (4.4) ---- */

static MsmmuWorld world_of(const Msmmu *m, Where where)
{
    switch (where) {
    case IN_EL2_BY_E2H:
        return m->regs.cr2 & CR2_E2H ? MSMMU_WORLD_NS_EL2_E2H
                                     : MSMMU_WORLD_NS_EL2;
    case IN_EL2_AND_E2H:
    case IN_EL2_E2H:
        return MSMMU_WORLD_NS_EL2_E2H;
    default:
        return MSMMU_WORLD_NS_EL1;
    }
}

/* False if no entry can have them. */
static bool decode_tags(const Msmmu *m, const Tlbi *row,
                        const uint64_t cmd[CMD_WORDS], MsmmuInvalidation *inv)
{
    uint32_t idr0 = m->regs.idr[0];

    inv->world = world_of(m, row->where);
    /* EL2 has no ASIDs: the parameter is ignored (4.4.2.8). */
    if (row->by_asid && inv->world != MSMMU_WORLD_NS_EL2) {
        inv->asid = msmmu_get(cmd[0], CMD0_ASID);
        if (!(idr0 & IDR0_ASID16) && inv->asid > UINT8_MAX) {
            return false;
        }
    }
    if (row->by_vmid) {
        inv->vmid = msmmu_get(cmd[0], CMD0_VMID);
        if (!(idr0 & IDR0_VMID16) && inv->vmid > UINT8_MAX) {
            return false;
        }
    }
    return true;
}

/* ---- Addresses (4.4.1.1) ---- */

/*
 * A VA as the TLB knows it: sign-extended from bit 55. So Top Byte Ignore
 * applies to the parameter, as 4.4.2 permits, and a canonical VA stays as it
 * is. An IPA has no sign.
 */
static uint64_t first_address(Address kind, uint64_t word)
{
    return kind == BY_VA ?
        (uint64_t)((int64_t)((word & CMD1_ADDRESS) << 8) >> 8) :
        word & CMD1_IPA;
}

typedef enum Decoded {
    DECODED,
    DECODED_NOTHING,            /* legal, but it can match no entry */
    DECODED_ILLEGAL,
} Decoded;

/* Range and hints. A level 0 leaf has no hint: software leaves TTL at 0. */
static Decoded decode_range(const Msmmu *m, const uint64_t cmd[CMD_WORDS],
                            MsmmuInvalidation *inv)
{
    unsigned tg = msmmu_get(cmd[1], CMD1_TG);
    unsigned num = msmmu_get(cmd[0], CMD0_NUM);
    unsigned scale = MIN(msmmu_get(cmd[0], CMD0_SCALE), CMD0_SCALE_MAX);
    unsigned ttl = msmmu_get(cmd[1], CMD1_TTL);
    MsmmuGranule granule;
    uint64_t bytes;

    if (tg == CMD1_TG_ANY) {
        return DECODED;
    }
    /* Reserved with DS == 0: a 16KB leaf at level 1. */
    if (tg == CMD1_TG_16K && ttl == 1 && !(m->regs.idr[5] & IDR5_DS)) {
        ttl = 0;
    }
    if (num == 0 && scale == 0 && ttl == 0) {
        return DECODED_ILLEGAL;
    }
    granule = tg - CMD1_TG_4K;
    inv->granule_shift = msmmu_granule_facts[granule].shift;
    inv->ttl = ttl;
    /* At most 2^(5 + 39 + 16). */
    bytes = ((uint64_t)num + 1) << scale << inv->granule_shift;
    inv->last = inv->first + bytes - 1;
    if (inv->last < inv->first) {
        inv->last = UINT64_MAX;         /* it does not wrap */
    }
    return msmmu_granule_supported(&m->regs, granule) ? DECODED
                                                      : DECODED_NOTHING;
}

/* ---- Commands ---- */

static Decoded decode(const Msmmu *m, const uint64_t cmd[CMD_WORDS],
                      MsmmuInvalidation *inv)
{
    const Tlbi *row = &tlbi[msmmu_get(cmd[0], CMD0_OPCODE)];
    Decoded decoded = DECODED;

    *inv = (MsmmuInvalidation) { .scope = row->scope, .last = UINT64_MAX };
    if (row->address != NO_ADDRESS) {
        inv->first = first_address(row->address, cmd[1]);
        inv->last = inv->first | ~CMD1_ADDRESS;
        inv->leaf_only = cmd[1] & CMD1_LEAF;
        decoded = decode_range(m, cmd, inv);
    }
    /* An error comes before the rest (4.1.3). */
    if (decoded == DECODED_ILLEGAL) {
        return decoded;
    }
    return decode_tags(m, row, cmd, inv) ? decoded : DECODED_NOTHING;
}

const char *msmmu_tlbi_run(Msmmu *m, const uint64_t cmd[CMD_WORDS],
                           unsigned *cost)
{
    const Tlbi *row = &tlbi[msmmu_get(cmd[0], CMD0_OPCODE)];
    MsmmuInvalidation inv;

    switch (decode(m, cmd, &inv)) {
    case DECODED_ILLEGAL:
        return "its TG is not 0, but NUM, SCALE and TTL are (4.4.1.1)";
    case DECODED_NOTHING:
        msmmu_guest_error(m, "TLBI 0x%016" PRIx64 " 0x%016" PRIx64 " has an "
                          "ASID, VMID or granule that no entry has (4.4)",
                          cmd[0], cmd[1]);
        return NULL;
    case DECODED:
        break;
    }
    *cost = msmmu_tlb_invalidation_cost(m, &inv);
    msmmu_invalidate(m, &inv);
    if (row->where == IN_EL2_AND_E2H) {
        inv.world = MSMMU_WORLD_NS_EL2;
        msmmu_invalidate(m, &inv);
    }
    return NULL;
}
