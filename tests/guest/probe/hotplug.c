/*
 * hotplug: disks come while the kernel runs, are used, and go
 *
 * The job tells that the guest is ready, and waits for as many disks as
 * msmmu.hotplug= says, one by default. Of each that came it reports the IOMMU
 * group that the kernel made for it, and transfers by it. When all were used
 * it waits until they are gone, and their groups with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "disks.h"
#include "probe.h"

#define GROUP_MS 10000

typedef struct Plugged {
    Disk disk;
    char group[32];
    /* Devices in that group, with this one */
    int members;
} Plugged;

static void say(const char *what, const char *bdf)
{
    Record record;

    record_begin(&record, "hotplug");
    record_text(&record, "state", what);
    record_text(&record, "bdf", bdf);
    record_end(&record);
}

static bool is_among(const Disk *disk, const Disk *disks, int count)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(disks[i].bdf, disk->bdf)) {
            return true;
        }
    }
    return false;
}

/* Wait for @wanted disks that are not known; returns how many came. */
static int wait_for_disks(const Disk *known, int known_count, Plugged *came,
                          int wanted, long long end)
{
    Disk disks[MAX_DISKS];
    int found = 0;

    while (found < wanted && clock_ms() < end) {
        int count = disks_find(disks);

        found = 0;
        for (int i = 0; i < count && found < wanted; i++) {
            if (!is_among(&disks[i], known, known_count)) {
                came[found++].disk = disks[i];
            }
        }
        sleep_ms(20);
    }
    return found;
}

static bool count_one(const char *folder, const char *name, void *data)
{
    return true;
}

/* What the kernel made of it, as the job survey has it of the others */
static void report_plugged(Plugged *one)
{
    char path[PATH_BYTES], type[64] = "", smmu[64] = "";
    Record record;

    path_join(path, "/sys/bus/pci/devices/%s/iommu_group", one->disk.bdf);
    link_name(path, one->group, sizeof(one->group));
    path_join(path, "/sys/kernel/iommu_groups/%s/type", one->group);
    file_read(path, type, sizeof(type));
    path_join(path, "/sys/kernel/iommu_groups/%s/devices", one->group);
    one->members = for_each_entry(path, count_one, NULL);
    path_join(path, "/sys/bus/pci/devices/%s/iommu", one->disk.bdf);
    link_name(path, smmu, sizeof(smmu));
    record_begin(&record, "plugged");
    record_text(&record, "bdf", one->disk.bdf);
    record_text(&record, "serial", one->disk.serial);
    record_text(&record, "group", one->group);
    record_number(&record, "members", one->members);
    record_text(&record, "type", type);
    record_text(&record, "smmu", smmu);
    record_end(&record);
}

static bool wait_until_gone(const char *folder, const char *name,
                            long long end)
{
    char path[PATH_BYTES];

    path_join(path, "%s/%s", folder, name);
    while (file_exists(path)) {
        if (clock_ms() > end) {
            return false;
        }
        sleep_ms(20);
    }
    return true;
}

/* The disk, and what the kernel had for it alone */
static bool goes(const Plugged *one, long long end)
{
    static const char name[] = "its IOMMU group goes with it";

    if (!wait_until_gone("/sys/bus/pci/devices", one->disk.bdf, end)) {
        say("still there", one->disk.bdf);
        return false;
    }
    say("gone", one->disk.bdf);
    if (one->members != 1) {
        claim_skip(one->disk.bdf, name, "it shares group %s with others",
                   one->group);
        return true;
    }
    return claim(one->disk.bdf, name,
                 wait_until_gone("/sys/kernel/iommu_groups", one->group,
                                 clock_ms() + GROUP_MS), "group %s",
                 one->group);
}

int job_hotplug(void)
{
    /* A little before the limit of the job */
    long long end = clock_ms() +
        (option_number("job-seconds", 60) - 10) * 1000;
    int wanted = option_number("hotplug", 1), known_count, count, bad;
    Plugged came[MAX_DISKS] = { };
    Disk known[MAX_DISKS];

    wanted = wanted < MAX_DISKS ? wanted : MAX_DISKS;
    modules_load("disk");
    known_count = disks_wait(known, 20);
    say("ready", "");
    count = wait_for_disks(known, known_count, came, wanted, end);
    if (count < wanted) {
        report_error("hotplug", "%d of %d disks came", count, wanted);
    }
    for (int i = 0; i < count; i++) {
        report_plugged(&came[i]);
        disk_report(&came[i].disk, 1, dma_bytes());
    }
    /* Not before all were used: the host takes them away together. */
    for (int i = 0; i < count; i++) {
        say("used", came[i].disk.bdf);
    }
    bad = wanted - count;
    for (int i = 0; i < count; i++) {
        bad += !goes(&came[i], end);
    }
    return bad ? 1 : 0;
}
