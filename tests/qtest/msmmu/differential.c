/*
 * Random legal configurations, and what the specification says of them: see
 * differential.h.
 *
 * Addresses are built from the PA up: stage 2 gets a leaf for the IPA, which
 * has the PA's low bits, and stage 1 one for the VA, which has the IPA's. The
 * input space of each stage is cut into regions by its uppermost bits, so that
 * no leaf is in another's way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "differential.h"

#define S1_REGIONS_LOG2 2
#define S2_REGIONS_LOG2 3
/* Where data is: blocks of up to 1 GiB that begin with RAM reach it. */
#define DATA 0x4c000000ULL
#define DATA_SIZE 0x2000000ULL

#define APTABLE_NO_UNPRIV (1ULL << 61)
#define APTABLE_READ_ONLY (1ULL << 62)
#define PXN_UXN (3ULL << 53)

static const unsigned shifts[] = { 12, 14, 16 };

static uint64_t mask(unsigned bits)
{
    return bits > 63 ? UINT64_MAX : (1ULL << bits) - 1;
}

/* Blocks with 48-bit addresses (Table D8-48); pages */
bool qdiff_is_leaf_level(const QTables *t, int level)
{
    return level == 3 || level == 2 || (level == 1 && t->shift == 12);
}

/* ---- Stage 2 ----------------------------------------------------------- */

/* Input bits of each start level with 44 bits of output (VTCR_EL2.SL0) */
static const struct {
    unsigned shift;
    int level;
    unsigned min, max;
} stage2_sizes[] = {
    { 12, 2, 25, 34 }, { 12, 1, 31, 43 }, { 12, 0, 40, 44 },
    { 14, 3, 25, 29 }, { 14, 2, 26, 40 }, { 14, 1, 37, 44 },
    { 16, 3, 25, 33 }, { 16, 2, 30, 44 }, { 16, 1, 43, 44 },
};

static uint64_t region2(const QDiffCase *c, unsigned region)
{
    return (uint64_t)region << (c->s2.input_bits - S2_REGIONS_LOG2);
}

static bool is_output_size(unsigned bits)
{
    return bits == 32 || bits == 36 || bits == 40 || bits == 42 || bits == 44;
}

static void make_stage2(QDiffCase *c, QSmmu *s)
{
    unsigned i = qrandom_below(&c->r, ARRAY_SIZE(stage2_sizes));
    unsigned range = stage2_sizes[i].max - stage2_sizes[i].min + 1;
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 44 };

    c->s2 = qtables_stage2(s, stage2_sizes[i].shift,
                           stage2_sizes[i].min + qrandom_below(&c->r, range),
                           stage2_sizes[i].level);
    c->s2ps_bits = sizes[qrandom_below(&c->r, ARRAY_SIZE(sizes))];
    if (!qrandom_one_in(&c->r, 16)) {
        /* Upstream's model refuses less than the input size. */
        c->s2ps_bits = MAX(c->s2ps_bits, c->s2.input_bits);
        while (!is_output_size(c->s2ps_bits)) {
            c->s2ps_bits++;
        }
    }
    c->affd2 = qrandom_one_in(&c->r, 8);
    c->s2r = !qrandom_one_in(&c->r, 8);
    c->table_region = qrandom_below(&c->r, 1 << S2_REGIONS_LOG2);
    c->tables_ipa = region2(c, c->table_region);
    c->s2.next_ipa = c->tables_ipa;
}

/* ---- Stage 1 ----------------------------------------------------------- */

