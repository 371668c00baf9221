/*
 * Every event that the structures of a stream can cause (IHI 0070 7.3.3 to
 * 7.3.11): Stream table, STE, SubstreamID, CD. Each condition of it, field by
 * field: for reads, writes, fetches, atomics, privileged ones and those of a
 * substream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene_cases.h"

#define NOWHERE QSCENE_NOWHERE
#define IOVA QSCENE_CASE_IOVA
#define L1CD_V 1ULL
/* The output address of a descriptor */
#define ADDRESS 0xfffffffff000ULL

static QScene scene;

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
    return qscene_ste_word(f, 0, QSTE_V, 0);
}

/* 5.5: STALL_MODEL is 1, terminate only. */
static uint64_t ste_stalld(QScene *f)
{
    return qscene_ste_word(f, 1, 0, QSTE1_S1STALLD);
}

static uint64_t ste_s2s(QScene *f)
{
    return qscene_ste_word(f, 2, 0, QSTE2_S);
}

static uint64_t s1contextptr_beyond(QScene *f)
{
    return qscene_ste_word(f, 0, 0, 1ULL << 51);
}

static uint64_t s2ttb_beyond(QScene *f)
{
    return qscene_ste_word(f, 3, 0, 1ULL << 48);
}

static uint64_t s1cdmax_beyond(QScene *f)
{
    return qscene_ste_word(f, 0, 31ULL << 59, QSTE_S1CDMAX(9));
}

static uint64_t no_substreams(QScene *f)
{
    return qscene_ste_word(f, 0, 31ULL << 59, 0);
}

/* Four CDs: 5 is too much. */
static uint64_t few_substreams(QScene *f)
{
    return qscene_ste_word(f, 0, 31ULL << 59, QSTE_S1CDMAX(2));
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
    return qscene_ste_word(f, 0, 0xfffffffffffc0ULL | 31ULL << 59,
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

static uint64_t s1dss_reserved(QScene *f)
{
    return qscene_ste_word(f, 1, 3, 3);
}

static const QSceneCase configuration[] = {
    { "V = 0", QSCENE_S1, ALL, ste_invalid, QEVT_C_BAD_STE },
    { "S1STALLD = 1", QSCENE_S1, ALL, ste_stalld, QEVT_C_BAD_STE },
    { "S2S = 1", QSCENE_S2, WITHOUT_SSID, ste_s2s, QEVT_C_BAD_STE },
    { "S2S = 1, nested", QSCENE_NESTED, ALL, ste_s2s, QEVT_C_BAD_STE },
    { "S1ContextPtr beyond the OAS", QSCENE_S1, ALL, s1contextptr_beyond,
      QEVT_C_BAD_STE },
    { "S2TTB beyond S2PS", QSCENE_NESTED, ALL, s2ttb_beyond, QEVT_C_BAD_STE },
    { "S1CDMax beyond SSIDSIZE", QSCENE_S1, ALL, s1cdmax_beyond,
      QEVT_C_BAD_STE },
    { "SubstreamID in bypass", QSCENE_S1, WITH_SSID, qscene_bypass,
      QEVT_C_BAD_SUBSTREAMID | QEVT0_SSID(5) },
    { "SubstreamID with stage 2 only", QSCENE_S2, WITH_SSID, qscene_nothing,
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
    { "S1DSS = 0", QSCENE_S1, WITHOUT_SSID, qscene_no_default_cd,
      QEVT_F_STREAM_DISABLED },
    { "S1DSS reserved", QSCENE_NESTED, WITHOUT_SSID, s1dss_reserved,
      QEVT_F_STREAM_DISABLED },
};

static void test_configuration(void)
{
    const QVariant reserved = {
        "substream 0", QOP_READ, QATTR_SSID(0), 0, 0,
    };

    CHECK(&scene, configuration);

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
    qscene_ste_word(f, 0, 0xfffffffffffc0ULL, NOWHERE);
    return NOWHERE;
}

static uint64_t cd5_nowhere(QScene *f)
{
    return cd_nowhere(f) + QSCENE_SSID * QSCENE_CD_BYTES;
}

static uint64_t l1cd_nowhere(QScene *f)
{
    qscene_ste_word(f, 0, 0xfffffffffffc0ULL | 31ULL << 59,
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
    return qscene_cd_word(f, 0, QCD_V, 0);
}

static uint64_t cd_ttb_beyond(QScene *f)
{
    return qscene_cd_word(f, 1, 0, 1ULL << 48);
}

static uint64_t cd_asks_for_httu(QScene *f)
{
    return qscene_cd_word(f, 0, 0, QCD_HA);
}

static const QSceneCase cds[] = {
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
    { "S = 1", QSCENE_S1, ALL, qscene_cd_stalls, QEVT_C_BAD_CD },
    { "TTB0 beyond IPS", QSCENE_S1, ALL, cd_ttb_beyond, QEVT_C_BAD_CD },
    { "HA without HTTU", QSCENE_NESTED, ALL, cd_asks_for_httu,
      QEVT_C_BAD_CD },
};

static void test_cds(void)
{
    CHECK(&scene, cds);
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
#undef ADD
    return g_test_run();
}
