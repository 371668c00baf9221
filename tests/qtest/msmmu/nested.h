/*
 * A device behind both stages, for qtests: stage 1 tables and the CD are in the
 * IPA space of stage 2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_NESTED_H
#define TESTS_QTEST_MSMMU_NESTED_H

#include "config.h"
#include "rig.h"

#define QNESTED_ASID 5
#define QNESTED_VMID 7
/* Where CDs and stage 1 tables begin in IPA space */
#define QNESTED_TABLES_IPA 0x700000000ULL

typedef struct QNested {
    QRig *rig;
    QTestState *qts;
    QSmmu *s;
    QEdu *edu;
    QTables s2;
    QTables s1;
    uint64_t cd_ipa;
    QSte ste;
    QCd cd;
} QNested;

/*
 * Empty tables behind instance @n of the rig: stage 1 of @shift1 with
 * @input_bits, stage 2 of @shift2 with 40 bits. QRIG_SID is attached to them.
 */
QNested *qnested_attach(QRig *rig, unsigned n, unsigned shift1,
                        unsigned input_bits, unsigned shift2);

/* One root complex whose SMMU has @properties, and 4K tables of 39 bits. */
QNested *qnested_new(const char *properties);
/* Both; the rig is the caller's after qnested_attach(). */
void qnested_free(QNested *f);
void qnested_end(QNested *f);

/* Write STE and CD anew, as they are in @f. CFGI_STE. */
void qnested_configure(QNested *f);

/* Map a page or block at both stages, each at @level of its own granule. */
void qnested_map(QNested *f, uint64_t va, uint64_t ipa, uint64_t pa);

/*
 * Have the device read @len bytes at @va and see that they are those at @pa;
 * there is room for @len bytes at QNESTED_OUT.
 */
#define QNESTED_OUT_VA 0x30000000ULL
#define QNESTED_OUT (QRIG_DATA + 0x2000000)
void qnested_check_load(QNested *f, uint64_t va, uint64_t pa, uint32_t len,
                        uint8_t seed);

/* Load or store 8 bytes: without event, or with one of @type. */
void qnested_access(QNested *f, uint64_t va, bool store);
void qnested_expect(QNested *f, uint64_t va, bool store, unsigned type);

#endif /* TESTS_QTEST_MSMMU_NESTED_H */
