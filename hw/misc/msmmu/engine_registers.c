/*
 * Registers of the device msmmu-engine: BAR 0.
 *
 * The memory core turns 64-bit accesses into two of 32 bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "engine.h"

/* ---- Of the function ---- */

static uint32_t features(const MsmmuEngine *s)
{
    uint32_t value = FIELD_DP32(0, FEATURES, ATOMIC, 1);

    return FIELD_DP32(value, FEATURES, PASID, s->pasid_bits > 0);
}

static uint32_t geometry(void)
{
    uint32_t value = FIELD_DP32(0, GEOMETRY, RINGS, ENGINE_RINGS);

    value = FIELD_DP32(value, GEOMETRY, RING_LOG2, ENGINE_RING_LOG2_MAX);
    value = FIELD_DP32(value, GEOMETRY, LOCAL_LOG2, ENGINE_LOCAL_LOG2);
    return FIELD_DP32(value, GEOMETRY, DESCRIPTOR_LOG2,
                      ENGINE_DESCRIPTOR_LOG2);
}

static uint32_t running_rings(const MsmmuEngine *s)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < ENGINE_RINGS; i++) {
        value |= (uint32_t)(s->ring[i].state == RING_RUNNING) << i;
    }
    return value;
}

static uint32_t function_read(MsmmuEngine *s, hwaddr offset)
{
    switch (offset) {
    case REG_ID:
        return ENGINE_ID;
    case REG_VERSION:
        return ENGINE_VERSION;
    case REG_FEATURES:
        return features(s);
    case REG_GEOMETRY:
        return geometry();
    case REG_STATUS:
        return running_rings(s);
    case REG_BUS:
        return msmmu_engine_bus_kind(s);
    case REG_REQUESTER:
        return pci_requester_id(PCI_DEVICE(s));
    default:
        return 0;
    }
}

static void function_write(MsmmuEngine *s, hwaddr offset, uint32_t value)
{
    if (offset == REG_CTRL && FIELD_EX32(value, CTRL, RESET)) {
        msmmu_engine_rings_reset(s);
    }
}

/* ---- Of a ring ---- */

static uint32_t half_of(uint64_t value, hwaddr offset)
{
    return offset & 4 ? value >> 32 : value;
}

static void set_half(uint64_t *p, hwaddr offset, uint32_t value)
{
    *p = deposit64(*p, offset & 4 ? 32 : 0, 32, value);
}

static uint32_t ring_read(const EngineRing *ring, hwaddr offset)
{
    switch (offset) {
    case RING_BASE:
    case RING_BASE_HI:
        return half_of(ring->base, offset);
    case RING_SIZE:
        return ring->size_log2;
    case RING_CTRL:
        return ring->ctrl;
    case RING_ATTR:
        return ring->attr;
    case RING_PROD:
        return ring->prod;
    case RING_CONS:
        return ring->cons;
    case RING_STATUS:
        return FIELD_DP32(ring->state, RING_STATUS, WHY, ring->why);
    case RING_TIME:
    case RING_TIME_HI:
        return half_of(ring->time, offset);
    case RING_TRANSACTIONS:
    case RING_TRANSACTIONS_HI:
        return half_of(ring->transactions, offset);
    case RING_BYTES:
    case RING_BYTES_HI:
        return half_of(ring->bytes, offset);
    default:
        return 0;
    }
}

static void write_ctrl(EngineRing *ring, uint32_t value)
{
    const uint32_t local = R_RING_CTRL_LOCAL_MASK;
    bool was = ring->state != RING_DISABLED;
    bool is = FIELD_EX32(value, RING_CTRL, ENABLE);

    value &= RING_CTRL_MASK;
    if (was) {
        value = (value & ~local) | (ring->ctrl & local);
    }
    ring->ctrl = value;
    if (is && !was) {
        msmmu_engine_ring_enable(ring);
    } else if (was && !is) {
        msmmu_engine_ring_disable(ring);
    }
}

/* What a ring at work depends on */
static void write_setup(EngineRing *ring, hwaddr offset, uint32_t value)
{
    if (ring->state != RING_DISABLED) {
        return;
    }
    switch (offset) {
    case RING_BASE:
    case RING_BASE_HI:
        set_half(&ring->base, offset, value);
        ring->base &= -(uint64_t)ENGINE_DESCRIPTOR_SIZE;
        break;
    case RING_SIZE:
        ring->size_log2 = MIN(FIELD_EX32(value, RING_SIZE, LOG2),
                              ENGINE_RING_LOG2_MAX);
        break;
    case RING_ATTR:
        ring->attr = FIELD_DP32(value, ATTR, RES0, 0);
        break;
    }
}

static void ring_write(MsmmuEngine *s, EngineRing *ring, hwaddr offset,
                       uint32_t value)
{
    switch (offset) {
    case RING_CTRL:
        write_ctrl(ring, value);
        break;
    case RING_PROD:
        msmmu_engine_ring_doorbell(s, ring, value);
        break;
    case RING_TIME:
    case RING_TIME_HI:
        set_half(&ring->time, offset, value);
        break;
    case RING_TRANSACTIONS:
    case RING_TRANSACTIONS_HI:
        set_half(&ring->transactions, offset, value);
        break;
    case RING_BYTES:
    case RING_BYTES_HI:
        set_half(&ring->bytes, offset, value);
        break;
    default:
        write_setup(ring, offset, value);
        break;
    }
}

/* ---- All of them ---- */

/* The ring that has registers at @offset, or NULL */
static EngineRing *ring_at(MsmmuEngine *s, hwaddr offset)
{
    uint64_t n = (offset - ENGINE_RING_BASE) / ENGINE_RING_STRIDE;

    return offset >= ENGINE_RING_BASE && n < ENGINE_RINGS ? &s->ring[n] : NULL;
}

static uint64_t mmio_read(void *opaque, hwaddr offset, unsigned size)
{
    MsmmuEngine *s = opaque;
    const EngineRing *ring = ring_at(s, offset);

    return ring ? ring_read(ring, offset % ENGINE_RING_STRIDE)
                : function_read(s, offset);
}

static void mmio_write(void *opaque, hwaddr offset, uint64_t value,
                       unsigned size)
{
    MsmmuEngine *s = opaque;
    EngineRing *ring = ring_at(s, offset);

    if (ring) {
        ring_write(s, ring, offset % ENGINE_RING_STRIDE, value);
    } else {
        function_write(s, offset, value);
    }
}

/* A doubleword is accessed as its two halves. */
const MemoryRegionOps msmmu_engine_register_ops = {
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid.min_access_size = 4,
    .valid.max_access_size = 8,
    .impl.min_access_size = 4,
    .impl.max_access_size = 4,
    .read = mmio_read,
    .write = mmio_write,
};
