/*
 * The root complexes of virt-msmmu and edu behind them: see rc.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "rc.h"

#define MIB 0x100000ULL

/* edu's registers: docs/specs/edu.rst of QEMU */
enum {
    EDU_IDENT = 0x00,
    EDU_IRQ_RAISE = 0x60,
    EDU_IRQ_ACK = 0x64,
    EDU_DMA_SRC = 0x80,
    EDU_DMA_DST = 0x88,
    EDU_DMA_COUNT = 0x90,
    EDU_DMA_CMD = 0x98,
};
#define EDU_BUFFER 0x40000
#define EDU_CMD_START 1
#define EDU_CMD_STORE 2
#define EDU_DELAY_NS (101 * 1000000LL)

QRc qrc_get(QTestState *qts, unsigned n)
{
    uint64_t base = 0xc000000000ULL + n * 0x200000000ULL;

    return (QRc) {
        .qts = qts,
        .ecam = base,
        .mmio32 = base + 0x20000000,
        .mmio32_pci = 0x10000000,
        .mmio64 = base + 0x100000000ULL,
        .pio = 0x0b800000 + n * 0x10000,
        .its = 0x0b600000 + n * 0x20000,
        .intx_spi = 176 + 4 * n,
    };
}

QRc qrc_pcie0(QTestState *qts)
{
    return (QRc) {
        .qts = qts,
        .ecam = 0x4010000000ULL,
        .mmio32 = 0x10000000,
        .mmio32_pci = 0x10000000,
        .mmio64 = 0x8000000000ULL,
        .pio = 0x3eff0000,
        .its = 0x08080000,
        .intx_spi = 3,
    };
}

uint64_t qrc_config(const QRc *rc, uint8_t bus, uint8_t devfn, uint16_t reg)
{
    return rc->ecam + ((uint64_t)bus << 20) + ((uint64_t)devfn << 12) + reg;
}

uint32_t qrc_config_readl(const QRc *rc, uint8_t bus, uint8_t devfn,
                          uint16_t reg)
{
    return qtest_readl(rc->qts, qrc_config(rc, bus, devfn, reg));
}

void qrc_config_writel(const QRc *rc, uint8_t bus, uint8_t devfn,
                       uint16_t reg, uint32_t value)
{
    qtest_writel(rc->qts, qrc_config(rc, bus, devfn, reg), value);
}

void qrc_config_writew(const QRc *rc, uint8_t bus, uint8_t devfn,
                       uint16_t reg, uint16_t value)
{
    qtest_writew(rc->qts, qrc_config(rc, bus, devfn, reg), value);
}

uint8_t qrc_find_capability(const QRc *rc, uint8_t bus, uint8_t devfn,
                            uint8_t id)
{
    uint8_t cap = qrc_config_readl(rc, bus, devfn, PCI_CAPABILITY_LIST);

    while (cap) {
        uint32_t head = qrc_config_readl(rc, bus, devfn, cap);

        if ((head & 0xff) == id) {
            return cap;
        }
        cap = head >> 8;
    }
    g_assert_not_reached();
}

void qrc_bridge_setup(const QRc *rc, uint8_t devfn, uint8_t bus,
                      uint32_t mmio_pci, uint32_t size)
{
    uint32_t last = mmio_pci + size - 1;

    qrc_config_writel(rc, 0, devfn, PCI_PRIMARY_BUS, bus << 16 | bus << 8);
    qrc_config_writel(rc, 0, devfn, PCI_MEMORY_BASE,
                      (last & 0xfff00000) | mmio_pci >> 16);
    qrc_config_writew(rc, 0, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

void qrc_slot_power_on(const QRc *rc, uint8_t devfn)
{
    uint8_t cap = qrc_find_capability(rc, 0, devfn, PCI_CAP_ID_EXP);

    qrc_config_writew(rc, 0, devfn, cap + PCI_EXP_SLTCTL,
                      PCI_EXP_SLTCTL_PWR_IND_ON | PCI_EXP_SLTCTL_PWR_ON);
}

QEdu qedu_init(const QRc *rc, uint8_t bus, uint8_t devfn, unsigned index)
{
    QEdu edu = {
        .rc = *rc,
        .bus = bus,
        .devfn = devfn,
        .regs = rc->mmio32 + index * MIB,
    };

    g_assert_cmphex(qrc_config_readl(rc, bus, devfn, PCI_VENDOR_ID), ==,
                    0x11e81234);
    qrc_config_writel(rc, bus, devfn, PCI_BASE_ADDRESS_0,
                      rc->mmio32_pci + index * MIB);
    qrc_config_writew(rc, bus, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    g_assert_cmphex(qtest_readl(rc->qts, edu.regs + EDU_IDENT), ==,
                    0x010000ed);
    return edu;
}

static void edu_dma(const QEdu *edu, uint64_t src, uint64_t dst, uint32_t len,
                    uint32_t cmd)
{
    QTestState *qts = edu->rc.qts;

    qtest_writeq(qts, edu->regs + EDU_DMA_SRC, src);
    qtest_writeq(qts, edu->regs + EDU_DMA_DST, dst);
    qtest_writeq(qts, edu->regs + EDU_DMA_COUNT, len);
    qtest_writeq(qts, edu->regs + EDU_DMA_CMD, cmd);
    qtest_clock_step(qts, EDU_DELAY_NS);
    g_assert_cmphex(qtest_readq(qts, edu->regs + EDU_DMA_CMD) & EDU_CMD_START,
                    ==, 0);
}

void qedu_load_at(const QEdu *edu, uint64_t iova, uint32_t at, uint32_t len)
{
    edu_dma(edu, iova, EDU_BUFFER + at, len, EDU_CMD_START);
}

void qedu_store_at(const QEdu *edu, uint64_t iova, uint32_t at, uint32_t len)
{
    edu_dma(edu, EDU_BUFFER + at, iova, len, EDU_CMD_START | EDU_CMD_STORE);
}

void qedu_load(const QEdu *edu, uint64_t iova, uint32_t len)
{
    qedu_load_at(edu, iova, 0, len);
}

void qedu_store(const QEdu *edu, uint64_t iova, uint32_t len)
{
    qedu_store_at(edu, iova, 0, len);
}

void qedu_raise_irq(const QEdu *edu)
{
    qtest_writel(edu->rc.qts, edu->regs + EDU_IRQ_RAISE, 1);
}

void qedu_lower_irq(const QEdu *edu)
{
    qtest_writel(edu->rc.qts, edu->regs + EDU_IRQ_ACK, 1);
}

void qedu_msi_setup(const QEdu *edu, uint64_t address, uint16_t data)
{
    const QRc *rc = &edu->rc;
    uint8_t cap = qrc_find_capability(rc, edu->bus, edu->devfn,
                                      PCI_CAP_ID_MSI);

    qrc_config_writel(rc, edu->bus, edu->devfn, cap + PCI_MSI_ADDRESS_LO,
                      address);
    qrc_config_writel(rc, edu->bus, edu->devfn, cap + PCI_MSI_ADDRESS_HI,
                      address >> 32);
    qrc_config_writew(rc, edu->bus, edu->devfn, cap + PCI_MSI_DATA_64, data);
    qrc_config_writew(rc, edu->bus, edu->devfn, cap + PCI_MSI_FLAGS,
                      PCI_MSI_FLAGS_ENABLE);
}
