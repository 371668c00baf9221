/*
 * What nodes of the IORT have in common: header, ID mappings, and which node
 * an ID is mapped to (Arm DEN 0049, E.e, 3.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "acpi_iort.h"

uint32_t msmmu_iort_here(const Iort *iort)
{
    return iort->blob->len - iort->start;
}

void msmmu_iort_append(Iort *iort, uint64_t value, int bytes)
{
    build_append_int_noprefix(iort->blob, value, bytes);
}

/* ---- Nodes ------------------------------------------------------------- */

void msmmu_iort_begin_node(Iort *iort, uint8_t type, uint8_t revision,
                           uint16_t bytes, const GArray *mappings,
                           uint16_t more)
{
    unsigned count = mappings ? mappings->len : 0;

    msmmu_iort_append(iort, type, 1);
    msmmu_iort_append(iort, bytes + count * IORT_MAPPING_BYTES + more, 2);
    msmmu_iort_append(iort, revision, 1);
    msmmu_iort_append(iort, iort->nodes++, 4);      /* identifier */
    msmmu_iort_append(iort, count, 4);
    msmmu_iort_append(iort, count ? bytes : 0, 4);
}

void msmmu_iort_append_mappings(Iort *iort, const GArray *mappings)
{
    for (unsigned i = 0; i < mappings->len; i++) {
        const IortMapping *map = &g_array_index(mappings, IortMapping, i);

        msmmu_iort_append(iort, map->input, 4);
        msmmu_iort_append(iort, map->count - 1, 4);
        msmmu_iort_append(iort, map->output, 4);
        msmmu_iort_append(iort, map->node, 4);
        msmmu_iort_append(iort, map->flags, 4);
    }
}

/* ---- Who takes the IDs of a bus ---------------------------------------- */

uint32_t msmmu_iort_bus_its(const Iort *iort, const PCIBus *bus)
{
    for (unsigned i = 0; i < iort->mms->num_rcs; i++) {
        if (msmmu_root_complex_bus(iort->mms->rcs[i].rc) == bus) {
            return iort->its[i];
        }
    }
    return iort->virt_its;
}

const MsmmuMachineSmmu *msmmu_iort_translation(const Iort *iort,
                                               const PCIBus *bus,
                                               IortMapping *map)
{
    for (unsigned i = 0; i < iort->mms->num_smmus; i++) {
        const MsmmuMachineSmmu *slot = &iort->mms->smmus[i];
        const GArray *ranges = msmmu_smmuv3_bus_ranges(slot->smmu);

        for (unsigned j = 0; j < ranges->len; j++) {
            const MsmmuBusRange *range =
                &g_array_index(ranges, MsmmuBusRange, j);

            if (range->bus == bus) {
                map->node = iort->smmu[i];
                map->output = range->sid_base + map->input;
                return slot;
            }
        }
    }
    return NULL;
}
