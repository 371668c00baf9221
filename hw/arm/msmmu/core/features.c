/*
 * What an instance may implement: the rules between features, and the
 * architecture version that permits them (IHI 0070 2.2 to 2.9, 6.3.1 to
 * 6.3.8).
 *
 * Three tables: what each feature asks of the version, what one property asks
 * of another, and which values a property has. A choice that no SMMUv3 could
 * make, or that is not built, is refused in one line with the property and the
 * section. What is AUTO is resolved here and nowhere else.
 *
 * Nothing is refused that the specification only calls irrelevant, such as
 * two-level CD tables without substreams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"

#define LINEAR_SID_BITS_MAX 6   /* more need two-level tables (6.3.2) */
#define TWO_LEVEL_SID_BITS_DEFAULT 20
#define TLB_ENTRIES_MIN 16
#define TLB_ENTRIES_MAX (1 << 20)
#define ARCH_MINOR_MAX 4
#define BBML_MAX 2
#define SSID_BITS_MAX 20

#define STAGE_BOTH (MSMMU_STAGE_1 | MSMMU_STAGE_2)
#define GRANULES_SMALL (MSMMU_GRANULES_4K | MSMMU_GRANULES_16K)

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
        .msi = true,
        .bbml = MSMMU_BBML_AUTO,
        .arch_minor = MSMMU_ARCH_AUTO,
        .tlb_entries = 131072,
    };
}

G_GNUC_PRINTF(2, 3)
static bool refuse(GError **error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    if (error) {
        *error = g_error_new_valist(MSMMU_ERROR, 0, fmt, args);
    }
    va_end(args);
    return false;
}

/* ---- Values of one property ---------------------------------------------- */

/* An unsigned field of MsmmuConfig and all that it may be, up to a 0. */
typedef struct Size {
    const char *property;
    size_t at;
    uint8_t values[8];
    const char *text;
    const char *section;
} Size;

#define AT(field) offsetof(MsmmuConfig, field)

static const Size sizes[] = {
    { "oas", AT(oas_bits), { 32, 36, 40, 42, 44, 48, 52 },
      "32, 36, 40, 42, 44, 48 or 52", "6.3.6" },
    { "vax", AT(va_bits), { 48, 52 }, "48 or 52", "6.3.6" },
    { "asidsize", AT(asid_bits), { 8, 16 }, "8 or 16", "6.3.1" },
    { "vmidsize", AT(vmid_bits), { 8, 16 }, "8 or 16", "6.3.1" },
};

static bool check_sizes(const MsmmuConfig *config, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        const Size *size = &sizes[i];
        unsigned value = *(const unsigned *)((const char *)config + size->at);
        const uint8_t *known = size->values;

        while (*known && *known != value) {
            known++;
        }
        if (!*known) {
            return refuse(error, "%s=%u must be %s (IHI 0070 %s)",
                          size->property, value, size->text, size->section);
        }
    }
    return true;
}

static bool check_ranges(const MsmmuConfig *config, GError **error)
{
    unsigned entries = config->tlb_entries;

    if (config->sid_bits > 32) {
        return refuse(error, "sidsize=%u must be 32 or less (IHI 0070 6.3.2)",
                      config->sid_bits);
    }
    if (config->sid_bits > LINEAR_SID_BITS_MAX && !config->two_level) {
        return refuse(error, "two-level=off needs sidsize=%d or less, not %u "
                      "(IHI 0070 6.3.2)", LINEAR_SID_BITS_MAX,
                      config->sid_bits);
    }
    if (config->ssid_bits > SSID_BITS_MAX) {
        return refuse(error, "ssidsize=%u must be %d or less "
                      "(IHI 0070 6.3.2)", config->ssid_bits, SSID_BITS_MAX);
    }
    if (config->bbml != MSMMU_BBML_AUTO && config->bbml > BBML_MAX) {
        return refuse(error, "bbml=%u must be 0, 1 or 2 (IHI 0070 6.3.4)",
                      config->bbml);
    }
    if (entries < TLB_ENTRIES_MIN || entries > TLB_ENTRIES_MAX ||
        entries & (entries - 1)) {
        return refuse(error,
                      "tlb-entries=%u must be a power of two from %d to %d",
                      entries, TLB_ENTRIES_MIN, TLB_ENTRIES_MAX);
    }
    return true;
}

