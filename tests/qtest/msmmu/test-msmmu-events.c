/*
 * Every event that a transaction can cause (IHI 0070 7.3), each condition of
 * it, field by field: for reads, writes, fetches, atomics, privileged ones and
 * those of a substream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene.h"

#define NOWHERE QSCENE_NOWHERE
#define IOVA (QSCENE_IOVA + 0x128)
#define L1CD_V 1ULL
#define QPTE_PXN (1ULL << 53)
#define QPTE_UXN (1ULL << 54)
#define QS2_XN (2ULL << 53)
/* The output address of a descriptor */
#define ADDRESS 0xfffffffff000ULL
/* Beyond the 48 bits of the OAS */
#define BEYOND (1ULL << 48)

static QScene scene;

/* Variants, as a set */
#define V(n) (1u << (n))
#define ALL 0xff
#define WITHOUT_SSID (V(0) | V(1) | V(2) | V(3) | V(4))
#define WITH_SSID (V(5) | V(6) | V(7))
/* But for what stage 1 refuses: who is privileged may not execute what the
 * unprivileged may write (Arm ARM R_VWLLR). */
#define PERMITTED (ALL & ~V(6))

typedef struct Case {
    const char *name;
    QSceneStages stages;
    unsigned variants;
    /* Break something; returns what FetchAddr or IPA is to be. */
    uint64_t (*damage)(QScene *f);
    uint64_t word0;
    uint64_t word1;
    uint64_t iova;          /* 0: IOVA */
} Case;

static void check_cases(const Case *cases, unsigned num,
                        const char *properties)
{
    qscene_start(&scene, properties);
    for (unsigned i = 0; i < num; i++) {
        const Case *c = &cases[i];
        uint64_t word3;

        g_test_message("%s", c->name);
        qscene_build(&scene, c->stages);
        word3 = c->damage(&scene);
        qscene_invalidate(&scene);
        for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
            if (c->variants & V(v)) {
                qscene_expect(&scene, &qscene_variants[v],
                              c->iova ? c->iova : IOVA, c->word0, c->word1,
                              word3);
            }
        }
    }
    qscene_end(&scene);
}

#define CHECK(cases) check_cases(cases, ARRAY_SIZE(cases), QSCENE_PROPERTIES)

/* Change a word of the STE, or of both CDs. */
static uint64_t ste_word(QScene *f, unsigned n, uint64_t clear, uint64_t set)
{
    f->ste.word[n] = (f->ste.word[n] & ~clear) | set;
    qscene_configure(f);
    return 0;
}

static uint64_t cd_word(QScene *f, unsigned n, uint64_t clear, uint64_t set)
{
    f->cd.word[n] = (f->cd.word[n] & ~clear) | set;
    qscene_configure(f);
    return 0;
}

/* ---- Stream table (7.3.3, 7.3.4) --------------------------------------- */

/* The L1STD of the stream; its table of 2^8 STEs is there before. */
static void set_l1std(QScene *f, uint64_t pointer, unsigned span)
{
    qtest_writeq(f->qts, f->s->stream_table, pointer | span);
}

