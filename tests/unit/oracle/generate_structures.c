/*
 * Random L1STDs, STEs, L1CDs and CDs: legal, or with one field spoilt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "generate.h"
#include "model.h"

typedef struct Field {
    unsigned hi, lo;
} Field;

/* Write a random value to one of @fields. */
static void spoil(Random *r, uint64_t *words, const Field *fields,
                  unsigned count)
{
    const Field *f = &fields[random_below(r, count)];

    set_field(words, f->hi, f->lo, random_next(r));
}

/* A granule that the instance has, as log2. */
static unsigned granule(const OracleId *id, Random *r)
{
    static const unsigned page_bits[] = { 12, 14, 16 };
    unsigned g;

    do {
        g = page_bits[random_below(r, 3)];
    } while (!oracle_granule_supported(id, g));
    return g;
}

static unsigned tg0_of(unsigned page_bits)
{
    return page_bits == 12 ? 0 : page_bits == 16 ? 1 : 2;
}

static unsigned tg1_of(unsigned page_bits)
{
    return page_bits == 12 ? 2 : page_bits == 16 ? 3 : 1;
}

static bool endi(const OracleId *id, Random *r)
{
    return id->ttendian == 0 ? random_percent(r, 50) : id->ttendian == 3;
}

/* A value of TxSZ from @min to @max, likely to be a limit. */
static unsigned txsz(Random *r, unsigned min, unsigned max)
{
    switch (random_below(r, 5)) {
    case 0:
        return min;
    case 1:
        return max;
    default:
        return min + random_below(r, max - min + 1);
    }
}

/* ---- Stream table ------------------------------------------------------- */

static void make_l1std(const Scene *s, Random *r, const OracleRole *role,
                       uint64_t *word)
{
    unsigned split = oracle_bits(s->oracle->strtab_cfg, 10, 6);
    unsigned span, needed = 1;

    if (split != 8 && split != 10) {
        split = 6;
    }
    while (oracle_truncate(role->id, split) >> (needed - 1)) {
        needed++;
    }
    span = needed + random_below(r, split + 2 - needed);
    if (goes_wrong(s, r)) {
        span = random_below(r, 32);
    }
    *word = generate_address(r, s->oracle->id.oas) & ~UINT64_C(63);
    if (goes_wrong(s, r)) {
        *word |= generate_address(r, 56) & ~UINT64_C(63);
    }
    *word |= span | (uint64_t)random_bits(r, 8) << 56;
}

/* ---- STE ---------------------------------------------------------------- */

static void make_stage1(const Scene *s, Random *r, uint64_t *ste,
                        unsigned pointer_bits)
{
    const OracleId *id = &s->oracle->id;

    set_field(ste, 55, 6, generate_address(r, pointer_bits) >> 6);
    if (id->ssidsize) {
        unsigned max = random_below(r, id->ssidsize + 1);

        if (random_percent(r, 70)) {
            max = id->ssidsize;
        }
        set_field(ste, 63, 59, max);
        set_field(ste, 5, 4, id->cd2l || random_percent(r, 1)
                             ? random_below(r, 4)
                             : random_percent(r, 10) * 3);
        set_field(ste, 65, 64, 1 + random_below(r, 2));
        if (goes_wrong(s, r)) {
            set_field(ste, 65, 64, random_below(r, 4));
        }
    }
    set_field(ste, 91, 91, 0);
}

static void make_stage2_vmsa64(const Scene *s, Random *r, uint64_t *ste)
{
    const OracleId *id = &s->oracle->id;
    unsigned g = granule(id, r), ias = oracle_ias(id), ps;
    bool ds = id->ds && random_percent(r, 60);
    unsigned min = g == 16 || ds ? 12 : 16;
    unsigned max = !id->stt ? 39 : g == 16 ? 47 : 48;

    set_field(ste, 179, 179, 1);
    set_field(ste, 175, 174, tg0_of(g));
    set_field(ste, 195, 195, ds);
    ps = random_percent(r, 60) ? 7 : random_below(r, 8);
    set_field(ste, 178, 176, ps);
    min = MAX(min, 64 - MIN(ias, 52));
    if (random_percent(r, 60)) {
        max = MIN(max, min + 8);
    }
    for (unsigned i = 0; i < 24; i++) {
        set_field(ste, 165, 160, txsz(r, min, max));
        set_field(ste, 167, 166, random_below(r, 4));
        set_field(ste, 194, 194, random_percent(r, 30));
        if (oracle_ste_illegal(id, ste) != STE_WALK_VMSA64) {
            break;
        }
    }
}

