/*
 * Reading and writing sysfs and procfs as text
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* The file's text without the last line's end; false when it can't be read */
bool file_read(const char *path, char *text, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    ssize_t got = 0;

    text[0] = '\0';
    if (fd < 0) {
        return false;
    }
    while (used + 1 < bytes) {
        got = read(fd, text + used, bytes - 1 - used);
        if (got <= 0) {
            break;
        }
        used += got;
    }
    close(fd);
    text[used] = '\0';
    if (used && text[used - 1] == '\n') {
        text[used - 1] = '\0';
    }
    return got >= 0;
}

bool file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t put;
    int saved;

    if (fd < 0) {
        return false;
    }
    put = write(fd, text, strlen(text));
    saved = errno;
    close(fd);
    errno = saved;
    return put == (ssize_t)strlen(text);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* The last component of what a symbolic link points to */
bool link_name(const char *path, char *name, size_t bytes)
{
    char target[PATH_BYTES];
    ssize_t length = readlink(path, target, sizeof(target) - 1);
    const char *slash;

    name[0] = '\0';
    if (length < 0) {
        return false;
    }
    target[length] = '\0';
    slash = strrchr(target, '/');
    snprintf(name, bytes, "%s", slash ? slash + 1 : target);
    return true;
}

/*
 * Call @handler for each entry, sorted by name, until it returns false.
 * Returns how many were handled, or -1 without the folder.
 */
int for_each_entry(const char *folder, EntryHandler handler, void *data)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, versionsort);
    int handled = 0;
    bool more = true;

    for (int i = 0; i < count; i++) {
        if (more && entries[i]->d_name[0] != '.') {
            more = handler(folder, entries[i]->d_name, data);
            handled++;
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return count < 0 ? -1 : handled;
}

void path_join(char *path, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(path, PATH_BYTES, format, list);
    va_end(list);
}

long long clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void sleep_ms(int ms)
{
    struct timespec span = { ms / 1000, ms % 1000 * 1000000L };

    nanosleep(&span, NULL);
}
