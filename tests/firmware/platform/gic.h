/*
 * The interrupt controller, a GICv3.
 *
 * Interrupts stay masked at the processor, where a pending one ends a WFI, but
 * for a moment in gic_wait_until(): only there are handlers called.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLATFORM_GIC_H
#define PLATFORM_GIC_H

#include "platform.h"

typedef void GicHandler(void *argument);

#define GIC_FIRST_LPI 8192u

/* To be called once, by the processor that interrupts are to go to */
void gic_init(void);

/* @edge: as the third cell of "interrupts" in the device tree says */
void gic_enable_spi(uint32_t spi, bool edge);

/* Call @handler for an INTID, or no more with NULL. SPI n has INTID 32 + n. */
void gic_set_handler(uint32_t intid, GicHandler *handler, void *argument);
uint32_t gic_intid_of_spi(uint32_t spi);

/* Registers of the redistributor of the processor that calls it (its.c) */
uintptr_t gic_redistributor(void);

/* Sleep until an enabled interrupt is pending, or a tenth of a second. */
void gic_wait(void);

/* Take interrupts until @condition holds; false if it does not in time. */
bool gic_wait_until(bool (*condition)(void *argument), void *argument,
                    uint64_t milliseconds);

/* From the vector: all that are pending */
void gic_interrupt(void);

#endif
