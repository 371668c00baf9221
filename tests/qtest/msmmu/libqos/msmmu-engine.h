/*
 * The DMA test engine for libqos, on any PCI bus that libqos has: engine.h is
 * its driver.
 *
 * Nodes of the graph:
 *
 *   msmmu-engine            consumes pci-bus: with and without an SMMU, on any
 *                           machine; produces pci-device
 *   msmmu-engine-translated consumes msmmu-bus: behind an instance of ours
 *
 * A test that consumes one of them gets a QMsmmuEngine. The function is at
 * 00:06.0, enabled, with its BARs in place and ring 0 ready: qengine_run().
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_LIBQOS_MSMMU_ENGINE_H
#define TESTS_QTEST_MSMMU_LIBQOS_MSMMU_ENGINE_H

#include "../engine.h"
#include "msmmu-host.h"

/* The place of a node's engine, and so its StreamID */
#define QMSMMU_ENGINE_DEVFN 0x30

typedef struct QMsmmuEngine {
    QOSGraphObject obj;
    QPCIDevice dev;
    QEngine engine;
    QMsmmuHost *host;       /* NULL: a bus that is not ours, with no SMMU */
} QMsmmuEngine;

/*
 * The engine at @devfn of bus 0, which the command line has there; for tests
 * that make a topology of their own. It ends with the test.
 */
QMsmmuEngine *qmsmmu_engine_at(QMsmmuHost *host, uint8_t devfn);

#endif /* TESTS_QTEST_MSMMU_LIBQOS_MSMMU_ENGINE_H */
