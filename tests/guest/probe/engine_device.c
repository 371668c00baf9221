/*
 * The DMA test engine: a function's registers, rings and interrupts
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"
#include "probe.h"

#define REGISTER_BYTES 0x10000

/* PCI configuration space */
#define PCI_COMMAND 0x04
#define PCI_COMMAND_MEMORY_AND_MASTER 6
#define PCI_CAPABILITIES 0x34
#define PCI_CAPABILITY_EXPRESS 0x10
#define PCI_DEVICE_CONTROL_2 0x28
#define PCI_DEVICE_CONTROL_2_ATOMIC 0x40

const char *const operation_names[OP_COUNT] = {
    "nop", "read", "write", "fill", "checksum", "compare", "verify", "copy",
    "add", "swap", "cas",
};
const char *const pattern_names[PATTERN_COUNT] = {
    "linear", "strided", "random", "scatter",
};
const char *const status_names[STATUS_COUNT] = {
    "incomplete", "ok", "aborted", "terminated", "not supported",
    "bad descriptor", "mismatch",
};

/* ---- Registers and local memory: device memory, only aligned words ---- */

uint32_t engine_read(const Engine *engine, size_t offset)
{
    /* volatile: a device's register */
    return *(volatile uint32_t *)(engine->registers + offset);
}

void engine_write(const Engine *engine, size_t offset, uint32_t value)
{
    /* volatile: a device's register */
    *(volatile uint32_t *)(engine->registers + offset) = value;
}

/* A word that the engine reads and writes, too */
static uint64_t shared_read(const uint8_t *at)
{
    /* volatile: read once, and as one word */
    return *(const volatile uint64_t *)at;
}

static void shared_write(uint8_t *at, uint64_t value)
{
    /* volatile: written once, and as one word */
    *(volatile uint64_t *)at = value;
}

uint64_t local_read(const Engine *engine, size_t offset)
{
    return shared_read(engine->local + offset);
}

void local_write(const Engine *engine, size_t offset, uint64_t value)
{
    shared_write(engine->local + offset, value);
}

/* ---- Opening ---- */

static void *map_bar(const Engine *engine, unsigned index, size_t bytes)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
    void *at;

    if (ioctl(engine->device, VFIO_DEVICE_GET_REGION_INFO, &info) ||
        info.size < bytes) {
        return NULL;
    }
    at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, engine->device,
              info.offset);
    return at == MAP_FAILED ? NULL : at;
}

static uint16_t config_read(const Engine *engine, unsigned offset)
{
    uint16_t value = 0;

    if (pread(engine->device, &value, 2, engine->config_offset + offset) != 2) {
        return 0xffff;
    }
    return value;
}

static bool config_set(const Engine *engine, unsigned offset, uint16_t bits)
{
    uint16_t value = config_read(engine, offset) | bits;

    return pwrite(engine->device, &value, 2,
                  engine->config_offset + offset) == 2 &&
           (config_read(engine, offset) & bits) == bits;
}

static unsigned find_capability(const Engine *engine, uint8_t id)
{
    unsigned at = config_read(engine, PCI_CAPABILITIES) & 0xfc;

    /* A list of at most 48 entries has no loop. */
    for (int i = 0; at && i < 48; i++) {
        uint16_t header = config_read(engine, at);

        if ((header & 0xff) == id) {
            return at;
        }
        at = header >> 8 & 0xfc;
    }
    return 0;
}

static bool enable_function(Engine *engine)
{
    struct vfio_region_info config = {
        .argsz = sizeof(config), .index = VFIO_PCI_CONFIG_REGION_INDEX,
    };
    unsigned express;

    if (ioctl(engine->device, VFIO_DEVICE_GET_REGION_INFO, &config)) {
        return false;
    }
    engine->config_offset = config.offset;
    express = find_capability(engine, PCI_CAPABILITY_EXPRESS);
    return config_set(engine, PCI_COMMAND, PCI_COMMAND_MEMORY_AND_MASTER) &&
           express && config_set(engine, express + PCI_DEVICE_CONTROL_2,
                                 PCI_DEVICE_CONTROL_2_ATOMIC);
}

/*
 * An engine whose file is open. False with @problem and perhaps errno;
 * engine_close() is due anyway, and closes the file.
 */
bool engine_adopt(Engine *engine, int device, const char *bdf,
                  const char **problem)
{
    memset(engine, 0, sizeof(*engine));
    memset(engine->interrupt, -1, sizeof(engine->interrupt));
    snprintf(engine->bdf, sizeof(engine->bdf), "%s", bdf);
    engine->device = device;
    if (device < 0) {
        *problem = "VFIO_GROUP_GET_DEVICE_FD";
        return false;
    }
    engine->registers = map_bar(engine, VFIO_PCI_BAR0_REGION_INDEX,
                                REGISTER_BYTES);
    engine->local = map_bar(engine, VFIO_PCI_BAR2_REGION_INDEX, LOCAL_BYTES);
    if (!engine->registers || !engine->local) {
        *problem = "no access to the registers and the local memory";
        return false;
    }
    if (!enable_function(engine)) {
        *problem = "bus mastering or atomic operations cannot be enabled";
        return false;
    }
    if (engine_read(engine, ENGINE_ID) != ENGINE_ID_VALUE ||
        engine_read(engine, ENGINE_VERSION) >> 16 != 1) {
        *problem = "ID or VERSION is not that of an engine";
        return false;
    }
    engine_write(engine, ENGINE_CTRL, ENGINE_CTRL_RESET);
    return true;
}

