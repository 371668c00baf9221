/*
 * The Reserved Memory Range nodes of the IORT (Arm DEN 0049, E.e, 3.1.1.5):
 * memory that functions use from before the system starts, and that must stay
 * at the address that they know.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "acpi_iort.h"

#define RMR_BYTES (IORT_NODE_HEADER_BYTES + 12)
#define RMR_REVISION 3
#define RANGE_BYTES 20

/* Flags */
#define RMR_REMAP_PERMITTED 1
#define RMR_PRIVILEGED 2
#define RMR_ATTRIBUTES_SHIFT 2

/* A StreamID: what is mapped to it does not matter. */
static GArray *streams(const Iort *iort, const MsmmuReservedMemory *rm)
{
    GArray *mappings = msmmu_iort_mappings();

    for (unsigned i = 0; i < rm->requesters->len; i++) {
        const MsmmuRequester *requester =
            &g_array_index(rm->requesters, MsmmuRequester, i);
        IortMapping map = {
            .input = requester->devfn,
            .count = 1,
            .flags = IORT_MAPPING_SINGLE,
        };

        msmmu_iort_translation(iort, requester->bus, &map);
        g_assert(map.node);
        g_array_append_val(mappings, map);
    }
    return mappings;
}

void msmmu_iort_append_reserved_memory(Iort *iort,
                                       const MsmmuReservedMemory *rm)
{
    g_autoptr(GArray) mappings = streams(iort, rm);
    uint32_t flags = rm->attributes << RMR_ATTRIBUTES_SHIFT;

    if (rm->remap) {
        flags |= RMR_REMAP_PERMITTED;
    }
    if (rm->privileged) {
        flags |= RMR_PRIVILEGED;
    }
    msmmu_iort_begin_node(iort, IORT_RESERVED_MEMORY, RMR_REVISION, RMR_BYTES,
                          mappings, RANGE_BYTES);
    msmmu_iort_append(iort, flags, 4);
    msmmu_iort_append(iort, 1, 4);                  /* number of ranges */
    msmmu_iort_append(iort, RMR_BYTES + mappings->len * IORT_MAPPING_BYTES, 4);
    msmmu_iort_append_mappings(iort, mappings);
    msmmu_iort_append(iort, rm->base, 8);
    msmmu_iort_append(iort, rm->size, 8);
    msmmu_iort_append(iort, 0, 4);                  /* reserved */
}
