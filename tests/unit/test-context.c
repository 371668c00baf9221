/*
 * STE and CD -> MsmmuContext: what is decoded, what is ignored, what is
 * C_BAD_STE, C_BAD_SUBSTREAMID, F_CD_FETCH or C_BAD_CD (IHI 0070 5.2, 5.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context.h"
#include "oracle_legality.h"

enum {
    BAD_STE = 0x04, BAD_SUBSTREAMID = 0x08, CD_FETCH = 0x09, BAD_CD = 0x0a,
};

#define SID 3
#define CD_PA UINT64_C(0x7000)

/* ---- An instance, an STE, a CD ---- */

static void prepare(Fixture *f)
{
    fixture_set_reg32(f, SMMU_CR2, 0x2);
    fixture_set_reg64(f, SMMU_STRTAB_BASE, FIXTURE_STRTAB);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 5);
}

static Fixture *new_fixture(void)
{
    Fixture *f = fixture_new(NULL);

    prepare(f);
    return f;
}

static MsmmuConfig config_with(unsigned granules, unsigned oas, int minor)
{
    MsmmuConfig config = msmmu_config_default();

    config.granules = granules;
    config.oas_bits = oas;
    config.arch_minor = minor;
    config.ril = minor != 0;
    return config;
}

static Fixture *new_fixture_with(unsigned granules, unsigned oas, int minor)
{
    MsmmuConfig config = config_with(granules, oas, minor);
    Fixture *f = fixture_new(&config);

    prepare(f);
    return f;
}

/* The outcome for @rq->sid; the cache is not involved. */
static MsmmuStatus fetch(Fixture *f, const MsmmuRequest *rq,
                         const ConfigWords *ste, const ConfigWords *cd,
                         MsmmuContext *ctx, MsmmuFault *fault)
{
    memset(fault, 0, sizeof(*fault));
    config_put_ste(f, rq->sid, ste);
    if (cd) {
        config_put(f, config_bits(ste, 55, 6) << 6, cd);
    }
    return msmmu_context_fetch(f->m, rq, ctx, fault);
}

/* The type of the fault that a transaction ends with, or 0. */
static unsigned fault_of(Fixture *f, const ConfigWords *ste,
                         const ConfigWords *cd)
{
    const MsmmuRequest rq = { .sid = SID };
    MsmmuContext ctx;
    MsmmuFault fault;
    MsmmuStatus status = fetch(f, &rq, ste, cd, &ctx, &fault);

    g_assert_cmpint(ctx.outcome == MSMMU_STATUS_FAULT, ==,
                    status == MSMMU_STATUS_FAULT);
    return status == MSMMU_STATUS_FAULT ? fault.type : 0;
}

static unsigned cd_fault(Fixture *f, const ConfigWords *cd)
{
    ConfigWords ste = config_ste_stage1(CD_PA);

    return fault_of(f, &ste, cd);
}

/* The context of a stage 1 stream, which must be legal. */
static MsmmuContext decoded(Fixture *f, const ConfigWords *cd)
{
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA);
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, &ste, cd, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_true(ctx.stage1);
    g_assert_false(ctx.stage2);
    return ctx;
}

static bool same_table_base(const MsmmuTableBase *a, const MsmmuTableBase *b)
{
    return a->disabled == b->disabled && a->granule == b->granule &&
           a->input_bits == b->input_bits &&
           a->top_byte_ignored == b->top_byte_ignored &&
           a->hierarchical_off == b->hierarchical_off &&
           a->table_pa == b->table_pa;
}

static bool same_context(const MsmmuContext *a, const MsmmuContext *b)
{
    return a->sid == b->sid && a->ssid == b->ssid &&
           a->ssid_valid == b->ssid_valid && a->outcome == b->outcome &&
           a->stage1 == b->stage1 && a->stage2 == b->stage2 &&
           a->world == b->world && a->asid == b->asid &&
           a->vmid == b->vmid && same_table_base(&a->ttb[0], &b->ttb[0]) &&
           same_table_base(&a->ttb[1], &b->ttb[1]) &&
           a->s1_output_bits == b->s1_output_bits &&
           a->s1_big_endian == b->s1_big_endian &&
           a->s1_access_flag_off == b->s1_access_flag_off &&
           a->write_execute_never == b->write_execute_never &&
           a->privileged_access_never == b->privileged_access_never &&
           a->abort == b->abort && a->record == b->record &&
           a->mair == b->mair && a->priv_cfg == b->priv_cfg &&
           a->inst_cfg == b->inst_cfg && a->sh_cfg == b->sh_cfg &&
           a->alloc_cfg == b->alloc_cfg && a->mt_cfg == b->mt_cfg &&
           a->mem_attr == b->mem_attr;
}

