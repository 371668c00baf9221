/*
 * virt-msmmu's root complexes without an SMMU: configuration space, windows,
 * DMA, INTx, MSI, hotplug, and where devices without bus= go.
 *
 * Most tests have equal devices at equal places behind several root complexes
 * at once: what is mixed up between segments shows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "its.h"
#include "rc.h"

#define MACHINE "-M virt-msmmu -nodefaults -m 256M "
#define THREE_RCS "-device msmmu-rc,id=rc1 -device msmmu-rc,id=rc2 " \
                  "-device msmmu-rc,id=rc3 "
#define EDU "-device edu,dma_mask=0xffffffffffffffff,"

#define RAM 0x40000000ULL
#define DEVFN(slot) ((slot) << 3)

#define GPEX_ROOT_ID 0x00081b36
#define EDU_ID 0x11e81234

/* Distributor (IHI 0069, 12.9) */
#define GICD_ISPENDR 0x08000200
#define GICD_ICFGR 0x08000c00

/* Is this SPI pending? */
static bool spi_pending(QTestState *qts, unsigned spi)
{
    unsigned intid = spi + 32;
    uint32_t bits = qtest_readl(qts, GICD_ISPENDR + intid / 32 * 4);

    return bits >> (intid % 32) & 1;
}

static void test_ten_root_complexes(void)
{
    g_autoptr(GString) args = g_string_new(MACHINE);
    QTestState *qts;

    for (int i = 1; i <= 10; i++) {
        g_string_append_printf(args, "-device msmmu-rc,id=rc%d "
                               "-device edu,bus=rc%d,addr=0x%x ", i, i, i);
    }
    qts = qtest_init(args->str);
    for (int i = 1; i <= 10; i++) {
        QRc rc = qrc_get(qts, i - 1);

        g_assert_cmphex(qrc_config_readl(&rc, 0, 0, 0), ==, GPEX_ROOT_ID);
        for (int slot = 1; slot <= 10; slot++) {
            g_assert_cmphex(qrc_config_readl(&rc, 0, DEVFN(slot), 0), ==,
                            (slot == i ? EDU_ID : 0xffffffff));
        }
        qedu_init(&rc, 0, DEVFN(i), 511);
    }
    qtest_quit(qts);
}

static void test_dma(void)
{
    QTestState *qts = qtest_init(MACHINE THREE_RCS EDU "bus=rc1,addr=1 "
                                 EDU "bus=rc2,addr=1 " EDU "bus=rc3,addr=1");
    uint8_t data[3][QEDU_BUFFER_SIZE], back[QEDU_BUFFER_SIZE];
    QEdu edu[3];

    for (int i = 0; i < 3; i++) {
        QRc rc = qrc_get(qts, i);

        edu[i] = qedu_init(&rc, 0, DEVFN(1), 0);
        memset(data[i], 0x11 * (i + 1), sizeof(data[i]));
        qtest_memwrite(qts, RAM + i * 0x10000, data[i], sizeof(data[i]));
    }
    for (int i = 0; i < 3; i++) {
        qedu_load(&edu[i], RAM + i * 0x10000, QEDU_BUFFER_SIZE);
    }
    for (int i = 0; i < 3; i++) {
        qedu_store(&edu[i], RAM + 0x100000 + i * 0x10000, QEDU_BUFFER_SIZE);
    }
    for (int i = 0; i < 3; i++) {
        qtest_memread(qts, RAM + 0x100000 + i * 0x10000, back, sizeof(back));
        g_assert_cmpmem(back, sizeof(back), data[i], sizeof(data[i]));
    }
    qtest_quit(qts);
}

/* Slot s, pin A is line (s mod 4): four edus on each of two root complexes. */
static void test_intx(void)
{
    g_autoptr(GString) args = g_string_new(MACHINE THREE_RCS);
    QTestState *qts;

    for (int n = 1; n <= 3; n += 2) {
        for (int slot = 1; slot <= 4; slot++) {
            g_string_append_printf(args, "-device edu,bus=rc%d,addr=%d ",
                                   n, slot);
        }
    }
    qts = qtest_init(args->str);
    for (int n = 0; n < 3; n += 2) {
        QRc rc = qrc_get(qts, n);

        for (int slot = 1; slot <= 4; slot++) {
            QEdu edu = qedu_init(&rc, 0, DEVFN(slot), slot);

            qedu_raise_irq(&edu);
            for (unsigned spi = 160; spi < 256; spi++) {
                g_assert_cmpint(spi_pending(qts, spi), ==,
                                spi == rc.intx_spi + slot % 4);
            }
            qedu_lower_irq(&edu);
            g_assert_false(spi_pending(qts, rc.intx_spi + slot % 4));
        }
    }
    qtest_quit(qts);
}

