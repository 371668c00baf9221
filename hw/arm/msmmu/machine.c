/*
 * The machine virt-msmmu: a child of virt that takes root complexes and
 * SMMUv3 instances from the command line.
 *
 * virt builds itself first; ours are then plugged one by one, in the order of
 * the command line. A device gets the next free slot of the address map when
 * it is realized. The device tree is completed when all are there, just before
 * virt loads it, and the ACPI tables (acpi.c) just before virt binds them
 * together. Without our devices the machine is virt.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/cutils.h"
#include "qemu/module.h"
#include "qemu/option.h"
#include "qemu/config-file.h"
#include "qemu/rcu_queue.h"
#include "hw/boards.h"
#include "hw/intc/arm_gicv3_its_common.h"
#include "hw/pci/pci_bus.h"
#include "hw/virtio/virtio-iommu.h"
#include "system/system.h"
#include "acpi.h"
#include "address_map.h"
#include "fdt.h"
#include "reserved_memory_plug.h"
#include "topology.h"

/* QEMU keeps this name to itself; pxb-cxl is one, too. */
#define TYPE_PXB_PCIE "pxb-pcie"

static GlobalProperty virt_msmmu_compat[] = {
    /* virt gives this to its versions, not to its children */
    { TYPE_VIRTIO_IOMMU_PCI, "aw-bits", "48" },
};

/* ---- Segments --------------------------------------------------------- */

static const MsmmuRootComplex *find_segment(const MsmmuMachineState *mms,
                                            int32_t segment)
{
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (mms->rcs[i].rc->segment == segment) {
            return mms->rcs[i].rc;
        }
    }
    return NULL;
}

/* Does this -device, still to come, ask for the segment at @opaque? */
static int option_wants_segment(void *opaque, QemuOpts *opts, Error **errp)
{
    const int32_t *segment = opaque;
    const char *value = qemu_opt_get(opts, "segment");
    int wanted;

    return g_strcmp0(qemu_opt_get(opts, "driver"),
                     TYPE_MSMMU_ROOT_COMPLEX) == 0
        && value
        && qemu_strtoi(value, NULL, 0, &wanted) == 0
        && wanted == *segment;
}

/*
 * The lowest segment that no root complex has and that none of the later
 * ones on the command line asks for by number.
 */
static int32_t pick_segment(const MsmmuMachineState *mms)
{
    int32_t segment = 1;

    while (find_segment(mms, segment) ||
           qemu_opts_foreach(qemu_find_opts("device"), option_wants_segment,
                             &segment, NULL)) {
        segment++;
    }
    return segment;
}

static bool choose_segment(const MsmmuMachineState *mms, MsmmuRootComplex *rc,
                           Error **errp)
{
    const MsmmuRootComplex *other;

    if (rc->segment == MSMMU_SEGMENT_AUTO) {
        rc->segment = pick_segment(mms);
    }
    if (rc->segment == 0) {
        error_setg(errp, "segment 0 is that of pcie.0");
        return false;
    }
    if (rc->segment < 0 || rc->segment > MSMMU_SEGMENT_MAX) {
        error_setg(errp, "segment %" PRId32 " is not in 1..%d", rc->segment,
                   MSMMU_SEGMENT_MAX);
        return false;
    }
    other = find_segment(mms, rc->segment);
    if (other) {
        error_setg(errp, "segment %" PRId32 " is that of '%s'", rc->segment,
                   DEVICE(other)->id);
        return false;
    }
    return true;
}

/* ---- NUMA -------------------------------------------------------------- */

static bool check_numa_node(const MsmmuMachineState *mms, int node,
                            Error **errp)
{
    int nodes = MACHINE(mms)->numa_state->num_nodes;

    if (node != MSMMU_NUMA_NODE_NONE && (node < 0 || node >= nodes)) {
        error_setg(errp, "numa-node=%d: the machine has %d nodes (-numa node)",
                   node, nodes);
        return false;
    }
    return true;
}

/* ---- Root complexes --------------------------------------------------- */

static void rc_pre_plug(MsmmuMachineState *mms, MsmmuRootComplex *rc,
                        Error **errp)
{
    if (mms->num_rcs == MSMMU_MAX_ROOT_COMPLEXES) {
        error_setg(errp, "the machine has %d root complexes already and no "
                   "room for another", MSMMU_MAX_ROOT_COMPLEXES);
        return;
    }
    if (!msmmu_address_map_check(VIRT_MACHINE(mms), errp)) {
        return;
    }
    if (check_numa_node(mms, rc->numa_node, errp)) {
        choose_segment(mms, rc, errp);
    }
}

/*
 * A device without bus= goes to the first PCI bus that a search from the
 * system bus meets, and a new device is met first. Keep pcie.0 before ours.
 * The machine is being built: nobody else walks the list now.
 */
