/*
 * The DMA test engine against its data sheet, with nothing between it and
 * memory: configuration space, registers, operations, patterns, sizes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pci_regs.h"
#include "engine.h"
#include "rig.h"

#define ENGINE "-device msmmu-engine,bus=rc1,"
#define DATA QRIG_DATA
#define OTHER (QRIG_DATA + 0x1000000)
/* In the window of virt's platform bus, where nothing is */
#define NOWHERE 0x3f000000ULL

static QTestState *qts;
static QRc rc;
static QEngine engine;

static void start(const char *more)
{
    g_autofree char *args = g_strdup_printf(QRIG_MACHINE
                                            "-device msmmu-rc,id=rc1 "
                                            ENGINE "addr=1%s", more);

    qts = qtest_init(args);
    rc = qrc_get(qts, 0);
    engine = qengine_init(&rc, 0, QRIG_DEVFN, 0);
}

static void end(void)
{
    qtest_quit(qts);
}

static uint8_t pattern(uint64_t i, uint8_t seed)
{
    return seed ^ i * 7 ^ i >> 8 ^ i >> 16;
}

static void put(uint64_t pa, uint32_t len, uint8_t seed)
{
    g_autofree uint8_t *buf = g_malloc(len);

    for (uint32_t i = 0; i < len; i++) {
        buf[i] = pattern(i, seed);
    }
    qtest_memwrite(qts, pa, buf, len);
}

static void check(uint64_t pa, uint32_t len, uint8_t seed)
{
    g_autofree uint8_t *buf = g_malloc(len);

    qtest_memread(qts, pa, buf, len);
    for (uint32_t i = 0; i < len; i++) {
        g_assert_cmphex(buf[i], ==, pattern(i, seed));
    }
}

/* ---- The function ------------------------------------------------------ */

static void test_config_space(void)
{
    uint8_t express, msix;

    start(",multifunction=on " ENGINE "addr=1.3,pasid-bits=0 ");
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x00), ==, 0x11f31234);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x08), ==, 0x00ff0001);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x0c) >> 16, ==, 0x0080);
    for (unsigned bar = 0; bar < 6; bar++) {
        static const uint32_t sizes[] = {
            0xffff0000, 0, 0xffff0000, 0, 0xfffff000, 0
        };

        qrc_config_writel(&rc, 0, 0x08, 0x10 + 4 * bar, UINT32_MAX);
        g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x10 + 4 * bar), ==,
                        sizes[bar]);
    }
    /* No INTx */
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x3c) >> 8 & 0xff, ==, 0);

    express = qrc_find_capability(&rc, 0, 0x08, PCI_CAP_ID_EXP);
    /* Version 2, Root Complex Integrated Endpoint; FLR */
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, express) >> 16 & 0xff, ==,
                    0x92);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, express + 4) & 1 << 28, ==,
                    1 << 28);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, express + 8) & 1 << 11, ==,
                    1 << 11);
    /* End-End TLP Prefixes: Linux enables no PASID without */
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, express + 0x24) & 1 << 21,
                    ==, 1 << 21);
    msix = qrc_find_capability(&rc, 0, 0x08, PCI_CAP_ID_MSIX);
    /* Four vectors; table in BAR 4 */
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, msix) >> 16, ==, 3);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, msix + 4), ==, 4);

    /* PASID: 20 bits, privileged, execute; then ACS without any bit */
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x100), ==, 0x1081001b);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x104), ==, 0x00001406);
    qrc_config_writel(&rc, 0, 0x08, 0x104, UINT32_MAX);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x104), ==, 0x00071406);

    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x0b, 0x00), ==, 0x11f31234);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x108), ==, 0x0001000d);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x10c), ==, 0);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x0b, 0x100), ==, 0x0001000d);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x0b, 0x104), ==, 0);
    end();

    /* A function alone in its slot has no ACS. */
    start(" " ENGINE "addr=2,pasid-bits=0 ");
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x08, 0x100), ==, 0x0001001b);
    g_assert_cmphex(qrc_config_readl(&rc, 0, 0x10, 0x100), ==, 0);
    end();
}

