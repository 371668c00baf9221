/*
 * Stage 2 alone: inputs, permissions, faults, and streams that go past stage 1
 * (IHI 0070 3.4, 5.2, 13.1, 13.4.3; Arm ARM D8.4.2, G5.6).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

#define IPA UINT64_C(0x12345000)
#define PA UINT64_C(0x3456789000)

/* ---- Sizes of inputs ---- */

/*
 * What S2T0SZ does not cover is F_TRANSLATION of stage 2, ruled by S2R; what
 * the IAS does not cover is F_ADDR_SIZE of stage 1, ruled by nothing.
 */
static void test_input_sizes(void)
{
    static const struct {
        const char *properties;
        bool aa32;
        unsigned s2t0sz, s2sl0, ps;
        unsigned s2_bits, ias;
    } cases[] = {
        { "oas=48", false, 64 - 48, 2, 5, 48, 48 },
        { "oas=48", false, 64 - 40, 1, 5, 40, 48 },
        { "oas=44", false, 64 - 44, 2, 4, 44, 44 },
        { "oas=36", false, 64 - 36, 1, 1, 36, 36 },
        { "oas=32", false, 64 - 31, 1, 0, 31, 32 },
        /* VMSAv8-32 LPAE makes the IAS 40 bits at least. */
        { "oas=36,formats=aa32+aa64", false, 64 - 40, 1, 1, 40, 40 },
        { "oas=36,formats=aa32+aa64", false, 64 - 36, 1, 1, 36, 40 },
        { "oas=36,formats=aa32+aa64", true, 8, 1, 0, 40, 40 },
        { "oas=36,formats=aa32+aa64", true, 0, 1, 0, 32, 40 },
        { "oas=48,formats=aa32+aa64", true, 8, 1, 0, 40, 48 },
    };

    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        unsigned s2r = i % 2, n = i / 2;
        uint64_t end = UINT64_C(1) << cases[n].s2_bits;
        uint64_t limit = UINT64_C(1) << cases[n].ias;
        int level = 2 - (int)cases[n].s2sl0;
        Stages s;

        g_test_message("case %u, S2R %u", n, s2r);
        stages_init(&s, cases[n].properties, 0, 4);
        config_set_bits(&s.ste, 165, 160, cases[n].s2t0sz);
        config_set_bits(&s.ste, 167, 166, cases[n].s2sl0);
        config_set_bits(&s.ste, 178, 176, cases[n].ps);
        config_set_bits(&s.ste, 179, 179, !cases[n].aa32);
        config_set_bits(&s.ste, 186, 186, s2r);
        s.s2 = tables_new_at_level(s.r.f, 4, cases[n].s2_bits, level,
                                   STAGES_S2_AT);
        stages_page(&s, 0, 0x5000, TABLES_S2_RW);
        stages_page(&s, end - 0x1000, 0x7000, TABLES_S2_RW);
        stages_put(&s);

        expect_pa(&s.r, reading(0x678), 0x5678);
        expect_pa(&s.r, reading(end - 1), 0x7fff);
        if (end < limit) {
            uint64_t past[] = { end, limit - 1 };

            for (unsigned k = 0; k < 2; k++) {
                if (s2r) {
                    /* IPA bits above the OAS are RES0. */
                    uint64_t oas = s.r.f->m->config.oas_bits;
                    uint64_t ipa = past[k] & ((UINT64_C(1) << oas) - 1);

                    expect_fault(&s.r, reading(past[k]), MSMMU_ABORT, 0x10,
                                 CLASS_IN | S2 | RNW, ipa & ~0xfffull);
                } else {
                    g_assert_cmpint(translate(&s.r,
                                              reading(past[k])).disposition,
                                    ==, MSMMU_ABORT);
                }
            }
        }
        expect_fault(&s.r, reading(limit), MSMMU_ABORT, 0x11, CLASS_IN | RNW,
                     0);
        expect_fault(&s.r, reading(UINT64_MAX), MSMMU_ABORT, 0x11,
                     CLASS_IN | RNW, 0);
        /* There is no TBI without a CD. */
        expect_fault(&s.r, writing(UINT64_C(0x5a00000000000678)), MSMMU_ABORT,
                     0x11, CLASS_IN, 0);
        stages_free(&s);
    }
}

