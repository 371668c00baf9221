/*
 * Telling those who copy translations of an SMMUv3 instance (QEMU's IOMMU
 * notifiers: vhost, for one) which copies became invalid.
 *
 * A notification may cover more than was invalidated, never less. A copy that
 * follows each change of a table (a MAP notifier: host vfio-pci) cannot be had:
 * the tables tell the instance of no change until software invalidates, and
 * stage 1 software does not when it adds a mapping.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/rcu.h"
#include "qapi/error.h"
#include "exec/address-spaces.h"
#include "system/dma.h"
#include "smmuv3_private.h"
#include "trace.h"

int msmmu_notifier_flag_changed(IOMMUMemoryRegion *mr, IOMMUNotifierFlag old,
                                IOMMUNotifierFlag new, Error **errp)
{
    MsmmuDmaRegion *region = container_of(mr, MsmmuDmaRegion, iommu);
    MsmmuSmmuv3State *s = region->s;

    if (new & IOMMU_NOTIFIER_MAP) {
        error_setg(errp, TYPE_MSMMU_SMMUV3 " '%s' cannot serve a device that "
                   "copies its tables, as host vfio-pci does",
                   msmmu_smmuv3_id(s));
        return -EINVAL;
    }
    if (old == IOMMU_NOTIFIER_NONE && new != IOMMU_NOTIFIER_NONE) {
        QLIST_INSERT_HEAD(&s->listeners, region, listener);
    } else if (old != IOMMU_NOTIFIER_NONE && new == IOMMU_NOTIFIER_NONE) {
        QLIST_REMOVE(region, listener);
    }
    return 0;
}

/* There is nothing to replay: those who listen ask for what they need. */
void msmmu_notifier_replay(IOMMUMemoryRegion *mr, IOMMUNotifier *n)
{
}

static void notify_one(IOMMUNotifier *n, IOMMUNotifierFlag type, hwaddr first,
                       hwaddr mask)
{
    IOMMUTLBEvent event = {
        .type = type,
        .entry = {
            .target_as = &address_space_memory,
            .iova = first,
            .addr_mask = mask,
            .perm = IOMMU_NONE,
        },
    };

    memory_region_notify_iommu_one(n, &event);
}

/*
 * Cut first..last into naturally aligned powers of two. At most half of all
 * addresses in one: the size of more is no 64-bit number.
 */
static void notify_range(IOMMUNotifier *n, IOMMUNotifierFlag type,
                         hwaddr first, hwaddr last)
{
    for (;;) {
        hwaddr mask = dma_aligned_pow2_mask(first, last, 63);

        notify_one(n, type, first, mask);
        if (last - first <= mask) {
            break;
        }
        first += mask + 1;
    }
}

static void notify_region(MsmmuDmaRegion *region, hwaddr first, hwaddr last)
{
    IOMMUNotifier *n;

    trace_msmmu_unmap(msmmu_smmuv3_id(region->s), msmmu_dma_sid(region),
                      first, last);
    IOMMU_NOTIFIER_FOREACH(n, &region->iommu) {
        hwaddr start = MAX(first, n->start);
        hwaddr end = MIN(last, n->end);

        if (start > end) {
            continue;
        }
        if (n->notifier_flags & IOMMU_NOTIFIER_UNMAP) {
            notify_range(n, IOMMU_NOTIFIER_UNMAP, start, end);
        }
        if (n->notifier_flags & IOMMU_NOTIFIER_DEVIOTLB_UNMAP) {
            notify_range(n, IOMMU_NOTIFIER_DEVIOTLB_UNMAP, start, end);
        }
    }
}

static void notify_listeners(MsmmuSmmuv3State *s, const MsmmuInvalidation *inv)
{
    MsmmuDmaRegion *region;
    hwaddr first, last;

    RCU_READ_LOCK_GUARD();
    QLIST_FOREACH(region, &s->listeners, listener) {
        if (msmmu_stream_is_affected(s->core, msmmu_dma_sid(region), inv,
                                     &first, &last)) {
            notify_region(region, first, last);
        }
    }
}

/* Each TLBI comes here, and mostly there is nobody. */
void msmmu_notifier_unmap(void *opaque, const MsmmuInvalidation *inv)
{
    MsmmuSmmuv3State *s = opaque;

    if (!QLIST_EMPTY(&s->listeners)) {
        notify_listeners(s, inv);
    }
}
