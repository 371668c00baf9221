/*
 * What QEMU's own SMMUv3 model gets wrong about configuration, registers and
 * CMD_SYNC (docs/devel/upstream-differences.rst), and ours right: each with
 * structures in guest memory, and DMA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "probe.h"

#define ENABLED (QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN)
#define QUEUES (QCR0_CMDQEN | QCR0_EVENTQEN)
#define HOLE 0x3f000000ULL              /* where nothing is */

#define STE0_S1CDMAX(n) ((uint64_t)(n) << 59)
#define STE1_S1STALLD (1ULL << 27)

static const QSte bypass = { { QSTE_BYPASS, QSTE1_SHCFG_INCOMING } };

static void expect(QProbe *p, uint64_t iova, uint64_t ended)
{
    g_assert_cmphex(qprobe_read(p, iova, 0), ==, ended);
}

static void attach_and_expect(QProbe *p, const QSetup *x, uint64_t ended)
{
    qsetup_attach(p, x);
    expect(p, QPROBE_IOVA, ended);
}

/* ---- STEs --------------------------------------------------------------- */

static void test_s1cdmax(void)
{
    QProbe p = qprobe_new("stage=nested,ssidsize=0");
    QSetup x = qsetup_stage2(&p, 12, 39);

    for (unsigned max = 1; max < 32; max++) {
        x.ste.word[0] &= ~STE0_S1CDMAX(31);
        x.ste.word[0] |= STE0_S1CDMAX(max);
        attach_and_expect(&p, &x, QENDED_OK);
    }
    qprobe_free(&p);
}

static void test_s1stalld(void)
{
    QProbe p = qprobe_new("stage=nested");
    QSetup x = qsetup_stage2(&p, 12, 39);

    x.ste.word[1] |= STE1_S1STALLD;
    attach_and_expect(&p, &x, QENDED_OK);
    x = qsetup_stage1(&p, 12, 39);
    x.ste.word[1] |= STE1_S1STALLD;
    attach_and_expect(&p, &x, QENDED_BY(C_BAD_STE));
    qprobe_free(&p);
}

static void test_s2ha(void)
{
    QProbe p = qprobe_new("stage=2,httu=off");
    QSetup x = qsetup_stage2(&p, 12, 39);

    x.ste.word[2] |= QSTE2_HA;
    attach_and_expect(&p, &x, QENDED_BY(C_BAD_STE));
    x.ste.word[2] &= ~QSTE2_HA;
    attach_and_expect(&p, &x, QENDED_OK);
    qprobe_free(&p);
}

/* ---- Stream tables ------------------------------------------------------ */

/* Bypass STEs for StreamIDs 0 to 31 behind the first level 1 descriptor */
static void test_span(void)
{
    QProbe p = qprobe_new("");
    /* Aligned for the largest Span that is legal here (5.1 L2Ptr) */
    uint64_t stes = qsmmu_alloc(p.s, 256 * sizeof(bypass),
                                256 * sizeof(bypass));
    uint64_t l1 = p.s->stream_table;

    for (unsigned i = 0; i < 32; i++) {
        qste_store(p.s, stes + i * sizeof(bypass), &bypass);
    }
    /* SPLIT is 8, so that a Span up to 9 may be; StreamID 16 needs 6. */
    for (unsigned span = 0; span < 32; span++) {
        bool good = span >= 6 && span <= 9;

        qtest_writeq(p.qts, l1, stes | span);
        qsmmu_cfgi_all(p.s);
        g_test_message("Span %u", span);
        expect(&p, p.data, good ? QENDED_OK : QENDED_BY(C_BAD_STREAMID));
    }
    qprobe_free(&p);
}

static void test_fmt(void)
{
    QProbe p = qprobe_new("");

    qsmmu_set_cr0(p.s, QUEUES);
    qsmmu_setup_linear(p.s, 5);
    qste_store(p.s, p.s->stream_table + p.sid * sizeof(bypass), &bypass);
    qsmmu_cfgi_all(p.s);
    qsmmu_set_cr0(p.s, ENABLED);
    expect(&p, p.data, QENDED_OK);
    qprobe_free(&p);
}

