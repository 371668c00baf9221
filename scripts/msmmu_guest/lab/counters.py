# SPDX-License-Identifier: GPL-2.0-or-later
"""What the instances saw, through the emulator's monitor.

Each msmmu-smmuv3 counts, for every StreamID, transactions, faults, and the
sizes of the leaves that its walks ended at (the property "streams"). They are
asked at the end of each of the probe's jobs, while the guest goes on, so that
the last are known of a boot that does not end, and once more at its end. There
the guest waits for the host (msmmu.linger=) to ask and to end the emulator.
"""

from .. import vm
from . import hang

OBJECT = '/machine/peripheral/{}'
# The guest's option: how long it waits for the host at its end at most
LINGER = 'msmmu.linger=3000'
COUNTED = {'refused': 'refused-granules', 'faults': 'faults'}
LEAVES = {'used': 'stage-1', 'used_stage2': 'stage-2'}
# Leaf size -> what a run of contiguous ones makes (Arm ARM, the Contiguous
# bit): 16 of 4K, 128 of 16K, 32 of 64K; of their blocks 16, 32 and 32
CONTIGUOUS = {'4K': '64K', '2M': '32M', '1G': '16G', '16K': '2M',
              '32M': '1G', '64K': '2M', '512M': '16G'}


def instances(ports):
    """The ids of the instances to ask."""
    return [port.smmu for port in ports if port.kind in ('own', 'pcie.0')]


def ask(machine, smmus):
    """{smmu: its streams}, by their StreamID in hexadecimal."""
    found = {}
    for smmu in smmus:
        streams = machine.qmp('qom-get', path=OBJECT.format(smmu),
                              property='streams')
        found[smmu] = {stream.pop('sid'): stream for stream in streams}
    return found


class Recorder:
    """A hook of the machine that asks at each job's end.

    What it was told is in SNAPSHOTS: {'after': job, 'streams': {...}}; of a
    machine that hangs, its processors' state is in HOST.
    """

    def __init__(self, ports, then=None):
        self.smmus = instances(ports)
        self.then = then                # another on_record
        self.snapshots = []
        self.host = []

    def on_record(self, machine, record):
        """Called by the machine for each record of the probe's."""
        if self.then:
            self.then(machine, record)
        if record['kind'] in ('start', 'job', 'done'):
            self.snapshots.append({
                'after': record.get('job', record['kind']),
                'streams': ask(machine, self.smmus)})
        if record['kind'] == 'done':
            try:
                machine.qmp('quit')
            except vm.QmpError:
                pass                    # it went by itself


    def on_hang(self, machine):
        """What is left to know: counters, and where the processors are."""
        self.snapshots.append({'after': 'hang',
                               'streams': ask(machine, self.smmus)})
        # After a BUG it is known what happened: no more seconds for that.
        if not machine.result.complaint():
            self.host += hang.look(machine)


def sid_of(bdf, sid_base=0):
    """The StreamID of a PCI function: 0001:02:03.4 is 0x21c."""
    _, bus, rest = bdf.split(':')
    slot, function = rest.split('.')
    return sid_base + (int(bus, 16) << 8 | int(slot, 16) << 3 |
                       int(function, 16))


def stream(snapshot, smmu, bdf, sid_base=0):
    """What a snapshot has of a device; {} if it was not seen."""
    return snapshot['streams'].get(smmu, {}).get(
        f'{sid_of(bdf, sid_base):#x}', {})


def used(found, stage):
    """{size: walks} of a stream; those with the Contiguous bit on their own.

    The bit is a hint: what is walked to is one leaf of the run.
    """
    sizes = {}
    runs = found.get(f'{stage}-contiguous', {})
    for size, count in found.get(f'{stage}-leaves', {}).items():
        run = runs.get(size, 0)
        if count > run:
            sizes[size] = count - run
        if run:
            sizes[f'{CONTIGUOUS[size]} contiguous'] = run
    return sizes


def fill(group, snapshots, sid_base=0):
    """A group's counters, as of the last snapshot."""
    if not snapshots:
        return
    found = stream(snapshots[-1], group.smmu, group.device, sid_base)
    for name, source in COUNTED.items():
        setattr(group, name, dict(found.get(source, {})))
    for name, stage in LEAVES.items():
        setattr(group, name, used(found, stage))


def around(snapshots, job):
    """The snapshots before and after a job; (None, None) without them."""
    for before, after in zip(snapshots, snapshots[1:]):
        if after['after'] == job:
            return before, after
    return None, None


def faults(snapshot, smmu):
    """{sid: {event: count}} of the streams that had some."""
    return {sid: seen['faults'] for sid, seen
            in snapshot['streams'].get(smmu, {}).items()
            if seen.get('faults')}
