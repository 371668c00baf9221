/*
 * Random instances, STEs and CDs, near the border of what is legal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_RANDOM_CONFIG_H
#define MSMMU_TESTS_RANDOM_CONFIG_H

#include "config_tables.h"

/* Once in @n times. */
bool random_one_in(GRand *r, int n);
uint64_t random64(GRand *r);
/* A number of any size up to @bits bits, so that limits are met. */
uint64_t random_size(GRand *r, unsigned bits);

/* An instance that can be, with a small cache of translations. */
MsmmuConfig random_instance(GRand *r);

/* ID registers of instances that may come to exist, features at random. */
void random_ids(GRand *r, MsmmuRegisters *regs);

/*
 * Fields that do not matter to legality are random, the others mostly as an
 * instance with @regs wants them.
 */
ConfigWords random_ste(GRand *r, const MsmmuRegisters *regs);
ConfigWords random_cd(GRand *r, const MsmmuRegisters *regs);

/*
 * Like a descriptor, an L1CD or, by chance, anything, of addresses below
 * 2^@arena_log2; some in big-endian order.
 */
uint64_t random_descriptor(GRand *r, unsigned arena_log2);

#endif
