/*
 * PCI hosts of virt-msmmu for libqos: see msmmu-host.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "qemu/module.h"
#include "libqos/qgraph.h"
#include "msmmu-host.h"

#define UPSTREAM_REGS 0x09050000
#define UPSTREAM_FIRST_SPI 74

/* Where QRc's windows are used from and to: those that all hosts have */
#define PIO_FIRST 0x1000
#define PIO_END 0x10000
#define MMIO_SIZE 0x20000000

/* StreamIDs of bus 0 */
#define STREAMS 256
#define STE_BYTES 64
#define ASID 1
#define VMID 1
/* Tables have inputs of so many bits, or of what the instance has if less. */
#define INPUT_BITS 39

/* IDR0 (6.3.1) */
#define IDR0_S1P (1u << 1)
#define IDR0_TTF(idr0) ((idr0) >> 2 & 3)
#define TTF_AARCH64 2
#define IDR0_TTENDIAN(idr0) ((idr0) >> 21 & 3)
#define TTENDIAN_BIG 3
/* IDR5 (6.3.6) */
#define IDR5_OAS(idr5) ((idr5) & 7)
#define IDR5_GRAN4K (1u << 4)
#define IDR5_GRAN16K (1u << 5)

/* ---- The bus ----------------------------------------------------------- */

static QMsmmuHost *host_of(QPCIBus *bus)
{
    return container_of(bus, QMsmmuHost, bus);
}

/* libqos counts buses above the devfn, as ECAM does */
static uint64_t config(QPCIBus *bus, int devfn, uint8_t offset)
{
    return host_of(bus)->rc.ecam + ((uint64_t)devfn << 12) + offset;
}

static uint64_t pio(QPCIBus *bus, uint32_t addr)
{
    return host_of(bus)->rc.pio + addr;
}

#define PIO_READ(suffix, type) \
static type pio_read##suffix(QPCIBus *bus, uint32_t addr) \
{ \
    return qtest_read##suffix(bus->qts, pio(bus, addr)); \
}

#define PIO_WRITE(suffix, type) \
static void pio_write##suffix(QPCIBus *bus, uint32_t addr, type value) \
{ \
    qtest_write##suffix(bus->qts, pio(bus, addr), value); \
}

#define CONFIG_READ(suffix, type) \
static type config_read##suffix(QPCIBus *bus, int devfn, uint8_t offset) \
{ \
    return qtest_read##suffix(bus->qts, config(bus, devfn, offset)); \
}

#define CONFIG_WRITE(suffix, type) \
static void config_write##suffix(QPCIBus *bus, int devfn, uint8_t offset, \
                                 type value) \
{ \
    qtest_write##suffix(bus->qts, config(bus, devfn, offset), value); \
}

PIO_READ(b, uint8_t)
PIO_READ(w, uint16_t)
PIO_READ(l, uint32_t)
PIO_READ(q, uint64_t)
PIO_WRITE(b, uint8_t)
PIO_WRITE(w, uint16_t)
PIO_WRITE(l, uint32_t)
PIO_WRITE(q, uint64_t)
CONFIG_READ(b, uint8_t)
CONFIG_READ(w, uint16_t)
CONFIG_READ(l, uint32_t)
CONFIG_WRITE(b, uint8_t)
CONFIG_WRITE(w, uint16_t)
CONFIG_WRITE(l, uint32_t)

/* A window's addresses on the bus are not those of the CPU. */
static uint64_t window(QPCIBus *bus, uint32_t addr)
{
    const QRc *rc = &host_of(bus)->rc;

    return rc->mmio32 + (addr - rc->mmio32_pci);
}

static void bus_memread(QPCIBus *bus, uint32_t addr, void *buf, size_t len)
{
    qtest_memread(bus->qts, window(bus, addr), buf, len);
}

static void bus_memwrite(QPCIBus *bus, uint32_t addr, const void *buf,
                         size_t len)
{
    qtest_memwrite(bus->qts, window(bus, addr), buf, len);
}

static void bus_init(QPCIBus *bus, const QRc *rc)
{
    *bus = (QPCIBus) {
        .pio_readb = pio_readb, .pio_writeb = pio_writeb,
        .pio_readw = pio_readw, .pio_writew = pio_writew,
        .pio_readl = pio_readl, .pio_writel = pio_writel,
        .pio_readq = pio_readq, .pio_writeq = pio_writeq,
        .memread = bus_memread, .memwrite = bus_memwrite,
        .config_readb = config_readb, .config_writeb = config_writeb,
        .config_readw = config_readw, .config_writew = config_writew,
        .config_readl = config_readl, .config_writel = config_writel,
        .qts = rc->qts,
        .pio_alloc_ptr = PIO_FIRST,
        .pio_limit = PIO_END,
        .mmio_alloc_ptr = rc->mmio32_pci,
        .mmio_limit = rc->mmio32_pci + MMIO_SIZE,
        /* A root bus is not. */
        .not_hotpluggable = true,
    };
}

