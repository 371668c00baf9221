/*
 * The IORT: which requester meets which SMMU, and which ITS takes its MSIs
 * (Arm DEN 0049, E.e).
 *
 * The whole table is ours, also for pcie.0: virt knows one SMMU, and takes our
 * root buses for buses of segment 0. Of its own SMMU what it says is copied.
 *
 *     root complex, one for each segment
 *       RequesterIDs of a root bus -> its SMMU: StreamIDs from sid-base on
 *       RequesterIDs of others     -> the segment's ITS group, unchanged
 *     SMMU
 *       StreamIDs of a segment     -> that segment's ITS group: RequesterIDs
 *       the SMMU itself            -> the ITS group of its first segment
 *     ITS group: one ITS
 *
 * A reference is an offset in the table, and so nodes come in the order that
 * lets them refer to what is there: ITS groups, SMMUs, root complexes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pci_bus.h"
#include "acpi.h"
#include "core/spec/regs.h"
#include "smmuv3_private.h"

#define IORT_REVISION 6         /* E.e */
#define IORT_FIRST_NODE 48
#define IORT_LENGTH 4           /* offsets in the table */
#define IORT_NODE_COUNT 36
#define NODE_LENGTH 1           /* offsets in a node */
#define NODE_REVISION 3

enum {
    NODE_ITS_GROUP = 0,
    NODE_ROOT_COMPLEX = 2,
    NODE_SMMUV3 = 4,
};

/* Bytes before the ID mappings, and revisions, of E.e */
#define NODE_HEADER_BYTES 16
#define ITS_GROUP_BYTES (NODE_HEADER_BYTES + 8)
#define ITS_GROUP_REVISION 1
#define SMMUV3_BYTES (NODE_HEADER_BYTES + 52)
#define SMMUV3_REVISION 5
#define ROOT_COMPLEX_BYTES (NODE_HEADER_BYTES + 24)
#define ROOT_COMPLEX_REVISION 4
#define MAPPING_BYTES 20

#define MAPPING_SINGLE 1

/* Flags of an SMMUv3 node */
#define SMMUV3_COHACC_OVERRIDE 1
#define SMMUV3_HTTU_OVERRIDE_SHIFT 1
#define SMMUV3_PROXIMITY_VALID 0x08
#define SMMUV3_DEVICEID_VALID 0x10

/* Memory access properties of a root complex: fully coherent */
#define MEMORY_COHERENT 1
#define MEMORY_FLAGS_CPM_DACS 3
#define MEMORY_FLAGS_CANWBS 4
#define MEMORY_ADDRESS_BITS 64

typedef struct IdMapping {
    uint32_t input;
    uint32_t count;
    uint32_t output;
    uint32_t node;          /* offset of the node that takes the output */
    uint32_t flags;
} IdMapping;

/* The table as it grows: offsets are from its beginning, 0 for "none". */
typedef struct Iort {
    MsmmuMachineState *mms;
    GArray *blob;
    uint32_t start;
    uint32_t nodes;
    uint32_t virt_its;
    uint32_t its[MSMMU_MAX_ROOT_COMPLEXES];
    uint32_t virt_smmu;
    uint32_t smmu[MSMMU_MAX_INSTANCES];
} Iort;

static uint32_t here(const Iort *iort)
{
    return iort->blob->len - iort->start;
}

/* ---- Nodes ------------------------------------------------------------- */

static void append(Iort *iort, uint64_t value, int bytes)
{
    build_append_int_noprefix(iort->blob, value, bytes);
}

/* A node whose ID mappings, if any, follow @bytes after its beginning. */
static void begin_node(Iort *iort, uint8_t type, uint8_t revision,
                       uint16_t bytes, const GArray *mappings)
{
    unsigned count = mappings ? mappings->len : 0;

    append(iort, type, 1);
    append(iort, bytes + count * MAPPING_BYTES, 2);
    append(iort, revision, 1);
    append(iort, iort->nodes++, 4);     /* identifier */
    append(iort, count, 4);
    append(iort, count ? bytes : 0, 4);
}

