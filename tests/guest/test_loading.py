# SPDX-License-Identifier: GPL-2.0-or-later
"""Where kernels come from: the emulator, or an EFI system partition."""

import pathlib
import tempfile
import types
import unittest
import unittest.mock

from msmmu_guest import firmware, loading


def options(kind='uefi', way='esp'):
    """What of survey.Options counts here."""
    return types.SimpleNamespace(firmware=kind, boot_from=way)


class Loading(unittest.TestCase):
    """loading.arguments(), without mtools and packages"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ('Image', 'initrd'):
            (self.folder / name).write_bytes(name.encode())
        self.commands, self.images = [], []

    def image(self, package, path, suites=()):
        """Instead of firmware.image(): a small file of that name."""
        self.images.append((package, suites))
        file = self.folder / path.replace('/', '_')
        file.write_bytes(b'code')
        return file

    def arguments(self, asked):
        """Those for ASKED; the commands are kept."""
        with unittest.mock.patch.object(firmware, 'image', self.image), \
                unittest.mock.patch.multiple(
                    loading, tools=lambda: '',
                    run=lambda *words: self.commands.append(words)):
            return loading.arguments(asked, self.folder / 'Image',
                                     self.folder / 'initrd', 'a=1 b',
                                     self.folder)

    def test_the_emulator_has_it(self):
        words = self.arguments(options('dt', 'emulator'))
        self.assertEqual(words[:2], ['-kernel', f'{self.folder}/Image'])
        self.assertEqual(words[-2:], ['-append', 'a=1 b'])
        self.assertNotIn('-kernel', self.arguments(options()))

    def test_an_esp_is_a_partition_of_its_type(self):
        self.arguments(options())
        start = (self.folder / 'esp.img').read_bytes()[:512]
        # One entry: type 0xef, from sector 2048, of 64 MiB
        self.assertEqual(start[446:462].hex(),
                         '00feffff' 'effeffff' '00080000' '00000200')
        self.assertEqual(start[462:], bytes(48) + b'\x55\xaa')

    def test_what_a_plain_esp_holds(self):
        self.arguments(options())
        put = [words[-1] for words in self.commands
               if words[0] == 'mcopy']
        self.assertEqual(put, ['::EFI/BOOT/BOOTAA64.EFI',
                               '::loader/loader.conf',
                               '::loader/entries/linux.conf', '::linux',
                               '::initrd'])
        made = [words[-1] for words in self.commands if words[0] == 'mmd']
        self.assertEqual(made, ['::EFI', '::EFI/BOOT', '::loader',
                                '::loader/entries'])

    def test_all_comes_from_the_suite_of_the_firmware(self):
        self.arguments(options('uefi:bookworm', 'secure-esp'))
        self.assertEqual({suites for _, suites in self.images},
                         {('bookworm',)})
        self.assertEqual([package for package, _ in self.images],
                         ['qemu-efi-aarch64', 'qemu-efi-aarch64',
                          'shim-signed', 'grub-efi-arm64-signed'])

    def test_grub_takes_nothing_for_its_own(self):
        for word in ('a;b', 'x=$y', 'a#b', '{'):
            with self.subTest(word=word), \
                    self.assertRaises(loading.LoadingError):
                loading.secure('kernel', 'initrd', f'quiet {word}', ())

    def test_variables_are_a_copy(self):
        words = self.arguments(options('uefi', 'secure-esp'))
        flash = [word for word in words if 'pflash' in word]
        self.assertIn('readonly=on', flash[0])
        self.assertTrue(flash[1].endswith(f'{self.folder}/variables.fd'))
        self.assertEqual((self.folder / 'variables.fd').read_bytes(), b'code')

    def test_a_disk_is_behind_the_first_smmu(self):
        with unittest.mock.patch.object(firmware, 'image', self.image):
            words = loading.arguments(
                options('u-boot', 'disk'), self.folder / 'Image',
                self.folder / 'initrd', 'a=1 b', self.folder, 'rc1')
        self.assertTrue((self.folder / 'disk.img').is_file())
        self.assertIn(',bus=rc1,', words[-1])
        self.assertNotIn('-kernel', words)
        self.assertIn('talk', loading.hooks(options('u-boot', 'disk')))

    def test_what_does_not_go_together(self):
        for kind, way in (('dt', 'esp'), ('dt', 'disk'), ('uefi', 'disk'),
                          ('dt', 'secure-esp'), ('u-boot', 'secure-esp'),
                          ('uefi', 'floppy')):
            with self.subTest(kind=kind, way=way), \
                    self.assertRaises(loading.LoadingError):
                loading.check(options(kind, way))
        with self.assertRaises(firmware.FirmwareError):
            self.arguments(options(f'uefi:{__file__}', 'secure-esp'))


if __name__ == '__main__':
    unittest.main()
