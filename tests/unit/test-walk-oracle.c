/*
 * The walker against the oracle, on random configurations and tables.
 *
 * Memory is a function of its address: what a descriptor says is decided by a
 * hash of where it is, so that tables without end cost nothing to build.
 * Every kind of event and of leaf must have come up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "oracle_walk.h"
#include "walks.h"

#define ROUNDS 250000

typedef struct Memory {
    uint64_t seed;
    unsigned output_bits;
    bool big_endian;
    unsigned kb;
} Memory;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A descriptor that mostly leads on, and is wrong in every way at times. */
static uint64_t random_descriptor(const Memory *memory, uint64_t *state)
{
    uint64_t d = next_random(state);
    unsigned dice = next_random(state) % 100;

    /* 64KB: bits[15:12] are address bits that must be zero */
    if (memory->kb == 64 && dice != 90) {
        d &= ~UINT64_C(0xf000);
    }
    if (next_random(state) % 24) {
        uint64_t beyond = UINT64_C(0xffffffffffff) << memory->output_bits;

        d &= ~(beyond & UINT64_C(0xffffffffffff));
    }
    if (next_random(state) % 8) {
        d |= 0x400;             /* AF */
    }
    /* Hierarchical restrictions are rare, or nothing would be allowed. */
    if (next_random(state) % 3) {
        d &= ~(UINT64_C(0xf) << 59);
    }
    d &= ~UINT64_C(3);
    if (dice < 75) {
        return d | 3;
    }
    return dice < 95 ? d | 1 : d | (dice & 2);
}

static bool read_memory(void *opaque, uint64_t pa, uint8_t bytes[8])
{
    const Memory *memory = opaque;
    uint64_t state = memory->seed ^ pa * UINT64_C(0xd6e8feb86659fd93);
    uint64_t d;

    if (next_random(&state) % 64 == 0) {
        return false;
    }
    d = random_descriptor(memory, &state);
    for (unsigned i = 0; i < 8; i++) {
        bytes[memory->big_endian ? 7 - i : i] = d >> (8 * i);
    }
    return true;
}

/* The same memory for the core. */
static bool op_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
    g_assert_cmpuint(len, ==, 8);
    g_assert_cmphex(pa & 7, ==, 0);
    return read_memory(opaque, pa, buf);
}

static const MsmmuOps ops = { .read = op_read };

static unsigned pick(uint64_t *state, const unsigned *from, unsigned n)
{
    return from[next_random(state) % n];
}

static OracleCd random_cd(uint64_t *state)
{
    static const unsigned kb[] = { 4, 16, 64 };
    static const unsigned output_bits[] = { 32, 36, 40, 42, 44, 48 };
    OracleCd cd = {
        .output_bits = pick(state, output_bits, G_N_ELEMENTS(output_bits)),
        .big_endian = next_random(state) & 1,
        .affd = next_random(state) % 4 == 0,
        .wxn = next_random(state) % 4 == 0,
        .pan = next_random(state) % 4 == 0,
        .epan = next_random(state) & 1,
        .el2 = next_random(state) % 8 == 0,
        .mair = next_random(state),
    };

    for (unsigned x = 0; x < 2; x++) {
        uint64_t pa = next_random(state) & 0xffffffffffff;

        cd.kb[x] = pick(state, kb, G_N_ELEMENTS(kb));
        cd.txsz[x] = 16 + next_random(state) % (cd.kb[x] == 64 ? 32 : 33);
        cd.epd[x] = next_random(state) % 16 == 0;
        cd.tbi[x] = next_random(state) & 1;
        cd.had[x] = next_random(state) % 4 == 0;
        cd.ttb[x] = pa & (UINT64_MAX >> (64 - cd.output_bits)) &
                    ~UINT64_C(0xf);
    }
    return cd;
}

/* Mostly in range; else off by a bit. */
static uint64_t random_va(uint64_t *state, const OracleCd *cd)
{
    unsigned x = next_random(state) & 1;
    uint64_t va = next_random(state) >> cd->txsz[x];

    if (x) {
        va |= ~(UINT64_MAX >> cd->txsz[x]);
    }
    switch (next_random(state) % 8) {
    case 0:
        return va ^ UINT64_C(1) << next_random(state) % 64;
    case 1:
        return va ^ next_random(state) << 56;
    default:
        return va;
    }
}

