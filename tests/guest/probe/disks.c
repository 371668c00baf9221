/*
 * Disks on PCI: which there are, direct transfers, interrupt counts
 *
 * Every 4 KiB block that is written says whose it is: a line of text with the
 * disk's serial number, the block's number and the round, repeated. Data that
 * reached the wrong disk or the wrong page is told from any other, here and
 * by the host, which reads the disks' files afterwards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disks.h"
#include "probe.h"

#define BLOCK 4096
#define LINE 64
#define CHUNK_MAX (32 * BLOCK)
#define BUFFER_BYTES (CHUNK_MAX + 2 * BLOCK)

/* Transfers of several lengths, at several offsets in their first page */
static const struct {
    int blocks;
    int offset;
} chunks[] = {
    { 1, 0 }, { 32, 0 }, { 2, 512 }, { 16, 1536 }, { 3, 0 }, { 32, 2048 },
};

/* The last BDF in a sysfs path */
static bool find_bdf(const char *path, char *bdf, size_t bytes)
{
    unsigned segment, bus, device, function;
    bool found = false;

    for (const char *at = path; (at = strchr(at, '/')); ) {
        at++;
        if (sscanf(at, "%4x:%2x:%2x.%1x", &segment, &bus, &device,
                   &function) == 4) {
            snprintf(bdf, bytes, "%04x:%02x:%02x.%x", segment, bus, device,
                     function);
            found = true;
        }
    }
    return found;
}

static void read_serial(Disk *disk)
{
    static const char *const places[] = { "device/serial", "serial" };
    char path[PATH_BYTES];

    for (int i = 0; i < 2; i++) {
        path_join(path, "/sys/block/%s/%s", disk->name, places[i]);
        if (file_read(path, disk->serial, sizeof(disk->serial))) {
            break;
        }
    }
    disk->serial[strcspn(disk->serial, "\n ")] = '\0';
}

typedef struct Found {
    Disk *disks;
    int count;
} Found;

static bool add_disk(const char *folder, const char *name, void *data)
{
    Found *found = data;
    char path[PATH_BYTES], *real;
    Disk disk = { };

    path_join(path, "/sys/block/%s", name);
    real = realpath(path, NULL);
    if (real && found->count < MAX_DISKS &&
        find_bdf(real, disk.bdf, sizeof(disk.bdf))) {
        snprintf(disk.name, sizeof(disk.name), "%s", name);
        read_serial(&disk);
        path_join(path, "/sys/bus/pci/devices/%s/driver", disk.bdf);
        link_name(path, disk.driver, sizeof(disk.driver));
        found->disks[found->count++] = disk;
    }
    free(real);
    return true;
}

int disks_find(Disk *disks)
{
    Found found = { disks, 0 };

    for_each_entry("/sys/block", add_disk, &found);
    return found.count;
}

/* Count what should become a disk: NVMe and virtio-blk functions */
static bool count_candidate(const char *folder, const char *name, void *data)
{
    char path[PATH_BYTES], class[32], id[32];

    path_join(path, "%s/%s/class", folder, name);
    file_read(path, class, sizeof(class));
    path_join(path, "%s/%s/device", folder, name);
    file_read(path, id, sizeof(id));
    if (!strcmp(class, "0x010802") || !strcmp(id, "0x1042") ||
        !strcmp(id, "0x1001")) {
        ++*(int *)data;
    }
    return true;
}

/* Drivers probe in the background: wait for all disks, or for the time */
int disks_wait(Disk *disks, int seconds)
{
    long long end = clock_ms() + seconds * 1000LL;
    int wanted = 0, count;

    for_each_entry("/sys/bus/pci/devices", count_candidate, &wanted);
    for (;;) {
        count = disks_find(disks);
        if (count >= wanted || clock_ms() > end) {
            return count;
        }
        sleep_ms(10);
    }
}

static void fill_block(char *block, const Disk *disk, long long number,
                       int round)
{
    char line[LINE + 1];

    memset(line, '.', LINE);
    line[snprintf(line, LINE, "msmmu disk=%s block=%lld round=%d ",
                  disk->serial, number, round)] = '.';
    line[LINE - 1] = '\n';
    for (int i = 0; i < BLOCK; i += LINE) {
        memcpy(block + i, line, LINE);
    }
}

static bool check_blocks(const char *data, const Disk *disk, long long first,
                         int blocks, int round, char *error)
{
    char expected[BLOCK];

    for (int i = 0; i < blocks; i++) {
        const char *got = data + (size_t)i * BLOCK;

        fill_block(expected, disk, first + i, round);
        if (memcmp(got, expected, BLOCK)) {
            snprintf(error, ERROR_BYTES, "block %lld holds \"%.60s\"",
                     first + i, got);
            return false;
        }
    }
    return true;
}

