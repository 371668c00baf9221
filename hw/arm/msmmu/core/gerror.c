/*
 * Global errors (IHI 0070 7.5), and the log line for a guest's mistake.
 *
 * An error is active while its bits in GERROR and GERRORN differ. The SMMU
 * toggles GERROR, software toggles GERRORN, neither writes the other's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "internal.h"
#include "spec/regs.h"

#define LINES_PER_SECOND 5

bool msmmu_gerror_activate(Msmmu *m, uint32_t bit)
{
    if (msmmu_gerror_is_active(m, bit)) {
        return false;
    }
    msmmu_store(&m->regs.gerror, m->regs.gerror ^ bit);
    /* 7.5.1: another message to where this one aborted would abort, too. */
    return bit != GERROR_MSI_GERROR_ABT_ERR &&
           msmmu_irq_pend(m, MSMMU_CORE_IRQ_GERROR);
}

void msmmu_gerror_raise(Msmmu *m, uint32_t bit)
{
    bool irq;

    g_mutex_lock(&m->lock);
    irq = msmmu_gerror_activate(m, bit);
    g_mutex_unlock(&m->lock);
    if (irq) {
        m->ops->irq(m->opaque, MSMMU_CORE_IRQ_GERROR);
    }
}

/*
 * Whether another line may be written now; *dropped is how many could not be
 * since the last one.
 */
static bool may_log(Msmmu *m, unsigned *dropped)
{
    int64_t now = g_get_monotonic_time();
    bool may;

    g_mutex_lock(&m->lock);
    if (!m->guest_error_lines ||
        now - m->guest_error_since >= G_USEC_PER_SEC) {
        m->guest_error_since = now;
        m->guest_error_lines = 0;
    }
    may = m->guest_error_lines < LINES_PER_SECOND;
    if (may) {
        m->guest_error_lines++;
        *dropped = m->guest_error_dropped;
        m->guest_error_dropped = 0;
    } else {
        m->guest_error_dropped++;
    }
    g_mutex_unlock(&m->lock);
    return may;
}

void msmmu_guest_error(Msmmu *m, const char *fmt, ...)
{
    unsigned dropped = 0;
    GString *line;
    va_list args;

    if (!may_log(m, &dropped)) {
        return;
    }
    line = g_string_new(NULL);
    va_start(args, fmt);
    g_string_append_vprintf(line, fmt, args);
    va_end(args);
    if (dropped) {
        g_string_append_printf(line, " (%u more before)", dropped);
    }
    m->ops->guest_error(m->opaque, line->str);
    g_string_free(line, TRUE);
}