/* StreamID 0x50 is in the second of tables of 64, and in the first of 128. */
static void test_split(void)
{
    static const unsigned splits[] = { 0, 1, 5, 6, 7, 9, 11, 31 };
    QProbe p = qprobe_new_sid("", 0x50);

    for (unsigned i = 0; i < ARRAY_SIZE(splits); i++) {
        uint64_t stes = qsmmu_alloc(p.s, 64 * sizeof(bypass),
                                    64 * sizeof(bypass));

        qsmmu_set_cr0(p.s, QUEUES);
        qsmmu_setup_two_level(p.s, 8, 6);
        qsmmu_writel(p.s, QSMMU_STRTAB_BASE_CFG,
                     1 << 16 | splits[i] << 6 | 8);
        qste_store(p.s, stes + 0x10 * sizeof(bypass), &bypass);
        qtest_writeq(p.qts, p.s->stream_table + 8, stes | 7);
        qsmmu_cfgi_all(p.s);
        qsmmu_set_cr0(p.s, ENABLED);
        g_test_message("SPLIT %u", splits[i]);
        expect(&p, p.data, QENDED_OK);
    }
    qprobe_free(&p);
}

static void test_recinvsid(void)
{
    QProbe p = qprobe_new("");

    for (uint32_t record = 0; record < 2; record++) {
        qsmmu_set_cr0(p.s, QUEUES);
        qsmmu_writel(p.s, QSMMU_CR2, record ? QCR2_RECINVSID : 0);
        qsmmu_set_cr0(p.s, ENABLED);
        expect(&p, p.data, record ? QENDED_BY(C_BAD_STREAMID)
                                  : QENDED(QSTATUS_ABORTED, 0, 0));
    }
    qprobe_free(&p);
}

/* ---- Registers ---------------------------------------------------------- */

/* 6.3.12, 6.3.24, 6.3.25: Guarded by SMMUEN */
static void test_guarded(void)
{
    QProbe p = qprobe_new("");
    uint32_t base = qsmmu_readl(p.s, QSMMU_STRTAB_BASE);
    uint32_t config = qsmmu_readl(p.s, QSMMU_STRTAB_BASE_CFG);
    uint32_t cr2 = qsmmu_readl(p.s, QSMMU_CR2);

    qste_write(p.s, p.sid, &bypass);
    expect(&p, p.data, QENDED_OK);
    for (int enabled = 1; enabled >= 0; enabled--) {
        qsmmu_set_cr0(p.s, enabled ? ENABLED : QUEUES);
        qsmmu_writeq(p.s, QSMMU_STRTAB_BASE, HOLE);
        qsmmu_writel(p.s, QSMMU_STRTAB_BASE_CFG, 3);
        qsmmu_writel(p.s, QSMMU_CR2, 0);
        g_assert_cmphex(qsmmu_readl(p.s, QSMMU_STRTAB_BASE), ==,
                        enabled ? base : HOLE);
        g_assert_cmphex(qsmmu_readl(p.s, QSMMU_STRTAB_BASE_CFG), ==,
                        enabled ? config : 3);
        g_assert_cmphex(qsmmu_readl(p.s, QSMMU_CR2), ==, enabled ? cr2 : 0);
        qsmmu_cfgi_all(p.s);
        expect(&p, p.data, QENDED_OK);
    }
    qprobe_free(&p);
}

/* PRIQEN, ATSCHK and VMW of an instance without PRI, ATS, VMID wildcards */
static void test_cr0ack(void)
{
    QProbe p = qprobe_new("");

    qsmmu_writel(p.s, QSMMU_CR0, UINT32_MAX);
    g_assert_cmphex(qsmmu_readl(p.s, QSMMU_CR0ACK), ==, ENABLED);
    qprobe_free(&p);
}

/* ---- Where a fault is told ---------------------------------------------- */