static void test_registers(void)
{
    static const uint32_t ids[] = {
        0x454d534d, 0x00010001, 0x3, 0x07101004, 0, 0, 0, 0x0008, 0
    };

    start(" " ENGINE "addr=2,pasid-bits=0 ");
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++) {
        g_assert_cmphex(qengine_readl(&engine, 4 * i), ==, ids[i]);
        qengine_writel(&engine, 4 * i, ~1u);
        g_assert_cmphex(qengine_readl(&engine, 4 * i), ==, ids[i]);
    }
    engine = qengine_init(&rc, 0, 0x10, 1);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_FEATURES), ==, 1);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_REQUESTER), ==, 0x10);

    for (unsigned n = 1; n < 4; n++) {
        uint32_t ring = QENGINE_RING(n);

        for (unsigned reg = 0; reg < 0x100; reg += 4) {
            g_assert_cmphex(qengine_readl(&engine, ring + reg), ==, 0);
            if (reg != QRING_CTRL) {
                qengine_writel(&engine, ring + reg, UINT32_MAX);
            }
        }
        g_assert_cmphex(qengine_readq(&engine, ring + QRING_BASE), ==,
                        ~0x7full);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_SIZE), ==, 16);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_ATTR), ==,
                        0xffffff);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_STATUS), ==, 0);
        qengine_writeq(&engine, ring + QRING_TIME, 0x123456789abcdef0ULL);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_TIME + 4), ==,
                        0x12345678);
        /* PROD begins at 0; what a ring depends on stays. */
        qengine_writel(&engine, ring + QRING_CTRL, UINT32_MAX);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_PROD), ==, 0);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_CTRL), ==, 7);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_STATUS), ==, 1);
        qengine_writeq(&engine, ring + QRING_BASE, 0);
        qengine_writel(&engine, ring + QRING_SIZE, 0);
        qengine_writel(&engine, ring + QRING_ATTR, 0);
        qengine_writel(&engine, ring + QRING_CTRL, QRING_ENABLE);
        g_assert_cmphex(qengine_readq(&engine, ring + QRING_BASE), ==,
                        ~0x7full);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_SIZE), ==, 16);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_ATTR), ==,
                        0xffffff);
        g_assert_cmphex(qengine_readl(&engine, ring + QRING_CTRL), ==, 3);
    }
    g_assert_cmphex(qengine_readl(&engine, QENGINE_RING(4)), ==, 0);
    qengine_writel(&engine, QENGINE_CTRL, 1);
    g_assert_cmphex(qengine_readl(&engine, QENGINE_RING(1) + QRING_STATUS),
                    ==, 0);
    g_assert_cmphex(qengine_readq(&engine, QENGINE_RING(1) + QRING_TIME), ==,
                    0);
    end();
}

/* ---- Sizes ------------------------------------------------------------- */

/* From 1 byte up, at the edges of pages: what arrives, and in how many parts */
static void test_sizes(void)
{
    static const uint32_t sizes[] = {
        1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 100, 2048, 4095, 4096,
        4097, 8191, 8192, 12289, 0x8001
    };
    static const uint32_t offsets[] = { 0, 1, 7, 0x800, 0xff8, 0xffd, 0xfff };

    start("");
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (unsigned j = 0; j < ARRAY_SIZE(offsets); j++) {
            uint32_t size = sizes[i];
            uint64_t from = DATA + offsets[j];
            uint64_t to = OTHER + offsets[ARRAY_SIZE(offsets) - 1 - j];
            unsigned parts = (offsets[j] + size + 4095) / 4096;
            unsigned parts_to = ((to & 0xfff) + size + 4095) / 4096;
            QJob read = { .op = QOP_READ, .size = size, .addr = from,
                          .local = 0x1003 };
            QJob write = { .op = QOP_WRITE, .size = size, .addr = to,
                           .local = 0x1003 };

            put(from, size, i + j);
            qtest_memset(qts, to - 1, 0xa5, size + 2);
            qengine_run_ok(&engine, &read, parts);
            qengine_run_ok(&engine, &write, parts_to);
            check(to, size, i + j);
            g_assert_cmphex(qtest_readb(qts, to - 1), ==, 0xa5);
            g_assert_cmphex(qtest_readb(qts, to + size), ==, 0xa5);
        }
    }
    end();
}

