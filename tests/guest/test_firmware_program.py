# SPDX-License-Identifier: GPL-2.0-or-later
"""What is made of the output of tests/firmware."""

import types
import unittest

import firmware_program

from msmmu_guest import bare_metal

LOG = '''TAP version 13\r
ok 1 - iommu@b000000: enabled in the order of 3.11, 2-level\r
ok 2 - segment 1, iommu@b000000: stage 1, 4K: 64 KiB land where they should\r
#   a detail\r
1..2\r
'''
MISTAKE = '''ok 7 - iommu@b000000, stage 1, 4K: af-clear\r
#   the transfer is aborted\r
#   event 0x12 F_ACCESS\r
ok 8 - iommu@b080000, stage 2, 4K: af-clear\r
#   another\r
'''


def result(log):
    """As of a boot."""
    return types.SimpleNamespace(log=log, errors='')


class Tap(unittest.TestCase):
    """bare_metal.tap_problem()."""

    def test_all_is_well(self):
        self.assertEqual(bare_metal.tap_problem(LOG), '')

    def test_something_is_not(self):
        for log in ('', 'TAP version 13\n1..0\n', LOG.replace('1..2', '1..3'),
                    LOG.replace('1..2', ''), LOG.replace('ok 2', 'not ok 2'),
                    LOG.replace('ok 2', 'ok 3'),
                    LOG + 'Bail out! exception\n'):
            self.assertTrue(bare_metal.tap_problem(log), log)


class Claims(unittest.TestCase):
    """What a boot must have said."""

    def test_ways(self):
        right = firmware_program.moved({1: ['stage 1, 4K']})
        self.assertEqual(right(result(LOG), None), '')
        for ways in ({}, {1: ['stage 1, 16K']}, {2: ['stage 1, 4K']},
                     {1: ['stage 1, 4K', 'nested, 4K']}):
            self.assertTrue(firmware_program.moved(ways)(result(LOG), None))

    def test_kinds_of_lines(self):
        right = firmware_program.told(1, 0, 0, 0)
        self.assertTrue(right(result(LOG), None))

    def test_first_block_of_a_mistake(self):
        self.assertEqual(firmware_program.blocks(MISTAKE), {'af-clear': [
            '#   the transfer is aborted', '#   event 0x12 F_ACCESS']})


class Mistakes(unittest.TestCase):
    """The program's list."""

    def test_names(self):
        names = bare_metal.mistakes()
        self.assertEqual(len(names), len(set(names)))
        self.assertIn('tlbi-forgotten', names)
        self.assertEqual(names[0], 'log2size-too-small')

    def test_all_rows_are_found(self):
        rows = sum(path.read_text(encoding='utf-8').count('.make = ')
                   for path in bare_metal.FIRMWARE.glob('mistakes_*.c'))
        self.assertEqual(len(bare_metal.mistakes()), rows)
