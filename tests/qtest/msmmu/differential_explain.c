/*
 * The ways in which upstream's SMMUv3 (QEMU 10.0) deviates from IHI 0070, each
 * as what it does to the outcome of an access.
 * docs/devel/upstream-differences.rst explains them under the same names.
 *
 * What is checked here is that the deviation is at work in this access, and
 * that the outcome is one it leads to. Ours is compared with the specification
 * elsewhere.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "differential.h"

#define APTABLE_NO_UNPRIV (1ULL << 61)
#define APTABLE_READ_ONLY (1ULL << 62)

/* Event words (7.3.12 to 7.3.16) */
#define EVT1_RNW (1ULL << 35)
#define EVT1_S2 (1ULL << 39)
#define EVT1_TTRNW (1ULL << 44)
#define EVT3_IPA 0x00fffffffffff000ULL

bool qdiff_is_same(const QDiffSeen *a, const QDiffSeen *b)
{
    return a->num == b->num && a->landed == b->landed &&
           (!a->num || !memcmp(&a->e, &b->e, sizeof(a->e)));
}

static unsigned type(const QDiffSeen *s)
{
    return s->num ? qevent_type(&s->e) : 0;
}

static unsigned stage(const QDiffSeen *s)
{
    return s->e.word[1] & EVT1_S2 ? 2 : 1;
}

static unsigned class(const QDiffSeen *s)
{
    return s->e.word[1] >> 40 & 3;
}

static bool is_translation_related(const QDiffSeen *s)
{
    return type(s) >= QEVT_F_TRANSLATION && type(s) <= QEVT_F_PERMISSION;
}

/* Ours ends with @event of @of_stage, recorded or not */
static bool ours_is(const QDiffSeen *ours, unsigned event, unsigned of_stage)
{
    return !ours->landed &&
           (!ours->num || (type(ours) == event && stage(ours) == of_stage));
}

/* @iova without its tag, as if its top byte were copies of bit 55 */
static uint64_t untagged(uint64_t iova)
{
    return (int64_t)(iova << 8) >> 8;
}

/* The address of the access, as tables are looked up: without a tag, if any */
static uint64_t input_of(const QDiffCase *c, const QDiffAccess *a)
{
    if (a->leaf) {
        return a->leaf->va;
    }
    return qdiff_has(c, QDIFF_STAGE_1) && c->tbi[a->iova >> 55 & 1]
           ? untagged(a->iova) : a->iova;
}

/* The leaf that the access is to, or that another address happens to be in */
static const QDiffLeaf *leaf_of(const QDiffCase *c, const QDiffAccess *a)
{
    bool stage1 = qdiff_has(c, QDIFF_STAGE_1);

    for (unsigned i = 0; !a->leaf && i < QDIFF_LEAVES; i++) {
        const QDiffLeaf *l = &c->leaf[i];

        if (c->config > 4 &&
            (l->va ^ input_of(c, a)) >>
            qtables_span_log2(stage1 ? &c->s1[l->upper] : &c->s2,
                              stage1 ? l->level1 : l->level2) == 0) {
            return l;
        }
    }
    return a->leaf;
}

/* Whether the walk for @input goes by the Table descriptor of @level for @at */
static bool goes_by(const QTables *t, uint64_t input, int level, uint64_t at)
{
    return level != QDIFF_NO_LEVEL &&
           (input ^ at) >> qtables_span_log2(t, level) == 0;
}

/*
 * The APTable bits on the way to the access at stage 1, unless the CD says that
 * they are ignored; the Table descriptor above each leaf has some.
 */
static uint64_t aptable(const QDiffCase *c, const QDiffAccess *a)
{
    uint64_t va = input_of(c, a);
    uint64_t tables = 0;

    for (unsigned i = 0; qdiff_has(c, QDIFF_STAGE_1) && i < QDIFF_LEAVES;
         i++) {
        const QDiffLeaf *l = &c->leaf[i];

        if (!c->had[l->upper] &&
            goes_by(&c->s1[l->upper], va, l->level1 - 1, l->va)) {
            tables |= l->tables1;
        }
    }
    return tables;
}

