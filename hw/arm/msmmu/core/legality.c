/*
 * Whether an STE or a CD is ILLEGAL: SteIllegal() of IHI 0070 5.2.2 and
 * CdIllegal() of 5.4.2, in their order and with their names.
 *
 * What is supported is looked up in the ID registers, nowhere else. Two things
 * are the same in every instance, and the clauses about others are left out:
 * there are only Non-secure streams, and only VMSAv8-64 tables (IDR0.TTF[0] and
 * IDR5.D128 are 0), so that AA64 == 0 and S2AA64 == 0 are ILLEGAL where they
 * are not IGNORED.
 *
 * CONSTRAINED UNPREDICTABLE in SMMUv3.0: a TxSZ or S2T0SZ out of range is
 * ILLEGAL, and so is an S1ContextPtr out of range, as from SMMUv3.1 on;
 * S2S == 1 makes EATS == 0b01 ILLEGAL only if stage 2 is enabled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "context.h"
#include "spec/regs.h"

/* A bit or field of an ID register, shifted down. */
static unsigned idr(const MsmmuRegisters *regs, unsigned n, uint64_t mask)
{
    return msmmu_get(regs->idr[n], mask);
}

/* 5.4 CD.IPS, 5.2 STE.S2PS: what is Reserved depends on the version. */
unsigned msmmu_output_bits(const MsmmuRegisters *regs, unsigned ps)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };
    unsigned minor = msmmu_get(regs->aidr, AIDR_ARCH_MINOR_REV);
    unsigned highest = minor >= 4 ? CD_IPS_56 :
                       minor >= 1 ? CD_IPS_52 : CD_IPS_48;
    unsigned oas = idr(regs, 5, IDR5_OAS);

    return MIN(bits[MIN(ps, highest)], bits[oas]);
}

/* VMSAv8-32 LPAE has IPAs of 40 bits whatever the OAS is. */
unsigned msmmu_ias_bits(const MsmmuRegisters *regs)
{
    unsigned oas = msmmu_output_bits(regs, idr(regs, 5, IDR5_OAS));

    return idr(regs, 0, IDR0_TTF) & IDR0_TTF_AARCH32 ? MAX(40, oas) : oas;
}

static unsigned oas_bits(const MsmmuRegisters *regs)
{
    return msmmu_output_bits(regs, idr(regs, 5, IDR5_OAS));
}

/*
 * The address in CD.TTBx or STE.S2TTB, which sit at the same bits of their
 * words: [51:4], in SMMUv3.0 [47:4]. Other bits are RES0 and taken as zero.
 */
static uint64_t table_address(const MsmmuRegisters *regs, uint64_t word)
{
    bool v3_0 = msmmu_get(regs->aidr, AIDR_ARCH_MINOR_REV) == 0;

    return word & (v3_0 ? CD_TTB_V8_3_0 : CD_TTB_V8);
}

static bool beyond(uint64_t address, unsigned bits)
{
    return address & ~msmmu_low_mask(bits);
}

/* TG0(): CD.TG0 and STE.S2TG. False for the Reserved encoding. */
static bool decode_tg0(unsigned tg0, MsmmuGranule *granule)
{
    static const uint8_t granules[] = {
        [CD_TG0_4K] = MSMMU_4K,
        [CD_TG0_64K] = MSMMU_64K,
        [CD_TG0_16K] = MSMMU_16K,
    };

    if (tg0 >= G_N_ELEMENTS(granules)) {
        return false;
    }
    *granule = granules[tg0];
    return true;
}

/* TG1(): CD.TG1, with another encoding. */
static bool decode_tg1(unsigned tg1, MsmmuGranule *granule)
{
    static const uint8_t granules[] = {
        [CD_TG1_16K] = MSMMU_16K,
        [CD_TG1_4K] = MSMMU_4K,
        [CD_TG1_64K] = MSMMU_64K,
    };

    if (tg1 == 0) {
        return false;
    }
    *granule = granules[tg1];
    return true;
}

static bool granule_supported(const MsmmuRegisters *regs, MsmmuGranule g)
{
    static const uint32_t masks[] = {
        [MSMMU_4K] = IDR5_GRAN4K,
        [MSMMU_16K] = IDR5_GRAN16K,
        [MSMMU_64K] = IDR5_GRAN64K,
    };

    return idr(regs, 5, masks[g]);
}

