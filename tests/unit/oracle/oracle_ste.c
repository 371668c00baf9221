/*
 * Whether an STE is ILLEGAL: SteIllegal() of IHI 0070 5.2.2, clause by clause
 * in its order, as far as the Non-secure programming interface of an SMMU
 * without ATS, MPAM, permission indirections and VMSAv9-128 can reach them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

unsigned oracle_address_size(const OracleId *id, unsigned encoding)
{
    static const unsigned bits[8] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    if (id->minor == 0 && encoding > 5) {
        encoding = 5;
    } else if (id->minor < 4 && encoding == 7) {
        encoding = 6;
    }
    return bits[encoding];
}

unsigned oracle_output_size(const OracleId *id, unsigned encoding, bool aa64)
{
    unsigned bits = oracle_address_size(id, encoding);

    if (!aa64) {
        return 40;
    }
    return bits < id->oas ? bits : id->oas;
}

/* 3.4 */
unsigned oracle_ias(const OracleId *id)
{
    unsigned ias = 0;

    if (id->aa32) {
        ias = 40;
    }
    if (id->aa64 && id->oas > ias) {
        ias = id->oas;
    }
    return ias;
}

unsigned oracle_tg0(unsigned encoding)
{
    static const unsigned page_bits[4] = { 12, 16, 14, 0 };

    return page_bits[encoding];
}

unsigned oracle_tg1(unsigned encoding)
{
    static const unsigned page_bits[4] = { 0, 14, 12, 16 };

    return page_bits[encoding];
}

unsigned oracle_stage2_input(const uint64_t ste[8])
{
    int t0sz = oracle_field(ste, 163, 160);

    if (oracle_bit(ste, 179)) {
        return 64 - oracle_field(ste, 165, 160);
    }
    return 32 - (t0sz > 7 ? t0sz - 16 : t0sz);
}

bool oracle_granule_supported(const OracleId *id, unsigned page_bits)
{
    switch (page_bits) {
    case 12:
        return id->gran4k;
    case 14:
        return id->gran16k;
    case 16:
        return id->gran64k;
    default:
        return false;
    }
}

/* IgnoreSTESTRW() */
static bool strw_unused(const OracleId *id, unsigned config)
{
    return !id->s1p || !id->hyp || (config & 6) == 6 || config == 4;
}

/* IgnoreSTES2VMID() */
static bool s2vmid_ignored(const OracleId *id, unsigned config, unsigned strw)
{
    if (!(config & 4) || !id->s2p || config == 4) {
        return true;
    }
    return strw != 0 && !strw_unused(id, config);
}

OracleWorld oracle_world(const Oracle *o, const uint64_t ste[8])
{
    unsigned config = oracle_field(ste, 3, 1);

    if (strw_unused(&o->id, config) || oracle_field(ste, 95, 94) != 2) {
        return WORLD_EL1;
    }
    return o->cr2 & 1 ? WORLD_E2H : WORLD_EL2;
}

/* STES2T0SZInvalid() */
static bool t0sz_invalid(const OracleId *id, bool ds, unsigned t0sz,
                         unsigned page_bits)
{
    unsigned ias = oracle_ias(id);
    unsigned max = 39, min;

    if (id->stt) {
        max = page_bits == 16 ? 47 : 48;
    }
    if (id->minor == 0) {
        min = 64 - ias;
    } else if (page_bits == 16 || (id->ds && ds)) {
        min = 64 - ias > 12 ? 64 - ias : 12;
    } else {
        min = 64 - ias > 16 ? 64 - ias : 16;
    }
    return t0sz < min || t0sz > max;
}

/* ---- DDI 0487: S2SL0 against S2T0SZ ------------------------------------- */

/*
 * Tables D8-20 to D8-24, D8-30 to D8-33, D8-39 to D8-41: the values of T0SZ
 * that a start level goes with.
 */
