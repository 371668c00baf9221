/*
 * The guest probe: PCI disks and direct transfers to them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PROBE_DISKS_H
#define PROBE_DISKS_H

#include <stdbool.h>

typedef struct Disk {
    char name[32];      /* nvme0n1 */
    char bdf[32];       /* 0001:00:01.0 */
    char serial[32];    /* as given with -device nvme,serial= */
    char driver[32];
} Disk;

#define MAX_DISKS 24

int disks_find(Disk *disks);
int disks_wait(Disk *disks, int seconds);
bool disk_exercise(const Disk *disk, int round, long long bytes, char *error);
long long disk_interrupts(const Disk *disk, int *vectors, char *chip);
void disk_report(const Disk *disk, int round, long long bytes);

/* dma.c: how much each disk writes and reads */

long long dma_bytes(void);

#define ERROR_BYTES 160

#endif /* PROBE_DISKS_H */