static void test_stream_table(void)
{
    static const struct {
        const char *name;
        unsigned span;
        unsigned type;          /* 0: none */
    } spans[] = {
        { "Span invalid", 0, QEVT_C_BAD_STREAMID },
        { "one STE", 1, QEVT_C_BAD_STREAMID },
        { "the last STE is that before", 5, QEVT_C_BAD_STREAMID },
        { "the STE is in the upper half", 6, 0 },
        { "all of SPLIT", 9, 0 },
        { "more than SPLIT", 10, QEVT_C_BAD_STREAMID },
        { "more than the largest SPLIT", 11, QEVT_C_BAD_STREAMID },
        { "Span reserved", 12, QEVT_C_BAD_STREAMID },
        { "Span all ones", 31, QEVT_C_BAD_STREAMID },
    };
    const QVariant *read = &qscene_variants[QVARIANT_READ];
    uint64_t table;

    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    table = qtest_readq(scene.qts, scene.s->stream_table) & ~0x3fULL;
    for (unsigned i = 0; i < ARRAY_SIZE(spans); i++) {
        g_test_message("%s", spans[i].name);
        set_l1std(&scene, table, spans[i].span);
        qscene_invalidate(&scene);
        if (!spans[i].type) {
            qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
            continue;
        }
        for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
            qscene_expect(&scene, &qscene_variants[v], IOVA, spans[i].type, 0,
                          0);
        }
    }

    /* Fetched from where no memory is: the STE, then the L1STD */
    set_l1std(&scene, NOWHERE, 9);
    qscene_invalidate(&scene);
    for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
        qscene_expect(&scene, &qscene_variants[v], IOVA, QEVT_F_STE_FETCH, 0,
                      NOWHERE + QSCENE_SID * 64);
    }
    qsmmu_set_cr0(scene.s, QCR0_CMDQEN | QCR0_EVENTQEN);
    qsmmu_writeq(scene.s, QSMMU_STRTAB_BASE, NOWHERE);
    /* SPLIT = 6 reserved: acts as 6; 2^18 StreamIDs take 32 KiB of L1STDs */
    qsmmu_writel(scene.s, QSMMU_STRTAB_BASE_CFG, 1 << 16 | 6 << 6 | 18);
    qsmmu_set_cr0(scene.s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    qscene_invalidate(&scene);
    for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
        qscene_expect(&scene, &qscene_variants[v], IOVA, QEVT_F_STE_FETCH, 0,
                      NOWHERE);
    }
    qscene_end(&scene);
}

/* StreamID >= 2^LOG2SIZE, of linear and two-level tables (7.3.3 (1)) */
static void test_stream_id_range(void)
{
    const QVariant *read = &qscene_variants[QVARIANT_READ];

    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    for (unsigned two_level = 0; two_level < 2; two_level++) {
        for (unsigned recinvsid = 0; recinvsid < 2; recinvsid++) {
            for (unsigned log2size = 3; log2size < 7; log2size++) {
                qsmmu_set_cr0(scene.s, QCR0_CMDQEN | QCR0_EVENTQEN);
                if (two_level) {
                    qsmmu_setup_two_level(scene.s, MAX(log2size, 6), 6);
                    qsmmu_writel(scene.s, QSMMU_STRTAB_BASE_CFG,
                                 1 << 16 | 6 << 6 | log2size);
                } else {
                    qsmmu_setup_linear(scene.s, MAX(log2size, 5));
                    qsmmu_writel(scene.s, QSMMU_STRTAB_BASE_CFG, log2size);
                }
                qsmmu_writel(scene.s, QSMMU_CR2,
                             recinvsid ? QCR2_RECINVSID : 0);
                qsmmu_set_cr0(scene.s, QCR0_CMDQEN | QCR0_EVENTQEN |
                                       QCR0_SMMUEN);
                qscene_configure(&scene);
                if (log2size > 4) {
                    qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
                } else if (recinvsid) {
                    qscene_expect(&scene, read, IOVA, QEVT_C_BAD_STREAMID, 0,
                                  0);
                } else {
                    qscene_expect_none(&scene, read, IOVA, QSTATUS_ABORTED);
                }
            }
        }
    }
    qscene_end(&scene);
}

/* ---- STE, SubstreamID (7.3.5, 7.3.7, 7.3.9) ---------------------------- */

static uint64_t ste_invalid(QScene *f)
{
    return ste_word(f, 0, QSTE_V, 0);
}

/* 5.5: STALL_MODEL is 1, terminate only. */
static uint64_t ste_stalld(QScene *f)
{
    return ste_word(f, 1, 0, QSTE1_S1STALLD);
}

static uint64_t ste_s2s(QScene *f)
{
    return ste_word(f, 2, 0, QSTE2_S);
}

static uint64_t s1contextptr_beyond(QScene *f)
{
    return ste_word(f, 0, 0, 1ULL << 51);
}

static uint64_t s2ttb_beyond(QScene *f)
{
    return ste_word(f, 3, 0, 1ULL << 48);
}