static bool check_sets(const MsmmuConfig *config, GError **error)
{
    const unsigned granules = GRANULES_SMALL | MSMMU_GRANULES_64K;
    const unsigned formats = MSMMU_FORMAT_AARCH64 | MSMMU_FORMAT_AARCH32;

    if (!config->granules || config->granules & ~granules) {
        return refuse(error, "granules must be one or more of 4k, 16k and 64k "
                      "(IHI 0070 6.3.6)");
    }
    if (!config->stages || config->stages & ~STAGE_BOTH) {
        return refuse(error, "stage must be 1, 2 or nested (IHI 0070 6.3.1)");
    }
    if (!(config->formats & MSMMU_FORMAT_AARCH64) ||
        config->formats & ~formats) {
        return refuse(error, "formats must be aa64 or aa32+aa64 "
                      "(IHI 0070 6.3.1)");
    }
    if (config->endian > MSMMU_ENDIAN_MIXED) {
        return refuse(error, "ttendian must be little, big or mixed "
                      "(IHI 0070 6.3.1)");
    }
    if (config->httu > MSMMU_HTTU_TABLES) {
        return refuse(error, "httu must be off, access, dirty or table "
                      "(IHI 0070 6.3.1)");
    }
    if (config->term_model > MSMMU_TERM_ABORT) {
        return refuse(error, "term-model must be configurable or abort "
                      "(IHI 0070 6.3.1)");
    }
    if (config->arch_minor < MSMMU_ARCH_AUTO ||
        config->arch_minor > ARCH_MINOR_MAX) {
        return refuse(error, "arch must be 3.0, 3.1, 3.2, 3.3 or 3.4 "
                      "(IHI 0070 6.3.8)");
    }
    return true;
}

/* ---- What one property asks of another ----------------------------------- */

typedef struct Requirement {
    const char *property;
    const char *needs;
    const char *section;
    bool (*is_broken)(const MsmmuConfig *config);
} Requirement;

static bool lacks_4k(const MsmmuConfig *config)
{
    return config->formats & MSMMU_FORMAT_AARCH32 &&
           !(config->granules & MSMMU_GRANULES_4K);
}

static bool ds_lacks_granule(const MsmmuConfig *config)
{
    return config->ds && !(config->granules & GRANULES_SMALL);
}

static bool ds_lacks_vax(const MsmmuConfig *config)
{
    return config->ds && config->va_bits < 52;
}

/* Whether a descriptor of some format holds 52 bits of address. */
static bool reaches_52(const MsmmuConfig *config)
{
    return config->granules & MSMMU_GRANULES_64K || config->ds;
}

static bool vax_out_of_reach(const MsmmuConfig *config)
{
    return config->va_bits == 52 && !reaches_52(config);
}

static bool oas_out_of_reach(const MsmmuConfig *config)
{
    return config->oas_bits == 52 && !reaches_52(config);
}

static const Requirement requirements[] = {
    { "formats=aa32+aa64", "granules=4k", "6.3.6", lacks_4k },
    { "ds=on", "granules=4k or granules=16k", "6.3.6", ds_lacks_granule },
    { "ds=on", "vax=52", "6.3.6", ds_lacks_vax },
    { "vax=52", "granules=64k, or ds=on with 4k or 16k", "6.3.6",
      vax_out_of_reach },
    { "oas=52", "granules=64k, or ds=on with 4k or 16k", "6.3.6",
      oas_out_of_reach },
};

static bool check_requirements(const MsmmuConfig *config, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(requirements); i++) {
        const Requirement *r = &requirements[i];

        if (r->is_broken(config)) {
            return refuse(error, "%s needs %s (IHI 0070 %s)", r->property,
                          r->needs, r->section);
        }
    }
    return true;
}

/* ---- Features and versions ----------------------------------------------- */

#define NEVER (ARCH_MINOR_MAX + 1)

/*
 * A feature, and the versions that may and that must have it. SMMUv3.x may
 * have any feature of SMMUv3.(x+1) and none of later (2.9), unless the field
 * is RES0 in it. Where @stages are not all there, the field is RES0, and the
 * feature never mandatory.
 */
