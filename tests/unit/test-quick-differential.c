/*
 * The short way that most misses go (quick.c) answers what the full one does
 * with nothing cached, or leaves all as it was.
 *
 * On guests whose configuration, tables and transactions are anything, and on
 * ordered ones that change their tables and invalidate just what the
 * architecture asks for (IHI 0070 3.17, 4.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"
#include "walk_cache.h"
#include "ways.h"

/* ---- Guests of which anything is random ---- */

#define GUESTS 6
#define ROUNDS 8
#define TRANSACTIONS 100

/* Of what the configuration of a stream names, or of something else. */
static void invalidate(Pair *p)
{
    const MsmmuRequest rq = pair_request(p);
    const MsmmuContext *ctx = msmmu_config_peek(p->f[KEEPS]->m, &rq);
    bool named = ctx && !random_one_in(p->r, 4);
    uint64_t first = rq.iova & ~UINT64_C(0xfff);

    msmmu_tlb_invalidate(p->f[KEEPS]->m, &(MsmmuInvalidation) {
        .scope = g_rand_int_range(p->r, MSMMU_INV_ALL, MSMMU_INV_STREAMS),
        .world = named ? ctx->world : MSMMU_WORLD_NS_EL1,
        .asid = named ? ctx->asid : g_rand_int_range(p->r, 0, 256),
        .vmid = named ? ctx->vmid : g_rand_int_range(p->r, 0, 256),
        .leaf_only = g_rand_boolean(p->r),
        .first = first,
        .last = first | random_size(p->r, 24) | 0xfff,
    });
}

static void drop_config(Pair *p)
{
    uint32_t sid = g_rand_int_range(p->r, 0, PAIR_STREAMS);

    for (unsigned i = 0; i < PAIR; i++) {
        msmmu_config_drop_streams(p->f[i]->m, sid, sid);
    }
}

static void change_tables(Pair *p)
{
    pair_change_tables(p);
    pair_forget_translations(p->f[KEEPS]);
}

static void transact(Pair *p, void *opaque)
{
    Ways *w = opaque;
    MsmmuRequest rq = pair_request(p);

    rq.atomic = random_one_in(p->r, 4);
    rq.recorder = random_one_in(p->r, 16) ? &ways_recorder : NULL;
    ways_compare(w, p, &rq);
    if (random_one_in(p->r, 8)) {
        invalidate(p);
    }
    if (random_one_in(p->r, 32)) {
        drop_config(p);
    }
    if (random_one_in(p->r, 32)) {
        change_tables(p);
    }
}

static void test_anything(void)
{
    Pair p = { .r = pair_random() };
    Ways w = { .updates = 0 };

    for (unsigned i = 0; i < GUESTS; i++) {
        pair_run(&p, i % 2, ROUNDS, TRANSACTIONS, transact, &w);
    }
    ways_tell(&w);
    g_assert_cmpuint(ways_short(&w), >=, 5);
    g_rand_free(p.r);
}

/* ---- Ordered guests ---- */

#define ORDERED_GUESTS 72
#define STEPS 250
#define PAGES 8                 /* that are used of each block */

/*
 * What a guest has of inputs, by blocks that a last table maps: two such, whose
 * tables are swapped with those of others that nobody asks for, and one that
 * has a Block.
 */
enum { TABLE_0, TABLE_1, BLOCK, SPARE_0, SPARE_1, BLOCKS };

#define INPUT UINT64_C(0x4000000000)
/* Of stage 1 where there is stage 2: pages, and a block of it. */
#define IPA UINT64_C(0x200000000)
#define PA UINT64_C(0x300000000)
#define VMID UINT64_C(7)
#define ASID UINT64_C(1)

/* Commands of 4.4 */
enum {
    CMD_NH_ALL = 0x10, CMD_NH_ASID = 0x11, CMD_NH_VA = 0x12, CMD_NH_VAA = 0x13,
    CMD_EL2_ALL = 0x20, CMD_S12_VMALL = 0x28, CMD_S2_IPA = 0x2a,
};

typedef struct Guest {
    Pair p;
    Stages side[PAIR];
    bool stage1, stage2;
    unsigned far;               /* from the first block to the second */
    unsigned asked;             /* how many of them are asked for */
    unsigned moves;             /* of pages that have tables */
} Guest;

