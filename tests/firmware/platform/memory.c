/*
 * Memory: what the compiler wants, and a heap between the image and where the
 * emulator puts the device tree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

#define HEAP_END 0x48000000UL

static uintptr_t next = (uintptr_t)heap_start;

void *memset(void *to, int value, size_t bytes)
{
    uint8_t *at = to;

    while (bytes--) {
        *at++ = value;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t bytes)
{
    uint8_t *at = to;
    const uint8_t *source = from;

    while (bytes--) {
        *at++ = *source++;
    }
    return to;
}

void *memory_take(size_t bytes, size_t align)
{
    uintptr_t at = (next + align - 1) & -align;

    if (at + bytes > HEAP_END) {
        fail("no memory for %lu bytes", bytes);
    }
    next = at + bytes;
    for (uintptr_t word = at; word < next; word += sizeof(uint64_t)) {
        *(uint64_t *)word = 0;
    }
    return (void *)at;
}

void *memory_mark(void)
{
    return (void *)next;
}

void memory_release(void *mark)
{
    next = (uintptr_t)mark;
}
