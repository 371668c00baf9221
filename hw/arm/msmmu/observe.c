/*
 * Trace events of what the core does: a recorder (core/observe.h) that is there
 * only while one of its events is enabled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "smmuv3_private.h"
#include "trace.h"

static const char *structure_name(MsmmuStepKind kind)
{
    return kind == MSMMU_STEP_L1STD ? "L1STD" :
           kind == MSMMU_STEP_STE ? "STE" :
           kind == MSMMU_STEP_L1CD ? "L1CD" : "CD";
}

static const char *access_name(const MsmmuRequest *rq)
{
    return rq->atomic ? "atomic access" : rq->write ? "write" :
           rq->instruction ? "instruction fetch" : "read";
}

static const char *scope_name(MsmmuInvalidationScope scope)
{
    static const char *const names[] = {
        [MSMMU_INV_ALL] = "all", [MSMMU_INV_WORLD] = "world",
        [MSMMU_INV_VMID] = "VMID", [MSMMU_INV_VMID_S1] = "VMID, stage 1",
        [MSMMU_INV_ASID] = "ASID", [MSMMU_INV_VA] = "VA",
        [MSMMU_INV_VA_ANY_ASID] = "VA, any ASID", [MSMMU_INV_IPA] = "IPA",
        [MSMMU_INV_STREAMS] = "StreamIDs",
    };

    return names[scope];
}

static void trace_structure(const char *id, const MsmmuStep *step)
{
    trace_msmmu_configuration(id, structure_name(step->kind), step->pa,
                              step->unreadable ? "aborted" : "fetched",
                              step->word[0], step->word[1], step->word[2],
                              step->word[3]);
}

static void trace_descriptor(const char *id, const MsmmuStep *step)
{
    static const char *const types[] = {
        [MSMMU_DESCRIPTOR_INVALID] = "invalid",
        [MSMMU_DESCRIPTOR_TABLE] = "table",
        [MSMMU_DESCRIPTOR_BLOCK] = "block",
        [MSMMU_DESCRIPTOR_PAGE] = "page",
        [MSMMU_DESCRIPTOR_ILLEGAL] = "illegal",
    };

    trace_msmmu_walk(id, step->stage, step->level, step->input, step->pa,
                     step->unreadable ? 0 : step->word[0],
                     step->unreadable ? "not fetched" : types[step->type],
                     step->output);
}

static void trace_transaction(const char *id, const MsmmuRequest *rq)
{
    trace_msmmu_transaction(id, rq->sid, rq->ssid_valid ? (int)rq->ssid : -1,
                            access_name(rq), rq->privileged, rq->iova);
}

static void trace_invalidation(const char *id, const MsmmuInvalidation *inv)
{
    trace_msmmu_invalidation(id, scope_name(inv->scope), inv->vmid, inv->asid,
                             inv->first, inv->last);
}

static void observe(MsmmuRecorder *recorder, const MsmmuStep *step)
{
    MsmmuSmmuv3State *s = container_of(recorder, MsmmuSmmuv3State, tracer);
    const char *id = msmmu_smmuv3_id(s);

    switch (step->kind) {
    case MSMMU_STEP_TRANSACTION:
        trace_transaction(id, step->request);
        break;
    case MSMMU_STEP_L1STD:
    case MSMMU_STEP_STE:
    case MSMMU_STEP_L1CD:
    case MSMMU_STEP_CD:
        trace_structure(id, step);
        break;
    case MSMMU_STEP_DESCRIPTOR:
        trace_descriptor(id, step);
        break;
    case MSMMU_STEP_UPDATE:
        trace_msmmu_update(id, step->stage, step->level, step->pa,
                           step->word[0], step->word[1]);
        break;
    case MSMMU_STEP_STAGE:
        trace_msmmu_stage(id, step->stage, step->input, step->output,
                          step->size_log2, step->perms[0], step->perms[1]);
        break;
    case MSMMU_STEP_TERMINATED:
        trace_msmmu_fault(id, step->request->sid, step->request->iova,
                          step->name, step->stage, step->outcome);
        break;
    case MSMMU_STEP_COMMAND:
        trace_msmmu_command(id, step->name, step->word[0], step->word[1],
                            step->outcome);
        break;
    case MSMMU_STEP_EVENT:
        trace_msmmu_event(id, step->name, step->word[0], step->word[1],
                          step->word[2], step->word[3], step->outcome);
        break;
    case MSMMU_STEP_INVALIDATION:
        trace_invalidation(id, step->invalidation);
        break;
    case MSMMU_STEP_GATE:
        break;
    }
}

static bool is_wanted(void)
{
    return trace_event_get_state_backends(TRACE_MSMMU_TRANSACTION) ||
           trace_event_get_state_backends(TRACE_MSMMU_CONFIGURATION) ||
           trace_event_get_state_backends(TRACE_MSMMU_WALK) ||
           trace_event_get_state_backends(TRACE_MSMMU_UPDATE) ||
           trace_event_get_state_backends(TRACE_MSMMU_STAGE) ||
           trace_event_get_state_backends(TRACE_MSMMU_FAULT) ||
           trace_event_get_state_backends(TRACE_MSMMU_COMMAND) ||
           trace_event_get_state_backends(TRACE_MSMMU_EVENT) ||
           trace_event_get_state_backends(TRACE_MSMMU_INVALIDATION);
}

MsmmuRecorder *msmmu_observe_recorder(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    return is_wanted() ? &s->tracer : NULL;
}

void msmmu_observe_init(MsmmuSmmuv3State *s)
{
    s->tracer.step = observe;
}
