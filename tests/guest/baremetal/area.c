/*
 * An area of memory, mapped page by page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "area.h"

#define VA_BIAS 0x1000000000UL          /* from IPA or PA to VA */

#define S1_PLAIN (PAGE_S1_EL0 | PAGE_SHARED | PAGE_AF | PAGE_NG)
#define S2_PLAIN \
    (PAGE_S2_READ | PAGE_S2_WRITE | PAGE_S2_NORMAL | PAGE_SHARED | PAGE_AF)

uint64_t area_iova(const Stream *stream, const void *at)
{
    return stream_ipa(stream, at) + (stream->stage1 ? VA_BIAS : 0);
}

uint64_t *area_map_s1(Stream *stream, const void *page, uint64_t attributes)
{
    return tables_map(&stream->s1, area_iova(stream, page),
                      stream_ipa(stream, page), attributes);
}

uint64_t *area_map_s2(Stream *stream, const void *page, uint64_t attributes)
{
    return tables_map(&stream->s2, stream_ipa(stream, page), (uintptr_t)page,
                      attributes);
}

/* Mapping the area at stage 1 takes the tables that it needs from the area. */
void area_map(Stream *stream)
{
    size_t granule = 1UL << stream->granule_shift;
    uintptr_t end = (uintptr_t)memory_take(0, granule);

    for (uintptr_t at = stream->area; stream->stage1 && at < end;
         at += granule) {
        area_map_s1(stream, (void *)at, S1_PLAIN);
    }
    end = (uintptr_t)memory_take(0, granule);
    for (uintptr_t at = stream->area; stream->stage2 && at < end;
         at += granule) {
        area_map_s2(stream, (void *)at, S2_PLAIN);
    }
}

void area_invalidate_page(Stream *stream, const void *page)
{
    stream_invalidate_page(stream, area_iova(stream, page),
                           stream_ipa(stream, page));
}
