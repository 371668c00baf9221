/*
 * What stage 1 makes of a leaf: permissions, memory attributes, nG. These are
 * samples that can be read; test-walk-oracle.c has all combinations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fixture.h"
#include "walks.h"
#include "tables.h"

#define TABLES_AT UINT64_C(0x40000000)

/* The lower half through 4KB tables. */
static MsmmuContext context_of(const Tables *t)
{
    return (MsmmuContext) {
        .stage1 = true,
        .ttb = {
            {
                .granule = MSMMU_4K,
                .input_bits = t->input_bits,
                .table_pa = t->root,
            },
            { .disabled = true },
        },
        .s1.output_bits = 48,
        .mair = UINT64_C(0xff),
    };
}

static void test_permissions(void)
{
    enum { R = MSMMU_PERM_READ, W = MSMMU_PERM_WRITE, X = MSMMU_PERM_EXEC };
    static const struct {
        const char *name;
        uint64_t leaf;
        uint64_t table;
        bool wxn, pan, epan, hpd, el2;
        uint8_t unpriv, priv;
    } cases[] = {
        { .name = "privileged only", .unpriv = X, .priv = R | W | X },
        { .name = "unprivileged too", .leaf = TABLES_UNPRIV,
          .unpriv = R | W | X, .priv = R | W },
        { .name = "read-only", .leaf = TABLES_UNPRIV | TABLES_RO,
          .unpriv = R | X, .priv = R | X },
        { .name = "never executed",
          .leaf = TABLES_UNPRIV | TABLES_UXN | TABLES_PXN,
          .unpriv = R | W, .priv = R | W },
        { .name = "APTable takes writes", .leaf = TABLES_UNPRIV,
          .table = UINT64_C(1) << 62, .unpriv = R | X, .priv = R | X },
        { .name = "APTable takes unprivileged", .leaf = TABLES_UNPRIV,
          .table = UINT64_C(1) << 61, .unpriv = X, .priv = R | W | X },
        { .name = "PXNTable", .leaf = TABLES_RO, .table = UINT64_C(1) << 59,
          .unpriv = X, .priv = R },
        { .name = "UXNTable", .leaf = TABLES_RO, .table = UINT64_C(1) << 60,
          .unpriv = 0, .priv = R | X },
        { .name = "hierarchy off", .leaf = TABLES_UNPRIV | TABLES_RO,
          .table = UINT64_C(15) << 59, .hpd = true,
          .unpriv = R | X, .priv = R | X },
        { .name = "WXN", .leaf = TABLES_UNPRIV, .wxn = true,
          .unpriv = R | W, .priv = R | W },
        { .name = "WXN privileged", .wxn = true, .unpriv = X, .priv = R | W },
        { .name = "PAN", .leaf = TABLES_UNPRIV | TABLES_RO, .pan = true,
          .unpriv = R | X, .priv = X },
        { .name = "PAN of privileged page", .pan = true,
          .unpriv = X, .priv = R | W | X },
        { .name = "EPAN of executable privileged page", .pan = true,
          .epan = true, .unpriv = X, .priv = X },
        { .name = "EPAN, UXN", .leaf = TABLES_UXN, .pan = true, .epan = true,
          .unpriv = 0, .priv = R | W | X },
        { .name = "EPAN, UXNTable", .leaf = TABLES_RO, .pan = true,
          .epan = true, .table = UINT64_C(1) << 60,
          .unpriv = 0, .priv = R | X },
        { .name = "EPAN, unprivileged data", .leaf = TABLES_UNPRIV |
          TABLES_UXN, .pan = true, .epan = true, .unpriv = R | W, .priv = 0 },
        { .name = "EPAN with WXN", .leaf = TABLES_UNPRIV, .wxn = true,
          .pan = true, .epan = true, .unpriv = R | W, .priv = 0 },
        { .name = "EL2", .el2 = true,
          .unpriv = R | W | X, .priv = R | W | X },
        { .name = "EL2 XN, PXN is RES0", .leaf = TABLES_UXN | TABLES_PXN,
          .el2 = true, .unpriv = R | W, .priv = R | W },
        { .name = "EL2 PXN, APTable[0] and PXNTable are RES0",
          .leaf = TABLES_PXN | TABLES_RO, .el2 = true,
          .table = UINT64_C(5) << 59, .unpriv = R | X, .priv = R | X },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int table_level = 0; table_level < 3; table_level++) {
            Tables t = tables_new(f, 4, 48, TABLES_AT +
                                  (3 * i + table_level) * 0x100000);
            MsmmuContext ctx = context_of(&t);
            MsmmuTranslation out;
            MsmmuFault fault;

            g_test_message("%s", cases[i].name);
            ctx.write_execute_never = cases[i].wxn;
            ctx.privileged_access_never = cases[i].pan;
            ctx.enhanced_pan = cases[i].epan;
            ctx.ttb[0].hierarchical_off = cases[i].hpd;
            if (cases[i].el2) {
                ctx.world = MSMMU_WORLD_NS_EL2;
            }
            tables_map(&t, 0, 3, 0, cases[i].leaf | TABLES_AF);
            tables_or(&t, 0, table_level, cases[i].table);
            g_assert_cmpint(walk_stage1(f->m, &ctx, 0, &out, &fault),
                            ==, MSMMU_STATUS_OK);
            g_assert_cmphex(out.perms[0], ==, cases[i].unpriv);
            g_assert_cmphex(out.perms[1], ==, cases[i].priv);
        }
    }
    fixture_free(f);
}

