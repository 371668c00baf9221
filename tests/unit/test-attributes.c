/*
 * Memory attributes (IHI 0070 chapter 13, 5.2, 5.4; Arm ARM D8.6): each table
 * of the specifications as one here, in bytes as MAIR_ELx has them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "rig_stages.h"
#include "walk.h"

/* What stage 1 of @ctx, which is not prepared, makes of @descriptor. */
static MsmmuAttributes after_stage1(const MsmmuContext *ctx,
                                    uint64_t descriptor)
{
    const Msmmu m = { .window = NULL };
    MsmmuContext prepared = *ctx;

    prepared.ttb[0].disabled = true;
    prepared.ttb[1].disabled = true;
    msmmu_stage1_prepare(&m, &prepared);
    return msmmu_attributes_stage1(&prepared, &prepared.ttb[0], descriptor);
}

/* ---- CD.MAIR (5.4) ---- */

/* Every value of Attr<n>, in every place; reserved ones as 5.4 has them. */
static void test_mair(void)
{
    for (unsigned attr = 0; attr < 256; attr++) {
        static const uint8_t devices[4] = { 0x00, 0x04, 0x08, 0x0c };
        uint8_t expected = attr < 16 ? devices[attr / 4] :
                           attr % 16 ? attr : attr + 3;

        for (unsigned index = 0; index < 8; index++) {
            MsmmuContext ctx = {
                .mair = (uint64_t)attr << 8 * index |
                        (index ? 0x44 : UINT64_C(0x4400)),
                .incoming = { .memory_type = 0xff },
            };

            g_assert_cmphex(after_stage1(&ctx, index << 2).memory_type, ==,
                            expected);
        }
    }
}

/* ---- Stage 2: memory types (Arm ARM Tables D8-96 to D8-101) ---- */

/*
 * What stage 1 gives: nGnRnE, nGnRE, nGRE, GRE; iNC-oNC; iWB-oNC, iNC-oWB,
 * iWT-oWT, iWB-oWB; iWB-oWB with Read-Allocate alone, with Write-Allocate
 * Transient, without any; iWT-oWT Transient; iWB-oWT.
 */
static const uint8_t stage1_types[] = {
    0x00, 0x04, 0x08, 0x0c, 0x44, 0x4f, 0xf4, 0xbb, 0xff, 0xee, 0x55, 0xcc,
    0x33, 0xbf,
};

/*
 * By MemAttr[3:0]. Reserved values, 0b0100, 0b1000 and 0b1100, are taken as
 * Device-nGnRnE.
 */
static const uint8_t combined[][16] = {
    { 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00 },
    { 0x00, 0x04, 0x04, 0x04, 0x00, 0x04, 0x04, 0x04,
      0x00, 0x04, 0x04, 0x04, 0x00, 0x04, 0x04, 0x04 },
    { 0x00, 0x04, 0x08, 0x08, 0x00, 0x08, 0x08, 0x08,
      0x00, 0x08, 0x08, 0x08, 0x00, 0x08, 0x08, 0x08 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x0c, 0x0c, 0x0c,
      0x00, 0x0c, 0x0c, 0x0c, 0x00, 0x0c, 0x0c, 0x0c },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x44, 0x44,
      0x00, 0x44, 0x44, 0x44, 0x00, 0x44, 0x44, 0x44 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x4b, 0x4f,
      0x00, 0x44, 0x4b, 0x4f, 0x00, 0x44, 0x4b, 0x4f },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x44, 0x44,
      0x00, 0xb4, 0xb4, 0xb4, 0x00, 0xf4, 0xf4, 0xf4 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x4b, 0x4b,
      0x00, 0xb4, 0xbb, 0xbb, 0x00, 0xb4, 0xbb, 0xbb },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x4b, 0x4f,
      0x00, 0xb4, 0xbb, 0xbf, 0x00, 0xf4, 0xfb, 0xff },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x4a, 0x4e,
      0x00, 0xa4, 0xaa, 0xae, 0x00, 0xe4, 0xea, 0xee },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x41, 0x45,
      0x00, 0x14, 0x11, 0x15, 0x00, 0x54, 0x51, 0x55 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x48, 0x4c,
      0x00, 0x84, 0x88, 0x8c, 0x00, 0xc4, 0xc8, 0xcc },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x43, 0x43,
      0x00, 0x34, 0x33, 0x33, 0x00, 0x34, 0x33, 0x33 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x4b, 0x4f,
      0x00, 0xb4, 0xbb, 0xbf, 0x00, 0xb4, 0xbb, 0xbf },
};

