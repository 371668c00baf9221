/*
 * GICv3, without security states: the distributor, and the processor's
 * interface in system registers (Arm IHI 0069, chapter 12). LPIs are its.c's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "gic.h"

#define GICD_CTLR 0x0000
#define GICD_CTLR_GROUP1 BIT(1)
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_RWP BIT(31)           /* a write has not taken effect yet */
#define GICD_IROUTER 0x6000
#define GICR_TYPER 0x0008
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_AFFINITY(typer) ((typer) >> 32)
#define GICR_WAKER 0x0014
#define GICR_WAKER_SLEEP 2u             /* ProcessorSleep */
#define GICR_WAKER_ASLEEP BIT(2)        /* ChildrenAsleep */
#define GICR_BYTES 0x20000              /* twice as many with virtual LPIs */
#define GICR_SGI_FRAME 0x10000

/* In the distributor for SPIs, in the frame for SGIs and PPIs */
#define GIC_IGROUPR 0x0080
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_IPRIORITYR 0x0400
#define GIC_ICFGR 0x0c00
#define GIC_ICFGR_EDGE 2u               /* of the two bits of each INTID */

#define VIRTUAL_TIMER 27                /* a PPI */
#define FIRST_SPI 32
#define PRIORITY 0x80u
#define PRIORITY_MASK 0xffu
#define PRIORITY_MASK_NONE 0xffUL
#define SPECIAL_FIRST 1020u             /* INTIDs that are no interrupts */

#define HANDLERS_MAX 128

static struct {
    uint32_t intid;
    GicHandler *function;
    void *argument;
} handlers[HANDLERS_MAX];
static unsigned num_handlers;

/* "reg" in the device tree: the distributor, then the redistributors */
static uintptr_t frame(unsigned number)
{
    FdtNode gic = fdt_next_compatible(NULL, "arm,gic-v3");

    if (!gic) {
        fail("no GICv3");
    }
    return fdt_cells(gic, "reg", 4 * number);
}

static void enable(uintptr_t registers, uint32_t intid)
{
    uintptr_t groups = registers + GIC_IGROUPR + intid / 32 * 4;
    uintptr_t priorities = registers + GIC_IPRIORITYR + intid / 4 * 4;
    unsigned shift = intid % 4 * 8;

    write32(groups, read32(groups) | BIT(intid % 32));
    write32(priorities, (read32(priorities) & ~(PRIORITY_MASK << shift)) |
            PRIORITY << shift);
    write32(registers + GIC_ISENABLER + intid / 32 * 4, BIT(intid % 32));
}

static void wait_distributor(void)
{
    while (read32(frame(0) + GICD_CTLR) & GICD_CTLR_RWP) {
        cpu_relax();
    }
}

static void set_distributor(uint32_t control)
{
    write32(frame(0) + GICD_CTLR, control);
    wait_distributor();
}

/* Before it is awake the registers of the interface must not be written. */
static void wake(uintptr_t redistributor)
{
    uintptr_t waker = redistributor + GICR_WAKER;

    write32(waker, read32(waker) & ~GICR_WAKER_SLEEP);
    while (read32(waker) & GICR_WAKER_ASLEEP) {
        cpu_relax();
    }
}

void gic_init(void)
{
    set_distributor(GICD_CTLR_ARE);
    set_distributor(GICD_CTLR_ARE | GICD_CTLR_GROUP1);
    wake(gic_redistributor());
    /* ICC_SRE_EL1.SRE, ICC_CTLR_EL1, ICC_PMR_EL1, ICC_IGRPEN1_EL1 */
    asm volatile("msr s3_0_c12_c12_5, %0\n"
                 "isb\n"
                 "msr s3_0_c12_c12_4, xzr\n"
                 "msr s3_0_c4_c6_0, %1\n"
                 "msr s3_0_c12_c12_7, %0\n"
                 "isb\n"
                 : : "r" (1UL), "r" (PRIORITY_MASK_NONE) : "memory");
    enable(gic_redistributor() + GICR_SGI_FRAME, VIRTUAL_TIMER);
}

