# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparison of properties with tests: nothing is missed."""

import importlib.machinery
import importlib.util
import pathlib
import re
import unittest

PROGRAM = (pathlib.Path(__file__).resolve().parents[2] /
           'tests/qtest/msmmu/check-properties')

HELP = '''msmmu-smmuv3 options:
  arch=<str>             - architecture version: 3.0 or auto (default: auto)
  two-level-cd=<str>     - on, off or auto; granules=<no> (default: auto)
'''
LIST = '''/aarch64/msmmu/property/msmmu-smmuv3/arch/aidr-tells
/aarch64/msmmu/property/msmmu-smmuv3/arch/another
/aarch64/msmmu/property/msmmu-rc/smmu/its-devices
/aarch64/msmmu/properties/refused/stage=3
/aarch64/msmmu/property/msmmu-rc/
'''


def load():
    """The program, as a module."""
    loader = importlib.machinery.SourceFileLoader('check_properties',
                                                  str(PROGRAM))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


class Properties(unittest.TestCase):
    """tests/qtest/msmmu/check-properties"""

    def setUp(self):
        self.program = load()

    def failures(self, devices, tests):
        """What it complains of."""
        return [text for good, text in self.program.compare(devices, tests)
                if not good]

    def test_help_is_read(self):
        self.assertEqual(self.program.properties_in(HELP),
                         ['arch', 'two-level-cd'])

    def test_names_are_read(self):
        self.assertEqual(self.program.tests_in(LIST), {
            ('msmmu-smmuv3', 'arch'): ['aidr-tells', 'another'],
            ('msmmu-rc', 'smmu'): ['its-devices']})

    def test_names_are_read_where_glib_comments_them(self):
        self.assertEqual(
            self.program.tests_in('TAP version 14\n# Start of x tests\n' +
                                  re.sub('^', '# ', LIST, flags=re.M)),
            self.program.tests_in(LIST))

    def test_agreement(self):
        self.assertEqual(self.failures(
            {'msmmu-smmuv3': ['arch'], 'msmmu-rc': ['smmu']},
            self.program.tests_in(LIST)), [])

    def test_property_without_test_is_a_failure(self):
        self.assertEqual(self.failures(
            {'msmmu-smmuv3': ['arch', 'two-level-cd'], 'msmmu-rc': ['smmu']},
            self.program.tests_in(LIST)),
            ['msmmu-smmuv3 two-level-cd is set both ways by 0 tests'])

    def test_test_without_property_is_a_failure(self):
        self.assertEqual(self.failures(
            {'msmmu-smmuv3': ['arch'], 'msmmu-rc': []},
            self.program.tests_in(LIST)),
            ['msmmu-rc smmu has tests and is no property'])
