/*
 * Wired interrupts and deferred work of the device msmmu-smmuv3.
 *
 * The core raises interrupts from any thread; interrupt lines belong to the
 * big lock, and while the machine is stopped or being loaded, to nobody. What
 * cannot be delivered at once waits in pending_irqs for a bottom half, or for
 * the machine to run. The same holds for commands that are still to be
 * consumed: the guest's memory does not change while the machine is stopped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "hw/irq.h"
#include "smmuv3_private.h"
#include "trace.h"

/* IHI 0070 3.18: the order of the lines is the core's, too. */
QEMU_BUILD_BUG_ON(MSMMU_IRQ_EVENTQ != (int)MSMMU_CORE_IRQ_EVENTQ);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_PRIQ != (int)MSMMU_CORE_IRQ_PRIQ);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_CMDQ_SYNC != (int)MSMMU_CORE_IRQ_CMDQ_SYNC);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_GERROR != (int)MSMMU_CORE_IRQ_GERROR);

static void deliver_pending(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;
    uint32_t pending;

    if (!runstate_is_running()) {
        return;     /* run_state_changed() comes back to it */
    }
    pending = qatomic_xchg(&s->pending_irqs, 0);
    for (int irq = 0; irq < MSMMU_NUM_IRQS; irq++) {
        if (pending & (1u << irq) && msmmu_irq_is_enabled(s->core, irq)) {
            qemu_irq_pulse(s->irqs[irq]);
        }
    }
}

void msmmu_interrupts_raise(void *opaque, MsmmuIrq irq)
{
    MsmmuSmmuv3State *s = opaque;

    trace_msmmu_irq(msmmu_smmuv3_id(s), irq);
    if (bql_locked() && runstate_is_running()) {
        qemu_irq_pulse(s->irqs[irq]);
        return;
    }
    qatomic_or(&s->pending_irqs, 1u << irq);
    qemu_bh_schedule(s->irq_bh);
}

static void run_deferred(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    if (!runstate_is_running()) {
        return;
    }
    s->work_deferred = false;
    msmmu_run_deferred(s->core);
}

/* Called under the big lock only: the core defers commands, never a DMA. */
void msmmu_interrupts_defer(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    s->work_deferred = true;
    qemu_bh_schedule(s->work_bh);
}

static void run_state_changed(void *opaque, bool running, RunState state)
{
    MsmmuSmmuv3State *s = opaque;

    if (!running) {
        return;
    }
    if (qatomic_read(&s->pending_irqs)) {
        qemu_bh_schedule(s->irq_bh);
    }
    if (s->work_deferred) {
        qemu_bh_schedule(s->work_bh);
    }
}

void msmmu_interrupts_init(MsmmuSmmuv3State *s)
{
    DeviceState *dev = DEVICE(s);

    for (int irq = 0; irq < MSMMU_NUM_IRQS; irq++) {
        sysbus_init_irq(SYS_BUS_DEVICE(s), &s->irqs[irq]);
    }
    s->irq_bh = qemu_bh_new_guarded(deliver_pending, s,
                                    &dev->mem_reentrancy_guard);
    s->work_bh = qemu_bh_new_guarded(run_deferred, s,
                                     &dev->mem_reentrancy_guard);
    s->run_state = qemu_add_vm_change_state_handler(run_state_changed, s);
}

void msmmu_interrupts_cleanup(MsmmuSmmuv3State *s)
{
    g_clear_pointer(&s->run_state, qemu_del_vm_change_state_handler);
    g_clear_pointer(&s->irq_bh, qemu_bh_delete);
    g_clear_pointer(&s->work_bh, qemu_bh_delete);
}

void msmmu_interrupts_reset(MsmmuSmmuv3State *s)
{
    qemu_bh_cancel(s->irq_bh);
    qemu_bh_cancel(s->work_bh);
    qatomic_set(&s->pending_irqs, 0);
    s->work_deferred = false;
}