/* ---- STE ---- */

static void test_ste_v_0(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste;

    memset(&ste, 0xff, sizeof(ste));
    for (unsigned config = 0; config < 8; config++) {
        config_set_bits(&ste, 3, 0, config << 1);
        g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
    }
    fixture_free(f);
}

static void test_config_0xx(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest plain = { .sid = SID };
    const MsmmuRequest substream = {
        .sid = SID, .ssid = 7, .ssid_valid = true,
    };
    ConfigWords ste;
    MsmmuContext ctx;
    MsmmuFault fault;

    memset(&ste, 0xff, sizeof(ste));
    for (unsigned config = 0; config < 4; config++) {
        config_set_bits(&ste, 3, 1, config);
        g_assert_cmpint(fetch(f, &plain, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_ABORT_SILENT);
        g_assert_cmpint(fetch(f, &substream, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_ABORT_SILENT);
        g_assert_cmpint(ctx.outcome, ==, MSMMU_STATUS_ABORT_SILENT);
    }
    fixture_free(f);
}

static void test_no_stage2(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(1, 0x1000);

    config_set_bits(&ste, 3, 1, 6);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    config_set_bits(&ste, 3, 1, 7);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    /* S2AA64 = 1, with sensible values. */
    ste.word[2] = UINT64_C(0x000d005800000000);
    g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
    fixture_free(f);
}

static MsmmuContext bypassed(Fixture *f, const ConfigWords *ste)
{
    const MsmmuRequest rq = { .sid = SID };
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, ste, NULL, &ctx, &fault), ==,
                    MSMMU_STATUS_BYPASS);
    g_assert_false(ctx.stage1);
    g_assert_false(ctx.stage2);
    return ctx;
}

/* 5.2: MemAttr, MTCFG, ALLOCCFG, SHCFG, PRIVCFG, INSTCFG */
static void test_overrides(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_bypass();
    MsmmuContext ctx = bypassed(f, &ste);

    g_assert_cmpint(ctx.sh_cfg, ==, 1);
    g_assert_false(ctx.mt_cfg);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);

    config_set_bits(&ste, 99, 96, 0xb);
    config_set_bits(&ste, 100, 100, 1);
    config_set_bits(&ste, 104, 101, 0xd);
    config_set_bits(&ste, 109, 108, 3);
    config_set_bits(&ste, 113, 112, 3);
    config_set_bits(&ste, 115, 114, 2);
    ctx = bypassed(f, &ste);
    g_assert_cmphex(ctx.mem_attr, ==, 0xb);
    g_assert_true(ctx.mt_cfg);
    g_assert_cmphex(ctx.alloc_cfg, ==, 0xd);
    g_assert_cmpint(ctx.sh_cfg, ==, 3);
    g_assert_cmpint(ctx.priv_cfg, ==, 3);
    g_assert_cmpint(ctx.inst_cfg, ==, 2);

    /* The Reserved 0b01 behaves as 0b00. */
    config_set_bits(&ste, 113, 112, 1);
    config_set_bits(&ste, 115, 114, 1);
    ctx = bypassed(f, &ste);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);

    /* 6.3.2: without ATTR_PERMS_OVR and ATTR_TYPES_OVR they are RES0. */
    memset(&ste.word[1], 0xff, 8);
    f->m->regs.idr[1] &= ~(1u << 26 | 1u << 27);
    ctx = bypassed(f, &ste);
    g_assert_cmphex(ctx.mem_attr, ==, 0);
    g_assert_false(ctx.mt_cfg);
    g_assert_cmphex(ctx.alloc_cfg, ==, 0);
    g_assert_cmpint(ctx.sh_cfg, ==, 1);
    g_assert_cmpint(ctx.priv_cfg, ==, 0);
    g_assert_cmpint(ctx.inst_cfg, ==, 0);
    fixture_free(f);
}

