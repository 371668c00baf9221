/*
 * The addresses of a range of the device msmmu-engine: accesses by a pattern,
 * cut into transactions at multiples of 4 KiB.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "engine.h"

/* The generator SplitMix64: any number of the sequence in one step */
static uint64_t random_number(uint64_t seed, uint64_t i)
{
    uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15ULL;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint64_t random_address(const EngineRange *range, uint64_t i)
{
    uint64_t places = MAX(range->step / range->size, 1);

    return range->address + random_number(range->seed, i) % places *
                            range->size;
}

/* An entry of a scatter list becomes the cursor's access. */
static EngineOutcome take_entry(const MsmmuEngine *s, const EngineRange *range,
                                EngineCursor *cursor)
{
    uint64_t entry[2];
    uint64_t offset = range->address + cursor->index * ENGINE_LIST_ENTRY_SIZE;

    QEMU_BUILD_BUG_ON(sizeof(entry) != ENGINE_LIST_ENTRY_SIZE);
    msmmu_engine_local_read(s, offset, entry, sizeof(entry));
    entry[1] = le64_to_cpu(entry[1]);
    if (entry[1] == 0 || entry[1] > UINT32_MAX) {
        return engine_outcome(STATUS_BAD_DESCRIPTOR, BAD_LIST);
    }
    cursor->address = le64_to_cpu(entry[0]);
    cursor->left = entry[1];
    return engine_outcome(STATUS_OK, 0);
}

/* Begin access cursor->index. */
static EngineOutcome begin_access(const MsmmuEngine *s,
                                  const EngineRange *range,
                                  EngineCursor *cursor)
{
    uint64_t i = cursor->index;

    switch (range->pattern) {
    case PATTERN_SCATTER:
        return take_entry(s, range, cursor);
    case PATTERN_STRIDED:
        cursor->address = range->address + i * range->step;
        break;
    case PATTERN_RANDOM:
        cursor->address = random_address(range, i);
        break;
    default:
        cursor->address = range->address + i * range->size;
        break;
    }
    cursor->left = range->size;
    return engine_outcome(STATUS_OK, 0);
}

EngineOutcome msmmu_engine_range_next(const MsmmuEngine *s,
                                      const EngineRange *range,
                                      EngineCursor *cursor, uint32_t max,
                                      EnginePiece *piece)
{
    EngineOutcome out = engine_outcome(STATUS_OK, 0);
    uint32_t to_boundary;

    *piece = (EnginePiece) { 0 };
    if (cursor->left == 0) {
        bool has_bytes = range->size || range->pattern == PATTERN_SCATTER;

        if (!has_bytes || cursor->index >= range->count) {
            return out;
        }
        out = begin_access(s, range, cursor);
        if (!engine_is_ok(out)) {
            return out;
        }
        cursor->index++;
    }
    to_boundary = MSMMU_TRANSACTION_MAX -
                  cursor->address % MSMMU_TRANSACTION_MAX;
    piece->iova = cursor->address;
    piece->size = MIN(MIN(cursor->left, to_boundary), max);
    cursor->address += piece->size;
    cursor->left -= piece->size;
    return out;
}
