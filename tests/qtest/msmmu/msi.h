/*
 * The message-signalled interrupts of SMMUs in a rig, and the ITSes that they
 * go to: who made which LPI pending.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_MSI_H
#define TESTS_QTEST_MSMMU_MSI_H

#include "its.h"
#include "rig.h"

/* The DeviceID of an instance: what 00:1f.0 would have, which is not there. */
#define QMSI_DEVICE_ID 0xf8

/* Devices of a root complex that may send, too: edu, and another at 00:02.0 */
#define QMSI_OTHER_DEVFN 0x10

/* The sources that registers configure (6.3.21, 6.3.30). */
typedef enum QMsiSource {
    QMSI_EVENTQ,
    QMSI_GERROR,
} QMsiSource;

/* Bits of GERROR (6.3.19) */
#define QGERROR_MSI_CMDQ_ABT_ERR (1u << 4)
#define QGERROR_MSI_EVENTQ_ABT_ERR (1u << 5)
#define QGERROR_MSI_GERROR_ABT_ERR (1u << 7)

/* Offsets of the *_IRQ_CFG0, 1 and 2 of a source */
uint32_t qmsi_reg(QMsiSource source, unsigned n);

/*
 * Disable the source, have it write @data to @address, Device-nGnRE, and enable
 * it again.
 */
void qmsi_configure(const QSmmu *s, QMsiSource source, uint64_t address,
                    uint32_t data);

/* CMD_SYNC with an MSI, Device-nGnRE. */
void qmsi_sync(QSmmu *s, uint64_t address, uint32_t data);

/* An edge of each source: a transaction that is refused, an illegal command */
void qmsi_cause_event(const QRig *rig, unsigned n);
void qmsi_cause_error(QSmmu *s);

/* Give bottom halves of the emulator the time to run. */
void qmsi_settle(QTestState *qts);

/* ---- ITSes --------------------------------------------------------------- */

/*
 * The LPI of an EventID, 0 to 3, of a device at the ITS of rc @n: all differ.
 */
uint32_t qmsi_lpi(unsigned n, uint16_t device_id, unsigned event);

/* Set up the ITS of each root complex for the instance and both devices. */
void qmsi_start_its(const QRig *rig);
/* GITS_TRANSLATER of the ITS of rc @n */
uint64_t qmsi_doorbell(const QRig *rig, unsigned n);

/*
 * These LPIs, up to a 0, become pending and no other of all ITSes: see that
 * and clear them.
 */
void qmsi_expect_lpis(const QRig *rig, ...);

#endif /* TESTS_QTEST_MSMMU_MSI_H */
