/*
 * msmmu-reserved-memory: the memory, who may use it, and where it may be. What
 * tables say of it is tested with the tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "libqtest.h"
#include "command_line.h"
#include "rc.h"
#include "stream.h"

#define MACHINE "-M virt-msmmu -nodefaults "
#define RC "-device msmmu-rc,id=a " \
           "-device msmmu-smmuv3,id=s,primary-bus=a "
#define EDU "-device edu,bus=a,addr=1,id=e,dma_mask=0xffffffffffffffff "
#define RESERVED "-device msmmu-reserved-memory,"
#define DEVFN(slot) ((slot) << 3)
#define BASE 0x0bc00000

/* Where the tree of a machine goes that is not refused: so it ends. */
static char *dtb;

/* The CPU and a device at reset see the same bytes, all of them. */
static void test_memory(void)
{
    QTestState *qts = qtest_init(MACHINE RC EDU
        RESERVED "id=low,device=e,size=128K "
        RESERVED "id=high,device=e,base=0x2000000000 ");
    QRc rc = qrc_get(qts, 0);
    QEdu edu = qedu_init(&rc, 0, DEVFN(1), 0);

    g_assert_cmphex(qtest_readq(qts, BASE), ==, 0);
    qtest_writeq(qts, BASE, 0x1122334455667788);
    qtest_writeq(qts, BASE + 0x1fff8, 0x99aabbccddeeff00);
    qedu_load(&edu, BASE, 8);
    qedu_store(&edu, 0x200000fff8, 8);
    g_assert_cmphex(qtest_readq(qts, 0x200000fff8), ==, 0x1122334455667788);
    qedu_load(&edu, BASE + 0x1fff8, 8);
    qedu_store(&edu, 0x2000000000, 8);
    g_assert_cmphex(qtest_readq(qts, 0x2000000000), ==, 0x99aabbccddeeff00);
    /* Beyond both there is nothing. */
    qtest_writeq(qts, BASE + 0x20000, 1);
    g_assert_cmphex(qtest_readq(qts, BASE + 0x20000), !=, 1);
    qtest_quit(qts);
}

/* The first is taken from the lowest place on, each after the other. */
static void test_places(void)
{
    QTestState *qts = qtest_init(MACHINE RC EDU
        RESERVED "id=p,device=e,base=0xbc10000 "
        RESERVED "id=q,device=e,size=128K "
        RESERVED "id=r,device=e,size=64K ");
    static const uint64_t ends[] = {
        0xbc00000, 0xbc10000, 0xbc20000, 0xbc3fff8,
    };

    for (int i = 0; i < ARRAY_SIZE(ends); i++) {
        qtest_writeq(qts, ends[i], i + 1);
    }
    for (int i = 0; i < ARRAY_SIZE(ends); i++) {
        g_assert_cmphex(qtest_readq(qts, ends[i]), ==, i + 1);
    }
    qtest_writeq(qts, 0xbc40000, 7);
    g_assert_cmphex(qtest_readq(qts, 0xbc40000), !=, 7);
    qtest_quit(qts);
}

/* Contents go along. What the guest was told of places must hold. */
static void test_migration(void)
{
    const char *machine = MACHINE RC EDU RESERVED "id=q,device=e ";
    g_autofree char *same = g_strconcat(machine, RESERVED "id=p,device=e",
                                        NULL);
    g_autofree char *elsewhere = g_strconcat(machine,
        RESERVED "id=p,device=e,base=0xbc20000", NULL);
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("msmmu-reserved-XXXXXX", &path, NULL);
    QTestState *qts = qtest_init(same);

    close(fd);
    qtest_writeq(qts, 0xbc00000, 0x2222);
    qtest_writeq(qts, 0xbc10000, 0x1111);
    qstream_save(qts, path);
    qtest_quit(qts);

    qts = qstream_load(same, path);
    g_assert_cmphex(qtest_readq(qts, 0xbc00000), ==, 0x2222);
    g_assert_cmphex(qtest_readq(qts, 0xbc10000), ==, 0x1111);
    qtest_quit(qts);
    qstream_expect_refusal(elsewhere, path,
        "*reserved memory p at 0xbc10000; this one has *"
        "reserved memory p at 0xbc20000*");
    qstream_expect_refusal(machine, path, "*msmmu-reserved-memory.p*");
    unlink(path);
}