static bool chance(Guest *g, int n)
{
    return random_one_in(g->p.r, n);
}

static unsigned any_of(Guest *g, unsigned n)
{
    return g_rand_int_range(g->p.r, 0, n);
}

/* ---- Its tables ---- */

static Tables *tables_of(Guest *g, unsigned i, unsigned stage)
{
    return stage == 1 ? &g->side[i].r.t : &g->side[i].s2;
}

static unsigned kb_of(const Guest *g, unsigned stage)
{
    return stage == 1 ? g->side[KEEPS].s1_kb : g->side[KEEPS].s2_kb;
}

/* The first addresses of blocks and pages; stage 2 of both has IPAs. */
static uint64_t block_of(const Guest *g, unsigned stage, unsigned block)
{
    uint64_t base = stage == 2 && g->stage1 ? IPA : INPUT;

    block = block == TABLE_1 ? g->far : block;
    return base + ((uint64_t)block << tables_shift(kb_of(g, stage), 2));
}

static uint64_t page_of(const Guest *g, unsigned stage, unsigned block,
                        unsigned page)
{
    return block_of(g, stage, block) + page * 1024 * kb_of(g, stage);
}

/* What leaves of @stage, of 2^@log2 bytes, lead to. */
static uint64_t random_output(Guest *g, unsigned stage, unsigned log2)
{
    uint64_t low = (UINT64_C(1) << log2) - 1;
    uint64_t to;

    if (stage == 1 && g->stage2) {
        to = page_of(g, 2, any_of(g, BLOCK + 1), any_of(g, PAGES));
    } else {
        to = PA + (random64(g->p.r) & UINT64_C(0xffffffff));
    }
    /* What CD.IPS, or S2PS, of 44 bits has not. */
    return (to & ~low) | (chance(g, 16) ? UINT64_C(1) << 46 : 0);
}

/* Mostly one that permits much. */
static uint64_t random_leaf(Guest *g, unsigned stage, int level)
{
    uint64_t output = random_output(g, stage,
                                    tables_shift(kb_of(g, stage), level));
    uint64_t d = random64(g->p.r) & (TABLES_DBM | TABLES_CONT | TABLES_NG |
                                     UINT64_C(0x300));
    uint64_t all = stage == 1 ? TABLES_UNPRIV : TABLES_S2_READ |
                                                TABLES_S2_WRITE;

    d &= stage == 1 ? UINT64_MAX : ~TABLES_NG;
    d |= chance(g, 3) ? random64(g->p.r) & (UINT64_C(0xc0) | TABLES_PXN |
                                            TABLES_UXN) : all;
    d |= stage == 2 ? TABLES_S2_WB :
         chance(g, 2) ? random64(g->p.r) & 0x1c : 0;        /* AttrIndx */
    d |= chance(g, 6) ? 0 : TABLES_AF;
    d |= level < 3 ? TABLES_BLOCK : TABLES_PAGE;
    d |= level < 3 && chance(g, 8) ? TABLES_NT : 0;
    d &= chance(g, 12) ? ~(UINT64_C(1) << any_of(g, 2)) : UINT64_MAX;
    return output | d;
}

/* What it was. */
static uint64_t set(Guest *g, unsigned stage, uint64_t input, int level,
                    uint64_t descriptor)
{
    uint64_t old = tables_get(tables_of(g, KEEPS, stage), input, level);

    for (unsigned i = 0; i < PAIR; i++) {
        tables_set(tables_of(g, i, stage), input, level, descriptor);
    }
    return old;
}

static void fill(Guest *g, unsigned stage)
{
    for (unsigned block = 0; block < BLOCKS; block++) {
        for (unsigned page = 0; block != BLOCK && page < PAGES; page++) {
            set(g, stage, page_of(g, stage, block, page), 3,
                random_leaf(g, stage, 3));
        }
    }
    set(g, stage, block_of(g, stage, BLOCK), 2, random_leaf(g, stage, 2));
}

/* ---- Its commands ---- */

/* Only who keeps something needs them. */
static void command(Guest *g, uint64_t word0, uint64_t word1)
{
    Fixture *f = g->p.f[KEEPS];

    fixture_command(f, word0, word1);
    fixture_settle(f);
    g_assert_cmpuint(fixture_cerror(f), ==, 0);
}

