/*
 * The ACPI tables of a machine: fetched, loaded, checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include "standard-headers/linux/qemu_fw_cfg.h"
#include "acpi.h"

#define TABLES "etc/acpi/tables"
#define RSDP "etc/acpi/rsdp"
#define LOADER "etc/table-loader"

/* Of QEMU's machine virt */
#define FW_CFG_DMA_ADDRESS 0x09020010
#define CONTROL 0x40000000
#define BUFFER 0x40001000

/* ACPI 6.5: the header's length, XSDT and RSDP's pointer to it */
#define HEADER_LENGTH 4
#define HEADER_BYTES 36
#define RSDP_XSDT 24

/* hw/acpi/bios-linker-loader.c documents the commands. */
enum {
    ALLOCATE = 1,
    ADD_POINTER = 2,
    ADD_CHECKSUM = 3,
};
#define COMMAND_BYTES 128
#define NAME_BYTES 56

typedef struct File {
    const char *name;
    uint64_t address;       /* where it is said to be loaded */
    uint8_t *raw;           /* as fetched */
    uint8_t *loaded;        /* after the loader's commands */
    size_t size;
} File;

struct QAcpi {
    File files[3];
};

/* ---- fw_cfg ------------------------------------------------------------ */

static void fetch(QTestState *qts, uint16_t key, void *data, size_t size)
{
    struct fw_cfg_dma_access access = {
        .control = cpu_to_be32((uint32_t)key << 16 | FW_CFG_DMA_CTL_SELECT |
                               FW_CFG_DMA_CTL_READ),
        .length = cpu_to_be32(size),
        .address = cpu_to_be64(BUFFER),
    };

    qtest_memwrite(qts, CONTROL, &access, sizeof(access));
    qtest_writeq(qts, FW_CFG_DMA_ADDRESS, bswap64(CONTROL));
    g_assert_cmphex(qtest_readl(qts, CONTROL), ==, 0);
    qtest_memread(qts, BUFFER, data, size);
}

static void fetch_file(QTestState *qts, File *file)
{
    uint32_t count;
    g_autofree struct fw_cfg_file *entries = NULL;
    size_t bytes;

    fetch(qts, FW_CFG_FILE_DIR, &count, sizeof(count));
    count = be32_to_cpu(count);
    bytes = sizeof(count) + count * sizeof(*entries);
    entries = g_malloc(bytes);
    fetch(qts, FW_CFG_FILE_DIR, entries, bytes);
    for (uint32_t i = 0; i < count; i++) {
        struct fw_cfg_file entry;

        memcpy(&entry, (uint8_t *)entries + sizeof(count) + i * sizeof(entry),
               sizeof(entry));
        if (g_str_equal(entry.name, file->name)) {
            file->size = be32_to_cpu(entry.size);
            file->raw = g_malloc(file->size);
            fetch(qts, be16_to_cpu(entry.select), file->raw, file->size);
            file->loaded = g_memdup2(file->raw, file->size);
            return;
        }
    }
    g_test_message("no file %s", file->name);
    g_assert_not_reached();
}

/* ---- The loader -------------------------------------------------------- */

static File *find_file(QAcpi *acpi, const uint8_t *name)
{
    for (int i = 0; i < ARRAY_SIZE(acpi->files); i++) {
        if (!strncmp((const char *)name, acpi->files[i].name, NAME_BYTES)) {
            return &acpi->files[i];
        }
    }
    g_test_message("the loader has no file %.56s", name);
    g_assert_not_reached();
}

static uint8_t sum(const uint8_t *bytes, size_t size)
{
    uint8_t total = 0;

    while (size--) {
        total += *bytes++;
    }
    return total;
}

static void add_pointer(QAcpi *acpi, const uint8_t *command)
{
    File *to = find_file(acpi, command);
    File *from = find_file(acpi, command + NAME_BYTES);
    uint32_t offset = ldl_le_p(command + 2 * NAME_BYTES);
    int size = command[2 * NAME_BYTES + 4];

    g_assert_cmpuint(offset + size, <=, to->size);
    g_assert_cmpuint(ldn_le_p(to->loaded + offset, size), <, from->size);
    stn_le_p(to->loaded + offset, size,
             ldn_le_p(to->loaded + offset, size) + from->address);
}

