/*
 * hugepages: huge pages of memory, mapped through VFIO for a DMA engine
 *
 * A huge page is contiguous memory, aligned to its size: the kernel can map it
 * by blocks of its SMMU, as large as they fit. The job takes one of each size
 * that the kernel has, of hugetlbfs and a transparent one, and lets the engine
 * behind each SMMU access it from its first byte to its last, past its end and
 * after it was unmapped. Which blocks were used, the SMMU has counted: the
 * host compares that with what the records say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "claims.h"
#include "engine.h"
#include "probe.h"

#define POOLS "/sys/kernel/mm/hugepages"
#define THP_SIZE "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"
#define HUGE_SHIFT 26           /* mmap(2): where the size's log2 goes */
#define USERS_MAX 16
#define PAGES_MAX 8
/* A multiple of all sizes, and not too high for a stage 2 of 40 bits */
#define BASE_IOVA 0x400000000UL
#define SPOTS 64
#define SPOT_BYTES 64
#define BY_CPU 0x6d736d6d75637075
#define BY_ENGINE 0x6d736d6d75646d61

/* An engine, the first one behind its SMMU */
typedef struct User {
    VfioGroup group;
    Engine engine;
    int provoked;
} User;

typedef struct HugePage {
    const char *source;
    size_t bytes;
    /* The size, as people write it */
    char name[24];
    void *reserved;
    size_t reserved_bytes;
    Area area;
} HugePage;

typedef struct State {
    User user[USERS_MAX];
    int users;
    size_t sizes[PAGES_MAX];
    int pages;
} State;

/* ---- Memory ---- */

static bool add_pool(const char *folder, const char *name, void *data)
{
    State *state = data;
    unsigned long kib;

    if (state->pages < PAGES_MAX &&
        sscanf(name, "hugepages-%lukB", &kib) == 1) {
        state->sizes[state->pages++] = kib << 10;
    }
    return true;
}

static bool reserve(size_t bytes, const char *count)
{
    char path[PATH_BYTES], text[32];

    path_join(path, POOLS "/hugepages-%zukB/nr_hugepages", bytes >> 10);
    return file_write(path, count) && file_read(path, text, sizeof(text)) &&
           atoi(text) >= atoi(count);
}

static bool get_reserved(HugePage *page)
{
    int log2 = __builtin_ctzl(page->bytes);
    void *at;

    if (!reserve(page->bytes, "1")) {
        return false;
    }
    at = mmap(NULL, page->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE |
              MAP_ANONYMOUS | MAP_HUGETLB | log2 << HUGE_SHIFT, -1, 0);
    if (at == MAP_FAILED) {
        return false;
    }
    page->reserved = page->area.memory = at;
    page->reserved_bytes = page->bytes;
    return true;
}

