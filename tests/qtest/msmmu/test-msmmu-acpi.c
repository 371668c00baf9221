/*
 * The ACPI tables of virt-msmmu: MADT, MCFG and host bridges; the IORT has a
 * file of its own.
 *
 * Expected words are literal: ACPI 6.5, 5.2.12 and 6.4.3, the PCI Firmware
 * Specification 3.3, 4.1.2, and the user guide's address map.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include "acpi.h"

#define MACHINE "-M virt-msmmu "
#define RC(n) "-device msmmu-rc,id=rc" #n " "
#define THREE_RCS RC(1) RC(2) RC(3)

/* Of 64 MiB and one processor each */
#define TWO_NODES "-smp 2 -m 128M " \
    "-object memory-backend-ram,id=m0,size=64M " \
    "-object memory-backend-ram,id=m1,size=64M " \
    "-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 "

/* ---- Without our devices ------------------------------------------------ */

static void check_same(const char *theirs, const char *ours)
{
    static const char *const files[] = {
        "etc/acpi/tables", "etc/acpi/rsdp", "etc/table-loader",
    };
    g_autoptr(QAcpi) virt = qacpi_new(theirs);
    g_autoptr(QAcpi) msmmu = qacpi_new(ours);

    for (int i = 0; i < ARRAY_SIZE(files); i++) {
        QTable a = qacpi_file(virt, files[i]);
        QTable b = qacpi_file(msmmu, files[i]);

        g_test_message("%s: %s", ours, files[i]);
        g_assert_cmpmem(a.bytes, a.size, b.bytes, b.size);
    }
}

static void test_without_devices(void)
{
    static const char *const options[] = {
        "gic-version=3 -cpu cortex-a57",
        "gic-version=2 -cpu cortex-a57",
        "gic-version=3,its=off -cpu cortex-a57 -smp 4",
        "gic-version=3,iommu=smmuv3 -cpu max -device pxb-pcie,bus_nr=64",
        "gic-version=3 -cpu max -device virtio-iommu-pci,bus=pcie.0,addr=3",
    };

    for (int i = 0; i < ARRAY_SIZE(options); i++) {
        g_autofree char *theirs = g_strdup_printf("-M virt,%s", options[i]);
        g_autofree char *ours = g_strdup_printf("-M virt-msmmu,%s",
                                                options[i]);

        check_same(theirs, ours);
    }
}

/* What is not about our devices stays as it is. */
static void test_others_unchanged(void)
{
    static const char *const same[] = {
        "FACP", "PPTT", "GTDT", "SPCR", "DBG2",
    };
    g_autoptr(QAcpi) without = qacpi_new(MACHINE);
    g_autoptr(QAcpi) with = qacpi_new(MACHINE THREE_RCS);

    for (int i = 0; i < ARRAY_SIZE(same); i++) {
        QTable a = qacpi_table(without, same[i]);
        QTable b = qacpi_table(with, same[i]);

        g_test_message("%s", same[i]);
        g_assert_cmpmem(a.bytes, a.size, b.bytes, b.size);
    }
    g_assert_cmpuint(qacpi_count(without, "SSDT"), ==, 0);
    g_assert_cmpuint(qacpi_count(with, "SSDT"), ==, 1);
    g_assert_cmpuint(qacpi_count(with, "APIC"), ==, 1);
    g_assert_cmpuint(qacpi_count(with, "MCFG"), ==, 1);
    g_assert_cmpuint(qacpi_count(with, "IORT"), ==, 1);
}

/* ---- MADT --------------------------------------------------------------- */

typedef struct Its {
    uint32_t id;
    uint64_t base;
} Its;

/* How many structures of a type there are, and that the list is whole. */
static unsigned count_structures(QTable madt, uint8_t type)
{
    unsigned found = 0;
    size_t at = 44;

    while (at < madt.size) {
        g_assert_cmpuint(madt.bytes[at + 1], >=, 2);
        found += madt.bytes[at] == type;
        at += madt.bytes[at + 1];
    }
    g_assert_cmpuint(at, ==, madt.size);
    return found;
}

