/*
 * What the DMA test engine must not do: make transactions that its bus cannot
 * carry, behind QEMU's own model or none, or that configuration space forbids.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "command_line.h"
#include "engine.h"
#include "rig.h"

#define SID 0x10
#define IOVA 0x10000000ULL
#define DATA QRIG_DATA

static void expect_status(const QResult *r, unsigned status, unsigned detail)
{
    g_assert_cmpuint(r->status, ==, status);
    g_assert_cmpuint(r->detail, ==, detail);
}

/* Plain transactions are translated and abort; the others cannot be made. */
static void test_upstream(void)
{
    QTestState *qts = qtest_init("-M virt-msmmu,iommu=smmuv3 -nodefaults "
                                 "-m 256M -device msmmu-engine,bus=pcie.0,addr=2");
    QJob job = { .op = QOP_WRITE, .size = 8, .addr = IOVA };
    QRc rc = qrc_pcie0(qts);
    QEngine engine = qengine_init(&rc, 0, SID, 0);
    QSmmu s = qsmmu_get(qts, 0, QRIG_SMMU_MEMORY(0));
    QContext c;
    QResult r;

    g_assert_cmphex(qengine_readl(&engine, QENGINE_BUS), ==, 1);
    s.regs = 0x09050000;
    qsmmu_start(&s);
    c = qcontext_new(&s, &qgranules[0], 1);
    qcontext_attach(&c, SID);
    qcontext_map(&c, IOVA, DATA, QPTE_RW);
    qtest_writeq(qts, engine.local, 0xfedcba9876543210ULL);
    qengine_run_ok(&engine, &job, 1);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0xfedcba9876543210ULL);
    qengine_set_atomics(&engine, true);
    job.op = QOP_ADD;
    job.operand = 1;
    r = qengine_run_ok(&engine, &job, 1);
    g_assert_cmphex(r.result, ==, 0xfedcba9876543210ULL);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0xfedcba9876543211ULL);
    qcontext_map(&c, IOVA, DATA, QPTE_RW | QPTE_READ_ONLY);
    qsmmu_tlbi_all(&s);
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    g_assert_cmphex(qtest_readq(qts, DATA), ==, 0xfedcba9876543211ULL);
    job = (QJob) { .op = QOP_READ, .size = 8, .addr = IOVA + 0x1000 };
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_ABORTED, 2);
    qengine_set_pasid(&engine, 7);
    for (unsigned i = 20; i < 23; i++) {
        job.attr = 1u << i;
        r = qengine_run(&engine, &job);
        expect_status(&r, QSTATUS_NOT_SUPPORTED, 1);
        g_assert_cmpuint(r.transactions, ==, 0);
    }
    qtest_quit(qts);
}

/* QEMU's virt */
static void test_virt(void)
{
    QTestState *qts = qtest_init("-M virt -nodefaults -m 256M -cpu max "
                                 "-device msmmu-engine,addr=2");
    QRc rc = qrc_pcie0(qts);
    QEngine engine = qengine_init(&rc, 0, SID, 0);
    QJob job = { .op = QOP_COPY, .size = 0x1234, .addr = DATA,
                 .addr2 = DATA + 0x10001 };
    QResult r;

    g_assert_cmphex(qengine_readl(&engine, QENGINE_BUS), ==, 0);
    qtest_memset(qts, DATA, 0x3c, 0x1234);
    qengine_run_ok(&engine, &job, 2 + 3);
    g_assert_cmphex(qtest_readb(qts, DATA + 0x10001 + 0x1233), ==, 0x3c);
    job.attr = QATTR_PRIV;
    r = qengine_run(&engine, &job);
    expect_status(&r, QSTATUS_NOT_SUPPORTED, 1);
    qtest_quit(qts);
}

