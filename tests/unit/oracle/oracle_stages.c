/*
 * Stage 1 and stage 2, each from its input address to its output address: range
 * check, walk, Access flag, permissions (IHI 0070 3.4, 7.3.22; DDI 0487
 * D8.15.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

/* ---- Which half, and whether the address is in it ----------------------- */

/* 3.4.1. False: F_TRANSLATION. */
static bool select_vmsa64(OracleRun *run, uint64_t va, OracleTables *t)
{
    bool one_range = run->world == WORLD_EL2;
    bool upper = !one_range && oracle_bits(va, 55, 55);
    bool tbi = oracle_bit(run->cd, upper ? 39 : 38);
    unsigned top = tbi ? 55 : 63;
    uint64_t above;

    if (!one_range && oracle_bit(run->cd, upper ? 30 : 14)) {
        return false;           /* EPDx */
    }
    oracle_stage1_tables(run, upper, t);
    above = oracle_bits(va, top, t->input_bits);
    if (above != (upper ? oracle_bits(UINT64_MAX, top, t->input_bits) : 0)) {
        return false;
    }
    run->o->coverage->ways[WAY_UPPER_HALF] += upper;
    run->o->coverage->ways[WAY_TBI] +=
        tbi && oracle_bits(va, 63, 56) != (upper ? 0xff : 0);
    /* 5.4 E0PD0, E0PD1 */
    return !(run->o->id.e0pd && oracle_bit(run->cd, upper ? 130 : 66) &&
             !one_range && !run->access.privileged);
}

/*
 * Table G5-2: 0 lower half, 1 upper, -1 none. It is a choice of this model that
 * TxSZ still counts for this if EPDx is 1.
 */
static int half_of_vmsa32(const OracleRun *run, uint64_t va)
{
    unsigned t0sz = oracle_field(run->cd, 2, 0);
    unsigned t1sz = oracle_field(run->cd, 18, 16);
    bool in_lower = !oracle_exceeds(va, 32 - t0sz);

    /* Above 32 bits, everything faults (3.4.1). */
    if (va >> 32) {
        return -1;
    }
    if (run->world != WORLD_EL2) {
        if (t1sz ? va >> (32 - t1sz) == (1u << t1sz) - 1 : !in_lower) {
            return 1;
        }
    }
    return in_lower ? 0 : -1;
}

static bool select_vmsa32(OracleRun *run, uint64_t va, OracleTables *t)
{
    int half = half_of_vmsa32(run, va);

    if (half < 0 ||
        (run->world != WORLD_EL2 && oracle_bit(run->cd, half ? 30 : 14))) {
        return false;           /* no half's, or EPDx */
    }
    oracle_stage1_tables(run, half, t);
    run->o->coverage->ways[WAY_UPPER_HALF] += half;
    return true;
}

/* ---- Leaves ------------------------------------------------------------- */

static void count_leaf(const OracleRun *run, const OracleTables *t,
                       const OracleLeaf *leaf)
{
    OracleCoverage *c = run->o->coverage;
    unsigned granule = t->page_bits / 2 - 6;

    c->leaves[t->vmsa32][t->stage - 1][granule][leaf->level + 1]++;
    c->starts[t->vmsa32][t->stage - 1][granule][t->start_level + 1]++;
    if (t->stage == 1) {
        c->ways[WAY_BIG_ENDIAN_S1] += t->big_endian;
    } else {
        unsigned first = t->page_bits +
                         (4 - t->start_level) * (t->page_bits - 3);

        c->ways[WAY_BIG_ENDIAN_S2] += t->big_endian;
        c->ways[WAY_CONCATENATED] += t->input_bits > first;
    }
}

static void count_atomic(const OracleRun *run, OracleAccess access,
                         const OraclePermissions *p, bool permitted)
{
    uint64_t *atomics = run->o->coverage->atomics;

    if (!access.atomic) {
        return;
    }
    if (permitted) {
        atomics[p->clean ? ATOMIC_DIRTIES : ATOMIC_PERMITTED]++;
    } else if (p->write) {
        atomics[p->clean ? ATOMIC_LACKS_READ_CLEAN : ATOMIC_LACKS_READ]++;
    } else {
        atomics[p->read ? ATOMIC_LACKS_WRITE : ATOMIC_LACKS_BOTH]++;
    }
}

/*
 * The Access flag, then the permission, then the dirty state, each with its
 * update or its fault. It is a choice of this model that the Access flag is set
 * where permission is refused, and that stage 1's dirty state is set when
 * stage 2 permits the transaction.
 */
