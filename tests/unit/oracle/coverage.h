/*
 * What the random cases of the oracle reached, by name: each row must be
 * reached at least once, or the random cases test less than they claim.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_COVERAGE_H
#define MSMMU_TESTS_ORACLE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Return clauses of SteIllegal() (IHI 0070 5.2.2), in its order. */
typedef enum OracleSteClause {
    STE_LEGAL,
    STE_NOT_VALID,
    STE_STAGE1_ABSENT,
    STE_STAGE2_ABSENT,
    STE_STRW_RESERVED,
    STE_S1STALLD,
    STE_S1CDMAX,
    STE_S1FMT,
    STE_S1CONTEXTPTR,
    STE_FWB_VMSA32,
    STE_S2S,
    STE_S2S_FORCED,
    STE_VMSA32_ABSENT,
    STE_VMSA64_ABSENT,
    STE_HTTU_VMSA32,
    STE_HTTU_ABSENT,
    STE_DIRTY_ABSENT,
    STE_S2HAFT,
    STE_S2TG,
    STE_S2TTB_SIZE,
    STE_S2TTB_48_BITS,
    STE_S2T0SZ,
    STE_WALK_VMSA32,
    STE_WALK_VMSA64,
    STE_ENDI_BIG,
    STE_ENDI_LITTLE,
    STE_S2VMID,
    STE_CLAUSES
} OracleSteClause;

/* Return clauses of CdIllegal() (5.4.2), in its order. */
typedef enum OracleCdClause {
    CD_LEGAL,
    CD_NOT_VALID,
    CD_S1STALLD,
    CD_TERM_MODEL,
    CD_STALL_ABSENT,
    CD_STALL_FORCED,
    CD_ENDI_BIG,
    CD_ENDI_LITTLE,
    CD_VMSA32_ABSENT,
    CD_VMSA32_E2H,
    CD_VMSA64_ABSENT,
    CD_VMSA64_ON_VMSA32,
    CD_HTTU_ABSENT,
    CD_DIRTY_ABSENT,
    CD_HAFT,
    CD_ASID,
    CD_T0SZ,
    CD_T1SZ,
    CD_TG0,
    CD_TTB0_SIZE,
    CD_TTB0_48_BITS,
    CD_TG1,
    CD_TTB1_SIZE,
    CD_TTB1_48_BITS,
    CD_CLAUSES
} OracleCdClause;

/* Hardware updates (3.13), by stage and by what made them. */
typedef enum OracleUpdate {
    UPDATE_S1_ACCESS,
    UPDATE_S1_DIRTY,
    UPDATE_S1_ACCESS_DIRTY,
    UPDATE_S1_TABLE,
    UPDATE_S2_ACCESS,
    UPDATE_S2_DIRTY,
    UPDATE_S2_ACCESS_DIRTY,
    UPDATE_S2_TABLE,
    UPDATE_S2_ACCESS_OF_CD,
    UPDATE_S2_ACCESS_OF_TABLE,
    UPDATE_S2_DIRTY_OF_TABLE,
    UPDATE_KINDS
} OracleUpdate;

/* Leaves that atomic accesses met (13.1.1), by what they permit */
typedef enum OracleAtomic {
    ATOMIC_PERMITTED,
    ATOMIC_DIRTIES,             /* permitted, and the dirty state is set */
    ATOMIC_LACKS_READ,
    ATOMIC_LACKS_READ_CLEAN,    /* the same, of a writable-clean leaf */
    ATOMIC_LACKS_WRITE,
    ATOMIC_LACKS_BOTH,
    ATOMIC_KINDS
} OracleAtomic;

/* Where a translation goes on or ends. */
typedef enum OracleWay {
    WAY_DISABLED_FORWARD,       /* SMMUEN = 0 */
    WAY_DISABLED_ABORT,
    WAY_DISABLED_BEYOND,
    WAY_BAD_SID_SILENT,
    WAY_CONFIG_ABORT,
    WAY_BYPASS,
    WAY_S1DSS_BYPASS,
    WAY_S1DSS_SUBSTREAM_0,
    WAY_SUBSTREAM,
    WAY_CD_LINEAR,
    WAY_CD_4K_LEAF,
    WAY_CD_64K_LEAF,
    WAY_STE_LINEAR,
    WAY_STE_TWO_LEVEL,
    WAY_WORLD_EL1,
    WAY_WORLD_EL2,
    WAY_WORLD_E2H,
    WAY_S1_ONLY,
    WAY_S2_ONLY,
    WAY_NESTED,
    WAY_UPPER_HALF,
    WAY_TBI,
    WAY_BIG_ENDIAN_S1,
    WAY_BIG_ENDIAN_S2,
    WAY_CONCATENATED,
    WAY_SUPPRESSED,             /* R or S2R is 0 */
    WAY_RAZ_WI,
    WAY_ABORTED,
    WAY_FORWARDED,
    WAYS
} OracleWay;

/* What instances have or do not have. */
typedef enum OracleFeature {
    FEATURE_STAGE1,
    FEATURE_STAGE2,
    FEATURE_VMSA32,
    FEATURE_HYP,
    FEATURE_ASID16,
    FEATURE_VMID16,
    FEATURE_CD2L,
    FEATURE_ST_LEVEL,
    FEATURE_TERM_MODEL,
    FEATURE_TYPES_OVR,
    FEATURE_PERMS_OVR,
    FEATURE_HAD,
    FEATURE_XNX,
    FEATURE_STT,
    FEATURE_FWB,
    FEATURE_E0PD,
    FEATURE_EPAN,
    FEATURE_MTEPERM,
    FEATURE_PTWNNC,
    FEATURE_4K,
    FEATURE_16K,
    FEATURE_64K,
    FEATURE_DS,
    FEATURE_VAX,
    FEATURES
} OracleFeature;

#define ORACLE_EVENT_TYPES 0x14

typedef struct OracleCoverage {
    /* Instances: SMMUv3.0 to SMMUv3.4; without and with each feature */
    uint64_t versions[5];
    uint64_t features[FEATURES][2];
    uint64_t httu[4];
    uint64_t events[ORACLE_EVENT_TYPES];
    /* [type][stage - 1][CLASS], of those that have them */
    uint64_t faults[ORACLE_EVENT_TYPES][2][3];
    /* [format][stage - 1][granule 4K 16K 64K][level + 1] */
    uint64_t leaves[2][2][3][5];
    /* the same, of where walks start */
    uint64_t starts[2][2][3][5];
    uint64_t ste[STE_CLAUSES];
    uint64_t cd[CD_CLAUSES];
    uint64_t updates[UPDATE_KINDS];
    uint64_t atomics[ATOMIC_KINDS];
    uint64_t ways[WAYS];
} OracleCoverage;

/*
 * Print each row with its count as TAP comments. Returns how many rows that can
 * be reached were not.
 */
unsigned oracle_coverage_report(const OracleCoverage *c);

#endif
