/*
 * Loading kernel modules, and the job "module"
 *
 * The initramfs has a list per use, /modules/SET.list, in the order in which
 * the modules depend on each other: "file.ko parameters". A kernel with the
 * drivers built in has an empty list.
 *
 * The test module is none of them: it does its work while it is loaded, and
 * the job "module" loads it once, with the parameters of the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

#define TEST_MODULE "msmmu_probe"

static int load_file(const char *path, const char *parameters)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result, saved;

    if (fd < 0) {
        return -1;
    }
    result = syscall(SYS_finit_module, fd, parameters, 0);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static int load_one(const char *name, const char *parameters)
{
    char path[PATH_BYTES];
    int result;

    path_join(path, "/modules/%s", name);
    result = load_file(path, parameters);
    /* Another set may have loaded it. */
    return result && errno == EEXIST ? 0 : result;
}

bool modules_load(const char *set)
{
    char path[PATH_BYTES], line[PATH_BYTES];
    bool good = true;
    FILE *list;

    path_join(path, "/modules/%s.list", set);
    list = fopen(path, "re");
    if (!list) {
        return true;
    }
    while (fgets(line, sizeof(line), list)) {
        char *name = strtok(line, "\n ");
        char *parameters = strtok(NULL, "\n");

        if (name && load_one(name, parameters ? parameters : "")) {
            report_error("module", "%s: %s", name, strerror(errno));
            good = false;
        }
    }
    fclose(list);
    return good;
}

/*
 * "msmmu.module=groups=1,2;skip_dma=1": the command line has no spaces in a
 * value, so that a semicolon parts the parameters. What the module finds is in
 * its own lines; here is told only whether it could look.
 */
int job_module(void)
{
    char parameters[1024];
    Record record;
    int error;

    snprintf(parameters, sizeof(parameters), "%s", option_text("module", ""));
    for (char *at = parameters; (at = strchr(at, ';')); ) {
        *at = ' ';
    }
    error = load_file("/lab/" TEST_MODULE ".ko", parameters) ? errno : 0;
    record_begin(&record, "module-load");
    record_text(&record, "result", error ? "failed" : "ok");
    record_text(&record, "errno", error ? strerror(error) : "");
    record_text(&record, "parameters", parameters);
    record_end(&record);
    /* It is done; unloaded, it can be loaded again. */
    if (!error && syscall(SYS_delete_module, TEST_MODULE, O_NONBLOCK)) {
        report_error("module", "unloading: %s", strerror(errno));
        error = errno;
    }
    return error ? 1 : 0;
}
