/*
 * The IORT of virt-msmmu, node by node.
 *
 * Expected nodes are literal, as little-endian words: Arm DEN 0049 E.e for the
 * layout, the user guide's address map for addresses and interrupts. The first
 * word of a node has its type, its length from bit 8, its revision from bit
 * 24; identifier, number of mappings and their offset follow. A mapping is
 * input base, count minus one, output base, reference, flags. Reserved memory
 * has its range after its mappings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/bswap.h"
#include "libqtest.h"
#include "acpi.h"

#define MACHINE "-M virt-msmmu "
#define RC(n) "-device msmmu-rc,id=rc" #n " "
#define SMMU(n, options) "-device msmmu-smmuv3,id=smmu" #n ",primary-bus=rc" \
                         #n options " "

/* Of 64 MiB and one processor each */
#define TWO_NODES "-smp 2 -m 128M " \
    "-object memory-backend-ram,id=m0,size=64M " \
    "-object memory-backend-ram,id=m1,size=64M " \
    "-numa node,memdev=m0,cpus=0 -numa node,memdev=m1,cpus=1 "

#define FIRST_NODE 48

/* As many words of each as the node's first word asks for */
typedef struct Node {
    uint32_t header[4];
    uint32_t body[13];
    uint32_t mappings[4][5];
    uint32_t range[5];      /* base, length, 0 */
} Node;

/* An ITS group of one ITS; @id is the node's, @its the MADT's. */
#define ITS_GROUP(id, its) { { 0x01001800, id, 0, 0 }, { 1, its } }
#define ITS_GROUP_BYTES 0x18

/* The body of an SMMUv3 node without PRI queue and VATOS */
#define SMMU_AT(base, flags, event, pri, gerror, sync, index) \
    { base, 0, flags, 0, 0, 0, 0, event, pri, gerror, sync, 0, index }

/* That of a root complex: coherent, 64 address bits, no ATS */
#define SEGMENT(number) { 1, 0x03000000, 0, number, 0x40, 0 }

/* All RequesterIDs of a segment */
#define RANGE(input, output, node) { input, 0xffff, output, node, 0 }
/* The SMMU itself: slot 31, function 0 */
#define OWN_MESSAGES(node) { 0, 0, 0xf8, node, 1 }

static void expect_words(QTable iort, size_t *at, const uint32_t *words,
                         unsigned count)
{
    for (unsigned i = 0; i < count; i++, *at += 4) {
        g_assert_cmpuint(*at + 4, <=, iort.size);
        if (ldl_le_p(iort.bytes + *at) != words[i]) {
            g_test_message("at 0x%zx: 0x%08x, not 0x%08x", *at,
                           ldl_le_p(iort.bytes + *at), words[i]);
            g_test_fail();
        }
    }
}

/* The table has these nodes and no others. */
static void expect_nodes(const char *args, const Node *nodes, unsigned count)
{
    g_autoptr(QAcpi) acpi = qacpi_new(args);
    QTable iort = qacpi_table(acpi, "IORT");
    size_t at = FIRST_NODE;

    g_test_message("%s", args);
    g_assert_cmpuint(iort.bytes[8], ==, 6);
    g_assert_cmpuint(ldl_le_p(iort.bytes + 36), ==, count);
    g_assert_cmpuint(ldl_le_p(iort.bytes + 40), ==, FIRST_NODE);
    g_assert_cmpuint(ldl_le_p(iort.bytes + 44), ==, 0);
    for (unsigned i = 0; i < count; i++) {
        const Node *node = &nodes[i];
        unsigned bytes = extract32(node->header[0], 8, 16);
        unsigned mappings = node->header[2];

        g_assert_cmpuint(node->header[1], ==, i);
        expect_words(iort, &at, node->header, 4);
        unsigned range = (node->header[0] & 0xff) == 6 ? 5 : 0;

        expect_words(iort, &at, node->body,
                     bytes / 4 - 4 - mappings * 5 - range);
        expect_words(iort, &at, node->mappings[0], mappings * 5);
        expect_words(iort, &at, node->range, range);
    }
    g_assert_cmpuint(at, ==, iort.size);
}
#define EXPECT_NODES(args, ...) \
    do { \
        const Node nodes_[] = { __VA_ARGS__ }; \
        expect_nodes(args, nodes_, ARRAY_SIZE(nodes_)); \
    } while (0)

