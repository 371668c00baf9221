/*
 * The device tree of virt-msmmu, read with libfdt from what dumpdtb= writes.
 *
 * Expected cells are literal: bindings pci/host-generic-pci, pci/pci-msi,
 * pci/pci-iommu and iommu/arm,smmu-v3, and the user guide's address map.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include <libfdt.h>
#include <glib/gstdio.h>

#define MACHINE "-M virt-msmmu,dtb-randomness=off "
#define THREE_RCS "-device msmmu-rc,id=rc1 -device msmmu-rc,id=rc2 " \
                  "-device msmmu-rc,id=rc3 "
#define RC1 "/pcie@c000000000"
#define RC2 "/pcie@c200000000"
#define RC3 "/pcie@c400000000"
#define PCIE0 "/pcie@10000000"
#define GIC "/intc@8000000"

typedef struct Tree {
    void *fdt;
    size_t size;
} Tree;

static void tree_free(Tree *tree)
{
    g_free(tree->fdt);
    g_free(tree);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

/* The tree of the machine of this command line. */
static Tree *dump(const char *args)
{
    g_autofree char *path = NULL;
    g_autofree char *command = NULL;
    g_autofree char *errors = NULL;
    Tree *tree = g_new0(Tree, 1);
    int fd = g_file_open_tmp("msmmu-fdt-XXXXXX", &path, NULL);
    int status;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    command = g_strdup_printf("%s -nodefaults -display none -accel qtest %s "
                              "-machine dumpdtb=%s",
                              getenv("QTEST_QEMU_BINARY"), args, path);
    g_assert_true(g_spawn_command_line_sync(command, NULL, &errors, &status,
                                            NULL));
    g_test_message("%s -> %s", command, errors);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_get_contents(path, (char **)&tree->fdt, &tree->size,
                                      NULL));
    g_assert_cmpint(fdt_check_full(tree->fdt, tree->size), ==, 0);
    g_unlink(path);
    return tree;
}

static int node(const Tree *tree, const char *path)
{
    int offset = fdt_path_offset(tree->fdt, path);

    if (offset < 0) {
        g_test_message("no node %s", path);
        g_assert_not_reached();
    }
    return offset;
}

static bool has(const Tree *tree, const char *path, const char *property)
{
    return fdt_getprop(tree->fdt, node(tree, path), property, NULL) != NULL;
}

static uint32_t cell(const Tree *tree, const char *path, const char *property,
                     unsigned index)
{
    int len;
    const uint32_t *cells = fdt_getprop(tree->fdt, node(tree, path), property,
                                        &len);

    g_assert_nonnull(cells);
    g_assert_cmpint(index * 4, <, len);
    return ldl_be_p(cells + index);
}

/* The property is these cells and no more. */
static void expect_cells_array(const Tree *tree, const char *path,
                               const char *property, const uint32_t *expected,
                               unsigned count)
{
    int len;

    fdt_getprop(tree->fdt, node(tree, path), property, &len);
    g_test_message("%s %s", path, property);
    g_assert_cmpint(len, ==, count * 4);
    for (unsigned i = 0; i < count; i++) {
        g_assert_cmphex(cell(tree, path, property, i), ==, expected[i]);
    }
}
#define expect_cells(tree, path, property, ...) \
    do { \
        const uint32_t cells_[] = { __VA_ARGS__ }; \
        expect_cells_array(tree, path, property, cells_, \
                           ARRAY_SIZE(cells_)); \
    } while (0)

/* The property is these bytes and no more. */
static void expect_bytes(const Tree *tree, const char *path,
                         const char *property, const void *expected,
                         size_t size)
{
    int len;
    const void *value = fdt_getprop(tree->fdt, node(tree, path), property,
                                    &len);

    g_assert_nonnull(value);
    g_assert_cmpmem(value, len, expected, size);
}
/* The property is these strings, each with its NUL, and no more. */
#define expect_strings(tree, path, property, strings) \
    expect_bytes(tree, path, property, strings, sizeof(strings))

