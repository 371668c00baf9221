/*
 * A rig whose stream goes through stage 2, alone or behind stage 1.
 *
 * Where both translate, the CD and the tables of stage 1 are in IPA space, and
 * the pages of stage 2 that hold them are in reverse order: nothing longer than
 * a page is contiguous, and no IPA is its PA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_RIG_STAGES_H
#define MSMMU_TESTS_RIG_STAGES_H

#include "configs.h"
#include "rig.h"

/* Where stage 1 keeps its tables and its CD (IPAs), and stage 2 its tables. */
#define STAGES_S1_AT UINT64_C(0x40000000)
#define STAGES_CD_AT UINT64_C(0x50000000)
#define STAGES_S2_AT UINT64_C(0x60000000)
/* Where the first two are in memory. */
#define STAGES_S1_PA UINT64_C(0x100000000)
#define STAGES_CD_PA UINT64_C(0x110000000)
#define STAGES_S1_SIZE UINT64_C(0x400000)
#define STAGES_CD_SIZE UINT64_C(0x10000)

/* More of word 1 of an event: S2[39], CLASS[41:40], TTRnW[44] */
#define S2 (UINT64_C(1) << 39)
#define CLASS_CD UINT64_C(0)
#define TTRNW (UINT64_C(1) << 44)

/* Commands of chapter 4. */
#define CMD_CFGI_ALL 0x04
#define CMD_TLBI_NSNH_ALL 0x30

typedef struct Stages {
    Rig r;                      /* r.t: stage 1, if it translates; r.cd */
    Tables s2;
    ConfigWords ste;
    unsigned s1_kb;             /* 0: stage 1 is bypassed */
    unsigned s2_kb;
} Stages;

/*
 * @properties of the instance besides stage=nested; the granules of the two
 * stages, @s1_kb == 0 for stage 2 alone. Both stages take 48 bits, or with
 * ds=on,oas=52 52 bits where the granule is 4KB or 16KB. Faults of both stages
 * are recorded, those of stage 1 abort. VMID 7, ASID 1.
 *
 * *s must not move: the tables of stage 1 point to those of stage 2.
 */
void stages_init(Stages *s, const char *properties, unsigned s1_kb,
                 unsigned s2_kb);
void stages_free(Stages *s);

/* Write the STE and the CD as they are in @s, and forget what is cached. */
void stages_put(Stages *s);
/* Forget what is cached, of configuration and translations. */
void stages_flush(Stages *s);

/* Pages of stage 2 for @size bytes at @ipa, in reverse order from @pa. */
void stages_back(Stages *s, uint64_t ipa, uint64_t pa, uint64_t size);
/* The PA of @ipa. */
uint64_t stages_pa(const Stages *s, uint64_t ipa);

/* A page of stage 2, whatever its size is. */
void stages_page(Stages *s, uint64_t ipa, uint64_t pa, uint64_t attributes);

#endif
