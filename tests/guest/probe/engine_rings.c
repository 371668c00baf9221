/*
 * The rings of the DMA test engine, and several engines at once
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "probe.h"

#define ROUNDS 3
#define ROUND_LOG2 3
#define ROUND (1 << ROUND_LOG2)

static int report(const Engine *engine, const char *what, const char *problem)
{
    Record record;

    record_begin(&record, "ring");
    record_text(&record, "bdf", engine->bdf);
    record_text(&record, "what", what);
    record_text(&record, "interrupts",
                engine->no_interrupts ? strerror(engine->no_interrupts) :
                "MSI-X");
    record_text(&record, "result", *problem ? "failed" : "verified");
    if (*problem) {
        record_text(&record, "error", problem);
    }
    record_end(&record);
    return *problem != '\0';
}

/* Add 1 to a word of the data, which RESULT tells the old value of. */
static void make_add(const Bench *bench, uint64_t *word, bool interrupt)
{
    memset(word, 0, DESCRIPTOR_BYTES);
    word[WORD_WHAT] = OP_ADD | (interrupt ? WHAT_IRQ : 0);
    word[WORD_SIZE_COUNT] = 8 | 1ULL << 32;
    word[WORD_ADDR] = bench->model.iova + bench->model.bytes - 8;
    word[WORD_OPERAND] = 1;
}

/* A full ring for each doorbell; it wraps and its last one interrupts. */
static void run_rounds(Bench *bench, Ring *ring, char *problem)
{
    uint64_t word[DESCRIPTOR_WORDS];

    for (int round = 0; round < ROUNDS && !*problem; round++) {
        for (int i = 0; i < ROUND; i++) {
            make_add(bench, word, i == ROUND - 1);
            ring_put(ring, word);
            model_run(&bench->model, word);
        }
        ring_doorbell(ring);
        if (!ring_wait(ring, WAIT_MS)) {
            snprintf(problem, PROBLEM_BYTES, "round %d does not end", round);
        } else if (bench_check(bench, ring, problem) && ring->interrupts &&
                   interrupts_taken(bench->engine, ring->number) != 1) {
            snprintf(problem, PROBLEM_BYTES, "not one interrupt for a round");
        }
    }
}

static int wraps(Bench *bench)
{
    char problem[PROBLEM_BYTES] = "";
    Ring ring;

    bench_randomize(bench, 1);
    ring_start(&ring, bench->engine, 1, ROUND_LOG2, &bench->rings, 0);
    run_rounds(bench, &ring, problem);
    ring_stop(&ring);
    if (!*problem) {
        bench_compare(bench, problem);
    }
    return report(bench->engine, "a ring of 8 goes round 3 times", problem);
}

/* Fill a quarter of the data, with what depends on @number. */
static void make_fill(const Bench *bench, uint64_t *word, unsigned number)
{
    size_t quarter = bench->model.bytes / 4;

    memset(word, 0, DESCRIPTOR_BYTES);
    word[WORD_WHAT] = OP_FILL | WHAT_IRQ;
    word[WORD_SIZE_COUNT] = 1000 | quarter / 1000 << 32;
    word[WORD_ADDR] = bench->model.iova + number % 4 * quarter;
    word[WORD_OPERAND] = (number + 1) * 0x0123456789abcdef;
}

static int all_rings(Bench *bench)
{
    size_t step = bench->rings.piece;
    char problem[PROBLEM_BYTES] = "";
    uint64_t word[DESCRIPTOR_WORDS];
    Ring rings[ENGINE_RINGS];

    for (int i = 0; i < ENGINE_RINGS; i++) {
        ring_start(&rings[i], bench->engine, i, 0, &bench->rings, i * step);
        make_fill(bench, word, i);
        ring_put(&rings[i], word);
    }
    for (int i = 0; i < ENGINE_RINGS; i++) {
        ring_doorbell(&rings[i]);
    }
    for (int i = 0; i < ENGINE_RINGS; i++) {
        make_fill(bench, word, i);
        model_run(&bench->model, word);
        if (!ring_wait(&rings[i], WAIT_MS)) {
            snprintf(problem, sizeof(problem), "ring %d does not end", i);
        } else if (!*problem && bench_check(bench, &rings[i], problem) &&
                   rings[i].interrupts &&
                   interrupts_taken(bench->engine, i) != 1) {
            snprintf(problem, sizeof(problem),
                     "ring %d: not one interrupt", i);
        }
        ring_stop(&rings[i]);
    }
    if (!*problem) {
        bench_compare(bench, problem);
    }
    return report(bench->engine, "four rings at once, a vector each", problem);
}

/* Returns how many went wrong. */
int rings_run(Bench *bench)
{
    return wraps(bench) + all_rings(bench);
}

/*
 * Engines of several groups, perhaps behind several SMMUs, at once. All use
 * the same IOVAs, which are other memory for each.
 */
int together_run(Bench *benches, int count)
{
    uint64_t word[DESCRIPTOR_WORDS];
    Ring rings[count];
    int bad = 0;

    for (int i = 0; i < count; i++) {
        bench_randomize(&benches[i], i);
        ring_start(&rings[i], benches[i].engine, 0, 0, &benches[i].rings, 0);
        make_fill(&benches[i], word, i);
        ring_put(&rings[i], word);
    }
    for (int i = 0; i < count; i++) {
        ring_doorbell(&rings[i]);
    }
    for (int i = 0; i < count; i++) {
        char problem[PROBLEM_BYTES] = "";

        make_fill(&benches[i], word, i);
        model_run(&benches[i].model, word);
        if (!ring_wait(&rings[i], WAIT_MS)) {
            snprintf(problem, sizeof(problem), "it does not end");
        } else if (bench_check(&benches[i], &rings[i], problem)) {
            bench_compare(&benches[i], problem);
        }
        ring_stop(&rings[i]);
        bad += report(benches[i].engine, "at once with other streams",
                      problem);
    }
    return bad;
}
