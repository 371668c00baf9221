/*
 * Random instances, STEs and CDs, near the border of what is legal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "random_config.h"

/* ---- Random ID registers, of instances that may come to exist ---- */

/* Sets [hi:lo] of @reg to @value. */
static void set_id(uint32_t *reg, unsigned hi, unsigned lo, uint32_t value)
{
    uint32_t mask = (0xffffffffu >> (31 - (hi - lo))) << lo;

    *reg = (*reg & ~mask) | (value << lo & mask);
}

bool random_one_in(GRand *r, int n)
{
    return g_rand_int_range(r, 0, n) == 0;
}

void random_ids(GRand *r, MsmmuRegisters *regs)
{
    static const unsigned endian[] = { 0, 2, 3 };
    static const unsigned ttf[] = { 1, 2, 2, 2, 3, 3, 3, 3 };
    unsigned minor = g_rand_int_range(r, 0, 5);

    memset(regs, 0, sizeof(*regs));
    /* All features at random, but no VMSAv9-128 tables. */
    regs->idr[0] = g_rand_int(r);
    set_id(&regs->idr[0], 0, 0, !random_one_in(r, 8));
    set_id(&regs->idr[0], 1, 1, !random_one_in(r, 8));
    set_id(&regs->idr[0], 3, 2, ttf[g_rand_int_range(r, 0, 8)]);
    set_id(&regs->idr[0], 22, 21, endian[g_rand_int_range(r, 0, 3)]);
    set_id(&regs->idr[0], 25, 24, g_rand_int_range(r, 0, 3));
    if (random_one_in(r, 2)) {
        set_id(&regs->idr[1], 10, 6, g_rand_int_range(r, 0, 21));
    }
    regs->idr[3] = g_rand_int(r);
    regs->idr[5] = g_rand_int(r);
    set_id(&regs->idr[5], 2, 0,
           g_rand_int_range(r, 0, minor == 0 ? 6 : minor < 4 ? 7 : 8));
    set_id(&regs->idr[5], 8, 8, 0);
    set_id(&regs->idr[5], 11, 10, minor ? g_rand_int_range(r, 0, 3) : 0);
    regs->aidr = minor;
    regs->cr2 = g_rand_int_range(r, 0, 2);
}

/* ---- Random instances ---- */

static MsmmuSwitch random_switch(GRand *r)
{
    return g_rand_int_range(r, MSMMU_SWITCH_AUTO, MSMMU_SWITCH_OFF + 1);
}

MsmmuConfig random_instance(GRand *r)
{
    static const unsigned oas[] = { 32, 36, 40, 42, 44, 48, 52 };
    MsmmuConfig config;

    do {
        config = msmmu_config_default();
        config.granules = g_rand_int_range(r, 1, 8);
        config.stages = g_rand_int_range(r, 1, 4);
        config.formats = MSMMU_FORMAT_AARCH64 |
            (g_rand_boolean(r) ? MSMMU_FORMAT_AARCH32 : 0);
        config.endian = g_rand_int_range(r, 0, 3);
        config.oas_bits = oas[g_rand_int_range(r, 0, G_N_ELEMENTS(oas))];
        config.va_bits = g_rand_boolean(r) ? 52 : 48;
        config.ds = g_rand_boolean(r);
        config.ssid_bits = g_rand_int_range(r, 0, 21);
        config.two_level_cd = random_switch(r);
        config.asid_bits = g_rand_boolean(r) ? 16 : 8;
        config.vmid_bits = g_rand_boolean(r) ? 16 : 8;
        config.hyp = random_switch(r);
        config.httu = g_rand_int_range(r, 0, 4);
        config.had = random_switch(r);
        config.xnx = random_switch(r);
        config.stt = random_switch(r);
        config.fwb = random_switch(r);
        config.e0pd = random_switch(r);
        config.ptwnnc = random_switch(r);
        config.epan = random_switch(r);
        config.tlb_entries = 64;
    } while (!msmmu_features_check(&config, NULL));
    return config;
}

/* ---- Random structures, near the border of what is legal ---- */

typedef struct Field {
    unsigned hi, lo;
} Field;

/* Every field that the legality of an STE depends on. */
static const Field ste_fields[] = {
    { 0, 0 }, { 3, 1 }, { 5, 4 }, { 55, 6 }, { 63, 59 }, { 75, 72 },
    { 88, 88 }, { 89, 89 }, { 90, 90 }, { 91, 91 }, { 93, 92 }, { 95, 94 },
    { 143, 128 }, { 165, 160 }, { 167, 166 }, { 175, 174 }, { 178, 176 },
    { 179, 179 }, { 180, 180 }, { 183, 183 }, { 184, 184 }, { 185, 185 },
    { 187, 187 }, { 188, 188 }, { 189, 189 }, { 194, 194 }, { 195, 195 },
    { 247, 196 }, { 375, 332 },
};

static const Field cd_fields[] = {
    { 5, 0 }, { 7, 6 }, { 14, 14 }, { 15, 15 }, { 21, 16 }, { 23, 22 },
    { 30, 30 }, { 31, 31 }, { 34, 32 }, { 41, 41 }, { 42, 42 }, { 43, 43 },
    { 44, 44 }, { 46, 46 }, { 63, 48 }, { 67, 67 }, { 119, 68 },
    { 183, 132 }, { 186, 186 }, { 187, 187 }, { 431, 384 }, { 495, 448 },
};

uint64_t random64(GRand *r)
{
    return (uint64_t)g_rand_int(r) << 32 | g_rand_int(r);
}

/* A number of any size up to @bits bits, so that limits are met. */
uint64_t random_size(GRand *r, unsigned bits)
{
    uint64_t value = random64(r) & (~UINT64_C(0) >> (64 - bits));

    return value >> g_rand_int_range(r, 0, bits);
}