static void end_node(Iort *iort, const GArray *mappings)
{
    for (unsigned i = 0; i < mappings->len; i++) {
        const IdMapping *map = &g_array_index(mappings, IdMapping, i);

        append(iort, map->input, 4);
        append(iort, map->count - 1, 4);
        append(iort, map->output, 4);
        append(iort, map->node, 4);
        append(iort, map->flags, 4);
    }
}

static uint32_t append_its_group(Iort *iort, uint32_t id)
{
    uint32_t at = here(iort);

    begin_node(iort, NODE_ITS_GROUP, ITS_GROUP_REVISION, ITS_GROUP_BYTES,
               NULL);
    append(iort, 1, 4);                 /* number of ITSes */
    append(iort, id, 4);
    return at;
}

/* virt's node of its own SMMU, which serves segment 0, and new mappings. */
static uint32_t append_virt_smmu(Iort *iort, const uint8_t *old)
{
    uint32_t length = ldl_le_p(old + IORT_LENGTH);
    uint32_t node = IORT_FIRST_NODE;
    uint32_t at = here(iort);
    g_autoptr(GArray) mappings = g_array_new(false, false, sizeof(IdMapping));
    IdMapping map = {
        .count = MSMMU_REQUESTER_IDS,
        .node = iort->virt_its,
    };

    while (node < length && old[node] != NODE_SMMUV3) {
        node += lduw_le_p(old + node + NODE_LENGTH);
    }
    g_assert(node + SMMUV3_BYTES <= length);
    if (map.node) {
        g_array_append_val(mappings, map);
    }
    begin_node(iort, NODE_SMMUV3, old[node + NODE_REVISION], SMMUV3_BYTES,
               mappings);
    g_array_append_vals(iort->blob, old + node + NODE_HEADER_BYTES,
                        SMMUV3_BYTES - NODE_HEADER_BYTES);
    end_node(iort, mappings);
    return at;
}

/* ---- SMMUs ------------------------------------------------------------- */

/* The ITS group of a root bus's segment; 0 if there is no ITS. */
static uint32_t bus_its(const Iort *iort, const PCIBus *bus)
{
    for (unsigned i = 0; i < iort->mms->num_rcs; i++) {
        if (msmmu_root_complex_bus(iort->mms->rcs[i].rc) == bus) {
            return iort->its[i];
        }
    }
    return iort->virt_its;
}

/*
 * The mapping of the SMMU itself comes last: it has no range, and parsers that
 * do not know of it meet it after those that they look for.
 */
static GArray *smmu_mappings(const Iort *iort, MsmmuSmmuv3State *smmu,
                             bool message)
{
    const GArray *ranges = msmmu_smmuv3_bus_ranges(smmu);
    GArray *mappings = g_array_new(false, false, sizeof(IdMapping));
    MsmmuMsiSource source;

    for (unsigned i = 0; i < ranges->len; i++) {
        const MsmmuBusRange *range = &g_array_index(ranges, MsmmuBusRange, i);
        IdMapping map = {
            .input = range->sid_base,
            .count = MSMMU_REQUESTER_IDS,
            .output = 0,
            .node = bus_its(iort, range->bus),
        };

        if (map.node) {
            g_array_append_val(mappings, map);
        }
    }
    if (message && msmmu_smmuv3_msi_source(smmu, &source)) {
        IdMapping map = {
            .count = 1,
            .output = source.device_id,
            .node = bus_its(iort, source.bus),
            .flags = MAPPING_SINGLE,
        };

        g_array_append_val(mappings, map);
    }
    return mappings;
}

/* What IDR0 says, in the words of the node's flags. */
static uint32_t smmu_overrides(const MsmmuSmmuv3State *smmu)
{
    uint32_t idr0 = smmu->regs->idr[0];
    uint32_t httu = msmmu_get(idr0, IDR0_HTTU);
    uint32_t flags = 0;

    if (idr0 & IDR0_COHACC) {
        flags |= SMMUV3_COHACC_OVERRIDE;
    }
    /* The node has no word for Table descriptors. */
    flags |= MIN(httu, IDR0_HTTU_DIRTY) << SMMUV3_HTTU_OVERRIDE_SHIFT;
    return flags;
}

