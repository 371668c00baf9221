/*
 * A minimal driver of an SMMUv3: registers, queues, stream table. See smmu.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "smmu.h"

#define GICD 0x08000000
#define GICD_ISPENDR 0x200
#define GICD_ICPENDR 0x280
#define GICD_ICFGR 0xc00
#define SPI_INTID(spi) ((spi) + 32)

#define COMMAND_BYTES 16
#define EVENT_BYTES 32
#define STE_BYTES 64
#define IDR0_ST_LEVEL (3u << 27)

/* Accesses until an update is acknowledged or a queue is empty, at most */
#define PATIENCE 1000

QSmmu qsmmu_get(QTestState *qts, unsigned n, uint64_t memory)
{
    return (QSmmu) {
        .qts = qts,
        .regs = 0x0b000000 + n * 0x80000,
        .first_spi = 216 + 4 * n,
        .memory = memory,
        .memory_end = memory + QSMMU_MEMORY_SIZE,
    };
}

uint32_t qsmmu_readl(const QSmmu *s, uint32_t reg)
{
    return qtest_readl(s->qts, s->regs + reg);
}

void qsmmu_writel(const QSmmu *s, uint32_t reg, uint32_t value)
{
    qtest_writel(s->qts, s->regs + reg, value);
}

void qsmmu_writeq(const QSmmu *s, uint32_t reg, uint64_t value)
{
    qtest_writeq(s->qts, s->regs + reg, value);
}

uint64_t qsmmu_alloc(QSmmu *s, uint64_t size, uint64_t align)
{
    uint64_t pa = ROUND_UP(s->memory, align);

    s->memory = pa + size;
    g_assert_cmphex(s->memory, <=, s->memory_end);
    qtest_memset(s->qts, pa, 0, size);
    return pa;
}

/* ---- Registers --------------------------------------------------------- */

static void wait_for(const QSmmu *s, uint32_t reg, uint32_t mask,
                     uint32_t value)
{
    for (int i = 0; i < PATIENCE; i++) {
        if ((qsmmu_readl(s, reg) & mask) == value) {
            return;
        }
    }
    g_assert_cmphex(qsmmu_readl(s, reg) & mask, ==, value);
}

void qsmmu_set_cr0(const QSmmu *s, uint32_t value)
{
    qsmmu_writel(s, QSMMU_CR0, value);
    wait_for(s, QSMMU_CR0ACK, UINT32_MAX, value);
}

void qsmmu_set_irq_ctrl(const QSmmu *s, uint32_t value)
{
    qsmmu_writel(s, QSMMU_IRQ_CTRL, value);
    wait_for(s, QSMMU_IRQ_CTRLACK, UINT32_MAX, value);
}

void qsmmu_set_gbpa(const QSmmu *s, uint32_t value)
{
    wait_for(s, QSMMU_GBPA, QGBPA_UPDATE, 0);
    qsmmu_writel(s, QSMMU_GBPA, value | QGBPA_UPDATE);
    wait_for(s, QSMMU_GBPA, QGBPA_UPDATE, 0);
}

void qsmmu_setup_queues(QSmmu *s, unsigned cmdq_log2, unsigned eventq_log2)
{
    s->cmdq_log2 = cmdq_log2;
    s->cmdq = qsmmu_alloc(s, COMMAND_BYTES << cmdq_log2,
                          MAX(32, COMMAND_BYTES << cmdq_log2));
    qsmmu_writeq(s, QSMMU_CMDQ_BASE, s->cmdq | cmdq_log2);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, 0);
    qsmmu_writel(s, QSMMU_CMDQ_CONS, 0);

    s->eventq_log2 = eventq_log2;
    s->eventq = qsmmu_alloc(s, EVENT_BYTES << eventq_log2,
                            EVENT_BYTES << eventq_log2);
    qsmmu_writeq(s, QSMMU_EVENTQ_BASE, s->eventq | eventq_log2);
    qsmmu_writel(s, QSMMU_EVENTQ_PROD, 0);
    qsmmu_writel(s, QSMMU_EVENTQ_CONS, 0);
}

void qsmmu_setup_linear(QSmmu *s, unsigned log2size)
{
    uint64_t size = (uint64_t)STE_BYTES << log2size;

    s->split = 0;
    s->stream_table = qsmmu_alloc(s, size, size);
    qsmmu_writeq(s, QSMMU_STRTAB_BASE, s->stream_table);
    qsmmu_writel(s, QSMMU_STRTAB_BASE_CFG, log2size);
}

void qsmmu_setup_two_level(QSmmu *s, unsigned log2size, unsigned split)
{
    uint64_t size = 8ULL << (log2size - split);

    s->split = split;
    s->stream_table = qsmmu_alloc(s, size, MAX(64, size));
    qsmmu_writeq(s, QSMMU_STRTAB_BASE, s->stream_table);
    qsmmu_writel(s, QSMMU_STRTAB_BASE_CFG, 1 << 16 | split << 6 | log2size);
}

