/*
 * Properties of the command line, each set both ways: two instances in one
 * machine differ in the value of one property alone, one probe does the same
 * with each, and comes to another outcome.
 *
 * A test is named /msmmu/property/DEVICE/PROPERTY/CLAIM after the property that
 * it sets. tests/qtest/msmmu/check-properties compares these names with what
 * the devices' help lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_PROPERTY_H
#define TESTS_QTEST_MSMMU_PROPERTY_H

#include "config.h"
#include "engine.h"
#include "rig.h"

/* The engine's StreamID behind each instance */
#define QPROBE_SID 0x10

#define QPROBE_IOVA 0x10000000ULL
#define QPROBE_ASID 5
#define QPROBE_VMID 7

/* One of the two instances, started, with an engine behind it */
typedef struct QProbe {
    QTestState *qts;
    QRig *rig;
    unsigned n;
    QSmmu *s;
    QEngine engine;
    uint64_t data;          /* 2 MiB of memory for DMA, aligned so */
} QProbe;

typedef struct QProperty {
    const char *name;
    const char *claim;
    const char *value[2];
    const char *with;       /* other properties, of both instances, or NULL */
    uint64_t (*probe)(QProbe *p);
    uint64_t outcome[2];    /* of each value */
} QProperty;

/* Add a test for each. */
void qproperty_add(const QProperty *properties, unsigned num);

/* How a transaction ended: the engine's status, and the event or 0 */
#define QENDED(status, detail, type) \
    ((status) | (detail) << 4 | (uint64_t)(type) << 8)
#define QENDED_OK QENDED(QSTATUS_OK, 0, 0)
#define QENDED_BY(type) QENDED(QSTATUS_ABORTED, 0, QEVT_##type)

/*
 * Have the engine read or write 8 bytes at @iova. One that ends well must have
 * reached @p->data.
 */
uint64_t qprobe_read(QProbe *p, uint64_t iova, uint32_t attr);
uint64_t qprobe_write(QProbe *p, uint64_t iova);

/* ---- What the engine's stream is translated by ------------------------- */

typedef struct QSetup {
    QTables s1;
    QTables s2;
    QCd cd;
    QSte ste;
    uint64_t cd_address;
    bool stage1;
    bool stage2;
} QSetup;

/* QPROBE_IOVA is mapped to @p->data as a page. Nothing is attached yet. */
QSetup qsetup_stage1(QProbe *p, unsigned shift, unsigned input_bits);
QSetup qsetup_stage2(QProbe *p, unsigned shift, unsigned input_bits);
QSetup qsetup_nested(QProbe *p);

/* The same of stage 1 tables that are set up by the caller */
QSetup qsetup_tables(QProbe *p, const QTables *t);

/* Write STE and CD, and drop all that is cached. */
void qsetup_attach(QProbe *p, const QSetup *x);

#endif /* TESTS_QTEST_MSMMU_PROPERTY_H */
