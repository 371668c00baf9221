/*
 * An IOMMU that does nothing (msmmu-bench-iommu), for benchmarks alone: what
 * the memory core takes by itself as soon as there is an IOMMU region. No
 * model of an IOMMU can be faster; what one takes more is its own.
 *
 * All functions behind the root bus share one region, whose translations are
 * identities of 4 KiB with all permissions. It has no registers and no state,
 * and no guest knows of it: StreamIDs, device trees and ACPI tables are as
 * without it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci_bus.h"
#include "hw/qdev-core.h"
#include "hw/qdev-properties.h"
#include "qom/object.h"

#define TYPE_MSMMU_BENCH_IOMMU "msmmu-bench-iommu"
OBJECT_DECLARE_SIMPLE_TYPE(MsmmuBenchIommu, MSMMU_BENCH_IOMMU)

#define TYPE_BENCH_REGION "msmmu-bench-iommu-memory-region"

#define PAGE_MASK_4K ((hwaddr)0xfff)

struct MsmmuBenchIommu {
    DeviceState parent_obj;

    char *primary_bus;
    IOMMUMemoryRegion region;
    AddressSpace as;
};

static IOMMUTLBEntry translate(IOMMUMemoryRegion *mr, hwaddr iova,
                               IOMMUAccessFlags flag, int iommu_idx)
{
    return (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = iova & ~PAGE_MASK_4K,
        .translated_addr = iova & ~PAGE_MASK_4K,
        .addr_mask = PAGE_MASK_4K,
        .perm = IOMMU_RW,
    };
}

static void region_class_init(ObjectClass *klass, void *data)
{
    IOMMU_MEMORY_REGION_CLASS(klass)->translate = translate;
}

static AddressSpace *get_address_space(PCIBus *bus, void *opaque, int devfn)
{
    MsmmuBenchIommu *s = opaque;

    return &s->as;
}

static const PCIIOMMUOps pci_ops = {
    .get_address_space = get_address_space,
};

static void bench_iommu_realize(DeviceState *dev, Error **errp)
{
    MsmmuBenchIommu *s = MSMMU_BENCH_IOMMU(dev);
    Object *obj = s->primary_bus ?
        object_resolve_path_type(s->primary_bus, TYPE_PCI_BUS, NULL) : NULL;
    PCIBus *bus;

    if (!obj || !pci_bus_is_root(PCI_BUS(obj))) {
        error_setg(errp, "primary-bus must name a root bus that comes first "
                   "on the command line");
        return;
    }
    bus = PCI_BUS(obj);
    if (bus->iommu_ops) {
        error_setg(errp, "bus '%s' has an IOMMU already", BUS(bus)->name);
        return;
    }
    memory_region_init_iommu(&s->region, sizeof(s->region), TYPE_BENCH_REGION,
                             OBJECT(s), TYPE_MSMMU_BENCH_IOMMU, UINT64_MAX);
    address_space_init(&s->as, MEMORY_REGION(&s->region),
                       TYPE_MSMMU_BENCH_IOMMU);
    pci_setup_iommu(bus, &pci_ops, s);
}

static const Property properties[] = {
    DEFINE_PROP_STRING("primary-bus", MsmmuBenchIommu, primary_bus),
};

static void bench_iommu_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->desc = "IOMMU that does nothing, for benchmarks alone";
    dc->realize = bench_iommu_realize;
    dc->user_creatable = true;
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, properties);
    object_class_property_set_description(klass, "primary-bus",
        "root bus whose devices are behind it");
}

static const TypeInfo types[] = {
    {
        .name = TYPE_MSMMU_BENCH_IOMMU,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(MsmmuBenchIommu),
        .class_init = bench_iommu_class_init,
    }, {
        .name = TYPE_BENCH_REGION,
        .parent = TYPE_IOMMU_MEMORY_REGION,
        .class_init = region_class_init,
    },
};

DEFINE_TYPES(types)
