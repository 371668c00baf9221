/*
 * survey: the SMMUs, PCI devices and IOMMU groups that the kernel sees
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"

/* IHI 0070, chapter 6: offsets in register page 0 */
#define SMMU_IDR(n) (4 * (n))
#define SMMU_AIDR 0x1c

static uint32_t read_register(const char *at)
{
    /* volatile: a device's register, read once and as one word */
    return *(const volatile uint32_t *)at;
}

/*
 * The identification registers, read where the SMMU's own driver reads them.
 * Most kernels want iomem=relaxed for that; false without it.
 */
bool smmu_registers(uint64_t base, uint32_t idr[6], uint32_t *aidr)
{
    size_t page = sysconf(_SC_PAGESIZE);
    int fd = open("/dev/mem", O_RDONLY | O_SYNC | O_CLOEXEC);
    char *map;

    if (fd < 0) {
        return false;
    }
    map = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, base & ~(page - 1));
    close(fd);
    if (map == MAP_FAILED) {
        return false;
    }
    map += base & (page - 1);
    for (int i = 0; i <= 5; i++) {
        idr[i] = read_register(map + SMMU_IDR(i));
    }
    *aidr = read_register(map + SMMU_AIDR);
    munmap(map - (base & (page - 1)), page);
    return true;
}

static void add_registers(Record *record, uint64_t base)
{
    uint32_t idr[6], aidr;
    char name[8];

    if (!smmu_registers(base, idr, &aidr)) {
        return;
    }
    for (int i = 0; i <= 5; i++) {
        snprintf(name, sizeof(name), "idr%d", i);
        record_hex(record, name, idr[i]);
    }
    record_hex(record, "aidr", aidr);
}

/* The kernel names an instance smmu3.0x<address of its registers>. */
static bool report_smmu(const char *folder, const char *name, void *data)
{
    const char *address = strstr(name, ".0x");
    Record record;

    record_begin(&record, "smmu");
    record_text(&record, "name", name);
    if (address) {
        unsigned long long base = strtoull(address + 1, NULL, 16);

        record_hex(&record, "base", base);
        add_registers(&record, base);
    }
    record_end(&record);
    return true;
}

static void add_file(Record *record, const char *name, const char *device,
                     const char *file)
{
    char path[PATH_BYTES], text[128];

    path_join(path, "/sys/bus/pci/devices/%s/%s", device, file);
    if (file_read(path, text, sizeof(text))) {
        record_text(record, name, text);
    }
}

static void add_link(Record *record, const char *name, const char *device,
                     const char *link)
{
    char path[PATH_BYTES], text[128];

    path_join(path, "/sys/bus/pci/devices/%s/%s", device, link);
    if (link_name(path, text, sizeof(text))) {
        record_text(record, name, text);
    }
}

static bool report_device(const char *folder, const char *name, void *data)
{
    Record record;

    record_begin(&record, "device");
    record_text(&record, "bdf", name);
    add_file(&record, "vendor", name, "vendor");
    add_file(&record, "device", name, "device");
    add_file(&record, "class", name, "class");
    add_link(&record, "driver", name, "driver");
    add_link(&record, "group", name, "iommu_group");
    add_link(&record, "smmu", name, "iommu");
    add_file(&record, "numa_node", name, "numa_node");
    add_file(&record, "smmu_numa_node", name, "iommu/device/numa_node");
    /* b000000.iommu, or with ACPI arm-smmu-v3.0.auto */
    add_link(&record, "smmu_device", name, "iommu/device");
    record_end(&record);
    return true;
}

typedef struct NameList {
    char text[600];
} NameList;

static bool add_to_list(const char *folder, const char *name, void *data)
{
    NameList *list = data;
    size_t used = strlen(list->text);

    snprintf(list->text + used, sizeof(list->text) - used, "%s%s",
             used ? " " : "", name);
    return true;
}

static bool report_group(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES], type[64], regions[512];
    NameList devices = { "" };
    Record record;

    path_join(path, "%s/%s/devices", folder, name);
    for_each_entry(path, add_to_list, &devices);
    record_begin(&record, "group");
    record_number(&record, "group", atoi(name));
    path_join(path, "%s/%s/type", folder, name);
    if (file_read(path, type, sizeof(type))) {
        record_text(&record, "type", type);
    }
    record_text(&record, "devices", devices.text);
    path_join(path, "%s/%s/reserved_regions", folder, name);
    if (file_read(path, regions, sizeof(regions))) {
        for (char *end; (end = strchr(regions, '\n')); ) {
            *end = ';';
        }
        record_text(&record, "reserved", regions);
    }
    record_end(&record);
    return true;
}

int job_survey(void)
{
    for_each_entry("/sys/class/iommu", report_smmu, NULL);
    for_each_entry("/sys/bus/pci/devices", report_device, NULL);
    report_smmu_interrupts("survey");
    if (for_each_entry("/sys/kernel/iommu_groups", report_group, NULL) < 0) {
        report_error("survey", "the kernel has no IOMMU groups");
        return 1;
    }
    return 0;
}
