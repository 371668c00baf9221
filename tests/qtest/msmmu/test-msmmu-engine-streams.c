/*
 * The DMA test engine behind SMMUs: what its transactions are to an instance,
 * how they end, and what is recorded of them, one event for each that faults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "config.h"
#include "engine.h"
#include "rig.h"

#define ENGINE "-device msmmu-engine,bus=rc1,"
#define FUNCTIONS ENGINE "addr=2.0,multifunction=on " ENGINE "addr=2.1 " \
                  ENGINE "addr=2.7"
#define PROPERTIES "granules=4k,ssidsize=8,stage=nested"

/* The functions' StreamIDs */
#define SID 0x10
#define SID1 0x11
#define SID7 0x17

#define IOVA 0x10000000ULL
#define DATA QRIG_DATA
#define OTHER (QRIG_DATA + 0x100000)

#define CD_TABLE_LOG2 8
#define CD_BYTES 64

/* Words of events (7.3) */
#define EVT0_SSV (1ULL << 11)
#define EVT0_SSID(ssid) ((uint64_t)(ssid) << 12)
#define EVT1_PNU (1ULL << 33)
#define EVT1_IND (1ULL << 34)
#define EVT1_RNW (1ULL << 35)
#define EVT1_S2 (1ULL << 39)
#define EVT1_CLASS_IN (2ULL << 40)

#define QPTE_PXN (1ULL << 53)
#define QPTE_UXN (1ULL << 54)

static QRig *rig;
static QTestState *qts;
static QSmmu *s;
static QEngine engine;
static QContext context;
static uint64_t cd_table;

/* The CD of substream @ssid, 0 for transactions without one too */
static void put_cd(unsigned ssid, const QContext *c)
{
    uint64_t words[CD_BYTES / 8];

    qtest_memread(qts, c->cd, words, sizeof(words));
    qtest_memwrite(qts, cd_table + ssid * CD_BYTES, words, sizeof(words));
    qsmmu_cfgi_all(s);
}

/* Stage 1 with CDs for 8 bits of SubstreamID; those without are CD 0's. */
static void set_ste(uint64_t word1)
{
    qsmmu_set_ste(s, SID, QSTE_S1 | cd_table | (uint64_t)CD_TABLE_LOG2 << 59,
                  QSTE1_SHCFG_INCOMING | QSTE1_S1DSS(2) | word1);
}

static void start(void)
{
    const char *properties = PROPERTIES;

    rig = qrig_new(1, &properties, FUNCTIONS);
    qts = rig->qts;
    s = &rig->smmu[0];
    qsmmu_start(s);
    engine = qengine_init(&rig->rc[0], 0, SID, 1);
    qengine_set_pasid(&engine, 7);
    qengine_set_atomics(&engine, true);
    cd_table = qsmmu_alloc(s, CD_BYTES << CD_TABLE_LOG2,
                           CD_BYTES << CD_TABLE_LOG2);
    context = qcontext_new(s, &qgranules[0], 1);
    put_cd(0, &context);
    set_ste(0);
}

