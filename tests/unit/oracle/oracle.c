/*
 * One transaction from its arrival to its end (IHI 0070 3.3, 3.4, 13.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "model.h"

static void forward(OracleRun *run, uint64_t pa, const OracleAttributes *a)
{
    OracleOutcome *out = run->out;

    out->disposition = MSMMU_FORWARD;
    out->pa = pa;
    oracle_output_attributes(a, out);
    run->o->coverage->ways[WAY_FORWARDED]++;
}

void oracle_trace(const Oracle *o, const char *what, uint64_t pa,
                  const uint64_t *words, unsigned count)
{
    GString *line;

    if (!o->trace) {
        return;
    }
    line = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++) {
        g_string_append_printf(line, " %016" PRIx64, words[i]);
    }
    g_test_message("  %s at %" PRIx64 ":%s", what, pa, line->str);
    g_string_free(line, true);
}

/* 3.4, 6.3.14: SMMUEN = 0. */
static void pass_disabled(OracleRun *run)
{
    const Oracle *o = run->o;
    uint64_t *ways = o->coverage->ways;
    OracleAttributes a = oracle_incoming_of_gbpa(o);

    if (oracle_bits(o->gbpa, 20, 20)) {
        ways[WAY_DISABLED_ABORT]++;
        oracle_end_silently(run);
    } else if (oracle_exceeds(run->rq.iova, o->id.oas)) {
        ways[WAY_DISABLED_BEYOND]++;
        oracle_end_silently(run);
    } else {
        ways[WAY_DISABLED_FORWARD]++;
        run->out->perms_stale = 0;
        run->out->perms = MSMMU_PERM_READ | MSMMU_PERM_WRITE |
                          MSMMU_PERM_EXEC;
        run->out->size_log2 = o->id.oas;
        forward(run, run->rq.iova, &a);
    }
}

/* 13.1.4, 13.1.2: writes are data, whatever else is said of them. */
static void override_access(OracleRun *run)
{
    const OracleId *id = &run->o->id;
    unsigned privcfg = oracle_field(run->ste, 113, 112);
    unsigned instcfg = oracle_field(run->ste, 115, 114);

    if (id->perms_ovr && privcfg >= 2) {
        run->access.privileged = privcfg == 3;
    }
    if (id->perms_ovr && instcfg >= 2) {
        run->access.instruction = instcfg == 3;
    }
    if (run->access.write) {
        run->access.instruction = false;
    }
}

/* ---- Permissions of the answer ------------------------------------------ */

/* Whether @access works by what the leaves say now. */
static bool works(const OracleRun *run, OracleAccess access)
{
    OraclePermissions p;

    if (run->s1) {
        p = oracle_stage1_permissions(run, &run->t1, &run->leaf1, access);
        if (!oracle_permits(&p, access) ||
            (access.write && p.clean && !run->access.write)) {
            return false;
        }
    }
    if (run->s2) {
        p = oracle_stage2_permissions(run, &run->t2, &run->leaf2, access);
        if (!oracle_permits(&p, access) ||
            (access.write && p.clean && !run->access.write)) {
            return false;
        }
    }
    return true;
}

/*
 * What this requester may do without a further update: reads, which INSTCFG may
 * make fetches of; writes; and fetches, which it may make reads of.
 */
static unsigned permissions(const OracleRun *run)
{
    const OracleId *id = &run->o->id;
    unsigned instcfg = id->perms_ovr ? oracle_field(run->ste, 115, 114) : 0;
    OracleAccess read = {
        .privileged = run->access.privileged, .instruction = instcfg == 3
    };
    OracleAccess write = {
        .privileged = run->access.privileged, .write = true
    };
    OracleAccess fetch = {
        .privileged = run->access.privileged, .instruction = instcfg != 2
    };

    return (works(run, read) ? MSMMU_PERM_READ : 0) |
           (works(run, write) ? MSMMU_PERM_WRITE : 0) |
           (works(run, fetch) ? MSMMU_PERM_EXEC : 0);
}

/*
 * What was cached while it was clean may still say so: a write looks again, but
 * nothing else does.
 */
static bool may_be_stale(const OracleRun *run)
{
    bool managed = false;

    if (run->s1) {
        managed |= run->t1.update_dirty &&
                   oracle_bits(run->leaf1.descriptor, 51, 51);
    }
    if (run->s2) {
        managed |= run->t2.update_dirty &&
                   oracle_bits(run->leaf2.descriptor, 51, 51);
    }
    return managed && !run->access.write;
}

/* ---- Translation -------------------------------------------------------- */

/*
 * 3.4: the input ends at the OAS where Config has nothing translate. With
 * S1DSS it ends at the IAS (a choice of this model: 5.2 says both), and if
 * stage 2 does not translate, what exceeds the OAS is cut off.
 */
