# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux's words for events, and what is made of engines that do otherwise."""

import copy
import types
import unittest

from msmmu_guest import events

import engines

DEVICE = {'kind': 'device', 'bdf': '0001:00:01.0', 'class': '0x00ff00',
          'smmu': 'smmu3.0x000000000b000000',
          'smmu_device': 'b000000.iommu'}
ROW = engines.Behind('granules=4k', ('4K',), chip='GICv3')
# As Linux 7.3 printed them: a privileged instruction fetch, StreamID 8
LINES = '''\
arm-smmu-v3 b000000.iommu: event 0x13 received:
arm-smmu-v3 b000000.iommu:  0x0000000800000013
arm-smmu-v3 b100000.iommu: event 0x10 received:
arm-smmu-v3 b000000.iommu:  0x0000020e00000000
arm-smmu-v3 b000000.iommu:  0x0000000080000100
arm-smmu-v3 b000000.iommu:  0x0000000000000000
arm-smmu-v3 b000000.iommu: event: F_PERMISSION client: 0001:00:01.0 \
sid: 0x8 ssid: 0x0 iova: 0x80000100 ipa: 0x0
arm-smmu-v3 b000000.iommu: priv inst read s1 "Input address caused fault" \
stag: 0x0
arm-smmu-v3 b000000.iommu: ias 48-bit, oas 48-bit (features 0x00008305)
'''.splitlines()


def words(name, sid, iova, access):
    """The record that an SMMU writes (IHI 0070 7.3.13, 7.3.16)."""
    number = {'F_TRANSLATION': 0x10, 'F_PERMISSION': 0x13}[name]
    second = 2 << 40
    for word, bit in (('priv', 33), ('inst', 34), ('read', 35), ('s2', 39)):
        second |= (word in access.split()) << bit
    return [sid << 32 | number, second, iova, 0]


class Events(unittest.TestCase):
    """events.parse()."""

    def test_words_and_the_kernels_reading(self):
        found = events.parse(LINES)
        event, = found['b000000.iommu']
        text = 'F_PERMISSION sid 0x8 iova 0x80000100 priv inst read s1'
        self.assertEqual((event.describe(), event.decoded, event.problem()),
                         (text, text, ''))
        self.assertEqual(found['b100000.iommu'][0].problem(), '0 words')

    def test_each_flag_is_its_bit(self):
        for access in ('unpriv data write s1', 'unpriv data read s2',
                       'priv data write s1', 'unpriv inst read s1'):
            event = events.Event(0x10, words('F_TRANSLATION', 9, 0x1000,
                                             access))
            self.assertEqual(event.access, access)

    def test_words_that_contradict(self):
        self.assertIn('type 0x13', events.parse(
            [line.replace('event 0x13', 'event 0x10') for line in LINES]
        )['b000000.iommu'][0].problem())
        self.assertIn('reads it as', events.parse(
            [line.replace('sid: 0x8', 'sid: 0x9') for line in LINES]
        )['b000000.iommu'][0].problem())


def boot():
    """The records of a boot in which all is as it must be."""
    records = [DEVICE, {'kind': 'engine', 'bdf': '0001:00:01.0'}]
    for operation, pattern in sorted(engines.CASES):
        records.append({
            'kind': 'pattern', 'bdf': '0001:00:01.0', 'page': '4K',
            'operation': operation, 'pattern': pattern, 'pattern2': pattern,
            'what': 'x', 'transactions': 1,
            'bytes': 1 if operation == 'nop' else 65536,
            'wait': ('poll', 'MSI-X')[len(records) % 2],
            'result': 'verified'})
    for what, function, _, count, iova, event in \
            engines.expected_faults(ROW):
        name, _, sid, _, _, *access = event.split()
        records.append({
            'kind': 'fault', 'bdf': f'0001:00:01.{function}', 'what': what,
            'requester': 8 + function, 'status': 'aborted', 'detail': 0,
            'failed': 1, 'transactions': count, 'fault': f'{iova:#x}',
            'before': 'ok', 'after': 'ok'})
        lines = [f'event {words(name, 0, 0, "")[0] & 0xff:#04x} received:']
        lines += [f' 0x{word:016x}' for word in
                  words(name, int(sid, 0), iova, ' '.join(access))]
        records += [{'kind': 'kernel',
                     'text': f'arm-smmu-v3 b000000.iommu: {line}'}
                    for line in lines]
    for when, count in (('start', 0), ('0001:00:01.0', 6)):
        for number, name in (('16', 'evtq'), ('17', 'gerror')):
            records.append({
                'kind': 'interrupt', 'when': when, 'number': number,
                'name': f'arm-smmu-v3-{name}', 'chip': 'GICv3',
                'count': count if name == 'evtq' else 0})
    return records


CHECKS = (engines.patterns((ROW,)), engines.completions((ROW,)),
          engines.faults((ROW,)), engines.kernel_events((ROW,), False),
          engines.event_interrupts((ROW,)), engines.own_interrupts((ROW,)))


def problems(records):
    """Which checks complain."""
    result = types.SimpleNamespace(of_kind=lambda kind: [
        record for record in records if record['kind'] == kind])
    return [check(result, None) for check in CHECKS]


