/*
 * Priorities of events (IHI 0070 7.3.22): two causes at once for each pair that
 * is adjacent in the order and can be together, of which the first is seen.
 *
 * What cannot be together: F_STE_FETCH and C_BAD_STE, F_CD_FETCH and C_BAD_CD,
 * an abort of a descriptor and what that descriptor says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "scene.h"

#define IOVA (QSCENE_IOVA + 0x128)
#define ADDRESS 0xfffffffff000ULL
#define NOWHERE QSCENE_NOWHERE
#define BEYOND (1ULL << 36)     /* IPS and S2PS say 36 bits */

static const QVariant substream0 = {
    "read of substream 0", QOP_READ, QATTR_SSID(0), 0, 0,
};
static const QVariant substream9 = {
    "read of substream 9", QOP_READ, QATTR_SSID(9), QEVT0_SSV | QEVT0_SSID(9),
    QEVT1_RNW,
};

typedef void Damage(QScene *f);

/* ---- Configuration ------------------------------------------------------ */

static void l1std_invalid(QScene *f)
{
    qtest_writeq(f->qts, f->s->stream_table, NOWHERE);
}

static void l1std_nowhere(QScene *f)
{
    qtest_writeq(f->qts, f->s->stream_table,
                 qtest_readq(f->qts, f->s->stream_table) | NOWHERE);
}

static void ste_invalid(QScene *f)
{
    f->ste.word[0] &= ~QSTE_V;
}

static void nothing(QScene *f)
{
}

static void l1cd_invalid(QScene *f)
{
    f->ste.word[0] |= QSTE_S1FMT(1);
    f->cd.word[0] &= ~1ULL;     /* V of an L1CD, which the CD is taken for */
}

static void stream_disabled(QScene *f)
{
    f->ste.word[1] &= ~3ULL;
}

static void cd_invalid(QScene *f)
{
    f->cd.word[0] &= ~QCD_V;
}

/* ---- Stage 1 ------------------------------------------------------------ */

static void small_ips(QScene *f)
{
    f->cd.word[0] = (f->cd.word[0] & ~QCD_IPS_MASK) | QCD_IPS(1);
}

static void change1(QScene *f, int level, uint64_t clear, uint64_t set)
{
    qscene_change(&f->s1, qtables_slot(&f->s1, IOVA, level), clear, set);
}

static void half_disabled(QScene *f)
{
    f->cd.word[0] |= QCD_EPD0;
}

static void root_nowhere(QScene *f)
{
    f->cd.word[1] = NOWHERE;
}

static void table_invalid(QScene *f)
{
    change1(f, 2, QPTE_VALID, 0);
}

static void table_nowhere(QScene *f)
{
    change1(f, 2, ADDRESS, NOWHERE);
}

static void table_beyond(QScene *f)
{
    change1(f, 2, 0, BEYOND);
    small_ips(f);
}

static void leaf_invalid(QScene *f)
{
    change1(f, 3, QPTE_VALID, 0);
}

static void leaf_beyond(QScene *f)
{
    change1(f, 3, 0, BEYOND);
    small_ips(f);
}

static void leaf_not_accessed(QScene *f)
{
    change1(f, 3, QPTE_AF, 0);
}

static void leaf_read_only(QScene *f)
{
    change1(f, 3, 0, QPTE_READ_ONLY);
}

/* ---- Stage 2, for the CD, the last table and the input ------------------- */

static uint64_t cd_ipa(QScene *f)
{
    return f->cd_table;
}

static uint64_t table_ipa(QScene *f)
{
    return qscene_leaf(f);
}

static uint64_t data_ipa(QScene *f)
{
    return f->stages == QSCENE_S2 ? IOVA : QSCENE_IPA;
}

static void change2(QScene *f, uint64_t ipa, uint64_t clear, uint64_t set)
{
    qscene_change(&f->s2, qscene_leaf2(f, ipa), clear, set);
}