static void make_stage1(QDiffCase *c, QSmmu *s)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 44, 44 };
    bool nested = qdiff_has(c, QDIFF_STAGE_2);

    for (int half = 0; half < 2; half++) {
        QTables *t = &c->s1[half];

        *t = (QTables) {
            .s = s,
            .shift = shifts[qrandom_below(&c->r, 3)],
            .input_bits = 25 + qrandom_below(&c->r, 24),
            .behind = nested ? &c->s2 : NULL,
        };
        t->start_level = qtables_stage1_start(t->shift, t->input_bits);
        qtables_create(t);
        c->disabled[half] = qrandom_one_in(&c->r, half ? 2 : 12);
        c->tbi[half] = qrandom_one_in(&c->r, 3);
        c->had[half] = qrandom_one_in(&c->r, 4);
    }
    c->ips_bits = sizes[qrandom_below(&c->r, ARRAY_SIZE(sizes))];
    if (nested && !qrandom_one_in(&c->r, 16)) {
        c->ips_bits = QDIFF_OAS;
    }
    c->affd1 = qrandom_one_in(&c->r, 8);
    c->cdr = !qrandom_one_in(&c->r, 8);
    c->asid = qrandom_below(&c->r, 0x10000);
    /* The CD has a page of its own. */
    c->s2.next_ipa = ROUND_UP(c->s2.next_ipa, 0x10000);
    c->cd_address = qcd_alloc(s, nested ? &c->s2 : NULL);
    c->s2.next_ipa = ROUND_UP(c->s2.next_ipa, 0x10000);
}

static uint64_t tg1(unsigned shift)
{
    return (shift == 12 ? 2ULL : shift == 14 ? 1ULL : 3ULL) << 22;
}

static void make_cd(QDiffCase *c)
{
    const QTables *t1 = &c->s1[1];
    bool nested = qdiff_has(c, QDIFF_STAGE_2);

    c->cd = qcd_new(&c->s1[0], c->asid, c->ips_bits);
    c->cd.word[0] &= ~(QCD_EPD1 | QCD_R | 0x3fULL << 16 | 3ULL << 22);
    c->cd.word[0] |= (c->disabled[0] ? QCD_EPD0 : 0) |
                     (c->disabled[1] ? QCD_EPD1 : 0) |
                     (64ULL - t1->input_bits) << 16 | tg1(t1->shift) |
                     (c->affd1 ? QCD_AFFD : 0) | (c->cdr ? QCD_R : 0) |
                     (c->tbi[0] ? 1ULL << 38 : 0) |
                     (c->tbi[1] ? 1ULL << 39 : 0);
    c->cd.word[1] |= c->had[0] ? 2 : 0;
    c->cd.word[2] = t1->root | (c->had[1] ? 2 : 0);
    qcd_write(t1->s, nested ? &c->s2 : NULL, c->cd_address, &c->cd);
}

/* ---- Leaves ------------------------------------------------------------ */

/* A level whose leaf fits into a region; not always a legal one */
static int random_level(QDiffCase *c, const QTables *t, unsigned regions_log2)
{
    int level = MAX(t->start_level, 0) +
                qrandom_below(&c->r, 4 - MAX(t->start_level, 0));

    if (qtables_span_log2(t, level) > t->input_bits - regions_log2 ||
        (!qdiff_is_leaf_level(t, level) && !qrandom_one_in(&c->r, 4))) {
        return 3;
    }
    return level;
}

/* An address of @region with the low bits of @output that the leaf passes on */
static uint64_t random_input(QDiffCase *c, const QTables *t,
                             unsigned region, unsigned regions_log2,
                             int level, uint64_t output)
{
    uint64_t low = mask(qtables_span_log2(t, level));
    uint64_t within = mask(t->input_bits - regions_log2);

    return (uint64_t)region << (t->input_bits - regions_log2) |
           (qrandom_64(&c->r) & within & ~low) | (output & low);
}

/* A bit of the output that is too high for @bits, one time in sixteen */
static uint64_t random_beyond(QDiffCase *c, unsigned bits)
{
    return qrandom_one_in(&c->r, 16) ?
        1ULL << (bits + qrandom_below(&c->r, 48 - bits)) : 0;
}

