/*
 * The fields of STEs, CDs and descriptors, by name and with what they mean
 * (IHI 0070 5.1 to 5.4; Arm ARM D8.3.1). One table for each structure.
 *
 * Fields that mean nothing in a structure as it is, those of a stage that is
 * not enabled for instance, are left out; so are fields of features that no
 * instance has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>

#include "explain.h"
#include "spec/cd.h"
#include "spec/ste.h"
#include "spec/vmsa.h"

/* How the value of a field is written. */
typedef enum Form {
    FORM_NUMBER,                /* decimal */
    FORM_BITS,                  /* 0b..., as wide as the field */
    FORM_HEX,
    FORM_ADDRESS,               /* the bits where they are */
} Form;

/* When a field means something: in STEs by Config, in CDs by EPD1. */
enum { ALWAYS, STAGE_1, STAGE_2, UPPER_HALF };

typedef struct Field {
    const char *name;
    uint8_t word;
    uint8_t form;
    uint8_t when;
    uint64_t mask;
    /* By value, NULL where there is none; as many as the values need. */
    const char *const *meanings;
} Field;

#define MEANINGS(...) (const char *const[]) { __VA_ARGS__ }
#define NO_YES(yes) MEANINGS(NULL, yes)

#define GRANULES_TG0 MEANINGS("4K", "64K", "16K", "Reserved")
#define GRANULES_TG1 MEANINGS("Reserved", "16K", "4K", "64K")
#define SIZES MEANINGS("32 bits", "36 bits", "40 bits", "42 bits", "44 bits", \
                       "48 bits", "52 bits", "56 bits")
#define SHAREABILITIES MEANINGS("Non-shareable", "Reserved", \
                                "Outer Shareable", "Inner Shareable")

static const Field l1std_fields[] = {
    { "Span", 0, FORM_NUMBER, ALWAYS, L1STD_SPAN, NULL },
    { "L2Ptr", 0, FORM_ADDRESS, ALWAYS, L1STD_L2PTR, NULL },
};