/* The same for a device of a group */
bool engine_open(Engine *engine, const VfioGroup *group, const char *bdf,
                 const char **problem)
{
    errno = 0;
    return engine_adopt(engine, ioctl(group->fd, VFIO_GROUP_GET_DEVICE_FD,
                                      bdf), bdf, problem);
}

/* A mapping of its registers alone keeps the device in use. */
void engine_close(Engine *engine)
{
    for (int i = 0; i < ENGINE_RINGS; i++) {
        if (engine->interrupt[i] >= 0) {
            close(engine->interrupt[i]);
        }
    }
    if (engine->registers) {
        munmap(engine->registers, REGISTER_BYTES);
    }
    if (engine->local) {
        munmap(engine->local, LOCAL_BYTES);
    }
    if (engine->device >= 0) {
        close(engine->device);
    }
    engine->device = -1;
}

/* ---- Interrupts ---- */

/*
 * MSI-X, a vector and an eventfd for each ring. Linux maps the page that MSIs
 * are written to in its own page size: behind an SMMU with larger pages only,
 * it refuses, and the engine is polled.
 */
bool engine_interrupts(Engine *engine)
{
    struct {
        struct vfio_irq_set set;
        int fds[ENGINE_RINGS];
    } request = {
        .set = {
            .argsz = sizeof(request),
            .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
            .index = VFIO_PCI_MSIX_IRQ_INDEX,
            .count = ENGINE_RINGS,
        },
    };

    _Static_assert(offsetof(typeof(request), fds) ==
                   offsetof(struct vfio_irq_set, data), "the set has no data");
    for (int i = 0; i < ENGINE_RINGS; i++) {
        engine->interrupt[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        request.fds[i] = engine->interrupt[i];
    }
    if (ioctl(engine->device, VFIO_DEVICE_SET_IRQS, &request)) {
        engine->no_interrupts = errno;
        return false;
    }
    return true;
}

/* How many of ring @number's interrupts came since this was last asked */
int interrupts_taken(const Engine *engine, unsigned number)
{
    uint64_t count;

    return read(engine->interrupt[number], &count, 8) == 8 ? count : 0;
}

/* ---- Rings ---- */

static size_t ring_register(const Ring *ring, size_t offset)
{
    return RING_REGISTERS(ring->number) + offset;
}

/* Descriptors are at @offset in @area, or without one in the local memory. */
void ring_start(Ring *ring, Engine *engine, unsigned number,
                unsigned size_log2, Area *area, size_t offset)
{
    uint64_t base = (area ? area->iova : 0) + offset;

    *ring = (Ring) {
        .engine = engine, .number = number, .size_log2 = size_log2,
        .area = area, .offset = offset,
        .interrupts = engine->interrupt[number] >= 0 &&
                      !engine->no_interrupts,
    };
    engine_write(engine, ring_register(ring, RING_CTRL), 0);
    engine_write(engine, ring_register(ring, RING_BASE), base);
    engine_write(engine, ring_register(ring, RING_BASE + 4), base >> 32);
    engine_write(engine, ring_register(ring, RING_SIZE), size_log2);
    engine_write(engine, ring_register(ring, RING_ATTR), 0);
    engine_write(engine, ring_register(ring, RING_CTRL), RING_CTRL_ENABLE |
                 (area ? 0 : RING_CTRL_LOCAL) |
                 (ring->interrupts ? RING_CTRL_IRQ : 0));
    if (ring->interrupts) {
        interrupts_taken(engine, number);
    }
}

void ring_stop(Ring *ring)
{
    engine_write(ring->engine, ring_register(ring, RING_CTRL), 0);
}

static size_t place(const Ring *ring, uint32_t number)
{
    return ring->offset +
           (number & ((1u << ring->size_log2) - 1)) * DESCRIPTOR_BYTES;
}

static uint8_t *at_place(const Ring *ring, size_t at)
{
    return ring->area ? area_at(ring->area, at) : ring->engine->local + at;
}

/* Put a descriptor in the ring; the engine is told by ring_doorbell(). */
void ring_put(Ring *ring, const uint64_t *word)
{
    size_t at = place(ring, ring->made);

    for (size_t i = 0; i < DESCRIPTOR_WORDS; i++) {
        shared_write(at_place(ring, at + 8 * i),
                     i < WORD_TIME ? word[i] : 0);
    }
    ring->made++;
}

void ring_doorbell(Ring *ring)
{
    __sync_synchronize();
    engine_write(ring->engine, ring_register(ring, RING_PROD), ring->made);
}

static bool is_over(const Ring *ring)
{
    return engine_read(ring->engine, ring_register(ring, RING_CONS)) ==
           ring->made;
}

static bool wait_for_interrupt(const Ring *ring, int timeout_ms)
{
    struct pollfd wait = {
        .fd = ring->engine->interrupt[ring->number], .events = POLLIN,
    };

    return poll(&wait, 1, timeout_ms) == 1;
}

/*
 * Wait until all descriptors are complete, for an interrupt if the last of
 * them makes one, and take its words over. False if that never comes.
 */
bool ring_wait(Ring *ring, int timeout_ms)
{
    size_t last = place(ring, ring->made - 1);
    long long end = clock_ms() + timeout_ms;
    bool done;

    if (ring->interrupts && shared_read(at_place(ring, last)) & WHAT_IRQ) {
        done = wait_for_interrupt(ring, timeout_ms) && is_over(ring);
    } else {
        while (!(done = is_over(ring)) && clock_ms() < end) {
            sleep_ms(1);
        }
    }
    for (size_t i = 0; i < DESCRIPTOR_WORDS; i++) {
        ring->word[i] = shared_read(at_place(ring, last + 8 * i));
    }
    return done;
}
