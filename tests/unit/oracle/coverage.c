/*
 * The names of what random cases can reach, and the report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "coverage.h"

typedef struct Row {
    const char *name;
    bool unreachable;           /* for the instances that there are */
} Row;

static const Row event_rows[ORACLE_EVENT_TYPES] = {
    [0x02] = { "C_BAD_STREAMID", false },
    [0x03] = { "F_STE_FETCH", false },
    [0x04] = { "C_BAD_STE", false },
    [0x06] = { "F_STREAM_DISABLED", false },
    [0x08] = { "C_BAD_SUBSTREAMID", false },
    [0x09] = { "F_CD_FETCH", false },
    [0x0a] = { "C_BAD_CD", false },
    [0x0b] = { "F_WALK_EABT", false },
    [0x10] = { "F_TRANSLATION", false },
    [0x11] = { "F_ADDR_SIZE", false },
    [0x12] = { "F_ACCESS", false },
    [0x13] = { "F_PERMISSION", false },
};

/* Faults with a stage and a class, from F_WALK_EABT on. */
#define FIRST_FAULT 0x0b

static const Row ste_rows[STE_CLAUSES] = {
    [STE_LEGAL] = { "legal", false },
    [STE_NOT_VALID] = { "V", false },
    [STE_STAGE1_ABSENT] = { "Config[0] without stage 1", false },
    [STE_STAGE2_ABSENT] = { "Config[1] without stage 2", false },
    [STE_STRW_RESERVED] = { "STRW", false },
    [STE_S1STALLD] = { "S1STALLD", false },
    [STE_S1CDMAX] = { "S1CDMax", false },
    [STE_S1FMT] = { "S1Fmt without CD2L", false },
    [STE_S1CONTEXTPTR] = { "S1ContextPtr", false },
    [STE_FWB_VMSA32] = { "S2FWB with VMSAv8-32", false },
    [STE_S2S] = { "S2S", false },
    [STE_S2S_FORCED] = { "S2S = 0, stalls forced", true },
    [STE_VMSA32_ABSENT] = { "S2AA64 = 0", false },
    [STE_VMSA64_ABSENT] = { "S2AA64 = 1 without VMSAv8-64", true },
    [STE_HTTU_VMSA32] = { "S2HA, S2HD with VMSAv8-32", false },
    [STE_HTTU_ABSENT] = { "S2HA, S2HD without HTTU", false },
    [STE_DIRTY_ABSENT] = { "S2HD with HTTU of access only", false },
    [STE_S2HAFT] = { "S2HAFT without S2HA", false },
    [STE_S2TG] = { "S2TG", false },
    [STE_S2TTB_SIZE] = { "S2TTB beyond S2PS", false },
    [STE_S2TTB_48_BITS] = { "S2TTB beyond 48 bits", false },
    [STE_S2T0SZ] = { "S2T0SZ", false },
    [STE_WALK_VMSA32] = { "S2SL0 against S2T0SZ, VMSAv8-32", false },
    [STE_WALK_VMSA64] = { "S2SL0 against S2T0SZ, VMSAv8-64", false },
    [STE_ENDI_BIG] = { "S2ENDI = 1", false },
    [STE_ENDI_LITTLE] = { "S2ENDI = 0", false },
    [STE_S2VMID] = { "S2VMID", false },
};

static const Row cd_rows[CD_CLAUSES] = {
    [CD_LEGAL] = { "legal", false },
    [CD_NOT_VALID] = { "V", false },
    [CD_S1STALLD] = { "S with S1STALLD", true },
    [CD_TERM_MODEL] = { "A = 0 with TERM_MODEL", false },
    [CD_STALL_ABSENT] = { "S", false },
    [CD_STALL_FORCED] = { "S = 0, stalls forced", true },
    [CD_ENDI_BIG] = { "ENDI = 1", false },
    [CD_ENDI_LITTLE] = { "ENDI = 0", false },
    [CD_VMSA32_ABSENT] = { "AA64 = 0", false },
    [CD_VMSA32_E2H] = { "AA64 = 0 in EL2-E2H", false },
    [CD_VMSA64_ABSENT] = { "AA64 = 1 without VMSAv8-64", true },
    [CD_VMSA64_ON_VMSA32] = { "AA64 = 1 over S2AA64 = 0", false },
    [CD_HTTU_ABSENT] = { "HA, HD without HTTU", false },
    [CD_DIRTY_ABSENT] = { "HD with HTTU of access only", false },
    [CD_HAFT] = { "HAFT without HA", false },
    [CD_ASID] = { "ASID", false },
    [CD_T0SZ] = { "T0SZ", false },
    [CD_T1SZ] = { "T1SZ", false },
    [CD_TG0] = { "TG0", false },
    [CD_TTB0_SIZE] = { "TTB0 beyond IPS", false },
    [CD_TTB0_48_BITS] = { "TTB0 beyond 48 bits", false },
    [CD_TG1] = { "TG1", false },
    [CD_TTB1_SIZE] = { "TTB1 beyond IPS", false },
    [CD_TTB1_48_BITS] = { "TTB1 beyond 48 bits", false },
};

