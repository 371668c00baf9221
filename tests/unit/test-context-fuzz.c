/*
 * Random STEs, CDs and tables on random instances: whatever a guest writes is
 * answered, as the transcribed pseudocode says where that reaches, and with
 * nothing worse than an abort.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context_helpers.h"
#include "oracle_legality.h"
#include "random_config.h"

#define INSTANCES 40
#define STRUCTURES 1000

enum { BAD_STE = 0x04, STREAM_DISABLED = 0x06, BAD_SUBSTREAMID = 0x08,
       CD_FETCH = 0x09, BAD_CD = 0x0a };

/* In counts of types: contexts by the stages that they have. */
#define STAGES 0xf0

/* All that random tables, L1CDs and CDs point to is in here. */
#define ARENA_LOG2 19
#define PAGE 4096

/* ---- Memory ---- */

static void fill_arena(Fixture *f, GRand *r)
{
    uint64_t words[PAGE / 8];

    for (uint64_t pa = 0; pa < UINT64_C(1) << ARENA_LOG2; pa += PAGE) {
        for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
            words[i] = random_descriptor(r, ARENA_LOG2);
        }
        fixture_write_words(f, pa, words, G_N_ELEMENTS(words));
    }
}

/* ---- Structures ---- */

static uint64_t in_arena(GRand *r)
{
    return random_size(r, ARENA_LOG2) & ~UINT64_C(0x3f);
}

static ConfigWords usual_cd(GRand *r, const MsmmuRegisters *regs)
{
    ConfigWords cd = random_cd(r, regs);

    config_set_bits(&cd, 119, 68, in_arena(r) >> 4);
    config_set_bits(&cd, 183, 132, in_arena(r) >> 4);
    return cd;
}

/*
 * Tables of stage 2 in both orders that leave the first GiB where it is: one
 * Block of level 1, read-write, Normal, accessed.
 */
#define IDENTITY UINT64_C(0x10000000)

static void put_identity(Fixture *f)
{
    fixture_write64(f, IDENTITY, 0x4fd);
    fixture_write64(f, IDENTITY + 0x1000, GUINT64_SWAP_LE_BE(0x4fd));
}

/* Have @ste use them, if the instance has such tables. */
static void use_identity(const MsmmuRegisters *regs, ConfigWords *ste)
{
    if (!(regs->idr[5] & 1 << 4) || !config_bits(ste, 179, 179)) {
        return;
    }
    /* S2T0SZ 32 bits, S2SL0 1, S2TG 4KB, S2PS 32 bits, no S2DS */
    config_set_bits(ste, 165, 160, 32);
    config_set_bits(ste, 167, 166, 1);
    config_set_bits(ste, 175, 174, 0);
    config_set_bits(ste, 178, 176, 0);
    config_set_bits(ste, 195, 194, 0);
    config_set_bits(ste, 247, 196,
                    (IDENTITY + 0x1000 * config_bits(ste, 180, 180)) >> 4);
}

static bool has_identity(const ConfigWords *ste)
{
    return (config_bits(ste, 247, 196) << 4 & ~UINT64_C(0x1000)) == IDENTITY;
}

/* Mostly legal, and of tables in the arena. */
static ConfigWords usual_ste(GRand *r, const MsmmuRegisters *regs)
{
    ConfigWords ste;
    unsigned tries = 0;

    do {
        ste = random_ste(r, regs);
        config_set_bits(&ste, 55, 6, in_arena(r) >> 6);
        config_set_bits(&ste, 63, 59, random_one_in(r, 2) ? 0 :
                        g_rand_int_range(r, 0, 21));
        config_set_bits(&ste, 247, 196, in_arena(r) >> 4);
        config_set_bits(&ste, 186, 186, !random_one_in(r, 4));
        if (random_one_in(r, 2)) {
            use_identity(regs, &ste);
        }
    } while ((oracle_ste_illegal(regs, &ste) ||
              config_bits(&ste, 3, 1) < 5) && ++tries < 20);
    return ste;
}

/* ---- What to expect ---- */

typedef struct Expected {
    MsmmuStatus status;
    unsigned type;              /* of a fault; 0: see the CD */
} Expected;

/* Substreams, as the fields' prose has them (5.2). */
static Expected expect_selection(const MsmmuRegisters *regs,
                                 const ConfigWords *ste,
                                 const MsmmuRequest *rq)
{
    bool stage1 = config_bits(ste, 3, 1) & 1;
    unsigned s1cdmax = regs->idr[1] >> 6 & 0x1f ?
                       config_bits(ste, 63, 59) : 0;
    unsigned s1dss = config_bits(ste, 65, 64);
    MsmmuStatus bypass = config_bits(ste, 3, 1) & 2 ? MSMMU_STATUS_OK
                                                     : MSMMU_STATUS_BYPASS;

    if (rq->ssid_valid) {
        if (!stage1 || !s1cdmax || rq->ssid >= UINT32_C(1) << s1cdmax) {
            return (Expected) { MSMMU_STATUS_FAULT, BAD_SUBSTREAMID };
        }
        if (s1dss == 2 && rq->ssid == 0) {
            return (Expected) { MSMMU_STATUS_FAULT, STREAM_DISABLED };
        }
        return (Expected) { MSMMU_STATUS_FAULT, 0 };
    }
    if (!stage1) {
        return (Expected) { bypass, 0 };
    }
    if (!s1cdmax || s1dss == 2) {
        return (Expected) { MSMMU_STATUS_FAULT, 0 };
    }
    return s1dss == 1 ? (Expected) { bypass, 0 } :
           (Expected) { MSMMU_STATUS_FAULT, STREAM_DISABLED };
}

