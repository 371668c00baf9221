/*
 * /init: mount, do the jobs, power off
 *
 * Each job is a process with a time limit: when the kernel kills it (an Oops
 * does) or it hangs, that is reported and the others still run. The last
 * record is "done". Run by hand in the guest's shell, the jobs are arguments:
 * "/init survey vfio". Under the name "engine" it is a tool for the DMA test
 * engine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"
#include "probe.h"

#define JOB_SECONDS 60

static const struct {
    const char *name;
    int (*run)(void);
    bool unlimited;
} jobs[] = {
    { "survey", job_survey, false },
    { "vfio", job_vfio, false },
    { "dma", job_dma, false },
    { "soak", job_soak, true },
    { "throughput", job_throughput, true },
    { "hotplug", job_hotplug, false },
    { "hugepages", job_hugepages, false },
    { "net", job_net, false },
    { "engine", job_engine, false },
    { "tool", job_tool, false },
    { "module", job_module, false },
    { "nested", job_nested, false },
    { "kmsg", job_kmsg, false },
    { "shell", job_shell, true },
};

static char command_line[4096];

/* The last occurrence counts, as for the kernel's own parameters. */
const char *option_text(const char *name, const char *fallback)
{
    static char value[1024];
    char pattern[64];
    const char *at = command_line, *found = NULL;

    snprintf(pattern, sizeof(pattern), "msmmu.%s=", name);
    while ((at = strstr(at, pattern))) {
        at += strlen(pattern);
        found = at;
    }
    if (!found) {
        return fallback;
    }
    snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\n "), found);
    return value;
}

long long option_number(const char *name, long long fallback)
{
    const char *text = option_text(name, NULL);

    return text ? strtoll(text, NULL, 0) : fallback;
}

static void mount_all(void)
{
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY) {
        perror("msmmu: devtmpfs");
    }
}

/* The initramfs' own /dev/console serves until devtmpfs covers it. */
static void open_console(void)
{
    int fd = open("/dev/console", O_RDWR);

    if (fd >= 0) {
        dup2(fd, STDIN_FILENO);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        if (fd > STDERR_FILENO) {
            close(fd);
        }
    }
}

static void report_start(void)
{
    struct utsname name;
    Record record;

    uname(&name);
    record_begin(&record, "start");
    record_text(&record, "release", name.release);
    record_text(&record, "version", name.version);
    record_number(&record, "page_size", sysconf(_SC_PAGESIZE));
    record_number(&record, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
    record_number(&record, "memory_mib", sysconf(_SC_PHYS_PAGES) *
                  (sysconf(_SC_PAGESIZE) / 1024) / 1024);
    record_end(&record);
}

static void report_job(const char *name, const char *result, long long number)
{
    Record record;

    record_begin(&record, "job");
    record_text(&record, "job", name);
    record_text(&record, "result", result);
    record_number(&record, "number", number);
    record_end(&record);
}

static void wait_for(const char *name, pid_t child, long long limit_ms)
{
    long long end = clock_ms() + limit_ms;
    int status;

    while (waitpid(child, &status, WNOHANG) != child) {
        if (limit_ms && clock_ms() > end) {
            kill(child, SIGKILL);
            report_job(name, "timeout", limit_ms / 1000);
            return;
        }
        sleep_ms(5);
    }
    if (WIFSIGNALED(status)) {
        report_job(name, "signal", WTERMSIG(status));
    } else {
        report_job(name, WEXITSTATUS(status) ? "failed" : "ok",
                   WEXITSTATUS(status));
    }
}

static void run_job(const char *name)
{
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        pid_t child;

        if (strcmp(jobs[i].name, name)) {
            continue;
        }
        child = fork();
        if (child == 0) {
            _exit(jobs[i].run());
        }
        wait_for(name, child, jobs[i].unlimited ? 0 :
                 option_number("job-seconds", JOB_SECONDS) * 1000);
        return;
    }
    report_job(name, "unknown", 0);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    bool first_process = getpid() == 1;
    char list[1024];
    Record record;

    if (!strcmp(slash ? slash + 1 : argv[0], "engine")) {
        return engine_tool(argc, argv);
    }
    if (first_process) {
        mount_all();
        open_console();
    }
    report_open();
    file_read("/proc/cmdline", command_line, sizeof(command_line));
    if (!first_process) {
        for (int i = 1; i < argc; i++) {
            run_job(argv[i]);
        }
        return 0;
    }

    report_start();
    snprintf(list, sizeof(list), "%s", option_text("jobs", "survey"));
    for (char *save, *name = strtok_r(list, ",", &save); name;
         name = strtok_r(NULL, ",", &save)) {
        run_job(name);
    }
    record_begin(&record, "done");
    record_end(&record);
    sync();
    /* A host that still has questions to the machine ends it itself. */
    sleep_ms(option_number("linger", 0));
    reboot(RB_POWER_OFF);
    /* A machine without a power switch: the host ends it. */
    for (;;) {
        pause();
    }
}
