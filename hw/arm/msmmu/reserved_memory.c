/*
 * Reserved memory: who uses it, where it is, and the memory itself.
 *
 * Tables name the users by StreamIDs, or by their place on the bus, and both
 * must be known before the system numbers buses: so only functions on root
 * buses can have reserved memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci_bus.h"
#include "hw/qdev-properties.h"
#include "address_map.h"
#include "reserved_memory_plug.h"
#include "smmuv3_private.h"

static const struct {
    const char *name;
    uint8_t value;
} attributes[] = {
    { "device-ngnrne", MSMMU_RESERVED_DEVICE_NGNRNE },
    { "device-ngnre", MSMMU_RESERVED_DEVICE_NGNRE },
    { "device-ngre", MSMMU_RESERVED_DEVICE_NGRE },
    { "device-gre", MSMMU_RESERVED_DEVICE_GRE },
    { "normal-nc", MSMMU_RESERVED_NORMAL_NC },
    { "normal-wb", MSMMU_RESERVED_NORMAL_WB },
};

/* ---- Who uses it -------------------------------------------------------- */

/* The instance of ours that translates @bus, NULL if none does. */
static MsmmuSmmuv3State *find_smmu(const MsmmuMachineState *mms,
                                   const PCIBus *bus)
{
    for (unsigned i = 0; i < mms->num_smmus; i++) {
        MsmmuSmmuv3State *smmu = mms->smmus[i].smmu;
        const GArray *ranges = msmmu_smmuv3_bus_ranges(smmu);

        for (unsigned j = 0; j < ranges->len; j++) {
            if (g_array_index(ranges, MsmmuBusRange, j).bus == bus) {
                return smmu;
            }
        }
    }
    return NULL;
}

static bool is_of_root_complex(const MsmmuMachineState *mms,
                               const PCIBus *bus)
{
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (msmmu_root_complex_bus(mms->rcs[i].rc) == bus) {
            return true;
        }
    }
    return false;
}

static bool add_requester(const MsmmuMachineState *mms,
                          MsmmuReservedMemory *rm, const char *id,
                          Error **errp)
{
    DeviceState *dev = qdev_find_recursive(sysbus_get_default(), id);
    MsmmuRequester requester;

    if (!dev || !object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        error_setg(errp, "device '%s' is no PCI device that came before on the "
                   "command line", id);
        return false;
    }
    requester.bus = pci_get_bus(PCI_DEVICE(dev));
    requester.devfn = PCI_DEVICE(dev)->devfn;
    if (!is_of_root_complex(mms, requester.bus)) {
        error_setg(errp, "device '%s' is on '%s': it must be on the root bus "
                   "of an " TYPE_MSMMU_ROOT_COMPLEX, id,
                   BUS(requester.bus)->name);
        return false;
    }
    if (!find_smmu(mms, requester.bus) ||
        pci_bus_bypass_iommu(requester.bus)) {
        error_setg(errp, "device '%s': no " TYPE_MSMMU_SMMUV3 " translates "
                   "'%s'", id, BUS(requester.bus)->name);
        return false;
    }
    for (unsigned i = 0; i < rm->requesters->len; i++) {
        const MsmmuRequester *other =
            &g_array_index(rm->requesters, MsmmuRequester, i);

        if (other->bus == requester.bus && other->devfn == requester.devfn) {
            error_setg(errp, "device '%s' is named twice", id);
            return false;
        }
    }
    g_array_append_val(rm->requesters, requester);
    return true;
}

static bool find_requesters(const MsmmuMachineState *mms,
                            MsmmuReservedMemory *rm, Error **errp)
{
    g_auto(GStrv) ids = NULL;

    if (!rm->device_ids || !*rm->device_ids) {
        error_setg(errp, TYPE_MSMMU_RESERVED_MEMORY
                   " needs device=ID, of the PCI device that uses it");
        return false;
    }
    ids = g_strsplit(rm->device_ids, "+", -1);
    for (unsigned i = 0; ids[i]; i++) {
        if (!add_requester(mms, rm, ids[i], errp)) {
            return false;
        }
    }
    return true;
}

