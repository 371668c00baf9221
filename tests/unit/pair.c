/*
 * Two instances with the same random guest: see pair.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "oracle_legality.h"
#include "pair.h"

/* All tables are in here; CDs are above it. */
#define ARENA_LOG2 18
#define PAGE 4096
#define CDS UINT64_C(0x1000000)
/* Addresses that are tried. */
#define AIMS 60

/* ---- Life ---- */

GRand *pair_random(void)
{
    const char *given = g_getenv("MSMMU_SEED");
    uint32_t seed = given ? g_ascii_strtoull(given, NULL, 0)
                          : (uint32_t)g_test_rand_int();

    g_test_message("seed 0x%08x", seed);
    return g_rand_new_with_seed(seed);
}

/* Enabled, with the same CR2.E2H and without tables. */
static void enable(Pair *p, const MsmmuConfig *config)
{
    uint32_t e2h = g_rand_boolean(p->r);

    for (unsigned i = 0; i < PAIR; i++) {
        p->f[i] = fixture_new(config);
        fixture_enable(p->f[i]);
        p->f[i]->m->regs.cr2 |= e2h;
    }
}

static void end(Pair *p)
{
    for (unsigned i = 0; i < PAIR; i++) {
        fixture_free(p->f[i]);
    }
}

/* ---- The guest ---- */

static void put(Pair *p, uint64_t pa, const uint64_t *words, unsigned count)
{
    for (unsigned i = 0; i < PAIR; i++) {
        fixture_write_words(p->f[i], pa, words, count);
    }
}

/* Most: valid, a Table or a Page, readable by all, accessed unless @young. */
static uint64_t random_table_word(GRand *r, bool young)
{
    uint64_t word = random_descriptor(r, ARENA_LOG2);

    if (!random_one_in(r, 4)) {
        word |= 0x443;
        word ^= young && !random_one_in(r, 4) ? 0x400 : 0;
    }
    return word;
}

/* Fill the arena. @young: most of it was never accessed. */
static void put_tables(Pair *p, bool young)
{
    uint64_t words[PAGE / 8];

    for (uint64_t pa = 0; pa < UINT64_C(1) << ARENA_LOG2; pa += PAGE) {
        for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
            words[i] = random_table_word(p->r, young);
        }
        put(p, pa, words, G_N_ELEMENTS(words));
    }
}

void pair_change_tables(Pair *p)
{
    uint64_t word = random_table_word(p->r, false);

    put(p, random64(p->r) & ((UINT64_C(1) << ARENA_LOG2) - 8), &word, 1);
}

static uint64_t in_arena(GRand *r)
{
    return random_size(r, ARENA_LOG2) & ~UINT64_C(0xfff);
}

/* Fields of a CD, or an STE, that a translation may depend on. */
typedef struct Field {
    unsigned hi, lo;
} Field;

static const Field cd_fields[] = {
    { 5, 0 }, { 14, 14 }, { 15, 15 }, { 21, 16 }, { 30, 30 }, { 34, 32 },
    { 35, 35 }, { 36, 36 }, { 37, 37 }, { 38, 38 }, { 39, 39 }, { 40, 40 },
    { 41, 41 }, { 42, 42 }, { 43, 43 }, { 45, 45 }, { 48, 48 }, { 65, 65 },
    { 66, 66 }, { 67, 67 }, { 123, 123 }, { 129, 129 }, { 130, 130 },
    { 186, 186 }, { 223, 192 },
};

static const Field ste_fields[] = {
    { 1, 1 }, { 2, 2 }, { 89, 89 }, { 95, 95 }, { 99, 96 }, { 100, 100 },
    { 104, 101 }, { 109, 108 }, { 113, 112 }, { 115, 114 }, { 128, 128 },
    { 165, 160 }, { 167, 166 }, { 173, 172 }, { 178, 176 }, { 180, 180 },
    { 181, 181 }, { 182, 182 }, { 183, 183 }, { 184, 184 }, { 186, 186 },
    { 187, 187 }, { 195, 195 },
};

