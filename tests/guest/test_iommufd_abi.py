# SPDX-License-Identifier: GPL-2.0-or-later
"""The probe's own picture of IOMMUFD is that of the newest kernel's headers."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from msmmu_guest import cross, kernels

import msmmu_apt
import msmmu_env

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = 'linux-libc-dev'
HEADERS = ('iommufd.h', 'vfio.h')
# What the compiler's own, older <linux/stddef.h> does not know
DEFINES = ('-D__counted_by(member)=', '-D__user=')


def newest_headers(cache=None):
    """A folder with linux/iommufd.h and linux/vfio.h of Debian's newest."""
    cache = pathlib.Path(cache or msmmu_env.cache_dir())
    archive = msmmu_apt.Archive(kernels.SUITES, 'arm64')
    archive.update()
    version = archive.versions(PACKAGE)[0].version
    folder = cache / 'headers' / f'{PACKAGE}_{version}'
    if not folder.is_dir():
        deb = archive.download(PACKAGE, version)
        with tempfile.TemporaryDirectory(dir=cache) as where:
            whole = msmmu_apt.unpack(deb, pathlib.Path(where) / 'whole')
            few = pathlib.Path(where) / 'few'
            (few / 'linux').mkdir(parents=True)
            for path in whole.rglob('linux/*.h'):
                if path.name in HEADERS:
                    shutil.copy(path, few / 'linux')
            folder.parent.mkdir(exist_ok=True)
            os.replace(few, folder)
        deb.unlink()
    return folder


def complaints(headers, source=HERE):
    """The compiler's about iommufd_abi.h in SOURCE."""
    compiler = os.environ.get('MSMMU_GUEST_CC', cross.COMPILER)
    return subprocess.run(
        [compiler, '-std=gnu11', '-fsyntax-only', '-Wall', '-Wextra',
         '-x', 'c', *DEFINES, '-I', str(headers),
         str(source / 'iommufd_abi.h')],
        capture_output=True, text=True, check=False).stderr


class Abi(unittest.TestCase):
    """iommufd_abi.h, which holds the comparison."""

    def test_each_member_and_number_is_the_kernels(self):
        self.assertEqual(complaints(newest_headers()), '')

    def test_what_is_otherwise_is_found(self):
        text = (HERE / 'probe' / 'iommufd_uapi.h').read_text()
        for old, new, found in (
                ('uint32_t dev_id;\n    uint32_t pt_id;',
                 'uint32_t pt_id;\n    uint32_t dev_id;',
                 'UapiHwptAlloc.pt_id'),
                ('uint64_t virt_id', 'uint32_t virt_id', 'UapiVdeviceAlloc'),
                ('UAPI_IOMMUFD(0x8d)', 'UAPI_IOMMUFD(0x8e)',
                 'UAPI_HWPT_INVALIDATE')):
            with tempfile.TemporaryDirectory() as folder:
                where = pathlib.Path(folder)
                (where / 'probe').mkdir()
                shutil.copy(HERE / 'iommufd_abi.h', where)
                self.assertIn(old, text)
                (where / 'probe' / 'iommufd_uapi.h').write_text(
                    text.replace(old, new))
                self.assertIn(found, complaints(newest_headers(), where))
