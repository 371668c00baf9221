/*
 * Bad command lines of virt-msmmu: each gets one clear line, and the emulator
 * exits with status 1.
 *
 * A good command line with dumpdtb= exits with status 0, so none can hang.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "libqtest.h"
#include "command_line.h"

#define RC "-device msmmu-rc,"
#define SMMU "-device msmmu-smmuv3,"

/*
 * Where device trees go. A file of our own: dumpdtb= replaces its file by a
 * new one, which would be the end of /dev/null.
 */
static char *dtb;

typedef struct Case {
    const char *name;
    const char *machine;    /* options of -M, or a whole -M's argument */
    const char *args;
    const char *message;    /* what follows "qemu-system-aarch64: " */
} Case;

static const Case cases[] = {
    {
        "rc-without-id", "", "-device msmmu-rc",
        "-device msmmu-rc: msmmu-rc needs an id: its bus is named after it",
    }, {
        "rc-with-the-id-of-a-bus", "", RC "id=pcie.0",
        RC "id=pcie.0: id 'pcie.0' is the name of another bus",
    }, {
        "rc-id-twice", "", RC "id=rc1 " RC "id=rc1",
        RC "id=rc1: Duplicate ID 'rc1' for device",
    }, {
        "eleventh-rc", "",
        RC "id=a " RC "id=b " RC "id=c " RC "id=d " RC "id=e "
        RC "id=f " RC "id=g " RC "id=h " RC "id=i " RC "id=j "
        RC "id=k",
        RC "id=k: the machine has 10 root complexes already and no room for "
        "another",
    }, {
        "device-in-the-slot-of-msis", "",
        RC "id=a " SMMU "id=s,primary-bus=a -device edu,bus=a,addr=1f",
        "-device edu,bus=a,addr=1f: PCI: slot 31 function 0 not available for "
        "edu, reserved",
    }, {
        "device-in-the-slot-of-msis-of-pcie.0", "",
        SMMU "id=s,primary-bus=pcie.0 -device edu,bus=pcie.0,addr=1f.7",
        "-device edu,bus=pcie.0,addr=1f.7: PCI: slot 31 function 7 not "
        "available for edu, reserved",
    }, {
        "device-in-the-slot-of-msis-first", "",
        RC "id=a -device edu,bus=a,addr=1f.1 " SMMU "id=s,primary-bus=a",
        SMMU "id=s,primary-bus=a: slot 0x1f of bus 'a' is for the MSIs of the "
        "msmmu-smmuv3 (msi=on), but edu is there",
    }, {
        "device-in-the-slot-of-msis-of-first-bus", "",
        SMMU "id=s " RC "id=a,smmu=s -device edu,bus=a,addr=1f",
        "-device edu,bus=a,addr=1f: PCI: slot 31 function 0 not available for "
        "edu, reserved",
    }, {
        "segment-twice", "", RC "id=a,segment=7 " RC "id=b,segment=7",
        RC "id=b,segment=7: segment 7 is that of 'a'",
    }, {
        "segment-0", "", RC "id=a,segment=0",
        RC "id=a,segment=0: segment 0 is that of pcie.0",
    }, {
        "segment-beyond-16-bits", "", RC "id=a,segment=65536",
        RC "id=a,segment=65536: segment 65536 is not in 1..65535",
    }, {
        "segment-negative", "", RC "id=a,segment=-2",
        RC "id=a,segment=-2: segment -2 is not in 1..65535",
    }, {
        "segment-not-a-number", "", RC "id=a,segment=one",
        RC "id=a,segment=one: Parameter 'segment' expects integer",
    }, {
        "smmu-unknown", "", RC "id=a,smmu=s",
        RC "id=a,smmu=s: smmu 's' not found: -device msmmu-smmuv3,id=s must "
        "come before this one",
    }, {
        "smmu-is-another-device", "", RC "id=a " RC "id=b,smmu=a",
        RC "id=b,smmu=a: smmu 'a' is not a msmmu-smmuv3 but a msmmu-rc",
    }, {
        "smmu-is-a-pci-device", "", "-device edu,id=e " RC "id=b,smmu=e",
        RC "id=b,smmu=e: smmu 'e' is not a msmmu-smmuv3 but a edu",
    }, {
        "sid-base-without-smmu", "", RC "id=a,sid-base=0x10000",
        RC "id=a,sid-base=0x10000: sid-base needs smmu=ID",
    }, {
        "sid-base-beyond-32-bits", "", RC "id=a,smmu=s,sid-base=0x100000000",
        RC "id=a,smmu=s,sid-base=0x100000000: sid-base 4294967296 is not a "
        "32-bit StreamID",
    }, {
        "device-on-later-rc", "", "-device edu,bus=rc1 " RC "id=rc1",
        "-device edu,bus=rc1: Bus 'rc1' not found",
    }, {
        "highmem-off", "highmem=off", RC "id=a",
        RC "id=a: msmmu-rc needs address space above 4 GiB: remove "
        "highmem=off from -machine",
    }, {
        "highmem-mmio-off", "highmem-mmio=off", RC "id=a",
        RC "id=a: msmmu-rc needs the high PCIe window: remove "
        "highmem-mmio=off from -machine",
    }, {
        "address-map-too-big", "highmem-mmio-size=1T",
        "-cpu cortex-a53 " RC "id=a",
        RC "id=a: the address map does not fit the CPU's address size: the "
        "PCIe windows end at 0x20000000000, the CPU has 40 address bits",
    }, {
        "address-map-too-big-by-ram", "",
        "-cpu cortex-a53 -m 1G,maxmem=600G,slots=1 " RC "id=a",
        RC "id=a: the address map does not fit the CPU's address size: the "
        "PCIe windows end at 0x18000000000, the CPU has 40 address bits",
    }, {
        "virtio-iommu-on-rc", "", RC "id=a -device virtio-iommu-pci,bus=a",
        "-device virtio-iommu-pci,bus=a: virtio-iommu-pci must be on pcie.0, "
        "not on 'a'",
    }, {
        "virtio-iommu-beside-upstream-smmu", "iommu=smmuv3",
        "-device virtio-iommu-pci",
        "-device virtio-iommu-pci: bus 'pcie.0' has an IOMMU already",
    }, {
        "virtio-iommu-beside-smmu", "",
        SMMU "id=s,primary-bus=pcie.0 -device virtio-iommu-pci",
        "-device virtio-iommu-pci: bus 'pcie.0' has an IOMMU already",
    }, {
        "virtio-iommu-twice", "",
        "-device virtio-iommu-pci -device virtio-iommu-pci",
        "-device virtio-iommu-pci: bus 'pcie.0' has an IOMMU already",
    }, {
        "expander-on-rc", "", RC "id=a -device pxb-pcie,bus=a,bus_nr=16",
        "-device pxb-pcie,bus=a,bus_nr=16: pxb-pcie must be on pcie.0, not "
        "on 'a': use another msmmu-rc instead",
    }, {
        "numa-node-of-rc", "", RC "id=a,numa-node=0",
        RC "id=a,numa-node=0: numa-node=0: the machine has 0 nodes (-numa "
        "node)",
    }, {
        "numa-node-of-smmu", "", SMMU "id=s,numa-node=7",
        SMMU "id=s,numa-node=7: numa-node=7: the machine has 0 nodes (-numa "
        "node)",
    }, {
        "smmu-beside-virtio-iommu", "",
        "-device virtio-iommu-pci " SMMU "id=s,primary-bus=pcie.0",
        SMMU "id=s,primary-bus=pcie.0: bus 'pcie.0' has an IOMMU already",
    }, {
        "smmu-beside-upstream-smmu", "iommu=smmuv3",
        SMMU "id=s,primary-bus=pcie.0",
        SMMU "id=s,primary-bus=pcie.0: bus 'pcie.0' has an IOMMU already",
    }, {
        "two-smmus-on-one-bus", "",
        RC "id=a " SMMU "id=s,primary-bus=a " SMMU "id=t,primary-bus=a",
        SMMU "id=t,primary-bus=a: bus 'a' has an IOMMU already",
    }, {
        "primary-bus-and-smmu-on-one-bus", "",
        SMMU "id=s " RC "id=a,smmu=s " SMMU "id=t,primary-bus=a",
        SMMU "id=t,primary-bus=a: bus 'a' has an IOMMU already",
    }, {
        "smmu-without-id", "", "-device msmmu-smmuv3",
        "-device msmmu-smmuv3: msmmu-smmuv3 needs an id: its saved state is "
        "found by it",
    }, {
        "smmu-on-unknown-bus", "", SMMU "id=s,primary-bus=x",
        SMMU "id=s,primary-bus=x: primary-bus=x: no such PCI bus; a root "
        "complex must come first on the command line, as in -device "
        "msmmu-rc,id=x",
    }, {
        "smmu-on-later-bus", "", SMMU "id=s,primary-bus=a " RC "id=a",
        SMMU "id=s,primary-bus=a: primary-bus=a: no such PCI bus; a root "
        "complex must come first on the command line, as in -device "
        "msmmu-rc,id=a",
    }, {
        "smmu-on-bus-behind-bridge", "",
        RC "id=a -device pcie-root-port,bus=a,id=p,chassis=1 "
        SMMU "id=s,primary-bus=p",
        SMMU "id=s,primary-bus=p: primary-bus=p: this bus is behind a "
        "bridge; name the root bus",
    }, {
        "smmu-comes-after-rc", "", RC "id=a,smmu=s " SMMU "id=s",
        RC "id=a,smmu=s: smmu 's' not found: -device msmmu-smmuv3,id=s must "
        "come before this one",
    }, {
        "granule-unknown", "", SMMU "id=s,granules=8k",
        SMMU "id=s,granules=8k: granules=8k: '8k' is none of them; use 4k, "
        "16k or 64k, or several joined by '+'",
    }, {
        "granule-twice", "", SMMU "id=s,granules=4k+4k",
        SMMU "id=s,granules=4k+4k: granules=4k+4k: 4k is named twice",
    }, {
        "granules-empty", "", SMMU "id=s,granules=",
        SMMU "id=s,granules=: granules must be one or more of 4k, 16k and 64k "
        "(IHI 0070 6.3.6)",
    }, {
        "granules-ends-in-plus", "", SMMU "id=s,granules=4k+",
        SMMU "id=s,granules=4k+: granules=4k+: '' is none of them; use 4k, "
        "16k or 64k, or several joined by '+'",
    }, {
        "sid-base-misaligned", "", SMMU "id=s " RC "id=a,smmu=s,sid-base=8",
        RC "id=a,smmu=s,sid-base=8: sid-base=0x8 is not a multiple of 0x10000",
    }, {
        "sid-ranges-overlap", "",
        SMMU "id=s " RC "id=a,smmu=s " RC "id=b,smmu=s",
        RC "id=b,smmu=s: StreamIDs 0x0 to 0xffff of 's' are those of bus 'a' "
        "already",
    }, {
        "sid-range-beyond-sidsize", "",
        SMMU "id=s,sidsize=16 " RC "id=a,smmu=s,sid-base=0x10000",
        RC "id=a,smmu=s,sid-base=0x10000: StreamIDs 0x10000 to 0x1ffff do not "
        "fit: 's' has sidsize=16",
    }, {
        "thirteenth-smmu", "",
        SMMU "id=a " SMMU "id=b " SMMU "id=c " SMMU "id=d " SMMU "id=e "
        SMMU "id=f " SMMU "id=g " SMMU "id=h " SMMU "id=i " SMMU "id=j "
        SMMU "id=k " SMMU "id=l " SMMU "id=m",
        SMMU "id=m: the machine has 12 instances already and no room for "
        "another",
    },
};

