/*
 * The accesses that an SMMUv3 instance makes itself: structures, descriptors
 * and queues (IHI 0070 13.8).
 *
 * Memory, RAM and ROM, is read where the host has it (host_map.c). Registers of
 * a device are read as by any other bus master, but for those of an SMMU of
 * this kind, of which two could wait for each other, and those that are reached
 * while registers are being read: a device that reads memory to answer may read
 * it through an SMMU.
 *
 * Writes and updates reach RAM alone: they are made with locks of the core
 * held, or must be one step for everybody. All else ends with an external abort
 * (IMPLEMENTATION DEFINED).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/rcu.h"
#include "exec/address-spaces.h"
#include "smmuv3_private.h"

/*
 * Each naturally aligned doubleword is read and written in one piece: CPUs
 * change descriptors and configuration while they are read (3.21.3, 5.5).
 */
static bool is_doublewords(const void *host, size_t len)
{
    return QEMU_IS_ALIGNED((uintptr_t)host | len, sizeof(uint64_t));
}

static void copy_from_host(void *buf, const void *host, size_t len)
{
    if (!is_doublewords(host, len)) {
        memcpy(buf, host, len);
        return;
    }
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t word = qatomic_read((const uint64_t *)(host + i));

        memcpy(buf + i, &word, sizeof(word));
    }
}

static void copy_to_host(void *host, const void *buf, size_t len)
{
    if (!is_doublewords(host, len)) {
        memcpy(host, buf, len);
        return;
    }
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, buf + i, sizeof(word));
        qatomic_set((uint64_t *)(host + i), word);
    }
}

/* ---- Reads ------------------------------------------------------------- */

/*
 * Takes the big lock, if this thread does not hold it, as each access of a
 * device to registers does.
 */
static bool read_registers(MemoryRegion *mr, uint64_t pa, void *buf,
                           size_t len)
{
    static __thread bool reading;
    MemTxResult result;

    if (reading || msmmu_smmuv3_has_registers(mr)) {
        return false;
    }
    reading = true;
    result = address_space_read(&address_space_memory, pa,
                                MEMTXATTRS_UNSPECIFIED, buf, len);
    reading = false;
    return result == MEMTX_OK;
}

/* What is no memory, or in pieces. */
static bool read_pieces(uint64_t pa, void *buf, size_t len)
{
    const MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;

    RCU_READ_LOCK_GUARD();
    while (len) {
        hwaddr piece = len;
        hwaddr offset;
        MemoryRegion *mr = address_space_translate(&address_space_memory, pa,
                                                   &offset, &piece, false,
                                                   attrs);

        if (memory_access_is_direct(mr, false, attrs)) {
            copy_from_host(buf, qemu_map_ram_ptr(mr->ram_block, offset),
                           piece);
        } else if (!read_registers(mr, pa, buf, piece)) {
            return false;
        }
        pa += piece;
        buf += piece;
        len -= piece;
    }
    return true;
}

bool msmmu_guest_memory_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    MsmmuSmmuv3State *s = opaque;
    const void *host = msmmu_host_map_find(&s->host_map, pa, len);

    if (unlikely(!host)) {
        return read_pieces(pa, buf, len);
    }
    copy_from_host(buf, host, len);
    return true;
}

/* ---- Writes ------------------------------------------------------------ */

/*
 * Memory of one piece at @pa, at most @len bytes, to be written. Undone with
 * unmap(), which makes dirty tracking and translated code see what was written.
 * False for what cannot be: also ROM.
 */
static bool map(MemoryRegionCache *cache, uint64_t pa, size_t len)
{
    int64_t mapped = address_space_cache_init(cache, &address_space_memory, pa,
                                              len, true);

    if (mapped <= 0 || !cache->ptr) {
        address_space_cache_destroy(cache);
        return false;
    }
    return true;
}

static void unmap(MemoryRegionCache *cache, size_t written)
{
    if (written) {
        address_space_cache_invalidate(cache, 0, written);
    }
    address_space_cache_destroy(cache);
}

bool msmmu_guest_memory_write(void *opaque, uint64_t pa, const void *buf,
                              size_t len)
{
    RCU_READ_LOCK_GUARD();
    while (len) {
        MemoryRegionCache cache;
        size_t piece;

        if (!map(&cache, pa, len)) {
            return false;
        }
        piece = cache.len;
        copy_to_host(cache.ptr, buf, piece);
        unmap(&cache, piece);
        pa += piece;
        buf += piece;
        len -= piece;
    }
    return true;
}

/*
 * Atomic for CPUs, too: TCG runs atomic accesses of the guest, and its plain
 * accesses of an aligned doubleword, as the same of the host, on the same
 * bytes. Memory that the host cannot update atomically, because it is mapped
 * askew, takes no atomic accesses either.
 */
MsmmuUpdate msmmu_guest_memory_update(void *opaque, uint64_t pa,
                                      uint64_t expected, uint64_t desired)
{
    const uint64_t old = cpu_to_le64(expected);
    MemoryRegionCache cache;
    MsmmuUpdate result;

    RCU_READ_LOCK_GUARD();
    if (!map(&cache, pa, sizeof(old))) {
        return MSMMU_UPDATE_ABORT;
    }
    if (cache.len < sizeof(old) ||
        !QEMU_IS_ALIGNED((uintptr_t)cache.ptr, sizeof(old))) {
        result = MSMMU_UPDATE_ABORT;
    } else if (qatomic_cmpxchg((uint64_t *)cache.ptr, old,
                               cpu_to_le64(desired)) == old) {
        result = MSMMU_UPDATE_DONE;
    } else {
        result = MSMMU_UPDATE_CHANGED;
    }
    unmap(&cache, result == MSMMU_UPDATE_DONE ? sizeof(old) : 0);
    return result;
}
