/*
 * What the oracle's files share: one transaction under way.
 *
 * Fields are named by their bits as Arm numbers them, from bit 0 of the whole
 * structure, so that a line can be held against the specification's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_MODEL_H
#define MSMMU_TESTS_ORACLE_MODEL_H

#include "oracle.h"

/* ---- Fields ------------------------------------------------------------- */

static inline uint64_t oracle_bits(uint64_t word, unsigned hi, unsigned lo)
{
    return word << (63 - hi) >> (63 - hi + lo);
}

/* Bits [@hi:@lo] of a structure; they are in one doubleword. */
static inline uint64_t oracle_field(const uint64_t *words, unsigned hi,
                                    unsigned lo)
{
    return oracle_bits(words[lo / 64], hi % 64, lo % 64);
}

static inline bool oracle_bit(const uint64_t *words, unsigned bit)
{
    return oracle_field(words, bit, bit);
}

static inline bool oracle_exceeds(uint64_t address, unsigned bits)
{
    return bits < 64 && address >> bits;
}

static inline uint64_t oracle_truncate(uint64_t address, unsigned bits)
{
    return bits < 64 ? address & ((UINT64_C(1) << bits) - 1) : address;
}

static inline uint64_t oracle_align(uint64_t address, unsigned log2)
{
    return log2 < 64 ? address >> log2 << log2 : 0;
}

/* ---- Events (chapter 7) ------------------------------------------------- */

enum {
    C_BAD_STREAMID = 0x02,
    F_STE_FETCH = 0x03,
    C_BAD_STE = 0x04,
    F_STREAM_DISABLED = 0x06,
    C_BAD_SUBSTREAMID = 0x08,
    F_CD_FETCH = 0x09,
    C_BAD_CD = 0x0a,
    F_WALK_EABT = 0x0b,
    F_TRANSLATION = 0x10,
    F_ADDR_SIZE = 0x11,
    F_ACCESS = 0x12,
    F_PERMISSION = 0x13,
};

typedef enum OracleClass {
    CLASS_CD,
    CLASS_TT,
    CLASS_IN,
} OracleClass;

typedef struct OracleFault {
    uint8_t type;               /* 0: none */
    int stage;
    OracleClass class;
    uint64_t ipa;
    uint64_t fetch;
    bool table_read;            /* TTRnW */
    bool lacks_read;            /* may be written, but not read as it needs */
} OracleFault;

/* ---- Attributes (chapter 13) -------------------------------------------- */

typedef enum OracleCacheability {
    NON_CACHEABLE,
    WRITE_THROUGH,
    WRITE_BACK,
} OracleCacheability;

typedef struct OracleCache {
    OracleCacheability cacheability;
    bool read_allocate;
    bool write_allocate;
    bool transient;
} OracleCache;

typedef enum OracleDevice {
    NORMAL = -1,
    DEVICE_NGNRNE,
    DEVICE_NGNRE,
    DEVICE_NGRE,
    DEVICE_GRE,
} OracleDevice;

enum { NON_SHAREABLE, OUTER_SHAREABLE = 2, INNER_SHAREABLE };

typedef struct OracleAttributes {
    OracleDevice device;
    OracleCache inner;
    OracleCache outer;
    unsigned shareability;
} OracleAttributes;

/* ---- Accesses ----------------------------------------------------------- */

typedef enum OracleWorld {
    WORLD_EL1,
    WORLD_EL2,
    WORLD_E2H,
} OracleWorld;

/* An access, as permissions are checked against it. */
typedef struct OracleAccess {
    bool write;
    bool atomic;                /* a write that performs a read, too */
    bool instruction;
    bool privileged;
} OracleAccess;

/* ---- A transaction under way -------------------------------------------- */

/* The tables of one stage, for one input address. */
typedef struct OracleTables {
    int stage;
    bool upper;                 /* TTB1 */
    bool vmsa32;
    unsigned page_bits;
    unsigned input_bits;
    unsigned index_bits;        /* input bits that the tables resolve */
    int start_level;
    uint64_t base;
    unsigned output_bits;
    bool ds;
    bool big_endian;
    bool hierarchy;             /* APTable and the like count */
    bool ignore_access;         /* AF counts as 1 */
    bool update_access;
    bool update_dirty;
    bool update_tables;
} OracleTables;

/* Where a walk ended. */
typedef struct OracleLeaf {
    uint64_t descriptor;
    uint64_t location;          /* its address, an IPA for nested stage 1 */
    uint64_t pa;                /* and where that is */
    int level;
    unsigned size_log2;
    uint64_t output;
    /* What the tables above it remove */
    bool no_write;
    bool no_unprivileged;
    bool xn;
    bool pxn;
} OracleLeaf;

typedef struct OracleRun {
    const Oracle *o;
    MsmmuRequest rq;
    OracleAccess access;        /* after the STE's overrides */
    uint64_t ste[8];
    uint64_t cd[8];
    bool s1;                    /* stage 1 translates */
    bool s2;
    OracleWorld world;
    OracleFault fault;
    /* Of stage 1, and of stage 2 for the transaction itself */
    OracleTables t1, t2;
    OracleLeaf leaf1, leaf2;
    bool dirty_s1;              /* to be set in leaf1 */
    OracleOutcome *out;
} OracleRun;