/* 7.3.10: FetchAddr is in bits [255:192], and nothing is in InputAddr. */
static void test_cd_fetch(void)
{
    QProbe p = qprobe_new("");
    const QSte ste = qste_stage1(HOLE);

    qste_write(p.s, p.sid, &ste);
    expect(&p, QPROBE_IOVA, QENDED_BY(F_CD_FETCH));
    g_assert_cmphex(p.event.word[2], ==, 0);
    g_assert_cmphex(p.event.word[3], ==, HOLE);
    qprobe_free(&p);
}

/* 3.4: beyond the OAS in bypass, beyond the IAS with stage 2 only */
static void test_input_sizes(void)
{
    const uint64_t first = 1ULL << 44;
    QProbe p = qprobe_new("stage=nested,oas=44");
    QSetup x = qsetup_stage2(&p, 12, 44);

    for (int stage2 = 0; stage2 < 2; stage2++) {
        qste_write(p.s, p.sid, stage2 ? &x.ste : &bypass);
        for (unsigned bit = 44; bit < 64; bit++) {
            expect(&p, 1ULL << bit, QENDED_BY(F_ADDR_SIZE));
            /* CLASS = IN, RnW, and S2 = 0: it is a fault of stage 1. */
            g_assert_cmphex(p.event.word[1], ==, 0x20800000000ULL);
            g_assert_cmphex(p.event.word[2], ==, 1ULL << bit);
        }
        expect(&p, first - 8, stage2 ? QENDED_BY(F_TRANSLATION)
                                     : QENDED(QSTATUS_ABORTED, 2, 0));
    }
    qprobe_free(&p);
}

/* ---- CMD_SYNC ----------------------------------------------------------- */

#define GERROR_MSI_CMDQ_ABT_ERR (1u << 4)
#define MSI_DATA 0x4d534d55ULL
#define SYNC_MSI (QCMD_SYNC | 1 << 12 | MSI_DATA << 32)

/* 4.7.3: to memory, to nowhere (7.5), and not at all */
static void test_sync_msi(void)
{
    QProbe p = qprobe_new("msi=on");

    for (unsigned i = 0; i < 4; i++) {
        uint64_t pa = p.data + 4 * i;

        qtest_writeq(p.qts, pa, UINT64_MAX);
        qsmmu_command(p.s, SYNC_MSI, pa);
        g_assert_cmphex(qtest_readq(p.qts, pa), ==, 0xffffffff4d534d55ULL);
        g_assert_cmphex(qsmmu_active_errors(p.s), ==, 0);
    }
    qsmmu_command(p.s, SYNC_MSI, HOLE);
    g_assert_cmphex(qsmmu_active_errors(p.s), ==, GERROR_MSI_CMDQ_ABT_ERR);
    qsmmu_writel(p.s, QSMMU_GERRORN, qsmmu_readl(p.s, QSMMU_GERROR));
    /* Address 0, and SIG_NONE with an address */
    qtest_writeq(p.qts, p.data, 0);
    qsmmu_command(p.s, SYNC_MSI, 0);
    qsmmu_command(p.s, SYNC_MSI & ~(3ULL << 12), p.data);
    g_assert_cmphex(qtest_readq(p.qts, p.data), ==, 0);
    g_assert_cmphex(qsmmu_active_errors(p.s), ==, 0);
    qprobe_free(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/deviations/" claim, function)
    ADD("s1cdmax-is-ignored-with-stage-2-only", test_s1cdmax);
    ADD("s1stalld-is-ignored-without-stage-1", test_s1stalld);
    ADD("s2ha-without-httu-is-c_bad_ste", test_s2ha);
    ADD("span-is-one-more-than-log2-of-stes", test_span);
    ADD("fmt-0-is-linear-again", test_fmt);
    ADD("reserved-split-acts-as-6", test_split);
    ADD("recinvsid-0-records-nothing", test_recinvsid);
    ADD("table-and-cr2-are-fixed-while-enabled", test_guarded);
    ADD("cr0ack-has-implemented-bits-only", test_cr0ack);
    ADD("f_cd_fetch-has-a-fetchaddr", test_cd_fetch);
    ADD("inputs-beyond-the-size-are-recorded", test_input_sizes);
    ADD("cmd_sync-sends-its-msi", test_sync_msi);
#undef ADD
    return g_test_run();
}