static uint64_t s1cdmax_beyond(QScene *f)
{
    return ste_word(f, 0, 31ULL << 59, QSTE_S1CDMAX(9));
}

static uint64_t ste_bypass(QScene *f)
{
    return ste_word(f, 0, 7ULL << 1, 4ULL << 1);
}

static uint64_t nothing(QScene *f)
{
    return 0;
}

static uint64_t no_substreams(QScene *f)
{
    return ste_word(f, 0, 31ULL << 59, 0);
}

/* Four CDs: 5 is too much. */
static uint64_t few_substreams(QScene *f)
{
    return ste_word(f, 0, 31ULL << 59, QSTE_S1CDMAX(2));
}

/* A table of one L1CD for 2^7 substreams at most */
static uint64_t two_levels(QScene *f, uint64_t l1cd)
{
    uint64_t table = f->stages == QSCENE_NESTED ?
                     qtables_alloc_ipa(&f->s2, 64, 64) :
                     qsmmu_alloc(f->s, 64, 64);
    uint64_t pa = f->stages == QSCENE_NESTED ?
                  qtables_lookup(&f->s2, table) : table;

    qtest_writeq(f->qts, pa, l1cd);
    return ste_word(f, 0, 0xfffffffffffc0ULL | 31ULL << 59,
                    table | QSTE_S1FMT(1) | QSTE_S1CDMAX(7));
}

static uint64_t l1cd_invalid(QScene *f)
{
    return two_levels(f, f->cd_table);
}

static uint64_t l1cd_beyond(QScene *f)
{
    return two_levels(f, 1ULL << 51 | L1CD_V);
}

static uint64_t s1dss_terminate(QScene *f)
{
    return ste_word(f, 1, 3, 0);
}

static uint64_t s1dss_reserved(QScene *f)
{
    return ste_word(f, 1, 3, 3);
}

static const Case configuration[] = {
    { "V = 0", QSCENE_S1, ALL, ste_invalid, QEVT_C_BAD_STE },
    { "S1STALLD = 1", QSCENE_S1, ALL, ste_stalld, QEVT_C_BAD_STE },
    { "S2S = 1", QSCENE_S2, WITHOUT_SSID, ste_s2s, QEVT_C_BAD_STE },
    { "S2S = 1, nested", QSCENE_NESTED, ALL, ste_s2s, QEVT_C_BAD_STE },
    { "S1ContextPtr beyond the OAS", QSCENE_S1, ALL, s1contextptr_beyond,
      QEVT_C_BAD_STE },
    { "S2TTB beyond S2PS", QSCENE_NESTED, ALL, s2ttb_beyond, QEVT_C_BAD_STE },
    { "S1CDMax beyond SSIDSIZE", QSCENE_S1, ALL, s1cdmax_beyond,
      QEVT_C_BAD_STE },
    { "SubstreamID in bypass", QSCENE_S1, WITH_SSID, ste_bypass,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "SubstreamID with stage 2 only", QSCENE_S2, WITH_SSID, nothing,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "S1CDMax = 0", QSCENE_S1, WITH_SSID, no_substreams,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "SubstreamID >= 2^S1CDMax", QSCENE_NESTED, WITH_SSID, few_substreams,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "L1CD invalid", QSCENE_S1, WITH_SSID, l1cd_invalid,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "L1CD invalid, for S1DSS = 2: SubstreamID is 0", QSCENE_S1,
      WITHOUT_SSID, l1cd_invalid, QEVT_C_BAD_SUBSTREAMID },
    { "L2Ptr beyond the OAS", QSCENE_S1, WITH_SSID, l1cd_beyond,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "L2Ptr beyond the OAS, for S1DSS = 2", QSCENE_S1, WITHOUT_SSID,
      l1cd_beyond, QEVT_C_BAD_SUBSTREAMID },
    { "L2Ptr beyond the IAS", QSCENE_NESTED, WITH_SSID, l1cd_beyond,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "S1DSS = 0", QSCENE_S1, WITHOUT_SSID, s1dss_terminate,
      QEVT_F_STREAM_DISABLED },
    { "S1DSS reserved", QSCENE_NESTED, WITHOUT_SSID, s1dss_reserved,
      QEVT_F_STREAM_DISABLED },
};

