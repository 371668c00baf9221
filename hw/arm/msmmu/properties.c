/*
 * The properties of the device msmmu-smmuv3: text to MsmmuConfig.
 *
 * One table has a row for each. A setter refuses what is no value of the
 * property; what no instance can be, or contradicts another property, is
 * refused by the core when the instance is created, with the section of
 * IHI 0070. After that, a property reads as what the instance has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "hw/qdev-properties.h"
#include "smmuv3_private.h"

/* A name and what it stands for. */
typedef struct Value {
    const char *name;
    int value;
} Value;

/* What a field is, and how it is written. */
typedef enum PropertyKind {
    KIND_TEXT,                  /* char * */
    KIND_BOOL,                  /* bool */
    KIND_NUMBER,                /* unsigned */
    KIND_CHOICE,                /* int or enum: one of the values */
    KIND_SET,                   /* unsigned: values joined by '+' */
} PropertyKind;

typedef struct MsmmuProperty {
    const char *name;
    PropertyKind kind;
    size_t offset;              /* of the field in MsmmuSmmuv3State */
    const Value *values;        /* of a choice or a set, ends with {} */
    const char *description;
    const char *note;           /* behind the names of the values, or NULL */
} MsmmuProperty;

/* ---- Values ------------------------------------------------------------- */

static const Value granules[] = {
    { "4k", MSMMU_GRANULES_4K },
    { "16k", MSMMU_GRANULES_16K },
    { "64k", MSMMU_GRANULES_64K },
    {}
};

static const Value stages[] = {
    { "1", MSMMU_STAGE_1 },
    { "2", MSMMU_STAGE_2 },
    { "nested", MSMMU_STAGE_1 | MSMMU_STAGE_2 },
    {}
};

static const Value formats[] = {
    { "aa64", MSMMU_FORMAT_AARCH64 },
    { "aa32+aa64", MSMMU_FORMAT_AARCH32 | MSMMU_FORMAT_AARCH64 },
    {}
};

static const Value versions[] = {
    { "3.0", 0 }, { "3.1", 1 }, { "3.2", 2 }, { "3.3", 3 }, { "3.4", 4 },
    { "auto", MSMMU_ARCH_AUTO },
    {}
};

static const Value endians[] = {
    { "little", MSMMU_ENDIAN_LITTLE },
    { "big", MSMMU_ENDIAN_BIG },
    { "mixed", MSMMU_ENDIAN_MIXED },
    {}
};

static const Value httus[] = {
    { "off", MSMMU_HTTU_NONE },
    { "access", MSMMU_HTTU_ACCESS },
    { "dirty", MSMMU_HTTU_DIRTY },
    { "table", MSMMU_HTTU_TABLES },
    {}
};

static const Value bbmls[] = {
    { "0", 0 }, { "1", 1 }, { "2", 2 },
    { "auto", MSMMU_BBML_AUTO },
    {}
};

static const Value term_models[] = {
    { "configurable", MSMMU_TERM_CONFIGURABLE },
    { "abort", MSMMU_TERM_ABORT },
    {}
};

static const Value on_off_auto[] = {
    { "on", MSMMU_SWITCH_ON },
    { "off", MSMMU_SWITCH_OFF },
    { "auto", MSMMU_SWITCH_AUTO },
    {}
};

/* ---- The table ---------------------------------------------------------- */

#define AT(field) offsetof(MsmmuSmmuv3State, field)
#define AT_INT(field) \
    (AT(field) + QEMU_BUILD_BUG_ON_ZERO( \
        sizeof_field(MsmmuSmmuv3State, field) != sizeof(int)))
#define TEXT(name, field, description) \
    { name, KIND_TEXT, AT(field), NULL, description }
#define BOOL(name, field, description) \
    { name, KIND_BOOL, AT(field), NULL, description }
#define NUMBER(name, field, description) \
    { name, KIND_NUMBER, AT_INT(field), NULL, description }
#define CHOICE(name, field, values, description, note) \
    { name, KIND_CHOICE, AT_INT(field), values, description, note }
#define SET(name, field, values, description) \
    { name, KIND_SET, AT_INT(field), values, description }