static void test_bad(const void *opaque)
{
    const Case *c = opaque;
    g_autofree char *args =
        g_strdup_printf("-M virt-msmmu,dumpdtb=%s%s%s %s", dtb,
                        *c->machine ? "," : "", c->machine, c->args);

    qcommand_check_refused(args, c->message);
}

/* Our types are no devices of any other machine. */
static void test_other_machine(void)
{
    g_autofree char *args =
        g_strdup_printf("-M virt,dumpdtb=%s " RC "id=a", dtb);
    int status;
    g_autofree char *output = qcommand_run(args, &status, NULL);

    g_assert_cmpint(status, ==, 1);
    g_assert_nonnull(strstr(output, "-device msmmu-rc,id=a: Parameter "
                            "'driver' expects a dynamic sysbus device type "
                            "for the machine\n"));
}

/* The cases beside the bad ones: the check itself is not what fails. */
static void test_good(void)
{
    static const char *const good[] = {
        "-M virt-msmmu",
        "-M virt-msmmu,highmem=off",
        "-M virt-msmmu,highmem-mmio-size=1T -cpu max " RC "id=a",
        "-M virt-msmmu -cpu cortex-a53 " RC "id=a",
        "-M virt-msmmu -cpu cortex-a57 " RC "id=a",
        "-M virt-msmmu -cpu cortex-a72 " RC "id=a",
        "-M virt-msmmu -cpu neoverse-n1 " RC "id=a",
        "-M virt-msmmu -cpu max " RC "id=a",
        "-M virt-msmmu,gic-version=2 " RC "id=a",
        "-M virt-msmmu,gic-version=4,virtualization=on " RC "id=a",
        "-M virt-msmmu,its=off " RC "id=a",
        "-M virt-msmmu -smp 16 " RC "id=a",
        "-M virt-msmmu,memory-backend=m -m 64G "
        "-object memory-backend-ram,id=m,size=64G,reserve=off " RC "id=a",
        "-M virt-msmmu,iommu=smmuv3 " RC "id=a",
        "-M virt-msmmu " RC "id=a -device virtio-iommu-pci",
        "-M virt-msmmu " RC "id=a,segment=1 " RC "id=b,segment=0xffff",
        "-M virt-msmmu " RC "id=a -device pxb-pcie,id=p,bus_nr=16 "
        "-device pcie-root-port,bus=p,id=q,chassis=1 -device edu,bus=q",
        "-M virt-msmmu " RC "id=a " SMMU "id=s,primary-bus=a,msi=off "
        "-device edu,bus=a,addr=1f",
        "-M virt-msmmu " SMMU "id=s,sidsize=18 " RC "id=a,smmu=s " RC
        "id=b,smmu=s,sid-base=0x10000 -device edu,bus=b,addr=1f",
        "-M virt-msmmu " RC "id=a " SMMU "id=s,arch=3.0",
        "-M virt-msmmu " RC "id=a " SMMU "id=s,arch=3.0,ril=off",
        "-M virt-msmmu " RC "id=a " SMMU "id=s,arch=3.1,ril=on",
        "-M virt-msmmu " RC "id=a " SMMU "id=s,arch=3.4",
        RC "id=a -M virt-msmmu -device pcie-root-port,bus=a,id=b,chassis=1 "
        "-device edu,bus=b",
    };

    for (int i = 0; i < ARRAY_SIZE(good); i++) {
        g_autofree char *args =
            g_strdup_printf("%s -machine dumpdtb=%s", good[i], dtb);
        int status;
        g_autofree char *output = qcommand_run(args, &status, NULL);

        g_test_message("%s -> %s", args, output);
        g_assert_cmpint(status, ==, 0);
    }
}

int main(int argc, char **argv)
{
    int fd, result;

    g_test_init(&argc, &argv, NULL);
    fd = g_file_open_tmp("msmmu-XXXXXX.dtb", &dtb, NULL);
    g_assert_cmpint(fd, >=, 0);
    close(fd);

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *path = g_strdup_printf("/msmmu/cmdline/bad/%s",
                                                cases[i].name);

        qtest_add_data_func(path, &cases[i], test_bad);
    }
    qtest_add_func("/msmmu/cmdline/bad/rc-on-other-machine",
                   test_other_machine);
    qtest_add_func("/msmmu/cmdline/good", test_good);
    result = g_test_run();
    unlink(dtb);
    g_free(dtb);
    return result;
}
