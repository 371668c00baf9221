# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases of the kinds "hotplug" and "hugepages": boots, and what must be so.

hotplug     a disk comes behind a root port of each instance's root complex
            while the kernel runs, is used, and goes
hugepages   huge pages of every size that the kernel has are mapped through
            VFIO for a DMA engine behind each instance

What only the guest can know it claims itself, in records. Here are the claims
that need the host: what it plugged in where, and what the instances counted.
"""

from .. import survey
from . import bitmaps, counters, groups
from .model import NOT_OK, OK, SKIPPED, Claim

DOMAIN_TYPES = {'identity': 'identity', 'strict': 'DMA', 'lazy': 'DMA-FQ'}
DISK_BYTES = 16 << 20
# A page of 1 GiB is cleared in one go, which is slow where much else runs.
PATIENCE = 'rcupdate.rcu_cpu_stall_timeout=200 watchdog_thresh=60'
# Where the ports are: behind the endpoints that every boot has
PORT_SLOT = 0x10


def check(name, problem, line=0):
    """A Claim: true if there is no problem."""
    return Claim(name, NOT_OK if problem else OK, problem, line)


# ---- Hotplug ---------------------------------------------------------------

def pluggable(ports):
    """The ports with a root complex of their own behind an instance."""
    return [port for port in ports if port.kind == 'own']


def serial(port):
    """Of the disk that comes behind a port."""
    return f'hot{port.number}'


class Plugger:
    """The host's part: plugs in when the guest is ready, and pulls out."""

    def __init__(self, folder, ports):
        self.ports = pluggable(ports)
        self.folder = folder
        self.used = 0
        # What was done, for the claims: it is kept with the boot's log
        self.host = []

    def image(self, port):
        """The disk's file."""
        return self.folder / f'{serial(port)}.img'

    def arguments(self):
        """A root port for each, and the disks' files."""
        words = []
        for port in self.ports:
            with open(self.image(port), 'wb') as handle:
                handle.truncate(DISK_BYTES)
            words += ['-device', f'pcie-root-port,id=hp{port.number},'
                      f'bus={port.bus},addr={PORT_SLOT:#x},'
                      f'chassis={port.number},slot={port.number}',
                      '-drive', f'if=none,id=drive-{serial(port)},format=raw,'
                      f'file={self.image(port)}']
        return tuple(words)

    def on_record(self, machine, record):
        """All come together, and go together."""
        if record['kind'] != 'hotplug':
            return
        if record['state'] == 'ready':
            for port in self.ports:
                machine.qmp('device_add', driver='nvme', id=serial(port),
                            serial=serial(port), bus=f'hp{port.number}',
                            drive=f'drive-{serial(port)}')
                self.host.append({'plugged': serial(port),
                                  'smmu': port.smmu})
        elif record['state'] == 'used':
            self.used += 1
            if self.used == len(self.ports):
                for port in self.ports:
                    machine.qmp('device_del', id=serial(port))
                    self.host.append({
                        'unplugged': serial(port),
                        'file': survey.file_verdict(self.image(port),
                                                    serial(port))})


def hotplug_hooks(folder, ports):
    """The machine's hooks, the emulator's arguments, and what was done."""
    plugger = Plugger(folder, ports)
    return {'on_record': plugger.on_record, 'host': plugger.host,
            'arguments': plugger.arguments()}


def hotplug(case, _has_module=False):
    """The fields of a Plan."""
    count = len(pluggable(groups.View(case, None).ports))
    return {'jobs': ['hotplug', 'survey'],
            'append': ['msmmu.dma-mib=1', f'msmmu.hotplug={count}'],
            'endpoints': ('msmmu-engine',), 'hooks': hotplug_hooks}


def first_of(records, **fields):
    """The first record with these values, {} without one."""
    return next((record for record in records
                 if all(record.get(name) == value
                        for name, value in fields.items())), {})


def appearance(view, port, plugged):
    """What is wrong with the device that the kernel found."""
    if not plugged:
        return 'the kernel found no such disk'
    if view.port(plugged['bdf']) is not port:
        return f'it is {plugged["bdf"]}, in another segment'
    if plugged['bdf'].split(':')[1] == '00':
        return f'{plugged["bdf"]} is not behind the root port'
    return ''