/* Whether one CD, whose PA is S1ContextPtr, is all that is to be fetched. */
static bool has_one_cd(const MsmmuRegisters *regs, const ConfigWords *ste)
{
    unsigned config = config_bits(ste, 3, 1);

    return (config == 5 || (config == 7 && has_identity(ste))) &&
           (!(regs->idr[1] >> 6 & 0x1f) || !config_bits(ste, 63, 59));
}

static void check(Fixture *f, const ConfigWords *ste, const ConfigWords *cd,
                  const MsmmuRequest *rq, unsigned counts[256])
{
    const MsmmuRegisters *regs = &f->m->regs;
    Expected expected;
    MsmmuContext ctx;
    MsmmuFault fault;
    MsmmuStatus status;

    if (has_one_cd(regs, ste)) {
        config_put(f, config_bits(ste, 55, 6) << 6, cd);
    }
    status = fetch(f, rq, ste, NULL, &ctx, &fault);
    if (status == MSMMU_STATUS_FAULT) {
        counts[fault.type]++;
    } else {
        counts[0]++;
        counts[STAGES + ctx.stage1 + 2 * ctx.stage2]++;
    }
    if (oracle_ste_illegal(regs, ste)) {
        g_assert_cmpint(status, ==, MSMMU_STATUS_FAULT);
        g_assert_cmphex(fault.type, ==, BAD_STE);
        return;
    }
    if (config_bits(ste, 3, 1) < 4) {
        g_assert_cmpint(status, ==, MSMMU_STATUS_ABORT_SILENT);
        return;
    }
    expected = expect_selection(regs, ste, rq);
    if (expected.type || expected.status != MSMMU_STATUS_FAULT) {
        g_assert_cmpint(status, ==, expected.status);
        g_assert_cmphex(fault.type, ==, expected.type);
    } else if (has_one_cd(regs, ste)) {
        bool illegal = oracle_cd_illegal(regs, ste, cd);

        g_assert_cmpint(status, ==, illegal ? MSMMU_STATUS_FAULT
                                            : MSMMU_STATUS_OK);
        g_assert_cmphex(fault.type, ==, illegal ? BAD_CD : 0);
    }
}

/* ---- Transactions through all of it ---- */

static void translate_some(Fixture *f, GRand *r, const MsmmuRequest *rq,
                           unsigned counts[256])
{
    MsmmuRequest access = *rq;
    MsmmuResult result;
    FixtureEvent event;
    uint64_t flags = random64(r);

    access.iova = random_size(r, 64);
    access.write = flags & 1;
    access.instruction = flags & 2;
    access.privileged = flags & 4;
    access.probe = flags & 0x38;
    result = msmmu_translate(f->m, &access);
    if (result.disposition == MSMMU_FORWARD) {
        g_assert_cmphex(result.pa >> f->m->config.oas_bits, ==, 0);
        g_assert_cmphex(result.perms & ~7, ==, 0);
        counts[0]++;
    }
    while (fixture_event(f, &event)) {
        counts[event.word[0] & 0xff]++;
    }
    fixture_collect(f);
}

static MsmmuRequest random_request(GRand *r)
{
    return (MsmmuRequest) {
        .sid = SID, .ssid_valid = random_one_in(r, 3),
        .ssid = random_size(r, 20),
    };
}

static void fuzz_instance(GRand *r, unsigned fetches[256],
                          unsigned events[256])
{
    MsmmuConfig config = random_instance(r);
    Fixture *f = fixture_new(&config);

    fixture_enable(f);
    f->m->regs.cr2 |= g_rand_boolean(r);
    fill_arena(f, r);
    put_identity(f);
    for (unsigned i = 0; i < STRUCTURES; i++) {
        bool wild = random_one_in(r, 8);
        ConfigWords ste = wild ? random_ste(r, &f->m->regs)
                               : usual_ste(r, &f->m->regs);
        ConfigWords cd = wild ? random_cd(r, &f->m->regs)
                              : usual_cd(r, &f->m->regs);
        MsmmuRequest rq = random_request(r);

        check(f, &ste, &cd, &rq, fetches);
        msmmu_config_drop_all(f->m);
        for (unsigned n = 0; n < 4; n++) {
            translate_some(f, r, &rq, events);
        }
    }
    fixture_free(f);
}

/* Every type that such transactions can end with came up. */
static void assert_all(const char *what, const unsigned counts[256],
                       const uint8_t *types, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        g_test_message("%7u %s 0x%02x", counts[types[i]], what, types[i]);
        g_assert_cmpuint(counts[types[i]], >, 0);
    }
}

static void test_random_instances(void)
{
    /* 0: none */
    static const uint8_t fetch_types[] = {
        0, 0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, STAGES + 0, STAGES + 1,
        STAGES + 2, STAGES + 3,
    };
    static const uint8_t event_types[] = {
        0, 0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, 0x12, 0x13,
    };
    unsigned fetches[256] = { 0 }, events[256] = { 0 };
    uint32_t seed = g_test_rand_int();
    GRand *r = g_rand_new_with_seed(seed);

    g_test_message("seed 0x%08x", seed);
    for (unsigned i = 0; i < INSTANCES; i++) {
        fuzz_instance(r, fetches, events);
    }
    assert_all("fetch", fetches, fetch_types, G_N_ELEMENTS(fetch_types));
    assert_all("event", events, event_types, G_N_ELEMENTS(event_types));
    g_rand_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/context/random-instances-survive-random-guests",
                    test_random_instances);
    return g_test_run();
}
