/*
 * Whether a CD is ILLEGAL, and by which rule: CdIllegal() of IHI 0070 5.4.2, in
 * its order and with its names, and what the fields of one table base mean,
 * which that depends on.
 *
 * CONSTRAINED UNPREDICTABLE in SMMUv3.0: a TxSZ out of range is ILLEGAL, as
 * from SMMUv3.1 on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "legality.h"

/* ---- What the fields of one table base say ---- */

static MsmmuFormat cd_format(const uint64_t *cd)
{
    return cd[0] & CD_AA64 ? MSMMU_AARCH64 : MSMMU_AARCH32;
}

/*
 * EffectiveCDEPD0() and EffectiveCDEPD1(): EL2 without E2H ignores EPDx, walks
 * TTB0 and cannot reach TTB1, whose fields are RES0 then (5.4.1).
 */
static bool half_disabled(MsmmuWorld world, const uint64_t *cd, unsigned x)
{
    if (world == MSMMU_WORLD_NS_EL2) {
        return x == 1;
    }
    return cd[0] & (x ? CD_EPD1 : CD_EPD0);
}

/* 3 bits of TxSZ count with VMSAv8-32 LPAE, and neither TGx nor DS. */
static void half_aa32(const uint64_t *cd, unsigned x, MsmmuCdHalf *half)
{
    half->granule = MSMMU_4K;
    half->input_bits = 32 - (int)msmmu_get(cd[0], x ? CD_T1SZ_AARCH32
                                                    : CD_T0SZ_AARCH32);
}

static void half_aa64(const MsmmuRegisters *regs, const uint64_t *cd,
                      unsigned x, MsmmuCdHalf *half)
{
    half->granule_reserved =
        !(x ? msmmu_decode_tg1(msmmu_get(cd[0], CD_TG1), &half->granule)
            : msmmu_decode_tg0(msmmu_get(cd[0], CD_TG0), &half->granule));
    half->input_bits = 64 - (int)msmmu_get(cd[0], x ? CD_T1SZ : CD_T0SZ);
    /* RES0 without IDR5.DS, and it means nothing to the 64KB granule. */
    half->ds = msmmu_idr(regs, 5, IDR5_DS) && half->granule != MSMMU_64K &&
               (cd[2] & CD_DS);
}

MsmmuCdHalf msmmu_cd_half(const MsmmuRegisters *regs, MsmmuWorld world,
                          const uint64_t *cd, unsigned x)
{
    MsmmuCdHalf half = {
        .disabled = half_disabled(world, cd, x),
        .ttb = msmmu_table_address(regs, cd[1 + x]),
    };

    if (cd_format(cd) == MSMMU_AARCH32) {
        half_aa32(cd, x, &half);
    } else {
        half_aa64(regs, cd, x, &half);
    }
    return half;
}

/* ---- The clauses ---- */

/* AA64 against TTF, the world, and the format of stage 2. */
static const char *aa64_illegal(const MsmmuRegisters *regs, MsmmuWorld world,
                         const uint64_t *ste, const uint64_t *cd)
{
    unsigned ttf = msmmu_idr(regs, 0, IDR0_TTF);

    if (cd_format(cd) == MSMMU_AARCH32) {
        return !(ttf & IDR0_TTF_AARCH32) ?
               "AA64 = 0: no VMSAv8-32 LPAE tables (IDR0.TTF)" :
               world == MSMMU_WORLD_NS_EL2_E2H ?
               "AA64 = 0 in an EL2-E2H stream" : NULL;
    }
    return !(ttf & IDR0_TTF_AARCH64) ?
           "AA64 = 1: no VMSAv8-64 tables (IDR0.TTF)" :
           (ste[0] & STE_CONFIG_S2_ENABLED) && !(ste[2] & STE_S2AA64) ?
           "AA64 = 1 above a stage 2 with STE.S2AA64 = 0" : NULL;
}

