/*
 * kmsg, shell: the small jobs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probe.h"

#define KMSG_MAX 40
#define KMSG_LEVEL_ERROR 3

/* What the kernel logged as an error, or worse, up to now */
int job_kmsg(void)
{
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char line[8192];
    int found = 0;

    if (fd < 0) {
        return 1;
    }
    while (found < KMSG_MAX) {
        ssize_t got = read(fd, line, sizeof(line) - 1);
        char *text;
        int level;

        if (got < 0 && errno == EPIPE) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        line[got] = '\0';
        level = atoi(line) & 7;
        text = strchr(line, ';');
        if (text && level <= KMSG_LEVEL_ERROR &&
            strncmp(text + 1, "msmmu:", 6)) {
            Record record;

            text++;
            text[strcspn(text, "\n")] = '\0';
            text[strnlen(text, 600)] = '\0';
            record_begin(&record, "kmsg");
            record_number(&record, "level", level);
            record_text(&record, "text", text);
            record_end(&record);
            found++;
        }
    }
    close(fd);
    return 0;
}

/* An interactive shell with a controlling terminal; exit powers off */
int job_shell(void)
{
    static char *const arguments[] = { "sh", "-l", NULL };
    static char *const environment[] = {
        "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/", "TERM=linux",
        "PS1=msmmu# ", NULL,
    };
    int fd;

    modules_load("vfio");
    modules_load("disk");
    modules_load("net");
    setsid();
    fd = open("/dev/ttyAMA0", O_RDWR);
    if (fd < 0) {
        fd = open("/dev/console", O_RDWR);
    }
    ioctl(fd, TIOCSCTTY, 1);
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    printf("\nThe guest's shell. \"/init survey vfio dma engine kmsg\" runs "
           "the probe's jobs again;\n\"engine --help\" drives DMA test "
           "engines by hand; the modules are in /modules;\n\"exit\" powers "
           "off, Ctrl-a x ends the emulator.\n");
    fflush(stdout);
    execve("/bin/sh", arguments, environment);
    perror("/bin/sh");
    return 1;
}
