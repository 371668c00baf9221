/*
 * dma, soak: real transfers by the PCI disks
 *
 * dma: all disks at once, one round. soak: round after round, so that the
 * host can save and restore the machine meanwhile.
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
#define BOOTED_FROM "esp"

/* How much each disk writes and reads */
long long dma_bytes(void)
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

/* All but the one with firmware's files */
static int find_all(Disk *disks)
{
    int found, count = 0;

    modules_load("disk");
    found = disks_wait(disks, option_number("wait-seconds", WAIT_SECONDS));
    for (int i = 0; i < found; i++) {
        if (strcmp(disks[i].serial, BOOTED_FROM)) {
            disks[count++] = disks[i];
        }
    }
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
