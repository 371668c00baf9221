/*
 * A driver of the DMA test engine that somebody wrote who has read its data
 * sheet and nothing else: capabilities are found, not known, and the sheet's
 * examples are run as they are printed. It shares nothing with engine.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "config.h"
#include "rc.h"
#include "rig.h"

#define DEVFN 0x10
#define PEER 0x11
#define FUNCTIONS "-device msmmu-engine,bus=rc1,addr=2.0,multifunction=on " \
                  "-device msmmu-engine,bus=rc1,addr=2.1 "
#define DATA QRIG_DATA
#define IOVA 0x10000000ULL
#define EXAMPLE_IOVA 0x10000ff8ULL
#define SSID 3

typedef struct Driver {
    QTestState *qts;
    QRc rc;
    uint8_t devfn;
    uint16_t pasid;
    uint8_t express;
    uint8_t msix;
    uint64_t regs, local, vectors;
} Driver;

/* ---- What a kernel offers to a driver ---------------------------------- */

static uint32_t config_read32(const Driver *d, uint16_t reg)
{
    return qrc_config_readl(&d->rc, 0, d->devfn, reg);
}

static void config_write16(const Driver *d, uint16_t reg, uint16_t value)
{
    qrc_config_writew(&d->rc, 0, d->devfn, reg, value);
}

static uint8_t find_capability(const Driver *d, uint8_t id)
{
    uint8_t cap = config_read32(d, 0x34);

    while (cap && (config_read32(d, cap) & 0xff) != id) {
        cap = config_read32(d, cap) >> 8;
    }
    return cap;
}

static uint16_t find_extended(const Driver *d, uint16_t id)
{
    uint32_t cap = 0x100;

    while (cap && (config_read32(d, cap) & 0xffff) != id) {
        cap = config_read32(d, cap) >> 20;
    }
    return cap;
}

static uint32_t read32(const Driver *d, uint64_t at)
{
    return qtest_readl(d->qts, at);
}

static void write32(const Driver *d, uint64_t at, uint32_t value)
{
    qtest_writel(d->qts, at, value);
}

static void write64(const Driver *d, uint64_t at, uint64_t value)
{
    qtest_writeq(d->qts, at, value);
}

static void memcpy_toio(const Driver *d, uint64_t to, const uint64_t *from,
                        size_t size)
{
    for (size_t i = 0; i < size / 8; i++) {
        write64(d, to + 8 * i, from[i]);
    }
}

static Driver probe(QTestState *qts, uint8_t devfn, unsigned index)
{
    Driver d = { .qts = qts, .rc = qrc_get(qts, 0), .devfn = devfn };
    uint32_t pci = d.rc.mmio32_pci + index * 0x100000;
    uint64_t cpu = d.rc.mmio32 + index * 0x100000;

    g_assert_cmphex(config_read32(&d, 0), ==, 0x11f31234);
    d.pasid = find_extended(&d, 0x001b);
    d.express = find_capability(&d, 0x10);
    d.msix = find_capability(&d, 0x11);
    g_assert_true(d.pasid && d.express && d.msix);
    g_assert_cmphex(find_extended(&d, 0x000d), !=, 0);
    qrc_config_writel(&d.rc, 0, devfn, 0x10, pci);
    qrc_config_writel(&d.rc, 0, devfn, 0x18, pci + 0x20000);
    qrc_config_writel(&d.rc, 0, devfn, 0x20, pci + 0x40000);
    d.regs = cpu;
    d.local = cpu + 0x20000;
    d.vectors = cpu + 0x40000;
    config_write16(&d, 0x04, 6);                    /* Memory, BusMaster */
    g_assert_cmphex(read32(&d, d.regs + 0x00), ==, 0x454d534d);
    g_assert_cmphex(read32(&d, d.regs + 0x04) >> 16, ==, 1);
    return d;
}

/* ---- Programming, as the sheet says ------------------------------------ */