static uint64_t random_attrs(QDiffCase *c, uint64_t good, uint64_t access)
{
    uint64_t attrs = good;

    if (qrandom_one_in(&c->r, 12)) {
        return 0;
    }
    if (qrandom_one_in(&c->r, 3)) {
        attrs = (attrs & ~access) | (qrandom_64(&c->r) & access);
    }
    if (qrandom_one_in(&c->r, 10)) {
        attrs &= ~QPTE_AF;
    }
    /* Who may execute is not asked here. */
    return attrs | (qrandom_64(&c->r) & PXN_UXN);
}

/* Whether what a descriptor of @level leads to is of one region only */
static bool is_private(const QTables *t, int level, unsigned regions_log2)
{
    return level >= t->start_level &&
           qtables_span_log2(t, level) <= t->input_bits - regions_log2;
}

static int random_table_level(QDiffCase *c, const QTables *t, int leaf_level,
                              unsigned regions_log2)
{
    int level = t->start_level + qrandom_below(&c->r, 4);

    if (level >= leaf_level || !is_private(t, level, regions_log2) ||
        !qrandom_one_in(&c->r, 8)) {
        return QDIFF_NO_LEVEL;
    }
    return level;
}

/* Let the Table descriptor of @level point to where its output may not. */
static void point_beyond(QTables *t, uint64_t input, int level, unsigned bits)
{
    uint64_t slot;

    if (level != QDIFF_NO_LEVEL) {
        slot = qtables_slot(t, input, level);
        qtables_write(t, slot, qtables_read(t, slot) | 1ULL << bits);
    }
}

static void make_leaf2(QDiffCase *c, QDiffLeaf *l, unsigned i)
{
    unsigned region = (c->table_region + 1 + i) % (1 << S2_REGIONS_LOG2);
    uint64_t low;

    l->level2 = random_level(c, &c->s2, S2_REGIONS_LOG2);
    l->ipa = random_input(c, &c->s2, region, S2_REGIONS_LOG2, l->level2,
                          l->pa);
    low = mask(qtables_span_log2(&c->s2, l->level2));
    l->attrs2 = random_attrs(c, QS2_RW, QS2_READ | QS2_WRITE);
    l->beyond2 = random_beyond(c, c->s2ps_bits);
    if (l->beyond2 & low) {
        l->beyond2 = 0;
    }
    l->slot2 = qtables_map(&c->s2, l->ipa & ~low, (l->pa & ~low) | l->beyond2,
                           l->attrs2, l->level2);
    l->table_beyond2 = random_table_level(c, &c->s2, l->level2,
                                          S2_REGIONS_LOG2);
    point_beyond(&c->s2, l->ipa, l->table_beyond2, c->s2ps_bits);
}

/* Take away the stage 2 page of a stage 1 table, or part of its rights. */
static void make_hole(QDiffCase *c, QDiffHole hole, uint64_t ipa)
{
    static const uint64_t attrs[] = {
        [QHOLE_INVALID] = 0,
        [QHOLE_ACCESS] = QS2_RW & ~QPTE_AF,
        [QHOLE_PERMISSION] = QS2_RW & ~QS2_READ,
    };
    uint64_t page = ipa & ~mask(c->s2.shift);

    qtables_map(&c->s2, page, qtables_lookup(&c->s2, page), attrs[hole], 3);
}

