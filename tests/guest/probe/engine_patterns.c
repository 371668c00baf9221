/*
 * Every operation of the DMA test engine, with every pattern
 *
 * Addresses are in pages of the SMMU, so that what crosses a page does so
 * whatever its size: 32 pages, or parts of one that is 32 times as large. The
 * cases go on with the data of the ones before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "probe.h"

/* Scatter lists in the local memory; the second one's entries are aligned. */
#define LIST 0xe000
#define ALIGNED_LIST 0xf000
#define TEXT 0x6465626d756e7573
#define KNOWN 0x0011223344556677
#define SEED 0x2545f4914f6cdd1d

typedef struct Place {
    int pages;
    int bytes;
} Place;

typedef struct Case {
    const char *what;
    Operation operation;
    Pattern pattern;
    uint32_t size;
    uint32_t count;
    Place at;
    Place step;
    Pattern pattern2;
    Place at2;
    Place step2;
    uint64_t operand;
    uint64_t operand2;
    uint32_t local;
    /* SIZE is in pages, and @bytes more */
    bool size_in_pages;
    int bytes;
    unsigned status;
} Case;

static const Case cases[] = {
    { "nothing", .operation = OP_NOP },
    { "1 byte", OP_READ, LINEAR, 1, 1, .at = { 1, 5 }, .local = 0x101 },
    { "7 bytes across a page", OP_READ, LINEAR, 7, 1, .at = { 2, -3 } },
    { "24 in a row across a page", OP_READ, LINEAR, 16, 24, .at = { 3, -100 },
      .local = 0x203 },
    { "all of the local memory", OP_READ, LINEAR, LOCAL_BYTES, 1,
      .at = { 0, 7 } },
    { "round the end of the local memory", OP_READ, LINEAR, 1024, 1,
      .at = { 5, 3000 }, .local = 0xff81 },
    { "3 bytes of each page", OP_READ, STRIDED, 3, 31, .at = { 0, 17 },
      { 1, 1 }, .local = 0x300 },
    { "backwards", OP_READ, STRIDED, 8, 20, .at = { 25, 4 }, { -1, -3 },
      .local = 0x400 },
    { "500 of 8 bytes", OP_READ, RANDOM, 8, 500, .at = { 1, 0 }, { 30, 0 },
      .local = 0x1000 },
    { "a list", OP_READ, SCATTER, 1, 6, .at = { 0, LIST }, .local = 0x2000 },

    { "1 byte", OP_WRITE, LINEAR, 1, 1, .at = { 4, 4095 }, .local = 0x77 },
    { "4099 bytes across pages", OP_WRITE, LINEAR, 4099, 1, .at = { 8, -1 },
      .local = 0x4001 },
    { "2 bytes of each page", OP_WRITE, STRIDED, 2, 30, .at = { 1, -1 },
      { 1, 0 } },
    { "300 of 5 bytes", OP_WRITE, RANDOM, 5, 300, .at = { 2, 0 }, { 28, 0 } },
    { "a list", OP_WRITE, SCATTER, 1, 6, .at = { 0, LIST }, .local = 0x500 },

    { "1 byte", OP_FILL, LINEAR, 1, 1, .at = { 31, 0 }, .operand = 0xa5 },
    { "two pages and more", OP_FILL, LINEAR, 2, 1, .at = { 4, -61 },
      .operand = TEXT, .size_in_pages = true, .bytes = 123 },
    { "the same", OP_VERIFY, LINEAR, 2, 1, .at = { 4, -61 }, .operand = TEXT,
      .size_in_pages = true, .bytes = 123 },
    { "another", OP_VERIFY, LINEAR, 2, 1, .at = { 4, -60 }, .operand = TEXT,
      .size_in_pages = true, .status = STATUS_MISMATCH },
    { "64 bytes of each page", OP_FILL, STRIDED, 64, 31, .at = { 0, 80 },
      { 1, 8 }, .operand = KNOWN },
    { "the same", OP_VERIFY, STRIDED, 64, 31, .at = { 0, 80 }, { 1, 8 },
      .operand = KNOWN },
    { "300 of 16 bytes", OP_FILL, RANDOM, 16, 300, .at = { 3, 8 }, { 20, 0 },
      .operand = ~TEXT },
    { "the same", OP_VERIFY, RANDOM, 16, 300, .at = { 3, 8 }, { 20, 0 },
      .operand = ~TEXT },
    { "a list", OP_FILL, SCATTER, 1, 6, .at = { 0, LIST }, .operand = KNOWN },
    { "the same", OP_VERIFY, SCATTER, 1, 6, .at = { 0, LIST },
      .operand = KNOWN },

    { "1 byte", OP_CHECKSUM, LINEAR, 1, 1, .at = { 9, 9 } },
    { "a page and more", OP_CHECKSUM, LINEAR, 1, 1, .at = { 9, 11 },
      .size_in_pages = true, .bytes = 77 },
    { "5 bytes of each page", OP_CHECKSUM, STRIDED, 5, 31, .at = { 0, 4094 },
      { 1, 0 } },
    { "1000 of 8 bytes", OP_CHECKSUM, RANDOM, 8, 1000, .at = { 0, 0 },
      { 32, 0 } },
    { "a list", OP_CHECKSUM, SCATTER, 1, 6, .at = { 0, LIST } },

    { "1 byte", OP_COPY, LINEAR, 1, 1, .at = { 2, 1 }, .at2 = { 17, 4095 } },
    { "8 pages", OP_COPY, LINEAR, 8, 1, .at = { 2, 0 }, .at2 = { 18, 0 },
      .size_in_pages = true },
    { "the copy", OP_COMPARE, LINEAR, 8, 1, .at = { 2, 0 }, .at2 = { 18, 0 },
      .size_in_pages = true },
    { "1 byte of the copy", OP_FILL, LINEAR, 1, 1, .at = { 23, 1234 },
      .operand = 0x5a },
    { "a difference", OP_COMPARE, LINEAR, 8, 1, .at = { 2, 0 },
      .at2 = { 18, 0 }, .size_in_pages = true, .status = STATUS_MISMATCH },
    { "at other offsets", OP_COPY, LINEAR, 3, 1, .at = { 1, 13 },
      .at2 = { 20, 1999 }, .size_in_pages = true, .bytes = 77 },
    { "onto itself, a little on", OP_COPY, LINEAR, 2, 1, .at = { 10, 0 },
      .at2 = { 10, 100 }, .size_in_pages = true },
    { "to each page", OP_COPY, LINEAR, 40, 30, .at = { 16, 1 },
      .pattern2 = STRIDED, .at2 = { 0, 2048 }, .step2 = { 1, 24 } },
    { "what is in each page", OP_COMPARE, LINEAR, 40, 30, .at = { 16, 1 },
      .pattern2 = STRIDED, .at2 = { 0, 2048 }, .step2 = { 1, 24 } },
    { "from each page", OP_COPY, STRIDED, 100, 14, .at = { 15, 50 }, { 1, 0 },
      .at2 = { 3, 5 } },
    { "400 of 12 bytes, gathered", OP_COPY, RANDOM, 12, 400, .at = { 0, 0 },
      { 14, 0 }, .at2 = { 16, 3 } },
    { "to random places", OP_COPY, LINEAR, 9, 200, .at = { 0, 33 },
      .pattern2 = RANDOM, .at2 = { 16, 0 }, .step2 = { 15, 0 } },
    { "a list, gathered", OP_COPY, SCATTER, 64, 6, .at = { 0, LIST },
      .at2 = { 29, 7 } },
    { "the list, gathered", OP_COMPARE, SCATTER, 64, 6, .at = { 0, LIST },
      .at2 = { 29, 7 } },
    { "to a list", OP_COPY, LINEAR, 8, 6, .at = { 30, 3 }, .pattern2 = SCATTER,
      .at2 = { 0, ALIGNED_LIST } },

    { "once, 8 bytes", OP_ADD, LINEAR, 8, 1, .at = { 6, 16 },
      .operand = 0xfffffffffffffff0 },
    { "once, 4 bytes", OP_ADD, LINEAR, 4, 1, .at = { 6, 28 },
      .operand = ~1ULL },
    { "in each page", OP_ADD, STRIDED, 4, 31, .at = { 0, 12 }, { 1, 4 },
      .operand = 0x10001 },
    { "500 times, 4 places", OP_ADD, RANDOM, 8, 500, .at = { 7, 4064 },
      { 0, 32 }, .operand = 3 },
    { "a list", OP_ADD, SCATTER, 8, 6, .at = { 0, ALIGNED_LIST },
      .operand = 1 },
    { "once, 8 bytes", OP_SWAP, LINEAR, 8, 1, .at = { 12, 8 },
      .operand = KNOWN },
    { "what is there", OP_CAS, LINEAR, 8, 1, .at = { 12, 8 }, .operand = TEXT,
      .operand2 = KNOWN },
    { "what is not there", OP_CAS, LINEAR, 8, 1, .at = { 12, 8 }, .operand = 1,
      .operand2 = KNOWN },
    { "100 of 4 bytes", OP_SWAP, LINEAR, 4, 100, .at = { 13, -200 },
      .operand = 0x600df00d },
    { "50 of 100", OP_CAS, STRIDED, 4, 50, .at = { 13, -200 }, { 0, 8 },
      .operand = 0xcafe, .operand2 = 0x600df00d },
    { "in each page", OP_SWAP, STRIDED, 8, 31, .at = { 0, 64 }, { 1, 8 },
      .operand = KNOWN },
    { "in each page", OP_CAS, STRIDED, 8, 31, .at = { 0, 64 }, { 1, 8 },
      .operand = ~KNOWN, .operand2 = KNOWN },
    { "100 times, 32 places", OP_SWAP, RANDOM, 4, 100, .at = { 14, -64 },
      { 0, 128 }, .operand = 77 },
    { "100 times, 32 places", OP_CAS, RANDOM, 4, 100, .at = { 14, -64 },
      { 0, 128 }, .operand = 78, .operand2 = 77 },
    { "a list", OP_SWAP, SCATTER, 8, 6, .at = { 0, ALIGNED_LIST },
      .operand = KNOWN },
    { "a list", OP_CAS, SCATTER, 8, 6, .at = { 0, ALIGNED_LIST },
      .operand = TEXT, .operand2 = KNOWN },
};