static void test_one(void)
{
    EXPECT_NODES(MACHINE RC(1) SMMU(1, ""),
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ { { 0x05006c04, 2, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x48),
            OWN_MESSAGES(0x48) } },
        /* 0xcc */ { { 0x04003c02, 3, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 4, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x60) } });
}

static void test_no_smmu(void)
{
    EXPECT_NODES(MACHINE RC(1),
        ITS_GROUP(0, 0), ITS_GROUP(1, 1),
        { { 0x04003c02, 2, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 3, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x48) } });
}

/* Three, of which one has lines only, and one root complex has no SMMU. */
static void test_three(void)
{
    EXPECT_NODES(MACHINE RC(1) SMMU(1, "") RC(2) RC(3) SMMU(3, ",msi=off"),
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        /* 0x78 */ ITS_GROUP(3, 3),
        /* 0x90 */ { { 0x05006c04, 4, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x48),
            OWN_MESSAGES(0x48) } },
        /* 0xfc */ { { 0x05005804, 5, 1, 0x44 },
          SMMU_AT(0x0b080000, 0x01, 252, 253, 255, 254, 0),
          { RANGE(0, 0, 0x78) } },
        { { 0x04003c02, 6, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 7, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x90) } },
        { { 0x04003c02, 8, 1, 0x28 },
          SEGMENT(2), { RANGE(0, 0, 0x60) } },
        { { 0x04003c02, 9, 1, 0x28 },
          SEGMENT(3), { RANGE(0, 0, 0xfc) } });
}

/* One instance, three segments: each has StreamIDs and an ITS of its own. */
static void test_shared(void)
{
    EXPECT_NODES(MACHINE RC(1) SMMU(1, "")
        "-device msmmu-rc,id=rc2,smmu=smmu1,sid-base=0x10000 "
        "-device msmmu-rc,id=rc3,segment=0x123,smmu=smmu1,sid-base=0x50000",
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        /* 0x78 */ ITS_GROUP(3, 0x123),
        /* 0x90 */ { { 0x05009404, 4, 4, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 3),
          { RANGE(0, 0, 0x48),
            RANGE(0x10000, 0, 0x60),
            RANGE(0x50000, 0, 0x78),
            OWN_MESSAGES(0x48) } },
        { { 0x04003c02, 5, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 6, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x90) } },
        { { 0x04003c02, 7, 1, 0x28 },
          SEGMENT(2), { RANGE(0, 0x10000, 0x90) } },
        { { 0x04003c02, 8, 1, 0x28 },
          SEGMENT(0x123), { RANGE(0, 0x50000, 0x90) } });
}

static void test_pcie0(void)
{
    EXPECT_NODES(MACHINE "-device msmmu-smmuv3,id=s,primary-bus=pcie.0",
        ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05006c04, 1, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x30),
            OWN_MESSAGES(0x30) } },
        { { 0x04003c02, 2, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x48) } });
}

/* It is there, and nobody's. */
static void test_no_bus(void)
{
    EXPECT_NODES(MACHINE "-device msmmu-smmuv3,id=s",
        ITS_GROUP(0, 0),
        { { 0x05004404, 1, 0, 0 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0) },
        { { 0x04003c02, 2, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } });
}

/* Each expander has its instance, pcie.0's, or asked for none. */
static void test_expanders(void)
{
    EXPECT_NODES(MACHINE "-device msmmu-smmuv3,id=s,primary-bus=pcie.0 "
        "-device pxb-pcie,bus=pcie.0,id=a,bus_nr=0x40 "
        "-device pxb-pcie,bus=pcie.0,id=b,bus_nr=0x20,bypass_iommu=on",
        ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05006c04, 1, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x30),
            OWN_MESSAGES(0x30) } },
        { { 0x04006402, 2, 3, 0x28 },
          SEGMENT(0),
          { { 0x0000, 0x1fff, 0x0000, 0x48, 0 },
            { 0x2000, 0x1fff, 0x2000, 0x30, 0 },
            { 0x4000, 0xbfff, 0x4000, 0x48, 0 } } });
}