static void make_stage2_vmsa32(Random *r, uint64_t *ste)
{
    int t0sz;
    unsigned sl0 = random_below(r, 2);

    t0sz = sl0 ? -8 + (int)random_below(r, 10) : -2 + (int)random_below(r, 10);
    set_field(ste, 179, 179, 0);
    set_field(ste, 165, 160, t0sz);
    set_field(ste, 167, 166, sl0);
    set_field(ste, 89, 89, 0);
}

static void make_stage2(const Scene *s, Random *r, uint64_t *ste)
{
    const OracleId *id = &s->oracle->id;
    bool aa64 = !id->aa32 || random_percent(r, 65);
    unsigned ps, bits;

    set_field(ste, 185, 185, 0);                        /* S2S */
    set_field(ste, 182, 182, random_percent(r, 30));    /* S2PTW */
    set_field(ste, 186, 186, random_percent(r, 85));    /* S2R */
    set_field(ste, 180, 180, endi(id, r));
    set_field(ste, 184, 184, aa64 && id->httu && random_percent(r, 70));
    set_field(ste, 183, 183, aa64 && id->httu >= 2 && random_percent(r, 70));
    set_field(ste, 187, 187, oracle_bit(ste, 184) && random_percent(r, 60));
    /* A table that is in range whatever its granule. */
    ps = random_percent(r, 60) ? 7 : random_below(r, 8);
    set_field(ste, 178, 176, ps);
    set_field(ste, 247, 196, 0);
    if (aa64) {
        make_stage2_vmsa64(s, r, ste);
    } else {
        make_stage2_vmsa32(r, ste);
    }
    bits = oracle_output_size(id, oracle_field(ste, 178, 176), aa64);
    if (aa64 && !oracle_bit(ste, 195) && oracle_field(ste, 175, 174) != 1) {
        bits = MIN(bits, 48);
    }
    set_field(ste, 247, 196, generate_address(r, bits) >> 4);
}

static unsigned stream_index(const Scene *s, uint32_t sid)
{
    unsigned i = 0;

    while (i < SCENE_STREAMS && s->sids[i] != sid) {
        i++;
    }
    return i;
}

static unsigned choose_config(const Scene *s, Random *r)
{
    const OracleId *id = &s->oracle->id;
    unsigned stages = id->s1p | id->s2p << 1;

    switch (random_below(r, 20)) {
    case 0:
        return random_percent(r, 40) ? random_below(r, 4) : 4;
    case 1 ... 6:
        return 4 | (stages & 1 ? 1 : stages);
    case 7 ... 9:
        return 4 | (stages & 2 ? 2 : stages);
    case 10:
        return 4 + random_percent(r, 10) * random_below(r, 4);
    default:
        return 4 | stages;
    }
}

/* The first two streams of a scene with twins count as one. */
static bool is_twin(const Scene *s, const OracleRole *role)
{
    return s->twins && role->kind == ORACLE_STE &&
           (role->id == s->sids[0] || role->id == s->sids[1]);
}

/*
 * Twins differ in what no TLB may keep (5.2.1): overrides, and how faults of
 * stage 2 are recorded.
 */
static void tell_twins_apart(Random *r, uint64_t *ste)
{
    set_field(ste, 115, 96, random_percent(r, 50) ? random_next(r) : 0);
    set_field(ste, 186, 186, random_next(r));
}

