/*
 * Why did this DMA fault? An explanation of what comes of a transaction.
 *
 * It is the model's own way through the SMMU (translate.c), gone as a probe
 * with a recorder: once seen from memory alone, with each step, and once from
 * the caches. Where both differ, software has changed a structure and not
 * invalidated it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "explain.h"
#include "names.h"
#include "spec/evt.h"

/* Views that began while SMMUEN changed. */
#define ATTEMPTS 16

typedef struct Notes {
    MsmmuRecorder recorder;
    GArray *steps;              /* of MsmmuStep */
} Notes;

static void note(MsmmuRecorder *recorder, const MsmmuStep *step)
{
    Notes *notes = (Notes *)recorder;

    if (step->kind != MSMMU_STEP_TRANSACTION) {
        g_array_append_val(notes->steps, *step);
    }
}

static void note_cached(MsmmuRecorder *recorder, const MsmmuStep *step)
{
    if (step->cached) {
        note(recorder, step);
    }
}

_Static_assert(offsetof(Notes, recorder) == 0, "note() relies on it");

/* ---- What comes of it ---- */

static char *forwarded_text(const MsmmuEnd *end)
{
    char size[MSMMU_NAME_MAX], perms[MSMMU_NAME_MAX];

    msmmu_size_name(end->result.size_log2, size);
    msmmu_perms_name(end->result.perms, perms);
    return g_strdup_printf("goes on to PA 0x%" PRIx64 " (%s, %s)",
                           end->result.pa, size, perms);
}

static const char *recorded_text(const MsmmuEnd *end)
{
    return !end->fault.type ? "no event" :
           end->recorded ? "an event is recorded" :
           "the event is not recorded";
}

static char *terminated_text(const MsmmuEnd *end)
{
    const MsmmuFault *fault = &end->fault;
    const char *how = end->result.disposition == MSMMU_ABORT ? "aborts"
                                                             : "RAZ/WI";
    const char *why = fault->why ? fault->why : "";

    if (!fault->type) {
        return g_strdup_printf("%s: %s; no event", how, why);
    }
    if (fault->stage) {
        return g_strdup_printf("%s with %s (%s) of stage %u, CLASS %s: %s; %s",
                               how, msmmu_event_name(fault->type),
                               msmmu_event_section(fault->type), fault->stage,
                               msmmu_class_name(fault->class), why,
                               recorded_text(end));
    }
    return g_strdup_printf("%s with %s (%s): %s; %s", how,
                           msmmu_event_name(fault->type),
                           msmmu_event_section(fault->type), why,
                           recorded_text(end));
}

void msmmu_explain_end(const MsmmuEnd *end, MsmmuReporter *r)
{
    bool forwarded = end->result.disposition == MSMMU_FORWARD;
    g_autofree char *text = forwarded ? forwarded_text(end)
                                      : terminated_text(end);
    char name[MSMMU_NAME_MAX];

    msmmu_report_string(r, "text", text);
    msmmu_report_string(r, "ends", forwarded ? "forward" :
                        end->result.disposition == MSMMU_ABORT ? "abort" :
                        "RAZ/WI");
    if (!forwarded) {
        msmmu_report_fault(r, &end->fault);
        msmmu_report_bool(r, "recorded", end->recorded);
        return;
    }
    msmmu_report_hex(r, "pa", end->result.pa);
    msmmu_size_name(end->result.size_log2, name);
    msmmu_report_string(r, "size", name);
    msmmu_perms_name(end->result.perms, name);
    msmmu_report_string(r, "permissions", name);
}

/* ---- The whole ---- */

/*
 * An explanation is of things as they were when it was made: of structures that
 * software may change at once, and caches that change by themselves. So memory
 * is read then, and only the words are found later, if somebody asks. Of a
 * device that faults all the time each is thrown away soon; that they use each
 * other's memory, and that the caches are seldom asked in full, makes it cheap
 * enough.
 */
struct MsmmuExplanation {
    GArray *steps;              /* of MsmmuStep, from memory */
    GArray *cached;             /* of MsmmuStep: those that caches answered */
    MsmmuEnd memory;
    MsmmuEnd caches;
    bool settled;               /* SMMUEN did not change meanwhile */
};

/* Enough for one stage; more where there are more. */
#define STEPS 12

static bool view_memory(Msmmu *m, MsmmuRequest *rq, MsmmuExplanation *e)
{
    Notes notes = { .recorder.step = note, .steps = e->steps };

    g_array_set_size(e->steps, 0);
    rq->recorder = &notes.recorder;
    return msmmu_translate_view(m, rq, MSMMU_VIEW_MEMORY, NULL, &e->memory);
}

static bool view_caches(Msmmu *m, MsmmuRequest *rq, MsmmuExplanation *e)
{
    Notes notes = { .recorder.step = note_cached, .steps = e->cached };

    g_array_set_size(e->cached, 0);
    rq->recorder = &notes.recorder;
    return msmmu_translate_view(m, rq, MSMMU_VIEW_CACHES, &e->memory,
                                &e->caches);
}

MsmmuExplanation *msmmu_explanation_new(Msmmu *m, const MsmmuRequest *rq,
                                        MsmmuExplanation *old)
{
    MsmmuExplanation *e = old;
    MsmmuRequest asked = *rq;

    if (!e) {
        e = g_new(MsmmuExplanation, 1);
        e->steps = g_array_sized_new(false, false, sizeof(MsmmuStep), STEPS);
        e->cached = g_array_new(false, false, sizeof(MsmmuStep));
    }
    asked.probe = true;
    asked.continued = false;
    e->settled = false;
    for (unsigned i = 0; i < ATTEMPTS && !e->settled; i++) {
        e->settled = view_memory(m, &asked, e) && view_caches(m, &asked, e);
    }
    return e;
}

void msmmu_explanation_free(MsmmuExplanation *e)
{
    g_array_unref(e->steps);
    g_array_unref(e->cached);
    g_free(e);
}

static void report_settled(const MsmmuExplanation *e, MsmmuReporter *r)
{
    msmmu_report_begin_list(r, "steps");
    for (unsigned i = 0; i < e->steps->len; i++) {
        msmmu_explain_step(&g_array_index(e->steps, MsmmuStep, i), r);
    }
    msmmu_report_end_list(r);
    msmmu_report_begin(r, "outcome");
    msmmu_explain_end(&e->memory, r);
    msmmu_report_end(r);
    msmmu_explain_caches(&e->memory, &e->caches, e->steps, e->cached, r);
}

void msmmu_explanation_report(const MsmmuExplanation *e,
                              const MsmmuRequest *rq, MsmmuReporter *r)
{
    msmmu_report_begin(r, NULL);
    msmmu_report_begin(r, "query");
    msmmu_report_request(r, rq);
    msmmu_report_end(r);
    if (e->settled) {
        report_settled(e, r);
    } else {
        msmmu_report_string(r, "error", "CR0.SMMUEN keeps changing: ask again");
    }
    msmmu_report_end(r);
}

void msmmu_explain(Msmmu *m, const MsmmuRequest *rq, MsmmuReporter *r)
{
    MsmmuExplanation *e = msmmu_explanation_new(m, rq, NULL);

    msmmu_explanation_report(e, rq, r);
    msmmu_explanation_free(e);
}

void msmmu_keep_explanations(Msmmu *m)
{
    m->keeps_explanations = true;
}
