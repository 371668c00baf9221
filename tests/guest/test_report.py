# SPDX-License-Identifier: GPL-2.0-or-later
"""Bitmaps, tables, expectations."""

import types
import unittest

from msmmu_guest import expect, report, survey


class Bitmaps(unittest.TestCase):
    """decode_bitmap and what hangs on it."""

    def test_what_each_granule_gives(self):
        for value, text in (
                (0x40201000, '4K 2M 1G (0x40201000)'),
                (0x2004000, '16K 32M (0x2004000)'),
                (0x20010000, '64K 512M (0x20010000)'),
                (0x40204000, '16K 2M 1G (0x40204000)'),
                ('0x8040201000', '4K 2M 1G 512G (0x8040201000)'),
                (0x800, '2K (0x800)'), (0x200, '512 (0x200)'),
                (1 << 63, '8388608T (0x8000000000000000)'),
                (0, 'none (0x0)')):
            self.assertEqual(report.decode_bitmap(value), text)

    def test_rounding_is_noted_only_where_it_happens(self):
        note = report.rounding_note
        self.assertTrue(note('0x40204000', '4K', 16384))
        self.assertFalse(note('0x2004000', '16K', 16384))
        self.assertFalse(note('0x2004000', '4K+16K', 16384))
        self.assertFalse(note('0x40201000', '4K', 4096))
        self.assertFalse(note('0x20010000', '64K', 4096))
        self.assertFalse(note('', '4K', 16384))
        self.assertFalse(note('0x40204000', None, 16384))

    def test_granules_are_read_from_idr5(self):
        self.assertEqual(survey.offered({'idr5': '0x74'}), '4K+16K+64K')
        self.assertEqual(survey.offered({'idr5': '0x25'}), '16K')
        self.assertEqual(survey.offered({'idr5': '0x45'}), '64K')
        self.assertIsNone(survey.offered({}))


class Tables(unittest.TestCase):
    """table and cells."""

    def test_columns_are_aligned_and_lines_wrapped(self):
        lines = report.table(('a', 'bb', 'last'), [
            ('1', '2', 'word ' * 30), ('100', '2', 'x')], width=60)
        self.assertTrue(all(len(line) <= 60 for line in lines))
        self.assertEqual(len({line.index(word) for line, word in
                              ((lines[0], 'last'), (lines[1], 'word'),
                               (lines[-1], 'x'))}), 1)
        self.assertGreater(len(lines), 3)

    def test_an_smmu_is_named_once(self):
        def assigned(bdf, result):
            return {'bdf': bdf, 'result': result, 'error': 'refused',
                    'errno': 'EPERM'}

        run = types.SimpleNamespace(
            ports=[types.SimpleNamespace(segment=1, smmu='smmu1')],
            survey=types.SimpleNamespace(of_kind=lambda kind: [
                assigned('0001:00:01.0', 'verified'),
                assigned('0001:00:02.0', 'verified'),
                assigned('0002:00:01.0', 'failed')]))
        lines = report.assigned_lines(run)
        self.assertTrue(lines[0].endswith('was mapped: smmu1'))
        self.assertIn('0002:00:01.0 assigned: refused (EPERM)', lines[1])

    def test_a_row_of_the_demo_fits(self):
        row = {'segment': 1, 'smmu': 'smmu1', 'offers': '4K+16K+64K',
               'group': 12, 'device': '0001:00:01.0', 'domain': 'identity',
               'pgsizes': '0x40201000', 'translated': 'works (DMA)'}
        lines = report.table(report.HEADINGS, [report.cells(row)])
        self.assertEqual(len(lines), 2)
        self.assertLessEqual(len(lines[1]), report.WIDTH)

    def test_what_was_not_read_is_marked_as_asked_for(self):
        row = {'segment': 2, 'smmu': '', 'offers': None, 'asked': '16K',
               'group': None, 'device': 'd', 'domain': '', 'pgsizes': '',
               'pgsizes_error': '', 'translated': ''}
        self.assertEqual(report.cells(row),
                         ('0002', 'none', '(16K)', '-', 'd', '-', '-', '-'))


class Expectations(unittest.TestCase):
    """--expect."""

    FACTS = {'smmu1.pgsizes': '0x40201000', 'booted': 'yes',
             'smmu1.translated': 'kernel BUG at x.c:1!'}

    def test_relations(self):
        for text, holds in (
                ('smmu1.pgsizes=0x40201000', True),
                ('smmu1.pgsizes=1075843072', True),
                ('smmu1.pgsizes=0x1000', False),
                ('smmu1.pgsizes!=0x1000', True),
                ('booted=yes', True), ('booted!=yes', False),
                ('smmu1.translated~BUG', True),
                ('smmu1.translated~^works', False),
                ('smmu9.pgsizes=0x1000', False),
                ('smmu9.pgsizes=unknown', True)):
            self.assertEqual(expect.parse(text).holds(self.FACTS)[0], holds,
                             text)

    def test_mistakes(self):
        for text in ('booted', 'a b=c', 'x~(', '=3'):
            with self.assertRaises(expect.ExpectError):
                expect.parse(text)

    def test_bad_comes_before_cannot_test(self):
        self.assertEqual(expect.worst([0, 125, 1]), 1)
        self.assertEqual(expect.worst([0, 125]), 125)
        self.assertEqual(expect.worst([0, 0]), 0)
