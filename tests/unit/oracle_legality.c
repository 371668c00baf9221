/*
 * SteIllegal() and CdIllegal(), transcribed line by line.
 *
 * Helpers that the specification names but does not print are written after
 * the prose of the fields, and AArch64.S2InvalidSL and S2InconsistentSL of the
 * Arm ARM (J1). Where the specification leaves a choice, the choice is that of
 * docs: see CONSTR_UNPRED.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "oracle_legality.h"

typedef struct Ids {
    unsigned s1p, s2p, ttf, httu, hyp, ats, ns1ats, asid16, vmid16, cd2l,
             ttendian, stall_model, term_model;
    unsigned ssidsize;
    unsigned had, pbha, mpam, fwb, stt, dpt, s1pi, s2pi, s2po;
    unsigned oas, gran4k, gran16k, gran64k, ds, d128, vax;
    unsigned arch_minor;
    bool e2h;
} Ids;

static unsigned slice(uint32_t word, unsigned hi, unsigned lo)
{
    return word >> lo & (0xffffffffu >> (31 - (hi - lo)));
}

static Ids ids_of(const MsmmuRegisters *regs)
{
    const uint32_t *i = regs->idr;

    return (Ids) {
        .s2p = slice(i[0], 0, 0), .s1p = slice(i[0], 1, 1),
        .ttf = slice(i[0], 3, 2), .httu = slice(i[0], 7, 6),
        .hyp = slice(i[0], 9, 9), .ats = slice(i[0], 10, 10),
        .ns1ats = slice(i[0], 11, 11), .asid16 = slice(i[0], 12, 12),
        .vmid16 = slice(i[0], 18, 18), .cd2l = slice(i[0], 19, 19),
        .ttendian = slice(i[0], 22, 21), .stall_model = slice(i[0], 25, 24),
        .term_model = slice(i[0], 26, 26),
        .ssidsize = slice(i[1], 10, 6),
        .had = slice(i[3], 2, 2), .pbha = slice(i[3], 3, 3),
        .mpam = slice(i[3], 7, 7), .fwb = slice(i[3], 8, 8),
        .stt = slice(i[3], 9, 9), .dpt = slice(i[3], 15, 15),
        .s1pi = slice(i[3], 18, 18), .s2pi = slice(i[3], 19, 19),
        .s2po = slice(i[3], 20, 20),
        .oas = slice(i[5], 2, 0), .gran4k = slice(i[5], 4, 4),
        .gran16k = slice(i[5], 5, 5), .gran64k = slice(i[5], 6, 6),
        .ds = slice(i[5], 7, 7), .d128 = slice(i[5], 8, 8),
        .vax = slice(i[5], 11, 10),
        .arch_minor = slice(regs->aidr, 3, 0),
        .e2h = regs->cr2 & 1,
    };
}

enum { TG_4KB, TG_16KB, TG_64KB, TG_RESERVED };

static int tg0(unsigned field)
{
    static const int tg[] = { TG_4KB, TG_64KB, TG_16KB, TG_RESERVED };

    return tg[field];
}

static int tg1(unsigned field)
{
    static const int tg[] = { TG_RESERVED, TG_16KB, TG_4KB, TG_64KB };

    return tg[field];
}

static bool granule_supported(const Ids *id, int tg)
{
    return (tg == TG_4KB && id->gran4k) || (tg == TG_16KB && id->gran16k) ||
           (tg == TG_64KB && id->gran64k);
}

static int size_of(unsigned field)
{
    static const int sizes[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    return sizes[field];
}

static int oas(const Ids *id)
{
    return size_of(id->oas);
}

static int ias(const Ids *id)
{
    int a32 = id->ttf & 1 ? 40 : 0;
    int a64 = id->ttf & 2 ? oas(id) : 0;

    return MAX(a32, a64);
}

static int calc_pa_range(const Ids *id, unsigned ps, unsigned aa64)
{
    if (!aa64 && !id->d128) {
        return 40;
    }
    if (id->arch_minor == 0 && ps > 5) {
        ps = 5;
    }
    if (id->arch_minor < 4 && ps > 6) {
        ps = 6;
    }
    return MIN(size_of(ps), oas(id));
}

/* The address in [hi:lo] of a structure, whose bit 0 is at @zero. */
static bool out_of_range(const ConfigWords *w, unsigned hi, unsigned lo,
                         unsigned zero, int bits)
{
    uint64_t address = config_bits(w, hi, lo) << (lo - zero);

    return bits < 64 && address >> bits;
}