typedef struct Case {
    const char *name;
    const char *args;       /* before the last -device */
    const char *reserved;   /* options of the last */
    const char *message;
} Case;

static const Case cases[] = {
    { "no-device", RC EDU, "id=r",
      "msmmu-reserved-memory needs device=ID, of the PCI device that uses "
      "it" },
    { "empty-device", RC EDU, "id=r,device=",
      "msmmu-reserved-memory needs device=ID, of the PCI device that uses "
      "it" },
    { "no-id", RC EDU, "device=e",
      "msmmu-reserved-memory needs an id: its saved state is found by it" },
    { "unknown-device", RC EDU, "id=r,device=e+x",
      "device 'x' is no PCI device that came before on the command line" },
    { "device-ends-in-plus", RC EDU, "id=r,device=e+",
      "device '' is no PCI device that came before on the command line" },
    { "no-pci-device", RC EDU, "id=r,device=s",
      "device 's' is no PCI device that came before on the command line" },
    { "device-twice", RC EDU, "id=r,device=e+e",
      "device 'e' is named twice" },
    { "device-on-pcie.0", RC "-device edu,id=f", "id=r,device=f",
      "device 'f' is on 'pcie.0': it must be on the root bus of an "
      "msmmu-rc" },
    { "device-behind-a-bridge",
      RC "-device pcie-root-port,id=p,bus=a,chassis=1 "
      "-device e1000e,id=f,bus=p", "id=r,device=f",
      "device 'f' is on 'p': it must be on the root bus of an msmmu-rc" },
    { "no-instance", "-device msmmu-rc,id=a -device edu,id=e,bus=a",
      "id=r,device=e", "device 'e': no msmmu-smmuv3 translates 'a'" },
    { "bypassing",
      "-device msmmu-rc,id=a,bypass-iommu=on "
      "-device msmmu-smmuv3,id=s,primary-bus=a -device edu,id=e,bus=a",
      "id=r,device=e", "device 'e': no msmmu-smmuv3 translates 'a'" },
    { "size-0", RC EDU, "id=r,device=e,size=0",
      "size=0x0 is not a multiple of 64 KiB" },
    { "size-of-a-page", RC EDU, "id=r,device=e,size=4K",
      "size=0x1000 is not a multiple of 64 KiB" },
    { "base-of-a-page", RC EDU, "id=r,device=e,base=0xbc01000",
      "base=0xbc01000 is not a multiple of 64 KiB" },
    { "no-room", RC EDU, "id=r,device=e,size=4160K",
      "no room for 0x410000 bytes at 0xbc00000: give base=, above RAM" },
    { "no-room-left", RC EDU RESERVED "id=q,device=e,size=4032K",
      "id=r,device=e,size=128K",
      "no room for 0x20000 bytes at 0xbc00000: give base=, above RAM" },
    { "in-ram", RC EDU "-m 256M", "id=r,device=e,base=0x4fff0000",
      "base=0x4fff0000: with its size it must be in 0xbc00000..0xbffffff or "
      "in 0x50000000..0x3fffffffff" },
    { "below-its-room", RC EDU "-m 256M", "id=r,device=e,base=0xbbf0000",
      "base=0xbbf0000: with its size it must be in 0xbc00000..0xbffffff or "
      "in 0x50000000..0x3fffffffff" },
    { "ends-beyond-its-room", RC EDU "-m 256M",
      "id=r,device=e,base=0xbff0000,size=128K",
      "base=0xbff0000: with its size it must be in 0xbc00000..0xbffffff or "
      "in 0x50000000..0x3fffffffff" },
    { "in-the-high-windows", RC EDU "-m 256M",
      "id=r,device=e,base=0x3fffff0000,size=128K",
      "base=0x3fffff0000: with its size it must be in 0xbc00000..0xbffffff "
      "or in 0x50000000..0x3fffffffff" },
    { "wraps", RC EDU "-m 256M",
      "id=r,device=e,base=0x2000000000,size=0xfffffff000000000",
      "base=0x2000000000: with its size it must be in 0xbc00000..0xbffffff "
      "or in 0x50000000..0x3fffffffff" },
    { "in-hotplug-memory", RC EDU "-m 256M,slots=1,maxmem=1280M",
      "id=r,device=e,base=0x80000000",
      "base=0x80000000: with its size it must be in 0xbc00000..0xbffffff or "
      "in 0x100000000..0x3fffffffff" },
    { "overlapping", RC EDU RESERVED "id=q,device=e,base=0xbc10000",
      "id=r,device=e,base=0xbc00000,size=128K",
      "base=0xbc00000: other memory is there" },
    { "beyond-the-output-addresses",
      "-device msmmu-rc,id=a -device msmmu-smmuv3,id=s,primary-bus=a,oas=32 "
      EDU, "id=r,device=e,base=0xffff0000,size=128K",
      "0xffff0000 to 0x10000ffff is beyond the 32 bits of output addresses "
      "of 's'" },
    { "unknown-attributes", RC EDU, "id=r,device=e,attributes=normal",
      "attributes=normal: use device-ngnrne, device-ngnre, device-ngre, "
      "device-gre, normal-nc or normal-wb" },
};