static uint64_t resolve(const Bench *bench, Place place)
{
    return place.pages * (bench->model.bytes / 32) + place.bytes;
}

/* A range's address: in the local memory, if it is that of a list */
static uint64_t address(const Bench *bench, Pattern pattern, Place place)
{
    return pattern == SCATTER ? (uint64_t)place.bytes :
                                DATA_IOVA + resolve(bench, place);
}

static void make_descriptor(const Bench *bench, const Case *one,
                            uint64_t *word)
{
    uint64_t size = one->size;

    if (one->size_in_pages) {
        size = resolve(bench, (Place) { one->size, one->bytes });
    }
    memset(word, 0, DESCRIPTOR_BYTES);
    word[WORD_WHAT] = one->operation | one->pattern << WHAT_PATTERN_SHIFT |
                      one->pattern2 << WHAT_PATTERN2_SHIFT;
    word[WORD_SIZE_COUNT] = size | (uint64_t)one->count << 32;
    word[WORD_ADDR] = address(bench, one->pattern, one->at);
    word[WORD_STEP] = resolve(bench, one->step);
    word[WORD_ADDR2] = address(bench, one->pattern2, one->at2);
    word[WORD_STEP2] = resolve(bench, one->step2);
    word[WORD_OPERAND] = one->operand;
    word[WORD_OPERAND2] = one->operand2;
    word[WORD_SEED] = SEED;
    word[WORD_LOCAL] = one->local;
}

