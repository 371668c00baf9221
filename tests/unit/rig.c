/*
 * An enabled instance with one stream, and transactions of it from end to end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rig.h"

MsmmuConfig rig_config(unsigned oas_bits)
{
    MsmmuConfig c = msmmu_config_default();

    c.granules = MSMMU_GRANULES_4K | MSMMU_GRANULES_16K | MSMMU_GRANULES_64K;
    c.oas_bits = oas_bits;
    return c;
}

Rig rig_new_with(const MsmmuConfig *config)
{
    Rig r = { .f = fixture_new(config) };

    fixture_enable(r.f);
    r.t = tables_new(r.f, 4, 48, TABLES_AT);
    r.cd = config_cd(1, r.t.root);
    config_put_stage1(r.f, SID, &r.cd);
    return r;
}

Rig rig_new(unsigned oas_bits)
{
    MsmmuConfig c = rig_config(oas_bits);

    return rig_new_with(&c);
}

void rig_free(Rig *r)
{
    g_assert_cmpint(fixture_event_type(r->f), ==, -1);
    fixture_free(r->f);
}

MsmmuRequest reading(uint64_t iova)
{
    return (MsmmuRequest) { .sid = SID, .iova = iova };
}

MsmmuRequest writing(uint64_t iova)
{
    return (MsmmuRequest) { .sid = SID, .iova = iova, .write = true };
}

MsmmuResult translate(Rig *r, MsmmuRequest rq)
{
    return msmmu_translate(r->f->m, &rq);
}

void expect_pa(Rig *r, MsmmuRequest rq, uint64_t pa)
{
    MsmmuResult result = translate(r, rq);

    g_assert_cmpint(result.disposition, ==, MSMMU_FORWARD);
    g_assert_cmphex(result.pa, ==, pa);
}

void expect_event(Rig *r, uint64_t word0, uint64_t word1, uint64_t word2,
                  uint64_t word3)
{
    FixtureEvent event;

    g_assert_true(fixture_event(r->f, &event));
    g_assert_cmphex(event.word[0], ==, word0);
    g_assert_cmphex(event.word[1], ==, word1);
    g_assert_cmphex(event.word[2], ==, word2);
    g_assert_cmphex(event.word[3], ==, word3);
}

void expect_fault(Rig *r, MsmmuRequest rq, MsmmuDisposition how, uint8_t type,
                  uint64_t word1, uint64_t word3)
{
    MsmmuResult result = translate(r, rq);

    g_assert_cmpint(result.disposition, ==, how);
    expect_event(r, (uint64_t)rq.sid << 32 | type, word1, rq.iova, word3);
    g_assert_cmpint(fixture_event_type(r->f), ==, -1);
}