static void test_root_complex(void)
{
    g_autoptr(Tree) t = dump(MACHINE THREE_RCS);
    uint32_t gic = cell(t, GIC, "phandle", 0);

    expect_strings(t, RC2, "compatible", "pci-host-ecam-generic");
    expect_strings(t, RC2, "device_type", "pci");
    expect_cells(t, RC2, "#address-cells", 3);
    expect_cells(t, RC2, "#size-cells", 2);
    expect_cells(t, RC2, "#interrupt-cells", 1);
    expect_cells(t, RC2, "linux,pci-domain", 2);
    expect_cells(t, RC2, "bus-range", 0, 255);
    expect_cells(t, RC2, "reg", 0xc2, 0, 0, 0x10000000);
    expect_cells(t, RC2, "ranges",
        0x01000000, 0, 0, 0, 0x0b810000, 0, 0x10000,
        0x02000000, 0, 0x10000000, 0xc2, 0x20000000, 0, 0x20000000,
        0x03000000, 0xc3, 0, 0xc3, 0, 0, 0xffff0000);
    g_assert_true(has(t, RC2, "dma-coherent"));
    g_assert_false(has(t, RC2, "iommu-map"));
    expect_cells(t, RC2, "interrupt-map-mask", 0x1800, 0, 0, 7);
    for (unsigned slot = 0; slot < 4; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            const uint32_t row[] = {
                slot << 11, 0, 0, pin + 1,
                gic, 0, 0, 0, 180 + (slot + pin) % 4, 4,
            };

            for (unsigned i = 0; i < 10; i++) {
                g_assert_cmphex(cell(t, RC2, "interrupt-map",
                                     (slot * 4 + pin) * 10 + i), ==, row[i]);
            }
        }
    }
}

static void test_order(void)
{
    g_autoptr(Tree) t = dump(MACHINE THREE_RCS
                             "-device msmmu-rc,id=rc4,segment=9");
    static const uint32_t domains[] = { 0, 1, 2, 3, 9 };
    int offset = -1;

    for (int i = 0; i < ARRAY_SIZE(domains); i++) {
        const void *domain;

        offset = fdt_node_offset_by_compatible(t->fdt, offset,
                                               "pci-host-ecam-generic");
        g_assert_cmpint(offset, >, 0);
        domain = fdt_getprop(t->fdt, offset, "linux,pci-domain", NULL);
        g_assert_cmpint(ldl_be_p(domain), ==, domains[i]);
    }
    g_assert_cmpint(fdt_node_offset_by_compatible(t->fdt, offset,
                                                  "pci-host-ecam-generic"),
                    ==, -FDT_ERR_NOTFOUND);
}

/* The segment property, set both ways */
static void test_segment(void)
{
    static const struct {
        const char *args;
        uint32_t domain;
    } cases[] = {
        { "-device msmmu-rc,id=a,segment=5", 5 },
        { "-device msmmu-rc,id=a,segment=0x9000", 0x9000 },
        { "-device msmmu-rc,id=a", 1 },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *args = g_strconcat(MACHINE, cases[i].args, NULL);
        g_autoptr(Tree) t = dump(args);

        g_assert_cmphex(cell(t, RC1, "linux,pci-domain", 0), ==,
                        cases[i].domain);
    }
}

/* Two trees hold the same properties and nodes, but for order and one name. */
static void expect_same_node(const Tree *a, int node_a, const Tree *b,
                             int node_b, const char *but)
{
    int prop, child, count = 0;

    fdt_for_each_property_offset(prop, a->fdt, node_a) {
        const char *name;
        int len_a, len_b;
        const void *value_a = fdt_getprop_by_offset(a->fdt, prop, &name,
                                                    &len_a);
        const void *value_b = fdt_getprop(b->fdt, node_b, name, &len_b);

        g_assert_nonnull(value_b);
        if (!g_str_equal(name, but)) {
            g_assert_cmpmem(value_a, len_a, value_b, len_b);
        }
        count++;
    }
    fdt_for_each_property_offset(prop, b->fdt, node_b) {
        count--;
    }
    g_assert_cmpint(count, ==, 0);
    fdt_for_each_subnode(child, a->fdt, node_a) {
        const char *name = fdt_get_name(a->fdt, child, NULL);
        int other = fdt_subnode_offset(b->fdt, node_b, name);

        g_assert_cmpint(other, >, 0);
        expect_same_node(a, child, b, other, but);
    }
}