static bool replace(const QDiffSeen *ours, QDiffSeen *theirs)
{
    *theirs = *ours;
    return true;
}

/* ---- Outcomes ---------------------------------------------------------- */

static bool bypass_size(const QDiffCase *c, const QDiffAccess *a,
                        const QDiffSeen *ours, QDiffSeen *theirs)
{
    return c->config == 4 && a->iova >> QDIFF_OAS &&
           type(ours) == QEVT_F_ADDR_SIZE && !theirs->num &&
           replace(ours, theirs);
}

static bool stage2_only_size(const QDiffCase *c, const QDiffAccess *a,
                             const QDiffSeen *ours, QDiffSeen *theirs)
{
    return c->config == 6 && a->iova >> QDIFF_OAS &&
           type(ours) == QEVT_F_ADDR_SIZE && !theirs->num &&
           !theirs->landed && replace(ours, theirs);
}

static bool s2t0sz_limit(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    return qdiff_has(c, QDIFF_STAGE_2) &&
           c->s2.input_bits > c->s2ps_bits &&
           type(theirs) == QEVT_C_BAD_STE && replace(ours, theirs);
}

/* Whether @ipa is not of the first of several first tables */
static bool beyond_first_table(const QDiffCase *c, uint64_t ipa)
{
    return ipa >> (qtables_span_log2(&c->s2, c->s2.start_level) +
                   c->s2.shift - 3);
}

static bool concatenated(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    bool tables = qdiff_has(c, QDIFF_STAGE_1) &&
                  beyond_first_table(c, c->s2.next_ipa - 1);
    uint64_t ipa = a->leaf ? a->leaf->ipa : a->iova;

    if (!a->leaf && qdiff_has(c, QDIFF_STAGE_1)) {
        ipa = 0;
    }
    return qdiff_has(c, QDIFF_STAGE_2) &&
           (tables || beyond_first_table(c, ipa)) && replace(ours, theirs);
}

static bool illegal_block(const QDiffCase *c, const QDiffAccess *a,
                          const QDiffSeen *ours, QDiffSeen *theirs)
{
    const QDiffLeaf *l = leaf_of(c, a);

    if (!l) {
        return false;
    }
    return ((qdiff_has(c, QDIFF_STAGE_1) &&
             !qdiff_is_leaf_level(&c->s1[l->upper], l->level1) &&
             ours_is(ours, QEVT_F_TRANSLATION, 1)) ||
            (qdiff_has(c, QDIFF_STAGE_2) &&
             !qdiff_is_leaf_level(&c->s2, l->level2) &&
             ours_is(ours, QEVT_F_TRANSLATION, 2))) && replace(ours, theirs);
}

static bool table_address(const QDiffCase *c, const QDiffAccess *a,
                          const QDiffSeen *ours, QDiffSeen *theirs)
{
    for (unsigned i = 0; i < QDIFF_LEAVES; i++) {
        const QDiffLeaf *l = &c->leaf[i];
        uint64_t va = input_of(c, a);
        uint64_t ipa = a->leaf ? a->leaf->ipa : a->iova;

        if ((goes_by(&c->s1[l->upper], va, l->table_beyond1, l->va) &&
             ours_is(ours, QEVT_F_ADDR_SIZE, 1)) ||
            (goes_by(&c->s2, ipa, l->table_beyond2, l->ipa) &&
             ours_is(ours, QEVT_F_ADDR_SIZE, 2))) {
            return replace(ours, theirs);
        }
    }
    return false;
}

static bool fault_order(const QDiffCase *c, const QDiffAccess *a,
                        const QDiffSeen *ours, QDiffSeen *theirs)
{
    return type(ours) == QEVT_F_ADDR_SIZE &&
           (type(theirs) == QEVT_F_ACCESS ||
            type(theirs) == QEVT_F_PERMISSION) &&
           stage(theirs) == stage(ours) && class(theirs) == class(ours) &&
           replace(ours, theirs);
}

/*
 * A stage 1 table whose entry for the address is not in its first stage 2 page,
 * or a first table that is larger than such a page: its address is aligned
 * after stage 2.
 */
