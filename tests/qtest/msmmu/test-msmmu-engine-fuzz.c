/*
 * The DMA test engine under a driver that does anything: registers, rings,
 * descriptors, lists and configuration space at random, of three functions at
 * once, two of them behind an SMMU, with transactions to everything that a
 * machine has, themselves included. The emulator must answer all the time, and
 * after a reset each function must work as if nothing had been. Some machines
 * are migrated in whatever state they are in.
 *
 * Run with sanitizers for more. MSMMU_SEED, MSMMU_CASES and MSMMU_CASE choose
 * (random.h); the seed is always the same otherwise.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "config.h"
#include "engine.h"
#include "random.h"
#include "rig.h"
#include "stream.h"

#define CASES 6
#define STEPS 320
#define ROUND 20                /* steps after which all begins anew */
#define MIGRATED_CASES 3        /* one in so many */

#define ARGS QRIG_MACHINE \
    "-device msmmu-rc,id=rc1 " \
    "-device msmmu-smmuv3,id=smmu1,primary-bus=rc1,ssidsize=8,httu=dirty " \
    "-device msmmu-rc,id=rc2 " \
    "-device msmmu-engine,bus=rc1,addr=2.0,multifunction=on " \
    "-device msmmu-engine,bus=rc1,addr=2.1,pasid-bits=4 " \
    "-device msmmu-engine,bus=rc2,addr=2 "
#define FUNCTIONS 3
#define SID 0x10
#define IOVA 0x10000000ULL
#define PAGES 16
#define DATA QRIG_DATA
/* The last bytes of RAM */
#define RAM_END 0x50000000ULL

typedef struct Fuzz {
    QRandom random;
    QTestState *qts;
    QSmmu smmu;
    QContext context;
    QEngine e[FUNCTIONS];
    uint64_t transactions;
} Fuzz;

static char *stream;

/* ---- Random things ----------------------------------------------------- */

static uint32_t below(Fuzz *f, uint32_t n)
{
    return qrandom_below(&f->random, n);
}

static bool one_in(Fuzz *f, uint32_t n)
{
    return qrandom_one_in(&f->random, n);
}

static uint64_t any_64(Fuzz *f)
{
    return qrandom_64(&f->random) >> below(f, 64);
}

static QEngine *any_function(Fuzz *f)
{
    return &f->e[below(f, FUNCTIONS)];
}

/*
 * Memory, devices, themselves, nothing: for a CPU and where nothing maps. Flash
 * is left out where it is easily done: at each second write there the emulator
 * makes a new map of memory.
 */
static uint64_t any_place(Fuzz *f)
{
    const QEngine *e = any_function(f);
    const uint64_t places[] = {
        e->regs, e->regs + QENGINE_RING(below(f, 4)), e->local, e->msix,
        qrc_config(&e->rc, 0, e->devfn, 0),
        qrc_config(&e->rc, 0, e->devfn, 0x100),
        f->smmu.regs, f->smmu.memory, e->rc.its, e->rc.its + 0x10000,
        0x08000000, 0x080a0000, 0x09000000, 0x09010000,
        0x09020000, 0x09030000, 0x3f000000, RAM_END - 0x800,
        UINT64_MAX - 0x7ff,
    };

    return places[below(f, ARRAY_SIZE(places))] + below(f, 0x40);
}

static uint64_t any_address(Fuzz *f)
{
    switch (below(f, 10)) {
    case 0:
        return any_64(f) | RAM_END;
    case 1:
    case 2:
        return any_place(f);
    case 3:
    case 4:
    case 5:
        return IOVA + below(f, (PAGES + 1) * 0x1000);
    default:
        return (DATA + below(f, 0x100000)) & (one_in(f, 3) ? -1ULL : -8ULL);
    }
}

static uint32_t any_size(Fuzz *f)
{
    static const uint32_t sizes[] = {
        0, 1, 2, 3, 4, 4, 4, 8, 8, 8, 16, 64, 4095, 4096, 4097, 0x10001
    };

    return one_in(f, 20) ? any_64(f) : sizes[below(f, ARRAY_SIZE(sizes))];
}

static uint32_t any_attr(Fuzz *f)
{
    uint32_t attr = 0;

    if (one_in(f, 20)) {
        return any_64(f);
    }
    if (one_in(f, 4)) {
        attr = QATTR_SSID(below(f, 20));
    }
    return attr | (below(f, 8) & below(f, 8)) << 21;
}

/* ---- Steps ------------------------------------------------------------- */