static void end(void)
{
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

static void map(uint64_t iova, uint64_t pa, uint64_t attrs)
{
    qcontext_map(&context, iova, pa, attrs);
    qsmmu_tlbi_all(s);
}

static void expect_status(const QResult *r, unsigned status, unsigned detail)
{
    g_assert_cmpuint(r->status, ==, status);
    g_assert_cmpuint(r->detail, ==, detail);
}

static void expect_event(unsigned type, uint32_t ssid_bits, uint64_t word1,
                         uint64_t iova)
{
    QEvent e = {};

    g_assert_true(qsmmu_pop_event(s, &e));
    g_assert_cmphex(e.word[0], ==, type | ssid_bits | (uint64_t)SID << 32);
    g_assert_cmphex(e.word[1], ==, word1);
    g_assert_cmphex(e.word[2], ==, iova);
}

/* ---- Attributes -------------------------------------------------------- */

/* All combinations, as F_TRANSLATION shows them (7.3.13) */
static void test_attributes(void)
{
    unsigned count = 0;

    start();
    for (unsigned ssid = 0; ssid < 1 << CD_TABLE_LOG2; ssid += 85) {
        put_cd(ssid, &context);
    }
    for (unsigned n = 0; n < 4 * 16; n++) {
        unsigned ssid = n / 16 * 85;
        bool privileged = n & 1, instruction = n & 2, write = n & 4;
        QJob job = {
            .op = write ? QOP_WRITE : QOP_READ, .size = 4, .addr = IOVA,
            .attr = (ssid ? QATTR_SSID(ssid) : 0) |
                    (privileged ? QATTR_PRIV : 0) |
                    (instruction ? QATTR_INST : 0) |
                    (n & 8 ? QATTR_NOSNOOP : 0),
        };
        QResult r = qengine_run(&engine, &job);

        expect_status(&r, QSTATUS_ABORTED, 0);
        g_assert_cmphex(r.fault, ==, IOVA);
        g_assert_cmpuint(r.failed, ==, 1);
        /* Writes are data. */
        expect_event(QEVT_F_TRANSLATION,
                     ssid ? EVT0_SSV | EVT0_SSID(ssid) : 0,
                     EVT1_CLASS_IN | (write ? 0 : EVT1_RNW) |
                     (instruction && !write ? EVT1_IND : 0) |
                     (privileged ? EVT1_PNU : 0), IOVA);
        count++;
    }
    g_test_message("%u combinations", count);
    end();
}

/* Who may do what with a page, and what PRIVCFG and INSTCFG make of it */
static void test_permissions(void)
{
    static const struct {
        const char *name;
        uint64_t leaf;
        uint64_t word1;         /* of the STE */
        uint32_t attr;
        bool allowed;
        uint64_t event;
    } cases[] = {
        { "privileged page, unprivileged", QPTE_RW & ~QPTE_USER, 0, 0,
          false, EVT1_RNW },
        { "privileged page, privileged", QPTE_RW & ~QPTE_USER, 0, QATTR_PRIV,
          true, 0 },
        { "privileged page, PRIVCFG unprivileged", QPTE_RW & ~QPTE_USER,
          QSTE1_PRIVCFG(2), QATTR_PRIV, false, EVT1_RNW },
        { "privileged page, PRIVCFG privileged", QPTE_RW & ~QPTE_USER,
          QSTE1_PRIVCFG(3), 0, true, 0 },
        { "fetch, UXN", QPTE_RW | QPTE_UXN, 0, QATTR_INST, false,
          EVT1_RNW | EVT1_IND },
        { "fetch, not UXN", QPTE_RW, 0, QATTR_INST, true, 0 },
        { "fetch, UXN, INSTCFG data", QPTE_RW | QPTE_UXN, QSTE1_INSTCFG(2),
          QATTR_INST, true, 0 },
        { "data, UXN, INSTCFG instruction", QPTE_RW | QPTE_UXN,
          QSTE1_INSTCFG(3), 0, false, EVT1_RNW | EVT1_IND },
        { "privileged fetch, PXN", (QPTE_RW & ~QPTE_USER) | QPTE_PXN, 0,
          QATTR_INST | QATTR_PRIV, false, EVT1_RNW | EVT1_IND | EVT1_PNU },
        { "privileged fetch, not PXN", (QPTE_RW & ~QPTE_USER) | QPTE_UXN, 0,
          QATTR_INST | QATTR_PRIV, true, 0 },
        { "privileged fetch as substream", (QPTE_RW & ~QPTE_USER) | QPTE_UXN,
          0, QATTR_INST | QATTR_PRIV | QATTR_SSID(9), true, 0 },
    };

    start();
    put_cd(9, &context);
    qtest_writeq(qts, DATA + 8, 0x0123456789abcdefULL);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        QJob job = { .op = QOP_READ, .size = 8, .addr = IOVA + 8,
                     .attr = cases[i].attr };
        QResult r;

        g_test_message("%s", cases[i].name);
        set_ste(cases[i].word1);
        map(IOVA, DATA, cases[i].leaf);
        qtest_writeq(qts, engine.local, 0);
        r = qengine_run(&engine, &job);
        if (cases[i].allowed) {
            expect_status(&r, QSTATUS_OK, 0);
            g_assert_cmphex(qtest_readq(qts, engine.local), ==,
                            0x0123456789abcdefULL);
        } else {
            expect_status(&r, QSTATUS_ABORTED, 0);
            expect_event(QEVT_F_PERMISSION, 0, EVT1_CLASS_IN | cases[i].event,
                         IOVA + 8);
            g_assert_cmphex(qtest_readq(qts, engine.local), ==, 0);
        }
    }
    end();
}