static bool check_leaf(OracleRun *run, const OracleTables *t,
                       const OracleLeaf *leaf, const OraclePermissions *p,
                       OracleClass class, OracleAccess access, bool permitted,
                       uint64_t ipa)
{
    bool no_access = !oracle_bits(leaf->descriptor, 10, 10);
    bool dirty = access.write && p->clean;

    if (no_access && !t->update_access && !t->ignore_access) {
        return oracle_fault(run, F_ACCESS, t->stage, class, ipa);
    }
    if (no_access && t->update_access &&
        !oracle_update_leaf(run, t, leaf, class, ipa, false)) {
        return false;
    }
    if (!permitted) {
        oracle_fault(run, F_PERMISSION, t->stage, class, ipa);
        run->fault.table_read = !access.write;
        /* 13.1.1: also where the write would have set the dirty state */
        run->fault.lacks_read = access.atomic && p->write;
        count_atomic(run, access, p, false);
        return false;
    }
    if (t->stage == 1) {
        count_atomic(run, access, p, true);
        run->dirty_s1 = dirty;
        return true;
    }
    if (class == CLASS_IN && !oracle_set_dirty_s1(run)) {
        return false;
    }
    count_atomic(run, access, p, true);
    return !dirty || oracle_update_leaf(run, t, leaf, class, ipa, true);
}

/* ---- Stage 2 ------------------------------------------------------------ */

bool oracle_stage2(OracleRun *run, uint64_t ipa, OracleClass class,
                   OracleAccess access, uint64_t *pa, OracleLeaf *leaf)
{
    OracleTables t;
    OraclePermissions p;
    bool permitted;

    oracle_stage2_tables(run, &t);
    if (oracle_exceeds(ipa, t.input_bits)) {
        return oracle_fault(run, F_TRANSLATION, 2, class, ipa);
    }
    if (!oracle_walk(run, &t, ipa, class, leaf)) {
        return false;
    }
    p = oracle_stage2_permissions(run, &t, leaf, access);
    permitted = oracle_permits(&p, access);
    /* 5.2 S2PTW: structures of stage 1 are not to be in Device memory. */
    if (class != CLASS_IN && oracle_bit(run->ste, 182) &&
        oracle_stage2_is_device(run, leaf->descriptor)) {
        permitted = false;
    }
    if (!check_leaf(run, &t, leaf, &p, class, access, permitted, ipa)) {
        return false;
    }
    count_leaf(run, &t, leaf);
    /* 3.4: 40 bits of VMSAv8-32 are cut to the output size. */
    *pa = oracle_truncate(leaf->output, run->o->id.oas);
    return true;
}

/* ---- Stage 1 ------------------------------------------------------------ */

/*
 * G5.5.5.1: a block that reaches out of its half is an error of software's. It
 * translates what is in the half (a choice of this model).
 */
static void end_with_half(const OracleRun *run, OracleLeaf *leaf, uint64_t va)
{
    int half = half_of_vmsa32(run, va);

    while (half_of_vmsa32(run, oracle_align(va, leaf->size_log2)) != half ||
           half_of_vmsa32(run, va | ((1u << leaf->size_log2) - 1)) != half) {
        leaf->size_log2--;
    }
}

bool oracle_set_dirty_s1(OracleRun *run)
{
    return !run->dirty_s1 ||
           oracle_update_leaf(run, &run->t1, &run->leaf1, CLASS_IN, 0, true);
}

bool oracle_stage1(OracleRun *run, uint64_t va, uint64_t *ipa)
{
    OracleTables *t = &run->t1;
    OracleLeaf *leaf = &run->leaf1;
    bool aa64 = oracle_bit(run->cd, 41);
    OraclePermissions p;

    if (!(aa64 ? select_vmsa64(run, va, t) : select_vmsa32(run, va, t))) {
        return oracle_fault(run, F_TRANSLATION, 1, CLASS_IN, 0);
    }
    if (!oracle_walk(run, t, va, CLASS_IN, leaf)) {
        return false;
    }
    if (t->vmsa32) {
        end_with_half(run, leaf, va);
    }
    p = oracle_stage1_permissions(run, t, leaf, run->access);
    if (!check_leaf(run, t, leaf, &p, CLASS_IN, run->access,
                    oracle_permits(&p, run->access), 0)) {
        return false;
    }
    count_leaf(run, t, leaf);
    *ipa = leaf->output;
    return true;
}