/* "AnonHugePages" of the mapping that begins at @at */
static size_t transparent_bytes(const void *at)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    char line[512];
    size_t kib = 0;
    bool here = false;

    while (file && fgets(line, sizeof(line), file)) {
        unsigned long first, last;

        if (sscanf(line, "%lx-%lx ", &first, &last) == 2) {
            here = first <= (uintptr_t)at && (uintptr_t)at < last;
        } else if (here && sscanf(line, "AnonHugePages: %zu", &kib) == 1) {
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return kib << 10;
}

static bool get_transparent(HugePage *page)
{
    void *at = mmap(NULL, 2 * page->bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED) {
        return false;
    }
    page->reserved = at;
    page->reserved_bytes = 2 * page->bytes;
    page->area.memory = (uint8_t *)(((uintptr_t)at + page->bytes - 1) &
                                    -page->bytes);
    madvise(page->area.memory, page->bytes, MADV_HUGEPAGE);
    page->area.memory[0] = 1;
    return transparent_bytes(page->area.memory) >= page->bytes;
}

static void put_page(HugePage *page)
{
    if (page->reserved) {
        munmap(page->reserved, page->reserved_bytes);
    }
    if (!strcmp(page->source, "hugetlb")) {
        reserve(page->bytes, "0");
    }
}

/* ---- Engines ---- */

/* As the job vfio tells it */
static void report_sizes(const VfioGroup *group)
{
    Record record;

    record_begin(&record, "vfio");
    record_number(&record, "group", group->number);
    record_hex(&record, "pgsizes", group->page_sizes);
    record_end(&record);
}

static bool same_segment(const char *a, const char *b)
{
    return !strncmp(a, b, 4);
}

static bool add_user(const char *folder, const char *name, void *data)
{
    State *state = data;
    User *user = &state->user[state->users];
    char path[PATH_BYTES], group[32];
    const char *problem;

    if (state->users == USERS_MAX || !is_engine(name) ||
        (state->users && same_segment(user[-1].engine.bdf, name))) {
        return true;
    }
    /* Some kernels make the group only when a driver comes. */
    path_join(path, "%s/%s/iommu_group", folder, name);
    if (!vfio_take(name) || !link_name(path, group, sizeof(group))) {
        report_error("hugepages", "%s does not bind to vfio-pci", name);
        return true;
    }
    if (!vfio_group_open(&user->group, atoi(group), VFIO_TYPE1v2_IOMMU,
                         NULL)) {
        report_error("hugepages", "%s: %s: %s", name, user->group.failed,
                     user->group.error);
        vfio_group_close(&user->group);
        return true;
    }
    if (!engine_open(&user->engine, &user->group, name, &problem)) {
        report_error("hugepages", "%s: %s: %s", name, problem,
                     strerror(errno));
        engine_close(&user->engine);
        vfio_group_close(&user->group);
        return true;
    }
    report_sizes(&user->group);
    state->users++;
    return true;
}

/* One descriptor, in the local memory: it makes no other transactions. */
static unsigned run(User *user, Operation operation, uint64_t iova,
                    uint64_t step, uint32_t count, uint64_t operand)
{
    uint64_t word[DESCRIPTOR_WORDS] = {
        [WORD_WHAT] = operation | STRIDED << WHAT_PATTERN_SHIFT,
        [WORD_SIZE_COUNT] = SPOT_BYTES | (uint64_t)count << 32,
        [WORD_ADDR] = iova,
        [WORD_STEP] = step,
        [WORD_OPERAND] = operand,
        [WORD_LOCAL] = LOCAL_BYTES / 2,
    };
    Ring ring;
    bool done;

    ring_start(&ring, &user->engine, 0, 2, NULL, 0);
    ring_put(&ring, word);
    ring_doorbell(&ring);
    done = ring_wait(&ring, WAIT_MS);
    ring_stop(&ring);
    return done ? STATUS_OF(ring.word[WORD_STATUS]) : STATUS_NONE;
}

/* ---- What must be so ---- */

/*
 * Spots from the first bytes to the last: i * step, and the last one ends
 * where the page does.
 */
static size_t spot_step(const HugePage *page)
{
    return (page->bytes - SPOT_BYTES) / (SPOTS - 1) & -8UL;
}

static uint8_t *last_spot(const HugePage *page)
{
    return page->area.memory + page->bytes - SPOT_BYTES;
}

static void write_spots(const HugePage *page, uint64_t value)
{
    for (size_t i = 0; i <= SPOTS; i++) {
        uint8_t *at = i < SPOTS ? page->area.memory + i * spot_step(page)
                                : last_spot(page);

        for (size_t k = 0; k < SPOT_BYTES; k += 8) {
            memcpy(at + k, &value, 8);
        }
    }
}

static int wrong_spots(const HugePage *page, uint64_t value)
{
    int wrong = 0;

    for (size_t i = 0; i <= SPOTS; i++) {
        const uint8_t *at = i < SPOTS
            ? page->area.memory + i * spot_step(page) : last_spot(page);

        for (size_t k = 0; k < SPOT_BYTES; k += 8) {
            wrong += memcmp(at + k, &value, 8) != 0;
        }
    }
    return wrong;
}

static const char *status_name(unsigned status)
{
    return status < STATUS_COUNT ? status_names[status] : "unknown";
}

/* All spots, by the engine: OK, or the first status that is not */
static unsigned run_spots(User *user, const HugePage *page,
                          Operation operation, uint64_t operand)
{
    unsigned status = run(user, operation, BASE_IOVA, spot_step(page), SPOTS,
                          operand);

    if (status != STATUS_OK) {
        return status;
    }
    return run(user, operation, BASE_IOVA + page->bytes - SPOT_BYTES, 0, 1,
               operand);
}

static void claim_access(User *user, const HugePage *page)
{
    char name[120];
    unsigned status;
    int wrong;

    write_spots(page, BY_CPU);
    __sync_synchronize();
    status = run_spots(user, page, OP_VERIFY, BY_CPU);
    snprintf(name, sizeof(name), "%s of %s: the engine reads it, from end to "
             "end", page->source, page->name);
    claim(user->engine.bdf, name, status == STATUS_OK, "%s",
          status_name(status));
    status = run_spots(user, page, OP_FILL, BY_ENGINE);
    __sync_synchronize();
    wrong = wrong_spots(page, BY_ENGINE);
    snprintf(name, sizeof(name), "%s of %s: the engine writes it, from end to "
             "end", page->source, page->name);
    claim(user->engine.bdf, name, status == STATUS_OK && !wrong,
          "%s, %d words are not what it wrote", status_name(status), wrong);
}

static void claim_fault(User *user, const HugePage *page, uint64_t iova,
                        const char *what)
{
    unsigned status = run(user, OP_READ, iova, 0, 1, 0);
    char name[120];

    user->provoked++;
    snprintf(name, sizeof(name), "%s of %s: %s", page->source, page->name,
             what);
    claim(user->engine.bdf, name, status == STATUS_ABORTED, "%s",
          status_name(status));
}

/* The largest of the SMMU's sizes that fits: what the kernel should use */
static void report_page(const User *user, const HugePage *page)
{
    char leaf[24];
    Record record;

    size_name(largest_page(&user->group, page->bytes), leaf, sizeof(leaf));
    record_begin(&record, "hugepage");
    record_text(&record, "bdf", user->engine.bdf);
    record_text(&record, "source", page->source);
    record_text(&record, "page", page->name);
    record_text(&record, "leaf", leaf);
    record_end(&record);
}

static void use_page(User *user, HugePage *page)
{
    char name[120];
    bool good;

    snprintf(name, sizeof(name), "%s of %s: it can be mapped", page->source,
             page->name);
    if (BASE_IOVA + page->bytes - 1 > user->group.last_iova) {
        claim_skip(user->engine.bdf, name, "it is beyond the last IOVA, 0x%llx",
                   (unsigned long long)user->group.last_iova);
        return;
    }
    errno = 0;
    good = area_map(&page->area, user->group.container, BASE_IOVA,
                    page->bytes, page->bytes, true);
    if (!claim(user->engine.bdf, name, good, "%s", good ? "" :
               strerror(errno))) {
        return;
    }
    report_page(user, page);
    claim_access(user, page);
    claim_fault(user, page, BASE_IOVA + page->bytes,
                "past its end is nothing");
    snprintf(name, sizeof(name), "%s of %s: it can be unmapped", page->source,
             page->name);
    good = area_unmap(&page->area);
    claim(user->engine.bdf, name, good, "%s", good ? "" : strerror(errno));
    claim_fault(user, page, BASE_IOVA, "unmapped, it is gone");
}

static void skip_page(State *state, const HugePage *page, const char *why)
{
    char name[120];

    snprintf(name, sizeof(name), "%s of %s: it can be mapped", page->source,
             page->name);
    for (int i = 0; i < state->users; i++) {
        claim_skip(state->user[i].engine.bdf, name, "%s", why);
    }
}

static void try_page(State *state, const char *source, size_t bytes,
                     bool (*get)(HugePage *page))
{
    HugePage page = { .source = source, .bytes = bytes };

    size_name(bytes, page.name, sizeof(page.name));
    if (get(&page)) {
        for (int i = 0; i < state->users; i++) {
            use_page(&state->user[i], &page);
        }
    } else {
        skip_page(state, &page, "the kernel finds no memory for it");
    }
    put_page(&page);
}

static void report_provoked(const User *user)
{
    Record record;

    record_begin(&record, "provoked");
    record_text(&record, "bdf", user->engine.bdf);
    record_text(&record, "event", "F_TRANSLATION");
    record_number(&record, "count", user->provoked);
    record_end(&record);
}

int job_hugepages(void)
{
    State *state = calloc(1, sizeof(*state));
    char text[32];

    modules_load("vfio");
    for_each_entry("/sys/bus/pci/devices", add_user, state);
    if (!state->users) {
        report_error("hugepages", "no msmmu-engine in an IOMMU group");
        return 1;
    }
    for_each_entry(POOLS, add_pool, state);
    for (int i = 0; i < state->pages; i++) {
        try_page(state, "hugetlb", state->sizes[i], get_reserved);
    }
    if (file_read(THP_SIZE, text, sizeof(text))) {
        try_page(state, "thp", strtoul(text, NULL, 10), get_transparent);
    }
    for (int i = 0; i < state->users; i++) {
        report_provoked(&state->user[i]);
        engine_close(&state->user[i].engine);
        vfio_group_close(&state->user[i].group);
    }
    free(state);
    return 0;
}