/* VMSAv8-32 LPAE outputs 40 bits, and what exceeds the OAS is cut off (3.4). */
static void test_aa32_output(void)
{
    Stages s;

    stages_init(&s, "oas=36,formats=aa32+aa64", 0, 4);
    config_set_bits(&s.ste, 165, 160, 8);
    config_set_bits(&s.ste, 167, 166, 1);
    config_set_bits(&s.ste, 179, 179, 0);
    s.s2 = tables_new_at_level(s.r.f, 4, 40, 1, STAGES_S2_AT);
    stages_page(&s, IPA, UINT64_C(0xabcdef5000), TABLES_S2_RW);
    stages_page(&s, IPA + 0x1000, UINT64_C(0x10000000000), TABLES_S2_RW);
    stages_put(&s);
    for (unsigned i = 0; i < 2; i++) {
        expect_pa(&s.r, reading(IPA + 0x678), UINT64_C(0xbcdef5678));
    }
    expect_fault(&s.r, reading(IPA + 0x1000), MSMMU_ABORT, 0x11,
                 CLASS_IN | S2 | RNW, IPA + 0x1000);
    stages_free(&s);
}

/* ---- Permissions ---- */

enum { RD = 1, WR = 2, EX = 4 };

/* Arm ARM Tables D8-76 to D8-78, G5-10: by S2AP, and by XN for execution. */
static const unsigned data_perms[4] = { 0, RD, WR, RD | WR };
static const struct {
    bool xnx;
    bool unpriv[4], priv[4];    /* by XN[1:0] */
} execution[2] = {
    { false, { true, true, false, false }, { true, true, false, false } },
    { true, { true, true, false, false }, { true, false, false, true } },
};

/* Each access in turn; from a walk or from the cache makes no difference. */
static void expect_perms(Stages *s, const unsigned perms[2])
{
    for (unsigned n = 0; n < 2 * 2 * 3; n++) {
        MsmmuRequest rq = reading(IPA);
        unsigned needed = 1u << n % 3;
        MsmmuResult result;

        rq.privileged = n / 3 % 2;
        rq.write = needed == WR;
        rq.instruction = needed == EX;
        if (perms[rq.privileged] & needed) {
            result = translate(&s->r, rq);
            g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
            g_assert_cmpuint(result.perms, ==, perms[rq.privileged]);
        } else {
            expect_fault(&s->r, rq, MSMMU_ABORT, 0x13,
                         CLASS_IN | S2 | (rq.write ? 0 : RNW) |
                         (rq.instruction ? IND : 0) |
                         (rq.privileged ? PNU : 0), IPA);
        }
    }
}

static void test_permissions(void)
{
    unsigned count = 0;

    for (unsigned n = 0; n < 2 * 2 * 4 * 4; n++) {
        unsigned xnx = n % 2, aa32 = n / 2 % 2, s2ap = n / 4 % 4, xn = n / 16;
        bool readable = !aa32 || data_perms[s2ap] & RD;
        unsigned perms[2] = {
            data_perms[s2ap] |
                (readable && execution[xnx].unpriv[xn] ? EX : 0),
            data_perms[s2ap] |
                (readable && execution[xnx].priv[xn] ? EX : 0),
        };
        Stages s;

        g_test_message("XNX %u, aa32 %u, S2AP %u, XN %u", xnx, aa32, s2ap, xn);
        stages_init(&s, xnx ? "xnx=on,formats=aa32+aa64" :
                              "arch=3.0,xnx=off,formats=aa32+aa64", 0, 4);
        if (aa32) {
            config_set_bits(&s.ste, 165, 160, 8);
            config_set_bits(&s.ste, 167, 166, 1);
            config_set_bits(&s.ste, 179, 179, 0);
            s.s2 = tables_new_at_level(s.r.f, 4, 40, 1, STAGES_S2_AT);
            stages_put(&s);
        }
        stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_WB | s2ap << 6 |
                                 (uint64_t)xn << 53);
        expect_perms(&s, perms);
        stages_free(&s);
        count++;
    }
    g_test_message("%u permissions", count);
}

