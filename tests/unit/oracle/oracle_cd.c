/*
 * Whether a CD is ILLEGAL: CdIllegal() of IHI 0070 5.4.2, clause by clause in
 * its order, as far as the Non-secure programming interface of an SMMU without
 * permission indirections and VMSAv9-128 can reach them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

/* CDTxSZInvalid() */
static bool txsz_invalid(const OracleId *id, bool ds, unsigned txsz,
                         unsigned page_bits)
{
    unsigned max = 39, min = 16;

    if (id->stt) {
        max = page_bits == 12 || page_bits == 14 ? 48 : 47;
    }
    if (id->vax && (page_bits == 16 || (id->ds && ds))) {
        min = 12;
    }
    return txsz < min || txsz > max;
}

typedef struct Half {
    unsigned txsz;
    unsigned page_bits;
    uint64_t ttb;
} Half;

/* 0, 1 or 2 beyond @first: granule, size, 48 bits. @first - 1 if legal. */
static OracleCdClause half_illegal(const OracleId *id, const uint64_t cd[8],
                                   const Half *half, OracleCdClause first)
{
    bool aa64 = oracle_bit(cd, 41);
    bool ds = id->ds && oracle_bit(cd, 186);
    unsigned ipa_range = oracle_output_size(id, oracle_field(cd, 34, 32),
                                            aa64);

    if (aa64 && !oracle_granule_supported(id, half->page_bits)) {
        return first;
    }
    /* CDTTBxOutOfRange() */
    if (oracle_exceeds(half->ttb, ipa_range)) {
        return first + 1;
    }
    if (aa64 && half->page_bits < 16 && !ds && oracle_exceeds(half->ttb, 48)) {
        return first + 2;
    }
    return CD_LEGAL;
}

static OracleCdClause tables_illegal(const OracleId *id, const uint64_t cd[8],
                                     bool epd0, bool epd1)
{
    bool aa64 = oracle_bit(cd, 41);
    bool ds = oracle_bit(cd, 186);
    unsigned top = id->minor == 0 ? 47 : 51;
    Half lower = {
        .txsz = oracle_field(cd, 5, 0),
        .page_bits = oracle_tg0(oracle_field(cd, 7, 6)),
        .ttb = oracle_align(oracle_bits(cd[1], top, 0), 4),
    };
    Half upper = {
        .txsz = oracle_field(cd, 21, 16),
        .page_bits = oracle_tg1(oracle_field(cd, 23, 22)),
        .ttb = oracle_align(oracle_bits(cd[2], top, 0), 4),
    };
    OracleCdClause clause = CD_LEGAL;

    if (aa64 && !epd0 && txsz_invalid(id, ds, lower.txsz, lower.page_bits)) {
        return CD_T0SZ;
    }
    if (aa64 && !epd1 && txsz_invalid(id, ds, upper.txsz, upper.page_bits)) {
        return CD_T1SZ;
    }
    if (!epd0) {
        clause = half_illegal(id, cd, &lower, CD_TG0);
    }
    if (!clause && !epd1) {
        clause = half_illegal(id, cd, &upper, CD_TG1);
    }
    return clause;
}

static OracleCdClause faults_illegal(const OracleId *id,
                                     const uint64_t ste[8],
                                     const uint64_t cd[8])
{
    bool s = oracle_bit(cd, 44), a = oracle_bit(cd, 46);

    if (oracle_bit(ste, 91) && s) {
        return CD_S1STALLD;
    }
    if (id->term_model && !a) {
        return CD_TERM_MODEL;
    }
    if (id->stall_model == 1 && s) {
        return CD_STALL_ABSENT;
    }
    if (id->stall_model == 2 && !s) {
        return CD_STALL_FORCED;
    }
    return CD_LEGAL;
}

static OracleCdClause format_illegal(const OracleId *id,
                                     const uint64_t ste[8],
                                     const uint64_t cd[8], OracleWorld world)
{
    bool aa64 = oracle_bit(cd, 41);
    bool hd = oracle_bit(cd, 42), ha = oracle_bit(cd, 43);

    if (!aa64 && !id->aa32) {
        return CD_VMSA32_ABSENT;
    }
    if (!aa64 && world == WORLD_E2H) {
        return CD_VMSA32_E2H;
    }
    if (aa64 && !id->aa64) {
        return CD_VMSA64_ABSENT;
    }
    if (aa64 && oracle_bit(ste, 2) && !oracle_bit(ste, 179)) {
        return CD_VMSA64_ON_VMSA32;
    }
    if (aa64 && (ha || hd) && id->httu == 0) {
        return CD_HTTU_ABSENT;
    }
    if (aa64 && hd && id->httu == 1) {
        return CD_DIRTY_ABSENT;
    }
    if (aa64 && id->httu == 3 && oracle_bit(cd, 67) && !ha) {
        return CD_HAFT;
    }
    return CD_LEGAL;
}

OracleCdClause oracle_cd_illegal(const OracleId *id, const uint64_t ste[8],
                                 const uint64_t cd[8], OracleWorld world)
{
    /*
     * Effective EPDx. In EL2, EPD0 is ignored and counts as 0; of the upper
     * half every field is RES0 (5.4.1), so nothing of it can be illegal.
     */
    bool epd0 = world != WORLD_EL2 && oracle_bit(cd, 14);
    bool epd1 = world == WORLD_EL2 || oracle_bit(cd, 30);
    OracleCdClause clause;

    if (!oracle_bit(cd, 31)) {
        return CD_NOT_VALID;
    }
    clause = faults_illegal(id, ste, cd);
    if (clause) {
        return clause;
    }
    if (!epd0 || !epd1) {
        if (id->ttendian == 2 && oracle_bit(cd, 15)) {
            return CD_ENDI_BIG;
        }
        if (id->ttendian == 3 && !oracle_bit(cd, 15)) {
            return CD_ENDI_LITTLE;
        }
    }
    clause = format_illegal(id, ste, cd, world);
    if (clause) {
        return clause;
    }
    if (world != WORLD_EL2 && !id->asid16 && oracle_field(cd, 63, 56)) {
        return CD_ASID;
    }
    return tables_illegal(id, cd, epd0, epd1);
}
