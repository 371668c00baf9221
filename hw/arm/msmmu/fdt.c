/*
 * The device tree of virt-msmmu: what virt's tree lacks, and two changes to
 * the node of pcie.0.
 *
 * Order matters to firmware: EDK2 takes the first pci-host-ecam-generic node
 * for the only one. libfdt puts a new node before its older siblings, so we
 * add ours from the last to the first and then pcie.0's node anew.
 *
 * Bindings: pci/host-generic-pci, pci/pci-iommu, pci/pci-msi, iommu/arm,smmu-v3
 * and interrupt-controller/arm,gic-v3 of the Devicetree project.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "hw/arm/fdt.h"
#include "hw/pci/pci_bus.h"
#include "system/device_tree.h"
#include <libfdt.h>
#include "fdt.h"

static void add_numa_node(void *fdt, const char *node, int numa_node)
{
    if (numa_node != MSMMU_NUMA_NODE_NONE) {
        qemu_fdt_setprop_cell(fdt, node, "numa-node-id", numa_node);
    }
}

/* One row of an interrupt-map: PCI address and pin, then a GIC interrupt. */
typedef struct IntxRow {
    uint32_t pci_hi, pci_mid, pci_lo, pin;
    uint32_t gic, gic_addr_hi, gic_addr_lo;
    uint32_t type, number, flags;
} QEMU_PACKED IntxRow;

/* The device number modulo 4 and the pin decide the line. */
#define INTX_DEVFN_MASK PCI_DEVFN(PCI_NUM_PINS - 1, 0)
#define INTX_PIN_MASK 7

/* In phys.hi of a PCI address, bus, device and function begin at bit 8. */
#define PCI_HI(devfn) ((uint32_t)(devfn) << 8)

static void add_intx_map(void *fdt, const char *node, uint32_t gic_phandle,
                         uint32_t first_spi)
{
    IntxRow map[PCI_NUM_PINS * PCI_NUM_PINS];
    IntxRow *row = map;

    for (int slot = 0; slot < PCI_NUM_PINS; slot++) {
        for (int pin = 0; pin < PCI_NUM_PINS; pin++, row++) {
            uint32_t spi = first_spi + (slot + pin) % PCI_NUM_PINS;

            *row = (IntxRow) {
                .pci_hi = cpu_to_be32(PCI_HI(PCI_DEVFN(slot, 0))),
                .pin = cpu_to_be32(pin + 1),
                .gic = cpu_to_be32(gic_phandle),
                .type = cpu_to_be32(GIC_FDT_IRQ_TYPE_SPI),
                .number = cpu_to_be32(spi),
                .flags = cpu_to_be32(GIC_FDT_IRQ_FLAGS_LEVEL_HI),
            };
        }
    }
    qemu_fdt_setprop_cell(fdt, node, "#interrupt-cells", 1);
    qemu_fdt_setprop(fdt, node, "interrupt-map", map, sizeof(map));
    qemu_fdt_setprop_cells(fdt, node, "interrupt-map-mask",
                           PCI_HI(INTX_DEVFN_MASK), 0, 0, INTX_PIN_MASK);
}

static void add_rc_node(MsmmuMachineState *mms, const MsmmuMachineRc *slot)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    void *fdt = MACHINE(mms)->fdt;
    const MsmmuRcResources *res = &slot->rc->res;
    uint32_t msi_phandle = slot->its_phandle;
    g_autofree char *node = NULL;

    /* A GICv2m frame identifies interrupts by data alone: all share it. */
    if (vms->msi_controller == VIRT_MSI_CTRL_GICV2M) {
        msi_phandle = vms->msi_phandle;
    }

    node = g_strdup_printf("/pcie@%" HWADDR_PRIx, res->ecam.base);
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", "pci-host-ecam-generic");
    qemu_fdt_setprop_string(fdt, node, "device_type", "pci");
    qemu_fdt_setprop_cell(fdt, node, "#address-cells", 3);
    qemu_fdt_setprop_cell(fdt, node, "#size-cells", 2);
    qemu_fdt_setprop_cell(fdt, node, "linux,pci-domain", slot->rc->segment);
    qemu_fdt_setprop_cells(fdt, node, "bus-range", 0,
                           res->ecam.size / PCIE_MMCFG_SIZE_MIN - 1);
    qemu_fdt_setprop(fdt, node, "dma-coherent", NULL, 0);
    qemu_fdt_setprop_sized_cells(fdt, node, "reg",
                                 2, res->ecam.base, 2, res->ecam.size);
    qemu_fdt_setprop_sized_cells(fdt, node, "ranges",
        1, FDT_PCI_RANGE_IOPORT, 2, 0, 2, res->pio.base, 2, res->pio.size,
        1, FDT_PCI_RANGE_MMIO, 2, res->mmio32_pci,
        2, res->mmio32.base, 2, res->mmio32.size,
        1, FDT_PCI_RANGE_MMIO_64BIT, 2, res->mmio64.base,
        2, res->mmio64.base, 2, res->mmio64.size);
    if (msi_phandle) {
        qemu_fdt_setprop_cells(fdt, node, "msi-map",
                               0, msi_phandle, 0, MSMMU_REQUESTER_IDS);
    }
    add_intx_map(fdt, node, vms->gic_phandle, res->first_spi);
    add_numa_node(fdt, node, slot->rc->numa_node);
}

