/*
 * Transactions of the device msmmu-engine, and its local memory.
 *
 * Where the function's memory is a stream (hw/arm/msmmu/stream.h), it is asked
 * once for each transaction, with all attributes, and the access is made where
 * it says. Elsewhere, and unmarked, accesses take the DMA address space of the
 * function, as those of any device.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/rcu.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci.h"
#include "engine.h"

/* ---- What is there ---- */

EngineBus msmmu_engine_bus(MsmmuEngine *s)
{
    PCIDevice *dev = PCI_DEVICE(s);
    MsmmuStream *stream = msmmu_stream_of(dev);

    return (EngineBus) {
        .master = &dev->bus_master_enable_region,
        .stream = stream,
        .stream_class = stream ? MSMMU_STREAM_GET_CLASS(stream) : NULL,
        .as = pci_get_address_space(dev),
        .attrs = { .requester_id = pci_requester_id(dev) },
    };
}

unsigned msmmu_engine_bus_kind(MsmmuEngine *s)
{
    PCIDevice *dev = PCI_DEVICE(s);

    if (msmmu_stream_of(dev)) {
        return BUS_STREAM;
    }
    return pci_device_iommu_address_space(dev) == &address_space_memory ?
           BUS_NONE : BUS_OTHER;
}

MsmmuTransaction msmmu_engine_transaction(uint32_t attr)
{
    return (MsmmuTransaction) {
        .ssid = FIELD_EX32(attr, ATTR, SSID),
        .ssid_valid = FIELD_EX32(attr, ATTR, SSV),
        .privileged = FIELD_EX32(attr, ATTR, PRIV),
        .instruction = FIELD_EX32(attr, ATTR, INST),
        .no_snoop = FIELD_EX32(attr, ATTR, NOSNOOP),
    };
}

/* Where it goes, if the outcome is OK */
static EngineOutcome resolve(const EngineBus *bus, const MsmmuTransaction *t,
                             bool unmarked, MsmmuTransactionTarget *target)
{
    if (!bus->master->enabled) {
        return engine_outcome(STATUS_ABORTED, ABORTED_NO_MASTER);
    }
    if (!bus->stream || unmarked) {
        *target = (MsmmuTransactionTarget) {
            .as = bus->as,
            .address = t->iova,
        };
        return engine_outcome(STATUS_OK, 0);
    }
    switch (bus->stream_class->translate(bus->stream, t, target)) {
    case MSMMU_TRANSACTION_FORWARD:
        return engine_outcome(STATUS_OK, 0);
    case MSMMU_TRANSACTION_RAZ_WI:
        return engine_outcome(STATUS_TERMINATED, 0);
    default:
        return engine_outcome(STATUS_ABORTED, ABORTED_BY_IOMMU);
    }
}

/* ---- Reads and writes ---- */

static EngineOutcome access_once(const EngineBus *bus,
                                 const MsmmuTransaction *t, bool unmarked,
                                 void *buf)
{
    MsmmuTransactionTarget target;
    EngineOutcome out = resolve(bus, t, unmarked, &target);

    if (out.status == STATUS_TERMINATED && !t->write) {
        memset(buf, 0, t->size);
    }
    if (engine_is_ok(out) &&
        address_space_rw(target.as, target.address, bus->attrs, buf, t->size,
                         t->write) != MEMTX_OK) {
        return engine_outcome(STATUS_ABORTED, ABORTED_BY_TARGET);
    }
    return out;
}

/*
 * An unmarked transaction is one call of the memory core and nothing around it,
 * as other devices make them. A target is valid within a critical section.
 */
EngineOutcome msmmu_engine_bus_access(const EngineBus *bus,
                                      const MsmmuTransaction *t, bool unmarked,
                                      void *buf)
{
    if (unmarked) {
        return access_once(bus, t, true, buf);
    }
    RCU_READ_LOCK_GUARD();
    return access_once(bus, t, false, buf);
}

/* ---- Atomic accesses ---- */

/*
 * RAM of @size bytes at @target, or NULL: to be given back by unmap(). An IOMMU
 * that knows no atomic accesses is asked for both permissions.
 */
