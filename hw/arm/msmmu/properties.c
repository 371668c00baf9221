/*
 * The properties of the device msmmu-smmuv3: text to MsmmuConfig.
 *
 * One table has a row for each. A setter refuses what no instance can be, in
 * one line; what contradicts another property is refused by the core when the
 * instance is created, with the section of IHI 0070.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/qdev-properties.h"
#include "smmuv3_private.h"

typedef enum PropertyKind {
    KIND_TEXT,
    KIND_NUMBER,
    KIND_SWITCH,
} PropertyKind;

/*
 * A row: @parse and @format of a text; @offset of the field of another. @given,
 * if not 0, is the offset of a flag that the property sets.
 */
typedef struct MsmmuProperty {
    const char *name;
    PropertyKind kind;
    bool (*parse)(MsmmuSmmuv3State *s, const char *text, Error **errp);
    char *(*format)(const MsmmuSmmuv3State *s);
    size_t offset;
    const char *description;
    size_t given;
} MsmmuProperty;

/* ---- Texts ------------------------------------------------------------ */

static const struct {
    const char *name;
    unsigned granule;
} granules[] = {
    { "4k", MSMMU_GRANULES_4K },
    { "16k", MSMMU_GRANULES_16K },
    { "64k", MSMMU_GRANULES_64K },
};

static unsigned granule_named(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(granules); i++) {
        if (g_ascii_strcasecmp(granules[i].name, name) == 0) {
            return granules[i].granule;
        }
    }
    return 0;
}

static bool parse_granules(MsmmuSmmuv3State *s, const char *text,
                           Error **errp)
{
    g_auto(GStrv) names = g_strsplit(text, "+", -1);
    unsigned set = 0;

    if (!names[0]) {
        error_setg(errp, "granules is empty: give at least one of 4k, 16k, "
                   "64k, as in granules=4k+64k");
        return false;
    }
    for (unsigned i = 0; names[i]; i++) {
        unsigned granule = granule_named(names[i]);

        if (!granule) {
            error_setg(errp, "granules=%s: '%s' is not a granule; use 4k, 16k, "
                       "64k, as in granules=4k+64k", text, names[i]);
            return false;
        }
        if (set & granule) {
            error_setg(errp, "granules=%s: %s is named twice", text, names[i]);
            return false;
        }
        set |= granule;
    }
    s->config.granules = set;
    return true;
}

static char *format_granules(const MsmmuSmmuv3State *s)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < ARRAY_SIZE(granules); i++) {
        if (s->config.granules & granules[i].granule) {
            g_string_append_printf(text, "%s%s", text->len ? "+" : "",
                                   granules[i].name);
        }
    }
    return g_string_free(text, false);
}

static const struct {
    const char *name;
    unsigned set;
    bool implemented;
} stages[] = {
    { "1", MSMMU_STAGE_1, true },
    { "2", MSMMU_STAGE_2, false },
    { "nested", MSMMU_STAGE_1 | MSMMU_STAGE_2, false },
};

static bool parse_stage(MsmmuSmmuv3State *s, const char *text, Error **errp)
{
    for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
        if (strcmp(stages[i].name, text) != 0) {
            continue;
        }
        if (!stages[i].implemented) {
            error_setg(errp, "stage=%s is not implemented yet; use stage=1",
                       text);
            return false;
        }
        s->config.stages = stages[i].set;
        return true;
    }
    error_setg(errp, "stage=%s: use 1, 2 or nested", text);
    return false;
}

static char *format_stage(const MsmmuSmmuv3State *s)
{
    for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
        if (stages[i].set == s->config.stages) {
            return g_strdup(stages[i].name);
        }
    }
    g_assert_not_reached();
}

#define ARCH_MINOR_MAX 4

static bool parse_arch(MsmmuSmmuv3State *s, const char *text, Error **errp)
{
    if (strcmp(text, "auto") == 0) {
        s->config.arch_minor = MSMMU_ARCH_AUTO;
        return true;
    }
    for (int minor = 0; minor <= ARCH_MINOR_MAX; minor++) {
        const char version[] = { '3', '.', '0' + minor, '\0' };

        if (strcmp(version, text) == 0) {
            s->config.arch_minor = minor;
            return true;
        }
    }
    error_setg(errp, "arch=%s: use 3.0, 3.1, 3.2, 3.3, 3.4 or auto", text);
    return false;
}

static char *format_arch(const MsmmuSmmuv3State *s)
{
    return s->config.arch_minor == MSMMU_ARCH_AUTO
        ? g_strdup("auto") : g_strdup_printf("3.%d", s->config.arch_minor);
}

static bool parse_primary_bus(MsmmuSmmuv3State *s, const char *text,
                              Error **errp)
{
    g_free(s->primary_bus);
    s->primary_bus = g_strdup(text);
    return true;
}

static char *format_primary_bus(const MsmmuSmmuv3State *s)
{
    return g_strdup(s->primary_bus ? s->primary_bus : "");
}

/* ---- The table -------------------------------------------------------- */