static void test_pcie0(void)
{
    static const char *const variants[] = {
        "", "-M iommu=smmuv3", "-device virtio-iommu-pci",
    };

    for (int i = 0; i < ARRAY_SIZE(variants); i++) {
        g_autofree char *with = g_strdup_printf("%s%s -device msmmu-rc,id=r",
                                                MACHINE, variants[i]);
        g_autofree char *without = g_strdup_printf("%s%s", MACHINE,
                                                   variants[i]);
        g_autoptr(Tree) a = dump(with), b = dump(without);

        expect_same_node(a, node(a, PCIE0), b, node(b, PCIE0), "ranges");
        expect_cells(b, PCIE0, "ranges",
            0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000,
            0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000,
            0x03000000, 0x80, 0, 0x80, 0, 0x80, 0);
        expect_cells(a, PCIE0, "ranges",
            0x01000000, 0, 0, 0, 0x3eff0000, 0, 0x10000,
            0x02000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000,
            0x03000000, 0x80, 0, 0x80, 0, 0x40, 0);
        g_assert_false(has(a, RC1, "iommu-map"));
    }
}

static void test_its(void)
{
    g_autoptr(Tree) t = dump(MACHINE THREE_RCS);
    static const struct {
        const char *rc, *its;
        uint32_t base;
    } pairs[] = {
        { PCIE0, GIC "/its@8080000", 0x08080000 },
        { RC1, GIC "/msi-controller@b600000", 0x0b600000 },
        { RC2, GIC "/msi-controller@b620000", 0x0b620000 },
        { RC3, GIC "/msi-controller@b640000", 0x0b640000 },
    };

    for (int i = 0; i < ARRAY_SIZE(pairs); i++) {
        uint32_t phandle = cell(t, pairs[i].its, "phandle", 0);

        expect_strings(t, pairs[i].its, "compatible", "arm,gic-v3-its");
        expect_cells(t, pairs[i].its, "reg", 0, pairs[i].base, 0, 0x20000);
        expect_cells(t, pairs[i].its, "#msi-cells", 1);
        g_assert_true(has(t, pairs[i].its, "msi-controller"));
        expect_cells(t, pairs[i].rc, "msi-map", 0, phandle, 0, 0x10000);
        for (int j = 0; j < i; j++) {
            g_assert_cmphex(phandle, !=, cell(t, pairs[j].its, "phandle", 0));
        }
    }
}

static void test_gicv2m(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-M gic-version=2 " THREE_RCS);
    uint32_t v2m = cell(t, GIC "/v2m@8020000", "phandle", 0);

    expect_cells(t, PCIE0, "msi-map", 0, v2m, 0, 0x10000);
    expect_cells(t, RC1, "msi-map", 0, v2m, 0, 0x10000);
    expect_cells(t, RC3, "msi-map", 0, v2m, 0, 0x10000);
    g_assert_cmpint(fdt_node_offset_by_compatible(t->fdt, -1,
                                                  "arm,gic-v3-its"),
                    ==, -FDT_ERR_NOTFOUND);
}

static void test_its_off(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-M its=off " THREE_RCS);

    g_assert_false(has(t, PCIE0, "msi-map"));
    g_assert_false(has(t, RC1, "msi-map"));
    g_assert_true(has(t, RC1, "interrupt-map"));
    g_assert_cmpint(fdt_node_offset_by_compatible(t->fdt, -1,
                                                  "arm,gic-v3-its"),
                    ==, -FDT_ERR_NOTFOUND);
}

static void test_same_as_virt(void)
{
    static const char *const variants[] = {
        "", "-M iommu=smmuv3", "-M gic-version=2", "-M virtualization=on",
        "-smp 3 -m 5G", "-M highmem=off", "-device virtio-iommu-pci",
    };

    for (int i = 0; i < ARRAY_SIZE(variants); i++) {
        g_autofree char *ours = g_strdup_printf(MACHINE "-cpu max %s",
                                                variants[i]);
        g_autofree char *virt =
            g_strdup_printf("-M virt,gic-version=3,dtb-randomness=off "
                            "-cpu max %s", variants[i]);
        g_autoptr(Tree) a = dump(ours), b = dump(virt);

        g_assert_cmpmem(a->fdt, a->size, b->fdt, b->size);
    }
}

