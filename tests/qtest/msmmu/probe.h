/*
 * An instance and the engine behind it, for tests of what one transaction comes
 * to: set up a translation, make an access, and see how it ended.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_PROBE_H
#define TESTS_QTEST_MSMMU_PROBE_H

#include "config.h"
#include "engine.h"
#include "rig.h"

#define QPROBE_IOVA 0x10000000ULL
#define QPROBE_ASID 5
#define QPROBE_VMID 7

/* One instance of a rig, started, with an engine behind it */
typedef struct QProbe {
    QTestState *qts;
    QRig *rig;
    unsigned n;
    QSmmu *s;
    QEngine engine;
    uint32_t sid;           /* the engine's StreamID */
    uint64_t data;          /* 2 MiB of memory for DMA, aligned so */
    QEvent event;           /* of the last access, zeros if there was none */
} QProbe;

/*
 * The @n-th instance of the rig, which has an engine of StreamID @sid on its
 * root complex; PASIDs are enabled.
 */
QProbe qprobe_get(QRig *rig, unsigned n, uint32_t sid);

/* A machine with one instance of these properties, and its end */
#define QPROBE_SID 0x10
QProbe qprobe_new(const char *properties);
QProbe qprobe_new_sid(const char *properties, uint32_t sid);
void qprobe_free(QProbe *p);

/* How a transaction ended: the engine's status, and the event or 0 */
#define QENDED(status, detail, type) \
    ((status) | (detail) << 4 | (uint64_t)(type) << 8)
#define QENDED_OK QENDED(QSTATUS_OK, 0, 0)
#define QENDED_BY(type) QENDED(QSTATUS_ABORTED, 0, QEVT_##type)

/*
 * Have the engine read or write 8 bytes at @iova. One that ends well must have
 * reached @p->data. There is an event at most; it is in @p->event.
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
/* In place: the tables of stage 1 refer to those of stage 2. */
void qsetup_nested(QProbe *p, QSetup *x);

/* The same of stage 1 tables that are set up by the caller */
QSetup qsetup_tables(QProbe *p, const QTables *t);

/* Write STE and CD, and drop all that is cached. */
void qsetup_attach(QProbe *p, const QSetup *x);

#endif /* TESTS_QTEST_MSMMU_PROBE_H */