static void tlbi(Guest *g, unsigned opcode, uint64_t word0, uint64_t word1)
{
    command(g, opcode | (g->stage2 ? VMID << 32 : 0) | ASID << 48 | word0,
            word1);
}

/* By VA or by IPA: one page, or as a range, which may say its level. */
static void tlbi_page(Guest *g, unsigned opcode, uint64_t address)
{
    unsigned kb = kb_of(g, opcode == CMD_S2_IPA ? 2 : 1);
    uint64_t tg = kb == 4 ? 1 : kb == 16 ? 2 : 3;
    uint64_t leaf = chance(g, 2);

    if (chance(g, 2)) {
        tlbi(g, opcode, 0, address | leaf);
    } else {
        /* NUM; TG and TTL */
        tlbi(g, opcode, (uint64_t)any_of(g, 4) << 12,
             address | tg << 10 | UINT64_C(3) << 8 | leaf);
    }
}

/* All that a last table maps, and the table. */
static void tlbi_block(Guest *g, unsigned opcode, uint64_t address,
                       uint64_t leaf)
{
    unsigned kb = kb_of(g, opcode == CMD_S2_IPA ? 2 : 1);
    uint64_t tg = kb == 4 ? 1 : kb == 16 ? 2 : 3;

    /* (NUM + 1) << SCALE pages: 512, 2048 or 8192 */
    tlbi(g, opcode, UINT64_C(31) << 12 | (kb == 4 ? 4 : kb == 16 ? 6 : 8) << 20,
         address | tg << 10 | leaf);
}

/* All of stage 1, which those of both stages are of, too. */
static void tlbi_all(Guest *g)
{
    static const unsigned opcodes[] = {
        CMD_NH_ALL, CMD_S12_VMALL, CMD_TLBI_NSNH_ALL,
    };

    tlbi(g, opcodes[any_of(g, G_N_ELEMENTS(opcodes))], 0, 0);
}

/* After a change of stage 2, of all that is combined. */
static void tlbi_combined(Guest *g)
{
    if (g->stage1) {
        tlbi_all(g);
    }
}

/* ---- What it changes ---- */

static void change_page(Guest *g, unsigned stage)
{
    uint64_t input = page_of(g, stage, any_of(g, BLOCK), any_of(g, PAGES));
    uint64_t old = set(g, stage, input, 3, random_leaf(g, stage, 3));

    if (stage == 2) {
        tlbi_page(g, CMD_S2_IPA, input);
        tlbi_combined(g);
    } else if (chance(g, 4)) {
        tlbi_all(g);
    } else if (old & TABLES_NG && chance(g, 4)) {
        tlbi(g, CMD_NH_ASID, 0, 0);
    } else {
        tlbi_page(g, chance(g, 2) ? CMD_NH_VA : CMD_NH_VAA, input);
    }
}

static void change_block(Guest *g, unsigned stage)
{
    uint64_t input = block_of(g, stage, BLOCK);

    set(g, stage, input, 2, random_leaf(g, stage, 2));
    if (stage == 2) {
        tlbi(g, CMD_S2_IPA, 0, input | chance(g, 2));
        tlbi_combined(g);
    } else {
        tlbi(g, CMD_NH_VA, 0, input | chance(g, 2));
    }
}

/* What the Table descriptors of stage 1 may limit (bits [62:59]) */
static uint64_t random_limits(Guest *g, unsigned stage)
{
    return stage == 1 && chance(g, 2) ?
           (uint64_t)any_of(g, 16) << 59 & random64(g->p.r) : 0;
}

/* By a table with other leaves. */
static void change_table(Guest *g, unsigned stage)
{
    const uint64_t address = UINT64_C(0x0000fffffffff000);
    unsigned block = any_of(g, BLOCK);
    uint64_t input = block_of(g, stage, block);
    uint64_t spare = block_of(g, stage, SPARE_0 + any_of(g, 2));
    uint64_t next = tables_get(tables_of(g, KEEPS, stage), spare, 2);
    uint64_t old = set(g, stage, input, 2, (next & address) | TABLES_PAGE |
                                           random_limits(g, stage));

    set(g, stage, spare, 2, old);
    if (stage == 2) {
        tlbi_block(g, CMD_S2_IPA, input, 0);
        tlbi_combined(g);
    } else if (chance(g, 2)) {
        tlbi_block(g, chance(g, 2) ? CMD_NH_VA : CMD_NH_VAA, input, 0);
    } else if (chance(g, 2)) {
        tlbi_block(g, CMD_NH_VAA, input, 1);
        tlbi(g, CMD_NH_ASID, 0, 0);
    } else {
        tlbi_all(g);
    }
}

