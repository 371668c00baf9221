/*
 * The state of the device msmmu-engine in a migration stream: registers, and
 * how far each ring is in its descriptor. The local memory is RAM.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "hw/pci/msix.h"
#include "engine.h"

static const VMStateDescription vmstate_cursor = {
    .name = "msmmu-engine/cursor",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(index, EngineCursor),
        VMSTATE_UINT64(address, EngineCursor),
        VMSTATE_UINT32(left, EngineCursor),
        VMSTATE_END_OF_LIST()
    }
};

static const VMStateDescription vmstate_job = {
    .name = "msmmu-engine/job",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(active, EngineJob),
        VMSTATE_UINT64_ARRAY(word, EngineJob, DESC_WORDS),
        VMSTATE_STRUCT_ARRAY(cursor, EngineJob, 2, 1, vmstate_cursor,
                             EngineCursor),
        VMSTATE_UINT64(done, EngineJob),
        VMSTATE_END_OF_LIST()
    }
};

/* A ring that no engine could have had; descriptors are checked when used. */
static int ring_post_load(void *opaque, int version_id)
{
    const EngineRing *ring = opaque;
    bool enabled = FIELD_EX32(ring->ctrl, RING_CTRL, ENABLE);

    if (ring->size_log2 > ENGINE_RING_LOG2_MAX ||
        ring->state > RING_HALTED ||
        (ring->state != RING_DISABLED) != enabled ||
        (ring->job.active && ring->state != RING_RUNNING)) {
        error_report(TYPE_MSMMU_ENGINE ": a ring of 2^%u descriptors in state "
                     "%u cannot be", ring->size_log2, ring->state);
        return -EINVAL;
    }
    return 0;
}

static const VMStateDescription vmstate_ring = {
    .name = "msmmu-engine/ring",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = ring_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(base, EngineRing),
        VMSTATE_UINT32(size_log2, EngineRing),
        VMSTATE_UINT32(ctrl, EngineRing),
        VMSTATE_UINT32(attr, EngineRing),
        VMSTATE_UINT32(prod, EngineRing),
        VMSTATE_UINT32(cons, EngineRing),
        VMSTATE_UINT8(state, EngineRing),
        VMSTATE_UINT8(why, EngineRing),
        VMSTATE_UINT64(time, EngineRing),
        VMSTATE_UINT64(transactions, EngineRing),
        VMSTATE_UINT64(bytes, EngineRing),
        VMSTATE_STRUCT(job, EngineRing, 1, vmstate_job, EngineJob),
        VMSTATE_END_OF_LIST()
    }
};

const VMStateDescription msmmu_engine_vmstate = {
    .name = TYPE_MSMMU_ENGINE,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, MsmmuEngine),
        VMSTATE_MSIX(parent_obj, MsmmuEngine),
        VMSTATE_STRUCT_ARRAY(ring, MsmmuEngine, ENGINE_RINGS, 1, vmstate_ring,
                             EngineRing),
        VMSTATE_END_OF_LIST()
    }
};