/* Print what was fetched, if asked to. */
void oracle_trace(const Oracle *o, const char *what, uint64_t pa,
                  const uint64_t *words, unsigned count);

/* ---- oracle_config.c ---------------------------------------------------- */

/* The STE of the stream. False: over, with an event or without. */
bool oracle_find_ste(OracleRun *run);
/* Whether a stage 1 translates is in @run->s1; if so the CD is found. */
bool oracle_find_cd(OracleRun *run);

/* ---- oracle_ste.c, oracle_cd.c: validity -------------------------------- */

OracleWorld oracle_world(const Oracle *o, const uint64_t ste[8]);
OracleSteClause oracle_ste_illegal(const OracleId *id, const uint64_t ste[8]);
OracleCdClause oracle_cd_illegal(const OracleId *id, const uint64_t ste[8],
                                 const uint64_t cd[8], OracleWorld world);

/* Of an encoding of IPS, S2PS or OAS, in bits */
unsigned oracle_address_size(const OracleId *id, unsigned encoding);
/* The effective output size of stage 1 and stage 2. */
unsigned oracle_output_size(const OracleId *id, unsigned encoding, bool aa64);
unsigned oracle_ias(const OracleId *id);
/* log2 of the granule of TG0, S2TG and of TG1; 0 if reserved */
unsigned oracle_tg0(unsigned encoding);
unsigned oracle_tg1(unsigned encoding);
/* How many bits of IPA stage 2 translates */
unsigned oracle_stage2_input(const uint64_t ste[8]);
bool oracle_granule_supported(const OracleId *id, unsigned page_bits);

/* ---- oracle_walk.c, oracle_stages.c ------------------------------------- */

typedef struct OraclePermissions {
    bool read;
    bool write;                 /* once hardware has set the dirty state */
    bool execute;
    bool clean;                 /* and a write has it set */
} OraclePermissions;

void oracle_stage1_tables(const OracleRun *run, bool upper, OracleTables *t);
void oracle_stage2_tables(const OracleRun *run, OracleTables *t);

/* Translate @va by stage 1. Leaves @run->t1 and leaf1. */
bool oracle_stage1(OracleRun *run, uint64_t va, uint64_t *ipa);
/* Set the dirty state of stage 1's leaf, if it is to be set. */
bool oracle_set_dirty_s1(OracleRun *run);
/*
 * Translate @ipa, for the transaction itself (CLASS_IN) or for an access to a
 * structure. Leaves @leaf.
 */
bool oracle_stage2(OracleRun *run, uint64_t ipa, OracleClass class,
                   OracleAccess access, uint64_t *pa, OracleLeaf *leaf);
bool oracle_walk(OracleRun *run, const OracleTables *t, uint64_t ia,
                 OracleClass class, OracleLeaf *leaf);

bool oracle_fault(OracleRun *run, uint8_t type, int stage, OracleClass class,
                  uint64_t ipa);

/* ---- oracle_update.c ---------------------------------------------------- */

/* Set the Access flag or the @dirty state of @leaf; false for a fault. */
bool oracle_update_leaf(OracleRun *run, const OracleTables *t,
                        const OracleLeaf *leaf, OracleClass class,
                        uint64_t ipa, bool dirty);
/* The Access flag of a Table descriptor, if it is to be set */
bool oracle_update_table(OracleRun *run, const OracleTables *t,
                         const OracleLeaf *table, OracleClass class,
                         uint64_t ipa);
/* Bits of the doubleword at @pa that the transaction changed by now */
uint64_t oracle_updated_bits(const OracleRun *run, uint64_t pa);
/* At the end: what was changed was only one thing. */
void oracle_check_changes(OracleRun *run);

/* ---- oracle_permissions.c ----------------------------------------------- */

OraclePermissions oracle_stage1_permissions(const OracleRun *run,
                                            const OracleTables *t,
                                            const OracleLeaf *leaf,
                                            OracleAccess access);
OraclePermissions oracle_stage2_permissions(const OracleRun *run,
                                            const OracleTables *t,
                                            const OracleLeaf *leaf,
                                            OracleAccess access);
bool oracle_permits(const OraclePermissions *p, OracleAccess access);

/* ---- oracle_attributes.c ------------------------------------------------ */

/* What a PCIe device's transaction has, with the overrides of STE or GBPA. */
OracleAttributes oracle_incoming_of_gbpa(const Oracle *o);
OracleAttributes oracle_incoming_of_ste(const OracleRun *run);
OracleAttributes oracle_attributes_stage1(const OracleRun *run,
                                          const OracleTables *t,
                                          const OracleLeaf *leaf,
                                          const OracleAttributes *incoming);
OracleAttributes oracle_attributes_stage2(const OracleRun *run,
                                          const OracleTables *t,
                                          const OracleLeaf *leaf,
                                          const OracleAttributes *s1);
bool oracle_stage2_is_device(const OracleRun *run, uint64_t descriptor);
void oracle_output_attributes(const OracleAttributes *a, OracleOutcome *out);

/* ---- oracle_events.c ---------------------------------------------------- */

/* End with @run->fault or with a configuration error. */
void oracle_end_with_fault(OracleRun *run);
bool oracle_end_with_config_event(OracleRun *run, uint8_t type);
bool oracle_end_silently(OracleRun *run);

#endif
