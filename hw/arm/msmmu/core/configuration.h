/*
 * What an STE and a CD say, decoded (IHI 0070 5.2, 5.4): an MsmmuContext, by
 * which transactions are translated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_CONFIGURATION_H
#define MSMMU_CORE_CONFIGURATION_H

#include "core.h"
#include "granule.h"
#include "spec/ste.h"

typedef struct MsmmuRegime MsmmuRegime;
typedef struct MsmmuStreamCounters MsmmuStreamCounters;

/* The outcome of one step of a translation. */
typedef enum MsmmuStatus {
    MSMMU_STATUS_OK,
    MSMMU_STATUS_BYPASS,        /* untranslated, on its way */
    MSMMU_STATUS_ABORT_SILENT,  /* ends with an abort, nothing is recorded */
    MSMMU_STATUS_FAULT,         /* see the MsmmuFault */
    MSMMU_STATUS_AGAIN,         /* something changed: begin again at the gate */
} MsmmuStatus;

/* Formats of translation tables (CD.AA64, STE.S2AA64). */
typedef enum MsmmuFormat {
    MSMMU_AARCH64,              /* VMSAv8-64 */
    MSMMU_AARCH32,              /* VMSAv8-32 LPAE; its granule is 4KB */
} MsmmuFormat;

/* What all tables of one stage have in common, in effective values. */
typedef struct MsmmuTables {
    MsmmuFormat format;
    bool ds;                    /* CD.DS, STE.S2DS; only with IDR5.DS */
    bool lpa;                   /* the OAS is 52 bits or more */
    bool big_endian;
    bool access_flag_off;       /* AFFD: AF is taken as 1 */
    bool update_access;         /* HA, only with IDR0.HTTU; not with AFFD */
    bool update_dirty;          /* HD, only with HA and IDR0.HTTU */
    bool update_tables;         /* HAFT, only with HA and IDR0.HTTU */
    uint8_t output_bits;        /* effective IPS or S2PS; 40 for AARCH32 */
} MsmmuTables;

/*
 * Where walks through one table base begin, as follows from the rest of its
 * configuration (walk.c).
 */
typedef struct MsmmuFirstTable {
    uint64_t address;           /* of the first table, aligned to its size */
    uint64_t index;             /* of the bits that select a descriptor there */
    uint64_t beyond;            /* the bits that no output may have */
    int8_t level;               /* -1..3 */
    uint8_t span_log2;          /* of what each descriptor spans */
    uint8_t page_log2;          /* of what one of the last level does, */
    uint8_t block_log2;         /* and a table of them */
    bool plain;                 /* as all of the tables are; walk.c */
} MsmmuFirstTable;

/*
 * Stage 1 translation through one of the two table bases, as CD.{T0SZ, TG0,
 * TTB0, ...} and CD.{T1SZ, ...} configure it. If disabled, the rest is 0, but
 * for input_bits with AARCH32: which base serves a VA depends on the sizes of
 * both.
 */
typedef struct MsmmuTableBase {
    bool disabled;              /* the effective EPDx; no TTB1 in this world */
    MsmmuGranule granule;
    /* 64 - TxSZ; AARCH32: 32 - TxSZ, and 32 for the TTB1 that NS-EL2 has not */
    uint8_t input_bits;
    bool top_byte_ignored;      /* TBIx; not with AARCH32 */
    bool hierarchical_off;      /* HPDx: APTable etc. are ignored */
    bool privileged_only;       /* E0PDx: others get a Translation fault */
    uint8_t shareability;       /* CD.SHx: VMSA_SH_*, for leaves without SH */
    /*
     * CD.TTBx[51:4] as an address, within the output size. The walk aligns it
     * to the size of the first table.
     */
    uint64_t table_pa;
    /* What follows from all this: msmmu_stage1_prepare(). */
    MsmmuFirstTable first;
    uint64_t hierarchical;      /* the bits of tables that restrict leaves */
} MsmmuTableBase;

