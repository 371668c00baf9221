/*
 * Transactions from end to end: who may do what. Privilege and instruction
 * fetches, the STE's overrides, and decisions from the cache, which serves
 * streams of differing attributes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"

/* A page without EL0 access is not for a device without privilege. */
static void test_privilege(void)
{
    Rig r = rig_new(44);
    MsmmuRequest rq = reading(0x1000);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_AF | TABLES_NG);
    expect_fault(&r, rq, MSMMU_ABORT, 0x13, CLASS_IN | RNW, 0);
    rq.privileged = true;
    expect_pa(&r, rq, 0x5000);
    rq.privileged = false;
    expect_fault(&r, rq, MSMMU_ABORT, 0x13, CLASS_IN | RNW, 0);
    rig_free(&r);
}

/* What PRIVCFG and INSTCFG make of transactions (13.1.4, Table 13.4). */
static void test_overrides(void)
{
    enum { READ = 1, WRITE = 2, EXEC = 4 };
    static const struct {
        unsigned privcfg, instcfg;
        bool privileged, instruction, write;
        uint64_t leaf;
        bool allowed;
        unsigned perms;
        uint64_t word1;
    } cases[] = {
        /* Privileged RW, unprivileged X */
        { .leaf = 0, .word1 = CLASS_IN | RNW },
        { .leaf = 0, .privcfg = 3, .allowed = true,
          .perms = READ | WRITE | EXEC },
        { .leaf = 0, .privcfg = 2, .privileged = true,
          .word1 = CLASS_IN | RNW },
        { .leaf = 0, .privcfg = 1, .privileged = true, .allowed = true,
          .perms = READ | WRITE | EXEC },
        { .leaf = 0, .privcfg = 3, .write = true, .allowed = true,
          .perms = READ | WRITE | EXEC },
        { .leaf = 0, .privcfg = 2, .write = true, .privileged = true,
          .word1 = CLASS_IN },
        /* Unprivileged may execute here, but not read. */
        { .leaf = 0, .instruction = true, .allowed = true, .perms = EXEC },
        { .leaf = 0, .instcfg = 3, .allowed = true, .perms = READ | EXEC },
        { .leaf = 0, .instcfg = 2, .instruction = true,
          .word1 = CLASS_IN | RNW },
        { .leaf = 0, .instcfg = 1, .instruction = true, .allowed = true,
          .perms = EXEC },
        /* Read and write, not execute */
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .allowed = true,
          .perms = READ | WRITE },
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .instcfg = 3,
          .word1 = CLASS_IN | RNW | IND },
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .instruction = true,
          .word1 = CLASS_IN | RNW | IND },
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .instcfg = 2,
          .instruction = true, .allowed = true,
          .perms = READ | WRITE | EXEC },
        /* Writes are data whatever INSTCFG says. */
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .instcfg = 3, .write = true,
          .allowed = true, .perms = WRITE },
        { .leaf = TABLES_UNPRIV | TABLES_UXN, .instruction = true,
          .write = true, .allowed = true, .perms = READ | WRITE },
        { .leaf = TABLES_UNPRIV | TABLES_RO, .instcfg = 3, .privcfg = 3,
          .write = true, .word1 = CLASS_IN | PNU },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Rig r = rig_new(44);
        ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
        MsmmuRequest rq = reading(0x1000);

        g_test_message("case %u", i);
        config_set_bits(&ste, 113, 112, cases[i].privcfg);
        config_set_bits(&ste, 115, 114, cases[i].instcfg);
        config_put_ste(r.f, SID, &ste);
        tables_map(&r.t, 0x1000, 3, 0x5000,
                   TABLES_AF | TABLES_NG | cases[i].leaf);
        rq.privileged = cases[i].privileged;
        rq.instruction = cases[i].instruction;
        rq.write = cases[i].write;
        /* First walked, then from the cache. */
        for (unsigned j = 0; j < 2; j++) {
            if (cases[i].allowed) {
                MsmmuResult result = translate(&r, rq);

                g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
                g_assert_cmpuint(result.perms, ==, cases[i].perms);
            } else {
                expect_fault(&r, rq, MSMMU_ABORT, 0x13, cases[i].word1, 0);
            }
        }
        rig_free(&r);
    }
}

