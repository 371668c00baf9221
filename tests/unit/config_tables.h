/*
 * Builders of configuration structures in the fake memory of a fixture:
 * Stream tables, STEs and CDs, from literal words.
 *
 * A structure is 8 words of 64 bits. Its fields are named by their bits as the
 * chapters 5.1 to 5.4 of IHI 0070 number them, [511:0]; nothing of the core's
 * own layouts is used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_CONFIG_TABLES_H
#define MSMMU_TESTS_CONFIG_TABLES_H

#include "fixture.h"

/* One STE or CD. */
typedef struct ConfigWords {
    uint64_t word[8];
} ConfigWords;

/* Bits [hi:lo], which are of one word. */
uint64_t config_bits(const ConfigWords *words, unsigned hi, unsigned lo);
void config_set_bits(ConfigWords *words, unsigned hi, unsigned lo,
                     uint64_t value);

/* Legal STEs: Config = 0b000, 0b100, and 0b101 with S1ContextPtr = @cd_pa. */
ConfigWords config_ste_abort(void);
ConfigWords config_ste_bypass(void);
ConfigWords config_ste_stage1(uint64_t cd_pa);

/*
 * Config = 0b110, and 0b111 with S1ContextPtr = @cd_ipa. Stage 2 is legal
 * wherever the 4KB granule and 40 bits of IPA are: S2T0SZ 24, S2SL0 1 (level
 * 1), S2TG 4KB, S2PS 48 bits, S2AA64, S2R.
 */
ConfigWords config_ste_stage2(uint16_t vmid, uint64_t s2ttb);
ConfigWords config_ste_nested(uint64_t cd_ipa, uint16_t vmid, uint64_t s2ttb);

/*
 * A CD that is legal wherever the 4KB granule is: T0SZ 16 (48 bits), TG0 4KB,
 * TTB0 = @ttb0, EPD1, IPS 48 bits, AA64, A, R, ASID = @asid, MAIR 0xff and
 * seven times 0x00.
 */
ConfigWords config_cd(uint16_t asid, uint64_t ttb0);

void config_put(Fixture *f, uint64_t pa, const ConfigWords *words);

/* The STE of @sid in a linear table at FIXTURE_STRTAB. */
void config_put_ste(Fixture *f, uint32_t sid, const ConfigWords *ste);

/* Where config_put_stage1() puts the CD of @sid. */
uint64_t config_cd_pa(uint32_t sid);

/* An STE for @sid as above, and its CD. */
void config_put_stage1(Fixture *f, uint32_t sid, const ConfigWords *cd);

/* An L1STD at @pa: L2Ptr and Span (5.1). */
void config_put_l1std(Fixture *f, uint64_t pa, uint64_t l2_pa,
                      unsigned span);

/*
 * Look up the configuration for a transaction of @sid without a SubstreamID;
 * *fault is cleared before.
 */
MsmmuStatus config_get(Fixture *f, uint32_t sid, const MsmmuContext **ctx,
                       MsmmuFault *fault);

/* The same; the status alone. */
MsmmuStatus config_status(Fixture *f, uint32_t sid);

/* Fails the test unless the lookup of @sid is a fault of @type. */
void config_assert_fault(Fixture *f, uint32_t sid, uint8_t type);

#endif
