/*
 * The MADT: virt's, with an ITS for each root complex.
 *
 * What it holds after the header and 8 bytes is a list of structures that
 * begin with their type and length (ACPI 6.5, 5.2.12).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "acpi.h"

#define MADT_LENGTH 4
#define MADT_REVISION 8
#define MADT_FIRST_STRUCTURE (ACPI_HEADER_BYTES + 8)

/* ACPI 6.5, 5.2.12.18 */
#define GIC_ITS_TYPE 0x0f
#define GIC_ITS_LENGTH 20

static void append_its(GArray *blob, uint32_t id, hwaddr base)
{
    build_append_int_noprefix(blob, GIC_ITS_TYPE, 1);
    build_append_int_noprefix(blob, GIC_ITS_LENGTH, 1);
    build_append_int_noprefix(blob, 0, 2);      /* reserved */
    build_append_int_noprefix(blob, id, 4);
    build_append_int_noprefix(blob, base, 8);
    build_append_int_noprefix(blob, 0, 4);      /* reserved */
}

/* virt describes an ITS also where its=off or a GICv2 leaves none. */
static void append_old(GArray *blob, const uint8_t *old, bool its)
{
    uint32_t length = ldl_le_p(old + MADT_LENGTH);
    uint32_t at = MADT_FIRST_STRUCTURE;

    g_array_append_vals(blob, old + ACPI_HEADER_BYTES,
                        MADT_FIRST_STRUCTURE - ACPI_HEADER_BYTES);
    while (at < length) {
        uint8_t type = old[at], size = old[at + 1];

        g_assert(size >= 2 && at + size <= length);
        if (its || type != GIC_ITS_TYPE) {
            g_array_append_vals(blob, old + at, size);
        }
        at += size;
    }
}

void msmmu_acpi_build_madt(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    GArray *blob = tables->table_data;
    AcpiTable table = {
        .sig = "APIC", .rev = old[MADT_REVISION],
        .oem_id = vms->oem_id, .oem_table_id = vms->oem_table_id,
    };

    acpi_table_begin(&table, blob);
    append_old(blob, old, vms->msi_controller == VIRT_MSI_CTRL_ITS);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        const MsmmuMachineRc *slot = &mms->rcs[i];

        if (slot->its) {
            append_its(blob, msmmu_acpi_its_id(slot), slot->rc->res.its.base);
        }
    }
    acpi_table_end(tables->linker, &table);
}