/* HA, HD and HAFT are IGNORED with VMSAv8-32 LPAE. */
static const char *httu_illegal(const MsmmuRegisters *regs,
                                const uint64_t *cd)
{
    unsigned httu = msmmu_idr(regs, 0, IDR0_HTTU);

    if (cd_format(cd) == MSMMU_AARCH32) {
        return NULL;
    }
    if ((cd[0] & (CD_HA | CD_HD)) && httu == IDR0_HTTU_NONE) {
        return "HA or HD: tables are not updated here (IDR0.HTTU)";
    }
    if ((cd[0] & CD_HD) && httu == IDR0_HTTU_ACCESS) {
        return "HD: the dirty state is not updated here (IDR0.HTTU)";
    }
    return (cd[1] & CD_HAFT) && !(cd[0] & CD_HA) && httu == IDR0_HTTU_TABLES ?
           "HAFT = 1 with HA = 0" : NULL;
}

/* CDTxSZInvalid(). VMSAv8-32 LPAE has no invalid TxSZ. */
static bool txsz_invalid(const MsmmuRegisters *regs, const uint64_t *cd,
                         const MsmmuCdHalf *half)
{
    bool vax = msmmu_idr(regs, 5, IDR5_VAX) != IDR5_VAX_48;
    int most = vax && (half->ds || half->granule == MSMMU_64K) ? 52 : 48;

    if (half->disabled || cd_format(cd) == MSMMU_AARCH32) {
        return false;
    }
    return half->input_bits > most ||
           64 - half->input_bits > (int)msmmu_txsz_max(regs, half->granule);
}

/* CDTTBxValidRange() of IPS: what descriptors without DS can hold. */
static unsigned ttb_valid_range(const MsmmuRegisters *regs,
                                const uint64_t *cd, const MsmmuCdHalf *half)
{
    unsigned bits = msmmu_pa_range(regs, cd_format(cd),
                                   msmmu_get(cd[0], CD_IPS));
    bool wide = half->ds || half->granule == MSMMU_64K;

    return wide ? bits : MIN(bits, 48);
}

/* TGx has a meaning, but names a granule that the instance lacks. */
static bool granule_refused(const MsmmuRegisters *regs, const uint64_t *cd,
                            const MsmmuCdHalf *half)
{
    return !half->disabled && !half->granule_reserved &&
           cd_format(cd) == MSMMU_AARCH64 &&
           !msmmu_granule_supported(regs, half->granule);
}

unsigned msmmu_cd_refused_granules(const MsmmuRegisters *regs,
                                   MsmmuWorld world, const uint64_t *cd)
{
    unsigned refused = 0;

    for (unsigned x = 0; x < 2; x++) {
        MsmmuCdHalf half = msmmu_cd_half(regs, world, cd, x);

        if (granule_refused(regs, cd, &half)) {
            refused |= 1u << half.granule;
        }
    }
    return refused;
}

/* TGx and TTBx; 5.4.1.1: with EPDx all fields are IGNORED. */
static const char *ttb_illegal(const MsmmuRegisters *regs, const uint64_t *cd,
                               const MsmmuCdHalf *half, bool upper)
{
    if (half->disabled) {
        return NULL;
    }
    if (half->granule_reserved) {
        return upper ? "TG1 is a Reserved value" : "TG0 is a Reserved value";
    }
    if (granule_refused(regs, cd, half)) {
        return upper ? "TG1: no such granule here (IDR5.GRAN*)"
                     : "TG0: no such granule here (IDR5.GRAN*)";
    }
    return !msmmu_beyond(half->ttb, ttb_valid_range(regs, cd, half)) ? NULL :
           upper ? "TTB1 exceeds the output size (IPS, IDR5.OAS)"
                 : "TTB0 exceeds the output size (IPS, IDR5.OAS)";
}

/* Reserved encodings of PIIP and PIIU are 0b100 and 0b110. */
static bool pi_reserved(unsigned pi)
{
    return pi == 4 || pi == 6;
}

