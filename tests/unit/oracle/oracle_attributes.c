/*
 * Memory attributes: what comes in, what tables say of it, what goes out
 * (IHI 0070 13, DDI 0487 D8.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

static const OracleCache allocating = {
    .cacheability = WRITE_BACK, .read_allocate = true, .write_allocate = true,
};

static bool is_cacheable(const OracleCache *c)
{
    return c->cacheability != NON_CACHEABLE;
}

static bool is_outer_shareable(const OracleAttributes *a)
{
    return a->device != NORMAL ||
           (!is_cacheable(&a->inner) && !is_cacheable(&a->outer));
}

/* ---- Encodings ---------------------------------------------------------- */

/* A nibble of MAIR, of Normal memory; not 0000. */
static OracleCache cache_of_mair(unsigned nibble)
{
    OracleCache c = {
        .read_allocate = nibble & 2,
        .write_allocate = nibble & 1,
        .transient = !(nibble & 8),
        .cacheability = nibble & 4 ? WRITE_BACK : WRITE_THROUGH,
    };

    if (nibble == 4) {
        return (OracleCache) { .cacheability = NON_CACHEABLE };
    }
    return c;
}

/* 5.4 MAIR0: a byte of MAIR, with its reserved encodings */
static OracleAttributes attributes_of_mair(unsigned byte)
{
    unsigned outer = byte >> 4, inner = byte & 15;
    OracleAttributes a = { .device = NORMAL };

    if (outer == 0) {
        a.device = DEVICE_NGNRNE + (inner >> 2);
        return a;
    }
    a.outer = cache_of_mair(outer);
    a.inner = cache_of_mair(inner ? inner : 3);
    return a;
}

static unsigned mair_of_cache(const OracleCache *c)
{
    bool allocates = c->read_allocate || c->write_allocate;
    unsigned nibble = c->read_allocate << 1 | c->write_allocate;

    if (!is_cacheable(c)) {
        return 4;
    }
    /* 13.1.7: without allocation, nothing is transient. */
    nibble |= c->transient && allocates ? 0 : 8;
    return nibble | (c->cacheability == WRITE_BACK ? 4 : 0);
}

/*
 * MemAttr[3:0] of STE, GBPA and of stage 2 with S2FWB = 0. Reserved encodings
 * as STE.MemAttr has them.
 */
static OracleAttributes attributes_of_memattr(unsigned memattr)
{
    static const OracleCacheability cacheability[4] = {
        NON_CACHEABLE, NON_CACHEABLE, WRITE_THROUGH, WRITE_BACK
    };
    unsigned outer = memattr >> 2, inner = memattr & 3;
    OracleAttributes a = {
        .device = NORMAL, .outer = allocating, .inner = allocating
    };

    if (outer == 0 || inner == 0) {
        a.device = outer ? DEVICE_NGNRNE : DEVICE_NGNRNE + inner;
        return a;
    }
    a.outer.cacheability = cacheability[outer];
    a.inner.cacheability = cacheability[inner];
    return a;
}

/* ---- What comes in ------------------------------------------------------ */

/*
 * 13.1.3, with the overrides of 13.1.4: fields of STE or GBPA, which are laid
 * out alike but for their places.
 */
static OracleAttributes override(const OracleId *id, bool mtcfg,
                                 unsigned memattr, unsigned alloccfg,
                                 unsigned shcfg)
{
    OracleAttributes a = {
        .device = NORMAL, .inner = allocating, .outer = allocating,
        .shareability = NON_SHAREABLE,
    };

    if (!id->types_ovr) {
        return a;
    }
    if (mtcfg) {
        a = attributes_of_memattr(memattr);
    }
    if (alloccfg & 8) {
        a.inner.read_allocate = a.outer.read_allocate = alloccfg & 4;
        a.inner.write_allocate = a.outer.write_allocate = alloccfg & 2;
        a.inner.transient = a.outer.transient = alloccfg & 1;
    }
    a.shareability = shcfg == 1 ? NON_SHAREABLE : shcfg;
    return a;
}

OracleAttributes oracle_incoming_of_gbpa(const Oracle *o)
{
    return override(&o->id, oracle_bits(o->gbpa, 4, 4),
                    oracle_bits(o->gbpa, 3, 0), oracle_bits(o->gbpa, 11, 8),
                    oracle_bits(o->gbpa, 13, 12));
}

OracleAttributes oracle_incoming_of_ste(const OracleRun *run)
{
    return override(&run->o->id, oracle_bit(run->ste, 100),
                    oracle_field(run->ste, 99, 96),
                    oracle_field(run->ste, 104, 101),
                    oracle_field(run->ste, 109, 108));
}

/* ---- Stage 1 ------------------------------------------------------------ */

/* The stronger of hints is the one that does less (13.1.5). */
static void combine_hints(OracleCache *c, const OracleCache *with)
{
    c->read_allocate = c->read_allocate && with->read_allocate;
    c->write_allocate = c->write_allocate && with->write_allocate;
    c->transient = c->transient || with->transient;
}