static bool table_of_pages(const QDiffCase *c, const QDiffAccess *a,
                           const QDiffSeen *ours, QDiffSeen *theirs)
{
    bool upper = a->leaf ? a->leaf->upper : a->iova >> 55 & 1;
    const QTables *t = &c->s1[upper];
    uint64_t input = a->iova & ((1ULL << t->input_bits) - 1);

    if (c->config != 7 || t->shift <= c->s2.shift) {
        return false;
    }
    if (8ULL << (t->input_bits - qtables_span_log2(t, t->start_level)) >
        1ULL << c->s2.shift) {
        return replace(ours, theirs);
    }
    for (int level = t->start_level; level <= 3; level++) {
        uint64_t index = input >> qtables_span_log2(t, level) &
                         ((1ULL << (t->shift - 3)) - 1);

        if (index * 8 >> c->s2.shift) {
            return replace(ours, theirs);
        }
    }
    return false;
}

static bool tbi1(const QDiffCase *c, const QDiffAccess *a,
                 const QDiffSeen *ours, QDiffSeen *theirs)
{
    return qdiff_has(c, QDIFF_STAGE_1) && a->iova >> 55 & 1 &&
           untagged(a->iova) != a->iova && c->tbi[0] != c->tbi[1] &&
           replace(ours, theirs);
}

static bool unprivileged(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    const QDiffLeaf *l = leaf_of(c, a);

    return l && qdiff_has(c, QDIFF_STAGE_1) &&
           (!(l->attrs1 & QPTE_USER) ||
            aptable(c, a) & APTABLE_NO_UNPRIV) &&
           ours_is(ours, QEVT_F_PERMISSION, 1) && replace(ours, theirs);
}

static bool aptable_order(const QDiffCase *c, const QDiffAccess *a,
                          const QDiffSeen *ours, QDiffSeen *theirs)
{
    return a->store && aptable(c, a) & APTABLE_READ_ONLY &&
           type(theirs) == QEVT_F_PERMISSION && stage(theirs) == 1 &&
           !(type(ours) == QEVT_F_PERMISSION && stage(ours) == 1) &&
           !ours->landed && replace(ours, theirs);
}

static bool aptable_cached(const QDiffCase *c, const QDiffAccess *a,
                           const QDiffSeen *ours, QDiffSeen *theirs)
{
    return a->store && a->again && aptable(c, a) & APTABLE_READ_ONLY &&
           ours_is(ours, QEVT_F_PERMISSION, 1) && replace(ours, theirs);
}

static bool stage2_read_cached(const QDiffCase *c, const QDiffAccess *a,
                               const QDiffSeen *ours, QDiffSeen *theirs)
{
    const QDiffLeaf *l = a->leaf;

    return l && qdiff_has(c, QDIFF_STAGE_2) && !a->store && a->after_store &&
           !(l->attrs2 & QS2_READ) && !theirs->num &&
           ours_is(ours, QEVT_F_PERMISSION, 2) && replace(ours, theirs);
}

static bool stage2_write_cached(const QDiffCase *c, const QDiffAccess *a,
                                const QDiffSeen *ours, QDiffSeen *theirs)
{
    return c->config == 6 && a->store && a->again && !theirs->num &&
           !theirs->landed && type(ours) == QEVT_F_PERMISSION &&
           stage(ours) == 2 && replace(ours, theirs);
}

static bool tlbi_of_block(const QDiffCase *c, const QDiffAccess *a,
                          const QDiffSeen *ours, QDiffSeen *theirs)
{
    const QDiffLeaf *l = a->leaf;
    unsigned op = a->tlbi[0] & 0xff;

    return a->unmapped && c->config == 7 && a->again &&
           (op == QCMD_TLBI_NH_VA || op == QCMD_TLBI_NH_VAA) &&
           qtables_span_log2(&c->s1[l->upper], l->level1) >
           qtables_span_log2(&c->s2, l->level2) &&
           ours_is(ours, QEVT_F_TRANSLATION, 1) && replace(ours, theirs);
}

/* ---- Records ----------------------------------------------------------- */

static bool events_of_one_access(const QDiffCase *c, const QDiffAccess *a,
                                 const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (theirs->num < 2 || theirs->num != a->len / 4) {
        return false;
    }
    theirs->num = 1;
    return true;
}

