/*
 * The life of an instance: created from a configuration, reset, freed, and
 * taken up again after its registers were loaded (IHI 0070 3.11).
 *
 * Invariant: what is cached was fetched since the last reset, load, or
 * invalidation that covers it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "counters.h"
#include "spec/regs.h"

void msmmu_set_window(Msmmu *m, const MsmmuWindow *window)
{
    static const MsmmuWindow nothing;

    msmmu_store(&m->window, window ? window : &nothing);
}

Msmmu *msmmu_new(const MsmmuConfig *config, const MsmmuOps *ops, void *opaque,
                 GError **error)
{
    MsmmuConfig resolved = *config;
    Msmmu *m;

    if (!msmmu_features_check(&resolved, error)) {
        return NULL;
    }
    m = g_new0(Msmmu, 1);
    m->config = resolved;
    m->ops = ops;
    m->opaque = opaque;
    msmmu_set_window(m, NULL);
    g_mutex_init(&m->lock);
    msmmu_id_registers_fill(&m->config, &m->regs);
    msmmu_registers_reset(m);
    msmmu_tlb_init(m);
    msmmu_config_init(m);
    msmmu_counters_init(m);
    msmmu_command_fields_init(m);
    return m;
}

void msmmu_free(Msmmu *m)
{
    if (!m) {
        return;
    }
    msmmu_config_free(m);
    msmmu_tlb_free(m);
    msmmu_counters_free(m);
    g_free(m->command_fields);
    g_mutex_clear(&m->lock);
    g_free(m);
}

void msmmu_reset(Msmmu *m)
{
    msmmu_event_forget(m);
    msmmu_registers_reset(m);
    msmmu_invalidate_everything(m);
    msmmu_counters_reset(m);
}

const MsmmuConfig *msmmu_config(const Msmmu *m)
{
    return &m->config;
}

MsmmuRegisters *msmmu_registers(Msmmu *m)
{
    return &m->regs;
}

bool msmmu_loaded(Msmmu *m, GError **error)
{
    if (!msmmu_registers_check(m, error)) {
        return false;
    }
    msmmu_event_forget(m);
    msmmu_gate_set(m, m->regs.cr0ack & CR0_SMMUEN);
    msmmu_invalidate_everything(m);
    /* Commands wait until all else was loaded. */
    m->ops->defer(m->opaque);
    return true;
}