static void check_its(const char *args, const Its *expected, unsigned count)
{
    g_autoptr(QAcpi) acpi = qacpi_new(args);
    QTable madt = qacpi_table(acpi, "APIC");
    unsigned found = 0;

    g_test_message("%s", args);
    g_assert_cmpuint(count_structures(madt, 0x0f), ==, count);
    for (size_t at = 44; at < madt.size; at += madt.bytes[at + 1]) {
        const uint8_t *its = madt.bytes + at;

        if (its[0] != 0x0f) {
            continue;
        }
        g_assert_cmpuint(its[1], ==, 20);
        g_assert_cmphex(lduw_le_p(its + 2), ==, 0);
        g_assert_cmphex(ldl_le_p(its + 4), ==, expected[found].id);
        g_assert_cmphex(ldq_le_p(its + 8), ==, expected[found].base);
        g_assert_cmphex(ldl_le_p(its + 16), ==, 0);
        found++;
    }
}

static void test_every_its(void)
{
    static const Its three[] = {
        { 0, 0x08080000 }, { 1, 0x0b600000 }, { 2, 0x0b620000 },
        { 3, 0x0b640000 },
    };
    static const Its numbered[] = {
        { 0, 0x08080000 }, { 7, 0x0b600000 }, { 0xffff, 0x0b620000 },
    };

    check_its(MACHINE THREE_RCS, three, ARRAY_SIZE(three));
    check_its(MACHINE "-device msmmu-rc,id=a,segment=7 "
              "-device msmmu-rc,id=b,segment=65535",
              numbered, ARRAY_SIZE(numbered));
}

static void test_no_its(void)
{
    g_autoptr(QAcpi) gic2 = NULL;

    check_its("-M virt-msmmu,its=off " THREE_RCS, NULL, 0);
    check_its("-M virt-msmmu,gic-version=2 " THREE_RCS, NULL, 0);
    gic2 = qacpi_new("-M virt-msmmu,gic-version=2 " RC(1));
    g_assert_cmpuint(count_structures(qacpi_table(gic2, "APIC"), 0x0d), ==, 1);
}

/* CPUs, distributor and redistributors are virt's. */
static void test_rest_of_madt(void)
{
    g_autoptr(QAcpi) without = qacpi_new(MACHINE "-smp 3");
    g_autoptr(QAcpi) with = qacpi_new(MACHINE "-smp 3 " RC(1));
    QTable a = qacpi_table(without, "APIC");
    QTable b = qacpi_table(with, "APIC");

    g_assert_cmpuint(b.size, ==, a.size + 20);
    g_assert_cmpuint(a.bytes[8], ==, b.bytes[8]);
    g_assert_cmpmem(a.bytes + 36, a.size - 36, b.bytes + 36, a.size - 36);
}

/* ---- MCFG --------------------------------------------------------------- */

static void test_every_segment(void)
{
    static const struct {
        uint64_t base;
        uint16_t segment;
    } expected[] = {
        { 0x4010000000, 0 },
        { 0xc000000000, 1 },
        { 0xc200000000, 9 },
        { 0xc400000000, 2 },
    };
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE RC(1)
        "-device msmmu-rc,id=nine,segment=9 " RC(2));
    QTable mcfg = qacpi_table(acpi, "MCFG");

    g_assert_cmpuint(mcfg.size, ==, 44 + 16 * ARRAY_SIZE(expected));
    g_assert_cmphex(ldq_le_p(mcfg.bytes + 36), ==, 0);
    for (int i = 0; i < ARRAY_SIZE(expected); i++) {
        const uint8_t *entry = mcfg.bytes + 44 + 16 * i;

        g_assert_cmphex(ldq_le_p(entry), ==, expected[i].base);
        g_assert_cmpuint(lduw_le_p(entry + 8), ==, expected[i].segment);
        g_assert_cmpuint(entry[10], ==, 0);
        g_assert_cmpuint(entry[11], ==, 255);
        g_assert_cmphex(ldl_le_p(entry + 12), ==, 0);
    }
}

/* ---- Host bridges ------------------------------------------------------- */

/* Where these bytes are, from @from on; they must be there. */
static size_t find_bytes(QTable table, size_t from, const void *bytes,
                         size_t size)
{
    const uint8_t *at = memmem(table.bytes + from, table.size - from, bytes,
                               size);

    if (!at) {
        const uint8_t *p = bytes;

        g_test_message("not there: %02x %02x %02x %02x %02x ... (%zu)",
                       p[0], p[1], p[2], p[3], p[4], size);
        g_assert_not_reached();
    }
    return at - table.bytes;
}
#define FIND(table, from, ...) \
    find_bytes(table, from, (const uint8_t []) { __VA_ARGS__ }, \
               sizeof((const uint8_t []) { __VA_ARGS__ }))

