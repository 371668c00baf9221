/*
 * CdIllegal(), transcribed line by line.
 *
 * Helpers that the specification names but does not print are written after
 * the prose of the fields. Where the specification leaves a choice, the choice
 * is that of docs: see CONSTR_UNPRED.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "oracle_ids.h"

static bool cd_txsz_invalid(const OracleIds *id, bool vmsa128, unsigned ds,
                            int txsz, int tg)
{
    int max = oracle_txsz_max(id, tg), min;

    if (id->vax == 2) {
        if (vmsa128) {
            min = 9;
        } else if (tg == TG_64KB || (id->ds && ds)) {
            min = 12;
        } else {
            min = 16;
        }
    } else if (id->vax == 1) {
        if (tg == TG_64KB || (id->ds && ds) || vmsa128) {
            min = 12;
        } else {
            min = 16;
        }
    } else {
        min = 16;
    }
    return txsz < min || txsz > max;
}

static int cd_ttb_valid_range(const OracleIds *id, bool vmsa128, unsigned ds,
                              int tg, int ipa_range)
{
    if (!vmsa128 && tg != TG_64KB && !(id->ds && ds)) {
        return MIN(ipa_range, 48);
    }
    return ipa_range;
}

/* CD.TTB0 is at [119:68], CD.TTB1 at [183:132]: x words further. */
static bool cd_ttb_out_of_range(const OracleIds *id, const ConfigWords *cd,
                                unsigned x, int range)
{
    return oracle_out_of_range(cd, (id->arch_minor ? 115 : 111) + 64 * x,
                               68 + 64 * x, 64 + 64 * x, range);
}

static bool indirection_reserved(unsigned pi)
{
    return pi == 4 || pi == 6;
}

static const char *indirection_illegal(const ConfigWords *cd, bool el2)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned piip = config_bits(cd, 3 * i + 450, 3 * i + 448);
        unsigned piiu = config_bits(cd, 3 * i + 386, 3 * i + 384);

        if (indirection_reserved(piip)) {
            return "PIIP";
        }
        if (!el2) {
            if (indirection_reserved(piiu)) {
                return "PIIU";
            }
            if ((piip & 2) && (piiu & 4)) {
                return "PIIP-PIIU";
            }
        }
    }
    return NULL;
}

const char *oracle_cd_illegal(const MsmmuRegisters *regs,
                              const ConfigWords *ste, const ConfigWords *cd)
{
    OracleIds ids = oracle_ids(regs), *id = &ids;
    unsigned config = config_bits(ste, 3, 1);
    bool el2_any = !oracle_ignore_ste_strw(id, config) &&
                   config_bits(ste, 95, 94) == 2;
    bool el2 = el2_any && !id->e2h;
    /* TTB1 cannot be reached from EL2, so its fields are not looked at. */
    bool off0 = el2 ? false : config_bits(cd, 14, 14);
    bool off1 = el2 ? true : config_bits(cd, 30, 30);
    int g0 = oracle_tg0(config_bits(cd, 7, 6));
    int g1 = oracle_tg1(config_bits(cd, 23, 22));
    unsigned aa64 = config_bits(cd, 41, 41);
    int ipa_range = oracle_pa_range(id, config_bits(cd, 34, 32), aa64);
    bool vmsa32 = !id->d128 && !aa64;
    bool vmsa128 = id->d128 && !aa64;
    unsigned s = config_bits(cd, 44, 44);
    unsigned endi = config_bits(cd, 15, 15);
    unsigned ha = config_bits(cd, 43, 43);
    unsigned hd = config_bits(cd, 42, 42);
    unsigned ds = config_bits(cd, 186, 186);

    if (!config_bits(cd, 31, 31)) {
        return "V";
    }
    if (config_bits(ste, 91, 91) && s) {
        return "S-S1STALLD";
    }
    if (id->term_model && !config_bits(cd, 46, 46)) {
        return "A";
    }
    if (id->stall_model == 1 && s) {
        return "S-unsupported";
    }
    if (id->stall_model == 2 && !s) {
        return "S-forced";
    }
    if ((!off0 || !off1) &&
        ((id->ttendian == 2 && endi) || (id->ttendian == 3 && !endi))) {
        return "ENDI";
    }
    if (vmsa32 && (!(id->ttf & 1) || (el2_any && id->e2h))) {
        return "AA64-32";
    }
    if (aa64 && (!(id->ttf & 2) ||
                 ((config & 6) == 6 && !config_bits(ste, 179, 179) &&
                  !id->d128))) {
        return "AA64-64";
    }
    if (!vmsa32 && (ha || hd) && id->httu == 0) {
        return "HA";
    }
    if (!vmsa32 && hd && id->httu == 1) {
        return "HD";
    }
    if (!vmsa32 && id->httu == 3 && config_bits(cd, 67, 67) && !ha) {
        return "HAFT";
    }
    if (!el2 && !id->asid16 && config_bits(cd, 63, 56)) {
        return "ASID";
    }
    /* CONSTR_UNPRED TxSZ in SMMUv3.0: ILLEGAL */
    if (!vmsa32 && !off0 &&
        cd_txsz_invalid(id, vmsa128, ds, config_bits(cd, 5, 0), g0)) {
        return "T0SZ";
    }
    if (!vmsa32 && !off1 &&
        cd_txsz_invalid(id, vmsa128, ds, config_bits(cd, 21, 16), g1)) {
        return "T1SZ";
    }
    if (!off0 && !vmsa32 && !oracle_granule_supported(id, g0)) {
        return "TG0";
    }
    if (!off0 && cd_ttb_out_of_range(id, cd, 0, cd_ttb_valid_range(
            id, vmsa128, ds, g0, ipa_range))) {
        return "TTB0";
    }
    if (!off1 && !vmsa32 && !oracle_granule_supported(id, g1)) {
        return "TG1";
    }
    if (!off1 && cd_ttb_out_of_range(id, cd, 1, cd_ttb_valid_range(
            id, vmsa128, ds, g1, ipa_range))) {
        return "TTB1";
    }
    if ((aa64 && id->s1pi && config_bits(ste, 88, 88) &&
         config_bits(cd, 187, 187)) || vmsa128) {
        return indirection_illegal(cd, el2);
    }
    return NULL;
}
