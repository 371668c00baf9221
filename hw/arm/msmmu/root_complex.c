/*
 * The root complex: a PCI Express host bridge with its own segment.
 *
 * Its root bus carries the device's id, so that bus=ID finds it. Its path
 * begins with the segment, so that equal devices behind different root
 * complexes have different names in a migration stream.
 *
 * The guest's accesses to unclaimed addresses of a window read as ones, as
 * they do on pcie.0 and on most hardware; a DMA to an unclaimed address is
 * told of its failure. Hence two layers: the bus's own address spaces, and a
 * background around each that only the CPUs see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "exec/address-spaces.h"
#include "exec/ioport.h"
#include "hw/irq.h"
#include "hw/pci/pci_bus.h"
#include "hw/qdev-properties.h"
#include "hw/arm/msmmu/root_complex.h"
#include "hw/arm/msmmu/smmuv3.h"

#define IO_SPACE_SIZE 0x10000

/* sysbus regions */
enum {
    REGION_ECAM,
    REGION_IO,
};

PCIBus *msmmu_root_complex_bus(MsmmuRootComplex *rc)
{
    return PCI_HOST_BRIDGE(rc)->bus;
}

static void set_intx(void *opaque, int pin, int level)
{
    MsmmuRootComplex *rc = opaque;

    qemu_set_irq(rc->intx[pin], level);
}

/* Each slot begins with another pin, so that single-pin devices spread. */
static int map_intx(PCIDevice *dev, int pin)
{
    return (pin + PCI_SLOT(dev->devfn)) % PCI_NUM_PINS;
}

static PCIINTxRoute route_intx(void *opaque, int pin)
{
    MsmmuRootComplex *rc = opaque;

    return (PCIINTxRoute) {
        .mode = PCI_INTX_ENABLED,
        .irq = rc->res.first_spi + pin,
    };
}

static const char *root_bus_path(PCIHostState *host, PCIBus *bus)
{
    return MSMMU_ROOT_COMPLEX(host)->segment_path;
}

/* Does a bus of this name exist at or below @bus? */
static bool bus_name_taken(BusState *bus, const char *name)
{
    BusChild *kid;

    if (g_str_equal(bus->name, name)) {
        return true;
    }
    QTAILQ_FOREACH(kid, &bus->children, sibling) {
        BusState *child;

        QLIST_FOREACH(child, &kid->child->child_bus, sibling) {
            if (bus_name_taken(child, name)) {
                return true;
            }
        }
    }
    return false;
}

static bool check_properties(MsmmuRootComplex *rc, Error **errp)
{
    const char *id = DEVICE(rc)->id;

    if (!id) {
        error_setg(errp, TYPE_MSMMU_ROOT_COMPLEX
                   " needs an id: its bus is named after it");
        return false;
    }
    if (bus_name_taken(sysbus_get_default(), id)) {
        error_setg(errp, "id '%s' is the name of another bus", id);
        return false;
    }
    if (rc->sid_base != -1 && !rc->smmu_id) {
        error_setg(errp, "sid-base needs smmu=ID");
        return false;
    }
    if (rc->sid_base < -1 || rc->sid_base > UINT32_MAX) {
        error_setg(errp, "sid-base %" PRId64 " is not a 32-bit StreamID",
                   rc->sid_base);
        return false;
    }
    return true;
}

static MsmmuSmmuv3State *find_smmu(MsmmuRootComplex *rc, Error **errp)
{
    DeviceState *dev = qdev_find_recursive(sysbus_get_default(), rc->smmu_id);

    if (!dev) {
        error_setg(errp, "smmu '%s' not found: -device " TYPE_MSMMU_SMMUV3
                   ",id=%s must come before this one",
                   rc->smmu_id, rc->smmu_id);
        return NULL;
    }
    if (!object_dynamic_cast(OBJECT(dev), TYPE_MSMMU_SMMUV3)) {
        error_setg(errp, "smmu '%s' is not a " TYPE_MSMMU_SMMUV3
                   " but a %s", rc->smmu_id, object_get_typename(OBJECT(dev)));
        return NULL;
    }
    return MSMMU_SMMUV3(dev);
}

static void init_regions(MsmmuRootComplex *rc)
{
    Object *obj = OBJECT(rc);
    SysBusDevice *sbd = SYS_BUS_DEVICE(rc);
    PCIExpressHost *pcie = PCIE_HOST_BRIDGE(rc);

    pcie_host_mmcfg_init(pcie, PCIE_MMCFG_SIZE_MAX);

    memory_region_init(&rc->mmio, obj, "msmmu-rc-mmio", UINT64_MAX);
    memory_region_init_io(&rc->mmio_background, obj, &unassigned_io_ops, obj,
                          "msmmu-rc-mmio-background", UINT64_MAX);
    memory_region_add_subregion(&rc->mmio_background, 0, &rc->mmio);

    memory_region_init(&rc->io, obj, "msmmu-rc-io", IO_SPACE_SIZE);
    memory_region_init_io(&rc->io_background, obj, &unassigned_io_ops, obj,
                          "msmmu-rc-io-background", IO_SPACE_SIZE);
    memory_region_add_subregion(&rc->io_background, 0, &rc->io);

    /* In the order of REGION_* */
    sysbus_init_mmio(sbd, &pcie->mmio);
    sysbus_init_mmio(sbd, &rc->io_background);
}