static void mutate(GRand *r, ConfigWords *words, const Field *fields,
                   unsigned count)
{
    unsigned times = g_rand_int_range(r, 0, 4);

    for (unsigned i = 0; i < times; i++) {
        const Field *f = &fields[g_rand_int_range(r, 0, count)];

        config_set_bits(words, f->hi, f->lo,
                        random_size(r, f->hi - f->lo + 1));
    }
}

static unsigned random_granule(GRand *r, const MsmmuRegisters *regs,
                               const unsigned encodings[3])
{
    unsigned g = g_rand_int_range(r, 0, 3);

    for (unsigned i = 0; i < 3; i++, g = (g + 1) % 3) {
        if (regs->idr[5] >> (4 + g) & 1) {
            break;
        }
    }
    return encodings[g];
}

/* AA64 and S2AA64: mostly a format that the instance has. */
static bool random_aa64(GRand *r, const MsmmuRegisters *regs)
{
    unsigned ttf = regs->idr[0] >> 2 & 3;

    return ttf == 3 || random_one_in(r, 16) ? g_rand_boolean(r) : ttf == 2;
}

/* Fields that do not matter are random, the others mostly as they must be. */
ConfigWords random_ste(GRand *r, const MsmmuRegisters *regs)
{
    static const unsigned tg[3] = { 0, 2, 1 };
    static const unsigned config[] = { 0, 2, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7 };
    bool forced = (regs->idr[0] >> 24 & 3) == 2;
    bool big = (regs->idr[0] >> 21 & 3) == 3;
    ConfigWords ste = {};

    for (unsigned i = 0; i < 8; i++) {
        ste.word[i] = random64(r);
    }
    if (random_one_in(r, 50)) {
        return ste;
    }
    config_set_bits(&ste, 0, 0, 1);
    config_set_bits(&ste, 3, 1,
                    config[g_rand_int_range(r, 0, G_N_ELEMENTS(config))]);
    config_set_bits(&ste, 55, 6, random_size(r, 30));
    config_set_bits(&ste, 63, 59, 0);
    config_set_bits(&ste, 89, 89, random_one_in(r, 8));
    config_set_bits(&ste, 91, 91, 0);
    config_set_bits(&ste, 95, 94, random_one_in(r, 3) ? 2 : 0);
    config_set_bits(&ste, 143, 136, 0);
    config_set_bits(&ste, 165, 160, g_rand_int_range(r, 14, 42));
    config_set_bits(&ste, 175, 174, random_granule(r, regs, tg));
    config_set_bits(&ste, 179, 179, random_aa64(r, regs));
    config_set_bits(&ste, 180, 180, big);
    config_set_bits(&ste, 184, 183, 0);
    config_set_bits(&ste, 185, 185, forced);
    config_set_bits(&ste, 187, 187, 0);
    config_set_bits(&ste, 189, 189, random_one_in(r, 4));
    config_set_bits(&ste, 247, 196, random_size(r, 48));
    config_set_bits(&ste, 375, 332, random_size(r, 44));
    if (random_one_in(r, 2)) {
        ste.word[7] = UINT64_C(0x8888888888888888);
    }
    mutate(r, &ste, ste_fields, G_N_ELEMENTS(ste_fields));
    return ste;
}

ConfigWords random_cd(GRand *r, const MsmmuRegisters *regs)
{
    static const unsigned tg0[3] = { 0, 2, 1 }, tg1[3] = { 2, 1, 3 };
    bool forced = (regs->idr[0] >> 24 & 3) == 2;
    bool big = (regs->idr[0] >> 21 & 3) == 3;
    ConfigWords cd = {};

    for (unsigned i = 0; i < 8; i++) {
        cd.word[i] = random64(r);
    }
    if (random_one_in(r, 50)) {
        return cd;
    }
    config_set_bits(&cd, 31, 31, 1);
    config_set_bits(&cd, 5, 0, g_rand_int_range(r, 16, 40));
    config_set_bits(&cd, 7, 6, random_granule(r, regs, tg0));
    config_set_bits(&cd, 21, 16, g_rand_int_range(r, 16, 40));
    config_set_bits(&cd, 23, 22, random_granule(r, regs, tg1));
    config_set_bits(&cd, 15, 15, big);
    config_set_bits(&cd, 43, 41, random_aa64(r, regs));
    config_set_bits(&cd, 44, 44, forced);
    config_set_bits(&cd, 46, 46, 1);
    config_set_bits(&cd, 63, 56, 0);
    config_set_bits(&cd, 67, 67, 0);
    config_set_bits(&cd, 119, 68, random_size(r, 36));
    config_set_bits(&cd, 183, 132, random_size(r, 36));
    if (random_one_in(r, 2)) {
        /* Read-write, without execution */
        cd.word[6] = cd.word[7] = UINT64_C(0xb6db6db6db6d);
    }
    mutate(r, &cd, cd_fields, G_N_ELEMENTS(cd_fields));
    return cd;
}

/* ---- Random tables ---- */

uint64_t random_descriptor(GRand *r, unsigned arena_log2)
{
    uint64_t word = random64(r) & ~UINT64_C(0x000ffffff0000000);

    word &= ~(UINT64_C(0x0fffffff) & ~((UINT64_C(1) << arena_log2) - 1));
    /* Mostly valid, of tables or pages, permissive, and accessed. */
    word |= random_one_in(r, 8) ? 0 : 1;
    word |= random_one_in(r, 4) ? 0 : 2;
    word |= random_one_in(r, 4) ? 0 : 0xc4;
    word |= random_one_in(r, 2) ? 0 : 0x400;
    return random_one_in(r, 8) ? GUINT64_SWAP_LE_BE(word) : word;
}
