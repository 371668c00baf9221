# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be seen of DMA test engines that Linux assigns to a program.

The probe's driver of the engine is in tests/guest/probe/engine*.c. It compares
data with what the processor computes; what must fault, and what the kernel must
say of that, is judged here, from literal expectations.
"""

import collections
import dataclasses
import itertools
import pathlib
import re
import subprocess

from msmmu_guest import events

import checks

# An engine of two functions, which share a container, and one of one function
ENDPOINTS = ('msmmu-engine,functions=2', 'msmmu-engine')
OPERATIONS = ('read', 'write', 'fill', 'checksum', 'copy', 'add', 'swap',
              'cas')
PATTERNS = ('linear', 'strided', 'random', 'scatter')
# COMPARE and VERIFY have a case for each way to go through the first range.
CASES = set(itertools.product(OPERATIONS, PATTERNS)) | {
    ('compare', 'linear'), ('compare', 'scatter'), ('verify', 'linear'),
    ('verify', 'strided'), ('verify', 'random'), ('verify', 'scatter'),
    ('nop', 'linear')}
SECOND_PATTERNS = {'linear', 'strided', 'random', 'scatter'}
# IOVAs of faults.c: memory that can be written, that can be read; neither
WRITABLE, READABLE, UNMAPPED = 0x80000000, 0x90000000, 0xa0000000
# IHI 0070 7.3.13: the input address of the transaction caused the fault
CLASS_IN = 2
# In the driver's word of features, from Linux 4.x to 7.x
FEATURE_MSI = 1 << 7
# Of tables with addresses of 48 bits, for the unmapped IOVA
TABLE_LEVELS = {'4K': 2, '16K': 2, '64K': 1}
UNITS = {'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}

# An interrupt chip's name, since 6.11, ends with the device: b000000.iommu
OF_DEVICE = re.compile(r'-(b[0-9a-f]+\.iommu|arm-smmu-v3\.\d+\.auto)$')


@dataclasses.dataclass
class Behind:
    """Engines behind a root complex, and what becomes of them there."""
    smmu: str               # as for --smmu
    pages: tuple            # mapped in pages of these sizes, the smallest first
    msix: bool = True       # the kernel can map what their MSIs are written to
    stage: int = 1          # of the tables that the kernel makes
    bits: int = 48          # of the addresses that can be mapped
    sid_base: int = 0
    chip: str = 'ITS-pMSI'  # serves the SMMU's own interrupts
    leaves: tuple = ()      # sizes of descriptors, where not those of pages

    def shares(self):
        """Is the SMMU that of another root complex?"""
        return self.smmu.startswith('share=')


def rows(behind):
    """(segment, row), segments from 1 on."""
    return enumerate(behind, 1)


def at_segment(records, segment):
    """The records of a segment's functions."""
    return [record for record in records
            if checks.segment_of(record) == segment]


def all_verified(records):
    """'' or the first that went wrong."""
    for record in records:
        if record['result'] != 'verified':
            return (f'{record["bdf"]}: {record.get("operation", "")} '
                    f'{record["what"]}: {record["error"]}')
    return ''


def patterns(behind):
    """In pages of each size, every operation with every pattern."""
    def check(result, _disks):
        for segment, row in rows(behind):
            records = at_segment(result.of_kind('pattern'), segment)
            found = list(dict.fromkeys(record['page'] for record in records))
            if found != list(row.pages):
                return f'segment {segment}: pages of {found}'
            for size in row.pages:
                problem = every_pattern([record for record in records
                                         if record['page'] == size])
                if problem:
                    return f'segment {segment}, pages of {size}: {problem}'
        return ''
    return check


def every_pattern(records):
    """Of one function, in pages of one size."""
    missing = CASES - {(record['operation'], record['pattern'])
                       for record in records}
    if missing:
        return f'no {" ".join(sorted(missing)[0])}'
    missing = SECOND_PATTERNS - {
        record['pattern2'] for record in records
        if record['operation'] in ('copy', 'compare')}
    if missing:
        return f'nothing to {sorted(missing)[0]}'
    if not any(record['bytes'] == 1 for record in records) or \
            max(record['bytes'] for record in records) < 32768:
        return 'sizes are not from one byte to many pages'
    return all_verified(records)


def completions(behind):
    """By MSI-X where it is possible; elsewhere, it is the kernel's business."""
    def check(result, _disks):
        for segment, row in rows(behind):
            waits = {record['wait'] for record
                     in at_segment(result.of_kind('pattern'), segment)}
            if row.msix and waits != {'MSI-X', 'poll'}:
                return f'segment {segment}: waited by {waits}'
        return ''
    return check