/* A fault of stage 2 for a table has S2 = 0, and CD.R rules over it. */
static bool fault_of_table(const QDiffCase *c, const QDiffAccess *a,
                           const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (c->config != 7 || ours->landed || theirs->landed) {
        return false;
    }
    if (is_translation_related(theirs) && stage(theirs) == 1 &&
        class(theirs) == QDIFF_CLASS_TT) {
        theirs->e.word[1] |= EVT1_S2;
        theirs->num = c->s2r ? theirs->num : 0;
        return true;
    }
    return !c->cdr && !theirs->num && is_translation_related(ours) &&
           stage(ours) == 2 && class(ours) == QDIFF_CLASS_TT &&
           replace(ours, theirs);
}

static bool ipa_low_bits(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (!is_translation_related(theirs) || stage(theirs) != 2 ||
        !(theirs->e.word[3] & ~EVT3_IPA)) {
        return false;
    }
    theirs->e.word[3] &= EVT3_IPA;
    return true;
}

static bool ipa_of_table(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    uint64_t ipa = ours->e.word[3];
    uint64_t table = 1ULL << c->s1[a->iova >> 55 & 1].shift;

    if (!is_translation_related(ours) || type(theirs) != type(ours) ||
        stage(theirs) != 2 || class(theirs) != QDIFF_CLASS_TT ||
        theirs->e.word[3] == ipa ||
        theirs->e.word[3] != ROUND_DOWN(ipa, table)) {
        return false;
    }
    theirs->e.word[3] = ipa;
    return true;
}

static bool ipa_of_cached(const QDiffCase *c, const QDiffAccess *a,
                          const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (type(theirs) != QEVT_F_PERMISSION || stage(theirs) != 2 ||
        !a->store || !a->again || theirs->e.word[3]) {
        return false;
    }
    theirs->e.word[3] = ours->e.word[3];
    return true;
}

static bool ttrnw(const QDiffCase *c, const QDiffAccess *a,
                  const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (type(theirs) != QEVT_F_PERMISSION || class(theirs) != QDIFF_CLASS_TT ||
        theirs->e.word[1] & EVT1_TTRNW) {
        return false;
    }
    theirs->e.word[1] |= EVT1_TTRNW;
    return true;
}

static bool rnw_of_fetch(const QDiffCase *c, const QDiffAccess *a,
                         const QDiffSeen *ours, QDiffSeen *theirs)
{
    if (!is_translation_related(theirs) || stage(theirs) != 2 ||
        class(theirs) == QDIFF_CLASS_IN || !a->store ||
        !(theirs->e.word[1] & EVT1_RNW)) {
        return false;
    }
    theirs->e.word[1] &= ~EVT1_RNW;
    return true;
}

/* Records first: what remains is a matter of the outcome. */
const QDeviation qdeviations[] = {
    { "events-of-one-access", events_of_one_access },
    { "fault-of-a-table-fetch", fault_of_table },
    { "ipa-low-bits", ipa_low_bits },
    { "ipa-of-the-table", ipa_of_table },
    { "ipa-of-a-cached-page", ipa_of_cached },
    { "ttrnw", ttrnw },
    { "rnw-of-structure-fetches", rnw_of_fetch },
    { "s2t0sz-limited-by-s2ps", s2t0sz_limit },
    { "bypass-checks-no-size", bypass_size },
    { "input-size-fault-not-recorded", stage2_only_size },
    { "blocks-at-illegal-levels", illegal_block },
    { "table-address-beyond-size", table_address },
    { "access-flag-before-address-size", fault_order },
    { "tbi1", tbi1 },
    { "unprivileged-access", unprivileged },
    { "aptable-before-lower-levels", aptable_order },
    { "aptable-not-cached", aptable_cached },
    { "stage-2-read-permission-not-cached", stage2_read_cached },
    { "stage-2-write-fault-of-a-cached-page", stage2_write_cached },
    { "tlbi-of-a-block-over-pages", tlbi_of_block },
    { "table-over-several-pages", table_of_pages },
    { "concatenated-tables", concatenated },
};

const unsigned qnum_deviations = ARRAY_SIZE(qdeviations);
