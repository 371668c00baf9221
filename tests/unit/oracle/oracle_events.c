/*
 * How a transaction ends otherwise than by being forwarded: which record
 * (IHI 0070 7.3), and what the device sees (5.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "model.h"

static bool terminate(OracleRun *run, bool abort, bool record)
{
    uint64_t *ways = run->o->coverage->ways;

    run->out->disposition = abort ? MSMMU_ABORT : MSMMU_RAZ_WI;
    run->out->recorded = record;
    ways[abort ? WAY_ABORTED : WAY_RAZ_WI]++;
    return false;
}

bool oracle_end_silently(OracleRun *run)
{
    return terminate(run, true, false);
}

/* What all records begin with: type, SSV, SubstreamID, StreamID */
static void begin_record(OracleRun *run, uint8_t type)
{
    const MsmmuRequest *rq = &run->rq;
    uint64_t *word = run->out->record;

    word[0] = type | (uint64_t)rq->sid << 32;
    if (rq->ssid_valid) {
        word[0] |= 1 << 11 | (uint64_t)(rq->ssid & 0xfffff) << 12;
    }
    run->o->coverage->events[type]++;
}

/* FetchAddr and IPA: bits above the output size are RES0. */
static uint64_t address(const OracleRun *run, uint64_t pa, unsigned low)
{
    return oracle_align(oracle_truncate(pa, run->o->id.oas), low);
}

bool oracle_end_with_config_event(OracleRun *run, uint8_t type)
{
    uint64_t *word = run->out->record;

    begin_record(run, type);
    switch (type) {
    case C_BAD_SUBSTREAMID:
        /* 7.3.9: SubstreamID is always valid, there is no SSV. */
        word[0] &= ~(UINT64_C(0xfffff) << 12 | 1 << 11);
        word[0] |= (uint64_t)(run->rq.ssid & 0xfffff) << 12;
        break;
    case F_STREAM_DISABLED:
        /* 7.3.7: neither SubstreamID nor SSV. */
        word[0] &= ~(UINT64_C(0xfffff) << 12 | 1 << 11);
        break;
    case F_STE_FETCH:
    case F_CD_FETCH:
        word[3] = address(run, run->fault.fetch, 3);
        break;
    }
    return terminate(run, true, true);
}

/* RnW[99] InD[98] PnU[97] S2[103] CLASS[105:104], TTRnW[108] */
static uint64_t access_bits(const OracleRun *run)
{
    const OracleAccess *access = &run->access;
    const OracleFault *fault = &run->fault;
    uint64_t word = 0;

    /* 13.1.1; 1 in SMMUv3.0, too, is a choice of this model. */
    if (!access->write || fault->lacks_read) {
        word |= UINT64_C(1) << 35;
    }
    if (access->instruction) {
        word |= UINT64_C(1) << 34;
    }
    if (access->privileged) {
        word |= UINT64_C(1) << 33;
    }
    if (fault->stage == 2) {
        word |= UINT64_C(1) << 39;
    }
    word |= (uint64_t)fault->class << 40;
    /* 7.3.16: TTRnW is of F_PERMISSION, and valid when CLASS is TT. */
    if (fault->type == F_PERMISSION && fault->class == CLASS_TT &&
        fault->table_read) {
        word |= UINT64_C(1) << 44;
    }
    return word;
}

void oracle_end_with_fault(OracleRun *run)
{
    const OracleFault *fault = &run->fault;
    uint64_t *word = run->out->record;
    uint64_t *ways = run->o->coverage->ways;
    bool abort = true, record = true;

    begin_record(run, fault->type);
    run->o->coverage->faults[fault->type][fault->stage - 1][fault->class]++;
    word[1] = access_bits(run);
    word[2] = run->rq.iova;
    if (fault->type == F_WALK_EABT) {
        word[3] = address(run, fault->fetch, 3);
    } else if (fault->stage == 2) {
        word[3] = address(run, fault->ipa, 12);
    }
    /* 5.5: not of faults of stage 1's bypass, which has no CD */
    if (fault->type != F_WALK_EABT) {
        if (fault->stage == 2) {
            record = oracle_bit(run->ste, 186);
        } else if (run->s1) {
            record = oracle_bit(run->cd, 45);
            abort = oracle_bit(run->cd, 46);
        }
    }
    ways[WAY_SUPPRESSED] += !record;
    terminate(run, abort, record);
}