/* Six places: within a page, across pages, backwards; an aligned one twice */
static void write_lists(Bench *bench)
{
    static const struct {
        Place at;
        uint32_t bytes;
        Place aligned;
    } list[] = {
        { { 9, 1 }, 1, { 9, 8 } },
        { { 3, -2 }, 5, { 3, -8 } },
        { { 28, 100 }, 5000, { 28, 104 } },
        { { 11, 0 }, 4096, { 11, 0 } },
        { { 1, 777 }, 64, { 1, 776 } },
        { { 10, 1 }, 2, { 9, 8 } },
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        bench_set_local(bench, LIST + 16 * i,
                        DATA_IOVA + resolve(bench, list[i].at));
        bench_set_local(bench, LIST + 16 * i + 8, list[i].bytes);
        bench_set_local(bench, ALIGNED_LIST + 16 * i,
                        DATA_IOVA + resolve(bench, list[i].aligned));
        bench_set_local(bench, ALIGNED_LIST + 16 * i + 8, 8);
    }
}

static void report(const Bench *bench, const Case *one, const Ring *ring,
                   const char *problem)
{
    char page[24];
    Record record;

    size_name(bench->page, page, sizeof(page));
    record_begin(&record, "pattern");
    record_text(&record, "bdf", bench->engine->bdf);
    record_text(&record, "page", page);
    record_text(&record, "operation", operation_names[one->operation]);
    record_text(&record, "pattern", pattern_names[one->pattern]);
    record_text(&record, "pattern2", pattern_names[one->pattern2]);
    record_text(&record, "what", one->what);
    record_number(&record, "bytes", bench->model.moved);
    record_number(&record, "transactions", ring->word[WORD_TRANSACTIONS]);
    record_text(&record, "wait", ring->interrupts &&
                (ring->word[WORD_WHAT] & WHAT_IRQ) ? "MSI-X" : "poll");
    record_text(&record, "status",
                status_names[STATUS_OF(ring->word[WORD_STATUS]) %
                             STATUS_COUNT]);
    record_text(&record, "result", *problem ? "failed" : "verified");
    if (*problem) {
        record_text(&record, "error", problem);
    }
    record_end(&record);
}

/*
 * All cases; every other one waits for its interrupt, the others poll. Returns
 * how many went wrong.
 */
int patterns_run(Bench *bench)
{
    uint64_t word[DESCRIPTOR_WORDS];
    int bad = 0;
    Ring ring;

    bench_randomize(bench, bench->page);
    ring_start(&ring, bench->engine, 0, 4, &bench->rings, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char problem[PROBLEM_BYTES] = "";

        write_lists(bench);
        make_descriptor(bench, &cases[i], word);
        word[WORD_WHAT] |= i % 2 ? WHAT_IRQ : 0;
        if (bench_run(bench, &ring, word, problem) &&
            bench->model.status != (cases[i].status ? cases[i].status
                                                    : STATUS_OK)) {
            snprintf(problem, sizeof(problem), "the data are not as the case "
                     "wants them: %s", status_names[bench->model.status]);
        }
        if (ring.interrupts && ring.word[WORD_WHAT] & WHAT_IRQ) {
            interrupts_taken(bench->engine, 0);
        }
        report(bench, &cases[i], &ring, problem);
        bad += *problem != '\0';
    }
    ring_stop(&ring);
    return bad;
}