/*
 * Every bit of a stage 1 STE, flipped alone: it counts only if the default
 * instance has the feature. RES0, IGNORED, software's and IMPLEMENTATION
 * DEFINED bits do not.
 */
static void test_every_ste_bit(void)
{
    /* V, Config, S1ContextPtr, S1STALLD, and the overrides */
    static const struct {
        unsigned hi, lo;
    } counts[] = {
        { 0, 0 }, { 3, 1 }, { 55, 6 }, { 91, 91 }, { 104, 96 },
        { 109, 108 }, { 115, 112 },
    };
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    config_set_bits(&ste, 113, 112, 2);
    config_set_bits(&ste, 115, 114, 2);
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &plain, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned bit = 0; bit < 512; bit++) {
        ConfigWords changed = ste;
        bool expected = false;

        for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
            expected |= bit <= counts[i].hi && bit >= counts[i].lo;
        }
        config_set_bits(&changed, bit, bit, !config_bits(&ste, bit, bit));
        fetch(f, &rq, &changed, NULL, &ctx, &fault);
        g_assert_cmpint(same_context(&plain, &ctx), ==, !expected);
    }
    fixture_free(f);
}

static void test_s1_substream_fields_are_ignored(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    fetch(f, &rq, &ste, &cd, &plain, &fault);
    for (unsigned i = 0; i < 32 * 16; i++) {
        config_set_bits(&ste, 63, 59, i / 16);
        config_set_bits(&ste, 5, 4, i % 16 / 4);
        config_set_bits(&ste, 65, 64, i % 4);
        g_assert_cmpint(fetch(f, &rq, &ste, NULL, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_true(same_context(&plain, &ctx));
    }
    fixture_free(f);
}

/* 7.3.9, 7.3.22: after C_BAD_STE, before anything about the CD. */
static void test_substream(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID, .ssid = 0, .ssid_valid = true };
    ConfigWords stage1 = config_ste_stage1(CD_PA), bad = stage1;
    ConfigWords bypass = config_ste_bypass(), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, &stage1, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    fixture_fail(f, CD_PA, CD_PA + 63);
    fetch(f, &rq, &stage1, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    fetch(f, &rq, &bypass, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_SUBSTREAMID);
    config_set_bits(&bad, 91, 91, 1);
    fetch(f, &rq, &bad, NULL, &ctx, &fault);
    g_assert_cmphex(fault.type, ==, BAD_STE);
    fixture_free(f);
}

/* 3.4.3 (1): a PA beyond the OAS. */
static void test_s1contextptr_beyond_oas(void)
{
    static const struct {
        unsigned oas;
        int minor;
    } cases[] = {
        { 32, 0 }, { 36, 1 }, { 40, 1 }, { 42, 2 }, { 44, 1 }, { 48, 1 },
        { 48, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, cases[i].oas,
                                      cases[i].minor);
        uint64_t end = UINT64_C(1) << cases[i].oas;
        ConfigWords cd = config_cd(1, 0x1000);
        ConfigWords last = config_ste_stage1(end - 64);
        ConfigWords beyond = config_ste_stage1(end);
        ConfigWords highest = config_ste_stage1(UINT64_C(1) << 55);

        g_assert_cmphex(fault_of(f, &last, &cd), ==, 0);
        g_assert_cmphex(fault_of(f, &beyond, &cd), ==, BAD_STE);
        g_assert_cmphex(fault_of(f, &highest, &cd), ==, BAD_STE);
        fixture_free(f);
    }
}

/* 5.2 STRW: RES0 without Hyp, else NS-EL1, NS-EL2 or NS-EL2-E2H. */
static void test_strw(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    for (unsigned strw = 0; strw < 4; strw++) {
        config_set_bits(&ste, 95, 94, strw);
        g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                        MSMMU_STATUS_OK);
        g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL1);
    }
    f->m->regs.idr[0] |= 1 << 9;
    for (unsigned strw = 0; strw < 4; strw++) {
        static const MsmmuWorld worlds[2][3] = {
            { MSMMU_WORLD_NS_EL1, 0, MSMMU_WORLD_NS_EL2 },
            { MSMMU_WORLD_NS_EL1, 0, MSMMU_WORLD_NS_EL2_E2H },
        };

        config_set_bits(&ste, 95, 94, strw);
        for (unsigned e2h = 0; e2h < 2; e2h++) {
            f->m->regs.cr2 = e2h;
            if (strw & 1) {
                g_assert_cmphex(fault_of(f, &ste, &cd), ==, BAD_STE);
                continue;
            }
            fetch(f, &rq, &ste, &cd, &ctx, &fault);
            g_assert_cmpint(ctx.world, ==, worlds[e2h][strw]);
        }
    }
    fixture_free(f);
}

