/*
 * One stage of translation alone, for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "attributes.h"
#include "walks.h"
#include "spec/vmsa.h"

MsmmuGranule walks_granule(unsigned kb)
{
    return kb == 4 ? MSMMU_4K : kb == 16 ? MSMMU_16K : MSMMU_64K;
}

static MsmmuTables common(const Tables *t)
{
    return (MsmmuTables) {
        .ds = t->wide && t->kb != 64,
        .lpa = t->wide && t->kb == 64,
        .big_endian = t->big_endian,
        .output_bits = t->wide ? 52 : 48,
    };
}

MsmmuContext walks_context(const Tables *t)
{
    MsmmuTableBase base = {
        .granule = walks_granule(t->kb),
        .input_bits = t->input_bits,
        .table_pa = t->root,
    };

    return (MsmmuContext) {
        .stage1 = true,
        .ttb = { base, base },
        .s1 = common(t),
        .mair = UINT64_C(0xff),
    };
}

MsmmuStage2 walks_stage2(const Tables *t)
{
    return (MsmmuStage2) {
        .tables = common(t),
        .granule = walks_granule(t->kb),
        .start_level = t->start_level,
        .input_bits = t->input_bits,
        .table_pa = t->root,
    };
}

MsmmuStatus walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                        MsmmuTranslation *out, MsmmuFault *fault)
{
    uint64_t effective_va = msmmu_effective_va(ctx, va);
    MsmmuContext prepared = *ctx;
    const MsmmuTableBase *ttb;
    MsmmuStatus status;
    MsmmuWalk walk;
    uint64_t input;
    MsmmuLeaf leaf;
    bool clean;

    ctx = &prepared;
    msmmu_stage1_prepare(m, &prepared);
    if (ctx->stage2) {
        msmmu_stage2_prepare(m, &prepared.s2);
    }
    status = msmmu_stage1_walk(m, ctx, va, &walk, &input, &ttb, fault);
    if (status == MSMMU_STATUS_OK) {
        status = msmmu_walk(&walk, input, &leaf, fault);
    }
    if (status != MSMMU_STATUS_OK) {
        return status;
    }
    *out = (MsmmuTranslation) {
        .first_va = effective_va >> leaf.size_log2 << leaf.size_log2,
        .first_pa = leaf.address,
        .size_log2 = leaf.size_log2,
        .leaf_level = leaf.level,
        .granule = walk.granule,
        .global = ctx->world == MSMMU_WORLD_NS_EL2 ||
                  !(leaf.descriptor & VMSA_NG),
        .contiguous = leaf.contiguous,
        .attributes = msmmu_attributes_stage1(ctx, ttb, leaf.descriptor),
    };
    msmmu_stage1_permissions(ctx, ttb, &leaf, out->perms, &clean);
    return MSMMU_STATUS_OK;
}

static void expect_translation(const MsmmuTranslation *got,
                               const MsmmuTranslation *want)
{
    g_assert_cmphex(got->first_va, ==, want->first_va);
    g_assert_cmphex(got->first_pa, ==, want->first_pa);
    g_assert_cmpuint(got->size_log2, ==, want->size_log2);
    g_assert_cmpuint(got->leaf_level, ==, want->leaf_level);
    g_assert_cmpint(got->granule, ==, want->granule);
    g_assert_cmpint(got->global, ==, want->global);
    g_assert_cmpint(got->contiguous, ==, want->contiguous);
    g_assert_cmphex(got->perms[0], ==, want->perms[0]);
    g_assert_cmphex(got->perms[1], ==, want->perms[1]);
    g_assert_cmphex(got->attributes.memory_type, ==,
                    want->attributes.memory_type);
    g_assert_cmphex(got->attributes.shareability, ==,
                    want->attributes.shareability);
}

void walk_expect_translations(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                              MsmmuStatus status, const MsmmuTranslation *t,
                              const MsmmuFault *fault)
{
    MsmmuContext prepared = *ctx;

    msmmu_stage1_prepare(m, &prepared);
    for (unsigned i = 0; i < 4; i++) {
        const MsmmuAccess access = { .write = i & 1, .privileged = i & 2 };
        uint8_t needed = i & 1 ? MSMMU_PERM_WRITE : MSMMU_PERM_READ;
        MsmmuTranslation got;
        MsmmuFault why = { 0 };
        MsmmuStatus ended = msmmu_translate_stages(m, &prepared, va, &access,
                                                   &got, &why);

        if (status != MSMMU_STATUS_OK) {
            g_assert_cmpint(ended, ==, status);
            g_assert_cmphex(why.type, ==, fault->type);
        } else if (!(t->perms[i >> 1] & needed)) {
            g_assert_cmpint(ended, ==, MSMMU_STATUS_FAULT);
            g_assert_cmphex(why.type, ==, F_PERMISSION);
        } else {
            g_assert_cmpint(ended, ==, MSMMU_STATUS_OK);
            expect_translation(&got, t);
        }
    }
}

MsmmuStatus walk_stage2(Msmmu *m, const MsmmuStage2 *s2, uint64_t ipa,
                        MsmmuLeaf *leaf, MsmmuFault *fault)
{
    const MsmmuAccess access = { .privileged = true };
    MsmmuStage2 prepared = *s2;
    MsmmuStage2Result result;
    MsmmuStatus status;

    msmmu_stage2_prepare(m, &prepared);
    status = msmmu_stage2_translate(m, &prepared, ipa, &access, MSMMU_CLASS_IN,
                                    &result, fault);
    *leaf = status == MSMMU_STATUS_OK ? result.leaf
                                      : (MsmmuLeaf) { .level = 0 };
    return status;
}

/* ---- One stage and its tables ---- */

