/*
 * The machines of libqos: aarch64/virt-msmmu, which has what aarch64/virt of
 * libqos has (memory, generic-pcihost for pcie.0), the hosts of msmmu-host.h,
 * and for tests that make a topology of their own the interface msmmu-machine;
 * and aarch64/virt,iommu=smmuv3: virt, its pcie.0 behind upstream's SMMUv3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_LIBQOS_MSMMU_MACHINE_H
#define TESTS_QTEST_MSMMU_LIBQOS_MSMMU_MACHINE_H

#include "msmmu-host.h"

#define QMSMMU_MAX_HOSTS 10

/* What a test that consumes msmmu-machine gets. */
typedef struct QMsmmuMachine {
    QOSGraphObject obj;
    QTestState *qts;
    QGuestAllocator *alloc;
    QOSGraphObject *virt;       /* libqos's */
    QMsmmuHost *hosts[QMSMMU_MAX_HOSTS];
    QMsmmuHost *host;           /* of the node that the path goes through */
} QMsmmuMachine;

/*
 * The host of the @n-th msmmu-rc of the command line, from 0 to
 * QMSMMU_MAX_HOSTS - 1, behind the @n-th msmmu-smmuv3: started, and the same
 * one each time. It lives as long as the machine.
 */
QMsmmuHost *qmsmmu_machine_host(QMsmmuMachine *machine, unsigned n);

#endif /* TESTS_QTEST_MSMMU_LIBQOS_MSMMU_MACHINE_H */
