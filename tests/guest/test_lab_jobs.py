# SPDX-License-Identifier: GPL-2.0-or-later
"""Hotplug and huge pages in the lab: what the host does, and what it claims."""

import pathlib
import tempfile
import types
import unittest

from msmmu_guest.lab import evidence, groups, jobs, model

BDF = '0001:01:00.0'
SMMU = 'smmu3.0x000000000b000000'


def record_line(kind, **fields):
    """A record as the probe prints it."""
    text = ','.join(f'"{name}":' + (f'{value}' if isinstance(value, int)
                                    else f'"{value}"')
                    for name, value in fields.items())
    return f'msmmu: {{"kind":"{kind}",{text}}}\n'


def view_of(kind, lines, host=(), streams=None, setup='16k-only'):
    """A View of a boot that printed LINES."""
    boot = evidence.Evidence('done', host=list(host),
                             log=evidence.Log(''.join(lines)))
    if streams:
        boot.counters = [{'after': 'done', 'streams': streams}]
    return groups.View(model.Case('debian:6.1', kind, setup), boot)


def plugged_lines(**changes):
    """A boot in which a disk came and went, but for the changes."""
    fields = {'bdf': BDF, 'serial': 'hot1', 'group': '3', 'members': 1,
              'type': 'identity', 'smmu': SMMU, **changes}
    return [
        record_line('plugged', **fields),
        record_line('dma', bdf=fields['bdf'], serial='hot1',
                    result='verified', interrupts_before=1,
                    interrupts_after=9),
        record_line('hotplug', state='gone', bdf=fields['bdf']),
        record_line('device', bdf='0001:00:10.0', **{'class': '0x060400'},
                    smmu=SMMU),
    ]


HOST = ({'unplugged': 'hot1', 'file': 'own data only'},)


class HotPlugged(unittest.TestCase):
    """Claims of a disk that came and went."""

    def wrong(self, lines, host=HOST):
        """The ends of the names of claims that are not so."""
        return [claim.name.split('plugged in ')[1]
                for claim in jobs.hot_plugged(view_of('hotplug', lines, host))
                if claim.result == model.NOT_OK]

    def test_all_is_well(self):
        self.assertEqual(self.wrong(plugged_lines()), [])
        claims = list(jobs.hot_plugged(view_of('hotplug', plugged_lines(),
                                               HOST)))
        self.assertEqual(len(claims), 5)
        self.assertEqual(claims[0].line, 1)

    def test_it_is_elsewhere(self):
        for bdf in ('0002:01:00.0', '0001:00:03.0'):
            self.assertEqual(self.wrong(plugged_lines(bdf=bdf)),
                             ['appears behind it'])
        self.assertEqual(self.wrong([]), ['appears behind it'])

    def test_its_group_and_domain(self):
        group = 'gets a group of its instance'
        self.assertEqual(self.wrong(plugged_lines(group='')), [group])
        self.assertEqual(self.wrong(plugged_lines(smmu='smmu3.0x1')), [group])
        self.assertEqual(self.wrong(plugged_lines(type='DMA')),
                         ['gets the default domain that was asked for'])

    def test_its_transfers(self):
        lines = plugged_lines()
        claim = ['transfers through it']
        self.assertEqual(self.wrong(lines, ()), claim)
        self.assertEqual(self.wrong(lines, [
            {'unplugged': 'hot1', 'file': 'block 1 holds "x"'}]), claim)
        self.assertEqual(self.wrong([lines[0], *lines[2:]]), claim)
        lines[1] = lines[1].replace('"interrupts_after":9',
                                    '"interrupts_after":1')
        self.assertEqual(self.wrong(lines), claim)

    def test_it_stays(self):
        lines = plugged_lines()
        del lines[2]
        self.assertEqual(self.wrong(lines), ['goes when it is unplugged'])