/* Destinations are cut at their own pages, and where the source was cut. */
static void test_copy(void)
{
    static const struct {
        uint32_t from, to, size, count, transactions;
    } cases[] = {
        { 0, 0, 1, 1, 2 },
        { 0, 0, 0x1000, 1, 2 },
        { 0, 0x800, 0x1000, 1, 3 },         /* 1 + 2 */
        { 0x800, 0, 0x1000, 1, 4 },         /* 2 + 2: 800, 800 */
        { 0x800, 0x400, 0x1000, 1, 5 },     /* 800: 800; 800: 400, 400 */
        { 0xfff, 0xffe, 3, 1, 5 },          /* 1: 1; 2: 1, 1 */
        { 0, 0, 8, 1000, 2000 },
        { 0xffc, 0, 8, 1, 4 },
    };

    start("");
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t len = cases[i].size * cases[i].count;
        QJob job = {
            .op = QOP_COPY, .size = cases[i].size, .count = cases[i].count,
            .addr = DATA + cases[i].from, .addr2 = OTHER + cases[i].to,
        };

        g_test_message("case %u", i);
        put(DATA + cases[i].from, len, i);
        qtest_memset(qts, OTHER + cases[i].to, 0, len);
        qengine_run_ok(&engine, &job, cases[i].transactions);
        check(OTHER + cases[i].to, len, i);
        job.op = QOP_COMPARE;
        qengine_run_ok(&engine, &job, cases[i].transactions);
    }
    end();
}

/* ---- Operations -------------------------------------------------------- */

static void test_operations(void)
{
    QJob job = { .op = QOP_NOP, .size = 8, .addr = NOWHERE };
    QResult r;

    start("");
    qengine_run_ok(&engine, &job, 0);

    /* TOUCH leaves no trace but that it was made. */
    qtest_memset(qts, engine.local, 0x5a, 16);
    qtest_memset(qts, DATA, 0xa5, 16);
    job = (QJob) { .op = QOP_TOUCH, .size = 8, .count = 2, .addr = DATA };
    r = qengine_run_ok(&engine, &job, 2);
    g_assert_cmphex(r.result, ==, 0);
    g_assert_cmphex(qtest_readq(qts, engine.local), ==, 0x5a5a5a5a5a5a5a5aULL);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0xa5a5a5a5a5a5a5a5ULL);
    job.addr = NOWHERE;
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmphex(r.fault, ==, NOWHERE);

    /* The check value of CRC-32/ISO-HDLC, across a page and in two accesses */
    qtest_memwrite(qts, DATA + 0xffb, "123456789", 9);
    job = (QJob) { .op = QOP_CHECKSUM, .size = 9, .addr = DATA + 0xffb };
    r = qengine_run_ok(&engine, &job, 2);
    g_assert_cmphex(r.result, ==, 0xcbf43926);
    job.size = 3;
    job.count = 3;
    r = qengine_run_ok(&engine, &job, 4);
    g_assert_cmphex(r.result, ==, 0xcbf43926);

    /* FILL goes on where the last access ended. */
    job = (QJob) { .op = QOP_FILL, .size = 3, .count = 5, .addr = DATA + 1,
                   .operand = 0x0807060504030201ULL };
    qtest_memset(qts, DATA, 0, 32);
    qengine_run_ok(&engine, &job, 5);
    g_assert_cmphex(qtest_readq(qts, DATA + 1), ==, 0x0807060504030201ULL);
    g_assert_cmphex(qtest_readq(qts, DATA + 9), ==, 0x0007060504030201ULL);
    job.op = QOP_VERIFY;
    qengine_run_ok(&engine, &job, 5);
    qtest_writeb(qts, DATA + 1 + 10, 0xff);
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_MISMATCH);
    g_assert_cmpuint(r.result, ==, 10);
    g_assert_cmpuint(r.transactions, ==, 4);
    g_assert_cmpuint(r.failed, ==, 0);
    job.flags = QFLAG_CONTINUE;
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_MISMATCH);
    g_assert_cmpuint(r.result, ==, 10);
    g_assert_cmpuint(r.transactions, ==, 5);

    put(DATA, 0x3000, 1);
    put(OTHER, 0x3000, 1);
    qtest_writeb(qts, OTHER + 0x2345, ~qtest_readb(qts, OTHER + 0x2345));
    job = (QJob) { .op = QOP_COMPARE, .size = 0x3000, .addr = DATA,
                   .addr2 = OTHER };
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_MISMATCH);
    g_assert_cmphex(r.result, ==, 0x2345);
    end();
}

