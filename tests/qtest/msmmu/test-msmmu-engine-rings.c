/*
 * Rings of the DMA test engine: descriptors that cannot be done, halts,
 * interrupts, absurd numbers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "engine.h"
#include "its.h"
#include "rig.h"

#define ENGINE "-device msmmu-engine,id=e,bus=rc1,"
#define ARGS QRIG_MACHINE "-device msmmu-rc,id=rc1 "
#define DATA QRIG_DATA
#define OTHER (QRIG_DATA + 0x1000000)
#define RING 0x45000000ULL
#define ITS_TABLES 0x46000000ULL
#define LPI_TABLES 0x47000000ULL
/* In the window of virt's platform bus, where nothing is */
#define NOWHERE 0x3f000000ULL

static QTestState *qts;
static QRc rc;
static QEngine engine;

static void start_with(const char *more)
{
    g_autofree char *args = g_strconcat(ARGS ENGINE "addr=1", more, NULL);

    qts = qtest_init(args);
    rc = qrc_get(qts, 0);
    engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
}

static void start(void)
{
    start_with("");
}

static void end(void)
{
    qtest_quit(qts);
}

/* ---- Descriptors that cannot be done ----------------------------------- */

static void test_bad_descriptors(void)
{
    static const struct {
        const char *name;
        QJob job;
        unsigned status, detail;
        uint64_t transactions;
    } cases[] = {
        { "operation 12", { .op = 12 }, 5, 1 },
        { "operation 255", { .op = 255 }, 5, 1 },
        { "pattern 4", { .op = QOP_READ, .pattern = 4 }, 5, 2 },
        { "pattern 15 of the second range", { .pattern2 = 15 }, 5, 2 },
        { "reserved flag 19", { .flags = 1u << 19 }, 5, 3 },
        { "reserved flag 31", { .flags = 1u << 31 }, 5, 3 },
        { "reserved attribute 24", { .attr = 1u << 24 }, 5, 3 },
        { "reserved attribute 31", { .attr2 = 1u << 31 }, 5, 3 },
        { "SSID without SSV", { .op = QOP_READ, .attr = 1 }, 5, 3 },
        { "SSID without SSV, second range", { .attr2 = 0x80000 }, 5, 3 },
        { "atomic of 1 byte", { .op = QOP_ADD, .size = 1 }, 5, 4 },
        { "atomic of 16 bytes", { .op = QOP_CAS, .size = 16 }, 5, 4 },
        { "atomic of no byte", { .op = QOP_SWAP, .size = 0 }, 5, 4 },
        { "atomic askew", { .op = QOP_ADD, .size = 8, .addr = DATA + 4 }, 5,
          5 },
        { "atomic askew across pages",
          { .op = QOP_ADD, .size = 8, .addr = DATA + 0xffc }, 5, 5 },
        { "the third atomic askew",
          { .op = QOP_ADD, .pattern = QPATTERN_SCATTER, .count = 3,
            .addr = 0x100 }, 5, 5, 2 },
        { "the third of 3 bytes",
          { .op = QOP_ADD, .pattern = QPATTERN_SCATTER, .count = 3,
            .addr = 0x200 }, 5, 4, 2 },
        { "list askew",
          { .op = QOP_READ, .pattern = QPATTERN_SCATTER, .addr = 0x108 }, 5,
          6 },
        { "list with an empty entry",
          { .op = QOP_READ, .pattern = QPATTERN_SCATTER, .count = 4,
            .addr = 0x200 }, 5, 6, 3 },
        { "list with a reserved bit",
          { .op = QOP_READ, .pattern = QPATTERN_SCATTER, .count = 4,
            .addr = 0x100 }, 5, 6, 3 },
        { "list beside a range without size",
          { .op = QOP_COPY, .pattern = QPATTERN_SCATTER, .addr = 0x100,
            .addr2 = OTHER }, 5, 6 },
        { "SSV without an SMMU",
          { .op = QOP_READ, .size = 1, .attr = QATTR_SSID(0) }, 4, 1 },
        { "PRIV without an SMMU",
          { .op = QOP_READ, .size = 1, .attr = QATTR_PRIV }, 4, 1 },
        { "INST without an SMMU, second range",
          { .op = QOP_COPY, .size = 1, .attr2 = QATTR_INST }, 4, 1 },
        { "nothing there", { .op = QOP_WRITE, .size = 1, .addr = NOWHERE }, 2,
          2, 1 },
    };

    start();
    qengine_set_atomics(&engine, true);
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned list = 0x100; list <= 0x200; list += 0x100) {
            qtest_writeq(qts, engine.local + list + 16 * i, DATA + 8 * i);
            qtest_writeq(qts, engine.local + list + 16 * i + 8, 8);
        }
    }
    qtest_writeq(qts, engine.local + 0x100 + 32, DATA + 1);
    qtest_writeq(qts, engine.local + 0x200 + 40, 3);
    qtest_writeq(qts, engine.local + 0x200 + 56, 0);
    qtest_writeq(qts, engine.local + 0x100 + 56, 1ULL << 32 | 8);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        QResult r = qengine_run(&engine, &cases[i].job);

        g_test_message("%s", cases[i].name);
        g_assert_cmpuint(r.status, ==, cases[i].status);
        g_assert_cmpuint(r.detail, ==, cases[i].detail);
        g_assert_cmpuint(r.transactions, ==, cases[i].transactions);
    }
    end();
}