static void put_last_on_system_bus(DeviceState *dev)
{
    BusState *bus = sysbus_get_default();
    BusChild *kid;

    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        if (kid->child == dev) {
            QTAILQ_REMOVE_RCU(&bus->children, kid, sibling);
            QTAILQ_INSERT_TAIL_RCU(&bus->children, kid, sibling);
            return;
        }
    }
    g_assert_not_reached();
}

/*
 * RequesterIDs repeat from segment to segment and an ITS sees nothing else
 * of a device: each root complex needs its own.
 */
static DeviceState *create_its(VirtMachineState *vms, hwaddr base,
                               Error **errp)
{
    DeviceState *its = qdev_new(its_class_name());

    object_property_set_link(OBJECT(its), "parent-gicv3", OBJECT(vms->gic),
                             &error_abort);
    if (!sysbus_realize_and_unref(SYS_BUS_DEVICE(its), errp)) {
        return NULL;
    }
    sysbus_mmio_map(SYS_BUS_DEVICE(its), 0, base);
    return its;
}

static void rc_plug(MsmmuMachineState *mms, MsmmuRootComplex *rc,
                    Error **errp)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    MsmmuMachineRc *slot = &mms->rcs[mms->num_rcs];
    MsmmuRcResources res;

    if (mms->num_rcs == 0) {
        msmmu_address_map_share_window(vms);
    }
    res = msmmu_address_map_rc(vms, mms->num_rcs);
    msmmu_root_complex_map(rc, &res, vms->gic);
    if (vms->msi_controller == VIRT_MSI_CTRL_ITS) {
        slot->its = create_its(vms, res.its.base, errp);
        if (!slot->its) {
            return;
        }
    }
    put_last_on_system_bus(DEVICE(rc));
    slot->rc = rc;
    mms->num_rcs++;
}

/* ---- SMMUs ------------------------------------------------------------ */

static void smmu_pre_plug(MsmmuMachineState *mms, MsmmuSmmuv3State *smmu,
                          Error **errp)
{
    if (mms->num_smmus == MSMMU_MAX_INSTANCES) {
        error_setg(errp, "the machine has %d instances already and no room "
                   "for another", MSMMU_MAX_INSTANCES);
        return;
    }
    check_numa_node(mms, msmmu_smmuv3_numa_node(smmu), errp);
}

static void smmu_plug(MsmmuMachineState *mms, MsmmuSmmuv3State *smmu)
{
    SysBusDevice *sbd = SYS_BUS_DEVICE(smmu);
    DeviceState *gic = VIRT_MACHINE(mms)->gic;
    MsmmuMachineSmmu *slot = &mms->smmus[mms->num_smmus];

    slot->smmu = smmu;
    slot->regs.base = msmmu_address_map_smmu(mms->num_smmus);
    slot->regs.size = memory_region_size(sysbus_mmio_get_region(sbd, 0));
    slot->first_spi = msmmu_address_map_smmu_spi(mms->num_smmus);
    g_assert(slot->regs.size <= MSMMU_SMMU_SLOT_SIZE);

    sysbus_mmio_map(sbd, 0, slot->regs.base);
    for (int irq = 0; irq < MSMMU_NUM_IRQS; irq++) {
        sysbus_connect_irq(sbd, irq,
                           qdev_get_gpio_in(gic, slot->first_spi + irq));
    }
    mms->num_smmus++;
}

/* virt describes virtio-iommu-pci below pcie.0, wherever it is. */
static bool virtio_iommu_check(MsmmuMachineState *mms, DeviceState *dev,
                               Error **errp)
{
    PCIBus *bus = pci_get_bus(PCI_DEVICE(dev));

    if (bus->iommu_ops) {
        error_setg(errp, "bus '%s' has an IOMMU already", BUS(bus)->name);
        return false;
    }
    if (pci_bus_is_root(bus) && bus != VIRT_MACHINE(mms)->bus) {
        error_setg(errp, TYPE_VIRTIO_IOMMU_PCI " must be on pcie.0, not on "
                   "'%s'", BUS(bus)->name);
        return false;
    }
    return true;
}

/*
 * Firmware and kernel learn of an expander's bus through ACPI, where virt
 * describes those of pcie.0. Below ours nobody would ever see one.
 */
static bool expander_check(MsmmuMachineState *mms, DeviceState *dev,
                           Error **errp)
{
    PCIBus *bus = pci_get_bus(PCI_DEVICE(dev));

    if (bus != VIRT_MACHINE(mms)->bus) {
        error_setg(errp, "%s must be on pcie.0, not on '%s': use another "
                   TYPE_MSMMU_ROOT_COMPLEX " instead",
                   object_get_typename(OBJECT(dev)), BUS(bus)->name);
        return false;
    }
    return true;
}

/* ---- Plugging --------------------------------------------------------- */