/* StreamIDs are RequesterIDs, and its MSIs are of slot 31 of its bus. */
static void test_expander_of_its_own(void)
{
    EXPECT_NODES(MACHINE "-device msmmu-smmuv3,id=s,primary-bus=pcie.0 "
        "-device pxb-pcie,bus=pcie.0,id=a,bus_nr=0x40 "
        "-device msmmu-smmuv3,id=t,primary-bus=a",
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05006c04, 1, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x30), OWN_MESSAGES(0x30) } },
        /* 0xb4 */ { { 0x05006c04, 2, 2, 0x44 },
          SMMU_AT(0x0b080000, 0x11, 252, 0, 255, 254, 1),
          { RANGE(0, 0, 0x30), { 0, 0, 0x40f8, 0x30, 1 } } },
        { { 0x04005002, 3, 2, 0x28 },
          SEGMENT(0), { { 0x0000, 0x3fff, 0x0000, 0x48, 0 },
                        { 0x4000, 0xbfff, 0x4000, 0xb4, 0 } } });
    EXPECT_NODES(MACHINE "-device pxb-pcie,bus=pcie.0,id=a,bus_nr=0x40 "
        "-device msmmu-smmuv3,id=t,primary-bus=a,msi=off",
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05005804, 1, 1, 0x44 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x30) } },
        { { 0x04005002, 2, 2, 0x28 },
          SEGMENT(0), { { 0x0000, 0x3fff, 0x0000, 0x30, 0 },
                        { 0x4000, 0xbfff, 0x4000, 0x48, 0 } } });
}

static void test_bypass(void)
{
    EXPECT_NODES("-M virt-msmmu,default_bus_bypass_iommu=on "
        "-device msmmu-smmuv3,id=s,primary-bus=pcie.0 "
        "-device msmmu-rc,id=rc1,bypass-iommu=on " SMMU(1, ",msi=off"),
        ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        { { 0x05006c04, 2, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x11, 248, 0, 251, 250, 1),
          { RANGE(0, 0, 0x30),
            OWN_MESSAGES(0x30) } },
        { { 0x05005804, 3, 1, 0x44 },
          SMMU_AT(0x0b080000, 0x01, 252, 253, 255, 254, 0),
          { RANGE(0, 0, 0x48) } },
        { { 0x04003c02, 4, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 5, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x48) } });
}

/* Nothing takes an MSI by its DeviceID. */
static void test_no_its(void)
{
    static const char *const machines[] = {
        "-M virt-msmmu,its=off " RC(1) SMMU(1, "") RC(2),
        "-M virt-msmmu,gic-version=2 " RC(1) SMMU(1, "") RC(2),
    };

    for (int i = 0; i < ARRAY_SIZE(machines); i++) {
        EXPECT_NODES(machines[i],
            /* 0x30 */ { { 0x05004404, 0, 0, 0 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0) },
            { { 0x04002802, 1, 0, 0 },
          SEGMENT(0) },
            { { 0x04003c02, 2, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0x30) } },
            { { 0x04002802, 3, 0, 0 },
          SEGMENT(2) });
    }
}

/* IDR0.HTTU, as far as two bits from bit 1 on can tell */
static void test_httu(void)
{
    static const struct {
        const char *option;
        uint32_t flags;
    } cases[] = {
        { ",msi=off,httu=off", 0x01 },
        { ",msi=off,httu=access", 0x03 },
        { ",msi=off,httu=dirty", 0x05 },
        { ",msi=off,httu=table", 0x05 },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *args = g_strdup_printf(MACHINE
            "-device msmmu-smmuv3,id=s,primary-bus=pcie.0%s",
            cases[i].option);

        EXPECT_NODES(args,
            ITS_GROUP(0, 0),
            { { 0x05005804, 1, 1, 0x44 },
          SMMU_AT(0x0b000000, cases[i].flags, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x30) } },
            { { 0x04003c02, 2, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x48) } });
    }
}

/* virt's own SMMU stays on pcie.0, and ours are not behind it. */
static void test_beside_upstream(void)
{
    EXPECT_NODES("-M virt-msmmu,iommu=smmuv3 " RC(1) SMMU(1, ",msi=off") RC(2),
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        /* 0x78 */ { { 0x04005804, 3, 1, 0x44 },
          SMMU_AT(0x09050000, 0x01, 106, 107, 109, 108, 0),
          { RANGE(0, 0, 0x30) } },
        /* 0xd0 */ { { 0x05005804, 4, 1, 0x44 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x48) } },
        { { 0x04003c02, 5, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x78) } },
        { { 0x04003c02, 6, 1, 0x28 },
          SEGMENT(1), { RANGE(0, 0, 0xd0) } },
        { { 0x04003c02, 7, 1, 0x28 },
          SEGMENT(2), { RANGE(0, 0, 0x60) } });
}

