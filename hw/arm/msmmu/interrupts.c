/*
 * Interrupts and deferred work of the device msmmu-smmuv3.
 *
 * The core tells of interrupts in any thread; lines and messages belong to the
 * big lock, and while the machine is stopped or being loaded, to nobody. What
 * cannot be delivered at once stays pending in the core until a bottom half
 * runs, or the machine does. The same holds for commands that are still to be
 * consumed: the guest's memory does not change while the machine is stopped.
 *
 * A message may reach any register of the machine, and so do anything that a
 * CPU can do, short of accesses to this instance: a register access, or a
 * bottom half, is under way whenever one is sent, and QEMU's guard against
 * re-entrancy refuses another one. Commands that it starts at another instance
 * wait for a turn of their own. In the middle of a DMA, whose device might not
 * expect that, nothing is sent.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "exec/address-spaces.h"
#include "hw/irq.h"
#include "hw/pci/pci_bus.h"
#include "smmuv3_private.h"
#include "trace.h"

/* IHI 0070 3.18: the order of the lines is the core's, too. */
QEMU_BUILD_BUG_ON(MSMMU_IRQ_EVENTQ != (int)MSMMU_CORE_IRQ_EVENTQ);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_PRIQ != (int)MSMMU_CORE_IRQ_PRIQ);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_CMDQ_SYNC != (int)MSMMU_CORE_IRQ_CMDQ_SYNC);
QEMU_BUILD_BUG_ON(MSMMU_IRQ_GERROR != (int)MSMMU_CORE_IRQ_GERROR);

QEMU_BUILD_BUG_ON(MSMMU_NUM_IRQS != (int)MSMMU_CORE_IRQS);

/* ---- Delivery --------------------------------------------------------- */

static void deliver_pending(void *opaque)
{
    MsmmuSmmuv3State *s = opaque;

    if (!runstate_is_running()) {
        return;     /* run_state_changed() comes back to it */
    }
    for (int irq = 0; irq < MSMMU_NUM_IRQS; irq++) {
        msmmu_irq_deliver(s->core, irq);
    }
}

/* Whether this thread may deliver now: see above. */
static bool may_deliver(MsmmuSmmuv3State *s, MsmmuIrq irq)
{
    if (!bql_locked() || !runstate_is_running()) {
        return false;
    }
    return !msmmu_irq_is_message(s->core, irq) ||
           (DEVICE(s)->mem_reentrancy_guard.engaged_in_io && !s->in_message);
}

void msmmu_interrupts_raise(void *opaque, MsmmuIrq irq)
{
    MsmmuSmmuv3State *s = opaque;

    if (may_deliver(s, irq)) {
        msmmu_irq_deliver(s->core, irq);
    } else {
        qemu_bh_schedule(s->irq_bh);
    }
}

void msmmu_interrupts_wire(void *opaque, MsmmuIrq irq)
{
    MsmmuSmmuv3State *s = opaque;

    trace_msmmu_irq(msmmu_smmuv3_id(s), irq);
    qemu_irq_pulse(s->irqs[irq]);
}

/* An instance that serves no bus has no neighbours. */
static uint32_t own_device_id(MsmmuSmmuv3State *s)
{
    const GArray *ranges = msmmu_smmuv3_bus_ranges(s);
    int bus = 0;

    if (ranges->len) {
        bus = pci_bus_num(g_array_index(ranges, MsmmuBusRange, 0).bus);
    }
    return PCI_BUILD_BDF(bus, PCI_DEVFN(MSMMU_MSI_SLOT, 0));
}

/*
 * Memory attributes say nothing here: all that QEMU has is coherent. What was
 * written before is visible before (IHI 0070 3.18, 4.7.3).
 */
bool msmmu_interrupts_message(void *opaque, const MsmmuMessage *message)
{
    MsmmuSmmuv3State *s = opaque;
    const MemTxAttrs attrs = {
        .requester_id = own_device_id(s),
    };
    MemTxResult result;

    s->in_message = true;
    smp_mb_release();
    address_space_stl_le(&address_space_memory, message->pa, message->data,
                         attrs, &result);
    s->in_message = false;
    trace_msmmu_msi(msmmu_smmuv3_id(s), message->irq, message->pa,
                    message->data, result == MEMTX_OK);
    return result == MEMTX_OK;
}

/* ---- Where messages come from ----------------------------------------- */

bool msmmu_interrupts_reserve_slot(PCIBus *bus, Error **errp)
{
    for (int function = 0; function < PCI_FUNC_MAX; function++) {
        PCIDevice *dev =
            bus->devices[PCI_DEVFN(MSMMU_MSI_SLOT, function)];

        if (dev) {
            error_setg(errp, "slot 0x%x of bus '%s' is for the MSIs of the "
                       TYPE_MSMMU_SMMUV3 " (msi=on), but %s is there",
                       MSMMU_MSI_SLOT, BUS(bus)->name,
                       object_get_typename(OBJECT(dev)));
            return false;
        }
    }
    pci_bus_set_slot_reserved_mask(bus, 1u << MSMMU_MSI_SLOT);
    return true;
}

void msmmu_interrupts_release_slot(PCIBus *bus)
{
    pci_bus_clear_slot_reserved_mask(bus, 1u << MSMMU_MSI_SLOT);
}

bool msmmu_smmuv3_msi_source(MsmmuSmmuv3State *s, MsmmuMsiSource *source)
{
    const GArray *ranges = msmmu_smmuv3_bus_ranges(s);

    if (!s->config.msi || !ranges->len) {
        return false;
    }
    *source = (MsmmuMsiSource) {
        .bus = g_array_index(ranges, MsmmuBusRange, 0).bus,
        .device_id = own_device_id(s),
    };
    return true;
}

/* ---- Deferred work ---------------------------------------------------- */

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
    if (qatomic_read(&s->regs->irqs_pending)) {
        qemu_bh_schedule(s->irq_bh);
    }
    if (s->work_deferred) {
        qemu_bh_schedule(s->work_bh);
    }
}

/* ---- Life ------------------------------------------------------------- */

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
    s->work_deferred = false;
}
