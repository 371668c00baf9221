/*
 * SteIllegal(), transcribed line by line.
 *
 * Helpers that the specification names but does not print are written after
 * the prose of the fields, and AArch64.S2InvalidSL, AArch64.S2InconsistentSL
 * and AArch32.S2InconsistentSL of the Arm ARM (J1). Where the specification
 * leaves a choice, the choice is that of docs: see CONSTR_UNPRED.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "oracle_ids.h"

static bool ignore_ste_s2vmid(const OracleIds *id, unsigned config,
                              unsigned strw)
{
    if (!(config & 4)) {
        return true;
    }
    if (!id->s2p) {
        return true;
    }
    if (config == 4) {
        return true;
    }
    if (strw != 0 && !oracle_ignore_ste_strw(id, config)) {
        return true;
    }
    return false;
}

static bool s2t0sz_invalid(const OracleIds *id, bool vmsa128, unsigned ds,
                           int s2t0sz, int tg)
{
    int max = oracle_txsz_max(id, tg), min;

    if (id->arch_minor == 0) {
        min = 64 - oracle_ias(id);
    } else if (vmsa128) {
        min = MAX(8, 64 - oracle_ias(id));
    } else if (tg == TG_64KB || (id->ds && ds)) {
        min = MAX(12, 64 - oracle_ias(id));
    } else {
        min = MAX(16, 64 - oracle_ias(id));
    }
    return s2t0sz < min || s2t0sz > max;
}

/*
 * AArch64.S2InvalidSL(), whose 16KB SL0 == '11' is garbled in print: level 0
 * needs DS and 52 bits (Arm ARM Table D8-30).
 */
static bool s2_invalid_sl(const OracleIds *id, int tg, unsigned sl2,
                          unsigned sl0, unsigned ds)
{
    unsigned sl = sl2 << 2 | sl0;

    switch (tg) {
    case TG_4KB:
        return sl == 5 || sl == 7 || sl == 6 ||
               (sl == 4 && oracle_oas(id) < 52) ||
               (sl == 2 && oracle_oas(id) < 44) ||
               (sl == 3 && !id->stt);
    case TG_16KB:
        return (sl0 == 3 && (!ds || oracle_oas(id) < 52)) ||
               (sl0 == 2 && oracle_oas(id) < 42);
    default:
        return sl0 == 3 || (sl0 == 2 && oracle_oas(id) < 44);
    }
}

/* S2InconsistentSL(), which both formats have in common */
static bool inconsistent_sl(int iasize, int startlevel, int granulebits)
{
    int stride = granulebits - 3;
    int levels = 3 - startlevel;
    int least = levels * stride + granulebits + 1;
    int most = least + (stride - 1) + 4;

    return iasize < least || iasize > most;
}

/* STEWalkConfigInconsistentAA32(): AArch32.S2Walk and S2InconsistentSL */
static const char *walk_inconsistent_aa32(unsigned t0sz, unsigned sl0)
{
    int sint = t0sz & 8 ? (int)(t0sz & 7) - 8 : (int)(t0sz & 7);

    if (sl0 & 2) {
        return "S2SL0-aa32-reserved";
    }
    return inconsistent_sl(32 - sint, 2 - (int)sl0, 12) ?
           "S2SL0-aa32-inconsistent" : NULL;
}

/* STEWalkConfigInconsistentAA64() */
static const char *walk_inconsistent_aa64(const OracleIds *id, int t0sz,
                                          unsigned ds, unsigned sl2,
                                          unsigned sl0, int tg)
{
    static const int start_4kb[] = { 2, 1, 0, 3, -1 };
    static const int start_other[] = { 3, 2, 1, 0 };
    int start;

    if (!id->ds) {
        ds = 0;
    }
    if (!ds || tg != TG_4KB) {
        sl2 = 0;
    }
    if (s2_invalid_sl(id, tg, sl2, sl0, ds)) {
        return "S2SL0-aa64-reserved";
    }
    start = tg == TG_4KB ? start_4kb[sl2 << 2 | sl0] : start_other[sl0];
    return inconsistent_sl(64 - t0sz, start,
                           tg == TG_4KB ? 12 : tg == TG_16KB ? 14 : 16) ?
           "S2SL0-aa64-inconsistent" : NULL;
}