typedef struct StartLevel {
    unsigned page_bits;
    unsigned sl;                /* SL2:SL0 for 4KB, else SL0 */
    int level;
    unsigned min, max;          /* with DS = 0 */
    unsigned min_ds, max_ds;    /* with DS = 1 */
    bool stt;                   /* FEAT_TTST is required */
} StartLevel;

static const StartLevel start_levels[] = {
    { 12, 4, -1, 1, 0, 12, 15, false },
    { 12, 2, 0, 16, 24, 12, 24, false },
    { 12, 1, 1, 21, 33, 21, 33, false },
    { 12, 0, 2, 30, 42, 30, 42, false },
    { 12, 3, 3, 39, 48, 39, 48, true },
    { 14, 3, 0, 1, 0, 12, 16, false },
    { 14, 2, 1, 16, 27, 13, 27, false },
    { 14, 1, 2, 24, 38, 24, 38, false },
    { 14, 0, 3, 35, 48, 35, 48, false },
    { 16, 2, 1, 12, 21, 12, 21, false },
    { 16, 1, 2, 18, 34, 18, 34, false },
    { 16, 0, 3, 31, 47, 31, 47, false },
};

/* Table D8-9: the first start level that a supported PA size allows. */
static int first_level(unsigned page_bits, unsigned oas)
{
    switch (page_bits) {
    case 12:
        return oas >= 52 ? -1 : oas >= 44 ? 0 : 1;
    case 14:
        return oas >= 52 ? 0 : oas >= 42 ? 1 : 2;
    default:
        return oas >= 44 ? 1 : 2;
    }
}

/* STEWalkConfigInconsistentAA64() */
static bool inconsistent_vmsa64(const OracleId *id, const uint64_t ste[8],
                                unsigned page_bits)
{
    bool ds = id->ds && oracle_bit(ste, 195) && page_bits != 16;
    unsigned t0sz = oracle_field(ste, 165, 160);
    unsigned sl = oracle_field(ste, 167, 166);

    if (page_bits == 12 && ds && oracle_bit(ste, 194)) {
        sl |= 4;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(start_levels); i++) {
        const StartLevel *s = &start_levels[i];

        if (s->page_bits == page_bits && s->sl == sl) {
            return t0sz < (ds ? s->min_ds : s->min) ||
                   t0sz > (ds ? s->max_ds : s->max) ||
                   (s->stt && !id->stt) ||
                   s->level < first_level(page_bits, id->oas);
        }
    }
    return true;
}

/* STEWalkConfigInconsistentAA32(), Table G5-5 */
static bool inconsistent_vmsa32(const uint64_t ste[8])
{
    int t0sz = oracle_field(ste, 163, 160);

    if (t0sz > 7) {
        t0sz -= 16;
    }
    switch (oracle_field(ste, 167, 166)) {
    case 0:
        return t0sz < -2;
    case 1:
        return t0sz > 1;
    default:
        return true;
    }
}

/* ---- SteIllegal() ------------------------------------------------------- */

static OracleSteClause stage1_illegal(const OracleId *id,
                                      const uint64_t ste[8])
{
    unsigned config = oracle_field(ste, 3, 1);
    unsigned s1cdmax = oracle_field(ste, 63, 59);
    unsigned s1fmt = oracle_field(ste, 5, 4);
    uint64_t s1contextptr = oracle_align(oracle_bits(ste[0], 55, 0), 6);

    if (oracle_bit(ste, 91) && id->stall_model != 0) {
        return STE_S1STALLD;
    }
    if (id->ssidsize && s1cdmax > id->ssidsize) {
        return STE_S1CDMAX;
    }
    if (id->ssidsize && s1cdmax && !id->cd2l && (s1fmt == 1 || s1fmt == 2)) {
        return STE_S1FMT;
    }
    if (oracle_exceeds(s1contextptr,
                       (config & 2) ? oracle_ias(id) : id->oas)) {
        return STE_S1CONTEXTPTR;
    }
    return STE_LEGAL;
}

