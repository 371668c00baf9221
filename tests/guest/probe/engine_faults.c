/*
 * Transactions of the DMA test engine that must fault
 *
 * Each is one descriptor, and is followed by one that must end well. Reported
 * is what the engine says; the host compares that, and what the kernel says of
 * the SMMU's event, with what was to be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <string.h>

#include "engine.h"
#include "probe.h"

#define WRITABLE_IOVA 0x80000000UL
#define READABLE_IOVA 0x90000000UL
#define UNMAPPED_IOVA 0xa0000000UL

typedef struct Scene {
    const VfioGroup *group;
    Area writable;
    Area readable;
    /* Where the writable memory, and all that can be mapped, end */
    uint64_t end;
    uint64_t beyond;
} Scene;

/* Functions of a slot take turns, as far as there are several. */
static const struct Fault {
    const char *name;
    int function;
    uint64_t what;
    uint32_t size;
    uint32_t attr;
    enum { UNMAPPED, AT_END, READABLE, BEYOND, WRITABLE } where;
    uint32_t offset;
    bool after_unmapping;
} faults[] = {
    { "read of what is not mapped", 0, OP_READ, 8, 0, UNMAPPED, 0x123,
      false },
    { "write across the end of what is mapped", 1, OP_FILL, 16, 0, AT_END,
      (uint32_t)-6, false },
    { "write to what is mapped for reading", 0, OP_FILL, 1, 0, READABLE,
      0x801, false },
    { "read beyond all that can be mapped", 0, OP_CHECKSUM, 4, 0, BEYOND,
      0x40, false },
    { "privileged instruction fetch from what is writable", 0, OP_READ, 4,
      ATTR_PRIV | ATTR_INST, WRITABLE, 0x100, false },
    { "read of what is not mapped any more", 1, OP_READ, 8, 0, WRITABLE,
      0x238, true },
};

/* What the kernel says of an SMMU: its words for the event */
static void report_kernel_words(void)
{
    char text[300];

    while (kernel_log_next("arm-smmu-v3", text, sizeof(text))) {
        Record record;

        record_begin(&record, "kernel");
        record_text(&record, "text", text);
        record_end(&record);
    }
}

static uint64_t address(const Scene *scene, const struct Fault *fault)
{
    const uint64_t bases[] = {
        [UNMAPPED] = UNMAPPED_IOVA, [AT_END] = scene->end,
        [READABLE] = READABLE_IOVA, [BEYOND] = scene->beyond,
        [WRITABLE] = WRITABLE_IOVA,
    };

    return bases[fault->where] + (int32_t)fault->offset;
}

static bool submit(Ring *ring, uint64_t what, uint32_t attr, uint64_t iova,
                   uint32_t size)
{
    uint64_t word[DESCRIPTOR_WORDS] = {
        [WORD_WHAT] = what | (uint64_t)attr << WHAT_ATTR_SHIFT,
        [WORD_SIZE_COUNT] = size | 1ULL << 32,
        [WORD_ADDR] = iova,
        [WORD_LOCAL] = LOCAL_BYTES / 2,
    };

    ring_put(ring, word);
    ring_doorbell(ring);
    return ring_wait(ring, WAIT_MS);
}

static void report(const Ring *ring, const struct Fault *fault, uint64_t iova,
                   bool done, bool before, bool after)
{
    const uint64_t *word = ring->word;
    Record record;

    record_begin(&record, "fault");
    record_text(&record, "bdf", ring->engine->bdf);
    record_text(&record, "what", fault->name);
    record_number(&record, "requester",
                  engine_read(ring->engine, ENGINE_REQUESTER));
    record_hex(&record, "iova", iova);
    record_text(&record, "status", !done ? "it does not end" :
                status_names[STATUS_OF(word[WORD_STATUS]) % STATUS_COUNT]);
    record_number(&record, "detail", DETAIL_OF(word[WORD_STATUS]));
    record_number(&record, "failed", FAILED_OF(word[WORD_STATUS]));
    record_number(&record, "transactions", word[WORD_TRANSACTIONS]);
    record_hex(&record, "fault", word[WORD_FAULT]);
    record_text(&record, "before", before ? "ok" : "failed");
    record_text(&record, "after", after ? "ok" : "failed");
    record_end(&record);
}

/* Does a descriptor that touches only what is mapped for reading end well? */
static bool works(Ring *ring)
{
    return submit(ring, OP_READ, 0, READABLE_IOVA + 0x10, 64) &&
           ring->word[WORD_STATUS] == STATUS_OK;
}

static int run_one(Scene *scene, Ring *ring, const struct Fault *fault)
{
    uint64_t iova = address(scene, fault);
    bool before = works(ring), done, after;
    Ring first;

    if (fault->after_unmapping) {
        /* It is there, and in the TLB, before it is not. */
        before &= submit(ring, fault->what, fault->attr, iova, fault->size) &&
                  ring->word[WORD_STATUS] == STATUS_OK;
        before &= area_unmap(&scene->writable);
    }
    kernel_log_keep_pace();
    done = submit(ring, fault->what, fault->attr, iova, fault->size);
    first = *ring;
    after = works(ring);
    report(&first, fault, iova, done, before, after);
    report_kernel_words();
    return !done || !before || !after;
}

static bool set_up(Scene *scene, size_t page)
{
    int container = scene->group->container;

    scene->end = WRITABLE_IOVA + 4 * page;
    scene->beyond = scene->group->last_iova + 1;
    return area_get(&scene->writable, 4 * page) &&
           area_get(&scene->readable, page) &&
           area_map(&scene->writable, container, WRITABLE_IOVA, 4 * page,
                    page, true) &&
           area_map(&scene->readable, container, READABLE_IOVA, page, page,
                    false);
}

/*
 * All faults, by functions in one container. Returns how many descriptors were
 * not done, or had one that did not end well beside them.
 */
int faults_run(const VfioGroup *group, Engine **engines, int count,
               size_t page)
{
    Scene scene = { .group = group };
    int bad = 0;

    kernel_log_start();
    if (!set_up(&scene, page)) {
        report_error("faults", "%s: VFIO_IOMMU_MAP_DMA: %s", engines[0]->bdf,
                     strerror(errno));
        bad = 1;
    }
    for (size_t i = 0; !bad && i < sizeof(faults) / sizeof(faults[0]); i++) {
        Ring ring;

        /* In the local memory: reading descriptors makes no transactions. */
        ring_start(&ring, engines[faults[i].function % count], 3, 2, NULL, 0);
        bad += run_one(&scene, &ring, &faults[i]);
        ring_stop(&ring);
    }
    report_kernel_words();
    area_free(&scene.writable);
    area_free(&scene.readable);
    return bad;
}