/*
 * An address space descriptor (ACPI 6.5, 6.4.3.5): its first bytes, which end
 * with the flags of its type, then granularity, minimum, maximum, translation
 * and length, each as wide as the descriptor says.
 */
static size_t find_space(QTable table, size_t from, const uint8_t *head,
                         size_t head_bytes, int width,
                         const uint64_t fields[5])
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_byte_array_append(bytes, head, head_bytes);
    for (int i = 0; i < 5; i++) {
        uint64_t field = cpu_to_le64(fields[i]);

        g_byte_array_append(bytes, (uint8_t *)&field, width);
    }
    return find_bytes(table, from, bytes->data, bytes->len);
}

static size_t find_memory(QTable table, size_t from, uint64_t min,
                          uint64_t max, uint64_t translation, uint64_t length)
{
    static const uint8_t head[] = { 0x8a, 43, 0, 0, 0x0c, 1 };
    const uint64_t fields[5] = { 0, min, max, translation, length };

    return find_space(table, from, head, sizeof(head), 8, fields);
}

/* The byte where the AML of the host bridge of this name begins. */
static size_t bridge(QTable ssdt, const char *name)
{
    return find_bytes(ssdt, 36, name, 4);
}

static void test_host_bridges(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE RC(1)
        "-device msmmu-rc,id=nine,segment=0x109 " RC(2));
    QTable ssdt = qacpi_table(acpi, "SSDT");
    size_t first = bridge(ssdt, "RC00");
    size_t second = bridge(ssdt, "RC01");
    size_t third = bridge(ssdt, "RC02");

    g_assert_cmpuint(ssdt.bytes[8], ==, 2);
    g_assert_cmpuint(first, <, second);
    g_assert_cmpuint(second, <, third);
    /* NameOp, the name, and a string, a byte, word or double word */
    for (int i = 0; i < 3; i++) {
        size_t at = i == 0 ? first : i == 1 ? second : third;

        g_assert_cmpuint(FIND(ssdt, at, 8, '_', 'H', 'I', 'D', 0x0d, 'P', 'N',
                              'P', '0', 'A', '0', '8', 0), ==, at + 4);
        FIND(ssdt, at, 8, '_', 'C', 'I', 'D', 0x0d, 'P', 'N', 'P', '0', 'A',
             '0', '3', 0);
        FIND(ssdt, at, 8, '_', 'B', 'B', 'N', 0);
        FIND(ssdt, at, 8, '_', 'C', 'C', 'A', 1);
    }
    FIND(ssdt, first, 8, '_', 'S', 'E', 'G', 1);
    FIND(ssdt, first, 8, '_', 'U', 'I', 'D', 0x0c, 0x01, 0, 1, 0);
    FIND(ssdt, second, 8, '_', 'S', 'E', 'G', 0x0b, 0x09, 0x01);
    FIND(ssdt, second, 8, '_', 'U', 'I', 'D', 0x0c, 0x09, 1, 1,
         0);
    FIND(ssdt, third, 8, '_', 'S', 'E', 'G', 0x0a, 2);
    FIND(ssdt, third, 8, '_', 'U', 'I', 'D', 0x0c, 0x02, 0, 1, 0);
    /* The ECAM's base, and a buffer of UTF-16: "nine" */
    FIND(ssdt, second, 8, '_', 'C', 'B', 'A', 0x0e, 0, 0, 0, 0, 0xc2, 0, 0, 0);
    FIND(ssdt, second, 8, '_', 'S', 'T', 'R', 0x11, 0x0d, 0x0a, 10,
         'n', 0, 'i', 0, 'n', 0, 'e', 0, 0, 0);
}

/* And (CDW3, 0x1f, Local0): all of PCI Firmware Specification 4.5.1 but LTR */
static void test_control(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE RC(1));
    QTable ssdt = qacpi_table(acpi, "SSDT");

    FIND(ssdt, bridge(ssdt, "RC00"), 0x7b, 'C', 'D', 'W', '3', 0x0a, 0x1f,
         0x60);
}

