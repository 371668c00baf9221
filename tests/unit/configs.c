/*
 * Configurations from text: see configs.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "configs.h"

typedef struct Field {
    const char *name;
    size_t at;
    const char *values;         /* the names of 0, 1, 2 ..., or NULL */
    bool is_bool;
} Field;

#define AT(field) offsetof(MsmmuConfig, field)
#define SWITCH(name, field) { name, AT(field), "auto on off", false }
#define BOOL(name, field) { name, AT(field), "off on", true }
#define NUMBER(name, field) { name, AT(field), NULL, false }

static const Field fields[] = {
    { "granules", AT(granules),
      "none 4k 16k 4k+16k 64k 4k+64k 16k+64k 4k+16k+64k", false },
    { "stage", AT(stages), "none 1 2 nested", false },
    { "formats", AT(formats), "none aa64 aa32 aa32+aa64", false },
    { "ttendian", AT(endian), "little big mixed", false },
    { "httu", AT(httu), "off access dirty table", false },
    { "arch", AT(arch_minor), "3.0 3.1 3.2 3.3 3.4", false },
    NUMBER("oas", oas_bits),
    NUMBER("vax", va_bits),
    BOOL("ds", ds),
    NUMBER("sidsize", sid_bits),
    BOOL("two-level", two_level),
    NUMBER("ssidsize", ssid_bits),
    SWITCH("two-level-cd", two_level_cd),
    NUMBER("asidsize", asid_bits),
    NUMBER("vmidsize", vmid_bits),
    NUMBER("bbml", bbml),
    NUMBER("tlb-entries", tlb_entries),
    BOOL("attr-types-ovr", attr_types_ovr),
    BOOL("attr-perms-ovr", attr_perms_ovr),
    BOOL("msi", msi),
    BOOL("sev", sev),
    { "term-model", AT(term_model), "configurable abort", false },
    BOOL("strict-commands", strict_commands),
    SWITCH("hyp", hyp),
    SWITCH("had", had),
    SWITCH("xnx", xnx),
    SWITCH("stt", stt),
    SWITCH("fwb", fwb),
    SWITCH("ril", ril),
    SWITCH("e0pd", e0pd),
    SWITCH("ptwnnc", ptwnnc),
    SWITCH("epan", epan),
    SWITCH("mteperm", mteperm),
};

static const Field *field_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (g_str_equal(fields[i].name, name)) {
            return &fields[i];
        }
    }
    g_error("there is no property %s", name);
}

/* The place of @text among the names of @field, else what it is as a number. */
static unsigned value_of(const Field *field, const char *text)
{
    g_auto(GStrv) names = g_strsplit(field->values ? field->values : "", " ",
                                     -1);
    gint64 number;

    for (unsigned i = 0; names[i]; i++) {
        if (g_str_equal(names[i], text)) {
            return i;
        }
    }
    if (!g_ascii_string_to_signed(text, 10, INT_MIN, INT_MAX, &number, NULL)) {
        g_error("%s=%s: no such value", field->name, text);
    }
    return number;
}

MsmmuConfig config_of(const char *text)
{
    g_auto(GStrv) properties = g_strsplit(text, ",", -1);
    MsmmuConfig config = msmmu_config_default();

    for (unsigned i = 0; properties[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(properties[i], "=", 2);
        const Field *field = field_named(pair[0]);
        void *at = (char *)&config + field->at;

        if (field->is_bool) {
            *(bool *)at = value_of(field, pair[1]);
        } else {
            *(unsigned *)at = value_of(field, pair[1]);
        }
    }
    return config;
}
