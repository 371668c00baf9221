/*
 * Tables of cases over a scene: what is broken in it, and the event that each
 * variant of a transaction then causes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_SCENE_CASES_H
#define TESTS_QTEST_MSMMU_SCENE_CASES_H

#include "scene.h"

/* In the page that is mapped */
#define QSCENE_CASE_IOVA (QSCENE_IOVA + 0x128)

/* Variants of qscene_variants, as a set */
#define V(n) (1u << (n))
#define ALL 0xff
#define WITHOUT_SSID (V(0) | V(1) | V(2) | V(3) | V(4))
#define WITH_SSID (V(5) | V(6) | V(7))

typedef struct QSceneCase {
    const char *name;
    QSceneStages stages;
    unsigned variants;
    /* Break something; returns what FetchAddr or IPA is to be. */
    uint64_t (*damage)(QScene *f);
    uint64_t word0;
    uint64_t word1;
    uint64_t iova;          /* 0: QSCENE_CASE_IOVA */
} QSceneCase;

/* Each case in a scene built anew, with each of its variants */
void qscene_check_cases(QScene *f, const QSceneCase *cases, unsigned num);

#define CHECK(scene, cases) \
    qscene_check_cases(scene, cases, ARRAY_SIZE(cases))

/* ---- Damage ------------------------------------------------------------ */

/* Change a word of the STE, or of both CDs. */
uint64_t qscene_ste_word(QScene *f, unsigned n, uint64_t clear, uint64_t set);
uint64_t qscene_cd_word(QScene *f, unsigned n, uint64_t clear, uint64_t set);

uint64_t qscene_nothing(QScene *f);
/* Config = 0b100 */
uint64_t qscene_bypass(QScene *f);
/* S1DSS = 0 */
uint64_t qscene_no_default_cd(QScene *f);
/* S = 1 */
uint64_t qscene_cd_stalls(QScene *f);

#endif /* TESTS_QTEST_MSMMU_SCENE_CASES_H */
