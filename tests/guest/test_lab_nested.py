# SPDX-License-Identifier: GPL-2.0-or-later
"""Which instances must be offered for nesting, and what they must have seen."""

import types
import unittest

from msmmu_guest import topology
from msmmu_guest.lab import nested
from msmmu_guest.lab.model import NOT_OK, OK, SKIPPED


def port(text):
    """The first --smmu."""
    return topology.parse_smmus([text])[0]


def said(name, result='ok', about='0001:00:01.0'):
    """A record of the guest's."""
    return {'kind': 'claim', 'about': about, 'name': name, 'result': result,
            'detail': '', 'line': 7}


class Verdicts(unittest.TestCase):
    """Offered or refused, and why."""

    def test_by_features_and_page_size(self):
        for text, page_size, expected in (
                ('granules=4k,stage=nested,fwb=on', 4096, nested.WORKS),
                ('granules=4k,stage=nested,fwb=on', 65536, nested.WORKS),
                ('granules=16k+64k,stage=nested,fwb=on', 4096,
                 nested.NO_PAGES),
                ('granules=16k+64k,stage=nested,fwb=on', 16384, nested.WORKS),
                ('granules=4k,stage=nested', 4096, nested.NO_FWB),
                ('granules=4k,stage=nested,fwb=off', 4096, nested.NO_FWB),
                ('granules=64k,stage=1,fwb=on', 4096, nested.NO_STAGES),
                ('granules=4k,stage=2', 4096, nested.NO_STAGES),
                ('granules=4k', 4096, nested.NO_STAGES)):
            found = nested.Features.of(port(text)).verdict(page_size)
            self.assertEqual(found, expected, (text, page_size))

    def test_canwbs_is_as_good_as_fwb_in_an_iort(self):
        one = port('granules=4k,stage=nested,canwbs=on')
        for firmware, expected in (('uefi', nested.WORKS),
                                   ('dt', nested.NO_FWB)):
            self.assertEqual(nested.Features.of(one, firmware).verdict(4096),
                             expected)

    def test_canwbs_is_the_root_complexes(self):
        arguments, _ = topology.device_arguments(
            [port('granules=4k,canwbs=on,oas=40')], [], '')
        self.assertEqual(arguments, [
            '-device', 'msmmu-rc,id=rc1,segment=1,canwbs=on',
            '-device', 'msmmu-smmuv3,id=smmu1,primary-bus=rc1,granules=4k,'
            'oas=40'])

    def test_the_guest_must_say_so(self):
        one = port('granules=4k,stage=nested,fwb=on')
        for records, expected in (
                ([said(nested.WORKS)], OK),
                ([said(nested.WORKS, 'not ok')], NOT_OK),
                ([said(nested.NO_FWB)], NOT_OK),
                ([said(nested.WORKS, about='0002:00:01.0')], NOT_OK),
                ([said('/dev/iommu opens'), said(nested.TITLE, 'skip')],
                 SKIPPED),
                ([said('a vSTE with a table of CDs is attached', 'skip')],
                 NOT_OK),
                ([], NOT_OK)):
            claim = nested.verdict(one, records, 4096)
            self.assertEqual(claim.result, expected, records)
        self.assertIsNone(nested.verdict(port('none'), [], 4096))