class Checks(unittest.TestCase):
    """Of a boot as it must be, and of others."""

    def test_as_it_must_be(self):
        self.assertEqual(problems(boot()), [''] * len(CHECKS))

    def noticed(self, check, kind, which=-1, **changes):
        """Change a record of a kind: CHECK, and no other, sees it."""
        records = copy.deepcopy(boot())
        [record for record in records if record['kind'] == kind
         ][which].update(changes)
        found = problems(records)
        self.assertTrue(found[check], changes)
        self.assertFalse(any(found[:check] + found[check + 1:]), found)

    def test_data_that_differ(self):
        self.noticed(0, 'pattern', result='failed', error='a byte')

    def test_a_pattern_that_is_missing(self):
        self.noticed(0, 'pattern', pattern='linear')

    def test_another_status(self):
        for changes in ({'status': 'ok'}, {'detail': 2}, {'failed': 2},
                        {'transactions': 2}, {'fault': '0x80000000'},
                        {'after': 'failed'}, {'requester': 8}):
            self.noticed(2, 'fault', **changes)

    def test_another_event(self):
        name = 'arm-smmu-v3 b000000.iommu: '
        for which, text in (
                (-1, 'event 0x10 received:'), (-2, ' 0x0000000000000001'),
                # CLASS, SSV, another StreamID
                (-3, ' 0x0000010800000000'), (-4, ' 0x0000000900000810'),
                (-4, ' 0x0000000800000010'), (-5, 'event 0x13 received:')):
            self.noticed(3, 'kernel', which, text=name + text)

    def test_an_event_more(self):
        records = boot()
        records += [record for record in records
                    if record['kind'] == 'kernel'][-5:]
        self.assertIn('not', problems(records)[3])

    def test_another_interrupt(self):
        self.noticed(4, 'interrupt', count=1)
        records = boot()
        for record in records:
            if record['kind'] == 'interrupt':
                record['chip'] = 'ITS-pMSI'
        self.assertIn('by ITS-pMSI', problems(records)[4])
        self.assertIn('ITS-pMSI', problems(records)[5])

    def test_stage_2_knows_no_privilege(self):
        row = engines.Behind('', ('4K',), stage=2, bits=44, sid_base=0x10000)
        rows = engines.expected_faults(row)
        self.assertEqual([fault[-1].split()[0] if fault[-1] else fault[2]
                          for fault in rows], [
            'F_TRANSLATION', 'F_TRANSLATION', 'F_PERMISSION', 'F_ADDR_SIZE',
            'ok', 'F_TRANSLATION'])
        self.assertEqual(rows[1][-1], 'F_TRANSLATION sid 0x10009 iova '
                         '0x80004000 unpriv data write s2')


def answers():
    """What the monitor says of that boot; two segments, the same."""
    faults = []
    for _, function, _, _, iova, event in engines.expected_faults(ROW):
        faults.append({
            'event': event.split()[0], 'sid': f'{8 + function:#x}',
            'iova': f'{iova:#x}', 'privileged': ' priv ' in event,
            'instruction': ' inst ' in event, 'write': ' write ' in event,
            'stage': 1})
    steps = [{'step': step} for step in ('L1STD', 'STE', 'CD')] + [
        {'step': 'descriptor', 'type': kind}
        for kind in ('table', 'table', 'invalid')]
    told = {'faults': faults, 'streams': [
        {'sid': '0x8', 'stage-1-leaves': {'4K': 3}, 'stage-2-leaves': {}}]}
    return types.SimpleNamespace(
        told={1: told, 2: copy.deepcopy(told)},
        explained={1: {'steps': steps, 'outcome': {
            'event': 'F_TRANSLATION', 'stage': 1, 'recorded': True}}})


class Monitor(unittest.TestCase):
    """explained(), remembered() and leaf_sizes()."""

    def problems(self, change=None):
        result = answers()
        if change:
            change(result)
        return [check((ROW, ROW))(result, None) for check in (
            engines.explained, engines.remembered, engines.leaf_sizes)]

    def test_as_it_must_be(self):
        self.assertEqual(self.problems(), ['', '', ''])

    def test_otherwise(self):
        for number, change in (
                (0, lambda result: result.explained.clear()),
                (0, lambda result: result.explained[1]['steps'].pop(3)),
                (0, lambda result: result.explained[1]['outcome'].update(
                    recorded=False)),
                (1, lambda result: result.told[2]['faults'].pop()),
                (1, lambda result: result.told[1]['faults'][2].update(
                    write=False)),
                (2, lambda result: result.told[2]['streams'][0][
                    'stage-1-leaves'].update({'2M': 1})),
                (2, lambda result: result.told[1]['streams'].clear())):
            found = self.problems(change)
            self.assertTrue(found[number])
            self.assertEqual(len([text for text in found if text]), 1)

    def test_a_boot_that_died(self):
        """Every check says so, none fails itself."""
        result = types.SimpleNamespace(log='', records=[],
                                       of_kind=lambda kind: [])
        for check in (*CHECKS, engines.by_hand, engines.explained_to_people,
                      *(make((ROW, ROW)) for make in (
                          engines.rings, engines.driver_at_ease,
                          engines.explained, engines.remembered,
                          engines.leaf_sizes))):
            self.assertTrue(check(result, None), check)

    def test_a_shared_instance_tells_of_both(self):
        rows = (ROW, engines.Behind('share=1', ('4K',), sid_base=0x10000))
        self.assertIn('not', engines.remembered(rows)(answers(), None))
        self.assertEqual(engines.segment_smmu(rows, 2), 1)