/* PIIP and PIIU, used if stage 1 permission indirection is enabled. */
static const char *indirection_illegal(const MsmmuRegisters *regs,
                                       MsmmuWorld world, const uint64_t *ste,
                                       const uint64_t *cd)
{
    if (cd_format(cd) == MSMMU_AARCH32 || !msmmu_idr(regs, 3, IDR3_S1PI) ||
        !(ste[1] & STE_S1PIE) || !(cd[2] & CD_PIE)) {
        return NULL;
    }
    for (unsigned i = 0; i < CD_PI_ENTRIES; i++) {
        unsigned piip = msmmu_get(cd[7], CD_PIIP(i));
        unsigned piiu = msmmu_get(cd[6], CD_PIIU(i));

        if (pi_reserved(piip)) {
            return "PIIP has a Reserved value";
        }
        if (world == MSMMU_WORLD_NS_EL2) {
            continue;
        }
        /* The privileged may not execute what the unprivileged may write. */
        if (pi_reserved(piiu)) {
            return "PIIU has a Reserved value";
        }
        if ((piip & 2) && (piiu & 4)) {
            return "PIIP executes what PIIU writes";
        }
    }
    return NULL;
}

/* S against what the instance does with faults, and the STE with stalls. */
static const char *stall_illegal(const MsmmuRegisters *regs,
                                 const uint64_t *ste, const uint64_t *cd)
{
    unsigned stall_model = msmmu_idr(regs, 0, IDR0_STALL_MODEL);

    if ((ste[1] & STE_S1STALLD) && (cd[0] & CD_S)) {
        return "S = 1 although STE.S1STALLD = 1";
    }
    /* Termination with RAZ/WI may be unsupported. */
    if (msmmu_idr(regs, 0, IDR0_TERM_MODEL) && !(cd[0] & CD_A)) {
        return "A = 0: faults can only abort here (IDR0.TERM_MODEL)";
    }
    if (stall_model == IDR0_STALL_MODEL_TERMINATE && (cd[0] & CD_S)) {
        return "S = 1: no stalls here (IDR0.STALL_MODEL)";
    }
    return stall_model == IDR0_STALL_MODEL_STALL && !(cd[0] & CD_S) ?
           "S = 0: faults can only stall here (IDR0.STALL_MODEL)" : NULL;
}

/* The fields of one table base. */
static const char *sizes_illegal(const MsmmuRegisters *regs,
                                 const uint64_t *cd, const MsmmuCdHalf *half0,
                                 const MsmmuCdHalf *half1)
{
    const char *rule;

    if (txsz_invalid(regs, cd, half0)) {
        return "T0SZ is out of range";
    }
    if (txsz_invalid(regs, cd, half1)) {
        return "T1SZ is out of range";
    }
    rule = ttb_illegal(regs, cd, half0, false);
    return rule ? rule : ttb_illegal(regs, cd, half1, true);
}

const char *msmmu_cd_broken_rule(const MsmmuRegisters *regs, MsmmuWorld world,
                                 const uint64_t *ste, const uint64_t *cd)
{
    MsmmuCdHalf half0 = msmmu_cd_half(regs, world, cd, 0);
    MsmmuCdHalf half1 = msmmu_cd_half(regs, world, cd, 1);
    const char *rule;

    if (!(cd[0] & CD_V)) {
        return "V = 0";
    }
    rule = stall_illegal(regs, ste, cd);
    if (rule) {
        return rule;
    }
    if (!(half0.disabled && half1.disabled) &&
        msmmu_endian_illegal(regs, cd[0] & CD_ENDI)) {
        return "ENDI: no tables of this endianness (IDR0.TTENDIAN)";
    }
    rule = aa64_illegal(regs, world, ste, cd);
    if (!rule) {
        rule = httu_illegal(regs, cd);
    }
    if (rule) {
        return rule;
    }
    /* EL2 without E2H has no ASIDs. */
    if (world != MSMMU_WORLD_NS_EL2 && !msmmu_idr(regs, 0, IDR0_ASID16) &&
        (cd[0] & CD_ASID_HIGH)) {
        return "ASID has more than 8 bits (IDR0.ASID16)";
    }
    rule = sizes_illegal(regs, cd, &half0, &half1);
    return rule ? rule : indirection_illegal(regs, world, ste, cd);
}
