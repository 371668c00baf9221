/*
 * Whether an STE is ILLEGAL, and by which rule: SteIllegal() of IHI 0070 5.2.2,
 * in its order and with its names, and what the S2* fields mean, which that
 * depends on.
 *
 * CONSTRAINED UNPREDICTABLE in SMMUv3.0: an S2T0SZ out of range is ILLEGAL, and
 * so is an S1ContextPtr out of range, as from SMMUv3.1 on; S2S == 1 makes
 * EATS == 0b01 ILLEGAL only if stage 2 is enabled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "legality.h"

/* ---- Which fields are used ---- */

static bool ignore_ste_strw(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return !msmmu_idr(regs, 0, IDR0_S1P) ||
           !msmmu_idr(regs, 0, IDR0_HYP) ||
           (ste[0] & STE_CONFIG_S2_ENABLED) ||
           msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS;
}

/* IgnoreSTES2VMID() for an STE that is not disabled. */
bool msmmu_ste_ignores_s2vmid(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return !msmmu_idr(regs, 0, IDR0_S2P) ||
           msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS ||
           (msmmu_get(ste[1], STE_STRW) != STE_STRW_EL1 &&
            !ignore_ste_strw(regs, ste));
}

/* ---- What the S2* fields say ---- */

/*
 * S2SL0_2 and S2SL0 -> level of the start of the walk, as VTCR_EL2.{SL2, SL0}
 * (Arm ARM Tables D8-19, D8-29, D8-38; AArch64.S2InvalidSL). False if this
 * encoding is Reserved or needs more PA bits than there are.
 */
static bool start_level_aa64(const MsmmuRegisters *regs, const uint64_t *ste,
                             const MsmmuSteStage2 *s2, int *level)
{
    unsigned sl0 = msmmu_get(ste[2], STE_S2SL0);
    unsigned oas = msmmu_oas_bits(regs);

    switch (s2->granule) {
    case MSMMU_4K:
        if (s2->ds && (ste[3] & STE_S2SL0_2)) {
            *level = -1;
            return sl0 == 0 && oas >= 52;
        }
        *level = sl0 == 3 ? 3 : 2 - (int)sl0;
        return (sl0 != 2 || oas >= 44) &&
               (sl0 != 3 || msmmu_idr(regs, 3, IDR3_STT));
    case MSMMU_16K:
        *level = 3 - (int)sl0;
        return (sl0 != 2 || oas >= 42) &&
               (sl0 != 3 || (s2->ds && oas >= 52));
    case MSMMU_64K:
    default:
        *level = 3 - (int)sl0;
        return (sl0 != 2 || oas >= 44) && sl0 != 3;
    }
}

/* S2SL0 as VTCR.SL0 (Arm ARM Table G5-5): level 2 or 1; 0b1x is Reserved. */
static bool start_level_aa32(const uint64_t *ste, int *level)
{
    unsigned sl0 = msmmu_get(ste[2], STE_S2SL0);

    *level = 2 - (int)sl0;
    return sl0 <= 1;
}

/* S2T0SZ[3:0] is signed with VMSAv8-32 LPAE: -8 to 7 (5.2 S2T0SZ). */
static int input_bits_aa32(const uint64_t *ste)
{
    int t0sz = msmmu_get(ste[2], STE_S2T0SZ_AARCH32);

    return 32 - (t0sz >= 8 ? t0sz - 16 : t0sz);
}

MsmmuSteStage2 msmmu_ste_stage2(const MsmmuRegisters *regs,
                                const uint64_t *ste)
{
    MsmmuSteStage2 s2 = {
        .format = ste[2] & STE_S2AA64 ? MSMMU_AARCH64 : MSMMU_AARCH32,
        .ttb = msmmu_table_address(regs, ste[3]),
    };

    s2.output_bits = msmmu_pa_range(regs, s2.format,
                                    msmmu_get(ste[2], STE_S2PS));
    if (s2.format == MSMMU_AARCH32) {
        s2.granule = MSMMU_4K;      /* S2TG is RES0 */
        s2.input_bits = input_bits_aa32(ste);
        s2.start_level_reserved = !start_level_aa32(ste, &s2.start_level);
        return s2;
    }
    s2.input_bits = 64 - (int)msmmu_get(ste[2], STE_S2T0SZ);
    s2.granule_reserved =
        !msmmu_decode_tg0(msmmu_get(ste[2], STE_S2TG), &s2.granule);
    /* RES0 without IDR5.DS, and with the 64KB granule. */
    s2.ds = msmmu_idr(regs, 5, IDR5_DS) && s2.granule != MSMMU_64K &&
            (ste[3] & STE_S2DS);
    s2.start_level_reserved =
        !start_level_aa64(regs, ste, &s2, &s2.start_level);
    return s2;
}