def rings(behind):
    """Rings that wrap, four at once, and all streams at once."""
    def check(result, _disks):
        for segment, _ in rows(behind):
            records = at_segment(result.of_kind('ring'), segment)
            found = [record['what'] for record in records]
            expected = ['a ring of 8 goes round 3 times',
                        'four rings at once, a vector each'] + [
                            'at once with other streams'] * 2
            if found != expected:
                return f'segment {segment}: {found}'
        return all_verified(result.of_kind('ring'))
    return check


def page_bytes(name):
    """4096 for 4K."""
    return int(name[:-1]) * UNITS[name[-1]]


def expected_faults(row):
    """[(what, function, status, transactions, iova, event or '')] in order.

    Stage 1: what is writable without privilege is not executable with it, and
    an address beyond the size of the tables is not translated. Stage 2 knows
    no privilege; an address beyond its input is an output of stage 1 that is
    too large, of the stage that does nothing here (IHI 0070 3.4).
    """
    writable_end = WRITABLE + 4 * page_bytes(row.pages[0])
    beyond = ('F_TRANSLATION', 1) if row.stage == 1 else ('F_ADDR_SIZE', 1)
    fetch = ('F_PERMISSION', 1) if row.stage == 1 else None
    faults_of = [
        ('read of what is not mapped', 0, 1, UNMAPPED + 0x123,
         ('F_TRANSLATION', row.stage), 'unpriv data read'),
        ('write across the end of what is mapped', 1, 2, writable_end,
         ('F_TRANSLATION', row.stage), 'unpriv data write'),
        ('write to what is mapped for reading', 0, 1, READABLE + 0x801,
         ('F_PERMISSION', row.stage), 'unpriv data write'),
        ('read beyond all that can be mapped', 0, 1, (1 << row.bits) + 0x40,
         beyond, 'unpriv data read'),
        ('privileged instruction fetch from what is writable', 0, 1,
         WRITABLE + 0x100, fetch, 'priv inst read'),
        ('read of what is not mapped any more', 1, 1, WRITABLE + 0x238,
         ('F_TRANSLATION', row.stage), 'unpriv data read'),
    ]
    return [(what, function, 'aborted' if event else 'ok', count,
             iova if event else 0,
             f'{event[0]} sid {row.sid_base + 8 + function:#x} '
             f'iova {iova:#x} {access} s{event[1]}' if event else '')
            for what, function, count, iova, event, access in faults_of]


def faults(behind):
    """The engines tell each fault, and go on."""
    def check(result, _disks):
        for segment, row in rows(behind):
            records = at_segment(result.of_kind('fault'), segment)
            expected = expected_faults(row)
            if len(records) != len(expected):
                return f'segment {segment}: {len(records)} faults'
            for record, (what, function, status, count, iova, _) in zip(
                    records, expected):
                found = {name: record[name] for name in (
                    'what', 'requester', 'status', 'detail', 'failed',
                    'transactions', 'fault', 'before', 'after')}
                wanted = {'what': what, 'requester': 8 + function,
                          'status': status, 'detail': 0,
                          'failed': int(status == 'aborted'),
                          'transactions': count, 'fault': f'{iova:#x}',
                          'before': 'ok', 'after': 'ok'}
                if found != wanted:
                    return f'{record["bdf"]}: {found}, not {wanted}'
        return ''
    return check


def kernel_events(behind, decoded):
    """The kernel's words for each fault, one event each and no other.

    DECODED: it prints its own reading of the record, too.
    """
    def check(result, _disks):
        for segment, row in rows(behind):
            found = events.of_segment(result, segment, row.sid_base)
            for event in found:
                if event.problem() or event.field(11, 11) or \
                        event.field(105, 104) != CLASS_IN:
                    return (f'segment {segment}: {event.words}: '
                            f'{event.problem() or "SSV or CLASS"}')
            texts = [event.describe() for event in found]
            expected = [fault[-1] for fault in expected_faults(row)
                        if fault[-1]]
            if texts != expected:
                return f'segment {segment}: {texts}, not {expected}'
            if [bool(event.decoded) for event in found] != \
                    [decoded] * len(found):
                return f'segment {segment}: decoded by the kernel or not'
        return ''
    return check


def event_interrupts(behind):
    """The faults of a segment make its SMMU's event queue, and nothing else of
    any SMMU, interrupt.
    """
    def counts(result, when):
        return {record['number']: record['count'] for record
                in result.of_kind('interrupt') if record['when'] == when}

    def check(result, _disks):
        before, seen = counts(result, 'start'), set()
        records = {record['number']: record
                   for record in result.of_kind('interrupt')}
        for segment, row in rows(behind):
            found = at_segment(result.of_kind('engine'), segment)
            after = counts(result, found[0]['bdf'] if found else '')
            rose = [number for number, count in after.items()
                    if count != before.get(number)]
            if len(rose) != 1 or (rose[0] in seen) != row.shares():
                return f'segment {segment}: interrupts {rose} rose'
            record, seen = records[rose[0]], seen | {rose[0]}
            rise = after[rose[0]] - before[rose[0]]
            if record['name'] != 'arm-smmu-v3-evtq' or not 1 <= rise <= 6:
                return f'segment {segment}: {record["name"]} rose by {rise}'
            if not record['chip'].startswith(row.chip):
                return f'segment {segment}: by {record["chip"]}'
            before = after
        return ''
    return check