/* Run descriptor @word in ring 1, which has one, in the local memory. */
static void run(const Driver *d, uint64_t word[16])
{
    uint64_t ring = d->regs + 0x1100, at = d->local + 0x80;

    write32(d, ring + 0x0c, 0);
    write64(d, ring + 0x00, 0x80);
    write32(d, ring + 0x08, 0);
    write32(d, ring + 0x0c, 3);
    memcpy_toio(d, at, word, 128);
    write32(d, ring + 0x14, 1);
    while (read32(d, ring + 0x18) != 1) {
        /* CONS */
    }
    for (unsigned i = 11; i < 16; i++) {
        word[i] = qtest_readq(d->qts, at + 8 * i);
    }
}

static void expect_ok(const Driver *d, uint64_t word[16],
                      uint64_t transactions)
{
    run(d, word);
    g_assert_cmphex(word[15], ==, 1);
    g_assert_cmpuint(word[12], ==, transactions);
    g_assert_cmphex(word[14], ==, 0);
}

static void expect_aborted(const Driver *d, uint64_t word[16],
                           unsigned detail)
{
    run(d, word);
    g_assert_cmphex(word[15], ==, 1ULL << 32 | detail << 8 | 2);
    g_assert_cmphex(word[14], ==, word[2]);
}

/* ---- The first example ------------------------------------------------- */

static void run_example(const Driver *d)
{
    uint64_t regs = d->regs, local = d->local;
    uint16_t pasid = d->pasid;

/* As printed, but for the first argument of each function */
#define config_write16(...) config_write16(d, __VA_ARGS__)
#define memcpy_toio(...) memcpy_toio(d, __VA_ARGS__)
#define write64(...) write64(d, __VA_ARGS__)
#define write32(...) write32(d, __VA_ARGS__)
#define read32(...) read32(d, __VA_ARGS__)
    uint64_t word[16] = {
        [0] = 1 | (uint64_t)(1 << 20 | 3) << 32,     /* READ; SSV, SSID 3 */
        [1] = 16 | 1ULL << 32,                       /* 16 bytes, once */
        [2] = 0x10000ff8,
        [9] = 0x8000,
    };

    config_write16(pasid + 6, 1);                    /* PASID enable */
    memcpy_toio(local + 0x0, word, sizeof(word));
    write64(regs + 0x1000, 0x0);                     /* BASE */
    write32(regs + 0x1008, 0);                       /* SIZE: 1 descriptor */
    write32(regs + 0x100c, 3);                       /* ENABLE, LOCAL */
    write32(regs + 0x1014, 1);                       /* PROD */
    while (read32(regs + 0x1018) != 1) {             /* CONS */
    }
#undef config_write16
#undef memcpy_toio
#undef write64
#undef write32
#undef read32
}

static void stop_ring0(const Driver *d)
{
    write32(d, d->regs + 0x100c, 0);
}

static void test_example(void)
{
    const char *properties = "granules=4k,ssidsize=8";
    QRig *rig = qrig_new(1, &properties, FUNCTIONS);
    QTestState *qts = rig->qts;
    QSmmu *s = &rig->smmu[0];
    Driver d = probe(qts, DEVFN, 1);
    uint64_t table, words[8];
    QContext c;
    QEvent e;

    g_assert_cmphex(read32(&d, d.regs + 0x18), ==, 2);
    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], 1);
    table = qsmmu_alloc(s, 64 << 3, 64 << 3);
    qtest_memread(qts, c.cd, words, sizeof(words));
    qtest_memwrite(qts, table + SSID * 64, words, sizeof(words));
    qsmmu_set_ste(s, DEVFN, QSTE_S1 | table | 3ULL << 59,
                  QSTE1_SHCFG_INCOMING);
    qcontext_map(&c, EXAMPLE_IOVA & ~0xfffULL, DATA, QPTE_RW);
    qtest_writeq(qts, DATA + 0xff8, 0x0123456789abcdefULL);

    /* The second page is not there. */
    run_example(&d);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 12), ==, 2);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 14), ==, 0x10001000);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 15), ==, 0x100000002);
    e = qsmmu_expect_event(s, QEVT_F_TRANSLATION, DEVFN);
    g_assert_cmphex(e.word[0], ==, 0x10ULL << 32 | SSID << 12 | 1 << 11 |
                                   0x10);
    g_assert_cmphex(e.word[2], ==, 0x10001000);
    qsmmu_expect_no_event(s);
    stop_ring0(&d);

    qcontext_map(&c, 0x10001000, DATA + 0x5000, QPTE_RW);
    qtest_writeq(qts, DATA + 0x5000, 0xfedcba9876543210ULL);
    run_example(&d);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 12), ==, 2);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 14), ==, 0);
    g_assert_cmphex(qtest_readq(qts, d.local + 8 * 15), ==, 1);
    g_assert_cmphex(qtest_readq(qts, d.local + 0x8000), ==,
                    0x0123456789abcdefULL);
    g_assert_cmphex(qtest_readq(qts, d.local + 0x8008), ==,
                    0xfedcba9876543210ULL);
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