def instance_problem(view, port, plugged):
    """Is the newcomer behind the instance that its neighbours are behind?"""
    if not plugged['group']:
        return f'{plugged["bdf"]} has no group'
    others = {device['smmu'] for device in view.of_kind('device')
              if view.port(device['bdf']) is port and device.get('smmu')}
    if others and others != {plugged['smmu']}:
        return f'{plugged["smmu"]}, and its neighbours {sorted(others)}'
    return '' if plugged['smmu'] else 'no instance'


def transfer_problem(view, name):
    """What is wrong with its transfers; '' if all its data are there."""
    record = first_of(view.of_kind('dma'), serial=name)
    if not record:
        return 'it did not transfer', 0
    verdict = first_of(view.evidence.host, unplugged=name).get(
        'file', 'nobody looked at it')
    return survey.transfer_problem(record, verdict), record['line']


def hot_plugged(view):
    """A disk behind each instance: it came, it was used, it went."""
    if view.case.kind != 'hotplug':
        return
    wanted = DOMAIN_TYPES[view.case.domain]
    for port in pluggable(view.ports):
        name = serial(port)
        plugged = first_of(view.of_kind('plugged'), serial=name)
        line = plugged.get('line', 0)
        start = f'{port.smmu}: a disk that is plugged in'
        problem = appearance(view, port, plugged)
        yield check(f'{start} appears behind it', problem, line)
        if problem:
            continue
        yield check(f'{start} gets a group of its instance',
                    instance_problem(view, port, plugged), line)
        yield check(f'{start} gets the default domain that was asked for',
                    '' if plugged['type'] == wanted else
                    f'{plugged["type"]}, not {wanted}', line)
        yield check(f'{start} transfers through it',
                    *transfer_problem(view, name))
        gone = first_of(view.of_kind('hotplug'), bdf=plugged['bdf'],
                        state='gone')
        yield check(f'{start} goes when it is unplugged',
                    '' if gone else 'it is still there',
                    gone.get('line', 0))


# ---- Huge pages ------------------------------------------------------------

def hugepages(_case, _has_module=False):
    """The fields of a Plan. A page of 1 GiB must fit, and be aligned."""
    return {'jobs': ['hugepages', 'survey'],
            'append': ['msmmu.job-seconds=200', PATIENCE],
            'endpoints': ('msmmu-engine',),
            'options': {'mem': '3G', 'timeout': 300.0}}


def leaf_of(view, port, record):
    """The size that a record expects, where VFIO hides the true one.

    VFIO shows PAGE_SIZE for all sizes below it, and the guest knows no others.
    """
    bits = groups.bits_of(view.expected(bitmaps.AFTER, port).value)
    size = groups.size_bits(record['leaf'])
    smaller = bits & (size - 1)
    if bits & size or size != view.kernel.page_size or not smaller:
        return record['leaf']
    return bitmaps.name(1 << smaller.bit_length() - 1)


def huge_pages(view):
    """Blocks were used where huge pages allow for them, and no others."""
    if view.case.kind != 'hugepages':
        return
    for port in view.ports:
        records = [record for record in view.of_kind('hugepage')
                   if view.port(record['bdf']) is port]
        records = [{**record, 'leaf': leaf_of(view, port, record)}
                   for record in records]
        name = f'{port.smmu}: huge pages are translated by the largest leaves'
        if not records:
            yield Claim(name, SKIPPED, 'none was mapped')
            continue
        group = next((group for group in view.groups
                      if group.device == records[0]['bdf']), None)
        used = {**group.used, **group.used_stage2} if group else {}
        for leaf in dict.fromkeys(record['leaf'] for record in records):
            pages = ' '.join(f'{record["source"]}-{record["page"]}'
                             for record in records if record['leaf'] == leaf)
            yield check(f'{name}: {leaf}', '' if leaf in used else
                        f'no walk for {pages} ended at {leaf}, but at '
                        f'{", ".join(used) or "nothing"}',
                        records[0]['line'])
        more = [size for size in used
                if size not in {record['leaf'] for record in records}]
        yield check(f'{name}: no others', ', '.join(more),
                    records[0]['line'])


# For kinds of cases: the fields of their Plans, and their claims (view)
PLANS = {'hotplug': hotplug, 'hugepages': hugepages}
CLAIMS = {'hotplug': (hot_plugged,), 'hugepages': (huge_pages,)}
