/*
 * One step of a translation in words and values (observe.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "core.h"
#include "explain.h"
#include "names.h"
#include "spec/regs.h"

/* ---- In words ---- */

/* "IPA 0x1000 = PA 0x5000", or "PA 0x5000". */
static char *place(const MsmmuStep *step)
{
    return step->through_stage2 ?
        g_strdup_printf("IPA 0x%" PRIx64 " = PA 0x%" PRIx64, step->ipa,
                        step->pa) :
        g_strdup_printf("PA 0x%" PRIx64, step->pa);
}

static char *structure_text(const char *name, const MsmmuStep *step)
{
    g_autofree char *at = place(step);

    return g_strdup_printf("%s at %s%s", name, at,
                           step->unreadable ? ": external abort" : "");
}

/* What a descriptor leads to: memory, or the input of stage 2. */
static const char *output_space(const MsmmuStep *step)
{
    return step->through_stage2 ? "IPA" : "PA";
}

/* A descriptor behind a stage 2 that refuses its address was not fetched. */
static char *not_fetched_text(const MsmmuStep *step)
{
    return step->through_stage2 && !step->pa ?
        g_strdup_printf("stage %u level %d descriptor at IPA 0x%" PRIx64
                        ": stage 2 gives no PA", step->stage, step->level,
                        step->ipa) :
        g_strdup_printf("stage %u level %d descriptor at PA 0x%" PRIx64
                        ": external abort", step->stage, step->level,
                        step->pa);
}

static char *descriptor_text(const MsmmuStep *step)
{
    g_autofree char *at = place(step);
    g_autofree char *head = NULL;
    char size[MSMMU_NAME_MAX];

    if (step->unreadable) {
        return not_fetched_text(step);
    }
    head = g_strdup_printf("stage %u level %d descriptor at %s: 0x%016" PRIx64,
                           step->stage, step->level, at, step->word[0]);
    switch (step->type) {
    case MSMMU_DESCRIPTOR_TABLE:
        return g_strdup_printf("%s: table at %s 0x%" PRIx64, head,
                               output_space(step), step->output);
    case MSMMU_DESCRIPTOR_BLOCK:
    case MSMMU_DESCRIPTOR_PAGE:
        msmmu_size_name(step->size_log2, size);
        return g_strdup_printf("%s: %s %s at %s 0x%" PRIx64, head, size,
                               msmmu_descriptor_name(step->type),
                               output_space(step), step->output);
    default:
        return g_strdup_printf("%s: %s", head,
                               msmmu_descriptor_name(step->type));
    }
}

static char *update_text(const MsmmuStep *step)
{
    g_autofree char *at = place(step);

    return g_strdup_printf("stage %u level %d descriptor at %s would become "
                           "0x%016" PRIx64, step->stage, step->level, at,
                           step->word[1]);
}

static char *stage_text(const MsmmuStep *step)
{
    char size[MSMMU_NAME_MAX], priv[MSMMU_NAME_MAX], unpriv[MSMMU_NAME_MAX];
    char needs[MSMMU_NAME_MAX];

    msmmu_size_name(step->size_log2, size);
    msmmu_perms_name(step->perms[0], unpriv);
    msmmu_perms_name(step->perms[1], priv);
    msmmu_perms_name(step->needs, needs);
    return g_strdup_printf("stage %u maps 0x%" PRIx64 " to 0x%" PRIx64
                           " (%s); privileged %s, unprivileged %s; needed: "
                           "%s %s", step->stage, step->input, step->output,
                           size, priv, unpriv,
                           step->privileged ? "privileged" : "unprivileged",
                           needs);
}

static char *gate_text(const MsmmuStep *step)
{
    return g_strdup_printf("CR0.SMMUEN = 0: GBPA = 0x%" PRIx64 " rules "
                           "(ABORT = %d)", step->word[0],
                           !!(step->word[0] & GBPA_ABORT));
}

