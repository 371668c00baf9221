# SPDX-License-Identifier: GPL-2.0-or-later
"""What msmmu-engine-demo makes of what the guest reports."""

import types
import unittest

from msmmu_guest import engine_demo, topology, vm

import test_engines

PORTS = topology.parse_smmus(['granules=4k'])


def result(records, status=vm.DONE):
    """As of a boot."""
    return types.SimpleNamespace(
        status=status, records=records, describe=lambda: 'its last words',
        of_kind=lambda kind: [record for record in records
                              if record['kind'] == kind])


def changed(kind, **changes):
    """All is well, but for the last record of a kind."""
    records = test_engines.boot()
    [record for record in records if record['kind'] == kind][-1].update(
        changes)
    return engine_demo.shortcomings(result(records), PORTS)


class Shortcomings(unittest.TestCase):
    """shortcomings()."""

    def test_none(self):
        self.assertEqual(engine_demo.shortcomings(
            result(test_engines.boot()), PORTS), [])

    def test_each_is_told(self):
        self.assertIn('its last words', engine_demo.shortcomings(
            result(test_engines.boot(), vm.HANG), PORTS)[0])
        self.assertIn('a byte', changed('pattern', result='failed',
                                        error='a byte')[0])
        self.assertIn('of 6 faults, the kernel of 6', changed(
            'fault', fault='0x1000')[0])
        self.assertIn('of 5 faults, the kernel of 6', changed(
            'fault', status='ok')[0])
        self.assertIn('of 6 faults, the kernel of 5', changed(
            'kernel', text='')[0])


class Tables(unittest.TestCase):
    """Rows of tables; single operations."""

    def test_a_row_for_each_operation(self):
        rows = list(engine_demo.pattern_rows(
            result(test_engines.boot()), {'0001:00:01.0': 'smmu1'}))
        self.assertEqual(len(rows), 11)
        self.assertIn(('smmu1', '0001:00:01.0', '4K', 'copy'),
                      [row[:4] for row in rows])

    def test_events_stand_beside_what_made_them(self):
        rows = list(engine_demo.fault_rows(
            result(test_engines.boot()), {}, PORTS))
        self.assertEqual(rows[2][3:], (
            'aborted at 0x90000801, goes on',
            'F_PERMISSION sid 0x8 iova 0x90000801 unpriv data write s1'))

    def test_commands_have_no_spaces_in_the_guest(self):
        self.assertEqual(
            engine_demo.tool_option(['copy --size 1M', 'list']),
            'msmmu.tool=copy,--size,1M;list')
        with self.assertRaises(topology.TopologyError):
            engine_demo.tool_option(['a;b'])

    def test_operations_that_were_not_made(self):
        def judge(*statuses):
            return engine_demo.tool_shortcomings(result(
                [{'kind': 'exit', 'status': status} for status in statuses]),
                2)
        self.assertEqual(judge(0, 1), [])
        self.assertEqual(judge(0, 2), ['1 of 2 operations were made'])
        self.assertEqual(judge(0), ['1 of 2 operations were made'])