/* Whether addresses of these tables may have 52 bits (LPA, LPA2). */
static bool wide(const MsmmuRegisters *regs, MsmmuGranule g, bool ds)
{
    return g == MSMMU_64K || (ds && idr(regs, 5, IDR5_DS));
}

static unsigned txsz_max(const MsmmuRegisters *regs, MsmmuGranule g)
{
    return !idr(regs, 3, IDR3_STT) ? 39 : g == MSMMU_64K ? 47 : 48;
}

/* ---- The STE ------------------------------------------------------------ */

static bool ignore_ste_strw(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return !idr(regs, 0, IDR0_S1P) || !idr(regs, 0, IDR0_HYP) ||
           (ste[0] & STE_CONFIG_S2_ENABLED) ||
           msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS;
}

/* IgnoreSTES2VMID() for an STE that is not disabled. */
static bool ignore_ste_s2vmid(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return !idr(regs, 0, IDR0_S2P) ||
           msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS ||
           (msmmu_get(ste[1], STE_STRW) != STE_STRW_EL1 &&
            !ignore_ste_strw(regs, ste));
}

/* 5.2 STE.EATS. The field is IGNORED without ATS and in bypass. */
static bool ats_illegal(const MsmmuRegisters *regs, const uint64_t *ste)
{
    bool s2s = ste[2] & STE_S2S;

    if (!idr(regs, 0, IDR0_ATS) ||
        msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS) {
        return false;
    }
    switch (msmmu_get(ste[1], STE_EATS)) {
    case STE_EATS_SPLIT:
        return msmmu_get(ste[0], STE_CONFIG) != STE_CONFIG_NESTED || s2s ||
               idr(regs, 0, IDR0_NS1ATS);
    case STE_EATS_FULL:
        return s2s && (ste[0] & STE_CONFIG_S2_ENABLED);
    case STE_EATS_DPT:
        return idr(regs, 3, IDR3_DPT) && !ignore_ste_strw(regs, ste) &&
               msmmu_get(ste[1], STE_STRW) != STE_STRW_EL1;
    default:
        return false;
    }
}

/* The S1* fields, of an STE that enables stage 1. */
static bool ste_stage1_illegal(const MsmmuRegisters *regs,
                               const uint64_t *ste)
{
    unsigned ssidsize = idr(regs, 1, IDR1_SSIDSIZE);
    unsigned s1cdmax = msmmu_get(ste[0], STE_S1CDMAX);
    unsigned s1fmt = msmmu_get(ste[0], STE_S1FMT);

    if ((ste[1] & STE_S1STALLD) &&
        idr(regs, 0, IDR0_STALL_MODEL) != IDR0_STALL_MODEL_BOTH) {
        return true;
    }
    /* Without substreams both fields are IGNORED. */
    if (ssidsize && s1cdmax > ssidsize) {
        return true;
    }
    if (ssidsize && s1cdmax && !idr(regs, 0, IDR0_CD2L) &&
        (s1fmt == STE_S1FMT_4K_L2 || s1fmt == STE_S1FMT_64K_L2)) {
        return true;
    }
    /*
     * STES1ContextPtrOutOfRange(): a PA beyond the OAS, or an IPA beyond the
     * IAS, which is the same without VMSAv8-32 LPAE (3.4, 3.4.3).
     */
    return beyond(ste[0] & STE_S1CONTEXTPTR, oas_bits(regs));
}

/*
 * S2SL0 -> level of the start of the stage 2 walk, as VTCR_EL2.{SL2, SL0}
 * (Arm ARM J1, AArch64.S2InvalidSL). False if this encoding is invalid.
 */
static bool s2_start_level(const MsmmuRegisters *regs, const uint64_t *ste,
                           MsmmuGranule g, int *level)
{
    bool ds = idr(regs, 5, IDR5_DS) && (ste[3] & STE_S2DS);
    unsigned sl0 = msmmu_get(ste[2], STE_S2SL0);
    unsigned oas = oas_bits(regs);

    switch (g) {
    case MSMMU_4K:
        if (ds && (ste[3] & STE_S2SL0_2)) {
            *level = -1;
            return sl0 == 0 && oas >= 52;
        }
        *level = sl0 == 3 ? 3 : 2 - (int)sl0;
        return (sl0 != 2 || oas >= 44) &&
               (sl0 != 3 || idr(regs, 3, IDR3_STT));
    case MSMMU_16K:
        *level = 3 - (int)sl0;
        return (sl0 != 2 || oas >= 42) && (sl0 != 3 || (ds && oas >= 52));
    case MSMMU_64K:
    default:
        *level = 3 - (int)sl0;
        return (sl0 != 2 || oas >= 44) && sl0 != 3;
    }
}

