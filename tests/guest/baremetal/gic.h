/*
 * The interrupt controller, a GICv3: to sleep until a device interrupts.
 *
 * Interrupts stay masked at the processor, where a pending one ends a WFI.
 * That leaves the host's processors to those who work.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_GIC_H
#define BAREMETAL_GIC_H

#include "baremetal.h"

/* To be called once, by processor 0, which is whom interrupts go to */
void gic_init(void);

void gic_enable_spi(uint32_t spi);

/* Sleep until an enabled interrupt is pending, or a tenth of a second. */
void gic_wait(void);

#endif
