/*
 * A processor that changes bits of descriptors all the time, by atomic
 * accesses, and knows what each must hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_FLIPPER_H
#define BAREMETAL_FLIPPER_H

#include "platform.h"

#define FLIPPER_MAX 80

typedef struct Flipper {
    uint64_t *words[FLIPPER_MAX];
    uint8_t expected[FLIPPER_MAX];      /* what it left in the bits */
    unsigned count;
    bool big_endian;
    /* Of all words together; may be read at any time */
    uint64_t flips;
    uint64_t lost;                      /* a word did not hold what it should */
    bool stop;
} Flipper;

/* On processor 1, which begins when it is first called for */
void flipper_start(Flipper *flipper);

/* It counts once more what was lost, and is still. */
void flipper_stop(Flipper *flipper);

uint64_t flipper_flips(const Flipper *flipper);
uint64_t flipper_lost(const Flipper *flipper);

#endif