void stage_prepare(Stage *s)
{
    if (s->number == 1) {
        msmmu_stage1_prepare(s->f->m, &s->s1);
    } else {
        msmmu_stage2_prepare(s->f->m, &s->s2);
    }
}

Stage stage_of(unsigned number, const Tables *t)
{
    return (Stage) {
        .number = number,
        .f = t->f,
        .t = *t,
        .s1 = walks_context(t),
        .s2 = walks_stage2(t),
    };
}

Stage stage_new(Fixture *f, unsigned number, unsigned kb, unsigned input_bits,
                int start_level)
{
    Tables t;

    fixture_wipe(f);
    t = tables_new_at_level(f, kb, input_bits, start_level, WALKS_AT);
    return stage_of(number, &t);
}

MsmmuTables *stage_tables(Stage *s)
{
    return s->number == 1 ? &s->s1.s1 : &s->s2.tables;
}

uint64_t stage_rw(const Stage *s)
{
    return s->number == 1 ? TABLES_RW : TABLES_S2_RW;
}

void stage_map(Stage *s, uint64_t input, int level, uint64_t output)
{
    tables_map(&s->t, input, level, output, stage_rw(s));
}

static MsmmuStatus walk(const Stage *s, uint64_t input, MsmmuTranslation *t,
                        MsmmuFault *fault)
{
    MsmmuStatus status;
    MsmmuLeaf leaf;

    if (s->number == 1) {
        return walk_stage1(s->f->m, &s->s1, input, t, fault);
    }
    status = walk_stage2(s->f->m, &s->s2, input, &leaf, fault);
    *t = (MsmmuTranslation) {
        .first_va = input >> leaf.size_log2 << leaf.size_log2,
        .first_pa = leaf.address,
        .size_log2 = leaf.size_log2,
        .leaf_level = leaf.level,
        .contiguous = leaf.contiguous,
    };
    return status;
}

void stage_expect(const Stage *s, uint64_t input, uint64_t first,
                  unsigned size_log2)
{
    MsmmuTranslation t;
    MsmmuFault fault = { 0 };

    g_test_message("stage %u: 0x%" PRIx64, s->number, input);
    if (walk(s, input, &t, &fault) != MSMMU_STATUS_OK) {
        g_error("stage %u: event 0x%x for 0x%" PRIx64, s->number, fault.type,
                input);
    }
    g_assert_cmphex(t.first_pa, ==, first);
    g_assert_cmpuint(t.size_log2, ==, size_log2);
    g_assert_cmphex(t.first_va, ==, input >> size_log2 << size_log2);
}

void stage_expect_leaf(const Stage *s, uint64_t input, uint64_t first,
                       unsigned size_log2, int level)
{
    MsmmuTranslation t;
    MsmmuFault fault;

    stage_expect(s, input, first, size_log2);
    walk(s, input, &t, &fault);
    g_assert_cmpint(t.leaf_level, ==, level);
}

void stage_expect_fault(const Stage *s, uint64_t input, uint8_t type,
                        uint64_t fetch_address)
{
    MsmmuTranslation t;
    MsmmuFault fault;

    g_test_message("stage %u: 0x%" PRIx64 " event 0x%x", s->number, input,
                   type);
    memset(&fault, 0x5a, sizeof(fault));
    g_assert_cmpint(walk(s, input, &t, &fault), ==, MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, type);
    g_assert_cmpuint(fault.stage, ==, s->number);
    /* 7.3.12: CLASS is TT for aborts of stage 1, else 7.3.13: what it is for */
    g_assert_cmpint(fault.class, ==,
                    s->number == 1 && type == F_WALK_EABT ? MSMMU_CLASS_TT :
                                                            MSMMU_CLASS_IN);
    g_assert_cmphex(fault.fetch_address, ==, fetch_address);
    g_assert_cmphex(fault.ipa, ==, s->number == 1 ? 0 : input);
    g_assert_cmphex(fault.reason, ==, 0);
}

void stage_add_test(const char *claim, unsigned stage, GTestDataFunc function)
{
    char *path = g_strdup_printf("/msmmu/walk/s%u-%s", stage, claim);

    g_test_add_data_func(path, GUINT_TO_POINTER(stage), function);
    g_free(path);
}
