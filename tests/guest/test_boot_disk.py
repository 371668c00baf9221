# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk that U-Boot boots from, read by programs that did not write it."""

import pathlib
import struct
import subprocess
import tempfile
import unittest
import unittest.mock

from msmmu_guest import boot_disk


class Disk(unittest.TestCase):
    """boot_disk.make()"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / 'kernel').write_bytes(b'kernel' * 100000)
        (self.folder / 'files').write_bytes(b'files' * 10000)

    def make(self):
        """The disk's bytes."""
        path = boot_disk.make(self.folder / 'disk', self.folder / 'kernel',
                              self.folder / 'files', 'a=1 "b c"')
        return path.read_bytes()

    def partition(self):
        """The file system, in a file of its own."""
        disk = self.make()
        self.assertEqual(disk[510:512], b'\x55\xaa')
        active, kind, first, sectors = struct.unpack_from(
            '<B3xB3xII', disk, 446)
        self.assertEqual((active, kind), (0x80, 0x83))
        self.assertEqual(disk[462:510], bytes(48))
        self.assertEqual((first + sectors) * 512, len(disk))
        path = self.folder / 'partition'
        path.write_bytes(disk[first * 512:])
        return path

    def test_the_partition_holds_what_was_given(self):
        path = self.partition()
        tool = str(pathlib.Path(boot_disk.mke2fs()).with_name('debugfs'))
        for name, data in (
                ('Image', b'kernel' * 100000), ('initramfs', b'files' * 10000),
                ('extlinux/extlinux.conf',
                 boot_disk.EXTLINUX.format(append='a=1 "b c"').encode())):
            found = subprocess.run(
                [tool, '-R', f'cat /{name}', str(path)], check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
            self.assertEqual(found, data, name)

    def test_the_file_system_is_sound(self):
        tool = str(pathlib.Path(boot_disk.mke2fs()).with_name('e2fsck'))
        answer = subprocess.run([tool, '-f', '-n', str(self.partition())],
                                capture_output=True, text=True, check=False)
        self.assertEqual(answer.returncode, 0, answer.stdout)

    def test_no_tool(self):
        with unittest.mock.patch.object(boot_disk.shutil, 'which',
                                        lambda *_, **__: None):
            self.assertRaisesRegex(boot_disk.BootDiskError, 'e2fsprogs',
                                   self.make)

    def test_a_failure_is_told(self):
        with unittest.mock.patch.object(boot_disk, 'SPARE_BYTES', -600000):
            self.assertRaisesRegex(boot_disk.BootDiskError, 'mke2fs: .+',
                                   self.make)


if __name__ == '__main__':
    unittest.main()
