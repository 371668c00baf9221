/*
 * Guest memory for random tests: a hash table of doublewords, forgotten as a
 * whole by counting up a generation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <string.h>

#include "memory.h"
#include "random.h"

#define SLOTS 8192
#define PAGE_SHIFT 12
#define DESCRIPTORS 16

typedef struct Slot {
    uint64_t pa;
    uint64_t value;
    uint32_t generation;
    uint32_t role;              /* 0: not read by the oracle */
    bool shared;
} Slot;

struct OracleMemory {
    Slot slots[SLOTS];
    unsigned used;
    uint32_t generation;
    /* Where descriptors are, the last of them */
    uint64_t descriptors[DESCRIPTORS];
    unsigned described;
    uint64_t seed;
    unsigned abort_every;
    unsigned rom_every;
    OracleFill *fill;
    void *opaque;
};

OracleMemory *oracle_memory_new(void)
{
    return g_new0(OracleMemory, 1);
}

void oracle_memory_free(OracleMemory *mem)
{
    g_free(mem);
}

void oracle_memory_reset(OracleMemory *mem, uint64_t seed,
                         unsigned abort_every, unsigned rom_every,
                         OracleFill *fill, void *opaque)
{
    mem->generation++;
    mem->used = 0;
    mem->described = 0;
    mem->seed = seed;
    mem->abort_every = abort_every;
    mem->rom_every = rom_every;
    mem->fill = fill;
    mem->opaque = opaque;
}

/* ---- Doublewords -------------------------------------------------------- */

/* The slot of @pa, or the one where it belongs. */
static Slot *find(OracleMemory *mem, uint64_t pa)
{
    unsigned i = random_hash(pa, 0) % SLOTS;

    while (mem->slots[i].generation == mem->generation &&
           mem->slots[i].pa != pa) {
        i = (i + 1) % SLOTS;
    }
    return &mem->slots[i];
}

static bool is_known(const OracleMemory *mem, const Slot *slot)
{
    return slot->generation == mem->generation;
}

static Slot *put(OracleMemory *mem, uint64_t pa, uint64_t value)
{
    Slot *slot = find(mem, pa);

    if (!is_known(mem, slot)) {
        g_assert_cmpuint(++mem->used, <, SLOTS - 1);
        *slot = (Slot) { .pa = pa, .generation = mem->generation };
    }
    slot->value = value;
    return slot;
}

uint64_t oracle_memory_peek(OracleMemory *mem, uint64_t pa)
{
    Slot *slot = find(mem, pa);

    return is_known(mem, slot) ? slot->value : random_hash(pa, mem->seed);
}

void oracle_memory_poke(OracleMemory *mem, uint64_t pa, uint64_t value)
{
    put(mem, pa, value);
}

/* ---- Pages that abort --------------------------------------------------- */

static bool chosen(const OracleMemory *mem, uint64_t pa, unsigned every,
                   uint64_t which)
{
    return every && pa >> 16 != ORACLE_QUEUES >> 16 &&
           random_hash(pa >> PAGE_SHIFT, mem->seed + which) % every == 0;
}

static bool aborts(const OracleMemory *mem, uint64_t pa)
{
    return chosen(mem, pa, mem->abort_every, 1);
}

bool oracle_memory_writable(OracleMemory *mem, uint64_t pa)
{
    return !aborts(mem, pa) && !chosen(mem, pa, mem->rom_every, 2);
}

/* ---- The oracle's view -------------------------------------------------- */

static uint32_t role_code(const OracleRole *role)
{
    uint32_t code = 1 + role->kind;

    /* Of descriptors, each user is another role. */
    if (role->kind == ORACLE_DESCRIPTOR) {
        code |= role->stage << 4 | (role->level + 1) << 6 |
                role->vmsa32 << 9 | role->big_endian << 10 |
                (role->page_bits / 2 - 6) << 11 | role->ds << 13 |
                role->id << 14;
    }
    return code;
}

static void note_descriptor(OracleMemory *mem, uint64_t pa,
                            const OracleRole *role)
{
    if (role->kind == ORACLE_DESCRIPTOR) {
        mem->descriptors[mem->described++ % DESCRIPTORS] = pa;
    }
}

bool oracle_memory_read(OracleMemory *mem, uint64_t pa,
                        const OracleRole *role, uint64_t *words,
                        unsigned count)
{
    uint32_t code = role_code(role);
    bool made_up = false;
    uint64_t made[8];

    g_assert(count <= G_N_ELEMENTS(made) && pa % 8 == 0);
    if (aborts(mem, pa)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        Slot *slot = find(mem, pa + 8 * i);

        if (!is_known(mem, slot)) {
            if (!made_up) {
                mem->fill(mem->opaque, pa, role, made, count);
                made_up = true;
                note_descriptor(mem, pa, role);
            }
            slot = put(mem, pa + 8 * i, made[i]);
        }
        slot->shared |= slot->role && slot->role != code;
        slot->role = code;
        words[i] = slot->value;
    }
    return true;
}

bool oracle_memory_is_shared(OracleMemory *mem, uint64_t pa)
{
    Slot *slot = find(mem, pa);

    return is_known(mem, slot) && slot->shared;
}

void oracle_memory_disturb(OracleMemory *mem, uint64_t random)
{
    Slot *slot;
    uint64_t pa;

    if (!mem->described) {
        return;
    }
    pa = mem->descriptors[random % MIN(mem->described, DESCRIPTORS)];
    slot = find(mem, pa);
    /* What is forgotten in the middle must not cut a chain. */
    slot->value = random >> 57 & 1 ? slot->value ^ UINT64_C(1) << (random >> 58)
                                   : 0;
}

/* ---- A machine's view --------------------------------------------------- */

bool oracle_memory_load(OracleMemory *mem, uint64_t pa, void *buf, size_t len)
{
    uint8_t *p = buf;

    if (aborts(mem, pa)) {
        return false;
    }
    while (len) {
        uint64_t word = GUINT64_TO_LE(oracle_memory_peek(mem, pa & ~7ull));
        size_t offset = pa & 7;
        size_t n = MIN(len, 8 - offset);

        memcpy(p, (uint8_t *)&word + offset, n);
        p += n;
        pa += n;
        len -= n;
    }
    return true;
}

bool oracle_memory_store(OracleMemory *mem, uint64_t pa, const void *buf,
                         size_t len)
{
    const uint8_t *p = buf;

    while (len) {
        uint64_t word = GUINT64_TO_LE(oracle_memory_peek(mem, pa & ~7ull));
        size_t offset = pa & 7;
        size_t n = MIN(len, 8 - offset);

        memcpy((uint8_t *)&word + offset, p, n);
        put(mem, pa & ~7ull, GUINT64_FROM_LE(word));
        p += n;
        pa += n;
        len -= n;
    }
    return true;
}