static bool s2ttb_out_of_range(const OracleIds *id, const ConfigWords *ste,
                               int tg, int pa_range)
{
    bool ds = id->ds && config_bits(ste, 195, 195);

    if (tg != TG_64KB && !ds) {
        pa_range = MIN(pa_range, 48);
    }
    /* Bits above are RES0, and which these are depends on the version. */
    return oracle_out_of_range(ste, id->arch_minor ? 243 : 239, 196, 192,
                               pa_range);
}

/* STE.Config == 0b11x */
static const char *stage2_illegal(const OracleIds *id, const ConfigWords *ste)
{
    unsigned s2s = config_bits(ste, 185, 185);
    unsigned s2aa64 = config_bits(ste, 179, 179);
    unsigned s2ha = config_bits(ste, 184, 184);
    unsigned s2hd = config_bits(ste, 183, 183);
    unsigned s2haft = config_bits(ste, 187, 187);
    unsigned s2ds = config_bits(ste, 195, 195);
    unsigned s2endi = config_bits(ste, 180, 180);
    unsigned s2pie = config_bits(ste, 188, 188);
    unsigned s2poe = config_bits(ste, 189, 189);
    int s2t0sz = config_bits(ste, 165, 160);
    int s2tg = oracle_tg0(config_bits(ste, 175, 174));
    bool vmsa32 = !id->d128 && !s2aa64;
    bool vmsa128 = id->d128 && !s2aa64;
    int pa_range = oracle_pa_range(id, config_bits(ste, 178, 176), s2aa64);
    unsigned sl2 = config_bits(ste, 194, 194);
    unsigned sl0 = config_bits(ste, 167, 166);
    const char *why = NULL;

    if (vmsa32 && id->fwb && config_bits(ste, 89, 89)) {
        return "S2FWB";
    }
    if (s2s && id->stall_model == 1) {
        return "S2S-unsupported";
    }
    if (id->stall_model == 2 && !s2s) {
        return "S2S-forced";
    }
    if (vmsa32 && !(id->ttf & 1)) {
        return "S2AA64-32";
    }
    if (s2aa64 && !(id->ttf & 2)) {
        return "S2AA64-64";
    }
    if ((s2ha || s2hd) && (vmsa32 || id->httu == 0)) {
        return "S2HA";
    }
    if (s2hd && id->httu == 1) {
        return "S2HD";
    }
    if (s2haft && !s2ha && id->httu == 3) {
        return "S2HAFT";
    }
    if (!vmsa32 && !oracle_granule_supported(id, s2tg)) {
        return "S2TG";
    }
    if (s2ttb_out_of_range(id, ste, s2tg, pa_range)) {
        return "S2TTB";
    }
    /* CONSTR_UNPRED S2T0SZ in SMMUv3.0: ILLEGAL */
    if (!vmsa32 && s2t0sz_invalid(id, vmsa128, s2ds, s2t0sz, s2tg)) {
        return "S2T0SZ";
    }
    if (vmsa32) {
        why = walk_inconsistent_aa32(s2t0sz & 0xf, sl0);
    } else if (s2aa64) {
        why = walk_inconsistent_aa64(id, s2t0sz, s2ds, sl2, sl0, s2tg);
    }
    if (why) {
        return why;
    }
    if (id->ttendian == 2 && s2endi) {
        return "S2ENDI-big";
    }
    if (id->ttendian == 3 && !s2endi) {
        return "S2ENDI-little";
    }
    if (id->s2pi && s2pie && vmsa32) {
        return "S2PIE";
    }
    if (id->s2po && s2poe) {
        if (!s2pie && !vmsa128) {
            return "S2POE-direct";
        }
        if (id->pbha && config_bits(ste, 75, 72)) {
            return "S2POE-pbha";
        }
        for (unsigned i = 0; i < 16; i++) {
            unsigned poi = config_bits(ste, 4 * i + 451, 4 * i + 448);

            if (poi == 1 || poi == 5) {
                return "S2POI";
            }
        }
    }
    return NULL;
}