/* ---- Rings ------------------------------------------------------------- */

/* In memory, four descriptors, ten times round */
static void test_wrap(void)
{
    QJob job = { .op = QOP_FILL, .size = 8, .count = 1 };
    uint32_t prod = 0;

    start();
    qengine_ring_enable(&engine, 2, RING, 2, 0, 0);
    for (unsigned round = 0; round < 20; round++) {
        unsigned num = 1 + round % 4;

        for (unsigned i = 0; i < num; i++, prod++) {
            job.addr = DATA + 8 * prod;
            job.operand = 0x1000 + prod;
            qjob_write(&engine, RING + prod % 4 * 128, &job);
        }
        qengine_ring_writel(&engine, 2, QRING_PROD, prod);
        g_assert_cmphex(qengine_ring_wait(&engine, 2), ==, QRING_IDLE);
        g_assert_cmpuint(qengine_ring_readl(&engine, 2, QRING_CONS), ==, prod);
    }
    g_assert_cmpuint(prod, ==, 50);
    for (unsigned i = 0; i < prod; i++) {
        g_assert_cmphex(qtest_readq(qts, DATA + 8 * i), ==, 0x1000 + i);
    }
    g_assert_cmpuint(qengine_readq(&engine, QENGINE_RING(2) +
                                            QRING_TRANSACTIONS), ==, prod);
    g_assert_cmpuint(qengine_readq(&engine, QENGINE_RING(2) + QRING_BYTES),
                     ==, 8 * prod);
    g_assert_cmpuint(qengine_readq(&engine, QENGINE_RING(2) + QRING_TIME), >,
                     0);
    end();
}

static void test_halts(void)
{
    QJob job = { .op = QOP_NOP };

    start();
    qengine_ring_enable(&engine, 1, NOWHERE, 3, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(1));
    /* It stays so until it is disabled. */
    qengine_ring_writel(&engine, 1, QRING_PROD, 2);
    qengine_ring_writel(&engine, 1, QRING_CTRL, QRING_ENABLE);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(1));
    g_assert_cmpuint(qengine_ring_readl(&engine, 1, QRING_CONS), ==, 0);

    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    g_assert_cmphex(qengine_ring_readl(&engine, 1, QRING_STATUS), ==, 0);
    for (unsigned i = 0; i < 8; i++) {
        qjob_write(&engine, RING + 128 * i, &job);
    }
    qengine_ring_enable(&engine, 1, RING, 3, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 8);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_IDLE);
    qengine_ring_writel(&engine, 1, QRING_PROD, 17);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(3));
    g_assert_cmpuint(qengine_ring_readl(&engine, 1, QRING_CONS), ==, 8);
    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, RING, 3, 0, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, -1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(3));

    qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
    qengine_ring_enable(&engine, 1, RING, 3, 0, QATTR_PRIV);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(4));
    end();
}