static void test_windows(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE THREE_RCS);
    QTable ssdt = qacpi_table(acpi, "SSDT");
    size_t at = bridge(ssdt, "RC02");
    static const uint8_t buses[] = { 0x88, 13, 0, 2, 0x0c, 0 };
    static const uint8_t ports[] = { 0x87, 23, 0, 1, 0x0c, 0x13 };
    static const uint64_t bus_fields[5] = { 0, 0, 255, 0, 256 };
    static const uint64_t port_fields[5] = {
        0, 0, 0xffff, 0x0b820000, 0x10000,
    };

    /* Buses 0 to 255, then I/O ports, by a window in memory */
    at = find_space(ssdt, at, buses, sizeof(buses), 2, bus_fields);
    at = find_space(ssdt, at, ports, sizeof(ports), 4, port_fields);
    /* 32-bit window, translated */
    at = find_memory(ssdt, at, 0x10000000, 0x2fffffff, 0xc410000000,
                     0x20000000);
    /* 64-bit window, as it is */
    at = find_memory(ssdt, at, 0xc500000000, 0xc5fffeffff, 0, 0xffff0000);
    /* The ECAM, reserved by a device below the bridge */
    at = FIND(ssdt, at, 'R', 'E', 'S', '0', 8, '_', 'H', 'I', 'D', 0x0d, 'P',
              'N', 'P', '0', 'C', '0', '2', 0);
    find_memory(ssdt, at, 0xc400000000, 0xc40fffffff, 0, 0x10000000);
}

/* SPI 176 + 4 * (root complex) + (slot + pin) modulo 4, as GSIs */
static void test_interrupts(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE THREE_RCS);
    QTable ssdt = qacpi_table(acpi, "SSDT");
    size_t at = bridge(ssdt, "RC01");

    at = FIND(ssdt, at, '_', 'P', 'R', 'T');
    /* Slot 0: a package of 4: address, pin, no link, GSI */
    at = FIND(ssdt, at, 4, 0x0b, 0xff, 0xff, 0, 0, 0x0a, 212);
    at = FIND(ssdt, at, 4, 0x0b, 0xff, 0xff, 1, 0, 0x0a, 213);
    at = FIND(ssdt, at, 4, 0x0b, 0xff, 0xff, 0x0a, 2, 0, 0x0a, 214);
    at = FIND(ssdt, at, 4, 0x0b, 0xff, 0xff, 0x0a, 3, 0, 0x0a, 215);
    at = FIND(ssdt, at, 4, 0x0c, 0xff, 0xff, 0x1, 0, 0, 0, 0x0a, 213);
    at = FIND(ssdt, at, 4, 0x0c, 0xff, 0xff, 0x2, 0, 1, 0, 0x0a, 215);
    at = FIND(ssdt, at, 4, 0x0c, 0xff, 0xff, 0x2, 0, 0x0a, 2, 0, 0x0a, 212);
    at = FIND(ssdt, at, 4, 0x0c, 0xff, 0xff, 0x1e, 0, 0, 0, 0x0a, 214);
    at = FIND(ssdt, at, 4, 0x0c, 0xff, 0xff, 0x1f, 0, 0x0a, 3, 0, 0x0a, 214);
    g_assert_cmpuint(at, <, bridge(ssdt, "RC02"));
}

static void test_numa_node(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE TWO_NODES
        "-device msmmu-rc,id=rc1,numa-node=0 "
        "-device msmmu-rc,id=rc2,numa-node=1 " RC(3));
    QTable ssdt = qacpi_table(acpi, "SSDT");
    size_t first = bridge(ssdt, "RC00"), second = bridge(ssdt, "RC01");
    size_t third = bridge(ssdt, "RC02");

    g_assert_cmpuint(FIND(ssdt, first, 8, '_', 'P', 'X', 'M', 0), <, second);
    g_assert_cmpuint(FIND(ssdt, second, 8, '_', 'P', 'X', 'M', 1), <, third);
    g_assert_null(memmem(ssdt.bytes + third, ssdt.size - third, "_PXM", 4));
}

/*
 * An ITS is near what its root complex is near to: structures of type 4 after
 * what virt says (ACPI 6.5, 5.2.16.5).
 */
