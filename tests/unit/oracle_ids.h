/*
 * What both oracles of legality look up: the ID registers, field by field, and
 * the helpers that SteIllegal() and CdIllegal() share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_ORACLE_IDS_H
#define MSMMU_TESTS_ORACLE_IDS_H

#include "oracle_legality.h"

typedef struct OracleIds {
    unsigned s1p, s2p, ttf, httu, hyp, ats, ns1ats, asid16, vmid16, cd2l,
             ttendian, stall_model, term_model;
    unsigned ssidsize;
    unsigned pbha, mpam, fwb, stt, dpt, s1pi, s2pi, s2po;
    unsigned oas, gran4k, gran16k, gran64k, ds, d128, vax;
    unsigned arch_minor;
    bool e2h;
} OracleIds;

OracleIds oracle_ids(const MsmmuRegisters *regs);

enum { TG_4KB, TG_16KB, TG_64KB, TG_RESERVED };

/* TG0() and TG1() */
int oracle_tg0(unsigned field);
int oracle_tg1(unsigned field);

/* GranuleSupported() */
bool oracle_granule_supported(const OracleIds *id, int tg);

/* OAS and IAS of 3.4 */
int oracle_oas(const OracleIds *id);
int oracle_ias(const OracleIds *id);

/* CalcPARange() */
int oracle_pa_range(const OracleIds *id, unsigned ps, unsigned aa64);

/* The maximum of TxSZ and S2T0SZ, which is the same (5.2, 5.4) */
int oracle_txsz_max(const OracleIds *id, int tg);

/*
 * Whether the address in [hi:lo] of a structure, whose bit 0 is at @zero, needs
 * more than @bits bits.
 */
bool oracle_out_of_range(const ConfigWords *w, unsigned hi, unsigned lo,
                         unsigned zero, int bits);

/* IgnoreSTESTRW() for a Non-secure STE */
bool oracle_ignore_ste_strw(const OracleIds *id, unsigned config);

#endif
