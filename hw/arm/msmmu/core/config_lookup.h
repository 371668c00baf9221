/*
 * The configuration cache as a lookup sees it (config.c): a table of chains of
 * decoded contexts. Without a lock, and inline: each transaction begins here.
 *
 * Who looks up sees each chain as it was at some time since. What is taken out
 * of a chain keeps its place in it for those who are there, until ops->retire
 * lets go of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_CONFIG_LOOKUP_H
#define MSMMU_CORE_CONFIG_LOOKUP_H

#include "internal.h"

/* A chain has at most four (config.c): room for a whole PCI segment. */
#define CONFIG_BUCKETS_LOG2 14
#define CONFIG_BUCKETS (1u << CONFIG_BUCKETS_LOG2)

/* A context in the cache. */
typedef struct MsmmuConfigEntry MsmmuConfigEntry;
struct MsmmuConfigEntry {
    uint64_t key;
    MsmmuConfigEntry *next;     /* in its chain */
    MsmmuContext ctx;
    /* Under m->lock */
    GList of_stream;            /* all that have its StreamID */
    MsmmuConfigEntry *next_stream;      /* of the first of them: see below */
    GList of_all;               /* in MsmmuContextCache.all */
};

struct MsmmuContextCache {
    MsmmuConfigEntry *buckets[CONFIG_BUCKETS];
    uint64_t epoch;
    /* Under m->lock */
    /* By bucket of the stream alone: the first entry of each stream in it. */
    MsmmuConfigEntry *streams[CONFIG_BUCKETS];
    GQueue all;                 /* of entries, the oldest first */
};

/*
 * What a context is found by. Nothing is cached for the two largest numbers of
 * a substream, which share a key: they have 20 bits.
 */
static inline uint64_t config_key(uint32_t sid, uint32_t ssid, bool ssid_valid)
{
    uint32_t number = ssid_valid ? MIN(ssid, UINT32_MAX - 1) + 1 : 0;

    return (uint64_t)number << 32 | sid;
}

/*
 * RequesterIDs are dense at both ends, with a few bus numbers: neighbours stay
 * neighbours, and the upper bits are folded onto the lower ones.
 */
static inline unsigned config_bucket(uint64_t key)
{
    uint32_t spread = (uint32_t)key + (uint32_t)(key >> 32) * 0x9e3779b1u;

    return (spread ^ spread >> CONFIG_BUCKETS_LOG2) %
           CONFIG_BUCKETS;
}

/*
 * What is cached for @key, which is one of @bucket; valid until the caller's
 * translation ends.
 */
static inline const MsmmuContext *config_find_in(const Msmmu *m,
                                                 unsigned bucket, uint64_t key)
{
    const MsmmuConfigEntry *e = msmmu_load(&m->contexts->buckets[bucket]);

    while (e && G_UNLIKELY(e->key != key)) {
        e = msmmu_load(&e->next);
    }
    return e ? &e->ctx : NULL;
}

static inline const MsmmuContext *config_find(const Msmmu *m, uint64_t key)
{
    return config_find_in(m, config_bucket(key), key);
}

#endif
