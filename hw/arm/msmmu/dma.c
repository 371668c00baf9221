/*
 * Transactions of PCI devices through an SMMUv3 instance.
 *
 * The PCI core asks for the memory that a function sees and gets an
 * IOMMU region of its own; each access through it is a question to
 * msmmu_translate(). The StreamID follows the bus number as the guest programs
 * it, and nothing is decided before the access is made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qapi/error.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "smmuv3_private.h"
#include "core/hit.h"

#define TYPE_MSMMU_DMA_REGION "msmmu-smmuv3-iommu-memory-region"

QEMU_BUILD_BUG_ON(MSMMU_PERM_READ != (int)IOMMU_RO);
QEMU_BUILD_BUG_ON(MSMMU_PERM_WRITE != (int)IOMMU_WO);

/* An attached root bus, and the regions of the functions behind it. */
struct MsmmuAttachment {
    MsmmuSmmuv3State *s;
    uint32_t sid_base;
    GHashTable *regions;    /* PCIBus * -> MsmmuDmaRegion *[PCI_DEVFN_MAX] */
};

/* ---- Translation ------------------------------------------------------ */

uint32_t msmmu_dma_sid(const MsmmuDmaRegion *region)
{
    return region->first_sid | qatomic_read(region->bus_number) << 8;
}

/* A StreamID, and in the upper half where the configuration cache has it. */
static uint64_t place_of(uint32_t sid)
{
    return (uint64_t)config_bucket(config_key(sid, 0, false)) << 32 | sid;
}

/*
 * Of the region's StreamID. It is kept beside what it follows from: a processor
 * need not wait for the bus number to look there.
 */
static inline uint64_t current_place(MsmmuDmaRegion *region)
{
    uint64_t place = msmmu_load_relaxed(&region->place);

    if (unlikely((uint8_t)(place >> 8) != qatomic_read(region->bus_number))) {
        place = place_of(msmmu_dma_sid(region));
        msmmu_store_relaxed(&region->place, place);
    }
    return place;
}

/* The block around @iova, of 2^@size_log2 bytes, which begins at @first_pa. */
static inline IOMMUTLBEntry block(hwaddr iova, hwaddr first_pa,
                                  unsigned size_log2, uint8_t perms)
{
    hwaddr above = ~0ULL << size_log2;

    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = iova & above,
        .translated_addr = first_pa,
        .addr_mask = ~above,
        .perm = perms & IOMMU_RW,
    };
}

static IOMMUTLBEntry forward(hwaddr iova, const MsmmuResult *res)
{
    return block(iova, res->pa & ~0ULL << res->size_log2, res->size_log2,
                 res->perms);
}

static IOMMUTLBEntry nothing_there(hwaddr iova)
{
    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = iova,
        .perm = IOMMU_NONE,
    };
}

static MsmmuRequest request(const MsmmuDmaRegion *region, hwaddr iova,
                            bool write)
{
    return (MsmmuRequest) {
        .iova = iova,
        .sid = msmmu_dma_sid(region),
        .write = write,
    };
}

MsmmuResult msmmu_dma_translate(MsmmuDmaRegion *region, hwaddr iova,
                                bool write)
{
    const MsmmuRequest rq = request(region, iova, write);

    return msmmu_translate(region->core, &rq);
}

/* Apart, as what is below it: what is rare costs a hit no registers. */
static __attribute__((noinline))
IOMMUTLBEntry probe(MsmmuDmaRegion *region, hwaddr iova)
{
    MsmmuRequest rq = request(region, iova, false);
    MsmmuResult res;

    rq.probe = true;
    res = msmmu_translate(region->core, &rq);
    return res.disposition == MSMMU_FORWARD ? forward(iova, &res)
                                            : nothing_there(iova);
}

/* What is no miss either, or may be a piece of what was terminated. */
static __attribute__((noinline))
IOMMUTLBEntry translate_in_full(MsmmuDmaRegion *region, hwaddr iova,
                                IOMMUAccessFlags flag)
{
    const bool write = flag & IOMMU_WO;
    MsmmuRequest rq = request(region, iova, write);
    IOMMUTLBEntry entry;
    MsmmuResult res;

    switch (msmmu_terminate_continues(region, iova, write, &entry)) {
    case MSMMU_PIECE_FIRST:
        break;
    case MSMMU_PIECE_AGAIN:
        rq.continued = true;
        break;
    case MSMMU_PIECE_NEXT:
        return entry;
    }
    res = msmmu_translate_in_full(region->core, &rq);
    return res.disposition == MSMMU_FORWARD ? forward(iova, &res) :
           msmmu_terminate(region, iova, write, res.disposition);
}

