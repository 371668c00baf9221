/*
 * Atomic transactions (IHI 0070 13.1.1, 16.7.6): they need permission to read
 * and to write, are data, and are recorded as writes unless it is only the
 * permission to read that they lack.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

#define IPA UINT64_C(0x8000)
#define PA UINT64_C(0x5000)

static MsmmuRequest atomic(uint64_t iova)
{
    MsmmuRequest rq = writing(iova);

    rq.atomic = true;
    return rq;
}

static void test_stage1(void)
{
    static const struct {
        const char *name;
        uint64_t leaf;          /* 0: none */
        uint8_t type;           /* 0: permitted */
        uint64_t word1;
    } cases[] = {
        { "read and write", TABLES_RW, 0, 0 },
        { "read only", TABLES_RW | TABLES_RO, 0x13, CLASS_IN },
        { "privileged only", TABLES_RW & ~TABLES_UNPRIV, 0x13, CLASS_IN },
        { "no Access flag", TABLES_RW & ~TABLES_AF, 0x12, CLASS_IN },
        { "no translation", 0, 0x10, CLASS_IN },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rig r = rig_new(44);

        g_test_message("%s", cases[i].name);
        if (cases[i].leaf) {
            tables_map(&r.t, 0x1000, 3, PA, cases[i].leaf);
        }
        /* What can be cached, is. */
        if (cases[i].type == 0x13 && cases[i].leaf & TABLES_UNPRIV) {
            expect_pa(&r, reading(0x1000), PA);
        }
        for (unsigned j = 0; j < 2; j++) {
            if (cases[i].type) {
                expect_fault(&r, atomic(0x1000), MSMMU_ABORT, cases[i].type,
                             cases[i].word1, 0);
            } else {
                expect_pa(&r, atomic(0x1000), PA);
            }
        }
        rig_free(&r);
    }
}

/* Stage 2 knows pages that can be written and not read. */
static void test_stage2(void)
{
    static const struct {
        unsigned s2ap;
        bool allowed;
        uint64_t word1;
    } cases[] = {
        { 0, false, 0 },
        { 1, false, 0 },
        { 2, false, RNW },
        { 3, true, 0 },
    };

    for (unsigned s1_kb = 0; s1_kb <= 4; s1_kb += 4) {
        for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
            uint64_t va = s1_kb ? 0x1000 : IPA;
            Stages s;

            g_test_message("stage 1 %u KB, S2AP %u", s1_kb, cases[i].s2ap);
            stages_init(&s, "", s1_kb, 4);
            if (s1_kb) {
                tables_map(&s.r.t, va, 3, IPA, TABLES_RW);
            }
            stages_page(&s, IPA, PA, TABLES_AF | TABLES_S2_WB |
                                     (uint64_t)cases[i].s2ap << 6);
            if (cases[i].s2ap & 2) {
                expect_pa(&s.r, writing(va), PA);
            }
            for (unsigned j = 0; j < 2; j++) {
                if (cases[i].allowed) {
                    expect_pa(&s.r, atomic(va), PA);
                } else {
                    expect_fault(&s.r, atomic(va), MSMMU_ABORT, 0x13,
                                 CLASS_IN | S2 | cases[i].word1, IPA);
                }
            }
            stages_free(&s);
        }
    }
}

/* A writable-clean page without read permission counts as writable. */
static void test_clean(void)
{
    const uint64_t leaf = TABLES_AF | TABLES_S2_WB | TABLES_DBM;
    Stages s;

    stages_init(&s, "httu=dirty", 0, 4);
    config_set_bits(&s.ste, 184, 183, 3);       /* S2HA, S2HD */
    stages_put(&s);
    stages_page(&s, IPA, PA, leaf);
    expect_fault(&s.r, atomic(IPA), MSMMU_ABORT, 0x13, CLASS_IN | S2 | RNW,
                 IPA);
    g_assert_cmphex(tables_get(&s.s2, IPA, 3) & TABLES_S2_WRITE, ==, 0);
    stages_page(&s, IPA, PA, leaf | TABLES_S2_READ);
    stages_flush(&s);
    expect_pa(&s.r, atomic(IPA), PA);
    g_assert_cmphex(tables_get(&s.s2, IPA, 3) & TABLES_S2_WRITE, ==,
                    TABLES_S2_WRITE);
    stages_free(&s);
}

/* InD and INSTCFG are not for them. */
static void test_data(void)
{
    for (unsigned instcfg = 0; instcfg < 4; instcfg++) {
        Rig r = rig_new(44);
        ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
        MsmmuRequest rq = atomic(0x1000);

        config_set_bits(&ste, 115, 114, instcfg);
        config_put_ste(r.f, SID, &ste);
        rq.instruction = true;
        tables_map(&r.t, 0x1000, 3, PA, TABLES_RW | TABLES_UXN | TABLES_PXN);
        expect_pa(&r, rq, PA);
        rq.iova = 0x2000;
        expect_fault(&r, rq, MSMMU_ABORT, 0x10, CLASS_IN, 0);
        rig_free(&r);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/translate/atomic-" claim, function)
    ADD("needs-both-permissions", test_stage1);
    ADD("without-read-is-recorded-as-read", test_stage2);
    ADD("without-read-leaves-pages-clean", test_clean);
    ADD("is-data", test_data);
#undef ADD
    return g_test_run();
}
