/*
 * What tells regimes apart (IHI 0070 3.3.3, 3.17, 5.4.1): the ASID, the VMID
 * and every field of a context that a translation depends on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "attributes.h"
#include "tlb.h"

/*
 * Copied field by field, because of the padding between them. privileged_only
 * is checked before any translation is looked for, so it changes none.
 */
static void key_table_base(MsmmuTableBase *key, const MsmmuTableBase *ttb,
                           MsmmuFormat format)
{
    key->disabled = ttb->disabled;
    /* With VMSAv8-32, the sizes of both halves say which one serves a VA. */
    if (!ttb->disabled || format == MSMMU_AARCH32) {
        key->input_bits = ttb->input_bits;
    }
    if (ttb->disabled) {
        return;
    }
    key->granule = ttb->granule;
    key->top_byte_ignored = ttb->top_byte_ignored;
    key->hierarchical_off = ttb->hierarchical_off;
    key->shareability = ttb->shareability;
    key->table_pa = ttb->table_pa;
}

static void key_tables(MsmmuTables *key, const MsmmuTables *tables)
{
    key->format = tables->format;
    key->ds = tables->ds;
    key->lpa = tables->lpa;
    key->big_endian = tables->big_endian;
    key->access_flag_off = tables->access_flag_off;
    key->update_access = tables->update_access;
    key->update_dirty = tables->update_dirty;
    key->update_tables = tables->update_tables;
    key->output_bits = tables->output_bits;
}

static void key_stage2(MsmmuStage2 *key, const MsmmuStage2 *s2)
{
    key_tables(&key->tables, &s2->tables);
    key->granule = s2->granule;
    key->start_level = s2->start_level;
    key->input_bits = s2->input_bits;
    key->protected_walk = s2->protected_walk;
    key->force_write_back = s2->force_write_back;
    key->shareability = s2->shareability;
    key->table_pa = s2->table_pa;
}

void msmmu_regime_key(MsmmuRegimeKey *key, const MsmmuContext *ctx)
{
    memset(key, 0, sizeof(*key));
    key->world = ctx->world;
    key->asid = ctx->asid;
    key->vmid = ctx->vmid;
    key->stage1 = ctx->stage1;
    key->stage2 = ctx->stage2;
    if (ctx->stage1) {
        key_table_base(&key->ttb[0], &ctx->ttb[0], ctx->s1.format);
        key_table_base(&key->ttb[1], &ctx->ttb[1], ctx->s1.format);
        key->mair = ctx->mair;
        key->incoming = msmmu_attributes_hints(ctx->incoming);
        key_tables(&key->s1, &ctx->s1);
        key->write_execute_never = ctx->write_execute_never;
        key->unpriv_write_execute_never = ctx->unpriv_write_execute_never;
        key->privileged_access_never = ctx->privileged_access_never;
        key->enhanced_pan = ctx->enhanced_pan;
    }
    if (ctx->stage2) {
        key_stage2(&key->s2, &ctx->s2);
    }
    if (!ctx->stage1) {
        key->incoming = ctx->incoming;
    }
}

void msmmu_regime_key_of_tables(MsmmuRegimeKey *key, const MsmmuContext *ctx)
{
    memset(key, 0, sizeof(*key));
    key->world = ctx->world;
    key->vmid = ctx->vmid;
    key->stage2 = true;
    key->of_tables = true;
    key_stage2(&key->s2, &ctx->s2);
}
