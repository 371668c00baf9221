/*
 * The SRAT: virt's, with the NUMA nodes of our ITSes.
 *
 * An ITS is near what its root complex is near to. virt writes an SRAT when
 * there are NUMA nodes, and a root complex can be near one only then.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "acpi.h"

#define SRAT_LENGTH 4
#define SRAT_REVISION 8

/* ACPI 6.5, 5.2.16.5 */
#define GIC_ITS_AFFINITY_TYPE 4
#define GIC_ITS_AFFINITY_LENGTH 12

static bool its_has_node(const MsmmuMachineRc *slot)
{
    return slot->its && slot->rc->numa_node != MSMMU_NUMA_NODE_NONE;
}

bool msmmu_acpi_needs_srat(const MsmmuMachineState *mms)
{
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (its_has_node(&mms->rcs[i])) {
            return true;
        }
    }
    return false;
}

static void append_its_affinity(GArray *blob, int numa_node, uint32_t id)
{
    build_append_int_noprefix(blob, GIC_ITS_AFFINITY_TYPE, 1);
    build_append_int_noprefix(blob, GIC_ITS_AFFINITY_LENGTH, 1);
    build_append_int_noprefix(blob, numa_node, 4);
    build_append_int_noprefix(blob, 0, 2);      /* reserved */
    build_append_int_noprefix(blob, id, 4);
}

void msmmu_acpi_build_srat(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    GArray *blob = tables->table_data;
    AcpiTable table = {
        .sig = "SRAT", .rev = old[SRAT_REVISION],
        .oem_id = vms->oem_id, .oem_table_id = vms->oem_table_id,
    };

    acpi_table_begin(&table, blob);
    g_array_append_vals(blob, old + ACPI_HEADER_BYTES,
                        ldl_le_p(old + SRAT_LENGTH) - ACPI_HEADER_BYTES);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        const MsmmuMachineRc *slot = &mms->rcs[i];

        if (its_has_node(slot)) {
            append_its_affinity(blob, slot->rc->numa_node,
                                msmmu_acpi_its_id(slot));
        }
    }
    acpi_table_end(tables->linker, &table);
}