/* The same address is another one for each substream. */
static void test_substreams(void)
{
    QJob job = { .op = QOP_WRITE, .size = 8, .addr = IOVA };
    QResult r;

    start();
    for (unsigned ssid = 1; ssid < 8; ssid++) {
        QContext c = qcontext_new(s, &qgranules[0], 100 + ssid);

        qcontext_map(&c, IOVA, DATA + 0x1000 * ssid, QPTE_RW);
        put_cd(ssid, &c);
    }
    map(IOVA, DATA, QPTE_RW);
    for (unsigned ssid = 0; ssid < 8; ssid++) {
        job.attr = ssid ? QATTR_SSID(ssid) : 0;
        qtest_writeq(qts, engine.local, 0x1111 * (ssid + 1));
        qengine_run_ok(&engine, &job, 1);
    }
    for (unsigned ssid = 0; ssid < 8; ssid++) {
        g_assert_cmphex(qtest_readq(qts, DATA + 0x1000 * ssid), ==,
                        0x1111 * (ssid + 1));
    }
    /* From one to another, each range with its own */
    job = (QJob) { .op = QOP_COPY, .size = 8, .addr = IOVA, .addr2 = IOVA,
                   .attr = QATTR_SSID(5), .attr2 = QATTR_SSID(6) };
    qengine_run_ok(&engine, &job, 2);
    g_assert_cmphex(qtest_readq(qts, DATA + 0x6000), ==, 0x6666);

    /* An invalid CD; one beyond the table; SSID 0 where S1DSS = 2 */
    job = (QJob) { .op = QOP_READ, .size = 8, .addr = IOVA,
                   .attr = QATTR_SSID(8) };
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    expect_event(QEVT_C_BAD_CD, EVT0_SSV | EVT0_SSID(8), 0, 0);
    job.attr = QATTR_SSID(0x100);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    expect_event(QEVT_C_BAD_SUBSTREAMID, EVT0_SSID(0x100), 0, 0);
    job.attr = QATTR_SSID(0);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    /* 7.3.7: neither SSV nor SubstreamID */
    expect_event(QEVT_F_STREAM_DISABLED, 0, 0, 0);
    end();
}

/* ---- One event for each transaction ------------------------------------ */