static void make_ste(const Scene *s, Random *r, const OracleRole *role,
                     uint64_t *ste)
{
    static const Field fields[] = {
        { 0, 0 }, { 3, 1 }, { 5, 4 }, { 63, 59 }, { 55, 36 }, { 65, 64 },
        { 89, 89 }, { 91, 91 }, { 95, 94 }, { 143, 136 }, { 165, 160 },
        { 167, 166 }, { 175, 174 }, { 178, 176 }, { 179, 179 },
        { 180, 180 }, { 183, 183 }, { 184, 184 }, { 185, 185 },
        { 187, 187 }, { 194, 194 }, { 195, 195 }, { 247, 228 },
        { 243, 240 },
    };
    const OracleId *id = &s->oracle->id;
    unsigned vmid = 1 + (is_twin(s, role) ? 0 : stream_index(s, role->id));
    unsigned config;

    for (unsigned i = 0; i < 8; i++) {
        ste[i] = random_next(r);
    }
    config = choose_config(s, r);
    set_field(ste, 0, 0, 1);
    set_field(ste, 3, 1, config);
    set_field(ste, 95, 94, random_percent(r, 50) ? 0 : 2);
    /* Each stream has its own VMID, for each has its own tables. */
    set_field(ste, 143, 128, id->vmid16 && random_percent(r, 50)
                             ? 0xa500 | vmid : vmid);
    if (random_percent(r, 50)) {
        set_field(ste, 115, 112, 0);
    }
    if (random_percent(r, 60)) {
        set_field(ste, 100, 100, 0);
    }
    if (config & 2) {
        /* The checks that it makes on the way are to be of stage 2 only. */
        set_field(ste, 3, 1, 6);
        make_stage2(s, r, ste);
        set_field(ste, 3, 1, config);
    }
    if (config & 1) {
        unsigned bits = id->oas;

        if (config & 2) {
            bits = MIN(oracle_ias(id), oracle_stage2_input(ste));
        }
        make_stage1(s, r, ste, bits);
    }
    if (goes_wrong(s, r) || random_percent(r, 5)) {
        spoil(r, ste, fields, G_N_ELEMENTS(fields));
    }
}

/* ---- CD ----------------------------------------------------------------- */

static void make_l1cd(const Scene *s, Random *r, const OracleRole *role,
                      uint64_t *word)
{
    const OracleId *id = &s->oracle->id;
    unsigned bits = id->oas;

    if (oracle_bit(role->ste, 2)) {
        bits = MIN(oracle_ias(id), oracle_stage2_input(role->ste));
    }
    if (goes_wrong(s, r)) {
        bits = 56;
    }
    *word = oracle_align(generate_address(r, bits), 12);
    *word |= (uint64_t)random_bits(r, 8) << 56 | random_bits(r, 11) << 1;
    *word |= !goes_wrong(s, r);
}

static unsigned context_index(const Scene *s, const OracleRole *role)
{
    unsigned i = 0;

    while (i < SCENE_SUBSTREAMS && s->ssids[i] != role->id) {
        i++;
    }
    return i;
}

/* Each context has its own ASID: that of its stream and its substream. */
static void make_asid(const Scene *s, Random *r, const OracleRole *role,
                      uint64_t *cd)
{
    unsigned asid = oracle_field(role->ste, 131, 128) << 4 |
                    context_index(s, role);

    if (s->oracle->id.asid16 && random_percent(r, 50)) {
        asid |= 0x5a00;
    }
    set_field(cd, 63, 48, asid);
}

static void make_mair(Random *r, uint64_t *cd)
{
    static const uint8_t bytes[] = {
        0xff, 0xff, 0xff, 0x44, 0x00, 0x04, 0x08, 0x0c, 0xbb, 0xee, 0x4f,
        0xf4, 0x77, 0x33,
    };

    for (unsigned i = 0; i < 8; i++) {
        unsigned byte = random_percent(r, 60)
                        ? bytes[random_below(r, G_N_ELEMENTS(bytes))]
                        : random_bits(r, 8);

        set_field(cd, 199 + 8 * i, 192 + 8 * i, byte);
    }
}

static void make_half(const Scene *s, Random *r, const OracleRole *role,
                      uint64_t *cd, bool upper, bool ds)
{
    const OracleId *id = &s->oracle->id;
    bool aa64 = oracle_bit(cd, 41);
    unsigned g = granule(id, r);
    unsigned min = 16, max = !id->stt ? 39 : g == 16 ? 47 : 48;
    unsigned bits = oracle_output_size(id, oracle_field(cd, 34, 32), aa64);
    unsigned base = upper ? 132 : 68;

    if (id->vax && (g == 16 || (id->ds && ds))) {
        min = 12;
    }
    if (aa64 && g < 16 && !(id->ds && ds)) {
        bits = MIN(bits, 48);
    }
    if (oracle_bit(role->ste, 2) && !goes_wrong(s, r)) {
        bits = MIN(bits, oracle_stage2_input(role->ste));
    }
    set_field(cd, upper ? 21 : 5, upper ? 16 : 0, txsz(r, min, max));
    if (!aa64) {
        /* 0..7, of which 0 leaves all to the other half. */
        set_field(cd, upper ? 21 : 5, upper ? 16 : 0, random_below(r, 8));
    }
    set_field(cd, upper ? 23 : 7, upper ? 22 : 6,
              upper ? tg1_of(g) : tg0_of(g));
    set_field(cd, upper ? 30 : 14, upper ? 30 : 14, random_percent(r, 4));
    set_field(cd, base + 51, base, generate_address(r, bits) >> 4);
    set_field(cd, upper ? 130 : 66, upper ? 130 : 66, random_percent(r, 6));
}

