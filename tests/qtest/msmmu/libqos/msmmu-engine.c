/*
 * The DMA test engine for libqos: see msmmu-engine.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "libqos/qgraph.h"
#include "msmmu-engine.h"

static const QPCIAddress address = {
    .devfn = QMSMMU_ENGINE_DEVFN,
    .vendor_id = QENGINE_DEVICE_ID & 0xffff,
    .device_id = QENGINE_DEVICE_ID >> 16,
};

static void *get_driver(void *obj, const char *interface)
{
    QMsmmuEngine *e = obj;

    if (g_str_equal(interface, "pci-device")) {
        return &e->dev;
    }
    g_error("msmmu-engine has no %s", interface);
}

/*
 * The root complex of a bus, for its extended configuration space. On Arm
 * libqos has one other PCI host: virt's.
 */
static bool root_complex(QPCIBus *bus, QRc *rc)
{
    QMsmmuHost *host = qmsmmu_host_of_bus(bus);

    if (!host && !g_str_equal(qtest_get_arch(), "aarch64")) {
        return false;
    }
    *rc = host ? host->rc : qrc_pcie0(bus->qts);
    return true;
}

static void start_hw(QOSGraphObject *obj)
{
    QMsmmuEngine *e = container_of(obj, QMsmmuEngine, obj);
    QRc rc;
    bool known = root_complex(e->dev.bus, &rc);

    e->engine = qengine_init_pci(&e->dev, known ? &rc : NULL);
}

static void *create(void *pci_bus, QGuestAllocator *alloc, void *addr)
{
    QMsmmuEngine *e = g_new0(QMsmmuEngine, 1);

    e->obj.get_driver = get_driver;
    e->obj.start_hw = start_hw;
    e->host = qmsmmu_host_of_bus(pci_bus);
    qpci_device_init(&e->dev, pci_bus, addr);
    return &e->obj;
}

QMsmmuEngine *qmsmmu_engine_at(QMsmmuHost *host, uint8_t devfn)
{
    QPCIAddress at = address;
    QMsmmuEngine *e;

    at.devfn = devfn;
    e = create(&host->bus, host->alloc, &at);
    e->obj.free = g_free;
    qos_object_queue_destroy(&e->obj);
    qos_object_start_hw(&e->obj);
    return e;
}

static void register_nodes(void)
{
    QPCIAddress at = address;
    QOSGraphEdgeOptions opts = { .extra_device_opts = "addr=06.0" };

    add_qpci_address(&opts, &at);
    qos_node_create_driver("msmmu-engine", create);
    qos_node_consumes("msmmu-engine", "pci-bus", &opts);
    qos_node_produces("msmmu-engine", "pci-device");
    qos_node_create_driver_named("msmmu-engine-translated", "msmmu-engine",
                                 create);
    qos_node_consumes("msmmu-engine-translated", "msmmu-bus", &opts);
}

libqos_init(register_nodes);
