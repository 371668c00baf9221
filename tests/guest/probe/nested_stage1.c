/*
 * Stage 1 as a guest's driver makes it: CDs and tables
 *
 * VMSAv8-64 tables of the three granules (Arm ARM D8.3), and the context
 * descriptor that selects them (IHI 0070 5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "nested.h"

/* CD, word 0 */
#define CD_T0SZ(bits) (64 - (uint64_t)(bits))
#define CD_TG0(value) ((uint64_t)(value) << 6)
#define CD_WRITE_BACK_INNER_SHAREABLE (1ULL << 8 | 1ULL << 10 | 3ULL << 12)
#define CD_EPD1 (1ULL << 30)
#define CD_V (1ULL << 31)
#define CD_IPS(value) ((uint64_t)(value) << 32)
#define CD_AA64 (1ULL << 41)
#define CD_R (1ULL << 45)
#define CD_A (1ULL << 46)
#define CD_ASET (1ULL << 47)
#define CD_ASID(value) ((uint64_t)(value) << 48)
/* CD, word 3: MAIR. Attribute 0 is Normal Write-Back. */
#define CD_MAIR0_WRITE_BACK 0xffULL
#define CD_BYTES 64

/* Descriptors of tables */
#define DESCRIPTOR_TABLE 3ULL
#define DESCRIPTOR_PAGE 3ULL
#define DESCRIPTOR_BLOCK 1ULL
#define LEAF_UNPRIVILEGED (1ULL << 6)
#define LEAF_READ_ONLY (1ULL << 7)
#define LEAF_INNER_SHAREABLE (3ULL << 8)
#define LEAF_ACCESSED (1ULL << 10)
#define LEAF_NOT_GLOBAL (1ULL << 11)
#define LEAF_CONTIGUOUS_BIT (1ULL << 52)
#define ADDRESS_MASK 0x0000fffffffff000ULL

#define LAST_LEVEL 3

const Granule granules[GRANULES] = {
    { "4K", 12, 0, 4, 4 },
    { "16K", 14, 2, 5, 7 },
    { "64K", 16, 1, 6, 5 },
};

/* Its name, or NULL if the instance does not have it */
const char *granule_offered(const Granule *granule,
                            const UapiHwInfoSmmu *smmu)
{
    return smmu->idr[5] >> granule->idr5_bit & 1 ? granule->name : NULL;
}

static unsigned level_shift(const Granule *granule, int level)
{
    return granule->shift + (LAST_LEVEL - level) * (granule->shift - 3);
}

/* 1 GiB is a block with the granule 4K alone. */
uint64_t leaf_bytes(const Granule *granule, Leaf leaf)
{
    switch (leaf) {
    case LEAF_PAGE:
        return 1ULL << granule->shift;
    case LEAF_CONTIGUOUS:
        return 1ULL << (granule->shift + granule->contiguous_log2);
    case LEAF_BLOCK:
        return 1ULL << level_shift(granule, 2);
    default:
        return granule->shift == 12 ? 1ULL << level_shift(granule, 1) : 0;
    }
}

static int leaf_level(Leaf leaf)
{
    return leaf == LEAF_LARGE_BLOCK ? 1 : leaf == LEAF_BLOCK ? 2 : LAST_LEVEL;
}

/* The first level whose table resolves all input bits */
static int start_level(const Stage1 *stage1)
{
    int level = 0;

    while (level_shift(stage1->granule, level) >= stage1->input_bits) {
        level++;
    }
    return level;
}

/* Empty tables; all that were made before are gone. False without memory */
bool stage1_new(Stage1 *stage1, GuestMemory *guest, const Granule *granule,
                unsigned input_bits)
{
    guest_clear_tables(guest);
    *stage1 = (Stage1) {
        .guest = guest, .granule = granule, .input_bits = input_bits,
        .output_bits = 48, .asid = GUEST_ASID,
        .root = guest_get_table(guest, 1UL << granule->shift),
    };
    return stage1->root;
}