/* Vector n of a function is for its ring n, as the ITS sees it. */
static void test_msix(void)
{
    QJob job = { .op = QOP_NOP, .count = 1 };
    QEngine e[2];
    QIts its;

    start_with(".0,multifunction=on -device msmmu-engine,bus=rc1,addr=1.1");
    qits_enable_lpis(qts, LPI_TABLES);
    its = qits_init(qts, rc.its, ITS_TABLES);
    for (unsigned i = 0; i < 2; i++) {
        e[i] = qengine_init(&rc, 0, 0x08 + i, i);
        qits_map(&its, 0x08 + i, QITS_FIRST_LPI + 2 * i);
        /* Rings 1 and 3 */
        for (unsigned event = 0; event < 2; event++) {
            unsigned n = 1 + 2 * event;

            qengine_msix_setup(&e[i], n, qits_doorbell(&its), event);
            qengine_ring_enable(&e[i], n, RING + 0x1000 * (4 * i + n), 1,
                                QRING_IRQ, 0);
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        unsigned n = 1 + 2 * (i % 2);
        uint64_t ring = RING + 0x1000 * (4 * (i / 2) + n);

        /* The first without, the second with IRQ */
        job.flags = 0;
        qjob_write(&e[i / 2], ring, &job);
        qengine_ring_writel(&e[i / 2], n, QRING_PROD, 1);
        g_assert_cmphex(qengine_ring_wait(&e[i / 2], n), ==, QRING_IDLE);
        g_assert_false(qits_lpi_pending(qts, LPI_TABLES, QITS_FIRST_LPI + i));
        job.flags = QFLAG_IRQ;
        qjob_write(&e[i / 2], ring + 128, &job);
        qengine_ring_writel(&e[i / 2], n, QRING_PROD, 2);
        g_assert_cmphex(qengine_ring_wait(&e[i / 2], n), ==, QRING_IDLE);
        for (unsigned j = 0; j < 4; j++) {
            g_assert_cmpint(qits_lpi_pending(qts, LPI_TABLES,
                                             QITS_FIRST_LPI + j), ==, j <= i);
        }
    }
    end();
}

/* A halt signals, too; without CTRL.IRQ nothing does. */
static void test_msix_of_halts(void)
{
    QJob job = { .op = QOP_NOP, .flags = QFLAG_IRQ };
    QIts its;

    start();
    qits_enable_lpis(qts, LPI_TABLES);
    its = qits_init(qts, rc.its, ITS_TABLES);
    qits_map(&its, QRIG_DEVFN, QITS_FIRST_LPI);
    qengine_msix_setup(&engine, 0, qits_doorbell(&its), 0);
    qengine_msix_setup(&engine, 1, qits_doorbell(&its), 1);
    qengine_run_ok(&engine, &job, 0);
    g_assert_false(qits_lpi_pending(qts, LPI_TABLES, QITS_FIRST_LPI));
    qengine_ring_enable(&engine, 1, NOWHERE, 0, QRING_IRQ, 0);
    qengine_ring_writel(&engine, 1, QRING_PROD, 1);
    g_assert_cmphex(qengine_ring_wait(&engine, 1), ==, QRING_HALTED_BY(1));
    g_assert_true(qits_lpi_pending(qts, LPI_TABLES, QITS_FIRST_LPI + 1));
    end();
}

/* ---- Absurd numbers ---------------------------------------------------- */

/* Out of the way of what absurd descriptors write, and of the local memory */
#define SMALL_RING 0x41000000ULL
#define SMALL_DATA 0x42000000ULL

/* Ring 2 does something, in memory. */
static void do_something(uint32_t number)
{
    QJob job = { .op = QOP_FILL, .size = 8, .count = 1, .addr = SMALL_DATA,
                 .operand = number };

    qjob_write(&engine, SMALL_RING, &job);
    qengine_ring_writel(&engine, 2, QRING_PROD, number);
    g_assert_cmphex(qengine_ring_wait(&engine, 2), ==, QRING_IDLE);
    g_assert_cmphex(qtest_readq(qts, SMALL_DATA), ==, number);
}

/* Eight entries of a list, as large as can be, where no memory is */
static void write_absurd_list(uint32_t size)
{
    for (unsigned i = 0; i < 8; i++) {
        qtest_writeq(qts, engine.local + 16 * i, 1ULL << 60);
        qtest_writeq(qts, engine.local + 16 * i + 8, size);
    }
}

/*
 * The largest numbers that can be written: the emulator answers all the time,
 * other rings go on, and disabling ends it.
 */
static void test_absurd(void)
{
    uint32_t number = 0;
    uint64_t before;

    start();
    qengine_set_atomics(&engine, true);
    qengine_ring_enable(&engine, 2, SMALL_RING, 0, 0, 0);
    for (unsigned n = 0; n < QOP_CAS * 4; n++) {
        unsigned op = 1 + n / 4, pattern = n % 4;
        bool list = pattern == QPATTERN_SCATTER;
        uint32_t size = op >= QOP_ADD ? 8 : UINT32_MAX;
        QJob job = {
            .op = op, .pattern = pattern, .pattern2 = pattern, .size = size,
            .flags = QFLAG_CONTINUE, .count = list ? 8 : UINT32_MAX,
            .addr = list ? 0 : DATA, .step = 0x100000,
            .addr2 = list ? 0 : DATA, .step2 = 0x100000, .operand = 1,
        };
        bool ends = list && op >= QOP_ADD;

        write_absurd_list(size);
        qjob_write(&engine, RING, &job);
        qengine_ring_enable(&engine, 1, RING, 0, 0, 0);
        qengine_ring_writel(&engine, 1, QRING_PROD, 1);
        for (unsigned i = 0; i < 10; i++) {
            do_something(++number);
        }
        g_assert_cmphex(qengine_readl(&engine, QENGINE_STATUS), ==,
                        ends ? 0 : 2);
        qengine_ring_writel(&engine, 1, QRING_CTRL, 0);
        before = qengine_readq(&engine, QENGINE_RING(1) + QRING_TRANSACTIONS);
        g_assert_cmpuint(before, >, 0);
        do_something(++number);
        g_assert_cmpuint(qengine_readq(&engine, QENGINE_RING(1) +
                                                QRING_TRANSACTIONS), ==,
                         before);
        /* What was not completed says so. */
        g_assert_cmphex(qtest_readb(qts, RING + 120), ==,
                        ends ? QSTATUS_ABORTED : QSTATUS_NONE);
    }
    end();
}

/* A ring of 65536 descriptors that do nothing; COUNT or SIZE of 0 */
static void test_nothing(void)
{
    QJob job = { .op = QOP_READ, .size = 0, .count = UINT32_MAX,
                 .addr = NOWHERE };

    start();
    qjob_write(&engine, RING, &job);
    job = (QJob) { .op = QOP_COPY, .size = UINT32_MAX, .addr = NOWHERE };
    qjob_write(&engine, RING + 128, &job);
    qtest_memset(qts, RING + 256, 0, 0x800000 - 256);
    qengine_ring_enable(&engine, 3, RING, 16, 0, 0);
    qengine_ring_writel(&engine, 3, QRING_PROD, 0x10000);
    g_assert_cmphex(qengine_ring_wait(&engine, 3), ==, QRING_IDLE);
    g_assert_cmphex(qengine_ring_readl(&engine, 3, QRING_CONS), ==, 0x10000);
    g_assert_cmphex(qengine_readq(&engine, QENGINE_RING(3) +
                                           QRING_TRANSACTIONS), ==, 0);
    for (unsigned i = 0; i < 0x10000; i += i < 3 ? 1 : 4091) {
        g_assert_cmphex(qtest_readq(qts, RING + 128 * i + 120), ==, 1);
    }
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("bad-descriptors-say-what-is-wrong", test_bad_descriptors);
    ADD("rings-wrap", test_wrap);
    ADD("rings-halt-and-recover", test_halts);
    ADD("msix-vector-for-each-ring-of-each-function", test_msix);
    ADD("msix-of-halts", test_msix_of_halts);
    ADD("absurd-numbers-do-not-hang-the-emulator", test_absurd);
    ADD("descriptors-without-transactions", test_nothing);
#undef ADD
    return g_test_run();
}
