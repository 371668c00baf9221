/*
 * Root complexes rc1, rc2, ... with an SMMUv3 each and edu behind each, for
 * tests of what the SMMUs do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_RIG_H
#define TESTS_QTEST_MSMMU_RIG_H

#include "libqtest.h"
#include "rc.h"
#include "smmu.h"

#define QRIG_MACHINE "-M virt-msmmu -nodefaults -m 256M "
#define QRIG_EDU "-device edu,dma_mask=0xffffffffffffffff,"

#define QRIG_MAX 3

/* edu is at 00:01.0 of each segment: its StreamID */
#define QRIG_DEVFN 0x08
#define QRIG_SID 0x08

/* Guest memory: each SMMU's structures, then what devices are to access. */
#define QRIG_SMMU_MEMORY(n) (0x44000000ULL + (n) * QSMMU_MEMORY_SIZE)
#define QRIG_DATA 0x4a000000ULL

typedef struct QRig {
    QTestState *qts;
    unsigned num;
    QRc rc[QRIG_MAX];
    QSmmu smmu[QRIG_MAX];
    QEdu edu[QRIG_MAX];
} QRig;

/*
 * @num root complexes; the SMMU of rc i has the id smmu i and the properties
 * properties[i - 1] ("granules=4k", or ""). @more is added to the command line.
 */
QRig *qrig_new(unsigned num, const char *const *properties, const char *more);
/* One root complex, its SMMU started */
QRig *qrig_new_one(const char *properties);
void qrig_free(QRig *rig);

/* Have edu @n load @len bytes at @src and store them at @dst. */
void qrig_copy(const QRig *rig, unsigned n, uint64_t src, uint64_t dst,
               uint32_t len);

/* Fill guest memory with a pattern of @seed, and compare. */
void qrig_fill(const QRig *rig, uint64_t pa, uint32_t len, uint8_t seed);
void qrig_check(const QRig *rig, uint64_t pa, uint32_t len, uint8_t seed);

#endif /* TESTS_QTEST_MSMMU_RIG_H */
