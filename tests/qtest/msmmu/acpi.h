/*
 * The ACPI tables of a machine, as firmware would install them.
 *
 * The files that the machine offers to firmware are fetched by fw_cfg's DMA
 * interface (docs/specs/fw_cfg.rst), and the loader's commands are carried out
 * on them: addresses are added, checksums are made. No guest runs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_ACPI_H
#define TESTS_QTEST_MSMMU_ACPI_H

typedef struct QTable {
    const uint8_t *bytes;
    size_t size;
} QTable;

typedef struct QAcpi QAcpi;

/* Those of the machine of this command line. All checksums were checked. */
QAcpi *qacpi_new(const char *args);
void qacpi_free(QAcpi *acpi);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QAcpi, qacpi_free)

/* How many tables of this signature the XSDT lists. */
unsigned qacpi_count(const QAcpi *acpi, const char *signature);

/* The only one of this signature that the XSDT lists. */
QTable qacpi_table(const QAcpi *acpi, const char *signature);

/*
 * A file as the machine offers it: "etc/acpi/tables", "etc/acpi/rsdp",
 * "etc/table-loader".
 */
QTable qacpi_file(const QAcpi *acpi, const char *name);

#endif /* TESTS_QTEST_MSMMU_ACPI_H */
