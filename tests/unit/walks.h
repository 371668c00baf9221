/*
 * One stage of translation alone, for tests: through tables that tables.c
 * built, from a configuration that says the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WALKS_H
#define MSMMU_TESTS_WALKS_H

#include "tables.h"
#include "walk.h"

MsmmuGranule walks_granule(unsigned kb);

/*
 * Stage 1 with both halves of the addresses, or stage 2, through @t. The output
 * size is what descriptors can hold: 52 bits if @t is wide, else 48.
 */
MsmmuContext walks_context(const Tables *t);
MsmmuStage2 walks_stage2(const Tables *t);

/* Stage 1 of @ctx, which has no stage 2, for @va; permissions are not checked. */
MsmmuStatus walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                        MsmmuTranslation *out, MsmmuFault *fault);

/* Stage 2, for a read that is privileged. */
MsmmuStatus walk_stage2(Msmmu *m, const MsmmuStage2 *s2, uint64_t ipa,
                        MsmmuLeaf *leaf, MsmmuFault *fault);

#endif
