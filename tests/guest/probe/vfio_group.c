/*
 * VFIO: who drives a device, and the group and container it is used through
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "probe.h"
#include "vfio_group.h"

static const char pci[] = "/sys/bus/pci";

/* A bridge stays with its own driver; VFIO accepts that in a group. */
bool vfio_is_bridge(const char *bdf)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/secondary_bus_number", pci, bdf);
    return file_exists(path);
}

static void unbind(const char *bdf)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/driver/unbind", pci, bdf);
    file_write(path, bdf);
}

static void probe_with(const char *bdf, const char *driver)
{
    char path[PATH_BYTES];

    path_join(path, "%s/devices/%s/driver_override", pci, bdf);
    file_write(path, driver);
    path_join(path, "%s/drivers_probe", pci);
    file_write(path, bdf);
}

static bool is_taken(const char *bdf)
{
    char path[PATH_BYTES], driver[64];

    path_join(path, "%s/devices/%s/driver", pci, bdf);
    return link_name(path, driver, sizeof(driver)) &&
           !strcmp(driver, "vfio-pci");
}

/* Give a device to vfio-pci, unless it is there. */
bool vfio_take(const char *bdf)
{
    if (!is_taken(bdf)) {
        unbind(bdf);
        probe_with(bdf, "vfio-pci");
    }
    return is_taken(bdf);
}

/* Give it back to the driver that the kernel chooses. */
void vfio_give(const char *bdf)
{
    unbind(bdf);
    /* An empty line takes the override back. */
    probe_with(bdf, "\n");
}

static bool fail(VfioGroup *group, const char *what, int error)
{
    group->failed = what;
    group->error = strerror(error);
    return false;
}

static bool join_container(VfioGroup *group, int iommu_type)
{
    struct vfio_group_status status = { .argsz = sizeof(status) };

    if (ioctl(group->fd, VFIO_GROUP_GET_STATUS, &status)) {
        return fail(group, "VFIO_GROUP_GET_STATUS", errno);
    }
    if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        return fail(group, "the group is not viable", EBUSY);
    }
    if (ioctl(group->fd, VFIO_GROUP_SET_CONTAINER, &group->container)) {
        return fail(group, "VFIO_GROUP_SET_CONTAINER", errno);
    }
    if (!group->shares &&
        ioctl(group->container, VFIO_SET_IOMMU, iommu_type)) {
        return fail(group, "VFIO_SET_IOMMU", errno);
    }
    return true;
}

/* The end of the last range of usable IOVAs, 0 if the chain has none */
static uint64_t find_last_iova(const struct vfio_iommu_type1_info *info)
{
    const char *start = (const char *)info;
    uint32_t offset = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset
                                                         : 0;

    while (offset) {
        const struct vfio_info_cap_header *header =
            (const void *)(start + offset);

        if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
            const struct vfio_iommu_type1_info_cap_iova_range *ranges =
                (const void *)header;

            return ranges->nr_iovas
                ? ranges->iova_ranges[ranges->nr_iovas - 1].end : 0;
        }
        offset = header->next;
    }
    return 0;
}

static bool ask_container(VfioGroup *group)
{
    union {
        struct vfio_iommu_type1_info info;
        uint64_t room[256];
    } answer = { .info.argsz = sizeof(answer) };

    if (ioctl(group->container, VFIO_IOMMU_GET_INFO, &answer)) {
        return fail(group, "VFIO_IOMMU_GET_INFO", errno);
    }
    if (!(answer.info.flags & VFIO_IOMMU_INFO_PGSIZES)) {
        return fail(group, "no page sizes in the answer", ENODATA);
    }
    group->page_sizes = answer.info.iova_pgsizes;
    group->last_iova = find_last_iova(&answer.info);
    return true;
}

/*
 * Put a group in a container of its own, or in that of @other, which must stay
 * open for as long. False, with the reason in @group, if that went wrong;
 * vfio_group_close() is due in both cases.
 */
bool vfio_group_open(VfioGroup *group, int number, int iommu_type,
                     const VfioGroup *other)
{
    char path[PATH_BYTES];

    *group = (VfioGroup) { .number = number, .shares = other };
    group->container = other ? other->container :
                       open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    path_join(path, "/dev/vfio/%d", number);
    group->fd = open(path, O_RDWR | O_CLOEXEC);
    if (group->container < 0 || group->fd < 0) {
        return fail(group, "open", errno);
    }
    return join_container(group, iommu_type) && ask_container(group);
}

void vfio_group_close(VfioGroup *group)
{
    if (group->fd >= 0) {
        close(group->fd);
    }
    if (group->container >= 0 && !group->shares) {
        close(group->container);
    }
}
