/*
 * An area of memory that a stream maps page by page, with bits of one's own in
 * its descriptors: all that is taken from the heap after stream_init(). At
 * stage 1 it is found at another address than where it is, and at stage 2 at a
 * third.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_AREA_H
#define BAREMETAL_AREA_H

#include "stream.h"

/* Map all of it, at each stage, for reading and writing. */
void area_map(Stream *stream);

/* Map @page, and return its descriptor at that stage. */
uint64_t *area_map_s1(Stream *stream, const void *page, uint64_t attributes);
uint64_t *area_map_s2(Stream *stream, const void *page, uint64_t attributes);

/* The device's address */
uint64_t area_iova(const Stream *stream, const void *at);

void area_invalidate_page(Stream *stream, const void *page);

#endif
