/*
 * A rig whose stream goes through stage 2: see rig_stages.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig_stages.h"

/* ---- Stage 2 ---- */

/* Arm ARM D24.2 VTCR_EL2.{SL2, SL0}: by the level that a walk starts at. */
static unsigned sl0_of(unsigned kb, int level)
{
    static const struct {
        unsigned kb;
        int level;
        unsigned sl;            /* SL2 is bit 2 */
    } rows[] = {
        { 4, 2, 0 }, { 4, 1, 1 }, { 4, 0, 2 }, { 4, 3, 3 }, { 4, -1, 4 },
        { 16, 3, 0 }, { 16, 2, 1 }, { 16, 1, 2 }, { 16, 0, 3 },
        { 64, 3, 0 }, { 64, 2, 1 }, { 64, 1, 2 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].kb == kb && rows[i].level == level) {
            return rows[i].sl;
        }
    }
    g_assert_not_reached();
}

/* The lowest level to start at for @bits. */
static int start_level(unsigned kb, unsigned bits, bool ds)
{
    for (unsigned i = 0; i < tables_stage2_starts_count; i++) {
        const TablesStart *start = &tables_stage2_starts[i];

        if (start->kb == kb && 64 - bits >= start->txsz_min &&
            64 - bits <= start->txsz_max &&
            (ds || start->need != TABLES_WIDE)) {
            return start->level;
        }
    }
    g_assert_not_reached();
}

static unsigned tg_of(unsigned kb)
{
    return kb == 4 ? 0 : kb == 64 ? 1 : 2;
}

static void put_stage2(Stages *s, bool ds)
{
    unsigned bits = ds && s->s2_kb != 64 ? 52 : 48;
    int level = start_level(s->s2_kb, bits, ds);
    unsigned sl = sl0_of(s->s2_kb, level);

    s->s2 = tables_new_at_level(s->r.f, s->s2_kb, bits, level, STAGES_S2_AT);
    s->s2.wide = ds;
    config_set_bits(&s->ste, 143, 128, 7);              /* S2VMID */
    config_set_bits(&s->ste, 165, 160, 64 - bits);      /* S2T0SZ */
    config_set_bits(&s->ste, 167, 166, sl & 3);         /* S2SL0 */
    config_set_bits(&s->ste, 194, 194, sl >> 2);        /* S2SL0_2 */
    config_set_bits(&s->ste, 175, 174, tg_of(s->s2_kb));
    config_set_bits(&s->ste, 178, 176, ds ? 6 : 5);     /* S2PS */
    config_set_bits(&s->ste, 179, 179, 1);              /* S2AA64 */
    config_set_bits(&s->ste, 186, 186, 1);              /* S2R */
    config_set_bits(&s->ste, 195, 195, bits == 52);     /* S2DS */
    config_set_bits(&s->ste, 243, 196, s->s2.root >> 4);
}

void stages_page(Stages *s, uint64_t ipa, uint64_t pa, uint64_t attributes)
{
    tables_map(&s->s2, ipa, 3, pa, attributes);
}

void stages_back(Stages *s, uint64_t ipa, uint64_t pa, uint64_t size)
{
    uint64_t page = s->s2_kb * 1024;

    for (uint64_t at = 0; at < size; at += page) {
        stages_page(s, ipa + at, pa + size - page - at, TABLES_S2_RW);
    }
}

uint64_t stages_pa(const Stages *s, uint64_t ipa)
{
    return tables_output(&s->s2, ipa);
}

/* ---- Stage 1 ---- */

static void put_stage1(Stages *s, bool ds)
{
    unsigned bits = ds && s->s1_kb != 64 ? 52 : 48;

    stages_back(s, STAGES_S1_AT, STAGES_S1_PA, STAGES_S1_SIZE);
    stages_back(s, STAGES_CD_AT, STAGES_CD_PA, STAGES_CD_SIZE);
    s->r.t = tables_new(s->r.f, s->s1_kb, bits, STAGES_S1_AT);
    s->r.t.wide = ds;
    s->r.t.through = &s->s2;
    s->r.cd = config_cd(1, s->r.t.root);
    config_set_bits(&s->r.cd, 5, 0, 64 - bits);         /* T0SZ */
    config_set_bits(&s->r.cd, 7, 6, tg_of(s->s1_kb));   /* TG0 */
    config_set_bits(&s->r.cd, 34, 32, ds ? 6 : 5);      /* IPS */
    config_set_bits(&s->r.cd, 186, 186, bits == 52);    /* DS */
    s->ste.word[0] |= 1 << 1 | STAGES_CD_AT;
}

/* ---- Both ---- */

void stages_flush(Stages *s)
{
    fixture_command(s->r.f, CMD_CFGI_ALL, 31);
    fixture_command(s->r.f, CMD_TLBI_NSNH_ALL, 0);
    fixture_settle(s->r.f);
    g_assert_cmpuint(fixture_cerror(s->r.f), ==, 0);
}

void stages_put(Stages *s)
{
    config_put_ste(s->r.f, SID, &s->ste);
    if (s->s1_kb) {
        config_put(s->r.f, stages_pa(s, STAGES_CD_AT), &s->r.cd);
    }
    stages_flush(s);
}

void stages_init(Stages *s, const char *properties, unsigned s1_kb,
                 unsigned s2_kb)
{
    g_autofree char *text = g_strdup_printf("stage=nested%s%s",
                                            *properties ? "," : "",
                                            properties);
    MsmmuConfig config = config_of(text);

    *s = (Stages) { .s1_kb = s1_kb, .s2_kb = s2_kb };
    s->r.f = fixture_new(&config);
    fixture_enable(s->r.f);
    /* V, Config 0b110; SHCFG: use incoming */
    s->ste = (ConfigWords) { { 0xd, UINT64_C(0x100000000000) } };
    put_stage2(s, config.ds);
    if (s1_kb) {
        put_stage1(s, config.ds);
    }
    stages_put(s);
}

void stages_free(Stages *s)
{
    rig_free(&s->r);
}
