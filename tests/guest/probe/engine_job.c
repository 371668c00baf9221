/*
 * engine, tool: DMA test engines, assigned to this program
 *
 * engine: all engines do all they can. tool: one operation of one engine.
 *
 * Each slot with engines gets a container. The first function behind each SMMU
 * goes through all patterns, in the smallest pages and, where there is enough
 * memory for it, in larger ones; then the functions of its slot access what is
 * not mapped. In the end all slots transfer at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "probe.h"

#define TEAMS_MAX 16
#define FUNCTIONS_MAX 8

/*
 * The functions of a slot, in one container whether or not the kernel has them
 * in one group: different streams with the same mappings
 */
typedef struct Team {
    char slot[16];
    VfioGroup groups[FUNCTIONS_MAX];
    int num_groups;
    Engine engines[FUNCTIONS_MAX];
    int count;
    Bench bench;
} Team;

typedef struct Teams {
    Team *team;
    int count;
} Teams;

bool is_engine(const char *bdf)
{
    char path[PATH_BYTES], vendor[16], device[16], both[40];

    path_join(path, "/sys/bus/pci/devices/%s/vendor", bdf);
    file_read(path, vendor, sizeof(vendor));
    path_join(path, "/sys/bus/pci/devices/%s/device", bdf);
    file_read(path, device, sizeof(device));
    snprintf(both, sizeof(both), "%s %s", vendor, device);
    return !strcmp(both, ENGINE_VENDOR_DEVICE);
}

static bool take_if_engine(const char *folder, const char *name, void *data)
{
    if (is_engine(name) && !vfio_take(name)) {
        report_error("engine", "%s does not bind to vfio-pci", name);
    }
    return true;
}

static void add_function(Team *team, const char *name, int number)
{
    VfioGroup *group = NULL;
    Engine *engine = &team->engines[team->count];
    const char *problem;

    for (int i = 0; i < team->num_groups; i++) {
        group = team->groups[i].number == number ? &team->groups[i] : group;
    }
    if (!group) {
        group = &team->groups[team->num_groups];
        if (!vfio_group_open(group, number, VFIO_TYPE1v2_IOMMU,
                             team->num_groups++ ? team->groups : NULL)) {
            report_error("engine", "group %d: %s: %s", number, group->failed,
                         group->error);
            return;
        }
    }
    team->count++;
    if (!engine_open(engine, group, name, &problem)) {
        report_error("engine", "%s: %s: %s", name, problem, strerror(errno));
        engine_close(engine);
        team->count--;
        return;
    }
    engine_interrupts(engine);
}

/* Names come in order: a function follows the others of its slot. */
static bool add_engine(const char *folder, const char *name, void *data)
{
    Teams *teams = data;
    Team *team = &teams->team[teams->count - 1];
    size_t slot = strcspn(name, ".");
    char path[PATH_BYTES], group[32];

    path_join(path, "%s/%s/iommu_group", folder, name);
    if (!is_engine(name) || !link_name(path, group, sizeof(group))) {
        return true;
    }
    if (!teams->count || strncmp(team->slot, name, slot)) {
        if (teams->count == TEAMS_MAX) {
            return false;
        }
        team = &teams->team[teams->count++];
        snprintf(team->slot, sizeof(team->slot), "%.*s", (int)slot, name);
    }
    if (team->count < FUNCTIONS_MAX) {
        add_function(team, name, atoi(group));
    }
    return true;
}

static void report_team(const Team *team)
{
    Record record;

    for (int i = 0; i < team->count; i++) {
        const Engine *engine = &team->engines[i];

        record_begin(&record, "engine");
        record_text(&record, "bdf", engine->bdf);
        record_hex(&record, "pgsizes", team->groups[0].page_sizes);
        record_hex(&record, "last_iova", team->groups[0].last_iova);
        record_number(&record, "bus", engine_read(engine, ENGINE_BUS));
        record_number(&record, "requester",
                      engine_read(engine, ENGINE_REQUESTER));
        record_text(&record, "interrupts", engine->no_interrupts ?
                    strerror(engine->no_interrupts) : "MSI-X");
        record_end(&record);
    }
}

static bool open_bench(Team *team, size_t page)
{
    const char *problem;

    team->bench = (Bench) {
        .engine = &team->engines[0], .page = page, .bytes = bench_bytes(page),
    };
    problem = bench_open(&team->bench, team->groups);
    if (problem) {
        report_error("engine", "%s, pages of %zu bytes: %s: %s",
                     team->engines[0].bdf, page, problem, strerror(errno));
        bench_close(&team->bench);
    }
    return !problem;
}

/* Is it the first slot of its root complex? The others do not do it all. */
static bool is_first(const Teams *teams, const Team *team)
{
    return team == teams->team || strncmp(team[-1].slot, team->slot, 4);
}

