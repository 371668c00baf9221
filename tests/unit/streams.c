/*
 * Streams of every kind on one enabled instance, end to end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "streams.h"

MsmmuConfig streams_config(void)
{
    MsmmuConfig c = msmmu_config_default();

    c.stages = MSMMU_STAGE_1 | MSMMU_STAGE_2;
    c.hyp = true;
    c.arch_minor = 2;
    c.vmid_bits = 16;
    return c;
}

Fixture *streams_fixture(const MsmmuConfig *config, bool e2h)
{
    MsmmuConfig c = config ? *config : streams_config();
    Fixture *f = fixture_new(&c);

    fixture_enable(f);
    if (e2h) {
        /* CR2 is Guarded by SMMUEN. E2H, RECINVSID */
        fixture_set_reg32(f, 0x20, 0);
        fixture_set_reg32(f, 0x2c, 0x3);
        fixture_set_reg32(f, 0x20, 0xd);
        fixture_forget(f);
    }
    return f;
}

static uint64_t tables_at(uint32_t sid, unsigned stage)
{
    return (uint64_t)(2 * (sid + 1) + stage - 1) << 32;
}

void stream_put(Stream *s)
{
    config_put(s->f, config_cd_pa(s->sid), &s->cd);
    config_put_ste(s->f, s->sid, &s->ste);
}

/* What stage 2 maps for stage 1, to itself: blocks of 1 GiB. */
static void map_structures(Stream *s)
{
    const uint64_t needed[] = {
        config_cd_pa(s->sid), tables_at(s->sid, 1),
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++) {
        uint64_t pa = needed[i] & ~UINT64_C(0x3fffffff);

        tables_map(&s->s2, pa, 1, pa, TABLES_S2_RW);
    }
}

Stream stream_new(Fixture *f, uint32_t sid, CacheKind kind, uint16_t vmid,
                  uint16_t asid)
{
    Stream s = { f, sid, kind, vmid, asid, .ste = config_ste_bypass() };
    bool stage1 = kind != KIND_STAGE2;
    bool stage2 = kind == KIND_STAGE2 || kind == KIND_NESTED;

    s.s1 = tables_new(f, 4, 48, tables_at(sid, 1));
    s.s2 = tables_new_at_level(f, 4, 48, 0, tables_at(sid, 2));
    s.cd = config_cd(asid, s.s1.root);
    if (stage1) {
        s.ste = config_ste_stage1(config_cd_pa(sid));
    }
    config_set_bits(&s.ste, 3, 1, 4 | stage1 | stage2 << 1);    /* Config */
    config_set_bits(&s.ste, 143, 128, vmid);                    /* S2VMID */
    if (stage2) {
        config_set_bits(&s.ste, 165, 160, 16);                  /* S2T0SZ */
        config_set_bits(&s.ste, 167, 166, 2);                   /* S2SL0 */
        config_set_bits(&s.ste, 178, 176, 5);                   /* S2PS */
        config_set_bits(&s.ste, 179, 179, 1);                   /* S2AA64 */
        config_set_bits(&s.ste, 186, 186, 1);                   /* S2R */
        config_set_bits(&s.ste, 243, 196, s.s2.root >> 4);      /* S2TTB */
    }
    if (kind == KIND_EL2 || kind == KIND_EL2_E2H) {
        config_set_bits(&s.ste, 95, 94, 2);                     /* STRW */
    }
    if (kind == KIND_NESTED) {
        map_structures(&s);
    }
    stream_put(&s);
    return s;
}

void stream_map(Stream *s, uint64_t va, int level, uint64_t pa,
                uint64_t attributes)
{
    if (s->kind == KIND_STAGE2) {
        tables_map(&s->s2, va, level, pa, TABLES_S2_RW | attributes);
    } else {
        tables_map(&s->s1, va, level, pa, TABLES_RW | attributes);
    }
}

MsmmuResult stream_access(Stream *s, uint64_t va, bool write)
{
    MsmmuRequest rq = { .sid = s->sid, .iova = va, .write = write };

    return msmmu_translate(s->f->m, &rq);
}

void stream_expect(Stream *s, uint64_t va, uint64_t pa)
{
    MsmmuResult result = stream_access(s, va, false);

    g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(result.pa, ==, pa);
}

bool stream_hits(Stream *s, uint64_t va)
{
    unsigned reads = s->f->reads;

    g_assert_cmpint(stream_access(s, va, false).disposition, ==,
                    MSMMU_FORWARD);
    return s->f->reads == reads;
}

void stream_tlbi(Stream *s, uint8_t opcode, uint64_t word1)
{
    fixture_command(s->f, (uint64_t)s->asid << 48 | (uint64_t)s->vmid << 32 |
                          opcode, word1);
    fixture_settle(s->f);
    g_assert_cmphex(fixture_reg32(s->f, 0x60), ==, 0);
}
