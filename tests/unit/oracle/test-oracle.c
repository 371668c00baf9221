/*
 * Random transactions through random instances, against the oracle.
 *
 * A scene is an instance, its registers, what its memory holds, and some
 * transactions. In half of the scenes everything cached is dropped and memory
 * is made up anew between transactions; in the others nothing is dropped, and
 * what is cached must give the same answers as a walk would.
 *
 * MSMMU_SEED=n chooses the random numbers, MSMMU_CASES=n how many cases,
 * MSMMU_CASE=n runs one case alone (after those of its scene before it).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"
#include "machine.h"
#include "report.h"

#define CASES 1000000
#define SCENE_CASES 16
#define MISMATCHES 5




typedef struct Run {
    uint64_t seed;
    uint64_t cases;
    int64_t only;               /* one case, or -1 */
    Machine machine;
    OracleMemory *memory;
    Oracle oracle;
    OracleCoverage coverage;
    Scene scene;
    bool fresh;                 /* nothing stays cached */
    uint32_t used[SCENE_CASES]; /* streams since the last invalidation */
    unsigned used_count;

    uint64_t done;
    uint64_t forwarded;
    uint64_t probes;
    uint64_t refused;           /* configurations that are none */
    GHashTable *open;           /* reason -> count */
    unsigned mismatches;
} Run;

static int64_t environment(const char *name, int64_t otherwise)
{
    const char *value = g_getenv(name);

    return value ? g_ascii_strtoll(value, NULL, 0) : otherwise;
}

/* ---- Scenes ------------------------------------------------------------- */

static void create_instance(Run *run)
{
    MsmmuConfig c;

    for (;;) {
        generate_config(&run->scene.random, &c);
        if (machine_create(&run->machine, &c)) {
            return;
        }
        run->refused++;
    }
}

static void count_instance(OracleCoverage *c, const OracleId *id)
{
    const bool has[FEATURES] = {
        [FEATURE_STAGE1] = id->s1p,
        [FEATURE_STAGE2] = id->s2p,
        [FEATURE_VMSA32] = id->aa32,
        [FEATURE_HYP] = id->hyp,
        [FEATURE_ASID16] = id->asid16,
        [FEATURE_VMID16] = id->vmid16,
        [FEATURE_CD2L] = id->cd2l,
        [FEATURE_ST_LEVEL] = id->st_level,
        [FEATURE_TERM_MODEL] = id->term_model,
        [FEATURE_TYPES_OVR] = id->types_ovr,
        [FEATURE_PERMS_OVR] = id->perms_ovr,
        [FEATURE_HAD] = id->had,
        [FEATURE_XNX] = id->xnx,
        [FEATURE_STT] = id->stt,
        [FEATURE_FWB] = id->fwb,
        [FEATURE_E0PD] = id->e0pd,
        [FEATURE_EPAN] = id->epan,
        [FEATURE_MTEPERM] = id->mteperm,
        [FEATURE_PTWNNC] = id->ptwnnc,
        [FEATURE_4K] = id->gran4k,
        [FEATURE_16K] = id->gran16k,
        [FEATURE_64K] = id->gran64k,
        [FEATURE_DS] = id->ds,
        [FEATURE_VAX] = id->vax,
    };

    c->versions[id->minor]++;
    c->httu[id->httu]++;
    for (unsigned i = 0; i < FEATURES; i++) {
        c->features[i][has[i]]++;
    }
}

static void reset_memory(Run *run)
{
    Scene *s = &run->scene;

    s->seed = random_next(&s->random);
    oracle_memory_reset(run->memory, s->seed, s->aborts, s->roms,
                        generate_words, s);
}

static void begin_scene(Run *run, uint64_t number)
{
    static const unsigned badness[] = { 0, 2, 10, 10, 40 };
    Scene *s = &run->scene;
    Random *r = &s->random;
    SceneRegisters regs;

    *s = (Scene) {
        .random = { random_hash(number, run->seed) }, .oracle = &run->oracle
    };
    s->badness = badness[random_below(r, G_N_ELEMENTS(badness))];
    s->aborts = random_percent(r, 20) ? 10 + random_below(r, 90) : 0;
    s->roms = random_percent(r, 20) ? 5 + random_below(r, 20) : 0;
    s->twins = random_percent(r, 40);
    run->fresh = random_percent(r, 60);
    create_instance(run);
    reset_memory(run);
    oracle_read_registers(&run->oracle, run->machine.m);
    count_instance(&run->coverage, &run->oracle.id);
    regs = generate_registers(s);
    machine_program(&run->machine, &regs);
    oracle_read_registers(&run->oracle, run->machine.m);
    s->last.sid = s->sids[0];
    run->used_count = 0;
}

