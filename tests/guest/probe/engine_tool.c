/*
 * engine: a DMA test engine by hand, one operation at a time
 *
 * The function is given to vfio-pci, memory is mapped for it, and one
 * descriptor is made of the options. The processor does the same on a copy:
 * all of the memory is compared then. What faults is told as the engine tells
 * it, with the kernel's words for the SMMU's event.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <getopt.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "probe.h"

#define DEFAULT_MEMORY (2UL << 20)

static const char usage[] =
    "usage: engine list\n"
    "       engine OPERATION [OPTION...]\n"
    "\n"
    "operations: nop read write fill checksum compare verify copy add swap "
    "cas\n"
    "\n"
    "  --function BDF      by which function (default: the first there is)\n"
    "  --size N            bytes of one access (default: 4K; atomics: 8)\n"
    "  --count N           accesses (default: 1)\n"
    "  --pattern P         linear, strided, random (default: linear)\n"
    "  --step N            from access to access; random: size of the area\n"
    "  --to-pattern P      the same of where copy and compare go on\n"
    "  --to-step N\n"
    "  --seed N            of random addresses\n"
    "  --iova N            where it begins (default: the memory's beginning)\n"
    "  --to N              where to (default: the memory's middle)\n"
    "  --operand N         what is filled, added, swapped, verified\n"
    "  --expected N        what cas wants to find\n"
    "  --continue          go on after a transaction that was aborted\n"
    "  --priv --inst       privileged, instruction fetch\n"
    "  --ssid N            SubstreamID; where the kernel has enabled PASIDs\n"
    "                      at the engine, VFIO has no context for it\n"
    "  --memory N          bytes that are mapped, from IOVA 0x40000000 on\n"
    "                      (default: 2M)\n"
    "  --page N            mapped in pages of this size (default: the SMMU's\n"
    "                      smallest)\n"
    "  --read-only         map it for reading\n"
    "  --poll              do not wait for an interrupt\n"
    "  --hold              keep the mappings until Enter is pressed, to ask\n"
    "                      msmmu-explain on the host about them\n"
    "\n"
    "N is as in C, or ends in K, M or G. Exit status: 0 if it ended well and\n"
    "the data are right, 1 if not, 2 for a mistake in the command line.\n"
    "\n"
    "  engine copy --size 1M\n"
    "  engine read --iova 0xa0000000 --function 0002:00:01.0\n"
    "  engine fill --read-only --operand 0x1234\n"
    "  engine checksum --pattern random --size 8 --count 1000 --step 1M\n";

typedef struct Tool {
    const char *bdf;
    uint64_t word[DESCRIPTOR_WORDS];
    uint64_t attr;
    uint64_t memory;
    uint64_t page;
    bool read_only;
    bool poll;
    bool hold;
    VfioGroup group;
    Engine engine;
    Bench bench;
} Tool;

/* ---- The command line ---- */

static int mistake(const char *what, const char *text)
{
    fprintf(stderr, "engine: %s \"%s\"; see engine --help\n", what, text);
    return 2;
}

static bool parse_number(const char *text, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 0);
    switch (*end) {
    case 'G':
        *value <<= 10;
        /* fall through */
    case 'M':
        *value <<= 10;
        /* fall through */
    case 'K':
        *value <<= 10;
        end++;
        break;
    default:
        break;
    }
    return end > text && !*end && !errno;
}

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(names[i], name)) {
            return i;
        }
    }
    return -1;
}

enum {
    OPT_FUNCTION = 256, OPT_SIZE, OPT_COUNT, OPT_PATTERN, OPT_STEP,
    OPT_TO_PATTERN, OPT_TO_STEP, OPT_SEED, OPT_IOVA, OPT_TO, OPT_OPERAND,
    OPT_EXPECTED, OPT_CONTINUE, OPT_PRIV, OPT_INST, OPT_SSID, OPT_MEMORY,
    OPT_PAGE, OPT_READ_ONLY, OPT_POLL, OPT_HOLD, OPT_HELP,
};