static void test_atomics(void)
{
    static const struct {
        unsigned op;
        uint32_t size;
        uint64_t before, operand, operand2, after;
    } cases[] = {
        { QOP_ADD, 8, 5, 3, 0, 8 },
        { QOP_ADD, 8, UINT64_MAX, 2, 0, 1 },
        { QOP_ADD, 4, 0x11111111ffffffff, 0x222222222, 0, 0x1111111122222221 },
        { QOP_SWAP, 8, 1, 0x0123456789abcdef, 0, 0x0123456789abcdef },
        { QOP_SWAP, 4, 0xaaaaaaaabbbbbbbb, 0x0123456789abcdef, 0,
          0xaaaaaaaa89abcdef },
        { QOP_CAS, 8, 7, 9, 7, 9 },
        { QOP_CAS, 8, 7, 9, 8, 7 },
        { QOP_CAS, 4, 0x5500000007, 9, 0x7700000007, 0x5500000009 },
    };
    QJob job = { .op = QOP_ADD, .size = 8, .addr = DATA };
    QResult r;

    start("");
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_NOT_SUPPORTED);
    g_assert_cmpuint(r.detail, ==, 6);
    qengine_set_atomics(&engine, true);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_test_message("case %u", i);
        job.op = cases[i].op;
        job.size = cases[i].size;
        job.operand = cases[i].operand;
        job.operand2 = cases[i].operand2;
        qtest_writeq(qts, DATA, cases[i].before);
        r = qengine_run_ok(&engine, &job, 1);
        if (cases[i].size == 4) {
            g_assert_cmphex(r.result, ==, (uint32_t)cases[i].before);
        } else {
            g_assert_cmphex(r.result, ==, cases[i].before);
        }
        g_assert_cmphex(qtest_readq(qts, DATA), ==, cases[i].after);
    }
    /* One counter, many times; and one each of many */
    job = (QJob) { .op = QOP_ADD, .pattern = QPATTERN_STRIDED, .size = 8,
                   .count = 1000, .addr = DATA, .operand = 2 };
    qtest_writeq(qts, DATA, 10);
    r = qengine_run_ok(&engine, &job, 1000);
    g_assert_cmpuint(qtest_readq(qts, DATA), ==, 2010);
    g_assert_cmpuint(r.result, ==, 2008);

    job = (QJob) { .op = QOP_SWAP, .size = 4, .addr = NOWHERE };
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_ABORTED);
    g_assert_cmpuint(r.detail, ==, 2);
    end();
}

/* ---- Patterns ---------------------------------------------------------- */