/*
 * Before node revision 5 a DeviceID was valid unless all four lines were
 * there, and some kernels still read it so: an instance with MSIs has no line
 * for the PRI queue, unless it has that queue.
 */
static uint32_t pri_gsiv(const MsmmuMachineSmmu *slot, bool message)
{
    bool pri = slot->smmu->regs->idr[0] & IDR0_PRI;

    if (message && !pri) {
        return 0;
    }
    return MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_PRIQ);
}

static uint32_t append_smmu(Iort *iort, const MsmmuMachineSmmu *slot)
{
    MsmmuMsiSource source;
    bool message = msmmu_smmuv3_msi_source(slot->smmu, &source) &&
                   bus_its(iort, source.bus);
    g_autoptr(GArray) mappings = smmu_mappings(iort, slot->smmu, message);
    uint32_t flags = smmu_overrides(slot->smmu);
    int numa_node = msmmu_smmuv3_numa_node(slot->smmu);
    uint32_t at = here(iort);

    if (message) {
        flags |= SMMUV3_DEVICEID_VALID;
    }
    if (numa_node != MSMMU_NUMA_NODE_NONE) {
        flags |= SMMUV3_PROXIMITY_VALID;
    }
    begin_node(iort, NODE_SMMUV3, SMMUV3_REVISION, SMMUV3_BYTES, mappings);
    append(iort, slot->regs.base, 8);
    append(iort, flags, 4);
    append(iort, 0, 4);                 /* reserved */
    append(iort, 0, 8);                 /* VATOS */
    append(iort, 0, 4);                 /* model: generic */
    append(iort, MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_EVENTQ), 4);
    append(iort, pri_gsiv(slot, message), 4);
    append(iort, MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_GERROR), 4);
    append(iort, MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_CMDQ_SYNC), 4);
    append(iort, MAX(numa_node, 0), 4); /* proximity domain */
    append(iort, message ? mappings->len - 1 : 0, 4);
    end_node(iort, mappings);
    return at;
}

/* ---- Root complexes ---------------------------------------------------- */

static void append_root_complex(Iort *iort, uint32_t segment,
                                uint8_t memory_flags, const GArray *mappings)
{
    begin_node(iort, NODE_ROOT_COMPLEX, ROOT_COMPLEX_REVISION,
               ROOT_COMPLEX_BYTES, mappings);
    append(iort, MEMORY_COHERENT, 4);
    append(iort, 0, 1);                 /* allocation hints */
    append(iort, 0, 2);                 /* reserved */
    append(iort, memory_flags, 1);
    append(iort, 0, 4);                 /* no ATS, no PRI */
    append(iort, segment, 4);
    append(iort, MEMORY_ADDRESS_BITS, 1);
    append(iort, 0, 2);                 /* PASID capabilities */
    append(iort, 0, 1);                 /* reserved */
    append(iort, 0, 4);                 /* flags */
    end_node(iort, mappings);
}

/* The instance that translates a root bus. */
static bool find_translation(const Iort *iort, const PCIBus *bus,
                             IdMapping *map)
{
    for (unsigned i = 0; i < iort->mms->num_smmus; i++) {
        const GArray *ranges =
            msmmu_smmuv3_bus_ranges(iort->mms->smmus[i].smmu);

        for (unsigned j = 0; j < ranges->len; j++) {
            const MsmmuBusRange *range =
                &g_array_index(ranges, MsmmuBusRange, j);

            if (range->bus == bus) {
                map->node = iort->smmu[i];
                map->output = range->sid_base + map->input;
                return true;
            }
        }
    }
    return false;
}

/* The RequesterIDs of one root bus and all that is behind it. */
static void map_root_bus(const Iort *iort, GArray *mappings, PCIBus *bus,
                         unsigned first_bus, unsigned last_bus)
{
    VirtMachineState *vms = VIRT_MACHINE(iort->mms);
    bool expander = bus->parent_dev;
    IdMapping map = {
        .input = first_bus << 8,
        .count = (last_bus - first_bus + 1) << 8,
        .output = first_bus << 8,
    };

    if (!pci_bus_bypass_iommu(bus)) {
        /* Without one of its own, an expander has that of pcie.0. */
        if (!find_translation(iort, bus, &map) &&
            (bus == vms->bus || expander) &&
            !find_translation(iort, vms->bus, &map)) {
            map.node = iort->virt_smmu;
        }
    }
    if (!map.node) {
        map.node = bus_its(iort, bus);
    }
    if (map.node) {
        g_array_append_val(mappings, map);
    }
}

