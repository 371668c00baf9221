/*
 * Properties of msmmu-smmuv3 that are about streams, caches, commands and the
 * instance as a whole, and those of the engine and of the root complex, each
 * set both ways.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "property.h"

#define PAGE 0x1000ULL
#define BLOCK_NT (1ULL << 16)
#define CD_BYTES 64

static uint64_t attach_and_read(QProbe *p, const QSetup *x, uint32_t attr)
{
    qsetup_attach(p, x);
    return qprobe_read(p, QPROBE_IOVA, attr);
}

/* ---- The instance ------------------------------------------------------- */

static uint64_t aidr(QProbe *p)
{
    return qsmmu_readl(p->s, QSMMU_AIDR);
}

/* CD.A = 0, and nothing is mapped: the read ends as zeros, or the CD is bad. */
static uint64_t fault_without_abort(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    x.cd.word[0] &= ~QCD_A;
    qsetup_attach(p, &x);
    return qprobe_read(p, QPROBE_IOVA + PAGE, 0);
}

#define EVENTQ_IRQ_CFG0 0xb0
#define EVENTQ_IRQ_CFG1 0xb8
#define MSI_DATA 0x4d53
#define MSI_POLLS 1000

/* The MSI of the Event queue, sent to memory: what arrives there? */
static uint64_t message_of_event(QProbe *p)
{
    uint64_t pa = p->data + PAGE;
    uint32_t arrived = 0;

    qtest_writel(p->qts, pa, 0);
    qsmmu_set_irq_ctrl(p->s, 0);
    qsmmu_writeq(p->s, EVENTQ_IRQ_CFG0, pa);
    qsmmu_writel(p->s, EVENTQ_IRQ_CFG1, MSI_DATA);
    qsmmu_set_irq_ctrl(p->s, QIRQ_EVENTQ);
    g_assert_cmphex(qprobe_read(p, QPROBE_IOVA, 0), ==,
                    QENDED_BY(C_BAD_STREAMID));
    for (int i = 0; i < MSI_POLLS && !arrived; i++) {
        arrived = qtest_readl(p->qts, pa);
    }
    return arrived;
}

/* The events for CPUs that the instance has sent */
static uint64_t sync_events(QProbe *p)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/smmu%u",
                                            p->n + 1);
    g_autoptr(QDict) response =
        qtest_qmp(p->qts, "{ 'execute': 'qom-get', 'arguments': {"
                  " 'path': %s, 'property': 'sync-events' } }", path);

    return qdict_get_int(response, "return");
}

/* SIG_SEV completes with IDR0.SEV and without. */
static uint64_t sync_with_sev(QProbe *p)
{
    uint64_t before = sync_events(p);

    qsmmu_command(p->s, QCMD_SYNC | 2 << 12, 0);
    g_assert_cmphex(qsmmu_readl(p->s, QSMMU_IDR0) >> 14 & 1, ==, p->n);
    return sync_events(p) - before;
}

/* ---- Streams ------------------------------------------------------------ */

/* A bypass STE in a linear table of 64; STRTAB_BASE_CFG says @config. */
static uint64_t linear_table(QProbe *p, uint32_t config)
{
    const QSte ste = { { QSTE_BYPASS, QSTE1_SHCFG_INCOMING } };

    qsmmu_set_cr0(p->s, QCR0_CMDQEN | QCR0_EVENTQEN);
    qsmmu_setup_linear(p->s, 6);
    qsmmu_writel(p->s, QSMMU_STRTAB_BASE_CFG, config);
    qste_store(p->s, p->s->stream_table + QPROBE_SID * sizeof(ste), &ste);
    qsmmu_cfgi_all(p->s);
    qsmmu_set_cr0(p->s, QCR0_CMDQEN | QCR0_EVENTQEN | QCR0_SMMUEN);
    return qprobe_read(p, p->data, 0);
}

static uint64_t linear_table_of_64(QProbe *p)
{
    return linear_table(p, 6);
}

/* FMT says two levels: the first STE is no good level 1 descriptor. */
static uint64_t two_levels(QProbe *p)
{
    return linear_table(p, 1 << 16 | 6 << 6 | 6);
}

