/*
 * dma, soak, hotplug: real transfers by the PCI disks
 *
 * dma: all disks at once, one round. soak: round after round, so that the
 * host can save and restore the machine meanwhile. hotplug: tell that the
 * guest is ready, use the disk that appears, wait until it is gone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disks.h"
#include "probe.h"

#define MIB (1024 * 1024LL)
#define WAIT_SECONDS 20

static long long dma_bytes(void)
{
    return option_number("dma-mib", 4) * MIB;
}

/* Every disk in a process of its own, so that their transfers interleave */
static int all_at_once(const Disk *disks, int count, int round)
{
    int status, bad = 0;

    for (int i = 0; i < count; i++) {
        if (fork() == 0) {
            disk_report(&disks[i], round, dma_bytes());
            _exit(0);
        }
    }
    while (wait(&status) > 0) {
        bad += status != 0;
    }
    return bad;
}

static int find_all(Disk *disks)
{
    int count;

    modules_load("disk");
    count = disks_wait(disks, option_number("wait-seconds", WAIT_SECONDS));
    if (!count) {
        report_error("dma", "no disk on PCI");
    }
    return count;
}

int job_dma(void)
{
    Disk disks[MAX_DISKS];
    int count = find_all(disks);

    return !count || all_at_once(disks, count, 1);
}

int job_soak(void)
{
    int rounds = option_number("rounds", 4);
    Disk disks[MAX_DISKS];
    int count = find_all(disks), bad = 0;

    for (int round = 1; count && round <= rounds; round++) {
        bad += all_at_once(disks, count, round);
        sleep_ms(option_number("pause-ms", 100));
    }
    return !count || bad;
}

/* The disk that is in @disks but not among the @known first ones */
static const Disk *newcomer(const Disk *known, int known_count,
                            const Disk *disks, int count)
{
    for (int i = 0; i < count; i++) {
        bool old = false;

        for (int k = 0; k < known_count; k++) {
            old |= !strcmp(known[k].bdf, disks[i].bdf);
        }
        if (!old) {
            return &disks[i];
        }
    }
    return NULL;
}

static bool wait_until_gone(const char *bdf, long long end)
{
    char path[PATH_BYTES];

    path_join(path, "/sys/bus/pci/devices/%s", bdf);
    while (file_exists(path)) {
        if (clock_ms() > end) {
            return false;
        }
        sleep_ms(20);
    }
    return true;
}

static void say(const char *what, const char *bdf)
{
    Record record;

    record_begin(&record, "hotplug");
    record_text(&record, "state", what);
    record_text(&record, "bdf", bdf);
    record_end(&record);
}

int job_hotplug(void)
{
    long long end = clock_ms() + 50 * 1000;
    Disk known[MAX_DISKS], disks[MAX_DISKS];
    int known_count = find_all(known);
    const Disk *disk = NULL;

    say("ready", "");
    while (!disk) {
        if (clock_ms() > end) {
            say("nothing came", "");
            return 1;
        }
        sleep_ms(20);
        disk = newcomer(known, known_count, disks, disks_find(disks));
    }
    disk_report(disk, 1, dma_bytes());
    say("used", disk->bdf);
    if (!wait_until_gone(disk->bdf, end)) {
        say("still there", disk->bdf);
        return 1;
    }
    say("gone", disk->bdf);
    return 0;
}