/* What is no hit. */
static __attribute__((noinline))
IOMMUTLBEntry translate_miss(MsmmuDmaRegion *region, hwaddr iova,
                             IOMMUAccessFlags flag)
{
    if (unlikely(flag == IOMMU_NONE)) {
        return probe(region, iova);
    }
    if (likely(!msmmu_terminated_region)) {
        const MsmmuRequest rq = request(region, iova, flag & IOMMU_WO);
        MsmmuHit hit = { .first_pa = 0 };

        if (likely(msmmu_miss(region->core, &rq, &hit))) {
            return block(iova, hit.first_pa, hit.size_log2, hit.perms);
        }
    }
    return translate_in_full(region, iova, flag);
}

/*
 * All but hits on pages of 4 KiB. There may be another hit in @ctx, unless that
 * is NULL.
 */
static __attribute__((noinline))
IOMMUTLBEntry translate_other(MsmmuDmaRegion *region, const MsmmuContext *ctx,
                              hwaddr iova, IOMMUAccessFlags flag)
{
    if (ctx && likely(flag != IOMMU_NONE)) {
        const MsmmuRequest rq = { .iova = iova };
        MsmmuHit hit = { .first_pa = 0 };

        if (msmmu_hit_other(region->core, ctx, &rq, flag, false, &hit)) {
            return block(iova, hit.first_pa, hit.size_log2, hit.perms);
        }
    }
    return translate_miss(region, iova, flag);
}

/*
 * The memory core calls this within an RCU read-side critical section, which
 * keeps alive what the core retires. A PCIe transaction without PASID is
 * unprivileged data (IHI 0070 13.7), whatever MemTxAttrs says.
 *
 * The memory core asks for one access, or with IOMMU_NONE for what there is,
 * which no hit permits. There is one call in this, at its end: so a hit has few
 * registers to save.
 */
static IOMMUTLBEntry translate(IOMMUMemoryRegion *mr, hwaddr iova,
                               IOMMUAccessFlags flag, int iommu_idx)
{
    MsmmuDmaRegion *region = container_of(mr, MsmmuDmaRegion, iommu);
    const Msmmu *m = region->core;
    const MsmmuContext *ctx = NULL;

    if (likely(!msmmu_terminated_region)) {
        const uint64_t place = current_place(region);
        const MsmmuRequest rq = { .iova = iova, .sid = place };
        MsmmuHit hit = { .first_pa = 0 };

        ctx = msmmu_hit_context(m, &rq, place >> 32);
        if (likely(ctx && msmmu_hit_is_page(m, ctx, &rq))) {
            if (likely(msmmu_hit_page(m, ctx, &rq, flag, false, &hit))) {
                return block(iova, hit.first_pa, hit.size_log2, hit.perms);
            }
            ctx = NULL;
        }
    }
    return translate_other(region, ctx, iova, flag);
}

static void dma_region_class_init(ObjectClass *klass, void *data)
{
    IOMMUMemoryRegionClass *imrc = IOMMU_MEMORY_REGION_CLASS(klass);

    imrc->translate = translate;
    imrc->notify_flag_changed = msmmu_notifier_flag_changed;
    imrc->replay = msmmu_notifier_replay;
    msmmu_stream_class_init(klass);
}

/* ---- Regions ---------------------------------------------------------- */

static MsmmuDmaRegion *dma_region_new(MsmmuAttachment *attachment, PCIBus *bus,
                                      int devfn)
{
    MsmmuSmmuv3State *s = attachment->s;
    MsmmuDmaRegion *region = g_new0(MsmmuDmaRegion, 1);
    g_autofree char *name = g_strdup_printf("%s-%s-%02x.%x",
                                            msmmu_smmuv3_id(s),
                                            BUS(bus)->name, PCI_SLOT(devfn),
                                            PCI_FUNC(devfn));

    region->s = s;
    region->core = s->core;
    region->first_sid = attachment->sid_base | devfn;
    region->place = place_of(region->first_sid);
    memory_region_init_iommu(&region->iommu, sizeof(region->iommu),
                             TYPE_MSMMU_DMA_REGION, OBJECT(s), name,
                             UINT64_MAX);
    address_space_init(&region->as, MEMORY_REGION(&region->iommu), name);
    return region;
}

/*
 * Where the bus number is found: in the bridge's configuration space, as long
 * as the bridge is there. A later bridge may have a bus at the same address.
 */
static void follow_bus_number(MsmmuDmaRegion *region, PCIBus *bus)
{
    if (pci_bus_is_root(bus)) {
        region->root_bus_number = pci_bus_num(bus);
        region->bus_number = &region->root_bus_number;
    } else {
        region->bus_number = &bus->parent_dev->config[PCI_SECONDARY_BUS];
    }
}

