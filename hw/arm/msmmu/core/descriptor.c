/*
 * Descriptors in memory: read, and updated by compare-and-swap, in PA space or
 * behind stage 2 (IHI 0070 3.13, 7.3.12, 13.8).
 *
 * Where stage 2 has a page of stage 1 tables is cached in the TLB, as a
 * translation of stage 2 alone: invalidations of stage 1 leave it, those of
 * stage 2 by IPA, VMID or more drop it (4.4.3, 16.2.1). It is there for reads
 * only. Updates go through stage 2 itself, which may have to be marked dirty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk_levels.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

/* How often one update is tried before the walk is made anew. */
#define UPDATE_ATTEMPTS 64

/*
 * CLASS is TT for stage 1, unlike that of its other faults; for stage 2 it says
 * what the walk was for, which the caller knows if it is not IN (7.3.12).
 */
MsmmuStatus msmmu_descriptor_abort(const MsmmuWalk *walk, uint64_t pa,
                                   MsmmuFault *fault)
{
    *fault = (MsmmuFault) {
        .type = EVT_F_WALK_EABT,
        .stage = walk->stage,
        .class = walk->stage == 1 ? MSMMU_CLASS_TT : MSMMU_CLASS_IN,
        .fetch_address = pa,
        .why = "external abort: no memory that can be read, or updated, at "
               "this PA",
    };
    return MSMMU_STATUS_FAULT;
}

/* What stage 2 makes of *@address was cached: that is said, too. */
static void record_cached(const MsmmuWalk *walk, uint64_t ipa,
                          const MsmmuTranslation *t)
{
    msmmu_step(walk->recorder, &(MsmmuStep) {
        .kind = MSMMU_STEP_STAGE,
        .stage = 2,
        .class = MSMMU_CLASS_TT,
        .level = t->leaf_level,
        .input = ipa,
        .output = t->first_pa | (ipa & msmmu_low_mask(t->size_log2)),
        .size_log2 = t->size_log2,
        .perms = { t->perms[0], t->perms[1] },
        .needs = MSMMU_PERM_READ,
        .privileged = true,
        .cached = true,
    });
}

/* The PA of *address, for a read, from the cache. */
static bool find(const MsmmuWalk *walk, uint64_t *address)
{
    uint64_t ipa = *address;
    MsmmuTranslation t;

    if (!walk_find_table(walk, address, &t)) {
        return false;
    }
    if (walk->recorder) {
        record_cached(walk, ipa, &t);
    }
    return true;
}

/* Stage 2 permits that @ipa is read, as a table: *@found is what it says. */
static void keep(const MsmmuWalk *walk, uint64_t ipa,
                 const MsmmuStage2Result *found, uint64_t epoch)
{
    const MsmmuLeaf *leaf = &found->leaf;
    const MsmmuTranslation t = {
        .first_va = ipa & ~msmmu_low_mask(leaf->size_log2),
        .first_pa = leaf->address,
        .size_log2 = leaf->size_log2,
        .leaf_level = leaf->level,
        .granule = found->walk.granule,
        .perms = { found->perms[0], found->perms[1] },
        .transient = msmmu_leaf_is_transient(walk->m, found->walk.tables,
                                             leaf),
    };

    /* 6.3.9.6: while SMMUEN is 0, nothing is put into a cache. */
    if (walk->table_regime && !walk->probe &&
        msmmu_gate_is_open(walk->gate) &&
        msmmu_gate_holds(walk->m, walk->gate)) {
        msmmu_tlb_insert_table(walk->m, walk->table_regime, &t, epoch);
    }
}

/*
 * The PA of the descriptor at *address, for an access that reads or writes it,
 * through stage 2. Accesses of a stage 1 walk are privileged data (13.4).
 */
static MsmmuStatus locate(const MsmmuWalk *walk, uint64_t *address,
                          bool write, MsmmuFault *fault)
{
    const MsmmuAccess plain = {
        .write = write, .privileged = true, .probe = walk->probe,
    };
    const MsmmuToldAccess access = msmmu_told(plain, walk->recorder);
    uint64_t epoch = walk->table_regime ?
                     msmmu_tlb_table_epoch(walk->table_regime) : 0;
    MsmmuStage2Result found;
    MsmmuStatus status;

    status = msmmu_stage2_translate(walk->m, walk->through, *address,
                                    &access.access, MSMMU_CLASS_TT, &found,
                                    fault);
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (write && found.clean) {
        status = msmmu_walk_mark_dirty(&found.walk, &found.leaf, fault);
        fault->class = MSMMU_CLASS_TT;
    }
    if (!write) {
        keep(walk, *address, &found, epoch);
    }
    *address = found.pa;
    return status;
}

MsmmuStatus msmmu_descriptor_fetch(const MsmmuWalk *walk, uint64_t address,
                                   uint64_t *pa, uint64_t *word,
                                   MsmmuFault *fault)
{
    if (walk->through && !find(walk, &address)) {
        MsmmuStatus status = locate(walk, &address, false, fault);

        if (status != MSMMU_STATUS_OK) {
            *pa = 0;
            return status;
        }
    }
    *pa = address;
    return msmmu_read_word(walk->m, address, word) ?
           MSMMU_STATUS_OK : msmmu_descriptor_abort(walk, address, fault);
}

/*
 * Others may change a descriptor between its fetch and its update. If they
 * changed what is software's, the walk has seen all that it depends on, and the
 * update is tried again with what is there now: a CPU that flips such bits
 * incessantly should not make walks start over and over. Any other change calls
 * for another walk.
 */
static MsmmuStatus swap(const MsmmuWalk *walk, uint64_t pa, uint64_t expected,
                        uint64_t desired, MsmmuFault *fault)
{
    Msmmu *m = walk->m;
    uint64_t ignored = walk->tables->big_endian ?
        __builtin_bswap64(VMSA_SOFTWARE) : VMSA_SOFTWARE;

    for (unsigned i = 0; i < UPDATE_ATTEMPTS; i++) {
        MsmmuUpdate update = m->ops->update(m->opaque, pa, expected, desired);
        uint64_t current;

        if (update != MSMMU_UPDATE_CHANGED) {
            return update == MSMMU_UPDATE_DONE ?
                   MSMMU_STATUS_OK : msmmu_descriptor_abort(walk, pa, fault);
        }
        if (!msmmu_read_word(m, pa, &current)) {
            return msmmu_descriptor_abort(walk, pa, fault);
        }
        if ((current ^ expected) & ~ignored) {
            break;
        }
        desired ^= current ^ expected;
        expected = current;
    }
    /* What to report if there have been too many walks already. */
    msmmu_descriptor_abort(walk, pa, fault);
    return MSMMU_STATUS_AGAIN;
}

MsmmuStatus msmmu_descriptor_update(const MsmmuWalk *walk, uint64_t address,
                                    uint64_t expected, uint64_t desired,
                                    MsmmuFault *fault)
{
    if (walk->through) {
        MsmmuStatus status = locate(walk, &address, true, fault);

        if (status != MSMMU_STATUS_OK) {
            return status;
        }
    }
    if (walk->probe) {
        return MSMMU_STATUS_OK;
    }
    return swap(walk, address, expected, desired, fault);
}