/* @base with one field changed, or as it is. */
static ConfigWords variant(GRand *r, const ConfigWords *base,
                           const Field *fields, unsigned count)
{
    const Field *field = &fields[g_rand_int_range(r, 0, count)];
    ConfigWords words = *base;

    if (!random_one_in(r, 4)) {
        config_set_bits(&words, field->hi, field->lo,
                        random64(r) >> (63 - (field->hi - field->lo)));
    }
    return words;
}

/* {HA, HD}, as far as the instance has them (IDR0.HTTU). */
static unsigned random_updates(GRand *r, const MsmmuRegisters *regs)
{
    static const unsigned most[] = { 0, 1, 2, 2 };
    static const unsigned ha_hd[] = { 0, 2, 3 };

    return !random_one_in(r, 3) ?
        ha_hd[g_rand_int_range(r, 0, most[regs->idr[0] >> 6 & 3] + 1)] : 0;
}

static ConfigWords base_ste(GRand *r, const MsmmuRegisters *regs)
{
    ConfigWords ste;
    unsigned tries = 0;

    do {
        ste = random_ste(r, regs);
        config_set_bits(&ste, 55, 6, CDS >> 6);
        config_set_bits(&ste, 63, 59, 0);
        config_set_bits(&ste, 184, 184, random_updates(r, regs) >> 1);
        config_set_bits(&ste, 183, 183, random_updates(r, regs) & 1);
        config_set_bits(&ste, 247, 196, in_arena(r) >> 4);
    } while ((oracle_ste_illegal(regs, &ste) ||
              config_bits(&ste, 3, 1) < 5) && ++tries < 50);
    return ste;
}

static ConfigWords base_cd(GRand *r, const MsmmuRegisters *regs,
                           const ConfigWords *ste)
{
    ConfigWords cd;
    unsigned tries = 0;

    do {
        cd = random_cd(r, regs);
        config_set_bits(&cd, 43, 43, random_updates(r, regs) >> 1);
        config_set_bits(&cd, 42, 42, random_updates(r, regs) & 1);
        config_set_bits(&cd, 119, 68, in_arena(r) >> 4);
        config_set_bits(&cd, 183, 132, in_arena(r) >> 4);
    } while (oracle_cd_illegal(regs, ste, &cd) && ++tries < 50);
    return cd;
}

static uint64_t random_address(GRand *r)
{
    uint64_t address = random_size(r, g_rand_int_range(r, 20, 53));

    address = random_one_in(r, 3) ? ~address : address;
    return random_one_in(r, 8) ? address ^ random64(r) << 56 : address;
}

/*
 * Streams with variants of one STE and of one CD. Where a CD is in IPA space,
 * it is whatever stage 2 leads to.
 */
static void put_streams(Pair *p)
{
    const MsmmuRegisters *regs = &p->f[KEEPS]->m->regs;
    ConfigWords ste = base_ste(p->r, regs);
    ConfigWords cd = base_cd(p->r, regs, &ste);

    for (unsigned sid = 0; sid < PAIR_STREAMS; sid++) {
        ConfigWords ste_n = variant(p->r, &ste, ste_fields,
                                    G_N_ELEMENTS(ste_fields));
        ConfigWords cd_n = variant(p->r, &cd, cd_fields,
                                   G_N_ELEMENTS(cd_fields));

        config_set_bits(&ste_n, 55, 6, (CDS >> 6) + sid);
        put(p, FIXTURE_STRTAB + 64 * sid, ste_n.word, 8);
        put(p, CDS + 64 * sid, cd_n.word, 8);
    }
    for (unsigned i = 0; i < PAIR_ADDRESSES; i++) {
        p->address[i] = random_address(p->r);
    }
}

