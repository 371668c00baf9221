# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI firmware for guests: Debian's AAVMF, through the cache.

A boot by device tree ('dt') needs none: the emulator loads the kernel and
gives it a device tree. For ACPI ('acpi') firmware must fetch the tables from
the emulator, and the kernel with its initramfs and command line, too; the
kernel gets no device tree then. With its variables in memory only, each boot
is the first.
"""

import functools
import os
import pathlib

from . import kernels

import msmmu_apt
import msmmu_env

KINDS = ('dt', 'acpi')
SUITES = ('bookworm', 'trixie')
PACKAGE = 'qemu-efi-aarch64'
IMAGE = 'usr/share/qemu-efi-aarch64/QEMU_EFI.fd'


class FirmwareError(msmmu_env.SetupError):
    """The firmware cannot be had."""


def unpacked(archive, version, folder):
    """The image of one VERSION, in FOLDER; fetched when it is not there."""
    image = folder / f'{PACKAGE}_{version}.fd'
    folder.mkdir(parents=True, exist_ok=True)
    with msmmu_env.locked(folder / '.lock', 'unpacking the firmware'):
        if image.is_file():
            return image
        with msmmu_env.step(f'fetching {PACKAGE} {version}'):
            deb = archive.download(PACKAGE, version)
        temporary = folder / f'.new.{os.getpid()}'

        def take(name, read):
            if name.removeprefix('./') == IMAGE:
                temporary.write_bytes(read())

        kernels.walk_deb(deb, take)
        if not temporary.is_file():
            raise FirmwareError(f'{PACKAGE} {version} has no {IMAGE}')
        temporary.replace(image)
        deb.unlink(missing_ok=True)
    return image


@functools.cache
def fetch(suites=SUITES, cache=None):
    """The path of the newest image that SUITES have."""
    folder = pathlib.Path(cache or msmmu_env.cache_dir()) / 'firmware'
    known = sorted(folder.glob(f'{PACKAGE}_*.fd'),
                   key=lambda path: path.stat().st_mtime)
    archive = msmmu_apt.Archive(list(suites), 'arm64')
    try:
        archive.update()
        failures = []
        for found in archive.versions(PACKAGE):
            try:
                return unpacked(archive, found.version, folder)
            except msmmu_apt.AptError as error:
                failures.append(str(error))
        raise FirmwareError(f'{PACKAGE}: ' + ('; '.join(failures) or
                            f'not in {", ".join(suites)}'))
    except msmmu_env.SetupError as error:
        if known:
            msmmu_env.say(f'msmmu: {error}; using {known[-1].name}')
            return known[-1]
        raise


def arguments(kind):
    """The emulator's arguments for a boot by 'dt' or 'acpi'."""
    if kind == 'dt':
        return []
    if kind != 'acpi':
        raise FirmwareError(f'--firmware {kind}: one of {", ".join(KINDS)}')
    return ['-bios', str(fetch())]