/* With S2FWB, by MemAttr[2:0]; 0b100 is reserved, and Device-nGnRnE here. */
static const uint8_t forced[][8] = {
    { 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x00 },
    { 0x00, 0x04, 0x04, 0x04, 0x00, 0x04, 0xff, 0x04 },
    { 0x00, 0x04, 0x08, 0x08, 0x00, 0x08, 0xff, 0x08 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x0c, 0xff, 0x0c },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0x44 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0x4f },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0xf4 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0xbb },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0xff },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xee, 0xee },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x55, 0x55 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xcc, 0xcc },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0x77, 0x33 },
    { 0x00, 0x04, 0x08, 0x0c, 0x00, 0x44, 0xff, 0xbf },
};

G_STATIC_ASSERT(G_N_ELEMENTS(combined) == G_N_ELEMENTS(stage1_types));
G_STATIC_ASSERT(G_N_ELEMENTS(forced) == G_N_ELEMENTS(stage1_types));

static uint8_t type_after(unsigned idr3, const MsmmuStage2 *s2,
                          unsigned mem_attr, uint8_t stage1)
{
    Msmmu m = { .regs.idr[3] = idr3 };
    MsmmuAttributes input = { .memory_type = stage1 };

    return msmmu_attributes_stage2(&m, s2, mem_attr << 2, input).memory_type;
}

static void test_combined_types(void)
{
    const MsmmuStage2 s2 = { .tables.format = MSMMU_AARCH64 };

    for (unsigned i = 0; i < G_N_ELEMENTS(stage1_types); i++) {
        for (unsigned attr = 0; attr < 16; attr++) {
            g_assert_cmphex(type_after(0, &s2, attr, stage1_types[i]), ==,
                            combined[i][attr]);
        }
    }
}

static void test_forced_types(void)
{
    const MsmmuStage2 s2 = {
        .tables.format = MSMMU_AARCH64, .force_write_back = true,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(stage1_types); i++) {
        for (unsigned attr = 0; attr < 16; attr++) {
            /* MemAttr[3] is RES0. */
            g_assert_cmphex(type_after(0, &s2, attr, stage1_types[i]), ==,
                            forced[i][attr % 8]);
        }
    }
}

/* IDR3.MTEPERM is bit 22 (3.23.1): VMSAv8-64 alone has the encodings. */
static void test_no_tag_access(void)
{
    const unsigned mteperm = 1u << 22;
    MsmmuStage2 s2 = { .tables.format = MSMMU_AARCH64 };

    for (unsigned i = 0; i < G_N_ELEMENTS(stage1_types); i++) {
        uint8_t type = stage1_types[i];

        for (unsigned attr = 0; attr < 16; attr++) {
            s2.tables.format = MSMMU_AARCH64;
            s2.force_write_back = false;
            g_assert_cmphex(type_after(mteperm, &s2, attr, type), ==,
                            combined[i][attr == 4 ? 15 : attr]);
            s2.force_write_back = true;
            g_assert_cmphex(type_after(mteperm, &s2, attr, type), ==,
                            attr < 8 || attr >= 14 ? forced[i][attr % 8] : 0);
            s2.force_write_back = false;
            s2.tables.format = MSMMU_AARCH32;
            g_assert_cmphex(type_after(mteperm, &s2, attr, type), ==,
                            combined[i][attr]);
        }
    }
}

