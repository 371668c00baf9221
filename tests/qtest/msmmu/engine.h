/*
 * A driver of the DMA test engine, msmmu-engine, for qtests.
 *
 * Offsets and layouts are literal, from docs/specs/msmmu-engine.rst: they owe
 * nothing to the headers of the implementation. Fields have that page's names
 * and meaning, sizes are in bytes, times in ns of the host. What a function
 * waits for or expects and does not find ends the test with an assertion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_QTEST_MSMMU_ENGINE_H
#define TESTS_QTEST_MSMMU_ENGINE_H

#include "libqtest.h"
#include "libqos/pci.h"
#include "rc.h"

#define QENGINE_DEVICE_ID 0x11f31234
#define QENGINE_RINGS 4
#define QENGINE_WORDS 16
#define QENGINE_DESCRIPTOR_BYTES 128
#define QENGINE_LOCAL_SIZE 0x10000

/* ---- Registers --------------------------------------------------------- */

enum {
    QENGINE_ID = 0x00,
    QENGINE_VERSION = 0x04,
    QENGINE_FEATURES = 0x08,
    QENGINE_GEOMETRY = 0x0c,
    QENGINE_CTRL = 0x10,
    QENGINE_STATUS = 0x14,
    QENGINE_BUS = 0x18,
    QENGINE_REQUESTER = 0x1c,
};

#define QENGINE_RING(n) (0x1000 + 0x100 * (n))

enum {
    QRING_BASE = 0x00,
    QRING_SIZE = 0x08,
    QRING_CTRL = 0x0c,
    QRING_ATTR = 0x10,
    QRING_PROD = 0x14,
    QRING_CONS = 0x18,
    QRING_STATUS = 0x1c,
    QRING_TIME = 0x20,
    QRING_TRANSACTIONS = 0x28,
    QRING_BYTES = 0x30,
};

#define QRING_ENABLE 1u
#define QRING_LOCAL 2u
#define QRING_IRQ 4u

enum { QRING_DISABLED, QRING_IDLE, QRING_RUNNING, QRING_HALTED };
#define QRING_HALTED_BY(why) (QRING_HALTED | (why) << 8)

/* ---- Descriptors ------------------------------------------------------- */

enum {
    QOP_NOP, QOP_READ, QOP_WRITE, QOP_FILL, QOP_CHECKSUM, QOP_COMPARE,
    QOP_VERIFY, QOP_COPY, QOP_ADD, QOP_SWAP, QOP_CAS, QOP_TOUCH
};

enum { QPATTERN_LINEAR, QPATTERN_STRIDED, QPATTERN_RANDOM, QPATTERN_SCATTER };

#define QATTR_SSID(ssid) (1u << 20 | (ssid))
#define QATTR_PRIV (1u << 21)
#define QATTR_INST (1u << 22)
#define QATTR_NOSNOOP (1u << 23)

#define QFLAG_IRQ (1u << 16)
#define QFLAG_CONTINUE (1u << 17)
#define QFLAG_UNMARKED (1u << 18)

enum {
    QSTATUS_NONE, QSTATUS_OK, QSTATUS_ABORTED, QSTATUS_TERMINATED,
    QSTATUS_NOT_SUPPORTED, QSTATUS_BAD_DESCRIPTOR, QSTATUS_MISMATCH
};

/* What to do: words 0 to 10 of a descriptor. All zeros is a NOP. */
typedef struct QJob {
    unsigned op;
    unsigned pattern;
    unsigned pattern2;
    uint32_t flags;         /* QFLAG_* */
    uint32_t attr;          /* QATTR_*, of the first and the second range */
    uint32_t attr2;
    uint32_t size;
    uint32_t count;         /* 0 is taken for 1 by those who run it */
    uint64_t addr;
    uint64_t step;
    uint64_t addr2;
    uint64_t step2;
    uint64_t operand;
    uint64_t operand2;
    uint64_t seed;
    uint64_t local;
} QJob;

