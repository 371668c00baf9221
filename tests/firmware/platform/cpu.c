/*
 * The processor: translation with addresses as they are, so that exclusive and
 * atomic accesses are well defined; the system counter; what must not happen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

/* Arm ARM D8.3: descriptors of stage 1, 4K granule */
#define TABLE 3UL
#define BLOCK 1UL
#define AF BIT(10)
#define NEVER_EXECUTED (3UL << 53)  /* UXN, PXN: nor fetched ahead */
#define INNER_SHAREABLE (3UL << 8)
#define ATTR_DEVICE (0UL << 2)
#define ATTR_NORMAL (1UL << 2)
#define MAIR 0xff00UL               /* 0: Device-nGnRnE, 1: Normal WB */

/* 48 bits of VA, write-back inner shareable walks, 48 bits of PA, TTBR0 only */
#define TCR (16UL | 1UL << 8 | 1UL << 10 | 3UL << 12 | BIT(23) | 5UL << 32)
#define SCTLR (0x30d00800UL | BIT(0) | BIT(2) | BIT(12))

#define ENTRIES 512
#define GIB_SHIFT 30
#define RAM_FIRST_GIB 1
#define RAM_END_GIB 256

/* Two halves of 512 GiB each: the PCIe windows of virt-msmmu are in both. */
static uint64_t level0[ENTRIES] __attribute__((aligned(4096)));
static uint64_t level1[2][ENTRIES] __attribute__((aligned(4096)));

static void fill_tables(void)
{
    for (unsigned gib = 0; gib < 2 * ENTRIES; gib++) {
        bool ram = gib >= RAM_FIRST_GIB && gib < RAM_END_GIB;

        level1[gib / ENTRIES][gib % ENTRIES] = (uint64_t)gib << GIB_SHIFT |
            AF | INNER_SHAREABLE | BLOCK |
            (ram ? ATTR_NORMAL : ATTR_DEVICE | NEVER_EXECUTED);
    }
    for (unsigned half = 0; half < 2; half++) {
        level0[half] = (uintptr_t)level1[half] | TABLE;
    }
}

void cpu_enable_mmu(void)
{
    if (!level0[0]) {
        fill_tables();
    }
    asm volatile("msr mair_el1, %0\n"
                 "msr tcr_el1, %1\n"
                 "msr ttbr0_el1, %2\n"
                 "dsb sy\n"
                 "isb\n"
                 "tlbi vmalle1\n"
                 "dsb sy\n"
                 "isb\n"
                 "msr sctlr_el1, %3\n"
                 "isb\n"
                 : : "r" (MAIR), "r" (TCR), "r" (level0), "r" (SCTLR)
                 : "memory");
}

uint64_t cpu_milliseconds(void)
{
    uint64_t count, hertz;

    asm volatile("isb; mrs %0, cntvct_el0" : "=r" (count));
    asm volatile("mrs %0, cntfrq_el0" : "=r" (hertz));
    return count / (hertz / 1000);
}

/* 16 bytes are the smallest line there can be; more often does no harm. */
void cpu_flush(const void *from, size_t bytes)
{
    uintptr_t end = (uintptr_t)from + bytes;

    for (uintptr_t at = (uintptr_t)from & -16UL; at < end; at += 16) {
        asm volatile("dc civac, %0" : : "r" (at) : "memory");
    }
    cpu_barrier();
}

void unexpected_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    fail("exception: ESR 0x%lx ELR 0x%lx FAR 0x%lx", esr, elr, far);
}