typedef struct Feature {
    const char *property;       /* as one gives it to have the feature */
    MsmmuSwitch (*state)(const MsmmuConfig *config);
    size_t at;                  /* of its MsmmuSwitch, if !state */
    unsigned stages;
    uint8_t first;              /* lowest version that may have it */
    const char *first_section;
    uint8_t mandatory;          /* lowest version that must have it */
    const char *mandatory_section;
} Feature;

static MsmmuSwitch switch_of(bool is_on)
{
    return is_on ? MSMMU_SWITCH_ON : MSMMU_SWITCH_OFF;
}

static MsmmuSwitch oas_52(const MsmmuConfig *config)
{
    return switch_of(config->oas_bits == 52);
}

static MsmmuSwitch vax_52(const MsmmuConfig *config)
{
    return switch_of(config->va_bits == 52);
}

static MsmmuSwitch has_ds(const MsmmuConfig *config)
{
    return switch_of(config->ds);
}

static MsmmuSwitch httu_table(const MsmmuConfig *config)
{
    return switch_of(config->httu == MSMMU_HTTU_TABLES);
}

static MsmmuSwitch bbml(const MsmmuConfig *config)
{
    return config->bbml == MSMMU_BBML_AUTO ? MSMMU_SWITCH_AUTO
                                           : switch_of(config->bbml != 0);
}

#define SWITCH(name, ...) { #name "=on", NULL, AT(name), __VA_ARGS__ }
#define CHOICE(property, state, ...) { property, state, 0, __VA_ARGS__ }

/* By version, then as in the ID registers. */
static const Feature features[] = {
    SWITCH(had, MSMMU_STAGE_1, 0, "2.2", 1, "6.3.4"),
    SWITCH(hyp, STAGE_BOTH, 0, "2.2", 2, "6.3.1"),
    SWITCH(xnx, MSMMU_STAGE_2, 1, "6.3.4", 1, "6.3.4"),
    CHOICE("oas=52", oas_52, 0, 1, "6.3.6", NEVER, NULL),
    CHOICE("vax=52", vax_52, 0, 1, "6.3.6", NEVER, NULL),
    SWITCH(fwb, 0, 1, "2.4, 2.9", 2, "6.3.4"),
    SWITCH(stt, 0, 1, "2.4, 2.9", NEVER, NULL),
    SWITCH(ril, 0, 1, "2.4, 2.9", 2, "6.3.4"),
    CHOICE("bbml=1 or bbml=2", bbml, 0, 1, "2.4, 2.9", 2, "6.3.4"),
    SWITCH(e0pd, 0, 2, "2.5, 2.9", 3, "6.3.4"),
    SWITCH(ptwnnc, MSMMU_STAGE_2, 2, "2.5, 2.9", 3, "6.3.4"),
    CHOICE("httu=table", httu_table, 0, 3, "2.8, 2.9", NEVER, NULL),
    CHOICE("ds=on", has_ds, 0, 3, "2.8, 2.9", NEVER, NULL),
    SWITCH(epan, 0, 3, "2.8, 2.9", 4, "6.3.4"),
    SWITCH(mteperm, MSMMU_STAGE_2, 3, "2.8, 2.9", 4, "6.3.4"),
};

static MsmmuSwitch *switch_at(MsmmuConfig *config, const Feature *feature)
{
    return (MsmmuSwitch *)((char *)config + feature->at);
}

static MsmmuSwitch state(const MsmmuConfig *config, const Feature *feature)
{
    return feature->state ? feature->state(config)
                          : *switch_at((MsmmuConfig *)config, feature);
}

static bool has_stages(const MsmmuConfig *config, const Feature *feature)
{
    return (config->stages & feature->stages) == feature->stages;
}

static bool is_mandatory(const MsmmuConfig *config, const Feature *feature,
                         int minor)
{
    return minor >= feature->mandatory && has_stages(config, feature);
}

/* The feature that asks for the highest version, or NULL if none asks. */
static const Feature *most_demanding(const MsmmuConfig *config)
{
    const Feature *most = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        if (state(config, &features[i]) == MSMMU_SWITCH_ON &&
            features[i].first > (most ? most->first : 0)) {
            most = &features[i];
        }
    }
    return most;
}