static void test_its_numa_node(void)
{
    static const uint8_t expected[] = {
        4, 12, 1, 0, 0, 0, 0, 0, 0x77, 0x01, 0, 0,
        4, 12, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0,
    };
    g_autoptr(QAcpi) without = qacpi_new(MACHINE TWO_NODES RC(1));
    g_autoptr(QAcpi) with = qacpi_new(MACHINE TWO_NODES RC(1)
        "-device msmmu-rc,id=far,segment=0x177,numa-node=1 "
        "-device msmmu-rc,id=near,segment=2,numa-node=0");
    g_autoptr(QAcpi) no_its = qacpi_new("-M virt-msmmu,its=off " TWO_NODES
        "-device msmmu-rc,id=far,numa-node=1");
    QTable a = qacpi_table(without, "SRAT");
    QTable b = qacpi_table(with, "SRAT");
    QTable c = qacpi_table(no_its, "SRAT");

    g_assert_cmpuint(b.size, ==, a.size + sizeof(expected));
    g_assert_cmpuint(b.bytes[8], ==, a.bytes[8]);
    g_assert_cmpmem(b.bytes + 36, a.size - 36, a.bytes + 36, a.size - 36);
    g_assert_cmpmem(b.bytes + a.size, sizeof(expected), expected,
                    sizeof(expected));
    g_assert_cmpmem(c.bytes, c.size, a.bytes, a.size);
}

/*
 * _DSM function 5: "may resources be assigned anew?" Not where the IORT names
 * functions by their numbers.
 */
static void test_boot_configuration(void)
{
    g_autoptr(QAcpi) acpi = qacpi_new(MACHINE RC(1)
        "-device msmmu-smmuv3,id=s,primary-bus=rc1 " RC(2)
        "-device msmmu-smmuv3,id=t,primary-bus=rc2 "
        "-device edu,id=e,bus=rc2,addr=1 "
        "-device msmmu-reserved-memory,id=r,device=e");
    QTable ssdt = qacpi_table(acpi, "SSDT");
    size_t first = bridge(ssdt, "RC00"), second = bridge(ssdt, "RC01");

    /* LEqual (Arg2, 5), then Return (One) or Return (Zero) */
    g_assert_cmpuint(FIND(ssdt, first, 0x93, 0x6a, 0x0a, 5, 0xa4, 1), <,
                     second);
    FIND(ssdt, second, 0x93, 0x6a, 0x0a, 5, 0xa4, 0);
}

static void test_many(void)
{
    g_autoptr(GString) args = g_string_new(MACHINE);
    g_autoptr(QAcpi) acpi = NULL;

    for (int i = 1; i <= 10; i++) {
        g_string_append_printf(args, "-device msmmu-rc,id=rc%d "
                               "-device msmmu-smmuv3,id=s%d,primary-bus=rc%d ",
                               i, i, i);
    }
    acpi = qacpi_new(args->str);
    g_assert_cmpuint(count_structures(qacpi_table(acpi, "APIC"), 0x0f), ==,
                     11);
    g_assert_cmpuint(qacpi_table(acpi, "MCFG").size, ==, 44 + 11 * 16);
    bridge(qacpi_table(acpi, "SSDT"), "RC09");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/acpi/without-devices-tables-are-those-of-virt",
                   test_without_devices);
    qtest_add_func("/msmmu/acpi/other-tables-stay-as-they-are",
                   test_others_unchanged);
    qtest_add_func("/msmmu/acpi/madt-has-every-its", test_every_its);
    qtest_add_func("/msmmu/acpi/madt-has-no-its-where-there-is-none",
                   test_no_its);
    qtest_add_func("/msmmu/acpi/madt-has-what-virt-says", test_rest_of_madt);
    qtest_add_func("/msmmu/acpi/mcfg-has-every-segment", test_every_segment);
    qtest_add_func("/msmmu/acpi/host-bridges-have-names-and-segments",
                   test_host_bridges);
    qtest_add_func("/msmmu/acpi/control-of-native-features-is-granted",
                   test_control);
    qtest_add_func("/msmmu/acpi/windows-are-where-the-map-has-them",
                   test_windows);
    qtest_add_func("/msmmu/acpi/pins-lead-to-the-lines-of-their-root-complex",
                   test_interrupts);
    qtest_add_func("/msmmu/acpi/ten-root-complexes-fit", test_many);
    qtest_add_func("/msmmu/property/msmmu-rc/numa-node/a-host-bridge-has-it",
                   test_numa_node);
    qtest_add_func("/msmmu/property/msmmu-rc/numa-node/the-srat-says-it",
                   test_its_numa_node);
    qtest_add_func("/msmmu/acpi/reserved-memory-keeps-the-boot-configuration",
                   test_boot_configuration);
    return g_test_run();
}
