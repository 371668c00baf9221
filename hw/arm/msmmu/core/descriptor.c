/*
 * Descriptors in memory: read, and updated by compare-and-swap, in PA space or
 * behind stage 2 (IHI 0070 3.13, 7.3.12, 13.8).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "walk.h"
#include "spec/evt.h"
#include "spec/vmsa.h"

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
    const MsmmuAccess access = {
        .write = write, .privileged = true, .probe = walk->probe,
    };
    MsmmuStage2Result found;
    MsmmuStatus status;

    if (!walk->through) {
        return MSMMU_STATUS_OK;
    }
    status = msmmu_stage2_translate(walk->m, walk->through, *address, &access,
                                    MSMMU_CLASS_TT, &found, fault);
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    /* 5.2 STE.S2PTW */
    if (walk->through->protected_walk &&
        msmmu_attributes_stage2_is_device(walk->through,
                                          found.leaf.descriptor)) {
        *fault = (MsmmuFault) {
            .type = EVT_F_PERMISSION,
            .stage = 2,
            .class = MSMMU_CLASS_TT,
            .ipa = *address,
            .read_not_write = !write,
        };
        return MSMMU_STATUS_FAULT;
    }
    if (write && found.clean) {
        status = msmmu_walk_mark_dirty(&found.walk, &found.leaf, fault);
        fault->class = MSMMU_CLASS_TT;
    }
    *address = found.pa;
    return status;
}

MsmmuStatus msmmu_descriptor_fetch(const MsmmuWalk *walk, uint64_t address,
                                   uint64_t *word, MsmmuFault *fault)
{
    Msmmu *m = walk->m;
    uint8_t bytes[VMSA_DESCRIPTOR_BYTES];
    MsmmuStatus status = locate(walk, &address, false, fault);

    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    if (!m->ops->read(m->opaque, address, bytes, sizeof(bytes))) {
        return external_abort(walk, address, fault);
    }
    *word = msmmu_load_le64(bytes);
    return MSMMU_STATUS_OK;
}

MsmmuStatus msmmu_descriptor_update(const MsmmuWalk *walk, uint64_t address,
                                    uint64_t expected, uint64_t desired,
                                    MsmmuFault *fault)
{
    Msmmu *m = walk->m;
    MsmmuStatus status = locate(walk, &address, true, fault);

    if (status != MSMMU_STATUS_OK || walk->probe) {
        return status;
    }
    switch (m->ops->update(m->opaque, address, expected, desired)) {
    case MSMMU_UPDATE_DONE:
        return MSMMU_STATUS_OK;
    case MSMMU_UPDATE_CHANGED:
        return MSMMU_STATUS_AGAIN;
    case MSMMU_UPDATE_ABORT:
        break;
    }
    return external_abort(walk, address, fault);
}