static int highest_version(const MsmmuConfig *config)
{
    int highest = ARCH_MINOR_MAX;

    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        if (state(config, &features[i]) == MSMMU_SWITCH_OFF &&
            is_mandatory(config, &features[i], features[i].mandatory)) {
            highest = MIN(highest, features[i].mandatory - 1);
        }
    }
    return highest;
}

static bool check_stages(const MsmmuConfig *config, const Feature *feature,
                         GError **error)
{
    if (state(config, feature) != MSMMU_SWITCH_ON ||
        has_stages(config, feature)) {
        return true;
    }
    return refuse(error, "%s needs stage=%s (IHI 0070 %s)", feature->property,
                  feature->stages == STAGE_BOTH ? "nested" :
                  feature->stages == MSMMU_STAGE_1 ? "1 or stage=nested"
                                                   : "2 or stage=nested",
                  feature->mandatory_section);
}

/* @cause, if not NULL, is why the version is @minor at least. */
static bool check_version(const MsmmuConfig *config, const Feature *feature,
                          int minor, const Feature *cause, GError **error)
{
    MsmmuSwitch now = state(config, feature);

    if (now == MSMMU_SWITCH_ON && minor < feature->first) {
        return refuse(error, "arch=3.%d does not permit %s, which needs "
                      "arch=3.%d or later (IHI 0070 %s)", minor,
                      feature->property, feature->first,
                      feature->first_section);
    }
    if (now != MSMMU_SWITCH_OFF || !is_mandatory(config, feature, minor)) {
        return true;
    }
    if (cause) {
        return refuse(error, "%s needs arch=3.%d or later (IHI 0070 %s), "
                      "which needs %s (IHI 0070 %s)", cause->property,
                      cause->first, cause->first_section, feature->property,
                      feature->mandatory_section);
    }
    return refuse(error, "arch=3.%d needs %s: mandatory from arch=3.%d on "
                  "(IHI 0070 %s)", minor, feature->property,
                  feature->mandatory, feature->mandatory_section);
}

static bool check_versions(MsmmuConfig *config, GError **error)
{
    const Feature *cause = NULL;

    if (config->arch_minor == MSMMU_ARCH_AUTO) {
        cause = most_demanding(config);
        config->arch_minor = cause ? cause->first : 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        if (!check_stages(config, &features[i], error) ||
            !check_version(config, &features[i], config->arch_minor, cause,
                           error)) {
            return false;
        }
    }
    return true;
}

/* ---- What is AUTO -------------------------------------------------------- */

static void resolve(MsmmuSwitch *feature, bool is_on)
{
    if (*feature == MSMMU_SWITCH_AUTO) {
        *feature = switch_of(is_on);
    }
}

/* Before there is a version. */
static void resolve_early(MsmmuConfig *config)
{
    int highest = config->arch_minor == MSMMU_ARCH_AUTO
                ? highest_version(config) : config->arch_minor;

    if (config->sid_bits == MSMMU_SID_AUTO) {
        config->sid_bits = config->two_level ? TWO_LEVEL_SID_BITS_DEFAULT
                                             : LINEAR_SID_BITS_MAX;
    }
    resolve(&config->ril, highest >= 1);
    resolve(&config->had, config->stages & MSMMU_STAGE_1);
    resolve(&config->two_level_cd,
            config->ssid_bits && config->stages & MSMMU_STAGE_1);
}

static void resolve_by_version(MsmmuConfig *config)
{
    for (size_t i = 0; i < G_N_ELEMENTS(features); i++) {
        if (!features[i].state) {
            resolve(switch_at(config, &features[i]),
                    is_mandatory(config, &features[i], config->arch_minor));
        }
    }
    /* What the TLB does: a lookup uses one entry, whole (3.21.1.3). */
    if (config->bbml == MSMMU_BBML_AUTO) {
        config->bbml = config->arch_minor >= 2 ? BBML_MAX : 0;
    }
}

bool msmmu_features_check(MsmmuConfig *config, GError **error)
{
    resolve_early(config);
    if (!check_sets(config, error) || !check_sizes(config, error) ||
        !check_ranges(config, error) || !check_requirements(config, error) ||
        !check_versions(config, error)) {
        return false;
    }
    resolve_by_version(config);
    return true;
}