/* ---- The clauses ---- */

/* 5.2 STE.EATS. The field is IGNORED without ATS and in bypass. */
static bool ats_illegal(const MsmmuRegisters *regs, const uint64_t *ste)
{
    bool s2s = ste[2] & STE_S2S;
    bool stage2 = ste[0] & STE_CONFIG_S2_ENABLED;

    if (!msmmu_idr(regs, 0, IDR0_ATS) ||
        msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_BYPASS) {
        return false;
    }
    switch (msmmu_get(ste[1], STE_EATS)) {
    case STE_EATS_SPLIT:
        return msmmu_get(ste[0], STE_CONFIG) != STE_CONFIG_NESTED || s2s ||
               msmmu_idr(regs, 0, IDR0_NS1ATS);
    case STE_EATS_FULL:
        return s2s && stage2;
    case STE_EATS_DPT:
        /* S2S is in the prose alone. */
        return msmmu_idr(regs, 3, IDR3_DPT) &&
               ((s2s && stage2) ||
                (!ignore_ste_strw(regs, ste) &&
                 msmmu_get(ste[1], STE_STRW) != STE_STRW_EL1));
    default:
        return false;
    }
}

/*
 * STES1ContextPtrOutOfRange(): a PA beyond the OAS, or an IPA beyond the IAS
 * (3.4.3 (1), (2)).
 */
static bool s1contextptr_out_of_range(const MsmmuRegisters *regs,
                                      const uint64_t *ste)
{
    unsigned bits = ste[0] & STE_CONFIG_S2_ENABLED ? msmmu_ias_bits(regs)
                                                   : msmmu_oas_bits(regs);

    return msmmu_beyond(ste[0] & STE_S1CONTEXTPTR, bits);
}

/* The S1* fields, of an STE that enables stage 1. */
static const char *stage1_illegal(const MsmmuRegisters *regs,
                                  const uint64_t *ste)
{
    unsigned ssidsize = msmmu_idr(regs, 1, IDR1_SSIDSIZE);
    unsigned s1cdmax = msmmu_get(ste[0], STE_S1CDMAX);
    unsigned s1fmt = msmmu_get(ste[0], STE_S1FMT);

    if ((ste[1] & STE_S1STALLD) &&
        msmmu_idr(regs, 0, IDR0_STALL_MODEL) != IDR0_STALL_MODEL_BOTH) {
        return "S1STALLD = 1: no choice of stalls here (IDR0.STALL_MODEL)";
    }
    /* Without substreams both fields are IGNORED. */
    if (ssidsize && s1cdmax > ssidsize) {
        return "S1CDMax is more than IDR1.SSIDSIZE";
    }
    if (ssidsize && s1cdmax && !msmmu_idr(regs, 0, IDR0_CD2L) &&
        (s1fmt == STE_S1FMT_4K_L2 || s1fmt == STE_S1FMT_64K_L2)) {
        return "S1Fmt: no two-level CD tables here (IDR0.CD2L)";
    }
    return s1contextptr_out_of_range(regs, ste) ?
           "S1ContextPtr exceeds the OAS, or the IAS" : NULL;
}

/* S2AA64 against TTF. */
static bool s2aa64_illegal(const MsmmuRegisters *regs,
                           const MsmmuSteStage2 *s2)
{
    unsigned ttf = msmmu_idr(regs, 0, IDR0_TTF);

    return !(ttf & (s2->format == MSMMU_AARCH32 ? IDR0_TTF_AARCH32
                                                : IDR0_TTF_AARCH64));
}

static const char *s2_httu_illegal(const MsmmuRegisters *regs,
                                   const uint64_t *ste,
                                   const MsmmuSteStage2 *s2)
{
    unsigned httu = msmmu_idr(regs, 0, IDR0_HTTU);

    if ((ste[2] & (STE_S2HA | STE_S2HD)) &&
        (s2->format == MSMMU_AARCH32 || httu == IDR0_HTTU_NONE)) {
        return "S2HA or S2HD: these tables are not updated (IDR0.HTTU, S2AA64)";
    }
    if ((ste[2] & STE_S2HD) && httu == IDR0_HTTU_ACCESS) {
        return "S2HD: the dirty state is not updated here (IDR0.HTTU)";
    }
    return (ste[2] & STE_S2HAFT) && !(ste[2] & STE_S2HA) &&
           httu == IDR0_HTTU_TABLES ? "S2HAFT = 1 with S2HA = 0" : NULL;
}