/* More empty tables, of the same kind, beside the others */
bool stage1_beside(Stage1 *stage1, const Stage1 *other, unsigned asid)
{
    *stage1 = *other;
    stage1->asid = asid;
    stage1->root = guest_get_table(other->guest,
                                   1UL << other->granule->shift);
    return stage1->root;
}

/* The IPA of the entry for @iova in the table of @level, made if need be */
static uint64_t find_entry(Stage1 *stage1, uint64_t iova, int level)
{
    uint64_t table = stage1->root;

    for (int at = start_level(stage1); table; at++) {
        unsigned shift = level_shift(stage1->granule, at);
        uint64_t entries = 1ULL << (stage1->granule->shift - 3);
        uint64_t entry = table + 8 * ((iova >> shift) % entries);

        if (at == level) {
            return entry;
        }
        table = guest_read(stage1->guest, entry) & ADDRESS_MASK;
        if (!table) {
            table = guest_get_table(stage1->guest,
                                    1UL << stage1->granule->shift);
            guest_write(stage1->guest, entry,
                        table ? table | DESCRIPTOR_TABLE : 0);
        }
    }
    return 0;
}

static uint64_t descriptor(uint64_t ipa, Leaf leaf, unsigned flags)
{
    return ipa | LEAF_INNER_SHAREABLE | LEAF_NOT_GLOBAL |
           (flags & MAP_NOT_ACCESSED ? 0 : LEAF_ACCESSED) |
           (flags & MAP_READ_ONLY ? LEAF_READ_ONLY : 0) |
           (flags & MAP_PRIVILEGED ? 0 : LEAF_UNPRIVILEGED) |
           (leaf == LEAF_CONTIGUOUS ? LEAF_CONTIGUOUS_BIT : 0) |
           (leaf_level(leaf) == LAST_LEVEL ? DESCRIPTOR_PAGE
                                           : DESCRIPTOR_BLOCK);
}

/* One leaf, over what was there: invalidation is the caller's. */
bool stage1_map(Stage1 *stage1, uint64_t iova, uint64_t ipa, Leaf leaf,
                unsigned flags)
{
    unsigned count = leaf == LEAF_CONTIGUOUS
        ? 1u << stage1->granule->contiguous_log2 : 1;
    uint64_t entry = find_entry(stage1, iova, leaf_level(leaf));

    for (unsigned i = 0; entry && i < count; i++) {
        guest_write(stage1->guest, entry + 8 * i,
                    descriptor(ipa + ((uint64_t)i << stage1->granule->shift),
                               leaf, flags));
    }
    return entry;
}

/* A table of the last level that is at @table, whatever is there */
bool stage1_hang(Stage1 *stage1, uint64_t iova, uint64_t table)
{
    uint64_t entry = find_entry(stage1, iova, LAST_LEVEL - 1);

    if (entry) {
        guest_write(stage1->guest, entry, table | DESCRIPTOR_TABLE);
    }
    return entry;
}

static unsigned ips(unsigned bits)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48 };
    unsigned value = 0;

    while (value < 5 && sizes[value + 1] <= bits) {
        value++;
    }
    return value;
}

/* The CD for these tables, at @ipa in the guest's tables; V comes last. */
void stage1_cd(const Stage1 *stage1, uint64_t ipa)
{
    uint64_t first = CD_T0SZ(stage1->input_bits) |
                     CD_TG0(stage1->granule->tg0) |
                     CD_WRITE_BACK_INNER_SHAREABLE | CD_EPD1 | CD_V |
                     CD_IPS(ips(stage1->output_bits)) | CD_AA64 | CD_R |
                     (stage1->no_abort ? 0 : CD_A) | CD_ASET |
                     CD_ASID(stage1->asid);

    for (unsigned at = 0; at < CD_BYTES; at += 8) {
        guest_write(stage1->guest, ipa + at, at == 8 ? stage1->root :
                    at == 24 ? CD_MAIR0_WRITE_BACK : 0);
    }
    guest_write(stage1->guest, ipa, first);
}