/* What S2PTW calls a Device: by the stage 2 leaf alone. */
static void test_is_device(void)
{
    const Msmmu m = { .regs.idr[3] = 0 }, mte = { .regs.idr[3] = 1u << 22 };
    const MsmmuStage2 plain = { .tables.format = MSMMU_AARCH64 };
    const MsmmuStage2 fwb = {
        .tables.format = MSMMU_AARCH64, .force_write_back = true,
    };
    /* One bit for each MemAttr, and reserved values as above. */
    const unsigned devices = 0x111f, devices_mte = 0x110f;
    const unsigned devices_fwb = 0x1f1f, devices_fwb_mte = 0x3f1f;

    for (unsigned attr = 0; attr < 16; attr++) {
        g_assert_cmpint(msmmu_attributes_stage2_is_device(&m, &plain,
                                                          attr << 2),
                        ==, devices >> attr & 1);
        g_assert_cmpint(msmmu_attributes_stage2_is_device(&mte, &plain,
                                                          attr << 2),
                        ==, devices_mte >> attr & 1);
        g_assert_cmpint(msmmu_attributes_stage2_is_device(&m, &fwb,
                                                          attr << 2),
                        ==, devices_fwb >> attr & 1);
        g_assert_cmpint(msmmu_attributes_stage2_is_device(&mte, &fwb,
                                                          attr << 2),
                        ==, devices_fwb_mte >> attr & 1);
    }
}

/* ---- Shareability (Arm ARM Tables D8-102, D8-103) ---- */

enum { NSH = 0, RES = 1, OSH = 2, ISH = 3 };

/* By SH of stage 1 and of stage 2; the reserved value is Non-shareable. */
static const uint8_t shareability[4][4] = {
    [NSH] = { [NSH] = NSH, [RES] = NSH, [OSH] = OSH, [ISH] = ISH },
    [RES] = { [NSH] = NSH, [RES] = NSH, [OSH] = OSH, [ISH] = ISH },
    [OSH] = { [NSH] = OSH, [RES] = OSH, [OSH] = OSH, [ISH] = OSH },
    [ISH] = { [NSH] = ISH, [RES] = ISH, [OSH] = OSH, [ISH] = ISH },
};

static MsmmuAttributes both(const MsmmuContext *ctx, unsigned sh1,
                            unsigned sh2, unsigned mem_attr)
{
    const Msmmu m = { .regs.idr[3] = 0 };

    return msmmu_attributes_stage2(&m, &ctx->s2, sh2 << 8 | mem_attr << 2,
                                   after_stage1(ctx, sh1 << 8));
}

static void test_shareability(void)
{
    MsmmuContext ctx = { .mair = 0xff };

    for (unsigned sh1 = 0; sh1 < 4; sh1++) {
        for (unsigned sh2 = 0; sh2 < 4; sh2++) {
            ctx.mair = 0xff;
            ctx.s2.force_write_back = false;
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0xf).shareability, ==,
                             shareability[sh1][sh2]);
            /* Cacheable at one level is cacheable. */
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0x7).shareability, ==,
                             shareability[sh1][sh2]);
            /* iNC-oNC and Devices, by either stage, are Outer Shareable. */
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0x5).shareability, ==, OSH);
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0x3).shareability, ==, OSH);
            ctx.mair = 0x44;
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0xf).shareability, ==, OSH);
            ctx.mair = 0x04;
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0xf).shareability, ==, OSH);
            /* S2FWB does not matter to it (R_WLQYW). */
            ctx.mair = 0xff;
            ctx.s2.force_write_back = true;
            g_assert_cmpuint(both(&ctx, sh1, sh2, 0x6).shareability, ==,
                             shareability[sh1][sh2]);
        }
    }
}

/* With DS, of 4KB and 16KB: from CD.SHx and S2SH0, not from bits [9:8]. */
static void test_shareability_with_ds(void)
{
    static const MsmmuGranule granules[] = { MSMMU_4K, MSMMU_16K, MSMMU_64K };

    for (unsigned n = 0; n < 3 * 16 * 16; n++) {
        unsigned cd = n % 4, ste = n / 4 % 4;
        unsigned sh1 = n / 16 % 4, sh2 = n / 64 % 4;
        bool has_sh = granules[n / 256] == MSMMU_64K;
        MsmmuContext ctx = {
            .mair = 0xff,
            .s1.ds = true,
            .ttb[0] = { .granule = granules[n / 256], .shareability = cd },
            .s2 = {
                .tables.ds = true, .granule = granules[n / 256],
                .shareability = ste,
            },
        };

        g_assert_cmpuint(both(&ctx, sh1, sh2, 0xf).shareability, ==,
                         has_sh ? shareability[sh1][sh2]
                                : shareability[cd][ste]);
    }
}

/* ---- Hints of what comes in (13.4.2) ---- */

