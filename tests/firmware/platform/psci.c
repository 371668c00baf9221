/*
 * PSCI (Arm DEN 0022): to start processors and to power off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

/* SMC64 and SMC32 function identifiers */
#define PSCI_CPU_ON 0xc4000003UL
#define PSCI_SYSTEM_OFF 0x84000008UL

/* HVC, or SMC for a machine whose EL2 is the guest's own */
const char *psci_conduit(void)
{
    FdtNode node = fdt_named("psci");

    return node ? fdt_property(node, "method", NULL) : "hvc";
}

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    bool smc = text_equal(psci_conduit(), "smc");
    /* Nothing may be called between these and the instruction. */
    register uint64_t x0 asm("x0") = function;
    register uint64_t x1 asm("x1") = a;
    register uint64_t x2 asm("x2") = b;
    register uint64_t x3 asm("x3") = c;

    if (smc) {
        asm volatile("smc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
                     : : "memory");
    } else {
        asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
                     : : "memory");
    }
    return x0;
}

/* @start must outlive the call; processors are numbered by affinity 0. */
bool cpu_start(unsigned cpu, const CpuStart *start)
{
    cpu_barrier();
    return psci(PSCI_CPU_ON, cpu, (uintptr_t)secondary,
                (uintptr_t)start) == 0;
}

void secondary_main(const CpuStart *start)
{
    cpu_enable_mmu();
    start->function(start->argument);
    for (;;) {
        asm volatile("wfi");
    }
}

void cpu_power_off(void)
{
    psci(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;) {
        cpu_relax();
    }
}
