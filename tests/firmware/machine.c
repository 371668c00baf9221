/*
 * Step 0: what is there? Nodes of the device tree.
 *
 *   arm,smmu-v3            reg, interrupts, interrupt-names, msi-parent
 *   arm,gic-v3-its         reg
 *   pci-host-ecam-generic  reg, ranges, iommu-map, msi-map
 *
 * "iommu-map" says which SMMU has a root complex's RequesterIDs, and which
 * StreamIDs they become there; "msi-map" the same of an ITS and its DeviceIDs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "machine.h"

static Smmu *smmu_by_phandle(Machine *machine, uint32_t phandle)
{
    for (unsigned i = 0; i < machine->num_smmus; i++) {
        Smmu *smmu = machine->smmus + i;

        if (fdt_cell(smmu->node, "phandle", 0) == phandle) {
            return smmu;
        }
    }
    return NULL;
}

static Its *its_by_phandle(Machine *machine, uint32_t phandle)
{
    for (unsigned i = 0; i < machine->num_its; i++) {
        if (fdt_cell(machine->its[i].node, "phandle", 0) == phandle) {
            return machine->its + i;
        }
    }
    return NULL;
}

static void find_smmus(Machine *machine)
{
    FdtNode node = NULL;

    while (machine->num_smmus < SMMUS_MAX &&
           (node = fdt_next_compatible(node, "arm,smmu-v3"))) {
        smmu_identify(machine->smmus + machine->num_smmus++, node);
    }
}

static void find_its(Machine *machine)
{
    FdtNode node = NULL;

    while (machine->num_its < SMMUS_MAX &&
           (node = fdt_next_compatible(node, "arm,gic-v3-its"))) {
        its_start(machine->its + machine->num_its++, node);
    }
}

static void find_owners(Machine *machine, Port *port)
{
    uint32_t phandle;

    if (pci_map_id(&port->host, "iommu-map", port->dma.pci.rid, &phandle,
                   &port->sid)) {
        port->smmu = smmu_by_phandle(machine, phandle);
    }
    if (pci_map_id(&port->host, "msi-map", port->dma.pci.rid, &phandle,
                   &port->device_id)) {
        port->its = its_by_phandle(machine, phandle);
    }
}

/* Root complexes without a device that moves data are of no use here. */
static void find_ports(Machine *machine)
{
    FdtNode node = NULL;
    PciHost host;

    while (machine->num_ports < PORTS_MAX && pci_next_host(&node, &host)) {
        Port *port = machine->ports + machine->num_ports;

        *port = (Port) { .host = host };
        if (dma_open(&port->host, &port->dma)) {
            port->dma.pci.host = &port->host;
            find_owners(machine, port);
            machine->num_ports++;
        }
    }
}

void machine_find(Machine *machine)
{
    find_smmus(machine);
    find_its(machine);
    find_ports(machine);
    for (unsigned i = 0; i < machine->num_smmus; i++) {
        smmu_route_interrupts(machine->smmus + i, machine->its,
                              machine->num_its);
    }
}

uint32_t machine_last_sid(const Machine *machine, const Smmu *smmu)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < machine->num_ports; i++) {
        const Port *port = machine->ports + i;

        if (port->smmu == smmu && port->sid > last) {
            last = port->sid;
        }
    }
    return last;
}

void machine_print(const Machine *machine)
{
    tap_note("entered at EL%lu; PSCI by %s; %u SMMUs, %u root complexes with "
             "a device, %u ITSes", entry_level, psci_conduit(),
             machine->num_smmus, machine->num_ports, machine->num_its);
    for (unsigned i = 0; i < machine->num_ports; i++) {
        const Port *port = machine->ports + i;

        print("# segment %u: %s, RequesterID 0x%x, ", port->host.segment,
              port->dma.kind->name, port->dma.pci.rid);
        if (port->smmu) {
            print("StreamID 0x%x of %s, ", port->sid,
                  fdt_name(port->smmu->node));
        } else {
            print("no SMMU, ");
        }
        if (port->its) {
            print("DeviceID 0x%x of %s\n", port->device_id,
                  fdt_name(port->its->node));
        } else {
            print("no ITS\n");
        }
    }
}