static void test_hints(void)
{
    static const struct {
        MsmmuOverrides incoming;
        uint8_t mair;
        uint8_t expected;
    } cases[] = {
        /* Nothing overridden, or type and shareability only */
        { { .sh_cfg = 1 }, 0xff, 0xff },
        { { .sh_cfg = 1 }, 0xcc, 0xcc },
        { { .sh_cfg = 3, .mt_cfg = true, .mem_attr = 0xa }, 0xff, 0xff },
        { { .sh_cfg = 2, .mt_cfg = true, .mem_attr = 0xf }, 0x73, 0x73 },
        /* ALLOCCFG 0b1RWT lessens: no-allocate and transient are stronger. */
        { { .sh_cfg = 1, .alloc_cfg = 0xe }, 0xff, 0xff },
        { { .sh_cfg = 1, .alloc_cfg = 0xc }, 0xff, 0xee },
        { { .sh_cfg = 1, .alloc_cfg = 0xa }, 0xff, 0xdd },
        { { .sh_cfg = 1, .alloc_cfg = 0x8 }, 0xff, 0xcc },
        { { .sh_cfg = 1, .alloc_cfg = 0xf }, 0xff, 0x77 },
        { { .sh_cfg = 1, .alloc_cfg = 0xf }, 0xbb, 0x33 },
        { { .sh_cfg = 1, .alloc_cfg = 0xd }, 0xdd, 0xcc },
        { { .sh_cfg = 1, .alloc_cfg = 0x9 }, 0xff, 0xcc },
        { { .sh_cfg = 1, .alloc_cfg = 0xc }, 0x4f, 0x4e },
        { { .sh_cfg = 1, .alloc_cfg = 0xc }, 0x44, 0x44 },
        { { .sh_cfg = 1, .alloc_cfg = 0xc }, 0x04, 0x04 },
        /* An input that is not cacheable says nothing of them. */
        { { .mt_cfg = true, .mem_attr = 0x1, .alloc_cfg = 0x8 }, 0xff, 0xff },
        { { .mt_cfg = true, .mem_attr = 0x5, .alloc_cfg = 0x8 }, 0xff, 0xff },
        /* One that is cacheable does, whatever its cacheability is. */
        { { .mt_cfg = true, .mem_attr = 0xa, .alloc_cfg = 0xc }, 0xff, 0xee },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        MsmmuContext ctx = { .mair = cases[i].mair };
        MsmmuAttributes a;

        g_test_message("case %u", i);
        ctx.incoming = msmmu_attributes_incoming(&cases[i].incoming);
        a = after_stage1(&ctx, 3 << 8);
        g_assert_cmphex(a.memory_type, ==, cases[i].expected);
        g_assert_false(a.from_device);
        /* Of the rest of what comes in nothing is left. */
        ctx.incoming = msmmu_attributes_hints(ctx.incoming);
        g_assert_cmphex(after_stage1(&ctx, 3 << 8).memory_type, ==,
                        cases[i].expected);
    }
}

/* ---- End to end ---- */

#define IPA UINT64_C(0x12345000)
#define PA UINT64_C(0x3456789000)

static void put_overrides(Stages *s, unsigned mtcfg, unsigned memattr,
                          unsigned alloccfg, unsigned shcfg)
{
    config_set_bits(&s->ste, 99, 96, memattr);
    config_set_bits(&s->ste, 100, 100, mtcfg);
    config_set_bits(&s->ste, 104, 101, alloccfg);
    config_set_bits(&s->ste, 109, 108, shcfg);
}

