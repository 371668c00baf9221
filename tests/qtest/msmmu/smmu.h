/*
 * A minimal driver of an SMMUv3 for qtests: registers, queues, stream tables,
 * CDs and translation tables, all in guest memory.
 *
 * Offsets and layouts are literal, from IHI 0070: they owe nothing to the
 * headers of the implementation. Words are in host order here and little endian
 * in the guest's memory.
 *
 * It drives any SMMUv3, ours or not, from the address of its registers on.
 * Sizes and addresses are in bytes; names with _log2 say so. What a function
 * waits for or expects and does not find ends the test with an assertion.
 * Nothing is checked against the ID registers: a test may well ask for what the
 * instance has not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_SMMU_H
#define TESTS_QTEST_MSMMU_SMMU_H

#include "libqtest.h"

/* ---- Registers (6.1) --------------------------------------------------- */

enum {
    QSMMU_IDR0 = 0x00,
    QSMMU_IDR1 = 0x04,
    QSMMU_IDR3 = 0x0c,
    QSMMU_IDR5 = 0x14,
    QSMMU_AIDR = 0x1c,
    QSMMU_CR0 = 0x20,
    QSMMU_CR0ACK = 0x24,
    QSMMU_CR1 = 0x28,
    QSMMU_CR2 = 0x2c,
    QSMMU_GBPA = 0x44,
    QSMMU_IRQ_CTRL = 0x50,
    QSMMU_IRQ_CTRLACK = 0x54,
    QSMMU_GERROR = 0x60,
    QSMMU_GERRORN = 0x64,
    QSMMU_STRTAB_BASE = 0x80,
    QSMMU_STRTAB_BASE_CFG = 0x88,
    QSMMU_CMDQ_BASE = 0x90,
    QSMMU_CMDQ_PROD = 0x98,
    QSMMU_CMDQ_CONS = 0x9c,
    QSMMU_EVENTQ_BASE = 0xa0,
    QSMMU_EVENTQ_PROD = 0x100a8,
    QSMMU_EVENTQ_CONS = 0x100ac,
};

#define QCR0_SMMUEN (1u << 0)
#define QCR0_EVENTQEN (1u << 2)
#define QCR0_CMDQEN (1u << 3)
#define QCR2_RECINVSID (1u << 1)
#define QGBPA_UPDATE (1u << 31)
#define QGBPA_ABORT (1u << 20)
#define QGBPA_SHCFG_INCOMING (1u << 12)
#define QGERROR_CMDQ_ERR (1u << 0)
#define QGERROR_EVENTQ_ABT_ERR (1u << 2)
#define QIRQ_GERROR (1u << 0)
#define QIRQ_EVENTQ (1u << 2)

/* ---- Commands (4.1.4) and events (7.3) --------------------------------- */

enum {
    QCMD_PREFETCH_CONFIG = 0x01,
    QCMD_CFGI_STE = 0x03,
    QCMD_CFGI_STE_RANGE = 0x04,
    QCMD_CFGI_CD = 0x05,
    QCMD_CFGI_CD_ALL = 0x06,
    QCMD_TLBI_NH_ALL = 0x10,
    QCMD_TLBI_NH_ASID = 0x11,
    QCMD_TLBI_NH_VA = 0x12,
    QCMD_TLBI_NH_VAA = 0x13,
    QCMD_TLBI_EL2_ALL = 0x20,
    QCMD_TLBI_S12_VMALL = 0x28,
    QCMD_TLBI_S2_IPA = 0x2a,
    QCMD_TLBI_NSNH_ALL = 0x30,
    QCMD_ATC_INV = 0x40,
    QCMD_SYNC = 0x46,
};

enum {
    QEVT_C_BAD_STREAMID = 0x02,
    QEVT_F_STE_FETCH = 0x03,
    QEVT_C_BAD_STE = 0x04,
    QEVT_F_STREAM_DISABLED = 0x06,
    QEVT_C_BAD_SUBSTREAMID = 0x08,
    QEVT_F_CD_FETCH = 0x09,
    QEVT_C_BAD_CD = 0x0a,
    QEVT_F_WALK_EABT = 0x0b,
    QEVT_F_TRANSLATION = 0x10,
    QEVT_F_ADDR_SIZE = 0x11,
    QEVT_F_ACCESS = 0x12,
    QEVT_F_PERMISSION = 0x13,
};

typedef struct QEvent {
    uint64_t word[4];
} QEvent;

static inline unsigned qevent_type(const QEvent *e)
{
    return e->word[0] & 0xff;
}

static inline uint32_t qevent_sid(const QEvent *e)
{
    return e->word[0] >> 32;
}

