# SPDX-License-Identifier: GPL-2.0-or-later
"""The graft: what it adds, when it refuses, and that it settles."""

import pathlib
import re
import tempfile
import unittest
from unittest import mock

import msmmu_graft

ENTRY = {'file': 'a/meson.build', 'anchor': '^last$', 'where': 'before',
         'text': 'ours\n'}


class Insert(unittest.TestCase):
    """One insertion into one text."""

    def test_before_and_after_keep_all_other_text(self):
        text = 'first\nlast\nend\n'
        self.assertEqual(msmmu_graft.insert(text, ENTRY),
                         'first\nours\nlast\nend\n')
        after = dict(ENTRY, where='after', text='\nours')
        self.assertEqual(msmmu_graft.insert(text, after),
                         'first\nlast\nours\nend\n')

    def test_missing_anchor_names_file_and_pattern(self):
        with self.assertRaisesRegex(msmmu_graft.GraftError,
                                    r'a/meson.build.*/\^last\$/.*nothing'):
            msmmu_graft.insert('first\n', ENTRY)

    def test_ambiguous_anchor_is_refused(self):
        with self.assertRaisesRegex(msmmu_graft.GraftError, '2 places'):
            msmmu_graft.insert('last\nlast\n', ENTRY)


class Apply(unittest.TestCase):
    """The whole list, on a tree."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = pathlib.Path(folder.name) / 'tree'
        self.source = pathlib.Path(folder.name) / 'source'
        (self.tree / 'a').mkdir(parents=True)
        (self.tree / 'a/meson.build').write_text('first\nlast\n')
        (self.source / 'a/msmmu').mkdir(parents=True)
        patch = mock.patch('msmmu_env.SOURCE_DIR', self.source)
        patch.start()
        self.addCleanup(patch.stop)

    def apply(self, *entries, links=('a/msmmu',)):
        """Apply a list of these entries; returns how many files changed."""
        rules = {'insert': entries, 'link': [{'path': name} for name in links]}
        with mock.patch('msmmu_graft.read_list', lambda: rules):
            return msmmu_graft.apply(self.tree)

    def text(self):
        """The file that is added to."""
        return (self.tree / 'a/meson.build').read_text()

    def test_twice_is_once(self):
        self.assertEqual(self.apply(ENTRY), 1)
        before = (self.tree / 'a/meson.build').stat().st_mtime_ns
        self.assertEqual(self.apply(ENTRY), 0)
        self.assertEqual(self.text(), 'first\nours\nlast\n')
        self.assertEqual((self.tree / 'a/meson.build').stat().st_mtime_ns,
                         before)

    def test_changed_list_starts_from_the_original(self):
        self.apply(ENTRY)
        self.apply(dict(ENTRY, text='new\n'))
        self.assertEqual(self.text(), 'first\nnew\nlast\n')

    def test_dropped_entry_restores_the_original(self):
        self.apply(ENTRY)
        self.apply()
        self.assertEqual(self.text(), 'first\nlast\n')

    def test_two_entries_in_one_file(self):
        self.apply(ENTRY, dict(ENTRY, anchor='^first$', text='zero\n'))
        self.assertEqual(self.text(), 'zero\nfirst\nours\nlast\n')

    def test_needs_waits_for_the_file(self):
        entry = dict(ENTRY, needs='a/later')
        self.apply(entry)
        self.assertEqual(self.text(), 'first\nlast\n')
        (self.source / 'a/later').touch()
        self.apply(entry)
        self.assertEqual(self.text(), 'first\nours\nlast\n')

    def test_missing_file_is_named(self):
        with self.assertRaisesRegex(msmmu_graft.GraftError, 'b/Kconfig'):
            self.apply(dict(ENTRY, file='b/Kconfig'))

    def test_failure_leaves_no_half_written_file(self):
        with self.assertRaises(msmmu_graft.GraftError):
            self.apply(ENTRY, dict(ENTRY, anchor='gone'))
        self.assertEqual(self.text(), 'first\nlast\n')

    def test_folders_are_linked_not_copied(self):
        self.apply()
        place = self.tree / 'a/msmmu'
        self.assertTrue(place.is_symlink())
        (self.source / 'a/msmmu/new.c').touch()
        self.assertTrue((place / 'new.c').exists())

    def test_foreign_folder_of_that_name_is_refused(self):
        (self.tree / 'a/msmmu').mkdir()
        with self.assertRaisesRegex(msmmu_graft.GraftError, 'a/msmmu'):
            self.apply()


class OurList(unittest.TestCase):
    """scripts/graft.toml itself."""

    def test_list_is_well_formed_and_only_adds(self):
        rules = msmmu_graft.read_list()
        self.assertGreater(len(rules['insert']), 4)
        for entry in rules['insert']:
            re.compile(entry['anchor'], re.MULTILINE)
            self.assertIn('msmmu', entry['text'])

    def test_links_exist_or_are_yet_to_come(self):
        for entry in msmmu_graft.read_list()['link']:
            self.assertRegex(entry['path'], r'(^|/)msmmu(\.mak)?$')
