/*
 * Step 7: what a stream is translated by: its tables, CD and STE.
 *
 * Stage 1 takes the device's addresses (IOVA) to intermediate ones (IPA),
 * stage 2 takes those to where memory is (PA). Without one of them its input
 * is its output. With both the CD and the tables of stage 1 are found by IPAs,
 * so stage 2 maps them, too. No two of these addresses are the same here, so
 * that a stage that is left out shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FIRMWARE_STREAM_H
#define FIRMWARE_STREAM_H

#include "smmu.h"
#include "tables.h"

/* Bits of IOVA at stage 1, and of IPA at stage 2: right with each granule */
#define S1_INPUT_BITS 39
#define S2_INPUT_BITS 32

typedef enum StreamMemory {
    STREAM_NORMAL,              /* write-back, Inner Shareable */
    STREAM_DEVICE,              /* Device-nGnRE, for doorbells */
} StreamMemory;

/* What the SMMU keeps in the descriptors of each stage, each with the last */
typedef enum StreamFlags {
    STREAM_NO_FLAGS,
    STREAM_ACCESS,
    STREAM_DIRTY,
} StreamFlags;

typedef struct Stream {
    Smmu *smmu;
    uint32_t sid;
    unsigned tag;               /* its ASID and VMID, which no other has */
    bool stage1;
    bool stage2;
    unsigned granule_shift;
    bool big_endian;
    uintptr_t area;             /* from here on stage 2 maps our own memory */
    Tables s1;
    Tables s2;
    uint64_t *cd;
} Stream;

/*
 * Begin: tables without a mapping. All that is taken from the heap until
 * stream_map_own() has an IPA.
 */
void stream_init(Stream *stream, Smmu *smmu, uint32_t sid, bool stage1,
                 bool stage2, unsigned granule_shift, bool big_endian);

/* Does the instance want, or permit, big-endian tables? */
bool stream_default_endian(const Smmu *smmu);

/* Map whole granules, at each stage, for reading and writing. */
void stream_map(Stream *stream, uint64_t iova, uint64_t pa, size_t bytes,
                StreamMemory memory);

/* PA to IPA; the same without stage 2 */
uint64_t stream_ipa(const Stream *stream, const void *at);

/* The words of its CD and STE */
void stream_make_cd(const Stream *stream, StreamFlags flags, uint64_t *cd);
void stream_make_ste(const Stream *stream, StreamFlags flags, uint64_t *ste);

/* Map at stage 2 what stage 1 itself needs. */
void stream_map_own(Stream *stream);

/* Write the CD, then the STE. */
void stream_enable(Stream *stream, StreamFlags flags);

/* Forget cached translations: of all, or of one IOVA and its IPA. */
void stream_invalidate_all(Stream *stream);
void stream_invalidate_page(Stream *stream, uint64_t iova, uint64_t ipa);

#endif
