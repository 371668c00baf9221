/*
 * What a program on the bare machine stands on: processors, memory, the
 * console, the device tree, options.
 *
 * One processor runs the program; others are started with cpu_start(). Memory
 * is mapped as it is, so an address is the same for processors and on the bus.
 * Interrupts stay masked but while something waits for one (gic.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n) (UINT64_C(1) << (n))
#define KIB 1024UL
#define MIB (1024 * KIB)

/* Bits [hi:lo] of @value, as the specifications number them */
#define BITS(value, hi, lo) (((value) >> (lo)) & (BIT((hi) - (lo) + 1) - 1))

/* ---- cpu.c: memory management, time, exceptions ------------------------- */

void cpu_enable_mmu(void);
uint64_t cpu_milliseconds(void);

static inline void cpu_barrier(void)
{
    asm volatile("dsb sy" : : : "memory");
}

/* Have memory hold what the caches do, and the caches nothing of it. */
void cpu_flush(const void *from, size_t bytes);

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

/* What was stored before is visible to the device that is written to. */
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

/* ---- psci.c: what firmware below us does for us (Arm DEN 0022) ---------- */

typedef struct CpuStart {
    void *stack_end;
    void (*function)(void *argument);
    void *argument;
} CpuStart;

bool cpu_start(unsigned cpu, const CpuStart *start);
void cpu_power_off(void) __attribute__((noreturn));
const char *psci_conduit(void);

/* ---- console.c: the serial port ----------------------------------------- */

/* Knows %s %c %u %x %lu %lx %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_list(const char *format, va_list list);

/* Say what went wrong, as TAP does, and end. */
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
/* The node of a compatible with this phandle, NULL when there is none */
FdtNode fdt_by_phandle(const char *compatible, uint32_t phandle);
const char *fdt_name(FdtNode node);
const void *fdt_property(FdtNode node, const char *name, size_t *bytes);
/* Cell number @cell of a property; fails when it is not there. */
uint32_t fdt_cell(FdtNode node, const char *name, unsigned cell);
uint64_t fdt_cells(FdtNode node, const char *name, unsigned cell);
/* The place of @text in a list of texts, -1 when it is not in it */
int fdt_text_index(FdtNode node, const char *name, const char *text);

/* ---- options.c: NAME=VALUE on the command line -------------------------- */

uint64_t option_number(const char *name, uint64_t fallback);
bool option_is(const char *name, const char *value);
bool option_given(const char *name);
bool text_equal(const char *a, const char *b);

/* ---- Between the assembler's, the linker's and the C files -------------- */

extern char heap_start[];

void primary_main(const void *fdt) __attribute__((noreturn));
void secondary(void);
void secondary_main(const CpuStart *start) __attribute__((noreturn));
void unexpected_exception(uint64_t esr, uint64_t elr, uint64_t far);

/* Which exception level the program was entered at */
extern uint64_t entry_level;

/* What the compiler calls */
void *memset(void *to, int value, size_t bytes);
void *memcpy(void *to, const void *from, size_t bytes);

#endif
