/*
 * Which event a transaction records, when several of its structures are broken
 * at once: stages, tables, breakages and transactions are random, and the four
 * words of the event are those of event_case.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "event_case.h"
#include "random.h"
#include "rig.h"

typedef struct Rig {
    QRig *rig;
    QSmmu *s;
    QEngine e;
    QTestState *qts;
    uint64_t pa[PAGES];
    uint64_t ste_pa;
    uint64_t l1std;
    uint64_t l1std_word;
} Rig;

static uint64_t address_of(const Rig *f, const EventCase *c, unsigned page)
{
    return c->s2 ? ipa_of(page) : f->pa[page];
}

/* ---- Structures -------------------------------------------------------- */

static void put(const Rig *f, uint64_t pa, uint64_t word)
{
    qtest_writeq(f->qts, pa, word);
}

static uint64_t broken(uint64_t d, unsigned b, bool stage2_leaf,
                       bool stage1_leaf)
{
    if (b & B_INVALID) {
        d &= ~1ULL;
    }
    if (b & B_SIZE) {
        d |= BEYOND;
    }
    if (b & B_ACCESS) {
        d &= ~QPTE_AF;
    }
    if (b & B_PERMISSION) {
        if (stage2_leaf) {
            d = (d & ~(3ULL << 6)) | XN_S2;
        }
        if (stage1_leaf) {
            d = (d & ~AP_NONE) | 2ULL << 6 | XN_S1;
            b &= ~B_CLEAN;
        }
    }
    if (b & B_NO_WRITE) {
        d &= ~(1ULL << 7);
    }
    if (b & B_CLEAN) {
        d |= QPTE_DBM | QPTE_READ_ONLY;
    }
    if (b & B_NO_READ) {
        d = (d & ~(1ULL << 6)) | XN_S2;
    }
    return d;
}

static uint64_t aborted_pa(const EventCase *c, unsigned page)
{
    switch (page) {
    case P_L1CD:
        return c->l1cd_abort;
    case P_CD:
        return c->cd_abort;
    case P_TABLE1 ... P_TABLE3:
        return c->s1_level[page - P_TABLE1 + 1] & B_ABORT;
    default:
        return false;
    }
}

/* The input of stage 2 for a page */
static uint64_t input_of(const EventCase *c, unsigned page)
{
    if (page == P_DATA &&
        (!c->s1 || (!has_ssid(c) && c->s1dss == 1))) {
        return c->iova & 0xfffffff000ULL;
    }
    return ipa_of(page);
}

static void build_stage2(Rig *f, const EventCase *c, uint64_t pool)
{
    uint64_t root = pool;
    uint64_t zeros[512 * 2] = { 0 };

    qtest_memwrite(f->qts, root, zeros, sizeof(zeros));
    for (unsigned p = 0; p < PAGES; p++) {
        uint64_t in = input_of(c, p);
        uint64_t t2 = pool + 0x2000 + p * 0x2000, t3 = t2 + 0x1000;
        const unsigned *b = c->s2_level[p];
        uint64_t d;

        qtest_memwrite(f->qts, t2, zeros, sizeof(zeros));
        d = (b[2] & B_ABORT ? NOWHERE : t2) | 3;
        put(f, root + 8 * (in >> 30), broken(d, b[1], false, false));
        d = (b[3] & B_ABORT ? NOWHERE : t3) | 3;
        put(f, t2 + 8 * (in >> 21 & 511), broken(d, b[2], false, false));
        d = (aborted_pa(c, p) ? NOWHERE : f->pa[p]) | QS2_RW | 3;
        put(f, t3 + 8 * (in >> 12 & 511), broken(d, b[3], true, false));
    }
}

/* An address that is the structure's, or nowhere without a stage 2 */
static uint64_t link_to(const Rig *f, const EventCase *c, unsigned page)
{
    return !c->s2 && aborted_pa(c, page) ? NOWHERE : address_of(f, c, page);
}

static void build_stage1(Rig *f, const EventCase *c)
{
    uint64_t zeros[512] = { 0 };
    QTables t = { .s = f->s, .shift = 12, .input_bits = 39, .start_level = 1,
                  .root = link_to(f, c, P_TABLE1) };
    QCd cd = qcd_new(&t, 5, OUTPUT_BITS);
    unsigned i1 = c->iova >> 30 & 511, i2 = c->iova >> 21 & 511;
    unsigned i3 = c->iova >> 12 & 511;
    uint64_t pa = address_of(f, c, P_DATA);

    if (c->ipa_out && c->s2) {
        pa |= BEYOND_S2;
    }
    for (unsigned p = P_L1CD; p < P_DATA; p++) {
        qtest_memwrite(f->qts, f->pa[p], zeros, sizeof(zeros));
    }
    put(f, f->pa[P_TABLE1] + 8 * i1,
        broken(link_to(f, c, P_TABLE2) | 3, c->s1_level[1], false, false));
    put(f, f->pa[P_TABLE2] + 8 * i2,
        broken(link_to(f, c, P_TABLE3) | 3, c->s1_level[2], false, false));
    put(f, f->pa[P_TABLE3] + 8 * i3,
        broken(pa | QPTE_RW | 3, c->s1_level[3], false, true));
    if (c->two_level) {
        put(f, f->pa[P_L1CD] + (ssid_of(c) >> 6) * 8 % PAGE,
            link_to(f, c, P_CD) | !c->l1cd_v |
            (c->l2ptr_size ? 1ULL << 51 : 0));
    }
    cd.word[0] &= ~(QCD_A | QCD_R);
    cd.word[0] |= (c->a ? QCD_A : 0) | (c->r ? QCD_R : 0);
    cd.word[0] |= c->ha ? QCD_HA | (c->hd ? QCD_HD : 0) : 0;
    if (c->cd_v) {
        cd.word[0] &= ~QCD_V;
    }
    for (int i = 0; i < 8; i++) {
        put(f, f->pa[P_CD] + cd_offset(c) % PAGE + 8 * i, cd.word[i]);
    }
}

