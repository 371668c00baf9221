# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that U-Boot boots from: one ext2 partition with an extlinux.conf.

That is what Debian's U-Boots look for by themselves on every disk that they
find. The partition holds the kernel, its initramfs and its command line; the
device tree is the one that U-Boot has.
"""

import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

import msmmu_env

SECTOR = 512
FIRST_SECTOR = 2048             # of the partition: 1 MiB, as tools align it
# Room for the file system's own tables
SPARE_BYTES = 8 << 20
LINUX, ACTIVE = 0x83, 0x80
EXTLINUX = """\
timeout 1
default linux
label linux
    linux /Image
    initrd /initramfs
    append {append}
"""


class BootDiskError(msmmu_env.SetupError):
    """The disk cannot be made."""


def boot_sector(sectors):
    """A master boot record with one active partition of SECTORS."""
    entry = struct.pack('<B3sB3sII', ACTIVE, b'\xfe\xff\xff', LINUX,
                        b'\xfe\xff\xff', FIRST_SECTOR, sectors)
    return bytes(446) + entry + bytes(48) + b'\x55\xaa'


def mke2fs():
    """The program; it is in a folder that not everybody's PATH has."""
    found = shutil.which('mke2fs', path=os.pathsep.join(
        (os.environ.get('PATH', ''), '/sbin', '/usr/sbin')))
    if not found:
        raise BootDiskError('mke2fs is missing; install e2fsprogs')
    return found


def make(path, image, initramfs, append):
    """Write the disk with a kernel to PATH."""
    with tempfile.TemporaryDirectory(prefix='msmmu-disk.') as folder:
        folder = pathlib.Path(folder)
        shutil.copyfile(image, folder / 'Image')
        shutil.copyfile(initramfs, folder / 'initramfs')
        (folder / 'extlinux').mkdir()
        (folder / 'extlinux' / 'extlinux.conf').write_text(
            EXTLINUX.format(append=append), encoding='utf-8')
        wanted = sum(entry.stat().st_size for entry in folder.rglob('*'))
        blocks = (wanted * 21 // 20 + SPARE_BYTES) // 4096
        offset = FIRST_SECTOR * SECTOR
        with open(path, 'wb') as handle:
            handle.write(boot_sector(blocks * 4096 // SECTOR))
            handle.truncate(offset + blocks * 4096)
        answer = subprocess.run(
            [mke2fs(), '-q', '-F', '-t', 'ext2', '-b', '4096', '-m', '0', '-E',
             f'offset={offset},root_owner=0:0', '-d', str(folder), str(path),
             str(blocks)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
    if answer.returncode:
        raise BootDiskError(f'mke2fs: {answer.stdout.strip()}')
    return path
