# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots beside devices that are at work already.

Two engines behind rc1 use reserved memory, one has none. All of them are set up
before the first instruction, and work until the machine ends. By ACPI the two
never fault, from reset through firmware to Linux' domains; the third does as
soon as Linux has enabled the SMMU, which shows that the others might. By device
tree Linux knows of the memory later: what counts is the end.

Engines on pcie.0 and on an expander fault when Linux is up. That it says so
shows that the MSIs of their SMMUs arrive.
"""

import re

import bystander
import checks
import engines
import scenarios

LOW, HIGH = 0x0bc00000, 0x2000000000
UNMAPPED = 0x70000000
ECAM_1, WINDOW_1, WINDOW_1_PCI = 0xc000000000, 0xc020000000, 0x10000000
ECAM_0 = 0x4010000000
EXPANDER_BUS = 64
PORT_BUS = EXPANDER_BUS + 1     # behind the only port of the expander
PATIENCE = 3
LAST = 5                    # transfers that show how it ended
DIRECT, RELAXABLE = 'direct', 'direct-relaxable'
SMMUS = ('granules=4k', 'pcie.0:granules=4k')
BEHIND = tuple(engines.Behind(smmu, ()) for smmu in (*SMMUS, 'expander'))

ARGUMENTS = (
    '-device msmmu-engine,id=low,bus=rc1,addr=4 '
    '-device msmmu-engine,id=both,bus=rc1,addr=5 '
    '-device msmmu-engine,id=none,bus=rc1,addr=6 '
    f'-device msmmu-reserved-memory,id=fb,device=low+both,size=128K '
    f'-device msmmu-reserved-memory,id=far,device=both,base={HIGH:#x},remap=on '
)
IN_SEGMENT_0 = (
    '-device msmmu-engine,id=zero,bus=pcie.0,addr=10 '
    f'-device pxb-pcie,id=pxb1,bus=pcie.0,bus_nr={EXPANDER_BUS} '
    '-device msmmu-smmuv3,id=own,primary-bus=pxb1 '
    '-device pcie-root-port,id=port1,bus=pxb1,chassis=1 '
    '-device msmmu-engine,id=expander,bus=port1 '
)


def at_rc1(name, slot, target, patience=0):
    """An engine behind rc1, and where its firmware puts it."""
    return bystander.Engine(
        name, ECAM_1 + (slot << 15), WINDOW_1 - WINDOW_1_PCI, target,
        WINDOW_1_PCI + (slot << 20), patience=patience)


def in_segment_0(name, bus, slot):
    """An engine that firmware and system put where they like."""
    return bystander.Engine(name, ECAM_0 + (bus << 20) + (slot << 15), 0,
                            UNMAPPED, asleep=True, patience=PATIENCE)


def hooks(later=lambda: ()):
    """For a scenario: the worker is the result's."""
    def make(folder):
        path = folder / 'qtest'

        def on_start(machine):
            worker = bystander.Worker(
                (at_rc1('low', 4, LOW + 0x1ff00), at_rc1('both', 5, HIGH),
                 at_rc1('none', 6, LOW, PATIENCE)), later())
            machine.result.worker = worker
            worker.start(path)
            machine.qmp('cont')

        def on_record(machine, record):
            if record['kind'] == 'start':
                machine.result.worker.system_is_up = True
        return {'on_start': on_start, 'on_record': on_record, 'arguments': (
            '-S', '-qtest', f'unix:{path},server=on,wait=off',
            '-qtest-log', '/dev/null')}
    return make


def later():
    """Those that fault when the system is up."""
    return (in_segment_0('zero', 0, 0x10),
            in_segment_0('expander', PORT_BUS, 0))


# ---- Claims ----

def ends_of(result, name):
    """How an engine's transfers ended, but for those that did not."""
    engine = next(one for one in (*result.worker.at_work, *result.worker.later)
                  if one.name == name)
    return [end for end in engine.ends if end is not None]