static const struct option options[] = {
    { "function", required_argument, NULL, OPT_FUNCTION },
    { "size", required_argument, NULL, OPT_SIZE },
    { "count", required_argument, NULL, OPT_COUNT },
    { "pattern", required_argument, NULL, OPT_PATTERN },
    { "step", required_argument, NULL, OPT_STEP },
    { "to-pattern", required_argument, NULL, OPT_TO_PATTERN },
    { "to-step", required_argument, NULL, OPT_TO_STEP },
    { "seed", required_argument, NULL, OPT_SEED },
    { "iova", required_argument, NULL, OPT_IOVA },
    { "to", required_argument, NULL, OPT_TO },
    { "operand", required_argument, NULL, OPT_OPERAND },
    { "expected", required_argument, NULL, OPT_EXPECTED },
    { "continue", no_argument, NULL, OPT_CONTINUE },
    { "priv", no_argument, NULL, OPT_PRIV },
    { "inst", no_argument, NULL, OPT_INST },
    { "ssid", required_argument, NULL, OPT_SSID },
    { "memory", required_argument, NULL, OPT_MEMORY },
    { "page", required_argument, NULL, OPT_PAGE },
    { "read-only", no_argument, NULL, OPT_READ_ONLY },
    { "poll", no_argument, NULL, OPT_POLL },
    { "hold", no_argument, NULL, OPT_HOLD },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

/* An option with a number; false if it is none of those. */
static bool take_number(Tool *tool, int option, uint64_t value)
{
    static const int words[] = {
        [OPT_STEP - 256] = WORD_STEP, [OPT_TO_STEP - 256] = WORD_STEP2,
        [OPT_SEED - 256] = WORD_SEED, [OPT_IOVA - 256] = WORD_ADDR,
        [OPT_TO - 256] = WORD_ADDR2, [OPT_OPERAND - 256] = WORD_OPERAND,
        [OPT_EXPECTED - 256] = WORD_OPERAND2, [OPT_HELP - 256] = 0,
    };
    uint64_t *size = &tool->word[WORD_SIZE_COUNT];

    switch (option) {
    case OPT_SIZE:
        *size = (*size & ~0xffffffffULL) | (uint32_t)value;
        break;
    case OPT_COUNT:
        *size = (uint32_t)*size | value << 32;
        break;
    case OPT_SSID:
        tool->attr |= ATTR_SSV | (value & 0xfffff);
        break;
    case OPT_MEMORY:
        tool->memory = value;
        break;
    case OPT_PAGE:
        tool->page = value;
        break;
    default:
        if (!words[option - 256]) {
            return false;
        }
        tool->word[words[option - 256]] = value;
    }
    return true;
}

static bool take_flag(Tool *tool, int option)
{
    switch (option) {
    case OPT_CONTINUE:
        tool->word[WORD_WHAT] |= WHAT_CONTINUE;
        break;
    case OPT_PRIV:
        tool->attr |= ATTR_PRIV;
        break;
    case OPT_INST:
        tool->attr |= ATTR_INST;
        break;
    case OPT_READ_ONLY:
        tool->read_only = true;
        break;
    case OPT_POLL:
        tool->poll = true;
        break;
    case OPT_HOLD:
        tool->hold = true;
        break;
    default:
        return false;
    }
    return true;
}

static bool take_pattern(Tool *tool, int option, const char *name)
{
    int pattern = find_name(pattern_names, SCATTER, name);

    if (pattern < 0) {
        return false;
    }
    tool->word[WORD_WHAT] |= (uint64_t)pattern <<
        (option == OPT_PATTERN ? WHAT_PATTERN_SHIFT : WHAT_PATTERN2_SHIFT);
    return true;
}

static int take_option(Tool *tool, int option)
{
    uint64_t value = 0;

    if (option == '?') {
        return 2;
    }
    if (option == OPT_HELP) {
        fputs(usage, stdout);
        return -1;
    }
    if (option == OPT_FUNCTION) {
        tool->bdf = optarg;
        return 0;
    }
    if (option == OPT_PATTERN || option == OPT_TO_PATTERN) {
        return take_pattern(tool, option, optarg) ? 0 :
               mistake("no pattern", optarg);
    }
    if (!optarg) {
        return take_flag(tool, option) ? 0 : 2;
    }
    if (!parse_number(optarg, &value)) {
        return mistake("no number", optarg);
    }
    return take_number(tool, option, value) ? 0 : 2;
}

/* 0 to go on, -1 if all is said, else the exit status */
static int parse(Tool *tool, int argc, char **argv)
{
    int option, status, operation;

    tool->memory = DEFAULT_MEMORY;
    tool->word[WORD_ADDR] = DATA_IOVA;
    tool->word[WORD_SIZE_COUNT] = 1ULL << 32;
    tool->word[WORD_OPERAND] = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        status = take_option(tool, option == 'h' ? OPT_HELP : option);
        if (status) {
            return status;
        }
    }
    if (optind != argc - 1) {
        return mistake("one operation, not", optind < argc ? argv[optind + 1]
                                                           : "");
    }
    if (!strcmp(argv[optind], "list")) {
        tool->word[WORD_WHAT] = UINT64_MAX;
        return 0;
    }
    operation = find_name(operation_names, OP_COUNT, argv[optind]);
    if (operation < 0) {
        return mistake("no operation", argv[optind]);
    }
    tool->word[WORD_WHAT] |= operation | tool->attr << WHAT_ATTR_SHIFT;
    tool->word[WORD_ATTR2] = tool->attr;
    if (!(uint32_t)tool->word[WORD_SIZE_COUNT]) {
        tool->word[WORD_SIZE_COUNT] |= operation >= OP_ADD ? 8 : 4096;
    }
    return 0;
}

