/*
 * Memory that remembers: what was stored in each atomic location, who has seen
 * how much of that, and who touched what without being atomic.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <malloc.h>
#include <string.h>

#include "weak_private.h"

#define HISTORY 8
#define SIGHTINGS 4
#define BUCKETS 16384
#define LOCATIONS 8192
#define CELLS 16384
#define POISONED 256

/* A value that a location had. */
typedef struct Store {
    uint64_t value;
    unsigned thread;
    uint32_t time;
    WeakClock released;         /* what an acquire load of it brings */
} Store;

/* That one thread found a store: it finds no older one, nor who knows of it. */
typedef struct Sighting {
    uint32_t time;
    uint32_t store;
} Sighting;

typedef struct Location {
    struct Location *next;      /* of the same eight bytes */
    uintptr_t address;
    unsigned size;
    uint32_t stores;            /* in all; the last ones are kept */
    Store store[HISTORY];
    unsigned sightings[WEAK_THREADS];
    Sighting sighting[WEAK_THREADS][SIGHTINGS];
} Location;

/* Eight bytes; masks say which of them were written or read last. */
typedef struct Cell {
    struct Cell *next;          /* in the same bucket */
    uintptr_t number;
    Location *locations;
    unsigned writer;
    uint32_t written;
    uint8_t write_mask;
    uint8_t read_mask[WEAK_THREADS];
    uint32_t read[WEAK_THREADS];
} Cell;

typedef struct Range {
    uintptr_t first;
    size_t size;
} Range;

static struct {
    WeakClock sequence;         /* of all that is sequentially consistent */
    Cell *bucket[BUCKETS];
    Cell cell[CELLS];
    unsigned cells;
    Location location[LOCATIONS];
    unsigned locations;
    Range poisoned[POISONED];
    unsigned poisons;
} mem;

void weak_memory_begin(void)
{
    for (unsigned i = 0; i < mem.cells; i++) {
        mem.bucket[mem.cell[i].number % BUCKETS] = NULL;
    }
    mem.sequence = (WeakClock) { { 0 } };
    mem.cells = 0;
    mem.locations = 0;
    mem.poisons = 0;
}

static Cell *find_cell(uintptr_t number)
{
    Cell *cell = mem.bucket[number % BUCKETS];

    while (cell && cell->number != number) {
        cell = cell->next;
    }
    return cell;
}

static Cell *cell_of(uintptr_t number)
{
    Cell *cell = find_cell(number);

    if (!cell) {
        g_assert_cmpuint(mem.cells, <, CELLS);
        cell = &mem.cell[mem.cells++];
        *cell = (Cell) { .next = mem.bucket[number % BUCKETS],
                         .number = number };
        mem.bucket[number % BUCKETS] = cell;
    }
    return cell;
}

static uint8_t mask_of(uintptr_t address, unsigned size)
{
    return ((1u << size) - 1) << (address & 7);
}

static bool is_before(unsigned thread, uint32_t time)
{
    return time <= weak_order()->now.at[thread];
}

static void check_poison(uintptr_t address)
{
    for (unsigned i = 0; i < mem.poisons; i++) {
        if (address - mem.poisoned[i].first < mem.poisoned[i].size) {
            weak_complain("an access to what was freed", (void *)address);
        }
    }
}

/* ---- Plain accesses ---- */

/* What was done to bytes of @mask, not atomically, and is not before now. */
static bool conflicts(const Cell *cell, uint8_t mask, bool write)
{
    if (cell->write_mask & mask && !is_before(cell->writer, cell->written)) {
        return true;
    }
    for (unsigned i = 0; write && i < WEAK_THREADS; i++) {
        if (cell->read_mask[i] & mask && !is_before(i, cell->read[i])) {
            return true;
        }
    }
    return false;
}

static const Store *newest(const Location *l)
{
    return &l->store[(l->stores - 1) % HISTORY];
}

