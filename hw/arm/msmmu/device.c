/*
 * The QEMU device msmmu-smmuv3: one SMMUv3 instance.
 *
 * It is plugged by the machine virt-msmmu, which maps its registers, wires its
 * interrupts and describes it to the guest. Its sections of a migration stream
 * carry its id, so that they do not depend on the order of the command line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "hw/pci/pci_bus.h"
#include "hw/qdev-core.h"
#include "hw/vmstate-if.h"
#include "smmuv3_private.h"
#include "trace.h"

/* ---- Registers -------------------------------------------------------- */

static MemTxResult register_read(void *opaque, hwaddr offset, uint64_t *value,
                                 unsigned size, MemTxAttrs attrs)
{
    MsmmuSmmuv3State *s = opaque;
    bool ok = msmmu_mmio_read(s->core, offset, size, value);

    trace_msmmu_mmio_read(msmmu_smmuv3_id(s), offset, size, *value, ok);
    return ok ? MEMTX_OK : MEMTX_ERROR;
}

static MemTxResult register_write(void *opaque, hwaddr offset, uint64_t value,
                                  unsigned size, MemTxAttrs attrs)
{
    MsmmuSmmuv3State *s = opaque;
    bool ok = msmmu_mmio_write(s->core, offset, size, value);

    trace_msmmu_mmio_write(msmmu_smmuv3_id(s), offset, size, value, ok);
    return ok ? MEMTX_OK : MEMTX_ERROR;
}

/* The core decides on every size and alignment (IHI 0070 6.2). */
#define REGISTER_ACCESS {                       \
        .min_access_size = 1,                   \
        .max_access_size = 8,                   \
        .unaligned = true,                      \
    }

static const MemoryRegionOps register_ops = {
    .read_with_attrs = register_read,
    .write_with_attrs = register_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = REGISTER_ACCESS,
    .impl = REGISTER_ACCESS,
};

bool msmmu_smmuv3_has_registers(const MemoryRegion *mr)
{
    return mr->ops == &register_ops;
}

/* ---- What the core asks for ------------------------------------------- */

typedef struct Retired {
    struct rcu_head rcu;
    void *p;
} Retired;

static void free_retired(Retired *r)
{
    g_free(r->p);
    g_free(r);
}

/* Translations run within RCU read-side critical sections. */
static void retire(void *opaque, void *p)
{
    Retired *r = g_new(Retired, 1);

    r->p = p;
    call_rcu(r, free_retired, rcu);
}

static int64_t now(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void guest_error(void *opaque, const char *line)
{
    MsmmuSmmuv3State *s = opaque;

    qemu_log_mask(LOG_GUEST_ERROR, TYPE_MSMMU_SMMUV3 " '%s': %s\n",
                  msmmu_smmuv3_id(s), line);
}

static const MsmmuOps core_ops = {
    .read = msmmu_guest_memory_read,
    .write = msmmu_guest_memory_write,
    .update = msmmu_guest_memory_update,
    .irq = msmmu_interrupts_raise,
    .wire = msmmu_interrupts_wire,
    .message = msmmu_interrupts_message,
    .unmap = msmmu_notifier_unmap,
    .defer = msmmu_interrupts_defer,
    .retire = retire,
    .now = now,
    .guest_error = guest_error,
    .recorder = msmmu_observe_recorder,
};

/* ---- Realize ---------------------------------------------------------- */

int msmmu_smmuv3_numa_node(const MsmmuSmmuv3State *s)
{
    return s->numa_node;
}

static PCIBus *find_primary_bus(MsmmuSmmuv3State *s, Error **errp)
{
    bool ambiguous = false;
    Object *obj;
    PCIBus *bus;

    if (!*s->primary_bus) {
        error_setg(errp, "primary-bus is empty: name a root complex");
        return NULL;
    }
    obj = object_resolve_path_type(s->primary_bus, TYPE_PCI_BUS, &ambiguous);
    if (ambiguous) {
        error_setg(errp, "primary-bus=%s: there are several PCI buses of this "
                   "name", s->primary_bus);
        return NULL;
    }
    if (!obj) {
        error_setg(errp, "primary-bus=%s: no such PCI bus; a root complex must "
                   "come first on the command line, as in -device msmmu-rc,"
                   "id=%s", s->primary_bus, s->primary_bus);
        return NULL;
    }
    bus = PCI_BUS(obj);
    if (!pci_bus_is_root(bus)) {
        error_setg(errp, "primary-bus=%s: this bus is behind a bridge; name "
                   "the root bus", s->primary_bus);
        return NULL;
    }
    return bus;
}

static bool create_core(MsmmuSmmuv3State *s, Error **errp)
{
    g_autoptr(GError) error = NULL;

    s->core = msmmu_new(&s->config, &core_ops, s, &error);
    if (!s->core) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    msmmu_keep_explanations(s->core);
    s->config = *msmmu_config(s->core);
    s->regs = msmmu_registers(s->core);
    return true;
}

static void smmuv3_unrealize(DeviceState *dev)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(dev);

    msmmu_monitor_cleanup(s);
    msmmu_dma_cleanup(s);
    msmmu_terminate_cleanup(s);
    msmmu_interrupts_cleanup(s);
    msmmu_host_map_cleanup(&s->host_map);
    g_clear_pointer(&s->core, msmmu_free);
    s->regs = NULL;
}