/* What came of it: words 11 to 15 */
typedef struct QResult {
    uint64_t time;          /* ns */
    uint64_t transactions;
    uint64_t result;
    uint64_t fault;         /* IOVA */
    unsigned status;        /* QSTATUS_* */
    unsigned detail;
    uint32_t failed;        /* transactions */
} QResult;

/* The words of a descriptor, in host order */
void qjob_encode(const QJob *job, uint64_t word[QENGINE_WORDS]);

/* ---- A function -------------------------------------------------------- */

/* One function. Addresses are the CPU's, but for local_pci. */
typedef struct QEngine {
    QRc rc;                 /* ecam is 0 where pci is the only way */
    QPCIDevice *pci;        /* NULL, or libqos's function */
    uint8_t bus;
    uint8_t devfn;
    uint64_t regs;
    uint64_t local;
    uint64_t local_pci;     /* the same, as DMA reaches it */
    uint64_t msix;
} QEngine;

/*
 * Find the function, give it the @index-th MiB of the 32-bit window, let it
 * decode and master, and enable ring 0 with descriptors in the local memory
 * from QENGINE_RING0 on.
 */
QEngine qengine_init(const QRc *rc, uint8_t bus, uint8_t devfn,
                     unsigned index);
/*
 * The same for a function that libqos knows, on any bus of libqos: the BARs
 * are taken from that bus. @rc is the bus's root complex, or NULL where its
 * addresses are those of the CPU; then there is no PASID to enable, as libqos
 * has no access to extended configuration space.
 */
QEngine qengine_init_pci(QPCIDevice *dev, const QRc *rc);
#define QENGINE_RING0 0xe000
#define QENGINE_RING0_LOG2 5

uint32_t qengine_readl(const QEngine *e, uint32_t reg);
uint64_t qengine_readq(const QEngine *e, uint32_t reg);
void qengine_writel(const QEngine *e, uint32_t reg, uint32_t value);
void qengine_writeq(const QEngine *e, uint32_t reg, uint64_t value);

/* Bits of PASID Control: enable, execute, privileged */
void qengine_set_pasid(const QEngine *e, uint16_t control);
/* Device Control 2: atomic operations */
void qengine_set_atomics(const QEngine *e, bool enable);

/* Table entry @vector, and MSI-X on */
void qengine_msix_setup(const QEngine *e, unsigned vector, uint64_t address,
                        uint32_t data);

/* ---- Rings ------------------------------------------------------------- */

/*
 * Set up ring @n, from 0 to 3, disabled before, with 2^@size_log2 descriptors,
 * from 0 to 16: @base is an IOVA, or with QRING_LOCAL in @ctrl an offset in the
 * local memory. @ctrl is QRING_*, besides ENABLE; @attr is QATTR_*.
 */
void qengine_ring_enable(const QEngine *e, unsigned n, uint64_t base,
                         unsigned size_log2, uint32_t ctrl, uint32_t attr);
uint32_t qengine_ring_readl(const QEngine *e, unsigned n, uint32_t reg);
void qengine_ring_writel(const QEngine *e, unsigned n, uint32_t reg,
                         uint32_t value);

/* Wait until the ring is not running. Returns its STATUS. */
uint32_t qengine_ring_wait(const QEngine *e, unsigned n);

/* Write a descriptor at the CPU's address @pa, and read its results. */
void qjob_write(const QEngine *e, uint64_t pa, const QJob *job);
QResult qjob_result(const QEngine *e, uint64_t pa);

/* Where ring 0's descriptor @number is, for the CPU */
uint64_t qengine_slot(const QEngine *e, uint32_t number);

/*
 * qengine_post() gives ring 0 a job and returns its number; qengine_finish()
 * waits for it, the last one posted. qengine_run() does both. A job that ends
 * with an error is no error of these.
 */
uint32_t qengine_post(const QEngine *e, const QJob *job);
QResult qengine_finish(const QEngine *e, uint32_t number);
QResult qengine_run(const QEngine *e, const QJob *job);

/* It must be OK, with so many transactions. */
QResult qengine_run_ok(const QEngine *e, const QJob *job,
                       uint64_t transactions);

#endif /* TESTS_QTEST_MSMMU_ENGINE_H */