/* PRIVCFG and INSTCFG have a say; writes are data (13.1.2, 13.1.4). */
static void test_overrides(void)
{
    static const struct {
        unsigned privcfg, instcfg;
        bool privileged, instruction, write;
        uint64_t xn;            /* XN[1:0] */
        unsigned s2ap;
        bool allowed;
        unsigned perms;
        uint64_t word1;
    } cases[] = {
        /* XN 0b01: unprivileged execution only; S2AP 0b00: no data. */
        { .xn = 1, .instcfg = 3, .allowed = true, .perms = RD | EX },
        { .xn = 1, .instcfg = 3, .privcfg = 3, .word1 = RNW | IND | PNU },
        { .xn = 1, .instcfg = 3, .privcfg = 2, .privileged = true,
          .allowed = true, .perms = RD | EX },
        { .xn = 1, .instruction = true, .allowed = true, .perms = EX },
        { .xn = 1, .instruction = true, .instcfg = 2, .word1 = RNW },
        /* XN 0b11: privileged execution only. */
        { .xn = 3, .instruction = true, .word1 = RNW | IND },
        { .xn = 3, .instruction = true, .privcfg = 3, .allowed = true,
          .perms = EX },
        { .xn = 3, .instcfg = 3, .privileged = true, .s2ap = 1,
          .allowed = true, .perms = RD | EX },
        /* Reserved values use what comes in. */
        { .xn = 3, .instcfg = 1, .privcfg = 1, .instruction = true,
          .privileged = true, .allowed = true, .perms = EX },
        /* Data of no privilege by default (13.7), and whatever INSTCFG is. */
        { .xn = 2, .s2ap = 3, .allowed = true, .perms = RD | WR },
        { .xn = 2, .s2ap = 3, .instcfg = 3, .write = true, .allowed = true,
          .perms = WR },
        { .xn = 0, .s2ap = 1, .instcfg = 3, .write = true,
          .instruction = true, .word1 = 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        MsmmuRequest rq = reading(IPA);
        Stages s;

        g_test_message("case %u", i);
        stages_init(&s, "xnx=on", 0, 4);
        config_set_bits(&s.ste, 113, 112, cases[i].privcfg);
        config_set_bits(&s.ste, 115, 114, cases[i].instcfg);
        stages_put(&s);
        stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_WB |
                                 cases[i].s2ap << 6 | cases[i].xn << 53);
        rq.privileged = cases[i].privileged;
        rq.instruction = cases[i].instruction;
        rq.write = cases[i].write;
        for (unsigned n = 0; n < 2; n++) {
            if (cases[i].allowed) {
                MsmmuResult result = translate(&s.r, rq);

                g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
                g_assert_cmpuint(result.perms, ==, cases[i].perms);
            } else {
                expect_fault(&s.r, rq, MSMMU_ABORT, 0x13,
                             CLASS_IN | S2 | cases[i].word1, IPA);
            }
        }
        stages_free(&s);
    }
}

/* ---- Protected table walks ---- */

/* STE.S2PTW is IGNORED without stage 1. */
static void test_s2ptw_is_for_tables(void)
{
    Stages s;

    stages_init(&s, "", 0, 4);
    config_set_bits(&s.ste, 182, 182, 1);
    stages_put(&s);
    stages_page(&s, IPA, PA, TABLES_S2_RW & ~TABLES_S2_WB);
    expect_pa(&s.r, reading(IPA), PA);
    stages_free(&s);
}