static void add_its_node(MsmmuMachineState *mms, MsmmuMachineRc *slot)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    void *fdt = MACHINE(mms)->fdt;
    const MemMapEntry *regs = &slot->rc->res.its;
    g_autofree char *node =
        g_strdup_printf("/intc@%" HWADDR_PRIx "/msi-controller@%" HWADDR_PRIx,
                        vms->memmap[VIRT_GIC_DIST].base, regs->base);

    slot->its_phandle = qemu_fdt_alloc_phandle(fdt);
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", "arm,gic-v3-its");
    qemu_fdt_setprop(fdt, node, "msi-controller", NULL, 0);
    qemu_fdt_setprop_cell(fdt, node, "#msi-cells", 1);
    qemu_fdt_setprop_sized_cells(fdt, node, "reg",
                                 2, regs->base, 2, regs->size);
    add_numa_node(fdt, node, slot->rc->numa_node);
    qemu_fdt_setprop_cell(fdt, node, "phandle", slot->its_phandle);
}

/* The device tree's phandle of the ITS of a root bus. */
static uint32_t its_phandle(MsmmuMachineState *mms, PCIBus *bus)
{
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        if (msmmu_root_complex_bus(mms->rcs[i].rc) == bus) {
            return mms->rcs[i].its_phandle;
        }
    }
    return VIRT_MACHINE(mms)->msi_phandle;
}

/*
 * Where the instance's MSIs go. A GICv2m frame takes any; an ITS those of the
 * DeviceIDs that it is told of. Without either there is nothing to say, and
 * kernels use the lines.
 */
static void add_msi_parent(MsmmuMachineState *mms, MsmmuSmmuv3State *smmu,
                           const char *node)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);
    void *fdt = MACHINE(mms)->fdt;
    MsmmuMsiSource source;

    if (!msmmu_smmuv3_msi_source(smmu, &source)) {
        return;
    }
    switch (vms->msi_controller) {
    case VIRT_MSI_CTRL_ITS:
        qemu_fdt_setprop_cells(fdt, node, "msi-parent",
                               its_phandle(mms, source.bus),
                               source.device_id);
        break;
    case VIRT_MSI_CTRL_GICV2M:
        qemu_fdt_setprop_cell(fdt, node, "msi-parent", vms->msi_phandle);
        break;
    default:
        break;
    }
}

static void add_smmu_node(MsmmuMachineState *mms, MsmmuMachineSmmu *slot)
{
    static const struct {
        const char *name;
        int irq;
    } lines[] = {
        { "eventq", MSMMU_IRQ_EVENTQ },
        { "cmdq-sync", MSMMU_IRQ_CMDQ_SYNC },
        { "gerror", MSMMU_IRQ_GERROR },
    };
    const char *names[ARRAY_SIZE(lines)];
    uint32_t interrupts[ARRAY_SIZE(lines)][3];
    void *fdt = MACHINE(mms)->fdt;
    g_autofree char *node =
        g_strdup_printf("/iommu@%" HWADDR_PRIx, slot->regs.base);

    for (int i = 0; i < ARRAY_SIZE(lines); i++) {
        names[i] = lines[i].name;
        interrupts[i][0] = cpu_to_be32(GIC_FDT_IRQ_TYPE_SPI);
        interrupts[i][1] = cpu_to_be32(slot->first_spi + lines[i].irq);
        interrupts[i][2] = cpu_to_be32(GIC_FDT_IRQ_FLAGS_EDGE_LO_HI);
    }

    slot->phandle = qemu_fdt_alloc_phandle(fdt);
    qemu_fdt_add_subnode(fdt, node);
    qemu_fdt_setprop_string(fdt, node, "compatible", "arm,smmu-v3");
    qemu_fdt_setprop_sized_cells(fdt, node, "reg",
                                 2, slot->regs.base, 2, slot->regs.size);
    qemu_fdt_setprop(fdt, node, "interrupts", interrupts, sizeof(interrupts));
    qemu_fdt_setprop_string_array(fdt, node, "interrupt-names",
                                  (char **)names, ARRAY_SIZE(names));
    qemu_fdt_setprop(fdt, node, "dma-coherent", NULL, 0);
    qemu_fdt_setprop_cell(fdt, node, "#iommu-cells", 1);
    add_msi_parent(mms, slot->smmu, node);
    add_numa_node(fdt, node, msmmu_smmuv3_numa_node(slot->smmu));
    qemu_fdt_setprop_cell(fdt, node, "phandle", slot->phandle);
}

