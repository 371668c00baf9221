# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of capabilities: complete, and true to the sources."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCS = TOP / 'docs/system/devices'
PROPERTIES = TOP / 'hw/arm/msmmu/properties.c'

# The names of IHI 0070 G.b, 2.2 to 2.5 and 2.8, without the "SMMUv3.x-".
NAMES = {
    'SMMUv3.0': 'ASID16 ATS BTM HAD HTTUA HTTUD Hyp GRAN4K GRAN16K GRAN64K '
                'PRI S1P S2P SECURE_IMPL TTFAA32 TTFAA64 VMID16 ATOS VATOS',
    'SMMUv3.1': 'XNX TTPBHA VAX LPA',
    'SMMUv3.2': 'BBML1 BBML2 RIL SecEL2 STT MPAM S2FWB',
    'SMMUv3.3': 'E0PD PTWNNC MPAM_NS ECMDQ SEC_ECMDQ ATSRECERR',
    'SMMUv3.4': 'LPA2 PAN3 THE S1PIE S2PIE S2POE D128 AIE HAFT MTE_PERM '
                'PASIDTT',
    'Performance monitors':
        'PMCGv3.0-SID_FILTER_TYPE_ALL PMCGv3.0-CAPTURE PMCGv3.0-MSI '
        'PMCGv3.0-RELOC_CTRS PMCGv3.0-SECURE_IMPL PMCGv3.2-MPAM '
        'PMCGv3.3-FILTER_MPAM PMCGv3.3-MPAM_NS',
}
# Properties that are no features.
OTHERS = {'primary-bus', 'tlb-entries'}


def tables():
    """{title: [(feature, property, default, state, [tests])]}"""
    text = (DOCS / 'msmmu-capabilities.rst').read_text(encoding='utf-8')
    result = {}
    for part in re.split(r'\n(?=[^\n]+\n-+\n)', text)[1:]:
        rows = re.split(r'\n   \* - ', part)[2:]
        cells = [re.split(r'\n     -(?: |$)', row, flags=re.M)
                 for row in rows]
        result[part.split('\n', 1)[0]] = [
            (cell[0], *(one.strip() for one in cell[1:4]),
             re.findall('``(/[^`]*)``', cell[4])) for cell in cells]
    return result


def rows():
    """Those of all tables."""
    return [row for table in tables().values() for row in table]


def properties():
    """The names in the table of properties.c."""
    text = PROPERTIES.read_text(encoding='utf-8')
    table = text[text.index('properties[] = {'):]
    table = table[:table.index('\n};')]
    return set(re.findall(r'^    (?:[A-Z]+\("([^"]+)"|SWITCH\((\w+))', table,
                          re.M))


def test_paths():
    """For each source of tests: its whole paths, beginnings, and the rest."""
    for path in [*TOP.glob('tests/unit/**/*.c'),
                 *TOP.glob('tests/qtest/msmmu/*.c')]:
        strings = set(re.findall(r'"([^"\n]*)"',
                                 path.read_text(encoding='utf-8')))
        whole = {text for text in strings if text.startswith('/msmmu/')}
        yield whole, {text.split('%')[0] for text in whole
                      if text.endswith(('/', '-')) or '%' in text}, strings


def exists(test, sources):
    """Whether some source has TEST, or all tests of that beginning.

    A claim may be put together, as in "/msmmu/walk/s%u-%s", perhaps by a
    function that several sources share.
    """
    shared = set().union(*({one for one in beginnings if one + '%u-%s' in whole}
                           for whole, beginnings, _ in sources))
    for whole, beginnings, strings in sources:
        beginnings = beginnings | shared
        if test in whole or test + '/' in beginnings:
            return True
        rests = [test.removeprefix(beginning) for beginning in beginnings
                 if test.startswith(beginning)]
        if any(rest in strings or
               re.sub('^s?[12]-', '', rest) in strings for rest in rests):
            return True
    return False


class Capabilities(unittest.TestCase):
    """docs/system/devices/msmmu-capabilities.rst"""

    def test_every_feature_has_a_row(self):
        listed = tables()
        for title, names in NAMES.items():
            self.assertEqual(sorted(row[0] for row in listed[title]),
                             sorted(names.split()), title)

    def test_states(self):
        for name, prop, default, state, tests in rows():
            self.assertIn(state, ('offered', 'always', 'not offered'), name)
            self.assertTrue(tests, name)
            if state == 'offered':
                self.assertTrue(prop and default, name)
            elif state == 'not offered':
                self.assertFalse(prop or default, name)

    def test_tests_exist(self):
        sources = list(test_paths())
        self.assertFalse(exists('/msmmu/no-such-test', sources))
        self.assertEqual([], [(row[0], test) for row in rows()
                              for test in row[4]
                              if not exists(test, sources)])

    def test_properties_exist_and_are_listed(self):
        known = {one or other for one, other in properties()}
        named = {name for row in rows()
                 for name in re.findall('``([a-z0-9-]+)[=`]', row[1])}
        self.assertEqual(known - OTHERS, named)

    def test_guide_has_every_property(self):
        text = (DOCS / 'msmmu-smmuv3.rst').read_text(encoding='utf-8')
        described = set(re.findall(r'``([a-z0-9-]+)=[^`]*``',
                                   '\n'.join(re.findall('^``.*', text,
                                                        re.M))))
        self.assertEqual({one or other for one, other in properties()},
                         described)
