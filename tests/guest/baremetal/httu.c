/*
 * Hardware update of the Access flag and dirty state (IHI 0070 3.13) while a
 * processor changes the same descriptors.
 *
 * A disk reads and writes pages whose descriptors say that they were neither
 * accessed nor written. After each command the descriptors must say what the
 * disk did, no less and no more; then they are made clean again, atomically.
 * All the time another processor flips their software bits, and none of its
 * flips may be lost. With both stages that holds for the descriptors of both,
 * and for those of stage 2 that map the tables of stage 1: an update of stage 1
 * is a write there (3.13.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "area.h"
#include "flipper.h"
#include "httu.h"
#include "nvme.h"
#include "pci.h"

/* Few, so that the processor is often where the SMMU is */
#define PAGES 16
#define TABLE_PAGES_MAX 2
#define CONTROL_MS 60000
/* Rounds go on until the processors came between each other, or so long */
#define CONTENDED 30
#define CONTENDED_MS 1500
#define S1_LEAF (PAGE_S1_EL0 | PAGE_S1_READ_ONLY | PAGE_SHARED | PAGE_NG)
#define S2_LEAF (PAGE_S2_READ | PAGE_S2_NORMAL | PAGE_SHARED)

/* What a descriptor says */
typedef enum State { CLEAN, ACCESSED, DIRTY, IMPOSSIBLE } State;

/* A descriptor under test; PAGE_S1_READ_ONLY and PAGE_S2_WRITE are one bit. */
typedef struct Leaf {
    uint64_t *descriptor;
    bool stage2;
    const void *page;
} Leaf;

typedef struct Page {
    Leaf s1;
    Leaf s2;
    uint64_t *data;             /* the 4 KiB in it that the disk uses */
    uint64_t pattern;
    bool read;                  /* by the disk, in this round */
    bool written;
} Page;

typedef struct Run {
    PciHost *host;
    Stream stream;
    Smmu smmu;
    Nvme nvme;
    StreamFlags flags;
    Page pages[PAGES];
    Leaf tables[TABLE_PAGES_MAX];
    unsigned num_tables;
    Flipper flipper;
    uint64_t random;
    uint64_t rounds;
    uint64_t updates;
    uint64_t contended;
    uint64_t wrong;
} Run;

static uint64_t next_random(Run *run)
{
    run->random = run->random * 6364136223846793005UL + 1442695040888963407UL;
    return run->random >> 33;
}

/* ---- Descriptors -------------------------------------------------------- */

static bool is_writable(const Leaf *leaf, uint64_t descriptor)
{
    return leaf->stage2 ? descriptor & PAGE_S2_WRITE
                        : !(descriptor & PAGE_S1_READ_ONLY);
}

static uint64_t read_descriptor(const Run *run, const Leaf *leaf)
{
    return tables_swap(run->stream.big_endian,
                       __atomic_load_n(leaf->descriptor, __ATOMIC_ACQUIRE));
}

static State state_of(const Run *run, const Leaf *leaf)
{
    uint64_t descriptor = read_descriptor(run, leaf);
    bool accessed = descriptor & PAGE_AF;

    if (run->flags < STREAM_DIRTY) {
        return accessed ? ACCESSED : CLEAN;
    }
    if (is_writable(leaf, descriptor)) {
        return accessed ? DIRTY : IMPOSSIBLE;
    }
    return accessed ? ACCESSED : CLEAN;
}

/* Without hardware dirty state the page is writable all the time. */
static uint64_t cleaned(const Run *run, const Leaf *leaf, uint64_t word)
{
    bool read_only = run->flags == STREAM_DIRTY;
    uint64_t descriptor = tables_swap(run->stream.big_endian, word) & ~PAGE_AF;

    if (read_only == leaf->stage2) {
        descriptor &= ~PAGE_S2_WRITE;
    } else {
        descriptor |= PAGE_S1_READ_ONLY;
    }
    return tables_swap(run->stream.big_endian, descriptor);
}

