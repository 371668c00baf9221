/*
 * What both oracles of legality look up (IHI 0070 3.4, 5.2, 5.4, 6.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "oracle_ids.h"

static unsigned slice(uint32_t word, unsigned hi, unsigned lo)
{
    return word >> lo & (0xffffffffu >> (31 - (hi - lo)));
}

OracleIds oracle_ids(const MsmmuRegisters *regs)
{
    const uint32_t *i = regs->idr;

    return (OracleIds) {
        .s2p = slice(i[0], 0, 0), .s1p = slice(i[0], 1, 1),
        .ttf = slice(i[0], 3, 2), .httu = slice(i[0], 7, 6),
        .hyp = slice(i[0], 9, 9), .ats = slice(i[0], 10, 10),
        .ns1ats = slice(i[0], 11, 11), .asid16 = slice(i[0], 12, 12),
        .vmid16 = slice(i[0], 18, 18), .cd2l = slice(i[0], 19, 19),
        .ttendian = slice(i[0], 22, 21), .stall_model = slice(i[0], 25, 24),
        .term_model = slice(i[0], 26, 26),
        .ssidsize = slice(i[1], 10, 6),
        .pbha = slice(i[3], 3, 3), .mpam = slice(i[3], 7, 7),
        .fwb = slice(i[3], 8, 8), .stt = slice(i[3], 9, 9),
        .dpt = slice(i[3], 15, 15), .s1pi = slice(i[3], 18, 18),
        .s2pi = slice(i[3], 19, 19), .s2po = slice(i[3], 20, 20),
        .oas = slice(i[5], 2, 0), .gran4k = slice(i[5], 4, 4),
        .gran16k = slice(i[5], 5, 5), .gran64k = slice(i[5], 6, 6),
        .ds = slice(i[5], 7, 7), .d128 = slice(i[5], 8, 8),
        .vax = slice(i[5], 11, 10),
        .arch_minor = slice(regs->aidr, 3, 0),
        .e2h = regs->cr2 & 1,
    };
}

int oracle_tg0(unsigned field)
{
    static const int tg[] = { TG_4KB, TG_64KB, TG_16KB, TG_RESERVED };

    return tg[field];
}

int oracle_tg1(unsigned field)
{
    static const int tg[] = { TG_RESERVED, TG_16KB, TG_4KB, TG_64KB };

    return tg[field];
}

bool oracle_granule_supported(const OracleIds *id, int tg)
{
    return (tg == TG_4KB && id->gran4k) || (tg == TG_16KB && id->gran16k) ||
           (tg == TG_64KB && id->gran64k);
}

static int size_of(unsigned field)
{
    static const int sizes[] = { 32, 36, 40, 42, 44, 48, 52, 56 };

    return sizes[field];
}

int oracle_oas(const OracleIds *id)
{
    return size_of(id->oas);
}

int oracle_ias(const OracleIds *id)
{
    int a32 = id->ttf & 1 ? 40 : 0;
    int a64 = id->ttf & 2 ? oracle_oas(id) : 0;

    return MAX(a32, a64);
}

int oracle_pa_range(const OracleIds *id, unsigned ps, unsigned aa64)
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
    return MIN(size_of(ps), oracle_oas(id));
}

int oracle_txsz_max(const OracleIds *id, int tg)
{
    if (id->stt && (tg == TG_4KB || tg == TG_16KB)) {
        return 48;
    }
    return id->stt ? 47 : 39;
}

bool oracle_out_of_range(const ConfigWords *w, unsigned hi, unsigned lo,
                         unsigned zero, int bits)
{
    uint64_t address = config_bits(w, hi, lo) << (lo - zero);

    return bits < 64 && address >> bits;
}

bool oracle_ignore_ste_strw(const OracleIds *id, unsigned config)
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