/* ---- The words of the others ------------------------------------------- */

static Driver start(void)
{
    return probe(qtest_init(QRIG_MACHINE "-device msmmu-rc,id=rc1 "
                            FUNCTIONS), DEVFN, 0);
}

static void end(Driver *d)
{
    qtest_quit(d->qts);
}

/* Bit by bit, as CRC-32/ISO-HDLC is defined */
static uint32_t crc(uint32_t sum, const uint8_t *buf, size_t len)
{
    sum = ~sum;
    for (size_t i = 0; i < len; i++) {
        sum ^= buf[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
        }
    }
    return ~sum;
}

static void test_random_example(void)
{
    const uint32_t count = 300;
    const uint64_t iova = DATA, seed = 5;
    g_autofree uint8_t *data = g_malloc(200 * 4096);
    Driver d = start();
    uint32_t sum = 0;
    uint64_t w[16] = {
        [0] = 4 | 2 << 8, [1] = 8 | (uint64_t)count << 32, [2] = iova,
        [3] = 200 * 4096, [8] = seed
    };

    for (unsigned i = 0; i < 200 * 4096; i++) {
        data[i] = i * 7 ^ i >> 8;
    }
    qtest_memwrite(d.qts, DATA, data, 200 * 4096);
    /* The generator as the sheet prints it */
    for (uint64_t i = 0; i < count; i++) {
        uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15ULL;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        z = z ^ (z >> 31);
        sum = crc(sum, data + z % (200 * 4096 / 8) * 8, 8);
    }
    expect_ok(&d, w, count);
    g_assert_cmphex(w[13], ==, sum);
    end(&d);
}

