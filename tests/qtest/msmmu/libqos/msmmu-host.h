/*
 * PCI hosts of virt-msmmu for libqos: a root complex, what is in front of it
 * (an msmmu-smmuv3, upstream's SMMUv3, nothing), and a QPCIBus, behind which
 * any PCI driver of libqos runs.
 *
 * An SMMU in front is started with the host: every StreamID of bus 0 has
 * translation tables of the smallest granule that the instance has, in which
 * guest RAM is at its own address; so a driver that knows no IOMMU works. A
 * test adds pages elsewhere with qmsmmu_map(), or changes what it likes:
 * smmu.h, tables.h and config.h work on @smmu.
 *
 * Nodes of the graph, each contained in aarch64/virt-msmmu. All produce
 * pci-bus; those with an instance produce msmmu-bus (the same bus) and
 * msmmu-smmuv3 (the QMsmmuHost), too.
 *
 *   msmmu-rc                rc1, nothing in front
 *   msmmu-rc-4k, -16k, -64k rc1 behind an instance of one granule
 *   msmmu-rc-s2             rc1 behind an instance with stage 2 alone
 *   msmmu-pcie0             pcie.0 behind an instance
 *   upstream-smmuv3         pcie.0 behind upstream's SMMUv3
 *
 * upstream-smmuv3 is in aarch64/virt,iommu=smmuv3 as well, which is virt with
 * that option.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_LIBQOS_MSMMU_HOST_H
#define TESTS_QTEST_MSMMU_LIBQOS_MSMMU_HOST_H

#include "libqos/pci.h"
#include "../config.h"
#include "../rc.h"
#include "../smmu.h"
#include "../tables.h"

/* Where RAM of the machine begins, and how much the nodes ask for. */
#define QMSMMU_RAM 0x40000000ULL
#define QMSMMU_RAM_SIZE 0x20000000ULL

/* IOVAs that qmsmmu_map() leaves alone: what blocks map RAM with */
#define QMSMMU_IDENTITY_END 0x80000000ULL

typedef enum QMsmmuFront {
    QMSMMU_FRONT_NONE,
    QMSMMU_FRONT_INSTANCE,  /* an msmmu-smmuv3 */
    QMSMMU_FRONT_UPSTREAM,  /* QEMU's own, by -M iommu=smmuv3 */
} QMsmmuFront;

/* What a node is. */
typedef struct QMsmmuHostType {
    const char *name;
    const char *command_line;   /* what the machine needs for it */
    const char *bus_id;         /* for bus=; NULL: where it lands by itself */
    QMsmmuFront front;
} QMsmmuHostType;

typedef struct QMsmmuHost {
    QOSGraphObject obj;
    QPCIBus bus;
    QRc rc;
    QMsmmuFront front;
    const char *name;           /* of the node; NULL: made by a test */
    QGuestAllocator *alloc;
    /* From here on, with something in front only */
    QSmmu smmu;
    bool stage2;                /* the tables are of stage 2 */
    QTables tables;
    uint64_t memory;            /* of the SMMU's structures */
} QMsmmuHost;

/*
 * Add a node @name, contained in aarch64/virt-msmmu: one root complex, rc1,
 * behind an instance with these properties ("granules=16k,oas=40"; "" for the
 * defaults), any but those that leave VMSAv8-64 out. Call it from a function
 * given to libqos_init(). All tests that consume one of its interfaces run
 * behind it. Strings are copied.
 */
void qmsmmu_add_host_node(const char *name, const char *properties);

/* The type of a node; NULL if it is none of ours */
const QMsmmuHostType *qmsmmu_host_type(const char *name);

/*
 * The host of the @n-th msmmu-rc of the command line, from 0; with
 * QMSMMU_FRONT_INSTANCE, of the @n-th msmmu-smmuv3, too. An SMMU takes
 * QSMMU_MEMORY_SIZE bytes of @alloc; it is not started yet.
 */
QMsmmuHost *qmsmmu_host_new(QTestState *qts, QGuestAllocator *alloc,
                            unsigned n, QMsmmuFront front);
/* The host of a node */
QMsmmuHost *qmsmmu_host_of_type(QTestState *qts, QGuestAllocator *alloc,
                                const QMsmmuHostType *type);
void qmsmmu_host_free(QMsmmuHost *host);

/* Start what is in front, as said above; nothing if nothing is there. */
void qmsmmu_host_start(QMsmmuHost *host);

/* The host that a bus belongs to; NULL if it is another bus of libqos. */
QMsmmuHost *qmsmmu_host_of_bus(QPCIBus *bus);

/*
 * Map, or remap, the granule at @iova to @pa for all devices of the host, and
 * invalidate. Both are multiples of the granule, 1 << host->tables.shift, and
 * @iova is less than 2^32 and not in RAM. qmsmmu_unmap() unmaps it.
 */
void qmsmmu_map(QMsmmuHost *host, uint64_t iova, uint64_t pa, bool writable);
void qmsmmu_unmap(QMsmmuHost *host, uint64_t iova);

#endif /* TESTS_QTEST_MSMMU_LIBQOS_MSMMU_HOST_H */