/* Two CDs, and a transaction of substream 1 */
static uint64_t substream_1(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    x.cd_address = qsmmu_alloc(p->s, 2 * CD_BYTES, 2 * CD_BYTES);
    qcd_write(p->s, NULL, x.cd_address + CD_BYTES, &x.cd);
    x.ste = qste_stage1(x.cd_address);
    x.ste.word[0] |= 1ULL << 59;
    return attach_and_read(p, &x, QATTR_SSID(1));
}

/* 128 CDs in leaves of 64: S1Fmt = 1 */
static uint64_t substream_64(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    uint64_t first = qsmmu_alloc(p->s, 64, 64);
    uint64_t leaf = qsmmu_alloc(p->s, PAGE, PAGE);

    qtest_writeq(p->qts, first + 8, leaf | 1);
    x.cd_address = leaf;
    x.ste = qste_stage1(first);
    x.ste.word[0] |= 7ULL << 59 | 1 << 4;
    return attach_and_read(p, &x, QATTR_SSID(64));
}

static uint64_t asid_of_9_bits(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);

    x.cd.word[0] |= QCD_ASID(0x100);
    return attach_and_read(p, &x, 0);
}

static uint64_t vmid_of_9_bits(QProbe *p)
{
    QSetup x = qsetup_stage2(p, 12, 39);

    x.ste.word[2] |= QSTE2_VMID(0x100);
    return attach_and_read(p, &x, 0);
}

/* ---- Caches ------------------------------------------------------------- */

/* Pages that still translate when no table has them any more */
#define PAGES 64

static uint64_t cached_pages(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    unsigned cached = 0;

    for (unsigned i = 0; i < PAGES; i++) {
        qtables_map(&x.s1, QPROBE_IOVA + i * PAGE, p->data, QPTE_RW, 3);
    }
    qsetup_attach(p, &x);
    for (unsigned i = 0; i < PAGES; i++) {
        g_assert_cmphex(qprobe_read(p, QPROBE_IOVA + i * PAGE, 0), ==,
                        QENDED_OK);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        qtables_map(&x.s1, QPROBE_IOVA + i * PAGE, 0, 0, 3);
    }
    for (unsigned i = 0; i < PAGES; i++) {
        cached += qprobe_read(p, QPROBE_IOVA + i * PAGE, 0) == QENDED_OK;
    }
    g_test_message("%u of %u pages are cached", cached, PAGES);
    return cached == PAGES;
}

/* A Block with nT = 1: is it cached? */
static uint64_t block_that_is_not_to_be_cached(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    uint64_t va = QPROBE_IOVA + 0x40000000;

    qtables_map(&x.s1, va, p->data, QPTE_RW | BLOCK_NT, 2);
    qsetup_attach(p, &x);
    g_assert_cmphex(qprobe_read(p, va, 0), ==, QENDED_OK);
    qtables_map(&x.s1, va, 0, 0, 2);
    return qprobe_read(p, va, 0);
}

/* TLBI_NH_VA with TG and NUM for two pages (4.4.1.1): is the second there? */
static uint64_t second_page_of_a_range(QProbe *p)
{
    QSetup x = qsetup_stage1(p, 12, 39);
    const uint64_t second = QPROBE_IOVA + PAGE;

    qtables_map(&x.s1, second, p->data, QPTE_RW, 3);
    qsetup_attach(p, &x);
    g_assert_cmphex(qprobe_read(p, QPROBE_IOVA, 0), ==, QENDED_OK);
    g_assert_cmphex(qprobe_read(p, second, 0), ==, QENDED_OK);
    qtables_map(&x.s1, QPROBE_IOVA, 0, 0, 3);
    qtables_map(&x.s1, second, 0, 0, 3);
    qsmmu_push(p->s, QCMD_TLBI_NH_VA | 1 << 12 | (uint64_t)QPROBE_ASID << 48,
               QPROBE_IOVA | 1 << 10);
    qsmmu_sync(p->s);
    g_assert_cmphex(qprobe_read(p, QPROBE_IOVA, 0), ==,
                    QENDED_BY(F_TRANSLATION));
    return qprobe_read(p, second, 0);
}

/* ---- Commands ----------------------------------------------------------- */

