/*
 * The IORT as it grows, for the files that append to it.
 *
 * A reference is an offset from the table's beginning; 0, where the header is,
 * stands for "none".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_ACPI_IORT_H
#define HW_ARM_MSMMU_ACPI_IORT_H

#include "hw/arm/msmmu/reserved_memory.h"
#include "acpi.h"

#define IORT_FIRST_NODE 48

/* Arm DEN 0049 E.e: types of nodes */
enum {
    IORT_ITS_GROUP = 0,
    IORT_ROOT_COMPLEX = 2,
    IORT_SMMUV3 = 4,
    IORT_RESERVED_MEMORY = 6,
};

/* Of every node, and of each of its ID mappings */
#define IORT_NODE_HEADER_BYTES 16
#define IORT_MAPPING_BYTES 20

/* Flag of a mapping: one output, whatever the input is */
#define IORT_MAPPING_SINGLE 1

typedef struct IortMapping {
    uint32_t input;
    uint32_t count;
    uint32_t output;
    uint32_t node;          /* that takes the output */
    uint32_t flags;
} IortMapping;

typedef struct Iort {
    MsmmuMachineState *mms;
    GArray *blob;
    uint32_t start;         /* of the table in the blob */
    uint32_t nodes;         /* so far */
    uint32_t virt_its;
    uint32_t its[MSMMU_MAX_ROOT_COMPLEXES];
    uint32_t virt_smmu;
    uint32_t smmu[MSMMU_MAX_INSTANCES];
} Iort;

/* ---- acpi_iort_nodes.c: what is common to nodes ------------------------- */

/* Where the next byte goes. */
uint32_t msmmu_iort_here(const Iort *iort);

/* The @bytes low bytes of @value. */
void msmmu_iort_append(Iort *iort, uint64_t value, int bytes);

/*
 * The header of a node that has, beside @mappings (of IortMapping, or NULL)
 * right after its first @bytes, another @more bytes.
 */
void msmmu_iort_begin_node(Iort *iort, uint8_t type, uint8_t revision,
                           uint16_t bytes, const GArray *mappings,
                           uint16_t more);
void msmmu_iort_append_mappings(Iort *iort, const GArray *mappings);

/* An empty list of mappings. */
static inline GArray *msmmu_iort_mappings(void)
{
    return g_array_new(false, false, sizeof(IortMapping));
}

/* The ITS group of a root bus's segment; 0 if there is no ITS. */
uint32_t msmmu_iort_bus_its(const Iort *iort, const PCIBus *bus);

/*
 * Map what @map has for input to the instance of ours that translates a root
 * bus: its node, and the first StreamID. NULL if there is none.
 */
const MsmmuMachineSmmu *msmmu_iort_translation(const Iort *iort,
                                               const PCIBus *bus,
                                               IortMapping *map);

/* ---- acpi_iort_smmu.c: SMMUv3 nodes; they return where the node is ------- */

/* That of virt's own SMMU, as virt's table @old has it, but for mappings. */
uint32_t msmmu_iort_append_virt_smmu(Iort *iort, const uint8_t *old);

uint32_t msmmu_iort_append_smmu(Iort *iort, const MsmmuMachineSmmu *slot);

/* ---- acpi_iort_rmr.c ---------------------------------------------------- */

void msmmu_iort_append_reserved_memory(Iort *iort,
                                       const MsmmuReservedMemory *rm);

#endif /* HW_ARM_MSMMU_ACPI_IORT_H */
