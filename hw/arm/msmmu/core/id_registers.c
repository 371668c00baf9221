/*
 * The ID registers that advertise what an instance implements (IHI 0070 6.3.1
 * to 6.3.8), from a configuration that msmmu_features_check() passed; and which
 * properties make those of two instances differ.
 *
 * Behind this file the ID registers are the only source of what an instance
 * can do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"
#include "spec/regs.h"

#define QUEUE_LOG2_MAX 19       /* the architecture's maximum (6.3.2) */

static bool on(MsmmuSwitch feature)
{
    return feature == MSMMU_SWITCH_ON;
}

/* @bits if @has, else 0. */
static uint32_t bits_if(bool has, uint64_t bits)
{
    return has ? bits : 0;
}

static uint32_t ttendian(const MsmmuConfig *config)
{
    switch (config->endian) {
    case MSMMU_ENDIAN_LITTLE:
        return IDR0_TTENDIAN_LITTLE;
    case MSMMU_ENDIAN_BIG:
        return IDR0_TTENDIAN_BIG;
    case MSMMU_ENDIAN_MIXED:
        return IDR0_TTENDIAN_MIXED;
    }
    g_assert_not_reached();
}

static uint32_t httu(const MsmmuConfig *config)
{
    switch (config->httu) {
    case MSMMU_HTTU_NONE:
        return IDR0_HTTU_NONE;
    case MSMMU_HTTU_ACCESS:
        return IDR0_HTTU_ACCESS;
    case MSMMU_HTTU_DIRTY:
        return IDR0_HTTU_DIRTY;
    case MSMMU_HTTU_TABLES:
        return IDR0_HTTU_TABLES;
    }
    g_assert_not_reached();
}

/* A set, like TTF itself. */
static uint32_t ttf(const MsmmuConfig *config)
{
    return bits_if(config->formats & MSMMU_FORMAT_AARCH64, IDR0_TTF_AARCH64) |
           bits_if(config->formats & MSMMU_FORMAT_AARCH32, IDR0_TTF_AARCH32);
}

/*
 * Not there, and so zero: BTM (no PE's TLBI reaches an instance), DORMHINT,
 * ATS, PRI, ATOS, VATOS, VMW. ASID16 and VMID16 say nothing without their
 * stage, and are zero then.
 */
static uint32_t fill_idr0(const MsmmuConfig *config)
{
    bool s1 = config->stages & MSMMU_STAGE_1;
    bool s2 = config->stages & MSMMU_STAGE_2;

    return IDR0_COHACC |
           bits_if(s1, IDR0_S1P) |
           bits_if(s2, IDR0_S2P) |
           bits_if(s1 && config->asid_bits == 16, IDR0_ASID16) |
           bits_if(s2 && config->vmid_bits == 16, IDR0_VMID16) |
           bits_if(on(config->hyp), IDR0_HYP) |
           bits_if(config->msi, IDR0_MSI) |
           bits_if(config->sev, IDR0_SEV) |
           bits_if(on(config->two_level_cd), IDR0_CD2L) |
           bits_if(config->term_model == MSMMU_TERM_ABORT, IDR0_TERM_MODEL) |
           msmmu_prep(IDR0_TTF, ttf(config)) |
           msmmu_prep(IDR0_HTTU, httu(config)) |
           msmmu_prep(IDR0_TTENDIAN, ttendian(config)) |
           msmmu_prep(IDR0_STALL_MODEL, IDR0_STALL_MODEL_TERMINATE) |
           msmmu_prep(IDR0_ST_LEVEL, config->two_level ?
                      IDR0_ST_LEVEL_2 : IDR0_ST_LEVEL_LINEAR);
}

/* Nothing is preset. */
static uint32_t fill_idr1(const MsmmuConfig *config)
{
    return msmmu_prep(IDR1_SIDSIZE, config->sid_bits) |
           msmmu_prep(IDR1_SSIDSIZE, config->ssid_bits) |
           msmmu_prep(IDR1_EVENTQS, QUEUE_LOG2_MAX) |
           msmmu_prep(IDR1_CMDQS, QUEUE_LOG2_MAX) |
           bits_if(config->attr_perms_ovr, IDR1_ATTR_PERMS_OVR) |
           bits_if(config->attr_types_ovr, IDR1_ATTR_TYPES_OVR);
}

static uint32_t fill_idr3(const MsmmuConfig *config)
{
    return bits_if(on(config->had), IDR3_HAD) |
           bits_if(on(config->xnx), IDR3_XNX) |
           bits_if(on(config->fwb), IDR3_FWB) |
           bits_if(on(config->stt), IDR3_STT) |
           bits_if(on(config->ril), IDR3_RIL) |
           msmmu_prep(IDR3_BBML, config->bbml) |
           bits_if(on(config->e0pd), IDR3_E0PD) |
           bits_if(on(config->ptwnnc), IDR3_PTWNNC) |
           bits_if(on(config->epan), IDR3_EPAN) |
           bits_if(on(config->mteperm), IDR3_MTEPERM);
}

static uint32_t oas(const MsmmuConfig *config)
{
    switch (config->oas_bits) {
    case 32:
        return IDR5_OAS_32;
    case 36:
        return IDR5_OAS_36;
    case 40:
        return IDR5_OAS_40;
    case 42:
        return IDR5_OAS_42;
    case 44:
        return IDR5_OAS_44;
    case 48:
        return IDR5_OAS_48;
    case 52:
        return IDR5_OAS_52;
    }
    g_assert_not_reached();
}