static void *map(const MsmmuTransactionTarget *target, hwaddr size,
                 MemTxAttrs attrs)
{
    hwaddr len = size;
    hwaddr offset;
    ram_addr_t ram_addr;
    MemoryRegion *mr = address_space_translate(target->as, target->address,
                                               &offset, &len, false, attrs);
    void *host;

    if (len < size || !memory_access_is_direct(mr, true, attrs)) {
        return NULL;
    }
    host = address_space_map(target->as, target->address, &len, true, attrs);
    /* Else it was not permitted, and this is a buffer in between. */
    if (host && len >= size && memory_region_from_host(host, &ram_addr) &&
        QEMU_IS_ALIGNED((uintptr_t)host, size)) {
        return host;
    }
    if (host) {
        address_space_unmap(target->as, host, len, true, 0);
    }
    return NULL;
}

static void unmap(const MsmmuTransactionTarget *target, void *host,
                  hwaddr size, bool written)
{
    address_space_unmap(target->as, host, size, true, written ? size : 0);
}

static uint64_t new_value(const EngineOperation *op, uint64_t old,
                          uint32_t size)
{
    const uint64_t mask = size < 8 ? UINT32_MAX : UINT64_MAX;

    switch (op->op) {
    case OP_ADD:
        return (old + op->operand) & mask;
    case OP_CAS:
        return (old == (op->operand2 & mask) ? op->operand : old) & mask;
    default:
        return op->operand & mask;
    }
}

/*
 * Atomic for CPUs too, as TCG runs their accesses as the same of the host. To
 * try again takes a change by somebody else, whose update was made then.
 */
static uint64_t update32(uint32_t *host, const EngineOperation *op)
{
    uint32_t old = qatomic_read(host);

    for (;;) {
        uint32_t new = cpu_to_le32(new_value(op, le32_to_cpu(old), 4));
        uint32_t seen = qatomic_cmpxchg(host, old, new);

        if (seen == old) {
            return le32_to_cpu(old);
        }
        old = seen;
    }
}

static uint64_t update64(uint64_t *host, const EngineOperation *op)
{
    uint64_t old = qatomic_read(host);

    for (;;) {
        uint64_t new = cpu_to_le64(new_value(op, le64_to_cpu(old), 8));
        uint64_t seen = qatomic_cmpxchg(host, old, new);

        if (seen == old) {
            return le64_to_cpu(old);
        }
        old = seen;
    }
}

EngineOutcome msmmu_engine_bus_atomic(const EngineBus *bus,
                                      const MsmmuTransaction *t, bool unmarked,
                                      const EngineOperation *op,
                                      uint64_t *old)
{
    MsmmuTransactionTarget target;
    EngineOutcome out;
    void *host;

    RCU_READ_LOCK_GUARD();
    *old = 0;
    out = resolve(bus, t, unmarked, &target);
    if (!engine_is_ok(out)) {
        return out;
    }
    host = map(&target, t->size, bus->attrs);
    if (!host) {
        return engine_outcome(STATUS_ABORTED, ABORTED_BY_TARGET);
    }
    *old = t->size == 4 ? update32(host, op) : update64(host, op);
    unmap(&target, host, t->size, new_value(op, *old, t->size) != *old);
    return out;
}

/* ---- The local memory ---- */

void msmmu_engine_local_read(const MsmmuEngine *s, uint64_t offset, void *buf,
                             size_t len)
{
    const uint8_t *local = memory_region_get_ram_ptr((MemoryRegion *)&s->local);
    size_t start = offset % ENGINE_LOCAL_SIZE;
    size_t first = MIN(len, ENGINE_LOCAL_SIZE - start);

    memcpy(buf, local + start, first);
    memcpy(buf + first, local, len - first);
}

void msmmu_engine_local_write(MsmmuEngine *s, uint64_t offset,
                              const void *buf, size_t len)
{
    uint8_t *local = memory_region_get_ram_ptr(&s->local);
    size_t start = offset % ENGINE_LOCAL_SIZE;
    size_t first = MIN(len, ENGINE_LOCAL_SIZE - start);

    memcpy(local + start, buf, first);
    memory_region_set_dirty(&s->local, start, first);
    if (len > first) {
        memcpy(local, buf + first, len - first);
        memory_region_set_dirty(&s->local, 0, len - first);
    }
}
