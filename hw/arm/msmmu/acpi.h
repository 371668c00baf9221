/*
 * The ACPI tables of virt-msmmu.
 *
 * Each msmmu_acpi_build_*() appends one table to tables->table_data and tells
 * the loader of its checksum; acpi.c enters it in the XSDT.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_ARM_MSMMU_ACPI_H
#define HW_ARM_MSMMU_ACPI_H

#include "hw/acpi/aml-build.h"
#include "hw/arm/msmmu/machine.h"

/* SPI 0 is this interrupt of the GIC's (GSIV). */
#define MSMMU_GSIV(spi) ((spi) + 32)

/* Of every ACPI table (ACPI 6.5, 5.2.6) */
#define ACPI_HEADER_BYTES 36

/*
 * The ITS of pcie.0 is virt's, with translation ID 0. An ITS of ours goes by
 * the number of its segment, which is never 0.
 */
#define MSMMU_VIRT_ITS_ID 0

static inline uint32_t msmmu_acpi_its_id(const MsmmuMachineRc *slot)
{
    return slot->rc->segment;
}

/**
 * msmmu_acpi_complete: describe root complexes, ITSes and SMMUs
 * @vms: a machine of type virt-msmmu
 * @tables: with all that virt has put there, but for the XSDT
 * @table_offsets: those tables that the XSDT will point to, uint32_t each
 *
 * Called whenever the tables are built, before the guest runs and each time it
 * fetches them. Without devices of ours nothing is changed.
 */
void msmmu_acpi_complete(VirtMachineState *vms, AcpiBuildTables *tables,
                         GArray *table_offsets);

/* acpi_madt.c: virt's MADT with our ITSes; @old is virt's, a copy */
void msmmu_acpi_build_madt(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old);

/* acpi_srat.c: virt's SRAT with nodes of our ITSes, if they have any */
bool msmmu_acpi_needs_srat(const MsmmuMachineState *mms);
void msmmu_acpi_build_srat(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old);

/* acpi_iort.c: IORT; @old is virt's, a copy, or NULL */
void msmmu_acpi_build_iort(MsmmuMachineState *mms, AcpiBuildTables *tables,
                           const uint8_t *old);

/* acpi_ssdt.c: SSDT with our host bridges */
void msmmu_acpi_build_ssdt(MsmmuMachineState *mms, AcpiBuildTables *tables);

#endif /* HW_ARM_MSMMU_ACPI_H */
