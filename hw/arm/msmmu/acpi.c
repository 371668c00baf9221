/*
 * The ACPI tables of virt-msmmu: which of virt's are replaced, and the MCFG.
 *
 * virt builds its tables one after another in a blob; a list of offsets, from
 * which the XSDT is made, says where each begins. We get both just before
 * that. A table that needs more than virt says is built anew at the end of the
 * blob and takes the old one's place in the list. The old one stays where it
 * is: the loader's commands for its checksum name that place. Nothing points
 * to it, so neither firmware nor system ever sees it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/pci/pcie_host.h"
#include "acpi.h"

/* Offset of the length in a table's header */
#define ACPI_HEADER_LENGTH 4

static const char *table_at(const GArray *blob, uint32_t offset)
{
    return blob->data + offset;
}

/*
 * Let the XSDT point to the blob's end, where a table is about to be built,
 * instead of to virt's of this signature. Returns a copy of virt's, as the
 * blob moves when it grows; NULL if virt has none.
 */
static uint8_t *supersede(AcpiBuildTables *tables, GArray *table_offsets,
                          const char *signature)
{
    const GArray *blob = tables->table_data;

    for (unsigned i = 0; i < table_offsets->len; i++) {
        uint32_t *offset = &g_array_index(table_offsets, uint32_t, i);
        const char *old = table_at(blob, *offset);

        if (!memcmp(old, signature, strlen(signature))) {
            *offset = blob->len;
            return g_memdup2(old, ldl_le_p(old + ACPI_HEADER_LENGTH));
        }
    }
    acpi_add_table(table_offsets, tables->table_data);
    return NULL;
}

/* PCI Firmware Specification 3.3, 4.1.2: an entry of the MCFG */
static void append_ecam(GArray *blob, const MemMapEntry *ecam,
                        uint16_t segment)
{
    build_append_int_noprefix(blob, ecam->base, 8);
    build_append_int_noprefix(blob, segment, 2);
    build_append_int_noprefix(blob, 0, 1);      /* first bus */
    build_append_int_noprefix(blob, ecam->size / PCIE_MMCFG_SIZE_MIN - 1, 1);
    build_append_int_noprefix(blob, 0, 4);      /* reserved */
}

static void build_mcfg_table(MsmmuMachineState *mms, AcpiBuildTables *tables)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    GArray *blob = tables->table_data;
    AcpiTable table = {
        .sig = "MCFG", .rev = 1,
        .oem_id = vms->oem_id, .oem_table_id = vms->oem_table_id,
    };

    acpi_table_begin(&table, blob);
    build_append_int_noprefix(blob, 0, 8);      /* reserved */
    append_ecam(blob, &vms->memmap[VIRT_ECAM_ID(vms->highmem_ecam)], 0);
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        append_ecam(blob, &mms->rcs[i].rc->res.ecam, mms->rcs[i].rc->segment);
    }
    acpi_table_end(tables->linker, &table);
}

void msmmu_acpi_complete(VirtMachineState *vms, AcpiBuildTables *tables,
                         GArray *table_offsets)
{
    MsmmuMachineState *mms = MSMMU_MACHINE(vms);
    g_autofree uint8_t *old_madt = NULL;
    g_autofree uint8_t *old_mcfg = NULL;
    g_autofree uint8_t *old_iort = NULL;
    g_autofree uint8_t *old_srat = NULL;

    if (!mms->num_rcs && !mms->num_smmus) {
        return;
    }
    old_madt = supersede(tables, table_offsets, "APIC");
    msmmu_acpi_build_madt(mms, tables, old_madt);
    old_mcfg = supersede(tables, table_offsets, "MCFG");
    build_mcfg_table(mms, tables);
    old_iort = supersede(tables, table_offsets, "IORT");
    msmmu_acpi_build_iort(mms, tables, old_iort);
    if (msmmu_acpi_needs_srat(mms)) {
        old_srat = supersede(tables, table_offsets, "SRAT");
        msmmu_acpi_build_srat(mms, tables, old_srat);
    }
    if (mms->num_rcs) {
        acpi_add_table(table_offsets, tables->table_data);
        msmmu_acpi_build_ssdt(mms, tables);
    }
}
