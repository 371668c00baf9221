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


PACKAGE, IMAGE = firmware.AAVMF


def walk(deb, handler, links):
    """A package of three files and two links."""
    handler('./usr/share/doc/readme', lambda: b'no')
    handler('./' + IMAGE, lambda: b'image ' + pathlib.Path(deb).read_bytes())
    handler('./usr/lib/other', lambda: b'other')
    links['./usr/lib/near'] = 'other'
    links['./usr/share/far'] = '../lib/near'


class Image(unittest.TestCase):
    """firmware.image()"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def fetch(self, archive, path=IMAGE, **details):
        """The image, and who made it."""
        with unittest.mock.patch.multiple(
                firmware.msmmu_apt, Archive=lambda *_: archive), \
                unittest.mock.patch.object(firmware.kernels, 'walk_deb', walk):
            return firmware.image.__wrapped__(PACKAGE, path,
                                              cache=self.folder, **details)

    def test_the_newest_is_unpacked_once(self):
        archive = Archive(self.folder)
        for _ in range(2):
            self.assertEqual(self.fetch(archive).read_bytes(), b'image 2')
        self.assertEqual(archive.downloads, ['2'])

    def test_files_of_one_package_are_told_apart(self):
        archive = Archive(self.folder)
        self.fetch(archive)
        self.assertEqual(self.fetch(archive, 'usr/lib/other').read_bytes(),
                         b'other')

    def test_links_are_followed(self):
        archive = Archive(self.folder)
        for path in ('usr/lib/near', 'usr/share/far'):
            self.assertEqual(self.fetch(archive, path).read_bytes(), b'other')

    def test_zeros_at_the_end_take_no_room(self):
        path = self.folder / 'flash'
        firmware.write_sparsely(path, b'code' + bytes(1 << 20))
        self.assertEqual(path.read_bytes(), b'code' + bytes(1 << 20))
        self.assertLess(path.stat().st_blocks * 512, 1 << 16)

    def test_an_older_one_is_taken_when_the_newest_is_lost(self):
        archive = Archive(self.folder, lost=['2'])
        self.assertEqual(self.fetch(archive).read_bytes(), b'image 1')

    def test_what_is_there_is_used_when_nothing_can_be_fetched(self):
        self.fetch(Archive(self.folder, lost=['2']))
        there = self.folder / 'firmware'
        (there / f'{PACKAGE}_1').rename(there / f'{PACKAGE}_0')
        archive = Archive(self.folder, lost=['2', '1'])
        self.assertEqual(self.fetch(archive),
                         there / f'{PACKAGE}_0' / IMAGE)

    def test_but_not_for_one_suite(self):
        self.fetch(Archive(self.folder, lost=['2']))
        there = self.folder / 'firmware'
        (there / f'{PACKAGE}_1').rename(there / f'{PACKAGE}_0')
        with self.assertRaisesRegex(firmware.FirmwareError, '404'):
            self.fetch(Archive(self.folder, lost=['2', '1']),
                       suites=('trixie',))

    def test_without_any_there_is_an_error(self):
        with self.assertRaisesRegex(firmware.FirmwareError, '404'):
            self.fetch(Archive(self.folder, lost=['2', '1']))

    def test_a_file_that_a_package_lacks_is_an_error(self):
        with self.assertRaisesRegex(firmware.FirmwareError, 'has no usr/no'):
            self.fetch(Archive(self.folder), 'usr/no')


class Kinds(unittest.TestCase):
    """firmware.parse() and what follows from it"""

    @staticmethod
    def files(text):
        """What is fetched for TEXT: (package, suites)."""
        asked = []

        def image(package, _path, suites):
            asked.append((package, suites))
            return pathlib.Path('image')

        with unittest.mock.patch.object(firmware, 'image', image):
            words = firmware.arguments(text)
        assert words == ['-bios', 'image']
        return asked[0]

    def test_a_device_tree_needs_none(self):
        self.assertEqual(firmware.arguments('dt'), [])

    def test_images(self):
        self.assertEqual(self.files('uefi'), (PACKAGE, firmware.SUITES))
        self.assertEqual(self.files('uefi-dt:bookworm'),
                         (PACKAGE, ('bookworm',)))
        self.assertEqual(self.files('u-boot:trixie'),
                         ('u-boot-qemu', ('trixie',)))
        self.assertEqual(firmware.arguments(f'uefi:{__file__}'),
                         ['-bios', __file__])

    def test_only_uefi_with_a_device_tree_has_no_tables(self):
        for kind in firmware.KINDS:
            self.assertEqual(firmware.machine_options(kind),
                             ',acpi=off' if kind == 'uefi-dt' else '')

    def test_others_are_refused(self):
        for text in ('bios', 'acpi', 'uefi:sid', 'uefi:', 'dt:trixie',
                     'uefi:/no/such'):
            self.assertRaises(firmware.FirmwareError, firmware.parse, text)


if __name__ == '__main__':
    unittest.main()