static void test_smmu(void)
{
    g_autoptr(Tree) t = dump(MACHINE THREE_RCS
                             "-device msmmu-smmuv3,id=s0,primary-bus=pcie.0 "
                             "-device msmmu-smmuv3,id=s1,primary-bus=rc1 "
                             "-device msmmu-smmuv3,id=s3,primary-bus=rc3");
    static const struct {
        const char *smmu, *rc;
        uint32_t base, spi;
    } pairs[] = {
        { "/iommu@b000000", PCIE0, 0x0b000000, 216 },
        { "/iommu@b080000", RC1, 0x0b080000, 220 },
        { "/iommu@b100000", RC3, 0x0b100000, 224 },
    };

    for (int i = 0; i < ARRAY_SIZE(pairs); i++) {
        uint32_t spi = pairs[i].spi;

        expect_strings(t, pairs[i].smmu, "compatible", "arm,smmu-v3");
        expect_cells(t, pairs[i].smmu, "reg", 0, pairs[i].base, 0, 0x20000);
        expect_cells(t, pairs[i].smmu, "#iommu-cells", 1);
        expect_strings(t, pairs[i].smmu, "interrupt-names",
                       "eventq\0cmdq-sync\0gerror");
        expect_cells(t, pairs[i].smmu, "interrupts",
                     0, spi, 1, 0, spi + 2, 1, 0, spi + 3, 1);
        g_assert_true(has(t, pairs[i].smmu, "dma-coherent"));
        expect_cells(t, pairs[i].rc, "iommu-map",
                     0, cell(t, pairs[i].smmu, "phandle", 0), 0, 0x10000);
    }
    g_assert_false(has(t, RC2, "iommu-map"));
}

static void test_shared_smmu(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-device msmmu-rc,id=rc1 "
        "-device msmmu-smmuv3,id=s,sidsize=18,primary-bus=rc1 "
        "-device msmmu-rc,id=rc2,smmu=s,sid-base=0x30000 "
        "-device msmmu-rc,id=rc3,smmu=s,sid-base=0x10000");
    uint32_t smmu = cell(t, "/iommu@b000000", "phandle", 0);

    expect_cells(t, RC1, "iommu-map", 0, smmu, 0, 0x10000);
    expect_cells(t, RC2, "iommu-map", 0, smmu, 0x30000, 0x10000);
    expect_cells(t, RC3, "iommu-map", 0, smmu, 0x10000, 0x10000);
    g_assert_false(has(t, PCIE0, "iommu-map"));
}

/*
 * The MSIs of an instance go to the ITS of the first bus that it serves, from
 * the DeviceID of 00:1f.0.
 */
static void test_msi_parent(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-device msmmu-rc,id=rc1 "
        "-device msmmu-smmuv3,id=a,primary-bus=pcie.0 "
        "-device msmmu-smmuv3,id=b,sidsize=18,primary-bus=rc1 "
        "-device msmmu-rc,id=rc2,smmu=b,sid-base=0x10000 "
        "-device msmmu-smmuv3,id=c,sidsize=18 "
        "-device msmmu-rc,id=rc3,smmu=c,sid-base=0x20000 "
        "-device msmmu-rc,id=rc4,smmu=c,sid-base=0x10000 "
        "-device msmmu-rc,id=rc5 "
        "-device msmmu-smmuv3,id=d,primary-bus=rc5,msi=off "
        "-device msmmu-smmuv3,id=e");
    static const struct {
        const char *smmu, *its;
    } pairs[] = {
        { "/iommu@b000000", GIC "/its@8080000" },
        { "/iommu@b080000", GIC "/msi-controller@b600000" },
        { "/iommu@b100000", GIC "/msi-controller@b640000" },
        { "/iommu@b180000", NULL },         /* msi=off */
        { "/iommu@b200000", NULL },         /* serves nobody */
    };

    for (int i = 0; i < ARRAY_SIZE(pairs); i++) {
        if (pairs[i].its) {
            expect_cells(t, pairs[i].smmu, "msi-parent",
                         cell(t, pairs[i].its, "phandle", 0), 0xf8);
        } else {
            g_assert_false(has(t, pairs[i].smmu, "msi-parent"));
        }
        g_assert_true(has(t, pairs[i].smmu, "interrupts"));
    }
}

