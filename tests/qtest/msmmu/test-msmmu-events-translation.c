/*
 * Every event that a translation can cause (IHI 0070 7.3.12 to 7.3.16), of
 * stage 1, of stage 2 for each class, and of addresses that are not translated.
 * Each condition of it, field by field: for reads, writes, fetches, atomics,
 * privileged ones and those of a substream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene_cases.h"

#define NOWHERE QSCENE_NOWHERE
#define IOVA QSCENE_CASE_IOVA
#define QPTE_PXN (1ULL << 53)
#define QPTE_UXN (1ULL << 54)
#define QS2_XN (2ULL << 53)
/* The output address of a descriptor */
#define ADDRESS 0xfffffffff000ULL
/* Beyond the 48 bits of the OAS */
#define BEYOND (1ULL << 48)

static QScene scene;

/*
 * But for what stage 1 refuses: who is privileged may not execute what the
 * unprivileged may write (Arm ARM R_VWLLR).
 */
#define PERMITTED (ALL & ~V(6))

/* ---- Stage 1 (7.3.12 to 7.3.16) ---------------------------------------- */

#define S1_IN QEVT1_CLASS_IN

static uint64_t root_nowhere(QScene *f)
{
    qscene_cd_word(f, 1, UINT64_MAX, NOWHERE);
    return NOWHERE;
}

/* The last table; the descriptor's address, not the table's */
static uint64_t table_nowhere(QScene *f)
{
    uint64_t slot = qtables_slot(&f->s1, IOVA, 2);

    qscene_change(&f->s1, slot, ADDRESS, NOWHERE);
    return NOWHERE + (IOVA >> 12 & 0x1ff) * 8;
}

/* Its PA, too, if the table is behind stage 2 */
static uint64_t table_behind_nowhere(QScene *f)
{
    uint64_t leaf = qscene_leaf(f);

    qscene_change(&f->s2, qscene_leaf2(f, leaf), ADDRESS, NOWHERE);
    return NOWHERE + (leaf & 0xfff);
}

static uint64_t leaf_invalid(QScene *f)
{
    qtables_write(&f->s1, qscene_leaf(f), 0);
    return 0;
}

static uint64_t table_invalid(QScene *f)
{
    qtables_write(&f->s1, qtables_slot(&f->s1, IOVA, 2), 0);
    return 0;
}

static uint64_t ttb0_disabled(QScene *f)
{
    return qscene_cd_word(f, 0, 0, QCD_EPD0);
}

static uint64_t small_output(QScene *f)
{
    return qscene_cd_word(f, 0, QCD_IPS_MASK, QCD_IPS(1));
}

/* IPS of 36 bits: an output of 2^36 */
static uint64_t leaf_beyond(QScene *f)
{
    qscene_change(&f->s1, qscene_leaf(f), ADDRESS, 1ULL << 36);
    return small_output(f);
}

static uint64_t table_beyond(QScene *f)
{
    qscene_change(&f->s1, qtables_slot(&f->s1, IOVA, 2), ADDRESS, 1ULL << 36);
    return small_output(f);
}

static uint64_t leaf_not_accessed(QScene *f)
{
    qscene_change(&f->s1, qscene_leaf(f), QPTE_AF, 0);
    return 0;
}

static uint64_t leaf_privileged(QScene *f)
{
    qscene_change(&f->s1, qscene_leaf(f), QPTE_USER, QPTE_UXN | QPTE_PXN);
    return 0;
}

static uint64_t leaf_read_only(QScene *f)
{
    qscene_change(&f->s1, qscene_leaf(f), 0, QPTE_READ_ONLY);
    return 0;
}