/* In pages of the smallest size and, where there is memory, of a larger one */
static int run_patterns(Team *team)
{
    size_t smallest = smallest_page(team->groups);
    size_t contiguous = sysconf(_SC_PAGESIZE) > 4096 ? 32UL << 20 : 2UL << 20;
    size_t largest = largest_page(team->groups, contiguous);
    int bad = 0;

    if (!open_bench(team, smallest)) {
        return 1;
    }
    bad = patterns_run(&team->bench) + rings_run(&team->bench);
    bench_close(&team->bench);
    if (largest > smallest) {
        if (!open_bench(team, largest)) {
            return bad + 1;
        }
        bad += patterns_run(&team->bench);
        bench_close(&team->bench);
    }
    return bad;
}

/* A function of each slot, the last one: not the one that did the patterns */
static int run_together(Teams *teams)
{
    Bench *benches = calloc(TEAMS_MAX, sizeof(*benches));
    int opened = 0, bad = 0;

    for (int i = 0; i < teams->count; i++) {
        Team *team = &teams->team[i];
        Bench *bench = &benches[opened];

        if (!team->count) {
            continue;
        }
        opened++;
        bench->engine = &team->engines[team->count - 1];
        bench->page = smallest_page(team->groups);
        bench->bytes = bench_bytes(bench->page);
        bad += bench_open(bench, team->groups) != NULL;
    }
    if (!bad) {
        bad = together_run(benches, opened);
    }
    while (opened--) {
        bench_close(&benches[opened]);
    }
    free(benches);
    return bad;
}

static int run_faults(Team *team)
{
    Engine *engines[FUNCTIONS_MAX];
    int bad;

    for (int i = 0; i < team->count; i++) {
        engines[i] = &team->engines[i];
    }
    bad = faults_run(team->groups, engines, team->count,
                     smallest_page(team->groups));
    report_smmu_interrupts(team->engines[0].bdf);
    return bad;
}

static void close_teams(Teams *teams)
{
    for (int i = 0; i < teams->count; i++) {
        Team *team = &teams->team[i];

        for (int k = 0; k < team->count; k++) {
            engine_close(&team->engines[k]);
        }
        /* The first one's container goes last. */
        while (team->num_groups--) {
            vfio_group_close(&team->groups[team->num_groups]);
        }
    }
    free(teams->team);
}

int job_engine(void)
{
    Teams teams = { calloc(TEAMS_MAX, sizeof(Team)), 0 };
    int bad = 0;

    modules_load("vfio");
    for_each_entry("/sys/bus/pci/devices", take_if_engine, NULL);
    for_each_entry("/sys/bus/pci/devices", add_engine, &teams);
    report_smmu_interrupts("start");
    for (int i = 0; i < teams.count; i++) {
        report_team(&teams.team[i]);
    }
    for (int i = 0; i < teams.count; i++) {
        Team *team = &teams.team[i];

        if (team->count && is_first(&teams, team)) {
            bad += run_patterns(team) + run_faults(team);
        }
    }
    bad += run_together(&teams);
    if (!teams.count) {
        report_error("engine", "no msmmu-engine in an IOMMU group");
        bad = 1;
    }
    close_teams(&teams);
    return bad ? 1 : 0;
}

/* ---- tool: the tool's command lines, from the kernel's ---- */

/* A word ends with a comma: "copy,--size,1M" */
static void run_words(char *command, int output)
{
    char *words[32] = { "engine" };
    int count = 1;

    for (char *save, *word = strtok_r(command, ",", &save); word && count < 31;
         word = strtok_r(NULL, ",", &save)) {
        words[count++] = word;
    }
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    exit(engine_tool(count, words));
}

static void report_lines(int input)
{
    FILE *file = fdopen(input, "r");
    char line[600];

    while (file && fgets(line, sizeof(line), file)) {
        Record record;

        line[strcspn(line, "\n")] = '\0';
        record_begin(&record, "line");
        record_text(&record, "text", line);
        record_end(&record);
    }
    if (file) {
        fclose(file);
    }
}

static int run_command(char *command)
{
    int ends[2], status = -1;
    Record record;
    pid_t child;

    record_begin(&record, "tool");
    record_text(&record, "command", command);
    record_end(&record);
    if (pipe(ends)) {
        return 1;
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        run_words(command, ends[1]);
    }
    close(ends[1]);
    report_lines(ends[0]);
    waitpid(child, &status, 0);
    record_begin(&record, "exit");
    record_number(&record, "status", WIFEXITED(status) ? WEXITSTATUS(status) :
                  -WTERMSIG(status));
    record_end(&record);
    return status != 0;
}

/* "msmmu.tool=copy,--size,1M;read,--iova,0xa0000000" */
int job_tool(void)
{
    char list[1024];

    snprintf(list, sizeof(list), "%s", option_text("tool", "list"));
    for (char *save, *command = strtok_r(list, ";", &save); command;
         command = strtok_r(NULL, ";", &save)) {
        run_command(command);
    }
    return 0;
}