static MsmmuContext context_of(const OracleCd *cd)
{
    MsmmuContext ctx = {
        .stage1 = true,
        .world = cd->el2 ? MSMMU_WORLD_NS_EL2 : MSMMU_WORLD_NS_EL1,
        .s1.output_bits = cd->output_bits,
        .s1.big_endian = cd->big_endian,
        .s1.access_flag_off = cd->affd,
        .write_execute_never = cd->wxn,
        .privileged_access_never = cd->pan,
        .enhanced_pan = cd->pan && cd->epan,
        .mair = cd->mair,
    };

    for (unsigned x = 0; x < 2; x++) {
        ctx.ttb[x].disabled = cd->epd[x] || (cd->el2 && x);
        ctx.ttb[x].granule = cd->kb[x] == 4 ? MSMMU_4K :
                             cd->kb[x] == 16 ? MSMMU_16K : MSMMU_64K;
        ctx.ttb[x].input_bits = 64 - cd->txsz[x];
        ctx.ttb[x].top_byte_ignored = cd->tbi[x];
        ctx.ttb[x].hierarchical_off = cd->had[x];
        ctx.ttb[x].table_pa = cd->ttb[x];
    }
    return ctx;
}

static void compare(const OracleResult *o, MsmmuStatus status,
                    const MsmmuTranslation *t, const MsmmuFault *fault,
                    uint64_t va)
{
    if (o->event) {
        g_assert_cmpint(status, ==, MSMMU_STATUS_FAULT);
        g_assert_cmphex(fault->type, ==, o->event);
        g_assert_cmphex(fault->fetch_address, ==, o->fetch_pa);
        g_assert_cmpuint(fault->stage, ==, 1);
        g_assert_cmpint(fault->class, ==, o->event == 0x0b ? 1 : 2);
        return;
    }
    g_assert_cmpint(status, ==, MSMMU_STATUS_OK);
    g_assert_cmpuint(t->size_log2, ==, o->size_log2);
    g_assert_cmphex(t->first_pa | (va & ((UINT64_C(1) << t->size_log2) - 1)),
                    ==, o->pa);
    g_assert_cmpuint(t->leaf_level, ==, o->level);
    g_assert_cmphex(t->perms[0], ==, o->unpriv);
    g_assert_cmphex(t->perms[1], ==, o->priv);
    g_assert_cmpint(t->global, ==, o->global);
    g_assert_cmphex(t->attributes.memory_type, ==, o->mair_attr);
    g_assert_cmphex(t->attributes.shareability, ==, o->shareability);
}

static void test_random(void)
{
    uint64_t seed = (uint64_t)g_test_rand_int() << 32 |
                    (uint32_t)g_test_rand_int();
    uint64_t state = seed;
    unsigned events[0x14] = { 0 };
    unsigned leaves[3][4] = { 0 };

    g_test_message("seed 0x%" PRIx64, seed);
    for (unsigned round = 0; round < ROUNDS; round++) {
        OracleCd cd = random_cd(&state);
        uint64_t va = random_va(&state, &cd);
        Memory memory = {
            .seed = next_random(&state),
            .output_bits = cd.output_bits,
            .big_endian = cd.big_endian,
            .kb = cd.kb[va >> 55 & 1],
        };
        Msmmu m = { .ops = &ops, .opaque = &memory };
        MsmmuContext ctx = context_of(&cd);
        OracleResult o = oracle_walk(&cd, va, read_memory, &memory);
        MsmmuTranslation t = { 0 };
        MsmmuFault fault = { 0 };
        MsmmuStatus status;

        msmmu_set_window(&m, NULL);
        status = walk_stage1(&m, &ctx, va, &t, &fault);
        compare(&o, status, &t, &fault, va);
        walk_expect_translations(&m, &ctx, va, status, &t, &fault);
        events[o.event]++;
        if (!o.event) {
            leaves[ctx.ttb[va >> 55 & 1].granule][o.level]++;
        }
    }

    static const unsigned expected[] = { 0, 0x0b, 0x10, 0x11, 0x12 };

    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_test_message("event 0x%02x: %u", expected[i], events[expected[i]]);
        g_assert_cmpuint(events[expected[i]], >, 0);
    }
    for (unsigned g = 0; g < 3; g++) {
        for (unsigned level = g == MSMMU_4K ? 1 : 2; level <= 3; level++) {
            g_test_message("granule %u level %u: %u", g, level,
                           leaves[g][level]);
            g_assert_cmpuint(leaves[g][level], >, 0);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/walk/agrees-with-the-oracle", test_random);
    return g_test_run();
}
