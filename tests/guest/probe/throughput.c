/*
 * throughput: how fast each PCI disk is, for benchmarks
 *
 * One disk after the other, in rounds that every other time go through them
 * backwards: reads and writes of 1 MiB in a row, and of 4 KiB at random, all
 * past the page cache, one at a time; and reads in a row of which some are
 * always on their way. What is written is never looked at: the disks hold no
 * data. Pages of 4 KiB are mapped for the disk one by one, which is much work
 * for the kernel; those of a huge page are mapped in one piece.
 *
 * Where the CPU counts instructions, which an emulator does with -icount alone,
 * those of kernel and program are told, too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "disks.h"
#include "probe.h"

#define MIB (1 << 20)
#define HUGE_BYTES (2 * MIB)
#define PAGE 4096
#define DEPTH 8
#define WAIT_SECONDS 20
#define NS_PER_S 1000000000LL
#define NS_PER_MS 1000000LL

typedef struct Pattern {
    const char *name;
    bool write;
    bool random;
    size_t bytes;
    int buffer;         /* which, and what it is */
} Pattern;

enum {
    BUFFER_PAGES,
    BUFFER_HUGE,        /* one huge page */
    BUFFER_DEEP,        /* of DEPTH transfers at a time */
    BUFFERS,
};

static const Pattern patterns[] = {
    { "nvme-seq-read", false, false, MIB, BUFFER_PAGES },
    { "nvme-rand-read", false, true, PAGE, BUFFER_PAGES },
    { "nvme-seq-write", true, false, MIB, BUFFER_PAGES },
    { "nvme-rand-write", true, true, PAGE, BUFFER_PAGES },
    { "nvme-seq-read", false, false, MIB, BUFFER_HUGE },
    { "nvme-seq-write", true, false, MIB, BUFFER_HUGE },
    { "nvme-seq-read", false, false, MIB, BUFFER_DEEP },
};

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Counts the instructions of CPU 0; returns -1 where it cannot. */
static int open_counter(void)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_HARDWARE,
        .size = sizeof(attr),
        .config = PERF_COUNT_HW_INSTRUCTIONS,
        .pinned = 1,
    };

    return syscall(SYS_perf_event_open, &attr, -1, 0, -1,
                   PERF_FLAG_FD_CLOEXEC);
}

static long long read_counter(int fd)
{
    long long value = 0;

    return fd >= 0 && read(fd, &value, sizeof(value)) == sizeof(value) ?
           value : 0;
}

/* Makes transfers for so long. Returns how many, or -1. */
static long long transfer(const Pattern *pattern, int fd, char *buffer,
                          off_t size, long long ns, long long *took)
{
    long long began = now_ns(), count = 0;
    off_t places = size / pattern->bytes, place = 0;
    unsigned long long number = 1;

    do {
        off_t at = place * pattern->bytes;
        ssize_t done = pattern->write ?
                       pwrite(fd, buffer, pattern->bytes, at) :
                       pread(fd, buffer, pattern->bytes, at);

        if (done != (ssize_t)pattern->bytes) {
            return -1;
        }
        count++;
        number = number * 6364136223846793005ULL + 1442695040888963407ULL;
        place = (pattern->random ? (off_t)(number >> 33) : place + 1) % places;
        *took = now_ns() - began;
    } while (*took < ns);
    return count;
}

/* The same, of reads in a row, of which DEPTH are always on their way. */
static long long transfer_deep(const Pattern *pattern, int fd, char *buffer,
                               off_t size, long long ns, long long *took)
{
    long long began = now_ns(), count = 0;
    struct iocb blocks[DEPTH], *block;
    struct io_event events[DEPTH];
    aio_context_t context = 0;
    int left = DEPTH, done;
    off_t place = 0;

    if (syscall(SYS_io_setup, DEPTH, &context) < 0) {
        return -1;
    }
    for (int i = 0; i < DEPTH; i++) {
        blocks[i] = (struct iocb) {
            .aio_data = i, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = fd,
            .aio_buf = (unsigned long)buffer + i * pattern->bytes,
            .aio_nbytes = pattern->bytes, .aio_offset = i * pattern->bytes,
        };
        block = &blocks[i];
        place += pattern->bytes;
        if (syscall(SYS_io_submit, context, 1, &block) != 1) {
            return -1;
        }
    }
    while (left > 0) {
        done = syscall(SYS_io_getevents, context, 1, DEPTH, events, NULL);
        *took = now_ns() - began;
        if (done < 1) {
            return -1;
        }
        for (int i = 0; i < done; i++) {
            if (events[i].res != (long long)pattern->bytes) {
                return -1;
            }
            count++;
            block = &blocks[events[i].data];
            block->aio_offset = place;
            place = (place + pattern->bytes) % (size / MIB * MIB);
            if (*took >= ns) {
                left--;
            } else if (syscall(SYS_io_submit, context, 1, &block) != 1) {
                return -1;
            }
        }
    }
    syscall(SYS_io_destroy, context);
    return count;
}