static void machine_pre_plug(HotplugHandler *handler, DeviceState *dev,
                             Error **errp)
{
    MsmmuMachineState *mms = MSMMU_MACHINE(handler);

    if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_ROOT_COMPLEX)) {
        rc_pre_plug(mms, MSMMU_ROOT_COMPLEX(dev), errp);
        return;
    }
    if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_SMMUV3)) {
        smmu_pre_plug(mms, MSMMU_SMMUV3(dev), errp);
        return;
    }
    if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_RESERVED_MEMORY)) {
        msmmu_reserved_memory_pre_plug(mms, MSMMU_RESERVED_MEMORY(dev), errp);
        return;
    }
    if (object_dynamic_cast(OBJECT(dev), TYPE_VIRTIO_IOMMU_PCI) &&
        !virtio_iommu_check(mms, dev, errp)) {
        return;
    }
    if (object_dynamic_cast(OBJECT(dev), TYPE_PXB_PCIE) &&
        !expander_check(mms, dev, errp)) {
        return;
    }
    MSMMU_MACHINE_GET_CLASS(mms)->parent_pre_plug(handler, dev, errp);
}

/* virt's, and those that only we look at */
static HotplugHandler *machine_get_hotplug_handler(MachineState *ms,
                                                   DeviceState *dev)
{
    if (object_dynamic_cast(OBJECT(dev), TYPE_PXB_PCIE) ||
        object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_RESERVED_MEMORY)) {
        return HOTPLUG_HANDLER(ms);
    }
    return MSMMU_MACHINE_GET_CLASS(ms)->parent_get_hotplug_handler(ms, dev);
}

/* virt would put our devices on its platform bus: they do not reach it. */
static void machine_plug(HotplugHandler *handler, DeviceState *dev,
                         Error **errp)
{
    MsmmuMachineState *mms = MSMMU_MACHINE(handler);

    if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_ROOT_COMPLEX)) {
        rc_plug(mms, MSMMU_ROOT_COMPLEX(dev), errp);
    } else if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_SMMUV3)) {
        smmu_plug(mms, MSMMU_SMMUV3(dev));
    } else if (object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_RESERVED_MEMORY)) {
        msmmu_reserved_memory_plug(mms, MSMMU_RESERVED_MEMORY(dev));
    } else {
        MSMMU_MACHINE_GET_CLASS(mms)->parent_plug(handler, dev, errp);
    }
}

/* ---- The machine ------------------------------------------------------ */

static void machine_done(Notifier *notifier, void *data)
{
    MsmmuMachineState *mms =
        container_of(notifier, MsmmuMachineState, machine_done);

    /* A device tree of the user's replaces ours altogether. */
    if (!VIRT_MACHINE(mms)->bootinfo.dtb_filename) {
        msmmu_fdt_add_nodes(mms);
    }
}

static void machine_init(MachineState *ms)
{
    MsmmuMachineState *mms = MSMMU_MACHINE(ms);

    MSMMU_MACHINE_GET_CLASS(mms)->parent_init(ms);

    /* Runs before virt's, which was added earlier and loads the tree. */
    mms->machine_done.notify = machine_done;
    qemu_add_machine_init_done_notifier(&mms->machine_done);

    msmmu_topology_register(mms);
}

static void machine_instance_init(Object *obj)
{
    /* An ITS, and so one segment's worth of MSIs more, needs GICv3. */
    VIRT_MACHINE(obj)->gic_version = VIRT_GIC_VERSION_3;
}

static void machine_class_init(ObjectClass *oc, void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);
    HotplugHandlerClass *hc = HOTPLUG_HANDLER_CLASS(oc);
    MsmmuMachineClass *mmc = MSMMU_MACHINE_CLASS(oc);

    mmc->parent_init = mc->init;
    mmc->parent_get_hotplug_handler = mc->get_hotplug_handler;
    mmc->parent_pre_plug = hc->pre_plug;
    mmc->parent_plug = hc->plug;
    mc->init = machine_init;
    mc->get_hotplug_handler = machine_get_hotplug_handler;
    hc->pre_plug = machine_pre_plug;
    hc->plug = machine_plug;
    VIRT_MACHINE_CLASS(oc)->complete_acpi_tables = msmmu_acpi_complete;

    mc->desc = "ARM Virtual Machine with several root complexes and SMMUv3s";
    mc->default_cpu_type = ARM_CPU_TYPE_NAME("max");
    machine_class_allow_dynamic_sysbus_dev(mc, TYPE_MSMMU_ROOT_COMPLEX);
    machine_class_allow_dynamic_sysbus_dev(mc, TYPE_MSMMU_SMMUV3);
    compat_props_add(mc->compat_props, virt_msmmu_compat,
                     G_N_ELEMENTS(virt_msmmu_compat));
}

static const TypeInfo machine_info = {
    .name = TYPE_MSMMU_MACHINE,
    .parent = TYPE_VIRT_MACHINE,
    .instance_size = sizeof(MsmmuMachineState),
    .instance_init = machine_instance_init,
    .class_size = sizeof(MsmmuMachineClass),
    .class_init = machine_class_init,
};

static void machine_register_types(void)
{
    type_register_static(&machine_info);
}

type_init(machine_register_types)