/* A rig whose CD has both halves, through the same tables. */
static Rig new_rig_3_4(void)
{
    MsmmuConfig config = rig_config(44);
    Rig r;

    config.arch_minor = 4;
    r = rig_new_with(&config);
    config_set_bits(&r.cd, 21, 16, 16);         /* T1SZ */
    config_set_bits(&r.cd, 23, 22, 2);          /* TG1 4KB */
    config_set_bits(&r.cd, 30, 30, 0);          /* EPD1 */
    config_set_bits(&r.cd, 179, 132, r.t.root >> 4);
    return r;
}

/*
 * CD.E0PDx: F_TRANSLATION without privilege, at that half only, and nothing
 * tells whether the translation is cached.
 */
static void test_e0pd(void)
{
    static const uint64_t vas[] = { 0x1000, UINT64_C(0xffff000000001000) };

    for (unsigned x = 0; x < 2; x++) {
        Rig r = new_rig_3_4();
        MsmmuRequest shut = reading(vas[x]), open = reading(vas[!x]);

        config_set_bits(&r.cd, x ? 130 : 66, x ? 130 : 66, 1);
        config_put_stage1(r.f, SID, &r.cd);
        tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
        expect_pa(&r, open, 0x5000);
        for (unsigned i = 0; i < 2; i++) {
            shut.privileged = false;
            shut.instruction = false;
            r.f->reads = 0;
            expect_fault(&r, shut, MSMMU_ABORT, 0x10, CLASS_IN | RNW, 0);
            shut.instruction = true;
            expect_fault(&r, shut, MSMMU_ABORT, 0x10, CLASS_IN | RNW | IND,
                         0);
            shut.instruction = false;
            g_assert_cmpuint(r.f->reads, ==, 0);
            shut.privileged = true;
            expect_pa(&r, shut, 0x5000);
        }
        rig_free(&r);
    }
}

/* STE.PRIVCFG decides what is without privilege; CD.A and CD.R rule. */
static void test_e0pd_after_overrides(void)
{
    Rig r = new_rig_3_4();
    ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
    MsmmuRequest rq = writing(0x1000);

    config_set_bits(&r.cd, 66, 66, 1);
    config_set_bits(&r.cd, 46, 45, 0);          /* A, R */
    config_put(r.f, config_cd_pa(SID), &r.cd);
    config_set_bits(&ste, 113, 112, 2);         /* PRIVCFG: unprivileged */
    config_put_ste(r.f, SID, &ste);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    rq.privileged = true;
    g_assert_cmpint(translate(&r, rq).disposition, ==, MSMMU_RAZ_WI);
    rig_free(&r);
}

/* CD.EPAN: what is executable without privilege is not read with it. */
static void test_epan(void)
{
    for (unsigned epan = 0; epan < 2; epan++) {
        Rig r = new_rig_3_4();
        MsmmuRequest rq = reading(0x1000);

        config_set_bits(&r.cd, 40, 40, 1);
        config_set_bits(&r.cd, 123, 123, epan);
        config_put_stage1(r.f, SID, &r.cd);
        tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_AF | TABLES_NG);
        tables_map(&r.t, 0x2000, 3, 0x6000, TABLES_AF | TABLES_NG |
                                            TABLES_UXN);
        rq.privileged = true;
        if (epan) {
            expect_fault(&r, rq, MSMMU_ABORT, 0x13, CLASS_IN | RNW | PNU, 0);
        } else {
            expect_pa(&r, rq, 0x5000);
        }
        rq.instruction = true;
        expect_pa(&r, rq, 0x5000);
        rq.instruction = false;
        rq.iova = 0x2000;
        expect_pa(&r, rq, 0x6000);
        rig_free(&r);
    }
}

/* A write after a cached read, under a read-only table. */
static void test_aptable_is_cached(void)
{
    Rig r = rig_new(44);

    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_or(&r.t, 0x1000, 1, UINT64_C(1) << 62);
    expect_pa(&r, reading(0x1000), 0x5000);
    expect_fault(&r, writing(0x1000), MSMMU_ABORT, 0x13, CLASS_IN, 0);
    expect_pa(&r, reading(0x1000), 0x5000);
    rig_free(&r);
}