/* MPIDR_EL1: Aff3, and Aff2 to Aff0, as they are in GICD_IROUTER */
static uint64_t own_affinity(void)
{
    uint64_t mpidr;

    asm volatile("mrs %0, mpidr_el1" : "=r" (mpidr));
    return mpidr & 0xff00ffffffUL;
}

/* In GICR_TYPER these fields are side by side. */
uintptr_t gic_redistributor(void)
{
    uint64_t own = own_affinity(), typer;
    uint64_t wanted = (own >> 8 & 0xff000000) | (own & 0xffffff);
    uintptr_t at = frame(1);

    for (;;) {
        typer = read64(at + GICR_TYPER);
        if (GICR_TYPER_AFFINITY(typer) == wanted) {
            return at;
        }
        if (typer & GICR_TYPER_LAST) {
            fail("no redistributor of processor 0x%lx", own);
        }
        at += typer & GICR_TYPER_VLPIS ? 2 * GICR_BYTES : GICR_BYTES;
    }
}

uint32_t gic_intid_of_spi(uint32_t spi)
{
    return spi + FIRST_SPI;
}

/*
 * A source whose interrupt is an edge must be configured so: of a pulse, an
 * interrupt that is sensitive to a level keeps nothing. It is changed while the
 * interrupt is off (IHI 0069, GICD_ICFGR<n>).
 */
void gic_enable_spi(uint32_t spi, bool edge)
{
    uint32_t intid = gic_intid_of_spi(spi);
    uintptr_t config = frame(0) + GIC_ICFGR + intid / 16 * 4;
    uint32_t bit = GIC_ICFGR_EDGE << intid % 16 * 2;

    write32(frame(0) + GIC_ICENABLER + intid / 32 * 4, BIT(intid % 32));
    wait_distributor();
    write32(config, edge ? read32(config) | bit : read32(config) & ~bit);
    write64(frame(0) + GICD_IROUTER + 8 * intid, own_affinity());
    enable(frame(0), intid);
}

void gic_set_handler(uint32_t intid, GicHandler *handler, void *argument)
{
    unsigned i = 0;

    while (i < num_handlers && handlers[i].intid != intid) {
        i++;
    }
    if (i == HANDLERS_MAX) {
        fail("more than %u interrupts", HANDLERS_MAX);
    }
    handlers[i].intid = intid;
    handlers[i].function = handler;
    handlers[i].argument = argument;
    num_handlers += i == num_handlers;
}

static void call_handler(uint32_t intid)
{
    for (unsigned i = 0; i < num_handlers; i++) {
        if (handlers[i].intid == intid && handlers[i].function) {
            handlers[i].function(handlers[i].argument);
        }
    }
}

/* ICC_IAR1_EL1 acknowledges, ICC_EOIR1_EL1 ends. */
void gic_interrupt(void)
{
    uint64_t intid;

    for (;;) {
        asm volatile("mrs %0, s3_0_c12_c12_0; dsb sy" : "=r" (intid));
        if (intid >= SPECIAL_FIRST && intid < GIC_FIRST_LPI) {
            return;
        }
        call_handler(intid);
        asm volatile("msr s3_0_c12_c12_1, %0; isb" : : "r" (intid) : "memory");
    }
}

void gic_wait(void)
{
    uint64_t hertz;

    asm volatile("mrs %0, cntfrq_el0" : "=r" (hertz));
    asm volatile("msr cntv_tval_el0, %0\n"
                 "msr cntv_ctl_el0, %1\n"
                 "isb\n"
                 "dsb sy\n"
                 "wfi\n"
                 "msr cntv_ctl_el0, xzr\n"
                 "isb\n"
                 : : "r" (hertz / 10), "r" (1UL) : "memory");
}

bool gic_wait_until(bool (*condition)(void *argument), void *argument,
                    uint64_t milliseconds)
{
    uint64_t end = cpu_milliseconds() + milliseconds;

    /* Interrupts are masked between the question and the WFI. */
    while (!condition(argument)) {
        if (cpu_milliseconds() >= end) {
            return false;
        }
        gic_wait();
        asm volatile("msr daifclr, #2; isb; msr daifset, #2" : : : "memory");
    }
    return true;
}
