/*
 * Translation table walks of VMSAv8-64 and VMSAv8-32 LPAE (DDI 0487 D8.2, D8.3,
 * G5.5), nested (IHI 0070 3.3.2, 7.3.22).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "model.h"

bool oracle_fault(OracleRun *run, uint8_t type, int stage, OracleClass class,
                  uint64_t ipa)
{
    run->fault = (OracleFault) {
        .type = type, .stage = stage, .class = class, .ipa = ipa,
        .table_read = class == CLASS_TT,
    };
    return false;
}

/* ---- Which tables ------------------------------------------------------- */

/* The bits of input address that a table at @level resolves start here. */
static unsigned level_shift(const OracleTables *t, int level)
{
    return t->page_bits + (3 - level) * (t->page_bits - 3);
}

/* The level at which stage 1 starts: the first that leaves nothing over. */
static int stage1_start(const OracleTables *t)
{
    int level = 3;

    while (level_shift(t, level - 1) < t->index_bits) {
        level--;
    }
    return level;
}

static void stage1_vmsa32(const OracleRun *run, bool upper, OracleTables *t)
{
    const uint64_t *cd = run->cd;
    unsigned t0sz = oracle_field(cd, 2, 0), t1sz = oracle_field(cd, 18, 16);

    t->vmsa32 = true;
    t->page_bits = 12;
    t->index_bits = 32 - (upper ? t1sz : t0sz);
    t->output_bits = 40;
}

static void stage1_vmsa64(const OracleRun *run, bool upper, OracleTables *t)
{
    const OracleId *id = &run->o->id;
    const uint64_t *cd = run->cd;
    bool ha = oracle_bit(cd, 43);

    t->page_bits = upper ? oracle_tg1(oracle_field(cd, 23, 22))
                         : oracle_tg0(oracle_field(cd, 7, 6));
    t->index_bits = 64 - (upper ? oracle_field(cd, 21, 16)
                                : oracle_field(cd, 5, 0));
    t->output_bits = oracle_output_size(id, oracle_field(cd, 34, 32), true);
    t->ds = id->ds && oracle_bit(cd, 186) && t->page_bits < 16;
    t->update_access = ha;
    t->update_dirty = ha && oracle_bit(cd, 42);
    t->update_tables = ha && id->httu == 3 && oracle_bit(cd, 67);
}

void oracle_stage1_tables(const OracleRun *run, bool upper, OracleTables *t)
{
    const OracleId *id = &run->o->id;
    const uint64_t *cd = run->cd;
    unsigned top = id->minor == 0 ? 47 : 51;

    *t = (OracleTables) { .stage = 1, .upper = upper };
    if (oracle_bit(cd, 41)) {
        stage1_vmsa64(run, upper, t);
    } else {
        stage1_vmsa32(run, upper, t);
    }
    t->input_bits = t->index_bits;
    t->start_level = stage1_start(t);
    t->base = oracle_align(oracle_bits(upper ? cd[2] : cd[1], top, 0), 4);
    t->big_endian = oracle_bit(cd, 15);
    t->hierarchy = !(id->had && oracle_bit(cd, upper ? 129 : 65));
    t->ignore_access = !t->update_access && oracle_bit(cd, 35);
}

/* Tables D8-19, D8-29, D8-38 */
static int stage2_start_vmsa64(const OracleRun *run, const OracleTables *t)
{
    unsigned sl0 = oracle_field(run->ste, 167, 166);

    if (t->page_bits == 12) {
        if (t->ds && oracle_bit(run->ste, 194)) {
            return -1;
        }
        return sl0 == 3 ? 3 : 2 - (int)sl0;
    }
    return 3 - (int)sl0;
}

void oracle_stage2_tables(const OracleRun *run, OracleTables *t)
{
    const OracleId *id = &run->o->id;
    const uint64_t *ste = run->ste;
    bool aa64 = oracle_bit(ste, 179);
    bool ha = aa64 && oracle_bit(ste, 184);

    *t = (OracleTables) { .stage = 2, .vmsa32 = !aa64 };
    t->output_bits = oracle_output_size(id, oracle_field(ste, 178, 176), aa64);
    if (aa64) {
        t->page_bits = oracle_tg0(oracle_field(ste, 175, 174));
        t->ds = id->ds && oracle_bit(ste, 195) && t->page_bits < 16;
        t->start_level = stage2_start_vmsa64(run, t);
    } else {
        t->page_bits = 12;
        t->start_level = oracle_field(ste, 167, 166) ? 1 : 2;
    }
    t->input_bits = oracle_stage2_input(ste);
    t->index_bits = t->input_bits;
    t->base = oracle_align(oracle_bits(ste[3], id->minor == 0 ? 47 : 51, 0), 4);
    t->big_endian = oracle_bit(ste, 180);
    t->ignore_access = !ha && oracle_bit(ste, 181);
    t->update_access = ha;
    t->update_dirty = ha && oracle_bit(ste, 183);
    t->update_tables = ha && id->httu == 3 && oracle_bit(ste, 187);
}

/* ---- Descriptors -------------------------------------------------------- */

/* Tables D8-17, D8-27, D8-36, G5-3 */
static bool block_allowed(const OracleRun *run, const OracleTables *t,
                          int level)
{
    if (level == 3) {
        return false;
    }
    if (t->vmsa32) {
        return true;
    }
    switch (t->page_bits) {
    case 12:
        return level >= 1 || (level == 0 && t->ds);
    case 14:
        return level == 2 || (level == 1 && t->ds);
    default:
        return level == 2 || (level == 1 && run->o->id.oas >= 52);
    }
}

