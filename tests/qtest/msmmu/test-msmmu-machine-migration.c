/*
 * Migration of virt-msmmu's own part: devices of several segments do not take
 * each other's state, each ITS keeps its own, and a machine of another
 * topology refuses the stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "its.h"
#include "rc.h"
#include "stream.h"

#define MACHINE "-M virt-msmmu -nodefaults -m 256M "
#define RC "-device msmmu-rc,id="
#define SMMU "-device msmmu-smmuv3,id="
#define RAM 0x40000000ULL
#define LPI_TABLES (RAM + 0x1000000)
#define ITS_TABLES(n) (RAM + 0x2000000 + (n) * QITS_TABLES_SIZE)
#define DEVFN(slot) ((slot) << 3)

static char *path;

/* e1000e at the same place of four segments, each with another BAR. */
static void test_segments(void)
{
    const char *args = MACHINE RC "a " RC "b " RC "c "
                       "-device e1000e,bus=pcie.0,addr=2 "
                       "-device e1000e,bus=a,addr=2 "
                       "-device e1000e,bus=b,addr=2 "
                       "-device e1000e,bus=c,addr=2";
    QTestState *qts = qtest_init(args);

    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 4; i++) {
            QRc rc = i ? qrc_get(qts, i - 1) : qrc_pcie0(qts);
            uint32_t bar = rc.mmio32_pci + 0x1000000 * (i + 1);

            if (pass == 0) {
                qrc_config_writel(&rc, 0, DEVFN(2), PCI_BASE_ADDRESS_0, bar);
                qrc_config_writew(&rc, 0, DEVFN(2), PCI_COMMAND,
                                  PCI_COMMAND_MEMORY);
            }
            g_assert_cmphex(qrc_config_readl(&rc, 0, DEVFN(2),
                                             PCI_BASE_ADDRESS_0), ==, bar);
        }
        if (pass == 0) {
            qstream_save(qts, path);
            qtest_quit(qts);
            qts = qstream_load(args, path);
        }
    }
    qtest_quit(qts);
}

/* edu saves nothing: it is set up anew, its ITS must not need to be. */
static void test_its(void)
{
    const char *args = MACHINE RC "a " RC "b "
                       "-device edu,bus=a,addr=1 -device edu,bus=b,addr=1";
    QTestState *qts = qtest_init(args);
    uint64_t doorbell[2];

    qits_enable_lpis(qts, LPI_TABLES);
    for (int i = 0; i < 2; i++) {
        QRc rc = qrc_get(qts, i);
        QIts its = qits_init(qts, rc.its, ITS_TABLES(i));

        qits_map(&its, DEVFN(1), QITS_FIRST_LPI + 8 * i);
        doorbell[i] = qits_doorbell(&its);
    }
    qstream_save(qts, path);
    qtest_quit(qts);

    qts = qstream_load(args, path);
    for (int i = 1; i >= 0; i--) {
        QRc rc = qrc_get(qts, i);
        QEdu edu = qedu_init(&rc, 0, DEVFN(1), 0);

        qedu_msi_setup(&edu, doorbell[i], 0);
        for (int lpi = 0; lpi < 16; lpi += 8) {
            g_assert_cmpint(qits_lpi_pending(qts, LPI_TABLES,
                                             QITS_FIRST_LPI + lpi),
                            ==, lpi > 8 * i);
        }
        qedu_raise_irq(&edu);
        g_assert_true(qits_lpi_pending(qts, LPI_TABLES,
                                       QITS_FIRST_LPI + 8 * i));
    }
    qtest_quit(qts);
}

/* The address of a root complex or SMMU follows from its place. */
static void test_refusals(void)
{
    static const struct {
        const char *source, *destination, *message;
    } cases[] = {
        { RC "a,segment=1 " RC "b,segment=2",
          RC "a,segment=2 " RC "b,segment=1",
          "segment 1, segment 2; this one has segment 2, segment 1" },
        { RC "a", RC "a,segment=7", "segment 1; this one has segment 7" },
        { RC "a " RC "b", RC "a",
          "segment 1, segment 2; this one has segment 1" },
        { RC "a", RC "a " RC "b",
          "segment 1; this one has segment 1, segment 2" },
        { RC "a", "", "segment 1; this one has pcie.0 only" },
        { RC "a " SMMU "s,primary-bus=a " SMMU "t,primary-bus=pcie.0",
          RC "a " SMMU "t,primary-bus=pcie.0 " SMMU "s,primary-bus=a",
          "segment 1, SMMU s (segment 1 at 0x0), SMMU t (segment 0 at 0x0); "
          "this one has segment 1, SMMU t (segment 0 at 0x0), SMMU s "
          "(segment 1 at 0x0)" },
        { SMMU "s,sidsize=18 " RC "a,smmu=s,sid-base=0x10000",
          SMMU "s,sidsize=18 " RC "a,smmu=s,sid-base=0x20000",
          "segment 1, SMMU s (segment 1 at 0x10000); this one has segment 1, "
          "SMMU s (segment 1 at 0x20000)" },
        { "-device pxb-pcie,bus=pcie.0,id=p,bus_nr=16 " SMMU "s,primary-bus=p",
          SMMU "s,primary-bus=pcie.0",
          "SMMU s (segment 0 from bus 0x10 at 0x0); this one has "
          "SMMU s (segment 0 at 0x0)" },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *source = g_strconcat(MACHINE, cases[i].source, NULL);
        g_autofree char *destination =
            g_strconcat(MACHINE, cases[i].destination, NULL);
        g_autofree char *pattern = g_strconcat("*: the saved machine has ",
                                               cases[i].message, "\n*", NULL);
        QTestState *qts = qtest_init(source);

        qstream_save(qts, path);
        qtest_quit(qts);
        qts = qstream_load(source, path);
        qtest_quit(qts);
        qstream_expect_refusal(destination, path, pattern);
    }
}

int main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("msmmu-XXXXXX", NULL);
    int ret;

    g_test_init(&argc, &argv, NULL);
    path = g_build_filename(dir, "stream", NULL);
    qtest_add_func("/msmmu/machine-migration/segments-are-kept-apart",
                   test_segments);
    qtest_add_func("/msmmu/machine-migration/each-its-keeps-its-tables",
                   test_its);
    qtest_add_func("/msmmu/machine-migration/other-topology-is-refused",
                   test_refusals);
    ret = g_test_run();
    unlink(path);
    rmdir(dir);
    g_free(path);
    return ret;
}
