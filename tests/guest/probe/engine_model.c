/*
 * What a descriptor of the DMA test engine does, by the processor
 *
 * Naive, and from the data sheet: a cursor goes through a range and yields the
 * next transaction, an operation does with it what the table says, on copies
 * of the memory and of the local memory. What goes outside of the memory is
 * not modelled, but noticed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "engine.h"

#define TRANSACTION_MAX 4096

typedef struct Cursor {
    Pattern pattern;
    uint64_t addr;
    uint64_t step;
    uint64_t size;
    uint64_t seed;
    /* Accesses there are, and the number of the next one */
    uint64_t count;
    uint64_t next;
    /* What is left of the one before */
    uint64_t iova;
    uint64_t left;
} Cursor;

/* ---- Addresses ---- */

static uint64_t random_number(uint64_t seed, uint64_t i)
{
    uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t local_word(const Model *model, uint64_t offset)
{
    uint64_t word;

    memcpy(&word, model->local + offset % LOCAL_BYTES, 8);
    return word;
}

static void start_access(const Model *model, Cursor *at)
{
    uint64_t i = at->next++, slots;

    at->left = at->size;
    switch (at->pattern) {
    case STRIDED:
        at->iova = at->addr + i * at->step;
        break;
    case RANDOM:
        slots = at->step / at->size;
        at->iova = at->addr +
                   random_number(at->seed, i) % (slots ? slots : 1) * at->size;
        break;
    case SCATTER:
        at->iova = local_word(model, at->addr + 16 * i);
        at->left = (uint32_t)local_word(model, at->addr + 16 * i + 8);
        break;
    default:
        at->iova = at->addr + i * at->size;
    }
}

/* The bytes of the next transaction, from *@iova on, at most @max; 0: none */
static uint64_t take(const Model *model, Cursor *at, uint64_t max,
                     uint64_t *iova)
{
    uint64_t bytes;

    if (!at->left) {
        if (at->next == at->count) {
            *iova = 0;
            return 0;
        }
        start_access(model, at);
    }
    bytes = TRANSACTION_MAX - at->iova % TRANSACTION_MAX;
    bytes = bytes < at->left ? bytes : at->left;
    bytes = bytes < max ? bytes : max;
    *iova = at->iova;
    at->iova += bytes;
    at->left -= bytes;
    return bytes;
}

static Cursor first_range(const uint64_t *word)
{
    return (Cursor) {
        .pattern = word[WORD_WHAT] >> WHAT_PATTERN_SHIFT & 15,
        .addr = word[WORD_ADDR], .step = word[WORD_STEP],
        .size = (uint32_t)word[WORD_SIZE_COUNT], .seed = word[WORD_SEED],
        .count = word[WORD_SIZE_COUNT] >> 32,
    };
}

/* It goes on for as long as the first one has bytes. */
static Cursor second_range(const uint64_t *word)
{
    return (Cursor) {
        .pattern = word[WORD_WHAT] >> WHAT_PATTERN2_SHIFT & 15,
        .addr = word[WORD_ADDR2], .step = word[WORD_STEP2],
        .size = (uint32_t)word[WORD_SIZE_COUNT], .seed = ~word[WORD_SEED],
        .count = UINT64_MAX,
    };
}

/* ---- Data ---- */

static uint8_t *at_iova(Model *model, uint64_t iova, uint64_t bytes)
{
    static uint8_t elsewhere[TRANSACTION_MAX];
    uint64_t offset = iova - model->iova;

    if (offset >= model->bytes || bytes > model->bytes - offset) {
        model->outside = true;
        return elsewhere;
    }
    return model->memory + offset;
}

/* CRC-32 (ISO-HDLC), bit by bit; starts at 0 */
static uint32_t crc(uint32_t value, const uint8_t *data, uint64_t bytes)
{
    value = ~value;
    while (bytes--) {
        value ^= *data++;
        for (int bit = 0; bit < 8; bit++) {
            value = value >> 1 ^ (value & 1 ? 0xedb88320 : 0);
        }
    }
    return ~value;
}

static void differ(Model *model, uint64_t index)
{
    if (model->status == STATUS_OK) {
        model->status = STATUS_MISMATCH;
        model->result = index;
    }
}

static void with_operand(Model *model, Operation operation,
                         const uint64_t *word, uint8_t *data, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++) {
        uint64_t k = model->moved + i;
        uint8_t byte = word[WORD_OPERAND] >> k % 8 * 8;

        if (operation == OP_FILL) {
            data[i] = byte;
        } else if (data[i] != byte) {
            differ(model, k);
        }
    }
}