/* Stage 2 translation, as the S2* fields of a legal STE configure it. */
typedef struct MsmmuStage2 {
    MsmmuTables tables;
    MsmmuGranule granule;
    int8_t start_level;         /* -1..3 */
    uint8_t input_bits;         /* 64 - S2T0SZ; AARCH32: 32 - S2T0SZ, signed */
    bool protected_walk;        /* S2PTW: stage 1 tables are not on Devices */
    bool force_write_back;      /* S2FWB, only with IDR3.FWB */
    uint8_t shareability;       /* S2SH0: VMSA_SH_*, for leaves without SH */
    uint64_t table_pa;          /* S2TTB as an address; the walk aligns it */
    /* What follows from all this: msmmu_stage2_prepare(). */
    MsmmuFirstTable first;
    uint8_t perms[16];          /* by S2AP, and XN above it: MSMMU_PERMS() */
} MsmmuStage2;

/* Where in the TLB the addresses of a regime are: tlb_place(). */
typedef struct TlbSalt {
    uint32_t first;             /* place of the first group */
    /*
     * Of the ways in a set. Where many regimes have a page each, it is not the
     * same one for all that share a set.
     */
    uint32_t turn;
} TlbSalt;

/*
 * The decoded configuration of one (StreamID, SubstreamID): STE and CD,
 * checked, never changed once it is published (IHI 0070 3.3.2, 5.2, 5.4).
 */
typedef struct MsmmuContext {
    /*
     * What a hit needs comes first, together, and follows from the rest.
     *
     * Whether what the TLB holds is all that counts: STE.PRIVCFG, STE.INSTCFG
     * and CD.E0PDx have no say in it, and CD.TBIx is alike for both bases.
     */
    bool direct;
    bool ignores_top_byte;      /* of VAs, if direct */
    bool takes_address_as_is;   /* direct, and it does not */
    uint8_t bypass_bits;        /* of the largest address, if BYPASS */
    /*
     * Which translations this context may share: contexts whose translations
     * cannot differ have the same one. Set by msmmu_tlb_intern().
     */
    MsmmuRegime *regime;
    TlbSalt salt;               /* the regime's, one load less away */
    /*
     * The same for stage 2 translations of the tables of its stage 1. NULL
     * unless it has both stages.
     */
    MsmmuRegime *table_regime;

    /* Of its StreamID; NULL for a context that no transaction uses. */
    MsmmuStreamCounters *counters;

    /* Key: which transactions it is for. */
    uint32_t sid;
    uint32_t ssid;
    bool ssid_valid;

    /*
     * What STE.Config and S1DSS make of these transactions: OK (translate,
     * stage1 or stage2 is set), BYPASS or ABORT_SILENT; never FAULT.
     */
    MsmmuStatus outcome;
    bool stage1;
    bool stage2;
    /*
     * BYPASS is by S1DSS, of a stream with stage 1 only, and not by Config:
     * what limits addresses is the IAS, and what is above the OAS is cut off
     * (3.4).
     */
    bool bypass_stage1;
    MsmmuWorld world;
    uint16_t asid;              /* 0 in worlds without ASIDs */
    uint16_t vmid;              /* 0 in worlds without VMIDs, without S2P */

    /* Stage 2, valid if stage2. */
    MsmmuStage2 s2;
    bool merge_events;          /* STE.MEV */
    bool s2_record;             /* STE.S2R; a fault of stage 2 aborts */

    /* Stage 1, valid if stage1. */
    MsmmuTables s1;
    MsmmuTableBase ttb[2];
    bool write_execute_never;   /* CD.WXN */
    bool unpriv_write_execute_never;    /* CD.UWXN; only with AARCH32 */
    bool privileged_access_never;       /* CD.PAN */
    bool enhanced_pan;          /* CD.EPAN; only with CD.PAN */
    bool abort;                 /* CD.A: terminate with abort, not RAZ/WI */
    bool record;                /* CD.R */
    uint64_t mair;
    /* What follows from all this: msmmu_stage1_prepare(). */
    uint8_t leaf_perms[16];     /* MSMMU_PERMS() by MSMMU_LEAF_* */
    uint8_t leaf_types[8];      /* the memory type by AttrIndx, with hints */

    /*
     * The effective overrides of what comes in (13.1.4): as the STE has them,
     * without Reserved values, STE_PRIVCFG_* and STE_INSTCFG_* of spec/ste.h;
     * and what MTCFG, MemAttr, ALLOCCFG and SHCFG make of the attributes that a
     * device has (13.1.3).
     */
    uint8_t priv_cfg;
    uint8_t inst_cfg;
    MsmmuAttributes incoming;
} MsmmuContext;

#endif
