/*
 * Transactions to be measured: see access.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "access.h"

/* Of random steps; more than this would be a working set of its own. */
#define RANDOM_STEPS 16384

const char *const access_pattern_names[] = {
    [ACCESS_RANDOM] = "random",
    [ACCESS_CYCLIC] = "cyclic",
    [ACCESS_SHUFFLED] = "shuffled",
};

static AccessStep step_number(const WorldShape *shape, unsigned count,
                              uint64_t n)
{
    AccessStep step = { .world = n % count };

    n /= count;
    step.stream = n % shape->streams;
    step.page = n / shape->streams % shape->pages;
    return step;
}

Access *access_new(World **worlds, unsigned count, AccessPattern pattern)
{
    const WorldShape *shape = &worlds[0]->shape;
    uint64_t all = (uint64_t)count * shape->streams * shape->pages;
    /* Always the same. */
    GRand *random = g_rand_new_with_seed(1);
    Access *a = g_new0(Access, 1);

    a->worlds = worlds;
    a->length = pattern == ACCESS_RANDOM ? MAX(all, RANDOM_STEPS) : all;
    a->steps = g_new(AccessStep, a->length);
    for (unsigned i = 0; i < a->length; i++) {
        a->steps[i] = step_number(shape, count, i);
    }
    for (unsigned i = a->length; pattern != ACCESS_CYCLIC && i > 1; i--) {
        unsigned other = g_rand_int_range(random, 0, i);
        AccessStep step = a->steps[other];

        a->steps[other] = a->steps[i - 1];
        a->steps[i - 1] = step;
    }
    g_rand_free(random);
    return a;
}

void access_free(Access *a)
{
    g_free(a->steps);
    g_free(a);
}

void access_run(void *data, unsigned long operations)
{
    Access *a = data;
    unsigned at = a->at;
    unsigned long forwarded = 0;

    for (unsigned long i = 0; i < operations; i++) {
        AccessStep step = a->steps[at];
        World *w = a->worlds[step.world];
        const MsmmuRequest rq = {
            .sid = step.stream, .iova = world_address(w, step.page),
        };
        MsmmuResult result = msmmu_translate(w->f->m, &rq);

        forwarded += result.disposition == MSMMU_FORWARD;
        at = at + 1 == a->length ? 0 : at + 1;
    }
    a->at = at;
    g_assert_cmpuint(forwarded, ==, operations);
}