def own_interrupts(behind, when='start'):
    """Which controllers serve the event queue and the errors of each SMMU."""
    def check(result, _disks):
        records = [record for record in result.of_kind('interrupt')
                   if record['when'] == when]
        found = collections.Counter(
            (record['name'], OF_DEVICE.sub('', record['chip']))
            for record in records)
        wanted = collections.Counter(
            (f'arm-smmu-v3-{name}', row.chip) for _, row in rows(behind)
            for name in ('evtq', 'gerror') if not row.shares())
        return '' if found == wanted else f'{dict(found)}'
    return check


def driver_at_ease(behind):
    """The driver finds MSIs where there are some; it complains of nothing."""
    def check(result, _disks):
        for segment, row in rows(behind):
            name = events.driver_name(result.of_kind('device'), segment)
            found = re.search(rf'{name}: .*features (0x[0-9a-f]+)',
                              result.log)
            if not found:
                return f'segment {segment}: no word of {name}'
            msi = bool(int(found.group(1), 16) & FEATURE_MSI)
            if msi != (row.chip == 'ITS-pMSI'):
                return f'segment {segment}: features {found.group(1)}'
        trouble = re.search(r'arm-smmu-v3 .*(timeout|timed out|error|fail).*',
                            result.log)
        return trouble.group() if trouble else ''
    return check


# ---- The tool "engine", which people use by hand ----

# (words, exit status, what it says)
BY_HAND = (
    ('list', 0, r'0002:00:02\.0  group \d+ +IOMMU smmu3'),
    ('copy --size 1M', 0, r'^ok: 512 transactions, 0 .*MSI-X .*verified'),
    ('read --page 2M --poll', 0, r'in pages of 2M ok: .*polled .*verified'),
    ('checksum --pattern random --size 8 --count 1000 --step 1M', 0,
     r'ok: 1000 transactions, .*result: 0x[0-9a-f]+ .*verified'),
    ('copy --to-pattern strided --size 64 --count 100 --to-step 8K '
     '--function 0002:00:02.0', 0, r'pages of 16K ok: 200 .*verified'),
    ('read --iova 0xa0000000 --function 0002:00:01.1', 1,
     r'aborted: 1 .*IOVA 0xa0000000 .*event 0x10 .*0x0000000900000010'),
    ('fill --read-only', 1, r'aborted: 1 .*IOVA 0x40000000 .*event 0x13 '),
    ('fill --size 4K --count 513', 1, r'aborted: 513 .*IOVA 0x40200000 '),
    # C_BAD_SUBSTREAMID: Linux 6.1 enables PASIDs at the engine, and gives VFIO
    # one CD. Later kernels do not, and the engine itself refuses.
    ('read --ssid 3', 1, r'aborted: 1 .*event 0x08 .*0x0000000800003008'),
    ('cas --size 3', 1, r'bad descriptor, detail 4: 0 transactions'),
    ('copy --size x', 2, r'no number "x"; see engine --help'),
)


def by_hand_option():
    """For the kernel's command line, which has no spaces in a value."""
    return 'msmmu.tool=' + ';'.join(words.replace(' ', ',')
                                    for words, *_ in BY_HAND)


def by_hand(result, _disks):
    """What each command said, as one line, and its exit status."""
    said = []
    for record in result.records:
        if record['kind'] == 'tool':
            said.append([record['command'].replace(',', ' '), None, ''])
        elif record['kind'] == 'line':
            said[-1][2] += re.sub(r'^0001\S+, group \d+: 2M at IOVA '
                                  r'0x40000000 in pages of 4K$', '',
                                  record['text'].strip()) + ' '
        elif record['kind'] == 'exit':
            said[-1][1] = record['status']
    if [words for words, *_ in said] != [words for words, *_ in BY_HAND]:
        return f'{[words for words, *_ in said]}'
    for (words, status, text), (_, expected, pattern) in zip(said, BY_HAND):
        if status != expected or not re.search(pattern, text.strip()):
            return f'engine {words}: exit status {status}: {text}'
    return ''


# ---- What the emulator's monitor tells of the same ----

OBJECT = '/machine/peripheral/smmu{}'
EXPLAIN = pathlib.Path(__file__).resolve().parents[2] / 'scripts' / \
    'msmmu-explain'