/* STE.Config == 0b1x1 */
static const char *stage1_illegal(const OracleIds *id, const ConfigWords *ste)
{
    unsigned config = config_bits(ste, 3, 1);
    unsigned s1cdmax = config_bits(ste, 63, 59);
    unsigned s1fmt = config_bits(ste, 5, 4);

    if (config_bits(ste, 91, 91) && id->stall_model != 0) {
        return "S1STALLD";
    }
    if (id->ssidsize != 0 && s1cdmax > id->ssidsize) {
        return "S1CDMax";
    }
    if (id->ssidsize != 0 && s1cdmax != 0 && !id->cd2l &&
        (s1fmt == 1 || s1fmt == 2)) {
        return "S1Fmt";
    }
    /* CONSTR_UNPRED for an IPA, and for a PA in SMMUv3.0: ILLEGAL */
    if (oracle_out_of_range(ste, 55, 6, 0, (config & 6) == 6 ?
                            oracle_ias(id) : oracle_oas(id))) {
        return "S1ContextPtr";
    }
    return NULL;
}

const char *oracle_ste_illegal(const MsmmuRegisters *regs,
                               const ConfigWords *ste)
{
    OracleIds ids = oracle_ids(regs), *id = &ids;
    unsigned config = config_bits(ste, 3, 1);
    unsigned strw = config_bits(ste, 95, 94);
    unsigned eats = config_bits(ste, 93, 92);
    unsigned s2s = config_bits(ste, 185, 185);
    bool strw_unused = oracle_ignore_ste_strw(id, config);
    const char *why;

    if (!config_bits(ste, 0, 0)) {
        return "V";
    }
    if (!(config & 4)) {
        return NULL;
    }
    if ((config & 5) == 5 && !id->s1p) {
        return "Config-S1P";
    }
    if ((config & 6) == 6 && !id->s2p) {
        return "Config-S2P";
    }
    if (id->ats && (config & 3) != 0) {
        if (eats == 2 && (config != 7 || s2s || id->ns1ats)) {
            return "EATS-split";
        }
        /* CONSTR_UNPRED in SMMUv3.0: only with stage 2, as recommended */
        if (eats == 1 && s2s && (config & 6) == 6) {
            return "EATS-full";
        }
        if (eats == 3 && id->dpt && !strw_unused && strw != 0) {
            return "EATS-dpt";
        }
        /* Not in the pseudocode, but in the description of EATS. */
        if (eats == 3 && id->dpt && s2s && (config & 6) == 6) {
            return "EATS-dpt-s2s";
        }
    }
    if (!strw_unused && (strw & 1)) {
        return "STRW";
    }
    if ((config & 5) == 5) {
        why = stage1_illegal(id, ste);
        if (why) {
            return why;
        }
    }
    if ((config & 6) == 6) {
        why = stage2_illegal(id, ste);
        if (why) {
            return why;
        }
    }
    if (!ignore_ste_s2vmid(id, config, strw) && !id->vmid16 &&
        config_bits(ste, 143, 136)) {
        return "S2VMID";
    }
    /* The VMSPtr is enabled only where there is MPAM. */
    if (config == 7 && config_bits(ste, 90, 90) && id->mpam &&
        oracle_out_of_range(ste, 375, 332, 320, oracle_oas(id))) {
        return "VMSPtr";
    }
    return NULL;
}
