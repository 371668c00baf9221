/*
 * The machines of libqos with our hosts: see msmmu-machine.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "libqos/qgraph.h"
#include "libqos/qgraph_internal.h"
#include "msmmu-machine.h"

#define OURS "aarch64/virt-msmmu"
#define VIRT "aarch64/virt"
#define VIRT_SMMUV3 "aarch64/virt,iommu=smmuv3"

static void *get_driver(void *obj, const char *interface)
{
    QMsmmuMachine *machine = obj;

    if (g_str_equal(interface, "msmmu-machine")) {
        return machine;
    }
    return machine->virt->get_driver(machine->virt, interface);
}

static QOSGraphObject *get_device(void *obj, const char *name)
{
    QMsmmuMachine *machine = obj;
    const QMsmmuHostType *type = qmsmmu_host_type(name);

    if (!type) {
        return machine->virt->get_device(machine->virt, name);
    }
    g_assert_null(machine->host);
    machine->host = qmsmmu_host_of_type(machine->qts, machine->alloc, type);
    return &machine->host->obj;
}

QMsmmuHost *qmsmmu_machine_host(QMsmmuMachine *machine, unsigned n)
{
    g_assert_cmpuint(n, <, QMSMMU_MAX_HOSTS);
    if (!machine->hosts[n]) {
        machine->hosts[n] = qmsmmu_host_new(machine->qts, machine->alloc, n,
                                            QMSMMU_FRONT_INSTANCE);
        qmsmmu_host_start(machine->hosts[n]);
    }
    return machine->hosts[n];
}

static void destructor(QOSGraphObject *obj)
{
    QMsmmuMachine *machine = container_of(obj, QMsmmuMachine, obj);

    for (unsigned i = 0; i < QMSMMU_MAX_HOSTS; i++) {
        if (machine->hosts[i]) {
            qmsmmu_host_free(machine->hosts[i]);
        }
    }
    if (machine->host) {
        qmsmmu_host_free(machine->host);
    }
    qos_object_destroy(machine->virt);
}

static void *machine_new(QTestState *qts)
{
    QMsmmuMachine *machine = g_new0(QMsmmuMachine, 1);

    machine->obj.get_driver = get_driver;
    machine->obj.get_device = get_device;
    machine->obj.destructor = destructor;
    machine->qts = qts;
    machine->virt = qos_machine_new(qos_graph_get_node(VIRT), qts);
    machine->alloc = machine->virt->get_driver(machine->virt, "memory");
    return machine;
}

static void register_nodes(void)
{
    g_autofree char *options = g_strdup_printf(" -nodefaults -m %u",
                                               (unsigned)(QMSMMU_RAM_SIZE >>
                                                          20));

    qos_node_create_machine_args(OURS, machine_new, options);
    qos_node_contains(OURS, "generic-pcihost", NULL);
    qos_node_produces(OURS, "msmmu-machine");

    /* "-M virt,iommu=smmuv3" is what libqos makes of the node's name. */
    qos_node_create_machine_args(VIRT_SMMUV3, machine_new, options);
    qos_node_contains(VIRT_SMMUV3, "upstream-smmuv3", NULL);
}

libqos_init(register_nodes);
