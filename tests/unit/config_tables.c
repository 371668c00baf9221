/*
 * Builders of configuration structures in the fake memory of a fixture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "config_tables.h"

#define CD_AREA UINT64_C(0x40000000)

static uint64_t ones(unsigned hi, unsigned lo)
{
    return (~UINT64_C(0) >> (63 - (hi - lo))) << (lo % 64);
}

uint64_t config_bits(const ConfigWords *words, unsigned hi, unsigned lo)
{
    g_assert(hi / 64 == lo / 64 && hi >= lo);
    return (words->word[lo / 64] & ones(hi, lo)) >> (lo % 64);
}

void config_set_bits(ConfigWords *words, unsigned hi, unsigned lo,
                     uint64_t value)
{
    uint64_t mask = ones(hi, lo);

    g_assert(hi / 64 == lo / 64 && hi >= lo);
    g_assert_cmphex(value & ~(mask >> (lo % 64)), ==, 0);
    words->word[lo / 64] = (words->word[lo / 64] & ~mask) |
                           value << (lo % 64);
}

/* Word 1 has SHCFG = 0b01, use incoming. */
ConfigWords config_ste_abort(void)
{
    return (ConfigWords) { { 0x1 } };
}

ConfigWords config_ste_bypass(void)
{
    return (ConfigWords) { { 0x9, UINT64_C(0x100000000000) } };
}

ConfigWords config_ste_stage1(uint64_t cd_pa)
{
    return (ConfigWords) { { 0xb | cd_pa, UINT64_C(0x100000000000) } };
}

ConfigWords config_ste_stage2(uint16_t vmid, uint64_t s2ttb)
{
    return (ConfigWords) { {
        0xd, UINT64_C(0x100000000000), UINT64_C(0x040d005800000000) | vmid,
        s2ttb,
    } };
}

ConfigWords config_ste_nested(uint64_t cd_ipa, uint16_t vmid, uint64_t s2ttb)
{
    ConfigWords ste = config_ste_stage2(vmid, s2ttb);

    ste.word[0] = 0xf | cd_ipa;
    return ste;
}

ConfigWords config_cd(uint16_t asid, uint64_t ttb0)
{
    return (ConfigWords) { {
        UINT64_C(0x00006205c0000010) | (uint64_t)asid << 48, ttb0, 0, 0xff,
    } };
}

void config_put(Fixture *f, uint64_t pa, const ConfigWords *words)
{
    fixture_write_words(f, pa, words->word, 8);
}

void config_put_ste(Fixture *f, uint32_t sid, const ConfigWords *ste)
{
    config_put(f, FIXTURE_STRTAB + (uint64_t)sid * 64, ste);
}

uint64_t config_cd_pa(uint32_t sid)
{
    return CD_AREA + (uint64_t)sid * 64;
}

void config_put_stage1(Fixture *f, uint32_t sid, const ConfigWords *cd)
{
    ConfigWords ste = config_ste_stage1(config_cd_pa(sid));

    config_put(f, config_cd_pa(sid), cd);
    config_put_ste(f, sid, &ste);
}

void config_put_l1std(Fixture *f, uint64_t pa, uint64_t l2_pa,
                      unsigned span)
{
    fixture_write64(f, pa, l2_pa | span);
}

MsmmuStatus config_get(Fixture *f, uint32_t sid, const MsmmuContext **ctx,
                       MsmmuFault *fault)
{
    MsmmuRequest rq = { .sid = sid };

    *fault = (MsmmuFault) { 0 };
    return msmmu_config_get(f->m, &rq, msmmu_load(&f->m->gate), ctx, fault);
}

MsmmuStatus config_status(Fixture *f, uint32_t sid)
{
    const MsmmuContext *ctx;
    MsmmuFault fault;

    return config_get(f, sid, &ctx, &fault);
}

void config_assert_fault(Fixture *f, uint32_t sid, uint8_t type)
{
    const MsmmuContext *ctx;
    MsmmuFault fault;

    g_assert_cmpint(config_get(f, sid, &ctx, &fault), ==,
                    MSMMU_STATUS_FAULT);
    g_assert_cmphex(fault.type, ==, type);
}
