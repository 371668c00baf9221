/*
 * Random instances and how they are programmed; random transactions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "generate.h"
#include "model.h"

uint64_t generate_address(Random *r, unsigned bits)
{
    uint64_t top = bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;

    switch (random_below(r, 8)) {
    case 0:
        return top - (random_bits(r, random_below(r, 24)) & top);
    case 1:
        return random_bits(r, random_below(r, 24)) & top;
    case 2:
        return random_bits(r, random_below(r, 64)) & top;
    default:
        return random_next(r) & top;
    }
}

/* ---- Instances ---------------------------------------------------------- */

static MsmmuSwitch random_switch(Random *r)
{
    static const MsmmuSwitch likely[] = {
        MSMMU_SWITCH_AUTO, MSMMU_SWITCH_AUTO, MSMMU_SWITCH_ON,
        MSMMU_SWITCH_ON, MSMMU_SWITCH_OFF,
    };

    return likely[random_below(r, G_N_ELEMENTS(likely))];
}

static void random_sizes(Random *r, MsmmuConfig *c)
{
    static const unsigned oas[] = { 32, 36, 40, 42, 44, 48, 48, 52, 52, 52 };

    c->granules = 1 + random_below(r, 7);
    if (random_percent(r, 40)) {
        c->granules = 7;
    }
    c->stages = random_percent(r, 70) ? 3 : 1 + random_below(r, 2);
    c->formats = MSMMU_FORMAT_AARCH64;
    if (random_percent(r, 35)) {
        c->formats |= MSMMU_FORMAT_AARCH32;
        c->granules |= MSMMU_GRANULES_4K;
    }
    c->oas_bits = oas[random_below(r, G_N_ELEMENTS(oas))];
    c->va_bits = random_percent(r, 50) ? 52 : 48;
    c->ds = c->va_bits == 52 && random_percent(r, 70);
}

static void random_tables(Random *r, MsmmuConfig *c)
{
    c->sid_bits = random_below(r, 12);
    c->two_level = random_percent(r, 50) || c->sid_bits >= 7;
    c->ssid_bits = 0;
    if ((c->stages & MSMMU_STAGE_1) && random_percent(r, 60)) {
        c->ssid_bits = 1 + random_below(r, 20);
    }
    c->two_level_cd = c->ssid_bits ? random_switch(r) : MSMMU_SWITCH_AUTO;
    c->asid_bits = random_percent(r, 50) ? 16 : 8;
    c->vmid_bits = random_percent(r, 50) ? 16 : 8;
}

/* An early version: nothing that came later, some of what was optional. */
static void make_early(Random *r, MsmmuConfig *c)
{
    MsmmuSwitch *later[] = {
        &c->xnx, &c->stt, &c->fwb, &c->ril, &c->e0pd, &c->ptwnnc, &c->epan,
        &c->mteperm,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(later); i++) {
        *later[i] = random_percent(r, 90) ? MSMMU_SWITCH_OFF
                                          : MSMMU_SWITCH_ON;
    }
    c->httu = random_below(r, 3);
    c->oas_bits = MIN(c->oas_bits, 48);
    c->va_bits = 48;
    c->ds = false;
    c->bbml = 0;
    c->arch_minor = 0;
}

void generate_config(Random *r, MsmmuConfig *c)
{
    static const MsmmuEndian endians[] = {
        MSMMU_ENDIAN_LITTLE, MSMMU_ENDIAN_BIG, MSMMU_ENDIAN_MIXED,
        MSMMU_ENDIAN_MIXED,
    };

    *c = msmmu_config_default();
    random_sizes(r, c);
    random_tables(r, c);
    c->endian = endians[random_below(r, G_N_ELEMENTS(endians))];
    c->hyp = random_switch(r);
    c->httu = random_below(r, 4);
    c->attr_types_ovr = random_percent(r, 85);
    c->attr_perms_ovr = random_percent(r, 85);
    c->term_model = random_percent(r, 20) ? MSMMU_TERM_ABORT
                                          : MSMMU_TERM_CONFIGURABLE;
    c->had = random_switch(r);
    c->xnx = random_switch(r);
    c->stt = random_switch(r);
    c->fwb = random_switch(r);
    c->e0pd = random_switch(r);
    c->ptwnnc = random_switch(r);
    c->epan = random_switch(r);
    c->mteperm = random_switch(r);
    c->arch_minor = random_percent(r, 50) ? MSMMU_ARCH_AUTO
                                          : (int)random_below(r, 5);
    c->tlb_entries = 64 << random_below(r, 3);
    if (random_percent(r, 15)) {
        make_early(r, c);
    }
}

/* ---- Registers ---------------------------------------------------------- */

