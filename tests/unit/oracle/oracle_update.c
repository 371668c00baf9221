/*
 * Hardware updates of descriptors (IHI 0070 3.13, DDI 0487 D8.5).
 *
 * Bits only ever change one way, so what a transaction changes is a mask per
 * descriptor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "model.h"

#define ACCESS_FLAG (UINT64_C(1) << 10)
/* AP[2] at stage 1, which is cleared; S2AP[1] at stage 2, which is set */
#define DIRTY_STATE (UINT64_C(1) << 7)

static OracleChange *change_of(OracleRun *run, uint64_t pa)
{
    OracleOutcome *out = run->out;

    for (unsigned i = 0; i < out->change_count; i++) {
        if (out->changes[i].pa == pa) {
            return &out->changes[i];
        }
    }
    g_assert_cmpuint(out->change_count, <, ORACLE_CHANGES);
    out->changes[out->change_count] = (OracleChange) { .pa = pa };
    return &out->changes[out->change_count++];
}

uint64_t oracle_updated_bits(const OracleRun *run, uint64_t pa)
{
    const OracleOutcome *out = run->out;

    for (unsigned i = 0; i < out->change_count; i++) {
        if (out->changes[i].pa == pa) {
            return out->changes[i].changed;
        }
    }
    return 0;
}

static void change(OracleRun *run, const OracleTables *t, uint64_t pa,
                   uint64_t bits)
{
    change_of(run, pa)->changed |= t->big_endian ? GUINT64_SWAP_LE_BE(bits)
                                                 : bits;
}

/* @again: the Access flag was set before, by the same transaction. */
static void count(OracleRun *run, const OracleTables *t, OracleClass class,
                  bool dirty, bool again)
{
    uint64_t *updates = run->o->coverage->updates;

    if (t->stage == 1) {
        updates[!dirty ? UPDATE_S1_ACCESS
                : again ? UPDATE_S1_ACCESS_DIRTY : UPDATE_S1_DIRTY]++;
        return;
    }
    updates[!dirty ? UPDATE_S2_ACCESS
            : again ? UPDATE_S2_ACCESS_DIRTY : UPDATE_S2_DIRTY]++;
    if (class == CLASS_CD) {
        updates[UPDATE_S2_ACCESS_OF_CD]++;
    } else if (class == CLASS_TT) {
        updates[dirty ? UPDATE_S2_DIRTY_OF_TABLE
                : UPDATE_S2_ACCESS_OF_TABLE]++;
    }
}

/*
 * Whether @at can be written: a write of stage 1's descriptor is a write by
 * stage 2 (3.13.5).
 */
static bool try_write(OracleRun *run, const OracleTables *t,
                      const OracleLeaf *at, OracleClass class, uint64_t ipa)
{
    OracleAccess write = { .write = true, .privileged = true };
    OracleLeaf leaf;
    uint64_t pa;

    if (t->stage == 1 && run->s2 &&
        !oracle_stage2(run, at->location, CLASS_TT, write, &pa, &leaf)) {
        return false;
    }
    /* A probe writes nothing, so it does not know. */
    if (run->rq.probe || oracle_memory_writable(run->o->memory, at->pa)) {
        return true;
    }
    oracle_fault(run, F_WALK_EABT, t->stage,
                 t->stage == 1 ? CLASS_TT : class, ipa);
    run->fault.fetch = at->pa;
    return false;
}

bool oracle_update_leaf(OracleRun *run, const OracleTables *t,
                        const OracleLeaf *leaf, OracleClass class,
                        uint64_t ipa, bool dirty)
{
    if (!try_write(run, t, leaf, class, ipa)) {
        return false;
    }
    count(run, t, class, dirty, oracle_updated_bits(run, leaf->pa));
    change(run, t, leaf->pa, dirty ? DIRTY_STATE : ACCESS_FLAG);
    return true;
}

bool oracle_update_table(OracleRun *run, const OracleTables *t,
                         const OracleLeaf *table, OracleClass class,
                         uint64_t ipa)
{
    uint64_t *updates = run->o->coverage->updates;

    if (!t->update_tables || oracle_bits(table->descriptor, 10, 10)) {
        return true;
    }
    if (!try_write(run, t, table, class, ipa)) {
        return false;
    }
    updates[t->stage == 1 ? UPDATE_S1_TABLE : UPDATE_S2_TABLE]++;
    /* Set, whatever comes of the walk (R_ZGNSH, a choice of this model) */
    change(run, t, table->pa, ACCESS_FLAG);
    return true;
}

void oracle_check_changes(OracleRun *run)
{
    OracleOutcome *out = run->out;

    for (unsigned i = 0; i < out->change_count; i++) {
        if (oracle_memory_is_shared(run->o->memory, out->changes[i].pa)) {
            out->open = "an updated descriptor is read as something else, too";
        }
    }
}