static void root_complex_realize(DeviceState *dev, Error **errp)
{
    MsmmuRootComplex *rc = MSMMU_ROOT_COMPLEX(dev);
    PCIHostState *host = PCI_HOST_BRIDGE(dev);
    MsmmuSmmuv3State *smmu = NULL;

    if (!check_properties(rc, errp)) {
        return;
    }
    if (rc->smmu_id) {
        smmu = find_smmu(rc, errp);
        if (!smmu) {
            return;
        }
    }

    g_assert(rc->segment >= 0 && rc->segment <= MSMMU_SEGMENT_MAX);
    snprintf(rc->segment_path, sizeof(rc->segment_path), "%04x:00",
             rc->segment);

    init_regions(rc);
    for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
        sysbus_init_irq(SYS_BUS_DEVICE(dev), &rc->intx[pin]);
    }

    host->bus = pci_register_root_bus(dev, dev->id, set_intx, map_intx, rc,
                                      &rc->mmio, &rc->io, 0, PCI_NUM_PINS,
                                      TYPE_PCIE_BUS);
    pci_bus_set_route_irq_fn(host->bus, route_intx);

    if (!qdev_realize(DEVICE(&rc->root_device), BUS(host->bus), errp)) {
        goto fail;
    }
    if (smmu && !msmmu_smmuv3_attach_bus(smmu, host->bus,
                                         MAX(rc->sid_base, 0), errp)) {
        goto fail;
    }
    return;

fail:
    pci_unregister_root_bus(host->bus);
    host->bus = NULL;
}

static void map_window(MsmmuRootComplex *rc, MemoryRegion *alias,
                       const char *name, const MemMapEntry *cpu, hwaddr pci)
{
    memory_region_init_alias(alias, OBJECT(rc), name, &rc->mmio_background,
                             pci, cpu->size);
    memory_region_add_subregion(get_system_memory(), cpu->base, alias);
}

void msmmu_root_complex_map(MsmmuRootComplex *rc, const MsmmuRcResources *res,
                            DeviceState *gic)
{
    SysBusDevice *sbd = SYS_BUS_DEVICE(rc);

    rc->res = *res;
    sysbus_mmio_map(sbd, REGION_ECAM, res->ecam.base);
    sysbus_mmio_map(sbd, REGION_IO, res->pio.base);
    map_window(rc, &rc->mmio32_window, "msmmu-rc-mmio32", &res->mmio32,
               res->mmio32_pci);
    map_window(rc, &rc->mmio64_window, "msmmu-rc-mmio64", &res->mmio64,
               res->mmio64.base);
    for (int pin = 0; pin < PCI_NUM_PINS; pin++) {
        sysbus_connect_irq(sbd, pin,
                           qdev_get_gpio_in(gic, res->first_spi + pin));
    }
}

static void root_complex_init(Object *obj)
{
    MsmmuRootComplex *rc = MSMMU_ROOT_COMPLEX(obj);
    DeviceState *root;

    object_initialize_child(obj, "root", &rc->root_device,
                            TYPE_GPEX_ROOT_DEVICE);
    root = DEVICE(&rc->root_device);
    qdev_prop_set_int32(root, "addr", PCI_DEVFN(0, 0));
    qdev_prop_set_bit(root, "multifunction", false);
}

static const Property root_complex_properties[] = {
    DEFINE_PROP_INT32("segment", MsmmuRootComplex, segment,
                      MSMMU_SEGMENT_AUTO),
    DEFINE_PROP_STRING("smmu", MsmmuRootComplex, smmu_id),
    DEFINE_PROP_INT64("sid-base", MsmmuRootComplex, sid_base, -1),
    DEFINE_PROP_BOOL("canwbs", MsmmuRootComplex, canwbs, false),
    DEFINE_PROP_INT32("numa-node", MsmmuRootComplex, numa_node,
                      MSMMU_NUMA_NODE_NONE),
};

static void root_complex_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIHostBridgeClass *hc = PCI_HOST_BRIDGE_CLASS(klass);

    dc->desc = "PCIe root complex with a segment of its own (virt-msmmu)";
    dc->fw_name = "pci";
    dc->realize = root_complex_realize;
    /* The parent's state is that of configuration ports; ECAM has none. */
    dc->vmsd = NULL;
    dc->user_creatable = true;
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_BRIDGE, dc->categories);
    device_class_set_props(dc, root_complex_properties);
    hc->root_bus_path = root_bus_path;

    object_class_property_set_description(klass, "segment",
        "PCI segment, 1 to 65535; by default the lowest free one");
    object_class_property_set_description(klass, "smmu",
        "id of the " TYPE_MSMMU_SMMUV3 " that translates this segment");
    object_class_property_set_description(klass, "sid-base",
        "StreamID of RequesterID 0, a multiple of 0x10000; by default 0");
    object_class_property_set_description(klass, "canwbs",
        "ACPI says that all writes are coherent, whatever their attributes");
    object_class_property_set_description(klass, "numa-node",
        "NUMA node that it is near to, of -numa; by default none");
}

static const TypeInfo root_complex_info = {
    .name = TYPE_MSMMU_ROOT_COMPLEX,
    .parent = TYPE_PCIE_HOST_BRIDGE,
    .instance_size = sizeof(MsmmuRootComplex),
    .instance_init = root_complex_init,
    .class_init = root_complex_class_init,
};

static void root_complex_register_types(void)
{
    type_register_static(&root_complex_info);
}

type_init(root_complex_register_types)