class Plugging(unittest.TestCase):
    """What the host tells the emulator."""

    def test_all_come_and_go_together(self):
        ports = view_of('hotplug', [], setup='4k+64k').ports
        commands = []
        machine = types.SimpleNamespace(
            qmp=lambda command, **words: commands.append(
                (command, words['id'], words.get('bus'))))
        with tempfile.TemporaryDirectory() as folder:
            hooks = jobs.hotplug_hooks(pathlib.Path(folder), ports)
            text = ' '.join(hooks['arguments'])
            self.assertIn('pcie-root-port,id=hp2,bus=rc2,', text)
            tell = hooks['on_record']
            tell(machine, {'kind': 'hotplug', 'state': 'ready'})
            tell(machine, {'kind': 'dma'})
            tell(machine, {'kind': 'hotplug', 'state': 'used'})
            self.assertEqual(commands, [('device_add', 'hot1', 'hp1'),
                                        ('device_add', 'hot2', 'hp2')])
            tell(machine, {'kind': 'hotplug', 'state': 'used'})
        self.assertEqual([command[:2] for command in commands[2:]],
                         [('device_del', 'hot1'), ('device_del', 'hot2')])
        # Nothing was written, and that is told.
        self.assertEqual([one['file'] for one in hooks['host']
                          if 'unplugged' in one], ['empty', 'empty'])

    def test_as_many_as_there_are_instances(self):
        plan = jobs.hotplug(model.Case('debian:6.1', 'hotplug', '4k+16k+64k'))
        self.assertIn('msmmu.hotplug=3', plan['append'])


class HugePages(unittest.TestCase):
    """Claims about the leaves that huge pages were translated by."""

    LINES = [
        record_line('hugepage', bdf='0001:00:01.0', source='hugetlb',
                    page='2M', leaf='16K'),
        record_line('hugepage', bdf='0001:00:01.0', source='thp', page='32M',
                    leaf='32M'),
        record_line('device', bdf='0001:00:01.0', **{'class': '0x00ff00'},
                    group='0'),
    ]

    def results(self, leaves, stage=1, lines=None):
        """{end of the claim's name: result}."""
        streams = {'smmu1': {'0x8': {f'stage-{stage}-leaves': leaves}}}
        view = view_of('hugepages', lines or self.LINES, streams=streams)
        return {claim.name.split(': ')[-1]: claim.result
                for claim in jobs.huge_pages(view)}

    def test_the_largest_leaves(self):
        for stage in (1, 2):
            self.assertEqual(
                self.results({'16K': 128, '32M': 2}, stage),
                {'16K': 'ok', '32M': 'ok', 'no others': 'ok'})

    def test_blocks_were_not_used(self):
        self.assertEqual(self.results({'16K': 128}),
                         {'16K': 'ok', '32M': 'not ok', 'no others': 'ok'})
        self.assertEqual(self.results({}), {
            '16K': 'not ok', '32M': 'not ok', 'no others': 'ok'})

    def test_others_were_used(self):
        self.assertEqual(self.results({'16K': 1, '32M': 1, '4K': 2}),
                         {'16K': 'ok', '32M': 'ok', 'no others': 'not ok'})

    def test_sizes_that_vfio_hides(self):
        start = record_line('start', release='7.3.4', page_size=65536)
        lines = [start, self.LINES[0].replace('16K', '64K'), self.LINES[2]]
        self.assertEqual(self.results({'16K': 128}, lines=lines),
                         {'16K': 'ok', 'no others': 'ok'})
        # A kernel with smaller pages would be shown no 64K.
        lines[0] = start.replace('65536', '16384')
        self.assertEqual(self.results({'16K': 128}, lines=lines),
                         {'64K': 'not ok', 'no others': 'not ok'})

    def test_nothing_was_mapped(self):
        found = self.results({}, lines=self.LINES[2:])
        self.assertEqual(list(found.values()), ['skip'])

    def test_other_kinds_have_no_such_claims(self):
        view = view_of('domains', self.LINES)
        self.assertEqual([*jobs.huge_pages(view), *jobs.hot_plugged(view)],
                         [])
