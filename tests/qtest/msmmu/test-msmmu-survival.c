/*
 * What no guest shall be able to do to the machine: configurations that kill
 * other models, and thousands of random ones. The machine goes on, and each
 * transaction ends in a translation or in an event that is defined.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "nested.h"
#include "random.h"

#define VA 0x10000000ULL
#define IPA 0x20000000ULL
#define DATA QRIG_DATA

/* ---- CD.IPS (5.4) ------------------------------------------------------ */

/*
 * 6 is 52 bits from SMMUv3.1 on, 7 is reserved until SMMUv3.4 and then 56 bits;
 * all of them are capped to the output size.
 */
static void test_cd_ips(void)
{
    static const struct {
        const char *properties;
        unsigned size;
    } instances[] = {
        { "stage=nested,arch=3.0,ril=off,oas=44", 44 },
        { "stage=nested,arch=3.1,oas=48", 48 },
        { "stage=nested,arch=3.4,oas=48", 48 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(instances); i++) {
        QRig *rig = qrig_new_one(instances[i].properties);
        QSmmu *s = &rig->smmu[0];
        QTables t = qtables_stage1(s, 12, 39);
        QCd cd = qcd_new(&t, QNESTED_ASID, 48);
        uint64_t cd_pa = qcd_alloc(s, NULL);
        QSte ste = qste_stage1(cd_pa);

        qtables_map(&t, VA, DATA, QPTE_RW, 3);
        qtables_map(&t, VA + 0x1000, 1ULL << (instances[i].size - 1), QPTE_RW,
                    3);
        if (instances[i].size < 48) {
            qtables_map(&t, VA + 0x2000, 1ULL << instances[i].size, QPTE_RW,
                        3);
        }
        for (unsigned ips = 5; ips < 8; ips++) {
            cd.word[0] = (cd.word[0] & ~QCD_IPS_MASK) | QCD_IPS(ips);
            qcd_write(s, NULL, cd_pa, &cd);
            qste_write(s, QRIG_SID, &ste);
            qsmmu_tlbi_all(s);
            qedu_load(&rig->edu[0], VA, 8);
            qedu_load(&rig->edu[0], VA + 0x1000, 8);
            qsmmu_expect_no_event(s);
            qedu_load(&rig->edu[0], VA + 0x2000, 8);
            qsmmu_expect_event(s, instances[i].size < 48 ? QEVT_F_ADDR_SIZE
                                                         : QEVT_F_TRANSLATION,
                               QRIG_SID);
        }
        qrig_free(rig);
    }
}

/* ---- STE.S2AA64 (5.2) -------------------------------------------------- */

/* VMSAv8-32 LPAE tables: ILLEGAL where there are none, else walked. */
static void test_s2aa64(void)
{
    static const char *const properties[] = {
        "stage=2", "stage=nested", "stage=2,formats=aa32+aa64",
    };
    QRig *rig = qrig_new(3, properties, "");

    for (int i = 0; i < 3; i++) {
        QSmmu *s = &rig->smmu[i];
        QTables t;
        QSte ste;

        qsmmu_start(s);
        /* T0SZ = 0, SL0 = 1: 32 bits from level 1 on (VTCR) */
        t = qtables_stage2(s, 12, 32, 1);
        ste = qste_stage2(&t, QNESTED_VMID, 40);
        ste.word[2] &= ~(QSTE2_AA64 | QSTE2_T0SZ_MASK);
        qste_write(s, QRIG_SID, &ste);
        qtables_map(&t, 0xc0000000, DATA, QS2_RW, 3);
        qedu_load(&rig->edu[i], 0xc0000000, 8);
        if (i < 2) {
            qsmmu_expect_event(s, QEVT_C_BAD_STE, QRIG_SID);
        } else {
            qsmmu_expect_no_event(s);
            qedu_load(&rig->edu[i], 0x100000000, 8);
            qsmmu_expect_event(s, QEVT_F_TRANSLATION, QRIG_SID);
        }
    }
    qrig_free(rig);
}

/* ---- Sizes of stage 2 that fit nothing (5.2 S2T0SZ, S2SL0) ---- */

/*
 * Bits of IPA that a start level may have with DS = 0, STT = 0 and 48 bits of
 * output (VTCR_EL2.SL0; Tables D8-25, D8-34, D8-42); 0 for a reserved SL0
 */
static const struct {
    unsigned min, max;
} input_bits[4][4] = {
    [0] = { { 25, 34 }, { 31, 43 }, { 40, 48 }, { 0, 0 } },     /* 4K */
    [1] = { { 25, 33 }, { 30, 46 }, { 43, 48 }, { 0, 0 } },     /* 64K */
    [2] = { { 25, 29 }, { 26, 40 }, { 37, 48 }, { 0, 0 } },     /* 16K */
    [3] = { { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
};

static void test_stage2_sizes(void)
{
    QRig *rig = qrig_new_one("stage=2,oas=48");
    QSmmu *s = &rig->smmu[0];
    uint64_t table = qsmmu_alloc(s, 0x100000, 0x100000);
    unsigned legal = 0;

    for (unsigned i = 0; i < 4 * 4 * 64; i++) {
        unsigned tg = i >> 8, sl0 = i >> 6 & 3, t0sz = i & 63;
        unsigned bits = 64 - t0sz;
        bool is_legal = input_bits[tg][sl0].max &&
                        bits >= input_bits[tg][sl0].min &&
                        bits <= input_bits[tg][sl0].max;
        QSte ste = { {
            QSTE_S2, QSTE1_SHCFG_INCOMING,
            QNESTED_VMID | (uint64_t)t0sz << 32 | (uint64_t)sl0 << 38 |
            (uint64_t)tg << 46 | QSTE2_PS(5) | QSTE2_AA64 | QSTE2_R,
            table,
        } };
        QEvent e;

        qste_write(s, QRIG_SID, &ste);
        qedu_load(&rig->edu[0], VA, 8);
        g_assert_cmpuint(qsmmu_num_events(s), ==, 1);
        qsmmu_pop_event(s, &e);
        if (qevent_type(&e) !=
            (is_legal ? QEVT_F_TRANSLATION : QEVT_C_BAD_STE)) {
            g_error("S2TG %u, S2SL0 %u, S2T0SZ %u: event 0x%02x", tg, sl0,
                    t0sz, qevent_type(&e));
        }
        legal += is_legal;
    }
    g_test_message("%u of 1024 sizes are legal", legal);
    qrig_free(rig);
}

/* ---- Anything at all ---- */

#define EVERYTHING "stage=nested,formats=aa32+aa64,oas=52,vax=52,ds=on," \
                   "ttendian=mixed,ssidsize=20,httu=table,stt=on,arch=3.4"

/* Random descriptors, of which all tables and structures are made */
#define POOL_SIZE 0x100000
#define FUZZ_CASES 2000

typedef struct Fuzz {
    QRig *rig;
    QSmmu *s;
    FILE *log;              /* of the emulator's trace */
    QRandom r;
    uint64_t pool;
    QSte ste;
    QCd cd;
    uint64_t cd_address;
    unsigned events[0x40];
    unsigned silent;
    unsigned forwarded;
    unsigned errors;        /* commands that were refused */
} Fuzz;

/* An address that is worth something more often than not */
static uint64_t address(Fuzz *z)
{
    switch (qrandom_below(&z->r, 8)) {
    case 0:
        return qrandom_64(&z->r) & 0xffffffffff000ULL;
    case 1:
        return z->s->regs;
    case 2:
        return DATA + qrandom_below(&z->r, 64) * 0x1000;
    default:
        return z->pool + qrandom_below(&z->r, POOL_SIZE >> 12) * 0x1000;
    }
}

static uint64_t descriptor(Fuzz *z)
{
    static const uint64_t attrs[] = {
        QPTE_TABLE, QPTE_TABLE, QPTE_RW | QPTE_PAGE, QPTE_RW | QPTE_BLOCK,
        QS2_RW | QPTE_PAGE, QS2_RW | QPTE_BLOCK, QS2_RO | QPTE_DBM | QPTE_PAGE,
    };
    uint64_t d = address(z) | attrs[qrandom_below(&z->r, ARRAY_SIZE(attrs))];

    while (qrandom_one_in(&z->r, 3)) {
        d ^= 1ULL << qrandom_below(&z->r, 64);
    }
    return qrandom_one_in(&z->r, 8) ? bswap64(d) : d;
}

static void fill_pool(Fuzz *z)
{
    g_autofree uint64_t *words = g_new(uint64_t, POOL_SIZE / 8);

    for (unsigned i = 0; i < POOL_SIZE / 8; i++) {
        words[i] = cpu_to_le64(descriptor(z));
    }
    qtest_memwrite(z->rig->qts, z->pool, words, POOL_SIZE);
}

/* A legal structure with random bits changed, or none */
static void spoil(Fuzz *z, uint64_t word[QCONFIG_WORDS])
{
    unsigned n = qrandom_below(&z->r, 6);

    if (qrandom_one_in(&z->r, 20)) {
        for (int i = 0; i < QCONFIG_WORDS; i++) {
            word[i] = qrandom_64(&z->r);
        }
        return;
    }
    while (n--) {
        word[qrandom_below(&z->r, 4)] ^= 1ULL << qrandom_below(&z->r, 64);
    }
}

static QTables random_tables(Fuzz *z, int start_level, unsigned max_bits)
{
    static const unsigned shifts[] = { 12, 14, 16 };
    QTables t = {
        .s = z->s,
        .shift = shifts[qrandom_below(&z->r, 3)],
        .big_endian = qrandom_one_in(&z->r, 3),
        .wide = qrandom_one_in(&z->r, 2) ? QWIDE_DS : QWIDE_NO,
        .start_level = start_level,
        .root = address(z),
    };

    t.input_bits = MIN(max_bits, qtables_span_log2(&t, start_level) + 1 +
                                 qrandom_below(&z->r, 13));
    return t;
}

static void random_configuration(Fuzz *z, uint64_t cd_address)
{
    static const unsigned sizes[] = { 32, 40, 44, 48, 52, 52, 52 };
    unsigned size = sizes[qrandom_below(&z->r, ARRAY_SIZE(sizes))];
    QTables s2 = random_tables(z, 1 + qrandom_below(&z->r, 2), 52);
    QTables s1 = random_tables(z, 1, 52);
    QSte ste = qste_nested(&s2, qrandom_below(&z->r, 4), size, cd_address);
    QCd cd = qcd_new(&s1, qrandom_below(&z->r, 4), size);

    /* Config 4 to 7 */
    ste.word[0] = (ste.word[0] & ~0xeULL) |
                  (4 | qrandom_below(&z->r, 4)) << 1;
    if (qrandom_one_in(&z->r, 2)) {
        ste.word[2] |= QSTE2_HA | QSTE2_HD;
        cd.word[0] |= QCD_HA | QCD_HD;
    }
    spoil(z, ste.word);
    spoil(z, cd.word);
    z->ste = ste;
    z->cd = cd;
    z->cd_address = cd_address;
    qcd_write(z->s, NULL, cd_address, &cd);
    qste_write(z->s, QRIG_SID, &ste);
}

static void random_command(Fuzz *z)
{
    uint64_t word0 = qrandom_64(&z->r), word1 = qrandom_64(&z->r);

    /* Fields above the opcode small, so that they hit something */
    if (qrandom_one_in(&z->r, 2)) {
        word0 &= 0x000300070000f0ffULL;
        word1 &= 0x000000001ffffc01ULL;
    }
    qsmmu_push(z->s, word0, word1);
    qsmmu_wait_commands(z->s);
    if (qsmmu_active_errors(z->s) & QGERROR_CMDQ_ERR) {
        /* CERROR_ILL: nothing else can be wrong with it. */
        g_assert_cmphex(qsmmu_readl(z->s, QSMMU_CMDQ_CONS) >> 24, ==, 1);
        qsmmu_skip_command(z->s);
        z->errors++;
    }
}

static bool is_defined(unsigned type)
{
    static const unsigned types[] = {
        QEVT_F_STE_FETCH, QEVT_C_BAD_STE, QEVT_F_STREAM_DISABLED,
        QEVT_C_BAD_SUBSTREAMID, QEVT_F_CD_FETCH, QEVT_C_BAD_CD,
        QEVT_F_WALK_EABT, QEVT_F_TRANSLATION, QEVT_F_ADDR_SIZE,
        QEVT_F_ACCESS, QEVT_F_PERMISSION,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        if (types[i] == type) {
            return true;
        }
    }
    return false;
}

/* Whether a transaction may end with an abort that is not recorded */
static bool may_abort_silently(const Fuzz *z)
{
    uint64_t config = z->ste.word[0] >> 1 & 7;

    return !(config & 4) ||
        (config & 2 && !(z->ste.word[2] & QSTE2_R)) ||
        /* Unless it is another CD, because of another pointer or stage 2 */
        (config & 1 && (config & 2 || !(z->cd.word[0] & QCD_R) ||
                        z->ste.word[0] >> 4 != z->cd_address >> 4));
}

/* Transactions that the emulator says it has terminated since the last call */
static unsigned terminated(Fuzz *z)
{
    char line[0x1000];
    unsigned n = 0;

    clearerr(z->log);
    while (fgets(line, sizeof(line), z->log)) {
        n += strstr(line, "msmmu_terminate ") != NULL;
    }
    return n;
}

static void random_access(Fuzz *z)
{
    static const unsigned bits[] = { 32, 39, 40, 48, 52, 64 };
    uint64_t iova = qrandom_64(&z->r) >>
                    (64 - bits[qrandom_below(&z->r, ARRAY_SIZE(bits))]);
    bool store = qrandom_one_in(&z->r, 2);
    unsigned ended;
    QEvent e;

    iova &= ~7ULL;
    if (store) {
        qedu_store(&z->rig->edu[0], iova, 8);
    } else {
        qedu_load(&z->rig->edu[0], iova, 8);
    }
    ended = terminated(z);
    g_assert_cmpuint(ended, <=, 1);
    if (!qsmmu_num_events(z->s)) {
        if (!ended) {
            z->forwarded++;
        } else if (may_abort_silently(z)) {
            z->silent++;
        } else {
            g_error("silent abort with STE %016" PRIx64 " %016" PRIx64
                    " %016" PRIx64 " %016" PRIx64 ", CD %016" PRIx64,
                    z->ste.word[0], z->ste.word[1], z->ste.word[2],
                    z->ste.word[3], z->cd.word[0]);
        }
        return;
    }
    g_assert_cmpuint(ended, ==, 1);
    g_assert_cmpuint(qsmmu_num_events(z->s), ==, 1);
    g_assert_true(qsmmu_pop_event(z->s, &e));
    g_assert_true(is_defined(qevent_type(&e)));
    g_assert_cmphex(qevent_sid(&e), ==, QRIG_SID);
    if (qevent_type(&e) >= QEVT_F_WALK_EABT) {
        g_assert_cmphex(e.word[2], ==, iova);
        g_assert_cmphex(e.word[1] >> 35 & 1, ==, !store);
    }
    z->events[qevent_type(&e)]++;
}

static void test_fuzz(void)
{
    uint64_t seed = qrandom_seed();
    unsigned cases = qrandom_cases(FUZZ_CASES);
    const char *properties[] = { EVERYTHING };
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("msmmu-XXXXXX", &path, NULL);
    g_autofree char *more = g_strdup_printf("-d trace:msmmu_terminate -D %s",
                                            path);
    Fuzz z = { .rig = qrig_new(1, properties, more) };

    z.log = fdopen(fd, "r");
    z.s = &z.rig->smmu[0];
    qsmmu_start(z.s);
    z.pool = qsmmu_alloc(z.s, POOL_SIZE, POOL_SIZE);
    for (unsigned n = 0; n < cases; n++) {
        z.r = qrandom_new(seed, n);
        if (n % 1000 == 0) {
            fill_pool(&z);
        }
        random_configuration(&z, z.pool +
                             qrandom_below(&z.r, POOL_SIZE / 64) * 64);
        for (unsigned i = qrandom_below(&z.r, 3); i > 0; i--) {
            random_command(&z);
        }
        for (unsigned i = qrandom_below(&z.r, 3); i > 0; i--) {
            random_access(&z);
        }
        random_access(&z);
    }
    for (unsigned type = 0; type < ARRAY_SIZE(z.events); type++) {
        if (z.events[type]) {
            g_test_message("event 0x%02x: %u", type, z.events[type]);
        }
    }
    g_test_message("forwarded: %u, aborted without event: %u; commands "
                   "refused: %u", z.forwarded, z.silent, z.errors);
    g_assert_cmphex(qsmmu_readl(z.s, QSMMU_CR0ACK), ==,
                    QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    g_assert_cmpuint(z.forwarded, >, 0);
    fclose(z.log);
    unlink(path);
    qrig_free(z.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/survival/cd-ips-6-and-7", test_cd_ips);
    qtest_add_func("/msmmu/survival/s2aa64-0", test_s2aa64);
    qtest_add_func("/msmmu/survival/each-stage-2-size", test_stage2_sizes);
    qtest_add_func("/msmmu/survival/anything-at-all", test_fuzz);
    return g_test_run();
}
