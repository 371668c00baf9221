/*
 * Random descriptors of translation tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "generate.h"
#include "model.h"

/* How many bits of address a descriptor has room for. */
static unsigned room(const OracleRole *role)
{
    return !role->vmsa32 && (role->ds || role->page_bits == 16) ? 52 : 48;
}

/* Where most output addresses are: where the next stage accepts them. */
static unsigned useful_bits(const OracleRole *role)
{
    unsigned bits = role->output_bits;

    if (role->stage == 1 && oracle_bit(role->ste, 2)) {
        bits = MIN(bits, oracle_stage2_input(role->ste));
    }
    return MIN(bits, room(role));
}

static uint64_t with_address(const OracleRole *role, uint64_t word,
                             uint64_t address)
{
    if (!role->vmsa32 && role->page_bits == 16) {
        set_field(&word, 47, 16, address >> 16);
        set_field(&word, 15, 12, address >> 48);
    } else if (!role->vmsa32 && role->ds) {
        set_field(&word, 49, 12, address >> 12);
        set_field(&word, 9, 8, address >> 50);
    } else {
        set_field(&word, 47, 12, address >> 12);
    }
    return word;
}

static uint64_t address(const Scene *s, Random *r, const OracleRole *role,
                        bool table)
{
    uint64_t value = generate_address(r, useful_bits(role));

    if (goes_wrong(s, r)) {
        value = generate_address(r, room(role));
    }
    /* Bits below the page, which are RES0, are often not zero. */
    if (table || random_percent(r, 50)) {
        value = oracle_align(value, role->page_bits);
    }
    return value;
}

static bool flag(Random *r, bool likely, const Scene *s)
{
    return goes_wrong(s, r) ? !likely : likely;
}

static uint64_t stage1_leaf(const Scene *s, Random *r, const OracleRole *role,
                            uint64_t word)
{
    const uint64_t *cd = role->cd;
    bool managed = oracle_bit(cd, 43) || oracle_bit(cd, 35);

    set_field(&word, 10, 10, managed ? random_percent(r, 50)
                                     : flag(r, true, s));
    set_field(&word, 7, 7, random_percent(r, 40));
    set_field(&word, 6, 6, random_percent(r, 75));
    if (random_percent(r, 60)) {
        set_field(&word, 54, 53, 0);
    }
    return word;
}

/* Mostly Write-Back, or whatever S2FWB makes Write-Back. */
static unsigned memattr(const Scene *s, Random *r, const OracleRole *role)
{
    const OracleId *id = &s->oracle->id;

    if (random_percent(r, 70)) {
        return id->fwb && oracle_bit(role->ste, 89) ? 6 : 15;
    }
    return random_bits(r, 4);
}

static uint64_t stage2_leaf(const Scene *s, Random *r, const OracleRole *role,
                            uint64_t word)
{
    const uint64_t *ste = role->ste;
    bool managed = oracle_bit(ste, 184) || oracle_bit(ste, 181);
    bool clean = oracle_bit(ste, 184) && oracle_bit(ste, 183);

    set_field(&word, 10, 10, managed ? random_percent(r, 50)
                                     : flag(r, true, s));
    if (random_percent(r, 92)) {
        set_field(&word, 7, 6, 3);
        if (clean && random_percent(r, 50)) {
            set_field(&word, 7, 7, 0);
            set_field(&word, 51, 51, 1);
        }
    }
    if (random_percent(r, 70)) {
        set_field(&word, 54, 53, 0);
    }
    set_field(&word, 5, 2, memattr(s, r, role));
    return word;
}

void generate_descriptor(const Scene *s, Random *r, const OracleRole *role,
                         uint64_t *word)
{
    uint64_t d = random_next(r);
    bool table = role->level < 3 &&
                 (!role->block || random_percent(r, 60));

    if (goes_wrong(s, r)) {
        table = random_percent(r, 50);
    }
    d &= ~UINT64_C(3);
    if (table) {
        if (random_percent(r, 85)) {
            set_field(&d, 62, 59, 0);
        }
    } else {
        d = role->stage == 1 ? stage1_leaf(s, r, role, d)
                             : stage2_leaf(s, r, role, d);
    }
    d = with_address(role, d, address(s, r, role, table));
    d |= 1 | (table || role->level == 3 ? 2 : 0);
    if (goes_wrong(s, r)) {
        set_field(&d, 1, 0, random_below(r, 4));
    }
    *word = role->big_endian ? GUINT64_SWAP_LE_BE(d) : d;
}