/* A page that has a part of a last table of stage 1, to somewhere else. */
static void move_table(Guest *g)
{
    uint64_t size = g->side[KEEPS].s2_kb * 1024;
    uint64_t pa = STAGES_S1_PA + STAGES_S1_SIZE + g->moves * 0x10000;
    uint64_t ipa = tables_slot(&g->side[KEEPS].r.t,
                               page_of(g, 1, any_of(g, BLOCK), 0), 3) &
                   ~(size - 1);

    if (size > 0x4000) {
        return;
    }
    g->moves++;
    for (unsigned i = 0; i < PAIR; i++) {
        g_autofree uint8_t *bytes = g_malloc(size);

        fixture_read(g->p.f[i], stages_pa(&g->side[i], ipa), bytes, size);
        stages_page(&g->side[i], ipa, pa, TABLES_S2_RW);
        fixture_write(g->p.f[i], pa, bytes, size);
    }
    tlbi_page(g, CMD_S2_IPA, ipa);
    tlbi_all(g);
}

/* Of something else, or of nothing. */
static void invalidate_idly(Guest *g)
{
    uint64_t address = page_of(g, 1 + g->stage2, any_of(g, BLOCKS),
                               any_of(g, PAGES));

    switch (any_of(g, 8)) {
    case 0:
        command(g, CMD_NH_VA | VMID << 32 | 3 * ASID << 48, address);
        break;
    case 1:
        command(g, CMD_NH_ALL | 3 * VMID << 32, 0);
        break;
    case 2:
        command(g, CMD_EL2_ALL, 0);
        break;
    case 3:
        command(g, CMD_S2_IPA | VMID << 32, address);
        break;
    case 4:
        command(g, CMD_CFGI_ALL, 31);
        msmmu_config_drop_all(g->p.f[WALKS]->m);
        break;
    default:
        tlbi(g, chance(g, 2) ? CMD_NH_VA : CMD_NH_ASID, 0, address | 1);
    }
}

static void change(Guest *g)
{
    unsigned stage = !g->stage1 ? 2 : !g->stage2 ? 1 : 1 + chance(g, 3);

    switch (any_of(g, 8)) {
    case 0:
        change_table(g, stage);
        break;
    case 1:
        change_block(g, stage);
        break;
    case 2:
        invalidate_idly(g);
        break;
    case 3:
        if (g->stage1 && g->stage2) {
            move_table(g);
        }
        break;
    default:
        change_page(g, stage);
    }
}

/* ---- Its life ---- */

/* Fields of one bit, that are set now and then (5.2, 5.4). */
static void random_bits(Guest *g, ConfigWords words[PAIR],
                        const unsigned *bits, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        bool value = chance(g, 4);

        for (unsigned i = 0; i < PAIR; i++) {
            config_set_bits(&words[i], bits[n], bits[n], value);
        }
    }
}

/* AFFD, WXN, TBI0, PAN; HAD0. {HA, HD}; S2AFFD; {S2HA, S2HD} */
static void configure(Guest *g)
{
    static const unsigned cd_bits[] = { 35, 36, 38, 40, 123 };
    static const unsigned ste_bits[] = { 181 };
    static const unsigned ha_hd[] = { 0, 0, 0, 2, 3 };
    unsigned s1 = ha_hd[any_of(g, G_N_ELEMENTS(ha_hd))];
    unsigned s2 = ha_hd[any_of(g, G_N_ELEMENTS(ha_hd))];
    ConfigWords cd[PAIR] = { g->side[KEEPS].r.cd, g->side[WALKS].r.cd };
    ConfigWords ste[PAIR] = { g->side[KEEPS].ste, g->side[WALKS].ste };

    random_bits(g, cd, cd_bits, G_N_ELEMENTS(cd_bits));
    random_bits(g, ste, ste_bits, G_N_ELEMENTS(ste_bits));
    for (unsigned i = 0; i < PAIR; i++) {
        config_set_bits(&cd[i], 34, 32, 4);             /* IPS: 44 bits */
        config_set_bits(&cd[i], 43, 42, s1);
        config_set_bits(&cd[i], 255, 192, UINT64_C(0xff440400bb4f00ff));
        config_set_bits(&ste[i], 178, 176, 4);          /* S2PS, too */
        config_set_bits(&ste[i], 184, 183, s2);
        g->side[i].r.cd = cd[i];
        g->side[i].ste = ste[i];
        if (g->stage2) {
            stages_put(&g->side[i]);
        } else {
            config_put_stage1(g->p.f[i], SID, &cd[i]);
        }
    }
}