static void note_stream(Run *run, uint32_t sid)
{
    for (unsigned i = 0; i < run->used_count; i++) {
        if (run->used[i] == sid) {
            return;
        }
    }
    run->used[run->used_count++] = sid;
}

/* Between two transactions. */
static void next_in_scene(Run *run, const MsmmuRequest *last,
                          const MsmmuRequest *rq)
{
    Scene *s = &run->scene;
    Random *r = &s->random;

    if (run->fresh && random_percent(r, 70)) {
        if (random_percent(r, 50)) {
            reset_memory(run);
        } else {
            oracle_memory_disturb(run->memory, random_next(r));
        }
        /* CDs, too: they are read through stage 2's tables. */
        machine_invalidate(&run->machine, run->used, run->used_count,
                           random_percent(r, 5));
        run->used_count = 0;
    } else if (run->fresh) {
        machine_invalidate_tables(&run->machine);
    } else if (last->sid != rq->sid || last->ssid != rq->ssid ||
               last->ssid_valid != rq->ssid_valid) {
        /* 5.4.1: all CDs of EL2 are one context. */
        machine_invalidate_el2(&run->machine);
    }
}

/* ---- One case ----------------------------------------------------------- */

static const MachineUpdate *find_update(const Machine *mc, uint64_t pa)
{
    for (unsigned i = 0; i < mc->update_count; i++) {
        if (mc->updates[i].pa == pa) {
            return &mc->updates[i];
        }
    }
    return NULL;
}

static const char *compare_updates(const Machine *mc,
                                   const OracleOutcome *want)
{
    unsigned accounted = 0;

    for (unsigned i = 0; i < want->change_count; i++) {
        const OracleChange *change = &want->changes[i];
        const MachineUpdate *update = find_update(mc, change->pa);
        uint64_t changed = update ? update->changed : 0;

        if (changed != change->changed) {
            return "the update of a descriptor";
        }
        accounted += update != NULL;
    }
    return accounted == mc->update_count ? NULL
                                         : "something else is updated";
}

static const char *compare_forwarded(const OracleOutcome *want,
                                     const MsmmuResult *got, bool fresh)
{
    unsigned differing = got->perms ^ want->perms;

    /* What a write would find updated, a probe does not. */
    if (want->probed_updates) {
        differing &= ~MSMMU_PERM_WRITE;
    }
    if (!fresh) {
        differing &= ~(want->perms & want->perms_stale);
    }
    if (got->pa != want->pa) {
        return "pa";
    }
    if (got->size_log2 < 12 || got->size_log2 > want->size_log2) {
        return "size_log2";
    }
    if (differing) {
        return "perms";
    }
    if (got->attributes.memory_type != want->memory_type) {
        return "memory type";
    }
    if (got->attributes.shareability != want->shareability) {
        return "shareability";
    }
    /* "Kept" can only be what the defaults of 13.1.3 are. */
    if (got->attributes.from_device &&
        (want->memory_type != 0xff || want->shareability != 0)) {
        return "from_device";
    }
    return NULL;
}

/* What differs, or NULL. */
static const char *compare(const Run *run, const OracleOutcome *want,
                           const MsmmuResult *got)
{
    const Machine *mc = &run->machine;

    if (got->disposition != want->disposition) {
        return "disposition";
    }
    if (mc->records != want->recorded) {
        return "number of records";
    }
    if (want->recorded &&
        memcmp(mc->record, want->record, sizeof(want->record))) {
        return "record";
    }
    if (mc->strays) {
        return "writes to elsewhere";
    }
    if (want->disposition == MSMMU_FORWARD) {
        const char *difference = compare_forwarded(want, got, run->fresh);

        if (difference) {
            return difference;
        }
    }
    return compare_updates(mc, want);
}

static void count_open(Run *run, const char *reason)
{
    uintptr_t count =
        (uintptr_t)g_hash_table_lookup(run->open, reason);

    g_hash_table_insert(run->open, (void *)reason, (void *)(count + 1));
}

