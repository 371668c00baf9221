/*
 * The accesses that an SMMUv3 instance makes itself: structures, descriptors
 * and queues (IHI 0070 13.8).
 *
 * They reach memory: RAM, and ROM for reads. Anything else ends with an
 * external abort (IMPLEMENTATION DEFINED): a read or write of a peripheral
 * could come back to this instance, as a register access or as a DMA that is
 * to be translated, while it holds its lock.
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

bool msmmu_guest_memory_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    const MemTxAttrs attrs = MEMTXATTRS_UNSPECIFIED;

    RCU_READ_LOCK_GUARD();
    while (len) {
        hwaddr piece = len;
        hwaddr offset;
        MemoryRegion *mr = address_space_translate(&address_space_memory, pa,
                                                   &offset, &piece, false,
                                                   attrs);

        if (!memory_access_is_direct(mr, false, attrs)) {
            return false;
        }
        copy_from_host(buf, qemu_map_ram_ptr(mr->ram_block, offset), piece);
        pa += piece;
        buf += piece;
        len -= piece;
    }
    return true;
}

bool msmmu_guest_memory_write(void *opaque, uint64_t pa, const void *buf,
                              size_t len)
{
    while (len) {
        MemoryRegionCache cache;
        int64_t piece = address_space_cache_init(&cache, &address_space_memory,
                                                 pa, len, true);

        if (piece <= 0) {
            return false;
        }
        if (!cache.ptr) {
            address_space_cache_destroy(&cache);
            return false;
        }
        copy_to_host(cache.ptr, buf, piece);
        address_space_cache_invalidate(&cache, 0, piece);
        address_space_cache_destroy(&cache);
        pa += piece;
        buf += piece;
        len -= piece;
    }
    return true;
}

/*
 * Also for CPUs: TCG runs atomic accesses of the guest as atomic accesses of
 * the host, on the same bytes. The range was written when it is unmapped, even
 * if it was not, so that dirty tracking and translated code see it.
 */
MsmmuUpdate msmmu_guest_memory_update(void *opaque, uint64_t pa,
                                      uint64_t expected, uint64_t desired)
{
    const hwaddr len = sizeof(uint64_t);
    hwaddr mapped = len;
    MsmmuUpdate result = MSMMU_UPDATE_ABORT;
    uint64_t *word;

    RCU_READ_LOCK_GUARD();
    word = address_space_map(&address_space_memory, pa, &mapped, true,
                             MEMTXATTRS_UNSPECIFIED);
    if (!word) {
        return result;
    }
    if (mapped == len && qemu_ram_block_from_host(word, false, &(ram_addr_t) {0})) {
        result = qatomic_cmpxchg(word, cpu_to_le64(expected),
                                 cpu_to_le64(desired)) == cpu_to_le64(expected)
            ? MSMMU_UPDATE_DONE : MSMMU_UPDATE_CHANGED;
    }
    address_space_unmap(&address_space_memory, word, mapped, true, mapped);
    return result;
}