/* Whether one of the streams may read at @address. */
static bool leads_on(Pair *p, uint64_t address)
{
    bool forwarded = false;

    for (uint32_t sid = 0; sid < PAIR_STREAMS && !forwarded; sid++) {
        MsmmuRequest rq = { .sid = sid, .iova = address, .probe = true };

        forwarded = msmmu_translate(p->f[WALKS]->m, &rq).disposition ==
                    MSMMU_FORWARD;
    }
    return forwarded;
}

/* Look for addresses that can be read, without a trace: how many there are. */
static unsigned aim(Pair *p)
{
    unsigned found = 0;

    for (unsigned i = 0; i < AIMS && found < PAIR_ADDRESSES; i++) {
        uint64_t address = random_address(p->r);

        if (leads_on(p, address)) {
            p->address[found++] = address;
        }
    }
    msmmu_config_drop_all(p->f[WALKS]->m);
    fixture_collect(p->f[WALKS]);
    return found;
}

MsmmuRequest pair_request(Pair *p)
{
    uint64_t flags = random64(p->r);

    return (MsmmuRequest) {
        .sid = g_rand_int_range(p->r, 0, PAIR_STREAMS),
        .iova = p->address[g_rand_int_range(p->r, 0, PAIR_ADDRESSES)] ^
                (random_one_in(p->r, 2) ? random_size(p->r, 16) : 0),
        .write = flags & 1,
        .instruction = flags & 2,
        .privileged = flags & 4,
        .probe = !(flags & 0x38),
    };
}

/* ---- Both ---- */

void pair_forget_translations(Fixture *f)
{
    msmmu_tlb_invalidate(f->m, &(MsmmuInvalidation) {
        .scope = MSMMU_INV_ALL, .last = UINT64_MAX,
    });
}

void pair_assert_same(const MsmmuResult *a, const MsmmuResult *b)
{
    g_assert_cmpint(a->disposition, ==, b->disposition);
    g_assert_cmphex(a->pa, ==, b->pa);
    g_assert_cmpuint(a->size_log2, ==, b->size_log2);
    g_assert_cmphex(a->perms, ==, b->perms);
    g_assert_cmphex(a->attributes.memory_type, ==, b->attributes.memory_type);
    g_assert_cmpint(a->attributes.shareability, ==,
                    b->attributes.shareability);
    g_assert_cmpint(a->attributes.from_device, ==, b->attributes.from_device);
}

void pair_assert_same_events(Pair *p)
{
    FixtureEvent a, b;

    while (fixture_event(p->f[KEEPS], &a)) {
        g_assert_true(fixture_event(p->f[WALKS], &b));
        for (unsigned i = 0; i < 4; i++) {
            g_assert_cmphex(a.word[i], ==, b.word[i]);
        }
    }
    g_assert_false(fixture_event(p->f[WALKS], &b));
}

/* In all of the arena. */
static void assert_same_tables(Pair *p)
{
    uint8_t a[PAGE], b[PAGE];

    for (uint64_t pa = 0; pa < UINT64_C(1) << ARENA_LOG2; pa += PAGE) {
        fixture_read(p->f[KEEPS], pa, a, PAGE);
        fixture_read(p->f[WALKS], pa, b, PAGE);
        g_assert_cmpmem(a, PAGE, b, PAGE);
    }
}

void pair_run(Pair *p, bool updating, unsigned rounds, unsigned transactions,
              PairTransact *transact, void *opaque)
{
    MsmmuConfig config;

    do {
        config = random_instance(p->r);
    } while (updating && config.httu == MSMMU_HTTU_NONE);
    enable(p, &config);
    put_tables(p, updating);
    for (unsigned i = 0; i < rounds; i++) {
        do {
            put_streams(p);
            msmmu_config_drop_all(p->f[WALKS]->m);
        } while (!aim(p));
        msmmu_config_drop_all(p->f[KEEPS]->m);
        pair_forget_translations(p->f[KEEPS]);
        for (unsigned n = 0; n < transactions; n++) {
            transact(p, opaque);
        }
    }
    assert_same_tables(p);
    end(p);
}
