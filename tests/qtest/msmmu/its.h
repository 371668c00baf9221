/*
 * A minimal driver of GICv3 ITSes (Arm IHI 0069, chapter 5): enough to see
 * which LPI an MSI of which device makes pending.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_ITS_H
#define TESTS_QTEST_MSMMU_ITS_H

#include "libqtest.h"

#define QITS_FIRST_LPI 8192

/* Guest memory that one ITS uses from its @tables on. */
#define QITS_TABLES_SIZE 0x80000

typedef struct QIts {
    QTestState *qts;
    uint64_t base;
    uint64_t tables;
    uint32_t next_command;
} QIts;

/*
 * Enable LPIs on CPU 0, with the configuration and pending tables at
 * @tables, which is 64 KiB aligned; they take 128 KiB.
 */
void qits_enable_lpis(QTestState *qts, uint64_t tables);

/* Enable the ITS at @base and send collection 0 to CPU 0. */
QIts qits_init(QTestState *qts, uint64_t base, uint64_t tables);

/* Let events 0 and 1 of the device become @lpi and @lpi + 1. */
void qits_map(QIts *its, uint16_t device_id, uint32_t lpi);
/* The same for 2^@event_bits events, 16 at most. Another device each time. */
void qits_map_events(QIts *its, uint16_t device_id, uint32_t lpi,
                     unsigned event_bits);

/* Where the device writes its EventID. */
uint64_t qits_doorbell(const QIts *its);

/* Is the LPI pending, in the table given to qits_enable_lpis()? */
bool qits_lpi_pending(QTestState *qts, uint64_t tables, uint32_t lpi);
/* It is not, any more: forget @num LPIs, both multiples of 8. */
void qits_clear_lpis(QTestState *qts, uint64_t tables, uint32_t lpi,
                     uint32_t num);

#endif /* TESTS_QTEST_MSMMU_ITS_H */