static void make_cd(const Scene *s, Random *r, const OracleRole *role,
                    uint64_t *cd)
{
    static const Field fields[] = {
        { 5, 0 }, { 7, 6 }, { 14, 14 }, { 15, 15 }, { 21, 16 }, { 23, 22 },
        { 30, 30 }, { 31, 31 }, { 34, 32 }, { 41, 41 }, { 42, 42 },
        { 43, 43 }, { 44, 44 }, { 46, 46 }, { 63, 56 }, { 67, 67 },
        { 119, 100 }, { 115, 112 }, { 179, 176 }, { 183, 164 },
        { 186, 186 },
    };
    const OracleId *id = &s->oracle->id;
    bool s2_vmsa32 = oracle_bit(role->ste, 2) && !oracle_bit(role->ste, 179);
    bool aa64 = !s2_vmsa32 && (!id->aa32 || random_percent(r, 70));
    bool ds = random_percent(r, 60);

    for (unsigned i = 0; i < 8; i++) {
        cd[i] = random_next(r);
    }
    if (oracle_world(s->oracle, role->ste) == WORLD_E2H) {
        aa64 = true;
    }
    if (id->aa32 && random_percent(r, 1)) {
        aa64 = !aa64;
    }
    set_field(cd, 31, 31, 1);
    set_field(cd, 41, 41, aa64);
    set_field(cd, 15, 15, endi(id, r));
    set_field(cd, 34, 32, random_percent(r, 60) ? 7 : random_below(r, 8));
    set_field(cd, 186, 186, ds);
    make_half(s, r, role, cd, false, ds);
    make_half(s, r, role, cd, true, ds);
    set_field(cd, 36, 36, random_percent(r, 25));       /* WXN */
    set_field(cd, 37, 37, random_percent(r, 25));       /* UWXN */
    set_field(cd, 40, 40, random_percent(r, 25));       /* PAN */
    set_field(cd, 43, 43, (id->httu && random_percent(r, 70)) ||
                          (!aa64 && random_percent(r, 20)));
    set_field(cd, 42, 42, (id->httu >= 2 && random_percent(r, 70)) ||
                          (!aa64 && random_percent(r, 20)));
    set_field(cd, 67, 67, oracle_bit(cd, 43) && random_percent(r, 60));
    set_field(cd, 44, 44, 0);                           /* S */
    set_field(cd, 45, 45, random_percent(r, 85));       /* R */
    set_field(cd, 46, 46, id->term_model || random_percent(r, 70));
    make_asid(s, r, role, cd);
    make_mair(r, cd);
    if (goes_wrong(s, r) || random_percent(r, 4)) {
        spoil(r, cd, fields, G_N_ELEMENTS(fields));
    }
}

/* ---- Whatever the oracle reads ------------------------------------------ */

void generate_words(void *opaque, uint64_t pa, const OracleRole *role,
                    uint64_t *words, unsigned count)
{
    const Scene *s = opaque;
    Random own = { random_hash(pa, s->seed ^ role->kind) };
    Random r = own;

    g_assert(count <= 8);
    if (is_twin(s, role)) {
        r.state = random_hash(s->sids[0], s->seed);
    }
    switch (role->kind) {
    case ORACLE_L1STD:
        make_l1std(s, &r, role, words);
        break;
    case ORACLE_STE:
        make_ste(s, &r, role, words);
        if (is_twin(s, role)) {
            tell_twins_apart(&own, words);
        }
        break;
    case ORACLE_L1CD:
        make_l1cd(s, &r, role, words);
        break;
    case ORACLE_CD:
        make_cd(s, &r, role, words);
        break;
    case ORACLE_DESCRIPTOR:
        generate_descriptor(s, &r, role, words);
        break;
    }
}
