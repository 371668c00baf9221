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

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probe.h"

static const char pci[] = "/sys/bus/pci";

/* A bridge stays with its own driver; VFIO accepts that in a group. */
static bool is_bridge(const char *device)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/secondary_bus_number", pci, device);
    return file_exists(path);
}

static void unbind(const char *device)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/driver/unbind", pci, device);
    file_write(path, device);
}

static void probe_with(const char *device, const char *driver)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/driver_override", pci, device);
    file_write(path, driver);
    path_join(path, "%s/drivers_probe", pci);
    file_write(path, device);
}

static bool take_device(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES], driver[64];

    if (is_bridge(name)) {
        return true;
    }
    unbind(name);
    probe_with(name, "vfio-pci");
    /* Without a group there is nothing to bind to, and nothing to report. */
    path_join(path, "%s/%s/iommu_group", folder, name);
    if (!file_exists(path)) {
        return true;
    }
    path_join(path, "%s/%s/driver", folder, name);
    if (!link_name(path, driver, sizeof(driver)) ||
        strcmp(driver, "vfio-pci")) {
        report_error("vfio", "%s does not bind to vfio-pci", name);
    }
    return true;
}

static bool give_device(const char *folder, const char *name, void *data)
{
    if (!is_bridge(name)) {
        unbind(name);
        /* An empty line takes the override back. */
        probe_with(name, "\n");
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

static int ask_container(int container, int group, Record *record,
                         unsigned long long *page_sizes)
{
    struct vfio_group_status status = { .argsz = sizeof(status) };
    struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };

    if (ioctl(group, VFIO_GROUP_GET_STATUS, &status)) {
        record_text(record, "failed", "VFIO_GROUP_GET_STATUS");
        return -1;
    }
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        record_text(record, "failed", "the group is not viable");
        errno = EBUSY;
        return -1;
    }
    if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container)) {
        record_text(record, "failed", "VFIO_GROUP_SET_CONTAINER");
        return -1;
    }
    if (ioctl(container, VFIO_SET_IOMMU, iommu_type())) {
        record_text(record, "failed", "VFIO_SET_IOMMU");
        return -1;
    }
    if (ioctl(container, VFIO_IOMMU_GET_INFO, &info)) {
        record_text(record, "failed", "VFIO_IOMMU_GET_INFO");
        return -1;
    }
    if (!(info.flags & VFIO_IOMMU_INFO_PGSIZES)) {
        record_text(record, "failed", "no page sizes in the answer");
        errno = ENODATA;
        return -1;
    }
    record_hex(record, "pgsizes", info.iova_pgsizes);
    *page_sizes = info.iova_pgsizes;
    return 0;
}

typedef struct Container {
    int container;
    int group;
    unsigned long long page_sizes;
} Container;

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
    Container *open = data;
    char path[PATH_BYTES], class[32];

    path_join(path, "%s/devices/%s/class", pci, name);
    if (may_assign(open->page_sizes) &&
        file_read(path, class, sizeof(class)) && !strcmp(class, "0x010802")) {
        assign_nvme(open->container, open->group, name);
    }
    return true;
}

static bool ask_group(const char *folder, const char *name, void *data)
{
    int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    char path[PATH_BYTES];
    Record record;
    int fd;

    path_join(path, "/dev/vfio/%s", name);
    fd = open(path, O_RDWR | O_CLOEXEC);
    /* A group of bridges only has no file: VFIO took none of its devices. */
    if (fd >= 0 || errno != ENOENT) {
        unsigned long long page_sizes = 0;

        record_begin(&record, "vfio");
        record_number(&record, "group", atoi(name));
        if (container < 0 || fd < 0) {
            record_text(&record, "failed", "open");
            record_text(&record, "error", strerror(errno));
        } else if (ask_container(container, fd, &record, &page_sizes)) {
            record_text(&record, "error", strerror(errno));
        }
        record_end(&record);
        if (page_sizes) {
            path_join(path, "%s/%s/devices", folder, name);
            for_each_entry(path, use_device,
                           &(Container) { container, fd, page_sizes });
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (container >= 0) {
        close(container);
    }
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