static void smmuv3_realize(DeviceState *dev, Error **errp)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(dev);
    PCIBus *bus = NULL;

    if (!dev->id) {
        error_setg(errp, TYPE_MSMMU_SMMUV3 " needs an id: its saved state is "
                   "found by it");
        return;
    }
    if (s->primary_bus) {
        bus = find_primary_bus(s, errp);
        if (!bus) {
            return;
        }
    }
    msmmu_observe_init(s);
    if (!create_core(s, errp)) {
        return;
    }

    msmmu_host_map_init(&s->host_map, s->core);
    memory_region_init_io(&s->mmio, OBJECT(s), &register_ops, s,
                          TYPE_MSMMU_SMMUV3, msmmu_mmio_size(s->core));
    sysbus_init_mmio(SYS_BUS_DEVICE(s), &s->mmio);
    msmmu_interrupts_init(s);
    msmmu_terminate_init(s);
    msmmu_dma_init(s);
    if (bus && !msmmu_smmuv3_attach_bus(s, bus, 0, errp)) {
        smmuv3_unrealize(dev);
        return;
    }
    msmmu_monitor_init(s);
}

static void smmuv3_reset_hold(Object *obj, ResetType type)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(obj);

    msmmu_interrupts_reset(s);
    msmmu_reset(s->core);
}

/* ---- The type --------------------------------------------------------- */

static char *vmstate_id(VMStateIf *obj)
{
    return g_strdup(DEVICE(obj)->id);
}

static void smmuv3_instance_init(Object *obj)
{
    msmmu_properties_init(MSMMU_SMMUV3(obj));
}

static void smmuv3_instance_finalize(Object *obj)
{
    msmmu_properties_finalize(MSMMU_SMMUV3(obj));
}

static void smmuv3_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->desc = "Arm SMMUv3 of which each feature is a property (virt-msmmu)";
    dc->realize = smmuv3_realize;
    dc->unrealize = smmuv3_unrealize;
    dc->vmsd = &msmmu_smmuv3_vmstate;
    dc->user_creatable = true;
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    RESETTABLE_CLASS(klass)->phases.hold = smmuv3_reset_hold;
    VMSTATE_IF_CLASS(klass)->get_id = vmstate_id;
    msmmu_properties_class_init(klass);
}

static const TypeInfo smmuv3_info = {
    .name = TYPE_MSMMU_SMMUV3,
    .parent = TYPE_SYS_BUS_DEVICE,
    .instance_size = sizeof(MsmmuSmmuv3State),
    .instance_init = smmuv3_instance_init,
    .instance_finalize = smmuv3_instance_finalize,
    .class_init = smmuv3_class_init,
};

static void smmuv3_register_types(void)
{
    type_register_static(&smmuv3_info);
}

type_init(smmuv3_register_types)