/* ---- SteIllegal() ---- */

static bool ignore_ste_strw(const Ids *id, unsigned config)
{
    if (!id->s1p) {
        return true;
    }
    if (!id->hyp) {
        return true;
    }
    if ((config & 6) == 6) {
        return true;
    }
    if (config == 4) {
        return true;
    }
    return false;
}

static bool ignore_ste_s2vmid(const Ids *id, unsigned config, unsigned strw)
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
    if (strw != 0 && !ignore_ste_strw(id, config)) {
        return true;
    }
    return false;
}

static bool s2t0sz_invalid(const Ids *id, bool vmsa128, unsigned ds,
                           int s2t0sz, int tg)
{
    int max, min;

    if (id->stt && (tg == TG_4KB || tg == TG_16KB)) {
        max = 48;
    } else if (id->stt) {
        max = 47;
    } else {
        max = 39;
    }
    if (id->arch_minor == 0) {
        min = 64 - ias(id);
    } else if (vmsa128) {
        min = MAX(8, 64 - ias(id));
    } else if (tg == TG_64KB || (id->ds && ds)) {
        min = MAX(12, 64 - ias(id));
    } else {
        min = MAX(16, 64 - ias(id));
    }
    return s2t0sz < min || s2t0sz > max;
}

static bool s2_invalid_sl(const Ids *id, int tg, unsigned sl2, unsigned sl0,
                          unsigned ds)
{
    unsigned sl = sl2 << 2 | sl0;

    switch (tg) {
    case TG_4KB:
        return sl == 5 || sl == 7 || sl == 6 ||
               (sl == 4 && oas(id) < 52) || (sl == 2 && oas(id) < 44) ||
               (sl == 3 && !id->stt);
    case TG_16KB:
        return (sl0 == 3 && (!ds || oas(id) < 52)) ||
               (sl0 == 2 && oas(id) < 42);
    default:
        return sl0 == 3 || (sl0 == 2 && oas(id) < 44);
    }
}

static bool walk_inconsistent_aa64(const Ids *id, int t0sz, unsigned ds,
                                   unsigned sl2, unsigned sl0, int tg)
{
    static const int start_4kb[] = { 2, 1, 0, 3, -1 };
    static const int start_other[] = { 3, 2, 1, 0 };
    int granulebits, stride, levels, least, most, start;

    if (!id->ds) {
        ds = 0;
    }
    if (!ds || tg != TG_4KB) {
        sl2 = 0;
    }
    if (s2_invalid_sl(id, tg, sl2, sl0, ds)) {
        return true;
    }
    start = tg == TG_4KB ? start_4kb[sl2 << 2 | sl0] : start_other[sl0];
    granulebits = tg == TG_4KB ? 12 : tg == TG_16KB ? 14 : 16;
    stride = granulebits - 3;
    levels = 3 - start;
    least = levels * stride + granulebits + 1;
    most = least + (stride - 1) + 4;
    return 64 - t0sz < least || 64 - t0sz > most;
}

static bool s2ttb_out_of_range(const Ids *id, const ConfigWords *ste, int tg,
                               int pa_range)
{
    bool ds = id->ds && config_bits(ste, 195, 195);

    if (tg != TG_64KB && !ds) {
        pa_range = MIN(pa_range, 48);
    }
    /* Bits above are RES0, and which these are depends on the version. */
    return out_of_range(ste, id->arch_minor ? 243 : 239, 196, 192, pa_range);
}