static const QSceneCase stage1[] = {
    { "external abort of the first table", QSCENE_S1, ALL, root_nowhere,
      QEVT_F_WALK_EABT, QEVT1_CLASS_TT, 0x128 },
    { "external abort of the last table", QSCENE_S1, ALL, table_nowhere,
      QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
    { "external abort of a table behind stage 2", QSCENE_NESTED, ALL,
      table_behind_nowhere, QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
    { "beyond T0SZ", QSCENE_S1, ALL, qscene_nothing, QEVT_F_TRANSLATION, S1_IN,
      1ULL << 39 },
    { "not sign-extended", QSCENE_S1, ALL, qscene_nothing,
      QEVT_F_TRANSLATION, S1_IN, IOVA | 1ULL << 63 },
    { "EPD1 = 1", QSCENE_NESTED, ALL, qscene_nothing, QEVT_F_TRANSLATION, S1_IN,
      0xffffffff00000128ULL },
    { "EPD0 = 1", QSCENE_S1, ALL, ttb0_disabled, QEVT_F_TRANSLATION, S1_IN },
    { "no page", QSCENE_S1, ALL, leaf_invalid, QEVT_F_TRANSLATION, S1_IN },
    { "no page, nested", QSCENE_NESTED, ALL, leaf_invalid,
      QEVT_F_TRANSLATION, S1_IN },
    { "no table", QSCENE_S1, ALL, table_invalid, QEVT_F_TRANSLATION, S1_IN },
    { "a page beyond IPS", QSCENE_S1, ALL, leaf_beyond, QEVT_F_ADDR_SIZE,
      S1_IN },
    { "a table beyond IPS", QSCENE_S1, ALL, table_beyond, QEVT_F_ADDR_SIZE,
      S1_IN },
    { "a page beyond IPS, nested", QSCENE_NESTED, ALL, leaf_beyond,
      QEVT_F_ADDR_SIZE, S1_IN },
    { "AF = 0", QSCENE_S1, ALL, leaf_not_accessed, QEVT_F_ACCESS, S1_IN },
    { "AF = 0, nested", QSCENE_NESTED, ALL, leaf_not_accessed,
      QEVT_F_ACCESS, S1_IN },
    { "a privileged page that is not executable", QSCENE_S1,
      V(0) | V(1) | V(3) | V(4) | V(5) | V(6), leaf_privileged,
      QEVT_F_PERMISSION, S1_IN },
    { "a read-only page", QSCENE_S1, V(1) | V(4) | V(7), leaf_read_only,
      QEVT_F_PERMISSION, S1_IN },
    { "a read-only page, nested", QSCENE_NESTED, V(1) | V(4) | V(7),
      leaf_read_only, QEVT_F_PERMISSION, S1_IN },
};

static void test_stage1(void)
{
    CHECK(&scene, stage1);
}

/* ---- Stage 2: for a CD, a table, the input ------------------------------ */

/* What of stage 2 is damaged: each for the IPA of one of the three */
static uint64_t s2_invalid(QScene *f, uint64_t ipa)
{
    qtables_write(&f->s2, qscene_leaf2(f, ipa), 0);
    return ipa & ADDRESS;
}

static uint64_t s2_beyond(QScene *f, uint64_t ipa)
{
    qscene_change(&f->s2, qscene_leaf2(f, ipa), ADDRESS, 1ULL << 36);
    qscene_ste_word(f, 2, QSTE2_PS_MASK, QSTE2_PS(1));
    return ipa & ADDRESS;
}

static uint64_t s2_not_accessed(QScene *f, uint64_t ipa)
{
    qscene_change(&f->s2, qscene_leaf2(f, ipa), QPTE_AF, 0);
    return ipa & ADDRESS;
}

static uint64_t s2_refused(QScene *f, uint64_t ipa)
{
    qscene_change(&f->s2, qscene_leaf2(f, ipa), QS2_READ | QS2_WRITE, QS2_XN);
    return ipa & ADDRESS;
}

/*
 * The descriptor's address; all of the IPA's 2 MiB go. Of the tables of
 * stage 1, it is the first that cannot be read.
 */
static uint64_t s2_aborted(QScene *f, uint64_t ipa)
{
    if (f->stages == QSCENE_NESTED && ipa == qscene_leaf(f)) {
        ipa = qtables_slot(&f->s1, IOVA, f->s1.start_level);
    }
    qscene_change(&f->s2, qtables_slot(&f->s2, ipa, 2), ADDRESS, NOWHERE);
    return NOWHERE + (ipa >> 12 & 0x1ff) * 8;
}

static uint64_t cd_ipa(QScene *f)
{
    return f->cd_table;
}

static uint64_t leaf_ipa(QScene *f)
{
    return qscene_leaf(f);
}

static uint64_t data_ipa(QScene *f)
{
    return f->stages == QSCENE_S2 ? IOVA : QSCENE_IPA;
}

static const struct {
    const char *name;
    uint64_t (*damage)(QScene *f, uint64_t ipa);
    unsigned type;
} damages[] = {
    { "no page", s2_invalid, QEVT_F_TRANSLATION },
    { "beyond S2PS", s2_beyond, QEVT_F_ADDR_SIZE },
    { "AF = 0", s2_not_accessed, QEVT_F_ACCESS },
    { "no permission", s2_refused, QEVT_F_PERMISSION },
    { "external abort", s2_aborted, QEVT_F_WALK_EABT },
};

static const struct {
    const char *name;
    QSceneStages stages;
    unsigned variants;
    uint64_t (*ipa)(QScene *f);
    uint64_t class;
    bool s2r;
} accesses[] = {
    { "CD", QSCENE_NESTED, ALL, cd_ipa, QEVT1_CLASS_CD, true },
    { "table", QSCENE_NESTED, ALL, leaf_ipa, QEVT1_CLASS_TT, true },
    { "input of nested stages", QSCENE_NESTED, PERMITTED, data_ipa,
      QEVT1_CLASS_IN, true },
    { "input", QSCENE_S2, WITHOUT_SSID, data_ipa, QEVT1_CLASS_IN, true },
    { "CD, S2R = 0", QSCENE_NESTED, ALL, cd_ipa, QEVT1_CLASS_CD, false },
    { "table, S2R = 0", QSCENE_NESTED, ALL, leaf_ipa, QEVT1_CLASS_TT, false },
    { "input of nested stages, S2R = 0", QSCENE_NESTED, PERMITTED, data_ipa,
      QEVT1_CLASS_IN, false },
    { "input, S2R = 0", QSCENE_S2, WITHOUT_SSID, data_ipa, QEVT1_CLASS_IN,
      false },
};

/*
 * The word IPA of a table is that of its descriptor, bits [11:0] zero; RnW, InD
 * and PnU are the transaction's. S2R = 0 hides all but the external abort.
 */
static void test_stage2(void)
{
    qscene_start(&scene, QSCENE_PROPERTIES);
    for (unsigned a = 0; a < ARRAY_SIZE(accesses); a++) {
        for (unsigned d = 0; d < ARRAY_SIZE(damages); d++) {
            unsigned type = damages[d].type;
            /* A table is read, whatever the transaction is. */
            bool ttrnw = type == QEVT_F_PERMISSION &&
                         accesses[a].class == QEVT1_CLASS_TT;
            uint64_t word3;

            g_test_message("%s: %s", accesses[a].name, damages[d].name);
            qscene_build(&scene, accesses[a].stages);
            qscene_ste_word(&scene, 2, QSTE2_R, accesses[a].s2r ? QSTE2_R : 0);
            word3 = damages[d].damage(&scene, accesses[a].ipa(&scene));
            qscene_invalidate(&scene);
            for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
                const QVariant *variant = &qscene_variants[v];

                if (!(accesses[a].variants & V(v))) {
                    continue;
                }
                if (!accesses[a].s2r && type != QEVT_F_WALK_EABT) {
                    qscene_expect_none(&scene, variant, IOVA,
                                       QSTATUS_ABORTED);
                    continue;
                }
                qscene_expect(&scene, variant, IOVA, type,
                              QEVT1_S2 | accesses[a].class |
                              (ttrnw ? QEVT1_TTRNW : 0), word3);
            }
        }
    }
    qscene_end(&scene);
}

/* An IPA beyond S2T0SZ, 40 bits: of stage 1, and as the input */
static uint64_t ipa_beyond(QScene *f)
{
    qscene_change(&f->s1, qscene_leaf(f), ADDRESS, 1ULL << 40);
    return 1ULL << 40;
}

static uint64_t is_input(QScene *f)
{
    return 1ULL << 40;
}

static uint64_t table_ipa_beyond(QScene *f)
{
    qscene_change(&f->s1, qtables_slot(&f->s1, IOVA, 2), ADDRESS, 1ULL << 40);
    return 1ULL << 40;
}

/* Stage 1 has nothing to say; its events are (7.3.14, 3.4). */
static uint64_t s1dss_bypass(QScene *f)
{
    return qscene_ste_word(f, 1, 3, 1);
}

static const QSceneCase sizes[] = {
    { "output of stage 1", QSCENE_NESTED, PERMITTED, ipa_beyond,
      QEVT_F_TRANSLATION, QEVT1_S2 | QEVT1_CLASS_IN },
    { "table of stage 1", QSCENE_NESTED, ALL, table_ipa_beyond,
      QEVT_F_TRANSLATION, QEVT1_S2 | QEVT1_CLASS_TT },
    { "input of stage 2", QSCENE_S2, WITHOUT_SSID, is_input,
      QEVT_F_TRANSLATION, QEVT1_S2 | QEVT1_CLASS_IN, 1ULL << 40 },
    { "S1DSS = 1, nested", QSCENE_NESTED, WITHOUT_SSID, s1dss_bypass,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, BEYOND },
    { "S1DSS = 1, stage 1 only", QSCENE_S1, WITHOUT_SSID, s1dss_bypass,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, BEYOND },
    { "Config = 0b100", QSCENE_S1, WITHOUT_SSID, qscene_bypass,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, BEYOND | 0x128 },
    { "beyond the IAS, stage 2 only", QSCENE_S2, WITHOUT_SSID, qscene_nothing,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 1ULL << 63 },
};

static void test_sizes(void)
{
    CHECK(&scene, sizes);
}

/* Neither S2R, nor the R and A of a CD that is not used, hide these (3.12). */
static void test_bypass_is_always_recorded(void)
{
    qscene_start(&scene, QSCENE_PROPERTIES);
    for (unsigned i = 3; i < ARRAY_SIZE(sizes); i++) {
        g_test_message("%s", sizes[i].name);
        qscene_build(&scene, sizes[i].stages);
        scene.cd.word[0] &= ~(QCD_R | QCD_A);
        scene.ste.word[2] &= ~QSTE2_R;
        sizes[i].damage(&scene);
        qscene_configure(&scene);
        qscene_expect(&scene, &qscene_variants[QVARIANT_READ], sizes[i].iova,
                      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 0);
    }
    qscene_end(&scene);
}

/* ---- TTRnW, atomics ----------------------------------------------------- */

/*
 * Stage 1 is to set the Access flag of its leaf in a table that stage 2 lets be
 * read only: a write, of a read (7.3.16).
 */
static void test_ttrnw_of_updates(void)
{
    uint64_t leaf;

    qscene_start(&scene, QSCENE_PROPERTIES ",httu=access");
    qscene_build(&scene, QSCENE_NESTED);
    qscene_cd_word(&scene, 0, 0, QCD_HA);
    leaf = qscene_leaf(&scene);
    qscene_change(&scene.s1, leaf, QPTE_AF, 0);
    qscene_change(&scene.s2, qscene_leaf2(&scene, leaf), QS2_WRITE, 0);
    qscene_invalidate(&scene);
    for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
        qscene_expect(&scene, &qscene_variants[v], IOVA, QEVT_F_PERMISSION,
                      QEVT1_S2 | QEVT1_CLASS_TT, leaf & ADDRESS);
    }
    qscene_end(&scene);
}