void qsmmu_start(QSmmu *s)
{
    qsmmu_setup_queues(s, 8, 7);
    if (qsmmu_readl(s, QSMMU_IDR0) & IDR0_ST_LEVEL) {
        qsmmu_setup_two_level(s, 18, 8);
    } else {
        qsmmu_setup_linear(s, 8);
    }
    qsmmu_writel(s, QSMMU_CR2, QCR2_RECINVSID);
    qsmmu_set_cr0(s, QCR0_CMDQEN);
    qsmmu_cfgi_all(s);
    qsmmu_tlbi_all(s);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN);
    qsmmu_set_irq_ctrl(s, QIRQ_EVENTQ | QIRQ_GERROR);
    qsmmu_set_cr0(s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
}

/* ---- Global errors ----------------------------------------------------- */

uint32_t qsmmu_active_errors(const QSmmu *s)
{
    return qsmmu_readl(s, QSMMU_GERROR) ^ qsmmu_readl(s, QSMMU_GERRORN);
}

void qsmmu_acknowledge(const QSmmu *s, uint32_t bits)
{
    qsmmu_writel(s, QSMMU_GERRORN, qsmmu_readl(s, QSMMU_GERRORN) ^ bits);
}

/* ---- Commands ---------------------------------------------------------- */

void qsmmu_push(QSmmu *s, uint64_t word0, uint64_t word1)
{
    uint32_t prod = qsmmu_readl(s, QSMMU_CMDQ_PROD);
    uint32_t wrap = (2u << s->cmdq_log2) - 1;
    uint64_t pa = s->cmdq +
        (prod & ((1u << s->cmdq_log2) - 1)) * COMMAND_BYTES;

    qtest_writeq(s->qts, pa, word0);
    qtest_writeq(s->qts, pa + 8, word1);
    qsmmu_writel(s, QSMMU_CMDQ_PROD, (prod + 1) & wrap);
}

void qsmmu_wait_commands(QSmmu *s)
{
    uint32_t wrap = (2u << s->cmdq_log2) - 1;

    for (int i = 0; i < PATIENCE; i++) {
        uint32_t cons = qsmmu_readl(s, QSMMU_CMDQ_CONS);
        uint32_t errors = qsmmu_active_errors(s);

        if ((cons & wrap) == qsmmu_readl(s, QSMMU_CMDQ_PROD) ||
            (errors & QGERROR_CMDQ_ERR)) {
            return;
        }
    }
    g_error("the command queue does not move");
}

void qsmmu_command(QSmmu *s, uint64_t word0, uint64_t word1)
{
    qsmmu_push(s, word0, word1);
    qsmmu_wait_commands(s);
    /* CONS.ERR stays after an error (6.3.28). */
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_CONS) & 0xfffff, ==,
                    qsmmu_readl(s, QSMMU_CMDQ_PROD));
}

void qsmmu_run(QSmmu *s, const uint64_t (*words)[2], unsigned n)
{
    uint32_t prod = qsmmu_readl(s, QSMMU_CMDQ_PROD);
    uint32_t wrap = (2u << s->cmdq_log2) - 1;

    for (unsigned i = 0; i < n; i++, prod++) {
        uint64_t command[] = {
            cpu_to_le64(words[i][0]), cpu_to_le64(words[i][1]),
        };

        qtest_memwrite(s->qts, s->cmdq + (prod & wrap >> 1) * COMMAND_BYTES,
                       command, COMMAND_BYTES);
    }
    qsmmu_writel(s, QSMMU_CMDQ_PROD, prod & wrap);
    wait_for(s, QSMMU_CMDQ_CONS, wrap, prod & wrap);
}

void qsmmu_sync(QSmmu *s)
{
    qsmmu_command(s, QCMD_SYNC, 0);
}

void qsmmu_skip_command(QSmmu *s)
{
    uint32_t wrap = (2u << s->cmdq_log2) - 1;
    uint32_t cons = qsmmu_readl(s, QSMMU_CMDQ_CONS) & wrap;
    uint32_t gerror = qsmmu_readl(s, QSMMU_GERROR);
    uint64_t pa = s->cmdq +
        (cons & ((1u << s->cmdq_log2) - 1)) * COMMAND_BYTES;

    g_assert_cmphex((gerror ^ qsmmu_readl(s, QSMMU_GERRORN)) &
                    QGERROR_CMDQ_ERR, ==, QGERROR_CMDQ_ERR);
    qtest_writeq(s->qts, pa, QCMD_SYNC);
    qtest_writeq(s->qts, pa + 8, 0);
    qsmmu_writel(s, QSMMU_GERRORN, gerror);
    qsmmu_wait_commands(s);
    g_assert_cmphex(qsmmu_readl(s, QSMMU_CMDQ_CONS) & wrap, ==,
                    qsmmu_readl(s, QSMMU_CMDQ_PROD));
}

void qsmmu_cfgi_ste(QSmmu *s, uint32_t sid)
{
    qsmmu_push(s, QCMD_CFGI_STE | (uint64_t)sid << 32, 1);
    qsmmu_sync(s);
}

void qsmmu_cfgi_all(QSmmu *s)
{
    qsmmu_push(s, QCMD_CFGI_STE_RANGE, 31);
    qsmmu_sync(s);
}