static void test_event_counts(void)
{
    static const struct {
        uint32_t offset, size, count, flags, events;
        uint64_t at[4];
    } cases[] = {
        { 0, 1, 1, 0, 1, { 0 } },
        { 0, 4096, 1, 0, 1, { 0 } },
        { 0x123, 16, 1, 0, 1, { 0x123 } },
        { 0xffd, 3, 1, QFLAG_CONTINUE, 1, { 0xffd } },
        { 0xffd, 4, 1, QFLAG_CONTINUE, 2, { 0xffd, 0x1000 } },
        { 0xffd, 4, 1, 0, 1, { 0xffd } },
        { 0x800, 0x3000, 1, QFLAG_CONTINUE, 4,
          { 0x800, 0x1000, 0x2000, 0x3000 } },
        /* Adjacent, and yet transactions of their own */
        { 0x10, 1, 4, QFLAG_CONTINUE, 4, { 0x10, 0x11, 0x12, 0x13 } },
        { 0x20, 4, 3, QFLAG_CONTINUE, 3, { 0x20, 0x24, 0x28 } },
        { 0x40, 8, 4, QFLAG_CONTINUE, 4, { 0x40, 0x48, 0x50, 0x58 } },
        { 0x81, 16, 2, QFLAG_CONTINUE, 2, { 0x81, 0x91 } },
    };

    start();
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned write = 0; write < 2; write++) {
            QJob job = {
                .op = write ? QOP_WRITE : QOP_READ, .flags = cases[i].flags,
                .size = cases[i].size, .count = cases[i].count,
                .addr = IOVA + cases[i].offset,
            };
            QResult r = qengine_run(&engine, &job);

            g_test_message("case %u, %s", i, write ? "write" : "read");
            expect_status(&r, QSTATUS_ABORTED, 0);
            g_assert_cmpuint(r.failed, ==, cases[i].events);
            g_assert_cmpuint(r.transactions, ==, cases[i].events);
            g_assert_cmphex(r.fault, ==, IOVA + cases[i].at[0]);
            g_assert_cmpuint(qsmmu_num_events(s), ==, cases[i].events);
            for (unsigned j = 0; j < cases[i].events; j++) {
                expect_event(QEVT_F_TRANSLATION, 0,
                             EVT1_CLASS_IN | (write ? 0 : EVT1_RNW),
                             IOVA + cases[i].at[j]);
            }
        }
    }
    end();
}

/* A marked transaction is no part of an unmarked one, nor divides it. */
static void test_marked_between(void)
{
    const QJob jobs[] = {
        { .op = QOP_READ, .size = 8, .addr = IOVA, .count = 1,
          .flags = QFLAG_UNMARKED },
        { .op = QOP_READ, .size = 8, .addr = IOVA + 0x100, .count = 1 },
        { .op = QOP_READ, .size = 8, .addr = IOVA + 8, .count = 1,
          .flags = QFLAG_UNMARKED },
    };

    start();
    /* All in one turn */
    for (unsigned i = 0; i < 3; i++) {
        qjob_write(&engine, qengine_slot(&engine, i), &jobs[i]);
    }
    qengine_ring_writel(&engine, 0, QRING_PROD, 3);
    g_assert_cmphex(qengine_ring_wait(&engine, 0), ==, QRING_IDLE);
    for (unsigned i = 0; i < 3; i++) {
        expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW,
                     jobs[i].addr);
    }
    end();
}

/* Only what faults does: pages 0, 2 and 4 of 5 are there. */
static void test_continue(void)
{
    QJob job = { .op = QOP_COPY, .flags = QFLAG_CONTINUE, .size = 0x5000,
                 .addr = IOVA, .addr2 = IOVA + 0x100000 };
    QResult r;

    start();
    for (unsigned page = 0; page < 5; page++) {
        uint64_t pa = DATA + 0x1000 * page;

        qtest_memset(qts, pa, 0x10 + page, 0x1000);
        map(IOVA + 0x1000 * page, pa, page % 2 ? 0 : QPTE_RW);
        map(IOVA + 0x100000 + 0x1000 * page, OTHER + 0x1000 * page, QPTE_RW);
    }
    qtest_memset(qts, OTHER, 0xee, 0x5000);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    g_assert_cmpuint(r.failed, ==, 2);
    g_assert_cmpuint(r.transactions, ==, 5 + 3);
    g_assert_cmphex(r.fault, ==, IOVA + 0x1000);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW,
                 IOVA + 0x1000);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW,
                 IOVA + 0x3000);
    /* What could not be read was not written. */
    for (unsigned page = 0; page < 5; page++) {
        g_assert_cmphex(qtest_readb(qts, OTHER + 0x1000 * page + 0xfff), ==,
                        page % 2 ? 0xee : 0x10 + page);
    }
    end();
}

/* ---- How they end ------------------------------------------------------ */