/* Bit 3 of the flags, and the word before the last */
static void test_numa_node(void)
{
    EXPECT_NODES(MACHINE TWO_NODES
        "-device msmmu-smmuv3,id=s,primary-bus=pcie.0,msi=off,numa-node=1 "
        "-device msmmu-smmuv3,id=t,numa-node=0 -device msmmu-smmuv3,id=u",
        ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05005804, 1, 1, 0x44 },
          { 0x0b000000, 0, 0x09, 0, 0, 0, 0, 248, 249, 251, 250, 1, 0 },
          { RANGE(0, 0, 0x30) } },
        { { 0x05004404, 2, 0, 0 },
          { 0x0b080000, 0, 0x09, 0, 0, 0, 0, 252, 253, 255, 254, 0, 0 } },
        { { 0x05004404, 3, 0, 0 },
          { 0x0b100000, 0, 0x01, 0, 0, 0, 0, 256, 257, 259, 258, 0, 0 } },
        { { 0x04003c02, 4, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x48) } });
}

/* Memory access flags, in the top byte of the body's second word */
static void test_canwbs(void)
{
    EXPECT_NODES(MACHINE "-device msmmu-rc,id=rc1,canwbs=on "
        "-device msmmu-rc,id=rc2,canwbs=off",
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        { { 0x04003c02, 3, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 4, 1, 0x28 },
          { 1, 0x07000000, 0, 1, 0x40, 0 }, { RANGE(0, 0, 0x48) } },
        { { 0x04003c02, 5, 1, 0x28 },
          { 1, 0x03000000, 0, 2, 0x40, 0 }, { RANGE(0, 0, 0x60) } });
}

/*
 * Substreams as wide as the instance takes them: bit 2 of the ATS attribute,
 * and from bit 8 of the word of the address size on. In segment 0, the widest.
 */
static void test_substreams(void)
{
    EXPECT_NODES(MACHINE RC(1) SMMU(1, ",msi=off,ssidsize=20") RC(2)
        SMMU(2, ",msi=off"),
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        /* 0x78 */ { { 0x05005804, 3, 1, 0x44 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x48) } },
        /* 0xd0 */ { { 0x05005804, 4, 1, 0x44 },
          SMMU_AT(0x0b080000, 0x01, 252, 253, 255, 254, 0),
          { RANGE(0, 0, 0x60) } },
        { { 0x04003c02, 5, 1, 0x28 },
          SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 6, 1, 0x28 },
          { 1, 0x03000000, 4, 1, 0x1440, 0 }, { RANGE(0, 0, 0x78) } },
        { { 0x04003c02, 7, 1, 0x28 },
          SEGMENT(2), { RANGE(0, 0, 0xd0) } });
    EXPECT_NODES(MACHINE
        "-device msmmu-smmuv3,id=s,primary-bus=pcie.0,msi=off,ssidsize=3 "
        "-device pxb-pcie,bus=pcie.0,id=a,bus_nr=0x40 "
        "-device msmmu-smmuv3,id=t,primary-bus=a,msi=off,ssidsize=8 "
        "-device pxb-pcie,bus=pcie.0,id=b,bus_nr=0x80",
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ { { 0x05005804, 1, 1, 0x44 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x30) } },
        /* 0xa0 */ { { 0x05005804, 2, 1, 0x44 },
          SMMU_AT(0x0b080000, 0x01, 252, 253, 255, 254, 0),
          { RANGE(0, 0, 0x30) } },
        { { 0x04006402, 3, 3, 0x28 },
          { 1, 0x03000000, 4, 0, 0x0840, 0 },
          { { 0x0000, 0x3fff, 0x0000, 0x48, 0 },
            { 0x4000, 0x3fff, 0x4000, 0xa0, 0 },
            { 0x8000, 0x7fff, 0x8000, 0x48, 0 } } });
}

/* ---- Reserved memory ----------------------------------------------------- */

