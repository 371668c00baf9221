# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding QEMU's source, copying a user's, reading apt's answers."""

import pathlib
import tempfile
import types
import unittest
from unittest import mock

import msmmu_apt
import msmmu_env
import msmmu_graft
import msmmu_host
import msmmu_qemu


class InFolder(unittest.TestCase):
    """Tests with a directory of their own, also as the cache."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        patch = mock.patch.dict('os.environ',
                                XDG_CACHE_HOME=str(self.folder / 'cache'))
        patch.start()
        self.addCleanup(patch.stop)


def archive_of(suites, failing=()):
    """An Archive class whose suites hold these versions of qemu."""
    class Fake:
        """Enough of msmmu_apt.Archive for msmmu_qemu.fetch()."""

        def __init__(self, names, _architecture, **_options):
            self.suite = names[0]

        def update(self, max_age=0):
            """A suite that is not listed cannot be had."""
            if self.suite not in suites:
                raise msmmu_apt.AptError(f'no index of {self.suite}')

        def versions(self, _package):
            """As listed."""
            return [msmmu_apt.Found(version, self.suite)
                    for version in suites[self.suite]]

        def download_source(self, _package, version):
            """A name, unless it is one of those that fail."""
            if version in failing:
                raise msmmu_apt.AptError(f'404 for {version}')
            return pathlib.Path(version)
    return Fake


class Fetch(InFolder):
    """Which upload is taken."""

    def fetch(self, suites, failing=(), fallback=None):
        """msmmu_qemu.fetch() with these suites."""
        def fall_back(_mirror):
            if fallback:
                return fallback
            raise msmmu_apt.AptError('no fallback')
        with mock.patch('msmmu_apt.Archive', archive_of(suites, failing)), \
                mock.patch('msmmu_qemu.fetch_fallback', fall_back), \
                mock.patch('msmmu_env.say'):
            return msmmu_qemu.fetch()

    def test_only_the_series_is_taken(self):
        found = self.fetch({'trixie': ['1:11.1.3+ds-1', '1:10.0.13+ds-0']})
        self.assertEqual(str(found), '1:10.0.13+ds-0')

    def test_next_candidate_when_one_cannot_be_had(self):
        found = self.fetch({'trixie': ['1:10.0.14+ds-0', '1:10.0.13+ds-0']},
                           failing=['1:10.0.14+ds-0'])
        self.assertEqual(str(found), '1:10.0.13+ds-0')

    def test_other_suites_follow(self):
        found = self.fetch({'trixie': ['1:10.0.14+ds-0'],
                            'bookworm-backports': ['1:10.0.8+ds-1~bpo12+1']},
                           failing=['1:10.0.14+ds-0'])
        self.assertEqual(str(found), '1:10.0.8+ds-1~bpo12+1')

    def test_named_fallback_is_the_last(self):
        found = self.fetch({'trixie': ['1:10.0.14+ds-0']},
                           failing=['1:10.0.14+ds-0'], fallback='named')
        self.assertEqual(found, 'named')

    def test_failure_tells_all_that_was_tried(self):
        with self.assertRaises(msmmu_env.SetupError) as caught:
            self.fetch({'trixie': ['1:10.0.14+ds-0']},
                       failing=['1:10.0.14+ds-0'])
        for text in ('404 for 1:10.0.14', 'trixie-updates', 'no fallback',
                     '--qemu-source', '--debian-mirror'):
            self.assertIn(text, str(caught.exception))

    def test_cache_is_used_without_asking(self):
        for version in ('10.0.9+ds-1', '10.0.13+ds-1'):
            folder = msmmu_env.cache_dir() / 'sources' / f'qemu_{version}'
            folder.mkdir(parents=True)
            (folder / f'qemu_{version}.dsc').touch()
        found = self.fetch({})
        self.assertEqual(found.name, 'qemu_10.0.13+ds-1.dsc')


class Copy(InFolder):
    """A user's own tree."""

    def setUp(self):
        super().setUp()
        self.source = self.folder / 'theirs'
        self.tree = self.folder / 'build' / 'qemu-src'
        for name in ('.git/config', 'build/build.ninja', 'roms/x', 'hw/a.c',
                     'meson.build'):
            (self.source / name).parent.mkdir(parents=True, exist_ok=True)
            (self.source / name).write_text('theirs\n')
        (self.source / 'link').symlink_to('hw')
        self.tree.parent.mkdir()

    def test_copy_leaves_out_what_is_not_source(self):
        msmmu_qemu.copy(self.source, self.tree)
        self.assertTrue((self.tree / 'hw/a.c').is_file())
        self.assertTrue((self.tree / 'link').is_symlink())
        for name in ('.git', 'build', 'roms'):
            self.assertFalse((self.tree / name).exists(), name)

    def test_edits_of_theirs_come_over_and_others_keep_their_time(self):
        msmmu_qemu.copy(self.source, self.tree)
        before = (self.tree / 'meson.build').stat().st_mtime_ns
        (self.source / 'hw/a.c').write_text('edited\n')
        msmmu_qemu.copy(self.source, self.tree)
        self.assertEqual((self.tree / 'hw/a.c').read_text(), 'edited\n')
        self.assertEqual((self.tree / 'meson.build').stat().st_mtime_ns,
                         before)

    def test_grafted_file_keeps_the_graft(self):
        msmmu_qemu.copy(self.source, self.tree)
        kept = self.tree / msmmu_graft.PRISTINE / 'meson.build'
        kept.parent.mkdir()
        kept.write_text('theirs\n')
        (self.tree / 'meson.build').write_text('grafted\n')
        (self.source / 'meson.build').write_text('newer\n')
        msmmu_qemu.copy(self.source, self.tree)
        self.assertEqual((self.tree / 'meson.build').read_text(), 'grafted\n')
        self.assertEqual(kept.read_text(), 'newer\n')

    def test_not_a_qemu_tree_is_refused(self):
        with self.assertRaisesRegex(msmmu_env.SetupError, 'not a QEMU'):
            msmmu_qemu.version_of(self.source)