def regions(expected):
    """{bdf: {(base, size): type}} of reserved regions, MSIs' left out."""
    def check(result, _disks):
        found = {}
        for group in result.of_kind('group'):
            lines = [line.split() for line in
                     group.get('reserved', '').split(';') if line]
            found[group['devices']] = {
                (int(line[0], 0), int(line[1], 0) + 1 - int(line[0], 0)):
                line[2] for line in lines if line[2] != 'msi'}
        wrong = [f'{bdf}: {found.get(bdf)}' for bdf, wanted in expected.items()
                 if found.get(bdf) != wanted]
        return '; '.join(wrong)
    return check


def never_faults(result, _disks):
    """From before the machine runs until it ends, but the third does."""
    if not hasattr(result, 'worker'):
        return result.describe()
    worker = result.worker
    for name in ('low', 'both'):
        ends = ends_of(result, name)
        if bystander.ABORTED in ends:
            return f'{name}: {ends.index(bystander.ABORTED)} of ' \
                   f'{len(ends)} transfers were good before one was not'
        if len(ends) < worker.rounds / 2:
            return f'{name}: {len(ends)} transfers in {worker.rounds} rounds'
    control = ends_of(result, 'none')
    if control[:1] != [bystander.OK] or worker.enabled_at is None:
        return 'the engine without reserved memory never faulted'
    if worker.rounds < worker.enabled_at + LAST:
        return 'the system ended as soon as it had enabled the SMMU'
    return ''


def works_in_the_end(result, _disks):
    """After the system has enabled the SMMU, and has made its domains."""
    if not hasattr(result, 'worker'):
        return result.describe()
    for name in ('low', 'both'):
        ends = ends_of(result, name)
        if ends[:1] != [bystander.OK] or \
                set(ends[-LAST:]) != {bystander.OK}:
            return f'{name}: {ends[:LAST]} ... {ends[-LAST:]}'
    if ends_of(result, 'none')[-1:] != [bystander.ABORTED]:
        return 'so does the engine without reserved memory'
    return ''


def told_of_faults(result, _disks):
    """Linux takes events of an SMMU when an interrupt tells it to."""
    names = []
    for bus in (0, PORT_BUS):
        names += [device['smmu_device'] for device in result.of_kind('device')
                  if device['bdf'].startswith(f'0000:{bus:02x}:') and
                  device.get('smmu_device')][:1]
    if len(set(names)) != 2:
        return f'the SMMUs are {names}'
    silent = [name for name in names
              if not re.search(rf'{re.escape(name)}: event', result.log)]
    return f'no event of {", ".join(silent)}' if silent else ''


FB, FAR = (LOW, 0x20000), (HIGH, 0x10000)
BY_ACPI = (
    ('boots and finishes', checks.finished),
    ('reserved memory is that of the devices that use it', regions({
        '0001:00:04.0': {FB: DIRECT},
        '0001:00:05.0': {FB: DIRECT, FAR: RELAXABLE},
        '0001:00:06.0': {}})),
    ('devices at work in reserved memory never fault', never_faults),
    ("the SMMUs' own interrupts are MSIs by the ITS",
     engines.own_interrupts(BEHIND, 'survey')),
    ('faults on pcie.0 and on an expander arrive as MSIs of their SMMUs',
     told_of_faults),
)
BY_DEVICE_TREE = (
    ('boots and finishes', checks.finished),
    ('reserved memory is that of the devices that use it', regions({
        '0001:00:04.0': {FB: DIRECT},
        '0001:00:05.0': {FB: DIRECT, FAR: DIRECT},
        '0001:00:06.0': {}})),
    ('devices at work in reserved memory go on when the system is up',
     works_in_the_end),
)

SCENARIOS = (
    scenarios.Scenario(
        'devices at work, UEFI and ACPI', scenarios.NEWEST, SMMUS, BY_ACPI,
        append=scenarios.TRANSLATED + ' msmmu.dma-mib=1', hooks=hooks(later),
        options={'firmware': 'uefi', 'qemu_args':
                 tuple((ARGUMENTS + IN_SEGMENT_0).split())}),
    scenarios.Scenario(
        'devices at work, device tree', scenarios.NEWEST, SMMUS[:1],
        BY_DEVICE_TREE, append=scenarios.TRANSLATED + ' msmmu.dma-mib=1',
        hooks=hooks(), options={'qemu_args': tuple(ARGUMENTS.split())}),
)
