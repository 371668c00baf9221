# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI in the guest test suite: Linux by each version, table and loader.

SCENARIOS are boots like any other; those that need no boot of their own are
made of scenarios by by_uefi(). What firmware prints is followed by the
kernel's log.
"""

import dataclasses
import re

import checks
import engines
import scenarios
import stages

from engines import Behind

from msmmu_guest import loading, vm

OLD, PAGES_16K, NEWEST = \
    scenarios.OLD, scenarios.PAGES_16K, scenarios.NEWEST
ESP_BDF = f'0000:00:{loading.SLOT}.0'
LOADED = re.compile(r'BdsDxe: starting Boot\d+ .* from '
                    r'PciRoot\(0x0\)/Pci\(0x1E,0x0\)/NVMe')


def by_uefi(scenario, claims=(), suite=''):
    """The same with firmware, which hands over ACPI tables."""
    return dataclasses.replace(
        scenario, name=f'{scenario.name}, UEFI and ACPI',
        claims=scenario.claims + (
            ('the kernel has ACPI tables and no complaint of them',
             checks.acpi_at_ease), *claims),
        options=scenario.options | {
            'firmware': f'uefi:{suite}' if suite else 'uefi'})


def own_interrupts(behind):
    """ACPI also tells where the SMMUs' MSIs go."""
    return (("the SMMUs' own interrupts are MSIs by the ITS, with msi=off "
             'wires', engines.own_interrupts(behind, 'survey')),)


def loaded_from_disk(base):
    """Firmware read its disk on pcie.0, behind the SMMU at BASE."""
    def check(result, disks):
        if not LOADED.search(result.log):
            return 'firmware does not say so'
        return checks.translated(ESP_BDF, base)(result, disks)
    return check


def device_tree_only(result, _disks):
    """Firmware handed on the device tree, and no tables."""
    if 'Machine model: linux,dummy-virt' not in result.log:
        return 'the kernel has no device tree'
    table = re.search(r'ACPI: (RSDP|XSDT|IORT) .*', result.log)
    return table.group() if table else ''


def refused(result, _disks):
    """The loader ended the machine instead of starting the kernel."""
    if 'Linux version' in result.log:
        return 'the kernel was started'
    if 'bad shim signature' not in result.log:
        return f'the loader does not say why: {result.describe()}'
    return '' if result.status == vm.STOPPED else result.status


