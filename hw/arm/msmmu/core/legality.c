/*
 * What the legality of STEs and of CDs have in common (IHI 0070 3.4, 5.2.2,
 * 5.4.2).
 *
 * What is supported is looked up in the ID registers, nowhere else. Two things
 * are the same in every instance, and the clauses about others are left out:
 * there are only Non-secure streams, and no VMSAv9-128 tables (IDR5.D128 is
 * 0), so that AA64 == 0 and S2AA64 == 0 select VMSAv8-32 LPAE.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "legality.h"

#define AARCH32_IPA_BITS 40     /* of VMSAv8-32 LPAE, whatever the OAS is */

/* 5.4 CD.IPS, 5.2 STE.S2PS: what is Reserved depends on the version. */
unsigned msmmu_output_bits(const MsmmuRegisters *regs, unsigned ps)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 52, 56 };
    unsigned minor = msmmu_arch_minor(regs);
    unsigned highest = minor >= 4 ? CD_IPS_56 :
                       minor >= 1 ? CD_IPS_52 : CD_IPS_48;
    unsigned oas = msmmu_idr(regs, 5, IDR5_OAS);

    return MIN(bits[MIN(ps, highest)], bits[oas]);
}

unsigned msmmu_pa_range(const MsmmuRegisters *regs, MsmmuFormat format,
                        unsigned ps)
{
    return format == MSMMU_AARCH32 ? AARCH32_IPA_BITS :
           msmmu_output_bits(regs, ps);
}

unsigned msmmu_oas_bits(const MsmmuRegisters *regs)
{
    return msmmu_output_bits(regs, msmmu_idr(regs, 5, IDR5_OAS));
}

/* 3.4: VMSAv8-32 LPAE has IPAs of 40 bits, VMSAv8-64 as many as PAs. */
unsigned msmmu_ias_bits(const MsmmuRegisters *regs)
{
    unsigned ttf = msmmu_idr(regs, 0, IDR0_TTF);

    return MAX(ttf & IDR0_TTF_AARCH32 ? AARCH32_IPA_BITS : 0,
               ttf & IDR0_TTF_AARCH64 ? msmmu_oas_bits(regs) : 0);
}

uint64_t msmmu_table_address(const MsmmuRegisters *regs, uint64_t word)
{
    return word & (msmmu_arch_minor(regs) ? CD_TTB_V8 : CD_TTB_V8_3_0);
}

bool msmmu_decode_tg0(unsigned tg0, MsmmuGranule *granule)
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

bool msmmu_decode_tg1(unsigned tg1, MsmmuGranule *granule)
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

bool msmmu_granule_supported(const MsmmuRegisters *regs, MsmmuGranule g)
{
    static const uint32_t masks[] = {
        [MSMMU_4K] = IDR5_GRAN4K,
        [MSMMU_16K] = IDR5_GRAN16K,
        [MSMMU_64K] = IDR5_GRAN64K,
    };

    return msmmu_idr(regs, 5, masks[g]);
}

unsigned msmmu_txsz_max(const MsmmuRegisters *regs, MsmmuGranule g)
{
    return !msmmu_idr(regs, 3, IDR3_STT) ? 39 : g == MSMMU_64K ? 47 : 48;
}

bool msmmu_endian_illegal(const MsmmuRegisters *regs, bool big)
{
    unsigned ttendian = msmmu_idr(regs, 0, IDR0_TTENDIAN);

    return (ttendian == IDR0_TTENDIAN_LITTLE && big) ||
           (ttendian == IDR0_TTENDIAN_BIG && !big);
}