bool msmmu_reserved_memory_on(const MsmmuMachineState *mms,
                              const PCIBus *bus)
{
    for (unsigned i = 0; i < mms->num_reserved; i++) {
        const GArray *requesters = mms->reserved[i]->requesters;

        for (unsigned j = 0; j < requesters->len; j++) {
            if (g_array_index(requesters, MsmmuRequester, j).bus == bus) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Where it is -------------------------------------------------------- */

/* An address is to be translated to itself: the instance must be able to. */
static bool check_output(const MsmmuMachineState *mms,
                         const MsmmuReservedMemory *rm, Error **errp)
{
    for (unsigned i = 0; i < rm->requesters->len; i++) {
        const MsmmuRequester *requester =
            &g_array_index(rm->requesters, MsmmuRequester, i);
        MsmmuSmmuv3State *smmu = find_smmu(mms, requester->bus);
        unsigned bits = smmu->config.oas_bits;

        if (rm->base + rm->size > BIT_ULL(bits)) {
            error_setg(errp, "0x%" PRIx64 " to 0x%" PRIx64 " is beyond the %u "
                       "bits of output addresses of '%s'", rm->base,
                       rm->base + rm->size - 1, bits, DEVICE(smmu)->id);
            return false;
        }
    }
    return true;
}

static bool find_place(const MsmmuMachineState *mms, MsmmuReservedMemory *rm,
                       Error **errp)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);

    if (!rm->size || !QEMU_IS_ALIGNED(rm->size, MSMMU_RESERVED_MEMORY_ALIGN)) {
        error_setg(errp, "size=0x%" PRIx64 " is not a multiple of 64 KiB",
                   rm->size);
        return false;
    }
    if (rm->base == MSMMU_RESERVED_MEMORY_BASE_AUTO) {
        return msmmu_address_map_place_reserved(rm->size, &rm->base, errp);
    }
    if (!QEMU_IS_ALIGNED(rm->base, MSMMU_RESERVED_MEMORY_ALIGN)) {
        error_setg(errp, "base=0x%" PRIx64 " is not a multiple of 64 KiB",
                   rm->base);
        return false;
    }
    return msmmu_address_map_check_reserved(vms, rm->base, rm->size, errp);
}

void msmmu_reserved_memory_pre_plug(const MsmmuMachineState *mms,
                                    MsmmuReservedMemory *rm, Error **errp)
{
    if (mms->num_reserved == MSMMU_MAX_RESERVED) {
        error_setg(errp, "the machine has %d reserved memories already and no "
                   "room for another", MSMMU_MAX_RESERVED);
        return;
    }
    if (find_requesters(mms, rm, errp) && find_place(mms, rm, errp)) {
        check_output(mms, rm, errp);
    }
}

void msmmu_reserved_memory_plug(MsmmuMachineState *mms,
                                MsmmuReservedMemory *rm)
{
    memory_region_add_subregion(get_system_memory(), rm->base, &rm->ram);
    mms->reserved[mms->num_reserved++] = rm;
}

/* ---- The device --------------------------------------------------------- */

static void reserved_memory_realize(DeviceState *dev, Error **errp)
{
    MsmmuReservedMemory *rm = MSMMU_RESERVED_MEMORY(dev);
    g_autofree char *name = NULL;

    if (!dev->id) {
        error_setg(errp, TYPE_MSMMU_RESERVED_MEMORY " needs an id: its saved "
                   "state is found by it");
        return;
    }
    if (!rm->requesters->len) {
        error_setg(errp, TYPE_MSMMU_RESERVED_MEMORY " needs the machine "
                   "virt-msmmu");
        return;
    }
    name = g_strdup_printf(TYPE_MSMMU_RESERVED_MEMORY ".%s", dev->id);
    memory_region_init_ram(&rm->ram, OBJECT(dev), name, rm->size, errp);
}

static char *get_attributes(Object *obj, Error **errp)
{
    unsigned i = 0;

    while (attributes[i].value != MSMMU_RESERVED_MEMORY(obj)->attributes) {
        i++;
    }
    return g_strdup(attributes[i].name);
}

static void set_attributes(Object *obj, const char *text, Error **errp)
{
    for (unsigned i = 0; i < ARRAY_SIZE(attributes); i++) {
        if (g_str_equal(attributes[i].name, text)) {
            MSMMU_RESERVED_MEMORY(obj)->attributes = attributes[i].value;
            return;
        }
    }
    error_setg(errp, "attributes=%s: use device-ngnrne, device-ngnre, "
               "device-ngre, device-gre, normal-nc or normal-wb", text);
}

static void reserved_memory_init(Object *obj)
{
    MsmmuReservedMemory *rm = MSMMU_RESERVED_MEMORY(obj);

    rm->attributes = MSMMU_RESERVED_NORMAL_WB;
    rm->requesters = g_array_new(false, false, sizeof(MsmmuRequester));
}

static void reserved_memory_finalize(Object *obj)
{
    g_array_unref(MSMMU_RESERVED_MEMORY(obj)->requesters);
}

static const Property reserved_memory_properties[] = {
    DEFINE_PROP_STRING("device", MsmmuReservedMemory, device_ids),
    DEFINE_PROP_UINT64("base", MsmmuReservedMemory, base,
                       MSMMU_RESERVED_MEMORY_BASE_AUTO),
    DEFINE_PROP_SIZE("size", MsmmuReservedMemory, size,
                     MSMMU_RESERVED_MEMORY_ALIGN),
    DEFINE_PROP_BOOL("remap", MsmmuReservedMemory, remap, false),
    DEFINE_PROP_BOOL("privileged", MsmmuReservedMemory, privileged, false),
};

static void reserved_memory_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    ObjectProperty *prop =
        object_class_property_add_str(klass, "attributes", get_attributes,
                                      set_attributes);

    dc->desc = "Memory that PCI functions use while the system boots "
               "(virt-msmmu)";
    dc->realize = reserved_memory_realize;
    dc->user_creatable = true;
    dc->hotpluggable = false;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, reserved_memory_properties);
    object_property_set_default_str(prop, "normal-wb");

    object_class_property_set_description(klass, "device",
        "id of the PCI device that uses it, on the root bus of an "
        "msmmu-rc, or several joined by '+'");
    object_class_property_set_description(klass, "base",
        "address, a multiple of 64 KiB; by default the lowest free one from "
        "0xbc00000 on");
    object_class_property_set_description(klass, "size",
        "bytes, a multiple of 64 KiB");
    object_class_property_set_description(klass, "remap",
        "the system may map it elsewhere, once it has a driver: on or off");
    object_class_property_set_description(klass, "privileged",
        "the device's accesses are privileged: on or off");
    object_class_property_set_description(klass, "attributes",
        "of the device's accesses: device-ngnrne, device-ngnre, device-ngre, "
        "device-gre, normal-nc or normal-wb");
}

static const TypeInfo reserved_memory_info = {
    .name = TYPE_MSMMU_RESERVED_MEMORY,
    .parent = TYPE_DEVICE,
    .instance_size = sizeof(MsmmuReservedMemory),
    .instance_init = reserved_memory_init,
    .instance_finalize = reserved_memory_finalize,
    .class_init = reserved_memory_class_init,
};

static void reserved_memory_register_types(void)
{
    type_register_static(&reserved_memory_info);
}

type_init(reserved_memory_register_types)