static char *text_of(const MsmmuStep *step)
{
    switch (step->kind) {
    case MSMMU_STEP_GATE:
        return gate_text(step);
    case MSMMU_STEP_L1STD:
        return structure_text("L1STD", step);
    case MSMMU_STEP_STE:
        return structure_text("STE", step);
    case MSMMU_STEP_L1CD:
        return structure_text("L1CD", step);
    case MSMMU_STEP_CD:
        return structure_text("CD", step);
    case MSMMU_STEP_DESCRIPTOR:
        return descriptor_text(step);
    case MSMMU_STEP_UPDATE:
        return update_text(step);
    default:
        return stage_text(step);
    }
}

/* ---- In values ---- */

static const char *name_of(const MsmmuStep *step)
{
    static const char *const names[] = {
        [MSMMU_STEP_GATE] = "gate",
        [MSMMU_STEP_L1STD] = "L1STD",
        [MSMMU_STEP_STE] = "STE",
        [MSMMU_STEP_L1CD] = "L1CD",
        [MSMMU_STEP_CD] = "CD",
        [MSMMU_STEP_DESCRIPTOR] = "descriptor",
        [MSMMU_STEP_UPDATE] = "update",
        [MSMMU_STEP_STAGE] = "stage",
    };

    return names[step->kind];
}

static void report_place(const MsmmuStep *step, MsmmuReporter *r)
{
    if (step->kind == MSMMU_STEP_STAGE || step->kind == MSMMU_STEP_GATE) {
        return;
    }
    if (step->through_stage2) {
        msmmu_report_hex(r, "ipa", step->ipa);
    }
    if (step->pa || !step->through_stage2) {
        msmmu_report_hex(r, "pa", step->pa);
    }
}

static void report_words(const MsmmuStep *step, MsmmuReporter *r)
{
    if (!step->words) {
        return;
    }
    msmmu_report_begin_list(r, "words");
    for (unsigned i = 0; i < step->words; i++) {
        msmmu_report_format(r, NULL, "0x%016" PRIx64, step->word[i]);
    }
    msmmu_report_end_list(r);
}

static void report_descriptor(const MsmmuStep *step, MsmmuReporter *r)
{
    char size[MSMMU_NAME_MAX];

    if (step->unreadable) {
        return;
    }
    msmmu_report_string(r, "type", msmmu_descriptor_name(step->type));
    switch (step->type) {
    case MSMMU_DESCRIPTOR_BLOCK:
    case MSMMU_DESCRIPTOR_PAGE:
        msmmu_size_name(step->size_log2, size);
        msmmu_report_string(r, "size", size);
        /* Fall through */
    case MSMMU_DESCRIPTOR_TABLE:
        msmmu_report_hex(r, "output", step->output);
        break;
    default:
        break;
    }
}

void msmmu_explain_mapping(uint64_t input, uint64_t output, unsigned size_log2,
                           const uint8_t perms[2], MsmmuReporter *r)
{
    char name[MSMMU_NAME_MAX];

    msmmu_report_hex(r, "input", input);
    msmmu_report_hex(r, "output", output);
    msmmu_size_name(size_log2, name);
    msmmu_report_string(r, "size", name);
    msmmu_perms_name(perms[1], name);
    msmmu_report_string(r, "privileged", name);
    msmmu_perms_name(perms[0], name);
    msmmu_report_string(r, "unprivileged", name);
}

void msmmu_explain_step(const MsmmuStep *step, MsmmuReporter *r)
{
    g_autofree char *text = text_of(step);

    msmmu_report_begin(r, NULL);
    msmmu_report_string(r, "step", name_of(step));
    msmmu_report_string(r, "text", text);
    if (step->stage) {
        msmmu_report_number(r, "stage", step->stage);
        /* What stage 2 is asked for: the access itself, or on its way. */
        msmmu_report_string(r, "for", step->stage == 1 ? "IN" :
                            msmmu_class_name(step->class));
    }
    if (step->kind == MSMMU_STEP_DESCRIPTOR ||
        step->kind == MSMMU_STEP_UPDATE) {
        msmmu_report_format(r, "level", "%d", step->level);
    }
    report_place(step, r);
    report_words(step, r);
    if (step->kind == MSMMU_STEP_DESCRIPTOR) {
        report_descriptor(step, r);
    } else if (step->kind == MSMMU_STEP_STAGE) {
        msmmu_explain_mapping(step->input, step->output, step->size_log2,
                              step->perms, r);
    }
    msmmu_explain_fields(step, r);
    msmmu_report_end(r);
}