/* STE.Config == 0b11x */
static const char *stage2_illegal(const Ids *id, const ConfigWords *ste)
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
    int s2tg = tg0(config_bits(ste, 175, 174));
    bool vmsa32 = !id->d128 && !s2aa64;
    bool vmsa128 = id->d128 && !s2aa64;
    int pa_range = calc_pa_range(id, config_bits(ste, 178, 176), s2aa64);

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
    if (!vmsa32 && !granule_supported(id, s2tg)) {
        return "S2TG";
    }
    if (s2ttb_out_of_range(id, ste, s2tg, pa_range)) {
        return "S2TTB";
    }
    /* CONSTR_UNPRED S2T0SZ in SMMUv3.0: ILLEGAL */
    if (!vmsa32 && s2t0sz_invalid(id, vmsa128, s2ds, s2t0sz, s2tg)) {
        return "S2T0SZ";
    }
    if (s2aa64 && walk_inconsistent_aa64(id, s2t0sz, s2ds,
                                         config_bits(ste, 194, 194),
                                         config_bits(ste, 167, 166), s2tg)) {
        return "S2SL0";
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
static const char *stage1_illegal(const Ids *id, const ConfigWords *ste)
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
    if (out_of_range(ste, 55, 6, 0,
                     (config & 6) == 6 ? ias(id) : oas(id))) {
        return "S1ContextPtr";
    }
    return NULL;
}

const char *oracle_ste_illegal(const MsmmuRegisters *regs,
                               const ConfigWords *ste)
{
    Ids ids = ids_of(regs), *id = &ids;
    unsigned config = config_bits(ste, 3, 1);
    unsigned strw = config_bits(ste, 95, 94);
    unsigned eats = config_bits(ste, 93, 92);
    unsigned s2s = config_bits(ste, 185, 185);
    bool strw_unused = ignore_ste_strw(id, config);
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
        out_of_range(ste, 375, 332, 320, oas(id))) {
        return "VMSPtr";
    }
    return NULL;
}

/* ---- CdIllegal() ---- */

static bool cd_txsz_invalid(const Ids *id, bool vmsa128, unsigned ds,
                            int txsz, int tg)
{
    int max, min;

    if (id->stt && (tg == TG_4KB || tg == TG_16KB)) {
        max = 48;
    } else if (id->stt) {
        max = 47;
    } else {
        max = 39;
    }
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

static int cd_ttb_valid_range(const Ids *id, bool vmsa128, unsigned ds,
                              int tg, int ipa_range)
{
    if (!vmsa128 && tg != TG_64KB && !(id->ds && ds)) {
        return MIN(ipa_range, 48);
    }
    return ipa_range;
}

/* CD.TTB0 is at [119:68], CD.TTB1 at [183:132]: x words further. */
static bool cd_ttb_out_of_range(const Ids *id, const ConfigWords *cd,
                                unsigned x, int range)
{
    return out_of_range(cd, (id->arch_minor ? 115 : 111) + 64 * x,
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
    Ids ids = ids_of(regs), *id = &ids;
    unsigned config = config_bits(ste, 3, 1);
    bool el2_any = !ignore_ste_strw(id, config) &&
                   config_bits(ste, 95, 94) == 2;
    bool el2 = el2_any && !id->e2h;
    /* TTB1 cannot be reached from EL2, so its fields are not looked at. */
    bool off0 = el2 ? false : config_bits(cd, 14, 14);
    bool off1 = el2 ? true : config_bits(cd, 30, 30);
    int g0 = tg0(config_bits(cd, 7, 6));
    int g1 = tg1(config_bits(cd, 23, 22));
    unsigned aa64 = config_bits(cd, 41, 41);
    int ipa_range = calc_pa_range(id, config_bits(cd, 34, 32), aa64);
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
    if (!off0 && !vmsa32 && !granule_supported(id, g0)) {
        return "TG0";
    }
    if (!off0 && cd_ttb_out_of_range(id, cd, 0, cd_ttb_valid_range(
            id, vmsa128, ds, g0, ipa_range))) {
        return "TTB0";
    }
    if (!off1 && !vmsa32 && !granule_supported(id, g1)) {
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