/* ---- Past stage 1 (5.2 STE.S1DSS) ---- */

/*
 * A stream with substreams, S1DSS = 0b01, and a transaction without a
 * SubstreamID: nothing of the CD is looked at.
 */
static void skip_stage1(Stages *s)
{
    s->ste.word[0] |= 1 << 1 | STAGES_CD_AT;    /* Config, S1ContextPtr */
    config_set_bits(&s->ste, 63, 59, 1);        /* S1CDMax */
    config_set_bits(&s->ste, 65, 64, 1);        /* S1DSS */
}

static void test_bypass_of_stage1(void)
{
    Stages s;

    stages_init(&s, "oas=48,ssidsize=4", 0, 4);
    skip_stage1(&s);
    config_set_bits(&s.ste, 165, 160, 64 - 40);
    config_set_bits(&s.ste, 167, 166, 1);
    s.s2 = tables_new_at_level(s.r.f, 4, 40, 1, STAGES_S2_AT);
    config_put_ste(s.r.f, SID, &s.ste);
    stages_page(&s, IPA, PA, TABLES_S2_RW);
    stages_flush(&s);
    expect_pa(&s.r, reading(IPA | 0x678), PA | 0x678);
    expect_fault(&s.r, reading(UINT64_C(1) << 40), MSMMU_ABORT, 0x10,
                 CLASS_IN | S2 | RNW, UINT64_C(1) << 40);
    expect_fault(&s.r, reading(UINT64_C(1) << 48), MSMMU_ABORT, 0x11,
                 CLASS_IN | RNW, 0);
    stages_free(&s);
}

/*
 * Stage 1 alone, and past it: the IAS limits, and what is above the OAS is cut
 * off. Where Config bypasses, the OAS limits (3.4).
 */
static void test_bypass_of_everything(void)
{
    const uint64_t ias = UINT64_C(1) << 40, oas = UINT64_C(1) << 36;
    MsmmuResult result;
    Stages s;

    stages_init(&s, "oas=36,formats=aa32+aa64,ssidsize=4", 0, 4);
    skip_stage1(&s);
    config_set_bits(&s.ste, 3, 1, 5);
    config_put_ste(s.r.f, SID, &s.ste);
    stages_flush(&s);
    expect_pa(&s.r, reading(oas - 1), oas - 1);
    expect_pa(&s.r, reading(ias - 1), oas - 1);
    result = translate(&s.r, reading(oas + 0x1234));
    g_assert_cmphex(result.pa, ==, 0x1234);
    g_assert_cmpuint(result.size_log2, ==, 36);
    expect_fault(&s.r, reading(ias), MSMMU_ABORT, 0x11, CLASS_IN | RNW, 0);

    config_set_bits(&s.ste, 3, 1, 4);
    config_put_ste(s.r.f, SID, &s.ste);
    stages_flush(&s);
    expect_pa(&s.r, reading(oas - 1), oas - 1);
    expect_fault(&s.r, reading(oas), MSMMU_ABORT, 0x11, CLASS_IN | RNW, 0);
    stages_free(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) g_test_add_func("/msmmu/stage2/" claim, function)
    ADD("inputs-are-limited-by-s2t0sz-and-ias", test_input_sizes);
    ADD("aa32-outputs-are-cut-off-at-the-oas", test_aa32_output);
    ADD("s2ap-and-xn-permit", test_permissions);
    ADD("privcfg-and-instcfg", test_overrides);
    ADD("s2ptw-is-for-tables", test_s2ptw_is_for_tables);
    ADD("s1dss-bypass-is-stage-2-alone", test_bypass_of_stage1);
    ADD("s1dss-bypass-is-limited-by-the-ias", test_bypass_of_everything);
#undef ADD
    return g_test_run();
}