/*
 * The same RequesterID and EventID behind four ITSes: each must make its own
 * LPI pending and no other.
 */
static void check_its(const char *machine)
{
    g_autofree char *args =
        g_strdup_printf("%s " THREE_RCS EDU "bus=pcie.0,addr=1 "
                        EDU "bus=rc1,addr=1 " EDU "bus=rc2,addr=1 "
                        EDU "bus=rc3,addr=1", machine);
    QTestState *qts = qtest_init(args);
    uint64_t lpis = RAM + 0x1000000;
    QEdu edu[4];

    qits_enable_lpis(qts, lpis);
    for (int i = 0; i < 4; i++) {
        QRc rc = i ? qrc_get(qts, i - 1) : qrc_pcie0(qts);
        QIts its = qits_init(qts, rc.its, RAM + 0x2000000 +
                             i * QITS_TABLES_SIZE);

        edu[i] = qedu_init(&rc, 0, DEVFN(1), 0);
        qits_map(&its, DEVFN(1), QITS_FIRST_LPI + i * 16);
        qedu_msi_setup(&edu[i], qits_doorbell(&its), 1);
    }
    for (int i = 0; i < 4; i++) {
        qedu_raise_irq(&edu[i]);
        for (int lpi = 0; lpi < 64; lpi++) {
            bool expected = lpi % 16 == 1 && lpi / 16 <= i;

            g_assert_cmpint(qits_lpi_pending(qts, lpis, QITS_FIRST_LPI + lpi),
                            ==, expected);
        }
    }
    qtest_quit(qts);
}

static void test_its_gicv3(void)
{
    check_its(MACHINE);
}

static void test_its_gicv4(void)
{
    check_its("-M virt-msmmu,gic-version=4,virtualization=on -cpu max "
              "-nodefaults -m 256M");
}

static void make_spi_edge_triggered(QTestState *qts, unsigned spi)
{
    unsigned intid = spi + 32;
    uint64_t reg = GICD_ICFGR + intid / 16 * 4;

    qtest_writel(qts, reg, qtest_readl(qts, reg) | 2u << intid % 16 * 2);
}

/* GICv2m: the data written is the interrupt, whoever writes it. */
static void test_gicv2m(void)
{
    QTestState *qts = qtest_init("-M virt-msmmu,gic-version=2 -nodefaults "
                                 THREE_RCS EDU "bus=rc1,addr=1 "
                                 EDU "bus=rc3,addr=1");

    for (int n = 0; n < 3; n += 2) {
        QRc rc = qrc_get(qts, n);
        QEdu edu = qedu_init(&rc, 0, DEVFN(1), 0);

        qedu_raise_irq(&edu);
        g_assert_true(spi_pending(qts, rc.intx_spi + 1));
        qedu_lower_irq(&edu);
        make_spi_edge_triggered(qts, 48 + n);
        qedu_msi_setup(&edu, 0x08020040, 32 + 48 + n);
        qedu_raise_irq(&edu);
        g_assert_true(spi_pending(qts, 48 + n));
        g_assert_false(spi_pending(qts, rc.intx_spi + 1));
    }
    qtest_quit(qts);
}