QMsmmuHost *qmsmmu_host_of_bus(QPCIBus *bus)
{
    return bus->config_readb == config_readb ? host_of(bus) : NULL;
}

/* ---- What is in front -------------------------------------------------- */

static unsigned smallest_granule_shift(uint32_t idr5)
{
    return idr5 & IDR5_GRAN4K ? 12 : idr5 & IDR5_GRAN16K ? 14 : 16;
}

/* Guest RAM at its own address, in blocks of the level that 16K has */
static void map_ram(QMsmmuHost *host)
{
    QTables *t = &host->tables;
    uint64_t step = 1ULL << qtables_span_log2(t, 2);

    for (uint64_t at = QMSMMU_RAM; at < QMSMMU_RAM + QMSMMU_RAM_SIZE;
         at += step) {
        qtables_map(t, at, at, host->stage2 ? QS2_RW : QPTE_RW, 2);
    }
}

static QSte make_tables(QMsmmuHost *host)
{
    static const unsigned sizes[] = { 32, 36, 40, 42, 44, 48, 52, 52 };
    QSmmu *s = &host->smmu;
    uint32_t idr0 = qsmmu_readl(s, QSMMU_IDR0);
    uint32_t idr5 = qsmmu_readl(s, QSMMU_IDR5);
    unsigned shift = smallest_granule_shift(idr5);
    unsigned output_bits = MIN(sizes[IDR5_OAS(idr5)], 48);
    unsigned input_bits = MIN(INPUT_BITS, output_bits);
    uint64_t cd_pa;
    QCd cd;

    g_assert_cmphex(IDR0_TTF(idr0) & TTF_AARCH64, ==, TTF_AARCH64);
    host->stage2 = !(idr0 & IDR0_S1P);
    host->tables = qtables_stage1(s, shift, input_bits);
    host->tables.big_endian = IDR0_TTENDIAN(idr0) == TTENDIAN_BIG;
    if (host->stage2) {
        /* Inputs are never so wide that tables would be concatenated. */
        return qste_stage2(&host->tables, VMID, output_bits);
    }
    cd = qcd_new(&host->tables, ASID, output_bits);
    cd_pa = qcd_alloc(s, NULL);
    qcd_write(s, NULL, cd_pa, &cd);
    return qste_stage1(cd_pa);
}

static void write_stes(QMsmmuHost *host, const QSte *ste)
{
    QSmmu *s = &host->smmu;
    g_autofree uint64_t *table = g_malloc(STREAMS * STE_BYTES);

    for (unsigned i = 0; i < STREAMS * QCONFIG_WORDS; i++) {
        table[i] = cpu_to_le64(ste->word[i % QCONFIG_WORDS]);
    }
    /* qsmmu_start(): a linear table, or one of the second level, has them */
    g_assert_true(!s->split || 1u << s->split == STREAMS);
    qtest_memwrite(s->qts, qsmmu_ste(s, 0), table, STREAMS * STE_BYTES);
    qsmmu_cfgi_all(s);
}

void qmsmmu_host_start(QMsmmuHost *host)
{
    QSte ste;

    if (host->front == QMSMMU_FRONT_NONE) {
        return;
    }
    qsmmu_start(&host->smmu);
    ste = make_tables(host);
    map_ram(host);
    write_stes(host, &ste);
}

static void map(QMsmmuHost *host, uint64_t iova, uint64_t pa, uint64_t attrs)
{
    g_assert_cmpuint(host->front, !=, QMSMMU_FRONT_NONE);
    g_assert_true(iova < QMSMMU_RAM || iova >= QMSMMU_IDENTITY_END);
    g_assert_cmphex(iova, <=, UINT32_MAX);
    qtables_map(&host->tables, iova, pa, attrs, 3);
    qsmmu_tlbi_all(&host->smmu);
}

void qmsmmu_map(QMsmmuHost *host, uint64_t iova, uint64_t pa, bool writable)
{
    uint64_t attrs = host->stage2 ? writable ? QS2_RW : QS2_RO
                                  : writable ? QPTE_RW
                                             : QPTE_RW | QPTE_READ_ONLY;

    map(host, iova, pa, attrs);
}

void qmsmmu_unmap(QMsmmuHost *host, uint64_t iova)
{
    map(host, iova, 0, 0);
}

/* ---- Hosts ------------------------------------------------------------- */

static void *get_driver(void *obj, const char *interface)
{
    QMsmmuHost *host = obj;

    if (g_str_equal(interface, "pci-bus") ||
        g_str_equal(interface, "msmmu-bus")) {
        return &host->bus;
    }
    if (g_str_equal(interface, "msmmu-smmuv3")) {
        return host;
    }
    g_error("%s has no %s", host->name, interface);
}

