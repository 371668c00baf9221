/*
 * PSCI (Arm DEN 0022): to start processors and to power off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

/* SMC64 and SMC32 function identifiers */
#define PSCI_CPU_ON 0xc4000003UL
#define PSCI_SYSTEM_OFF 0x84000008UL

#define CLOBBERED "memory", "cc", "x4", "x5", "x6", "x7", "x8", "x9", "x10", \
    "x11", "x12", "x13", "x14", "x15", "x16", "x17"

/* Of a new processor's stack, before its caches are on */
#define FIRST_STACK_BYTES 1024

/* HVC, or SMC for a machine whose EL2 is the guest's own */
const char *psci_conduit(void)
{
    FdtNode node = fdt_named("psci");

    return node ? fdt_property(node, "method", NULL) : "hvc";
}

static int64_t psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    bool smc = text_equal(psci_conduit(), "smc");
    /*
     * Nothing may be called between these and the instruction. SMCCC 1.0 (Arm
     * DEN 0028) preserves no more than x18 to x30.
     */
    register uint64_t x0 asm("x0") = function;
    register uint64_t x1 asm("x1") = a;
    register uint64_t x2 asm("x2") = b;
    register uint64_t x3 asm("x3") = c;

    if (smc) {
        asm volatile("smc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
                     : : CLOBBERED);
    } else {
        asm volatile("hvc #0" : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3)
                     : : CLOBBERED);
    }
    return x0;
}

/*
 * @start must outlive the call; processors are numbered by affinity 0. The new
 * one begins without caches, so what it reads and writes first is in none.
 */
bool cpu_start(unsigned cpu, const CpuStart *start)
{
    cpu_flush(start, sizeof(*start));
    cpu_flush((char *)start->stack_end - FIRST_STACK_BYTES, FIRST_STACK_BYTES);
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