/* SplitMix64, as its author published it, with a state */
static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static void test_patterns(void)
{
    QJob job = { .op = QOP_READ, .size = 2, .count = 7, .addr = DATA + 0xffb };
    uint64_t state = 42, complement = ~42ULL;
    uint8_t buf[16];

    start("");
    put(DATA, 0x10000, 9);
    qengine_run_ok(&engine, &job, 8);
    for (unsigned i = 0; i < 14; i++) {
        g_assert_cmphex(qtest_readb(qts, engine.local + i), ==,
                        pattern(0xffb + i, 9));
    }
    job = (QJob) { .op = QOP_READ, .pattern = QPATTERN_STRIDED, .size = 1,
                   .count = 16, .addr = DATA + 0xf123, .step = -0x1000ULL,
                   .local = 0x100 };
    qengine_run_ok(&engine, &job, 16);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(qtest_readb(qts, engine.local + 0x100 + i), ==,
                        pattern(0xf123 - 0x1000 * i, 9));
    }
    /* Both ranges at random; the step is no multiple of the size. */
    job = (QJob) { .op = QOP_COPY, .pattern = QPATTERN_RANDOM,
                   .pattern2 = QPATTERN_RANDOM, .size = 8, .count = 50,
                   .addr = DATA, .step = 0x8007, .addr2 = OTHER,
                   .step2 = 0x80000, .seed = 42 };
    qtest_memset(qts, OTHER, 0, 0x80000);
    qengine_run_ok(&engine, &job, 100);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t from = DATA + splitmix(&state) % 0x1000 * 8;
        uint64_t to = OTHER + splitmix(&complement) % 0x10000 * 8;

        g_assert_cmphex(qtest_readq(qts, from), !=, 0);
        g_assert_cmphex(qtest_readq(qts, from), ==, qtest_readq(qts, to));
    }
    /* An area smaller than an access: always the same */
    job = (QJob) { .op = QOP_READ, .pattern = QPATTERN_RANDOM, .size = 8,
                   .count = 2, .addr = DATA + 5, .step = 7, .local = 0x200 };
    qengine_run_ok(&engine, &job, 2);
    qtest_memread(qts, engine.local + 0x200, buf, sizeof(buf));
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmphex(buf[i], ==, pattern(5 + i % 8, 9));
    }
    end();
}

static void test_scatter(void)
{
    static const struct {
        uint64_t offset;
        uint32_t len;
    } list[] = { { 0x3ffe, 5 }, { 0x10, 1 }, { 0x20000, 0x1800 }, { 0, 2 } };
    QJob job = { .op = QOP_COPY, .pattern = QPATTERN_SCATTER, .count = 4,
                 .addr = 0x8000, .addr2 = OTHER + 1, .size = 0x100 };
    uint64_t at = OTHER + 1;
    QResult r;

    start("");
    put(DATA, 0x30000, 3);
    for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
        qtest_writeq(qts, engine.local + 0x8000 + 16 * i,
                     DATA + list[i].offset);
        qtest_writeq(qts, engine.local + 0x8008 + 16 * i, list[i].len);
    }
    /* Gather: the second range goes on through accesses of 0x100 bytes. */
    r = qengine_run(&engine, &job);
    g_assert_cmpuint(r.status, ==, QSTATUS_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(list); i++) {
        for (unsigned j = 0; j < list[i].len; j++) {
            g_assert_cmphex(qtest_readb(qts, at + j), ==,
                            pattern(list[i].offset + j, 3));
        }
        at += list[i].len;
    }
    /* Scatter: five reads of 3 bytes; the list has 5 + 1 + the rest. */
    job = (QJob) { .op = QOP_COPY, .pattern2 = QPATTERN_SCATTER, .count = 5,
                   .size = 3, .addr = OTHER + 1, .addr2 = 0x8000 };
    qtest_memset(qts, DATA, 0, 0x30000);
    /* Written as 2 (to the page) + 1, 2 + 1 (next entry), 3, 3, 3 */
    qengine_run_ok(&engine, &job, 5 + 7);
    for (unsigned j = 0; j < 5; j++) {
        g_assert_cmphex(qtest_readb(qts, DATA + 0x3ffe + j), ==,
                        pattern(0x3ffe + j, 3));
    }
    for (unsigned j = 0; j < 9; j++) {
        g_assert_cmphex(qtest_readb(qts, DATA + 0x20000 + j), ==,
                        pattern(0x20000 + j, 3));
    }
    g_assert_cmphex(qtest_readb(qts, DATA + 0x20009), ==, 0);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("config-space-is-as-the-data-sheet-says", test_config_space);
    ADD("registers-are-as-the-data-sheet-says", test_registers);
    ADD("any-size-in-transactions-within-pages", test_sizes);
    ADD("copy-is-cut-at-pages-of-both", test_copy);
    ADD("operations-do-what-they-say", test_operations);
    ADD("atomics-change-memory-and-tell-what-was", test_atomics);
    ADD("patterns-make-the-addresses-they-say", test_patterns);
    ADD("scatter-lists-on-both-sides", test_scatter);
#undef ADD
    return g_test_run();
}
