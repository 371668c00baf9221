# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware comes from a package, once, and a failure has a reason."""

import collections
import pathlib
import tempfile
import unittest
import unittest.mock

from msmmu_guest import firmware

import msmmu_apt

Found = collections.namedtuple('Found', 'version suite')


class Archive:
    """One that has two versions, of which some cannot be had."""

    def __init__(self, folder, lost=()):
        self.folder, self.lost, self.downloads = folder, lost, []

    def update(self):
        """Nothing to do."""

    @staticmethod
    def versions(_package):
        """Newest first."""
        return [Found('2', 'new'), Found('1', 'old')]

    def download(self, package, version):
        """A file, or an error."""
        self.downloads.append(version)
        if version in self.lost:
            raise msmmu_apt.AptError(f'{package} {version}: 404')
        path = self.folder / f'{package}_{version}.deb'
        path.write_text(version)
        return path


def walk(deb, handler):
    """A package of two files."""
    handler('./usr/share/doc/readme', lambda: b'no')
    handler('./' + firmware.IMAGE,
            lambda: b'image ' + pathlib.Path(deb).read_bytes())


class Firmware(unittest.TestCase):
    """firmware.fetch() and arguments()"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def fetch(self, archive):
        """The image, and who made it."""
        with unittest.mock.patch.multiple(
                firmware.msmmu_apt, Archive=lambda *_: archive), \
                unittest.mock.patch.object(firmware.kernels, 'walk_deb', walk):
            return firmware.fetch.__wrapped__(cache=self.folder)

    def test_the_newest_is_unpacked_once(self):
        archive = Archive(self.folder)
        for _ in range(2):
            self.assertEqual(self.fetch(archive).read_bytes(), b'image 2')
        self.assertEqual(archive.downloads, ['2'])

    def test_an_older_one_is_taken_when_the_newest_is_lost(self):
        archive = Archive(self.folder, lost=['2'])
        self.assertEqual(self.fetch(archive).read_bytes(), b'image 1')

    def test_what_is_there_is_used_when_nothing_can_be_fetched(self):
        self.fetch(Archive(self.folder, lost=['2']))
        (self.folder / 'firmware' / f'{firmware.PACKAGE}_1.fd').rename(
            self.folder / 'firmware' / f'{firmware.PACKAGE}_0.fd')
        archive = Archive(self.folder, lost=['2', '1'])
        self.assertEqual(self.fetch(archive).name, f'{firmware.PACKAGE}_0.fd')

    def test_without_any_there_is_an_error(self):
        with self.assertRaisesRegex(firmware.FirmwareError, '404'):
            self.fetch(Archive(self.folder, lost=['2', '1']))

    def test_a_device_tree_needs_none(self):
        self.assertEqual(firmware.arguments('dt'), [])

    def test_other_kinds_are_refused(self):
        self.assertRaises(firmware.FirmwareError, firmware.arguments, 'bios')


if __name__ == '__main__':
    unittest.main()