/* STES2TTBOutOfRange() */
static bool s2ttb_out_of_range(const MsmmuSteStage2 *s2)
{
    bool wide = s2->ds || s2->granule == MSMMU_64K;

    return msmmu_beyond(s2->ttb, wide ? s2->output_bits
                                      : MIN(s2->output_bits, 48));
}

/*
 * STES2T0SZInvalid(). SMMUv3.0 has a rule of its own which comes to the same,
 * because its OAS is 48 bits at most.
 */
static bool s2t0sz_invalid(const MsmmuRegisters *regs,
                           const MsmmuSteStage2 *s2)
{
    int most = s2->ds || s2->granule == MSMMU_64K ? 52 : 48;

    return s2->input_bits > MIN(most, (int)msmmu_ias_bits(regs)) ||
           64 - s2->input_bits > (int)msmmu_txsz_max(regs, s2->granule);
}

/*
 * STEWalkConfigInconsistentAA32() and AA64(): AArch32.S2InconsistentSL and
 * AArch64.S2InconsistentSL.
 */
static bool walk_config_inconsistent(const MsmmuSteStage2 *s2)
{
    const MsmmuGranuleFacts *facts = &msmmu_granule_facts[s2->granule];
    int least, most;

    if (s2->start_level_reserved) {
        return true;
    }
    /* One bit at least for the first level; at most 16 tables in a row. */
    least = (MSMMU_LAST_LEVEL - s2->start_level) * facts->stride +
            facts->shift + 1;
    most = least + facts->stride - 1 + 4;
    return s2->input_bits < least || s2->input_bits > most;
}

/* S2PIE and S2POE. Without D128, S2PIE selects indirect permissions. */
static const char *s2_permissions_illegal(const MsmmuRegisters *regs,
                                          const uint64_t *ste,
                                          const MsmmuSteStage2 *s2)
{
    if (msmmu_idr(regs, 3, IDR3_S2PI) && (ste[2] & STE_S2PIE) &&
        s2->format == MSMMU_AARCH32) {
        return "S2PIE = 1 with S2AA64 = 0";
    }
    if (!msmmu_idr(regs, 3, IDR3_S2PO) || !(ste[2] & STE_S2POE)) {
        return NULL;
    }
    if (!(ste[2] & STE_S2PIE)) {
        return "S2POE = 1 with S2PIE = 0";
    }
    if (msmmu_idr(regs, 3, IDR3_PBHA) &&
        (ste[1] & (STE_S2HWU59 | STE_S2HWU60 | STE_S2HWU61 | STE_S2HWU62))) {
        return "S2HWU with S2POE = 1";
    }
    for (unsigned i = 0; i < STE_S2POI_ENTRIES; i++) {
        unsigned poi = msmmu_get(ste[7], STE_S2POI(i));

        if (poi == 1 || poi == 5) {
            return "S2POI has a Reserved value";
        }
    }
    return NULL;
}

/* S2TG names a granule that the instance lacks. */
static bool granule_refused(const MsmmuRegisters *regs,
                            const MsmmuSteStage2 *s2)
{
    return s2->format == MSMMU_AARCH64 && !s2->granule_reserved &&
           !msmmu_granule_supported(regs, s2->granule);
}

unsigned msmmu_ste_refused_granules(const MsmmuRegisters *regs,
                                    const uint64_t *ste)
{
    MsmmuSteStage2 s2 = msmmu_ste_stage2(regs, ste);

    return ste[0] & STE_V && ste[0] & STE_CONFIG_PASS &&
           ste[0] & STE_CONFIG_S2_ENABLED && granule_refused(regs, &s2) ?
           1u << s2.granule : 0;
}

