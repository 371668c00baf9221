/*
 * What an instance implements: the rules between features, the architecture
 * version that permits them, and the ID registers that advertise them
 * (IHI 0070 chapter 2, 6.3.1 to 6.3.8).
 *
 * A choice that no SMMUv3 could make, or that is not built, is refused with
 * the property and the section. Behind msmmu_features_check() the ID registers
 * are the only source of what an instance can do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"
#include "spec/regs.h"

#define QUEUE_LOG2_MAX 19       /* the architecture's maximum (6.3.2) */
#define LINEAR_SID_BITS_MAX 6   /* more need two-level tables (6.3.2) */
#define TWO_LEVEL_SID_BITS_DEFAULT 20
#define TLB_ENTRIES_MIN 16
#define TLB_ENTRIES_MAX (1 << 20)
#define ARCH_MINOR_MAX 4

/*
 * The default boots every Linux kernel with pages of 4, 16 and 64 KiB:
 *  - 48-bit output addresses: the most that needs neither 52-bit descriptors
 *    nor a granule of its own, so nothing that a 48-bit PE can address is out
 *    of reach. A PE that addresses less does not mind.
 *  - 20 StreamID bits: sixteen PCI segments of 16 bits each behind one
 *    instance. A driver of two-level tables pays 32 KiB for that. Without such
 *    tables, the most that the architecture permits (6.3.2).
 */
MsmmuConfig msmmu_config_default(void)
{
    return (MsmmuConfig) {
        .granules = MSMMU_GRANULES_4K | MSMMU_GRANULES_16K |
                    MSMMU_GRANULES_64K,
        .stages = MSMMU_STAGE_1,
        .formats = MSMMU_FORMAT_AARCH64,
        .endian = MSMMU_ENDIAN_LITTLE,
        .oas_bits = 48,
        .va_bits = 48,
        .sid_bits = MSMMU_SID_AUTO,
        .two_level = true,
        .asid_bits = 16,
        .vmid_bits = 16,
        .attr_types_ovr = true,
        .attr_perms_ovr = true,
        .ril = MSMMU_SWITCH_AUTO,
        .bbml = MSMMU_BBML_AUTO,
        .arch_minor = MSMMU_ARCH_AUTO,
        .tlb_entries = 4096,
    };
}

/* ---- Versions ------------------------------------------------------------ */

/*
 * A feature and the versions that introduce it and that make it mandatory.
 * SMMUv3.x may have any feature of SMMUv3.(x+1), and none of later (2.9).
 */
typedef struct VersionRule {
    const char *property;
    const char *feature;
    bool (*has)(const MsmmuConfig *config);
    uint8_t introduced;
    const char *introduced_section;
    uint8_t mandatory;
    const char *mandatory_section;
} VersionRule;

static bool has_ril(const MsmmuConfig *config)
{
    return config->ril == MSMMU_SWITCH_ON;
}

/*
 * HAD (mandatory from 3.1), BBML and FWB (from 3.2), E0PD (from 3.3) and EPAN
 * (from 3.4) are always there when wanted: see fill_idr3(). XNX, PTWNNC and
 * MTEPERM concern stage 2 only.
 */
static const VersionRule version_rules[] = {
    { "ril", "RIL", has_ril, 2, "2.4", 2, "6.3.4" },
};

/* The lowest version that permits what @config has. */
static int lowest_version(const MsmmuConfig *config)
{
    int lowest = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(version_rules); i++) {
        const VersionRule *rule = &version_rules[i];

        if (rule->has(config)) {
            lowest = MAX(lowest, rule->introduced - 1);
        }
    }
    return lowest;
}