/* The kind of its group's domain, "" if it has none */
static void read_domain(const Disk *disk, char *domain, size_t bytes)
{
    char path[PATH_BYTES];

    path_join(path, "/sys/bus/pci/devices/%s/iommu_group/type", disk->bdf);
    if (!file_read(path, domain, bytes)) {
        domain[0] = '\0';
    }
}

static bool measure(const Disk *disk, const Pattern *pattern, int round,
                    char *buffer, int counter)
{
    long long ns = option_number("bench-ms", 200) * NS_PER_MS;
    char path[PATH_BYTES], domain[32];
    long long count, took = 0, instructions;
    Record record;
    off_t size;
    int fd;

    path_join(path, "/dev/%s", disk->name);
    fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (fd < 0) {
        report_error("throughput", "%s: %s", path, strerror(errno));
        return false;
    }
    size = lseek(fd, 0, SEEK_END);
    instructions = read_counter(counter);
    count = size < DEPTH * MIB ? -1 :
            (pattern->buffer == BUFFER_DEEP ? transfer_deep : transfer)(
                pattern, fd, buffer, size, ns, &took);
    instructions = read_counter(counter) - instructions;
    close(fd);
    if (count < 0) {
        report_error("throughput", "%s: %s", path, strerror(errno));
        return false;
    }
    read_domain(disk, domain, sizeof(domain));
    record_begin(&record, "throughput");
    record_text(&record, "serial", disk->serial);
    record_text(&record, "domain", domain);
    record_text(&record, "what", pattern->name);
    record_number(&record, "huge", pattern->buffer == BUFFER_HUGE);
    record_number(&record, "depth",
                  pattern->buffer == BUFFER_DEEP ? DEPTH : 1);
    record_number(&record, "round", round);
    record_number(&record, "bytes", count * (long long)pattern->bytes);
    record_number(&record, "ns", took);
    record_number(&record, "instructions", instructions);
    record_end(&record);
    return true;
}

static bool measure_all(const Disk *disks, int count, int round,
                        char *buffer[BUFFERS], int counter)
{
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        for (int j = 0; j < count; j++) {
            const Disk *disk = &disks[round % 2 ? count - 1 - j : j];

            if (!measure(disk, &patterns[i], round,
                         buffer[patterns[i].buffer], counter)) {
                return false;
            }
        }
    }
    return true;
}

static bool get_buffers(char *buffer[BUFFERS])
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;

    file_write("/proc/sys/vm/nr_hugepages", "1");
    buffer[BUFFER_PAGES] = buffer[BUFFER_DEEP] =
        mmap(NULL, DEPTH * MIB, PROT_READ | PROT_WRITE, flags, -1, 0);
    buffer[BUFFER_HUGE] = mmap(NULL, HUGE_BYTES, PROT_READ | PROT_WRITE,
                               flags | MAP_HUGETLB, -1, 0);
    return buffer[BUFFER_PAGES] != MAP_FAILED &&
           buffer[BUFFER_HUGE] != MAP_FAILED;
}

int job_throughput(void)
{
    int rounds = option_number("rounds", 5), count;
    int counter = open_counter();
    Disk disks[MAX_DISKS];
    char *buffer[BUFFERS];

    modules_load("disk");
    count = disks_wait(disks, option_number("wait-seconds", WAIT_SECONDS));
    if (!count || !get_buffers(buffer)) {
        report_error("throughput", "no disk on PCI, or no memory");
        return 1;
    }
    for (int round = 0; round < rounds; round++) {
        if (!measure_all(disks, count, round, buffer, counter)) {
            return 1;
        }
    }
    return 0;
}
