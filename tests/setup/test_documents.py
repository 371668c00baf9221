# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents: each is reached, and leads to what there is."""

import re
import unittest

import documents


class Documents(unittest.TestCase):
    """docs/"""

    def test_every_document_is_reached(self):
        """By the links that a reader follows, and by the toctree."""
        reached, todo = set(), ['index']
        while todo:
            name = todo.pop()
            if name not in reached and name in documents.documents():
                reached.add(name)
                todo += documents.links(name)
        self.assertEqual(documents.documents() - reached, set())
        self.assertEqual(documents.documents() - {'index'},
                         set(documents.toctree('index')))

    def test_links_lead_somewhere(self):
        known = documents.documents()
        self.assertEqual([(name, link) for name in known
                          for link in documents.links(name)
                          if link not in known], [])

    def test_columns_of_tables_are_kept(self):
        bad = '==  ==\naa  bb\naaa bb\n==  ==\n\naaaaaaa\n'
        self.assertEqual(list(documents.crossed_margins(bad)), ['aaa bb'])
        self.assertEqual([(name, line) for name in documents.documents()
                          for line in documents.crossed_margins(
                              documents.read(documents.DOCS / f'{name}.rst'))],
                         [])

    def test_files_that_the_readme_names_exist(self):
        text = documents.read(documents.TOP / 'README.md')
        named = re.findall(r'\]\(([^):#]+)\)', text)
        self.assertTrue(named)
        self.assertEqual([name for name in named
                          if not (documents.TOP / name).exists()], [])

    def test_the_design_names_every_source(self):
        folder = documents.TOP / 'hw/arm/msmmu'
        text = documents.read(documents.DOCS / 'devel/design.rst')
        named = set(re.findall(r'\b\w+\.c\b', text))
        self.assertEqual({path.name for path in [*folder.glob('*.c'),
                                                 *folder.glob('core/*.c')]} -
                         named, set())

    def test_trace_events_are_listed(self):
        events = {name for path in documents.TOP.glob('hw/*/msmmu/trace-events')
                  for name in re.findall(r'^(\w+)\(', documents.read(path),
                                         re.M)}
        page = documents.read(documents.DOCS / 'tools/msmmu-explain.rst')
        self.assertIn('msmmu_walk', events)
        self.assertEqual(set(re.findall(r'^``(msmmu_\w+)``', page, re.M)),
                         events)

    def test_a_name_of_no_test_is_noticed(self):
        found = documents.sources()
        self.assertFalse(documents.exists('/msmmu/no-such-test', found))
        self.assertFalse(documents.exists('/msmmu/walk/no-such-claim', found))
        self.assertFalse(documents.exists('/msmmu/walk/s1-no-such', found))
        self.assertFalse(documents.exists(
            '/msmmu/property/msmmu-smmuv3/oas/no-such-claim', found))
        for test in ('/msmmu/events/fetch-records',
                     '/msmmu/walk/s1-4k-block-at-level-0-without-ds-faults',
                     '/msmmu/property/msmmu-smmuv3/arch/aidr-tells',
                     '/msmmu/properties/refused'):
            self.assertTrue(documents.exists(test, found), test)