/* The address in a descriptor that is aligned to 2^@shift. */
static uint64_t address_in(const OracleTables *t, uint64_t descriptor,
                           unsigned shift)
{
    uint64_t address;

    if (t->vmsa32) {
        return oracle_align(oracle_bits(descriptor, 47, 0), shift);
    }
    if (t->page_bits == 16) {
        address = oracle_align(oracle_bits(descriptor, 47, 0), shift);
        return address | oracle_bits(descriptor, 15, 12) << 48;
    }
    if (t->ds) {
        address = oracle_align(oracle_bits(descriptor, 49, 0), shift);
        return address | oracle_bits(descriptor, 9, 8) << 50;
    }
    return oracle_align(oracle_bits(descriptor, 47, 0), shift);
}

/* Where an access to a structure of tables of @t at @address goes. */
static bool locate(OracleRun *run, const OracleTables *t, uint64_t address,
                   uint64_t *pa)
{
    OracleAccess read = { .privileged = true };
    OracleLeaf leaf;

    if (t->stage == 1 && run->s2) {
        return oracle_stage2(run, address, CLASS_TT, read, pa, &leaf);
    }
    /* 3.4, 7.3.12: 40 bits of VMSAv8-32 are cut to the output size. */
    *pa = oracle_truncate(address, run->o->id.oas);
    return true;
}

static bool fetch(OracleRun *run, const OracleTables *t, uint64_t ipa,
                  OracleClass class, OracleLeaf *at)
{
    OracleRole role = {
        .kind = ORACLE_DESCRIPTOR, .ste = run->ste,
        .id = oracle_field(run->ste, 143, 128) << 2 ^
              (t->stage == 1 ? run->rq.ssid << 1 : 0),
        .cd = run->cd, .stage = t->stage, .level = at->level,
        .vmsa32 = t->vmsa32, .ds = t->ds, .big_endian = t->big_endian,
        .block = block_allowed(run, t, at->level), .page_bits = t->page_bits,
        .output_bits = t->output_bits,
        .leaf_bits = level_shift(t, at->level),
    };
    uint64_t word;

    if (!locate(run, t, at->location, &at->pa)) {
        return false;
    }
    if (!oracle_memory_read(run->o->memory, at->pa, &role, &word, 1)) {
        /* 7.3.12: of a stage 1 descriptor, CLASS is TT */
        oracle_fault(run, F_WALK_EABT, t->stage,
                     t->stage == 1 ? CLASS_TT : class, ipa);
        run->fault.fetch = at->pa;
        return false;
    }
    /* As updated before in the same transaction */
    word ^= oracle_updated_bits(run, at->pa);
    oracle_trace(run->o, t->stage == 1 ? "stage 1" : "stage 2", at->pa, &word,
                 1);
    at->descriptor = t->big_endian ? GUINT64_SWAP_LE_BE(word) : word;
    return true;
}

/* What a Table descriptor says of everything below it. */
static void inherit(const OracleTables *t, OracleLeaf *at)
{
    if (t->stage == 2 || !t->hierarchy) {
        return;
    }
    at->no_write |= oracle_bits(at->descriptor, 62, 62);
    at->no_unprivileged |= oracle_bits(at->descriptor, 61, 61);
    at->xn |= oracle_bits(at->descriptor, 60, 60);
    at->pxn |= oracle_bits(at->descriptor, 59, 59);
}

/*
 * The least alignment of a starting table: 64 bytes if addresses have 52 bits
 * (5.2 S2TTB, 5.4 TTB0), else the table's size.
 */
static uint64_t starting_table(const OracleTables *t, unsigned entries_log2)
{
    unsigned log2 = entries_log2 + 3;

    if (!t->vmsa32 && t->output_bits >= 52 && log2 < 6) {
        log2 = 6;
    }
    return oracle_align(t->base, log2);
}

bool oracle_walk(OracleRun *run, const OracleTables *t, uint64_t ia,
                 OracleClass class, OracleLeaf *at)
{
    uint64_t table, ipa = ia;
    unsigned index_bits;

    *at = (OracleLeaf) { .level = t->start_level };
    index_bits = t->index_bits - level_shift(t, at->level);
    table = starting_table(t, index_bits);
    for (;;) {
        unsigned shift = level_shift(t, at->level);
        bool valid, is_table;

        at->location = table + 8 * oracle_truncate(ia >> shift, index_bits);
        if (!fetch(run, t, ipa, class, at)) {
            return false;
        }
        is_table = at->level < 3 && oracle_bits(at->descriptor, 1, 1);
        valid = oracle_bits(at->descriptor, 0, 0) &&
                (is_table || (at->level == 3
                              ? oracle_bits(at->descriptor, 1, 1)
                              : block_allowed(run, t, at->level)));
        if (!valid) {
            return oracle_fault(run, F_TRANSLATION, t->stage, class, ipa);
        }
        at->output = address_in(t, at->descriptor,
                                is_table ? t->page_bits : shift);
        /*
         * 3.4: it is the address that is output that must not exceed the size,
         * not only the base of a block, which may be larger than the space.
         */
        if (!is_table) {
            at->size_log2 = MIN(shift, t->output_bits);
            at->output |= oracle_truncate(ia, shift);
        }
        if (oracle_exceeds(at->output, t->output_bits)) {
            return oracle_fault(run, F_ADDR_SIZE, t->stage, class, ipa);
        }
        if (!is_table) {
            return true;
        }
        if (!oracle_update_table(run, t, at, class, ipa)) {
            return false;
        }
        inherit(t, at);
        table = at->output;
        index_bits = t->page_bits - 3;
        at->level++;
    }
}
