# SPDX-License-Identifier: GPL-2.0-or-later
"""The mutants of the test module name claims that there are."""

import importlib.machinery
import importlib.util
import pathlib
import re
import unittest

import mutants

HERE = pathlib.Path(__file__).resolve().parent


def program():
    """tests/guest/module-mutants, which has no suffix, as a module."""
    loader = importlib.machinery.SourceFileLoader(
        'module_mutants', str(HERE / 'module-mutants'))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    found = importlib.util.module_from_spec(spec)
    loader.exec_module(found)
    return found


class Mutants(unittest.TestCase):
    """Against the module's sources, without a boot."""

    def setUp(self):
        self.program = program()
        self.claims = self.program.all_claims()

    def test_the_tables_are_read_whole(self):
        rows = sum(len(re.findall(r'^\t\{ (?:ONCE|EACH_)', path.read_text(),
                                  re.M))
                   for path in (HERE / 'module').glob('*.c'))
        self.assertGreater(rows, 40)
        self.assertEqual(len(self.claims), rows)

    def test_names_are_unique(self):
        self.assertEqual(len(set(self.claims)), len(self.claims))
        names = [one.name for one in mutants.MUTANTS]
        self.assertEqual(len(set(names)), len(names))

    def test_each_mutant_names_claims_that_there_are(self):
        for mutant in mutants.MUTANTS:
            for start in mutant.fails:
                pattern = re.escape(start)
                self.assertTrue(any(re.match(pattern, self.example(name))
                                    for name in self.claims
                                    for self.sizes in ('4K', '2M', '1G')),
                                f'{mutant.name}: {start}')

    def example(self, name):
        """A claim's name with sizes of the 4K granule."""
        smaller = {'4K': '', '2M': '4K', '1G': '2M'}[self.sizes]
        return name.replace('@', self.sizes).replace('$', smaller)

    def test_sizes_stand_for_at_and_dollar(self):
        is_of = self.program.is_of
        self.assertTrue(is_of('maps @ in pieces of $', 'maps 2M in pieces of '
                              '4K'))
        self.assertFalse(is_of('maps @', 'maps 2M twice'))
        self.assertFalse(is_of('maps @', 'unmaps 2M'))


if __name__ == '__main__':
    unittest.main()