static OracleSteClause stage2_tables_illegal(const OracleId *id,
                                             const uint64_t ste[8])
{
    bool aa64 = oracle_bit(ste, 179);
    bool ds = oracle_bit(ste, 195);
    unsigned tg = oracle_tg0(oracle_field(ste, 175, 174));
    unsigned pa_range = oracle_output_size(id, oracle_field(ste, 178, 176),
                                           aa64);
    uint64_t ttb = oracle_align(oracle_bits(ste[3],
                                            id->minor == 0 ? 47 : 51, 0), 4);

    if (aa64 && !oracle_granule_supported(id, tg)) {
        return STE_S2TG;
    }
    /* STES2TTBOutOfRange() */
    if (oracle_exceeds(ttb, pa_range)) {
        return STE_S2TTB_SIZE;
    }
    if (aa64 && tg < 16 && !(id->ds && ds) && oracle_exceeds(ttb, 48)) {
        return STE_S2TTB_48_BITS;
    }
    if (aa64 && t0sz_invalid(id, ds, oracle_field(ste, 165, 160), tg)) {
        return STE_S2T0SZ;
    }
    if (!aa64 && inconsistent_vmsa32(ste)) {
        return STE_WALK_VMSA32;
    }
    if (aa64 && inconsistent_vmsa64(id, ste, tg)) {
        return STE_WALK_VMSA64;
    }
    return STE_LEGAL;
}

static OracleSteClause stage2_illegal(const OracleId *id,
                                      const uint64_t ste[8])
{
    bool aa64 = oracle_bit(ste, 179);
    bool s2hd = oracle_bit(ste, 183), s2ha = oracle_bit(ste, 184);
    OracleSteClause clause;

    if (!aa64 && id->fwb && oracle_bit(ste, 89)) {
        return STE_FWB_VMSA32;
    }
    if (oracle_bit(ste, 185) && id->stall_model == 1) {
        return STE_S2S;
    }
    if (id->stall_model == 2 && !oracle_bit(ste, 185)) {
        return STE_S2S_FORCED;
    }
    if (!aa64 && !id->aa32) {
        return STE_VMSA32_ABSENT;
    }
    if (aa64 && !id->aa64) {
        return STE_VMSA64_ABSENT;
    }
    if ((s2ha || s2hd) && (!aa64 || id->httu == 0)) {
        return !aa64 ? STE_HTTU_VMSA32 : STE_HTTU_ABSENT;
    }
    if (s2hd && id->httu == 1) {
        return STE_DIRTY_ABSENT;
    }
    if (oracle_bit(ste, 187) && !s2ha && id->httu == 3) {
        return STE_S2HAFT;
    }
    clause = stage2_tables_illegal(id, ste);
    if (clause) {
        return clause;
    }
    if (id->ttendian == 2 && oracle_bit(ste, 180)) {
        return STE_ENDI_BIG;
    }
    if (id->ttendian == 3 && !oracle_bit(ste, 180)) {
        return STE_ENDI_LITTLE;
    }
    return STE_LEGAL;
}

OracleSteClause oracle_ste_illegal(const OracleId *id, const uint64_t ste[8])
{
    unsigned config = oracle_field(ste, 3, 1);
    unsigned strw = oracle_field(ste, 95, 94);
    OracleSteClause clause;

    if (!oracle_bit(ste, 0)) {
        return STE_NOT_VALID;
    }
    if (!(config & 4)) {
        return STE_LEGAL;
    }
    if ((config & 1) && !id->s1p) {
        return STE_STAGE1_ABSENT;
    }
    if ((config & 2) && !id->s2p) {
        return STE_STAGE2_ABSENT;
    }
    if (!strw_unused(id, config) && (strw & 1)) {
        return STE_STRW_RESERVED;
    }
    if (config & 1) {
        clause = stage1_illegal(id, ste);
        if (clause) {
            return clause;
        }
    }
    if (config & 2) {
        clause = stage2_illegal(id, ste);
        if (clause) {
            return clause;
        }
    }
    if (!s2vmid_ignored(id, config, strw) && !id->vmid16 &&
        oracle_field(ste, 143, 136)) {
        return STE_S2VMID;
    }
    return STE_LEGAL;
}