/* STEWalkConfigInconsistentAA64(): AArch64.S2InconsistentSL as well. */
static bool s2_walk_inconsistent(const MsmmuRegisters *regs,
                                 const uint64_t *ste, MsmmuGranule g)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[g];
    int iasize = 64 - (int)msmmu_get(ste[2], STE_S2T0SZ);
    int level, least, most;

    if (!s2_start_level(regs, ste, g, &level)) {
        return true;
    }
    /* One bit at least for the first level; at most 16 tables in a row. */
    least = (3 - level) * facts->stride + facts->shift + 1;
    most = least + facts->stride - 1 + 4;
    return iasize < least || iasize > most;
}

/*
 * STES2T0SZInvalid(). IAS == OAS, see above. SMMUv3.0 has a rule of its own
 * which comes to the same, because its OAS is 48 bits at most.
 */
static bool s2t0sz_invalid(const MsmmuRegisters *regs, const uint64_t *ste,
                           MsmmuGranule g)
{
    unsigned s2t0sz = msmmu_get(ste[2], STE_S2T0SZ);
    unsigned least = wide(regs, g, ste[3] & STE_S2DS) ? 12 : 16;

    return s2t0sz < MAX(least, 64 - oas_bits(regs)) ||
           s2t0sz > txsz_max(regs, g);
}

/* S2POE and S2POI. Without D128, S2PIE selects indirect permissions. */
static bool s2_overlay_illegal(const MsmmuRegisters *regs,
                               const uint64_t *ste)
{
    if (!idr(regs, 3, IDR3_S2PO) || !(ste[2] & STE_S2POE)) {
        return false;
    }
    if (!(ste[2] & STE_S2PIE)) {
        return true;
    }
    if (idr(regs, 3, IDR3_PBHA) &&
        (ste[1] & (STE_S2HWU59 | STE_S2HWU60 | STE_S2HWU61 | STE_S2HWU62))) {
        return true;
    }
    for (unsigned i = 0; i < STE_S2POI_ENTRIES; i++) {
        unsigned poi = msmmu_get(ste[7], STE_S2POI(i));

        if (poi == 1 || poi == 5) {
            return true;
        }
    }
    return false;
}

static bool s2_httu_illegal(const MsmmuRegisters *regs, const uint64_t *ste)
{
    unsigned httu = idr(regs, 0, IDR0_HTTU);

    return ((ste[2] & (STE_S2HA | STE_S2HD)) && httu == IDR0_HTTU_NONE) ||
           ((ste[2] & STE_S2HD) && httu == IDR0_HTTU_ACCESS) ||
           ((ste[2] & STE_S2HAFT) && !(ste[2] & STE_S2HA) &&
            httu == IDR0_HTTU_TABLES);
}

/* CD.ENDI and STE.S2ENDI against TTENDIAN. */
static bool endian_illegal(const MsmmuRegisters *regs, bool big)
{
    unsigned ttendian = idr(regs, 0, IDR0_TTENDIAN);

    return (ttendian == IDR0_TTENDIAN_LITTLE && big) ||
           (ttendian == IDR0_TTENDIAN_BIG && !big);
}

