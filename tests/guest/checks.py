# SPDX-License-Identifier: GPL-2.0-or-later
"""What a boot must have shown. Each check returns '' or what was wrong."""

import re

from msmmu_guest import console, survey, vm


def segment_of(record):
    """The PCI segment of a record's device."""
    return int(record['bdf'].split(':')[0], 16)


def endpoint(result, segment):
    """The first device of a segment that is not a bridge, {} without one."""
    return next((record for record in result.of_kind('device')
                 if segment_of(record) == segment and
                 not record['class'].startswith('0x06')), {})


def group_of(result, segment):
    """The group record of a segment's endpoint, {} without one."""
    number = endpoint(result, segment).get('group')
    return next((record for record in result.of_kind('group')
                 if str(record['group']) == number), {})


def ends(result, _disks):
    """The probe came to its end."""
    if result.status != vm.DONE:
        return f'{result.status}: {result.describe()}'
    return ''


def finished(result, _disks):
    """The probe came to its end, the kernel complained of nothing."""
    if ends(result, _disks):
        return ends(result, _disks)
    if result.complaint():
        return f'the kernel says: {result.complaint()}'
    bad = [record for record in result.of_kind('job')
           if record['result'] != 'ok']
    errors = [f'{record["what"]}: {record["text"]}'
              for record in result.of_kind('error')]
    if bad:
        return f'job {bad[0]["job"]}: {bad[0]["result"]} {errors}'
    return ''


def page_sizes(expected):
    """{segment: bitmap}, as VFIO reports them."""
    def check(result, _disks):
        wrong = []
        for segment, value in expected.items():
            number = endpoint(result, segment).get('group')
            record = next((record for record in result.of_kind('vfio')
                           if str(record['group']) == number), {})
            found = record.get('pgsizes', record.get('error', 'nothing'))
            if found != f'{value:#x}':
                wrong.append(f'segment {segment}: {found}, not {value:#x}')
        return '; '.join(wrong)
    return check


def offers(expected):
    """{SMMU number: granules} as the guest reads them in IDR5."""
    def check(result, _disks):
        found = sorted(filter(None, (survey.offered(record) for record
                                     in result.of_kind('smmu'))))
        return '' if found == sorted(expected) else f'{found}'
    return check


def domains(expected):
    """{segment: domain type}; None: the segment has no IOMMU group."""
    def check(result, _disks):
        wrong = []
        for segment, kind in expected.items():
            found = group_of(result, segment).get('type')
            if found != kind:
                wrong.append(f'segment {segment}: {found}, not {kind}')
        return '; '.join(wrong)
    return check


def transfers(count, chip=None):
    """COUNT disks, all verified from both sides, all with interrupts."""
    def check(result, disks):
        survey.compare_files(result, disks)
        records = result.of_kind('dma')
        if len(records) != count:
            return f'{len(records)} disks transferred, not {count}'
        for record in records:
            where = f'{record["bdf"]} ({record["disk"]})'
            if record['result'] != 'verified':
                return f'{where}: {record["error"]}'
            if record['file'] != 'own data only':
                return f'{where}: its file: {record["file"]}'
            if record['interrupts_after'] <= record['interrupts_before']:
                return f'{where}: no interrupts'
            if chip and not re.search(chip, record['chip']):
                return f'{where}: interrupts by {record["chip"]}'
        return ''
    return check


def assigned(count):
    """COUNT devices, driven from user space, transferred what was mapped."""
    def check(result, disks):
        records = result.of_kind('assigned')
        if len(records) != count:
            return f'{len(records)} devices, not {count}'
        serials = {disk.serial for disk in disks}
        for record in records:
            if record['result'] != 'verified':
                return f'{record["bdf"]}: {record["error"]}'
            if record['serial'] not in serials:
                return f'{record["bdf"]}: serial "{record["serial"]}"'
            serials.remove(record['serial'])
        return ''
    return check


def same_requester(segments):
    """The endpoints of these segments have one requester ID."""
    def check(result, _disks):
        found = {endpoint(result, segment).get('bdf', '?')[5:]
                 for segment in segments}
        return '' if len(found) == 1 and '?' not in found else f'{found}'
    return check


def one_smmu(segments):
    """The endpoints of these segments are behind one instance."""
    def check(result, _disks):
        found = {endpoint(result, segment).get('smmu') for segment in segments}
        return '' if len(found) == 1 and None not in found else f'{found}'
    return check


def frames(pairs):
    """Every interface's frames reached the next one."""
    def check(result, _disks):
        records = result.of_kind('net')
        if len(records) != pairs:
            return f'{len(records)} interfaces sent, not {pairs}'
        return '; '.join(
            f'{record["from"]} to {record["to"]}: {record["received"]} of '
            f'{record["sent"]}' for record in records
            if record['received'] != record['sent'])
    return check


def memory_at_least(mib):
    """The guest has this much memory."""
    def check(result, _disks):
        found = console.first(result.records, 'start').get('memory_mib', 0)
        return '' if found >= mib else f'{found} MiB'
    return check


def cpus(count):
    """The guest runs on this many processors."""
    def check(result, _disks):
        found = console.first(result.records, 'start').get('cpus')
        return '' if found == count else f'{found}'
    return check


def says(pattern):
    """The console has a line that matches."""
    def check(result, _disks):
        return '' if re.search(pattern, result.log) else f'no "{pattern}"'
    return check


def acpi_at_ease(result, _disks):
    """The kernel was told by ACPI alone, and has nothing to say against it."""
    for table in ('IORT', 'MCFG', 'APIC', 'SSDT'):
        if f'ACPI: {table} ' not in result.log:
            return f'the kernel has no {table}'
    trouble = re.search(
        r'.*(ACPI (BIOS )?(Error|Warning|Exception)|Firmware Bug|'
        r'overridden by FW|ACPI: IORT: \[).*', result.log)
    return trouble.group().strip() if trouble else ''


def numa_nodes(expected):
    """{segment: (its node, its SMMU's)}; None: near none."""
    def check(result, _disks):
        wrong = []
        for segment, nodes in expected.items():
            device = endpoint(result, segment)
            found = tuple(None if node == '-1' else node for node in (
                device.get('numa_node', 'unknown'),
                device.get('smmu_numa_node', 'unknown')))
            if found != nodes:
                wrong.append(f'segment {segment}: {found}')
        return '; '.join(wrong)
    return check


def translated(bdf, base):
    """A controller works behind the SMMU at BASE, or none; no event tells."""
    def check(result, _disks):
        device = next((record for record in result.of_kind('device')
                       if record['bdf'] == bdf), None)
        if not device:
            return f'no {bdf}'
        if device.get('driver') != 'nvme':
            return f'its driver is {device.get("driver")}'
        if device.get('smmu') != (base and f'smmu3.0x{base:016x}'):
            return f'its SMMU is {device.get("smmu")}'
        event = re.search(r'.*arm-smmu-v3 \S+: event.*', result.log)
        return event.group() if event else ''
    return check