/* ---- The function ---- */

static bool find_first(const char *folder, const char *name, void *data)
{
    static char found[32];

    if (is_engine(name)) {
        snprintf(found, sizeof(found), "%s", name);
        *(const char **)data = found;
        return false;
    }
    return true;
}

static bool list_one(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES], smmu[64], group[64];

    if (is_engine(name)) {
        /* Older kernels give it a group only when a driver takes it. */
        vfio_take(name);
        path_join(path, "%s/%s/iommu", folder, name);
        link_name(path, smmu, sizeof(smmu));
        path_join(path, "%s/%s/iommu_group", folder, name);
        link_name(path, group, sizeof(group));
        printf("%s  group %-4s  IOMMU %s\n", name, *group ? group : "none",
               *smmu ? smmu : "none");
    }
    return true;
}

static bool take_others(const char *folder, const char *name, void *data)
{
    if (is_engine(name)) {
        vfio_take(name);
    }
    return true;
}

static const char devices[] = "/sys/bus/pci/devices";

/* NULL, or what went wrong */
static const char *open_function(Tool *tool)
{
    char path[PATH_BYTES], group[64];
    const char *problem;

    if (!tool->bdf) {
        for_each_entry(devices, find_first, &tool->bdf);
    }
    if (!tool->bdf || !is_engine(tool->bdf)) {
        return "there is no such engine; see engine list";
    }
    /* All functions of a group have to be there. */
    for_each_entry(devices, take_others, NULL);
    path_join(path, "%s/%s/iommu_group", devices, tool->bdf);
    if (!link_name(path, group, sizeof(group))) {
        return "it is in no IOMMU group: there is no SMMU before it";
    }
    if (!vfio_group_open(&tool->group, atoi(group), VFIO_TYPE1v2_IOMMU,
                         NULL)) {
        return tool->group.failed;
    }
    if (!engine_open(&tool->engine, &tool->group, tool->bdf, &problem)) {
        return problem;
    }
    if (!tool->poll) {
        engine_interrupts(&tool->engine);
    }
    return NULL;
}

static const char *open_memory(Tool *tool)
{
    size_t page = tool->page ? tool->page : smallest_page(&tool->group);

    if (page & (page - 1) || !(page & tool->group.page_sizes)) {
        return "no such page size behind this SMMU";
    }
    if (tool->memory & (tool->memory - 1) || tool->memory < page) {
        return "the memory must be a power of two of pages";
    }
    tool->bench.engine = &tool->engine;
    tool->bench.bytes = tool->memory;
    tool->bench.page = page;
    tool->bench.read_only = tool->read_only;
    return bench_open(&tool->bench, &tool->group);
}

/* ---- What it did ---- */

static void tell_kernel_words(void)
{
    char text[300];

    /* Its thread for events may need a moment. */
    sleep_ms(100);
    while (kernel_log_next("arm-smmu-v3", text, sizeof(text))) {
        printf("  %s\n", text);
    }
}