static const Row update_rows[UPDATE_KINDS] = {
    [UPDATE_S1_ACCESS] = { "stage 1 Access flag", false },
    [UPDATE_S1_DIRTY] = { "stage 1 dirty state", false },
    [UPDATE_S1_ACCESS_DIRTY] = { "stage 1 dirty state, just accessed", false },
    [UPDATE_S1_TABLE] = { "stage 1 Table Access flag", false },
    [UPDATE_S2_ACCESS] = { "stage 2 Access flag", false },
    [UPDATE_S2_DIRTY] = { "stage 2 dirty state", false },
    [UPDATE_S2_ACCESS_DIRTY] = { "stage 2 dirty state, just accessed", false },
    [UPDATE_S2_TABLE] = { "stage 2 Table Access flag", false },
    [UPDATE_S2_ACCESS_OF_CD] = { "stage 2 Access flag for a CD", false },
    [UPDATE_S2_ACCESS_OF_TABLE] = { "stage 2 Access flag for a table", false },
    [UPDATE_S2_DIRTY_OF_TABLE] = { "stage 2 dirty state for a table", false },
};

static const Row atomic_rows[ATOMIC_KINDS] = {
    [ATOMIC_PERMITTED] = { "permitted", false },
    [ATOMIC_DIRTIES] = { "permitted, sets the dirty state", false },
    [ATOMIC_LACKS_READ] = { "may write, not read", false },
    [ATOMIC_LACKS_READ_CLEAN] = { "may not read, writable-clean", false },
    [ATOMIC_LACKS_WRITE] = { "may read, not write", false },
    [ATOMIC_LACKS_BOTH] = { "may not read or write", false },
};

static const Row way_rows[WAYS] = {
    [WAY_DISABLED_FORWARD] = { "SMMUEN = 0, bypass", false },
    [WAY_DISABLED_ABORT] = { "SMMUEN = 0, GBPA.ABORT", false },
    [WAY_DISABLED_BEYOND] = { "SMMUEN = 0, beyond the output size", false },
    [WAY_BAD_SID_SILENT] = { "bad StreamID, RECINVSID = 0", false },
    [WAY_CONFIG_ABORT] = { "Config = 0b0xx", false },
    [WAY_BYPASS] = { "no stage", false },
    [WAY_S1DSS_BYPASS] = { "S1DSS bypass", false },
    [WAY_S1DSS_SUBSTREAM_0] = { "S1DSS substream 0", false },
    [WAY_SUBSTREAM] = { "substream", false },
    [WAY_CD_LINEAR] = { "linear CD table", false },
    [WAY_CD_4K_LEAF] = { "CD table with 4KB leaves", false },
    [WAY_CD_64K_LEAF] = { "CD table with 64KB leaves", false },
    [WAY_STE_LINEAR] = { "linear Stream table", false },
    [WAY_STE_TWO_LEVEL] = { "2-level Stream table", false },
    [WAY_WORLD_EL1] = { "NS-EL1", false },
    [WAY_WORLD_EL2] = { "NS-EL2", false },
    [WAY_WORLD_E2H] = { "NS-EL2-E2H", false },
    [WAY_S1_ONLY] = { "stage 1 only", false },
    [WAY_S2_ONLY] = { "stage 2 only", false },
    [WAY_NESTED] = { "both stages", false },
    [WAY_UPPER_HALF] = { "TTB1", false },
    [WAY_TBI] = { "TBI", false },
    [WAY_BIG_ENDIAN_S1] = { "big-endian stage 1", false },
    [WAY_BIG_ENDIAN_S2] = { "big-endian stage 2", false },
    [WAY_CONCATENATED] = { "concatenated tables", false },
    [WAY_SUPPRESSED] = { "event suppressed", false },
    [WAY_RAZ_WI] = { "RAZ/WI", false },
    [WAY_ABORTED] = { "abort", false },
    [WAY_FORWARDED] = { "forward", false },
};

static const char *const feature_names[FEATURES] = {
    [FEATURE_STAGE1] = "stage 1",
    [FEATURE_STAGE2] = "stage 2",
    [FEATURE_VMSA32] = "VMSAv8-32",
    [FEATURE_HYP] = "Hyp",
    [FEATURE_ASID16] = "ASID16",
    [FEATURE_VMID16] = "VMID16",
    [FEATURE_CD2L] = "CD2L",
    [FEATURE_ST_LEVEL] = "ST_LEVEL",
    [FEATURE_TERM_MODEL] = "TERM_MODEL",
    [FEATURE_TYPES_OVR] = "ATTR_TYPES_OVR",
    [FEATURE_PERMS_OVR] = "ATTR_PERMS_OVR",
    [FEATURE_HAD] = "HAD",
    [FEATURE_XNX] = "XNX",
    [FEATURE_STT] = "STT",
    [FEATURE_FWB] = "FWB",
    [FEATURE_E0PD] = "E0PD",
    [FEATURE_EPAN] = "EPAN",
    [FEATURE_MTEPERM] = "MTEPERM",
    [FEATURE_PTWNNC] = "PTWNNC",
    [FEATURE_4K] = "GRAN4K",
    [FEATURE_16K] = "GRAN16K",
    [FEATURE_64K] = "GRAN64K",
    [FEATURE_DS] = "DS",
    [FEATURE_VAX] = "VAX",
};

