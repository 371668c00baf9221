/*
 * The engine at work behind both stages: one access, or all of the data
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "nested.h"
#include "probe.h"

#define BATCH_LOG2 4
#define BATCH (1u << BATCH_LOG2)
/* As many chunks of the data are looked at, whatever its size */
#define SAMPLES 512

/* Where leaf or page @i is: a permutation of the numbers below 2^n */
uint64_t shuffled(size_t i, size_t count)
{
    return (i * 5 + 3) % count;
}

/*
 * One descriptor, to its end: its status, or STATUS_NONE if there is none. All
 * its words are in the ring then.
 */
unsigned dma_run(Nested *nested, Operation operation, uint64_t iova,
                 uint32_t bytes, uint64_t operand)
{
    uint64_t word[DESCRIPTOR_WORDS] = {
        [WORD_WHAT] = operation |
                      (uint64_t)nested->attr << WHAT_ATTR_SHIFT,
        [WORD_SIZE_COUNT] = bytes | 1ULL << 32,
        [WORD_ADDR] = iova, [WORD_OPERAND] = operand,
        [WORD_LOCAL] = LOCAL_BYTES / 2,
    };

    ring_put(&nested->ring, word);
    ring_doorbell(&nested->ring);
    return ring_wait(&nested->ring, WAIT_MS)
        ? STATUS_OF(nested->ring.word[WORD_STATUS]) : STATUS_NONE;
}

/* Does the engine find at @iova the data that are at @ipa? */
bool dma_verify(Nested *nested, uint64_t iova, uint64_t ipa)
{
    size_t chunk = (ipa - DATA_IPA) / CHUNK_BYTES;

    return dma_run(nested, OP_VERIFY, iova, 64,
                   nested->guest.word[chunk]) == STATUS_OK;
}

/* ---- All of the data, many descriptors at a time ---- */

typedef struct Batch {
    Nested *nested;
    unsigned count;
    uint64_t iova[BATCH];
    char *problem;
} Batch;

static bool finish(Batch *batch)
{
    Nested *nested = batch->nested;
    uint32_t first = nested->ring.made - batch->count;
    unsigned count = batch->count;

    batch->count = 0;
    if (!count) {
        return true;
    }
    ring_doorbell(&nested->ring);
    if (!ring_wait(&nested->ring, WAIT_MS)) {
        snprintf(batch->problem, PROBLEM_BYTES, "the engine does not end");
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t at = (first + i) % BATCH * DESCRIPTOR_BYTES;
        unsigned status = STATUS_OF(local_read(&nested->engine,
                                               at + 8 * WORD_STATUS));

        if (status != STATUS_OK) {
            snprintf(batch->problem, PROBLEM_BYTES, "IOVA 0x%llx: %s",
                     (unsigned long long)batch->iova[i],
                     status_names[status % STATUS_COUNT]);
            return false;
        }
    }
    return true;
}

static bool add(Batch *batch, Operation operation, uint64_t iova,
                uint64_t operand)
{
    uint64_t word[DESCRIPTOR_WORDS] = {
        [WORD_WHAT] = operation, [WORD_SIZE_COUNT] = CHUNK_BYTES | 1ULL << 32,
        [WORD_ADDR] = iova, [WORD_OPERAND] = operand,
    };

    batch->iova[batch->count++] = iova;
    ring_put(&batch->nested->ring, word);
    return batch->count < BATCH || finish(batch);
}

/* The chunk of the data that is @chunk chunks from the first IOVA */
static size_t place(size_t chunk, size_t leaf, size_t leaves)
{
    size_t in_leaf = leaf / CHUNK_BYTES;

    return shuffled(chunk / in_leaf, leaves) * in_leaf + chunk % in_leaf;
}

static bool check_atomic(Nested *nested, uint64_t iova, uint64_t word,
                         char *problem)
{
    bool good = dma_run(nested, OP_ADD, iova, 8, 1) == STATUS_OK &&
                nested->ring.word[WORD_RESULT] == word &&
                dma_run(nested, OP_ADD, iova, 8, -1ULL) == STATUS_OK &&
                nested->ring.word[WORD_RESULT] == word + 1;

    if (!good) {
        snprintf(problem, PROBLEM_BYTES, "atomic addition at IOVA 0x%llx: %s",
                 (unsigned long long)iova,
                 status_names[STATUS_OF(nested->ring.word[WORD_STATUS]) %
                              STATUS_COUNT]);
    }
    return good;
}

/*
 * Leaf i at @iova + i * @leaf is shuffled(i) in the data. Every byte of the
 * chunks looked at is read, then written, by the engine; then no other byte
 * of the data has changed.
 */
bool dma_check(Nested *nested, uint64_t iova, size_t leaf, size_t leaves,
               char *problem)
{
    GuestMemory *guest = &nested->guest;
    size_t bytes = leaf * leaves < guest->data.bytes ? leaf * leaves
                                                     : guest->data.bytes;
    size_t count = bytes / CHUNK_BYTES;
    size_t step = count > SAMPLES ? count / SAMPLES : 1;
    Batch batch = { .nested = nested, .problem = problem };
    bool good = true;

    *problem = '\0';
    for (size_t i = 0; good && i < count; i += step) {
        good = add(&batch, OP_VERIFY, iova + i * CHUNK_BYTES,
                   guest->word[place(i, leaf, leaves)]);
    }
    for (size_t i = 0; good && i < count; i += 2 * step) {
        size_t chunk = place(i, leaf, leaves);

        guest->word[chunk] = guest_new_word(guest);
        good = add(&batch, OP_FILL, iova + i * CHUNK_BYTES,
                   guest->word[chunk]);
    }
    return good && finish(&batch) &&
           check_atomic(nested, iova, guest->word[place(0, leaf, leaves)],
                        problem) &&
           guest_check(guest, problem);
}
