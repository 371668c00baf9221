/*
 * Loading kernel modules
 *
 * The initramfs has a list per use, /modules/SET.list, in the order in which
 * the modules depend on each other: "file.ko parameters". A kernel with the
 * drivers built in has an empty list.
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

static int load_one(const char *name, const char *parameters)
{
    char path[PATH_BYTES];
    int fd, result, saved;

    path_join(path, "/modules/%s", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    result = syscall(SYS_finit_module, fd, parameters, 0);
    saved = errno;
    close(fd);
    errno = saved;
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