static bool check_version(const MsmmuConfig *config, GError **error)
{
    int minor = config->arch_minor;

    for (size_t i = 0; i < G_N_ELEMENTS(version_rules); i++) {
        const VersionRule *rule = &version_rules[i];

        if (rule->has(config) && minor < rule->introduced - 1) {
            g_set_error(error, MSMMU_ERROR, 0,
                        "arch=3.%d does not permit %s=on, a feature of "
                        "SMMUv3.%d (IHI 0070 %s, 2.9)", minor,
                        rule->property, rule->introduced,
                        rule->introduced_section);
            return false;
        }
        if (!rule->has(config) && minor >= rule->mandatory) {
            g_set_error(error, MSMMU_ERROR, 0,
                        "arch=3.%d needs %s=on: SMMUv3.%d makes %s mandatory "
                        "(IHI 0070 %s)", minor, rule->property,
                        rule->mandatory, rule->feature,
                        rule->mandatory_section);
            return false;
        }
    }
    return true;
}

/* ---- Sizes and sets ------------------------------------------------------ */

typedef struct OutputSize {
    uint8_t bits;
    uint8_t oas;                /* IDR5.OAS */
} OutputSize;

static const OutputSize output_sizes[] = {
    { 32, IDR5_OAS_32 }, { 36, IDR5_OAS_36 }, { 40, IDR5_OAS_40 },
    { 42, IDR5_OAS_42 }, { 44, IDR5_OAS_44 }, { 48, IDR5_OAS_48 },
};

static const OutputSize *output_size(unsigned bits)
{
    for (size_t i = 0; i < G_N_ELEMENTS(output_sizes); i++) {
        if (output_sizes[i].bits == bits) {
            return &output_sizes[i];
        }
    }
    return NULL;
}

static bool check_sets(const MsmmuConfig *config, GError **error)
{
    const unsigned granules = MSMMU_GRANULES_4K | MSMMU_GRANULES_16K |
                              MSMMU_GRANULES_64K;

    if (!config->granules || config->granules & ~granules) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "granules must be one or more of 4k, 16k and 64k "
                    "(IHI 0070 6.3.6)");
        return false;
    }
    if (!config->stages) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "stage must name a stage of translation "
                    "(IHI 0070 6.3.1)");
        return false;
    }
    if (config->stages != MSMMU_STAGE_1) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "stage=%s is not implemented, only stage=1 "
                    "(IHI 0070 6.3.1)",
                    config->stages == MSMMU_STAGE_2 ? "2" : "nested");
        return false;
    }
    return true;
}

static bool check_sizes(const MsmmuConfig *config, GError **error)
{
    unsigned entries = config->tlb_entries;

    if (!output_size(config->oas_bits)) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "oas=%u must be 32, 36, 40, 42, 44 or 48 "
                    "(IHI 0070 6.3.6)", config->oas_bits);
        return false;
    }
    if (config->sid_bits > 32) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "sidsize=%u must be 32 or less (IHI 0070 6.3.2)",
                    config->sid_bits);
        return false;
    }
    if (config->sid_bits > LINEAR_SID_BITS_MAX && !config->two_level) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "two-level=off needs sidsize=%d or less, not %u "
                    "(IHI 0070 6.3.2)", LINEAR_SID_BITS_MAX,
                    config->sid_bits);
        return false;
    }
    if (entries < TLB_ENTRIES_MIN || entries > TLB_ENTRIES_MAX ||
        entries & (entries - 1)) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "tlb-entries=%u must be a power of two from %d to %d",
                    entries, TLB_ENTRIES_MIN, TLB_ENTRIES_MAX);
        return false;
    }
    return true;
}

static unsigned default_sid_bits(const MsmmuConfig *config)
{
    return config->two_level ? TWO_LEVEL_SID_BITS_DEFAULT
                             : LINEAR_SID_BITS_MAX;
}

bool msmmu_features_check(MsmmuConfig *config, GError **error)
{
    if (config->sid_bits == MSMMU_SID_AUTO) {
        config->sid_bits = default_sid_bits(config);
    }
    if (config->ril == MSMMU_SWITCH_AUTO) {
        config->ril = config->arch_minor == 0 ? MSMMU_SWITCH_OFF
                                              : MSMMU_SWITCH_ON;
    }
    if (!check_sets(config, error) || !check_sizes(config, error)) {
        return false;
    }
    if (config->arch_minor == MSMMU_ARCH_AUTO) {
        config->arch_minor = lowest_version(config);
    }
    if (config->arch_minor < 0 || config->arch_minor > ARCH_MINOR_MAX) {
        g_set_error(error, MSMMU_ERROR, 0,
                    "arch must be 3.0, 3.1, 3.2, 3.3 or 3.4 "
                    "(IHI 0070 6.3.8)");
        return false;
    }
    return check_version(config, error);
}