static const Field ste_fields[] = {
    { "V", 0, FORM_BITS, ALWAYS, STE_V, MEANINGS("invalid", "valid") },
    { "Config", 0, FORM_BITS, ALWAYS, STE_CONFIG,
      MEANINGS("abort", "Reserved: abort", "Reserved: abort",
               "Reserved: abort", "bypass", "stage 1", "stage 2",
               "stage 1 and stage 2") },
    { "STRW", 1, FORM_BITS, STAGE_1, STE_STRW,
      MEANINGS("NS-EL1", "Reserved", "NS-EL2, or NS-EL2-E2H", "Reserved") },
    { "S1Fmt", 0, FORM_BITS, STAGE_1, STE_S1FMT,
      MEANINGS("linear", "two levels, 4K leaves", "two levels, 64K leaves",
               "Reserved") },
    { "S1ContextPtr", 0, FORM_ADDRESS, STAGE_1, STE_S1CONTEXTPTR, NULL },
    { "S1CDMax", 0, FORM_NUMBER, STAGE_1, STE_S1CDMAX, NULL },
    { "S1DSS", 1, FORM_BITS, STAGE_1, STE_S1DSS,
      MEANINGS("no SubstreamID: terminate", "no SubstreamID: bypass stage 1",
               "no SubstreamID: CD 0", "Reserved") },
    { "S1STALLD", 1, FORM_BITS, STAGE_1, STE_S1STALLD, NULL },
    { "EATS", 1, FORM_BITS, ALWAYS, STE_EATS,
      MEANINGS("ATS is aborted", "full ATS", "split-stage ATS",
               "DPT checked ATS") },
    { "MTCFG", 1, FORM_BITS, ALWAYS, STE_MTCFG,
      MEANINGS("incoming type", "MemAttr overrides") },
    { "SHCFG", 1, FORM_BITS, ALWAYS, STE_SHCFG,
      MEANINGS("Non-shareable", "incoming", "Outer Shareable",
               "Inner Shareable") },
    { "PRIVCFG", 1, FORM_BITS, ALWAYS, STE_PRIVCFG,
      MEANINGS("incoming", "Reserved: incoming", "unprivileged",
               "privileged") },
    { "INSTCFG", 1, FORM_BITS, ALWAYS, STE_INSTCFG,
      MEANINGS("incoming", "Reserved: incoming", "data", "instruction") },
    { "MEV", 1, FORM_BITS, ALWAYS, STE_MEV, NO_YES("events may be merged") },
    { "S2VMID", 2, FORM_NUMBER, ALWAYS, STE_S2VMID, NULL },
    { "S2AA64", 2, FORM_BITS, STAGE_2, STE_S2AA64,
      MEANINGS("VMSAv8-32 LPAE", "VMSAv8-64") },
    { "S2TG", 2, FORM_BITS, STAGE_2, STE_S2TG, GRANULES_TG0 },
    { "S2T0SZ", 2, FORM_NUMBER, STAGE_2, STE_S2T0SZ, NULL },
    { "S2SL0", 2, FORM_BITS, STAGE_2, STE_S2SL0, NULL },
    { "S2SL0_2", 3, FORM_BITS, STAGE_2, STE_S2SL0_2, NULL },
    { "S2DS", 3, FORM_BITS, STAGE_2, STE_S2DS, NULL },
    { "S2PS", 2, FORM_BITS, STAGE_2, STE_S2PS, SIZES },
    { "S2TTB", 3, FORM_ADDRESS, STAGE_2, STE_S2TTB, NULL },
    { "S2ENDI", 2, FORM_BITS, STAGE_2, STE_S2ENDI,
      MEANINGS("little-endian", "big-endian") },
    { "S2AFFD", 2, FORM_BITS, STAGE_2, STE_S2AFFD,
      NO_YES("the Access flag is ignored") },
    { "S2HA", 2, FORM_BITS, STAGE_2, STE_S2HA,
      NO_YES("the Access flag is set by hardware") },
    { "S2HD", 2, FORM_BITS, STAGE_2, STE_S2HD,
      NO_YES("the dirty state is set by hardware") },
    { "S2PTW", 2, FORM_BITS, STAGE_2, STE_S2PTW,
      NO_YES("no walks of stage 1 on Device memory") },
    { "S2FWB", 1, FORM_BITS, STAGE_2, STE_S2FWB, NULL },
    { "S2S", 2, FORM_BITS, STAGE_2, STE_S2S, NO_YES("faults stall") },
    { "S2R", 2, FORM_BITS, STAGE_2, STE_S2R,
      MEANINGS("faults are not recorded", "faults are recorded") },
};

static const Field l1cd_fields[] = {
    { "V", 0, FORM_BITS, ALWAYS, L1CD_V, MEANINGS("invalid", "valid") },
    { "L2Ptr", 0, FORM_ADDRESS, ALWAYS, L1CD_L2PTR, NULL },
};