void qsmmu_tlbi_va(QSmmu *s, uint16_t asid, uint64_t va)
{
    qsmmu_push(s, QCMD_TLBI_NH_VA | (uint64_t)asid << 48, va | 1);
    qsmmu_sync(s);
}

void qsmmu_tlbi_all(QSmmu *s)
{
    qsmmu_push(s, QCMD_TLBI_NSNH_ALL, 0);
    qsmmu_sync(s);
}

/* ---- Events ------------------------------------------------------------ */

unsigned qsmmu_num_events(const QSmmu *s)
{
    uint32_t wrap = (2u << s->eventq_log2) - 1;
    uint32_t prod = qsmmu_readl(s, QSMMU_EVENTQ_PROD);
    uint32_t cons = qsmmu_readl(s, QSMMU_EVENTQ_CONS);

    return (prod - cons) & wrap;
}

bool qsmmu_pop_event(QSmmu *s, QEvent *event)
{
    uint32_t wrap = (2u << s->eventq_log2) - 1;
    uint32_t cons = qsmmu_readl(s, QSMMU_EVENTQ_CONS);
    uint64_t pa = s->eventq +
        (cons & ((1u << s->eventq_log2) - 1)) * EVENT_BYTES;

    if (!qsmmu_num_events(s)) {
        return false;
    }
    qtest_memread(s->qts, pa, event->word, EVENT_BYTES);
    for (int i = 0; i < 4; i++) {
        event->word[i] = le64_to_cpu(event->word[i]);
    }
    /* OVACKFLG, bit 31, stays */
    qsmmu_writel(s, QSMMU_EVENTQ_CONS,
                 (cons & 1u << 31) | (((cons & wrap) + 1) & wrap));
    return true;
}

/* What is in the queue, for whoever reads why a test failed */
static void show_events(QSmmu *s)
{
    QEvent e;

    while (qsmmu_pop_event(s, &e)) {
        g_printerr("event %016" PRIx64 " %016" PRIx64 " %016" PRIx64
                   " %016" PRIx64 "\n", e.word[0], e.word[1], e.word[2],
                   e.word[3]);
    }
}

QEvent qsmmu_expect_event(QSmmu *s, unsigned type, uint32_t sid)
{
    unsigned num = qsmmu_num_events(s);
    QEvent event = {};

    if (num != 1) {
        show_events(s);
    }
    g_assert_cmpuint(num, ==, 1);
    g_assert_true(qsmmu_pop_event(s, &event));
    g_assert_cmphex(qevent_type(&event), ==, type);
    g_assert_cmphex(qevent_sid(&event), ==, sid);
    return event;
}

void qsmmu_expect_no_event(QSmmu *s)
{
    unsigned num = qsmmu_num_events(s);

    if (num) {
        show_events(s);
    }
    g_assert_cmpuint(num, ==, 0);
}

/* ---- Interrupts -------------------------------------------------------- */

void qsmmu_catch_lines(const QSmmu *s)
{
    for (unsigned line = 0; line < 4; line++) {
        unsigned intid = SPI_INTID(s->first_spi + line);
        uint64_t icfgr = GICD + GICD_ICFGR + intid / 16 * 4;

        qtest_writel(s->qts, icfgr, qtest_readl(s->qts, icfgr) |
                                    2u << (intid % 16 * 2));
        qsmmu_line_fired(s, line);
    }
}

bool qsmmu_line_fired(const QSmmu *s, unsigned line)
{
    unsigned intid = SPI_INTID(s->first_spi + line);
    uint32_t bit = 1u << (intid % 32);
    bool fired = qtest_readl(s->qts, GICD + GICD_ISPENDR + intid / 32 * 4) &
                 bit;

    qtest_writel(s->qts, GICD + GICD_ICPENDR + intid / 32 * 4, bit);
    return fired;
}

/* ---- Stream table ------------------------------------------------------ */

uint64_t qsmmu_ste(QSmmu *s, uint32_t sid)
{
    uint64_t descriptor_pa, descriptor;

    if (!s->split) {
        return s->stream_table + sid * STE_BYTES;
    }
    descriptor_pa = s->stream_table + (sid >> s->split) * 8;
    descriptor = qtest_readq(s->qts, descriptor_pa);
    if (!descriptor) {
        uint64_t size = (uint64_t)STE_BYTES << s->split;

        /* Span = split + 1: 2^split STEs (3.3.1.2) */
        descriptor = qsmmu_alloc(s, size, size) | (s->split + 1);
        qtest_writeq(s->qts, descriptor_pa, descriptor);
    }
    return (descriptor & ~0x3fULL) +
           (sid & ((1u << s->split) - 1)) * STE_BYTES;
}

void qsmmu_set_ste(QSmmu *s, uint32_t sid, uint64_t word0, uint64_t word1)
{
    uint64_t ste = qsmmu_ste(s, sid);

    qtest_writeq(s->qts, ste, word0);
    qtest_writeq(s->qts, ste + 8, word1);
    for (int i = 2; i < 8; i++) {
        qtest_writeq(s->qts, ste + 8 * i, 0);
    }
    qsmmu_cfgi_ste(s, sid);
}
