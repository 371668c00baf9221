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
 *     reserved memory              -> StreamIDs of those that use it
 *
 * A reference is an offset in the table, and so nodes come in the order that
 * lets them refer to what is there: ITS groups, SMMUs, root complexes, reserved
 * memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pci_bus.h"
#include "acpi_iort.h"
#include "smmuv3_private.h"

#define IORT_REVISION 6         /* E.e */
#define IORT_NODE_COUNT 36      /* offset in the table */

/* Bytes before the ID mappings, and revisions, of E.e */
#define ITS_GROUP_BYTES (IORT_NODE_HEADER_BYTES + 8)
#define ITS_GROUP_REVISION 1
#define ROOT_COMPLEX_BYTES (IORT_NODE_HEADER_BYTES + 24)
#define ROOT_COMPLEX_REVISION 4

/* Memory access properties of a root complex: fully coherent */
#define MEMORY_COHERENT 1
#define MEMORY_FLAGS_CPM_DACS 3
#define MEMORY_FLAGS_CANWBS 4
#define MEMORY_ADDRESS_BITS 64

/* ATS attribute; there is neither ATS (bit 0) nor PRI (bit 1). */
#define FORWARDS_PASID 4

static uint32_t append_its_group(Iort *iort, uint32_t id)
{
    uint32_t at = msmmu_iort_here(iort);

    msmmu_iort_begin_node(iort, IORT_ITS_GROUP, ITS_GROUP_REVISION,
                          ITS_GROUP_BYTES, NULL, 0);
    msmmu_iort_append(iort, 1, 4);      /* number of ITSes */
    msmmu_iort_append(iort, id, 4);
    return at;
}

/* ---- Root complexes ---------------------------------------------------- */

typedef struct RootComplex {
    uint32_t segment;
    uint8_t memory_flags;
    uint8_t pasid_bits;     /* that the instances in front of it take */
    GArray *mappings;
} RootComplex;

/*
 * The flags at the end have a bit for PASID support. Of two published headers
 * one has it at bit 0, one at bit 1, ACPICA has none, and no system reads it:
 * none is set until that is clear.
 */
static void append_root_complex(Iort *iort, const RootComplex *rc)
{
    msmmu_iort_begin_node(iort, IORT_ROOT_COMPLEX, ROOT_COMPLEX_REVISION,
                          ROOT_COMPLEX_BYTES, rc->mappings, 0);
    msmmu_iort_append(iort, MEMORY_COHERENT, 4);
    msmmu_iort_append(iort, 0, 1);                  /* allocation hints */
    msmmu_iort_append(iort, 0, 2);                  /* reserved */
    msmmu_iort_append(iort, rc->memory_flags, 1);
    msmmu_iort_append(iort, rc->pasid_bits ? FORWARDS_PASID : 0, 4);
    msmmu_iort_append(iort, rc->segment, 4);
    msmmu_iort_append(iort, MEMORY_ADDRESS_BITS, 1);
    msmmu_iort_append(iort, rc->pasid_bits, 2);     /* PASID capabilities */
    msmmu_iort_append(iort, 0, 1);                  /* reserved */
    msmmu_iort_append(iort, 0, 4);                  /* flags */
    msmmu_iort_append_mappings(iort, rc->mappings);
}

/* Map @map to the instance that translates a root bus, if one of ours does. */
static bool map_to_smmu(const Iort *iort, RootComplex *rc, const PCIBus *bus,
                        IortMapping *map)
{
    const MsmmuMachineSmmu *slot = msmmu_iort_translation(iort, bus, map);

    if (slot) {
        rc->pasid_bits = MAX(rc->pasid_bits, slot->smmu->config.ssid_bits);
    }
    return slot;
}

/* The RequesterIDs of one root bus and all that is behind it. */
static void map_root_bus(const Iort *iort, RootComplex *rc, PCIBus *bus,
                         unsigned first_bus, unsigned last_bus)
{
    VirtMachineState *vms = VIRT_MACHINE(iort->mms);
    bool expander = bus->parent_dev;
    IortMapping map = {
        .input = first_bus << 8,
        .count = (last_bus - first_bus + 1) << 8,
        .output = first_bus << 8,
    };

    if (!pci_bus_bypass_iommu(bus)) {
        /* Without one of its own, an expander has that of pcie.0. */
        if (!map_to_smmu(iort, rc, bus, &map) &&
            (bus == vms->bus || expander) &&
            !map_to_smmu(iort, rc, vms->bus, &map)) {
            map.node = iort->virt_smmu;
        }
    }
    if (!map.node) {
        map.node = msmmu_iort_bus_its(iort, bus);
    }
    if (map.node) {
        g_array_append_val(rc->mappings, map);
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
    g_autoptr(GArray) mappings = msmmu_iort_mappings();
    RootComplex rc = {
        .memory_flags = MEMORY_FLAGS_CPM_DACS,
        .mappings = mappings,
    };
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
        map_root_bus(iort, &rc, bus, pci_bus_num(bus), last);
    }
    append_root_complex(iort, &rc);
}

/*
 * QEMU has no caches, and so every write is coherent whatever its attributes
 * are: canwbs=on says so.
 */
static void append_our_segment(Iort *iort, MsmmuRootComplex *ours)
{
    g_autoptr(GArray) mappings = msmmu_iort_mappings();
    RootComplex rc = {
        .segment = ours->segment,
        .memory_flags = MEMORY_FLAGS_CPM_DACS |
                        (ours->canwbs ? MEMORY_FLAGS_CANWBS : 0),
        .mappings = mappings,
    };

    map_root_bus(iort, &rc, msmmu_root_complex_bus(ours), 0, PCI_BUS_MAX - 1);
    append_root_complex(iort, &rc);
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
        iort->virt_smmu = msmmu_iort_append_virt_smmu(iort, old);
    }
    for (unsigned i = 0; i < mms->num_smmus; i++) {
        iort->smmu[i] = msmmu_iort_append_smmu(iort, &mms->smmus[i]);
    }
    append_segment_0(iort);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        append_our_segment(iort, mms->rcs[i].rc);
    }
    for (unsigned i = 0; i < mms->num_reserved; i++) {
        msmmu_iort_append_reserved_memory(iort, mms->reserved[i]);
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
    msmmu_iort_append(&iort, 0, 4);     /* number of nodes, see below */
    msmmu_iort_append(&iort, IORT_FIRST_NODE, 4);
    msmmu_iort_append(&iort, 0, 4);     /* reserved */
    g_assert(msmmu_iort_here(&iort) == IORT_FIRST_NODE);
    append_nodes(&iort, old);
    stl_le_p(iort.blob->data + iort.start + IORT_NODE_COUNT, iort.nodes);
    acpi_table_end(tables->linker, &table);
}