/* All three kinds of window, their limits, and what nobody claims. */
static void test_windows(void)
{
    QTestState *qts = qtest_init(MACHINE THREE_RCS
                                 "-device nvme,serial=a,bus=rc1,addr=1 "
                                 "-device pci-testdev,bus=rc1,addr=2 "
                                 "-device nvme,serial=b,bus=rc3,addr=1 "
                                 "-device pci-testdev,bus=rc3,addr=2");

    for (int n = 0; n < 3; n += 2) {
        QRc rc = qrc_get(qts, n);
        uint64_t last = 0xffff0000ULL - 0x4000;
        uint32_t version;

        /* nvme's 16 KiB at the end of the 64-bit window; VS is at 8 */
        qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_0,
                          rc.mmio64 + last);
        qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_1,
                          (rc.mmio64 + last) >> 32);
        qrc_config_writew(&rc, 0, DEVFN(1), PCI_COMMAND, PCI_COMMAND_MEMORY);
        version = qtest_readl(qts, rc.mmio64 + last + 8);
        g_assert_cmphex(version >> 16, ==, 1);

        /* and at the end of the 32-bit window */
        qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_0,
                          rc.mmio32_pci + 0x1fffc000);
        qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_1, 0);
        g_assert_cmphex(qtest_readl(qts, rc.mmio32 + 0x1fffc008), ==,
                        version);
        g_assert_cmphex(qtest_readl(qts, rc.mmio64 + last + 8), ==,
                        0xffffffff);

        /* pci-testdev's ports: test 0, chosen at port 0, has width 1 at 1 */
        qrc_config_writel(&rc, 0, DEVFN(2), PCI_BASE_ADDRESS_1, 0xff00);
        qrc_config_writew(&rc, 0, DEVFN(2), PCI_COMMAND, PCI_COMMAND_IO);
        qtest_writeb(qts, rc.pio + 0xff00, 0);
        g_assert_cmphex(qtest_readb(qts, rc.pio + 0xff01), ==, 1);
        g_assert_cmphex(qtest_readb(qts, rc.pio + 0xfe01), ==, 0xff);
        g_assert_cmphex(qtest_readl(qts, rc.mmio32), ==, 0xffffffff);
    }
    qtest_quit(qts);
}

static void test_default_bus(void)
{
    QTestState *qts = qtest_init(MACHINE "-device edu,addr=5 " THREE_RCS
                                 "-device edu,addr=6");
    QRc pcie0 = qrc_pcie0(qts), rc3 = qrc_get(qts, 2);

    g_assert_cmphex(qrc_config_readl(&pcie0, 0, DEVFN(5), 0), ==, EDU_ID);
    g_assert_cmphex(qrc_config_readl(&pcie0, 0, DEVFN(6), 0), ==, EDU_ID);
    g_assert_cmphex(qrc_config_readl(&rc3, 0, DEVFN(6), 0), ==, 0xffffffff);
    qtest_quit(qts);
}

/* pcie.0 gave half of its high window away. */
static void test_pcie0_window(void)
{
    QTestState *qts = qtest_init(MACHINE "-device nvme,serial=a,addr=1 "
                                 "-device msmmu-rc,id=rc1");
    QRc rc = qrc_pcie0(qts);
    uint64_t last = rc.mmio64 + 0x4000000000ULL - 0x4000;

    qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_0, last);
    qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_1, last >> 32);
    qrc_config_writew(&rc, 0, DEVFN(1), PCI_COMMAND, PCI_COMMAND_MEMORY);
    g_assert_cmphex(qtest_readl(qts, last + 8) >> 16, ==, 1);
    /* rc1's ECAM follows */
    g_assert_cmphex(qtest_readl(qts, last + 0x4000), ==, GPEX_ROOT_ID);
    qtest_quit(qts);
}

/* Without ours, virt's window is whole, and its last MiB pcie.0's. */
static void test_no_root_complex(void)
{
    QTestState *qts = qtest_init(MACHINE "-device nvme,serial=a,addr=1");
    QRc rc = qrc_pcie0(qts);
    uint64_t last = 0xffffffc000ULL;

    qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_0, last);
    qrc_config_writel(&rc, 0, DEVFN(1), PCI_BASE_ADDRESS_1, last >> 32);
    qrc_config_writew(&rc, 0, DEVFN(1), PCI_COMMAND, PCI_COMMAND_MEMORY);
    g_assert_cmphex(qtest_readl(qts, last + 8) >> 16, ==, 1);
    qtest_quit(qts);
}

static void test_endpoint_hotplug(void)
{
    QTestState *qts = qtest_init(MACHINE THREE_RCS
                                 "-device pcie-root-port,id=rp,bus=rc2,addr=3,"
                                 "chassis=1,slot=1");
    QRc rc = qrc_get(qts, 1);
    uint32_t word = 0x600df00d;
    QEdu edu;

    qtest_qmp_assert_success(qts,
        "{ 'execute': 'device_add', 'arguments': { 'driver': 'edu',"
        "  'id': 'hot', 'bus': 'rp', 'dma_mask': %" PRIu64 " } }",
        (uint64_t)UINT32_MAX);
    qrc_slot_power_on(&rc, DEVFN(3));
    qrc_bridge_setup(&rc, DEVFN(3), 0x20, 0x12300000, 0x200000);
    edu = qedu_init(&rc, 0x20, DEVFN(0), 0x23);
    qtest_writel(qts, RAM, word);
    qedu_load(&edu, RAM, 4);
    qedu_store(&edu, RAM + 4, 4);
    g_assert_cmphex(qtest_readl(qts, RAM + 4), ==, word);
    /* behind the port, device 0 pin A is the port's own slot's pin A */
    qedu_raise_irq(&edu);
    g_assert_true(spi_pending(qts, rc.intx_spi + 3));
    qtest_quit(qts);
}