/* EL2 without E2H: TTB0 only, whatever EPDx says; no ASID, no PAN. */
static void test_el2_has_one_table(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext ctx;
    MsmmuFault fault;

    f->m->regs.idr[0] |= 1 << 9;
    config_set_bits(&ste, 95, 94, 2);
    config_set_bits(&cd, 14, 14, 1);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 40, 40, 1);
    /* The fields of TTB1 are RES0: T1SZ 63, TG1 Reserved, TTB1 beyond. */
    config_set_bits(&cd, 21, 16, 63);
    config_set_bits(&cd, 183, 132, UINT64_C(0xfffffffffff));
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    g_assert_false(ctx.ttb[0].disabled);
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.asid, ==, 0);
    g_assert_false(ctx.privileged_access_never);
    fixture_free(f);
}

/* ---- CD ---- */

static void test_cd_fields(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(0xabcd, UINT64_C(0x123456789000));
    MsmmuContext ctx = decoded(f, &cd);

    g_assert_cmpint(ctx.sid, ==, SID);
    g_assert_false(ctx.ssid_valid);
    g_assert_cmpint(ctx.world, ==, MSMMU_WORLD_NS_EL1);
    g_assert_cmphex(ctx.asid, ==, 0xabcd);
    g_assert_cmpint(ctx.vmid, ==, 0);
    g_assert_false(ctx.ttb[0].disabled);
    g_assert_cmpint(ctx.ttb[0].granule, ==, MSMMU_4K);
    g_assert_cmpint(ctx.ttb[0].input_bits, ==, 48);
    g_assert_cmphex(ctx.ttb[0].table_pa, ==, UINT64_C(0x123456789000));
    g_assert_false(ctx.ttb[0].top_byte_ignored);
    g_assert_false(ctx.ttb[0].hierarchical_off);
    g_assert_true(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.s1_output_bits, ==, 48);
    g_assert_false(ctx.s1_big_endian);
    g_assert_true(ctx.abort);
    g_assert_true(ctx.record);
    g_assert_cmphex(ctx.mair, ==, 0xff);

    /* TTB1: T1SZ 25, TG1 16KB, EPD1 0, TBI1, HAD1; not TBI0, not HAD0 */
    config_set_bits(&cd, 21, 16, 25);
    config_set_bits(&cd, 23, 22, 1);
    config_set_bits(&cd, 30, 30, 0);
    config_set_bits(&cd, 39, 39, 1);
    config_set_bits(&cd, 129, 129, 1);
    config_set_bits(&cd, 183, 132, 0x432100);
    /* AFFD, WXN, PAN; A and R off; MAIR */
    config_set_bits(&cd, 35, 35, 1);
    config_set_bits(&cd, 36, 36, 1);
    config_set_bits(&cd, 40, 40, 1);
    config_set_bits(&cd, 46, 45, 0);
    config_set_bits(&cd, 255, 192, UINT64_C(0x0123456789abcdef));
    ctx = decoded(f, &cd);
    g_assert_false(ctx.ttb[1].disabled);
    g_assert_cmpint(ctx.ttb[1].granule, ==, MSMMU_16K);
    g_assert_cmpint(ctx.ttb[1].input_bits, ==, 39);
    g_assert_cmphex(ctx.ttb[1].table_pa, ==, 0x4321000);
    g_assert_true(ctx.ttb[1].top_byte_ignored);
    g_assert_true(ctx.ttb[1].hierarchical_off);
    g_assert_false(ctx.ttb[0].top_byte_ignored);
    g_assert_false(ctx.ttb[0].hierarchical_off);
    g_assert_true(ctx.s1_access_flag_off);
    g_assert_true(ctx.write_execute_never);
    g_assert_true(ctx.privileged_access_never);
    g_assert_false(ctx.abort);
    g_assert_false(ctx.record);
    g_assert_cmphex(ctx.mair, ==, UINT64_C(0x0123456789abcdef));

    /* TBI0 and HAD0; HADx are IGNORED without IDR3.HAD. */
    config_set_bits(&cd, 39, 38, 1);
    config_set_bits(&cd, 65, 65, 1);
    config_set_bits(&cd, 129, 129, 0);
    ctx = decoded(f, &cd);
    g_assert_true(ctx.ttb[0].top_byte_ignored);
    g_assert_true(ctx.ttb[0].hierarchical_off);
    g_assert_false(ctx.ttb[1].top_byte_ignored);
    g_assert_false(ctx.ttb[1].hierarchical_off);
    f->m->regs.idr[3] &= ~(1u << 2);
    g_assert_false(decoded(f, &cd).ttb[0].hierarchical_off);
    fixture_free(f);
}