static void report_mismatch(Run *run, uint64_t number, const MsmmuRequest *rq,
                            const OracleOutcome *want,
                            const MsmmuResult *got, const char *difference)
{
    run->mismatches++;
    g_test_message("MISMATCH in %s: MSMMU_SEED=%" G_GUINT64_FORMAT
                   " MSMMU_CASE=%" G_GUINT64_FORMAT, difference, run->seed,
                   number);
    report_case(&run->oracle, &run->machine, rq, want, got, run->fresh);
}

/* False: the scene can't go on. */
static bool run_case(Run *run, uint64_t number, const MsmmuRequest *rq)
{
    const char *difference;
    OracleOutcome want;
    MsmmuResult got;

    oracle_translate(&run->oracle, rq, &want);
    if (rq->probe) {
        run->probes++;
        want.recorded = false;
        want.probed_updates = want.change_count;
        want.change_count = 0;
    }
    note_stream(run, rq->sid);
    machine_forget(&run->machine);
    got = msmmu_translate(run->machine.m, rq);
    run->done++;
    run->forwarded += want.disposition == MSMMU_FORWARD;
    if (want.open) {
        count_open(run, want.open);
        return false;
    }
    difference = compare(run, &want, &got);
    if (run->only == (int64_t)number) {
        report_case(&run->oracle, &run->machine, rq, &want, &got, run->fresh);
    }
    if (difference) {
        report_mismatch(run, number, rq, &want, &got, difference);
        return false;
    }
    return true;
}

static void run_scene(Run *run, uint64_t scene)
{
    MsmmuRequest last;

    begin_scene(run, scene);
    last = run->scene.last;
    for (unsigned i = 0; i < SCENE_CASES; i++) {
        uint64_t number = scene * SCENE_CASES + i;
        MsmmuRequest rq = generate_request(&run->scene);

        if (i) {
            next_in_scene(run, &last, &rq);
        }
        if (!run_case(run, number, &rq) || run->only == (int64_t)number) {
            return;
        }
        last = rq;
    }
}

/* ---- The run ------------------------------------------------------------ */

static Run *the_run(void)
{
    static Run run;

    if (run.memory) {
        return &run;
    }
    run.seed = environment("MSMMU_SEED", g_get_real_time() & 0xffffffff);
    run.cases = environment("MSMMU_CASES", CASES);
    run.only = environment("MSMMU_CASE", -1);
    run.memory = oracle_memory_new();
    run.open = g_hash_table_new(g_str_hash, g_str_equal);
    run.oracle.memory = run.memory;
    run.oracle.coverage = &run.coverage;
    machine_init(&run.machine, run.memory);
    g_test_message("MSMMU_SEED=%" G_GUINT64_FORMAT, run.seed);
    if (run.only >= 0) {
        run_scene(&run, run.only / SCENE_CASES);
        return &run;
    }
    for (uint64_t scene = 0;
         run.done < run.cases && run.mismatches < MISMATCHES; scene++) {
        run_scene(&run, scene);
    }
    return &run;
}

static void test_match(void)
{
    Run *run = the_run();
    GHashTableIter iter;
    void *reason, *count;

    g_test_message("%" G_GUINT64_FORMAT " cases, %" G_GUINT64_FORMAT
                   " forwarded, %" G_GUINT64_FORMAT " probes; %"
                   G_GUINT64_FORMAT " configurations refused", run->done,
                   run->forwarded, run->probes, run->refused);
    g_hash_table_iter_init(&iter, run->open);
    while (g_hash_table_iter_next(&iter, &reason, &count)) {
        g_test_message("not compared: %s: %u", (const char *)reason,
                       (unsigned)(uintptr_t)count);
    }
    if (run->mismatches) {
        g_test_fail();
    }
}

static void test_coverage(void)
{
    Run *run = the_run();
    unsigned missed = oracle_coverage_report(&run->coverage);

    if (run->done < CASES) {
        g_test_skip("fewer cases than it takes to reach everything");
        return;
    }
    if (missed) {
        g_test_message("%u rows were not reached", missed);
        g_test_fail();
    }
}

int main(int argc, char **argv)
{
    Run *run;
    int status;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/oracle/random-transactions-end-as-specified",
                    test_match);
    g_test_add_func("/msmmu/oracle/random-transactions-reach-every-rule",
                    test_coverage);
    status = g_test_run();
    run = the_run();
    machine_finish(&run->machine);
    oracle_memory_free(run->memory);
    g_hash_table_unref(run->open);
    return status;
}