/* CMD_TLBI_NSNH_ALL, which has no parameters, with bit 32: CMDQ_CONS.ERR */
static uint64_t reserved_field(QProbe *p)
{
    uint32_t cons;

    qsmmu_push(p->s, QCMD_TLBI_NSNH_ALL | 1ULL << 32, 0);
    qsmmu_wait_commands(p->s);
    cons = qsmmu_readl(p->s, QSMMU_CMDQ_CONS);
    return cons >> 24;
}

/* ---- The table ---------------------------------------------------------- */

static const QProperty properties[] = {
    { "arch", "aidr-tells", { "3.1", "3.4" }, NULL, aidr, { 1, 4 } },
    { "term-model", "raz-is-permitted-or-c_bad_cd",
      { "configurable", "abort" }, NULL, fault_without_abort,
      { QENDED(QSTATUS_TERMINATED, 0, QEVT_F_TRANSLATION),
        QENDED_BY(C_BAD_CD) } },
    { "msi", "an-event-sends-one-or-not", { "off", "on" }, NULL,
      message_of_event, { 0, MSI_DATA } },
    { "sev", "cmd_sync-sends-an-event-or-none", { "off", "on" }, NULL,
      sync_with_sev, { 0, 1 } },
    { "sidsize", "larger-streamids-are-c_bad_streamid", { "4", "5" }, NULL,
      linear_table_of_64, { QENDED_BY(C_BAD_STREAMID), QENDED_OK } },
    { "two-level", "fmt-selects-or-is-ignored", { "off", "on" }, "sidsize=6",
      two_levels, { QENDED_OK, QENDED_BY(C_BAD_STREAMID) } },
    { "ssidsize", "substreams-are-translated-or-c_bad_substreamid",
      { "0", "1" }, NULL, substream_1,
      { QENDED_BY(C_BAD_SUBSTREAMID), QENDED_OK } },
    { "two-level-cd", "s1fmt-selects-or-c_bad_ste", { "off", "on" },
      "ssidsize=7", substream_64, { QENDED_BY(C_BAD_STE), QENDED_OK } },
    { "asidsize", "larger-asids-are-c_bad_cd", { "8", "16" }, NULL,
      asid_of_9_bits, { QENDED_BY(C_BAD_CD), QENDED_OK } },
    { "vmidsize", "larger-vmids-are-c_bad_ste", { "8", "16" }, "stage=2",
      vmid_of_9_bits, { QENDED_BY(C_BAD_STE), QENDED_OK } },
    { "tlb-entries", "few-hold-few", { "16", "4096" }, NULL, cached_pages,
      { false, true } },
    { "bbml", "nt-keeps-from-caches-or-is-ignored", { "1", "2" }, NULL,
      block_that_is_not_to_be_cached,
      { QENDED_BY(F_TRANSLATION), QENDED_OK } },
    { "strict-commands", "reserved-fields-are-ignored-or-faulted",
      { "off", "on" }, NULL, reserved_field, { 0, 1 } },
    { "ril", "ranges-are-invalidated-or-one-page", { "off", "on" }, NULL,
      second_page_of_a_range, { QENDED_OK, QENDED_BY(F_TRANSLATION) } },
};

/* ---- Which bus ---------------------------------------------------------- */

#define TWO_RCS QRIG_MACHINE "-device msmmu-rc,id=rc1 -device msmmu-rc,id=rc2 "
#define ENGINE " -device msmmu-engine,bus=rc1,addr=2.0"
#define UNTRANSLATED 0              /* QENGINE_BUS (docs/specs) */
#define TRANSLATED 2

/* An instance that records every StreamID, on a machine of one's own */
static QSmmu start_empty(QTestState *qts)
{
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));

    qsmmu_start(&s);
    return s;
}

static unsigned read_once(const QEngine *e, uint32_t attr)
{
    const QJob job = {
        .op = QOP_READ, .size = 8, .addr = QRIG_DATA, .attr = attr,
    };
    QResult r = qengine_run(e, &job);

    return r.status | r.detail << 4;
}

static void check_translated(const char *args, bool translated)
{
    QTestState *qts = qtest_init(args);
    QRc rc = qrc_get(qts, 0);
    QEngine e = qengine_init(&rc, 0, QPROBE_SID, 1);
    QSmmu s = start_empty(qts);

    g_test_message("%s", args);
    g_assert_cmphex(qengine_readl(&e, QENGINE_BUS), ==,
                    translated ? TRANSLATED : UNTRANSLATED);
    g_assert_cmphex(read_once(&e, 0), ==,
                    translated ? QSTATUS_ABORTED : QSTATUS_OK);
    if (translated) {
        qsmmu_expect_event(&s, QEVT_C_BAD_STREAMID, QPROBE_SID);
    }
    qsmmu_expect_no_event(&s);
    qtest_quit(qts);
}