/* CD.A = 0: reads are zero and writes ignored, and the engine can tell. */
static void test_raz_wi(void)
{
    QJob job = { .op = QOP_READ, .size = 8, .addr = IOVA };
    QResult r;

    start();
    qcontext_change_cd(&context, QCD_A, 0);
    put_cd(0, &context);
    qtest_writeq(qts, engine.local, 0x55);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_TERMINATED, 0);
    g_assert_cmphex(r.fault, ==, IOVA);
    g_assert_cmphex(qtest_readq(qts, engine.local), ==, 0);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW, IOVA);
    job.op = QOP_WRITE;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_TERMINATED, 0);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN, IOVA);
    job.op = QOP_ADD;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_TERMINATED, 0);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN, IOVA);

    /* Other devices cannot tell. */
    job = (QJob) { .op = QOP_READ, .size = 16, .addr = IOVA,
                   .flags = QFLAG_UNMARKED };
    qengine_run_ok(&engine, &job, 1);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW, IOVA);

    qcontext_change_cd(&context, 0, QCD_A);
    put_cd(0, &context);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW, IOVA);
    job.flags = 0;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW, IOVA);
    end();
}

/* Translated, to where nothing is; and no master at all */
static void test_other_aborts(void)
{
    QJob job = { .op = QOP_READ, .size = 8, .addr = IOVA };
    QResult r;

    start();
    map(IOVA, 0x3f000000, QPTE_RW);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    map(IOVA, DATA, QPTE_RW);
    qengine_run_ok(&engine, &job, 1);
    qrc_config_writew(&engine.rc, 0, SID, 4, 2);    /* Memory, not Master */
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 1);
    job.flags = QFLAG_UNMARKED;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 1);
    end();
}

/* Read-only pages: a write fault, whatever else it is (13.1.1) */
static void test_atomics(void)
{
    QJob job = { .op = QOP_ADD, .size = 8, .addr = IOVA, .operand = 1,
                 .attr = QATTR_INST | QATTR_PRIV };
    QResult r;

    start();
    qtest_writeq(qts, DATA, 41);
    map(IOVA, DATA, QPTE_RW | QPTE_READ_ONLY);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    expect_event(QEVT_F_PERMISSION, 0, EVT1_CLASS_IN | EVT1_PNU, IOVA);
    job.flags = QFLAG_UNMARKED;
    job.attr = 0;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    expect_event(QEVT_F_PERMISSION, 0, EVT1_CLASS_IN, IOVA);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, 41);
    /* The read comes first, and is the only one. */
    map(IOVA, DATA, 0);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW, IOVA);
    map(IOVA, DATA, QPTE_RW);
    qengine_run_ok(&engine, &job, 1);
    job.flags = 0;
    r = qengine_run_ok(&engine, &job, 1);
    g_assert_cmpuint(r.result, ==, 42);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, 43);
    end();
}

/* Of a page that stage 2 lets be written only, it is the read that lacks. */
static void test_atomics_need_read(void)
{
    QJob job = { .op = QOP_ADD, .size = 4, .addr = IOVA, .operand = 1 };
    QTables t;
    QSte ste;
    QResult r;

    start();
    t = qtables_stage2(s, 12, 40, 1);
    qtables_map(&t, IOVA, DATA, QS2_RW & ~QS2_READ, 3);
    ste = qste_stage2(&t, 7, 48);
    qste_write(s, SID, &ste);
    qtest_writel(qts, DATA, 5);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 0);
    expect_event(QEVT_F_PERMISSION, 0, EVT1_CLASS_IN | EVT1_S2 | EVT1_RNW,
                 IOVA);
    g_assert_cmphex(qtest_readl(qts, DATA), ==, 5);
    job.op = QOP_FILL;
    qengine_run_ok(&engine, &job, 1);
    g_assert_cmphex(qtest_readl(qts, DATA), ==, 1);
    end();
}

/* ---- Several functions ------------------------------------------------- */

