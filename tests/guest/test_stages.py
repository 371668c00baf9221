# SPDX-License-Identifier: GPL-2.0-or-later
"""What the checks of stages and of descriptors make of other outcomes."""

import types
import unittest

import baremetal
import stages

DEVICE = {'kind': 'device', 'bdf': '0002:00:01.0', 'class': '0x010802',
          'smmu': 'smmu3.0x000000000b080000',
          'smmu_device': 'b080000.iommu'}
SEEN = 'arm-smmu-v3 b080000.iommu: ias 40-bit, oas 40-bit (features 0x%08x)\n'
EVENT = ''.join(f'[    1.0] arm-smmu-v3 b080000.iommu: {text}\r\n' for text in (
    'event 0x10 received:', '\t0x0000000800000010', '\t0x%016x',
    '\t0x0000000040000000', '\t0x0000000040000000'))
UPDATES = {'kind': 'httu', 'segment': 1, 'stage': '2', 'granule': 4096,
           'endian': 'big', 'dirty': True, 'flips': 1000, 'updates': 10,
           'lost': 0, 'wrong': 0, 'events': 0, 'control_lost': 1}


def result(log='', records=(DEVICE,)):
    """As of a boot."""
    return types.SimpleNamespace(
        log=log, of_kind=lambda kind: [record for record in records
                                       if record['kind'] == kind])


class Driver(unittest.TestCase):
    """driver_sees() and faults_at_stage()."""

    def sees(self, log):
        rows = (('', 48, ''), ('', 40, 'little stage-2'))
        answer = stages.driver_sees(rows)(result(log), None)
        return answer.replace('segment 1: no word of none; ', '')

    def test_sizes_and_features(self):
        self.assertEqual(self.sees(SEEN % 0x404),
                         'segment 1: no word of none')

    def test_a_feature_more_or_less(self):
        self.assertIn('segment 2: oas 40, little stage-1 stage-2',
                      self.sees(SEEN % 0x604))
        self.assertIn('segment 2: oas 40, stage-2', self.sees(SEEN % 0x400))

    def test_another_size(self):
        self.assertIn('segment 2: oas 48',
                      self.sees(SEEN.replace('oas 40', 'oas 48') % 0x404))

    def test_stage_of_faults(self):
        check = stages.faults_at_stage({2: 2})
        self.assertEqual(check(result(EVENT % 0x28800000000), None), '')
        self.assertIn('[1], not 2', check(result(EVENT % 0x20800000000), None))
        self.assertIn('[], not 2', check(result(), None))


class Updates(unittest.TestCase):
    """baremetal.updates()."""

    def check(self, expected='4k', **changes):
        check = baremetal.updates({1: ('2', expected, 'big', True)}, 1000,
                                  10)
        return check(result(records=[UPDATES | changes]), None)

    def test_as_expected(self):
        self.assertEqual(self.check(), '')

    def test_otherwise(self):
        for changes in ({'lost': 1}, {'wrong': 1}, {'events': 1},
                        {'flips': 999}, {'updates': 9}, {'control_lost': 0},
                        {'stage': '1'}, {'dirty': False},
                        {'endian': 'little'}):
            with self.subTest(changes):
                self.assertTrue(self.check(**changes))

    def test_every_granule(self):
        self.assertTrue(self.check('4k+16k'))