static void expect_qmp_error(QTestState *qts, QDict *response,
                             const char *expected)
{
    QDict *error = qdict_get_qdict(response, "error");

    g_assert_nonnull(error);
    g_assert_cmpstr(qdict_get_str(error, "desc"), ==, expected);
    qobject_unref(response);
}

static void test_no_rc_hotplug(void)
{
    QTestState *qts = qtest_init(MACHINE THREE_RCS);

    expect_qmp_error(qts,
        qtest_qmp(qts, "{ 'execute': 'device_add', 'arguments':"
                  " { 'driver': 'msmmu-rc', 'id': 'rc4' } }"),
        "Device 'msmmu-rc' does not support hotplugging");
    expect_qmp_error(qts,
        qtest_qmp(qts, "{ 'execute': 'device_add', 'arguments':"
                  " { 'driver': 'msmmu-smmuv3', 'id': 's',"
                  "   'primary-bus': 'rc1' } }"),
        "Device 'msmmu-smmuv3' does not support hotplugging");
    expect_qmp_error(qts,
        qtest_qmp(qts, "{ 'execute': 'device_del', 'arguments':"
                  " { 'id': 'rc1' } }"),
        "Device 'msmmu-rc' does not support hotplugging");
    qtest_quit(qts);
}

static int64_t get_segment(QTestState *qts, const char *id)
{
    g_autofree char *path = g_strdup_printf("/machine/peripheral/%s", id);
    QDict *response = qtest_qmp(qts, "{ 'execute': 'qom-get', 'arguments':"
                                " { 'path': %s, 'property': 'segment' } }",
                                path);
    int64_t segment = qdict_get_int(response, "return");

    qobject_unref(response);
    return segment;
}

static void test_segments(void)
{
    QTestState *qts = qtest_init(MACHINE "-device msmmu-rc,id=a "
                                 "-device msmmu-rc,id=b,segment=0x2 "
                                 "-device msmmu-rc,id=c "
                                 "-device msmmu-rc,id=d,segment=65535 "
                                 "-device msmmu-rc,id=e,segment=1");

    g_assert_cmpint(get_segment(qts, "a"), ==, 3);
    g_assert_cmpint(get_segment(qts, "b"), ==, 2);
    g_assert_cmpint(get_segment(qts, "c"), ==, 4);
    g_assert_cmpint(get_segment(qts, "d"), ==, 65535);
    g_assert_cmpint(get_segment(qts, "e"), ==, 1);
    qtest_quit(qts);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);

    qtest_add_func("/msmmu/machine/ten-root-complexes-have-own-ecams",
                   test_ten_root_complexes);
    qtest_add_func("/msmmu/machine/dma-through-three-is-untranslated",
                   test_dma);
    qtest_add_func("/msmmu/machine/intx-reaches-own-spis", test_intx);
    qtest_add_func("/msmmu/machine/msi-reaches-own-its", test_its_gicv3);
    qtest_add_func("/msmmu/machine/msi-reaches-own-its-gicv4",
                   test_its_gicv4);
    qtest_add_func("/msmmu/machine/msi-reaches-gicv2m", test_gicv2m);
    qtest_add_func("/msmmu/machine/windows-reach-devices", test_windows);
    qtest_add_func("/msmmu/machine/no-bus-means-pcie.0", test_default_bus);
    qtest_add_func("/msmmu/machine/pcie.0-keeps-lower-half-window",
                   test_pcie0_window);
    qtest_add_func("/msmmu/machine/without-rc-window-is-whole",
                   test_no_root_complex);
    qtest_add_func("/msmmu/machine/endpoint-hotplug-behind-rc",
                   test_endpoint_hotplug);
    qtest_add_func("/msmmu/machine/rc-and-smmu-hotplug-is-qmp-error",
                   test_no_rc_hotplug);
    qtest_add_func("/msmmu/machine/segments-skip-explicit-ones",
                   test_segments);
    return g_test_run();
}