/* Stage 2 alone combines with what comes in, after the overrides (13.4). */
static void test_stage2_only(void)
{
    static const struct {
        unsigned mtcfg, memattr, alloccfg, shcfg;
        unsigned fwb, s2_memattr, s2_sh;
        uint8_t type, sh;
        bool from_device;
    } cases[] = {
        /* The device's own, through a stage 2 that changes nothing */
        { 0, 0, 0, 1, 0, 0xf, NSH, 0xff, NSH, true },
        { 0, 0, 0, 1, 1, 0x7, NSH, 0xff, NSH, true },
        { 0, 0, 0, 1, 0, 0xf, ISH, 0xff, ISH, false },
        { 0, 0, 0, 1, 1, 0x6, NSH, 0xff, NSH, false },
        { 0, 0, 0, 1, 0, 0xa, ISH, 0xbb, ISH, false },
        { 0, 0, 0, 1, 0, 0x5, ISH, 0x44, OSH, false },
        { 0, 0, 0, 1, 0, 0x1, NSH, 0x04, OSH, false },
        /* MTCFG */
        { 1, 0x0, 0, 1, 0, 0xf, NSH, 0x00, OSH, false },
        { 1, 0x3, 0, 1, 0, 0x1, NSH, 0x04, OSH, false },
        { 1, 0x3, 0, 1, 1, 0x6, ISH, 0xff, OSH, false },
        { 1, 0x5, 0, 1, 1, 0x6, ISH, 0xff, OSH, false },
        { 1, 0xb, 0, 1, 0, 0xe, ISH, 0xbb, ISH, false },
        { 1, 0x8, 0, 1, 0, 0xf, ISH, 0x00, OSH, false },
        /* SHCFG */
        { 0, 0, 0, 0, 0, 0xf, NSH, 0xff, NSH, false },
        { 0, 0, 0, 2, 0, 0xf, ISH, 0xff, OSH, false },
        { 0, 0, 0, 3, 0, 0xf, NSH, 0xff, ISH, false },
        /* ALLOCCFG: stage 2 has no hints */
        { 0, 0, 0xc, 1, 0, 0xf, NSH, 0xee, NSH, false },
        { 0, 0, 0xb, 3, 0, 0xa, NSH, 0x11, ISH, false },
        { 1, 0x5, 0xc, 3, 1, 0x6, NSH, 0xff, OSH, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stages s;

        g_test_message("case %u", i);
        stages_init(&s, "fwb=on", 0, 4);
        put_overrides(&s, cases[i].mtcfg, cases[i].memattr,
                      cases[i].alloccfg, cases[i].shcfg);
        config_set_bits(&s.ste, 89, 89, cases[i].fwb);
        stages_put(&s);
        stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_READ |
                                 cases[i].s2_memattr << 2 |
                                 cases[i].s2_sh << 8);
        for (unsigned n = 0; n < 2; n++) {
            MsmmuResult result = translate(&s.r, reading(IPA));

            g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
            g_assert_cmphex(result.attributes.memory_type, ==, cases[i].type);
            g_assert_cmpuint(result.attributes.shareability, ==, cases[i].sh);
            g_assert_cmpint(result.attributes.from_device, ==,
                            cases[i].from_device);
        }
        stages_free(&s);
    }
}

/* Without ATTR_TYPES_OVR the STE's fields are RES0, and ignored. */
static void test_no_overrides(void)
{
    MsmmuResult result;
    Stages s;

    stages_init(&s, "attr-types-ovr=off", 0, 4);
    put_overrides(&s, 1, 0, 0xf, 3);
    stages_put(&s);
    stages_page(&s, IPA, PA, TABLES_S2_RW);
    result = translate(&s.r, reading(IPA));
    g_assert_cmphex(result.attributes.memory_type, ==, 0xff);
    g_assert_cmpuint(result.attributes.shareability, ==, NSH);
    g_assert_true(result.attributes.from_device);
    stages_free(&s);
}

/* Both stages: the input leaves its hints, stage 2 the rest. */
static void test_nested(void)
{
    static const struct {
        unsigned mtcfg, memattr, alloccfg;
        uint8_t mair;
        unsigned sh, s2_memattr, s2_sh;
        uint8_t type, result_sh;
    } cases[] = {
        { 0, 0, 0, 0xff, ISH, 0xf, NSH, 0xff, ISH },
        { 0, 0, 0, 0xff, ISH, 0xf, OSH, 0xff, OSH },
        { 0, 0, 0, 0xff, ISH, 0xb, ISH, 0xbf, ISH },
        { 0, 0, 0, 0x04, ISH, 0xf, ISH, 0x04, OSH },
        { 0, 0, 0, 0x0c, ISH, 0x2, ISH, 0x08, OSH },
        { 0, 0, 0xc, 0xff, ISH, 0xf, ISH, 0xee, ISH },
        { 0, 0, 0xc, 0xff, ISH, 0xa, ISH, 0xaa, ISH },
        /* The type that comes in is replaced by stage 1's. */
        { 1, 0x0, 0xc, 0xff, ISH, 0xf, ISH, 0xff, ISH },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Stages s;

        g_test_message("case %u", i);
        stages_init(&s, "", 4, 4);
        put_overrides(&s, cases[i].mtcfg, cases[i].memattr,
                      cases[i].alloccfg, 1);
        config_set_bits(&s.r.cd, 199, 192, cases[i].mair);
        stages_put(&s);
        tables_map(&s.r.t, 0x1000, 3, IPA, TABLES_RW | cases[i].sh << 8);
        stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_READ |
                                 cases[i].s2_memattr << 2 |
                                 cases[i].s2_sh << 8);
        for (unsigned n = 0; n < 2; n++) {
            MsmmuResult result = translate(&s.r, reading(0x1000));

            g_assert_cmphex(result.attributes.memory_type, ==, cases[i].type);
            g_assert_cmpuint(result.attributes.shareability, ==,
                             cases[i].result_sh);
            g_assert_false(result.attributes.from_device);
        }
        stages_free(&s);
    }
}