/* PASID Control and pasid-bits, where there is an SMMU that takes SSIDs */
static void test_gates(void)
{
    static const struct {
        uint16_t pasid;
        uint32_t attr;
        uint32_t flags;
        unsigned status, detail;
    } cases[] = {
        { 7, QATTR_SSID(1), QFLAG_UNMARKED, 4, 1 },
        { 7, QATTR_PRIV, QFLAG_UNMARKED, 4, 1 },
        { 7, QATTR_INST, QFLAG_UNMARKED, 4, 1 },
        { 0, QATTR_SSID(1), 0, 4, 2 },
        { 6, QATTR_SSID(1), 0, 4, 2 },
        { 1, QATTR_SSID(0x10), 0, 4, 3 },
        { 3, QATTR_SSID(1) | QATTR_PRIV, 0, 4, 4 },
        { 5, QATTR_SSID(1) | QATTR_INST, 0, 4, 5 },
        { 0, QATTR_PRIV | QATTR_INST, 0, 1, 0 },
        { 0, QATTR_NOSNOOP, QFLAG_UNMARKED, 1, 0 },
        { 1, QATTR_SSID(1), 0, 1, 0 },
        { 5, QATTR_SSID(0xf) | QATTR_PRIV, 0, 1, 0 },
        { 7, QATTR_SSID(1) | QATTR_PRIV | QATTR_INST, 0, 1, 0 },
    };
    const char *properties = "ssidsize=8";
    QRig *rig = qrig_new(1, &properties,
                         "-device msmmu-engine,bus=rc1,addr=2,pasid-bits=4");
    QSmmu *s = &rig->smmu[0];
    QEngine e = qengine_init(&rig->rc[0], 0, SID, 1);

    qsmmu_start(s);
    qsmmu_set_ste(s, SID, QSTE_BYPASS, QSTE1_SHCFG_INCOMING);
    g_assert_cmphex(qrc_config_readl(&e.rc, 0, SID, 0x104), ==, 0x00000406);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        QJob job = { .op = QOP_READ, .size = 8, .addr = DATA,
                     .attr = cases[i].attr, .flags = cases[i].flags };
        QResult r;

        g_test_message("case %u", i);
        qengine_set_pasid(&e, cases[i].pasid);
        r = qengine_run(&e, &job);
        /* A substream needs a stage 1 (5.2, STE.S1CDMax). */
        if (cases[i].status == 1 && cases[i].attr & QATTR_SSID(0)) {
            expect_status(&r, QSTATUS_ABORTED, 0);
            qsmmu_expect_event(s, QEVT_C_BAD_SUBSTREAMID, SID);
        } else {
            expect_status(&r, cases[i].status, cases[i].detail);
        }
        g_assert_cmpuint(r.transactions, ==, cases[i].status == 1);
    }
    qsmmu_expect_no_event(s);
    qrig_free(rig);
}

/* The IOMMU of benchmarks: addresses stay what they are. */
static void test_bench_iommu(void)
{
    QTestState *qts = qtest_init(
        "-M virt-msmmu -nodefaults -m 256M -device msmmu-rc,id=rc1 "
        "-device msmmu-rc,id=rc2 -device msmmu-bench-iommu,primary-bus=rc2 "
        "-device msmmu-engine,bus=rc1,addr=2 "
        "-device msmmu-engine,bus=rc2,addr=2");

    for (unsigned i = 0; i < 2; i++) {
        QRc rc = qrc_get(qts, i);
        QEngine e = qengine_init(&rc, 0, SID, 0);
        QJob job = { .op = QOP_COPY, .size = 0x1234, .addr = DATA + 0xf01,
                     .addr2 = DATA + 0x10001 };

        g_assert_cmphex(qengine_readl(&e, QENGINE_BUS), ==, i);
        qtest_memset(qts, DATA + 0xf01, 0x3c + i, 0x1234);
        qengine_run_ok(&e, &job, 3 + 4);
        g_assert_cmphex(qtest_readb(qts, DATA + 0x10001), ==, 0x3c + i);
        g_assert_cmphex(qtest_readb(qts, DATA + 0x11234), ==, 0x3c + i);
        g_assert_cmphex(qtest_readb(qts, DATA + 0x11235), ==, 0);
    }
    qtest_quit(qts);
}

static void test_bench_iommu_command_line(void)
{
    const char *no_bus = "primary-bus must name a root bus that comes first "
                         "on the command line";
    const char *const devices[] = {
        "-device msmmu-bench-iommu",
        "-device msmmu-bench-iommu,primary-bus=rc1",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++) {
        g_autofree char *args = g_strdup_printf("-M virt-msmmu %s",
                                                devices[i]);
        g_autofree char *why = g_strdup_printf("%s: %s", devices[i], no_bus);

        qcommand_check_refused(args, why);
    }
    qcommand_check_refused("-M virt-msmmu,iommu=smmuv3 "
                           "-device msmmu-bench-iommu,primary-bus=pcie.0",
                           "-device msmmu-bench-iommu,primary-bus=pcie.0: "
                           "bus 'pcie.0' has an IOMMU already");
}

static void test_command_line(void)
{
    qcommand_check_refused("-M virt-msmmu -device msmmu-engine,pasid-bits=21",
                           "-device msmmu-engine,pasid-bits=21: "
                           "pasid-bits=21: a SubstreamID has 20 bits at most");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(claim, function) \
    qtest_add_func("/msmmu/engine/" claim, function)
    ADD("behind-another-model-addresses-alone", test_upstream);
    ADD("on-any-machine-without-iommu", test_virt);
    ADD("pasid-control-and-width-are-gates", test_gates);
    ADD("pasid-bits-are-checked", test_command_line);
#undef ADD
    qtest_add_func("/msmmu/property/msmmu-bench-iommu/primary-bus/"
                   "that-bus-is-behind-it", test_bench_iommu);
    qtest_add_func("/msmmu/bench-iommu/primary-bus-is-checked",
                   test_bench_iommu_command_line);
    return g_test_run();
}
