/*
 * Guest memory that is read in place, through the window that the adapter lends
 * (core.h), or else by its operation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_CORE_WINDOW_H
#define MSMMU_CORE_WINDOW_H

#include "internal.h"

/*
 * The doubleword at @pa, a multiple of 8: *word is its value in little-endian
 * order. False for an external abort.
 */
static inline bool msmmu_read_word(const Msmmu *m, uint64_t pa,
                                   uint64_t *word)
{
    const MsmmuWindow *window = msmmu_load(&m->window);
    uint64_t in_memory = 0;

    if (G_LIKELY(pa - window->first < window->size)) {
        in_memory = __atomic_load_n((const uint64_t *)
                                    (window->host + (pa - window->first)),
                                    __ATOMIC_RELAXED);
    } else if (!m->ops->read(m->opaque, pa, &in_memory, sizeof(in_memory))) {
        return false;
    }
    *word = msmmu_le64(in_memory);
    return true;
}

#endif