/* Each has a StreamID of its own, and nobody sees the others'. */
static void test_functions(void)
{
    const uint8_t sids[] = { SID, SID1, SID7 };
    QEngine e[3];
    uint32_t number[3];
    QResult r;
    QEvent event;

    start();
    for (unsigned i = 0; i < 3; i++) {
        e[i] = qengine_init(&rig->rc[0], 0, sids[i], 1 + i);
        g_assert_cmphex(qengine_readl(&e[i], QENGINE_REQUESTER), ==, sids[i]);
        g_assert_cmphex(qengine_readl(&e[i], QENGINE_BUS), ==, 2);
        qtest_writeq(qts, e[i].local, 0x1111111111111111ULL * (i + 1));
    }
    map(DATA, OTHER, QPTE_RW);
    qsmmu_set_ste(s, SID1, QSTE_BYPASS, QSTE1_SHCFG_INCOMING);
    qsmmu_set_ste(s, SID7, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        QJob job = { .op = QOP_WRITE, .size = 8, .addr = DATA };

        number[i] = qengine_post(&e[i], &job);
    }
    r = qengine_finish(&e[0], number[0]);
    expect_status(&r, QSTATUS_OK, 0);
    r = qengine_finish(&e[1], number[1]);
    expect_status(&r, QSTATUS_OK, 0);
    r = qengine_finish(&e[2], number[2]);
    expect_status(&r, QSTATUS_ABORTED, 0);
    event = qsmmu_expect_event(s, QEVT_C_BAD_STE, SID7);
    g_assert_cmphex(event.word[0], ==, 0x0000001700000004ULL);
    g_assert_cmphex(qtest_readq(qts, OTHER), ==, 0x1111111111111111ULL);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0x2222222222222222ULL);
    end();
}

/* ---- Rings behind the SMMU --------------------------------------------- */

static void test_rings(void)
{
    QJob job = { .op = QOP_FILL, .size = 8, .count = 1, .addr = IOVA,
                 .operand = 7 };
    QContext c;
    QResult r;

    start();
    c = qcontext_new(s, &qgranules[0], 77);
    qcontext_map(&c, IOVA + 0x5000, DATA + 0x5000, QPTE_RW);
    put_cd(3, &c);
    map(IOVA, DATA, QPTE_RW);

    /* The ring is in substream 3, its descriptor's data are not. */
    qjob_write(&engine, DATA + 0x5000, &job);
    qengine_ring_enable(&engine, 1, IOVA + 0x5000, 0, 0, QATTR_SSID(3));
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_IDLE);
    r = qjob_result(&engine, DATA + 0x5000);
    expect_status(&r, QSTATUS_OK, 0);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 7);

    /* It cannot be read without: one event, and a halt. */
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, IOVA + 0x5000, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(1));
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_CONS), ==, 0);
    expect_event(QEVT_F_TRANSLATION, 0, EVT1_CLASS_IN | EVT1_RNW,
                 IOVA + 0x5000);

    /* It can be read, not written: the results begin at byte 88. */
    map(IOVA + 0x5000, DATA + 0x5000, QPTE_RW | QPTE_READ_ONLY);
    qjob_write(&engine, DATA + 0x5000, &job);
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, IOVA + 0x5000, 0, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(2));
    expect_event(QEVT_F_PERMISSION, 0, EVT1_CLASS_IN, IOVA + 0x5000 + 88);
    r = qjob_result(&engine, DATA + 0x5000);
    expect_status(&r, QSTATUS_NONE, 0);

    /* Its attributes cannot be used. */
    qengine_set_pasid(&engine, 0);
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, IOVA + 0x5000, 0, 0, QATTR_SSID(3));
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(4));
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("attributes-are-in-events", test_attributes);
    ADD("attributes-decide-about-permissions", test_permissions);
    ADD("substreams-have-tables-of-their-own", test_substreams);
    ADD("one-event-for-each-transaction", test_event_counts);
    ADD("marked-transactions-between-unmarked-ones", test_marked_between);
    ADD("continue-goes-on-after-faults", test_continue);
    ADD("raz-wi-is-told-from-abort", test_raz_wi);
    ADD("aborts-of-others-record-nothing", test_other_aborts);
    ADD("atomics-need-both-permissions", test_atomics);
    ADD("atomics-of-write-only-pages-lack-the-read", test_atomics_need_read);
    ADD("functions-have-streams-of-their-own", test_functions);
    ADD("rings-are-behind-the-smmu-too", test_rings);
#undef ADD
    return g_test_run();
}