def monitor_hooks(behind):
    """Ask the instances: why the first fault, while its tables are there; in
    the end, which faults there were, and what was counted.
    """
    def ask(machine, record, socket):
        result = machine.result
        segment = checks.segment_of(record) if 'bdf' in record else 0
        if record['kind'] == 'fault' and segment < len(behind) and \
                segment not in result.explained:
            path = OBJECT.format(segment_smmu(behind, segment))
            sid = behind[segment - 1].sid_base + record['requester']
            machine.qmp('qom-set', path=path, property='explain-query',
                        value=f'sid={sid},iova={record["iova"]}')
            result.explained[segment] = machine.qmp(
                'qom-get', path=path, property='explain')
            if segment == 1:
                answer = subprocess.run(
                    [EXPLAIN, '--qmp', socket, '--id', 'smmu1', '--sid',
                     f'{sid}', '--iova', record['iova']],
                    capture_output=True, text=True, check=False, timeout=600)
                result.script = answer.stdout + answer.stderr
        elif record['kind'] == 'ring' and not result.told and \
                record['what'] == 'at once with other streams':
            for number, row in rows(behind):
                if not row.shares():
                    result.told[number] = {name: machine.qmp(
                        'qom-get', path=OBJECT.format(number), property=name)
                        for name in ('faults', 'streams')}

    def hooks(folder):
        socket = folder / 'qmp'

        def on_record(machine, record):
            if record['kind'] == 'start':
                machine.result.told, machine.result.explained = {}, {}
            ask(machine, record, socket)
        return {'on_record': on_record, 'arguments': (
            '-qmp', f'unix:{socket},server=on,wait=off')}
    return hooks


def segment_smmu(behind, segment):
    """The number of the instance in front of a segment."""
    smmu = behind[segment - 1].smmu
    return int(smmu.partition('=')[2]) if behind[segment - 1].shares() \
        else segment


def explained(behind):
    """Each step to a descriptor that is not valid, and the event for it.

    All but the last segment: there, the guest may have gone on to its end.
    """
    def check(result, _disks):
        for segment, row in list(rows(behind))[:-1]:
            answer = getattr(result, 'explained', {}).get(
                segment, {'steps': []})
            steps = [(step['step'], step.get('type', ''))
                     for step in answer['steps']]
            # Two levels of a Stream table; three of 48 bits down to 1 GiB
            wanted = [('L1STD', ''), ('STE', ''), ('CD', '')] + \
                [('descriptor', 'table')] * TABLE_LEVELS[row.pages[0]] + \
                [('descriptor', 'invalid')]
            if steps != wanted:
                return f'segment {segment}: {steps}'
            outcome = answer['outcome']
            found = (outcome['event'], outcome['stage'], outcome['recorded'])
            if found != ('F_TRANSLATION', row.stage, True):
                return f'segment {segment}: {found}'
        return ''
    return check


def explained_to_people(result, _disks):
    """msmmu-explain says the same in words, at the other monitor."""
    text = getattr(result, 'script', 'it was not asked')
    words = (r'STE at PA 0x\w+', r'CD at PA 0x\w+',
             r'stage 1 level 2 descriptor at PA 0x\w+: 0x0{16}: invalid',
             r'aborts with F_TRANSLATION \(7\.3\.13\) of stage 1, CLASS IN')
    return '' if re.search('.*'.join(words), text, re.DOTALL) else text


def remembered(behind):
    """The instances remember the faults that the kernel saw."""
    def check(result, _disks):
        for number, row in rows(behind):
            if row.shares():
                continue
            answer = getattr(result, 'told', {}).get(number)
            if not answer:
                return f'smmu{number} was not asked'
            told = [(f'{fault["event"]} sid {fault["sid"]} '
                     f'iova {fault["iova"]} '
                     f'{"priv" if fault["privileged"] else "unpriv"} '
                     f'{"inst" if fault["instruction"] else "data"} '
                     f'{"write" if fault["write"] else "read"} '
                     f's{fault["stage"]}')
                    for fault in answer['faults']]
            wanted = [fault[-1] for segment, other in rows(behind)
                      if segment_smmu(behind, segment) == number
                      for fault in expected_faults(other) if fault[-1]]
            if told != wanted:
                return f'smmu{number}: {told}, not {wanted}'
        return ''
    return check


def leaf_sizes(behind):
    """The first engine's stream was translated by descriptors of its sizes."""
    def check(result, _disks):
        for segment, row in rows(behind):
            told = getattr(result, 'told', {}).get(
                segment_smmu(behind, segment))
            if not told:
                return f'segment {segment}: its SMMU was not asked'
            found = [stream for stream in told['streams']
                     if int(stream['sid'], 0) == row.sid_base + 8]
            sizes = set(found[0][f'stage-{row.stage}-leaves']) \
                if found else set()
            if sizes != set(row.leaves or row.pages):
                return f'segment {segment}: {sorted(sizes)}'
        return ''
    return check