static void make_leaf1(QDiffCase *c, QDiffLeaf *l, unsigned i)
{
    QTables *t = &c->s1[l->upper];
    uint64_t low, slot;

    l->level1 = random_level(c, t, S1_REGIONS_LOG2);
    l->va = random_input(c, t, i, S1_REGIONS_LOG2, l->level1, l->ipa);
    if (l->upper) {
        l->va |= ~mask(t->input_bits);
    }
    low = mask(qtables_span_log2(t, l->level1));
    l->attrs1 = random_attrs(c, QPTE_RW, QPTE_USER | QPTE_READ_ONLY | QPTE_NG);
    l->beyond1 = random_beyond(c, c->ips_bits);
    if (l->beyond1 & low) {
        l->beyond1 = 0;
    }
    slot = qtables_map(t, l->va & ~low, (l->ipa & ~low) | l->beyond1,
                       l->attrs1, l->level1);
    l->slot1_pa = qtables_pa(t, slot);
    if (is_private(t, l->level1 - 1, S1_REGIONS_LOG2) &&
        qrandom_one_in(&c->r, 8)) {
        l->tables1 = qrandom_64(&c->r) &
                     (APTABLE_NO_UNPRIV | APTABLE_READ_ONLY);
        slot = qtables_slot(t, l->va, l->level1 - 1);
        qtables_write(t, slot, qtables_read(t, slot) | l->tables1);
    }
}

/*
 * Spoil the way to a leaf, once all are made: a Table descriptor that points
 * beyond the output size, or a table without its stage 2 page. A page that has
 * another table, too, stays.
 */
static void spoil_way(QDiffCase *c, QDiffLeaf *l)
{
    QTables *t = &c->s1[l->upper];

    l->table_beyond1 = random_table_level(c, t, l->level1, S1_REGIONS_LOG2);
    if (l->table_beyond1 != QDIFF_NO_LEVEL) {
        point_beyond(t, l->va, l->table_beyond1, c->ips_bits);
        return;
    }
    if (t->behind && t->shift >= c->s2.shift &&
        is_private(t, l->level1 - 1, S1_REGIONS_LOG2) &&
        qrandom_one_in(&c->r, 12)) {
        l->hole = QHOLE_INVALID + qrandom_below(&c->r, 3);
        make_hole(c, l->hole, qtables_slot(t, l->va, l->level1));
    }
}

static void make_leaves(QDiffCase *c)
{
    bool stage1 = qdiff_has(c, QDIFF_STAGE_1);

    for (unsigned i = 0; i < QDIFF_LEAVES; i++) {
        QDiffLeaf *l = &c->leaf[i];

        l->upper = stage1 && qrandom_one_in(&c->r, 3);
        l->table_beyond1 = l->table_beyond2 = QDIFF_NO_LEVEL;
        l->pa = DATA + (qrandom_64(&c->r) & (DATA_SIZE - 8));
        l->ipa = l->pa;
        if (qdiff_has(c, QDIFF_STAGE_2)) {
            make_leaf2(c, l, i);
        }
        l->va = l->ipa;
        if (stage1) {
            make_leaf1(c, l, i);
        }
    }
    for (unsigned i = 0; stage1 && i < QDIFF_LEAVES; i++) {
        spoil_way(c, &c->leaf[i]);
    }
}

void qdiff_make(QDiffCase *c, QSmmu *s, uint64_t seed, unsigned n)
{
    /* Abort, bypass, and what is worth more cases */
    static const unsigned configs[] = {
        0, 4, 4, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    };

    *c = (QDiffCase) { .r = qrandom_new(seed, n) };
    c->config = configs[qrandom_below(&c->r, ARRAY_SIZE(configs))];
    c->vmid = qrandom_below(&c->r, 0x10000);
    if (qdiff_has(c, QDIFF_STAGE_2)) {
        make_stage2(c, s);
    }
    if (qdiff_has(c, QDIFF_STAGE_1)) {
        make_stage1(c, s);
    }
    make_leaves(c);
    c->ste = qdiff_has(c, QDIFF_STAGE_2) ?
        qste_stage2(&c->s2, c->vmid, c->s2ps_bits) :
        (QSte) { { 0, QSTE1_SHCFG_INCOMING, c->vmid } };
    c->ste.word[0] = QSTE_V | (uint64_t)c->config << 1 | c->cd_address;
    if (qdiff_has(c, QDIFF_STAGE_2)) {
        c->ste.word[2] |= c->affd2 ? QSTE2_AFFD : 0;
        c->ste.word[2] &= c->s2r ? UINT64_MAX : ~QSTE2_R;
    }
    if (qdiff_has(c, QDIFF_STAGE_1)) {
        make_cd(c);
        if (c->s2.s && qrandom_one_in(&c->r, 24)) {
            c->cd_hole = QHOLE_INVALID + qrandom_below(&c->r, 3);
            make_hole(c, c->cd_hole, c->cd_address);
        }
    }
}

