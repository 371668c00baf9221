# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of what upstream's model gets wrong, and the tests of ours."""

import re
import unittest

import documents

PAGE = documents.DOCS / 'devel/upstream-differences.rst'
QTESTS = documents.TOP / 'tests/qtest/msmmu'
GROUP = '/msmmu/deviations/'


class Deviations(unittest.TestCase):
    """docs/devel/upstream-differences.rst"""

    def rows(self):
        """The table's."""
        return documents.tables(PAGE)['Tests of ours']

    def test_every_row_has_tests(self):
        self.assertGreater(len(self.rows()), 30)
        for cells in self.rows():
            self.assertTrue(documents.tests_in(cells[2]), cells)

    def test_tests_exist(self):
        self.assertEqual(documents.missing_tests(PAGE), [])

    def test_every_test_is_listed(self):
        listed = {test for cells in self.rows()
                  for test in documents.tests_in(cells[2])}
        tests = {GROUP + claim
                 for path in QTESTS.glob('test-msmmu-deviations*.c')
                 for claim in re.findall(r'ADD\("([^"]+)"',
                                         documents.read(path))}
        self.assertTrue(tests)
        self.assertEqual(tests - listed, set())
