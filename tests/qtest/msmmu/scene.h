/*
 * One stream of the DMA test engine with all structures that an SMMU can read
 * for it, each of which a test may break: to see which event that is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_SCENE_H
#define TESTS_QTEST_MSMMU_SCENE_H

#include "config.h"
#include "engine.h"
#include "rig.h"

#define QSCENE_PROPERTIES "granules=4k,stage=nested,ssidsize=8"
#define QSCENE_SID 0x10
#define QSCENE_SSID 5
#define QSCENE_CDS_LOG2 3
#define QSCENE_CD_BYTES 64

#define QSCENE_IOVA 0x10000000ULL
#define QSCENE_IPA 0x20000000ULL
#define QSCENE_DATA QRIG_DATA
/* In the platform bus's window: no memory */
#define QSCENE_NOWHERE 0x3f000000ULL

/* STE word 0 and 1 */
#define QSTE_S1FMT(x) ((uint64_t)(x) << 4)
#define QSTE_S1CDMAX(x) ((uint64_t)(x) << 59)
#define QSTE1_MEV (1ULL << 19)
#define QSTE1_S1STALLD (1ULL << 27)
#define QCD_S (1ULL << 44)

/* Words of events (7.3) */
#define QEVT0_SSV (1ULL << 11)
#define QEVT0_SSID(ssid) ((uint64_t)(ssid) << 12)
#define QEVT0_SID(sid) ((uint64_t)(sid) << 32)
#define QEVT1_PNU (1ULL << 33)
#define QEVT1_IND (1ULL << 34)
#define QEVT1_RNW (1ULL << 35)
#define QEVT1_S2 (1ULL << 39)
#define QEVT1_CLASS_CD (0ULL << 40)
#define QEVT1_CLASS_TT (1ULL << 40)
#define QEVT1_CLASS_IN (2ULL << 40)
#define QEVT1_TTRNW (1ULL << 44)

typedef enum QSceneStages {
    QSCENE_S1 = 1,
    QSCENE_S2 = 2,
    QSCENE_NESTED = 3,
} QSceneStages;

typedef struct QScene {
    QRig *rig;
    QTestState *qts;
    QSmmu *s;
    QEngine engine;
    QSceneStages stages;
    QTables s1;
    QTables s2;
    /* 2^QSCENE_CDS_LOG2 CDs at this PA, or IPA: 0 and QSCENE_SSID are valid. */
    uint64_t cd_table;
    QSte ste;
    QCd cd;
} QScene;

/* A machine whose one SMMU is started; nothing is built yet. */
void qscene_start(QScene *f, const char *properties);
void qscene_end(QScene *f);

/*
 * Build all structures anew. With stage 1, QSCENE_IOVA is mapped to QSCENE_IPA,
 * or QSCENE_DATA if that is all; with stage 2, QSCENE_IPA (without stage 1
 * QSCENE_IOVA) to QSCENE_DATA. S1DSS = 2: CD 0 serves what has no SubstreamID.
 */
void qscene_build(QScene *f, QSceneStages stages);

/* Write STE and CDs as they are in @f, and drop all that the SMMU cached. */
void qscene_configure(QScene *f);
/* Drop it. */
void qscene_invalidate(QScene *f);

/* Where the leaf for QSCENE_IOVA is: its address in the tables' space */
uint64_t qscene_leaf(QScene *f);
/* The leaf of stage 2 for an IPA: its PA */
uint64_t qscene_leaf2(QScene *f, uint64_t ipa);
/* Clear and set bits of a descriptor. */
void qscene_change(QTables *t, uint64_t slot, uint64_t clear, uint64_t set);

/* ---- Transactions ------------------------------------------------------ */

/* What a transaction can be, and what events say of it */
typedef struct QVariant {
    const char *name;
    unsigned op;
    uint32_t attr;
    uint64_t word0;
    uint64_t word1;
} QVariant;

#define QSCENE_VARIANTS 8
extern const QVariant qscene_variants[QSCENE_VARIANTS];
#define QVARIANT_READ 0
#define QVARIANT_WRITE 1
#define QVARIANT_SUBSTREAM 5

/* Have the engine access 8 bytes. */
QResult qscene_access(QScene *f, const QVariant *v, uint64_t iova);

/*
 * Have it access @iova and see that it is aborted with this event as the only
 * one. Words 0 and 1 are completed by what an event of the type in @word0 has
 * of the transaction; @word2 is @iova for types that have an address.
 */
void qscene_expect(QScene *f, const QVariant *v, uint64_t iova,
                   uint64_t word0, uint64_t word1, uint64_t word3);

/* No event; the transaction ends so. */
void qscene_expect_none(QScene *f, const QVariant *v, uint64_t iova,
                        unsigned status);

#endif /* TESTS_QTEST_MSMMU_SCENE_H */