static void start_hw(QOSGraphObject *obj)
{
    qmsmmu_host_start(container_of(obj, QMsmmuHost, obj));
}

static QMsmmuHost *host_new(const QRc *rc, QGuestAllocator *alloc,
                            QMsmmuFront front)
{
    QMsmmuHost *host = g_new0(QMsmmuHost, 1);

    host->obj.get_driver = get_driver;
    host->obj.start_hw = start_hw;
    host->rc = *rc;
    host->front = front;
    host->alloc = alloc;
    bus_init(&host->bus, rc);
    if (front != QMSMMU_FRONT_NONE) {
        host->memory = guest_alloc(alloc, QSMMU_MEMORY_SIZE);
        host->smmu = qsmmu_get(rc->qts, 0, host->memory);
    }
    return host;
}

QMsmmuHost *qmsmmu_host_new(QTestState *qts, QGuestAllocator *alloc,
                            unsigned n, QMsmmuFront front)
{
    QRc rc = qrc_get(qts, n);
    QMsmmuHost *host;

    g_assert_cmpuint(front, !=, QMSMMU_FRONT_UPSTREAM);
    host = host_new(&rc, alloc, front);
    if (front == QMSMMU_FRONT_INSTANCE) {
        host->smmu = qsmmu_get(qts, n, host->memory);
    }
    return host;
}

QMsmmuHost *qmsmmu_host_of_type(QTestState *qts, QGuestAllocator *alloc,
                                const QMsmmuHostType *type)
{
    QRc rc = type->bus_id ? qrc_get(qts, 0) : qrc_pcie0(qts);
    QMsmmuHost *host = host_new(&rc, alloc, type->front);

    host->name = type->name;
    if (type->front == QMSMMU_FRONT_UPSTREAM) {
        host->smmu.regs = UPSTREAM_REGS;
        host->smmu.first_spi = UPSTREAM_FIRST_SPI;
    }
    return host;
}

void qmsmmu_host_free(QMsmmuHost *host)
{
    if (host->memory) {
        guest_free(host->alloc, host->memory);
    }
    g_free(host);
}

/* ---- Nodes ------------------------------------------------------------- */

#define MACHINE "aarch64/virt-msmmu"
#define RC "-device msmmu-rc,id=rc1"
#define INSTANCE "-device msmmu-smmuv3,id=smmu1,primary-bus="

static GPtrArray *types;

const QMsmmuHostType *qmsmmu_host_type(const char *name)
{
    for (unsigned i = 0; types && i < types->len; i++) {
        const QMsmmuHostType *type = g_ptr_array_index(types, i);

        if (g_str_equal(type->name, name)) {
            return type;
        }
    }
    return NULL;
}

static void add_node(const char *name, const char *command_line,
                     const char *bus_id, QMsmmuFront front)
{
    QOSGraphEdgeOptions opts = { .before_cmd_line = command_line };
    QMsmmuHostType *type = g_new(QMsmmuHostType, 1);

    *type = (QMsmmuHostType) {
        g_strdup(name), g_strdup(command_line), g_strdup(bus_id), front,
    };
    if (!types) {
        types = g_ptr_array_new();
    }
    g_ptr_array_add(types, type);
    qos_node_create_driver(name, NULL);
    qos_node_contains(MACHINE, name, &opts, NULL);
    qos_node_produces(name, "pci-bus");
    if (front == QMSMMU_FRONT_INSTANCE) {
        qos_node_produces(name, "msmmu-bus");
        qos_node_produces(name, "msmmu-smmuv3");
    }
}

void qmsmmu_add_host_node(const char *name, const char *properties)
{
    g_autofree char *command_line =
        g_strdup_printf(RC " " INSTANCE "rc1%s%s",
                        *properties ? "," : "", properties);

    add_node(name, command_line, "rc1", QMSMMU_FRONT_INSTANCE);
}

static void register_nodes(void)
{
    add_node("msmmu-rc", RC, "rc1", QMSMMU_FRONT_NONE);
    qmsmmu_add_host_node("msmmu-rc-4k", "granules=4k,stage=nested,ssidsize=8");
    qmsmmu_add_host_node("msmmu-rc-16k", "granules=16k,stage=1,oas=40");
    qmsmmu_add_host_node("msmmu-rc-64k", "granules=64k,stage=1");
    qmsmmu_add_host_node("msmmu-rc-s2", "stage=2,oas=36");
    add_node("msmmu-pcie0", INSTANCE "pcie.0", NULL, QMSMMU_FRONT_INSTANCE);
    add_node("upstream-smmuv3", "-machine iommu=smmuv3", NULL,
             QMSMMU_FRONT_UPSTREAM);
}

libqos_init(register_nodes);