#define FUNCTION(id, bus, addr) \
    "-device edu,id=" #id ",bus=" #bus ",addr=" #addr " "

#define SHARED_MACHINE MACHINE RC(1) SMMU(1, ",msi=off") \
    "-device msmmu-rc,id=rc2,smmu=smmu1,sid-base=0x10000 " \
    FUNCTION(a, rc1, 3) FUNCTION(b, rc2, 4.2) FUNCTION(c, rc2, 5)

/* Its nodes, and then @more: reserved memory */
static void expect_shared_nodes(const char *args, const Node *more,
                                unsigned count)
{
    static const Node shared[] = {
        /* 0x30 */ ITS_GROUP(0, 0),
        /* 0x48 */ ITS_GROUP(1, 1),
        /* 0x60 */ ITS_GROUP(2, 2),
        /* 0x78 */ { { 0x05006c04, 3, 2, 0x44 },
          SMMU_AT(0x0b000000, 0x01, 248, 249, 251, 250, 0),
          { RANGE(0, 0, 0x48), RANGE(0x10000, 0, 0x60) } },
        { { 0x04003c02, 4, 1, 0x28 }, SEGMENT(0), { RANGE(0, 0, 0x30) } },
        { { 0x04003c02, 5, 1, 0x28 }, SEGMENT(1), { RANGE(0, 0, 0x78) } },
        { { 0x04003c02, 6, 1, 0x28 },
          SEGMENT(2), { RANGE(0, 0x10000, 0x78) } },
    };
    g_autoptr(GArray) nodes = g_array_new(false, false, sizeof(Node));

    g_array_append_vals(nodes, shared, ARRAY_SIZE(shared));
    g_array_append_vals(nodes, more, count);
    expect_nodes(args, (const Node *)nodes->data, nodes->len);
}

/* Flags: normal memory, write-back, from bit 2 on */
static void test_reserved(void)
{
    static const Node reserved[] = {
        { { 0x03005806, 7, 2, 28 }, { 0x14, 1, 68 },
          { { 0x18, 0, 0x18, 0x78, 1 }, { 0x22, 0, 0x10022, 0x78, 1 } },
          { 0x0bc00000, 0, 0x20000, 0, 0 } },
        { { 0x03004406, 8, 1, 28 }, { 0x14, 1, 48 },
          { { 0x28, 0, 0x10028, 0x78, 1 } },
          { 0x0bc20000, 0, 0x10000, 0, 0 } },
    };

    expect_shared_nodes(SHARED_MACHINE
        "-device msmmu-reserved-memory,id=r,device=a+b,size=128K "
        "-device msmmu-reserved-memory,id=s,device=c",
        reserved, ARRAY_SIZE(reserved));
}

static void expect_reserved(const char *options, uint32_t flags,
                            uint64_t base, uint64_t size)
{
    g_autofree char *args = g_strdup_printf(SHARED_MACHINE
        "-device msmmu-reserved-memory,id=r,device=a%s", options);

    const Node reserved = {
        { 0x03004406, 7, 1, 28 }, { flags, 1, 48 },
        { { 0x18, 0, 0x18, 0x78, 1 } },
        { base, base >> 32, size, size >> 32, 0 },
    };

    expect_shared_nodes(args, &reserved, 1);
}

static void test_reserved_base(void)
{
    expect_reserved("", 0x14, 0x0bc00000, 0x10000);
    expect_reserved(",base=0x0bff0000", 0x14, 0x0bff0000, 0x10000);
    expect_reserved(",base=0x2000000000", 0x14, 0x2000000000, 0x10000);
}

static void test_reserved_size(void)
{
    expect_reserved(",size=4M", 0x14, 0x0bc00000, 0x400000);
    expect_reserved(",size=4G,base=0x2000000000", 0x14, 0x2000000000,
                    0x100000000);
}

static void test_reserved_remap(void)
{
    expect_reserved(",remap=on", 0x15, 0x0bc00000, 0x10000);
    expect_reserved(",remap=off", 0x14, 0x0bc00000, 0x10000);
}

static void test_reserved_privileged(void)
{
    expect_reserved(",privileged=on", 0x16, 0x0bc00000, 0x10000);
    expect_reserved(",privileged=off", 0x14, 0x0bc00000, 0x10000);
}

