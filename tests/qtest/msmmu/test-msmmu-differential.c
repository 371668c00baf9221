/*
 * Upstream's SMMUv3 on pcie.0 and an msmmu-smmuv3 of the same features on rc1
 * share a stream table, CDs and translation tables, and the same device behind
 * each makes the same accesses: random ones through random legal
 * configurations. What each does is compared, word by word, and ours with what
 * the specification says, too.
 *
 * A difference must be one of the explained deviations of upstream's model
 * (differential_explain.c). Cases run in a child process: upstream's model may
 * end the emulator, which is noted, and the run goes on with the next case.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include <sys/mman.h>
#include "differential.h"
#include "rig.h"

/* Upstream's virt has both stages, whatever -global says. */
#define FEATURES "stage=nested,oas=44,sidsize=16,bbml=2,arch=3.1," \
                 "term-model=abort,attr-types-ovr=off,attr-perms-ovr=off," \
                 "msi=off"
#define UPSTREAM_REGS 0x09050000
#define UPSTREAM_MEMORY QRIG_SMMU_MEMORY(0)
#define OUR_MEMORY QRIG_SMMU_MEMORY(1)
/* Tables, STEs and CDs of both */
#define SHARED_MEMORY QRIG_SMMU_MEMORY(2)

#define CASES 500
/* Cases that one process of the emulator lives for */
#define CASES_A_RUN 250
#define ACCESSES 12

/* What is in the buffers of edu: what is stored, then what was loaded. */
#define LOADED_AT 0x100
#define SCRATCH 0x4b000000ULL

typedef struct Side {
    QSmmu smmu;
    QEdu edu;
    uint64_t value;         /* what it stores */
} Side;

/* What a child tells its parent */
typedef struct Shared {
    unsigned next;          /* case to begin with */
    unsigned differences;
    unsigned accesses;
    unsigned same;
    unsigned predicted;
    unsigned outcomes[0x40];
    unsigned forwarded;
    unsigned explained[64];
    bool failed;
} Shared;

typedef struct Run {
    QTestState *qts;
    Side side[2];           /* upstream's, ours */
    QSmmu shared;
    uint64_t shared_start;
    Shared *told;
    QDiffCase c;
    struct {
        QDiffAccess a;
        QDiffSeen seen[2];
        uint64_t value;     /* that a load is to see */
    } done[ACCESSES];
    unsigned num_done;
} Run;

/* ---- The machine ------------------------------------------------------- */