static QJob any_job(Fuzz *f)
{
    QJob job = {
        .op = below(f, 11), .pattern = below(f, 4), .pattern2 = below(f, 4),
        .flags = below(f, 8) << 16, .attr = any_attr(f),
        .attr2 = any_attr(f), .size = any_size(f),
        .count = one_in(f, 40) ? any_64(f) : below(f, 40),
        .addr = any_address(f), .step = any_64(f), .addr2 = any_address(f),
        .step2 = any_64(f), .operand = any_64(f), .operand2 = any_64(f),
        .seed = any_64(f), .local = any_64(f),
    };

    if (job.pattern == QPATTERN_SCATTER && !one_in(f, 10)) {
        job.addr = below(f, 0x1000) * 16;
    }
    if (job.pattern2 == QPATTERN_SCATTER && !one_in(f, 10)) {
        job.addr2 = below(f, 0x1000) * 16;
    }
    return job;
}

/* Where the ring's descriptor @number is, if that is known */
static uint64_t slot_of(Fuzz *f, const QEngine *e, unsigned n,
                        uint32_t number)
{
    uint64_t base = qengine_readq(e, QENGINE_RING(n) + QRING_BASE);
    uint32_t log2 = qengine_ring_readl(e, n, QRING_SIZE);
    bool local = qengine_ring_readl(e, n, QRING_CTRL) & QRING_LOCAL;
    uint64_t offset = (number & ((1u << MIN(log2, 16)) - 1)) * 128;

    if (local) {
        return e->local + (base + offset) % QENGINE_LOCAL_SIZE;
    }
    /* Behind the SMMU: pages of IOVA are those of DATA. */
    if (base + offset - IOVA < PAGES * 0x1000) {
        return base + offset - IOVA + DATA;
    }
    return DATA + below(f, 0x1000) * 128;
}

static void step_job(Fuzz *f)
{
    const QEngine *e = any_function(f);
    unsigned n = below(f, QENGINE_RINGS), num = 1 + below(f, 3);
    uint32_t prod = qengine_ring_readl(e, n, QRING_PROD);

    for (unsigned i = 0; i < num; i++) {
        uint64_t at = slot_of(f, e, n, prod + i);
        QJob job = any_job(f);

        qjob_write(e, at, &job);
        if (one_in(f, 6)) {
            unsigned word = below(f, QENGINE_WORDS);

            qtest_writeq(f->qts, at + 8 * word,
                         word == 2 || word == 4 ? any_address(f)
                                                : any_64(f));
        }
    }
    qengine_ring_writel(e, n, QRING_PROD,
                        one_in(f, 20) ? any_64(f) : prod + num);
}

static void step_ring(Fuzz *f)
{
    const QEngine *e = any_function(f);
    unsigned n = below(f, QENGINE_RINGS);
    uint64_t base = one_in(f, 2) ? below(f, 0x10000) : any_address(f);

    if (!one_in(f, 4)) {
        qengine_ring_writel(e, n, QRING_CTRL, 0);
    }
    qengine_ring_enable(e, n, base, below(f, 20),
                        one_in(f, 3) ? below(f, 8) : QRING_LOCAL | QRING_IRQ,
                        one_in(f, 3) ? any_attr(f) : 0);
}

static void step_register(Fuzz *f)
{
    const QEngine *e = any_function(f);
    uint32_t at = one_in(f, 2) ? QENGINE_RING(below(f, 5)) + below(f, 0x44)
                               : below(f, 0x30);
    uint64_t to = e->regs + (one_in(f, 10) ? below(f, 0x10000) : at);

    switch (below(f, 6)) {
    case 0:
        qtest_readq(f->qts, to);
        break;
    case 1:
        qtest_readb(f->qts, to);
        break;
    case 2:
        qtest_writew(f->qts, to, any_64(f));
        break;
    case 3:
        qtest_writeq(f->qts, to & ~7ULL, any_64(f));
        break;
    default:
        qtest_writel(f->qts, to & ~3ULL, any_64(f));
        break;
    }
}