static bool bypass_stage1(OracleRun *run, uint64_t *ipa)
{
    const OracleId *id = &run->o->id;
    bool nothing = oracle_field(run->ste, 3, 1) == 4;
    unsigned limit = nothing ? id->oas : oracle_ias(id);

    *ipa = run->rq.iova;
    run->out->size_log2 = run->s2 ? limit : id->oas;
    if (oracle_exceeds(run->rq.iova, limit)) {
        return oracle_fault(run, F_ADDR_SIZE, 1, CLASS_IN, 0);
    }
    return true;
}

static bool translate(OracleRun *run, uint64_t *pa)
{
    OracleOutcome *out = run->out;
    uint64_t ipa;

    if (run->s1) {
        if (!oracle_stage1(run, run->rq.iova, &ipa)) {
            return false;
        }
        out->size_log2 = run->leaf1.size_log2;
    } else if (!bypass_stage1(run, &ipa)) {
        return false;
    }
    if (run->s2) {
        oracle_stage2_tables(run, &run->t2);
        if (!oracle_stage2(run, ipa, CLASS_IN, run->access, pa,
                           &run->leaf2)) {
            return false;
        }
        out->size_log2 = MIN(out->size_log2, run->leaf2.size_log2);
        return true;
    }
    /* 3.4: what is beyond the output size is cut. */
    *pa = oracle_truncate(ipa, run->o->id.oas);
    return oracle_set_dirty_s1(run);
}

static void count_configuration(const OracleRun *run)
{
    static const OracleWay worlds[] = {
        WAY_WORLD_EL1, WAY_WORLD_EL2, WAY_WORLD_E2H
    };
    uint64_t *ways = run->o->coverage->ways;

    if (run->s1) {
        ways[worlds[run->world]]++;
    }
    ways[run->s1 && run->s2 ? WAY_NESTED : run->s1 ? WAY_S1_ONLY
         : run->s2 ? WAY_S2_ONLY : WAY_BYPASS]++;
}

static void translate_stream(OracleRun *run)
{
    OracleAttributes a;
    uint64_t pa;

    if (!oracle_find_ste(run)) {
        return;
    }
    run->s1 = oracle_bit(run->ste, 1);
    run->s2 = oracle_bit(run->ste, 2);
    run->world = oracle_world(run->o, run->ste);
    override_access(run);
    if (!oracle_find_cd(run)) {
        return;
    }
    count_configuration(run);
    if (!translate(run, &pa)) {
        oracle_end_with_fault(run);
        return;
    }
    a = oracle_incoming_of_ste(run);
    if (run->s1) {
        a = oracle_attributes_stage1(run, &run->t1, &run->leaf1, &a);
    }
    if (run->s2) {
        a = oracle_attributes_stage2(run, &run->t2, &run->leaf2, &a);
    }
    run->out->perms = permissions(run);
    run->out->perms_stale = may_be_stale(run) ? MSMMU_PERM_WRITE : 0;
    forward(run, pa, &a);
}

static void begin(OracleRun *run, const Oracle *o, const MsmmuRequest *rq,
                  OracleOutcome *out)
{
    *run = (OracleRun) {
        .o = o, .rq = *rq, .out = out,
        .access = {
            .write = rq->write,
            .atomic = rq->write && rq->atomic,
            .instruction = rq->instruction && !rq->write,
            .privileged = rq->privileged,
        },
    };
    out->recorded = false;
    memset(out->record, 0, sizeof(out->record));
    out->change_count = 0;
    out->probed_updates = 0;
    out->open = NULL;
}

void oracle_translate(const Oracle *o, const MsmmuRequest *rq,
                      OracleOutcome *out)
{
    OracleRun run;

    begin(&run, o, rq, out);
    if (oracle_bits(o->cr0, 0, 0)) {
        translate_stream(&run);
    } else {
        pass_disabled(&run);
    }
    oracle_check_changes(&run);
}

void oracle_input_sizes(const Oracle *o, const MsmmuRequest *rq,
                        unsigned bits[2])
{
    OracleCoverage unused = { 0 };
    Oracle quiet = *o;
    OracleOutcome out;
    OracleRun run;
    OracleTables t;

    quiet.coverage = &unused;
    begin(&run, &quiet, rq, &out);
    bits[0] = bits[1] = 0;
    if (!oracle_bits(o->cr0, 0, 0) || !oracle_find_ste(&run)) {
        return;
    }
    run.s1 = oracle_bit(run.ste, 1);
    run.s2 = oracle_bit(run.ste, 2);
    run.world = oracle_world(o, run.ste);
    if (!oracle_find_cd(&run)) {
        return;
    }
    if (run.s1) {
        for (unsigned half = 0; half < (run.world == WORLD_EL2 ? 1 : 2);
             half++) {
            oracle_stage1_tables(&run, half, &t);
            bits[half] = t.input_bits;
        }
    } else if (run.s2) {
        oracle_stage2_tables(&run, &t);
        bits[0] = t.input_bits;
    } else {
        bits[0] = o->id.oas;
    }
}