/* As for the STE. */
static void test_every_cd_bit(void)
{
    /*
     * T0SZ, TG0, EPD0, ENDI, EPD1, V, IPS, AFFD, WXN, TBI0, TBI1, PAN, AA64,
     * HD, HA, S, R, A, ASID; HAD0, TTB0[51:4]; MAIR0, MAIR1
     */
    static const struct {
        unsigned hi, lo;
    } counts[] = {
        { 7, 0 }, { 15, 14 }, { 36, 30 }, { 46, 38 }, { 63, 48 }, { 65, 65 },
        { 115, 68 }, { 255, 192 },
    };
    Fixture *f = new_fixture_with(MSMMU_GRANULES_4K, 48, 1);
    const MsmmuRequest rq = { .sid = SID };
    ConfigWords ste = config_ste_stage1(CD_PA), cd = config_cd(5, 0x123000);
    MsmmuContext plain, ctx;
    MsmmuFault fault;

    /* IPS 40, so that each of its bits counts; T0SZ 20 likewise. */
    config_set_bits(&cd, 34, 32, 2);
    config_set_bits(&cd, 5, 0, 20);
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &plain, &fault), ==,
                    MSMMU_STATUS_OK);
    for (unsigned bit = 0; bit < 512; bit++) {
        ConfigWords changed = cd;
        bool expected = false;

        for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
            expected |= bit <= counts[i].hi && bit >= counts[i].lo;
        }
        config_set_bits(&changed, bit, bit, !config_bits(&cd, bit, bit));
        fetch(f, &rq, &ste, &changed, &ctx, &fault);
        g_assert_cmpint(same_context(&plain, &ctx), ==, !expected);
    }
    fixture_free(f);
}

static void test_cd_v_0(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0x1000);

    config_set_bits(&cd, 31, 31, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

/* One half of a CD: where its fields are, and how it encodes granules. */
typedef struct Half {
    unsigned txsz, tg, epd, ttb;        /* the lowest bit of each */
    uint8_t encoding[4];                /* TGx -> MSMMU_GRANULES_*, or 0 */
} Half;

static const Half halves[2] = {
    { 0, 6, 14, 68,
      { MSMMU_GRANULES_4K, MSMMU_GRANULES_64K, MSMMU_GRANULES_16K, 0 } },
    { 16, 22, 30, 132,
      { 0, MSMMU_GRANULES_16K, MSMMU_GRANULES_4K, MSMMU_GRANULES_64K } },
};

/* A CD that is legal but for what is to be tested in half @x. */
static ConfigWords cd_for_half(unsigned x)
{
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 14, 14, x == 1);
    config_set_bits(&cd, 30, 30, x == 0);
    config_set_bits(&cd, 21, 16, 16);
    config_set_bits(&cd, 23, 22, 2);
    return cd;
}