/* ---- What the specification says --------------------------------------- */

static bool fault(QDiffOutcome *out, unsigned type, unsigned stage,
                  unsigned class)
{
    *out = (QDiffOutcome) { .type = type, .stage = stage, .class = class };
    return true;
}

static bool hole_fault(const QDiffCase *c, QDiffHole hole, unsigned class,
                       QDiffOutcome *out)
{
    static const unsigned types[] = {
        [QHOLE_INVALID] = QEVT_F_TRANSLATION,
        [QHOLE_ACCESS] = QEVT_F_ACCESS,
        [QHOLE_PERMISSION] = QEVT_F_PERMISSION,
    };

    return hole && !(hole == QHOLE_ACCESS && c->affd2) &&
           fault(out, types[hole], 2, class);
}

/* 7.3.22: in this order, for the leaf of one stage. */
static bool leaf_fault(const QDiffAccess *a, unsigned stage, bool legal,
                       uint64_t attrs, bool beyond, bool affd, bool permitted,
                       QDiffOutcome *out)
{
    unsigned type = 0;

    if (!attrs || !legal) {
        type = QEVT_F_TRANSLATION;
    } else if (beyond) {
        type = QEVT_F_ADDR_SIZE;
    } else if (!(attrs & QPTE_AF) && !affd) {
        type = QEVT_F_ACCESS;
    } else if (!permitted) {
        type = QEVT_F_PERMISSION;
    }
    return type && fault(out, type, stage, QDIFF_CLASS_IN);
}

/* 5.4: TTBx beyond the output size, unless EPDx */
static bool table_base_fault(const QDiffCase *c, QDiffOutcome *out)
{
    for (int half = 0; half < 2; half++) {
        if (!c->disabled[half] && c->s1[half].root >> c->ips_bits) {
            return fault(out, QEVT_C_BAD_CD, 0, 0);
        }
    }
    return false;
}

/* AP and APTable, for an unprivileged access (13.4, 13.7; D8.4) */
static bool permits1(const QDiffCase *c, const QDiffAccess *a)
{
    const QDiffLeaf *l = a->leaf;
    uint64_t tables = c->had[l->upper] ? 0 : l->tables1;
    bool read_only = l->attrs1 & QPTE_READ_ONLY ||
                     tables & APTABLE_READ_ONLY;

    return l->attrs1 & QPTE_USER && !(tables & APTABLE_NO_UNPRIV) &&
           !(a->store && read_only);
}

static bool stage1_fault(const QDiffCase *c, const QDiffAccess *a,
                         QDiffOutcome *out)
{
    const QDiffLeaf *l = a->leaf;
    const QTables *t = &c->s1[l->upper];

    if (hole_fault(c, c->cd_hole, QDIFF_CLASS_CD, out) ||
        table_base_fault(c, out)) {
        return true;
    }
    if (c->disabled[l->upper] || (a->top_byte && !c->tbi[l->upper])) {
        return fault(out, QEVT_F_TRANSLATION, 1, QDIFF_CLASS_IN);
    }
    if (l->table_beyond1 != QDIFF_NO_LEVEL) {
        return fault(out, QEVT_F_ADDR_SIZE, 1, QDIFF_CLASS_IN);
    }
    if (hole_fault(c, l->hole, QDIFF_CLASS_TT, out)) {
        return true;
    }
    return leaf_fault(a, 1, qdiff_is_leaf_level(t, l->level1),
                      a->unmapped ? 0 : l->attrs1,
                      (l->ipa | l->beyond1) >> c->ips_bits, c->affd1,
                      permits1(c, a), out);
}

