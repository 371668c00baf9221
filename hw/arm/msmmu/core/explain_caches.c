/*
 * What the caches hold for a transaction that memory does not hold any more:
 * the fields of a stale configuration, a stale translation, and the command
 * that is missing (IHI 0070 3.21, 4.3, 4.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "explain.h"
#include "names.h"

/* A field of the STE or the CD, by its effective value in a context. */
typedef struct Field {
    const char *name;
    uint16_t at;
    uint8_t size;
} Field;

#define AT(name, member) \
    { name, offsetof(MsmmuContext, member), \
      sizeof(((MsmmuContext *)NULL)->member) }

#define TABLES(prefix, size, member) \
    AT(prefix "AA64", member.format), \
    AT(prefix "DS", member.ds), \
    AT(prefix "ENDI", member.big_endian), \
    AT(prefix "AFFD", member.access_flag_off), \
    AT(prefix "HA", member.update_access), \
    AT(prefix "HD", member.update_dirty), \
    AT(prefix "HAFT", member.update_tables), \
    AT(prefix size " (output bits)", member.output_bits)

#define BASE(x) \
    AT("CD.EPD" #x, ttb[x].disabled), \
    AT("CD.TG" #x, ttb[x].granule), \
    AT("CD.T" #x "SZ (input bits)", ttb[x].input_bits), \
    AT("CD.TBI" #x, ttb[x].top_byte_ignored), \
    AT("CD.HAD" #x, ttb[x].hierarchical_off), \
    AT("CD.E0PD" #x, ttb[x].privileged_only), \
    AT("CD.SH" #x, ttb[x].shareability), \
    AT("CD.TTB" #x, ttb[x].table_pa)

static const Field fields[] = {
    AT("STE.Config (stage 1)", stage1), AT("STE.Config (stage 2)", stage2),
    AT("STE.Config, S1DSS (0: translate, 1: bypass, 2: abort)", outcome),
    AT("STE.S1DSS (bypass)", bypass_stage1),
    AT("STE.STRW", world), AT("STE.S2VMID", vmid),
    TABLES("STE.S2", "PS", s2.tables),
    AT("STE.S2TG", s2.granule), AT("STE.S2SL0 (level)", s2.start_level),
    AT("STE.S2T0SZ (input bits)", s2.input_bits),
    AT("STE.S2PTW", s2.protected_walk), AT("STE.S2FWB", s2.force_write_back),
    AT("STE.S2SH0", s2.shareability), AT("STE.S2TTB", s2.table_pa),
    AT("STE.S2R", s2_record), AT("STE.MEV", merge_events),
    AT("STE.PRIVCFG", priv_cfg), AT("STE.INSTCFG", inst_cfg),
    AT("STE.MTCFG, MemAttr (type)", incoming.memory_type),
    AT("STE.SHCFG", incoming.shareability),
    AT("STE.MTCFG, SHCFG (incoming)", incoming.from_device),
    AT("CD.ASID", asid),
    TABLES("CD.", "IPS", s1),
    BASE(0), BASE(1),
    AT("CD.WXN", write_execute_never),
    AT("CD.UWXN", unpriv_write_execute_never),
    AT("CD.PAN", privileged_access_never), AT("CD.EPAN", enhanced_pan),
    AT("CD.A", abort), AT("CD.R", record), AT("CD.MAIR", mair),
};

static uint64_t value(const MsmmuContext *ctx, const Field *field)
{
    const uint8_t *at = (const uint8_t *)ctx + field->at;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    switch (field->size) {
    case 1:
        memcpy(&u8, at, 1);
        return u8;
    case 2:
        memcpy(&u16, at, 2);
        return u16;
    case 4:
        memcpy(&u32, at, 4);
        return u32;
    default:
        memcpy(&u64, at, 8);
        return u64;
    }
}

static void report_differences(const MsmmuContext *memory,
                               const MsmmuContext *cached, MsmmuReporter *r)
{
    msmmu_report_begin_list(r, "differences");
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        uint64_t now = value(memory, &fields[i]);
        uint64_t then = value(cached, &fields[i]);

        if (now != then) {
            msmmu_report_begin(r, NULL);
            msmmu_report_string(r, "field", fields[i].name);
            msmmu_report_hex(r, "cached", then);
            msmmu_report_hex(r, "memory", now);
            msmmu_report_end(r);
        }
    }
    msmmu_report_end_list(r);
}

static bool config_differs(const MsmmuEnd *memory, const MsmmuEnd *caches)
{
    if (!caches->config_cached) {
        return false;
    }
    if (!memory->configured) {
        return true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (value(&memory->ctx, &fields[i]) !=
            value(&caches->ctx, &fields[i])) {
            return true;
        }
    }
    return false;
}

/* Whether the device can tell which of the two happens. */
static bool ends_differ(const MsmmuEnd *a, const MsmmuEnd *b)
{
    if (a->result.disposition != b->result.disposition ||
        a->fault.type != b->fault.type) {
        return true;
    }
    return a->result.disposition == MSMMU_FORWARD &&
        (a->result.pa != b->result.pa || a->result.perms != b->result.perms ||
         a->result.attributes.memory_type !=
         b->result.attributes.memory_type ||
         a->result.attributes.shareability !=
         b->result.attributes.shareability);
}

static void report_entry(const MsmmuTranslation *t, MsmmuReporter *r)
{
    msmmu_report_begin(r, "entry");
    msmmu_explain_mapping(t->first_va, t->first_pa, t->size_log2, t->perms, r);
    msmmu_report_bool(r, "global", t->global);
    msmmu_report_end(r);
}

/* ---- Tables of stage 1 behind stage 2 ---- */

/* What memory makes of the IPA of a table that @cached was asked for. */
static const MsmmuStep *find_in_memory(const GArray *steps,
                                       const MsmmuStep *cached)
{
    for (unsigned i = 0; i < steps->len; i++) {
        const MsmmuStep *step = &g_array_index(steps, MsmmuStep, i);

        if (step->kind == MSMMU_STEP_STAGE && step->stage == 2 &&
            step->class == MSMMU_CLASS_TT && step->input == cached->input) {
            return step;
        }
    }
    return NULL;
}

/*
 * Those that memory has elsewhere now, or nowhere. Behind one that is stale the
 * two ways part, and nothing can be said of the others.
 */
static bool is_stale(const GArray *steps, const MsmmuStep *cached)
{
    const MsmmuStep *now = find_in_memory(steps, cached);

    return now ? now->output != cached->output ||
                 !(now->perms[1] & MSMMU_PERM_READ) : true;
}

static const MsmmuStep *first_stale(const GArray *steps, const GArray *cached)
{
    for (unsigned i = 0; i < cached->len; i++) {
        const MsmmuStep *step = &g_array_index(cached, MsmmuStep, i);

        if (is_stale(steps, step)) {
            return step;
        }
    }
    return NULL;
}

static void report_table(const MsmmuStep *step, MsmmuReporter *r)
{
    msmmu_report_begin(r, "table");
    msmmu_report_hex(r, "ipa", step->input);
    msmmu_report_hex(r, "pa", step->output);
    msmmu_report_end(r);
}

static const char *advice(bool config, bool translation)
{
    return config && translation ?
           "the STE or CD, and perhaps the tables, changed: CMD_CFGI_* and "
           "CMD_TLBI_* with CMD_SYNC are missing" :
           config ?
           "the STE or CD changed: CMD_CFGI_STE or CMD_CFGI_CD with CMD_SYNC "
           "is missing" :
           "the tables changed: CMD_TLBI_* with CMD_SYNC is missing";
}

void msmmu_explain_caches(const MsmmuEnd *memory, const MsmmuEnd *caches,
                          const GArray *steps, const GArray *cached,
                          MsmmuReporter *r)
{
    bool config = config_differs(memory, caches);
    bool ends = ends_differ(memory, caches);
    bool translation = ends && caches->translation_cached;
    /* Another configuration has other tables. */
    const MsmmuStep *table = config ? NULL : first_stale(steps, cached);
    bool walk = !config && ends && caches->tables_cached;

    msmmu_report_begin(r, "caches");
    msmmu_report_string(r, "configuration",
                        config ? "stale" :
                        caches->config_cached ? "cached" : "none");
    msmmu_report_string(r, "translation",
                        translation ? "stale" :
                        caches->translation_cached ? "cached" : "none");
    if (cached->len || caches->tables_cached) {
        msmmu_report_string(r, "tables", table || walk ? "stale" : "cached");
    }
    if (config && memory->configured) {
        report_differences(&memory->ctx, &caches->ctx, r);
    }
    if (caches->translation_cached) {
        report_entry(&caches->translation, r);
    }
    if (table) {
        report_table(table, r);
    }
    if (config || translation || table || walk) {
        msmmu_report_string(r, "advice",
                            advice(config, translation || table || walk));
    }
    if (ends) {
        msmmu_report_begin(r, "outcome");
        msmmu_explain_end(caches, r);
        msmmu_report_end(r);
    }
    msmmu_report_end(r);
}