#define SWITCH(name, description, note) \
    CHOICE(#name, config.name, on_off_auto, description, note)

#define BY_VERSION "auto is what arch= demands"

static const MsmmuProperty properties[] = {
    TEXT("primary-bus", primary_bus,
         "PCI root bus to translate: the id of an msmmu-rc, or pcie.0; none "
         "for an instance that root complexes name with smmu=ID"),
    NUMBER("numa-node", numa_node,
           "NUMA node that it is near to, of -numa; by default none"),
    CHOICE("arch", config.arch_minor, versions, "architecture version",
           "auto is the lowest that permits the other properties"),

    CHOICE("stage", config.stages, stages, "stages of translation", NULL),
    CHOICE("formats", config.formats, formats,
           "formats of translation tables, VMSAv8-64 and VMSAv8-32 LPAE",
           NULL),
    SET("granules", config.granules, granules, "translation granules"),
    CHOICE("ttendian", config.endian, endians,
           "endianness of translation tables", NULL),
    NUMBER("oas", config.oas_bits,
           "output address size in bits: 32, 36, 40, 42, 44, 48 or 52"),
    NUMBER("vax", config.va_bits,
           "virtual address size in bits, of each table base: 48 or 52"),
    BOOL("ds", config.ds, "52-bit addresses with granules of 4k and 16k"),
    SWITCH(stt, "small translation tables", BY_VERSION),

    NUMBER("sidsize", config.sid_bits,
           "StreamID size in bits, 0 to 32; each root complex takes 16 "
           "(default: 20, or 6 if two-level=off, which permits no more)"),
    BOOL("two-level", config.two_level, "two-level Stream tables"),
    NUMBER("ssidsize", config.ssid_bits,
           "SubstreamID size in bits, 0 (no substreams) to 20"),
    CHOICE("two-level-cd", config.two_level_cd, on_off_auto,
           "two-level Context descriptor tables",
           "auto is on if ssidsize is not 0"),

    NUMBER("asidsize", config.asid_bits, "ASID size in bits: 8 or 16"),
    NUMBER("vmidsize", config.vmid_bits,
           "VMID size in bits, if there is stage 2: 8 or 16"),
    SWITCH(hyp, "StreamWorlds EL2 and EL2-E2H, for stage=nested", BY_VERSION),
    CHOICE("httu", config.httu, httus, "hardware update of descriptors",
           "the Access flag, then also the dirty state, then also the Access "
           "flag of tables"),

    BOOL("attr-types-ovr", config.attr_types_ovr,
         "override of memory type, Shareability and hints"),
    BOOL("attr-perms-ovr", config.attr_perms_ovr,
         "override of privilege and of instruction or data"),
    CHOICE("term-model", config.term_model, term_models,
           "end of transactions that fault at stage 1",
           "configurable is as CD.A says"),

    BOOL("msi", config.msi, "message-signalled interrupts"),
    BOOL("sev", config.sev, "events for CPUs that wait for commands"),

    SWITCH(had, "disabling of hierarchical attributes",
           "auto is on if there is stage 1"),
    SWITCH(xnx, "execute-never by privilege at stage 2", BY_VERSION),
    SWITCH(fwb, "memory types forced by stage 2", BY_VERSION),
    SWITCH(ril, "range invalidation and level hints",
           "auto is on unless arch=3.0"),
    CHOICE("bbml", config.bbml, bbmls,
           "level of changing translations without break-before-make",
           BY_VERSION),
    SWITCH(e0pd, "table bases without unprivileged access", BY_VERSION),
    SWITCH(ptwnnc, "stage 1 walks to Device memory as Normal Non-cacheable",
           BY_VERSION),
    SWITCH(epan, "PAN with execute-only pages", BY_VERSION),
    SWITCH(mteperm, "NoTagAccess memory types at stage 2", BY_VERSION),

    BOOL("strict-commands", config.strict_commands,
         "CERROR_ILL for commands with Reserved fields that are not 0"),

    NUMBER("tlb-entries", config.tlb_entries,
           "translations that are cached at most, a power of two"),
};

static void *field_of(MsmmuSmmuv3State *s, const MsmmuProperty *p)
{
    return (char *)s + p->offset;
}

/* ---- Texts -------------------------------------------------------------- */

static const Value *value_named(const Value *values, const char *name)
{
    for (; values->name; values++) {
        if (strcmp(values->name, name) == 0) {
            return values;
        }
    }
    return NULL;
}

/* "a, b or c" */
static char *list_names(const Value *values)
{
    GString *text = g_string_new(values->name);

    while ((++values)->name) {
        g_string_append_printf(text, "%s%s", values[1].name ? ", " : " or ",
                               values->name);
    }
    return g_string_free(text, false);
}

static bool parse_choice(const MsmmuProperty *p, const char *text, int *field,
                         Error **errp)
{
    const Value *value = value_named(p->values, text);

    if (!value) {
        g_autofree char *names = list_names(p->values);

        error_setg(errp, "%s=%s: use %s", p->name, text, names);
        return false;
    }
    *field = value->value;
    return true;
}

static char *format_choice(const MsmmuProperty *p, int field)
{
    const Value *value = p->values;

    while (value->value != field) {
        value++;
    }
    return g_strdup(value->name);
}

static bool parse_set(const MsmmuProperty *p, const char *text, int *field,
                      Error **errp)
{
    g_auto(GStrv) names = g_strsplit(text, "+", -1);
    int set = 0;

    for (unsigned i = 0; names[i]; i++) {
        const Value *value = value_named(p->values, names[i]);

        if (!value) {
            g_autofree char *all = list_names(p->values);

            error_setg(errp, "%s=%s: '%s' is none of them; use %s, or several "
                       "joined by '+'", p->name, text, names[i], all);
            return false;
        }
        if (set & value->value) {
            error_setg(errp, "%s=%s: %s is named twice", p->name, text,
                       names[i]);
            return false;
        }
        set |= value->value;
    }
    *field = set;
    return true;
}

static char *format_set(const MsmmuProperty *p, int field)
{
    GString *text = g_string_new(NULL);

    for (const Value *value = p->values; value->name; value++) {
        if (field & value->value) {
            g_string_append_printf(text, "%s%s", text->len ? "+" : "",
                                   value->name);
        }
    }
    return g_string_free(text, false);
}

static bool parse(MsmmuSmmuv3State *s, const MsmmuProperty *p,
                  const char *text, Error **errp)
{
    switch (p->kind) {
    case KIND_CHOICE:
        return parse_choice(p, text, field_of(s, p), errp);
    case KIND_SET:
        return parse_set(p, text, field_of(s, p), errp);
    case KIND_TEXT:
        g_free(*(char **)field_of(s, p));
        *(char **)field_of(s, p) = g_strdup(text);
        return true;
    default:
        g_assert_not_reached();
    }
}

static char *format(MsmmuSmmuv3State *s, const MsmmuProperty *p)
{
    switch (p->kind) {
    case KIND_CHOICE:
        return format_choice(p, *(int *)field_of(s, p));
    case KIND_SET:
        return format_set(p, *(int *)field_of(s, p));
    case KIND_TEXT:
        return g_strdup(*(char **)field_of(s, p) ?: "");
    default:
        g_assert_not_reached();
    }
}

/* ---- Accessors ---------------------------------------------------------- */

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
    g_autofree char *text = format(MSMMU_SMMUV3(obj), opaque);

    visit_type_str(v, name, &text, errp);
}

