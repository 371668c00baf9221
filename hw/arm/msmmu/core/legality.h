/*
 * What the legality of STEs and of CDs have in common: the ID registers, the
 * granules, the sizes of addresses (IHI 0070 3.4, 5.2.2, 5.4.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_LEGALITY_H
#define MSMMU_CORE_LEGALITY_H

#include "context.h"
#include "spec/regs.h"

/* A bit or field of an ID register, shifted down. */
static inline unsigned msmmu_idr(const MsmmuRegisters *regs, unsigned n,
                                 uint64_t mask)
{
    return msmmu_get(regs->idr[n], mask);
}

/* AIDR.ArchMinorRev: SMMUv3.n */
static inline unsigned msmmu_arch_minor(const MsmmuRegisters *regs)
{
    return msmmu_get(regs->aidr, AIDR_ARCH_MINOR_REV);
}

static inline bool msmmu_beyond(uint64_t address, unsigned bits)
{
    return address & ~msmmu_low_mask(bits);
}

/* CalcPARange(): bits of the output of tables of @format, for IPS or S2PS. */
unsigned msmmu_pa_range(const MsmmuRegisters *regs, MsmmuFormat format,
                        unsigned ps);

/*
 * The address in CD.TTBx or STE.S2TTB, which sit at the same bits of their
 * words: [51:4], in SMMUv3.0 [47:4]. Other bits are RES0 and taken as zero.
 */
uint64_t msmmu_table_address(const MsmmuRegisters *regs, uint64_t word);

/* TG0(): CD.TG0 and STE.S2TG. False for the Reserved encoding. */
bool msmmu_decode_tg0(unsigned tg0, MsmmuGranule *granule);

/* TG1(): CD.TG1, with another encoding. */
bool msmmu_decode_tg1(unsigned tg1, MsmmuGranule *granule);

/* GranuleSupported() */
bool msmmu_granule_supported(const MsmmuRegisters *regs,
                             MsmmuGranule granule);

/* The maximum of TxSZ and S2T0SZ for VMSAv8-64. */
unsigned msmmu_txsz_max(const MsmmuRegisters *regs, MsmmuGranule granule);

/* CD.ENDI and STE.S2ENDI against TTENDIAN. */
bool msmmu_endian_illegal(const MsmmuRegisters *regs, bool big);

#endif
