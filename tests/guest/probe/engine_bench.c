/*
 * A DMA test engine with memory, and what must be in it
 *
 * The data are 32 pages, or 2 MiB in one page, at DATA_IOVA. A model holds a
 * copy of them and of the local memory, and does what the engine is told: then
 * every byte of both must be the same, and so must the results.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "probe.h"

#define DATA_PAGES 32
#define DATA_MAX (2UL << 20)

/* As much as a page, or 32 of them, as far as that is not too much */
size_t bench_bytes(size_t page)
{
    return page * DATA_PAGES < DATA_MAX ? page * DATA_PAGES : DATA_MAX;
}

/*
 * Map what @bench says, which is zero but for its settings. NULL, or what went
 * wrong; bench_close() is due in both cases.
 */
const char *bench_open(Bench *bench, const VfioGroup *group)
{
    size_t bytes = bench->bytes, page = bench->page;
    size_t mapped = bytes < page ? page : bytes;
    size_t small = smallest_page(group);

    if (!area_get(&bench->data, mapped) ||
        !area_get(&bench->rings, ENGINE_RINGS * small)) {
        return "no memory";
    }
    if (!area_map(&bench->data, group->container, DATA_IOVA, mapped, page,
                  !bench->read_only) ||
        !area_map(&bench->rings, group->container, RING_IOVA,
                  ENGINE_RINGS * small, small, true)) {
        return "VFIO_IOMMU_MAP_DMA";
    }
    bench->model.iova = DATA_IOVA;
    bench->model.bytes = bytes;
    bench->model.memory = malloc(bytes);
    return bench->model.memory ? NULL : "no memory";
}

void bench_close(Bench *bench)
{
    area_free(&bench->data);
    area_free(&bench->rings);
    free(bench->model.memory);
    bench->model.memory = NULL;
}

/* A word of the local memory, the engine's and the model's */
void bench_set_local(Bench *bench, size_t offset, uint64_t value)
{
    local_write(bench->engine, offset, value);
    memcpy(bench->model.local + offset, &value, 8);
}

/* Fill everything with numbers that do not repeat. */
void bench_randomize(Bench *bench, uint64_t seed)
{
    uint64_t number = seed * 0x9e3779b97f4a7c15 | 1;

    for (size_t i = 0; i < bench->model.bytes; i += 8) {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        memcpy(bench->model.memory + i, &number, 8);
        memcpy(area_at(&bench->data, i), &number, 8);
    }
    for (size_t i = 0; i < LOCAL_BYTES; i += 8) {
        number += 0x0123456789abcdef;
        bench_set_local(bench, i, number);
    }
}

static bool tell(char *problem, const char *what, unsigned long long found,
                 unsigned long long expected)
{
    snprintf(problem, PROBLEM_BYTES, "%s 0x%llx, not 0x%llx", what, found,
             expected);
    return false;
}

/* Is every byte of the data and of the local memory what the model says? */
bool bench_compare(Bench *bench, char *problem)
{
    const Model *model = &bench->model;
    size_t step = bench->data.piece < model->bytes ? bench->data.piece
                                                   : model->bytes;
    char where[64];

    for (size_t i = 0; i < model->bytes; i += step) {
        const uint8_t *ours = model->memory + i;
        const uint8_t *data = area_at(&bench->data, i);
        size_t k = 0;

        if (memcmp(data, ours, step)) {
            while (data[k] == ours[k]) {
                k++;
            }
            snprintf(where, sizeof(where), "the byte at IOVA 0x%llx is",
                     (unsigned long long)(model->iova + i + k));
            return tell(problem, where, data[k], ours[k]);
        }
    }
    for (size_t i = 0; i < LOCAL_BYTES; i += 8) {
        uint64_t ours;

        memcpy(&ours, model->local + i, 8);
        if (local_read(bench->engine, i) != ours) {
            snprintf(where, sizeof(where), "the local memory has at 0x%zx", i);
            return tell(problem, where, local_read(bench->engine, i), ours);
        }
    }
    return true;
}

/* Did the descriptor end as the model says? */
bool bench_check(Bench *bench, const Ring *ring, char *problem)
{
    const uint64_t *word = ring->word;
    const Model *model = &bench->model;

    if (word[WORD_STATUS] != model->status) {
        return tell(problem, "the status is", word[WORD_STATUS],
                    model->status);
    }
    if (word[WORD_TRANSACTIONS] != model->transactions) {
        return tell(problem, "the transactions are", word[WORD_TRANSACTIONS],
                    model->transactions);
    }
    if (word[WORD_RESULT] != model->result) {
        return tell(problem, "the result is", word[WORD_RESULT],
                    model->result);
    }
    return true;
}

/* One descriptor, by the engine and by the model: did both do the same? */
bool bench_run(Bench *bench, Ring *ring, const uint64_t *word, char *problem)
{
    ring_put(ring, word);
    ring_doorbell(ring);
    if (!ring_wait(ring, WAIT_MS)) {
        snprintf(problem, PROBLEM_BYTES, "it does not end; ring status 0x%x",
                 engine_read(bench->engine,
                             RING_REGISTERS(ring->number) + RING_STATUS));
        return false;
    }
    model_run(&bench->model, word);
    return bench_check(bench, ring, problem) && bench_compare(bench, problem);
}

/* ---- Page sizes ---- */

/* What can be mapped by itself */
size_t smallest_page(const VfioGroup *group)
{
    return group->page_sizes & -group->page_sizes;
}

size_t largest_page(const VfioGroup *group, size_t limit)
{
    uint64_t sizes = group->page_sizes & (2 * limit - 1);

    return sizes ? 1UL << (63 - __builtin_clzll(sizes)) : 0;
}

/* 4096 is 4K; what is no multiple of 1K keeps its bytes. */
void size_name(uint64_t size, char *text, size_t bytes)
{
    static const char units[] = "\0KMGT";
    int unit = 0;

    while (size && size % 1024 == 0 && unit < 4) {
        size /= 1024;
        unit++;
    }
    snprintf(text, bytes, "%llu%.1s", (unsigned long long)size, &units[unit]);
}