static void test_attributes(void)
{
    static const struct {
        uint8_t attr;
        unsigned sh;
        uint8_t type;
        unsigned effective_sh;
    } cases[] = {
        { 0xff, 3, 0xff, 3 }, { 0xff, 2, 0xff, 2 }, { 0xff, 0, 0xff, 0 },
        { 0xff, 1, 0xff, 0 },
        { 0x44, 3, 0x44, 2 }, { 0x4f, 3, 0x4f, 3 },
        { 0x00, 3, 0x00, 2 }, { 0x04, 0, 0x04, 2 }, { 0x0c, 0, 0x0c, 2 },
        /* Reserved encodings (5.4 CD.MAIR0) */
        { 0x01, 0, 0x00, 2 }, { 0x07, 0, 0x04, 2 }, { 0x0a, 0, 0x08, 2 },
        { 0x0f, 0, 0x0c, 2 }, { 0x40, 3, 0x43, 3 }, { 0xf0, 3, 0xf3, 3 },
    };
    Fixture *f = fixture_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned index = 0; index < 8; index++) {
            Tables t = tables_new(f, 4, 48,
                                  TABLES_AT + (8 * i + index) * 0x100000);
            MsmmuContext ctx = context_of(&t);
            MsmmuTranslation out;
            MsmmuFault fault;

            ctx.mair = (uint64_t)cases[i].attr << 8 * index;
            tables_map(&t, 0, 3, 0, TABLES_RW | cases[i].sh << 8 |
                                    index << 2);
            g_assert_cmpint(walk_stage1(f->m, &ctx, 0, &out, &fault),
                            ==, MSMMU_STATUS_OK);
            g_assert_cmphex(out.attributes.memory_type, ==, cases[i].type);
            g_assert_cmpuint(out.attributes.shareability, ==,
                             cases[i].effective_sh);
            g_assert_false(out.attributes.from_device);
        }
    }
    fixture_free(f);
}

static void test_global(void)
{
    Fixture *f = fixture_new(NULL);
    Tables t = tables_new(f, 4, 48, TABLES_AT);
    MsmmuContext ctx = context_of(&t);
    MsmmuTranslation out;
    MsmmuFault fault;

    tables_map(&t, 0, 3, 0, TABLES_AF);
    tables_map(&t, 0x1000, 3, 0, TABLES_AF | TABLES_NG);
    walk_stage1(f->m, &ctx, 0, &out, &fault);
    g_assert_true(out.global);
    walk_stage1(f->m, &ctx, 0x1000, &out, &fault);
    g_assert_false(out.global);
    /* No ASID: every entry is for all of them (3.17.1). */
    ctx.world = MSMMU_WORLD_NS_EL2;
    walk_stage1(f->m, &ctx, 0x1000, &out, &fault);
    g_assert_true(out.global);
    fixture_free(f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/walk/" claim, function)
    ADD("permissions", test_permissions);
    ADD("attributes", test_attributes);
    ADD("ng-selects-global", test_global);
#undef ADD
    return g_test_run();
}