static void test_configuration(void)
{
    const QVariant reserved = {
        "substream 0", QOP_READ, QATTR_SSID(0), 0, 0,
    };

    CHECK(configuration);

    /* SubstreamID 0 where CD 0 is for others: without SSV (7.3.7) */
    qscene_start(&scene, QSCENE_PROPERTIES);
    qscene_build(&scene, QSCENE_S1);
    qscene_expect(&scene, &reserved, IOVA, QEVT_F_STREAM_DISABLED, 0, 0);
    qscene_end(&scene);
}

/* An instance without substreams: S1CDMax and S1DSS are not looked at. */
static void test_no_substreams(void)
{
    qscene_start(&scene, "granules=4k,stage=nested");
    g_assert_cmphex(qsmmu_readl(scene.s, QSMMU_IDR1) >> 6 & 0x1f, ==, 0);
    qscene_build(&scene, QSCENE_S1);
    for (unsigned v = 0; v < QSCENE_VARIANTS; v++) {
        if (WITH_SSID & V(v)) {
            qscene_expect(&scene, &qscene_variants[v], IOVA,
                          QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5), 0, 0);
        }
    }
    qscene_expect_none(&scene, &qscene_variants[QVARIANT_READ], IOVA,
                       QSTATUS_OK);
    qscene_end(&scene);
}

/* ---- CD (7.3.10, 7.3.11) ----------------------------------------------- */

static uint64_t cd_nowhere(QScene *f)
{
    ste_word(f, 0, 0xfffffffffffc0ULL, NOWHERE);
    return NOWHERE;
}

static uint64_t cd5_nowhere(QScene *f)
{
    return cd_nowhere(f) + QSCENE_SSID * QSCENE_CD_BYTES;
}

static uint64_t l1cd_nowhere(QScene *f)
{
    ste_word(f, 0, 0xfffffffffffc0ULL | 31ULL << 59,
             NOWHERE | QSTE_S1FMT(1) | QSTE_S1CDMAX(8));
    return NOWHERE;
}

static uint64_t leaf_table_nowhere(QScene *f)
{
    two_levels(f, NOWHERE | L1CD_V);
    return NOWHERE + QSCENE_SSID * QSCENE_CD_BYTES;
}

/* The PA that stage 2 makes of the CD's IPA */
static uint64_t cd_behind_nowhere(QScene *f)
{
    qscene_change(&f->s2, qscene_leaf2(f, f->cd_table), ADDRESS, NOWHERE);
    return NOWHERE + QSCENE_SSID * QSCENE_CD_BYTES;
}

static uint64_t cd_invalid(QScene *f)
{
    return cd_word(f, 0, QCD_V, 0);
}

static uint64_t cd_stalls(QScene *f)
{
    return cd_word(f, 0, 0, QCD_S);
}

static uint64_t cd_ttb_beyond(QScene *f)
{
    return cd_word(f, 1, 0, 1ULL << 48);
}

static uint64_t cd_asks_for_httu(QScene *f)
{
    return cd_word(f, 0, 0, QCD_HA);
}

static const Case cds[] = {
    { "CD 0", QSCENE_S1, WITHOUT_SSID, cd_nowhere, QEVT_F_CD_FETCH },
    { "CD 5", QSCENE_S1, WITH_SSID, cd5_nowhere, QEVT_F_CD_FETCH },
    { "L1CD", QSCENE_S1, ALL, l1cd_nowhere, QEVT_F_CD_FETCH },
    { "CD 5 of a leaf table", QSCENE_S1, WITH_SSID, leaf_table_nowhere,
      QEVT_F_CD_FETCH },
    { "CD 5 behind stage 2", QSCENE_NESTED, WITH_SSID, cd_behind_nowhere,
      QEVT_F_CD_FETCH },
    { "V = 0", QSCENE_S1, ALL, cd_invalid, QEVT_C_BAD_CD },
    { "V = 0, behind stage 2", QSCENE_NESTED, ALL, cd_invalid,
      QEVT_C_BAD_CD },
    { "S = 1", QSCENE_S1, ALL, cd_stalls, QEVT_C_BAD_CD },
    { "TTB0 beyond IPS", QSCENE_S1, ALL, cd_ttb_beyond, QEVT_C_BAD_CD },
    { "HA without HTTU", QSCENE_NESTED, ALL, cd_asks_for_httu,
      QEVT_C_BAD_CD },
};