static void set_text(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    g_autofree char *text = NULL;

    if (check_not_realized(obj, name, errp) &&
        visit_type_str(v, name, &text, errp)) {
        parse(MSMMU_SMMUV3(obj), opaque, text, errp);
    }
}

static void get_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    visit_type_uint32(v, name, field_of(MSMMU_SMMUV3(obj), opaque), errp);
}

static void set_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    unsigned *field = field_of(MSMMU_SMMUV3(obj), opaque);
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

static void get_bool(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    visit_type_bool(v, name, field_of(MSMMU_SMMUV3(obj), opaque), errp);
}

static void set_bool(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    if (check_not_realized(obj, name, errp)) {
        visit_type_bool(v, name, field_of(MSMMU_SMMUV3(obj), opaque), errp);
    }
}

static const struct {
    const char *type;
    ObjectPropertyAccessor *get;
    ObjectPropertyAccessor *set;
} kinds[] = {
    [KIND_TEXT] = { "str", get_text, set_text },
    [KIND_CHOICE] = { "str", get_text, set_text },
    [KIND_SET] = { "str", get_text, set_text },
    [KIND_NUMBER] = { "uint32", get_number, set_number },
    [KIND_BOOL] = { "bool", get_bool, set_bool },
};

/* ---- Life --------------------------------------------------------------- */

void msmmu_properties_init(MsmmuSmmuv3State *s)
{
    s->config = msmmu_config_default();
    s->numa_node = MSMMU_NUMA_NODE_NONE;
}

void msmmu_properties_finalize(MsmmuSmmuv3State *s)
{
    g_free(s->primary_bus);
}

/* What `-device msmmu-smmuv3,help` shows as the default. */
static void set_default(ObjectProperty *prop, const MsmmuProperty *p,
                        MsmmuSmmuv3State *defaults)
{
    void *field = field_of(defaults, p);

    switch (p->kind) {
    case KIND_TEXT:
        break;                  /* none */
    case KIND_CHOICE:
    case KIND_SET: {
        g_autofree char *text = format(defaults, p);

        object_property_set_default_str(prop, text);
        break;
    }
    case KIND_NUMBER:
        /* That of sidsize depends on another property; numa-node has none. */
        if (*(unsigned *)field != MSMMU_SID_AUTO) {
            object_property_set_default_uint(prop, *(unsigned *)field);
        }
        break;
    case KIND_BOOL:
        object_property_set_default_bool(prop, *(bool *)field);
        break;
    }
}

/* Description, values, note. */
static char *describe(const MsmmuProperty *p)
{
    GString *text = g_string_new(p->description);

    if (p->values) {
        g_autofree char *names = list_names(p->values);

        g_string_append_printf(text, ": %s", names);
    }
    if (p->kind == KIND_SET) {
        g_string_append(text, ", or several joined by '+'");
    } else if (p->kind == KIND_BOOL) {
        g_string_append(text, ": on or off");
    }
    if (p->note) {
        g_string_append_printf(text, "; %s", p->note);
    }
    return g_string_free(text, false);
}

void msmmu_properties_class_init(ObjectClass *oc)
{
    g_autofree MsmmuSmmuv3State *defaults = g_new0(MsmmuSmmuv3State, 1);

    msmmu_properties_init(defaults);
    for (unsigned i = 0; i < ARRAY_SIZE(properties); i++) {
        const MsmmuProperty *p = &properties[i];
        g_autofree char *description = describe(p);
        ObjectProperty *prop =
            object_class_property_add(oc, p->name, kinds[p->kind].type,
                                      kinds[p->kind].get, kinds[p->kind].set,
                                      NULL, (void *)p);

        set_default(prop, p, defaults);
        object_class_property_set_description(oc, p->name, description);
    }
}
