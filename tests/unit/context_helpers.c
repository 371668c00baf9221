/*
 * What the tests of context.c share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "context_helpers.h"

static void prepare(Fixture *f)
{
    fixture_set_reg32(f, SMMU_CR2, 0x2);
    fixture_set_reg64(f, SMMU_STRTAB_BASE, FIXTURE_STRTAB);
    fixture_set_reg32(f, SMMU_STRTAB_BASE_CFG, 5);
}

Fixture *new_fixture(void)
{
    Fixture *f = fixture_new(NULL);

    prepare(f);
    return f;
}

static MsmmuConfig config_with(unsigned granules, unsigned oas, int minor)
{
    MsmmuConfig config = msmmu_config_default();

    config.granules = granules;
    config.oas_bits = oas;
    config.arch_minor = minor;
    config.ril = minor ? MSMMU_SWITCH_ON : MSMMU_SWITCH_OFF;
    return config;
}

Fixture *new_fixture_with(unsigned granules, unsigned oas, int minor)
{
    MsmmuConfig config = config_with(granules, oas, minor);
    Fixture *f = fixture_new(&config);

    prepare(f);
    return f;
}

Fixture *new_fixture_of(const MsmmuConfig *config)
{
    Fixture *f = fixture_new(config);

    prepare(f);
    return f;
}

MsmmuConfig full_config(void)
{
    MsmmuConfig config = msmmu_config_default();

    config.stages = MSMMU_STAGE_1 | MSMMU_STAGE_2;
    config.formats = MSMMU_FORMAT_AARCH64 | MSMMU_FORMAT_AARCH32;
    config.endian = MSMMU_ENDIAN_MIXED;
    config.oas_bits = 52;
    config.va_bits = 52;
    config.ds = true;
    config.ssid_bits = 20;
    config.hyp = MSMMU_SWITCH_ON;
    config.httu = MSMMU_HTTU_TABLES;
    config.stt = MSMMU_SWITCH_ON;
    config.fwb = MSMMU_SWITCH_ON;
    config.e0pd = MSMMU_SWITCH_ON;
    config.epan = MSMMU_SWITCH_ON;
    config.arch_minor = 4;
    return config;
}

MsmmuStatus fetch(Fixture *f, const MsmmuRequest *rq,
                  const ConfigWords *ste, const ConfigWords *cd,
                  MsmmuContext *ctx, MsmmuFault *fault)
{
    memset(fault, 0, sizeof(*fault));
    config_put_ste(f, rq->sid, ste);
    if (cd) {
        config_put(f, config_bits(ste, 55, 6) << 6, cd);
    }
    return msmmu_context_fetch(f->m, rq, ctx, fault);
}

unsigned fault_of(Fixture *f, const ConfigWords *ste,
                  const ConfigWords *cd)
{
    const MsmmuRequest rq = { .sid = SID };
    MsmmuContext ctx;
    MsmmuFault fault;
    MsmmuStatus status = fetch(f, &rq, ste, cd, &ctx, &fault);

    g_assert_cmpint(ctx.outcome == MSMMU_STATUS_FAULT, ==,
                    status == MSMMU_STATUS_FAULT);
    return status == MSMMU_STATUS_FAULT ? fault.type : 0;
}

unsigned cd_fault(Fixture *f, const ConfigWords *cd)
{
    ConfigWords ste = config_ste_stage1(CD_PA);

    return fault_of(f, &ste, cd);
}

MsmmuContext decoded_ste(Fixture *f, const ConfigWords *ste,
                         const ConfigWords *cd)
{
    const MsmmuRequest rq = { .sid = SID };
    MsmmuContext ctx;
    MsmmuFault fault;

    g_assert_cmpint(fetch(f, &rq, ste, cd, &ctx, &fault), ==,
                    MSMMU_STATUS_OK);
    return ctx;
}

MsmmuContext decoded(Fixture *f, const ConfigWords *cd)
{
    ConfigWords ste = config_ste_stage1(CD_PA);
    MsmmuContext ctx = decoded_ste(f, &ste, cd);

    g_assert_true(ctx.stage1);
    g_assert_false(ctx.stage2);
    return ctx;
}

static bool same_table_base(const MsmmuTableBase *a, const MsmmuTableBase *b)
{
    return a->disabled == b->disabled && a->granule == b->granule &&
           a->input_bits == b->input_bits &&
           a->top_byte_ignored == b->top_byte_ignored &&
           a->hierarchical_off == b->hierarchical_off &&
           a->privileged_only == b->privileged_only &&
           a->shareability == b->shareability &&
           a->table_pa == b->table_pa;
}

static bool same_tables(const MsmmuTables *a, const MsmmuTables *b)
{
    return a->format == b->format && a->ds == b->ds && a->lpa == b->lpa &&
           a->big_endian == b->big_endian &&
           a->access_flag_off == b->access_flag_off &&
           a->update_access == b->update_access &&
           a->update_dirty == b->update_dirty &&
           a->update_tables == b->update_tables &&
           a->output_bits == b->output_bits;
}

static bool same_stage2(const MsmmuStage2 *a, const MsmmuStage2 *b)
{
    return same_tables(&a->tables, &b->tables) && a->granule == b->granule &&
           a->start_level == b->start_level &&
           a->input_bits == b->input_bits &&
           a->protected_walk == b->protected_walk &&
           a->force_write_back == b->force_write_back &&
           a->shareability == b->shareability &&
           a->table_pa == b->table_pa;
}

bool same_context(const MsmmuContext *a, const MsmmuContext *b)
{
    return a->sid == b->sid && a->ssid == b->ssid &&
           a->ssid_valid == b->ssid_valid && a->outcome == b->outcome &&
           a->stage1 == b->stage1 && a->stage2 == b->stage2 &&
           a->world == b->world && a->asid == b->asid &&
           a->vmid == b->vmid && same_stage2(&a->s2, &b->s2) &&
           a->s2_record == b->s2_record && same_tables(&a->s1, &b->s1) &&
           same_table_base(&a->ttb[0], &b->ttb[0]) &&
           same_table_base(&a->ttb[1], &b->ttb[1]) &&
           a->write_execute_never == b->write_execute_never &&
           a->unpriv_write_execute_never == b->unpriv_write_execute_never &&
           a->privileged_access_never == b->privileged_access_never &&
           a->enhanced_pan == b->enhanced_pan &&
           a->abort == b->abort && a->record == b->record &&
           a->mair == b->mair && a->priv_cfg == b->priv_cfg &&
           a->inst_cfg == b->inst_cfg &&
           a->bypass_stage1 == b->bypass_stage1 &&
           a->incoming.memory_type == b->incoming.memory_type &&
           a->incoming.shareability == b->incoming.shareability &&
           a->incoming.from_device == b->incoming.from_device;
}

const struct HttuCase httu_cases[HTTU_CASES] = {
    { 0, 0, 0, { 0, 0, 0, 0 } },
    { 1, 0, 0, { -1, 1, 1, 1 } },
    /* HD alone behaves as neither. */
    { 0, 1, 0, { -1, -1, 0, 0 } },
    { 1, 1, 0, { -1, -1, 3, 3 } },
    /* HAFT is RES0 unless HTTU is 3. */
    { 0, 0, 1, { 0, 0, 0, -1 } },
    { 1, 0, 1, { -1, 1, 1, 5 } },
    { 1, 1, 1, { -1, -1, 3, 7 } },
};
