/*
 * net, kmsg, shell: the small jobs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define KMSG_MAX 40
#define KMSG_LEVEL_ERROR 3

/* Up, and then the link and the interface's receive and transmit counts */
static bool use_interface(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES], bdf[64], carrier[16];
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    Record record;

    path_join(path, "%s/%s/device", folder, name);
    if (!link_name(path, bdf, sizeof(bdf))) {
        close(fd);
        return true;
    }
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    request.ifr_flags = IFF_UP;
    ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
    path_join(path, "%s/%s/carrier", folder, name);
    for (int i = 0; i < 200; i++) {
        if (file_read(path, carrier, sizeof(carrier)) && carrier[0] == '1') {
            break;
        }
        sleep_ms(20);
    }
    record_begin(&record, "net");
    record_text(&record, "interface", name);
    record_text(&record, "bdf", bdf);
    record_text(&record, "carrier", carrier);
    record_end(&record);
    return true;
}

int job_net(void)
{
    modules_load("net");
    sleep_ms(300);
    return for_each_entry("/sys/class/net", use_interface, NULL) < 0;
}

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
    printf("\nThe guest's shell. \"/init survey vfio dma kmsg\" runs the "
           "probe's jobs again;\nthe modules are in /modules; \"exit\" powers "
           "off, Ctrl-a x ends the emulator.\n");
    fflush(stdout);
    execve("/bin/sh", arguments, environment);
    perror("/bin/sh");
    return 1;
}