static void test_unsupported_granule(void)
{
    for (unsigned granules = 1; granules < 8; granules++) {
        Fixture *f = new_fixture_with(granules, 48, 1);

        for (unsigned i = 0; i < 2 * 4; i++) {
            const Half *half = &halves[i / 4];
            ConfigWords cd = cd_for_half(i / 4);
            bool supported = granules & half->encoding[i % 4];

            config_set_bits(&cd, half->tg + 1, half->tg, i % 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, supported ? 0 : BAD_CD);
            if (supported) {
                MsmmuContext ctx = decoded(f, &cd);

                g_assert_cmpint(1 << ctx.ttb[i / 4].granule, ==,
                                half->encoding[i % 4]);
            }
            /* With EPDx the field is IGNORED. */
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* 5.4 T0SZ: 16 to 39, in 3.0 as our choice; IGNORED with EPDx (5.4.1.1). */
static void test_txsz_limits(void)
{
    for (int minor = 0; minor < 3; minor++) {
        Fixture *f = new_fixture_with(7, 48, minor);

        for (unsigned i = 0; i < 2 * 4 * 64; i++) {
            const Half *half = &halves[i / 256];
            ConfigWords cd = cd_for_half(i / 256);
            unsigned tg = i / 64 % 4, txsz = i % 64;
            bool legal = half->encoding[tg] && txsz >= 16 && txsz <= 39;

            config_set_bits(&cd, half->tg + 1, half->tg, tg);
            config_set_bits(&cd, half->txsz + 5, half->txsz, txsz);
            g_assert_cmphex(cd_fault(f, &cd), ==, legal ? 0 : BAD_CD);
            if (legal) {
                g_assert_cmpint(decoded(f, &cd).ttb[i / 256].input_bits, ==,
                                64 - txsz);
            }
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* IPS is capped to the OAS; 6 and 7 are above every OAS there is. */
static void test_ips_is_capped(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48 };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes) * 3; i++) {
        unsigned oas = sizes[i / 3];
        Fixture *f = new_fixture_with(7, oas, i % 3);

        for (unsigned ips = 0; ips < 8; ips++) {
            unsigned bits = MIN(ips < 6 ? sizes[ips] : 48, oas);
            ConfigWords cd = config_cd(1, 0);

            config_set_bits(&cd, 34, 32, ips);
            g_assert_cmpint(decoded(f, &cd).s1_output_bits, ==, bits);
        }
        fixture_free(f);
    }
}

/* A table base beyond the effective IPS is C_BAD_CD, no F_ADDR_SIZE. */
static void test_ttb_beyond_ips(void)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

    for (int minor = 0; minor < 3; minor++) {
        Fixture *f = new_fixture_with(7, 48, minor);

        for (unsigned i = 0; i < 2 * 8; i++) {
            const Half *half = &halves[i / 8];
            uint64_t end = UINT64_C(1) << sizes[i % 8];
            ConfigWords cd = cd_for_half(i / 8);
            /* In 3.0 bits [51:48] are RES0, and taken as zero. */
            bool field_ends = minor == 0 && sizes[i % 8] == 48;

            config_set_bits(&cd, 34, 32, i % 8);
            config_set_bits(&cd, half->ttb + 51, half->ttb, (end - 16) >> 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
            config_set_bits(&cd, half->ttb + 51, half->ttb, end >> 4);
            g_assert_cmphex(cd_fault(f, &cd), ==, field_ends ? 0 : BAD_CD);
            config_set_bits(&cd, half->epd, half->epd, 1);
            g_assert_cmphex(cd_fault(f, &cd), ==, 0);
        }
        fixture_free(f);
    }
}

/* Bits [55:52] of the field are RES0 with VMSAv8-64. */
static void test_ttb_upper_bits_are_res0(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 119, 116, 0xf);
    config_set_bits(&cd, 115, 68, 0x12345);
    g_assert_cmphex(decoded(f, &cd).ttb[0].table_pa, ==, 0x123450);
    fixture_free(f);
}

static void test_faults_can_not_stall(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 44, 44, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    /* With STALL_MODEL 0b00 it is S1STALLD that forbids it. */
    f->m->regs.idr[0] &= ~(3u << 24);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    fixture_free(f);
}

static void test_term_model(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 46, 46, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    f->m->regs.idr[0] |= 1u << 26;
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

static void test_asid_size(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(0x100, 0), small = config_cd(0xff, 0);

    g_assert_cmphex(decoded(f, &cd).asid, ==, 0x100);
    f->m->regs.idr[0] &= ~(1u << 12);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    g_assert_cmphex(decoded(f, &small).asid, ==, 0xff);
    fixture_free(f);
}

static void test_endi(void)
{
    Fixture *f = new_fixture();
    ConfigWords cd = config_cd(1, 0);

    config_set_bits(&cd, 15, 15, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    /* IGNORED if nothing is walked */
    config_set_bits(&cd, 14, 14, 1);
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    config_set_bits(&cd, 14, 14, 0);
    f->m->regs.idr[0] &= ~(3u << 21);
    g_assert_true(decoded(f, &cd).s1_big_endian);
    f->m->regs.idr[0] |= 3u << 21;
    g_assert_cmphex(cd_fault(f, &cd), ==, 0);
    config_set_bits(&cd, 15, 15, 0);
    g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    fixture_free(f);
}

/* HA, HD without HTTU; AA64 = 0 */
static void test_unsupported_cd_features(void)
{
    static const unsigned bits[] = { 42, 43, 41 };
    Fixture *f = new_fixture();

    for (unsigned i = 0; i < G_N_ELEMENTS(bits); i++) {
        ConfigWords cd = config_cd(1, 0);

        config_set_bits(&cd, bits[i], bits[i],
                        !config_bits(&cd, bits[i], bits[i]));
        g_assert_cmphex(cd_fault(f, &cd), ==, BAD_CD);
    }
    fixture_free(f);
}

/* ---- The CD's fetch ---- */

static void test_cd_fetch_abort(void)
{
    Fixture *f = new_fixture();
    const MsmmuRequest rq = { .sid = SID, .iova = 0xdead000 };
    ConfigWords ste = config_ste_stage1(UINT64_C(0x123456789ac0));
    ConfigWords cd = config_cd(1, 0);
    MsmmuContext ctx;
    MsmmuFault fault;

    fixture_fail(f, UINT64_C(0x123456789aff), UINT64_C(0x123456789aff));
    g_assert_cmpint(fetch(f, &rq, &ste, &cd, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, CD_FETCH);
    g_assert_cmphex(fault.fetch_address, ==, UINT64_C(0x123456789ac0));
    fixture_free(f);
}

/* 7.3.10: the address is in FetchAddr, bits [247:195]; no InputAddr. */
static void test_cd_fetch_event(void)
{
    Fixture *f = fixture_new(NULL);
    const MsmmuRequest rq = { .sid = SID, .iova = 0xdead000 };
    ConfigWords ste = config_ste_stage1(UINT64_C(0x123456789ac0));
    FixtureEvent event;

    fixture_enable(f);
    config_put_ste(f, SID, &ste);
    fixture_fail(f, UINT64_C(0x123456789ac0), UINT64_C(0x123456789aff));
    g_assert_cmpint(msmmu_translate(f->m, &rq).disposition, ==, MSMMU_ABORT);
    g_assert_true(fixture_event(f, &event));
    g_assert_cmphex(event.word[0], ==, UINT64_C(0x300000009));
    g_assert_cmphex(event.word[1], ==, 0);
    g_assert_cmphex(event.word[2], ==, 0);
    g_assert_cmphex(event.word[3], ==, UINT64_C(0x123456789ac0));
    g_assert_false(fixture_event(f, &event));
    fixture_free(f);
}

/* 3.21.3: an STE that is not valid locates no CD. */
static void test_no_cd_through_a_bad_ste(void)
{
    Fixture *f = new_fixture();
    ConfigWords ste = config_ste_stage1(CD_PA);

    config_set_bits(&ste, 91, 91, 1);
    fixture_forget(f);
    g_assert_cmphex(fault_of(f, &ste, NULL), ==, BAD_STE);
    g_assert_cmpuint(f->reads, ==, 1);
    fixture_free(f);
}

/* ---- Anything at all ---- */

static void randomize(GRand *r, ConfigWords *words)
{
    for (unsigned i = 0; i < 8; i++) {
        words->word[i] = (uint64_t)g_rand_int(r) << 32 | g_rand_int(r);
    }
}

static void test_random_structures(void)
{
    uint32_t seed = g_test_rand_int();
    GRand *r = g_rand_new_with_seed(seed);
    unsigned outcomes[256] = { 0 };

    g_test_message("seed 0x%08x", seed);
    for (unsigned granules = 1; granules < 8; granules++) {
        Fixture *f = new_fixture_with(granules, 36, granules % 3);

        for (unsigned i = 0; i < 5000; i++) {
            ConfigWords ste, cd;
            unsigned type;

            randomize(r, &ste);
            randomize(r, &cd);
            if (g_rand_boolean(r)) {
                /* Keep it from being C_BAD_STE or C_BAD_CD at once. */
                config_set_bits(&ste, 0, 0, 1);
                config_set_bits(&ste, 55, 28, 0);
                config_set_bits(&ste, 91, 91, 0);
                config_set_bits(&cd, 31, 31, 1);
                config_set_bits(&cd, 44, 41, 1);
                config_set_bits(&cd, 119, 90, 0);
                config_set_bits(&cd, 183, 154, 0);
            }
            config_set_bits(&ste, 55, 48, 0);
            type = fault_of(f, &ste, &cd);
            outcomes[type]++;
            if (oracle_ste_illegal(&f->m->regs, &ste)) {
                g_assert_cmphex(type, ==, BAD_STE);
            } else if (config_bits(&ste, 3, 1) == 5 &&
                       oracle_cd_illegal(&f->m->regs, &ste, &cd)) {
                g_assert_cmphex(type, ==, BAD_CD);
            } else {
                g_assert_cmphex(type, ==, 0);
            }
        }
        fixture_free(f);
    }
    g_assert_cmpuint(outcomes[0], >, 0);
    g_assert_cmpuint(outcomes[BAD_STE], >, 0);
    g_assert_cmpuint(outcomes[BAD_CD], >, 0);
    g_rand_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add_func("/msmmu/context/" name, function)
    TEST("ste-v-0-is-c_bad_ste", test_ste_v_0);
    TEST("config-0xx-aborts-silently", test_config_0xx);
    TEST("stage-2-without-s2p-is-c_bad_ste", test_no_stage2);
    TEST("overrides-are-effective-values", test_overrides);
    TEST("every-ste-bit-counts-or-does-not", test_every_ste_bit);
    TEST("s1cdmax-s1fmt-s1dss-are-ignored-without-substreams",
         test_s1_substream_fields_are_ignored);
    TEST("substreamid-is-c_bad_substreamid", test_substream);
    TEST("s1contextptr-beyond-oas-is-c_bad_ste",
         test_s1contextptr_beyond_oas);
    TEST("strw-selects-the-world", test_strw);
    TEST("el2-has-one-table", test_el2_has_one_table);
    TEST("cd-fields-are-decoded", test_cd_fields);
    TEST("every-cd-bit-counts-or-does-not", test_every_cd_bit);
    TEST("cd-v-0-is-c_bad_cd", test_cd_v_0);
    TEST("unsupported-granule-is-c_bad_cd-unless-epd",
         test_unsupported_granule);
    TEST("txsz-limits", test_txsz_limits);
    TEST("ips-6-and-7-are-capped", test_ips_is_capped);
    TEST("ttb-beyond-ips-is-c_bad_cd-unless-epd", test_ttb_beyond_ips);
    TEST("ttb-bits-55-to-52-are-res0", test_ttb_upper_bits_are_res0);
    TEST("s-without-stall-is-c_bad_cd", test_faults_can_not_stall);
    TEST("a-0-needs-term_model-0", test_term_model);
    TEST("8-bit-asid-is-checked", test_asid_size);
    TEST("endi-must-be-supported-unless-epd", test_endi);
    TEST("absent-cd-features-are-c_bad_cd", test_unsupported_cd_features);
    TEST("cd-abort-is-f_cd_fetch", test_cd_fetch_abort);
    TEST("f_cd_fetch-has-a-fetchaddr", test_cd_fetch_event);
    TEST("bad-ste-locates-no-cd", test_no_cd_through_a_bad_ste);
    TEST("random-structures-are-answered", test_random_structures);
    return g_test_run();
}