static void step_config(Fuzz *f)
{
    const QEngine *e = any_function(f);
    uint8_t express = qrc_find_capability(&e->rc, 0, e->devfn,
                                          PCI_CAP_ID_EXP);
    uint8_t msix = qrc_find_capability(&e->rc, 0, e->devfn, PCI_CAP_ID_MSIX);
    const struct {
        uint16_t reg, mask;
    } places[] = {
        { PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY },
        { 0x106, 0xffff },
        { express + PCI_EXP_DEVCTL2, 0xffff },
        { express + PCI_EXP_DEVCTL,
          one_in(f, 4) ? 0xffff : 0xffff & ~PCI_EXP_DEVCTL_BCR_FLR },
        { msix + PCI_MSIX_FLAGS, 0xffff },
    };
    unsigned i = below(f, ARRAY_SIZE(places));

    qrc_config_writew(&e->rc, 0, e->devfn, places[i].reg,
                      (any_64(f) | qrandom_64(&f->random)) & places[i].mask);
}

static void step_local(Fuzz *f)
{
    const QEngine *e = any_function(f);
    uint32_t at = below(f, 0x1000 - 64) * 16;

    for (unsigned i = 0; i < 64; i++) {
        qtest_writeq(f->qts, e->local + at + 16 * i, any_address(f));
        qtest_writeq(f->qts, e->local + at + 16 * i + 8,
                     one_in(f, 50) ? any_64(f) : 1 + below(f, 0x1800));
    }
}

static void step_vectors(Fuzz *f)
{
    const QEngine *e = any_function(f);

    qtest_writel(f->qts, e->msix + 4 * below(f, 0x10),
                 one_in(f, 2) ? any_address(f) : below(f, 2));
}

/* What the SMMU's tables say changes; it may or may not be told. */
static void step_tables(Fuzz *f)
{
    uint64_t page = below(f, PAGES) * 0x1000;

    qcontext_map(&f->context, IOVA + page, DATA + page,
                 one_in(f, 4) ? 0 : QPTE_RW | (any_64(f) & QPTE_READ_ONLY));
}

static void reset_rings(Fuzz *f)
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        for (unsigned n = 0; n < QENGINE_RINGS; n++) {
            uint32_t count = qengine_ring_readl(&f->e[i], n,
                                                QRING_TRANSACTIONS);

            /* A register that was written says nothing. */
            f->transactions += count < 1000000 ? count : 0;
        }
        qengine_writel(&f->e[i], QENGINE_CTRL, 1);
    }
}

static void step(Fuzz *f)
{
    static const struct {
        unsigned weight;
        void (*function)(Fuzz *f);
    } steps[] = {
        { 50, step_job }, { 20, step_ring }, { 14, step_register },
        { 6, step_config }, { 3, step_local }, { 3, step_vectors },
        { 3, step_tables }, { 1, reset_rings },
    };
    unsigned n = below(f, 100);

    for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
        if (n < steps[i].weight) {
            steps[i].function(f);
            return;
        }
        n -= steps[i].weight;
    }
}

/* ---- A machine --------------------------------------------------------- */

static void find_functions(Fuzz *f)
{
    QRc rc1 = qrc_get(f->qts, 0), rc2 = qrc_get(f->qts, 1);

    f->e[0] = qengine_init(&rc1, 0, SID, 0);
    f->e[1] = qengine_init(&rc1, 0, SID + 1, 1);
    f->e[2] = qengine_init(&rc2, 0, SID, 2);
}

/* Whatever became of them: most can do most things again. */
static void revive(Fuzz *f)
{
    reset_rings(f);
    find_functions(f);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        qengine_set_pasid(&f->e[i], one_in(f, 4) ? below(f, 8) : 7);
        qengine_set_atomics(&f->e[i], !one_in(f, 4));
        qengine_ring_enable(&f->e[i], 1, below(f, 8) * 0x1000, 4,
                            QRING_LOCAL | QRING_IRQ, 0);
        qengine_ring_enable(&f->e[i], 2, IOVA + 0x1000 * i, 3, QRING_IRQ, 0);
    }
}

/* SID is translated, with substreams; its neighbour is not. */
static void start_smmu(Fuzz *f)
{
    QSmmu *s = &f->smmu;
    uint64_t table, words[8];

    *s = qsmmu_get(f->qts, 0, QRIG_SMMU_MEMORY(0));
    qsmmu_start(s);
    f->context = qcontext_new(s, &qgranules[0], 1);
    table = qsmmu_alloc(s, 64 << 4, 64 << 4);
    qtest_memread(f->qts, f->context.cd, words, sizeof(words));
    for (unsigned ssid = 0; ssid < 16; ssid++) {
        qtest_memwrite(f->qts, table + ssid * 64, words, sizeof(words));
    }
    qsmmu_set_ste(s, SID, QSTE_S1 | table | 4ULL << 59,
                  QSTE1_SHCFG_INCOMING | QSTE1_S1DSS(2));
    qsmmu_set_ste(s, SID + 1, QSTE_BYPASS, QSTE1_SHCFG_INCOMING);
    for (unsigned i = 0; i < PAGES; i++) {
        qcontext_map(&f->context, IOVA + i * 0x1000, DATA + i * 0x1000,
                     QPTE_RW);
    }
}

