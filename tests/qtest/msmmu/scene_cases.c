/*
 * Tables of cases over a scene: see scene_cases.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene_cases.h"

void qscene_check_cases(QScene *f, const QSceneCase *cases, unsigned num)
{
    qscene_start(f, QSCENE_PROPERTIES);
    for (unsigned i = 0; i < num; i++) {
        const QSceneCase *c = &cases[i];
        uint64_t iova = c->iova ? c->iova : QSCENE_CASE_IOVA;
        uint64_t word3;

        g_test_message("%s", c->name);
        qscene_build(f, c->stages);
        word3 = c->damage(f);
        qscene_invalidate(f);
        for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
            if (c->variants & V(v)) {
                qscene_expect(f, &qscene_variants[v], iova, c->word0,
                              c->word1, word3);
            }
        }
    }
    qscene_end(f);
}

/* ---- Damage ------------------------------------------------------------ */

uint64_t qscene_ste_word(QScene *f, unsigned n, uint64_t clear, uint64_t set)
{
    f->ste.word[n] = (f->ste.word[n] & ~clear) | set;
    qscene_configure(f);
    return 0;
}

uint64_t qscene_cd_word(QScene *f, unsigned n, uint64_t clear, uint64_t set)
{
    f->cd.word[n] = (f->cd.word[n] & ~clear) | set;
    qscene_configure(f);
    return 0;
}

uint64_t qscene_nothing(QScene *f)
{
    return 0;
}

uint64_t qscene_bypass(QScene *f)
{
    return qscene_ste_word(f, 0, 7ULL << 1, 4ULL << 1);
}

uint64_t qscene_no_default_cd(QScene *f)
{
    return qscene_ste_word(f, 1, 3, 0);
}

uint64_t qscene_cd_stalls(QScene *f)
{
    return qscene_cd_word(f, 0, 0, QCD_S);
}
