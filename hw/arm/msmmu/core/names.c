/*
 * What things are called, for people (names.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "core.h"
#include "names.h"
#include "spec/evt.h"

typedef struct Event {
    const char *name;
    const char *section;
} Event;

static const Event events[] = {
    [EVT_F_UUT] = { "F_UUT", "7.3.2" },
    [EVT_C_BAD_STREAMID] = { "C_BAD_STREAMID", "7.3.3" },
    [EVT_F_STE_FETCH] = { "F_STE_FETCH", "7.3.4" },
    [EVT_C_BAD_STE] = { "C_BAD_STE", "7.3.5" },
    [EVT_F_BAD_ATS_TREQ] = { "F_BAD_ATS_TREQ", "7.3.6" },
    [EVT_F_STREAM_DISABLED] = { "F_STREAM_DISABLED", "7.3.7" },
    [EVT_F_TRANSL_FORBIDDEN] = { "F_TRANSL_FORBIDDEN", "7.3.8" },
    [EVT_C_BAD_SUBSTREAMID] = { "C_BAD_SUBSTREAMID", "7.3.9" },
    [EVT_F_CD_FETCH] = { "F_CD_FETCH", "7.3.10" },
    [EVT_C_BAD_CD] = { "C_BAD_CD", "7.3.11" },
    [EVT_F_WALK_EABT] = { "F_WALK_EABT", "7.3.12" },
    [EVT_F_TRANSLATION] = { "F_TRANSLATION", "7.3.13" },
    [EVT_F_ADDR_SIZE] = { "F_ADDR_SIZE", "7.3.14" },
    [EVT_F_ACCESS] = { "F_ACCESS", "7.3.15" },
    [EVT_F_PERMISSION] = { "F_PERMISSION", "7.3.16" },
    [EVT_F_TLB_CONFLICT] = { "F_TLB_CONFLICT", "7.3.17" },
    [EVT_F_CFG_CONFLICT] = { "F_CFG_CONFLICT", "7.3.18" },
    [EVT_E_PAGE_REQUEST] = { "E_PAGE_REQUEST", "7.3.19" },
    [EVT_F_VMS_FETCH] = { "F_VMS_FETCH", "7.3.20" },
};

static const Event *event(unsigned type)
{
    static const Event unknown = { "unknown", "7.3" };

    return type < G_N_ELEMENTS(events) && events[type].name ?
           &events[type] : &unknown;
}

const char *msmmu_event_name(unsigned type)
{
    return event(type)->name;
}

const char *msmmu_event_section(unsigned type)
{
    return event(type)->section;
}

const char *msmmu_class_name(MsmmuFaultClass class)
{
    return class == MSMMU_CLASS_CD ? "CD" :
           class == MSMMU_CLASS_TT ? "TT" : "IN";
}

const char *msmmu_descriptor_name(MsmmuDescriptorType type)
{
    static const char *const names[] = {
        [MSMMU_DESCRIPTOR_INVALID] = "invalid",
        [MSMMU_DESCRIPTOR_TABLE] = "table",
        [MSMMU_DESCRIPTOR_BLOCK] = "block",
        [MSMMU_DESCRIPTOR_PAGE] = "page",
        [MSMMU_DESCRIPTOR_ILLEGAL] = "illegal",
    };

    return names[type];
}

void msmmu_size_name(unsigned log2, char name[MSMMU_NAME_MAX])
{
    static const char units[] = "\0KMGTPE";
    unsigned unit = MIN(log2 / 10, 6);

    if (log2 >= 64) {
        g_strlcpy(name, "all", MSMMU_NAME_MAX);
    } else if (unit) {
        g_snprintf(name, MSMMU_NAME_MAX, "%u%c", 1u << (log2 - unit * 10),
                   units[unit]);
    } else {
        g_snprintf(name, MSMMU_NAME_MAX, "%u", 1u << log2);
    }
}

void msmmu_perms_name(uint8_t perms, char name[MSMMU_NAME_MAX])
{
    name[0] = perms & MSMMU_PERM_READ ? 'r' : '-';
    name[1] = perms & MSMMU_PERM_WRITE ? 'w' : '-';
    name[2] = perms & MSMMU_PERM_EXEC ? 'x' : '-';
    name[3] = '\0';
}