static void build(Rig *f, const EventCase *c, uint64_t pool)
{
    QTables t = { .s = f->s, .shift = 12, .input_bits = 40, .start_level = 1,
                  .root = pool };
    QSte ste = c->s2 ? qste_stage2(&t, 7, OUTPUT_BITS) : (QSte) { { 0 } };

    if (c->s2) {
        build_stage2(f, c, pool);
    }
    ste.word[0] = 1 | (4ULL | c->s1 | c->s2 << 1) << 1;
    if (c->s1) {
        build_stage1(f, c);
        ste.word[0] |= link_to(f, c, c->two_level ? P_L1CD : P_CD) |
                       8ULL << 59 | (c->two_level ? 1 << 4 : 0);
    }
    ste.word[1] = QSTE1_SHCFG_INCOMING | c->s1dss | (c->mev ? MEV : 0) |
                  QSTE1_PRIVCFG(c->privcfg) | QSTE1_INSTCFG(c->instcfg);
    if (c->s2 && !c->s2r) {
        ste.word[2] &= ~QSTE2_R;
    }
    if (c->s2 && c->s2ha) {
        ste.word[2] |= QSTE2_HA;
    }
    if (c->ste_v) {
        ste.word[0] &= ~1ULL;
    }
    if (c->ste_config0) {
        ste.word[0] &= ~(7ULL << 1);
    }
    for (int i = 0; i < 8; i++) {
        put(f, f->ste_pa + 8 * i, ste.word[i]);
    }
    put(f, f->l1std, c->sid_out ? 0 : c->ste_abort ? NOWHERE | 9 :
                     f->l1std_word);
    qsmmu_cfgi_all(f->s);
    qsmmu_tlbi_all(f->s);
}

/* ---- Cases ------------------------------------------------------------- */

static void break_something(QRandom *r, EventCase *c)
{
    static const unsigned kinds[] = { B_ABORT, B_INVALID, B_SIZE };
    static const unsigned leaf[] = { B_ABORT, B_INVALID, B_SIZE, B_ACCESS,
                                     B_PERMISSION, B_NO_READ, B_NO_WRITE };
    unsigned level = 1 + qrandom_below(r, LEVELS);
    unsigned kind = level < LEVELS ? kinds[qrandom_below(r, 3)]
                                   : leaf[qrandom_below(r, 7)];

    switch (qrandom_below(r, 24)) {
    case 0:
        c->sid_out = qrandom_one_in(r, 2);
        break;
    case 1:
        c->ste_abort = qrandom_one_in(r, 2);
        break;
    case 2:
        c->ste_v = qrandom_one_in(r, 2);
        break;
    case 3:
        c->ste_config0 = qrandom_one_in(r, 2);
        break;
    case 4:
        c->l1cd_abort = true;
        break;
    case 5:
        c->l1cd_v = true;
        break;
    case 6:
        c->l2ptr_size = true;
        break;
    case 7:
        c->cd_abort = true;
        break;
    case 8:
        c->cd_v = true;
        break;
    case 9:
        c->ipa_out = true;
        break;
    case 10:
        /* Untranslated, at 512 GiB, it would be in a PCI window. */
        c->iova |= 1ULL << (40 + qrandom_below(r, 24));
        break;
    case 11:
        /* An update of stage 1 that stage 2 refuses */
        c->ha = true;
        c->s1_level[LEVELS] |= qrandom_one_in(r, 2) ? B_ACCESS : B_CLEAN;
        c->s2_level[P_TABLE3][LEVELS] |= B_NO_WRITE;
        break;
    case 12 ... 14:
        if (kind == B_NO_READ) {
            kind = B_CLEAN;
        } else if (kind == B_NO_WRITE) {
            kind = B_ACCESS;
        }
        c->s1_level[level] |= kind;
        break;
    default:
        if (level == 1 && kind == B_ABORT) {
            kind = B_INVALID;       /* the root itself is always there */
        }
        c->s2_level[kind == B_NO_WRITE && qrandom_one_in(r, 2) ? P_TABLE3 :
                    qrandom_below(r, PAGES)][level] |= kind;
        break;
    }
}