static bool stage2_fault(const QDiffCase *c, const QDiffAccess *a,
                         QDiffOutcome *out)
{
    const QDiffLeaf *l = a->leaf;
    bool unmapped = a->unmapped && !qdiff_has(c, QDIFF_STAGE_1);

    if (l->table_beyond2 != QDIFF_NO_LEVEL) {
        return fault(out, QEVT_F_ADDR_SIZE, 2, QDIFF_CLASS_IN);
    }
    return leaf_fault(a, 2, qdiff_is_leaf_level(&c->s2, l->level2),
                      unmapped ? 0 : l->attrs2, l->beyond2, c->affd2,
                      l->attrs2 & (a->store ? QS2_WRITE : QS2_READ), out);
}

bool qdiff_predict(const QDiffCase *c, const QDiffAccess *a,
                   QDiffOutcome *out)
{
    bool faulted, recorded = true;

    *out = (QDiffOutcome) {};
    if (!a->leaf) {
        return false;
    }
    if (!(c->config & 4)) {
        return true;
    }
    if (!qdiff_has(c, QDIFF_STAGE_1) && a->top_byte) {
        /* 3.4: more than the IAS, or the OAS */
        return fault(out, QEVT_F_ADDR_SIZE, 1, QDIFF_CLASS_IN);
    }
    faulted = (qdiff_has(c, QDIFF_STAGE_1) && stage1_fault(c, a, out)) ||
              (qdiff_has(c, QDIFF_STAGE_2) && stage2_fault(c, a, out));
    if (out->stage) {
        recorded = out->stage == 1 ? c->cdr : c->s2r;
    }
    if (!recorded) {
        *out = (QDiffOutcome) {};
    }
    out->landed = !faulted;
    return true;
}

void qdiff_print(const QDiffCase *c, const QDiffAccess *a)
{
    const QDiffLeaf *l = a->leaf;

    g_printerr("STE %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64
               "\n", c->ste.word[0], c->ste.word[1], c->ste.word[2],
               c->ste.word[3]);
    g_printerr("CD %016" PRIx64 " %016" PRIx64 " %016" PRIx64 ", hole %d\n",
               c->cd.word[0], c->cd.word[1], c->cd.word[2], c->cd_hole);
    for (int half = 0; half < 2; half++) {
        g_printerr("stage 1, half %d: granule 2^%u, %u bits, level %d\n",
                   half, c->s1[half].shift, c->s1[half].input_bits,
                   c->s1[half].start_level);
    }
    g_printerr("stage 2: granule 2^%u, %u bits, level %d; tables at 0x%"
               PRIx64 "..0x%" PRIx64 "\n", c->s2.shift, c->s2.input_bits,
               c->s2.start_level, c->tables_ipa, c->s2.next_ipa);
    g_printerr("%s of %u bytes at 0x%" PRIx64 "%s%s%s\n",
               a->store ? "store" : "load", a->len, a->iova,
               a->top_byte ? ", another top byte" : "",
               a->unmapped ? ", unmapped" : "",
               a->again ? ", not the first access" : "");
    if (!l) {
        return;
    }
    g_printerr("leaf: VA 0x%" PRIx64 " level %d attributes %016" PRIx64
               " tables %016" PRIx64 " beyond 0x%" PRIx64 " (table %d) hole %d"
               "\n", l->va, l->level1, l->attrs1, l->tables1, l->beyond1,
               l->table_beyond1, l->hole);
    g_printerr("      IPA 0x%" PRIx64 " level %d attributes %016" PRIx64
               " beyond 0x%" PRIx64 " (table %d)\n      PA 0x%" PRIx64 "\n",
               l->ipa, l->level2, l->attrs2, l->beyond2, l->table_beyond2,
               l->pa);
}