class Apt(unittest.TestCase):
    """Parsing, and versions in Debian's order."""

    def test_stanzas(self):
        stanzas = msmmu_apt.parse_stanzas(
            'Package: a\nDepends: b (>= 1:2),\n c\nSize: 3\n\n\n'
            'Package: d\n')
        self.assertEqual(stanzas[0]['Depends'], 'b (>= 1:2),\nc')
        self.assertEqual(stanzas[0]['Size'], '3')
        self.assertEqual(stanzas[1], {'Package': 'd'})

    def test_versions_in_order(self):
        for left, right in (('6.1.9-1', '6.1.140-1'), ('1:1', '1:1+b1'),
                            ('7.3~rc1-1', '7.3-1')):
            self.assertLess(msmmu_apt.compare_versions(left, right), 0)
            self.assertGreater(msmmu_apt.compare_versions(right, left), 0)
        self.assertEqual(msmmu_apt.compare_versions('1', '1'), 0)

    def test_mirror_is_the_hosts_and_not_the_security_one(self):
        answer = types.SimpleNamespace(
            stdout='http://one/debian-security/|x\nhttp://two/repo/|x\n'
            'http://three/debian/|x\n')
        msmmu_apt.host_mirror.cache_clear()
        self.addCleanup(msmmu_apt.host_mirror.cache_clear)
        with mock.patch('subprocess.run', return_value=answer):
            self.assertEqual(msmmu_apt.host_mirror(), 'http://three/debian')


class Packages(unittest.TestCase):
    """The list of packages."""

    def test_groups(self):
        build = msmmu_host.packages('build')
        self.assertIn('make', build)
        self.assertIn('python3', build)
        self.assertNotIn('clang', build)
        self.assertEqual(msmmu_host.packages('build', 'guest', 'check'),
                         msmmu_host.packages('check', 'guest', 'build'))