static EventCase random_case(QRandom *r)
{
    static const unsigned ops[] = {
        QOP_READ, QOP_WRITE, QOP_ADD, QOP_SWAP, QOP_CAS,
    };
    unsigned stages = 1 + qrandom_below(r, 4);
    EventCase c = {
        .s1 = stages == 1 || stages >= 3, .s2 = stages >= 2,
        .privcfg = qrandom_one_in(r, 2) ? qrandom_below(r, 4) : 0,
        .instcfg = qrandom_one_in(r, 2) ? qrandom_below(r, 4) : 0,
        .s1dss = qrandom_one_in(r, 4) ? qrandom_below(r, 4) : 2,
        .a = !qrandom_one_in(r, 4),
        .r = !qrandom_one_in(r, 4),
        .s2r = !qrandom_one_in(r, 4),
        .mev = qrandom_one_in(r, 2),
        .ha = qrandom_one_in(r, 2),
        .hd = qrandom_one_in(r, 2),
        .s2ha = qrandom_one_in(r, 4),
        .two_level = qrandom_one_in(r, 2),
        .op = ops[qrandom_below(r, 5)], .iova = IOVA,
    };

    if (qrandom_one_in(r, 2)) {
        static const uint32_t ssids[] = { 0, 1, 5, 63, 64, 255, 256, 0x3ff };

        c.attr = QATTR_SSID(ssids[qrandom_below(r, 8)]);
        c.attr |= qrandom_one_in(r, 2) ? QATTR_PRIV : 0;
        c.attr |= qrandom_one_in(r, 2) ? QATTR_INST : 0;
    }
    if (!c.s1 && !qrandom_one_in(r, 6)) {
        c.attr = 0;
    }
    for (unsigned n = qrandom_below(r, 5); n; n--) {
        break_something(r, &c);
    }
    if (!c.two_level) {
        c.l1cd_abort = false;
        /* One page of CDs */
        if (ssid_of(&c) >= 64 && ssid_of(&c) < 256) {
            c.attr = (c.attr & ~0xfffffu) | 5;
        }
    }
    if (!c.s2) {
        memset(c.s2_level, 0, sizeof(c.s2_level));
    }
    return c;
}

/* To be read before the assertion that fails */
static void show(unsigned number, const EventCase *c, const uint64_t want[4])
{
    g_test_message("case %u: s1 %d s2 %d two_level %d s1dss %u attr 0x%x "
                   "op %u iova 0x%" PRIx64, number, c->s1, c->s2,
                   c->two_level, c->s1dss, c->attr, c->op, c->iova);
    g_test_message("expected: 0x%016" PRIx64 " 0x%016" PRIx64 " 0x%016" PRIx64
                   " 0x%016" PRIx64, want[0], want[1], want[2], want[3]);
}

static void run(Rig *f, unsigned number, const EventCase *c)
{
    const QJob job = { .op = c->op, .attr = c->attr, .size = 8,
                       .addr = c->iova };
    uint64_t want[4] = { 0 };
    EventExpected x;
    unsigned status;
    bool recorded;
    QEvent e;

    event_case_expect(c, &x);
    recorded = event_case_ends(c, &x, &status);
    if (recorded) {
        event_case_words(c, &x, SID, want);
    }
    show(number, c, want);
    g_assert_cmpuint(qengine_run(&f->e, &job).status, ==, status);
    if (recorded) {
        g_assert_true(qsmmu_pop_event(f->s, &e));
        for (int i = 0; i < 4; i++) {
            g_assert_cmphex(e.word[i], ==, want[i]);
        }
    }
    qsmmu_expect_no_event(f->s);
}

static void test_random(void)
{
    const char *properties = "granules=4k,stage=nested,ssidsize=10,oas=48,"
                             "httu=dirty";
    uint64_t seed = qrandom_seed();
    unsigned n = qrandom_cases(1000);
    uint64_t pool;
    Rig f = { .rig = qrig_new(1, &properties,
                              "-device msmmu-engine,bus=rc1,addr=2.0") };

    f.qts = f.rig->qts;
    f.s = &f.rig->smmu[0];
    qsmmu_start(f.s);
    f.e = qengine_init(&f.rig->rc[0], 0, SID, 1);
    qengine_set_pasid(&f.e, 7);
    qengine_set_atomics(&f.e, true);
    for (int i = 0; i < PAGES; i++) {
        f.pa[i] = qsmmu_alloc(f.s, PAGE, 4 * PAGE);
    }
    f.ste_pa = qsmmu_ste(f.s, SID);
    f.l1std = f.s->stream_table;
    f.l1std_word = qtest_readq(f.qts, f.l1std);
    pool = qsmmu_alloc(f.s, 0x2000 + PAGES * 0x2000, 0x4000);
    for (unsigned i = 0; i < n; i++) {
        QRandom random = qrandom_new(seed, i);
        EventCase c = random_case(&random);

        if (qrandom_only_case() >= 0 && qrandom_only_case() != i) {
            continue;
        }
        build(&f, &c, pool);
        run(&f, i, &c);
    }
    qrig_free(f.rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/events-random/first-of-several-causes",
                   test_random);
    return g_test_run();
}