static void test_reserved_attributes(void)
{
    static const struct {
        const char *option;
        uint32_t flags;
    } cases[] = {
        { ",attributes=device-ngnrne", 0x00 },
        { ",attributes=device-ngnre", 0x04 },
        { ",attributes=device-ngre", 0x08 },
        { ",attributes=device-gre", 0x0c },
        { ",attributes=normal-nc", 0x10 },
        { ",attributes=normal-wb", 0x14 },
    };

    for (int i = 0; i < ARRAY_SIZE(cases); i++) {
        expect_reserved(cases[i].option, cases[i].flags, 0x0bc00000, 0x10000);
    }
}

/* ---- Many ---------------------------------------------------------------- */

/* The tenth, and those beyond the lines of root complexes */
static void test_many(void)
{
    g_autoptr(GString) args = g_string_new(MACHINE);
    g_autoptr(QAcpi) acpi = NULL;
    QTable iort;
    const uint8_t *smmu;

    for (int i = 1; i <= 10; i++) {
        g_string_append_printf(args, "-device msmmu-rc,id=rc%d "
                               "-device msmmu-smmuv3,id=smmu%d,primary-bus=rc%d"
                               " ", i, i, i);
    }
    acpi = qacpi_new(args->str);
    iort = qacpi_table(acpi, "IORT");
    g_assert_cmpuint(ldl_le_p(iort.bytes + 36), ==, 11 + 10 + 11);
    smmu = iort.bytes + FIRST_NODE + 11 * ITS_GROUP_BYTES + 9 * 0x6c;
    g_assert_cmphex(ldl_le_p(smmu), ==, 0x05006c04);
    g_assert_cmphex(ldq_le_p(smmu + 16), ==, 0x0b480000);
    g_assert_cmpuint(ldl_le_p(smmu + 44), ==, 284);
    g_assert_cmpuint(ldl_le_p(smmu + 0x44 + 12), ==,
                     FIRST_NODE + 10 * ITS_GROUP_BYTES);
}

#define ADD(name, test) \
    qtest_add_func("/msmmu/property/msmmu-reserved-memory/" name, test)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/msmmu/acpi-iort/one-instance", test_one);
    qtest_add_func("/msmmu/acpi-iort/no-instance", test_no_smmu);
    qtest_add_func("/msmmu/acpi-iort/messages-lines-and-none", test_three);
    qtest_add_func("/msmmu/acpi-iort/a-shared-instance-tells-segments-apart",
                   test_shared);
    qtest_add_func("/msmmu/acpi-iort/an-instance-on-pcie.0", test_pcie0);
    qtest_add_func("/msmmu/acpi-iort/an-instance-without-a-bus", test_no_bus);
    qtest_add_func("/msmmu/acpi-iort/expanders-are-parts-of-segment-0",
                   test_expanders);
    qtest_add_func("/msmmu/acpi-iort/an-expander-with-an-instance-of-its-own",
                   test_expander_of_its_own);
    qtest_add_func("/msmmu/acpi-iort/bypassing-buses-go-straight-to-the-its",
                   test_bypass);
    qtest_add_func("/msmmu/acpi-iort/without-its-nothing-is-mapped-to-one",
                   test_no_its);
    qtest_add_func("/msmmu/acpi-iort/overrides-say-what-idr0-says", test_httu);
    qtest_add_func("/msmmu/acpi-iort/beside-the-smmu-of-virt",
                   test_beside_upstream);
    qtest_add_func("/msmmu/acpi-iort/ten-instances", test_many);
    qtest_add_func("/msmmu/property/msmmu-rc/canwbs/the-iort-says-it",
                   test_canwbs);
    qtest_add_func("/msmmu/property/msmmu-smmuv3/numa-node/the-iort-says-it",
                   test_numa_node);
    qtest_add_func("/msmmu/acpi-iort/pasids-as-wide-as-instances-take",
                   test_substreams);
    qtest_add_func("/msmmu/acpi-iort/reserved-memory-and-its-streams",
                   test_reserved);
    ADD("base/the-iort-says-it", test_reserved_base);
    ADD("size/the-iort-says-it", test_reserved_size);
    ADD("remap/the-iort-permits-it", test_reserved_remap);
    ADD("privileged/the-iort-says-it", test_reserved_privileged);
    ADD("attributes/the-iort-says-it", test_reserved_attributes);
    return g_test_run();
}