/* The S2* fields, of an STE that enables stage 2. */
static bool ste_stage2_illegal(const MsmmuRegisters *regs,
                               const uint64_t *ste)
{
    unsigned stall_model = idr(regs, 0, IDR0_STALL_MODEL);
    bool s2s = ste[2] & STE_S2S;
    unsigned output_bits;
    MsmmuGranule granule;

    if ((s2s && stall_model == IDR0_STALL_MODEL_TERMINATE) ||
        (!s2s && stall_model == IDR0_STALL_MODEL_STALL)) {
        return true;
    }
    if (!(ste[2] & STE_S2AA64) || s2_httu_illegal(regs, ste)) {
        return true;
    }
    if (!decode_tg0(msmmu_get(ste[2], STE_S2TG), &granule) ||
        !granule_supported(regs, granule)) {
        return true;
    }
    /* STES2TTBOutOfRange() */
    output_bits = msmmu_output_bits(regs, msmmu_get(ste[2], STE_S2PS));
    if (!wide(regs, granule, ste[3] & STE_S2DS)) {
        output_bits = MIN(output_bits, 48);
    }
    if (beyond(table_address(regs, ste[3]), output_bits)) {
        return true;
    }
    return s2t0sz_invalid(regs, ste, granule) ||
           s2_walk_inconsistent(regs, ste, granule) ||
           endian_illegal(regs, ste[2] & STE_S2ENDI) ||
           s2_overlay_illegal(regs, ste);
}

bool msmmu_ste_illegal(const MsmmuRegisters *regs, const uint64_t *ste)
{
    bool stage1 = ste[0] & STE_CONFIG_S1_ENABLED;
    bool stage2 = ste[0] & STE_CONFIG_S2_ENABLED;

    if (!(ste[0] & STE_V)) {
        return true;
    }
    /* Nothing else matters in an STE that lets nothing pass. */
    if (!(ste[0] & STE_CONFIG_PASS)) {
        return false;
    }
    if ((stage1 && !idr(regs, 0, IDR0_S1P)) ||
        (stage2 && !idr(regs, 0, IDR0_S2P))) {
        return true;
    }
    if (ats_illegal(regs, ste)) {
        return true;
    }
    if (!ignore_ste_strw(regs, ste) && (ste[1] & STE_STRW_RESERVED_NS)) {
        return true;
    }
    if (stage1 && ste_stage1_illegal(regs, ste)) {
        return true;
    }
    if (stage2 && ste_stage2_illegal(regs, ste)) {
        return true;
    }
    if (!ignore_ste_s2vmid(regs, ste) && !idr(regs, 0, IDR0_VMID16) &&
        (ste[2] & STE_S2VMID_HIGH)) {
        return true;
    }
    /* STEVMSPtrOutOfRange(): there is a VMS only with MPAM. */
    return stage1 && stage2 && idr(regs, 3, IDR3_MPAM) &&
           (ste[1] & STE_S1MPAM) &&
           beyond(ste[5] & STE_VMSPTR, oas_bits(regs));
}

/* ---- The CD ------------------------------------------------------------- */

MsmmuCdHalf msmmu_cd_half(const MsmmuRegisters *regs, MsmmuWorld world,
                          const uint64_t *cd, unsigned x)
{
    bool one_table = world == MSMMU_WORLD_NS_EL2;
    MsmmuCdHalf half = {
        .txsz = msmmu_get(cd[0], x ? CD_T1SZ : CD_T0SZ),
        .tbi = cd[0] & (x ? CD_TBI1 : CD_TBI0),
        .had = idr(regs, 3, IDR3_HAD) &&
               (cd[1 + x] & (x ? CD_HAD1 : CD_HAD0)),
        .e0pd = idr(regs, 3, IDR3_E0PD) && !one_table &&
                (cd[1 + x] & (x ? CD_E0PD1 : CD_E0PD0)),
        .ttb = table_address(regs, cd[1 + x]),
    };

    half.granule_reserved =
        !(x ? decode_tg1(msmmu_get(cd[0], CD_TG1), &half.granule)
            : decode_tg0(msmmu_get(cd[0], CD_TG0), &half.granule));
    /*
     * EffectiveCDEPD0() and EffectiveCDEPD1(): EL2 without E2H ignores EPDx,
     * walks TTB0 and cannot reach TTB1, whose fields are RES0 then (5.4.1).
     */
    half.disabled = one_table ? x == 1 : cd[0] & (x ? CD_EPD1 : CD_EPD0);
    return half;
}

/* CDTxSZInvalid() */
static bool cd_txsz_invalid(const MsmmuRegisters *regs, bool ds,
                            const MsmmuCdHalf *half)
{
    bool vax = idr(regs, 5, IDR5_VAX) != IDR5_VAX_48;
    unsigned least = vax && wide(regs, half->granule, ds) ? 12 : 16;

    return half->txsz < least || half->txsz > txsz_max(regs, half->granule);
}

