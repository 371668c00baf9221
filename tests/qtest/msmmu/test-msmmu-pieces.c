/*
 * DMAs that fault and that QEMU cuts into pieces: what the device gets is the
 * same for each byte, and what several DMAs get is not mixed, wherever the
 * pieces begin and end (IHI 0070 3.12.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_regs.h"
#include "rig.h"

/* Not mapped; and a page that is */
#define HOLE 0x10000000ULL
#define IOVA_OUT 0x20000000ULL
#define OUT QRIG_DATA
#define ASID 5

/* e1000e: where the test puts it, and its registers (82574L 10.2) */
#define E1000E_BAR 0x400000
#define E1000E_TCTL 0x400
#define E1000E_TDBAL 0x3800
#define E1000E_TDBAH 0x3804
#define E1000E_TDLEN 0x3808
#define E1000E_TDH 0x3810
#define E1000E_TDT 0x3818
#define E1000E_TCTL_EN 2
#define E1000E_DESCRIPTOR 16

typedef struct Fixture {
    QRig *rig;
    QSmmu *s;
    QEdu *edu;
    QContext c;
} Fixture;

static Fixture start(void)
{
    Fixture f = { .rig = qrig_new_one("granules=4k") };

    f.s = &f.rig->smmu[0];
    f.edu = &f.rig->edu[0];
    f.c = qcontext_new(f.s, &qgranules[0], ASID);
    qcontext_attach(&f.c, QRIG_SID);
    qcontext_map(&f.c, IOVA_OUT, OUT, QPTE_RW);
    return f;
}

/* CD.A: whether what faults is aborted, or RAZ/WI */
static void set_abort(Fixture *f, bool abort)
{
    qcontext_change_cd(&f->c, QCD_A, abort ? QCD_A : 0);
    qsmmu_cfgi_all(f->s);
}

static void expect_events(Fixture *f, unsigned n)
{
    QEvent e;

    g_assert_cmpuint(qsmmu_num_events(f->s), ==, n);
    while (qsmmu_pop_event(f->s, &e)) {
        g_assert_cmphex(qevent_type(&e), ==, QEVT_F_TRANSLATION);
    }
}

/* All of the device's buffer is @value. */
static void fill_buffer(Fixture *f, uint8_t value)
{
    qtest_memset(f->rig->qts, OUT, value, QEDU_BUFFER_SIZE);
    qedu_load(f->edu, IOVA_OUT, QEDU_BUFFER_SIZE);
}

/* @len bytes of the device's buffer are @value, and the others @rest. */
static void check_buffer(Fixture *f, uint32_t len, uint8_t value,
                         uint8_t rest)
{
    uint8_t found[QEDU_BUFFER_SIZE], expected[QEDU_BUFFER_SIZE];

    memset(expected, rest, sizeof(expected));
    memset(expected, value, len);
    qedu_store(f->edu, IOVA_OUT, QEDU_BUFFER_SIZE);
    qtest_memread(f->rig->qts, OUT, found, sizeof(found));
    g_assert_cmpmem(found, sizeof(found), expected, sizeof(expected));
}

static const struct {
    uint64_t offset;
    uint32_t len;
    unsigned events;
} dmas[] = {
    { 0, 1, 1 }, { 0, 7, 1 }, { 0, 8, 1 }, { 0, 9, 1 }, { 0, 10, 1 },
    { 0, 16, 1 }, { 3, 8, 1 }, { 3, 9, 1 }, { 3, 100, 1 }, { 0, 4096, 1 },
    { 1, 4095, 1 },
    { 0xff6, 10, 1 }, { 0xff7, 9, 1 }, { 0xff8, 8, 1 },
    { 0xff7, 10, 2 }, { 0xff8, 9, 2 }, { 0xff9, 20, 2 }, { 0x800, 4096, 2 },
};

/* ---- Of one DMA -------------------------------------------------------- */

static void test_reads(void)
{
    Fixture f = start();

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(dmas); i++) {
        const unsigned n = i / 2;
        const bool abort = i & 1;

        g_test_message("%u bytes at 0x%" PRIx64 ", CD.A = %d", dmas[n].len,
                       dmas[n].offset, abort);
        set_abort(&f, abort);
        fill_buffer(&f, 0x5a);
        qedu_load(f.edu, HOLE + dmas[n].offset, dmas[n].len);
        expect_events(&f, dmas[n].events);
        check_buffer(&f, dmas[n].len, abort ? 0xff : 0, 0x5a);
    }
    qrig_free(f.rig);
}

/* Nothing of a write is ever read: not by what faults, either. */
static void test_writes(void)
{
    Fixture f = start();

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(dmas); i++) {
        const unsigned n = i / 2;
        const bool abort = i & 1;

        set_abort(&f, abort);
        fill_buffer(&f, 0x5a);
        qedu_store(f.edu, HOLE + dmas[n].offset, dmas[n].len);
        expect_events(&f, dmas[n].events);
        qedu_load(f.edu, HOLE, QEDU_BUFFER_SIZE);
        expect_events(&f, 1);
        check_buffer(&f, QEDU_BUFFER_SIZE, abort ? 0xff : 0, 0);
    }
    qrig_free(f.rig);
}

/* ---- Of several -------------------------------------------------------- */

/*
 * One write to a register, for which the memory core is in a critical section:
 * e1000e fetches all descriptors that the write gives it, one after the other.
 * They are zeros and ask for nothing.
 */
static void test_in_one_section(void)
{
    const char *properties = "granules=4k";
    const uint8_t devfn = 0x10;
    QRig *rig = qrig_new(1, &properties,
                         "-device e1000e,bus=rc1,addr=2,romfile=");
    QRc *rc = &rig->rc[0];
    QSmmu *s = &rig->smmu[0];
    const uint64_t regs = rc->mmio32 + E1000E_BAR;
    QContext c;
    QEvent e;

    qsmmu_start(s);
    c = qcontext_new(s, &qgranules[0], ASID);
    qcontext_change_cd(&c, QCD_A, 0);
    qcontext_attach(&c, devfn);

    qrc_config_writel(rc, 0, devfn, PCI_BASE_ADDRESS_0,
                      rc->mmio32_pci + E1000E_BAR);
    qrc_config_writew(rc, 0, devfn, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    qtest_writel(rig->qts, regs + E1000E_TDBAL, HOLE);
    qtest_writel(rig->qts, regs + E1000E_TDBAH, 0);
    qtest_writel(rig->qts, regs + E1000E_TDLEN, 0x80);
    qtest_writel(rig->qts, regs + E1000E_TDH, 0);
    qtest_writel(rig->qts, regs + E1000E_TCTL, E1000E_TCTL_EN);
    qtest_writel(rig->qts, regs + E1000E_TDT, 6);

    g_assert_cmpuint(qtest_readl(rig->qts, regs + E1000E_TDH), ==, 6);
    g_assert_cmpuint(qsmmu_num_events(s), ==, 6);
    for (unsigned i = 0; i < 6; i++) {
        g_assert_true(qsmmu_pop_event(s, &e));
        g_assert_cmphex(e.word[0], ==,
                        (uint64_t)devfn << 32 | QEVT_F_TRANSLATION);
        g_assert_cmphex(e.word[2], ==, HOLE + i * E1000E_DESCRIPTOR);
    }
    qrig_free(rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/pieces/reads-end-as-they-begin", test_reads);
    qtest_add_func("/msmmu/pieces/writes-are-never-read", test_writes);
    qtest_add_func("/msmmu/pieces/descriptors-in-one-section-are-events",
                   test_in_one_section);
    return g_test_run();
}
