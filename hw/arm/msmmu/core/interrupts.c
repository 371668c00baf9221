/*
 * Interrupts (IHI 0070 3.18): what becomes of an edge, and events for PEs.
 *
 * An edge is pending from when it arises until it is delivered. It arises only
 * if its source is enabled, and that a source is disabled is acknowledged only
 * when nothing of it is pending, so whatever is delivered was configured, and
 * allowed, when it arose (6.3.16). CMD_SYNC has no enable; its MSI is a part of
 * the command and not of an edge.
 *
 * Choice: there is a line for each source, so every edge is a pulse on it, also
 * where an MSI is sent (3.18.2, 4.7.3).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "attributes.h"
#include "internal.h"
#include "spec/cmd.h"
#include "spec/regs.h"

static uint32_t bit_of(MsmmuIrq irq)
{
    return UINT32_C(1) << irq;
}

/* The edges that may arise while IRQ_CTRLACK is @irq_ctrlack. */
static uint32_t enabled(uint32_t irq_ctrlack)
{
    uint32_t irqs = bit_of(MSMMU_CORE_IRQ_CMDQ_SYNC);

    if (irq_ctrlack & IRQ_CTRL_EVENTQ_IRQEN) {
        irqs |= bit_of(MSMMU_CORE_IRQ_EVENTQ);
    }
    if (irq_ctrlack & IRQ_CTRL_GERROR_IRQEN) {
        irqs |= bit_of(MSMMU_CORE_IRQ_GERROR);
    }
    return irqs;
}

/* ---- Messages ------------------------------------------------------------ */

/* The MSI of an edge of @irq; false if there is none to be sent (6.3.21). */
static bool message_of(const Msmmu *m, MsmmuIrq irq, MsmmuMessage *message)
{
    const MsmmuRegisters *regs = &m->regs;
    uint64_t cfg0 = 0;
    uint32_t cfg1 = 0, cfg2 = 0;

    switch (irq) {
    case MSMMU_CORE_IRQ_EVENTQ:
        cfg0 = regs->eventq_irq_cfg0;
        cfg1 = regs->eventq_irq_cfg1;
        cfg2 = regs->eventq_irq_cfg2;
        break;
    case MSMMU_CORE_IRQ_GERROR:
        cfg0 = regs->gerror_irq_cfg0;
        cfg1 = regs->gerror_irq_cfg1;
        cfg2 = regs->gerror_irq_cfg2;
        break;
    default:
        break;
    }
    *message = (MsmmuMessage) {
        .irq = irq,
        .pa = cfg0 & IRQ_CFG0_ADDR,
        .data = cfg1,
        .attributes =
            msmmu_attributes_message(msmmu_get(cfg2, IRQ_CFG2_MEMATTR),
                                     msmmu_get(cfg2, IRQ_CFG2_SH)),
    };
    return message->pa;
}

/* An abort is known by the error bit of the source; the next is sent anyway. */
static void send(Msmmu *m, const MsmmuMessage *message)
{
    static const uint32_t errors[MSMMU_CORE_IRQS] = {
        [MSMMU_CORE_IRQ_EVENTQ] = GERROR_MSI_EVENTQ_ABT_ERR,
        [MSMMU_CORE_IRQ_PRIQ] = GERROR_MSI_PRIQ_ABT_ERR,
        [MSMMU_CORE_IRQ_CMDQ_SYNC] = GERROR_MSI_CMDQ_ABT_ERR,
        [MSMMU_CORE_IRQ_GERROR] = GERROR_MSI_GERROR_ABT_ERR,
    };

    if (!m->ops->message(m->opaque, message)) {
        msmmu_gerror_raise(m, errors[message->irq]);
    }
}

bool msmmu_irq_is_message(const Msmmu *m, MsmmuIrq irq)
{
    MsmmuMessage message;

    return message_of(m, irq, &message);
}

/* ---- Edges --------------------------------------------------------------- */

bool msmmu_irq_pend(Msmmu *m, MsmmuIrq irq)
{
    if (!(enabled(m->regs.irq_ctrlack) & bit_of(irq))) {
        return false;
    }
    msmmu_store(&m->regs.irqs_pending, m->regs.irqs_pending | bit_of(irq));
    return true;
}

/* Those of @irqs that are pending, and are so no more. With m->lock. */
static uint32_t take(Msmmu *m, uint32_t irqs)
{
    uint32_t taken = m->regs.irqs_pending & irqs;

    msmmu_store(&m->regs.irqs_pending, m->regs.irqs_pending & ~irqs);
    return taken;
}

static void deliver(Msmmu *m, MsmmuIrq irq)
{
    MsmmuMessage message;

    if (message_of(m, irq, &message)) {
        send(m, &message);
    }
    m->ops->wire(m->opaque, irq);
}

void msmmu_irq_deliver(Msmmu *m, MsmmuIrq irq)
{
    uint32_t taken;

    g_mutex_lock(&m->lock);
    taken = take(m, bit_of(irq));
    g_mutex_unlock(&m->lock);
    if (taken) {
        deliver(m, irq);
    }
}

void msmmu_irq_enable(Msmmu *m, uint32_t irq_ctrl)
{
    uint32_t last;

    g_mutex_lock(&m->lock);
    msmmu_store(&m->regs.irq_ctrlack, irq_ctrl);
    last = take(m, ~enabled(irq_ctrl));
    g_mutex_unlock(&m->lock);
    for (int irq = 0; irq < MSMMU_CORE_IRQS; irq++) {
        if (last & bit_of(irq)) {
            deliver(m, irq);
        }
    }
}

bool msmmu_irqs_check(const Msmmu *m)
{
    return !(m->regs.irqs_pending & ~enabled(m->regs.irq_ctrlack));
}

/* ---- CMD_SYNC ------------------------------------------------------------ */

/* 4.7.3: MSIAddress is compared with 0, and then truncated to the OAS. */
static void sync_irq(Msmmu *m, const uint64_t cmd[CMD_WORDS])
{
    uint64_t address = cmd[1] & CMD1_MSI_ADDRESS;
    bool pending;

    if (address && m->regs.idr[0] & IDR0_MSI) {
        const MsmmuMessage message = {
            .irq = MSMMU_CORE_IRQ_CMDQ_SYNC,
            .pa = address & msmmu_low_mask(m->config.oas_bits),
            .data = msmmu_get(cmd[0], CMD0_MSI_DATA),
            .attributes =
                msmmu_attributes_message(msmmu_get(cmd[0], CMD0_MSI_ATTR),
                                         msmmu_get(cmd[0], CMD0_MSH)),
        };

        send(m, &message);
    }
    g_mutex_lock(&m->lock);
    pending = msmmu_irq_pend(m, MSMMU_CORE_IRQ_CMDQ_SYNC);
    g_mutex_unlock(&m->lock);
    if (pending) {
        m->ops->irq(m->opaque, MSMMU_CORE_IRQ_CMDQ_SYNC);
    }
}

void msmmu_irq_sync_completed(Msmmu *m, const uint64_t cmd[CMD_WORDS])
{
    switch (msmmu_get(cmd[0], CMD0_CS)) {
    case CMD0_CS_IRQ:
        sync_irq(m, cmd);
        break;
    case CMD0_CS_SEV:
        msmmu_sev_send(m);      /* without SEV it is SIG_NONE */
        break;
    }
}

/* ---- Events for PEs ------------------------------------------------------ */

void msmmu_sev_send(Msmmu *m)
{
    if (m->regs.idr[0] & IDR0_SEV) {
        m->sev_events++;
    }
}

uint64_t msmmu_sev_events(const Msmmu *m)
{
    return m->sev_events;
}