/* A plain access to what is atomic else: no atomic access may be beside it. */
static bool conflicts_with_atomic(const Location *l, bool write)
{
    if (!is_before(newest(l)->thread, newest(l)->time)) {
        return true;
    }
    for (unsigned i = 0; write && i < WEAK_THREADS; i++) {
        unsigned n = l->sightings[i];

        if (n && !is_before(i, l->sighting[i][(n - 1) % SIGHTINGS].time)) {
            return true;
        }
    }
    return false;
}

static void plain_in_cell(uintptr_t address, unsigned size, bool write)
{
    uint8_t mask = mask_of(address, size);
    Cell *cell = cell_of(address / 8);
    unsigned self = weak_self();
    Location **link = &cell->locations;

    if (conflicts(cell, mask, write)) {
        weak_complain("a race of plain accesses", (void *)address);
    }
    while (*link) {
        Location *l = *link;

        if (!(mask & mask_of(l->address, l->size))) {
            link = &l->next;
            continue;
        }
        if (conflicts_with_atomic(l, write)) {
            weak_complain("a plain access beside atomic ones",
                          (void *)address);
        }
        if (write) {
            *link = l->next;    /* its history begins anew */
        } else {
            link = &l->next;
        }
    }
    if (write) {
        cell->writer = self;
        cell->written = weak_order()->now.at[self];
        cell->write_mask = mask;
    } else {
        cell->read_mask[self] = mask;
        cell->read[self] = weak_order()->now.at[self];
    }
}

void weak_plain(const void *p, size_t size, bool write)
{
    uintptr_t address = (uintptr_t)p;
    uintptr_t end = address + size;

    if (weak_on_stack(p)) {
        return;
    }
    check_poison(address);
    while (address < end) {
        unsigned part = MIN(8 - (address & 7), end - address);

        plain_in_cell(address, part, write);
        address += part;
    }
}

void weak_forget(const void *p, size_t size)
{
    uintptr_t first = (uintptr_t)p / 8;
    uintptr_t last = ((uintptr_t)p + size - 1) / 8;

    for (uintptr_t number = first; size && number <= last; number++) {
        Cell *cell = find_cell(number);

        if (cell) {
            *cell = (Cell) { .next = cell->next, .number = number };
        }
    }
}

/* As freeing it does, by somebody who comes after all that is @after. */
void weak_poison(void *p, const WeakClock *after)
{
    WeakOrder *order = weak_order();
    WeakClock own = order->now;
    size_t size = malloc_usable_size(p);

    order->now = *after;
    weak_plain(p, size, true);
    order->now = own;
    g_assert_cmpuint(mem.poisons, <, POISONED);
    mem.poisoned[mem.poisons++] = (Range) { (uintptr_t)p, size };
}

/* ---- Atomic accesses ---- */

static uint64_t in_memory(const void *p, unsigned size)
{
    uint64_t value = 0;

    memcpy(&value, p, size);    /* the tests run on little-endian hosts */
    return value;
}

/* A location that is new has what is in memory, from before. */
static Location *location_of(const void *p, unsigned size, bool write)
{
    uintptr_t address = (uintptr_t)p;
    Cell *cell = cell_of(address / 8);
    uint8_t mask = mask_of(address, size);
    Location *l;

    check_poison(address);
    if (conflicts(cell, mask, write)) {
        weak_complain("an atomic access beside plain ones", p);
    }
    for (l = cell->locations; l; l = l->next) {
        if (mask & mask_of(l->address, l->size)) {
            g_assert_cmphex(l->address, ==, address);
            g_assert_cmpuint(l->size, ==, size);
            return l;
        }
    }
    g_assert_cmpuint(mem.locations, <, LOCATIONS);
    l = &mem.location[mem.locations++];
    *l = (Location) {
        .next = cell->locations,
        .address = address,
        .size = size,
        .stores = 1,
        .store[0] = { .value = in_memory(p, size), .thread = cell->writer,
                      .time = cell->write_mask & mask ? cell->written : 0 },
    };
    cell->locations = l;
    return l;
}

static bool acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME ||
           order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

/* Stronger than C11 has it: each such step is before all of the later ones. */
static void in_sequence(int order)
{
    if (order == __ATOMIC_SEQ_CST) {
        weak_join(&weak_order()->now, &mem.sequence);
        weak_join(&mem.sequence, &weak_order()->now);
    }
}

