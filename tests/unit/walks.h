/*
 * One stage of translation alone, without permission checks, for tests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSMMU_TESTS_WALKS_H
#define MSMMU_TESTS_WALKS_H

#include "walk.h"

/* Stage 1 of @ctx, which has no stage 2, for @va. */
MsmmuStatus walk_stage1(Msmmu *m, const MsmmuContext *ctx, uint64_t va,
                        MsmmuTranslation *out, MsmmuFault *fault);

#endif