static const MsmmuProperty properties[] = {
    { "primary-bus", KIND_TEXT, parse_primary_bus, format_primary_bus, 0,
      "PCI root bus to translate: the id of an msmmu-rc, or pcie.0; none for "
      "an instance that root complexes name with smmu=ID" },
    { "granules", KIND_TEXT, parse_granules, format_granules, 0,
      "translation granules: one or more of 4k, 16k, 64k, joined by '+'" },
    { "stage", KIND_TEXT, parse_stage, format_stage, 0,
      "stages of translation: 1 (2 and nested are not implemented yet)" },
    { "arch", KIND_TEXT, parse_arch, format_arch, 0,
      "architecture version: 3.0, 3.1, 3.2, 3.3, 3.4, or auto for the lowest "
      "that permits the other properties" },
    { "oas", KIND_NUMBER, NULL, NULL,
      offsetof(MsmmuSmmuv3State, config.oas_bits),
      "output address size in bits: 32, 36, 40, 42, 44 or 48" },
    { "sidsize", KIND_NUMBER, NULL, NULL,
      offsetof(MsmmuSmmuv3State, config.sid_bits),
      "StreamID size in bits, 0 to 32; each root complex takes 16 (default: "
      "20, or 6 if two-level=off, which permits no more)" },
    { "tlb-entries", KIND_NUMBER, NULL, NULL,
      offsetof(MsmmuSmmuv3State, config.tlb_entries),
      "translations that are cached at most, a power of two" },
    { "two-level", KIND_SWITCH, NULL, NULL,
      offsetof(MsmmuSmmuv3State, config.two_level),
      "two-level Stream tables: on or off" },
    { "ril", KIND_SWITCH, NULL, NULL,
      offsetof(MsmmuSmmuv3State, ril),
      "range invalidation and level hints: on or off (default: on, or off if "
      "arch=3.0, which does not permit them)",
      offsetof(MsmmuSmmuv3State, ril_given) },
};

/* ---- Accessors -------------------------------------------------------- */

static bool check_not_realized(Object *obj, const char *name, Error **errp)
{
    if (DEVICE(obj)->realized) {
        qdev_prop_set_after_realize(DEVICE(obj), name, errp);
        return false;
    }
    return true;
}

static void get_text(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    const MsmmuProperty *p = opaque;
    g_autofree char *text = p->format(MSMMU_SMMUV3(obj));

    visit_type_str(v, name, &text, errp);
}

static void set_text(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    const MsmmuProperty *p = opaque;
    g_autofree char *text = NULL;

    if (check_not_realized(obj, name, errp) &&
        visit_type_str(v, name, &text, errp)) {
        p->parse(MSMMU_SMMUV3(obj), text, errp);
    }
}

static void get_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    const MsmmuProperty *p = opaque;
    unsigned *field = (void *)obj + p->offset;

    visit_type_uint32(v, name, field, errp);
}

static void set_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    const MsmmuProperty *p = opaque;
    unsigned *field = (void *)obj + p->offset;
    uint32_t value;

    if (!check_not_realized(obj, name, errp) ||
        !visit_type_uint32(v, name, &value, errp)) {
        return;
    }
    if (value == MSMMU_SID_AUTO) {
        error_setg(errp, "%s=%" PRIu32 " is too large", name, value);
        return;
    }
    *field = value;
}

static void get_switch(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    const MsmmuProperty *p = opaque;
    bool *field = (void *)obj + p->offset;

    visit_type_bool(v, name, field, errp);
}

static void set_switch(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    const MsmmuProperty *p = opaque;
    bool *field = (void *)obj + p->offset;

    if (check_not_realized(obj, name, errp) &&
        visit_type_bool(v, name, field, errp) && p->given) {
        *(bool *)((void *)obj + p->given) = true;
    }
}

static const struct {
    const char *type;
    ObjectPropertyAccessor *get;
    ObjectPropertyAccessor *set;
} kinds[] = {
    [KIND_TEXT] = { "str", get_text, set_text },
    [KIND_NUMBER] = { "uint32", get_number, set_number },
    [KIND_SWITCH] = { "bool", get_switch, set_switch },
};

/* ---- Life ------------------------------------------------------------- */

void msmmu_properties_init(MsmmuSmmuv3State *s)
{
    s->config = msmmu_config_default();
}

/* Range invalidation is a feature of SMMUv3.2; 3.1 may have it (2.9). */
void msmmu_properties_complete(MsmmuSmmuv3State *s)
{
    if (s->ril_given) {
        s->config.ril = s->ril ? MSMMU_SWITCH_ON : MSMMU_SWITCH_OFF;
    }
}

void msmmu_properties_finalize(MsmmuSmmuv3State *s)
{
    g_free(s->primary_bus);
}

/* What `-device msmmu-smmuv3,help` shows as the default. */
static void set_default(ObjectProperty *prop, const MsmmuProperty *p,
                        const MsmmuSmmuv3State *defaults)
{
    const void *field = (const void *)defaults + p->offset;

    switch (p->kind) {
    case KIND_TEXT: {
        g_autofree char *text = p->format(defaults);

        if (*text) {
            object_property_set_default_str(prop, text);
        }
        break;
    }
    case KIND_NUMBER:
        /* The default of sidsize depends on another property. */
        if (*(const unsigned *)field != MSMMU_SID_AUTO) {
            object_property_set_default_uint(prop, *(const unsigned *)field);
        }
        break;
    case KIND_SWITCH:
        /* One that notes whether it was given depends on another, too. */
        if (!p->given) {
            object_property_set_default_bool(prop, *(const bool *)field);
        }
        break;
    }
}

void msmmu_properties_class_init(ObjectClass *oc)
{
    g_autofree MsmmuSmmuv3State *defaults = g_new0(MsmmuSmmuv3State, 1);

    msmmu_properties_init(defaults);
    for (unsigned i = 0; i < ARRAY_SIZE(properties); i++) {
        const MsmmuProperty *p = &properties[i];
        ObjectProperty *prop =
            object_class_property_add(oc, p->name, kinds[p->kind].type,
                                      kinds[p->kind].get, kinds[p->kind].set,
                                      NULL, (void *)p);

        set_default(prop, p, defaults);
        object_class_property_set_description(oc, p->name, p->description);
    }
}