static AddressSpace *get_address_space(PCIBus *bus, void *opaque, int devfn)
{
    MsmmuAttachment *attachment = opaque;
    MsmmuDmaRegion **functions = g_hash_table_lookup(attachment->regions, bus);

    if (!functions) {
        functions = g_new0(MsmmuDmaRegion *, PCI_DEVFN_MAX);
        g_hash_table_insert(attachment->regions, bus, functions);
    }
    if (!functions[devfn]) {
        functions[devfn] = dma_region_new(attachment, bus, devfn);
    }
    follow_bus_number(functions[devfn], bus);
    return &functions[devfn]->as;
}

static const PCIIOMMUOps pci_ops = {
    .get_address_space = get_address_space,
};

/* ---- Attaching buses -------------------------------------------------- */

static bool check_range(MsmmuSmmuv3State *s, uint32_t sid_base, Error **errp)
{
    const uint64_t last = (uint64_t)sid_base + MSMMU_REQUESTER_IDS - 1;
    const unsigned sid_bits = msmmu_config(s->core)->sid_bits;

    if (sid_base % MSMMU_REQUESTER_IDS) {
        error_setg(errp, "sid-base=0x%" PRIx32 " is not a multiple of 0x%x",
                   sid_base, MSMMU_REQUESTER_IDS);
        return false;
    }
    /*
     * A first segment may have RequesterIDs beyond a small StreamID size:
     * their transactions are C_BAD_STREAMID (7.3.3). Without two-level tables
     * no size that covers a segment exists (3.3.1.2).
     */
    if (sid_base && last >> sid_bits) {
        error_setg(errp, "StreamIDs 0x%" PRIx32 " to 0x%" PRIx64
                   " do not fit: '%s' has sidsize=%u",
                   sid_base, last, msmmu_smmuv3_id(s), sid_bits);
        return false;
    }
    for (unsigned i = 0; i < s->ranges->len; i++) {
        const MsmmuBusRange *other =
            &g_array_index(s->ranges, MsmmuBusRange, i);

        if (other->sid_base == sid_base) {
            error_setg(errp, "StreamIDs 0x%" PRIx32 " to 0x%" PRIx64
                       " of '%s' are those of bus '%s' already",
                       sid_base, last, msmmu_smmuv3_id(s),
                       BUS(other->bus)->name);
            return false;
        }
    }
    return true;
}

bool msmmu_smmuv3_attach_bus(MsmmuSmmuv3State *s, PCIBus *bus,
                             uint32_t sid_base, Error **errp)
{
    const MsmmuBusRange range = { .bus = bus, .sid_base = sid_base };
    MsmmuAttachment *attachment;

    g_assert(s->core && pci_bus_is_root(bus));
    if (bus->iommu_ops) {
        error_setg(errp, "bus '%s' has an IOMMU already", BUS(bus)->name);
        return false;
    }
    if (!check_range(s, sid_base, errp)) {
        return false;
    }
    if (s->config.msi && !s->ranges->len &&
        !msmmu_interrupts_reserve_slot(bus, errp)) {
        return false;
    }

    attachment = g_new0(MsmmuAttachment, 1);
    attachment->s = s;
    attachment->sid_base = sid_base;
    attachment->regions = g_hash_table_new(NULL, NULL);
    g_ptr_array_add(s->attachments, attachment);
    g_array_append_val(s->ranges, range);
    pci_setup_iommu(bus, &pci_ops, attachment);
    return true;
}

const GArray *msmmu_smmuv3_bus_ranges(MsmmuSmmuv3State *s)
{
    return s->ranges;
}

/* ---- Life ------------------------------------------------------------- */

void msmmu_dma_init(MsmmuSmmuv3State *s)
{
    s->ranges = g_array_new(false, false, sizeof(MsmmuBusRange));
    s->attachments = g_ptr_array_new_with_free_func(g_free);
}

/*
 * Only while the machine is still being built: no function behind the buses
 * has asked for its memory yet.
 */
void msmmu_dma_cleanup(MsmmuSmmuv3State *s)
{
    for (unsigned i = 0; i < s->attachments->len; i++) {
        MsmmuAttachment *attachment = g_ptr_array_index(s->attachments, i);
        PCIBus *bus = g_array_index(s->ranges, MsmmuBusRange, i).bus;

        g_assert(g_hash_table_size(attachment->regions) == 0);
        g_hash_table_destroy(attachment->regions);
        if (s->config.msi && i == 0) {
            msmmu_interrupts_release_slot(bus);
        }
        bus->iommu_ops = NULL;
        bus->iommu_opaque = NULL;
    }
    g_clear_pointer(&s->attachments, g_ptr_array_unref);
    g_array_free(s->ranges, true);
    s->ranges = NULL;
}

static const TypeInfo dma_region_info = {
    .name = TYPE_MSMMU_DMA_REGION,
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .class_init = dma_region_class_init,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_MSMMU_STREAM },
        { }
    },
};

static void dma_register_types(void)
{
    type_register_static(&dma_region_info);
}

type_init(dma_register_types)