class Leaves(unittest.TestCase):
    """What the instance's walks ended at."""

    def test_sizes_by_page_size(self):
        all_three = nested.Features.of(port('stage=nested,fwb=on'))
        self.assertEqual(all_three.stage_1(), {
            '4K', '64K contiguous', '2M', '1G', '16K', '2M contiguous',
            '32M', '64K', '512M'})
        for granules, page_size, expected in (
                ('4k+16k+64k', 4096, {'4K', '2M'}),
                ('4k+16k+64k', 16384, {'16K', '32M'}),
                ('4k+16k+64k', 65536, {'64K'}),
                ('4k', 16384, {'4K', '2M'}),
                ('4k+64k', 65536, {'64K'}),
                ('4k+16k', 65536, {'16K'})):
            one = nested.Features.of(port(f'granules={granules}'))
            self.assertEqual(one.stage_2(page_size), expected,
                             (granules, page_size))

    def test_a_size_too_many_or_too_few(self):
        one = port('granules=4k,stage=nested,fwb=on')
        first = {'4K': 9, '64K contiguous': 1, '2M': 1, '1G': 1}
        second = {'4K': 5, '2M': 2}
        for used, used2, expected in (
                (first, second, OK),
                ({**first, '32M': 1}, second, NOT_OK),
                ({**first, '1G': 0}, second, NOT_OK),
                (first, {'4K': 5}, NOT_OK),
                ({}, {}, NOT_OK)):
            claim = nested.walked(one, {}, {'used': used,
                                            'used_stage2': used2}, 4096)
            self.assertEqual(claim.result, expected, claim.detail)

    def test_what_was_there_before_does_not_count(self):
        one = port('granules=4k,stage=1')
        seen = {'used': {'4K': 3}, 'used_stage2': {}}
        self.assertEqual(nested.walked(one, seen, seen, 4096).result, OK)
        self.assertEqual(nested.walked(one, {}, seen, 4096).result, NOT_OK)

    def test_counters_that_were_not_read(self):
        one = port('granules=4k,stage=1')
        self.assertEqual(nested.walked(one, None, None, 4096).result, NOT_OK)

    def test_a_port_as_a_whole(self):
        def names(record, text='stage=nested,fwb=on'):
            view = types.SimpleNamespace(
                kernel=types.SimpleNamespace(page_size=4096),
                case=types.SimpleNamespace(firmware='dt'),
                evidence=types.SimpleNamespace(host=[]),
                of_kind=lambda kind: [record])
            return [claim.name.partition(': ')[2].partition(' ')[0]
                    for claim in nested.of_port(port(text), view, {}, {})]
        self.assertEqual(names(said(nested.WORKS)), ['IOMMUFD', 'its', 'it'])
        self.assertEqual(names(said(nested.TITLE, 'skip')), ['IOMMUFD'])
        self.assertEqual(names(said(nested.NO_STAGES), 'stage=1'),
                         ['IOMMUFD', 'it'])
        self.assertEqual(names(said(nested.WORKS), 'none'), [])


STE = {'V': '0b1', 'Config': '0b111', 'S1ContextPtr': '0x40000000',
       'MEV': '0b1', 'S2AA64': '0b1', 'S2R': '0b1', 'S2FWB': '0b1',
       'S2VMID': '1'}


class Entries(unittest.TestCase):
    """What the monitor says of the STE."""

    def judge(self, text='stage=nested,fwb=on', firmware='dt', **changes):
        seen = {'device': '0001:00:01.0', 'ste': {**STE, **changes}}
        return nested.entry(port(text), [{'plugged': 'x'}, seen], 4096,
                            firmware)

    def test_both_stages(self):
        self.assertEqual(self.judge().result, OK)

    def test_another_config_context_or_vmid(self):
        for field, value in (('Config', '0b110'), ('Config', '0b101'),
                             ('S1ContextPtr', '0x40000040'),
                             ('S2VMID', '0'), ('MEV', '0b0'),
                             ('S2FWB', '0b0')):
            claim = self.judge(**{field: value})
            self.assertEqual(claim.result, NOT_OK, field)
            self.assertIn(field, claim.detail)

    def test_without_fwb_the_ste_has_none(self):
        text = 'stage=nested,fwb=off,canwbs=on'
        self.assertEqual(self.judge(text, 'uefi', S2FWB='0b0').result, OK)
        self.assertEqual(self.judge(text, 'uefi').result, NOT_OK)

    def test_nothing_is_claimed_where_nothing_nests(self):
        self.assertIsNone(self.judge('stage=nested,fwb=off'))
        self.assertEqual(nested.entry(port('stage=nested,fwb=on'), [],
                                      4096).result, NOT_OK)

    def test_the_monitor_is_asked_once_it_works(self):
        asked = []

        class Machine:
            """One that answers."""
            @staticmethod
            def qmp(command, **arguments):
                asked.append((command, arguments.get('value')))
                return {'steps': [
                    {'step': 'L1STD', 'fields': [{'name': 'Span',
                                                  'value': '9'}]},
                    {'step': 'STE', 'fields': [{'name': 'V',
                                                'value': '0b1'}]}]}

        hooks = nested.hooks('', [port('stage=nested,fwb=on')])
        for record in (said('another claim'), said(nested.WORKS, 'not ok'),
                       {'kind': 'job', 'job': 'survey'}):
            hooks['on_record'](Machine, record)
        self.assertEqual((asked, hooks['host']), ([], []))
        hooks['on_record'](Machine, said(nested.WORKS))
        self.assertEqual(asked, [('qom-set', 'sid=0x8,iova=0x1240000000'),
                                 ('qom-get', None)])
        self.assertEqual(hooks['host'], [
            {'device': '0001:00:01.0', 'ste': {'V': '0b1'}}])