/* ---- An instance ------------------------------------------------------- */

/* The order of the interrupts (3.18) */
enum {
    QSMMU_LINE_EVENTQ,
    QSMMU_LINE_PRIQ,
    QSMMU_LINE_CMDQ_SYNC,
    QSMMU_LINE_GERROR,
};

/* A test may change any of it. */
typedef struct QSmmu {
    QTestState *qts;
    uint64_t regs;          /* of page 0, for the CPU */
    unsigned first_spi;     /* of four in the order above */
    /* Guest memory that the structures of this instance take: from, to */
    uint64_t memory;
    uint64_t memory_end;
    /* As programmed: addresses, and log2 of the numbers of entries */
    uint64_t stream_table;
    unsigned split;         /* 0: linear */
    uint64_t cmdq;
    unsigned cmdq_log2;
    uint64_t eventq;
    unsigned eventq_log2;
    /*
     * NULL, or what tables.c wrote, by address: then it does not read from the
     * guest what it wrote itself.
     */
    GHashTable *written;
} QSmmu;

/*
 * The n-th instance of the command line, from 0 to 9, not touched yet. Its
 * structures go to the 16 MiB of guest memory from @memory on, a multiple of
 * 64 KiB. Of an SMMU that is elsewhere change @regs and @first_spi.
 */
QSmmu qsmmu_get(QTestState *qts, unsigned n, uint64_t memory);
#define QSMMU_MEMORY_SIZE 0x1000000

/* @reg is an offset from page 0; page 1 is at 0x10000 (6.1). */
uint32_t qsmmu_readl(const QSmmu *s, uint32_t reg);
void qsmmu_writel(const QSmmu *s, uint32_t reg, uint32_t value);
void qsmmu_writeq(const QSmmu *s, uint32_t reg, uint64_t value);

/* @size bytes of zeros in guest memory; @align is a power of two. */
uint64_t qsmmu_alloc(QSmmu *s, uint64_t size, uint64_t align);

/*
 * Write CR0 (6.3.9), IRQ_CTRL (6.3.16) or GBPA (6.3.14) and see that it is
 * acknowledged: all bits of CR0ACK, of IRQ_CTRLACK, Update back at 0.
 */
void qsmmu_set_cr0(const QSmmu *s, uint32_t value);
void qsmmu_set_irq_ctrl(const QSmmu *s, uint32_t value);
void qsmmu_set_gbpa(const QSmmu *s, uint32_t value);

/*
 * Empty queues of 2^n entries, n from 0 to 19 (3.5.1), and an empty stream
 * table for StreamIDs of @log2size bits; @split is 6, 8 or 10 (6.3.25). The
 * queues and SMMUEN are off.
 */
void qsmmu_setup_queues(QSmmu *s, unsigned cmdq_log2, unsigned eventq_log2);
void qsmmu_setup_linear(QSmmu *s, unsigned log2size);
void qsmmu_setup_two_level(QSmmu *s, unsigned log2size, unsigned split);

/*
 * Commands of 2^8, events of 2^7 entries, an empty two-level stream table of 18
 * bits with a split of 8, or a linear one of 8 bits if IDR0.ST_LEVEL is 0;
 * everything invalidated and on, RECINVSID = 1.
 */
void qsmmu_start(QSmmu *s);

/* ---- Queues ------------------------------------------------------------ */

/*
 * qsmmu_push() puts one command into the queue, full or not, and moves PROD.
 * qsmmu_command() waits, too, and sees that it was consumed without an error.
 */
void qsmmu_push(QSmmu *s, uint64_t word0, uint64_t word1);
void qsmmu_command(QSmmu *s, uint64_t word0, uint64_t word1);
/*
 * Put @n commands into the queue at once, as many as it takes at most, and see
 * that all were consumed.
 */
void qsmmu_run(QSmmu *s, const uint64_t (*words)[2], unsigned n);
/* CMD_SYNC without completion signal: all before it is done. */
void qsmmu_sync(QSmmu *s);
/* Wait until the Command queue is empty or in error. */
void qsmmu_wait_commands(QSmmu *s);

/*
 * Go on behind the command that stopped the queue (7.1): there has to be one;
 * a CMD_SYNC takes its place, and the error is acknowledged.
 */
void qsmmu_skip_command(QSmmu *s);

/*
 * Invalidate, with a CMD_SYNC: an STE and all that depends on it; all
 * configuration; the leaf at @va of an ASID of NS-EL1; all translations (4.3,
 * 4.4).
 */
void qsmmu_cfgi_ste(QSmmu *s, uint32_t sid);
void qsmmu_cfgi_all(QSmmu *s);
void qsmmu_tlbi_va(QSmmu *s, uint16_t asid, uint64_t va);
void qsmmu_tlbi_all(QSmmu *s);