static unsigned report_row(const char *what, const char *name, uint64_t count,
                           bool unreachable)
{
    if (unreachable) {
        g_test_message("%-12s %-40s %10s", what, name, "no way");
        g_assert_cmpuint(count, ==, 0);
        return 0;
    }
    g_test_message("%-12s %-40s %10" G_GUINT64_FORMAT "%s", what, name, count,
                   count ? "" : "  MISSED");
    return count == 0;
}

static unsigned report_rows(const char *what, const Row *rows,
                            const uint64_t *counts, unsigned n)
{
    unsigned missed = 0;

    for (unsigned i = 0; i < n; i++) {
        if (rows[i].name) {
            missed += report_row(what, rows[i].name, counts[i],
                                 rows[i].unreachable);
        }
    }
    return missed;
}

/* ---- Faults by stage and class ------------------------------------------ */

/* Faults of stage 1 have CLASS IN, but for external aborts, which have TT. */
static bool has_class(unsigned type, unsigned stage, unsigned class)
{
    if (stage == 2) {
        return true;
    }
    return class == (type == 0x0b ? 1 : 2);
}

static unsigned report_faults(const OracleCoverage *c)
{
    static const char *const classes[] = { "CD", "TT", "IN" };
    unsigned missed = 0;

    for (unsigned type = FIRST_FAULT; type < ORACLE_EVENT_TYPES; type++) {
        for (unsigned stage = 1; event_rows[type].name && stage <= 2;
             stage++) {
            for (unsigned class = 0; class < 3; class++) {
                g_autofree char *name =
                    g_strdup_printf("%s stage %u class %s",
                                    event_rows[type].name, stage,
                                    classes[class]);

                if (has_class(type, stage, class)) {
                    missed += report_row("fault", name,
                                         c->faults[type][stage - 1][class],
                                         false);
                }
            }
        }
    }
    return missed;
}

/* ---- Levels ------------------------------------------------------------- */

/* The levels of leaves and of starts that there can be. */
static bool has_leaf(bool vmsa32, unsigned granule, int level)
{
    static const int first[] = { 0, 1, 1 };

    return level >= (vmsa32 ? 1 : first[granule]);
}

static bool has_start(bool vmsa32, unsigned stage, unsigned granule, int level)
{
    static const int first[] = { -1, 0, 1 };

    if (vmsa32) {
        return level == 1 || level == 2;
    }
    return level >= first[granule] && stage;
}

static unsigned report_levels(const OracleCoverage *c, bool vmsa32,
                              unsigned stage, unsigned granule)
{
    static const char *const granules[] = { "4KB", "16KB", "64KB" };
    unsigned missed = 0;

    for (int level = -1; level <= 3; level++) {
        g_autofree char *name =
            g_strdup_printf("%s %s stage %u level %d",
                            vmsa32 ? "VMSAv8-32" : "VMSAv8-64",
                            granules[granule], stage, level);

        if (has_start(vmsa32, stage, granule, level)) {
            missed += report_row("start", name,
                c->starts[vmsa32][stage - 1][granule][level + 1], false);
        }
        if (has_leaf(vmsa32, granule, level)) {
            missed += report_row("leaf", name,
                c->leaves[vmsa32][stage - 1][granule][level + 1], false);
        }
    }
    return missed;
}

static unsigned report_instances(const OracleCoverage *c)
{
    unsigned missed = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(c->versions); i++) {
        g_autofree char *name = g_strdup_printf("SMMUv3.%u", i);

        missed += report_row("instance", name, c->versions[i], false);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(c->httu); i++) {
        g_autofree char *name = g_strdup_printf("HTTU %u", i);

        missed += report_row("instance", name, c->httu[i], false);
    }
    for (unsigned i = 0; i < 2 * FEATURES; i++) {
        g_autofree char *name =
            g_strdup_printf("%s %s", i % 2 ? "with" : "without",
                            feature_names[i / 2]);

        missed += report_row("instance", name, c->features[i / 2][i % 2],
                             false);
    }
    return missed;
}

unsigned oracle_coverage_report(const OracleCoverage *c)
{
    unsigned missed = report_instances(c);

    missed += report_rows("event", event_rows, c->events, ORACLE_EVENT_TYPES);
    missed += report_faults(c);
    for (unsigned stage = 1; stage <= 2; stage++) {
        for (unsigned granule = 0; granule < 3; granule++) {
            missed += report_levels(c, false, stage, granule);
        }
        missed += report_levels(c, true, stage, 0);
    }
    missed += report_rows("SteIllegal", ste_rows, c->ste, STE_CLAUSES);
    missed += report_rows("CdIllegal", cd_rows, c->cd, CD_CLAUSES);
    missed += report_rows("update", update_rows, c->updates, UPDATE_KINDS);
    missed += report_rows("atomic", atomic_rows, c->atomics, ATOMIC_KINDS);
    missed += report_rows("way", way_rows, c->ways, WAYS);
    return missed;
}