static void with_local(Model *model, Operation operation,
                       const uint64_t *word, uint8_t *data, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++) {
        uint8_t *byte = model->local +
                        (word[WORD_LOCAL] + model->moved + i) % LOCAL_BYTES;

        if (operation == OP_READ) {
            *byte = data[i];
        } else {
            data[i] = *byte;
        }
    }
}

static void atomic(Model *model, Operation operation, const uint64_t *word,
                   uint8_t *data, uint64_t bytes)
{
    uint64_t mask = bytes == 8 ? ~0ULL : 0xffffffff, old = 0, new;

    /* The engine refuses other sizes. */
    if (bytes != 8 && bytes != 4) {
        model->outside = true;
        return;
    }
    memcpy(&old, data, bytes);
    new = operation == OP_ADD ? old + word[WORD_OPERAND] : word[WORD_OPERAND];
    if (operation == OP_CAS && old != (word[WORD_OPERAND2] & mask)) {
        new = old;
    }
    memcpy(data, &new, bytes);
    model->result = old;
}

static void with_second(Model *model, Operation operation, Cursor *second,
                        const uint8_t *data, uint64_t bytes)
{
    uint8_t copy[TRANSACTION_MAX], *other;
    uint64_t iova, now;

    /* What was read stays as it was, also where the ranges overlap. */
    memcpy(copy, data, bytes);
    for (uint64_t i = 0; i < bytes && model->status == STATUS_OK &&
         !model->outside; i += now) {
        now = take(model, second, bytes - i, &iova);
        other = at_iova(model, iova, now);
        model->transactions++;
        if (operation == OP_COPY) {
            memcpy(other, copy + i, now);
            continue;
        }
        for (uint64_t k = 0; k < now; k++) {
            if (other[k] != copy[i + k]) {
                differ(model, model->moved + i + k);
            }
        }
    }
}

/* ---- A descriptor ---- */

static void with_first(Model *model, const uint64_t *word, Cursor *second,
                       uint64_t iova, uint64_t bytes)
{
    Operation operation = word[WORD_WHAT] & 0xff;
    uint8_t *data = at_iova(model, iova, bytes);

    switch (operation) {
    case OP_READ:
    case OP_WRITE:
        with_local(model, operation, word, data, bytes);
        break;
    case OP_FILL:
    case OP_VERIFY:
        with_operand(model, operation, word, data, bytes);
        break;
    case OP_CHECKSUM:
        model->result = crc(model->result, data, bytes);
        break;
    case OP_COPY:
    case OP_COMPARE:
        with_second(model, operation, second, data, bytes);
        break;
    default:
        atomic(model, operation, word, data, bytes);
    }
}

/*
 * Do what the descriptor says, which must be one that makes sense: it ends
 * well or, for COMPARE and VERIFY, perhaps with a difference.
 */
void model_run(Model *model, const uint64_t *word)
{
    Cursor first = first_range(word), second = second_range(word);
    uint64_t iova, bytes;

    model->transactions = model->result = model->moved = 0;
    model->status = STATUS_OK;
    model->outside = false;
    if ((word[WORD_WHAT] & 0xff) == OP_NOP) {
        return;
    }
    while (model->status == STATUS_OK && !model->outside &&
           (bytes = take(model, &first, TRANSACTION_MAX, &iova))) {
        model->transactions++;
        with_first(model, word, &second, iova, bytes);
        model->moved += bytes;
    }
}