static void add_checksum(QAcpi *acpi, const uint8_t *command)
{
    File *file = find_file(acpi, command);
    uint32_t offset = ldl_le_p(command + NAME_BYTES);
    uint32_t start = ldl_le_p(command + NAME_BYTES + 4);
    uint32_t size = ldl_le_p(command + NAME_BYTES + 8);

    g_assert_cmpuint(start + size, <=, file->size);
    g_assert_cmpuint(offset, <, file->size);
    file->loaded[offset] -= sum(file->loaded + start, size);
}

static void run_loader(QAcpi *acpi, const uint8_t *script, size_t size)
{
    for (size_t at = 0; at + COMMAND_BYTES <= size; at += COMMAND_BYTES) {
        const uint8_t *command = script + at + 4;

        switch (ldl_le_p(script + at)) {
        case ADD_POINTER:
            add_pointer(acpi, command);
            break;
        case ADD_CHECKSUM:
            add_checksum(acpi, command);
            break;
        case ALLOCATE:
        case 0:
            break;
        default:
            g_assert_not_reached();
        }
    }
}

/* ---- Tables ------------------------------------------------------------ */

static QTable table_at(const QAcpi *acpi, uint64_t address)
{
    const File *file = &acpi->files[0];
    uint64_t at = address - file->address;
    QTable table;

    g_assert_cmphex(address, >=, file->address);
    g_assert_cmpuint(at + HEADER_BYTES, <=, file->size);
    table.bytes = file->loaded + at;
    table.size = ldl_le_p(table.bytes + HEADER_LENGTH);
    g_assert_cmpuint(table.size, >=, HEADER_BYTES);
    g_assert_cmpuint(at + table.size, <=, file->size);
    g_assert_cmphex(sum(table.bytes, table.size), ==, 0);
    return table;
}

/* The XSDT's entry @index; false past the last one. */
static bool listed(const QAcpi *acpi, unsigned index, QTable *table)
{
    QTable xsdt = table_at(acpi, ldq_le_p(acpi->files[1].loaded + RSDP_XSDT));
    size_t at = HEADER_BYTES + index * 8;

    g_assert_cmpmem(xsdt.bytes, 4, "XSDT", 4);
    if (at >= xsdt.size) {
        return false;
    }
    *table = table_at(acpi, ldq_le_p(xsdt.bytes + at));
    return true;
}

unsigned qacpi_count(const QAcpi *acpi, const char *signature)
{
    QTable table;
    unsigned found = 0;

    for (unsigned i = 0; listed(acpi, i, &table); i++) {
        found += !memcmp(table.bytes, signature, 4);
    }
    return found;
}

QTable qacpi_table(const QAcpi *acpi, const char *signature)
{
    QTable table;

    g_assert_cmpuint(qacpi_count(acpi, signature), ==, 1);
    for (unsigned i = 0; listed(acpi, i, &table); i++) {
        if (!memcmp(table.bytes, signature, 4)) {
            return table;
        }
    }
    g_assert_not_reached();
}

QTable qacpi_file(const QAcpi *acpi, const char *name)
{
    const File *file = find_file((QAcpi *)acpi, (const uint8_t *)name);

    return (QTable) { file->raw, file->size };
}

QAcpi *qacpi_new(const char *args)
{
    QTestState *qts = qtest_initf("-nodefaults -display none %s", args);
    QAcpi *acpi = g_new0(QAcpi, 1);
    static const char *const names[] = { TABLES, RSDP, LOADER };

    for (int i = 0; i < ARRAY_SIZE(acpi->files); i++) {
        acpi->files[i].name = names[i];
        acpi->files[i].address = 0x48000000 + i * 0x1000000;
        fetch_file(qts, &acpi->files[i]);
    }
    qtest_quit(qts);
    run_loader(acpi, acpi->files[2].raw, acpi->files[2].size);
    return acpi;
}

void qacpi_free(QAcpi *acpi)
{
    for (int i = 0; i < ARRAY_SIZE(acpi->files); i++) {
        g_free(acpi->files[i].raw);
        g_free(acpi->files[i].loaded);
    }
    g_free(acpi);
}
