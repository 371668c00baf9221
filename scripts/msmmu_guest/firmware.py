# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware for guests: Debian's AAVMF and U-Boot, through the cache.

  dt        none: the emulator loads the kernel and gives it a device tree
  uefi      AAVMF installs the ACPI tables; the kernel gets no device tree
  uefi-dt   AAVMF passes on the device tree; there are no ACPI tables
  u-boot    U-Boot with the device tree

Firmware fetches what it passes on from the emulator, and the kernel with its
initramfs and command line, too. With its variables in memory only, each boot
is the first. KIND:SUITE is the firmware of that Debian suite, KIND:PATH an
image of one's own.
"""

import dataclasses
import functools
import os
import pathlib
import posixpath

from . import kernels, uboot

import msmmu_apt
import msmmu_env

KINDS = ('dt', 'uefi', 'uefi-dt', 'u-boot')
SUITES = ('bookworm', 'trixie')

# Images: the package, and the file in it
AAVMF = ('qemu-efi-aarch64', 'usr/share/qemu-efi-aarch64/QEMU_EFI.fd')
# With secure boot, and the variables with Microsoft's keys
SECURE_CODE = (AAVMF[0], 'usr/share/AAVMF/AAVMF_CODE.ms.fd')
SECURE_VARIABLES = (AAVMF[0], 'usr/share/AAVMF/AAVMF_VARS.ms.fd')
U_BOOT = ('u-boot-qemu', 'usr/lib/u-boot/qemu_arm64/u-boot.bin')


class FirmwareError(msmmu_env.SetupError):
    """The firmware cannot be had."""


def unpacked(archive, package, version, path, folder):
    """One file of one VERSION of PACKAGE, below FOLDER.

    It is fetched when it is not there.
    """
    target = folder / f'{package}_{version}' / path
    target.parent.mkdir(parents=True, exist_ok=True)
    with msmmu_env.locked(folder / '.lock', 'unpacking the firmware'):
        if target.is_file():
            return target
        with msmmu_env.step(f'fetching {package} {version}'):
            deb = archive.download(package, version)
        temporary = folder / f'.new.{os.getpid()}'
        data = content(deb, path)
        if data is None:
            raise FirmwareError(f'{package} {version} has no {path}')
        write_sparsely(temporary, data)
        temporary.replace(target)
        deb.unlink(missing_ok=True)
    return target


def content(deb, path):
    """What the file PATH of a package holds, None when there is none."""
    found, links = [], {}

    def take(name, read):
        if posixpath.normpath(name) == path:
            found.append(read())

    kernels.walk_deb(deb, take, links)
    for name, target in links.items():
        if posixpath.normpath(name) == path:
            return content(deb, posixpath.normpath(posixpath.join(
                posixpath.dirname(path), target)))
    return found[0] if found else None


def write_sparsely(path, data):
    """A file whose zeros at the end take no room: images of flash have many.
    """
    with open(path, 'wb') as handle:
        handle.write(data.rstrip(b'\0'))
        handle.truncate(len(data))


@functools.cache
def image(package, path, suites=SUITES, cache=None):
    """Where the file PATH of the newest PACKAGE that SUITES have is."""
    folder = pathlib.Path(cache or msmmu_env.cache_dir()) / 'firmware'
    archive = msmmu_apt.Archive(list(suites), 'arm64')
    try:
        archive.update()
        failures = []
        for found in archive.versions(package):
            try:
                return unpacked(archive, package, found.version, path, folder)
            except msmmu_apt.AptError as error:
                failures.append(str(error))
        raise FirmwareError(f'{package}: ' + ('; '.join(failures) or
                            f'not in {", ".join(suites)}'))
    except msmmu_env.SetupError as error:
        known = sorted(folder.glob(f'{package}_*/{path}'),
                       key=lambda one: one.stat().st_mtime)
        # Nothing tells which suite it came from.
        if known and suites == SUITES:
            msmmu_env.say(f'msmmu: {error}; using {known[-1]}')
            return known[-1]
        raise


@dataclasses.dataclass(frozen=True)
class Firmware:
    """What --firmware asks for."""
    kind: str                   # one of KINDS
    suite: str = ''             # '': the newest
    path: str = ''              # an image of one's own

    def suites(self):
        """Where to take it from, and what goes with it."""
        return (self.suite,) if self.suite else SUITES

    def file(self):
        """The image for the emulator's -bios, None for none."""
        if self.kind == 'dt':
            return None
        if self.path:
            return pathlib.Path(self.path)
        which = U_BOOT if self.kind == 'u-boot' else AAVMF
        return image(*which, suites=self.suites())


def parse(text):
    """The Firmware of KIND, KIND:SUITE or KIND:PATH."""
    kind, colon, rest = text.partition(':')
    if kind not in KINDS:
        raise FirmwareError(f'--firmware {text}: one of {", ".join(KINDS)}')
    if not colon:
        return Firmware(kind)
    if kind == 'dt':
        raise FirmwareError(f'--firmware {text}: dt is without firmware')
    if rest in SUITES:
        return Firmware(kind, suite=rest)
    if not pathlib.Path(rest).is_file():
        raise FirmwareError(f'--firmware {text}: neither a file nor one of '
                            f'{", ".join(SUITES)}')
    return Firmware(kind, path=rest)


def machine_options(text):
    """What to add to -M."""
    return ',acpi=off' if parse(text).kind == 'uefi-dt' else ''


def arguments(text):
    """The emulator's arguments that load it."""
    path = parse(text).file()
    return ['-bios', str(path)] if path else []


def secure_arguments(text, folder):
    """The same with secure boot: flash of firmware, and of its variables.

    A copy of the variables, which firmware writes, goes to FOLDER.
    """
    asked = parse(text)
    if asked.path:
        raise FirmwareError(f"--firmware {text}: secure boot takes Debian's "
                            'AAVMF and its keys')
    code = image(*SECURE_CODE, suites=asked.suites())
    template = image(*SECURE_VARIABLES, suites=asked.suites())
    variables = pathlib.Path(folder) / 'variables.fd'
    write_sparsely(variables, template.read_bytes())
    flash = 'if=pflash,format=raw'
    return ['-drive', f'{flash},unit=0,readonly=on,file={code}',
            '-drive', f'{flash},unit=1,file={variables}']


def hooks(text):
    """What a boot with it needs of vm.Machine."""
    if parse(text).kind == 'u-boot':
        return {'talk': uboot.boot_kernel}
    return {}
