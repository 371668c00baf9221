/*
 * Descriptors in memory: read, and updated by compare-and-swap, in PA space or
 * behind stage 2 (IHI 0070 3.13, 7.3.12, 13.8).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

/* How often one update is tried before the walk is made anew. */
#define UPDATE_ATTEMPTS 64

/*
 * CLASS is TT for stage 1, unlike that of its other faults; for stage 2 it says
 * what the walk was for, which the caller knows if it is not IN (7.3.12).
 */
static MsmmuStatus external_abort(const MsmmuWalk *walk, uint64_t pa,
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

/*
 * The PA of the descriptor at *address, for an access that reads or writes it.
 * Accesses of a stage 1 walk are privileged data (13.4).
 */
static MsmmuStatus locate(const MsmmuWalk *walk, uint64_t *address,
                          bool write, MsmmuFault *fault)
{
    const MsmmuAccess plain = {
        .write = write, .privileged = true, .probe = walk->probe,
    };
    const MsmmuToldAccess access = msmmu_told(plain, walk->recorder);
    MsmmuStage2Result found;
    MsmmuStatus status;

    if (!walk->through) {
        return MSMMU_STATUS_OK;
    }
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
    *address = found.pa;
    return status;
}

/* Read the descriptor at @pa. */
static MsmmuStatus read_word(const MsmmuWalk *walk, uint64_t pa,
                             uint64_t *word, MsmmuFault *fault)
{
    Msmmu *m = walk->m;
    uint8_t bytes[VMSA_DESCRIPTOR_BYTES];

    if (!m->ops->read(m->opaque, pa, bytes, sizeof(bytes))) {
        return external_abort(walk, pa, fault);
    }
    *word = msmmu_load_le64(bytes);
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_descriptor_fetch(const MsmmuWalk *walk, uint64_t address,
                                   uint64_t *pa, uint64_t *word,
                                   MsmmuFault *fault)
{
    MsmmuStatus status = locate(walk, &address, false, fault);

    if (status != MSMMU_STATUS_OK) {
        *pa = 0;
        return status;
    }
    *pa = address;
    return read_word(walk, address, word, fault);
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
    uint64_t ignored = walk->tables.big_endian ?
        __builtin_bswap64(VMSA_SOFTWARE) : VMSA_SOFTWARE;

    for (unsigned i = 0; i < UPDATE_ATTEMPTS; i++) {
        MsmmuUpdate update = m->ops->update(m->opaque, pa, expected, desired);
        MsmmuStatus status;
        uint64_t current;

        if (update != MSMMU_UPDATE_CHANGED) {
            return update == MSMMU_UPDATE_DONE ?
                   MSMMU_STATUS_OK : external_abort(walk, pa, fault);
        }
        status = read_word(walk, pa, &current, fault);
        if (status != MSMMU_STATUS_OK) {
            return status;
        }
        if ((current ^ expected) & ~ignored) {
            break;
        }
        desired ^= current ^ expected;
        expected = current;
    }
    /* What to report if there have been too many walks already. */
    external_abort(walk, pa, fault);
    return MSMMU_STATUS_AGAIN;
}

MsmmuStatus msmmu_descriptor_update(const MsmmuWalk *walk, uint64_t address,
                                    uint64_t expected, uint64_t desired,
                                    MsmmuFault *fault)
{
    MsmmuStatus status = locate(walk, &address, true, fault);

    if (status != MSMMU_STATUS_OK || walk->probe) {
        return status;
    }
    return swap(walk, address, expected, desired, fault);
}