static void start(Side *s, const QRc *rc, uint64_t stream_table)
{
    s->edu = qedu_init(rc, 0, QRIG_DEVFN, 0);
    qsmmu_setup_queues(&s->smmu, 8, 7);
    s->smmu.stream_table = stream_table;
    qsmmu_writeq(&s->smmu, QSMMU_STRTAB_BASE, stream_table);
    qsmmu_writel(&s->smmu, QSMMU_STRTAB_BASE_CFG, 6);
    qsmmu_writel(&s->smmu, QSMMU_CR2, QCR2_RECINVSID);
    qsmmu_writel(&s->smmu, QSMMU_CR0,
                 QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
}

static void run_start(Run *run)
{
    uint64_t stream_table;
    QRc rcs[2];

    run->qts = qtest_init("-M virt-msmmu,iommu=smmuv3 -nodefaults -m 256M "
                          "-device msmmu-rc,id=rc1 -device msmmu-smmuv3,"
                          "id=smmu1,primary-bus=rc1," FEATURES " "
                          QRIG_EDU "bus=pcie.0,addr=1 "
                          QRIG_EDU "bus=rc1,addr=1");
    rcs[0] = qrc_pcie0(run->qts);
    rcs[1] = qrc_get(run->qts, 0);
    run->side[0].smmu = qsmmu_get(run->qts, 0, UPSTREAM_MEMORY);
    run->side[0].smmu.regs = UPSTREAM_REGS;
    run->side[1].smmu = qsmmu_get(run->qts, 0, OUR_MEMORY);
    run->shared = qsmmu_get(run->qts, 0, SHARED_MEMORY);
    stream_table = qsmmu_alloc(&run->shared, 0x1000, 0x1000);
    run->shared_start = run->shared.memory;
    run->shared.written = g_hash_table_new_full(g_int64_hash, g_int64_equal,
                                                g_free, g_free);
    run->side[0].value = 0x5555555555555555ULL;
    run->side[1].value = 0x3333333333333333ULL;
    for (int i = 0; i < 2; i++) {
        start(&run->side[i], &rcs[i], stream_table);
    }
}

/* Write the STE and have both forget all. */
static void configure(Run *run, const QSte *ste)
{
    static const uint64_t forget[][2] = {
        { QCMD_CFGI_STE_RANGE, 31 }, { QCMD_TLBI_NSNH_ALL }, { QCMD_SYNC },
    };
    const uint64_t pa = run->side[0].smmu.stream_table + QRIG_SID * 64;

    qste_store(&run->side[0].smmu, pa, ste);
    for (int i = 0; i < 2; i++) {
        qsmmu_run(&run->side[i].smmu, forget, ARRAY_SIZE(forget));
    }
}

/* With the stream in bypass: fill the buffers, or see what is in them. */
static void bypass(Run *run, bool see)
{
    const QSte ste = { { QSTE_BYPASS, QSTE1_SHCFG_INCOMING } };

    configure(run, &ste);
    for (int i = 0; i < 2; i++) {
        const QEdu *edu = &run->side[i].edu;

        if (see) {
            qedu_store_at(edu, SCRATCH + i * 0x1000, LOADED_AT, 8 * ACCESSES);
            continue;
        }
        qtest_memset(run->qts, SCRATCH, 0, 8 * ACCESSES);
        qedu_load_at(edu, SCRATCH, LOADED_AT, 8 * ACCESSES);
        qtest_writeq(run->qts, SCRATCH, run->side[i].value);
        qedu_load_at(edu, SCRATCH, 0, 8);
    }
}

/* ---- Accesses ---------------------------------------------------------- */

static void make_access(Run *run, QDiffAccess *a)
{
    QDiffCase *c = &run->c;
    QRandom *r = &c->r;
    const QDiffLeaf *l = &c->leaf[qrandom_below(r, QDIFF_LEAVES)];

    *a = (QDiffAccess) {
        .leaf = l,
        .iova = l->va,
        .len = qrandom_one_in(r, 8) ? 8 : 4,
        .store = qrandom_one_in(r, 2),
    };
    if (qrandom_one_in(r, 12)) {
        a->top_byte = true;
        a->iova ^= (1 + qrandom_below(r, 255)) * (1ULL << 56);
    } else if (qrandom_one_in(r, 16)) {
        a->leaf = NULL;
        a->iova = (l->upper ? ~0ULL << 56 : 0) |
                  (qrandom_64(r) >> (8 + qrandom_below(r, 32)) & ~7ULL);
    }
    for (unsigned i = 0; i < run->num_done; i++) {
        if (run->done[i].a.leaf == l) {
            a->again = true;
            a->after_store |= run->done[i].a.store;
        }
    }
}

static void observe(Run *run, unsigned n, int i)
{
    const QDiffAccess *a = &run->done[n].a;
    QDiffSeen *seen = &run->done[n].seen[i];
    Side *side = &run->side[i];
    QEvent e;

    *seen = (QDiffSeen) {};
    if (a->store) {
        if (a->leaf) {
            qtest_writeq(run->qts, a->leaf->pa, 0);
        }
        qedu_store(&side->edu, a->iova, a->len);
        if (a->leaf) {
            uint64_t mask = UINT64_MAX >> (64 - 8 * a->len);

            seen->landed = qtest_readq(run->qts, a->leaf->pa) ==
                           (side->value & mask);
        }
    } else {
        if (a->leaf) {
            qtest_writeq(run->qts, a->leaf->pa, run->done[n].value);
        }
        qedu_load_at(&side->edu, a->iova, LOADED_AT + 8 * n, a->len);
    }
    while (qsmmu_pop_event(&side->smmu, &e)) {
        if (!seen->num++) {
            seen->e = e;
        }
    }
}

static void plan_access(Run *run, const QDiffAccess *a)
{
    unsigned n = run->num_done++;

    run->done[n].a = *a;
    run->done[n].value = qrandom_64(&run->c.r) | 1;
}

/* Loads are seen when all is done, with the stream in bypass. */
static void see_loads(Run *run)
{
    uint64_t loaded[2][ACCESSES];

    bypass(run, true);
    for (int i = 0; i < 2; i++) {
        qtest_memread(run->qts, SCRATCH + i * 0x1000, loaded[i],
                      sizeof(loaded[i]));
    }
    for (unsigned n = 0; n < run->num_done; n++) {
        const QDiffAccess *a = &run->done[n].a;
        uint64_t mask = UINT64_MAX >> (64 - 8 * a->len);

        for (int i = 0; i < 2 && !a->store && a->leaf; i++) {
            run->done[n].seen[i].landed =
                (le64_to_cpu(loaded[i][n]) & mask) ==
                (run->done[n].value & mask);
        }
    }
}

/* ---- Unmapping --------------------------------------------------------- */

/* A command that drops the leaf, of those that do */
static void random_tlbi(Run *run, const QDiffLeaf *l, uint64_t word[2])
{
    QDiffCase *c = &run->c;
    bool stage1 = qdiff_has(c, QDIFF_STAGE_1);
    const QTables *t = stage1 ? &c->s1[l->upper] : &c->s2;
    int level = stage1 ? l->level1 : l->level2;
    uint64_t low = (1ULL << qtables_span_log2(t, level)) - 1;
    uint64_t tags = (uint64_t)c->vmid << 32 |
                    (stage1 ? (uint64_t)c->asid << 48 : 0);
    static const unsigned ops1[] = {
        QCMD_TLBI_NH_VA, QCMD_TLBI_NH_VAA, QCMD_TLBI_NH_VA, QCMD_TLBI_NH_VAA,
        QCMD_TLBI_NH_ASID, QCMD_TLBI_NH_ALL, QCMD_TLBI_NSNH_ALL,
    };
    static const unsigned ops2[] = {
        QCMD_TLBI_S2_IPA, QCMD_TLBI_S2_IPA, QCMD_TLBI_S2_IPA,
        QCMD_TLBI_S12_VMALL, QCMD_TLBI_NSNH_ALL,
    };
    unsigned op = stage1 ? ops1[qrandom_below(&c->r, ARRAY_SIZE(ops1))]
                         : ops2[qrandom_below(&c->r, ARRAY_SIZE(ops2))];

    if (op == QCMD_TLBI_NH_ASID && !(l->attrs1 & QPTE_NG)) {
        op = QCMD_TLBI_NH_ALL;
    }
    word[0] = op | tags;
    word[1] = 0;
    if (op == QCMD_TLBI_NH_VA || op == QCMD_TLBI_NH_VAA ||
        op == QCMD_TLBI_S2_IPA) {
        word[1] = (l->va & ~0xfffULL) | qrandom_below(&c->r, 2);
        if (qrandom_one_in(&c->r, 3)) {
            /* By granule, with the level of the leaf */
            word[1] = (l->va & ~low) | ((t->shift - 10) / 2) << 10 |
                      level << 8 | 1;
            /* Two of them: TG with NUM = SCALE = TTL = 0 is reserved. */
            word[0] |= 1 << 12;
        }
    }
}

/* One leaf goes at the end, and with it what was cached. */
static void plan_unmapping(Run *run)
{
    QDiffCase *c = &run->c;
    const QDiffLeaf *l = &c->leaf[qrandom_below(&c->r, QDIFF_LEAVES)];
    QDiffAccess a = { .leaf = l, .iova = l->va, .len = 4, .unmapped = true };

    random_tlbi(run, l, a.tlbi);
    for (unsigned n = 0; n < run->num_done; n++) {
        a.again |= run->done[n].a.leaf == l;
    }
    plan_access(run, &a);
    a.store = true;
    plan_access(run, &a);
}

/* What was planned, by one of them */
static void play(Run *run, int i)
{
    const QDiffCase *c = &run->c;
    QSmmu *s = &run->side[i].smmu;
    uint64_t slot = 0, descriptor = 0;

    for (unsigned n = 0; n < run->num_done; n++) {
        const QDiffAccess *a = &run->done[n].a;
        const uint64_t commands[][2] = {
            { a->tlbi[0], a->tlbi[1] }, { QCMD_SYNC },
        };

        if (a->unmapped && !slot) {
            slot = qdiff_has(c, QDIFF_STAGE_1) ? a->leaf->slot1_pa
                                               : a->leaf->slot2;
            descriptor = qtest_readq(run->qts, slot);
            qtest_writeq(run->qts, slot, 0);
            qsmmu_run(s, commands, ARRAY_SIZE(commands));
        }
        observe(run, n, i);
    }
    qtest_writeq(run->qts, slot, descriptor);
}

/* ---- Comparing --------------------------------------------------------- */

static void show(const char *who, const QDiffSeen *s)
{
    g_printerr("%s: %s, %u events", who,
               s->landed ? "landed" : "did not land", s->num);
    if (s->num) {
        g_printerr(", %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %016"
                   PRIx64, s->e.word[0], s->e.word[1], s->e.word[2],
                   s->e.word[3]);
    }
    g_printerr("\n");
}

static void fail(Run *run, unsigned n, const char *why)
{
    run->told->failed = true;
    g_printerr("case %u, access %u: %s\n", run->told->next, n, why);
    qdiff_print(&run->c, &run->done[n].a);
    show("upstream", &run->done[n].seen[0]);
    show("ours    ", &run->done[n].seen[1]);
}

/* What the specification says of ours */
static bool is_predicted(Run *run, unsigned n)
{
    const QDiffSeen *s = &run->done[n].seen[1];
    QDiffOutcome p;

    if (!qdiff_predict(&run->c, &run->done[n].a, &p)) {
        return true;
    }
    run->told->predicted++;
    if (p.landed != s->landed || s->num != (p.type ? 1 : 0) ||
        (p.type && qevent_type(&s->e) != p.type)) {
        return false;
    }
    return p.type < QEVT_F_TRANSLATION ||
           ((s->e.word[1] >> 39 & 1) + 1 == p.stage &&
            (s->e.word[1] >> 40 & 3) == p.class);
}

static bool explain(Run *run, unsigned n)
{
    QDiffSeen theirs = run->done[n].seen[0];
    const QDiffSeen *ours = &run->done[n].seen[1];
    uint64_t used = 0;

    for (unsigned i = 0; i < qnum_deviations; i++) {
        if (qdiff_is_same(ours, &theirs)) {
            break;
        }
        if (qdeviations[i].mend(&run->c, &run->done[n].a, ours, &theirs)) {
            used |= 1ULL << i;
        }
    }
    if (!qdiff_is_same(ours, &theirs)) {
        return false;
    }
    for (unsigned i = 0; i < qnum_deviations; i++) {
        run->told->explained[i] += used >> i & 1;
    }
    return true;
}

static void compare(Run *run)
{
    Shared *told = run->told;

    for (unsigned n = 0; n < run->num_done; n++) {
        const QDiffSeen *ours = &run->done[n].seen[1];

        told->accesses++;
        told->forwarded += ours->landed;
        told->outcomes[ours->num ? qevent_type(&ours->e) : 0]++;
        if (!is_predicted(run, n)) {
            fail(run, n, "ours is not what the specification says");
        }
        if (qdiff_is_same(&run->done[n].seen[0], ours)) {
            told->same++;
            continue;
        }
        told->differences++;
        if (!explain(run, n)) {
            fail(run, n, "unexplained difference");
        }
    }
}

static void run_case(Run *run, uint64_t seed, unsigned n)
{
    run->shared.memory = run->shared_start;
    g_hash_table_remove_all(run->shared.written);
    run->num_done = 0;
    bypass(run, false);
    qdiff_make(&run->c, &run->shared, seed, n);
    configure(run, &run->c.ste);
    while (run->num_done < ACCESSES - 2) {
        QDiffAccess a;

        make_access(run, &a);
        plan_access(run, &a);
    }
    plan_unmapping(run);
    /* Ours first: upstream's stray stores may hit the tables. */
    play(run, 1);
    play(run, 0);
    see_loads(run);
    compare(run);
}

/* ---- Processes --------------------------------------------------------- */

static void child(Shared *told, uint64_t seed, unsigned cases)
{
    unsigned first = told->next;
    Run *run = g_new0(Run, 1);

    run->told = told;
    run_start(run);
    while (told->next < cases && told->next - first < CASES_A_RUN) {
        run_case(run, seed, told->next);
        told->next++;
    }
    qtest_quit(run->qts);
    g_free(run);
}

/* What a child and its emulator have to say when they end like this */
static void read_errors(FILE *errors, Shared *told, bool died)
{
    char line[0x1000];
    bool upstream = false;

    rewind(errors);
    while (fgets(line, sizeof(line), errors)) {
        fputs(line, stderr);
        upstream |= strstr(line, "ERROR:") && strstr(line, "hw/arm/smmu");
    }
    /* Nothing but upstream's model may end the emulator. */
    told->failed |= died && !upstream;
}

static bool run_child(Shared *told, uint64_t seed, unsigned cases)
{
    FILE *errors = tmpfile();
    bool died;
    int status;
    pid_t pid;

    g_assert_nonnull(errors);
    pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (!pid) {
        dup2(fileno(errors), STDERR_FILENO);
        child(told, seed, cases);
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    read_errors(errors, told, died);
    fclose(errors);
    return !died;
}

static void report(const Shared *told, unsigned deaths)
{
    g_test_message("%u accesses: %u alike, %u differ; ours was foretold for "
                   "%u, forwarded %u", told->accesses, told->same,
                   told->differences, told->predicted, told->forwarded);
    for (unsigned i = 0; i < ARRAY_SIZE(told->outcomes); i++) {
        if (told->outcomes[i]) {
            g_test_message("ours: event 0x%02x: %u", i, told->outcomes[i]);
        }
    }
    for (unsigned i = 0; i < qnum_deviations; i++) {
        g_test_message("upstream: %-40s %u", qdeviations[i].name,
                       told->explained[i]);
    }
    g_test_message("upstream's model ended the emulator %u times", deaths);
}

static void test_differential(void)
{
    uint64_t seed = qrandom_seed();
    unsigned cases = qrandom_cases(CASES);
    int64_t only = qrandom_only_case();
    unsigned deaths = 0;
    Shared *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    g_assert_true(told != MAP_FAILED);
    if (only >= 0) {
        told->next = only;
        cases = only + 1;
    }
    while (told->next < cases) {
        if (!run_child(told, seed, cases)) {
            g_test_message("the emulator ended in case %u", told->next);
            told->next++;
            deaths++;
        }
    }
    report(told, deaths);
    g_assert_false(told->failed);
    munmap(told, sizeof(*told));
}

/* The ID registers that matter here say the same. */
static void test_features(void)
{
    Run *run = g_new0(Run, 1);

    run_start(run);
    for (uint32_t reg = QSMMU_IDR0; reg <= QSMMU_IDR5; reg += 4) {
        g_assert_cmphex(qsmmu_readl(&run->side[0].smmu, reg), ==,
                        qsmmu_readl(&run->side[1].smmu, reg));
    }
    qtest_quit(run->qts);
    g_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/differential/features-are-alike", test_features);
    qtest_add_func("/msmmu/differential/differences-are-explained",
                   test_differential);
    return g_test_run();
}