static void test_other_examples(void)
{
    Driver d = start();
    const uint64_t iova = DATA, from = DATA, to = DATA + 0x800000;
    uint64_t touch[16] = {
        [0] = 1 | 1 << 8 | 1 << 17, [1] = 1 | 512ULL << 32, [2] = iova,
        [3] = 4096, [9] = 0x8000
    };
    uint64_t copy[16] = {
        [0] = 7 | 1 << 16, [1] = 0x100000 | 1ULL << 32, [2] = from, [4] = to
    };
    uint64_t add[16] = {
        [0] = 8, [1] = 8 | 1ULL << 32, [2] = iova, [6] = 1
    };
    uint64_t gather[16] = {
        [0] = 7 | 3 << 8, [1] = 0x1000 | 3ULL << 32, [2] = 0x100, [4] = to
    };
    uint64_t fetch[16] = {
        [0] = 1 | (uint64_t)(1 << 22 | 1 << 21) << 32,
        [1] = 4 | 1ULL << 32, [2] = iova
    };

    for (unsigned i = 0; i < 512; i++) {
        qtest_memset(d.qts, DATA + 4096 * i, i ^ 0x55, 4096);
    }
    expect_ok(&d, touch, 512);
    for (unsigned i = 0; i < 512; i++) {
        g_assert_cmphex(qtest_readb(d.qts, d.local + 0x8000 + i), ==,
                        (i ^ 0x55) & 0xff);
    }
    expect_ok(&d, copy, 512);
    for (unsigned i = 0; i < 256; i++) {
        g_assert_cmphex(qtest_readb(d.qts, to + 4096 * i + i), ==, i ^ 0x55);
    }

    qtest_writeq(d.qts, DATA, 41);
    run(&d, add);
    g_assert_cmphex(add[15], ==, 6 << 8 | 4);       /* NOT_SUPPORTED, 6 */
    config_write16(&d, d.express + 0x28, 1 << 6);   /* Device Control 2 */
    expect_ok(&d, add, 1);
    g_assert_cmpuint(add[13], ==, 41);
    g_assert_cmpuint(qtest_readq(d.qts, DATA), ==, 42);

    for (unsigned i = 0; i < 3; i++) {
        qtest_writeq(d.qts, d.local + 0x100 + 16 * i,
                     DATA + 0x10000 + 4096 * i);
        qtest_writeq(d.qts, d.local + 0x108 + 16 * i, 1 + i);
    }
    expect_ok(&d, gather, 6);
    g_assert_cmphex(qtest_readl(d.qts, to), ==, 0x47444445);
    g_assert_cmphex(qtest_readl(d.qts, to + 4) & 0xffff, ==, 0x4747);

    run(&d, fetch);                                 /* no SMMU here */
    g_assert_cmphex(read32(&d, d.regs + 0x18), ==, 0);
    g_assert_cmphex(fetch[15], ==, 1 << 8 | 4);
    end(&d);
}

/* ---- Registers --------------------------------------------------------- */

/* Which accesses are aborted: what DMA of the other function tells */
static void test_access_sizes(void)
{
    static const struct {
        uint32_t at, size;
        bool works;
    } cases[] = {
        { 0x00, 4, true }, { 0x00, 8, true }, { 0x08, 8, true },
        { 0x1000, 8, true }, { 0x1004, 4, true }, { 0x00, 1, false },
        { 0x02, 2, false }, { 0x1014, 2, false }, { 0x1018, 1, false },
        { 0xfffc, 4, true },
    };
    Driver d = start();
    Driver peer = probe(d.qts, PEER, 1);

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t w[16] = {
            [0] = 1, [1] = cases[i].size | 1ULL << 32,
            [2] = peer.regs + cases[i].at, [9] = 0x8000
        };

        if (cases[i].works) {
            expect_ok(&d, w, 1);
        } else {
            expect_aborted(&d, w, 2);
        }
    }
    /* Two registers by one access: ID and VERSION */
    g_assert_cmphex(qtest_readq(d.qts, d.regs), ==, 0x00010001454d534dULL);
    end(&d);
}

/* A function's own BARs, and those of another */
static void test_bars(void)
{
    Driver d = start();
    Driver peer = probe(d.qts, PEER, 1);
    const uint64_t own[] = { d.regs, d.regs + 0x1014, d.vectors };
    uint64_t local[16] = {
        [0] = 3, [1] = 8 | 1ULL << 32, [2] = d.local + 0x9000,
        [6] = 0x1122334455667788ULL
    };
    uint64_t doorbell[16] = {
        [0] = 3, [1] = 4 | 1ULL << 32, [2] = peer.regs + 0x1014, [6] = 1
    };
    uint64_t nop[16] = { 0 };

    for (unsigned i = 0; i < ARRAY_SIZE(own); i++) {
        uint64_t w[16] = { [0] = 1, [1] = 4 | 1ULL << 32, [2] = own[i] };

        expect_aborted(&d, w, 2);
    }
    expect_ok(&d, local, 1);
    g_assert_cmphex(qtest_readq(d.qts, d.local + 0x9000), ==,
                    0x1122334455667788ULL);

    memcpy_toio(&peer, peer.local, nop, sizeof(nop));
    write64(&peer, peer.regs + 0x1000, 0);
    write32(&peer, peer.regs + 0x100c, 3);
    expect_ok(&d, doorbell, 1);
    while (read32(&peer, peer.regs + 0x1018) != 1) {
        /* CONS */
    }
    g_assert_cmphex(qtest_readq(d.qts, peer.local + 120), ==, 1);
    end(&d);
}

