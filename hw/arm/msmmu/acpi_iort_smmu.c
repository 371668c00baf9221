/*
 * The SMMUv3 nodes of the IORT (Arm DEN 0049, E.e, 3.1.1.2).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "acpi_iort.h"
#include "core/spec/regs.h"
#include "smmuv3_private.h"

/* Offsets in virt's table, and in its nodes */
#define OLD_LENGTH 4
#define OLD_NODE_LENGTH 1
#define OLD_NODE_REVISION 3

#define SMMUV3_BYTES (IORT_NODE_HEADER_BYTES + 52)
#define SMMUV3_REVISION 5

/* Flags */
#define SMMUV3_COHACC_OVERRIDE 1
#define SMMUV3_HTTU_OVERRIDE_SHIFT 1
#define SMMUV3_PROXIMITY_VALID 0x08
#define SMMUV3_DEVICEID_VALID 0x10

uint32_t msmmu_iort_append_virt_smmu(Iort *iort, const uint8_t *old)
{
    uint32_t length = ldl_le_p(old + OLD_LENGTH);
    uint32_t node = IORT_FIRST_NODE;
    uint32_t at = msmmu_iort_here(iort);
    g_autoptr(GArray) mappings = msmmu_iort_mappings();
    IortMapping map = {
        .count = MSMMU_REQUESTER_IDS,
        .node = iort->virt_its,
    };

    while (node < length && old[node] != IORT_SMMUV3) {
        node += lduw_le_p(old + node + OLD_NODE_LENGTH);
    }
    g_assert(node + SMMUV3_BYTES <= length);
    if (map.node) {
        g_array_append_val(mappings, map);
    }
    msmmu_iort_begin_node(iort, IORT_SMMUV3, old[node + OLD_NODE_REVISION],
                          SMMUV3_BYTES, mappings, 0);
    g_array_append_vals(iort->blob, old + node + IORT_NODE_HEADER_BYTES,
                        SMMUV3_BYTES - IORT_NODE_HEADER_BYTES);
    msmmu_iort_append_mappings(iort, mappings);
    return at;
}

/*
 * The mapping of the SMMU itself comes last: it has no range, and parsers that
 * do not know of it meet it after those that they look for.
 */
static GArray *smmu_mappings(const Iort *iort, MsmmuSmmuv3State *smmu,
                             bool message)
{
    const GArray *ranges = msmmu_smmuv3_bus_ranges(smmu);
    GArray *mappings = msmmu_iort_mappings();
    MsmmuMsiSource source;

    for (unsigned i = 0; i < ranges->len; i++) {
        const MsmmuBusRange *range = &g_array_index(ranges, MsmmuBusRange, i);
        IortMapping map = {
            .input = range->sid_base,
            .count = MSMMU_REQUESTER_IDS,
            .output = 0,
            .node = msmmu_iort_bus_its(iort, range->bus),
        };

        if (map.node) {
            g_array_append_val(mappings, map);
        }
    }
    if (message && msmmu_smmuv3_msi_source(smmu, &source)) {
        IortMapping map = {
            .count = 1,
            .output = source.device_id,
            .node = msmmu_iort_bus_its(iort, source.bus),
            .flags = IORT_MAPPING_SINGLE,
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

uint32_t msmmu_iort_append_smmu(Iort *iort, const MsmmuMachineSmmu *slot)
{
    MsmmuMsiSource source;
    bool message = msmmu_smmuv3_msi_source(slot->smmu, &source) &&
                   msmmu_iort_bus_its(iort, source.bus);
    g_autoptr(GArray) mappings = smmu_mappings(iort, slot->smmu, message);
    uint32_t flags = smmu_overrides(slot->smmu);
    int numa_node = msmmu_smmuv3_numa_node(slot->smmu);
    uint32_t event = MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_EVENTQ);
    uint32_t gerror = MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_GERROR);
    uint32_t sync = MSMMU_GSIV(slot->first_spi + MSMMU_IRQ_CMDQ_SYNC);
    uint32_t at = msmmu_iort_here(iort);

    if (message) {
        flags |= SMMUV3_DEVICEID_VALID;
    }
    if (numa_node != MSMMU_NUMA_NODE_NONE) {
        flags |= SMMUV3_PROXIMITY_VALID;
    }
    msmmu_iort_begin_node(iort, IORT_SMMUV3, SMMUV3_REVISION, SMMUV3_BYTES,
                          mappings, 0);
    msmmu_iort_append(iort, slot->regs.base, 8);
    msmmu_iort_append(iort, flags, 4);
    msmmu_iort_append(iort, 0, 4);                  /* reserved */
    msmmu_iort_append(iort, 0, 8);                  /* VATOS */
    msmmu_iort_append(iort, 0, 4);                  /* model: generic */
    msmmu_iort_append(iort, event, 4);
    msmmu_iort_append(iort, pri_gsiv(slot, message), 4);
    msmmu_iort_append(iort, gerror, 4);
    msmmu_iort_append(iort, sync, 4);
    msmmu_iort_append(iort, MAX(numa_node, 0), 4);  /* proximity domain */
    msmmu_iort_append(iort, message ? mappings->len - 1 : 0, 4);
    msmmu_iort_append_mappings(iort, mappings);
    return at;
}