/* Rings as they are: registers that do not change while all is stopped */
static void read_rings(const Fuzz *f, uint64_t state[FUNCTIONS][4][8])
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        for (unsigned n = 0; n < QENGINE_RINGS; n++) {
            for (unsigned reg = 0; reg < 8; reg++) {
                state[i][n][reg] = qengine_readq(&f->e[i],
                                                 QENGINE_RING(n) + 8 * reg);
            }
        }
    }
}

static void adopt(Fuzz *f, QTestState *qts)
{
    f->qts = qts;
    f->smmu.qts = qts;
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        f->e[i].rc.qts = qts;
    }
}

/* To be compared, rings are halted as they are: Memory on, no master. */
static void migrate(Fuzz *f)
{
    static uint64_t before[FUNCTIONS][4][8], after[FUNCTIONS][4][8];

    for (unsigned i = 0; i < FUNCTIONS; i++) {
        qrc_config_writew(&f->e[i].rc, 0, f->e[i].devfn, PCI_COMMAND,
                          PCI_COMMAND_MEMORY);
    }
    qstream_save(f->qts, stream);
    read_rings(f, before);
    qtest_quit(f->qts);
    adopt(f, qstream_load(ARGS, stream));
    read_rings(f, after);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        for (unsigned n = 0; n < QENGINE_RINGS; n++) {
            /* Whatever ran goes on at once; where it is set up stays. */
            g_assert_cmphex(before[i][n][0], ==, after[i][n][0]);
            g_assert_cmphex(before[i][n][1], ==, after[i][n][1]);
            if ((before[i][n][3] >> 32 & 0xff) != QRING_RUNNING) {
                g_assert_cmpmem(before[i][n], 64, after[i][n], 64);
            }
        }
    }
}

/* As if nothing had been */
static void check_after_reset(Fuzz *f)
{
    qtest_system_reset(f->qts);
    find_functions(f);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        QJob job = { .op = QOP_FILL, .size = 0x1234, .addr = DATA + 0x123,
                     .operand = 0x0102030405060708ULL };

        for (unsigned reg = 0; reg < 0x40; reg += 4) {
            g_assert_cmphex(qengine_ring_readl(&f->e[i], 1, reg), ==, 0);
        }
        qengine_run_ok(&f->e[i], &job, 2);
        job.op = QOP_VERIFY;
        qengine_run_ok(&f->e[i], &job, 2);
    }
}

/* Returns how many transactions were seen. */
static uint64_t run_case(uint64_t seed, unsigned n)
{
    Fuzz f = { .random = qrandom_new(seed, n) };

    f.qts = qtest_init(ARGS);
    find_functions(&f);
    start_smmu(&f);
    revive(&f);
    for (unsigned i = 0; i < STEPS; i++) {
        step(&f);
        /* What runs for ever does so for a while. */
        if (i % ROUND == ROUND - 1) {
            revive(&f);
        }
    }
    if (n % MIGRATED_CASES == MIGRATED_CASES - 1) {
        migrate(&f);
    }
    check_after_reset(&f);
    qtest_quit(f.qts);
    return f.transactions;
}

static void test_fuzz(void)
{
    uint64_t seed = qrandom_seed();
    unsigned cases = qrandom_cases(CASES);
    int64_t only = qrandom_only_case();

    for (unsigned n = 0; n < cases; n++) {
        if (only < 0 || only == n) {
            uint64_t transactions;

            g_test_message("MSMMU_CASE=%u", n);
            transactions = run_case(seed, n);
            g_test_message("%" PRIu64 " transactions", transactions);
            g_assert_cmpuint(transactions, >, 100);
        }
    }
}

int main(int argc, char **argv)
{
    g_autofree char *name =
        g_strdup_printf("%s/msmmu-engine-fuzz-%d", g_get_tmp_dir(),
                        (int)getpid());
    int status;

    g_test_init(&argc, &argv, NULL);
    stream = name;
    g_setenv("MSMMU_SEED", "1", false);
    qtest_add_func("/msmmu/engine/survives-random-drivers", test_fuzz);
    status = g_test_run();
    unlink(stream);
    return status;
}