/* ---- Accesses ---------------------------------------------------------- */

/* What was copied is read again: page 0 is everywhere. */
static void test_overlap(void)
{
    Driver d = start();
    uint64_t up[16] = {
        [0] = 7, [1] = 0x3000 | 1ULL << 32, [2] = DATA, [4] = DATA + 0x1000
    };
    uint64_t down[16] = {
        [0] = 7, [1] = 0x2000 | 1ULL << 32, [2] = DATA + 0x10000,
        [4] = DATA + 0xff00
    };

    for (unsigned i = 0; i < 4; i++) {
        qtest_memset(d.qts, DATA + 0x1000 * i, 0x10 + i, 0x1000);
        qtest_memset(d.qts, DATA + 0x10000 + 0x1000 * i, 0x20 + i, 0x1000);
    }
    expect_ok(&d, up, 6);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(qtest_readb(d.qts, DATA + 0x1000 * i + 0xfff), ==,
                        0x10);
    }
    expect_ok(&d, down, 2 * (1 + 2));
    g_assert_cmphex(qtest_readb(d.qts, DATA + 0xff00), ==, 0x20);
    g_assert_cmphex(qtest_readb(d.qts, DATA + 0x10eff), ==, 0x20);
    g_assert_cmphex(qtest_readb(d.qts, DATA + 0x10f00), ==, 0x21);
    g_assert_cmphex(qtest_readb(d.qts, DATA + 0x11eff), ==, 0x21);
    end(&d);
}

/* A list of all of the local memory goes round; its ring is elsewhere. */
static void test_long_list(void)
{
    Driver d = start();
    const unsigned entries = 0x10000 / 16, count = entries + 5;
    g_autofree uint64_t *list = g_new0(uint64_t, entries * 2);
    uint64_t w[16] = {
        [0] = 4 | 3 << 8, [1] = (uint64_t)count << 32, [2] = 0
    };
    uint8_t data[4096];
    uint64_t ring = d.regs + 0x1200;

    for (unsigned i = 0; i < entries; i++) {
        data[i] = i * 5 ^ i >> 8;
        list[2 * i] = cpu_to_le64(DATA + i);
        list[2 * i + 1] = cpu_to_le64(1);
    }
    qtest_memwrite(d.qts, DATA, data, entries);
    qtest_memwrite(d.qts, d.local, list, entries * 16);
    for (unsigned i = 0; i < 16; i++) {
        qtest_writeq(d.qts, DATA + 0x10000 + 8 * i, w[i]);
    }
    write64(&d, ring, DATA + 0x10000);
    write32(&d, ring + 0x0c, 1);
    write32(&d, ring + 0x14, 1);
    while (read32(&d, ring + 0x18) != 1) {
        /* CONS */
    }
    g_assert_cmphex(qtest_readq(d.qts, DATA + 0x10000 + 8 * 15), ==, 1);
    g_assert_cmpuint(qtest_readq(d.qts, DATA + 0x10000 + 8 * 12), ==, count);
    g_assert_cmphex(qtest_readq(d.qts, DATA + 0x10000 + 8 * 13), ==,
                    crc(crc(0, data, entries), data, 5));
    end(&d);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/sheet/" claim, function)
    ADD("first-example", test_example);
    ADD("random-example", test_random_example);
    ADD("other-examples", test_other_examples);
    ADD("register-accesses-that-abort", test_access_sizes);
    ADD("own-bars-and-those-of-others", test_bars);
    ADD("overlapping-copies", test_overlap);
    ADD("lists-go-round", test_long_list);
#undef ADD
    return g_test_run();
}