/* A fault after a hit that permits too little is the fault of a first walk. */
static void test_cached_fault_is_the_same(void)
{
    Rig walked = rig_new(44);
    Rig cached = rig_new(44);
    Rig *rigs[] = { &walked, &cached };

    for (unsigned i = 0; i < 2; i++) {
        tables_map(&rigs[i]->t, 0x1000, 3, 0x5000, TABLES_RW | TABLES_RO);
    }
    expect_pa(&cached, reading(0x1000), 0x5000);
    for (unsigned i = 0; i < 2; i++) {
        expect_fault(rigs[i], writing(0x1678), MSMMU_ABORT, 0x13, CLASS_IN,
                     0);
    }
    rig_free(&walked);
    rig_free(&cached);
}

/* Streams that share an ASID share entries, each with its own attributes. */
static void test_sharing_streams(void)
{
    Rig r = rig_new(44);
    ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
    MsmmuRequest rq = reading(0x1000);

    config_set_bits(&ste, 113, 112, 3);         /* PRIVCFG: privileged */
    config_put_ste(r.f, 6, &ste);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_AF | TABLES_NG);
    rq.sid = 6;
    expect_pa(&r, rq, 0x5000);
    rq.sid = SID;
    expect_fault(&r, rq, MSMMU_ABORT, 0x13, CLASS_IN | RNW, 0);
    /* Both configurations are cached now, and one entry serves both. */
    r.f->reads = 0;
    rq.sid = 6;
    expect_pa(&r, rq, 0x5000);
    g_assert_cmpuint(r.f->reads, ==, 0);
    rig_free(&r);
}

/* Same ASID, other tables: a software error, and still no mixture. */
static void test_same_asid_other_tables(void)
{
    Rig r = rig_new(44);
    Tables other = tables_new(r.f, 4, 48, TABLES_AT + 0x1000000);
    ConfigWords cd = config_cd(1, other.root);
    MsmmuRequest rq = reading(0x1000);

    config_put_stage1(r.f, 6, &cd);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW);
    tables_map(&other, 0x1000, 3, 0x6000, TABLES_RW & ~TABLES_NG);
    for (unsigned i = 0; i < 2; i++) {
        rq.sid = 6;
        expect_pa(&r, rq, 0x6000);
        rq.sid = SID;
        expect_pa(&r, rq, 0x5000);
    }
    rig_free(&r);
}

/* STE.ALLOCCFG lessens the hints of stage 1 (13.4.2). */
static void test_hints_are_combined(void)
{
    Rig r = rig_new(44);
    ConfigWords ste = config_ste_stage1(config_cd_pa(SID));
    MsmmuResult result;

    config_set_bits(&ste, 104, 101, 0xd);       /* RA, no WA, transient */
    config_put_ste(r.f, SID, &ste);
    tables_map(&r.t, 0x1000, 3, 0x5000, TABLES_RW | 3 << 8);
    result = translate(&r, reading(0x1000));
    g_assert_cmphex(result.attributes.memory_type, ==, 0x66);
    g_assert_cmpuint(result.attributes.shareability, ==, 3);
    rig_free(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    g_test_add_func("/msmmu/translate/" claim, function)
    ADD("unprivileged-may-not-use-privileged-pages", test_privilege);
    ADD("privcfg-and-instcfg", test_overrides);
    ADD("e0pd-keeps-the-unprivileged-out", test_e0pd);
    ADD("e0pd-is-about-what-privcfg-made", test_e0pd_after_overrides);
    ADD("epan-protects-what-is-executable", test_epan);
    ADD("write-after-cached-read-under-read-only-table",
        test_aptable_is_cached);
    ADD("fault-from-the-cache-is-the-same", test_cached_fault_is_the_same);
    ADD("streams-share-entries-not-privileges", test_sharing_streams);
    ADD("same-asid-other-tables-do-not-mix", test_same_asid_other_tables);
    ADD("allocation-hints-are-combined", test_hints_are_combined);
#undef ADD
    return g_test_run();
}