/* As often as this must be done again, the SMMU had to do it again, too. */
static void clean(Run *run, const Leaf *leaf)
{
    uint64_t old;

    if (!leaf->descriptor) {
        return;
    }
    old = __atomic_load_n(leaf->descriptor, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(leaf->descriptor, &old,
                                        cleaned(run, leaf, old), false,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        run->contended++;
    }
}

/* All at once, or one by one, by turns */
static void clean_all(Run *run)
{
    for (unsigned i = 0; i < PAGES; i++) {
        clean(run, &run->pages[i].s1);
        clean(run, &run->pages[i].s2);
    }
    for (unsigned i = 0; i < run->num_tables; i++) {
        clean(run, &run->tables[i]);
    }
    if (run->rounds % 2) {
        stream_invalidate_all(&run->stream);
        return;
    }
    for (unsigned i = 0; i < run->num_tables; i++) {
        area_invalidate_page(&run->stream, run->tables[i].page);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        area_invalidate_page(&run->stream, run->pages[i].s1.page);
    }
}

static void expect(Run *run, const Leaf *leaf, State before, State after)
{
    State found;

    if (!leaf->descriptor) {
        return;
    }
    found = state_of(run, leaf);
    if (after == DIRTY && run->flags < STREAM_DIRTY) {
        after = ACCESSED;
    }
    run->updates += before != after && found == after;
    if (found != after && !run->wrong++) {
        print("round %lu: the descriptor of stage %u of page 0x%lx is 0x%lx, "
              "state %u, not %u\n", run->rounds, leaf->stage2 + 1u,
              (uintptr_t)leaf->page, read_descriptor(run, leaf), found,
              after);
    }
}

/* ---- Failures ----------------------------------------------------------- */

static unsigned count_events(Run *run)
{
    uint64_t event[EVENT_WORDS];
    unsigned count = 0;

    while (smmu_next_event(&run->smmu, event)) {
        if (!count++) {
            print("event 0x%lx 0x%lx 0x%lx 0x%lx\n", event[0], event[1],
                  event[2], event[3]);
        }
    }
    if (smmu_active_errors(&run->smmu)) {
        fail("errors 0x%x are active", smmu_active_errors(&run->smmu));
    }
    return count;
}

static void disk_failed(Run *run, const char *what)
{
    count_events(run);
    fail("segment %u: the disk %s, status 0x%x", run->host->segment, what,
         run->nvme.status);
}

/* ---- A round ------------------------------------------------------------ */

static void choose(Run *run)
{
    size_t parts = (1UL << run->stream.granule_shift) / NVME_PAGE;

    for (unsigned i = 0; i < PAGES; i++) {
        Page *page = &run->pages[i];
        uint64_t random = next_random(run);

        page->read = random & 1;
        page->written = random & 2;
        page->data = (uint64_t *)((uintptr_t)page->s1.page +
                                  (random >> 2) % parts * NVME_PAGE);
        page->pattern = random | 1;
        page->data[0] = page->pattern;
        page->data[NVME_PAGE / sizeof(uint64_t) - 1] = page->pattern;
    }
}

/* The disk's content is zeros; it ignores what is written to it. */
static void check_data(Run *run, const Page *page)
{
    uint64_t expected = page->written ? 0 : page->pattern;

    if ((page->data[0] != expected ||
         page->data[NVME_PAGE / sizeof(uint64_t) - 1] != expected) &&
        !run->wrong++) {
        print("round %lu: page 0x%lx holds 0x%lx, not 0x%lx\n", run->rounds,
              (uintptr_t)page->data, page->data[0], expected);
    }
}

static void transfer(Run *run, bool to_memory)
{
    uint64_t list[PAGES];
    unsigned count = 0;

    for (unsigned i = 0; i < PAGES; i++) {
        if (to_memory ? run->pages[i].written : run->pages[i].read) {
            list[count++] = area_iova(&run->stream, run->pages[i].data);
        }
    }
    if (!(to_memory ? nvme_to_memory(&run->nvme, list, count)
                    : nvme_from_memory(&run->nvme, list, count))) {
        disk_failed(run, "does not transfer");
    }
}

static State read_state(const Page *page)
{
    return page->read ? ACCESSED : CLEAN;
}

static State final_state(const Page *page)
{
    return page->written ? DIRTY : read_state(page);
}

/* Any update of stage 1 has written to its table. */
static void check_tables(Run *run)
{
    bool any = false;

    for (unsigned i = 0; i < PAGES; i++) {
        any |= run->pages[i].read || run->pages[i].written;
    }
    for (unsigned i = 0; i < run->num_tables && any; i++) {
        expect(run, &run->tables[i], CLEAN, DIRTY);
    }
}

static void do_round(Run *run)
{
    run->rounds++;
    clean_all(run);
    choose(run);
    transfer(run, false);
    for (unsigned i = 0; i < PAGES; i++) {
        expect(run, &run->pages[i].s1, CLEAN, read_state(&run->pages[i]));
        expect(run, &run->pages[i].s2, CLEAN, read_state(&run->pages[i]));
    }
    transfer(run, true);
    for (unsigned i = 0; i < PAGES; i++) {
        Page *page = &run->pages[i];

        expect(run, &page->s1, read_state(page), final_state(page));
        expect(run, &page->s2, read_state(page), final_state(page));
        check_data(run, page);
    }
    check_tables(run);
}

/* ---- Set up ------------------------------------------------------------- */

static void watch(Run *run, const Leaf *leaf)
{
    if (leaf->descriptor) {
        run->flipper.words[run->flipper.count++] = leaf->descriptor;
    }
}

/* The tables of stage 1 that hold the pages' descriptors, at stage 2 */
static void find_tables(Run *run)
{
    uintptr_t mask = -(1UL << run->stream.granule_shift), last = 0;

    for (unsigned i = 0; i < PAGES; i++) {
        uintptr_t table = (uintptr_t)run->pages[i].s1.descriptor & mask;

        if (table != last) {
            run->tables[run->num_tables++] = (Leaf) {
                area_map_s2(&run->stream, (void *)table, S2_LEAF | PAGE_DBM),
                true, (void *)table,
            };
            watch(run, &run->tables[run->num_tables - 1]);
            last = table;
        }
    }
}

static void map_pages(Run *run, uint8_t *data)
{
    Stream *stream = &run->stream;

    for (unsigned i = 0; i < PAGES; i++) {
        Page *page = &run->pages[i];

        page->s1.page = page->s2.page =
            data + ((size_t)i << stream->granule_shift);
        page->s2.stage2 = true;
        if (stream->stage1) {
            page->s1.descriptor = area_map_s1(stream, page->s1.page,
                                                S1_LEAF | PAGE_DBM);
        }
        if (stream->stage2) {
            page->s2.descriptor = area_map_s2(stream, page->s2.page,
                                                S2_LEAF | PAGE_DBM);
        }
        watch(run, &page->s1);
        watch(run, &page->s2);
    }
    if (stream->stage1 && stream->stage2) {
        find_tables(run);
    }
}

/* The disk's StreamID, and the instance that it is a stream of */
static uint32_t open_smmu(Run *run, const PciDevice *disk)
{
    uint32_t phandle, sid;

    if (!pci_map_id(run->host, "iommu-map", disk->rid, &phandle, &sid)) {
        fail("no SMMU in segment %u", run->host->segment);
    }
    smmu_identify(&run->smmu, fdt_by_phandle("arm,smmu-v3", phandle));
    smmu_create_stream_table(&run->smmu, sid);
    smmu_create_queues(&run->smmu);
    if (!smmu_enable(&run->smmu)) {
        fail("segment %u: the SMMU does not start", run->host->segment);
    }
    return sid;
}

static void set_up(Run *run, unsigned granule_shift, bool big_endian)
{
    const SmmuFeatures *features = &run->smmu.features;
    size_t granule = 1UL << granule_shift;
    PciDevice disk;
    void *queues;
    uint8_t *data;
    uint32_t sid;

    if (!pci_open_class(run->host, PCI_CLASS_NVME, &disk)) {
        fail("no disk in segment %u", run->host->segment);
    }
    gic_enable_spi(pci_spi(&disk), false);
    sid = open_smmu(run, &disk);
    stream_init(&run->stream, &run->smmu, sid, features->stage1,
                features->stage2, granule_shift, big_endian);
    run->flipper.big_endian = big_endian;
    run->flags = features->httu >= 2 ? STREAM_DIRTY : STREAM_ACCESS;
    queues = memory_take(NVME_MEMORY_BYTES, granule);
    data = memory_take(PAGES * granule, granule);
    area_map(&run->stream);
    map_pages(run, data);
    stream_enable(&run->stream, run->flags);
    pci_set_master(&disk, true);
    if (!nvme_start(&run->nvme, disk.bar[0], queues,
                    area_iova(&run->stream, queues))) {
        disk_failed(run, "does not start");
    }
}

/* ---- Results ------------------------------------------------------------ */

/*
 * Would a lost update show at all? Do what the SMMU must not: write back what
 * was read, in two steps.
 */
static uint64_t control(Run *run)
{
    uint64_t end = cpu_milliseconds() + CONTROL_MS;

    flipper_start(&run->flipper);
    while (!flipper_lost(&run->flipper) && cpu_milliseconds() < end) {
        for (unsigned i = 0; i < 100 * run->flipper.count; i++) {
            uint64_t *word = run->flipper.words[i % run->flipper.count];
            uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

            __atomic_store_n(word, old, __ATOMIC_RELAXED);
        }
    }
    flipper_stop(&run->flipper);
    return flipper_lost(&run->flipper);
}

static const char *stages(const Stream *stream)
{
    return !stream->stage2 ? "1" : stream->stage1 ? "nested" : "2";
}

static void tell(Run *run, uint64_t control_lost, uint64_t milliseconds)
{
    const Flipper *flipper = &run->flipper;

    print("httu: %lu flips, %lu updates, %lu lost\n", flipper->flips,
          run->updates, flipper->lost);
    print("msmmu: {\"kind\":\"httu\",\"segment\":%u,\"stage\":\"%s\","
          "\"granule\":%lu,\"endian\":\"%s\",\"dirty\":%s,"
          "\"flips\":%lu,\"updates\":%lu,\"contended\":%lu,"
          "\"rounds\":%lu,\"lost\":%lu,\"wrong\":%lu,\"events\":%u,"
          "\"control_lost\":%lu,\"milliseconds\":%lu}\n",
          run->host->segment, stages(&run->stream),
          1UL << run->stream.granule_shift,
          run->stream.big_endian ? "big" : "little",
          run->flags == STREAM_DIRTY ? "true" : "false", flipper->flips,
          run->updates, run->contended, run->rounds, flipper->lost, run->wrong,
          count_events(run), control_lost, milliseconds);
}

static void test_tables(PciHost *host, unsigned granule_shift,
                        bool big_endian)
{
    static Run run;
    void *mark = memory_mark();
    uint64_t flips = option_number("flips", 1000000);
    uint64_t updates = option_number("updates", 10000);
    uint64_t began, control_lost;

    run = (Run) { .host = host, .random = granule_shift };
    set_up(&run, granule_shift, big_endian);
    control_lost = control(&run);
    began = cpu_milliseconds();
    flipper_start(&run.flipper);
    while ((flipper_flips(&run.flipper) < flips || run.updates < updates ||
            (run.contended < CONTENDED &&
             cpu_milliseconds() < began + CONTENDED_MS)) && !run.wrong) {
        do_round(&run);
    }
    flipper_stop(&run.flipper);
    tell(&run, control_lost, cpu_milliseconds() - began);
    smmu_disable(&run.smmu);
    memory_release(mark);
}

static void test_granule(PciHost *host, unsigned ttendian,
                         unsigned granule_shift)
{
    if (ttendian != TTENDIAN_BIG) {
        test_tables(host, granule_shift, false);
    }
    if (ttendian == TTENDIAN_BIG || ttendian == TTENDIAN_MIXED) {
        test_tables(host, granule_shift, true);
    }
}

/* Every instance with HTTU, every granule and endianness that it has */
void test_httu(void)
{
    FdtNode node = NULL;
    PciHost host;
    uint32_t phandle, sid;
    Smmu smmu;

    while (pci_next_host(&node, &host)) {
        if (!pci_map_id(&host, "iommu-map", 0, &phandle, &sid)) {
            continue;
        }
        smmu_identify(&smmu, fdt_by_phandle("arm,smmu-v3", phandle));
        for (unsigned i = 0; smmu.features.httu &&
             i < smmu.features.num_granules; i++) {
            test_granule(&host, smmu.features.ttendian,
                         smmu.features.granule_shift[i]);
        }
    }
}