def changed_image(source, target):
    """A copy, but for one bit."""
    data = bytearray(source.read_bytes())
    data[len(data) // 2] ^= 1
    target.write_bytes(data)
    return target


def changed(kernel, folder):
    """The same kernel, but for a bit that no signature forgives."""
    return dataclasses.replace(
        kernel, image=changed_image(kernel.image, folder / 'Image'))


SCENARIOS = (
    by_uefi(
        scenarios.three_smmus(
            NEWEST, {1: 0x40201000, 2: 0x2004000, 3: 0x20010000}, 1),
        own_interrupts((Behind('granules=4k', ()), Behind('granules=16k', ()),
                        Behind('granules=64k', ())))),
    # Controllers without a disk: their driver has them identify themselves.
    by_uefi(scenarios.Scenario(
        f'{OLD}, shared and not, expanders', OLD,
        ('granules=4k,sidsize=17,numa-node=0', 'share=1', 'none',
         'granules=4k+64k,msi=off,numa-node=1', 'pcie.0:granules=4k'), (
            ('boots and finishes', checks.finished),
            ('default domains are translated, without an SMMU there is none',
             checks.domains({0: 'DMA', 1: 'DMA', 2: 'DMA', 3: None,
                             4: 'DMA'})),
            ('transfers pass on all', checks.transfers(5, 'ITS')),
            ('an expander has the SMMU of pcie.0',
             checks.translated('0000:41:00.0', 0x0b100000)),
            ('with bypass_iommu=on it has none',
             checks.translated('0000:81:00.0', None)),
            ('or it has one of its own',
             checks.translated('0000:c1:00.0', 0x0b180000)),
            ('root complexes and SMMUs are near the nodes that were asked for',
             checks.numa_nodes({1: ('1', '0'), 2: ('1', '0'),
                                4: ('1', '1')})),
            ('and so are the ITSes of root complexes', checks.says(
                'SRAT: PXM 1 -> ITS 4 -> Node 1')),
        ), append=scenarios.TRANSLATED +
        ' msmmu.dma-mib=1',
        options={'mem': '1G', 'smp': '2,sockets=2',
                 'qemu_args': scenarios.TWO_NODES + tuple(
            '-device pxb-pcie,id=pxb1,bus=pcie.0,bus_nr=64 '
            '-device pcie-root-port,id=port1,bus=pxb1,chassis=1 '
            '-device nvme,serial=pxb1,bus=port1 '
            '-device pxb-pcie,id=pxb2,bus=pcie.0,bus_nr=128,bypass_iommu=on '
            '-device pcie-root-port,id=port2,bus=pxb2,chassis=2 '
            '-device nvme,serial=pxb2,bus=port2 '
            '-device pxb-pcie,id=pxb3,bus=pcie.0,bus_nr=192 '
            '-device msmmu-smmuv3,id=own,primary-bus=pxb3 '
            '-device pcie-root-port,id=port3,bus=pxb3,chassis=3 '
            '-device nvme,serial=pxb3,bus=port3'.split())}),
        own_interrupts((
            Behind('granules=4k', ()), Behind('share=1', ()),
            Behind('granules=4k+64k', (), chip='GICv3'),
            Behind('pcie.0', ()), Behind('pxb3', ())))),
    # Ten instances, by the tables of Debian 12's firmware
    by_uefi(scenarios.stages_and_sizes(PAGES_16K, stages.PAGES_16K),
            suite='bookworm'),
    # All SMMUs are in their reset state meanwhile. Not Debian 12's firmware:
    # it has Linux take flash for memory that is in no node.
    scenarios.Scenario(
        f'{OLD}, UEFI and device tree, from an ESP', OLD,
        ('granules=4k,numa-node=0', 'granules=4k+64k,numa-node=1',
         'pcie.0:granules=4k'), (
            ('boots and finishes', checks.finished),
            ('firmware loads it from a disk behind an SMMU',
             loaded_from_disk(0x0b100000)),
            ('the kernel has the device tree and no ACPI tables',
             device_tree_only),
            ('default domains are translated',
             checks.domains({0: 'DMA', 1: 'DMA', 2: 'DMA'})),
            ('translated transfers pass on all', checks.transfers(3, 'ITS')),
            ('root complexes and SMMUs are near the nodes that were asked for',
             checks.numa_nodes({1: ('1', '0'), 2: ('1', '1')})),
        ), append=scenarios.TRANSLATED + ' msmmu.dma-mib=1',
        options={'firmware': 'uefi-dt', 'boot_from': 'esp',
                 'mem': '1G', 'smp': '2,sockets=2',
                 'qemu_args': scenarios.TWO_NODES}),
    scenarios.Scenario(
        f'{OLD}, secure boot', OLD,
        ('granules=4k', 'pcie.0:granules=4k+16k'), (
            ('boots and finishes', checks.finished),
            ('shim and GRUB are loaded from a disk behind an SMMU',
             loaded_from_disk(0x0b080000)),
            ('the kernel finds secure boot on, and locks itself down',
             checks.says(r'(?s)Kernel is locked down from EFI Secure Boot.*'
                         r'secureboot: Secure boot enabled')),
            ('translated transfers pass on all', checks.transfers(2, 'ITS')),
        ), append=scenarios.TRANSLATED + ' msmmu.dma-mib=1',
        options={'firmware': 'uefi', 'boot_from': 'secure-esp'}),
    scenarios.Scenario(
        f'{OLD}, secure boot of what is not signed', OLD, ('granules=4k',),
        (('a kernel that was changed is not started', refused),),
        options={'firmware': 'uefi', 'boot_from': 'secure-esp'},
        prepare=changed),
)