/* From CD.SH0 and S2SH0, where descriptors have addresses in SH's place. */
static void test_nested_with_ds(void)
{
    for (unsigned n = 0; n < 16; n++) {
        MsmmuResult result;
        Stages s;

        stages_init(&s, "ds=on,oas=52,vax=52", 4, 4);
        config_set_bits(&s.r.cd, 13, 12, n % 4);        /* SH0 */
        config_set_bits(&s.ste, 173, 172, n / 4);       /* S2SH0 */
        stages_put(&s);
        /* OA[51:50] = 0b11 at both stages */
        tables_map(&s.r.t, 0x1000, 3, UINT64_C(0xc000000001000), TABLES_RW);
        stages_page(&s, UINT64_C(0xc000000001000), UINT64_C(0xc000000002000),
                    TABLES_S2_RW);
        for (unsigned i = 0; i < 2; i++) {
            result = translate(&s.r, reading(0x1000));
            g_assert_cmphex(result.pa, ==, UINT64_C(0xc000000002000));
            g_assert_cmphex(result.attributes.memory_type, ==, 0xff);
            g_assert_cmpuint(result.attributes.shareability, ==,
                             shareability[n % 4][n / 4]);
        }
        stages_free(&s);
    }
}

/* Streams of one VMID share no more than what is the same for both. */
static void test_sharing(void)
{
    static const struct {
        unsigned mtcfg, memattr;
        uint8_t type;
    } streams[] = { { 0, 0, 0xff }, { 1, 0x5, 0x44 }, { 1, 0xa, 0xbb } };
    Stages s;

    stages_init(&s, "", 0, 4);
    for (unsigned i = 0; i < G_N_ELEMENTS(streams); i++) {
        put_overrides(&s, streams[i].mtcfg, streams[i].memattr, 0, 1);
        config_put_ste(s.r.f, SID + i, &s.ste);
    }
    stages_flush(&s);
    stages_page(&s, IPA, PA, TABLES_S2_RW);
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(streams); i++) {
        MsmmuRequest rq = reading(IPA);

        rq.sid = SID + i % 3;
        g_assert_cmphex(translate(&s.r, rq).attributes.memory_type, ==,
                        streams[i % 3].type);
    }
    stages_free(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/attributes/" claim, function)
    ADD("mair-selects-and-mends", test_mair);
    ADD("types-of-both-stages-combine", test_combined_types);
    ADD("s2fwb-forces-types", test_forced_types);
    ADD("mteperm-gives-no-tag-access-a-type", test_no_tag_access);
    ADD("devices-of-stage-2-are-told", test_is_device);
    ADD("shareabilities-of-both-stages-combine", test_shareability);
    ADD("ds-takes-shareability-from-cd-and-ste", test_shareability_with_ds);
    ADD("hints-that-come-in-lessen-those-of-stage-1", test_hints);
    ADD("stage-2-alone-combines-with-what-comes-in", test_stage2_only);
    ADD("attr-types-ovr-off-leaves-what-comes-in", test_no_overrides);
    ADD("both-stages-combine", test_nested);
    ADD("ds-at-both-stages", test_nested_with_ds);
    ADD("streams-of-one-vmid-keep-their-overrides", test_sharing);
#undef ADD
    return g_test_run();
}
