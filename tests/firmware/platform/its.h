/*
 * Interrupt Translation Services (GIC ITS): messages become LPIs.
 *
 * A message is a write of an EventID to GITS_TRANSLATER; the ITS knows by the
 * DeviceID who wrote. There can be several, which share the space of LPIs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLATFORM_ITS_H
#define PLATFORM_ITS_H

#include "gic.h"

#define ITS_DEVICES_MAX 16

typedef struct Its {
    FdtNode node;
    uintptr_t regs;
    uint64_t *commands;
    uint32_t next;                          /* offset in the Command queue */
    uint64_t target;                        /* RDbase of processor 0 */
    uint64_t num_ids;                       /* DeviceIDs that its table has */
    uint32_t devices[ITS_DEVICES_MAX];      /* those that have been mapped */
    unsigned num_devices;
} Its;

/* Registers, tables, Command queue, and a collection for processor 0 */
void its_start(Its *its, FdtNode node);

/*
 * From now on @handler is called when @device writes @event to the doorbell.
 * Returns the INTID.
 */
uint32_t its_map(Its *its, uint32_t device, uint32_t event,
                 GicHandler *handler, void *argument);

/* GITS_TRANSLATER, as a processor sees it, and 64 KiB that hold it alone */
uint64_t its_doorbell(const Its *its);
#define ITS_DOORBELL_BYTES (64 * KIB)

#endif
