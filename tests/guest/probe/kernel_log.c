/*
 * The kernel's log: what it says from now on, and what it shows
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "probe.h"

#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define LEVEL_WARNING 4
/*
 * The SMMU's driver prints 10 events in 5 seconds, and drops the others. Its 5
 * seconds begin when its thread gets to the first one.
 */
#define EVENTS_BURST 10
#define EVENTS_INTERVAL_MS 6000

static int log_fd = -1;

/* kernel_log_next() begins after what was logged so far. */
void kernel_log_start(void)
{
    if (log_fd < 0) {
        log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    lseek(log_fd, 0, SEEK_END);
}

/* /dev/kmsg escapes what does not print: "\\x09" for a tabulator. */
static void copy_line(const char *line, char *text, size_t bytes)
{
    while (*line && *line != '\n' && bytes > 1) {
        bool escaped = !strncmp(line, "\\x", 2) && line[2] && line[3];

        *text++ = escaped ? ' ' : *line;
        line += escaped ? 4 : 1;
        bytes--;
    }
    *text = '\0';
}

/* The next line with @pattern in it that is no record; false at the end */
bool kernel_log_next(const char *pattern, char *text, size_t bytes)
{
    char line[8192];

    for (;;) {
        ssize_t got = read(log_fd, line, sizeof(line) - 1);
        char *start;

        /* Lines that nobody read in time were overwritten. */
        if (got < 0 && errno == EPIPE) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        line[got] = '\0';
        start = strchr(line, ';');
        if (!start || !strstr(start, pattern) ||
            !strncmp(start + 1, "msmmu:", 6)) {
            continue;
        }
        copy_line(start + 1, text, bytes);
        return true;
    }
}

/*
 * Wait if the kernel would not tell of one more event. Nobody knows where its
 * intervals begin, so none may have more: the one that is the burst's number
 * ago must be an interval ago.
 */
void kernel_log_keep_pace(void)
{
    static long long told[EVENTS_BURST];
    static unsigned next;
    long long wait_ms = told[next] + EVENTS_INTERVAL_MS - clock_ms();

    if (told[next] && wait_ms > 0) {
        sleep_ms(wait_ms);
    }
    told[next] = clock_ms();
    next = (next + 1) % EVENTS_BURST;
}

/* Show errors alone on the console, and all that is shown otherwise again. */
void kernel_log_quiet(bool quiet)
{
    static int level;
    char text[64];

    if (!level && file_read("/proc/sys/kernel/printk", text, sizeof(text))) {
        level = atoi(text);
    }
    klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL,
            quiet && level > LEVEL_WARNING ? LEVEL_WARNING : level);
}
