/*
 * Where a processor begins: the header of an arm64 Image, the way down to EL1,
 * a stack, and the vectors, which all end in C.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/* Documentation/arch/arm64/booting: what makes the emulator pass a DTB */
    .section .head, "ax"
    .global image_start
image_start:
    b       primary
    .word   0
    .quad   0x200000                /* text_offset; see image.ld */
    .quad   image_bytes
    .quad   2                       /* little-endian, 4K pages */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .word   0

    .text
/* x0: the device tree */
primary:
    mov     x19, x0
    mrs     x20, CurrentEL
    lsr     x20, x20, #2
    bl      enter_el1
    ldr     x1, =bss_start
    ldr     x2, =bss_end
    mov     x0, x1
1:  dc      ivac, x0                /* Caches are off, but may hold old data. */
    add     x0, x0, #16             /* The smallest line */
    cmp     x0, x2
    b.lo    1b
    dsb     sy
1:  stp     xzr, xzr, [x1], #16
    cmp     x1, x2
    b.lo    1b
    ldr     x1, =primary_stack_end
    mov     sp, x1
    ldr     x1, =entry_level
    str     x20, [x1]
    mov     x0, x19
    bl      primary_main

/* x0: a CpuStart, whose first word is the end of the stack */
    .global secondary
secondary:
    mov     x19, x0
    bl      enter_el1
    ldr     x1, [x19]
    mov     sp, x1
    mov     x0, x19
    bl      secondary_main

/*
 * With EL2 (-M virtualization=on) all begins there. Most registers are UNKNOWN
 * at reset: those by which EL2 changes what EL1 does are set, and those of EL1
 * that take effect with the eret.
 */
enter_el1:
    ldr     x1, =vectors
    msr     vbar_el1, x1
    mrs     x1, CurrentEL
    cmp     x1, #1 << 2
    b.eq    1f
    mov     x1, #1 << 31            /* HCR_EL2.RW: EL1 is AArch64 */
    msr     hcr_el2, x1
    mov     x1, #0xf                /* ICC_SRE_EL2: the same for EL1 */
    msr     s3_4_c12_c9_5, x1
    isb
    msr     s3_4_c12_c11_0, xzr     /* ICH_HCR_EL2: no virtual interrupts */
    mov     x1, #3                  /* EL1 has the counter and timers */
    msr     cnthctl_el2, x1
    msr     cntvoff_el2, xzr
    mov     x1, #0x33ff             /* CPTR_EL2: nothing is trapped */
    msr     cptr_el2, x1
    msr     hstr_el2, xzr
    mrs     x1, midr_el1
    msr     vpidr_el2, x1
    mrs     x1, mpidr_el1
    msr     vmpidr_el2, x1
    ldr     x1, =0x30d00800         /* SCTLR_EL1: RES1 bits, MMU off */
    msr     sctlr_el1, x1
    mov     x1, #0x3c5              /* EL1h, interrupts masked */
    msr     spsr_el2, x1
    msr     elr_el2, x30
    eret
1:  ret

/* Arm ARM D1.4: 16 vectors; the sixth is IRQ from this level with SP_EL1 */
    .balign 0x800
vectors:
    .rept   5
    .balign 0x80
    b       exception
    .endr
    .balign 0x80
    b       interrupt
    .rept   10
    .balign 0x80
    b       exception
    .endr

/* All that C may change, and where to return to */
interrupt:
    stp     x0, x1, [sp, #-176]!
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    stp     x0, x1, [sp, #160]
    bl      gic_interrupt
    ldp     x0, x1, [sp, #160]
    msr     elr_el1, x0
    msr     spsr_el1, x1
    ldp     x18, x30, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #176
    eret

exception:
    mrs     x0, esr_el1
    mrs     x1, elr_el1
    mrs     x2, far_el1
    bl      unexpected_exception

    .bss
    .balign 16
    .global entry_level
entry_level:
    .quad   0, 0
    .skip   16384
primary_stack_end:
