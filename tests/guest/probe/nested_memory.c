/*
 * The guest's memory: data, tables, and a page that it may only read
 *
 * Its pages are shuffled in the memory of this program, which plays the host:
 * neighbours by IPA are none there. Every 4 KiB of the data are one word over
 * and over, which no other 4 KiB have, so that data from a wrong place show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nested.h"

static size_t chunks(const GuestMemory *guest)
{
    return guest->data.bytes / CHUNK_BYTES;
}

/* Mapped nowhere yet; guest_free() is due in any case. */
bool guest_get(GuestMemory *guest)
{
    memset(guest, 0, sizeof(*guest));
    guest->next_word = 0x6d736d6d75000001;
    guest->word = calloc(DATA_BYTES_MAX / CHUNK_BYTES, 8);
    return guest->word && area_get(&guest->tables, TABLES_BYTES) &&
           area_get(&guest->data, DATA_BYTES_MAX) &&
           area_get(&guest->read_only, sysconf(_SC_PAGESIZE));
}

static void release(Area *area)
{
    /* Whoever mapped it has unmapped it. */
    area->bytes = 0;
    area_free(area);
}

void guest_free(GuestMemory *guest)
{
    release(&guest->tables);
    release(&guest->data);
    release(&guest->read_only);
    free(guest->word);
    guest->word = NULL;
}

/* ---- Data ---- */

/* None that was ever used before; no byte of it is 0. */
uint64_t guest_new_word(GuestMemory *guest)
{
    uint64_t word = guest->next_word++;

    return word * 0x9e3779b97f4a7c15 | 0x0101010101010101;
}

/* A chunk lies in one piece of the memory. */
static uint64_t *chunk_at(const GuestMemory *guest, size_t chunk)
{
    return (uint64_t *)area_at(&guest->data, chunk * CHUNK_BYTES);
}

void guest_fill_chunk(GuestMemory *guest, size_t chunk, uint64_t word)
{
    uint64_t *at = chunk_at(guest, chunk);

    for (size_t i = 0; i < CHUNK_BYTES / 8; i++) {
        at[i] = word;
    }
    guest->word[chunk] = word;
}

/* All of the data that are mapped, with new words */
void guest_fill(GuestMemory *guest)
{
    for (size_t i = 0; i < chunks(guest); i++) {
        guest_fill_chunk(guest, i, guest_new_word(guest));
    }
}

/* Is every byte of the data as it must be? */
bool guest_check(const GuestMemory *guest, char *problem)
{
    for (size_t i = 0; i < chunks(guest); i++) {
        const uint64_t *at = chunk_at(guest, i);

        for (size_t k = 0; k < CHUNK_BYTES / 8; k++) {
            if (at[k] != guest->word[i]) {
                snprintf(problem, PROBLEM_BYTES,
                         "at IPA 0x%llx is 0x%llx, not 0x%llx",
                         (unsigned long long)(DATA_IPA + i * CHUNK_BYTES +
                                              8 * k),
                         (unsigned long long)at[k],
                         (unsigned long long)guest->word[i]);
                return false;
            }
        }
    }
    return true;
}

/* ---- Tables ---- */

static uint64_t *table_at(const GuestMemory *guest, uint64_t ipa)
{
    return (uint64_t *)area_at(&guest->tables, ipa - TABLES_IPA);
}

/* The SMMU reads them at any time: one access for a word. */
uint64_t guest_read(const GuestMemory *guest, uint64_t ipa)
{
    return __atomic_load_n(table_at(guest, ipa), __ATOMIC_ACQUIRE);
}

void guest_write(GuestMemory *guest, uint64_t ipa, uint64_t value)
{
    __atomic_store_n(table_at(guest, ipa), value, __ATOMIC_RELEASE);
}

/* Forget all tables. The CD table, in the first 64 KiB, stays. */
void guest_clear_tables(GuestMemory *guest)
{
    guest->tables_used = 1 << 16;
    for (uint64_t at = guest->tables_used; at < TABLES_BYTES; at += 8) {
        guest_write(guest, TABLES_IPA + at, 0);
    }
}

/* The IPA of so many bytes of zeros, aligned to their number; 0: no more */
uint64_t guest_get_table(GuestMemory *guest, size_t bytes)
{
    size_t at = (guest->tables_used + bytes - 1) & -bytes;

    if (at + bytes > TABLES_BYTES) {
        return 0;
    }
    guest->tables_used = at + bytes;
    return TABLES_IPA + at;
}