static const Field cd_fields[] = {
    { "V", 0, FORM_BITS, ALWAYS, CD_V, MEANINGS("invalid", "valid") },
    { "AA64", 0, FORM_BITS, ALWAYS, CD_AA64,
      MEANINGS("VMSAv8-32 LPAE", "VMSAv8-64") },
    { "ASID", 0, FORM_NUMBER, ALWAYS, CD_ASID, NULL },
    { "IPS", 0, FORM_BITS, ALWAYS, CD_IPS, SIZES },
    { "EPD0", 0, FORM_BITS, ALWAYS, CD_EPD0, NO_YES("no walks of TTB0") },
    { "T0SZ", 0, FORM_NUMBER, ALWAYS, CD_T0SZ, NULL },
    { "TG0", 0, FORM_BITS, ALWAYS, CD_TG0, GRANULES_TG0 },
    { "TTB0", 1, FORM_ADDRESS, ALWAYS, CD_TTB0, NULL },
    { "TBI0", 0, FORM_BITS, ALWAYS, CD_TBI0, NO_YES("top byte ignored") },
    { "HAD0", 1, FORM_BITS, ALWAYS, CD_HAD0, NULL },
    { "E0PD0", 1, FORM_BITS, ALWAYS, CD_E0PD0, NULL },
    { "EPD1", 0, FORM_BITS, ALWAYS, CD_EPD1, NO_YES("no walks of TTB1") },
    { "T1SZ", 0, FORM_NUMBER, UPPER_HALF, CD_T1SZ, NULL },
    { "TG1", 0, FORM_BITS, UPPER_HALF, CD_TG1, GRANULES_TG1 },
    { "TTB1", 2, FORM_ADDRESS, UPPER_HALF, CD_TTB1, NULL },
    { "TBI1", 0, FORM_BITS, UPPER_HALF, CD_TBI1, NO_YES("top byte ignored") },
    { "HAD1", 2, FORM_BITS, UPPER_HALF, CD_HAD1, NULL },
    { "E0PD1", 2, FORM_BITS, UPPER_HALF, CD_E0PD1, NULL },
    { "DS", 2, FORM_BITS, ALWAYS, CD_DS, NULL },
    { "ENDI", 0, FORM_BITS, ALWAYS, CD_ENDI,
      MEANINGS("little-endian", "big-endian") },
    { "AFFD", 0, FORM_BITS, ALWAYS, CD_AFFD,
      NO_YES("the Access flag is ignored") },
    { "HA", 0, FORM_BITS, ALWAYS, CD_HA,
      NO_YES("the Access flag is set by hardware") },
    { "HD", 0, FORM_BITS, ALWAYS, CD_HD,
      NO_YES("the dirty state is set by hardware") },
    { "HAFT", 1, FORM_BITS, ALWAYS, CD_HAFT, NULL },
    { "WXN", 0, FORM_BITS, ALWAYS, CD_WXN,
      NO_YES("what is writable is not executable") },
    { "UWXN", 0, FORM_BITS, ALWAYS, CD_UWXN, NULL },
    { "PAN", 0, FORM_BITS, ALWAYS, CD_PAN, NULL },
    { "EPAN", 1, FORM_BITS, ALWAYS, CD_EPAN, NULL },
    { "S", 0, FORM_BITS, ALWAYS, CD_S, NO_YES("faults stall") },
    { "R", 0, FORM_BITS, ALWAYS, CD_R,
      MEANINGS("faults are not recorded", "faults are recorded") },
    { "A", 0, FORM_BITS, ALWAYS, CD_A,
      MEANINGS("faults end as RAZ/WI", "faults abort") },
    { "MAIR0", 3, FORM_HEX, ALWAYS, CD_MAIR0, NULL },
    { "MAIR1", 3, FORM_HEX, ALWAYS, CD_MAIR1, NULL },
};

static const Field table_fields[] = {
    { "APTable", 0, FORM_BITS, ALWAYS, VMSA_APTABLE,
      MEANINGS(NULL, "no unprivileged accesses", "read-only",
               "read-only, no unprivileged accesses") },
    { "UXNTable", 0, FORM_BITS, ALWAYS, VMSA_UXNTABLE, NULL },
    { "PXNTable", 0, FORM_BITS, ALWAYS, VMSA_PXNTABLE, NULL },
    { "AF", 0, FORM_BITS, ALWAYS, VMSA_AF, NULL },
};

static const Field stage1_leaf_fields[] = {
    { "AP[2:1]", 0, FORM_BITS, ALWAYS, VMSA_AP,
      MEANINGS("privileged read-write", "read-write", "privileged read-only",
               "read-only") },
    { "AF", 0, FORM_BITS, ALWAYS, VMSA_AF, MEANINGS("not accessed", NULL) },
    { "nG", 0, FORM_BITS, ALWAYS, VMSA_NG,
      MEANINGS("global", "of this ASID") },
    { "AttrIndx", 0, FORM_NUMBER, ALWAYS, VMSA_ATTRINDX, NULL },
    { "SH", 0, FORM_BITS, ALWAYS, VMSA_SH, SHAREABILITIES },
    { "PXN", 0, FORM_BITS, ALWAYS, VMSA_PXN, NULL },
    { "UXN", 0, FORM_BITS, ALWAYS, VMSA_UXN, NULL },
    { "DBM", 0, FORM_BITS, ALWAYS, VMSA_DBM, NULL },
    { "Contiguous", 0, FORM_BITS, ALWAYS, VMSA_CONTIGUOUS, NULL },
};

