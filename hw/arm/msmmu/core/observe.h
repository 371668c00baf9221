/*
 * What an instance does, step by step, for who wants to know: the explanation
 * of a fault (explain.c) and the trace events of an adapter.
 *
 * There is one recorder for both. Where a recorder is present the step is
 * filled in and told; otherwise nothing is done. A translation that is answered
 * by the caches makes no step at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_OBSERVE_H
#define MSMMU_CORE_OBSERVE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum MsmmuStepKind {
    /* Of a transaction, in the order in which they are made. */
    MSMMU_STEP_TRANSACTION,     /* a cache does not have the answer */
    MSMMU_STEP_GATE,            /* SMMUEN is 0: word[0] is GBPA */
    MSMMU_STEP_L1STD,
    MSMMU_STEP_STE,
    MSMMU_STEP_L1CD,
    MSMMU_STEP_CD,
    MSMMU_STEP_DESCRIPTOR,
    MSMMU_STEP_UPDATE,          /* of a descriptor: word[0] becomes word[1] */
    MSMMU_STEP_STAGE,           /* what a stage makes of its input */
    MSMMU_STEP_TERMINATED,
    /* Of others. */
    MSMMU_STEP_COMMAND,
    MSMMU_STEP_EVENT,
    MSMMU_STEP_INVALIDATION,
} MsmmuStepKind;

/* What stage 2 translates for (7.3.12 CLASS). */
typedef enum MsmmuFaultClass {
    MSMMU_CLASS_CD = 0,         /* the fetch of a CD */
    MSMMU_CLASS_TT = 1,         /* a table of stage 1 */
    MSMMU_CLASS_IN = 2,         /* the transaction itself */
} MsmmuFaultClass;

/* What a descriptor turned out to be. */
typedef enum MsmmuDescriptorType {
    MSMMU_DESCRIPTOR_INVALID,
    MSMMU_DESCRIPTOR_TABLE,
    MSMMU_DESCRIPTOR_BLOCK,
    MSMMU_DESCRIPTOR_PAGE,
    MSMMU_DESCRIPTOR_ILLEGAL,   /* Reserved, or a Block at such a level */
} MsmmuDescriptorType;

#define MSMMU_STEP_WORDS 8

/* What a kind does not name is 0. */
typedef struct MsmmuStep {
    MsmmuStepKind kind;
    /* DESCRIPTOR, UPDATE, STAGE: of which stage, and what for. */
    uint8_t stage;
    MsmmuFaultClass class;
    /* DESCRIPTOR, UPDATE */
    int8_t level;
    MsmmuDescriptorType type;
    /* L1STD to UPDATE: where; an IPA too if it went through stage 2. */
    bool through_stage2;
    bool unreadable;            /* external abort: there are no words */
    uint64_t ipa;
    uint64_t pa;
    uint8_t words;
    uint64_t word[MSMMU_STEP_WORDS];
    /*
     * DESCRIPTOR and STAGE: the input and the output, of a Table descriptor the
     * next table; STAGE: they are the same for 2^size_log2 bytes.
     */
    uint64_t input;
    uint64_t output;
    uint8_t size_log2;
    /* STAGE: MSMMU_PERM_* of unprivileged and privileged, and what is needed */
    uint8_t perms[2];
    uint8_t needs;
    bool privileged;
    bool cached;                /* STAGE: it was cached, and is not walked */
    /* COMMAND, EVENT, TERMINATED: its name, and what came of it, or why. */
    const char *name;
    const char *outcome;
    /* TRANSACTION, TERMINATED: whose; INVALIDATION: what. */
    const struct MsmmuRequest *request;
    const struct MsmmuInvalidation *invalidation;
} MsmmuStep;

struct MsmmuRequest;
struct MsmmuInvalidation;

typedef struct MsmmuRecorder MsmmuRecorder;

/* Made by who wants to be told; part of something larger. */
struct MsmmuRecorder {
    /*
     * Called in the thread that makes the step, for which @step lives. Must not
     * call the core. May be called with locks of the core held.
     */
    void (*step)(MsmmuRecorder *recorder, const MsmmuStep *step);
};

static inline void msmmu_step(MsmmuRecorder *recorder, const MsmmuStep *step)
{
    recorder->step(recorder, step);
}

#endif