static void choose_streams(Scene *s, unsigned log2size)
{
    Random *r = &s->random;

    for (unsigned i = 0; i < SCENE_STREAMS; i++) {
        s->sids[i] = random_bits(r, log2size);
        if (goes_wrong(s, r) || random_percent(r, 1)) {
            s->sids[i] = random_bits(r, random_below(r, 33));
        }
    }
    for (unsigned i = 0; i < SCENE_SUBSTREAMS; i++) {
        s->ssids[i] = random_bits(r, s->oracle->id.ssidsize);
        if (random_percent(r, 50)) {
            s->ssids[i] %= 4;
        }
    }
}

SceneRegisters generate_registers(Scene *s)
{
    static const unsigned splits[] = { 6, 8, 10 };
    const OracleId *id = &s->oracle->id;
    Random *r = &s->random;
    unsigned log2size = random_below(r, id->sidsize + 2);
    unsigned split = splits[random_below(r, 3)];
    SceneRegisters regs = {
        .cr0 = 0xd,             /* CMDQEN, EVENTQEN, SMMUEN */
        .cr2 = random_percent(r, 80) ? 2 : 0,
        .gbpa = random_next(r) & 0xf3f1f,
        .strtab_base = generate_address(r, id->oas) & ~UINT64_C(63),
    };

    if (random_percent(r, 2)) {
        split = random_below(r, 32);
    }
    if (random_percent(r, 2)) {
        log2size = random_below(r, 64);
    }
    if (random_percent(r, 2)) {
        regs.cr0 &= ~1u;
    }
    regs.gbpa |= random_percent(r, 20) << 20;
    regs.cr2 |= id->hyp && random_percent(r, 50);
    regs.strtab_cfg = split << 6 | log2size;
    if (random_percent(r, 50)) {
        regs.strtab_cfg |= 1 << 16;
    } else if (random_percent(r, 5)) {
        regs.strtab_cfg |= random_below(r, 4) << 16;
    }
    choose_streams(s, MIN(log2size, id->sidsize));
    return regs;
}

/* ---- Transactions ------------------------------------------------------- */

/* An address that a half of @bits translates, or one that just misses it. */
static uint64_t address_in_half(const Scene *s, Random *r, unsigned bits,
                                bool upper)
{
    uint64_t va;

    if (random_percent(r, 3) || goes_wrong(s, r)) {
        bits += random_percent(r, 50) ? 1 : random_below(r, 12);
    }
    if (bits > 64) {
        bits = 64;
    }
    va = generate_address(r, bits);
    if (upper) {
        va = ~va;
    }
    if (random_percent(r, 8)) {
        va = oracle_truncate(va, 56) | random_next(r) << 56;
    }
    return va;
}

static uint64_t choose_iova(Scene *s, const MsmmuRequest *rq)
{
    Random *r = &s->random;
    unsigned bits[2];
    bool upper;

    if (random_percent(r, 2)) {
        return random_bits(r, random_below(r, 65));
    }
    oracle_input_sizes(s->oracle, rq, bits);
    upper = bits[1] && random_percent(r, 40);
    if (bits[upper] == 0) {
        return random_bits(r, random_below(r, 65));
    }
    /* VMSAv8-32: the upper half ends at 32 bits. */
    if (upper && bits[upper] <= 32 && random_percent(r, 50)) {
        return (uint32_t)~generate_address(r, bits[upper]);
    }
    return address_in_half(s, r, bits[upper], upper);
}

/* Near the last one, to find what is cached. */
static uint64_t choose_near(Scene *s)
{
    Random *r = &s->random;
    uint64_t iova = s->last.iova;

    switch (random_below(r, 4)) {
    case 0:
        return iova;
    case 1:
        return iova ^ random_bits(r, 12);
    case 2:
        return iova ^ UINT64_C(1) << random_below(r, 30);
    default:
        return iova ^ random_bits(r, random_below(r, 32));
    }
}

MsmmuRequest generate_request(Scene *s)
{
    Random *r = &s->random;
    bool near = random_percent(r, 50);
    MsmmuRequest rq = s->last;

    if (!near) {
        rq.sid = s->sids[random_below(r, SCENE_STREAMS)];
        rq.ssid_valid = s->oracle->id.ssidsize ? random_percent(r, 45)
                                               : random_percent(r, 2);
        rq.ssid = 0;
        if (rq.ssid_valid) {
            rq.ssid = s->ssids[random_below(r, SCENE_SUBSTREAMS)];
        }
    }
    rq.probe = random_percent(r, 5);
    rq.write = random_percent(r, 40);
    rq.atomic = rq.write && random_percent(r, 30);
    rq.instruction = random_percent(r, 20);
    rq.privileged = random_percent(r, 50);
    rq.iova = near ? choose_near(s) : choose_iova(s, &rq);
    s->last = rq;
    return rq;
}