OracleAttributes oracle_attributes_stage1(const OracleRun *run,
                                          const OracleTables *t,
                                          const OracleLeaf *leaf,
                                          const OracleAttributes *incoming)
{
    unsigned index = oracle_bits(leaf->descriptor, 4, 2);
    unsigned sh = oracle_bits(leaf->descriptor, 9, 8);
    OracleAttributes a =
        attributes_of_mair(oracle_bits(run->cd[3], 8 * index + 7, 8 * index));
    bool inner = incoming->device == NORMAL && is_cacheable(&incoming->inner);
    bool outer = incoming->device == NORMAL && is_cacheable(&incoming->outer);

    /* 13.1.7: where nothing is cached, there are no hints to combine with. */
    if (inner) {
        combine_hints(&a.inner, &incoming->inner);
    }
    if (outer) {
        combine_hints(&a.outer, &incoming->outer);
    }
    if (t->ds) {
        sh = t->upper ? oracle_field(run->cd, 29, 28)
                      : oracle_field(run->cd, 13, 12);
    }
    a.shareability = sh == 1 ? NON_SHAREABLE : sh;
    return a;
}

/* ---- Stage 2 ------------------------------------------------------------ */

static bool is_fwb(const OracleRun *run)
{
    return run->o->id.fwb && oracle_bit(run->ste, 89) &&
           oracle_bit(run->ste, 179);
}

/*
 * MemAttr of a stage 2 descriptor, with the encodings that are the same as
 * others made those (D8.6.5, D8.6.6, 3.23.1). What is reserved is
 * Device-nGnRnE, which is a choice of this model.
 */
static unsigned stage2_memattr(const OracleRun *run, uint64_t descriptor)
{
    unsigned memattr = oracle_bits(descriptor, 5, 2);
    /* VMSAv8-32 has no encodings with NoTagAccess (G5.7.5). */
    bool mteperm = run->o->id.mteperm && oracle_bit(run->ste, 179);

    if (!is_fwb(run)) {
        if (memattr == 4 && mteperm) {
            return 15;
        }
        return memattr & 3 ? memattr : 0;
    }
    if (mteperm && memattr >= 8 && memattr < 14) {
        return 0;
    }
    return (memattr & 7) == 4 ? 0 : memattr & 7;
}

/* Whether a stage 2 descriptor makes Device memory of Normal memory. */
bool oracle_stage2_is_device(const OracleRun *run, uint64_t descriptor)
{
    return stage2_memattr(run, descriptor) < 4;
}

static OracleDevice stronger(OracleDevice a, OracleDevice b)
{
    if (a == NORMAL || b == NORMAL) {
        return a == NORMAL ? b : a;
    }
    return a < b ? a : b;
}

/* Table D8-98 */
static void combine_cache(OracleCache *c, const OracleCache *with)
{
    if (with->cacheability < c->cacheability) {
        c->cacheability = with->cacheability;
    }
}

/* S2FWB = 0: tables D8-96 to D8-98 */
static void combine(OracleAttributes *a, unsigned memattr)
{
    OracleAttributes s2 = attributes_of_memattr(memattr);

    a->device = stronger(a->device, s2.device);
    combine_cache(&a->inner, &s2.inner);
    combine_cache(&a->outer, &s2.outer);
}

/* R_TBQKG: what was not cacheable allocates. */
static void make_write_back(OracleAttributes *a)
{
    bool device = a->device != NORMAL;

    a->device = NORMAL;
    if (device || !is_cacheable(&a->inner)) {
        a->inner = allocating;
    }
    if (device || !is_cacheable(&a->outer)) {
        a->outer = allocating;
    }
    a->inner.cacheability = a->outer.cacheability = WRITE_BACK;
}

/* S2FWB = 1: tables D8-100, D8-101, and 3.23.1 */
static void force(OracleAttributes *a, unsigned memattr)
{
    switch (memattr) {
    case 0 ... 3:
        a->device = stronger(a->device, DEVICE_NGNRNE + memattr);
        break;
    case 5:
        a->inner.cacheability = a->outer.cacheability = NON_CACHEABLE;
        break;
    case 6:
        make_write_back(a);
        break;
    default:
        break;
    }
}

/* Table D8-103 */
static unsigned more_shareable(unsigned a, unsigned b)
{
    if (a == OUTER_SHAREABLE || b == OUTER_SHAREABLE) {
        return OUTER_SHAREABLE;
    }
    return a > b ? a : b;
}

OracleAttributes oracle_attributes_stage2(const OracleRun *run,
                                          const OracleTables *t,
                                          const OracleLeaf *leaf,
                                          const OracleAttributes *s1)
{
    unsigned memattr = stage2_memattr(run, leaf->descriptor);
    unsigned sh = oracle_bits(leaf->descriptor, 9, 8);
    OracleAttributes a = *s1;

    if (t->ds) {
        sh = oracle_field(run->ste, 173, 172);
    }
    /* R_NSCNC, a choice of this model */
    if (is_outer_shareable(s1)) {
        a.shareability = OUTER_SHAREABLE;
    }
    a.shareability = more_shareable(a.shareability,
                                    sh == 1 ? NON_SHAREABLE : sh);
    if (is_fwb(run)) {
        force(&a, memattr);
    } else {
        combine(&a, memattr);
    }
    return a;
}

/* ---- What goes out ------------------------------------------------------ */

void oracle_output_attributes(const OracleAttributes *a, OracleOutcome *out)
{
    if (a->device != NORMAL) {
        out->memory_type = a->device << 2;
    } else {
        out->memory_type = mair_of_cache(&a->outer) << 4 |
                           mair_of_cache(&a->inner);
    }
    out->shareability = is_outer_shareable(a) ? OUTER_SHAREABLE
                                              : a->shareability;
}