/* A GICv2m frame has no #msi-cells. Without a controller there is no parent. */
static void test_other_msi_parents(void)
{
    const char *smmu = "-device msmmu-rc,id=rc1 "
                       "-device msmmu-smmuv3,id=a,primary-bus=rc1 ";
    g_autofree char *v2m = g_strconcat(MACHINE "-M gic-version=2 ", smmu,
                                       NULL);
    g_autofree char *none = g_strconcat(MACHINE "-M its=off ", smmu, NULL);
    g_autoptr(Tree) a = dump(v2m), b = dump(none);

    expect_cells(a, "/iommu@b000000", "msi-parent",
                 cell(a, GIC "/v2m@8020000", "phandle", 0));
    g_assert_false(has(a, GIC "/v2m@8020000", "#msi-cells"));
    g_assert_false(has(b, "/iommu@b000000", "msi-parent"));
}

static void test_bypassed_bus(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-M default-bus-bypass-iommu=on "
        "-device msmmu-smmuv3,id=s,primary-bus=pcie.0 "
        "-device msmmu-rc,id=rc1,bypass-iommu=on "
        "-device msmmu-smmuv3,id=t,primary-bus=rc1");

    g_assert_false(has(t, PCIE0, "iommu-map"));
    g_assert_false(has(t, RC1, "iommu-map"));
}

static void test_numa_nodes(void)
{
    g_autoptr(Tree) t = dump(MACHINE "-smp 2 -m 128M "
        "-object memory-backend-ram,id=m0,size=64M "
        "-object memory-backend-ram,id=m1,size=64M "
        "-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 "
        "-device msmmu-rc,id=rc1,numa-node=1 "
        "-device msmmu-smmuv3,id=s1,primary-bus=rc1,numa-node=0 "
        "-device msmmu-rc,id=rc2 -device msmmu-smmuv3,id=s2,primary-bus=rc2");

    expect_cells(t, RC1, "numa-node-id", 1);
    expect_cells(t, "/iommu@b000000", "numa-node-id", 0);
    g_assert_false(has(t, RC2, "numa-node-id"));
    g_assert_false(has(t, "/iommu@b080000", "numa-node-id"));
    expect_cells(t, GIC "/msi-controller@b600000", "numa-node-id", 1);
    g_assert_false(has(t, GIC "/msi-controller@b620000", "numa-node-id"));
}

/* A function of two regions, and a region of two functions */
static void test_reserved_memory(void)
{
    g_autoptr(Tree) t = dump(MACHINE THREE_RCS
        "-device msmmu-smmuv3,id=s1,primary-bus=rc1 "
        "-device msmmu-smmuv3,id=s2,primary-bus=rc2 "
        "-device edu,id=e1,bus=rc1,addr=3 -device edu,id=e2,bus=rc2,addr=1e.5 "
        "-device edu,id=e3,bus=rc2,addr=4 "
        "-device msmmu-reserved-memory,id=low,device=e1,size=192K "
        "-device msmmu-reserved-memory,id=high,device=e1+e2,base=0x1fffff0000,"
        "size=128K,remap=on");
    const char *low = "/reserved-memory/low@bc00000";
    const char *high = "/reserved-memory/high@1fffff0000";
    uint32_t e1 = cell(t, RC1 "/device@3,0", "phandle", 0);
    uint32_t e2 = cell(t, RC2 "/device@1e,5", "phandle", 0);

    expect_cells(t, "/reserved-memory", "#address-cells", 2);
    expect_cells(t, "/reserved-memory", "#size-cells", 2);
    expect_bytes(t, "/reserved-memory", "ranges", "", 0);
    expect_cells(t, low, "reg", 0, 0x0bc00000, 0, 0x30000);
    expect_cells(t, high, "reg", 0x1f, 0xffff0000, 0, 0x20000);
    expect_bytes(t, low, "no-map", "", 0);
    expect_bytes(t, high, "no-map", "", 0);
    /* The function; PCI memory space, 32 or 64 bits; the region's own place */
    expect_cells(t, low, "iommu-addresses",
                 e1, 0x02000000, 0, 0x0bc00000, 0, 0x30000);
    expect_cells(t, high, "iommu-addresses",
                 e1, 0x03000000, 0x1f, 0xffff0000, 0, 0x20000,
                 e2, 0x03000000, 0x1f, 0xffff0000, 0, 0x20000);
    expect_cells(t, RC1 "/device@3,0", "reg", 0x1800, 0, 0, 0, 0);
    expect_cells(t, RC2 "/device@1e,5", "reg", 0xf500, 0, 0, 0, 0);
    expect_cells(t, RC1 "/device@3,0", "memory-region",
                 cell(t, low, "phandle", 0), cell(t, high, "phandle", 0));
    expect_cells(t, RC2 "/device@1e,5", "memory-region",
                 cell(t, high, "phandle", 0));
    g_assert_cmpint(fdt_path_offset(t->fdt, RC2 "/device@4,0"), ==,
                    -FDT_ERR_NOTFOUND);
}