/* RnW of atomics: 1 if reading is all that is not permitted (13.1.1) */
static void test_atomics(void)
{
    static const struct {
        const char *name;
        uint64_t permissions;
        bool read;              /* RnW */
    } leaves[] = {
        { "neither", 0, false },
        { "read only", QS2_READ, false },
        { "write only", QS2_WRITE, true },
    };
    const QVariant add = { "atomic", QOP_ADD, QATTR_PRIV | QATTR_INST, 0, 0 };

    qscene_start(&scene, QSCENE_PROPERTIES);
    for (unsigned i = 0; i < ARRAY_SIZE(leaves); i++) {
        g_test_message("%s", leaves[i].name);
        qscene_build(&scene, QSCENE_S2);
        qscene_change(&scene.s2, qscene_leaf2(&scene, IOVA),
                      QS2_READ | QS2_WRITE, leaves[i].permissions);
        qscene_invalidate(&scene);
        qscene_expect(&scene, &add, IOVA, QEVT_F_PERMISSION,
                      QEVT1_S2 | QEVT1_CLASS_IN | QEVT1_PNU |
                      (leaves[i].read ? QEVT1_RNW : 0),
                      QSCENE_IOVA);
    }
    /* All other faults of atomics are writes. */
    qscene_build(&scene, QSCENE_S2);
    qscene_change(&scene.s2, qscene_leaf2(&scene, IOVA), QPTE_AF | QS2_READ,
                  0);
    qscene_invalidate(&scene);
    qscene_expect(&scene, &add, IOVA, QEVT_F_ACCESS,
                  QEVT1_S2 | QEVT1_CLASS_IN | QEVT1_PNU, QSCENE_IOVA);
    qscene_end(&scene);
}