static void new_side(Guest *g, unsigned i, unsigned s1_kb, unsigned s2_kb,
                     unsigned bbml)
{
    g_autofree char *properties =
        g_strdup_printf("oas=48,granules=4k+16k+64k,hyp=on,arch=3.2,"
                        "httu=dirty,tlb-entries=256,bbml=%u", bbml);
    Stages *s = &g->side[i];

    if (s2_kb) {
        stages_init(s, properties, s1_kb, s2_kb);
    } else {
        g_autofree char *text = g_strdup_printf("stage=nested,%s", properties);
        MsmmuConfig config = config_of(text);

        s->r = rig_new_with(&config);
        s->s1_kb = s1_kb;
        s->r.t = tables_new(s->r.f, s1_kb, 48, TABLES_AT + 0x1000000);
        config_set_bits(&s->r.cd, 7, 6, s1_kb == 4 ? 0 : s1_kb == 64 ? 1 : 2);
        config_set_bits(&s->r.cd, 119, 68, s->r.t.root >> 4);
    }
    g->p.f[i] = s->r.f;
}

static MsmmuRequest random_request(Guest *g)
{
    uint64_t flags = random64(g->p.r);
    unsigned stage = g->stage1 ? 1 : 2;
    uint64_t iova = page_of(g, stage, any_of(g, g->asked), any_of(g, PAGES));

    return (MsmmuRequest) {
        .sid = SID,
        .iova = iova + (random64(g->p.r) & 0xfff) +
                (chance(g, 8) ? random64(g->p.r) << 56 : 0),
        .write = flags & 1,
        .atomic = !(flags & 0x300),
        .instruction = flags & 2,
        .privileged = flags & 4,
        .probe = !(flags & 0x78),
        .recorder = flags & 0x7000 ? NULL : &ways_recorder,
    };
}

/* Stages, granules and what is asked for go with @n, the rest is random. */
static void run_ordered(Ways *w, GRand *r, unsigned n)
{
    static const unsigned granules[] = { 4, 16, 4, 64 };
    const unsigned turn = n / 3, round = n / 12;
    const unsigned s1_kb = granules[turn % 4];
    const unsigned s2_kb = granules[(turn + round) % 4];
    Guest g = {
        .p.r = r, .stage1 = n % 3 != 1, .stage2 = n % 3 != 0,
        .far = random_one_in(r, 3) ? WALK_CACHE_ENTRIES : 1,
        .asked = (turn + round) % 2 ? BLOCK + 1 : BLOCK,
    };
    unsigned bbml = 1 + any_of(&g, 2);

    for (unsigned i = 0; i < PAIR; i++) {
        new_side(&g, i, g.stage1 ? s1_kb : 0, g.stage2 ? s2_kb : 0, bbml);
    }
    if (g.stage2) {
        fill(&g, 2);
    }
    if (g.stage1) {
        fill(&g, 1);
    }
    configure(&g);
    for (unsigned step = 0; step < STEPS; step++) {
        MsmmuRequest rq = random_request(&g);

        ways_compare(w, &g.p, &rq);
        if (chance(&g, 6)) {
            change(&g);
        }
    }
    for (unsigned i = 0; i < PAIR; i++) {
        stages_free(&g.side[i]);
    }
}

static void test_ordered(void)
{
    GRand *r = pair_random();
    Ways w = { .updates = 0 };

    for (unsigned i = 0; i < ORDERED_GUESTS; i++) {
        run_ordered(&w, r, i);
    }
    ways_tell(&w);
    ways_assert(&w, 20);
    g_rand_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/msmmu/quick/agrees-with-the-full-way", test_anything);
    g_test_add_func("/msmmu/quick/agrees-while-tables-change", test_ordered);
    return g_test_run();
}