static void test_primary_bus(void)
{
    check_translated(TWO_RCS "-device msmmu-smmuv3,id=s,primary-bus=rc1"
                     ENGINE, true);
    check_translated(TWO_RCS "-device msmmu-smmuv3,id=s,primary-bus=rc2"
                     ENGINE, false);
    check_translated(TWO_RCS "-device msmmu-smmuv3,id=s,primary-bus=pcie.0"
                     ENGINE, false);
}

static void test_smmu(void)
{
    check_translated(QRIG_MACHINE "-device msmmu-smmuv3,id=s "
                     "-device msmmu-rc,id=rc1,smmu=s" ENGINE, true);
    check_translated(QRIG_MACHINE "-device msmmu-smmuv3,id=s "
                     "-device msmmu-rc,id=rc1" ENGINE, false);
}

/* The StreamID that an event tells */
static uint32_t streamid_of(const char *sid_base)
{
    g_autofree char *args =
        g_strdup_printf(QRIG_MACHINE "-device msmmu-smmuv3,id=s "
                        "-device msmmu-rc,id=rc1,smmu=s,sid-base=%s" ENGINE,
                        sid_base);
    QTestState *qts = qtest_init(args);
    QRc rc = qrc_get(qts, 0);
    QEngine e = qengine_init(&rc, 0, QPROBE_SID, 1);
    QSmmu s = start_empty(qts);
    QEvent event = {};

    g_assert_cmphex(read_once(&e, 0), ==, QSTATUS_ABORTED);
    g_assert_true(qsmmu_pop_event(&s, &event));
    qsmmu_expect_no_event(&s);
    qtest_quit(qts);
    return qevent_sid(&event);
}

static void test_sid_base(void)
{
    g_assert_cmphex(streamid_of("0"), ==, QPROBE_SID);
    g_assert_cmphex(streamid_of("0x30000"), ==, 0x30000 + QPROBE_SID);
}

/* ---- The engine --------------------------------------------------------- */

/* Substream 16, which 4 bits do not have; the SMMU is off and lets it pass. */
static void test_pasid_bits(void)
{
    static const struct {
        const char *bits;
        uint32_t capability;        /* bits [12:8] of 0x104 (docs/specs) */
        unsigned ended;             /* status, detail << 4 */
    } cases[] = {
        { "4", 4, QSTATUS_NOT_SUPPORTED | 3 << 4 },
        { "5", 5, QSTATUS_OK },
        { "0", 0, QSTATUS_NOT_SUPPORTED | 2 << 4 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *args =
            g_strdup_printf(TWO_RCS "-device msmmu-smmuv3,id=s,"
                            "primary-bus=rc1" ENGINE ",pasid-bits=%s",
                            cases[i].bits);
        QTestState *qts = qtest_init(args);
        QRc rc = qrc_get(qts, 0);
        QEngine e = qengine_init(&rc, 0, QPROBE_SID, 1);
        uint32_t word = qrc_config_readl(&rc, 0, QPROBE_SID, 0x104);

        g_test_message("pasid-bits=%s", cases[i].bits);
        g_assert_cmphex(word >> 8 & 0x1f, ==, cases[i].capability);
        qengine_set_pasid(&e, 1);
        g_assert_cmphex(read_once(&e, QATTR_SSID(16)), ==, cases[i].ended);
        qtest_quit(qts);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qproperty_add(properties, ARRAY_SIZE(properties));
#define ADD(claim, function) \
    qtest_add_func("/msmmu/property/" claim, function)
    ADD("msmmu-smmuv3/primary-bus/its-devices-are-translated",
        test_primary_bus);
    ADD("msmmu-rc/smmu/its-devices-are-translated", test_smmu);
    ADD("msmmu-rc/sid-base/events-tell-it", test_sid_base);
    ADD("msmmu-engine/pasid-bits/larger-substreams-are-not-supported",
        test_pasid_bits);
#undef ADD
    return g_test_run();
}