/* CDTTBxOutOfRange(), CDTTBxValidRange() */
static bool cd_ttb_out_of_range(const MsmmuRegisters *regs,
                                const uint64_t *cd, const MsmmuCdHalf *half)
{
    unsigned bits = msmmu_output_bits(regs, msmmu_get(cd[0], CD_IPS));

    if (!wide(regs, half->granule, cd[2] & CD_DS)) {
        bits = MIN(bits, 48);
    }
    return beyond(half->ttb, bits);
}

static bool cd_half_illegal(const MsmmuRegisters *regs, const uint64_t *cd,
                            const MsmmuCdHalf *half)
{
    if (half->disabled) {
        return false;   /* 5.4.1.1: all of its fields are IGNORED */
    }
    return half->granule_reserved ||
           !granule_supported(regs, half->granule) ||
           cd_txsz_invalid(regs, cd[2] & CD_DS, half) ||
           cd_ttb_out_of_range(regs, cd, half);
}

static bool cd_httu_illegal(const MsmmuRegisters *regs, const uint64_t *cd)
{
    unsigned httu = idr(regs, 0, IDR0_HTTU);

    return ((cd[0] & (CD_HA | CD_HD)) && httu == IDR0_HTTU_NONE) ||
           ((cd[0] & CD_HD) && httu == IDR0_HTTU_ACCESS) ||
           ((cd[1] & CD_HAFT) && !(cd[0] & CD_HA) &&
            httu == IDR0_HTTU_TABLES);
}

/* Reserved encodings of PIIP and PIIU are 0b100 and 0b110. */
static bool pi_reserved(unsigned pi)
{
    return pi == 4 || pi == 6;
}

/* PIIP and PIIU, used if stage 1 permission indirection is enabled. */
static bool cd_indirection_illegal(const MsmmuRegisters *regs,
                                   MsmmuWorld world, const uint64_t *ste,
                                   const uint64_t *cd)
{
    if (!idr(regs, 3, IDR3_S1PI) || !(ste[1] & STE_S1PIE) ||
        !(cd[2] & CD_PIE)) {
        return false;
    }
    for (unsigned i = 0; i < CD_PI_ENTRIES; i++) {
        unsigned piip = msmmu_get(cd[7], CD_PIIP(i));
        unsigned piiu = msmmu_get(cd[6], CD_PIIU(i));

        if (pi_reserved(piip)) {
            return true;
        }
        if (world == MSMMU_WORLD_NS_EL2) {
            continue;
        }
        /* The privileged may not execute what the unprivileged may write. */
        if (pi_reserved(piiu) || ((piip & 2) && (piiu & 4))) {
            return true;
        }
    }
    return false;
}

bool msmmu_cd_illegal(const MsmmuRegisters *regs, MsmmuWorld world,
                      const uint64_t *ste, const uint64_t *cd)
{
    unsigned stall_model = idr(regs, 0, IDR0_STALL_MODEL);
    MsmmuCdHalf half0 = msmmu_cd_half(regs, world, cd, 0);
    MsmmuCdHalf half1 = msmmu_cd_half(regs, world, cd, 1);

    if (!(cd[0] & CD_V)) {
        return true;
    }
    if ((ste[1] & STE_S1STALLD) && (cd[0] & CD_S)) {
        return true;
    }
    /* Termination with RAZ/WI may be unsupported. */
    if (idr(regs, 0, IDR0_TERM_MODEL) && !(cd[0] & CD_A)) {
        return true;
    }
    if ((stall_model == IDR0_STALL_MODEL_TERMINATE && (cd[0] & CD_S)) ||
        (stall_model == IDR0_STALL_MODEL_STALL && !(cd[0] & CD_S))) {
        return true;
    }
    if (!(half0.disabled && half1.disabled) &&
        endian_illegal(regs, cd[0] & CD_ENDI)) {
        return true;
    }
    if (!(cd[0] & CD_AA64) || cd_httu_illegal(regs, cd)) {
        return true;
    }
    /* EL2 without E2H has no ASIDs. */
    if (world != MSMMU_WORLD_NS_EL2 && !idr(regs, 0, IDR0_ASID16) &&
        (cd[0] & CD_ASID_HIGH)) {
        return true;
    }
    return cd_half_illegal(regs, cd, &half0) ||
           cd_half_illegal(regs, cd, &half1) ||
           cd_indirection_illegal(regs, world, ste, cd);
}