char *msmmu_fdt_bus_node(MsmmuMachineState *mms, PCIBus *bus)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);

    if (bus == vms->bus) {
        return g_strdup(vms->pciehb_nodename);
    }
    for (unsigned i = 0; i < mms->num_rcs; i++) {
        MsmmuRootComplex *rc = mms->rcs[i].rc;

        if (msmmu_root_complex_bus(rc) == bus) {
            return g_strdup_printf("/pcie@%" HWADDR_PRIx, rc->res.ecam.base);
        }
    }
    return NULL;
}

static void add_iommu_maps(MsmmuMachineState *mms,
                           const MsmmuMachineSmmu *slot)
{
    const GArray *ranges = msmmu_smmuv3_bus_ranges(slot->smmu);

    for (unsigned i = 0; i < ranges->len; i++) {
        const MsmmuBusRange *range = &g_array_index(ranges, MsmmuBusRange, i);
        g_autofree char *node = msmmu_fdt_bus_node(mms, range->bus);

        if (!node || pci_bus_bypass_iommu(range->bus)) {
            continue;
        }
        qemu_fdt_setprop_cells(MACHINE(mms)->fdt, node, "iommu-map",
                               0, slot->phandle, range->sid_base,
                               MSMMU_REQUESTER_IDS);
    }
}

/* Copy the node at @from of @src, and all below it, to the new path @to. */
static void copy_node(void *fdt, const char *to, const void *src, int from)
{
    int prop, child;

    qemu_fdt_add_subnode(fdt, to);
    fdt_for_each_property_offset(prop, src, from) {
        const char *name;
        int len;
        const void *value = fdt_getprop_by_offset(src, prop, &name, &len);

        qemu_fdt_setprop(fdt, to, name, value, len);
    }
    fdt_for_each_subnode(child, src, from) {
        g_autofree char *path =
            g_strdup_printf("%s/%s", to, fdt_get_name(src, child, NULL));

        copy_node(fdt, path, src, child);
    }
}

static void move_node_first(void *fdt, const char *path)
{
    g_autofree void *old = g_memdup2(fdt, fdt_totalsize(fdt));
    int ret = fdt_del_node(fdt, fdt_path_offset(fdt, path));

    g_assert(ret == 0);
    copy_node(fdt, path, old, fdt_path_offset(old, path));
}

/* The last range of pcie.0 is the high window, its size the last two cells. */
static void update_high_window_size(VirtMachineState *vms)
{
    void *fdt = MACHINE(vms)->fdt;
    int len;
    const void *old = qemu_fdt_getprop(fdt, vms->pciehb_nodename, "ranges",
                                       &len, &error_fatal);
    g_autofree uint8_t *ranges = g_memdup2(old, len);

    stq_be_p(ranges + len - sizeof(uint64_t),
             vms->memmap[VIRT_HIGH_PCIE_MMIO].size);
    qemu_fdt_setprop(fdt, vms->pciehb_nodename, "ranges", ranges, len);
}

void msmmu_fdt_add_nodes(MsmmuMachineState *mms)
{
    VirtMachineState *vms = VIRT_MACHINE(mms);

    for (unsigned i = mms->num_rcs; i-- > 0; ) {
        if (mms->rcs[i].its) {
            add_its_node(mms, &mms->rcs[i]);
        }
        add_rc_node(mms, &mms->rcs[i]);
    }
    if (mms->num_rcs) {
        update_high_window_size(vms);
        move_node_first(MACHINE(mms)->fdt, vms->pciehb_nodename);
    }
    for (unsigned i = mms->num_smmus; i-- > 0; ) {
        add_smmu_node(mms, &mms->smmus[i]);
        add_iommu_maps(mms, &mms->smmus[i]);
    }
    msmmu_fdt_add_reserved_memory(mms);
}