/* One pass over the disk's first @bytes, writing or reading and comparing */
static bool pass(int fd, bool write_it, const Disk *disk, int round,
                 long long bytes, char *buffer, char *error)
{
    long long first = 0, blocks = bytes / BLOCK;

    for (int i = 0; first < blocks; i++) {
        int now = chunks[i % 6].blocks;
        char *data = buffer + chunks[i % 6].offset;
        size_t length;
        ssize_t done;

        now = now > blocks - first ? (int)(blocks - first) : now;
        length = (size_t)now * BLOCK;
        for (int block = 0; block < now; block++) {
            if (write_it) {
                fill_block(data + block * BLOCK, disk, first + block, round);
            } else {
                memset(data + block * BLOCK, 0xee, BLOCK);
            }
        }
        done = write_it ? pwrite(fd, data, length, first * BLOCK) :
                          pread(fd, data, length, first * BLOCK);
        if (done != (ssize_t)length) {
            snprintf(error, ERROR_BYTES, "%s at block %lld: %s",
                     write_it ? "write" : "read", first,
                     done < 0 ? strerror(errno) : "short");
            return false;
        }
        if (!write_it &&
            !check_blocks(data, disk, first, now, round, error)) {
            return false;
        }
        first += now;
    }
    return true;
}

bool disk_exercise(const Disk *disk, int round, long long bytes, char *error)
{
    char path[PATH_BYTES];
    bool good = false;
    char *buffer;
    int fd;

    error[0] = '\0';
    path_join(path, "/dev/%s", disk->name);
    fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (fd < 0) {
        snprintf(error, ERROR_BYTES, "open: %s", strerror(errno));
        return false;
    }
    buffer = mmap(NULL, BUFFER_BYTES, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer != MAP_FAILED) {
        good = pass(fd, true, disk, round, bytes, buffer, error) &&
               pass(fd, false, disk, round, bytes, buffer, error);
        munmap(buffer, BUFFER_BYTES);
    }
    close(fd);
    return good;
}

static long long count_line(char *line, char *chip)
{
    long long sum = 0;
    char *at = strchr(line, ':') + 1, *end;

    for (;;) {
        long long number = strtoll(at, &end, 10);

        if (end == at || (*end != ' ' && *end != '\n')) {
            break;
        }
        sum += number;
        at = end;
    }
    sscanf(at, " %31s", chip);
    return sum;
}

static bool stop_at_first(const char *folder, const char *name, void *data)
{
    return false;
}

/*
 * Does interrupt @number belong to the device? By MSI(-X), else by pin. The
 * folder msi_irqs may be there and empty.
 */
static bool owns_interrupt(const Disk *disk, int number)
{
    char path[PATH_BYTES], text[32];

    path_join(path, "/sys/bus/pci/devices/%s/msi_irqs", disk->bdf);
    if (for_each_entry(path, stop_at_first, NULL) > 0) {
        path_join(path, "/sys/bus/pci/devices/%s/msi_irqs/%d", disk->bdf,
                  number);
        return file_exists(path);
    }
    path_join(path, "/sys/bus/pci/devices/%s/irq", disk->bdf);
    return file_read(path, text, sizeof(text)) && atoi(text) == number;
}

/*
 * The sum of the counts of the device's interrupts, how many of them have
 * counted anything, and the interrupt controller's name (32 bytes)
 */
long long disk_interrupts(const Disk *disk, int *vectors, char *chip)
{
    FILE *file = fopen("/proc/interrupts", "re");
    long long sum = 0;
    char line[1024];
    int number;

    *vectors = 0;
    chip[0] = '\0';
    if (!file) {
        return -1;
    }
    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "%d:", &number) == 1 &&
            owns_interrupt(disk, number)) {
            long long count = count_line(line, chip);

            sum += count;
            *vectors += count > 0;
        }
    }
    fclose(file);
    return sum;
}

/* Exercise the disk once and report that, with the interrupts it raised */
void disk_report(const Disk *disk, int round, long long bytes)
{
    char error[ERROR_BYTES], chip[32];
    long long before, after, began = clock_ms();
    int vectors;
    Record record;
    bool good;

    before = disk_interrupts(disk, &vectors, chip);
    good = disk_exercise(disk, round, bytes, error);
    after = disk_interrupts(disk, &vectors, chip);
    record_begin(&record, "dma");
    record_text(&record, "bdf", disk->bdf);
    record_text(&record, "disk", disk->name);
    record_text(&record, "serial", disk->serial);
    record_text(&record, "driver", disk->driver);
    record_number(&record, "round", round);
    record_number(&record, "bytes", bytes);
    record_text(&record, "result", good ? "verified" : "failed");
    if (!good) {
        record_text(&record, "error", error);
    }
    record_text(&record, "chip", chip);
    record_number(&record, "vectors", vectors);
    record_number(&record, "interrupts_before", before);
    record_number(&record, "interrupts_after", after);
    record_number(&record, "ms", clock_ms() - began);
    record_end(&record);
}