/* The eleventh and twelfth instance take the platform bus's last lines. */
static void test_twelve_smmus(void)
{
    g_autoptr(GString) args = g_string_new(MACHINE);
    g_autoptr(Tree) t = NULL;

    for (int i = 0; i < 10; i++) {
        g_string_append_printf(args, "-device msmmu-rc,id=r%d "
            "-device msmmu-smmuv3,id=s%d,primary-bus=r%d ", i, i, i);
    }
    g_string_append(args, "-device msmmu-smmuv3,id=s10,primary-bus=pcie.0 "
                    "-device msmmu-smmuv3,id=s11");
    t = dump(args->str);
    g_assert_cmpint(cell(t, "/iommu@b480000", "interrupts", 1), ==, 252);
    g_assert_cmpint(cell(t, "/iommu@b500000", "interrupts", 1), ==, 168);
    g_assert_cmpint(cell(t, "/iommu@b580000", "interrupts", 1), ==, 172);
    expect_cells(t, PCIE0, "iommu-map", 0,
                 cell(t, "/iommu@b500000", "phandle", 0), 0, 0x10000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);

    qtest_add_func("/msmmu/fdt/root-complex-is-complete", test_root_complex);
    qtest_add_func("/msmmu/fdt/pcie.0-comes-first", test_order);
    qtest_add_func("/msmmu/fdt/pcie.0-loses-only-half-its-window",
                   test_pcie0);
    qtest_add_func("/msmmu/fdt/each-rc-has-its-its", test_its);
    qtest_add_func("/msmmu/fdt/rcs-share-gicv2m", test_gicv2m);
    qtest_add_func("/msmmu/fdt/its-off-has-no-msi-map", test_its_off);
    qtest_add_func("/msmmu/fdt/msi-parent-of-each-smmu", test_msi_parent);
    qtest_add_func("/msmmu/fdt/msi-parent-without-its",
                   test_other_msi_parents);
    qtest_add_func("/msmmu/fdt/without-ours-it-is-virts", test_same_as_virt);
    qtest_add_func("/msmmu/fdt/smmu-is-complete", test_smmu);
    qtest_add_func("/msmmu/fdt/shared-smmu-maps-by-sid-base",
                   test_shared_smmu);
    qtest_add_func("/msmmu/fdt/bypassed-bus-has-no-iommu-map",
                   test_bypassed_bus);
    qtest_add_func("/msmmu/fdt/twelve-smmus-have-interrupts",
                   test_twelve_smmus);
    qtest_add_func("/msmmu/property/msmmu-rc/segment/is-the-pci-domain",
                   test_segment);
    qtest_add_func("/msmmu/fdt/numa-nodes-are-told", test_numa_nodes);
    qtest_add_func("/msmmu/fdt/reserved-memory-and-its-users",
                   test_reserved_memory);
    return g_test_run();
}