/*
 * Take the oldest event; false if there is none. CONS moves, OVACKFLG does not
 * (7.4).
 */
bool qsmmu_pop_event(QSmmu *s, QEvent *event);
unsigned qsmmu_num_events(const QSmmu *s);

/*
 * There is one event, of this type and StreamID: take it. Otherwise all that
 * are there are printed.
 */
QEvent qsmmu_expect_event(QSmmu *s, unsigned type, uint32_t sid);
void qsmmu_expect_no_event(QSmmu *s);

/* ---- Global errors (6.3.19, 6.3.20) ------------------------------------ */

/* GERROR's bits that differ from GERRORN's */
uint32_t qsmmu_active_errors(const QSmmu *s);
/* Flip @bits of GERRORN, whatever is active. */
void qsmmu_acknowledge(const QSmmu *s, uint32_t bits);

/* ---- Interrupts -------------------------------------------------------- */

/* Have the GIC latch the instance's edges, and forget those before. */
void qsmmu_catch_lines(const QSmmu *s);
/* Was there an edge on @line, a QSMMU_LINE_*, since the last call? */
bool qsmmu_line_fired(const QSmmu *s, unsigned line);

/* ---- Stream table (5.2) ------------------------------------------------ */

#define QSTE_V 1ULL
#define QSTE_ABORT (QSTE_V | 0ULL << 1)
#define QSTE_BYPASS (QSTE_V | 4ULL << 1)
#define QSTE_S1 (QSTE_V | 5ULL << 1)
#define QSTE_S2 (QSTE_V | 6ULL << 1)
#define QSTE1_SHCFG_INCOMING (1ULL << 44)

/*
 * The PA of the STE of @sid, which is in the table's range. A table of the
 * second level is made if need be; nothing is invalidated.
 */
uint64_t qsmmu_ste(QSmmu *s, uint32_t sid);

/* Write words 0 and 1 of an STE, zero the others, and CFGI_STE it. */
void qsmmu_set_ste(QSmmu *s, uint32_t sid, uint64_t word0, uint64_t word1);

/* ---- CD (5.4) and translation tables (DDI 0487 D8) --------------------- */

typedef struct QGranule {
    const char *name;       /* as in granules=NAME */
    unsigned shift;
    uint64_t tg0;           /* CD.TG0 and TG1, in place */
    uint64_t tg1;
} QGranule;

#define QNUM_GRANULES 3
extern const QGranule qgranules[QNUM_GRANULES];

#define QCD_EPD0 (1ULL << 14)
#define QCD_EPD1 (1ULL << 30)
#define QCD_V (1ULL << 31)
#define QCD_IPS(code) ((uint64_t)(code) << 32)
#define QCD_IPS_MASK (7ULL << 32)
#define QCD_AA64 (1ULL << 41)
#define QCD_R (1ULL << 45)
#define QCD_A (1ULL << 46)
#define QCD_ASID(asid) ((uint64_t)(asid) << 48)

#define QPTE_USER (1ULL << 6)
#define QPTE_READ_ONLY (1ULL << 7)
#define QPTE_SHARED (3ULL << 8)
#define QPTE_AF (1ULL << 10)
#define QPTE_NG (1ULL << 11)
/* What an unprivileged device may read and write */
#define QPTE_RW (QPTE_USER | QPTE_SHARED | QPTE_AF | QPTE_NG)

/* Input addresses of all tables here: T0SZ = T1SZ = 25 */
#define QTABLE_INPUT_BITS 39

/* A stage 1 translation, its CD and its tables */
typedef struct QContext {
    QSmmu *s;
    const QGranule *granule;
    uint64_t cd;
    uint64_t table;         /* of TTB0 */
    uint16_t asid;
} QContext;

/*
 * A CD whose TTB0 has empty tables of @granule, EPD1 = 1, IPS of 48 bits,
 * A = 1, R = 1. Nothing refers to it yet.
 */
QContext qcontext_new(QSmmu *s, const QGranule *granule, uint16_t asid);

/* Change bits of CD word 0. The caller invalidates. */
void qcontext_change_cd(const QContext *c, uint64_t clear, uint64_t set);

/* Let @sid be translated by the context: STE and CFGI_STE. */
void qcontext_attach(const QContext *c, uint32_t sid);

/* Map, or remap, the granule at @va; 0 for @attrs unmaps. No TLBI. */
void qcontext_map(const QContext *c, uint64_t va, uint64_t pa, uint64_t attrs);

#endif /* TESTS_QTEST_MSMMU_SMMU_H */