/* Four functions for each: CD, table, input */
#define DAMAGES(what)                                                   \
    static void what##_s2_invalid(QScene *f)                            \
    {                                                                   \
        change2(f, what##_ipa(f), QPTE_VALID, 0);                       \
    }                                                                   \
    static void what##_s2_beyond(QScene *f)                             \
    {                                                                   \
        change2(f, what##_ipa(f), 0, BEYOND);                           \
        f->ste.word[2] = (f->ste.word[2] & ~QSTE2_PS_MASK) | QSTE2_PS(1); \
    }                                                                   \
    static void what##_s2_not_accessed(QScene *f)                       \
    {                                                                   \
        change2(f, what##_ipa(f), QPTE_AF, 0);                          \
    }                                                                   \
    static void what##_s2_refused(QScene *f)                            \
    {                                                                   \
        change2(f, what##_ipa(f), QS2_READ | QS2_WRITE, 0);             \
    }

DAMAGES(cd)
DAMAGES(table)
DAMAGES(data)

static void cd_s2_nowhere(QScene *f)
{
    change2(f, cd_ipa(f), ADDRESS, NOWHERE);
}

static void table_s2_nowhere(QScene *f)
{
    change2(f, table_ipa(f), ADDRESS, NOWHERE);
}

/* ---- Pairs --------------------------------------------------------------- */

#define READ (&qscene_variants[QVARIANT_READ])
#define WRITE (&qscene_variants[QVARIANT_WRITE])
#define CD (QEVT1_S2 | QEVT1_CLASS_CD)
#define TT (QEVT1_S2 | QEVT1_CLASS_TT)
#define IN (QEVT1_S2 | QEVT1_CLASS_IN)
#define CLASS_AND_STAGE (QEVT1_S2 | 3ULL << 40)

/* @first and @then are caused at once; the event is that of @first. */
static const struct {
    const char *name;
    Damage *first;
    Damage *then;
    const QVariant *variant;
    unsigned type;
    uint64_t word1;             /* S2 and CLASS */
    uint64_t iova;              /* 0: IOVA */
    QSceneStages stages;        /* 0: nested */
} pairs[] = {
    { "C_BAD_STREAMID, F_STE_FETCH", l1std_invalid, l1std_nowhere, READ,
      QEVT_C_BAD_STREAMID },
    { "F_STE_FETCH, C_BAD_SUBSTREAMID", l1std_nowhere, nothing, &substream9,
      QEVT_F_STE_FETCH },
    { "C_BAD_STE, C_BAD_SUBSTREAMID", ste_invalid, nothing, &substream9,
      QEVT_C_BAD_STE },
    { "C_BAD_STE, F_STREAM_DISABLED", ste_invalid, stream_disabled, READ,
      QEVT_C_BAD_STE },
    { "C_BAD_SUBSTREAMID, stage 2 for the CD", nothing, cd_s2_invalid,
      &substream9, QEVT_C_BAD_SUBSTREAMID },
    /* That an L1CD is invalid is not known before it is read. */
    { "F_STREAM_DISABLED, C_BAD_SUBSTREAMID of an L1CD", nothing,
      l1cd_invalid, &substream0, QEVT_F_STREAM_DISABLED },
    { "F_STREAM_DISABLED, stage 2 for the CD", stream_disabled,
      cd_s2_invalid, READ, QEVT_F_STREAM_DISABLED },
    { "CD: F_TRANSLATION, F_ADDR_SIZE", cd_s2_invalid, cd_s2_beyond, READ,
      QEVT_F_TRANSLATION, CD },
    { "CD: F_ADDR_SIZE, F_ACCESS", cd_s2_beyond, cd_s2_not_accessed, READ,
      QEVT_F_ADDR_SIZE, CD },
    { "CD: F_ACCESS, F_PERMISSION", cd_s2_not_accessed, cd_s2_refused, READ,
      QEVT_F_ACCESS, CD },
    { "CD: F_PERMISSION, F_CD_FETCH", cd_s2_refused, cd_s2_nowhere, READ,
      QEVT_F_PERMISSION, CD },
    { "F_CD_FETCH, stage 1", cd_s2_nowhere, leaf_invalid, READ,
      QEVT_F_CD_FETCH },
    { "C_BAD_CD, stage 1", cd_invalid, half_disabled, READ, QEVT_C_BAD_CD },
    { "C_BAD_CD, stage 2 for a table", cd_invalid, table_s2_invalid, READ,
      QEVT_C_BAD_CD },

    { "stage 1: EPD0, F_WALK_EABT", half_disabled, root_nowhere, READ,
      QEVT_F_TRANSLATION, QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: T0SZ, F_WALK_EABT", nothing, root_nowhere, READ,
      QEVT_F_TRANSLATION, QEVT1_CLASS_IN, 1ULL << 40, QSCENE_S1 },
    { "stage 1: F_TRANSLATION, F_ADDR_SIZE of a table", table_invalid,
      table_beyond, READ, QEVT_F_TRANSLATION, QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: F_ADDR_SIZE of a table, F_WALK_EABT of the next",
      table_beyond, table_nowhere, READ, QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 0,
      QSCENE_S1 },
    { "stage 1: F_ADDR_SIZE of a table, F_ACCESS of the leaf",
      table_beyond, leaf_not_accessed, READ, QEVT_F_ADDR_SIZE,
      QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: F_TRANSLATION, F_ADDR_SIZE of a leaf", leaf_invalid,
      leaf_beyond, READ, QEVT_F_TRANSLATION, QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: F_ADDR_SIZE, F_ACCESS", leaf_beyond, leaf_not_accessed, READ,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: F_ADDR_SIZE, F_PERMISSION", leaf_beyond, leaf_read_only,
      WRITE, QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 0, QSCENE_S1 },
    { "stage 1: F_ACCESS, F_PERMISSION", leaf_not_accessed, leaf_read_only,
      WRITE, QEVT_F_ACCESS, QEVT1_CLASS_IN, 0, QSCENE_S1 },

    { "EPD0, stage 2 for a table", half_disabled, table_s2_invalid, READ,
      QEVT_F_TRANSLATION, QEVT1_CLASS_IN },
    { "table: F_TRANSLATION, F_ADDR_SIZE", table_s2_invalid, table_s2_beyond,
      READ, QEVT_F_TRANSLATION, TT },
    { "table: F_ADDR_SIZE, F_ACCESS", table_s2_beyond, table_s2_not_accessed,
      READ, QEVT_F_ADDR_SIZE, TT },
    { "table: F_ACCESS, F_PERMISSION", table_s2_not_accessed,
      table_s2_refused, READ, QEVT_F_ACCESS, TT },
    { "table: F_PERMISSION, F_WALK_EABT of stage 1", table_s2_refused,
      table_s2_nowhere, READ, QEVT_F_PERMISSION, TT },
    { "F_WALK_EABT of stage 1, stage 2 for the input", table_s2_nowhere,
      data_s2_invalid, READ, QEVT_F_WALK_EABT, QEVT1_CLASS_TT },
    { "F_TRANSLATION of stage 1, stage 2 for the input", leaf_invalid,
      data_s2_invalid, READ, QEVT_F_TRANSLATION, QEVT1_CLASS_IN },
    { "F_ADDR_SIZE of stage 1, stage 2 for the input", leaf_beyond,
      data_s2_invalid, READ, QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN },
    { "F_ACCESS of stage 1, stage 2 for the input", leaf_not_accessed,
      data_s2_invalid, READ, QEVT_F_ACCESS, QEVT1_CLASS_IN },
    { "F_PERMISSION of stage 1, stage 2 for the input", leaf_read_only,
      data_s2_invalid, WRITE, QEVT_F_PERMISSION, QEVT1_CLASS_IN },
    { "stage 2 for the CD, stage 2 for a table", cd_s2_refused,
      table_s2_invalid, READ, QEVT_F_PERMISSION, CD },
    { "stage 2 for a table, F_TRANSLATION of stage 1", table_s2_refused,
      leaf_invalid, READ, QEVT_F_PERMISSION, TT },

    { "input: F_TRANSLATION, F_ADDR_SIZE", data_s2_invalid, data_s2_beyond,
      READ, QEVT_F_TRANSLATION, IN },
    { "input: F_ADDR_SIZE, F_ACCESS", data_s2_beyond, data_s2_not_accessed,
      READ, QEVT_F_ADDR_SIZE, IN },
    { "input: F_ACCESS, F_PERMISSION", data_s2_not_accessed,
      data_s2_refused, READ, QEVT_F_ACCESS, IN },
    { "stage 2 only: F_TRANSLATION, F_ADDR_SIZE", data_s2_invalid,
      data_s2_beyond, READ, QEVT_F_TRANSLATION, IN, 0, QSCENE_S2 },
    { "stage 2 only: F_ADDR_SIZE, F_ACCESS", data_s2_beyond,
      data_s2_not_accessed, READ, QEVT_F_ADDR_SIZE, IN, 0, QSCENE_S2 },
    { "stage 2 only: F_ACCESS, F_PERMISSION", data_s2_not_accessed,
      data_s2_refused, WRITE, QEVT_F_ACCESS, IN, 0, QSCENE_S2 },
    { "stage 2 only: beyond the IAS, beyond S2T0SZ", nothing, nothing, READ,
      QEVT_F_ADDR_SIZE, QEVT1_CLASS_IN, 1ULL << 48, QSCENE_S2 },
};

/*
 * The damage is done last to first: what comes first may hide the way to the
 * rest. All is written to where it was before.
 */
static QEvent event_of(QScene *f, Damage *first, Damage *then,
                       const QVariant *variant, uint64_t iova)
{
    uint64_t l1std = qtest_readq(f->qts, f->s->stream_table);
    uint64_t ste = qsmmu_ste(f->s, QSCENE_SID);
    uint64_t cds = f->stages == QSCENE_NESTED ?
                   qtables_lookup(&f->s2, f->cd_table) : f->cd_table;
    QEvent event;
    QResult r;

    then(f);
    first(f);
    if (f->stages & QSCENE_S1) {
        qcd_write(f->s, NULL, cds, &f->cd);
        qcd_write(f->s, NULL, cds + QSCENE_SSID * QSCENE_CD_BYTES, &f->cd);
    }
    qste_store(f->s, ste, &f->ste);
    qscene_invalidate(f);
    r = qscene_access(f, variant, iova);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmpuint(qsmmu_num_events(f->s), ==, 1);
    g_assert_true(qsmmu_pop_event(f->s, &event));
    qtest_writeq(f->qts, f->s->stream_table, l1std);
    return event;
}

static void test_pairs(void)
{
    QScene f;

    qscene_start(&f, QSCENE_PROPERTIES);
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
        QEvent e;

        g_test_message("%s", pairs[i].name);
        qscene_build(&f, pairs[i].stages ? pairs[i].stages : QSCENE_NESTED);
        e = event_of(&f, pairs[i].first, pairs[i].then, pairs[i].variant,
                     pairs[i].iova ? pairs[i].iova : IOVA);
        g_assert_cmphex(qevent_type(&e), ==, pairs[i].type);
        g_assert_cmphex(e.word[1] & CLASS_AND_STAGE, ==, pairs[i].word1);
    }
    qscene_end(&f);
}

/*
 * The second of each pair alone is seen, too, where it can be: a test in which
 * it does nothing would say nothing.
 */
static void test_the_second_alone(void)
{
    QScene f;

    qscene_start(&f, QSCENE_PROPERTIES);
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
        QEvent e;

        if (pairs[i].then == nothing || pairs[i].first == nothing) {
            continue;
        }
        g_test_message("%s", pairs[i].name);
        qscene_build(&f, pairs[i].stages ? pairs[i].stages : QSCENE_NESTED);
        e = event_of(&f, nothing, pairs[i].then, pairs[i].variant, IOVA);
        g_assert_true(qevent_type(&e) != pairs[i].type ||
                      (e.word[1] & CLASS_AND_STAGE) != pairs[i].word1);
    }
    qscene_end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/events-order/first-of-two-causes", test_pairs);
    qtest_add_func("/msmmu/events-order/each-second-cause-is-one",
                   test_the_second_alone);
    return g_test_run();
}