static void test_cds(void)
{
    CHECK(cds);
}

/* ---- Stage 1 (7.3.12 to 7.3.16) ---------------------------------------- */

#define S1_IN QEVT1_CLASS_IN

static uint64_t root_nowhere(QScene *f)
{
    cd_word(f, 1, UINT64_MAX, NOWHERE);
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
    return cd_word(f, 0, 0, QCD_EPD0);
}

static uint64_t small_output(QScene *f)
{
    return cd_word(f, 0, QCD_IPS_MASK, QCD_IPS(1));
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

static const Case stage1[] = {
    { "external abort of the first table", QSCENE_S1, ALL, root_nowhere,
      QEVT_F_WALK_EABT, QEVT1_CLASS_TT, 0x128 },
    { "external abort of the last table", QSCENE_S1, ALL, table_nowhere,
      QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
    { "external abort of a table behind stage 2", QSCENE_NESTED, ALL,
      table_behind_nowhere, QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
    { "beyond T0SZ", QSCENE_S1, ALL, nothing, QEVT_F_TRANSLATION, S1_IN,
      1ULL << 39 },
    { "not sign-extended", QSCENE_S1, ALL, nothing, QEVT_F_TRANSLATION, S1_IN,
      IOVA | 1ULL << 63 },
    { "EPD1 = 1", QSCENE_NESTED, ALL, nothing, QEVT_F_TRANSLATION, S1_IN,
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
    CHECK(stage1);
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
    ste_word(f, 2, QSTE2_PS_MASK, QSTE2_PS(1));
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
 * The descriptor's address; all of the IPA's 2 MiB go. Of the tables of stage 1,
 * it is the first that cannot be read.
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
            ste_word(&scene, 2, QSTE2_R, accesses[a].s2r ? QSTE2_R : 0);
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
    return ste_word(f, 1, 3, 1);
}

static const Case sizes[] = {
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
    { "Config = 0b100", QSCENE_S1, WITHOUT_SSID, ste_bypass,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, BEYOND | 0x128 },
    { "beyond the IAS, stage 2 only", QSCENE_S2, WITHOUT_SSID, nothing,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 1ULL << 63 },
};

static void test_sizes(void)
{
    CHECK(sizes);
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
    cd_word(&scene, 0, 0, QCD_HA);
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
        cd_word(&scene, 0, QCD_A | QCD_R,
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
            { cd_stalls, QEVT_C_BAD_CD, 0 },
            { s1dss_terminate, QEVT_F_STREAM_DISABLED, 0 },
        };
        uint64_t word3;

        qscene_build(&scene, QSCENE_S1);
        cd_word(&scene, 0, QCD_A | QCD_R, 0);
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
        cd_word(&scene, 0, QCD_A, 0);
        if (abort_only) {
            qscene_expect(&scene, read, IOVA, QEVT_C_BAD_CD, 0, 0);
        } else {
            qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
        }
        cd_word(&scene, 0, 0, QCD_A);
        qscene_expect_none(&scene, read, IOVA, QSTATUS_OK);
        qscene_end(&scene);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/events/" claim, function)
    ADD("stream-table", test_stream_table);
    ADD("stream-id-out-of-range", test_stream_id_range);
    ADD("ste-and-substream-id", test_configuration);
    ADD("substream-ids-without-ssidsize", test_no_substreams);
    ADD("cd", test_cds);
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
