/*
 * Programs that run on the machine alone, without an operating system.
 *
 * One processor runs the test; others are started with cpu_start(). Memory is
 * mapped as it is, so an address is the same for processors and on the bus.
 * Interrupts are masked: they only end waiting. What a program has to tell are
 * records on the console, one line each, as those of the probe under Linux.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef BAREMETAL_H
#define BAREMETAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n) (UINT64_C(1) << (n))
#define KIB 1024UL
#define MIB (1024 * KIB)

/* ---- cpu.c: processors, memory management, time ------------------------- */

typedef struct CpuStart {
    void *stack_end;
    void (*function)(void *argument);
    void *argument;
} CpuStart;

void cpu_enable_mmu(void);
bool cpu_start(unsigned cpu, const CpuStart *start);
void cpu_power_off(void) __attribute__((noreturn));
uint64_t cpu_milliseconds(void);

static inline void cpu_barrier(void)
{
    asm volatile("dsb sy" : : : "memory");
}

/* In a loop that waits for another processor or a device */
static inline void cpu_relax(void)
{
    asm volatile("yield" : : : "memory");
}

static inline uint32_t read32(uintptr_t at)
{
    /* volatile: a device's register */
    return *(volatile uint32_t *)at;
}

static inline uint64_t read64(uintptr_t at)
{
    /* volatile: a device's register */
    return *(volatile uint64_t *)at;
}

static inline void write32(uintptr_t at, uint32_t value)
{
    cpu_barrier();
    /* volatile: a device's register */
    *(volatile uint32_t *)at = value;
}

static inline void write64(uintptr_t at, uint64_t value)
{
    cpu_barrier();
    /* volatile: a device's register */
    *(volatile uint64_t *)at = value;
}

/* ---- console.c: the serial port ----------------------------------------- */

/* Knows %s %c %u %x %lu %lx %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say what went wrong, and end. */
void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* ---- memory.c: a heap that only grows, until it is put back ------------- */

void *memory_take(size_t bytes, size_t align);      /* zeroed */
void *memory_mark(void);
void memory_release(void *mark);

/* ---- fdt.c: the device tree --------------------------------------------- */

/* A node: the place of its properties; NULL for none */
typedef const uint32_t *FdtNode;

void fdt_open(const void *fdt);
FdtNode fdt_next_compatible(FdtNode after, const char *compatible);
FdtNode fdt_named(const char *name);
const void *fdt_property(FdtNode node, const char *name, size_t *bytes);
/* Cell number @cell of a property; fails when it is not there. */
uint32_t fdt_cell(FdtNode node, const char *name, unsigned cell);
uint64_t fdt_cells(FdtNode node, const char *name, unsigned cell);

/* ---- options.c: NAME=VALUE on the command line -------------------------- */

uint64_t option_number(const char *name, uint64_t fallback);
bool option_is(const char *name, const char *value);
bool text_equal(const char *a, const char *b);

/* ---- The tests ----------------------------------------------------------- */

void test_httu(void);

/* ---- Between the assembler's, the linker's and the C files -------------- */

extern char heap_start[];

void primary_main(const void *fdt) __attribute__((noreturn));
void secondary(void);
void secondary_main(const CpuStart *start) __attribute__((noreturn));
void unexpected_exception(uint64_t esr, uint64_t elr, uint64_t far);

/* What the compiler calls */
void *memset(void *to, int value, size_t bytes);
void *memcpy(void *to, const void *from, size_t bytes);

#endif
