/*
 * vfio: the page sizes of each IOMMU group, as VFIO tells them
 *
 * All PCI devices are given to vfio-pci, each group is put in a type 1
 * container, and VFIO_IOMMU_GET_INFO names the page sizes. Then the devices
 * are given back, so that later jobs find them as they were. Older kernels
 * put a device in a group when a driver takes it, not before: a survey after
 * this job sees all groups.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"
#include "vfio_group.h"

static const char pci[] = "/sys/bus/pci";

static bool take_device(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES];

    if (vfio_is_bridge(name) || vfio_take(name)) {
        return true;
    }
    /* Without a group there is nothing to bind to, and nothing to report. */
    path_join(path, "%s/%s/iommu_group", folder, name);
    if (file_exists(path)) {
        report_error("vfio", "%s does not bind to vfio-pci", name);
    }
    return true;
}

static bool give_device(const char *folder, const char *name, void *data)
{
    if (!vfio_is_bridge(name)) {
        vfio_give(name);
    }
    return true;
}

/*
 * A nesting container leaves stage 1 to its user: the driver of the SMMU then
 * translates with stage 2, where there is one. Kernels before 6.13 have it.
 */
static int iommu_type(void)
{
    return strcmp(option_text("iommu-type", "v2"), "nesting")
        ? VFIO_TYPE1v2_IOMMU : VFIO_TYPE1_NESTING_IOMMU;
}

/*
 * VFIO maps in pages of the kernel, and warns on the console when an SMMU's
 * smallest page is larger: such a group is not used without being asked for.
 */
static bool may_assign(unsigned long long page_sizes)
{
    unsigned long long smallest = page_sizes & -page_sizes;
    const char *which = option_text("assign", "fitting");

    return !strcmp(which, "all") ||
           (!strcmp(which, "fitting") &&
            smallest <= (unsigned long long)sysconf(_SC_PAGESIZE));
}

static bool use_device(const char *folder, const char *name, void *data)
{
    const VfioGroup *group = data;
    char path[PATH_BYTES], class[32];

    path_join(path, "%s/devices/%s/class", pci, name);
    if (may_assign(group->page_sizes) &&
        file_read(path, class, sizeof(class)) && !strcmp(class, "0x010802")) {
        assign_nvme(group->container, group->fd, name);
    }
    return true;
}

static bool ask_group(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES];
    VfioGroup group;
    Record record;

    /* A group of bridges only has no file: VFIO took none of its devices. */
    path_join(path, "/dev/vfio/%s", name);
    if (!file_exists(path)) {
        return true;
    }
    vfio_group_open(&group, atoi(name), iommu_type(), NULL);
    record_begin(&record, "vfio");
    record_number(&record, "group", group.number);
    if (group.page_sizes) {
        record_hex(&record, "pgsizes", group.page_sizes);
    }
    if (group.failed) {
        record_text(&record, "failed", group.failed);
        record_text(&record, "error", group.error);
    }
    record_end(&record);
    if (group.page_sizes) {
        path_join(path, "%s/%s/devices", folder, name);
        for_each_entry(path, use_device, &group);
    }
    vfio_group_close(&group);
    return true;
}

int job_vfio(void)
{
    static const char devices[] = "/sys/bus/pci/devices";

    modules_load("vfio");
    if (!file_exists("/dev/vfio/vfio")) {
        report_error("vfio", "the kernel has no VFIO with a type 1 container");
        return 1;
    }
    for_each_entry(devices, take_device, NULL);
    for_each_entry("/sys/kernel/iommu_groups", ask_group, NULL);
    for_each_entry(devices, give_device, NULL);
    return 0;
}
