/*
 * The root complexes of virt-msmmu, and QEMU's edu device as a DMA master
 * behind them, as a qtest drives them.
 *
 * Addresses are literal, from the user guide's address map: a test that took
 * them from the machine's headers would follow the machine's mistakes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_RC_H
#define TESTS_QTEST_MSMMU_RC_H

#include "libqtest.h"

/* A root complex: CPU addresses, but for mmio32_pci. */
typedef struct QRc {
    QTestState *qts;
    uint64_t ecam;
    uint64_t mmio32;
    uint64_t mmio32_pci;
    uint64_t mmio64;        /* the same on the bus; 0 if not used here */
    uint64_t pio;
    uint64_t its;
    unsigned intx_spi;
} QRc;

/* The root complex of the n-th msmmu-rc of the command line, from 0. */
QRc qrc_get(QTestState *qts, unsigned n);

/* pcie.0 */
QRc qrc_pcie0(QTestState *qts);

uint64_t qrc_config(const QRc *rc, uint8_t bus, uint8_t devfn, uint16_t reg);
uint32_t qrc_config_readl(const QRc *rc, uint8_t bus, uint8_t devfn,
                          uint16_t reg);
void qrc_config_writel(const QRc *rc, uint8_t bus, uint8_t devfn,
                       uint16_t reg, uint32_t value);
void qrc_config_writew(const QRc *rc, uint8_t bus, uint8_t devfn,
                       uint16_t reg, uint16_t value);

/* The place of a capability that the function has. */
uint8_t qrc_find_capability(const QRc *rc, uint8_t bus, uint8_t devfn,
                            uint8_t id);

/*
 * Give a pcie-root-port at @devfn the secondary bus @bus and the 32-bit
 * window [@mmio_pci, @mmio_pci + @size), both multiples of 1 MiB.
 */
void qrc_bridge_setup(const QRc *rc, uint8_t devfn, uint8_t bus,
                      uint32_t mmio_pci, uint32_t size);

/* Power the slot of a pcie-root-port, as a guest does after a hotplug. */
void qrc_slot_power_on(const QRc *rc, uint8_t devfn);

/* QEMU's edu: has a 4 KiB buffer that it fills and stores by DMA. */
typedef struct QEdu {
    QRc rc;
    uint8_t bus;
    uint8_t devfn;
    uint64_t regs;
} QEdu;

#define QEDU_BUFFER_SIZE 4096

/*
 * Find edu at @bus:@devfn, give it the @index-th MiB of the 32-bit window and
 * let it decode and master. Create it with dma_mask=0xffffffffffffffff.
 */
QEdu qedu_init(const QRc *rc, uint8_t bus, uint8_t devfn, unsigned index);

/* Fill @len bytes of the buffer, from its start, from the bus address. */
void qedu_load(const QEdu *edu, uint64_t iova, uint32_t len);

/* Store @len bytes of the buffer, from its start, to the bus address. */
void qedu_store(const QEdu *edu, uint64_t iova, uint32_t len);

/* The same from byte @at of the buffer on */
void qedu_load_at(const QEdu *edu, uint64_t iova, uint32_t at, uint32_t len);
void qedu_store_at(const QEdu *edu, uint64_t iova, uint32_t at, uint32_t len);

/* Have edu signal and withdraw an interrupt. */
void qedu_raise_irq(const QEdu *edu);
void qedu_lower_irq(const QEdu *edu);

/* Have edu signal by an MSI of this address and data. */
void qedu_msi_setup(const QEdu *edu, uint64_t address, uint16_t data);

#endif /* TESTS_QTEST_MSMMU_RC_H */
