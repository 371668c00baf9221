/*
 * A stream that is translated: its STE, CD and tables, and what is mapped.
 *
 * An area of memory is mapped page by page. At stage 1 it is found at another
 * address than where it is, and at stage 2 at a third, so that a stage that is
 * left out shows. With both stages the CD and the tables of stage 1 are in the
 * area, too, and stage 1 names them by their IPA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_STREAM_H
#define BAREMETAL_STREAM_H

#include "smmu.h"
#include "tables.h"

#define STREAM_ASID 1
#define STREAM_VMID 1

typedef struct Stream {
    Smmu *smmu;
    uint32_t sid;
    bool stage1;
    bool stage2;
    unsigned granule_shift;
    bool big_endian;
    uintptr_t area;
    size_t area_bytes;
    Tables s1;
    Tables s2;
    uint64_t *cd;
} Stream;

/*
 * Begin: tables without a mapping. All that is taken from the heap until
 * stream_map_area() is in the area.
 */
void stream_init(Stream *stream, Smmu *smmu, uint32_t sid, bool stage1,
                 bool stage2, unsigned granule_shift, bool big_endian);

/* Map the rest of the area, at each stage, for reading and writing. */
void stream_map_area(Stream *stream);

/* Map @page, and return its descriptor at that stage. */
uint64_t *stream_map_s1(Stream *stream, const void *page, uint64_t attributes);
uint64_t *stream_map_s2(Stream *stream, const void *page, uint64_t attributes);

/* Addresses for the device, and between the stages */
uint64_t stream_iova(const Stream *stream, const void *at);
uint64_t stream_ipa(const Stream *stream, const void *at);

/* What the SMMU keeps in the descriptors of each stage, each with the last */
typedef enum StreamFlags {
    STREAM_NO_FLAGS,
    STREAM_ACCESS,
    STREAM_DIRTY,
} StreamFlags;

/* Write CD and STE. */
void stream_enable(Stream *stream, StreamFlags flags);

/* Forget cached translations: of all, or of one page. */
void stream_invalidate_all(Stream *stream);
void stream_invalidate_page(Stream *stream, const void *page);

#endif