static uint32_t fill_idr5(const MsmmuConfig *config)
{
    unsigned granules = config->granules;

    return msmmu_prep(IDR5_OAS, oas(config)) |
           bits_if(granules & MSMMU_GRANULES_4K, IDR5_GRAN4K) |
           bits_if(granules & MSMMU_GRANULES_16K, IDR5_GRAN16K) |
           bits_if(granules & MSMMU_GRANULES_64K, IDR5_GRAN64K) |
           bits_if(config->ds, IDR5_DS) |
           msmmu_prep(IDR5_VAX, config->va_bits == 52 ?
                      IDR5_VAX_52 : IDR5_VAX_48);
}

void msmmu_id_registers_fill(const MsmmuConfig *config, MsmmuRegisters *regs)
{
    regs->idr[0] = fill_idr0(config);
    regs->idr[1] = fill_idr1(config);
    regs->idr[2] = 0;
    regs->idr[3] = fill_idr3(config);
    regs->idr[4] = 0;
    regs->idr[5] = fill_idr5(config);
    /*
     * IIDR.Implementer is a JEP106 code. Nobody assigned one to this model,
     * and that of another implementer would promise its errata: 0 is none.
     */
    regs->iidr = 0;
    regs->aidr = msmmu_prep(AIDR_ARCH_MINOR_REV, config->arch_minor);
}

/* ---- What differs -------------------------------------------------------- */

/* A register, and the properties that each of its fields follows from. */
typedef struct IdRegister {
    const char *name;
    size_t at;                  /* in MsmmuRegisters */
    struct {
        uint64_t mask;
        const char *property;
    } fields[14];
} IdRegister;

#define AT(field) offsetof(MsmmuRegisters, field)

static const IdRegister id_registers[] = {
    { "SMMU_IDR0", AT(idr[0]), {
        { IDR0_S1P | IDR0_S2P, "stage" }, { IDR0_TTF, "formats" },
        { IDR0_HTTU, "httu" }, { IDR0_HYP, "hyp" },
        { IDR0_ASID16, "asidsize" }, { IDR0_VMID16, "vmidsize" },
        { IDR0_CD2L, "two-level-cd" }, { IDR0_TTENDIAN, "ttendian" },
        { IDR0_TERM_MODEL, "term-model" }, { IDR0_ST_LEVEL, "two-level" },
        { IDR0_MSI, "msi" }, { IDR0_SEV, "sev" },
    } },
    { "SMMU_IDR1", AT(idr[1]), {
        { IDR1_SIDSIZE, "sidsize" }, { IDR1_SSIDSIZE, "ssidsize" },
        { IDR1_ATTR_TYPES_OVR, "attr-types-ovr" },
        { IDR1_ATTR_PERMS_OVR, "attr-perms-ovr" },
    } },
    { "SMMU_IDR2", AT(idr[2]), { { 0, NULL } } },
    { "SMMU_IDR3", AT(idr[3]), {
        { IDR3_HAD, "had" }, { IDR3_XNX, "xnx" }, { IDR3_FWB, "fwb" },
        { IDR3_STT, "stt" }, { IDR3_RIL, "ril" }, { IDR3_BBML, "bbml" },
        { IDR3_E0PD, "e0pd" }, { IDR3_PTWNNC, "ptwnnc" },
        { IDR3_EPAN, "epan" }, { IDR3_MTEPERM, "mteperm" },
    } },
    { "SMMU_IDR4", AT(idr[4]), { { 0, NULL } } },
    { "SMMU_IDR5", AT(idr[5]), {
        { IDR5_GRAN4K | IDR5_GRAN16K | IDR5_GRAN64K, "granules" },
        { IDR5_OAS, "oas" }, { IDR5_VAX, "vax" }, { IDR5_DS, "ds" },
    } },
    { "SMMU_IIDR", AT(iidr), { { 0, NULL } } },
    { "SMMU_AIDR", AT(aidr), { { AIDR_ARCH_MINOR_REV, "arch" } } },
};

static uint32_t id_value(const MsmmuRegisters *regs, const IdRegister *reg)
{
    return *(const uint32_t *)((const char *)regs + reg->at);
}

static void name_properties(GString *text, const IdRegister *reg,
                            uint32_t difference)
{
    const char *separator = " (";

    for (size_t i = 0; i < G_N_ELEMENTS(reg->fields); i++) {
        if (reg->fields[i].mask & difference) {
            g_string_append_printf(text, "%s%s", separator,
                                   reg->fields[i].property);
            separator = ", ";
        }
    }
    if (*separator == ',') {
        g_string_append_c(text, ')');
    }
}

char *msmmu_difference(const MsmmuRegisters *here, const MsmmuRegisters *saved)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(id_registers); i++) {
        uint32_t mine = id_value(here, &id_registers[i]);
        uint32_t other = id_value(saved, &id_registers[i]);

        if (mine != other) {
            g_string_append_printf(text, "%s%s=0x%08x, this instance 0x%08x",
                                   text->len ? "; " : "",
                                   id_registers[i].name, other, mine);
            name_properties(text, &id_registers[i], mine ^ other);
        }
    }
    return g_string_free(text, !text->len);
}