static void test_refused(const void *opaque)
{
    const Case *c = opaque;
    g_autofree char *args = g_strdup_printf(
        "-M virt-msmmu,dumpdtb=%s %s " RESERVED "%s", dtb, c->args,
        c->reserved);
    g_autofree char *message = g_strdup_printf(RESERVED "%s: %s",
                                               c->reserved, c->message);

    qcommand_check_refused(args, message);
}

static void test_too_many(void)
{
    g_autoptr(GString) args = g_string_new("-M virt-msmmu,dumpdtb=");

    g_string_append_printf(args, "%s " RC EDU, dtb);
    for (int i = 0; i < 17; i++) {
        g_string_append_printf(args, RESERVED "id=r%d,device=e ", i);
    }
    qcommand_check_refused(args->str, RESERVED "id=r16,device=e: the machine "
        "has 16 reserved memories already and no room for another");
}

static void test_other_machine(void)
{
    g_autofree char *args = g_strdup_printf("-M virt,dumpdtb=%s "
        "-device edu,id=e " RESERVED "id=r,device=e", dtb);

    qcommand_check_refused(args,
        RESERVED "id=r,device=e: msmmu-reserved-memory needs the machine "
        "virt-msmmu");
}

int main(int argc, char **argv)
{
    int fd, ret;

    g_test_init(&argc, &argv, NULL);
    fd = g_file_open_tmp("msmmu-reserved-XXXXXX.dtb", &dtb, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    qtest_add_func("/msmmu/reserved-memory/cpus-and-devices-reach-it",
                   test_memory);
    qtest_add_func("/msmmu/reserved-memory/takes-the-lowest-free-place",
                   test_places);
    qtest_add_func("/msmmu/reserved-memory/migrates-to-the-same-place",
                   test_migration);
    qtest_add_func("/msmmu/reserved-memory/seventeenth-is-refused",
                   test_too_many);
    qtest_add_func("/msmmu/reserved-memory/other-machines-refuse-it",
                   test_other_machine);
    qtest_add_func("/msmmu/property/msmmu-reserved-memory/device/"
                   "is-who-reaches-it", test_memory);
    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *path =
            g_strdup_printf("/msmmu/reserved-memory/refused/%s",
                            cases[i].name);

        qtest_add_data_func(path, &cases[i], test_refused);
    }
    ret = g_test_run();
    unlink(dtb);
    g_free(dtb);
    return ret;
}