static bool tell(Tool *tool, const Ring *ring, bool done)
{
    const uint64_t *word = ring->word;
    unsigned status = STATUS_OF(word[WORD_STATUS]) % STATUS_COUNT;
    unsigned operation = word[WORD_WHAT] & 0xff;
    char problem[PROBLEM_BYTES] = "";
    bool good = done && status == STATUS_OK;

    if (!done) {
        printf("it does not end\n");
        return false;
    }
    printf("%s", status_names[status]);
    if (DETAIL_OF(word[WORD_STATUS])) {
        printf(", detail %u", DETAIL_OF(word[WORD_STATUS]));
    }
    printf(": %llu transactions, %llu of them failed, %llu ns, %s\n",
           (unsigned long long)word[WORD_TRANSACTIONS],
           FAILED_OF(word[WORD_STATUS]), (unsigned long long)word[WORD_TIME],
           ring->interrupts ? "MSI-X" : "polled");
    if (operation == OP_CHECKSUM || operation >= OP_ADD ||
        status == STATUS_MISMATCH) {
        printf("  result: 0x%llx\n", (unsigned long long)word[WORD_RESULT]);
    }
    if (FAILED_OF(word[WORD_STATUS])) {
        printf("  the first one that failed: IOVA 0x%llx\n",
               (unsigned long long)word[WORD_FAULT]);
    }
    if (status != STATUS_OK && status != STATUS_MISMATCH) {
        return false;
    }
    if (tool->bench.model.outside) {
        printf("  not verified: it goes beyond the memory\n");
        return good;
    }
    if (bench_check(&tool->bench, ring, problem) &&
        bench_compare(&tool->bench, problem)) {
        printf("  verified: all of the memory is as it must be\n");
        return good;
    }
    printf("  WRONG: %s\n", problem);
    return false;
}

static void wait_for_enter(void)
{
    int c;

    do {
        c = getchar();
    } while (c != '\n' && c != EOF);
}

static int run(Tool *tool)
{
    char bytes[24], page[24];
    Ring ring;
    bool good;

    if (!tool->word[WORD_ADDR2]) {
        tool->word[WORD_ADDR2] = DATA_IOVA + tool->memory / 2;
    }
    size_name(tool->memory, bytes, sizeof(bytes));
    size_name(tool->bench.page, page, sizeof(page));
    printf("%s, group %d: %s at IOVA 0x%lx in pages of %s\n", tool->bdf,
           tool->group.number, bytes, DATA_IOVA, page);
    bench_randomize(&tool->bench, 1);
    kernel_log_start();
    ring_start(&ring, &tool->engine, 0, 0, &tool->bench.rings, 0);
    tool->word[WORD_WHAT] |= ring.interrupts ? WHAT_IRQ : 0;
    ring_put(&ring, tool->word);
    ring_doorbell(&ring);
    model_run(&tool->bench.model, tool->word);
    good = tell(tool, &ring, ring_wait(&ring, WAIT_MS));
    tell_kernel_words();
    if (tool->hold) {
        printf("The mappings stay until Enter is pressed.\n");
        fflush(stdout);
        wait_for_enter();
    }
    ring_stop(&ring);
    return good ? 0 : 1;
}

int engine_tool(int argc, char **argv)
{
    static Tool tool = { .group = { .fd = -1, .container = -1 } };
    const char *problem;
    int status;

    tool.engine.device = -1;
    memset(tool.engine.interrupt, -1, sizeof(tool.engine.interrupt));
    status = parse(&tool, argc, argv);
    if (status) {
        return status < 0 ? 0 : status;
    }
    modules_load("vfio");
    if (tool.word[WORD_WHAT] == UINT64_MAX) {
        for_each_entry(devices, list_one, NULL);
        return 0;
    }
    errno = 0;
    problem = open_function(&tool);
    if (!problem) {
        problem = open_memory(&tool);
    }
    if (problem) {
        fprintf(stderr, "engine: %s: %s%s%s\n", tool.bdf ? tool.bdf : "",
                problem, errno ? ": " : "", errno ? strerror(errno) : "");
        status = 1;
    } else {
        status = run(&tool);
    }
    bench_close(&tool.bench);
    engine_close(&tool.engine);
    vfio_group_close(&tool.group);
    return status;
}
