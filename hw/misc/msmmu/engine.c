/*
 * The PCI Express endpoint msmmu-engine, a DMA test engine: see
 * docs/specs/msmmu-engine.rst.
 *
 * Each function is a device of its own; several share a slot as any PCI
 * functions do. This file is its configuration space and its life.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "engine.h"

#define PASID_VERSION 1

/* ---- Configuration space ---- */

static void init_pasid(MsmmuEngine *s)
{
    PCIDevice *dev = PCI_DEVICE(s);

    if (!s->pasid_bits) {
        return;
    }
    pcie_add_capability(dev, PCI_EXT_CAP_ID_PASID, PASID_VERSION,
                        ENGINE_PASID_OFFSET, PCI_EXT_CAP_PASID_SIZEOF);
    pci_set_word(dev->config + ENGINE_PASID_OFFSET + PCI_PASID_CAP,
                 PCI_PASID_CAP_EXEC | PCI_PASID_CAP_PRIV |
                 s->pasid_bits << 8);
    pci_set_word(dev->wmask + ENGINE_PASID_OFFSET + PCI_PASID_CTRL,
                 PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC |
                 PCI_PASID_CTRL_PRIV);
}

/*
 * Functions of one slot reach each other through the IOMMU only. They say so by
 * a capability without any bit; guests would take them for one unit otherwise,
 * with one translation for all.
 */
static void init_acs(MsmmuEngine *s)
{
    PCIDevice *dev = PCI_DEVICE(s);

    if (dev->cap_present & QEMU_PCI_CAP_MULTIFUNCTION ||
        PCI_FUNC(dev->devfn)) {
        pcie_acs_init(dev, s->pasid_bits ? ENGINE_ACS_OFFSET
                                         : ENGINE_PASID_OFFSET);
    }
}

static bool init_express(MsmmuEngine *s, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(s);
    uint8_t *wmask = dev->wmask + ENGINE_EXPRESS_OFFSET;

    if (pcie_endpoint_cap_init(dev, ENGINE_EXPRESS_OFFSET) < 0) {
        error_setg(errp, "no room for the PCI Express capability");
        return false;
    }
    pcie_cap_flr_init(dev);
    pci_word_test_and_set_mask(wmask + PCI_EXP_DEVCTL,
                               PCI_EXP_DEVCTL_NOSNOOP_EN);
    pci_word_test_and_set_mask(wmask + PCI_EXP_DEVCTL2,
                               PCI_EXP_DEVCTL2_ATOMIC_REQ);
    init_pasid(s);
    init_acs(s);
    return true;
}

/* What is ours of it, as after a reset */
static void reset_config(MsmmuEngine *s)
{
    PCIDevice *dev = PCI_DEVICE(s);
    uint8_t *express = dev->config + ENGINE_EXPRESS_OFFSET;

    pci_word_test_and_set_mask(express + PCI_EXP_DEVCTL,
                               PCI_EXP_DEVCTL_NOSNOOP_EN);
    pci_word_test_and_clear_mask(express + PCI_EXP_DEVCTL2,
                                 PCI_EXP_DEVCTL2_ATOMIC_REQ);
    if (s->pasid_bits) {
        pci_set_word(dev->config + ENGINE_PASID_OFFSET + PCI_PASID_CTRL, 0);
    }
}

static void write_config(PCIDevice *dev, uint32_t address, uint32_t value,
                         int len)
{
    pci_default_write_config(dev, address, value, len);
    pcie_cap_flr_write_config(dev, address, value, len);
}

/* ---- Life ---- */

static bool init_bars(MsmmuEngine *s, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(s);

    memory_region_init_io(&s->registers, OBJECT(s), &msmmu_engine_register_ops,
                          s, TYPE_MSMMU_ENGINE, ENGINE_REGISTERS_SIZE);
    if (!memory_region_init_ram(&s->local, OBJECT(s),
                                TYPE_MSMMU_ENGINE "-local", ENGINE_LOCAL_SIZE,
                                errp)) {
        return false;
    }
    pci_register_bar(dev, ENGINE_BAR_REGISTERS, PCI_BASE_ADDRESS_SPACE_MEMORY,
                     &s->registers);
    pci_register_bar(dev, ENGINE_BAR_LOCAL, PCI_BASE_ADDRESS_SPACE_MEMORY,
                     &s->local);
    if (msix_init_exclusive_bar(dev, ENGINE_RINGS, ENGINE_BAR_MSIX, errp)) {
        return false;
    }
    for (unsigned i = 0; i < ENGINE_RINGS; i++) {
        msix_vector_use(dev, i);
    }
    return true;
}

static void engine_realize(PCIDevice *dev, Error **errp)
{
    MsmmuEngine *s = MSMMU_ENGINE(dev);

    if (s->pasid_bits > ENGINE_PASID_BITS_MAX) {
        error_setg(errp, "pasid-bits=%u: a SubstreamID has %d bits at most",
                   s->pasid_bits, ENGINE_PASID_BITS_MAX);
        return;
    }
    if (!init_express(s, errp) || !init_bars(s, errp)) {
        return;
    }
    msmmu_engine_rings_init(s);
}

static void engine_exit(PCIDevice *dev)
{
    msmmu_engine_rings_exit(MSMMU_ENGINE(dev));
    msix_unuse_all_vectors(dev);
    msix_uninit_exclusive_bar(dev);
    pcie_cap_exit(dev);
}

static void engine_reset_hold(Object *obj, ResetType type)
{
    MsmmuEngine *s = MSMMU_ENGINE(obj);

    msmmu_engine_rings_reset(s);
    reset_config(s);
}

/* ---- The type ---- */

static const Property properties[] = {
    DEFINE_PROP_UINT8("pasid-bits", MsmmuEngine, pasid_bits,
                      ENGINE_PASID_BITS_MAX),
};

static void engine_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    pc->realize = engine_realize;
    pc->exit = engine_exit;
    pc->config_write = write_config;
    pc->vendor_id = PCI_VENDOR_ID_QEMU;
    pc->device_id = ENGINE_DEVICE_ID;
    pc->revision = ENGINE_REVISION;
    pc->class_id = PCI_CLASS_OTHERS;
    dc->desc = "DMA test engine: any transaction that an SMMU can tell apart";
    dc->vmsd = &msmmu_engine_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    RESETTABLE_CLASS(klass)->phases.hold = engine_reset_hold;
    device_class_set_props(dc, properties);
    object_class_property_set_description(klass, "pasid-bits",
        "SubstreamID bits, 0 to 20; 0: no PASID capability");
}

static const TypeInfo engine_info = {
    .name = TYPE_MSMMU_ENGINE,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(MsmmuEngine),
    .class_init = engine_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { }
    },
};

static void engine_register_types(void)
{
    type_register_static(&engine_info);
}

type_init(engine_register_types)