static const Field stage2_leaf_fields[] = {
    { "S2AP", 0, FORM_BITS, ALWAYS, VMSA_AP,
      MEANINGS("no accesses", "read-only", "write-only", "read-write") },
    { "AF", 0, FORM_BITS, ALWAYS, VMSA_AF, MEANINGS("not accessed", NULL) },
    { "MemAttr", 0, FORM_BITS, ALWAYS, VMSA_S2_MEMATTR, NULL },
    { "SH", 0, FORM_BITS, ALWAYS, VMSA_SH, SHAREABILITIES },
    { "XN", 0, FORM_BITS, ALWAYS, VMSA_S2XN, NULL },
    { "DBM", 0, FORM_BITS, ALWAYS, VMSA_DBM, NULL },
    { "Contiguous", 0, FORM_BITS, ALWAYS, VMSA_CONTIGUOUS, NULL },
};

/* ---- Which of them, and how they are told ---- */

typedef struct Fields {
    const Field *field;
    size_t count;
} Fields;

#define FIELDS(array) ((Fields) { array, G_N_ELEMENTS(array) })

static Fields fields_of(const MsmmuStep *step)
{
    switch (step->kind) {
    case MSMMU_STEP_L1STD:
        return FIELDS(l1std_fields);
    case MSMMU_STEP_STE:
        return FIELDS(ste_fields);
    case MSMMU_STEP_L1CD:
        return FIELDS(l1cd_fields);
    case MSMMU_STEP_CD:
        return FIELDS(cd_fields);
    case MSMMU_STEP_DESCRIPTOR:
        break;
    default:
        return (Fields) { NULL, 0 };
    }
    switch (step->type) {
    case MSMMU_DESCRIPTOR_TABLE:
        /* Table descriptors of stage 2 have no more than an Access flag. */
        return step->stage == 1 ? FIELDS(table_fields) :
                                  (Fields) { NULL, 0 };
    case MSMMU_DESCRIPTOR_BLOCK:
    case MSMMU_DESCRIPTOR_PAGE:
        return step->stage == 1 ? FIELDS(stage1_leaf_fields)
                                : FIELDS(stage2_leaf_fields);
    default:
        return (Fields) { NULL, 0 };
    }
}

static bool applies(const MsmmuStep *step, const Field *field)
{
    if (field->when == ALWAYS) {
        return true;
    }
    if (field->when == UPPER_HALF) {
        return !(step->word[0] & CD_EPD1);
    }
    return step->word[0] & STE_CONFIG_PASS &&
        step->word[0] & (field->when == STAGE_1 ? STE_CONFIG_S1_ENABLED
                                                : STE_CONFIG_S2_ENABLED);
}

static void report_bits(MsmmuReporter *r, uint64_t value, uint64_t mask)
{
    unsigned width = __builtin_popcountll(mask);
    char bits[3 + 64] = "0b";

    for (unsigned i = 0; i < width; i++) {
        bits[2 + i] = value >> (width - 1 - i) & 1 ? '1' : '0';
    }
    msmmu_report_string(r, "value", bits);
}

static void report_field(MsmmuReporter *r, const Field *field, uint64_t word)
{
    uint64_t value = msmmu_get(word, field->mask);

    msmmu_report_begin(r, NULL);
    msmmu_report_string(r, "name", field->name);
    switch (field->form) {
    case FORM_NUMBER:
        msmmu_report_format(r, "value", "%" PRIu64, value);
        break;
    case FORM_BITS:
        report_bits(r, value, field->mask);
        break;
    case FORM_ADDRESS:
        msmmu_report_hex(r, "value", word & field->mask);
        break;
    default:
        msmmu_report_hex(r, "value", value);
        break;
    }
    if (field->meanings && field->meanings[value]) {
        msmmu_report_string(r, "meaning", field->meanings[value]);
    }
    msmmu_report_end(r);
}

void msmmu_explain_fields(const MsmmuStep *step, MsmmuReporter *r)
{
    Fields fields = fields_of(step);

    if (step->unreadable || !fields.count) {
        return;
    }
    msmmu_report_begin_list(r, "fields");
    for (size_t i = 0; i < fields.count; i++) {
        const Field *field = &fields.field[i];

        if (applies(step, field)) {
            report_field(r, field, step->word[field->word]);
        }
    }
    msmmu_report_end_list(r);
}