static int by_number(gconstpointer a, gconstpointer b)
{
    return pci_bus_num(*(PCIBus **)a) - pci_bus_num(*(PCIBus **)b);
}

/*
 * Segment 0 is shared by pcie.0 and its expanders, each from its own bus
 * number to the next one's.
 */
static void append_segment_0(Iort *iort)
{
    PCIBus *pcie0 = VIRT_MACHINE(iort->mms)->bus;
    g_autoptr(GArray) mappings = g_array_new(false, false, sizeof(IdMapping));
    g_autoptr(GPtrArray) buses = g_ptr_array_new();
    PCIBus *bus;

    g_ptr_array_add(buses, pcie0);
    QLIST_FOREACH(bus, &pcie0->child, sibling) {
        if (pci_bus_is_root(bus)) {
            g_ptr_array_add(buses, bus);
        }
    }
    g_ptr_array_sort(buses, by_number);
    for (unsigned i = 0; i < buses->len; i++) {
        unsigned last = i + 1 < buses->len
                      ? pci_bus_num(g_ptr_array_index(buses, i + 1)) - 1
                      : PCI_BUS_MAX - 1;

        bus = g_ptr_array_index(buses, i);
        map_root_bus(iort, mappings, bus, pci_bus_num(bus), last);
    }
    append_root_complex(iort, 0, MEMORY_FLAGS_CPM_DACS, mappings);
}

/*
 * QEMU has no caches, and so every write is coherent whatever its attributes
 * are: canwbs=on says so.
 */
static void append_our_segment(Iort *iort, MsmmuRootComplex *rc)
{
    uint8_t memory_flags = MEMORY_FLAGS_CPM_DACS |
                           (rc->canwbs ? MEMORY_FLAGS_CANWBS : 0);
    g_autoptr(GArray) mappings = g_array_new(false, false, sizeof(IdMapping));

    map_root_bus(iort, mappings, msmmu_root_complex_bus(rc), 0,
                 PCI_BUS_MAX - 1);
    append_root_complex(iort, rc->segment, memory_flags, mappings);
}

/* ---- The table --------------------------------------------------------- */

static void append_nodes(Iort *iort, const uint8_t *old)
{
    MsmmuMachineState *mms = iort->mms;
    VirtMachineState *vms = VIRT_MACHINE(mms);

    if (vms->msi_controller == VIRT_MSI_CTRL_ITS) {
        iort->virt_its = append_its_group(iort, MSMMU_VIRT_ITS_ID);
    }
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (mms->rcs[i].its) {
            iort->its[i] =
                append_its_group(iort, msmmu_acpi_its_id(&mms->rcs[i]));
        }
    }
    if (vms->iommu == VIRT_IOMMU_SMMUV3 && old) {
        iort->virt_smmu = append_virt_smmu(iort, old);
    }
    for (unsigned i = 0; i < mms->num_smmus; i++) {
        iort->smmu[i] = append_smmu(iort, &mms->smmus[i]);
    }
    append_segment_0(iort);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        append_our_segment(iort, mms->rcs[i].rc);
    }
}

void msmmu_acpi_build_iort(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    AcpiTable table = {
        .sig = "IORT", .rev = IORT_REVISION,
        .oem_id = vms->oem_id, .oem_table_id = vms->oem_table_id,
    };
    Iort iort = {
        .mms = mms,
        .blob = tables->table_data,
        .start = tables->table_data->len,
    };

    acpi_table_begin(&table, iort.blob);
    append(&iort, 0, 4);                /* number of nodes, see below */
    append(&iort, IORT_FIRST_NODE, 4);
    append(&iort, 0, 4);                /* reserved */
    g_assert(here(&iort) == IORT_FIRST_NODE);
    append_nodes(&iort, old);
    stl_le_p(iort.blob->data + iort.start + IORT_NODE_COUNT, iort.nodes);
    acpi_table_end(tables->linker, &table);
}
