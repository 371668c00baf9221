/*
 * Where guest memory is in this process: what an instance reads, it reads there
 * at once, and does not ask the memory core for each word.
 *
 * The map is a sorted array of the ranges of the system's memory that can be
 * read directly: RAM, ROM, and flash while it reads as memory. It is never
 * changed. When the memory map of the machine changes, a listener makes another
 * one from the view that the memory core has then, and readers who hold the old
 * one go on with it until RCU has waited for them, as they would with the old
 * view itself. So that its host addresses stay valid for as long, a map keeps
 * the regions that they are in.
 *
 * The core knows where the largest range is, which is RAM: most descriptors are
 * there, and it reads them without asking.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/int128.h"
#include "qemu/rcu.h"
#include "exec/address-spaces.h"
#include "exec/ramblock.h"
#include "smmuv3_private.h"

typedef struct HostRange {
    hwaddr first;
    hwaddr last;
    const void *host;
    MemoryRegion *mr;
} HostRange;

struct MsmmuHostRanges {
    struct rcu_head rcu;
    MsmmuWindow window;         /* the largest, for the core */
    unsigned count;
    unsigned largest;           /* of range[]: the first to be tried */
    HostRange range[];
};

/* ---- Reading ----------------------------------------------------------- */

static const void *within(const HostRange *range, uint64_t pa, size_t len)
{
    return pa >= range->first && pa <= range->last &&
           len - 1 <= range->last - pa ? range->host + (pa - range->first)
                                       : NULL;
}

const void *msmmu_host_map_find(const MsmmuHostMap *map, uint64_t pa,
                                size_t len)
{
    const MsmmuHostRanges *ranges = qatomic_rcu_read(&map->ranges);
    unsigned low = 0, high = ranges->count;

    if (!high) {
        return NULL;
    }
    if (likely(pa >= ranges->range[ranges->largest].first &&
               pa <= ranges->range[ranges->largest].last)) {
        return within(&ranges->range[ranges->largest], pa, len);
    }
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;

        if (pa >= ranges->range[middle].first) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return within(&ranges->range[low], pa, len);
}

/* ---- Making ------------------------------------------------------------ */

static bool add_range(Int128 start, Int128 len, const MemoryRegion *region,
                      hwaddr offset, void *opaque)
{
    MemoryRegion *mr = (MemoryRegion *)region;
    GArray *found = opaque;
    HostRange range;

    if (memory_access_is_direct(mr, false, MEMTXATTRS_UNSPECIFIED) &&
        mr->ram_block->host) {
        range = (HostRange) {
            .first = int128_get64(start),
            .last = int128_get64(int128_sub(int128_add(start, len),
                                            int128_one())),
            .host = memory_region_get_ram_ptr(mr) + offset,
            .mr = mr,
        };
        g_array_append_val(found, range);
    }
    return false;
}

/*
 * What of @range the core can read by itself: all, but for pieces of words at
 * its ends. Nothing, if words of the guest are none of the host.
 */
static MsmmuWindow window_of(const HostRange *range)
{
    const hwaddr align = sizeof(uint64_t);
    hwaddr skipped = -range->first & (align - 1);
    hwaddr size = range->last - range->first + 1;

    if (size < skipped + align ||
        !QEMU_IS_ALIGNED((uintptr_t)range->host + skipped, align)) {
        return (MsmmuWindow) { .size = 0 };
    }
    return (MsmmuWindow) {
        .first = range->first + skipped,
        .size = QEMU_ALIGN_DOWN(size - skipped, align),
        .host = range->host + skipped,
    };
}

/* Of the memory map as it is now. */
static MsmmuHostRanges *ranges_new(void)
{
    g_autoptr(GArray) found = g_array_new(false, false, sizeof(HostRange));
    MsmmuHostRanges *ranges;
    hwaddr largest = 0;

    RCU_READ_LOCK_GUARD();
    flatview_for_each_range(address_space_to_flatview(&address_space_memory),
                            add_range, found);
    ranges = g_malloc0(sizeof(*ranges) + found->len * sizeof(HostRange));
    ranges->count = found->len;
    for (unsigned i = 0; i < found->len; i++) {
        const HostRange *range = &g_array_index(found, HostRange, i);

        ranges->range[i] = *range;
        memory_region_ref(range->mr);
        if (range->last - range->first >= largest) {
            largest = range->last - range->first;
            ranges->largest = i;
        }
    }
    if (ranges->count) {
        ranges->window = window_of(&ranges->range[ranges->largest]);
    }
    return ranges;
}

static void ranges_free(MsmmuHostRanges *ranges)
{
    for (unsigned i = 0; i < ranges->count; i++) {
        memory_region_unref(ranges->range[i].mr);
    }
    g_free(ranges);
}

static void publish(MsmmuHostMap *map, MsmmuHostRanges *ranges)
{
    MsmmuHostRanges *old = map->ranges;

    qatomic_rcu_set(&map->ranges, ranges);
    msmmu_set_window(map->core, ranges ? &ranges->window : NULL);
    if (old) {
        call_rcu(old, ranges_free, rcu);
    }
}

/* ---- Following --------------------------------------------------------- */

/* Whatever has host memory may have come, gone, or turned into registers. */
static void region_changed(MemoryListener *listener,
                           MemoryRegionSection *section)
{
    MsmmuHostMap *map = container_of(listener, MsmmuHostMap, listener);

    map->stale |= section->mr->ram_block != NULL;
}

static void commit(MemoryListener *listener)
{
    MsmmuHostMap *map = container_of(listener, MsmmuHostMap, listener);

    if (map->stale) {
        map->stale = false;
        publish(map, ranges_new());
    }
}

void msmmu_host_map_init(MsmmuHostMap *map, Msmmu *core)
{
    map->core = core;
    map->ranges = g_malloc0(sizeof(*map->ranges));
    map->listener = (MemoryListener) {
        .name = "msmmu-host-map",
        .region_add = region_changed,
        .region_del = region_changed,
        .commit = commit,
    };
    memory_listener_register(&map->listener, &address_space_memory);
}

/* While the core is there: to be unregistered is a last change. */
void msmmu_host_map_cleanup(MsmmuHostMap *map)
{
    memory_listener_unregister(&map->listener);
    publish(map, NULL);
}