/* ---- ID registers -------------------------------------------------------- */

/*
 * Not there, and so zero: stage 2 and what depends on it (Hyp, VMID16, VMW,
 * VATOS), BTM, HTTU, DORMHINT, ATS, PRI, MSI, SEV (no event reaches a PE),
 * ATOS, two-level CD tables. TERM_MODEL is 0: CD.A chooses abort or RAZ/WI.
 */
static uint32_t fill_idr0(const MsmmuConfig *config)
{
    uint64_t idr0 = IDR0_COHACC | IDR0_ASID16;

    idr0 |= msmmu_prep(IDR0_TTF, IDR0_TTF_AARCH64);
    idr0 |= msmmu_prep(IDR0_TTENDIAN, IDR0_TTENDIAN_LITTLE);
    idr0 |= msmmu_prep(IDR0_STALL_MODEL, IDR0_STALL_MODEL_TERMINATE);
    idr0 |= msmmu_prep(IDR0_ST_LEVEL, config->two_level ?
                       IDR0_ST_LEVEL_2 : IDR0_ST_LEVEL_LINEAR);
    if (config->stages & MSMMU_STAGE_1) {
        idr0 |= IDR0_S1P;
    }
    return idr0;
}

/*
 * Nothing is preset. Incoming attributes and permissions can be overridden by
 * STEs. No substreams.
 */
static uint32_t fill_idr1(const MsmmuConfig *config)
{
    return msmmu_prep(IDR1_SIDSIZE, config->sid_bits) |
           msmmu_prep(IDR1_EVENTQS, QUEUE_LOG2_MAX) |
           msmmu_prep(IDR1_CMDQS, QUEUE_LOG2_MAX) |
           IDR1_ATTR_PERMS_OVR | IDR1_ATTR_TYPES_OVR;
}

/*
 * HAD is there with stage 1 in every version. BBML, FWB, E0PD and EPAN are
 * advertised where they are mandatory: nT is ignored and an address never
 * matches two entries (3.21.1.3), and without stage 2 nothing reads STE.S2FWB.
 */
static uint32_t fill_idr3(const MsmmuConfig *config)
{
    uint64_t idr3 = 0;

    if (config->stages & MSMMU_STAGE_1) {
        idr3 |= IDR3_HAD;
    }
    if (config->ril == MSMMU_SWITCH_ON) {
        idr3 |= IDR3_RIL;
    }
    if (config->arch_minor >= 2) {
        idr3 |= IDR3_FWB | msmmu_prep(IDR3_BBML, 2);
    }
    if (config->arch_minor >= 3) {
        idr3 |= IDR3_E0PD;
    }
    if (config->arch_minor >= 4) {
        idr3 |= IDR3_EPAN;
    }
    return idr3;
}

/* VAX and DS are 0: input addresses of up to 48 bits per table base. */
static uint32_t fill_idr5(const MsmmuConfig *config)
{
    uint64_t idr5 = msmmu_prep(IDR5_OAS, output_size(config->oas_bits)->oas);

    if (config->granules & MSMMU_GRANULES_4K) {
        idr5 |= IDR5_GRAN4K;
    }
    if (config->granules & MSMMU_GRANULES_16K) {
        idr5 |= IDR5_GRAN16K;
    }
    if (config->granules & MSMMU_GRANULES_64K) {
        idr5 |= IDR5_GRAN64K;
    }
    return idr5;
}

void msmmu_features_fill_id(const MsmmuConfig *config, MsmmuRegisters *regs)
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