/* The oldest store that this thread can still find. */
static uint32_t oldest(const Location *l)
{
    uint32_t first = l->stores > HISTORY ? l->stores - HISTORY : 0;
    uint32_t n = l->stores - 1;

    while (n > first && !is_before(l->store[n % HISTORY].thread,
                                   l->store[n % HISTORY].time)) {
        n--;
    }
    for (unsigned i = 0; i < WEAK_THREADS; i++) {
        unsigned end = l->sightings[i];
        unsigned begin = end > SIGHTINGS ? end - SIGHTINGS : 0;

        for (; begin < end; begin++) {
            const Sighting *s = &l->sighting[i][begin % SIGHTINGS];

            if (is_before(i, s->time)) {
                n = MAX(n, s->store);
            }
        }
    }
    return n;
}

/*
 * This thread finds store @n. When there is no room, the oldest two sightings
 * become one that is stronger than either.
 */
static void sight(Location *l, uint32_t n)
{
    unsigned self = weak_self();
    unsigned end = l->sightings[self];
    Sighting *last = &l->sighting[self][(end - 1) % SIGHTINGS];
    uint32_t now = weak_order()->now.at[self];

    if (end && last->store == n) {
        return;
    }
    if (end >= SIGHTINGS) {
        l->sighting[self][(end + 1) % SIGHTINGS].time =
            l->sighting[self][end % SIGHTINGS].time;
    }
    l->sighting[self][end % SIGHTINGS] = (Sighting) { now, n };
    l->sightings[self]++;
}

static void found(const Store *s, int order)
{
    weak_join(&weak_order()->unfenced, &s->released);
    if (acquires(order)) {
        weak_join(&weak_order()->now, &s->released);
    }
}

uint64_t weak_load(const void *p, unsigned size, int order)
{
    Location *l;
    uint32_t n;

    weak_step();
    in_sequence(order);
    l = location_of(p, size, false);
    n = l->stores - 1;
    if (weak_wants_old()) {
        uint32_t first = oldest(l);

        n = first + weak_random(n - first + 1);
    }
    sight(l, n);
    found(&l->store[n % HISTORY], order);
    return l->store[n % HISTORY].value;
}

uint64_t weak_newest(const void *p, unsigned size, int order)
{
    Location *l;

    if (!weak_is_running()) {
        return in_memory(p, size);
    }
    in_sequence(order);
    l = location_of(p, size, false);
    sight(l, l->stores - 1);
    found(newest(l), order);
    return newest(l)->value;
}

static void store(void *p, unsigned size, uint64_t value, int order,
                  const WeakClock *too)
{
    Location *l = location_of(p, size, true);
    WeakOrder *mine = weak_order();
    Store s;

    in_sequence(order);
    s = (Store) {
        .value = value,
        .thread = weak_self(),
        .time = mine->now.at[weak_self()],
        .released = releases(order) ? mine->now : mine->fence,
    };

    if (too) {
        weak_join(&s.released, too);
    }
    l->store[l->stores++ % HISTORY] = s;
    memcpy(p, &value, size);
    /* What comes after it is not part of what it releases. */
    mine->now.at[weak_self()]++;
}

void weak_store(void *p, unsigned size, uint64_t value, int order)
{
    if (!weak_is_running()) {
        memcpy(p, &value, size);
        return;
    }
    weak_step();
    store(p, size, value, order, NULL);
}

/* Right after weak_newest(); it passes on what the one before passed on. */
void weak_swap(void *p, unsigned size, uint64_t value, int order)
{
    if (!weak_is_running()) {
        memcpy(p, &value, size);
    } else {
        WeakClock before = newest(location_of(p, size, true))->released;

        store(p, size, value, order, &before);
    }
}

void weak_fence(int order)
{
    WeakOrder *mine = weak_order();

    weak_step();
    in_sequence(order);
    if (acquires(order)) {
        weak_join(&mine->now, &mine->unfenced);
    }
    if (releases(order)) {
        mine->fence = mine->now;
    }
}