/* What the S2* fields say of the tables, in numbers. */
static const char *stage2_sizes_illegal(const MsmmuRegisters *regs,
                                        const uint64_t *ste,
                                        const MsmmuSteStage2 *s2)
{
    bool aa32 = s2->format == MSMMU_AARCH32;

    if (!aa32 && s2->granule_reserved) {
        return "S2TG is a Reserved value";
    }
    if (granule_refused(regs, s2)) {
        return "S2TG: no such granule here (IDR5.GRAN*)";
    }
    if (s2ttb_out_of_range(s2)) {
        return "S2TTB exceeds the output size (S2PS, IDR5.OAS)";
    }
    if (!aa32 && s2t0sz_invalid(regs, s2)) {
        return "S2T0SZ is out of range";
    }
    if (walk_config_inconsistent(s2)) {
        return s2->start_level_reserved ?
               "S2SL0: no such start level with this granule and OAS" :
               "S2T0SZ and S2SL0 do not fit each other";
    }
    return msmmu_endian_illegal(regs, ste[2] & STE_S2ENDI) ?
           "S2ENDI: no tables of this endianness (IDR0.TTENDIAN)" : NULL;
}

/* The S2* fields, of an STE that enables stage 2. */
static const char *stage2_illegal(const MsmmuRegisters *regs,
                                  const uint64_t *ste)
{
    unsigned stall_model = msmmu_idr(regs, 0, IDR0_STALL_MODEL);
    MsmmuSteStage2 s2 = msmmu_ste_stage2(regs, ste);
    bool aa32 = s2.format == MSMMU_AARCH32;
    bool s2s = ste[2] & STE_S2S;
    const char *rule;

    if (aa32 && msmmu_idr(regs, 3, IDR3_FWB) && (ste[1] & STE_S2FWB)) {
        return "S2FWB = 1 with S2AA64 = 0";
    }
    if (s2s && stall_model == IDR0_STALL_MODEL_TERMINATE) {
        return "S2S = 1: no stalls here (IDR0.STALL_MODEL)";
    }
    if (!s2s && stall_model == IDR0_STALL_MODEL_STALL) {
        return "S2S = 0: faults can only stall here (IDR0.STALL_MODEL)";
    }
    if (s2aa64_illegal(regs, &s2)) {
        return aa32 ? "S2AA64 = 0: no VMSAv8-32 LPAE tables (IDR0.TTF)"
                    : "S2AA64 = 1: no VMSAv8-64 tables (IDR0.TTF)";
    }
    rule = s2_httu_illegal(regs, ste, &s2);
    if (!rule) {
        rule = stage2_sizes_illegal(regs, ste, &s2);
    }
    return rule ? rule : s2_permissions_illegal(regs, ste, &s2);
}

/* STEVMSPtrOutOfRange(): there is a VMS only with MPAM. */
static bool vmsptr_illegal(const MsmmuRegisters *regs, const uint64_t *ste)
{
    return msmmu_get(ste[0], STE_CONFIG) == STE_CONFIG_NESTED &&
           msmmu_idr(regs, 3, IDR3_MPAM) && (ste[1] & STE_S1MPAM) &&
           msmmu_beyond(ste[5] & STE_VMSPTR, msmmu_oas_bits(regs));
}

const char *msmmu_ste_broken_rule(const MsmmuRegisters *regs,
                                  const uint64_t *ste)
{
    bool stage1 = ste[0] & STE_CONFIG_S1_ENABLED;
    bool stage2 = ste[0] & STE_CONFIG_S2_ENABLED;
    const char *rule = NULL;

    if (!(ste[0] & STE_V)) {
        return "V = 0";
    }
    /* Nothing else matters in an STE that lets nothing pass. */
    if (!(ste[0] & STE_CONFIG_PASS)) {
        return NULL;
    }
    if (stage1 && !msmmu_idr(regs, 0, IDR0_S1P)) {
        return "Config: the instance has no stage 1 (IDR0.S1P)";
    }
    if (stage2 && !msmmu_idr(regs, 0, IDR0_S2P)) {
        return "Config: the instance has no stage 2 (IDR0.S2P)";
    }
    if (ats_illegal(regs, ste)) {
        return "EATS does not go with Config, S2S, STRW or IDR0.NS1ATS";
    }
    if (!ignore_ste_strw(regs, ste) && (ste[1] & STE_STRW_RESERVED_NS)) {
        return "STRW is a Reserved value";
    }
    if (stage1) {
        rule = stage1_illegal(regs, ste);
    }
    if (!rule && stage2) {
        rule = stage2_illegal(regs, ste);
    }
    if (rule) {
        return rule;
    }
    if (!msmmu_ste_ignores_s2vmid(regs, ste) &&
        !msmmu_idr(regs, 0, IDR0_VMID16) && (ste[2] & STE_S2VMID_HIGH)) {
        return "S2VMID has more than 8 bits (IDR0.VMID16)";
    }
    return vmsptr_illegal(regs, ste) ? "VMSPtr exceeds the OAS" : NULL;
}
