/*
 * A device's tables and data.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

/* Largest granule: no two devices' data share one */
#define ALIGNMENT (64 * KIB)
#define EMPTY 0xee

bool port_way(const Port *port, unsigned index, Way *way)
{
    const SmmuFeatures *f = &port->smmu->features;
    /* Stage 1, stage 2, both */
    const bool offered[] = { f->stage1, f->stage2, f->stage1 && f->stage2 };

    for (unsigned stages = 1; stages <= 3; stages++) {
        for (unsigned i = 0; i < f->num_granules; i++) {
            if (offered[stages - 1] && !index--) {
                *way = (Way) { stages & 1, stages & 2, f->granule_shift[i] };
                return true;
            }
        }
    }
    return false;
}

const char *port_way_name(const Way *way)
{
    static const char *const names[3][3] = {
        { "stage 1, 4K", "stage 1, 16K", "stage 1, 64K" },
        { "stage 2, 4K", "stage 2, 16K", "stage 2, 64K" },
        { "nested, 4K", "nested, 16K", "nested, 64K" },
    };

    return names[way->stage1 + 2 * way->stage2 - 1]
                [(way->granule_shift - 12) / 2];
}

/* All in one piece: guard, source, guard, target, guard */
static void take_data(Port *port)
{
    uint8_t *data = memory_take(2 * PORT_BYTES + 3 * ALIGNMENT, ALIGNMENT);

    port->source = data + ALIGNMENT;
    port->target = data + 2 * ALIGNMENT + PORT_BYTES;
}

/* The doorbell has 64 KiB for itself, so that any granule can map it alone. */
static void map(Port *port)
{
    Stream *stream = &port->stream;

    stream_map(stream, IOVA_SOURCE, (uintptr_t)port->source, PORT_BYTES,
               STREAM_NORMAL);
    stream_map(stream, IOVA_TARGET, (uintptr_t)port->target, PORT_BYTES,
               STREAM_NORMAL);
    if (port->its) {
        stream_map(stream, IOVA_DOORBELL,
                   its_doorbell(port->its) & -ITS_DOORBELL_BYTES,
                   ITS_DOORBELL_BYTES, STREAM_DEVICE);
    }
    stream_map_own(stream);
}

void port_prepare(Port *port, const Way *way)
{
    take_data(port);
    if (!port->smmu) {
        pci_set_master(&port->dma.pci, true);
        return;
    }
    stream_init(&port->stream, port->smmu, port->sid, way->stage1,
                way->stage2, way->granule_shift,
                stream_default_endian(port->smmu));
    map(port);
    stream_enable(&port->stream, STREAM_NO_FLAGS);
    pci_set_master(&port->dma.pci, true);
}

/* The STE first: what is not used any more can be forgotten. */
void port_forget(Port *port)
{
    static const uint64_t abort_all[STE_WORDS] = { STE_V };

    if (port->smmu) {
        smmu_set_ste(port->smmu, port->sid, abort_all);
        stream_invalidate_all(&port->stream);
    }
}

/* ---- Data --------------------------------------------------------------- */

static uint8_t byte_of(uint32_t seed, size_t at)
{
    uint32_t value = (seed + at) * 2654435761u;

    return value >> 24;
}

void port_fill(Port *port, uint32_t seed)
{
    memset(port->source - ALIGNMENT, EMPTY, 2 * PORT_BYTES + 3 * ALIGNMENT);
    for (size_t i = 0; i < PORT_BYTES; i++) {
        port->source[i] = byte_of(seed, i);
    }
    cpu_barrier();
}

static bool is_empty(const uint8_t *from, const uint8_t *end)
{
    while (from < end && *from == EMPTY) {
        from++;
    }
    return from == end;
}

bool port_has_moved(const Port *port, uint32_t seed, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (port->target[i] != byte_of(seed, i) ||
            port->source[i] != byte_of(seed, i)) {
            return false;
        }
    }
    return is_empty(port->source - ALIGNMENT, port->source) &&
        is_empty(port->target - ALIGNMENT, port->target) &&
        is_empty(port->target + bytes, port->target + PORT_BYTES + ALIGNMENT);
}

bool port_is_untouched(const Port *port)
{
    return is_empty(port->source - ALIGNMENT, port->source) &&
        is_empty(port->target - ALIGNMENT,
                 port->target + PORT_BYTES + ALIGNMENT);
}
