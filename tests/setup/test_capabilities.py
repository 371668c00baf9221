# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of capabilities: complete, and true to the sources."""

import re
import unittest

import documents

GUIDES = documents.DOCS / 'system/devices'
PAGE = GUIDES / 'msmmu-capabilities.rst'
PROPERTIES = documents.TOP / 'hw/arm/msmmu/properties.c'

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
OTHERS = {'numa-node', 'primary-bus', 'strict-commands', 'tlb-entries'}


def rows():
    """[(feature, property, default, state, [tests])] of all tables."""
    return [(*cells[:4], documents.tests_in(cells[4]))
            for table in documents.tables(PAGE).values() for cells in table]


def properties():
    """The names in the table of properties.c."""
    text = documents.read(PROPERTIES)
    table = text[text.index('properties[] = {'):]
    table = table[:table.index('\n};')]
    return set(re.findall(r'^    (?:[A-Z]+\("([^"]+)"|SWITCH\((\w+))', table,
                          re.M))


class Capabilities(unittest.TestCase):
    """docs/system/devices/msmmu-capabilities.rst"""

    def test_every_feature_has_a_row(self):
        listed = documents.tables(PAGE)
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
        self.assertEqual([], documents.missing_tests(PAGE))

    def test_properties_exist_and_are_listed(self):
        known = {one or other for one, other in properties()}
        named = {name for row in rows()
                 for name in re.findall('``([a-z0-9-]+)[=`]', row[1])}
        self.assertEqual(known - OTHERS, named)

    def test_guide_has_every_property(self):
        text = documents.read(GUIDES / 'msmmu-smmuv3.rst')
        described = set(re.findall(r'``([a-z0-9-]+)=[^`]*``',
                                   '\n'.join(re.findall('^``.*', text,
                                                        re.M))))
        self.assertEqual({one or other for one, other in properties()},
                         described)