/* ---- A, R (5.5) ---------------------------------------------------------- */

/* By CD.A and CD.R, for each of the four faults of stage 1 */
static void test_fault_configuration(void)
{
    static uint64_t (*const faults[])(QScene *) = {
        leaf_invalid, leaf_beyond, leaf_not_accessed, leaf_read_only,
    };
    const QVariant *write = &qscene_variants[QVARIANT_WRITE];

    qscene_start(&scene, QSCENE_PROPERTIES);
    for (unsigned n = 0; n < 8 * ARRAY_SIZE(faults); n++) {
        bool nested = n & 1, a = n & 2, r = n & 4;
        unsigned type = QEVT_F_TRANSLATION + n / 8;
        QResult result;

        qscene_build(&scene, nested ? QSCENE_NESTED : QSCENE_S1);
        faults[n / 8](&scene);
        /* S2R is for stage 2 alone. */
        scene.ste.word[2] &= ~QSTE2_R;
        qscene_cd_word(&scene, 0, QCD_A | QCD_R,
                       (a ? QCD_A : 0) | (r ? QCD_R : 0));
        result = qscene_access(&scene, write, IOVA);
        g_assert_cmpuint(result.status, ==,
                         a ? QSTATUS_ABORTED : QSTATUS_TERMINATED);
        if (r) {
            qsmmu_expect_event(scene.s, type, QSCENE_SID);
        }
        qsmmu_expect_no_event(scene.s);
    }

    /* Other events do not depend on A and R, and abort (3.12). */
    for (unsigned n = 0; n < 3; n++) {
        static const struct {
            uint64_t (*damage)(QScene *);
            unsigned type;
            uint64_t word1;
        } others[] = {
            { table_nowhere, QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
            { qscene_cd_stalls, QEVT_C_BAD_CD, 0 },
            { qscene_no_default_cd, QEVT_F_STREAM_DISABLED, 0 },
        };
        uint64_t word3;

        qscene_build(&scene, QSCENE_S1);
        qscene_cd_word(&scene, 0, QCD_A | QCD_R, 0);
        word3 = others[n].damage(&scene);
        qscene_invalidate(&scene);
        qscene_expect(&scene, write, IOVA, others[n].type, others[n].word1,
                      word3);
    }
    qscene_end(&scene);
}

/* TERM_MODEL = 1: A = 0 is ILLEGAL (5.5). STALL_MODEL is 1 in all. */
static void test_models(void)
{
    const QVariant *read = &qscene_variants[QVARIANT_READ];

    for (unsigned abort_only = 0; abort_only < 2; abort_only++) {
        qscene_start(&scene, abort_only ?
                     QSCENE_PROPERTIES ",term-model=abort" :
                     QSCENE_PROPERTIES);
        g_assert_cmphex(qsmmu_readl(scene.s, QSMMU_IDR0) >> 24 & 7, ==,
                        abort_only ? 5 : 1);
        qscene_build(&scene, QSCENE_S1);
        qscene_cd_word(&scene, 0, QCD_A, 0);
        if (abort_only) {
            qscene_expect(&scene, read, IOVA, QEVT_C_BAD_CD, 0, 0);
        } else {
            qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
        }
        qscene_cd_word(&scene, 0, 0, QCD_A);
        qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
        qscene_end(&scene);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/events/" claim, function)
    ADD("stage-1", test_stage1);
    ADD("stage-2-by-class", test_stage2);
    ADD("address-sizes", test_sizes);
    ADD("bypass-is-always-recorded", test_bypass_is_always_recorded);
    ADD("ttrnw-of-an-update-is-a-write", test_ttrnw_of_updates);
    ADD("rnw-of-atomics", test_atomics);
    ADD("cd-a-and-r-are-for-stage-1-translation-faults",
        test_fault_configuration);
    ADD("stall-and-termination-models", test_models);
#undef ADD
    return g_test_run();
}
